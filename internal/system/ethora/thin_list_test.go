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

// manyNamed is so many users with all that a user can have, in HCL.
func manyNamed(users int) string {
	return fmt.Sprintf(`
resource "chat_ethora_user" "crowd" {
  count             = %d
  user_id           = format("user-%%03d", count.index)
  email             = format("user-%%03d@example.com", count.index)
  first_name        = "User"
  last_name         = "Number"
  username          = format("u%%03d", count.index)
  profile_image_url = format("https://example.com/%%03d.png", count.index)
}
`, users)
}

// Some servers list less of a user than they tell of one. What a list leaves out
// is no drift: the users are read one by one then.
func TestThinList_planIsEmpty(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{ThinUserList: true})
	w := e.workspace(t, manyNamed(30))
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty()
	e.atMost(t, 30+3+1, "a refresh of 30 users of whom the list tells less")

	// What has changed is found all the same.
	e.Edit(t, "PATCH", "/v2/apps/"+e.AppID()+"/chats/users", map[string]any{
		"users": []any{map[string]any{"xmppUsername": e.AppID() + "_user-017", "username": "other"}}})
	output := w.Must("plan", "-no-color", "-input=false")
	for _, want := range []string{"chat_ethora_user.crowd[17] will be updated in-place", "Plan: 0 to add, 1 to change, 0 to destroy"} {
		if !strings.Contains(output, want) {
			t.Errorf("the plan lacks %q:\n%s", want, output)
		}
	}
}

// Users of whom nothing is known beforehand, as when they are imported.
func TestThinList_import(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyNamed(12))
	apply(w, 10)
	e.Settings(t, mock.Settings{ThinUserList: true})
	imports := ""
	for i := range 12 {
		imports += fmt.Sprintf("import {\n  to = chat_ethora_user.crowd[%d]\n  id = \"%s/user-%03d\"\n}\n", i, e.AppID(), i)
	}
	e.ResetRequests()
	fresh := e.workspace(t, manyNamed(12)+imports)
	apply(fresh, 10)
	fresh.MustPlanEmpty()
	if patched := e.Count("PATCH", "/chats/users$"); patched > 0 {
		t.Errorf("the import changed users by %d calls", patched)
	}
}

// Our own users, whose creation got no answer, are not taken for a stranger's
// because the list does not show their pictures.
func TestThinList_lostAnswer(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{ThinUserList: true, JobPolls: 1, AbandonedJobMS: 1})
	e.Faults(t, control.FaultRule{Method: http.MethodPost, Path: "/users/batch$", Times: 1, Drop: "after"}, slow)
	var configs []acctest.Object
	for _, id := range numbered("user", 10) {
		configs = append(configs, with(someUser(id), acctest.Object{"profile_image_url": "https://example.com/" + id + ".png"}))
	}
	for i, change := range together(t.Context(), e.Protocol(t), "chat_ethora_user", configs) {
		if change.Problems != nil || attribute(change.State, "profile_image_url") != configs[i]["profile_image_url"] {
			t.Errorf("user %d: %v %q", i, change.State, change.Problems)
		}
	}
}

// The same for a map of users.
func TestThinList_users(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{ThinUserList: true})
	w := e.workspace(t, `
resource "chat_ethora_users" "crowd" {
  users = { for i in range(12) : format("user-%03d", i) => {
    email             = format("user-%03d@example.com", i)
    first_name        = "User"
    last_name         = "Number"
    username          = format("u%03d", i)
    profile_image_url = format("https://example.com/%03d.png", i)
  } }
}
`)
	apply(w, 10)
	w.MustPlanEmpty()

	// A list that cannot be read at all costs calls and nothing else.
	e.Settings(t, mock.Settings{})
	e.Faults(t, control.FaultRule{Method: http.MethodGet, Path: "/chats/users$", Status: 500, Body: `{"error":"oops"}`})
	w.MustPlanEmpty()
}
