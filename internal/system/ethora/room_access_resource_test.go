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
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

const accessType = "chat_ethora_room_access"

// annInSupport is the edge that most tests are about.
var annInSupport = acctest.Object{"room_id": "support", "user_id": "ann"}

// startSupport is a tenant with a room "support" and the users ann and ben.
func startSupport(t *testing.T) tenant {
	t.Helper()
	e := startTenant(t)
	e.addRoom(t, e.AppID(), "support")
	e.addUsers(t, e.AppID(), "ann", "ben")
	return e
}

// holds checks who is in a room.
func (e tenant) holds(appID, roomID string, userIDs ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if people := e.people(appID, roomID); !slices.Equal(people, userIDs) {
			return fmt.Errorf("in room %s are %q, want %q", roomID, people, userIDs)
		}
		return nil
	}
}

func TestRoomAccess_leavesOthersAlone(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	app := e.AppID()
	e.letIn(t, app, "support", "ben")
	acctest.Run(t, resource.TestCase{
		CheckDestroy: e.holds(app, "support", "ben"),
		Steps: []resource.TestStep{{
			Config: e.Provider() + `resource "chat_ethora_room_access" "ann" {
  room_id = "support"
  user_id = "ann"
}`,
			ConfigStateChecks: []statecheck.StateCheck{
				value("chat_ethora_room_access.ann", "id", text(app+"/support/ann")),
				value("chat_ethora_room_access.ann", "app_id", text(app)),
				value("chat_ethora_room_access.ann", "room_id", text("support")),
				value("chat_ethora_room_access.ann", "user_id", text("ann")),
			},
			Check: e.holds(app, "support", "ben", "ann"),
		}},
	})
	want := map[string]any{"chatName": app + "_support", "members": []any{app + "_ann"}}
	for _, method := range []string{"POST", "DELETE"} {
		if bodies := e.bodies(method, "/v2/apps/"+app+"/chats/users-access"); len(bodies) != 1 || !reflect.DeepEqual(bodies[0], want) {
			t.Errorf("%s sent %v, want once %v", method, bodies, want)
		}
	}
}

// A user who is in the room already is taken over, and destroy takes the
// access away all the same.
func TestRoomAccess_grantedBefore(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	e.letIn(t, e.AppID(), "support", "ann", "ben")
	p := e.Protocol(t)
	access := p.Apply(t.Context(), accessType, annInSupport, nil)
	if access.Problems != nil || access.State["id"] != e.AppID()+"/support/ann" {
		t.Fatalf("granting what is granted: %v %v", access.State, access.Problems)
	}
	if again := p.Apply(t.Context(), accessType, annInSupport, nil); again.Problems != nil {
		t.Errorf("granting a second time: %v", again.Problems)
	}
	if gone := e.Protocol(t).Apply(t.Context(), accessType, nil, &access); gone.Problems != nil || gone.State != nil {
		t.Errorf("destroying: %v %v", gone.State, gone.Problems)
	}
	if people := e.people(e.AppID(), "support"); !slices.Equal(people, []string{"ben"}) {
		t.Errorf("in the room are %q, want ben alone", people)
	}
}

// Where the users are counted, the resources of those behind a gap change places:
// each is let in by one resource and taken out by another in the same run.
func TestRoomAccess_countShifts(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	people := numbered("user", 12)
	e.addUsers(t, app, people...)
	e.addRoom(t, app, "support")
	w := e.workspace(t, `
variable "people" {
  type = list(string)
}
resource "chat_ethora_room_access" "all" {
  count   = length(var.people)
  room_id = "support"
  user_id = var.people[count.index]
}
`)
	for _, left := range [][]string{people, people[1:], append([]string{people[0]}, people[2:]...), people[4:]} {
		variable := fmt.Sprintf("-var=people=[\"%s\"]", strings.Join(left, `","`))
		w.Must("apply", "-auto-approve", "-no-color", "-input=false", variable)
		w.MustPlanEmpty(variable)
		if inside := slices.Sorted(slices.Values(e.people(app, "support"))); !slices.Equal(inside, left) {
			t.Errorf("in the room are %q, want %q", inside, left)
		}
	}
	w.Must("destroy", "-auto-approve", "-no-color", "-input=false", "-var=people=[]")
	if inside := e.people(app, "support"); len(inside) != 0 {
		t.Errorf("after the destroy %q are in the room", inside)
	}
}

// Whatever takes a user over in a run, an edge or a list of members, the resource
// that had the user before takes nobody out of the room after it.
func TestRoomAccess_takenOverInOneRun(t *testing.T) {
	t.Parallel()
	for name, types := range map[string]struct{ old, new string }{
		"edge by edge":       {accessType, accessType},
		"edge by members":    {accessType, membersType},
		"members by edge":    {membersType, accessType},
		"members by members": {membersType, membersType},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startSupport(t)
			configs := map[string]acctest.Object{accessType: annInSupport, membersType: membersOf("support", "ann")}
			old := e.Protocol(t).Apply(t.Context(), types.old, configs[types.old], nil)
			run := e.Protocol(t)
			taken := run.Apply(t.Context(), types.new, configs[types.new], nil)
			gone := run.Apply(t.Context(), types.old, nil, &old)
			if old.Problems != nil || taken.Problems != nil || gone.Problems != nil || gone.State != nil {
				t.Errorf("%q, %q, %q; the state of the old one is %v", old.Problems, taken.Problems, gone.Problems, gone.State)
			}
			if people := e.people(e.AppID(), "support"); !slices.Equal(people, []string{"ann"}) {
				t.Errorf("in the room are %q, want ann", people)
			}
			if read := e.Protocol(t).Refresh(t.Context(), types.new, taken); !reflect.DeepEqual(read.State, taken.State) {
				t.Errorf("a plan would show drift: %v, was %v", read.State, taken.State)
			}
			if last := e.Protocol(t).Apply(t.Context(), types.new, nil, &taken); last.Problems != nil || len(e.people(e.AppID(), "support")) != 0 {
				t.Errorf("a later destroy left %q: %q", e.people(e.AppID(), "support"), last.Problems)
			}
		})
	}
}

// A creation of members that fails and owns nobody takes nobody over either: the
// edge that had the user takes the user out.
func TestRoomAccess_notTakenOverByAFailure(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	old := e.Protocol(t).Apply(t.Context(), accessType, annInSupport, nil)
	run := e.Protocol(t)
	failed := run.Apply(t.Context(), membersType, membersOf("support", "ann", "ghost"), nil)
	gone := run.Apply(t.Context(), accessType, nil, &old)
	if failed.Problems == nil || failed.State != nil || gone.Problems != nil || gone.State != nil {
		t.Errorf("the members are %v: %q; the edge is %v: %q", failed.State, failed.Problems, gone.State, gone.Problems)
	}
	if people := e.people(e.AppID(), "support"); len(people) > 0 {
		t.Errorf("%q are in the room, and in no state", people)
	}
}

// A destroy that has no time left to wait for another resource of the same user
// says so.
func TestRoomAccess_waitsForItsTurnWithinItsTime(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	config := acctest.Object{"room_id": "support", "user_id": "ann", "timeouts": acctest.Object{"delete": "200ms"}}
	old := e.Protocol(t).Apply(t.Context(), accessType, config, nil)
	run := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "GET", Path: "chats$", LatencyMS: 2000})
	created := make(chan acctest.Change)
	e.ResetRequests()
	go func() { created <- run.Apply(t.Context(), accessType, annInSupport, nil) }()
	e.await("POST", "users-access$")
	late := run.Apply(t.Context(), accessType, nil, &old)
	if len(late.Problems) != 1 || !strings.Contains(late.Problems[0], "nother resource of this run was still at work on the same object") || !reflect.DeepEqual(late.State, old.State) {
		t.Errorf("the state is %v, the problems are %q", late.State, late.Problems)
	}
	if taken := <-created; taken.Problems != nil {
		t.Error(taken.Problems)
	}
}

func TestRoomAccess_replacements(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app, other := e.addApp(t, "Acme"), e.addApp(t, "Other")
	for _, id := range []string{app, other} {
		e.addUsers(t, id, "ann", "ben")
		e.addRoom(t, id, "support")
		e.addRoom(t, id, "sales")
	}
	access := func(appID, roomID, userID string) string {
		return e.Provider() + fmt.Sprintf(`resource "chat_ethora_room_access" "this" {
  app_id  = %q
  room_id = %q
  user_id = %q
}`, appID, roomID, userID)
	}
	replaced := plans("chat_ethora_room_access.this", plancheck.ResourceActionReplace)
	only := func(appID, roomID, userID string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			for _, a := range []string{app, other} {
				for _, r := range []string{"support", "sales"} {
					var want []string
					if a == appID && r == roomID {
						want = []string{userID}
					}
					if err := e.holds(a, r, want...)(nil); err != nil {
						return err
					}
				}
			}
			return nil
		}
	}
	acctest.Run(t, resource.TestCase{
		CheckDestroy: only("", "", ""),
		Steps: []resource.TestStep{
			{Config: access(app, "support", "ann"), Check: only(app, "support", "ann")},
			{Config: access(app, "support", "ben"), ConfigPlanChecks: replaced, Check: only(app, "support", "ben")},
			{Config: access(app, "sales", "ben"), ConfigPlanChecks: replaced, Check: only(app, "sales", "ben")},
			{Config: access(other, "sales", "ben"), ConfigPlanChecks: replaced, Check: only(other, "sales", "ben")},
			{ // Timeouts are Terraform's own affair.
				Config:           strings.Replace(access(other, "sales", "ben"), "user_id", "timeouts = { delete = \"1m\" }\n  user_id", 1),
				ConfigPlanChecks: plans("chat_ethora_room_access.this", plancheck.ResourceActionUpdate),
				Check:            only(other, "sales", "ben"),
			},
		},
	})
}

// A whole edge that is planned before any of its ends exists.
func TestRoomAccess_endsKnownAfterApply(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{{
			Config: e.Provider() + `
resource "chat_ethora_app" "acme" {
  display_name = "Acme"
}

resource "chat_ethora_room" "support" {
  app_id  = chat_ethora_app.acme.id
  room_id = "support"
  title   = "Support"
}

resource "chat_ethora_user" "ann" {
  app_id     = chat_ethora_app.acme.id
  user_id    = "ann"
  email      = "ann@example.com"
  first_name = "Ann"
  last_name  = "Lee"
}

resource "chat_ethora_room_access" "ann_support" {
  app_id  = chat_ethora_app.acme.id
  room_id = chat_ethora_room.support.room_id
  user_id = chat_ethora_user.ann.user_id
}`,
			Check: func(state *terraform.State) error {
				app := state.RootModule().Resources["chat_ethora_app.acme"].Primary.ID
				return e.holds(app, "support", "ann")(state)
			},
		}},
	})
}

func TestRoomAccess_import(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	app := e.AppID()
	config := e.Provider() + `resource "chat_ethora_room_access" "ann" {
  room_id = "support"
  user_id = "ann"
}`
	const address = "chat_ethora_room_access.ann"
	const host = "xmpp.chat.ethora.com"
	steps := []resource.TestStep{{Config: config}}
	for _, id := range []string{
		app + "/support/ann",
		app + "/" + app + "_support/" + app + "_ann",
		app + "/" + app + "_support@conference." + host + "/" + app + "_ann@" + host,
		app + "_support/ann",
		app + "_support@conference." + host + "/" + app + "_ann@" + host,
	} {
		steps = append(steps, resource.TestStep{ResourceName: address, ImportState: true, ImportStateId: id, ImportStateVerify: true})
	}
	for id, message := range map[string]string{
		app + "/support":       `(?s)is\s+not\s+of\s+the\s+form\s+<app_id>/<room_id>/<user_id>`,
		app + "/support//":     `(?s)is\s+not\s+of\s+the\s+form\s+<app_id>/<room_id>/<user_id>`,
		app + "/support/ben":   `Cannot import non-existent remote object`,
		app + "/nowhere/ann":   `Cannot import non-existent remote object`,
		app + "/support/ghost": `Cannot import non-existent remote object`,
	} {
		steps = append(steps, resource.TestStep{ResourceName: address, ImportState: true, ImportStateId: id, ExpectError: regexp.MustCompile(message)})
	}
	acctest.Run(t, resource.TestCase{CheckDestroy: e.holds(app, "support"), Steps: steps})
}

func TestRoomAccess_identity(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + `resource "chat_ethora_room_access" "ann" {
  room_id = "support"
  user_id = "ann"
}`,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity("chat_ethora_room_access.ann", map[string]knownvalue.Check{
						"app_id": text(e.AppID()), "room_id": text("support"), "user_id": text("ann"),
					}),
				},
			},
			{ResourceName: "chat_ethora_room_access.ann", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestRoomAccess_identityByProtocol(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	p := e.Protocol(t)
	identity := acctest.Object{"app_id": e.AppID(), "room_id": "support", "user_id": "ann"}
	granted := p.Apply(t.Context(), accessType, annInSupport, nil)
	if granted.Problems != nil || !reflect.DeepEqual(granted.Identity, identity) {
		t.Fatalf("granted with identity %v: %v", granted.Identity, granted.Problems)
	}
	imported := p.Import(t.Context(), accessType, "", identity)
	if imported.Problems != nil || !reflect.DeepEqual(imported.State, granted.State) || !reflect.DeepEqual(imported.Identity, identity) {
		t.Errorf("imported %v with identity %v: %v", imported.State, imported.Identity, imported.Problems)
	}
}

// Whatever takes the access away behind Terraform's back, the plan grants it
// again, or says which end is missing.
func TestRoomAccess_goneBehindTheBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		remove func(*testing.T, tenant)
		again  string // problem of the next apply; "" when it heals
	}{
		"thrown out": {func(t *testing.T, e tenant) { e.throwOut(t, e.AppID(), "support", "ann") }, ""},
		"user archived": {func(t *testing.T, e tenant) {
			e.Edit(t, "DELETE", "/v2/apps/"+e.AppID()+"/users/batch", map[string]any{"usersIdList": []string{"ann"}})
		}, "User not found"},
		"user purged": {func(t *testing.T, e tenant) {
			e.Edit(t, "DELETE", "/v2/apps/"+e.AppID()+"/users/batch?mode=hard", map[string]any{"usersIdList": []string{"ann"}})
		}, "User not found"},
		"room deleted": {func(t *testing.T, e tenant) { e.deleteRoom(t, e.AppID(), "support") }, "Chat not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startSupport(t)
			p := e.Protocol(t)
			access := p.Apply(t.Context(), accessType, annInSupport, nil)
			test.remove(t, e)

			gone := p.Refresh(t.Context(), accessType, access)
			want := fmt.Sprintf(`WARNING Access of Ethora user "ann" to room "support" of app %s no longer exists: `, e.AppID())
			if gone.State != nil || len(gone.Problems) != 1 || !strings.HasPrefix(gone.Problems[0], want) {
				t.Errorf("the state holds %v and the problems are %q, want %q", gone.State, gone.Problems, want)
			}
			if destroyed := p.Apply(t.Context(), accessType, nil, &access); destroyed.State != nil || destroyed.Problems != nil {
				t.Errorf("destroying what is gone: %v %v", destroyed.State, destroyed.Problems)
			}
			again := p.Apply(t.Context(), accessType, annInSupport, &gone)
			switch {
			case test.again == "" && (again.Problems != nil || again.State == nil):
				t.Errorf("the next apply: %v %v", again.State, again.Problems)
			case test.again != "" && (again.State != nil || len(again.Problems) != 1 || !strings.Contains(again.Problems[0], test.again)):
				t.Errorf("the next apply: %v %q, want %q", again.State, again.Problems, test.again)
			}
		})
	}
}

func TestRoomAccess_disappears(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	config := e.Provider() + `resource "chat_ethora_room_access" "ann" {
  room_id = "support"
  user_id = "ann"
}`
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:          func() { e.throwOut(t, e.AppID(), "support", "ann") },
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("chat_ethora_room_access.ann", plancheck.ResourceActionCreate),
				}},
			},
			{Config: config, Check: e.holds(e.AppID(), "support", "ann")},
		},
	})
}

// The error names both ends, says what the server said, and what to check.
func TestRoomAccess_unknownEnds(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	p := e.Protocol(t)
	for _, test := range []struct{ roomID, userID, reason string }{
		{"nowhere", "ann", "Chat not found"},
		{"support", "ghost", "User not found"},
	} {
		failed := p.Apply(t.Context(), accessType, acctest.Object{"room_id": test.roomID, "user_id": test.userID}, nil)
		if failed.State != nil || len(failed.Problems) != 1 {
			t.Fatalf("granted %v: %v", failed.State, failed.Problems)
		}
		for _, want := range []string{
			fmt.Sprintf(`ERROR Can't grant access of Ethora user %q to room %q of app %s: `, test.userID, test.roomID, e.AppID()),
			test.reason,
			"Check the ids: the app, user or room named here is unknown to Ethora or archived. If it was deleted outside Terraform, run terraform plan to see the difference.",
		} {
			if !strings.Contains(failed.Problems[0], want) {
				t.Errorf("the error is %q, it lacks %q", failed.Problems[0], want)
			}
		}
	}
}

func TestRoomAccess_badInput(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	var steps []resource.TestStep
	for _, test := range []struct{ app, room, user, message string }{
		{"acme", "support", "ann", `Attribute app_id must be an Ethora app id: 24 characters, each 0-9 or a-f`},
		{e.AppID(), "", "ann", `"" can't be an id. It must have 1 to 255 characters`},
		{e.AppID(), "support", "a", `"a" can't be an id. It must have 2 to 255 characters`},
		{e.AppID(), "support", e.AppID() + "_ann", `looks like an XMPP name or address`},
		{e.AppID(), "support@conference.x", "ann", `looks like an XMPP name or address`},
		{e.AppID(), "support", "ann lee", `"ann lee" can't be an id`},
	} {
		steps = append(steps, resource.TestStep{
			Config: e.Provider() + fmt.Sprintf(`resource "chat_ethora_room_access" "this" {
  app_id  = %q
  room_id = %q
  user_id = %q
}`, test.app, test.room, test.user),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(strings.ReplaceAll(test.message, " ", `\s+`)),
		})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	if calls := e.calls(); calls != "" {
		t.Errorf("bad input was sent to the server:\n%s", calls)
	}
}

func TestRoomAccess_requestCounts(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	p := e.Protocol(t)
	prefix := "/v2/apps/" + e.AppID()
	expect := func(operation string, want ...string) {
		t.Helper()
		if calls := e.calls(); calls != strings.Join(want, "\n") {
			t.Errorf("%s made these calls:\n%s\nwant:\n%s", operation, calls, strings.Join(want, "\n"))
		}
		e.ResetRequests()
	}
	access := p.Apply(t.Context(), accessType, annInSupport, nil)
	expect("granting", "POST "+prefix+"/chats/users-access 200", "GET "+prefix+"/users/ann/chats 200")
	access = p.Refresh(t.Context(), accessType, access)
	expect("refreshing", "GET "+prefix+"/users/ann/chats 200")
	e.Protocol(t).Apply(t.Context(), accessType, nil, &access)
	expect("removing", "DELETE "+prefix+"/chats/users-access 200", "GET "+prefix+"/chats 200", "GET "+prefix+"/chats/users 200")
}

// Ethora may show a change late: apply waits for it, so that the next plan is
// empty.
func TestRoomAccess_membershipLag(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]mock.Settings{
		"three reads":      {MembershipLagReads: 3},
		"300 milliseconds": {MembershipLagMS: 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startSupport(t)
			e.Settings(t, settings)
			acctest.Run(t, resource.TestCase{
				CheckDestroy: e.holds(e.AppID(), "support"),
				Steps: []resource.TestStep{{
					Config: e.Provider() + `
resource "chat_ethora_room_access" "ann" {
  room_id = "support"
  user_id = "ann"
}

resource "chat_ethora_room_access" "ben" {
  room_id = "support"
  user_id = "ben"
}`,
					Check: func(*terraform.State) error {
						if people := e.people(e.AppID(), "support"); len(people) != 2 {
							return fmt.Errorf("in the room are %q", people)
						}
						return nil
					},
				}},
			})
			granted := 0
			for _, body := range e.bodies("POST", "/v2/apps/"+e.AppID()+"/chats/users-access") {
				granted += len(body.(map[string]any)["members"].([]any))
			}
			if granted != 2 { // by one call or two
				t.Errorf("access was granted %d times, want 2", granted)
			}
		})
	}
}

// A lag that outlasts the wait is a warning after a grant, and an error after a
// removal (below): what is not surely gone stays in the state.
func TestRoomAccess_lagLongerThanTheWait(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	p := e.Protocol(t)
	e.Settings(t, mock.Settings{MembershipLagMS: 3_600_000})
	access := p.Apply(t.Context(), accessType, annInSupport, nil)
	want := fmt.Sprintf(`WARNING Ethora does not show the access yet: The access of Ethora user "ann" to room "support" of app %s was granted, `+
		"but Ethora's lists still lack it. Until they catch up, a plan may propose to grant it again, which does no harm.", e.AppID())
	if access.State == nil || !slices.Equal(access.Problems, []string{want}) {
		t.Fatalf("the state holds %v and the problems are %q, want %q", access.State, access.Problems, want)
	}

	// The next plan grants it again, which does no harm.
	if read := p.Refresh(t.Context(), accessType, access); read.State != nil {
		t.Errorf("read %v", read.State)
	}
	e.Settings(t, mock.Settings{})
	if again := p.Apply(t.Context(), accessType, annInSupport, nil); again.Problems != nil || len(e.people(e.AppID(), "support")) != 1 {
		t.Errorf("granting again: %v", again.Problems)
	}
}

func TestRoomAccess_lingersLongerThanTheWait(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	p := e.Protocol(t)
	access := p.Apply(t.Context(), accessType, annInSupport, nil)
	e.Settings(t, mock.Settings{MembershipLagMS: 3_600_000})
	p = e.Protocol(t)
	lingering := p.Apply(t.Context(), accessType, nil, &access)
	want := fmt.Sprintf(`ERROR Can't remove access of Ethora user "ann" to room "support" of app %s: `+
		"Ethora accepted the removal, but still lists the user as a member. Wait a minute and run the same command again.", e.AppID())
	if !reflect.DeepEqual(lingering.State, access.State) || !slices.Equal(lingering.Problems, []string{want}) {
		t.Errorf("the state holds %v and the problems are %q, want %q", lingering.State, lingering.Problems, want)
	}
	e.Settings(t, mock.Settings{})
	if gone := p.Apply(t.Context(), accessType, nil, &lingering); gone.State != nil || gone.Problems != nil {
		t.Errorf("and afterwards: %v %v", gone.State, gone.Problems)
	}
}

// Ethora's lists of rooms show 30 members at most. The 35th is still a member,
// and who is none is still none.
func TestRoomAccess_crowdedRoom(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]mock.Settings{
		"canonical":           {MemberListLimit: 30},
		"no list of users":    {MemberListLimit: 30, NoAppUserList: true},
		"filter is ignored":   {MemberListLimit: 30, IgnoreFilters: true},
		"no system account":   {MemberListLimit: 30, HideSystemAccount: true},
		"small pages":         {MemberListLimit: 30, PageLimit: 7},
		"missing is 422":      {MemberListLimit: 30, MissingStatus: 422},
		"missing is 400":      {MemberListLimit: 30, MissingStatus: 400},
		"lists named by kind": {MemberListLimit: 30, ListEnvelope: "named"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startSupport(t)
			crowd := numbered("user", 35)
			e.addUsers(t, e.AppID(), crowd...)
			e.letIn(t, e.AppID(), "support", crowd...)
			e.Settings(t, settings)
			p := e.Protocol(t)

			access := p.Apply(t.Context(), accessType, annInSupport, nil)
			if access.Problems != nil {
				t.Fatal(access.Problems)
			}
			if read := p.Refresh(t.Context(), accessType, access); read.Problems != nil || !reflect.DeepEqual(read.State, access.State) {
				t.Errorf("read %v: %v", read.State, read.Problems)
			}
			e.throwOut(t, e.AppID(), "support", "ann")
			if read := p.Refresh(t.Context(), accessType, access); read.State != nil || len(read.Problems) != 1 || !strings.HasPrefix(read.Problems[0], "WARNING") {
				t.Errorf("after she left: %v %v", read.State, read.Problems)
			}
			if gone := p.Apply(t.Context(), accessType, nil, &access); gone.State != nil || gone.Problems != nil {
				t.Errorf("destroying: %v %v", gone.State, gone.Problems)
			}
		})
	}
}

// Each fault of the three calls is survived, or keeps state and server in step;
// the next apply converges.
func TestRoomAccess_faults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault control.FaultRule
		error string // "" when it survives
	}{
		"429 once":         {control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}, Times: 1}, ""},
		"503 once":         {control.FaultRule{Status: 503, Times: 1}, ""},
		"cut before once":  {control.FaultRule{Drop: "before", Times: 1}, ""},
		"cut after once":   {control.FaultRule{Drop: "after", Times: 1}, ""},
		"empty 200, taken": {control.FaultRule{Empty: true}, ""},
		"always 503":       {control.FaultRule{Status: 503}, "run the same command again"},
		"always cut":       {control.FaultRule{Drop: "before"}, "could not be reached"},
		"401":              {control.FaultRule{Status: 401, Body: `{"error":"Unauthorized","code":"AUTH_FAILED"}`}, "Ethora does not accept the provider's token"},
		"403":              {control.FaultRule{Status: 403, Body: `{"error":"Forbidden"}`}, "may manage itself and the apps below it"},
		"web page":         {control.FaultRule{Status: 200, Body: "<html>Sign in</html>"}, "Check that the address is the API's own"},
		"not ok":           {control.FaultRule{Status: 200, Body: `{"ok":false,"error":"Try later"}`}, "Try later"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startSupport(t)
			p := e.Protocol(t)
			fault := test.fault
			fault.Path = "users-access$"
			verify := func(operation string, change acctest.Change) {
				t.Helper()
				switch {
				case test.error == "" && change.Problems != nil:
					t.Errorf("%s did not survive: %v", operation, change.Problems)
				case test.error != "" && (len(change.Problems) != 1 || !strings.Contains(change.Problems[0], test.error)):
					t.Errorf("%s said %q, want %q", operation, change.Problems, test.error)
				}
			}

			e.Faults(t, fault)
			access := p.Apply(t.Context(), accessType, annInSupport, nil)
			verify("granting", access)
			if inside := slices.Contains(e.people(e.AppID(), "support"), "ann"); inside != (access.State != nil) {
				t.Errorf("she is in: %t, but the state holds %v", inside, access.State)
			}
			e.Faults(t)
			access = p.Apply(t.Context(), accessType, annInSupport, &access)
			if access.Problems != nil || !slices.Contains(e.people(e.AppID(), "support"), "ann") {
				t.Fatalf("a second apply: %v", access.Problems)
			}

			e.Faults(t, fault)
			p = e.Protocol(t)
			removed := p.Apply(t.Context(), accessType, nil, &access)
			verify("removing", removed)
			if inside := slices.Contains(e.people(e.AppID(), "support"), "ann"); inside && removed.State == nil {
				t.Error("she is in, but the state has forgotten her")
			}
			e.Faults(t)
			if removed = p.Apply(t.Context(), accessType, nil, &removed); removed.Problems != nil || len(e.people(e.AppID(), "support")) != 0 {
				t.Errorf("a second destroy: %v", removed.Problems)
			}
		})
	}
}

// A read that fails says nothing about the access: it stays in the state.
func TestRoomAccess_readFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"503":          {Status: 503},
		"500":          {Status: 500, Body: `{"error":"boom"}`},
		"cut":          {Drop: "before"},
		"401":          {Status: 401, Body: `{"error":"Unauthorized","code":"TOKEN_MISSING"}`},
		"403":          {Status: 403, Body: `{"error":"Forbidden"}`},
		"HTML":         {Status: 200, Body: "<html></html>"},
		"broken JSON":  {Status: 200, Body: `{"chats":[`},
		"empty 200":    {Status: 200, Empty: true},
		"no list":      {Status: 200, Body: `{"ok":true}`},
		"router's 404": {Status: 404, Body: "<html>Cannot GET</html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startSupport(t)
			p := e.Protocol(t)
			access := p.Apply(t.Context(), accessType, annInSupport, nil)
			fault.Method, fault.Path = "GET", "chats$"
			e.Faults(t, fault)
			read := p.Refresh(t.Context(), accessType, access)
			if !reflect.DeepEqual(read.State, access.State) || len(read.Problems) != 1 || !strings.HasPrefix(read.Problems[0], `ERROR Can't read access of Ethora user "ann"`) {
				t.Errorf("read %v: %q", read.State, read.Problems)
			}
		})
	}
}

// A server that can't list a user's rooms is asked for the room's members.
func TestRoomAccess_noListOfAUsersRooms(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/users/ann/chats$", Status: 404, Body: "<html>Cannot GET</html>"})
	p := e.Protocol(t)
	access := p.Apply(t.Context(), accessType, annInSupport, nil)
	if read := p.Refresh(t.Context(), accessType, access); read.Problems != nil || read.State == nil {
		t.Errorf("read %v: %v", read.State, read.Problems)
	}
	e.throwOut(t, e.AppID(), "support", "ann")
	if read := p.Refresh(t.Context(), accessType, access); read.State != nil {
		t.Errorf("read %v after she left", read.State)
	}
}

// A grant whose confirmation fails is in the state, so that destroy takes it
// away.
func TestRoomAccess_confirmationFails(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "GET", Path: "chats$", Status: 403, Body: `{"error":"Forbidden"}`})
	access := p.Apply(t.Context(), accessType, annInSupport, nil)
	if access.State == nil || len(access.Problems) != 1 || !strings.HasPrefix(access.Problems[0], `ERROR Can't confirm access of Ethora user "ann"`) {
		t.Fatalf("the state holds %v: %q", access.State, access.Problems)
	}
	e.Faults(t)
	if gone := e.Protocol(t).Apply(t.Context(), accessType, nil, &access); gone.Problems != nil || len(e.people(e.AppID(), "support")) != 0 {
		t.Errorf("destroying: %v", gone.Problems)
	}
}

// Ctrl-C while the grant is on the wire: it is in the state, or it did not
// happen.
func TestRoomAccess_interrupted(t *testing.T) {
	t.Parallel()
	e := startSupport(t)
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "users-access$", LatencyMS: 300})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		e.await("POST", "users-access$")
		cancel()
	}()
	access := p.Apply(ctx, accessType, annInSupport, nil)
	if access.State == nil || !slices.Contains(e.people(e.AppID(), "support"), "ann") {
		t.Errorf("the state holds %v, and in the room are %q: %v", access.State, e.people(e.AppID(), "support"), access.Problems)
	}
	if len(access.Problems) != 1 || !strings.HasPrefix(access.Problems[0], "WARNING The access was granted, but not confirmed") {
		t.Errorf("an error would taint the access: %q", access.Problems)
	}
	e.Faults(t)
	if again := p.Apply(t.Context(), accessType, annInSupport, &access); again.Problems != nil {
		t.Errorf("a second apply: %v", again.Problems)
	}
}
