package ethora

import (
	"context"
	"errors"
	"fmt"
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
		return UsersBatchJob{}, c.withoutPasswords(err, batch)
	}
	job, err := c.acceptedUsers(appID, request, response)
	return job, c.withoutPasswords(err, batch)
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
func (c *Client) withoutPasswords(err error, batch UsersBatch) error {
	var answer *rest.Error
	if !errors.As(err, &answer) {
		return err
	}
	for _, user := range batch.Users {
		if len(user.Password) < 4 {
			continue
		}
		answer.Message = strings.ReplaceAll(answer.Message, user.Password, "(password)")
		answer.Body = strings.ReplaceAll(answer.Body, user.Password, "(password)")
		for name, reason := range answer.Fields {
			answer.Fields[name] = strings.ReplaceAll(reason, user.Password, "(password)")
		}
	}
	return err
}

// userCreation is one user on the way to exist.
type userCreation struct {
	client    *Client
	appID     string
	user      NewUser
	batch     UsersBatch
	request   rest.Request
	started   time.Time
	uncertain bool // an attempt got no answer and may have created the user
}

// CreateUser creates one user and returns it as the server holds it
// (ethora-api.md §5.1, §5.2, §5.5). A user id or an email that is taken is a
// Conflict error. When the server accepted the request and its outcome is not
// known, the error is a *PendingError.
func (c *Client) CreateUser(ctx context.Context, appID string, user NewUser, bypassEmailConfirmation bool) (CreateUserOutcome, error) {
	appID = c.app(appID)
	if err := needID("user id", user.UserID); err != nil {
		return CreateUserOutcome{}, err
	}
	batch := UsersBatch{BypassEmailConfirmation: bypassEmailConfirmation, Users: []NewUser{user}}
	request, err := createUsersRequest(appID, batch)
	if err != nil {
		return CreateUserOutcome{}, err
	}
	user.UserID = PlainID(appID, user.UserID)
	creation := &userCreation{
		client:  c,
		appID:   appID,
		user:    user,
		batch:   batch,
		request: request,
		started: c.config.Now(),
	}
	outcome, err := creation.run(ctx)
	return outcome, c.withoutPasswords(err, batch)
}

func (u *userCreation) run(ctx context.Context) (CreateUserOutcome, error) {
	job, err := u.send(ctx)
	if err != nil && !lost(err) {
		return CreateUserOutcome{}, err
	}
	if err != nil {
		return u.resolveLost(ctx, err)
	}
	if !job.Done() {
		accepted := job.ID
		job, err = u.client.WaitUsersBatchJob(ctx, u.appID, accepted)
		if err != nil {
			return CreateUserOutcome{}, &PendingError{JobID: accepted, Err: err}
		}
	}
	return u.conclude(ctx, job)
}

// send posts the user until an answer comes that can be read. The server knows
// a repeated user by its id, so that sending again makes no second one, and the
// job of the later request tells what became of the earlier one.
func (u *userCreation) send(ctx context.Context) (UsersBatchJob, error) {
	wait := u.client.newBackoff()
	for attempt := 1; ; attempt++ {
		response, err := u.client.do(ctx, u.appID, u.request)
		var job UsersBatchJob
		if err == nil {
			job, err = u.client.acceptedUsers(u.appID, u.request, response)
		}
		if !rest.IsUncertain(err) {
			return job, err
		}
		u.uncertain = true
		if attempt == maxCreateAttempts || wait.pause(ctx) != nil {
			return job, err
		}
	}
}

// sendUntilAnswered posts a creation, and again when an attempt got no answer,
// at most maxCreateAttempts times. uncertain says that an attempt without an
// answer may have been carried out.
func (c *Client) sendUntilAnswered(ctx context.Context, appID string, request rest.Request) (response rest.Response, uncertain bool, err error) {
	wait := c.newBackoff()
	for attempt := 1; ; attempt++ {
		response, err = c.do(ctx, appID, request)
		if err == nil || !rest.IsUncertain(err) {
			return response, uncertain, err
		}
		uncertain = true
		if attempt == maxCreateAttempts || wait.pause(ctx) != nil {
			return response, uncertain, err
		}
	}
}

// resolveLost looks for the user when no attempt got an answer that can be
// read.
func (u *userCreation) resolveLost(ctx context.Context, cause error) (CreateUserOutcome, error) {
	ctx, cancel := u.client.resolving(ctx)
	defer cancel()
	user, err := u.readBack(ctx)
	if err == nil && !user.Gone() && u.isOurs(user) {
		return CreateUserOutcome{User: user, Adopted: true}, nil
	}
	return CreateUserOutcome{}, cause
}

// conclude reads the outcome of the job.
func (u *userCreation) conclude(ctx context.Context, job UsersBatchJob) (CreateUserOutcome, error) {
	ctx, cancel := u.client.resolving(ctx)
	defer cancel()
	result, found := u.findResult(job)
	switch {
	case job.State == "failed" && !found:
		return CreateUserOutcome{}, u.jobFailed(job)
	case !found:
		return u.concludeSilent(ctx)
	}
	switch result.Status {
	case "created", "updated", "skipped":
		user := u.created(ctx, result)
		switch {
		case user.Gone():
			return u.concludeTaken(ctx, result)
		case result.Status != "created" && !u.isOurs(user):
			return CreateUserOutcome{}, u.taken() // it was there before
		}
		return CreateUserOutcome{User: user}, nil
	case "uuid_exists":
		return u.concludeTaken(ctx, result)
	case "exists":
		return u.concludeEmailTaken(ctx, result)
	}
	if job.State == "failed" && result.Error == "" {
		return CreateUserOutcome{}, u.jobFailed(job)
	}
	return CreateUserOutcome{}, u.refuse(rest.Invalid, "user %q was not created in app %s: %s", u.user.UserID, u.appID, result.explain())
}

// jobFailed is the error of a job that failed without a word against our user.
func (u *userCreation) jobFailed(job UsersBatchJob) error {
	return u.client.failedJob(fmt.Sprintf("create user %q in app %s", u.user.UserID, u.appID), job.ID, job.Error)
}

// findResult finds the result of our user: by its name, its email, or as the
// only one.
func (u *userCreation) findResult(job UsersBatchJob) (UserResult, bool) {
	for _, result := range job.Results {
		if result.UserID == u.user.UserID {
			return result, true
		}
	}
	for _, result := range job.Results {
		if result.Email != "" && strings.EqualFold(result.Email, u.user.Email) {
			return result, true
		}
	}
	if len(job.Results) == 1 {
		return job.Results[0], true
	}
	return UserResult{}, false
}

// created returns the new user. A list may show it late, and then what the job
// and the request say is returned.
func (u *userCreation) created(ctx context.Context, result UserResult) User {
	user, err := u.readBack(ctx)
	if err == nil {
		return user
	}
	known := User{}
	if result.User != nil {
		known = *result.User
	}
	known.UserID = u.user.UserID
	known.XMPPUsername = XMPPUsername(u.appID, u.user.UserID)
	known.Email = first(known.Email, u.user.Email)
	known.FirstName = first(known.FirstName, u.user.FirstName)
	known.LastName = first(known.LastName, u.user.LastName)
	known.ProfileImage = first(known.ProfileImage, u.user.ProfileImage)
	return known
}

// concludeSilent resolves a job that ended without a word about our user.
func (u *userCreation) concludeSilent(ctx context.Context) (CreateUserOutcome, error) {
	user, err := u.readBack(ctx)
	if err != nil {
		return CreateUserOutcome{}, fmt.Errorf("the job that creates user %q in app %s has ended and tells nothing about the user: %w", u.user.UserID, u.appID, err)
	}
	if user.Gone() || !u.isOurs(user) {
		return CreateUserOutcome{}, u.taken()
	}
	return CreateUserOutcome{User: user, Adopted: u.uncertain}, nil
}

// concludeTaken resolves an id that exists already: by an earlier attempt of
// our own, by somebody else, or archived.
func (u *userCreation) concludeTaken(ctx context.Context, result UserResult) (CreateUserOutcome, error) {
	user, err := u.readBack(ctx)
	if rest.IsKind(err, rest.NotFound) && result.User != nil && result.User.Gone() {
		user, err = *result.User, nil
	}
	switch {
	case rest.IsKind(err, rest.NotFound):
		return CreateUserOutcome{}, u.refuse(rest.Conflict,
			"the id of user %q in app %s is taken, but the server does not show its user, which is probably archived; purge it in the admin panel or choose another user id", u.user.UserID, u.appID)
	case err != nil:
		return CreateUserOutcome{}, fmt.Errorf("the id of user %q in app %s is taken, and reading its user failed: %w", u.user.UserID, u.appID, err)
	case user.Gone() && strings.EqualFold(user.Email, u.user.Email):
		return u.restore(ctx, user)
	case user.Gone():
		return CreateUserOutcome{}, u.refuse(rest.Conflict,
			"an archived user with another email holds the id %q in app %s; purge it in the admin panel or choose another user id", u.user.UserID, u.appID)
	case u.uncertain && u.isOurs(user):
		return CreateUserOutcome{User: user, Adopted: true}, nil
	}
	return CreateUserOutcome{}, u.taken()
}

// concludeEmailTaken resolves an email that exists already. The holder may be
// our own user, written by an earlier attempt.
func (u *userCreation) concludeEmailTaken(ctx context.Context, result UserResult) (CreateUserOutcome, error) {
	user, err := u.client.GetUser(ctx, u.appID, u.user.UserID)
	if u.uncertain && rest.IsKind(err, rest.NotFound) {
		user, err = u.readBack(ctx)
	}
	if err == nil && strings.EqualFold(user.Email, u.user.Email) {
		return u.concludeTaken(ctx, result)
	}
	reason := fmt.Sprintf("the email %s is in use", u.user.Email)
	if holder := u.holder(result); holder != "" {
		reason += fmt.Sprintf(" by user %q", holder)
	}
	conflict := u.refuse(rest.Conflict, "user %q was not created in app %s: %s", u.user.UserID, u.appID, reason)
	conflict.Fields = map[string]string{"email": reason}
	return CreateUserOutcome{}, conflict
}

// holder is the id of the user that has the email, "" when the result does not
// tell. The result's own uuid may repeat ours; its user is the one that exists.
func (u *userCreation) holder(result UserResult) string {
	ids := []string{result.UserID, PlainID(u.appID, result.XMPPUsername)}
	if result.User != nil {
		ids = append(ids, result.User.UserID)
	}
	for _, id := range ids {
		if id != "" && id != u.user.UserID {
			return id
		}
	}
	return ""
}

// restore revives an archived user of the same id and email and gives it our
// names. When that fails it is archived again, so that it is as it was found.
func (u *userCreation) restore(ctx context.Context, archived User) (CreateUserOutcome, error) {
	if err := u.client.restoreUser(ctx, u.appID, archived); err != nil {
		return CreateUserOutcome{}, fmt.Errorf("user %q of app %s is archived, and restoring it failed: %w", u.user.UserID, u.appID, err)
	}
	user, err := u.rename(ctx)
	if err == nil {
		return CreateUserOutcome{User: user, Restored: true}, nil
	}
	ctx, cancel := u.client.resolving(ctx)
	defer cancel()
	if undoErr := u.client.DeleteUsers(ctx, u.appID, []string{u.user.UserID}, DeleteOptions{}); undoErr != nil {
		return CreateUserOutcome{}, fmt.Errorf("archived user %q of app %s was restored, could not be changed (%w) and could not be archived again (%w); it is active now, import it", u.user.UserID, u.appID, err, undoErr)
	}
	return CreateUserOutcome{}, fmt.Errorf("archived user %q of app %s was restored, could not be changed and was archived again: %w", u.user.UserID, u.appID, err)
}

// rename gives a restored user the names that were asked for.
func (u *userCreation) rename(ctx context.Context) (User, error) {
	update := UserUpdate{UserID: u.user.UserID, FirstName: &u.user.FirstName, LastName: &u.user.LastName}
	if u.user.ProfileImage != "" {
		update.ProfileImage = &u.user.ProfileImage
	}
	if err := u.client.UpdateUser(ctx, u.appID, update); err != nil {
		return User{}, err
	}
	var user User
	var err error
	for range u.client.tries(ctx) {
		user, err = u.client.GetUser(ctx, u.appID, u.user.UserID)
		if err == nil && !user.Gone() {
			return user, nil
		}
	}
	if err == nil {
		err = u.refuse(rest.Unknown, "the server took the restoration, but the user is still %s", user.Status)
	}
	return User{}, err
}

// restoreUser tries the plain id and then the server's own; which one the route
// wants is not told (ethora-api.md §5.5).
func (c *Client) restoreUser(ctx context.Context, appID string, user User) error {
	err := c.RestoreUser(ctx, appID, user.UserID)
	if user.ID != "" && rest.IsKind(err, rest.NotFound, rest.Invalid) {
		return c.RestoreUser(ctx, appID, user.ID)
	}
	return err
}

// readBack reads the user; a user that was just created may not be shown at
// once.
func (u *userCreation) readBack(ctx context.Context) (User, error) {
	var user User
	var err error
	for range u.client.tries(ctx) {
		user, err = u.client.GetUser(ctx, u.appID, u.user.UserID)
		if err == nil || !rest.IsKind(err, rest.NotFound) && !transient(err) {
			break
		}
	}
	return user, err
}

// isOurs reports whether the user is what this creation sent: all that was sent
// is there, and it was not there before.
func (u *userCreation) isOurs(user User) bool {
	return strings.EqualFold(user.Email, u.user.Email) &&
		user.FirstName == u.user.FirstName &&
		user.LastName == u.user.LastName &&
		(u.user.ProfileImage == "" || user.ProfileImage == u.user.ProfileImage) &&
		(user.CreatedAt == "" || recent(user.CreatedAt, u.started))
}

func (u *userCreation) taken() error {
	return u.refuse(rest.Conflict, "user %q already exists in app %s", u.user.UserID, u.appID)
}

func (u *userCreation) refuse(kind rest.Kind, format string, arguments ...any) *rest.Error {
	return u.client.conclude(kind, format, arguments...)
}
