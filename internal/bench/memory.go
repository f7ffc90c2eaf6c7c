package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// memoryInterval is how often the peak of a living process is read. What it
// gains in its last moments is missed.
const memoryInterval = 50 * time.Millisecond

// watchMemory follows the children of a process that run a program, until
// stop, which returns the largest peak in bytes (VmHWM). It is 0 where /proc
// does not tell.
func watchMemory(parent int, program string) (stop func() int64) {
	done, peak := make(chan struct{}), make(chan int64)
	go func() {
		ticker := time.NewTicker(memoryInterval)
		defer ticker.Stop()
		var highest int64
		for {
			select {
			case <-done:
				peak <- highest
				return
			case <-ticker.C:
				highest = max(highest, highestChild(parent, program))
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-peak
	}
}

// highestChild is the largest peak among the children that run the program
// now. A child that has not come to its program yet still shares its parent's
// memory.
func highestChild(parent int, program string) (highest int64) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	for _, thread := range threads {
		children, _ := os.ReadFile(thread)
		for _, child := range bytes.Fields(children) {
			process := filepath.Join("/proc", string(child))
			if running, err := os.Readlink(filepath.Join(process, "exe")); err == nil && running == program {
				highest = max(highest, peakOf(process))
			}
		}
	}
	return highest
}

// peakOf reads VmHWM of a process, in bytes.
func peakOf(process string) int64 {
	status, _ := os.ReadFile(filepath.Join(process, "status")) // empty when it has ended
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kibibytes, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kibibytes << 10
}
