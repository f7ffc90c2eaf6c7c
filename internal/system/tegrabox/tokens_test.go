package tegrabox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

const tokenType = "chat_tegrabox_token"

// verify asks the server about a token, as a chat client would.
func (e tenant) verify(t *testing.T, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL+"/api/auth/verify", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	_ = response.Body.Close()
	return response.StatusCode
}

// Closing leaves the token alone unless revoking was asked for, for that ends all
// tokens of the user.
func TestToken_openAndClose(t *testing.T) {
	t.Parallel()
	for _, revoke := range []any{nil, false, true} {
		e := startTenant(t)
		ann := e.addUser(t, "ann")
		other := e.token(t, ann)
		p := e.Protocol(t)
		opened := p.Open(t.Context(), tokenType, acctest.Object{"user_id": ann, "revoke_on_close": revoke})
		if opened.Problems != nil || !opened.RenewAt.IsZero() {
			t.Fatalf("%v %q", opened.RenewAt, opened.Problems)
		}
		expires, err := time.Parse(time.RFC3339, text(opened.Result, "expires_at"))
		if err != nil || time.Until(expires) < 23*time.Hour || time.Until(expires) > 25*time.Hour {
			t.Errorf("it expires at %v: %v", expires, err)
		}
		token := text(opened.Result, "token")
		if status := e.verify(t, token); status != http.StatusOK {
			t.Errorf("the server answers the token with %d", status)
		}
		path := project + "/users/" + ann + "/token"
		e.wantCalls(t, lookup, "POST "+path, "GET /api/auth/verify")
		if problems := p.Close(t.Context(), opened); problems != nil {
			t.Error(problems)
		}
		if revoke != true {
			e.wantCalls(t)
			continue
		}
		e.wantCalls(t, "DELETE "+path)
		if e.verify(t, token) != http.StatusUnauthorized || e.verify(t, other) != http.StatusUnauthorized {
			t.Error("a token of the user is still good")
		}
	}
}

func TestToken_expiry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings mock.Settings
		known    bool
	}{
		"in the token": {mock.Settings{}, true},
		"beside it":    {mock.Settings{ExpiryField: "expires_at"}, true},
		"in seconds":   {mock.Settings{ExpiryField: "expires_in"}, true},
		"never":        {mock.Settings{EndlessTokens: true}, false},
		"wrapped":      {mock.Settings{Envelope: "data"}, true},
	} {
		e := startTenant(t)
		e.Settings(t, test.settings)
		opened := e.Protocol(t).Open(t.Context(), tokenType, acctest.Object{"user_id": e.addUser(t, "ann")})
		if opened.Problems != nil || (opened.Result["expires_at"] != nil) != test.known {
			t.Errorf("%s: it expires at %v, %q", name, opened.Result["expires_at"], opened.Problems)
		}
	}
}

func TestToken_problems(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	onlyProblem(t, p.Open(t.Context(), tokenType, acctest.Object{"user_id": "nobody"}).Problems, "ERROR There is no TegraBox user nobody")
	onlyProblem(t, p.Open(t.Context(), tokenType, acctest.Object{"user_id": ""}).Problems, "string length must be at least 1")
	unconfigured := acctest.NewProtocol(t)
	unconfigured.Configure(acctest.Object{})
	onlyProblem(t, unconfigured.Open(t.Context(), tokenType, acctest.Object{"user_id": "u"}).Problems, "TegraBox is not configured", "TEGRABOX_API_KEY")

	// A user who is gone at the end has no token left.
	ann := e.addUser(t, "ann")
	opened := p.Open(t.Context(), tokenType, acctest.Object{"user_id": ann, "revoke_on_close": true})
	e.Edit(t, "DELETE", project+"/users/"+ann, nil)
	if problems := p.Close(t.Context(), opened); problems != nil {
		t.Error(problems)
	}
}

// Each fault of the table, when a token is issued and when it is revoked. A
// token more does no harm, so that a lost one is asked for again.
func TestToken_faults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		e := startTenant(t)
		ann := e.addUser(t, "ann")
		p := e.Protocol(t)
		config := acctest.Object{"user_id": ann, "revoke_on_close": true}
		e.Faults(t, fault.on("POST", "/token$"))
		opened := p.Open(t.Context(), tokenType, config)
		checkFault(t, fault, opened.Problems, "Can't issue token of TegraBox user "+ann)
		if opened.Result == nil {
			if opened = p.Open(t.Context(), tokenType, config); opened.Problems != nil {
				t.Fatal(opened.Problems)
			}
		}
		e.Faults(t, fault.on("DELETE", "/token$"))
		problems := p.Close(t.Context(), opened)
		checkFault(t, fault, problems, "Can't revoke tokens of TegraBox user "+ann)
	}
}

// No part of an answer that holds a token, or may hold one, gets into an error.
func TestToken_staysOutOfErrors(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := e.addUser(t, "ann")
	for _, rule := range []control.FaultRule{
		{Status: 200, Body: `{"access":"canary-token-1234"}`}, {Status: 200, Body: `canary-token-1234`}, {Status: 500, Body: `canary-token-1234`},
	} {
		e.Faults(t, rule)
		if opened := e.ProtocolWith(t, acctest.Object{"project_id": "p"}).Open(t.Context(), tokenType, acctest.Object{"user_id": ann}); opened.Result != nil || mentions(opened.Problems, "canary-token") && rule.Status == 200 {
			t.Errorf("%+v: %v %q", rule, opened.Result, opened.Problems)
		}
	}
}

// The token of a user who is made in the same run opens the server's door. It is
// stored nowhere.
func TestToken_inTerraform(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{
			{Config: e.Provider() + annBlock()},
			{
				Config: e.Provider() + annBlock() + `
ephemeral "chat_tegrabox_token" "ann" {
  user_id = chat_tegrabox_user.ann.id
}
provider "echo" {
  data = ephemeral.chat_tegrabox_token.ann.token
}
resource "echo" "token" {}
`,
				Check: func(state *terraform.State) error {
					token := state.RootModule().Resources["echo.token"].Primary.Attributes["data"]
					if strings.Count(token, ".") != 2 || e.verify(t, token) != http.StatusOK {
						return fmt.Errorf("the server does not take the token %q", token)
					}
					return nil
				},
			},
		},
	})
}

// With an alias that has the token, the provider tells whose it is. Each alias is
// a process of its own, so this needs the real binary.
func TestToken_ofAnAlias(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, annBlock()+`
ephemeral "chat_tegrabox_token" "ann" {
  user_id = chat_tegrabox_user.ann.id
}
provider "chat" {
  alias    = "ann"
  tegrabox = { jwt_token = ephemeral.chat_tegrabox_token.ann.token }
}
`)
	apply(w, 10)
	w.Write("who.tf", `
data "chat_tegrabox_token_info" "ann" {
  provider = chat.ann
}
output "is_ann" {
  value = data.chat_tegrabox_token_info.ann.user_id == chat_tegrabox_user.ann.id
}
`)
	apply(w, 10)
	if answer := strings.TrimSpace(w.Must("output", "-no-color", "is_ann")); answer != "true" {
		t.Errorf("whether the token is Ann's: %s", answer)
	}
	w.MustPlanEmpty()
}
