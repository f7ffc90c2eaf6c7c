// Package acctest is the harness of the acceptance tests. It starts mocks,
// runs real Terraform against them, and talks to the provider's protocol
// directly where the local Terraform is too old for what is tested.
package acctest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/provider"
	"github.com/chattenant/terraform-provider-chat/internal/system/ethora"
)

// Main is the TestMain of a package of acceptance tests: waits are short,
// nothing of the user's environment takes part, and no goroutine is left.
func Main(m *testing.M) {
	prepare()
	code := m.Run()
	removeBinary()
	// go-plugin, which serves a provider in the test's own process, reads from
	// pipes that close when they are garbage.
	leaks := goleak.Find(goleak.IgnoreAnyFunction("github.com/hashicorp/go-plugin.copyChan"))
	if code == 0 && leaks != nil {
		fmt.Fprintln(os.Stderr, leaks)
		code = 1
	}
	os.Exit(code)
}

func prepare() {
	for _, name := range []string{"ETHORA_CHAT_API_URL", "ETHORA_CHAT_APP_ID", "ETHORA_CHAT_APP_SECRET", "ETHORA_CHAT_XMPP_HOST",
		"ETHORA_CHAT_REQUESTS_PER_SECOND", "ETHORA_CHAT_MAX_CONCURRENT_REQUESTS"} {
		_ = os.Unsetenv(name)
	}
	ethora.ClientDefaults.RetryWaitMin = time.Millisecond
	ethora.ClientDefaults.RetryWaitMax = 20 * time.Millisecond
	ethora.ClientDefaults.RateLimitPatience = 200 * time.Millisecond
	ethora.ClientDefaults.PollWaitMin = time.Millisecond
	ethora.ClientDefaults.PollWaitMax = 20 * time.Millisecond
	ethora.ClientDefaults.AccessWait = 2 * time.Second
	ethora.ClientDefaults.FinishBudget = 2 * time.Second
}

// Factories serve the provider, and the echo provider that shows ephemeral
// values to tests.
func Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"chat": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test")(), nil },
		"echo": echoprovider.NewProviderServer(),
	}
}

// Run runs an acceptance test with the provider served by this process.
func Run(t *testing.T, test resource.TestCase) {
	t.Helper()
	test.ProtoV6ProviderFactories = Factories()
	resource.Test(t, test)
}

// Ethora is a mock of Ethora that listens on loopback.
type Ethora struct {
	*mock.Server
	URL string
}

// StartEthora starts a mock for the duration of the test.
func StartEthora(t *testing.T) *Ethora {
	t.Helper()
	server := mock.New(mock.Options{})
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &Ethora{Server: server, URL: listener.URL}
}

// Provider is the provider block that points to the mock.
func (e *Ethora) Provider() string {
	return fmt.Sprintf(`
provider "chat" {
  ethora = {
    api_url    = %q
    app_id     = %q
    app_secret = %q
  }
}
`, e.URL, e.AppID(), e.AppSecret())
}

// Environment is what provider "chat" { ethora = {} } needs, as NAME=value.
func (e *Ethora) Environment() []string {
	return []string{
		"ETHORA_CHAT_API_URL=" + e.URL,
		"ETHORA_CHAT_APP_ID=" + e.AppID(),
		"ETHORA_CHAT_APP_SECRET=" + e.AppSecret(),
	}
}

// Settings replaces the mock's settings.
func (e *Ethora) Settings(t *testing.T, settings mock.Settings) {
	t.Helper()
	if err := e.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

// Faults replaces the mock's fault plan.
func (e *Ethora) Faults(t *testing.T, rules ...control.FaultRule) {
	t.Helper()
	if err := e.SetFaults(control.FaultPlan{Rules: rules}); err != nil {
		t.Fatal(err)
	}
}

// Count is how often a call was made: method, and path as a regular expression.
func (e *Ethora) Count(method, path string) int {
	pattern := regexp.MustCompile(path)
	count := 0
	for _, request := range e.Requests() {
		if request.Method == method && pattern.MatchString(request.Path) {
			count++
		}
	}
	return count
}

// Edit changes the tenant behind Terraform's back, as another operator would,
// and returns the answer.
func (e *Ethora) Edit(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	call, err := json.Marshal(map[string]any{"method": method, "path": path, "body": body})
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), "POST", "/_mock/edit", bytes.NewReader(call))
	e.ServeHTTP(recorder, request)
	if recorder.Code >= 300 {
		t.Fatalf("%s %s behind Terraform's back: %d %s", method, path, recorder.Code, recorder.Body)
	}
	var answer map[string]any
	_ = json.Unmarshal(recorder.Body.Bytes(), &answer) // not every answer is an object
	return answer
}
