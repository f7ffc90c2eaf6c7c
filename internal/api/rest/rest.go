// Package rest is the HTTP transport that the clients of all chat systems share:
// it signs, sends, repeats what may be repeated, and turns every failure into an *Error
// that says what it means and holds no secret.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

const (
	defaultMaxRetries   = 4
	defaultRetryWaitMin = 500 * time.Millisecond
	defaultRetryWaitMax = 30 * time.Second
	defaultTimeout      = 30 * time.Second
	defaultFinishBudget = 10 * time.Second
	// A rate limit counts by the minute or the hour, and waiting surely ends it; an outage may
	// last, and an address that was mistyped never answers.
	defaultRateLimitPatience = 5 * time.Minute

	// Terraform makes ten calls at once by default, users raise it, and bulk resources make calls
	// of their own. Without idle connections for them all, most calls would pay for a handshake.
	idleConnections = 128
)

// Config says how to talk to one chat system. Zero values mean the defaults.
type Config struct {
	System    string                    // name of the system in messages, for example "Ethora"
	BaseURL   string                    // http or https, with a host; no user, query or fragment
	UserAgent string                    // sent with every request
	Authorize func(*http.Request) error // sets the headers of every attempt, so that tokens stay fresh
	Secrets   []string                  // redacted wherever they appear, escaped or not

	// Classify is the vendor's reading of an answer outside 2xx. It is called after Kind,
	// Message, Code and RequestID were set from what most vendors have in common, and may change
	// Kind, Message, Code, Fields and RequestID. What it writes is redacted afterwards.
	Classify func(status int, header http.Header, body []byte, e *Error)
	// RetryAfter reads a vendor's own header on how long to wait; 0 when it says nothing.
	// It is asked when there is no Retry-After.
	RetryAfter func(http.Header) time.Duration
	// Quota reads from any answer how many more calls of its Route the server takes, and how long it
	// is until the server takes the full number again; ok is false when the answer does not say. When
	// none are left, no call of that route leaves before its time. Needs Request.Route.
	Quota func(http.Header) (left int, reset time.Duration, ok bool)

	MaxRetries   int           // repetitions after an outage; default 4, negative for none. A 429 is none
	RetryWaitMin time.Duration // first wait; default 500 ms
	RetryWaitMax time.Duration // longest wait of our own choice; default 30 s
	// RateLimitPatience is how long one call waits in all for a server that answers 429, within
	// its context; default 5 minutes, negative for not at all. A wait that would go beyond it is
	// not begun. Only the waits after the call's own 429s count, each as long as the call would
	// have waited had it been alone; the waits after an outage do not. A 429 holds back all calls
	// of the client, or of its Route: what a call waits because others were refused, or longer than
	// it would alone, costs it nothing and ends with its context. So no call gives up for the company
	// it is in. The log tells of every wait for a rate limit that is a second or longer.
	RateLimitPatience time.Duration
	// RequestsPerSecond is how many attempts may begin in a second, repetitions included and evenly
	// spaced from the first; fractions are allowed. The wait is bounded by the context alone.
	// 0: no limit.
	RequestsPerSecond float64
	// MaxConcurrentRequests is how many attempts may be on the wire at the same time. A call that
	// waits to repeat is not on the wire. 0: no limit.
	MaxConcurrentRequests int

	Timeout      time.Duration     // of one attempt; default 30 s
	FinishBudget time.Duration     // how long a Finish request on the wire outlives cancellation; default 10 s
	Transport    http.RoundTripper // default: a pool of its own
}

// Client sends requests to one chat system. It is safe for concurrent use.
type Client struct {
	config    Config
	baseURL   string
	redactor  *redactor
	transport http.RoundTripper
	gate      *gate
	routes    *routeGates
}

// New checks the configuration and returns a client. It makes no call.
func New(config Config) (*Client, error) {
	config = withDefaults(config)
	base, err := parseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: the API URL %w", config.System, err)
	}
	if rate := config.RequestsPerSecond; rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
		return nil, fmt.Errorf("%s: %v requests per second cannot be kept; give a number above 0, or 0 for no limit", config.System, rate)
	}
	if config.MaxConcurrentRequests < 0 {
		return nil, fmt.Errorf("%s: %d concurrent requests cannot be kept; give 1 or more, or 0 for no limit",
			config.System, config.MaxConcurrentRequests)
	}
	client := &Client{
		config:    config,
		baseURL:   base,
		redactor:  newRedactor(config.Secrets),
		transport: config.Transport,
		gate:      newGate(config.RequestsPerSecond, config.MaxConcurrentRequests),
		routes:    &routeGates{gates: map[string]*gate{}},
	}
	if client.transport == nil {
		pool := cleanhttp.DefaultPooledTransport()
		pool.MaxIdleConns = idleConnections
		pool.MaxIdleConnsPerHost = idleConnections
		client.transport = pool
	}
	return client, nil
}

func withDefaults(config Config) Config {
	if config.System == "" {
		config.System = "the server"
	}
	if config.MaxRetries == 0 {
		config.MaxRetries = defaultMaxRetries
	}
	config.MaxRetries = max(config.MaxRetries, 0)
	if config.RetryWaitMin <= 0 {
		config.RetryWaitMin = defaultRetryWaitMin
	}
	if config.RetryWaitMax <= 0 {
		config.RetryWaitMax = defaultRetryWaitMax
	}
	config.RetryWaitMax = max(config.RetryWaitMax, config.RetryWaitMin)
	if config.RateLimitPatience == 0 {
		config.RateLimitPatience = defaultRateLimitPatience
	}
	if config.Timeout <= 0 {
		config.Timeout = defaultTimeout
	}
	if config.FinishBudget <= 0 {
		config.FinishBudget = defaultFinishBudget
	}
	return config
}

// parseBaseURL returns the URL without trailing slashes.
// Its errors do not repeat the URL: it may hold a password.
func parseBaseURL(text string) (string, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	if text == "" {
		return "", errors.New("is empty; give one like https://api.example.com")
	}
	base, err := url.Parse(text)
	switch {
	case err != nil:
		return "", errors.New("cannot be parsed; give one like https://api.example.com")
	case base.Scheme != "http" && base.Scheme != "https":
		return "", errors.New("must begin with https:// or http://")
	case base.Hostname() == "":
		return "", errors.New("has no host; give one like https://api.example.com")
	case base.User != nil:
		return "", errors.New("must not hold a user or password; credentials have settings of their own")
	case base.RawQuery != "" || base.ForceQuery || strings.Contains(text, "#"):
		return "", errors.New("must not hold a query or a fragment; remove everything from the ? or # on")
	}
	return text, nil
}

// CloseIdleConnections closes the pool's connections that no call uses.
func (c *Client) CloseIdleConnections() {
	if pool, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		pool.CloseIdleConnections()
	}
}

// Request is one call.
type Request struct {
	Method string
	Path   string      // escaped, begins with "/"
	Query  url.Values  // nil for none
	Body   any         // sent as JSON; nil for none. DELETE may carry one
	Form   *Form       // sent instead of Body; nil for none
	Header http.Header // of this call; Authorize comes after it

	// Secrets are redacted wherever they appear in the log and in the error of this call, besides
	// those of the configuration: for example a credential that stands in the path.
	Secrets []string
	// Timeout of one attempt, for what may take longer than the rest; 0: the configuration's.
	Timeout time.Duration
	// Route names the calls that the server counts together for its rate limit. A 429 or an exhausted
	// Quota then holds back the calls of this route alone; "" for all calls of the client. The first
	// call of a route goes alone, for its answer tells how many may follow.
	Route string
	// Repeatable marks a POST that is safe to send again, for example an upsert.
	// GET, PUT, PATCH and DELETE always are, but for Writes.
	Repeatable bool
	// Writes marks a GET that changes something. It is treated as a POST is: not sent again unless
	// that is safe, and its error is uncertain when it may have been carried out.
	Writes bool
	// Finish lets an attempt that is on the wire go on for FinishBudget although the context
	// is cancelled, so that the id of a created object is not lost. Waits and repetitions still
	// stop at once, and what is not yet on the wire is not sent.
	Finish bool
}

// writes reports whether the request changes something.
func (r Request) writes() bool {
	return r.Writes || r.Method != http.MethodGet && r.Method != http.MethodHead
}

// once reports whether the request would change something each time it is carried out.
func (r Request) once() bool { return r.Writes || r.Method == http.MethodPost }

// Response is an answer with a 2xx status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte // at most 32 MiB
}

// Do sends the request, and again where that is safe. Any 2xx is a success. err is always an *Error.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	c = c.withSecrets(r.Secrets)
	target, err := c.target(r)
	if err != nil {
		return Response{}, c.notSent(r, err)
	}
	call := &call{client: c, request: r}
	return call.do(ctx, target)
}

// withSecrets is the same client for one call, which redacts more.
func (c *Client) withSecrets(secrets []string) *Client {
	if len(secrets) == 0 {
		return c
	}
	one := *c
	one.redactor = newRedactor(slices.Concat(c.config.Secrets, secrets))
	return &one
}

// target is the whole URL. A path that lost an id must not reach another object or a whole collection.
func (c *Client) target(r Request) (string, error) {
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#") {
		return "", errors.New("the path must begin with a slash and hold no query or fragment; this is a bug in the provider")
	}
	segments := strings.Split(r.Path[1:], "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		switch {
		case err != nil:
			return "", errors.New("the path is not escaped well; this is a bug in the provider")
		case plain == "" && i < len(segments)-1:
			return "", errors.New("a part of the path is empty; check that every id is set")
		case plain == "." || plain == "..":
			return "", fmt.Errorf("%q cannot be an id", plain)
		}
	}
	target := c.baseURL + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	return target, nil
}

// payload is the body as retryablehttp takes it, and its content type; nil and "" for none.
func (r Request) payload() (body any, contentType string, err error) {
	switch {
	case r.Form != nil:
		return r.Form.encode()
	case r.Body != nil:
		body, err = encode(r.Body)
		return body, "application/json", err
	}
	return nil, "", nil
}

func encode(body any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("the body cannot be written as JSON: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// Redact takes every secret out of a text.
func (c *Client) Redact(text string) string { return c.redactor.redact(text) }

// Malformed is the error of a 2xx answer that cannot be read; what says how, for example
// "the list of apps is missing". The server did something, so a write is uncertain.
func (c *Client) Malformed(r Request, resp Response, what string) *Error {
	c = c.withSecrets(r.Secrets)
	e := c.newError(r)
	e.Kind = Malformed
	e.Status = resp.Status
	e.RequestID = requestID(resp.Header)
	e.Body = string(resp.Body)
	e.Message = what
	e.Uncertain = r.writes()
	return c.tidy(e)
}
