package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// program is the built command.
var program string

func TestMain(m *testing.M) {
	directory, err := os.MkdirTemp("", "chatmock")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(directory, "chatmock")
	if output, err := exec.CommandContext(context.Background(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building chatmock: %v\n%s", err, output)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(directory)
		os.Exit(code)
	}))
}

// A process is a running chatmock.
type process struct {
	*testing.T
	command *exec.Cmd
	errors  bytes.Buffer
	out     string            // what it has printed before "# ready"
	env     map[string]string // the exports of that
}

// start runs chatmock until it is ready. Its standard input is empty, which
// means nothing without -until-eof.
func start(t *testing.T, arguments ...string) *process {
	t.Helper()
	return startReading(t, nil, arguments...)
}

// startReading is start with a standard input.
func startReading(t *testing.T, in *os.File, arguments ...string) *process {
	t.Helper()
	p := &process{T: t, command: exec.CommandContext(t.Context(), program, arguments...), env: map[string]string{}}
	if in != nil {
		p.command.Stdin = in
	}
	p.command.Stderr = &p.errors
	pipe, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		if lines.Text() == "# ready" {
			return p
		}
		p.out += lines.Text() + "\n"
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		p.env[name] = value
	}
	_ = p.command.Wait()
	t.Fatalf("chatmock has ended before it was ready: %s", p.errors.String())
	return nil
}

// stop sends a signal and returns the exit code.
func (p *process) stop(signal os.Signal) int {
	p.Helper()
	if err := p.command.Process.Signal(signal); err != nil {
		p.Fatal(err)
	}
	return p.wait()
}

// wait waits for the end and returns the exit code.
func (p *process) wait() int {
	p.Helper()
	err := p.command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.Fatal(err)
	}
	return p.command.ProcessState.ExitCode()
}

// edit changes the tenant as the operator.
func (p *process) edit(method, path, body string) {
	p.Helper()
	call := fmt.Sprintf(`{"method":%q,"path":%q,"body":%s}`, method, path, body)
	p.send("POST", "/_mock/edit", call)
}

func (p *process) get(path string) string {
	p.Helper()
	return p.send("GET", path, "")
}

// send makes a call that must be answered with 200.
func (p *process) send(method, path, body string) string {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, p.env["ETHORA_CHAT_API_URL"]+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		p.Fatalf("%s %s %s answered %d", method, path, body, response.StatusCode)
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	return string(answer)
}

// fails runs chatmock to its end, which must be an error.
func fails(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, arguments...)
	var out, messages bytes.Buffer
	command.Stdout, command.Stderr = &out, &messages
	err := command.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("chatmock %v ended with %v, want exit code 1", arguments, err)
	}
	if strings.Contains(out.String(), "# ready") {
		t.Errorf("chatmock %v has said that it is ready", arguments)
	}
	return messages.String()
}

// A shell can take over what is printed.
func TestOutputIsForEval(t *testing.T) {
	p := start(t, "-port-base", "0")
	shell := exec.CommandContext(t.Context(), "sh", "-c", `eval "$1"; echo "$ETHORA_CHAT_API_URL $ETHORA_CHAT_APP_ID $ETHORA_CHAT_APP_SECRET"`, "sh", p.out)
	output, err := shell.Output()
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(output))
	if len(fields) != 3 || !strings.HasPrefix(fields[0], "http://127.0.0.1:") || len(fields[1]) != 24 {
		t.Errorf("the shell has %q", fields)
	}
	if got := p.get("/v1/ping"); !strings.Contains(got, "true") {
		t.Errorf("the ping answered %s", got)
	}
	if code := p.stop(os.Interrupt); code != 0 {
		t.Errorf("SIGINT ended it with %d: %s", code, p.errors.String())
	}
}

// A program that holds the pipe takes chatmock with it, however it ends.
func TestUntilEOF(t *testing.T) {
	in, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer hold.Close()
	p := startReading(t, in, "-port-base", "0", "-until-eof")
	if _, err := hold.WriteString("what comes before the end does not matter\n"); err != nil {
		t.Fatal(err)
	}
	if got := p.get("/v1/ping"); !strings.Contains(got, "true") {
		t.Errorf("the ping answered %s", got)
	}
	if err := hold.Close(); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != 0 {
		t.Errorf("the end of its input ended it with %d: %s", code, p.errors.String())
	}
}

// While the input is open, an interrupt from the terminal is for the program
// that holds the pipe. SIGTERM is for chatmock.
func TestSignalsUntilEOF(t *testing.T) {
	in, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer hold.Close()
	p := startReading(t, in, "-port-base", "0", "-until-eof")
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if got := p.get("/v1/ping"); !strings.Contains(got, "true") {
		t.Errorf("the ping answered %s", got)
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ended it with %d: %s", code, p.errors.String())
	}
}

func TestDataSurvives(t *testing.T) {
	for name, signal := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data.json")
			first := start(t, "-port-base", "0", "-data", data)
			first.edit("POST", "/v2/apps", `{"displayName":"Survivor"}`)
			before := first.get("/_mock/state")
			if code := first.stop(signal); signal == syscall.SIGTERM && code != 0 {
				t.Errorf("SIGTERM ended it with %d", code)
			}
			second := start(t, "-port-base", "0", "-data", data)
			if after := second.get("/_mock/state"); after != before || !strings.Contains(after, "Survivor") {
				t.Errorf("before: %s\nafter: %s", before, after)
			}
			second.stop(os.Interrupt)
		})
	}
}

func TestBrokenDataFile(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data.json")
	if err := os.WriteFile(data, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	message := fails(t, "-port-base", "0", "-data", data)
	if !strings.Contains(message, data) || !strings.Contains(message, "is left as it is") {
		t.Errorf("the message is %s", message)
	}
	if raw, err := os.ReadFile(data); err != nil || string(raw) != "{" {
		t.Errorf("the file holds %s (%v)", raw, err)
	}
}

func TestTakenPort(t *testing.T) {
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
	data := filepath.Join(t.TempDir(), "data.json")
	message := fails(t, "-port-base", port, "-data", data)
	for _, part := range []string{"starting the mock of ethora", port, "address already in use", "-port-base"} {
		if !strings.Contains(message, part) {
			t.Errorf("the message lacks %q: %s", part, message)
		}
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data file was touched: %v", err)
	}
}

func TestWrongFlags(t *testing.T) {
	tests := []struct {
		arguments []string
		want      string
	}{
		{[]string{"-host", "0.0.0.0"}, "-host 0.0.0.0 is not a loopback address"},
		{[]string{"-host", "example.com"}, "-host example.com is not a loopback address"},
		{[]string{"-port-base", "-1"}, "-port-base -1 leaves no room for 5 ports"},
		{[]string{"-port-base", "65536"}, "-port-base 65536 leaves no room for 5 ports"},
		{[]string{"-latency", "-1s"}, "-latency -1s is negative"},
		{[]string{"serve"}, `"serve" is not a flag`},
		{[]string{"-what"}, "flag provided but not defined: -what"},
	}
	for _, test := range tests {
		if message := fails(t, test.arguments...); !strings.Contains(message, test.want) {
			t.Errorf("chatmock %v said %s, want %s", test.arguments, message, test.want)
		}
	}
}

func TestHelp(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), program, "-h").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"-port-base port", "-until-eof"} {
		if !strings.Contains(string(output), flag) {
			t.Errorf("the help lacks %s: %s", flag, output)
		}
	}
}

// An open call does not keep the end waiting for ever.
func TestStopsWhileACallIsOpen(t *testing.T) {
	p := start(t, "-port-base", "0", "-latency", "1h")
	address := strings.TrimPrefix(p.env["ETHORA_CHAT_API_URL"], "http://")
	var dialer net.Dialer
	connection, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := fmt.Fprintf(connection, "GET /v1/ping HTTP/1.1\r\nHost: %s\r\n\r\n", address); err != nil {
		t.Fatal(err)
	}
	// The control API has no delay; it tells when the call has arrived.
	for !strings.Contains(p.get("/_mock/requests"), "/v1/ping") {
		time.Sleep(time.Millisecond)
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ended it with %d", code)
	}
}
