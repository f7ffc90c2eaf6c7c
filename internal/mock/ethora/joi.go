package ethora

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The rules below refuse values as the vendor's validator, Joi, does, with the
// texts of Joi 17: the known keys in the order of the schema, then the unknown
// ones; the first problem ends the validation. Unlike Joi, they do not convert
// types, so that a client that sends "true" for true is found out.

// A problem is why a value was refused.
type problem struct {
	label string // path of the value, e.g. usersList[0].lastName
	text  string // e.g. is required
}

func (p *problem) Error() string { return fmt.Sprintf("%q %s", p.label, p.text) }

// A rule checks one value and returns it cleaned.
type rule interface {
	check(label string, value any) (any, *problem)
}

// A field is one key of an object.
type field struct {
	key      string
	required bool
	rule     rule
}

// object allows exactly its fields.
type object []field

func (o object) check(label string, value any) (any, *problem) {
	given, ok := value.(map[string]any)
	if !ok {
		if label == "" {
			label = "value"
		}
		return nil, &problem{label, "must be of type object"}
	}
	clean := make(map[string]any, len(given))
	for _, field := range o {
		inner, present := given[field.key]
		if !present {
			if field.required {
				return nil, &problem{join(label, field.key), "is required"}
			}
			continue
		}
		checked, wrong := field.rule.check(join(label, field.key), inner)
		if wrong != nil {
			return nil, wrong
		}
		clean[field.key] = checked
	}
	if key, found := o.unknownKey(given); found {
		return nil, &problem{join(label, key), "is not allowed"}
	}
	return clean, nil
}

// read checks a request body.
func (o object) read(body map[string]any) (fields, *problem) {
	clean, wrong := o.check("", body)
	values, _ := clean.(map[string]any)
	return values, wrong
}

// fields are the values of a checked object. What is absent reads as empty.
type fields map[string]any

func (f fields) text(key string) string {
	value, _ := f[key].(string)
	return value
}

func (f fields) flag(key string) bool {
	value, _ := f[key].(bool)
	return value
}

func (f fields) has(key string) bool {
	_, present := f[key]
	return present
}

func (f fields) texts(key string) []string { return listOf[string](f[key]) }

func (f fields) objects(key string) []fields {
	var objects []fields
	for _, object := range listOf[map[string]any](f[key]) {
		objects = append(objects, object)
	}
	return objects
}

// listOf turns a checked list into a list of what it holds.
func listOf[T any](value any) []T {
	list, _ := value.([]any)
	var typed []T
	for _, inner := range list {
		if value, ok := inner.(T); ok {
			typed = append(typed, value)
		}
	}
	return typed
}

// unknownKey returns the first unknown key by name: the order of the document
// is lost, and the answer should not depend on chance.
func (o object) unknownKey(given map[string]any) (string, bool) {
	var unknown []string
	for key := range given {
		if !slices.ContainsFunc(o, func(f field) bool { return f.key == key }) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return "", false
	}
	return slices.Min(unknown), true
}

func join(label, key string) string {
	if label == "" {
		return key
	}
	return label + "." + key
}

// list is an array of values of one kind. Max 0 means no limit.
type list struct {
	of       rule
	min, max int
}

func (l list) check(label string, value any) (any, *problem) {
	given, ok := value.([]any)
	if !ok {
		return nil, &problem{label, "must be an array"}
	}
	clean := make([]any, len(given))
	for i, inner := range given {
		checked, wrong := l.of.check(fmt.Sprintf("%s[%d]", label, i), inner)
		if wrong != nil {
			return nil, wrong
		}
		clean[i] = checked
	}
	switch {
	case len(given) < l.min:
		return nil, &problem{label, fmt.Sprintf("must contain at least %d items", l.min)}
	case l.max > 0 && len(given) > l.max:
		return nil, &problem{label, fmt.Sprintf("must contain less than or equal to %d items", l.max)}
	}
	return clean, nil
}

// flag is a boolean.
type flag struct{}

func (flag) check(label string, value any) (any, *problem) {
	if _, ok := value.(bool); !ok {
		return nil, &problem{label, "must be a boolean"}
	}
	return value, nil
}

// yes is the boolean true and nothing else.
type yes struct{}

func (yes) check(label string, value any) (any, *problem) {
	if value != true {
		return nil, &problem{label, "must be [true]"}
	}
	return value, nil
}

// anyObject is an object with any keys.
type anyObject struct{}

func (anyObject) check(label string, value any) (any, *problem) {
	if _, ok := value.(map[string]any); !ok {
		return nil, &problem{label, "must be of type object"}
	}
	return value, nil
}

// text is a string.
type text struct {
	min      int // in characters
	empty    bool
	trim     bool
	lower    bool
	email    bool
	uri      bool
	alphanum bool
	pattern  *regexp.Regexp
	oneOf    []string
}

var (
	emailPattern    = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	alphanumPattern = regexp.MustCompile(`^[a-zA-Z0-9]+$`)
)

func (t text) check(label string, value any) (any, *problem) {
	given, ok := value.(string)
	if len(t.oneOf) > 0 && (!ok || !slices.Contains(t.oneOf, given)) {
		return nil, &problem{label, fmt.Sprintf("must be one of [%s]", strings.Join(t.oneOf, ", "))}
	}
	if !ok {
		return nil, &problem{label, "must be a string"}
	}
	if t.trim {
		given = strings.TrimSpace(given)
	}
	if t.lower {
		given = strings.ToLower(given)
	}
	if given == "" {
		if t.empty {
			return given, nil
		}
		return nil, &problem{label, "is not allowed to be empty"}
	}
	if reason := t.refuse(given); reason != "" {
		return nil, &problem{label, reason}
	}
	return given, nil
}

// refuse returns why a text that is not empty is wrong, or "".
func (t text) refuse(given string) string {
	switch {
	case utf8.RuneCountInString(given) < t.min:
		return fmt.Sprintf("length must be at least %d characters long", t.min)
	case t.email && !emailPattern.MatchString(given):
		return "must be a valid email"
	case t.uri && !isURI(given):
		return "must be a valid uri"
	case t.alphanum && !alphanumPattern.MatchString(given):
		return "must only contain alpha-numeric characters"
	case t.pattern != nil && !t.pattern.MatchString(given):
		return fmt.Sprintf("with value %q fails to match the required pattern: /%s/", given, t.pattern)
	}
	return ""
}

func isURI(given string) bool {
	parsed, err := url.Parse(given)
	return err == nil && parsed.Scheme != "" && (parsed.Host != "" || parsed.Opaque != "")
}
