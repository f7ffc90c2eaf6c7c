package ethora_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// says matches a text in what Terraform prints, which breaks lines anywhere.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `\s+`))
}

// providerBlock configures the provider with what a test wants to get wrong.
func providerBlock(apiURL, appID, appSecret string) string {
	return fmt.Sprintf(`
provider "chat" {
  ethora = { api_url = %q, app_id = %q, app_secret = %q }
}
`, apiURL, appID, appSecret)
}

const oneApp = `
resource "chat_ethora_app" "acme" {
  display_name = "Acme"
}
`

// Without any setting the plan already says what is missing, each setting once.
func TestProvider_withoutSettings(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{
		"Ethora is not configured",
		"- api_url: environment variable ETHORA_CHAT_API_URL, or ethora = { api_url = ... }",
		"- app_id: environment variable ETHORA_CHAT_APP_ID, or ethora = { app_id = ... }",
		"- app_secret: environment variable ETHORA_CHAT_APP_SECRET, or ethora = { app_secret = ... }",
	} {
		acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{{
			Config: oneApp, PlanOnly: true, ExpectError: says(missing),
		}}})
	}

	p := acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{}); len(problems) > 0 {
		t.Fatalf("a provider that nothing uses complains: %q", problems)
	}
	for typeName, config := range map[string]acctest.Object{
		"chat_ethora_app":  {"display_name": "Acme"},
		"chat_ethora_user": ann,
		"chat_ethora_room": {"room_id": "support", "title": "Support"},
	} {
		problems := p.Apply(t.Context(), typeName, config, nil).Problems
		if len(problems) != 1 || strings.Count(problems[0], "ETHORA_CHAT_APP_SECRET") != 1 {
			t.Errorf("%s reports %q, want the missing settings once", typeName, problems)
		}
	}
}

func TestProvider_withIncompleteBlock(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: fmt.Sprintf(`provider "chat" {
				ethora = { api_url = %q, app_id = %q }
			}`, ethora.URL, ethora.AppID()) + oneApp,
			ExpectError: says("Set app_secret in the provider's ethora block, or the environment variable ETHORA_CHAT_APP_SECRET."),
		},
		{
			Config:      providerBlock("api.chat.ethora.com", ethora.AppID(), "s") + oneApp,
			PlanOnly:    true,
			ExpectError: says("Write the whole address, such as https://api.chat.ethora.com."),
		},
		{
			Config:      providerBlock(ethora.URL, "", "s") + oneApp,
			PlanOnly:    true,
			ExpectError: says("Attribute ethora.app_id string length must be at least 1, got: 0"),
		},
	}})
	if len(ethora.Requests()) > 0 {
		t.Errorf("bad settings made %d requests", len(ethora.Requests()))
	}
}

func TestProvider_withWrongCredentials(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config:      providerBlock(ethora.URL, ethora.AppID(), "not the secret") + oneApp,
			ExpectError: says("Check that app_secret (ETHORA_CHAT_APP_SECRET) is the secret of app_id (ETHORA_CHAT_APP_ID)"),
		},
		{
			Config:      providerBlock(ethora.URL, "66500000000000000000dead", ethora.AppSecret()) + oneApp,
			ExpectError: says("the server does not know app 66500000000000000000dead, with which the provider signs"),
		},
	}})
	if apps := ethora.Snapshot().Apps; len(apps) != 1 {
		t.Errorf("there are %d apps, want the base app alone", len(apps))
	}
}

// Whatever stands at the wrong address, the error says to check the address.
func TestProvider_withWrongAddress(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	website := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><html><body>Welcome to Example Inc.</body></html>")
	}))
	t.Cleanup(website.Close)
	notFound := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<html><body>404 nginx</body></html>")
	}))
	t.Cleanup(notFound.Close)

	for name, test := range map[string]struct{ url, want string }{
		"refused":      {closed.URL, "The server could not be reached or did not answer in time. Check the address and the network"},
		"web site":     {website.URL, "Check that the address is the API's own and not a proxy, a login page or a web site."},
		"no such page": {notFound.URL, "The server does not know this call. Check the address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:      providerBlock(test.url, "66500000000000000000ba5e", "secret") + oneApp,
				ExpectError: says(test.want),
			}}})
		})
	}
}

// People paste the address in every form.
func TestProvider_acceptsAddressForms(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"", "/", "/v1", "/v2", "/v2/"} {
		t.Run("suffix "+suffix, func(t *testing.T) {
			t.Parallel()
			ethora := acctest.StartEthora(t)
			p := acctest.NewProtocol(t)
			p.Configure(acctest.Object{"ethora": acctest.Object{
				"api_url": ethora.URL + suffix, "app_id": ethora.AppID(), "app_secret": ethora.AppSecret(),
			}})
			if app := p.Apply(t.Context(), "chat_ethora_app", acctest.Object{"display_name": "Acme"}, nil); len(app.Problems) > 0 {
				t.Fatal(app.Problems)
			}
			if ethora.Count("POST", "^/v2/apps$") != 1 {
				t.Error("the app was not created at /v2/apps")
			}
			if agent := ethora.Requests()[0].Headers["User-Agent"]; agent != "terraform-provider-chat/test Terraform/1.99.0" {
				t.Errorf("the requests come from %q", agent)
			}
		})
	}
}

// The environment fills in what the block leaves out, and the block wins.
func TestProvider_environment(t *testing.T) {
	ethora := acctest.StartEthora(t)
	set := func(url, appID, secret string) func() {
		return func() {
			t.Setenv("ETHORA_CHAT_API_URL", url)
			t.Setenv("ETHORA_CHAT_APP_ID", appID)
			t.Setenv("ETHORA_CHAT_APP_SECRET", secret)
		}
	}
	complete := set(ethora.URL, ethora.AppID(), ethora.AppSecret())
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{PreConfig: complete, Config: oneApp},
			{PreConfig: complete, Config: `provider "chat" {}` + oneApp, PlanOnly: true},
			{PreConfig: complete, Config: `provider "chat" { ethora = {} }` + oneApp, PlanOnly: true},
			{PreConfig: set("http://127.0.0.1:1", "66500000000000000000dead", "wrong"), Config: ethora.Provider() + oneApp, PlanOnly: true},
			{PreConfig: set("http://127.0.0.1:1", ethora.AppID(), ethora.AppSecret()),
				Config: fmt.Sprintf(`provider "chat" { ethora = { api_url = %q } }`, ethora.URL) + oneApp, PlanOnly: true},
		},
		CheckDestroy: noAppLeft(ethora),
	})
}

// The server may be made in the same run: the plan waits for its address, and
// what is in the state stays there meanwhile.
func TestProvider_settingsUnknownAtPlan(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	config := func(revision string) string {
		return fmt.Sprintf(`
resource "terraform_data" "server" {
  input = { url = %q, revision = %q }
}
provider "chat" {
  ethora = { api_url = terraform_data.server.output.url, app_id = %q, app_secret = %q }
}
resource "chat_ethora_app" "acme" {
  display_name = "Acme"
}
resource "chat_ethora_user" "ann" {
  user_id    = "ann"
  email      = "ann@example.com"
  first_name = "Ann"
  last_name  = "Lee"
}
`, ethora.URL, revision, ethora.AppID(), ethora.AppSecret())
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config("1"),
				Check:  resource.TestCheckResourceAttr("chat_ethora_user.ann", "app_id", ethora.AppID()),
			},
			{
				Config: config("2"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("terraform_data.server", plancheck.ResourceActionUpdate),
					plancheck.ExpectResourceAction("chat_ethora_app.acme", plancheck.ResourceActionNoop),
					plancheck.ExpectResourceAction("chat_ethora_user.ann", plancheck.ResourceActionNoop),
				}},
			},
		},
		CheckDestroy: noAppLeft(ethora),
	})
}

// Each alias is a process of its own, so this needs the real binary.
func TestProvider_twoTenants(t *testing.T) {
	t.Parallel()
	one, two := acctest.StartEthora(t), acctest.StartEthora(t)
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + one.Provider() +
		strings.Replace(two.Provider(), "{", "{\n  alias = \"two\"", 1) + `
resource "chat_ethora_app" "acme" {
  display_name = "Acme"
}
resource "chat_ethora_app" "zeta" {
  provider     = chat.two
  display_name = "Zeta"
}
`})
	workspace.Must("apply", "-auto-approve", "-no-color")
	if appNamed(one, "Acme") == nil || appNamed(two, "Zeta") == nil || appNamed(one, "Zeta") != nil || appNamed(two, "Acme") != nil {
		t.Error("each app must be on its own server")
	}
	workspace.MustPlanEmpty()
	workspace.Must("destroy", "-auto-approve", "-no-color")
	if left := len(activeApps(one)) + len(activeApps(two)); left > 0 {
		t.Errorf("%d apps are left", left)
	}
}
