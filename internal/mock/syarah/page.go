package syarah

import (
	"fmt"
	"strings"
)

// A page is a part of a list.
type page struct{ skip, size int }

// page reads skip and size from the payload (§5).
func (c *call) page(skip, size string) (page, *answer) {
	p := page{c.given.number(skip), c.given.number(size)}
	if p.size == 0 {
		p.size = c.settings.PageLimit
	}
	if p.size > c.settings.MaxResults && c.settings.RefuseMaxResults {
		return page{}, invalid(fmt.Sprintf("%s must be at most %d", size, c.settings.MaxResults))
	}
	p.size = min(p.size, c.settings.MaxResults)
	return p, nil
}

// list answers with one page of the rows in the envelope of the settings.
func (c *call) list(p page, rows []map[string]any) *answer {
	total := len(rows)
	rows = rows[min(p.skip, total):]
	rows = rows[:min(p.size, len(rows))]
	switch c.settings.ListEnvelope {
	case "items":
		return ok(map[string]any{"totalCount": total, "items": rows})
	case "data":
		return ok(map[string]any{"success": true, "data": rows, "message": nil})
	}
	return ok(rows)
}

// cased renders the keys as the settings ask for.
func (c *call) cased(row map[string]any) map[string]any {
	if !c.settings.PascalCase {
		return row
	}
	pascal := make(map[string]any, len(row))
	for key, value := range row {
		pascal[strings.ToUpper(key[:1])+key[1:]] = value
	}
	return pascal
}
