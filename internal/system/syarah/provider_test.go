package syarah_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// Without any setting the plan already says all that is missing.
func TestProvider_withoutSettings(t *testing.T) {
	t.Parallel()
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: janeBlock(), PlanOnly: true, ExpectError: says("Syarah is not configured")},
		{Config: `provider "chat" {
  syarah = {}
}` + janeBlock(), PlanOnly: true, ExpectError: says("Or give backend_url (SYARAH_BACKEND_URL) instead.")},
	}})
	p := acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{}); len(problems) > 0 {
		t.Fatalf("a provider that nothing uses complains: %q", problems)
	}
	for typeName, config := range map[string]acctest.Object{chatType: jane, fileType: {"source": "x", "message_type": "file"}} {
		onlyProblem(t, p.Apply(t.Context(), typeName, config, nil).Problems, "ERROR Syarah is not configured",
			"- gateway_url: environment variable SYARAH_GATEWAY_URL, or syarah = { gateway_url = ... }; or give backend_url (SYARAH_BACKEND_URL) instead",
			"- user_id: environment variable SYARAH_USER_ID, or syarah = { user_id = ... }",
			"- access_token: environment variable SYARAH_ACCESS_TOKEN, or syarah = { access_token = ... }")
	}
}

// Every setting can come from the environment, and the block goes before it.
func TestProvider_environment(t *testing.T) {
	e := startTenant(t)
	for name, value := range map[string]string{
		"GATEWAY_URL": strings.Replace(e.URL, "http", "ws", 1) + "/", "BACKEND_URL": e.URL + "/", "USER_ID": e.UserID(), "ACCESS_TOKEN": "Bearer " + e.AccessToken() + "\n",
		"SOCKET_PATH": "/socket.io", "REQUESTS_PER_SECOND": "1000", "MAX_CONCURRENT_REQUESTS": "2",
	} {
		t.Setenv("SYARAH_"+name, value)
	}
	p := acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{"syarah": acctest.Object{}}); problems != nil {
		t.Fatal(problems)
	}
	chat := p.Apply(t.Context(), chatType, jane, nil)
	if got := p.Refresh(t.Context(), chatType, chat); got.Problems != nil || text(got.State, "id") != "101" {
		t.Errorf("%v %q", got.State, got.Problems)
	}
	e.wantCalls(t, creation, listing)
	if agent := e.userAgent(t, p); agent != "terraform-provider-chat/test Terraform/1.99.0" {
		t.Errorf("the user agent is %q", agent)
	}

	p = acctest.NewProtocol(t)
	p.Configure(acctest.Object{"syarah": acctest.Object{"socket_path": "/chat/"}})
	e.ResetRequests()
	onlyProblem(t, p.Refresh(t.Context(), chatType, chat).Problems, "socket_path (SYARAH_SOCKET_PATH)")
	if got := e.calls(); len(got) != 1 || got[0] != "GET /chat/" {
		t.Errorf("with another path in the block it asked %q", got)
	}
}

// userAgent is what a handshake says who it is.
func (e tenant) userAgent(t *testing.T, p *acctest.Protocol) string {
	t.Helper()
	if err := e.Disconnect("close"); err != nil {
		t.Fatal(err)
	}
	e.ResetRequests()
	read(t, p, friendshipsType, nil)
	for _, request := range e.Requests() {
		if request.Method+" "+request.Path == handshake {
			return request.Headers["User-Agent"]
		}
	}
	return ""
}

func TestProvider_malformedSettings(t *testing.T) {
	t.Parallel()
	good := acctest.Object{"gateway_url": "https://chat.example.com", "user_id": mock.UserID, "access_token": "canary-token"}
	for name, test := range map[string]struct {
		more acctest.Object
		want string
	}{
		"gateway":      {acctest.Object{"gateway_url": "chat.example.com"}, "gateway_url in the provider's syarah block is not an address. Write the whole address, such as https://chat.example.com."},
		"gateway path": {acctest.Object{"gateway_url": "https://chat.example.com/canary/"}, "gateway_url in the provider's syarah block has a path. Write the address alone"},
		"backend":      {acctest.Object{"backend_url": "wss://chat.example.com"}, "backend_url in the provider's syarah block is not an address."},
		"user":         {acctest.Object{"user_id": "canary"}, "user_id in the provider's syarah block is not the id of a user, which is a GUID"},
		"path":         {acctest.Object{"socket_path": "canary"}, "socket_path in the provider's syarah block is not a path: it must begin with /"},
		"token":        {acctest.Object{"access_token": "canary token of two"}, "the Syarah access token holds a space or a line break; give the token alone"},
		"rate":         {acctest.Object{"requests_per_second": -1}, "is not a rate: it must be a number above 0"},
		"concurrency":  {acctest.Object{"max_concurrent_requests": 0}, "must be a whole number from 1"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := acctest.NewProtocol(t).Configure(acctest.Object{"syarah": with(good, test.more)})
			onlyProblem(t, problems, "ERROR", test.want)
			if mentions(problems, "canary") {
				t.Errorf("what may be a secret stands in %q", problems)
			}
		})
	}
}

// With one of the two servers, what needs the other says so by name, when it is
// used and not before.
func TestProvider_withoutBackend(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.chatWith(t, mock.FriendID)
	p := e.ProtocolWith(t, acctest.Object{"backend_url": nil})
	const missing = "Set backend_url in the provider's syarah block, or the environment variable SYARAH_BACKEND_URL."
	onlyProblem(t, p.Apply(t.Context(), chatType, jane, nil).Problems, "ERROR Syarah's backend_url is missing: Creating a chat needs Syarah's backend. ", missing)
	onlyProblem(t, p.Apply(t.Context(), fileType, acctest.Object{"source": writeFile(t, "x.txt", "x"), "message_type": "file"}, nil).Problems,
		"ERROR Syarah's backend_url is missing: Uploading a file needs Syarah's backend. ", missing)
	e.wantCalls(t)

	chat := p.Import(t.Context(), chatType, "101", nil)
	if chat.Problems != nil || text(chat.State, "user2_id") != mock.FriendID {
		t.Errorf("%v %q", chat.State, chat.Problems)
	}
	onlyWarning(t, p.Apply(t.Context(), chatType, nil, &chat).Problems, "stays on the server")
	if rows := read(t, p, chatsType, nil)["chats"].([]any); len(rows) != 1 {
		t.Errorf("the chats are %v", rows)
	}
}

func TestProvider_withoutGateway(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.ProtocolWith(t, acctest.Object{"gateway_url": nil})
	const missing = "Set gateway_url in the provider's syarah block, or the environment variable SYARAH_GATEWAY_URL."
	chat := p.Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": true}), nil)
	if err := e.DeleteChat(101); err != nil {
		t.Fatal(err)
	}
	kept := p.Refresh(t.Context(), chatType, chat)
	if kept.Problems != nil || !reflect.DeepEqual(kept.State, chat.State) {
		t.Errorf("nothing can be read, and the state is %v %q", kept.State, kept.Problems)
	}
	for _, id := range []string{"101", mock.UserID + "/" + mock.FriendID} {
		onlyProblem(t, p.Import(t.Context(), chatType, id, nil).Problems, "ERROR Syarah's gateway_url is missing: Importing a chat needs Syarah's gateway. ", missing)
	}
	for typeName, config := range map[string]acctest.Object{chatsType: {}, friendshipsType: {}, headersType: {}, messagesType: {"chat_header_id": 101}} {
		_, problems := p.ReadDataSource(t.Context(), typeName, config)
		onlyProblem(t, problems, "ERROR Syarah's gateway_url is missing: Reading ", missing)
	}
	onlyProblem(t, p.List(t.Context(), chatType, acctest.Object{}, 100, true)[0].Problems, "ERROR Syarah's gateway_url is missing: Listing chats ", missing)
	e.wantCalls(t, creation)

	w := e.workspace(t, janeBlock(), "SYARAH_GATEWAY_URL=")
	apply(w, 1)
	w.MustPlanEmpty()
}

func TestProvider_wrongCredentials(t *testing.T) {
	t.Parallel()
	const canary = "canary-token-4711"
	for _, settings := range []mock.Settings{{}, {LateAuth: true}, {RestErrors: "200"}, {RestErrors: "abp"}, {SocketErrors: "exception", LateAuth: true}} {
		e := startTenant(t)
		chat := e.Protocol(t).Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": true}), nil)
		e.Settings(t, settings)
		wrong := e.ProtocolWith(t, acctest.Object{"access_token": canary})
		kept := wrong.Refresh(t.Context(), chatType, chat)
		onlyProblem(t, kept.Problems, "ERROR Can't read Syarah chat 101", "The access token is invalid", "Syarah does not accept the access token. It may have expired")
		created := wrong.Apply(t.Context(), chatType, jane, nil)
		onlyProblem(t, created.Problems, "ERROR Can't create Syarah chat", "The access token is invalid", "Syarah does not accept the access token. It may have expired")
		if !reflect.DeepEqual(kept.State, chat.State) || mentions(append(kept.Problems, created.Problems...), "canary") {
			t.Errorf("%+v: the refresh left %v, and it said %q and %q", settings, kept.State, kept.Problems, created.Problems)
		}
	}
	// The token of another user.
	e := startTenant(t)
	e.chatWith(t, mock.FriendID)
	chat := e.Protocol(t).Import(t.Context(), chatType, "101", nil)
	e.Settings(t, mock.Settings{CheckUserID: true})
	hers := e.ProtocolWith(t, acctest.Object{"access_token": e.AccessTokenOf(mock.FriendID)})
	onlyProblem(t, hers.Refresh(t.Context(), chatType, chat).Problems, "The userId is not that of the access token", "SYARAH_USER_ID")
}

// Whatever stands at the wrong address, the error says to check the address, and
// what is in the state stays there.
func TestProvider_wrongAddress(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	chat := e.Protocol(t).Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": true}), nil)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, test := range map[string]struct {
		handler       http.HandlerFunc
		read, created string
	}{
		"refused":      {nil, "Check gateway_url (SYARAH_GATEWAY_URL) or backend_url (SYARAH_BACKEND_URL)", "Check gateway_url (SYARAH_GATEWAY_URL) or backend_url (SYARAH_BACKEND_URL)"},
		"web site":     {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!DOCTYPE html><html>") }, "socket_path (SYARAH_SOCKET_PATH)", "check that the backend URL points to the API"},
		"no such page": {http.NotFound, "socket_path (SYARAH_SOCKET_PATH)", "Check backend_url (SYARAH_BACKEND_URL)"},
		"JSON":         {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"ok"}`) }, "socket_path (SYARAH_SOCKET_PATH)", "it holds no id of a chat header"},
	} {
		url := closed.URL
		if test.handler != nil {
			server := httptest.NewServer(test.handler)
			t.Cleanup(server.Close)
			url = server.URL
		}
		wrong := e.ProtocolWith(t, acctest.Object{"gateway_url": url, "backend_url": url})
		kept := wrong.Refresh(t.Context(), chatType, chat)
		onlyProblem(t, kept.Problems, "ERROR Can't read Syarah chat 101", test.read)
		onlyProblem(t, wrong.Apply(t.Context(), chatType, jane, nil).Problems, "ERROR Can't create Syarah chat", test.created)
		if !reflect.DeepEqual(kept.State, chat.State) {
			t.Errorf("%s: the refresh left %v", name, kept.State)
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
  input = { url = %q, user_id = %q, revision = %q }
}
provider "chat" {
  syarah = {
    gateway_url  = terraform_data.server.output.url
    backend_url  = terraform_data.server.output.url
    user_id      = terraform_data.server.output.user_id
    access_token = %q
  }
}
`, e.URL, e.UserID(), revision, e.AccessToken()) + janeBlock("user1_id", "# user1_id") + rulesBlock(writeFile(t, "rules.txt", "Be kind."), "file")
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config("1"), Check: resource.TestCheckResourceAttr(janeName, "user1_id", mock.UserID)},
		{Config: config("2"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("terraform_data.server", plancheck.ResourceActionUpdate),
			plancheck.ExpectResourceAction(janeName, plancheck.ResourceActionNoop),
		}}},
	}})
	if made := e.Count("GET", "getChatHeaderAsync"); made != 1 {
		t.Errorf("one chat took %d calls of getChatHeaderAsync", made)
	}
}

// Values that are known after apply block no plan.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	for typeName, config := range map[string]acctest.Object{
		chatType: {"user1_id": acctest.Unknown, "user2_id": acctest.Unknown, "strict_read": acctest.Unknown},
		fileType: {"source": acctest.Unknown, "message_type": acctest.Unknown},
	} {
		if problems := p.Validate(t.Context(), typeName, config); problems != nil {
			t.Errorf("%s: %q", typeName, problems)
		}
	}
	config := func(revision string) string {
		return e.Provider() + fmt.Sprintf(`
resource "terraform_data" "users" {
  input = { mine = %q, other = %q, revision = %q }
}
resource "chat_syarah_chat" "jane" {
  user1_id = terraform_data.users.output.other
  user2_id = terraform_data.users.output.mine
}
`, mock.UserID, mock.FriendID, revision)
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config("1"), Check: resource.TestCheckResourceAttr(janeName, "id", "101")},
		{Config: config("2"), Check: resource.TestCheckResourceAttr(janeName, "id", "101")},
	}})
}
