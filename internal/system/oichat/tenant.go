package oichat

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// tenant is one project as the resources see it: the client, with the reads of a
// room shared by all who ask for it. OiChat lists rooms for one user only, and a
// user may be in any number of them, so that no list can stand for the reads of
// many rooms. Methods do what the client's of the same name do; all that are not
// here are the client's own.
type tenant struct {
	*oichat.Client

	mutex sync.Mutex
	rooms map[string]*sharedRoom
}

// sharedRoom is what this process knows of one room.
type sharedRoom struct {
	created atomic.Bool // by this process
	// reads is a collection of this one room. A room that is gone is in it too,
	// as an error: a hundred participants ask for it once.
	reads *coalesce.Snapshot[string, reading]
	participation
}

// reading is how the read of a room ended.
type reading struct {
	room oichat.Room
	gone error
}

func newTenant(client *oichat.Client) *tenant {
	return &tenant{Client: client, rooms: map[string]*sharedRoom{}}
}

// shared is what is shared about a room.
func (t *tenant) shared(roomID string) *sharedRoom {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	room := t.rooms[roomID]
	if room == nil {
		room = &sharedRoom{reads: coalesce.NewSnapshot(coalesce.SnapshotConfig[string, reading]{
			List:   func(ctx context.Context) (map[string]reading, error) { return t.readRoom(ctx, roomID) },
			Gather: 1, // whoever comes while it is being read joins all the same
		})}
		t.rooms[roomID] = room
	}
	return room
}

func (t *tenant) readRoom(ctx context.Context, roomID string) (map[string]reading, error) {
	room, err := t.Client.GetRoom(ctx, roomID)
	if err != nil && !rest.IsKind(err, rest.NotFound) {
		return nil, err
	}
	return map[string]reading{roomID: {room, err}}, nil
}

// GetRoom returns one room. The caller does not change what it holds.
func (t *tenant) GetRoom(ctx context.Context, roomID string) (oichat.Room, error) {
	found, err := t.shared(roomID).reads.All(ctx)
	if err != nil {
		return oichat.Room{}, err
	}
	return found[roomID].room, found[roomID].gone
}

// writing makes known that a room is being changed, until it is called.
func (t *tenant) writing(roomID string) (ended func()) { return t.shared(roomID).reads.Writing() }

// CreateRoom creates a room of its own. OiChat answers a key that it has seen
// before with the room that it has made then, which may belong to another
// resource or be deleted since.
func (t *tenant) CreateRoom(ctx context.Context, room oichat.NewRoom) (oichat.Room, error) {
	created, err := t.Client.CreateRoom(ctx, room)
	if created.ID == "" {
		return created, err
	}
	shared := t.shared(created.ID)
	shared.reads.Written()
	// A resource that is deleting the room is waited for, however long: the room is there, for the state to know.
	end, waiting := shared.turns.Begin(context.WithoutCancel(ctx), theRoom)
	if waiting != nil {
		return created, waiting
	}
	defer end()
	if shared.created.Swap(true) {
		return oichat.Room{}, fmt.Errorf("OiChat answered with room %s, which another resource of this configuration has just created. "+
			"Give each room an idempotency_key of its own; if there is none, OiChat has one direct room for each two users", created.ID)
	}
	if room.IdempotencyKey == "" {
		return created, err
	}
	if _, err := t.GetRoom(ctx, created.ID); rest.IsKind(err, rest.NotFound) {
		return oichat.Room{}, fmt.Errorf("OiChat answered with room %s, which was created with the same idempotency_key and is deleted since. "+
			"Choose another key, or leave idempotency_key out", created.ID)
	}
	return created, err
}

// UpdateRoom changes a room and returns it as it is afterwards.
func (t *tenant) UpdateRoom(ctx context.Context, roomID string, fields oichat.RoomFields) (oichat.Room, error) {
	defer t.writing(roomID)()
	return t.Client.UpdateRoom(ctx, roomID, fields)
}

// DeleteRoom deletes a room.
func (t *tenant) DeleteRoom(ctx context.Context, roomID string) error {
	defer t.writing(roomID)()
	return t.Client.DeleteRoom(ctx, roomID)
}

// AddParticipant lets a user into a room.
func (t *tenant) AddParticipant(ctx context.Context, roomID, userID string) error {
	defer t.writing(roomID)()
	return t.Client.AddParticipant(ctx, roomID, userID)
}

// RemoveParticipant removes a user from a room.
func (t *tenant) RemoveParticipant(ctx context.Context, roomID, userID string) error {
	defer t.writing(roomID)()
	return t.Client.RemoveParticipant(ctx, roomID, userID)
}

// Leave takes a user out of a room, as the user would.
func (t *tenant) Leave(ctx context.Context, roomID, userID, key string) (destroyed bool, err error) {
	defer t.writing(roomID)()
	return t.Client.Leave(ctx, roomID, userID, key)
}
