package oichat_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// OiChat's wire is not public. The life of a room and a participant is the same
// on every kind of server that the vendor's readme allows.
func TestEveryKindOfServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings mockSettings
		provider acctest.Object // more settings of the provider
	}{
		"as proposed":                {},
		"wrapped":                    {settings: mockSettings{Envelope: "success"}},
		"flat errors, code":          {settings: mockSettings{ErrorShape: "code"}},
		"flat errors, error_code":    {settings: mockSettings{ErrorShape: "error_code"}},
		"flat errors, errorCode":     {settings: mockSettings{ErrorShape: "errorCode"}},
		"flat errors, error":         {settings: mockSettings{ErrorShape: "error"}},
		"errors in words":            {settings: mockSettings{ErrorShape: "text"}},
		"200 for creations":          {settings: mockSettings{CreateStatus: 200}},
		"200 for nothing":            {settings: mockSettings{EmptyAnswer: "200"}},
		"200 and no body":            {settings: mockSettings{EmptyAnswer: "200 empty"}},
		"wrapped nothing":            {settings: mockSettings{EmptyAnswer: "200", Envelope: "success"}},
		"an update tells nothing":    {settings: mockSettings{EmptyUpdate: true}},
		"an addition tells nothing":  {settings: mockSettings{EmptyAdd: true, EmptyAnswer: "200 empty"}},
		"null metadata":              {settings: mockSettings{EmptyMetadata: "null"}},
		"absent metadata":            {settings: mockSettings{EmptyMetadata: "absent"}},
		"lists without participants": {settings: mockSettings{HideParticipants: "list"}},
		"deleted_at":                 {settings: mockSettings{DeletedRoom: "deleted_at", ListDeleted: true}},
		"status deleted":             {settings: mockSettings{DeletedRoom: "status", ListDeleted: true}},
		"deleted twice":              {settings: mockSettings{DeleteAgain: true}},
		"loose direct rooms":         {settings: mockSettings{LooseDirect: true}},
		"a duplicate is fine":        {settings: mockSettings{DuplicateParticipant: 200}},
		"a removal destroys":         {settings: mockSettings{RemoveDestroys: true}},
		"one room a page":            {settings: mockSettings{PageLimit: 1}},
		"empty cursor":               {settings: mockSettings{LastPage: "empty"}},
		"no cursor":                  {settings: mockSettings{LastPage: "absent"}},
		"the cursor again":           {settings: mockSettings{LastPage: "repeat"}},
		"keys are ignored":           {settings: mockSettings{IgnoreKeys: true}},
		"keys are required":          {settings: mockSettings{RequireKeys: true}},
		"a content type is required": {settings: mockSettings{ContentTypeRequired: true}},
		"merged metadata":            {settings: mockSettings{Metadata: "merge"}},
		"another prefix":             {mockSettings{Prefix: "/api/v2"}, acctest.Object{"path_prefix": "/api/v2"}},
		"no prefix":                  {mockSettings{Prefix: "/"}, acctest.Object{"path_prefix": "/"}},
		"bearer":                     {mockSettings{Authentication: "bearer"}, acctest.Object{"authentication": "bearer"}},
		"other headers": {
			mockSettings{APIKeyHeader: "X-Oi-Key", SecretKeyHeader: "X-Oi-Secret", ProjectHeader: "X-Oi-Project"},
			acctest.Object{"api_key_header": "X-Oi-Key", "secret_key_header": "X-Oi-Secret", "project_id_header": "X-Oi-Project"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProjectWith(t, test.settings)
			life{p, test.provider}.live(t)
		})
	}
}

// life is the life of a room and a participant, on one kind of server.
type life struct {
	project
	provider acctest.Object
}

// run is a run of Terraform: a provider of its own.
func (l life) run(t *testing.T) *acctest.Protocol { return l.ProtocolWith(t, l.provider) }

// apply applies, and finds that a refresh and a plan see nothing to do.
func (l life) apply(t *testing.T, typeName string, config acctest.Object, prior *acctest.Change) acctest.Change {
	t.Helper()
	change := l.run(t).Apply(t.Context(), typeName, config, prior)
	if change.Problems != nil || config == nil {
		if change.Problems != nil || change.State != nil {
			t.Fatalf("applying %s %v: %q", typeName, config, change.Problems)
		}
		return change
	}
	later := l.run(t)
	read := later.Refresh(t.Context(), typeName, change)
	if read.Problems != nil || !reflect.DeepEqual(read.State, change.State) {
		t.Fatalf("the refresh made\n%v of\n%v: %q", read.State, change.State, read.Problems)
	}
	if planned := later.Plan(t.Context(), typeName, config, &read); planned.Problems != nil || !reflect.DeepEqual(planned.State, change.State) {
		t.Fatalf("the plan makes\n%v of\n%v: %q", planned.State, change.State, planned.Problems)
	}
	return change
}

func (l life) live(t *testing.T) {
	t.Helper()
	config := acctest.Object{"type": "group", "name": "Support", "participants": []string{"ann", "bob"}, "metadata": `{"order_id":"1234"}`, "status": "resolved"}
	room := l.apply(t, roomType, config, nil)
	config = acctest.Object{"type": "group", "name": "Help", "participants": []string{"bob", "cara"}, "metadata": `{"order_id":"5678"}`, "status": "open"}
	room = l.apply(t, roomType, config, &room)
	if state := l.onlyRoom(t); *state.Name != "Help" || fmt.Sprint(state.Metadata) != "map[order_id:5678]" || state.Status != "open" || !slices.Equal(l.in(t), []string{"bob", "cara"}) {
		t.Errorf("the server has %+v", state)
	}
	imported := l.run(t).Import(t.Context(), roomType, roomIDOf(room), nil)
	if imported.Problems != nil || !reflect.DeepEqual(imported.State, room.State) {
		t.Errorf("imported %v: %q", imported.State, imported.Problems)
	}
	room = l.apply(t, roomType, acctest.Object{"type": "group", "initial_participants": []string{"bob", "cara"}}, &room)

	dev := l.apply(t, participantType, edge(roomIDOf(room), "dev"), nil)
	bob := l.apply(t, participantType, edge(roomIDOf(room), "bob"), nil) // is there already
	l.lookAround(t, roomIDOf(room))
	l.apply(t, participantType, nil, &dev)
	l.apply(t, participantType, nil, &bob)
	l.apply(t, participantType, nil, &bob) // is gone already
	if got := l.in(t); !slices.Equal(got, []string{"cara"}) {
		t.Errorf("in the room are %q", got)
	}

	l.apply(t, roomType, nil, &room)
	l.apply(t, roomType, nil, &room)
	gone := l.run(t).Refresh(t.Context(), roomType, room)
	mustSay(t, "a deleted room", gone.Problems, "no longer exists")
	mustSay(t, "its participant", l.run(t).Refresh(t.Context(), participantType, dev).Problems, "no longer exists")
	if gone.State != nil || len(l.open()) > 0 {
		t.Errorf("left are %v and %+v", gone.State, l.open())
	}
	if _, problems := l.run(t).ReadDataSource(t.Context(), roomType, acctest.Object{"room_id": roomIDOf(room)}); len(problems) != 1 {
		t.Errorf("looking it up said %q", problems)
	}
}

// lookAround reads, issues and sends what there is besides resources. In the
// room are bob, cara and dev.
func (l life) lookAround(t *testing.T, roomID string) {
	t.Helper()
	run := l.run(t)
	there := []any{"bob", "cara", "dev"}
	room, problems := run.ReadDataSource(t.Context(), roomType, acctest.Object{"room_id": roomID})
	if problems != nil || !reflect.DeepEqual(room["participants"], there) || room["metadata"] != `{"order_id":"5678"}` {
		t.Errorf("the room is %v: %q", room, problems)
	}
	second := l.addRoomAt(t, l.settingsPrefix(), "dev", "cara")
	rooms, problems := run.ReadDataSource(t.Context(), "chat_oichat_rooms", acctest.Object{"user_id": "dev"})
	if all, _ := rooms["rooms"].([]any); problems != nil || len(all) != 2 {
		t.Errorf("the rooms are %v: %q", rooms, problems)
	}
	if got := names(run.List(t.Context(), roomType, acctest.Object{"user_id": "bob"}, 100, true)); !slices.Equal(got, []string{"Help (" + roomID + ")"}) {
		t.Errorf("listed are %q", got)
	}
	if got := names(run.List(t.Context(), participantType, acctest.Object{"room_id": roomID}, 100, true)); len(got) != 3 {
		t.Errorf("listed are %q", got)
	}
	opened := run.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"})
	if renewed := run.Renew(t.Context(), opened); opened.Problems != nil || len(renewed.Problems) != 1 {
		t.Errorf("the token said %q, then %q", opened.Problems, renewed.Problems)
	}
	if _, problems := run.Invoke(t.Context(), sendMessage, acctest.Object{"room_id": roomID, "content": "Hello"}); problems != nil || len(l.Snapshot().Messages) != 1 {
		t.Errorf("the message said %q", problems)
	}
	for _, user := range []string{"dev", "cara"} {
		if _, problems := run.Invoke(t.Context(), leaveRoom, edge(second, user)); problems != nil {
			t.Errorf("leaving said %q", problems)
		}
	}
}

// settingsPrefix is what stands before the mock's paths.
func (l life) settingsPrefix() string {
	if prefix, ok := l.provider["path_prefix"].(string); ok && prefix != "/" {
		return prefix
	} else if ok {
		return ""
	}
	return "/v1"
}

// addRoomAt makes a room behind Terraform's back, and returns its id.
func (l life) addRoomAt(t *testing.T, prefix string, participants ...string) string {
	t.Helper()
	l.Edit(t, "POST", prefix+"/rooms", map[string]any{"type": "group", "participants": participants})
	rooms := l.Snapshot().Rooms
	return rooms[len(rooms)-1].ID
}

// A server that has one direct room for each two users gives the same one to
// two resources. The second one is told, in the same run.
func TestDirectRoomsThatAreReused(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{ReuseDirect: true})
	config := acctest.Object{"type": "direct", "participants": []string{"ann", "bob"}}
	run := p.Protocol(t)
	if room := run.Apply(t.Context(), roomType, config, nil); room.Problems != nil {
		t.Fatal(room.Problems)
	}
	mustFail(t, run.Apply(t.Context(), roomType, config, nil).Problems, "if there is none, OiChat has one direct room for each two users")
}

// What the provider sends is what the SDK's readme shows, and nothing else.
func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	room := p.mustApply(t, roomType, acctest.Object{
		"type": "group", "name": "Support", "participants": []string{"bob", "ann"}, "metadata": `{"order_id":"1234"}`,
	}, nil)
	p.mustApply(t, participantType, edge(roomIDOf(room), "cara"), nil)
	for path, want := range map[string]map[string]any{
		"/rooms$":        {"type": "group", "name": "Support", "participants": []any{"ann", "bob"}, "metadata": map[string]any{"order_id": "1234"}},
		"/participants$": {"user_id": "cara"},
	} {
		if got := p.bodies(t, "POST", path); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s got %v, want %v", path, got, want)
		}
	}
	for _, request := range p.Requests() {
		if agent := request.Headers["User-Agent"]; agent != "terraform-provider-chat/test Terraform/1.99.0" {
			t.Errorf("%s %s came from %q", request.Method, request.Path, agent)
		}
	}
	p.ResetRequests()
	p.mustApply(t, roomType, acctest.Object{"type": "direct", "participants": []string{"ann", "bob"}, "metadata": `{}`, "name": ""}, nil)
	if got, want := p.bodies(t, "POST", "/rooms$")[0], (map[string]any{"type": "direct", "participants": []any{"ann", "bob"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("the creation sent %v, want %v", got, want)
	}
}

// A server that counts its callers' requests is waited for.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	p.Faults(t, control.FaultRule{Times: 5, Status: 429, Headers: map[string]string{"Retry-After": "0"}})
	room := p.Protocol(t).Import(t.Context(), roomType, roomID, nil)
	if room.Problems != nil || p.Count("GET", "") != 6 {
		t.Errorf("it took %d calls and said %q", p.Count("GET", ""), room.Problems)
	}
}
