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
	"slices"
	"strings"
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
	p.routes = p.table()
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
	routes     []route

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

// A scope says who may call a route and which app the call is about.
type scope int

const (
	public      scope = iota // no token
	ownApp                   // the app of the server token
	pathApp                  // the app in the path: the token's own or a child
	anyPathApp               // pathApp, and the app may be archived
	clientToken              // a client token in x-custom-token
)

// A route is one vendor call. The first route that matches is taken.
type route struct {
	method  string
	pattern []string
	scope   scope
	serve   func(*call) answer
	when    func(Settings) bool // nil: always there
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

// table lists every vendor call.
func (p *platform) table() []route {
	var routes []route
	add := func(method, pattern string, scope scope, serve func(*call) answer, when ...func(Settings) bool) {
		r := route{method: method, pattern: strings.Split(pattern, "/")[1:], scope: scope, serve: serve}
		if len(when) == 1 {
			r.when = when[0]
		}
		routes = append(routes, r)
	}
	patchOn := func(s Settings) bool { return s.Patch == "" }
	patchRefused := func(s Settings) bool { return s.Patch == "405" }
	putV2 := func(s Settings) bool { return s.Patch != "" && !s.NoPutV2 }
	putV1 := func(s Settings) bool { return s.Patch != "" }

	add("GET", "/v1/ping", public, ping)
	add("GET", "/v1/apps/get-config", public, getConfig)
	add("POST", "/v1/users/client", clientToken, exchangeClient)

	add("GET", "/v2/apps", ownApp, listApps)
	add("POST", "/v2/apps", ownApp, createApp)
	add("GET", "/v2/apps/purge-jobs/{jobId}", ownApp, getPurgeJob)
	add("GET", "/v2/apps/{appId}", anyPathApp, getApp)
	add("PATCH", "/v2/apps/{appId}", pathApp, updateApp, patchOn)
	add("PATCH", "/v2/apps/{appId}", public, methodNotAllowed, patchRefused)
	add("PUT", "/v2/apps/{appId}", pathApp, updateApp, putV2)
	add("PUT", "/v1/apps/{appId}", pathApp, updateApp, putV1)
	add("DELETE", "/v2/apps/{appId}", pathApp, deleteApp)
	add("POST", "/v2/apps/{appId}/restore", anyPathApp, restoreApp)
	add("POST", "/v1/apps/{appId}/restore", anyPathApp, restoreApp)

	add("POST", "/v2/users/batch", ownApp, createUsers)
	add("GET", "/v2/users/batch/{jobId}", ownApp, getUsersJob)
	add("POST", "/v2/apps/{appId}/users/batch", pathApp, createUsers)
	add("GET", "/v2/apps/{appId}/users/batch/{jobId}", pathApp, getUsersJob)
	add("DELETE", "/v2/apps/{appId}/users/batch", pathApp, deleteUsers)
	add("POST", "/v2/apps/{appId}/users/{userId}/restore", pathApp, restoreUser)
	add("POST", "/v1/users/batch", ownApp, createUsersNow)
	add("DELETE", "/v1/users/batch", ownApp, deleteUsers)
	add("GET", "/v1/apps/users", ownApp, listUsersV1)
	add("GET", "/v1/apps/users/{xmppUsername}", ownApp, getUserV1)
	add("GET", "/v2/chats/users", ownApp, listUsers)
	add("PATCH", "/v2/chats/users", ownApp, updateUsers)
	add("GET", "/v2/apps/{appId}/chats/users", pathApp, listUsers, func(s Settings) bool { return !s.NoAppUserList })
	add("PATCH", "/v2/apps/{appId}/chats/users", pathApp, updateUsers)
	add("GET", "/v2/apps/{appId}/users/{userId}/chats", pathApp, listUserChats)

	add("POST", "/v2/chats/users-access", ownApp, grantAccess)
	add("DELETE", "/v2/chats/users-access", ownApp, revokeAccess)
	add("POST", "/v2/apps/{appId}/chats/users-access", pathApp, grantAccess)
	add("DELETE", "/v2/apps/{appId}/chats/users-access", pathApp, revokeAccess)
	add("POST", "/v2/chats/broadcast", ownApp, broadcast)
	add("POST", "/v2/apps/{appId}/chats/broadcast", pathApp, broadcast)
	add("GET", "/v2/apps/{appId}/chats/broadcast/{jobId}", pathApp, getBroadcastJob)
	add("POST", "/v2/apps/{appId}/chats/private", pathApp, createPrivateChat)
	add("GET", "/v2/apps/{appId}/chats", pathApp, listChats)
	add("POST", "/v2/apps/{appId}/chats", pathApp, createChat)
	add("DELETE", "/v2/apps/{appId}/chats", pathApp, deleteChat)
	add("GET", "/v2/apps/{appId}/chats/{chatName}", pathApp, getChat, func(s Settings) bool { return s.GetChat })
	add("PATCH", "/v2/apps/{appId}/chats/{chatName}", pathApp, updateChat)
	add("POST", "/v2/chats", ownApp, createChat)
	add("PATCH", "/v2/chats/{chatName}", ownApp, updateChat)
	add("DELETE", "/v1/chats", ownApp, deleteChat)

	add("GET", "/v2/apps/{appId}/tokens", pathApp, listTokens)
	add("POST", "/v2/apps/{appId}/tokens", pathApp, createToken)
	add("POST", "/v2/apps/{appId}/tokens/{tokenId}/rotate", pathApp, rotateToken)
	add("DELETE", "/v2/apps/{appId}/tokens/{tokenId}", pathApp, revokeToken)
	add("GET", "/v2/apps/{appId}/bot", pathApp, getBot)
	add("PUT", "/v2/apps/{appId}/bot", pathApp, updateBot)
	add("POST", "/v2/apps/{appId}/provision", pathApp, provision)
	return routes
}

func ping(*call) answer { return ok(map[string]any{"ok": true}) }

func methodNotAllowed(*call) answer {
	return failure(http.StatusMethodNotAllowed, "", "Method not allowed")
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
		c.platform.window = window{second: second}
	}
	c.platform.window.calls++
	return c.platform.window.calls > c.settings.RateLimit
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

// route finds the route of the call and fills in the path parameters.
func (c *call) route() *route {
	path := strings.TrimSuffix(c.request.URL.EscapedPath(), "/")
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range c.routes {
		r := &c.routes[i]
		if r.method != c.request.Method || r.when != nil && !r.when(c.settings) {
			continue
		}
		if parameters, matches := match(r.pattern, segments); matches {
			c.path = parameters
			return r
		}
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
		Attributes: map[string]any{
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

// check refuses data that would make a handler fail later.
func (d *data) check(baseID, baseSecret string) error {
	if d.Version != dataVersion {
		return fmt.Errorf("it has version %d, but this mock reads version %d", d.Version, dataVersion)
	}
	base := d.Apps[baseID]
	if base == nil || d.BaseID != baseID || base.Secret != baseSecret {
		return fmt.Errorf("its base app is %q, and its credentials are not those of this mock (%q)", d.BaseID, baseID)
	}
	if d.Jobs == nil {
		return errors.New("it has no list of jobs")
	}
	for id, a := range d.Apps {
		if a == nil || a.Attributes == nil || a.Users == nil || a.Rooms == nil {
			return fmt.Errorf("its app %q is incomplete", id)
		}
		if a.Users[a.systemAccount()] == nil {
			return fmt.Errorf("its app %q lacks the system account", id)
		}
		for name, u := range a.Users {
			if u == nil {
				return fmt.Errorf("its user %q is empty", name)
			}
		}
		for name, r := range a.Rooms {
			if r == nil {
				return fmt.Errorf("its room %q is empty", name)
			}
		}
		if slices.Contains(a.Tokens, nil) {
			return fmt.Errorf("a token of its app %q is empty", id)
		}
	}
	for id, j := range d.Jobs {
		if j == nil || d.Apps[j.AppID] == nil && j.Kind != purgeJob {
			return fmt.Errorf("its job %q is incomplete", id)
		}
	}
	return nil
}
