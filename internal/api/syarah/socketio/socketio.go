// Package socketio is a client of Socket.IO 4 servers: the Socket.IO protocol 5
// over Engine.IO 4 (syarah-api.md §6 [tested]), of which it speaks what a client
// without a browser needs: the websocket transport, the default namespace and
// JSON packets. Everything else that a server sends is passed over.
package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

const (
	defaultPath           = "/socket.io/"
	defaultMaxMessage     = 16 << 20
	defaultConnectTimeout = 20 * time.Second
	defaultWriteTimeout   = 10 * time.Second
	defaultAckTimeout     = 10 * time.Second
	defaultIdleTimeout    = 3 * time.Second
	defaultReconnectMin   = time.Second
	defaultReconnectMax   = 5 * time.Second
	defaultMaxRetries     = 4
	// A server that does not answer the goodbye is not waited for any longer.
	closeTimeout = time.Second
)

// Config says where to connect and how. Zero values mean the defaults.
type Config struct {
	URL    string      // http, https, ws or wss; no path, user, query or fragment
	Path   string      // of the Socket.IO endpoint; default /socket.io/
	Query  url.Values  // of the URL, beside what the protocol puts there; not for secrets
	Auth   any         // sent as JSON when the session begins; nil for nothing
	Header http.Header // of the HTTP request that becomes a websocket

	MaxMessage     int64         // bytes of one message from the server; default 16 MiB
	ConnectTimeout time.Duration // from dialling to the begin of the session; default 20 s
	WriteTimeout   time.Duration // of one message; default 10 s
	AckTimeout     time.Duration // from an event to its acknowledgement; default 10 s
	IdleTimeout    time.Duration // how long a Client keeps a connection that nobody uses; default 3 s

	// A Client that cannot connect, or whose connection was lost, waits before it
	// tries again: first about ReconnectMin, then twice as long each time, at most
	// ReconnectMax; the vendor's page wants 1 s and 5 s, which are the defaults.
	ReconnectMin time.Duration
	ReconnectMax time.Duration
	MaxRetries   int // attempts to connect after the first; default 4, negative for none

	Transport http.RoundTripper // default: one of its own, which keeps no connections
}

func withDefaults(config Config) Config {
	if config.Path == "" {
		config.Path = defaultPath
	}
	if config.MaxMessage <= 0 {
		config.MaxMessage = defaultMaxMessage
	}
	setPositive(&config.ConnectTimeout, defaultConnectTimeout)
	setPositive(&config.WriteTimeout, defaultWriteTimeout)
	setPositive(&config.AckTimeout, defaultAckTimeout)
	setPositive(&config.IdleTimeout, defaultIdleTimeout)
	setPositive(&config.ReconnectMin, defaultReconnectMin)
	setPositive(&config.ReconnectMax, defaultReconnectMax)
	config.ReconnectMax = max(config.ReconnectMax, config.ReconnectMin)
	if config.MaxRetries == 0 {
		config.MaxRetries = defaultMaxRetries
	}
	config.MaxRetries = max(config.MaxRetries, 0)
	if config.Transport == nil {
		config.Transport = cleanhttp.DefaultTransport()
	}
	return config
}

func setPositive(value *time.Duration, fallback time.Duration) {
	if *value <= 0 {
		*value = fallback
	}
}

// target is the URL of the handshake.
func (c Config) target() (string, error) {
	if !strings.HasPrefix(c.Path, "/") || strings.ContainsAny(c.Path, "?# \t\r\n") {
		return "", fmt.Errorf("%q cannot be the path of the endpoint; give one like %s", c.Path, defaultPath)
	}
	base, err := c.base()
	if err != nil {
		return "", err
	}
	query := url.Values{}
	for name, values := range c.Query {
		query[name] = values
	}
	query.Set("EIO", "4")
	query.Set("transport", "websocket")
	base.Path, base.RawQuery = c.Path, query.Encode()
	return base.String(), nil
}

// base is the configured URL as that of an HTTP server. Errors do not repeat it: it
// may hold a password.
func (c Config) base() (*url.URL, error) {
	base, err := url.Parse(strings.TrimSpace(c.URL))
	switch {
	case err != nil:
		return nil, errors.New("the URL cannot be parsed; give one like https://chat.example.com")
	case base.Hostname() == "":
		return nil, errors.New("the URL has no host; give one like https://chat.example.com")
	case base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("the URL must not hold a user, a query or a fragment")
	case base.Path != "" && base.Path != "/":
		return nil, errors.New("the URL must not hold a path: Socket.IO would take it for a namespace; the path of the endpoint has a setting of its own")
	}
	switch base.Scheme {
	case "ws":
		base.Scheme = "http"
	case "wss":
		base.Scheme = "https"
	case "http", "https":
	default:
		return nil, errors.New("the URL must begin with https://, http://, wss:// or ws://")
	}
	return base, nil
}

// Event is an event that the server sent.
type Event struct {
	Name      string
	Arguments []json.RawMessage // each is valid JSON
}
