package syarah_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// The calls of the mock's log: what happens on a socket is one, too.
const (
	creation   = "GET /api/chat/getChatHeaderAsync" // the GET that creates
	uploading  = "POST /api/chat/uploadFile"
	handshake  = "GET /socket.io/"
	connecting = "CONNECT /socket.io/"
	listing    = "EMIT /socket.io/getMyChats"
	headers    = "EMIT /socket.io/findAllChatHeaders"
)

// tenant is a mock with a few short ways to set the stage, always as another
// operator would: behind Terraform's back and absent from the request log.
type tenant struct{ *acctest.Syarah }

func startTenant(t *testing.T) tenant {
	t.Helper()
	return tenant{acctest.StartSyarah(t)}
}

// chatWith makes the chat of the provider's user and another one, and returns its
// id.
func (e tenant) chatWith(t *testing.T, other string) int {
	t.Helper()
	answer := e.Edit(t, "GET", "/api/chat/getChatHeaderAsync?user1Id="+e.UserID()+"&user2Id="+other, nil)
	return int(answer["data"].(map[string]any)["id"].(float64))
}

// say sends a message as a user, and returns its id.
func (e tenant) say(t *testing.T, chatID int, userID, text string) int {
	t.Helper()
	e.Edit(t, "EMIT", "/socket.io/createMessage?userId="+userID, map[string]any{"chatHeaderId": chatID, "message": text, "messageType": 0})
	messages := e.Snapshot().Messages
	return messages[len(messages)-1].ID
}

// calls are the requests so far, as "METHOD /path", without what only opens a
// connection.
func (e tenant) calls() []string {
	all := []string{}
	for _, request := range e.Requests() {
		line := request.Method + " " + request.Path
		if line != handshake && line != connecting {
			all = append(all, line)
		}
	}
	return all
}

// wantCalls fails unless exactly these calls were made, and forgets them.
func (e tenant) wantCalls(t *testing.T, want ...string) {
	t.Helper()
	if got := e.calls(); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("calls:\n got %q\nwant %q", got, want)
	}
	e.ResetRequests()
}

// counts are how often each call was made, those that open a connection
// included.
func (e tenant) counts() map[string]int {
	all := map[string]int{}
	for _, request := range e.Requests() {
		all[request.Method+" "+request.Path]++
	}
	return all
}

// wantCounts fails unless exactly these calls were made, in whatever order, and
// forgets them.
func (e tenant) wantCounts(t *testing.T, what string, want map[string]int) {
	t.Helper()
	if got := e.counts(); !reflect.DeepEqual(got, want) {
		t.Errorf("%s took the calls %v, want %v", what, got, want)
	}
	e.ResetRequests()
}

// mustNotCreate fails when a chat was asked for by the GET that creates it.
func (e tenant) mustNotCreate(t *testing.T, during string) {
	t.Helper()
	if made := e.Count("GET", "getChatHeaderAsync"); made > 0 {
		t.Errorf("%s made %d calls of getChatHeaderAsync, which creates", during, made)
	}
}

// workspace is a workspace for the mock with a configuration in it.
func (e tenant) workspace(t *testing.T, config string, environment ...string) *acctest.Workspace {
	t.Helper()
	files := map[string]string{"main.tf": acctest.RequiredProviders + "provider \"chat\" {\n  syarah = {}\n}\n" + config}
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

// number is an attribute that is a number.
func number(object acctest.Object, name string) int {
	value, _ := object[name].(int)
	return value
}

// writeFile writes a file that a test uploads, and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fault is one row of the fault table.
type fault struct {
	name     string
	rule     control.FaultRule
	survived bool   // one such fault goes unnoticed
	want     string // otherwise: what the error says
}

const proxyPage = "<html><body>502 from the proxy</body></html>"

// restFaults is the fault table of REST calls that may be repeated; each goes
// wrong once.
var restFaults = []fault{
	{name: "429 with Retry-After", rule: control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}}, survived: true},
	{name: "429", rule: control.FaultRule{Status: 429}, survived: true},
	{name: "502", rule: control.FaultRule{Status: 502, Body: proxyPage, Headers: map[string]string{"Content-Type": "text/html"}}, survived: true},
	{name: "503", rule: control.FaultRule{Status: 503}, survived: true},
	{name: "504", rule: control.FaultRule{Status: 504}, survived: true},
	{name: "cut before commit", rule: control.FaultRule{Drop: "before"}, survived: true},
	{name: "cut after commit", rule: control.FaultRule{Drop: "after"}, survived: true},
	{name: "broken JSON", rule: control.FaultRule{Status: 200, Body: `{"data": "x`}, want: "not valid JSON"},
	{name: "HTML 200", rule: control.FaultRule{Status: 200, Body: proxyPage}, want: "check that the backend URL points to the API"},
	{name: "empty 200", rule: control.FaultRule{Status: 200, Empty: true}, want: "the answer is empty"},
	{name: "broken JSON after commit", rule: control.FaultRule{Body: `{"data": "x`}, want: "not valid JSON"},
	{name: "empty answer after commit", rule: control.FaultRule{Empty: true}, want: "the answer is empty"},
	{name: "failure with 200", rule: control.FaultRule{Status: 200, Body: `{"success":false,"data":null,"message":"boom"}`}, want: "boom"},
	{name: "HTML 404", rule: control.FaultRule{Status: 404, Body: proxyPage}, want: "Check backend_url (SYARAH_BACKEND_URL)"},
	{name: "foreign 404", rule: control.FaultRule{Status: 404, Body: `{"message":"Application not found"}`}, want: "Check backend_url (SYARAH_BACKEND_URL)"},
	{name: "HTML 501", rule: control.FaultRule{Status: 501, Body: proxyPage}, want: "Check backend_url (SYARAH_BACKEND_URL)"},
	{name: "500", rule: control.FaultRule{Status: 500, Body: `{"success":false,"data":null,"message":"boom"}`}, want: "boom"},
	{name: "401", rule: control.FaultRule{Status: 401, Body: `{"success":false,"message":"The access token has expired"}`}, want: "Syarah does not accept the access token"},
	{name: "403", rule: control.FaultRule{Status: 403, Body: `{"success":false,"message":"Forbidden"}`}, want: "Syarah knows the user and does not allow this"},
	{name: "ABP 403", rule: control.FaultRule{Status: 403, Body: `{"error":{"code":"Chat:1","message":"No","details":null}}`}, want: "Syarah knows the user and does not allow this"},
}

// eventFaults is the fault table of events that are asked again; each goes wrong
// once.
var eventFaults = []fault{
	{name: "cut before commit", rule: control.FaultRule{Drop: "before"}, survived: true},
	{name: "cut after commit", rule: control.FaultRule{Drop: "after"}, survived: true},
	{name: "no ack", rule: control.FaultRule{Empty: true}, want: "Check gateway_url (SYARAH_GATEWAY_URL)"},
	{name: "late ack", rule: control.FaultRule{LatencyMS: 3000}, want: "Check gateway_url (SYARAH_GATEWAY_URL)"},
	{name: "text ack", rule: control.FaultRule{Body: "<html>"}, want: "cannot be read"},
	{name: "no list", rule: control.FaultRule{Body: `{"id":1}`}, want: "cannot be read"},
	{name: "list of anything", rule: control.FaultRule{Body: `[1,null]`}, want: "cannot be read"},
	{name: "list without ids", rule: control.FaultRule{Body: `[{"name":"x"}]`}, want: "cannot be read"},
	{name: "error ack", rule: control.FaultRule{Status: 500, Body: `{"error":"boom"}`}, want: "boom"},
	{name: "401", rule: control.FaultRule{Status: 401, Body: `{"error":"The access token has expired"}`}, want: "Syarah does not accept the access token"},
	{name: "403", rule: control.FaultRule{Status: 403, Body: `{"error":"Forbidden"}`}, want: "Syarah knows the user and does not allow this"},
	{name: "429", rule: control.FaultRule{Status: 429, Body: `{"error":"Too many requests"}`}, want: "limits how often"},
}

// connectFaults is the fault table of opening a connection; each goes wrong once.
var connectFaults = map[string][]fault{
	"GET": {
		{name: "502", rule: control.FaultRule{Status: 502, Body: proxyPage}, survived: true},
		{name: "503", rule: control.FaultRule{Status: 503}, survived: true},
		{name: "cut", rule: control.FaultRule{Drop: "before"}, survived: true},
		{name: "404", rule: control.FaultRule{Status: 404, Body: proxyPage}, want: "socket_path (SYARAH_SOCKET_PATH)"},
		{name: "HTML 200", rule: control.FaultRule{Status: 200, Body: proxyPage}, want: "socket_path (SYARAH_SOCKET_PATH)"},
		{name: "401", rule: control.FaultRule{Status: 401}, want: "Syarah does not accept the access token"},
		{name: "403", rule: control.FaultRule{Status: 403}, want: "Syarah knows the user and does not allow this"},
	},
	"CONNECT": {
		{name: "cut", rule: control.FaultRule{Drop: "before"}, survived: true},
		{name: "401", rule: control.FaultRule{Status: 401, Body: `{"message":"The access token is invalid"}`}, want: "Syarah does not accept the access token"},
		{name: "without words", rule: control.FaultRule{Status: 500}, want: "Syarah does not accept the access token"},
	},
}

// on is the fault on a method and path.
func (f fault) on(method, path string) control.FaultRule {
	rule := f.rule
	rule.Method, rule.Path, rule.Times = method, path, 1
	return rule
}

// checkFault fails unless a fault went unnoticed, or was told as it should be.
func checkFault(t *testing.T, f fault, problems []string, summary string) {
	t.Helper()
	if f.survived {
		if problems != nil {
			t.Errorf("%s: %q", f.name, problems)
		}
		return
	}
	if len(problems) != 1 || !strings.HasPrefix(problems[0], "ERROR "+summary) || !strings.Contains(problems[0], f.want) {
		t.Errorf("%s: got %q, want one error %q that says %q", f.name, problems, summary, f.want)
	}
}

// styles are the ways in which the server may answer, of which the vendor's page
// does not tell which it is.
var styles = map[string]mock.Settings{
	"likely":       {},
	"REST 200":     {RestErrors: "200"},
	"ABP":          {RestErrors: "abp", ListEnvelope: "items", PascalCase: true},
	"envelope":     {ListEnvelope: "data", JoinAnswer: "chatHeader"},
	"exceptions":   {SocketErrors: "exception", LeaveAnswer: "null"},
	"acked writes": {AckWrites: true, LeaveAnswer: "empty"},
	"no echo":      {SkipSender: true},
	"oldest first": {OldestFirst: true, MaxResults: 7},
	"late auth":    {LateAuth: true},
	"checked user": {CheckUserID: true},
	"no token":     {AuthOff: true},
	"hidden":       {HideEmptyChats: true},
}
