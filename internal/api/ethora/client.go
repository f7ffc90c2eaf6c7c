// Package ethora is the client of the Ethora chat backend. Facts about the wire
// come from reference/ethora-api.md; the sections are named where they are used.
package ethora

import (
	"net/http"
	"time"
)

// Config says which tenant to speak to and how.
type Config struct {
	APIURL    string // may end in /v1, /v2 or a slash, which are stripped
	AppID     string // the tenant's own app
	AppSecret string
	XMPPHost  string // overrides what the server tells
	UserAgent string

	// Zero values take the defaults of package rest.
	MaxRetries     int
	RetryWaitMin   time.Duration
	RetryWaitMax   time.Duration
	RequestTimeout time.Duration
	FinishBudget   time.Duration

	PollWaitMin time.Duration // first wait between two polls of a job, default 500ms
	PollWaitMax time.Duration // longest wait between two polls, default 5s
	AccessWait  time.Duration // how long membership may lag behind a change, default 60s

	Transport http.RoundTripper
	Now       func() time.Time
}

// Client speaks to one tenant. It is safe for concurrent use.
type Client struct {
	config Config
}
