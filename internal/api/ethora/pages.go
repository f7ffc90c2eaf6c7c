package ethora

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"

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

// fetchAll follows every page of a listing and returns the rows, each once.
// key tells rows apart. A listing that cannot be followed to its end is an
// error, so that a missing row means a missing object.
func (c *Client) fetchAll(ctx context.Context, appID string, request rest.Request, key func(object) string, names ...string) ([]object, error) {
	rows := []object{}
	seen := map[string]bool{}
	filter := request.Query
	offset, total, restarts := 0, -1, 0
	for range maxPages {
		request.Query = pageQuery(filter, offset)
		response, err := c.do(ctx, appID, request)
		if err != nil {
			return nil, err
		}
		page, err := c.readPage(request, response, names)
		if err != nil {
			return nil, err
		}
		if offset == 0 && len(page.items) == 0 && page.total > 0 {
			return nil, c.rest.Malformed(request, response, fmt.Sprintf("it holds no row of the %d that it counts", page.total))
		}
		fresh, err := freshRows(page.items, seen, key)
		if err != nil {
			return nil, c.rest.Malformed(request, response, err.Error())
		}
		if page.total >= 0 && page.total < total {
			// A row was deleted meanwhile, and the others moved up: one may have slipped through.
			if restarts == maxRestarts {
				return nil, c.rest.Malformed(request, response, "the list grows shorter each time that it is read; try again when nobody deletes")
			}
			restarts++
			rows, seen, offset, total = []object{}, map[string]bool{}, 0, -1
			continue
		}
		total = max(total, page.total)
		rows = append(rows, fresh...)
		offset += len(page.items)
		if lastPage(page, offset) {
			return rows, nil
		}
		if len(fresh) == 0 {
			return nil, c.rest.Malformed(request, response, fmt.Sprintf(
				"the list repeats itself from row %d on, so that the rest of it cannot be read", offset-len(page.items)))
		}
	}
	return nil, c.refuse(rest.Malformed, request, 200, "the list has more than %d pages", maxPages)
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
