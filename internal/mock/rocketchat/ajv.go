package rocketchat

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The schemas below refuse values as the server's validator, AJV 8, does: first
// the type, then missing keys, then unknown ones, then the values; the first
// problem ends the validation. Unlike the server they convert no types, so that
// a client that sends "true" for true is found out. Where the server still
// calls check() of Meteor, the same schema refuses with its texts.

// A problem is why a value was refused.
type problem struct {
	text  string // AJV's
	match string // check()'s
	path  string // where, as check() tells it; AJV does not
}

// matchError is the problem as check() tells it (§1).
func (p *problem) matchError() string {
	text := "Match error: " + p.match
	if p.path != "" {
		text += " in field " + p.path
	}
	return text
}

// maybe is what check() tells of everything that is wrong with an optional
// value.
const maybe = "Match.OneOf, Match.Maybe, or Match.Optional failed validation"

// under puts the problem into the field of an object.
func (p *problem) under(f field) *problem {
	switch {
	case !f.required:
		p.match, p.path = maybe, f.key
	case p.path == "" || p.path[0] == '[':
		p.path = f.key + p.path
	default:
		p.path = f.key + "." + p.path
	}
	return p
}

// A schema checks one value, nil for none.
type schema interface{ refuse(value any) *problem }

// A field is one key of an object. One that is not required may be null.
type field struct {
	key      string
	required bool
	schema   schema
}

func required(key string, s schema) field { return field{key, true, s} }
func optional(key string, s schema) field { return field{key, false, s} }

// An object has its fields, and others when it is open.
type object struct {
	fields []field
	open   bool
}

// closed is an object without other fields.
func closed(fields ...field) object { return object{fields: fields} }

func (o object) refuse(value any) *problem {
	given, isObject := value.(map[string]any)
	if !isObject {
		return wrongType("object", value)
	}
	for _, f := range o.fields {
		if _, present := given[f.key]; f.required && !present {
			return &problem{text: fmt.Sprintf("must have required property '%s'", f.key), match: fmt.Sprintf("Missing key '%s'", f.key)}
		}
	}
	if unknown := o.unknown(given); len(unknown) > 0 {
		return &problem{text: "must NOT have additional properties", match: "Unknown key", path: unknown[0]}
	}
	for _, f := range o.fields {
		inner := given[f.key]
		if inner == nil && !f.required {
			continue
		}
		if wrong := f.schema.refuse(inner); wrong != nil {
			return wrong.under(f)
		}
	}
	return nil
}

// unknown returns the keys that a closed object does not have, sorted: the
// order of the document is lost.
func (o object) unknown(given map[string]any) []string {
	if o.open {
		return nil
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(given)), func(key string) bool {
		return slices.ContainsFunc(o.fields, func(f field) bool { return f.key == key })
	})
}

// A list has items of one kind.
type list struct {
	of  schema
	min int
}

func (l list) refuse(value any) *problem {
	given, isList := value.([]any)
	if !isList {
		return wrongType("array", value)
	}
	if len(given) < l.min {
		text := fmt.Sprintf("must NOT have fewer than %d items", l.min)
		return &problem{text: text, match: text}
	}
	for i, inner := range given {
		if wrong := l.of.refuse(inner); wrong != nil {
			wrong.path = strings.TrimSuffix(fmt.Sprintf("[%d].%s", i, wrong.path), ".")
			return wrong
		}
	}
	return nil
}

// A text is a string.
type text struct{ oneOf []string }

func (t text) refuse(value any) *problem {
	given, isText := value.(string)
	switch {
	case !isText:
		return wrongType("string", value)
	case len(t.oneOf) > 0 && !slices.Contains(t.oneOf, given):
		return &problem{text: "must be equal to one of the allowed values", match: maybe}
	}
	return nil
}

// A flag is a boolean.
type flag struct{}

func (flag) refuse(value any) *problem {
	if _, isFlag := value.(bool); !isFlag {
		return wrongType("boolean", value)
	}
	return nil
}

// An integer is a number without a fraction.
type integer struct{}

func (integer) refuse(value any) *problem {
	given, isNumber := value.(float64)
	switch {
	case !isNumber:
		return wrongType("number", value)
	case !isInteger(given):
		return &problem{text: "must be integer", match: "Expected Integer"}
	}
	return nil
}

func isInteger(number float64) bool {
	return number == math.Trunc(number) && math.Abs(number) <= math.MaxInt32
}

// A numeral is a number in a query, where all values are texts.
type numeral struct{}

func (numeral) refuse(value any) *problem {
	given, isText := value.(string)
	if _, err := strconv.Atoi(given); !isText || err != nil {
		return &problem{text: "must be number", match: "Expected number, got string"}
	}
	return nil
}

func wrongType(want string, got any) *problem {
	return &problem{text: "must be " + want, match: fmt.Sprintf("Expected %s, got %s", want, typeName(got))}
}

// typeName names the type of a JSON value as JavaScript does.
func typeName(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	}
	return "object"
}

// fields are the values of a checked object. What is absent or null reads as
// empty.
type fields map[string]any

func (f fields) text(key string) string {
	value, _ := f[key].(string)
	return value
}

func (f fields) flag(key string) bool {
	value, _ := f[key].(bool)
	return value
}

func (f fields) integer(key string) int {
	value, _ := f[key].(float64)
	return int(value)
}

func (f fields) numeral(key string) int {
	value, _ := strconv.Atoi(f.text(key))
	return value
}

func (f fields) object(key string) fields {
	value, _ := f[key].(map[string]any)
	return value
}

func (f fields) objects(key string) []fields {
	values, _ := f[key].([]any)
	var objects []fields
	for _, value := range values {
		object, _ := value.(map[string]any)
		objects = append(objects, object)
	}
	return objects
}

// read checks the body.
func (c *call) read(allowed ...field) (fields, *answer) {
	if wrong := closed(allowed...).refuse(c.body); wrong != nil {
		return nil, c.invalidBody(wrong.text)
	}
	body, _ := c.body.(map[string]any)
	return body, nil
}

func (c *call) invalidBody(text string) *answer {
	if c.settings.older() {
		return refusal("invalid-params", text)
	}
	refused := failure(text)
	refused.body["errorType"] = "invalid-params"
	return refused
}

// query checks the query.
func (c *call) query(allowed ...field) (fields, *answer) {
	given := c.givenQuery()
	wrong := closed(allowed...).refuse(map[string]any(given))
	switch {
	case wrong == nil:
		return given, nil
	case c.settings.older():
		return nil, refusal("invalid-params", wrong.text)
	}
	refused := failure(wrong.text)
	refused.body["errorType"] = "error-invalid-params"
	return nil, refused
}

// givenQuery returns the query as it was sent: a text for each key, a list for
// one that was given twice.
func (c *call) givenQuery() fields {
	given := fields{}
	for key, values := range c.request.URL.Query() {
		if len(values) == 1 {
			given[key] = values[0]
			continue
		}
		all := []any{}
		for _, value := range values {
			all = append(all, value)
		}
		given[key] = all
	}
	return given
}
