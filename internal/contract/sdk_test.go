//go:build contract

package contract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// sdkTime is how long one process of the SDK may run. A process that hangs is
// killed then, so that the tests end by themselves.
const sdkTime = 2 * time.Minute

// An sdk is a Node.js process that runs a vendor's SDK; see ethora.cjs for
// what goes over its pipes.
type sdk struct {
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

// A refusal is an error that the SDK threw. Status is 0 when no server
// answered, and Body is the server's answer.
type refusal struct {
	Message string `json:"message"`
	Status  int    `json:"status"`
	Body    any    `json:"body"`
}

// startSDK runs a driver with nothing but the given environment.
func startSDK(t *testing.T, driver string, environment ...string) *sdk {
	t.Helper()
	// The context of a test ends before its clean-up, which lets the process end in peace.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), sdkTime)
	process := exec.CommandContext(ctx, "node", driver)
	process.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environment...)
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &sdk{stdin: stdin, stdout: bufio.NewReader(stdout), stderr: &bytes.Buffer{}}
	process.Stderr = s.stderr
	if err := process.Start(); err != nil {
		t.Fatalf("the SDK cannot be run, it needs Node.js 20 or newer: %v", err)
	}
	t.Cleanup(func() {
		defer cancel()
		_ = s.stdin.Close() // the driver ends with its input
		if err := process.Wait(); err != nil {
			t.Errorf("the SDK's process ended badly: %v\n%s", err, s.stderr)
		}
	})
	return s
}

// try calls the SDK and returns what it returned, or what it threw.
func (s *sdk) try(t *testing.T, name string, arguments ...any) (any, *refusal) {
	t.Helper()
	if arguments == nil {
		arguments = []any{}
	}
	line, err := json.Marshal(map[string]any{"call": name, "arguments": arguments})
	if err != nil {
		t.Fatal(err)
	}
	_, writeErr := s.stdin.Write(append(line, '\n'))
	answer, readErr := s.stdout.ReadBytes('\n')
	if writeErr != nil || readErr != nil {
		t.Fatalf("the SDK's process is gone, run `make contract` to install the SDK (write: %v, read: %v)", writeErr, readErr)
	}
	var read struct {
		Result any      `json:"result"`
		Error  *refusal `json:"error"`
	}
	if err := json.Unmarshal(answer, &read); err != nil {
		t.Fatalf("the SDK's driver answered %q: %v", strings.TrimSpace(string(answer)), err)
	}
	return read.Result, read.Error
}

// call calls the SDK, which must not throw.
func (s *sdk) call(t *testing.T, name string, arguments ...any) any {
	t.Helper()
	result, thrown := s.try(t, name, arguments...)
	if thrown != nil {
		t.Fatalf("%s threw %q, status %d, body %v", name, thrown.Message, thrown.Status, thrown.Body)
	}
	return result
}

// refuse calls the SDK, which must throw.
func (s *sdk) refuse(t *testing.T, name string, arguments ...any) *refusal {
	t.Helper()
	result, thrown := s.try(t, name, arguments...)
	if thrown == nil {
		t.Fatalf("%s did not throw, it returned %v", name, result)
	}
	return thrown
}
