// Package tegrabox is the client of the TegraBox chat API, without its socket.
// Facts about the wire come from reference/tegrabox-api.md; the sections are
// named where they are used.
package tegrabox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// DefaultBaseURL is the vendor's own server (tegrabox-api.md §1 [seed]).
const DefaultBaseURL = "https://chat-server-psq1.onrender.com"

const (
	// The vendor's host starts a sleeping server within tens of seconds
	// (tegrabox-api.md §1 [assumed]).
	defaultTimeout      = 90 * time.Second
	defaultMaxRetries   = 4
	defaultRetryWaitMin = time.Second
	defaultRetryWaitMax = 30 * time.Second
	defaultFinishBudget = 10 * time.Second
)

// Where requests name the project (tegrabox-api.md §1 [assumed]).
const (
	InPath   = "path"   // /api/projects/{id}/users
	InHeader = "header" // /api/users, and the id in a header
)

// Config says which project to speak to and how. One of APIKey and JWT is needed.
type Config struct {
	BaseURL   string // default DefaultBaseURL
	APIKey    string // of the project: users, rooms and messages
	JWT       string // of one user: join, leave and verify
	ProjectID string // spares the call that asks for it
	UserAgent string

	Prefix       string  // before every path; default "/api", "/" for none
	ProjectIn    string  // InPath (default) or InHeader
	Headers      Headers // empty names take their default
	APIKeyScheme string  // a word before the key, for example "Bearer"; default none

	MaxRetries int // repetitions after an outage; default 4, negative for none
	// What package rest says of them; waits begin with 1 s.
	RetryWaitMin          time.Duration
	RetryWaitMax          time.Duration
	RateLimitPatience     time.Duration
	RequestTimeout        time.Duration // of one attempt; default 90 s
	FinishBudget          time.Duration // how long a creation outlives cancellation; default 10 s
	RequestsPerSecond     float64       // 0: no limit
	MaxConcurrentRequests int           // 0: no limit

	Transport http.RoundTripper
	Now       func() time.Time
}

// Headers are the names of the headers.
type Headers struct {
	APIKey  string
	JWT     string // its value is "Bearer <JWT>"
	Project string // used with InHeader
}

// Client speaks to one project. It is safe for concurrent use.
type Client struct {
	config  Config
	rest    *rest.Client
	project projectCache
	creates roomCreates
}

// New checks the configuration and returns a client. It makes no call.
func New(config Config) (*Client, error) {
	config = withDefaults(config)
	if err := check(config); err != nil {
		return nil, err
	}
	client := &Client{config: config, creates: roomCreates{turns: map[string]chan struct{}{}, ids: map[string]bool{}}}
	transport, err := rest.New(rest.Config{
		System:                "TegraBox",
		BaseURL:               baseURL(config.BaseURL, config.Prefix),
		UserAgent:             config.UserAgent,
		Authorize:             client.authorize,
		Secrets:               []string{config.APIKey, config.JWT},
		Classify:              classify,
		MaxRetries:            config.MaxRetries,
		RetryWaitMin:          config.RetryWaitMin,
		RetryWaitMax:          config.RetryWaitMax,
		RateLimitPatience:     config.RateLimitPatience,
		Timeout:               config.RequestTimeout,
		FinishBudget:          config.FinishBudget,
		RequestsPerSecond:     config.RequestsPerSecond,
		MaxConcurrentRequests: config.MaxConcurrentRequests,
		Transport:             config.Transport,
	})
	if err != nil {
		return nil, err
	}
	client.rest = transport
	return client, nil
}

func withDefaults(config Config) Config {
	setDefault(&config.BaseURL, DefaultBaseURL)
	setDefault(&config.Prefix, defaultPrefix)
	setDefault(&config.ProjectIn, InPath)
	setDefault(&config.Headers.APIKey, apiKeyHeader)
	setDefault(&config.Headers.JWT, jwtHeader)
	setDefault(&config.Headers.Project, projectHeader)
	setDefault(&config.MaxRetries, defaultMaxRetries)
	setPositive(&config.RetryWaitMin, defaultRetryWaitMin)
	setPositive(&config.RetryWaitMax, defaultRetryWaitMax)
	setPositive(&config.RequestTimeout, defaultTimeout)
	setPositive(&config.FinishBudget, defaultFinishBudget)
	config.RetryWaitMax = max(config.RetryWaitMax, config.RetryWaitMin)
	if config.Now == nil {
		config.Now = time.Now
	}
	config.Prefix = strings.TrimRight("/"+strings.Trim(config.Prefix, "/"), "/")
	return config
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

func setPositive(value *time.Duration, fallback time.Duration) {
	if *value <= 0 {
		*value = fallback
	}
}

func check(config Config) error {
	switch {
	case config.APIKey == "" && config.JWT == "":
		return errors.New("the TegraBox API key and JWT are both empty; give the API key to manage users, rooms and messages, or a user's JWT")
	case config.ProjectIn != InPath && config.ProjectIn != InHeader:
		return fmt.Errorf("the TegraBox project is to be named in %q, but it must be %q or %q", config.ProjectIn, InPath, InHeader)
	case strings.ContainsAny(config.Prefix, "?#{} \t\r\n"):
		return errors.New("the TegraBox path prefix holds a character that no path prefix has; give one like /api, or / for none")
	}
	// What is no name may be the key in the wrong place: it is not repeated.
	for what, name := range map[string]string{"API key": config.Headers.APIKey, "JWT": config.Headers.JWT, "project": config.Headers.Project} {
		if !isHeaderName(name) {
			return fmt.Errorf("the header of the TegraBox %s has a name that no header can have; give one like %s", what, apiKeyHeader)
		}
	}
	return nil
}

// isHeaderName: letters, digits and a few signs (RFC 9110 §5.1).
func isHeaderName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// baseURL strips slashes and the prefix from the end; users paste both.
func baseURL(text, prefix string) string {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	return strings.TrimSuffix(text, prefix)
}

// CloseIdleConnections closes the connections that no call uses.
func (c *Client) CloseIdleConnections() { c.rest.CloseIdleConnections() }

// HasAPIKey reports whether a project's API key is configured.
func (c *Client) HasAPIKey() bool { return c.config.APIKey != "" }

// HasJWT reports whether a user's JWT is configured.
func (c *Client) HasJWT() bool { return c.config.JWT != "" }

// authorize sets the credential of the call, which is either the API key or a
// user's JWT, and names the project where a header does.
func (c *Client) authorize(request *http.Request) error {
	call := callOf(request.Context())
	headers := c.config.Headers
	if call.jwt != "" {
		request.Header.Set(headers.JWT, "Bearer "+call.jwt)
	} else {
		request.Header.Set(headers.APIKey, strings.TrimSpace(c.config.APIKeyScheme+" "+c.config.APIKey))
	}
	if call.project != "" && c.config.ProjectIn == InHeader {
		request.Header.Set(headers.Project, call.project)
	}
	return nil
}

// roomCreates lets creations of rooms that could be taken for each other pass one
// after the other, and remembers which rooms were created.
type roomCreates struct {
	mutex sync.Mutex
	turns map[string]chan struct{} // by creator and name
	ids   map[string]bool
}
