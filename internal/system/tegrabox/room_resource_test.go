package tegrabox_test

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
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

const roomType = "chat_tegrabox_room"

// capable is a server that does what today's answers with 501.
var capable = mock.Settings{Implemented: []string{"rooms.update", "rooms.delete", "messages.delete"}}

// generalBlock is a room of ann's in HCL, with some of it replaced.
func generalBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.ann.id
}
`)
}

// general is a room of the user with that id.
func general(userID string) acctest.Object {
	return acctest.Object{"name": "General", "created_by": userID}
}

// A server that can rename and delete rooms is used as one would expect.
func TestRoom_lifeOnACapableServer(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, capable)
	const name = "chat_tegrabox_room.general"
	config := e.Provider() + annBlock() + generalBlock()
	rename := func() {
		e.Edit(t, "PATCH", project+"/rooms/"+e.rooms("General")[0], map[string]any{"name": "Changed"})
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(name, tfjsonpath.New("name"), knownvalue.StringExact("General")),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("on_destroy"), knownvalue.Null()),
				},
				Check: resource.ComposeTestCheckFunc(
					resource.TestCheckResourceAttrPair(name, "created_by", "chat_tegrabox_user.ann", "id"),
					func(state *terraform.State) error {
						if ids := e.rooms("General"); len(ids) != 1 || ids[0] != state.RootModule().Resources[name].Primary.ID {
							return fmt.Errorf("the rooms are %q", ids)
						}
						return nil
					}),
			},
			{ResourceName: name, ImportState: true, ImportStateVerify: true},
			{ResourceName: name, ImportState: true, ImportStateId: "General", ExpectError: says("There is no TegraBox room General to import The server does not know it. An import takes the id that TegraBox gave the room")},
			{Config: e.Provider() + annBlock() + generalBlock("General", "Sales"), ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate)},
			{Config: config, ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate)},
			{PreConfig: rename, Config: config, ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate)},
			{Config: e.Provider() + annBlock() + generalBlock("}", "  on_destroy = \"fail\"\n}"), ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate)},
			{
				Config: e.Provider() + annBlock("crm-1", "crm-2") + generalBlock(),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(name, plancheck.ResourceActionReplace),
					plancheck.ExpectUnknownValue(name, tfjsonpath.New("created_by")),
				}},
				Check: func(*terraform.State) error {
					if ids := e.rooms("General"); len(ids) != 1 {
						return fmt.Errorf("the rooms are %q", ids)
					}
					return nil
				},
			},
			{
				PreConfig: func() { e.Edit(t, "DELETE", project+"/rooms/"+e.rooms("General")[0], nil) },
				Config:    e.Provider() + annBlock("crm-1", "crm-2") + generalBlock(), ConfigPlanChecks: expect(name, plancheck.ResourceActionCreate),
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if rooms := e.Snapshot().Rooms; len(rooms) > 0 {
				return fmt.Errorf("rooms are left: %+v", rooms)
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
				Config: e.Provider() + annBlock() + generalBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState("chat_tegrabox_room.general", tfjsonpath.New("id")),
				},
			},
			{ResourceName: "chat_tegrabox_room.general", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// Today's server renames nothing: the plan is an update and warns, the apply is
// an error, and neither the room nor the state has changed.
func TestRoom_renameRefused(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	const name = "chat_tegrabox_room.general"
	config := e.Provider() + annBlock() + generalBlock()
	renamed := e.Provider() + annBlock() + generalBlock("General", "Sales")
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config},
			{Config: renamed, ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate), ExpectError: says("TegraBox can't rename rooms yet")},
			{Config: renamed, ExpectError: says("keeps its name, and nothing was changed")},
			{Config: renamed, ExpectError: says(`Write name = "General" in the configuration.`)},
			{
				Config: config, ConfigPlanChecks: expect(name, plancheck.ResourceActionNoop),
				Check: func(*terraform.State) error {
					if rooms := e.Snapshot().Rooms; len(rooms) != 1 || rooms[0].Name != "General" {
						return fmt.Errorf("the rooms are %+v", rooms)
					}
					return nil
				},
			},
		},
	})
}

func TestRoom_renameRefusedByProtocol(t *testing.T) {
	t.Parallel()
	for _, settings := range []mock.Settings{{}, {UnimplementedAt: "first"}, {UnimplementedAt: "last"}, {ErrorShape: "none"}, {ErrorShape: "text"}, {ErrorShape: "nested"}} {
		t.Run(settings.UnimplementedAt+settings.ErrorShape, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			p := e.Protocol(t)
			ann := e.addUser(t, "ann")
			room := p.Apply(t.Context(), roomType, general(ann), nil)
			id := text(room.State, "id")
			e.ResetRequests()
			refused := p.Apply(t.Context(), roomType, with(general(ann), acctest.Object{"name": "Sales"}), &room)
			onlyProblem(t, refused.Problems, "ERROR TegraBox can't rename rooms yet", `TegraBox room "General" (`+id+`) keeps its name`, "501", "terraform apply -replace")
			if !reflect.DeepEqual(refused.State, room.State) {
				t.Errorf("the state changed to %v", refused.State)
			}
			e.wantCalls(t, "PATCH "+project+"/rooms/"+id) // tried once, and never a replacement
		})
	}
}

// Each operation is one request; a destroy that is refused looks whether there
// is a room at all.
func TestRoom_callsAndIdentity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := e.addUser(t, "ann")
	p := e.Protocol(t)
	room := p.Apply(t.Context(), roomType, general(ann), nil)
	id := text(room.State, "id")
	identity := acctest.Object{"id": id}
	if room.Problems != nil || !reflect.DeepEqual(room.Identity, identity) {
		t.Fatalf("identity %v, problems %q", room.Identity, room.Problems)
	}
	e.wantCalls(t, lookup, "POST "+project+"/rooms")
	one := project + "/rooms/" + id

	read := p.Refresh(t.Context(), roomType, room)
	if !reflect.DeepEqual(read.State, room.State) {
		t.Errorf("the refresh changed the state from %v to %v", room.State, read.State)
	}
	e.wantCalls(t, "GET "+one)

	room = p.Apply(t.Context(), roomType, with(general(ann), acctest.Object{"on_destroy": "abandon"}), &read)
	if room.Problems != nil || room.State["on_destroy"] != "abandon" {
		t.Errorf("%v %q", room.State, room.Problems)
	}
	e.wantCalls(t)

	for _, spelling := range []string{id, ""} {
		imported := p.Import(t.Context(), roomType, spelling, identity)
		if imported.Problems != nil || text(imported.State, "created_by") != ann || !reflect.DeepEqual(imported.Identity, identity) {
			t.Errorf("the import of %q gave %v %v %q", spelling, imported.State, imported.Identity, imported.Problems)
		}
		e.wantCalls(t, "GET "+one)
	}

	p.Apply(t.Context(), roomType, nil, &room)
	e.wantCalls(t, "DELETE "+one, "GET "+one)
}

// A room that the server does not delete leaves the state with a warning that
// names it, and the import command takes it back.
func TestRoom_destroyLeavesItBehind(t *testing.T) {
	t.Parallel()
	for _, settings := range []mock.Settings{{}, {UnimplementedAt: "first"}, {UnimplementedAt: "last"}, {ErrorShape: "none"}, {ErrorShape: "text"}} {
		t.Run(settings.UnimplementedAt+settings.ErrorShape, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			ann := e.addUser(t, "ann")
			for _, onDestroy := range []any{nil, "abandon"} {
				p := e.Protocol(t)
				room := p.Apply(t.Context(), roomType, with(general(ann), acctest.Object{"on_destroy": onDestroy}), nil)
				id := text(room.State, "id")
				destroyed := p.Apply(t.Context(), roomType, nil, &room)
				if destroyed.State != nil || e.Snapshot().Room(id) == nil {
					t.Errorf("the state is %v, the server has %v", destroyed.State, e.Snapshot().Room(id))
				}
				onlyWarning(t, destroyed.Problems, `WARNING TegraBox room "General" (`+id+") stays on the server", "terraform import <address of this resource> '"+id+"'")
				if back := p.Import(t.Context(), roomType, id, nil); text(back.State, "name") != "General" {
					t.Errorf("the import gave %v %q", back.State, back.Problems)
				}
			}
		})
	}
}

func TestRoom_destroyFails(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := e.addUser(t, "ann")
	p := e.Protocol(t)
	room := p.Apply(t.Context(), roomType, with(general(ann), acctest.Object{"on_destroy": "fail"}), nil)
	id := text(room.State, "id")
	destroyed := p.Apply(t.Context(), roomType, nil, &room)
	onlyProblem(t, destroyed.Problems, `ERROR Can't delete TegraBox room "General" (`+id+")", "TegraBox can't delete rooms yet", `on_destroy = "abandon"`, "terraform state rm", "deposed object, which create_before_destroy leaves")
	if !reflect.DeepEqual(destroyed.State, room.State) {
		t.Errorf("the state is %v", destroyed.State)
	}
	e.Settings(t, capable)
	if destroyed = p.Apply(t.Context(), roomType, nil, &room); destroyed.State != nil || destroyed.Problems != nil || len(e.Snapshot().Rooms) > 0 {
		t.Errorf("on a capable server: %v %q", destroyed.State, destroyed.Problems)
	}
}

// A room that is gone already needs no deletion, although the server refuses to
// delete it all the same.
func TestRoom_destroyOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for _, onDestroy := range []any{nil, "fail"} {
		e := startTenant(t)
		p := e.Protocol(t)
		room := p.Apply(t.Context(), roomType, with(general(e.addUser(t, "ann")), acctest.Object{"on_destroy": onDestroy}), nil)
		e.Edit(t, "DELETE", project+"/rooms/"+text(room.State, "id"), nil)
		if destroyed := p.Apply(t.Context(), roomType, nil, &room); destroyed.State != nil || destroyed.Problems != nil {
			t.Errorf("on_destroy %v: %v %q", onDestroy, destroyed.State, destroyed.Problems)
		}
	}
}

// What the server is known not to do is said before anything is applied, unless
// leaving rooms behind was chosen.
func TestRoom_planWarns(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	users := e.Provider() + annBlock() + annBlock("ann", "ben", "crm-1", "crm-2")
	w := e.workspace(t, "")
	plan := func(config string, arguments ...string) string {
		w.Write("main.tf", acctest.RequiredProviders+users+config)
		return w.Must(append([]string{"plan", "-no-color", "-input=false"}, arguments...)...)
	}
	two := generalBlock() + generalBlock("general", "sales", "General", "Sales")
	plan(two)
	apply(w, 1)
	for name, test := range map[string]struct {
		output       string
		want, notOne []string
	}{
		"no change": {plan(two), []string{"No changes."}, []string{"TegraBox may"}},
		"rename": {plan(generalBlock("General", "Lounge") + generalBlock("general", "sales", "General", "Sales")),
			[]string{"TegraBox may not rename the room", `TegraBox room "General"`, "0 to add, 1 to change, 0 to destroy", "name       = \"Lounge\""}, []string{"may not delete"}},
		"replacement": {plan(generalBlock("user.ann", "user.ben") + generalBlock("general", "sales", "General", "Sales")),
			[]string{"TegraBox may not delete the room", "This plan replaces", `TegraBox room "General"`, "1 to add, 0 to change, 1 to destroy", "created_by = chat_tegrabox_user.ben.id"}, []string{"may not rename"}},
		"destroy": {plan(two, "-destroy"),
			[]string{"TegraBox may not delete the room", "This plan destroys", "0 to add, 0 to change, 4 to destroy"}, nil},
	} {
		for _, want := range test.want {
			if !says(want).MatchString(test.output) {
				t.Errorf("%s: the plan lacks %q:\n%s", name, want, test.output)
			}
		}
		for _, text := range test.notOne {
			if strings.Contains(test.output, text) {
				t.Errorf("%s: the plan says %q:\n%s", name, text, test.output)
			}
		}
	}
	chosen := strings.ReplaceAll(two, "}\n", "  on_destroy = \"abandon\"\n}\n")
	plan(chosen)
	apply(w, 1)
	if output := plan(chosen, "-destroy"); strings.Contains(output, "TegraBox may") {
		t.Errorf("who has chosen it is warned all the same:\n%s", output)
	}
	failing := strings.ReplaceAll(two, "}\n", "  on_destroy = \"fail\"\n}\n")
	plan(failing)
	apply(w, 1)
	if output := plan(failing, "-destroy"); !says(`If the server refuses, that is an error, because of on_destroy = "fail"`).MatchString(output) {
		t.Errorf("the plan does not say that it will fail:\n%s", output)
	}
}

// A replacement leaves the old room behind by name, also when its creator is
// replaced in the same run.
func TestRoom_replacementNamesWhatIsLeft(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, annBlock()+generalBlock())
	apply(w, 1)
	old := e.rooms("General")[0]
	w.Write("main.tf", acctest.RequiredProviders+e.Provider()+annBlock("crm-1", "crm-2")+generalBlock())
	output := apply(w, 1)
	if ids := e.rooms("General"); len(ids) != 2 || !says(`TegraBox room "General" (`+old+`) stays on the server`).MatchString(output) {
		t.Errorf("the rooms are %q, and the apply said:\n%s", ids, output)
	}
	w.MustPlanEmpty()

	// As the pages advise, the room can be kept instead.
	w.Write("main.tf", acctest.RequiredProviders+e.Provider()+annBlock("crm-1", "crm-3")+generalBlock("}", "  lifecycle { ignore_changes = [created_by] }\n}"))
	apply(w, 1)
	if ids := e.rooms("General"); len(ids) != 2 {
		t.Errorf("the rooms are %q", ids)
	}
	w.MustPlanEmpty()
}

// With on_destroy = "fail" a replacement ends before there is a second room.
func TestRoom_replacementFails(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	users := annBlock() + annBlock("ann", "ben", "crm-1", "crm-2")
	block := func(creator string) string {
		return e.Provider() + users + generalBlock("user.ann", "user."+creator, "}\n", "  on_destroy = \"fail\"\n}\n")
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: block("ann")},
		{Config: block("ben"), ConfigPlanChecks: expect("chat_tegrabox_room.general", plancheck.ResourceActionReplace), ExpectError: says(`Because of on_destroy = "fail" the room stays in the state.`)},
		{
			PreConfig: func() {
				if ids := e.rooms("General"); len(ids) != 1 {
					t.Errorf("the rooms are %q", ids)
				}
			},
			Config: block("ann"), ConfigPlanChecks: expect("chat_tegrabox_room.general", plancheck.ResourceActionNoop),
		},
		{PreConfig: func() { e.Settings(t, capable) }, Config: block("ben"), ConfigPlanChecks: expect("chat_tegrabox_room.general", plancheck.ResourceActionReplace)},
	}})
	if ids := e.rooms("General"); len(ids) != 0 {
		t.Errorf("the rooms %q are left", ids)
	}
}

func TestRoom_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{"General", "", "Attribute name string length must be at least 1, got: 0"},
		{"General", " General", `" General" begins or ends with a space.`},
		{"chat_tegrabox_user.ann.id", `""`, "Attribute created_by string length must be at least 1, got: 0"},
		{"}", "on_destroy = \"delete\"\n}", `Attribute on_destroy value must be one of: ["abandon" "fail"], got: "delete"`},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + annBlock() + generalBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// A creator who does not exist is told at created_by.
func TestRoom_unknownCreator(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		404: `There is no TegraBox user nobody to create the room "General"`,
		400: "User not found",
	} {
		e := startTenant(t)
		e.Settings(t, mock.Settings{UnknownUserStatus: status})
		room := e.Protocol(t).Apply(t.Context(), roomType, general("nobody"), nil)
		onlyProblem(t, room.Problems, "ERROR", want)
		if room.State != nil {
			t.Errorf("the state is %v", room.State)
		}
	}
}

func TestRoom_disappears(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	room := e.Protocol(t).Apply(t.Context(), roomType, general(e.addUser(t, "ann")), nil)
	id := text(room.State, "id")
	e.Edit(t, "DELETE", project+"/rooms/"+id, nil)
	gone := e.Protocol(t).Refresh(t.Context(), roomType, room)
	onlyWarning(t, gone.Problems, `TegraBox room "General" (`+id+`) no longer exists`, "TegraBox does not know it any more")
	if gone.State != nil {
		t.Errorf("it stays in the state: %v", gone.State)
	}
	imported := e.Protocol(t).Import(t.Context(), roomType, id, nil)
	onlyProblem(t, imported.Problems, "ERROR There is no TegraBox room "+id+" to import")
}

// A row that tells less than it should is no reason to replace a room.
func TestRoom_untoldFields(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	room := e.Protocol(t).Apply(t.Context(), roomType, general(e.addUser(t, "ann")), nil)
	id := text(room.State, "id")
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/rooms/", Status: 200, Body: `{"id":"` + id + `"}`})
	if read := e.Protocol(t).Refresh(t.Context(), roomType, room); !reflect.DeepEqual(read.State, room.State) || read.Problems != nil {
		t.Errorf("the refresh left %v and said %q", read.State, read.Problems)
	}
}

// Rooms may have the same name, so that a creation is never repeated: what may
// have been created is looked for.
func TestRoom_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			config := general(e.addUser(t, "ann"))
			p := e.Protocol(t)
			e.Faults(t, fault.on("POST", "/rooms$"))
			room := p.Apply(t.Context(), roomType, config, nil)
			committed := len(e.rooms("General")) > 0
			switch {
			case committed != (room.State != nil), room.State != nil && room.Problems != nil:
				t.Errorf("it exists: %t, and the state says %v, %q", committed, room.State, room.Problems)
			case room.State == nil && fault.survived:
				onlyProblem(t, room.Problems, "It is not known whether TegraBox created the room \"General\"", "not in the list so far", "Otherwise apply again.")
			case room.State == nil:
				onlyProblem(t, room.Problems, `ERROR Can't create TegraBox room "General"`, fault.want)
			}
			if posts := e.Count("POST", "/rooms$"); posts != 1 && fault.rule.Status != 429 {
				t.Errorf("the creation was sent %d times", posts)
			}
			if room.State == nil {
				room = p.Apply(t.Context(), roomType, config, nil)
			}
			if room.Problems != nil || len(e.rooms("General")) != 1 {
				t.Errorf("then %v, %q, of %d rooms", room.State, room.Problems, len(e.rooms("General")))
			}
		})
	}
}

// Where two rooms may be the one, neither is taken, and both are named.
func TestRoom_outcomeUnknown(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := e.addUser(t, "ann")
	other := e.addRoom(t, "General", ann)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/rooms$", Drop: "after"})
	lost := e.Protocol(t).Apply(t.Context(), roomType, general(ann), nil)
	ids := e.rooms("General")
	onlyProblem(t, lost.Problems, "each of these may be the one: "+strings.Join(ids, ", "),
		"terraform import <address of this resource> '"+other+"'\n  terraform import <address of this resource> '"+ids[1]+"'")
}

func TestRoom_readRenameAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, capable)
			config := general(e.addUser(t, "ann"))
			room := e.Protocol(t).Apply(t.Context(), roomType, config, nil)
			path := "/rooms/" + text(room.State, "id") + "$"

			e.Faults(t, fault.on("GET", path), fault.on("GET", "/rooms$"))
			read := e.Protocol(t).Refresh(t.Context(), roomType, room)
			checkFault(t, fault, read.Problems, "Can't read TegraBox room")
			if !reflect.DeepEqual(read.State, room.State) {
				t.Errorf("the refresh left %v", read.State)
			}

			p := e.Protocol(t)
			e.Faults(t, fault.on("PATCH", path))
			config = with(config, acctest.Object{"name": "Sales"})
			renamed := p.Apply(t.Context(), roomType, config, &room)
			if !mentions(renamed.Problems, "TegraBox stored another value") { // a lie: nothing was stored
				checkFault(t, fault, renamed.Problems, "Can't rename TegraBox room")
			}
			e.Faults(t)
			refreshed := p.Refresh(t.Context(), roomType, renamed)
			if healed := p.Apply(t.Context(), roomType, config, &refreshed); healed.Problems != nil || len(e.rooms("Sales")) != 1 {
				t.Errorf("the next apply says %q", healed.Problems)
			}

			e.Faults(t, fault.on("DELETE", path))
			deleted := p.Apply(t.Context(), roomType, nil, &refreshed)
			if left := len(e.Snapshot().Rooms) > 0; left && deleted.State == nil {
				t.Errorf("the destroy claims to be done, and the room is left: %q", deleted.Problems)
			} else if left && deleted.Problems == nil {
				t.Error("the room is left, and nobody says why")
			}
			if again := p.Apply(t.Context(), roomType, nil, &refreshed); again.Problems != nil || len(e.Snapshot().Rooms) > 0 {
				t.Errorf("the next destroy says %q", again.Problems)
			}
		})
	}
}

// A 405 or an unknown path is not the vendor's "not yet": the room stays in the
// state.
func TestRoom_destroyOnAServerWithoutTheCall(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]control.FaultRule{
		"405":           {Status: 405, Body: `{"message":"Method not allowed"}`},
		"no such route": {Status: 404, Body: `{"message":"Cannot DELETE /api/x"}`},
		"a proxy's 501": {Status: 501, Body: proxyPage},
	} {
		e := startTenant(t)
		room := e.Protocol(t).Apply(t.Context(), roomType, general(e.addUser(t, "ann")), nil)
		rule.Method, rule.Path = "DELETE", "/rooms/"
		e.Faults(t, rule)
		destroyed := e.Protocol(t).Apply(t.Context(), roomType, nil, &room)
		onlyProblem(t, destroyed.Problems, "ERROR Can't delete TegraBox room")
		if !reflect.DeepEqual(destroyed.State, room.State) {
			t.Errorf("%s: the state is %v", name, destroyed.State)
		}
	}
}
