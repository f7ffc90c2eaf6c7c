package ethora

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestClassify(t *testing.T) {
	tests := []struct {
		status  int
		body    string
		kind    rest.Kind
		code    string
		message string
		fields  map[string]string
	}{
		{404, `{"success":false,"error":"App not found","code":"APP_NOT_FOUND"}`, rest.NotFound, "APP_NOT_FOUND", "App not found", nil},
		{400, `{"error":"App not found","code":"APP_NOT_FOUND"}`, rest.NotFound, "APP_NOT_FOUND", "App not found", nil},
		{401, `{"error":"No such user","code":"USER_NOT_FOUND"}`, rest.NotFound, "USER_NOT_FOUND", "No such user", nil},
		{401, `{"error":"Session ended","code":"REFRESH_RECORD_NOT_FOUND"}`, rest.Unauthorized, "REFRESH_RECORD_NOT_FOUND", "Session ended", nil},
		{403, `{"error":"App is archived","code":"APP_ARCHIVED"}`, rest.NotFound, "APP_ARCHIVED", "App is archived", nil},
		{403, `{"error":"Nope"}`, rest.Forbidden, "", "Nope", nil},
		{402, `{"error":"Plan limit reached"}`, rest.Forbidden, "", "Plan limit reached", nil},
		{404, `{"error":"Chat not found"}`, rest.NotFound, "", "Chat not found", nil},
		{422, `{"error":"Chat room not found"}`, rest.NotFound, "", "Chat room not found", nil},
		{422, `"chat room NOT FOUND"`, rest.NotFound, "", "chat room NOT FOUND", nil},
		{404, `Cannot GET /v2/apps/x/chats/y`, rest.Unsupported, "", "Cannot GET /v2/apps/x/chats/y", nil},
		{404, `<!DOCTYPE html><pre>Cannot GET /x</pre>`, rest.Unsupported, "", "the answer is an HTML page, not JSON", nil},
		{404, `{"message":"Route GET:/x not found","error":"Not Found","statusCode":404}`, rest.Unsupported, "", "Route GET:/x not found", nil},
		{404, `{"error":"Not found"}`, rest.Unsupported, "", "Not found", nil},
		{404, ``, rest.Unsupported, "", "not found", nil},
		{405, `{"error":"Method not allowed"}`, rest.Unsupported, "", "Method not allowed", nil},
		{409, `{"error":"Chat exists"}`, rest.Conflict, "", "Chat exists", nil},
		{422, `{"error":"Chat already exists"}`, rest.Conflict, "", "Chat already exists", nil},
		{422, `{"error":"E11000 duplicate key"}`, rest.Conflict, "", "E11000 duplicate key", nil},
		{422, `{"error":"\"lastName\" length must be at least 2 characters long","code":"VALIDATION_ERROR"}`, rest.Invalid, "VALIDATION_ERROR",
			`"lastName" length must be at least 2 characters long`,
			map[string]string{"lastName": `"lastName" length must be at least 2 characters long`}},
		{422, `{"error":"\"usersList[0].email\" must be a valid email. \"usersList[0].lastName\" is not allowed to be empty"}`, rest.Invalid, "",
			`"usersList[0].email" must be a valid email. "usersList[0].lastName" is not allowed to be empty`,
			map[string]string{"email": `"usersList[0].email" must be a valid email`, "lastName": `"usersList[0].lastName" is not allowed to be empty`}},
		{422, `{"error":"Validation failed","details":{"app.primaryColor":"must be #RRGGBB"}}`, rest.Invalid, "", "Validation failed",
			map[string]string{"primaryColor": "must be #RRGGBB"}},
		{422, `{"error":{"message":"Bad title","code":"BAD"},"errors":[{"path":["chats",0,"title"],"message":"too long"},{"param":"type","msg":"unknown"},"\"uuid\" is required"]}`,
			rest.Invalid, "BAD", "Bad title", map[string]string{"title": "too long", "type": "unknown", "uuid": `"uuid" is required`}},
		{400, `{"error":[{"message":"first"},"second",3]}`, rest.Invalid, "", "first; second; 3", nil},
		{500, `{"error":"Cast to ObjectId failed: not found"}`, rest.Unknown, "", "Cast to ObjectId failed: not found", nil},
		{502, `<html>Bad gateway</html>`, rest.Unavailable, "", "the answer is an HTML page, not JSON", nil},
		{429, `{"error":"Too many requests"}`, rest.RateLimited, "", "Too many requests", nil},
	}
	for _, test := range tests {
		client, _ := start(t, routes{"/": inTurn(refused(test.status, test.body)), readOwn: shown})
		_, err := client.do(background(t), childApp, rest.Request{Method: http.MethodGet, Path: "/v2/apps/" + childApp})
		var got *rest.Error
		if !errors.As(err, &got) {
			t.Fatalf("%d %s: got %v", test.status, test.body, err)
		}
		if got.Kind != test.kind || got.Code != test.code || !strings.Contains(got.Message, test.message) || !maps.Equal(got.Fields, test.fields) {
			t.Errorf("%d %s:\n got %s, code %q, message %q, fields %q\nwant %s, code %q, message %q, fields %q", test.status, test.body,
				got.Kind, got.Code, got.Message, got.Fields, test.kind, test.code, test.message, test.fields)
		}
	}
}

// The server answers APP_NOT_FOUND for wrong credentials too. Taken for a
// deleted app, it would empty a whole state.
func TestUnknownAppIsBelievedOnlyWithGoodCredentials(t *testing.T) {
	unknown := inTurn(refused(404, `{"error":"App not found","code":"APP_NOT_FOUND"}`))

	client, requests := start(t, routes{
		"GET /v2/apps/" + childApp: unknown,
		readOwn:                    shown,
	})
	for range 2 {
		if _, err := client.GetApp(background(t), childApp); !rest.IsKind(err, rest.NotFound) {
			t.Errorf("a deleted child app gave %v", err)
		}
	}
	requests.expect(t, "GET /v2/apps/"+childApp, readOwn, "GET /v2/apps/"+childApp)

	client, _ = start(t, routes{"/": unknown})
	_, err := client.GetUser(background(t), childApp, "ann")
	if !rest.IsKind(err, rest.Unauthorized) || !strings.Contains(err.Error(), "check app_id and api_url") {
		t.Errorf("wrong credentials gave %v", err)
	}
	if _, err = client.GetApp(background(t), ""); !rest.IsKind(err, rest.Unauthorized) {
		t.Errorf("an unknown own app gave %v", err)
	}

	client, _ = start(t, routes{
		"GET /v2/apps/" + childApp: unknown,
		readOwn:                    inTurn(refused(503, "")),
	})
	if _, err := client.GetApp(background(t), childApp); !rest.IsKind(err, rest.Unavailable) {
		t.Errorf("an own app that cannot be read gave %v", err)
	}
}

// Gateways, hosts and archived tenants say "not found" too, to every request.
// Taken at their word, they would empty a whole state.
func TestForeignNotFoundIsNotBelieved(t *testing.T) {
	const (
		railway  = `{"status":"error","code":404,"message":"Application not found","request_id":"x"}`
		google   = `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`
		vercel   = `{"error":{"code":"DEPLOYMENT_NOT_FOUND","message":"The deployment could not be found on Vercel."}}`
		gateway  = `{"message":"no service found for host"}`
		upstream = `upstream host not found`
		license  = `{"error":"no licence","code":"LICENSE_NOT_FOUND"}`
		azure    = `{"code":"ResourceNotFound","message":"The resource you are looking for has been removed"}`
		ingress  = `{"message":"The requested URL was not found on this server"}`
		mesh     = `{"message":"upstream of the users not found"}`
		acl      = `{"success":false,"error":"Not found userAcl"}`
		archived = `{"error":"App is archived","code":"APP_ARCHIVED"}`
	)
	for name, stranger := range map[string]answer{
		"Railway":              refused(404, railway),
		"Google":               refused(404, google),
		"Vercel":               refused(404, vercel),
		"a gateway's words":    refused(404, gateway),
		"Azure":                refused(404, azure),
		"an ingress":           refused(404, ingress),
		"a service mesh":       refused(404, mesh),
		"400 upstream":         refused(400, upstream),
		"403 licence":          refused(403, license),
		"422 access list":      refused(422, acl),
		"the tenant's archive": refused(403, archived),
	} {
		for object, read := range map[string]func(*Client) error{
			"child app":  func(c *Client) error { _, err := c.GetApp(t.Context(), childApp); return err },
			"child user": func(c *Client) error { _, err := c.GetUser(t.Context(), childApp, "ann"); return err },
			"own user":   func(c *Client) error { _, err := c.GetUser(t.Context(), ownApp, "ann"); return err },
			"child room": func(c *Client) error { _, err := c.GetChat(t.Context(), childApp, "support"); return err },
			"own room":   func(c *Client) error { _, err := c.GetChat(t.Context(), ownApp, "support"); return err },
			"members":    func(c *Client) error { _, err := c.ListMembers(t.Context(), childApp, "support"); return err },
			"access":     func(c *Client) error { _, err := c.HasAccess(t.Context(), childApp, "support", "ann"); return err },
		} {
			if name == "the tenant's archive" && strings.HasPrefix(object, "own") {
				continue // TestOwnAppThatIsArchived
			}
			client, _ := start(t, routes{"/": inTurn(stranger)})
			if err := read(client); err == nil || rest.IsKind(err, rest.NotFound) {
				t.Errorf("%s: the %s passes for gone: %v", name, object, err)
			}
		}
	}
}

// The own app says itself that it is archived; what it holds is gone with it.
func TestOwnAppThatIsArchived(t *testing.T) {
	for name, own := range map[string]answer{
		"refused":  refused(403, `{"error":"App is archived","code":"APP_ARCHIVED"}`),
		"readable": ok(`{"app":{"_id":"` + ownApp + `","status":"archived"}}`),
	} {
		client, requests := start(t, routes{
			"/":     inTurn(refused(403, `{"error":"App is archived","code":"APP_ARCHIVED"}`)),
			readOwn: inTurn(own),
		})
		if app, err := client.GetApp(background(t), ""); err != nil || !app.Gone() {
			t.Errorf("%s: the own app is %+v, %v", name, app, err)
		}
		if _, err := client.GetUser(background(t), "", "ann"); !rest.IsKind(err, rest.NotFound) {
			t.Errorf("%s: its user gave %v", name, err)
		}
		_, err := client.GetUser(background(t), childApp, "ann")
		if !rest.IsKind(err, rest.Unauthorized) || !strings.Contains(err.Error(), "is archived; check app_id and api_url") {
			t.Errorf("%s: a child's user gave %v", name, err)
		}
		requests.expect(t, readOwn, "GET /v1/apps/users/"+ownApp+"_ann", "GET /v1/apps/users/"+childApp+"_ann", readOwn)
	}
}

// A server, or a layer before it, that denies every object in the vendor's own
// words, the own app included, is not believed either.
func TestStrangersInVendorsWords(t *testing.T) {
	for _, body := range []string{`{"error":"User not found","code":"USER_NOT_FOUND"}`, `{"error":"Chat not found"}`, `Users not found`} {
		client, _ := start(t, routes{"/": inTurn(refused(404, body))})
		client.own.answers(time.Time{})
		for name, read := range map[string]func() error{
			"user":        func() error { _, err := client.GetUser(t.Context(), "", "ann"); return err },
			"room":        func() error { _, err := client.GetChat(t.Context(), childApp, "support"); return err },
			"access":      func() error { _, err := client.HasAccess(t.Context(), "", "support", "ann"); return err },
			"deletion":    func() error { return client.DeleteUser(t.Context(), "", "ann", DeleteOptions{}) },
			"taking away": func() error { return client.RemoveAccess(t.Context(), "", "support", []string{"ann"}) },
		} {
			if err := read(); err == nil || rest.IsKind(err, rest.NotFound) {
				t.Errorf("%s: the %s passes for gone: %v", body, name, err)
			}
		}
	}
}

// All who ask at the same time share one look at the own app, and a good answer
// holds for a while.
func TestOwnAppIsAskedForOnce(t *testing.T) {
	now := time.Now()
	clock := &now
	asked := make(chan struct{})
	var once sync.Once
	client, requests := startWith(t, Config{Now: func() time.Time { return *clock }}, routes{
		"GET /v1/apps/users/{name}": inTurn(userMissing),
		readOwn: func(w http.ResponseWriter, r *http.Request) {
			once.Do(func() { <-asked })
			shown(w, r)
		},
	})
	client.own.answers(time.Time{})
	var readers sync.WaitGroup
	for i := range 20 {
		readers.Go(func() {
			if _, err := client.GetUser(background(t), "", fmt.Sprint("user-", i)); !rest.IsKind(err, rest.NotFound) {
				t.Errorf("got %v", err)
			}
		})
	}
	for len(requests.lines()) < 21 { // all of them were denied, and one asks
		time.Sleep(time.Millisecond)
	}
	close(asked)
	readers.Wait()
	if got := len(requests.lines()); got != 21 {
		t.Errorf("%d requests, want 21", got)
	}
	later := now.Add(believedFor)
	clock = &later
	if _, err := client.GetUser(background(t), "", "ann"); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
	if lines := requests.lines(); len(lines) != 23 || lines[22] != readOwn {
		t.Errorf("after a while: %q", lines[21:])
	}
}

// What the vendor says of an object inside an app costs no further request while
// the server gives good answers to others.
func TestVendorsOwnWordsAreBelieved(t *testing.T) {
	for _, gone := range []answer{
		refused(404, `{"error":"User not found","code":"USER_NOT_FOUND"}`),
		refused(401, `{"error":"No such user","code":"USER_NOT_FOUND"}`),
		refused(422, `{"success":false,"error":"User not found"}`),
		refused(422, `Users not found`),
		refused(404, `{"error":"Chat room not found"}`),
		refused(404, `{"code":"CHAT_NOT_FOUND"}`),
		refused(404, `{"error":"Job not found"}`),
	} {
		client, requests := start(t, routes{"/": inTurn(gone)})
		if _, err := client.do(background(t), childApp, rest.Request{Method: http.MethodGet, Path: "/v2/x"}); !rest.IsKind(err, rest.NotFound) {
			t.Errorf("%s: got %v", gone.body, err)
		}
		requests.expect(t, "GET /v2/x")
	}
}

func TestPendingErrorKeepsItsCause(t *testing.T) {
	err := error(&PendingError{JobID: "j1", Err: context.Canceled})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "j1") {
		t.Errorf("got %v", err)
	}
}
