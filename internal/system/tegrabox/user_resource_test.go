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

const userType = "chat_tegrabox_user"

// ann is a user with everything that TegraBox takes.
var ann = acctest.Object{"username": "ann", "external_user_id": "crm-1", "display_name": "Ann Lee", "email": "ann@example.com"}

// annBlock is ann in HCL, with some of it replaced.
func annBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
  email            = "ann@example.com"
}
`)
}

// noUserLeft fails while the server holds a user.
func (e tenant) noUserLeft(*terraform.State) error {
	if users := e.Snapshot().Users; len(users) > 0 {
		return fmt.Errorf("users are left: %+v", users)
	}
	return nil
}

func expect(name string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(name, action)}}
}

func TestUser_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	const name = "chat_tegrabox_user.ann"
	config := e.Provider() + annBlock()
	edit := func(body map[string]any) func() {
		return func() { e.Edit(t, "PATCH", project+"/users/"+e.user("ann").ID, body) }
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(name, tfjsonpath.New("username"), knownvalue.StringExact("ann")),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("external_user_id"), knownvalue.StringExact("crm-1")),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("display_name"), knownvalue.StringExact("Ann Lee")),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("email"), knownvalue.StringExact("ann@example.com")),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("status"), knownvalue.StringExact("active")),
				},
				Check: func(state *terraform.State) error {
					if id := state.RootModule().Resources[name].Primary.ID; id != e.user("ann").ID {
						return fmt.Errorf("the id is %s, not %s", id, e.user("ann").ID)
					}
					return nil
				},
			},
			{ResourceName: name, ImportState: true, ImportStateVerify: true},
			{ResourceName: name, ImportState: true, ImportStateId: "ann", ExpectError: says("There is no TegraBox user ann to import The server does not know it. An import takes the id that TegraBox gave the user")},
			{ResourceName: name, ImportState: true, ImportStateId: "a/b", ExpectError: says(`The import id "a/b" is not of the form <id>.`)},
			{Config: e.Provider() + annBlock("Ann Lee", "Ann"), ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate)},
			{PreConfig: edit(map[string]any{"display_name": "Changed"}), Config: config, ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate)},
			// What the configuration says nothing of may change elsewhere.
			{PreConfig: edit(map[string]any{"status": "away"}), Config: config, ConfigPlanChecks: expect(name, plancheck.ResourceActionNoop)},
			{Config: e.Provider() + annBlock("}", `  status = "active"`+"\n}"), ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate)},
			{
				PreConfig: edit(map[string]any{"status": "blocked"}), Config: e.Provider() + annBlock("}", `  status = "active"`+"\n}"),
				ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate),
			},
			// Leaving out is not taking away.
			{Config: e.Provider() + annBlock(`display_name     = "Ann Lee"`, "", `email            = "ann@example.com"`, ""), ConfigPlanChecks: expect(name, plancheck.ResourceActionNoop)},
			{Config: e.Provider() + annBlock("Ann Lee", ""), ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate), Check: resource.TestCheckResourceAttr(name, "display_name", "")},
			{Config: e.Provider() + annBlock(`"ann"`+"\n", `"anna"`+"\n"), ConfigPlanChecks: expect(name, plancheck.ResourceActionReplace)},
			{Config: e.Provider() + annBlock("crm-1", "crm-2"), ConfigPlanChecks: expect(name, plancheck.ResourceActionReplace)},
			{Config: e.Provider() + annBlock("example.com", "example.org", "crm-1", "crm-2"), ConfigPlanChecks: expect(name, plancheck.ResourceActionReplace)},
			{
				PreConfig: func() { e.Edit(t, "DELETE", project+"/users/"+e.user("ann").ID, nil) },
				Config:    config, ConfigPlanChecks: expect(name, plancheck.ResourceActionCreate),
			},
		},
		CheckDestroy: e.noUserLeft,
	})
}

func TestUser_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + annBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState("chat_tegrabox_user.ann", tfjsonpath.New("id")),
				},
			},
			{ResourceName: "chat_tegrabox_user.ann", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// Each operation is one request, and the project is asked for once.
func TestUser_callsAndIdentity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	user := p.Apply(t.Context(), userType, ann, nil)
	id := text(user.State, "id")
	identity := acctest.Object{"id": id}
	if len(user.Problems) > 0 || !reflect.DeepEqual(user.Identity, identity) {
		t.Fatalf("identity %v, problems %q", user.Identity, user.Problems)
	}
	e.wantCalls(t, lookup, "POST "+project+"/users")

	read := p.Refresh(t.Context(), userType, user)
	if !reflect.DeepEqual(read.State, user.State) {
		t.Errorf("the refresh changed the state from %v to %v", user.State, read.State)
	}
	e.wantCalls(t, "GET "+project+"/users/"+id)

	user = p.Apply(t.Context(), userType, ann, &read)
	e.wantCalls(t)
	user = p.Apply(t.Context(), userType, with(ann, acctest.Object{"timeouts": acctest.Object{"create": "1m", "update": "1m", "delete": "1m"}}), &user)
	e.wantCalls(t)

	for _, spelling := range []string{id, ""} {
		imported := p.Import(t.Context(), userType, spelling, identity)
		if len(imported.Problems) > 0 || text(imported.State, "email") != "ann@example.com" || !reflect.DeepEqual(imported.Identity, identity) {
			t.Errorf("the import of %q gave %v %v %q", spelling, imported.State, imported.Identity, imported.Problems)
		}
		e.wantCalls(t, "GET "+project+"/users/"+id)
	}

	p.Apply(t.Context(), userType, nil, &user)
	e.wantCalls(t, "DELETE "+project+"/users/"+id)
}

// Each attribute is changed in place and alone; drift of each is seen and healed
// by one call that names it alone.
func TestUser_updatesAndDriftOfEachAttribute(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	config := with(ann, acctest.Object{"status": "active"})
	user := p.Apply(t.Context(), userType, config, nil)
	path := project + "/users/" + text(user.State, "id")
	for attribute, value := range map[string]string{"display_name": "Changed", "status": "blocked"} {
		e.ResetRequests()
		changed := p.Apply(t.Context(), userType, with(config, acctest.Object{attribute: value}), &user)
		if got, want := e.bodies(t, "PATCH", path), fmt.Sprintf(`[{%q:%q}]`, attribute, value); got != want || changed.Problems != nil {
			t.Errorf("%s sent %s, want %s; %q", attribute, got, want, changed.Problems)
		}
		user = p.Apply(t.Context(), userType, config, &changed)

		e.Edit(t, "PATCH", path, map[string]any{attribute: value})
		read := p.Refresh(t.Context(), userType, user)
		if read.State[attribute] != value {
			t.Errorf("the refresh does not see the drift of %s: %v", attribute, read.State[attribute])
		}
		e.ResetRequests()
		healed := p.Apply(t.Context(), userType, config, &read)
		if got, want := e.bodies(t, "PATCH", path), fmt.Sprintf(`[{%q:%q}]`, attribute, config[attribute]); got != want || !reflect.DeepEqual(healed.State, user.State) {
			t.Errorf("the drift of %s was healed by %s, want %s", attribute, got, want)
		}
	}
}

// A server that lets others change what this provider can't change back: the
// plan shows it, and replaces the user.
func TestUser_driftOfWhatReplaces(t *testing.T) {
	t.Parallel()
	for attribute, value := range map[string]string{"username": "eve", "external_user_id": "crm-9", "email": "eve@example.com"} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, mock.Settings{WideUpdate: true})
			acctest.Run(t, resource.TestCase{
				Steps: []resource.TestStep{
					{Config: e.Provider() + annBlock()},
					{
						PreConfig: func() { e.Edit(t, "PATCH", project+"/users/"+e.user("ann").ID, map[string]any{attribute: value}) },
						Config:    e.Provider() + annBlock(), ConfigPlanChecks: expect("chat_tegrabox_user.ann", plancheck.ResourceActionReplace),
					},
				},
				CheckDestroy: e.noUserLeft,
			})
		})
	}
}

// TegraBox takes no status at creation: it is sent afterwards.
func TestUser_statusAtCreation(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	config := with(ann, acctest.Object{"status": "blocked"})
	user := p.Apply(t.Context(), userType, config, nil)
	if user.Problems != nil || e.user("ann").Status != "blocked" || user.State["status"] != "blocked" {
		t.Errorf("%v %q", user.State, user.Problems)
	}
	e.wantCalls(t, lookup, "POST "+project+"/users", "PATCH "+project+"/users/"+text(user.State, "id"))

	e.Settings(t, mock.Settings{Statuses: []string{"active", "blocked"}})
	refused := p.Apply(t.Context(), userType, acctest.Object{"username": "bob", "external_user_id": "crm-2", "status": "busy"}, nil)
	onlyProblem(t, refused.Problems, `ERROR Can't finish creating TegraBox user "bob" (`+e.user("bob").ID+")", "status must be one of active, blocked")
	if text(refused.State, "id") != e.user("bob").ID || refused.State["status"] != "active" {
		t.Errorf("the state has lost bob, or says of him what is not: %v", refused.State)
	}
}

func TestUser_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{`"crm-1"`, `""`, "Attribute external_user_id string length must be at least 1, got: 0"},
		{`"crm-1"`, `" crm-1"`, `" crm-1" begins or ends with a space.`},
		{`"ann"` + "\n", `""` + "\n", "Attribute username string length must be at least 1, got: 0"},
		{`"ann"` + "\n", `"ann "` + "\n", `"ann " begins or ends with a space.`},
		{`"ann@example.com"`, `"ann"`, "must be an e-mail address such as ann@example.com, without spaces"},
		{"}", "status = \"deleted\"\n}", `Attribute status value must be none of: ["deleted"], got: "deleted"`},
		{"}", "status = \"\"\n}", "Attribute status string length must be at least 1, got: 0"},
		{"}", "timeouts = { create = \"soon\" }\n}", `"soon" must be a string containing a sequence of decimal numbers`},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + annBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// Somebody else's user is left alone; the error stands at the attribute that is
// taken, and shows the command that takes the user over.
func TestUser_taken(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	id := e.Edit(t, "POST", project+"/users", map[string]any{"username": "ann", "external_user_id": "crm-1"})["id"].(string)
	const name = "chat_tegrabox_user.ann"
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: e.Provider() + annBlock(), ExpectError: says(`TegraBox has a user with the external id "crm-1" already: its id is ` + id)},
			{Config: e.Provider() + annBlock(), ExpectError: says("terraform import <address of this resource> '" + id + "'")},
			{Config: e.Provider() + annBlock(), ExpectError: says(`external_user_id = "crm-1"`)},
			{Config: e.Provider() + annBlock("crm-1", "crm-2"), ExpectError: says(`TegraBox has a user with the username "ann" already`)},
			{Config: e.Provider() + annBlock("crm-1", "crm-2"), ExpectError: says("Or choose another username.")},
			{
				Config:           e.Provider() + annBlock("}", "status = \"active\"\n}", `email            = "ann@example.com"`, "") + fmt.Sprintf("import {\n to = %s\n id = %q\n}\n", name, id),
				ConfigPlanChecks: expect(name, plancheck.ResourceActionUpdate),
				Check:            resource.TestCheckResourceAttr(name, "display_name", "Ann Lee"),
			},
		},
		CheckDestroy: e.noUserLeft,
	})
}

// A deleted user may keep its name. Nobody can be shown then who could be
// imported, and the next apply ends well under another name.
func TestUser_deletedKeepsItsName(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{SoftDelete: true})
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: e.Provider() + annBlock()},
		{Config: e.Provider() + annBlock("example.com", "example.org"), ExpectError: says("A deleted user may keep its username and external id: choose others.")},
		{
			Config:           e.Provider() + annBlock(`"ann"`+"\n", `"anna"`+"\n", "crm-1", "crm-2"),
			ConfigPlanChecks: expect("chat_tegrabox_user.ann", plancheck.ResourceActionCreate),
		},
	}})
}

// A server that refuses a value says which, and the error stands there.
func TestUser_refusedValue(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	refusal := func(body string) func() {
		return func() { e.Faults(t, control.FaultRule{Method: "POST", Path: "/users$", Status: 400, Body: body}) }
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{PreConfig: refusal(`{"message":"email must not be disposable"}`), Config: e.Provider() + annBlock(), ExpectError: says(`email = "ann@example.com"`)},
		{PreConfig: refusal(`{"message":"no","errors":{"display_name":"is rude"}}`), Config: e.Provider() + annBlock(), ExpectError: says(`display_name = "Ann Lee"`)},
		{PreConfig: refusal(`{"message":"no","errors":{"display_name":"is rude"}}`), Config: e.Provider() + annBlock(), ExpectError: says("is rude")},
	}})
}

func TestUser_disappears(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]mock.Settings{"deleted": {}, "marked as deleted": {SoftDelete: true}, "404 without words": {ErrorShape: "none"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
			e.Edit(t, "DELETE", project+"/users/"+text(user.State, "id"), nil)
			gone := e.Protocol(t).Refresh(t.Context(), userType, user)
			if gone.State != nil {
				t.Errorf("it stays in the state: %v", gone.State)
			}
			onlyWarning(t, gone.Problems, `TegraBox user "ann" (`+text(user.State, "id")+`) no longer exists`, "TegraBox does not know it any more")
			if destroyed := e.Protocol(t).Apply(t.Context(), userType, nil, &user); destroyed.State != nil || destroyed.Problems != nil {
				t.Errorf("destroying it says %q", destroyed.Problems)
			}
		})
	}
}

// Nobody knows the shape of TegraBox's users for sure. What the server does not
// tell is neither drift nor a reason to replace anybody.
func TestUser_untoldFields(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := with(ann, acctest.Object{"status": "active"})
	user := e.Protocol(t).Apply(t.Context(), userType, config, nil)
	id := text(user.State, "id")
	answered := func(row string) control.FaultRule {
		return control.FaultRule{Method: "GET", Path: "/users/" + id + "$", Status: 200, Body: row}
	}
	for name, row := range map[string]string{
		"the id alone":   `{"id":"` + id + `"}`,
		"without e-mail": `{"id":"` + id + `","username":"ann","external_user_id":"crm-1","display_name":"Ann Lee","status":"active"}`,
		"other spelling": `{"_id":"` + id + `","username":"ann","externalUserId":"crm-1","displayName":"Ann Lee"}`,
	} {
		e.Faults(t, answered(row))
		if read := e.Protocol(t).Refresh(t.Context(), userType, user); !reflect.DeepEqual(read.State, user.State) || read.Problems != nil {
			t.Errorf("%s: the refresh left %v and said %q", name, read.State, read.Problems)
		}
	}
	e.Faults(t, answered(`{"id":"`+id+`","username":"ann","external_user_id":"crm-1","display_name":null,"email":null,"status":"active"}`))
	if read := e.Protocol(t).Refresh(t.Context(), userType, user); read.State["email"] != "" || read.State["display_name"] != "" {
		t.Errorf("what was taken away is no drift: %v", read.State)
	}
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/users$", Status: 201, Body: `{"id":"u7"}`},
		control.FaultRule{Method: "GET", Path: "/users/u7$", Status: 200, Body: `{"id":"u7"}`})
	created := e.Protocol(t).Apply(t.Context(), userType, with(ann, acctest.Object{"username": "bob"}), nil)
	if want := with(ann, acctest.Object{"id": "u7", "username": "bob", "status": "", "timeouts": nil}); !reflect.DeepEqual(created.State, want) || created.Problems != nil {
		t.Errorf("created %v, %q", created.State, created.Problems)
	}
}

// A server that stores something else is found out at once, and planned against.
func TestUser_storedOtherwise(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/users$", Status: 201,
		Body: `{"id":"u7","username":"ANN","external_user_id":"crm-1","display_name":"Ann Lee","email":"ann@example.com","status":"active"}`})
	user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
	onlyWarning(t, user.Problems, "TegraBox stored another value", "For username it answered another value than it was asked to store")
	if user.State["username"] != "ann" || user.State["id"] != "u7" {
		t.Errorf("the state is %v", user.State)
	}
}

// Whatever goes wrong: no user is made twice or lost, and the next apply ends
// well. An external id is taken only once, so that a creation may be repeated.
func TestUser_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		for _, call := range []struct{ name, method, path string }{
			{"project", "GET", "/projects/me$"}, {"post", "POST", "/users$"},
		} {
			t.Run(fault.name+" "+call.name, func(t *testing.T) {
				t.Parallel()
				e := startTenant(t)
				p := e.Protocol(t)
				e.Faults(t, fault.on(call.method, call.path))
				user := p.Apply(t.Context(), userType, ann, nil)
				committed := e.user("ann") != nil
				switch {
				case fault.survived && user.Problems != nil:
					t.Errorf("not survived: %q", user.Problems)
				case user.State != nil && user.Problems != nil, committed != (user.State != nil):
					t.Errorf("it exists: %t, and the state says %v, %q", committed, user.State, user.Problems)
				case user.Problems != nil:
					onlyProblem(t, user.Problems, `ERROR Can't create TegraBox user "ann"`, fault.want)
				}
				again := user
				if user.State == nil {
					again = p.Apply(t.Context(), userType, ann, nil)
				}
				read := p.Refresh(t.Context(), userType, again)
				if again.Problems != nil || !reflect.DeepEqual(read.State, again.State) || len(e.Snapshot().Users) != 1 {
					t.Errorf("then %v, read %v, %q, of %d users", again.State, read.State, again.Problems, len(e.Snapshot().Users))
				}
			})
		}
	}
}

func TestUser_readUpdateAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
			path := "/users/" + text(user.State, "id") + "$"

			e.Faults(t, fault.on("GET", path), fault.on("GET", "/users$")) // where a 404 says nothing, the list is asked
			read := e.Protocol(t).Refresh(t.Context(), userType, user)
			checkFault(t, fault, read.Problems, "Can't read TegraBox user")
			if !reflect.DeepEqual(read.State, user.State) {
				t.Errorf("the refresh left %v", read.State)
			}

			p := e.Protocol(t)
			e.Faults(t, fault.on("PATCH", path))
			config := with(ann, acctest.Object{"display_name": "Ann"})
			updated := p.Apply(t.Context(), userType, config, &user)
			if !mentions(updated.Problems, "TegraBox stored another value") { // a lie: nothing was stored
				checkFault(t, fault, updated.Problems, "Can't update TegraBox user")
			}
			e.Faults(t)
			refreshed := p.Refresh(t.Context(), userType, updated)
			if healed := p.Apply(t.Context(), userType, config, &refreshed); healed.Problems != nil || *e.user("ann").DisplayName != "Ann" {
				t.Errorf("the next apply says %q", healed.Problems)
			}

			e.Faults(t, fault.on("DELETE", path))
			deleted := p.Apply(t.Context(), userType, nil, &refreshed)
			if left := e.user("ann") != nil; left && deleted.State == nil {
				t.Errorf("the destroy claims to be done, and the user is left")
			} else if left && deleted.Problems == nil {
				t.Error("the user is left, and nobody says why")
			}
			if again := p.Apply(t.Context(), userType, nil, &refreshed); again.Problems != nil || e.user("ann") != nil {
				t.Errorf("the next destroy says %q", again.Problems)
			}
		})
	}
}

// checkFault fails unless a fault went unnoticed, or is told in one error.
func checkFault(t *testing.T, fault fault, problems []string, summary string) {
	t.Helper()
	switch {
	case fault.survived && problems != nil:
		t.Errorf("not survived: %q", problems)
	case problems != nil:
		onlyProblem(t, problems, "ERROR "+summary, fault.want)
	}
}

// A creation that cannot be told for sure says what to look for.
func TestUser_outcomeUnknown(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/users$", Drop: "after"}, control.FaultRule{Method: "GET", Path: "/users$", Status: 403, Body: `{"message":"no lists"}`})
	lost := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
	onlyProblem(t, lost.Problems, "It is not known whether TegraBox created a user with the external id \"crm-1\"", "the list cannot be read",
		"Look at what is there with the data source chat_tegrabox_users.", "terraform import <address of this resource> '<id>'")
	e.Faults(t)
	again := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
	onlyProblem(t, again.Problems, "terraform import <address of this resource> '"+e.user("ann").ID+"'")
}
