package ethora_test

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// A whole tenant on a bad day: every tenth call is cut before it is processed,
// every tenth after it, others are turned away. Applies converge, nothing is
// made twice, and destroys leave nothing.
func TestTenantOnABadDay(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + `
provider "chat" {
  ethora = {}
}

resource "chat_ethora_app" "acme" {
  display_name = "Acme"
}

resource "chat_ethora_user" "this" {
  count      = 8
  app_id     = chat_ethora_app.acme.id
  user_id    = "user-${count.index}"
  email      = "user-${count.index}@example.com"
  first_name = "First"
  last_name  = "Last"
}

resource "chat_ethora_room" "this" {
  count   = 4
  app_id  = chat_ethora_app.acme.id
  room_id = "room-${count.index}"
  title   = "Room ${count.index}"
}

resource "chat_ethora_room_access" "this" {
  count   = 16
  app_id  = chat_ethora_app.acme.id
  room_id = chat_ethora_room.this[count.index % 2].room_id
  user_id = chat_ethora_user.this[floor(count.index / 2)].user_id
}

resource "chat_ethora_room_members" "this" {
  count    = 2
  app_id   = chat_ethora_app.acme.id
  room_id  = chat_ethora_room.this[2 + count.index].room_id
  user_ids = chat_ethora_user.this[*].user_id
}
`}, e.Environment()...)
	badDay := control.FaultPlan{Seed: 7, Rules: []control.FaultRule{
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
	apps := e.Snapshot().Apps
	if len(apps) != 2 {
		t.Fatalf("there are %d apps, want the provider's own and Acme", len(apps))
	}
	acme := apps[1]
	if len(acme.Users) != 9 || len(acme.Rooms) != 4 { // the system account is a user, too
		t.Errorf("there are %d users and %d rooms, want 9 and 4", len(acme.Users), len(acme.Rooms))
	}
	for _, room := range acme.Rooms {
		if len(room.Members) != 9 {
			t.Errorf("in %s are %q, want everybody", room.Name, room.Members)
		}
	}

	until("destroy")
	if state := e.Snapshot().App(acme.ID); state != nil && state.Status == "active" {
		t.Errorf("the app is left: %+v", state)
	}
	if output := w.Must("show", "-no-color"); !strings.Contains(output, "The state file is empty") {
		t.Errorf("something is left in the state:\n%s", output)
	}
}
