package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// ledger is a server that remembers every version of every object, and which
// of them their writers know to be there. Its calls take random times, in which
// anything may happen, and some of them fail.
type ledger struct {
	pause    time.Duration // the longest
	mu       sync.Mutex
	dice     *rand.Rand
	versions map[string][]bool // whether the object existed in it
	known    map[string]int
}

// goneError says that an object did not exist, in which version.
type goneError struct{ version int }

func (e goneError) Error() string { return fmt.Sprintf("gone in version %d", e.version) }

var (
	errRefused = errors.New("refused")
	errAbsent  = errors.New("absent, says the listing")
	ledgerKeys = []string{"a", "b", "c", "d"}
)

func newLedger(pause time.Duration, seed uint64) *ledger {
	l := &ledger{pause: pause, dice: rand.New(rand.NewPCG(seed, 0)), versions: map[string][]bool{}, known: map[string]int{}}
	for _, key := range ledgerKeys {
		l.versions[key] = []bool{true}
	}
	return l
}

// roll returns a number below n.
func (l *ledger) roll(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dice.IntN(n)
}

// some returns a part of a duration.
func (l *ledger) some(d time.Duration) time.Duration { return time.Duration(l.roll(int(d))) }

func (l *ledger) someKey() string { return ledgerKeys[l.roll(len(ledgerKeys))] }

func (l *ledger) sleep(ctx context.Context) error {
	select {
	case <-time.After(l.some(l.pause)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *ledger) latest(key string) (version int, exists bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	version = len(l.versions[key]) - 1
	return version, l.versions[key][version]
}

func (l *ledger) List(ctx context.Context) (map[string]int, error) {
	listed := map[string]int{}
	for _, key := range ledgerKeys {
		if err := l.sleep(ctx); err != nil {
			return nil, err
		}
		if version, exists := l.latest(key); exists {
			listed[key] = version
		}
	}
	switch l.roll(20) {
	case 0:
		return nil, errRefused
	case 1:
		panic("the listing is broken")
	}
	return listed, l.sleep(ctx)
}

func (l *ledger) Get(ctx context.Context, key string) (int, error) {
	if err := l.sleep(ctx); err != nil {
		return 0, err
	}
	version, exists := l.latest(key)
	if err := l.sleep(ctx); err != nil {
		return 0, err
	}
	if !exists {
		return 0, goneError{version}
	}
	return version, nil
}

// write changes some objects, makes that known in one of the ways there are,
// and from then on knows what it wrote.
func (l *ledger) write(snapshot *coalesce.Snapshot[string, int]) {
	written := ledgerKeys[l.roll(len(ledgerKeys)):][:1]
	told := written
	switch l.roll(4) {
	case 0:
		written, told = ledgerKeys, nil // everything
	case 1:
		written = append([]string{l.someKey()}, written...)
		told = append([]string{written[0]}, written...) // one of them twice
	}
	ended := func() { snapshot.Written(told...) }
	if l.roll(2) == 0 {
		ended = snapshot.Writing(told...)
	}
	_ = l.sleep(context.Background())
	versions := map[string]int{}
	for _, key := range written {
		versions[key] = l.change(key)
	}
	_ = l.sleep(context.Background())
	ended()

	l.mu.Lock()
	defer l.mu.Unlock()
	for key, version := range versions {
		l.known[key] = max(l.known[key], version)
	}
}

// change makes a new version of an object, in which it exists or does not.
func (l *ledger) change(key string) int {
	exists := l.roll(3) > 0
	l.mu.Lock()
	defer l.mu.Unlock()
	l.versions[key] = append(l.versions[key], exists)
	return len(l.versions[key]) - 1
}

// floor is the version that a read must not fall below if it begins now.
func (l *ledger) floor(key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known[key]
}

// absentSince reports whether there was a version without the object.
func (l *ledger) absentSince(key string, floor int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, exists := range l.versions[key][floor:] {
		if !exists {
			return true
		}
	}
	return false
}

// read reads one object and checks the answer.
func (l *ledger) read(ctx context.Context, t *testing.T, snapshot *coalesce.Snapshot[string, int], key string) {
	floor := l.floor(key)
	version, err := snapshot.Get(ctx, key)
	var gone goneError
	switch {
	case err == nil && version < floor:
		t.Errorf("%s: read version %d, but version %d had been written before", key, version, floor)
	case errors.As(err, &gone) && gone.version < floor:
		t.Errorf("%s: gone in version %d, but version %d had been written before", key, gone.version, floor)
	case errors.Is(err, errAbsent) && !l.absentSince(key, floor):
		t.Errorf("%s: absent, but it has existed since version %d", key, floor)
	case err != nil && !errors.As(err, &gone) && !errors.Is(err, errAbsent) && ctx.Err() == nil:
		t.Errorf("%s: %v, although nothing was wrong with this read", key, err)
	}
}

// readAll reads the collection and checks the answer.
func (l *ledger) readAll(ctx context.Context, t *testing.T, snapshot *coalesce.Snapshot[string, int]) {
	floors := map[string]int{}
	for _, key := range ledgerKeys {
		floors[key] = l.floor(key)
	}
	all, err := snapshot.All(ctx)
	if err != nil {
		checkFailed(ctx, t, err)
		return
	}
	for key, floor := range floors {
		version, found := all[key]
		if found && version < floor || !found && !l.absentSince(key, floor) {
			t.Errorf("%s: listed (%t) with version %d, but version %d had been written before", key, found, version, floor)
		}
	}
}

// poll reads one object from a listing that begins now, and checks that it
// tells what there is now, written by whomever.
func (l *ledger) poll(ctx context.Context, t *testing.T, snapshot *coalesce.Snapshot[string, int], key string) {
	floor, _ := l.latest(key)
	version, found, err := snapshot.Poll(ctx, key)
	switch {
	case err != nil:
		checkFailed(ctx, t, err)
	case found && version < floor || !found && !l.absentSince(key, floor):
		t.Errorf("%s: polled (%t) with version %d, but there was version %d before", key, found, version, floor)
	}
}

// checkFailed checks that a listing failed for a reason.
func checkFailed(ctx context.Context, t *testing.T, err error) {
	var panicked *coalesce.PanicError
	if !errors.Is(err, errRefused) && !errors.As(err, &panicked) && ctx.Err() == nil {
		t.Errorf("a listing failed with %v, although nothing was wrong with it", err)
	}
}

// play lets readers, some of them impatient, and writers loose on a snapshot.
func (l *ledger) play(t *testing.T, absent func(string) error) {
	snapshot := coalesce.NewSnapshot(coalesce.SnapshotConfig[string, int]{
		List: l.List, Get: l.Get, Absent: absent,
		Fresh: 10 * l.pause, Gather: l.some(l.pause), Direct: 2, Concurrent: 3,
	})
	patience := func() (context.Context, context.CancelFunc) {
		if l.roll(4) == 0 {
			return context.WithTimeout(context.Background(), l.some(4*l.pause))
		}
		return context.WithCancel(context.Background())
	}
	var players sync.WaitGroup
	for range 8 {
		players.Go(func() {
			for range 25 {
				ctx, cancel := patience()
				switch l.roll(10) {
				case 0:
					l.readAll(ctx, t, snapshot)
				case 1, 2:
					l.poll(ctx, t, snapshot, l.someKey())
				default:
					l.read(ctx, t, snapshot, l.someKey())
				}
				cancel()
				_ = l.sleep(context.Background())
			}
		})
	}
	for range 3 {
		players.Go(func() {
			for range 10 {
				time.Sleep(l.some(20 * l.pause))
				l.write(snapshot)
			}
		})
	}
	players.Wait()
}

// A read that begins after a write has ended never sees what was there before
// it, whatever readers, writers, listings and cancellations do at the same time.
func TestReadNeverSeesWhatAnEndedWriteReplaced(t *testing.T) {
	absents := map[string]func(string) error{
		"confirmed":            nil,
		"listings are trusted": func(string) error { return errAbsent },
	}
	for name, absent := range absents {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(50) {
				synctest.Test(t, func(t *testing.T) { newLedger(10*time.Millisecond, seed).play(t, absent) })
				if t.Failed() {
					t.Fatalf("with seed %d", seed)
				}
			}
			newLedger(time.Millisecond, 50).play(t, absent) // in real time
		})
	}
}
