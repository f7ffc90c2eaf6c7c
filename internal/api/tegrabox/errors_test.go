package tegrabox

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestErrorsMeanWhatTheySay(t *testing.T) {
	for _, test := range []struct {
		status  int
		body    string
		kind    rest.Kind
		code    string
		message string
	}{
		{400, `{"error":"Bad Request","message":"username is required","statusCode":400}`, rest.Invalid, "", "username is required"},
		{400, `{"message":["a","b"],"code":"E1"}`, rest.Invalid, "E1", "a; b"},
		{400, `{"error":"bad"}`, rest.Invalid, "", "bad"},
		{400, `{"error":{"message":"bad","code":7}}`, rest.Invalid, "7", "bad"},
		{400, `{"detail":[{"msg":"bad"}]}`, rest.Invalid, "", "bad"},
		{400, `bad`, rest.Invalid, "", "bad"},
		{400, `{"message":"username already exists"}`, rest.Conflict, "", "already exists"},
		{422, `{"message":"E11000 Duplicate key"}`, rest.Conflict, "", "Duplicate"},
		{401, `{"message":"Invalid API key"}`, rest.Unauthorized, "", "Invalid API key"},
		{403, `{"message":"another project"}`, rest.Forbidden, "", "another project"},
		{404, `{"error":"Not Found","message":"User not found"}`, rest.NotFound, "", "User not found"},
		{404, `User u not found`, rest.NotFound, "", "User u not found"},
		{404, `{"message":"Project p not found"}`, rest.Unauthorized, "", "Project p not found"},
		{404, `{"message":"Cannot DELETE /api/x","error":"Not Found"}`, rest.Unsupported, "", "path prefix"},
		{404, `{"error":"Not Found"}`, rest.Unsupported, "", "it said: Not Found"},
		{404, `<html>`, rest.Unsupported, "", "path prefix"},
		{404, "Not Found\n", rest.Unsupported, "", "path prefix"},                                            // as the vendor's host says of a server that is gone
		{404, `{"message":"Application not found"}`, rest.Unsupported, "", "it said: Application not found"}, // as clouds say
		{404, `{"error":{"code":404,"message":"Requested entity was not found."}}`, rest.Unsupported, "404", "path prefix"},
		{404, `{"message":"The user is not a member of the room"}`, rest.NotFound, "", "not a member"},
		{409, `{"message":"taken"}`, rest.Conflict, "", "taken"},
		{429, ``, rest.RateLimited, "", "too many requests"},
		{500, `<html>`, rest.Unknown, "", "HTML page"},
		{501, `{"message":"coming soon"}`, rest.Unsupported, "", "coming soon"},
		{501, ``, rest.Unsupported, "", "not implemented"},
		{501, `<html>`, rest.Unknown, "", "HTML page"}, // a proxy's
		{503, ``, rest.Unavailable, "", "service unavailable"},
	} {
		server := inTurn(scripted{test.status, test.body})
		err := scriptedClient(t, server).RevokeTokens(background(t), "u")
		var failure *rest.Error
		if !errors.As(err, &failure) || failure.Kind != test.kind || failure.Code != test.code || !strings.Contains(failure.Message, test.message) {
			t.Errorf("%d %s: %#v", test.status, test.body, err)
		}
		if len(server.seen) != 1 {
			t.Errorf("%d: %d requests", test.status, len(server.seen))
		}
	}
}

func TestFieldsOfErrors(t *testing.T) {
	for body, want := range map[string]map[string]string{
		`{"error":{"message":"x","details":[{"field":"email","message":"is bad"}]}}`: {"email": "is bad"},
		`{"message":"x","errors":{"username":["is long","is odd"]}}`:                 {"username": "is long; is odd"},
		`{"message":"x","errors":["a",null,{"path":"p","msg":"m"}]}`:                 {"p": "m"},
		`{"message":"x"}`: nil,
		`{"message":"email must be an email address"}`:              {"email": "email must be an email address"},
		`{"message":"names are short"}`:                             nil,
		`{"message":"email is bad","errors":{"username":"is odd"}}`: {"username": "is odd"},
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
		`it is not known whether TegraBox created x: the answer was lost (no answer), and it is not in the list so far; look for it before you apply again`:                                    &LostError{Object: "x", Err: cause},
		`it is not known whether TegraBox created x: the answer was lost (no answer), and each of these may be the one: a, b; import the one that it is, or delete it, before you apply again`: &LostError{Object: "x", Candidates: []string{"a", "b"}, Err: cause},
		`it is not known whether TegraBox created x: the answer was lost (no answer), and the list cannot be read (refused); look for it before you apply again`:                               &LostError{Object: "x", Err: cause, Search: errors.New("refused")},
		`x exists already in TegraBox: id u; import it, or choose another: no answer`:                                                                                                          &ExistsError{Object: "x", ID: "u", Err: cause},
	} {
		if err.Error() != want || !errors.Is(err, cause) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}
