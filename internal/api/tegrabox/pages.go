package tegrabox

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const (
	// pageSize is what is asked for. The largest page is not documented; a server
	// that refuses this one is asked for pages of its own choice.
	pageSize        = 100
	concurrentPages = 8
	maxPages        = 10000
	// A list that changes while it is read is read again, at most so often.
	maxReadings = 10
)

// page is one page of a listing.
type page struct {
	answer     answer
	rows       []object
	total      int // rows of the whole list; -1: the server did not say
	totalPages int // -1: the server did not say
}

// pageKeys are where the rows of a page may stand; "items" is [seed].
var pageKeys = []string{"items", "data", "users", "rooms", "messages"}

// decodePage reads {"items","page","total","totalPages"} (tegrabox-api.md §3
// [seed]), wrapped or not, and a bare list. A row that is not an object with an
// id is an error, for no list may silently be short.
func decodePage(root any) (page, error) {
	items, around, ok := findList(root)
	if !ok {
		return page{}, errors.New("it holds no list")
	}
	found := page{rows: make([]object, 0, len(items)), total: -1, totalPages: -1}
	for _, item := range items {
		row, _ := item.(object)
		if text(row, idKeys...) == "" {
			return page{}, errors.New("it holds a row without an id")
		}
		found.rows = append(found.rows, row)
	}
	for _, envelope := range around {
		found.total = max(found.total, count(envelope, "total"))
		found.totalPages = max(found.totalPages, count(envelope, "totalPages", "total_pages"))
	}
	return found, nil
}

// findList returns the list of an answer and the objects around it. A list that
// is null is empty.
func findList(root any) (items []any, around []object, ok bool) {
	for range 3 {
		if items, ok := root.([]any); ok {
			return items, around, true
		}
		envelope, _ := root.(object)
		around = append(around, envelope)
		found := false
		for _, key := range pageKeys {
			inner, exists := envelope[key]
			if exists && inner == nil {
				return nil, around, true
			}
			if exists {
				root, found = inner, true
				break
			}
		}
		if !found {
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// list returns all rows of a listing, each once, in the order of the pages; most
// bounds how many are wanted, 0 means all. Where the first page tells how many
// pages there are, the others are read at the same time. Rows move from page to
// page while others create and delete; a listing that may have lost one by that
// is read again. One that cannot be read to its end is an error, so that a
// missing row means a missing object.
func (c *Client) list(ctx context.Context, call call, most int) ([]object, error) {
	for range maxReadings {
		reading := reading{client: c, call: call, most: most, limit: pageSize, seen: map[string]bool{}, rows: []object{}, total: -1}
		err := reading.readAll(ctx)
		if err != nil || !reading.slipped {
			return reading.rows, err
		}
	}
	return nil, refuse(rest.Malformed, "the answer to %s changes or repeats itself each time that its pages are read, so that some of it may be missing; try again when nobody creates or deletes", call.route.operation)
}

// reading collects the rows of the pages once.
type reading struct {
	client *Client
	call   call
	most   int
	limit  int // 0: the server's choice

	rows     []object
	seen     map[string]bool
	total    int  // the most rows that a page counted; -1: none did
	last     int  // the last page, as far as the first one tells; 0: it does not
	size     int  // rows of the first page
	over     bool // no page can follow
	uneven   bool // a row came twice, or pages counted differently
	shrunken bool // a page counted fewer rows than one before
	slipped  bool // a row may have been missed
}

func (r *reading) readAll(ctx context.Context) error {
	first, err := r.read(ctx, 1)
	if rest.IsKind(err, rest.Invalid) {
		r.limit = 0
		first, err = r.read(ctx, 1)
	}
	if err != nil {
		return err
	}
	if len(first.rows) == 0 && first.total > 0 {
		return r.client.malformed(first.answer, fmt.Errorf("it holds no row of the %d that it counts", first.total))
	}
	r.size, r.total, r.over = len(first.rows), first.total, len(first.rows) == 0
	r.last = max(first.totalPages, 0)
	if r.last == 0 && r.total > 0 { // some servers count the pages as 0
		r.last = (r.total + r.size - 1) / r.size
	}
	r.take(first)
	for next := 2; r.wants(next); {
		if max(next, r.last) > maxPages {
			return r.client.malformed(first.answer, fmt.Errorf("the list has more than %d pages", maxPages))
		}
		pages, err := r.readAhead(ctx, next)
		if err != nil {
			return err
		}
		r.takeAll(pages)
		next += len(pages)
	}
	r.finish()
	return nil
}

// wants reports whether the page is to be read. After the last one another is
// read only when rows are missing.
func (r *reading) wants(page int) bool {
	switch {
	case r.over, r.enough():
		return false
	case r.last == 0:
		return true
	}
	return page <= r.last || len(r.rows) < r.total
}

func (r *reading) enough() bool { return r.most > 0 && len(r.rows) >= r.most }

// readAhead reads the next pages at the same time, one when it is not known how
// many there are.
func (r *reading) readAhead(ctx context.Context, next int) ([]page, error) {
	width := min(concurrentPages, r.last-next+1)
	if r.most > 0 {
		width = min(width, (r.most-len(r.rows)+r.size-1)/r.size)
	}
	pages := make([]page, max(width, 1))
	group, ctx := errgroup.WithContext(ctx)
	for i := range pages {
		group.Go(func() (err error) {
			pages[i], err = r.read(ctx, next+i)
			return err
		})
	}
	return pages, group.Wait()
}

func (r *reading) takeAll(pages []page) {
	fresh := 0
	for _, page := range pages {
		if page.total >= 0 {
			r.uneven = r.uneven || page.total != r.total
			r.shrunken = r.shrunken || page.total < r.total
			r.total = max(r.total, page.total)
		}
		fresh += r.take(page)
	}
	// Without a count, a page that is not full is the last one.
	r.over = fresh == 0 || r.shrunken || r.last == 0 && len(pages[0].rows) < r.size
}

// take adds the rows that were not seen before and returns how many they are.
func (r *reading) take(page page) int {
	before := len(r.rows)
	for _, row := range page.rows {
		id := text(row, idKeys...)
		if !r.seen[id] {
			r.seen[id] = true
			r.rows = append(r.rows, row)
		}
	}
	fresh := len(r.rows) - before
	r.uneven = r.uneven || fresh < len(page.rows)
	return fresh
}

// finish decides whether a row may have been missed. Some totals count rows that
// are not shown, so that too few rows alone prove nothing.
func (r *reading) finish() {
	if r.enough() {
		r.rows = r.rows[:r.most]
		return
	}
	r.slipped = r.shrunken || r.uneven && len(r.rows) < r.total
}

// read reads one page.
func (r *reading) read(ctx context.Context, number int) (page, error) {
	asked := r.call
	asked.query = url.Values{"page": {strconv.Itoa(number)}}
	if r.limit > 0 {
		asked.query.Set("limit", strconv.Itoa(r.limit))
	}
	answer, err := r.client.send(ctx, asked)
	if err != nil {
		return page{}, err
	}
	if answer.err != nil {
		return page{}, r.client.malformed(answer, answer.err)
	}
	read, err := decodePage(answer.root)
	if err != nil {
		return page{}, r.client.malformed(answer, err)
	}
	read.answer = answer
	return read, nil
}
