package oichat_test

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
	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

// Everything comes back after a restart: rooms, deleted ones too, messages,
// tokens, cursors, and the answers to keys.
func TestDataSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	b := newBench(t)
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	first := b.post("k", "POST /v1/rooms", `{"type":"group","participants":["ann","bob"],"metadata":{"n":12345678901234567890}}`).is(201)
	id := first.text("room_id")
	b.send("DELETE /v1/rooms/"+b.room("ann", "bob"), "").is(204)
	b.room("ann", "cy")
	b.send("POST /v1/messages", `{"room_id":"`+id+`","sender_id":"ann","content":"Hello","metadata":{"a":1}}`).is(201)
	token := b.send("POST /v1/auth/token", `{"user_id":"ann"}`).is(201).text("token")
	page := b.send("GET /v1/rooms?user_id=ann&limit=1", "").is(200)
	before := fmt.Sprintf("%+v", b.mock.Snapshot().Tokens) + b.call("GET /_mock/state", "", nil).raw

	b.restart()
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v", b.mock.Snapshot().Tokens) + b.call("GET /_mock/state", "", nil).raw; after != before {
		t.Errorf("before the restart:\n%s\nafter:\n%s", before, after)
	}
	if again := b.post("k", "POST /v1/rooms", `{"type":"group","participants":["ann","bob"],"metadata":{"n":12345678901234567890}}`); again.raw != first.raw {
		t.Errorf("the key is answered with %s, want %s", again.raw, first.raw)
	}
	b.send("GET /v1/rooms?user_id=ann&cursor="+page.text("next_cursor"), "").is(200).has("[ann cy]", "data", 0, "participants")
	b.send("POST /v1/auth/token/refresh", `{"token":"`+token+`"}`).is(200)
	if next := b.room("ann", "bob"); b.mock.Snapshot().Room(next) == nil || len(b.mock.Snapshot().Rooms) != 4 {
		t.Errorf("the new room %s took another's id: %+v", next, b.mock.Snapshot().Rooms)
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
		"unknown field":                              replace(`"version"`, `"x": 1, "version"`),
		"it has version 9, but this mock reads":      replace(`"version": 1`, `"version": 9`),
		"its credentials are not those of this mock": replace(oichat.DefaultSecretKey, "another"),
		"it has an empty room, message or token":     replace(`"rooms": null`, `"rooms": [null]`),
		"its rooms are not in the order":             replace(`"rooms": null`, `"rooms": [{"id":"b"},{"id":"a"}]`),
		"it has no replies":                          replace(`"replies": {}`, `"replies": null`),
		"its reply to \"k\" is incomplete":           replace(`"replies": {}`, `"replies": {"k":{"status":0}}`),
	} {
		path := filepath.Join(t.TempDir(), "data.json")
		if err := oichat.New(oichat.Options{}).Keep(path); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(change(string(raw))), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := oichat.New(oichat.Options{}).Keep(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestReset(t *testing.T) {
	b := newBench(t)
	b.post("k", "POST /v1/rooms", pair).is(201)
	b.set(oichat.Settings{CreateStatus: 200})
	b.call("POST /_mock/reset", "", nil).is(200)
	b.rooms(0)
	b.post("k", "POST /v1/rooms", `{"type":"group","participants":["x","y"]}`).is(201).has("room_000000000001", "room_id")
}

// The operator needs no credentials and changes what Terraform manages.
func TestOperator(t *testing.T) {
	b := newBench(t)
	id := b.room("ann", "bob")
	b.set(oichat.Settings{RequireKeys: true})
	for _, edit := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"PATCH", "/v1/rooms/" + id, map[string]any{"name": "Changed", "status": "resolved"}, 200},
		{"POST", "/v1/rooms/" + id + "/participants", map[string]any{"user_id": "eve"}, 200},
		{"DELETE", "/v1/rooms/" + id + "/participants/ann", nil, 204},
		{"PATCH", "/v1/rooms/" + id, map[string]any{"colour": "red"}, 400},
	} {
		status, answer, err := b.mock.Edit(edit.method, edit.path, edit.body)
		if err != nil || status != edit.want {
			t.Errorf("%s %s answered %d %s %v, want %d", edit.method, edit.path, status, answer, err, edit.want)
		}
	}
	if room := b.mock.Snapshot().Room(id); *room.Name != "Changed" || room.Status != "resolved" || fmt.Sprint(room.Participants) != "[bob eve]" {
		t.Errorf("the room is %+v", room)
	}
}

// A cut connection after the commit leaves the room behind, one before it does
// not; the same key then gives one room in either case.
func TestDroppedCreations(t *testing.T) {
	for drop, want := range map[string]int{"before": 0, "after": 1} {
		b := newBench(t)
		server := httptest.NewServer(b.mock)
		if err := b.mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Method: "POST", Times: 1, Drop: drop}}}); err != nil {
			t.Fatal(err)
		}
		// A POST with a key and no connection kept is not sent twice by itself.
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		create := func() (*http.Response, error) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/rooms", strings.NewReader(pair))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", "k")
			for key, value := range b.credentials() {
				r.Header.Set(key, value)
			}
			return client.Do(r)
		}
		if response, err := create(); err == nil {
			response.Body.Close()
			t.Errorf("drop %s: the call was answered with %d", drop, response.StatusCode)
		}
		b.rooms(want)
		response, err := create()
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			t.Errorf("drop %s: the second call was answered with %d", drop, response.StatusCode)
		}
		b.rooms(1)
		server.Close()
	}
}

func TestInventedAnswers(t *testing.T) {
	b := newBench(t)
	b.call("PUT /_mock/faults", `{"rules":[{"method":"POST","path":"/rooms$","times":1,"status":503,"headers":{"Retry-After":"1"},"body":"{}"}]}`, nil).is(200)
	b.send("POST /v1/rooms", pair).is(503)
	b.rooms(0)
	b.send("POST /v1/rooms", pair).is(201)
}

func TestBodiesThatBreakOff(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/rooms", iotest.ErrReader(errors.New("gone")))
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	if recorder.Code != 400 || !strings.Contains(recorder.Body.String(), "The body ended early") {
		t.Errorf("the call was answered with %d %s", recorder.Code, recorder.Body)
	}
}

// Many callers at once lose nothing and get no id twice.
func TestConcurrentCallers(t *testing.T) {
	b := newBench(t)
	if err := b.mock.Keep(filepath.Join(t.TempDir(), "data.json")); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			body := fmt.Sprintf(`{"type":"group","participants":["ann","user%02d"],"metadata":{"n":%d}}`, i, i)
			// Not is(): only the test's own goroutine may end the test.
			for _, got := range []result{
				b.post(fmt.Sprint(i), "POST /v1/rooms", body),
				b.post(fmt.Sprint(i), "POST /v1/rooms", body),
				b.send("GET /v1/rooms?user_id=ann", ""),
				b.call("GET /_mock/state", "", nil),
				b.call("GET /_mock/requests", "", nil),
				b.call("PUT /_mock/settings", fmt.Sprintf(`{"pageLimit":%d}`, 50+i), nil),
			} {
				if got.status != 200 && got.status != 201 {
					t.Errorf("%s answered %d %s", got.call, got.status, got.raw)
				}
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, room := range b.mock.Snapshot().Rooms {
		seen[room.ID+" "] = true
		seen[room.Participants[1]] = true
	}
	if len(seen) != 40 {
		t.Errorf("there are not 20 rooms of 20 users: %v", seen)
	}
}
