// Package rocketchat is an in-memory Rocket.Chat workspace, as far as
// Omnichannel Livechat goes. It follows rocketchat-livechat-api.md, and the
// public source of the server where that page is silent; Settings switch
// between the versions that the page tells apart and turn the workspace's own
// settings. What is stricter than the server says so.
package rocketchat

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// Base stands before every path of the API (§1).
const Base = "/api/v1/livechat"

// The credentials when Options name no others.
const (
	DefaultAdminUserID = "mockAdmin00000001"
	DefaultAdminToken  = "chatmock-admin-5f8c1e93d0b74a26"
	DefaultAgentToken  = "chatmock-agent-2b6d40a7c91e48f3"
)

// Options configure New. The zero value is a working server.
type Options struct {
	AdminUserID string
	AdminToken  string           // with AdminUserID, may do everything
	AgentToken  string           // of Alice, who may see rooms and change nothing
	Now         func() time.Time // default time.Now
}

// A Server is the mock. It is an http.Handler that serves the vendor's paths
// and the control API.
type Server struct {
	*control.Server
	workspace *workspace
}

// New returns a server that holds the users, departments and custom fields of
// seed.go.
func New(options Options) *Server {
	setDefault(&options.AdminUserID, DefaultAdminUserID)
	setDefault(&options.AdminToken, DefaultAdminToken)
	setDefault(&options.AgentToken, DefaultAgentToken)
	if options.Now == nil {
		options.Now = time.Now
	}
	w := &workspace{adminUserID: options.AdminUserID, adminToken: options.AdminToken, agentToken: options.AgentToken, now: options.Now}
	w.Reset()
	return &Server{Server: control.New(w, options.Now), workspace: w}
}

// AdminUserID returns what the admin sends as X-User-Id.
func (s *Server) AdminUserID() string { return s.workspace.adminUserID }

// AdminToken returns what the admin sends as X-Auth-Token.
func (s *Server) AdminToken() string { return s.workspace.adminToken }

// AgentUserID returns what an agent without the admin's permissions sends as
// X-User-Id.
func (s *Server) AgentUserID() string { return AliceID }

// AgentToken returns what that agent sends as X-Auth-Token.
func (s *Server) AgentToken() string { return s.workspace.agentToken }

// SetSettings replaces all settings. Settings that are not set take their
// default.
func (s *Server) SetSettings(settings Settings) error { return s.workspace.setSettings(settings) }

// ServeHTTP serves the vendor's paths and the control API. The embedded
// control.Server must not be served in its place: its request log would show
// the tokens of visitors, so every call would be refused.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Server.ServeHTTP(w, withoutSecrets(r))
}

// A workspace is one Rocket.Chat server. It is the control.Backend.
type workspace struct {
	adminUserID, adminToken, agentToken string
	now                                 func() time.Time

	mutex    sync.Mutex // guards everything below
	settings Settings
	data     *data
	revision uint64
	limits   limits
}

// A call is a vendor call on its way through a handler. The workspace is locked
// meanwhile.
type call struct {
	*workspace
	request  *http.Request // as it was sent, secrets included
	operator bool
	route    *route
	path     map[string]string // path parameters
	raw      []byte
	body     any         // of a JSON request; an empty object without one
	user     *user       // of the headers, on routes that want them; the admin for the operator
	header   http.Header // of the answer
}

// ServeHTTP answers a vendor call.
func (w *workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	sent, _ := r.Context().Value(sentKey{}).(*http.Request)
	if sent == nil {
		http.Error(rw, "the mock is served without rocketchat.Server around it, so its log would show secrets", http.StatusInternalServerError)
		return
	}
	w.serve(rw, sent, r.Body, false)
}

// Operate answers a vendor call that needs no credentials and is never limited.
func (w *workspace) Operate(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r, r.Body, true) }

func (w *workspace) serve(rw http.ResponseWriter, r *http.Request, body io.Reader, operator bool) {
	raw, readError := io.ReadAll(body)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	c := &call{workspace: w, request: r, operator: operator, raw: raw, header: http.Header{}}
	result := failure("The body ended early")
	if readError == nil {
		result = c.answer()
	}
	// A refused call may have changed something too. The GETs that do, tell.
	if r.Method != http.MethodGet {
		w.touch()
	}
	result.write(rw, c.header)
}

// touch tells that the data has changed.
func (w *workspace) touch() { w.revision++ }

// answer runs the call in this order: route, credentials, rate limit,
// permission, body, handler.
func (c *call) answer() *answer {
	if c.findRoute(); c.route == nil {
		return c.noRoute()
	}
	for _, check := range []func() *answer{c.authenticate, c.limit, c.permit, c.parse} {
		if refused := check(); refused != nil {
			return refused
		}
	}
	return c.route.serve(c)
}

// parse reads the body of a call that may have one. A body that is not called
// JSON is read as text, so that no expected key is there (§1).
func (c *call) parse() *answer {
	c.body = map[string]any{}
	mediaType, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	flat := c.settings.FlatVisitors && c.route.path == "POST /visitor"
	if c.request.Method == http.MethodGet || len(c.raw) == 0 || mediaType != "application/json" && !flat {
		return nil
	}
	if err := json.Unmarshal(c.raw, &c.body); err != nil {
		return failure("Invalid JSON in the request body") // the text is [assumed]
	}
	return nil
}

// Reset goes back to the seeded data and to the default settings.
func (w *workspace) Reset() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.settings = Settings{}.withDefaults()
	w.data = seed(w.adminUserID, w.now())
	w.limits = limits{}
	w.touch()
}

// ApplySettings replaces the settings from JSON.
func (w *workspace) ApplySettings(raw json.RawMessage) error {
	var settings Settings
	if err := control.Decode(raw, &settings); err != nil {
		return err
	}
	return w.setSettings(settings)
}

func (w *workspace) setSettings(settings Settings) error {
	settings = settings.withDefaults()
	if err := settings.check(); err != nil {
		return err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.settings = settings
	w.limits = limits{}
	return nil
}

// Calls are the control calls of this backend: none.
func (w *workspace) Calls() map[string]control.Call { return nil }

// Revision grows with each change of the data.
func (w *workspace) Revision() uint64 {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.revision
}
