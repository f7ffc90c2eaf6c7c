package rocketchat

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// The rows of rocketchat-livechat-api.md §1, and the codes of §2 and §3.
func TestErrorsMeanWhatTheySay(t *testing.T) {
	for _, test := range []struct {
		status  int
		body    string
		kind    rest.Kind
		code    string
		message string
	}{
		{400, `{"success":false,"error":"some words"}`, rest.Invalid, "", "some words"},
		{400, `{"success":false,"error":"The provided department is invalid [error-invalid-department]","errorType":"error-invalid-department"}`,
			rest.Invalid, "error-invalid-department", "The provided department is invalid"},
		{400, `{"success":false,"error":"error-invalid-department"}`, rest.Invalid, "error-invalid-department", "there is no such department"},
		{400, `{"success":false,"error":"must have required property 'token' [invalid-params]","errorType":"invalid-params"}`,
			rest.Invalid, "invalid-params", "must have required property 'token'"},
		{400, `{"success":false,"error":"must have required property 'token'","errorType":"invalid-params"}`,
			rest.Invalid, "invalid-params", "must have required property 'token'"},
		{400, `{"success":false,"error":"must NOT have additional properties","errorType":"error-invalid-params"}`,
			rest.Invalid, "error-invalid-params", "must NOT have additional properties"},
		{400, "{\"success\":false,\"error\":\"must have required property 'token'\\n must have required property 'rid' [invalid-params]\",\"errorType\":\"invalid-params\"}",
			rest.Invalid, "invalid-params", "must have required property 'token' must have required property 'rid'"},
		{400, `{"success":false,"error":"Match error: Missing key 'token'"}`, rest.Invalid, "", "Match error: Missing key 'token'"},
		{400, `{"success":false,"reason":"error-type-not-allowed"}`, rest.Invalid, "error-type-not-allowed",
			"the server's settings do not allow files of this type (FileUpload_MediaTypeWhiteList, FileUpload_MediaTypeBlackList)"},
		{400, `{"success":false}`, rest.Invalid, "", noReason},
		{400, `{"success":false,"message":"Error sending Livechat transcript"}`, rest.Invalid, "", "Error sending Livechat transcript"},

		// Not found, which is a 400 with a code.
		{400, `{"success":false,"error":"[invalid-token]","errorType":"invalid-token"}`, rest.NotFound, CodeInvalidToken, "there is no visitor with this token"},
		{400, `{"success":false,"error":"Invalid token [invalid-token]","errorType":"invalid-token"}`, rest.NotFound, CodeInvalidToken, "Invalid token"},
		{400, `{"success":false,"error":"Invalid token [invalid-token]"}`, rest.NotFound, CodeInvalidToken, "Invalid token"},
		{400, `{"success":false,"error":"invalid-token"}`, rest.NotFound, CodeInvalidToken, "there is no visitor with this token"},
		{400, `{"success":false,"error":"invalid-room"}`, rest.NotFound, CodeInvalidRoom, "the visitor has no such room, or it is closed"},
		{400, `{"success":false,"error":"invalid-message"}`, rest.NotFound, CodeInvalidMessage, "there is no such message"},
		{400, `{"success":false,"error":"invalid-agent"}`, rest.NotFound, CodeInvalidAgent, "no agent serves the room"},
		{400, `{"success":false,"error":"Department not found [error-department-not-found]","errorType":"error-department-not-found"}`,
			rest.NotFound, "error-department-not-found", "Department not found"},
		{400, `{"success":false,"error":"Custom Field Not found"}`, rest.NotFound, "", "Custom Field Not found"},
		{400, `{"success":false,"error":"Invalid room"}`, rest.NotFound, "", "Invalid room"},

		// What only looks like it.
		{400, `{"success":false,"error":"Token cannot be empty [error-invalid-token]","errorType":"error-invalid-token"}`,
			rest.Invalid, "error-invalid-token", "Token cannot be empty"},
		{400, `{"success":false,"error":"the visitor said invalid-token and left"}`, rest.Invalid, "", "the visitor said invalid-token and left"},
		{400, `{"success":false,"error":"not-found"}`, rest.Invalid, "not-found", "not-found"},
		{400, `<html>Bad Request</html>`, rest.Invalid, "", "the answer is an HTML page, not JSON"},
		{400, ``, rest.Invalid, "", "bad request"},
		{403, `{"success":false,"error":"invalid-token"}`, rest.Forbidden, CodeInvalidToken, "there is no visitor with this token"},
		{500, `{"success":false,"error":"invalid-room"}`, rest.Unknown, CodeInvalidRoom, "the visitor has no such room, or it is closed"},
		{404, `{"success":false,"error":"invalid-token","errorType":"invalid-token"}`, rest.Unsupported, CodeInvalidToken,
			"the server does not know this path; check the server URL and the version of Rocket.Chat"},
		{404, `<html>`, rest.Unsupported, "", "the server does not know this path; check the server URL and the version of Rocket.Chat"},

		{400, `{"success":false,"error":"room-closed"}`, rest.Conflict, CodeRoomClosed, "the room is closed"},
		{400, `{"success":false,"error":"This_conversation_is_already_closed"}`, rest.Conflict, "This_conversation_is_already_closed", "the room is closed"},
		{400, `{"success":false,"error":"Cannot remove visitors with opened rooms [visitor-has-open-rooms]","errorType":"visitor-has-open-rooms"}`,
			rest.Conflict, CodeOpenRooms, "Cannot remove visitors with opened rooms"},
		{400, `{"success":false,"error":"Sorry, no online agents [no-agent-online]","errorType":"no-agent-online"}`, rest.Invalid, CodeNoAgentOnline, "Sorry, no online agents"},
		{400, `{"success":false,"error":"[error-omnichannel-is-disabled]","errorType":"error-omnichannel-is-disabled"}`,
			rest.Forbidden, "error-omnichannel-is-disabled", "Omnichannel is switched off on the server"},
		{400, `{"success":false,"error":"error-department-removal-disabled"}`, rest.Forbidden, CodeDepartmentRemovalDisabled,
			"the server's settings do not let departments be removed (Omnichannel_enable_department_removal)"},

		{401, `{"success":false,"error":"You must be logged in to do this."}`, rest.Unauthorized, "", "You must be logged in to do this."},
		{401, `{"status":"error","message":"You must be logged in to do this.","success":false,"error":"You must be logged in to do this."}`,
			rest.Unauthorized, "", "You must be logged in to do this."},
		{401, `{"status":"error","message":"You must be logged in to do this."}`, rest.Unauthorized, "", "You must be logged in to do this."},
		{403, `{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}`,
			rest.Forbidden, "error-unauthorized", "User does not have the permissions required for this action"},
		{403, `{"success":false,"error":"User does not have the permissions required for this action [error-forbidden]"}`,
			rest.Forbidden, "error-forbidden", "User does not have the permissions required for this action"},
		{429, `{"success":false,"error":"Error, too many requests. Please slow down. You must wait 41 seconds before trying this endpoint again. [error-too-many-requests]"}`,
			rest.RateLimited, "error-too-many-requests", "Error, too many requests. Please slow down. You must wait 41 seconds before trying this endpoint again."},
		{503, ``, rest.Unavailable, "", "service unavailable"},
	} {
		config := impatient()
		config.MaxRetries, config.RateLimitPatience = -1, -1
		client, server := serveWith(t, config, reply{status: test.status, body: test.body})
		_, err := client.GetVisitor(background(t), token)
		var failure *rest.Error
		if !errors.As(err, &failure) || failure.Kind != test.kind || failure.Code != test.code || failure.Message != test.message || failure.Status != test.status {
			t.Errorf("%d %s:\ngot  %+v\nwant %q, code %q, %q", test.status, test.body, failure, test.kind, test.code, test.message)
		}
		if got := len(server.seen()); got != 1 {
			t.Errorf("%d: %d requests", test.status, got)
		}
	}
}

// No code means "not found" by its sound: each is in the table with its reason.
func TestMeaningsAreWellFormed(t *testing.T) {
	for code, meaning := range meanings {
		if meaning.kind == rest.Unknown || strings.HasSuffix(meaning.words, ".") {
			t.Errorf("%s: %+v", code, meaning)
		}
		if code != strings.ToLower(code) || strings.Contains(code, " ") && meaning.words != "" {
			t.Errorf("%q has to stand in lower case, and what the server says in words without others", code)
		}
	}
}

func TestFieldsOfErrors(t *testing.T) {
	for body, want := range map[string]map[string]string{
		`{"error":"Match error: Missing key 'token' in field visitor"}`:                                {"token": "Match error: Missing key 'token' in field visitor"},
		`{"error":"must have required property 'name' [invalid-params]","errorType":"invalid-params"}`: {"name": "must have required property 'name'"},
		`{"error":"error-invalid-department"}`:                                                         {"department": "error-invalid-department"},
		`{"error":"Invalid email [error-invalid-email-address]"}`:                                      {"email": "Invalid email"},
		`{"error":"invalid-custom-field"}`:                                                             {"customFields": "invalid-custom-field"},
		`{"error":"x"}`:                                                                                nil,
	} {
		e := rest.Error{Kind: rest.Invalid}
		classify(http.StatusBadRequest, nil, []byte(body), &e)
		if !maps.Equal(e.Fields, want) {
			t.Errorf("%s: %v", body, e.Fields)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	cause := errors.New("no answer")
	for want, err := range map[string]error{
		`it is not known whether Rocket.Chat created x: the answer was lost (no answer), and it is not there so far; look for it before you apply again`:                                 &LostError{Object: "x", Err: cause},
		`it is not known whether Rocket.Chat created x: the answer was lost (no answer), and this may be the one: a, b; import the one that it is, or remove it, before you apply again`: &LostError{Object: "x", Found: []string{"a", "b"}, Err: cause},
		`it is not known whether Rocket.Chat created x: the answer was lost (no answer), and it cannot be looked for (refused); look for it before you apply again`:                      &LostError{Object: "x", Err: cause, Search: errors.New("refused")},
		`x exists already in Rocket.Chat; import it, or choose another: no answer`:                                                                                                       &ExistsError{Object: "x", ID: "u", Err: cause},
	} {
		if err.Error() != want || !errors.Is(err, cause) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	if got := (&ExistsError{Object: "x"}).Error(); got != "x exists already in Rocket.Chat; import it, or choose another" {
		t.Errorf("got %q", got)
	}
}
