package system_test

import (
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
			end := turns.Begin(objects...)
			if acting.Add(1) != 1 {
				t.Error("two act on ben")
			}
			acting.Add(-1)
			end()
			end() // a second time does nothing
		})
	}
	group.Wait()
	turns.Begin()() // of nothing
}

func TestTurns_taken(t *testing.T) {
	t.Parallel()
	var turns system.Turns
	if turns.Taken("ann") {
		t.Error("ann was taken before anybody took her")
	}
	turns.Begin("ann")()
	if turns.Taken("ann") {
		t.Error("a turn takes nothing by itself")
	}
	turns.Take("ann", "ben")
	if !turns.Taken("ann") || !turns.Taken("ben") || turns.Taken("cara") {
		t.Error("ann and ben were taken, and nobody else")
	}
}
