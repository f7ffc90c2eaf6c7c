package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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
	mu        sync.Mutex
	objects   map[string]int
	hidden    string // listings lack it
	gets      int
	asking    int // calls of Get under way
	busiest   int // the most at once
	lists     int
	listing   int // calls of List under way
	mostLists int

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
	s.listing++
	s.mostLists = max(s.mostLists, s.listing)
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.listing--
	}()
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
		server.wantCalls(t, 3, 1)
		readTogether(t, snapshot, 100, 1)
		server.wantCalls(t, 3, 1)
	})
}

// A targeted plan of a few objects must not list a large tenant.
func TestFewReadsTogetherAreDirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		readTogether(t, snapshot, 3, 1)
		server.wantCalls(t, 3, 0)
		time.Sleep(5 * time.Second)
		readTogether(t, snapshot, 3, 1)
		server.wantCalls(t, 6, 0)
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

// A chain of writes, each read back, must not list the tenant for each.
func TestReadsAfterWritesAreDirect(t *testing.T) {
	for name, keys := range writtenKeys {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				snapshot := server.snapshot()
				for value := range 20 {
					server.put("ann", value)
					snapshot.Written(keys...)
					wantRead(t, snapshot, "ann", value)
				}
				server.wantCalls(t, 20, 0)
			})
		})
	}
}

func TestListingIsServedWhileItIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		readTogether(t, snapshot, 10, 1)
		server.put("ann", 2) // somebody else does

		time.Sleep(5*time.Second - time.Nanosecond)
		wantRead(t, snapshot, "ann", 1)
		server.wantCalls(t, 3, 1)

		time.Sleep(time.Nanosecond)
		wantRead(t, snapshot, "ann", 2)
		server.wantCalls(t, 4, 1)
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
		server.wantCalls(t, 3, 1)
	})
}

// writtenKeys are the ways to make a write to ann known.
var writtenKeys = map[string][]string{
	"to everything":    nil,
	"to one key":       {"ann"},
	"to several":       {"bob", "ann"},
	"to one key twice": {"ann", "ann"},
}

// A listing that is under way when a write begins knows the collection as it
// was before. Stored after the write has dropped what was stored, it would be
// served from then on.
func TestListingBegunBeforeAWriteIsNotServedAfterIt(t *testing.T) {
	for name, keys := range writtenKeys {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				release := make(chan struct{})
				server.list = func(context.Context) error { <-release; return nil } // deaf to its context
				snapshot := server.snapshot()
				all := inBackground(func() (map[string]int, error) { return snapshot.All(t.Context()) })
				time.Sleep(latency)
				waiting := inBackground(func() (int, error) { return snapshot.Get(t.Context(), "ann") })
				synctest.Wait()
				server.wantCalls(t, 0, 1)

				server.put("ann", 2)
				snapshot.Written(keys...)
				close(release)
				if value, err := waiting(); value != 2 || err != nil {
					t.Errorf("the read that waited for the old listing: %d, %v; want 2", value, err)
				}
				if _, err := all(); err != nil {
					t.Error(err)
				}
				wantRead(t, snapshot, "ann", 2)
				server.wantCalls(t, 2, 1)
				wantRead(t, snapshot, "eve", 1) // somebody else, from the listing where it is known who was written to
				if keys != nil {
					server.wantCalls(t, 2, 1)
				}
			})
		})
	}
}

func TestListingBegunDuringAWriteIsNotServedAfterIt(t *testing.T) {
	for name, keys := range writtenKeys {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				snapshot := server.snapshot()
				ended := snapshot.Writing(keys...)
				all, err := snapshot.All(t.Context())
				if err != nil || all["ann"] != 1 {
					t.Fatalf("%v, %v", all, err)
				}
				server.put("ann", 2)
				wantRead(t, snapshot, "ann", 2)
				server.wantCalls(t, 1, 1)
				ended()
				wantRead(t, snapshot, "ann", 2)
				server.wantCalls(t, 2, 1)
			})
		})
	}
}

func TestListedBeforeAWriteIsNotServedAfterIt(t *testing.T) {
	writes := map[string]func(*shelf, *coalesce.Snapshot[string, int], []string){
		"Writing": func(server *shelf, snapshot *coalesce.Snapshot[string, int], keys []string) {
			ended := snapshot.Writing(keys...)
			server.put("ann", 2)
			ended()
			ended() // counts once
		},
		"Written": func(server *shelf, snapshot *coalesce.Snapshot[string, int], keys []string) {
			server.put("ann", 2)
			snapshot.Written(keys...)
		},
	}
	for name, write := range writes {
		for which, keys := range writtenKeys {
			t.Run(name+" "+which, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := newShelf()
					snapshot := server.snapshot()
					readTogether(t, snapshot, 4, 1)
					write(server, snapshot, keys)
					wantRead(t, snapshot, "ann", 2)
					server.wantCalls(t, 4, 1)
					all, err := snapshot.All(t.Context())
					if err != nil || all["ann"] != 2 {
						t.Errorf("all: %v, %v", all, err)
					}
					wantRead(t, snapshot, "ann", 2)
					server.wantCalls(t, 4, 2)
				})
			})
		}
	}
}

func TestReadsDuringAWriteAreDirect(t *testing.T) {
	for name, keys := range map[string][]string{"to everything": nil, "to all of them": {"ann", "bob", "eve"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				snapshot := server.snapshot()
				ended := snapshot.Writing(keys...)
				readTogether(t, snapshot, 10, 1)
				ended()
				server.wantCalls(t, 10, 0)
			})
		})
	}
}

// Ten rooms are written to at the same time: the listing that the reads of one
// wait for is not thrown away by the writes of nine others.
func TestWritesToOtherKeysDisturbNoRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		for key := range 20 {
			server.put(fmt.Sprint(key), 1)
		}
		snapshot := server.snapshot()
		ended := snapshot.Writing("0", "1")
		all := inBackground(func() (map[string]int, error) { return snapshot.All(t.Context()) })
		synctest.Wait()
		var readers sync.WaitGroup
		for key := 2; key < 12; key++ {
			readers.Go(func() { wantRead(t, snapshot, fmt.Sprint(key), 1) })
		}
		for key := 12; key < 20; key++ {
			time.Sleep(latency / 10)
			snapshot.Written(fmt.Sprint(key))
		}
		readers.Wait()
		ended()
		if _, err := all(); err != nil {
			t.Error(err)
		}
		wantRead(t, snapshot, "2", 1)
		server.wantCalls(t, 0, 1)
	})
}

// A wave of ten writers that all look whether their writes have arrived is one
// listing, and the reads before the next wave get it too.
func TestWaveOfWritersThatPollIsOneListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		for key := range 100 {
			server.put(fmt.Sprint(key), 0)
		}
		snapshot := server.snapshot()
		if _, err := snapshot.All(t.Context()); err != nil {
			t.Fatal(err)
		}
		for wave := range 10 {
			var writers sync.WaitGroup
			for writer := range 10 {
				writers.Go(func() {
					key := fmt.Sprint(10*wave + writer)
					wantRead(t, snapshot, key, 0)
					ended := snapshot.Writing(key)
					time.Sleep(latency + time.Duration(writer)*latency/1000)
					server.put(key, 1)
					ended()
					if value, found, err := snapshot.Poll(t.Context(), key); value != 1 || !found || err != nil {
						t.Errorf("polling %s: %d, %t, %v", key, value, found, err)
					}
				})
			}
			writers.Wait()
		}
		server.wantCalls(t, 0, 11)
	})
}

func TestPollsOneAfterTheOtherAreListingsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		for value := range 5 {
			server.put("ann", value) // by itself, a while after a write
			if got, found, err := snapshot.Poll(t.Context(), "ann"); got != value || !found || err != nil {
				t.Errorf("poll: %d, %t, %v; want %d", got, found, err, value)
			}
		}
		if _, found, err := snapshot.Poll(t.Context(), "nobody"); found || err != nil {
			t.Errorf("poll for nobody: %t, %v", found, err)
		}
		server.wantCalls(t, 0, 6)
		wantRead(t, snapshot, "ann", 4)
		server.wantCalls(t, 0, 6)
	})
}

// Those who keep asking while two listings are under way wait for one of them
// to end, and then share the next.
func TestNoMoreThanTwoListingsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		var polls sync.WaitGroup
		for range 30 {
			polls.Go(func() {
				if _, found, err := snapshot.Poll(t.Context(), "ann"); !found || err != nil {
					t.Errorf("poll: %t, %v", found, err)
				}
			})
			time.Sleep(latency / 5)
		}
		polls.Wait()
		if server.mostLists != 2 {
			t.Errorf("%d listings at once, want 2", server.mostLists)
		}
		// 300 ms of polls, two listings of 50 ms at once.
		server.wantCalls(t, 0, 13)
	})
}

// What an older listing tells is not worth more for coming later.
func TestListingThatEndsAfterANewerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		release := make(chan struct{})
		server.list = func(context.Context) error { <-release; return nil }
		snapshot := server.snapshot()
		older := inBackground(func() (map[string]int, error) { return snapshot.All(t.Context()) })
		time.Sleep(latency)
		server.put("ann", 2)
		snapshot.Written("ann")

		// Somebody who leaves does not make the write forgotten.
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, _, err := snapshot.Poll(ctx, "ann"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("poll: %v", err)
		}
		wantRead(t, snapshot, "ann", 2)
		server.wantCalls(t, 1, 1)

		server.mu.Lock()
		server.list = nil
		server.mu.Unlock()
		if value, _, err := snapshot.Poll(t.Context(), "ann"); value != 2 || err != nil {
			t.Errorf("poll: %d, %v", value, err)
		}
		close(release)
		if all, err := older(); err != nil || all["ann"] != 1 {
			t.Errorf("the older listing: %v, %v", all, err) // it was asked for before the write
		}
		wantRead(t, snapshot, "ann", 2)
		server.wantCalls(t, 1, 2)
	})
}

func TestPollThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errBroken := errors.New("status 500")
		server := newShelf()
		server.list = func(context.Context) error { return errBroken }
		snapshot := server.snapshot()
		if _, _, err := snapshot.Poll(t.Context(), "ann"); !errors.Is(err, errBroken) {
			t.Errorf("poll: %v", err)
		}
		server.list = nil
		if value, found, err := snapshot.Poll(t.Context(), "ann"); value != 1 || !found || err != nil {
			t.Errorf("the next poll: %d, %t, %v", value, found, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := snapshot.Poll(ctx, "ann"); !errors.Is(err, context.Canceled) {
			t.Errorf("a poll that was cancelled: %v", err)
		}
		server.wantCalls(t, 0, 2)
	})
}

// One caller's Ctrl-C or timeout is not the others'.
func TestFirstCallersCancellationFailsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		readTogether(t, snapshot, 3, 1)
		ctx, cancel := context.WithCancel(t.Context())
		first := inBackground(func() (int, error) { return snapshot.Get(ctx, "ann") })
		synctest.Wait()
		second := inBackground(func() (int, error) { return snapshot.Get(t.Context(), "eve") })
		all := inBackground(func() (map[string]int, error) { return snapshot.All(t.Context()) })
		poll := inBackground(func() (int, error) {
			value, _, err := snapshot.Poll(t.Context(), "bob")
			return value, err
		})
		time.Sleep(latency / 2) // the listing is under way

		cancel()
		if _, err := first(); !errors.Is(err, context.Canceled) {
			t.Errorf("the read that was cancelled: %v", err)
		}
		for _, read := range []func() (int, error){second, poll} {
			if value, err := read(); value != 1 || err != nil {
				t.Errorf("another read: %d, %v", value, err)
			}
		}
		if listed, err := all(); len(listed) != 3 || err != nil {
			t.Errorf("another reader of all: %v, %v", listed, err)
		}
		server.wantCalls(t, 3, 1)
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
		time.Sleep(latency) // it has begun
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
		server.wantCalls(t, 3, 2)
		if failed != 0 {
			t.Error("a listing that nobody wanted any more was reported as failed")
		}
	})
}

func TestListingThatAllLeaveBeforeItBeginsIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, _, err := snapshot.Poll(ctx, "ann"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("poll: %v", err)
		}
		server.wantCalls(t, 0, 0)
		if _, found, err := snapshot.Poll(t.Context(), "ann"); !found || err != nil {
			t.Errorf("the next poll: %t, %v", found, err)
		}
		server.wantCalls(t, 0, 1)
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
		"exists":                {key: "eve", gets: 1},
		"does not exist":        {key: "nobody", want: errNotFound, gets: 1},
		"listings are trusted":  {key: "nobody", absent: absent, want: errGone, gets: 0},
		"trusted, and is there": {key: "bob", absent: absent, gets: 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newShelf()
				server.hidden = "eve"
				snapshot := server.snapshot(func(config *coalesce.SnapshotConfig[string, int]) { config.Absent = test.absent })
				if _, err := snapshot.All(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := snapshot.Get(t.Context(), test.key); !errors.Is(err, test.want) {
					t.Errorf("reading %s: %v, want %v", test.key, err, test.want)
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
				server.wantCalls(t, 43, 3)
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
		if server.lists != 1 || server.gets > 3 {
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
		server.wantCalls(t, 0, 1)
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
		if _, found, err := snapshot.Poll(t.Context(), "ann"); !found || err != nil {
			t.Errorf("poll: %t, %v", found, err)
		}
		server.wantCalls(t, 20, 3)
	})
}

// With 10,000 objects, a read costs as many allocations and calls as with ten:
// it looks its object up and walks nothing.
func TestReadOfALargeCollectionScansNothing(t *testing.T) {
	cost := func(size int) (allocations float64, calls int64) {
		objects := map[int]int{}
		for key := range size {
			objects[key] = key
		}
		var asked atomic.Int64
		snapshot := coalesce.NewSnapshot(coalesce.SnapshotConfig[int, int]{
			List: func(context.Context) (map[int]int, error) { asked.Add(1); return objects, nil },
			Get:  func(context.Context, int) (int, error) { asked.Add(1); return 0, errNotFound },
		})
		if _, err := snapshot.All(t.Context()); err != nil {
			t.Fatal(err)
		}
		key := 0
		return testing.AllocsPerRun(10_000, func() {
			key = (key + 1) % size
			if value, err := snapshot.Get(t.Context(), key); err != nil || value != key {
				t.Fatalf("reading %d: %d, %v", key, value, err)
			}
		}), asked.Load()
	}
	small, smallCalls := cost(10)
	large, largeCalls := cost(10_000)
	if large != small || largeCalls != 1 || smallCalls != 1 {
		t.Errorf("reads of 10,000 objects made %g allocations and %d calls, those of ten %g and %d", large, largeCalls, small, smallCalls)
	}
}

// What is remembered of writes ends when no listing is left that may not know
// them: an apply of a million objects does not remember a million.
func TestWritesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newShelf()
		snapshot := server.snapshot()
		steps := []struct {
			name string
			step func()
			want int
		}{
			{"before any listing", func() {}, 0},
			{"a listing may lack them", func() { _, _ = snapshot.All(t.Context()) }, 1000},
			{"a newer one knows them", func() { _, _ = snapshot.All(t.Context()) }, 1000},
			{"no listing is fresh", func() { time.Sleep(5 * time.Second) }, 0},
		}
		for _, step := range steps {
			step.step()
			for key := range 1000 {
				snapshot.Writing(fmt.Sprint(server.lists, key))()
			}
			if got := snapshot.Remembered(); got != step.want {
				t.Errorf("%s: the writes to %d keys are remembered, want %d", step.name, got, step.want)
			}
		}

		ended := snapshot.Writing("ann")
		if _, err := snapshot.All(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := snapshot.Remembered(); got != 1 {
			t.Errorf("%d writes under way are remembered, want 1", got)
		}
		ended()
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

// One read of a listed collection: a look into a map, and no call.
func BenchmarkSnapshotGet(b *testing.B) {
	for _, size := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprintf("objects=%d", size), func(b *testing.B) {
			server := newStore(size, 0)
			snapshot := server.snapshot()
			if _, err := snapshot.All(b.Context()); err != nil {
				b.Fatal(err)
			}
			server.calls.Store(0)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for key := 0; pb.Next(); key++ {
					if value, err := snapshot.Get(b.Context(), key%size); err != nil || value != key%size {
						b.Fatalf("%d, %v", value, err)
					}
				}
			})
			server.report(b)
		})
	}
}

// The refresh of 1,000 objects, ten at once, on a server that takes 1 ms.
func BenchmarkSnapshotRefresh(b *testing.B) {
	for name, fresh := range map[string]time.Duration{"shared": 0, "alone": -1} {
		b.Run(name, func(b *testing.B) {
			server := newStore(1000, time.Millisecond)
			for b.Loop() {
				snapshot := server.snapshot(func(config *coalesce.SnapshotConfig[int, int]) { config.Fresh = fresh })
				inParallel(10, 1000, func(key int) {
					if _, err := snapshot.Get(b.Context(), key); err != nil {
						b.Error(err)
					}
				})
			}
			server.report(b)
		})
	}
}

// 100 objects, ten at once: read, write and look whether the write has arrived.
func BenchmarkSnapshotWrites(b *testing.B) {
	server := newStore(100, time.Millisecond)
	for b.Loop() {
		snapshot := server.snapshot()
		inParallel(10, 100, func(key int) {
			if _, err := snapshot.Get(b.Context(), key); err != nil {
				b.Error(err)
			}
			ended := snapshot.Writing(key)
			time.Sleep(server.latency)
			ended()
			if _, found, err := snapshot.Poll(b.Context(), key); !found || err != nil {
				b.Error(found, err)
			}
		})
	}
	server.report(b)
}

// store is a server for benchmarks: numbered objects in pages of 100.
type store struct {
	objects map[int]int
	latency time.Duration
	calls   atomic.Int64
}

func newStore(size int, latency time.Duration) *store {
	s := &store{objects: map[int]int{}, latency: latency}
	for key := range size {
		s.objects[key] = key
	}
	return s
}

func (s *store) List(context.Context) (map[int]int, error) {
	s.calls.Add(int64(len(s.objects)+99) / 100)
	time.Sleep(s.latency)
	return s.objects, nil
}

func (s *store) Get(_ context.Context, key int) (int, error) {
	s.calls.Add(1)
	time.Sleep(s.latency)
	return s.objects[key], nil
}

func (s *store) snapshot(changes ...func(*coalesce.SnapshotConfig[int, int])) *coalesce.Snapshot[int, int] {
	config := coalesce.SnapshotConfig[int, int]{List: s.List, Get: s.Get}
	for _, change := range changes {
		change(&config)
	}
	return coalesce.NewSnapshot(config)
}

func (s *store) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(s.calls.Load())/float64(b.N), "calls/op")
}

// inParallel calls f for the numbers below n, so many at once as Terraform does.
func inParallel(parallel, n int, f func(int)) {
	var next atomic.Int64
	var walkers sync.WaitGroup
	for range parallel {
		walkers.Go(func() {
			for k := int(next.Add(1)); k <= n; k = int(next.Add(1)) {
				f(k - 1)
			}
		})
	}
	walkers.Wait()
}
