package rest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Kind says what an error means, whatever the vendor's status was.
type Kind int

// The kinds of errors.
const (
	Unknown      Kind = iota // none of the below, for example 500
	NotFound                 // the object does not exist
	Conflict                 // the object exists already, or was changed meanwhile
	Invalid                  // the request was refused by validation, by the server or before it was sent
	Unauthorized             // the credentials are missing, wrong or expired
	Forbidden                // the credentials are good but do not allow this
	RateLimited              // too many requests
	Unsupported              // the server lacks the route or the method
	Unavailable              // no answer, a gateway's error, a cut connection, a timeout
	Malformed                // a 2xx answer whose body is not what the vendor promised
)

var kindNames = []string{
	Unknown:      "unknown",
	NotFound:     "not found",
	Conflict:     "conflict",
	Invalid:      "invalid",
	Unauthorized: "unauthorized",
	Forbidden:    "forbidden",
	RateLimited:  "rate limited",
	Unsupported:  "unsupported",
	Unavailable:  "unavailable",
	Malformed:    "malformed",
}

// String names the kind in plain words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[Unknown]
	}
	return kindNames[k]
}

// kindOf is the meaning that HTTP gives a status. A vendor's Classify may know better.
func kindOf(status int) Kind {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity:
		return Invalid
	case http.StatusUnauthorized:
		return Unauthorized
	case http.StatusPaymentRequired, http.StatusForbidden:
		return Forbidden
	case http.StatusNotFound:
		return NotFound
	// 410 is how a retired host answers every path (ethora-api.md §1 [client]).
	// Read as "not found" it would empty a whole state.
	case http.StatusGone, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return Unsupported
	case http.StatusConflict, http.StatusPreconditionFailed:
		return Conflict
	case http.StatusTooManyRequests:
		return RateLimited
	case http.StatusRequestTimeout:
		return Unavailable
	}
	if unavailable(status) {
		return Unavailable
	}
	return Unknown
}

// unavailable reports a gateway that could not reach the server behind it:
// 502 to 504, and 520 to 524, which Cloudflare uses for the same troubles.
func unavailable(status int) bool {
	return status >= 502 && status <= 504 || status >= 520 && status <= 524
}

// Error is every failure of a call. Its texts are redacted.
type Error struct {
	Kind      Kind
	System    string            // name of the chat system, for example "Ethora"
	Method    string            // "" when the error is about no single request; Message then tells all
	Path      string            // path only, without the query
	Status    int               // HTTP status; 0 when there was no answer
	Code      string            // vendor's code, for example APP_NOT_FOUND
	Message   string            // vendor's own words on one line, at most 300 runes
	RequestID string            // from the body, x-request-id, x-requestid or x-correlation-id
	Body      string            // beginning of the raw body, at most 500 bytes
	Fields    map[string]string // vendor's field name to its reason, where the vendor names fields
	Uncertain bool              // the request may have been carried out although no good answer came
	Err       error             // cause: a network or context error; nil when the server answered

	attempts int  // how often the request was sent
	writes   bool // although it is a GET
}

// Error tells what happened, to which request, and why.
func (e *Error) Error() string {
	var text strings.Builder
	outcome, reason := e.outcome(), e.reason()
	text.WriteString(outcome)
	if outcome != "" && reason != "" {
		text.WriteString(": ")
	}
	text.WriteString(reason)
	if facts := e.facts(); len(facts) > 0 {
		text.WriteString(" (" + strings.Join(facts, ", ") + ")")
	}
	if e.Kind == Malformed && e.Body != "" {
		fmt.Fprintf(&text, "; the answer began with %.*q", maxQuotedRunes, e.Body)
	}
	if e.Uncertain && (e.Method != http.MethodGet || e.writes) {
		text.WriteString("; the request may have been carried out all the same")
	}
	return text.String()
}

// outcome is the first half of the message: who did what; "" when there is no single request.
func (e *Error) outcome() string {
	request := e.Method + " " + e.Path
	switch {
	case e.Method == "":
		return ""
	case e.Status == 0 && (e.Kind == Invalid || e.Kind == Unauthorized):
		return fmt.Sprintf("%s was not asked %s", e.System, request)
	case e.Status == 0:
		return fmt.Sprintf("%s did not answer %s", e.System, request)
	case e.Kind == Malformed:
		return fmt.Sprintf("%s gave an answer to %s that cannot be read", e.System, request)
	case e.Status >= 500:
		return fmt.Sprintf("%s failed to serve %s", e.System, request)
	case e.Status >= 300 && e.Status < 400:
		return fmt.Sprintf("%s redirected %s", e.System, request)
	default:
		return fmt.Sprintf("%s refused %s", e.System, request)
	}
}

// reason is the second half of the message: why.
func (e *Error) reason() string {
	reasons := []string{}
	if e.Message != "" {
		reasons = append(reasons, e.Message)
	}
	names := make([]string, 0, len(e.Fields))
	for name := range e.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !strings.Contains(e.Message, e.Fields[name]) {
			reasons = append(reasons, name+": "+e.Fields[name])
		}
	}
	if e.Err != nil {
		reasons = append(reasons, e.Err.Error())
	}
	return strings.Join(reasons, "; ")
}

// facts are what a vendor's support asks for.
func (e *Error) facts() []string {
	facts := []string{}
	if e.Status != 0 {
		facts = append(facts, fmt.Sprintf("%d", e.Status))
	}
	if e.Code != "" {
		facts = append(facts, "code "+e.Code)
	}
	if e.RequestID != "" {
		facts = append(facts, "request id "+e.RequestID)
	}
	if e.attempts > 1 {
		facts = append(facts, fmt.Sprintf("%d attempts", e.attempts))
	}
	return facts
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err is an *Error of one of the kinds.
func IsKind(err error, kinds ...Kind) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains(kinds, e.Kind)
}

// ErrAttemptTimeout is the cause of an attempt that got no answer within the configured timeout.
// The server may still be at work on the request.
var ErrAttemptTimeout = errors.New("no answer")

// IsUncertain reports whether err is an *Error of a request that may have been carried out.
func IsUncertain(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Uncertain
}

// cause keeps an error for errors.Is and errors.As, and shows it with redacted words.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }
