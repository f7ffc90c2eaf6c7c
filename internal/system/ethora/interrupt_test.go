package ethora_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// importable is an error with an import command: the address of its resource, and
// the id.
var importable = regexp.MustCompile(`(?s)with (chat_\S+),\n.*?before\s+it\s+could\s+save.*?terraform import <address of this resource> '([^']+)'`)

// busyTenant is three apps with users and rooms, too much to be done in one moment.
const busyTenant = acctest.RequiredProviders + `
provider "chat" {
  ethora = {}
}
resource "chat_ethora_app" "acme" {
  count        = 3
  display_name = "Acme ${count.index}"
}
resource "chat_ethora_user" "crowd" {
  count      = 6
  app_id     = chat_ethora_app.acme[0].id
  user_id    = "user${count.index}"
  email      = "user${count.index}@example.com"
  first_name = "User"
  last_name  = "Number"
}
resource "chat_ethora_room" "crowd" {
  count   = 4
  app_id  = chat_ethora_app.acme[0].id
  room_id = "room${count.index}"
  title   = "Room"
}
`

// mustBeWhole fails unless the tenant is exactly what busyTenant describes: an
// object that was made twice, or lost and made again, would show.
func mustBeWhole(t *testing.T, ethora *acctest.Ethora) {
	t.Helper()
	apps := activeApps(ethora)
	if all := len(ethora.Snapshot().Apps) - 1; len(apps) != 3 || all != 3 {
		t.Fatalf("there are %d active apps of %d below the base app, want 3 of 3", len(apps), all)
	}
	acme := apps[slices.IndexFunc(apps, func(app mock.AppState) bool { return app.Attributes["displayName"] == "Acme 0" })]
	users := 0
	for _, user := range acme.Users {
		if user.Status == "active" && !user.System {
			users++
		}
	}
	if users != 6 || len(acme.Rooms) != 4 {
		t.Errorf("there are %d users and %d rooms, want 6 and 4", users, len(acme.Rooms))
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

// Ctrl-C in the middle of an apply, at several moments: a second apply
// converges, nothing is made twice, nothing is lost.
func TestInterrupt_ctrlC(t *testing.T) {
	t.Parallel()
	for _, moment := range []struct{ name, method, path string }{
		{"while apps are created", "POST", "^/v2/apps$"},
		{"while users are created", "POST", "/users/batch$"},
		{"while jobs are polled", "GET", "/users/batch/"},
		{"while rooms are created", "POST", "/chats$"},
	} {
		t.Run(moment.name, func(t *testing.T) {
			ethora := acctest.StartEthora(t)
			ethora.Faults(t, control.FaultRule{LatencyMS: 150})
			workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": busyTenant}, ethora.Environment()...)
			output := interrupted(t, workspace,
				func() bool { return ethora.Count(moment.method, moment.path) > 0 },
				func(terraform *os.Process) { _ = terraform.Signal(os.Interrupt) })
			if !strings.Contains(output, "Interrupt received") {
				t.Errorf("Terraform did not notice:\n%s", output)
			}
			mustBeInState(t, ethora, workspace)
			ethora.Faults(t)
			workspace.Must("apply", "-no-color", "-input=false", "-auto-approve")
			mustBeWhole(t, ethora)
			workspace.MustPlanEmpty()
		})
	}
}

// mustBeInState fails when an active app, user or room is missing in the state.
func mustBeInState(t *testing.T, ethora *acctest.Ethora, workspace *acctest.Workspace) {
	t.Helper()
	settleJobs(ethora)
	state, _ := os.ReadFile(filepath.Join(workspace.Dir, "terraform.tfstate")) // none when nothing was made
	for _, app := range activeApps(ethora) {
		if !strings.Contains(string(state), fmt.Sprintf(`"id": %q`, app.ID)) {
			t.Errorf("the state has lost app %s", app.ID)
		}
		for _, user := range app.Users {
			if !user.System && !strings.Contains(string(state), fmt.Sprintf(`"id": "%s/%s"`, app.ID, user.UUID)) {
				t.Errorf("the state has lost user %s", user.UUID)
			}
		}
		for _, room := range app.Rooms {
			if !strings.Contains(string(state), fmt.Sprintf(`"name": %q`, room.Name)) {
				t.Errorf("the state has lost room %s", room.Name)
			}
		}
	}
}

// A provider that is killed can save nothing. What it created is found again by
// the next apply, and the import commands that it shows take it over.
func TestInterrupt_providerKilled(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	ethora.Edit(t, "POST", "/v2/apps", map[string]any{"displayName": "Acme"})
	appID := appNamed(ethora, "Acme").ID
	config := acctest.RequiredProviders + "provider \"chat\" {\n ethora = {}\n}\n" + strings.ReplaceAll(`
resource "chat_ethora_user" "crowd" {
  count      = 3
  app_id     = "APP"
  user_id    = "user${count.index}"
  email      = "user${count.index}@example.com"
  first_name = "User"
  last_name  = "Number"
}
resource "chat_ethora_room" "crowd" {
  count   = 3
  app_id  = "APP"
  room_id = "room${count.index}"
  title   = "Room"
}
`, "APP", appID)
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": config}, ethora.Environment()...)
	// All is committed, and the provider is killed before it hears of it.
	ethora.Faults(t,
		control.FaultRule{Method: "GET", Path: "^/v2", LatencyMS: 5000},
		control.FaultRule{Method: "POST", Path: "/chats$", Drop: "after"})
	output := interrupted(t, workspace,
		func() bool {
			return usersSent(ethora, appID) == 3 && len(ethora.Snapshot().App(appID).Rooms) == 3
		},
		func(terraform *os.Process) { acctest.KillChildren(t, terraform.Pid) })
	if !strings.Contains(output, "Plugin did not respond") {
		t.Errorf("the provider was not killed:\n%s", output)
	}
	ethora.Faults(t)
	settleJobs(ethora)

	output, _ = workspace.Run("apply", "-no-color", "-input=false", "-auto-approve")
	commands := importable.FindAllStringSubmatch(output, -1)
	if len(commands) != 6 {
		t.Errorf("%d import commands are shown for 6 objects:\n%s", len(commands), output)
	}
	for _, command := range commands {
		workspace.Must("import", "-no-color", "-input=false", command[1], command[2])
	}
	workspace.Must("apply", "-no-color", "-input=false", "-auto-approve")
	workspace.MustPlanEmpty()
	app := ethora.Snapshot().App(appID)
	if len(app.Users) != 4 || len(app.Rooms) != 3 {
		t.Errorf("there are %d accounts and %d rooms, want the system account, 3 users and 3 rooms", len(app.Users), len(app.Rooms))
	}
}

// usersSent is how many users were in all requests to create some.
func usersSent(ethora *acctest.Ethora, appID string) int {
	sent := 0
	for _, body := range (tenant{ethora}).bodies("POST", "/v2/apps/"+appID+"/users/batch") {
		sent += len(body.(map[string]any)["usersList"].([]any))
	}
	return sent
}

// Two people apply the same configuration at once, each with a state of their
// own: the slower one is told how to take over what the faster one made.
func TestInterrupt_twoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	config := acctest.RequiredProviders + "provider \"chat\" {\n ethora = {}\n}\n" + annBlock("") + `
resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}
`
	var workspaces []*acctest.Workspace
	for range 2 {
		workspaces = append(workspaces, acctest.NewWorkspace(t, map[string]string{"main.tf": config}, ethora.Environment()...))
	}
	var group sync.WaitGroup
	outputs, codes := make([]string, 2), make([]int, 2)
	for i, workspace := range workspaces {
		group.Go(func() {
			outputs[i], codes[i] = workspace.Run("apply", "-no-color", "-input=false", "-auto-approve")
		})
	}
	group.Wait()
	printed := strings.Join(outputs, "\n")
	for _, want := range []string{
		"terraform import <address of this resource> '" + ethora.AppID() + "/ann'",
		"terraform import <address of this resource> '" + ethora.AppID() + "/support'",
	} {
		if strings.Count(printed, want) != 1 {
			t.Errorf("%q is shown %d times, want once, to the loser:\n%s", want, strings.Count(printed, want), printed)
		}
	}
	app := ethora.Snapshot().App(ethora.AppID())
	if len(app.Users) != 2 || len(app.Rooms) != 1 {
		t.Errorf("there are %d accounts and %d rooms, want the system account, ann and one room", len(app.Users), len(app.Rooms))
	}
	for i, workspace := range workspaces {
		for _, command := range importable.FindAllStringSubmatch(outputs[i], -1) {
			workspace.Must("import", "-no-color", "-input=false", command[1], command[2])
		}
		workspace.Must("apply", "-no-color", "-input=false", "-auto-approve")
		workspace.MustPlanEmpty()
	}
}
