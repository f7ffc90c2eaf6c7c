package rocketchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"
)

// Answers are read as a tree and not into structs: the server's versions differ,
// and a field of a surprising type loses that field and nothing else.

// object is a JSON object. Numbers in it are json.Number.
type object = map[string]any

var (
	errEmpty  = errors.New("the answer is empty")
	errHTML   = errors.New("the answer is a web page, not JSON; check that the server URL points to Rocket.Chat itself")
	errBroken = errors.New("the answer is not valid JSON")
	errShape  = errors.New("the answer is not a JSON object")
)

// parse reads a body as a JSON object, which every answer is
// (rocketchat-livechat-api.md §1 [server]). Its errors are what a user should read.
func parse(body []byte) (object, error) {
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
	answer, ok := root.(object)
	if !ok {
		return nil, errShape
	}
	return answer, nil
}

// text is a JSON text or number as text; everything else has none.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// child is an object within an object; an empty one when there is none.
func child(value object, key string) object {
	found, _ := value[key].(object)
	return found
}

// rows are the objects of a list; what is no object is left out.
func rows(value any) []object {
	items, _ := value.([]any)
	found := make([]object, 0, len(items))
	for _, item := range items {
		if row, ok := item.(object); ok {
			found = append(found, row)
		}
	}
	return found
}

// texts are the texts of a list.
func texts(value any) []string {
	items, _ := value.([]any)
	found := make([]string, 0, len(items))
	for _, item := range items {
		if words := text(item); words != "" {
			found = append(found, words)
		}
	}
	return found
}

// first is a text in the first object of a list: visitorEmails[0].address.
func first(value any, key string) string {
	found := rows(value)
	if len(found) == 0 {
		return ""
	}
	return text(found[0][key])
}

// textMap is an object whose values are texts or numbers; null is left out.
func textMap(value any) map[string]string {
	found := map[string]string{}
	fields, _ := value.(object)
	for key, value := range fields {
		switch value := value.(type) {
		case string, json.Number:
			found[key] = text(value)
		case bool:
			found[key] = strconv.FormatBool(value)
		}
	}
	return found
}

// yes is a JSON true, or a text that says so.
func yes(value any) bool { return value == true || value == "true" }

// whole is a whole number; 0 for everything else.
func whole(value any) int {
	number, err := strconv.Atoi(text(value))
	if err != nil {
		return 0
	}
	return number
}

// moment reads a time: RFC 3339, or milliseconds since 1970 as number, text or
// {"$date":...}. What cannot be read is the zero time.
func moment(value any) time.Time {
	if wrapped, ok := value.(object); ok {
		value = wrapped["$date"]
	}
	words := text(value)
	if parsed, err := time.Parse(time.RFC3339, words); err == nil {
		return parsed.UTC()
	}
	milliseconds, err := strconv.ParseInt(words, 10, 64)
	if err != nil || milliseconds <= 0 || milliseconds >= 1e14 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds).UTC()
}
