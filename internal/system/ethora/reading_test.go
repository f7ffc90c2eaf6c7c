package ethora_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// What real Terraform reads, computes and keeps to itself.
func TestTerraformReadsATenant(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		Steps: []resource.TestStep{{
			Config: server.Provider() + `
resource "chat_ethora_room" "lobby" {
  room_id = "lobby"
  title   = "Lobby"
}

ephemeral "chat_ethora_client_token" "ann" {
  user_id = "ann"
}

ephemeral "chat_ethora_server_token" "backend" {
  ttl = "15m"
}

resource "chat_ethora_user" "ann" {
  user_id             = "ann"
  email               = "ann@example.com"
  first_name          = "Ann"
  last_name           = "Lee"
  password_wo         = "${ephemeral.chat_ethora_client_token.ann.token}${ephemeral.chat_ethora_server_token.backend.token}"
  password_wo_version = 1
}

resource "chat_ethora_room_access" "ann" {
  room_id = chat_ethora_room.lobby.room_id
  user_id = chat_ethora_user.ann.user_id
}

data "chat_ethora_user_chats" "ann" {
  user_id         = chat_ethora_user.ann.user_id
  include_members = true
  depends_on      = [chat_ethora_room_access.ann]
}

data "chat_ethora_app" "own" {}

output "members" {
  value = data.chat_ethora_user_chats.ann.chats[0].members[*].user_id
}

output "own" {
  value = data.chat_ethora_app.own.id
}

output "parsed" {
  value = provider::chat::ethora_parse_name(chat_ethora_room.lobby.jid)
}

output "same" {
  value = (provider::chat::ethora_room_jid(data.chat_ethora_app.own.id, "lobby") == chat_ethora_room.lobby.jid &&
    provider::chat::ethora_room_name(data.chat_ethora_app.own.id, "lobby") == chat_ethora_room.lobby.name &&
    provider::chat::ethora_xmpp_username(data.chat_ethora_app.own.id, "ann") == chat_ethora_user.ann.xmpp_username)
}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("members", knownvalue.ListExact([]knownvalue.Check{text(app), text("ann")})),
				statecheck.ExpectKnownOutputValue("own", text(app)),
				statecheck.ExpectKnownOutputValueAtPath("parsed", tfjsonpath.New("id"), text("lobby")),
				statecheck.ExpectKnownOutputValueAtPath("parsed", tfjsonpath.New("room"), knownvalue.Bool(true)),
				statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true)),
			},
			Check: func(state *terraform.State) error {
				if kept := state.String(); strings.Contains(kept, "eyJ") {
					return fmt.Errorf("a token is in the state: %s", kept)
				}
				return nil
			},
		}},
	})
}

// Servers differ in how they wrap, page and filter; what is read is the same.
func TestDataSourcesReadEveryServer(t *testing.T) {
	for name, settings := range map[string]mock.Settings{
		"canonical":             {},
		"lists in items":        {ListEnvelope: "items"},
		"lists in results":      {ListEnvelope: "results"},
		"lists by name":         {ListEnvelope: "named"},
		"lists in data":         {ListEnvelope: "data.items"},
		"bare lists":            {ListEnvelope: "array"},
		"objects by name":       {ObjectEnvelope: "named"},
		"objects in result":     {ObjectEnvelope: "result"},
		"objects in data":       {ObjectEnvelope: "data"},
		"objects in lists":      {ObjectEnvelope: "list"},
		"bare objects":          {ObjectEnvelope: "root"},
		"pages of two":          {PageLimit: 2},
		"filters ignored":       {IgnoreFilters: true},
		"no list of an app":     {NoAppUserList: true},
		"rooms one by one":      {GetChat: true},
		"system account hidden": {HideSystemAccount: true},
		"missing is 422":        {MissingStatus: 422},
	} {
		t.Run(name, func(t *testing.T) {
			server := acctest.StartEthora(t)
			app := server.AppID()
			seed(t, server, app)
			server.Settings(t, settings)
			p := connectTo(t, server)
			for typeName, want := range map[string]struct {
				config         object
				rows, key      string
				values, hidden []any
			}{
				"chat_ethora_apps":       {object{}, "apps", "id", []any{app}, nil},
				"chat_ethora_users":      {object{"room_id": "lobby"}, "users", "user_id", []any{"ann", "bob"}, []any{app}},
				"chat_ethora_rooms":      {object{}, "rooms", "room_id", []any{"attic", "lobby", "support"}, nil},
				"chat_ethora_user_chats": {object{"user_id": "ann"}, "chats", "room_id", []any{"lobby", "support"}, nil},
				"chat_ethora_room":       {object{"room_id": "lobby", "include_members": true}, "members", "user_id", []any{"ann", "bob"}, []any{app}},
			} {
				got, found := p.read(typeName, want.config)
				values := slices.DeleteFunc(column(got[want.rows], want.key), func(value any) bool { return slices.Contains(want.hidden, value) })
				if found != nil || !slices.Equal(values, want.values) {
					t.Errorf("%s: it read %v %v, want %v", typeName, values, found, want.values)
				}
			}
			for typeName, config := range map[string]object{
				"chat_ethora_app": {}, "chat_ethora_user": {"user_id": "ann"},
			} {
				if got, found := p.read(typeName, config); found != nil || got["id"] == nil {
					t.Errorf("%s: it read %v %v", typeName, got, found)
				}
			}
			for typeName, config := range map[string]object{
				"chat_ethora_room": {"room_id": "cellar"}, "chat_ethora_user": {"user_id": "eve"}, "chat_ethora_user_chats": {"user_id": "eve"},
			} {
				if _, found := p.read(typeName, config); len(found) != 1 || !strings.HasPrefix(found[0].summary, "There is no ") {
					t.Errorf("%s: it said %v", typeName, found)
				}
			}
		})
	}
}

// A provider whose settings come from something that is not made yet can't
// read, but it can sign for an app whose credentials are known.
func TestReadingBeforeTheSettingsAreKnown(t *testing.T) {
	p := connect(t, object{"api_url": "https://api.example.com", "app_id": appA, "app_secret": unknown{}})
	if _, found := p.read("chat_ethora_rooms", object{}); len(found) != 1 || found[0].summary != "The ethora settings of the provider are not known yet" {
		t.Errorf("it said %v", found)
	}
	if got, found := p.open("chat_ethora_server_token", object{"app_id": appA, "app_secret": "secret123"}); found != nil || got["token"] == nil {
		t.Errorf("it signed %v %v", got, found)
	}
}
