package tegrabox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// clockSkew is by how much the clocks of this machine and of the server may
// differ.
const clockSkew = 5 * time.Minute

// idKeys are where an object's id may stand; "id" is [seed].
var idKeys = []string{"id", "_id"}

// User is a user as the server tells it (tegrabox-api.md §3: the id is [seed],
// the shape [assumed]). What is empty is null, or was not told.
type User struct {
	ID             string
	Username       string
	ExternalUserID string
	DisplayName    string
	Email          string
	Status         string // for example active
	CreatedAt      time.Time
	UpdatedAt      time.Time

	Untold Untold
}

// Untold are the fields of which an answer did not speak at all, as null does. A
// list may say less than a single answer, and no shape of either is [seed].
type Untold struct{ DisplayName, Email, Status bool }

func decodeUser(row object) User {
	return User{
		ID:             text(row, idKeys...),
		Username:       text(row, "username"),
		ExternalUserID: text(row, "external_user_id", "externalUserId"),
		DisplayName:    text(row, "display_name", "displayName"),
		Email:          text(row, "email"),
		Status:         text(row, "status"),
		CreatedAt:      moment(row["created_at"]),
		UpdatedAt:      moment(row["updated_at"]),
		Untold: Untold{
			DisplayName: !speaksOf(row, "display_name", "displayName"),
			Email:       !speaksOf(row, "email"),
			Status:      !speaksOf(row, "status"),
		},
	}
}

// described reports whether the server told what it must know of every user.
func (u User) described() bool { return u.Username != "" && u.ExternalUserID != "" }

// isDeleted recognises a user that the server only marked.
func isDeleted(row object) bool {
	return text(row, "status") == "deleted" || text(row, "deleted_at") != ""
}

// NewUser is a user to create. Empty optional fields are not sent.
type NewUser struct {
	Username       string `json:"username"`
	ExternalUserID string `json:"external_user_id"`
	DisplayName    string `json:"display_name,omitempty"`
	Email          string `json:"email,omitempty"`
}

// CreateUser creates a user. What the answer leaves out is read from the server;
// when that fails, the user is returned with its id besides the error, for it
// exists. TegraBox knows no idempotency keys: a creation whose answer was lost is
// looked for in the list of users by its external id. Our own is returned; one
// that is not there is created again while the server is out of order, for an
// external id is taken only once (tegrabox-api.md §3 [assumed]); else the error
// is a LostError. Somebody else's user is an ExistsError.
func (c *Client) CreateUser(ctx context.Context, user NewUser) (User, error) {
	if err := errors.Join(needID("username", user.Username), needID("external user id", user.ExternalUserID)); err != nil {
		return User{}, err
	}
	started := c.config.Now()
	created, err := c.postUser(ctx, user)
	switch {
	case created.ID != "":
		return created, err
	case lost(err):
		return c.recreateUser(ctx, user, started, err)
	case rest.IsKind(err, rest.Conflict):
		return User{}, c.existing(ctx, user, err)
	}
	return User{}, err
}

// recreateUser finds out what became of a creation that failed with cause, and
// repeats it as CreateUser says.
func (c *Client) recreateUser(ctx context.Context, user NewUser, started time.Time, cause error) (User, error) {
	for repeated := 0; ; repeated++ {
		found, err := c.resolveUser(ctx, user, started, cause)
		if !isAbsent(err) || !rest.IsKind(cause, rest.Unavailable) || repeated >= c.config.MaxRetries || c.pause(ctx, repeated) != nil {
			return found, err
		}
		created, err := c.postUser(ctx, user)
		switch {
		case created.ID != "":
			return created, err
		case !lost(err) && !rest.IsKind(err, rest.Conflict):
			return User{}, &LostError{Object: user.object(), Err: err}
		}
		cause = err
	}
}

// isAbsent reports whether what was lost is surely not in the list.
func isAbsent(err error) bool {
	var lost *LostError
	return errors.As(err, &lost) && lost.Search == nil
}

func (u NewUser) object() string {
	return fmt.Sprintf("a user with the external id %q", u.ExternalUserID)
}

func (c *Client) postUser(ctx context.Context, user NewUser) (User, error) {
	answer, err := c.send(ctx, call{route: createUserRoute, body: user})
	if err != nil {
		return User{}, err
	}
	row, err := c.find(answer, "user", idKeys...)
	if err != nil {
		return User{}, err
	}
	created := decodeUser(row)
	if created.described() {
		return created, nil
	}
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	read, err := c.GetUser(ctx, created.ID)
	if err != nil {
		return created, fmt.Errorf("TegraBox created user %s, but it cannot be read: %w", created.ID, err)
	}
	return read, nil
}

// resolveUser looks for the user of an attempt that failed with cause.
func (c *Client) resolveUser(ctx context.Context, user NewUser, started time.Time, cause error) (User, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	found, err := c.FindUser(ctx, user.ExternalUserID)
	switch {
	case rest.IsKind(err, rest.NotFound) && rest.IsKind(cause, rest.Conflict):
		return User{}, c.existing(ctx, user, cause)
	case rest.IsKind(err, rest.NotFound):
		return User{}, &LostError{Object: user.object(), Err: cause}
	case err != nil:
		return User{}, &LostError{Object: user.object(), Err: cause, Search: err}
	}
	ours := found.Username == user.Username &&
		(user.DisplayName == "" || found.Untold.DisplayName || found.DisplayName == user.DisplayName) &&
		(found.Untold.Email || found.Email == user.Email) &&
		(found.CreatedAt.IsZero() || recent(found.CreatedAt, started))
	if !ours {
		return User{}, &ExistsError{Object: user.object(), ID: found.ID, Field: "external_user_id", Err: cause}
	}
	return found, nil
}

// existing names the user whose external id or username is taken, which is what
// conflict means, if the list shows one.
func (c *Client) existing(ctx context.Context, user NewUser, conflict error) error {
	users, err := c.ListUsers(ctx)
	if err != nil {
		return conflict
	}
	for _, found := range users {
		if found.ExternalUserID == user.ExternalUserID {
			return &ExistsError{Object: user.object(), ID: found.ID, Field: "external_user_id", Err: conflict}
		}
	}
	for _, found := range users {
		if found.Username == user.Username {
			return &ExistsError{Object: fmt.Sprintf("a user with the username %q", user.Username), ID: found.ID, Field: "username", Err: conflict}
		}
	}
	return conflict
}

// recent reports whether something was created since an operation began.
func recent(created, started time.Time) bool { return !created.Before(started.Add(-clockSkew)) }

// GetUser returns one user. One who does not exist is a NotFound error. A 404
// that does not say what is missing is held against the list of users.
func (c *Client) GetUser(ctx context.Context, userID string) (User, error) {
	row, err := c.get(ctx, call{route: getUserRoute, ids: []string{userID}}, listUsersRoute, "user")
	if err != nil {
		return User{}, err
	}
	return decodeUser(row), nil
}

// get reads one object. name is what it is called, in answers and in errors.
func (c *Client) get(ctx context.Context, read call, list route, name string) (object, error) {
	id := read.ids[0]
	if err := needID(name+" id", id); err != nil {
		return nil, err
	}
	answer, err := c.send(ctx, read)
	if unclear(err) {
		return c.getFromList(ctx, list, name, id)
	}
	if err != nil {
		return nil, err
	}
	row, err := c.find(answer, name, idKeys...)
	switch {
	case err != nil:
		return nil, err
	case text(row, idKeys...) != id:
		return nil, c.malformed(answer, fmt.Errorf("it is about %s %s", name, text(row, idKeys...)))
	case isDeleted(row):
		return nil, refuse(rest.NotFound, "TegraBox %s %s was deleted", name, id)
	}
	return row, nil
}

func (c *Client) getFromList(ctx context.Context, list route, name, id string) (object, error) {
	rows, err := c.list(ctx, call{route: list}, 0)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if text(row, idKeys...) == id && !isDeleted(row) {
			return row, nil
		}
	}
	return nil, refuse(rest.NotFound, "there is no TegraBox %s %s", name, id)
}

// ListUsers returns all users of the project, in the server's order and without
// the deleted ones.
func (c *Client) ListUsers(ctx context.Context) ([]User, error) {
	rows, err := c.list(ctx, call{route: listUsersRoute}, 0)
	if err != nil {
		return nil, err
	}
	users := make([]User, 0, len(rows))
	for _, row := range rows {
		if !isDeleted(row) {
			users = append(users, decodeUser(row))
		}
	}
	return users, nil
}

// FindUser looks through all users for an external id, as the server has no
// filter (tegrabox-api.md §3). One who is not there is a NotFound error.
func (c *Client) FindUser(ctx context.Context, externalUserID string) (User, error) {
	if err := needID("external user id", externalUserID); err != nil {
		return User{}, err
	}
	users, err := c.ListUsers(ctx)
	if err != nil {
		return User{}, err
	}
	for _, user := range users {
		if user.ExternalUserID == externalUserID {
			return user, nil
		}
	}
	return User{}, refuse(rest.NotFound, "there is no TegraBox user with the external id %q", externalUserID)
}

// UserFields changes a user; nil leaves a field alone. The server is not known to
// change anything else (tegrabox-api.md §3 [seed]).
type UserFields struct {
	DisplayName *string `json:"display_name,omitempty"`
	Status      *string `json:"status,omitempty"`
}

// UpdateUser changes a user and returns it as it is afterwards. Without a field
// to change it only reads.
func (c *Client) UpdateUser(ctx context.Context, userID string, fields UserFields) (User, error) {
	if err := needID("user id", userID); err != nil {
		return User{}, err
	}
	if fields == (UserFields{}) {
		return c.GetUser(ctx, userID)
	}
	answer, err := c.send(ctx, call{route: updateUserRoute, ids: []string{userID}, body: fields})
	if err != nil {
		return User{}, err
	}
	if row, found := find(answer.root, "user", idKeys); found {
		if user := decodeUser(row); user.ID == userID && user.described() && !isDeleted(row) {
			return user, nil
		}
	}
	return c.GetUser(ctx, userID)
}

// DeleteUser deletes a user. One who is gone is no error.
func (c *Client) DeleteUser(ctx context.Context, userID string) error {
	if err := needID("user id", userID); err != nil {
		return err
	}
	return c.remove(ctx, call{route: deleteUserRoute, ids: []string{userID}}, "user", func() error {
		_, err := c.GetUser(ctx, userID)
		return err
	})
}

// remove deletes an object. name is what it is called in answers. Where the answer
// does not tell what became of it, which anything between here and the server may
// have given, the object is read.
func (c *Client) remove(ctx context.Context, deletion call, name string, read func() error) error {
	answer, err := c.send(ctx, deletion)
	if !unclear(err) && (err != nil || answer.tellsOf(name, deletion.ids[0])) {
		return unlessGone(err)
	}
	switch readErr := read(); {
	case rest.IsKind(readErr, rest.NotFound):
		return nil
	case readErr != nil && err == nil:
		return fmt.Errorf("the answer to %s does not tell whether it was done, and what is there cannot be read: %w", deletion.route.operation, readErr)
	case err == nil:
		failure := c.rest.Malformed(answer.request, answer.response, "it does not tell whether it was deleted, and it is still there")
		failure.Uncertain = false // it was looked for
		return failure
	}
	return err
}

// tellsOf reports whether the answer says of the object with the id that something
// was done: by showing it, by a word, or by the status.
func (a answer) tellsOf(name, id string) bool {
	if row, found := find(a.root, name, idKeys); found {
		return text(row, idKeys...) == id
	}
	root, _ := a.root.(object)
	return a.response.Status == http.StatusNoContent || root["success"] == true
}

// unlessGone makes a success of the deletion of what is gone.
func unlessGone(err error) error {
	if rest.IsKind(err, rest.NotFound) {
		return nil
	}
	return err
}
