package coalesce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	defaultFresh           = 30 * time.Second
	defaultGather          = 5 * time.Millisecond
	defaultDirect          = 3
	defaultConcurrentReads = 16
	concurrentListings     = 2
)

// errLeft is how a listing ends that answers nobody.
var errLeft = errors.New("nobody waits for the listing any more")

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
	// Negative: nothing is shared, Get, All and Poll ask the server each time.
	Fresh time.Duration
	// Gather is how long a listing waits before it begins, so that those who
	// want one at the same time get the same one; default 5 ms.
	Gather time.Duration
	// Direct is how many reads, within Fresh and without a write in between, are
	// each answered by Get before the collection is listed; default 3. A plan of
	// a few objects in a large tenant lists nothing.
	Direct int
	// Concurrent is how many calls of Get may run at once; default 16.
	Concurrent int
}

// Snapshot answers reads of one collection. The first reads are calls of Get;
// when more than Direct come, one listing answers them and all that follow while
// it is fresh.
//
// A read that begins after a write has ended never gets what was there before
// the write, provided all writes of this process are made known by Writing or
// Written: a listing that began before a write, or during it, is not served
// after it for what was written, and still is for everything else. What others
// write is seen after Fresh at the latest. Whoever waits for the server to
// change uses Poll.
//
// A Snapshot is safe for concurrent use. Its values are shared: whoever gets
// one does not change what it points to.
type Snapshot[K comparable, V any] struct {
	config SnapshotConfig[K, V]
	gets   chan struct{} // holds one for each call of Get
	lists  chan struct{} // holds one for each call of List

	mu        sync.Mutex
	clock     uint64           // counts what ended and began: writes, listings
	whole     writes           // to the whole collection
	keyed     map[K]writes     // to some keys, as far as a listing may not know them
	lastWrite uint64           // when the last of all ended
	latest    *listing[K, V]   // of those that have ended well the one that began last
	begun     []*listing[K, V] // under way, oldest first
	next      *listing[K, V]   // not begun yet
	reads     int              // that no listing answered, since the time below and the last write
	since     time.Time
	resume    time.Time // no listing for single reads before: the last one failed
}

// writes are those to one key, or to the whole collection.
type writes struct {
	underWay int
	ended    uint64 // the last one, by the snapshot's clock
}

// listing is one call of List and those who wait for it.
type listing[K comparable, V any] struct {
	cancel  context.CancelFunc
	waiters int
	began   uint64        // by the snapshot's clock
	done    chan struct{} // closed at the end; what follows is set by then
	ended   time.Time
	values  map[K]V
	err     error
}

// NewSnapshot returns a Snapshot that has read nothing yet.
func NewSnapshot[K comparable, V any](config SnapshotConfig[K, V]) *Snapshot[K, V] {
	config.Fresh = cmp.Or(config.Fresh, defaultFresh)
	setDefault(&config.Gather, defaultGather)
	setDefault(&config.Direct, defaultDirect)
	setDefault(&config.Concurrent, defaultConcurrentReads)
	return &Snapshot[K, V]{
		config: config,
		gets:   make(chan struct{}, config.Concurrent),
		lists:  make(chan struct{}, concurrentListings),
		keyed:  map[K]writes{},
	}
}

// Get returns one object. Its errors are those of the configured Get or Absent,
// and the context's. Where a listing fails, or the object is being written to,
// it is read directly.
func (s *Snapshot[K, V]) Get(ctx context.Context, key K) (V, error) {
	// When a write overtakes a listing, another one is waited for, but not a
	// third: writes may keep coming.
	for range 2 {
		l := s.joinFor(ctx, key)
		if l == nil {
			break
		}
		values, err := s.wait(ctx, l)
		if err != nil {
			break
		}
		if s.overtaken(l, key) {
			continue
		}
		value, found := values[key]
		switch {
		case found:
			return value, nil
		case s.config.Absent != nil:
			return value, s.config.Absent(key)
		}
		break
	}
	return s.ask(ctx, key)
}

// All returns the whole collection, from a listing that it shares with all
// other reads. The map is the caller's own. A listing that fails is an error.
// An object that the map lacks may still exist: Get confirms it.
func (s *Snapshot[K, V]) All(ctx context.Context) (map[K]V, error) {
	values, err := s.share(ctx, func() uint64 { return s.lastWrite })
	return maps.Clone(values), err
}

// Poll returns one object as a listing tells it that begins after this call and
// is shared with all who poll at the same time. found is false when the listing
// lacks it. A listing that fails is an error.
func (s *Snapshot[K, V]) Poll(ctx context.Context, key K) (value V, found bool, err error) {
	values, err := s.share(ctx, func() uint64 { return s.clock })
	value, found = values[key]
	return value, found, err
}

// Writing makes known that a write begins, and returns the function that makes
// its end known. Without keys it is one to the whole collection. In a Batcher
// this belongs into Send, which goes on when the callers have left.
func (s *Snapshot[K, V]) Writing(keys ...K) (ended func()) {
	keys = slices.Clone(keys)
	s.write(keys, 1)
	return sync.OnceFunc(func() { s.write(keys, -1) })
}

// Written makes a write known that has ended; without keys one to the whole
// collection.
func (s *Snapshot[K, V]) Written(keys ...K) { s.write(keys, 0) }

// write takes note of a write that begins (1), ends (-1) or has ended (0).
func (s *Snapshot[K, V]) write(keys []K, change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if change <= 0 {
		s.clock++
		s.lastWrite = s.clock
		s.reads = 0
	}
	if len(keys) == 0 {
		s.whole = s.whole.and(change, s.clock)
	}
	for _, key := range keys {
		s.keyed[key] = s.keyed[key].and(change, s.clock)
	}
	if s.expire(); s.latest == nil && len(s.begun) == 0 {
		s.forget()
	}
}

// and returns the writes with one more, whose change is as in Snapshot.write.
func (w writes) and(change int, now uint64) writes {
	w.underWay += change
	if change <= 0 {
		w.ended = now
	}
	return w
}

// forget drops the writes that every listing knows which may still be served,
// so that they do not pile up.
func (s *Snapshot[K, V]) forget() {
	oldest := s.clock + 1
	if s.latest != nil {
		oldest = s.latest.began
	}
	for _, l := range s.begun {
		oldest = min(oldest, l.began)
	}
	maps.DeleteFunc(s.keyed, func(_ K, w writes) bool { return w.underWay == 0 && w.ended < oldest })
	if len(s.keyed) == 0 {
		s.keyed = map[K]writes{} // an emptied map keeps its memory
	}
}

// expire drops a listing that is no longer fresh.
func (s *Snapshot[K, V]) expire() {
	if s.latest != nil && time.Since(s.latest.ended) >= s.config.Fresh {
		s.latest = nil
	}
}

// overtaken reports whether a listing may not know a write to a key.
func (s *Snapshot[K, V]) overtaken(l *listing[K, V], key K) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended, underWay := s.written(key)
	return underWay || l.began < ended
}

// written says when the last write to a key ended, and whether one is under way.
func (s *Snapshot[K, V]) written(key K) (ended uint64, underWay bool) {
	keyed := s.keyed[key]
	return max(s.whole.ended, keyed.ended), s.whole.underWay+keyed.underWay > 0
}

// joinFor counts a single read and returns the listing that it waits for, or
// nil where the object is read directly.
func (s *Snapshot[K, V]) joinFor(ctx context.Context, key K) *listing[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended, underWay := s.written(key)
	if underWay || s.config.Fresh < 0 || ctx.Err() != nil {
		return nil
	}
	l := s.find(ended)
	if l == nil {
		if !s.worthListing() {
			return nil
		}
		l = s.plan(ctx)
	}
	l.waiters++
	return l
}

// worthListing counts a read that no listing answers, and reports whether it is
// worth a new one.
func (s *Snapshot[K, V]) worthListing() bool {
	now := time.Now()
	if now.Sub(s.since) >= s.config.Fresh {
		s.since, s.reads = now, 0
	}
	s.reads++
	return s.reads > s.config.Direct && !now.Before(s.resume)
}

// share returns what a shared listing tells that begins after a time.
func (s *Snapshot[K, V]) share(ctx context.Context, after func() uint64) (map[K]V, error) {
	if s.config.Fresh < 0 {
		return s.config.List(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("stopped before it was listed: %w", err)
	}
	s.mu.Lock()
	l := s.find(after())
	if l == nil {
		l = s.plan(ctx)
	}
	l.waiters++
	s.mu.Unlock()
	return s.wait(ctx, l)
}

// find returns the listing to wait for that began after a time or will begin,
// or nil.
func (s *Snapshot[K, V]) find(after uint64) *listing[K, V] {
	s.expire()
	if s.latest != nil && s.latest.began > after {
		return s.latest
	}
	for _, l := range s.begun {
		if l.began > after {
			return l
		}
	}
	return s.next
}

// plan makes a listing that begins when others have had the time to join it.
func (s *Snapshot[K, V]) plan(ctx context.Context) *listing[K, V] {
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &listing[K, V]{cancel: cancel, done: make(chan struct{})}
	s.next = l
	go attempt(
		func() (map[K]V, error) {
			if err := s.gather(shared); err != nil {
				return nil, err
			}
			defer func() { <-s.lists }()
			if !s.begin(l) {
				return nil, errLeft
			}
			return s.config.List(shared)
		},
		func(values map[K]V, err error) { s.finish(shared, l, values, err) },
	)
	return l
}

// gather waits for others who want a listing too, and while too many are under
// way.
func (s *Snapshot[K, V]) gather(ctx context.Context) error {
	enough := time.NewTimer(s.config.Gather)
	defer enough.Stop()
	select {
	case <-enough.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case s.lists <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin notes when a listing begins, and reports whether anybody waits for it.
func (s *Snapshot[K, V]) begin(l *listing[K, V]) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next != l {
		return false
	}
	s.clock++
	l.began = s.clock
	s.next = nil
	s.begun = append(s.begun, l)
	return true
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
	if s.next == l {
		s.next = nil
	}
	s.begun = slices.DeleteFunc(s.begun, func(other *listing[K, V]) bool { return other == l })
	if err == nil && (s.latest == nil || s.latest.began < l.began) {
		s.latest = l
	}
	s.forget()
}

// wait returns what a joined listing has found.
func (s *Snapshot[K, V]) wait(ctx context.Context, l *listing[K, V]) (map[K]V, error) {
	select {
	case <-l.done:
		return l.values, l.err
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.waiters--
	if l.waiters == 0 {
		s.end(l, nil, errLeft)
	}
	return nil, fmt.Errorf("stopped waiting for the list: %w", ctx.Err())
}

// ask reads one object directly, when it is its turn.
func (s *Snapshot[K, V]) ask(ctx context.Context, key K) (V, error) {
	select {
	case s.gets <- struct{}{}:
		defer func() { <-s.gets }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		var none V
		return none, fmt.Errorf("stopped before it was read: %w", err)
	}
	return s.config.Get(ctx, key)
}
