package ethora

import (
	"context"
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
)

// fetchAll follows every page of a listing and returns the rows, each once.
// key tells rows apart. A listing that cannot be followed to its end is an
// error, so that a missing row means a missing object.
func (c *Client) fetchAll(ctx context.Context, appID string, request rest.Request, key func(object) string, names ...string) ([]object, error) {
	rows := []object{}
	seen := map[string]bool{}
	filter := request.Query
	offset := 0
	for range maxPages {
		request.Query = pageQuery(filter, offset)
		response, err := c.do(ctx, appID, request)
		if err != nil {
			return nil, err
		}
		page, err := unwrapList(response.Body, names...)
		if err != nil {
			return nil, c.rest.Malformed(request, response, err.Error())
		}
		fresh, err := freshRows(page.items, seen, key)
		if err != nil {
			return nil, c.rest.Malformed(request, response, err.Error())
		}
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
