package ethora_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// ask calls the server with a token, as a backend or a user's client would, and
// returns the status.
func (e tenant) ask(t *testing.T, method, path, token string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, e.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("x-custom-token", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	defer http.DefaultClient.CloseIdleConnections()
	var body map[string]any
	_ = json.NewDecoder(response.Body).Decode(&body)
	return response.StatusCode, body
}

// What an ephemeral resource gives is a token that the server takes: a backend
// reads the apps with it, a client gets the session of its user.
func TestTokensOpenDoors(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), "ann")
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{{
			Config: e.Provider() + `
ephemeral "chat_ethora_server_token" "backend" {}

ephemeral "chat_ethora_client_token" "ann" {
  user_id = "ann"
  ttl     = "15m"
}

provider "echo" {
  data = {
    server = ephemeral.chat_ethora_server_token.backend.token
    client = ephemeral.chat_ethora_client_token.ann.token
  }
}

resource "echo" "tokens" {}
`,
			Check: func(state *terraform.State) error {
				tokens := state.RootModule().Resources["echo.tokens"].Primary.Attributes
				server, client := tokens["data.server"], tokens["data.client"]
				if status, _ := e.ask(t, "GET", "/v2/apps", server); status != http.StatusOK {
					return fmt.Errorf("the server token got status %d", status)
				}
				if status, _ := e.ask(t, "GET", "/v2/apps", client); status != http.StatusUnauthorized {
					return fmt.Errorf("the client token may act as a backend: status %d", status)
				}
				status, session := e.ask(t, "POST", "/v1/users/client", client)
				user, _ := session["user"].(map[string]any)
				if status != http.StatusOK || user["xmppUsername"] != e.AppID()+"_ann" {
					return fmt.Errorf("the client token got status %d and %v", status, user)
				}
				return nil
			},
		}},
	})
}

// The credentials of an app that is created in the same run sign for that app.
func TestTokensOfAnAppKnownAfterApply(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{{
			Config: e.Provider() + `
resource "chat_ethora_app" "acme" {
  display_name = "Acme"
}

ephemeral "chat_ethora_server_token" "acme" {
  app_id     = chat_ethora_app.acme.id
  app_secret = chat_ethora_app.acme.app_secret
}

provider "echo" {
  data = ephemeral.chat_ethora_server_token.acme.token
}

resource "echo" "token" {}
`,
			Check: func(state *terraform.State) error {
				acme := state.RootModule().Resources["chat_ethora_app.acme"].Primary.ID
				token := state.RootModule().Resources["echo.token"].Primary.Attributes["data"]
				status, body := e.ask(t, "GET", "/v2/apps/"+acme, token)
				if app, _ := body["app"].(map[string]any); status != http.StatusOK || app["_id"] != acme {
					return fmt.Errorf("the token got status %d and %v", status, body)
				}
				if status, _ := e.ask(t, "GET", "/v2/apps/"+e.AppID(), token); status != http.StatusForbidden {
					return fmt.Errorf("the token of the child opens its parent: status %d", status)
				}
				return nil
			},
		}},
	})
}

// A token is nowhere when the run is over: not in the state, not in the saved
// plan, not on the screen.
func TestTokensLeaveNoTrace(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), "ann")
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + `
provider "chat" {
  ethora = {}
}

ephemeral "chat_ethora_server_token" "backend" {}

ephemeral "chat_ethora_client_token" "ann" {
  user_id = "ann"
}

resource "chat_ethora_user" "ben" {
  user_id             = "ben"
  email               = "ben@example.com"
  first_name          = "Ben"
  last_name           = "Kim"
  password_wo         = "${ephemeral.chat_ethora_server_token.backend.token}${ephemeral.chat_ethora_client_token.ann.token}"
  password_wo_version = 1
}
`}, e.Environment()...)
	printed := w.Must("plan", "-no-color", "-out=saved.tfplan")
	printed += w.Must("show", "-json", "saved.tfplan")
	printed += w.Must("apply", "-no-color", "saved.tfplan")
	printed += w.Must("show", "-json")
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(printed, "eyJ") || strings.Contains(string(state), "eyJ") {
		t.Errorf("a token is left in what Terraform printed or stored:\n%s\n%s", printed, state)
	}
	if user := e.Snapshot().App(e.AppID()).User("ben"); user == nil || !user.PasswordSet {
		t.Errorf("the tokens did not arrive: %+v", user)
	}
}
