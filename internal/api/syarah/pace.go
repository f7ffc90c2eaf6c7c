package syarah

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace keeps the limits of the configuration on events.
type pace struct {
	limiter *rate.Limiter // nil: no limit
	slots   chan struct{} // nil: no limit
}

func newPace(perSecond float64, concurrent int) *pace {
	p := &pace{}
	if perSecond > 0 {
		p.limiter = rate.NewLimiter(rate.Limit(perSecond), 1)
	}
	if concurrent > 0 {
		p.slots = make(chan struct{}, concurrent)
	}
	return p
}

// enter waits until an event may be emitted. Whoever has entered calls leave. The
// error is the context's.
func (p *pace) enter(ctx context.Context) (leave func(), err error) {
	leave = func() {}
	if p.slots != nil {
		select {
		case p.slots <- struct{}{}:
			leave = func() { <-p.slots }
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if p.limiter == nil {
		return leave, nil
	}
	// Not Wait, whose error is not the context's when the deadline comes too early.
	reservation := p.limiter.Reserve()
	select {
	case <-time.After(reservation.Delay()):
		return leave, nil
	case <-ctx.Done():
		reservation.Cancel()
		leave()
		return nil, ctx.Err()
	}
}

// turns lets those who join the same room pass one after the other: whoever leaves
// it would take it away from the others, who share the connection.
type turns struct {
	mutex sync.Mutex
	rooms map[int64]chan struct{}
	taken int // how many have entered a room
}

// enter waits until nobody else is at work in the room. Whoever has entered calls
// leave. The error is the context's.
func (t *turns) enter(ctx context.Context, room int64) (leave func(), err error) {
	t.mutex.Lock()
	turn := t.rooms[room]
	if turn == nil {
		turn = make(chan struct{}, 1)
		t.rooms[room] = turn
	}
	t.mutex.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case turn <- struct{}{}:
		t.count(1)
		return func() {
			t.count(-1)
			<-turn
		}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *turns) count(by int) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.taken += by
}

// alone reports whether no more than one is at work, in whatever room.
func (t *turns) alone() bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.taken <= 1
}
