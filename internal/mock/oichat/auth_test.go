package oichat_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

func TestAuthentication(t *testing.T) {
	const key, secret, id = oichat.DefaultAPIKey, oichat.DefaultSecretKey, oichat.DefaultProjectID
	own := oichat.Settings{APIKeyHeader: "X-Key", SecretKeyHeader: "X-Sec", ProjectHeader: "X-Proj"}
	bearer := oichat.Settings{Authentication: "bearer"}
	for name, test := range map[string]struct {
		settings oichat.Settings
		header   map[string]string
		status   int
		code     string
	}{
		"all three":             {oichat.Settings{}, map[string]string{"X-API-Key": key, "X-Secret-Key": secret, "X-Project-Id": id}, 200, ""},
		"nothing":               {oichat.Settings{}, nil, 401, "MISSING_CREDENTIALS"},
		"no API key":            {oichat.Settings{}, map[string]string{"X-Secret-Key": secret, "X-Project-Id": id}, 401, "MISSING_CREDENTIALS"},
		"no secret key":         {oichat.Settings{}, map[string]string{"X-API-Key": key, "X-Project-Id": id}, 401, "MISSING_CREDENTIALS"},
		"no project":            {oichat.Settings{}, map[string]string{"X-API-Key": key, "X-Secret-Key": secret}, 401, "MISSING_CREDENTIALS"},
		"wrong API key":         {oichat.Settings{}, map[string]string{"X-API-Key": "x", "X-Secret-Key": secret, "X-Project-Id": id}, 401, "INVALID_CREDENTIALS"},
		"wrong secret key":      {oichat.Settings{}, map[string]string{"X-API-Key": key, "X-Secret-Key": "x", "X-Project-Id": id}, 401, "INVALID_CREDENTIALS"},
		"wrong project":         {oichat.Settings{}, map[string]string{"X-API-Key": key, "X-Secret-Key": secret, "X-Project-Id": "proj_2"}, 403, "PROJECT_FORBIDDEN"},
		"wrong key and project": {oichat.Settings{}, map[string]string{"X-API-Key": "x", "X-Secret-Key": secret, "X-Project-Id": "proj_2"}, 401, "INVALID_CREDENTIALS"},
		"own names":             {own, map[string]string{"X-Key": key, "X-Sec": secret, "X-Proj": id}, 200, ""},
		"default names instead": {own, map[string]string{"X-API-Key": key, "X-Secret-Key": secret, "X-Project-Id": id}, 401, "MISSING_CREDENTIALS"},
		"bearer":                {bearer, map[string]string{"Authorization": "Bearer " + secret, "X-Project-Id": id}, 200, ""},
		"bearer, wrong":         {bearer, map[string]string{"Authorization": "Bearer x", "X-Project-Id": id}, 401, "INVALID_CREDENTIALS"},
		"bearer, no header":     {bearer, map[string]string{"X-Secret-Key": secret, "X-Project-Id": id}, 401, "MISSING_CREDENTIALS"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.set(test.settings)
			got := b.call("GET /v1/rooms?user_id=ann", "", test.header).is(test.status)
			if test.code != "" {
				got.has(test.code, "error", "code")
			}
		})
	}
}

// Credentials come before everything else: an unknown path tells strangers
// nothing.
func TestStrangersLearnNothing(t *testing.T) {
	b := newBench(t)
	b.call("GET /v1/nothing", "", nil).fails(401, "MISSING_CREDENTIALS", "Credentials are missing")
	b.send("GET /v1/nothing", "").fails(404, "ROUTE_NOT_FOUND", "There is no GET /v1/nothing")
}

func TestLogAndStateHaveNoSecrets(t *testing.T) {
	b := newBench(t)
	secrets := []string{b.mock.APIKey(), b.mock.SecretKey()}
	b.send("GET /v1/rooms?user_id=ann", "")
	token := b.send("POST /v1/auth/token", `{"user_id":"ann"}`).is(201).text("token")
	b.send("POST /v1/auth/token/refresh", `{"token":"`+token+`"}`).is(200)
	b.set(oichat.Settings{SecretKeyHeader: "X-Own"})
	header := b.credentials()
	maps.Copy(header, map[string]string{"X-Own": b.mock.SecretKey(), "Authorization": "Bearer " + b.mock.SecretKey()})
	b.call("GET /v1/rooms?user_id=ann", "", header).is(200)
	log := fmt.Sprintf("%+v %+v", b.mock.Requests(), b.mock.State())
	for _, secret := range append(secrets, token) {
		if strings.Contains(log, secret) {
			t.Errorf("the log or the state shows %s: %s", secret, log)
		}
	}
	if last := b.mock.Requests()[3].Headers; last["X-Own"] != "<hidden>" || last["Authorization"] != "Bearer <hidden>" || last["X-Project-Id"] != b.mock.ProjectID() {
		t.Errorf("the headers are logged as %v", last)
	}
}

// Without the wrapper the keys would be logged, so nothing works.
func TestBareControlServerRefusesAll(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/rooms?user_id=ann", nil)
	for key, value := range b.credentials() {
		r.Header.Set(key, value)
	}
	recorder := httptest.NewRecorder()
	b.mock.Server.ServeHTTP(recorder, r)
	if recorder.Code != 401 {
		t.Errorf("the bare server answered %d", recorder.Code)
	}
}
