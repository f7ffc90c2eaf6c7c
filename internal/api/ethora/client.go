// Package ethora is the client of the Ethora chat backend. Facts about the wire
// come from reference/ethora-api.md; the sections are named where they are used.
package ethora

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const (
	defaultPollWaitMin  = 500 * time.Millisecond
	defaultPollWaitMax  = 5 * time.Second
	defaultAccessWait   = 60 * time.Second
	defaultFinishBudget = 10 * time.Second

	// A server token lives for an hour and is signed anew after half of it
	// (ethora-api.md §2.2).
	tokenLifetime = time.Hour
	tokenRenewal  = 30 * time.Minute
)

// Config says which tenant to speak to and how.
type Config struct {
	APIURL    string // may end in /v1, /v2 or a slash, which are stripped
	AppID     string // the tenant's own app
	AppSecret string
	XMPPHost  string // overrides what the server tells
	UserAgent string

	// Zero values take the defaults of package rest.
	MaxRetries        int
	RetryWaitMin      time.Duration
	RetryWaitMax      time.Duration
	RateLimitPatience time.Duration
	RequestTimeout    time.Duration
	FinishBudget      time.Duration
	// What package rest says of the two; 0 means no limit.
	RequestsPerSecond     float64
	MaxConcurrentRequests int

	PollWaitMin time.Duration // first wait between two polls of a job, default 500ms
	PollWaitMax time.Duration // longest wait between two polls, default 5s
	AccessWait  time.Duration // how long membership may lag behind a change, default 60s

	Transport http.RoundTripper
	Now       func() time.Time
}

// Client speaks to one tenant. It is safe for concurrent use.
type Client struct {
	config Config
	rest   *rest.Client
	signer *signer

	host    hostCache
	routes  routeMemory
	filters filterMemory
	creates appCreates

	own       credit
	deletions *deletionTrust
}

// NewClient checks the configuration and returns a client. It makes no call.
func NewClient(config Config) (*Client, error) {
	config = withDefaults(config)
	switch {
	case config.AppID == "":
		return nil, errors.New("the Ethora app id is empty; it is the id of the tenant's own app, 24 hex digits")
	case strings.ContainsAny(config.AppID, "/?# \t\r\n"):
		return nil, errors.New("the Ethora app id contains a slash, a question mark, a hash or white space; it is 24 hex digits")
	case config.AppSecret == "":
		return nil, fmt.Errorf("the secret of Ethora app %s is empty", config.AppID)
	}
	client := &Client{
		config:    config,
		signer:    &signer{appID: config.AppID, appSecret: config.AppSecret, now: config.Now},
		host:      hostCache{turn: make(chan struct{}, 1)},
		own:       credit{turn: make(chan struct{}, 1)},
		creates:   appCreates{turns: map[string]chan struct{}{}, ids: map[string]bool{}},
		deletions: newDeletionTrust(),
	}
	transport, err := rest.New(rest.Config{
		System:                "Ethora",
		BaseURL:               baseURL(config.APIURL),
		UserAgent:             config.UserAgent,
		Authorize:             client.authorize,
		Secrets:               []string{config.AppSecret, DeriveKey(config.AppSecret, serverPurpose), DeriveKey(config.AppSecret, clientPurpose)},
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
	if config.PollWaitMin <= 0 {
		config.PollWaitMin = defaultPollWaitMin
	}
	if config.PollWaitMax <= 0 {
		config.PollWaitMax = defaultPollWaitMax
	}
	config.PollWaitMax = max(config.PollWaitMax, config.PollWaitMin)
	if config.AccessWait <= 0 {
		config.AccessWait = defaultAccessWait
	}
	if config.FinishBudget <= 0 {
		config.FinishBudget = defaultFinishBudget
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return config
}

// baseURL strips slashes and API versions from the end; users paste both
// (ethora-api.md §1 [client]).
func baseURL(text string) string {
	text = strings.TrimSpace(text)
	for {
		trimmed := strings.TrimRight(text, "/")
		trimmed = strings.TrimSuffix(trimmed, "/v1")
		trimmed = strings.TrimSuffix(trimmed, "/v2")
		if trimmed == text {
			return text
		}
		text = trimmed
	}
}

// AppID returns the id of the tenant's own app.
func (c *Client) AppID() string { return c.config.AppID }

// CloseIdleConnections closes the connections that no call uses.
func (c *Client) CloseIdleConnections() { c.rest.CloseIdleConnections() }

// app returns appID, or the tenant's own app when it is empty.
func (c *Client) app(appID string) string {
	if appID == "" {
		return c.config.AppID
	}
	return appID
}

// authorize sends the server token both ways, as the SDK does
// (ethora-api.md §2.1 [sdk]).
func (c *Client) authorize(request *http.Request) error {
	token, err := c.signer.token()
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("x-custom-token", token)
	return nil
}

// signer keeps one server token until it ages.
type signer struct {
	appID, appSecret string
	now              func() time.Time

	mutex  sync.Mutex
	signed string
	issued time.Time
}

func (s *signer) token() (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.now()
	age := now.Sub(s.issued)
	if s.signed != "" && age >= 0 && age < tokenRenewal {
		return s.signed, nil
	}
	signed, err := ServerToken(s.appID, s.appSecret, now, tokenLifetime)
	if err != nil {
		return "", err
	}
	s.signed, s.issued = signed, now
	return signed, nil
}

// hostCache keeps the chat host. Whoever holds the turn asks the server; the
// others wait for the turn and then find the answer.
type hostCache struct {
	turn  chan struct{}
	value string
}

// XMPPHost returns the host of the chat server: the configured one, else the
// one that the server tells (ethora-api.md §1.1, §2.3 [client]), else
// DefaultXMPPHost when the server has no such setting. An unreachable server is
// an error and is asked again next time.
func (c *Client) XMPPHost(ctx context.Context) (string, error) {
	if c.config.XMPPHost != "" {
		return c.config.XMPPHost, nil
	}
	select {
	case c.host.turn <- struct{}{}:
		defer func() { <-c.host.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if c.host.value == "" {
		host, err := c.fetchXMPPHost(ctx)
		if err != nil {
			return "", err
		}
		c.host.value = host
	}
	return c.host.value, nil
}

func (c *Client) fetchXMPPHost(ctx context.Context) (string, error) {
	request := getConfigRoute.request()
	request.Query = map[string][]string{"domainName": {"app"}}
	response, err := c.rest.Do(ctx, request)
	if rest.IsKind(err, rest.NotFound, rest.Unsupported, rest.Invalid, rest.Malformed) {
		return DefaultXMPPHost, nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot learn the chat host: %w", err)
	}
	root, err := parse(response.Body)
	if err != nil {
		return DefaultXMPPHost, nil //nolint:nilerr // a page that can't be read tells no host, and so the default holds
	}
	for _, candidate := range candidates(root, "app") {
		if host := text(candidate, "xmppHost"); host != "" {
			return strings.TrimPrefix(host, roomService), nil
		}
	}
	return DefaultXMPPHost, nil
}

// routeMemory remembers which routes this server lacks.
type routeMemory struct {
	mutex  sync.Mutex
	absent map[string]bool
}

// lacks reports whether the route was found missing before. kind tells apart
// uses of one route that may differ, such as the own app and a child.
func (m *routeMemory) lacks(r route, kind string) bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.absent[r.method+r.path+kind]
}

// miss remembers that the server lacks the route.
func (m *routeMemory) miss(r route, kind string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.absent == nil {
		m.absent = map[string]bool{}
	}
	m.absent[r.method+r.path+kind] = true
}

// filterMemory remembers for which kind of app the server lists users by room.
type filterMemory struct {
	mutex   sync.Mutex
	learned map[string]bool
}

func (m *filterMemory) known(kind string) bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.learned[kind]
}

func (m *filterMemory) learn(kind string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.learned == nil {
		m.learned = map[string]bool{}
	}
	m.learned[kind] = true
}

// appKind tells the own app from others for routeMemory.
func (c *Client) appKind(appID string) string {
	if appID == c.config.AppID {
		return "own"
	}
	return "child"
}
