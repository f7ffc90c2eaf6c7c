package tegrabox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Room is a room as the server tells it (tegrabox-api.md §3: the id is [seed],
// the shape [assumed]).
type Room struct {
	ID        string
	Name      string
	CreatedBy string    // id of a user, who is a member
	CreatedAt time.Time // zero: the server did not say
	UpdatedAt time.Time // zero: the server did not say
}

func decodeRoom(row object) Room {
	return Room{
		ID:        text(row, idKeys...),
		Name:      text(row, "name"),
		CreatedBy: text(row, "created_by", "createdBy"),
		CreatedAt: moment(row["created_at"]),
		UpdatedAt: moment(row["updated_at"]),
	}
}

// described reports whether the server told what it must know of every room.
func (r Room) described() bool { return r.Name != "" && r.CreatedBy != "" }

// NewRoom is a room to create.
type NewRoom struct {
	Name      string `json:"name"`
	CreatedBy string `json:"created_by"` // id of a user, who becomes a member
}

func (r NewRoom) object() string { return fmt.Sprintf("the room %q of user %s", r.Name, r.CreatedBy) }

// CreateRoom creates a room. What the answer leaves out is read from the server;
// when that fails, the room is returned with its id besides the error, for it
// exists. TegraBox knows no idempotency keys, and rooms may have the same name: a
// creation whose answer was lost is never repeated, but looked for in the list by
// name, creator and time of creation. If one room alone can be it, it is returned;
// else the error is a LostError that names the candidates.
func (c *Client) CreateRoom(ctx context.Context, room NewRoom) (Room, error) {
	if err := errors.Join(needID("room name", room.Name), needID("id of the user who creates the room", room.CreatedBy)); err != nil {
		return Room{}, err
	}
	leave, err := c.creates.enter(ctx, room)
	if err != nil {
		return Room{}, err
	}
	defer leave()
	started := c.config.Now()
	created, err := c.postRoom(ctx, room)
	if lost(err) && created.ID == "" {
		created, err = c.resolveRoom(ctx, room, started, err)
	}
	if created.ID != "" {
		c.creates.remember(created.ID)
	}
	return created, err
}

func (c *Client) postRoom(ctx context.Context, room NewRoom) (Room, error) {
	answer, err := c.send(ctx, call{route: createRoomRoute, body: room})
	if err != nil {
		return Room{}, err
	}
	row, err := c.find(answer, "room", idKeys...)
	if err != nil {
		return Room{}, err
	}
	created := decodeRoom(row)
	if created.described() {
		return created, nil
	}
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	read, err := c.GetRoom(ctx, created.ID)
	if err != nil {
		return created, fmt.Errorf("TegraBox created room %s, but it cannot be read: %w", created.ID, err)
	}
	return read, nil
}

// resolveRoom looks for the room of a creation that failed with cause.
func (c *Client) resolveRoom(ctx context.Context, room NewRoom, started time.Time, cause error) (Room, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	rooms, err := c.ListRooms(ctx)
	if err != nil {
		return Room{}, &LostError{Object: room.object(), Err: cause, Search: err}
	}
	candidates, ids := []Room{}, []string{}
	for _, found := range rooms {
		same := found.Name == room.Name && found.CreatedBy == room.CreatedBy
		if same && !c.creates.remembers(found.ID) && (found.CreatedAt.IsZero() || recent(found.CreatedAt, started)) {
			candidates, ids = append(candidates, found), append(ids, found.ID)
		}
	}
	if len(candidates) == 1 && !candidates[0].CreatedAt.IsZero() {
		return candidates[0], nil
	}
	return Room{}, &LostError{Object: room.object(), Candidates: ids, Err: cause}
}

// enter waits until no other creation of a room of that name and creator is on
// its way. Whoever has entered calls leave.
func (r *roomCreates) enter(ctx context.Context, room NewRoom) (leave func(), err error) {
	key := room.CreatedBy + "\x00" + room.Name
	r.mutex.Lock()
	turn := r.turns[key]
	if turn == nil {
		turn = make(chan struct{}, 1)
		r.turns[key] = turn
	}
	r.mutex.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("stopped while another creation of %s was on its way: %w", room.object(), ctx.Err())
	}
}

func (r *roomCreates) remember(id string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.ids[id] = true
}

func (r *roomCreates) remembers(id string) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.ids[id]
}

// GetRoom returns one room. One that does not exist is a NotFound error. A 404
// that does not say what is missing is held against the list of rooms.
func (c *Client) GetRoom(ctx context.Context, roomID string) (Room, error) {
	row, err := c.get(ctx, call{route: getRoomRoute, ids: []string{roomID}}, listRoomsRoute, "room")
	if err != nil {
		return Room{}, err
	}
	return decodeRoom(row), nil
}

// ListRooms returns all rooms of the project, in the server's order.
func (c *Client) ListRooms(ctx context.Context) ([]Room, error) {
	rows, err := c.list(ctx, call{route: listRoomsRoute}, 0)
	if err != nil {
		return nil, err
	}
	rooms := make([]Room, 0, len(rows))
	for _, row := range rows {
		if !isDeleted(row) {
			rooms = append(rooms, decodeRoom(row))
		}
	}
	return rooms, nil
}

// RenameRoom tries to rename a room. Today the server answers 501
// (tegrabox-api.md §3 [seed]), which is an Unsupported error.
func (c *Client) RenameRoom(ctx context.Context, roomID, name string) (Room, error) {
	if err := errors.Join(needID("room id", roomID), needID("room name", name)); err != nil {
		return Room{}, err
	}
	answer, err := c.send(ctx, call{route: updateRoomRoute, ids: []string{roomID}, body: map[string]string{"name": name}})
	if err != nil {
		return Room{}, err
	}
	if row, found := find(answer.root, "room", idKeys); found {
		if room := decodeRoom(row); room.ID == roomID && room.described() && !isDeleted(row) {
			return room, nil
		}
	}
	return c.GetRoom(ctx, roomID)
}

// DeleteRoom tries to delete a room. Today the server answers 501
// (tegrabox-api.md §3 [seed]), which is an Unsupported error. A room that is gone
// is none.
func (c *Client) DeleteRoom(ctx context.Context, roomID string) error {
	if err := needID("room id", roomID); err != nil {
		return err
	}
	return c.remove(ctx, call{route: deleteRoomRoute, ids: []string{roomID}}, "room", func() error {
		_, err := c.GetRoom(ctx, roomID)
		return err
	})
}

// JoinRoom lets the user of a JWT into a room; an empty one stands for the
// configured one (tegrabox-api.md §3 [assumed]). Who is a member already may join.
func (c *Client) JoinRoom(ctx context.Context, roomID, jwt string) error {
	err := c.asUser(ctx, joinRoomRoute, roomID, jwt)
	if rest.IsKind(err, rest.Conflict) {
		return nil
	}
	return err
}

// LeaveRoom takes the user of a JWT out of a room; an empty one stands for the
// configured one (tegrabox-api.md §3 [assumed]). A NotFound error says that the
// room does not exist, or the user is no member.
func (c *Client) LeaveRoom(ctx context.Context, roomID, jwt string) error {
	err := c.asUser(ctx, leaveRoomRoute, roomID, jwt)
	if rest.IsKind(err, rest.NotFound) && rest.IsUncertain(err) {
		return nil // an attempt whose answer was lost has done it
	}
	return err
}

// asUser makes a call on behalf of the user of a JWT. Joining or leaving twice is
// joining or leaving once.
func (c *Client) asUser(ctx context.Context, route route, roomID, jwt string) error {
	if err := needID("room id", roomID); err != nil {
		return err
	}
	jwt, err := c.userJWT(route, jwt)
	if err != nil {
		return err
	}
	_, err = c.send(ctx, call{route: route, ids: []string{roomID}, jwt: jwt, repeatable: true})
	return withoutToken(err, jwt)
}
