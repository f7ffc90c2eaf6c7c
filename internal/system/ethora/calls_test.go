package ethora_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// manyUsers is so many users, in HCL.
func manyUsers(users int) string {
	return fmt.Sprintf(`
resource "chat_ethora_user" "crowd" {
  count      = %d
  user_id    = format("user-%%03d", count.index)
  email      = format("user-%%03d@example.com", count.index)
  first_name = "User"
  last_name  = "Number"
}
`, users)
}

// manyRooms is so many rooms, in HCL.
func manyRooms(rooms int) string {
	return fmt.Sprintf(`
resource "chat_ethora_room" "hall" {
  count   = %d
  room_id = format("hall-%%03d", count.index)
  title   = "Hall"
}
`, rooms)
}

// everyEdge lets each of the crowd into one of the halls.
const everyEdge = `
resource "chat_ethora_room_access" "edge" {
  count   = length(chat_ethora_user.crowd)
  room_id = chat_ethora_room.hall[count.index % length(chat_ethora_room.hall)].room_id
  user_id = chat_ethora_user.crowd[count.index].user_id
}
`

// workspace is a workspace for the mock with a configuration in it.
func (e tenant) workspace(t *testing.T, config string, environment ...string) *acctest.Workspace {
	t.Helper()
	files := map[string]string{"main.tf": acctest.RequiredProviders + "provider \"chat\" {\n  ethora = {}\n}\n" + config}
	return acctest.NewWorkspace(t, files, append(e.Environment(), environment...)...)
}

// apply applies with so many operations at once.
func apply(w *acctest.Workspace, parallelism int, more ...string) {
	w.Must(append([]string{"apply", "-auto-approve", "-no-color", "-input=false", fmt.Sprintf("-parallelism=%d", parallelism)}, more...)...)
}

// slow makes every call take as long as a call to a server far away. The
// resources of one wave then find each other, however busy this machine is.
var slow = control.FaultRule{LatencyMS: 300}

// atMost fails the test when more calls than that were made, and forgets them.
func (e tenant) atMost(t *testing.T, most int, what string) {
	t.Helper()
	if made := len(e.Requests()); made > most {
		t.Errorf("%s took %d calls, want at most %d:\n%s", what, made, most, e.calls())
	}
	e.ResetRequests()
}

// A refresh costs one list of each collection and the few direct reads that come
// before it is clear that many are wanted. A page holds 100 objects, and so there
// is one of each here.
//
//	users: 3 direct + 1 page
//	rooms: 1 that asks for the room alone, in vain, + 1 page for it + 1 page for all
//	edges: 3 direct + 1 page of rooms with members
//	and the chat host
func TestCalls_refresh(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(30)+manyRooms(5)+everyEdge)
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty("-parallelism=10")
	if lists := e.Count("GET", "/chats/users$"); lists != 1 {
		t.Errorf("users were listed %d times", lists)
	}
	e.atMost(t, 4+3+4+1, "a refresh of 30 users, 5 rooms and 30 edges")

	// What changed behind Terraform's back is found all the same.
	e.Edit(t, "PATCH", "/v2/apps/"+e.AppID()+"/chats/users", map[string]any{
		"users": []any{map[string]any{"xmppUsername": e.AppID() + "_user-003", "firstName": "Changed"}}})
	users := "/v2/apps/" + e.AppID() + "/users/batch"
	e.throwOut(t, e.AppID(), "hall-004", "user-014")
	e.Edit(t, "DELETE", users, map[string]any{"usersIdList": []string{"user-007"}})
	e.Edit(t, "DELETE", users+"?mode=hard", map[string]any{"usersIdList": []string{"user-011"}})
	e.Edit(t, "PATCH", "/v2/apps/"+e.AppID()+"/chats/"+e.AppID()+"_hall-000", map[string]any{"title": "Changed"})
	output := w.Must("plan", "-no-color", "-input=false", "-parallelism=10")
	for _, want := range []string{
		"chat_ethora_user.crowd[3] will be updated in-place",
		"chat_ethora_user.crowd[7] will be created",
		"chat_ethora_user.crowd[11] will be created",
		"chat_ethora_room.hall[0] will be updated in-place",
		"chat_ethora_room_access.edge[7] will be created",
		"chat_ethora_room_access.edge[11] will be created",
		"chat_ethora_room_access.edge[14] will be created",
		"Plan: 5 to add, 2 to change, 0 to destroy",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the plan lacks %q:\n%s", want, output)
		}
	}
	// Two users and three edges are confirmed: each user alone, who is asked for
	// twice more by edges, of whom one is left, and the members by one list for all
	// or one for each.
	e.atMost(t, 12+2+3+3, "a refresh that finds five objects gone")
}

// A server that shows a part of a full room's members is asked once for all of
// them, and not once for each user whom it leaves out.
//
//	edges: 3 direct + 1 page of rooms with members
//	left out: 3 direct + 1 page of the room's users + 1 that tells whether those
//	are the room's
//	and the chat host
func TestCalls_refreshOfAFullRoom(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{MemberListLimit: 30})
	e.addUsers(t, e.AppID(), numbered("user", 60)...)
	e.addRoom(t, e.AppID(), "hall-000")
	w := e.workspace(t, `
resource "chat_ethora_room_access" "edge" {
  count   = 60
  room_id = "hall-000"
  user_id = format("user-%03d", count.index)
}
`)
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty("-parallelism=10")
	e.atMost(t, 4+5+1, "a refresh of 60 edges of a room that shows 30 members")

	// Whom neither list shows is confirmed before the state forgets the access.
	e.throwOut(t, e.AppID(), "hall-000", "user-003")
	e.throwOut(t, e.AppID(), "hall-000", "user-055")
	e.ResetRequests()
	output := w.Must("plan", "-no-color", "-input=false", "-parallelism=10")
	for _, want := range []string{
		"chat_ethora_room_access.edge[3] will be created",
		"chat_ethora_room_access.edge[55] will be created",
		"Plan: 2 to add, 0 to change, 0 to destroy",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the plan lacks %q:\n%s", want, output)
		}
	}
	e.atMost(t, 10+2*3, "a refresh that finds two edges of a full room gone")
}

// A wave of ten users is one request and one look at its job.
func TestCalls_create(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ users, parallelism, most int }{
		{users: 60, parallelism: 10, most: 60 / 4},  // a quarter of a call for each user
		{users: 100, parallelism: 100, most: 3 * 2}, // as far as they come within 200 ms of each other
	} {
		t.Run(fmt.Sprintf("%d at once", test.parallelism), func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, mock.Settings{JobPolls: 1})
			e.Faults(t, slow)
			w := e.workspace(t, manyUsers(test.users))
			apply(w, test.parallelism)
			e.atMost(t, test.most, "creating")
			if users := len(e.Snapshot().App(e.AppID()).Users); users != test.users+1 {
				t.Errorf("the server holds %d accounts, want the system account and %d users", users, test.users)
			}

			// One request for each wave, and of the first one each user is read to
			// make sure. The refresh before it lists the users.
			apply(w, test.parallelism, "-destroy")
			if deletions := e.Count("DELETE", "/users/batch$"); deletions > test.users/test.parallelism+2 {
				t.Errorf("%d requests deleted %d users", deletions, test.users)
			}
			e.atMost(t, test.users*15/100+4+min(test.parallelism, 10)+2, "destroying")
		})
	}
}

// Rooms are created one by one. Their members are read together before, granted
// room by room, and looked for together after.
func TestCalls_roomsWithMembers(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), numbered("user", 50)...)
	e.Faults(t, slow)
	w := e.workspace(t, manyRooms(10)+`
resource "chat_ethora_room_members" "hall" {
  count    = 10
  room_id  = chat_ethora_room.hall[count.index].room_id
  user_ids = [for i in range(5) : format("user-%03d", 5 * count.index + i)]
}
`)
	apply(w, 10)
	e.atMost(t, 2*10+2+1+2, "creating 10 rooms with 50 members") // with the chat host, and a wave that came apart
	w.MustPlanEmpty()
	e.ResetRequests()

	// The refresh reads rooms by 3 calls and the chat host, and members by one or
	// two lists. Then there is one request for each room's members and one for each
	// room, and a list or two to make sure of either. The rooms show equally many
	// members, so that each list may be cut short and is completed by a call.
	apply(w, 10, "-destroy")
	e.atMost(t, 4+2+2*10+2*3+2*10+1, "destroying 10 rooms with 50 members")
}

// Edges of one room are granted together, and all of a wave are looked for by one
// list: at most one call for each edge, where it was two at least. Removed ones
// were four: here both rooms show equally many members, so that each look at a
// room completes its list.
func TestCalls_edges(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), numbered("user", 40)...)
	e.addRoom(t, e.AppID(), "hall-000")
	e.addRoom(t, e.AppID(), "hall-001")
	e.Faults(t, slow)
	w := e.workspace(t, `
resource "chat_ethora_room_access" "edge" {
  count   = 40
  room_id = format("hall-%03d", count.index % 2)
  user_id = format("user-%03d", count.index)
}
`)
	apply(w, 10)
	e.atMost(t, 40, "granting 40 edges")
	w.MustPlanEmpty()
	e.ResetRequests()
	apply(w, 10, "-destroy")
	e.atMost(t, 4+60, "destroying 40 edges")
	for _, room := range e.Snapshot().App(e.AppID()).Rooms {
		if len(e.people(e.AppID(), strings.TrimPrefix(room.Name, e.AppID()+"_"))) != 0 {
			t.Errorf("in %s are still %q", room.Name, room.Members)
		}
	}
}

// A server that shows changes of access late is waited for, by all together.
func TestCalls_lateEdges(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{MembershipLagReads: 3})
	w := e.workspace(t, manyUsers(12)+manyRooms(2)+everyEdge)
	apply(w, 10)
	w.MustPlanEmpty()
}

// One user is read directly, however many there are.
func TestCalls_oneTargetedUser(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUsers(t, e.AppID(), numbered("other", 270)...)
	w := e.workspace(t, manyUsers(30))
	apply(w, 30)
	e.ResetRequests()
	w.MustPlanEmpty("-target=chat_ethora_user.crowd[17]")
	if lists := e.Count("GET", "/chats/users$"); lists != 0 {
		t.Errorf("users were listed %d times", lists)
	}
	e.atMost(t, 1, "a plan of one user")

	// The same for one edge and its room.
	w.Write("edge.tf", manyRooms(1)+`
resource "chat_ethora_room_access" "edge" {
  room_id = chat_ethora_room.hall[0].room_id
  user_id = "user-017"
}
`)
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty("-target=chat_ethora_room_access.edge")
	e.atMost(t, 1+2+1, "a plan of one edge and its room, which needs the list of rooms and the chat host")
}

// The switch for benchmarks: each resource speaks to the server alone.
func TestCalls_withoutCoalescing(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{JobPolls: 1})
	w := e.workspace(t, manyUsers(12)+manyRooms(2)+everyEdge, "CHAT_WITHOUT_COALESCING=1")
	apply(w, 10)
	for _, call := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/users/batch$", 12},
		{"POST", "/users-access$", 12},
		{"POST", "/chats$", 2},
	} {
		if made := e.Count(call.method, call.path); made != call.want {
			t.Errorf("%s %s was called %d times, want %d", call.method, call.path, made, call.want)
		}
	}
	e.ResetRequests()
	w.MustPlanEmpty()
	if reads, lists := e.Count("GET", "^/v1/apps/users/"), e.Count("GET", "/chats/users$"); reads != 12 || lists != 0 {
		t.Errorf("12 users were read by %d calls and %d lists", reads, lists)
	}
	apply(w, 10, "-destroy")
	if deletions := e.Count("DELETE", "/users/batch$"); deletions != 12 {
		t.Errorf("12 users were deleted by %d requests", deletions)
	}
}

// someUser is a user with that id, for the protocol.
func someUser(userID string) acctest.Object {
	return acctest.Object{"user_id": userID, "email": userID + "@example.com", "first_name": "First", "last_name": "Last"}
}

// together applies configurations at the same time.
func together(ctx context.Context, p *acctest.Protocol, typeName string, configs []acctest.Object) []acctest.Change {
	changes := make([]acctest.Change, len(configs))
	var group sync.WaitGroup
	for i, config := range configs {
		group.Go(func() { changes[i] = p.Apply(ctx, typeName, config, nil) })
	}
	group.Wait()
	return changes
}

// Ten users are in flight together and three of them are bad, each in its own
// way: the others are created, and each error stands at its own resource.
func TestCalls_badUsersAmongGoodOnes(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.AppID()
	e.addUsers(t, app, "holder", "archived")
	e.Edit(t, "DELETE", "/v2/apps/"+app+"/users/batch", map[string]any{"usersIdList": []string{"archived"}})
	e.Settings(t, mock.Settings{FirstNameMin: 3})
	e.Faults(t, slow)

	var configs []acctest.Object
	for _, id := range numbered("user", 10) {
		configs = append(configs, someUser(id))
	}
	configs[2]["email"] = "holder@example.com"
	configs[5]["user_id"] = "archived" // with another e-mail address
	configs[7]["first_name"] = "Al"
	changes := together(t.Context(), e.Protocol(t), "chat_ethora_user", configs)
	problems := map[int]string{
		2: `the email holder@example.com is in use by user "holder"`,
		5: `an archived user with another email holds the id "archived"`,
		7: `firstName" length must be at least 3 characters long`,
	}
	for i, change := range changes {
		want, bad := problems[i]
		switch {
		case !bad && (change.Problems != nil || attribute(change.State, "id") != app+"/"+configs[i]["user_id"].(string)):
			t.Errorf("user %d: %v %q", i, change.State, change.Problems)
		case bad && (change.State != nil || len(change.Problems) != 1 || !strings.Contains(strings.ToLower(change.Problems[0]), strings.ToLower(want))):
			t.Errorf("user %d: %v %q, want %q", i, change.State, change.Problems, want)
		}
	}
}

// Two resources that name the same user do not both think that they made it,
// though one request could have carried both.
func TestCalls_twoResourcesOfOneUser(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, slow)
	changes := together(t.Context(), e.Protocol(t), "chat_ethora_user", []acctest.Object{
		someUser("twin"), with(someUser("twin"), acctest.Object{"email": "other@example.com"}), someUser("other"), someUser("single"),
	})
	made := map[string]int{}
	for _, change := range changes {
		switch {
		case change.State != nil && change.Problems == nil:
			made[attribute(change.State, "user_id")]++
		case !mentions(change.Problems, "already exists") && !mentions(change.Problems, "is in use"):
			t.Errorf("%v: %q", change.State, change.Problems)
		}
	}
	if made["single"] != 1 || made["twin"] != 1 || made["other"] > 1 {
		t.Errorf("created %v, want each once", made)
	}
}

// The answer to a creation of ten users is lost after they were created: none is
// lost, none is taken for a stranger's, and the next plan is empty.
func TestCalls_lostAnswer(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/users/batch$", Times: 1, Drop: "after"}, slow)
	w := e.workspace(t, manyUsers(10))
	apply(w, 10)
	e.Faults(t)
	w.MustPlanEmpty()
	if users := e.Snapshot().App(e.AppID()).Users; len(users) != 11 {
		t.Errorf("there are %d accounts, want the system account and 10 users", len(users))
	}
}

// Ctrl-C while the job of a batch runs: every user of it is in the state with
// the job, and the next refresh waits for it.
func TestCalls_interruptedBatch(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{EndlessJobs: true})
	p := e.Protocol(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		waitFor(func() bool { return usersSent(e.Ethora, e.AppID()) == 5 && e.Count("GET", "/users/batch/") > 0 })
	}()
	var configs []acctest.Object
	for _, id := range numbered("user", 5) {
		configs = append(configs, someUser(id))
	}
	changes := together(ctx, p, "chat_ethora_user", configs)
	for i, change := range changes {
		if attribute(change.State, "user_id") != configs[i]["user_id"] || !mentions(change.Problems, "accepted the request as job") {
			t.Errorf("user %d: %v %q", i, change.State, change.Problems)
		}
	}
	e.Settings(t, mock.Settings{})
	settleJobs(e.Ethora)
	for i, change := range changes {
		if read := p.Refresh(t.Context(), "chat_ethora_user", change); read.State == nil || read.Problems != nil {
			t.Errorf("user %d after the job: %v %q", i, read.State, read.Problems)
		}
	}
}

// A user with a short timeout does not make others wait, nor fail, and its own
// error tells of the job as if it were alone.
func TestCalls_shortTimeoutAmongLongOnes(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{JobPolls: 150, AbandonedJobMS: 60000})
	hasty := with(someUser("hasty"), acctest.Object{"timeouts": acctest.Object{"create": "1s"}})
	changes := together(t.Context(), e.Protocol(t), "chat_ethora_user", []acctest.Object{someUser("user-000"), hasty, someUser("user-001")})
	for i, change := range changes {
		isHasty := i == 1
		if change.State == nil || isHasty != mentions(change.Problems, "The time allowed for this operation ran out") || !isHasty && change.Problems != nil {
			t.Errorf("user %d: %v %q", i, change.State, change.Problems)
		}
	}
	if !mentions(changes[1].Problems, "accepted the request as job") {
		t.Errorf("the error does not tell of the job: %q", changes[1].Problems)
	}
}

// What a user was renamed to is told by the answer, and not read again.
func TestCalls_updates(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyUsers(30))
	apply(w, 10)
	w.Write("main.tf", strings.Replace(acctest.RequiredProviders+"provider \"chat\" {\n  ethora = {}\n}\n"+manyUsers(30), `"Number"`, `"Renamed"`, 1))
	e.Faults(t, slow)
	e.ResetRequests()
	apply(w, 10)
	if reads := e.Count("GET", "^/v1/apps/users/"); reads > 3 {
		t.Errorf("users were read %d times, want 3 times by the refresh alone", reads)
	}
	e.atMost(t, 4+3+2, "updating 30 users")
	last := []string{}
	for _, user := range e.Snapshot().App(e.AppID()).Users {
		if user.LastName != "Renamed" && !user.System {
			last = append(last, user.UUID)
		}
	}
	if slices.Sort(last); len(last) > 0 {
		t.Errorf("%q were not renamed", last)
	}
}
