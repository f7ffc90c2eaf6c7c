package rocketchat_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// names are what a list shows of its results, which have no problems and the
// resource only where it was asked for.
func names(t *testing.T, listed []acctest.Listed, includeResource bool) []string {
	t.Helper()
	all := []string{}
	for _, one := range listed {
		if one.Problems != nil || one.Identity == nil || includeResource != (one.Resource != nil) {
			t.Errorf("got %+v", one)
		}
		all = append(all, one.DisplayName)
	}
	return all
}

// Each list, with and without the resources, and what it costs.
func TestLists(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	bob := e.addVisitor(t, "bob-1", map[string]any{"name": "Bob"})
	bobs := e.openRoom(t, "bob-1")
	e.addVisitor(t, "carl-1", map[string]any{"name": "Carl"}) // without a room
	e.closeRoom(t, "bob-1", bobs)
	bobs = e.openRoom(t, "bob-1")
	hello := e.say(t, "ann-1", room, "Hello")
	ann := slices.DeleteFunc(e.visitors(), func(v mock.VisitorState) bool { return v.Name != "Ann" })[0].ID
	listRooms := "GET /rooms?count=100&offset=0&open=true"
	for _, test := range []struct {
		typeName  string
		config    acctest.Object
		want      []string
		calls     []string // without the resources
		resources []string // besides, with them
	}{
		{visitorType, nil, []string{"Ann (" + ann + ")", "Bob (" + bob + ")"}, []string{listRooms}, []string{"GET /visitor/:token", "GET /visitor/:token"}},
		{roomType, nil, []string{"Ann (" + room + ")", "Bob (" + bobs + ")"}, []string{listRooms}, nil},
		{messageType, acctest.Object{"room_id": room}, []string{"Hello (" + hello + ")"}, []string{listRooms, "GET /messages.history/" + room + "?limit=100&token=<hidden>"}, nil},
		{departmentType, nil, []string{"Sales (" + mock.SalesID + ")", "Support (" + mock.SupportID + ")"}, []string{"GET /department?count=100&offset=0"},
			[]string{"GET /department/" + mock.SalesID + "?includeAgents=true", "GET /department/" + mock.SupportID + "?includeAgents=true"}},
		{departmentType, acctest.Object{"include_archived": true}, []string{"Sales (" + mock.SalesID + ")", "Support (" + mock.SupportID + ")"},
			[]string{"GET /department?count=100&offset=0&showArchived=true"}, []string{"GET /department/" + mock.SalesID + "?includeAgents=true", "GET /department/" + mock.SupportID + "?includeAgents=true"}},
		{customFieldType, nil, []string{"Company (company)", "Order number (order)", "Origin (origin)", "Tier (tier)"}, []string{"GET /custom-fields?count=100&offset=0"}, nil},
	} {
		e.ResetRequests()
		p := e.Protocol(t)
		if got := names(t, p.List(t.Context(), test.typeName, test.config, 100, false), false); !slices.Equal(got, test.want) {
			t.Errorf("%s lists %q, want %q", test.typeName, got, test.want)
		}
		e.wantCalls(t, test.calls...)
		p = e.Protocol(t)
		listed := p.List(t.Context(), test.typeName, test.config, 100, true)
		if got := names(t, listed, true); !slices.Equal(got, test.want) {
			t.Errorf("%s lists %q, want %q", test.typeName, got, test.want)
		}
		e.wantCalls(t, append(slices.Clone(test.calls), test.resources...)...)
		for _, one := range listed {
			imported := p.Import(t.Context(), test.typeName, "", one.Identity)
			if imported.Problems != nil || !reflect.DeepEqual(imported.State, one.Resource) {
				t.Errorf("%s: the import of %v gave\n%v, and the list\n%v: %q", test.typeName, one.Identity, imported.State, one.Resource, imported.Problems)
			}
		}
		if one := p.List(t.Context(), test.typeName, test.config, 1, false); len(one) != 1 {
			t.Errorf("%s: %d results for a limit of 1", test.typeName, len(one))
		}
	}
	if n := e.opening(); n > 0 {
		t.Errorf("the lists opened %d rooms", n)
	}
}

// A visitor whose token has changed since the room was opened is left out.
func TestLists_visitorWithAnotherToken(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addVisitor(t, "ann-1", map[string]any{"email": "ann@example.com"})
	e.openRoom(t, "ann-1")
	e.addVisitor(t, "thief", map[string]any{"email": "ann@example.com"})
	if listed := e.Protocol(t).List(t.Context(), visitorType, nil, 100, true); len(listed) > 0 {
		t.Errorf("got %+v", listed)
	}
}

func TestLists_failures(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	for typeName, want := range map[string]struct{ what, path string }{
		visitorType: {"A list of visitors", "/rooms$"}, roomType: {"A list of rooms", "/rooms$"}, messageType: {"A list of messages", "/rooms$"},
		departmentType: {"A list of departments", "/department$"}, customFieldType: {"A list of custom fields", "/custom-fields$"},
	} {
		config := acctest.Object{}
		if typeName == messageType {
			config["room_id"] = room
		}
		listed := e.VisitorProtocol(t).List(t.Context(), typeName, config, 100, false)
		if len(listed) != 1 {
			t.Fatalf("%s: %+v", typeName, listed)
		}
		onlyProblem(t, listed[0].Problems, "ERROR "+want.what+" needs an administrator", "ROCKETCHAT_AUTH_TOKEN")
		e.Faults(t, control.FaultRule{Method: "GET", Path: want.path, Status: 403, Body: `{"success":false,"error":"unauthorized"}`})
		listed = e.Protocol(t).List(t.Context(), typeName, config, 100, false)
		if len(listed) != 1 {
			t.Fatalf("%s: %+v", typeName, listed)
		}
		onlyProblem(t, listed[0].Problems, "ERROR Can't ", "403", "lacks a permission")
		e.Faults(t)
	}
	listed := e.Protocol(t).List(t.Context(), messageType, acctest.Object{"room_id": "nowhere"}, 100, false)
	onlyProblem(t, listed[0].Problems, "ERROR There is no such Rocket.Chat room")
}
