package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestKindNames(t *testing.T) {
	for kind, want := range map[Kind]string{
		Unknown: "unknown", NotFound: "not found", Unsupported: "unsupported", Malformed: "malformed",
		Kind(-1): "unknown", Kind(99): "unknown",
	} {
		if kind.String() != want {
			t.Errorf("Kind(%d): got %q, want %q", int(kind), kind.String(), want)
		}
	}
}

// Every status has one meaning before the vendor has its say.
func TestKindOfStatus(t *testing.T) {
	for status, want := range map[int]Kind{
		400: Invalid, 401: Unauthorized, 402: Forbidden, 403: Forbidden, 404: NotFound, 405: Unsupported,
		408: Unavailable, 409: Conflict, 410: Unsupported, 412: Conflict, 413: Invalid, 415: Invalid,
		418: Unknown, 422: Invalid, 429: RateLimited, 500: Unknown, 501: Unsupported, 502: Unavailable,
		503: Unavailable, 504: Unavailable, 505: Unknown, 520: Unavailable, 524: Unavailable, 525: Unknown,
	} {
		if got := kindOf(status); got != want {
			t.Errorf("status %d: got %v, want %v", status, got, want)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	for _, test := range []struct {
		e    Error
		want string
	}{
		{
			Error{Kind: Conflict, Method: "POST", Path: "/v2/apps", Status: 422, Code: "X", RequestID: "y", Message: "domain already exists"},
			"Ethora refused POST /v2/apps: domain already exists (422, code X, request id y)",
		},
		{
			Error{Kind: Unavailable, Method: "GET", Path: "/v2/apps", Err: errors.New("connection refused")},
			"Ethora did not answer GET /v2/apps: connection refused",
		},
		{
			Error{Kind: Unavailable, Method: "POST", Path: "/v2/apps", Err: errors.New("EOF"), Uncertain: true},
			"Ethora did not answer POST /v2/apps: EOF; the request may have been carried out all the same",
		},
		{
			Error{Kind: Unavailable, Method: "GET", Path: "/v2/apps", Err: errors.New("EOF"), Uncertain: true},
			"Ethora did not answer GET /v2/apps: EOF",
		},
		{
			Error{Kind: Invalid, Method: "PUT", Path: "/x", Status: 422, Message: "email is taken", Fields: map[string]string{
				"lastName": "is too short", "email": "email is taken", "firstName": "is missing"}},
			"Ethora refused PUT /x: email is taken; firstName: is missing; lastName: is too short (422)",
		},
		{
			Error{Kind: Malformed, Method: "GET", Path: "/x", Status: 200, Message: "it is no JSON", Body: "<html>"},
			`Ethora gave an answer to GET /x that cannot be read: it is no JSON (200); the answer began with "<html>"`,
		},
		{
			Error{Kind: Malformed, Method: "GET", Path: "/x", Status: 200, Message: "it is no JSON", Body: strings.Repeat("ü", 130)},
			`Ethora gave an answer to GET /x that cannot be read: it is no JSON (200); the answer began with "` + strings.Repeat("ü", 120) + `"`,
		},
		{Error{Kind: Unknown, Method: "GET", Path: "/x", Status: 500}, "Ethora failed to serve GET /x (500)"},
		{Error{Kind: Conflict, Message: "the email is in use", Fields: map[string]string{"email": "in use"}}, "the email is in use"},
	} {
		test.e.System = "Ethora"
		if got := test.e.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestIsKindSeesThroughWrapping(t *testing.T) {
	err := fmt.Errorf("creating the app: %w", &Error{Kind: Conflict, Uncertain: true, Err: context.Canceled})
	if !IsKind(err, NotFound, Conflict) || IsKind(err, NotFound) || IsKind(errors.New("x"), Unknown) || IsKind(nil, Unknown) {
		t.Error("IsKind is wrong")
	}
	if !IsUncertain(err) || IsUncertain(&Error{}) || IsUncertain(nil) || !errors.Is(err, context.Canceled) {
		t.Error("IsUncertain or Unwrap is wrong")
	}
}

// What most vendors' error bodies have in common, and what a proxy in front of them answers.
func TestRefusalReadsCommonBodies(t *testing.T) {
	long := strings.Repeat("ü", 400)
	for _, test := range []struct {
		name, body               string
		message, code, requestID string
	}{
		{"full", `{"success":false,"error":"App not found","code":"APP_NOT_FOUND","requestId":"r1"}`, "App not found", "APP_NOT_FOUND", "r1"},
		{"message first", `{"error":"Bad Request","message":"lastName is short"}`, "lastName is short", "", "header-id"},
		{"error is an object", `{"error":{"a":1},"reason":"why","code":17}`, "why", "17", "header-id"},
		{"nothing known", `{"x":1}`, "unprocessable entity", "", "header-id"},
		{"JSON text", `"just words"`, "just words", "", "header-id"},
		{"JSON list", `[1]`, "unprocessable entity", "", "header-id"},
		{"plain words", "upstream\r\n\tis\x00 gone", "upstream is gone", "", "header-id"},
		{"HTML", "<!DOCTYPE html><p>oops", "the answer is an HTML page, not JSON", "", "header-id"},
		{"broken JSON", `{"error":"x`, "unprocessable entity", "", "header-id"},
		{"empty", "", "unprocessable entity", "", "header-id"},
		{"null", "null", "unprocessable entity", "", "header-id"},
		{"not text", "\xff\xfe\x00", "unprocessable entity", "", "header-id"},
		{"long", `{"error":"` + long + `"}`, long[:2*299] + "…", "", "header-id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, answer(422, test.body, "X-Correlation-Id", "header-id"))
			_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"})
			e := asError(t, err)
			if e.Message != test.message || e.Code != test.code || e.RequestID != test.requestID {
				t.Errorf("got message %q, code %q, request id %q", e.Message, e.Code, e.RequestID)
			}
			if len(e.Body) > maxExcerptBytes {
				t.Errorf("the excerpt has %d bytes", len(e.Body))
			}
		})
	}
}

func TestClassifyHasTheLastWord(t *testing.T) {
	s := newServer(t, answer(422, `{"error":"not found"}`, "X-Vendor", "v"))
	client := newClient(t, s.URL, func(c *Config) {
		c.Classify = func(status int, header http.Header, body []byte, e *Error) {
			if status != 422 || header.Get("X-Vendor") != "v" || string(body) != `{"error":"not found"}` || e.Kind != Invalid || e.Message != "not found" {
				t.Errorf("Classify got %d %v %s %+v", status, header, body, e)
			}
			e.Kind, e.Code, e.RequestID = NotFound, "C", "R"
			e.Message = "gone\nwith " + testSecret
			e.Fields = map[string]string{"name": "holds " + testSecret}
		}
	})
	_, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"})
	const want = "Ethora refused GET /x: gone with ***; name: holds *** (422, code C, request id R)"
	if !IsKind(err, NotFound) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestMalformed(t *testing.T) {
	client := newClient(t, "http://ethora.invalid")
	response := Response{Status: 200, Header: http.Header{"X-Requestid": {"r1"}}, Body: []byte(`{"token":"abc","ok":`)}
	for method, uncertain := range map[string]bool{"GET": false, "POST": true, "PUT": true} {
		e := client.Malformed(Request{Method: method, Path: "/x"}, response, "the list is missing")
		if e.Kind != Malformed || e.Status != 200 || e.RequestID != "r1" || e.Uncertain != uncertain || e.Body != `{"token":***,"ok":` {
			t.Errorf("%s: got %+v", method, e)
		}
	}
}
