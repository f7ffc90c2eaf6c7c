package acctest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

const (
	examplesDirectory = "../../examples"

	// What examples use for an app id and a server. Tests put real ones in their
	// place.
	exampleAppID = "6650aa00000000000000ba5e"
	exampleURL   = "https://api.chat.example.com"
)

// example is what one directory of examples holds, as far as tests care.
type example struct {
	files     map[string]string // by name, texts to upload too, without imports and queries
	variables []string          // those without a default
	outputs   []string
	complete  bool   // it says itself which providers it needs
	minimum   string // version of Terraform or OpenTofu
}

// readExample reads the configuration in a directory of examples.
func readExample(t *testing.T, directory string) example {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(examplesDirectory, directory, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := filepath.Glob(filepath.Join(examplesDirectory, directory, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	found := example{files: map[string]string{}, minimum: "1.8.0"}
	for _, path := range uploads {
		found.files[filepath.Base(path)] = readFile(t, path)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if strings.HasPrefix(name, "import-by-") {
			continue
		}
		found.files[name] = readFile(t, path)
		if strings.Contains(found.files[name], "ephemeral") { // write-only arguments, most often
			found.minimum = "1.11.0"
		}
		for _, block := range parseHCL(t, path, found.files[name]) {
			switch block.Type {
			case "variable":
				if block.Body.Attributes["default"] == nil {
					found.variables = append(found.variables, block.Labels[0])
				}
			case "output":
				found.outputs = append(found.outputs, block.Labels[0])
			case "terraform":
				found.complete = true
			}
		}
	}
	return found
}

// workspace is a workspace with the example in it, for the stage.
func (e example) workspace(t *testing.T, on stage, variables map[string]string) *acctest.Workspace {
	t.Helper()
	files := maps.Clone(e.files)
	if !e.complete {
		files["provider.tf"] = acctest.RequiredProviders + fmt.Sprintf("provider \"chat\" {\n  %s = {}\n}\n", on.system)
	}
	actual := strings.NewReplacer(on.placeholders...)
	for name, text := range files {
		files[name] = actual.Replace(text)
	}
	environment := slices.Clone(on.environment)
	for _, name := range e.variables {
		value, known := variables[name]
		if strings.HasSuffix(name, "password") {
			value, known = "correct horse battery", true
		}
		if !known {
			t.Fatalf("the example has a variable %q that this test has no value for", name)
		}
		environment = append(environment, "TF_VAR_"+name+"="+value)
	}
	workspace := acctest.NewWorkspace(t, files, environment...)
	if running := cliVersion(t, workspace); running.LessThan(version.Must(version.NewVersion(e.minimum))) {
		t.Skipf("this example needs Terraform %s; this is %s", e.minimum, running)
	}
	return workspace
}

// outputs are the outputs of an applied configuration.
func outputs(t *testing.T, workspace *acctest.Workspace) map[string]any {
	t.Helper()
	var all map[string]struct {
		Value any `json:"value"`
	}
	decode(t, workspace.Must("output", "-json", "-no-color"), &all)
	values := map[string]any{}
	for name, output := range all {
		values[name] = output.Value
	}
	return values
}

// attribute is an attribute of an applied resource, by the resource's address.
func attribute(t *testing.T, workspace *acctest.Workspace, address, name string) string {
	t.Helper()
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string         `json:"address"`
					Values  map[string]any `json:"values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	decode(t, workspace.Must("show", "-json", "-no-color"), &state)
	for _, resource := range state.Values.RootModule.Resources {
		if resource.Address == address {
			value, _ := resource.Values[name].(string)
			return value
		}
	}
	t.Fatalf("the state holds no %s", address)
	return ""
}

// isTerraform reports whether the tests run real Terraform of at least a
// version. OpenTofu has the same features at other versions, or not at all.
func isTerraform(t *testing.T, workspace *acctest.Workspace, minimum string) bool {
	t.Helper()
	return !strings.Contains(workspace.Must("version"), "OpenTofu") &&
		cliVersion(t, workspace).GreaterThanOrEqual(version.Must(version.NewVersion(minimum)))
}

func cliVersion(t *testing.T, workspace *acctest.Workspace) *version.Version {
	t.Helper()
	var running struct {
		Version string `json:"terraform_version"` // of OpenTofu too
	}
	decode(t, workspace.Must("version", "-json"), &running)
	return version.Must(version.NewVersion(running.Version)).Core()
}

// runScript runs a shell script in the workspace. Its terraform is the one
// under test.
func runScript(t *testing.T, workspace *acctest.Workspace, script string, environment ...string) (string, int) {
	t.Helper()
	programs := t.TempDir()
	if err := os.Symlink(workspace.Command(t.Context()).Path, filepath.Join(programs, "terraform")); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	shell.Dir = workspace.Dir
	shell.Env = append(slices.Clone(workspace.Environment), append(environment, "PATH="+programs+":"+os.Getenv("PATH"))...)
	output, err := shell.CombinedOutput()
	if shell.ProcessState == nil {
		t.Fatal(err)
	}
	return string(output), shell.ProcessState.ExitCode()
}

// parseHCL are the top-level blocks of a text.
func parseHCL(t *testing.T, path, text string) hclsyntax.Blocks {
	t.Helper()
	file, problems := hclsyntax.ParseConfig([]byte(text), path, hcl.InitialPos)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		t.Fatalf("%s is not HCL", path)
	}
	return body.Blocks
}

// textOf is the value of an expression that is a text.
func textOf(t *testing.T, expression hcl.Expression) string {
	t.Helper()
	value, problems := expression.Value(nil)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return value.AsString()
}

// objectOf is the value of an expression that is an object of texts.
func objectOf(t *testing.T, expression hcl.Expression) acctest.Object {
	t.Helper()
	value, problems := expression.Value(nil)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	object := acctest.Object{}
	for name, element := range value.AsValueMap() {
		object[name] = element.AsString()
	}
	return object
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decode reads the JSON that Terraform printed.
func decode(t *testing.T, text string, into any) {
	t.Helper()
	if start := strings.Index(text, "{"); start > 0 { // warnings may stand before it
		text = text[start:]
	}
	if err := json.NewDecoder(strings.NewReader(text)).Decode(into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
