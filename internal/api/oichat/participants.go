package oichat

import (
	"context"
	"slices"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// userBody is the body of the calls about one user of a room.
type userBody struct {
	UserID string `json:"user_id"`
}

// AddParticipant lets a user into a room. One who is there already is no error
// (oichat-api.md §5: 409 [assumed]).
func (c *Client) AddParticipant(ctx context.Context, roomID, userID string) error {
	if err := needRoomAndUser(roomID, userID); err != nil {
		return err
	}
	request := c.request(addParticipantRoute, roomID)
	request.Body = userBody{userID}
	_, err := c.send(ctx, request, "")
	if rest.IsKind(err, rest.Conflict) && c.isThere(ctx, roomID, userID) {
		return nil
	}
	return err
}

// isThere reports whether a room shows a participant. What else a conflict may
// mean is not documented, and so it is not taken at its word.
func (c *Client) isThere(ctx context.Context, roomID, userID string) bool {
	room, err := c.GetRoom(ctx, roomID)
	return err == nil && (!room.HasParticipants || slices.Contains(room.Participants, userID))
}

// RemoveParticipant removes a user from a room, which may end with fewer than
// two (oichat-api.md §4). One who is not there, and a room that is gone, are no
// error. Where the answer does not tell whether the user is out, the room is read;
// one that does not tell who is in it leaves it at the answer.
func (c *Client) RemoveParticipant(ctx context.Context, roomID, userID string) error {
	if err := needRoomAndUser(roomID, userID); err != nil {
		return err
	}
	answer, err := c.send(ctx, c.request(removeParticipantRoute, roomID, userID), "")
	if !unclear(err) && (err != nil || answer.tellsOf(roomID) && !answer.shows(userID)) {
		return unlessGone(err)
	}
	room, readErr := c.GetRoom(ctx, roomID)
	out := rest.IsKind(readErr, rest.NotFound) ||
		readErr == nil && room.HasParticipants && !slices.Contains(room.Participants, userID)
	if err != nil && !out {
		return err
	}
	return c.whetherDone(answer, readErr, out || readErr == nil && !room.HasParticipants)
}

// shows reports whether the answer is a room that has the user in it.
func (a answer) shows(userID string) bool {
	row, _ := find(a.root, roomNames, roomKeys)
	room, err := decodeRoom(row)
	return err != nil || slices.Contains(room.Participants, userID)
}

// Leave takes a user out of a room. destroyed tells that no participant was left
// and that the server destroyed the room (oichat-api.md §4 [seed]); an answer
// that does not say means no. key is the idempotency key, empty for a new one.
func (c *Client) Leave(ctx context.Context, roomID, userID, key string) (destroyed bool, err error) {
	if err := needRoomAndUser(roomID, userID); err != nil {
		return false, err
	}
	request := c.request(leaveRoomRoute, roomID)
	request.Body = userBody{userID}
	answer, err := c.send(ctx, request, key)
	if err != nil {
		return false, err
	}
	root, _ := answer.root.(object)
	data, _ := root["data"].(object)
	for _, level := range []object{root, data} {
		if set, _ := flag(level, "destroyed"); set {
			return true, nil
		}
	}
	return false, nil
}

func needRoomAndUser(roomID, userID string) error {
	if err := needID("room id", roomID); err != nil {
		return err
	}
	return needID("user id", userID)
}
