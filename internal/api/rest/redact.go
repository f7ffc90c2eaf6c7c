package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// mark stands where a secret was.
const mark = "***"

// A text that was cut may end in the beginning of a secret. Shorter beginnings tell nothing.
const minBeginning = 6

// redactor takes secrets out of texts: those it was told, and what looks like one.
type redactor struct {
	forms []string // every way to write a told secret, longest first
}

func newRedactor(secrets []string) *redactor {
	var forms []string
	for _, secret := range secrets {
		if strings.TrimSpace(secret) == "" {
			continue
		}
		forms = append(forms, formsOf(secret)...)
		forms = append(forms, formsOf(strings.TrimSpace(secret))...)
	}
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	return &redactor{forms: slices.Compact(forms)}
}

// formsOf lists how a secret looks in plain text, in a URL, in JSON, and in JSON within JSON.
func formsOf(secret string) []string {
	query, path := url.QueryEscape(secret), url.PathEscape(secret)
	forms := []string{
		secret,
		query, lowerHex(query),
		path, lowerHex(path),
	}
	for _, escaped := range []string{
		jsonEscape(secret, false),
		jsonEscape(secret, true),
		asciiEscape(jsonEscape(secret, false)),
		strings.ReplaceAll(jsonEscape(secret, false), "/", `\/`),
	} {
		forms = append(forms, escaped, jsonEscape(escaped, false))
	}
	for _, form := range forms {
		forms = append(forms, spellOut(form))
	}
	return forms
}

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

func lowerHex(text string) string {
	return percentEscape.ReplaceAllStringFunc(text, strings.ToLower)
}

// jsonEscape is the text as it stands between the quotes of a JSON string.
func jsonEscape(text string, html bool) string {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(html)
	if encoder.Encode(text) != nil {
		return text
	}
	return strings.TrimSuffix(strings.TrimPrefix(quoted.String(), `"`), "\"\n")
}

// asciiEscape writes what is not ASCII as \u escapes, as many JSON writers do.
func asciiEscape(text string) string {
	var escaped strings.Builder
	for _, r := range text {
		switch {
		case r < 0x80:
			escaped.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&escaped, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&escaped, `\u%04x\u%04x`, high, low)
		}
	}
	return escaped.String()
}

// redact replaces every secret by the mark. Whatever the text is, no told secret is in the result.
func (r *redactor) redact(text string) string {
	text = spellOut(text)
	clean := replaceSpans(text, r.find(text))
	for _, candidate := range []string{clean, mark} {
		// What is left of a text can happen to spell a secret together with the mark.
		if !r.holdsSecret(candidate) {
			return candidate
		}
	}
	return ""
}

func (r *redactor) holdsSecret(text string) bool {
	return slices.ContainsFunc(r.forms, func(form string) bool { return strings.Contains(text, form) })
}

// span is the part [from, to) of a text.
type span struct{ from, to int }

func (r *redactor) find(text string) []span {
	spans := sensitiveValues(text)
	for _, pattern := range patterns {
		for _, match := range pattern.FindAllStringSubmatchIndex(text, -1) {
			spans = append(spans, span{match[2], match[3]})
		}
	}
	for _, form := range r.forms {
		spans = append(spans, occurrences(text, form)...)
	}
	return spans
}

// occurrences finds a form wherever it stands, overlapping or cut off by the end of the text.
func occurrences(text, form string) []span {
	var spans []span
	for from := 0; ; {
		i := strings.Index(text[from:], form)
		if i < 0 {
			break
		}
		from += i
		spans = append(spans, span{from, from + len(form)})
		from++
	}
	for size := min(len(form)-1, len(text)); size >= minBeginning; size-- {
		if strings.HasSuffix(text, form[:size]) {
			return append(spans, span{len(text) - size, len(text)})
		}
	}
	return spans
}

func replaceSpans(text string, spans []span) string {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var clean strings.Builder
	end := 0
	for i, s := range spans {
		if i == 0 || s.from > end {
			clean.WriteString(text[end:s.from])
			clean.WriteString(mark)
		}
		end = max(end, s.to)
	}
	clean.WriteString(text[end:])
	return clean.String()
}

// patterns find what looks like a secret; group 1 is the secret.
var patterns = []*regexp.Regexp{
	// JSON web tokens, with or without signature, or cut in the first part.
	regexp.MustCompile(`(eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,4}|eyJ[A-Za-z0-9_-]{16,})`),
	regexp.MustCompile(`(?i)\bbearer(?:\s|%20|\+)+([^\s"'<>,;]+)`),
	regexp.MustCompile(`(?i)\b(?:basic|jwt)\s+([^\s"'<>,;]{16,})`),
	// A header written out, up to the end of its line.
	regexp.MustCompile(`(?i)\b(?:authorization|x-[a-z-]*(?:token|secret|key))\s*:\s*([^\r\n"'<>]+)`),
	// A query or form value.
	regexp.MustCompile(`(?i)(?:secret|token|password|authorization|api[_-]?key)[\w.-]*=([^\s&"'<>]+)`),
}

// sensitiveKey finds the end of a JSON key with a telling name, up to where its value begins.
// Group 1 is the backslashes before the closing quote: JSON within a JSON string has them.
var sensitiveKey = regexp.MustCompile(
	`(?i)(?:secret|token|password|authorization|api[_-]?key)[^"\\]{0,100}?(\\*)["'](?:\s|\\+[nrt])*:(?:\s|\\+[nrt])*`)

// sensitiveValues finds the values of telling JSON keys. It does not parse the text, so that
// nesting, truncation and broken quotes elsewhere make no difference.
func sensitiveValues(text string) []span {
	var spans []span
	end := 0
	for _, match := range sensitiveKey.FindAllStringSubmatchIndex(text, -1) {
		if match[1] < end {
			continue // within a value that goes as a whole
		}
		level := escapeLevel(match[3] - match[2])
		end = level.valueEnd(text, match[1])
		spans = append(spans, span{match[1], end})
	}
	return spans
}

// escapeLevel is how deep in JSON strings a piece of JSON stands, told by the backslashes before
// each of its quotes: 0, 1, 3, 7, ...
type escapeLevel int

// valueEnd is where the value that begins at from ends; the end of the text when it has no end.
func (l escapeLevel) valueEnd(text string, from int) int {
	depth := 0
	for i := from; i < len(text); {
		quote := i + backslashes(text[i:])
		switch {
		case quote == len(text):
			return quote
		case text[quote] == '"' || text[quote] == '\'':
			i = l.stringEnd(text, quote)
		case text[quote] == '{' || text[quote] == '[':
			depth++
			i = quote + 1
		case depth == 0 && (text[quote] == '}' || text[quote] == ']'):
			return i // there is no value
		case text[quote] == '}' || text[quote] == ']':
			depth--
			i = quote + 1
		case depth == 0:
			return quote + scalarLength(text[quote:])
		default:
			i = quote + 1
		}
		if depth == 0 {
			return i
		}
	}
	return len(text)
}

func backslashes(text string) int { return len(text) - len(strings.TrimLeft(text, `\`)) }

func scalarLength(text string) int {
	if end := strings.IndexAny(text, ",}]\"'\r\n"); end >= 0 {
		return end
	}
	return len(text)
}

// stringEnd is the position after the quote that closes the string opened by the quote at open.
func (l escapeLevel) stringEnd(text string, open int) int {
	run := 0
	for i := open + 1; i < len(text); i++ {
		if text[i] == '\\' {
			run++
			continue
		}
		// A backslash of the content is written as 2(l+1) of them, a quote of the content has 2l+1.
		if text[i] == text[open] && run%(2*(int(l)+1)) == int(l) {
			return i + 1
		}
		run = 0
	}
	return len(text)
}

// spelledLetter is an ASCII letter, digit, dash or underscore written as a JSON escape.
var spelledLetter = regexp.MustCompile(`(?i)\\+u00(?:2d|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])`)

// spellOut writes such letters plainly, so that escapes hide neither a telling key nor a secret.
func spellOut(text string) string {
	return spelledLetter.ReplaceAllStringFunc(text, func(escape string) string {
		code, err := strconv.ParseUint(escape[len(escape)-2:], 16, 8)
		if err != nil {
			return escape
		}
		return string(rune(code))
	})
}
