package ethora

import "strconv"

// maxLimit is the largest limit that the vendor's validator accepts.
const maxLimit = 500

// pageWindow reads limit and offset of the query. A limit above the page limit is
// cut, above 500 refused.
func (c *call) pageWindow() (limit, offset int, wrong *problem) {
	limit, wrong = c.number("limit", c.settings.PageLimit, 1)
	if wrong != nil {
		return 0, 0, wrong
	}
	if limit > maxLimit && c.request.URL.Query().Has("limit") {
		return 0, 0, &problem{"limit", "must be less than or equal to 500"}
	}
	offset, wrong = c.number("offset", 0, 0)
	return min(limit, c.settings.PageLimit), offset, wrong
}

func (c *call) number(key string, fallback, least int) (int, *problem) {
	query := c.request.URL.Query()
	if !query.Has(key) {
		return fallback, nil
	}
	number, err := strconv.Atoi(query.Get(key))
	if err != nil {
		return 0, &problem{key, "must be a number"}
	}
	if number < least {
		return 0, &problem{key, "must be greater than or equal to " + strconv.Itoa(least)}
	}
	return number, nil
}

func (c *call) boolean(key string) (bool, *problem) {
	switch c.request.URL.Query().Get(key) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, &problem{key, "must be a boolean"}
}

// oneOf reads a query value that must be one of a few words.
func (c *call) oneOf(key, fallback string, words ...string) (string, *problem) {
	query := c.request.URL.Query()
	if !query.Has(key) {
		return fallback, nil
	}
	_, wrong := text{oneOf: words}.check(key, query.Get(key))
	return query.Get(key), wrong
}

// cutPage takes the page out of all rows.
func cutPage[T any](all []T, limit, offset int, view func(T) any) page {
	start := min(offset, len(all))
	end := min(start+limit, len(all))
	rows := make([]any, 0, end-start)
	for _, row := range all[start:end] {
		rows = append(rows, view(row))
	}
	return page{rows: rows, total: len(all), limit: limit, offset: offset}
}
