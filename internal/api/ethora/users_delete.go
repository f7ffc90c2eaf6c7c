package ethora

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// userDeletion is one user on the way out.
type userDeletion struct {
	userID string // plain
	doubt  string // why the server's answer does not say that the user is gone
	alive  bool   // a read showed that it is not
	err    error
}

// DeleteUsers archives users, or purges them when options.Hard is set, and
// believes the server's answer. Users that do not exist are a success
// (ethora-api.md §5.5).
func (c *Client) DeleteUsers(ctx context.Context, appID string, userIDs []string, options DeleteOptions) error {
	appID = c.app(appID)
	deletions := make([]*userDeletion, 0, len(userIDs))
	for _, userID := range userIDs {
		if err := needID("user id", userID); err != nil {
			return err
		}
		deletions = append(deletions, &userDeletion{userID: PlainID(appID, userID)})
	}
	for chunk := range slices.Chunk(deletions, batchLimit) {
		c.sendDeletions(ctx, appID, chunk, options)
		for _, deletion := range chunk {
			if deletion.err != nil {
				return deletion.err
			}
		}
	}
	return nil
}

// DeleteUser deletes one user and reads it to make sure.
func (c *Client) DeleteUser(ctx context.Context, appID, userID string, options DeleteOptions) error {
	return c.DeleteUserBatch(ctx, appID, []string{userID}, options)[0]
}

// DeleteUserBatch deletes 1 to 100 users with one request and returns one error
// for each, in their order; nil means that the user is gone. A request that is
// refused because some of the users do not exist is repeated without them; they
// are a success.
//
// A user that stays behind would be lost from the state, and so deletions are
// read back: always when there is one user, or when the answer leaves a doubt
// (it names a failure, or leaves a user out); otherwise for the first batch of
// this client in each mode, soft and hard, and after every 1,000 users. Between
// those, an answer that plainly says that all is done is believed. Once a user is
// found alive after such an answer, every batch of this client is read back.
// Batches that are sent while one is read back wait for what it shows.
func (c *Client) DeleteUserBatch(ctx context.Context, appID string, userIDs []string, options DeleteOptions) []error {
	appID = c.app(appID)
	deletions := make([]*userDeletion, len(userIDs))
	sent := []*userDeletion{}
	for i, userID := range userIDs {
		deletions[i] = &userDeletion{userID: PlainID(appID, userID), err: needID("user id", userID)}
		if len(userIDs) > batchLimit {
			deletions[i].err = fmt.Errorf("%w: one request deletes 1 to %d users, not %d", errArgument, batchLimit, len(userIDs))
		}
		if deletions[i].err == nil {
			sent = append(sent, deletions[i])
		}
	}
	c.sendDeletions(ctx, appID, sent, options)
	c.confirmDeletions(ctx, appID, sent, options)
	errs := make([]error, len(userIDs))
	for i, deletion := range deletions {
		errs[i] = deletion.err
	}
	return errs
}

// sendDeletions deletes users, those that are refused together in parts.
func (c *Client) sendDeletions(ctx context.Context, appID string, deletions []*userDeletion, options DeleteOptions) {
	bisect(deletions, func(part []*userDeletion) (divide bool) {
		err := c.deleteUsers(ctx, appID, part, options)
		if rest.IsKind(err, rest.NotFound) && (len(part) == 1 || !divisible(err)) {
			err = nil // the user is gone, or the app with all its users
		}
		for _, deletion := range part {
			deletion.err = err
		}
		return len(part) > 1 && divisible(err)
	})
}

// deleteUsers sends one deletion, waits for its job if there is one, and notes
// the users for whom the answer leaves a doubt.
func (c *Client) deleteUsers(ctx context.Context, appID string, deletions []*userDeletion, options DeleteOptions) error {
	ids := make([]string, 0, len(deletions))
	for _, deletion := range deletions {
		ids = append(ids, deletion.userID)
	}
	request := deleteUsersRoute.request(appID)
	request.Body = map[string]any{"usersIdList": ids}
	if options.Hard {
		request.Query = url.Values{"mode": {"hard"}}
	}
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return err
	}
	jobID := jobIDOf(response.Body)
	if jobID == "" {
		err := c.checkDone(request, response)
		if err == nil {
			c.noteDoubts(appID, deletions, response.Body)
		}
		return err
	}
	ended, err := c.waitJob(ctx, appID, getUsersJobRoute.request(appID, jobID), jobID)
	switch {
	case rest.IsKind(err, rest.NotFound, rest.Unsupported):
		for _, deletion := range deletions {
			deletion.doubt = "the job " + jobID + " that deletes it is told of elsewhere"
		}
		return nil
	case err != nil:
		return fmt.Errorf("users of app %s are being deleted: %w", appID, err)
	case ended.state == "failed":
		return c.failedJob(fmt.Sprintf("delete %s from the users of app %s", strings.Join(ids, ", "), appID), jobID, ended.failed)
	}
	c.noteDoubts(appID, deletions, ended.body)
	return nil
}

// noteDoubts reads the results of single users, where the answer holds any
// (ethora-api.md §5.5).
func (c *Client) noteDoubts(appID string, deletions []*userDeletion, body []byte) {
	page, err := unwrapList(body, "users")
	if err != nil || len(page.items) == 0 {
		return
	}
	results := map[string]UserResult{}
	for _, result := range c.decodeUserResults(appID, page.items) {
		results[result.UserID] = result
	}
	for _, deletion := range deletions {
		result, found := results[deletion.userID]
		switch {
		case !found:
			deletion.doubt = "the server's answer does not name it"
		case !result.gone():
			deletion.doubt = "the server said: " + result.explain()
		}
	}
}

// gone reports whether the result of a deletion says that the user is gone. The
// words are assumed (ethora-api.md §5.5); others make the client look.
func (r UserResult) gone() bool {
	switch r.Status {
	case "not-found":
		return true
	case "deleted", "archived", "deleting", "removed", "purged", "ok", "success":
		return r.Error == ""
	}
	return false
}

// trustEvery is how many deletions are believed until one batch is read back.
const trustEvery = 1000

// deletionTrust remembers how far the server's word on deletions is believed.
type deletionTrust struct {
	turn chan struct{} // held while a batch is read back by whose outcome the next ones are believed

	mutex    sync.Mutex
	lied     bool
	checked  map[bool]bool // hard or soft: a batch was read back, and all of it was gone
	believed map[bool]int  // hard or soft: users since that batch
}

func newDeletionTrust() *deletionTrust {
	return &deletionTrust{turn: make(chan struct{}, 1), checked: map[bool]bool{}, believed: map[bool]int{}}
}

// believes reports whether a batch need not be read back. Otherwise tell is to be
// called with what a look has shown. Batches that are sent at the same time wait
// for the first of them: its word counts for them, too.
func (t *deletionTrust) believes(ctx context.Context, users int, hard bool) (believed bool, tell func(gone, alive bool)) {
	tell = func(bool, bool) {}
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return false, tell
	}
	release := func() { <-t.turn }
	t.mutex.Lock()
	defer t.mutex.Unlock()
	switch {
	case t.lied:
		release()
		return false, tell
	case t.checked[hard] && t.believed[hard] < trustEvery:
		t.believed[hard] += users
		release()
		return true, tell
	}
	return false, func(gone, alive bool) {
		defer release()
		t.mutex.Lock()
		defer t.mutex.Unlock()
		t.lied = t.lied || alive
		t.checked[hard], t.believed[hard] = gone, 0
	}
}

// noteLie notes whether a user was found alive whom the server called deleted.
func (t *deletionTrust) noteLie(alive bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.lied = t.lied || alive
}

// confirmDeletions reads back the users that must be, as DeleteUserBatch tells.
func (c *Client) confirmDeletions(ctx context.Context, appID string, deletions []*userDeletion, options DeleteOptions) {
	plain, doubtful := []*userDeletion{}, []*userDeletion{}
	for _, deletion := range deletions {
		switch {
		case deletion.err == nil && deletion.doubt == "":
			plain = append(plain, deletion)
		case deletion.err == nil || rest.IsKind(deletion.err, rest.Unsupported): // a 404 may mean the users or the route
			doubtful = append(doubtful, deletion)
		}
	}
	c.confirmPlain(ctx, appID, plain, options, len(deletions) == 1)
	c.readDeletions(ctx, appID, doubtful, options)
}

// confirmPlain reads back users whose deletion leaves no doubt, unless the server
// is believed. One that is sent alone always is.
func (c *Client) confirmPlain(ctx context.Context, appID string, deletions []*userDeletion, options DeleteOptions, alone bool) {
	if len(deletions) == 0 {
		return
	}
	tell := func(_, alive bool) { c.deletions.noteLie(alive) }
	if !alone {
		var believed bool
		if believed, tell = c.deletions.believes(ctx, len(deletions), options.Hard); believed {
			return
		}
	}
	c.readDeletions(ctx, appID, deletions, options)
	tell(
		!slices.ContainsFunc(deletions, func(deletion *userDeletion) bool { return deletion.err != nil }),
		slices.ContainsFunc(deletions, func(deletion *userDeletion) bool { return deletion.alive }),
	)
}

// listDeletionsFrom is from how many archived users on one listing is read
// instead of each user. Purged users are read alone, for no list tells them from
// archived ones.
const listDeletionsFrom = 11

// readDeletions makes sure that users are gone.
func (c *Client) readDeletions(ctx context.Context, appID string, deletions []*userDeletion, options DeleteOptions) {
	if len(deletions) >= listDeletionsFrom && !options.Hard {
		users, err := c.queryUsers(ctx, appID, nil)
		if err == nil {
			active := map[string]bool{}
			for _, user := range users {
				active[user.UserID] = !user.Gone()
			}
			deletions = slices.DeleteFunc(slices.Clone(deletions), func(deletion *userDeletion) bool {
				gone := !active[deletion.userID]
				if gone {
					deletion.err = nil
				}
				return gone
			})
		}
	}
	concurrently(deletions, 10, func(deletion *userDeletion) {
		deletion.err = c.confirmDeletion(ctx, appID, deletion, options)
	})
}

// confirmDeletion reads a user until it is gone, which the server may show late.
func (c *Client) confirmDeletion(ctx context.Context, appID string, deletion *userDeletion, options DeleteOptions) error {
	var user User
	var err error
	for range c.tries(ctx) {
		user, err = c.GetUser(ctx, appID, deletion.userID)
		switch {
		case rest.IsKind(err, rest.NotFound):
			return nil
		case err == nil && user.Gone() && (!options.Hard || user.Status != "archived"):
			return nil
		case err != nil && !transient(err):
			return err
		}
	}
	switch {
	case deletion.err != nil:
		return deletion.err
	case err != nil:
		return fmt.Errorf("user %q of app %s was deleted, but reading it to make sure failed: %w", deletion.userID, appID, err)
	case ctx.Err() != nil:
		return fmt.Errorf("user %q of app %s was deleted, but there was no time to make sure: %w", deletion.userID, appID, ctx.Err())
	}
	deletion.alive = true
	switch {
	case user.Gone():
		return c.conclude(rest.Unsupported,
			"user %q of app %s is only archived, although its purge was asked for; this server archives users, or refuses to purge what is archived: purge it in the admin panel", deletion.userID, appID)
	case deletion.doubt != "":
		return c.conclude(rest.Unknown, "user %q of app %s was not deleted: %s", deletion.userID, appID, deletion.doubt)
	}
	return c.conclude(rest.Unknown, "the server took the deletion of user %q of app %s, but the user is still active; try again", deletion.userID, appID)
}
