package ethora

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

const (
	// batchLimit is how many users one request of Ethora may carry
	// (ethora-api.md §5.1, §5.5, §5.7 [client]).
	batchLimit = 100

	// concurrentCalls is how many requests one bulk operation has under way.
	concurrentCalls = 8

	// fewReads is how many objects are cheaper to read one by one than by a list.
	fewReads = 3
)

// withoutCoalescing is the environment variable that makes each resource speak
// to the server alone. It is there for benchmarks.
const withoutCoalescing = "CHAT_WITHOUT_COALESCING"

// tenant is one app tree as the resources see it: the client, with reads shared
// and writes sent together. Its methods do what the client's of the same name
// do; all that are not here are the client's own.
type tenant struct {
	*ethora.Client
	apps *each[string, *tenantApp]
}

func newTenant(client *ethora.Client) *tenant {
	_, alone := os.LookupEnv(withoutCoalescing)
	return &tenant{
		Client: client,
		apps:   newEach(func(appID string) *tenantApp { return newTenantApp(client, appID, alone) }),
	}
}

// app is what is shared in one app; the tenant's own when appID is empty.
func (t *tenant) app(appID string) *tenantApp { return t.apps.get(cmp.Or(appID, t.AppID())) }

// tenantApp is one app of a tenant.
type tenantApp struct {
	client *ethora.Client
	id     string
	reads  *sharedReads
	writes *sharedWrites
	turns  system.Turns // of users, rooms and the access of users to rooms, by userKey, roomKey and accessKey
}

func newTenantApp(client *ethora.Client, appID string, alone bool) *tenantApp {
	reads := newSharedReads(client, appID, alone)
	return &tenantApp{client: client, id: appID, reads: reads, writes: newSharedWrites(client, appID, reads, alone)}
}

// each makes a value for a key when it is first asked for, and keeps it.
type each[K comparable, V any] struct {
	create func(K) V

	mutex sync.Mutex
	made  map[K]V
}

func newEach[K comparable, V any](create func(K) V) *each[K, V] {
	return &each[K, V]{create: create, made: map[K]V{}}
}

func (e *each[K, V]) get(key K) V {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	value, found := e.made[key]
	if !found {
		value = e.create(key)
		e.made[key] = value
	}
	return value
}

// all is what was made so far.
func (e *each[K, V]) all() []V {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return slices.Collect(maps.Values(e.made))
}

// forget drops what was made for a key.
func (e *each[K, V]) forget(key K) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	delete(e.made, key)
}

// DeleteApp deletes an app. What was read of it before answers nobody any more.
func (t *tenant) DeleteApp(ctx context.Context, appID string, options ethora.DeleteOptions) error {
	defer t.apps.forget(cmp.Or(appID, t.AppID()))
	return t.Client.DeleteApp(ctx, appID, options)
}

// GetUser returns one user, from a list of all users when many are asked for.
func (t *tenant) GetUser(ctx context.Context, appID, userID string) (ethora.User, error) {
	return t.GetKnownUser(ctx, appID, userID, ethora.User{})
}

// GetKnownUser is GetUser for a user of whom something is known. What is known
// and seems to be gone is asked for directly, for a list may leave it out.
func (t *tenant) GetKnownUser(ctx context.Context, appID, userID string, known ethora.User) (ethora.User, error) {
	app := t.app(appID)
	return app.reads.getUser(ctx, ethora.PlainID(app.id, userID), known)
}

// AllUsers returns the active users of an app, sorted by plain id.
func (t *tenant) AllUsers(ctx context.Context, appID string) ([]ethora.User, error) {
	users, err := t.app(appID).reads.users.All(ctx)
	return slices.SortedFunc(maps.Values(users), func(a, b ethora.User) int {
		return cmp.Or(strings.Compare(a.UserID, b.UserID), strings.Compare(a.ID, b.ID))
	}), err
}

// KnownUsers returns users by plain id, archived ones as the server tells them;
// known holds what is known of each. A user that the list of all users lacks, or
// shows without something that is known, is asked for alone, and left out when
// the server denies it then. Where that shows that the list leaves things out,
// all of the users are asked for alone.
func (t *tenant) KnownUsers(ctx context.Context, appID string, known map[string]ethora.User) (map[string]ethora.User, error) {
	reads := t.app(appID).reads
	wasThin := reads.direct.thin.Load()
	found, err := reads.knownUsers(ctx, known)
	if err == nil && !wasThin && reads.direct.thin.Load() {
		return reads.knownUsers(ctx, known)
	}
	return found, err
}

// GetChat returns one room, from a list of all rooms when many are asked for.
func (t *tenant) GetChat(ctx context.Context, appID, roomID string) (ethora.Chat, error) {
	app := t.app(appID)
	return app.reads.rooms.Get(ctx, ethora.PlainID(app.id, roomID))
}

// AllChats returns the rooms of an app without their members, sorted by name.
func (t *tenant) AllChats(ctx context.Context, appID string) ([]ethora.Chat, error) {
	rooms, err := t.app(appID).reads.rooms.All(ctx)
	return slices.SortedFunc(maps.Values(rooms), byName), err
}

// AllMembers returns the rooms of an app with the members that the list shows,
// sorted by name.
func (t *tenant) AllMembers(ctx context.Context, appID string) ([]ethora.RoomMembers, error) {
	rooms, err := t.app(appID).reads.members.All(ctx)
	return slices.SortedFunc(maps.Values(rooms), func(a, b ethora.RoomMembers) int { return byName(a.Chat, b.Chat) }), err
}

func byName(a, b ethora.Chat) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
}

// ListMembers returns all members of a room, which the caller does not change.
func (t *tenant) ListMembers(ctx context.Context, appID, roomID string) ([]ethora.Member, error) {
	return t.app(appID).reads.listMembers(ctx, appID, roomID)
}

// membersOf are all members of a room of AllMembers, which may show a part.
func (t *tenant) membersOf(ctx context.Context, appID string, room ethora.RoomMembers) ([]ethora.Member, error) {
	return t.app(appID).reads.allMembers(ctx, room)
}

// HasAccess reports whether a user is in a room.
func (t *tenant) HasAccess(ctx context.Context, appID, roomID, userID string) (bool, error) {
	app := t.app(appID)
	return app.reads.access.Get(ctx, edge{ethora.PlainID(app.id, roomID), ethora.PlainID(app.id, userID)})
}

// WaitAccess waits until the server shows a change of access. All who wait at
// the same time look together.
func (t *tenant) WaitAccess(ctx context.Context, appID, roomID string, present, absent []string) (missing, lingering []string, err error) {
	app := t.app(appID)
	return t.WaitAccessBy(ctx, app.id, roomID, present, absent, app.reads.look)
}

// CreateUser creates a user together with others that are created at the same
// time.
func (t *tenant) CreateUser(ctx context.Context, appID string, user ethora.NewUser, bypassEmailConfirmation bool) (ethora.CreateUserOutcome, error) {
	app := t.app(appID)
	end, err := app.turns.Begin(ctx, userKey(user.UserID))
	if err != nil {
		return ethora.CreateUserOutcome{}, err
	}
	defer end()
	return app.writes.creations(ctx, bypassEmailConfirmation).do(ctx, user)
}

// UpdateUser changes a user together with others that are changed at the same
// time. The user is nil where the server's answer does not tell it.
func (t *tenant) UpdateUser(ctx context.Context, appID string, update ethora.UserUpdate) (*ethora.User, error) {
	return t.app(appID).writes.updates.do(ctx, update)
}

// updatedUser changes a user and returns it as it is then.
func (t *tenant) updatedUser(ctx context.Context, appID string, update ethora.UserUpdate) (ethora.User, error) {
	told, err := t.UpdateUser(ctx, appID, update)
	switch {
	case err != nil:
		return ethora.User{}, err
	case told != nil:
		return *told, nil
	}
	return t.GetUser(ctx, appID, update.UserID)
}

// DeleteUser deletes a user together with others that are deleted at the same
// time.
func (t *tenant) DeleteUser(ctx context.Context, appID, userID string, options ethora.DeleteOptions) error {
	app := t.app(appID)
	end, err := app.turns.Begin(ctx, userKey(userID))
	if err != nil {
		return err
	}
	defer end()
	_, err = app.writes.deletions.get(options).do(ctx, userID)
	return err
}

// turns are whose turn it is to create things of an app and to delete them.
func (t *tenant) turns(appID string) *system.Turns { return &t.app(appID).turns }

func userKey(userID string) string { return "user " + userID }

func roomKey(roomID string) string { return "room " + roomID }

// accessKey is one user's access to one room.
func accessKey(roomID, userID string) string { return "access " + system.JoinID(roomID, userID) }

// accessKeys are the accesses of several users to one room.
func accessKeys(roomID string, userIDs []string) []string {
	keys := make([]string, 0, len(userIDs))
	for _, userID := range userIDs {
		keys = append(keys, accessKey(roomID, userID))
	}
	return keys
}

// GrantAccess lets a user into a room together with others who are let into it
// at the same time.
func (t *tenant) GrantAccess(ctx context.Context, appID, roomID, userID string) error {
	_, err := t.app(appID).writes.grants.get(roomID).do(ctx, userID)
	return err
}

// RemoveAccess takes a user out of a room together with others who are taken
// out of it at the same time.
func (t *tenant) RemoveAccess(ctx context.Context, appID, roomID, userID string) error {
	_, err := t.app(appID).writes.removals.get(roomID).do(ctx, userID)
	return err
}

// CreateUsers creates any number of users and returns one result for each, in
// their order.
func (t *tenant) CreateUsers(ctx context.Context, appID string, users []ethora.NewUser, bypassEmailConfirmation bool) []ethora.CreateUserResult {
	writes := t.app(appID).writes
	return inChunks(users, func(chunk []ethora.NewUser) []ethora.CreateUserResult {
		return writes.createUsers(ctx, chunk, bypassEmailConfirmation)
	})
}

// UpdateUsers changes any number of users and returns one result for each, in
// their order.
func (t *tenant) UpdateUsers(ctx context.Context, appID string, updates []ethora.UserUpdate) []ethora.UpdateUserResult {
	writes := t.app(appID).writes
	return inChunks(updates, func(chunk []ethora.UserUpdate) []ethora.UpdateUserResult {
		return writes.updateUsers(ctx, chunk)
	})
}

// DeleteUsers deletes any number of users and returns one error for each, in
// their order.
func (t *tenant) DeleteUsers(ctx context.Context, appID string, userIDs []string, options ethora.DeleteOptions) []error {
	writes := t.app(appID).writes
	return inChunks(userIDs, func(chunk []string) []error { return writes.deleteUsers(ctx, chunk, options) })
}

// GrantMembers lets any number of users into a room and returns one error for
// each, in their order.
func (t *tenant) GrantMembers(ctx context.Context, appID, roomID string, userIDs []string) []error {
	return t.app(appID).writes.grantAccess(ctx, roomID, userIDs)
}

// RemoveMembers takes any number of users out of a room and returns one error
// for each, in their order.
func (t *tenant) RemoveMembers(ctx context.Context, appID, roomID string, userIDs []string) []error {
	return t.app(appID).writes.removeAccess(ctx, roomID, userIDs)
}

// CreateChat creates a room.
func (t *tenant) CreateChat(ctx context.Context, appID string, chat ethora.NewChat) (ethora.Chat, error) {
	app := t.app(appID)
	end, err := app.turns.Begin(ctx, roomKey(chat.RoomID))
	if err != nil {
		return ethora.Chat{}, err
	}
	defer end()
	defer app.reads.changeRoom(chat.RoomID)()
	created, err := t.Client.CreateChat(ctx, app.id, chat)
	if err == nil {
		app.reads.created.Store(created.RoomID, true)
	}
	return created, err
}

// UpdateChat changes a room.
func (t *tenant) UpdateChat(ctx context.Context, appID, roomID string, fields ethora.ChatFields) error {
	app := t.app(appID)
	defer app.reads.changeRoom(roomID)()
	return t.Client.UpdateChat(ctx, app.id, roomID, fields)
}

// DeleteChat deletes a room and makes sure that it is gone. All who delete rooms
// at the same time look together.
func (t *tenant) DeleteChat(ctx context.Context, appID, roomID string) error {
	app := t.app(appID)
	end, err := app.turns.Begin(ctx, roomKey(roomID))
	if err != nil {
		return err
	}
	defer end()
	if err := app.writes.removeRoom(ctx, roomID); err != nil {
		return err
	}
	return t.ConfirmChatRemoved(ctx, app.id, roomID, app.reads.findRoom)
}

// inChunks calls send for chunks of what one request may carry, several at
// once, and returns all results in the order of the items.
func inChunks[In, Out any](items []In, send func([]In) []Out) []Out {
	results := make([]Out, len(items))
	var group errgroup.Group
	group.SetLimit(concurrentCalls)
	for start := 0; start < len(items); start += batchLimit {
		chunk := items[start:min(start+batchLimit, len(items))]
		group.Go(func() error {
			copy(results[start:], send(chunk))
			return nil
		})
	}
	_ = group.Wait() // the results hold the errors
	return results
}
