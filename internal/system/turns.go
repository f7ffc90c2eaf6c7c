package system

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// Turns lets one resource of an object act at a time, and remembers what was
// taken in this run. Two resources have the same object for a moment where one
// gets another address, where one is replaced with create_before_destroy, and
// where the indexes of count shift: what the new one has taken, the old one must
// not remove after it. The zero value is ready to use.
type Turns struct {
	mutex sync.Mutex
	turns map[string]*turn
}

type turn struct {
	acting chan struct{} // holds one while a resource acts
	taken  bool          // by a resource that is in the state; guarded by the Turns' mutex
}

// Begin waits until no other resource acts on the objects, and returns the
// function that lets the next one. The error is the context's.
func (t *Turns) Begin(ctx context.Context, objects ...string) (end func(), err error) {
	// All go in the same order, so that two who want several never wait for each other.
	objects = slices.Compact(slices.Sorted(slices.Values(objects)))
	var mine []*turn
	end = sync.OnceFunc(func() {
		for _, turn := range mine {
			<-turn.acting
		}
	})
	for _, object := range objects {
		turn := t.of(object)
		select {
		case turn.acting <- struct{}{}:
			mine = append(mine, turn)
		case <-ctx.Done():
			end()
			return nil, fmt.Errorf("another resource of this run was still at work on the same object: %w", ctx.Err())
		}
	}
	return end, nil
}

// Take notes that a resource has the objects now, and that the state knows. It
// belongs into their turn.
func (t *Turns) Take(objects ...string) {
	for _, object := range objects {
		turn := t.of(object)
		t.mutex.Lock()
		turn.taken = true
		t.mutex.Unlock()
	}
}

// Taken reports whether a resource has taken the object in this run.
func (t *Turns) Taken(object string) bool {
	turn := t.of(object)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return turn.taken
}

func (t *Turns) of(object string) *turn {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.turns == nil {
		t.turns = map[string]*turn{}
	}
	if t.turns[object] == nil {
		t.turns[object] = &turn{acting: make(chan struct{}, 1)}
	}
	return t.turns[object]
}
