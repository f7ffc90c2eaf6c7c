package oichat

import (
	"context"
	"encoding/json"
	"time"
)

// NewMessage is a message to send. Empty optional fields are not sent.
type NewMessage struct {
	RoomID      string          `json:"room_id"`
	SenderID    string          `json:"sender_id"` // a participant, or "system"
	Content     string          `json:"content"`
	ContentType string          `json:"content_type,omitempty"` // text, image, file, system or custom
	Metadata    json.RawMessage `json:"metadata,omitempty"`     // JSON object

	// IdempotencyKey makes a repeated call send no second message
	// (oichat-api.md §1 [seed]). Empty: a new one.
	IdempotencyKey string `json:"-"`
}

// Message is a message that was sent. None of the answer's fields is known for
// sure (oichat-api.md §3 [assumed]), so that each may be empty.
type Message struct {
	ID        string
	CreatedAt time.Time
}

// SendMessage sends a message into a room. It cannot be read, changed or taken
// back afterwards (oichat-api.md §4 [seed]).
func (c *Client) SendMessage(ctx context.Context, message NewMessage) (Message, error) {
	if err := needRoomAndUser(message.RoomID, message.SenderID); err != nil {
		return Message{}, err
	}
	request := c.request(sendMessageRoute)
	request.Body = message
	request.Finish = true
	answer, err := c.send(ctx, request, message.IdempotencyKey)
	if err != nil {
		return Message{}, err
	}
	row, _ := find(answer.root, []string{"message"}, messageKeys)
	return Message{ID: text(row, messageKeys...), CreatedAt: moment(row["created_at"])}, nil
}

var messageKeys = []string{"message_id", "messageId", "id"}
