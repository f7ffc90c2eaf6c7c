package syarah

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var guidPattern = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// A kind is what a value must be.
type kind int

const (
	text       kind = iota // a string that is not empty
	anyText                // a string
	guid                   // a string; read in small letters
	id                     // a number from 1
	ids                    // a list of numbers from 1
	count                  // a number from 0
	flag                   // true or false
	textID                 // a string of digits: an id
	chatCursor             // a list of {ChatHeaderId,LastMessageId}
)

// When a field must be there.
type need int

const (
	optional need = iota
	required
	requiredWithoutToken // unless the connection has a token (§4, joinRoom)
)

// A field is one key that a payload may have.
type field struct {
	key  string
	kind kind
	need need
}

// A cursor names the newest message of a chat that a client has.
type cursor struct {
	ChatHeaderID  int
	LastMessageID int
}

// values are a payload that was checked. What is absent reads as zero.
type values map[string]any

func (v values) has(key string) bool {
	_, present := v[key]
	return present
}

func (v values) text(key string) string { value, _ := v[key].(string); return value }

func (v values) number(key string) int { value, _ := v[key].(int); return value }

// optional returns a text, nil when it is absent.
func (v values) optional(key string) *string {
	value, present := v[key].(string)
	if !present {
		return nil
	}
	return &value
}

// readPayload reads the one argument of an event. Events may come without any
// when nothing in it is required.
func readPayload(raw []byte) (map[string]any, string) {
	if len(raw) == 0 {
		return nil, ""
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var payload any
	if err := decoder.Decode(&payload); err != nil {
		return nil, "The payload must be JSON"
	}
	object, isObject := payload.(map[string]any)
	if !isObject {
		return nil, "The event takes one object"
	}
	return object, ""
}

// read checks a payload: the fields in their order, then unknown keys, of which
// the first by name is told.
func read(payload map[string]any, hasToken bool, allowed []field) (values, *answer) {
	checked := values{}
	for _, f := range allowed {
		value, present := payload[f.key]
		if !present {
			if f.need == required || f.need == requiredWithoutToken && !hasToken {
				return nil, invalid(f.key + " is required")
			}
			continue
		}
		converted, reason := f.kind.read(value)
		if reason != "" {
			return nil, invalid(f.key + " " + reason)
		}
		checked[f.key] = converted
	}
	var unknown []string
	for key := range payload {
		if !checked.has(key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		return nil, invalid(slices.Min(unknown) + " is not allowed")
	}
	return checked, nil
}

// read converts a value, or returns why it may not be.
func (k kind) read(value any) (converted any, reason string) {
	switch k {
	case text, anyText, guid, textID:
		return k.readText(value)
	case id:
		return readNumber(value, 1)
	case count:
		return readNumber(value, 0)
	case flag:
		if _, isFlag := value.(bool); !isFlag {
			return nil, "must be true or false"
		}
		return value, ""
	case ids:
		return readList(value, func(one any) (any, string) { return readNumber(one, 1) })
	default:
		return readList(value, readCursor)
	}
}

func (k kind) readText(value any) (any, string) {
	written, isText := value.(string)
	switch {
	case !isText:
		return nil, "must be a string"
	case k == text && written == "":
		return nil, "must not be empty"
	case k == guid && !guidPattern.MatchString(written):
		return nil, "must be a GUID"
	case k == guid:
		return strings.ToLower(written), ""
	case k == textID:
		number, err := strconv.Atoi(written)
		if err != nil || number < 1 {
			return nil, "must be the digits of an id"
		}
		return number, ""
	}
	return written, ""
}

func readNumber(value any, least int) (any, string) {
	written, isNumber := value.(json.Number)
	number, err := strconv.Atoi(string(written))
	if !isNumber || err != nil || number < least {
		return nil, fmt.Sprintf("must be a number from %d", least)
	}
	return number, ""
}

func readList(value any, readOne func(any) (any, string)) (any, string) {
	list, isList := value.([]any)
	if !isList || len(list) == 0 {
		return nil, "must be a list that is not empty"
	}
	all := make([]any, len(list))
	for i, one := range list {
		converted, reason := readOne(one)
		if reason != "" {
			return nil, fmt.Sprintf("has an element %d that %s", i, reason)
		}
		all[i] = converted
	}
	return all, ""
}

func readCursor(value any) (any, string) {
	object, isObject := value.(map[string]any)
	if !isObject {
		return nil, "must be an object"
	}
	given, refused := read(object, false, []field{{"ChatHeaderId", id, required}, {"LastMessageId", count, required}})
	if refused != nil {
		return nil, "is wrong: " + refused.message
	}
	return cursor{given.number("ChatHeaderId"), given.number("LastMessageId")}, ""
}
