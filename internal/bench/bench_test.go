package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The whole benchmark, on a few objects and without delay: it must run, count
// and print, whatever the numbers are.
func TestBenchmarkRuns(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1: use make test")
	}
	t.Setenv("TERRAFORM_PATH", os.Getenv("TF_ACC_TERRAFORM_PATH"))
	guide := filepath.Join(t.TempDir(), "guide.md")
	if err := os.WriteFile(guide, []byte("Before.\n"+tableBegins+"old\n"+tableEnds+"After.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var table, progress bytes.Buffer
	err := run(t.Context(), []string{"-n", "10", "-latency", "0", "-markdown", guide,
		"-shape", "^1,000 users, 100 rooms.*edges$|targeted|^10,000|start"}, &table, &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	for _, line := range []string{
		`edges: first apply +\d+\.\d\d s +\d+\.\d\d s +– +\S+ s, × \d+\.\d\d +\d+ +`,
		`edges: refresh .* not at this size`,
		`targeted .*: plan .* \d+, no listing `,
		`one chat_ethora_users: first apply +\d+\.\d\d s +– +\d+\.\d\d s `,
		`one chat_ethora_users: second plan `,
		`one chat_ethora_room_members: first apply +\d+\.\d\d s +– +\d+\.\d\d s `,
		`provider start to schema, median of 5 +\d+ ms `,
		`release binary +\d+\.\d MiB `,
	} {
		if !regexp.MustCompile(line).MatchString(table.String()) {
			t.Errorf("the table lacks a line like %q:\n%s", line, &table)
		}
	}
	written, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	text := string(written)
	if !strings.HasPrefix(text, "Before.\n") || !strings.HasSuffix(text, "After.\n") ||
		strings.Contains(text, "old") || !strings.Contains(text, "| release binary |") {
		t.Errorf("the guide should have the table in place of the old one, but reads:\n%s", text)
	}
}

func TestVerdict(t *testing.T) {
	walls := map[side]time.Duration{ours: 3 * time.Second, noop: 2 * time.Second}
	tests := map[string]struct {
		row  row
		want string
	}{
		"no goal":             {row{walls: walls, calls: 5000}, "–"},
		"calls kept":          {row{walls: walls, calls: 40, goal: goal{calls: 40}}, "yes"},
		"calls missed":        {row{walls: walls, calls: 43, goal: goal{calls: 40}}, "missed: 3 calls more"},
		"no listing":          {row{walls: walls, calls: 1, goal: goal{noListing: true}}, "yes"},
		"a listing":           {row{walls: walls, calls: 2, listings: 2, goal: goal{noListing: true}}, "missed: 2 pages listed"},
		"factor kept":         {row{walls: walls, goal: goal{against: noop, factor: 1.5}}, "yes"},
		"factor missed":       {row{walls: walls, goal: goal{against: noop, factor: 1.25}}, "missed: 0.50 s more"},
		"difference kept":     {row{walls: walls, goal: goal{against: noop, factor: 1, plus: time.Second}}, "yes"},
		"memory missed":       {row{walls: walls, memory: 310 * mebibyte, goal: goal{memory: 300 * mebibyte}}, "missed: 10 MiB more"},
		"two of three missed": {row{walls: walls, calls: 3, memory: 1, goal: goal{calls: 2, against: noop, factor: 1, memory: mebibyte}}, "missed: 1 calls more, 1.00 s more"},
		"another size":        {row{walls: walls, scaled: true, goal: goal{calls: 40}}, "not at this size"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.row.verdict(); got != test.want {
				t.Errorf("the verdict is %q, want %q", got, test.want)
			}
		})
	}
}

func TestGoalInWords(t *testing.T) {
	tests := map[string]goal{
		"–":                           {against: noop},
		"≤ 40 calls, ≤ 1.25 × no-op":  {calls: 40, against: noop, factor: 1.25},
		"≤ 30 calls, ≤ no-op + 1.5 s": {calls: 30, against: noop, factor: 1, plus: 1500 * time.Millisecond},
		"≤ 230 calls, ≤ 1.3 × limit + 3 s, < 300 MiB": {calls: 230, against: bound, factor: 1.3, plus: 3 * time.Second, memory: 300 * mebibyte},
		"≤ 3 calls, no listing":                       {calls: 3, noListing: true},
	}
	for want, goal := range tests {
		if got := goal.String(); got != want {
			t.Errorf("the goal reads %q, want %q", got, want)
		}
	}
}

func TestListing(t *testing.T) {
	tests := map[string]struct {
		request request
		want    bool
	}{
		"a page of users":      {request{"GET", "/v2/apps/a/chats/users", "limit=100&offset=0"}, true},
		"a page of rooms":      {request{"GET", "/v2/apps/a/chats", "includeMembers=true&limit=100&offset=0"}, true},
		"one user by its name": {request{"GET", "/v1/apps/users/a_ann", ""}, false},
		"one user, filtered":   {request{"GET", "/v2/apps/a/chats/users", "limit=100&offset=0&xmppUsername=a_ann"}, false},
		"an update of users":   {request{"PATCH", "/v2/apps/a/chats/users", ""}, false},
	}
	for name, test := range tests {
		if got := test.request.listing(); got != test.want {
			t.Errorf("%s: listing is %t, want %t", name, got, test.want)
		}
	}
}

func TestCountKinds(t *testing.T) {
	const app = "66500000000000000000ba5e"
	got := countKinds([]request{
		{"GET", "/v2/apps/" + app + "/chats/users", "limit=100&offset=0"},
		{"GET", "/v2/apps/" + app + "/chats/users", "limit=100&offset=100"},
		{"GET", "/v1/apps/users/" + app + "_user-00007", ""},
		{"GET", "/v1/apps/users/" + app + "_user-00008", ""},
		{"POST", "/v2/apps/" + app + "/users/batch", ""},
	})
	want := "                         2  GET /v1/apps/users/*\n" +
		"                         2  GET /v2/apps/*/chats/users (page)\n" +
		"                         1  POST /v2/apps/*/users/batch\n"
	if got != want {
		t.Errorf("the kinds are\n%swant\n%s", got, want)
	}
}

// Terraform's http backend reads, writes and locks by path.
func TestStateBackend(t *testing.T) {
	states, err := startStates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer states.close()
	defer http.DefaultClient.CloseIdleConnections()
	steps := []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", "/1", "", http.StatusNoContent, ""},
		{"LOCK", "/1", "{}", http.StatusOK, ""},
		{"LOCK", "/1", "{}", http.StatusLocked, ""},
		{"LOCK", "/2", "{}", http.StatusOK, ""},
		{"POST", "/1", `{"serial":1}`, http.StatusOK, ""},
		{"UNLOCK", "/1", "{}", http.StatusOK, ""},
		{"LOCK", "/1", "{}", http.StatusOK, ""},
		{"GET", "/1", "", http.StatusOK, `{"serial":1}`},
		{"GET", "/2", "", http.StatusNoContent, ""},
		{"DELETE", "/1", "", http.StatusOK, ""},
		{"GET", "/1", "", http.StatusNoContent, ""},
		{"PATCH", "/1", "", http.StatusMethodNotAllowed, "unsupported operation\n"},
	}
	for _, step := range steps {
		request, err := http.NewRequestWithContext(t.Context(), step.method, states.url+step.path, strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != step.status || string(answer) != step.answer {
			t.Errorf("%s %s: got %d %q (%v), want %d %q", step.method, step.path, response.StatusCode, answer, err, step.status, step.answer)
		}
	}
}

func TestGuideWithoutMarks(t *testing.T) {
	guide := filepath.Join(t.TempDir(), "guide.md")
	if err := os.WriteFile(guide, []byte("No table here.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replaceTable(guide, "table"); err == nil || !strings.Contains(err.Error(), "has no lines") {
		t.Errorf("a guide without marks should be refused, got %v", err)
	}
	if text, _ := os.ReadFile(guide); string(text) != "No table here.\n" {
		t.Errorf("the guide was changed to %q", text)
	}
}
