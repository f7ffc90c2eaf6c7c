// Package lint tests the import rules of .golangci.yml: each is broken on
// purpose in a throw-away module, and must be found.
package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module    = "github.com/chattenant/terraform-provider-chat"
	ours      = module + "/internal/"
	framework = "github.com/hashicorp/terraform-plugin-framework/resource"
	tflog     = "github.com/hashicorp/terraform-plugin-log/tflog"
	acctest   = "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	sdk       = "github.com/hashicorp/terraform-plugin-sdk/v2/diag"
)

func TestImportRules(t *testing.T) {
	tests := []struct {
		file   string
		may    []string
		mayNot []string
	}{
		{
			file:   "main.go",
			may:    []string{ours + "provider"},
			mayNot: []string{ours + "system", ours + "system/ethora", ours + "api/ethora", ours + "mock/ethora", sdk},
		},
		{
			file:   "internal/provider/provider.go",
			may:    []string{framework, ours + "linear", ours + "system", ours + "system/ethora"},
			mayNot: []string{ours + "api/ethora", ours + "api/rest", ours + "coalesce", ours + "mock/ethora", ours + "acctest", acctest, sdk},
		},
		{
			file:   "internal/provider/provider_test.go",
			may:    []string{acctest, ours + "acctest", ours + "mock/ethora", ours + "system/ethora"},
			mayNot: []string{sdk},
		},
		{
			file:   "internal/system/base.go",
			may:    []string{framework, ours + "api/rest", ours + "coalesce"},
			mayNot: []string{ours + "system/ethora", ours + "api/ethora", ours + "provider", ours + "mock/control", sdk},
		},
		{
			file:   "internal/system/ethora/app.go",
			may:    []string{framework, ours + "system", ours + "api/ethora", ours + "api/rest", ours + "coalesce", ours + "linear"},
			mayNot: []string{ours + "system/oichat", ours + "provider", ours + "mock/ethora", ours + "acctest", acctest, sdk},
		},
		{
			file:   "internal/system/ethora/app_test.go",
			may:    []string{acctest, ours + "acctest", ours + "mock/ethora"},
			mayNot: []string{sdk},
		},
		{
			file:   "internal/system/oichat/room.go",
			may:    []string{ours + "system", ours + "api/oichat"},
			mayNot: []string{ours + "system/ethora"},
		},
		{
			file:   "internal/api/ethora/client.go",
			may:    []string{"net/http", ours + "api/rest"},
			mayNot: []string{ours + "api/oichat", ours + "coalesce", ours + "system", ours + "provider", ours + "mock/ethora", framework, tflog, sdk},
		},
		{
			file:   "internal/api/ethora/client_test.go",
			may:    []string{ours + "mock/ethora"},
			mayNot: []string{framework, tflog, sdk},
		},
		{
			file:   "internal/api/syarah/client.go",
			may:    []string{ours + "api/rest", ours + "api/syarah/socketio"},
			mayNot: []string{ours + "api/ethora", framework, tflog, sdk},
		},
		{
			file:   "internal/api/rest/client.go",
			may:    []string{"net/http", tflog},
			mayNot: []string{ours + "api/ethora", ours + "coalesce", ours + "system", framework, sdk},
		},
		{
			file:   "internal/api/rest/client_test.go",
			may:    []string{tflog},
			mayNot: []string{framework, sdk},
		},
		{
			file:   "internal/coalesce/batch.go",
			may:    []string{"context"},
			mayNot: []string{"net/http", ours + "api/rest", ours + "system", framework, tflog, sdk},
		},
		{
			file:   "internal/linear/server.go",
			may:    []string{framework, "github.com/hashicorp/terraform-plugin-go/tftypes"},
			mayNot: []string{ours + "api/rest", ours + "coalesce", ours + "system", ours + "provider", ours + "mock/ethora", acctest, sdk},
		},
		{
			file:   "internal/mock/ethora/server.go",
			may:    []string{"net/http", ours + "mock/control"},
			mayNot: []string{ours + "api/ethora", ours + "api/rest", ours + "system", ours + "coalesce", framework, tflog, sdk},
		},
		{
			file:   "internal/mock/ethora/server_test.go",
			may:    []string{ours + "mock/control"},
			mayNot: []string{ours + "api/ethora", ours + "api/rest", sdk},
		},
		{
			file:   "internal/acctest/acctest.go",
			may:    []string{acctest, ours + "provider", ours + "mock/ethora"},
			mayNot: []string{sdk},
		},
		{
			file:   "internal/bench/bench.go",
			may:    []string{ours + "provider", ours + "mock/ethora"},
			mayNot: []string{sdk},
		},
		{
			file:   "internal/contract/contract.go",
			may:    []string{ours + "api/ethora", ours + "mock/ethora"},
			mayNot: []string{sdk},
		},
		{
			file:   "internal/cmd/chatmock/main.go",
			may:    []string{ours + "mock/ethora"},
			mayNot: []string{sdk},
		},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			refused := lint(t, test.file, slices.Concat(test.may, test.mayNot))

			for _, imported := range test.may {
				if slices.Contains(refused, imported) {
					t.Errorf("%s may import %s, but depguard refuses it", test.file, imported)
				}
			}
			for _, imported := range test.mayNot {
				if !slices.Contains(refused, imported) {
					t.Errorf("%s must not import %s, but depguard lets it", test.file, imported)
				}
			}
		})
	}
}

// lint returns those imports of the file that depguard refuses. The file is
// alone in its module: imports need not resolve, but must not go in a circle.
func lint(t *testing.T, file string, imports []string) []string {
	t.Helper()
	directory := t.TempDir()
	configuration, err := os.ReadFile("../../../.golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, directory, ".golangci.yml", string(configuration))
	write(t, directory, "go.mod", "module "+module+"\n\ngo 1.26.0\n")
	source := "package planted\n\n"
	for _, imported := range imports {
		source += fmt.Sprintf("import _ %q\n", imported)
	}
	write(t, directory, file, source)

	return depguard(t, directory)
}

func write(t *testing.T, directory, file, content string) {
	t.Helper()
	file = filepath.Join(directory, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// depguard returns the refused imports of a module.
func depguard(t *testing.T, directory string) []string {
	t.Helper()
	linter := os.Getenv("GOLANGCI_LINT")
	if linter == "" {
		t.Fatal("GOLANGCI_LINT is not set: run this test with make lint-test")
	}

	command := exec.CommandContext(t.Context(), linter, "run", "--enable-only", "depguard",
		"--output.json.path", "stdout", "--show-stats=false", "./...")
	command.Dir = directory
	output, err := command.Output()

	// The exit code is 1 when there are findings.
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("golangci-lint: %v\n%s", err, output)
	}

	var report struct {
		Issues []struct {
			FromLinter string
			Text       string // import 'net/http' is not allowed from list 'coalesce': ...
		}
	}
	if err := json.Unmarshal(output, &report); err != nil {
		t.Fatalf("golangci-lint printed no JSON: %v\n%s", err, output)
	}

	var refused []string
	for _, issue := range report.Issues {
		words := strings.Split(issue.Text, "'")
		if issue.FromLinter != "depguard" || len(words) < 3 {
			t.Fatalf("unexpected finding of %s: %s", issue.FromLinter, issue.Text)
		}
		refused = append(refused, words[1])
	}
	return refused
}
