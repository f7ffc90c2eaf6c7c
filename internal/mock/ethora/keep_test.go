package ethora_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// Everything comes back after a restart, running jobs included.
func TestDataSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	b := newBench(t)
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	b.user(b.child, "bob")
	b.room(b.child, "support", "bob")
	b.send("POST", "/v2/apps/CHILD/tokens", `{"label":"ci"}`).is(200)
	b.set(ethora.Settings{SeedBot: &ethora.SeedBot{AppID: b.child}})
	gone := b.send("POST", "/v2/apps", `{"displayName":"Gone","domainName":"gone"}`).is(200).text("app", "_id")
	b.send("DELETE", "/v2/apps/"+gone, "").is(200)
	url := b.startUsers(b.child, ann)
	b.send("GET", url, "").is(200).has("running", "state")
	before := fmt.Sprintf("%+v", b.mock.Snapshot())

	if raw, err := os.ReadFile(path); err != nil || strings.Contains(string(raw), "canary-1") {
		t.Errorf("the data file shows a password (%v)", err)
	}
	b.mock = ethora.New(ethora.Options{Now: func() time.Time { return b.clock }})
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v", b.mock.Snapshot()); after != before {
		t.Errorf("before the restart:\n%s\nafter:\n%s", before, after)
	}
	b.send("GET", url, "").is(200).has("completed", "state")
	if match, err := b.mock.CheckPassword(b.child, "ann", "canary-1"); !match || err != nil {
		t.Errorf("the password of the waiting job gives %t %v", match, err)
	}
	b.send("POST", "/v2/apps", `{"displayName":"New","domainName":"gone"}`).fails(422, "", "Domain name already exists")
}

func TestDataFilesThatAreRefused(t *testing.T) {
	fresh := func(change func(string) string) error {
		path := filepath.Join(t.TempDir(), "data.json")
		if err := ethora.New(ethora.Options{}).Keep(path); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(change(string(raw))), 0o600); err != nil {
			t.Fatal(err)
		}
		return ethora.New(ethora.Options{}).Keep(path)
	}
	replace := func(old, replacement string) func(string) string {
		return func(raw string) string {
			if !strings.Contains(raw, old) {
				t.Fatalf("the data file has no %s: %s", old, raw)
			}
			return strings.Replace(raw, old, replacement, 1)
		}
	}
	const base = ethora.DefaultAppID
	for want, change := range map[string]func(string) string{
		"it is not the JSON that the mock writes": func(raw string) string { return raw[:len(raw)/2] },
		"unknown field":                                replace(`"version"`, `"x": 1, "version"`),
		"it has version 9, but this mock reads":        replace(`"version": 1`, `"version": 9`),
		"its credentials are not those of this mock":   replace(ethora.DefaultAppSecret, "another"),
		"it has no list of jobs":                       replace(`"jobs": {}`, `"jobs": null`),
		"is incomplete":                                replace(`"rooms": {}`, `"rooms": null`),
		"it has version 0":                             func(string) string { return "{}" },
		"it is not the JSON that the mock writes: EOF": func(string) string { return "" },
		"lacks the system account":                     replace(`"`+base+"_"+base+`": {`, `"other": {`),
		"its job \"j\" is incomplete":                  replace(`"jobs": {}`, `"jobs": {"j": null}`),
		"has the empty room \"r\"":                     replace(`"rooms": {}`, `"rooms": {"r": null}`),
		"has an empty token":                           replace(`"tokens": null`, `"tokens": [null]`),
	} {
		if err := fresh(change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := fresh(func(raw string) string { return raw }); err != nil {
		t.Errorf("an unchanged file is refused: %v", err)
	}
}

func TestReset(t *testing.T) {
	b := newBench(t)
	b.set(ethora.Settings{CreateStatus: 201})
	if err := b.mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Status: 500}}}); err != nil {
		t.Fatal(err)
	}
	b.send("GET", "/v2/apps", "").is(500)
	b.call("POST", "/_mock/reset", "", nil).is(200)
	if log := b.mock.Requests(); len(log) != 0 {
		t.Errorf("the log still has %d entries", len(log))
	}
	b.send("GET", "/v2/apps", "").is(200).has("1", "total")
	b.send("POST", "/v2/apps", `{"displayName":"A"}`).is(200)
}

// The operator needs no token, sees every app, and waits for no job.
func TestOperator(t *testing.T) {
	b := newBench(t)
	edit := func(method, path string, body any, want int) {
		t.Helper()
		status, answer, err := b.mock.Edit(method, path, body)
		if err != nil || status != want {
			t.Errorf("%s %s answered %d %s %v, want %d", method, path, status, answer, err, want)
		}
	}
	edit("POST", "/v2/apps/"+b.child+"/users/batch", map[string]any{"usersList": []any{
		map[string]any{"uuid": "ann", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"},
	}}, 202)
	edit("POST", "/v2/apps/"+b.child+"/chats", map[string]any{"uuid": "support", "title": "S", "members": []string{"ann"}}, 200)
	edit("PATCH", "/v2/apps/"+b.child+"/chats/support", map[string]any{"title": "Changed"}, 200)
	edit("PATCH", "/v2/apps/"+b.child+"/chats/support", map[string]any{"colour": "red"}, 422)
	edit("DELETE", "/v2/apps/"+b.child, nil, 200)
	edit("GET", "/v2/apps/"+b.child, nil, 200)
	state := b.mock.Snapshot().App(b.child)
	if state.Status != "archived" || state.Room("support").Title != "Changed" || len(state.Room("support").Members) != 2 {
		t.Errorf("the app is %+v", state)
	}
	if edits := b.mock.Edits(); len(edits) != 6 {
		t.Errorf("there are %d edits, want 6", len(edits))
	}
}

// A cut connection after the commit leaves the object behind, one before it
// does not.
func TestDroppedCreations(t *testing.T) {
	for drop, want := range map[string]int{"before": 1, "after": 2} {
		b := newBench(t)
		server := httptest.NewServer(b.mock)
		if err := b.mock.SetFaults(control.FaultPlan{Rules: []control.FaultRule{{Method: "POST", Drop: drop}}}); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v2/apps", strings.NewReader(`{"displayName":"A"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Custom-Token", b.serverToken())
		if response, err := server.Client().Do(r); err == nil {
			response.Body.Close()
			t.Errorf("drop %s: the call was answered with %d", drop, response.StatusCode)
		}
		server.Close()
		if apps := b.mock.Snapshot().Apps[1:]; len(apps) != want {
			t.Errorf("drop %s: there are %d children, want %d", drop, len(apps), want)
		}
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
			id := fmt.Sprintf("room%02d", i)
			// Not is(): only the test's own goroutine may end the test.
			for _, got := range []result{
				b.send("POST", "/v2/apps/CHILD/chats", fmt.Sprintf(`{"uuid":%q,"title":"New"}`, id)),
				b.send("GET", "/v2/apps/CHILD/chats?includeMembers=true", ""),
				b.call("GET", "/_mock/state", "", nil),
				b.call("GET", "/_mock/requests", "", nil),
				b.send("PATCH", "/v2/apps/CHILD/chats/"+id, `{"title":"Changed"}`),
				b.call("PUT", "/_mock/settings", fmt.Sprintf(`{"pageLimit":%d}`, 50+i), nil),
			} {
				if got.status != 200 {
					t.Errorf("%s answered %d %s", got.call, got.status, got.raw)
				}
			}
		})
	}
	group.Wait()
	ids := map[string]bool{}
	for _, r := range b.mock.Snapshot().App(b.child).Rooms {
		ids[r.ID] = r.Title == "Changed"
	}
	if len(ids) != 20 {
		t.Errorf("there are %d rooms, want 20", len(ids))
	}
	for id, changed := range ids {
		if !changed {
			t.Errorf("room %s has lost its change", id)
		}
	}
}
