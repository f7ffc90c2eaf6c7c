package tegrabox_test

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
	"github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// Everything comes back after a restart, members and revoked tokens included.
func TestDataSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	b := newBench(t)
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	ann := b.user("ann")
	b.user("bob")
	b.room("lobby", ann)
	revoked := b.token("BOB")
	b.as(revoked, "POST P/rooms/LOBBY/join").is(204)
	b.send("POST P/rooms/LOBBY/messages", `{"content":"Hello","user_id":"BOB"}`).is(201)
	b.send("DELETE P/users/BOB/token", "").is(204)
	token := b.token("ANN")
	before := b.call("GET /_mock/state", "", nil).raw
	if raw, err := os.ReadFile(path); err != nil || strings.Contains(string(raw), token) {
		t.Errorf("the data file shows a token (%v)", err)
	}

	b.restart()
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	if after := b.call("GET /_mock/state", "", nil).raw; after != before {
		t.Errorf("before the restart:\n%s\nafter:\n%s", before, after)
	}
	b.as(token, "GET /api/auth/verify").is(200).has(ann, "user", "userId")
	b.as(revoked, "GET /api/auth/verify").is(401)
	b.send("POST P/users", `{"username":"ann","external_user_id":"new"}`).is(409)
	if id := b.user("cy"); b.mock.Snapshot().User(id) == nil || len(b.mock.Snapshot().Users) != 3 {
		t.Errorf("the new user %s took another's id: %+v", id, b.mock.Snapshot().Users)
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
	const swapped = `[{"id":"b"},{"id":"a"}]`
	for want, change := range map[string]func(string) string{
		"it is not the JSON that the mock writes": func(raw string) string { return raw[:len(raw)/2] },
		"unknown field":                         replace(`"version"`, `"x": 1, "version"`),
		"it has version 9, but this mock reads": replace(`"version": 1`, `"version": 9`),
		"its key is not that of this mock":      replace(tegrabox.DefaultAPIKey, "another"),
		"one of its users is empty":             replace(`"users": null`, `"users": [null]`),
		"one of its tokens is empty":            replace(`"tokens": null`, `"tokens": [null]`),
		"its rooms are not in the order":        replace(`"rooms": null`, `"rooms": `+swapped),
		"its messages are not in the order":     replace(`"messages": null`, `"messages": `+swapped),
	} {
		path := filepath.Join(t.TempDir(), "data.json")
		if err := tegrabox.New(tegrabox.Options{}).Keep(path); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(change(string(raw))), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := tegrabox.New(tegrabox.Options{}).Keep(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestReset(t *testing.T) {
	b := newBench(t)
	id := b.user("ann")
	b.set(tegrabox.Settings{CreateStatus: 200})
	b.call("POST /_mock/reset", "", nil).is(200)
	b.send("GET P/users", "").is(200).has("0", "total")
	if again := b.user("ann"); again != id {
		t.Errorf("after a reset the first id is %s, want %s", again, id)
	}
	if b.mock.Snapshot().User("x") != nil || b.mock.Snapshot().Room("x") != nil {
		t.Error("the state has objects that nobody created")
	}
}

// The operator needs no credentials, and the 501s are not for him.
func TestOperator(t *testing.T) {
	b := newBench(t)
	ann, bob := b.user("ann"), b.user("bob")
	room := b.room("lobby", ann)
	for _, edit := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"PATCH", "/users/" + ann, map[string]any{"status": "inactive"}, 200},
		{"PATCH", "/users/" + ann, map[string]any{"colour": "red"}, 400},
		{"PATCH", "/rooms/" + room, map[string]any{"name": "Changed"}, 200},
		{"POST", "/rooms/" + room + "/join?user_id=" + bob, nil, 204},
		{"POST", "/rooms/" + room + "/leave?user_id=" + ann, nil, 204},
		{"POST", "/rooms/" + room + "/join?user_id=ghost", nil, 404},
	} {
		status, answer, err := b.mock.Edit(edit.method, P+edit.path, edit.body)
		if err != nil || status != edit.want {
			t.Errorf("%s %s answered %d %s %v, want %d", edit.method, edit.path, status, answer, err, edit.want)
		}
	}
	if state := b.mock.Snapshot().Room(room); state.Name != "Changed" || fmt.Sprint(state.Members) != "["+bob+"]" {
		t.Errorf("the room is %+v", state)
	}
	if status, _, err := b.mock.Edit("DELETE", P+"/rooms/"+room, nil); status != 204 || err != nil {
		t.Errorf("the deletion answered %d %v", status, err)
	}
}

// A cut connection after the commit leaves the user behind, one before it does
// not.
func TestDroppedCreations(t *testing.T) {
	for drop, want := range map[string]int{"before": 0, "after": 1} {
		b := newBench(t)
		server := httptest.NewServer(b.mock)
		if err := b.mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Method: "POST", Drop: drop}}}); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+P+"/users", strings.NewReader(`{"username":"ann","external_user_id":"e"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-API-Key", b.mock.APIKey())
		if response, err := server.Client().Do(r); err == nil {
			response.Body.Close()
			t.Errorf("drop %s: the call was answered with %d", drop, response.StatusCode)
		}
		server.Close()
		if users := b.mock.Snapshot().Users; len(users) != want {
			t.Errorf("drop %s: there are %d users, want %d", drop, len(users), want)
		}
	}
}

func TestInventedAnswers(t *testing.T) {
	b := newBench(t)
	b.call("PUT /_mock/faults", `{"rules":[{"method":"POST","path":"/users$","times":1,"status":502,"body":"<html>starting</html>"}]}`, nil).is(200)
	b.send("POST P/users", `{"username":"ann","external_user_id":"e"}`).is(502)
	b.send("GET P/users", "").is(200).has("0", "total")
	b.send("POST P/users", `{"username":"ann","external_user_id":"e"}`).is(201)
}

func TestBodiesThatBreakOff(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", P+"/users", iotest.ErrReader(errors.New("gone")))
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
			body := fmt.Sprintf(`{"username":"user%02d","external_user_id":"e%02d"}`, i, i)
			// Not is(): only the test's own goroutine may end the test.
			for call, want := range map[string]int{"GET P/users": 200, "GET /_mock/state": 200, "GET /_mock/requests": 200} {
				if got := b.send(call, ""); got.status != want {
					t.Errorf("%s answered %d %s", got.call, got.status, got.raw)
				}
			}
			for _, want := range []int{201, 409} {
				if got := b.send("POST P/users", body); got.status != want {
					t.Errorf("%s answered %d %s, want %d", got.call, got.status, got.raw, want)
				}
			}
			if got := b.call("PUT /_mock/settings", fmt.Sprintf(`{"pageLimit":%d}`, 50+i), nil); got.status != 200 {
				t.Errorf("the settings were answered with %d %s", got.status, got.raw)
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, user := range b.mock.Snapshot().Users {
		seen[user.ID] = true
		seen[user.Username] = true
	}
	if len(seen) != 40 {
		t.Errorf("there are not 20 users with 20 ids: %v", seen)
	}
}
