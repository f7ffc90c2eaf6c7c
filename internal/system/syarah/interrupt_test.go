package syarah_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// interrupted starts a run of Terraform, stops it in its middle, and returns what
// it said.
func interrupted(t *testing.T, w *acctest.Workspace, until func() bool, stop func(terraform *os.Process), arguments ...string) string {
	t.Helper()
	command := w.Command(t.Context(), append(arguments, "-no-color", "-input=false")...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !until() && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	if !until() {
		t.Error("the moment to stop Terraform did not come")
	}
	stop(command.Process)
	if err := command.Wait(); err == nil {
		t.Errorf("Terraform was not stopped:\n%s", &output)
	}
	return output.String()
}

func ctrlC(terraform *os.Process) { _ = terraform.Signal(os.Interrupt) }

// mustBeWhole fails unless the server has so many chats, one for each pair, and a
// plan is empty.
func (e tenant) mustBeWhole(t *testing.T, w *acctest.Workspace, chats int) {
	t.Helper()
	pairs := map[string]bool{}
	for _, chat := range e.Snapshot().Chats {
		pairs[fmt.Sprint(chat.Members)] = true
	}
	if len(pairs) != chats || len(e.Snapshot().Chats) != chats {
		t.Errorf("the chats are %+v", e.Snapshot().Chats)
	}
	w.MustPlanEmpty()
}

// Ctrl-C while chats are created on a slow server: what was on its way is in the
// state, and the next apply does the rest.
func TestInterrupt_ctrlCWhileCreating(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Path: "getChatHeaderAsync", LatencyMS: 300})
	w := e.workspace(t, manyChats(e.crowd(6)))
	output := interrupted(t, w, func() bool { return e.Count("GET", "getChatHeaderAsync") > 1 }, ctrlC, "apply", "-auto-approve", "-parallelism=2")
	if !strings.Contains(output, "Interrupt received") {
		t.Errorf("Terraform did not notice:\n%s", output)
	}
	state := readFile(t, filepath.Join(w.Dir, "terraform.tfstate"))
	made := e.Snapshot().Chats
	for _, chat := range made {
		if !strings.Contains(state, fmt.Sprintf(`"chat_header_id": %d`, chat.ID)) {
			t.Errorf("the state has lost chat %d", chat.ID)
		}
	}
	e.Faults(t)
	e.ResetRequests()
	apply(w, 10)
	if creations := e.Count("GET", "getChatHeaderAsync"); creations != 6-len(made) {
		t.Errorf("%d of 6 chats were there, and the next apply created %d", len(made), creations)
	}
	e.mustBeWhole(t, w, 6)
}

// Ctrl-C while a plan waits for a list that does not come.
func TestInterrupt_ctrlCWhileReading(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyChats(e.crowd(6)))
	apply(w, 10)
	e.ResetRequests()
	e.Faults(t, control.FaultRule{Path: "getMyChats", Empty: true})
	interrupted(t, w, func() bool { return e.Count("EMIT", "getMyChats") > 0 }, ctrlC, "apply", "-auto-approve")
	e.mustNotCreate(t, "the plan")
	e.Faults(t)
	e.mustBeWhole(t, w, 6)
}

// A file that is on its way while Ctrl-C comes is in the state, for nothing would
// find it again.
func TestInterrupt_ctrlCWhileUploading(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Path: "uploadFile", LatencyMS: 1000})
	w := e.workspace(t, rulesBlock(writeFile(t, "rules.txt", "Be kind."), "file"))
	interrupted(t, w, func() bool { return e.Count("POST", "uploadFile") > 0 }, func(terraform *os.Process) {
		ctrlC(terraform)
	}, "apply", "-auto-approve")
	e.Faults(t)
	w.MustPlanEmpty()
	if uploads := e.uploads(); len(uploads) != 1 || !strings.Contains(readFile(t, filepath.Join(w.Dir, "terraform.tfstate")), uploads[0]) {
		t.Errorf("the uploads are %q", uploads)
	}
}

// A provider that is killed can save nothing. What it created is handed out again
// by the next apply: no chat is made twice.
func TestInterrupt_providerKilled(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Path: "getChatHeaderAsync", Skip: 2, LatencyMS: 5000})
	w := e.workspace(t, manyChats(e.crowd(6)))
	output := interrupted(t, w, func() bool { return e.Count("GET", "getChatHeaderAsync") > 2 && len(e.Snapshot().Chats) > 1 },
		func(terraform *os.Process) { acctest.KillChildren(t, terraform.Pid) }, "apply", "-auto-approve", "-parallelism=3")
	if !strings.Contains(output, "Plugin did not respond") {
		t.Errorf("the provider was not killed:\n%s", output)
	}
	e.Faults(t)
	apply(w, 10)
	e.mustBeWhole(t, w, 6)
}

// Two people apply the same configuration at once, each with a state of their
// own: both get the same chat.
func TestInterrupt_twoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	blocks := []string{janeBlock(), janeBlock(mock.UserID, mock.FriendID, mock.FriendID, mock.UserID)}
	workspaces := []*acctest.Workspace{e.workspace(t, blocks[0]), e.workspace(t, blocks[1])}
	var group sync.WaitGroup
	outputs, codes := make([]string, 2), make([]int, 2)
	for i, w := range workspaces {
		group.Go(func() { outputs[i], codes[i] = w.Run("apply", "-auto-approve", "-no-color", "-input=false") })
	}
	group.Wait()
	for i, w := range workspaces {
		if codes[i] != 0 {
			t.Errorf("exit code %d:\n%s", codes[i], outputs[i])
		}
		e.mustBeWhole(t, w, 1)
	}
}
