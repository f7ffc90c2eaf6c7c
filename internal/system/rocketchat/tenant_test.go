package rocketchat_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// base is what every path begins with.
const base = mock.Base

// tenant is a mock with a few short ways to set the stage, always as another
// operator would: behind Terraform's back and absent from the request log.
type tenant struct{ *acctest.RocketChat }

func startTenant(t *testing.T) tenant {
	t.Helper()
	return tenant{acctest.StartRocketChat(t)}
}

// startOldTenant is startTenant with a server whose clock is an hour late, until
// catchUp is called: what is made before is old then.
func startOldTenant(t *testing.T) (e tenant, catchUp func()) {
	t.Helper()
	var late atomic.Int64
	late.Store(int64(time.Hour))
	e = tenant{acctest.StartRocketChatWith(t, mock.Options{Now: func() time.Time { return time.Now().Add(-time.Duration(late.Load())) }})}
	return e, func() { late.Store(0) }
}

// edit makes a call behind Terraform's back.
func (e tenant) edit(t *testing.T, call string, body any) map[string]any {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	return e.Edit(t, method, base+path, body)
}

// addVisitor registers a visitor with that token and more fields, and returns
// its id.
func (e tenant) addVisitor(t *testing.T, token string, more map[string]any) string {
	t.Helper()
	fields := map[string]any{"token": token}
	maps.Copy(fields, more)
	visitor, _ := e.edit(t, "POST /visitor", map[string]any{"visitor": fields})["visitor"].(map[string]any)
	id, _ := visitor["_id"].(string)
	return id
}

// openRoom opens the visitor's room, or finds it, and returns its id.
func (e tenant) openRoom(t *testing.T, token string) string {
	t.Helper()
	room, _ := e.edit(t, "GET /room?token="+token, nil)["room"].(map[string]any)
	id, _ := room["_id"].(string)
	return id
}

func (e tenant) closeRoom(t *testing.T, token, roomID string) {
	t.Helper()
	e.edit(t, "POST /room.close", map[string]any{"token": token, "rid": roomID})
}

// say sends a message and returns its id.
func (e tenant) say(t *testing.T, token, roomID, words string) string {
	t.Helper()
	message, _ := e.edit(t, "POST /message", map[string]any{"token": token, "rid": roomID, "msg": words})["message"].(map[string]any)
	id, _ := message["_id"].(string)
	return id
}

// visitors are the visitors who are not deleted.
func (e tenant) visitors() []mock.VisitorState {
	return slices.DeleteFunc(e.Snapshot().Visitors, func(v mock.VisitorState) bool { return v.Disabled })
}

// visitor is the only visitor of a name.
func (e tenant) visitor(t *testing.T, name string) mock.VisitorState {
	t.Helper()
	found := slices.DeleteFunc(e.visitors(), func(v mock.VisitorState) bool { return v.Name != name })
	if len(found) != 1 {
		t.Fatalf("there are %d visitors %q", len(found), name)
	}
	return found[0]
}

// openRooms are the ids of the rooms that are open.
func (e tenant) openRooms() []string {
	ids := []string{}
	for _, room := range e.Snapshot().Rooms {
		if room.Open {
			ids = append(ids, room.ID)
		}
	}
	return ids
}

// calls are the requests so far, as "GET /path", without what all have in
// common.
func (e tenant) calls() []string {
	all := []string{}
	for _, request := range e.Requests() {
		line := request.Method + " " + strings.TrimPrefix(request.Path, base)
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

// opening is how often a room was asked for without its id, which opens one.
func (e tenant) opening() int {
	count := 0
	for _, request := range e.Requests() {
		if request.Method == http.MethodGet && request.Path == base+"/room" && !strings.Contains(request.Query, "rid=") {
			count++
		}
	}
	return count
}

// body is the body of the last call of a method and path, as JSON.
func (e tenant) body(t *testing.T, method, path string) string {
	t.Helper()
	var last any
	for _, request := range e.Requests() {
		if request.Method == method && request.Path == base+path {
			last = request.Body
		}
	}
	text, err := json.Marshal(last)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// workspace is a workspace for the mock with a configuration in it.
func (e tenant) workspace(t *testing.T, config string, environment ...string) *acctest.Workspace {
	t.Helper()
	files := map[string]string{"main.tf": acctest.RequiredProviders + "provider \"chat\" {\n  rocketchat = {}\n}\n" + config}
	return acctest.NewWorkspace(t, files, append(e.Environment(), environment...)...)
}

// apply applies with so many operations at once, and returns what was printed.
func apply(w *acctest.Workspace, parallelism int, more ...string) string {
	return w.Must(append([]string{"apply", "-auto-approve", "-no-color", "-input=false", fmt.Sprintf("-parallelism=%d", parallelism)}, more...)...)
}

func destroy(w *acctest.Workspace) string {
	return w.Must("destroy", "-auto-approve", "-no-color", "-input=false")
}

// expect checks what a plan does to a resource.
func expect(name string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(name, action)}}
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

// fault is one row of the fault table.
type fault struct {
	name     string
	rule     control.FaultRule
	survived bool   // one such fault goes unnoticed by a call that may be repeated
	want     string // otherwise: what the error says
}

const proxyPage = "<html><body>502 from the proxy</body></html>"

// faults is the fault table; each goes wrong once.
var faults = []fault{
	{name: "429 with Retry-After", rule: control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}}, survived: true, want: "429"},
	{name: "429", rule: control.FaultRule{Status: 429, Body: `{"success":false,"error":"Error, too many requests. [error-too-many-requests]"}`}, survived: true, want: "429"},
	{name: "502", rule: control.FaultRule{Status: 502, Body: proxyPage, Headers: map[string]string{"Content-Type": "text/html"}}, survived: true, want: "502"},
	{name: "503", rule: control.FaultRule{Status: 503}, survived: true, want: "503"},
	{name: "504", rule: control.FaultRule{Status: 504}, survived: true, want: "504"},
	{name: "cut before commit", rule: control.FaultRule{Drop: "before"}, survived: true, want: "did not answer"},
	{name: "cut after commit", rule: control.FaultRule{Drop: "after"}, survived: true, want: "did not answer"},
	{name: "broken JSON", rule: control.FaultRule{Status: 200, Body: `{"success": tr`}, want: "cannot be read"},
	{name: "HTML 200", rule: control.FaultRule{Status: 200, Body: proxyPage}, want: "cannot be read"},
	{name: "empty 200", rule: control.FaultRule{Status: 200, Empty: true}, want: "cannot be read"},
	{name: "broken JSON after commit", rule: control.FaultRule{Body: `{"success": tr`}, want: "cannot be read"},
	{name: "empty answer after commit", rule: control.FaultRule{Empty: true}, want: "cannot be read"},
	{name: "HTML 404", rule: control.FaultRule{Status: 404, Body: proxyPage}, want: "does not know this path"},
	{name: "foreign 404", rule: control.FaultRule{Status: 404, Body: `{"success":false,"error":"Application not found"}`}, want: "does not know this path"},
	{name: "foreign 400", rule: control.FaultRule{Status: 400, Body: `upstream host not found`}, want: "(400"},
	{name: "500", rule: control.FaultRule{Status: 500, Body: `{"success":false,"error":"boom"}`}, want: "boom"},
	{name: "401", rule: control.FaultRule{Status: 401, Body: `{"success":false,"error":"You must be logged in to do this."}`}, want: "does not accept the provider's administrator"},
	{name: "403", rule: control.FaultRule{Status: 403, Body: `{"success":false,"error":"User does not have the permissions required for this action [error-forbidden]"}`}, want: "does not allow this"},
}

// on is the fault on a method and path, once.
func (f fault) on(method, path string) control.FaultRule {
	rule := f.rule
	rule.Method, rule.Path, rule.Times = method, path, 1
	return rule
}

// checkFault fails unless a call that may be repeated ended as the table says.
func checkFault(t *testing.T, fault fault, problems []string, object string) {
	t.Helper()
	if fault.survived {
		if len(problems) > 0 {
			t.Errorf("one %s is noticed: %q", fault.name, problems)
		}
		return
	}
	onlyProblem(t, problems, "ERROR", object, fault.want)
}
