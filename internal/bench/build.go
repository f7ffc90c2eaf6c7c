package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

// version is what the benchmark's own plugin directories call the build.
const version = "0.1.0"

// module is where the packages are built from, wherever the benchmark runs.
const module = "github.com/chattenant/terraform-provider-chat"

// A build is what the benchmark runs.
type build struct {
	terraform string
	chatmock  string
	providers map[side]string // the binaries
	configs   map[side]string // Terraform's CLI configurations, one for each
}

// buildAll builds the providers as a release does, and the chat server, into
// the directory.
func buildAll(ctx context.Context, directory string) (*build, error) {
	terraform, err := findTerraform()
	if err != nil {
		return nil, err
	}
	b := &build{terraform: terraform, chatmock: filepath.Join(directory, "chatmock"), providers: map[side]string{}, configs: map[side]string{}}
	if err := goBuild(ctx, b.chatmock, "/internal/cmd/chatmock"); err != nil {
		return nil, err
	}
	for side, source := range map[side]string{ours: "", noop: "/internal/bench/noop"} {
		if b.providers[side], b.configs[side], err = buildProvider(ctx, filepath.Join(directory, string(side)), source); err != nil {
			return nil, err
		}
	}
	// The limit is the no-op in another mood.
	b.providers[bound], b.configs[bound] = b.providers[noop], b.configs[noop]
	return b, nil
}

// buildProvider builds a provider and puts it where Terraform finds it without
// a network. It returns the binary and a CLI configuration that makes
// Terraform look there and nowhere else.
func buildProvider(ctx context.Context, directory, source string) (binary, config string, err error) {
	binary = filepath.Join(directory, "terraform-provider-chat")
	if err := goBuild(ctx, binary, source); err != nil {
		return "", "", err
	}
	// Terraform and OpenTofu look under different hosts for the same source.
	plugins := filepath.Join(directory, "plugins")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		place := filepath.Join(plugins, host, provider.Namespace, "chat", version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(place, 0o750); err != nil {
			return "", "", err
		}
		if err := os.Symlink(binary, filepath.Join(place, "terraform-provider-chat_v"+version)); err != nil {
			return "", "", err
		}
	}
	config = filepath.Join(directory, "terraform.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", plugins)
	return binary, config, os.WriteFile(config, []byte(text), 0o600)
}

// goBuild builds a package of this module with the flags of .goreleaser.yml.
func goBuild(ctx context.Context, binary, source string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, module+source)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", module+source, err, output)
	}
	return nil
}

// findTerraform takes the binary that make chose, or the one on PATH.
func findTerraform() (string, error) {
	for _, candidate := range []string{os.Getenv("TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu was found: run make bench, which builds OpenTofu then")
}

// A workspace is one side of a shape: a directory where Terraform runs.
type workspace struct {
	directory   string
	terraform   string
	environment []string
	provider    string // the binary
}

// prepare writes the configuration and runs terraform init.
func (b *build) prepare(ctx context.Context, directory string, side side, configuration string, environment []string) (*workspace, error) {
	w := &workspace{directory: directory, terraform: b.terraform, provider: b.providers[side]}
	w.environment = append(cleanEnvironment(), "HOME="+directory, "TF_CLI_CONFIG_FILE="+b.configs[side], "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	w.environment = append(w.environment, environment...)
	if side == bound {
		w.environment = append(w.environment, "CHAT_BENCH_LIMIT=1")
	}
	if err := os.MkdirAll(directory, 0o750); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(directory, "main.tf"), []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	_, err := w.run(ctx, step{arguments: []string{"init"}})
	return w, err
}

// cleanEnvironment is the user's environment without settings that would reach
// Terraform or the provider.
func cleanEnvironment() []string {
	var environment []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "TF_") && !strings.HasPrefix(entry, "ETHORA_") && !strings.HasPrefix(entry, "CHAT_") {
			environment = append(environment, entry)
		}
	}
	return environment
}

// A measurement is what one run of Terraform took.
type measurement struct {
	wall   time.Duration
	cpu    time.Duration // of Terraform and the provider together
	memory int64         // peak of the provider in bytes, 0 where it is not known
}

// run runs a step. It is interrupted, not killed, so that Terraform stops its
// provider itself.
func (w *workspace) run(ctx context.Context, s step) (measurement, error) {
	printed, err := os.Create(filepath.Join(w.directory, "output"))
	if err != nil {
		return measurement{}, err
	}
	defer func() { _ = printed.Close() }()
	arguments := append([]string{s.arguments[0], "-no-color", "-input=false"}, s.arguments[1:]...)
	command := exec.CommandContext(ctx, w.terraform, arguments...)
	command.Dir, command.Env = w.directory, w.environment
	command.Stdout, command.Stderr = printed, printed
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 30 * time.Second

	began := time.Now()
	if err := command.Start(); err != nil {
		return measurement{}, err
	}
	memory := watchMemory(command.Process.Pid, w.provider)
	err = command.Wait()
	result := measurement{wall: time.Since(began), memory: memory()}
	result.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()

	const proposesSomething = 2 // exit code of plan -detailed-exitcode
	if code := command.ProcessState.ExitCode(); s.differs && code == proposesSomething || !s.differs && err == nil {
		return result, nil
	}
	output, _ := os.ReadFile(printed.Name())
	return result, fmt.Errorf("terraform %s ended with %s, which was not expected:\n%s",
		strings.Join(arguments, " "), command.ProcessState, tail(output))
}

// tail is the end of a text that may be long.
func tail(text []byte) []byte {
	const most = 4000
	return text[max(0, len(text)-most):]
}
