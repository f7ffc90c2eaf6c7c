// Package oichat is the client of the OiChat server API. Facts about the wire
// come from reference/oichat-api.md; the sections are named where they are used.
package oichat

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// DefaultBaseURL is the vendor's own server (oichat-api.md §1 [seed]).
const DefaultBaseURL = "https://api.oichatapi.com"

// The first three are the SDK's (oichat-api.md §1 [seed]; the wait is [assumed]).
const (
	defaultTimeout      = 10 * time.Second
	defaultMaxRetries   = 2
	defaultRetryWaitMin = 200 * time.Millisecond
	defaultRetryWaitMax = 30 * time.Second
	defaultFinishBudget = 10 * time.Second
)

// How requests carry the credentials (oichat-api.md §1 [assumed]).
const (
	ByHeaders = "headers" // three headers
	ByBearer  = "bearer"  // the secret key as bearer token, and the header of the project
)

// Config says which project to speak to and how.
type Config struct {
	BaseURL   string // default DefaultBaseURL
	APIKey    string // ak_live_...; not needed with ByBearer
	SecretKey string // sk_...
	ProjectID string // proj_...
	UserAgent string

	Prefix         string  // before every path; default "/v1", "/" for none
	Authentication string  // ByHeaders (default) or ByBearer
	Headers        Headers // empty names take their default

	MaxRetries   int // repetitions after a 5xx or no answer; default 2, negative for none
	RetryWaitMin time.Duration
	RetryWaitMax time.Duration
	// RateLimitPatience is what package rest says of it. The SDK does not repeat
	// a 429 (oichat-api.md §1), and a negative patience does the same. By default
	// the client waits: a 429 tells that nothing was done, and a user who creates
	// a thousand rooms would rather wait than begin again.
	RateLimitPatience time.Duration
	RequestTimeout    time.Duration // of one attempt; default 10 s
	FinishBudget      time.Duration // how long a creation outlives cancellation; default 10 s
	// What package rest says of the two; 0 means no limit.
	RequestsPerSecond     float64
	MaxConcurrentRequests int

	Transport http.RoundTripper
	Now       func() time.Time
}

// Headers are the names of the headers that carry the credentials.
type Headers struct {
	APIKey    string
	SecretKey string
	Project   string
}

// Client speaks to one project. It is safe for concurrent use.
type Client struct {
	config Config
	rest   *rest.Client
}

// New checks the configuration and returns a client. It makes no call.
func New(config Config) (*Client, error) {
	config = withDefaults(config)
	if err := check(config); err != nil {
		return nil, err
	}
	client := &Client{config: config}
	transport, err := rest.New(rest.Config{
		System:                "OiChat",
		BaseURL:               baseURL(config.BaseURL, config.Prefix),
		UserAgent:             config.UserAgent,
		Authorize:             client.authorize,
		Secrets:               []string{config.APIKey, config.SecretKey},
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
	setDefault(&config.Authentication, ByHeaders)
	setDefault(&config.Headers.APIKey, apiKeyHeader)
	setDefault(&config.Headers.SecretKey, secretKeyHeader)
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
	case config.Authentication != ByHeaders && config.Authentication != ByBearer:
		return fmt.Errorf("the OiChat authentication is %q, but must be %q or %q", config.Authentication, ByHeaders, ByBearer)
	case config.APIKey == "" && config.Authentication == ByHeaders:
		return errors.New("the OiChat API key is empty; it begins with ak_ and stands in the OiChat console")
	case config.SecretKey == "":
		return errors.New("the OiChat secret key is empty; it begins with sk_ and stands in the OiChat console")
	case config.ProjectID == "":
		return errors.New("the OiChat project id is empty; it begins with proj_ and stands in the OiChat console")
	case strings.ContainsAny(config.Prefix, "?#{} \t\r\n"):
		return errors.New("the OiChat path prefix holds a character that no path prefix has; give one like /v1, or / for none")
	}
	for _, name := range []string{config.Headers.APIKey, config.Headers.SecretKey, config.Headers.Project} {
		if !isHeaderName(name) {
			return fmt.Errorf("%q cannot be the name of a header; give one like %s", name, apiKeyHeader)
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

// ProjectID returns the id of the project.
func (c *Client) ProjectID() string { return c.config.ProjectID }

// CloseIdleConnections closes the connections that no call uses.
func (c *Client) CloseIdleConnections() { c.rest.CloseIdleConnections() }

// authorize sets the credentials, and the key of the call if it has one.
func (c *Client) authorize(request *http.Request) error {
	headers := c.config.Headers
	request.Header.Set(headers.Project, c.config.ProjectID)
	if c.config.Authentication == ByBearer {
		request.Header.Set("Authorization", "Bearer "+c.config.SecretKey)
	} else {
		request.Header.Set(headers.APIKey, c.config.APIKey)
		request.Header.Set(headers.SecretKey, c.config.SecretKey)
	}
	if key := keyOf(request.Context()); key != "" {
		request.Header.Set(idempotencyHeader, key)
	}
	return nil
}
