package tegrabox

import (
	"net/http"
	"slices"
)

// roomView renders a room; the shape is [assumed] beyond id, name and
// created_by.
func (c *call) roomView(r *room) map[string]any {
	return map[string]any{
		"id":         r.ID,
		"project_id": c.id,
		"name":       r.Name,
		"created_by": r.CreatedBy,
		"created_at": stamp(r.CreatedAt),
		"updated_at": stamp(r.UpdatedAt),
	}
}

// createRoom makes its creator a member [seed].
func createRoom(c *call) *answer {
	given, refused := c.read(field{key: "name", required: true}, field{key: "created_by", required: true})
	if refused != nil {
		return refused
	}
	creator := c.data.liveUser(given["created_by"])
	if creator == nil {
		return failure(c.settings.UnknownUserStatus, "User not found")
	}
	r := &room{
		ID:        c.data.newID(),
		Name:      given["name"],
		CreatedBy: creator.ID,
		Members:   []string{creator.ID},
		CreatedAt: c.now(),
		UpdatedAt: c.now(),
	}
	c.data.Rooms = append(c.data.Rooms, r)
	return c.created(c.roomView(r))
}

func listRooms(c *call) *answer { return list(c, c.data.Rooms, usualRooms, c.roomView) }

// room finds the room in the path.
func (c *call) room() (*room, *answer) {
	if r := c.data.room(c.path["id"]); r != nil {
		return r, nil
	}
	return nil, failure(http.StatusNotFound, "Room not found")
}

func getRoom(c *call) *answer {
	r, refused := c.room()
	if refused != nil {
		return refused
	}
	return ok(c.roomView(r))
}

// updateRoom answers 501 today [seed]; this is how it may work one day.
func updateRoom(c *call) *answer {
	given, refused := c.read(field{key: "name"})
	if refused != nil {
		return refused
	}
	r, refused := c.room()
	if refused != nil {
		return refused
	}
	if refused := c.unimplemented("last"); refused != nil {
		return refused
	}
	if given.has("name") {
		r.Name, r.UpdatedAt = given["name"], c.now()
	}
	return ok(c.roomView(r))
}

// deleteRoom answers 501 today [seed]; this is how it may work one day.
func deleteRoom(c *call) *answer {
	r, refused := c.room()
	if refused != nil {
		return refused
	}
	if refused := c.unimplemented("last"); refused != nil {
		return refused
	}
	c.data.Rooms = slices.DeleteFunc(c.data.Rooms, func(other *room) bool { return other == r })
	c.data.Messages = slices.DeleteFunc(c.data.Messages, func(m *message) bool { return m.RoomID == r.ID })
	return c.nothing()
}

// joinRoom lets the user of the token in.
func joinRoom(c *call) *answer {
	r, refused := c.room()
	switch {
	case refused != nil:
		return refused
	case !slices.Contains(r.Members, c.user.ID):
		r.Members = append(r.Members, c.user.ID)
	case c.settings.JoinAgain == http.StatusConflict:
		return failure(http.StatusConflict, "The user is already a member of the room")
	}
	return c.nothing()
}

// leaveRoom takes the user of the token out.
func leaveRoom(c *call) *answer {
	r, refused := c.room()
	if refused != nil {
		return refused
	}
	if !r.leave(c.user.ID) && !c.settings.LeaveAnyway {
		return failure(http.StatusNotFound, "The user is not a member of the room")
	}
	return c.nothing()
}
