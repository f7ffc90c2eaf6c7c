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

// RoomMembers is a room as the list of rooms with members tells it.
type RoomMembers struct {
	Chat  Chat
	Whole bool // Chat.Members cannot have been cut
}

// ListRoomMembers returns the rooms of an app with their members, sorted by
// name, from one listing (ethora-api.md §8.7 [sdk]). A room's members are whole
// when they are as many as the server counts, or when another room shows even
// more.
func (c *Client) ListRoomMembers(ctx context.Context, appID string) ([]RoomMembers, error) {
	chats, err := c.ListChats(ctx, appID, true)
	if err != nil {
		return nil, err
	}
	return WithMembers(chats), nil
}

// surelyWhole reports whether the room's list of members cannot have been cut;
// most is how many members the fullest room shows.
func surelyWhole(chat Chat, most int) bool {
	if !chat.HasMembers || chat.MemberCount != nil {
		return chat.HasMembers && len(chat.Members) >= *chat.MemberCount
	}
	return len(chat.Members) == 0 || most > len(chat.Members)
}

// ListMembers returns all members of a room, sorted by name. The source is the
// list of rooms with members (ethora-api.md §8.7 [sdk]). Where that list may be
// cut short, the users of the room are asked for as well, and believed only when
// the server is known to filter them by room (§5.6). A room that does not exist
// is a NotFound error. A set that is known to be short is an error as well.
func (c *Client) ListMembers(ctx context.Context, appID, roomID string) ([]Member, error) {
	members, _, err := c.listMembers(ctx, appID, roomID)
	return members, err
}

// listMembers returns besides the users that the server lists for the room, where
// it was asked for them.
func (c *Client) listMembers(ctx context.Context, appID, roomID string) ([]Member, roomUsers, error) {
	appID = c.app(appID)
	if err := needID("room id", roomID); err != nil {
		return nil, roomUsers{}, err
	}
	rooms, err := c.ListRoomMembers(ctx, appID)
	if err != nil {
		return nil, roomUsers{}, err
	}
	name := RoomName(appID, roomID)
	i := slices.IndexFunc(rooms, func(room RoomMembers) bool { return room.Chat.Name == name })
	if i < 0 {
		return nil, roomUsers{}, c.noRoom(appID, roomID)
	}
	if rooms[i].Whole {
		return rooms[i].Chat.Members, roomUsers{}, nil
	}
	members, users, err := c.completeMembers(ctx, appID, rooms[i].Chat)
	if err != nil {
		return nil, users, fmt.Errorf("cannot list the members of room %q in app %s: %w", rooms[i].Chat.RoomID, appID, err)
	}
	return members, users, nil
}

// roomUsers are the users that the server lists for a room.
type roomUsers struct {
	users []User
	known bool // they were asked for, and told
}

// seemsWhole reports whether nothing says that the room's list of members was
// cut.
func seemsWhole(chat Chat) bool {
	return chat.HasMembers && chat.MemberCount == nil && len(chat.Members) != memberCap
}

// CompleteMembers adds the users of the room to the members that its list shows.
// A set that is known to be short all the same is an error.
func (c *Client) CompleteMembers(ctx context.Context, appID string, chat Chat) ([]Member, error) {
	members, _, err := c.completeMembers(ctx, c.app(appID), chat)
	return members, err
}

func (c *Client) completeMembers(ctx context.Context, appID string, chat Chat) ([]Member, roomUsers, error) {
	users, err := c.usersOfRoom(ctx, appID, chat.Name)
	told := roomUsers{users: users, known: err == nil}
	if err != nil && !rest.IsKind(err, rest.Unsupported) {
		return nil, told, err
	}
	members := slices.Clone(chat.Members)
	for _, user := range users {
		members = append(members, memberOf(appID, user))
	}
	members = sortMembers(members)
	switch {
	case err == nil && chat.HasMembers && len(members) == len(chat.Members):
		return members, told, nil
	case err == nil:
		var filters bool
		filters, err = c.filtersByRoom(ctx, appID)
		if filters {
			return members, told, nil
		}
		if err != nil && !rest.IsKind(err, rest.Unsupported) {
			return nil, told, err
		}
	}
	if seemsWhole(chat) {
		return chat.Members, told, nil
	}
	return nil, told, fmt.Errorf("%w: it shows %d, and it has no list of the room's users", errCutMembers, len(chat.Members))
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
