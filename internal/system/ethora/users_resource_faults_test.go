package ethora_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// Whatever goes wrong in a creation: no user is made twice or lost, and the
// next apply ends well.
func TestUsers_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		for _, call := range []struct{ name, method, path string }{
			{"list", "GET", "/chats/users$"},
			{"post", "POST", "/users/batch$"},
			{"poll", "GET", "/users/batch/"},
			{"finish", "PATCH", "/chats/users$"},
		} {
			t.Run(fault.name+" "+call.name, func(t *testing.T) {
				t.Parallel()
				e := startTenant(t)
				b := connectBulk(t, e.Ethora)
				e.Faults(t, fault.on(call.method, call.path))
				named := changedPerson(people("ann", "ben", "cid"), "ann", "username", "annie")
				config := object{
					"users":        changedPerson(named, "ben", "password_wo_version", 1),
					"passwords_wo": map[string]string{"ben": "correct horse"},
				}
				users := b.apply(t.Context(), config, nil)
				if told := fmt.Sprint(users.problems, users.users()); strings.Contains(told, "correct horse") {
					t.Errorf("the password stands in %s", told)
				}
				if fault.survived && users.problems != nil {
					t.Errorf("not survived: %q", users.problems)
				}
				settleJobs(e.Ethora)
				for _, id := range e.activeUsers(e.AppID()) {
					if !slices.Contains(users.ids(), id) {
						t.Errorf("%s exists and no state knows it: %q", id, users.problems)
					}
				}
				mustConverge(t, e, config, users)
			})
		}
	}
}

// mustConverge refreshes and applies again, and finds the server as configured.
func mustConverge(t *testing.T, e tenant, config object, users bulkState) {
	t.Helper()
	e.Faults(t)
	b := connectBulk(t, e.Ethora)
	if !users.value.IsNull() {
		users = b.refresh(t.Context(), users)
	}
	again := b.apply(t.Context(), config, &users)
	wanted := sortedKeys(config["users"].(map[string]object))
	if again.problems != nil || !slices.Equal(e.activeUsers(e.AppID()), wanted) || !slices.Equal(again.ids(), wanted) {
		t.Errorf("after the next apply %q are there and the state holds %q: %q", e.activeUsers(e.AppID()), again.ids(), again.problems)
	}
	if accounts := len(e.Snapshot().App(e.AppID()).Users); accounts != len(wanted)+1 {
		t.Errorf("there are %d accounts, want the system account and %d users", accounts, len(wanted))
	}
	if read := connectBulk(t, e.Ethora).refresh(t.Context(), again); !read.value.Equal(again.value) {
		t.Errorf("a plan would show drift: %v, want %v", read.value, again.value)
	}
}

func TestUsers_readUpdateAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			config := crowdOf(numbered("user", 5)...)
			users := connectBulk(t, e.Ethora).apply(t.Context(), config, nil)

			for _, path := range []string{"/chats/users$", "/v1/apps/users/"} {
				rule := fault.on("GET", path)
				rule.Times = 2
				e.Faults(t, rule)
				if read := connectBulk(t, e.Ethora).refresh(t.Context(), users); len(read.ids()) != 5 {
					t.Errorf("a failed read of %s left %q in the state: %q", path, read.ids(), read.problems)
				}
			}

			e.Faults(t, fault.on("PATCH", "/chats/users$"))
			config = object{"users": changedPerson(people(numbered("user", 5)...), "user-001", "first_name", "Changed")}
			changed := connectBulk(t, e.Ethora).apply(t.Context(), config, &users)
			if fault.survived && changed.problems != nil {
				t.Errorf("the update was not survived: %q", changed.problems)
			}
			mustConverge(t, e, config, changed)

			e.Faults(t, fault.on("DELETE", "/users/batch$"))
			gone := connectBulk(t, e.Ethora).apply(t.Context(), nil, &users)
			if fault.survived && gone.problems != nil {
				t.Errorf("the destroy was not survived: %q", gone.problems)
			}
			for _, id := range e.activeUsers(e.AppID()) {
				if !slices.Contains(gone.ids(), id) {
					t.Errorf("%s left the state and stayed on the server: %q", id, gone.problems)
				}
			}
			e.Faults(t)
			gone = connectBulk(t, e.Ethora).apply(t.Context(), nil, &gone)
			if gone.problems != nil || len(e.activeUsers(e.AppID())) != 0 {
				t.Errorf("the next destroy did not converge: %q", gone.problems)
			}
		})
	}
}

// A job that outlasts the timeout: its users are in the state, and the next
// refresh waits for them.
func TestUsers_jobOutlastsTheTimeout(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{EndlessJobs: true})
	config := with(crowdOf("ann", "ben"), object{"timeouts": object{"create": "1s"}})
	users := connectBulk(t, e.Ethora).apply(t.Context(), config, nil)
	if len(users.problems) != 2 || !strings.Contains(fmt.Sprint(users.problems), "Ethora accepted the request as job") || len(users.ids()) != 2 ||
		!strings.Contains(fmt.Sprint(users.problems), "0 of 2 users were created in Ethora app "+e.AppID()+", and 2 are still being created") {
		t.Fatalf("the state holds %q: %q", users.ids(), users.problems)
	}
	read := connectBulk(t, e.Ethora).refresh(t.Context(), users)
	if len(read.problems) != 1 || !strings.Contains(read.problems[0].summary, "are still being created") || len(read.ids()) != 2 {
		t.Errorf("while the job runs the state holds %q: %q", read.ids(), read.problems)
	}
	e.Settings(t, mock.Settings{})
	read = connectBulk(t, e.Ethora).refresh(t.Context(), read)
	if read.problems != nil || len(read.ids()) != 2 || !slices.Equal(e.activeUsers(e.AppID()), []string{"ann", "ben"}) {
		t.Errorf("after the job the state holds %q: %q", read.ids(), read.problems)
	}
	mustConverge(t, e, config, read)
}

// Ctrl-C: what is on the wire is finished and reaches the state, the rest is
// not begun.
func TestUsers_createCancelled(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]control.FaultRule{
		"during the request": {Method: "POST", Path: "/users/batch$", LatencyMS: 200},
		"during the job":     {Method: "GET", Path: "/users/batch/", LatencyMS: 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			b := connectBulk(t, e.Ethora)
			e.Faults(t, rule)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				e.await(rule.Method, rule.Path)
				cancel()
			}()
			ids := numbered("user", 250)
			users := b.apply(ctx, crowdOf(ids...), nil)
			e.Faults(t)
			settleJobs(e.Ethora)
			for _, id := range e.activeUsers(e.AppID()) {
				if !slices.Contains(users.ids(), id) {
					t.Errorf("%s exists and no state knows it", id)
				}
			}
			if users.problems == nil || len(users.ids()) == 0 {
				t.Errorf("a cancelled creation left %d users in the state and says %q", len(users.ids()), users.problems)
			}
			mustConverge(t, e, crowdOf(ids...), users)
		})
	}
}

// The same with real Terraform and a real Ctrl-C.
func TestUsers_interrupted(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ids := numbered("user", 250)
	config := acctest.RequiredProviders + "provider \"chat\" {\n ethora = {}\n}\n" + usersHCL(people(ids...), "")
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": config}, e.Environment()...)
	e.Faults(t, control.FaultRule{LatencyMS: 150})
	interrupted(t, workspace,
		func() bool { return e.Count("GET", "/users/batch/") > 0 },
		func(terraform *os.Process) { _ = terraform.Signal(os.Interrupt) })
	e.Faults(t)
	settleJobs(e.Ethora)
	state := readFile(t, filepath.Join(workspace.Dir, "terraform.tfstate"))
	for _, id := range e.activeUsers(e.AppID()) {
		if !strings.Contains(state, fmt.Sprintf("%q: {", id)) {
			t.Errorf("the state has lost user %s", id)
		}
	}
	if strings.Contains(state, `"status": "tainted"`) {
		workspace.Must("untaint", "-no-color", crowdAddress)
	}
	workspace.Must("apply", "-no-color", "-input=false", "-auto-approve")
	workspace.MustPlanEmpty()
	if got := e.activeUsers(e.AppID()); !slices.Equal(got, ids) || len(e.Snapshot().App(e.AppID()).Users) != 251 {
		t.Errorf("there are %d users", len(got))
	}
}
