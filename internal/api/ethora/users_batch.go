package ethora

import "context"

// CreateUserResult is what became of one user of a batch.
type CreateUserResult struct {
	Outcome CreateUserOutcome
	Err     error
}

// CreateUserBatch creates users and returns one result for each, in their
// order. Each is resolved alone, as CreateUser tells.
func (c *Client) CreateUserBatch(ctx context.Context, appID string, users []NewUser, bypassEmailConfirmation bool) []CreateUserResult {
	results := make([]CreateUserResult, len(users))
	for i, user := range users {
		results[i].Outcome, results[i].Err = c.CreateUser(ctx, appID, user, bypassEmailConfirmation)
	}
	return results
}

// UpdateUserResult is what became of one update of a batch.
type UpdateUserResult struct {
	User *User // the user after the update as the server's answer tells it, nil when it does not
	Err  error
}

// UpdateUserBatch changes users and returns one result for each update, in
// their order. A user that does not exist is a NotFound error of its own result.
func (c *Client) UpdateUserBatch(ctx context.Context, appID string, updates []UserUpdate) []UpdateUserResult {
	results := make([]UpdateUserResult, len(updates))
	for i, update := range updates {
		results[i].Err = c.UpdateUser(ctx, appID, update)
	}
	return results
}

// DeleteUserBatch deletes users and returns one error for each, in their order;
// nil means that the user is gone.
func (c *Client) DeleteUserBatch(ctx context.Context, appID string, userIDs []string, options DeleteOptions) []error {
	errs := make([]error, len(userIDs))
	for i, userID := range userIDs {
		errs[i] = c.DeleteUser(ctx, appID, userID, options)
	}
	return errs
}
