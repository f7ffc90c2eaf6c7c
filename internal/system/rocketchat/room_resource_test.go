package rocketchat_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

const (
	roomType = "chat_rocketchat_room"
	roomName = "chat_rocketchat_room.support"
)

// supportBlock is a room of ann's in HCL, with some of it replaced.
func supportBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_rocketchat_room" "support" {
  visitor_token = chat_rocketchat_visitor.ann.token
}
`)
}

// roomOf is a room of the visitor with that token.
func roomOf(token string) acctest.Object { return acctest.Object{"visitor_token": token} }

func TestRoom_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	visitors := e.Provider() + annBlock("name ", "token = \"ann-1\"\nname ")
	config := visitors + supportBlock()
	withAgent := func(id string) string {
		return visitors + supportBlock("ann.token", "ann.token\n  agent_id = \""+id+"\"")
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectSensitiveValue(roomName, tfjsonpath.New("visitor_token")),
					statecheck.ExpectKnownValue(roomName, tfjsonpath.New("agent_id"), knownvalue.Null()),
				},
				Check: resource.ComposeTestCheckFunc(
					resource.TestCheckResourceAttrPair(roomName, "visitor_id", annName, "id"),
					func(state *terraform.State) error {
						if open := e.openRooms(); len(open) != 1 || open[0] != state.RootModule().Resources[roomName].Primary.ID {
							return fmt.Errorf("the open rooms are %v", open)
						}
						return nil
					}),
			},
			{Config: config, PlanOnly: true},
			{ResourceName: roomName, ImportState: true, ImportStateVerify: true},
			{ResourceName: roomName, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: func(*terraform.State) (string, error) {
				return e.openRooms()[0] + "/ann-1", nil
			}},
			{ResourceName: roomName, ImportState: true, ImportStateId: "nowhere/ann-1", ExpectError: says("Cannot import non-existent remote object")},
			{Config: visitors + supportBlock("ann.token", "ann.token\n  adopt_existing = true"), ConfigPlanChecks: expect(roomName, plancheck.ResourceActionUpdate)},

			// An agent is for a new room only.
			{Config: withAgent(mock.BobID), ConfigPlanChecks: expect(roomName, plancheck.ResourceActionUpdate)},
			{Config: withAgent(mock.AliceID), ConfigPlanChecks: expect(roomName, plancheck.ResourceActionReplace), Check: func(*terraform.State) error {
				if served := e.Snapshot().Room(e.openRooms()[0]).ServedBy; served != mock.AliceID {
					return fmt.Errorf("the room is served by %s", served)
				}
				return nil
			}},
			{Config: config, ConfigPlanChecks: expect(roomName, plancheck.ResourceActionUpdate)},

			// Who serves it where is no drift.
			{
				PreConfig: func() {
					e.edit(t, "POST /visitor/department.transfer", map[string]any{"token": "ann-1", "rid": e.openRooms()[0], "department": mock.SalesID})
				},
				Config: config, PlanOnly: true,
			},
			{
				PreConfig: func() { e.closeRoom(t, "ann-1", e.openRooms()[0]) },
				Config:    config, ConfigPlanChecks: expect(roomName, plancheck.ResourceActionCreate),
			},
			{
				Config:           e.Provider() + annBlock("name ", "token = \"ann-2\"\nname ") + supportBlock(),
				ConfigPlanChecks: expect(roomName, plancheck.ResourceActionReplace),
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if open := e.openRooms(); len(open) > 0 {
				return fmt.Errorf("rooms are open: %v", open)
			}
			return nil
		},
	})
}

func TestRoom_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + annBlock() + supportBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(roomName, tfjsonpath.New("id")),
				},
			},
			{ResourceName: roomName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			{ResourceName: annName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// Only the creation makes the GET that opens a room.
func TestRoom_callsAndIdentity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addVisitor(t, "ann-1", nil)
	for name, p := range map[string]*acctest.Protocol{"visitor": e.VisitorProtocol(t), "administrator": e.Protocol(t)} {
		room := p.Apply(t.Context(), roomType, roomOf("ann-1"), nil)
		id := text(room.State, "id")
		if room.Problems != nil || !reflect.DeepEqual(room.Identity, acctest.Object{"id": id}) {
			t.Fatalf("%s: %v %v %q", name, room.State, room.Identity, room.Problems)
		}
		e.wantCalls(t, "GET /room?token=<hidden>")

		const reading = "GET /room?rid=%s&token=<hidden>"
		read := p.Refresh(t.Context(), roomType, room)
		if !reflect.DeepEqual(read.State, room.State) {
			t.Errorf("%s: the refresh changed the state from %v to %v", name, room.State, read.State)
		}
		e.wantCalls(t, fmt.Sprintf(reading, id))

		changed := p.Apply(t.Context(), roomType, with(roomOf("ann-1"), acctest.Object{"adopt_existing": true, "agent_id": mock.BobID}), &read)
		if changed.Problems != nil || changed.State["agent_id"] != mock.BobID {
			t.Errorf("%s: %v %q", name, changed.State, changed.Problems)
		}
		e.wantCalls(t)

		imported := p.Import(t.Context(), roomType, id+"/ann-1", nil)
		if imported.Problems != nil || !reflect.DeepEqual(imported.State, room.State) || !reflect.DeepEqual(imported.Identity, room.Identity) {
			t.Errorf("%s: the import gave %v %v %q", name, imported.State, imported.Identity, imported.Problems)
		}
		e.ResetRequests()

		if gone := p.Apply(t.Context(), roomType, nil, &changed); gone.Problems != nil || len(e.openRooms()) > 0 {
			t.Errorf("%s: %q %v", name, gone.Problems, e.openRooms())
		}
		e.wantCalls(t, "POST /room.close")
		if again := p.Apply(t.Context(), roomType, nil, &changed); again.Problems != nil {
			t.Errorf("%s: the destroy of a closed room says %q", name, again.Problems)
		}
		e.ResetRequests()
	}
}

func TestRoom_import(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addVisitor(t, "ann/1 x", nil)
	id := e.openRoom(t, "ann%2F1+x")
	identity := acctest.Object{"id": id}
	for _, spelling := range []string{id, "", id + "/ann/1 x"} {
		imported := e.Protocol(t).Import(t.Context(), roomType, spelling, identity)
		if imported.Problems != nil || text(imported.State, "visitor_token") != "ann/1 x" || !reflect.DeepEqual(imported.Identity, identity) {
			t.Errorf("the import of %q gave %v %v %q", spelling, imported.State, imported.Identity, imported.Problems)
		}
	}
	if n := e.opening(); n > 0 {
		t.Errorf("the imports opened %d rooms", n)
	}
	onlyProblem(t, e.VisitorProtocol(t).Import(t.Context(), roomType, id, nil).Problems, "ERROR An import of a room without the visitor's token needs an administrator")
	onlyProblem(t, e.Protocol(t).Import(t.Context(), roomType, "nowhere", nil).Problems, "ERROR No room tells the token of the visitor")
	malformed := e.Protocol(t).Import(t.Context(), roomType, "/secret", nil)
	onlyProblem(t, malformed.Problems, "ERROR Malformed import id", "<room_id> or <room_id>/<visitor token>")
	if mentions(malformed.Problems, "secret") {
		t.Errorf("the token is repeated: %q", malformed.Problems)
	}
}

// A room that a resource of another address has adopted, or a replacement with
// create_before_destroy, is not closed with the old resource in the same run.
func TestRoom_adoptedInOneRun(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addVisitor(t, "ann-1", nil)
	config := with(roomOf("ann-1"), acctest.Object{"adopt_existing": true})
	old := e.Protocol(t).Apply(t.Context(), roomType, config, nil)
	run := e.Protocol(t)
	adopted := run.Apply(t.Context(), roomType, config, nil)
	if old.Problems != nil || adopted.Problems != nil || text(adopted.State, "id") != text(old.State, "id") {
		t.Fatalf("%q, %q: %v was adopted in place of %v", old.Problems, adopted.Problems, adopted.State, old.State)
	}
	gone := run.Apply(t.Context(), roomType, nil, &old)
	onlyProblem(t, gone.Problems, "WARNING Rocket.Chat room "+text(old.State, "id")+" stays", "was to be closed")
	if gone.State != nil || len(e.openRooms()) != 1 {
		t.Errorf("the state of the old one is %v, and open are %v", gone.State, e.openRooms())
	}
	if last := e.Protocol(t).Apply(t.Context(), roomType, nil, &adopted); last.Problems != nil || len(e.openRooms()) > 0 {
		t.Errorf("a later destroy left %v: %q", e.openRooms(), last.Problems)
	}
}

// A room that is open already is somebody else's, unless it may be adopted.
func TestRoom_adoption(t *testing.T) {
	t.Parallel()
	e, catchUp := startOldTenant(t)
	e.addVisitor(t, "ann-1", nil)
	id := e.openRoom(t, "ann-1")
	catchUp()
	for name, test := range map[string]struct {
		protocol *acctest.Protocol
		want     string
	}{
		"administrator": {e.Protocol(t), "terraform import chat_rocketchat_room.<name> '" + id + "'"},
		"visitor":       {e.VisitorProtocol(t), "terraform import chat_rocketchat_room.<name> '" + id + "/<visitor token>'"},
	} {
		refused := test.protocol.Apply(t.Context(), roomType, roomOf("ann-1"), nil)
		onlyProblem(t, refused.Problems, "ERROR The visitor has an open room already", id, test.want, "adopt_existing = true")
		if refused.State != nil || mentions(refused.Problems, "ann-1") {
			t.Errorf("%s: the state is %v, the problems are %q", name, refused.State, refused.Problems)
		}
	}
	p := e.Protocol(t)
	adopted := p.Apply(t.Context(), roomType, with(roomOf("ann-1"), acctest.Object{"adopt_existing": true}), nil)
	if adopted.Problems != nil || text(adopted.State, "id") != id {
		t.Errorf("%v %q", adopted.State, adopted.Problems)
	}
	second := p.Apply(t.Context(), roomType, with(roomOf("ann-1"), acctest.Object{"adopt_existing": true}), nil)
	onlyProblem(t, second.Problems, "ERROR Two rooms of one visitor", id, "use one resource")

	// A room that is closed in a run can be followed by another.
	p = e.Protocol(t)
	p.Apply(t.Context(), roomType, nil, &adopted)
	if again := p.Apply(t.Context(), roomType, roomOf("ann-1"), nil); again.Problems != nil || text(again.State, "id") == id {
		t.Errorf("%v %q", again.State, again.Problems)
	}
}

// A closed room leaves the state with a warning that the next one is new; so do
// rooms of visitors who are gone.
func TestRoom_disappears(t *testing.T) {
	t.Parallel()
	for _, settings := range versions {
		e := startTenant(t)
		e.Settings(t, settings)
		e.addVisitor(t, "ann-1", nil)
		room := e.Protocol(t).Apply(t.Context(), roomType, roomOf("ann-1"), nil)
		id := text(room.State, "id")
		e.closeRoom(t, "ann-1", id)
		e.ResetRequests()
		gone := e.VisitorProtocol(t).Refresh(t.Context(), roomType, room)
		onlyWarning(t, gone.Problems, "Rocket.Chat room "+id+" is closed", "the plan proposes to open a NEW room", "stays on the server with its messages", "deleted there when the plan says", "terraform state rm")
		if gone.State != nil {
			t.Errorf("it stays in the state: %v", gone.State)
		}
		e.wantCalls(t, "GET /room?rid="+id+"&token=<hidden>", "GET /messages.history/"+id+"?limit=1&token=<hidden>")

		e.edit(t, "DELETE /visitor/ann-1", nil)
		gone = e.Protocol(t).Refresh(t.Context(), roomType, room)
		onlyWarning(t, gone.Problems, "Rocket.Chat room "+id+" can't be reached any more", "the visitor was deleted, and all its rooms with it, or has another token now")

		if settings.Version == "older" {
			continue
		}
		e.addVisitor(t, "ann-1", nil)
		room = e.Protocol(t).Apply(t.Context(), roomType, roomOf("ann-1"), nil)
		id = text(room.State, "id")
		e.closeRoom(t, "ann-1", id)
		e.edit(t, "POST /rooms.delete", map[string]any{"roomId": id})
		gone = e.Protocol(t).Refresh(t.Context(), roomType, room)
		onlyWarning(t, gone.Problems, "Rocket.Chat room "+id+" no longer exists", "Rocket.Chat does not know it any more")
	}
}

// Rooms that the server does not let a visitor close are closed by the
// administrator, if there is one.
func TestRoom_closing(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addVisitor(t, "ann-1", nil)
	room := e.Protocol(t).Apply(t.Context(), roomType, roomOf("ann-1"), nil)
	id := text(room.State, "id")
	e.Settings(t, mock.Settings{VisitorsMayNotClose: true})
	refused := e.VisitorProtocol(t).Apply(t.Context(), roomType, nil, &room)
	onlyProblem(t, refused.Problems, "ERROR Can't close Rocket.Chat room "+id, "Omnichannel_allow_visitors_to_close_conversation", "ROCKETCHAT_AUTH_TOKEN")
	if !reflect.DeepEqual(refused.State, room.State) {
		t.Errorf("the state is %v", refused.State)
	}
	closed := e.Protocol(t).Apply(t.Context(), roomType, nil, &room)
	if state := e.Snapshot().Room(id); closed.Problems != nil || state.Open || state.Closer != "user" || state.Comment != "Closed by Terraform" {
		t.Errorf("%q %+v", closed.Problems, state)
	}

	for _, code := range []string{"error-comment-is-required", "error-tags-must-be-assigned-before-closing-chat"} {
		e.Settings(t, mock.Settings{})
		room = e.Protocol(t).Apply(t.Context(), roomType, roomOf("ann-1"), nil)
		e.Faults(t, control.FaultRule{Method: "POST", Path: "/room.close$", Status: 400, Body: `{"success":false,"error":"` + code + `"}`})
		onlyProblem(t, e.VisitorProtocol(t).Apply(t.Context(), roomType, nil, &room).Problems, "ERROR Can't close Rocket.Chat room", "which only an agent can give", "ROCKETCHAT_AUTH_TOKEN")
		if closed := e.Protocol(t).Apply(t.Context(), roomType, nil, &room); closed.Problems != nil || len(e.openRooms()) > 0 {
			t.Errorf("%s: %q %v", code, closed.Problems, e.openRooms())
		}
		e.Faults(t)
	}
}

// A visitor whose token was taken away has a room that the token no longer
// closes: nobody may think that it is closed.
func TestRoom_destroyAfterTheTokenIsLost(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addVisitor(t, "ann-1", map[string]any{"email": "ann@example.com"})
	room := e.Protocol(t).Apply(t.Context(), roomType, roomOf("ann-1"), nil)
	e.addVisitor(t, "thief", map[string]any{"email": "ann@example.com"})
	left := e.VisitorProtocol(t).Apply(t.Context(), roomType, nil, &room)
	onlyWarning(t, left.Problems, "Rocket.Chat room "+text(room.State, "id")+" may still be open", "until an agent closes it")
	if closed := e.Protocol(t).Apply(t.Context(), roomType, nil, &room); closed.Problems != nil || len(e.openRooms()) > 0 {
		t.Errorf("%q %v", closed.Problems, e.openRooms())
	}
}

func TestRoom_cannotBeOpened(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings mock.Settings
		token    string
		want     []string
	}{
		"no visitor":      {mock.Settings{}, "nobody", []string{"There is no such Rocket.Chat visitor", "so that Terraform creates it first"}},
		"nobody online":   {mock.Settings{AgentsOffline: true}, "ann-1", []string{"Can't open a Rocket.Chat room", "no online agents", "Livechat_accept_chats_with_no_agents"}},
		"switched off":    {mock.Settings{OmnichannelOff: true}, "ann-1", []string{"Can't create a Rocket.Chat room", "Omnichannel is switched off on the server"}},
		"visitor blocked": {mock.Settings{ContactsBlocked: true}, "ann-1", []string{"Can't create a Rocket.Chat room", "the visitor is blocked"}},
	} {
		e := startTenant(t)
		e.addVisitor(t, "ann-1", nil)
		e.Settings(t, test.settings)
		room := e.Protocol(t).Apply(t.Context(), roomType, roomOf(test.token), nil)
		onlyProblem(t, room.Problems, append([]string{"ERROR"}, test.want...)...)
		if room.State != nil || len(e.openRooms()) > 0 {
			t.Errorf("%s: %v %v", name, room.State, e.openRooms())
		}
	}
	e := startTenant(t)
	e.addVisitor(t, "ann-1", nil)
	e.Settings(t, mock.Settings{AgentsOffline: true, AcceptWithoutAgents: true})
	if room := e.Protocol(t).Apply(t.Context(), roomType, roomOf("ann-1"), nil); room.Problems != nil {
		t.Errorf("a room that nobody serves: %q", room.Problems)
	}
}

func TestRoom_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{"chat_rocketchat_visitor.ann.token", `""`, "Attribute visitor_token string length must be at least 1, got: 0"},
		{"chat_rocketchat_visitor.ann.token", `"."`, `Attribute visitor_token value must be none of: ["." ".."], got: "."`},
		{"ann.token", "ann.token\n  agent_id = \"\"", "Attribute agent_id string length must be at least 1, got: 0"},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + annBlock() + supportBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// Whatever goes wrong once, at the end there is one room, and it is in the
// state.
func TestRoom_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.addVisitor(t, "ann-1", nil)
			p := e.Protocol(t)
			e.Faults(t, fault.on("GET", "/room$"))
			room := p.Apply(t.Context(), roomType, roomOf("ann-1"), nil)
			open := e.openRooms()
			switch {
			case len(open) > 0 && (room.Problems != nil || text(room.State, "id") != open[0]):
				t.Errorf("a room is open, and the state says %v, %q", room.State, room.Problems)
			case len(open) == 0:
				onlyProblem(t, room.Problems, "ERROR Can't create a Rocket.Chat room", fault.want)
			}
			if room.State == nil {
				room = p.Apply(t.Context(), roomType, roomOf("ann-1"), nil)
			}
			if room.Problems != nil || len(e.Snapshot().Rooms) != 1 {
				t.Errorf("then %v, %q, of %d rooms", room.State, room.Problems, len(e.Snapshot().Rooms))
			}
		})
	}
}

func TestRoom_readAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.addVisitor(t, "ann-1", nil)
			room := e.VisitorProtocol(t).Apply(t.Context(), roomType, roomOf("ann-1"), nil)

			e.Faults(t, fault.on("GET", "/room$"))
			read := e.VisitorProtocol(t).Refresh(t.Context(), roomType, room)
			checkFault(t, fault, read.Problems, "Can't read Rocket.Chat room")
			if !reflect.DeepEqual(read.State, room.State) {
				t.Errorf("the refresh left %v", read.State)
			}

			// Nor does a probe that fails take the room out of the state.
			e.Faults(t, control.FaultRule{Method: "GET", Path: "/room$", Times: 1, Status: 400, Body: `{"success":false,"error":"invalid-room"}`}, fault.on("GET", "/messages.history/"))
			read = e.VisitorProtocol(t).Refresh(t.Context(), roomType, room)
			if !fault.survived && read.State == nil {
				t.Errorf("a probe that fails takes the room out of the state: %q", read.Problems)
			}

			e.Faults(t, fault.on("POST", "/room.close$"))
			closed := e.VisitorProtocol(t).Apply(t.Context(), roomType, nil, &room)
			if open := len(e.openRooms()) > 0; open && closed.State == nil {
				t.Errorf("the destroy claims to be done, and the room is open: %q", closed.Problems)
			} else if open && closed.Problems == nil {
				t.Error("the room is open, and nobody says why")
			}
			if again := e.VisitorProtocol(t).Apply(t.Context(), roomType, nil, &room); again.Problems != nil || len(e.openRooms()) > 0 {
				t.Errorf("the next destroy says %q", again.Problems)
			}
		})
	}
}

// Many rooms are read with one list, when there is an administrator. A room that
// the list lacks is asked for alone.
func TestRoom_readsOfMany(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, `
resource "chat_rocketchat_visitor" "crowd" {
  count = 12
}

resource "chat_rocketchat_room" "crowd" {
  count         = 12
  visitor_token = chat_rocketchat_visitor.crowd[count.index].token
}
`)
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty("-parallelism=10")
	if visitors, rooms, lists := e.Count("GET", "/visitor/"), e.Count("GET", "/room$"), e.Count("GET", "/rooms$"); visitors != 12 || rooms != 1 || lists != 1 || len(e.Requests()) != 14 {
		t.Errorf("%d visitors were read, %d rooms, and %d lists, with %d calls in all", visitors, rooms, lists, len(e.Requests()))
	}

	// A list that is refused costs nothing but the list.
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/rooms$", Status: 403, Body: `{"success":false,"error":"unauthorized"}`})
	w.MustPlanEmpty("-parallelism=10")
	e.Faults(t)
	e.ResetRequests()
	destroy(w)
	if closed, deleted := e.Count("POST", "/room.close$"), e.Count("DELETE", "/visitor/"); closed != 12 || deleted != 12 {
		t.Errorf("%d rooms were closed, %d visitors deleted", closed, deleted)
	}
	if n := e.opening(); n > 0 {
		t.Errorf("the destroy opened %d rooms", n)
	}
}
