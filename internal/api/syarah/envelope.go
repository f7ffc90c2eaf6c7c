package syarah

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// Many of Syarah's answers are not documented. They are read as trees and not
// into structs: a field of a surprising type loses that field and nothing else.

// object is a JSON object. Numbers in it are json.Number.
type object = map[string]any

var (
	errEmpty  = errors.New("the answer is empty")
	errHTML   = errors.New("the answer is a web page, not JSON; check that the backend URL points to the API and not to a website")
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

// get is the value of the first of the keys that is there, whatever its case: the
// vendor spells some keys in two ways.
func get(value object, keys ...string) any {
	for _, key := range keys {
		if found, ok := value[key]; ok && found != nil {
			return found
		}
	}
	for _, key := range keys {
		for name, found := range value {
			if found != nil && strings.EqualFold(name, key) {
				return found
			}
		}
	}
	return nil
}

// child is the object under the first of the keys that holds one; nil for none.
func child(value object, keys ...string) object {
	for _, key := range keys {
		if found, ok := get(value, key).(object); ok {
			return found
		}
	}
	return nil
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
		if words := scalar(get(value, key)); words != "" {
			return words
		}
	}
	return ""
}

// integer reads a whole number, written as number or text.
func integer(value any) (int64, bool) {
	number, err := strconv.ParseInt(scalar(value), 10, 64)
	return number, err == nil
}

// identifier is the first of the keys that holds a number above 0, which all ids
// of Syarah are; 0 for none.
func identifier(value object, keys ...string) int64 {
	for _, key := range keys {
		if id, ok := integer(get(value, key)); ok && id > 0 {
			return id
		}
	}
	return 0
}

// moment reads a time like 2024-01-15T10:30:00Z; .NET may leave the zone out,
// which is UTC then. What cannot be read is the zero time.
func moment(value any) time.Time {
	words := scalar(value)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if parsed, err := time.Parse(layout, words); err == nil {
			return parsed.UTC()
		}
	}
	return time.Time{}
}

// row is one object of a list.
type row struct {
	object object
	raw    json.RawMessage
}

// rows finds the list of an answer: a bare array, or one in an envelope. A list
// that is null in its envelope is empty. A row that is no object is an error, for
// no list may silently be short.
func rows(answer json.RawMessage) ([]row, error) {
	items, err := findList(answer)
	if err != nil {
		return nil, err
	}
	found := make([]row, 0, len(items))
	for _, item := range items {
		root, _ := parse(item)
		fields, ok := root.(object)
		if !ok {
			return nil, errors.New("it holds a row that is no object")
		}
		found = append(found, row{fields, item})
	}
	return found, nil
}

func findList(answer json.RawMessage) ([]json.RawMessage, error) {
	for range 3 {
		var items []json.RawMessage
		if json.Unmarshal(answer, &items) == nil && items != nil {
			return items, nil
		}
		var envelope map[string]json.RawMessage
		if json.Unmarshal(answer, &envelope) != nil {
			break
		}
		found := false
		for _, key := range listKeys {
			inner, ok := envelope[key]
			if ok && string(inner) == "null" {
				return nil, nil
			}
			if ok {
				answer, found = inner, true
				break
			}
		}
		if !found {
			break
		}
	}
	return nil, errors.New("it holds no list")
}
