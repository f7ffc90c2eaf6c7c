package ethora_test

import (
	"errors"
	"fmt"
	"reflect"
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
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

const crowdAddress = "chat_ethora_users.crowd"

// crowdOf is the configuration of users by their ids.
func crowdOf(ids ...string) object { return object{"users": people(ids...)} }

// changedPerson is a copy of users in which one attribute of one user differs.
func changedPerson(users map[string]object, id, attribute string, value any) map[string]object {
	copied := map[string]object{}
	for other, user := range users {
		copied[other] = user
	}
	copied[id] = with(users[id], object{attribute: value})
	return copied
}

// activeUsers are the ids of an app's active users, sorted.
func (e tenant) activeUsers(appID string) []string {
	ids := []string{}
	for _, user := range e.Snapshot().App(appID).Users {
		if user.Status == "active" && !user.System {
			ids = append(ids, user.UUID)
		}
	}
	slices.Sort(ids)
	return ids
}

// deleteUsers deletes users behind Terraform's back.
func (e tenant) deleteUsers(t *testing.T, appID, mode string, userIDs ...string) {
	t.Helper()
	e.Edit(t, "DELETE", "/v2/apps/"+appID+"/users/batch"+mode, map[string]any{"usersIdList": userIDs})
}

// writes counts the calls that change something.
func (e tenant) writes() int {
	return e.Count("POST", "") + e.Count("PUT", "") + e.Count("PATCH", "") + e.Count("DELETE", "")
}

// inMap is where an attribute of a user stands in the state.
func inMap(id, attribute string) tfjsonpath.Path {
	return tfjsonpath.New("users").AtMapKey(id).AtMapKey(attribute)
}

func TestUsers_lifecycle(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "stranger")
	config := func(users map[string]object, more string) string { return e.Provider() + usersHCL(users, more) }
	holds := func(ids ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if got := e.activeUsers(app); !slices.Equal(got, append(ids, "stranger")) {
				return fmt.Errorf("the app has the users %q, want %q and the stranger", got, ids)
			}
			return nil
		}
	}
	update := plans(crowdAddress, plancheck.ResourceActionUpdate)
	rich := changedPerson(people("ann", "ben"), "ann", "username", "annie")
	rich = changedPerson(rich, "ann", "profile_image_url", "https://example.com/ann.png")
	steps := []resource.TestStep{
		{
			Config: config(rich, `timeouts = { create = "1m", update = "1m", delete = "1m" }`),
			ConfigStateChecks: []statecheck.StateCheck{
				value(crowdAddress, "id", text(app)),
				value(crowdAddress, "app_id", text(app)),
				value(crowdAddress, "bypass_email_confirmation", knownvalue.Bool(true)),
				statecheck.ExpectKnownValue(crowdAddress, inMap("ann", "email"), text("ann@example.com")),
				statecheck.ExpectKnownValue(crowdAddress, inMap("ann", "username"), text("annie")),
				statecheck.ExpectKnownValue(crowdAddress, inMap("ann", "profile_image_url"), text("https://example.com/ann.png")),
				statecheck.ExpectKnownValue(crowdAddress, inMap("ben", "username"), text("")),
			},
			Check: holds("ann", "ben"),
		},
		{
			ResourceName: crowdAddress, ImportState: true, ImportStateId: app + "/ann/ben", ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"timeouts"},
		},
		{ // One comes, one goes, one changes.
			Config:           config(changedPerson(people("ben", "cid"), "ben", "first_name", "Benno"), ""),
			ConfigPlanChecks: update,
			Check:            holds("ben", "cid"),
		},
		{Config: config(changedPerson(people("ben", "cid"), "ben", "email", "Ben@Example.com"), ""), ConfigPlanChecks: update},
		{ // Revived: archived above, with the same id and e-mail address.
			Config: config(people("ann", "ben", "cid"), ""), ConfigPlanChecks: update, Check: holds("ann", "ben", "cid"),
		},
		{Config: config(people(), ""), ConfigPlanChecks: update, Check: holds()},
		{Config: config(people("dan"), ""), ConfigPlanChecks: update, Check: holds("dan")},
		{
			Config: e.Provider() + `resource "chat_ethora_app" "acme" { display_name = "Acme" }` + "\n" +
				usersHCL(people("dan"), "app_id = chat_ethora_app.acme.id"),
			ConfigPlanChecks: plans(crowdAddress, plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(holds(), resource.TestCheckResourceAttrPair(crowdAddress, "app_id", "chat_ethora_app.acme", "id")),
		},
	}
	acctest.Run(t, resource.TestCase{Steps: steps, CheckDestroy: resource.ComposeTestCheckFunc(holds(), noAppLeft(e.Ethora))})
}

// 250 users travel in three calls, and are found again by what a listing costs.
func TestUsers_calls(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	b := connectBulk(t, e.Ethora)
	app := "/v2/apps/" + e.AppID()
	sizes := func(method, path, key string) (sizes []int) {
		for _, body := range e.bodies(method, path) {
			sizes = append(sizes, len(body.(map[string]any)[key].([]any)))
		}
		slices.Sort(sizes)
		return sizes
	}
	hundreds := []int{50, 100, 100}
	ids := numbered("user", 250)

	users := b.apply(t.Context(), crowdOf(ids...), nil)
	if users.problems != nil || !slices.Equal(sizes("POST", app+"/users/batch", "usersList"), hundreds) || len(e.activeUsers(e.AppID())) != 250 {
		t.Fatalf("created in calls of %v: %v", sizes("POST", app+"/users/batch", "usersList"), users.problems)
	}
	if listings := e.Count("GET", "/chats/users$"); listings > 2 {
		t.Errorf("%d pages of users were listed, want at most 2", listings)
	}
	if single := e.Count("GET", "/v1/apps/users/"); single != 0 {
		t.Errorf("%d users were read one by one", single)
	}

	e.ResetRequests()
	read := b.refresh(t.Context(), users)
	if !read.value.Equal(users.value) || read.problems != nil {
		t.Errorf("the refresh changed the state: %v", read.problems)
	}
	if total, pages := len(e.Requests()), e.Count("GET", "/chats/users$"); total != pages || pages > 4 {
		t.Errorf("the refresh made %d calls, %d of them pages:\n%s", total, pages, e.calls())
	}

	e.ResetRequests()
	renamed := crowdOf(ids...)
	for _, user := range renamed["users"].(map[string]object) {
		user["last_name"] = "Changed"
	}
	changed := b.apply(t.Context(), renamed, &users)
	if changed.problems != nil || !slices.Equal(sizes("PATCH", app+"/chats/users", "users"), hundreds) || len(e.Requests()) != 3 {
		t.Errorf("renamed in calls of %v: %v\n%s", sizes("PATCH", app+"/chats/users", "users"), changed.problems, e.calls())
	}

	e.ResetRequests()
	gone := b.apply(t.Context(), nil, &changed)
	if gone.problems != nil || !slices.Equal(sizes("DELETE", app+"/users/batch", "usersIdList"), hundreds) || len(e.activeUsers(e.AppID())) != 0 {
		t.Errorf("deleted in calls of %v: %v", sizes("DELETE", app+"/users/batch", "usersIdList"), gone.problems)
	}
}

// Each attribute is changed in place and alone; drift of each is seen and
// healed by one call that names it alone.
func TestUsers_updatesAndDriftOfEachAttribute(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	b := connectBulk(t, e.Ethora)
	path, name := "/v2/apps/"+e.AppID()+"/chats/users", e.AppID()+"_ann"
	plain := changedPerson(people("ann", "ben"), "ann", "username", "annie")
	plain = changedPerson(plain, "ann", "profile_image_url", "https://example.com/1.png")
	users := b.apply(t.Context(), object{"users": plain}, nil)
	for _, change := range []struct{ attribute, value, field string }{
		{"first_name", "Anna", "firstName"},
		{"last_name", "Lee-Smith", "lastName"},
		{"username", "ann2", "username"},
		{"profile_image_url", "https://example.com/2.png", "profileImage"},
	} {
		e.ResetRequests()
		changed := b.apply(t.Context(), object{"users": changedPerson(plain, "ann", change.attribute, change.value)}, &users)
		want := fmt.Sprintf(`[{"users":[{%q:%q,"xmppUsername":%q}]}]`, change.field, change.value, name)
		if got := asJSON(t, e.bodies("PATCH", path)); got != want || changed.problems != nil || e.writes() != 1 {
			t.Errorf("%s sent %s, want %s; problems %q", change.attribute, got, want, changed.problems)
		}
		users = b.apply(t.Context(), object{"users": plain}, &changed)

		e.Edit(t, "PATCH", path, map[string]any{"users": []any{map[string]any{"xmppUsername": name, change.field: change.value}}})
		read := connectBulk(t, e.Ethora).refresh(t.Context(), users)
		if got := read.users()["ann"].(map[string]any)[change.attribute]; got != change.value {
			t.Errorf("the refresh does not see the drift of %s: %v", change.attribute, got)
		}
		e.ResetRequests()
		healed := b.apply(t.Context(), object{"users": plain}, &read)
		want = fmt.Sprintf(`[{"users":[{%q:%q,"xmppUsername":%q}]}]`, change.field, plain["ann"][change.attribute], name)
		if got := asJSON(t, e.bodies("PATCH", path)); got != want || !healed.value.Equal(users.value) {
			t.Errorf("the drift of %s was healed by %s, want %s", change.attribute, got, want)
		}
	}
}

// What Ethora takes at creation only: refused unless hard_delete is applied,
// and then the one user is created again, with the name that it had.
func TestUsers_recreation(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	config := func(users map[string]object, password string, hardDelete bool) string {
		return e.Provider() + usersHCL(users, fmt.Sprintf("passwords_wo = { ann = %q }\n hard_delete = %t", password, hardDelete))
	}
	version := func(users map[string]object, number int) map[string]object {
		return changedPerson(users, "ann", "password_wo_version", number)
	}
	holds := func(password string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if match, err := e.CheckPassword("", "ann", password); err != nil || !match {
				return errors.Join(err, fmt.Errorf("the password is not %q", password))
			}
			return nil
		}
	}
	first := version(changedPerson(people("ann", "ben"), "ann", "username", "annie"), 1)
	second := version(people("ann", "ben"), 2)
	moved := changedPerson(second, "ann", "email", "ann@example.org")
	update := plans(crowdAddress, plancheck.ResourceActionUpdate)
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config(first, "first one", false), Check: holds("first one"),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(crowdAddress, tfjsonpath.New("passwords_wo"), knownvalue.Null())},
			},
			{Config: config(first, "unseen change", false), PlanOnly: true},
			{Config: config(second, "second one", false), PlanOnly: true, ExpectError: says(`The password of Ethora user "ann" can't be changed`)},
			{
				Config: config(changedPerson(first, "ann", "email", "ann@example.org"), "first one", false), PlanOnly: true,
				ExpectError: says(`The e-mail address of Ethora user "ann" can't be changed from "ann@example.com"`),
			},
			{ // An archived user keeps its address.
				Config: e.Provider() + usersHCL(changedPerson(people("ben", "cid"), "cid", "email", "Ann@example.com"), ""), PlanOnly: true,
				ExpectError: says(`The e-mail address "Ann@example.com" can't go from Ethora user "ann" to "cid"`),
			},
			{Config: config(second, "second one", true), PlanOnly: true, ExpectError: says("Set hard_delete = true and apply, then make this change; or choose another id.")},
			{Config: config(first, "first one", true), ConfigPlanChecks: update, Check: holds("first one")},
			{
				Config: config(second, "second one", true), ConfigPlanChecks: update, Check: holds("second one"),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(crowdAddress, inMap("ann", "username"), text("annie"))},
			},
			{Config: config(moved, "second one", true), ConfigPlanChecks: update, Check: func(*terraform.State) error {
				if user := ownUser(e.Ethora, "ann"); user == nil || user.Email != "ann@example.org" || user.Status != "active" {
					return fmt.Errorf("ann is %+v", user)
				}
				return nil
			}},
			{ // Not purged any more, so that it can't be created again.
				Config: config(second, "second one", false), PlanOnly: true, ExpectError: says("can't be changed"),
			},
			{ // An address moves from one who leaves to one who comes.
				Config: e.Provider() + usersHCL(changedPerson(people("ben", "cid"), "cid", "email", "ann@example.org"), "hard_delete = true"), ConfigPlanChecks: update,
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if left := e.Snapshot().App(app).Users; len(left) != 1 {
				return fmt.Errorf("there are %d accounts, want the system account alone", len(left))
			}
			return nil
		},
	})
	for _, body := range e.bodies("POST", "/v2/apps/"+app+"/users/batch")[1:] {
		if sent := body.(map[string]any)["usersList"].([]any); len(sent) != 1 {
			t.Errorf("to create one user again, %d were sent", len(sent))
		}
	}
}

// Users who vanished leave the state with one warning that names them; with the
// app, all does.
func TestUsers_disappear(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vanish  func(e tenant, app string)
		left    []string // nil: the resource is gone
		warning string
	}{
		"one archived": {func(e tenant, app string) { e.deleteUsers(t, app, "", "ann") }, []string{"ben"}, `Gone from Ethora app APP: 1 user`},
		"one purged":   {func(e tenant, app string) { e.deleteUsers(t, app, "?mode=hard", "ben") }, []string{"ann"}, `Ethora does not know "ben" any more`},
		"all":          {func(e tenant, app string) { e.deleteUsers(t, app, "", "ann", "ben") }, []string{}, `Gone from Ethora app APP: 2 users`},
		"the app":      {func(e tenant, app string) { e.Edit(t, "DELETE", "/v2/apps/"+app, nil) }, nil, `Ethora app APP no longer exists`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			app := e.addApp(t, "Acme")
			config := with(crowdOf("ann", "ben"), object{"app_id": app})
			users := connectBulk(t, e.Ethora).apply(t.Context(), config, nil)
			test.vanish(e, app)
			b := connectBulk(t, e.Ethora)
			read := b.refresh(t.Context(), users)
			want := strings.ReplaceAll(test.warning, "APP", app)
			if len(read.problems) != 1 || !strings.Contains(read.problems[0].summary+read.problems[0].detail, want) {
				t.Errorf("the warning is %q, want %q", read.problems, want)
			}
			if read.value.IsNull() != (test.left == nil) || !slices.Equal(read.ids(), test.left) {
				t.Errorf("the state holds %q", read.ids())
			}
			if test.left == nil {
				return
			}
			healed := b.apply(t.Context(), config, &read)
			if healed.problems != nil || !slices.Equal(e.activeUsers(app), []string{"ann", "ben"}) {
				t.Errorf("the next apply: %v, %q are there", healed.problems, e.activeUsers(app))
			}
		})
	}
}

// An import takes over exactly the users it names, and changes nothing.
func TestUsers_import(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben", "stranger", "archived")
	e.deleteUsers(t, app, "", "archived")
	config := e.Provider() + usersHCL(people("ann", "ben"), "")
	imports := func(id string) string {
		return config + fmt.Sprintf("import {\n to = %s\n id = %q\n}\n", crowdAddress, id)
	}
	steps := []resource.TestStep{
		{Config: imports(app + "/ann/nobody"), PlanOnly: true, ExpectError: says(fmt.Sprintf(`App %s has no active user "nobody"`, app))},
		{Config: imports(app + "/archived"), PlanOnly: true, ExpectError: says(`has no active user "archived"`)},
		{Config: imports(app), PlanOnly: true, ExpectError: says("names no users; its form is <app_id>/<user_id>/<user_id>/...")},
		{Config: imports("acme/ann"), PlanOnly: true, ExpectError: says("does not begin with an Ethora app id")},
		{
			Config:           imports(app + "/" + app + "_ann@xmpp.chat.ethora.com/ben"),
			ConfigPlanChecks: plans(crowdAddress, plancheck.ResourceActionNoop),
			Check: func(*terraform.State) error {
				if writes := e.writes(); writes != 0 {
					return fmt.Errorf("the import made %d changes", writes)
				}
				return nil
			},
		},
		{Config: config, PlanOnly: true},
	}
	acctest.Run(t, resource.TestCase{Steps: steps, CheckDestroy: func(*terraform.State) error {
		if got := e.activeUsers(app); !slices.Equal(got, []string{"stranger"}) {
			return fmt.Errorf("after the destroy %q are there", got)
		}
		return nil
	}})
}

func TestUsers_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := person("ann")
	var steps []resource.TestStep
	for _, test := range []struct {
		users   map[string]object
		message string
	}{
		{map[string]object{"a": ann}, `"a" can't be an id. It must have 2 to 255 characters`},
		{map[string]object{"a b": ann}, `"a b" can't be an id`},
		{map[string]object{e.AppID() + "_ann": ann}, `looks like an XMPP name or address`},
		{map[string]object{"ann": with(ann, object{"email": "ann"})}, `must be an e-mail address such as ann@example.com`},
		{map[string]object{"ann": with(ann, object{"first_name": "A"})}, `UTF-8 character count must be at least 2`},
		{map[string]object{"ann": with(ann, object{"last_name": " Lee"})}, `begins or ends with a space`},
		{map[string]object{"ann": with(ann, object{"username": ""})}, `string length must be at least 1`},
		{map[string]object{"ann": with(ann, object{"password_wo_version": -1})}, `value must be at least 0`},
		{map[string]object{"ann": {"email": "ann@example.com", "first_name": "Ann"}}, `attribute "last_name" is required`},
		{map[string]object{"ann": ann, "ben": with(ann, object{"email": "Ann@Example.com"})}, `Ann@Example.com is the address of "ann" and of "ben".`},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + usersHCL(test.users, ""), PlanOnly: true, ExpectError: says(test.message)})
	}
	for _, test := range []struct{ passwords, message string }{
		{`{ ann = "123" }`, `UTF-8 character count must be at least 4`},
		{`{ ann = "12345" }`, `passwords_wo has a password for "ann", so the user needs a password_wo_version`},
		{`{ zoe = "12345" }`, `There is no "zoe" in users.`},
	} {
		steps = append(steps, resource.TestStep{
			Config: e.Provider() + usersHCL(map[string]object{"ann": ann}, "passwords_wo = "+test.passwords), PlanOnly: true, ExpectError: says(test.message),
		})
	}
	steps = append(steps, resource.TestStep{
		Config: e.Provider() + "resource \"chat_ethora_users\" \"crowd\" {\n  users = { ann = null }\n}\n", PlanOnly: true,
		ExpectError: says("This attribute contains a null value"),
	}, resource.TestStep{
		Config: e.Provider() + "resource \"chat_ethora_users\" \"crowd\" {}\n", PlanOnly: true,
		ExpectError: says(`The argument "users" is required`),
	})
	acctest.Run(t, resource.TestCase{Steps: steps})
	if calls := e.calls(); calls != "" {
		t.Errorf("bad input was sent to the server:\n%s", calls)
	}
}

// Values, users or the whole map that are known only after apply.
func TestUsers_unknownAtPlan(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	unknownName := `
resource "terraform_data" "late" {
  input = "Lately"
}

resource "terraform_data" "one" {
  input = { email = "dan@example.com", first_name = "Dan", last_name = "Poe" }
}

resource "terraform_data" "all" {
  input = { cid = { email = "cid@example.com", first_name = "Cid", last_name = "Moe" } }
}

resource "chat_ethora_users" "crowd" {
  users = {
    ann = { email = "ann@example.com", first_name = terraform_data.late.output, last_name = "Lee", username = terraform_data.late.output }
    ben = { email = "ben@example.com", first_name = "Ben", last_name = "Kim" }
    dan = terraform_data.one.output
  }
}

resource "chat_ethora_users" "rest" {
  users = terraform_data.all.output
}`
	acctest.Run(t, resource.TestCase{
		CheckDestroy: noUserLeft(e.Ethora),
		Steps: []resource.TestStep{{
			Config: e.Provider() + unknownName,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue("chat_ethora_users.rest", tfjsonpath.New("users")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(crowdAddress, inMap("ann", "username"), text("Lately")),
				statecheck.ExpectKnownValue(crowdAddress, inMap("dan", "first_name"), text("Dan")),
				statecheck.ExpectKnownValue("chat_ethora_users.rest", inMap("cid", "first_name"), text("Cid")),
			},
		}},
	})
}

// What can't be changed of many users is one error, not one for each.
func TestUsers_refusedForMany(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	secret := func(email string, version int, prefix string) string {
		return e.Provider() + fmt.Sprintf(`
resource "chat_ethora_users" "crowd" {
  users = { for i in range(30) : "%s${i}" => {
    email = "u${i}@%s", first_name = "First", last_name = "Last", password_wo_version = %d
  } }
}`, prefix, email, version)
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: secret("example.com", 1, "u")},
		{Config: secret("example.com", 2, "u"), ExpectError: says("The passwords of 30 Ethora users can't be changed")},
		{Config: secret("example.org", 1, "u"), ExpectError: says("The e-mail addresses of 30 Ethora users can't be changed")},
		{Config: secret("example.org", 1, "u"), ExpectError: says(`"u7", "u8", "u9". Ethora takes it at creation only`)},
		{Config: secret("example.com", 1, "v"), ExpectError: says("The e-mail addresses of 30 new Ethora users belong to users who leave")},
	}})
}

// An e-mail address that turns out to be another one only when it is applied:
// the user stays as it was, the others are done.
func TestUsers_recreationNotPlanned(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	b := connectBulk(t, e.Ethora)
	users := b.apply(t.Context(), crowdOf("ann", "ben"), nil)
	config := object{"users": changedPerson(changedPerson(people("ann", "ben"), "ann", "email", "ann@example.org"), "ben", "first_name", "Benno")}
	late := object{"users": changedPerson(config["users"].(map[string]object), "ann", "email", unknown{})}
	changed := b.applyLate(t.Context(), late, config, &users)
	if len(changed.problems) != 1 || changed.problems[0].attribute != `AttributeName("users").ElementKeyString("ann").AttributeName("email")` ||
		!strings.Contains(changed.problems[0].detail, "Plan again") {
		t.Errorf("the problems are %q", changed.problems)
	}
	ann, ben := changed.users()["ann"].(map[string]any), changed.users()["ben"].(map[string]any)
	if ann["email"] != "ann@example.com" || ben["first_name"] != "Benno" {
		t.Errorf("the state holds %v and %v", ann, ben)
	}
}

// Others have the ids or the addresses: nobody is created, and one error names
// each of them. The import that it shows works.
func TestUsers_taken(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "ann", "ben", "holder")
	users := changedPerson(people("ann", "ben", "cid", "dan"), "dan", "email", "Holder@example.com")
	config := e.Provider() + usersHCL(users, "")
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config, ExpectError: says(`These users exist already, so they are left alone: "ann", "ben".`)},
			{Config: config, ExpectError: says("terraform import <address of this resource> '" + app + "/ann/ben'")},
			{Config: config, ExpectError: says(`holder@example.com of "dan" belongs to "holder"`)},
			{
				PreConfig: func() {
					if got := e.activeUsers(app); !slices.Equal(got, []string{"ann", "ben", "holder"}) {
						t.Errorf("after the refusals %q are there", got)
					}
				},
				Config: e.Provider() + usersHCL(people("ann", "ben", "cid"), "") +
					fmt.Sprintf("import {\n to = %s\n id = \"%s/ann/ben\"\n}\n", crowdAddress, app),
				ConfigPlanChecks: plans(crowdAddress, plancheck.ResourceActionUpdate),
			},
		},
	})
	if got := e.activeUsers(app); !slices.Equal(got, []string{"holder"}) {
		t.Errorf("after the destroy %q are there", got)
	}
}

// A creation that fails for some: the others are in the state, each error says
// who and why, and after untaint just the missing ones are created.
func TestUsers_createFailsForSome(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.Settings(t, mock.Settings{FailUsers: map[string]string{"ben": "no such luck", "cid": "no such luck", "dan": "dan is on a list"}})
	workspace := acctest.NewWorkspace(t, map[string]string{
		"main.tf": acctest.RequiredProviders + "provider \"chat\" {\n ethora = {}\n}\n" + usersHCL(people("ann", "ben", "cid", "dan", "eva"), ""),
	}, e.Environment()...)
	output, code := workspace.Run("apply", "-no-color", "-input=false", "-auto-approve")
	for _, want := range []string{
		"Can't create 2 users of Ethora app " + app, `so it went for "ben", "cid"`, "no such luck",
		`Can't create Ethora user "dan" of app ` + app, "dan is on a list",
		"2 of 5 users were created in Ethora app " + app, "terraform untaint <address of this resource>",
	} {
		if plain := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " "); code == 0 || !strings.Contains(plain, want) {
			t.Errorf("exit code %d, and the output lacks %q:\n%s", code, want, output)
		}
	}
	if got := e.activeUsers(app); !slices.Equal(got, []string{"ann", "eva"}) {
		t.Errorf("%q are there", got)
	}

	e.Settings(t, mock.Settings{})
	e.ResetRequests()
	workspace.Must("untaint", "-no-color", crowdAddress)
	workspace.Must("apply", "-no-color", "-input=false", "-auto-approve")
	workspace.MustPlanEmpty()
	sent := []string{}
	for _, body := range e.bodies("POST", "/v2/apps/"+app+"/users/batch") {
		for _, user := range body.(map[string]any)["usersList"].([]any) {
			sent = append(sent, user.(map[string]any)["uuid"].(string))
		}
	}
	if !slices.Equal(sent, []string{"ben", "cid", "dan"}) || e.Count("DELETE", "") != 0 {
		t.Errorf("created %q, want the missing ones alone:\n%s", sent, e.calls())
	}
}

// An update that fails for some does the rest, and is not tainted.
func TestUsers_updateFailsForSome(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	b := connectBulk(t, e.Ethora)
	users := b.apply(t.Context(), crowdOf("ann", "ben", "cid"), nil)
	e.Settings(t, mock.Settings{FailUsers: map[string]string{"dan": "no such luck"}})
	e.deleteUsers(t, e.AppID(), "?mode=hard", "ben") // since the plan
	config := object{"users": changedPerson(changedPerson(people("ann", "ben", "dan", "eva"), "ben", "first_name", "Benno"), "ann", "first_name", "Anna")}
	changed := b.apply(t.Context(), config, &users)
	told := fmt.Sprint(changed.problems)
	for _, want := range []string{`Can't update Ethora user "ben" of app`, `Can't create Ethora user "dan" of app`, "no such luck"} {
		if !strings.Contains(told, want) || len(changed.problems) != 2 {
			t.Errorf("the problems are %q and lack %q", changed.problems, want)
		}
	}
	if !slices.Equal(changed.ids(), []string{"ann", "ben", "eva"}) || changed.users()["ben"].(map[string]any)["first_name"] != "First" ||
		changed.users()["ann"].(map[string]any)["first_name"] != "Anna" {
		t.Errorf("the state holds %v", changed.users())
	}
	e.Settings(t, mock.Settings{})
	b = connectBulk(t, e.Ethora)
	read := b.refresh(t.Context(), changed)
	e.ResetRequests()
	whole := b.apply(t.Context(), config, &read)
	if whole.problems != nil || !slices.Equal(e.activeUsers(e.AppID()), []string{"ann", "ben", "dan", "eva"}) || e.Count("POST", "/users/batch$") != 1 {
		t.Errorf("the next apply: %v, %q are there\n%s", whole.problems, e.activeUsers(e.AppID()), e.calls())
	}
}

// A deletion that fails keeps the users in the state.
func TestUsers_deleteFails(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	b := connectBulk(t, e.Ethora)
	users := b.apply(t.Context(), crowdOf("ann", "ben"), nil)
	for _, fault := range faults {
		if fault.name != "403" {
			continue
		}
		rule := fault.on("DELETE", "/users/batch$")
		rule.Times = 0
		e.Faults(t, rule)
	}
	fewer := b.apply(t.Context(), crowdOf("ben"), &users)
	if len(fewer.problems) != 1 || !strings.Contains(fewer.problems[0].summary, `Can't delete Ethora user "ann"`) || !slices.Equal(fewer.ids(), []string{"ann", "ben"}) {
		t.Errorf("the state holds %q: %q", fewer.ids(), fewer.problems)
	}
	kept := b.apply(t.Context(), nil, &fewer)
	if len(kept.problems) != 1 || !strings.Contains(kept.problems[0].summary, "Can't delete 2 users of") || !slices.Equal(kept.ids(), []string{"ann", "ben"}) {
		t.Errorf("the state holds %q: %q", kept.ids(), kept.problems)
	}
	e.Faults(t)
	if gone := b.apply(t.Context(), nil, &kept); gone.problems != nil || len(e.activeUsers(e.AppID())) != 0 {
		t.Errorf("the next destroy says %q", gone.problems)
	}
}

// A provider whose settings are not known yet keeps the state as it is.
func TestUsers_settingsUnknown(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	users := connectBulk(t, e.Ethora).apply(t.Context(), crowdOf("ann"), nil)
	e.ResetRequests()
	b := connectBulkWith(t, object{"api_url": unknown{}, "app_id": e.AppID(), "app_secret": e.AppSecret()})
	if read := b.refresh(t.Context(), users); read.problems != nil || !reflect.DeepEqual(read.users(), users.users()) || e.calls() != "" {
		t.Errorf("the refresh gave %v %v", read.users(), read.problems)
	}
}
