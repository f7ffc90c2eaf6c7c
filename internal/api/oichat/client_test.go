package oichat

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"API key is empty":         func(c *Config) { c.APIKey = "" },
		"secret key is empty":      func(c *Config) { c.SecretKey = "" },
		"project id is empty":      func(c *Config) { c.ProjectID = "" },
		"authentication is \"x\"":  func(c *Config) { c.Authentication = "x" },
		"path prefix":              func(c *Config) { c.Prefix = "/v1?x" },
		"the name of a header":     func(c *Config) { c.Headers.Project = "X Project" },
		"must begin with http":     func(c *Config) { c.BaseURL = "ftp://x" },
		"requests per second":      func(c *Config) { c.RequestsPerSecond = -1 },
		"concurrent requests":      func(c *Config) { c.MaxConcurrentRequests = -1 },
		"must not hold a query":    func(c *Config) { c.BaseURL = "https://x?secret=" + secretKey },
		"must not hold a user":     func(c *Config) { c.BaseURL = "https://a:" + secretKey + "@x" },
		"secret key is empty; it ": func(c *Config) { c.Authentication, c.SecretKey = ByBearer, "" },
	} {
		config := impatient()
		change(&config)
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secretKey) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestNewKnowsTheVendorsServer(t *testing.T) {
	client, err := New(impatient())
	if err != nil || client.config.BaseURL != DefaultBaseURL || client.ProjectID() != projectID {
		t.Errorf("got %+v, %v", client, err)
	}
}

func TestPathsAndHeadersCanBeOverridden(t *testing.T) {
	headers := func(name string) func(http.Header) string {
		return func(h http.Header) string { return h.Get(name) }
	}
	for name, test := range map[string]struct {
		change func(*Config)
		path   string
		sent   map[string]string
	}{
		"defaults": {
			change: func(*Config) {},
			path:   "/v1/rooms/r1",
			sent:   map[string]string{"X-API-Key": apiKey, "X-Secret-Key": secretKey, "X-Project-Id": projectID, "Authorization": ""},
		},
		"prefix": {change: func(c *Config) { c.Prefix = "api/v2/" }, path: "/api/v2/rooms/r1"},
		"none":   {change: func(c *Config) { c.Prefix = "/" }, path: "/rooms/r1"},
		"names": {
			change: func(c *Config) { c.Headers = Headers{APIKey: "A", SecretKey: "B", Project: "C"} },
			path:   "/v1/rooms/r1",
			sent:   map[string]string{"A": apiKey, "B": secretKey, "C": projectID, "X-Api-Key": ""},
		},
		"bearer": {
			change: func(c *Config) { c.Authentication = ByBearer; c.APIKey = "" },
			path:   "/v1/rooms/r1",
			sent:   map[string]string{"Authorization": "Bearer " + secretKey, "X-Project-Id": projectID, "X-Secret-Key": ""},
		},
	} {
		server := says(`{"room_id":"r1"}`)
		config := impatient()
		config.UserAgent = "terraform-provider-chat/1"
		test.change(&config)
		if _, err := serve(t, config, server).GetRoom(background(t), "r1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		server.expect(t, "GET "+test.path)
		if got := server.headers[0].Get("User-Agent"); got != config.UserAgent {
			t.Errorf("%s: User-Agent is %q", name, got)
		}
		for header, want := range test.sent {
			if got := headers(header)(server.headers[0]); got != want {
				t.Errorf("%s: header %s is %q, want %q", name, header, got, want)
			}
		}
	}
}

func TestAPrefixInTheURLIsNotSentTwice(t *testing.T) {
	for input, want := range map[string]string{
		"https://x": "https://x", "https://x/v1/\n": "https://x", "https://x/chat/v1": "https://x/chat", "https://x/v2": "https://x/v2",
	} {
		if got := baseURL(input, "/v1"); got != want {
			t.Errorf("baseURL(%q) = %q, want %q", input, got, want)
		}
	}
}

func TestEveryRouteIsTagged(t *testing.T) {
	for _, r := range []route{
		createTokenRoute, refreshTokenRoute, createRoomRoute, listRoomsRoute, getRoomRoute, updateRoomRoute,
		deleteRoomRoute, addParticipantRoute, removeParticipantRoute, leaveRoomRoute, sendMessageRoute,
	} {
		if r.tag != seed && r.tag != assumed || r.operation == "" || !strings.HasPrefix(r.path, "/") {
			t.Errorf("route %+v", r)
		}
	}
}

func TestIdsAreEscaped(t *testing.T) {
	server := says(`{"success":true}`)
	client := serve(t, impatient(), server)
	if err := client.RemoveParticipant(background(t), "a/b", "c?d#e%"); err != nil {
		t.Fatal(err)
	}
	if err := client.DeleteRoom(background(t), ".."); !rest.IsKind(err, rest.Invalid) {
		t.Errorf("got %v", err)
	}
	server.expect(t, "DELETE /v1/rooms/a%2Fb/participants/c%3Fd%23e%25")
}

func TestEmptyIDsReachNoServer(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	ctx := background(t)
	for name, try := range map[string]func() error{
		"GetRoom":         func() error { _, err := client.GetRoom(ctx, ""); return err },
		"ListRooms":       func() error { _, err := client.ListRooms(ctx, "", 0); return err },
		"UpdateRoom":      func() error { _, err := client.UpdateRoom(ctx, "", RoomFields{}); return err },
		"DeleteRoom":      func() error { return client.DeleteRoom(ctx, "") },
		"Add":             func() error { return client.AddParticipant(ctx, "", "ann") },
		"Add nobody":      func() error { return client.AddParticipant(ctx, "r", "") },
		"Remove":          func() error { return client.RemoveParticipant(ctx, "r", "") },
		"Leave":           func() error { _, err := client.Leave(ctx, "", "ann", ""); return err },
		"Send":            func() error { _, err := client.SendMessage(ctx, NewMessage{SenderID: "ann"}); return err },
		"Send as nobody":  func() error { _, err := client.SendMessage(ctx, NewMessage{RoomID: "r"}); return err },
		"CreateToken":     func() error { _, err := client.CreateToken(ctx, NewToken{}); return err },
		"RefreshToken":    func() error { _, err := client.RefreshToken(ctx, ""); return err },
		"key with spaces": func() error { _, err := client.Leave(ctx, "r", "ann", "a b"); return err },
		"key too long":    func() error { _, err := client.Leave(ctx, "r", "ann", strings.Repeat("k", 256)); return err },
	} {
		if err := try(); !rest.IsKind(err, rest.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	expect(t, server)
}
