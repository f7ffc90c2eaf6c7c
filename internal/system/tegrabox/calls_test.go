package tegrabox_test

import (
	"fmt"
	"strings"
	"testing"
)

// manyUsers is so many users, in HCL.
func manyUsers(users int) string {
	return fmt.Sprintf(`
resource "chat_tegrabox_user" "crowd" {
  count            = %d
  username         = format("user-%%03d", count.index)
  external_user_id = format("crm-%%03d", count.index)
  display_name     = "User"
}
`, users)
}

// manyRooms is so many rooms of the first of many users, in HCL.
func manyRooms(rooms int) string {
	return fmt.Sprintf(`
resource "chat_tegrabox_room" "hall" {
  count      = %d
  name       = format("hall-%%03d", count.index)
  created_by = chat_tegrabox_user.crowd[0].id
}
`, rooms)
}

// atMost fails the test when more calls than that were made, and forgets them.
func (e tenant) atMost(t *testing.T, most int, what string) {
	t.Helper()
	if made := len(e.calls()); made > most {
		t.Errorf("%s took %d calls, want at most %d:\n%s", what, made, most, strings.Join(e.calls(), "\n"))
	}
	e.ResetRequests()
}

// A refresh costs the lookup of the project, one list of each collection, and
// the few direct reads that come before it is clear that many are wanted. A page
// holds 100 objects.
func TestCalls_refresh(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(50)+manyRooms(20))
	apply(w, 10)
	e.atMost(t, 1+50+20, "creating 50 users and 20 rooms")
	w.MustPlanEmpty("-parallelism=10")
	for _, what := range []string{"users", "rooms"} {
		if lists, singles := e.Count("GET", "/"+what+"$"), e.Count("GET", "/"+what+"/"); lists != 1 || singles > 3 {
			t.Errorf("%s were listed %d times, and %d were read alone", what, lists, singles)
		}
	}
	if lookups := e.Count("GET", "/projects/me$"); lookups != 1 {
		t.Errorf("the project was looked up %d times", lookups)
	}
	e.atMost(t, 1+2*(1+3), "a refresh of 50 users and 20 rooms")

	// What changed behind Terraform's back is found all the same, and what the
	// list lacks is asked for once more.
	e.Edit(t, "PATCH", project+"/users/"+e.user("user-003").ID, map[string]any{"display_name": "Changed"})
	e.Edit(t, "DELETE", project+"/users/"+e.user("user-007").ID, nil)
	e.Edit(t, "DELETE", project+"/users/"+e.user("user-011").ID, nil)
	e.Edit(t, "DELETE", project+"/rooms/"+e.rooms("hall-004")[0], nil)
	output := w.Must("plan", "-no-color", "-input=false", "-parallelism=10")
	for _, want := range []string{
		"chat_tegrabox_user.crowd[3] will be updated in-place",
		"chat_tegrabox_user.crowd[7] will be created",
		"chat_tegrabox_user.crowd[11] will be created",
		"chat_tegrabox_room.hall[4] will be created",
		"Plan: 3 to add, 1 to change, 0 to destroy",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the plan lacks %q:\n%s", want, output)
		}
	}
	e.atMost(t, 1+2*(1+3)+3, "a refresh that finds three objects gone")
}

// Destroying a user is one call. Destroying a room is two where the server
// refuses it: the deletion, and a look whether there is a room at all, which
// many rooms share.
func TestCalls_destroy(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(20)+manyRooms(20))
	apply(w, 10)
	e.ResetRequests()
	apply(w, 10, "-destroy", "-refresh=false")
	if users, rooms := e.Count("DELETE", "/users/"), e.Count("DELETE", "/rooms/"); users != 20 || rooms != 20 {
		t.Errorf("%d users and %d rooms were deleted", users, rooms)
	}
	// A deletion of a room in between makes a list old, so that some rooms are
	// read alone: never more than one look for each.
	e.atMost(t, 1+20+20+20, "destroying 20 users and 20 rooms")
	if left := len(e.Snapshot().Rooms); left != 20 {
		t.Errorf("%d rooms are left on the server", left)
	}
}

// One user is read directly, however many there are.
func TestCalls_oneTargetedUser(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	for _, username := range numbered("other", 270) {
		e.addUser(t, username)
	}
	w := e.workspace(t, manyUsers(30))
	apply(w, 30)
	e.ResetRequests()
	w.MustPlanEmpty("-target=chat_tegrabox_user.crowd[17]")
	if lists := e.Count("GET", "/users$"); lists != 0 {
		t.Errorf("users were listed %d times", lists)
	}
	e.atMost(t, 1+1, "a plan of one user")
}

// Three pages are three calls.
func TestCalls_pages(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	for _, username := range numbered("other", 230) {
		e.addUser(t, username)
	}
	w := e.workspace(t, manyUsers(20))
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty()
	e.atMost(t, 1+3+3, "a refresh of 20 users among 250")
}

// The switch for benchmarks: each resource speaks to the server alone.
func TestCalls_withoutCoalescing(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(12)+manyRooms(8), "CHAT_WITHOUT_COALESCING=1")
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty()
	if reads, lists := e.Count("GET", "/(users|rooms)/"), e.Count("GET", "/(users|rooms)$"); reads != 20 || lists != 0 {
		t.Errorf("12 users and 8 rooms were read by %d calls and %d lists", reads, lists)
	}
}

// Where the list fails, the objects are read one by one.
func TestCalls_listFails(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(12))
	apply(w, 10)
	e.Faults(t, fault{rule: faults[len(faults)-1].rule}.always("GET", "/users$"))
	e.ResetRequests()
	w.MustPlanEmpty()
	if reads := e.Count("GET", "/users/"); reads != 12 {
		t.Errorf("12 users were read by %d calls", reads)
	}
}
