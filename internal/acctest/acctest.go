// Package acctest is the harness of the acceptance tests. It starts mocks,
// runs real Terraform against them, and talks to the provider's protocol
// directly where the local Terraform is too old for what is tested.
package acctest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
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

// systems are what the harness knows of each chat system: how the environment
// variables of its settings begin, and how its client's waits become short.
var systems = []struct {
	prefix string
	hurry  func()
}{
	{"ETHORA_", hurryEthora},
	{"OICHAT_", hurryOiChat},
	{"TEGRABOX_", hurryTegraBox},
	{"ROCKETCHAT_", hurryRocketChat},
	{"SYARAH_", hurrySyarah},
}

// prepare shortens the waits of all systems and hides the user's settings.
func prepare() {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); isSetting(name) {
			_ = os.Unsetenv(name)
		}
	}
	for _, system := range systems {
		system.hurry()
	}
}

// isSetting reports whether an entry of the environment is a setting of one of
// the systems.
func isSetting(entry string) bool {
	for _, system := range systems {
		if strings.HasPrefix(entry, system.prefix) {
			return true
		}
	}
	return false
}

// Factories serve the provider, and the echo provider that shows ephemeral
// values to tests.
func Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"chat": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test")(), nil },
		"echo": echoprovider.NewProviderServer(),
	}
}

// Run runs an acceptance test with the provider served by this process: one
// server for all provider blocks of a step. A second block would configure it
// anew while the first one's resources use it, so aliases need a Workspace.
func Run(t *testing.T, test resource.TestCase) {
	t.Helper()
	for _, step := range test.Steps {
		if blocks := strings.Count(step.Config, `provider "chat"`); blocks > 1 {
			t.Fatalf("a step configures the provider %d times, and each alias needs a process of its own: use a Workspace", blocks)
		}
	}
	test.ProtoV6ProviderFactories = Factories()
	resource.Test(t, test)
}
