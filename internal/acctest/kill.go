package acctest

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// KillChildren kills the processes that a process has started: of Terraform, the
// providers.
func KillChildren(t *testing.T, parent int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	switch {
	case err == nil && len(stats) > 0:
	case runtime.GOOS == "linux":
		t.Fatalf("the provider cannot be found in /proc: %v", err)
	default:
		t.Skip("this system has no /proc to find the provider in")
	}
	for _, path := range stats {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// pid (name) state ppid: the name may hold anything but ends with the last bracket.
		pid, rest, _ := strings.Cut(string(content), " ")
		fields := strings.Fields(rest[strings.LastIndex(rest, ")")+1:])
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			child, _ := strconv.Atoi(pid)
			if process, err := os.FindProcess(child); err == nil {
				_ = process.Kill()
			}
		}
	}
}
