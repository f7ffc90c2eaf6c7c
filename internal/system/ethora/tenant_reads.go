package ethora

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// edge is one user in one room, by plain ids.
type edge struct{ roomID, userID string }

// sharedReads answers the reads of one app, many from one list.
type sharedReads struct {
	client *ethora.Client
	appID  string

	users   *coalesce.Snapshot[string, ethora.User]        // by plain id; its list lacks archived users
	rooms   *coalesce.Snapshot[string, ethora.Chat]        // by plain id
	members *coalesce.Snapshot[string, ethora.RoomMembers] // by plain id of the room
	access  *coalesce.Snapshot[edge, bool]                 // its list is that of members, and holds those who have access
	looks   *batcher[look, seen]
}

func newSharedReads(client *ethora.Client, appID string, alone bool) *sharedReads {
	r := &sharedReads{client: client, appID: appID}
	r.users = newSnapshot(r, "users", alone, coalesce.SnapshotConfig[string, ethora.User]{
		List: r.listUsers,
		Get: func(ctx context.Context, userID string) (ethora.User, error) {
			return client.GetUser(ctx, appID, userID)
		},
		Direct: fewReads,
	})
	// A room alone is read by a list on most servers, and members always are:
	// nothing is won by reading more than the first one so.
	r.rooms = newSnapshot(r, "rooms", alone, coalesce.SnapshotConfig[string, ethora.Chat]{
		List: r.listRooms,
		Get: func(ctx context.Context, roomID string) (ethora.Chat, error) {
			return client.GetChatBy(ctx, appID, roomID, r.findRoom)
		},
		Direct: 1,
	})
	r.members = newSnapshot(r, "members of rooms", alone, coalesce.SnapshotConfig[string, ethora.RoomMembers]{
		List:   r.listRoomMembers,
		Get:    r.findMembers,
		Direct: 1,
	})
	r.access = newSnapshot(r, "access to rooms", alone, coalesce.SnapshotConfig[edge, bool]{
		List: r.listAccess,
		Get: func(ctx context.Context, e edge) (bool, error) {
			return client.HasAccessBy(ctx, appID, e.roomID, e.userID, r.pollMembers)
		},
		Direct: fewReads,
	})
	r.looks = newBatcher(alone, r.lookTogether)
	return r
}

// newSnapshot returns a snapshot that logs why a list failed and, where each is
// to read alone, shares nothing.
func newSnapshot[K comparable, V any](r *sharedReads, what string, alone bool, config coalesce.SnapshotConfig[K, V]) *coalesce.Snapshot[K, V] {
	config.Failed = func(ctx context.Context, err error) {
		tflog.Warn(ctx, "The list of "+what+" could not be read, so that each is read alone", map[string]any{
			"app_id": r.appID, "error": err.Error(),
		})
	}
	if alone {
		config.Fresh = -1
	}
	return coalesce.NewSnapshot(config)
}

func (r *sharedReads) listUsers(ctx context.Context) (map[string]ethora.User, error) {
	listed, err := r.client.ListUsers(ctx, r.appID, ethora.UserFilter{})
	if err != nil {
		return nil, err
	}
	users := make(map[string]ethora.User, len(listed))
	for _, user := range listed {
		users[cmp.Or(user.UserID, user.ID)] = user
	}
	return users, nil
}

// listedUsers are those of the users that the list of all users shows, by plain
// id. For a few users, or without such a list, it is empty.
func (r *sharedReads) listedUsers(ctx context.Context, userIDs []string) (map[string]ethora.User, error) {
	listed := map[string]ethora.User{}
	if len(userIDs) <= fewReads {
		return listed, nil
	}
	all, err := r.users.All(ctx)
	if err != nil && !rest.IsKind(err, rest.Unsupported) {
		return nil, err
	}
	for _, userID := range userIDs {
		plain := ethora.PlainID(r.appID, userID)
		if user, found := all[plain]; found {
			listed[plain] = user
		}
	}
	return listed, nil
}

func (r *sharedReads) listRooms(ctx context.Context) (map[string]ethora.Chat, error) {
	listed, err := r.client.ListChats(ctx, r.appID, false)
	if err != nil {
		return nil, err
	}
	rooms := make(map[string]ethora.Chat, len(listed))
	for _, chat := range listed {
		rooms[cmp.Or(chat.RoomID, chat.ID)] = chat
	}
	return rooms, nil
}

// findRoom looks a room up in a list that is newer than the call.
func (r *sharedReads) findRoom(ctx context.Context, _, roomID string) (ethora.Chat, error) {
	chat, found, err := r.rooms.Poll(ctx, ethora.PlainID(r.appID, roomID))
	if err == nil && !found {
		err = r.noRoom(roomID)
	}
	return chat, err
}

func (r *sharedReads) noRoom(roomID string) error {
	return &rest.Error{
		Kind:    rest.NotFound,
		System:  "Ethora",
		Message: fmt.Sprintf("there is no room %q in app %s", ethora.PlainID(r.appID, roomID), r.appID),
	}
}

func (r *sharedReads) listRoomMembers(ctx context.Context) (map[string]ethora.RoomMembers, error) {
	listed, err := r.client.ListRoomMembers(ctx, r.appID)
	if err != nil {
		return nil, err
	}
	rooms := make(map[string]ethora.RoomMembers, len(listed))
	for _, room := range listed {
		rooms[cmp.Or(room.Chat.RoomID, room.Chat.ID)] = room
	}
	return rooms, nil
}

// findMembers looks a room up in a list with members that is newer than the
// call.
func (r *sharedReads) findMembers(ctx context.Context, roomID string) (ethora.RoomMembers, error) {
	room, found, err := r.members.Poll(ctx, roomID)
	if err == nil && !found {
		err = r.noRoom(roomID)
	}
	return room, err
}

// listMembers are all members of a room.
func (r *sharedReads) listMembers(ctx context.Context, _, roomID string) ([]ethora.Member, error) {
	room, err := r.members.Get(ctx, ethora.PlainID(r.appID, roomID))
	if err != nil {
		return nil, err
	}
	return r.allMembers(ctx, room)
}

// pollMembers is listMembers from a list that is newer than the call.
func (r *sharedReads) pollMembers(ctx context.Context, _, roomID string) ([]ethora.Member, error) {
	room, err := r.findMembers(ctx, roomID)
	if err != nil {
		return nil, err
	}
	return r.allMembers(ctx, room)
}

// allMembers are all members of a listed room, of whom the list may show a part.
func (r *sharedReads) allMembers(ctx context.Context, room ethora.RoomMembers) ([]ethora.Member, error) {
	if room.Whole {
		return room.Chat.Members, nil
	}
	members, err := r.client.CompleteMembers(ctx, r.appID, room.Chat)
	if err != nil {
		return nil, fmt.Errorf("cannot list the members of room %q in app %s: %w", room.Chat.RoomID, r.appID, err)
	}
	return members, nil
}

func (r *sharedReads) listAccess(ctx context.Context) (map[edge]bool, error) {
	rooms, err := r.members.All(ctx)
	if err != nil {
		return nil, err
	}
	access := map[edge]bool{}
	for roomID, room := range rooms {
		for _, member := range room.Chat.Members {
			access[edge{roomID, member.UserID}] = true
		}
	}
	return access, nil
}

// look is one caller's question who is in a room.
type look struct {
	roomID          string
	present, absent []string // users that should be, and should not be
}

// seen is the answer: who is missing, and who is there in spite of it.
type seen struct{ missing, lingering []string }

// look looks together with all who look at the same time.
func (r *sharedReads) look(ctx context.Context, _, roomID string, present, absent []string) (missing, lingering []string, err error) {
	found, err := r.looks.do(ctx, look{ethora.PlainID(r.appID, roomID), present, absent})
	return found.missing, found.lingering, err
}

// lookTogether answers a few questions about one user each by the user's own
// rooms, and more by one list.
func (r *sharedReads) lookTogether(ctx context.Context, looks []look) []coalesce.Result[seen] {
	inspect := r.lookInList
	if len(looks) <= fewReads && !slices.ContainsFunc(looks, func(l look) bool { return len(l.present)+len(l.absent) > 1 }) {
		inspect = r.lookAlone
	}
	results := make([]coalesce.Result[seen], len(looks))
	var group sync.WaitGroup
	for i, l := range looks {
		group.Go(func() { results[i].Value, results[i].Err = inspect(ctx, l) })
	}
	group.Wait()
	return results
}

func (r *sharedReads) lookAlone(ctx context.Context, l look) (seen, error) {
	missing, lingering, err := r.client.LookForAccess(ctx, r.appID, l.roomID, l.present, l.absent)
	return seen{missing, lingering}, err
}

func (r *sharedReads) lookInList(ctx context.Context, l look) (seen, error) {
	room, found, err := r.members.Poll(ctx, l.roomID)
	if err != nil {
		return seen{}, err
	}
	inside := make(map[string]bool, len(room.Chat.Members))
	for _, member := range room.Chat.Members {
		inside[member.UserID] = true
	}
	result := seen{
		missing:   slices.DeleteFunc(slices.Clone(l.present), func(userID string) bool { return inside[userID] }),
		lingering: slices.DeleteFunc(slices.Clone(l.absent), func(userID string) bool { return !inside[userID] }),
	}
	if found && !room.Whole && len(result.missing)+len(l.absent) > 0 {
		return r.lookAlone(ctx, l) // the list may hide them
	}
	return result, nil
}

// changeRoom makes known that a room is about to change, and returns the
// function that makes the end of it known.
func (r *sharedReads) changeRoom(roomID string) (ended func()) {
	plain := ethora.PlainID(r.appID, roomID)
	roomEnded, membersEnded := r.rooms.Writing(plain), r.members.Writing(plain)
	return func() {
		roomEnded()
		membersEnded()
	}
}

// changeAccess makes known that the access of users to a room is about to
// change. The list of access is made from that of members, so that members end
// first: no list of access can begin on an old one then.
func (r *sharedReads) changeAccess(roomID string, userIDs []string) (ended func()) {
	room := ethora.PlainID(r.appID, roomID)
	edges := make([]edge, 0, len(userIDs))
	for _, userID := range userIDs {
		edges = append(edges, edge{room, ethora.PlainID(r.appID, userID)})
	}
	accessEnded := r.access.Writing(edges...)
	roomEnded := r.changeRoom(room)
	return func() {
		roomEnded()
		accessEnded()
	}
}

// changedAllAccess makes known that the access of anybody to any room may have
// changed: a new user enters the pinned rooms, and a deleted one leaves all
// (ethora-api.md §6.3 [client]).
func (r *sharedReads) changedAllAccess() {
	r.rooms.Written() // they tell how many members they have
	r.members.Written()
	r.access.Written()
}

// changeUsers makes known that users are about to be created, changed or deleted.
func (r *sharedReads) changeUsers(userIDs []string) (ended func()) {
	plain := make([]string, 0, len(userIDs))
	for _, userID := range userIDs {
		plain = append(plain, ethora.PlainID(r.appID, userID))
	}
	return r.users.Writing(plain...)
}
