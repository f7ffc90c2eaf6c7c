package coalesce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

const (
	defaultFresh           = 30 * time.Second
	defaultDirect          = 3
	defaultConcurrentReads = 16
)

// How a listing ends that answers nobody.
var (
	errOvertaken = errors.New("the collection was written to while it was listed")
	errLeft      = errors.New("nobody waits for the listing any more")
)

// SnapshotConfig says how one collection is read: the objects of one kind in
// one tenant. Zero values mean the defaults.
type SnapshotConfig[K comparable, V any] struct {
	// List reads the whole collection. It returns an error when it cannot be
	// sure to have reached the end. It runs in the background and must end when
	// its context does, which has the values of the read that began it.
	List func(context.Context) (map[K]V, error)
	// Get reads one object.
	Get func(context.Context, K) (V, error)
	// Absent makes the error for an object that a listing lacks. Set it only
	// where the server's listings never lag behind its writes; without it Get
	// is asked, so that no object is lost to a listing that lags.
	Absent func(K) error
	// Failed is told why a listing failed, to log it: the reads go on without.
	Failed func(context.Context, error)

	// Fresh is how long after its end a listing answers reads; default 30 s.
	// With it no answer is older than Fresh and the listing's own duration. It
	// counts from the end, so that a listing which takes long, on a server that
	// limits its clients, still answers more reads than those that wait for it.
	// Negative: nothing is shared, Get and All ask the server each time.
	Fresh time.Duration
	// Direct is how many reads that come one after the other, within Fresh and
	// without a write in between, are each answered by Get before the
	// collection is listed; default 3.
	Direct int
	// Gather is how long a listing for Poll waits for others that poll; default
	// 5 ms.
	Gather time.Duration
	// Concurrent is how many calls of Get may run at once; default 16.
	Concurrent int
}

// Snapshot answers reads of one collection. A read alone is one call of Get.
// Once a second one comes while it is under way, or more than Direct come one
// after the other, one listing answers them and all that follow while it is
// fresh.
//
// A read that begins after a write has ended never gets what was there before
// the write, provided all writes of this process are made known by
// Writing or Written: a listing that began before a write, or during it, is not
// served after it. What others write is seen after Fresh at the latest. Whoever
// waits for the server to change asks the server, not the snapshot.
//
// A Snapshot is safe for concurrent use. Its values are shared: whoever gets
// one does not change what it points to.
type Snapshot[K comparable, V any] struct {
	config SnapshotConfig[K, V]
	slots  chan struct{} // one for each call of Get

	mu      sync.Mutex
	current *listing[K, V] // the only one that may answer; a write takes it away
	writing int            // writes under way
	active  int            // reads under way
	reads   int            // reads since the time below and the last write
	since   time.Time
	resume  time.Time // no listing before, the last one failed
}

// listing is one call of List and those who wait for it.
type listing[K comparable, V any] struct {
	cancel  context.CancelFunc
	waiters int
	done    chan struct{} // closed at the end; what follows is set by then
	ended   time.Time
	values  map[K]V
	err     error
}

// NewSnapshot returns a Snapshot that has read nothing yet.
func NewSnapshot[K comparable, V any](config SnapshotConfig[K, V]) *Snapshot[K, V] {
	config.Fresh = cmp.Or(config.Fresh, defaultFresh)
	setDefault(&config.Direct, defaultDirect)
	setDefault(&config.Concurrent, defaultConcurrentReads)
	return &Snapshot[K, V]{config: config, slots: make(chan struct{}, config.Concurrent)}
}

// Get returns one object. Its errors are those of the configured Get or Absent,
// and the context's. Where a listing fails or is overtaken by writes, the object
// is read directly.
func (s *Snapshot[K, V]) Get(ctx context.Context, key K) (V, error) {
	l := s.arrive(ctx)
	defer s.depart()
	if l == nil {
		return s.ask(ctx, key)
	}
	values, err := s.await(ctx, l, s.worthListing)
	if err != nil {
		return s.ask(ctx, key)
	}
	value, found := values[key]
	switch {
	case found:
		return value, nil
	case s.config.Absent != nil:
		return value, s.config.Absent(key)
	}
	return s.ask(ctx, key)
}

// All returns the whole collection, from a listing that it shares with all
// other reads. The map is the caller's own. A listing that fails is an error.
// An object that the map lacks may still exist: Get confirms it.
func (s *Snapshot[K, V]) All(ctx context.Context) (map[K]V, error) {
	err := errOvertaken
	if l := s.join(ctx, s.mayShare); l != nil {
		var values map[K]V
		if values, err = s.await(ctx, l, s.mayShare); err == nil {
			return maps.Clone(values), nil
		}
	}
	if errors.Is(err, errOvertaken) {
		// Begun now and for this read alone, a listing knows all writes that
		// ended before it, whatever is written meanwhile.
		return s.config.List(ctx)
	}
	return nil, err
}

// Poll returns one object from a listing that begins after this call. found is
// false when the listing lacks it.
func (s *Snapshot[K, V]) Poll(ctx context.Context, key K) (value V, found bool, err error) {
	values, err := s.config.List(ctx)
	value, found = values[key]
	return value, found, err
}

// Writing makes known that a write begins, and returns the function that makes
// its end known. Without keys it is to the whole collection. In a Batcher this belongs into Send, which goes on when the
// callers have left.
func (s *Snapshot[K, V]) Writing(keys ...K) (ended func()) {
	s.invalidate(1)
	return sync.OnceFunc(func() { s.invalidate(-1) })
}

// Written makes a write known that has ended.
func (s *Snapshot[K, V]) Written(keys ...K) { s.invalidate(0) }

func (s *Snapshot[K, V]) invalidate(writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing += writes
	s.reads = 0
	if l := s.current; l != nil {
		s.current = nil
		s.end(l, nil, errOvertaken)
	}
}

// arrive counts a single read and returns the listing that it waits for, or nil.
func (s *Snapshot[K, V]) arrive(ctx context.Context) *listing[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.since) >= s.config.Fresh {
		s.since, s.reads = now, 0
	}
	s.reads++
	s.active++
	return s.joinLocked(ctx, s.worthListing)
}

func (s *Snapshot[K, V]) depart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active--
}

// join returns the listing to wait for, a new one where there is none and
// worth says so, or nil.
func (s *Snapshot[K, V]) join(ctx context.Context, worth func() bool) *listing[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.joinLocked(ctx, worth)
}

func (s *Snapshot[K, V]) joinLocked(ctx context.Context, worth func() bool) *listing[K, V] {
	if !s.usable() {
		if ctx.Err() != nil || !worth() {
			return nil
		}
		s.current = s.begin(ctx)
	}
	s.current.waiters++
	return s.current
}

func (s *Snapshot[K, V]) usable() bool {
	if s.current == nil {
		return false
	}
	return s.current.ended.IsZero() || time.Since(s.current.ended) < s.config.Fresh
}

// worthListing reports whether single reads are answered by a new listing. One
// that begins during a write would be worth nothing after it.
func (s *Snapshot[K, V]) worthListing() bool {
	return s.mayShare() && s.writing == 0 &&
		(s.active > 1 || s.reads > s.config.Direct) &&
		!time.Now().Before(s.resume)
}

func (s *Snapshot[K, V]) mayShare() bool { return s.config.Fresh > 0 }

func (s *Snapshot[K, V]) begin(ctx context.Context) *listing[K, V] {
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &listing[K, V]{cancel: cancel, done: make(chan struct{})}
	go attempt(
		func() (map[K]V, error) { return s.config.List(shared) },
		func(values map[K]V, err error) { s.finish(shared, l, values, err) },
	)
	return l
}

// finish takes what List returned.
func (s *Snapshot[K, V]) finish(shared context.Context, l *listing[K, V], values map[K]V, err error) {
	failed := err != nil && shared.Err() == nil
	if failed && s.config.Failed != nil {
		s.config.Failed(shared, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed {
		// What fails for these reads fails for the next ones, and they would
		// have waited for it.
		s.resume = time.Now().Add(s.config.Fresh)
	}
	s.end(l, values, err)
}

// end ends a listing, unless it has ended.
func (s *Snapshot[K, V]) end(l *listing[K, V], values map[K]V, err error) {
	if !l.ended.IsZero() {
		return
	}
	l.ended, l.values, l.err = time.Now(), values, err
	l.cancel()
	close(l.done)
	if err != nil && s.current == l {
		s.current = nil
	}
}

// await returns what a joined listing has found. Where a write overtook it, it
// waits for another one, but not for a third: writes may keep coming.
func (s *Snapshot[K, V]) await(ctx context.Context, l *listing[K, V], worth func() bool) (map[K]V, error) {
	values, err := s.wait(ctx, l)
	if errors.Is(err, errOvertaken) {
		if l = s.join(ctx, worth); l != nil {
			return s.wait(ctx, l)
		}
	}
	return values, err
}

func (s *Snapshot[K, V]) wait(ctx context.Context, l *listing[K, V]) (map[K]V, error) {
	select {
	case <-l.done:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.waiters--
	switch {
	case l.ended.IsZero():
		if l.waiters == 0 {
			s.end(l, nil, errLeft)
		}
		return nil, fmt.Errorf("stopped waiting for the list: %w", ctx.Err())
	case l.err != nil:
		return nil, l.err
	case s.current != l:
		return nil, errOvertaken
	}
	return l.values, nil
}

// ask reads one object directly, when it is its turn.
func (s *Snapshot[K, V]) ask(ctx context.Context, key K) (V, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		var none V
		return none, fmt.Errorf("stopped before it was read: %w", err)
	}
	return s.config.Get(ctx, key)
}
