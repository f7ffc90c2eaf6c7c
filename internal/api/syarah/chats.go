package syarah

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Chat is an individual chat of the user, as getMyChats tells it (syarah-api.md §4
// [seed]).
type Chat struct {
	ChatHeaderID     int64
	UserID           string // GUID of the other one
	UserName         string
	UserAvatar       string    // "": none
	LastMessage      string    // "": none
	LastMessageTime  time.Time // zero: none
	CreationTime     time.Time // zero: the server did not say
	IsOnline         bool
	UnreadCount      int64
	FriendshipStatus FriendshipStatus
	Raw              json.RawMessage
}

// ListChats returns the individual chats of the user, newest message first. It is
// not known whether a chat without messages is among them (syarah-api.md §8).
func (c *Client) ListChats(ctx context.Context) ([]Chat, error) {
	found, err := c.askForList(ctx, getMyChatsEvent, tokenPayload{c.config.AccessToken})
	if err != nil {
		return nil, err
	}
	chats := make([]Chat, 0, len(found))
	for _, row := range found {
		chat := decodeChat(row)
		if chat.ChatHeaderID == 0 {
			return nil, c.malformed(getMyChatsEvent, row.raw, errors.New("it holds a chat without a chatHeaderId"))
		}
		chats = append(chats, chat)
	}
	return chats, nil
}

func decodeChat(row row) Chat {
	unread, _ := integer(get(row.object, "unreadCount"))
	return Chat{
		ChatHeaderID:     identifier(row.object, chatHeaderIDKeys...),
		UserID:           text(row.object, "userId"),
		UserName:         text(row.object, "userName"),
		UserAvatar:       text(row.object, "userAvatar"),
		LastMessage:      text(row.object, "lastMessage"),
		LastMessageTime:  moment(get(row.object, "lastMessageTime")),
		CreationTime:     moment(get(row.object, "creationTime")),
		IsOnline:         get(row.object, "isOnline") == true,
		UnreadCount:      unread,
		FriendshipStatus: friendshipStatus(row.object),
		Raw:              row.raw,
	}
}

func friendshipStatus(value object) FriendshipStatus {
	if status, ok := integer(get(value, "friendshipStatus")); ok {
		return FriendshipStatus(status)
	}
	return NoFriendship
}

// Friendship is an accepted friendship of the user (syarah-api.md §4 [seed]).
type Friendship struct {
	UserID       string // GUID of the friend
	Name         string
	Avatar       string // "": none
	IsOnline     bool
	ChatHeaderID int64 // 0: they have no chat yet
	Raw          json.RawMessage
}

// ListFriendships returns the accepted friendships of the user.
func (c *Client) ListFriendships(ctx context.Context) ([]Friendship, error) {
	found, err := c.askForList(ctx, getMyFriendshipsEvent, tokenPayload{c.config.AccessToken})
	if err != nil {
		return nil, err
	}
	friendships := make([]Friendship, 0, len(found))
	for _, row := range found {
		friendship := Friendship{
			UserID:       text(row.object, "userId"),
			Name:         text(row.object, "name"),
			Avatar:       text(row.object, "avatar"),
			IsOnline:     get(row.object, "isOnline") == true,
			ChatHeaderID: identifier(row.object, chatHeaderIDKeys...),
			Raw:          row.raw,
		}
		if friendship.UserID == "" {
			return nil, c.malformed(getMyFriendshipsEvent, row.raw, errors.New("it holds a friend without a userId"))
		}
		friendships = append(friendships, friendship)
	}
	return friendships, nil
}

// ChatHeader is a conversation, individual or not. What findAllChatHeaders tells of
// it besides the id is not documented (syarah-api.md §4): see Raw.
type ChatHeader struct {
	ID  int64
	Raw json.RawMessage
}

// headersPage is what the vendor's sample asks for [seed], so that the server
// surely gives as many.
const headersPage = 20

// ListChatHeaders returns the conversations of the user in the server's order; most
// bounds how many, 0 means all.
func (c *Client) ListChatHeaders(ctx context.Context, most int) ([]ChatHeader, error) {
	headers := []ChatHeader{}
	listing := listing{
		event: findAllChatHeadersEvent,
		size:  headersPage,
		keys:  headerIDKeys,
		payload: func(skip, count int) any {
			return findAllChatHeadersPayload{c.config.AccessToken, c.config.UserID, skip, count}
		},
	}
	err := c.eachRow(ctx, listing, func(row row) (more bool) {
		headers = append(headers, ChatHeader{ID: identifier(row.object, headerIDKeys...), Raw: row.raw})
		return most <= 0 || len(headers) < most
	})
	return headers, err
}

// GetOrCreateChat returns the header of the individual chat of two users, and
// creates it when there is none: the vendor's GET has that side effect, so that
// this must never be used to read. Called again it returns the same chat; the
// order of the two is taken not to matter (syarah-api.md §3 [seed], [assumed]). It
// is repeated after an outage and, once on the wire, finished after cancellation.
func (c *Client) GetOrCreateChat(ctx context.Context, user1ID, user2ID string) (ChatHeader, error) {
	if err := errors.Join(needID("first user's id", user1ID), needID("second user's id", user2ID)); err != nil {
		return ChatHeader{}, err
	}
	answer, err := c.send(ctx, getChatHeaderRoute, rest.Request{
		Query:  url.Values{user1Query: {user1ID}, user2Query: {user2ID}},
		Finish: true,
	})
	if err != nil {
		return ChatHeader{}, err
	}
	header := ChatHeader{Raw: answer.data}
	switch data := answer.value.(type) {
	case object:
		header.ID = identifier(data, headerIDKeys...)
	case json.Number:
		header.ID, _ = integer(data)
	}
	if header.ID <= 0 {
		return ChatHeader{}, answer.malformed("it holds no id of a chat header")
	}
	return header, nil
}

// needID refuses an empty id before it makes a call about something else.
func needID(what, id string) error {
	if id == "" {
		return refuse(rest.Invalid, "the %s is empty", what)
	}
	return nil
}

func needNumber(what string, id int64) error {
	if id <= 0 {
		return refuse(rest.Invalid, "the %s is %d, but it must be a number above 0", what, id)
	}
	return nil
}
