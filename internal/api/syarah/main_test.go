package syarah

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	userID = "550e8400-e29b-41d4-a716-446655440000"
	token  = "canary-access-token"
)

// impatient is a configuration whose client waits hardly at all.
func impatient() Config {
	return Config{
		UserID: userID, AccessToken: token, MaxRetries: 2,
		RetryWaitMin: time.Millisecond, RetryWaitMax: 2 * time.Millisecond,
		RateLimitPatience: -1, AckTimeout: 250 * time.Millisecond,
	}
}

// gateway is a small Socket.IO server. A test tells it how to answer each event.
type gateway struct {
	t       *testing.T
	url     string
	playing sync.WaitGroup
	begin   string // packet that answers the connect packet

	mutex    sync.Mutex
	handlers map[string]handler
	seen     []string // events, as "name payload"
	queries  []url.Values
	auths    []string
}

// handler answers an event: with the arguments of the ack as JSON, without the
// brackets. silent sends no ack.
type handler func(p *peer, payload string) string

const silent = "\x00"

func says(answer string) handler { return func(*peer, string) string { return answer } }

// peer is the server's end of a connection.
type peer struct {
	ctx    context.Context
	socket *websocket.Conn
	number int // counts the connections, from 1
}

func (p *peer) emit(name, arguments string) {
	_ = p.socket.Write(p.ctx, websocket.MessageText, fmt.Appendf(nil, "42[%q,%s]", name, arguments))
}

func (p *peer) drop() { _ = p.socket.CloseNow() }

func newGateway(t *testing.T, handlers map[string]handler) *gateway {
	t.Helper()
	g := &gateway{t: t, handlers: handlers, begin: `40{"sid":"session"}`}
	server := httptest.NewServer(g)
	g.url = server.URL
	t.Cleanup(func() {
		server.Close()
		g.playing.Wait() // it does not wait for websockets
	})
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.playing.Add(1)
	defer g.playing.Done()
	g.mutex.Lock()
	g.queries = append(g.queries, r.URL.Query())
	number := len(g.queries)
	g.mutex.Unlock()
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		g.t.Errorf("accept: %v", err)
		return
	}
	defer func() { _ = socket.CloseNow() }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	p := &peer{ctx: ctx, socket: socket, number: number}
	_ = socket.Write(ctx, websocket.MessageText, []byte(`0{"sid":"e","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`))
	for {
		_, text, err := socket.Read(ctx)
		if err != nil {
			return
		}
		g.receive(p, string(text))
	}
}

func (g *gateway) receive(p *peer, text string) {
	if auth, found := strings.CutPrefix(text, "40"); found {
		g.mutex.Lock()
		g.auths = append(g.auths, auth)
		g.mutex.Unlock()
		_ = p.socket.Write(p.ctx, websocket.MessageText, []byte(g.begin))
		return
	}
	event, found := strings.CutPrefix(text, "42")
	if !found {
		return
	}
	id, rest, _ := strings.Cut(event, "[")
	var arguments []json.RawMessage
	var name string
	if json.Unmarshal([]byte("["+rest), &arguments) != nil || len(arguments) != 2 || json.Unmarshal(arguments[0], &name) != nil {
		g.t.Errorf("the gateway got %q", text)
		return
	}
	payload := string(arguments[1])
	g.mutex.Lock()
	g.seen = append(g.seen, name+" "+payload)
	answer, known := g.handlers[name]
	g.mutex.Unlock()
	if !known {
		g.t.Errorf("the gateway does not know %s", name)
		return
	}
	if acknowledgement := answer(p, payload); acknowledgement != silent && id != "" {
		_ = p.socket.Write(p.ctx, websocket.MessageText, fmt.Appendf(nil, "43%s[%s]", id, acknowledgement))
	}
}

// on changes how an event is answered.
func (g *gateway) on(name string, answer handler) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.handlers[name] = answer
}

// names are the events that the gateway got, without payloads.
func (g *gateway) names() []string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	names := []string{}
	for _, event := range g.seen {
		name, _, _ := strings.Cut(event, " ")
		names = append(names, name)
	}
	return names
}

func (g *gateway) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := g.names(); !slices.Equal(got, want) {
		t.Errorf("events:\n got %q\nwant %q", got, want)
	}
}

// last is the payload of the last event with this name.
func (g *gateway) last(name string) string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, event := range slices.Backward(g.seen) {
		if payload, found := strings.CutPrefix(event, name+" "); found {
			return payload
		}
	}
	return ""
}

func (g *gateway) connections() int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return len(g.queries)
}

// client is a client of the gateway.
func (g *gateway) client(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	config := impatient()
	config.GatewayURL = g.url
	for _, change := range change {
		change(&config)
	}
	return newClient(t, config)
}

func newClient(t *testing.T, config Config) *Client {
	t.Helper()
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// backend is a REST server that answers in turn, the last answer for ever.
type backend struct {
	*httptest.Server
	mutex    sync.Mutex
	answers  []scripted
	requests []string // method and path with query
	headers  []http.Header
	bodies   []string
}

type scripted struct {
	status int
	body   string
}

func newBackend(t *testing.T, answers ...scripted) *backend {
	t.Helper()
	b := &backend{answers: answers}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mutex.Lock()
	current := b.answers[min(len(b.requests), len(b.answers)-1)]
	b.requests = append(b.requests, r.Method+" "+r.URL.RequestURI())
	b.headers = append(b.headers, r.Header)
	b.bodies = append(b.bodies, string(body))
	b.mutex.Unlock()
	if current.status == 0 {
		panic(http.ErrAbortHandler)
	}
	if current.status == http.StatusFound {
		w.Header().Set("Location", "https://elsewhere/login?token="+token)
	}
	w.WriteHeader(current.status)
	_, _ = io.WriteString(w, current.body)
}

func (b *backend) client(t *testing.T) *Client {
	t.Helper()
	config := impatient()
	config.BackendURL = b.URL + "/"
	return newClient(t, config)
}

// count is how many requests the backend got.
func (b *backend) count() int {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return len(b.requests)
}

func (b *backend) expect(t *testing.T, want ...string) {
	t.Helper()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if !slices.Equal(b.requests, want) {
		t.Errorf("requests:\n got %q\nwant %q", b.requests, want)
	}
}

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func second[T any](_ T, err error) error { return err }
