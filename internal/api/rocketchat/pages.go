package rocketchat

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const (
	// pageSize is what is asked for. It is what the server gives at most unless its
	// settings say otherwise; the answer tells what it gave.
	pageSize = 100
	maxPages = 10000
)

// list returns all rows of a listing for administrators, each once:
// {<name>:[...],count,offset,total} (rocketchat-livechat-api.md §3 [openapi]). It
// is read page by page, for the server takes ten calls a minute. One that cannot
// be read to its end is an error.
func (c *Client) list(ctx context.Context, route route, name string, query url.Values) ([]object, error) {
	found, seen := []object{}, map[string]bool{}
	query.Set("count", strconv.Itoa(pageSize))
	for offset := 0; offset < pageSize*maxPages; {
		query.Set("offset", strconv.Itoa(offset))
		got, err := c.send(ctx, call{route: route, query: query})
		if err != nil {
			return nil, err
		}
		items, ok := got.root[name].([]any)
		if !ok {
			return nil, c.malformed(got, fmt.Errorf("it holds no list of %s", name))
		}
		fresh := 0
		for _, item := range items {
			row, _ := item.(object)
			id := text(row["_id"])
			if id == "" {
				return nil, c.malformed(got, fmt.Errorf("it holds a row of %s without an _id", name))
			}
			if !seen[id] {
				seen[id] = true
				found = append(found, row)
				fresh++
			}
		}
		offset += len(items)
		total, err := strconv.Atoi(text(got.root["total"]))
		counted := err == nil
		switch {
		case counted && offset >= total, !counted && fresh == 0:
			return found, nil
		case fresh == 0:
			return nil, c.malformed(got, fmt.Errorf("it holds nothing new of %s, although only %d of %d were told", name, len(found), total))
		}
	}
	return nil, refuse(rest.Malformed, "the list of %s has more than %d pages", name, maxPages)
}
