package tegrabox

import (
	"net/http"
	"slices"
)

// messageView renders a message; username and content are [seed] of the
// socket, the rest is [assumed].
func messageView(m *message) map[string]any {
	return map[string]any{
		"id":         m.ID,
		"room_id":    m.RoomID,
		"user_id":    m.UserID,
		"username":   m.Username,
		"content":    m.Content,
		"created_at": stamp(m.CreatedAt),
	}
}

func createMessage(c *call) *answer {
	given, refused := c.read(field{key: "content", required: true}, field{key: "user_id", required: true})
	if refused != nil {
		return refused
	}
	r, refused := c.room()
	if refused != nil {
		return refused
	}
	sender := c.data.liveUser(given["user_id"])
	if sender == nil {
		return failure(c.settings.UnknownUserStatus, "User not found")
	}
	if !c.settings.AnySender && !slices.Contains(r.Members, sender.ID) {
		return failure(http.StatusForbidden, "The user is not a member of the room")
	}
	m := &message{
		ID:        c.data.newID(),
		RoomID:    r.ID,
		UserID:    sender.ID,
		Username:  sender.Username,
		Content:   given["content"],
		CreatedAt: c.now(),
	}
	c.data.Messages = append(c.data.Messages, m)
	return c.created(messageView(m))
}

// listMessages lists the messages of a room, oldest first.
func listMessages(c *call) *answer {
	r, refused := c.room()
	if refused != nil {
		return refused
	}
	var messages []*message
	for _, m := range c.data.Messages {
		if m.RoomID == r.ID {
			messages = append(messages, m)
		}
	}
	return list(c, messages, usualMessages, messageView)
}

// deleteMessage answers 501 today [seed]; this is how it may work one day.
func deleteMessage(c *call) *answer {
	r, refused := c.room()
	if refused != nil {
		return refused
	}
	i := slices.IndexFunc(c.data.Messages, func(m *message) bool { return m.ID == c.path["message_id"] && m.RoomID == r.ID })
	if i < 0 {
		return failure(http.StatusNotFound, "Message not found")
	}
	if refused := c.unimplemented("last"); refused != nil {
		return refused
	}
	c.data.Messages = slices.Delete(c.data.Messages, i, i+1)
	return c.nothing()
}
