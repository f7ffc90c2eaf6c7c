package ethora

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// accessBody names a room and users (ethora-api.md §8.6 [sdk]).
type accessBody struct {
	ChatName string   `json:"chatName"`
	Members  []string `json:"members"`
}

// accessChange is one user on the way into a room, or out of it.
type accessChange struct {
	member string // <appID>_<userID>
	err    error
}

// GrantAccess lets users into a room. Users who are in it already stay
// (ethora-api.md §8.6; assumed). An unknown user or room is a NotFound error; the
// error is that of the first user who could not be let in.
func (c *Client) GrantAccess(ctx context.Context, appID, roomID string, userIDs []string) error {
	return firstError(c.GrantAccessBatch(ctx, appID, roomID, userIDs))
}

// RemoveAccess takes users out of a room. A user, room or access that does not
// exist is a success; the error is that of the first user who is still in.
func (c *Client) RemoveAccess(ctx context.Context, appID, roomID string, userIDs []string) error {
	return firstError(c.RemoveAccessBatch(ctx, appID, roomID, userIDs))
}

// GrantAccessBatch lets any number of users into a room, 100 with one request
// and several requests at the same time. It returns one error for each user, in
// their order; nil means that the user is in. Users whom the server does not
// know are a NotFound error of their own and keep nobody else out.
func (c *Client) GrantAccessBatch(ctx context.Context, appID, roomID string, userIDs []string) []error {
	return c.changeAccess(appID, roomID, userIDs, func(part []*accessChange) error {
		request := grantAccessRoute.request(c.app(appID))
		request.Repeatable = true
		request.Finish = true
		return c.sendAccess(ctx, c.app(appID), roomID, request, part)
	})
}

// RemoveAccessBatch takes any number of users out of a room, as GrantAccessBatch
// lets them in. A user, room or access that does not exist is a success.
func (c *Client) RemoveAccessBatch(ctx context.Context, appID, roomID string, userIDs []string) []error {
	return c.changeAccess(appID, roomID, userIDs, func(part []*accessChange) error {
		err := c.sendAccess(ctx, c.app(appID), roomID, removeAccessRoute.request(c.app(appID)), part)
		if rest.IsKind(err, rest.NotFound) && (len(part) == 1 || aboutTheRoom(err) || !divisible(err)) {
			return nil
		}
		return err
	})
}

// needAccess is the error of an empty id of a room or user.
func needAccess(roomID, userID string) error {
	if err := needID("room id", roomID); err != nil {
		return err
	}
	return needID("user id", userID)
}

// changeAccess sends the users in chunks, and those that are refused together in
// parts.
func (c *Client) changeAccess(appID, roomID string, userIDs []string, send func([]*accessChange) error) []error {
	appID = c.app(appID)
	changes := make([]*accessChange, len(userIDs))
	valid := []*accessChange{}
	for i, userID := range userIDs {
		err := needAccess(roomID, userID)
		changes[i] = &accessChange{member: memberName(appID, userID), err: err}
		if err == nil {
			valid = append(valid, changes[i])
		}
	}
	concurrently(slices.Collect(slices.Chunk(valid, batchLimit)), atOnce, func(chunk []*accessChange) {
		bisect(chunk, func(part []*accessChange) (divide bool) {
			err := send(part)
			divide = len(part) > 1 && divisible(err) && !aboutTheRoom(err)
			if len(part) == 1 && rest.IsKind(err, rest.NotFound) && !aboutTheRoom(err) {
				err = fmt.Errorf("user %q of app %s, for room %q: %w", PlainID(appID, part[0].member), appID, PlainID(appID, roomID), err)
			}
			for _, change := range part {
				change.err = err
			}
			return divide
		})
	})
	errs := make([]error, len(userIDs))
	for i, change := range changes {
		errs[i] = change.err
	}
	return errs
}

// aboutTheRoom reports whether the server denied the room, and not a user.
func aboutTheRoom(err error) bool {
	var denied *rest.Error
	if !rest.IsKind(err, rest.NotFound) || !errors.As(err, &denied) {
		return false
	}
	words := strings.ToLower(denied.Message)
	return denied.Code == "CHAT_NOT_FOUND" || strings.HasPrefix(words, "chat") || strings.HasPrefix(words, "room")
}

func (c *Client) sendAccess(ctx context.Context, appID, roomID string, request rest.Request, changes []*accessChange) error {
	members := make([]string, 0, len(changes))
	for _, change := range changes {
		members = append(members, change.member)
	}
	request.Body = accessBody{ChatName: RoomName(appID, roomID), Members: members}
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return err
	}
	return c.checkDone(request, response)
}
