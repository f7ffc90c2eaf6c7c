package syarah

import (
	"fmt"
	"net/http"
	"slices"
)

// The types of messages and uploads (§4) [seed].
const (
	typeText  = 0
	typeAudio = 1
	typeImage = 2
	typeFile  = 3
	typeVideo = 4
)

// messageView renders a message; the fields are [assumed].
func (c *call) messageView(m *message) map[string]any {
	view := map[string]any{
		"id":                   m.ID,
		"chatHeaderId":         m.ChatID,
		"userId":               m.UserID,
		"message":              m.Text,
		"messageType":          m.Type,
		"caption":              m.Caption,
		"creationTime":         stamp(m.CreatedAt),
		"lastModificationTime": nil,
	}
	if m.UpdatedAt != nil {
		view["lastModificationTime"] = stamp(*m.UpdatedAt)
	}
	return c.cased(view)
}

// createMessage takes the sender from the token [seed]. The message comes back
// as a broadcast to the room alone.
func createMessage(c *call) *answer {
	in, refused := c.ownChat()
	if refused != nil {
		return refused
	}
	sent := c.given.number("messageType")
	if sent > typeVideo {
		return invalid("messageType must be 0, 1, 2, 3 or 4")
	}
	if sent != typeText && !c.settings.AnyPath {
		if file := c.data.upload(c.given.text("message")); file == nil || file.Type != sent {
			return invalid("message must be the path of an uploaded file of this messageType")
		}
	}
	c.data.LastMessage++
	m := &message{
		ID:        c.data.LastMessage,
		ChatID:    in.ID,
		UserID:    c.user.ID,
		Text:      c.given.text("message"),
		Type:      sent,
		Caption:   c.given.optional("caption"),
		CreatedAt: c.now(),
	}
	c.data.Messages = append(c.data.Messages, m)
	c.changed()
	c.push(in, m)
	c.broadcast(in.ID, "message", map[string]any{"chatMessage": c.messageView(m)}, true)
	return nothing()
}

// push notes the push notifications of a message: to members who do not view
// the chat [seed].
func (c *call) push(in *chat, m *message) {
	for _, member := range in.Members {
		if member != c.user.ID && !c.views(member, in.ID) {
			c.pushes = append(c.pushes, PushState{UserID: member, MessageID: m.ID})
		}
	}
}

// findAllMessages tells the messages of a chat; what lastMessageId means, and
// their order, is [assumed].
func findAllMessages(c *call) *answer {
	in, refused := c.ownChat()
	if refused != nil {
		return refused
	}
	page, refused := c.page("skipCount", "maxResultCount")
	if refused != nil {
		return refused
	}
	from := c.given.number("lastMessageId")
	if !c.given.has("lastMessageId") {
		from = c.given.number("LastMessageId")
	}
	rows := []map[string]any{}
	for _, m := range c.data.Messages {
		isWanted := from == 0 || m.ID > from == c.settings.OldestFirst && m.ID != from
		if m.ChatID == in.ID && isWanted {
			rows = append(rows, c.messageView(m))
		}
	}
	if !c.settings.OldestFirst {
		slices.Reverse(rows)
	}
	return c.list(page, rows)
}

// ownMessage finds a message of the user in the chat of the payload. That one
// may only change one's own is [assumed].
func (c *call) ownMessage(id int) (*message, *answer) {
	m := c.data.message(id)
	if m == nil || m.ChatID != c.given.number("chatHeaderId") {
		return nil, failure(http.StatusNotFound, fmt.Sprintf("Message %d not found", id))
	}
	if m.UserID != c.user.ID {
		return nil, failure(http.StatusForbidden, fmt.Sprintf("Message %d is of another user", id))
	}
	return m, nil
}

// updateMessage changes text and, when it is told, caption.
func updateMessage(c *call) *answer {
	if _, refused := c.ownChat(); refused != nil {
		return refused
	}
	m, refused := c.ownMessage(c.given.number("id"))
	if refused != nil {
		return refused
	}
	now := c.now()
	m.Text, m.UpdatedAt = c.given.text("message"), &now
	if c.given.has("caption") {
		m.Caption = c.given.optional("caption")
	}
	c.changed()
	c.broadcast(m.ChatID, "messageUpdated", c.messageView(m), true)
	return nothing()
}

// removeMessage deletes one message or many; ids wins over id [seed]. That all
// stay when one cannot go is [assumed].
func removeMessage(c *call) *answer {
	if _, refused := c.ownChat(); refused != nil {
		return refused
	}
	numbers, many := c.given["ids"].([]any)
	switch {
	case many:
	case c.given.has("id"):
		numbers = []any{c.given.number("id")}
	default:
		return invalid("id or ids is required")
	}
	for _, number := range numbers {
		if _, refused := c.ownMessage(number.(int)); refused != nil {
			return refused
		}
	}
	c.changed()
	for _, number := range numbers {
		if m := c.data.message(number.(int)); m != nil { // it may be named twice
			c.data.Messages = slices.DeleteFunc(c.data.Messages, func(other *message) bool { return other == m })
			c.broadcast(m.ChatID, "messageDeleted", m.ID, true)
		}
	}
	return nothing()
}

// readMessage marks what there is in the chat as read.
func readMessage(c *call) *answer {
	in, refused := c.ownChat()
	if refused != nil {
		return refused
	}
	in.Read[c.user.ID] = c.data.LastMessage
	c.changed()
	c.broadcast(in.ID, "messageHasBeenRead", in.ID, true)
	return nothing()
}

// roomTyping tells the others in the room.
func roomTyping(c *call) *answer {
	in, refused := c.ownChat()
	if refused != nil {
		return refused
	}
	c.broadcast(in.ID, "typing", map[string]any{
		"name":         c.given.text("name"),
		"isTyping":     c.given["isTyping"],
		"chatHeaderId": in.ID,
	}, false)
	return nothing()
}
