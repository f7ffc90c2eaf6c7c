package oichat

import (
	"cmp"
	"net/http"
	"slices"
)

// systemSender may write into every room (§3) [seed example].
const systemSender = "system"

// sendMessage writes into a room. The room is named in the body, or in the
// path when the settings put it there.
func sendMessage(c *call) answer {
	given, refused := schema{
		{"room_id", c.path["room_id"] == "", word},
		{"sender_id", true, word},
		{"content", true, word},
		{"content_type", c.settings.ContentTypeRequired, oneOf("text", "image", "file", "system", "custom")},
		{"metadata", false, object},
	}.read(c.body)
	if refused != nil {
		return *refused
	}
	r, refused := c.room(cmp.Or(c.path["room_id"], given.text("room_id")))
	if refused != nil {
		return *refused
	}
	sender := given.text("sender_id")
	if sender != systemSender && !c.settings.AnySender && !slices.Contains(r.Participants, sender) {
		return failure(http.StatusForbidden, "NOT_A_PARTICIPANT", sender+" is no participant of the room")
	}
	m := &message{
		ID:          c.data.newID("msg_"),
		RoomID:      r.ID,
		SenderID:    sender,
		Content:     given.text("content"),
		ContentType: cmp.Or(given.text("content_type"), "text"),
		Metadata:    given.object("metadata"),
		CreatedAt:   c.now(),
	}
	c.data.Messages = append(c.data.Messages, m)
	return c.created(m.view())
}

// view renders a message; its shape is [assumed].
func (m *message) view() map[string]any {
	metadata := m.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	return map[string]any{
		"message_id":   m.ID,
		"room_id":      m.RoomID,
		"sender_id":    m.SenderID,
		"content":      m.Content,
		"content_type": m.ContentType,
		"metadata":     metadata,
		"created_at":   stamp(m.CreatedAt),
	}
}
