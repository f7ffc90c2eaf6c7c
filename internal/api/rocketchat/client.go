// Package rocketchat is the client of Rocket.Chat's Omnichannel Livechat API.
// Facts about the wire come from reference/rocketchat-livechat-api.md; the
// sections are named where they are used.
package rocketchat

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const (
	defaultTimeout       = 30 * time.Second
	defaultUploadTimeout = 10 * time.Minute
	defaultMaxRetries    = 4
	defaultRetryWaitMin  = time.Second
	defaultRetryWaitMax  = 30 * time.Second
	defaultFinishBudget  = 10 * time.Second
	// The server counts by the minute and takes as few as five calls in it. A call that others on the
	// same address get in the way of is refused more than once before its turn comes.
	defaultRateLimitPatience = 30 * time.Minute
)

// Config says which server to speak to and how. Without AuthToken and UserID
// only the calls of visitors can be made.
type Config struct {
	ServerURL string // for example https://chat.example.com; required
	AuthToken string // X-Auth-Token of an administrator or livechat manager
	UserID    string // X-User-Id of the same
	UserAgent string

	MaxRetries int // repetitions after an outage; default 4, negative for none
	// What package rest says of them; waits begin with 1 s.
	RetryWaitMin          time.Duration
	RetryWaitMax          time.Duration
	RateLimitPatience     time.Duration // default 30 minutes
	RequestTimeout        time.Duration // of one attempt; default 30 s
	UploadTimeout         time.Duration // of one attempt to upload a file; default 10 minutes
	FinishBudget          time.Duration // how long a creation outlives cancellation; default 10 s
	RequestsPerSecond     float64       // 0: no limit
	MaxConcurrentRequests int           // 0: no limit

	Transport http.RoundTripper
}

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	config   Config
	rest     *rest.Client
	visitors visitorIDs
}

// New checks the configuration and returns a client. It makes no call.
func New(config Config) (*Client, error) {
	config = withDefaults(config)
	if err := check(config); err != nil {
		return nil, err
	}
	transport, err := rest.New(rest.Config{
		System:                "Rocket.Chat",
		BaseURL:               config.ServerURL,
		UserAgent:             config.UserAgent,
		Authorize:             beginAttempt,
		Secrets:               []string{config.AuthToken},
		Classify:              classify,
		RetryAfter:            resetOf,
		Quota:                 quotaOf,
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
	return &Client{config: config, rest: transport, visitors: visitorIDs{tokens: map[string]string{}}}, nil
}

func withDefaults(config Config) Config {
	config.ServerURL = serverURL(config.ServerURL)
	config.AuthToken = strings.TrimSpace(config.AuthToken)
	config.UserID = strings.TrimSpace(config.UserID)
	setDefault(&config.MaxRetries, defaultMaxRetries)
	setDefault(&config.RateLimitPatience, defaultRateLimitPatience)
	setPositive(&config.RetryWaitMin, defaultRetryWaitMin)
	setPositive(&config.RetryWaitMax, defaultRetryWaitMax)
	setPositive(&config.RequestTimeout, defaultTimeout)
	setPositive(&config.UploadTimeout, defaultUploadTimeout)
	setPositive(&config.FinishBudget, defaultFinishBudget)
	config.RetryWaitMax = max(config.RetryWaitMax, config.RetryWaitMin)
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
	case (config.AuthToken == "") != (config.UserID == ""):
		return errors.New("the Rocket.Chat auth token and user id belong together; give both, or neither to do without what administrators may")
	case strings.ContainsFunc(config.AuthToken+config.UserID, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("the Rocket.Chat auth token or user id holds a line break or control character; check that it was pasted whole and alone")
	}
	return nil
}

// serverURL strips slashes and the path of the API from the end; users paste both.
func serverURL(text string) string {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	for _, path := range []string{base, "/api/v1"} {
		text = strings.TrimSuffix(text, path)
	}
	return text
}

// CloseIdleConnections closes the connections that no call uses.
func (c *Client) CloseIdleConnections() { c.rest.CloseIdleConnections() }

// IsAdministrator reports whether the calls of administrators can be made.
func (c *Client) IsAdministrator() bool { return c.config.AuthToken != "" }
