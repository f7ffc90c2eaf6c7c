package ethora_test

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

const (
	canaryPassword = "canary-password-4711"
	canarySecret   = "canary-secret-0815"
)

// secretTenant uses every secret that the provider knows of.
const secretTenant = acctest.RequiredProviders + `
provider "chat" {
  ethora = {}
}
variable "password" {
  type      = string
  sensitive = true
  ephemeral = true
}
resource "chat_ethora_app" "acme" {
  display_name = "Acme"
  tagline      = var.tagline
}
variable "tagline" {
  default = "one"
}
resource "chat_ethora_user" "ann" {
  app_id              = chat_ethora_app.acme.id
  user_id             = "ann"
  email               = "ann@example.com"
  first_name          = "Ann"
  last_name           = "Lee"
  password_wo         = var.password
  password_wo_version = 1
}
ephemeral "chat_ethora_server_token" "server" {}
ephemeral "chat_ethora_client_token" "ann" {
  app_id     = chat_ethora_app.acme.id
  app_secret = chat_ethora_app.acme.app_secret
  user_id    = chat_ethora_user.ann.user_id
}
resource "terraform_data" "deploy" {
  provisioner "local-exec" {
    command     = "test -n \"$SERVER\" && test -n \"$CLIENT\""
    environment = {
      SERVER = ephemeral.chat_ethora_server_token.server.token
      CLIENT = ephemeral.chat_ethora_client_token.ann.token
    }
  }
}
output "app" {
  value     = chat_ethora_app.acme
  sensitive = true
}
`

// signed is a JSON Web Token: "eyJ" is how its JSON begins in base64.
var signed = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}`)

// credentials are what must be found nowhere at all.
func credentials(appSecret string) []string {
	return []string{
		appSecret, canaryPassword,
		ethora.DeriveKey(appSecret, "ethora:server:v1"), ethora.DeriveKey(appSecret, "ethora:client:v1"),
	}
}

// mustNotHold fails when a text holds one of the secrets.
func mustNotHold(t *testing.T, where, text string, secrets ...string) {
	t.Helper()
	for i, secret := range secrets {
		if at := strings.Index(text, secret); secret != "" && at >= 0 {
			t.Errorf("%s holds secret %d near %q", where, i, strings.ReplaceAll(text[max(0, at-200):at], secret, "…"))
		}
	}
}

// mustNotHoldTokens fails when a text holds a signed token.
func mustNotHoldTokens(t *testing.T, where, text string) {
	t.Helper()
	if at := signed.FindStringIndex(text); at != nil {
		t.Errorf("%s holds a signed token near %q", where, text[max(0, at[0]-200):at[0]])
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// unpack is everything in a saved plan file.
func unpack(t *testing.T, path string) string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var all strings.Builder
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
		_ = reader.Close()
	}
	return all.String()
}

// The provider's own credentials, passwords and signed tokens are in no log, no
// plan, no state and no output. What the server tells about a new app stands in
// the state, where Terraform keeps what is sensitive, and nowhere that is shown.
func TestSecrets_wholeRun(t *testing.T) {
	t.Parallel()
	server := acctest.StartEthora(t)
	logPath := filepath.Join(t.TempDir(), "trace.log")
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": secretTenant},
		append(server.Environment(), "TF_VAR_password="+canaryPassword, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)...)
	secrets := credentials(server.AppSecret())

	shown := workspace.Must("plan", "-no-color", "-input=false", "-out=first.plan")
	planned := unpack(t, filepath.Join(workspace.Dir, "first.plan")) + workspace.Must("show", "-json", "first.plan")
	mustNotHold(t, "the saved plan", planned, secrets...)
	mustNotHoldTokens(t, "the saved plan", planned)
	shown += workspace.Must("apply", "-no-color", "-input=false", "first.plan")

	if match, err := server.CheckPassword(activeApps(server)[0].ID, "ann", canaryPassword); !match {
		t.Fatalf("the password did not reach the server, so the test would prove nothing (%v)", err)
	}
	state := readFile(t, filepath.Join(workspace.Dir, "terraform.tfstate"))
	mustNotHold(t, "the state", state, secrets...)
	appSecret := regexp.MustCompile(`"app_secret": "([0-9a-f]{64})"`).FindStringSubmatch(state)
	appToken := regexp.MustCompile(`"app_token": "JWT (eyJ[^"]+)"`).FindStringSubmatch(state)
	if appSecret == nil || appToken == nil {
		t.Fatal("the state lacks the new app's secret or token")
	}
	mustNotHoldTokens(t, "the state, beside the new app's own token,", strings.ReplaceAll(state, appToken[1], ""))

	// From here on the app's secrets exist. Terraform's saved plans repeat the
	// state and with it these two; the provider's own credentials are not there.
	workspace.Environment = append(workspace.Environment, "TF_VAR_tagline=two")
	shown += workspace.Must("plan", "-no-color", "-input=false", "-out=second.plan")
	planned = unpack(t, filepath.Join(workspace.Dir, "second.plan")) + workspace.Must("show", "-json", "second.plan")
	mustNotHold(t, "the second saved plan", planned, secrets...)
	shown += workspace.Must("show", "-no-color", "second.plan")
	shown += workspace.Must("apply", "-no-color", "-input=false", "second.plan")
	shown += workspace.Must("show", "-no-color") + workspace.Must("output", "-no-color")
	shown += workspace.Must("destroy", "-no-color", "-input=false", "-auto-approve")

	everything := slices.Concat(secrets, credentials(appSecret[1]), appToken[1:])
	mustNotHold(t, "what Terraform printed", shown, everything...)
	mustNotHoldTokens(t, "what Terraform printed", shown)
	trace := readFile(t, logPath)
	if !strings.Contains(trace, "/users/batch") {
		t.Error("the log does not tell of the provider's calls, so the test proves little")
	}
	mustNotHold(t, "the TRACE log", trace, everything...)
	mustNotHoldTokens(t, "the TRACE log", trace)
}

// A server that repeats what it was sent, in whatever it answers, gets no
// secret into an error or a log.
func TestSecrets_failingRuns(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		form   string // of the answer; %s is the request
	}{
		"JSON 500": {500, `{"success":false,"error":%q}`},
		"JSON 422": {422, `{"success":false,"error":"refused","details":{"password":%q}}`},
		"JSON 401": {401, `{"error":%q,"code":"AUTH_FAILED"}`},
		"HTML 200": {200, "<html><pre>%s</pre></html>"},
		"HTML 403": {403, "<html><pre>%s</pre></html>"},
	} {
		t.Run(name, func(t *testing.T) {
			echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.WriteHeader(answer.status)
				fmt.Fprintf(w, answer.form, fmt.Sprint(r.Header.Get("X-Custom-Token"), " ", r.Header.Get("Authorization"), " ", canarySecret, " ", string(body)))
			}))
			defer echo.Close()
			logPath := filepath.Join(t.TempDir(), "trace.log")
			workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + `
variable "password" {
  type      = string
  ephemeral = true
}
` + annBlock("password_wo = var.password\n password_wo_version = 1")},
				"ETHORA_CHAT_API_URL="+echo.URL, "ETHORA_CHAT_APP_ID=66500000000000000000ba5e", "ETHORA_CHAT_APP_SECRET="+canarySecret,
				"TF_VAR_password="+canaryPassword, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
			output, code := workspace.Run("apply", "-no-color", "-input=false", "-auto-approve")
			if code == 0 || !strings.Contains(output, `Can't create Ethora user "ann"`) {
				t.Fatalf("the apply ended with %d:\n%s", code, output)
			}
			for where, text := range map[string]string{"the output": output, "the TRACE log": readFile(t, logPath)} {
				mustNotHold(t, where, text, credentials(canarySecret)...)
				mustNotHoldTokens(t, where, text)
			}
		})
	}
}
