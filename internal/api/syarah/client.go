// Package syarah is the client of the Syarah Chat API: events over Socket.IO, and
// two REST calls of a backend that has a URL of its own. Facts about the wire come
// from reference/syarah-api.md; the sections are named where they are used.
package syarah

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

const (
	defaultMaxRetries   = 4
	defaultRetryWaitMin = time.Second // the vendor's delays of reconnection (syarah-api.md §2 [seed])
	defaultRetryWaitMax = 5 * time.Second
	defaultFinishBudget = 10 * time.Second
	defaultAckTimeout   = 10 * time.Second // none is documented (syarah-api.md §4)
)

// Config says whom to speak to and how. The access token is needed, and at least
// one of the two URLs.
type Config struct {
	GatewayURL string // of the Socket.IO server; http, https, ws or wss. Events need it
	SocketPath string // of its endpoint; default /socket.io/
	BackendURL string // of the REST API; UploadFile and GetOrCreateChat need it

	UserID      string // GUID of the user whom the token belongs to. Events need it
	AccessToken string // without "Bearer", which is taken off if it is there
	UserAgent   string

	MaxRetries int // repetitions after an outage, and attempts to connect again; default 4, negative for none
	// Waits before repetitions of a REST call and before connecting again; default
	// 1 s and 5 s.
	RetryWaitMin time.Duration
	RetryWaitMax time.Duration
	// What package rest says of them. Events and REST calls are counted apart.
	RateLimitPatience     time.Duration // of REST calls
	RequestTimeout        time.Duration // of one attempt of a REST call; uploads of large files get more
	RequestsPerSecond     float64       // 0: no limit
	MaxConcurrentRequests int           // 0: no limit

	FinishBudget   time.Duration // how long what is on the wire outlives cancellation; default 10 s
	ConnectTimeout time.Duration // of one attempt to connect; default 20 s
	AckTimeout     time.Duration // how long an ack, or the broadcast of a write, is awaited; default 10 s
	IdleTimeout    time.Duration // after which an unused connection is closed; default 3 s

	Transport http.RoundTripper // of REST calls and of the handshake; default: pools of their own
	// Log is told of every event that was emitted; nil for nobody. Fields hold no
	// secrets. The client itself knows no logger.
	Log func(ctx context.Context, message string, fields map[string]any)
}

// Client speaks for one user. It is safe for concurrent use. All events share one
// connection, which is made when it is first needed, made again when it was lost,
// and closed after a time without use.
type Client struct {
	config  Config
	rest    *rest.Client     // nil without a backend URL
	gateway *rest.Client     // redacts what the gateway says; it makes no call
	sockets *socketio.Client // nil without a gateway URL
	pace    *pace
	turns   turns
}

// New checks the configuration and returns a client. It makes no call.
func New(config Config) (*Client, error) {
	config = withDefaults(config)
	if err := check(config); err != nil {
		return nil, err
	}
	client := &Client{
		config: config,
		pace:   newPace(config.RequestsPerSecond, config.MaxConcurrentRequests),
		turns:  turns{rooms: map[int64]chan struct{}{}},
	}
	var err error
	if config.BackendURL != "" {
		if client.rest, err = newREST(config, config.BackendURL); err != nil {
			return nil, err
		}
	}
	client.gateway = client.rest
	if config.GatewayURL != "" {
		if client.gateway, err = newREST(config, httpURL(config.GatewayURL)); err != nil {
			return nil, fmt.Errorf("the gateway of %w", err)
		}
		if client.sockets, err = newSockets(config); err != nil {
			return nil, fmt.Errorf("the gateway of Syarah: %w", err)
		}
	}
	return client, nil
}

func withDefaults(config Config) Config {
	config.AccessToken = strings.TrimSpace(config.AccessToken)
	if scheme, token, _ := strings.Cut(config.AccessToken, " "); strings.EqualFold(scheme, "Bearer") {
		config.AccessToken = strings.TrimSpace(token)
	}
	config.UserID = strings.TrimSpace(config.UserID)
	if config.MaxRetries == 0 {
		config.MaxRetries = defaultMaxRetries
	}
	setPositive(&config.RetryWaitMin, defaultRetryWaitMin)
	setPositive(&config.RetryWaitMax, defaultRetryWaitMax)
	setPositive(&config.FinishBudget, defaultFinishBudget)
	setPositive(&config.AckTimeout, defaultAckTimeout)
	config.RetryWaitMax = max(config.RetryWaitMax, config.RetryWaitMin)
	return config
}

func setPositive(value *time.Duration, fallback time.Duration) {
	if *value <= 0 {
		*value = fallback
	}
}

func check(config Config) error {
	switch {
	case config.AccessToken == "":
		return errors.New("the Syarah access token is empty")
	case strings.ContainsAny(config.AccessToken, " \t\r\n"):
		return errors.New("the Syarah access token holds a space or a line break; give the token alone")
	case config.GatewayURL == "" && config.BackendURL == "":
		return errors.New("the URLs of Syarah's gateway and backend are both empty; give the gateway's for events, the backend's for REST calls, or both")
	case config.GatewayURL != "" && config.UserID == "":
		return errors.New("the Syarah user id is empty; the gateway wants the id of the user whom the access token belongs to")
	}
	return nil
}

func newREST(config Config, baseURL string) (*rest.Client, error) {
	return rest.New(rest.Config{
		System:    system,
		BaseURL:   baseURL,
		UserAgent: config.UserAgent,
		Authorize: func(request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+config.AccessToken)
			return nil
		},
		Secrets:               []string{config.AccessToken},
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
}

// httpURL is a websocket's URL as that of the HTTP server that it begins with.
func httpURL(gateway string) string {
	gateway = strings.TrimSpace(gateway)
	for websocket, plain := range map[string]string{"ws://": "http://", "wss://": "https://"} {
		if host, found := strings.CutPrefix(gateway, websocket); found {
			return plain + host
		}
	}
	return gateway
}

func newSockets(config Config) (*socketio.Client, error) {
	return socketio.NewClient(socketio.Config{
		URL:            config.GatewayURL,
		Path:           config.SocketPath,
		Query:          url.Values{userIDQuery: {config.UserID}},
		Auth:           connectAuth{config.AccessToken},
		Header:         http.Header{"User-Agent": {config.UserAgent}},
		ConnectTimeout: config.ConnectTimeout,
		AckTimeout:     config.AckTimeout,
		IdleTimeout:    config.IdleTimeout,
		ReconnectMin:   config.RetryWaitMin,
		ReconnectMax:   config.RetryWaitMax,
		MaxRetries:     config.MaxRetries,
		Transport:      config.Transport,
	})
}

// HasGateway reports whether events can be used.
func (c *Client) HasGateway() bool { return c.sockets != nil }

// HasBackend reports whether the REST calls can be used.
func (c *Client) HasBackend() bool { return c.rest != nil }

// Close says goodbye to the gateway, for good, and closes the connections that no
// REST call uses. Events that wait fail. A client that is not closed closes its
// connection by itself after the idle timeout.
func (c *Client) Close() {
	if c.sockets != nil {
		c.sockets.Close()
	}
	if c.rest != nil {
		c.rest.CloseIdleConnections()
	}
}
