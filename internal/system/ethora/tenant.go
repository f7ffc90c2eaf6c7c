package ethora

import (
	"context"
	"slices"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// batchLimit is how many users one request of Ethora may carry
// (ethora-api.md §5.1, §5.5, §5.7 [client]).
const batchLimit = 100

// tenant is one app tree as the resources see it: the client, with reads shared
// and writes sent together.
type tenant struct {
	*ethora.Client
}

func newTenant(client *ethora.Client) *tenant {
	return &tenant{Client: client}
}

// Users returns users by plain id, archived ones as the server tells them. Who
// does not exist is left out.
func (t *tenant) Users(ctx context.Context, appID string, userIDs []string) (map[string]ethora.User, error) {
	users := map[string]ethora.User{}
	for _, userID := range userIDs {
		user, err := t.GetUser(ctx, appID, userID)
		switch {
		case err == nil:
			users[user.UserID] = user
		case !rest.IsKind(err, rest.NotFound):
			return nil, err
		}
	}
	return users, nil
}

// UpdateUser changes a user together with others that are changed at the same
// time. The user is nil where the server's answer does not tell it.
func (t *tenant) UpdateUser(ctx context.Context, appID string, update ethora.UserUpdate) (*ethora.User, error) {
	result := t.UpdateUsers(ctx, appID, []ethora.UserUpdate{update})[0]
	return result.User, result.Err
}

// GrantAccess lets a user into a room.
func (t *tenant) GrantAccess(ctx context.Context, appID, roomID, userID string) error {
	return t.GrantMembers(ctx, appID, roomID, []string{userID})[0]
}

// RemoveAccess takes a user out of a room.
func (t *tenant) RemoveAccess(ctx context.Context, appID, roomID, userID string) error {
	return t.RemoveMembers(ctx, appID, roomID, []string{userID})[0]
}

// CreateUsers creates any number of users and returns one result for each, in
// their order.
func (t *tenant) CreateUsers(ctx context.Context, appID string, users []ethora.NewUser, bypassEmailConfirmation bool) []ethora.CreateUserResult {
	var results []ethora.CreateUserResult
	for chunk := range slices.Chunk(users, batchLimit) {
		results = append(results, t.CreateUserBatch(ctx, appID, chunk, bypassEmailConfirmation)...)
	}
	return results
}

// UpdateUsers changes any number of users and returns one result for each, in
// their order.
func (t *tenant) UpdateUsers(ctx context.Context, appID string, updates []ethora.UserUpdate) []ethora.UpdateUserResult {
	var results []ethora.UpdateUserResult
	for chunk := range slices.Chunk(updates, batchLimit) {
		results = append(results, t.UpdateUserBatch(ctx, appID, chunk)...)
	}
	return results
}

// DeleteUsers deletes any number of users and returns one error for each, in
// their order.
func (t *tenant) DeleteUsers(ctx context.Context, appID string, userIDs []string, options ethora.DeleteOptions) []error {
	var errs []error
	for chunk := range slices.Chunk(userIDs, batchLimit) {
		errs = append(errs, t.DeleteUserBatch(ctx, appID, chunk, options)...)
	}
	return errs
}

// GrantMembers lets any number of users into a room and returns one error for
// each, in their order.
func (t *tenant) GrantMembers(ctx context.Context, appID, roomID string, userIDs []string) []error {
	return t.GrantAccessBatch(ctx, appID, roomID, userIDs)
}

// RemoveMembers takes any number of users out of a room and returns one error
// for each, in their order.
func (t *tenant) RemoveMembers(ctx context.Context, appID, roomID string, userIDs []string) []error {
	return t.RemoveAccessBatch(ctx, appID, roomID, userIDs)
}
