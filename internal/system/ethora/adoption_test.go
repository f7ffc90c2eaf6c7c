package ethora_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// identityParts are the attributes of each identity, in the order of the
// import id.
var identityParts = map[string][]string{
	"chat_ethora_app":         {"id"},
	"chat_ethora_user":        {"app_id", "user_id"},
	"chat_ethora_room":        {"app_id", "room_id"},
	"chat_ethora_room_access": {"app_id", "room_id", "user_id"},
}

// grownTenant was made by hand over the years: everything in it has another
// shape.
func grownTenant(t *testing.T) tenant {
	t.Helper()
	e := startTenant(t)
	app := e.addApp(t, "Acme Support")
	e.Edit(t, "PATCH", "/v2/apps/"+app, object{"primaryColor": "#1F6FEB", "domainName": "acme", "usersCanFree": false, "signonOptions": []string{"email"}})
	e.addUsers(t, app, "ann", "ben")
	e.Edit(t, "PATCH", "/v2/apps/"+app+"/chats/users", object{"users": []object{{"xmppUsername": app + "_ben", "username": "benny", "profileImage": "https://example.com/ben.png"}}})
	e.Edit(t, "POST", "/v2/apps/"+app+"/chats", object{"uuid": "support", "title": "Support \"1st\" ${level}", "description": "We answer\nalways", "type": "public", "picture": "https://example.com/cat.png"})
	e.Edit(t, "POST", "/v2/apps/"+app+"/chats", object{"title": "Named by the server"})
	e.letIn(t, app, "support", "ann", "ben")
	e.ResetRequests()
	return e
}

// children lists everything of one type below the provider's own app.
func (e tenant) children(t *testing.T, p *acctest.Protocol, typeName string) []acctest.Listed {
	t.Helper()
	if typeName == "chat_ethora_app" {
		return slices.DeleteFunc(p.List(t.Context(), typeName, acctest.Object{}, 0, true), func(one acctest.Listed) bool {
			return one.Identity["id"] == e.AppID()
		})
	}
	var all []acctest.Listed
	for _, app := range e.children(t, p, "chat_ethora_app") {
		all = append(all, p.List(t.Context(), typeName, acctest.Object{"app_id": app.Identity["id"]}, 0, true)...)
	}
	return all
}

// Whatever a list finds can be imported by its identity and by the id made of
// it, and both see what the list saw.
func TestListedIsImported(t *testing.T) {
	t.Parallel()
	e := grownTenant(t)
	p := e.Protocol(t)
	for typeName, want := range map[string]int{"chat_ethora_app": 1, "chat_ethora_user": 2, "chat_ethora_room": 2, "chat_ethora_room_access": 2} {
		all := e.children(t, p, typeName)
		if len(all) != want {
			t.Errorf("%s: %d are listed, want %d: %v", typeName, len(all), want, all)
		}
		for _, one := range all {
			var parts []string
			for _, part := range identityParts[typeName] {
				parts = append(parts, one.Identity[part].(string))
			}
			byIdentity := p.Import(t.Context(), typeName, "", one.Identity)
			byID := p.Import(t.Context(), typeName, strings.Join(parts, "/"), nil)
			if one.Problems != nil || byIdentity.Problems != nil || byID.Problems != nil {
				t.Errorf("%s: %v %v %v", one.DisplayName, one.Problems, byIdentity.Problems, byID.Problems)
			}
			again := p.Refresh(t.Context(), typeName, byID)
			if !reflect.DeepEqual(again.State, byID.State) || !reflect.DeepEqual(again.Identity, one.Identity) {
				t.Errorf("%s: the first refresh shows drift: %v", one.DisplayName, again.State)
			}
			for _, secret := range []string{"app_token", "app_secret"} { // lists tell none
				delete(one.Resource, secret)
				delete(byIdentity.State, secret)
				delete(byID.State, secret)
			}
			if !reflect.DeepEqual(byIdentity.State, one.Resource) || !reflect.DeepEqual(byID.State, one.Resource) {
				t.Errorf("%s: listed as\n%v\nimported as\n%v\n%v", one.DisplayName, one.Resource, byIdentity.State, byID.State)
			}
		}
	}
}

// A tenant that was made by hand is taken over: an import block for each
// listed object, a configuration that Terraform writes itself, an apply that
// changes nothing, and an empty plan.
func TestTenantIsAdopted(t *testing.T) {
	t.Parallel()
	e := grownTenant(t)
	p := e.Protocol(t)
	var imports strings.Builder
	for _, typeName := range slices.Sorted(maps.Keys(identityParts)) {
		for i, one := range e.children(t, p, typeName) {
			var parts []string
			for _, part := range identityParts[typeName] {
				parts = append(parts, one.Identity[part].(string))
			}
			fmt.Fprintf(&imports, "import {\n  to = %s.adopted_%d\n  id = %q\n}\n\n", typeName, i, strings.Join(parts, "/"))
		}
	}
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf":    acctest.RequiredProviders + "\nprovider \"chat\" {\n  ethora = {}\n}\n",
		"imports.tf": imports.String(),
	}, e.Environment()...)
	before := e.Snapshot()

	output, code := w.Run("plan", "-no-color", "-generate-config-out=adopted.tf")
	generated, _ := os.ReadFile(filepath.Join(w.Dir, "adopted.tf"))
	if code != 0 {
		t.Fatalf("exit code %d\n%s\nfor what Terraform wrote:\n%s", code, output, generated)
	}
	if !strings.Contains(output, "7 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Errorf("the plan would change something:\n%s\nfor what Terraform wrote:\n%s", output, generated)
	}
	w.Must("apply", "-auto-approve", "-no-color")
	w.MustPlanEmpty()
	if after := e.Snapshot(); !reflect.DeepEqual(after, before) {
		t.Errorf("the tenant was changed from\n%+v\nto\n%+v", before, after)
	}
}

// Terraform's own query finds the same, from the version on that has it.
func TestTerraformQueries(t *testing.T) {
	t.Parallel()
	e := grownTenant(t)
	p := e.Protocol(t)
	app := e.children(t, p, "chat_ethora_app")[0].Identity["id"].(string)
	query := e.Provider() + fmt.Sprintf(`
list "chat_ethora_app" "all" {
  provider = chat
}

list "chat_ethora_user" "all" {
  provider         = chat
  include_resource = true
  config {
    app_id = %[1]q
  }
}

list "chat_ethora_room" "all" {
  provider = chat
  config {
    app_id = %[1]q
  }
}

list "chat_ethora_room_access" "ann" {
  provider = chat
  config {
    app_id  = %[1]q
    user_id = "ann"
  }
}
`, app)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{{
			Query: true, Config: query,
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength("list.chat_ethora_app.all", 2),
				querycheck.ExpectLength("list.chat_ethora_user.all", 2),
				querycheck.ExpectLength("list.chat_ethora_room.all", 2),
				querycheck.ExpectLength("list.chat_ethora_room_access.ann", 1),
				querycheck.ExpectIdentity("list.chat_ethora_user.all", map[string]knownvalue.Check{"app_id": text(app), "user_id": text("ann")}),
				querycheck.ExpectIdentity("list.chat_ethora_room.all", map[string]knownvalue.Check{"app_id": text(app), "room_id": text("support")}),
				querycheck.ExpectIdentity("list.chat_ethora_room_access.ann", map[string]knownvalue.Check{
					"app_id": text(app), "room_id": text("support"), "user_id": text("ann"),
				}),
			},
		}},
	})
}
