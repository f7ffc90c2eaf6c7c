package syarah

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"access token is empty":           func(c *Config) { c.AccessToken = " Bearer  " },
		"a space or a line break":         func(c *Config) { c.AccessToken = token + " x" },
		"both empty":                      func(c *Config) { c.GatewayURL, c.BackendURL = "", "" },
		"user id is empty":                func(c *Config) { c.UserID = " " },
		"gateway of Syarah: the API URL ": func(c *Config) { c.GatewayURL = "ftp://x" },
		"must not hold a query":           func(c *Config) { c.GatewayURL = "wss://x?token=" + token },
		"must not hold a user":            func(c *Config) { c.BackendURL = "https://u:" + token + "@x" },
		"must not hold a path":            func(c *Config) { c.GatewayURL = "ws://x/socket.io" },
		`"x" cannot be the path of the`:   func(c *Config) { c.SocketPath = "x" },
		"requests per second":             func(c *Config) { c.RequestsPerSecond = -1 },
		"concurrent requests":             func(c *Config) { c.MaxConcurrentRequests = -1 },
	} {
		config := impatient()
		config.GatewayURL, config.BackendURL = "wss://gateway", "https://backend/"
		change(&config)
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestConnection(t *testing.T) {
	g := newGateway(t, map[string]handler{getMyChatsEvent: says(`[]`)})
	client := g.client(t, func(c *Config) {
		c.AccessToken = "bearer " + token
		c.GatewayURL = strings.Replace(g.url, "http", "ws", 1)
	})
	if !client.HasGateway() || client.HasBackend() || g.connections() != 0 {
		t.Errorf("gateway %v, backend %v, %d connections", client.HasGateway(), client.HasBackend(), g.connections())
	}
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			if chats, err := client.ListChats(background(t)); err != nil || len(chats) != 0 {
				t.Errorf("got %v, %v", chats, err)
			}
		})
	}
	group.Wait()
	if g.connections() != 1 || g.queries[0].Get("userId") != userID || g.auths[0] != `{"accessToken":"`+token+`"}` {
		t.Errorf("%d connections with %v and %v", g.connections(), g.queries, g.auths)
	}
	if got := g.last(getMyChatsEvent); got != `{"accessToken":"`+token+`"}` {
		t.Errorf("the payload is %s", got)
	}
	client.Close()
	if _, err := client.ListChats(background(t)); !errors.Is(err, socketio.ErrClosed) || !rest.IsKind(err, rest.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
}

func TestCallsWithoutTheirURLAreNotMade(t *testing.T) {
	config := impatient()
	config.BackendURL = "http://127.0.0.1:1"
	client := newClient(t, config)
	for _, err := range []error{
		second(client.ListChats(background(t))),
		second(client.SendMessage(background(t), NewMessage{ChatHeaderID: 1, Text: "x"})),
		client.LeaveRoom(background(t), 1),
	} {
		if !rest.IsKind(err, rest.Unsupported) || !strings.Contains(err.Error(), "URL of Syarah's gateway") {
			t.Errorf("got %v", err)
		}
	}
	config.BackendURL, config.GatewayURL = "", "http://127.0.0.1:1"
	client = newClient(t, config)
	if _, err := client.GetOrCreateChat(background(t), "a", "b"); !rest.IsKind(err, rest.Unsupported) || !strings.Contains(err.Error(), "URL of Syarah's backend") {
		t.Errorf("got %v", err)
	}
}

func TestRefusedConnections(t *testing.T) {
	for packet, want := range map[string]struct {
		kind  rest.Kind
		words string
	}{
		`44{"message":"Invalid token ` + token + `"}`: {rest.Unauthorized, "Invalid token ***"},
		`44{"message":"userId is required"}`:          {rest.Invalid, "userId is required"},
		`44{"message":"not today"}`:                   {rest.Unauthorized, "not today; check the access token and the user id"},
		`44{"message":"no such user"}`:                {rest.Unauthorized, "no such user"},
	} {
		g := newGateway(t, nil)
		g.begin = packet
		_, err := g.client(t).ListChats(background(t))
		if !rest.IsKind(err, want.kind) || !strings.Contains(err.Error(), want.words) || strings.Contains(err.Error(), token) || g.connections() != 1 {
			t.Errorf("%s: %v after %d connections", packet, err, g.connections())
		}
	}
	for status, want := range map[int]rest.Kind{
		200: rest.Unsupported, 400: rest.Unsupported, 401: rest.Unauthorized, 403: rest.Forbidden, 404: rest.Unsupported,
		408: rest.Unavailable, 429: rest.RateLimited, 500: rest.Unavailable, 501: rest.Unsupported, 503: rest.Unavailable,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("no " + token))
		}))
		config := impatient()
		config.GatewayURL = server.URL
		_, err := newClient(t, config).ListChats(background(t))
		server.Close()
		if !rest.IsKind(err, want) || !strings.Contains(err.Error(), "check the gateway URL") || strings.Contains(err.Error(), token) {
			t.Errorf("%d: %v", status, err)
		}
	}
	config := impatient()
	config.GatewayURL = "http://127.0.0.1:1"
	_, err := newClient(t, config).ListChats(background(t))
	if !rest.IsKind(err, rest.Unavailable) || !strings.HasPrefix(err.Error(), "the event getMyChats was not sent to Syarah, as there is no connection: dial tcp") {
		t.Errorf("got %v", err)
	}
}

func TestReadsAreRepeatedWhenTheConnectionIsLost(t *testing.T) {
	g := newGateway(t, map[string]handler{getMyChatsEvent: func(p *peer, _ string) string {
		if p.number != 3 {
			p.drop()
			return silent
		}
		return `[]`
	}})
	client := g.client(t)
	if _, err := client.ListChats(background(t)); err != nil || g.connections() != 3 {
		t.Errorf("got %v over %d connections", err, g.connections())
	}
	client = g.client(t)
	_, err := client.ListChats(background(t))
	if !rest.IsKind(err, rest.Unavailable) || rest.IsUncertain(err) || g.connections() != 6 ||
		err.Error() != "Syarah did not answer getMyChats: the server ended the session without a goodbye" {
		t.Errorf("got %v over %d connections", err, g.connections())
	}
}

func TestAnswersThatNeverCome(t *testing.T) {
	g := newGateway(t, map[string]handler{getMyChatsEvent: says(silent)})
	client := g.client(t)
	_, err := client.ListChats(background(t))
	if !errors.Is(err, socketio.ErrAckTimeout) || !rest.IsKind(err, rest.Unavailable) {
		t.Errorf("got %v", err)
	}
	// What the server says meanwhile explains it.
	for _, said := range []string{
		`{"status":"error","message":"Unauthorized ` + token + `","cause":{"pattern":"getMyChats","data":{}}}`,
		`"Unauthorized"`,
	} {
		g.on(getMyChatsEvent, func(p *peer, _ string) string {
			p.emit("exception", `{"message":"no such thing","cause":{"pattern":"joinRoom"}}`)
			p.emit("exception", said)
			return silent
		})
		if _, err := client.ListChats(background(t)); !rest.IsKind(err, rest.Unauthorized) || !strings.Contains(err.Error(), "refused getMyChats: Unauthorized") || strings.Contains(err.Error(), token) {
			t.Errorf("got %v", err)
		}
	}
	// But it may be about another call, and nothing is gone for it.
	g.on(getMyChatsEvent, func(p *peer, _ string) string {
		p.emit("error", `"Chat header not found"`)
		return silent
	})
	if _, err := client.ListChats(background(t)); !rest.IsKind(err, rest.Unknown) || !strings.Contains(err.Error(), "not found") {
		t.Errorf("got %v", err)
	}
	g.expect(t, "getMyChats", "getMyChats", "getMyChats", "getMyChats") // none is repeated
}

func TestMessagesThatAreTooLong(t *testing.T) {
	g := newGateway(t, map[string]handler{
		getMyChatsEvent:       says(`"` + strings.Repeat("x", 17<<20) + `"`),
		getMyFriendshipsEvent: says(`[]`),
	})
	client := g.client(t, func(c *Config) { c.MaxRetries, c.AckTimeout = -1, time.Minute })
	if _, err := client.ListChats(background(t)); !rest.IsKind(err, rest.Malformed) || !errors.Is(err, socketio.ErrTooLong) {
		t.Errorf("got %v", err)
	}
	_, err := client.JoinRoomOrCreateChat(background(t), strings.Repeat("x", 1_000_000))
	if !rest.IsKind(err, rest.Invalid) || !strings.Contains(err.Error(), "joinRoom was not sent to Syarah: the message is longer than it may be") {
		t.Errorf("got %v", err)
	}
}

func TestCancellationOfOneCall(t *testing.T) {
	asked := make(chan struct{})
	g := newGateway(t, map[string]handler{
		getMyChatsEvent: func(*peer, string) string {
			close(asked)
			return silent
		},
		getMyFriendshipsEvent: says(`[]`),
	})
	client := g.client(t, func(c *Config) { c.AckTimeout = time.Minute })
	ctx, cancel := context.WithCancel(background(t))
	go func() {
		<-asked
		cancel()
	}()
	_, err := client.ListChats(ctx)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "did not answer getMyChats: stopped while waiting") {
		t.Errorf("got %v", err)
	}
	if _, err := client.ListFriendships(background(t)); err != nil || g.connections() != 1 {
		t.Errorf("got %v over %d connections", err, g.connections())
	}
	if _, err := client.ListFriendships(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	g.expect(t, "getMyChats", "getMyFriendships")
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	g := newGateway(t, map[string]handler{getMyChatsEvent: says(`[]`)})
	client := g.client(t, func(c *Config) { c.IdleTimeout = time.Millisecond })
	for want := range 2 {
		if _, err := client.ListChats(background(t)); err != nil || g.connections() != want+1 {
			t.Errorf("got %v over %d connections", err, g.connections())
		}
		g.playing.Wait()
	}
}

func TestLimits(t *testing.T) {
	var mutex sync.Mutex
	now, most := 0, 0
	count := func(by int) {
		mutex.Lock()
		defer mutex.Unlock()
		now += by
		most = max(most, now)
	}
	g := newGateway(t, map[string]handler{getMyChatsEvent: says(`[]`)})
	client := g.client(t, func(c *Config) { c.MaxConcurrentRequests, c.RequestsPerSecond = 2, 1000 })
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			leave, err := client.pace.enter(background(t))
			if err != nil {
				t.Error(err)
				return
			}
			count(1)
			time.Sleep(time.Millisecond)
			count(-1)
			leave()
			if _, err := client.ListChats(background(t)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most > 2 || len(g.names()) != 10 {
		t.Errorf("%d at once, got %q", most, g.names())
	}

	slow := g.client(t, func(c *Config) { c.MaxConcurrentRequests, c.RequestsPerSecond = 1, 0.001 })
	if _, err := slow.ListChats(background(t)); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for range 2 { // neither waits on: the slot is given back
		if _, err := slow.ListChats(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
	if len(g.names()) != 11 {
		t.Errorf("got %q", g.names())
	}
}

func TestLog(t *testing.T) {
	g := newGateway(t, map[string]handler{getMyChatsEvent: says(`[]`), getMyFriendshipsEvent: says(silent)})
	type entry struct {
		message string
		fields  map[string]any
	}
	var logged []entry
	client := g.client(t, func(c *Config) {
		c.Log = func(_ context.Context, message string, fields map[string]any) {
			logged = append(logged, entry{message, fields})
		}
	})
	_, _ = client.ListChats(background(t))
	_, _ = client.ListFriendships(background(t))
	if len(logged) != 2 || logged[0].message != "socket event" || logged[0].fields["event"] != "getMyChats" || logged[0].fields["error"] != nil ||
		logged[1].fields["event"] != "getMyFriendships" || logged[1].fields["error"] == nil {
		t.Errorf("got %v", logged)
	}
}
