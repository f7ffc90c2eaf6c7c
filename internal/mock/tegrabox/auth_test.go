package tegrabox_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestAPIKey(t *testing.T) {
	const key = tegrabox.DefaultAPIKey
	for name, test := range map[string]struct {
		settings tegrabox.Settings
		header   map[string]string
		status   int
		message  string
	}{
		"the key":          {tegrabox.Settings{}, map[string]string{"X-API-Key": key}, 200, ""},
		"nothing":          {tegrabox.Settings{}, nil, 401, "API key is required"},
		"a wrong key":      {tegrabox.Settings{}, map[string]string{"X-API-Key": "x"}, 401, "Invalid API key"},
		"a wrong key, 403": {tegrabox.Settings{BadKeyStatus: 403}, map[string]string{"X-API-Key": "x"}, 403, "Invalid API key"},
		"another header":   {tegrabox.Settings{}, map[string]string{"Authorization": key}, 401, "API key is required"},
		"own header":       {tegrabox.Settings{APIKeyHeader: "X-Key"}, map[string]string{"X-Key": key}, 200, ""},
		"default header":   {tegrabox.Settings{APIKeyHeader: "X-Key"}, map[string]string{"X-API-Key": key}, 401, "API key is required"},
		"bearer":           {tegrabox.Settings{APIKeyHeader: "Authorization", APIKeyScheme: "Bearer"}, map[string]string{"Authorization": "Bearer " + key}, 200, ""},
		"no bearer":        {tegrabox.Settings{APIKeyHeader: "Authorization", APIKeyScheme: "ApiKey"}, map[string]string{"Authorization": "Bearer " + key}, 401, "API key is required"},
	} {
		t.Run(name, func(t *testing.T) {
			got := newBench(t, test.settings).call("GET P/users", "", test.header).is(test.status)
			if test.message != "" {
				got.fails(test.status, test.message)
			}
		})
	}
}

// The id of the project is looked up by the key, and then named in each call.
func TestProject(t *testing.T) {
	b := newBench(t)
	b.send("GET /api/projects/me", "").is(200).has(tegrabox.DefaultProjectID, "id").keys("id name")
	b.call("GET /api/projects/me", "", nil).fails(401, "API key is required")
	b.send("GET /api/projects/other/users", "").fails(403, "The project belongs to another key")
	for _, field := range []string{"_id", "project_id", "projectId"} {
		b.set(tegrabox.Settings{ProjectField: field, Paths: map[string]string{"projects.me": "GET /whoami"}})
		b.send("GET /api/whoami", "").is(200).has(tegrabox.DefaultProjectID, field).keys(field + " name")
		b.send("GET /api/projects/me", "").fails(404, "Cannot GET /api/projects/me")
	}
}

func TestProjectInHeader(t *testing.T) {
	b := newBench(t, tegrabox.Settings{ProjectIn: "header", Paths: map[string]string{"users.update": "PUT P/users/{id}"}})
	with := func(project string) map[string]string {
		return map[string]string{"X-API-Key": b.mock.APIKey(), "X-Project-Id": project}
	}
	b.send("GET /api/projects/me", "").is(200)
	b.call("GET /api/users", "", with(b.mock.ProjectID())).is(200)
	b.call("GET /api/users", "", with("other")).fails(403, "The project belongs to another key")
	b.send("GET /api/users", "").fails(400, "The header X-Project-Id is required")
	b.send("PUT /api/users/x", "{}").fails(400, "The header X-Project-Id is required")
	b.send("GET P/users", "").fails(404, "Cannot GET "+P+"/users")
	if status, _, err := b.mock.Edit("GET", "/api/users", nil); status != 200 || err != nil {
		t.Errorf("the operator got %d %v", status, err)
	}
}

func TestTokens(t *testing.T) {
	b := newBench(t)
	ann := b.user("ann")
	got := b.send("POST P/users/ANN/token", "").is(201).keys("token")
	payload := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(got.text("token"), payload); err != nil {
		t.Fatal(err)
	}
	for claim, want := range map[string]any{
		"userId":    ann,
		"username":  "ann",
		"projectId": b.mock.ProjectID(),
		"iat":       float64(b.clock.Unix()),
		"exp":       float64(b.clock.Add(24 * time.Hour).Unix()),
	} {
		if payload[claim] != want {
			t.Errorf("the claim %s is %v, want %v", claim, payload[claim], want)
		}
	}
	b.as(got.text("token"), "GET /api/auth/verify").is(200).keys("user").
		has(ann, "user", "userId").has("ann", "user", "username").has(b.mock.ProjectID(), "user", "projectId")
	b.clock = b.clock.Add(25 * time.Hour)
	b.as(got.text("token"), "GET /api/auth/verify").fails(401, "Invalid or expired token")
}

func TestTokensThatAreRefused(t *testing.T) {
	b := newBench(t)
	b.user("ann")
	good := b.token("ANN")
	parts := strings.Split(good, ".")
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"userId": "x"}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"no JWT":            "x",
		"another signature": parts[0] + "." + parts[1] + ".AAAA",
		"no signature":      unsigned,
		"the API key":       b.mock.APIKey(),
	} {
		t.Log(name)
		b.as(value, "GET /api/auth/verify").fails(401, "Invalid or expired token")
	}
	b.send("GET /api/auth/verify", "").fails(401, "Authentication token is required")
	b.call("GET /api/auth/verify", "", map[string]string{"Authorization": good}).fails(401, "Authentication token is required")
	b.as(good, "GET P/users").fails(401, "API key is required")
	b.set(tegrabox.Settings{BadKeyStatus: 403, TokenHeader: "X-Token"})
	b.call("GET /api/auth/verify", "", map[string]string{"X-Token": "Bearer x"}).fails(403, "Invalid or expired token")
	b.call("GET /api/auth/verify", "", map[string]string{"X-Token": "Bearer " + good}).is(200)
	b.set(tegrabox.Settings{})
	b.send("DELETE P/users/ANN", "").is(204)
	b.as(good, "GET /api/auth/verify").fails(401, "Invalid or expired token")
}

// Revoking ends all tokens of one user, and no others.
func TestRevocation(t *testing.T) {
	b := newBench(t)
	b.user("ann")
	b.user("bob")
	first, second, other := b.token("ANN"), b.token("ANN"), b.token("BOB")
	b.send("DELETE P/users/ANN/token", "").is(204)
	b.send("DELETE P/users/ANN/token", "").is(204)
	b.as(first, "GET /api/auth/verify").is(401)
	b.as(second, "GET /api/auth/verify").is(401)
	b.as(other, "GET /api/auth/verify").is(200)
	b.as(b.token("ANN"), "GET /api/auth/verify").is(200)
	var revoked []bool
	for _, token := range b.mock.Snapshot().Tokens {
		revoked = append(revoked, token.Revoked)
	}
	if fmt.Sprint(revoked) != "[true true false false]" {
		t.Errorf("the tokens are revoked: %v", revoked)
	}
	b.set(tegrabox.Settings{RevokedTokensWork: true, Paths: map[string]string{"users.revokeToken": "POST P/users/{id}/revoke"}})
	b.as(first, "GET /api/auth/verify").is(200)
	b.send("POST P/users/ANN/revoke", "").is(204)
	b.as(second, "GET /api/auth/verify").is(200)
}

func TestFormsOfTokens(t *testing.T) {
	for claim, read := range map[string]func(jwt.MapClaims) any{
		"userId":  func(c jwt.MapClaims) any { return c["userId"] },
		"user_id": func(c jwt.MapClaims) any { return c["user_id"] },
		"sub":     func(c jwt.MapClaims) any { return c["sub"] },
		"user":    func(c jwt.MapClaims) any { return c["user"].(map[string]any)["userId"] },
	} {
		b := newBench(t, tegrabox.Settings{UserClaim: claim})
		ann := b.user("ann")
		value, payload := b.token("ANN"), jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(value, payload); err != nil || read(payload) != ann {
			t.Errorf("with %s the claims are %v (%v)", claim, payload, err)
		}
		b.as(value, "GET /api/auth/verify").is(200).has(ann, "user", "userId")
	}
	for field, want := range map[string]string{"expires_at": "2026-11-21T12:01:00.000Z", "expiresAt": "2026-11-21T12:01:00.000Z", "expires_in": "60"} {
		b := newBench(t, tegrabox.Settings{ExpiryField: field, TokenSeconds: 60})
		b.user("ann")
		b.send("POST P/users/ANN/token", "").is(201).keys("token "+field).has(want, field)
		b.set(tegrabox.Settings{ExpiryField: field, EndlessTokens: true})
		endless := b.send("POST P/users/ANN/token", "{}").is(201).keys("token").text("token")
		b.clock = b.clock.AddDate(10, 0, 0)
		b.as(endless, "GET /api/auth/verify").is(200)
	}
}

func TestLogAndStateHaveNoSecrets(t *testing.T) {
	b := newBench(t)
	b.user("ann")
	token := b.token("ANN")
	b.as(token, "GET /api/auth/verify").is(200)
	b.set(tegrabox.Settings{APIKeyHeader: "X-Own", TokenHeader: "X-User"})
	b.call("GET P/users", "", map[string]string{"X-Own": b.mock.APIKey(), "X-User": "Bearer " + token, "Authorization": "Bearer " + token}).is(200)
	log := fmt.Sprintf("%+v %+v", b.mock.Requests(), b.mock.State())
	for _, secret := range []string{b.mock.APIKey(), token} {
		if strings.Contains(log, secret) {
			t.Errorf("the log or the state shows %s: %s", secret, log)
		}
	}
	if last := b.mock.Requests()[3].Headers; last["X-Own"] != "<hidden>" || last["X-User"] != "<hidden>" || last["Authorization"] != "Bearer <hidden>" {
		t.Errorf("the headers are logged as %v", last)
	}
}

// Without the wrapper the key would be logged, so nothing works.
func TestBareControlServerRefusesAll(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequestWithContext(t.Context(), "GET", P+"/users", nil)
	r.Header.Set("X-API-Key", b.mock.APIKey())
	recorder := httptest.NewRecorder()
	b.mock.Server.ServeHTTP(recorder, r)
	if recorder.Code != 401 {
		t.Errorf("the bare server answered %d", recorder.Code)
	}
}
