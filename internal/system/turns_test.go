package system_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// One at a time acts on an object, also where several want several of them.
func TestTurns(t *testing.T) {
	t.Parallel()
	var turns system.Turns
	var acting atomic.Int32
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			objects := []string{"ann", "ben", "ann"}
			if i%2 == 0 {
				objects = []string{"ben", "cara"}
			}
			end, err := turns.Begin(t.Context(), objects...)
			if err != nil {
				t.Error(err)
				return
			}
			if acting.Add(1) != 1 {
				t.Error("two act on ben")
			}
			acting.Add(-1)
			end()
			end() // a second time does nothing
		})
	}
	group.Wait()
	if _, err := turns.Begin(t.Context()); err != nil {
		t.Errorf("a turn of nothing: %v", err)
	}
}

// Who can wait no longer leaves, and holds nothing that others wait for.
func TestTurns_cancelled(t *testing.T) {
	t.Parallel()
	var turns system.Turns
	end, err := turns.Begin(t.Context(), "ben")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiter := make(chan error)
	go func() {
		_, err := turns.Begin(ctx, "ann", "ben")
		waiter <- err
	}()
	cancel()
	if err := <-waiter; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another resource of this run") {
		t.Errorf("the error is %v", err)
	}
	if endAnn, err := turns.Begin(t.Context(), "ann"); err != nil {
		t.Error(err)
	} else {
		endAnn()
	}
	end()
}

func TestTurns_taken(t *testing.T) {
	t.Parallel()
	var turns system.Turns
	if turns.Taken("ann") {
		t.Error("ann was taken before anybody took her")
	}
	end, err := turns.Begin(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	end()
	if turns.Taken("ann") {
		t.Error("a turn takes nothing by itself")
	}
	turns.Take("ann", "ben")
	if !turns.Taken("ann") || !turns.Taken("ben") || turns.Taken("cara") {
		t.Error("ann and ben were taken, and nobody else")
	}
}
