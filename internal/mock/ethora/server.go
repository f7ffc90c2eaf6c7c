// Package ethora is an in-memory Ethora chat backend. It follows
// ethora-api.md: what the page knows for sure is enforced, what it only
// assumes has a switch in Settings.
package ethora

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// The credentials of the base app when Options name no others.
const (
	DefaultAppID     = "66500000000000000000ba5e"
	DefaultAppSecret = "chatmock-secret-7f3a9c51d2e84b60"
)

// Options configure New. The zero value is a working server.
type Options struct {
	AppID     string           // of the base app, 24 lower-case hex digits
	AppSecret string           // of the base app
	Now       func() time.Time // default time.Now
}

// A Server is the mock. It is an http.Handler that serves the vendor's paths
// and the control API.
type Server struct {
	*control.Server
	platform *platform
}

// New returns a server that holds the base app and nothing else.
func New(options Options) *Server {
	setDefault(&options.AppID, DefaultAppID)
	setDefault(&options.AppSecret, DefaultAppSecret)
	if options.Now == nil {
		options.Now = time.Now
	}
	p := &platform{baseID: options.AppID, baseSecret: options.AppSecret, now: options.Now}
	p.Reset()
	return &Server{Server: control.New(p, options.Now), platform: p}
}

// AppID returns the id of the base app.
func (s *Server) AppID() string { return s.platform.baseID }

// AppSecret returns the secret of the base app.
func (s *Server) AppSecret() string { return s.platform.baseSecret }

// SetSettings replaces all settings. Settings that are not set take their
// default.
func (s *Server) SetSettings(settings Settings) error { return s.platform.setSettings(settings) }

// CheckPassword reports whether the user's password is the given one.
func (s *Server) CheckPassword(appID, userID, password string) (bool, error) {
	return s.platform.checkPassword(appID, userID, password)
}

// A platform is the whole of Ethora: all apps, and who may do what with them.
// It is the control.Backend.
type platform struct {
	baseID     string
	baseSecret string
	now        func() time.Time

	mutex    sync.Mutex // guards everything below
	settings Settings
	data     *data
	revision uint64
	requests uint64 // counts request ids
	lag      lag
	window   window
}

// A window counts the calls of one second, for the rate limit.
type window struct {
	second int64
	calls  int
}

// A call is a vendor call on its way through a handler. The platform is locked
// meanwhile.
type call struct {
	*platform
	request  *http.Request
	path     map[string]string // path parameters
	body     map[string]any
	caller   *app // the app of the token
	app      *app // the app the call is about
	operator bool
	client   string // userId of a client token
}

// ServeHTTP answers a vendor call.
func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.serve(w, r, false) }

// Operate answers a vendor call that needs no token. Calls that are about the
// token's app are about the base app, and jobs are done at once.
func (p *platform) Operate(w http.ResponseWriter, r *http.Request) { p.serve(w, r, true) }

func (p *platform) serve(w http.ResponseWriter, r *http.Request, operator bool) {
	body, readError := io.ReadAll(io.LimitReader(r.Body, p.bodyLimit()+1))
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests++
	requestID := fmt.Sprintf("mock-%06d", p.requests)
	if readError != nil {
		failure(http.StatusBadRequest, "", "request aborted").write(w, requestID)
		return
	}
	c := &call{platform: p, request: r, operator: operator}
	result := c.answer(body)
	if r.Method != http.MethodGet && result.status < http.StatusBadRequest {
		p.revision++
	}
	result.write(w, requestID)
}

func (p *platform) bodyLimit() int64 {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.settings.BodyLimit
}

// answer runs the call in the order in which Express would: limits, body
// parser, router, authentication, handler.
func (c *call) answer(body []byte) answer {
	if !c.operator && c.rateLimited() {
		limited := failure(http.StatusTooManyRequests, "", "Too many requests, please try again later.")
		limited.header = map[string]string{"Retry-After": "1"}
		return limited
	}
	if refused := c.parse(body); refused != nil {
		return *refused
	}
	route := c.route()
	if route == nil {
		return cannot(c.request.Method, c.request.URL.EscapedPath())
	}
	c.runAbandonedJobs()
	if refused := c.admit(route.scope); refused != nil {
		return *refused
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

// parse reads the JSON body. As in Express, a body without a JSON content type
// is not looked at, and a body that is no object or array is malformed.
func (c *call) parse(body []byte) *answer {
	c.body = map[string]any{}
	mediaType, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if len(body) == 0 || mediaType != "application/json" || c.request.Method == http.MethodGet {
		return nil
	}
	if int64(len(body)) > c.settings.BodyLimit {
		tooLarge := failure(http.StatusRequestEntityTooLarge, "", "request entity too large")
		return &tooLarge
	}
	var value any
	err := json.Unmarshal(body, &value)
	switch value := value.(type) {
	case map[string]any:
		c.body = value
	case []any:
		wrong := invalid(&problem{"value", "must be of type object"})
		return &wrong
	default:
		if err == nil {
			err = errors.New("the body is neither an object nor an array")
		}
		malformed := failure(http.StatusBadRequest, "", "Malformed JSON: "+err.Error())
		return &malformed
	}
	return nil
}

// Reset goes back to the base app alone and to the default settings.
func (p *platform) Reset() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.settings = Settings{}.withDefaults()
	p.data = &data{Version: dataVersion, BaseID: p.baseID, Apps: map[string]*app{}, Jobs: map[string]*job{}}
	p.lag = lag{}
	p.window = window{}
	p.addApp(&app{
		ID:     p.baseID,
		Secret: p.baseSecret,
		Attributes: fields{
			"displayName": "Base app",
			"domainName":  "app",
		},
	})
	p.revision++
}

// ApplySettings replaces the settings from JSON.
func (p *platform) ApplySettings(raw json.RawMessage) error {
	var settings Settings
	if err := control.Decode(raw, &settings); err != nil {
		return err
	}
	return p.setSettings(settings)
}

func (p *platform) setSettings(settings Settings) error {
	settings = settings.withDefaults()
	if err := settings.check(); err != nil {
		return err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if settings.SeedBot != nil {
		if err := p.seedBot(*settings.SeedBot); err != nil {
			return err
		}
	}
	p.settings = settings
	return nil
}

// Revision grows with each change of the data.
func (p *platform) Revision() uint64 {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.revision
}

// Export renders the data file.
func (p *platform) Export() ([]byte, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return json.MarshalIndent(p.data, "", " ")
}

// Import reads a data file that Export has written.
func (p *platform) Import(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var read data
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("it is not the JSON that the mock writes: %w", err)
	}
	if err := read.check(p.baseID, p.baseSecret); err != nil {
		return err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.data = &read
	p.lag = lag{}
	p.revision++
	return nil
}
