package rocketchat

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// withoutCoalescing is the environment variable that makes each resource speak
// to the server alone. It is there for benchmarks.
const withoutCoalescing = "CHAT_WITHOUT_COALESCING"

// tenant is one workspace as the resources see it: the client, with many reads
// answered by one list wherever the server has a list that tells enough. Its
// methods do what the client's of the same name do; all that are not here are
// the client's own.
//
// The server takes five or ten calls of a kind in a minute. Rooms are listed by
// administrators, and messages of a room by its visitor. No list tells the
// tokens of visitors, and so each visitor is read alone.
type tenant struct {
	*rocketchat.Client
	rooms  *coalesce.Snapshot[roomKey, rocketchat.Room] // open ones; nil without an administrator
	fields *coalesce.Snapshot[string, rocketchat.CustomField]

	// turns are those of visitors, by all that they are found by, and of custom fields. Taken is what
	// was adopted: visitors and rooms, by their ids.
	turns system.Turns

	mutex     sync.Mutex
	messages  map[roomKey]*coalesce.Snapshot[string, rocketchat.Message]
	tokens    map[string]string // those that visitors got from registrations of this process which met them, by id
	addresses map[string]bool   // e-mail addresses and phone numbers of visitors that this process created
	opened    map[string]bool   // ids of rooms that this process opened or adopted
}

// roomKey is how a visitor's room is asked for.
type roomKey struct{ token, id string }

func newTenant(client *rocketchat.Client) *tenant {
	t := &tenant{
		Client:    client,
		messages:  map[roomKey]*coalesce.Snapshot[string, rocketchat.Message]{},
		tokens:    map[string]string{},
		addresses: map[string]bool{},
		opened:    map[string]bool{},
	}
	t.fields = newSnapshot("custom fields", coalesce.SnapshotConfig[string, rocketchat.CustomField]{
		List: t.listCustomFields, Get: client.GetCustomField,
	})
	if client.IsAdministrator() {
		// Of the calls that read one room the server takes five a minute; of those that list them it
		// takes as many as an administrator likes.
		t.rooms = newSnapshot("rooms", coalesce.SnapshotConfig[roomKey, rocketchat.Room]{
			List: t.listRooms, Get: t.readRoom, Direct: 1,
		})
	}
	return t
}

// newSnapshot returns a snapshot that logs why a list failed.
func newSnapshot[K comparable, V any](what string, config coalesce.SnapshotConfig[K, V]) *coalesce.Snapshot[K, V] {
	config.Failed = func(ctx context.Context, err error) {
		tflog.Warn(ctx, "The list of "+what+" could not be read, so that each is read alone", map[string]any{"error": err.Error()})
	}
	if _, alone := os.LookupEnv(withoutCoalescing); alone {
		config.Fresh = -1
	}
	return coalesce.NewSnapshot(config)
}

// listRooms lists the open rooms. Closed ones pile up for years.
func (t *tenant) listRooms(ctx context.Context) (map[roomKey]rocketchat.Room, error) {
	open := true
	listed, err := t.Client.ListRooms(ctx, rocketchat.RoomsQuery{Open: &open})
	if err != nil {
		return nil, err
	}
	all := make(map[roomKey]rocketchat.Room, len(listed))
	for _, room := range listed {
		all[roomKey{room.VisitorToken, room.ID}] = room
	}
	return all, nil
}

func (t *tenant) readRoom(ctx context.Context, key roomKey) (rocketchat.Room, error) {
	return t.Client.GetRoom(ctx, key.token, key.id)
}

// GetRoom returns an open room of a visitor, from a list of all open rooms when
// many are asked for.
func (t *tenant) GetRoom(ctx context.Context, token, roomID string) (rocketchat.Room, error) {
	if t.rooms == nil {
		return t.Client.GetRoom(ctx, token, roomID)
	}
	return t.rooms.Get(ctx, roomKey{token, roomID})
}

// OpenRoom opens a room, or returns the one that is open.
func (t *tenant) OpenRoom(ctx context.Context, token, agentID string) (rocketchat.OpenedRoom, error) {
	opened, err := t.Client.OpenRoom(ctx, token, agentID)
	if t.rooms != nil && opened.ID != "" {
		t.rooms.Written(roomKey{token, opened.ID})
	}
	return opened, err
}

// takeRoom reports whether no other resource of this process has a room.
func (t *tenant) takeRoom(roomID string) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.opened[roomID] {
		return false
	}
	t.opened[roomID] = true
	return true
}

// CloseRoom closes a visitor's room. Where the server does not let visitors do
// so, or wants words that only agents can give, or does not know the visitor's
// token any more, the administrator does it, if there is one.
func (t *tenant) CloseRoom(ctx context.Context, token, roomID string) error {
	if t.rooms != nil {
		defer t.rooms.Writing(roomKey{token, roomID})()
	}
	err := t.Client.CloseRoom(ctx, token, roomID)
	if t.IsAdministrator() && rocketchat.HasCode(err, rocketchat.CodeCloseNotAllowed, rocketchat.CodeInvalidToken,
		"error-comment-is-required", "error-tags-must-be-assigned-before-closing-chat") {
		err = t.Client.CloseRoomByUser(ctx, roomID, closingComment, nil)
	}
	if err == nil {
		t.mutex.Lock()
		defer t.mutex.Unlock()
		delete(t.opened, roomID)
	}
	return err
}

// closingComment stands in the history of a room that an administrator closes.
const closingComment = "Closed by Terraform"

// maxOpenRooms bounds how many rooms of a visitor are closed. There is one as a
// rule, but a room may be opened while another one is being closed.
const maxOpenRooms = 5

// DeleteVisitor deletes a visitor, and closes the open rooms before when force
// is true.
func (t *tenant) DeleteVisitor(ctx context.Context, token string, force bool) error {
	if t.rooms != nil {
		defer t.rooms.Writing()() // its rooms go with it
	}
	for closed := 0; ; closed++ {
		err := t.Client.DeleteVisitor(ctx, token)
		if !force || closed == maxOpenRooms || !rocketchat.HasCode(err, rocketchat.CodeOpenRooms) {
			return err
		}
		id, err := t.FindOpenRoom(ctx, token)
		if err == nil && id != "" {
			err = t.CloseRoom(ctx, token, id)
		}
		if err != nil && !rest.IsKind(err, rest.NotFound) {
			return err
		}
	}
}

// findRoom finds any room by its id: among the open ones first, and then among
// all, which may be very many. Only administrators can.
func (t *tenant) findRoom(ctx context.Context, wanted func(rocketchat.Room) bool) (room rocketchat.Room, found bool, err error) {
	open, err := t.rooms.All(ctx)
	if err != nil {
		return rocketchat.Room{}, false, err
	}
	for _, room := range open {
		if wanted(room) {
			return room, true, nil
		}
	}
	all, err := t.Client.ListRooms(ctx, rocketchat.RoomsQuery{})
	if err != nil {
		return rocketchat.Room{}, false, err
	}
	for _, candidate := range all { // the newest one has the token that is good now
		if wanted(candidate) && (!found || candidate.CreatedAt.After(room.CreatedAt)) {
			room, found = candidate, true
		}
	}
	return room, found, nil
}

// OpenRooms returns all open rooms, sorted by name. Only administrators can.
func (t *tenant) OpenRooms(ctx context.Context) ([]rocketchat.Room, error) {
	open, err := t.rooms.All(ctx)
	rooms := make([]rocketchat.Room, 0, len(open))
	for _, room := range open {
		rooms = append(rooms, room)
	}
	slices.SortFunc(rooms, byNameAndID)
	return rooms, err
}

func byNameAndID(a, b rocketchat.Room) int {
	if order := strings.Compare(a.Name, b.Name); order != 0 {
		return order
	}
	return strings.Compare(a.ID, b.ID)
}

// mostMessages bounds how much of a room's history is read to answer reads of
// single messages. What is older is read alone.
const mostMessages = 300

// messagesOf are the shared reads of a room's messages.
func (t *tenant) messagesOf(key roomKey) *coalesce.Snapshot[string, rocketchat.Message] {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.messages[key] == nil {
		t.messages[key] = newSnapshot("messages", coalesce.SnapshotConfig[string, rocketchat.Message]{
			List: func(ctx context.Context) (map[string]rocketchat.Message, error) {
				listed, err := t.Client.ListMessages(ctx, key.token, key.id, rocketchat.HistoryQuery{Most: mostMessages})
				all := make(map[string]rocketchat.Message, len(listed))
				for _, message := range listed {
					all[message.ID] = message
				}
				return all, err
			},
			Get: func(ctx context.Context, id string) (rocketchat.Message, error) {
				return t.Client.GetMessage(ctx, key.token, key.id, id)
			},
		})
	}
	return t.messages[key]
}

// GetMessage returns a message of a visitor's room, from the room's history when
// many are asked for.
func (t *tenant) GetMessage(ctx context.Context, token, roomID, id string) (rocketchat.Message, error) {
	return t.messagesOf(roomKey{token, roomID}).Get(ctx, id)
}

// SendMessage sends a message.
func (t *tenant) SendMessage(ctx context.Context, token, roomID string, message rocketchat.NewMessage) (rocketchat.Message, error) {
	defer t.messagesOf(roomKey{token, roomID}).Writing(message.ID)()
	return t.Client.SendMessage(ctx, token, roomID, message)
}

// EditMessage changes the text of a message.
func (t *tenant) EditMessage(ctx context.Context, token, roomID, id, words string) (rocketchat.Message, error) {
	defer t.messagesOf(roomKey{token, roomID}).Writing(id)()
	return t.Client.EditMessage(ctx, token, roomID, id, words)
}

// DeleteMessage deletes a message.
func (t *tenant) DeleteMessage(ctx context.Context, token, roomID, id string) error {
	defer t.messagesOf(roomKey{token, roomID}).Writing(id)()
	return t.Client.DeleteMessage(ctx, token, roomID, id)
}

func (t *tenant) listCustomFields(ctx context.Context) (map[string]rocketchat.CustomField, error) {
	listed, err := t.Client.ListCustomFields(ctx)
	all := make(map[string]rocketchat.CustomField, len(listed))
	for _, field := range listed {
		all[field.Field] = field
	}
	return all, err
}

// GetCustomField returns a custom field, from a list of all when many are asked
// for.
func (t *tenant) GetCustomField(ctx context.Context, field string) (rocketchat.CustomField, error) {
	return t.fields.Get(ctx, field)
}

// AllCustomFields returns all custom fields, sorted.
func (t *tenant) AllCustomFields(ctx context.Context) ([]rocketchat.CustomField, error) {
	all, err := t.fields.All(ctx)
	fields := make([]rocketchat.CustomField, 0, len(all))
	for _, field := range all {
		fields = append(fields, field)
	}
	slices.SortFunc(fields, func(a, b rocketchat.CustomField) int { return strings.Compare(a.Field, b.Field) })
	return fields, err
}

// CreateCustomField defines a custom field.
func (t *tenant) CreateCustomField(ctx context.Context, field rocketchat.CustomField) (rocketchat.CustomField, error) {
	end, err := t.turns.Begin(ctx, customFieldKey(field.Field))
	if err != nil {
		return rocketchat.CustomField{}, err
	}
	defer end()
	defer t.fields.Writing(field.Field)()
	return t.Client.CreateCustomField(ctx, field)
}

// UpdateCustomField changes the definition of a custom field.
func (t *tenant) UpdateCustomField(ctx context.Context, field rocketchat.CustomField) (rocketchat.CustomField, error) {
	defer t.fields.Writing(field.Field)()
	return t.Client.UpdateCustomField(ctx, field)
}

// DeleteCustomField deletes the definition of a custom field.
func (t *tenant) DeleteCustomField(ctx context.Context, field string) error {
	end, err := t.turns.Begin(ctx, customFieldKey(field))
	if err != nil {
		return err
	}
	defer end()
	defer t.fields.Writing(field)()
	return t.Client.DeleteCustomField(ctx, field)
}

func customFieldKey(field string) string { return "custom field " + field }

// claim takes e-mail addresses and phone numbers for a visitor that is about to
// be created, and returns the first that another one of this run has.
func (t *tenant) claim(addresses ...string) (taken string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, address := range addresses {
		if address != "" && t.addresses[address] {
			return address
		}
	}
	for _, address := range addresses {
		if address != "" {
			t.addresses[address] = true
		}
	}
	return ""
}

// noteToken takes note of the token that a visitor has now. A registration that
// meets another visitor gives it the new token, which that one's resource does not
// know.
func (t *tenant) noteToken(visitorID, token string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if token != "" {
		t.tokens[visitorID] = token
	}
}

// tokenOf is the token by which a visitor of the state is known now.
func (t *tenant) tokenOf(state visitorModel) string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return cmp.Or(t.tokens[state.ID.ValueString()], state.Token.ValueString())
}

// release gives addresses back when their visitor is gone, or was not created.
func (t *tenant) release(addresses ...string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, address := range addresses {
		delete(t.addresses, address)
	}
}
