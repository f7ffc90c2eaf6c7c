package ethora

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

const (
	// finishTime is how long a caller that is interrupted waits for the outcome
	// of a batch on the wire. A batch that all callers wait for so is itself
	// ended under the client's shorter budget: what it knows then comes in time.
	finishTime = 30 * time.Second

	// similarTime is how far the deadlines of creations may lie apart that
	// travel together.
	similarTime = 10 * time.Second

	// deadlineFirst lets a context end by its own deadline rather than with the
	// last caller's, which is the same.
	deadlineFirst = 100 * time.Millisecond

	// manyAtOnce is as good as no limit.
	manyAtOnce = 1000
)

// nothing is the value of a result that is only an error.
type nothing struct{}

// sharedWrites sends the writes of one app, many with one request.
type sharedWrites struct {
	client *ethora.Client
	appID  string
	reads  *sharedReads

	created   *each[creation, *batcher[ethora.NewUser, ethora.CreateUserOutcome]]
	updates   *batcher[ethora.UserUpdate, *ethora.User]
	deletions *each[ethora.DeleteOptions, *batcher[string, nothing]]
	grants    *each[string, *batcher[string, nothing]] // by room
	removals  *each[string, *batcher[string, nothing]] // by room
}

// creation is what users that are created with one request have in common.
type creation struct {
	bypassEmailConfirmation bool
	left                    time.Duration // until the deadline, roughly
}

func newSharedWrites(client *ethora.Client, appID string, reads *sharedReads, alone bool) *sharedWrites {
	w := &sharedWrites{client: client, appID: appID, reads: reads}
	w.created = newEach(func(c creation) *batcher[ethora.NewUser, ethora.CreateUserOutcome] {
		return newBatcher(alone, func(ctx context.Context, users []ethora.NewUser) []coalesce.Result[ethora.CreateUserOutcome] {
			results := make([]coalesce.Result[ethora.CreateUserOutcome], len(users))
			for i, result := range w.createUsers(ctx, users, c.bypassEmailConfirmation) {
				results[i] = coalesce.Result[ethora.CreateUserOutcome]{Value: result.Outcome, Err: result.Err}
			}
			return results
		})
	})
	w.updates = newBatcher(alone, func(ctx context.Context, updates []ethora.UserUpdate) []coalesce.Result[*ethora.User] {
		results := make([]coalesce.Result[*ethora.User], len(updates))
		for i, result := range w.updateUsers(ctx, updates) {
			results[i] = coalesce.Result[*ethora.User]{Value: result.User, Err: result.Err}
		}
		return results
	})
	w.deletions = newEach(func(options ethora.DeleteOptions) *batcher[string, nothing] {
		return newBatcher(alone, func(ctx context.Context, userIDs []string) []coalesce.Result[nothing] {
			return onlyErrors(w.deleteUsers(ctx, userIDs, options))
		})
	})
	w.grants = newEach(func(roomID string) *batcher[string, nothing] {
		return newBatcher(alone, func(ctx context.Context, userIDs []string) []coalesce.Result[nothing] {
			return onlyErrors(w.grantAccess(ctx, roomID, userIDs))
		})
	})
	w.removals = newEach(func(roomID string) *batcher[string, nothing] {
		return newBatcher(alone, func(ctx context.Context, userIDs []string) []coalesce.Result[nothing] {
			return onlyErrors(w.removeAccess(ctx, roomID, userIDs))
		})
	})
	return w
}

func onlyErrors(errs []error) []coalesce.Result[nothing] {
	results := make([]coalesce.Result[nothing], len(errs))
	for i, err := range errs {
		results[i].Err = err
	}
	return results
}

// creations is the batcher for a user to create. Users travel together whose
// time runs out together: one with a short timeout would otherwise end without
// the id of the job that may still create it.
func (w *sharedWrites) creations(ctx context.Context, bypassEmailConfirmation bool) *batcher[ethora.NewUser, ethora.CreateUserOutcome] {
	kind := creation{bypassEmailConfirmation: bypassEmailConfirmation}
	if deadline, ok := ctx.Deadline(); ok {
		kind.left = time.Until(deadline).Round(similarTime)
	}
	return w.created.get(kind)
}

// createUsers creates at most batchLimit users.
func (w *sharedWrites) createUsers(ctx context.Context, users []ethora.NewUser, bypassEmailConfirmation bool) []ethora.CreateUserResult {
	defer w.reads.changedAllAccess()
	ids := make([]string, 0, len(users))
	for _, user := range users {
		ids = append(ids, user.UserID)
	}
	defer w.reads.changeUsers(ids)()

	results := make([]ethora.CreateUserResult, len(users))
	for _, places := range apart(users) {
		var request []ethora.NewUser
		for _, place := range places {
			request = append(request, users[place])
		}
		for i, result := range w.client.CreateUserBatch(ctx, w.appID, request, bypassEmailConfirmation) {
			results[places[i]] = result
		}
	}
	return results
}

// apart splits users so that none shares its id or e-mail address with another
// of the same request: which of the two was created would not be known. It
// returns their places.
func apart(users []ethora.NewUser) [][]int {
	var requests [][]int
	var taken []map[string]bool
	for place, user := range users {
		names := []string{"id " + user.UserID, "email " + strings.ToLower(user.Email)}
		n := 0
		for n < len(requests) && (taken[n][names[0]] || taken[n][names[1]]) {
			n++
		}
		if n == len(requests) {
			requests, taken = append(requests, nil), append(taken, map[string]bool{})
		}
		requests[n] = append(requests[n], place)
		for _, name := range names {
			taken[n][name] = true
		}
	}
	return requests
}

// updateUsers changes at most batchLimit users.
func (w *sharedWrites) updateUsers(ctx context.Context, updates []ethora.UserUpdate) []ethora.UpdateUserResult {
	ids := make([]string, 0, len(updates))
	for _, update := range updates {
		ids = append(ids, update.UserID)
	}
	defer w.reads.changeUsers(ids)()
	return w.client.UpdateUserBatch(ctx, w.appID, updates)
}

// deleteUsers deletes at most batchLimit users.
func (w *sharedWrites) deleteUsers(ctx context.Context, userIDs []string, options ethora.DeleteOptions) []error {
	defer w.reads.changedAllAccess()
	defer w.reads.changeUsers(userIDs)()
	return w.client.DeleteUserBatch(ctx, w.appID, userIDs, options)
}

func (w *sharedWrites) grantAccess(ctx context.Context, roomID string, userIDs []string) []error {
	defer w.reads.changeAccess(roomID, userIDs)()
	return w.client.GrantAccessBatch(ctx, w.appID, roomID, userIDs)
}

func (w *sharedWrites) removeAccess(ctx context.Context, roomID string, userIDs []string) []error {
	defer w.reads.changeAccess(roomID, userIDs)()
	return w.client.RemoveAccessBatch(ctx, w.appID, roomID, userIDs)
}

// removeRoom deletes a room without making sure.
func (w *sharedWrites) removeRoom(ctx context.Context, roomID string) error {
	defer w.reads.changedAccess()
	defer w.reads.changeRoom(roomID)()
	return w.client.RemoveChat(ctx, w.appID, roomID)
}

// batcher sends together what callers give it at the same time.
type batcher[In, Out any] struct {
	calls *coalesce.Batcher[call[In], Out]
}

// call is one caller's item.
type call[In any] struct {
	ctx  context.Context
	item In
}

// newBatcher returns a batcher that hands at most batchLimit items to send, on a
// context that ends when all their callers' have. alone makes every item a
// batch of its own.
func newBatcher[In, Out any](alone bool, send func(ctx context.Context, items []In) []coalesce.Result[Out]) *batcher[In, Out] {
	config := coalesce.BatcherConfig[call[In], Out]{
		Limit:  batchLimit,
		Finish: finishTime,
		Send: func(ctx context.Context, calls []call[In]) []coalesce.Result[Out] {
			ctx, stop := whileWanted(ctx, calls)
			defer stop()
			items := make([]In, 0, len(calls))
			for _, c := range calls {
				items = append(items, c.item)
			}
			return send(ctx, items)
		},
		Abandoned: func(c call[In], result coalesce.Result[Out]) {
			outcome := "it succeeded"
			if result.Err != nil {
				outcome = result.Err.Error()
			}
			tflog.Warn(c.ctx, "An operation ended after its time was over", map[string]any{"outcome": outcome})
		},
	}
	if alone {
		config.Limit, config.Concurrent = 1, manyAtOnce
	}
	return &batcher[In, Out]{calls: coalesce.NewBatcher(config)}
}

func (b *batcher[In, Out]) do(ctx context.Context, item In) (Out, error) {
	return b.calls.Do(ctx, call[In]{ctx, item})
}

// whileWanted returns a context that ends when the contexts of all callers have
// ended: by its deadline when the last one's time ran out, so that the error can
// say so.
func whileWanted[In any](ctx context.Context, calls []call[In]) (context.Context, context.CancelFunc) {
	ctx, cancel := withLastDeadline(ctx, calls)
	var left atomic.Int64
	left.Store(int64(len(calls)))
	stops := make([]func() bool, 0, len(calls))
	for _, c := range calls {
		stops = append(stops, context.AfterFunc(c.ctx, func() {
			switch {
			case left.Add(-1) > 0:
			case errors.Is(c.ctx.Err(), context.DeadlineExceeded):
				time.AfterFunc(deadlineFirst, cancel)
			default:
				cancel()
			}
		}))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

// withLastDeadline gives a context the latest deadline of all callers, or none
// when one of them has none.
func withLastDeadline[In any](ctx context.Context, calls []call[In]) (context.Context, context.CancelFunc) {
	var latest time.Time
	for _, c := range calls {
		deadline, limited := c.ctx.Deadline()
		if !limited {
			return context.WithCancel(ctx)
		}
		if deadline.After(latest) {
			latest = deadline
		}
	}
	return context.WithDeadline(ctx, latest)
}
