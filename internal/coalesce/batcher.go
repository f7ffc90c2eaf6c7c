package coalesce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	defaultLimit             = 100
	defaultWait              = 5 * time.Millisecond
	defaultMaxWait           = time.Second
	defaultConcurrentBatches = 4
	defaultFinish            = 10 * time.Second

	// Of the time that the last batch took: the share for which the callers that
	// it let loose are waited for, and the multiple after which they are forgotten.
	lingerShare = 2
	forgetAfter = 4
)

// ErrNotSent is in the chain of the error of an item that never left: nothing
// has happened on the server.
var ErrNotSent = errors.New("it was not sent")

// Result is what became of one item of a batch.
type Result[Out any] struct {
	Value Out
	Err   error
}

// BatcherConfig says how items are sent together. Zero values mean the defaults.
type BatcherConfig[In, Out any] struct {
	// Send sends the items, at most Limit of them, and returns one result for
	// each, in their order. It runs in the background on a context that has the
	// values of the first item's caller and ends when all callers have left.
	Send func(ctx context.Context, items []In) []Result[Out]
	// Abandoned is told the result of an item whose caller has left.
	Abandoned func(In, Result[Out])

	// Limit is how many items one batch may carry; default 100. With 1 every
	// item travels alone, as many at once as Concurrent allows.
	Limit int
	// Wait is how long nothing must have come before a batch that is not full is
	// sent; default 5 ms. An item alone waits no longer, unless it follows a
	// batch whose other callers are still waited for.
	Wait time.Duration
	// MaxWait is how long an item may wait for others while more keep coming or
	// another batch is on the wire; default 1 s. Where batches take longer than
	// that, more time makes fewer batches.
	MaxWait time.Duration
	// Concurrent is how many batches may be on the wire at once; default 4.
	Concurrent int
	// Finish is how long a caller whose context has ended still waits for a
	// batch that is on the wire, so that what it creates gets into the state;
	// default 10 s. Negative: not at all.
	Finish time.Duration
}

// Batcher sends together what is in flight together. It goes by what it sees,
// not by a fixed time:
//
//   - The first batch leaves when nothing more has come for Wait.
//   - Items that come while it is on the wire collect.
//   - When it returns, as many items are expected as were in flight: its callers
//     are about to write again. Once they have come the next batch leaves at
//     once; when they stop coming, after half the time that a batch takes. So
//     parallel writers fall into step, and each wave of them is one batch,
//     whatever the latency of the server and the pace of Terraform.
//   - Where more came than the batch had brought back, still more may come: the
//     next one leaves only when they stop coming.
//   - A batch that is full waits for nothing.
//
// A Batcher is safe for concurrent use.
type Batcher[In, Out any] struct {
	config BatcherConfig[In, Out]

	mu       sync.Mutex
	pending  []*item[In, Out] // oldest first
	onWire   int              // batches
	quiet    time.Time        // since when nothing came and no batch returned
	expected int              // items in flight when the last batch returned; 0 when unknown
	growing  bool             // some of them had come while that batch was on the wire
	took     time.Duration    // the time of that batch on the wire
	timer    *time.Timer
}

// item is one call of Do.
type item[In, Out any] struct {
	ctx    context.Context
	in     In
	came   time.Time
	batch  *batch // nil until it is on the wire
	left   bool
	done   chan struct{} // closed when the result is set
	result Result[Out]
}

// batch is one call of Send.
type batch struct {
	sent    time.Time
	cancel  context.CancelFunc
	callers int // that have not left
}

// NewBatcher returns a Batcher that waits for its first item.
func NewBatcher[In, Out any](config BatcherConfig[In, Out]) *Batcher[In, Out] {
	setDefault(&config.Limit, defaultLimit)
	setDefault(&config.Concurrent, defaultConcurrentBatches)
	setDefault(&config.Wait, defaultWait)
	setDefault(&config.MaxWait, defaultMaxWait)
	config.Finish = cmp.Or(config.Finish, defaultFinish)
	return &Batcher[In, Out]{config: config}
}

// Do sends an item with others and returns its own result. When ctx ends
// before the item is on the wire, it is taken out of its batch and the error is
// ErrNotSent. When ctx ends later, Do returns the result if it comes within
// Finish, else an error that leaves open what happened; the batch goes on for
// the other callers.
func (b *Batcher[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	i := &item[In, Out]{ctx: ctx, in: in, came: time.Now(), done: make(chan struct{})}
	if err := ctx.Err(); err != nil {
		return i.result.Value, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	b.add(i)
	select {
	case <-i.done:
	case <-ctx.Done():
		if b.takeOut(i) {
			return i.result.Value, fmt.Errorf("%w: %w", ErrNotSent, ctx.Err())
		}
		if !b.finish(i) {
			var none Out
			return none, fmt.Errorf("stopped waiting for an answer, so that it is not known what the server did: %w", ctx.Err())
		}
	}
	return i.result.Value, i.result.Err
}

func (b *Batcher[In, Out]) add(i *item[In, Out]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pending) == 0 && i.came.Sub(b.quiet) > forgetAfter*b.took {
		b.expected, b.growing = 0, false
	}
	b.pending = append(b.pending, i)
	b.quiet = i.came
	b.flush()
}

// takeOut reports whether the item was still waiting to be sent.
func (b *Batcher[In, Out]) takeOut(i *item[In, Out]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i.batch != nil {
		return false
	}
	b.pending = slices.DeleteFunc(b.pending, func(other *item[In, Out]) bool { return other == i })
	b.flush()
	return true
}

// finish waits some more for the result of an item that is on the wire, and
// reports whether it came. The last caller that leaves stops the batch.
func (b *Batcher[In, Out]) finish(i *item[In, Out]) bool {
	if b.config.Finish > 0 {
		enough := time.NewTimer(b.config.Finish)
		defer enough.Stop()
		select {
		case <-i.done:
		case <-enough.C:
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-i.done:
		return true
	default:
	}
	i.left = true
	i.batch.callers--
	if i.batch.callers == 0 {
		i.batch.cancel()
	}
	return false
}

// flush sends all batches that are due and sets the timer for the next one.
func (b *Batcher[In, Out]) flush() {
	now := time.Now()
	due, ok := b.due()
	for ok && !due.After(now) {
		b.launch(min(len(b.pending), b.config.Limit))
		due, ok = b.due()
	}
	switch {
	case !ok && b.timer != nil:
		b.timer.Stop()
	case ok && b.timer == nil:
		b.timer = time.AfterFunc(due.Sub(now), b.tick)
	case ok:
		b.timer.Reset(due.Sub(now))
	}
}

func (b *Batcher[In, Out]) tick() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flush()
}

// due says when the next batch is to be sent, if none returns and nothing comes
// before. It is false when one of those must happen first.
func (b *Batcher[In, Out]) due() (time.Time, bool) {
	if len(b.pending) == 0 || b.onWire >= b.config.Concurrent {
		return time.Time{}, false
	}
	oldest := b.pending[0].came
	latest := oldest.Add(b.config.MaxWait)
	gap := b.config.Wait
	switch n := len(b.pending); {
	case n >= b.config.Limit:
		return oldest, true
	case b.onWire > 0:
		return latest, true
	case n < b.expected, b.growing:
		gap = max(gap, b.took/lingerShare)
	case b.expected > 0:
		return oldest, true
	}
	return earlier(latest, b.quiet.Add(gap)), true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// launch puts the first n items on the wire.
func (b *Batcher[In, Out]) launch(n int) {
	items := slices.Clone(b.pending[:n])
	b.pending = slices.Delete(b.pending, 0, n)
	b.onWire++

	ctx, cancel := context.WithCancel(context.WithoutCancel(items[0].ctx))
	sent := &batch{sent: time.Now(), cancel: cancel, callers: n}
	inputs := make([]In, n)
	for k, i := range items {
		i.batch = sent
		inputs[k] = i.in
	}
	go attempt(
		func() ([]Result[Out], error) { return b.config.Send(ctx, inputs), nil },
		func(results []Result[Out], err error) {
			cancel()
			b.deliver(items, results, err)
		},
	)
}

// deliver hands each caller its result.
func (b *Batcher[In, Out]) deliver(items []*item[In, Out], results []Result[Out], err error) {
	if err == nil && len(results) != len(items) {
		err = fmt.Errorf("this is a bug in the provider, please report it: %d items were sent together and %d results came back, so that it is not known what the server did",
			len(items), len(results))
	}
	for _, i := range b.settle(items, results, err) {
		if b.config.Abandoned != nil {
			b.config.Abandoned(i.in, i.result)
		}
	}
}

// settle sets the results, lets the next batch go and returns the items whose
// callers have left.
func (b *Batcher[In, Out]) settle(items []*item[In, Out], results []Result[Out], err error) []*item[In, Out] {
	b.mu.Lock()
	defer b.mu.Unlock()
	var abandoned []*item[In, Out]
	for k, i := range items {
		if err != nil {
			i.result.Err = err
		} else {
			i.result = results[k]
		}
		if i.left {
			abandoned = append(abandoned, i)
		}
		close(i.done)
	}
	b.onWire--
	b.quiet = time.Now()
	b.expected = len(b.pending) + len(items)
	b.growing = len(b.pending) > 0
	b.took = b.quiet.Sub(items[0].batch.sent)
	b.flush()
	return abandoned
}
