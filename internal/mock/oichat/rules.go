package oichat

import (
	"fmt"
	"slices"
	"strings"
)

// A rule returns why it refuses a value, or "".
type rule func(value any) string

// A field is one key that a body may have.
type field struct {
	key      string
	required bool
	rule     rule
}

// A schema is all keys that a body may have.
type schema []field

// read checks a body: known keys in the order of the schema, then unknown ones.
func (s schema) read(body map[string]any) (fields, *answer) {
	if reason := s.refuse(body); reason != "" {
		return nil, invalid(reason)
	}
	return body, nil
}

// refuse returns the first thing that is wrong with a body, or "".
func (s schema) refuse(body map[string]any) string {
	for _, field := range s {
		value, present := body[field.key]
		if !present {
			if field.required {
				return field.key + " is required"
			}
			continue
		}
		if reason := field.rule(value); reason != "" {
			return field.key + " " + reason
		}
	}
	var unknown []string
	for key := range body {
		if !slices.ContainsFunc(s, func(f field) bool { return f.key == key }) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		return slices.Min(unknown) + " is not a known key"
	}
	return ""
}

// text is any string.
func text(value any) string {
	if _, isText := value.(string); !isText {
		return "must be a string"
	}
	return ""
}

// word is a string that is not empty.
func word(value any) string {
	if value == "" {
		return "must not be empty"
	}
	return text(value)
}

// oneOf is one of the words.
func oneOf(words ...string) rule {
	return func(value any) string {
		given, isText := value.(string)
		if !isText || !slices.Contains(words, given) {
			return "must be one of " + strings.Join(words, ", ")
		}
		return ""
	}
}

// object is a JSON object with any keys.
func object(value any) string {
	if _, isObject := value.(map[string]any); !isObject {
		return "must be an object"
	}
	return ""
}

// list is an array of words.
func list(value any) string {
	values, isList := value.([]any)
	if !isList {
		return "must be an array"
	}
	for i, value := range values {
		if reason := word(value); reason != "" {
			return fmt.Sprintf("%d %s", i, reason)
		}
	}
	return ""
}

// nullable is the rule or null.
func nullable(inner rule) rule {
	return func(value any) string {
		if value == nil {
			return ""
		}
		return inner(value)
	}
}

// nested is an object with the keys of a schema.
func nested(inner schema) rule {
	return func(value any) string {
		body, isObject := value.(map[string]any)
		if !isObject {
			return "must be an object"
		}
		if reason := inner.refuse(body); reason != "" {
			return "is wrong: " + reason
		}
		return ""
	}
}

// fields are the values of a checked body. What is absent reads as empty.
type fields map[string]any

func (f fields) has(key string) bool {
	_, present := f[key]
	return present
}

func (f fields) text(key string) string {
	value, _ := f[key].(string)
	return value
}

// name is a string that may be null.
func (f fields) name(key string) *string {
	if value, isText := f[key].(string); isText {
		return &value
	}
	return nil
}

func (f fields) object(key string) map[string]any {
	value, _ := f[key].(map[string]any)
	return value
}

// texts returns the different strings of a list, in the order of the list.
func (f fields) texts(key string) []string {
	values, _ := f[key].([]any)
	var texts []string
	for _, value := range values {
		if value := value.(string); !slices.Contains(texts, value) {
			texts = append(texts, value)
		}
	}
	return texts
}
