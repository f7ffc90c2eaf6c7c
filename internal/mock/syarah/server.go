// Package syarah is an in-memory Syarah chat server: the Socket.IO gateway and
// the REST backend on one http.Handler. It follows syarah-api.md: what the page
// knows for sure is enforced, what it only assumes has a switch in Settings.
//
// What happens on a socket is a call like any other for the request log and the
// fault plan:
//
//	GET     /socket.io/         the handshake, without the session's later requests
//	CONNECT /socket.io/         the Socket.IO connect; the body is auth
//	EMIT    /socket.io/<event>  an event; the body is its payload
//	ACK     /socket.io/<id>     an ack of something that SendFrame has sent
//
// A fault with a status is an error ack (of CONNECT a connect_error), one with
// "empty" is no ack, and no broadcast to the sender either; one with a body
// changes the ack; drops cut the socket.
package syarah

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah/engineio"
)

// Options configure New. The zero value is a working server.
type Options struct {
	Now func() time.Time // default time.Now
}

// A Server is the mock. It is an http.Handler that serves the vendor's paths
// and the control API. The embedded control.Server must not be served in its
// place: it knows no sockets.
type Server struct {
	*control.Server
	backend *backend
}

// New returns a server that holds the seeded users and friendships, and no
// chats. Close it at the end.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	b := &backend{now: options.Now, sockets: map[*engineio.Conn]*socket{}}
	b.engine = engineio.New(b, b.engineSettings)
	b.Reset()
	b.control = control.New(b, options.Now)
	return &Server{Server: b.control, backend: b}
}

// Close ends all sockets and polls, and waits until nothing of them is running.
// An http.Server does not know its websockets, and waits for polls: close the
// mock before it, or give this to its RegisterOnShutdown. All sockets are
// refused from now on.
func (s *Server) Close() { s.backend.engine.Close() }

// UserID returns the GUID of the user to be provisioned with.
func (s *Server) UserID() string { return UserID }

// AccessToken returns the token of that user.
func (s *Server) AccessToken() string { return accessToken(UserID) }

// AccessTokenOf returns the token of any user.
func (s *Server) AccessTokenOf(userID string) string { return accessToken(userID) }

// SetSettings replaces all settings. Settings that are not set take their
// default. Those of the connection are for connections to come.
func (s *Server) SetSettings(settings Settings) error { return s.backend.setSettings(settings) }

// ServeHTTP serves the vendor's paths and the control API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r = withoutTokens(r); {
	case !strings.HasPrefix(r.URL.Path, engineio.Path):
		s.Server.ServeHTTP(w, r)
	case !engineio.IsHandshake(r) || s.backend.admit(w, r):
		s.backend.engine.ServeHTTP(w, r)
	}
}

// withoutTokens hides tokens in the query, which the request log would show.
// No call takes one there.
func withoutTokens(r *http.Request) *http.Request {
	query := r.URL.Query()
	hidden := false
	for key := range query {
		if strings.HasSuffix(strings.ToLower(key), "token") {
			query.Set(key, control.Hidden)
			hidden = true
		}
	}
	if !hidden {
		return r
	}
	clean := r.Clone(r.Context())
	clean.URL.RawQuery = query.Encode()
	return clean
}

// A backend is everything behind the two URLs. It is the control.Backend and
// the engineio.Handler.
type backend struct {
	now     func() time.Time
	engine  *engineio.Server
	control *control.Server

	mutex    sync.Mutex // guards everything below
	settings Settings
	data     *data
	revision uint64
	started  time.Time // when the tokens were issued
	sockets  map[*engineio.Conn]*socket
	pushes   []PushState
}

// A call is a vendor call on its way through a handler. The backend is locked
// meanwhile.
type call struct {
	*backend
	request  *http.Request
	operator bool
	user     *user     // of the token
	socket   *socket   // of an event, nil for REST and the operator
	emission *emission // of an event, nil for REST and the operator
	event    event     // of an event
	given    values    // of an event
}

// ServeHTTP answers what the control.Server lets through: REST calls,
// handshakes, and what happens on sockets.
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch carried := r.Context().Value(carriedKey{}).(type) {
	case *admission:
		b.verify(carried, w, r)
	case *emission:
		carried.serve(w, r)
	default:
		b.mutex.Lock()
		defer b.mutex.Unlock()
		c := &call{backend: b, request: r}
		b.settings.writeREST(w, c.serveREST())
	}
}

// Operate answers a REST call or an event without a token. Whose event it is
// is told by ?userId: EMIT /socket.io/createMessage?userId=...
func (b *backend) Operate(w http.ResponseWriter, r *http.Request) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	c := &call{backend: b, request: r, operator: true}
	if r.Method != methodEmit {
		b.settings.writeREST(w, c.serveREST())
		return
	}
	writeEvent(w, c.serveEvent(eventName(r), readBody(r)))
}

// Reset goes back to the seeded data and the default settings, and cuts all
// connections.
func (b *backend) Reset() {
	b.mutex.Lock()
	b.settings = Settings{}.withDefaults()
	b.data = seed()
	b.started = b.now()
	b.pushes = nil
	b.revision++
	b.mutex.Unlock()
	for _, connection := range b.engine.Connections() {
		connection.Cut()
	}
}

// Revision grows with each change of the data.
func (b *backend) Revision() uint64 {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.revision
}

func (b *backend) engineSettings() engineio.Settings {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.settings.engine()
}

// changed notes that the data has changed.
func (c *call) changed() { c.revision++ }
