package ethora_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// ann is a minimal user of the provider's own app.
var ann = acctest.Object{"user_id": "ann", "email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}

// with is a copy of an object with more attributes.
func with(object acctest.Object, more acctest.Object) acctest.Object {
	copied := maps.Clone(object)
	maps.Copy(copied, more)
	return copied
}

// annBlock is ann in HCL, with more attributes.
func annBlock(more string) string {
	return `
resource "chat_ethora_user" "ann" {
  user_id    = "ann"
  email      = "ann@example.com"
  first_name = "Ann"
  last_name  = "Lee"
  ` + more + `
}
`
}

// ownUser is a user of the base app; nil when there is none.
func ownUser(ethora *acctest.Ethora, id string) *mock.UserState {
	return ethora.Snapshot().App(ethora.AppID()).User(id)
}

// noUserLeft fails while an active user is left in the base app.
func noUserLeft(ethora *acctest.Ethora) resource.TestCheckFunc {
	return func(*terraform.State) error {
		for _, user := range ethora.Snapshot().App(ethora.AppID()).Users {
			if user.Status == "active" && !user.System {
				return fmt.Errorf("user %s is still active", user.UUID)
			}
		}
		return nil
	}
}

func TestUser_withAllAttributes(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	const name = "chat_ethora_user.ann"
	id := ethora.AppID() + "/ann"
	config := ethora.Provider() + annBlock(`
  username            = "annie"
  profile_image_url   = "https://example.com/ann.png"
  password_wo         = "correct horse"
  password_wo_version = 1
  timeouts            = { create = "1m", update = "1m", delete = "1m" }
`)
	steps := []resource.TestStep{
		{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(name, tfjsonpath.New("id"), knownvalue.StringExact(id)),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("app_id"), knownvalue.StringExact(ethora.AppID())),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("xmpp_username"), knownvalue.StringExact(ethora.AppID()+"_ann")),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("username"), knownvalue.StringExact("annie")),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("bypass_email_confirmation"), knownvalue.Bool(true)),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("password_wo"), knownvalue.Null()),
			},
			Check: func(*terraform.State) error {
				if match, err := ethora.CheckPassword("", "ann", "correct horse"); err != nil || !match {
					return errors.Join(err, errors.New("the password is not the one of the configuration"))
				}
				if sent := asJSON(t, bodies(ethora, "POST", "/v2/apps/")); !strings.Contains(sent, `"password":"<hidden>"`) {
					return fmt.Errorf("the creation was %s", sent)
				}
				return nil
			},
		},
	}
	for _, spelling := range []string{
		id, ethora.AppID() + "/" + ethora.AppID() + "_ann", ethora.AppID() + "_ann", ethora.AppID() + "_ann@xmpp.chat.ethora.com",
	} {
		steps = append(steps, resource.TestStep{
			ResourceName: name, ImportState: true, ImportStateId: spelling, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"password_wo_version", "timeouts"},
		})
	}
	for spelling, want := range map[string]string{
		"ann":                          "is not of the form <app_id>/<user_id>",
		"acme/ann":                     "The app id acme is not one of Ethora's: it must have 24 characters, each 0-9 or a-f.",
		ethora.AppID() + "/ann/x":      "is not of the form <app_id>/<user_id>",
		ethora.AppID() + "/nobody":     "Cannot import non-existent remote object",
		"66500000000000000000dead/ann": "Cannot import non-existent remote object",
		ethora.AppID() + "/":           "is not of the form <app_id>/<user_id>",
		ethora.AppID() + "/ ann":       "is not of the form <app_id>/<user_id>",
	} {
		steps = append(steps, resource.TestStep{
			ResourceName: name, ImportState: true, ImportStateId: spelling, ExpectError: says(want),
		})
	}
	acctest.Run(t, resource.TestCase{Steps: steps, CheckDestroy: noUserLeft(ethora)})
}

func TestUser_identity(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: ethora.Provider() + annBlock(""),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState("chat_ethora_user.ann", tfjsonpath.New("app_id")),
					statecheck.ExpectIdentityValueMatchesState("chat_ethora_user.ann", tfjsonpath.New("user_id")),
				},
			},
			{ResourceName: "chat_ethora_user.ann", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// A user costs one request and its job's polls; the job tells the user.
func TestUser_callsAndIdentity(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	const typeName = "chat_ethora_user"
	app := "/v2/apps/" + ethora.AppID()
	direct := "GET /v1/apps/users/" + ethora.AppID() + "_ann"
	job := func() string { return app + "/users/batch/" + ethora.Snapshot().Jobs[0].ID }

	user := p.Apply(t.Context(), typeName, ann, nil)
	identity := acctest.Object{"app_id": ethora.AppID(), "user_id": "ann"}
	if len(user.Problems) > 0 || !reflect.DeepEqual(user.Identity, identity) {
		t.Fatalf("identity %v, problems %q", user.Identity, user.Problems)
	}
	wantCalls(t, ethora, "POST "+app+"/users/batch", "GET "+job(), "GET "+job())

	read := p.Refresh(t.Context(), typeName, user)
	if !reflect.DeepEqual(read.State, user.State) {
		t.Errorf("the refresh changed the state from %v to %v", user.State, read.State)
	}
	wantCalls(t, ethora, direct)

	user = p.Apply(t.Context(), typeName, ann, &read)
	wantCalls(t, ethora)

	imported := p.Import(t.Context(), typeName, "", identity)
	if len(imported.Problems) > 0 || attribute(imported.State, "email") != "ann@example.com" {
		t.Errorf("the import by identity gave %v %q", imported.State, imported.Problems)
	}
	wantCalls(t, ethora, direct)

	p.Apply(t.Context(), typeName, nil, &user)
	wantCalls(t, ethora, "DELETE "+app+"/users/batch", direct)
}

// Each attribute is changed in place and alone; drift of each is seen and
// healed by one call that names it alone.
func TestUser_updatesAndDriftOfEachAttribute(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	config := with(ann, acctest.Object{"username": "annie", "profile_image_url": "https://example.com/1.png"})
	user := p.Apply(t.Context(), "chat_ethora_user", config, nil)
	name := ethora.AppID() + "_ann"
	path := "/v2/apps/" + ethora.AppID() + "/chats/users"
	for _, change := range []struct{ attribute, value, field string }{
		{"first_name", "Anna", "firstName"},
		{"last_name", "Lee-Smith", "lastName"},
		{"username", "ann2", "username"},
		{"profile_image_url", "https://example.com/2.png", "profileImage"},
	} {
		ethora.ResetRequests()
		changed := p.Apply(t.Context(), "chat_ethora_user", with(config, acctest.Object{change.attribute: change.value}), &user)
		want := fmt.Sprintf(`[{"users":[{%q:%q,"xmppUsername":%q}]}]`, change.field, change.value, name)
		if got := asJSON(t, bodies(ethora, "PATCH", path)); got != want || len(changed.Problems) > 0 {
			t.Errorf("%s sent %s, want %s; problems %q", change.attribute, got, want, changed.Problems)
		}
		user = p.Apply(t.Context(), "chat_ethora_user", config, &changed)

		ethora.Edit(t, "PATCH", path, map[string]any{"users": []any{map[string]any{"xmppUsername": name, change.field: change.value}}})
		read := p.Refresh(t.Context(), "chat_ethora_user", user)
		if read.State[change.attribute] != change.value {
			t.Errorf("the refresh does not see the drift of %s: %v", change.attribute, read.State[change.attribute])
		}
		ethora.ResetRequests()
		healed := p.Apply(t.Context(), "chat_ethora_user", config, &read)
		want = fmt.Sprintf(`[{"users":[{%q:%q,"xmppUsername":%q}]}]`, change.field, config[change.attribute], name)
		if got := asJSON(t, bodies(ethora, "PATCH", path)); got != want || !reflect.DeepEqual(healed.State, user.State) {
			t.Errorf("the drift of %s was healed by %s, want %s", change.attribute, got, want)
		}
	}
	if ethora.Count("POST", "users/batch$") != 0 {
		t.Error("an update made a new user")
	}
}

func TestUser_plans(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	const name = "chat_ethora_user.ann"
	expect := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(name, action)}}
	}
	archive := func() {
		ethora.Edit(t, "DELETE", "/v2/apps/"+ethora.AppID()+"/users/batch", map[string]any{"usersIdList": []any{"ann"}})
	}
	purge := func() {
		ethora.Edit(t, "DELETE", "/v2/apps/"+ethora.AppID()+"/users/batch?mode=hard", map[string]any{"usersIdList": []any{"ann"}})
	}
	block := func(old, replacement string) string {
		return ethora.Provider() + strings.Replace(annBlock(""), old, replacement, 1)
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: block("", "")},
			{Config: block(`"Ann"`, `"Anna"`), ConfigPlanChecks: expect(plancheck.ResourceActionUpdate)},
			{Config: block("ann@example.com", "Ann@Example.com"), ConfigPlanChecks: expect(plancheck.ResourceActionUpdate)},
			{PreConfig: archive, Config: block("", ""), ConfigPlanChecks: expect(plancheck.ResourceActionCreate)},
			{PreConfig: purge, Config: block("", ""), ConfigPlanChecks: expect(plancheck.ResourceActionCreate)},
			{
				Config: block("ann@example.com", "ann@example.org"), PlanOnly: true,
				ExpectError: says(`The e-mail address of Ethora user "ann" can't be changed from "ann@example.com"`),
			},
			{
				Config: block("ann@example.com", "ann@example.org"), PlanOnly: true,
				ExpectError: says("Set hard_delete = true and apply, then make this change; or choose another user_id."),
			},
			{Config: ethora.Provider() + annBlock("hard_delete = true"), ConfigPlanChecks: expect(plancheck.ResourceActionUpdate)},
			{
				Config:           ethora.Provider() + strings.Replace(annBlock("hard_delete = true"), "example.com", "example.org", 1),
				ConfigPlanChecks: expect(plancheck.ResourceActionReplace),
				Check: func(*terraform.State) error {
					if user := ownUser(ethora, "ann"); user == nil || user.Email != "ann@example.org" || user.Status != "active" {
						return fmt.Errorf("after the replacement the user is %+v", user)
					}
					return nil
				},
			},
			{
				Config:           ethora.Provider() + strings.Replace(annBlock("hard_delete = true"), `"ann"`+"\n  email", `"ann2"`+"\n  email", 1),
				ConfigPlanChecks: expect(plancheck.ResourceActionReplace),
				Check:            resource.TestCheckResourceAttr(name, "user_id", "ann2"),
			},
			{
				Config: ethora.Provider() + `resource "chat_ethora_app" "acme" { display_name = "Acme" }` +
					annBlock("hard_delete = true\n app_id = chat_ethora_app.acme.id"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(name, plancheck.ResourceActionReplace),
					plancheck.ExpectUnknownValue(name, tfjsonpath.New("app_id")),
				}},
				Check: resource.TestCheckResourceAttrPair(name, "app_id", "chat_ethora_app.acme", "id"),
			},
			{
				// Without app_id the user moves back to the provider's own app.
				Config:           ethora.Provider() + `resource "chat_ethora_app" "acme" { display_name = "Acme" }` + annBlock(""),
				ConfigPlanChecks: expect(plancheck.ResourceActionReplace),
				Check:            resource.TestCheckResourceAttr(name, "app_id", ethora.AppID()),
			},
		},
		CheckDestroy: resource.ComposeTestCheckFunc(noUserLeft(ethora), noAppLeft(ethora)),
	})
}

// A password can be given at creation only. Its version guards the change.
func TestUser_password(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	config := func(hardDelete bool, password string, version int) string {
		return ethora.Provider() + annBlock(fmt.Sprintf("hard_delete = %t\n password_wo = %q\n password_wo_version = %d", hardDelete, password, version))
	}
	holds := func(password string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if match, err := ethora.CheckPassword("", "ann", password); err != nil || !match {
				return errors.Join(err, fmt.Errorf("the password is not %q", password))
			}
			return nil
		}
	}
	replaced := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction("chat_ethora_user.ann", plancheck.ResourceActionReplace),
	}}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config(false, "first one", 1), Check: holds("first one")},
			{Config: config(false, "unseen change", 1), PlanOnly: true},
			{Config: config(false, "second one", 2), PlanOnly: true, ExpectError: says(`The password of Ethora user "ann" can't be changed`)},
			{Config: config(true, "first one", 1), Check: holds("first one")},
			{Config: config(true, "second one", 2), ConfigPlanChecks: replaced, Check: holds("second one")},
			{Config: ethora.Provider() + annBlock("hard_delete = true"), Check: holds("second one")},
			{Config: config(true, "second one", 3), Check: holds("second one")},
		},
		CheckDestroy: noUserLeft(ethora),
	})
}

// A version that is known after apply may be the same as ever: that is no reason
// to refuse the plan.
func TestUser_passwordVersionUnknown(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	config := with(ann, acctest.Object{"password_wo": "first one", "password_wo_version": 1})
	user := p.Apply(t.Context(), "chat_ethora_user", config, nil)
	if user.Problems != nil {
		t.Fatal(user.Problems)
	}
	for version, refused := range map[any]bool{1: false, 2: true, unknown{}: false} {
		planned := with(config, acctest.Object{"password_wo_version": version})
		_, problems := connectTo(t, e.Ethora).replacements("chat_ethora_user", planned, user.State)
		if (len(problems) > 0) != refused {
			t.Errorf("planning version %v said %v", version, problems)
		}
	}
}

// A row without the e-mail address is no drift of it. Drift would replace the
// user, or refuse the plan.
func TestUser_rowWithoutEmail(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	row := `{"_id":"u1","xmppUsername":"` + ethora.AppID() + `_ann","firstName":"Ann","lastName":"Lee"}`
	told := func(path, body string) func() {
		return func() {
			ethora.Faults(t, control.FaultRule{Method: "GET", Path: path, Status: 200, Body: body})
		}
	}
	listOnly := func() {
		ethora.Faults(t, control.FaultRule{Method: "GET", Path: "^/v1/apps/users/", Status: 404, Body: "Cannot GET"},
			control.FaultRule{Method: "GET", Path: "/chats/users$", Status: 200, Body: `{"users":[` + row + `],"total":1}`})
	}
	config := ethora.Provider() + annBlock("")
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: told("^/v1/apps/users/", `{"result":`+row+`}`), Config: config, PlanOnly: true},
			{PreConfig: listOnly, Config: config, PlanOnly: true},
			{
				PreConfig: func() { ethora.Faults(t) }, Config: config,
				Check: resource.TestCheckResourceAttr("chat_ethora_user.ann", "email", "ann@example.com"),
			},
		},
		CheckDestroy: noUserLeft(ethora),
	})
}

// Where the direct route is blind to child apps and there is no list of users, a
// "not found" means nothing: the user stays in the state, and the message says
// what to do.
func TestUser_unseenUserOfAChildApp(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.addApp(t, "Acme")
	e.Settings(t, mock.Settings{OwnUsersOnly: true, NoAppUserList: true})
	const typeName = "chat_ethora_user"
	user := e.Protocol(t).Apply(t.Context(), typeName, with(ann, acctest.Object{"app_id": app}), nil)
	if user.State == nil {
		t.Fatal(user.Problems)
	}
	want := "this server does not show the users of app " + app + "; configure a provider alias with that app's own credentials"
	read := e.Protocol(t).Refresh(t.Context(), typeName, user)
	if !reflect.DeepEqual(read.State, user.State) || len(read.Problems) != 1 || !strings.Contains(read.Problems[0], want) {
		t.Errorf("the refresh left %v and said %q, want %q", read.State, read.Problems, want)
	}
	destroyed := e.Protocol(t).Apply(t.Context(), typeName, nil, &user)
	if there := e.Snapshot().App(app).User("ann").Status == "active"; there == (destroyed.State == nil) {
		t.Errorf("the user is there: %t, and the destroy left %v: %q", there, destroyed.State, destroyed.Problems)
	}
}

func TestUser_badInput(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{`"Lee"`, `"L"`, "Attribute last_name UTF-8 character count must be at least 2, got: 1"},
		{`"Ann"`, `"A"`, "Attribute first_name UTF-8 character count must be at least 2, got: 1"},
		{`"Ann"`, `" Ann"`, `" Ann" begins or ends with a space.`},
		{`"ann@example.com"`, `"ann"`, "must be an e-mail address such as ann@example.com, without spaces"},
		{`user_id    = "ann"`, `user_id = "a"`, `"a" can't be an id. It must have 2 to 255 characters`},
		{`user_id    = "ann"`, `user_id = "an n"`, `"an n" can't be an id.`},
		{`user_id    = "ann"`, `user_id = "66500000000000000000ba5e_ann"`, `of "<app id>_ann@host" it is "ann"`},
		{`user_id    = "ann"`, `user_id = "ann@example.com"`, "looks like an XMPP name or address"},
		{`user_id    = "ann"`, "user_id = \"ann\"\n app_id = \"acme\"", "must be an Ethora app id: 24 characters, each 0-9 or a-f"},
		{`last_name  = "Lee"`, "last_name = \"Lee\"\n password_wo = \"abc\"\n password_wo_version = 1", "Attribute password_wo UTF-8 character count must be at least 4, got: 3"},
		{`last_name  = "Lee"`, "last_name = \"Lee\"\n password_wo = \"abcd\"", `Attribute "password_wo_version" must be specified when "password_wo" is specified`},
		{`last_name  = "Lee"`, "last_name = \"Lee\"\n username = \"\"", "Attribute username string length must be at least 1"},
	} {
		steps = append(steps, resource.TestStep{
			Config: ethora.Provider() + strings.Replace(annBlock(""), bad.old, bad.replacement, 1), PlanOnly: true, ExpectError: says(bad.want),
		})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	if made := calls(ethora); len(made) > 0 {
		t.Errorf("bad input made the calls %q", made)
	}
}

// An archived user of the same id and e-mail is revived, with a warning about
// its old password.
func TestUser_revivesArchived(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 404} {
		t.Run(fmt.Sprintf("archived users read as %d", status), func(t *testing.T) {
			ethora := acctest.StartEthora(t)
			ethora.Settings(t, mock.Settings{ArchivedUser: status})
			p := ethora.Protocol(t)
			first := p.Apply(t.Context(), "chat_ethora_user", with(ann, acctest.Object{"password_wo": "old one", "password_wo_version": 1}), nil)
			p.Apply(t.Context(), "chat_ethora_user", nil, &first)
			if user := ownUser(ethora, "ann"); user.Status != "archived" {
				t.Fatalf("the destroyed user is %s", user.Status)
			}

			config := with(ann, acctest.Object{"first_name": "Anna", "username": "annie", "password_wo": "new one", "password_wo_version": 1})
			revived := p.Apply(t.Context(), "chat_ethora_user", config, nil)
			if len(revived.Problems) != 1 || !strings.Contains(revived.Problems[0], "revived with its old password") {
				t.Errorf("got %q, want the warning about the password", revived.Problems)
			}
			user := ownUser(ethora, "ann")
			if user.Status != "active" || user.FirstName != "Anna" || user.Username != "annie" {
				t.Errorf("the revived user is %+v", user)
			}
			if match, _ := ethora.CheckPassword("", "ann", "old one"); !match {
				t.Error("the old password does not hold any more")
			}
			if read := p.Refresh(t.Context(), "chat_ethora_user", revived); !reflect.DeepEqual(read.State, revived.State) {
				t.Errorf("after the revival the state is %v, read is %v", revived.State, read.State)
			}
		})
	}
	t.Run("another e-mail", func(t *testing.T) {
		ethora := acctest.StartEthora(t)
		p := ethora.Protocol(t)
		first := p.Apply(t.Context(), "chat_ethora_user", ann, nil)
		p.Apply(t.Context(), "chat_ethora_user", nil, &first)
		refused := p.Apply(t.Context(), "chat_ethora_user", with(ann, acctest.Object{"email": "other@example.com"}), nil)
		if refused.State != nil || len(refused.Problems) != 1 || !strings.Contains(refused.Problems[0], "archived user with another email holds the id") {
			t.Errorf("got %q and state %v", refused.Problems, refused.State)
		}
		if user := ownUser(ethora, "ann"); user.Status != "archived" {
			t.Errorf("the stranger was touched: %+v", user)
		}
	})
}

// Somebody else's user is left alone; the error shows the command that takes
// it over, and the command works.
func TestUser_taken(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	ethora.Edit(t, "POST", "/v2/apps/"+ethora.AppID()+"/users/batch", map[string]any{"usersList": []any{
		map[string]any{"uuid": "ann", "email": "ann@example.com", "firstName": "Somebody", "lastName": "Else"},
	}})
	id := ethora.AppID() + "/ann"
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config:      ethora.Provider() + annBlock(""),
				ExpectError: says("terraform import <address of this resource> '" + id + "'"),
			},
			{
				Config:      ethora.Provider() + strings.Replace(annBlock(""), `user_id    = "ann"`, `user_id = "bob"`, 1),
				ExpectError: says(`the email ann@example.com is in use by user "ann"`),
			},
			{
				Config: ethora.Provider() + annBlock("") + fmt.Sprintf("import {\n to = chat_ethora_user.ann\n id = %q\n}\n", id),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("chat_ethora_user.ann", plancheck.ResourceActionUpdate),
				}},
				Check: resource.TestCheckResourceAttr("chat_ethora_user.ann", "first_name", "Ann"),
			},
		},
		CheckDestroy: noUserLeft(ethora),
	})
	if ownUser(ethora, "bob") != nil {
		t.Error("a user with a taken e-mail was created")
	}
}

// A user that vanished is planned anew, and the reason is told.
func TestUser_disappears(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]struct {
		path string
		body any
		want string
	}{
		"archived":     {"/users/batch", map[string]any{"usersIdList": []any{"ann"}}, "Ethora says the user is archived"},
		"purged":       {"/users/batch?mode=hard", map[string]any{"usersIdList": []any{"ann"}}, "Ethora does not know it any more"},
		"app archived": {"", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
			user := p.Apply(t.Context(), "chat_ethora_user", with(ann, acctest.Object{"app_id": app.State["id"]}), nil)
			ethora.Edit(t, "DELETE", "/v2/apps/"+attribute(app.State, "id")+vanish.path, vanish.body)
			gone := p.Refresh(t.Context(), "chat_ethora_user", user)
			if gone.State != nil || len(gone.Problems) != 1 || !strings.Contains(gone.Problems[0], vanish.want) || !strings.Contains(gone.Problems[0], "no longer exists") {
				t.Errorf("got %q and state %v", gone.Problems, gone.State)
			}
			if destroyed := p.Apply(t.Context(), "chat_ethora_user", nil, &user); destroyed.State != nil || len(destroyed.Problems) > 0 {
				t.Errorf("destroying it says %q", destroyed.Problems)
			}
		})
	}
}

// A job may fail as a whole, for one user, or never end.
func TestUser_jobs(t *testing.T) {
	t.Parallel()
	t.Run("fails", func(t *testing.T) {
		ethora := acctest.StartEthora(t)
		ethora.Settings(t, mock.Settings{FailJobs: "out of memory"})
		p := ethora.Protocol(t)
		user := p.Apply(t.Context(), "chat_ethora_user", ann, nil)
		if user.State != nil || len(user.Problems) != 1 || !strings.Contains(user.Problems[0], "the job failed: out of memory") ||
			strings.Contains(user.Problems[0], "Correct it in the configuration") {
			t.Errorf("got %q and state %v", user.Problems, user.State)
		}
		ethora.Settings(t, mock.Settings{})
		if user = p.Apply(t.Context(), "chat_ethora_user", ann, nil); len(user.Problems) > 0 {
			t.Errorf("the next apply says %q", user.Problems)
		}
	})
	t.Run("fails for one user", func(t *testing.T) {
		ethora := acctest.StartEthora(t)
		ethora.Settings(t, mock.Settings{FailUsers: map[string]string{"bob": "no such luck"}})
		config := ethora.Provider() + annBlock("") + strings.NewReplacer(`"ann"`, `"bob"`, "ann@", "bob@").Replace(annBlock(""))
		acctest.Run(t, resource.TestCase{
			Steps: []resource.TestStep{
				{Config: config, ExpectError: says("no such luck")},
				{
					PreConfig: func() {
						if ownUser(ethora, "ann") == nil {
							t.Error("bob's failure kept ann from being created")
						}
						ethora.Settings(t, mock.Settings{})
					},
					Config: config,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("chat_ethora_user.ann", plancheck.ResourceActionNoop),
						plancheck.ExpectResourceAction("chat_ethora_user.bob", plancheck.ResourceActionCreate),
					}},
				},
			},
			CheckDestroy: noUserLeft(ethora),
		})
	})
	t.Run("never ends", func(t *testing.T) {
		ethora := acctest.StartEthora(t)
		ethora.Settings(t, mock.Settings{EndlessJobs: true})
		config := ethora.Provider() + annBlock(`timeouts = { create = "2s" }`)
		const name = "chat_ethora_user.ann"
		acctest.Run(t, resource.TestCase{
			Steps: []resource.TestStep{
				{Config: config, ExpectError: says("Ethora accepted the request as job")},
				{
					PreConfig: func() { ethora.Settings(t, mock.Settings{}) },
					Config:    config,
					Check:     resource.TestCheckResourceAttr(name, "email", "ann@example.com"),
				},
			},
			CheckDestroy: noUserLeft(ethora),
		})
		if users := ethora.Snapshot().App(ethora.AppID()).Users; len(users) != 2 {
			t.Errorf("there are %d accounts, want the system account and ann", len(users))
		}
	})
}

// Whatever goes wrong: no user is made twice or lost, and the next apply ends well.
func TestUser_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		for _, call := range []struct{ name, method, path string }{
			{"post", "POST", "/users/batch$"},
			{"poll", "GET", "/users/batch/"},
			{"read back", "GET", "/v1/apps/users/"},
		} {
			t.Run(fault.name+" "+call.name, func(t *testing.T) {
				t.Parallel()
				ethora := acctest.StartEthora(t)
				p := ethora.Protocol(t)
				ethora.Faults(t, fault.on(call.method, call.path))
				config := with(ann, acctest.Object{"password_wo": "correct horse", "password_wo_version": 1})
				user := p.Apply(t.Context(), "chat_ethora_user", config, nil)
				if fault.survived && len(user.Problems) > 0 {
					t.Errorf("not survived: %q", user.Problems)
				}
				if strings.Contains(strings.Join(user.Problems, ""), "correct horse") {
					t.Errorf("the password stands in %q", user.Problems)
				}
				settleJobs(ethora)
				if user.State == nil && ownUser(ethora, "ann") != nil {
					t.Errorf("the user exists and no state knows it: %q", user.Problems)
				}
				prior := &user
				if user.State == nil {
					prior = nil
				} else {
					user = p.Refresh(t.Context(), "chat_ethora_user", user)
				}
				again := p.Apply(t.Context(), "chat_ethora_user", config, prior)
				if len(again.Problems) > 0 {
					t.Errorf("the next apply says %q", again.Problems)
				}
				if users := ethora.Snapshot().App(ethora.AppID()).Users; len(users) != 2 {
					t.Errorf("there are %d accounts, want the system account and ann", len(users))
				}
			})
		}
	}
}

// settleJobs lets the mock finish the jobs that nobody polls.
func settleJobs(ethora *acctest.Ethora) {
	waitFor(func() bool {
		_, _, _ = ethora.Server.Edit("GET", "/v1/ping", nil)
		for _, job := range ethora.Snapshot().Jobs {
			if job.State != "completed" && job.State != "failed" {
				return false
			}
		}
		return true
	})
}

func TestUser_readUpdateAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			user := p.Apply(t.Context(), "chat_ethora_user", ann, nil)

			ethora.Faults(t, fault.on("GET", "/v1/apps/users/"))
			if read := p.Refresh(t.Context(), "chat_ethora_user", user); read.State == nil {
				t.Fatalf("a failed read dropped the user from the state: %q", read.Problems)
			}

			config := with(ann, acctest.Object{"first_name": "Anna"})
			ethora.Faults(t, fault.on("PATCH", "/chats/users$"))
			changed := p.Apply(t.Context(), "chat_ethora_user", config, &user)
			if fault.survived {
				checkFault(t, "update", fault, changed.Problems)
			}
			changed = p.Apply(t.Context(), "chat_ethora_user", config, &user)
			if len(changed.Problems) > 0 || ownUser(ethora, "ann").FirstName != "Anna" {
				t.Errorf("the next apply did not converge: %q", changed.Problems)
			}

			ethora.Faults(t, fault.on("DELETE", "/users/batch$"))
			gone := p.Apply(t.Context(), "chat_ethora_user", nil, &changed)
			if fault.survived {
				checkFault(t, "delete", fault, gone.Problems)
			}
			if gone.State == nil && ownUser(ethora, "ann").Status == "active" {
				t.Error("the user left the state and stayed on the server")
			}
			if gone = p.Apply(t.Context(), "chat_ethora_user", nil, &changed); len(gone.Problems) > 0 || ownUser(ethora, "ann").Status == "active" {
				t.Errorf("the next destroy did not converge: %q", gone.Problems)
			}
		})
	}
}

// The username is sent after the creation. When that fails, the user is
// tainted, not lost.
func TestUser_usernameFails(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	ethora.Faults(t, control.FaultRule{Method: "PATCH", Path: "/chats/users$", Times: 1, Status: 422, Body: `{"success":false,"error":"\"username\" is not allowed","code":"VALIDATION_ERROR"}`})
	config := ethora.Provider() + annBlock("username = \"annie\"\n hard_delete = true")
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config, ExpectError: says(`Can't finish creating Ethora user "ann"`)},
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("chat_ethora_user.ann", plancheck.ResourceActionReplace),
				}},
				Check: resource.TestCheckResourceAttr("chat_ethora_user.ann", "username", "annie"),
			},
		},
		CheckDestroy: noUserLeft(ethora),
	})
}

// A tainted user that is only archived by its replacement is revived by it.
func TestUser_taintedIsRevived(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: ethora.Provider() + annBlock("")},
			{
				Taint:  []string{"chat_ethora_user.ann"},
				Config: ethora.Provider() + annBlock(""),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("chat_ethora_user.ann", plancheck.ResourceActionReplace),
				}},
			},
		},
		CheckDestroy: noUserLeft(ethora),
	})
}

// Ctrl-C while the job runs: the user exists or will, so the state has it.
func TestUser_createCancelled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule  control.FaultRule
		until func(*acctest.Ethora) bool
	}{
		"during the request": {
			control.FaultRule{Method: "POST", Path: "/users/batch$", LatencyMS: 100},
			func(e *acctest.Ethora) bool { return e.Count("POST", "/users/batch$") > 0 },
		},
		"during the job": {
			control.FaultRule{Method: "GET", Path: "/users/batch/", LatencyMS: 5000},
			func(e *acctest.Ethora) bool { return e.Count("GET", "/users/batch/") > 0 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			ethora.Faults(t, test.rule)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				waitFor(func() bool { return test.until(ethora) })
				cancel()
			}()
			user := p.Apply(ctx, "chat_ethora_user", ann, nil)
			ethora.Faults(t)
			settleJobs(ethora)
			if ownUser(ethora, "ann") != nil && attribute(user.State, "user_id") != "ann" {
				t.Errorf("the user exists and is not in the state: %q", user.Problems)
			}
			if len(user.Problems) == 0 {
				t.Error("a cancelled creation says nothing")
			}
		})
	}
}

// waitFor returns as soon as the condition holds, or after ten seconds.
func waitFor(condition func() bool) {
	for deadline := time.Now().Add(10 * time.Second); !condition() && time.Now().Before(deadline); {
		time.Sleep(2 * time.Millisecond)
	}
}

// Whether a mail is sent is said at creation only; later it changes nothing.
func TestUser_emailConfirmation(t *testing.T) {
	t.Parallel()
	for _, bypass := range []bool{true, false} {
		ethora := acctest.StartEthora(t)
		p := ethora.Protocol(t)
		user := p.Apply(t.Context(), "chat_ethora_user", with(ann, acctest.Object{"bypass_email_confirmation": bypass}), nil)
		sent := bodies(ethora, "POST", "/v2/apps/")
		if len(sent) != 1 || sent[0].(map[string]any)["bypassEmailConfirmation"] != bypass {
			t.Errorf("bypass_email_confirmation = %t sent %v", bypass, sent)
		}
		ethora.ResetRequests()
		changed := p.Apply(t.Context(), "chat_ethora_user", with(ann, acctest.Object{"bypass_email_confirmation": !bypass}), &user)
		if changed.State["bypass_email_confirmation"] != !bypass || len(changed.Problems) > 0 {
			t.Errorf("the change gave %v %q", changed.State, changed.Problems)
		}
		wantCalls(t, ethora)
	}
}

// A server that is slower than the timeouts allow: the error says so, and
// nothing is lost.
func TestUser_timeouts(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	config := with(ann, acctest.Object{"timeouts": acctest.Object{"update": "50ms", "delete": "50ms"}})
	user := p.Apply(t.Context(), "chat_ethora_user", config, nil)
	ethora.Faults(t, control.FaultRule{Method: "PATCH", LatencyMS: 3000}, control.FaultRule{Method: "DELETE", LatencyMS: 3000})
	for what, change := range map[string]acctest.Object{"update": with(config, acctest.Object{"first_name": "Anna"}), "destroy": nil} {
		kept := p.Apply(t.Context(), "chat_ethora_user", change, &user)
		if len(kept.Problems) != 1 || !strings.Contains(kept.Problems[0], "The time allowed for this operation ran out.") || kept.State == nil {
			t.Errorf("the slow %s says %q and keeps %v", what, kept.Problems, kept.State)
		}
	}
}

// The app is archived while its users are planned.
func TestUser_appArchivedInMidAir(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
	config := with(ann, acctest.Object{"app_id": app.State["id"]})
	user := p.Apply(t.Context(), "chat_ethora_user", config, nil)
	ethora.Edit(t, "DELETE", "/v2/apps/"+attribute(app.State, "id"), nil)

	changed := p.Apply(t.Context(), "chat_ethora_user", with(config, acctest.Object{"first_name": "Anna"}), &user)
	if len(changed.Problems) != 1 || !strings.Contains(changed.Problems[0], "App is archived") || changed.State == nil {
		t.Errorf("the update says %q and keeps %v", changed.Problems, changed.State)
	}
	created := p.Apply(t.Context(), "chat_ethora_user", with(config, acctest.Object{"user_id": "bob", "email": "bob@example.com"}), nil)
	if len(created.Problems) != 1 || !strings.Contains(created.Problems[0], "is unknown to Ethora or archived") || created.State != nil {
		t.Errorf("the creation says %q and keeps %v", created.Problems, created.State)
	}
}
