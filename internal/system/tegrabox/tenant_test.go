package tegrabox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// project is where the mock keeps everything.
const project = "/api/projects/" + mock.DefaultProjectID

// lookup is the call that every provider makes once.
const lookup = "GET /api/projects/me"

// tenant is a mock with a few short ways to set the stage, always as another
// operator would: behind Terraform's back and absent from the request log.
type tenant struct{ *acctest.TegraBox }

func startTenant(t *testing.T) tenant {
	t.Helper()
	return tenant{acctest.StartTegraBox(t)}
}

// addUser makes a user with that username and returns its id.
func (e tenant) addUser(t *testing.T, username string) string {
	t.Helper()
	return told(e.Edit(t, "POST", project+"/users", map[string]any{"username": username, "external_user_id": "ext-" + username}), "id")
}

// told is a text of an answer, whatever envelope it is in.
func told(answer map[string]any, key string) string {
	if inner, wrapped := answer["data"].(map[string]any); wrapped {
		answer = inner
	}
	return answer[key].(string)
}

// addRoom makes a room and returns its id.
func (e tenant) addRoom(t *testing.T, name, createdBy string) string {
	t.Helper()
	return told(e.Edit(t, "POST", project+"/rooms", map[string]any{"name": name, "created_by": createdBy}), "id")
}

// addMessage sends a message and returns its id.
func (e tenant) addMessage(t *testing.T, roomID, userID, content string) string {
	t.Helper()
	return told(e.Edit(t, "POST", project+"/rooms/"+roomID+"/messages", map[string]any{"content": content, "user_id": userID}), "id")
}

// token issues a token for a user.
func (e tenant) token(t *testing.T, userID string) string {
	t.Helper()
	return told(e.Edit(t, "POST", project+"/users/"+userID+"/token", nil), "token")
}

// calls are the requests so far, as "GET /path".
func (e tenant) calls() []string {
	all := []string{}
	for _, request := range e.Requests() {
		line := request.Method + " " + request.Path
		if request.Query != "" {
			line += "?" + request.Query
		}
		all = append(all, line)
	}
	return all
}

// wantCalls fails unless exactly these calls were made, and forgets them.
func (e tenant) wantCalls(t *testing.T, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if got := e.calls(); !slices.Equal(got, want) {
		t.Errorf("calls:\n got %q\nwant %q", got, want)
	}
	e.ResetRequests()
}

// bodies are the bodies of all calls of a method and exact path, as JSON.
func (e tenant) bodies(t *testing.T, method, path string) string {
	t.Helper()
	all := []any{}
	for _, request := range e.Requests() {
		if request.Method == method && request.Path == path {
			all = append(all, request.Body)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// user is what the server holds of a user by its username; nil: nothing.
func (e tenant) user(username string) *mock.UserState {
	for _, user := range e.Snapshot().Users {
		if user.Username == username && !user.Deleted {
			return &user
		}
	}
	return nil
}

// rooms are the ids of the rooms of a name, in the order of their creation.
func (e tenant) rooms(name string) []string {
	ids := []string{}
	for _, room := range e.Snapshot().Rooms {
		if room.Name == name {
			ids = append(ids, room.ID)
		}
	}
	return ids
}

// workspace is a workspace for the mock with a configuration in it.
func (e tenant) workspace(t *testing.T, config string, environment ...string) *acctest.Workspace {
	t.Helper()
	files := map[string]string{"main.tf": acctest.RequiredProviders + "provider \"chat\" {\n  tegrabox = {}\n}\n" + config}
	return acctest.NewWorkspace(t, files, append(e.Environment(), environment...)...)
}

// apply applies with so many operations at once, and returns what was printed.
func apply(w *acctest.Workspace, parallelism int, more ...string) string {
	return w.Must(append([]string{"apply", "-auto-approve", "-no-color", "-input=false", fmt.Sprintf("-parallelism=%d", parallelism)}, more...)...)
}

// with is a copy of an object with more attributes.
func with(object, more acctest.Object) acctest.Object {
	copied := maps.Clone(object)
	maps.Copy(copied, more)
	return copied
}

// says matches a text in what Terraform prints, which breaks lines anywhere.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `\s+(?:│\s+)?`))
}

// mentions reports whether one of the problems says something.
func mentions(problems []string, text string) bool {
	return slices.ContainsFunc(problems, func(problem string) bool { return strings.Contains(problem, text) })
}

// onlyProblem fails unless there is one problem, which says all of this.
func onlyProblem(t *testing.T, problems []string, want ...string) {
	t.Helper()
	if len(problems) != 1 {
		t.Errorf("got %d problems, want one that says %q:\n%s", len(problems), want, strings.Join(problems, "\n"))
		return
	}
	for _, text := range want {
		if !strings.Contains(problems[0], text) {
			t.Errorf("got %q, want %q", problems[0], text)
		}
	}
}

// onlyWarning is onlyProblem for one that is a warning.
func onlyWarning(t *testing.T, problems []string, want ...string) {
	t.Helper()
	onlyProblem(t, problems, append([]string{"WARNING"}, want...)...)
}

// text is an attribute that is a text.
func text(object acctest.Object, name string) string {
	value, _ := object[name].(string)
	return value
}

// numbered makes names: numbered("user", 3) is user-000, user-001, user-002.
func numbered(prefix string, count int) []string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf("%s-%03d", prefix, i)
	}
	return all
}

// fault is one row of the fault table.
type fault struct {
	name     string
	rule     control.FaultRule
	survived bool   // one such fault goes unnoticed, whatever the call
	want     string // otherwise: what the error says
}

const proxyPage = "<html><body>502 from the proxy</body></html>"

// faults is the fault table; each goes wrong once.
var faults = []fault{
	{name: "429 with Retry-After", rule: control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}}, survived: true},
	{name: "429", rule: control.FaultRule{Status: 429}, survived: true},
	{name: "502", rule: control.FaultRule{Status: 502, Body: proxyPage, Headers: map[string]string{"Content-Type": "text/html"}}, survived: true},
	{name: "503", rule: control.FaultRule{Status: 503}, survived: true},
	{name: "504", rule: control.FaultRule{Status: 504}, survived: true},
	{name: "cut before commit", rule: control.FaultRule{Drop: "before"}, survived: true},
	{name: "cut after commit", rule: control.FaultRule{Drop: "after"}, survived: true},
	{name: "broken JSON", rule: control.FaultRule{Status: 200, Body: `{"id": "x`}, want: "cannot be read"},
	{name: "HTML 200", rule: control.FaultRule{Status: 200, Body: proxyPage}, want: "cannot be read"},
	{name: "empty 200", rule: control.FaultRule{Status: 200, Empty: true}, want: "cannot be read"},
	{name: "broken JSON after commit", rule: control.FaultRule{Body: `{"id": "x`}, want: "cannot be read"},
	{name: "empty answer after commit", rule: control.FaultRule{Empty: true}, want: "cannot be read"},
	{name: "HTML 404", rule: control.FaultRule{Status: 404, Body: proxyPage}, want: "does not seem to know this path"},
	{name: "foreign 404", rule: control.FaultRule{Status: 404, Body: `{"message":"Application not found"}`}, want: "does not seem to know this path"},
	{name: "HTML 501", rule: control.FaultRule{Status: 501, Body: proxyPage}, want: "(501)"},
	{name: "500", rule: control.FaultRule{Status: 500, Body: `{"message":"boom"}`}, want: "boom"},
	{name: "401", rule: control.FaultRule{Status: 401, Body: `{"message":"Invalid API key"}`}, want: "TegraBox does not accept the provider's API key"},
	{name: "403", rule: control.FaultRule{Status: 403, Body: `{"message":"Forbidden"}`}, want: "does not allow this"},
}

// on is the fault on a method and path.
func (f fault) on(method, path string) control.FaultRule {
	rule := f.rule
	rule.Method, rule.Path, rule.Times = method, path, 1
	return rule
}

// always is the fault on a method and path, every time.
func (f fault) always(method, path string) control.FaultRule {
	rule := f.on(method, path)
	rule.Times = 0
	return rule
}
