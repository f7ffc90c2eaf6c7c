package oichat_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

const tokenType = "chat_oichat_token"

// claims are what the mock's token says, if it was signed with the project's key.
func (p project) claims(t *testing.T, token string) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(p.SecretKey()), nil })
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestToken(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	run := p.Protocol(t)
	opened := run.Open(t.Context(), tokenType, acctest.Object{
		"user_id": "ann", "user_name": "Ann Lee", "role": "agent", "channels": []string{"news"},
		"user_info": acctest.Object{"avatar_url": "https://example.com/ann.png", "nickname": "Annie", "badge": "VIP", "custom": `{"tier":"gold"}`},
	})
	if opened.Problems != nil {
		t.Fatal(opened.Problems)
	}
	token := opened.Result["token"].(string)
	claims := p.claims(t, token)
	want := "map[avatar_url:https://example.com/ann.png badge:VIP custom:map[tier:gold] nickname:Annie]"
	if claims["user_id"] != "ann" || claims["user_name"] != "Ann Lee" || claims["role"] != "agent" || fmt.Sprint(claims["channels"]) != "[news]" || fmt.Sprint(claims["user_info"]) != want {
		t.Errorf("the token says %v", claims)
	}
	expires, err := time.Parse(time.RFC3339, opened.Result["expires_at"].(string))
	if err != nil || time.Until(expires) < 23*time.Hour || time.Until(expires) > 24*time.Hour {
		t.Errorf("it expires at %v", opened.Result["expires_at"])
	}
	if before := expires.Sub(opened.RenewAt); before != 5*time.Minute {
		t.Errorf("it is renewed %v before its end, want 5 minutes", before)
	}

	renewed := run.Renew(t.Context(), opened)
	mustSay(t, "renewing", renewed.Problems, "WARNING A token was refreshed while Terraform ran")
	if time.Until(renewed.RenewAt) < 23*time.Hour {
		t.Errorf("the next renewal is at %v", renewed.RenewAt)
	}
	if tokens := p.Snapshot().Tokens; len(tokens) != 2 || tokens[1].UserID != "ann" || tokens[1].Role != "agent" {
		t.Errorf("the tokens are %+v", tokens)
	}
	p.ResetRequests()
	if problems := run.Close(t.Context(), renewed); problems != nil || len(p.Requests()) > 0 {
		t.Errorf("closing said %q and called %q", problems, p.lines())
	}
}

// Each renewal sends what the one before it got.
func TestToken_renewedTwice(t *testing.T) {
	t.Parallel()
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Token string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		sent = append(sent, body.Token)
		fmt.Fprintf(w, `{"token":"token-%d"}`, len(sent))
	}))
	defer server.Close()
	run := acctest.NewProtocol(t)
	run.Configure(acctest.Object{"oichat": acctest.Object{"base_url": server.URL, "api_key": "ak_1", "secret_key": "sk_1", "project_id": "proj_1"}})
	opened := run.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"})
	if opened.Result["token"] != "token-1" || opened.Result["expires_at"] != nil {
		t.Errorf("it opened %v", opened.Result)
	}
	// Nobody tells when it ends, so it lives for a day.
	if wait := time.Until(opened.RenewAt); wait < 23*time.Hour || wait > 24*time.Hour {
		t.Errorf("it is renewed in %v", wait)
	}
	run.Renew(t.Context(), run.Renew(t.Context(), opened))
	if want := []string{"", "token-1", "token-2"}; !slices.Equal(sent, want) {
		t.Errorf("it sent %q, want %q", sent, want)
	}
}

// How the end is written is not known, nor whether it is told.
func TestToken_expiry(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]mockSettings{
		"seconds": {ExpiresAt: "seconds"}, "milliseconds": {ExpiresAt: "milliseconds"}, "not told after a refresh": {NoRefreshExpiry: true},
		"wrapped": {Envelope: "success"}, "200": {CreateStatus: 200},
	} {
		p := startProjectWith(t, settings)
		run := p.Protocol(t)
		opened := run.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"})
		if opened.Problems != nil || time.Until(opened.RenewAt) < 23*time.Hour || opened.Result["expires_at"] == nil {
			t.Errorf("%s: opened %v, to be renewed at %v: %q", name, opened.Result["expires_at"], opened.RenewAt, opened.Problems)
		}
		if renewed := run.Renew(t.Context(), opened); len(renewed.Problems) != 1 || time.Until(renewed.RenewAt) < 23*time.Hour {
			t.Errorf("%s: to be renewed at %v: %q", name, renewed.RenewAt, renewed.Problems)
		}
	}
}

// A token that ends at once, by this machine's clock, is not refreshed without a
// pause, and can still be refreshed when it has ended.
func TestToken_shortLife(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{TokenSeconds: 1})
	run := p.Protocol(t)
	opened := run.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"})
	if wait := time.Until(opened.RenewAt); opened.Problems != nil || wait < 50*time.Second || wait > time.Minute {
		t.Errorf("it is renewed in %v: %q", wait, opened.Problems)
	}
	if renewed := run.Renew(t.Context(), opened); len(renewed.Problems) != 1 || !strings.HasPrefix(renewed.Problems[0], "WARNING") {
		t.Errorf("renewing said %q", renewed.Problems)
	}
}

func TestToken_failures(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	run := p.Protocol(t)
	for want, config := range map[string]acctest.Object{
		"string length must be at least 1, got: 0":   {"user_id": ""},
		`value must be one of: ["user" "agent"]`:     {"user_id": "ann", "role": "admin"},
		"it must be a JSON object":                   {"user_id": "ann", "user_info": acctest.Object{"custom": "[]"}},
		"is not valid JSON string format (RFC 7159)": {"user_id": "ann", "user_info": acctest.Object{"custom": "{"}},
	} {
		mustSay(t, want, run.Open(t.Context(), tokenType, config).Problems, want)
	}
	p.expect(t)

	p.Faults(t, control.FaultRule{Status: 403, Body: `{"error":{"code":"FORBIDDEN","message":"no tokens today"}}`})
	refused := run.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"})
	mustSay(t, "refused", refused.Problems, "ERROR Can't issue a token for OiChat user ann: OiChat refused POST /v1/auth/token: no tokens today")

	p.Faults(t)
	opened := run.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"})
	p.Faults(t, control.FaultRule{Status: 401, Body: fmt.Sprintf(`{"error":{"code":"BAD","message":"token %s is bad"}}`, opened.Result["token"])})
	renewed := run.Renew(t.Context(), opened)
	mustSay(t, "renewing", renewed.Problems, "ERROR Can't refresh a token for OiChat user ann")
	if strings.Contains(fmt.Sprint(renewed.Problems), opened.Result["token"].(string)[:20]) {
		t.Error("the error repeats the token")
	}
}

// A token reaches what it is for, and is nowhere when the run is over: not in the
// state, not in the saved plan, not on the screen.
func TestToken_leavesNoTrace(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	w := p.workspace(t, `
ephemeral "chat_oichat_token" "ann" {
  user_id = "ann"
}
resource "terraform_data" "deploy" {
  provisioner "local-exec" {
    command     = "printenv TOKEN > got"
    environment = { TOKEN = ephemeral.chat_oichat_token.ann.token }
  }
}
`)
	printed := w.Must("plan", "-no-color", "-out=saved.tfplan") + w.Must("show", "-json", "saved.tfplan") +
		w.Must("apply", "-no-color", "saved.tfplan") + w.Must("show", "-json")
	got, err := os.ReadFile(filepath.Join(w.Dir, "got"))
	if err != nil || p.claims(t, strings.TrimSpace(string(got)))["user_id"] != "ann" {
		t.Fatalf("the token did not arrive: %v", err)
	}
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil || strings.Contains(printed, "eyJ") || strings.Contains(string(state), "eyJ") {
		t.Errorf("a token is left in what Terraform printed or stored (%v):\n%s\n%s", err, printed, state)
	}
}

func TestToken_echoed(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{{
			Config: p.Provider() + `
resource "chat_oichat_room" "support" {
  type         = "group"
  participants = ["ann", "bob"]
}

ephemeral "chat_oichat_token" "ann" {
  user_id  = one([for user in chat_oichat_room.support.participants : user if user != "bob"])
  channels = [chat_oichat_room.support.room_id]
}

provider "echo" {
  data = ephemeral.chat_oichat_token.ann
}

resource "echo" "token" {}
`,
			Check: func(state *terraform.State) error {
				token := state.RootModule().Resources["echo.token"].Primary.Attributes["data.token"]
				if claims := p.claims(t, token); claims["user_id"] != "ann" || fmt.Sprint(claims["channels"]) != "["+p.onlyRoom(t).ID+"]" {
					return fmt.Errorf("the token says %v", claims)
				}
				return nil
			},
		}},
	})
}
