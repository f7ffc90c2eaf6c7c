package tegrabox

import (
	"regexp"
	"slices"
	"strings"
)

// A field is one key that a body may have. All values are strings.
type field struct {
	key      string
	required bool
	empty    bool     // "" is allowed
	email    bool     // looks like an address
	oneOf    []string // empty: any
}

var emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)

// values are a body that was checked. What is absent reads as "".
type values map[string]string

func (v values) has(key string) bool {
	_, present := v[key]
	return present
}

// read checks the body: the fields in their order, then unknown keys, of which
// the first by name is told.
func (c *call) read(allowed ...field) (values, *answer) {
	read := values{}
	for _, f := range allowed {
		value, present := c.body[f.key]
		if reason := f.refuse(value, present); reason != "" {
			return nil, invalid(f.key + " " + reason)
		}
		if present {
			read[f.key] = value.(string)
		}
	}
	var unknown []string
	for key := range c.body {
		if !read.has(key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		return nil, invalid(slices.Min(unknown) + " is not allowed")
	}
	return read, nil
}

// refuse returns why the field may not have the value, or "".
func (f field) refuse(value any, present bool) string {
	text, isText := value.(string)
	switch {
	case !present && f.required:
		return "is required"
	case !present:
		return ""
	case !isText:
		return "must be a string"
	case text == "" && !f.empty:
		return "must not be empty"
	case f.email && !emailPattern.MatchString(text):
		return "must be an email address"
	case len(f.oneOf) > 0 && !slices.Contains(f.oneOf, text):
		return "must be one of " + strings.Join(f.oneOf, ", ")
	}
	return ""
}
