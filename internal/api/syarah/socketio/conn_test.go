package socketio

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestHandshake(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.say(openText)
		p.hear(`40{"accessToken":"secret"}`)
		p.say(beginText)
		p.untilBye()
	})
	config := g.config()
	config.Query = url.Values{"userId": {"ann"}, "EIO": {"3"}}
	config.Auth = map[string]string{"accessToken": "secret"}
	config.Header = http.Header{"User-Agent": {"terraform-provider-chat/1"}}
	conn := dial(t, config)
	if conn.ID() != "session-1" {
		t.Errorf("the session is %q", conn.ID())
	}
	want := url.Values{"EIO": {"4"}, "transport": {"websocket"}, "userId": {"ann"}}
	if got := g.queries[0]; got.Encode() != want.Encode() {
		t.Errorf("the query is %v, want %v", got, want)
	}
	if got := g.headers[0].Get("User-Agent"); got != "terraform-provider-chat/1" {
		t.Errorf("the user agent is %q", got)
	}
	conn.Close()
	conn.Close() // twice is once
	if err := conn.Err(); !errors.Is(err, ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
}

// Nothing that arrives before the session has begun does any harm.
func TestHandshakeSurvivesWhatItDoesNotExpect(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.sayBinary("\x00\x01")
		p.say("", "6", "x", `40{"sid":"too early"}`, "0not JSON", "0[]", "2early")
		p.hear("3early")
		p.say(`0{"pingInterval":-5,"pingTimeout":"soon","maxPayload":1e400}`)
		p.say(`0{"pingInterval":-5,"pingTimeout":"soon","maxPayload":-1}`)
		p.hear("40")
		p.sayBinary("\x00\x01")
		p.say("", "5", "2", "4", "49", `42["early"]`, `40/admin,{"sid":"other"}`, `44/admin,{"message":"no"}`, `430[]`, `40"odd"`)
		p.hear("3")
		p.untilBye()
	})
	conn := dial(t, g.config())
	if conn.ID() != "" || conn.maxPayload != 0 || conn.silence != defaultPingInterval+defaultPingTimeout {
		t.Errorf("got %q, %d, %v", conn.ID(), conn.maxPayload, conn.silence)
	}
	conn.Close()
}

func TestConnectErrors(t *testing.T) {
	for packet, want := range map[string]ConnectError{
		`44{"message":"invalid token","data":{"code":7}}`: {Message: "invalid token", Data: []byte(`{"code":7}`)},
		`44{"message":"no"}`:                              {Message: "no"},
		`44{"message":{"en":"no"}}`:                       {Message: `{"en":"no"}`},
		`44{}`:                                            {Message: `{}`},
		`44"no"`:                                          {Message: `"no"`},
		`44no`:                                            {Message: `no`},
		`44`:                                              {},
	} {
		g := newGateway(t, func(p *peer) {
			p.say(openText)
			p.hear("40")
			p.say(packet)
			p.untilGone()
		})
		_, err := Dial(t.Context(), g.config())
		var refused *ConnectError
		if !errors.As(err, &refused) || refused.Message != want.Message || string(refused.Data) != string(want.Data) || !final(err) {
			t.Errorf("%s: got %v", packet, err)
		}
	}
}

func TestServerLeavesDuringTheHandshake(t *testing.T) {
	for name, script := range map[string]func(*peer){
		"at once":           func(p *peer) { p.drop() },
		"politely":          func(p *peer) { _ = p.socket.Close(websocket.StatusTryAgainLater, "restarting") },
		"after open":        func(p *peer) { p.say(openText); p.hear("40"); p.drop() },
		"by Engine.IO":      func(p *peer) { p.say("1"); p.untilGone() },
		"by Socket.IO":      func(p *peer) { p.say(openText); p.hear("40"); p.say("41"); p.untilGone() },
		"with a large word": func(p *peer) { p.say(strings.Repeat("0", 200)); p.untilGone() },
	} {
		g := newGateway(t, script)
		config := g.config()
		config.MaxMessage = 150
		conn, err := Dial(t.Context(), config)
		if err == nil || final(err) {
			t.Errorf("%s: got %v, %v", name, conn, err)
		}
	}
}

func TestHandshakeThatNeverEnds(t *testing.T) {
	for name, script := range map[string]func(*peer){
		"no open":    func(p *peer) { p.untilGone() },
		"no answer":  func(p *peer) { p.say(openText); p.untilGone() },
		"other talk": func(p *peer) { p.say(openText, "3", `42["hello"]`, `40/admin,{}`); p.untilGone() },
	} {
		g := newGateway(t, script)
		config := g.config()
		config.ConnectTimeout = 50 * time.Millisecond
		if _, err := Dial(t.Context(), config); !errors.Is(err, errNoSocketIO) || final(err) {
			t.Errorf("%s: got %v", name, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := Dial(ctx, g.config()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestHTTPAnswers(t *testing.T) {
	for status, want := range map[int]struct {
		body  string
		final bool
		words string
	}{
		200: {"<html>welcome</html>", true, "answered 200 instead of opening a websocket: <html>welcome"},
		302: {"<html>moved</html>", true, "answered 302 instead of opening a websocket: it points to https://elsewhere/login; redirects are not followed"},
		400: {`{"code":5,"message":"Unsupported protocol version"}`, true, "Unsupported protocol version"},
		401: {"", true, "401"},
		404: {"", true, "404"},
		429: {"", false, "429"},
		501: {"", true, "501"},
		503: {strings.Repeat("x", 5000), false, "503"},
	} {
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("Location", "https://user:canary@elsewhere/login?token=canary#canary")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(want.body))
		}))
		_, err := Dial(t.Context(), Config{URL: server.URL, Query: url.Values{"userId": {"canary"}}})
		server.Close()
		var answered *HandshakeError
		if !errors.As(err, &answered) || answered.Status != status || len(answered.Body) > 1024 || final(err) != want.final ||
			!strings.Contains(err.Error(), want.words) || strings.Contains(err.Error(), "canary") || requests != 1 {
			t.Errorf("%d: got %v after %d requests", status, err, requests)
		}
	}
}

func TestDialErrorsKeepTheURLToThemselves(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for _, address := range []string{server.URL, "ws://" + strings.TrimPrefix(server.URL, "http://")} {
		_, err := Dial(t.Context(), Config{URL: address, Query: url.Values{"userId": {"canary"}}})
		if err == nil || strings.Contains(err.Error(), "canary") || final(err) {
			t.Errorf("got %v", err)
		}
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	if _, err := Dial(t.Context(), Config{URL: strings.Replace(plain.URL, "http", "wss", 1)}); err == nil || !final(err) {
		t.Errorf("TLS to a server without it: %v", err)
	}
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler())
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknown.StartTLS()
	defer unknown.Close()
	if _, err := Dial(t.Context(), Config{URL: unknown.URL}); err == nil || !final(err) {
		t.Errorf("TLS with a certificate of nobody: %v", err)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	for want, config := range map[string]Config{
		"no host":            {URL: "https://"},
		"cannot be parsed":   {URL: "http://x\x7f/"},
		"must begin with":    {URL: "ftp://x"},
		"must not hold a us": {URL: "https://u:canary@x"},
		"a query":            {URL: "https://x?token=canary"},
		"a fragment":         {URL: "https://x#canary"},
		"must not hold a pa": {URL: "https://x/admin"},
		`"socket.io" cannot`: {URL: "https://x", Path: "socket.io"},
		`"/a?b" cannot`:      {URL: "https://x", Path: "/a?b"},
	} {
		_, err := NewClient(config)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v", want, err)
		}
		if _, err := Dial(t.Context(), config); err == nil {
			t.Errorf("%s: it was dialled", want)
		}
	}
	for address, want := range map[string]string{
		"ws://h:1": "http://h:1/socket.io/?EIO=4&transport=websocket",
		"wss://h/": "https://h/socket.io/?EIO=4&transport=websocket",
	} {
		if got, err := withDefaults(Config{URL: address + "\n"}).target(); got != want || err != nil {
			t.Errorf("%s: got %s, %v", address, got, err)
		}
	}
}

func TestSessionSurvivesWhatItDoesNotExpect(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.begin()
		p.hear(`420["ask"]`)
		p.sayBinary("\x00\x01\x02")
		p.say("", "0", "3", "5", "6", "9", "x", "4", "4x", "48", `42`, `42{}`, `42[]`, `42[1]`, `42["a"`, `42/admin,["a"]`, `43`, `437[]`, `43[]`, `43/admin,0[]`,
			`4399999999999999999999[]`, `451-["a",{"_placeholder":true,"num":0}]`, `45["a"]`, `461-9[]`, `40{"sid":"other"}`, `44{"message":"late"}`, `41/admin,`)
		p.say("2", "2with words")
		p.hear("3", "3with words")
		p.say(`430["answer"]`, `430["twice"]`)
		p.untilBye()
	})
	conn := dial(t, g.config())
	answer, err := conn.Call(t.Context(), "ask")
	if err != nil || len(answer) != 1 || string(answer[0]) != `"answer"` || conn.ID() != "session-1" {
		t.Errorf("got %s, %v, session %s", answer, err, conn.ID())
	}
	conn.Close()
}

func TestServerEndsTheSession(t *testing.T) {
	for name, test := range map[string]struct {
		say  func(*peer)
		want error
	}{
		"Socket.IO":    {func(p *peer) { p.say("41") }, ErrDisconnected},
		"Engine.IO":    {func(p *peer) { p.say("1") }, ErrDisconnected},
		"websocket":    {func(p *peer) { _ = p.socket.Close(websocket.StatusGoingAway, "restarting") }, ErrDisconnected},
		"too long":     {func(p *peer) { _ = p.socket.Close(websocket.StatusMessageTooBig, "") }, ErrTooLong},
		"huge frame":   {func(p *peer) { p.say(`42["x","` + strings.Repeat("x", 3000) + `"]`) }, ErrTooLong},
		"without word": {func(p *peer) { p.drop() }, nil},
	} {
		g := newGateway(t, func(p *peer) {
			p.begin()
			p.hear(`420["ask"]`)
			test.say(p)
			p.untilGone()
		})
		config := g.config()
		config.MaxMessage = 2000
		conn := dial(t, config)
		_, err := conn.Call(t.Context(), "ask")
		wantFailure(t, err, test.want, true)
		if err == nil || !IsDropped(err) {
			t.Errorf("%s: %v is not taken for a loss", name, err)
		}
		<-conn.Done()
		if test.want != nil && !errors.Is(conn.Err(), test.want) {
			t.Errorf("%s: it ended with %v", name, conn.Err())
		}
		for range 2 {
			_, err = conn.Call(t.Context(), "again")
			wantFailure(t, err, test.want, false)
			if !IsDropped(err) {
				t.Errorf("%s: %v is not taken for a loss", name, err)
			}
			err = conn.Emit(t.Context(), "again")
			wantFailure(t, err, test.want, false)
		}
		conn.Close()
	}
}

func TestSilence(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.say(`0{"sid":"e","pingInterval":600,"pingTimeout":400}`)
		p.hear("40")
		p.say(beginText)
		// Any message is a sign of life.
		for range 3 {
			p.say("2")
			p.hear("3")
			time.Sleep(250 * time.Millisecond)
			p.say(`42["news"]`)
			time.Sleep(250 * time.Millisecond)
		}
		p.hear(`420["ask"]`)
		p.say(`430[]`)
		p.hear(`421["ask"]`)
		p.untilGone()
	})
	conn := dial(t, g.config())
	time.Sleep(1500 * time.Millisecond) // half as long again as it may be silent
	if _, err := conn.Call(t.Context(), "ask"); err != nil {
		t.Errorf("the server was not silent: %v", err)
	}
	_, err := conn.Call(t.Context(), "ask")
	wantFailure(t, err, ErrSilent, true)
}

// A server that reads nothing any more does not keep anybody: neither the call,
// nor another one, nor Close.
func TestServerThatDoesNotRead(t *testing.T) {
	release := make(chan struct{})
	g := newGateway(t, func(p *peer) {
		p.say(`0{"sid":"e"}`)
		p.hear("40")
		p.say(beginText)
		<-release
	})
	defer close(release)
	config := g.config()
	config.Transport = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
		}
		return conn, err
	}}
	large := strings.Repeat("x", 8<<20) // more than fits between the two

	config.WriteTimeout = 100 * time.Millisecond
	conn := dial(t, config)
	wantFailure(t, conn.Emit(t.Context(), "large", large), errWriteTimeout, true)
	wantFailure(t, conn.Emit(t.Context(), "small"), errWriteTimeout, false)

	config.WriteTimeout = time.Minute
	conn = dial(t, config)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- conn.Emit(ctx, "large", large) }()
	awaitWriter(t, conn)
	small, cancelSmall := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancelSmall()
	wantFailure(t, conn.Emit(small, "small"), context.DeadlineExceeded, false)
	cancel()
	wantFailure(t, <-result, context.Canceled, true)
	conn.Close()
}

// awaitWriter waits until the goroutine that writes is busy.
func awaitWriter(t *testing.T, conn *Conn) {
	t.Helper()
	for range 1000 {
		select {
		case conn.outgoing <- outgoing{[]byte("6"), make(chan error, 1)}:
			time.Sleep(10 * time.Millisecond)
		case <-time.After(200 * time.Millisecond):
			return
		}
	}
	t.Fatal("the message was written after all")
}

func TestServerThatDoesNotAnswerTheGoodbye(t *testing.T) {
	release := make(chan struct{})
	g := newGateway(t, func(p *peer) {
		p.begin()
		<-release
	})
	conn := dial(t, g.config())
	conn.Close()
	close(release)
	wantFailure(t, conn.Emit(t.Context(), "late"), ErrClosed, false)
}
