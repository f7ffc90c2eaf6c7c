package rocketchat_test

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

// interrupted starts an apply, stops it in its middle, and returns what it said.
func interrupted(t *testing.T, w *acctest.Workspace, until func() bool, stop func(terraform *os.Process)) string {
	t.Helper()
	command := w.Command(t.Context(), "apply", "-no-color", "-input=false", "-auto-approve")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("the moment to stop the apply did not come")
			break
		}
	}
	stop(command.Process)
	if err := command.Wait(); err == nil {
		t.Errorf("the apply was not stopped:\n%s", &output)
	}
	return output.String()
}

// Ctrl-C in the middle of an apply, at several moments: nothing that was made is
// lost from the state, and a second apply converges.
func TestInterrupt_ctrlC(t *testing.T) {
	t.Parallel()
	for _, moment := range []struct{ name, method, path string }{
		{"while visitors are registered", "POST", "/visitor$"},
		{"while rooms are opened", "GET", "/room$"},
		{"while messages are sent", "POST", "/message$"},
	} {
		t.Run(moment.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Faults(t, control.FaultRule{LatencyMS: 150})
			w := e.workspace(t, crowd)
			output := interrupted(t, w, func() bool { return e.Count(moment.method, moment.path) > 0 },
				func(terraform *os.Process) { _ = terraform.Signal(os.Interrupt) })
			if !strings.Contains(output, "Interrupt received") {
				t.Errorf("Terraform did not notice:\n%s", output)
			}
			state, _ := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate")) // none when nothing was made
			for _, visitor := range e.visitors() {
				if !strings.Contains(string(state), fmt.Sprintf(`"id": %q`, visitor.ID)) {
					t.Errorf("the state has lost visitor %s", visitor.ID)
				}
			}
			for _, room := range e.openRooms() {
				if !strings.Contains(string(state), fmt.Sprintf(`"id": %q`, room)) {
					t.Errorf("the state has lost room %s", room)
				}
			}
			e.Faults(t)
			apply(w, 10)
			w.MustPlanEmpty()
			if len(e.visitors()) != 7 || len(e.openRooms()) != 7 {
				t.Errorf("there are %d visitors and %d open rooms", len(e.visitors()), len(e.openRooms()))
			}
		})
	}
}

// A provider that is killed can save nothing. What it created is met again by the
// next apply, which names it, and adopts it where that is allowed.
func TestInterrupt_providerKilled(t *testing.T) {
	t.Parallel()
	e, catchUp := startOldTenant(t)
	config := func(adopt string) string {
		return acctest.RequiredProviders + "provider \"chat\" {\n  rocketchat = {}\n}\n" + fmt.Sprintf(`
resource "chat_rocketchat_visitor" "known" {
  token = "known-1"%[1]s
}

resource "chat_rocketchat_visitor" "random" {
  email = "random@example.com"%[1]s
}

resource "chat_rocketchat_room" "known" {
  visitor_token = chat_rocketchat_visitor.known.token%[1]s
}
`, adopt)
	}
	w := e.workspace(t, "")
	w.Write("main.tf", config(""))
	// All is committed, and the provider is killed before it hears of it.
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/visitor$", Drop: "after"}, control.FaultRule{Method: "GET", Path: "/visitor/:token$", Skip: 1, LatencyMS: 5000})
	output := interrupted(t, w, func() bool { return len(e.visitors()) == 2 }, func(terraform *os.Process) { acctest.KillChildren(t, terraform.Pid) })
	if !strings.Contains(output, "Plugin did not respond") {
		t.Errorf("the provider was not killed:\n%s", output)
	}
	e.openRoom(t, "known-1") // as if the room had been lost, too
	e.Faults(t)
	catchUp()

	output, code := w.Run("apply", "-no-color", "-input=false", "-auto-approve")
	if code == 0 || strings.Count(output, "adopt_existing = true") != 2 {
		t.Errorf("the apply ended with %d:\n%s", code, output)
	}
	w.Write("main.tf", config("\n  adopt_existing = true"))
	apply(w, 10)
	w.MustPlanEmpty()
	if len(e.visitors()) != 2 || len(e.openRooms()) != 1 {
		t.Errorf("there are %d visitors and %d open rooms", len(e.visitors()), len(e.openRooms()))
	}
	destroy(w)
	if len(e.visitors()) > 0 {
		t.Errorf("visitors are left: %v", e.visitors())
	}
}
