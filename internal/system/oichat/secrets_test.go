package oichat_test

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

// Keys that are found wherever they are.
const (
	canaryAPIKey    = "ak_live_canary-4711"
	canarySecretKey = "sk_canary-0815-4711"
)

// signed is a JSON Web Token: "eyJ" is how its JSON begins in base64.
var signed = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}`)

// mustNotHold fails when a text holds one of the secrets, or a signed token.
func mustNotHold(t *testing.T, where, text string, secrets ...string) {
	t.Helper()
	for i, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s holds secret %d near %q", where, i, text[max(0, at-200):at])
		}
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

// The keys and tokens are in no log, no plan, no state and no output.
func TestSecrets_wholeRun(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	logPath := filepath.Join(t.TempDir(), "trace.log")
	w := p.workspace(t, `
variable "name" {
  default = "one"
}
resource "chat_oichat_room" "support" {
  type                 = "group"
  name                 = var.name
  initial_participants = ["ann", "bob"]
}
resource "chat_oichat_room_participant" "cara" {
  room_id = chat_oichat_room.support.room_id
  user_id = "cara"
}
data "chat_oichat_rooms" "ann" {
  user_id    = "ann"
  depends_on = [chat_oichat_room.support]
}
ephemeral "chat_oichat_token" "ann" {
  user_id = "ann"
}
resource "terraform_data" "deploy" {
  input = var.name
  provisioner "local-exec" {
    command     = "test -n \"$TOKEN\""
    environment = { TOKEN = ephemeral.chat_oichat_token.ann.token }
  }
}
output "rooms" {
  value = data.chat_oichat_rooms.ann.rooms
}
`, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
	shown, planned := "", ""
	for _, name := range []string{"one", "two"} {
		w.Environment = append(w.Environment, "TF_VAR_name="+name)
		shown += w.Must("plan", "-no-color", "-input=false", "-out=saved.plan")
		planned += unpack(t, filepath.Join(w.Dir, "saved.plan")) + w.Must("show", "-json", "saved.plan")
		shown += w.Must("apply", "-no-color", "-input=false", "saved.plan")
	}
	shown += w.Must("show", "-no-color") + w.Must("output", "-no-color")
	state := readFile(t, filepath.Join(w.Dir, "terraform.tfstate"))
	shown += w.Must("destroy", "-no-color", "-input=false", "-auto-approve")
	trace := readFile(t, logPath)
	if !strings.Contains(trace, "/v1/auth/token") || !strings.Contains(trace, "/participants") {
		t.Error("the log does not tell of the provider's calls, so the test proves little")
	}
	for where, text := range map[string]string{"what Terraform printed": shown, "the saved plans": planned, "the state": state, "the TRACE log": trace} {
		mustNotHold(t, where, text, p.APIKey(), p.SecretKey())
	}
}

// A server that repeats what it was sent, in whatever it answers, gets no key
// into an error or a log.
func TestSecrets_failingRuns(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		form   string // of the answer; %s is the request
	}{
		"JSON 500": {500, `{"error":{"code":"INTERNAL","message":%q}}`},
		"JSON 400": {400, `{"error":{"code":"INVALID","message":"refused","details":[{"field":"name","message":%q}]}}`},
		"JSON 401": {401, `{"error":%q}`},
		"HTML 200": {200, "<html><pre>%s</pre></html>"},
		"text 403": {403, "%s"},
	} {
		for way, more := range map[string]string{"headers": "", "bearer": "bearer"} {
			t.Run(name+", "+way, func(t *testing.T) {
				echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					w.WriteHeader(answer.status)
					fmt.Fprintf(w, answer.form, fmt.Sprint(r.Header, " ", string(body)))
				}))
				defer echo.Close()
				logPath := filepath.Join(t.TempDir(), "trace.log")
				w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + "resource \"chat_oichat_room\" \"support\" {\n" + minimal + "}\n" + `
ephemeral "chat_oichat_token" "ann" {
  user_id = "ann"
}
`}, "OICHAT_BASE_URL="+echo.URL, "OICHAT_API_KEY="+canaryAPIKey, "OICHAT_SECRET_KEY="+canarySecretKey, "OICHAT_PROJECT_ID=proj_1",
					"OICHAT_AUTHENTICATION="+more, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
				output, code := w.Run("apply", "-no-color", "-input=false", "-auto-approve")
				if code == 0 || !strings.Contains(output, "Can't ") {
					t.Fatalf("the apply ended with %d:\n%s", code, output)
				}
				mustNotHold(t, "the output", output, canaryAPIKey, canarySecretKey)
				mustNotHold(t, "the TRACE log", readFile(t, logPath), canaryAPIKey, canarySecretKey)
			})
		}
	}
}
