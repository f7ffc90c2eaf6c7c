package ethora_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// A user moves from a resource of its own into a map of one, and back, without
// a call that changes anything.
func TestUsersMove_one(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	const provider = acctest.RequiredProviders + "provider \"chat\" {\n ethora = {}\n}\n"
	one := annBlock("username = \"annie\"\n  password_wo = \"correct horse\"\n  password_wo_version = 3\n  hard_delete = true\n  timeouts = { create = \"1m\" }")
	user := with(person("ann"), object{"first_name": "Ann", "last_name": "Lee", "username": "annie", "password_wo_version": 3})
	many := usersHCL(map[string]object{"ann": user}, "passwords_wo = { ann = \"correct horse\" }\n  hard_delete = true\n  timeouts = { create = \"1m\" }")
	move := func(from, to string) string { return fmt.Sprintf("moved {\n  from = %s\n  to   = %s\n}\n", from, to) }
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": provider + one}, e.Environment()...)
	apply := func(config string) string {
		workspace.Write("main.tf", provider+config)
		return workspace.Must("apply", "-no-color", "-input=false", "-auto-approve")
	}
	apply(one)
	e.ResetRequests()
	for _, step := range []struct{ config, want string }{
		{many + move("chat_ethora_user.ann", crowdAddress), "0 added, 0 changed, 0 destroyed"},
		{one + move(crowdAddress, "chat_ethora_user.ann"), "0 added, 0 changed, 0 destroyed"},
	} {
		if output := apply(step.config); !strings.Contains(output, step.want) || !strings.Contains(output, "has moved to") {
			t.Errorf("the move did something else than %q:\n%s", step.want, output)
		}
		workspace.MustPlanEmpty()
		if e.writes() != 0 {
			t.Errorf("the move changed the server:\n%s", e.calls())
		}
	}
	workspace.Must("destroy", "-no-color", "-input=false", "-auto-approve")
	if accounts := len(e.Snapshot().App(e.AppID()).Users); accounts != 1 { // hard_delete came along
		t.Errorf("after the destroy there are %d accounts, want the system account alone", accounts)
	}
}

// Several users can't become one.
func TestUsersMove_several(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	const provider = acctest.RequiredProviders + "provider \"chat\" {\n ethora = {}\n}\n"
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": provider + usersHCL(people("ann", "ben"), "")}, e.Environment()...)
	workspace.Must("apply", "-no-color", "-input=false", "-auto-approve")
	workspace.Write("main.tf", provider+annBlock("")+fmt.Sprintf("moved {\n from = %s\n to = chat_ethora_user.ann\n}\n", crowdAddress))
	output, code := workspace.Run("plan", "-no-color", "-input=false")
	if code == 0 || !strings.Contains(output, "Can't move several users to one chat_ethora_user") || !strings.Contains(output, "holds 2 users") {
		t.Errorf("exit code %d:\n%s", code, output)
	}
}

// move asks the provider to move a state between types, as Terraform does.
func (b bulk) move(from, to, address, state, private string) *tfprotov6.MoveResourceStateResponse {
	b.t.Helper()
	resp, err := b.server.MoveResourceState(b.t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: address, SourceTypeName: from, TargetTypeName: to,
		SourceState: &tfprotov6.RawState{JSON: []byte(state)}, SourcePrivate: []byte(private),
	})
	b.check(err)
	return resp
}

// A creation that is not finished is waited for after the move as before it.
func TestUsersMove_unfinishedCreation(t *testing.T) {
	t.Parallel()
	b := connectBulk(t, startTenant(t).Ethora)
	const app = "66500000000000000000ba5e"
	user := `"email":"ann@example.com","first_name":"Ann","last_name":"Lee","username":"","profile_image_url":"","password_wo_version":null`
	single := `{"id":"` + app + `/ann","app_id":"` + app + `","user_id":"ann","password_wo":null,` + user +
		`,"bypass_email_confirmation":true,"hard_delete":null,"xmpp_username":"` + app + `_ann","timeouts":null}`
	many := `{"id":"` + app + `","app_id":"` + app + `","users":{"ann":{` + user + `}},"passwords_wo":null,"bypass_email_confirmation":true,"hard_delete":null,"timeouts":null}`
	private := func(key, value string) string {
		encoded, err := json.Marshal(map[string][]byte{key: []byte(value)})
		b.check(err)
		return string(encoded)
	}
	jobOfOne, jobOfMany := private("pending_job", `"job-1"`), private("pending_jobs", `{"ann":"job-1"}`)
	const registry = "registry.terraform.io/chattenant/chat"
	for _, test := range []struct{ from, to, state, private, want string }{
		{"chat_ethora_user", usersType, single, jobOfOne, jobOfMany},
		{usersType, "chat_ethora_user", many, jobOfMany, jobOfOne},
	} {
		moved := b.move(test.from, test.to, registry, test.state, test.private)
		if len(moved.Diagnostics) > 0 || moved.TargetState == nil || string(moved.TargetPrivate) != test.want {
			t.Errorf("%s to %s: private %s, want %s; %v", test.from, test.to, moved.TargetPrivate, test.want, problems(moved.Diagnostics))
		}
		if again := b.move(test.from, test.to, registry, test.state, ""); len(again.Diagnostics) > 0 || len(again.TargetPrivate) > 0 {
			t.Errorf("%s to %s without a job: private %s", test.from, test.to, again.TargetPrivate)
		}
	}
	// Other types, and this type of other providers, are not taken for it.
	for _, source := range []struct{ from, address string }{
		{"chat_ethora_room", registry}, {"chat_ethora_user", "registry.terraform.io/somebody/else"},
	} {
		if moved := b.move(source.from, usersType, source.address, single, ""); len(moved.Diagnostics) == 0 {
			t.Errorf("a %s of %s was moved", source.from, source.address)
		}
	}
}
