package ethora

import (
	"context"
	"fmt"
	"slices"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// UpdateUsers changes users and returns one result for each update, in their
// order. A user that does not exist is visible in its result as "not-found"
// (ethora-api.md §5.7).
func (c *Client) UpdateUsers(ctx context.Context, appID string, updates []UserUpdate) ([]UserResult, error) {
	appID = c.app(appID)
	for _, update := range updates {
		if err := needID("user id", update.UserID); err != nil {
			return nil, err
		}
	}
	results := make([]UserResult, 0, len(updates))
	for chunk := range slices.Chunk(updates, batchLimit) {
		answered, err := c.sendUserUpdates(ctx, appID, chunk)
		if err != nil {
			return results, err
		}
		results = append(results, answered...)
	}
	return results, nil
}

// userUpdateBody is one user of an update; the server refuses any other key.
type userUpdateBody struct {
	XMPPUsername string  `json:"xmppUsername"`
	FirstName    *string `json:"firstName,omitempty"`
	LastName     *string `json:"lastName,omitempty"`
	Username     *string `json:"username,omitempty"`
	ProfileImage *string `json:"profileImage,omitempty"`
}

func (c *Client) sendUserUpdates(ctx context.Context, appID string, updates []UserUpdate) ([]UserResult, error) {
	users := make([]userUpdateBody, 0, len(updates))
	for _, update := range updates {
		users = append(users, userUpdateBody{
			XMPPUsername: XMPPUsername(appID, update.UserID),
			FirstName:    update.FirstName,
			LastName:     update.LastName,
			Username:     update.Username,
			ProfileImage: update.ProfileImage,
		})
	}
	request := updateUsersRoute.request(appID)
	own := c.appKind(appID) == "own"
	if own && c.routes.lacks(updateUsersRoute, "") {
		request = updateOwnUsersRoute.request()
	}
	request.Body = map[string]any{"users": users}
	response, err := c.do(ctx, appID, request)
	if rest.IsKind(err, rest.Unsupported) && own && !c.routes.lacks(updateUsersRoute, "") {
		c.routes.miss(updateUsersRoute, "")
		return c.sendUserUpdates(ctx, appID, updates)
	}
	if err != nil {
		return nil, err
	}
	if err := c.checkDone(request, response); err != nil {
		return nil, err
	}
	page, err := unwrapList(response.Body, "users")
	if err != nil {
		return nil, c.rest.Malformed(request, response, err.Error())
	}
	return matchUpdated(appID, users, c.decodeUserResults(appID, page.items)), nil
}

// matchUpdated brings the results into the order of the updates. A result that
// names nobody, as "not-found" may, belongs to the update at its own place, as
// long as the results keep the order of the updates (ethora-api.md §5.7).
func matchUpdated(appID string, users []userUpdateBody, results []UserResult) []UserResult {
	byName := map[string]UserResult{}
	inOrder := len(results) == len(users)
	for i, result := range results {
		name := memberName(appID, result.XMPPUsername)
		if name == "" {
			continue
		}
		byName[name] = result
		inOrder = inOrder && name == users[i].XMPPUsername
	}
	matched := make([]UserResult, len(users))
	for i, user := range users {
		result, found := byName[user.XMPPUsername]
		if !found && inOrder {
			result, found = results[i], true
		}
		if !found {
			result = UserResult{unnamed: true, Error: "the server's answer does not name this user"}
		}
		result.XMPPUsername = user.XMPPUsername
		result.UserID = PlainID(appID, user.XMPPUsername)
		matched[i] = result
	}
	return matched
}

// UpdateUser changes one user. A user that does not exist is a NotFound error.
func (c *Client) UpdateUser(ctx context.Context, appID string, update UserUpdate) error {
	return c.UpdateUserBatch(ctx, appID, []UserUpdate{update})[0].Err
}

// UpdateUserResult is what became of one update of a batch.
type UpdateUserResult struct {
	User *User // after the update, when the server's answer tells all of it; else nil
	Err  error
}

// userChange is one update on the way.
type userChange struct {
	update UserUpdate
	result UpdateUserResult
}

// UpdateUserBatch changes 1 to 100 users with one request and returns one result
// for each update, in their order (ethora-api.md §5.7). A user that does not
// exist is a NotFound error. A request that is refused for what some of the
// updates are is repeated without them, so that they fail alone. What became of
// an update that the answer does not name is read from the server.
func (c *Client) UpdateUserBatch(ctx context.Context, appID string, updates []UserUpdate) []UpdateUserResult {
	appID = c.app(appID)
	changes := make([]*userChange, len(updates))
	valid := []*userChange{}
	for i, update := range updates {
		changes[i] = &userChange{update: update}
		err := needID("user id", update.UserID)
		if len(updates) > batchLimit {
			err = fmt.Errorf("%w: one request changes 1 to %d users, not %d", errArgument, batchLimit, len(updates))
		}
		if err != nil {
			changes[i].result.Err = err
			continue
		}
		valid = append(valid, changes[i])
	}
	name := func(change *userChange) []string { return []string{PlainID(appID, change.update.UserID)} }
	for _, round := range apart(valid, name) {
		bisect(round, func(part []*userChange) bool { return c.changeUsers(ctx, appID, part) })
	}
	results := make([]UpdateUserResult, len(updates))
	for i, change := range changes {
		results[i] = change.result
	}
	return results
}

// changeUsers sends updates with one request and settles each of them. divide
// says that they must be sent in parts.
func (c *Client) changeUsers(ctx context.Context, appID string, changes []*userChange) (divide bool) {
	updates := make([]UserUpdate, 0, len(changes))
	for _, change := range changes {
		updates = append(updates, change.update)
	}
	results, err := c.sendUserUpdates(ctx, appID, updates)
	if err != nil && !unreadable(err) {
		for _, change := range changes {
			change.result.Err = err
		}
		return len(changes) > 1 && divisible(err)
	}
	unclear := []*userChange{}
	for i, change := range changes {
		if err != nil {
			change.result.Err = err
			unclear = append(unclear, change)
			continue
		}
		change.result = c.changed(appID, change.update, results[i])
		if results[i].unnamed {
			unclear = append(unclear, change)
		}
	}
	c.readChanges(ctx, appID, unclear)
	return false
}

// unreadable reports whether the server took a request and gave an answer that
// tells nothing.
func unreadable(err error) bool { return rest.IsKind(err, rest.Malformed) }

// changed is the outcome that the server's answer tells. A user whom the answer
// shows as before, or in part, is not returned.
func (c *Client) changed(appID string, update UserUpdate, result UserResult) UpdateUserResult {
	switch result.Status {
	case "updated", "skipped":
		told := UpdateUserResult{}
		if user := result.User; user != nil && user.whole() && user.UserID == result.UserID && update.heldBy(*user) {
			told.User = user
		}
		return told
	case "not-found":
		return UpdateUserResult{Err: c.conclude(rest.NotFound, "there is no user %q in app %s", result.UserID, appID)}
	}
	return UpdateUserResult{Err: c.conclude(rest.Invalid, "user %q in app %s was not updated: %s", result.UserID, appID, result.explain())}
}

// heldBy reports whether the user has every value of the update.
func (u UserUpdate) heldBy(user User) bool {
	for _, field := range []struct {
		wanted *string
		is     string
	}{
		{u.FirstName, user.FirstName},
		{u.LastName, user.LastName},
		{u.Username, user.Username},
		{u.ProfileImage, user.ProfileImage},
	} {
		if field.wanted != nil && *field.wanted != field.is {
			return false
		}
	}
	return true
}

// readChanges reads the users of updates whose outcome the server did not tell.
// Those that hold what was asked for are done; the others keep their error.
func (c *Client) readChanges(ctx context.Context, appID string, changes []*userChange) {
	listed := map[string]User{}
	if len(changes) >= listFrom {
		users, _ := c.queryUsers(ctx, appID, nil) // whom it does not show is read alone
		for _, user := range users {
			listed[user.UserID] = user
		}
	}
	concurrently(changes, atOnce, func(change *userChange) {
		user, found := listed[PlainID(appID, change.update.UserID)]
		if found && !user.Gone() && change.update.heldBy(user) {
			change.result = UpdateUserResult{User: &user}
			return
		}
		c.readChange(ctx, appID, change)
	})
}

// readChange reads one user until the server shows what was asked for.
func (c *Client) readChange(ctx context.Context, appID string, change *userChange) {
	for range c.tries(ctx) {
		user, err := c.GetUser(ctx, appID, change.update.UserID)
		switch {
		case rest.IsKind(err, rest.NotFound):
			change.result.Err = err
			return
		case err != nil && !transient(err):
			return
		case err == nil && !user.Gone() && change.update.heldBy(user):
			change.result = UpdateUserResult{User: &user}
			return
		}
	}
}
