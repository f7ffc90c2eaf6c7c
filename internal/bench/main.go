// Command bench measures what the provider adds to Terraform. For each shape it
// runs real Terraform on a chat server of this machine that answers after
// 50 ms, with the provider and, in turn, with one that does nothing, and prints
// a table: wall times, calls, memory, and the goals.
//
// It builds all it runs from this checkout, keeps to a temporary directory and
// needs no network: make bench.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	shape    *regexp.Regexp
	most     int
	repeat   int
	latency  time.Duration
	markdown string
}

func parse(arguments []string, errors io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errors)
	shape := flags.String("shape", "", "run the shapes whose name the `regexp` matches")
	flags.IntVar(&o.most, "n", 0, "at most so `many` objects of a kind, for a quick look; 0 is the full size")
	flags.IntVar(&o.repeat, "repeat", 1, "run each shape so `often` and take the median of the times")
	flags.DurationVar(&o.latency, "latency", 50*time.Millisecond, "`delay` of every answer of the chat server")
	flags.StringVar(&o.markdown, "markdown", "", "also put the table into the guide in this `file`, between its marks")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.most < 0 || o.repeat < 1 {
		return o, fmt.Errorf("-n must not be negative, -repeat at least 1, and %q is too much", flags.Args())
	}
	var err error
	if o.shape, err = regexp.Compile(*shape); err != nil {
		return o, fmt.Errorf("-shape: %w", err)
	}
	return o, nil
}

// run is the command. A goal that is missed is told in the table and is no
// error.
func run(ctx context.Context, arguments []string, out, progress io.Writer) error {
	o, err := parse(arguments, progress)
	if err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "chat-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(directory) }()
	// A directory under its real name: /proc tells programs by that.
	if directory, err = filepath.EvalSymlinks(directory); err != nil {
		return err
	}
	fmt.Fprintln(progress, "building the provider, the no-op and the chat server")
	built, err := buildAll(ctx, directory)
	if err != nil {
		return err
	}
	b := &bench{options: o, build: built, directory: directory, progress: progress}
	if b.states, err = startStates(ctx); err != nil {
		return err
	}
	defer b.states.close()
	if b.mock, err = startMock(ctx, built.chatmock, o.latency); err != nil {
		return err
	}
	defer b.mock.stop()
	return b.report(ctx, out)
}

// A bench is one run of the command.
type bench struct {
	options
	*build
	directory string
	states    *stateBackend
	mock      *mock
	progress  io.Writer
	runs      int // so far: names directories and states
}

// report measures everything and writes the table.
func (b *bench) report(ctx context.Context, out io.Writer) error {
	table := [][]string{heading}
	for _, s := range shapes() {
		if !b.shape.MatchString(s.name) {
			continue
		}
		rows, err := b.measureOften(ctx, s.scaled(b.most))
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, r := range rows {
			table = append(table, r.cells())
		}
	}
	start, err := b.startCells(ctx)
	if err != nil {
		return err
	}
	table = append(table, start...)
	about := b.about(ctx)
	if err := printTable(out, table); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s\n", about)
	if b.markdown == "" {
		return nil
	}
	return replaceTable(b.markdown, "\n"+markdown(table)+"\n"+about+"\n\n")
}

// measureOften measures a shape -repeat times: medians of the wall times, and
// the worst of everything else.
func (b *bench) measureOften(ctx context.Context, s shape) ([]row, error) {
	var all [][]row
	for range b.repeat {
		rows, err := b.measure(ctx, s)
		if err != nil {
			return nil, err
		}
		all = append(all, rows)
	}
	merged := all[0]
	for i := range merged {
		for side := range merged[i].walls {
			var walls []time.Duration
			for _, rows := range all {
				walls = append(walls, rows[i].walls[side])
			}
			slices.Sort(walls)
			merged[i].walls[side] = walls[len(walls)/2]
		}
		for _, rows := range all {
			merged[i].calls = max(merged[i].calls, rows[i].calls)
			merged[i].listings = max(merged[i].listings, rows[i].listings)
			merged[i].memory = max(merged[i].memory, rows[i].memory)
		}
	}
	return merged, nil
}

// measure runs a shape once, each step on one side after the other.
func (b *bench) measure(ctx context.Context, s shape) ([]row, error) {
	if err := b.mock.reset(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(b.mock.seedUsers(ctx, s.seedUsers), b.mock.seedRooms(ctx, s.seedRooms)); err != nil {
		return nil, err
	}
	workspaces := map[side]*workspace{}
	for _, side := range s.sides {
		prepared, err := b.workspace(ctx, s, side)
		if err != nil {
			return nil, err
		}
		workspaces[side] = prepared
	}
	var rows []row
	for _, step := range s.steps {
		name := cmp.Or(step.name, "preparation")
		r := row{name: s.name + ": " + name, walls: map[side]time.Duration{}, goal: step.goal, scaled: b.most > 0}
		for _, side := range s.sides {
			if err := b.measureStep(ctx, step, side, workspaces[side], &r); err != nil {
				return nil, fmt.Errorf("%s on %s: %w", name, side, err)
			}
		}
		if step.name != "" {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// workspace prepares one side of a shape in a directory and a state of its own.
func (b *bench) workspace(ctx context.Context, s shape, side side) (*workspace, error) {
	b.runs++
	state := fmt.Sprintf("%s/%d", b.states.url, b.runs)
	header := fmt.Sprintf(`
terraform {
  required_providers {
    chat = { source = "chattenant/chat" }
  }
  backend "http" {
    address        = %[1]q
    lock_address   = %[1]q
    unlock_address = %[1]q
  }
}
`, state)
	return b.prepare(ctx, filepath.Join(b.directory, fmt.Sprint(b.runs)), side, s.configuration(header),
		append(slices.Clone(b.mock.environment), s.environment...))
}

// measureStep runs a step on one side and adds what it took to the row.
func (b *bench) measureStep(ctx context.Context, s step, side side, on *workspace, r *row) error {
	if _, err := b.mock.takeRequests(ctx); err != nil {
		return err
	}
	measured, err := on.run(ctx, s)
	if err != nil {
		return err
	}
	requests, err := b.mock.takeRequests(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.progress, "%-6s %8.2f s (%.2f s of CPU) %4d MiB %6d calls  %s\n",
		side, measured.wall.Seconds(), measured.cpu.Seconds(), measured.memory/mebibyte, len(requests), r.name)
	r.walls[side] = measured.wall
	if side != ours {
		return nil
	}
	fmt.Fprint(b.progress, countKinds(requests))
	r.calls, r.memory = len(requests), measured.memory
	for _, request := range requests {
		if request.listing() {
			r.listings++
		}
	}
	return nil
}

// startCells are the rows about the start and the size of the provider.
func (b *bench) startCells(ctx context.Context) ([][]string, error) {
	if !b.shape.MatchString("provider start to schema, binary") {
		return nil, nil
	}
	start, err := timeToSchema(ctx, b.providers[ours])
	if err != nil {
		return nil, err
	}
	size, err := binarySize(b.providers[ours])
	if err != nil {
		return nil, err
	}
	const mostStart, mostSize = 100 * time.Millisecond, 35 * mebibyte
	return [][]string{
		{"provider start to schema, median of " + fmt.Sprint(starts), fmt.Sprintf("%d ms", start.Milliseconds()), "–", "–", "–", "–", "–",
			"< 100 ms", yesOrMissed(start < mostStart)},
		{"release binary", fmt.Sprintf("%.1f MiB", float64(size)/mebibyte), "–", "–", "–", "–", "–",
			"< 35 MiB", yesOrMissed(size < mostSize)},
	}, nil
}

func yesOrMissed(met bool) string {
	if met {
		return "yes"
	}
	return "missed"
}

// about tells what the table was measured with.
func (b *bench) about(ctx context.Context) string {
	return fmt.Sprintf("Measured on %s with %s, on %s; every answer of the chat server took %s, jobs were done at the first poll.",
		machine(), strings.TrimSpace(b.terraformVersion(ctx)), time.Now().Format(time.DateOnly), b.latency)
}
