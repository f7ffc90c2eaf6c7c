package acctest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

// RequiredProviders is what a configuration of a Workspace begins with.
const RequiredProviders = `
terraform {
  required_providers {
    chat = { source = "` + provider.Namespace + `/chat" }
  }
}
`

// Workspace is a directory in which real Terraform runs with the provider as a
// process of its own, as a user's does.
type Workspace struct {
	Dir         string
	Environment []string
	t           *testing.T
}

// NewWorkspace writes the files and prepares a Terraform that knows only the
// provider built from this checkout.
func NewWorkspace(t *testing.T, files map[string]string, environment ...string) *Workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1: use make test")
	}
	w := &Workspace{Dir: t.TempDir(), t: t}
	for name, text := range files {
		w.Write(name, text)
	}
	cliConfig := filepath.Join(t.TempDir(), "terraform.tfrc")
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n",
		provider.Namespace+"/chat", filepath.Dir(providerBinary(t)))
	if err := os.WriteFile(cliConfig, []byte(overrides), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Environment = append(quietEnvironment(), append([]string{"TF_CLI_CONFIG_FILE=" + cliConfig}, environment...)...)
	return w
}

// Write writes a file of the workspace.
func (w *Workspace) Write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// Command prepares a run of Terraform.
func (w *Workspace) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	w.t.Helper()
	command := exec.CommandContext(ctx, terraformBinary(w.t), arguments...)
	command.Dir = w.Dir
	command.Env = w.Environment
	return command
}

// Run runs Terraform and returns all it printed and its exit code.
func (w *Workspace) Run(arguments ...string) (string, int) {
	w.t.Helper()
	output, err := w.Command(w.t.Context(), arguments...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("terraform %s: %v", strings.Join(arguments, " "), err)
	}
	if exit != nil {
		return string(output), exit.ExitCode()
	}
	return string(output), 0
}

// Must runs Terraform and fails the test unless it succeeds.
func (w *Workspace) Must(arguments ...string) string {
	w.t.Helper()
	output, code := w.Run(arguments...)
	if code != 0 {
		w.t.Fatalf("terraform %s: exit code %d\n%s", strings.Join(arguments, " "), code, output)
	}
	return output
}

// MustPlanEmpty fails the test unless a plan proposes nothing.
func (w *Workspace) MustPlanEmpty(arguments ...string) {
	w.t.Helper()
	arguments = append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, arguments...)
	if output, code := w.Run(arguments...); code != 0 {
		w.t.Fatalf("the plan is not empty: exit code %d\n%s", code, output)
	}
}

// quietEnvironment is the environment without the user's Terraform settings.
func quietEnvironment() []string {
	var environment []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "TF_") && !isSetting(entry) {
			environment = append(environment, entry)
		}
	}
	return append(environment, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
}

// terraformBinary is the Terraform (or OpenTofu) to test with.
func terraformBinary(t *testing.T) string {
	t.Helper()
	for _, candidate := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatal("neither terraform nor tofu is on PATH: use make test, which builds OpenTofu then")
	return ""
}

var build struct {
	once   sync.Once
	binary string
	err    error
}

// providerBinary builds the provider once for the whole test binary.
func providerBinary(t *testing.T) string {
	t.Helper()
	build.once.Do(func() {
		directory, err := os.MkdirTemp("", "terraform-provider-chat-")
		if err != nil {
			build.err = err
			return
		}
		build.binary = filepath.Join(directory, "terraform-provider-chat")
		command := exec.CommandContext(context.Background(), "go", "build", "-o", build.binary, "github.com/chattenant/terraform-provider-chat")
		if output, err := command.CombinedOutput(); err != nil {
			build.err = fmt.Errorf("building the provider: %w\n%s", err, output)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.binary
}

// removeBinary removes what providerBinary has built.
func removeBinary() {
	if build.binary != "" {
		_ = os.RemoveAll(filepath.Dir(build.binary))
	}
}
