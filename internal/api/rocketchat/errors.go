package rocketchat

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Codes of errors that callers tell apart (rocketchat-livechat-api.md §1, §2
// and §3 [server]).
const (
	CodeInvalidToken              = "invalid-token"   // there is no such visitor
	CodeInvalidRoom               = "invalid-room"    // there is no such room, or GET /room and it is closed
	CodeInvalidMessage            = "invalid-message" // there is no such message
	CodeInvalidAgent              = "invalid-agent"   // nobody serves the room
	CodeAgentNotFound             = "agent-not-found" // nobody is there to serve
	CodeNoAgentOnline             = "no-agent-online" // so no room can be opened
	CodeRoomClosed                = "room-closed"
	CodeOpenRooms                 = "visitor-has-open-rooms"
	CodeCloseNotAllowed           = "error-not-allowed-to-close-conversation"
	CodeActionNotAllowed          = "error-action-not-allowed"
	CodeDepartmentRemovalDisabled = "error-department-removal-disabled"
	CodeDepartmentLimit           = "error-max-departments-number-reached"
)

// meaning is what a code means, in words for when the server has none.
type meaning struct {
	kind  rest.Kind
	words string
}

// meanings of the codes of 400 answers, and of what the server says in words
// instead, in lower case. A 400 that is not here is Invalid: most of them are,
// and one that is read as "not found" by mistake would empty a state.
var meanings = map[string]meaning{
	CodeInvalidToken:                                  {rest.NotFound, "there is no visitor with this token"},
	CodeInvalidRoom:                                   {rest.NotFound, "the visitor has no such room, or it is closed"},
	CodeInvalidMessage:                                {rest.NotFound, "there is no such message"},
	CodeInvalidAgent:                                  {rest.NotFound, "no agent serves the room"},
	CodeAgentNotFound:                                 {rest.NotFound, "no agent is there to serve a visitor"},
	"error-invalid-room":                              {rest.NotFound, "there is no such room"},
	"invalid room":                                    {rest.NotFound, ""},
	"error-invalid-visitor":                           {rest.NotFound, "the room's visitor is gone"},
	"error-department-not-found":                      {rest.NotFound, "there is no such department"},
	"department-not-found":                            {rest.NotFound, "there is no such department"},
	"custom field not found":                          {rest.NotFound, ""},
	"custom field already exists":                     {rest.Conflict, ""},
	CodeRoomClosed:                                    {rest.Conflict, "the room is closed"},
	"error-room-already-closed":                       {rest.Conflict, "the room is closed"},
	"error-room-closed":                               {rest.Conflict, "the room is closed"},
	"this_conversation_is_already_closed":             {rest.Conflict, "the room is closed"},
	CodeOpenRooms:                                     {rest.Conflict, "the visitor has open rooms"},
	CodeCloseNotAllowed:                               {rest.Forbidden, "the server's settings do not let visitors close a room (Omnichannel_allow_visitors_to_close_conversation)"},
	CodeActionNotAllowed:                              {rest.Forbidden, "the server's settings do not allow this (Message_AllowEditing, Message_AllowDeleting), or the message is not the visitor's own"},
	CodeDepartmentRemovalDisabled:                     {rest.Forbidden, "the server's settings do not let departments be removed (Omnichannel_enable_department_removal)"},
	"error-file-upload-disabled":                      {rest.Forbidden, "the server's settings do not let visitors upload files (Livechat_fileupload_enabled, FileUpload_Enabled)"},
	"error-offline-form-disabled":                     {rest.Forbidden, "the server's settings do not take offline messages (Livechat_display_offline_form)"},
	"error-contact-channel-blocked":                   {rest.Forbidden, "the visitor is blocked"},
	"error-not-allowed":                               {rest.Forbidden, "the administrator lacks a permission"},
	"error-not-authorized":                            {rest.Forbidden, "the administrator lacks a permission"},
	"error-omnichannel-is-disabled":                   {rest.Forbidden, "Omnichannel is switched off on the server"},
	CodeNoAgentOnline:                                 {rest.Invalid, "no agent is online"},
	"error-no-file-uploaded":                          {rest.Invalid, "the server found no file in the request"},
	"error-type-not-allowed":                          {rest.Invalid, "the server's settings do not allow files of this type (FileUpload_MediaTypeWhiteList, FileUpload_MediaTypeBlackList)"},
	"error-size-not-allowed":                          {rest.Invalid, "the file is larger than the server's settings allow (FileUpload_MaxFileSize)"},
	"invalid-data":                                    {rest.Invalid, "the server knows none of the survey's questions, or not with these answers"},
	"error-invalid-department":                        {rest.Invalid, "there is no such department"},
	"invalid-custom-field":                            {rest.Invalid, "there is no such custom field"},
	"message-length-exceeds-character-limit":          {rest.Invalid, "the message is longer than the server's settings allow (Livechat_message_character_limit)"},
	"error-tags-must-be-assigned-before-closing-chat": {rest.Invalid, "the room's department wants tags before a room is closed, which only an agent can give"},
	"error-comment-is-required":                       {rest.Invalid, "the server's settings want a comment when a room is closed, which only an agent can give"},
	"error-archived-department-cant-be-enabled":       {rest.Conflict, "the department is archived, and cannot be enabled before it is unarchived"},
}

// noReason is what a bare {"success":false} says.
const noReason = "the server gives no reason"

// LostError says that the answer to a creation was lost, or refused what may be only
// a part of it, and that what it created could not be told for sure afterwards
// either.
type LostError struct {
	Object string   // for example: a room
	Found  []string // ids of objects that may be the one
	Err    error    // why the answer was lost, or the refusal
	Search error    // why it could not be looked for; nil: it was
}

// Error tells that the object may or may not exist, and what to do.
func (e *LostError) Error() string {
	why := "the answer was lost"
	if rest.IsKind(e.Err, rest.Invalid) {
		why = "it was refused, but maybe not all of it"
	}
	begin := fmt.Sprintf("it is not known whether Rocket.Chat created %s: %s (%v)", e.Object, why, e.Err)
	switch {
	case len(e.Found) > 0:
		return fmt.Sprintf("%s, and this may be the one: %s; import the one that it is, or remove it, before you apply again",
			begin, strings.Join(e.Found, ", "))
	case e.Search != nil:
		return fmt.Sprintf("%s, and it cannot be looked for (%v); look for it before you apply again", begin, e.Search)
	}
	return begin + ", and it is not there so far; look for it before you apply again"
}

// Unwrap returns why the answer was lost.
func (e *LostError) Unwrap() error { return e.Err }

// ExistsError says that somebody else's object is where a new one was to be.
type ExistsError struct {
	Object string // for example: a message with the id "m1"
	ID     string // of that object, for an import
	Err    error  // nil: the server took it for no error
}

// Error names the object to import.
func (e *ExistsError) Error() string {
	text := fmt.Sprintf("%s exists already in Rocket.Chat; import it, or choose another", e.Object)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the server's error.
func (e *ExistsError) Unwrap() error { return e.Err }

// OtherVisitorError says that a registration met another visitor than the one it
// was meant for. The server knows visitors by their token, then by their phone
// number, then by their e-mail address, and changes the first one that it finds
// (rocketchat-livechat-api.md §2.2 [server]).
type OtherVisitorError struct {
	ID       string // of the visitor who was changed or created
	Expected string // id of the one who was meant; empty: a new one
	OldToken bool   // the visitor kept a token of its own, and the one that was sent is nobody's

	token func() string // a function, so that no way to print the error shows the secret
}

// Token is the one that the visitor has now, a secret; empty when it was not told.
func (e *OtherVisitorError) Token() string {
	if e.token == nil {
		return ""
	}
	return e.token()
}

// Error tells which visitor was met.
func (e *OtherVisitorError) Error() string {
	switch {
	case e.Expected != "":
		return fmt.Sprintf("Rocket.Chat changed or created visitor %s instead of visitor %s, who is gone; refresh, and apply again", e.ID, e.Expected)
	case e.OldToken:
		return fmt.Sprintf("Rocket.Chat created no new visitor, but changed visitor %s, who has the same phone number and kept a token of its own", e.ID)
	}
	return fmt.Sprintf("Rocket.Chat created no new visitor, but changed visitor %s, who had the same token, phone number or e-mail address, and has the new token now", e.ID)
}

// HasCode reports whether err is an error of the server with one of the codes.
func HasCode(err error, codes ...string) bool {
	var failure *rest.Error
	return errors.As(err, &failure) && slices.Contains(codes, failure.Code)
}

// lost reports whether a call that failed so may have been carried out all the
// same: no good answer came, or the server failed at an unknown point.
func lost(err error) bool {
	var failure *rest.Error
	return rest.IsUncertain(err) || errors.As(err, &failure) && failure.Kind == rest.Unknown && failure.Status >= 500
}

// unlessGone makes a success of the deletion of what is gone.
func unlessGone(err error) error {
	if rest.IsKind(err, rest.NotFound) {
		return nil
	}
	return err
}

// explain adds to an error what the route tells about it.
func explain(route route, err error) error {
	var failure *rest.Error
	if errors.As(err, &failure) && failure.Kind == rest.Unsupported && failure.Status == http.StatusNotFound && route.since != "" {
		failure.Message += "; it needs Rocket.Chat " + route.since + " or newer"
	}
	return err
}

// classify reads the server's error bodies (rocketchat-livechat-api.md §1 [server]).
func classify(status int, _ http.Header, body []byte, e *rest.Error) {
	root, err := parse(body)
	if err == nil {
		e.Code, e.Message = describe(root)
		e.Fields = fieldReasons(e.Code, e.Message)
	}
	known := meaningOf(e.Code, e.Message)
	switch status {
	case http.StatusNotFound:
		// What is not found is a 400. A 404 is a path that the server does not know.
		e.Kind = rest.Unsupported
		e.Message = "the server does not know this path; check the server URL and the version of Rocket.Chat"
	case http.StatusBadRequest:
		e.Kind = known.kind
	}
	if known.words != "" && e.Message == e.Code {
		e.Message = known.words
	}
}

func meaningOf(code, message string) meaning {
	for _, key := range []string{code, message} {
		if known, ok := meanings[strings.ToLower(key)]; ok {
			return known
		}
	}
	return meaning{kind: rest.Invalid}
}

var (
	// The code stands behind the reason in brackets, or alone.
	codeBehind = regexp.MustCompile(`(?s)^(.*?)\s*\[([\w-]+)\]$`)
	codeAlone  = regexp.MustCompile(`^\w+(?:[-_]\w+)+$`)
)

// describe reads the code and the words of an error body. The words are under
// error, under reason when a file was refused, and under message when a
// transcript was not sent.
func describe(root object) (code, message string) {
	for _, key := range []string{"error", "reason", "message"} {
		if message == "" {
			message = text(root[key])
		}
	}
	code = text(root["errorType"])
	if found := codeBehind.FindStringSubmatch(message); found != nil {
		message = found[1]
		if code == "" {
			code = found[2]
		}
	}
	if code == "" && codeAlone.MatchString(message) {
		code = message
	}
	if message == "" {
		message = code
	}
	if message == "" {
		message = noReason
	}
	return code, message
}

var namedField = regexp.MustCompile(`(?i)\b(?:property|key) '(\w+)'`)

// fieldReasons tells which of the vendor's fields an error is about, and why;
// nil when it names none.
func fieldReasons(code, message string) map[string]string {
	fields := map[string]string{}
	for _, found := range namedField.FindAllStringSubmatch(message, -1) {
		fields[found[1]] = message
	}
	switch code {
	case "error-invalid-department", "invalid-department":
		fields["department"] = message
	case "error-invalid-email", "error-invalid-email-address":
		fields["email"] = message
	case "invalid-custom-field":
		fields["customFields"] = message
	}
	if len(fields) == 0 {
		return nil
	}
	return fields
}
