package tegrabox_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// importable is an error with an import command: the address of its resource, and
// the id.
var importable = regexp.MustCompile(`(?s)with (chat_\S+),\n.*?before\s+it\s+could\s+save.*?terraform import <address of this resource> '([^']+)'`)

// waitFor returns when something is so, or after a long time.
func waitFor(so func() bool) {
	for end := time.Now().Add(time.Minute); !so() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// interrupted starts an apply, stops it in its middle, and returns what it said.
func interrupted(t *testing.T, workspace *acctest.Workspace, until func() bool, stop func(terraform *os.Process)) string {
	t.Helper()
	command := workspace.Command(t.Context(), "apply", "-no-color", "-input=false", "-auto-approve")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(until)
	if !until() {
		t.Error("the moment to stop the apply did not come")
	}
	stop(command.Process)
	if err := command.Wait(); err == nil {
		t.Errorf("the apply was not stopped:\n%s", &output)
	}
	return output.String()
}

// Ctrl-C in the middle of an apply: what is on the wire is finished and in the
// state, a second apply converges, and nothing is made twice. Half of the answers
// are lost on top of it.
func TestInterrupt_ctrlC(t *testing.T) {
	t.Parallel()
	for _, moment := range []struct{ name, path string }{{"while users are created", "/users$"}, {"while rooms are created", "/rooms$"}} {
		t.Run(moment.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Faults(t,
				control.FaultRule{Method: "POST", Path: "/users$", Drop: "after", Probability: 0.5, LatencyMS: 150},
				control.FaultRule{LatencyMS: 150})
			workspace := e.workspace(t, manyUsers(15)+manyRooms(15))
			output := interrupted(t, workspace,
				func() bool { return e.Count("POST", moment.path) > 0 },
				func(terraform *os.Process) { _ = terraform.Signal(os.Interrupt) })
			if !strings.Contains(output, "Interrupt received") {
				t.Errorf("Terraform did not notice:\n%s", output)
			}
			e.mustBeInState(t, workspace)
			e.Faults(t)
			apply(workspace, 10)
			e.mustBeWhole(t)
			workspace.MustPlanEmpty()
		})
	}
}

// mustBeInState fails when a user or room is missing in the state.
func (e tenant) mustBeInState(t *testing.T, workspace *acctest.Workspace) {
	t.Helper()
	state, _ := os.ReadFile(filepath.Join(workspace.Dir, "terraform.tfstate")) // none when nothing was made
	mustHold := func(kind, id string) {
		if !strings.Contains(string(state), fmt.Sprintf(`"id": %q`, id)) {
			t.Errorf("the state has lost %s %s", kind, id)
		}
	}
	for _, user := range e.Snapshot().Users {
		mustHold("user", user.ID)
	}
	for _, room := range e.Snapshot().Rooms {
		mustHold("room", room.ID)
	}
}

// mustBeWhole fails unless there are 15 users and 15 rooms, each once.
func (e tenant) mustBeWhole(t *testing.T) {
	t.Helper()
	seen := map[string]bool{}
	for _, user := range e.Snapshot().Users {
		seen[user.Username] = true
	}
	for _, room := range e.Snapshot().Rooms {
		seen[room.Name] = true
	}
	if users, rooms := len(e.Snapshot().Users), len(e.Snapshot().Rooms); users != 15 || rooms != 15 || len(seen) != 30 {
		t.Errorf("there are %d users and %d rooms with %d names, want 15 of each", users, rooms, len(seen))
	}
}

// Terraform stops waiting at once for a read, and a creation that is on the wire
// still reaches the state.
func TestInterrupt_byProtocol(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
	stop := func(method, path string, run func(context.Context)) time.Duration {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		e.ResetRequests()
		go func() {
			waitFor(func() bool { return e.Count(method, path) > 0 })
			cancel()
		}()
		began := time.Now()
		run(ctx)
		return time.Since(began)
	}
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/users/", LatencyMS: 60_000})
	took := stop("GET", "/users/", func(ctx context.Context) {
		read := e.Protocol(t).Refresh(ctx, userType, user)
		onlyProblem(t, read.Problems, "ERROR Can't read TegraBox user")
	})
	if took > 30*time.Second {
		t.Errorf("the read was given up after %s", took)
	}
	e.Faults(t, control.FaultRule{Method: "POST", LatencyMS: 300, Drop: "after"})
	stop("POST", "/users$", func(ctx context.Context) {
		created := e.Protocol(t).Apply(ctx, userType, acctest.Object{"username": "bob", "external_user_id": "crm-2"}, nil)
		if created.Problems != nil || text(created.State, "id") != e.user("bob").ID {
			t.Errorf("created %v %q", created.State, created.Problems)
		}
	})
	stop("POST", "/rooms$", func(ctx context.Context) {
		created := e.Protocol(t).Apply(ctx, roomType, general(text(user.State, "id")), nil)
		if created.Problems != nil || text(created.State, "id") != e.rooms("General")[0] {
			t.Errorf("created %v %q", created.State, created.Problems)
		}
	})
}

// A short timeout ends an operation, and says so.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := with(ann, acctest.Object{"timeouts": acctest.Object{"create": "50ms", "update": "50ms", "delete": "50ms"}})
	user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
	user = e.Protocol(t).Apply(t.Context(), userType, config, &user) // makes no call
	e.Faults(t, control.FaultRule{LatencyMS: 60_000})
	created := e.Protocol(t).Apply(t.Context(), userType, with(config, acctest.Object{"username": "bob", "external_user_id": "crm-2"}), nil)
	onlyProblem(t, created.Problems, `ERROR Can't create TegraBox user "bob"`, "The time allowed for this operation ran out.")
	updated := e.Protocol(t).Apply(t.Context(), userType, with(config, acctest.Object{"display_name": "A"}), &user)
	onlyProblem(t, updated.Problems, "ERROR Can't update TegraBox user", "The time allowed for this operation ran out. Try again, or raise the value in the resource's timeouts.")
	deleted := e.Protocol(t).Apply(t.Context(), userType, nil, &user)
	onlyProblem(t, deleted.Problems, "ERROR Can't delete TegraBox user", "The time allowed for this operation ran out.")
}

// A provider that is killed can save nothing. Users whose creation it forgot are
// found again by the next apply, and the import commands that it shows take them
// over.
func TestInterrupt_providerKilled(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	workspace := e.workspace(t, manyUsers(3))
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/users$", Drop: "after"}, control.FaultRule{Method: "GET", Path: "/users$", LatencyMS: 60_000})
	output := interrupted(t, workspace,
		func() bool { return len(e.Snapshot().Users) == 3 && e.Count("GET", "/users$") == 3 },
		func(terraform *os.Process) { acctest.KillChildren(t, terraform.Pid) })
	if !strings.Contains(output, "Plugin did not respond") {
		t.Errorf("the provider was not killed:\n%s", output)
	}
	e.Faults(t)
	output, _ = workspace.Run("apply", "-no-color", "-input=false", "-auto-approve")
	commands := importable.FindAllStringSubmatch(output, -1)
	if len(commands) != 3 {
		t.Errorf("%d import commands are shown for 3 users:\n%s", len(commands), output)
	}
	for _, command := range commands {
		workspace.Must("import", "-no-color", "-input=false", command[1], command[2])
	}
	apply(workspace, 10)
	workspace.MustPlanEmpty()
	if users := len(e.Snapshot().Users); users != 3 {
		t.Errorf("there are %d users, want 3", users)
	}
}

// Two people apply the same configuration at once, each with a state of their
// own: of each user one makes it, and the other is told how to take it over. Or,
// when the answers cross, neither is told a lie.
func TestInterrupt_twoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var group sync.WaitGroup
	outputs := make([]string, 2)
	for i := range outputs {
		workspace := e.workspace(t, annBlock())
		group.Go(func() {
			outputs[i], _ = workspace.Run("apply", "-no-color", "-input=false", "-auto-approve")
		})
	}
	group.Wait()
	printed := strings.Join(outputs, "\n")
	want := "terraform import <address of this resource> '" + e.user("ann").ID + "'"
	if users := len(e.Snapshot().Users); users != 1 || strings.Count(printed, want) != 1 {
		t.Errorf("there are %d users, and %q is shown %d times, want once, to the loser:\n%s", users, want, strings.Count(printed, want), printed)
	}
}
