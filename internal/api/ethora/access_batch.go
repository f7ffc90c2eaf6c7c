package ethora

import "context"

// GrantAccessBatch lets users into a room and returns one error for each, in
// their order.
func (c *Client) GrantAccessBatch(ctx context.Context, appID, roomID string, userIDs []string) []error {
	errs := make([]error, len(userIDs))
	for i, userID := range userIDs {
		errs[i] = c.GrantAccess(ctx, appID, roomID, []string{userID})
	}
	return errs
}

// RemoveAccessBatch takes users out of a room and returns one error for each,
// in their order. A user, room or access that does not exist is a success.
func (c *Client) RemoveAccessBatch(ctx context.Context, appID, roomID string, userIDs []string) []error {
	errs := make([]error, len(userIDs))
	for i, userID := range userIDs {
		errs[i] = c.RemoveAccess(ctx, appID, roomID, []string{userID})
	}
	return errs
}
