package rest

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// gate is what every attempt of one client passes before it goes on the wire. It keeps the rate and
// the bound of the configuration, and holds all calls back when the server has refused one of them
// with a 429.
//
// The calls pass one after another, in the order in which they came: whoever has the turn waits
// for all that is to be waited for, and the others wait for the turn.
//
// After a 429 no attempt leaves before the server's time, or our own, has passed. Then one leaves
// alone, and each attempt that ends otherwise than by a 429 lets two more go. So their number
// doubles with every round trip, and a server that is still tired has to refuse few of them.
// A good answer does not end the wait of a 429 that came later or still holds.
//
// When the answers tell how many more the server takes, just as many leave, and after the last one
// none until the server counts anew. Nobody knows then what others have taken in the meantime, and
// one leaves alone again.
type gate struct {
	turn    chan struct{} // held by the one call that is next
	slots   chan struct{} // one for each attempt on the wire; nil: no bound
	limiter *rate.Limiter // nil: no limit
	changed chan struct{} // tells the one that is next to look again

	mu       sync.Mutex
	opens    time.Time // nothing leaves before
	allowed  int       // attempts that may leave once it is open
	period   int       // counts the times that the gate closed
	refusals int       // how many of them came without a better answer in between
	counted  bool      // the server tells how many it takes
	left     int       // the fewest that it told in this period
	inside   int       // attempts on the wire
	waiting  int       // calls that have not left
}

// routeGates are the gates of the routes that the server counts one by one.
type routeGates struct {
	mu    sync.Mutex
	gates map[string]*gate
}

func (r *routeGates) of(route string) *gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gates[route] == nil {
		g := newGate(0, 0)
		g.allowed = 1
		r.gates[route] = g
	}
	return r.gates[route]
}

// verdict is what the answer to an attempt tells about the rate limit. The zero value: nothing.
type verdict struct {
	// closing is nil unless the answer was a 429. Then it tells for how long the gate closes,
	// given how many refusals without a better answer there were before, whichever calls they were of.
	closing func(refusals int) time.Duration

	told  bool          // whether the answer told the following
	left  int           // how many more the server takes
	reset time.Duration // until it takes the full number again
}

func newGate(requestsPerSecond float64, maxConcurrentRequests int) *gate {
	g := &gate{
		turn:    make(chan struct{}, 1),
		changed: make(chan struct{}, 1),
		allowed: math.MaxInt / 2,
		left:    math.MaxInt,
	}
	if requestsPerSecond > 0 {
		g.limiter = rate.NewLimiter(rate.Limit(requestsPerSecond), 1) // no burst: the server may count in any second
	}
	if maxConcurrentRequests > 0 {
		g.slots = make(chan struct{}, maxConcurrentRequests)
	}
	return g
}

// tellWait tells the user of a wait, and how many calls wait together.
type tellWait func(ctx context.Context, wait time.Duration, calls int)

// enter waits until an attempt may begin, and returns the period it belongs to. After a nil error
// the caller has to leave. The error is the context's. Whoever waits for the gate to open tells so.
func (g *gate) enter(ctx context.Context, tell tellWait) (period int, err error) {
	g.count(1)
	defer g.count(-1)
	if err := take(ctx, g.turn); err != nil {
		return 0, err
	}
	defer func() { <-g.turn }()
	if g.slots != nil {
		if err := take(ctx, g.slots); err != nil {
			return 0, err
		}
	}
	for {
		if err = g.waitOpen(ctx, tell); err != nil {
			break
		}
		if err = g.waitRate(ctx); err != nil {
			break
		}
		// A 429 may have come in while we waited for the rate.
		if period, ok := g.depart(); ok {
			return period, nil
		}
	}
	g.freeSlot()
	return 0, err
}

func (g *gate) count(calls int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting += calls
}

func take(ctx context.Context, place chan<- struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case place <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave ends an attempt that has entered.
func (g *gate) leave(period int, v verdict) {
	g.freeSlot()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	current := period == g.period
	switch {
	case v.closing != nil:
		if current {
			// The others that left in this period and are refused too tell nothing new.
			g.begin()
			g.refusals++
		}
		g.closeFor(v.closing(max(g.refusals-1, 0)))
	case current:
		g.refusals = 0
		g.allow(v)
	}
	g.tellChange()
}

// allow lets more leave after an answer that was no refusal.
func (g *gate) allow(v verdict) {
	g.counted = g.counted || v.told
	switch {
	case v.told && v.left == 0:
		g.begin()
		g.closeFor(v.reset)
	case v.told:
		// Answers overtake each other, and those inside may not be counted yet.
		g.left = min(g.left, v.left)
		g.allowed = max(g.left-g.inside, 0)
	case !g.counted:
		g.allowed += 2
	case g.inside == 0: // the answer that would have told was lost
		g.allowed = max(g.allowed, 1)
	}
}

// begin starts a new period, in which one leaves first.
func (g *gate) begin() {
	g.period++
	g.allowed = 1
	g.left = math.MaxInt
}

func (g *gate) closeFor(wait time.Duration) {
	if opens := time.Now().Add(wait); opens.After(g.opens) {
		g.opens = opens
	}
}

// giveBack is called instead of leave when the attempt was not made after all.
func (g *gate) giveBack(period int) {
	g.freeSlot()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if period == g.period {
		g.allowed++
	}
	g.tellChange()
}

func (g *gate) tellChange() {
	select {
	case g.changed <- struct{}{}:
	default: // it was told already
	}
}

func (g *gate) freeSlot() {
	if g.slots != nil {
		<-g.slots
	}
}

// waitOpen returns when the gate is open. Only the call that has the turn may wait here.
func (g *gate) waitOpen(ctx context.Context, tell tellWait) error {
	told := time.Time{}
	for {
		opens, open, waiting := g.state()
		if open {
			return ctx.Err()
		}
		var opening <-chan time.Time // never, when it is for an answer that we wait
		if wait := time.Until(opens); wait > 0 {
			opening = time.After(wait)
			if opens.Sub(told) > shortestLoggedWait { // and not a little later, as the refusals of many calls make it
				told = opens
				tell(ctx, wait, waiting)
			}
		}
		select {
		case <-opening:
		case <-g.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// state reports when the gate opens, whether an attempt may leave, and how many wait for it. A gate
// that should be open by now and is not waits for another attempt to end.
func (g *gate) state() (opens time.Time, open bool, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opens, g.allowed > 0 && !time.Now().Before(g.opens), g.waiting
}

func (g *gate) waitRate(ctx context.Context) error {
	if g.limiter == nil {
		return nil
	}
	// Not Wait, whose error is not the context's when the deadline comes too early.
	reservation := g.limiter.Reserve()
	select {
	case <-time.After(reservation.Delay()):
		return nil
	case <-ctx.Done():
		reservation.Cancel()
		return ctx.Err()
	}
}

// depart lets one attempt out, unless the gate is closed.
func (g *gate) depart() (period int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.allowed <= 0 || time.Now().Before(g.opens) {
		return 0, false
	}
	g.allowed--
	g.inside++
	return g.period, true
}
