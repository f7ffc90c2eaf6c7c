package oichat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// Only a few fields of OiChat's answers are known (oichat-api.md §3). Answers
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
// what stands under one of the names, and the same under "data"
// (oichat-api.md §2: bare bodies, or {"success":true,"data":{...}} [assumed]).
func find(root any, names, keys []string) (object, bool) {
	level, _ := root.(object)
	for range 2 {
		for _, name := range names {
			if child, ok := level[name].(object); ok && text(child, keys...) != "" {
				return child, true
			}
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

// flag is the value as a bool. told is false when the server did not say.
func flag(value object, key string) (set, told bool) {
	switch field := value[key].(type) {
	case bool:
		return field, true
	case string, json.Number:
		set, err := strconv.ParseBool(strings.ToLower(scalar(field)))
		return set, err == nil
	}
	return false, false
}

// moment reads a time: RFC 3339, or seconds or milliseconds since 1970, as
// number or text (oichat-api.md §3 [assumed]). What cannot be read is the zero
// time.
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

// plainJSON renders a JSON object with sorted keys, and its numbers as they were
// sent; nil for anything else. Some servers keep such an object as text.
func plainJSON(value any) json.RawMessage {
	if words, ok := value.(string); ok {
		value, _ = parse([]byte(words))
	}
	if _, ok := value.(object); !ok {
		return nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return nil
	}
	return bytes.TrimSpace(out.Bytes())
}
