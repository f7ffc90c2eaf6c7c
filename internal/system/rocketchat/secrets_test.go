package rocketchat_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

const canaryToken = "canary/token of ann 4711"

// mustNotHold fails when a text holds one of the secrets, plainly or escaped for
// a path or a query.
func mustNotHold(t *testing.T, where, text string, secrets ...string) {
	t.Helper()
	for i, secret := range secrets {
		for _, form := range []string{secret, url.PathEscape(secret), url.QueryEscape(secret)} {
			if at := strings.Index(text, form); secret != "" && at >= 0 {
				t.Errorf("%s holds secret %d near %q", where, i, strings.ReplaceAll(text[max(0, at-200):at], form, "…"))
			}
		}
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

// secretTenant uses every resource with a visitor whose token is known to the
// test, and one whose token the provider makes.
const secretTenant = `
variable "token" {
  type      = string
  sensitive = true
}

variable "words" {
  default = "Hello"
}

resource "chat_rocketchat_visitor" "ann" {
  token             = var.token
  email             = "ann@example.com"
  force_close_rooms = true
}

resource "chat_rocketchat_visitor" "bob" {
  email = "bob@example.com"
}

resource "chat_rocketchat_room" "ann" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

resource "chat_rocketchat_room" "bob" {
  visitor_token = chat_rocketchat_visitor.bob.token
}

resource "chat_rocketchat_message" "ann" {
  room_id       = chat_rocketchat_room.ann.id
  visitor_token = chat_rocketchat_visitor.ann.token
  text          = var.words
}

data "chat_rocketchat_visitor" "bob" {
  token = chat_rocketchat_visitor.bob.token
}

data "chat_rocketchat_agent" "bob" {
  room_id       = chat_rocketchat_room.bob.id
  visitor_token = chat_rocketchat_visitor.bob.token
}

data "chat_rocketchat_message_history" "ann" {
  room_id       = chat_rocketchat_message.ann.room_id
  visitor_token = chat_rocketchat_visitor.ann.token
}

data "chat_rocketchat_config" "ann" {
  visitor_token = chat_rocketchat_visitor.ann.token
}
`

// The tokens of visitors stand in the state, where Terraform keeps what is
// sensitive, and nowhere that is shown: no id, no identity, no log. The
// administrator's token is in none of these.
func TestSecrets_wholeRun(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	logPath := filepath.Join(t.TempDir(), "trace.log")
	w := e.workspace(t, secretTenant, "TF_VAR_token="+canaryToken, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
	shown := w.Must("plan", "-no-color", "-input=false", "-out=first.plan")
	mustNotHold(t, "the saved plan", w.Must("show", "-json", "first.plan"), e.AdminToken())
	shown += w.Must("apply", "-no-color", "-input=false", "first.plan")

	state := readFile(t, filepath.Join(w.Dir, "terraform.tfstate"))
	made := regexp.MustCompile(`"token": "([0-9A-Za-z]{43})"`).FindStringSubmatch(state)
	if made == nil || !strings.Contains(state, canaryToken) {
		t.Fatal("the state lacks the tokens, so the test would prove nothing")
	}
	mustNotHold(t, "the state", state, e.AdminToken())
	for _, id := range regexp.MustCompile(`"(?:id|identity|room_id|visitor_id|message_id)": "[^"]*"`).FindAllString(state, -1) {
		mustNotHold(t, "an id", id, canaryToken, made[1])
	}

	w.Environment = append(w.Environment, "TF_VAR_words=Hi")
	shown += w.Must("plan", "-no-color", "-input=false", "-out=second.plan")
	shown += w.Must("show", "-no-color", "second.plan")
	shown += w.Must("apply", "-no-color", "-input=false", "second.plan")
	shown += w.Must("show", "-no-color") + w.Must("output", "-no-color")
	e.closeRoom(t, made[1], e.openRoom(t, made[1]))
	e.addVisitor(t, "thief", map[string]any{"email": "ann@example.com"})
	shown += w.Must("plan", "-no-color", "-input=false") // all warnings
	shown += w.Must("destroy", "-no-color", "-input=false", "-auto-approve")

	mustNotHold(t, "what Terraform printed", shown, canaryToken, made[1], e.AdminToken())
	trace := readFile(t, logPath)
	if !strings.Contains(trace, "/livechat/visitor/***") || !strings.Contains(trace, "API request") {
		t.Error("the log does not tell of the provider's calls, so the test proves little")
	}
	mustNotHold(t, "the TRACE log", trace, canaryToken, made[1], e.AdminToken())
}

// A server that repeats what it was sent, in whatever it answers, gets no secret
// into an error or a log.
func TestSecrets_failingRuns(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		form   string // of the answer; %s is the request
	}{
		"JSON 500": {500, `{"success":false,"error":%q}`},
		"JSON 400": {400, `{"success":false,"error":%q,"errorType":"invalid-params"}`},
		"JSON 401": {401, `{"success":false,"error":%q}`},
		"HTML 200": {200, "<html><pre>%s</pre></html>"},
		"HTML 403": {403, "<html><pre>%s</pre></html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const adminToken = "canary-of-the-administrator"
			echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.WriteHeader(answer.status)
				fmt.Fprintf(w, answer.form, fmt.Sprint(r.URL, " ", r.Header, " ", string(body)))
			}))
			defer echo.Close()
			logPath := filepath.Join(t.TempDir(), "trace.log")
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + `
variable "token" {
  type      = string
  sensitive = true
}

resource "chat_rocketchat_visitor" "ann" {
  token = var.token
}

resource "chat_rocketchat_visitor" "bob" {}

resource "chat_rocketchat_room" "ann" {
  visitor_token = var.token
}

resource "chat_rocketchat_message" "ann" {
  room_id       = "r1"
  visitor_token = var.token
  text          = "Hello"
}

resource "chat_rocketchat_department" "billing" {
  name  = "Billing"
  email = "billing@example.com"
}
`}, "ROCKETCHAT_URL="+echo.URL, "ROCKETCHAT_AUTH_TOKEN="+adminToken, "ROCKETCHAT_USER_ID=boss",
				"TF_VAR_token="+canaryToken, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
			output, code := w.Run("apply", "-no-color", "-input=false", "-auto-approve")
			if code == 0 || strings.Count(output, "Error: ") != 5 {
				t.Fatalf("the apply ended with %d:\n%s", code, output)
			}
			mustNotHold(t, "the output", output, canaryToken, adminToken)
			mustNotHold(t, "the TRACE log", readFile(t, logPath), canaryToken, adminToken)
		})
	}
}
