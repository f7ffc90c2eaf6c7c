package tegrabox

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// LostError says that the answer to a creation was lost, and that the object
// could not be told for sure in the list either.
type LostError struct {
	Object     string   // for example: the room "General"
	Candidates []string // ids of objects that may be the one
	Err        error    // why the answer was lost
	Search     error    // why the list could not be read; nil: it was
}

// Error tells that the object may or may not exist, and what to do.
func (e *LostError) Error() string {
	begin := "it is not known whether TegraBox created " + e.Object
	switch {
	case e.Search != nil:
		return fmt.Sprintf("%s: the answer was lost (%v), and the list cannot be read (%v); look for it before you apply again", begin, e.Err, e.Search)
	case len(e.Candidates) > 0:
		return fmt.Sprintf("%s: the answer was lost (%v), and each of these may be the one: %s; import the one that it is, or delete it, before you apply again",
			begin, e.Err, strings.Join(e.Candidates, ", "))
	}
	return fmt.Sprintf("%s: the answer was lost (%v), and it is not in the list so far; look for it before you apply again", begin, e.Err)
}

// Unwrap returns why the answer was lost.
func (e *LostError) Unwrap() error { return e.Err }

// ExistsError says that somebody else's object is where a new one was to be.
type ExistsError struct {
	Object string // for example: a user with the external id "u1"
	ID     string // of that object, for an import
	Field  string // what the two have in common, by the vendor's name: username or external_user_id
	Err    error
}

// Error names the object to import.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s exists already in TegraBox: id %s; import it, or choose another: %v", e.Object, e.ID, e.Err)
}

// Unwrap returns the server's Conflict error, or why the answer to the creation
// was lost before the object was found.
func (e *ExistsError) Unwrap() error { return e.Err }

// lost reports whether a creation that failed so may have been carried out all
// the same: no good answer came, or the server failed at an unknown point.
func lost(err error) bool {
	var failure *rest.Error
	return rest.IsUncertain(err) || errors.As(err, &failure) && failure.Kind == rest.Unknown && failure.Status >= 500
}

// classify reads the vendor's error bodies (tegrabox-api.md §2 [assumed]).
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
	if field := fieldOfMessage.FindString(e.Message); field != "" && e.Fields == nil && isRefusal(status) {
		e.Fields = map[string]string{field: e.Message}
	}
}

// fieldOfMessage is the field with whose name the words about it begin.
var fieldOfMessage = regexp.MustCompile(`^(?:username|external_user_id|display_name|email|status|name|created_by|content|user_id)\b`)

// IsNotImplemented reports whether the server itself says that it does not do
// something yet (tegrabox-api.md §3 [seed]), which no proxy says in its name.
func IsNotImplemented(err error) bool {
	var failure *rest.Error
	return errors.As(err, &failure) && failure.Kind == rest.Unsupported && failure.Status == http.StatusNotImplemented
}

func isRefusal(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// kindOf corrects the meaning that HTTP gives a status. No path of TegraBox is
// known for sure, and so a 404 is believed only when it speaks of an object: one
// that stands for a wrong path would empty a state.
func kindOf(status int, e *rest.Error, parsing error) rest.Kind {
	said := strings.ToLower(e.Message)
	switch {
	case status == http.StatusNotImplemented && errors.Is(parsing, errHTML):
		return rest.Unknown
	case isRefusal(status) && (strings.Contains(said, "already exist") || strings.Contains(said, "already taken") || strings.Contains(said, "duplicate")):
		return rest.Conflict
	case status != http.StatusNotFound:
		return e.Kind
	case projectIsMissing.MatchString(said):
		return rest.Unauthorized
	case errors.Is(parsing, errHTML) || routeIsMissing(e.Message) || !objectIsMissing.MatchString(said):
		return rest.Unsupported
	}
	return rest.NotFound
}

// objectIsMissing are the words for what TegraBox has. Gateways and clouds say of
// their own things that they are not found.
var objectIsMissing = regexp.MustCompile(`\b(?:user|room|member|message)\b`)

var projectIsMissing = regexp.MustCompile(`^(?:the )?project (?:\S+ )?(?:was |is |does )?(?:not found|not exist|unknown)`)

// unclear reports a 404 that speaks of no object.
func unclear(err error) bool {
	var failure *rest.Error
	return errors.As(err, &failure) && failure.Kind == rest.Unsupported && failure.Status == http.StatusNotFound
}

// routeIsMissing tells a router's own 404 from the vendor's: its words name no
// object.
func routeIsMissing(message string) bool {
	words := strings.ToLower(strings.Trim(message, " .!"))
	general := []string{"", "not found", "404 not found", "404 page not found", "route not found", "path not found", "page not found", "endpoint not found", "resource not found"}
	return slices.Contains(general, words) ||
		slices.ContainsFunc([]string{"cannot ", "route ", "no route", "no handler", "unknown route"}, func(begin string) bool {
			return strings.HasPrefix(words, begin)
		})
}

// describe reads message, else a text in error, else error.message
// (tegrabox-api.md §2 [assumed]). A code is not documented.
func describe(answer object) (code, message string) {
	nested, _ := answer["error"].(object)
	message = words(answer["message"])
	for _, other := range []string{text(answer, "error"), words(nested["message"]), words(answer["detail"])} {
		if message == "" {
			message = other
		}
	}
	code = text(answer, "code", "errorCode")
	if code == "" {
		code = text(nested, "code")
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
