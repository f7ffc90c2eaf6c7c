package ethora_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// Lists that an apply has shared before it wrote tell nobody afterwards: a data
// source that depends on what was written sees it.
func TestTogether_dataSourceSeesWhatWasApplied(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	const lookup = `
data "chat_ethora_users" "before" {}

data "chat_ethora_users" "all" {
  depends_on = [chat_ethora_user.crowd]
}

data "chat_ethora_rooms" "all" {
  include_members = true
  depends_on      = [chat_ethora_room_access.edge]
}

output "seen" {
  value = format("%d people, %d edges",
    length([for u in data.chat_ethora_users.all.users : u if !u.system]),
    sum([for r in data.chat_ethora_rooms.all.rooms : length([for m in r.members : m if !m.system])]))
}
`
	w := e.workspace(t, manyUsers(6)+manyRooms(2)+everyEdge+lookup)
	for _, users := range []int{6, 11, 4} {
		w.Write("main.tf", acctest.RequiredProviders+"provider \"chat\" {\n  ethora = {}\n}\n"+manyUsers(users)+manyRooms(2)+everyEdge+lookup)
		apply(w, 10)
		want := fmt.Sprintf("%d people, %d edges", users, users)
		if seen := w.Must("output", "-raw", "seen"); seen != want {
			t.Errorf("the data sources see %s, want %s", seen, want)
		}
	}
}

// Users, rooms and edges of the same ids are deleted and created again in one
// apply, while others are read and changed by the same lists and requests.
func TestTogether_replacedUnderTheSameIDs(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := func(domain, roomType, title string) string {
		people := strings.ReplaceAll(manyUsers(8), "@example.com", "@"+domain)
		people = strings.Replace(people, "  last_name", "  hard_delete = true\n  last_name", 1)
		rooms := strings.Replace(manyRooms(3), `"Hall"`, fmt.Sprintf("%q\n  type = %q", title, roomType), 1)
		// A new user or room of the same id is none of the edges' business, unless they are told.
		edges := strings.Replace(everyEdge, "\n}", "\n  lifecycle {\n    replace_triggered_by = [chat_ethora_user.crowd, chat_ethora_room.hall]\n  }\n}", 1)
		return acctest.RequiredProviders + "provider \"chat\" {\n  ethora = {}\n}\n" + people + rooms + edges
	}
	w := e.workspace(t, "")
	w.Write("main.tf", config("example.com", "public", "Hall"))
	apply(w, 10)
	for _, next := range []string{
		config("example.org", "public", "Hall"),  // users and edges
		config("example.org", "group", "Hall"),   // rooms and edges
		config("example.net", "public", "Other"), // everything
	} {
		w.Write("main.tf", next)
		apply(w, 10)
		w.MustPlanEmpty()
		for i := range 3 {
			room := fmt.Sprintf("hall-%03d", i)
			if got, want := len(e.people(e.AppID(), room)), (8-i+2)/3; got != want {
				t.Errorf("%d are in %s, want %d", got, room, want)
			}
		}
	}
}

// One request at a time is enough for all that waits for each other.
func TestTogether_oneRequestAtATime(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(25)+manyRooms(4)+everyEdge, "ETHORA_CHAT_MAX_CONCURRENT_REQUESTS=1")
	apply(w, 50)
	w.MustPlanEmpty("-parallelism=50")
	apply(w, 50, "-destroy")
	if rooms := e.Snapshot().App(e.AppID()).Rooms; len(rooms) > 0 {
		t.Errorf("%d rooms are left", len(rooms))
	}
}

// Two aliases of one tenant share nothing, and neither undoes what the other did.
func TestTogether_twoAliases(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, `
provider "chat" {
  alias  = "other"
  ethora = {}
}
`+strings.Replace(manyUsers(12), "count ", "provider = chat.other\n  count ", 1)+manyRooms(2)+everyEdge)
	apply(w, 10)
	w.MustPlanEmpty()
	if people := len(e.people(e.AppID(), "hall-000")); people != 6 {
		t.Errorf("%d are in the first room, want 6", people)
	}
	apply(w, 10, "-destroy")
}

// A plan that only refreshes, of many objects that are gone, changed and moved.
func TestTogether_refreshOnly(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(12)+manyRooms(2)+everyEdge)
	apply(w, 10)
	e.Settings(t, mock.Settings{ArchivedUser: http.StatusNotFound})
	e.Edit(t, "DELETE", "/v2/apps/"+e.AppID()+"/users/batch", map[string]any{"usersIdList": numbered("user", 5)})
	e.deleteRoom(t, e.AppID(), "hall-001")
	apply(w, 10, "-refresh-only")
	left := strings.Fields(w.Must("state", "list"))
	// Seven users, one room, and of the edges those of its users who are left.
	if len(left) != 7+1+3 {
		t.Errorf("%d objects are left: %q", len(left), left)
	}
}

// A list that fails while many read from it costs calls and nothing else.
func TestTogether_listFails(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(12)+manyRooms(2)+everyEdge)
	apply(w, 10)
	e.Faults(t, control.FaultRule{Method: http.MethodGet, Path: "/chats/users$", Status: 500, Body: `{"error":"oops"}`})
	w.MustPlanEmpty()
}
