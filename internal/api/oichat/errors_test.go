package oichat

import (
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
		{400, `{"error":{"code":"INVALID_REQUEST","message":"participants: at least 2"}}`, rest.Invalid, "INVALID_REQUEST", "participants: at least 2"},
		{400, `{"code":"BAD","message":"no"}`, rest.Invalid, "BAD", "no"},
		{400, `{"error_code":"BAD","message":"no"}`, rest.Invalid, "BAD", "no"},
		{400, `{"errorCode":"BAD","message":"no"}`, rest.Invalid, "BAD", "no"},
		{400, `{"error":"BAD_REQUEST","message":"no"}`, rest.Invalid, "BAD_REQUEST", "no"},
		{400, `{"error":"Bad Request","message":["a","b"]}`, rest.Invalid, "", "a; b"},
		{400, `{"error":"it is bad"}`, rest.Invalid, "", "it is bad"},
		{400, `it is bad`, rest.Invalid, "", "it is bad"},
		{422, `{"detail":[{"msg":"field required","field":"type"}]}`, rest.Invalid, "", "field required"},
		{422, `{"error":{"code":"IDEMPOTENCY_KEY_REUSED","message":"x"}}`, rest.Conflict, "IDEMPOTENCY_KEY_REUSED", "x"},
		{401, `{"error":{"code":"UNAUTHORIZED","message":"bad key"}}`, rest.Unauthorized, "UNAUTHORIZED", "bad key"},
		{401, `{"error":{"code":"USER_NOT_FOUND","message":"x"}}`, rest.Unauthorized, "USER_NOT_FOUND", "x"},
		{403, `{"error":{"code":"FORBIDDEN","message":"not a participant"}}`, rest.Forbidden, "FORBIDDEN", "not a participant"},
		{403, `{"error":{"code":"PROJECT_NOT_FOUND","message":"x"}}`, rest.Unauthorized, "PROJECT_NOT_FOUND", "x"},
		{404, `{"message":"Project not found"}`, rest.Unauthorized, "", "Project not found"},
		{404, `{"error":{"code":"ROOM_NOT_FOUND","message":"no such room"}}`, rest.NotFound, "ROOM_NOT_FOUND", "no such room"},
		{404, `{"error":"ROOM_NOT_FOUND"}`, rest.NotFound, "ROOM_NOT_FOUND", ""},
		{404, `{"statusCode":404,"message":"Room r not found","error":"Not Found"}`, rest.NotFound, "", "Room r not found"},
		{404, `Room not found`, rest.NotFound, "", "Room not found"},
		{410, `{"error":{"code":"ROOM_DELETED","message":"gone"}}`, rest.NotFound, "ROOM_DELETED", "gone"},
		{400, `{"error":{"code":"ROOM_NOT_FOUND","message":"x"}}`, rest.NotFound, "ROOM_NOT_FOUND", "x"},
		{410, `gone`, rest.Unsupported, "", "gone"},
		{404, `{"statusCode":404,"message":"Cannot GET /v1/rooms/r","error":"Not Found"}`, rest.Unsupported, "", "does not seem to know this path"},
		{404, `{"error":"Not Found"}`, rest.Unsupported, "", "check the API URL"},
		{404, `{"error":{"code":"NOT_FOUND","message":"Not Found"}}`, rest.Unsupported, "NOT_FOUND", "path prefix"},
		{404, `{"code":"ROUTE_NOT_FOUND","message":"x"}`, rest.Unsupported, "ROUTE_NOT_FOUND", "it said: x"},
		{404, `<html>404</html>`, rest.Unsupported, "", "path prefix"},
		{404, ``, rest.Unsupported, "", "path prefix"},
		{404, `{"status":"error","code":404,"message":"Application not found"}`, rest.Unsupported, "404", "it said: Application not found"}, // as clouds say
		{404, `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`, rest.Unsupported, "404", "path prefix"},
		{404, `{"error":{"code":"DEPLOYMENT_NOT_FOUND","message":"The deployment could not be found"}}`, rest.Unsupported, "DEPLOYMENT_NOT_FOUND", "path prefix"},
		{404, `{"message":"The resource /v1/rooms/room-1 was not found on this server"}`, rest.Unsupported, "", "path prefix"},
		{404, `{"message":"ann is not a participant"}`, rest.NotFound, "", "ann is not a participant"},
		{409, `{"error":{"code":"ALREADY_PARTICIPANT","message":"x"}}`, rest.Conflict, "ALREADY_PARTICIPANT", "x"},
		{429, `{"error":{"code":"RATE","message":"x"}}`, rest.RateLimited, "RATE", "x"},
		{501, `{"message":"later"}`, rest.Unsupported, "", "later"},
		{503, `<html>`, rest.Unavailable, "", "HTML page"},
	} {
		config := impatient()
		config.MaxRetries, config.RateLimitPatience = -1, -1
		server := inTurn(scripted{test.status, test.body})
		_, err := serve(t, config, server).GetRoom(background(t), "r")
		var failure *rest.Error
		if !asError(err, &failure) || failure.Kind != test.kind || failure.Code != test.code || !strings.Contains(failure.Message, test.message) {
			t.Errorf("%d %s: %#v", test.status, test.body, err)
		}
		if len(server.seen) != 1 {
			t.Errorf("%d: %d requests", test.status, len(server.seen))
		}
	}
}

func TestFieldsOfErrors(t *testing.T) {
	for body, want := range map[string]map[string]string{
		`{"error":{"message":"x","details":[{"field":"type","message":"is bad"}]}}`: {"type": "is bad"},
		`{"message":"x","errors":{"name":["is long","is odd"]}}`:                    {"name": "is long; is odd"},
		`{"message":"x","errors":["a",null,{"path":"p","msg":"m"}]}`:                {"p": "m"},
		`{"message":"x"}`: nil,
	} {
		e := rest.Error{Kind: rest.Invalid}
		classify(http.StatusBadRequest, nil, []byte(body), &e)
		if !maps.Equal(e.Fields, want) {
			t.Errorf("%s: %v", body, e.Fields)
		}
	}
}
