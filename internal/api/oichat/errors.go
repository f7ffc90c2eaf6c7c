package oichat

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// codeKeyReused is the code of an Idempotency-Key that came before with another
// body (oichat-api.md §4 [assumed]).
const codeKeyReused = "IDEMPOTENCY_KEY_REUSED"

// LostError says that the answer to a creation was lost. OiChat cannot be
// searched for the object; creating again with the same key within 24 hours
// returns it instead of making a second one (oichat-api.md §4 [assumed]).
type LostError struct {
	Object string // for example: the room "Support"
	Key    string // the idempotency key of the creation
	Err    error
}

// Error tells that the object may or may not exist.
func (e *LostError) Error() string {
	return fmt.Sprintf("it is not known whether OiChat created %s, because no good answer came; look for it there before you apply again: %v", e.Object, e.Err)
}

// Unwrap returns why the answer was lost.
func (e *LostError) Unwrap() error { return e.Err }

// classify reads the vendor's error bodies (oichat-api.md §2). That there is a
// code and a message is [seed], where they stand is [assumed].
func classify(status int, _ http.Header, body []byte, e *rest.Error) {
	root, err := parse(body)
	if answer, ok := root.(object); ok {
		e.Code, e.Message = describe(answer)
		e.Fields = fieldReasons(answer)
	}
	e.Kind = kindOf(status, e, err)
	if status == http.StatusNotFound && e.Kind == rest.Unsupported {
		e.Message = strings.TrimSuffix("the server does not seem to know this path; check the API URL and the path prefix; it said: "+e.Message, "; it said: ")
	}
}

// kindOf corrects the meaning that HTTP gives a status. No path of OiChat is
// known for sure, and so a 404 is believed only when it speaks of an object: one
// that stands for a wrong path would empty a state.
func kindOf(status int, e *rest.Error, parsing error) rest.Kind {
	refused := status >= 400 && status < 500 && status != http.StatusUnauthorized
	words := strings.ToLower(e.Code + " " + e.Message)
	switch {
	case e.Code == codeKeyReused:
		return rest.Conflict
	case refused && projectIsMissing.MatchString(words):
		return rest.Unauthorized
	case refused && objectIsMissing.MatchString(e.Code):
		return rest.NotFound
	case status != http.StatusNotFound:
		return e.Kind
	case errors.Is(parsing, errHTML) || routeIsMissing(e.Code, e.Message) || !namesAnObject(e.Message):
		return rest.Unsupported
	}
	return rest.NotFound
}

// namesAnObject reports whether words are about something that OiChat has.
// Gateways and clouds say of their own things that they are not found, and may
// repeat the path.
func namesAnObject(message string) bool {
	return objectWord.MatchString(pathWord.ReplaceAllString(strings.ToLower(message), ""))
}

var (
	projectIsMissing = regexp.MustCompile(`^project_not_found|^\S* ?(?:the )?project (?:was |is )?(?:not found|unknown)`)
	objectIsMissing  = regexp.MustCompile(`^(?:ROOM|USER|PARTICIPANT|MESSAGE|MEMBER)_(?:NOT_FOUND|DELETED)$`)
	objectWord       = regexp.MustCompile(`\b(?:room|participant|member|user|message)\b`)
	pathWord         = regexp.MustCompile(`\S*/\S*`)
	plainCode        = regexp.MustCompile(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$`)
)

// unclear reports a 404 that speaks of no object.
func unclear(err error) bool {
	var failure *rest.Error
	return errors.As(err, &failure) && failure.Kind == rest.Unsupported && failure.Status == http.StatusNotFound
}

// routeIsMissing tells a router's own 404 from the vendor's: its words name no
// object.
func routeIsMissing(code, message string) bool {
	switch code {
	case "", "NOT_FOUND", "404":
	default:
		return strings.HasPrefix(code, "ROUTE_") || strings.HasPrefix(code, "ENDPOINT_") || strings.HasPrefix(code, "PATH_")
	}
	words := strings.ToLower(strings.Trim(message, " .!"))
	general := []string{"", "not found", "404 not found", "404 page not found", "route not found", "path not found", "page not found", "endpoint not found", "resource not found", "no message available"}
	return slices.Contains(general, words) ||
		slices.ContainsFunc([]string{"cannot ", "route ", "no route", "no handler", "no static resource", "unknown route"}, func(begin string) bool {
			return strings.HasPrefix(words, begin)
		})
}

// describe finds the code and the message of an error body: in "error", or
// beside it.
func describe(answer object) (code, message string) {
	if nested, ok := answer["error"].(object); ok {
		code, message = describe(nested)
	}
	if code == "" {
		code = text(answer, "code", "error_code", "errorCode")
	}
	if message == "" {
		message = words(answer["message"])
	}
	alone := text(answer, "error")
	switch {
	case code == "" && plainCode.MatchString(alone):
		code = alone
	case message == "":
		message = alone
	}
	if message == "" {
		message = words(answer["detail"])
	}
	return code, message
}

// fieldReasons collects which field was refused and why, from "details" or
// "errors", beside or in "error"; nil when no field is named.
func fieldReasons(answer object) map[string]string {
	fields := map[string]string{}
	nested, _ := answer["error"].(object)
	for _, body := range []object{answer, nested} {
		for _, key := range []string{"details", "errors", "fields"} {
			addFieldReasons(fields, body[key])
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fields
}

func addFieldReasons(fields map[string]string, value any) {
	switch value := value.(type) {
	case object:
		for name, reason := range value {
			if reason := words(reason); reason != "" {
				fields[name] = reason
			}
		}
	case []any:
		for _, item := range value {
			detail, _ := item.(object)
			if name := text(detail, "field", "path", "param", "property"); name != "" {
				fields[name] = words(detail)
			}
		}
	}
}

// words makes words of an error detail, whatever its shape.
func words(value any) string {
	switch value := value.(type) {
	case object:
		return text(value, "message", "msg", "reason", "error")
	case []any:
		parts := []string{}
		for _, item := range value {
			if part := words(item); part != "" {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, "; ")
	}
	return scalar(value)
}

// lost reports whether a creation that failed so may have been carried out.
func lost(err error) bool { return rest.IsUncertain(err) }
