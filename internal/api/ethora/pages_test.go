package ethora

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// book is a list that a server serves page by page.
type book struct {
	mutex sync.Mutex
	rows  []string
	page  int // the server's own limit
}

// serve answers one page.
func (b *book) serve(w http.ResponseWriter, r *http.Request) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	offset := offsetOf(r)
	rows := []map[string]any{}
	for _, id := range b.rows[min(offset, len(b.rows)):min(offset+b.page, len(b.rows))] {
		rows = append(rows, map[string]any{"_id": id})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"items": rows, "total": len(b.rows), "limit": b.page})
}

func (b *book) change(change func([]string) []string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.rows = change(b.rows)
}

func offsetOf(r *http.Request) int {
	var offset int
	_, _ = fmt.Sscan(r.URL.Query().Get("offset"), &offset)
	return offset
}

func newBook(rows, page int) *book {
	b := &book{page: page}
	for i := range rows {
		b.rows = append(b.rows, fmt.Sprintf("row-%05d", i))
	}
	return b
}

func readBook(ctx context.Context, client *Client) ([]string, error) {
	rows, err := client.fetchAll(ctx, ownApp, rest.Request{Method: http.MethodGet, Path: "/book"}, appIdentity)
	ids := []string{}
	for _, row := range rows {
		ids = append(ids, text(row, "_id"))
	}
	return ids, err
}

// The pages after the first one are asked for eight at once, none is asked for
// twice, and the rows keep their order whichever page comes first.
func TestPagesAreReadAhead(t *testing.T) {
	b := newBook(1650, 100)
	var mutex sync.Mutex
	waiting, gathered := 0, make(chan struct{})
	client, requests := start(t, routes{"GET /book": func(w http.ResponseWriter, r *http.Request) {
		if offset := offsetOf(r); offset >= 100 && offset <= 800 {
			mutex.Lock()
			if waiting++; waiting == atOnce {
				close(gathered)
			}
			mutex.Unlock()
			select {
			case <-gathered:
			case <-r.Context().Done():
			}
		}
		b.serve(w, r)
	}})
	rows, err := readBook(background(t), client)
	if err != nil || !slices.Equal(rows, b.rows) {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	if got := len(requests.lines()); got != 17 {
		t.Errorf("%d requests, want 17", got)
	}
}

// What others do between two pages must not lose a row that was there before.
func TestPagesOfAListThatChanges(t *testing.T) {
	for name, test := range map[string]struct {
		change   func([]string) []string
		requests int
	}{
		"nothing":                      {func(rows []string) []string { return rows }, 5},
		"one is created at the end":    {func(rows []string) []string { return append(rows, "zed") }, 10},
		"one is created at the front":  {func(rows []string) []string { return append([]string{"aaa"}, rows...) }, 10},
		"one is deleted":               {func(rows []string) []string { return rows[1:] }, 10},
		"one is deleted, one is made":  {func(rows []string) []string { return append([]string{"aaa"}, rows[:len(rows)-1]...) }, 10},
		"two are created at the front": {func(rows []string) []string { return append([]string{"aaa", "aab"}, rows...) }, 10},
	} {
		// The last page is served before the change, the others after it.
		b := newBook(450, 100)
		served, asked := make(chan struct{}), sync.Map{}
		client, requests := start(t, routes{"GET /book": func(w http.ResponseWriter, r *http.Request) {
			_, again := asked.LoadOrStore(offsetOf(r), true)
			last := offsetOf(r) == 400 && !again
			if offsetOf(r) > 0 && !last {
				<-served
			}
			b.serve(w, r)
			if last {
				b.change(test.change)
				close(served)
			}
		}})
		before := slices.Clone(b.rows)
		rows, err := readBook(background(t), client)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, row := range before {
			if slices.Contains(b.rows, row) && !slices.Contains(rows, row) {
				t.Errorf("%s: %s was there all the time and is missing", name, row)
			}
		}
		if got := len(requests.lines()); got != test.requests {
			t.Errorf("%s: %d requests, want %d", name, got, test.requests)
		}
	}
}
