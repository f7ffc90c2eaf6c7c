package syarah

import (
	"context"
	"strconv"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const (
	maxPages = 2000
	// A list that changes while it is read is begun anew, at most so often.
	maxRestarts = 10
	// The largest page that a server is asked for which does not turn pages.
	maxPageSize = 20_000
)

// listing is an event that returns a list page by page, by skipCount and
// maxResultCount. The server tells no totals (syarah-api.md §5).
type listing struct {
	event   string
	size    int      // of a page; one that the server surely grants
	keys    []string // where the id of a row stands
	payload func(skip, count int) any
}

// eachRow visits the rows of a listing, each once, in the server's order, until
// the visitor has enough. A listing that cannot be read to its end is an error, so
// that a missing row means a missing object.
//
// Rows move from page to page while others come and go. So each page begins with
// the last row of the one before: when another one stands there, rows may have
// slipped past, and the listing is begun anew.
func (c *Client) eachRow(ctx context.Context, l listing, visit func(row) (more bool)) error {
	reading := reading{client: c, listing: l, visit: visit, seen: map[string]bool{}}
	for range maxPages {
		if more, err := reading.next(ctx); !more || err != nil {
			return err
		}
	}
	return refuse(rest.Malformed, "the answer to %s has more than %d pages", l.event, maxPages)
}

// reading is how far a listing was read.
type reading struct {
	client   *Client
	listing  listing
	visit    func(row) bool
	seen     map[string]bool
	skip     int
	first    string // row of the page before
	restarts int
}

// next reads one page.
func (r *reading) next(ctx context.Context) (more bool, err error) {
	size := r.listing.size
	page, err := r.client.askForList(ctx, r.listing.event, r.listing.payload(r.skip, size))
	if err != nil {
		return false, err
	}
	before := r.first
	if len(page) > 0 {
		r.first = r.key(page[0])
	}
	if r.skip > 0 && len(page) > 0 {
		switch {
		case r.first == before && size > 1:
			return true, r.grow() // skipCount was not heeded
		case !r.seen[r.first]:
			return true, r.restart()
		}
	}
	for _, row := range page {
		key := r.key(row)
		if r.seen[key] {
			continue
		}
		r.seen[key] = true
		if !r.visit(row) {
			return false, nil
		}
	}
	r.skip += len(page) - 1
	// A server that gives more than it was asked for gives all at once.
	return len(page) == size, nil
}

// restart begins anew; what was visited stays visited.
func (r *reading) restart() error {
	if r.restarts++; r.restarts > maxRestarts {
		return refuse(rest.Malformed, "the answer to %s changes each time that its pages are read, so that some of it may be missing; try again when it is quieter", r.listing.event)
	}
	r.skip, r.first = 0, ""
	return nil
}

// grow begins anew with larger pages, for a server that always gives the first.
func (r *reading) grow() error {
	if r.listing.size *= 4; r.listing.size > maxPageSize {
		return refuse(rest.Malformed, "the answer to %s is always the first page, so that the rest is missing", r.listing.event)
	}
	r.skip, r.first = 0, ""
	return nil
}

// key tells a row from others: by its id, else by all that it says.
func (r *reading) key(row row) string {
	if id := identifier(row.object, r.listing.keys...); id > 0 {
		return strconv.FormatInt(id, 10)
	}
	return string(row.raw)
}
