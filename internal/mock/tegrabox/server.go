// Package tegrabox is an in-memory TegraBox chat server, without its socket. It
// follows tegrabox-api.md: what the page knows for sure is enforced, what it
// only assumes has a switch in Settings. No path or header of TegraBox is
// public, so all of them can be replaced.
package tegrabox

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// The project and its key when Options name no others.
const (
	DefaultProjectID = "00000000-0000-4000-8000-00000000c4a7"
	DefaultAPIKey    = "tgb_chatmock_9d41f6b2e07c4a58"
)

// Options configure New. The zero value is a working server.
type Options struct {
	ProjectID string
	APIKey    string           // also signs the tokens of users
	Now       func() time.Time // default time.Now
}

// A Server is the mock. It is an http.Handler that serves the vendor's paths
// and the control API.
type Server struct {
	*control.Server
	project *project
}

// New returns a server that holds one project without users.
func New(options Options) *Server {
	setDefault(&options.ProjectID, DefaultProjectID)
	setDefault(&options.APIKey, DefaultAPIKey)
	if options.Now == nil {
		options.Now = time.Now
	}
	p := &project{id: options.ProjectID, apiKey: options.APIKey, now: options.Now}
	p.Reset()
	return &Server{Server: control.New(p, options.Now), project: p}
}

// ProjectID returns the id of the project, which callers look up by the key.
func (s *Server) ProjectID() string { return s.project.id }

// APIKey returns the key of the project.
func (s *Server) APIKey() string { return s.project.apiKey }

// SetSettings replaces all settings. Settings that are not set take their
// default.
func (s *Server) SetSettings(settings Settings) error { return s.project.setSettings(settings) }

// ServeHTTP serves the vendor's paths and the control API. The embedded
// control.Server must not be served in its place: its request log would show
// the key, so it is not given it and every call would be refused.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Server.ServeHTTP(w, s.project.withoutCredentials(r))
}

// A project is everything that one API key reaches. It is the control.Backend.
type project struct {
	id     string
	apiKey string
	now    func() time.Time

	mutex    sync.Mutex // guards everything below
	settings Settings
	data     *data
	revision uint64
	limited  limited
}

// A call is a vendor call on its way through a handler. The project is locked
// meanwhile.
type call struct {
	*project
	request  *http.Request
	operator bool
	route    *route
	path     map[string]string // path parameters
	body     map[string]any
	user     *user // of the JWT
}

// ServeHTTP answers a vendor call.
func (p *project) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.serve(w, r, false) }

// Operate answers a vendor call that needs no credentials and finds every call
// implemented. Who joins and leaves is named by ?user_id.
func (p *project) Operate(w http.ResponseWriter, r *http.Request) { p.serve(w, r, true) }

func (p *project) serve(w http.ResponseWriter, r *http.Request, operator bool) {
	raw, readError := io.ReadAll(r.Body)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	c := &call{project: p, request: r, operator: operator}
	result := invalid("The body ended early")
	if readError == nil {
		result = c.answer(raw)
	}
	if r.Method != http.MethodGet && result.status < http.StatusBadRequest {
		p.revision++
	}
	p.settings.write(w, result)
}

// answer runs the call in this order: rate limit, route, key or token, project,
// 501, body, handler (§3) [assumed].
func (c *call) answer(raw []byte) *answer {
	if !c.operator && c.limited.reached(c.now(), c.settings.RateLimit) {
		refused := failure(http.StatusTooManyRequests, "Too many requests")
		refused.header = map[string]string{"Retry-After": "1"}
		return refused
	}
	if c.findRoute(); c.route == nil {
		return failure(http.StatusNotFound, "Cannot "+c.request.Method+" "+c.request.URL.EscapedPath())
	}
	checks := []func() *answer{
		func() *answer { return c.unimplemented("first") },
		c.authenticate,
		c.checkProject,
		func() *answer { return c.unimplemented("after auth") },
		func() *answer { return c.parse(raw) },
	}
	for _, check := range checks {
		if refused := check(); refused != nil {
			return refused
		}
	}
	return c.route.serve(c)
}

// limited counts the calls of one second.
type limited struct {
	second int64
	calls  int
}

func (l *limited) reached(now time.Time, limit int) bool {
	if limit == 0 {
		return false
	}
	if now.Unix() != l.second {
		*l = limited{second: now.Unix()}
	}
	l.calls++
	return l.calls > limit
}

// parse reads the JSON body of a call that may have one.
func (c *call) parse(raw []byte) *answer {
	if c.request.Method == http.MethodGet || c.request.Method == http.MethodDelete || len(raw) == 0 {
		return nil
	}
	if int64(len(raw)) > c.settings.BodyLimit {
		return failure(http.StatusRequestEntityTooLarge, "request entity too large")
	}
	if mediaType, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type")); mediaType != "application/json" {
		return invalid("The content type must be application/json")
	}
	if err := json.Unmarshal(raw, &c.body); err != nil {
		return invalid("The body must be a JSON object")
	}
	return nil
}

// Reset goes back to the project alone and to the default settings.
func (p *project) Reset() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.settings = Settings{}.withDefaults()
	p.data = &data{Version: dataVersion, ProjectID: p.id, APIKey: p.apiKey}
	p.limited = limited{}
	p.revision++
}

// ApplySettings replaces the settings from JSON.
func (p *project) ApplySettings(raw json.RawMessage) error {
	var settings Settings
	if err := control.Decode(raw, &settings); err != nil {
		return err
	}
	return p.setSettings(settings)
}

func (p *project) setSettings(settings Settings) error {
	settings = settings.withDefaults()
	if err := settings.check(); err != nil {
		return err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.settings = settings
	return nil
}

// Calls are the control calls of this backend: none.
func (p *project) Calls() map[string]control.Call { return nil }

// Revision grows with each change of the data.
func (p *project) Revision() uint64 {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.revision
}
