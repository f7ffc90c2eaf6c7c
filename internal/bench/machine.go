package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// machine describes the computer as far as it tells: cores, model, memory.
func machine() string {
	description := fmt.Sprintf("%d CPUs (%s/%s)", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	if model := field("/proc/cpuinfo", "model name"); model != "" {
		description = fmt.Sprintf("%d × %s (%s/%s)", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH)
	}
	total, _, _ := strings.Cut(field("/proc/meminfo", "MemTotal"), " ")
	if kibibytes, err := strconv.Atoi(total); err == nil {
		description += fmt.Sprintf(" with %d GiB of memory", (kibibytes+1<<19)>>20)
	}
	return description
}

// field is the value of the first "name : value" line of a file, or "".
func field(path, name string) string {
	text, _ := os.ReadFile(path) // absent on other systems
	for line := range bytes.Lines(text) {
		key, value, found := strings.Cut(string(line), ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// terraformVersion is the first line that Terraform says about itself.
func (b *build) terraformVersion(ctx context.Context) string {
	command := exec.CommandContext(ctx, b.terraform, "version")
	command.Env = append(cleanEnvironment(), "CHECKPOINT_DISABLE=1")
	output, _ := command.Output()
	line, _, _ := strings.Cut(string(output), "\n")
	return line
}
