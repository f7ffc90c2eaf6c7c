package oichat_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// Of a room's fields only the id is sure. A server that tells nothing else loses
// no room and replaces none.
func TestServerThatTellsTheIDAlone(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/rooms" && r.Method == http.MethodGet {
			fmt.Fprint(w, `{"data":[{"room_id":"room-1"}]}`)
			return
		}
		fmt.Fprint(w, `{"room_id":"room-1"}`)
	}))
	defer server.Close()
	connect := func() *acctest.Protocol {
		run := acctest.NewProtocol(t)
		if problems := run.Configure(settings(acctest.Object{"base_url": server.URL})); problems != nil {
			t.Fatal(problems)
		}
		return run
	}
	run := connect()
	room := run.Apply(t.Context(), roomType, acctest.Object{"type": "group", "participants": []string{"ann", "bob"}}, nil)
	if room.Problems != nil || room.State["status"] != "open" || !reflect.DeepEqual(room.State["participants"], []any{"ann", "bob"}) {
		t.Errorf("created %v: %q", room.State, room.Problems)
	}
	imported := connect().Import(t.Context(), roomType, "room-1", nil)
	if imported.State["type"] != nil || imported.State["status"] != "open" || imported.State["participants"] != nil {
		t.Errorf("imported %v", imported.State)
	}
	mustSay(t, "the import", imported.Problems, "WARNING OiChat does not tell who is in a room")
	run = connect()
	config := acctest.Object{"type": "group"}
	planned := run.Plan(t.Context(), roomType, config, &imported)
	if planned.Problems != nil || len(planned.Replaces) > 0 {
		t.Errorf("the plan replaces for %q: %q", planned.Replaces, planned.Problems)
	}
	taken := run.Apply(t.Context(), roomType, config, &imported)
	read := connect().Refresh(t.Context(), roomType, taken)
	if taken.Problems != nil || read.Problems != nil || read.State["type"] != "group" {
		t.Errorf("taken over as %v: %q, %q", read.State, taken.Problems, read.Problems)
	}
	edge := connect().Import(t.Context(), participantType, "room-1/ann", nil)
	mustSay(t, "the participant", edge.Problems, "WARNING OiChat does not tell who is in a room")
	row, problems := connect().ReadDataSource(t.Context(), roomType, acctest.Object{"room_id": "room-1"})
	want := acctest.Object{"id": "room-1", "room_id": "room-1", "type": nil, "name": "", "participants": nil, "metadata": "{}", "status": nil, "created_at": nil, "updated_at": nil}
	if problems != nil || !reflect.DeepEqual(row, want) {
		t.Errorf("it read %v: %q", row, problems)
	}
	if listed := connect().List(t.Context(), roomType, acctest.Object{"user_id": "ann"}, 100, true); len(listed) != 1 || listed[0].Problems != nil {
		t.Errorf("it listed %+v", listed)
	}
}

// A list whose rooms can't be completed says so, room by room.
func TestListRooms_thatCannotBeCompleted(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{HideParticipants: "list"})
	p.addRoom(t, "One", "ann", "bob")
	p.Faults(t, control.FaultRule{Path: "/rooms/", Status: 403})
	listed := p.Protocol(t).List(t.Context(), roomType, acctest.Object{"user_id": "ann"}, 100, true)
	if len(listed) != 1 || len(listed[0].Problems) == 0 || !strings.HasPrefix(listed[0].Problems[0], "ERROR Can't read OiChat room") {
		t.Errorf("it listed %+v", listed)
	}
}

// Who is there must be known before anybody is taken out.
func TestParticipants_unknownBefore(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	room := p.mustApply(t, roomType, acctest.Object{"type": "group", "initial_participants": []string{"ann", "bob"}}, nil)
	p.Faults(t, control.FaultRule{Method: "GET", Status: 403})
	p.ResetRequests()
	failed := p.Protocol(t).Apply(t.Context(), roomType, acctest.Object{"type": "group", "participants": []string{"ann", "cara"}}, &room)
	mustFail(t, failed.Problems, "ERROR Can't read the participants of OiChat room")
	if failed.State["participants"] != nil || failed.State["initial_participants"] == nil {
		t.Errorf("the state is %v", failed.State)
	}
	p.expect(t, "GET /rooms/R")
}
