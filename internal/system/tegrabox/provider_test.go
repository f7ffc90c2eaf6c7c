package tegrabox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// Without any setting the plan already says what is missing.
func TestProvider_withoutSettings(t *testing.T) {
	t.Parallel()
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: annBlock(), PlanOnly: true, ExpectError: says("TegraBox is not configured")},
		{Config: annBlock(), PlanOnly: true, ExpectError: says("- api_key: environment variable TEGRABOX_API_KEY, or tegrabox = { api_key = ... }; or give jwt_token (TEGRABOX_JWT_TOKEN) instead")},
		{Config: `provider "chat" {
  tegrabox = {}
}` + annBlock(), PlanOnly: true, ExpectError: says("Set api_key in the provider's tegrabox block, or the environment variable TEGRABOX_API_KEY")},
	}})
	p := acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{}); len(problems) > 0 {
		t.Fatalf("a provider that nothing uses complains: %q", problems)
	}
	for typeName, config := range map[string]acctest.Object{userType: ann, roomType: general("u")} {
		onlyProblem(t, p.Apply(t.Context(), typeName, config, nil).Problems, "ERROR TegraBox is not configured")
	}
}

// With a user's token alone a user does what users do. Nothing can be managed,
// and the plan says so.
func TestProvider_tokenAlone(t *testing.T) {
	t.Parallel()
	e, ann, bob, room := startGeneral(t)
	settings := acctest.Object{"api_key": nil, "jwt_token": e.token(t, bob), "project_id": e.ProjectID()}
	p := e.ProtocolWith(t, settings)
	if got := read(t, p, "chat_tegrabox_token_info", nil); got["user_id"] != bob {
		t.Errorf("the token's bearer is %v", got)
	}
	if _, problems := p.Invoke(t.Context(), joinRoom, acctest.Object{"room_id": room}); problems != nil || len(e.Snapshot().Room(room).Members) != 2 {
		t.Errorf("joining said %q", problems)
	}
	e.wantCalls(t, "GET /api/auth/verify", "POST "+project+"/rooms/"+room+"/join")
	for typeName, config := range map[string]acctest.Object{userType: {"username": "eve", "external_user_id": "crm-9"}, roomType: general(ann)} {
		onlyProblem(t, p.Apply(t.Context(), typeName, config, nil).Problems, "ERROR TegraBox's api_key is missing", "TEGRABOX_API_KEY")
	}
	_, problems := p.ReadDataSource(t.Context(), "chat_tegrabox_users", acctest.Object{})
	onlyProblem(t, problems, "ERROR Can't list TegraBox users: Users.list needs the TegraBox API key, which is not configured")
	_, problems = p.Invoke(t.Context(), joinRoom, acctest.Object{"room_id": room, "user_id": bob})
	onlyProblem(t, problems, "Users.generateToken needs the TegraBox API key, which is not configured.\n\nSet api_key in the provider's tegrabox block")
	e.wantCalls(t)
	// Without its id the project would have to be looked up, which takes a key.
	settings["project_id"] = nil
	_, problems = e.ProtocolWith(t, settings).Invoke(t.Context(), joinRoom, acctest.Object{"room_id": room})
	onlyProblem(t, problems, "annot learn the TegraBox project id, which can also be configured")
}

// The vendor's page reads CHAT_API_KEY and CHAT_BASE_URL. The provider does not:
// it may be the key of some other chat.
func TestProvider_generalVariablesAreNotRead(t *testing.T) {
	e := startTenant(t)
	t.Setenv("CHAT_API_KEY", e.APIKey())
	t.Setenv("CHAT_BASE_URL", e.URL)
	p := acctest.NewProtocol(t)
	p.Configure(acctest.Object{})
	onlyProblem(t, p.Apply(t.Context(), userType, ann, nil).Problems, "TegraBox is not configured")
	e.wantCalls(t)
}

// Every setting can come from the environment, and the block goes before it.
func TestProvider_environment(t *testing.T) {
	e := startTenant(t)
	e.Settings(t, mock.Settings{
		Prefix: "/chat/v2", ProjectIn: "header", ProjectHeader: "X-Tenant", APIKeyHeader: "Authorization", APIKeyScheme: "ApiKey", TokenHeader: "X-User-Token",
	})
	ann := told(e.Edit(t, "POST", "/chat/v2/users", map[string]any{"username": "ann", "external_user_id": "crm-1"}), "id")
	token := told(e.Edit(t, "POST", "/chat/v2/users/"+ann+"/token", nil), "token")
	for name, value := range map[string]string{
		"BASE_URL": e.URL + "/chat/v2/", "API_KEY": e.APIKey() + "\n", "JWT_TOKEN": token, "PROJECT_ID": e.ProjectID(), "PATH_PREFIX": "chat/v2",
		"PROJECT_IN": "header", "PROJECT_HEADER": "X-Tenant", "API_KEY_HEADER": "Authorization", "API_KEY_SCHEME": "ApiKey", "JWT_HEADER": "X-User-Token",
		"REQUESTS_PER_SECOND": "1000", "MAX_CONCURRENT_REQUESTS": "2",
	} {
		t.Setenv("TEGRABOX_"+name, value)
	}
	p := acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{"tegrabox": acctest.Object{}}); problems != nil {
		t.Fatal(problems)
	}
	if got := read(t, p, "chat_tegrabox_token_info", nil); got["user_id"] != ann {
		t.Errorf("the token's bearer is %v", got)
	}
	if got := read(t, p, "chat_tegrabox_user", acctest.Object{"id": ann}); got["username"] != "ann" {
		t.Errorf("the user is %v", got)
	}
	e.wantCalls(t, "GET /chat/v2/auth/verify", "GET /chat/v2/users/"+ann)

	p = acctest.NewProtocol(t)
	p.Configure(acctest.Object{"tegrabox": acctest.Object{"base_url": e.URL, "path_prefix": "/"}})
	p.ReadDataSource(t.Context(), "chat_tegrabox_user", acctest.Object{"id": ann})
	if got := e.calls()[0]; got != "GET /users/"+ann {
		t.Errorf("with another address and no prefix in the block it asked %s", got)
	}
}

func TestProvider_malformedSettings(t *testing.T) {
	t.Parallel()
	good := acctest.Object{"api_key": "k"}
	for name, test := range map[string]struct {
		more acctest.Object
		want string
	}{
		"address":     {acctest.Object{"base_url": "chat.example.com"}, "base_url in the provider's tegrabox block is not an address. Write the whole address"},
		"place":       {acctest.Object{"project_in": "body"}, "project_in in the provider's tegrabox block must be path or header."},
		"prefix":      {acctest.Object{"path_prefix": "/api?x"}, "the TegraBox path prefix holds a character that no path prefix has"},
		"header":      {acctest.Object{"api_key_header": "X Key canary"}, "the header of the TegraBox API key has a name that no header can have"},
		"jwt header":  {acctest.Object{"jwt_header": "X:canary"}, "the header of the TegraBox JWT has a name"},
		"rate":        {acctest.Object{"requests_per_second": -1}, "is not a rate: it must be a number above 0"},
		"concurrency": {acctest.Object{"max_concurrent_requests": 0}, "must be a whole number from 1"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := acctest.NewProtocol(t).Configure(acctest.Object{"tegrabox": with(good, test.more)})
			onlyProblem(t, problems, "ERROR", test.want)
			if mentions(problems, "canary") {
				t.Errorf("what may be a secret stands in %q", problems)
			}
		})
	}
}

func TestProvider_wrongCredentials(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		401: "Check that api_key (TEGRABOX_API_KEY) is a key of the server at base_url (TEGRABOX_BASE_URL)",
		403: "The API key may belong to another project (project_id)",
	} {
		e := startTenant(t)
		user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
		e.Settings(t, mock.Settings{BadKeyStatus: status})
		wrong := acctest.Object{"api_key": "canary-key-4711"}
		read := e.ProtocolWith(t, wrong).Refresh(t.Context(), userType, user)
		onlyProblem(t, read.Problems, "ERROR Can't read TegraBox user", "Invalid API key", want)
		if !reflect.DeepEqual(read.State, user.State) || mentions(read.Problems, "canary") {
			t.Errorf("%d: the refresh left %v and said %q", status, read.State, read.Problems)
		}
		created := e.ProtocolWith(t, wrong).Apply(t.Context(), userType, with(ann, acctest.Object{"username": "bob"}), nil)
		onlyProblem(t, created.Problems, `ERROR Can't create TegraBox user "bob"`, want)
		destroyed := e.ProtocolWith(t, wrong).Apply(t.Context(), userType, nil, &user)
		onlyProblem(t, destroyed.Problems, "ERROR Can't delete TegraBox user", want)
		if destroyed.State == nil || e.user("ann") == nil {
			t.Errorf("%d: the destroy left %v", status, destroyed.State)
		}
	}
	e := startTenant(t)
	foreign := e.ProtocolWith(t, acctest.Object{"project_id": "somebody-elses"}).Apply(t.Context(), userType, ann, nil)
	onlyProblem(t, foreign.Problems, "The project belongs to another key", "The API key may belong to another project (project_id)")
}

// Whatever stands at the wrong address, the error says to check the address, and
// what is in the state stays there.
func TestProvider_wrongAddress(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
	room := e.Protocol(t).Apply(t.Context(), roomType, general(text(user.State, "id")), nil)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"refused":      {nil, "The server could not be reached or did not answer in time. Check the address and the network"},
		"web site":     {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!DOCTYPE html><html>") }, "Check that the address is the API's own and not a proxy, a login page or a web site."},
		"no such page": {http.NotFound, "Check base_url, and path_prefix and project_in"},
		"JSON":         {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"ok"}`) }, "Check that the address is the API's own"},
	} {
		url := closed.URL
		if test.handler != nil {
			server := httptest.NewServer(test.handler)
			t.Cleanup(server.Close)
			url = server.URL
		}
		for typeName, change := range map[string]acctest.Change{userType: user, roomType: room} {
			for _, settings := range []acctest.Object{{"base_url": url}, {"base_url": url, "project_id": "p"}} {
				read := e.ProtocolWith(t, settings).Refresh(t.Context(), typeName, change)
				onlyProblem(t, read.Problems, "ERROR Can't read TegraBox", test.want)
				destroyed := e.ProtocolWith(t, settings).Apply(t.Context(), typeName, nil, &change)
				if !reflect.DeepEqual(read.State, change.State) || destroyed.State == nil {
					t.Errorf("%s: the refresh left %v, the destroy %v", name, read.State, destroyed.State)
				}
			}
		}
	}
}

// The server may be made in the same run: the plan waits for its address, and
// what is in the state stays there meanwhile.
func TestProvider_settingsUnknownAtPlan(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := func(revision string) string {
		return fmt.Sprintf(`
resource "terraform_data" "server" {
  input = { url = %q, revision = %q }
}
provider "chat" {
  tegrabox = { base_url = terraform_data.server.output.url, api_key = %q }
}
`, e.URL, revision, e.APIKey()) + annBlock() + generalBlock()
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config("1"), Check: resource.TestCheckResourceAttr("chat_tegrabox_user.ann", "status", "active")},
		{Config: config("2"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("terraform_data.server", plancheck.ResourceActionUpdate),
			plancheck.ExpectResourceAction("chat_tegrabox_user.ann", plancheck.ResourceActionNoop),
			plancheck.ExpectResourceAction("chat_tegrabox_room.general", plancheck.ResourceActionNoop),
		}}},
	}})
}

// Values that are known after apply block no plan.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	for typeName, config := range map[string]acctest.Object{
		userType: {"username": acctest.Unknown, "external_user_id": acctest.Unknown, "display_name": acctest.Unknown, "email": acctest.Unknown, "status": acctest.Unknown},
		roomType: {"name": acctest.Unknown, "created_by": acctest.Unknown, "on_destroy": acctest.Unknown},
	} {
		if problems := p.Validate(t.Context(), typeName, config); problems != nil {
			t.Errorf("%s: %q", typeName, problems)
		}
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: e.Provider() + `
resource "terraform_data" "names" {
  input = { username = "ann", id = "crm-1", email = "ann@example.com", room = "General" }
}
resource "chat_tegrabox_user" "ann" {
  username         = terraform_data.names.output.username
  external_user_id = terraform_data.names.output.id
  display_name     = terraform_data.names.output.username
  email            = terraform_data.names.output.email
}
resource "chat_tegrabox_room" "general" {
  name       = terraform_data.names.output.room
  created_by = chat_tegrabox_user.ann.id
}
`,
		Check: resource.TestCheckResourceAttr("chat_tegrabox_user.ann", "display_name", "ann"),
	}}})
}

// A server that refuses too many calls is obeyed, and all ends well.
func TestProvider_rateLimit(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{RateLimit: 20})
	w := e.workspace(t, manyUsers(30))
	apply(w, 10)
	if users := len(e.Snapshot().Users); users != 30 {
		t.Errorf("there are %d users", users)
	}

	e.Settings(t, mock.Settings{})
	e.Faults(t, control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "3600"}})
	_, problems := e.Protocol(t).ReadDataSource(t.Context(), "chat_tegrabox_users", acctest.Object{})
	onlyProblem(t, problems, "ERROR Can't list TegraBox users", "The server limits how often it may be called. Wait a little and run the same command again")
}
