package ethora

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Vendor codes that the client acts on (ethora-api.md §3.2 [client]).
const (
	codeAppArchived = "APP_ARCHIVED"
	codeAppNotFound = "APP_NOT_FOUND"
)

// PendingError says that the server accepted a creation whose outcome is not
// known, because the context ended or every poll failed.
type PendingError struct {
	JobID string
	Err   error
}

// Error tells that the job may still end either way.
func (e *PendingError) Error() string {
	return fmt.Sprintf("Ethora accepted the request as job %s, but how it ended is not known: %v; apply again, or look at the user on the server first", e.JobID, e.Err)
}

// Unwrap returns why the outcome is not known.
func (e *PendingError) Unwrap() error { return e.Err }

// LostError says that the answer to a creation was lost, and that looking for
// the object failed too. Creating again may make a second one.
type LostError struct {
	Object string // for example: app "Acme"
	Err    error
}

// Error tells that the object may or may not exist.
func (e *LostError) Error() string {
	return fmt.Sprintf("the answer to the creation of %s was lost, and so it is not known whether it exists: %v", e.Object, e.Err)
}

// Unwrap returns why it could not be looked for.
func (e *LostError) Unwrap() error { return e.Err }

// classify reads the vendor's error bodies (ethora-api.md §3, §13 rows 10-12).
func classify(status int, _ http.Header, body []byte, e *rest.Error) {
	root, _ := parse(body)
	answer, isObject := root.(object)
	if isObject {
		e.Code = text(answer, "code")
		for _, key := range []string{"message", "error", "msg", "reason"} {
			if words := flatten(answer[key]); words != "" {
				e.Message = words
				break
			}
		}
		if nested, ok := answer["error"].(object); ok && e.Code == "" {
			e.Code = text(nested, "code")
		}
		e.Fields = fieldReasons(answer, e.Message)
	}
	e.Kind = kindOf(status, e.Kind, e.Code, body, isObject)
}

// kindOf corrects the meaning that HTTP gives a status.
func kindOf(status int, kind rest.Kind, code string, body []byte, isObject bool) rest.Kind {
	lower := bytes.ToLower(body)
	says := func(words string) bool { return bytes.Contains(lower, []byte(words)) }
	refused := status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
	switch {
	case code == codeAppArchived:
		return rest.NotFound
	case status == http.StatusNotFound && routeIsMissing(code, body, isObject):
		return rest.Unsupported
	case status == http.StatusUnauthorized && code == "USER_NOT_FOUND":
		return rest.NotFound
	case status != http.StatusUnauthorized && status < 500 && strings.HasSuffix(code, "_NOT_FOUND"):
		return rest.NotFound
	case refused && (says("already exist") || says("duplicate")):
		return rest.Conflict
	case refused && says("not found"):
		return rest.NotFound
	}
	return kind
}

// routeIsMissing tells a router's own 404 from the vendor's: no JSON envelope,
// or an envelope without a code that names no object.
func routeIsMissing(code string, body []byte, isObject bool) bool {
	if code != "" {
		return false
	}
	if !isObject {
		return true
	}
	root, _ := parse(body)
	envelope, _ := root.(object)
	words := ""
	for _, key := range []string{"message", "error", "msg", "reason"} {
		if words = flatten(envelope[key]); words != "" {
			break
		}
	}
	words = strings.ToLower(strings.Trim(words, " ."))
	switch words {
	case "", "not found", "route not found", "page not found", "endpoint not found":
		return true
	}
	return strings.HasPrefix(words, "cannot ") || strings.HasPrefix(words, "route ") ||
		strings.HasPrefix(words, "no route") || strings.HasPrefix(words, "no handler")
}

// flatten makes words of an error detail, whatever its shape.
func flatten(value any) string {
	switch value := value.(type) {
	case object:
		if words := text(value, "message", "error", "msg", "reason", "text"); words != "" {
			return words
		}
		parts := []string{}
		for _, key := range sortedKeys(value) {
			if words := flatten(value[key]); words != "" {
				parts = append(parts, key+": "+words)
			}
		}
		return strings.Join(parts, "; ")
	case []any:
		parts := []string{}
		for _, item := range value {
			if words := flatten(item); words != "" {
				parts = append(parts, words)
			}
		}
		return strings.Join(parts, "; ")
	default:
		return scalar(value)
	}
}

// joiField finds the fields that the vendor's validator names
// (ethora-api.md §3.3 [doc]).
var joiField = regexp.MustCompile(`"([A-Za-z0-9_.\[\]]+)" (?:length |is |must |with |fails|contains|does not|has |failed|cannot)`)

// fieldReasons collects which field was refused and why: from "details" and
// "errors", else from the validator's words.
func fieldReasons(answer object, message string) map[string]string {
	fields := map[string]string{}
	for _, key := range []string{"details", "errors"} {
		addFieldReasons(fields, answer[key])
	}
	if len(fields) == 0 {
		addJoiReasons(fields, message)
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
			if words := flatten(reason); words != "" {
				fields[lastName(name)] = words
			}
		}
	case []any:
		for _, item := range value {
			detail, ok := item.(object)
			if !ok {
				addJoiReasons(fields, scalar(item))
				continue
			}
			words := flatten(detail)
			if name := fieldName(detail); name != "" {
				fields[name] = words
				continue
			}
			addJoiReasons(fields, words)
		}
	}
}

// fieldName reads the name of the field from one validation detail.
func fieldName(detail object) string {
	if path, ok := detail["path"].([]any); ok && len(path) > 0 {
		return lastName(scalar(path[len(path)-1]))
	}
	return lastName(text(detail, "path", "param", "field", "key", "property"))
}

// addJoiReasons splits the validator's words at every field that they name.
func addJoiReasons(fields map[string]string, words string) {
	found := joiField.FindAllStringSubmatchIndex(words, -1)
	for i, at := range found {
		end := len(words)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		name := lastName(words[at[2]:at[3]])
		fields[name] = strings.Trim(words[at[0]:end], " .,;")
	}
}

// lastName returns the field at the end of a path such as
// "usersList[0].lastName".
func lastName(path string) string {
	return path[strings.LastIndex(path, ".")+1:]
}

// refuse returns an error that the client itself concludes from an answer.
func (c *Client) refuse(kind rest.Kind, request rest.Request, status int, format string, arguments ...any) *rest.Error {
	return &rest.Error{
		Kind:    kind,
		System:  "Ethora",
		Method:  request.Method,
		Path:    request.Path,
		Status:  status,
		Message: c.rest.Redact(fmt.Sprintf(format, arguments...)),
	}
}

// transient reports whether asking again may help.
func transient(err error) bool {
	var answer *rest.Error
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Kind {
	case rest.Unavailable, rest.RateLimited, rest.Malformed:
		return true
	case rest.Unknown:
		return answer.Status >= 500
	}
	return false
}

// hasCode reports whether err carries one of the vendor's codes.
func hasCode(err error, codes ...string) bool {
	var answer *rest.Error
	if !errors.As(err, &answer) {
		return false
	}
	for _, code := range codes {
		if answer.Code == code {
			return true
		}
	}
	return false
}

// do sends a request about an app. A "not found" may come from a gateway, from
// wrong credentials or from an archived own app just as well as from a missing
// object, and believing it would empty a state. So the own app is read first:
// only a server that shows it is believed. In the vendor's own words about an
// object inside an app, it is believed as well while the server gives good
// answers to others.
func (c *Client) do(ctx context.Context, appID string, request rest.Request) (rest.Response, error) {
	response, err := c.rest.Do(ctx, request)
	if err == nil {
		c.own.answers(c.config.Now())
	}
	if !rest.IsKind(err, rest.NotFound) {
		return response, err
	}
	var denied *rest.Error
	errors.As(err, &denied)
	ownArchived := appID == c.config.AppID && denied.Code == codeAppArchived
	if ownArchived || inVendorsWords(denied) && c.own.hasAnswered(c.config.Now()) {
		return response, err
	}
	reason, ownErr := c.ownAppTrouble(ctx)
	switch {
	case ownErr != nil:
		return response, ownErr
	case reason == "":
		return response, err
	}
	stranger := *denied
	stranger.Kind = rest.Unauthorized
	stranger.Message = fmt.Sprintf("%s; check app_id and api_url (it said: %s)", reason, denied.Message)
	return response, &stranger
}

// vendorsWords are how the vendor denies an object inside an app
// (ethora-api.md §3.2, §3.3).
var vendorsWords = regexp.MustCompile(`(?i)^(?:users?|chats?(?: room)?|rooms?|members?|job) (?:was )?not found`)

// inVendorsWords reports whether a "not found" is surely the vendor's own, and
// about an object inside the app.
func inVendorsWords(denied *rest.Error) bool {
	switch denied.Code {
	case codeAppArchived, codeAppNotFound:
		return false
	case "USER_NOT_FOUND", "CHAT_NOT_FOUND":
		return true
	}
	return vendorsWords.MatchString(denied.Message)
}

// believedFor is how long a good answer speaks for the server.
const believedFor = 5 * time.Second

// credit remembers what the server last told of the own app, and when it last
// gave any good answer. Whoever holds the turn asks; the others wait for the
// turn and then find the answer.
type credit struct {
	turn chan struct{}

	mutex    sync.Mutex
	answered time.Time // a call about any app succeeded
	asked    int       // how often the own app was asked for
	shown    time.Time // the own app was in order
	reason   string    // the last answer of ownAppTrouble
	err      error
}

func (o *credit) answers(now time.Time) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.answered = now
}

func (o *credit) hasAnswered(now time.Time) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return lately(o.answered, now)
}

func lately(then, now time.Time) bool {
	age := now.Sub(then)
	return !then.IsZero() && age >= 0 && age < believedFor
}

func (o *credit) timesAsked() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.asked
}

// told returns the last answer, if it came since the own app was asked for so
// often, or is good and not old.
func (o *credit) told(asked int, now time.Time) (reason string, err error, known bool) { //nolint:revive,staticcheck // the error is what was told, and not why nothing was
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.reason, o.err, o.asked > asked || o.err == nil && o.reason == "" && lately(o.shown, now)
}

func (o *credit) tell(reason string, err error, now time.Time) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.asked++
	o.reason, o.err = reason, err
	if err == nil && reason == "" {
		o.shown = now
	}
}

// ownAppTrouble says why the server's "not found" cannot be believed, or "". It
// is asked for once for all who want to know at the same time, and a good answer
// holds for believedFor.
func (c *Client) ownAppTrouble(ctx context.Context) (string, error) {
	asked := c.own.timesAsked()
	select {
	case c.own.turn <- struct{}{}:
		defer func() { <-c.own.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if reason, err, known := c.own.told(asked, c.config.Now()); known {
		return reason, err
	}
	reason, err := c.readOwnApp(ctx)
	if ctx.Err() == nil { // what a caller that has left was told is no answer
		c.own.tell(reason, err, c.config.Now())
	}
	return reason, err
}

// readOwnApp reads the own app and says why the server's "not found" cannot be
// believed, or "".
func (c *Client) readOwnApp(ctx context.Context) (string, error) {
	request := getAppRoute.request(c.config.AppID)
	response, err := c.rest.Do(ctx, request)
	switch {
	case hasCode(err, codeAppArchived):
		return fmt.Sprintf("app %s, with which the provider signs, is archived", c.config.AppID), nil
	case rest.IsKind(err, rest.NotFound, rest.Unsupported):
		return fmt.Sprintf("the server does not know app %s, with which the provider signs", c.config.AppID), nil
	case err != nil:
		return "", err
	}
	own, err := c.readApp(request, response, c.config.AppID)
	switch {
	case err != nil:
		return "", err
	case own.Gone():
		return fmt.Sprintf("app %s, with which the provider signs, is %s", c.config.AppID, own.Status), nil
	}
	return "", nil
}

// lost reports whether a creation that failed so may have been carried out all
// the same: no good answer came, or the server failed at an unknown point
// (status 500). It is then looked for before anybody is told that it failed.
func lost(err error) bool {
	var answer *rest.Error
	return rest.IsUncertain(err) || errors.As(err, &answer) && answer.Status == http.StatusInternalServerError
}
