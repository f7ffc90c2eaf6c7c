package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessageRunes = 300
	maxExcerptBytes = 500
	maxQuotedRunes  = 120 // of it in an error: enough to know a web page by
	// No more of a body is redacted than this; the excerpt is far shorter.
	maxRedactedBytes = 16 << 10
)

func (c *Client) newError(r Request) *Error {
	return &Error{System: c.config.System, Method: r.Method, Path: r.Path, writes: r.Writes}
}

// notSent is the error of a request that never left.
func (c *Client) notSent(r Request, err error) *Error {
	e := c.newError(r)
	e.Kind = Invalid
	e.Err = c.cause(err)
	return c.tidy(e)
}

// refusal is the error of an answer outside 2xx.
func (c *Client) refusal(r Request, answer Response) *Error {
	e := c.newError(r)
	e.Kind = kindOf(answer.Status)
	e.Status = answer.Status
	e.RequestID = requestID(answer.Header)
	e.Body = string(answer.Body)
	readCommon(answer.Body, e)
	if location := answer.Header.Get("Location"); location != "" && answer.Status < 400 {
		e.Message = "it points to " + withoutQuery(location) + "; redirects are not followed, check the API URL"
	}
	if c.config.Classify != nil {
		c.config.Classify(answer.Status, answer.Header, answer.Body, e)
	}
	if e.Message == "" {
		e.Message = strings.ToLower(http.StatusText(answer.Status))
	}
	return c.tidy(e)
}

// withoutQuery drops what may hold a secret from a URL.
func withoutQuery(location string) string {
	location, _, _ = strings.Cut(location, "?")
	location, _, _ = strings.Cut(location, "#")
	scheme, rest, found := strings.Cut(location, "://")
	if !found {
		return location
	}
	authority, _, _ := strings.Cut(rest, "/")
	user := strings.LastIndex(authority, "@") + 1
	return scheme + "://" + rest[user:]
}

// readCommon reads what most vendors' error bodies have in common (ethora-api.md §3.1 [spec][client]):
// words, a code and a request id at the top level. Any other shape leaves the fields as they are.
func readCommon(body []byte, e *Error) {
	body = bytes.TrimSpace(body)
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil {
		e.Message = firstText(object, "message", "error", "msg", "reason")
		e.Code = firstText(object, "code")
		if id := firstText(object, "requestId", "request_id"); id != "" {
			e.RequestID = id
		}
		return
	}
	var text string
	switch {
	case len(body) == 0:
	case json.Unmarshal(body, &text) == nil:
		e.Message = text
	case body[0] == '<':
		e.Message = "the answer is an HTML page, not JSON"
	case body[0] != '{' && body[0] != '[' && utf8.Valid(body):
		e.Message = string(body)
	}
}

// firstText is the first of the keys that holds a text or a number.
func firstText(object map[string]json.RawMessage, keys ...string) string {
	for _, key := range keys {
		var text string
		var number json.Number
		if json.Unmarshal(object[key], &text) == nil && text != "" {
			return text
		}
		if json.Unmarshal(object[key], &number) == nil && number != "" {
			return number.String()
		}
	}
	return ""
}

// requestID is the id by which the vendor's support finds the request (ethora-api.md §1 [spec][client]).
func requestID(header http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Requestid", "X-Correlation-Id"} {
		if id := header.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// tidy redacts and shortens everything in the error that came from outside.
func (c *Client) tidy(e *Error) *Error {
	e.Path = c.Redact(e.Path)
	e.Code = c.line(e.Code)
	e.Message = c.line(e.Message)
	e.RequestID = c.line(e.RequestID)
	e.Body = c.excerpt(e.Body)
	if len(e.Fields) > 0 {
		fields := make(map[string]string, len(e.Fields))
		for name, reason := range e.Fields {
			fields[c.line(name)] = c.line(reason)
		}
		e.Fields = fields
	}
	return e
}

// line is a redacted text on one line, at most maxMessageRunes long.
func (c *Client) line(text string) string {
	text = strings.Join(strings.FieldsFunc(head(text, maxRedactedBytes), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	runes := []rune(c.Redact(text))
	if len(runes) <= maxMessageRunes {
		return string(runes)
	}
	return string(runes[:maxMessageRunes-1]) + "…"
}

// excerpt is the redacted beginning of a body. It redacts before it cuts, so that no secret loses
// the half by which it is known.
func (c *Client) excerpt(body string) string {
	return head(c.Redact(head(body, maxRedactedBytes)), maxExcerptBytes)
}

// head is the beginning of a text, at most limit bytes long, without what is not UTF-8:
// a rune cut in two, or binary rubbish.
func head(text string, limit int) string {
	return strings.ToValidUTF8(text[:min(len(text), limit)], "")
}
