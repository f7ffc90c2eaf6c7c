package ethora

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The vendor's versions wrap the same object in different envelopes
// (ethora-api.md §13 rows 1-3). Answers are therefore read as a tree and not
// into structs: a field of a surprising type loses that field and nothing else.

// object is a JSON object. Numbers in it are json.Number.
type object = map[string]any

// maxEnvelopes is how deep envelopes may nest, as in {"data":{"result":{...}}}.
const maxEnvelopes = 3

var (
	errEmpty  = errors.New("the answer is empty")
	errHTML   = errors.New("the answer is a web page, not JSON; check that api_url points to the API and not to a website")
	errBroken = errors.New("the answer is not valid JSON")
	errNoID   = errors.New("the answer holds no object with an id")
	errNoList = errors.New("the answer holds no list")
)

// parse reads a body as JSON. Its errors are what a user should read.
func parse(body []byte) (any, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return nil, errEmpty
	}
	if body[0] == '<' {
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

// unwrap finds the object of an answer: under one of the keys, as the only item
// of a list under one of them, the same under "result" or "data", or the root
// itself. Only an object in which id finds an id counts.
func unwrap(body []byte, id func(object) string, keys ...string) (object, error) {
	root, err := parse(body)
	if err != nil {
		return nil, err
	}
	for _, candidate := range candidates(root, keys...) {
		if id(candidate) != "" {
			return candidate, nil
		}
	}
	return nil, errNoID
}

// candidates lists the objects that may be the one meant, the likeliest first.
func candidates(root any, keys ...string) []object {
	return collectCandidates(nil, root, keys, maxEnvelopes)
}

func collectCandidates(found []object, value any, keys []string, depth int) []object {
	switch value := value.(type) {
	case []any:
		if len(value) == 1 {
			return collectCandidates(found, value[0], nil, 0)
		}
	case object:
		for _, key := range keys {
			if child, ok := value[key]; ok {
				found = collectCandidates(found, child, nil, 0)
			}
		}
		if depth > 0 {
			for _, wrapper := range []string{"result", "data"} {
				found = collectCandidates(found, value[wrapper], keys, depth-1)
			}
		}
		return append(found, value)
	}
	return found
}

// list is one page of a listing.
type list struct {
	items []object
	total int // -1: the server did not say
	limit int // the page size the server says it used, -1: it did not say

	failure string // the server's words when the answer carries an error besides the list
}

// unwrapList finds the list of an answer: a bare array, or an array under one
// of the keys, "items" or "results", and the same under "data" or "result".
// Items that are not objects are an error, for no list may silently be short.
func unwrapList(body []byte, keys ...string) (list, error) {
	root, err := parse(body)
	if err != nil {
		return list{}, err
	}
	keys = append(slices.Clone(keys), "items", "results")
	items, envelopes, ok := findArray(root, keys, nil, maxEnvelopes)
	if !ok {
		return list{}, errNoList
	}
	found := list{items: make([]object, 0, len(items)), total: -1, limit: -1}
	for _, item := range items {
		row, ok := item.(object)
		if !ok {
			return list{}, errors.New("the list in the answer holds something that is not an object")
		}
		found.items = append(found.items, row)
	}
	for _, envelope := range envelopes {
		found.total = max(found.total, count(envelope, "total", "totalCount"))
		found.limit = max(found.limit, count(envelope, "limit"))
		if words := flatten(envelope["error"]); words != "false" && words != "0" {
			found.failure = first(found.failure, words)
		}
	}
	return found, nil
}

// findArray returns the array and the objects around it.
func findArray(value any, keys []string, around []object, depth int) ([]any, []object, bool) {
	switch value := value.(type) {
	case []any:
		return value, around, true
	case object:
		around = append(around, value)
		for _, key := range keys {
			child, exists := value[key]
			if items, ok := child.([]any); ok {
				return items, around, true
			}
			if exists && child == nil {
				return nil, around, true
			}
		}
		if depth == 0 {
			return nil, nil, false
		}
		for _, wrapper := range []string{"data", "result", "results"} {
			if items, envelopes, ok := findArray(value[wrapper], keys, around, depth-1); ok {
				return items, envelopes, true
			}
		}
	}
	return nil, nil, false
}

// identity is the id of an app (ethora-api.md §13 row 2).
func appIdentity(value object) string { return text(value, "_id", "id", "appId") }

// scalar is a JSON scalar as text; objects, arrays and null have none.
func scalar(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}

// text is the first of the keys whose value is a scalar that is not empty.
func text(value object, keys ...string) string {
	for _, key := range keys {
		if words := scalar(value[key]); words != "" {
			return words
		}
	}
	return ""
}

// textPointer is the value as text, or nil when the server did not say.
func textPointer(value object, key string) *string {
	switch field := value[key].(type) {
	case string, json.Number, bool:
		words := scalar(field)
		return &words
	}
	return nil
}

// flagPointer is the value as a bool, or nil when the server did not say.
func flagPointer(value object, key string) *bool {
	flag, err := strconv.ParseBool(strings.ToLower(scalar(value[key])))
	if err != nil {
		return nil
	}
	return &flag
}

// flag is the value as a bool; what the server did not say is false.
func flag(value object, key string) bool {
	pointer := flagPointer(value, key)
	return pointer != nil && *pointer
}

// child is an object inside an object, or nil.
func child(value object, key string) object {
	inner, _ := value[key].(object)
	return inner
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

func sortedKeys(value object) []string {
	keys := make([]string, 0, len(value))
	for key := range value {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
