package acctest_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// runBulk moves users between resources of their own and a map, as the guide
// on users in bulk shows, and sees that nothing but Terraform's state changes.
func runBulk(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	before := holds(mock)
	guide := strings.Join(strings.Fields(readFile(t, "../../docs/guides/bulk.md")), " ")
	workspace := readExample(t, directory).workspace(t, onEthora(mock), map[string]string{"app_id": mock.AppID()})
	users := func(step string) {
		workspace.Write("users.tf", readFile(t, filepath.Join(examplesDirectory, directory, step, "users.tf")))
	}
	writes := func() int {
		return mock.Count("POST", "") + mock.Count("PUT", "") + mock.Count("PATCH", "") + mock.Count("DELETE", "")
	}
	for _, move := range []struct {
		start string
		steps []string
		plans []string
	}{
		{"single", []string{"bulk", "back"}, []string{
			"Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.", "Plan: 3 to import, 0 to add, 0 to change, 0 to destroy.",
		}},
		{"one", []string{"one-bulk"}, []string{"has moved to"}},
	} {
		users(move.start)
		apply(t, workspace)
		made := holds(mock)
		mock.ResetRequests()
		for i, step := range move.steps {
			users(step)
			if plan := workspace.Must("plan", "-input=false", "-no-color"); !strings.Contains(plan, move.plans[i]) {
				t.Errorf("the plan of %s does not say %q:\n%s", step, move.plans[i], plan)
			}
			if strings.HasPrefix(move.plans[i], "Plan:") && !strings.Contains(guide, move.plans[i]) {
				t.Errorf("the guide does not promise %q", move.plans[i])
			}
			apply(t, workspace)
			workspace.MustPlanEmpty()
		}
		if writes() != 0 {
			t.Errorf("the moves from %s changed the server: %v", move.start, mock.Requests())
		}
		mustHold(t, mock, made)
		destroy(t, workspace)
		mustHold(t, mock, before)
	}
}
