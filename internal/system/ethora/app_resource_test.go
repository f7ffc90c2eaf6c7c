package ethora_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
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
	system "github.com/chattenant/terraform-provider-chat/internal/system/ethora"
)

// noAppLeft fails while an app below the base app is active.
func noAppLeft(ethora *acctest.Ethora) resource.TestCheckFunc {
	return func(*terraform.State) error {
		for _, app := range activeApps(ethora) {
			return fmt.Errorf("app %s (%v) is still active", app.ID, app.Attributes["displayName"])
		}
		return nil
	}
}

// activeApps are the active apps below the base app.
func activeApps(ethora *acctest.Ethora) []mock.AppState {
	return slices.DeleteFunc(ethora.Snapshot().Apps, func(app mock.AppState) bool {
		return app.Parent == "" || app.Status != "active"
	})
}

// appNamed is the app with the display name, archived or not; nil when there is none.
func appNamed(ethora *acctest.Ethora, displayName string) *mock.AppState {
	for _, app := range ethora.Snapshot().Apps {
		if app.Attributes["displayName"] == displayName {
			return &app
		}
	}
	return nil
}

// bodies are the bodies of all calls of a method on a path, oldest first.
func bodies(ethora *acctest.Ethora, method, path string) []any {
	var all []any
	for _, request := range ethora.Requests() {
		if request.Method == method && strings.HasPrefix(request.Path, path) {
			all = append(all, request.Body)
		}
	}
	return all
}

// calls writes the request log as "METHOD path" with ids cut to their kind.
func calls(ethora *acctest.Ethora) []string {
	var all []string
	for _, request := range ethora.Requests() {
		all = append(all, request.Method+" "+request.Path)
	}
	return all
}

func attribute(object acctest.Object, name string) string {
	value, _ := object[name].(string)
	return value
}

const allOfApp = `
resource "chat_ethora_app" "acme" {
  display_name                = "Acme Support"
  domain_name                 = "acme%[1]d"
  tagline                     = "We help"
  logo_image_url              = "https://example.com/logo.png"
  sublogo_image_url           = "https://example.com/small.png"
  primary_color               = "#1F6FEB"
  secondary_color             = "teal"
  coin_symbol                 = "ACM"
  coin_name                   = "Acme coin"
  bundle_id                   = "com.example.acme"
  after_login_page            = "chats"
  firebase_web_config         = "{\"apiKey\":\"public\"}"
  google_services_json        = "{}"
  google_service_info_plist   = "<plist/>"
  default_bot_instance_id     = "6650aa00000000000000b071"
  default_access_profile_open = false
  default_access_assets_open  = false
  users_can_free              = false
  allow_users_to_create_rooms = false
  sign_on_options             = ["google", "email"]
  available_menu_items        = { chats = true, profile = false, settings = false }
  broadcast_sender            = { name = "Acme News", photo_url = "https://example.com/news.png" }
  create_default_chat         = true
  hard_delete                 = true
  timeouts                    = { create = "5m", update = "5m", delete = "5m" }
}
`

// Everything that can be set is set, read back, imported, and purged.
func TestApp_withAllAttributes(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	const name = "chat_ethora_app.acme"
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: ethora.Provider() + fmt.Sprintf(allOfApp, 1),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(name, tfjsonpath.New("domain_name"), knownvalue.StringExact("acme1")),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("sign_on_options"), knownvalue.SetExact([]knownvalue.Check{
						knownvalue.StringExact("email"), knownvalue.StringExact("google")})),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("available_menu_items").AtMapKey("profile"), knownvalue.Bool(false)),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("broadcast_sender").AtMapKey("name"), knownvalue.StringExact("Acme News")),
					statecheck.ExpectKnownValue(name, tfjsonpath.New("parent_app_id"), knownvalue.StringExact(ethora.AppID())),
					statecheck.ExpectSensitiveValue(name, tfjsonpath.New("app_token")),
					statecheck.ExpectSensitiveValue(name, tfjsonpath.New("app_secret")),
				},
				Check: func(*terraform.State) error {
					app := appNamed(ethora, "Acme Support")
					if app == nil || len(app.Rooms) != 1 || app.Rooms[0].Title != "Main chat" {
						return fmt.Errorf("the app has no default chat: %+v", app)
					}
					if created := bodies(ethora, "POST", "/v2/apps"); len(created) != 1 || created[0].(map[string]any)["createDefaultChat"] != true {
						return fmt.Errorf("the creation was %v", created)
					}
					return nil
				},
			},
			{
				ResourceName: name, ImportState: true, ImportStateVerify: true,
				// The server tells the secret at creation only; the rest lives in Terraform alone.
				ImportStateVerifyIgnore: []string{"app_secret", "create_default_chat", "hard_delete", "timeouts"},
			},
			{
				ResourceName: name, ImportState: true, ImportStateId: "Acme",
				ExpectError: says(`"Acme" is not an Ethora app id: it must have 24 characters, each 0-9 or a-f.`),
			},
			{
				ResourceName: name, ImportState: true, ImportStateId: "66500000000000000000dead",
				ExpectError: says("Cannot import non-existent remote object"),
			},
			{
				Config: ethora.Provider() + strings.Replace(fmt.Sprintf(allOfApp, 1), "create_default_chat         = true", "create_default_chat = false", 1),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(name, plancheck.ResourceActionReplace),
				}},
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if apps := ethora.Snapshot().Apps; len(apps) != 1 {
				return fmt.Errorf("%d apps are left after a purge, want the base app alone", len(apps))
			}
			return nil
		},
	})
}

// Identity is known to Terraform from 1.12 on.
func TestApp_identity(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: ethora.Provider() + oneApp,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState("chat_ethora_app.acme", tfjsonpath.New("id")),
				},
			},
			{
				ResourceName: "chat_ethora_app.acme", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
			},
		},
	})
}

// A minimal app costs two calls to create, one to read, two to delete.
func TestApp_callsAndIdentity(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	const typeName = "chat_ethora_app"

	created := p.Apply(t.Context(), typeName, acctest.Object{"display_name": "Acme"}, nil)
	id := attribute(created.State, "id")
	if len(created.Problems) > 0 || created.Identity["id"] != id || id == "" {
		t.Fatalf("identity %v of state %v, problems %q", created.Identity, id, created.Problems)
	}
	wantCalls(t, ethora, "POST /v2/apps", "GET /v2/apps/"+id)

	read := p.Refresh(t.Context(), typeName, created)
	if !reflect.DeepEqual(read.State, created.State) || read.Identity["id"] != id {
		t.Errorf("the refresh changed the state from %v to %v", created.State, read.State)
	}
	wantCalls(t, ethora, "GET /v2/apps/"+id)

	unchanged := p.Apply(t.Context(), typeName, acctest.Object{"display_name": "Acme"}, &read)
	if !reflect.DeepEqual(unchanged.State, created.State) {
		t.Errorf("an apply without a change made %v", unchanged.State)
	}
	wantCalls(t, ethora)

	imported := p.Import(t.Context(), typeName, "", acctest.Object{"id": id})
	if attribute(imported.State, "display_name") != "Acme" || len(imported.Problems) > 0 {
		t.Errorf("the import by identity gave %v %q", imported.State, imported.Problems)
	}
	wantCalls(t, ethora, "GET /v2/apps/"+id)

	destroyed := p.Apply(t.Context(), typeName, nil, &created)
	if destroyed.State != nil || len(destroyed.Problems) > 0 {
		t.Errorf("the destroy left %v %q", destroyed.State, destroyed.Problems)
	}
	wantCalls(t, ethora, "DELETE /v2/apps/"+id, "GET /v2/apps/"+id)
}

// wantCalls compares the request log with what is expected, and empties it.
func wantCalls(t *testing.T, ethora *acctest.Ethora, want ...string) {
	t.Helper()
	if got := calls(ethora); !slices.Equal(got, want) {
		t.Errorf("the calls were\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	ethora.ResetRequests()
}

// appChanges is each attribute that is changed in place, with a new value, and
// what Ethora gets for it.
var appChanges = []struct {
	attribute string
	value     any
	field     string
	wire      string // JSON
}{
	{"display_name", "Acme Two", "displayName", `"Acme Two"`},
	{"domain_name", "acmetwo", "domainName", `"acmetwo"`},
	{"tagline", "We still help", "appTagline", `"We still help"`},
	{"tagline", "", "appTagline", `""`},
	{"logo_image_url", "https://example.com/2.png", "logoImage", `"https://example.com/2.png"`},
	{"sublogo_image_url", "https://example.com/2.png", "sublogoImage", `"https://example.com/2.png"`},
	{"primary_color", "#00ff00", "primaryColor", `"#00ff00"`},
	{"secondary_color", "blue", "secondaryColor", `"blue"`},
	{"coin_symbol", "TWO", "coinSymbol", `"TWO"`},
	{"coin_name", "Two", "coinName", `"Two"`},
	{"bundle_id", "com.example.two", "bundleId", `"com.example.two"`},
	{"after_login_page", "profile", "afterLoginPage", `"profile"`},
	{"firebase_web_config", `{"a":1}`, "firebaseWebConfigString", `"{\"a\":1}"`},
	{"google_services_json", `{"b":1}`, "googleServicesJson", `"{\"b\":1}"`},
	{"google_service_info_plist", "<plist/>", "googleServiceInfoPlist", `"<plist/>"`},
	{"default_bot_instance_id", "6650aa00000000000000b071", "defaultBotInstanceId", `"6650aa00000000000000b071"`},
	{"default_access_profile_open", false, "defaultAccessProfileOpen", `false`},
	{"default_access_assets_open", false, "defaultAccessAssetsOpen", `false`},
	{"users_can_free", false, "usersCanFree", `false`},
	{"allow_users_to_create_rooms", false, "allowUsersToCreateRooms", `false`},
	{"sign_on_options", []string{"metamask", "apple"}, "signonOptions", `["apple","metamask"]`},
	{"available_menu_items", acctest.Object{"chats": true, "profile": false, "settings": true}, "availableMenuItems", `{"chats":true,"profile":false,"settings":true}`},
	{"broadcast_sender", acctest.Object{"name": "News"}, "broadcastSender", `{"name":"News","photoUrl":""}`},
	{"default_rooms", []acctest.Object{{"room_id": "lobby", "pinned": true}}, "defaultRooms", `[{"jid":"APP_lobby","pinned":true}]`},
}

// Each attribute is sent alone, and silence about the others leaves them alone.
func TestApp_updatesEachAttribute(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	base := acctest.Object{"display_name": "Acme", "tagline": "We help"}
	app := p.Apply(t.Context(), "chat_ethora_app", base, nil)
	id := attribute(app.State, "id")
	ethora.Edit(t, "POST", "/v2/apps/"+id+"/chats", map[string]any{"uuid": "lobby", "title": "Lobby"})

	for _, change := range appChanges {
		config := maps.Clone(base)
		config[change.attribute] = change.value
		ethora.ResetRequests()
		app = p.Apply(t.Context(), "chat_ethora_app", config, &app)
		want := fmt.Sprintf(`[{%q:%s}]`, change.field, strings.ReplaceAll(change.wire, "APP", id))
		if got := asJSON(t, bodies(ethora, "PATCH", "/v2/apps/"+id)); got != want || len(app.Problems) > 0 {
			t.Errorf("%s = %v sent %s, want %s; problems %q", change.attribute, change.value, got, want, app.Problems)
		}
		read := p.Refresh(t.Context(), "chat_ethora_app", app)
		if !reflect.DeepEqual(read.State, app.State) {
			t.Errorf("%s: the state after the apply is not what is read:\n%v\n%v", change.attribute, app.State, read.State)
		}
		// Taking the attribute away again leaves it alone; those of base go back.
		app = p.Apply(t.Context(), "chat_ethora_app", base, &app)
	}
	if created := ethora.Count("POST", "^/v2/apps$"); created != 0 {
		t.Errorf("%d updates made a new app", created)
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	var written strings.Builder
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(written.String())
}

// What another operator changes is seen, attribute by attribute, and put back
// by one update that names it alone.
func TestApp_driftOfEachAttribute(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	config := acctest.Object{
		"display_name": "Acme", "domain_name": "acme", "tagline": "t", "logo_image_url": "https://example.com/1.png",
		"sublogo_image_url": "https://example.com/1.png", "primary_color": "#1F6FEB", "secondary_color": "teal", "coin_symbol": "ONE",
		"coin_name": "One", "bundle_id": "com.example.one", "after_login_page": "chats", "firebase_web_config": "{}",
		"google_services_json": "{}", "google_service_info_plist": "<a/>", "default_bot_instance_id": "6650aa00000000000000b070",
		"default_access_profile_open": true, "default_access_assets_open": true, "users_can_free": true, "allow_users_to_create_rooms": true,
		"sign_on_options": []string{"email"}, "available_menu_items": acctest.Object{"chats": true, "profile": true, "settings": true},
		"broadcast_sender": acctest.Object{"name": "Acme"}, "default_rooms": []acctest.Object{},
	}
	app := p.Apply(t.Context(), "chat_ethora_app", config, nil)
	id := attribute(app.State, "id")
	ethora.Edit(t, "POST", "/v2/apps/"+id+"/chats", map[string]any{"uuid": "lobby", "title": "Lobby"})

	for _, change := range appChanges {
		var drifted any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(change.wire, "APP", id)), &drifted); err != nil {
			t.Fatal(err)
		}
		ethora.Edit(t, "PATCH", "/v2/apps/"+id, map[string]any{change.field: drifted})
		read := p.Refresh(t.Context(), "chat_ethora_app", app)
		if reflect.DeepEqual(read.State[change.attribute], app.State[change.attribute]) {
			t.Errorf("the refresh does not see that %s was changed to %v", change.attribute, drifted)
		}
		ethora.ResetRequests()
		healed := p.Apply(t.Context(), "chat_ethora_app", config, &read)
		if !reflect.DeepEqual(healed.State, app.State) || len(healed.Problems) > 0 {
			t.Errorf("the apply did not heal %s: %v %q", change.attribute, healed.State, healed.Problems)
		}
		sent := bodies(ethora, "PATCH", "/v2/apps/"+id)
		if len(sent) != 1 || len(sent[0].(map[string]any)) != 1 || sent[0].(map[string]any)[change.field] == nil {
			t.Errorf("%s was healed by %v, want one PATCH of %s alone", change.attribute, sent, change.field)
		}
	}
}

// The same seen by a user: the plan proposes an update, not a replacement.
func TestApp_driftPlan(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	config := ethora.Provider() + `
resource "chat_ethora_app" "acme" {
  display_name  = "Acme"
  primary_color = "#1F6FEB"
}
`
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					ethora.Edit(t, "PATCH", "/v2/apps/"+appNamed(ethora, "Acme").ID, map[string]any{"primaryColor": "#000000", "appTagline": "not managed"})
				},
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("chat_ethora_app.acme", plancheck.ResourceActionUpdate),
				}},
				Check: resource.TestCheckResourceAttr("chat_ethora_app.acme", "primary_color", "#1F6FEB"),
			},
			{
				// The same colour in other letters is no drift.
				PreConfig: func() {
					ethora.Edit(t, "PATCH", "/v2/apps/"+appNamed(ethora, "Acme").ID, map[string]any{"primaryColor": "#1f6feb"})
				},
				Config:   config,
				PlanOnly: true,
			},
		},
		CheckDestroy: noAppLeft(ethora),
	})
}

// An archived app is gone for Terraform, however the server says so.
func TestApp_archivedBehindTheBack(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 403, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			ethora.Settings(t, mock.Settings{ArchivedApp: status})
			acctest.Run(t, resource.TestCase{
				Steps: []resource.TestStep{
					{Config: ethora.Provider() + oneApp},
					{
						PreConfig: func() { ethora.Edit(t, "DELETE", "/v2/apps/"+appNamed(ethora, "Acme").ID, nil) },
						Config:    ethora.Provider() + oneApp,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction("chat_ethora_app.acme", plancheck.ResourceActionCreate),
						}},
					},
				},
				CheckDestroy: noAppLeft(ethora),
			})

			p := ethora.Protocol(t)
			app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Zeta"}, nil)
			ethora.Edit(t, "DELETE", "/v2/apps/"+attribute(app.State, "id"), nil)
			gone := p.Refresh(t.Context(), "chat_ethora_app", app)
			if gone.State != nil || len(gone.Problems) != 1 || !strings.Contains(gone.Problems[0], "no longer exists") {
				t.Errorf("the refresh says %q and keeps %v", gone.Problems, gone.State)
			}
			if again := p.Apply(t.Context(), "chat_ethora_app", nil, &app); len(again.Problems) > 0 || again.State != nil {
				t.Errorf("destroying an archived app says %q", again.Problems)
			}
		})
	}
}

// Values that cannot work are refused before any call.
func TestApp_badInput(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ attributes, want string }{
		{`display_name = ""`, "Attribute display_name string length must be at least 1"},
		{`tagline = "x"`, `The argument "display_name" is required`},
		{"display_name = \"A\"\n primary_color = \"blue\"", "must be a colour as #RRGGBB, such as #1F6FEB"},
		{"display_name = \"A\"\n domain_name = \"my.app\"", "it must have 1 to 63 lower-case letters and digits"},
		{"display_name = \"A\"\n domain_name = \"Acme\"", "it must have 1 to 63 lower-case letters and digits"},
		{"display_name = \"A\"\n sign_on_options = [\"email\", null]", "This attribute contains a null value"},
		{"display_name = \"A\"\n sign_on_options = [\"github\"]", `value must be one of: ["email" "google" "apple" "facebook" "metamask"]`},
		{"display_name = \"A\"\n available_menu_items = { chats = true }", `attributes "profile" and "settings" are required`},
		{"display_name = \"A\"\n default_rooms = [{ room_id = \"66500000000000000000ba5e_lobby\", pinned = true }]", "looks like an XMPP name or address. Write the plain id alone"},
		{"display_name = \"A\"\n bot = { status = \"maybe\" }", `value must be one of: ["on" "off"]`},
		{"display_name = \"A\"\n timeouts = { create = \"soon\" }", `"soon" must be a string containing a sequence of decimal numbers`},
	} {
		steps = append(steps, resource.TestStep{
			Config:   ethora.Provider() + "resource \"chat_ethora_app\" \"acme\" {\n" + bad.attributes + "\n}\n",
			PlanOnly: true, ExpectError: says(bad.want),
		})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	if made := calls(ethora); len(made) > 0 {
		t.Errorf("bad input made the calls %q", made)
	}
}

// A domain is unique on the whole platform, and an archived app keeps its own.
func TestApp_domainTaken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{422, 409} {
		for _, archived := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d archived %t", status, archived), func(t *testing.T) {
				t.Parallel()
				ethora := acctest.StartEthora(t)
				ethora.Settings(t, mock.Settings{ConflictStatus: status})
				other := ethora.Edit(t, "POST", "/v2/apps", map[string]any{"displayName": "Other", "domainName": "acme"})
				if archived {
					ethora.Edit(t, "DELETE", "/v2/apps/"+other["app"].(map[string]any)["_id"].(string), nil)
				}
				p := ethora.Protocol(t)
				config := acctest.Object{"display_name": "Acme", "domain_name": "acme"}
				app := p.Apply(t.Context(), "chat_ethora_app", config, nil)
				if len(app.Problems) != 1 || !strings.Contains(app.Problems[0], "Domain name already exists") ||
					!strings.Contains(app.Problems[0], "an archived app keeps its own") {
					t.Fatalf("got %q, want the server's words about the domain and what to do", app.Problems)
				}
				if app.State != nil || appNamed(ethora, "Acme") != nil {
					t.Errorf("a refused app left %v", app.State)
				}

				config["domain_name"] = "free"
				app = p.Apply(t.Context(), "chat_ethora_app", config, nil)
				config["domain_name"] = "acme"
				changed := p.Apply(t.Context(), "chat_ethora_app", config, &app)
				if len(changed.Problems) != 1 || !strings.Contains(changed.Problems[0], "an archived app keeps its own") || attribute(changed.State, "domain_name") != "free" {
					t.Errorf("the refused update left %v, problems %q", changed.State["domain_name"], changed.Problems)
				}
			})
		}
	}
}

// Servers differ in the verb of an update.
func TestApp_updateFallbacks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		settings mock.Settings
		want     []string // verbs of the first update, with the API's version
	}{
		{mock.Settings{}, []string{"PATCH /v2"}},
		{mock.Settings{Patch: "404"}, []string{"PATCH /v2", "PUT /v2"}},
		{mock.Settings{Patch: "405"}, []string{"PATCH /v2", "PUT /v2"}},
		{mock.Settings{Patch: "404", NoPutV2: true}, []string{"PATCH /v2", "PUT /v2", "PUT /v1"}},
		{mock.Settings{Patch: "405", NoPutV2: true}, []string{"PATCH /v2", "PUT /v2", "PUT /v1"}},
	} {
		ethora := acctest.StartEthora(t)
		ethora.Settings(t, test.settings)
		p := ethora.Protocol(t)
		app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
		for round, tagline := range []string{"one", "two"} {
			ethora.ResetRequests()
			app = p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "tagline": tagline}, &app)
			var verbs []string
			for _, call := range calls(ethora) {
				if !strings.HasPrefix(call, "GET") {
					verbs = append(verbs, strings.TrimSuffix(call, "/apps/"+attribute(app.State, "id")))
				}
			}
			want := test.want
			if round == 1 {
				want = want[len(want)-1:] // what the server lacks is not tried again
			}
			if !slices.Equal(verbs, want) || attribute(app.State, "tagline") != tagline || len(app.Problems) > 0 {
				t.Errorf("%+v, update %d: %q, want %q; problems %q", test.settings, round+1, verbs, want, app.Problems)
			}
		}
	}
}

// An app, a user, a room and its access live and die alike in every envelope
// that a server may use.
func TestEveryEnvelope(t *testing.T) {
	t.Parallel()
	objects := []string{"", "named", "result", "result.named", "data", "data.named", "list", "root"}
	lists := []string{"", "items", "results", "named", "data.items", "array"}
	for _, object := range objects {
		for _, list := range lists {
			t.Run(fmt.Sprintf("object %q list %q", object, list), func(t *testing.T) {
				ethora := acctest.StartEthora(t)
				ethora.Settings(t, mock.Settings{ObjectEnvelope: object, ListEnvelope: list})
				lifecycle(t, ethora)
			})
		}
	}
}

// secretAside returns the problems of a creation without the warning that the
// secret is not known, which must be there when it is so, and only then.
func secretAside(t *testing.T, created acctest.Change) []string {
	t.Helper()
	isUntold := func(problem string) bool {
		return strings.HasPrefix(problem, "WARNING Ethora did not tell the app's secret: ")
	}
	if untold := created.State != nil && created.State["app_secret"] == ""; untold != slices.ContainsFunc(created.Problems, isUntold) {
		t.Errorf("the secret is unknown: %t, and the problems are %q", untold, created.Problems)
	}
	return slices.DeleteFunc(created.Problems, isUntold)
}

// lifecycle creates, reads, changes and destroys one object of each kind.
func lifecycle(t *testing.T, ethora *acctest.Ethora) {
	t.Helper()
	p := ethora.Protocol(t)
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "tagline": "one"}, nil)
	id := attribute(app.State, "id")
	if problems := secretAside(t, app); len(problems) > 0 || id == "" {
		t.Fatalf("the app: %v %q", app.State, problems)
	}
	things := []struct {
		typeName      string
		first, second acctest.Object
	}{
		{"chat_ethora_user",
			acctest.Object{"app_id": id, "user_id": "ann", "email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"},
			acctest.Object{"app_id": id, "user_id": "ann", "email": "ann@example.com", "first_name": "Anna", "last_name": "Lee"}},
		{"chat_ethora_room",
			acctest.Object{"app_id": id, "room_id": "support", "title": "Support"},
			acctest.Object{"app_id": id, "room_id": "support", "title": "Help"}},
		{"chat_ethora_room_access",
			acctest.Object{"app_id": id, "room_id": "support", "user_id": "ann"},
			acctest.Object{"app_id": id, "room_id": "support", "user_id": "ann"}},
		{"chat_ethora_app",
			acctest.Object{"display_name": "Second", "tagline": "one"},
			acctest.Object{"display_name": "Second", "tagline": "two"}},
	}
	var made []acctest.Change
	for _, thing := range things {
		created := p.Apply(t.Context(), thing.typeName, thing.first, nil)
		created.Problems = secretAside(t, created)
		read := p.Refresh(t.Context(), thing.typeName, created)
		if len(created.Problems)+len(read.Problems) > 0 || !reflect.DeepEqual(created.State, read.State) {
			t.Fatalf("%s: created %v %q, read %v %q", thing.typeName, created.State, created.Problems, read.State, read.Problems)
		}
		changed := p.Apply(t.Context(), thing.typeName, thing.second, &read)
		again := p.Refresh(t.Context(), thing.typeName, changed)
		if len(changed.Problems)+len(again.Problems) > 0 || !reflect.DeepEqual(changed.State, again.State) {
			t.Fatalf("%s: changed %v %q, read %v %q", thing.typeName, changed.State, changed.Problems, again.State, again.Problems)
		}
		for attribute, value := range thing.second {
			if again.State[attribute] != value {
				t.Errorf("%s: %s is %v, want %v", thing.typeName, attribute, again.State[attribute], value)
			}
		}
		made = append(made, again)
	}
	for i, thing := range slices.Backward(things) {
		if gone := p.Apply(t.Context(), thing.typeName, nil, &made[i]); gone.State != nil || len(gone.Problems) > 0 {
			t.Errorf("%s: the destroy left %v %q", thing.typeName, gone.State, gone.Problems)
		}
	}
	p.Apply(t.Context(), "chat_ethora_app", nil, &app)
	if left := activeApps(ethora); len(left) > 0 {
		t.Errorf("%d apps are left", len(left))
	}
}

// Reads differ too in what they leave out.
func TestApp_terseAndTalkativeServers(t *testing.T) {
	t.Parallel()
	for _, settings := range []mock.Settings{
		{AbsentFields: "null"}, {AbsentFields: "empty"}, {CreateStatus: 201},
		{AppSecret: "always"}, {AppSecret: "never"}, {ArchivedUser: 404}, {OwnUsersOnly: true}, {NoAppUserList: true},
		{MissingStatus: 404}, {MissingStatus: 422}, {MissingStatus: 400}, {PartialDelete: true}, {BareJobItems: true},
		{JobField: "status"}, {JobResults: "results"}, {JobPolls: 5}, {IgnoreFilters: true}, {PageLimit: 1}, {GetChat: true},
		{MembershipLagReads: 2}, {HideSystemAccount: true}, {FirstNameMin: 3},
	} {
		t.Run(asJSON(t, settings), func(t *testing.T) {
			ethora := acctest.StartEthora(t)
			ethora.Settings(t, settings)
			lifecycle(t, ethora)
		})
	}
}

// A server that answers ten calls a second is waited for. It runs alone, since
// it changes the patience of all clients.
func TestApp_rateLimit(t *testing.T) { //nolint:paralleltest // see above
	patience := &system.ClientDefaults.RateLimitPatience
	before := *patience
	t.Cleanup(func() { *patience = before })
	*patience = time.Minute
	ethora := acctest.StartEthora(t)
	ethora.Settings(t, mock.Settings{RateLimit: 10})
	lifecycle(t, ethora)
}

// The bot of an old app is managed part by part; a new app has none.
func TestApp_bot(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
	id := attribute(app.State, "id")
	if app.State["bot"] != nil {
		t.Fatalf("a new app has the bot %v", app.State["bot"])
	}
	ethora.Settings(t, mock.Settings{SeedBot: &mock.SeedBot{AppID: id}})
	app = p.Refresh(t.Context(), "chat_ethora_app", app)
	if app.State["bot"] == nil {
		t.Fatal("the refresh does not see the bot")
	}
	ethora.ResetRequests()
	config := acctest.Object{"display_name": "Acme", "bot": acctest.Object{
		"status": "on", "trigger": "/bot", "prompt": "Be kind", "greeting_message": "Hello", "is_rag": true,
	}}
	app = p.Apply(t.Context(), "chat_ethora_app", config, &app)
	bot, _ := app.State["bot"].(acctest.Object)
	if len(app.Problems) > 0 || bot["prompt"] != "Be kind" || bot["is_rag"] != true {
		t.Fatalf("the bot is %v, problems %q", bot, app.Problems)
	}
	read := p.Refresh(t.Context(), "chat_ethora_app", app)
	if !reflect.DeepEqual(read.State["bot"], app.State["bot"]) {
		t.Errorf("the bot after the apply is not what is read:\n%v\n%v", app.State["bot"], read.State["bot"])
	}
	ethora.Edit(t, "PATCH", "/v2/apps/"+id, map[string]any{"botPrompt": "Be rude"})
	read = p.Refresh(t.Context(), "chat_ethora_app", app)
	ethora.ResetRequests()
	p.Apply(t.Context(), "chat_ethora_app", config, &read)
	if got := asJSON(t, bodies(ethora, "PATCH", "/v2/apps/"+id)); got != `[{"botPrompt":"Be kind"}]` {
		t.Errorf("the drift of the prompt was healed by %s", got)
	}
}

// An app without a bot does not get one by an update: the server keeps silent,
// and the user is told.
func TestApp_botOfNewApp(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "bot": acctest.Object{"status": "on"}}, nil)
	if len(app.Problems) != 1 || !strings.Contains(app.Problems[0], "Ethora stored another value") {
		t.Errorf("got %q, want a warning that the bot was not stored", app.Problems)
	}
	if attribute(app.State, "id") == "" {
		t.Error("the app is lost")
	}
}

func TestApp_ownAppIsNotDestroyed(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	own := p.Import(t.Context(), "chat_ethora_app", ethora.AppID(), nil)
	if len(own.Problems) > 0 {
		t.Fatal(own.Problems)
	}
	kept := p.Apply(t.Context(), "chat_ethora_app", nil, &own)
	if len(kept.Problems) != 1 || !strings.Contains(kept.Problems[0], "deleting it would lock the provider out") || kept.State == nil {
		t.Errorf("got %q and state %v", kept.Problems, kept.State)
	}
	if ethora.Count("DELETE", "") != 0 {
		t.Error("the own app was deleted")
	}
}

// A purge is awaited, and bounded.
func TestApp_purge(t *testing.T) {
	t.Parallel()
	t.Run("awaited", func(t *testing.T) {
		ethora := acctest.StartEthora(t)
		ethora.Settings(t, mock.Settings{JobPolls: 4})
		p := ethora.Protocol(t)
		app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "hard_delete": true}, nil)
		if gone := p.Apply(t.Context(), "chat_ethora_app", nil, &app); gone.State != nil || len(gone.Problems) > 0 {
			t.Errorf("the purge left %v %q", gone.State, gone.Problems)
		}
		if polls := ethora.Count("GET", "^/v2/apps/purge-jobs/"); polls != 4 {
			t.Errorf("the job was polled %d times, want 4", polls)
		}
		if appNamed(ethora, "Acme") != nil {
			t.Error("the app is still there")
		}
	})
	for name, test := range map[string]struct {
		settings mock.Settings
		timeout  string
		want     string
	}{
		"fails":      {mock.Settings{FailJobs: "disk full"}, "1m", "disk full"},
		"never ends": {mock.Settings{EndlessJobs: true}, "500ms", "The time allowed for this operation ran out."},
	} {
		t.Run(name, func(t *testing.T) {
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{
				"display_name": "Acme", "hard_delete": true, "timeouts": acctest.Object{"delete": test.timeout},
			}, nil)
			ethora.Settings(t, test.settings)
			kept := p.Apply(t.Context(), "chat_ethora_app", nil, &app)
			if len(kept.Problems) != 1 || !strings.Contains(kept.Problems[0], test.want) || kept.State == nil {
				t.Errorf("got %q and state %v, want %q and the app kept", kept.Problems, kept.State, test.want)
			}
		})
	}
}

// A create whose answer is lost is found again, also beside a twin of the same
// name.
func TestApp_twinsWithOneAnswerLost(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	ethora.Faults(t, control.FaultRule{Method: "POST", Path: "^/v2/apps$", Times: 1, Drop: "after"})
	config := ethora.Provider() + `
resource "chat_ethora_app" "twin" {
  count        = 2
  display_name = "Twin"
}
`
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{{
			Config: config,
			Check: func(state *terraform.State) error {
				ids := map[string]bool{}
				for _, resource := range state.RootModule().Resources {
					ids[resource.Primary.ID] = true
				}
				if len(ids) != 2 || len(activeApps(ethora)) != 2 {
					return fmt.Errorf("the state has %d apps and the server %d, want 2 and 2", len(ids), len(activeApps(ethora)))
				}
				return nil
			},
		}},
		CheckDestroy: noAppLeft(ethora),
	})
}

// fault is one way in which a call goes wrong.
type fault struct {
	name     string
	rule     control.FaultRule
	survived bool   // one such fault goes unnoticed, whatever the call
	want     string // otherwise: what the error says
}

const proxyPage = "<html><body>502 from the proxy</body></html>"

// faults is the fault table; each goes wrong once.
var faults = []fault{
	{name: "429 with Retry-After", rule: control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}}, survived: true},
	{name: "503", rule: control.FaultRule{Status: 503}, survived: true},
	{name: "HTML 502", rule: control.FaultRule{Status: 502, Body: proxyPage, Headers: map[string]string{"Content-Type": "text/html"}}, survived: true},
	{name: "cut before commit", rule: control.FaultRule{Drop: "before"}, survived: true},
	{name: "cut after commit", rule: control.FaultRule{Drop: "after"}, survived: true},
	{name: "broken JSON", rule: control.FaultRule{Status: 200, Body: `{"app": {"_id"`}, want: "cannot be read"},
	{name: "HTML 200", rule: control.FaultRule{Status: 200, Body: proxyPage}, want: "cannot be read"},
	{name: "empty 200", rule: control.FaultRule{Status: 200, Empty: true}, want: "cannot be read"},
	{name: "broken JSON after commit", rule: control.FaultRule{Body: `{"app": {"_id"`}, want: "cannot be read"},
	{name: "empty answer after commit", rule: control.FaultRule{Empty: true}, want: "cannot be read"},
	{name: "500", rule: control.FaultRule{Status: 500, Body: `{"success":false,"error":"boom"}`}, want: "boom"},
	{name: "401", rule: control.FaultRule{Status: 401, Body: `{"error":"Unauthorized"}`}, want: "Ethora does not accept the provider's token."},
	{name: "403", rule: control.FaultRule{Status: 403, Body: `{"error":"Forbidden"}`}, want: "may manage itself and the apps below it"},
}

// on is the fault on a method and path.
func (f fault) on(method, path string) control.FaultRule {
	rule := f.rule
	rule.Method, rule.Path, rule.Times = method, path, 1
	return rule
}

// Whatever goes wrong in a creation: nothing is made twice or lost, and the
// next apply ends well. After a gateway's error the server may still be at work,
// so that the creation is not sent again.
func TestApp_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			ethora.Faults(t, fault.on("POST", "^/v2/apps$"))
			if fault.rule.Status >= 502 {
				fault.survived, fault.want = false, "the request may have been carried out all the same"
			}
			config := acctest.Object{"display_name": "Acme"}
			app := p.Apply(t.Context(), "chat_ethora_app", config, nil)
			app.Problems = secretAside(t, app)
			if fault.survived && len(app.Problems) > 0 {
				t.Errorf("not survived: %q", app.Problems)
			}
			if len(app.Problems) > 0 && !strings.Contains(app.Problems[0], fault.want) {
				t.Errorf("got %q, want %q", app.Problems, fault.want)
			}
			if sent := ethora.Count("POST", "^/v2/apps$"); fault.rule.Status >= 502 && (sent != 1 || len(app.Problems) != 1) {
				t.Errorf("after a gateway's error the creation was sent %d times, problems %q", sent, app.Problems)
			}
			if left := len(activeApps(ethora)); app.State == nil && left != 0 {
				t.Errorf("the failed creation left %d apps that no state knows", left)
			}
			prior := &app
			if app.State == nil {
				prior = nil
			}
			app = p.Apply(t.Context(), "chat_ethora_app", config, prior)
			if len(app.Problems) > 0 || len(activeApps(ethora)) != 1 {
				t.Errorf("after the next apply there are %d apps, problems %q", len(activeApps(ethora)), app.Problems)
			}
		})
	}
}

func TestApp_updateReadAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
			path := "^/v2/apps/" + attribute(app.State, "id") + "$"

			ethora.Faults(t, fault.on("GET", path))
			read := p.Refresh(t.Context(), "chat_ethora_app", app)
			if read.State == nil {
				t.Fatalf("a failed read dropped the app from the state: %q", read.Problems)
			}
			checkFault(t, "read", fault, read.Problems)

			config := acctest.Object{"display_name": "Acme", "tagline": "two"}
			ethora.Faults(t, fault.on("PATCH", path))
			changed := p.Apply(t.Context(), "chat_ethora_app", config, &app)
			if fault.survived {
				checkFault(t, "update", fault, changed.Problems)
			}
			changed = p.Apply(t.Context(), "chat_ethora_app", config, &app)
			if len(changed.Problems) > 0 || appNamed(ethora, "Acme").Attributes["appTagline"] != "two" {
				t.Errorf("the next apply did not converge: %q", changed.Problems)
			}

			ethora.Faults(t, fault.on("DELETE", path))
			gone := p.Apply(t.Context(), "chat_ethora_app", nil, &changed)
			if fault.survived {
				checkFault(t, "delete", fault, gone.Problems)
			}
			if gone.State == nil && len(activeApps(ethora)) != 0 {
				t.Error("the app left the state and stayed on the server")
			}
			if gone = p.Apply(t.Context(), "chat_ethora_app", nil, &changed); len(gone.Problems) > 0 || len(activeApps(ethora)) != 0 {
				t.Errorf("the next destroy did not converge: %q", gone.Problems)
			}
		})
	}
}

// checkFault fails unless one fault was survived, or told as the table says.
func checkFault(t *testing.T, what string, fault fault, problems []string) {
	t.Helper()
	switch {
	case fault.survived && len(problems) > 0:
		t.Errorf("the %s did not survive: %q", what, problems)
	case !fault.survived && (len(problems) != 1 || !strings.Contains(problems[0], fault.want)):
		t.Errorf("the %s says %q, want %q", what, problems, fault.want)
	}
}

// A route that is missing says nothing about the app: it stays in the state.
func TestApp_readOfMissingRoute(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
	ethora.Faults(t, control.FaultRule{Method: "GET", Status: 404, Body: "<html>404 nginx</html>"})
	read := p.Refresh(t.Context(), "chat_ethora_app", app)
	if read.State == nil || len(read.Problems) != 1 {
		t.Errorf("a proxy's 404 gave state %v, problems %q", read.State, read.Problems)
	}
}

// The app is archived between the plan and the update.
func TestApp_archivedInMidAir(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
	ethora.Edit(t, "DELETE", "/v2/apps/"+attribute(app.State, "id"), nil)
	changed := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "tagline": "two"}, &app)
	if len(changed.Problems) != 1 || !strings.Contains(changed.Problems[0], "archived") || changed.State == nil {
		t.Errorf("got %q and state %v", changed.Problems, changed.State)
	}
	if gone := p.Refresh(t.Context(), "chat_ethora_app", changed); gone.State != nil {
		t.Error("the next refresh keeps an archived app")
	}
}

// Somebody sets what Terraform left unset, between a saved plan and its apply.
// That is a warning, not Terraform's "Provider produced inconsistent result",
// and no value is shown, for it may be secret.
func TestApp_editedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	config := func(displayName string) string {
		return acctest.RequiredProviders + ethora.Provider() + `resource "chat_ethora_app" "acme" { display_name = "` + displayName + `" }`
	}
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": config("Acme")})
	workspace.Must("apply", "-auto-approve", "-no-color")
	workspace.Write("main.tf", config("Ajax"))
	workspace.Must("plan", "-no-color", "-out=saved.tfplan")
	ethora.Edit(t, "PATCH", "/v2/apps/"+appNamed(ethora, "Acme").ID, map[string]any{"broadcastSender": map[string]any{"name": "CANARY"}})
	output := workspace.Must("apply", "-no-color", "saved.tfplan")
	for _, want := range []string{"Warning: Ethora stored another value", "For broadcast_sender it answered another value than it was asked to store. The next plan will show the difference."} {
		if !says(want).MatchString(output) {
			t.Errorf("the apply does not say %q:\n%s", want, output)
		}
	}
	if strings.Contains(output, "CANARY") {
		t.Errorf("the apply shows the value:\n%s", output)
	}
	if app := appNamed(ethora, "Ajax"); app == nil || app.Attributes["broadcastSender"].(map[string]any)["name"] != "CANARY" {
		t.Errorf("the server holds %+v", app)
	}
	workspace.MustPlanEmpty() // the sender is left out, so it is left alone
}

// A value that the server keeps otherwise is not shown, neither as wanted nor
// as stored.
func TestApp_storedOtherwiseShowsNoValue(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
	ethora.Faults(t, control.FaultRule{Method: "GET", Path: "^/v2/apps/", Status: 200,
		Body: `{"app":{"_id":"` + attribute(app.State, "id") + `","displayName":"Acme","googleServicesJson":"CANARY-STORED"}}`})
	changed := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "google_services_json": "CANARY-WANTED"}, &app)
	want := "WARNING Ethora stored another value: For google_services_json it answered another value than it was asked to store. The next plan will show the difference."
	if !slices.Contains(changed.Problems, want) || changed.State["google_services_json"] != "CANARY-WANTED" {
		t.Errorf("the state holds %v and the problems are %q", changed.State["google_services_json"], changed.Problems)
	}
	if strings.Contains(strings.Join(changed.Problems, "\n"), "CANARY") {
		t.Errorf("a value is shown: %q", changed.Problems)
	}
}

// Ctrl-C during a creation: the app is in the state, and it is complete, for a
// tainted one would be archived together with its domain name.
func TestApp_createCancelled(t *testing.T) {
	t.Parallel()
	for name, moment := range map[string]struct{ method, path string }{
		"during the creation":  {"POST", "^/v2/apps$"},
		"during the update":    {"PATCH", "^/v2/apps/"},
		"during the last read": {"GET", "^/v2/apps/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			ethora.Faults(t, control.FaultRule{Method: moment.method, Path: moment.path, LatencyMS: 100})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				waitFor(func() bool { return ethora.Count(moment.method, moment.path) > 0 })
				cancel()
			}()
			config := acctest.Object{"display_name": "Acme", "domain_name": "acme", "after_login_page": "chats"}
			app := p.Apply(ctx, "chat_ethora_app", config, nil)
			if left := activeApps(ethora); len(left) != 1 || attribute(app.State, "id") != left[0].ID {
				t.Errorf("%d apps exist and the state has %q", len(left), attribute(app.State, "id"))
			}
			if len(app.Problems) > 0 {
				t.Errorf("the app is tainted: %q", app.Problems)
			}
			if read := p.Refresh(t.Context(), "chat_ethora_app", app); !reflect.DeepEqual(read.State, app.State) {
				t.Errorf("the state is %v, read is %v", app.State, read.State)
			}
		})
	}
}

// A creation whose last read fails is complete all the same.
func TestApp_readAfterCreateFails(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			p := ethora.Protocol(t)
			ethora.Faults(t, fault.on("GET", "^/v2/apps/"))
			app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "domain_name": "acme"}, nil)
			if len(app.Problems) > 0 {
				t.Errorf("the app is tainted: %q", app.Problems)
			}
			read := p.Refresh(t.Context(), "chat_ethora_app", app)
			again := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "domain_name": "acme"}, &read)
			if !reflect.DeepEqual(again.State, app.State) {
				t.Errorf("the state was %v and is %v", app.State, again.State)
			}
		})
	}
}

// A creation that takes longer than its timeout, but is on the wire, is kept.
func TestApp_timeouts(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	config := acctest.Object{"display_name": "Acme", "timeouts": acctest.Object{"create": "500ms", "update": "500ms"}}
	ethora.Faults(t, control.FaultRule{Method: "POST", LatencyMS: 900})
	app := p.Apply(t.Context(), "chat_ethora_app", config, nil)
	if left := activeApps(ethora); len(left) != 1 || attribute(app.State, "id") != left[0].ID {
		t.Fatalf("%d apps exist and the state has %q; problems %q", len(left), attribute(app.State, "id"), app.Problems)
	}
	ethora.Faults(t, control.FaultRule{Method: "PATCH", LatencyMS: 3000})
	changed := p.Apply(t.Context(), "chat_ethora_app", with(config, acctest.Object{"tagline": "two"}), &app)
	if len(changed.Problems) != 1 || !strings.Contains(changed.Problems[0], "The time allowed for this operation ran out.") || changed.State == nil {
		t.Errorf("the slow update says %q and keeps %v", changed.Problems, changed.State)
	}
}

// What is not known at plan time is no error, and is sent when it is known.
func TestApp_unknownValues(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	const name = "chat_ethora_app.acme"
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{{
			Config: ethora.Provider() + `
resource "terraform_data" "brand" {
  input = { color = "#1F6FEB", domain = "acme", option = "google", sender = "News", hard = true }
}
resource "chat_ethora_app" "acme" {
  display_name     = "Acme"
  primary_color    = terraform_data.brand.output.color
  domain_name      = terraform_data.brand.output.domain
  sign_on_options  = [terraform_data.brand.output.option]
  broadcast_sender = { name = terraform_data.brand.output.sender }
  hard_delete      = terraform_data.brand.output.hard
}
`,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(name, tfjsonpath.New("primary_color")),
			}},
			Check: resource.ComposeTestCheckFunc(
				resource.TestCheckResourceAttr(name, "primary_color", "#1F6FEB"),
				resource.TestCheckResourceAttr(name, "sign_on_options.0", "google"),
				resource.TestCheckResourceAttr(name, "broadcast_sender.name", "News")),
		}},
		CheckDestroy: noAppLeft(ethora),
	})
}

// What Ethora takes only after the creation may be refused. The app is then
// tainted, and completed in place by those who untaint it.
func TestApp_untainted(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	ethora.Faults(t, control.FaultRule{Method: "PATCH", Times: 1, Status: 422, Body: `{"success":false,"error":"\"afterLoginPage\" is not allowed"}`})
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + ethora.Provider() + `
resource "chat_ethora_app" "acme" {
  display_name     = "Acme"
  domain_name      = "acme"
  after_login_page = "chats"
}
`})
	output, code := workspace.Run("apply", "-no-color", "-auto-approve")
	for _, want := range []string{`Can't finish creating Ethora app "Acme"`, "run terraform untaint on this resource and apply again"} {
		if code == 0 || !says(want).MatchString(output) {
			t.Errorf("the apply does not say %q:\n%s", want, output)
		}
	}
	workspace.Must("untaint", "chat_ethora_app.acme")
	workspace.Must("apply", "-no-color", "-auto-approve")
	workspace.MustPlanEmpty()
	if apps := ethora.Snapshot().Apps; len(apps) != 2 || appNamed(ethora, "Acme").Attributes["afterLoginPage"] != "chats" {
		t.Errorf("there are %d apps, want the base app and a complete Acme", len(apps))
	}
}

// The server dies with the answer: nobody can know, and the error says so.
func TestApp_outcomeUnknown(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	p := ethora.Protocol(t)
	ethora.Faults(t, control.FaultRule{Method: "POST", Drop: "after"}, control.FaultRule{Drop: "before"})
	app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
	if len(app.Problems) != 1 || !strings.Contains(app.Problems[0], `he answer to the creation of app "Acme" was lost, and so it is not known whether it exists`) ||
		!strings.Contains(app.Problems[0], "Look on the server before you apply again") || strings.Contains(app.Problems[0], "run the same command again") {
		t.Errorf("got %q, want to be told to look first", app.Problems)
	}
	if sent := ethora.Count("POST", "^/v2/apps$"); sent != 1 {
		t.Errorf("the creation was sent %d times without knowing what became of it", sent)
	}
}
