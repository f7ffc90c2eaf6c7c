package tegrabox

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"both empty":            func(c *Config) { c.APIKey = "" },
		"named in \"x\"":        func(c *Config) { c.ProjectIn = "x" },
		"path prefix":           func(c *Config) { c.Prefix = "/api?x" },
		"a name that no header": func(c *Config) { c.Headers.APIKey = "X:" + apiKey },
		"must begin with http":  func(c *Config) { c.BaseURL = "ftp://x" },
		"requests per second":   func(c *Config) { c.RequestsPerSecond = -1 },
		"concurrent requests":   func(c *Config) { c.MaxConcurrentRequests = -1 },
		"must not hold a query": func(c *Config) { c.BaseURL = "https://x?key=" + apiKey },
	} {
		config := impatient()
		change(&config)
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), apiKey) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if client, err := New(Config{JWT: "j"}); err != nil || client.config.BaseURL != DefaultBaseURL || client.config.RequestTimeout != defaultTimeout {
		t.Errorf("got %+v, %v", client, err)
	}
}

func TestPathsAndHeadersCanBeOverridden(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		path   string
		sent   map[string]string
	}{
		"defaults": {
			change: func(*Config) {},
			path:   "/api/projects/p/users/u",
			sent:   map[string]string{"X-API-Key": apiKey, "X-Project-Id": "", "Authorization": ""},
		},
		"prefix": {change: func(c *Config) { c.Prefix = "v3" }, path: "/v3/projects/p/users/u"},
		"header": {
			change: func(c *Config) { c.ProjectIn, c.Prefix = InHeader, "/" },
			path:   "/users/u",
			sent:   map[string]string{"X-Project-Id": "p"},
		},
		"names": {
			change: func(c *Config) {
				c.ProjectIn = InHeader
				c.Headers = Headers{APIKey: "Authorization", Project: "P"}
				c.APIKeyScheme = "ApiKey"
			},
			path: "/api/users/u",
			sent: map[string]string{"Authorization": "ApiKey " + apiKey, "P": "p"},
		},
	} {
		server := says(`{"id":"u"}`)
		config := impatient()
		config.ProjectID = "p"
		config.UserAgent = "terraform-provider-chat/1"
		test.change(&config)
		if _, err := serve(t, config, server).GetUser(background(t), "u"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		server.expect(t, "GET "+test.path)
		if got := server.headers[0].Get("User-Agent"); got != config.UserAgent {
			t.Errorf("%s: User-Agent is %q", name, got)
		}
		for header, want := range test.sent {
			if got := server.headers[0].Get(header); got != want {
				t.Errorf("%s: header %s is %q, want %q", name, header, got, want)
			}
		}
	}
}

func TestEachCallHasOneCredential(t *testing.T) {
	server := says(`{"user":{"userId":"u"}}`)
	config := impatient()
	config.ProjectID, config.JWT = "p", "configured"
	client := serve(t, config, server)
	for _, err := range []error{
		second(client.Verify(background(t), "")),
		client.JoinRoom(background(t), "r", "given"),
		client.RevokeTokens(background(t), "u"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	server.expect(t, "GET /api/auth/verify", "POST /api/projects/p/rooms/r/join", "DELETE /api/projects/p/users/u/token")
	for i, want := range [][2]string{{"Bearer configured", ""}, {"Bearer given", ""}, {"", apiKey}} {
		if got := [2]string{server.headers[i].Get("Authorization"), server.headers[i].Get("X-API-Key")}; got != want {
			t.Errorf("call %d has %q, want %q", i, got, want)
		}
	}
}

func TestCallsWithoutTheirCredentialAreNotMade(t *testing.T) {
	server := says(`{}`)
	config := impatient()
	config.APIKey, config.JWT = "", "j"
	client := serve(t, config, server)
	if err := client.DeleteUser(background(t), "u"); !rest.IsKind(err, rest.Unauthorized) || !strings.Contains(err.Error(), "users.delete needs the TegraBox API key") {
		t.Errorf("got %v", err)
	}
	if !client.HasJWT() || client.HasAPIKey() {
		t.Error("it does not know that it has a JWT alone")
	}
	config.APIKey, config.JWT = apiKey, ""
	client = serve(t, config, server)
	if client.HasJWT() || !client.HasAPIKey() {
		t.Error("it does not know that it has an API key alone")
	}
	for _, err := range []error{client.JoinRoom(background(t), "r", ""), second(client.Verify(background(t), ""))} {
		if !rest.IsKind(err, rest.Unauthorized) || !strings.Contains(err.Error(), "needs the JWT of a user") {
			t.Errorf("got %v", err)
		}
	}
	server.expect(t)
}

func TestAPrefixInTheURLIsNotSentTwice(t *testing.T) {
	for input, want := range map[string]string{"https://x": "https://x", "https://x/api/\n": "https://x", "https://x/chat/api": "https://x/chat"} {
		if got := baseURL(input, "/api"); got != want {
			t.Errorf("baseURL(%q) = %q, want %q", input, got, want)
		}
	}
}

func TestEveryRouteIsTagged(t *testing.T) {
	for _, r := range []route{
		getProjectRoute, verifyRoute, createUserRoute, listUsersRoute, getUserRoute, updateUserRoute, deleteUserRoute,
		generateTokenRoute, revokeTokenRoute, createRoomRoute, listRoomsRoute, getRoomRoute, joinRoomRoute, leaveRoomRoute,
		updateRoomRoute, deleteRoomRoute, createMessageRoute, listMessagesRoute, deleteMessageRoute,
	} {
		if r.tag != assumed || r.operation == "" || !strings.HasPrefix(strings.TrimPrefix(r.path, "P"), "/") {
			t.Errorf("route %+v", r)
		}
	}
}

func TestEmptyIDsReachNoServer(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	ctx := background(t)
	for name, try := range map[string]func() error{
		"CreateUser":     func() error { return second(client.CreateUser(ctx, NewUser{Username: "x"})) },
		"CreateUser 2":   func() error { return second(client.CreateUser(ctx, NewUser{ExternalUserID: "x"})) },
		"GetUser":        func() error { return second(client.GetUser(ctx, "")) },
		"FindUser":       func() error { return second(client.FindUser(ctx, "")) },
		"UpdateUser":     func() error { return second(client.UpdateUser(ctx, "", UserFields{})) },
		"DeleteUser":     func() error { return client.DeleteUser(ctx, "") },
		"GenerateToken":  func() error { return second(client.GenerateToken(ctx, "")) },
		"RevokeTokens":   func() error { return client.RevokeTokens(ctx, "") },
		"CreateRoom":     func() error { return second(client.CreateRoom(ctx, NewRoom{Name: "x"})) },
		"CreateRoom 2":   func() error { return second(client.CreateRoom(ctx, NewRoom{CreatedBy: "x"})) },
		"GetRoom":        func() error { return second(client.GetRoom(ctx, "")) },
		"RenameRoom":     func() error { return second(client.RenameRoom(ctx, "", "n")) },
		"RenameRoom 2":   func() error { return second(client.RenameRoom(ctx, "r", "")) },
		"DeleteRoom":     func() error { return client.DeleteRoom(ctx, "") },
		"JoinRoom":       func() error { return client.JoinRoom(ctx, "", "j") },
		"LeaveRoom":      func() error { return client.LeaveRoom(ctx, "", "j") },
		"SendMessage":    func() error { return second(client.SendMessage(ctx, "", NewMessage{UserID: "u"})) },
		"SendMessage 2":  func() error { return second(client.SendMessage(ctx, "r", NewMessage{})) },
		"ListMessages":   func() error { return second(client.ListMessages(ctx, "", 0)) },
		"DeleteMessage":  func() error { return client.DeleteMessage(ctx, "r", "") },
		"DeleteMessage2": func() error { return client.DeleteMessage(ctx, "", "m") },
	} {
		if err := try(); !rest.IsKind(err, rest.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	expect(t, server)
}
