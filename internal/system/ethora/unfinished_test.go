package ethora_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// mentions is true when one of the problems holds the text.
func mentions(problems []string, text string) bool {
	return slices.ContainsFunc(problems, func(problem string) bool { return strings.Contains(problem, text) })
}

// interruptJob creates Ann and presses Ctrl-C while the server's job runs.
func interruptJob(t *testing.T, e tenant, p *acctest.Protocol, config acctest.Object) acctest.Change {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		e.await("GET", "/users/batch/")
		cancel()
	}()
	user := p.Apply(ctx, "chat_ethora_user", config, nil)
	if attribute(user.State, "user_id") != "ann" || len(user.Problems) == 0 {
		t.Fatalf("an interrupted creation must be in the state and say so: %v, %q", user.State, user.Problems)
	}
	return user
}

// A refresh that comes before the job has ended must wait for it: the user would
// otherwise leave the state and then exist all the same.
func TestUser_refreshWaitsForInterruptedCreation(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	e.Settings(t, mock.Settings{JobPolls: 40})
	user := interruptJob(t, e, p, ann)
	if ownUser(e.Ethora, "ann") != nil {
		t.Fatal("the job has ended already, so this test shows nothing")
	}

	user = p.Refresh(t.Context(), "chat_ethora_user", user)
	if attribute(user.State, "xmpp_username") != e.AppID()+"_ann" || len(user.Problems) > 0 {
		t.Fatalf("the refresh lost the user: %v, %q", user.State, user.Problems)
	}

	// The job is forgotten now: a user who is deleted later is gone at once.
	e.Edit(t, "DELETE", "/v2/apps/"+e.AppID()+"/users/batch?mode=hard", acctest.Object{"usersIdList": []string{"ann"}})
	e.ResetRequests()
	user = p.Refresh(t.Context(), "chat_ethora_user", user)
	if user.State != nil || e.Count("GET", "/users/batch/") != 0 {
		t.Errorf("the deleted user is still there: %v, calls:\n%s", user.State, e.calls())
	}
}

func TestUser_refreshKeepsWhatIsStillBeingCreated(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	e.Settings(t, mock.Settings{EndlessJobs: true})
	user := interruptJob(t, e, p, with(ann, acctest.Object{"timeouts": acctest.Object{"create": "400ms"}}))
	user = p.Refresh(t.Context(), "chat_ethora_user", user)
	if attribute(user.State, "user_id") != "ann" || !mentions(user.Problems, "is still being created") {
		t.Errorf("got %v, %q", user.State, user.Problems)
	}
}

var acmeWithDomain = acctest.Object{"display_name": "Acme", "domain_name": "acmesupport", "allow_users_to_create_rooms": false}

// A server's fault in the second call of a creation is tried again: the app would
// otherwise be tainted and replaced.
func TestApp_completionIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]control.FaultRule{
		"status 500": {Status: 500, Body: "boom"},
		"web page":   {Status: 200, Body: "<html>hello</html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			rule.Method, rule.Path, rule.Times = "PATCH", "^/v2/apps/", 1
			e.Faults(t, rule)
			app := e.Protocol(t).Apply(t.Context(), "chat_ethora_app", acmeWithDomain, nil)
			if len(app.Problems) > 0 || app.State["allow_users_to_create_rooms"] != false {
				t.Errorf("not survived: %v, %q", app.State, app.Problems)
			}
		})
	}
}

// An app that stays half done is purged when it is replaced. Archived it would
// keep its domain name, and no later apply would end well.
func TestApp_unfinishedIsPurged(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "PATCH", Path: "^/v2/apps/", Status: 500, Body: "boom"})
	app := p.Apply(t.Context(), "chat_ethora_app", acmeWithDomain, nil)
	if app.State == nil || !mentions(app.Problems, "exists and is tainted") {
		t.Fatalf("got %v, %q", app.State, app.Problems)
	}
	e.Faults(t)

	if gone := p.Apply(t.Context(), "chat_ethora_app", nil, &app); gone.State != nil || len(gone.Problems) > 0 {
		t.Fatalf("the destroy of the replacement failed: %q", gone.Problems)
	}
	again := p.Apply(t.Context(), "chat_ethora_app", acmeWithDomain, nil)
	if len(again.Problems) > 0 || again.State["domain_name"] != "acmesupport" {
		t.Errorf("the domain name is not free: %v, %q", again.State, again.Problems)
	}
}

// The same with real Terraform, which gives a replacement's destroy nothing but
// the state.
func TestApp_unfinishedIsReplaced(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := e.Provider() + `
resource "chat_ethora_app" "acme" {
  display_name                = "Acme"
  domain_name                 = "acmesupport"
  allow_users_to_create_rooms = false
}
`
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			PreConfig:   func() { e.Faults(t, control.FaultRule{Method: "PATCH", Path: "^/v2/apps/", Status: 500, Body: "boom"}) },
			Config:      config,
			ExpectError: says("boom"),
		},
		{
			PreConfig: func() { e.Faults(t) },
			Config:    config,
			Check:     resource.TestCheckNoResourceAttr("chat_ethora_app.acme", "hard_delete"),
		},
	}})
}

// A server that lists no users may take chats/users for a room of that name.
func TestUser_listTakenForRoom(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{OwnUsersOnly: true, NoAppUserList: true, GetChat: true})
	app := e.addApp(t, "Acme")
	p := e.Protocol(t)
	user := p.Apply(t.Context(), "chat_ethora_user", with(ann, acctest.Object{"app_id": app}), nil)
	refreshed := p.Refresh(t.Context(), "chat_ethora_user", user)
	if refreshed.State == nil || !mentions(refreshed.Problems, "this server does not show the users of app "+app) {
		t.Errorf("a living user left the state: %v, %q", refreshed.State, refreshed.Problems)
	}
}

// Once an update has completed the app, destroying archives it as configured.
func TestApp_completedIsArchived(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	e.Faults(t, control.FaultRule{Method: "PATCH", Path: "^/v2/apps/", Status: 500, Body: "boom"})
	app := p.Apply(t.Context(), "chat_ethora_app", acmeWithDomain, nil)
	e.Faults(t)
	app = p.Apply(t.Context(), "chat_ethora_app", acmeWithDomain, &app) // as after terraform untaint
	if len(app.Problems) > 0 {
		t.Fatal(app.Problems)
	}
	id, _ := app.State["id"].(string)
	p.Apply(t.Context(), "chat_ethora_app", nil, &app)
	if state := e.Snapshot().App(id); state == nil || state.Status != "archived" {
		t.Errorf("the app is %+v, want it archived", state)
	}
}

func TestApp_plansOnlyWhatCanBeApplied(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)

	early := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{
		"display_name": "Acme", "default_rooms": []acctest.Object{{"room_id": "lobby", "pinned": true}},
	}, nil)
	if !mentions(early.Problems, "Leave default_rooms out of this apply and add it in the next one.") || len(e.Requests()) != 0 {
		t.Errorf("default rooms of a new app: %q, calls:\n%s", early.Problems, e.calls())
	}

	named := acctest.Object{"display_name": "Acme", "domain_name": "acmesupport", "create_default_chat": true}
	app := p.Apply(t.Context(), "chat_ethora_app", named, nil)
	refused := p.Apply(t.Context(), "chat_ethora_app", with(named, acctest.Object{"create_default_chat": false}), &app)
	if !mentions(refused.Problems, "an archived app keeps its domain_name") {
		t.Errorf("a replacement that can't be done is planned: %q", refused.Problems)
	}
}

// An app whose answer was lost is complete but for its secret, and that is said.
func TestApp_saysThatItsSecretIsUnknown(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "^/v2/apps$", Times: 1, Drop: "after"})
	app := e.Protocol(t).Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil)
	if app.State == nil || !mentions(app.Problems, "Ethora did not tell the app's secret") {
		t.Errorf("got %v, %q", app.State, app.Problems)
	}
}

// A hyphen is warned of and left to the server, which has the last word.
func TestApp_domainNameWithHyphen(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	app := e.Protocol(t).Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme", "domain_name": "my-shop"}, nil)
	if app.State != nil || len(e.Requests()) != 1 {
		t.Errorf("the server was not asked once: %v, %q", app.State, app.Problems)
	}
}

// A version that is not known at plan time replaces nobody. If it turns out to
// have changed, the apply says so and the next plan knows it.
func TestUser_passwordVersionUnknownAtPlan(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := func(version int) string {
		return e.Provider() + fmt.Sprintf(`
resource "terraform_data" "other" {
  triggers_replace = %[1]d
}

resource "chat_ethora_user" "ann" {
  user_id             = "ann"
  email               = "ann@example.com"
  first_name          = "Ann"
  last_name           = "Lee"
  password_wo         = "first-password"
  password_wo_version = length(terraform_data.other.id) > 0 ? 1 : 2
}
`, version)
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config(1)},
		{
			Config: config(2),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("chat_ethora_user.ann", plancheck.ResourceActionUpdate),
			}},
			Check: func(*terraform.State) error {
				if deletions := e.Count("DELETE", "/users/batch"); deletions != 0 {
					return fmt.Errorf("the user was deleted %d times", deletions)
				}
				return nil
			},
		},
	}})
}
