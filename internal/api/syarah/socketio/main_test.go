package socketio

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	openText  = `0{"sid":"engine-1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`
	beginText = `40{"sid":"session-1"}`
)

// gateway is a server of websockets that plays one script after another, one for
// each connection, and the last one for all that follow.
type gateway struct {
	t       *testing.T
	url     string
	scripts []func(*peer)
	playing sync.WaitGroup

	mutex   sync.Mutex
	queries []url.Values
	headers []http.Header
}

// peer is the server's end of a connection.
type peer struct {
	t      *testing.T
	ctx    context.Context
	socket *websocket.Conn
}

func newGateway(t *testing.T, scripts ...func(*peer)) *gateway {
	t.Helper()
	g := &gateway{t: t, scripts: scripts}
	server := httptest.NewServer(g)
	g.url = server.URL
	t.Cleanup(func() {
		server.Close()
		g.playing.Wait() // it does not wait for websockets
	})
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mutex.Lock()
	script := g.scripts[min(len(g.queries), len(g.scripts)-1)]
	g.queries = append(g.queries, r.URL.Query())
	g.headers = append(g.headers, r.Header)
	g.mutex.Unlock()
	g.playing.Add(1)
	defer g.playing.Done()
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		g.t.Errorf("accept: %v", err)
		return
	}
	defer func() { _ = socket.CloseNow() }()
	socket.SetReadLimit(1 << 20)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	script(&peer{t: g.t, ctx: ctx, socket: socket})
}

func (g *gateway) connections() int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return len(g.queries)
}

// say sends messages. The client may be gone already.
func (p *peer) say(texts ...string) {
	for _, text := range texts {
		_ = p.socket.Write(p.ctx, websocket.MessageText, []byte(text))
	}
}

func (p *peer) sayBinary(data string) {
	_ = p.socket.Write(p.ctx, websocket.MessageBinary, []byte(data))
}

// hear waits for messages that must be these.
func (p *peer) hear(want ...string) {
	for _, want := range want {
		_, text, err := p.socket.Read(p.ctx)
		if err != nil || string(text) != want {
			p.t.Errorf("the server got %q, %v, want %q", text, err, want)
			return
		}
	}
}

// begin plays the server's part of the handshake.
func (p *peer) begin() {
	p.say(openText)
	p.hear("40")
	p.say(beginText)
}

// untilGone waits for the client to close the connection, and returns what it
// said before.
func (p *peer) untilGone() (said []string) {
	for {
		_, text, err := p.socket.Read(p.ctx)
		if err != nil {
			if p.ctx.Err() != nil {
				p.t.Error("the client did not leave")
			}
			return said
		}
		said = append(said, string(text))
	}
}

// untilBye waits for a clean goodbye.
func (p *peer) untilBye() {
	_, text, err := p.socket.Read(p.ctx)
	if err != nil || string(text) != "41" {
		p.t.Errorf("the server got %q, %v, want a goodbye", text, err)
		return
	}
	if _, text, err = p.socket.Read(p.ctx); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		p.t.Errorf("after its goodbye the client sent %q, %v", text, err)
	}
}

// drop cuts the connection without a word.
func (p *peer) drop() { _ = p.socket.CloseNow() }

// config is of a client that waits hardly at all.
func (g *gateway) config() Config {
	return Config{URL: g.url, ReconnectMin: time.Millisecond, ReconnectMax: 2 * time.Millisecond, MaxRetries: 2}
}

func dial(t *testing.T, config Config) *Conn {
	t.Helper()
	conn, err := Dial(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func newClient(t *testing.T, config Config) *Client {
	t.Helper()
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func acquire(t *testing.T, client *Client) (*Conn, func()) {
	t.Helper()
	conn, release, err := client.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return conn, release
}

// wantFailure checks that a call failed, why (nil for any reason), and whether it
// may have arrived.
func wantFailure(t *testing.T, err, want error, sent bool) {
	t.Helper()
	if err == nil || want != nil && !errors.Is(err, want) || MayHaveArrived(err) != sent {
		t.Errorf("got %v, sent %v, want %v, sent %v", err, MayHaveArrived(err), want, sent)
	}
}
