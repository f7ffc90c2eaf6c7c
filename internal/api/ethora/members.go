package ethora

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// memberCap is how many members a list of rooms shows at most for one room
// (ethora-api.md §8.1 [client]).
const memberCap = 30

// errCutMembers says that the server shows a part of a room's members only.
var errCutMembers = errors.New("the server does not tell all members of the room")

// accessBody names a room and users (ethora-api.md §8.6 [sdk]).
type accessBody struct {
	ChatName string   `json:"chatName"`
	Members  []string `json:"members"`
}

// GrantAccess lets users into a room. Users who are in it already stay
// (ethora-api.md §8.6; assumed). An unknown user or room is a NotFound error.
func (c *Client) GrantAccess(ctx context.Context, appID, roomID string, userIDs []string) error {
	appID = c.app(appID)
	members, err := accessMembers(appID, roomID, userIDs)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(members, batchLimit) {
		request := grantAccessRoute.request(appID)
		request.Repeatable = true
		request.Finish = true
		if err := c.changeAccess(ctx, appID, roomID, request, chunk); err != nil {
			return err
		}
	}
	return nil
}

// RemoveAccess takes users out of a room. A user, room or access that does not
// exist is a success.
func (c *Client) RemoveAccess(ctx context.Context, appID, roomID string, userIDs []string) error {
	appID = c.app(appID)
	members, err := accessMembers(appID, roomID, userIDs)
	if err != nil {
		return err
	}
	return inChunks(members, func(chunk []string) error {
		return c.changeAccess(ctx, appID, roomID, removeAccessRoute.request(appID), chunk)
	})
}

func accessMembers(appID, roomID string, userIDs []string) ([]string, error) {
	if err := needID("room id", roomID); err != nil {
		return nil, err
	}
	members := make([]string, 0, len(userIDs))
	for _, userID := range userIDs {
		if err := needID("user id", userID); err != nil {
			return nil, err
		}
		members = append(members, memberName(appID, userID))
	}
	return members, nil
}

func (c *Client) changeAccess(ctx context.Context, appID, roomID string, request rest.Request, members []string) error {
	request.Body = accessBody{ChatName: RoomName(appID, roomID), Members: members}
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return err
	}
	return c.checkDone(request, response)
}

// ListMembers returns all members of a room, sorted by name. The source is the
// list of rooms with members (ethora-api.md §8.7 [sdk]). Where that list is cut
// short, the users of the room are asked for, and believed only when the answer
// proves that it is about the room: the server may ignore that filter (§5.6). A
// room that does not exist is a NotFound error. A set that may be short is an
// error as well.
func (c *Client) ListMembers(ctx context.Context, appID, roomID string) ([]Member, error) {
	appID = c.app(appID)
	if err := needID("room id", roomID); err != nil {
		return nil, err
	}
	chat, err := c.findChat(ctx, appID, roomID, true)
	if err != nil {
		return nil, err
	}
	if chat.HasMembers && complete(chat) {
		return chat.Members, nil
	}
	members, err := c.queryMembers(ctx, appID, chat)
	if err != nil {
		return nil, fmt.Errorf("cannot list the members of room %q in app %s: %w", chat.RoomID, appID, err)
	}
	return members, nil
}

// complete reports whether the room's list of members is whole.
func complete(chat Chat) bool {
	if chat.MemberCount != nil {
		return len(chat.Members) >= *chat.MemberCount
	}
	return len(chat.Members) != memberCap
}

// queryMembers asks for the users of a room.
func (c *Client) queryMembers(ctx context.Context, appID string, chat Chat) ([]Member, error) {
	users, err := c.queryUsers(ctx, appID, url.Values{"chatName": {chat.Name}})
	if rest.IsKind(err, rest.Unsupported) {
		return nil, fmt.Errorf("%w (it shows %d, and it has no list of the room's users)", errCutMembers, len(chat.Members))
	}
	if err != nil {
		return nil, err
	}
	members := make([]Member, 0, len(users))
	names := map[string]bool{}
	for _, user := range users {
		members = append(members, Member{
			XMPPUsername: user.XMPPUsername,
			UserID:       user.UserID,
			FirstName:    user.FirstName,
			LastName:     user.LastName,
			Bot:          user.IsBot || decodeMember(appID, user.XMPPUsername).Bot,
			System:       user.UserID == appID,
		})
		names[user.XMPPUsername] = true
	}
	for _, known := range chat.Members {
		if !names[known.XMPPUsername] {
			return nil, fmt.Errorf("%w (its list of the room's users lacks %s, who is in the room)", errCutMembers, known.XMPPUsername)
		}
	}
	proved, err := c.isFiltered(ctx, appID, chat, len(members))
	if err != nil {
		return nil, err
	}
	if !proved {
		return nil, fmt.Errorf("%w (its list of the room's users may be that of the whole app)", errCutMembers)
	}
	return sortMembers(members), nil
}

// isFiltered reports whether a list of so many users is surely that of the room
// and not of the whole app.
func (c *Client) isFiltered(ctx context.Context, appID string, chat Chat, found int) (bool, error) {
	if chat.MemberCount != nil && *chat.MemberCount == found {
		return true, nil
	}
	if chat.HasMembers && len(chat.Members) == found {
		return true, nil
	}
	everybody, err := c.queryUsers(ctx, appID, nil)
	if err != nil {
		return false, err
	}
	return found < len(everybody), nil
}

// HasAccess reports whether a user is in a room. It asks for the user's rooms,
// and confirms an absence by the room's members. A user or room that does not
// exist has no access.
func (c *Client) HasAccess(ctx context.Context, appID, roomID, userID string) (bool, error) {
	appID = c.app(appID)
	if _, err := accessMembers(appID, roomID, []string{userID}); err != nil {
		return false, err
	}
	chats, chatsErr := c.ListUserChats(ctx, appID, userID, false)
	if chatsErr != nil && !rest.IsKind(chatsErr, rest.NotFound, rest.Unsupported) {
		return false, chatsErr
	}
	name := RoomName(appID, roomID)
	if slices.ContainsFunc(chats, func(chat Chat) bool { return chat.Name == name }) {
		return true, nil
	}
	if rest.IsKind(chatsErr, rest.NotFound) {
		return false, nil
	}
	members, err := c.ListMembers(ctx, appID, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		return false, nil
	case errors.Is(err, errCutMembers) && chatsErr == nil:
		return false, nil // the user's own rooms were told in full
	case err != nil:
		return false, err
	}
	user := memberName(appID, userID)
	return slices.ContainsFunc(members, func(member Member) bool { return member.XMPPUsername == user }), nil
}

// WaitAccess waits until the server shows users as present in a room, and
// others as absent from it: it may show a change late (ethora-api.md §8.6, §13
// row 21). After Config.AccessWait it returns the plain ids of those who are
// still missing or still lingering; err is nil then. err tells why the members
// could not be read.
func (c *Client) WaitAccess(ctx context.Context, appID, roomID string, present, absent []string) (missing, lingering []string, err error) {
	appID = c.app(appID)
	present, absent = plainIDs(appID, present), plainIDs(appID, absent)
	if len(present)+len(absent) == 0 {
		return nil, nil, nil
	}
	deadline := time.NewTimer(c.config.AccessWait)
	defer deadline.Stop()
	wait := c.newBackoff()
	for last := false; ; {
		missing, lingering, err = c.checkAccess(ctx, appID, roomID, present, absent)
		switch {
		case err == nil && len(missing)+len(lingering) == 0:
			return nil, nil, nil
		case err != nil && !transient(err):
			return present, absent, err
		case last:
			return missing, lingering, err
		}
		last, err = wait.pauseBefore(ctx, deadline.C)
		if err != nil {
			return missing, lingering, err
		}
	}
}

// pauseBefore waits for the next poll, or less when the deadline comes first.
func (b *backoff) pauseBefore(ctx context.Context, deadline <-chan time.Time) (last bool, err error) {
	timer := time.NewTimer(b.take())
	defer timer.Stop()
	select {
	case <-timer.C:
		return false, nil
	case <-deadline:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// checkAccess looks once. One user is cheaper to look up alone.
func (c *Client) checkAccess(ctx context.Context, appID, roomID string, present, absent []string) (missing, lingering []string, err error) {
	inside := map[string]bool{}
	if users := slices.Concat(present, absent); len(users) == 1 {
		inside[users[0]], err = c.HasAccess(ctx, appID, roomID, users[0])
	} else {
		inside, err = c.insiders(ctx, appID, roomID, users)
	}
	if err != nil {
		return present, absent, err
	}
	for _, userID := range present {
		if !inside[userID] {
			missing = append(missing, userID)
		}
	}
	for _, userID := range absent {
		if inside[userID] {
			lingering = append(lingering, userID)
		}
	}
	return missing, lingering, nil
}

// insiders tells which of the users are in the room. Where the server does not
// tell all members, each user is asked about.
func (c *Client) insiders(ctx context.Context, appID, roomID string, users []string) (map[string]bool, error) {
	inside := map[string]bool{}
	members, err := c.ListMembers(ctx, appID, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		return inside, nil
	case errors.Is(err, errCutMembers):
		for _, userID := range users {
			inside[userID], err = c.HasAccess(ctx, appID, roomID, userID)
			if err != nil {
				return nil, err
			}
		}
		return inside, nil
	case err != nil:
		return nil, err
	}
	for _, member := range members {
		inside[member.UserID] = true
	}
	return inside, nil
}

func plainIDs(appID string, ids []string) []string {
	plain := make([]string, 0, len(ids))
	for _, id := range ids {
		plain = append(plain, PlainID(appID, id))
	}
	return plain
}
