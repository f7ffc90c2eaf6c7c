package ethora

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// usersBatchBody is the body of a creation; the server refuses any other key
// (ethora-api.md §5.1 [sdk]).
type usersBatchBody struct {
	BypassEmailConfirmation bool          `json:"bypassEmailConfirmation"`
	UsersList               []newUserBody `json:"usersList"`
}

type newUserBody struct {
	UUID         string `json:"uuid,omitempty"`
	Email        string `json:"email,omitempty"`
	FirstName    string `json:"firstName,omitempty"`
	LastName     string `json:"lastName,omitempty"`
	Password     string `json:"password,omitempty"`
	ProfileImage string `json:"profileImage,omitempty"`
}

// CreateUsers asks for the creation of 1 to 100 users with one request and
// returns the job, which is done already where the server answers at once
// (ethora-api.md §5.1 [client], §5.3 [spec]). What became of each user is in
// the job's results.
func (c *Client) CreateUsers(ctx context.Context, appID string, batch UsersBatch) (UsersBatchJob, error) {
	appID = c.app(appID)
	request, err := createUsersRequest(appID, batch)
	if err != nil {
		return UsersBatchJob{}, err
	}
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return UsersBatchJob{}, withoutPasswords(err, batch.Users)
	}
	job, err := c.acceptedUsers(appID, request, response)
	return job, withoutPasswords(err, batch.Users)
}

func createUsersRequest(appID string, batch UsersBatch) (rest.Request, error) {
	if len(batch.Users) < 1 || len(batch.Users) > batchLimit {
		return rest.Request{}, fmt.Errorf("%w: one request creates 1 to %d users, not %d", errArgument, batchLimit, len(batch.Users))
	}
	body := usersBatchBody{BypassEmailConfirmation: batch.BypassEmailConfirmation}
	for _, user := range batch.Users {
		body.UsersList = append(body.UsersList, newUserBody{
			UUID:         PlainID(appID, user.UserID),
			Email:        user.Email,
			FirstName:    user.FirstName,
			LastName:     user.LastName,
			Password:     user.Password,
			ProfileImage: user.ProfileImage,
		})
	}
	request := createUsersRoute.request(appID)
	request.Finish = true
	request.Body = body
	return request, nil
}

// acceptedUsers reads the answer to a creation: a job, or at once the results.
func (c *Client) acceptedUsers(appID string, request rest.Request, response rest.Response) (UsersBatchJob, error) {
	if err := c.checkDone(request, response); err != nil {
		return UsersBatchJob{}, err
	}
	if jobID := jobIDOf(response.Body); jobID != "" {
		return UsersBatchJob{ID: jobID, State: "pending"}, nil
	}
	page, err := unwrapList(response.Body, "users")
	if err != nil {
		return UsersBatchJob{}, c.rest.Malformed(request, response, "it names neither a job nor results; "+err.Error())
	}
	job := UsersBatchJob{State: "completed"}
	for _, row := range page.items {
		job.Results = append(job.Results, c.decodeCreated(appID, row))
	}
	return job, nil
}

// decodeCreated reads one result of an immediate answer, which may be the bare
// user; its status is then the user's own and not that of the creation.
func (c *Client) decodeCreated(appID string, row object) UserResult {
	result := c.decodeUserResult(appID, row)
	if text(row, "_id") == "" || result.User != nil {
		return result
	}
	user := decodeUser(appID, row)
	switch result.Status {
	case "", "active":
		result.Status, result.User = "created", &user
	case "archived", "deleting", "deleted":
		result.Status, result.User = "uuid_exists", &user
	}
	return result
}

// withoutPasswords keeps the users' passwords out of an error: a server may
// repeat what it refuses.
func withoutPasswords(err error, users []NewUser) error {
	if err == nil {
		return nil
	}
	var answer *rest.Error
	found := errors.As(err, &answer)
	text := err.Error()
	for _, user := range users {
		if len(user.Password) < 4 {
			continue
		}
		text = strings.ReplaceAll(text, user.Password, hiddenPassword)
		if !found {
			continue
		}
		answer.Message = strings.ReplaceAll(answer.Message, user.Password, hiddenPassword)
		answer.Body = strings.ReplaceAll(answer.Body, user.Password, hiddenPassword)
		for name, reason := range answer.Fields {
			answer.Fields[name] = strings.ReplaceAll(reason, user.Password, hiddenPassword)
		}
	}
	if err.Error() != text {
		return &hiding{text: text, err: err} // the words around the answer's hold one
	}
	return err
}

const hiddenPassword = "(password)"

// hiding is an error whose words hold a secret, shown without it.
type hiding struct {
	text string
	err  error
}

func (h *hiding) Error() string { return h.text }
func (h *hiding) Unwrap() error { return h.err }

// CreateUser creates one user and returns it as the server holds it
// (ethora-api.md §5.1, §5.2, §5.5). A user id or an email that is taken is a
// Conflict error. When the server accepted the request and its outcome is not
// known, the error is a *PendingError.
func (c *Client) CreateUser(ctx context.Context, appID string, user NewUser, bypassEmailConfirmation bool) (CreateUserOutcome, error) {
	result := c.CreateUserBatch(ctx, appID, []NewUser{user}, bypassEmailConfirmation)[0]
	return result.Outcome, result.Err
}

// CreateUserResult is what became of one user of a batch.
type CreateUserResult struct {
	Outcome CreateUserOutcome
	Err     error
}

// CreateUserBatch creates 1 to 100 users with one request and one job, and
// returns one result for each, in their order; what CreateUser says holds for
// each of them. A request that is refused, or a job that fails, for what some of
// the users are is repeated without them, so that they fail alone.
func (c *Client) CreateUserBatch(ctx context.Context, appID string, users []NewUser, bypassEmailConfirmation bool) []CreateUserResult {
	batch := &userBatch{
		client:  c,
		appID:   c.app(appID),
		bypass:  bypassEmailConfirmation,
		started: c.config.Now(),
	}
	creations := make([]*userCreation, len(users))
	valid := []*userCreation{}
	for i, user := range users {
		creations[i] = &userCreation{userBatch: batch, user: user}
		if err := batch.check(user, len(users)); err != nil {
			creations[i].result.Err = err
			continue
		}
		creations[i].user.UserID = PlainID(batch.appID, user.UserID)
		valid = append(valid, creations[i])
	}
	for _, round := range apart(valid, (*userCreation).names) {
		bisect(round, func(part []*userCreation) bool { return batch.create(ctx, part) })
	}
	results := make([]CreateUserResult, len(users))
	for i, creation := range creations {
		results[i] = creation.result
		results[i].Err = withoutPasswords(creation.result.Err, users)
	}
	return results
}

// userBatch is a creation of users.
type userBatch struct {
	client  *Client
	appID   string
	bypass  bool
	started time.Time

	created     bool // the server has created somebody
	failedAlone int  // jobs for one user that failed without a word on that user
}

// sickServer is after how many failed jobs for a single user, without any
// success, no more are asked for.
const sickServer = 3

// sick reports whether the server seems to fail every job, so that the users that
// are left keep the error of the last job that they were in.
func (b *userBatch) sick() bool { return !b.created && b.failedAlone >= sickServer }

func (b *userBatch) check(user NewUser, count int) error {
	if count > batchLimit {
		return fmt.Errorf("%w: one request creates 1 to %d users, not %d", errArgument, batchLimit, count)
	}
	return needID("user id", user.UserID)
}

// userCreation is one user on the way to exist.
type userCreation struct {
	*userBatch
	user      NewUser
	uncertain bool  // an attempt got no answer and may have created the user
	listed    *User // the user in a list that was read for many
	partly    bool  // that list shows the user, but not all that was sent
	done      bool
	result    CreateUserResult
}

// names are what the server may know the user by.
func (u *userCreation) names() []string {
	names := []string{"id " + u.user.UserID}
	if u.user.Email != "" {
		names = append(names, "email "+strings.ToLower(u.user.Email))
	}
	return names
}

// finish settles the outcome for good.
func (u *userCreation) finish(outcome CreateUserOutcome, err error) {
	u.done = true
	u.result = CreateUserResult{Outcome: outcome, Err: err}
}

// fail notes why the users do not exist. Another attempt may still create them.
func (b *userBatch) fail(users []*userCreation, err error) {
	for _, u := range users {
		u.result = CreateUserResult{Err: err}
	}
}

func undone(users []*userCreation) []*userCreation {
	return slices.DeleteFunc(slices.Clone(users), func(u *userCreation) bool { return u.done })
}

// create sends the users with one request and settles what becomes of each.
// divide says that they must be sent in parts. A request whose answer was lost
// is not repeated blindly: only for the users that are not there.
func (b *userBatch) create(ctx context.Context, users []*userCreation) (divide bool) {
	wait := b.client.newBackoff()
	for attempt := 1; ; attempt++ {
		users = undone(users)
		if len(users) == 0 || b.sick() {
			return false
		}
		job, err := b.send(ctx, users)
		switch {
		case err == nil:
			return b.await(ctx, users, job)
		case !lost(err):
			return b.refused(ctx, users, err)
		}
		b.markUncertain(users)
		last := !rest.IsUncertain(err) || attempt == maxCreateAttempts || wait.pause(ctx) != nil
		b.adopt(ctx, users, last)
		b.fail(undone(users), err)
		if last {
			return false
		}
	}
}

func (b *userBatch) send(ctx context.Context, users []*userCreation) (UsersBatchJob, error) {
	batch := UsersBatch{BypassEmailConfirmation: b.bypass}
	for _, u := range users {
		batch.Users = append(batch.Users, u.user)
	}
	return b.client.CreateUsers(ctx, b.appID, batch)
}

func (b *userBatch) markUncertain(users []*userCreation) {
	for _, u := range users {
		u.uncertain = true
	}
}

// refused settles a request that the server refused as a whole. An earlier
// attempt without an answer may have been carried out since it was looked for.
func (b *userBatch) refused(ctx context.Context, users []*userCreation, err error) (divide bool) {
	if users[0].uncertain && rest.IsKind(err, rest.Conflict) {
		b.adopt(ctx, users, false)
		users = undone(users)
	}
	b.fail(users, err)
	return len(users) > 1 && divisible(err)
}

// await waits for the job and settles each user by its results.
func (b *userBatch) await(ctx context.Context, users []*userCreation, job UsersBatchJob) (divide bool) {
	if !job.Done() {
		accepted := job.ID
		var err error
		job, err = b.client.WaitUsersBatchJob(ctx, b.appID, accepted)
		if err != nil {
			b.pend(ctx, users, &PendingError{JobID: accepted, Err: err})
			return false
		}
	}
	ctx, cancel := b.client.resolving(ctx)
	defer cancel()
	unsaid := b.conclude(ctx, users, job)
	return b.jobFailed(ctx, unsaid, job)
}

// pend settles users whose job does not tell what became of them. Those that are
// there are ours by now, or plainly somebody else's, which must not get into a
// state; all others may still be created.
func (b *userBatch) pend(ctx context.Context, users []*userCreation, pending *PendingError) {
	ctx, cancel := b.client.resolving(ctx)
	defer cancel()
	listed := b.list(ctx, users)
	concurrently(users, atOnce, func(u *userCreation) {
		user, err := u.look(ctx, listed)
		switch {
		case err != nil || user.Gone():
			u.finish(CreateUserOutcome{}, pending)
		case u.isOurs(user):
			u.finish(CreateUserOutcome{User: user, Adopted: true}, nil)
		case u.isForeign(user):
			u.finish(CreateUserOutcome{}, u.taken())
		default:
			u.finish(CreateUserOutcome{}, pending)
		}
	})
}

// conclude settles the users that the job says something about, and returns
// those that a failed job has no word on.
func (b *userBatch) conclude(ctx context.Context, users []*userCreation, job UsersBatchJob) (unsaid []*userCreation) {
	results := matchCreated(users, job.Results)
	open := []*userCreation{}
	read := []*userCreation{}
	for _, u := range users {
		result, found := results[u]
		switch {
		case job.State == "failed" && (!found || !result.settles()):
			unsaid = append(unsaid, u)
			continue
		case found && u.believes(result):
			b.created = true
			u.finish(CreateUserOutcome{User: *result.User}, nil)
			continue
		case !found || result.Status != "exists" && result.settles():
			read = append(read, u)
		}
		open = append(open, u)
	}
	b.list(ctx, read)
	concurrently(open, atOnce, func(u *userCreation) {
		result, found := results[u]
		if !found {
			u.finish(u.concludeSilent(ctx))
			return
		}
		u.finish(u.conclude(ctx, result))
	})
	for _, u := range open {
		b.created = b.created || u.result.Err == nil
		u.listed = nil
	}
	return unsaid
}

// jobFailed settles the users that a failed job has no word on: it may have
// created them before it failed.
func (b *userBatch) jobFailed(ctx context.Context, users []*userCreation, job UsersBatchJob) (divide bool) {
	if len(users) == 0 {
		return false
	}
	b.markUncertain(users)
	b.adopt(ctx, users, false)
	users = undone(users)
	for _, u := range users {
		u.result.Err = b.client.failedJob(fmt.Sprintf("create user %q in app %s", u.user.UserID, b.appID), job.ID, job.Error)
	}
	if len(users) == 1 {
		b.failedAlone++
	}
	return len(users) > 1
}

// listFrom is from how many users on one listing is read instead of each user.
const listFrom = 4

// list reads many users by one listing and reports whether it did. Few users are
// cheaper to read alone. Those of whom the list leaves out what was sent are left
// to be read alone, too: our own would pass for somebody else's.
func (b *userBatch) list(ctx context.Context, users []*userCreation) bool {
	if len(users) < listFrom {
		return false
	}
	shown, err := b.client.queryUsers(ctx, b.appID, nil)
	if err != nil {
		return false
	}
	byName := make(map[string]*User, len(shown))
	for i := range shown {
		byName[shown[i].XMPPUsername] = &shown[i]
	}
	for _, u := range users {
		u.listed, u.partly = byName[XMPPUsername(b.appID, u.user.UserID)], false
		if u.listed != nil && u.lacks(*u.listed) {
			u.listed, u.partly = nil, true
		}
	}
	return true
}

// adopt settles the users that exist by now: ours, made by an attempt without
// an answer, or somebody else's. Those that are not there, or archived, stay
// open. patient says that the server may show them late.
func (b *userBatch) adopt(ctx context.Context, users []*userCreation, patient bool) {
	ctx, cancel := b.client.resolving(ctx)
	defer cancel()
	for range b.client.tries(ctx) {
		users = undone(users)
		listed := b.list(ctx, users)
		late := make([]bool, len(users))
		concurrently(numbers(len(users)), atOnce, func(i int) { late[i] = users[i].adopt(ctx, listed) })
		for _, u := range users {
			b.created = b.created || u.done && u.result.Err == nil
		}
		if !patient || !slices.Contains(late, true) {
			return
		}
	}
}

// look reads the user, from a list if one was read.
func (u *userCreation) look(ctx context.Context, listed bool) (User, error) {
	switch {
	case u.listed != nil:
		user := *u.listed
		u.listed = nil
		return user, nil
	case listed && !u.partly:
		return User{}, u.refuse(rest.NotFound, "the list of users does not show user %q in app %s", u.user.UserID, u.appID)
	}
	return u.client.GetUser(ctx, u.appID, u.user.UserID)
}

// adopt looks for the user and settles it when it is there; late says that
// another look may show it.
func (u *userCreation) adopt(ctx context.Context, listed bool) (late bool) {
	user, err := u.look(ctx, listed)
	switch {
	case err != nil:
		return rest.IsKind(err, rest.NotFound) || transient(err)
	case user.Gone():
	case u.isOurs(user):
		u.finish(CreateUserOutcome{User: user, Adopted: true}, nil)
	default:
		u.finish(CreateUserOutcome{}, u.taken())
	}
	return false
}

// matchCreated finds the result of each user: the one at the user's own place
// when it names the user, else one that has the user's id, else the email. A
// result that names nobody of the batch belongs to the user at its place, if
// there are as many results as users.
func matchCreated(users []*userCreation, results []UserResult) map[*userCreation]UserResult {
	matched := make(map[*userCreation]UserResult, len(users))
	taken := make([]bool, len(results))
	claim := func(u *userCreation, i int) {
		matched[u], taken[i] = results[i], true
	}
	seek := func(fits func(*userCreation, UserResult) bool) {
		for _, u := range users {
			if _, found := matched[u]; found {
				continue
			}
			for i, result := range results {
				if !taken[i] && fits(u, result) {
					claim(u, i)
					break
				}
			}
		}
	}
	inOrder := len(results) == len(users)
	named := map[string]bool{}
	for i, u := range users {
		named[u.user.UserID] = true
		if inOrder && (u.hasID(results[i]) || u.hasEmail(results[i])) {
			claim(u, i)
		}
	}
	seek((*userCreation).hasID)
	seek((*userCreation).hasEmail)
	for i, u := range users {
		if _, found := matched[u]; inOrder && !found && !taken[i] && !named[results[i].UserID] {
			claim(u, i)
		}
	}
	return matched
}

func (u *userCreation) hasID(result UserResult) bool { return result.UserID == u.user.UserID }

func (u *userCreation) hasEmail(result UserResult) bool {
	return result.Email != "" && strings.EqualFold(result.Email, u.user.Email)
}

// believes reports whether the result tells the new user so fully that it need
// not be read back.
func (u *userCreation) believes(result UserResult) bool {
	user := result.User
	return result.Status == "created" && user != nil && user.whole() && !user.Gone() &&
		user.XMPPUsername == XMPPUsername(u.appID, u.user.UserID) &&
		strings.EqualFold(user.Email, u.user.Email) &&
		(u.user.ProfileImage == "" || user.ProfileImage != "")
}

// settles reports whether the server says what it did with the user.
func (r UserResult) settles() bool {
	switch r.Status {
	case "created", "updated", "skipped", "exists", "uuid_exists":
		return true
	}
	return r.Error != ""
}
