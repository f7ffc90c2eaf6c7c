package ethora

import (
	"context"
	"iter"
	"math/rand/v2"
	"strings"
	"time"
)

// verifyTries is how often an object is read after a change that the server
// may show late.
const verifyTries = 5

// pause waits, or returns why the context ended.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backoff gives the waits between polls: growing by half, with jitter.
type backoff struct {
	next, longest time.Duration
}

func (c *Client) newBackoff() *backoff {
	return &backoff{next: c.config.PollWaitMin, longest: c.config.PollWaitMax}
}

// take returns the next wait.
func (b *backoff) take() time.Duration {
	wait := b.next
	b.next = min(b.next+b.next/2, b.longest)
	return wait - time.Duration(rand.Int64N(int64(wait)/5+1))
}

func (b *backoff) pause(ctx context.Context) error { return pause(ctx, b.take()) }

// tries yields up to verifyTries times, with waits between, until the context
// ends. The first try is never left out.
func (c *Client) tries(ctx context.Context) iter.Seq[int] {
	return func(yield func(int) bool) {
		wait := c.newBackoff()
		for try := 1; yield(try) && try < verifyTries; try++ {
			if wait.pause(ctx) != nil {
				return
			}
		}
	}
}

// resolving returns a context for finding out what became of a creation. When
// ctx is cancelled it lasts a short time longer, so that the id of what was
// created is not lost.
func (c *Client) resolving(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		_ = pause(longer, c.config.FinishBudget)
		cancel()
	})
	return longer, func() {
		stop()
		cancel()
	}
}

// recent reports whether a time that the server told is not older than an
// operation that began at started. A time that cannot be read is old.
func recent(createdAt string, started time.Time) bool {
	created, err := time.Parse(time.RFC3339, createdAt)
	return err == nil && !created.Before(started.Add(-clockSkew))
}

// compare orders by pairs of texts, the first pair that differs deciding.
func compare(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if order := strings.Compare(pairs[i], pairs[i+1]); order != 0 {
			return order
		}
	}
	return 0
}
