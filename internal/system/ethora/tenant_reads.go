package ethora

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

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

	users   *coalesce.Snapshot[string, ethora.User]         // by plain id; its list lacks archived users
	rooms   *coalesce.Snapshot[string, ethora.Chat]         // by plain id
	members *coalesce.Snapshot[string, ethora.RoomMembers]  // by plain id of the room
	access  *coalesce.Snapshot[edge, bool]                  // its list is that of members, and holds those who have access
	inside  *each[string, *coalesce.Snapshot[string, bool]] // by plain id of the room: whom the list of members leaves out
	looks   *batcher[look, seen]
	direct  directUsers

	created sync.Map // plain ids of the rooms that this process has created

	trying atomic.Bool   // somebody reads a room alone for the first time
	tried  chan struct{} // closed when it is known whether that can be done
}

func newSharedReads(client *ethora.Client, appID string, alone bool) *sharedReads {
	r := &sharedReads{client: client, appID: appID, tried: make(chan struct{})}
	r.users = newSnapshot(r, "users", alone, coalesce.SnapshotConfig[string, ethora.User]{
		List:   r.listUsers,
		Get:    r.readUser,
		Direct: fewReads,
	})
	r.rooms = newSnapshot(r, "rooms", alone, coalesce.SnapshotConfig[string, ethora.Chat]{
		List:   r.listRooms,
		Get:    r.getRoom,
		Direct: fewReads,
	})
	r.members = newSnapshot(r, "members of rooms", alone, coalesce.SnapshotConfig[string, ethora.RoomMembers]{
		List:   r.listRoomMembers,
		Get:    r.findMembers, // by a list, too: no other call tells them
		Direct: 1,
	})
	r.access = newSnapshot(r, "access to rooms", alone, coalesce.SnapshotConfig[edge, bool]{
		List:   r.listAccess,
		Get:    func(ctx context.Context, e edge) (bool, error) { return r.inside.get(e.roomID).Get(ctx, e.userID) },
		Direct: fewReads,
	})
	r.inside = newEach(func(roomID string) *coalesce.Snapshot[string, bool] {
		return newSnapshot(r, "members of room "+roomID, alone, coalesce.SnapshotConfig[string, bool]{
			List: func(ctx context.Context) (map[string]bool, error) { return r.listInside(ctx, roomID) },
			Get: func(ctx context.Context, userID string) (bool, error) {
				return client.HasAccessBy(ctx, appID, roomID, userID, r.pollMembers)
			},
			Direct: fewReads,
		})
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
	r.direct.compare(ctx, users)
	return users, nil
}

// listedUsers are those of the users that the list of all users shows, by plain
// id. For a few users, or without a list that tells all of them, it is empty.
func (r *sharedReads) listedUsers(ctx context.Context, known map[string]ethora.User) (map[string]ethora.User, error) {
	listed := map[string]ethora.User{}
	if len(known) <= fewReads || r.direct.thin.Load() {
		return listed, nil
	}
	all, err := r.users.All(ctx)
	if err != nil && (ctx.Err() != nil || !rest.IsKind(err, rest.Unsupported, rest.Unknown, rest.Malformed)) {
		return nil, err // other reads would fail alike
	}
	for userID := range known {
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

// getRoom reads a room alone. Most servers lack the route for that: the first
// read finds out, and others wait for it instead of asking in vain as well.
func (r *sharedReads) getRoom(ctx context.Context, roomID string) (ethora.Chat, error) {
	find := r.findRoom
	if r.trying.CompareAndSwap(false, true) {
		known := sync.OnceFunc(func() { close(r.tried) })
		defer known()
		find = func(ctx context.Context, appID, roomID string) (ethora.Chat, error) {
			known()
			return r.findRoom(ctx, appID, roomID)
		}
	} else {
		select {
		case <-r.tried:
		case <-ctx.Done():
		}
	}
	return r.client.GetChatBy(ctx, r.appID, roomID, find)
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
// A room that was just created is known to be empty, but for the app's own
// account.
func (r *sharedReads) allMembers(ctx context.Context, room ethora.RoomMembers) ([]ethora.Member, error) {
	_, isNew := r.created.Load(room.Chat.RoomID)
	if room.Whole || isNew && room.Chat.HasMembers && len(room.Chat.Members) <= 1 {
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

// listInside are all members of one room. A list of rooms may show a part of them
// (ethora-api.md §8.1 [client]), and many users are not asked about one by one then.
func (r *sharedReads) listInside(ctx context.Context, roomID string) (map[string]bool, error) {
	members, err := r.listMembers(ctx, r.appID, roomID)
	if err != nil {
		return nil, err
	}
	inside := make(map[string]bool, len(members))
	for _, member := range members {
		inside[member.UserID] = true
	}
	return inside, nil
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

// lookTogether answers a few questions about a new member by the user's own
// rooms, and all others by one list.
func (r *sharedReads) lookTogether(ctx context.Context, looks []look) []coalesce.Result[seen] {
	results := make([]coalesce.Result[seen], len(looks))
	alone := len(looks) <= fewReads && !slices.ContainsFunc(looks, func(l look) bool { return len(l.present) != 1 || len(l.absent) > 0 })
	var group sync.WaitGroup
	defer group.Wait()
	if alone {
		for i, l := range looks {
			group.Go(func() { results[i].Value, results[i].Err = r.lookForOne(ctx, l.roomID, l.present[0]) })
		}
		return results
	}
	places := map[string][]int{} // of the looks at each room
	for i, l := range looks {
		places[l.roomID] = append(places[l.roomID], i)
	}
	for roomID, places := range places {
		group.Go(func() {
			inRoom := make([]look, 0, len(places))
			for _, i := range places {
				inRoom = append(inRoom, looks[i])
			}
			for k, result := range r.lookInRoom(ctx, roomID, inRoom) {
				results[places[k]] = result
			}
		})
	}
	return results
}

func (r *sharedReads) lookForOne(ctx context.Context, roomID, userID string) (seen, error) {
	inside, err := r.client.HasAccessBy(ctx, r.appID, roomID, userID, r.pollMembers)
	if err != nil || inside {
		return seen{}, err
	}
	return seen{missing: []string{userID}}, nil
}

// lookInRoom answers all questions about one room. Where the list may show a
// part of the members and leaves a question open, it is completed once for all;
// where that fails, each question is asked alone.
func (r *sharedReads) lookInRoom(ctx context.Context, roomID string, looks []look) []coalesce.Result[seen] {
	results := make([]coalesce.Result[seen], len(looks))
	room, err := r.findMembers(ctx, roomID)
	if rest.IsKind(err, rest.NotFound) {
		room, err = ethora.RoomMembers{Whole: true}, nil // nobody is in a room that does not exist
	}
	found := seenIn(room.Chat.Members, looks)
	open := !room.Whole && slices.ContainsFunc(looks, func(l look) bool { return len(l.absent) > 0 }) ||
		!room.Whole && slices.ContainsFunc(found, func(f seen) bool { return len(f.missing) > 0 })
	completed := true
	if err == nil && open {
		members, incomplete := r.allMembers(ctx, room)
		found, completed = seenIn(members, looks), incomplete == nil
	}
	for i, l := range looks {
		results[i] = coalesce.Result[seen]{Value: found[i], Err: err}
		if !completed {
			missing, lingering, err := r.client.LookForAccess(ctx, r.appID, roomID, l.present, l.absent)
			results[i] = coalesce.Result[seen]{Value: seen{missing, lingering}, Err: err}
		}
	}
	return results
}

// seenIn answers questions by the members of their room.
func seenIn(members []ethora.Member, looks []look) []seen {
	inside := make(map[string]bool, len(members))
	for _, member := range members {
		inside[member.UserID] = true
	}
	answers := make([]seen, 0, len(looks))
	for _, l := range looks {
		answers = append(answers, seen{
			missing:   slices.DeleteFunc(slices.Clone(l.present), func(userID string) bool { return inside[userID] }),
			lingering: slices.DeleteFunc(slices.Clone(l.absent), func(userID string) bool { return !inside[userID] }),
		})
	}
	return answers
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
// change. The lists of access are made from that of members, so that members end
// first: no list of access can begin on an old one then.
func (r *sharedReads) changeAccess(roomID string, userIDs []string) (ended func()) {
	room := ethora.PlainID(r.appID, roomID)
	plain := make([]string, 0, len(userIDs))
	edges := make([]edge, 0, len(userIDs))
	for _, userID := range userIDs {
		plain = append(plain, ethora.PlainID(r.appID, userID))
		edges = append(edges, edge{room, ethora.PlainID(r.appID, userID)})
	}
	accessEnded, insideEnded := r.access.Writing(edges...), r.inside.get(room).Writing(plain...)
	roomEnded := r.changeRoom(room)
	return func() {
		roomEnded()
		insideEnded()
		accessEnded()
	}
}

// changedAllAccess makes known that the access of anybody to any room may have
// changed: a new user enters the pinned rooms, and a deleted one leaves all
// (ethora-api.md §6.3 [client]).
func (r *sharedReads) changedAllAccess() {
	r.rooms.Written() // they tell how many members they have
	r.members.Written()
	r.changedAccess()
}

// changedAccess makes known the same of access alone: the lists that are made
// from that of members.
func (r *sharedReads) changedAccess() {
	for _, room := range r.inside.all() {
		room.Written()
	}
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
