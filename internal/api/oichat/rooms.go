package oichat

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const (
	// pageSize is the largest that the server takes (oichat-api.md §3 [seed]).
	pageSize = 100
	maxPages = 10000
	// maxStalePages is how many pages in a row may hold nothing new.
	maxStalePages = 3
)

// NewRoom is a room to create. Empty optional fields are not sent.
type NewRoom struct {
	Type         string          `json:"type"`         // direct or group
	Participants []string        `json:"participants"` // 2 to 500 user ids
	Name         string          `json:"name,omitempty"`
	Metadata     json.RawMessage `json:"metadata,omitempty"` // JSON object

	// IdempotencyKey makes a repeated creation return the same room
	// (oichat-api.md §1 [seed]). Empty: a new one.
	IdempotencyKey string `json:"-"`
}

// CreateRoom creates a room. What the answer leaves out is read from the server;
// when that fails, the room is returned with its id besides the error, for it
// exists. A creation whose answer was lost is repeated with the same key, which
// makes no second room; when no attempt is answered, the error is a LostError.
func (c *Client) CreateRoom(ctx context.Context, room NewRoom) (Room, error) {
	if room.IdempotencyKey == "" {
		room.IdempotencyKey = newKey()
	}
	created, err := c.postRoom(ctx, room)
	if rest.IsKind(err, rest.Malformed) {
		if told, again := c.postRoom(ctx, room); again == nil {
			created, err = told, nil
		}
	}
	switch {
	case lost(err):
		return Room{}, &LostError{Object: fmt.Sprintf("the room %q", room.Name), Key: room.IdempotencyKey, Err: err}
	case err != nil || created.described():
		return created, err
	}
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	read, err := c.GetRoom(ctx, created.ID)
	if err != nil {
		return created, fmt.Errorf("OiChat created room %s, but it cannot be read: %w", created.ID, err)
	}
	return read, nil
}

func (c *Client) postRoom(ctx context.Context, room NewRoom) (Room, error) {
	request := c.request(createRoomRoute)
	request.Body = room
	request.Finish = true
	answer, err := c.send(ctx, request, room.IdempotencyKey)
	if err != nil {
		return Room{}, err
	}
	return c.roomOf(answer)
}

// GetRoom returns one room. A room that does not exist, or was deleted softly,
// is a NotFound error (oichat-api.md §4).
func (c *Client) GetRoom(ctx context.Context, roomID string) (Room, error) {
	if err := needID("room id", roomID); err != nil {
		return Room{}, err
	}
	answer, err := c.send(ctx, c.request(getRoomRoute, roomID), "")
	if err != nil {
		return Room{}, err
	}
	room, err := c.roomOf(answer)
	switch {
	case err != nil:
		return Room{}, err
	case room.ID != roomID:
		return Room{}, c.malformed(answer, fmt.Errorf("it is about room %s", room.ID))
	case room.Deleted:
		return Room{}, refuse(rest.NotFound, "OiChat room %s was deleted", roomID)
	}
	return room, nil
}

func (c *Client) roomOf(answer answer) (Room, error) {
	row, err := c.find(answer, roomNames, roomKeys...)
	if err != nil {
		return Room{}, err
	}
	room, err := decodeRoom(row)
	if err != nil {
		return Room{}, c.malformed(answer, err)
	}
	return room, nil
}

// ListRooms returns the rooms of a user, in the server's order and without the
// deleted ones; there is no list of all rooms (oichat-api.md §4 [seed]). most
// bounds how many are read, 0 means all. The list ends where the server tells no
// new cursor, whatever it says of more.
func (c *Client) ListRooms(ctx context.Context, userID string, most int) ([]Room, error) {
	if err := needID("user id", userID); err != nil {
		return nil, err
	}
	rooms, seen, cursors := []Room{}, map[string]bool{}, map[string]bool{"": true}
	cursor, stale := "", 0
	for range maxPages {
		answer, page, err := c.readPage(ctx, userID, cursor, most-len(rooms))
		if err != nil {
			return nil, err
		}
		before := len(seen)
		for _, row := range page.rows {
			room, err := decodeRoom(row)
			if err != nil {
				return nil, c.malformed(answer, err)
			}
			if !seen[room.ID] && !room.Deleted {
				rooms = append(rooms, room)
			}
			seen[room.ID] = true
		}
		switch {
		case most > 0 && len(rooms) >= most:
			return rooms[:most], nil
		case cursors[page.cursor]:
			return rooms, nil
		case len(seen) > before:
			stale = 0
		case stale == maxStalePages:
			return nil, c.malformed(answer, fmt.Errorf("the list of rooms repeats itself after %d rooms, so that the rest of it cannot be read", len(seen)))
		default:
			stale++
		}
		cursor = page.cursor
		cursors[cursor] = true
	}
	return nil, refuse(rest.Malformed, "the list of OiChat rooms of user %s has more than %d pages", userID, maxPages)
}

// readPage reads one page. wanted is how many rooms are still of use; all when
// it is not positive.
func (c *Client) readPage(ctx context.Context, userID, cursor string, wanted int) (answer, page, error) {
	limit := pageSize
	if wanted > 0 {
		limit = min(wanted, pageSize)
	}
	request := c.request(listRoomsRoute)
	request.Query = url.Values{"user_id": {userID}, "limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		request.Query.Set("cursor", cursor)
	}
	answer, err := c.send(ctx, request, "")
	if err != nil {
		return answer, page{}, err
	}
	if answer.err != nil {
		return answer, page{}, c.malformed(answer, answer.err)
	}
	read, err := decodePage(answer.root)
	if err != nil {
		return answer, page{}, c.malformed(answer, err)
	}
	return answer, read, nil
}

// RoomFields changes a room; nil leaves a field alone. Metadata is a whole JSON
// object: whether the server replaces or merges is not documented
// (oichat-api.md §3), so compare what UpdateRoom returns.
type RoomFields struct {
	Name      *string
	ClearName bool // sends null, which the server may refuse or ignore (oichat-api.md §6 [assumed])
	Metadata  json.RawMessage
	Status    *string // open or resolved
}

func (f RoomFields) body() map[string]any {
	body := map[string]any{}
	if f.Name != nil {
		body["name"] = *f.Name
	}
	if f.ClearName {
		body["name"] = nil
	}
	if f.Metadata != nil {
		body["metadata"] = f.Metadata
	}
	if f.Status != nil {
		body["status"] = *f.Status
	}
	return body
}

// UpdateRoom changes a room and returns it as it is afterwards, read back when
// the answer does not tell (oichat-api.md §3 [assumed]). Without a field to
// change it only reads.
func (c *Client) UpdateRoom(ctx context.Context, roomID string, fields RoomFields) (Room, error) {
	if err := needID("room id", roomID); err != nil {
		return Room{}, err
	}
	body := fields.body()
	if len(body) == 0 {
		return c.GetRoom(ctx, roomID)
	}
	request := c.request(updateRoomRoute, roomID)
	request.Body = body
	answer, err := c.send(ctx, request, "")
	if err != nil {
		return Room{}, err
	}
	if row, found := find(answer.root, roomNames, roomKeys); found {
		room, err := decodeRoom(row)
		if err == nil && room.ID == roomID && room.described() && !room.Deleted {
			return room, nil
		}
	}
	return c.GetRoom(ctx, roomID)
}

// DeleteRoom deletes a room softly (oichat-api.md §4 [seed]). One that is gone
// is no error. Where the answer does not tell what became of the room, which
// anything between here and the server may have given, the room is read.
func (c *Client) DeleteRoom(ctx context.Context, roomID string) error {
	if err := needID("room id", roomID); err != nil {
		return err
	}
	answer, err := c.send(ctx, c.request(deleteRoomRoute, roomID), "")
	if err != nil || answer.tellsOf(roomID) {
		return unlessGone(err)
	}
	_, readErr := c.GetRoom(ctx, roomID)
	return c.whetherDone(answer, readErr, rest.IsKind(readErr, rest.NotFound))
}

// tellsOf reports whether the answer says that something was done to the room: by
// showing it, by a word, or by the status.
func (a answer) tellsOf(roomID string) bool {
	if row, found := find(a.root, roomNames, roomKeys); found {
		return text(row, roomKeys...) == roomID
	}
	root, _ := a.root.(object)
	return a.response.Status == http.StatusNoContent || root["success"] == true
}

// whetherDone is the error of a removal whose answer does not tell what became
// of it, when the room was read to find out.
func (c *Client) whetherDone(answer answer, readErr error, done bool) error {
	switch {
	case done:
		return nil
	case readErr != nil:
		return fmt.Errorf("the answer to %s %s does not tell whether it was done, and the room cannot be read: %w", answer.request.Method, answer.request.Path, readErr)
	}
	failure := c.rest.Malformed(answer.request, answer.response, "it does not tell whether it was done, and everything is as before")
	failure.Uncertain = false // it was looked for
	return failure
}

// unlessGone makes a success of the deletion of what is gone.
func unlessGone(err error) error {
	if rest.IsKind(err, rest.NotFound) {
		return nil
	}
	return err
}
