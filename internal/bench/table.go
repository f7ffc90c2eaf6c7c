package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// A row is one line of the table.
type row struct {
	name     string
	walls    map[side]time.Duration
	calls    int
	listings int   // pages of lists among the calls
	memory   int64 // peak of our provider in bytes, 0 where it is not known
	goal     goal
	scaled   bool // by -n: the goals are not for this size
}

var heading = []string{"shape", "ours", "no-op", "limit", "over it", "calls", "provider", "goal", "met"}

// cells are the row's columns.
func (r row) cells() []string {
	cells := []string{r.name, r.wall(ours), r.wall(noop), r.wall(bound), r.over(), r.callsCell(), "n/a", r.goal.String(), r.verdict()}
	if r.memory > 0 {
		cells[6] = fmt.Sprintf("%d MiB", r.memory/mebibyte)
	}
	return cells
}

func (r row) wall(of side) string {
	wall, measured := r.walls[of]
	if !measured {
		return "–"
	}
	return fmt.Sprintf("%.2f s", wall.Seconds())
}

// over tells how much ours took beyond what it is held against.
func (r row) over() string {
	floor := r.walls[r.goal.against]
	if floor == 0 {
		return "–"
	}
	return fmt.Sprintf("%+.2f s, × %.2f", (r.walls[ours] - floor).Seconds(), float64(r.walls[ours])/float64(floor))
}

func (r row) callsCell() string {
	text := fmt.Sprint(r.calls)
	if r.goal.noListing && r.listings == 0 {
		text += ", no listing"
	}
	return text
}

// verdict says whether the goal was reached, and else what was missed.
func (r row) verdict() string {
	if r.goal.empty() {
		return "–"
	}
	if r.scaled {
		return "not at this size"
	}
	var missed []string
	if most := r.goal.calls; most > 0 && r.calls > most {
		missed = append(missed, fmt.Sprintf("%d calls more", r.calls-most))
	}
	if r.goal.noListing && r.listings > 0 {
		missed = append(missed, fmt.Sprintf("%d pages listed", r.listings))
	}
	if most, asked := r.mostWall(); asked && r.walls[ours] > most {
		missed = append(missed, fmt.Sprintf("%.2f s more", (r.walls[ours]-most).Seconds()))
	}
	if most := r.goal.memory; most > 0 && r.memory >= most {
		missed = append(missed, fmt.Sprintf("%d MiB more", (r.memory-most)/mebibyte))
	}
	if len(missed) > 0 {
		return "missed: " + strings.Join(missed, ", ")
	}
	return "yes"
}

// mostWall is the longest wall time that reaches the goal.
func (r row) mostWall() (most time.Duration, asked bool) {
	floor := r.walls[r.goal.against]
	return time.Duration(r.goal.factor*float64(floor)) + r.goal.plus, r.goal.factor > 0 && floor > 0
}

// empty is true for a goal that asks for nothing.
func (g goal) empty() bool {
	return g.calls == 0 && !g.noListing && g.factor == 0 && g.memory == 0
}

// String is the goal in the words of the table.
func (g goal) String() string {
	var parts []string
	if g.calls > 0 {
		parts = append(parts, fmt.Sprintf("≤ %d calls", g.calls))
	}
	if g.noListing {
		parts = append(parts, "no listing")
	}
	if g.factor > 0 {
		text := "≤ "
		if g.factor != 1 {
			text += fmt.Sprintf("%.4g × ", g.factor)
		}
		text += string(g.against)
		if g.plus > 0 {
			text += fmt.Sprintf(" + %.4g s", g.plus.Seconds())
		}
		parts = append(parts, text)
	}
	if g.memory > 0 {
		parts = append(parts, fmt.Sprintf("< %d MiB", g.memory/mebibyte))
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, ", ")
}

// printTable writes the table for a terminal.
func printTable(out io.Writer, table [][]string) error {
	aligned := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, cells := range table {
		fmt.Fprintln(aligned, strings.Join(cells, "\t"))
	}
	return aligned.Flush()
}

// markdown writes the table as Markdown does.
func markdown(table [][]string) string {
	var text strings.Builder
	for i, cells := range table {
		fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			text.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
		}
	}
	return text.String()
}

// The marks in a guide between which the table stands.
const (
	tableBegins = "<!-- bench: begin -->\n"
	tableEnds   = "<!-- bench: end -->\n"
)

// replaceTable puts the text between the marks of a file.
func replaceTable(path, text string) error {
	guide, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(guide, []byte(tableBegins))
	_, after, ends := bytes.Cut(rest, []byte(tableEnds))
	if !begins || !ends {
		return fmt.Errorf("%s has no lines %q and %q to put the table between", path, strings.TrimSpace(tableBegins), strings.TrimSpace(tableEnds))
	}
	return os.WriteFile(path, fmt.Appendf(nil, "%s%s%s%s%s", before, tableBegins, text, tableEnds, after), 0o600)
}
