package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

const latency = 50 * time.Millisecond

var errNotFound = errors.New("not found")

// shelf is a server with one collection. Every call takes the latency, and
// tells what was there when it began.
type shelf struct {
	mu      sync.Mutex
	objects map[string]int
	hidden  string // listings lack it
	gets    int
	lists   int
	busiest int // calls of get at once
	asking  int

	list func(context.Context) error // called before each listing, where set
}

func newShelf() *shelf {
	return &shelf{objects: map[string]int{"ann": 1, "bob": 1, "eve": 1}}
}

func (s *shelf) put(key string, value int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[key] = value
}

func (s *shelf) List(ctx context.Context) (map[string]int, error) {
	s.mu.Lock()
	s.lists++
	listed := maps.Clone(s.objects)
	delete(listed, s.hidden)
	before := s.list
	s.mu.Unlock()
	if before != nil {
		if err := before(ctx); err != nil {
			return nil, err
		}
	}
	return listed, sleep(ctx)
}

func (s *shelf) Get(ctx context.Context, key string) (int, error) {
	s.mu.Lock()
	s.gets++
	s.asking++
	s.busiest = max(s.busiest, s.asking)
	value, found := s.objects[key]
	s.mu.Unlock()
	err := sleep(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking--
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", key, errNotFound)
	}
	return value, err
}

// sleep lets the latency pass.
func sleep(ctx context.Context) error {
	select {
	case <-time.After(latency):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shelf) wantCalls(t *testing.T, gets, lists int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gets != gets || s.lists != lists {
		t.Errorf("the server got %d direct reads and %d listings, want %d and %d", s.gets, s.lists, gets, lists)
	}
}

// snapshot is a Snapshot of the shelf.
func (s *shelf) snapshot(changes ...func(*coalesce.SnapshotConfig[string, int])) *coalesce.Snapshot[string, int] {
	config := coalesce.SnapshotConfig[string, int]{List: s.List, Get: s.Get, Fresh: 5 * time.Second}
	for _, change := range changes {
		change(&config)
	}
	return coalesce.NewSnapshot(config)
}

func wantRead(t *testing.T, snapshot *coalesce.Snapshot[string, int], key string, want int) {
	t.Helper()
	value, err := snapshot.Get(t.Context(), key)
	if err != nil || value != want {
		t.Errorf("reading %s: %d, %v; want %d", key, value, err, want)
	}
}

// readTogether reads n times at once, one key after the other.
func readTogether(t *testing.T, snapshot *coalesce.Snapshot[string, int], n, want int) {
	t.Helper()
	keys := []string{"ann", "bob", "eve"}
	var readers sync.WaitGroup
	for k := range n {
		readers.Go(func() { wantRead(t, snapshot, keys[k%len(keys)], want) })
	}
	readers.Wait()
}

// inBackground calls read and returns how it ended, once it has.
func inBackground[T any](read func() (T, error)) func() (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = read()
	}()
	return func() (T, error) {
		<-done
		return value, err
	}
}

func TestReadAloneIsDirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		wantRead(t, server.snapshot(), "ann", 1)
		server.wantCalls(t, 1, 0)
	})
}

func TestReadsTogetherShareOneListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		readTogether(t, snapshot, 100, 1)
		server.wantCalls(t, 1, 1)
		readTogether(t, snapshot, 100, 1)
		server.wantCalls(t, 1, 1)
	})
}

func TestReadsOneAfterTheOtherAreListedInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		for range 20 {
			wantRead(t, snapshot, "ann", 1)
		}
		server.wantCalls(t, 3, 1)
	})
}

func TestRareReadsAreDirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		for range 20 {
			wantRead(t, snapshot, "ann", 1)
			time.Sleep(3 * time.Second)
		}
		server.wantCalls(t, 20, 0)
	})
}

func TestReadsAfterWritesAreDirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		for value := range 20 {
			server.put("ann", value)
			snapshot.Written()
			wantRead(t, snapshot, "ann", value)
		}
		server.wantCalls(t, 20, 0)
	})
}

func TestListingIsServedWhileItIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		readTogether(t, snapshot, 10, 1)
		server.put("ann", 2) // somebody else does

		time.Sleep(5*time.Second - time.Nanosecond)
		wantRead(t, snapshot, "ann", 1)
		server.wantCalls(t, 1, 1)

		time.Sleep(time.Nanosecond)
		wantRead(t, snapshot, "ann", 2)
		server.wantCalls(t, 2, 1)
	})
}

func TestSlowListingAnswersMoreThanItsWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		server.list = func(context.Context) error {
			time.Sleep(time.Minute)
			return nil
		}
		snapshot := server.snapshot()
		for range 10 {
			readTogether(t, snapshot, 10, 1)
		}
		server.wantCalls(t, 1, 1)
	})
}

// A listing that is under way when a write begins knows the collection as it
// was before. Stored after the write has dropped what was stored, it would be
// served from then on.
func TestListingBegunBeforeAWriteIsNotServedAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		release := make(chan struct{})
		server.list = func(context.Context) error { <-release; return nil } // deaf to its context
		snapshot := server.snapshot()
		first := inBackground(func() (int, error) { return snapshot.Get(t.Context(), "bob") })
		synctest.Wait()
		second := inBackground(func() (int, error) { return snapshot.Get(t.Context(), "ann") })
		synctest.Wait()
		server.wantCalls(t, 1, 1)

		server.put("ann", 2)
		snapshot.Written()
		close(release)
		synctest.Wait()
		if value, err := second(); value != 2 || err != nil {
			t.Errorf("the read that waited for the old listing: %d, %v; want 2", value, err)
		}
		if _, err := first(); err != nil {
			t.Error(err)
		}
		readTogether(t, snapshot, 1, 2)
	})
}

func TestListingBegunDuringAWriteIsNotServedAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		ended := snapshot.Writing()
		all, err := snapshot.All(t.Context())
		if err != nil || all["ann"] != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		wantRead(t, snapshot, "ann", 1) // from the same listing: the write may not have happened yet
		server.wantCalls(t, 0, 1)

		server.put("ann", 2)
		ended()
		wantRead(t, snapshot, "ann", 2)
		server.wantCalls(t, 1, 1)
	})
}

func TestListedBeforeAWriteIsNotServedAfterIt(t *testing.T) {
	writes := map[string]func(*shelf, *coalesce.Snapshot[string, int]){
		"Writing": func(server *shelf, snapshot *coalesce.Snapshot[string, int]) {
			ended := snapshot.Writing()
			server.put("ann", 2)
			ended()
			ended() // counts once
		},
		"Written": func(server *shelf, snapshot *coalesce.Snapshot[string, int]) {
			server.put("ann", 2)
			snapshot.Written()
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				snapshot := server.snapshot()
				readTogether(t, snapshot, 3, 1)
				write(server, snapshot)
				wantRead(t, snapshot, "ann", 2)
				server.wantCalls(t, 2, 1)
			})
		})
	}
}

func TestReadsDuringAWriteAreDirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		ended := snapshot.Writing()
		readTogether(t, snapshot, 10, 1)
		ended()
		server.wantCalls(t, 10, 0)
	})
}

// One caller's Ctrl-C or timeout is not the others'.
func TestFirstCallersCancellationFailsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		direct := inBackground(func() (int, error) { return snapshot.Get(t.Context(), "bob") })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		first := inBackground(func() (int, error) { return snapshot.Get(ctx, "ann") })
		synctest.Wait()
		second := inBackground(func() (int, error) { return snapshot.Get(t.Context(), "eve") })
		synctest.Wait()

		cancel()
		if _, err := first(); !errors.Is(err, context.Canceled) {
			t.Errorf("the read that was cancelled: %v", err)
		}
		for _, read := range []func() (int, error){direct, second} {
			if value, err := read(); value != 1 || err != nil {
				t.Errorf("another read: %d, %v", value, err)
			}
		}
		server.wantCalls(t, 1, 1)
	})
}

func TestListingStopsWhenItsLastReaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		stopped := make(chan struct{})
		server.list = func(ctx context.Context) error {
			<-ctx.Done()
			close(stopped)
			return ctx.Err()
		}
		failed := 0
		snapshot := server.snapshot(func(config *coalesce.SnapshotConfig[string, int]) {
			config.Failed = func(context.Context, error) { failed++ }
		})
		ctx, cancel := context.WithCancel(t.Context())
		first := inBackground(func() (map[string]int, error) { return snapshot.All(ctx) })
		second := inBackground(func() (map[string]int, error) { return snapshot.All(ctx) })
		synctest.Wait()
		cancel()
		<-stopped
		for _, read := range []func() (map[string]int, error){first, second} {
			if _, err := read(); !errors.Is(err, context.Canceled) {
				t.Errorf("a read that was cancelled: %v", err)
			}
		}

		server.mu.Lock()
		server.list = nil
		server.mu.Unlock()
		readTogether(t, snapshot, 10, 1)
		server.wantCalls(t, 1, 2)
		if failed != 0 {
			t.Error("a listing that nobody wanted any more was reported as failed")
		}
	})
}

func TestCancelledReadIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var readers sync.WaitGroup
		for range 10 {
			readers.Go(func() {
				if _, err := snapshot.Get(ctx, "ann"); !errors.Is(err, context.Canceled) {
					t.Errorf("read: %v", err)
				}
			})
		}
		readers.Wait()
		server.wantCalls(t, 0, 0)
	})
}

func TestListingHasTheValuesOfItsFirstCallerAndNotItsDeadline(t *testing.T) {
	type key struct{}
	var value any
	var deadline bool
	snapshot := coalesce.NewSnapshot(coalesce.SnapshotConfig[string, int]{
		List: func(ctx context.Context) (map[string]int, error) {
			value = ctx.Value(key{})
			_, deadline = ctx.Deadline()
			return nil, nil
		},
	})
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "logger"), time.Minute)
	defer cancel()
	if _, err := snapshot.All(ctx); err != nil {
		t.Fatal(err)
	}
	if value != "logger" || deadline {
		t.Errorf("value %v, deadline %v", value, deadline)
	}
}

func TestObjectThatAListingLacks(t *testing.T) {
	errGone := errors.New("gone, says the listing")
	absent := func(string) error { return errGone }
	tests := map[string]struct {
		key    string
		absent func(string) error
		want   error
		gets   int
	}{
		"exists":                {key: "eve", gets: 2},
		"does not exist":        {key: "nobody", want: errNotFound, gets: 2},
		"listings are trusted":  {key: "nobody", absent: absent, want: errGone, gets: 1},
		"trusted, and is there": {key: "bob", absent: absent, gets: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				server.hidden = "eve"
				snapshot := server.snapshot(func(config *coalesce.SnapshotConfig[string, int]) { config.Absent = test.absent })
				lone := inBackground(func() (int, error) { return snapshot.Get(t.Context(), "ann") })
				synctest.Wait()
				if _, err := snapshot.Get(t.Context(), test.key); !errors.Is(err, test.want) {
					t.Errorf("reading %s: %v, want %v", test.key, err, test.want)
				}
				if _, err := lone(); err != nil {
					t.Error(err)
				}
				server.wantCalls(t, test.gets, 1)
			})
		})
	}
}

func TestListingThatFails(t *testing.T) {
	errBroken := errors.New("status 500")
	tests := map[string]struct {
		list func(context.Context) error
		want string
	}{
		"with an error":           {func(context.Context) error { return errBroken }, "status 500"},
		"with a panic":            {func(context.Context) error { panic("index out of range") }, "panic: index out of range"},
		"by ending its goroutine": {func(context.Context) error { runtime.Goexit(); return nil }, "ended without an answer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				server.list = test.list
				var told []error
				snapshot := server.snapshot(func(config *coalesce.SnapshotConfig[string, int]) {
					config.Concurrent = 4
					config.Failed = func(_ context.Context, err error) { told = append(told, err) }
				})
				readTogether(t, snapshot, 20, 1)
				server.wantCalls(t, 20, 1)
				if server.busiest > 4 {
					t.Errorf("%d direct reads at once, want at most 4", server.busiest)
				}
				if len(told) != 1 || !strings.Contains(told[0].Error(), test.want) {
					t.Errorf("told %v, want one error with %q", told, test.want)
				}
				if _, err := snapshot.All(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("all: %v, want %q", err, test.want)
				}

				// It is not tried again at once, and not for ever left.
				readTogether(t, snapshot, 20, 1)
				server.wantCalls(t, 40, 2)
				server.list = nil
				time.Sleep(5 * time.Second)
				readTogether(t, snapshot, 20, 1)
				server.wantCalls(t, 41, 3)
			})
		})
	}
}

func TestErrorOfADirectReadIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		if _, err := snapshot.Get(t.Context(), "nobody"); !errors.Is(err, errNotFound) {
			t.Fatal(err)
		}
		server.put("nobody", 7)
		wantRead(t, snapshot, "nobody", 7)
	})
}

func TestAllSharesTheListingOfSingleReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		var readers sync.WaitGroup
		for range 5 {
			readers.Go(func() {
				all, err := snapshot.All(t.Context())
				if err != nil || len(all) != 3 {
					t.Errorf("all: %v, %v", all, err)
				}
				clear(all) // its own
			})
			readers.Go(func() { wantRead(t, snapshot, "ann", 1) })
		}
		readers.Wait()
		wantRead(t, snapshot, "eve", 1)
		if server.lists != 1 || server.gets > 1 {
			t.Errorf("%d listings and %d direct reads", server.lists, server.gets)
		}
	})
}

func TestAllEndsThoughWritesKeepComing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		server.put("ann", 2)
		snapshot.Written()
		ctx, stop := context.WithCancel(t.Context())
		var writer sync.WaitGroup
		writer.Go(func() {
			for ctx.Err() == nil {
				time.Sleep(latency / 3)
				snapshot.Written()
			}
		})
		all, err := snapshot.All(t.Context())
		if err != nil || all["ann"] != 2 {
			t.Errorf("all: %v, %v", all, err)
		}
		wantRead(t, snapshot, "ann", 2)
		stop()
		writer.Wait()
	})
}

func TestNothingIsSharedWhenSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot(func(config *coalesce.SnapshotConfig[string, int]) { config.Fresh = -1 })
		readTogether(t, snapshot, 20, 1)
		for range 2 {
			if all, err := snapshot.All(t.Context()); err != nil || len(all) != 3 {
				t.Errorf("all: %v, %v", all, err)
			}
		}
		server.wantCalls(t, 20, 2)
	})
}

func TestSnapshotLeavesNothingBehind(t *testing.T) {
	server := newShelf()
	snapshot := server.snapshot()
	if _, err := snapshot.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	pointer := weak.Make(snapshot)
	runtime.KeepAlive(snapshot)
	for range 100 {
		runtime.GC()
		if pointer.Value() == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the snapshot is still in memory after its last use")
}

func BenchmarkSnapshotGet(b *testing.B) {
	for _, size := range []int{100, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("objects=%d", size), func(b *testing.B) {
			objects := map[int]int{}
			for k := range size {
				objects[k] = k
			}
			snapshot := coalesce.NewSnapshot(coalesce.SnapshotConfig[int, int]{
				List:  func(context.Context) (map[int]int, error) { return objects, nil },
				Get:   func(_ context.Context, key int) (int, error) { return objects[key], nil },
				Fresh: time.Hour,
			})
			if _, err := snapshot.All(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for key := 0; pb.Next(); key++ {
					if value, err := snapshot.Get(b.Context(), key%size); err != nil || value != key%size {
						b.Fatalf("%d, %v", value, err)
					}
				}
			})
		})
	}
}
