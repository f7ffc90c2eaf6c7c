package oichat_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// names are the display names of a list; a problem stands for itself.
func names(results []acctest.Listed) []string {
	all := []string{}
	for _, result := range results {
		if result.Problems != nil {
			all = append(all, fmt.Sprint(result.Problems))
			continue
		}
		all = append(all, result.DisplayName)
	}
	return all
}

func TestListRooms(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	one, two := p.addRoom(t, "One", "ann", "bob"), p.addRoom(t, "", "ann", "cara")
	p.addRoom(t, "Not hers", "bob", "cara")
	results := p.Protocol(t).List(t.Context(), roomType, acctest.Object{"user_id": "ann"}, 100, true)
	if got := names(results); !reflect.DeepEqual(got, []string{"One (" + one + ")", two}) {
		t.Fatalf("it listed %v", got)
	}
	if want := (acctest.Object{"room_id": one}); !reflect.DeepEqual(results[0].Identity, want) {
		t.Errorf("the identity is %v", results[0].Identity)
	}
	if want := (acctest.Object{
		"id": one, "room_id": one, "type": "group", "name": "One", "participants": []any{"ann", "bob"}, "initial_participants": nil,
		"metadata": "{}", "status": "open", "idempotency_key": nil, "timeouts": nil,
	}); !reflect.DeepEqual(results[0].Resource, want) {
		t.Errorf("the room is %v, want %v", results[0].Resource, want)
	}
	p.expect(t, "GET /rooms")
}

// A list that shows a part of a room is completed, but only for who asks for the
// whole resource.
func TestListRooms_shownInPart(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{HideParticipants: "list"})
	p.addRoom(t, "One", "ann", "bob")
	run := p.Protocol(t)
	if results := run.List(t.Context(), roomType, acctest.Object{"user_id": "ann"}, 100, false); len(results) != 1 || results[0].Resource != nil {
		t.Errorf("it listed %+v", results)
	}
	p.expect(t, "GET /rooms")
	results := run.List(t.Context(), roomType, acctest.Object{"user_id": "ann"}, 100, true)
	if len(results) != 1 || !reflect.DeepEqual(results[0].Resource["participants"], []any{"ann", "bob"}) {
		t.Errorf("it listed %+v", results)
	}
	p.expect(t, "GET /rooms", "GET /rooms/R")
}

func TestListParticipants(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "One", "bob", "ann", "cara")
	results := p.Protocol(t).List(t.Context(), participantType, acctest.Object{"room_id": roomID}, 100, true)
	if got := names(results); !reflect.DeepEqual(got, []string{"ann in " + roomID, "bob in " + roomID, "cara in " + roomID}) {
		t.Fatalf("it listed %v", got)
	}
	if want := edge(roomID, "ann"); !reflect.DeepEqual(results[0].Identity, want) {
		t.Errorf("the identity is %v", results[0].Identity)
	}
	if want := (acctest.Object{"id": roomID + "/ann", "room_id": roomID, "user_id": "ann", "timeouts": nil}); !reflect.DeepEqual(results[0].Resource, want) {
		t.Errorf("the resource is %v", results[0].Resource)
	}
	p.expect(t, "GET /rooms/R")
}

// terraform query writes configurations of what it finds: they must be valid,
// and change nothing, also of a room that everybody but one has left.
func TestWhatIsListedMakesAConfiguration(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	full, left := p.addRoom(t, "Full", "ann", "bob"), p.addRoom(t, "Left", "ann", "bob")
	p.Edit(t, "POST", "/v1/rooms/"+left+"/leave", map[string]any{"user_id": "bob"})
	run := p.Protocol(t)
	for typeName, config := range map[string]acctest.Object{roomType: {"user_id": "ann"}, participantType: {"room_id": full}} {
		results := run.List(t.Context(), typeName, config, 100, true)
		if len(results) != 2 {
			t.Errorf("%s: it listed %v", typeName, names(results))
		}
		for _, result := range results {
			written := acctest.Object{}
			for name, value := range result.Resource {
				if value != nil && name != "id" && (name != "room_id" || typeName != roomType) {
					written[name] = value
				}
			}
			if problems := run.Validate(t.Context(), typeName, written); problems != nil {
				t.Errorf("%s %v: %q", typeName, written, problems)
			}
			imported := run.Import(t.Context(), typeName, "", result.Identity)
			if imported.Problems != nil {
				t.Fatalf("%s %v: %q", typeName, result.Identity, imported.Problems)
			}
			p.ResetRequests()
			if taken := run.Apply(t.Context(), typeName, written, &imported); taken.Problems != nil || len(p.Requests()) > 0 {
				t.Errorf("%s %v: %q, %q", typeName, written, taken.Problems, p.lines())
			}
		}
		p.ResetRequests()
		run = p.Protocol(t)
	}
}

func TestListsHonourTheLimit(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	for n := range 250 {
		p.addRoom(t, fmt.Sprint(n), "ann", "bob")
	}
	run := p.Protocol(t)
	for limit, calls := range map[int64]int{1: 1, 120: 2, 0: 3, 1000: 3} {
		p.ResetRequests()
		want := int(limit)
		if limit == 0 || limit > 250 {
			want = 250
		}
		if got := run.List(t.Context(), roomType, acctest.Object{"user_id": "ann"}, limit, false); len(got) != want || len(p.Requests()) != calls {
			t.Errorf("with a limit of %d it listed %d with %d calls", limit, len(got), len(p.Requests()))
		}
	}
	if got := run.List(t.Context(), participantType, acctest.Object{"room_id": p.open()[0].ID}, 1, false); len(got) != 1 {
		t.Errorf("it listed %v", names(got))
	}
}

func TestListsTellWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	run := p.Protocol(t)
	for _, test := range []struct {
		typeName string
		config   acctest.Object
		want     string
	}{
		{participantType, acctest.Object{"room_id": "room-unknown"}, "ERROR Can't list participants of OiChat room room-unknown"},
	} {
		results := run.List(t.Context(), test.typeName, test.config, 100, true)
		if len(results) != 1 {
			t.Fatalf("it listed %v", names(results))
		}
		mustSay(t, test.typeName, results[0].Problems, test.want)
	}
	p.Settings(t, mockSettings{HideParticipants: "always"})
	roomID := p.addRoom(t, "One", "ann", "bob")
	hidden := p.Protocol(t).List(t.Context(), participantType, acctest.Object{"room_id": roomID}, 100, true)
	if len(hidden) != 1 {
		t.Fatalf("it listed %v", names(hidden))
	}
	mustSay(t, "a room that hides them", hidden[0].Problems, "OiChat does not tell who is in the room.")

	unset := acctest.NewProtocol(t)
	unset.Configure(acctest.Object{})
	for typeName, config := range map[string]acctest.Object{roomType: {"user_id": "ann"}, participantType: {"room_id": roomID}} {
		results := unset.List(t.Context(), typeName, config, 100, true)
		if len(results) != 1 {
			t.Fatalf("it listed %v", names(results))
		}
		mustSay(t, typeName+" without settings", results[0].Problems, "ERROR OiChat is not configured")
	}
}
