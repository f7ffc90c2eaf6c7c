package syarah

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

// JoinedRoom is the room of a chat that the connection has joined (syarah-api.md §4
// [seed]).
type JoinedRoom struct {
	ChatHeaderID     int64
	FriendshipStatus FriendshipStatus
	Raw              json.RawMessage // members and more, whose shapes are not documented
}

// JoinRoom joins the room of a chat, so that its events are received. From then on
// the server takes the user to look at the chat, and sends no push notifications
// about it, until LeaveRoom or the end of the connection, which is closed after the
// idle timeout. SendMessage and its like join and leave by themselves.
func (c *Client) JoinRoom(ctx context.Context, chatHeaderID int64) (JoinedRoom, error) {
	if err := needNumber("chat header id", chatHeaderID); err != nil {
		return JoinedRoom{}, err
	}
	leave, err := c.enter(ctx, joinRoomEvent, chatHeaderID)
	if err != nil {
		return JoinedRoom{}, err
	}
	defer leave()
	answer, err := c.ask(ctx, joinRoomEvent, func(session string) any { return c.joinRoom(session, chatHeaderID, "") })
	return c.joined(answer, chatHeaderID, err)
}

// JoinRoomOrCreateChat joins the room of the individual chat with another user,
// and creates the chat when there is none (syarah-api.md §4 [seed]). Called again
// it returns the same chat. It must never be used to read. GetOrCreateChat creates
// without joining.
func (c *Client) JoinRoomOrCreateChat(ctx context.Context, otherUserID string) (JoinedRoom, error) {
	if err := needID("other user's id", otherUserID); err != nil {
		return JoinedRoom{}, err
	}
	answer, err := c.ask(ctx, joinRoomEvent, func(session string) any { return c.joinRoom(session, 0, otherUserID) })
	return c.joined(answer, 0, err)
}

func (c *Client) joinRoom(session string, chatHeaderID int64, otherUserID string) joinRoomPayload {
	return joinRoomPayload{
		ChatHeaderID: chatHeaderID,
		OtherUserID:  otherUserID,
		UserID:       c.config.UserID,
		SocketID:     session,
		AccessToken:  c.config.AccessToken,
	}
}

// joined reads the ack {chatHeaderId, joined, ..., friendshipStatus}; the id may
// stand in chatHeader.id instead. An answer that does not name the room is about
// the one that was asked for.
func (c *Client) joined(answer json.RawMessage, asked int64, err error) (JoinedRoom, error) {
	if err != nil {
		return JoinedRoom{}, err
	}
	root, _ := parse(answer)
	fields, _ := root.(object)
	if inner := child(fields, wrapperKeys...); inner != nil {
		fields = inner
	}
	room := JoinedRoom{
		ChatHeaderID:     identifier(fields, chatHeaderIDKeys...),
		FriendshipStatus: friendshipStatus(fields),
		Raw:              answer,
	}
	if room.ChatHeaderID == 0 {
		room.ChatHeaderID = identifier(child(fields, "chatHeader"), idKeys...)
	}
	switch {
	case get(fields, "joined") == false:
		return JoinedRoom{}, refuse(rest.Forbidden, "Syarah did not let user %s into the room", c.config.UserID)
	case room.ChatHeaderID == 0 && asked == 0:
		return JoinedRoom{}, c.malformed(joinRoomEvent, answer, errors.New("it holds no chatHeaderId"))
	case room.ChatHeaderID == 0:
		room.ChatHeaderID = asked
	case asked != 0 && room.ChatHeaderID != asked:
		return JoinedRoom{}, c.malformed(joinRoomEvent, answer, errors.New("it is about another room"))
	}
	return room, nil
}

// LeaveRoom leaves the room of a chat. Leaving a room that was not joined does no
// harm.
func (c *Client) LeaveRoom(ctx context.Context, chatHeaderID int64) error {
	if err := needNumber("chat header id", chatHeaderID); err != nil {
		return err
	}
	leave, err := c.enter(ctx, leaveRoomEvent, chatHeaderID)
	if err != nil {
		return err
	}
	defer leave()
	_, err = c.ask(ctx, leaveRoomEvent, always(leaveRoomPayload{chatHeaderID, c.config.AccessToken}))
	return err
}

// enter waits for the turn in a room.
func (c *Client) enter(ctx context.Context, event string, room int64) (leave func(), err error) {
	leave, err = c.turns.enter(ctx, room)
	if err != nil {
		return nil, c.failure(event, &socketio.CallError{Event: event, Err: err})
	}
	return leave, nil
}

// leavePatience is how long a room is left for: what was done in it is done, and
// the server forgets the room with the connection (syarah-api.md §4 [seed]).
const leavePatience = 2 * time.Second

// leaveQuietly leaves a room that was joined for a short time, even when the
// caller was cancelled.
func (c *Client) leaveQuietly(ctx context.Context, conn *socketio.Conn, room int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(leavePatience, c.config.AckTimeout))
	defer cancel()
	_, _ = c.askOn(ctx, conn, leaveRoomEvent, leaveRoomPayload{room, c.config.AccessToken})
}
