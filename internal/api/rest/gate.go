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
type gate struct {
	turn    chan struct{} // held by the one call that is next
	slots   chan struct{} // one for each attempt on the wire; nil: no bound
	limiter *rate.Limiter // nil: no limit
	changed chan struct{} // tells the one that is next to look again

	mu       sync.Mutex
	opens    time.Time // nothing leaves before
	allowed  int       // attempts that may leave once it is open
	period   int       // counts the times that a 429 closed the gate
	refusals int       // how many of them came without a better answer in between
}

func newGate(requestsPerSecond float64, maxConcurrentRequests int) *gate {
	g := &gate{
		turn:    make(chan struct{}, 1),
		changed: make(chan struct{}, 1),
		allowed: math.MaxInt / 2,
	}
	if requestsPerSecond > 0 {
		g.limiter = rate.NewLimiter(rate.Limit(requestsPerSecond), 1) // no burst: the server may count in any second
	}
	if maxConcurrentRequests > 0 {
		g.slots = make(chan struct{}, maxConcurrentRequests)
	}
	return g
}

// enter waits until an attempt may begin, and returns the period it belongs to. After a nil error
// the caller has to leave. The error is the context's.
func (g *gate) enter(ctx context.Context) (period int, err error) {
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
		if err = g.waitOpen(ctx); err != nil {
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

// leave ends an attempt that has entered. wait is nil unless it was answered 429; then it tells for
// how long the gate closes, given how many refusals without a better answer there were before.
func (g *gate) leave(period int, wait func(refusals int) time.Duration) {
	g.freeSlot()
	g.mu.Lock()
	defer g.mu.Unlock()
	current := period == g.period
	switch {
	case wait != nil:
		if current {
			// The others that left in this period and are refused too tell nothing new.
			g.period++
			g.refusals++
			g.allowed = 1
		}
		if opens := time.Now().Add(wait(max(g.refusals-1, 0))); opens.After(g.opens) {
			g.opens = opens
		}
	case current:
		g.refusals = 0
		g.allowed += 2
	}
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
func (g *gate) waitOpen(ctx context.Context) error {
	for {
		open, wait := g.state()
		if open {
			return ctx.Err()
		}
		var opens <-chan time.Time // never, when it is for an answer that we wait
		if wait > 0 {
			opens = time.After(wait)
		}
		select {
		case <-opens:
		case <-g.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// state reports whether an attempt may leave, and otherwise how long the gate is closed.
// A wait of 0 means until another attempt ends.
func (g *gate) state() (open bool, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if wait := time.Until(g.opens); wait > 0 {
		return false, wait
	}
	return g.allowed > 0, 0
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
	return g.period, true
}
