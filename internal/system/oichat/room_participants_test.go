package oichat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// crowd is so many users, named by their number.
func crowd(from, to int) []string {
	users := []string{}
	for n := from; n < to; n++ {
		users = append(users, fmt.Sprintf("user-%03d", n))
	}
	return users
}

// in are the participants of the one room, sorted.
func (p project) in(t *testing.T) []string {
	t.Helper()
	return slices.Sorted(slices.Values(p.onlyRoom(t).Participants))
}

// How the participants are exchanged: who comes goes first, unless the room is
// full; and it is never empty, which would destroy it on some servers.
func TestParticipants_exchange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind     string
		from, to []string
		want     []string // the calls in their order; nil: only how many, one for each user
	}{
		"group, all":  {"group", []string{"ann", "bob"}, []string{"cara", "dev"}, []string{"POST", "POST", "DELETE", "DELETE"}},
		"group, one":  {"group", []string{"ann", "bob"}, []string{"bob", "cara"}, []string{"POST", "DELETE"}},
		"more":        {"group", []string{"ann", "bob"}, []string{"ann", "bob", "cara", "dev"}, []string{"POST", "POST"}},
		"fewer":       {"group", []string{"ann", "bob", "cara", "dev"}, []string{"ann", "bob"}, []string{"DELETE", "DELETE"}},
		"direct":      {"direct", []string{"ann", "bob"}, []string{"cara", "dev"}, []string{"DELETE", "POST", "DELETE", "POST"}},
		"full, one":   {"group", crowd(0, 500), crowd(1, 501), []string{"DELETE", "POST"}},
		"full, all":   {"group", crowd(0, 500), crowd(500, 1000), nil},
		"nearly full": {"group", crowd(0, 499), crowd(2, 501), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProjectWith(t, mockSettings{RemoveDestroys: true})
			room := p.mustApply(t, roomType, acctest.Object{"type": test.kind, "participants": test.from}, nil)
			p.ResetRequests()
			p.mustApply(t, roomType, acctest.Object{"type": test.kind, "participants": test.to}, &room)
			if got := p.in(t); !slices.Equal(got, test.to) {
				t.Errorf("in the room are %d, want %d", len(got), len(test.to))
			}
			var methods []string
			for _, request := range p.Requests() {
				if request.Status >= 400 {
					t.Errorf("%s %s was refused", request.Method, request.Path)
				}
				methods = append(methods, request.Method)
			}
			if test.want != nil && !slices.Equal(methods, test.want) {
				t.Errorf("calls %q, want %q", methods, test.want)
			}
			changes := 0
			for _, user := range test.to {
				if !slices.Contains(test.from, user) {
					changes += 2 // one enters, and another one leaves
				}
			}
			if test.want == nil && len(methods) != changes {
				t.Errorf("%d calls, want %d", len(methods), changes)
			}
		})
	}
}

// A change that fails in its middle leaves a state that says who is there, and
// the next apply goes on from it.
func TestParticipants_failureInTheMiddle(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	room := p.mustApply(t, roomType, supportRoom(nil), nil)
	config := supportRoom(acctest.Object{"participants": []string{"bob", "cara", "dev", "eve"}})

	refused := control.FaultRule{Method: "POST", Path: "/participants$", Skip: 1, Status: 403, Body: `{"error":{"code":"NO_MORE","message":"the room is closed to new users"}}`}
	p.Faults(t, refused)
	failed := p.Protocol(t).Apply(t.Context(), roomType, config, &room)
	mustSay(t, "the apply", failed.Problems, "the room is closed to new users")
	if len(failed.Problems) == 1 && !strings.HasPrefix(failed.Problems[0], "ERROR Can't add participants of OiChat room "+p.onlyRoom(t).ID+": ") {
		t.Errorf("it said %q", failed.Problems)
	}
	there := p.in(t) // one of the three came in, and nobody left
	if len(there) != 3 || fmt.Sprint(failed.State["participants"]) != fmt.Sprint(there) {
		t.Errorf("in the room are %q, and the state says %v", there, failed.State["participants"])
	}
	p.Faults(t)
	p.ResetRequests()
	p.mustApply(t, roomType, config, &failed)
	p.expect(t, "POST /rooms/R/participants", "POST /rooms/R/participants", "DELETE /rooms/R/participants/ann")
	if got := p.in(t); !slices.Equal(got, []string{"bob", "cara", "dev", "eve"}) {
		t.Errorf("in the room are %q", got)
	}
}

// An error repeats a few ids and counts the rest.
func TestParticipants_errorsAreShort(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	room := p.mustApply(t, roomType, supportRoom(nil), nil)
	p.Faults(t, control.FaultRule{Path: "/participants$", Status: 403})
	failed := p.Protocol(t).Apply(t.Context(), roomType, supportRoom(acctest.Object{"participants": crowd(0, 300)}), &room)
	mustSay(t, "the apply", failed.Problems, `"user-000", "user-001", "user-002", "user-003", "user-004" and 295 more`)
}

// Managing all participants, or none, is changed without touching the room.
func TestParticipants_handedOver(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	initial := acctest.Object{"type": "group", "initial_participants": []string{"ann", "bob"}}
	room := p.mustApply(t, roomType, initial, nil)
	p.enter(t, "eve")()
	p.ResetRequests()

	// From "whoever comes" to "these and no others": the room is asked who is there.
	all := acctest.Object{"type": "group", "participants": []string{"ann", "bob"}}
	room = p.mustApply(t, roomType, all, &room)
	p.expect(t, "GET /rooms/R", "DELETE /rooms/R/participants/eve")

	planned := p.Protocol(t).Plan(t.Context(), roomType, initial, &room)
	mustSay(t, "the plan", planned.Problems, "WARNING Nobody is removed from the room")
	room = p.mustApply(t, roomType, initial, &room)
	p.expect(t)
	p.enter(t, "eve")()
	if read := p.refresh(t, roomType, room); read.Problems != nil || !sameExcept(read.State, room.State) {
		t.Errorf("the refresh made %v of it: %q", read.State, read.Problems)
	}
}

// initial_participants counts once. A change says so, and does nothing.
func TestParticipants_initialChangedLater(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	room := p.mustApply(t, roomType, acctest.Object{"type": "group", "initial_participants": []string{"ann", "bob"}}, nil)
	p.ResetRequests()
	run := p.Protocol(t)
	later := acctest.Object{"type": "group", "initial_participants": []string{"ann", "cara"}}
	planned := run.Plan(t.Context(), roomType, later, &room)
	mustSay(t, "the plan", planned.Problems, "WARNING Nobody enters or leaves the room: initial_participants only counts when the room is created.")
	changed := run.Apply(t.Context(), roomType, later, &room)
	if changed.Problems != nil || len(p.Requests()) > 0 {
		t.Errorf("it said %q and called %q", changed.Problems, p.lines())
	}
	if again := run.Plan(t.Context(), roomType, later, &changed); again.Problems != nil {
		t.Errorf("the second plan said %q", again.Problems)
	}
}

// twice is what is said of a room whose participants are managed in both ways.
const twice = "They would undo each other's work in every apply."

func TestParticipants_managedTwice(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*testing.T, project, acctest.Change){
		"the room is planned first": func(t *testing.T, p project, room acctest.Change) {
			run := p.Protocol(t)
			mustSay(t, "the room", run.Plan(t.Context(), roomType, supportRoom(nil), &room).Problems, "")
			mustSay(t, "the edge", run.Plan(t.Context(), participantType, edge(p.onlyRoom(t).ID, "cara"), nil).Problems, twice)
		},
		"the edge is planned first": func(t *testing.T, p project, room acctest.Change) {
			run := p.Protocol(t)
			mustSay(t, "the edge", run.Plan(t.Context(), participantType, edge(p.onlyRoom(t).ID, "cara"), nil).Problems, "")
			mustSay(t, "the room", run.Plan(t.Context(), roomType, supportRoom(nil), &room).Problems, `there is a chat_oichat_room_participant for "cara". `+twice)
		},
		"the room is made in the same apply": func(t *testing.T, p project, _ acctest.Change) {
			run := p.Protocol(t)
			made := run.Apply(t.Context(), roomType, supportRoom(nil), nil)
			mustSay(t, "the edge", run.Apply(t.Context(), participantType, edge(made.State["room_id"].(string), "cara"), nil).Problems, twice)
		},
		"another room": func(t *testing.T, p project, room acctest.Change) {
			run := p.Protocol(t)
			mustSay(t, "the room", run.Plan(t.Context(), roomType, supportRoom(nil), &room).Problems, "")
			mustSay(t, "the edge", run.Plan(t.Context(), participantType, edge("room-2", "cara"), nil).Problems, "")
		},
		"the room lets go of them": func(t *testing.T, p project, room acctest.Change) {
			run := p.Protocol(t)
			config := acctest.Object{"type": "group", "initial_participants": []string{"ann", "bob"}}
			mustSay(t, "the room", run.Plan(t.Context(), roomType, config, &room).Problems, "Nobody is removed from the room")
			mustSay(t, "the edge", run.Plan(t.Context(), participantType, edge(p.onlyRoom(t).ID, "cara"), nil).Problems, "")
		},
		"the edge goes": func(t *testing.T, p project, room acctest.Change) {
			run, config := p.Protocol(t), edge(p.onlyRoom(t).ID, "cara")
			made := p.mustApply(t, participantType, config, nil)
			mustSay(t, "the edge", run.Plan(t.Context(), participantType, config, &made).Problems, "")
			mustSay(t, "the edge", run.Apply(t.Context(), participantType, nil, &made).Problems, "")
			mustSay(t, "the room", run.Plan(t.Context(), roomType, supportRoom(nil), &room).Problems, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProject(t)
			run(t, p, p.mustApply(t, roomType, supportRoom(nil), nil))
		})
	}
}

// What a user does who reads no documentation: two in the room, and a third with
// a resource. The apply says what to do, and that works.
func TestParticipants_managedTwiceInTerraform(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	config := func(participants string) string {
		return p.room(fmt.Sprintf(`
  type = "group"
  %s   = ["ann", "bob"]
`, participants)) + `
resource "chat_oichat_room_participant" "cara" {
  room_id = chat_oichat_room.support.room_id
  user_id = "cara"
}
`
	}
	p.run(t,
		resource.TestStep{Config: config("participants"), ExpectError: says("Rename participants of the room to initial_participants, which only counts when the room is created.")},
		resource.TestStep{Config: config("participants"), PlanOnly: true, ExpectError: says(twice)},
		resource.TestStep{
			Config:           config("initial_participants"),
			ConfigPlanChecks: plans("chat_oichat_room_participant.cara", plancheck.ResourceActionCreate),
			Check:            p.holds(t, "ann", "bob", "cara"),
		},
	)
}

// Participants that OiChat does not tell stay in the state, with a warning.
func TestParticipants_untold(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{HideParticipants: "always"})
	room := p.mustApply(t, roomType, supportRoom(nil), nil)
	read := p.refresh(t, roomType, room)
	mustSay(t, "the refresh", read.Problems, "WARNING OiChat does not tell who is in a room")
	if !sameExcept(read.State, room.State) {
		t.Errorf("the state became %v", read.State)
	}
	room = p.mustApply(t, roomType, supportRoom(acctest.Object{"participants": []string{"bob", "cara"}}), &read)
	if got := p.in(t); !slices.Equal(got, []string{"bob", "cara"}) {
		t.Errorf("in the room are %q", got)
	}
	unlisted := p.mustApply(t, roomType, acctest.Object{"type": "group", "initial_participants": []string{"ann", "bob"}}, &room)
	if read := p.refresh(t, roomType, unlisted); read.Problems != nil {
		t.Errorf("nothing is compared, and still it said %q", read.Problems)
	}
}

// From resources of one participant each to a list in the room, and back: in one
// apply each, after which everybody is where they should be.
func TestParticipants_movedIntoTheRoomAndBack(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	single := p.room(`
  type                 = "group"
  initial_participants = ["ann", "bob"]
`) + `
resource "chat_oichat_room_participant" "crowd" {
  count   = 2
  room_id = chat_oichat_room.support.room_id
  user_id = ["cara", "dev"][count.index]
}
`
	listed := p.room(`
  type         = "group"
  participants = ["ann", "bob", "cara", "dev"]
`)
	everybody := p.holds(t, "ann", "bob", "cara", "dev")
	nothing := func(config string) resource.TestStep { return resource.TestStep{Config: config, PlanOnly: true} }
	p.run(t,
		resource.TestStep{Config: single, Check: resource.ComposeTestCheckFunc(everybody,
			p.called("POST /rooms", "POST /rooms/R/participants", "POST /rooms/R/participants"))},
		resource.TestStep{Config: listed, Check: resource.ComposeTestCheckFunc(everybody, // Terraform destroys first
			p.called("DELETE /rooms/R/participants/cara", "DELETE /rooms/R/participants/dev", "POST /rooms/R/participants", "POST /rooms/R/participants"))},
		nothing(listed),
		resource.TestStep{Config: single, Check: everybody},
		nothing(single),
	)
}

// Users whose own resources go when the room begins to list them stay, whichever
// comes first.
func TestParticipants_takeOverInOneRun(t *testing.T) {
	t.Parallel()
	for name, roomFirst := range map[string]bool{"the room first": true, "the edge first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProject(t)
			room := p.mustApply(t, roomType, supportRoom(acctest.Object{"participants": nil, "initial_participants": []string{"ann", "bob"}}), nil)
			roomID := roomIDOf(room)
			cara := p.mustApply(t, participantType, edge(roomID, "cara"), nil)
			listed := supportRoom(acctest.Object{"participants": []string{"ann", "bob", "cara"}})
			run := p.Protocol(t)
			var updated, gone acctest.Change
			if roomFirst {
				updated = run.Apply(t.Context(), roomType, listed, &room)
				gone = run.Apply(t.Context(), participantType, nil, &cara)
			} else {
				gone = run.Apply(t.Context(), participantType, nil, &cara)
				updated = run.Apply(t.Context(), roomType, listed, &room)
			}
			if updated.Problems != nil || gone.Problems != nil || gone.State != nil {
				t.Errorf("the room said %q, the edge %q", updated.Problems, gone.Problems)
			}
			if got := p.in(t); !slices.Equal(got, []string{"ann", "bob", "cara"}) {
				t.Errorf("in the room are %q", got)
			}
		})
	}
}
