package oichat_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// busyProject is rooms and participants, too much to be done in one moment.
const busyProject = `
resource "chat_oichat_room" "crowd" {
  count                = 6
  type                 = "group"
  name                 = "Room ${count.index}"
  initial_participants = ["ann", "bob"]
  status               = "resolved"
}
resource "chat_oichat_room_participant" "crowd" {
  count   = 12
  room_id = chat_oichat_room.crowd[count.index % 6].room_id
  user_id = "user-${count.index}"
}
`

// mustBeWhole fails unless the project is exactly what busyProject describes: a
// room that was made twice, or lost and made again, would show.
func (p project) mustBeWhole(t *testing.T) {
	t.Helper()
	rooms := p.Snapshot().Rooms
	if len(rooms) != 6 || len(p.open()) != 6 {
		t.Fatalf("there are %d rooms, %d of them open, want 6", len(rooms), len(p.open()))
	}
	for _, room := range rooms {
		if len(room.Participants) != 4 || room.Status != "resolved" {
			t.Errorf("there is %+v", room)
		}
	}
}

// interrupted starts an apply, stops it in its middle, and returns what it said.
func interrupted(t *testing.T, w *acctest.Workspace, until func() bool, stop func(terraform *os.Process)) string {
	t.Helper()
	command := w.Command(t.Context(), "apply", "-no-color", "-input=false", "-auto-approve")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !until() && time.Now().Before(deadline); {
		time.Sleep(2 * time.Millisecond)
	}
	if !until() {
		t.Error("the moment to stop the apply did not come")
	}
	stop(command.Process)
	if err := command.Wait(); err == nil {
		t.Errorf("the apply was not stopped:\n%s", &output)
	}
	return output.String()
}

// Ctrl-C in the middle of an apply: whatever the server has is in the state, a
// second apply converges, nothing is made twice, nothing is lost.
func TestInterrupt_ctrlC(t *testing.T) {
	t.Parallel()
	for _, moment := range []struct{ name, method, path string }{
		{"while rooms are created", "POST", "/rooms$"},
		{"while they are resolved", "PATCH", "/rooms/"},
		{"while participants are added", "POST", "/participants$"},
	} {
		t.Run(moment.name, func(t *testing.T) {
			p := startProject(t)
			p.Faults(t, control.FaultRule{LatencyMS: 150})
			w := p.workspace(t, busyProject)
			output := interrupted(t, w,
				func() bool { return p.Count(moment.method, moment.path) > 0 },
				func(terraform *os.Process) { _ = terraform.Signal(os.Interrupt) })
			if !strings.Contains(output, "Interrupt received") {
				t.Errorf("Terraform did not notice:\n%s", output)
			}
			state, _ := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate")) // none when nothing was made
			for _, room := range p.Snapshot().Rooms {
				if !strings.Contains(string(state), fmt.Sprintf(`"room_id": %q`, room.ID)) {
					t.Errorf("the state has lost room %s", room.ID)
				}
			}
			p.Faults(t)
			w.Must("apply", "-no-color", "-input=false", "-auto-approve")
			w.MustPlanEmpty()
			if rooms := p.open(); len(rooms) != 6 {
				t.Errorf("there are %d rooms, want 6", len(rooms))
			}
			for _, room := range p.open() {
				if len(room.Participants) != 4 || room.Status != "resolved" {
					t.Errorf("there is %+v", room)
				}
			}
			w.Must("destroy", "-no-color", "-input=false", "-auto-approve")
			if rooms := p.open(); len(rooms) > 0 {
				t.Errorf("%d rooms are left", len(rooms))
			}
		})
	}
}

// A provider that is killed can save nothing. Rooms with keys of their own are
// found again by the next apply.
func TestInterrupt_providerKilled(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	w := p.workspace(t, strings.Replace(busyProject, "status ", "idempotency_key = \"crowd-${count.index}\"\n  status ", 1))
	// All rooms are made, and the provider is killed before it hears of it.
	p.Faults(t, control.FaultRule{Method: "POST", Path: "/rooms$", Drop: "after"})
	output := interrupted(t, w,
		func() bool { return len(p.Snapshot().Rooms) == 6 },
		func(terraform *os.Process) { acctest.KillChildren(t, terraform.Pid) })
	if strings.Contains(output, "Creation complete") {
		t.Errorf("the provider was not killed:\n%s", output)
	}
	p.Faults(t)
	w.Must("apply", "-no-color", "-input=false", "-auto-approve")
	p.mustBeWhole(t)
	w.MustPlanEmpty()
}

// A project on a bad day: calls are cut before they are processed and after it,
// others are turned away. Applies converge, what has a key is not made twice, and
// destroys leave nothing.
func TestProjectOnABadDay(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	w := p.workspace(t, strings.Replace(busyProject, `status               = "resolved"`, "idempotency_key = \"crowd-${count.index}\"", 1)+`
resource "chat_oichat_room" "listed" {
  count        = 3
  type         = "group"
  status       = "resolved"
  name         = "Listed ${count.index}"
  participants = [for n in range(10) : "user-${n}"]
}
`)
	badDay := control.FaultPlan{Seed: 7, Rules: []control.FaultRule{
		{Probability: 0.1, Drop: "before"},
		{Probability: 0.1, Drop: "after"},
		{Probability: 0.1, Status: 503},
		{Probability: 0.05, Status: 502, Body: "<html>Bad gateway</html>"},
		{Probability: 0.05, Status: 500},
		{Probability: 0.05, Status: 429, Headers: map[string]string{"Retry-After": "0"}},
	}}
	until := func(arguments ...string) {
		t.Helper()
		var output string
		for range 12 {
			if err := p.SetFaults(badDay); err != nil {
				t.Fatal(err)
			}
			badDay.Seed++
			var code int
			if output, code = w.Run(append(arguments, "-auto-approve", "-no-color", "-input=false")...); code == 0 {
				p.Faults(t)
				return
			}
			for _, bug := range []string{"panic", "bug in the provider", "Provider produced"} {
				if strings.Contains(output, bug) {
					t.Fatalf("terraform %v:\n%s", arguments, output)
				}
			}
		}
		t.Fatalf("terraform %v did not converge:\n%s", arguments, output)
	}
	until("apply")
	w.MustPlanEmpty()
	keyed := 0
	for _, room := range p.open() {
		want := 10
		if strings.HasPrefix(*room.Name, "Room") {
			keyed++
			want = 4
		}
		if len(room.Participants) != want {
			t.Errorf("in %s are %q", *room.Name, room.Participants)
		}
	}
	if keyed != 6 {
		t.Errorf("there are %d rooms with a key, want 6", keyed)
	}
	until("destroy")
	if output := w.Must("show", "-no-color"); !strings.Contains(output, "The state file is empty") {
		t.Errorf("something is left in the state:\n%s", output)
	}
}
