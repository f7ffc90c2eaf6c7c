package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// post is a server that takes many items at once. It doubles numbers and
// refuses the negative ones.
type post struct {
	mu      sync.Mutex
	batches [][]int
	sent    []time.Duration // when, from the beginning of the test
	stopped int             // batches whose context ended before they did
	onWire  int
	busiest int
	began   time.Time

	latency time.Duration
}

var errNegative = errors.New("must not be negative")

func newPost() *post { return &post{began: time.Now(), latency: latency} }

func (p *post) Send(ctx context.Context, items []int) []coalesce.Result[int] {
	p.mu.Lock()
	p.batches = append(p.batches, slices.Clone(items))
	p.sent = append(p.sent, time.Since(p.began))
	p.onWire++
	p.busiest = max(p.busiest, p.onWire)
	p.mu.Unlock()

	var stopped error
	select {
	case <-time.After(p.latency):
	case <-ctx.Done():
		stopped = ctx.Err()
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.onWire--
	if stopped != nil {
		p.stopped++
	}
	results := make([]coalesce.Result[int], len(items))
	for k, item := range items {
		switch {
		case stopped != nil:
			results[k].Err = stopped
		case item < 0:
			results[k].Err = errNegative
		default:
			results[k].Value = 2 * item
		}
	}
	return results
}

func (p *post) batcher(config coalesce.BatcherConfig[int, int]) *coalesce.Batcher[int, int] {
	config.Send = p.Send
	return coalesce.NewBatcher(config)
}

func (p *post) wantBatches(t *testing.T, sizes ...int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var got []int
	for _, batch := range p.batches {
		got = append(got, len(batch))
	}
	if !slices.Equal(got, sizes) {
		t.Errorf("the server got batches of %v, want %v", got, sizes)
	}
}

func (p *post) wantSent(t *testing.T, times ...time.Duration) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.sent, times) {
		t.Errorf("batches were sent after %v, want %v", p.sent, times)
	}
}

func wantDouble(t *testing.T, batcher *coalesce.Batcher[int, int], item int) {
	t.Helper()
	if value, err := batcher.Do(t.Context(), item); value != 2*item || err != nil {
		t.Errorf("sending %d: %d, %v", item, value, err)
	}
}

// sendTogether sends the numbers from first to first+n-1 at once.
func sendTogether(t *testing.T, batcher *coalesce.Batcher[int, int], first, n int) {
	t.Helper()
	var senders sync.WaitGroup
	for item := range n {
		senders.Go(func() { wantDouble(t, batcher, first+item) })
	}
	senders.Wait()
}

// A fixed collection time would make each of a chain of writes pay for it.
func TestItemAloneWaitsAFewMilliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		batcher := server.batcher(coalesce.BatcherConfig[int, int]{})
		wantDouble(t, batcher, 1)
		wantDouble(t, batcher, 2)
		server.wantBatches(t, 1, 1)
		// The second follows at once: nobody else was in flight.
		server.wantSent(t, 5*time.Millisecond, 55*time.Millisecond)

		time.Sleep(time.Minute)
		server.began = time.Now()
		wantDouble(t, batcher, 3)
		server.wantSent(t, 5*time.Millisecond, 55*time.Millisecond, 5*time.Millisecond)
	})
}

// After a wave its callers are expected again. One that comes alone waits for
// them, but not long.
func TestItemAloneAfterAWaveWaitsHalfABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		server.latency = 100 * time.Millisecond
		batcher := server.batcher(coalesce.BatcherConfig[int, int]{})
		sendTogether(t, batcher, 1, 10)
		wantDouble(t, batcher, 11)
		wantDouble(t, batcher, 12)
		server.wantBatches(t, 10, 1, 1)
		server.wantSent(t, 5*time.Millisecond, 155*time.Millisecond, 255*time.Millisecond)
	})
}

// Two groups of writers, one writing while the other waits for its answer,
// would need twice the batches and twice the time. They are brought together.
func TestAlternatingWritersFallIntoStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		batcher := server.batcher(coalesce.BatcherConfig[int, int]{})
		var writers sync.WaitGroup
		for writer := range 10 {
			writers.Go(func() {
				time.Sleep(time.Duration(writer%2) * latency / 2)
				for item := range 10 {
					wantDouble(t, batcher, item)
					time.Sleep(time.Duration(writer) * time.Millisecond)
				}
			})
		}
		writers.Wait()
		server.wantBatches(t, 5, 10, 10, 10, 10, 10, 10, 10, 10, 10, 5)
	})
}

func TestItemsTogetherTravelTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		sendTogether(t, server.batcher(coalesce.BatcherConfig[int, int]{}), 1, 10)
		server.wantBatches(t, 10)
	})
}

func TestBatchNeverExceedsItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		sendTogether(t, server.batcher(coalesce.BatcherConfig[int, int]{Limit: 100}), 1, 250)
		// The full ones leave at once, the rest waits for them and a little more.
		server.wantBatches(t, 100, 100, 50)
		server.wantSent(t, 0, 0, latency+latency/2)
	})
}

func TestNothingTravelsTogetherWithLimitOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		sendTogether(t, server.batcher(coalesce.BatcherConfig[int, int]{Limit: 1, Concurrent: 10}), 1, 10)
		server.wantBatches(t, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
		server.wantSent(t, make([]time.Duration, 10)...)
	})
}

// Ten writers that start out of step, each faster or slower between its writes,
// are in step from the second batch on.
func TestParallelWritersFallIntoStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		batcher := server.batcher(coalesce.BatcherConfig[int, int]{})
		var writers sync.WaitGroup
		for writer := range 10 {
			writers.Go(func() {
				time.Sleep(time.Duration(writer) * 6 * time.Millisecond)
				for item := range 10 {
					wantDouble(t, batcher, item)
					time.Sleep(time.Duration(writer%4) * time.Millisecond)
				}
			})
		}
		writers.Wait()
		server.wantBatches(t, 1, 10, 10, 10, 10, 10, 10, 10, 10, 10, 9)
	})
}

func TestItemWaitsForOthersNoLongerThanMaxWait(t *testing.T) {
	tests := map[string]struct {
		every   time.Duration // an item comes
		server  time.Duration // latency
		maxWait time.Duration
		sizes   []int
		sent    []time.Duration
	}{
		"while more keep coming": {
			every: 4 * time.Millisecond, server: time.Millisecond,
			maxWait: 101 * time.Millisecond,
			sizes:   []int{26, 4}, sent: []time.Duration{101 * time.Millisecond, 121 * time.Millisecond},
		},
		"while another batch is on the wire": {
			every: 10 * time.Millisecond, server: time.Hour,
			maxWait: 95 * time.Millisecond,
			sizes:   []int{1, 10, 10, 9},
			sent:    []time.Duration{5 * time.Millisecond, 105 * time.Millisecond, 205 * time.Millisecond, 305 * time.Millisecond},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newPost()
				server.latency = test.server
				batcher := server.batcher(coalesce.BatcherConfig[int, int]{MaxWait: test.maxWait})
				var senders sync.WaitGroup
				for item := range 30 {
					senders.Go(func() { wantDouble(t, batcher, item) })
					time.Sleep(test.every)
				}
				senders.Wait()
				server.wantBatches(t, test.sizes...)
				server.wantSent(t, test.sent...)
			})
		})
	}
}

func TestNoMoreBatchesOnTheWireThanConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		sendTogether(t, server.batcher(coalesce.BatcherConfig[int, int]{Limit: 10, Concurrent: 2}), 1, 95)
		server.wantBatches(t, 10, 10, 10, 10, 10, 10, 10, 10, 10, 5)
		if server.busiest != 2 {
			t.Errorf("%d batches on the wire at once, want 2", server.busiest)
		}
	})
}

func TestBadItemFailsOnlyItsOwnCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		batcher := server.batcher(coalesce.BatcherConfig[int, int]{})
		bad := inBackground(func() (int, error) { return batcher.Do(t.Context(), -1) })
		sendTogether(t, batcher, 1, 9)
		if _, err := bad(); !errors.Is(err, errNegative) {
			t.Errorf("the bad item: %v", err)
		}
		server.wantBatches(t, 10)
	})
}

func TestCallerThatLeavesBeforeTheBatchIsTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		batcher := server.batcher(coalesce.BatcherConfig[int, int]{})
		ctx, cancel := context.WithCancel(t.Context())
		left := inBackground(func() (int, error) { return batcher.Do(ctx, 7) })
		stayed := inBackground(func() (int, error) { return batcher.Do(t.Context(), 8) })
		time.Sleep(time.Millisecond)
		cancel()
		if _, err := left(); !errors.Is(err, coalesce.ErrNotSent) || !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that left: %v", err)
		}
		if value, err := stayed(); value != 16 || err != nil {
			t.Errorf("the caller that stayed: %d, %v", value, err)
		}
		server.wantBatches(t, 1)
	})
}

func TestNothingIsSentForCallersThatHaveAllLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPost()
		batcher := server.batcher(coalesce.BatcherConfig[int, int]{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if _, err := batcher.Do(ctx, 1); !errors.Is(err, coalesce.ErrNotSent) {
					t.Errorf("a caller that left: %v", err)
				}
			})
		}
		callers.Wait()
		if _, err := batcher.Do(ctx, 1); !errors.Is(err, coalesce.ErrNotSent) {
			t.Errorf("a caller that comes too late: %v", err)
		}
		time.Sleep(time.Second)
		server.wantBatches(t)
	})
}

func TestCallerThatLeavesABatchOnTheWire(t *testing.T) {
	type outcome struct {
		value     int
		err       error
		abandoned []int
		stopped   int
	}
	tests := map[string]struct {
		server  time.Duration // latency
		finish  time.Duration
		alone   bool
		want    outcome
		elapsed time.Duration
	}{
		"gets a result that comes soon": {
			server: 4 * time.Second, elapsed: 4 * time.Second,
			want: outcome{value: 14},
		},
		"gets no result that comes late, and the batch goes on for the others": {
			server: time.Minute, elapsed: 10 * time.Second,
			want: outcome{err: context.Canceled, abandoned: []int{7}},
		},
		"stops a batch that nobody waits for": {
			server: time.Minute, alone: true, elapsed: 10 * time.Second,
			want: outcome{err: context.Canceled, abandoned: []int{7}, stopped: 1},
		},
		"leaves at once where it is told to": {
			server: time.Minute, finish: -1, elapsed: 0,
			want: outcome{err: context.Canceled, abandoned: []int{7}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newPost()
				server.latency = test.server
				var got outcome
				batcher := server.batcher(coalesce.BatcherConfig[int, int]{
					Finish:    test.finish,
					Abandoned: func(item int, _ coalesce.Result[int]) { got.abandoned = append(got.abandoned, item) },
				})
				ctx, cancel := context.WithCancel(t.Context())
				leaves := inBackground(func() (int, error) { return batcher.Do(ctx, 7) })
				others := 0
				if !test.alone {
					others = 3
				}
				stay := inBackground(func() (int, error) { sendTogether(t, batcher, 1, others); return 0, nil })
				time.Sleep(5 * time.Millisecond)
				synctest.Wait()
				server.wantBatches(t, 1+others)

				cancel()
				cancelled := time.Now()
				got.value, got.err = leaves()
				if elapsed := time.Since(cancelled); elapsed != test.elapsed {
					t.Errorf("left after %v, want %v", elapsed, test.elapsed)
				}
				_, _ = stay()
				synctest.Wait()
				got.stopped = server.stopped
				if !errors.Is(got.err, test.want.err) || errors.Is(got.err, coalesce.ErrNotSent) {
					t.Errorf("error %v, want %v", got.err, test.want.err)
				}
				got.err = test.want.err
				if fmt.Sprint(got) != fmt.Sprint(test.want) {
					t.Errorf("got %v, want %v", got, test.want)
				}
			})
		})
	}
}

func TestBatchHasTheValuesOfItsFirstCallerAndNotItsDeadline(t *testing.T) {
	type key struct{}
	batcher := coalesce.NewBatcher(coalesce.BatcherConfig[int, any]{
		Send: func(ctx context.Context, _ []int) []coalesce.Result[any] {
			if _, limited := ctx.Deadline(); limited {
				t.Error("the batch has the deadline of a caller")
			}
			return []coalesce.Result[any]{{Value: ctx.Value(key{})}}
		},
	})
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "logger"), time.Minute)
	defer cancel()
	if value, err := batcher.Do(ctx, 1); value != "logger" || err != nil {
		t.Errorf("%v, %v", value, err)
	}
}

func TestBatchThatBreaks(t *testing.T) {
	tests := map[string]struct {
		send func(context.Context, []int) []coalesce.Result[int]
		want string
	}{
		"panic":           {func(context.Context, []int) []coalesce.Result[int] { panic("nil map") }, "panic: nil map"},
		"Goexit":          {func(context.Context, []int) []coalesce.Result[int] { runtime.Goexit(); return nil }, "without an answer"},
		"too few results": {func(context.Context, []int) []coalesce.Result[int] { return make([]coalesce.Result[int], 1) }, "2 items were sent together and 1 results came back"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				batcher := coalesce.NewBatcher(coalesce.BatcherConfig[int, int]{Send: test.send, Limit: 2, Concurrent: 1})
				var callers sync.WaitGroup
				for range 6 { // more than one batch: the next ones are sent too
					callers.Go(func() {
						_, err := batcher.Do(t.Context(), 1)
						if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, coalesce.ErrNotSent) {
							t.Errorf("error %v, want %q", err, test.want)
						}
					})
				}
				callers.Wait()
			})
		})
	}
}

// FuzzBatcher lets many writers loose, some of them impatient, and checks that
// each item was sent once, or never where its caller was told so, and that each
// caller got its own result.
func FuzzBatcher(f *testing.F) {
	f.Add(uint64(1), uint8(10), uint8(10), uint8(2))
	f.Add(uint64(2), uint8(200), uint8(100), uint8(4))
	f.Add(uint64(3), uint8(50), uint8(1), uint8(1))
	f.Add(uint64(4), uint8(255), uint8(7), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, writers, limit, concurrent uint8) {
		if limit == 0 || concurrent == 0 {
			t.Skip("those are the defaults")
		}
		synctest.Test(t, func(t *testing.T) {
			playBatcher(t, rand.New(rand.NewPCG(seed, 0)), int(writers), int(limit), int(concurrent))
		})
	})
}

func playBatcher(t *testing.T, dice *rand.Rand, writers, limit, concurrent int) {
	server := newPost()
	abandoned := map[int]bool{}
	batcher := server.batcher(coalesce.BatcherConfig[int, int]{
		Limit: limit, Concurrent: concurrent, MaxWait: 30 * time.Millisecond, Finish: 20 * time.Millisecond,
		Abandoned: func(item int, _ coalesce.Result[int]) {
			server.mu.Lock()
			defer server.mu.Unlock()
			abandoned[item] = true
		},
	})
	const each = 4
	errs := make([]error, each*writers)
	var players sync.WaitGroup
	for writer := range writers {
		dice := rand.New(rand.NewPCG(dice.Uint64(), 0))
		players.Go(func() {
			for item := each * writer; item < each*(writer+1); item++ {
				time.Sleep(time.Duration(dice.Int64N(int64(latency))))
				ctx, cancel := context.WithCancel(t.Context())
				if dice.IntN(3) == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(dice.Int64N(int64(latency))))
				}
				value, err := batcher.Do(ctx, item)
				cancel()
				if err == nil && value != 2*item {
					t.Errorf("item %d got the result %d", item, value)
				}
				errs[item] = err
			}
		})
	}
	players.Wait()
	synctest.Wait()
	checkBatches(t, server, errs, abandoned, limit, concurrent)
}

func checkBatches(t *testing.T, server *post, errs []error, abandoned map[int]bool, limit, concurrent int) {
	time.Sleep(time.Second) // batches that nobody waits for
	server.mu.Lock()
	defer server.mu.Unlock()
	sent := map[int]int{}
	for _, batch := range server.batches {
		if len(batch) == 0 || len(batch) > limit {
			t.Errorf("a batch has %d items, the limit is %d", len(batch), limit)
		}
		for _, item := range batch {
			sent[item]++
		}
	}
	if server.busiest > concurrent {
		t.Errorf("%d batches on the wire, want at most %d", server.busiest, concurrent)
	}
	for item, err := range errs {
		want := 1
		if errors.Is(err, coalesce.ErrNotSent) {
			want = 0
		}
		if sent[item] != want {
			t.Errorf("item %d was sent %d times, its caller was told %v", item, sent[item], err)
		}
		if left := err != nil && want == 1; abandoned[item] != left {
			t.Errorf("item %d: abandoned %t, its caller was told %v", item, abandoned[item], err)
		}
	}
}

// terraform sends 1,000 items as Terraform does: so many at once, each after some
// work on one of two processors and a pause. It returns the time that took.
func terraform(batcher *coalesce.Batcher[int, int], parallel int, work, pause func() time.Duration) time.Duration {
	began := time.Now()
	processors := make(chan struct{}, 2)
	var next atomic.Int64
	var walkers sync.WaitGroup
	for range parallel {
		walkers.Go(func() {
			for next.Add(1) <= 1000 {
				processors <- struct{}{}
				time.Sleep(work())
				<-processors
				time.Sleep(pause())
				_, _ = batcher.Do(context.Background(), 1)
			}
		})
	}
	walkers.Wait()
	return time.Since(began)
}

// Batches of a create call and one look at its job, 50 ms each: about one for
// each wave of writers, in whatever order and pace they come back.
func TestWavesOfTerraformAreOneBatchEach(t *testing.T) {
	none := func() time.Duration { return 0 }
	always := func(d time.Duration) func() time.Duration { return func() time.Duration { return d } }
	upTo := func(d time.Duration) func() time.Duration {
		return func() time.Duration { return rand.N(d) }
	}
	uneven := func(mean time.Duration) func() time.Duration {
		return func() time.Duration { return time.Duration(rand.ExpFloat64() * float64(mean)) }
	}
	const ms = time.Millisecond
	tests := map[string]struct {
		parallel    int
		work, pause func() time.Duration
		batches     int           // at most
		wall        time.Duration // at most; 0: whatever
	}{
		"10, no work":                {parallel: 10, work: none, pause: none, batches: 100, wall: 10_100 * ms},
		"10, 1 ms of work":           {parallel: 10, work: always(ms), pause: none, batches: 100, wall: 10_600 * ms},
		"10, uneven work":            {parallel: 10, work: uneven(ms), pause: none, batches: 105, wall: 12_000 * ms},
		"10, staggered over 50 ms":   {parallel: 10, work: always(ms), pause: upTo(50 * ms), batches: 105},
		"100, no work":               {parallel: 100, work: none, pause: none, batches: 10, wall: 1_100 * ms},
		"100, 1 ms of work":          {parallel: 100, work: always(ms), pause: none, batches: 10, wall: 2_000 * ms},
		"100, uneven work":           {parallel: 100, work: uneven(ms), pause: none, batches: 13, wall: 2_000 * ms},
		"100, uneven work of 3 ms":   {parallel: 100, work: uneven(3 * ms), pause: none, batches: 13},
		"100, staggered over 100 ms": {parallel: 100, work: uneven(ms), pause: upTo(100 * ms), batches: 13},
		"100, staggered over 200 ms": {parallel: 100, work: uneven(ms), pause: upTo(200 * ms), batches: 13},
		"100, uneven work of 16 ms":  {parallel: 100, work: uneven(16 * ms), pause: none, batches: 14},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newPost()
				server.latency = 100 * ms
				wall := terraform(server.batcher(coalesce.BatcherConfig[int, int]{}), test.parallel, test.work, test.pause)
				if got := len(server.batches); got > test.batches {
					t.Errorf("%d batches, want at most %d", got, test.batches)
				}
				if test.wall > 0 && wall > test.wall {
					t.Errorf("it took %v, want at most %v", wall, test.wall)
				}
			})
		})
	}
}

// One item among so many that are sent at once, on a server that takes no time.
func BenchmarkBatcherDo(b *testing.B) {
	for _, parallel := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("parallel=%d", parallel), func(b *testing.B) {
			benchmarkBatcher(b, b.N, parallel, coalesce.BatcherConfig[int, int]{Wait: time.Microsecond}, 0)
		})
	}
}

// 1,000 items on a server that takes 5 ms.
func BenchmarkBatcherWaves(b *testing.B) {
	for _, parallel := range []int{10, 100} {
		b.Run(fmt.Sprintf("parallel=%d", parallel), func(b *testing.B) {
			benchmarkBatcher(b, 1000*b.N, parallel, coalesce.BatcherConfig[int, int]{}, 5*time.Millisecond)
		})
	}
}

func benchmarkBatcher(b *testing.B, items, parallel int, config coalesce.BatcherConfig[int, int], latency time.Duration) {
	b.Helper()
	var calls atomic.Int64
	config.Send = func(_ context.Context, items []int) []coalesce.Result[int] {
		calls.Add(1)
		time.Sleep(latency)
		return make([]coalesce.Result[int], len(items))
	}
	batcher := coalesce.NewBatcher(config)
	b.ReportAllocs()
	inParallel(parallel, items, func(int) {
		if _, err := batcher.Do(b.Context(), 1); err != nil {
			b.Error(err)
		}
	})
	b.ReportMetric(float64(calls.Load())/float64(b.N), "calls/op")
}
