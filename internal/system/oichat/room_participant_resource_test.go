package oichat_test

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

const cara = "chat_oichat_room_participant.cara"

// participant is the configuration of the participant "cara".
func (p project) participant(roomID, userID, more string) string {
	return p.Provider() + fmt.Sprintf(`resource "chat_oichat_room_participant" "cara" {
  room_id = %q
  user_id = %q
  %s
}
`, roomID, userID, more)
}

func TestRoomParticipant_lifecycleAndReplacements(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	one, two := p.addRoom(t, "One", "ann", "bob"), p.addRoom(t, "Two", "ann", "bob")
	replaced := plans(cara, plancheck.ResourceActionReplace)
	in := func(roomID string, userIDs ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if got := slices.Sorted(slices.Values(p.Snapshot().Room(roomID).Participants)); !slices.Equal(got, userIDs) {
				return fmt.Errorf("in %s are %q, want %q", roomID, got, userIDs)
			}
			return nil
		}
	}
	acctest.Run(t, resource.TestCase{
		CheckDestroy: resource.ComposeTestCheckFunc(in(one, "ann", "bob"), in(two, "ann", "bob")),
		Steps: []resource.TestStep{
			{
				Config: p.participant(one, "cara", ""),
				ConfigStateChecks: []statecheck.StateCheck{
					value(cara, "id", text(one+"/cara")), value(cara, "room_id", text(one)), value(cara, "user_id", text("cara")),
				},
				Check: resource.ComposeTestCheckFunc(in(one, "ann", "bob", "cara"), p.called("POST /rooms/R/participants")),
			},
			{ // Timeouts are Terraform's own affair.
				Config: p.participant(one, "cara", `timeouts = { create = "1m" }`), ConfigPlanChecks: plans(cara, plancheck.ResourceActionUpdate),
				Check: p.called(),
			},
			{
				Config: p.participant(one, "dev", ""), ConfigPlanChecks: replaced,
				Check: resource.ComposeTestCheckFunc(in(one, "ann", "bob", "dev"), p.called("DELETE /rooms/R/participants/cara", "POST /rooms/R/participants")),
			},
			{
				Config: p.participant(two, "dev", ""), ConfigPlanChecks: replaced,
				Check: resource.ComposeTestCheckFunc(in(one, "ann", "bob"), in(two, "ann", "bob", "dev")),
			},
		},
	})
}

// Who is there already is taken over, and goes with the resource.
func TestRoomParticipant_takesOver(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	bob := p.mustApply(t, participantType, edge(roomID, "bob"), nil)
	p.mustApply(t, participantType, nil, &bob)
	if got := p.in(t); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("in the room are %q", got)
	}
}

// A resource that gets another address, or is replaced with
// create_before_destroy, is made anew before the old one goes, and must not go
// with it.
func TestRoomParticipant_takesOverInOneRun(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	old := p.mustApply(t, participantType, edge(roomID, "cara"), nil)
	run := p.Protocol(t)
	if again := run.Apply(t.Context(), participantType, edge(roomID, "cara"), nil); again.Problems != nil {
		t.Fatal(again.Problems)
	}
	removed := run.Apply(t.Context(), participantType, nil, &old)
	if got := p.in(t); removed.Problems != nil || removed.State != nil || !slices.Equal(got, []string{"ann", "bob", "cara"}) {
		t.Errorf("in the room are %q; the state of the old one is %v: %q", got, removed.State, removed.Problems)
	}
}

// Terraform orders the two resources as it likes; whichever comes first, the user
// is in the room afterwards.
func TestRoomParticipant_getsAnotherAddress(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	named := func(name string) string {
		config := p.Provider()
		for i := range 10 {
			config += fmt.Sprintf("resource \"chat_oichat_room_participant\" \"%s_%d\" {\n  room_id = %q\n  user_id = \"user-%d\"\n}\n", name, i, roomID, i)
		}
		return config
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: named("old")},
		{Config: named("new")},
		{Config: named("new"), PlanOnly: true},
	}})
	if got := p.in(t); !slices.Equal(got, []string{"ann", "bob"}) {
		t.Errorf("after the destroy %q are in the room", got)
	}
}

func TestRoomParticipant_import(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob", "tenant/7")
	config := p.participant(roomID, "bob", "")
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config, ResourceName: cara, ImportState: true, ImportStateId: roomID + "/bob", ImportStatePersist: true},
		{Config: config, PlanOnly: true},
		{ResourceName: cara, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: roomID + "/bob"},
		{ResourceName: cara, ImportState: true, ImportStateId: roomID + "/nobody", ExpectError: says("Cannot import non-existent remote object")},
		{ResourceName: cara, ImportState: true, ImportStateId: roomID, ExpectError: says(`The import id "` + roomID + `" is not of the form <room_id>/<user_id>.`)},
		{ResourceName: cara, ImportState: true, ImportStateId: roomID + "/", ExpectError: says(`is not of the form <room_id>/<user_id>.`)},
		{ResourceName: cara, ImportState: true, ImportStateId: "/bob", ExpectError: says(`is not of the form <room_id>/<user_id>.`)},
	}})
	// A user's id is the application's, and may hold anything.
	slashed := p.Protocol(t).Import(t.Context(), participantType, roomID+"/tenant/7", nil)
	if slashed.Problems != nil || slashed.State["user_id"] != "tenant/7" {
		t.Errorf("imported %v: %q", slashed.State, slashed.Problems)
	}
	p.mustApply(t, participantType, nil, &slashed)
	if got := p.in(t); slices.Contains(got, "tenant/7") {
		t.Errorf("in the room are %q", got)
	}
}

func TestRoomParticipant_identity(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: p.participant(roomID, "cara", ""),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(cara, tfjsonpath.New("room_id")),
					statecheck.ExpectIdentityValueMatchesState(cara, tfjsonpath.New("user_id")),
				},
			},
			{ResourceName: cara, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestRoomParticipant_identityByProtocol(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	created := p.mustApply(t, participantType, edge(roomID, "cara"), nil)
	if identity := edge(roomID, "cara"); !reflect.DeepEqual(created.Identity, identity) {
		t.Errorf("created with identity %v", created.Identity)
	}
	imported := p.Protocol(t).Import(t.Context(), participantType, "", edge(roomID, "cara"))
	if imported.Problems != nil || !reflect.DeepEqual(imported.State, created.State) || !reflect.DeepEqual(imported.Identity, created.Identity) {
		t.Errorf("imported %v with identity %v: %q", imported.State, imported.Identity, imported.Problems)
	}
}

func TestRoomParticipant_disappears(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]func(*testing.T, project) func(){
		"left": func(t *testing.T, p project) func() { return p.leave(t, "cara") },
		"removed": func(t *testing.T, p project) func() {
			return func() { p.Edit(t, "DELETE", "/v1/rooms/"+p.onlyRoom(t).ID+"/participants/cara", nil) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProject(t)
			config := p.participant(p.addRoom(t, "Support", "ann", "bob"), "cara", "")
			acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig: vanish(t, p), RefreshState: true, ExpectNonEmptyPlan: true,
					RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(cara, plancheck.ResourceActionCreate),
					}},
				},
				{Config: config, ConfigPlanChecks: plans(cara, plancheck.ResourceActionCreate), Check: p.holds(t, "ann", "bob", "cara")},
			}})
		})
	}
}

func TestRoomParticipant_goneSaysWhy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vanish func(*testing.T, project)
		want   string
	}{
		"left":             {func(t *testing.T, p project) { p.leave(t, "cara")() }, "no longer exists: The user is not in the room any more. It is removed from the state."},
		"the room is gone": {func(t *testing.T, p project) { p.Edit(t, "DELETE", "/v1/rooms/"+p.onlyRoom(t).ID, nil) }, "no longer exists: The room is gone. OiChat does not know it any more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProject(t)
			created := p.mustApply(t, participantType, edge(p.addRoom(t, "Support", "ann", "bob"), "cara"), nil)
			test.vanish(t, p)
			gone := p.refresh(t, participantType, created)
			mustSay(t, "the refresh", gone.Problems, test.want)
			if gone.State != nil {
				t.Errorf("the state is %v", gone.State)
			}
			if destroyed := p.Protocol(t).Apply(t.Context(), participantType, nil, &created); destroyed.State != nil || destroyed.Problems != nil {
				t.Errorf("destroying what is gone left %v and said %q", destroyed.State, destroyed.Problems)
			}
		})
	}
}

func TestRoomParticipant_badInput(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	steps := []resource.TestStep{}
	for _, test := range [][3]string{
		{"", "ann", "Attribute room_id string length must be at least 1, got: 0"},
		{"room-1", "", "Attribute user_id string length must be at least 1, got: 0"},
		{"room-1 ", "ann", `"room-1 " begins or ends with a space.`},
		{"room-1", " ann", `" ann" begins or ends with a space.`},
	} {
		steps = append(steps, resource.TestStep{Config: p.participant(test[0], test[1], ""), PlanOnly: true, ExpectError: says(test[2])})
	}
	steps = append(steps, resource.TestStep{
		Config:      p.participant("room-unknown", "ann", ""),
		ExpectError: says(`Can't add participant "ann" of OiChat room room-unknown`),
	})
	p.run(t, steps...)
	p.expect(t, "POST /rooms/room-unknown/participants")
}

// A full room refuses, and says so.
func TestRoomParticipant_fullRoom(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{ParticipantLimit: 3})
	roomID := p.addRoom(t, "Support", "ann", "bob", "cara")
	refused := p.Protocol(t).Apply(t.Context(), participantType, edge(roomID, "dev"), nil)
	mustSay(t, "the apply", refused.Problems, "a group room has at most 3 participants")
	if refused.State != nil {
		t.Errorf("the state is %v", refused.State)
	}
}

// Many participants of one room come, are read and go at the same time: each
// with one call, and all reads in one.
func TestRoomParticipant_manyAtOnce(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	const many = 60
	edges := make([]acctest.Change, many)
	each := func(act func(run *acctest.Protocol, n int) acctest.Change) {
		t.Helper()
		p.ResetRequests()
		run := p.Protocol(t)
		var group sync.WaitGroup
		for n := range edges {
			group.Go(func() {
				edges[n] = act(run, n)
				if edges[n].Problems != nil {
					t.Errorf("edge %d: %q", n, edges[n].Problems)
				}
			})
		}
		group.Wait()
	}
	each(func(run *acctest.Protocol, n int) acctest.Change {
		return run.Apply(t.Context(), participantType, edge(roomID, fmt.Sprintf("user-%02d", n)), nil)
	})
	if room := p.onlyRoom(t); len(room.Participants) != many+2 || len(p.Requests()) != many {
		t.Errorf("%d calls put %d into the room", len(p.Requests()), len(room.Participants))
	}
	each(func(run *acctest.Protocol, n int) acctest.Change {
		return run.Refresh(t.Context(), participantType, edges[n])
	})
	p.expect(t, "GET /rooms/R")
	each(func(run *acctest.Protocol, n int) acctest.Change {
		return run.Apply(t.Context(), participantType, nil, &edges[n])
	})
	if room := p.onlyRoom(t); len(room.Participants) != 2 || len(p.Requests()) != many {
		t.Errorf("%d calls left %d in the room", len(p.Requests()), len(room.Participants))
	}
}

// A read that begins after a write never shows what was before it, however the
// reads are shared.
func TestRoomParticipant_readsSeeWrites(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	const workers, rounds = 6, 10
	roomID := p.addRoom(t, "Support", crowd(0, workers*rounds)...)
	p.Faults(t, control.FaultRule{Method: "GET", LatencyMS: 3})
	earlier, run := p.Protocol(t), p.Protocol(t)
	keep := run.Apply(t.Context(), participantType, edge(roomID, "keep"), nil)
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for _, leaver := range crowd(worker*rounds, (worker+1)*rounds) {
				comer := "in place of " + leaver
				there := run.Apply(t.Context(), participantType, edge(roomID, comer), nil)
				if read := run.Refresh(t.Context(), participantType, there); read.State == nil {
					t.Errorf("%s came, and is not seen: %q", comer, read.Problems)
				}
				old := earlier.Import(t.Context(), participantType, roomID+"/"+leaver, nil)
				if away := run.Apply(t.Context(), participantType, nil, &old); away.Problems != nil {
					t.Errorf("%s does not go: %q", leaver, away.Problems)
				}
				if read := run.Refresh(t.Context(), participantType, old); read.State != nil {
					t.Errorf("%s went, and is still seen", leaver)
				}
				if read := run.Refresh(t.Context(), participantType, keep); read.State == nil {
					t.Errorf("who stays is not seen: %q", read.Problems)
				}
			}
		})
	}
	group.Wait()
}
