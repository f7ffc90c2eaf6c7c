package syarah_test

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

const canaryToken = "canary-token-0815"

// mustNotHold fails when a text holds the secret.
func mustNotHold(t *testing.T, where, text, secret string) {
	t.Helper()
	if at := strings.Index(text, secret); at >= 0 {
		t.Errorf("%s holds the access token near %q", where, strings.ReplaceAll(text[max(0, at-200):at], secret, "…"))
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
		if _, err := io.Copy(&all, reader); err != nil {
			t.Fatal(err)
		}
		_ = reader.Close()
	}
	return all.String()
}

// The access token is in no log, no plan, no state and no output, whatever is
// done with it: it travels in headers, in the connect packet and in every event.
func TestSecrets_wholeRun(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	logPath := filepath.Join(t.TempDir(), "trace.log")
	w := e.workspace(t, janeBlock()+rulesBlock(writeFile(t, "rules.txt", "Be kind."), "file")+`
data "chat_syarah_chats" "mine" {}
data "chat_syarah_friendships" "mine" {}
data "chat_syarah_chat_headers" "mine" {
  depends_on = [chat_syarah_chat.jane]
}
data "chat_syarah_messages" "jane" {
  chat_header_id = chat_syarah_chat.jane.chat_header_id
}
output "everything" {
  value = [data.chat_syarah_chats.mine, data.chat_syarah_friendships.mine, data.chat_syarah_chat_headers.mine, data.chat_syarah_messages.jane, chat_syarah_chat.jane, chat_syarah_file.rules]
}
`, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
	shown := w.Must("plan", "-no-color", "-input=false", "-out=first.plan")
	planned := unpack(t, filepath.Join(w.Dir, "first.plan")) + w.Must("show", "-json", "first.plan")
	shown += w.Must("apply", "-no-color", "-input=false", "first.plan")
	shown += w.Must("plan", "-no-color", "-input=false")
	shown += w.Must("show", "-no-color") + w.Must("output", "-no-color")
	state := readFile(t, filepath.Join(w.Dir, "terraform.tfstate"))
	if !strings.Contains(state, `"chat_header_id": 101`) {
		t.Fatalf("the run did nothing: %s", state)
	}
	shown += w.Must("destroy", "-no-color", "-input=false", "-auto-approve")
	trace := readFile(t, logPath)
	for _, call := range []string{"getMyChats", "getChatHeaderAsync", "uploadFile", "findAllMessages"} {
		if !strings.Contains(trace, call) {
			t.Errorf("the log does not tell of %s, so the test proves little", call)
		}
	}
	for where, text := range map[string]string{"the plan": planned, "the state": state, "what Terraform printed": shown, "the TRACE log": trace} {
		mustNotHold(t, where, text, e.AccessToken())
	}
}

// A server that repeats what it was sent, in whatever it answers, gets no token
// into an error or a log.
func TestSecrets_failingBackend(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		form   string // of the answer; %s is the request
	}{
		"JSON 500": {500, `{"success":false,"message":%q}`},
		"JSON 200": {200, `{"success":false,"message":%q}`},
		"ABP 400":  {400, `{"error":{"code":"1","message":%q,"details":null}}`},
		"HTML 200": {200, "<html><pre>%s</pre></html>"},
		"no id":    {200, `{"success":true,"data":{"name":%q}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.WriteHeader(answer.status)
				fmt.Fprintf(w, answer.form, fmt.Sprint(r.Header.Get("Authorization"), " ", canaryToken, " ", string(body)))
			}))
			defer echo.Close()
			mustFailWithoutSecret(t, "SYARAH_BACKEND_URL="+echo.URL, janeBlock(), "Can't create Syarah chat")
		})
	}
}

// The same for the gateway, which is told the token in every event.
func TestSecrets_failingGateway(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]control.FaultRule{
		"refused":     {Method: "CONNECT", Status: 401, Body: `{"message":"I do not know ` + canaryToken + `"}`},
		"handshake":   {Method: "GET", Path: "socket.io", Status: 403, Body: canaryToken},
		"error ack":   {Path: "getMyChats", Status: 400, Body: `{"error":"I do not know ` + canaryToken + `"}`},
		"foreign ack": {Path: "getMyChats", Body: `{"you":"` + canaryToken + `"}`},
		"text ack":    {Path: "getMyChats", Body: canaryToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, mock.Settings{LateAuth: true, AuthOff: true})
			e.Faults(t, rule)
			mustFailWithoutSecret(t, "SYARAH_GATEWAY_URL="+e.URL, "data \"chat_syarah_chats\" \"mine\" {}\n", "Can't list Syarah chats")
		})
	}
}

func mustFailWithoutSecret(t *testing.T, setting, config, want string) {
	t.Helper()
	logPath := filepath.Join(t.TempDir(), "trace.log")
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + config},
		setting, "SYARAH_USER_ID="+mock.UserID, "SYARAH_ACCESS_TOKEN="+canaryToken, "TF_LOG=TRACE", "TF_LOG_PATH="+logPath)
	output, code := w.Run("apply", "-no-color", "-input=false", "-auto-approve")
	if code == 0 || !says(want).MatchString(output) {
		t.Fatalf("the apply ended with %d:\n%s", code, output)
	}
	mustNotHold(t, "the output", output, canaryToken)
	mustNotHold(t, "the TRACE log", readFile(t, logPath), canaryToken)
}
