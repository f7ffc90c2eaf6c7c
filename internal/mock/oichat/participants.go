package oichat

import (
	"fmt"
	"net/http"
	"slices"
)

func addParticipant(c *call) answer {
	given, refused := schema{{"user_id", true, word}}.read(c.body)
	if refused != nil {
		return *refused
	}
	r, refused := c.room(c.path["room_id"])
	if refused != nil {
		return *refused
	}
	userID, most := given.text("user_id"), c.settings.mostParticipants(r.Type)
	switch {
	case !slices.Contains(r.Participants, userID) && len(r.Participants) < most:
		r.Participants = append(r.Participants, userID)
		r.UpdatedAt = c.now()
	case !slices.Contains(r.Participants, userID):
		return *invalid(fmt.Sprintf("a %s room has at most %d participants", r.Type, most))
	case c.settings.DuplicateParticipant == http.StatusConflict:
		return failure(http.StatusConflict, "PARTICIPANT_EXISTS", userID+" is a participant already")
	}
	if c.settings.EmptyAdd {
		return c.nothing()
	}
	return ok(c.view(r, "add"))
}

// removeFromRoom takes a user out of the room in the path.
func (c *call) removeFromRoom(userID string) (*room, *answer) {
	r, refused := c.room(c.path["room_id"])
	if refused != nil {
		return nil, refused
	}
	i := slices.Index(r.Participants, userID)
	if i < 0 {
		refused := failure(http.StatusNotFound, "PARTICIPANT_NOT_FOUND", userID+" is no participant of the room")
		return nil, &refused
	}
	r.Participants = slices.Delete(r.Participants, i, i+1)
	r.UpdatedAt = c.now()
	return r, nil
}

// removeParticipant may leave a room with fewer than two: the least number is
// a rule of creation (§4).
func removeParticipant(c *call) answer {
	r, refused := c.removeFromRoom(c.path["user_id"])
	if refused != nil {
		return *refused
	}
	if len(r.Participants) == 0 && c.settings.RemoveDestroys {
		r.delete(c.now())
	}
	return c.nothing()
}

// leaveRoom destroys the room with its last participant [seed].
func leaveRoom(c *call) answer {
	given, refused := schema{{"user_id", true, word}}.read(c.body)
	if refused != nil {
		return *refused
	}
	r, refused := c.removeFromRoom(given.text("user_id"))
	if refused != nil {
		return *refused
	}
	destroyed := len(r.Participants) == 0
	if destroyed {
		r.delete(c.now())
	}
	return ok(map[string]any{"room_id": r.ID, "user_id": given.text("user_id"), "destroyed": destroyed})
}
