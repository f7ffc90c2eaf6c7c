package tegrabox_test

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// A whole project on a bad day: calls are cut before and after they are
// processed, others are turned away. Applies converge, no user is made twice, and
// a destroy leaves no user. A creation of a room that may have been carried out
// is never repeated, so that the answers to these are not lost here.
func TestTenantOnABadDay(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, capable)
	w := e.workspace(t, manyUsers(15)+manyRooms(10))
	badDay := control.FaultPlan{Seed: 7, Rules: []control.FaultRule{
		{Method: "POST", Path: "/rooms$", Probability: 0.2, Status: 429, Headers: map[string]string{"Retry-After": "0"}},
		{Method: "POST", Path: "/rooms$"},
		{Probability: 0.1, Drop: "before"},
		{Probability: 0.1, Drop: "after"},
		{Probability: 0.1, Status: 503},
		{Probability: 0.05, Status: 502, Body: "<html>Bad gateway</html>"},
		{Probability: 0.05, Status: 429, Headers: map[string]string{"Retry-After": "0"}},
	}}
	until := func(arguments ...string) {
		t.Helper()
		var output string
		for range 8 {
			if err := e.SetFaults(badDay); err != nil {
				t.Fatal(err)
			}
			badDay.Seed++
			var code int
			if output, code = w.Run(append(arguments, "-auto-approve", "-no-color", "-input=false")...); code == 0 {
				e.Faults(t)
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
	if users, rooms := len(e.Snapshot().Users), len(e.Snapshot().Rooms); users != 15 || rooms != 10 {
		t.Errorf("there are %d users and %d rooms, want 15 and 10", users, rooms)
	}
	until("destroy")
	if users, rooms := len(e.Snapshot().Users), len(e.Snapshot().Rooms); users != 0 || rooms != 0 {
		t.Errorf("%d users and %d rooms are left", users, rooms)
	}
}
