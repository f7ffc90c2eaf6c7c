package rocketchat

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// messageView renders a message (§2.7).
func messageView(m *message) map[string]any {
	author := map[string]any{"_id": m.AuthorID, "username": m.Username}
	view := map[string]any{
		"_id":        m.ID,
		"rid":        m.RoomID,
		"msg":        m.Text,
		"ts":         stamp(m.CreatedAt),
		"u":          author,
		"_updatedAt": stamp(m.UpdatedAt),
		"urls":       []any{},
		"mentions":   []any{},
		"channels":   []any{},
	}
	for key, value := range m.Fields {
		view[key] = value
	}
	if m.Token != "" {
		view["token"] = m.Token
	}
	if m.Name != "" {
		author["name"], view["alias"] = m.Name, m.Name
	}
	if m.Type != "" {
		view["t"], view["groupable"] = m.Type, false
	} else if m.Text != "" {
		view["md"] = paragraph(m.Text)
	}
	if m.EditedAt != nil {
		view["editedAt"] = stamp(*m.EditedAt)
		view["editedBy"] = map[string]any{"_id": m.AuthorID, "username": m.Username}
	}
	if m.File != nil {
		maps.Copy(view, m.File.view(m.CreatedAt))
	}
	return view
}

// paragraph is the parsed text; the mock knows no markup.
func paragraph(text string) []any {
	plain := map[string]any{"type": "PLAIN_TEXT", "value": text}
	return []any{map[string]any{"type": "PARAGRAPH", "value": []any{plain}}}
}

// readView is messageView for the routes that read: they add where a file is.
func readView(m *message) map[string]any {
	view := messageView(m)
	if m.File != nil {
		view["fileUpload"] = map[string]any{"publicFilePath": m.File.link(), "type": m.File.Type, "size": m.File.Size}
	}
	return view
}

// addSystemMessage adds what the server itself says in a room. An author who is
// no visitor has no token.
func (c *call) addSystemMessage(r *room, kind, said, authorID, username string) {
	m := &message{
		ID: c.data.newID(), RoomID: r.ID, Type: kind, Text: said,
		AuthorID: authorID, Username: username, CreatedAt: c.now(), UpdatedAt: c.now(),
	}
	if authorID == r.VisitorID {
		m.Token = r.Token
	}
	c.data.Messages = append(c.data.Messages, m)
}

// mask does what a content filter does.
func (s Settings) mask(said string) string {
	for _, word := range s.MaskedWords {
		if word != "" {
			said = strings.ReplaceAll(said, word, strings.Repeat("*", len(word)))
		}
	}
	return said
}

// sendMessage adds a message to an open room. An id that is there already
// changes nothing: its message is the answer, whosesoever it is [server
// source].
func sendMessage(c *call) *answer {
	given, refused := c.read(required("token", text{}), required("rid", text{}), required("msg", text{}), optional("_id", text{}),
		optional("agent", closed(required("agentId", text{}), required("username", text{}))))
	if refused != nil {
		return refused
	}
	token, said := given.text("token"), given.text("msg")
	r, refused := c.roomOf(token, given.text("rid"))
	switch {
	case refused != nil:
		return refused
	case !r.Open:
		return failure("room-closed")
	case c.settings.MessageLimit > 0 && len(utf16.Encode([]rune(said))) > c.settings.MessageLimit:
		return failure("message-length-exceeds-character-limit")
	case c.settings.OmnichannelOff:
		return refusal("error-omnichannel-is-disabled", "")
	case c.settings.ContactsBlocked:
		return failure("error-contact-channel-blocked")
	}
	if earlier := c.data.message(given.text("_id")); earlier != nil {
		return ok(map[string]any{"message": messageView(earlier)})
	}
	m := c.newMessage(r, c.data.visitor(token))
	setGiven(&m.ID, given.text("_id"))
	m.Text = c.settings.mask(said)
	return ok(map[string]any{"message": messageView(m)})
}

// newMessage adds an empty message of the visitor.
func (c *call) newMessage(r *room, v *visitor) *message {
	m := &message{
		ID: c.data.newID(), RoomID: r.ID, Token: v.Token,
		AuthorID: v.ID, Username: v.Username, Name: v.Name, CreatedAt: c.now(), UpdatedAt: c.now(),
	}
	c.data.Messages = append(c.data.Messages, m)
	r.UpdatedAt = c.now()
	return m
}

// getMessage gets a message of the room.
func getMessage(c *call) *answer {
	query, refused := c.query(required("token", text{}), required("rid", text{}))
	if refused != nil {
		return refused
	}
	r, refused := c.roomOf(query.text("token"), query.text("rid"))
	if refused != nil {
		return refused
	}
	m := c.data.message(c.path["_id"])
	if m == nil || m.RoomID != r.ID {
		return failure("invalid-message")
	}
	return ok(map[string]any{"message": readView(m)})
}

// ownMessage finds the message of a change. The room must be the visitor's, but
// the message is looked up by its id alone (§2.7).
func (c *call) ownMessage(given fields, forbidden bool) (*message, *answer) {
	if _, refused := c.roomOf(given.text("token"), given.text("rid")); refused != nil {
		return nil, refused
	}
	m := c.data.message(c.path["_id"])
	switch {
	case m == nil:
		return nil, failure("invalid-message")
	case forbidden || m.AuthorID != c.data.visitor(given.text("token")).ID:
		return nil, failure("error-action-not-allowed")
	}
	return m, nil
}

func updateMessage(c *call) *answer {
	given, refused := c.read(required("token", text{}), required("rid", text{}), required("msg", text{}))
	if refused != nil {
		return refused
	}
	m, refused := c.ownMessage(given, c.settings.NoEditing)
	if refused != nil {
		return refused
	}
	now := c.now()
	m.Text, m.EditedAt, m.UpdatedAt = c.settings.mask(given.text("msg")), &now, now
	return ok(map[string]any{"message": readView(m)})
}

// deleteMessage has a body, which is rare for a DELETE (§2.7).
func deleteMessage(c *call) *answer {
	given, refused := c.read(required("token", text{}), required("rid", text{}))
	if refused != nil {
		return refused
	}
	m, refused := c.ownMessage(given, c.settings.NoDeleting)
	if refused != nil {
		return refused
	}
	c.data.Messages = slices.DeleteFunc(c.data.Messages, func(other *message) bool { return other == m })
	return ok(map[string]any{"message": map[string]any{"_id": m.ID, "ts": stamp(c.now())}})
}

// usualHistory is how many messages the history has without a limit (§2.7).
const usualHistory = 20

// listMessages lists messages of a room, open or closed, the newest first. Of
// the parameters that it takes, only end, limit and offset have an effect.
func listMessages(c *call) *answer {
	query, refused := c.query(required("token", text{}), optional("ls", text{}), optional("end", text{}), optional("limit", numeral{}),
		optional("offset", numeral{}), optional("count", numeral{}), optional("sort", text{}), optional("searchText", text{}))
	if refused != nil {
		return refused
	}
	end, refused := historyEnd(query)
	if refused != nil {
		return refused
	}
	r, refused := c.roomOf(query.text("token"), c.path["rid"])
	if refused != nil {
		return refused
	}
	limit := query.numeral("limit")
	if limit == 0 {
		limit = usualHistory
	}
	skip := query.numeral("offset")
	shown := []any{}
	for _, m := range slices.Backward(c.data.Messages) {
		hidden := m.Type != "" && c.settings.HideSystemMessages
		if m.RoomID != r.ID || hidden || !end.IsZero() && !m.CreatedAt.Before(end) {
			continue
		}
		if skip--; skip < 0 && len(shown) < limit {
			shown = append(shown, readView(m))
		}
	}
	return ok(map[string]any{"messages": shown})
}

// historyEnd reads the times of the query. The server takes any text and finds
// nothing before what is no date; the mock says so.
func historyEnd(query fields) (time.Time, *answer) {
	for _, key := range []string{"ls", "end"} {
		if given := query.text(key); given != "" {
			if _, err := time.Parse(time.RFC3339, given); err != nil {
				return time.Time{}, failure("The \"" + key + "\" query parameter must be a valid date.")
			}
		}
	}
	end, _ := time.Parse(time.RFC3339, query.text("end")) // checked, or empty: zero
	return end, nil
}

// sendOfflineMessage mails what somebody wrote who found no agent. Department
// and host may be missing, other than in the SDK (§2.7).
func sendOfflineMessage(c *call) *answer {
	given, refused := c.read(required("name", text{}), required("email", text{}), required("message", text{}),
		optional("department", text{}), optional("host", text{}))
	if refused != nil {
		return refused
	}
	if c.settings.MailFails || given.text("email") == "" {
		return failure("Error sending Omnichannel offline message")
	}
	c.data.Mails = append(c.data.Mails, &mail{
		Kind:       "offline message",
		Email:      given.text("email"),
		Name:       given.text("name"),
		Text:       given.text("message"),
		Department: given.text("department"),
		Host:       given.text("host"),
		SentAt:     c.now(),
	})
	return ok(map[string]any{"message": "Livechat offline message sent"})
}
