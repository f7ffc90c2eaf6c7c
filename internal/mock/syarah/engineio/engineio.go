// Package engineio is the server side of Engine.IO 4, the transport under
// Socket.IO 5: text messages over a websocket, or over polling with an upgrade
// to a websocket. It follows syarah-api.md §6 and, where that is silent, what
// npm engine.io 6.6 does. Binary messages are not spoken.
package engineio

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Path is where the server is reached. All paths below it are its own, too.
const Path = "/socket.io/"

// The transports of Settings.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

// upgradeTime is how long a client may take from its probe to the upgrade.
const upgradeTime = 10 * time.Second

// A Handler hears what happens on connections. Closed comes once, last.
// Messages of one connection come one after another.
type Handler interface {
	Opened(*Conn)
	Received(connection *Conn, message string)
	Closed(*Conn)
}

// Settings are read at each handshake.
type Settings struct {
	Transports   []string      // that are served
	PingInterval time.Duration // between a pong and the next ping
	PingTimeout  time.Duration // how long a client may take to answer a ping
	NoPings      bool          // none are sent, whatever the handshake says
	MaxPayload   int64         // of one message or one polling body, in bytes
}

// A Server holds the connections. Create one with New, and end it with Close.
type Server struct {
	handler  Handler
	settings func() Settings
	running  sync.WaitGroup // calls and goroutines of connections

	mutex       sync.Mutex // guards what follows
	closed      bool
	connections map[string]*Conn // by session id
}

// New returns a server without connections.
func New(handler Handler, settings func() Settings) *Server {
	return &Server{handler: handler, settings: settings, connections: map[string]*Conn{}}
}

// Close cuts all connections and waits until nothing of them is running. The
// server refuses all calls from now on. An http.Server does not know of
// websockets, so it cannot do this.
func (s *Server) Close() {
	s.mutex.Lock()
	s.closed = true
	s.mutex.Unlock()
	for _, c := range s.Connections() {
		c.end(errServerClosed)
	}
	s.running.Wait()
}

// Connections returns the connections that are open, in no order.
func (s *Server) Connections() []*Conn {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	open := make([]*Conn, 0, len(s.connections))
	for _, c := range s.connections {
		open = append(open, c)
	}
	return open
}

// A Refusal is the answer to a request that cannot be served.
type Refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// The refusals of npm engine.io, by their code. All have status 400.
var (
	unknownTransport = &Refusal{0, "Transport unknown"}
	unknownSession   = &Refusal{1, "Session ID unknown"}
	badMethod        = &Refusal{2, "Bad handshake method"}
	badRequest       = &Refusal{3, "Bad request"}
	badVersion       = &Refusal{5, "Unsupported protocol version"}
)

// Write sends the refusal.
func (r *Refusal) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	body, _ := json.Marshal(r) // a number and a text
	_, _ = w.Write(body)
}

// IsHandshake reports whether the request asks for a new connection.
func IsHandshake(r *http.Request) bool { return r.URL.Query().Get("sid") == "" }

// Verify returns why the request cannot be served, nil when it can.
func (s *Server) Verify(r *http.Request) *Refusal {
	_, refusal := s.verify(r)
	return refusal
}

// verify finds the connection of a request, too: nil for a handshake.
func (s *Server) verify(r *http.Request) (*Conn, *Refusal) {
	query := r.URL.Query()
	transport := query.Get("transport")
	isUpgrade := strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
	if !slices.Contains(s.settings().Transports, transport) {
		return nil, unknownTransport
	}
	var connection *Conn
	if !IsHandshake(r) {
		if connection = s.connection(query.Get("sid")); connection == nil {
			return nil, unknownSession
		}
	}
	switch {
	case connection == nil && r.Method != http.MethodGet:
		return nil, badMethod
	case isUpgrade != (transport == WebSocket):
		return nil, badRequest
	case connection == nil && query.Get("EIO") != "4":
		return nil, badVersion
	case connection != nil && (query.Get("EIO") != "4" || transport == Polling && connection.Transport() != Polling):
		return nil, badRequest
	}
	return connection, nil
}

func (s *Server) connection(id string) *Conn {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.connections[id]
}

// ServeHTTP answers everything under Path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "The server is closed", http.StatusServiceUnavailable)
		return
	}
	defer s.running.Done()
	connection, refusal := s.verify(r)
	switch {
	case refusal != nil:
		refusal.Write(w)
	case r.URL.Query().Get("transport") == WebSocket:
		s.serveWebSocket(w, r, connection)
	case connection == nil:
		s.open(Polling, r.URL.Query()).poll(w, r)
	case r.Method == http.MethodGet:
		connection.poll(w, r)
	case r.Method == http.MethodPost:
		connection.post(w, r)
	default:
		http.Error(w, "Polling takes GET and POST", http.StatusMethodNotAllowed)
	}
}

// enter counts a call as running, unless the server is closed.
func (s *Server) enter() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// open begins a connection. Its first packet tells the client of it.
func (s *Server) open(transport string, query url.Values) *Conn {
	settings := s.settings()
	ctx, cancel := context.WithCancelCause(context.Background())
	c := &Conn{
		id:        rand.Text(),
		query:     query,
		server:    s,
		settings:  settings,
		ctx:       ctx,
		cancel:    cancel,
		closing:   make(chan struct{}),
		wake:      make(chan struct{}, 1),
		pong:      make(chan struct{}, 1),
		probed:    make(chan struct{}),
		transport: transport,
	}
	upgrades := []string{}
	if transport == Polling && slices.Contains(settings.Transports, WebSocket) {
		upgrades = append(upgrades, WebSocket)
	}
	// Text and numbers cannot fail to be JSON.
	hello, _ := json.Marshal(map[string]any{
		"sid":          c.id,
		"upgrades":     upgrades,
		"pingInterval": settings.PingInterval.Milliseconds(),
		"pingTimeout":  settings.PingTimeout.Milliseconds(),
		"maxPayload":   settings.MaxPayload,
	})
	c.SendPacket(packetOpen + string(hello))
	s.mutex.Lock()
	s.connections[c.id] = c
	if s.closed { // Close has not seen this one
		c.end(errServerClosed)
	}
	s.mutex.Unlock()
	s.handler.Opened(c)
	s.running.Go(c.live)
	return c
}

// forget ends the life of a connection.
func (s *Server) forget(c *Conn) {
	s.mutex.Lock()
	delete(s.connections, c.id)
	s.mutex.Unlock()
	s.handler.Closed(c)
}

// accept turns the request into a websocket, or answers with an error.
func accept(w http.ResponseWriter, r *http.Request) *websocket.Conn {
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // whatever page the client was loaded from
	})
	if err != nil {
		return nil
	}
	return socket
}
