package ethora

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// GetChatBy is GetChat with a list of rooms that its caller may share with
// others: find looks a room up in a list that is newer than its call, and
// answers a room that the list lacks with a NotFound error.
func (c *Client) GetChatBy(
	ctx context.Context, appID, roomID string,
	find func(ctx context.Context, appID, roomID string) (Chat, error),
) (Chat, error) {
	appID = c.app(appID)
	if err := needID("room id", roomID); err != nil {
		return Chat{}, err
	}
	if c.routes.lacks(getChatRoute, "") {
		return find(ctx, appID, roomID)
	}
	chat, err := c.getChatDirectly(ctx, appID, roomID)
	switch {
	case err == nil || hasCode(err, codeAppArchived, codeAppNotFound):
		return chat, err
	case rest.IsKind(err, rest.Unavailable, rest.RateLimited) || ctx.Err() != nil:
		return Chat{}, err
	case !rest.IsKind(err, rest.NotFound):
		c.routes.miss(getChatRoute, "")
		return find(ctx, appID, roomID)
	}
	chat, err = find(ctx, appID, roomID)
	if err == nil {
		c.routes.miss(getChatRoute, "") // it denied a room that exists
	}
	return chat, err
}

// ConfirmChatRemoved makes sure that a room is gone after RemoveChat. read reads
// it as GetChat does and may share its reads with others; it is called a few
// times, for the server may show a deletion late.
func (c *Client) ConfirmChatRemoved(
	ctx context.Context, appID, roomID string,
	read func(ctx context.Context, appID, roomID string) (Chat, error),
) error {
	appID = c.app(appID)
	var err error
	for range c.tries(ctx) {
		if _, err = read(ctx, appID, roomID); err != nil && !transient(err) {
			break
		}
	}
	plain := PlainID(appID, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		return nil
	case err != nil:
		return fmt.Errorf("room %q of app %s was deleted, but reading it to make sure failed: %w", plain, appID, err)
	}
	return c.conclude(rest.Unknown, "the server took the deletion of room %q of app %s, but the room is still there; try again", plain, appID)
}

// HasAccessBy is HasAccess with a list of members that its caller may share with
// others; list answers as ListMembers does.
func (c *Client) HasAccessBy(
	ctx context.Context, appID, roomID, userID string,
	list func(ctx context.Context, appID, roomID string) ([]Member, error),
) (bool, error) {
	appID = c.app(appID)
	if err := needAccess(roomID, userID); err != nil {
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
	members, err := list(ctx, appID, roomID)
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

// AccessLook looks once who of the users that should be in a room is missing,
// and who of those that should not is lingering.
type AccessLook func(ctx context.Context, appID, roomID string, present, absent []string) (missing, lingering []string, err error)

// WaitAccessBy is WaitAccess with a look that its caller may share with others.
// Each look must be newer than its call.
func (c *Client) WaitAccessBy(ctx context.Context, appID, roomID string, present, absent []string, look AccessLook) (missing, lingering []string, err error) {
	appID = c.app(appID)
	present, absent = plainIDs(appID, present), plainIDs(appID, absent)
	if len(present)+len(absent) == 0 {
		return nil, nil, nil
	}
	deadline := time.NewTimer(c.config.AccessWait)
	defer deadline.Stop()
	wait := c.newBackoff()
	for last := false; ; {
		missing, lingering, err = look(ctx, appID, roomID, present, absent)
		switch {
		case err == nil && len(missing)+len(lingering) == 0:
			return nil, nil, nil
		case err != nil && !transient(err):
			return present, absent, err
		case last && err == nil:
			missing, err = c.reallyMissing(ctx, appID, roomID, missing)
			return missing, lingering, err
		case last:
			return missing, lingering, err
		}
		last, err = wait.pauseBefore(ctx, deadline.C)
		if err != nil {
			return missing, lingering, err
		}
	}
}

// WithMembers tells of rooms that were listed together whose members the list
// shows in full.
func WithMembers(chats []Chat) []RoomMembers {
	most := 0
	for _, chat := range chats {
		most = max(most, len(chat.Members))
	}
	rooms := make([]RoomMembers, 0, len(chats))
	for _, chat := range chats {
		rooms = append(rooms, RoomMembers{Chat: chat, Whole: surelyWhole(chat, most)})
	}
	return rooms
}
