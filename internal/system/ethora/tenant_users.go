package ethora

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// directUsers remembers a few users as they were told one by one, and holds the
// list of users against them: a server may list less of a user than it tells of
// one, and what a list leaves out must not pass for a change. Once it has been
// found out, no user is taken from a list any more.
type directUsers struct {
	thin atomic.Bool // the list leaves something out

	mutex   sync.Mutex
	samples map[string]*sampleUser // by plain id, at most fewReads
}

// sampleUser is one user as it was told directly.
type sampleUser struct {
	done chan struct{} // closed when the read has ended
	user ethora.User   // empty when it failed
}

// read reads a user directly and remembers it, if it is one of the first.
func (d *directUsers) read(userID string, get func() (ethora.User, error)) (ethora.User, error) {
	sample := d.begin(userID)
	user, err := get()
	if sample == nil {
		return user, err
	}
	if err == nil {
		sample.user = user
	} else {
		d.drop(userID)
	}
	close(sample.done)
	return user, err
}

// begin returns a new sample, or nil when there are enough.
func (d *directUsers) begin(userID string) *sampleUser {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if len(d.samples) >= fewReads || d.samples[userID] != nil {
		return nil
	}
	sample := &sampleUser{done: make(chan struct{})}
	if d.samples == nil {
		d.samples = map[string]*sampleUser{}
	}
	d.samples[userID] = sample
	return sample
}

func (d *directUsers) drop(userID string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	delete(d.samples, userID)
}

// all are the samples, some of which may still be read.
func (d *directUsers) all() map[string]*sampleUser {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	samples := make(map[string]*sampleUser, len(d.samples))
	for userID, sample := range d.samples {
		samples[userID] = sample
	}
	return samples
}

// compare holds a list against the samples.
func (d *directUsers) compare(ctx context.Context, listed map[string]ethora.User) {
	for userID, sample := range d.all() {
		select {
		case <-sample.done:
			d.note(listed[userID], sample.user)
		case <-ctx.Done():
			return
		}
	}
}

// note notes whether a row of the list leaves out what was told of the same user.
// A row that is not there says nothing: it may be an archived user's.
func (d *directUsers) note(row, told ethora.User) {
	if row.UserID != "" && leavesOut(row, told) {
		d.thin.Store(true)
	}
}

// leavesOut reports whether a user lacks something that is known of it.
func leavesOut(user, known ethora.User) bool {
	lacks := func(value, known string) bool { return value == "" && known != "" }
	return lacks(user.Email, known.Email) ||
		lacks(user.FirstName, known.FirstName) ||
		lacks(user.LastName, known.LastName) ||
		lacks(user.Username, known.Username) ||
		lacks(user.ProfileImage, known.ProfileImage)
}

// readUser reads a user directly.
func (r *sharedReads) readUser(ctx context.Context, userID string) (ethora.User, error) {
	return r.direct.read(userID, func() (ethora.User, error) { return r.client.GetUser(ctx, r.appID, userID) })
}

// getUser returns a user, from a list of all users when many are asked for, and
// directly when the list leaves out something of what is known of it.
func (r *sharedReads) getUser(ctx context.Context, userID string, known ethora.User) (ethora.User, error) {
	if r.direct.thin.Load() {
		return r.readUser(ctx, userID)
	}
	user, err := r.users.Get(ctx, userID)
	if err != nil || !r.direct.thin.Load() && !leavesOut(user, known) {
		return user, err
	}
	told, err := r.readUser(ctx, userID)
	if err == nil {
		r.direct.note(user, told)
	}
	return told, err
}

// knownUsers returns users by plain id: from the list where it shows them with
// all that is known of them, else directly.
func (r *sharedReads) knownUsers(ctx context.Context, known map[string]ethora.User) (map[string]ethora.User, error) {
	found, err := r.listedUsers(ctx, known)
	if err != nil {
		return nil, err
	}
	var mutex sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentCalls)
	for _, userID := range r.unclear(found, known) {
		group.Go(func() error {
			plain := ethora.PlainID(r.appID, userID)
			user, err := r.getUser(ctx, plain, known[userID])
			mutex.Lock()
			defer mutex.Unlock()
			switch {
			case err == nil:
				found[plain] = user
			case rest.IsKind(err, rest.NotFound):
				delete(found, plain)
				return nil
			}
			return err
		})
	}
	return found, group.Wait()
}

// unclear are the users that were not found, or with less than is known of them.
func (r *sharedReads) unclear(found, known map[string]ethora.User) []string {
	var userIDs []string
	for userID, user := range known {
		row, listed := found[ethora.PlainID(r.appID, userID)]
		if !listed || leavesOut(row, user) {
			userIDs = append(userIDs, userID)
		}
	}
	return userIDs
}
