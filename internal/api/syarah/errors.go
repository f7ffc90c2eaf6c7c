package syarah

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

const system = "Syarah"

// LostError says that an event without an ack was sent, and that neither a
// broadcast nor the server's lists tell whether it was carried out.
type LostError struct {
	Event  string // for example createMessage
	Object string // for example: the message to chat 7
	Reason string // why there is no confirmation
	Err    error  // the same, as an uncertain *rest.Error
	Search error  // why the lists could not tell; nil: they were read, and do not show it so far
}

// Error tells that it may or may not be done, and what to do.
func (e *LostError) Error() string {
	begin := fmt.Sprintf("it is not known whether Syarah carried out %s for %s: %s", e.Event, e.Object, e.Reason)
	if e.Search != nil {
		return fmt.Sprintf("%s; it could not be looked up either (%v); look for it before you do it again", begin, e.Search)
	}
	return begin + "; the server does not show it so far; look for it before you do it again"
}

// Unwrap returns why there is no confirmation.
func (e *LostError) Unwrap() error { return e.Err }

// refuse is an error that the client itself concludes.
func refuse(kind rest.Kind, format string, arguments ...any) *rest.Error {
	return &rest.Error{Kind: kind, System: system, Message: fmt.Sprintf(format, arguments...)}
}

// refused is what the server said instead of carrying out an event.
func (c *Client) refused(event string, said refusal) *rest.Error {
	e := refuse(kindOfWords(said.words), "Syarah refused %s: %s", event, c.line(said.words))
	e.Code = c.line(said.code)
	return e
}

// kindOfComplaint is the meaning of what the server said while an event got no
// answer. It may be about another call of the same event, so that nothing is
// believed to be gone for it.
func kindOfComplaint(words string) rest.Kind {
	kind := kindOfWords(words)
	if kind == rest.NotFound {
		return rest.Unknown
	}
	return kind
}

// malformed is an ack that cannot be read.
func (c *Client) malformed(event string, answer []byte, why error) *rest.Error {
	e := refuse(rest.Malformed, "Syarah gave an answer to %s that cannot be read: %v", event, why)
	e.Body = head(c.gateway.Redact(head(string(answer), maxRedacted)), maxExcerpt)
	return e
}

// failure is the error of an event that got no answer, or that was not sent.
func (c *Client) failure(event string, err error) *rest.Error {
	e := &rest.Error{Kind: rest.Unavailable, System: system}
	sent := socketio.MayHaveArrived(err)
	switch {
	case errors.Is(err, socketio.ErrTooLong) && !sent && !socketio.IsDropped(err):
		e.Kind = rest.Invalid
	case errors.Is(err, socketio.ErrBadAck), errors.Is(err, socketio.ErrTooLong):
		e.Kind = rest.Malformed
	}
	reason := err
	var call *socketio.CallError
	if errors.As(err, &call) {
		reason = call.Err
	}
	words := "Syarah did not answer " + event
	if !sent {
		words = "the event " + event + " was not sent to Syarah"
	}
	if errors.Is(reason, context.Canceled) || errors.Is(reason, context.DeadlineExceeded) {
		words += ": stopped while waiting"
	}
	e.Err = &cause{words + ": " + c.line(reason.Error()), err}
	return e
}

// unconnected is the error of an event for which there was no connection.
func (c *Client) unconnected(event string, err error) *rest.Error {
	e := &rest.Error{Kind: rest.Unavailable, System: system}
	advice := ""
	var refused *socketio.ConnectError
	var answered *socketio.HandshakeError
	switch {
	case errors.As(err, &refused):
		e.Kind = kindOfWords(refused.Message)
		if e.Kind == rest.Unknown || e.Kind == rest.NotFound {
			e.Kind = rest.Unauthorized
		}
		advice = "; check the access token and the user id"
	case errors.As(err, &answered):
		e.Kind, e.Status = kindOfHandshake(answered.Status), answered.Status
		advice = "; check the gateway URL and the socket path"
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		advice = "; check the gateway URL and the network"
	}
	e.Err = &cause{fmt.Sprintf("the event %s was not sent to Syarah, as there is no connection: %s%s", event, c.line(err.Error()), advice), err}
	return e
}

// kindOfHandshake is the meaning of an HTTP answer where a websocket was wanted.
func kindOfHandshake(status int) rest.Kind {
	switch {
	case status == http.StatusUnauthorized:
		return rest.Unauthorized
	case status == http.StatusForbidden:
		return rest.Forbidden
	case status == http.StatusTooManyRequests:
		return rest.RateLimited
	case status >= 500 && status != http.StatusNotImplemented, status == http.StatusRequestTimeout:
		return rest.Unavailable
	}
	return rest.Unsupported
}

// cause keeps an error for errors.Is and errors.As, and shows it with redacted words.
type cause struct {
	words string
	err   error
}

func (c *cause) Error() string { return c.words }
func (c *cause) Unwrap() error { return c.err }

// refusal is what a server says of a call that failed.
type refusal struct{ words, code string }

// readRefusal reads {"error":"..."} (syarah-api.md §4 [seed]), {"error":{"code",
// "message","details"}} of ABP [assumed], {"success":false,"message"} and NestJS's
// {"status":"error","message"} [assumed]. found is false when it is none of them.
func readRefusal(root any) (said refusal, found bool) {
	answer, ok := root.(object)
	if !ok {
		return refusal{}, false
	}
	said.words, said.code = describe(answer)
	switch reason := get(answer, "error").(type) {
	case string:
		found = reason != ""
	case object:
		found = true
	case bool:
		found = reason
	}
	found = found || get(answer, "success") == false || get(answer, "status") == "error"
	if found && said.words == "" {
		said.words = "it does not say why"
	}
	return said, found
}

// describe finds the words and the code of a refusal.
func describe(answer object) (message, code string) {
	nested := child(answer, "error")
	message = text(nested, "message")
	if details := text(nested, "details"); details != "" && details != message {
		message = strings.TrimPrefix(message+"; "+details, "; ")
	}
	for _, other := range []string{text(answer, "error"), words(get(answer, "message"))} {
		if message == "" {
			message = other
		}
	}
	code = text(nested, "code")
	if code == "" {
		code = text(answer, "code")
	}
	return message, code
}

// words makes one text of a list of texts, which NestJS's validation sends.
func words(value any) string {
	list, ok := value.([]any)
	if !ok {
		return scalar(value)
	}
	parts := []string{}
	for _, item := range list {
		if part := scalar(item); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// kindOfWords guesses what a refusal means from its words, for acks have no
// status. "Not found" is believed only of chats and messages: what is said of a
// token or a user must not empty a state.
func kindOfWords(said string) rest.Kind {
	said = strings.ToLower(said)
	for _, meaning := range meanings {
		for _, word := range meaning.words {
			if strings.Contains(said, word) {
				return meaning.kind
			}
		}
	}
	return rest.Unknown
}

var meanings = []struct {
	kind  rest.Kind
	words []string
}{
	{rest.RateLimited, []string{"too many requests", "rate limit"}},
	{rest.Unauthorized, []string{"unauthorized", "unauthenticated", "not authenticated", "authentication", "token", "jwt", "credentials"}},
	{rest.Forbidden, []string{"forbidden", "not allowed", "permission", "denied", "not authorized", "not a member"}},
	{rest.NotFound, []string{"chat not found", "header not found", "room not found", "message not found", "does not exist", "no such"}},
	{rest.Conflict, []string{"already exist"}},
	{rest.Invalid, []string{"required", "invalid", "must be", "validation", "should "}},
}

// classify reads the bodies of REST errors, which are not documented; ABP's are
// likely (syarah-api.md §3 [assumed]).
func classify(status int, _ http.Header, body []byte, e *rest.Error) {
	root, err := parse(body)
	answer, _ := root.(object)
	if message, code := describe(answer); message != "" {
		e.Message, e.Code = message, code
	}
	e.Fields = fieldReasons(answer)
	_, abp := get(answer, "error").(object)
	_, enveloped := get(answer, "success").(bool)
	if status == http.StatusNotFound && !abp && !enveloped { // not the API's own words
		e.Kind = rest.Unsupported
		e.Message = strings.TrimSuffix("the server does not seem to know this path; check the backend URL; it said: "+e.Message, "; it said: ")
	}
	redirects := status >= 300 && status < 400 // where to is in the message already
	if errors.Is(err, errHTML) && !redirects {
		e.Message = errHTML.Error()
	}
}

// fieldReasons reads ABP's validationErrors: [{"message","members":["name"]}].
func fieldReasons(answer object) map[string]string {
	list, _ := get(child(answer, "error"), "validationErrors").([]any)
	fields := map[string]string{}
	for _, item := range list {
		reason, _ := item.(object)
		members, _ := get(reason, "members").([]any)
		for _, member := range members {
			if name := scalar(member); name != "" {
				fields[name] = text(reason, "message")
			}
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fields
}

const (
	maxWords    = 300
	maxExcerpt  = 500
	maxRedacted = 16 << 10
)

// line is a redacted text on one line, at most maxWords runes long.
func (c *Client) line(said string) string {
	said = strings.Join(strings.FieldsFunc(head(said, maxRedacted), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	said = c.gateway.Redact(said)
	if runes := []rune(said); len(runes) > maxWords {
		return string(runes[:maxWords-1]) + "…"
	}
	return said
}

func head(said string, limit int) string {
	return strings.ToValidUTF8(said[:min(len(said), limit)], "")
}
