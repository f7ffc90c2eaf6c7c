package tegrabox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"
)

// Only a few fields of TegraBox's answers are known (tegrabox-api.md §3). Answers
// are therefore read as a tree and not into structs: a field of a surprising
// type loses that field and nothing else.

// object is a JSON object. Numbers in it are json.Number.
type object = map[string]any

var (
	errEmpty  = errors.New("the answer is empty")
	errHTML   = errors.New("the answer is a web page, not JSON; check that the API URL points to the API and not to a website")
	errBroken = errors.New("the answer is not valid JSON")
)

// parse reads a body as JSON. Its errors are what a user should read.
func parse(body []byte) (any, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	switch {
	case len(body) == 0:
		return nil, errEmpty
	case body[0] == '<':
		return nil, errHTML
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var root any
	if decoder.Decode(&root) != nil {
		return nil, errBroken
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errBroken
	}
	return root, nil
}

// find looks for an object that holds an id under one of the keys: the root,
// what stands under the name, and the same under "data" (tegrabox-api.md §3:
// bare and {"data":...} [assumed]).
func find(root any, name string, keys []string) (object, bool) {
	level, _ := root.(object)
	for range 2 {
		if child, ok := level[name].(object); ok && text(child, keys...) != "" {
			return child, true
		}
		if text(level, keys...) != "" {
			return level, true
		}
		level, _ = level["data"].(object)
	}
	return nil, false
}

// scalar is a JSON text or number as text; everything else has none.
func scalar(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// text is the first of the keys whose value is a text or number that is not empty.
func text(value object, keys ...string) string {
	for _, key := range keys {
		if words := scalar(value[key]); words != "" {
			return words
		}
	}
	return ""
}

// speaksOf reports whether one of the keys is there, be it null.
func speaksOf(value object, keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { _, there := value[key]; return there })
}

// count is the first of the keys that holds a whole number from 0 on, else -1.
func count(value object, keys ...string) int {
	for _, key := range keys {
		if number, err := strconv.Atoi(scalar(value[key])); err == nil && number >= 0 {
			return number
		}
	}
	return -1
}

// moment reads a time: RFC 3339, or seconds or milliseconds since 1970, as
// number or text. What cannot be read is the zero time.
func moment(value any) time.Time {
	words := scalar(value)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime} {
		if parsed, err := time.Parse(layout, words); err == nil {
			return parsed.UTC()
		}
	}
	number, err := strconv.ParseFloat(words, 64)
	switch {
	case err != nil || !(number > 0 && number < 1e14):
		return time.Time{}
	case number >= 1e11: // in seconds that would be after the year 5000
		return time.UnixMilli(int64(number)).UTC()
	}
	return time.UnixMilli(int64(number * 1000)).UTC()
}
