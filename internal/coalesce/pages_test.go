package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// book is a listing of the numbers from 0 on. Zero values are the defaults of
// a well-behaved server.
type book struct {
	rows    int
	pageMax int                    // the server's own limit
	noTotal bool                   // it does not tell how many there are
	noLimit bool                   // it does not tell its own limit
	total   int                    // a total that is not the number of rows
	hidden  func(row int) bool     // rows that count and are not shown
	cut     func(offset int) int   // a page there has no more items
	deaf    bool                   // it ignores the offset
	fault   func(offset int) error // called first, where set
	grow    int                    // rows that others create after the first page
	growing bool                   // with every page

	mu      sync.Mutex
	calls   int
	asking  int
	busiest int
}

func (b *book) Fetch(ctx context.Context, offset, limit int) (coalesce.Page[int], error) {
	b.mu.Lock()
	b.calls++
	if b.calls == 2 || b.growing {
		b.rows += b.grow
	}
	b.asking++
	b.busiest = max(b.busiest, b.asking)
	rows := b.rows
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asking--
	}()
	if err := sleep(ctx); err != nil {
		return coalesce.Page[int]{}, err
	}
	if b.fault != nil {
		if err := b.fault(offset); err != nil {
			return coalesce.Page[int]{}, err
		}
	}
	return b.page(rows, offset, limit), nil
}

func (b *book) page(rows, offset, limit int) coalesce.Page[int] {
	page := coalesce.Page[int]{Total: rows}
	if b.total != 0 {
		page.Total = b.total
	}
	if b.noTotal {
		page.Total = -1
	}
	if b.pageMax > 0 {
		limit = min(limit, b.pageMax)
	}
	if !b.noLimit {
		page.Limit = limit
	}
	if b.deaf {
		offset = 0
	}
	if b.cut != nil {
		limit = min(limit, b.cut(offset))
	}
	for row := offset; row < min(offset+limit, rows); row++ {
		if b.hidden == nil || !b.hidden(row) {
			page.Items = append(page.Items, row)
		}
	}
	return page
}

func (b *book) shown() []int {
	rows := []int{}
	for row := range b.rows {
		if b.hidden == nil || !b.hidden(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

func readPages(ctx context.Context, b *book, limit int) ([]int, error) {
	rows, err := coalesce.Pages(ctx, coalesce.PagesConfig[int, int]{
		Fetch: b.Fetch, Key: func(row int) int { return row }, Limit: limit,
	})
	slices.Sort(rows)
	return rows, err
}

// shorter cuts the pages of a listing of 400 items: 100 at 0, 80 at 100, 60 at 200.
func shorter(offset int) int { return 100 - offset%400/5 }

func TestPages(t *testing.T) {
	tests := map[string]struct {
		book  *book
		calls int
		time  time.Duration
	}{
		"nothing":                           {&book{}, 1, latency},
		"one page":                          {&book{rows: 7}, 1, latency},
		"one full page":                     {&book{rows: 100}, 1, latency},
		"one row more":                      {&book{rows: 101}, 2, 2 * latency},
		"the rest in parallel":              {&book{rows: 900}, 9, 2 * latency},
		"eight at once":                     {&book{rows: 1000}, 10, 3 * latency},
		"many":                              {&book{rows: 10_000}, 100, 14 * latency},
		"the server keeps to shorter pages": {&book{rows: 1000, pageMax: 50, noLimit: true}, 20, 4 * latency},
		"others create meanwhile":           {&book{rows: 950, grow: 101}, 11, 4 * latency},
		"others delete meanwhile":           {&book{rows: 950, grow: -101}, 10 + 1, 4 * latency},
		"the total counts hidden rows":      {&book{rows: 300, hidden: func(row int) bool { return row == 250 }}, 3 + 1, 3 * latency},
		"the total is too large":            {&book{rows: 250, total: 900}, 1 + 8 + 1, 3 * latency},
		"the first page is half hidden":     {&book{rows: 1000, hidden: func(row int) bool { return row < 50 }}, 10 + 1, 4 * latency},
		"whole pages are hidden":            {&book{rows: 1000, hidden: func(row int) bool { return row/300 == 1 }}, 10, 3 * latency},
		"all rows are hidden":               {&book{rows: 250, hidden: func(int) bool { return true }}, 1, latency},
		"a page is cut short":               {&book{rows: 500, cut: shorter}, 10, 7 * latency},
		"without a total":                   {&book{rows: 250, noTotal: true}, 3, 3 * latency},
		"without a total, full pages":       {&book{rows: 200, noTotal: true}, 3, 3 * latency},
		"without a total, shorter pages":    {&book{rows: 120, noTotal: true, pageMax: 50}, 3, 3 * latency},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				rows, err := readPages(t.Context(), test.book, 100)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(rows, test.book.shown()) {
					t.Errorf("%d rows, want %d", len(rows), len(test.book.shown()))
				}
				if test.book.calls != test.calls || time.Since(began) != test.time {
					t.Errorf("%d calls in %v, want %d in %v", test.book.calls, time.Since(began), test.calls, test.time)
				}
				if test.book.busiest > 8 {
					t.Errorf("%d calls at once", test.book.busiest)
				}
			})
		})
	}
}

// Some servers count what a filter hides.
func TestPagesStopSoonAfterTheLastRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &book{rows: 250, total: 100_000}
		rows, err := readPages(t.Context(), server, 100)
		if err != nil || len(rows) != 250 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		// 3 pages, 8 empty ones, and one that shows that the third page was the last.
		if server.calls != 3+8+1 {
			t.Errorf("%d calls, want 12", server.calls)
		}
	})
}

func TestPagesOfAServerThatDoesNotPage(t *testing.T) {
	all := func(total int) func(context.Context, int, int) (coalesce.Page[int], error) {
		return func(context.Context, int, int) (coalesce.Page[int], error) {
			return coalesce.Page[int]{Items: []int{1, 2, 3, 4, 5, 1}, Total: total}, nil
		}
	}
	for _, total := range []int{-1, 5, 6} {
		rows, err := coalesce.Pages(t.Context(), coalesce.PagesConfig[int, int]{
			Fetch: all(total), Key: func(row int) int { return row }, Limit: 2,
		})
		if err != nil || !slices.Equal(rows, []int{1, 2, 3, 4, 5}) {
			t.Errorf("with total %d: %v, %v", total, rows, err)
		}
	}
}

func TestPagesThatCannotBeRead(t *testing.T) {
	fails := func(from int) func(int) error {
		return func(offset int) error {
			if offset < from {
				return nil
			}
			return errors.New("status 500")
		}
	}
	breaks := func(how func()) func(int) error {
		return func(offset int) error {
			if offset == 400 {
				how()
			}
			return nil
		}
	}
	tests := map[string]struct {
		book *book
		want string
	}{
		"the first page fails":         {&book{rows: 900, fault: fails(0)}, "status 500"},
		"a later page fails":           {&book{rows: 900, fault: fails(400)}, "status 500"},
		"a page fails without a total": {&book{rows: 900, noTotal: true, fault: fails(400)}, "status 500"},
		"a gap cannot be filled":       {&book{rows: 200, cut: shorter, fault: fails(180)}, "status 500"},
		"a page panics":                {&book{rows: 900, fault: breaks(func() { panic("nil map") })}, "panic: nil map"},
		"a page ends its goroutine":    {&book{rows: 900, fault: breaks(runtime.Goexit)}, "without an answer"},
		"it repeats itself":            {&book{rows: 900, deaf: true}, "it repeats itself from item"},
		"it repeats itself, no total":  {&book{rows: 900, deaf: true, noTotal: true}, "it repeats itself from item 100 on"},
		"the total is absurd":          {&book{rows: 900, total: math.MaxInt}, "more than 10000 pages"},
		"it never ends":                {&book{rows: math.MaxInt, noTotal: true, pageMax: 1}, "more than 10000 pages"},
		"it grows for ever":            {&book{rows: 2, grow: 1, growing: true, pageMax: 1}, "more than 10000 pages"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := readPages(t.Context(), test.book, 100)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want %q", err, test.want)
				}
				incomplete := strings.Contains(test.want, "repeats") || strings.Contains(test.want, "more than")
				if errors.Is(err, coalesce.ErrIncomplete) != incomplete {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestPagesStopWithTheirContext(t *testing.T) {
	for _, noTotal := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), latency*3/2)
			defer cancel()
			server := &book{rows: 10_000, noTotal: noTotal}
			if _, err := readPages(ctx, server, 100); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			if server.calls > 9 {
				t.Errorf("%d calls", server.calls)
			}
		})
	}
}

// FuzzPages reads listings of every size from servers of every habit.
func FuzzPages(f *testing.F) {
	f.Add(uint16(1000), uint8(100), uint8(0), uint8(0), uint8(0), false, false)
	f.Add(uint16(1234), uint8(100), uint8(50), uint8(7), uint8(0), false, true)
	f.Add(uint16(777), uint8(10), uint8(0), uint8(0), uint8(3), false, false)
	f.Add(uint16(500), uint8(100), uint8(30), uint8(0), uint8(0), true, false)
	f.Fuzz(func(t *testing.T, rows uint16, limit, pageMax, hide, cut uint8, noTotal, noLimit bool) {
		if limit == 0 {
			t.Skip("no page has no items")
		}
		server := &book{rows: int(rows % 2000), pageMax: int(pageMax), noTotal: noTotal}
		if noTotal {
			// Then only the length of a page tells whether another follows.
			hide, cut, noLimit = 0, 0, false
		}
		server.noLimit = noLimit
		if hide > 1 {
			// Runs of 5, that fill at most 5 pages.
			server.hidden = func(row int) bool { return row/5%int(hide) == 1 && row > 0 }
		}
		if cut > 1 && hide <= 1 {
			server.cut = func(offset int) int { return 1 + offset%int(cut) }
		}
		synctest.Test(t, func(t *testing.T) {
			got, err := readPages(t.Context(), server, int(limit))
			if err != nil {
				t.Fatal(err)
			}
			if want := server.shown(); !slices.Equal(got, want) {
				t.Errorf("%d rows, want %d", len(got), len(want))
			}
		})
	})
}

func BenchmarkPages(b *testing.B) {
	for _, size := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("items=%d", size), func(b *testing.B) {
			server := &book{rows: size}
			var calls atomic.Int64
			config := coalesce.PagesConfig[int, int]{
				Fetch: func(_ context.Context, offset, limit int) (coalesce.Page[int], error) {
					calls.Add(1)
					return server.page(size, offset, limit), nil
				},
				Key:   func(row int) int { return row },
				Limit: 100,
			}
			b.ReportAllocs()
			for b.Loop() {
				if rows, err := coalesce.Pages(b.Context(), config); err != nil || len(rows) != size {
					b.Fatalf("%d rows, %v", len(rows), err)
				}
			}
			b.ReportMetric(float64(calls.Load())/float64(b.N), "calls/op")
		})
	}
}
