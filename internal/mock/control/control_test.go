package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A counter is a backend with one number: POST raises it, GET tells it.
type counter struct {
	mutex    sync.Mutex
	count    int
	step     int
	revision uint64
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if r.Method == http.MethodPost {
		c.count += c.step
		c.revision++
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"count":%d}`, c.count)
}

func (c *counter) Operate(w http.ResponseWriter, r *http.Request) { c.ServeHTTP(w, r) }

func (c *counter) Reset() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.count, c.step = 0, 1
	c.revision++
}

func (c *counter) State() any {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return map[string]int{"count": c.count}
}

func (c *counter) ApplySettings(raw json.RawMessage) error {
	var settings struct{ Step int }
	if err := control.Decode(raw, &settings); err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.step = settings.Step
	return nil
}

func (c *counter) Calls() map[string]control.Call {
	return map[string]control.Call{
		"POST /_mock/echo": func(body json.RawMessage) (any, error) {
			if len(body) == 0 {
				return nil, errors.New("nothing to echo")
			}
			return body, nil
		},
	}
}

func (c *counter) Revision() uint64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.revision
}

func (c *counter) Export() ([]byte, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return json.Marshal(c.count)
}

func (c *counter) Import(raw []byte) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return control.Decode(raw, &c.count)
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// start serves a fresh counter.
func start(t *testing.T) (*control.Server, string) {
	t.Helper()
	mock := control.New(&counter{step: 1}, func() time.Time { return noon })
	server := httptest.NewServer(mock)
	t.Cleanup(server.Close)
	return mock, server.URL
}

// send makes one call on a connection of its own: a reused one would let Go's
// client repeat a call whose connection was cut.
func send(t *testing.T, method, url, body string, header ...string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, strings.TrimSpace(string(answer)), err
}

// expect makes a call that must be answered.
func expect(t *testing.T, method, url, body string, status int, answer string) {
	t.Helper()
	gotStatus, gotAnswer, err := send(t, method, url, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	if gotStatus != status || gotAnswer != answer {
		t.Fatalf("%s %s answered %d %s, want %d %s", method, url, gotStatus, gotAnswer, status, answer)
	}
}

func TestRequestLogHidesSecrets(t *testing.T) {
	mock, url := start(t)
	_, _, err := send(t, "POST", url+"/v2/users%2Fx?limit=1", `{"name":"ann","list":[{"Password":"canary"}],"appSecret":"canary","tokenId":"t1"}`,
		"Authorization", "Bearer canary", "x-custom-token", "canary", "Cookie", "s=canary", "X-Other", "kept")
	if err != nil {
		t.Fatal(err)
	}
	entries := mock.Requests()
	if len(entries) != 1 {
		t.Fatalf("the log has %d entries, want 1", len(entries))
	}
	entry := entries[0]
	raw, err := json.Marshal(entry)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "canary") {
		t.Errorf("the log shows a secret: %s", raw)
	}
	body, err := json.Marshal(entry.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s %s ?%s %d %s", entry.Method, entry.Path, entry.Query, entry.Status, entry.At.Format(time.TimeOnly))
	if want := "POST /v2/users%2Fx ?limit=1 200 12:00:00"; got != want {
		t.Errorf("the entry is %s, want %s", got, want)
	}
	if want := `{"appSecret":"\u003chidden\u003e","list":[{"Password":"\u003chidden\u003e"}],"name":"ann","tokenId":"t1"}`; string(body) != want {
		t.Errorf("the logged body is %s, want %s", body, want)
	}
	for key, want := range map[string]string{
		"Authorization": "Bearer <hidden>", "X-Custom-Token": "<hidden>", "Cookie": "<hidden>", "X-Other": "kept",
	} {
		if entry.Headers[key] != want {
			t.Errorf("the logged header %s is %q, want %q", key, entry.Headers[key], want)
		}
	}
}

func TestRequestLogTakesAnyBody(t *testing.T) {
	for body, want := range map[string]any{
		"":                       nil,
		`"text"`:                 "text",
		`{"password":"canary"`:   "<20 bytes that are not JSON>",
		`{"a":1} {"b":"canary"}`: "<22 bytes that are not JSON>",
	} {
		mock, url := start(t)
		if _, _, err := send(t, "POST", url+"/x", body); err != nil {
			t.Fatal(err)
		}
		if got := mock.Requests()[0].Body; got != want {
			t.Errorf("the body %q is logged as %v, want %v", body, got, want)
		}
	}
}

func TestControlCalls(t *testing.T) {
	_, url := start(t)
	steps := []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"PUT", "/_mock/settings", `{"Step":5}`, 200, `{"ok":true}`},
		{"POST", "/x", "", 200, `{"count":5}`},
		{"GET", "/_mock/state", "", 200, `{"count":5}`},
		{"POST", "/_mock/edit", `{"method":"POST","path":"/x","body":{"a":1}}`, 200, `{"count":10}`},
		{"POST", "/_mock/echo", `[1]`, 200, `[1]`},
		{"POST", "/_mock/echo", "", 400, `{"error":"nothing to echo"}`},
		{"POST", "/_mock/reset", "", 200, `{"ok":true}`},
		{"GET", "/x", "", 200, `{"count":0}`},
		{"DELETE", "/_mock/requests", "", 200, `{"ok":true}`},
		{"GET", "/_mock/requests", "", 200, `[]`},
		{"GET", "/_mock/nothing", "", 404, `{"error":"the mock has no control call GET /_mock/nothing"}`},
		{"POST", "/_mock/faults", "", 405, `{"error":"the mock has no control call POST /_mock/faults"}`},
		{"PUT", "/_mock/settings", `{"Stepp":5}`, 400, `{"error":"the JSON of the control call is not as documented: json: unknown field \"Stepp\""}`},
		{"PUT", "/_mock/faults", `{} {}`, 400, `{"error":"the JSON of the control call is followed by something else"}`},
		{"PUT", "/_mock/faults", ``, 400, `{"error":"the JSON of the control call is not as documented: EOF"}`},
		{"POST", "/_mock/edit", `{"method":"POST","path":"x"}`, 400, `{"error":"the edit needs a method and a path that starts with a slash, got \"POST\" \"x\""}`},
		{"POST", "/_mock/edit", `{"method":"POST","path":"/x","token":"t"}`, 400, `{"error":"the JSON of the control call is not as documented: json: unknown field \"token\""}`},
	}
	for _, step := range steps {
		expect(t, step.method, url+step.path, step.body, step.status, step.answer)
	}
}

func TestEditIsLoggedApart(t *testing.T) {
	mock, _ := start(t)
	if err := mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Status: 500}}}); err != nil {
		t.Fatal(err)
	}
	status, body, err := mock.Edit("POST", "/x", map[string]any{"password": "canary"})
	if err != nil || status != 200 || string(body) != `{"count":1}` {
		t.Fatalf("the edit answered %d %s %v", status, body, err)
	}
	if log := mock.Requests(); len(log) != 0 {
		t.Errorf("the edit stands in the request log: %v", log)
	}
	edits := mock.Edits()
	if len(edits) != 1 || fmt.Sprint(edits[0].Body) != "map[password:<hidden>]" {
		t.Errorf("the edits are %v", edits)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name string
		rule string
		want []string // answers to POST /a, POST /b, GET /a, POST /a
	}{
		{"none matches", `{"path":"^/c$","status":500}`, []string{`200 {"count":1}`, `200 {"count":2}`, `200 {"count":2}`, `200 {"count":3}`}},
		{"status does not commit", `{"method":"POST","path":"^/a$","status":429,"times":1,"body":"slow down"}`, []string{`429 slow down`, `200 {"count":1}`, `200 {"count":1}`, `200 {"count":2}`}},
		{"skip", `{"method":"POST","skip":2,"status":503}`, []string{`200 {"count":1}`, `200 {"count":2}`, `200 {"count":2}`, `503 `}},
		{"skip and times", `{"skip":1,"times":2,"status":502}`, []string{`200 {"count":1}`, `502 `, `502 `, `200 {"count":2}`}},
		{"body commits", `{"method":"POST","times":1,"body":"<html>"}`, []string{`200 <html>`, `200 {"count":2}`, `200 {"count":2}`, `200 {"count":3}`}},
		{"empty commits", `{"method":"POST","times":1,"empty":true}`, []string{`200 `, `200 {"count":2}`, `200 {"count":2}`, `200 {"count":3}`}},
		{"drop before", `{"times":1,"drop":"before"}`, []string{`cut`, `200 {"count":1}`, `200 {"count":1}`, `200 {"count":2}`}},
		{"drop after commits", `{"times":1,"drop":"after"}`, []string{`cut`, `200 {"count":2}`, `200 {"count":2}`, `200 {"count":3}`}},
		{"drop after overrules status", `{"times":1,"drop":"after","status":500}`, []string{`cut`, `200 {"count":2}`, `200 {"count":2}`, `200 {"count":3}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			mock, url := start(t)
			expect(t, "PUT", url+"/_mock/faults", `{"rules":[`+test.rule+`]}`, 200, `{"ok":true}`)
			for i, call := range []string{"POST /a", "POST /b", "GET /a", "POST /a"} {
				method, path, _ := strings.Cut(call, " ")
				status, body, err := send(t, method, url+path, "")
				got := fmt.Sprintf("%d %s", status, body)
				if err != nil {
					got = "cut"
				}
				if got != test.want[i] {
					t.Errorf("call %d, %s, answered %q, want %q", i, call, got, test.want[i])
				}
			}
			if log := mock.Requests(); len(log) != 4 {
				t.Errorf("the log has %d entries, want 4", len(log))
			}
		})
	}
}

func TestDroppedCallsAreLogged(t *testing.T) {
	for drop, outcome := range map[string]string{
		"before": "dropped before the call was processed",
		"after":  "dropped after the call was processed",
	} {
		mock, url := start(t)
		if err := mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Drop: drop}}}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := send(t, "POST", url+"/x", ""); err == nil {
			t.Fatalf("drop %s: the call was answered", drop)
		}
		if entry := mock.Requests()[0]; entry.Status != 0 || entry.Outcome != outcome {
			t.Errorf("drop %s is logged as %d %q, want 0 %q", drop, entry.Status, entry.Outcome, outcome)
		}
	}
}

func TestFaultHeaders(t *testing.T) {
	mock, _ := start(t)
	plan := control.FaultPlan{Rules: []control.FaultRule{{Status: 429, Headers: map[string]string{"Retry-After": "7"}}}}
	if err := mock.SetFaults(plan); err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	mock.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "GET", "/x", nil))
	if after := recorder.Header().Get("Retry-After"); recorder.Code != http.StatusTooManyRequests || after != "7" {
		t.Errorf("got %d with Retry-After %q, want 429 with 7", recorder.Code, after)
	}
}

// The same seed gives the same run, another seed another one.
func TestProbabilityIsSeeded(t *testing.T) {
	run := func(seed uint64) string {
		mock, _ := start(t)
		plan := control.FaultPlan{Seed: seed, Rules: []control.FaultRule{{Probability: 0.5, Status: 500}}}
		if err := mock.SetFaults(plan); err != nil {
			t.Fatal(err)
		}
		pattern := ""
		for range 64 {
			recorder := httptest.NewRecorder()
			mock.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "GET", "/x", nil))
			pattern += fmt.Sprint(recorder.Code / 100)
		}
		return pattern
	}
	first := run(1)
	if !strings.Contains(first, "2") || !strings.Contains(first, "5") {
		t.Errorf("with probability 0.5 the answers are %s, want some of each", first)
	}
	if again := run(1); again != first {
		t.Errorf("the same seed gave %s and %s", first, again)
	}
	if other := run(2); other == first {
		t.Errorf("seeds 1 and 2 both gave %s", first)
	}
}

func TestWrongFaultPlans(t *testing.T) {
	mock, _ := start(t)
	tests := []struct {
		plan control.FaultPlan
		want string
	}{
		{control.FaultPlan{LatencyMS: -1}, "latency_ms is -1, but a delay cannot be negative"},
		{control.FaultPlan{Rules: []control.FaultRule{{Path: "("}}}, "fault rule 0: path is not a regular expression"},
		{control.FaultPlan{Rules: []control.FaultRule{{}, {Probability: 1.5}}}, "fault rule 1: probability is 1.5, but must lie between 0 and 1"},
		{control.FaultPlan{Rules: []control.FaultRule{{Times: -1}}}, "fault rule 0: skip, times and latency_ms cannot be negative"},
		{control.FaultPlan{Rules: []control.FaultRule{{Status: 99}}}, "fault rule 0: status is 99, but must lie between 200 and 599"},
		{control.FaultPlan{Rules: []control.FaultRule{{Drop: "never"}}}, `fault rule 0: drop is "never", but must be "before" or "after"`},
		{control.FaultPlan{Rules: []control.FaultRule{{Body: "x", Empty: true}}}, "fault rule 0: body and empty exclude each other"},
	}
	for _, test := range tests {
		if err := mock.SetFaults(test.plan); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("the plan %+v gave %v, want %s", test.plan, err, test.want)
		}
	}
}

// A caller who leaves during a delay is not served, whoever ordered the delay.
func TestCallerLeavesDuringLatency(t *testing.T) {
	const hour = 3600 * 1000
	for name, delay := range map[string]func(*control.Server) error{
		"of the server": func(mock *control.Server) error {
			mock.SetLatency(time.Hour)
			return nil
		},
		"of the plan": func(mock *control.Server) error {
			return mock.SetFaults(control.FaultPlan{LatencyMS: hour})
		},
		"of a rule": func(mock *control.Server) error {
			return mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Path: "x", LatencyMS: hour}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			mock, _ := start(t)
			if err := delay(mock); err != nil {
				t.Fatal(err)
			}
			ctx, leave := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Millisecond, leave)
			mock.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/x", nil))
			if got := mock.Requests()[0].Outcome; got != "the caller left before the answer" {
				t.Errorf("the outcome is %q", got)
			}
			if state := fmt.Sprint(mock.State()); state != "map[count:0]" {
				t.Errorf("the state is %s, want no change", state)
			}
		})
	}
}

// A notified is told of delays.
type notified struct {
	*httptest.ResponseRecorder
	delays int
}

func (n *notified) NotifyDelay() { n.delays++ }

func TestWriterIsToldOfADelay(t *testing.T) {
	mock, _ := start(t)
	w := &notified{ResponseRecorder: httptest.NewRecorder()}
	mock.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/x", nil))
	if w.delays != 0 {
		t.Errorf("the writer was told of %d delays, but nothing is delayed", w.delays)
	}
	mock.SetLatency(time.Millisecond)
	mock.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/x", nil))
	if w.delays != 1 {
		t.Errorf("the writer was told of %d delays, want 1", w.delays)
	}
}

func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	mock, url := start(t)
	if err := mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	assertFile(t, path, "0")
	expect(t, "POST", url+"/x", "", 200, `{"count":1}`)
	assertFile(t, path, "1")
	expect(t, "POST", url+"/_mock/edit", `{"method":"POST","path":"/x"}`, 200, `{"count":2}`)
	assertFile(t, path, "2")

	again, url := start(t)
	if err := again.Keep(path); err != nil {
		t.Fatal(err)
	}
	expect(t, "GET", url+"/x", "", 200, `{"count":2}`)
	expect(t, "POST", url+"/_mock/reset", "", 200, `{"ok":true}`)
	assertFile(t, path, "0")
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("beside the data file there are %v (%v)", files, err)
	}
}

func TestBrokenDataFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	mock, url := start(t)
	err := mock.Keep(path)
	if err == nil || !strings.Contains(err.Error(), "cannot be used and is left as it is") || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v, want an error that names the file", err)
	}
	expect(t, "POST", url+"/x", "", 200, `{"count":1}`)
	assertFile(t, path, "{broken")
}

// A change that cannot be kept is not answered as done.
func TestUnwritableDataFile(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	mock, url := start(t)
	if err := mock.Keep(filepath.Join(directory, "data.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(directory); err != nil {
		t.Fatal(err)
	}
	status, body, err := send(t, "POST", url+"/x", "")
	if err != nil || status != 500 || !strings.Contains(body, "writing the data file") {
		t.Errorf("got %d %s %v, want 500", status, body, err)
	}
}

// The file holds every answered change, also when many come at once.
func TestKeepUnderConcurrency(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	mock, _ := start(t)
	if err := mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			mock.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/x", nil))
		})
	}
	group.Wait()
	assertFile(t, path, "50")
	if log := mock.Requests(); len(log) != 50 {
		t.Errorf("the log has %d entries, want 50", len(log))
	}
}

func assertFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("the data file holds %s, want %s", got, want)
	}
}
