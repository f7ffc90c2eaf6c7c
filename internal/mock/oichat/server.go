// Package oichat is an in-memory OiChat server. It follows oichat-api.md: what
// the page knows for sure is enforced, what it only assumes has a switch in
// Settings. No path of OiChat is public, so all of them can be replaced.
package oichat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// The project and its credentials when Options name no others.
const (
	DefaultProjectID = "proj_chatmock0001"
	DefaultAPIKey    = "ak_live_chatmock0001"
	DefaultSecretKey = "sk_chatmock_5b0e7d19c3a84f26"
)

// Options configure New. The zero value is a working server.
type Options struct {
	ProjectID string
	APIKey    string
	SecretKey string           // also signs the tokens of users
	Now       func() time.Time // default time.Now
}

// A Server is the mock. It is an http.Handler that serves the vendor's paths
// and the control API.
type Server struct {
	*control.Server
	project *project
}

// New returns a server that holds one project without rooms.
func New(options Options) *Server {
	setDefault(&options.ProjectID, DefaultProjectID)
	setDefault(&options.APIKey, DefaultAPIKey)
	setDefault(&options.SecretKey, DefaultSecretKey)
	if options.Now == nil {
		options.Now = time.Now
	}
	p := &project{id: options.ProjectID, apiKey: options.APIKey, secretKey: options.SecretKey, now: options.Now}
	p.Reset()
	return &Server{Server: control.New(p, options.Now), project: p}
}

// ProjectID returns the id of the project.
func (s *Server) ProjectID() string { return s.project.id }

// APIKey returns the API key of the project.
func (s *Server) APIKey() string { return s.project.apiKey }

// SecretKey returns the secret key of the project.
func (s *Server) SecretKey() string { return s.project.secretKey }

// SetSettings replaces all settings. Settings that are not set take their
// default.
func (s *Server) SetSettings(settings Settings) error { return s.project.setSettings(settings) }

// ServeHTTP serves the vendor's paths and the control API. The embedded
// control.Server must not be served in its place: its request log would show
// the keys, so it is not given them and every call would be refused.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Server.ServeHTTP(w, s.project.withoutCredentials(r))
}

// A project is everything that one set of credentials reaches. It is the
// control.Backend.
type project struct {
	id        string
	apiKey    string
	secretKey string
	now       func() time.Time

	mutex    sync.Mutex // guards everything below
	settings Settings
	data     *data
	revision uint64
	window   window
}

// A window counts the calls of one second, for the rate limit.
type window struct {
	second int64
	calls  int
}

// A call is a vendor call on its way through a handler. The project is locked
// meanwhile.
type call struct {
	*project
	request *http.Request
	path    map[string]string // path parameters
	raw     []byte            // the body as sent
	body    map[string]any
}

// ServeHTTP answers a vendor call.
func (p *project) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.serve(w, r, false) }

// Operate answers a vendor call that needs no credentials.
func (p *project) Operate(w http.ResponseWriter, r *http.Request) { p.serve(w, r, true) }

func (p *project) serve(w http.ResponseWriter, r *http.Request, operator bool) {
	body, readError := io.ReadAll(r.Body)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	c := &call{project: p, request: r, raw: body}
	result := failure(http.StatusBadRequest, "INVALID_REQUEST", "The body ended early")
	if readError == nil {
		result = c.answer(operator)
	}
	if r.Method != http.MethodGet && result.status < http.StatusBadRequest {
		p.revision++
	}
	result.write(w, p.settings)
}

// answer runs the call in this order: rate limit, credentials, route, body,
// idempotency, handler. All assumed: the reference orders nothing.
func (c *call) answer(operator bool) answer {
	if !operator {
		if c.rateLimited() {
			limited := failure(http.StatusTooManyRequests, "RATE_LIMITED", "Too many requests")
			limited.header = map[string]string{"Retry-After": "1"}
			return limited
		}
		if refused := c.authenticate(); refused != nil {
			return *refused
		}
	}
	route := c.route()
	if route == nil {
		return failure(http.StatusNotFound, "ROUTE_NOT_FOUND", "There is no "+c.request.Method+" "+c.request.URL.EscapedPath())
	}
	if refused := c.parse(); refused != nil {
		return *refused
	}
	if c.request.Method == http.MethodPost && !operator {
		return c.once(route)
	}
	return route.serve(c)
}

func (c *call) rateLimited() bool {
	if c.settings.RateLimit == 0 {
		return false
	}
	second := c.now().Unix()
	if c.window.second != second {
		c.window = window{second: second}
	}
	c.window.calls++
	return c.window.calls > c.settings.RateLimit
}

// parse reads the JSON body of a call that may have one.
func (c *call) parse() *answer {
	c.body = map[string]any{}
	if c.request.Method == http.MethodGet || c.request.Method == http.MethodDelete || len(c.raw) == 0 {
		return nil
	}
	if int64(len(c.raw)) > c.settings.BodyLimit {
		tooLarge := failure(http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", "The body is too large")
		return &tooLarge
	}
	if mediaType, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type")); mediaType != "application/json" {
		return invalid("The content type must be application/json")
	}
	decoder := json.NewDecoder(bytes.NewReader(c.raw))
	decoder.UseNumber() // metadata comes back as it was sent
	if err := decoder.Decode(&c.body); err != nil || c.body == nil {
		return invalid("The body must be a JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("The JSON object is followed by something else")
	}
	return nil
}

// Reset goes back to the project alone and to the default settings.
func (p *project) Reset() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.settings = Settings{}.withDefaults()
	p.data = &data{Version: dataVersion, ProjectID: p.id, APIKey: p.apiKey, SecretKey: p.secretKey, Replies: map[string]*reply{}}
	p.window = window{}
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
