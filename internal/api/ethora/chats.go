package ethora

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// chatIdentity tells rooms apart.
func chatIdentity(row object) string { return text(row, "name", "jid", "_id", "id") }

// chatHandle is what an answer must hold to be about a room.
func chatHandle(row object) string { return text(row, "name", "jid", "_id") }

// newChatBody is the body of a creation (ethora-api.md §8.2 [sdk]).
type newChatBody struct {
	Title       string `json:"title"`
	UUID        string `json:"uuid"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
	Picture     string `json:"picture,omitempty"`
}

// CreateChat creates a room. A room id that is taken is a Conflict error, unless
// an earlier attempt of this call, whose answer was lost, took it
// (ethora-api.md §8.2).
func (c *Client) CreateChat(ctx context.Context, appID string, chat NewChat) (Chat, error) {
	appID = c.app(appID)
	if err := needID("room id", chat.RoomID); err != nil {
		return Chat{}, err
	}
	chat.RoomID = PlainID(appID, chat.RoomID)
	request := createChatRoute.request(appID)
	request.Finish = true
	request.Body = newChatBody{
		Title:       chat.Title,
		UUID:        chat.RoomID,
		Type:        chat.Type,
		Description: chat.Description,
		Picture:     chat.Picture,
	}
	started := c.config.Now()
	response, uncertain, err := c.sendUntilAnswered(ctx, appID, request)
	if err == nil {
		return c.createdChat(ctx, appID, chat, started, request, response)
	}
	if !lost(err) && (!uncertain || !rest.IsKind(err, rest.Conflict)) {
		return Chat{}, err
	}
	return c.resolveLostChat(ctx, appID, chat, started, err)
}

// sendUntilAnswered posts a creation, and again when an attempt got no answer,
// at most maxCreateAttempts times. uncertain says that an attempt without an
// answer may have been carried out.
func (c *Client) sendUntilAnswered(ctx context.Context, appID string, request rest.Request) (response rest.Response, uncertain bool, err error) {
	wait := c.newBackoff()
	for attempt := 1; ; attempt++ {
		response, err = c.do(ctx, appID, request)
		if err == nil || !rest.IsUncertain(err) {
			return response, uncertain, err
		}
		uncertain = true
		if attempt == maxCreateAttempts || wait.pause(ctx) != nil {
			return response, uncertain, err
		}
	}
}

// createdChat reads the new room from the answer, or from the server when the
// answer holds none.
func (c *Client) createdChat(ctx context.Context, appID string, chat NewChat, started time.Time, request rest.Request, response rest.Response) (Chat, error) {
	if err := c.checkDone(request, response); err != nil && !rest.IsKind(err, rest.Malformed) {
		return Chat{}, err
	}
	row, err := unwrap(response.Body, chatHandle, "chat", "room")
	if err == nil {
		created := decodeChat(appID, row)
		if created.Name == "" {
			created.Name, created.RoomID = RoomName(appID, chat.RoomID), chat.RoomID
		}
		return created, nil
	}
	return c.resolveLostChat(ctx, appID, chat, started, c.rest.Malformed(request, response, err.Error()))
}

// resolveLostChat adopts the room of an attempt that got no answer. cause is
// returned when there is no such room.
func (c *Client) resolveLostChat(ctx context.Context, appID string, chat NewChat, started time.Time, cause error) (Chat, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	found, err := c.readNewChat(ctx, appID, chat.RoomID)
	if err != nil {
		return Chat{}, cause
	}
	ours := found.Title == chat.Title &&
		(chat.Type == "" || found.Type == chat.Type) &&
		found.Description == chat.Description &&
		(found.CreatedAt == "" || recent(found.CreatedAt, started))
	if !ours {
		return Chat{}, c.refuse(rest.Conflict, createChatRoute.request(appID), 422, "room %q already exists in app %s", chat.RoomID, appID)
	}
	return found, nil
}

// readNewChat reads a room that the server may show late.
func (c *Client) readNewChat(ctx context.Context, appID, roomID string) (Chat, error) {
	var chat Chat
	var err error
	for range c.tries(ctx) {
		chat, err = c.GetChat(ctx, appID, roomID)
		if err == nil || !rest.IsKind(err, rest.NotFound) && !transient(err) {
			break
		}
	}
	return chat, err
}

// GetChat returns one room. A room that does not exist is a NotFound error. The
// direct route is assumed absent (ethora-api.md §8.3): it is tried once, and its
// "not found" is confirmed by the full list.
func (c *Client) GetChat(ctx context.Context, appID, roomID string) (Chat, error) {
	return c.GetChatBy(ctx, appID, roomID, c.findChat)
}

func (c *Client) getChatDirectly(ctx context.Context, appID, roomID string) (Chat, error) {
	request := getChatRoute.request(appID, RoomName(appID, roomID))
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return Chat{}, err
	}
	row, err := unwrap(response.Body, chatHandle, "chat", "room")
	if err != nil {
		return Chat{}, c.rest.Malformed(request, response, err.Error())
	}
	chat := decodeChat(appID, row)
	if chat.Name != RoomName(appID, roomID) {
		return Chat{}, c.rest.Malformed(request, response, "it is about another room")
	}
	return chat, nil
}

// findChat looks a room up in the full list.
func (c *Client) findChat(ctx context.Context, appID, roomID string) (Chat, error) {
	chats, err := c.ListChats(ctx, appID, false)
	if err != nil {
		return Chat{}, err
	}
	name := RoomName(appID, roomID)
	for _, chat := range chats {
		if chat.Name == name {
			return chat, nil
		}
	}
	return Chat{}, c.noRoom(appID, roomID)
}

func (c *Client) noRoom(appID, roomID string) error {
	return c.refuse(rest.NotFound, listChatsRoute.request(appID), 404, "there is no room %q in app %s", PlainID(appID, roomID), appID)
}

// ListChats returns the rooms of an app, sorted by name (ethora-api.md §8.3
// [sdk]).
func (c *Client) ListChats(ctx context.Context, appID string, includeMembers bool) ([]Chat, error) {
	appID = c.app(appID)
	return c.listChats(ctx, appID, listChatsRoute.request(appID), includeMembers)
}

// ListUserChats returns the rooms that a user is in, sorted by name
// (ethora-api.md §8.7 [sdk]). A user that does not exist is a NotFound error.
func (c *Client) ListUserChats(ctx context.Context, appID, userID string, includeMembers bool) ([]Chat, error) {
	appID = c.app(appID)
	if err := needID("user id", userID); err != nil {
		return nil, err
	}
	return c.listChats(ctx, appID, listUserChatsRoute.request(appID, PlainID(appID, userID)), includeMembers)
}

func (c *Client) listChats(ctx context.Context, appID string, request rest.Request, includeMembers bool) ([]Chat, error) {
	request.Query = url.Values{"includeMembers": {strconv.FormatBool(includeMembers)}}
	rows, err := c.fetchAll(ctx, appID, request, chatIdentity, "chats")
	if err != nil {
		return nil, err
	}
	chats := make([]Chat, 0, len(rows))
	for _, row := range rows {
		chats = append(chats, decodeChat(appID, row))
	}
	slices.SortFunc(chats, func(a, b Chat) int { return compare(a.Name, b.Name, a.ID, b.ID) })
	return chats, nil
}

// UpdateChat changes a room's title and description; the server changes nothing
// else (ethora-api.md §8.4 [sdk]).
func (c *Client) UpdateChat(ctx context.Context, appID, roomID string, fields ChatFields) error {
	appID = c.app(appID)
	if err := needID("room id", roomID); err != nil {
		return err
	}
	if fields == (ChatFields{}) {
		return nil
	}
	request := updateChatRoute.request(appID, RoomName(appID, roomID))
	request.Body = fields
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return err
	}
	return c.checkDone(request, response)
}

// RemoveChat sends the deletion of a room and does not read it back. A room that
// does not exist is a success (ethora-api.md §8.5).
func (c *Client) RemoveChat(ctx context.Context, appID, roomID string) error {
	_, err := c.removeChat(ctx, c.app(appID), roomID)
	return err
}

// removeChat reports besides whether the room is known to have been gone.
func (c *Client) removeChat(ctx context.Context, appID, roomID string) (gone bool, err error) {
	if err := needID("room id", roomID); err != nil {
		return false, err
	}
	request := deleteChatRoute.request(appID)
	request.Body = map[string]any{"name": RoomName(appID, roomID)}
	response, err := c.do(ctx, appID, request)
	if err == nil {
		err = c.checkDone(request, response)
	}
	switch {
	case rest.IsKind(err, rest.NotFound):
		return true, nil
	case rest.IsKind(err, rest.Unsupported):
		// The server's 404 may mean the room or the route.
		if _, readErr := c.GetChat(ctx, appID, roomID); rest.IsKind(readErr, rest.NotFound) {
			return true, nil
		}
	}
	return false, err
}

// DeleteChat deletes a room and reads it to make sure. A room that does not exist is a success
// (ethora-api.md §8.5).
func (c *Client) DeleteChat(ctx context.Context, appID, roomID string) error {
	appID = c.app(appID)
	gone, err := c.removeChat(ctx, appID, roomID)
	if gone || err != nil {
		return err
	}
	for range c.tries(ctx) {
		if _, err = c.GetChat(ctx, appID, roomID); err != nil && !transient(err) {
			break
		}
	}
	switch {
	case rest.IsKind(err, rest.NotFound):
		return nil
	case err != nil:
		return fmt.Errorf("room %q of app %s was deleted, but reading it to make sure failed: %w", PlainID(appID, roomID), appID, err)
	}
	return c.conclude(rest.Unknown, "the server took the deletion of room %q of app %s, but the room is still there; try again", PlainID(appID, roomID), appID)
}

// decodeChat reads what the server tells of a room (ethora-api.md §8.1).
func decodeChat(appID string, row object) Chat {
	chat := Chat{
		ID:          text(row, "_id", "id"),
		Title:       text(row, "title"),
		Description: text(row, "description"),
		Type:        text(row, "type"),
		Picture:     text(row, "picture"),
		CreatedBy:   text(row, "createdBy"),
		CreatedAt:   text(row, "createdAt"),
	}
	if name := text(row, "name", "jid"); name != "" {
		chat.Name, _, _ = strings.Cut(name, "@")
		chat.RoomID = PlainID(appID, chat.Name)
		if strings.HasPrefix(chat.Name, appID+"_") {
			chat.Name = RoomName(appID, chat.RoomID)
		}
	}
	if members := count(row, "usersCnt", "usersCount", "membersCount", "memberCount"); members >= 0 {
		chat.MemberCount = &members
	}
	chat.Members, chat.HasMembers = decodeMembers(appID, row["members"])
	return chat
}

// decodeMembers reads a room's members. A list with a member that cannot be
// named is no list, for it would pass for the whole set.
func decodeMembers(appID string, value any) ([]Member, bool) {
	items, ok := value.([]any)
	if !ok {
		return nil, false
	}
	members := make([]Member, 0, len(items))
	for _, item := range items {
		member := decodeMember(appID, item)
		if member.XMPPUsername == "" {
			return nil, false
		}
		members = append(members, member)
	}
	return sortMembers(members), true
}

func decodeMember(appID string, item any) Member {
	row, _ := item.(object)
	name := memberName(appID, first(scalar(item), text(row, "xmppUsername", "jid", "uuid")))
	userID := PlainID(appID, name)
	return Member{
		XMPPUsername: name,
		UserID:       userID,
		FirstName:    text(row, "firstName"),
		LastName:     text(row, "lastName"),
		Bot:          flag(row, "isBot") || strings.HasSuffix(name, "-bot"),
		System:       userID == appID,
	}
}

// sortMembers orders members by name and keeps each once.
func sortMembers(members []Member) []Member {
	slices.SortFunc(members, func(a, b Member) int { return compare(a.XMPPUsername, b.XMPPUsername) })
	return slices.CompactFunc(members, func(a, b Member) bool { return a.XMPPUsername == b.XMPPUsername })
}
