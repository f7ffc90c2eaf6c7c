package ethora

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"sync"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const (
	// The vendor's limits differ by route and version; 100 is within all of them
	// (ethora-api.md §13 row 14).
	pageSize = 100
	maxPages = 10000
	// A list that shrinks while it is read is read again, at most so often.
	maxRestarts = 20
)

// fetchAll follows every page of a listing and returns the rows, each once, in
// the order of the pages. key tells rows apart. A listing that cannot be
// followed to its end is an error, so that a missing row means a missing object.
//
// Where the first page tells how many rows there are, the next pages are read
// ahead, atOnce at the same time. Rows move from page to page while others
// create and delete; a listing that may have lost one by that is read again, one
// page after the other.
func (c *Client) fetchAll(ctx context.Context, appID string, request rest.Request, key func(object) string, names ...string) ([]object, error) {
	ctx, cancel := context.WithCancel(ctx)
	read := func(offset int) (fetchedPage, error) {
		asked := request
		asked.Query = pageQuery(request.Query, offset)
		response, err := c.do(ctx, appID, asked)
		if err != nil {
			return fetchedPage{}, err
		}
		page, err := c.readPage(asked, response, names)
		return fetchedPage{list: page, request: asked, response: response}, err
	}
	listing := listing{client: c, key: key, ahead: &ahead{read: read}}
	defer listing.ahead.stop()
	defer cancel()
	listing.begin()
	for range maxPages {
		page, err := listing.ahead.page(listing.offset)
		if err != nil {
			return nil, err
		}
		done, err := listing.take(page)
		if err != nil {
			return nil, err
		}
		if done {
			return listing.rows, nil
		}
	}
	return nil, c.refuse(rest.Malformed, request, 200, "the list has more than %d pages", maxPages)
}

// fetchedPage is one page, and what it was the answer to.
type fetchedPage struct {
	list
	request  rest.Request
	response rest.Response
}

// listing collects the rows of the pages.
type listing struct {
	client   *Client
	key      func(object) string
	ahead    *ahead
	restarts int

	rows     []object
	seen     map[string]bool
	offset   int
	total    int  // the most rows that a page counted, -1: none did
	repeated bool // a row came twice
	changed  bool // pages counted differently
}

func (l *listing) begin() {
	l.rows, l.seen, l.offset, l.total = []object{}, map[string]bool{}, 0, -1
	l.repeated, l.changed = false, false
}

// take adds a page. done says that it was the last one.
func (l *listing) take(page fetchedPage) (done bool, err error) {
	if l.offset == 0 && len(page.items) == 0 && page.total > 0 {
		return false, l.malformed(page, "it holds no row of the %d that it counts", page.total)
	}
	fresh, err := freshRows(page.items, l.seen, l.key)
	if err != nil {
		return false, l.malformed(page, "%v", err)
	}
	if page.total >= 0 && page.total < l.total {
		// A row was deleted meanwhile, and the others moved up: one may have slipped through.
		return false, l.again(page)
	}
	if l.offset == 0 {
		l.ahead.start(page.list)
	}
	l.changed = l.changed || l.offset > 0 && page.total > l.total
	l.repeated = l.repeated || len(fresh) < len(page.items)
	l.total = max(l.total, page.total)
	l.rows = append(l.rows, fresh...)
	l.offset += len(page.items)
	switch {
	case lastPage(page.list, l.offset) && l.slipped():
		return false, l.again(page)
	case lastPage(page.list, l.offset):
		return true, nil
	case len(fresh) == 0:
		return false, l.malformed(page, "the list repeats itself from row %d on, so that the rest of it cannot be read", l.offset-len(page.items))
	}
	return false, nil
}

// slipped reports whether a row may have moved from one page to another while
// both were read at the same time. When pages are read in their order, what
// others create moves no row past the reader.
func (l *listing) slipped() bool {
	return l.ahead.used && (l.repeated || l.changed) && len(l.rows) < l.total
}

// again begins anew, one page after the other.
func (l *listing) again(page fetchedPage) error {
	if l.restarts == maxRestarts {
		return l.malformed(page, "the list grows shorter each time that it is read; try again when nobody deletes")
	}
	l.restarts++
	l.ahead.stop()
	l.ahead.off, l.ahead.used = true, false
	l.begin()
	return nil
}

func (l *listing) malformed(page fetchedPage, format string, arguments ...any) error {
	return l.client.rest.Malformed(page.request, page.response, fmt.Sprintf(format, arguments...))
}

// ahead reads the pages of a listing before they are asked for. It is not for
// concurrent use.
type ahead struct {
	read func(offset int) (fetchedPage, error)
	off  bool // no page is read ahead any more
	used bool // some were

	running map[int]chan aheadPage // by offset
	readers sync.WaitGroup
	next    int // offset of the page to read next
	step    int // between two offsets
	end     int // no page begins here or later
}

type aheadPage struct {
	page fetchedPage
	err  error
}

// start reads ahead of a first page, if it tells how long the list is and is
// full by its own measure, so that the offsets of the other pages are known.
func (a *ahead) start(first list) {
	step := len(first.items)
	if a.off || step == 0 || step > pageSize || step != pageSize && step != first.limit {
		return
	}
	a.running = map[int]chan aheadPage{}
	a.next, a.step, a.end = step, step, first.total
	a.fill()
}

// fill begins to read as many pages as may be read at the same time.
func (a *ahead) fill() {
	for len(a.running) < atOnce && a.next < a.end {
		answer := make(chan aheadPage, 1)
		offset := a.next
		a.running[offset] = answer
		a.next += a.step
		a.used = true
		a.readers.Go(func() {
			page, err := a.read(offset)
			answer <- aheadPage{page, err}
		})
	}
}

// page returns the page that begins at offset. After a page that was shorter
// than the first one, no other begins where it was expected.
func (a *ahead) page(offset int) (fetchedPage, error) {
	answer, found := a.running[offset]
	if !found {
		a.stop()
		return a.read(offset)
	}
	read := <-answer
	delete(a.running, offset)
	a.fill()
	return read.page, read.err
}

// stop reads no more pages ahead, and waits for those on the way.
func (a *ahead) stop() {
	a.readers.Wait()
	a.running, a.end = nil, 0
}

// readPage reads one page. A page that says itself that it failed is none,
// whatever rows it holds: an empty one would pass for deleted objects.
func (c *Client) readPage(request rest.Request, response rest.Response, names []string) (list, error) {
	page, err := unwrapList(response.Body, names...)
	if err != nil {
		return list{}, c.rest.Malformed(request, response, err.Error())
	}
	var declined *rest.Error
	if errors.As(c.checkDone(request, response), &declined) {
		return list{}, c.rest.Malformed(request, response, "it says that the list failed: "+declined.Message)
	}
	if page.failure != "" {
		return list{}, c.rest.Malformed(request, response, "it says that the list failed: "+page.failure)
	}
	return page, nil
}

func pageQuery(filter url.Values, offset int) url.Values {
	query := maps.Clone(filter)
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", strconv.Itoa(pageSize))
	query.Set("offset", strconv.Itoa(offset))
	return query
}

// freshRows returns the rows that were not seen before. Rows move from page to
// page while others create and delete, so that some may come twice.
func freshRows(items []object, seen map[string]bool, key func(object) string) ([]object, error) {
	fresh := []object{}
	for i, item := range items {
		id := key(item)
		if id == "" {
			return nil, fmt.Errorf("row %d of the list has no id", i+1)
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		fresh = append(fresh, item)
	}
	return fresh, nil
}

// lastPage reports whether nothing can follow. read is the number of rows read
// so far. An empty page ends a list even when its total counts hidden rows.
func lastPage(page list, read int) bool {
	if len(page.items) == 0 {
		return true
	}
	if page.total >= 0 {
		return read >= page.total
	}
	if len(page.items) > pageSize {
		return true // the server does not page
	}
	size := pageSize
	if page.limit > 0 {
		size = min(size, page.limit)
	}
	return len(page.items) < size
}
