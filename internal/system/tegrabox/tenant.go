package tegrabox

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// withoutCoalescing is the environment variable that makes each resource speak
// to the server alone. It is there for benchmarks.
const withoutCoalescing = "CHAT_WITHOUT_COALESCING"

// tenant is one project as the resources see it: the client, with the reads of
// many users or rooms answered by one list. Its methods do what the client's of
// the same name do; all that are not here are the client's own.
type tenant struct {
	*tegrabox.Client
	users *coalesce.Snapshot[string, tegrabox.User] // by id
	rooms *coalesce.Snapshot[string, tegrabox.Room] // by id

	// terse is true when the server leaves fields of a user out although it was
	// asked for the user alone. A list then need tell no more.
	terse atomic.Bool
}

func newTenant(client *tegrabox.Client) *tenant {
	t := &tenant{Client: client}
	t.users = newSnapshot("users", t.listUsers, t.readUser)
	t.rooms = newSnapshot("rooms", t.listRooms, client.GetRoom)
	return t
}

// newSnapshot returns a snapshot that logs why a list failed.
func newSnapshot[V any](what string, list func(context.Context) (map[string]V, error), get func(context.Context, string) (V, error)) *coalesce.Snapshot[string, V] {
	config := coalesce.SnapshotConfig[string, V]{List: list, Get: get, Failed: func(ctx context.Context, err error) {
		tflog.Warn(ctx, "The list of "+what+" could not be read, so that each is read alone", map[string]any{"error": err.Error()})
	}}
	if _, alone := os.LookupEnv(withoutCoalescing); alone {
		config.Fresh = -1
	}
	return coalesce.NewSnapshot(config)
}

func (t *tenant) listUsers(ctx context.Context) (map[string]tegrabox.User, error) {
	listed, err := t.Client.ListUsers(ctx)
	return byID(listed, func(user tegrabox.User) string { return user.ID }), err
}

func (t *tenant) listRooms(ctx context.Context) (map[string]tegrabox.Room, error) {
	listed, err := t.Client.ListRooms(ctx)
	return byID(listed, func(room tegrabox.Room) string { return room.ID }), err
}

func byID[V any](listed []V, id func(V) string) map[string]V {
	all := make(map[string]V, len(listed))
	for _, one := range listed {
		all[id(one)] = one
	}
	return all
}

// readUser reads a user alone.
func (t *tenant) readUser(ctx context.Context, userID string) (tegrabox.User, error) {
	user, err := t.Client.GetUser(ctx, userID)
	if err == nil && user.Untold != (tegrabox.Untold{}) {
		t.terse.Store(true)
	}
	return user, err
}

// GetUser returns one user, from a list of all users when many are asked for.
// One of whom the list leaves something out is read alone.
func (t *tenant) GetUser(ctx context.Context, userID string) (tegrabox.User, error) {
	user, err := t.users.Get(ctx, userID)
	if err == nil && user.Untold != (tegrabox.Untold{}) && !t.terse.Load() {
		return t.readUser(ctx, userID)
	}
	return user, err
}

// AllUsers returns the users of the project, sorted by username.
func (t *tenant) AllUsers(ctx context.Context) ([]tegrabox.User, error) {
	users, err := t.users.All(ctx)
	return slices.SortedFunc(maps.Values(users), func(a, b tegrabox.User) int {
		return cmp.Or(strings.Compare(a.Username, b.Username), strings.Compare(a.ID, b.ID))
	}), err
}

// CreateUser creates a user.
func (t *tenant) CreateUser(ctx context.Context, user tegrabox.NewUser) (tegrabox.User, error) {
	created, err := t.Client.CreateUser(ctx, user)
	written(t.users, created.ID)
	return created, err
}

// UpdateUser changes a user.
func (t *tenant) UpdateUser(ctx context.Context, userID string, fields tegrabox.UserFields) (tegrabox.User, error) {
	defer t.users.Writing(userID)()
	return t.Client.UpdateUser(ctx, userID, fields)
}

// DeleteUser deletes a user.
func (t *tenant) DeleteUser(ctx context.Context, userID string) error {
	defer t.users.Writing(userID)()
	return t.Client.DeleteUser(ctx, userID)
}

// GetRoom returns one room, from a list of all rooms when many are asked for.
func (t *tenant) GetRoom(ctx context.Context, roomID string) (tegrabox.Room, error) {
	return t.rooms.Get(ctx, roomID)
}

// AllRooms returns the rooms of the project, sorted by name.
func (t *tenant) AllRooms(ctx context.Context) ([]tegrabox.Room, error) {
	rooms, err := t.rooms.All(ctx)
	return slices.SortedFunc(maps.Values(rooms), func(a, b tegrabox.Room) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	}), err
}

// CreateRoom creates a room.
func (t *tenant) CreateRoom(ctx context.Context, room tegrabox.NewRoom) (tegrabox.Room, error) {
	created, err := t.Client.CreateRoom(ctx, room)
	written(t.rooms, created.ID)
	return created, err
}

// RenameRoom tries to rename a room.
func (t *tenant) RenameRoom(ctx context.Context, roomID, name string) (tegrabox.Room, error) {
	defer t.rooms.Writing(roomID)()
	return t.Client.RenameRoom(ctx, roomID, name)
}

// DeleteRoom tries to delete a room.
func (t *tenant) DeleteRoom(ctx context.Context, roomID string) error {
	defer t.rooms.Writing(roomID)()
	return t.Client.DeleteRoom(ctx, roomID)
}

// written makes known that an object was created. Without an id it may be any.
func written[V any](snapshot *coalesce.Snapshot[string, V], id string) {
	if id == "" {
		snapshot.Written()
		return
	}
	snapshot.Written(id)
}
