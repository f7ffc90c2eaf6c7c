package ethora_test

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

const membersType = "chat_ethora_room_members"

// membersOf is the configuration of a room's members.
func membersOf(roomID string, userIDs ...string) acctest.Object {
	return acctest.Object{"room_id": roomID, "user_ids": append([]string{}, userIDs...)}
}

// holdsOnly checks who is in a room, in any order.
func (e tenant) holdsOnly(appID, roomID string, userIDs ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		people := slices.Sorted(slices.Values(e.people(appID, roomID)))
		if !slices.Equal(people, slices.Sorted(slices.Values(userIDs))) {
			return fmt.Errorf("in room %s are %q, want %q", roomID, people, userIDs)
		}
		return nil
	}
}

func texts(values ...string) knownvalue.Check {
	checks := []knownvalue.Check{}
	for _, value := range values {
		checks = append(checks, text(value))
	}
	return knownvalue.SetExact(checks)
}

// The room ends up with exactly these users, whoever was in it before; the
// system account, bots and the ignored stay.
func TestRoomMembers_exclusive(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben", "cara", "stranger", "auditor")
	e.addRoom(t, app, "support")
	e.Settings(t, mock.Settings{SeedBot: &mock.SeedBot{Rooms: []string{"support"}}})
	e.letIn(t, app, "support", "stranger", "auditor", "ben")
	members := func(attributes string) string {
		return e.Provider() + `resource "chat_ethora_room_members" "support" {
  room_id = "support"
  ` + attributes + `
}`
	}
	const address = "chat_ethora_room_members.support"
	update := plans(address, plancheck.ResourceActionUpdate)
	acctest.Run(t, resource.TestCase{
		CheckDestroy: resource.ComposeTestCheckFunc(e.holdsOnly(app, "support", "x-bot"), func(*terraform.State) error {
			if room := e.room(app, "support"); !slices.Contains(room.Members, app+"_"+app) {
				return fmt.Errorf("the system account was removed: %q", room.Members)
			}
			return nil
		}),
		Steps: []resource.TestStep{
			{
				Config: members(`user_ids = ["ann", "ben"]` + "\n  " + `ignore_user_ids = ["auditor"]`),
				ConfigStateChecks: []statecheck.StateCheck{
					value(address, "id", text(app+"/support")),
					value(address, "app_id", text(app)),
					value(address, "user_ids", texts("ann", "ben")),
					value(address, "ignore_user_ids", texts("auditor")),
				},
				Check: e.holdsOnly(app, "support", "ann", "ben", "auditor", "x-bot"),
			},
			{
				Config:           members(`user_ids = ["ann", "cara"]` + "\n  " + `ignore_user_ids = ["auditor"]`),
				ConfigPlanChecks: update,
				Check:            e.holdsOnly(app, "support", "ann", "cara", "auditor", "x-bot"),
			},
			{ // Not ignored any more: a stranger.
				Config:           members(`user_ids = ["ann", "cara"]`),
				ConfigPlanChecks: update,
				Check:            e.holdsOnly(app, "support", "ann", "cara", "x-bot"),
			},
			{
				Config:           members(`user_ids = []`),
				ConfigPlanChecks: update,
				Check:            e.holdsOnly(app, "support", "x-bot"),
			},
			{
				Config:           members(`user_ids = ["ann"]` + "\n  " + `timeouts = { update = "1m" }`),
				ConfigPlanChecks: update,
				Check:            e.holdsOnly(app, "support", "ann", "x-bot"),
			},
		},
	})
}

// Bots and the system account may be listed, as a list of all users does. They
// are members then, and still never removed.
func TestRoomMembers_listedBots(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann")
	e.addRoom(t, app, "support")
	e.Settings(t, mock.Settings{SeedBot: &mock.SeedBot{}})
	p := e.Protocol(t)
	members := p.Apply(t.Context(), membersType, membersOf("support", "ann", "x-bot", app), nil)
	if err := e.holdsOnly(app, "support", "ann", "x-bot")(nil); err != nil || members.Problems != nil {
		t.Fatal(err, members.Problems)
	}
	if read := p.Refresh(t.Context(), membersType, members); !reflect.DeepEqual(read.State, members.State) {
		t.Errorf("a plan would show drift: %v", read.State["user_ids"])
	}
	unlisted := p.Apply(t.Context(), membersType, membersOf("support", "ann"), &members)
	if read := p.Refresh(t.Context(), membersType, unlisted); unlisted.Problems != nil || !reflect.DeepEqual(read.State["user_ids"], []any{"ann"}) {
		t.Errorf("without the bot: %v %v", read.State["user_ids"], unlisted.Problems)
	}
	if gone := e.Protocol(t).Apply(t.Context(), membersType, nil, &members); gone.Problems != nil {
		t.Errorf("destroying: %v", gone.Problems)
	}
	if room := e.room(app, "support"); !slices.Equal(room.Members, []string{app + "_" + app, app + "_x-bot"}) {
		t.Errorf("in the room are %q", room.Members)
	}
}

// Who comes in or leaves behind Terraform's back shows up by name in the plan,
// and apply puts it right.
func TestRoomMembers_drift(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben", "stranger", "auditor")
	e.addRoom(t, app, "support")
	config := e.Provider() + `resource "chat_ethora_room_members" "support" {
  room_id         = "support"
  user_ids        = ["ann", "ben"]
  ignore_user_ids = ["auditor"]
}`
	const address = "chat_ethora_room_members.support"
	healed := e.holdsOnly(app, "support", "ann", "ben")
	// drift expects what the refreshed state says before the apply.
	drift := func(change func(), found ...string) []resource.TestStep {
		return []resource.TestStep{
			{
				PreConfig:          change,
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(address, tfjsonpath.New("user_ids"), texts("ann", "ben")),
				}},
				Check: func(state *terraform.State) error {
					attributes := state.RootModule().Resources[address].Primary.Attributes
					var ids []string
					for key, value := range attributes {
						if strings.HasPrefix(key, "user_ids.") && key != "user_ids.#" {
							ids = append(ids, value)
						}
					}
					if slices.Sort(ids); !slices.Equal(ids, found) {
						return fmt.Errorf("the refresh found %q, want %q", ids, found)
					}
					return nil
				},
			},
			{Config: config, ConfigPlanChecks: plans(address, plancheck.ResourceActionUpdate), Check: healed},
		}
	}
	steps := []resource.TestStep{{Config: config, Check: healed}}
	steps = append(steps, drift(func() { e.letIn(t, app, "support", "stranger") }, "ann", "ben", "stranger")...)
	steps = append(steps, drift(func() { e.throwOut(t, app, "support", "ben") }, "ann")...)
	steps = append(steps, drift(func() {
		e.throwOut(t, app, "support", "ann")
		e.letIn(t, app, "support", "stranger")
	}, "ben", "stranger")...)
	steps = append(steps, resource.TestStep{
		PreConfig:        func() { e.letIn(t, app, "support", "auditor") },
		Config:           config,
		ConfigPlanChecks: plans(address, plancheck.ResourceActionNoop),
		Check:            e.holdsOnly(app, "support", "ann", "ben", "auditor"),
	})
	acctest.Run(t, resource.TestCase{CheckDestroy: e.holdsOnly(app, "support", "auditor"), Steps: steps})
}

func TestRoomMembers_replacements(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app, other := e.addApp(t, "Acme"), e.addApp(t, "Other")
	for _, id := range []string{app, other} {
		e.addUsers(t, id, "ann")
		e.addRoom(t, id, "support")
		e.addRoom(t, id, "sales")
	}
	members := func(appID, roomID string) string {
		return e.Provider() + fmt.Sprintf(`resource "chat_ethora_room_members" "this" {
  app_id   = %q
  room_id  = %q
  user_ids = ["ann"]
}`, appID, roomID)
	}
	replaced := plans("chat_ethora_room_members.this", plancheck.ResourceActionReplace)
	acctest.Run(t, resource.TestCase{
		CheckDestroy: e.holds(other, "sales"),
		Steps: []resource.TestStep{
			{Config: members(app, "support"), Check: e.holds(app, "support", "ann")},
			{
				Config: members(app, "sales"), ConfigPlanChecks: replaced,
				Check: resource.ComposeTestCheckFunc(e.holds(app, "support"), e.holds(app, "sales", "ann")),
			},
			{
				Config: members(other, "sales"), ConfigPlanChecks: replaced,
				Check: resource.ComposeTestCheckFunc(e.holds(app, "sales"), e.holds(other, "sales", "ann")),
			},
		},
	})
}

// Members that are known only after apply, one of them or all.
func TestRoomMembers_unknownAtPlan(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben")
	e.addRoom(t, app, "support")
	e.addRoom(t, app, "sales")
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{{
			Config: e.Provider() + `
resource "terraform_data" "ben" {
  input = "ben"
}

resource "terraform_data" "all" {
  input = ["ann", "ben"]
}

resource "chat_ethora_room_members" "support" {
  room_id         = "support"
  user_ids        = ["ann", terraform_data.ben.output]
  ignore_user_ids = [terraform_data.ben.id]
}

resource "chat_ethora_room_members" "sales" {
  room_id  = "sales"
  user_ids = terraform_data.all.output
}`,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue("chat_ethora_room_members.sales", tfjsonpath.New("user_ids")),
			}},
			Check: resource.ComposeTestCheckFunc(e.holdsOnly(app, "support", "ann", "ben"), e.holdsOnly(app, "sales", "ann", "ben")),
		}},
	})
}

func TestRoomMembers_import(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben", "stranger")
	e.addRoom(t, app, "support")
	e.letIn(t, app, "support", "ann", "ben")
	config := e.Provider() + `resource "chat_ethora_room_members" "support" {
  room_id  = "support"
  user_ids = ["ann", "ben"]
}`
	const address = "chat_ethora_room_members.support"
	steps := []resource.TestStep{{Config: config}}
	for _, id := range []string{app + "/support", app + "/" + app + "_support", app + "_support", app + "_support@conference.xmpp.chat.ethora.com"} {
		steps = append(steps, resource.TestStep{ResourceName: address, ImportState: true, ImportStateId: id, ImportStateVerify: true})
	}
	steps = append(steps,
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: app + "/nowhere",
			ExpectError: regexp.MustCompile(`Cannot import non-existent remote object`),
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: app + "/support/ann",
			ExpectError: regexp.MustCompile(`(?s)is\s+not\s+of\s+the\s+form\s+<app_id>/<room_id>`),
		},
	)
	acctest.Run(t, resource.TestCase{Steps: steps})
}

func TestRoomMembers_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, test := range []struct{ attributes, message string }{
		{`user_ids = ["ann", "ben"]` + "\n" + `ignore_user_ids = ["ben"]`, `"ben" is in user_ids and in ignore_user_ids. Keep it in one of them.`},
		{`user_ids = ["a"]`, `"a" can't be an id. It must have 2 to 255 characters`},
		{`user_ids = ["ann"]` + "\n" + `ignore_user_ids = ["a b"]`, `"a b" can't be an id`},
		{`user_ids = ["` + e.AppID() + `_ann"]`, `looks like an XMPP name or address`},
		{``, `The argument "user_ids" is required`},
		{`user_ids = null`, `Must set a configuration value for the user_ids attribute`},
		{`user_ids = [null]`, `This attribute contains a null value`},
		{`user_ids = ["ann", null]`, `This attribute contains a null value`},
		{`user_ids = ["ann"]` + "\n" + `ignore_user_ids = ["ben", null]`, `This attribute contains a null value`},
	} {
		steps = append(steps, resource.TestStep{
			Config: e.Provider() + `resource "chat_ethora_room_members" "this" {
  room_id = "support"
  ` + test.attributes + `
}`,
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(strings.ReplaceAll(test.message, " ", `\s+`)),
		})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	if calls := e.calls(); calls != "" {
		t.Errorf("bad input was sent to the server:\n%s", calls)
	}
}

// 250 members go in with three calls of at most a hundred, and out likewise.
func TestRoomMembers_many(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	crowd := numbered("user", 250)
	e.addUsers(t, app, crowd...)
	e.addRoom(t, app, "support")
	p := e.Protocol(t)
	sizes := func(method string) (sizes []int) {
		for _, body := range e.bodies(method, "/v2/apps/"+app+"/chats/users-access") {
			sizes = append(sizes, len(body.(map[string]any)["members"].([]any)))
		}
		slices.Sort(sizes)
		return sizes
	}
	want := []int{50, 100, 100}

	members := p.Apply(t.Context(), membersType, membersOf("support", crowd...), nil)
	if members.Problems != nil || !slices.Equal(sizes("POST"), want) || e.holdsOnly(app, "support", crowd...)(nil) != nil {
		t.Fatalf("added in calls of %v, want %v: %v", sizes("POST"), want, members.Problems)
	}
	if listings := len(e.Requests()) - len(want); e.Count("GET", "/chats$") != 2 || listings > 3 {
		t.Errorf("beside the calls that add, want a listing before and one after, and one that makes sure nothing is cut:\n%s", e.calls())
	}
	if read := p.Refresh(t.Context(), membersType, members); !reflect.DeepEqual(read.State, members.State) {
		t.Errorf("read %v", read.State)
	}
	e.ResetRequests()
	changed := p.Apply(t.Context(), membersType, membersOf("support", crowd[1:]...), &members)
	if changed.Problems != nil || sizes("POST") != nil || !slices.Equal(sizes("DELETE"), []int{1}) {
		t.Errorf("one leaves: added %v, removed %v: %v", sizes("POST"), sizes("DELETE"), changed.Problems)
	}
	e.ResetRequests()
	gone := e.Protocol(t).Apply(t.Context(), membersType, nil, &changed)
	if gone.Problems != nil || !slices.Equal(sizes("DELETE"), []int{49, 100, 100}) || len(e.people(app, "support")) != 0 {
		t.Errorf("removed in calls of %v: %v", sizes("DELETE"), gone.Problems)
	}
}

// A set that is as wanted already costs no change at all.
func TestRoomMembers_nothingToDo(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), "ann")
	e.addRoom(t, e.AppID(), "support")
	e.letIn(t, e.AppID(), "support", "ann")
	p := e.Protocol(t)
	if members := p.Apply(t.Context(), membersType, membersOf("support", "ann"), nil); members.Problems != nil {
		t.Fatal(members.Problems)
	}
	if changes := e.Count("POST", "") + e.Count("DELETE", ""); changes != 0 {
		t.Errorf("%d changes were made:\n%s", changes, e.calls())
	}
}

// When all but the first of three calls fail, the state says who is in, and the
// next apply adds the others.
func TestRoomMembers_partialFailure(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  control.FaultRule
		inside []int // of the calls, which run at once, the one that succeeds adds 50 or 100
	}{
		"422":       {control.FaultRule{Status: 422, Body: `{"success":false,"error":"\"members\" must not contain robots","code":"VALIDATION_ERROR"}`}, []int{50, 100}},
		"500":       {control.FaultRule{Status: 500, Body: `{"error":"boom"}`}, []int{50, 100}},
		"cut":       {control.FaultRule{Drop: "before"}, []int{50, 100}},
		"cut after": {control.FaultRule{Drop: "after"}, []int{250}}, // Ethora did it, but never said so
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			app := e.AppID()
			crowd := numbered("user", 250)
			e.addUsers(t, app, append(crowd, "stranger")...)
			e.addRoom(t, app, "support")
			e.letIn(t, app, "support", "stranger")
			p := e.Protocol(t)

			test.fault.Method, test.fault.Path, test.fault.Skip = "POST", "users-access$", 1
			e.Faults(t, test.fault)
			partly := p.Apply(t.Context(), membersType, membersOf("support", crowd...), nil)
			want := regexp.MustCompile(`^ERROR Can't add (200|150) users to Ethora room "support" of app ` + app)
			if len(partly.Problems) != 2 || !want.MatchString(partly.Problems[0]) || !strings.Contains(partly.Problems[1], "terraform untaint") {
				t.Errorf("the problems are %q, want %q", partly.Problems, want)
			}
			recorded := []string{}
			for _, id := range partly.State["user_ids"].([]any) {
				recorded = append(recorded, id.(string))
			}
			if err := e.holdsOnly(app, "support", recorded...)(nil); err != nil || !slices.Contains(test.inside, len(recorded)-1) {
				t.Errorf("the state holds %d members: %v", len(recorded), err)
			}

			e.Faults(t)
			e.ResetRequests()
			whole := p.Apply(t.Context(), membersType, membersOf("support", crowd...), &partly)
			if err := e.holdsOnly(app, "support", crowd...)(nil); err != nil || whole.Problems != nil {
				t.Errorf("a second apply: %v %v", err, whole.Problems)
			}
			if read := p.Refresh(t.Context(), membersType, whole); !reflect.DeepEqual(read.State, whole.State) {
				t.Error("a plan would show drift")
			}
		})
	}
}

// Strangers who can't be removed are an error, and the state shows them.
func TestRoomMembers_removalFails(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "stranger")
	e.addRoom(t, app, "support")
	e.letIn(t, app, "support", "stranger")
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "DELETE", Path: "users-access$", Status: 500})
	members := p.Apply(t.Context(), membersType, membersOf("support", "ann"), nil)
	if len(members.Problems) != 2 || !strings.Contains(members.Problems[0], `Can't remove user "stranger" from Ethora room "support"`) ||
		!reflect.DeepEqual(members.State["user_ids"], []any{"ann", "stranger"}) {
		t.Errorf("the state holds %v: %v", members.State["user_ids"], members.Problems)
	}
	e.Faults(t)
	members = p.Apply(t.Context(), membersType, membersOf("support", "ann"), &members)
	if err := e.holds(app, "support", "ann")(nil); err != nil || members.Problems != nil {
		t.Errorf("a second apply: %v %v", err, members.Problems)
	}
}

// A destroy that fails half-way keeps the resource; the next one finishes.
func TestRoomMembers_destroyFails(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	crowd := numbered("user", 150)
	e.addUsers(t, app, crowd...)
	e.addRoom(t, app, "support")
	p := e.Protocol(t)
	members := p.Apply(t.Context(), membersType, membersOf("support", crowd...), nil)
	e.Faults(t, control.FaultRule{Method: "DELETE", Path: "users-access$", Status: 500, Skip: 1})
	p = e.Protocol(t)
	failed := p.Apply(t.Context(), membersType, nil, &members)
	want := regexp.MustCompile(`^ERROR Can't remove (50|100) users from Ethora room "support" of app ` + app)
	if len(failed.Problems) != 1 || !want.MatchString(failed.Problems[0]) {
		t.Errorf("the problems are %q, want %q", failed.Problems, want)
	}
	if inside, _ := failed.State["user_ids"].([]any); len(inside) == 0 || len(inside) != len(e.people(app, "support")) {
		t.Errorf("%d users are in the room, and the state holds %d", len(e.people(app, "support")), len(inside))
	}
	e.Faults(t)
	if gone := p.Apply(t.Context(), membersType, nil, &failed); gone.Problems != nil || len(e.people(app, "support")) != 0 {
		t.Errorf("a second destroy: %v, in the room are %q", gone.Problems, e.people(app, "support"))
	}
}

func TestRoomMembers_unknownEnds(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), "ann")
	e.addRoom(t, e.AppID(), "support")
	p := e.Protocol(t)
	for _, test := range []struct {
		config acctest.Object
		state  any
		want   []string
	}{
		{membersOf("nowhere", "ann"), nil, []string{`ERROR Can't set members of Ethora room "nowhere" of app ` + e.AppID(), `here is no room "nowhere"`}},
		{membersOf("support", "ghost"), nil, []string{
			`ERROR Can't add user "ghost" to Ethora room "support" of app ` + e.AppID(),
			"App " + e.AppID() + " has no such active user. Take the ids from the resources that create the users, so that Terraform creates them first, or take them out of user_ids.",
		}},
		{membersOf("support", "ann", "ghost", "spook"), []any{"ann"}, []string{
			`ERROR Can't add 2 users to Ethora room "support" of app ` + e.AppID(), `so it went for "ghost", "spook".`, "terraform untaint",
		}},
	} {
		members := p.Apply(t.Context(), membersType, test.config, nil)
		if !reflect.DeepEqual(members.State["user_ids"], test.state) {
			t.Fatalf("set %v: %v", members.State, members.Problems)
		}
		for _, want := range test.want {
			if !strings.Contains(strings.Join(members.Problems, "\n"), want) {
				t.Errorf("the problems are %q, they lack %q", members.Problems, want)
			}
		}
	}
}

// A creation that changed nothing owns nothing. Its state would be tainted, and
// the destroy of it would empty a room that others filled.
func TestRoomMembers_failedCreationOwnsNothing(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben", "eve")
	e.addRoom(t, app, "support")
	e.letIn(t, app, "support", "ann", "ben", "eve")
	p := e.Protocol(t)
	members := p.Apply(t.Context(), membersType, membersOf("support", "ann", "ghost"), nil)
	if members.State != nil || len(members.Problems) != 1 || !strings.Contains(members.Problems[0], `Can't add user "ghost"`) {
		t.Errorf("the state holds %v: %q", members.State, members.Problems)
	}
	if err := e.holds(app, "support", "ann", "ben", "eve")(nil); err != nil {
		t.Error(err)
	}
	members = p.Apply(t.Context(), membersType, membersOf("support", "ann"), &members)
	if err := e.holds(app, "support", "ann")(nil); err != nil || members.Problems != nil {
		t.Errorf("a second apply: %v %v", err, members.Problems)
	}
	// An update that fails keeps its state, though it changed nothing.
	failed := p.Apply(t.Context(), membersType, membersOf("support", "ann", "ghost"), &members)
	if len(failed.Problems) != 1 || !reflect.DeepEqual(failed.State["user_ids"], []any{"ann"}) {
		t.Errorf("the failed update left %v: %q", failed.State, failed.Problems)
	}
}

// The same with real Terraform: nothing is tainted, so nobody is thrown out.
func TestRoomMembers_failedCreationThrowsNobodyOut(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben")
	e.addRoom(t, app, "support")
	e.letIn(t, app, "support", "ann", "ben")
	config := func(userIDs string) string {
		return e.Provider() + `resource "chat_ethora_room_members" "support" {
  room_id  = "support"
  user_ids = ` + userIDs + `
}`
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config(`["ann", "ghost"]`), ExpectError: says(`Can't add user "ghost" to Ethora room "support"`)},
			{
				Config:           config(`["ann", "ben"]`),
				ConfigPlanChecks: plans("chat_ethora_room_members.support", plancheck.ResourceActionCreate),
				Check:            func(*terraform.State) error { return e.holds(app, "support", "ann", "ben")(nil) },
			},
		},
	})
	if thrownOut := e.bodies("DELETE", "/v2/apps/"+app+"/chats/users-access"); len(thrownOut) != 1 { // by the destroy at the end of the test
		t.Errorf("removals: %v", thrownOut)
	}
}

func TestRoomMembers_roomGone(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), "ann", "ben")
	e.addRoom(t, e.AppID(), "support")
	p := e.Protocol(t)
	members := p.Apply(t.Context(), membersType, membersOf("support", "ann", "ben"), nil)
	e.deleteRoom(t, e.AppID(), "support")
	gone := p.Refresh(t.Context(), membersType, members)
	want := fmt.Sprintf(`WARNING Ethora room "support" of app %s no longer exists: Ethora does not know it any more.`, e.AppID())
	if gone.State != nil || len(gone.Problems) != 1 || !strings.HasPrefix(gone.Problems[0], want) {
		t.Errorf("the state holds %v and the problems are %q, want %q", gone.State, gone.Problems, want)
	}
	if destroyed := p.Apply(t.Context(), membersType, nil, &members); destroyed.Problems != nil {
		t.Errorf("destroying what is gone: %v", destroyed.Problems)
	}
}

// A member who is deleted from the app has left the room as well.
func TestRoomMembers_memberArchived(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), "ann", "ben")
	e.addRoom(t, e.AppID(), "support")
	p := e.Protocol(t)
	members := p.Apply(t.Context(), membersType, membersOf("support", "ann", "ben"), nil)
	e.Edit(t, "DELETE", "/v2/apps/"+e.AppID()+"/users/batch", map[string]any{"usersIdList": []string{"ben"}})
	p = e.Protocol(t) // the next run of Terraform
	read := p.Refresh(t.Context(), membersType, members)
	if read.Problems != nil || !reflect.DeepEqual(read.State["user_ids"], []any{"ann"}) {
		t.Errorf("the refresh found %v: %v", read.State["user_ids"], read.Problems)
	}
	if again := p.Apply(t.Context(), membersType, membersOf("support", "ann"), &read); again.Problems != nil {
		t.Errorf("without him: %v", again.Problems)
	}
}

// A member list that the server cuts never passes for the whole set: nobody is
// forgotten, and where the whole can't be known, that is the error.
func TestRoomMembers_cutList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings mock.Settings
		error    string // "" when all members can be known
	}{
		"users are listed by room":  {mock.Settings{MemberListLimit: 30}, ""},
		"small pages":               {mock.Settings{MemberListLimit: 30, PageLimit: 8}, ""},
		"another limit":             {mock.Settings{MemberListLimit: 10}, ""},
		"system account is hidden":  {mock.Settings{MemberListLimit: 30, HideSystemAccount: true}, ""},
		"no list of users":          {mock.Settings{MemberListLimit: 30, NoAppUserList: true}, "does not tell all members of the room"},
		"users are not filtered":    {mock.Settings{MemberListLimit: 30, IgnoreFilters: true}, "does not tell all members of the room"},
		"not cut, and not filtered": {mock.Settings{IgnoreFilters: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			app := e.addApp(t, "Acme")
			crowd := numbered("user", 35)
			e.addUsers(t, app, append(crowd, "stranger", "elsewhere")...)
			e.addRoom(t, app, "support")
			e.letIn(t, app, "support", append(crowd, "stranger")...)
			e.Settings(t, test.settings)
			p := e.Protocol(t)

			members := p.Apply(t.Context(), membersType, acctest.Object{"app_id": app, "room_id": "support", "user_ids": crowd}, nil)
			if test.error != "" {
				if len(members.Problems) != 1 || !strings.Contains(members.Problems[0], test.error) {
					t.Errorf("the problems are %q, want %q", members.Problems, test.error)
				}
				if err := e.holdsOnly(app, "support", append(crowd, "stranger")...)(nil); err != nil {
					t.Errorf("although the members are not known, some were changed: %v", err)
				}
				return
			}
			if err := e.holdsOnly(app, "support", crowd...)(nil); err != nil || members.Problems != nil {
				t.Errorf("%v %v", err, members.Problems)
			}
			if read := p.Refresh(t.Context(), membersType, members); read.Problems != nil || !reflect.DeepEqual(read.State, members.State) {
				t.Errorf("a plan would show drift: %v %v", read.State["user_ids"], read.Problems)
			}
		})
	}
}

// Apply waits until Ethora shows the change, so that the next plan is empty.
func TestRoomMembers_membershipLag(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]mock.Settings{
		"three reads":      {MembershipLagReads: 3},
		"300 milliseconds": {MembershipLagMS: 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.addUsers(t, e.AppID(), "ann", "ben", "stranger")
			e.addRoom(t, e.AppID(), "support")
			e.letIn(t, e.AppID(), "support", "stranger")
			e.Settings(t, settings)
			p := e.Protocol(t)
			members := p.Apply(t.Context(), membersType, membersOf("support", "ann", "ben"), nil)
			if members.Problems != nil {
				t.Fatal(members.Problems)
			}
			if read := p.Refresh(t.Context(), membersType, members); !reflect.DeepEqual(read.State, members.State) {
				t.Errorf("a plan would show drift: %v", read.State)
			}
			if gone := p.Apply(t.Context(), membersType, nil, &members); gone.Problems != nil {
				t.Errorf("destroying: %v", gone.Problems)
			}
		})
	}
}

// A lag that outlasts the wait: a warning for who was added, an error for who
// was removed.
func TestRoomMembers_lagLongerThanTheWait(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), "ann", "ben", "stranger")
	e.addRoom(t, e.AppID(), "support")
	e.letIn(t, e.AppID(), "support", "stranger")
	e.Settings(t, mock.Settings{MembershipLagMS: 3_600_000})
	p := e.Protocol(t)
	members := p.Apply(t.Context(), membersType, membersOf("support", "ann", "ben"), nil)
	room := fmt.Sprintf(`members of Ethora room "support" of app %s`, e.AppID())
	want := []string{
		"WARNING Ethora does not show all members yet: Among the " + room + ", its lists still lack \"ann\", \"ben\". " +
			"Until they catch up, a plan may propose to add them again, which does no harm.",
		"ERROR Can't remove all strangers from the " + room + ": Ethora accepted the removal, but still lists \"stranger\". Wait a minute and apply again.",
	}
	if members.State == nil || len(members.Problems) != 3 || !slices.Equal(members.Problems[:2], want) || !strings.Contains(members.Problems[2], "terraform untaint") {
		t.Errorf("the state holds %v and the problems are %q, want %q", members.State, members.Problems, want)
	}
	p = e.Protocol(t)
	e.Settings(t, mock.Settings{})
	again := p.Apply(t.Context(), membersType, membersOf("support", "ann", "ben"), &members)
	if again.Problems != nil || len(e.people(e.AppID(), "support")) != 2 {
		t.Errorf("a second apply: %v, in the room are %q", again.Problems, e.people(e.AppID(), "support"))
	}
}

// A read that fails says nothing about the members: they stay in the state.
func TestRoomMembers_readFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"503":         {Status: 503},
		"cut":         {Drop: "before"},
		"403":         {Status: 403, Body: `{"error":"Forbidden"}`},
		"HTML":        {Status: 200, Body: "<html></html>"},
		"broken JSON": {Status: 200, Body: `{"results":[`},
		"empty 200":   {Status: 200, Empty: true},
		"no members":  {Status: 200, Body: `{"results":[{"name":"APP_support","title":"Support"}],"total":1}`},
		"half a name": {Status: 200, Body: `{"results":[{"name":"APP_support","members":[{"firstName":"Ann"}]}],"total":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			app := e.addApp(t, "Acme")
			e.addUsers(t, app, "ann", "ben")
			e.addRoom(t, app, "support")
			p := e.Protocol(t)
			members := p.Apply(t.Context(), membersType, acctest.Object{"app_id": app, "room_id": "support", "user_ids": []string{"ann", "ben"}}, nil)
			e.Settings(t, mock.Settings{NoAppUserList: true})
			fault.Method, fault.Path, fault.Body = "GET", "/chats$", strings.ReplaceAll(fault.Body, "APP", app)
			e.Faults(t, fault)
			read := e.Protocol(t).Refresh(t.Context(), membersType, members) // by the next run of Terraform
			want := `ERROR Can't read members of Ethora room "support"`
			if !reflect.DeepEqual(read.State, members.State) || len(read.Problems) != 1 || !strings.HasPrefix(read.Problems[0], want) {
				t.Errorf("read %v: %q", read.State, read.Problems)
			}
		})
	}
}

// Ctrl-C: the calls on the wire are finished, the others not begun, and the
// state says who is in by now.
func TestRoomMembers_interrupted(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	crowd := numbered("user", 1000)
	e.addUsers(t, app, crowd...)
	e.addRoom(t, app, "support")
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "users-access$", LatencyMS: 200})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		e.await("POST", "users-access$")
		cancel()
	}()
	partly := p.Apply(ctx, membersType, membersOf("support", crowd...), nil)
	recorded := len(partly.State["user_ids"].([]any))
	if inside := len(e.people(app, "support")); inside != recorded || inside == 0 || inside == 1000 || len(partly.Problems) < 2 {
		t.Errorf("%d users are in the room, and the state holds %d: %v", inside, recorded, partly.Problems)
	}
	e.Faults(t)
	whole := p.Apply(t.Context(), membersType, membersOf("support", crowd...), &partly)
	if err := e.holdsOnly(app, "support", crowd...)(nil); err != nil || whole.Problems != nil {
		t.Errorf("a second apply: %v %v", err, whole.Problems)
	}
}
