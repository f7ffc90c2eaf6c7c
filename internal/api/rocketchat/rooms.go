package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Room is a conversation of a visitor as the server tells it
// (rocketchat-livechat-api.md §2.5 [seed][server]). What is empty was not told.
type Room struct {
	ID              string
	Name            string // the visitor's name
	Open            bool
	VisitorID       string
	VisitorUsername string
	VisitorToken    string // a secret
	DepartmentID    string
	ServedBy        Agent  // without an id: nobody does
	Source          string // for example api
	Messages        int
	WaitingResponse bool
	CreatedAt       time.Time
	ClosedAt        time.Time // zero: it is not closed
	LastMessageAt   time.Time
	UpdatedAt       time.Time
}

func decodeRoom(row object) Room {
	owner := child(row, "v")
	return Room{
		ID:              text(row["_id"]),
		Name:            text(row["fname"]),
		Open:            yes(row["open"]), // closed rooms lack it
		VisitorID:       text(owner["_id"]),
		VisitorUsername: text(owner["username"]),
		VisitorToken:    text(owner["token"]),
		DepartmentID:    text(row["departmentId"]),
		ServedBy:        decodeAgent(child(row, "servedBy")),
		Source:          text(child(row, "source")["type"]),
		Messages:        whole(row["msgs"]),
		WaitingResponse: yes(row["waitingResponse"]),
		CreatedAt:       moment(row["ts"]),
		ClosedAt:        moment(row["closedAt"]),
		LastMessageAt:   moment(row["lm"]),
		UpdatedAt:       moment(row["_updatedAt"]),
	}
}

// OpenedRoom is a visitor's open room.
type OpenedRoom struct {
	Room
	New bool // it was created by the call; else it was open before
}

// OpenRoom returns the open room of a visitor, and creates one when there is none:
// a visitor has one open room at most (rocketchat-livechat-api.md §2.5 [server]).
// The agent is asked to serve a new room; empty for any. Never call it to read.
//
// When the answer is lost, the room is looked for without creating one. One that
// is there is told to be new by its age. While the server is out of order, and no
// room is there, it is asked again.
func (c *Client) OpenRoom(ctx context.Context, token, agentID string) (OpenedRoom, error) {
	if err := need("visitor token", token); err != nil {
		return OpenedRoom{}, err
	}
	var sent time.Time // of the first attempt of all
	for repeated := 0; ; repeated++ {
		opened, got, err := c.openRoom(ctx, token, agentID)
		if sent.IsZero() {
			sent = got.sent
		}
		if err == nil {
			if since, _ := got.createdSince(sent, opened.CreatedAt); repeated > 0 && since {
				opened.New = true // by an attempt before
			}
			return opened, nil
		}
		if !lost(err) {
			return OpenedRoom{}, err
		}
		found, search := c.findOpened(ctx, token, sent, err)
		if !isAbsent(search) || repeated >= c.config.MaxRetries || c.pause(ctx, repeated) != nil {
			return found, search
		}
	}
}

func (c *Client) openRoom(ctx context.Context, token, agentID string) (OpenedRoom, answer, error) {
	query := url.Values{"token": {token}}
	if agentID != "" {
		query.Set("agentId", agentID)
	}
	got, err := c.send(ctx, call{route: roomRoute, query: query, token: token, writes: true})
	if err != nil {
		return OpenedRoom{}, got, err
	}
	row, err := c.find(got, "room")
	return OpenedRoom{Room: decodeOpenRoom(row), New: yes(got.root["newRoom"])}, got, err
}

// decodeOpenRoom reads the room of an answer that tells of open rooms alone.
func decodeOpenRoom(row object) Room {
	room := decodeRoom(row)
	room.Open = row["open"] != false
	return room
}

// findOpened looks for the room of an opening that failed with cause. It creates
// none.
func (c *Client) findOpened(ctx context.Context, token string, sent time.Time, cause error) (OpenedRoom, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	id, err := c.FindOpenRoom(ctx, token)
	if err != nil {
		return OpenedRoom{}, &LostError{Object: "a room", Err: cause, Search: err}
	}
	if id == "" {
		return OpenedRoom{}, &LostError{Object: "a room", Err: cause}
	}
	room, got, err := c.getRoom(ctx, token, id)
	if err != nil {
		return OpenedRoom{}, &LostError{Object: "a room", Found: []string{id}, Err: cause, Search: err}
	}
	since, _ := got.createdSince(sent, room.CreatedAt)
	return OpenedRoom{Room: room, New: since}, nil
}

// isAbsent reports whether what was lost is not there so far.
func isAbsent(err error) bool {
	var lost *LostError
	return errors.As(err, &lost) && lost.Search == nil && len(lost.Found) == 0
}

// FindOpenRoom returns the id of the visitor's open room; empty when there is
// none, or no such visitor. It creates none. The server tells of rooms only while
// Omnichannel is switched on (rocketchat-livechat-api.md §2.1 [server]).
func (c *Client) FindOpenRoom(ctx context.Context, token string) (string, error) {
	if err := need("visitor token", token); err != nil {
		return "", err
	}
	config, err := c.GetConfig(ctx, ConfigQuery{Token: token})
	switch {
	case err != nil:
		return "", err
	case !config.Enabled:
		return "", refuse(rest.Forbidden, "Omnichannel is switched off on the server, which tells of no rooms then")
	}
	return config.Room.ID, nil
}

// GetRoom returns an open room of a visitor. One that is closed, and one that does
// not exist, are NotFound errors alike; RoomExists tells them apart.
func (c *Client) GetRoom(ctx context.Context, token, roomID string) (Room, error) {
	room, _, err := c.getRoom(ctx, token, roomID)
	return room, err
}

func (c *Client) getRoom(ctx context.Context, token, roomID string) (Room, answer, error) {
	// Without the id it would create a room.
	if err := need("visitor token", token, "room id", roomID); err != nil {
		return Room{}, answer{}, err
	}
	got, err := c.send(ctx, call{route: roomRoute, query: url.Values{"token": {token}, "rid": {roomID}}, token: token})
	if err != nil {
		return Room{}, got, err
	}
	row, err := c.find(got, "room")
	if err == nil && text(row["_id"]) != roomID {
		err = c.malformed(got, fmt.Errorf("it is about room %s", text(row["_id"])))
	}
	if err != nil {
		return Room{}, got, err
	}
	return decodeOpenRoom(row), got, nil
}

// RoomExists reports whether a visitor has a room, open or closed. It asks for the
// history, which the server shows of closed rooms as well
// (rocketchat-livechat-api.md §2.5 [server]).
func (c *Client) RoomExists(ctx context.Context, token, roomID string) (bool, error) {
	_, err := c.historyPage(ctx, token, roomID, url.Values{"limit": {"1"}})
	if HasCode(err, CodeInvalidRoom, CodeInvalidToken) {
		return false, nil
	}
	return err == nil, err
}

// CloseRoom closes a visitor's room. One that is closed already is no error, for
// closing is all that there is to do; one that does not exist is a NotFound error.
// The server may not let visitors close rooms, a Forbidden error with
// CodeCloseNotAllowed; CloseRoomByUser may help. A closed room cannot be reopened.
func (c *Client) CloseRoom(ctx context.Context, token, roomID string) error {
	if err := need("visitor token", token, "room id", roomID); err != nil {
		return err
	}
	// Closed twice it is CodeRoomClosed, and so may be repeated.
	_, err := c.send(ctx, call{route: closeRoomRoute, token: token, repeatable: true, body: struct {
		RoomID string `json:"rid"`
		Token  string `json:"token"`
	}{roomID, token}})
	return unlessClosed(err)
}

func unlessClosed(err error) error {
	if HasCode(err, CodeRoomClosed, "error-room-already-closed", "error-room-closed") {
		return nil
	}
	return err
}

// maxOpenRooms bounds how many rooms of a visitor are closed. There is one as a rule.
const maxOpenRooms = 20

// CloseOpenRooms closes all open rooms of a visitor, and returns their ids.
func (c *Client) CloseOpenRooms(ctx context.Context, token string) ([]string, error) {
	var closed []string
	for range maxOpenRooms {
		id, err := c.FindOpenRoom(ctx, token)
		if err != nil || id == "" {
			return closed, err
		}
		if err := c.CloseRoom(ctx, token, id); err != nil {
			return closed, err
		}
		closed = append(closed, id)
	}
	return closed, refuse(rest.Conflict, "the visitor still has an open room after %d were closed; somebody opens them again", maxOpenRooms)
}

// SurveyAnswer is the answer to a question of a survey. The server takes
// satisfaction, agentKnowledge, agentResposiveness (as it spells it) and
// agentFriendliness with "1" to "5", and additionalFeedback with any text
// (rocketchat-livechat-api.md §2.4 [server]).
type SurveyAnswer struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SubmitSurvey answers the survey on a room, which may be closed, and replaces
// answers of before. It returns what the server took: others it drops without a
// word. When it takes none, the error is Invalid.
func (c *Client) SubmitSurvey(ctx context.Context, token, roomID string, answers []SurveyAnswer) (map[string]string, error) {
	if err := need("visitor token", token, "room id", roomID); err != nil {
		return nil, err
	}
	if len(answers) == 0 {
		return nil, refuse(rest.Invalid, "a survey needs an answer")
	}
	got, err := c.send(ctx, call{route: surveyRoute, token: token, repeatable: true, body: struct {
		RoomID string         `json:"rid"`
		Token  string         `json:"token"`
		Data   []SurveyAnswer `json:"data"`
	}{roomID, token, answers}})
	if err != nil {
		return nil, err
	}
	taken := textMap(got.root["data"])
	for _, row := range rows(got.root["data"]) { // as the vendor's page has it
		taken[text(row["name"])] = text(row["value"])
	}
	return taken, nil
}

// TransferRoom passes an open room to another department, by its id. When the
// answer is lost, the room tells whether it was passed on.
func (c *Client) TransferRoom(ctx context.Context, token, roomID, departmentID string) error {
	if err := need("visitor token", token, "room id", roomID, "department id", departmentID); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: transferRoute, token: token, body: struct {
		Token      string `json:"token"`
		RoomID     string `json:"rid"`
		Department string `json:"department"`
	}{token, roomID, departmentID}})
	if !lost(err) {
		return err
	}
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	room, readErr := c.GetRoom(ctx, token, roomID)
	if readErr == nil && room.DepartmentID == departmentID {
		return nil
	}
	return err
}

// SendTranscript has the room's messages sent to an e-mail address, and returns
// what the server says to that. It is never repeated; an error that IsUncertain
// says that it may have been sent all the same.
func (c *Client) SendTranscript(ctx context.Context, token, roomID, email string) (string, error) {
	if err := need("visitor token", token, "room id", roomID, "e-mail address", email); err != nil {
		return "", err
	}
	got, err := c.send(ctx, call{route: transcriptRoute, token: token, body: struct {
		RoomID string `json:"rid"`
		Token  string `json:"token"`
		Email  string `json:"email"`
	}{roomID, token, email}})
	return text(got.root["message"]), err
}

// ListVisitorRooms returns the open rooms of a visitor. The server tells little of
// each. For administrators.
func (c *Client) ListVisitorRooms(ctx context.Context, token string) ([]Room, error) {
	if err := need("visitor token", token); err != nil {
		return nil, err
	}
	got, err := c.send(ctx, call{route: visitorRoomsRoute, ids: []string{token}, token: token})
	if err != nil {
		return nil, err
	}
	if _, ok := got.root["rooms"].([]any); !ok {
		return nil, c.malformed(got, errors.New("it holds no list of rooms"))
	}
	found := []Room{}
	for _, row := range rows(got.root["rooms"]) {
		found = append(found, decodeOpenRoom(row))
	}
	return found, nil
}

// RoomsQuery narrows a list of rooms.
type RoomsQuery struct {
	Open         *bool  // nil: open and closed ones
	DepartmentID string // empty: of all
}

// ListRooms returns all rooms with the tokens of their visitors. For administrators
// who may see all rooms (view-livechat-rooms).
func (c *Client) ListRooms(ctx context.Context, wanted RoomsQuery) ([]Room, error) {
	query := url.Values{}
	if wanted.Open != nil {
		query.Set("open", strconv.FormatBool(*wanted.Open))
	}
	if wanted.DepartmentID != "" {
		query.Set("departmentId", wanted.DepartmentID)
	}
	listed, err := c.list(ctx, listRoomsRoute, "rooms", query)
	if err != nil {
		return nil, err
	}
	found := make([]Room, 0, len(listed))
	for _, row := range listed {
		found = append(found, decodeRoom(row))
	}
	return found, nil
}

// CloseRoomByUser closes a room as the administrator, with a comment and tags,
// which some departments want. One that is closed already is no error; one that
// does not exist is a NotFound error.
func (c *Client) CloseRoomByUser(ctx context.Context, roomID, comment string, tags []string) error {
	if err := need("room id", roomID); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: closeByUserRoute, repeatable: true, body: struct {
		RoomID  string   `json:"rid"`
		Comment string   `json:"comment,omitempty"`
		Tags    []string `json:"tags,omitempty"`
	}{roomID, comment, tags}})
	return unlessClosed(err)
}

// DeleteRoom deletes a closed room for good. One that is gone is no error. For
// administrators (remove-closed-livechat-room), since Rocket.Chat 7.12.
func (c *Client) DeleteRoom(ctx context.Context, roomID string) error {
	if err := need("room id", roomID); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: deleteRoomRoute, repeatable: true, body: struct {
		RoomID string `json:"roomId"`
	}{roomID}})
	var failure *rest.Error
	if errors.As(err, &failure) && isBare(err) {
		// The server's error has no reason when the room is open (rocketchat-livechat-api.md §3 [server]).
		failure.Kind = rest.Conflict
		failure.Message = "the server gives no reason; the room may be open, and has to be closed first"
	}
	return unlessGone(err)
}

// isBare reports whether the server said no more than that it failed.
func isBare(err error) bool {
	var failure *rest.Error
	return errors.As(err, &failure) && failure.Kind == rest.Invalid && failure.Message == noReason
}
