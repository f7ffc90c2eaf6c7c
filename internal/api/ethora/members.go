package ethora

import (
	"context"
	"crypto/rand"
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
// list of rooms with members (ethora-api.md §8.7 [sdk]). Where that list may be
// cut short, the users of the room are asked for as well, and believed only when
// the server is known to filter them by room (§5.6). A room that does not exist
// is a NotFound error. A set that is known to be short is an error as well.
func (c *Client) ListMembers(ctx context.Context, appID, roomID string) ([]Member, error) {
	appID = c.app(appID)
	if err := needID("room id", roomID); err != nil {
		return nil, err
	}
	chats, err := c.ListChats(ctx, appID, true)
	if err != nil {
		return nil, err
	}
	chat, err := c.pickChat(chats, appID, roomID)
	if err != nil {
		return nil, err
	}
	if surelyWhole(chat, chats) {
		return chat.Members, nil
	}
	members, err := c.CompleteMembers(ctx, appID, chat)
	if err != nil {
		return nil, fmt.Errorf("cannot list the members of room %q in app %s: %w", chat.RoomID, appID, err)
	}
	return members, nil
}

// RoomMembers is a room as the list of rooms with members tells it.
type RoomMembers struct {
	Chat  Chat
	Whole bool // Chat.Members cannot have been cut
}

// ListRoomMembers returns the rooms of an app with their members, sorted by
// name, from one listing (ethora-api.md §8.7 [sdk]).
func (c *Client) ListRoomMembers(ctx context.Context, appID string) ([]RoomMembers, error) {
	chats, err := c.ListChats(ctx, appID, true)
	if err != nil {
		return nil, err
	}
	rooms := make([]RoomMembers, 0, len(chats))
	for _, chat := range chats {
		rooms = append(rooms, RoomMembers{Chat: chat, Whole: surelyWhole(chat, chats)})
	}
	return rooms, nil
}

// surelyWhole reports whether the room's list of members cannot have been cut:
// it is as long as the server counts, or another room shows even more.
func surelyWhole(chat Chat, chats []Chat) bool {
	if !chat.HasMembers || chat.MemberCount != nil {
		return chat.HasMembers && len(chat.Members) >= *chat.MemberCount
	}
	return len(chat.Members) == 0 || slices.ContainsFunc(chats, func(other Chat) bool {
		return len(other.Members) > len(chat.Members)
	})
}

// seemsWhole reports whether nothing says that the room's list of members was
// cut.
func seemsWhole(chat Chat) bool {
	return chat.HasMembers && chat.MemberCount == nil && len(chat.Members) != memberCap
}

// CompleteMembers adds the users of the room to the members that its list shows.
func (c *Client) CompleteMembers(ctx context.Context, appID string, chat Chat) ([]Member, error) {
	appID = c.app(appID)
	users, err := c.usersOfRoom(ctx, appID, chat.Name)
	if err != nil && !rest.IsKind(err, rest.Unsupported) {
		return nil, err
	}
	members := slices.Clone(chat.Members)
	for _, user := range users {
		members = append(members, memberOf(appID, user))
	}
	members = sortMembers(members)
	switch {
	case err == nil && chat.HasMembers && len(members) == len(chat.Members):
		return members, nil
	case err == nil:
		var filters bool
		filters, err = c.filtersByRoom(ctx, appID)
		if filters {
			return members, nil
		}
		if err != nil && !rest.IsKind(err, rest.Unsupported) {
			return nil, err
		}
	}
	if seemsWhole(chat) {
		return chat.Members, nil
	}
	return nil, fmt.Errorf("%w: it shows %d, and it has no list of the room's users", errCutMembers, len(chat.Members))
}

func memberOf(appID string, user User) Member {
	member := decodeMember(appID, user.XMPPUsername)
	member.FirstName, member.LastName = user.FirstName, user.LastName
	member.Bot = member.Bot || user.IsBot
	return member
}

// usersOfRoom returns the active users of a room, or an Unsupported error where
// the server is known to ignore the room.
func (c *Client) usersOfRoom(ctx context.Context, appID, name string) ([]User, error) {
	if c.routes.lacks(listUsersRoute, roomFilter+c.appKind(appID)) {
		return nil, c.refuse(rest.Unsupported, listUsersRoute.request(appID), 0, "the server does not list users by room")
	}
	users, err := c.queryUsers(ctx, appID, url.Values{"chatName": {name}})
	if rest.IsKind(err, rest.Unsupported) {
		c.routes.miss(listUsersRoute, roomFilter+c.appKind(appID))
	}
	return slices.DeleteFunc(users, User.Gone), err
}

// roomFilter is the use of the list of users that some servers ignore.
const roomFilter = "by room, "

// filtersByRoom reports whether the server lists users by room, by asking for a
// room that does not exist: a server that ignores the room answers with the
// users of the whole app. It asks once.
func (c *Client) filtersByRoom(ctx context.Context, appID string) (bool, error) {
	kind := c.appKind(appID)
	if c.filters.known(kind) {
		return true, nil
	}
	users, err := c.queryUsers(ctx, appID, url.Values{"chatName": {RoomName(appID, "no-such-room-"+rand.Text())}})
	switch {
	case err != nil && !rest.IsKind(err, rest.NotFound):
		return false, err
	case len(users) > 0:
		c.routes.miss(listUsersRoute, roomFilter+kind)
		return false, nil
	}
	c.filters.learn(kind)
	return true, nil
}

// HasAccess reports whether a user is in a room. It asks for the user's rooms,
// and confirms an absence by the room's members. A user or room that does not
// exist has no access.
func (c *Client) HasAccess(ctx context.Context, appID, roomID, userID string) (bool, error) {
	return c.HasAccessBy(ctx, appID, roomID, userID, c.ListMembers)
}

// WaitAccess waits until the server shows users as present in a room, and
// others as absent from it: it may show a change late (ethora-api.md §8.6, §13
// row 21). After Config.AccessWait it returns the plain ids of those who are
// still missing or still lingering; err is nil then. err tells why the members
// could not be read.
func (c *Client) WaitAccess(ctx context.Context, appID, roomID string, present, absent []string) (missing, lingering []string, err error) {
	return c.WaitAccessBy(ctx, appID, roomID, present, absent, c.LookForAccess)
}

// reallyMissing asks about each user alone, for a room's list may have been cut
// without a sign.
func (c *Client) reallyMissing(ctx context.Context, appID, roomID string, missing []string) ([]string, error) {
	var outside []string
	for i, userID := range missing {
		inside, err := c.HasAccess(ctx, appID, roomID, userID)
		if err != nil {
			return append(outside, missing[i:]...), err
		}
		if !inside {
			outside = append(outside, userID)
		}
	}
	return outside, nil
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

// LookForAccess looks once, as AccessLook tells. One user is cheaper to look up alone.
func (c *Client) LookForAccess(ctx context.Context, appID, roomID string, present, absent []string) (missing, lingering []string, err error) {
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
