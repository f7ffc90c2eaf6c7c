package ethora_test

import (
	"context"
	"fmt"
	"net/http"
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
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

const roomType = "chat_ethora_room"

// noRooms checks that destroy has left none of the tenant's rooms.
func (e tenant) noRooms(appID string) func(*terraform.State) error {
	return func(*terraform.State) error {
		if app := e.Snapshot().App(appID); app != nil && len(app.Rooms) > 0 {
			return fmt.Errorf("rooms are left: %v", app.Rooms)
		}
		return nil
	}
}

func value(address, attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), check)
}

func text(value string) knownvalue.Check { return knownvalue.StringExact(value) }

// plans expects one action in the plan of a step.
func plans(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

func TestRoom_minimalThenUpdatedInPlace(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	patch := "/v2/apps/" + app + "/chats/" + app + "_support"
	room := func(attributes string) string {
		return e.Provider() + `resource "chat_ethora_room" "support" {
  room_id = "support"
  ` + attributes + `
}`
	}
	patched := func(want ...map[string]any) resource.TestCheckFunc {
		return func(*terraform.State) error {
			defer e.ResetRequests()
			bodies := e.bodies("PATCH", patch)
			if len(bodies) != len(want) {
				return fmt.Errorf("PATCH was called %d times: %v", len(bodies), bodies)
			}
			for i, body := range bodies {
				if !reflect.DeepEqual(body, want[i]) {
					return fmt.Errorf("PATCH sent %v, want %v", body, want[i])
				}
			}
			return nil
		}
	}
	const address = "chat_ethora_room.support"
	acctest.Run(t, resource.TestCase{
		CheckDestroy: e.noRooms(app),
		Steps: []resource.TestStep{
			{
				Config: room(`title = "Support"`),
				ConfigStateChecks: []statecheck.StateCheck{
					value(address, "id", text(app+"/support")),
					value(address, "app_id", text(app)),
					value(address, "title", text("Support")),
					value(address, "description", text("")),
					value(address, "type", text("group")),
					value(address, "picture_url", text("")),
					value(address, "name", text(app+"_support")),
					value(address, "jid", text(app+"_support@conference.xmpp.chat.ethora.com")),
				},
				Check: patched(),
			},
			{
				Config:           room(`title = "Help"`),
				ConfigPlanChecks: plans(address, plancheck.ResourceActionUpdate),
				Check:            patched(map[string]any{"title": "Help"}),
			},
			{
				Config:           room("title = \"Help\"\n  description = \"We answer\""),
				ConfigPlanChecks: plans(address, plancheck.ResourceActionUpdate),
				Check:            patched(map[string]any{"description": "We answer"}),
			},
			{ // Left out: what the server has stays.
				Config:           room(`title = "Help"`),
				ConfigPlanChecks: plans(address, plancheck.ResourceActionNoop),
				Check:            patched(),
			},
			{
				Config:            room("title = \"Help\"\n  description = \"\""),
				ConfigPlanChecks:  plans(address, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{value(address, "description", text(""))},
				Check:             patched(map[string]any{"description": ""}),
			},
			{ // Timeouts are Terraform's own affair.
				Config:           room("title = \"Help\"\n  timeouts = { update = \"1m\" }"),
				ConfigPlanChecks: plans(address, plancheck.ResourceActionUpdate),
				Check:            patched(),
			},
		},
	})
}

func TestRoom_allAttributesAndReplacements(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app, other := e.addApp(t, "Acme"), e.addApp(t, "Other")
	room := func(appID, roomID, kind, picture string) string {
		return e.Provider() + fmt.Sprintf(`resource "chat_ethora_room" "this" {
  app_id      = %q
  room_id     = %q
  title       = "Support"
  description = "We answer"
  type        = %q
  picture_url = %q
}`, appID, roomID, kind, picture)
	}
	const address = "chat_ethora_room.this"
	replaced := plans(address, plancheck.ResourceActionReplace)
	onlyRoom := func(appID, roomID, kind, picture string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			rooms := slices.Concat(e.Snapshot().App(app).Rooms, e.Snapshot().App(other).Rooms)
			if len(rooms) != 1 || rooms[0].Name != appID+"_"+roomID || rooms[0].Type != kind || rooms[0].Picture != picture {
				return fmt.Errorf("the server holds %+v", rooms)
			}
			return nil
		}
	}
	const cat, dog = "https://example.com/cat.png", "https://example.com/dog.png"
	acctest.Run(t, resource.TestCase{
		CheckDestroy: e.noRooms(other),
		Steps: []resource.TestStep{
			{
				Config: room(app, "support", "public", cat),
				ConfigStateChecks: []statecheck.StateCheck{
					value(address, "id", text(app+"/support")),
					value(address, "description", text("We answer")),
					value(address, "type", text("public")),
					value(address, "picture_url", text(cat)),
				},
				Check: func(*terraform.State) error {
					bodies := e.bodies("POST", "/v2/apps/"+app+"/chats")
					want := map[string]any{"uuid": "support", "title": "Support", "description": "We answer", "type": "public", "picture": cat}
					if len(bodies) != 1 || !reflect.DeepEqual(bodies[0], want) {
						return fmt.Errorf("the creations sent %v, want once %v", bodies, want)
					}
					return nil
				},
			},
			{Config: room(app, "help", "public", cat), ConfigPlanChecks: replaced, Check: onlyRoom(app, "help", "public", cat)},
			{Config: room(app, "help", "group", cat), ConfigPlanChecks: replaced, Check: onlyRoom(app, "help", "group", cat)},
			{Config: room(app, "help", "group", dog), ConfigPlanChecks: replaced, Check: onlyRoom(app, "help", "group", dog)},
			{Config: room(other, "help", "group", dog), ConfigPlanChecks: replaced, Check: onlyRoom(other, "help", "group", dog)},
		},
	})
}

func TestRoom_appKnownAfterApply(t *testing.T) {
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
  title   = chat_ethora_app.acme.display_name
}`,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue("chat_ethora_room.support", tfjsonpath.New("app_id")),
				plancheck.ExpectUnknownValue("chat_ethora_room.support", tfjsonpath.New("id")),
			}},
			Check: resource.TestCheckResourceAttrPair("chat_ethora_room.support", "app_id", "chat_ethora_app.acme", "id"),
		}},
	})
}

// Every spelling of a room that Ethora's own tools print can be imported.
func TestRoom_import(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	name := app + "_support"
	config := e.Provider() + `resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}`
	const address = "chat_ethora_room.support"
	steps := []resource.TestStep{{Config: config}}
	for _, id := range []string{
		app + "/support",
		app + "/" + name,
		app + "/" + app + "_" + name, // old data holds the prefix twice
		app + "/" + name + "@conference.xmpp.chat.ethora.com",
		name,
		name + "@conference.xmpp.chat.ethora.com",
	} {
		steps = append(steps, resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: id, ImportStateVerify: true,
		})
	}
	steps = append(steps,
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: app + "/support",
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: app + "/nowhere",
			ExpectError: regexp.MustCompile(`(?s)Cannot import non-existent remote object`),
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: "support",
			ExpectError: regexp.MustCompile(`(?s)Malformed import id.*"support"\s+is\s+not\s+of\s+the\s+form\s+<app_id>/<room_id>`),
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: "acme/support",
			ExpectError: regexp.MustCompile(`(?s)The\s+app\s+id\s+acme\s+is\s+not\s+one\s+of\s+Ethora's:\s+it\s+must\s+have\s+24\s+characters`),
		},
	)
	acctest.Run(t, resource.TestCase{CheckDestroy: e.noRooms(app), Steps: steps})
}

func TestRoom_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + `resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}`,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity("chat_ethora_room.support", map[string]knownvalue.Check{"app_id": text(app), "room_id": text("support")}),
				},
			},
			{ResourceName: "chat_ethora_room.support", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestRoom_identityByProtocol(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	identity := acctest.Object{"app_id": e.AppID(), "room_id": "support"}

	created := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
	if created.Problems != nil || !reflect.DeepEqual(created.Identity, identity) {
		t.Fatalf("created with identity %v: %v", created.Identity, created.Problems)
	}
	imported := p.Import(t.Context(), roomType, "", identity)
	if imported.Problems != nil || !reflect.DeepEqual(imported.Identity, identity) || !reflect.DeepEqual(imported.State, created.State) {
		t.Errorf("imported %v with identity %v: %v", imported.State, imported.Identity, imported.Problems)
	}
	updated := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Help"}, &created)
	if updated.Problems != nil || !reflect.DeepEqual(updated.Identity, identity) {
		t.Errorf("updated with identity %v: %v", updated.Identity, updated.Problems)
	}
}

func TestRoom_deletedBehindTheBack(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := e.Provider() + `resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}`
	acctest.Run(t, resource.TestCase{
		CheckDestroy: e.noRooms(e.AppID()),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:          func() { e.deleteRoom(t, e.AppID(), "support") },
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("chat_ethora_room.support", plancheck.ResourceActionCreate),
				}},
			},
			{Config: config, ConfigPlanChecks: plans("chat_ethora_room.support", plancheck.ResourceActionCreate)},
		},
	})
}

// A room can be gone for three reasons, and the warning names the one.
func TestRoom_goneSaysWhy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		remove func(tenant, string)
		reason string
	}{
		"deleted":  {func(e tenant, app string) { e.deleteRoom(t, app, "support") }, "Ethora does not know it any more."},
		"archived": {func(e tenant, app string) { e.Edit(t, "DELETE", "/v2/apps/"+app, nil) }, "The app it belongs to is archived."},
		"purged":   {func(e tenant, app string) { e.Edit(t, "DELETE", "/v2/apps/"+app+"?mode=hard", nil) }, "The app it belongs to is gone."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			app := e.addApp(t, "Acme")
			p := e.Protocol(t)
			room := p.Apply(t.Context(), roomType, acctest.Object{"app_id": app, "room_id": "support", "title": "Support"}, nil)
			test.remove(e, app)
			gone := p.Refresh(t.Context(), roomType, room)
			want := fmt.Sprintf(`WARNING Ethora room "support" of app %s no longer exists: %s It is removed from the state. `+
				"If it is still in the configuration, the plan proposes to create it again; if that is not wanted, take it out of the configuration.", app, test.reason)
			if gone.State != nil || !slices.Equal(gone.Problems, []string{want}) {
				t.Errorf("the state holds %v and the problems are %q, want %q", gone.State, gone.Problems, want)
			}
			if destroyed := p.Apply(t.Context(), roomType, nil, &room); destroyed.State != nil || destroyed.Problems != nil {
				t.Errorf("destroying what is gone: %v %v", destroyed.State, destroyed.Problems)
			}
		})
	}
}

// What others change shows up as drift of exactly that attribute, and apply
// heals it.
func TestRoom_drift(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	path := "/v2/apps/" + app + "/chats/" + app + "_support"
	config := e.Provider() + `resource "chat_ethora_room" "support" {
  room_id     = "support"
  title       = "Support"
  description = "We answer"
  type        = "public"
  picture_url = "https://example.com/cat.png"
}`
	const address = "chat_ethora_room.support"
	again := func(changed map[string]any) func() {
		return func() {
			room := map[string]any{"uuid": "support", "title": "Support", "description": "We answer", "type": "public", "picture": "https://example.com/cat.png"}
			for key, value := range changed {
				room[key] = value
			}
			e.deleteRoom(t, app, "support")
			e.Edit(t, "POST", "/v2/apps/"+app+"/chats", room)
			e.ResetRequests()
		}
	}
	edit := func(body map[string]any) func() {
		return func() { e.Edit(t, "PATCH", path, body); e.ResetRequests() }
	}
	healed := func(body map[string]any) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if bodies := e.bodies("PATCH", path); len(bodies) != 1 || !reflect.DeepEqual(bodies[0], body) {
				return fmt.Errorf("PATCH sent %v, want once %v", bodies, body)
			}
			return nil
		}
	}
	update, replace := plans(address, plancheck.ResourceActionUpdate), plans(address, plancheck.ResourceActionReplace)
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: edit(map[string]any{"title": "Hijacked"}), Config: config, ConfigPlanChecks: update, Check: healed(map[string]any{"title": "Support"})},
			{PreConfig: edit(map[string]any{"description": ""}), Config: config, ConfigPlanChecks: update, Check: healed(map[string]any{"description": "We answer"})},
			// Nobody can change these two in place, so somebody made the room anew.
			{PreConfig: again(map[string]any{"type": "group"}), Config: config, ConfigPlanChecks: replace},
			{PreConfig: again(map[string]any{"picture": "https://example.com/dog.png"}), Config: config, ConfigPlanChecks: replace},
			{PreConfig: again(nil), Config: config, ConfigPlanChecks: plans(address, plancheck.ResourceActionNoop)},
		},
	})
}

// Whatever can be known without the network is refused in the plan, before any
// request.
func TestRoom_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	good := map[string]string{"room_id": "support", "title": "Support"}
	var steps []resource.TestStep
	for _, test := range []struct{ attribute, value, message string }{
		{"app_id", "acme", `Attribute app_id must be an Ethora app id: 24 characters, each 0-9 or a-f,\s+got: acme`},
		{"room_id", "", `"" can't be an id. It must have 1 to 255 characters, no spaces and none of "\s+& ' / : < > @`},
		{"room_id", "two words", `"two words" can't be an id`},
		{"room_id", "a/b", `"a/b" can't be an id`},
		{"room_id", strings.Repeat("x", 256), `can't be an\s+id. It must have 1 to 255 characters`},
		{"room_id", e.AppID() + "_support", `(?s)Not a plain id.*looks like an XMPP name or address. Write\s+the\s+plain id alone: of "<app id>_ann@host" it is "ann". The function\s+provider::chat::ethora_parse_name takes such a name apart`},
		{"room_id", "support@conference.xmpp.chat.ethora.com", `(?s)Not a plain id.*looks like an XMPP name`},
		{"title", "", `Attribute title string length must be at least 1, got: 0`},
		{"title", " Support", `" Support" begins or ends with a space. Write it with no spaces at the\s+beginning or the end`},
		{"type", "private", `Attribute type value must be one of: \["group" "public"\], got: "private"`},
		{"picture_url", "", `Attribute picture_url string length must be at least 1, got: 0`},
	} {
		config := e.Provider() + "resource \"chat_ethora_room\" \"this\" {\n"
		attributes := map[string]string{test.attribute: test.value}
		for name, value := range good {
			if name != test.attribute {
				attributes[name] = value
			}
		}
		for name, value := range attributes {
			config += fmt.Sprintf("  %s = %q\n", name, value)
		}
		steps = append(steps, resource.TestStep{Config: config + "}", PlanOnly: true, ExpectError: regexp.MustCompile(test.message)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	if calls := e.calls(); calls != "" {
		t.Errorf("bad input was sent to the server:\n%s", calls)
	}
}

// A room id that is taken is left to its owner; the error shows the command
// that takes the room over, and that command works.
func TestRoom_takenIsImported(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addRoom(t, e.AppID(), "support")
	config := acctest.RequiredProviders + `
provider "chat" {
  ethora = {}
}

resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}`
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": config}, e.Environment()...)

	output, code := w.Run("apply", "-auto-approve", "-no-color")
	command := regexp.MustCompile(`terraform import <address of this resource> '([^']*)'`).FindStringSubmatch(output)
	if code != 1 || command == nil || !strings.Contains(output, `Can't create Ethora room "support"`) {
		t.Fatalf("exit code %d without the import command:\n%s", code, output)
	}
	if title := e.room(e.AppID(), "support").Title; title != "Room support" {
		t.Errorf("the owner's room was changed: its title is %q", title)
	}
	w.Must("import", "-no-color", "chat_ethora_room.support", command[1])
	w.Must("apply", "-auto-approve", "-no-color")
	w.MustPlanEmpty()
	if title := e.room(e.AppID(), "support").Title; title != "Support" {
		t.Errorf("the imported room was not updated: its title is %q", title)
	}
}

// The 250th room of an app is found, whatever the server's page size is.
func TestRoom_manyPages(t *testing.T) {
	t.Parallel()
	for _, pageLimit := range []int{100, 30} {
		t.Run(fmt.Sprint(pageLimit), func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, mock.Settings{PageLimit: pageLimit})
			for _, id := range numbered("room", 250) {
				e.addRoom(t, e.AppID(), id)
			}
			p := e.Protocol(t)
			last := p.Import(t.Context(), roomType, e.AppID()+"/room-249", nil)
			if last.Problems != nil || last.State["title"] != "Room room-249" {
				t.Fatalf("the last room was read as %v: %v", last.State, last.Problems)
			}
			pages := (250 + pageLimit - 1) / pageLimit
			if count := e.Count("GET", "/chats$"); count != pages {
				t.Errorf("%d pages were read, want %d", count, pages)
			}
		})
	}
}

// A listing that breaks off says nothing about the room: it stays in the state.
func TestRoom_brokenListIsNoAbsence(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"404 on page 2":     {Status: 404, Body: `{"success":false,"error":"Not found"}`, Skip: 1},
		"empty on page 2":   {Status: 200, Empty: true, Skip: 1},
		"no list":           {Status: 200, Body: `{"ok":true}`},
		"HTML":              {Status: 200, Body: "<html><body>Sign in</body></html>", Headers: map[string]string{"Content-Type": "text/html"}},
		"broken JSON":       {Status: 200, Body: `{"results":[{"name":`},
		"503":               {Status: 503},
		"401":               {Status: 401, Body: `{"success":false,"error":"Unauthorized","code":"TOKEN_MISSING"}`},
		"403":               {Status: 403, Body: `{"success":false,"error":"Forbidden"}`},
		"connection cut":    {Drop: "before"},
		"page 2 repeats 1":  {Status: 200, Skip: 1, Body: `{"results":[{"name":"x","title":"X"}],"total":500}`},
		"rows without name": {Status: 200, Body: `{"results":[{"title":"X"}],"total":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			p := e.Protocol(t)
			room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "zoo", "title": "Zoo"}, nil)
			for _, id := range numbered("room", 150) {
				e.addRoom(t, e.AppID(), id)
			}
			e.deleteRoom(t, e.AppID(), "zoo") // made anew, so that it stands on page 2
			e.Edit(t, "POST", "/v2/apps/"+e.AppID()+"/chats", map[string]any{"uuid": "zoo", "title": "Zoo"})
			fault.Method, fault.Path = "GET", "/chats$"
			e.Faults(t, fault)

			read := p.Refresh(t.Context(), roomType, room)
			if !reflect.DeepEqual(read.State, room.State) || len(read.Problems) != 1 || !strings.HasPrefix(read.Problems[0], `ERROR Can't read Ethora room "zoo"`) {
				t.Errorf("read %v: %v", read.State, read.Problems)
			}
			e.Faults(t)
			if read = p.Refresh(t.Context(), roomType, room); read.Problems != nil {
				t.Errorf("and afterwards: %v", read.Problems)
			}
		})
	}
}

// Where the server can tell one room, it is asked for that one alone; where it
// can't, it is asked only once whether it can, and the list that is read instead
// answers as long as it is fresh.
func TestRoom_readsOneRoomWhereItCan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings mock.Settings
		direct   int
		lists    int
	}{
		"get-one route":    {mock.Settings{GetChat: true}, 3, 0},
		"no get-one route": {mock.Settings{}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, test.settings)
			p := e.Protocol(t)
			room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
			e.ResetRequests()
			for range 3 {
				if read := p.Refresh(t.Context(), roomType, room); read.Problems != nil || !reflect.DeepEqual(read.State, room.State) {
					t.Fatalf("read %v: %v", read.State, read.Problems)
				}
			}
			direct, lists := e.Count("GET", "/chats/"+e.AppID()+"_support$"), e.Count("GET", "/chats$")
			if direct != test.direct || lists != test.lists {
				t.Errorf("%d direct reads and %d listings, want %d and %d:\n%s", direct, lists, test.direct, test.lists, e.calls())
			}
		})
	}
}

// Create, refresh and destroy cost a known number of calls.
func TestRoom_requestCounts(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{GetChat: true})
	p := e.Protocol(t)
	chats := "/v2/apps/" + e.AppID() + "/chats"
	one := chats + "/" + e.AppID() + "_support"

	expect := func(operation, want string) {
		t.Helper()
		if calls := e.calls(); calls != want {
			t.Errorf("%s made these calls:\n%s\nwant:\n%s", operation, calls, want)
		}
		e.ResetRequests()
	}
	room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
	expect("create", "GET /v1/apps/get-config 200\nPOST "+chats+" 200")
	room = p.Refresh(t.Context(), roomType, room)
	expect("refresh", "GET "+one+" 200")
	room = p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Help"}, &room)
	expect("update", "PATCH "+one+" 200")
	room = p.Apply(t.Context(), roomType, nil, &room)
	// A deletion is looked after by the list, which all who delete rooms share.
	expect("destroy", "DELETE "+chats+" 200\nGET "+chats+" 200")
	if room.State != nil || room.Problems != nil {
		t.Errorf("destroy left %v: %v", room.State, room.Problems)
	}
}

// The host in the JID is the configured one, else the server's, else the
// cloud's.
func TestRoom_xmppHost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		override string
		settings mock.Settings
		fault    *control.FaultRule
		host     string
		asked    int
	}{
		"told":           {settings: mock.Settings{XMPPHost: "xmpp.acme.example"}, host: "xmpp.acme.example", asked: 1},
		"configured":     {override: "chat.acme.example", settings: mock.Settings{XMPPHost: "xmpp.acme.example"}, host: "chat.acme.example", asked: 0},
		"no such call":   {fault: &control.FaultRule{Status: 404}, host: "xmpp.chat.ethora.com", asked: 1},
		"told in no way": {fault: &control.FaultRule{Status: 200, Body: `{"result":{"_id":"1"}}`}, host: "xmpp.chat.ethora.com", asked: 1},
		"a web page":     {fault: &control.FaultRule{Status: 200, Body: "<html></html>"}, host: "xmpp.chat.ethora.com", asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, test.settings)
			if test.fault != nil {
				test.fault.Path = "get-config"
				e.Faults(t, *test.fault)
			}
			p := acctest.NewProtocol(t)
			settings := acctest.Object{"api_url": e.URL, "app_id": e.AppID(), "app_secret": e.AppSecret()}
			if test.override != "" {
				settings["xmpp_host"] = test.override
			}
			if problems := p.Configure(acctest.Object{"ethora": settings}); problems != nil {
				t.Fatal(problems)
			}
			room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
			if want := e.AppID() + "_support@conference." + test.host; room.Problems != nil || room.State["jid"] != want {
				t.Errorf("the address is %v, want %s: %v", room.State["jid"], want, room.Problems)
			}
			if read := p.Refresh(t.Context(), roomType, room); !reflect.DeepEqual(read.State, room.State) {
				t.Errorf("read %v, created %v", read.State, room.State)
			}
			if count := e.Count("GET", "get-config"); count != test.asked {
				t.Errorf("the host was asked for %d times, want %d", count, test.asked)
			}
		})
	}
}

// A host that can't be asked for now is an error before anything is created.
func TestRoom_xmppHostUnavailable(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Path: "get-config", Status: 503})
	config := acctest.Object{"room_id": "support", "title": "Support"}
	failed := p.Apply(t.Context(), roomType, config, nil)
	if failed.State != nil || len(failed.Problems) != 1 || !strings.Contains(failed.Problems[0], "annot learn the chat host") {
		t.Errorf("created %v: %v", failed.State, failed.Problems)
	}
	if e.room(e.AppID(), "support") != nil {
		t.Error("the room was created although its address is not known")
	}
	e.Faults(t)
	if room := p.Apply(t.Context(), roomType, config, nil); room.Problems != nil {
		t.Errorf("and afterwards: %v", room.Problems)
	}
}

// Each fault of a creation is survived, or is an error that leaves nothing
// behind that Terraform does not know of.
func TestRoom_createFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault control.FaultRule
		error string // "" when the creation survives
	}{
		"429 once":               {control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}, Times: 1}, ""},
		"503 once":               {control.FaultRule{Status: 503, Times: 1}, ""},
		"502 page once":          {control.FaultRule{Status: 502, Body: "<html>Bad gateway</html>", Times: 1}, ""},
		"cut before":             {control.FaultRule{Drop: "before", Times: 1}, ""},
		"cut after":              {control.FaultRule{Drop: "after", Times: 1}, ""},
		"always cut after":       {control.FaultRule{Drop: "after"}, ""},
		"always cut before":      {control.FaultRule{Drop: "before"}, "Can't create Ethora room"},
		"broken JSON, created":   {control.FaultRule{Body: `{"result":`}, ""},
		"web page, created":      {control.FaultRule{Body: "<html></html>"}, ""},
		"empty 200, created":     {control.FaultRule{Empty: true}, ""},
		"empty 200, nothing":     {control.FaultRule{Status: 200, Empty: true}, "Can't create Ethora room"},
		"web page, nothing":      {control.FaultRule{Status: 200, Body: "<html>Sign in</html>"}, "Check that the address is the API's own"},
		"not ok":                 {control.FaultRule{Status: 200, Body: `{"ok":false,"error":"Quota exceeded"}`}, "Quota exceeded"},
		"400":                    {control.FaultRule{Status: 400, Body: `{"success":false,"error":"bad request"}`}, "bad request"},
		"422 names a field":      {control.FaultRule{Status: 422, Body: `{"success":false,"error":"\"title\" length must be less than or equal to 20 characters long","code":"VALIDATION_ERROR"}`}, `"title" length must be less than or equal to 20`},
		"401":                    {control.FaultRule{Status: 401, Body: `{"success":false,"error":"Unauthorized","code":"AUTH_FAILED"}`}, "Ethora does not accept the provider's token"},
		"403":                    {control.FaultRule{Status: 403, Body: `{"success":false,"error":"Forbidden"}`}, "The provider's app may manage itself and the apps below it, and nothing else"},
		"app archived mid-way":   {control.FaultRule{Status: 403, Body: `{"success":false,"error":"App is archived","code":"APP_ARCHIVED"}`}, "App is archived"},
		"501 is not asked again": {control.FaultRule{Status: 501}, "Can't create Ethora room"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			p := e.Protocol(t)
			test.fault.Method, test.fault.Path = "POST", "/chats$"
			e.Faults(t, test.fault)
			config := acctest.Object{"room_id": "support", "title": "Support", "description": "We answer", "type": "public"}
			room := p.Apply(t.Context(), roomType, config, nil)

			exists := e.room(e.AppID(), "support") != nil
			if exists != (room.State != nil) {
				t.Fatalf("the room exists: %t, but the state holds %v: %v", exists, room.State, room.Problems)
			}
			switch {
			case test.error == "" && (room.Problems != nil || !exists):
				t.Errorf("not survived: %v", room.Problems)
			case test.error != "" && (len(room.Problems) != 1 || !strings.Contains(room.Problems[0], test.error)):
				t.Errorf("the problems are %q, want %q", room.Problems, test.error)
			}
			if test.fault.Status == http.StatusNotImplemented && e.Count("POST", "/chats$") != 1 {
				t.Errorf("a 501 was tried %d times", e.Count("POST", "/chats$"))
			}

			e.Faults(t)
			again := p.Apply(t.Context(), roomType, config, &room)
			if again.Problems != nil || len(e.Snapshot().App(e.AppID()).Rooms) != 1 {
				t.Errorf("a second apply did not converge: %v, rooms %v", again.Problems, e.Snapshot().App(e.AppID()).Rooms)
			}
			if read := p.Refresh(t.Context(), roomType, again); !reflect.DeepEqual(read.State, again.State) {
				t.Errorf("a plan would show drift: %v, then %v", again.State, read.State)
			}
		})
	}
}

// Somebody else's room of the same id is not adopted, even when our own answer
// was lost.
func TestRoom_lostAnswerAdoptsNoStranger(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addRoom(t, e.AppID(), "support")
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/chats$", Drop: "before", Times: 1})
	room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
	want := "terraform import <address of this resource> '" + e.AppID() + "/support'"
	if room.State != nil || len(room.Problems) != 1 || !strings.Contains(room.Problems[0], want) {
		t.Errorf("the state holds %v and the problems are %q, want %q", room.State, room.Problems, want)
	}
}

// An update or a deletion that fails keeps the state as it was; the next apply
// converges.
func TestRoom_updateAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault control.FaultRule
		error string // "" when it survives
	}{
		"429 once":         {control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}, Times: 1}, ""},
		"503 once":         {control.FaultRule{Status: 503, Times: 1}, ""},
		"cut before once":  {control.FaultRule{Drop: "before", Times: 1}, ""},
		"cut after once":   {control.FaultRule{Drop: "after", Times: 1}, ""},
		"always 503":       {control.FaultRule{Status: 503}, "run the same command again"},
		"always 429":       {control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}}, "lower -parallelism"},
		"401":              {control.FaultRule{Status: 401, Body: `{"error":"Unauthorized","code":"AUTH_FAILED"}`}, "Ethora does not accept the provider's token"},
		"403":              {control.FaultRule{Status: 403, Body: `{"error":"Forbidden"}`}, "may manage itself and the apps below it"},
		"web page":         {control.FaultRule{Status: 200, Body: "<html>Sign in</html>"}, "Check that the address is the API's own"},
		"not ok":           {control.FaultRule{Status: 200, Body: `{"ok":false,"error":"Try later"}`}, "Try later"},
		"empty 200, taken": {control.FaultRule{Empty: true}, ""},
	} {
		for method, action := range map[string]string{"PATCH": "update", "DELETE": "delete"} {
			t.Run(action+" "+name, func(t *testing.T) {
				t.Parallel()
				e := startTenant(t)
				p := e.Protocol(t)
				room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
				var config acctest.Object
				if action == "update" {
					config = acctest.Object{"room_id": "support", "title": "Help"}
				}
				fault := test.fault
				fault.Method, fault.Path = method, "/chats"
				e.Faults(t, fault)
				changed := p.Apply(t.Context(), roomType, config, &room)
				switch {
				case test.error == "" && changed.Problems != nil:
					t.Errorf("not survived: %v", changed.Problems)
				case test.error != "":
					summary := "ERROR Can't " + action + ` Ethora room "support"`
					if len(changed.Problems) != 1 || !strings.HasPrefix(changed.Problems[0], summary) || !strings.Contains(changed.Problems[0], test.error) {
						t.Errorf("the problems are %q, want %q and %q", changed.Problems, summary, test.error)
					}
					if !reflect.DeepEqual(changed.State, room.State) {
						t.Errorf("the state is %v, but it was %v", changed.State, room.State)
					}
				}
				e.Faults(t)
				if again := p.Apply(t.Context(), roomType, config, &changed); again.Problems != nil {
					t.Errorf("a second apply: %v", again.Problems)
				}
				server := e.room(e.AppID(), "support")
				if action == "update" && (server == nil || server.Title != "Help") || action == "delete" && server != nil {
					t.Errorf("the server holds %+v", server)
				}
			})
		}
	}
}

// Ctrl-C while the creation is on the wire: the room is in the state, or it is
// not there.
func TestRoom_createInterrupted(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/chats$", LatencyMS: 300})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		e.await("POST", "/chats$")
		cancel()
	}()
	room := p.Apply(ctx, roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
	exists := e.room(e.AppID(), "support") != nil
	if exists != (room.State != nil) || !exists {
		t.Errorf("the room exists: %t, and the state holds %v: %v", exists, room.State, room.Problems)
	}
	again := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, &room)
	if again.Problems != nil || len(e.Snapshot().App(e.AppID()).Rooms) != 1 {
		t.Errorf("a second apply: %v, rooms %v", again.Problems, e.Snapshot().App(e.AppID()).Rooms)
	}
}

// A server that stores something else than it was asked to is a warning, and
// drift of the next plan; it is not a bug of the provider. The values stay out
// of the warning, for they may be secret.
func TestRoom_storedOtherwise(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/chats$", Body: `{"result":{"_id":"1","name":"` + e.AppID() + `_support","title":"SUPPORT","type":"group"}}`})
	room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
	want := `WARNING Ethora stored another value: For title it answered another value than it was asked to store. The next plan will show the difference.`
	if room.State["title"] != "Support" || !slices.Equal(room.Problems, []string{want}) {
		t.Errorf("the state holds %v and the problems are %q, want %q", room.State, room.Problems, want)
	}
}

// A creation that outlasts its timeout is in the state all the same, when
// Ethora finishes it.
func TestRoom_createTimesOut(t *testing.T) {
	t.Parallel()
	for name, latency := range map[string]int{"a little late": 600, "never in time": 10_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			p := e.Protocol(t)
			e.Faults(t, control.FaultRule{Method: "POST", Path: "/chats$", LatencyMS: latency})
			config := acctest.Object{"room_id": "support", "title": "Support", "timeouts": acctest.Object{"create": "200ms"}}
			room := p.Apply(t.Context(), roomType, config, nil)
			exists := e.room(e.AppID(), "support") != nil
			if exists != (room.State != nil) || exists != (room.Problems == nil) {
				t.Errorf("the room exists: %t, the state holds %v: %v", exists, room.State, room.Problems)
			}
			e.Faults(t)
			delete(config, "timeouts")
			if again := p.Apply(t.Context(), roomType, config, &room); again.Problems != nil || len(e.Snapshot().App(e.AppID()).Rooms) != 1 {
				t.Errorf("a second apply: %v", again.Problems)
			}
		})
	}
}

func TestRoom_timeouts(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	config := acctest.Object{"room_id": "support", "title": "Support", "timeouts": acctest.Object{"update": "200ms", "delete": "200ms"}}
	room := p.Apply(t.Context(), roomType, config, nil)
	if room.Problems != nil {
		t.Fatal(room.Problems)
	}
	e.Faults(t, control.FaultRule{Method: "PATCH", LatencyMS: 2000}, control.FaultRule{Method: "DELETE", LatencyMS: 2000})
	const want = "The time allowed for this operation ran out. Try again, or raise the value in the resource's timeouts."
	config["title"] = "Help"
	if slow := p.Apply(t.Context(), roomType, config, &room); len(slow.Problems) != 1 || !strings.Contains(slow.Problems[0], want) {
		t.Errorf("the update said %q, want %q", slow.Problems, want)
	}
	if slow := p.Apply(t.Context(), roomType, nil, &room); len(slow.Problems) != 1 || !strings.Contains(slow.Problems[0], want) {
		t.Errorf("the deletion said %q, want %q", slow.Problems, want)
	}
}

// A list promises no more of a room than its name. What it does not tell is no
// drift: a room whose type or picture seems to change would be replaced, with
// all its messages.
func TestRoom_listTellsLittle(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	told := func(row string) func() {
		return func() {
			e.Faults(t, control.FaultRule{Method: "GET", Path: "/chats$", Status: 200, Body: `{"results":[` + row + `],"total":1}`})
		}
	}
	const address = "chat_ethora_room.support"
	config := e.Provider() + `resource "chat_ethora_room" "support" {
  room_id     = "support"
  title       = "Support"
  type        = "public"
  picture_url = "https://example.com/cat.png"
}`
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: told(`{"_id":"r1","name":"` + e.AppID() + `_support","title":"Support"}`), Config: config, PlanOnly: true},
			{PreConfig: told(`{"_id":"r1","name":"` + e.AppID() + `_support","title":"Support","type":null,"picture":null}`), Config: config, PlanOnly: true},
			{
				PreConfig:    told(`{"_id":"r1","name":"` + e.AppID() + `_support","title":"Support","type":"group"}`),
				RefreshState: true, ExpectNonEmptyPlan: true, // what it does tell is drift as ever
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace),
				}},
			},
			{
				PreConfig: func() { e.Faults(t) }, Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					value(address, "type", text("public")),
					value(address, "picture_url", text("https://example.com/cat.png")),
				},
			},
		},
	})
	if e.Count("POST", "/chats$") != 1 {
		t.Errorf("the room was made more than once:\n%s", e.calls())
	}
}

// Not even the barest row plans a replacement.
func TestRoom_listTellsOnlyTheName(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	config := acctest.Object{"room_id": "support", "title": "Support", "type": "public", "picture_url": "https://example.com/cat.png"}
	room := p.Apply(t.Context(), roomType, config, nil)
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/chats$", Status: 200, Body: `{"results":[{"_id":"r1","name":"` + e.AppID() + `_support"}],"total":1}`})
	read := p.Refresh(t.Context(), roomType, room)
	if read.Problems != nil || read.State["type"] != "public" || read.State["picture_url"] != "https://example.com/cat.png" {
		t.Errorf("the refresh found %v: %q", read.State, read.Problems)
	}
	if replaced, problems := connectTo(t, e.Ethora).replacements(roomType, config, read.State); replaced != nil || problems != nil {
		t.Errorf("the plan replaces the room for %q: %v", replaced, problems)
	}
	imported := p.Import(t.Context(), roomType, e.AppID()+"/support", nil)
	if imported.State["type"] != "group" || imported.State["picture_url"] != "" {
		t.Errorf("an import, which knows nothing before, found %v: %q", imported.State, imported.Problems)
	}
}

// A server that takes a deletion and does nothing does not get away with it.
func TestRoom_deletionThatDoesNothing(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	room := p.Apply(t.Context(), roomType, acctest.Object{"room_id": "support", "title": "Support"}, nil)
	e.Faults(t, control.FaultRule{Method: "DELETE", Path: "/chats$", Status: 200, Body: `{"ok":true,"deletedCount":0}`})
	kept := p.Apply(t.Context(), roomType, nil, &room)
	want := fmt.Sprintf(`he server took the deletion of room "support" of app %s, but the room is still there; try again`, e.AppID())
	if !reflect.DeepEqual(kept.State, room.State) || len(kept.Problems) != 1 || !strings.Contains(kept.Problems[0], want) {
		t.Errorf("the state holds %v and the problems are %q, want %q", kept.State, kept.Problems, want)
	}
	e.Faults(t)
	if gone := p.Apply(t.Context(), roomType, nil, &kept); gone.State != nil || gone.Problems != nil || e.room(e.AppID(), "support") != nil {
		t.Errorf("a second destroy left %v: %v", gone.State, gone.Problems)
	}
}

// While one resource makes sure that a room is gone, another one of the same run
// may be about to create it anew, as where the indexes of count shift.
func TestRoom_deletedAndCreatedInOneRun(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	room := acctest.Object{"room_id": "support", "title": "Support"}
	old := e.Protocol(t).Apply(t.Context(), roomType, room, nil)
	run := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/chats", LatencyMS: 200})
	gone := make(chan acctest.Change)
	go func() { gone <- run.Apply(t.Context(), roomType, nil, &old) }()
	e.await("DELETE", "/chats")
	created := run.Apply(t.Context(), roomType, room, nil)
	if deleted := <-gone; created.Problems != nil || deleted.Problems != nil || deleted.State != nil {
		t.Errorf("deleting said %q, and creating %q", deleted.Problems, created.Problems)
	}
	if e.room(e.AppID(), "support") == nil {
		t.Error("there is no room")
	}
}
