package rocketchat

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// usualCount is API_Default_Count: the rows of a page without a count.
const usualCount = 50

// paging are the parameters that all listings of the admin take, with those of
// one listing.
func paging(more ...field) []field {
	return append(more, optional("offset", numeral{}), optional("count", numeral{}), optional("sort", text{}), optional("query", text{}))
}

// page answers with the part of the rows that the query asks for, sorted by the
// given key unless the query says otherwise. A count of 0 means all.
func (c *call) page(name string, rows []map[string]any, by string, query fields) *answer {
	order := []sortKey{{by, 1}}
	if given := query.text("sort"); given != "" {
		if order = parseSort(given); order == nil {
			return refusal("error-invalid-sort", fmt.Sprintf("Invalid sort parameter provided: %q", given))
		}
	}
	slices.SortStableFunc(rows, func(a, b map[string]any) int {
		for _, key := range order {
			if result := cmp.Compare(fmt.Sprint(a[key.name]), fmt.Sprint(b[key.name])); result != 0 {
				return result * key.direction
			}
		}
		return 0
	})
	count := min(usualCount, c.settings.PageLimit)
	if _, given := query["count"]; given {
		count = min(max(query.numeral("count"), 0), c.settings.PageLimit)
	}
	offset := max(query.numeral("offset"), 0)
	start, end := min(offset, len(rows)), len(rows)
	if count > 0 {
		end = min(start+count, end)
	}
	shown := append([]map[string]any{}, rows[start:end]...)
	return ok(map[string]any{name: shown, "count": len(shown), "offset": offset, "total": len(rows)})
}

// A sortKey is one key of the parameter sort, with 1 or -1.
type sortKey struct {
	name      string
	direction int
}

// parseSort reads {"name":1,"_id":-1} in its order, and returns nil for
// anything else.
func parseSort(given string) []sortKey {
	decoder := json.NewDecoder(strings.NewReader(given))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return nil
	}
	keys := []sortKey{}
	for decoder.More() {
		name, _ := decoder.Token()
		var key sortKey
		if decoder.Decode(&key.direction) != nil || key.direction != 1 && key.direction != -1 {
			return nil
		}
		key.name, _ = name.(string)
		keys = append(keys, key)
	}
	if last, err := decoder.Token(); err != nil || last != json.Delim('}') || decoder.More() {
		return nil
	}
	return keys
}
