package rocketchat_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// Everything comes back after a restart.
func TestDataSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	b := newBench(t)
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	b.send("POST /visitor", `{"visitor":{"token":"ann","name":"Ann","email":"a@x.example","phone":"1","customFields":[{"key":"tier","value":"gold"}]}}`).is(200)
	b.room("chat", "ann")
	b.message("Hello", "ann", "CHAT")
	b.send("PUT /message/HELLO", `{"token":"ann","rid":"CHAT","msg":"Edited"}`).is(200)
	b.upload("CHAT", "ann", part{"description", "", "", "A file"}, part{"file", "a.txt", "text/plain", "a"}).is(200)
	b.send("POST /room.survey", `{"token":"ann","rid":"CHAT","data":[{"name":"satisfaction","value":"5"}]}`).is(200)
	b.send("POST /transcript", `{"token":"ann","rid":"CHAT","email":"a@x.example"}`).is(200)
	b.send("GET /agent.next/nobody", "").is(200) // a GET that changes something
	b.visitor("bob")
	b.send("DELETE /visitor/bob", "").is(200)
	b.admin("POST /department", departmentBody("Billing", `,"chatClosingTags":["a"]`, `,"agents":[{"agentId":"ALICE","order":3}]`)).is(200)
	b.admin("POST /department/SALES/archive", "").is(200)
	b.admin("POST /custom-fields.save", `{"customFieldData":{"field":"color","label":"Colour","scope":"room","visibility":"visible"}}`).is(200)
	reads := func() string {
		return strings.Join([]string{
			b.call("GET /_mock/state", "", nil).raw, b.send("GET /visitor/ann", "").raw, b.send("GET /room?token=ann", "").raw,
			b.send("GET /messages.history/CHAT?token=ann", "").raw, b.admin("GET /department?showArchived=true", "").raw, b.admin("GET /custom-fields", "").raw,
		}, "\n")
	}
	before := reads()
	b.restart()
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	if after := reads(); after != before {
		t.Errorf("before the restart:\n%s\nafter:\n%s", before, after)
	}
	b.visitor("cy")
	b.send("GET /visitor/cy", "").is(200).has("guest-3", "visitor", "username")
	ids := map[string]bool{}
	for _, visitor := range b.mock.Snapshot().Visitors {
		ids[visitor.ID] = true
	}
	if len(ids) != 3 {
		t.Errorf("the new visitor took another's id: %v", ids)
	}
}

func TestDataFilesThatAreRefused(t *testing.T) {
	replace := func(old, replacement string) func(string) string {
		return func(raw string) string {
			if !strings.Contains(raw, old) {
				t.Fatalf("the data file has no %s: %s", old, raw)
			}
			return strings.Replace(raw, old, replacement, 1)
		}
	}
	for want, change := range map[string]func(string) string{
		"it is not the JSON that the mock writes": func(raw string) string { return raw[:len(raw)/2] },
		"unknown field": replace(`"version"`, `"x": 1, "version"`),
		"it has version 9, but this mock reads version 1": replace(`"version": 1`, `"version": 9`),
		"its admin is not that of this mock":              replace(rocketchat.DefaultAdminUserID, "another"),
		"one of its users is empty":                       replace(`"users": [`, `"users": [null,`),
		"one of its departments is empty":                 replace(`"departments": [`, `"departments": [null,`),
		"one of its departments has an empty agent":       replace(`"agents": [`, `"agents": [null,`),
		"one of its customFields is empty":                replace(`"customFields": [`, `"customFields": [null,`),
		"one of its visitors is empty":                    replace(`"visitors": null`, `"visitors": [null]`),
		"one of its rooms is empty":                       replace(`"rooms": null`, `"rooms": [null]`),
		"one of its messages is empty":                    replace(`"messages": null`, `"messages": [null]`),
		"one of its mails is empty":                       replace(`"mails": null`, `"mails": [null]`),
	} {
		path := filepath.Join(t.TempDir(), "data.json")
		if err := rocketchat.New(rocketchat.Options{}).Keep(path); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(change(string(raw))), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := rocketchat.New(rocketchat.Options{}).Keep(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestReset(t *testing.T) {
	b := newBench(t)
	before := fmt.Sprintf("%+v", b.mock.Snapshot())
	id := b.visitor("ann")
	b.room("chat", "ann")
	b.admin("POST /department/SALES/archive", "").is(200)
	b.admin("POST /custom-fields.delete", `{"customFieldId":"tier"}`).is(200)
	b.set(rocketchat.Settings{OmnichannelOff: true, RateLimits: true})
	b.call("POST /_mock/reset", "", nil).is(200)
	if after := fmt.Sprintf("%+v", b.mock.Snapshot()); after != before {
		t.Errorf("after the reset the state is\n%s\nwant\n%s", after, before)
	}
	b.send("GET /config", "").is(200).has("true", "config", "enabled")
	if again := b.visitor("ann"); again != id {
		t.Errorf("after a reset the first id is %s, want %s", again, id)
	}
	if state := b.mock.Snapshot(); state.Visitor("x") != nil || state.Room("x") != nil || state.Department("x") != nil || state.Message("x") != nil || state.CustomField("x") != nil || b.mock.VisitorID("x") != "" {
		t.Error("the state has objects that nobody created")
	}
}

// The operator needs no credentials, and changes things behind everybody's back.
func TestOperator(t *testing.T) {
	b := newBench(t)
	b.chat()
	for _, edit := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"POST", "/visitor", map[string]any{"visitor": map[string]any{"token": "ann", "name": "Changed"}}, 200},
		{"POST", "/visitor", map[string]any{"colour": "red"}, 400},
		{"PUT", "/message/HELLO", map[string]any{"token": "ann", "rid": b.names["CHAT"], "msg": "Changed"}, 200},
		{"POST", "/department/SALES/archive", nil, 200},
		{"POST", "/room.closeByUser", map[string]any{"rid": b.names["CHAT"], "comment": "Changed"}, 200},
		{"POST", "/rooms.delete", map[string]any{"roomId": "x"}, 400},
		{"DELETE", "/visitor/ann", nil, 200},
	} {
		status, answer, err := b.mock.Edit(edit.method, rocketchat.Base+b.fill(edit.path), edit.body)
		if err != nil || status != edit.want {
			t.Errorf("%s %s answered %d %s %v, want %d", edit.method, edit.path, status, answer, err, edit.want)
		}
		if edit.path == "/room.closeByUser" {
			state := b.mock.Snapshot()
			if room := state.Room(b.names["CHAT"]); room.Comment != "Changed" || room.Name != "Changed" || state.Message(b.names["HELLO"]).Text != "Changed" {
				t.Errorf("the room is %+v", room)
			}
		}
	}
	if edits := b.mock.Edits(); len(edits) != 7 || len(b.mock.Requests()) != 3 {
		t.Errorf("there are %d edits and %d requests", len(edits), len(b.mock.Requests()))
	}
}

// A cut connection after the commit leaves the room behind, one before it does
// not.
func TestDroppedCreations(t *testing.T) {
	for drop, want := range map[string]int{"before": 0, "after": 1} {
		b := newBench(t)
		b.visitor("ann")
		server := httptest.NewServer(b.mock)
		if err := b.mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Method: "GET", Path: "/room$", Drop: drop}}}); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+rocketchat.Base+"/room?token=ann", nil)
		if err != nil {
			t.Fatal(err)
		}
		// A GET on a connection that was used before would be sent again.
		r.Close = true
		if response, err := server.Client().Do(r); err == nil {
			response.Body.Close()
			t.Errorf("drop %s: the call was answered with %d", drop, response.StatusCode)
		}
		server.Close()
		if rooms := b.mock.Snapshot().Rooms; len(rooms) != want {
			t.Errorf("drop %s: there are %d rooms, want %d", drop, len(rooms), want)
		}
	}
}

// The fault plan sees the paths of the request log.
func TestInventedAnswers(t *testing.T) {
	b := newBench(t)
	b.visitor("ann")
	b.call("PUT /_mock/faults", `{"rules":[{"method":"GET","path":"/visitor/:token$","times":1,"status":502,"body":"<html>starting</html>"}]}`, nil).is(200)
	b.send("GET /visitor/ann", "").is(502)
	b.send("GET /visitor/ann", "").is(200)
}

func TestBodiesThatBreakOff(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", rocketchat.Base+"/visitor", iotest.ErrReader(errors.New("gone")))
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	if recorder.Code != 400 || !strings.Contains(recorder.Body.String(), "The body ended early") {
		t.Errorf("the call was answered with %d %s", recorder.Code, recorder.Body)
	}
}

// Many callers at once lose nothing, and get one room each.
func TestConcurrentCallers(t *testing.T) {
	b := newBench(t)
	if err := b.mock.Keep(filepath.Join(t.TempDir(), "data.json")); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			token := fmt.Sprintf("token%02d", i)
			for _, call := range [][2]string{
				{"POST /visitor", `{"visitor":{"token":"` + token + `"}}`}, {"GET /room?token=" + token, ""}, {"GET /room?token=" + token, ""},
				{"GET /_mock/state", ""}, {"GET /_mock/requests", ""}, {"PUT /_mock/settings", fmt.Sprintf(`{"rateLimits":true,"rateCalls":%d}`, 50+i)},
			} {
				// Not is(): only the test's own goroutine may end the test.
				if got := b.send(call[0], call[1]); got.status != 200 && got.status != 429 {
					t.Errorf("%s answered %d %s", got.call, got.status, got.raw)
				}
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, room := range b.mock.Snapshot().Rooms {
		seen[room.ID], seen[room.VisitorID] = true, true
	}
	if rooms := len(b.mock.Snapshot().Rooms); len(seen) != 2*rooms {
		t.Errorf("%d rooms have %d ids of rooms and visitors", rooms, len(seen))
	}
}
