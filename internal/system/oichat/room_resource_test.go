package oichat_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

const support = "chat_oichat_room.support"

// room is the configuration of the room "support".
func (p project) room(attributes string) string {
	return p.Provider() + fmt.Sprintf(`resource "chat_oichat_room" "support" {
  %s
}
`, attributes)
}

const minimal = `
  type         = "group"
  participants = ["ann", "bob"]
`

// patched checks what the changes since the last reset sent, and resets.
func (p project) patched(t *testing.T, want ...map[string]any) resource.TestCheckFunc {
	return func(*terraform.State) error {
		defer p.ResetRequests()
		got := p.bodies(t, "PATCH", "/rooms/")
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			return fmt.Errorf("the changes sent %v, want %v", got, want)
		}
		return nil
	}
}

func TestRoom_minimalThenUpdatedInPlace(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	update, nothing := plans(support, plancheck.ResourceActionUpdate), plans(support, plancheck.ResourceActionNoop)
	p.run(t,
		resource.TestStep{
			Config: p.room(minimal),
			ConfigStateChecks: []statecheck.StateCheck{
				value(support, "type", text("group")),
				value(support, "name", text("")),
				value(support, "participants", texts("ann", "bob")),
				value(support, "initial_participants", knownvalue.Null()),
				value(support, "metadata", text("{}")),
				value(support, "status", text("open")),
				statecheck.CompareValuePairs(support, tfjsonpath.New("id"), support, tfjsonpath.New("room_id"), same{}),
			},
			Check: p.called("POST /rooms"),
		},
		resource.TestStep{
			Config: p.room(minimal + `name = "Support"`), ConfigPlanChecks: update,
			Check: p.patched(t, map[string]any{"name": "Support"}),
		},
		resource.TestStep{
			Config: p.room(minimal + `metadata = jsonencode({ order_id = "1234", weight = 1.5 })`), ConfigPlanChecks: update,
			Check: p.patched(t, map[string]any{"metadata": map[string]any{"order_id": "1234", "weight": 1.5}}),
		},
		resource.TestStep{ // The same in another spelling, and the name left out: what the server has stays.
			Config: p.room(minimal + `metadata = " {\"weight\" : 1.5, \"order_id\" : \"1234\"}"`), ConfigPlanChecks: nothing,
			ConfigStateChecks: []statecheck.StateCheck{value(support, "name", text("Support"))},
			Check:             p.patched(t),
		},
		resource.TestStep{ // Everything left out stays.
			Config: p.room(minimal), ConfigPlanChecks: nothing,
			Check: p.patched(t),
		},
		resource.TestStep{
			Config: p.room(minimal + "status = \"resolved\"\n timeouts = { update = \"1m\" }"), ConfigPlanChecks: update,
			Check: p.patched(t, map[string]any{"status": "resolved"}),
		},
		resource.TestStep{
			Config: p.room(minimal + "name = \"\"\n metadata = jsonencode({})\n status = \"open\""), ConfigPlanChecks: update,
			Check: p.patched(t, map[string]any{"name": nil, "metadata": map[string]any{}, "status": "open"}),
		},
		resource.TestStep{ // Timeouts are Terraform's own affair.
			Config: p.room(minimal + "name = \"\"\n timeouts = { update = \"2m\", delete = \"2m\" }"), ConfigPlanChecks: update,
			Check: p.called(),
		},
		resource.TestStep{
			Config: p.room("type = \"group\"\n participants = [\"bob\", \"cara\", \"dev\"]"), ConfigPlanChecks: update,
			Check: resource.ComposeTestCheckFunc(
				p.called("POST /rooms/R/participants", "POST /rooms/R/participants", "DELETE /rooms/R/participants/ann"),
				p.holds(t, "bob", "cara", "dev")),
		},
	)
	if rooms := p.Snapshot().Rooms; len(rooms) != 1 {
		t.Errorf("there were %d rooms, want one that was changed in place", len(rooms))
	}
}

// same compares two values of a state.
type same struct{}

func (same) CompareValues(values ...any) error {
	if !reflect.DeepEqual(values[0], values[1]) {
		return fmt.Errorf("%v is not %v", values[0], values[1])
	}
	return nil
}

func TestRoom_allAttributesAndReplacement(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	all := func(kind string) string {
		return p.room(fmt.Sprintf(`
  type            = %q
  name            = "Order 1234"
  participants    = ["ann", "bob"]
  metadata        = jsonencode({ order_id = "1234", items = [{ sku = "x", count = 2 }] })
  status          = "resolved"
`, kind))
	}
	onlyRoom := func(kind string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			room := p.onlyRoom(t)
			if room.Type != kind || *room.Name != "Order 1234" || room.Status != "resolved" || fmt.Sprint(room.Metadata) != "map[items:[map[count:2 sku:x]] order_id:1234]" {
				return fmt.Errorf("the server has %+v", room)
			}
			return nil
		}
	}
	p.run(t,
		resource.TestStep{ // OiChat creates open rooms, so this one is resolved afterwards.
			Config: all("group"),
			Check:  resource.ComposeTestCheckFunc(onlyRoom("group"), p.called("POST /rooms", "PATCH /rooms/R")),
		},
		resource.TestStep{
			Config:           all("direct"),
			ConfigPlanChecks: plans(support, plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(onlyRoom("direct"), p.called("DELETE /rooms/R", "POST /rooms", "PATCH /rooms/R'")),
		},
	)
}

func TestRoom_import(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob", "cara")
	p.change(t, map[string]any{"metadata": map[string]any{"b": 1, "a": []int{2}}, "status": "resolved"})()
	p.run(t,
		resource.TestStep{
			Config: p.room(`
  type         = "group"
  name         = "Support"
  participants = ["ann", "bob", "cara"]
  metadata     = jsonencode({ a = [2], b = 1 })
`),
			ResourceName: support, ImportState: true, ImportStateId: roomID, ImportStatePersist: true,
			ImportStateCheck: func(states []*terraform.InstanceState) error {
				attributes := states[0].Attributes
				for name, want := range map[string]string{
					"id": roomID, "room_id": roomID, "type": "group", "name": "Support", "participants.#": "3", "metadata": `{"a":[2],"b":1}`, "status": "resolved",
				} {
					if attributes[name] != want {
						return fmt.Errorf("%s is %q, want %q", name, attributes[name], want)
					}
				}
				return nil
			},
		},
		resource.TestStep{
			Config: p.room(`
  type         = "group"
  participants = ["ann", "bob", "cara"]
`),
			PlanOnly: true,
		},
		resource.TestStep{
			ResourceName: support, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: roomID,
		},
		resource.TestStep{
			ResourceName: support, ImportState: true, ImportStateId: "Support",
			ExpectError: says("There is no OiChat room Support to import The server does not know it. An import takes the id that OiChat gave the room"),
		},
		resource.TestStep{
			ResourceName: support, ImportState: true, ImportStateId: roomID + "/ann",
			ExpectError: says(`The import id "` + roomID + `/ann" is not of the form <room_id>.`),
		},
	)
	if p.Count("PATCH", "")+p.Count("POST", "") > 0 {
		t.Errorf("the import wrote: %q", p.lines())
	}
}

// Whoever imports a room and lists nobody leaves the participants alone.
func TestRoom_importWithoutParticipants(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	imported := p.Protocol(t).Import(t.Context(), roomType, roomID, nil)
	released := p.mustApply(t, roomType, acctest.Object{"type": "group"}, &imported)
	if released.State["participants"] != nil || released.State["name"] != "Support" {
		t.Errorf("the state is %v", released.State)
	}
	p.enter(t, "eve")()
	if again := p.refresh(t, roomType, released); again.Problems != nil || !reflect.DeepEqual(again.State, released.State) {
		t.Errorf("the refresh made %v of it: %q", again.State, again.Problems)
	}
	p.mustApply(t, roomType, acctest.Object{"type": "group", "initial_participants": []string{"ann", "bob"}}, &released)
	if p.Count("PATCH", "")+p.Count("POST", "")+p.Count("DELETE", "") > 0 {
		t.Errorf("it wrote: %q", p.lines())
	}
}

func TestRoom_identity(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: p.room(minimal),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(support, tfjsonpath.New("room_id")),
				},
			},
			{ResourceName: support, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestRoom_identityByProtocol(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	created := p.mustApply(t, roomType, supportRoom(nil), nil)
	identity := acctest.Object{"room_id": p.onlyRoom(t).ID}
	if !reflect.DeepEqual(created.Identity, identity) {
		t.Fatalf("created with identity %v", created.Identity)
	}
	imported := p.Protocol(t).Import(t.Context(), roomType, "", identity)
	if imported.Problems != nil || !reflect.DeepEqual(imported.Identity, identity) || !reflect.DeepEqual(imported.State, created.State) {
		t.Errorf("imported %v with identity %v: %v", imported.State, imported.Identity, imported.Problems)
	}
	updated := p.mustApply(t, roomType, supportRoom(acctest.Object{"name": "Help"}), &created)
	if !reflect.DeepEqual(updated.Identity, identity) {
		t.Errorf("updated with identity %v", updated.Identity)
	}
}

func TestRoom_disappears(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]func(*testing.T, project) func(){
		"deleted": func(t *testing.T, p project) func() {
			return func() { p.Edit(t, "DELETE", "/v1/rooms/"+p.onlyRoom(t).ID, nil) }
		},
		"everybody has left": func(t *testing.T, p project) func() {
			return func() {
				leaveAnn, leaveBob := p.leave(t, "ann"), p.leave(t, "bob")
				leaveAnn()
				leaveBob()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProject(t)
			p.run(t,
				resource.TestStep{Config: p.room(minimal)},
				resource.TestStep{
					PreConfig: vanish(t, p), RefreshState: true, ExpectNonEmptyPlan: true,
					RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(support, plancheck.ResourceActionCreate),
					}},
				},
				resource.TestStep{Config: p.room(minimal), ConfigPlanChecks: plans(support, plancheck.ResourceActionCreate)},
			)
			if all := p.Snapshot().Rooms; len(all) != 2 {
				t.Errorf("there were %d rooms, want two", len(all))
			}
		})
	}
}

func TestRoom_goneSaysSo(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	created := p.mustApply(t, roomType, supportRoom(nil), nil)
	roomID := p.onlyRoom(t).ID
	p.Edit(t, "DELETE", "/v1/rooms/"+roomID, nil)
	gone := p.refresh(t, roomType, created)
	want := "WARNING OiChat room " + roomID + " no longer exists: OiChat does not know it any more: it was deleted, or destroyed when its last participant left. " +
		"It is removed from the state. If it is still in the configuration, the plan proposes to create it again; if that is not wanted, take it out of the configuration."
	if gone.State != nil || !slices.Equal(gone.Problems, []string{want}) {
		t.Errorf("the state is %v, and it said %q", gone.State, gone.Problems)
	}
	if destroyed := p.Protocol(t).Apply(t.Context(), roomType, nil, &created); destroyed.State != nil || destroyed.Problems != nil {
		t.Errorf("destroying what is gone left %v and said %q", destroyed.State, destroyed.Problems)
	}
}

func TestRoom_drift(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	config := p.room(minimal + `
  name     = "Support"
  metadata = jsonencode({ order_id = "1234" })
  status   = "open"
`)
	steps := []resource.TestStep{{Config: config, Check: p.called("POST /rooms")}}
	for _, drift := range []struct {
		by   func()
		heal []string
	}{
		{p.change(t, map[string]any{"name": "Renamed"}), []string{"PATCH /rooms/R"}},
		{p.change(t, map[string]any{"name": nil}), []string{"PATCH /rooms/R"}},
		{p.change(t, map[string]any{"metadata": map[string]any{"order_id": 1234}}), []string{"PATCH /rooms/R"}},
		{p.change(t, map[string]any{"metadata": map[string]any{}}), []string{"PATCH /rooms/R"}},
		{p.change(t, map[string]any{"status": "resolved"}), []string{"PATCH /rooms/R"}},
		{p.enter(t, "eve"), []string{"DELETE /rooms/R/participants/eve"}},
		{p.leave(t, "ann"), []string{"POST /rooms/R/participants"}},
	} {
		steps = append(steps, resource.TestStep{
			PreConfig: drift.by, Config: config,
			ConfigPlanChecks: plans(support, plancheck.ResourceActionUpdate),
			Check: resource.ComposeTestCheckFunc(p.called(drift.heal...), p.holds(t, "ann", "bob"), func(*terraform.State) error {
				room := p.onlyRoom(t)
				if *room.Name != "Support" || fmt.Sprint(room.Metadata) != "map[order_id:1234]" || room.Status != "open" {
					return fmt.Errorf("the server has %+v", room)
				}
				return nil
			}),
		})
	}
	p.run(t, steps...)
}

// What is left out of the configuration belongs to others.
func TestRoom_whatIsLeftOutDoesNotDrift(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	config := p.room(`
  type                 = "group"
  initial_participants = ["ann", "bob"]
`)
	steps := []resource.TestStep{{Config: config}}
	for _, drift := range []func(){
		p.change(t, map[string]any{"name": "Renamed"}),
		p.change(t, map[string]any{"metadata": map[string]any{"a": 1}}),
		p.change(t, map[string]any{"status": "resolved"}),
		p.enter(t, "eve"),
		p.leave(t, "ann"),
	} {
		steps = append(steps, resource.TestStep{PreConfig: drift, Config: config, ConfigPlanChecks: plans(support, plancheck.ResourceActionNoop)})
	}
	p.run(t, steps...)
}

func TestRoom_badInput(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	steps := []resource.TestStep{}
	for attributes, want := range map[string]string{
		`participants = ["ann", "bob"]`:                             `The argument "type" is required, but no definition was found.`,
		`type = "private"` + "\n" + `participants = ["ann", "bob"]`: `Attribute type value must be one of: ["direct" "group"], got: "private"`,
		`type = "group"`: "OiChat creates no room with fewer than two participants.",
		`type = "group"` + "\n" + `participants = ["ann"]`:                                                 "Attribute participants set must contain at least 2 elements and at most 500 elements, got: 1",
		`type = "group"` + "\n" + `participants = [for n in range(501) : "u${n}"]`:                         "Attribute participants set must contain at least 2 elements and at most 500 elements, got: 501",
		`type = "group"` + "\n" + `participants = ["ann", ""]`:                                             `string length must be at least 1, got: 0`,
		`type = "group"` + "\n" + `participants = ["ann", " bob"]`:                                         `" bob" begins or ends with a space.`,
		`type = "group"` + "\n" + `participants = ["ann", null]`:                                           `contains a null value`,
		`type = "group"` + "\n" + `initial_participants = ["ann"]`:                                         "Attribute initial_participants set must contain at least 2 elements and at most 500 elements, got: 1",
		`type = "group"` + "\n" + `participants = ["a", "b"]` + "\n" + `initial_participants = ["a", "b"]`: `Attribute "participants" cannot be specified when "initial_participants" is specified`,
		minimal + `status = "closed"`:                                                                      `Attribute status value must be one of: ["open" "resolved"], got: "closed"`,
		minimal + `metadata = "{"`:                                                                         "A string value was provided that is not valid JSON string format (RFC 7159).",
		minimal + `metadata = jsonencode(["a"])`:                                                           `The value is JSON, but it must be a JSON object, such as jsonencode({ order_id = "1234" }).`,
		minimal + `idempotency_key = "two words"`:                                                          "Attribute idempotency_key must be 1 to 255 visible ASCII characters without spaces",
		minimal + `timeouts = { create = "soon" }`:                                                         `"soon" must be a string containing a sequence of decimal numbers`,
	} {
		steps = append(steps, resource.TestStep{Config: p.room(attributes), PlanOnly: true, ExpectError: says(want)})
	}
	p.run(t, steps...)
	if len(p.Requests()) > 0 {
		t.Errorf("bad input made calls: %q", p.lines())
	}
}

// Values that another resource makes are not known at plan time.
func TestRoom_valuesKnownAfterApply(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	config := func(user string) string {
		return p.Provider() + fmt.Sprintf(`
resource "terraform_data" "user" {
  input = %q
}
resource "chat_oichat_room" "support" {
  type         = "group"
  name         = terraform_data.user.output
  participants = ["ann", terraform_data.user.output]
  metadata     = jsonencode({ user = terraform_data.user.output })
}
`, user)
	}
	p.run(t,
		resource.TestStep{
			Config: config("bob"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(support, tfjsonpath.New("room_id")),
				plancheck.ExpectUnknownValue(support, tfjsonpath.New("metadata")),
			}},
			Check: p.holds(t, "ann", "bob"),
		},
		resource.TestStep{
			Config:           config("cara"),
			ConfigPlanChecks: plans(support, plancheck.ResourceActionUpdate),
			Check:            p.holds(t, "ann", "cara"),
		},
	)
}

// OiChat does not say that a name can be taken away. Whatever a server does with
// it, the state stays true, and nothing is replaced.
func TestRoom_nameThatStays(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"refuse": "name must be a string",
		"ignore": "OiChat was asked to take the name away, and the room still has it. That OiChat can do this is not documented. " +
			"Give the room another name, or leave name out to keep the one it has.",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			p := startProjectWith(t, mockSettings{NullName: setting})
			p.run(t,
				resource.TestStep{Config: p.room(minimal + `name = "Support"`)},
				resource.TestStep{
					Config:      p.room(minimal + "name = \"\"\n status = \"resolved\""),
					ExpectError: regexp.MustCompile(`(?s)Can't take the name of.*` + says(want).String()),
				},
				resource.TestStep{
					Config:            p.room(minimal + `status = "resolved"`),
					ConfigStateChecks: []statecheck.StateCheck{value(support, "name", text("Support")), value(support, "status", text("resolved"))},
				},
			)
		})
	}
}

// A server that adds to metadata keeps keys that were to go: an error says what
// helps, and that helps.
func TestRoom_metadataThatIsMerged(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{Metadata: "merge"})
	p.run(t,
		resource.TestStep{Config: p.room(minimal + `metadata = jsonencode({ a = 1, b = 2 })`)},
		resource.TestStep{
			Config:      p.room(minimal + `metadata = jsonencode({ a = 1 })`),
			ExpectError: says(`It answers that the metadata is {"a":1,"b":2}. Whether OiChat replaces metadata or adds to it is not documented`),
		},
		resource.TestStep{
			Config:            p.room(minimal + `metadata = jsonencode({ a = 1, b = null })`),
			ConfigStateChecks: []statecheck.StateCheck{value(support, "metadata", text(`{"a":1,"b":null}`))},
		},
	)
}
