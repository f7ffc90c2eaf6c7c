package tegrabox_test

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

const canaryKey = "canary-key-0815"

// secretTenant uses every secret that the provider knows of.
const secretTenant = acctest.RequiredProviders + `
provider "chat" {
  tegrabox = {}
}
provider "chat" {
  alias    = "ann"
  tegrabox = { jwt_token = ephemeral.chat_tegrabox_token.ann.token }
}
resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = var.display_name
}
variable "display_name" {
  default = "one"
}
ephemeral "chat_tegrabox_token" "ann" {
  user_id         = chat_tegrabox_user.ann.id
  revoke_on_close = true
}
resource "terraform_data" "deploy" {
  provisioner "local-exec" {
    command     = "test -n \"$TOKEN\""
    environment = { TOKEN = ephemeral.chat_tegrabox_token.ann.token }
  }
}
`

const whoIsAnn = `
data "chat_tegrabox_token_info" "ann" {
  provider = chat.ann
}
output "ann" {
  value = data.chat_tegrabox_token_info.ann
}
`

// signed is a JSON Web Token: "eyJ" is how its JSON begins in base64.
var signed = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}`)

// mustHoldNoSecret fails when a text holds the secret, or a signed token.
func mustHoldNoSecret(t *testing.T, where, text, secret string) {
	t.Helper()
	if at := strings.Index(text, secret); at >= 0 {
		t.Errorf("%s holds the API key near %q", where, text[max(0, at-200):at])
	}
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

// The API key and the tokens of users are in no log, no plan, no state and no
// output.
func TestSecrets_wholeRun(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	logPath := filepath.Join(t.TempDir(), "trace.log")
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": secretTenant},
		append(e.Environment(), "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)...)

	shown := workspace.Must("plan", "-no-color", "-input=false", "-out=first.plan")
	planned := unpack(t, filepath.Join(workspace.Dir, "first.plan")) + workspace.Must("show", "-json", "first.plan")
	shown += workspace.Must("apply", "-no-color", "-input=false", "first.plan")
	workspace.Write("who.tf", whoIsAnn)
	workspace.Environment = append(workspace.Environment, "TF_VAR_display_name=two")
	shown += workspace.Must("plan", "-no-color", "-input=false", "-out=second.plan")
	planned += unpack(t, filepath.Join(workspace.Dir, "second.plan")) + workspace.Must("show", "-json", "second.plan")
	shown += workspace.Must("apply", "-no-color", "-input=false", "second.plan")
	shown += workspace.Must("show", "-no-color") + workspace.Must("output", "-no-color")
	state := readFile(t, filepath.Join(workspace.Dir, "terraform.tfstate"))
	if tokens := e.Snapshot().Tokens; len(tokens) == 0 || e.Count("GET", "/auth/verify$") == 0 || !strings.Contains(state, "chat_tegrabox_token_info") {
		t.Fatalf("no token was used, so the test would prove nothing: %+v", tokens)
	}
	for _, token := range e.Snapshot().Tokens {
		if !token.Revoked {
			t.Errorf("token %s was not revoked on close", token.ID)
		}
	}
	shown += workspace.Must("destroy", "-no-color", "-input=false", "-auto-approve")
	trace := readFile(t, logPath)
	if !strings.Contains(trace, "/projects/me") {
		t.Error("the log does not tell of the provider's calls, so the test proves little")
	}
	for where, text := range map[string]string{"what Terraform printed": shown, "a saved plan": planned, "the state": state, "the TRACE log": trace} {
		mustHoldNoSecret(t, where, text, e.APIKey())
	}
}

// A server that repeats what it was sent, in whatever it answers, gets no secret
// into an error or a log.
func TestSecrets_failingRuns(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		form   string // of the answer; %s is the request
	}{
		"JSON 500": {500, `{"error":%q}`},
		"JSON 422": {422, `{"message":"refused","errors":{"username":%q}}`},
		"JSON 401": {401, `{"message":%q}`},
		"HTML 200": {200, "<html><pre>%s</pre></html>"},
		"HTML 403": {403, "<html><pre>%s</pre></html>"},
		"text 404": {404, "User not found: %s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(answer.status)
				fmt.Fprintf(w, answer.form, fmt.Sprint(r.Header.Get("X-API-Key"), " ", r.Header.Get("Authorization")))
			}))
			defer echo.Close()
			logPath := filepath.Join(t.TempDir(), "trace.log")
			token := "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.canary"
			workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + annBlock() + `data "chat_tegrabox_token_info" "own" {}`},
				"TEGRABOX_BASE_URL="+echo.URL, "TEGRABOX_API_KEY="+canaryKey, "TEGRABOX_JWT_TOKEN="+token, "TEGRABOX_PROJECT_ID=p",
				"TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
			output, code := workspace.Run("plan", "-no-color", "-input=false")
			if code == 0 || !strings.Contains(output, "Can't verify TegraBox token") {
				t.Fatalf("the plan ended with %d:\n%s", code, output)
			}
			workspace.Write("main.tf", acctest.RequiredProviders+annBlock())
			second, code := workspace.Run("apply", "-no-color", "-input=false", "-auto-approve")
			if code == 0 || !strings.Contains(second, `Can't create TegraBox user "ann"`) {
				t.Fatalf("the apply ended with %d:\n%s", code, second)
			}
			mustHoldNoSecret(t, "the output", output+second, canaryKey)
			mustHoldNoSecret(t, "the TRACE log", readFile(t, logPath), canaryKey)
		})
	}
}
