package tegrabox

import (
	"fmt"
	"strconv"
)

// How many rows a page has without a limit, which "varies by endpoint" (§3).
const (
	usualUsers    = 20
	usualRooms    = 20
	usualMessages = 50
)

// list answers with one page of the rows (§3) [seed]: page counts from 1.
func list[T any](c *call, rows []T, usual int, view func(T) map[string]any) *answer {
	page, limit, refused := c.window(usual)
	if refused != nil {
		return refused
	}
	pages := (len(rows) + limit - 1) / limit
	items := []any{}
	if page <= pages {
		for _, row := range rows[(page-1)*limit : min(page*limit, len(rows))] {
			items = append(items, view(row))
		}
	}
	if pages == 0 && c.settings.OneEmptyPage {
		pages = 1
	}
	body := map[string]any{"items": items, "page": page, "total": len(rows), "totalPages": pages}
	if c.settings.EchoLimit {
		body["limit"] = limit
	}
	return ok(body)
}

// window reads page and limit of the query.
func (c *call) window(usual int) (page, limit int, refused *answer) {
	if c.settings.DefaultLimit > 0 {
		usual = c.settings.DefaultLimit
	}
	if page, refused = c.number("page", 1); refused != nil {
		return 0, 0, refused
	}
	if limit, refused = c.number("limit", usual); refused != nil {
		return 0, 0, refused
	}
	if limit > c.settings.PageLimit && c.settings.RefuseLimit {
		return 0, 0, invalid(fmt.Sprintf("limit must be at most %d", c.settings.PageLimit))
	}
	return page, min(limit, c.settings.PageLimit), nil
}

func (c *call) number(key string, fallback int) (int, *answer) {
	given := c.request.URL.Query().Get(key)
	if given == "" {
		return fallback, nil
	}
	number, err := strconv.Atoi(given)
	if err != nil || number < 1 {
		return 0, invalid(key + " must be a number from 1")
	}
	return number, nil
}
