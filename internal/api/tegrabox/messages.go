package tegrabox

import (
	"context"
	"errors"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Message is a message as the server tells it (tegrabox-api.md §3 [assumed]).
type Message struct {
	ID        string
	RoomID    string
	UserID    string
	Username  string
	Content   string
	CreatedAt time.Time // zero: the server did not say
}

func decodeMessage(row object) Message {
	return Message{
		ID:        text(row, idKeys...),
		RoomID:    text(row, "room_id", "roomId"),
		UserID:    text(row, "user_id", "userId"),
		Username:  text(row, "username"),
		Content:   text(row, "content"),
		CreatedAt: moment(row["created_at"]),
	}
}

// NewMessage is a message to send.
type NewMessage struct {
	Content string `json:"content"`
	UserID  string `json:"user_id"` // who sends it
}

// SendMessage sends a message into a room. It is never repeated; an error that
// IsUncertain says that it may have been sent all the same.
func (c *Client) SendMessage(ctx context.Context, roomID string, message NewMessage) (Message, error) {
	if err := errors.Join(needID("room id", roomID), needID("user id", message.UserID)); err != nil {
		return Message{}, err
	}
	answer, err := c.send(ctx, call{route: createMessageRoute, ids: []string{roomID}, body: message})
	if err != nil {
		return Message{}, err
	}
	row, err := c.find(answer, "message", idKeys...)
	if err != nil {
		return Message{}, err
	}
	return decodeMessage(row), nil
}

// ListMessages returns the messages of a room in the server's order; most bounds
// how many, 0 means all.
func (c *Client) ListMessages(ctx context.Context, roomID string, most int) ([]Message, error) {
	if err := needID("room id", roomID); err != nil {
		return nil, err
	}
	rows, err := c.list(ctx, call{route: listMessagesRoute, ids: []string{roomID}}, most)
	if err != nil {
		return nil, err
	}
	messages := make([]Message, 0, len(rows))
	for _, row := range rows {
		messages = append(messages, decodeMessage(row))
	}
	return messages, nil
}

// DeleteMessage tries to delete a message. Today the server answers 501
// (tegrabox-api.md §3 [seed]), which is an Unsupported error. A message that is
// gone is none.
func (c *Client) DeleteMessage(ctx context.Context, roomID, messageID string) error {
	if err := errors.Join(needID("room id", roomID), needID("message id", messageID)); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: deleteMessageRoute, ids: []string{roomID, messageID}})
	if rest.IsKind(err, rest.NotFound) {
		return nil
	}
	return err
}
