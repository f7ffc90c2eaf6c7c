package ethora

import (
	"context"
	"fmt"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// conclude reads the outcome from a result.
func (u *userCreation) conclude(ctx context.Context, result UserResult) (CreateUserOutcome, error) {
	switch result.Status {
	case "created", "updated", "skipped":
		user := u.fresh(ctx, result)
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
	return CreateUserOutcome{}, u.refuse(rest.Invalid, "user %q was not created in app %s: %s", u.user.UserID, u.appID, result.explain())
}

// fresh returns the new user. A list may show it late, and then what the job
// and the request say is returned.
func (u *userCreation) fresh(ctx context.Context, result UserResult) User {
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

// readBack reads the user, unless a list has shown it; a user that was just
// created may not be shown at once.
func (u *userCreation) readBack(ctx context.Context) (User, error) {
	if u.listed != nil {
		return *u.listed, nil
	}
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

// isForeign reports whether the user is plainly not what this creation sent: it
// has another e-mail address, or was there before.
func (u *userCreation) isForeign(user User) bool {
	return user.Email != "" && !strings.EqualFold(user.Email, u.user.Email) ||
		user.CreatedAt != "" && !recent(user.CreatedAt, u.started)
}

// lacks reports whether a row of a list leaves out something of what was sent.
func (u *userCreation) lacks(row User) bool {
	return !row.Gone() && (!row.whole() || u.user.ProfileImage != "" && row.ProfileImage == "")
}

func (u *userCreation) taken() error {
	return u.refuse(rest.Conflict, "user %q already exists in app %s", u.user.UserID, u.appID)
}

func (u *userCreation) refuse(kind rest.Kind, format string, arguments ...any) *rest.Error {
	return u.client.conclude(kind, format, arguments...)
}
