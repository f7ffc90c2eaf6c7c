package oichat_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// settings are a whole oichat block, with changes.
func settings(more acctest.Object) acctest.Object {
	return acctest.Object{"oichat": with(acctest.Object{
		"base_url": "http://127.0.0.1:1", "api_key": "ak_1", "secret_key": "sk_1", "project_id": "proj_1",
	}, more)}
}

// Without any setting the plan already says what is missing, each setting once.
func TestProvider_withoutSettings(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{
		"OiChat is not configured",
		"- api_key: environment variable OICHAT_API_KEY, or oichat = { api_key = ... }",
		"- secret_key: environment variable OICHAT_SECRET_KEY, or oichat = { secret_key = ... }",
		"- project_id: environment variable OICHAT_PROJECT_ID, or oichat = { project_id = ... }",
	} {
		acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{{
			Config:   "resource \"chat_oichat_room\" \"support\" {\n" + minimal + "}\n",
			PlanOnly: true, ExpectError: says(missing),
		}}})
	}
	p := acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{}); len(problems) > 0 {
		t.Fatalf("a provider that nothing uses complains: %q", problems)
	}
	for typeName, config := range map[string]acctest.Object{roomType: supportRoom(nil), participantType: edge("room-1", "ann")} {
		problems := p.Apply(t.Context(), typeName, config, nil).Problems
		if len(problems) != 1 || strings.Count(problems[0], "OICHAT_SECRET_KEY") != 1 {
			t.Errorf("%s reports %q, want the missing settings once", typeName, problems)
		}
	}
	for typeName, config := range map[string]acctest.Object{roomType: {"room_id": "room-1"}, "chat_oichat_rooms": {"user_id": "ann"}} {
		_, problems := p.ReadDataSource(t.Context(), typeName, config)
		mustSay(t, typeName, problems, "OICHAT_SECRET_KEY")
	}
	mustSay(t, "the token", p.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"}).Problems, "OICHAT_SECRET_KEY")
}

func TestProvider_malformedSettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ attribute, value, want string }{
		{"base_url", "api.oichatapi.com", "is not an address. Write the whole address, such as https://api.oichatapi.com."},
		{"base_url", "ftp://api.oichatapi.com", "It must begin with https:// (or http:// for a server on this machine)."},
		{"project_id", "ak_live_1", "is a key, not the id of a project, which begins with proj_."},
		{"project_id", "my project", "is not the id of a project: it must not hold spaces"},
		{"path_prefix", "v1", "is not a path: it must begin with / and hold no spaces, such as /v1. Write / for no prefix."},
		{"path_prefix", "/v 1", "is not a path"},
		{"authentication", "basic", "must be headers or bearer."},
		{"api_key_header", "X API Key", "is not the name of a header"},
		{"secret_key_header", "X:Secret", "is not the name of a header"},
		{"project_id_header", "Prüfung", "is not the name of a header"},
	} {
		problems := acctest.NewProtocol(t).Configure(settings(acctest.Object{test.attribute: test.value}))
		mustSay(t, test.attribute, problems, test.want)
		if len(problems) > 0 && !strings.HasPrefix(problems[0], "ERROR OiChat's "+test.attribute+" is malformed: "+test.attribute+" in the provider's oichat block ") {
			t.Errorf("%s: it said %q", test.attribute, problems)
		}
		if test.attribute == "project_id" && strings.Contains(fmt.Sprint(problems), test.value) {
			t.Errorf("it repeats what may be a secret: %q", problems)
		}
	}
	for _, url := range []string{"https://user:password@api.oichatapi.com", "https://api.oichatapi.com/?a=b"} {
		problems := acctest.NewProtocol(t).Configure(settings(acctest.Object{"base_url": url}))
		mustSay(t, url, problems, "ERROR The OiChat settings can't be used")
		if strings.Contains(fmt.Sprint(problems), "password@") {
			t.Errorf("it repeats a password: %q", problems)
		}
	}
	for _, prefix := range []string{"/v1?x", "/{version}"} {
		mustSay(t, prefix, acctest.NewProtocol(t).Configure(settings(acctest.Object{"path_prefix": prefix})), "the OiChat path prefix holds a character that no path prefix has")
	}
}

func TestProvider_withWrongCredentials(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	for name, test := range map[string]struct {
		more acctest.Object
		want string
	}{
		"another key":     {acctest.Object{"secret_key": "sk_wrong"}, "Check that api_key (OICHAT_API_KEY), secret_key (OICHAT_SECRET_KEY) and project_id (OICHAT_PROJECT_ID) belong together."},
		"another project": {acctest.Object{"project_id": "proj_other"}, "Check that the keys belong to the project of project_id (OICHAT_PROJECT_ID)"},
		"another header":  {acctest.Object{"api_key_header": "X-Other"}, "or other header names in the provider's oichat block."},
		"another way":     {acctest.Object{"authentication": "bearer"}, "How requests carry them is assumed"},
		"another prefix":  {acctest.Object{"path_prefix": "/v2"}, "and path_prefix (OICHAT_PATH_PREFIX) in the provider's oichat block."},
	} {
		run := p.ProtocolWith(t, test.more)
		room := run.Apply(t.Context(), roomType, supportRoom(nil), nil)
		mustFail(t, room.Problems, test.want)
		if room.State != nil || len(p.open()) > 0 {
			t.Errorf("%s: there is %v", name, room.State)
		}
	}
}

// Whatever stands at the wrong address, the error says to check the address, and
// no refresh takes anything out of the state.
func TestProvider_withWrongAddress(t *testing.T) {
	t.Parallel()
	page := func(status int) *httptest.Server {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			fmt.Fprint(w, "<!DOCTYPE html><html><body>Welcome to Example Inc.</body></html>")
		}))
		t.Cleanup(server.Close)
		return server
	}
	closed := page(200)
	closed.Close()
	p, room := startWithRoom(t)
	for url, want := range map[string]string{
		closed.URL:    "The server could not be reached or did not answer in time. Check the address and the network",
		page(200).URL: "Check that the address is the API's own and not a proxy, a login page or a web site.",
		page(404).URL: "When other rooms can be read, the path is right and this one is gone: terraform state rm takes it out of the state.",
	} {
		run := p.ProtocolWith(t, acctest.Object{"base_url": url})
		read := run.Refresh(t.Context(), roomType, room)
		mustFail(t, read.Problems, want)
		if !sameExcept(read.State, room.State) {
			t.Errorf("%s: the state became %v", url, read.State)
		}
		mustFail(t, run.Apply(t.Context(), roomType, nil, &room).Problems, want)
	}
}

// People paste the address in every form.
func TestProvider_acceptsAddressForms(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"", "/", "/v1", "/v1/"} {
		p := startProject(t)
		room := p.ProtocolWith(t, acctest.Object{"base_url": p.URL + suffix}).Apply(t.Context(), roomType, supportRoom(nil), nil)
		if room.Problems != nil || p.Count("POST", "^/v1/rooms$") != 1 {
			t.Errorf("%q: %q", suffix, room.Problems)
		}
	}
}

// The environment fills in what the block leaves out, and the block wins.
func TestProvider_environment(t *testing.T) {
	p := startProject(t)
	p.Settings(t, mockSettings{Prefix: "/api", APIKeyHeader: "X-A", SecretKeyHeader: "X-B", ProjectHeader: "X-C"})
	good := map[string]string{
		"BASE_URL": p.URL, "API_KEY": p.APIKey(), "SECRET_KEY": p.SecretKey() + "\n", "PROJECT_ID": p.ProjectID(), "PATH_PREFIX": "/api",
		"AUTHENTICATION": "headers", "API_KEY_HEADER": "X-A", "SECRET_KEY_HEADER": "X-B", "PROJECT_ID_HEADER": "X-C",
		"REQUESTS_PER_SECOND": "1000", "MAX_CONCURRENT_REQUESTS": "5",
	}
	set := func(more map[string]string) {
		environment := maps.Clone(good)
		maps.Copy(environment, more)
		for name, value := range environment {
			t.Setenv("OICHAT_"+name, value)
		}
	}
	try := func(where string, block acctest.Object, want string) {
		t.Helper()
		run := acctest.NewProtocol(t)
		problems := run.Configure(block)
		if problems == nil {
			problems = run.Apply(t.Context(), roomType, supportRoom(nil), nil).Problems
		}
		mustSay(t, where, problems, want)
	}
	set(nil)
	try("no block", acctest.Object{}, "")
	try("an empty block", acctest.Object{"oichat": acctest.Object{}}, "")
	set(map[string]string{"BASE_URL": "http://127.0.0.1:1", "SECRET_KEY": "sk_wrong"})
	try("the block wins", acctest.Object{"oichat": acctest.Object{"base_url": p.URL, "secret_key": p.SecretKey()}}, "")
	set(map[string]string{"PATH_PREFIX": "api"})
	try("malformed", acctest.Object{}, "The environment variable OICHAT_PATH_PREFIX is not a path")
	set(map[string]string{"MAX_CONCURRENT_REQUESTS": "many"})
	try("malformed", acctest.Object{"oichat": acctest.Object{}}, "The environment variable OICHAT_MAX_CONCURRENT_REQUESTS is not a number of requests")
	set(map[string]string{"API_KEY": ""})
	try("missing", acctest.Object{"oichat": acctest.Object{}}, "Set api_key in the provider's oichat block, or the environment variable OICHAT_API_KEY.")
}

// The project may be made in the same run: the plan waits for it, and what is in
// the state stays there meanwhile.
func TestProvider_settingsUnknownAtPlan(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	config := func(revision string) string {
		return fmt.Sprintf(`
resource "terraform_data" "project" {
  input = { id = %q, revision = %q }
}
provider "chat" {
  oichat = { base_url = %q, api_key = %q, secret_key = %q, project_id = terraform_data.project.output.id }
}
resource "chat_oichat_room" "support" {
  type                 = "group"
  initial_participants = ["ann", "bob"]
}
resource "chat_oichat_room_participant" "cara" {
  room_id = chat_oichat_room.support.room_id
  user_id = "cara"
}
`, p.ProjectID(), revision, p.URL, p.APIKey(), p.SecretKey())
	}
	p.run(t,
		resource.TestStep{Config: config("1"), Check: p.holds(t, "ann", "bob", "cara")},
		resource.TestStep{
			Config: config("2"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("terraform_data.project", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction(support, plancheck.ResourceActionNoop),
				plancheck.ExpectResourceAction(cara, plancheck.ResourceActionNoop),
			}},
		},
	)
}

func TestProvider_everySettingMayBeUnknown(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{
		"base_url", "api_key", "secret_key", "project_id", "path_prefix", "authentication", "api_key_header", "secret_key_header", "project_id_header",
		"requests_per_second", "max_concurrent_requests",
	} {
		p := acctest.NewProtocol(t)
		if problems := p.Configure(settings(acctest.Object{attribute: acctest.Unknown})); problems != nil {
			t.Errorf("%s: %q", attribute, problems)
		}
		if planned := p.Plan(t.Context(), roomType, supportRoom(nil), nil); planned.Problems != nil {
			t.Errorf("%s: the plan said %q", attribute, planned.Problems)
		}
		mustSay(t, attribute, p.Apply(t.Context(), roomType, supportRoom(nil), nil).Problems, "The oichat settings of the provider are not known yet")
		_, problems := p.Invoke(t.Context(), leaveRoom, edge("room-1", "ann"))
		mustSay(t, attribute, problems, "The oichat settings of the provider are not known yet")
	}
}

// Each alias is a process of its own, so this needs the real binary.
func TestProvider_twoProjects(t *testing.T) {
	t.Parallel()
	one, two := startProject(t), startProject(t)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + one.Provider() +
		strings.Replace(two.Provider(), "{", "{\n  alias = \"two\"", 1) + `
resource "chat_oichat_room" "one" {
  type         = "group"
  name         = "One"
  participants = ["ann", "bob"]
}
resource "chat_oichat_room" "two" {
  provider     = chat.two
  type         = "group"
  name         = "Two"
  participants = ["ann", "bob"]
}
`})
	w.Must("apply", "-auto-approve", "-no-color")
	if *one.onlyRoom(t).Name != "One" || *two.onlyRoom(t).Name != "Two" {
		t.Error("each room must be on its own server")
	}
	w.MustPlanEmpty()
	w.Must("destroy", "-auto-approve", "-no-color")
	if left := len(one.open()) + len(two.open()); left > 0 {
		t.Errorf("%d rooms are left", left)
	}
}
