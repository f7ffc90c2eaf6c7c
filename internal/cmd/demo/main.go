// Command demo shows the provider at work: it applies the quick start to a
// chat server on this machine, changes the tenant behind Terraform's back,
// lets Terraform find and heal the change, and destroys everything. It touches
// nothing of the user's, needs no network, and leaves nothing running.
//
// It runs in the root of the checkout: make demo.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

const (
	// version is what the demo's own plugin directory calls this build.
	version = "0.1.0"

	// limit ends a demo that hangs.
	limit = 15 * time.Minute

	quickstart = "examples/quickstart"
)

func main() {
	// The signals stay caught to the end, so that none stops the cleaning up.
	ctx, stop := signal.NotifyContext(context.Background(), ends()...)
	ctx, cancel := context.WithTimeout(ctx, limit)
	err := run(ctx)
	if err != nil {
		_, unread := fmt.Fprintf(os.Stderr, "\nThe demo stopped: %v\n", err)
		if errors.Is(unread, syscall.EPIPE) {
			// The pipe is broken for go run too: telling of a failure would end
			// it before it removes what it has built.
			err = nil
		}
	}
	cancel()
	stop()
	if err != nil {
		os.Exit(1)
	}
}

// ends lists the signals that end the demo early. A broken pipe is one of
// them: nobody reads on, as after "make demo | head". A hangup is none when
// whoever started the demo has it ignored, as nohup does.
func ends() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// run prepares a directory of its own, plays the demo in it, and removes it.
func run(ctx context.Context) error {
	directory, err := os.MkdirTemp("", "chat-demo-")
	if err != nil {
		return err
	}
	// Even what is killed leaves its temporary files only here.
	if err := os.Setenv("TMPDIR", directory); err != nil {
		return err
	}
	err = prepareAndPlay(ctx, directory)
	if left := os.RemoveAll(directory); left != nil {
		return errors.Join(err, fmt.Errorf("its directory is left behind: %w", left))
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		// What the interrupted program says of it, in pages, is no news.
		return fmt.Errorf("it was interrupted (%w), and has cleaned up", context.Cause(ctx))
	}
	return err
}

// prepareAndPlay is the demo in its directory. Nothing of it runs afterwards.
func prepareAndPlay(ctx context.Context, directory string) (err error) {
	d := &demo{directory: directory, workspace: filepath.Join(directory, "tenant")}
	if d.terraform, err = findTerraform(); err != nil {
		return err
	}
	say("Building the provider and the chat server from this checkout.")
	if err := d.build(ctx); err != nil {
		return err
	}
	stopServer, err := d.startServer(ctx)
	if err != nil {
		return err
	}
	defer stopServer()
	return d.play(ctx)
}

// demo is one run.
type demo struct {
	directory   string   // everything the demo writes is below
	workspace   string   // where Terraform runs
	terraform   string   // the binary
	environment []string // of Terraform
	serverURL   string
}

// findTerraform takes the binary that make chose, or the one on PATH.
func findTerraform() (string, error) {
	for _, candidate := range []string{os.Getenv("TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu was found: run make demo, which builds OpenTofu then")
}

// build puts the provider where Terraform finds it without a network, and
// writes the CLI configuration that makes it look there and nowhere else.
func (d *demo) build(ctx context.Context) error {
	plugins := filepath.Join(d.directory, "plugins")
	binary := filepath.Join(d.directory, "terraform-provider-chat")
	if err := command(ctx, "go", "build", "-o", binary, ".").Run(); err != nil {
		return fmt.Errorf("building the provider: %w", err)
	}
	if err := command(ctx, "go", "build", "-o", filepath.Join(d.directory, "chatmock"), "./internal/cmd/chatmock").Run(); err != nil {
		return fmt.Errorf("building the chat server: %w", err)
	}
	// Terraform and OpenTofu look under different hosts for the same source.
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		place := filepath.Join(plugins, host, provider.Namespace, "chat", version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(place, 0o750); err != nil {
			return err
		}
		if err := os.Symlink(binary, filepath.Join(place, "terraform-provider-chat_v"+version)); err != nil {
			return err
		}
	}
	cliConfig := filepath.Join(d.directory, "terraform.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", plugins)
	if err := os.WriteFile(cliConfig, []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.CopyFS(d.workspace, os.DirFS(quickstart)); err != nil {
		return fmt.Errorf("copying %s: %w", quickstart, err)
	}
	d.environment = append(cleanEnvironment(), "HOME="+d.directory,
		"TF_CLI_CONFIG_FILE="+cliConfig, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_VAR_initial_password="+rand.Text())
	return nil
}

// cleanEnvironment is the user's environment without settings that would
// reach the demo.
func cleanEnvironment() []string {
	var environment []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "TF_") && !strings.HasPrefix(entry, "ETHORA_") {
			environment = append(environment, entry)
		}
	}
	return environment
}

// startServer starts chatmock on a free port and takes over the credentials it
// prints. The server ends with the pipe that the demo holds, so it does not
// outlive a demo that is killed, and Ctrl-C reaches it by the demo alone.
func (d *demo) startServer(ctx context.Context) (stop func(), err error) {
	// An interrupt stops Terraform first: without a server it would try in vain.
	server := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(d.directory, "chatmock"), "-port-base", "0", "-until-eof")
	server.Stderr = os.Stderr
	hold, err := server.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("starting the chat server: %w", err)
	}
	stop = func() {
		_ = hold.Close()
		_ = server.Wait()
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		line := lines.Text()
		if line == "# ready" {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			say("A chat server listens on %s. It follows Ethora's rules and holds one empty app.", d.serverURL)
			return stop, nil
		}
		if variable, found := strings.CutPrefix(line, "export "); found {
			name, value, _ := strings.Cut(variable, "=")
			value = strings.Trim(value, `'"`)
			d.environment = append(d.environment, name+"="+value)
			if name == "ETHORA_CHAT_API_URL" {
				d.serverURL = value
			}
		}
	}
	stop()
	return nil, errors.New("the chat server ended before it was ready")
}

// play is the demo itself.
func (d *demo) play(ctx context.Context) (err error) {
	say("terraform init, with no network: the provider comes from this build.")
	if _, err := d.run(ctx, "init", "-no-color", "-input=false"); err != nil {
		return err
	}

	say("terraform apply of %s: one app, 20 users, 5 rooms, 20 access grants.", quickstart)
	output, err := d.run(ctx, "apply", "-no-color", "-input=false", "-auto-approve")
	if err != nil {
		return err
	}
	show(from(output, "Apply complete!"))

	say("terraform plan: what was applied is what is there, so the plan is empty.")
	if err := d.expectPlan(ctx, 0); err != nil {
		return err
	}

	say("Now somebody changes the tenant behind Terraform's back: Ann marries, Ben loses his access, and the sales room is deleted.")
	if err := d.drift(ctx); err != nil {
		return err
	}
	say("terraform plan finds all of it:")
	if err := d.expectPlan(ctx, 2); err != nil {
		return err
	}

	say("terraform apply heals the tenant.")
	if output, err = d.run(ctx, "apply", "-no-color", "-input=false", "-auto-approve"); err != nil {
		return err
	}
	show(from(output, "Apply complete!"))
	if err := d.expectPlan(ctx, 0); err != nil {
		return err
	}

	say("terraform destroy removes everything again.")
	if output, err = d.run(ctx, "destroy", "-no-color", "-input=false", "-auto-approve"); err != nil {
		return err
	}
	show(from(output, "Destroy complete!"))
	say("Done. The chat server stops now, and nothing is left behind.")
	return nil
}

// drift changes the tenant as another operator would.
func (d *demo) drift(ctx context.Context) error {
	output, err := d.run(ctx, "output", "-raw", "app_id")
	if err != nil {
		return err
	}
	app := strings.TrimSpace(output)
	for _, edit := range []map[string]any{
		{
			"method": "PATCH", "path": "/v2/apps/" + app + "/chats/users",
			"body": map[string]any{"users": []any{map[string]any{"xmppUsername": app + "_ann", "lastName": "Lee-Moss"}}},
		},
		{
			"method": "DELETE", "path": "/v2/apps/" + app + "/chats/users-access",
			"body": map[string]any{"chatName": app + "_support", "members": []string{app + "_ben"}},
		},
		{
			"method": "DELETE", "path": "/v2/apps/" + app + "/chats",
			"body": map[string]any{"name": app + "_sales"},
		},
	} {
		if err := d.edit(ctx, edit); err != nil {
			return err
		}
	}
	return nil
}

// edit runs one call as the server's operator, through the mock's control API.
func (d *demo) edit(ctx context.Context, call map[string]any) error {
	body, err := json.Marshal(call)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.serverURL+"/_mock/edit", bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		text, _ := io.ReadAll(response.Body)
		return fmt.Errorf("changing the tenant: the chat server answered %s: %s", response.Status, text)
	}
	return nil
}

// expectPlan runs a plan and checks its verdict: 0 for no changes, 2 for some.
func (d *demo) expectPlan(ctx context.Context, verdict int) error {
	output, err := d.run(ctx, "plan", "-no-color", "-input=false", "-detailed-exitcode")
	var exit *exec.ExitError
	code := 0
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return err
	}
	if code != verdict {
		return fmt.Errorf("the plan should have ended with exit code %d, but ended with %d:\n%s", verdict, code, output)
	}
	if verdict == 0 {
		show(from(output, "No changes."))
		return nil
	}
	show(from(output, "Terraform used the selected providers", "OpenTofu used the selected providers", "Note: Objects have changed"))
	return nil
}

// run runs Terraform in the demo's workspace and returns what it printed. It
// prints to a file: were the demo killed, a broken pipe would end Terraform
// before it stops the provider.
func (d *demo) run(ctx context.Context, arguments ...string) (string, error) {
	printed, err := os.Create(filepath.Join(d.directory, "output"))
	if err != nil {
		return "", err
	}
	defer func() { _ = printed.Close() }()
	cmd := command(ctx, d.terraform, arguments...)
	cmd.Dir = d.workspace
	cmd.Env = d.environment
	cmd.Stdout, cmd.Stderr = printed, printed
	err = cmd.Run()
	output, reading := os.ReadFile(printed.Name())
	if reading != nil {
		return "", errors.Join(err, reading)
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", filepath.Base(d.terraform), arguments[0], err, output)
	}
	return string(output), err
}

// command is a program with its errors on the screen. It is interrupted, not
// killed, so that it ends what it has started itself.
func command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	return cmd
}

// from cuts off what comes before the first of the marks, the longest rest first.
func from(output string, marks ...string) string {
	start := len(output)
	for _, mark := range marks {
		if i := strings.Index(output, mark); i >= 0 && i < start {
			start = i
		}
	}
	if start == len(output) {
		return output
	}
	return output[start:]
}

// say tells what happens, in plain words.
func say(format string, arguments ...any) {
	fmt.Printf("\n==> "+format+"\n", arguments...)
}

// show prints what Terraform printed, indented.
func show(output string) {
	for line := range strings.Lines(strings.TrimSpace(output)) {
		fmt.Print("    ", line)
	}
	fmt.Println()
}
