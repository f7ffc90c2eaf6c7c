package ethora_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// derive is the test's own reading of ethora-api.md §2.2.
func derive(secret, purpose string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(purpose))
	return hex.EncodeToString(mac.Sum(nil))
}

// The vectors of ethora-api.md §2.2.
const (
	vectorServerKey   = "6fada8e7fbec51c006285f32991e91b55ba6da10e2ec415837be26a239c70016"
	vectorServerToken = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJkYXRhIjp7ImFwcElkIjoiYXBwMTIzIiwidHlwZSI6InNlcnZlciJ9LCJpYXQiOjE3MDAwMDAwMDB9.Aton2zgbIC6C8vViqQFEXNICDPVOPX4zCCapvCZxYuo"
	vectorClientKey   = "4392dc228155c84c30d3beb4d4724e2f802b2f2520bc083ae488a15a0087f704"
	vectorClientToken = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJkYXRhIjp7InR5cGUiOiJjbGllbnQiLCJ1c2VySWQiOiJ1MSIsImFwcElkIjoiYXBwMTIzIn0sImlhdCI6MTcwMDAwMDAwMH0.t2V7WCdhWCPZ8ABJUiykBQEUEGBBky7fekSwPTQsWE8"
)

func TestVectorsOfTheReference(t *testing.T) {
	if got := derive("secret123", "ethora:server:v1"); got != vectorServerKey {
		t.Errorf("the server key is %s", got)
	}
	if got := derive("secret123", "ethora:client:v1"); got != vectorClientKey {
		t.Errorf("the client key is %s", got)
	}
	b := &bench{T: t, mock: ethora.New(ethora.Options{AppID: "app123", AppSecret: "secret123"}), app: "app123", child: "none"}
	b.call("GET", "/v2/apps/app123", "", map[string]string{"X-Custom-Token": vectorServerToken}).is(200)
	client := map[string]string{"X-Custom-Token": vectorClientToken}
	b.call("POST", "/v1/users/client", "", client).fails(401, "USER_NOT_FOUND", "User not found")
	b.user("app123", "u1")
	b.call("POST", "/v1/users/client", "", client).is(200).has("true", "success").has("u1", "user", "uuid")
}

func TestAuthentication(t *testing.T) {
	b := newBench(t)
	secret := b.mock.AppSecret()
	serverKey := derive(secret, "ethora:server:v1")
	payload := func(app, tokenType string) map[string]any {
		return map[string]any{"data": map[string]any{"appId": app, "type": tokenType}}
	}
	until := func(end time.Time) map[string]any {
		p := payload(b.app, "server")
		p["exp"] = end.Unix()
		return p
	}
	good := sign(t, serverKey, payload(b.app, "server"))
	wrong := sign(t, "wrong key", payload(b.app, "server"))
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims(payload(b.app, "server"))).
		SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name          string
		custom        string
		authorization string
		status        int
		code          string
	}{
		{"no token", "", "", 401, "TOKEN_MISSING"},
		{"only a scheme", "", "Bearer ", 401, "TOKEN_MISSING"},
		{"custom header", good, "", 200, ""},
		{"bearer", "", "Bearer " + good, 200, ""},
		{"JWT scheme", "", "JWT " + good, 200, ""},
		{"no scheme", "", good, 200, ""},
		{"both, as the SDK", good, "Bearer " + good, 200, ""},
		{"the custom header wins", wrong, "Bearer " + good, 401, "AUTH_FAILED"},
		{"raw secret", sign(t, secret, payload(b.app, "server")), "", 200, ""},
		{"decoded bytes of the derived key", sign(t, decode(t, serverKey), payload(b.app, "server")), "", 401, "AUTH_FAILED"},
		{"key of the client purpose", sign(t, derive(secret, "ethora:client:v1"), payload(b.app, "server")), "", 401, "AUTH_FAILED"},
		{"client type", sign(t, serverKey, payload(b.app, "client")), "", 401, "AUTH_FAILED"},
		{"no type", sign(t, serverKey, payload(b.app, "")), "", 401, "AUTH_FAILED"},
		{"unexpired", sign(t, serverKey, until(b.clock.Add(time.Minute))), "", 200, ""},
		{"expired", sign(t, serverKey, until(b.clock.Add(-time.Minute))), "", 401, "AUTH_FAILED"},
		{"unknown app", sign(t, serverKey, payload("6650aa00ffffffffffffffff", "server")), "", 404, "APP_NOT_FOUND"},
		{"unsigned", unsigned, "", 401, "AUTH_FAILED"},
		{"no JWT", "hello", "", 401, "AUTH_FAILED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.T = t
			got := b.call("GET", "/v2/apps", "", map[string]string{"X-Custom-Token": test.custom, "Authorization": test.authorization})
			if got.is(test.status); test.status != 200 {
				got.has(test.code, "code")
			}
		})
	}
}

func decode(t *testing.T, text string) string {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Whose token may act on which app.
func TestAppsReachOnlyThemselvesAndTheirChildren(t *testing.T) {
	b := newBench(t)
	created := b.send("POST", "/v2/apps", `{"displayName":"Other child"}`).is(200)
	child, secret := created.text("app", "_id"), created.text("app", "appSecret")
	childToken := sign(t, derive(secret, "ethora:server:v1"), map[string]any{"data": map[string]any{"appId": child, "type": "server"}})
	tests := []struct {
		token, path string
		status      int
	}{
		{b.serverToken(), "/v2/apps/APP", 200},
		{b.serverToken(), "/v2/apps/CHILD", 200},
		{b.serverToken(), "/v2/apps/" + child + "/chats", 200},
		{childToken, "/v2/apps/" + child, 200},
		{childToken, "/v2/apps/" + child + "/chats", 200},
		{childToken, "/v2/apps/APP", 403},
		{childToken, "/v2/apps/CHILD/chats", 403},
		{childToken, "/v2/apps/6650aa00ffffffffffffffff", 404},
		{b.serverToken(), "/v2/apps/nonsense", 404},
	}
	for _, test := range tests {
		b.call("GET", test.path, "", map[string]string{"X-Custom-Token": test.token}).is(test.status)
	}
	list := b.call("GET", "/v2/apps", "", map[string]string{"X-Custom-Token": childToken}).is(200)
	if got := list.column("_id", "apps"); got != child {
		t.Errorf("the child lists the apps %s, want itself alone", got)
	}
}

// The old routes answer 400 where the new ones answer 404 (§3.2).
func TestUnknownAppOfTheTokenOnOldRoutes(t *testing.T) {
	b := newBench(t)
	token := sign(t, "any", map[string]any{"data": map[string]any{"appId": "gone", "type": "server"}})
	b.call("POST", "/v1/users/batch", `{}`, map[string]string{"X-Custom-Token": token}).fails(400, "APP_NOT_FOUND", "App not found")
}

func TestClientExchange(t *testing.T) {
	b := newBench(t)
	b.user(b.app, "ann", "bob")
	b.send("DELETE", "/v1/users/batch", `{"usersIdList":["bob"]}`).is(200)
	clientKey := derive(b.mock.AppSecret(), "ethora:client:v1")
	token := func(key, user string) map[string]string {
		return map[string]string{"X-Custom-Token": sign(t, key, map[string]any{
			"data": map[string]any{"type": "client", "userId": user, "appId": b.app},
		})}
	}
	got := b.call("POST", "/v1/users/client", "", token(clientKey, "ann")).is(200).has("ann", "user", "uuid")
	if got.text("token") == got.text("refreshToken") {
		t.Error("token and refresh token are the same")
	}
	b.call("POST", "/v1/users/client", "", token(clientKey, "nobody")).fails(401, "USER_NOT_FOUND", "User not found")
	b.call("POST", "/v1/users/client", "", token(clientKey, "bob")).fails(401, "USER_NOT_FOUND", "User not found")
	b.call("POST", "/v1/users/client", "", token("wrong", "ann")).fails(401, "AUTH_FAILED", "Unauthorized")
	b.call("POST", "/v1/users/client", "", nil).fails(401, "TOKEN_MISSING", "Unauthorized")
	b.send("POST", "/v1/users/client", "").fails(401, "AUTH_FAILED", "Unauthorized")
}
