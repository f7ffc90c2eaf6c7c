package oichat

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Kinds and states of rooms (§3) [seed].
const (
	direct   = "direct"
	group    = "group"
	open     = "open"
	resolved = "resolved"
)

// minParticipants is what a new room has at least (§3) [seed].
const minParticipants = 2

// view renders a room; in says for which call. The shape is [assumed] except
// for room_id.
func (c *call) view(r *room, in string) map[string]any {
	body := map[string]any{
		"room_id":      r.ID,
		"type":         r.Type,
		"name":         r.Name,
		"participants": slices.Clone(r.Participants),
		"metadata":     maps.Clone(r.Metadata),
		"status":       r.Status,
		"created_at":   stamp(r.CreatedAt),
		"updated_at":   stamp(r.UpdatedAt),
	}
	if hide := c.settings.HideParticipants; hide == "always" || hide == in {
		delete(body, "participants")
	}
	if len(r.Metadata) == 0 {
		switch c.settings.EmptyMetadata {
		case "null":
			body["metadata"] = nil
		case "absent":
			delete(body, "metadata")
		default:
			body["metadata"] = map[string]any{}
		}
	}
	switch {
	case r.DeletedAt == nil:
	case c.settings.DeletedRoom == "status":
		body["status"] = "deleted"
	default:
		body["deleted_at"] = stamp(*r.DeletedAt)
	}
	return body
}

// room finds a room that is not deleted.
func (c *call) room(id string) (*room, *answer) {
	r := c.data.room(id)
	if r == nil || r.DeletedAt != nil {
		refused := failure(http.StatusNotFound, "ROOM_NOT_FOUND", "There is no room "+id)
		return nil, &refused
	}
	return r, nil
}

func createRoom(c *call) answer {
	given, refused := schema{
		{"type", true, oneOf(direct, group)},
		{"name", false, text},
		{"participants", true, list},
		{"metadata", false, object},
	}.read(c.body)
	if refused != nil {
		return *refused
	}
	r := &room{
		Type:         given.text("type"),
		Name:         given.name("name"),
		Participants: given.texts("participants"),
		Metadata:     given.object("metadata"),
		Status:       open,
	}
	if refused := c.checkParticipants(r); refused != nil {
		return *refused
	}
	if existing := c.sameDirectRoom(r); existing != nil {
		return ok(c.view(existing, "create"))
	}
	c.data.addRoom(r, c.now())
	return c.created(c.view(r, "create"))
}

// checkParticipants: 2 to 500 different ones [seed], and a direct room has two
// [assumed].
func (c *call) checkParticipants(r *room) *answer {
	count, most := len(r.Participants), c.settings.mostParticipants(r.Type)
	if count >= minParticipants && count <= most {
		return nil
	}
	return invalid(fmt.Sprintf("participants has %d different users, but a %s room needs %d to %d", count, r.Type, minParticipants, most))
}

func (s Settings) mostParticipants(roomType string) int {
	if roomType == direct && !s.LooseDirect {
		return 2
	}
	return s.ParticipantLimit
}

// sameDirectRoom finds the direct room of the same users, if rooms are reused.
func (c *call) sameDirectRoom(r *room) *room {
	if r.Type != direct || !c.settings.ReuseDirect {
		return nil
	}
	for _, existing := range c.data.Rooms {
		if existing.DeletedAt == nil && existing.Type == direct && sameUsers(existing.Participants, r.Participants) {
			return existing
		}
	}
	return nil
}

func sameUsers(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func getRoom(c *call) answer {
	r := c.data.room(c.path["room_id"])
	if r != nil && r.DeletedAt != nil && c.settings.DeletedRoom != "404" {
		return ok(c.view(r, "get"))
	}
	r, refused := c.room(c.path["room_id"])
	if refused != nil {
		return *refused
	}
	return ok(c.view(r, "get"))
}

// updateRoom changes what the body names.
func updateRoom(c *call) answer {
	name := nullable(text)
	if c.settings.NullName == "refuse" {
		name = text
	}
	given, refused := schema{
		{"name", false, name},
		{"metadata", false, object},
		{"status", false, oneOf(open, resolved)},
	}.read(c.body)
	if refused != nil {
		return *refused
	}
	r, refused := c.room(c.path["room_id"])
	if refused != nil {
		return *refused
	}
	if given.has("name") && (given["name"] != nil || c.settings.NullName != "ignore") {
		r.Name = given.name("name")
	}
	if given.has("metadata") {
		r.Metadata = c.settings.metadata(r.Metadata, given.object("metadata"))
	}
	if given.has("status") {
		r.Status = given.text("status")
	}
	r.UpdatedAt = c.now()
	if c.settings.EmptyUpdate {
		return c.nothing()
	}
	return ok(c.view(r, "update"))
}

// metadata returns what a room has after an update: not stated, so replaced or
// merged (§3).
func (s Settings) metadata(old, given map[string]any) map[string]any {
	if s.Metadata != "merge" {
		return given
	}
	merged := map[string]any{}
	maps.Copy(merged, old)
	maps.Copy(merged, given)
	return merged
}

// deleteRoom keeps the room and marks it [seed].
func deleteRoom(c *call) answer {
	if r := c.data.room(c.path["room_id"]); r != nil && r.DeletedAt != nil && c.settings.DeleteAgain {
		return c.nothing()
	}
	r, refused := c.room(c.path["room_id"])
	if refused != nil {
		return *refused
	}
	r.delete(c.now())
	return c.nothing()
}

// listRooms lists the rooms of one user, oldest first; there is no list of all
// rooms [seed].
func listRooms(c *call) answer {
	query := c.request.URL.Query()
	userID := query.Get("user_id")
	if userID == "" {
		return *invalid("user_id is required")
	}
	limit, refused := limitOf(query.Get("limit"))
	if refused != nil {
		return *refused
	}
	after, refused := readCursor(query.Get("cursor"), userID)
	if refused != nil {
		return *refused
	}
	size := min(limit, c.settings.PageLimit)
	found := c.data.roomsOf(userID, after, size+1, c.settings.ListDeleted)
	more := len(found) > size
	rows := []any{}
	for _, r := range found[:min(size, len(found))] {
		rows = append(rows, c.view(r, "list"))
		after = r.ID
	}
	body := map[string]any{"data": rows, "has_more": more}
	c.settings.addCursor(body, makeCursor(userID, after), more)
	return ok(body)
}

// addCursor adds next_cursor as the settings have it on the last page.
func (s Settings) addCursor(body map[string]any, cursor string, more bool) {
	if more {
		body["next_cursor"] = cursor
		return
	}
	switch s.LastPage {
	case "absent":
	case "empty":
		body["next_cursor"] = ""
	case "repeat":
		body["next_cursor"], body["has_more"] = cursor, true
	default:
		body["next_cursor"] = nil
	}
}

// searchRoom orders rooms by id, which is the order of their creation.
func searchRoom(r *room, id string) int { return strings.Compare(r.ID, id) }
