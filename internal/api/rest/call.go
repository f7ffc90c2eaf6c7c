package rest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	// maxBody bounds what one answer may take of the memory.
	maxBody = 32 << 20
	// maxRetryAfter bounds how long a server may make us wait.
	maxRetryAfter = 2 * time.Minute
)

// call is one Do. It is the RoundTripper below retryablehttp: each RoundTrip is one whole attempt,
// body included, on a context of its own. retryablehttp sees only answers that are complete and
// keeps what it is good at: repeating and waiting, on the caller's context.
type call struct {
	client    *Client
	request   Request
	last      result
	attempts  int
	outages   int           // failed attempts that MaxRetries bounds: all but those that were answered 429
	limited   time.Duration // waits for the rate limit, the next one included; RateLimitPatience bounds them
	asked     time.Duration // wait that the last answer asked for; 0 when it did not
	nextWait  time.Duration // before the next attempt, should there be one
	uncertain bool          // an earlier attempt of a POST may have been carried out
}

// result is how one attempt ended: with an answer, or with err.
type result struct {
	answer Response
	err    error
	kind   Kind // of err
	sent   bool // bytes of the request may have left
	final  bool // another attempt would end the same way, or is not wanted
}

func (r result) succeeded() bool {
	return r.err == nil && isSuccess(r.answer.Status)
}

func (r result) rateLimited() bool {
	return r.err == nil && r.answer.Status == http.StatusTooManyRequests
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

func (c *call) do(ctx context.Context, target string) (Response, error) {
	ctx = c.client.maskLogs(ctx)
	req, err := c.newRequest(ctx, target)
	if err != nil {
		return Response{}, c.client.notSent(c.request, err)
	}
	repeater := &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     c,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     math.MaxInt, // mayRepeat counts
		CheckRetry:   func(ctx context.Context, _ *http.Response, _ error) (bool, error) { return c.mayRepeat(ctx), nil },
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return c.nextWait },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := repeater.Do(req)
	if response != nil {
		_ = response.Body.Close() // it is in memory already
	}
	if c.attempts == 0 && err != nil {
		return Response{}, c.client.notSent(c.request, err)
	}
	if c.last.succeeded() {
		return c.last.answer, nil
	}
	return Response{}, c.failure(ctx)
}

func (c *call) newRequest(ctx context.Context, target string) (*retryablehttp.Request, error) {
	body, contentType, err := c.request.payload()
	if err != nil {
		return nil, err
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, c.request.Method, target, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if c.client.config.UserAgent != "" {
		req.Header.Set("User-Agent", c.client.config.UserAgent)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for name, values := range c.request.Header {
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if name := brokenHeader(c.request.Header); name != "" {
		return nil, fmt.Errorf("the header %s would hold a line break or control character", name)
	}
	return req, nil
}

// RoundTrip makes one attempt when the client's gate lets it, and remembers how it ended.
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	leave, err := c.enter(req.Context())
	if err != nil {
		closeBody(req)
		if c.attempts == 0 {
			c.ended(req, result{err: fmt.Errorf("stopped before it was sent: %w", err), kind: Unavailable, final: true}, 0)
		}
		// Otherwise what the attempt before told is worth more.
		return nil, err
	}
	began := time.Now()
	last := c.attempt(req)
	c.ended(req, last, time.Since(began))
	leave()
	if c.last.err != nil {
		return nil, c.last.err
	}
	return &http.Response{
		StatusCode: c.last.answer.Status,
		Header:     c.last.answer.Header,
		Body:       io.NopCloser(bytes.NewReader(c.last.answer.Body)),
		Request:    req,
	}, nil
}

// enter waits until the attempt may begin. After a nil error, leave has to be called when it has ended.
func (c *call) enter(ctx context.Context) (leave func(), err error) {
	whole := c.client.gate
	if c.request.Route == "" {
		period, err := whole.enter(ctx, c.logWait)
		return func() { whole.leave(period, c.verdict()) }, err
	}
	route := c.client.routes.of(c.request.Route)
	routePeriod, err := route.enter(ctx, c.logWait)
	if err != nil {
		return nil, err
	}
	period, err := whole.enter(ctx, c.logWait)
	if err != nil {
		route.giveBack(routePeriod)
		return nil, err
	}
	return func() {
		whole.leave(period, verdict{})
		route.leave(routePeriod, c.verdict())
	}, nil
}

// ended remembers how an attempt ended.
func (c *call) ended(req *http.Request, last result, took time.Duration) {
	c.attempts++
	c.last = last
	c.log(req, took)
	c.spend()
	if c.last.rateLimited() && c.mayRepeat(req.Context()) {
		c.logWait(req.Context(), c.nextWait, 1)
	}
	c.uncertain = c.uncertain || c.request.once() && c.leftInDoubt()
}

// spend counts what the attempt takes from the call's patience, and chooses the wait after it.
func (c *call) spend() {
	if c.last.succeeded() {
		return
	}
	config := c.client.config
	c.asked = c.askedWait()
	c.nextWait = backoff(c.asked, config.RetryWaitMin, config.RetryWaitMax, c.attempts-1)
	if c.last.rateLimited() {
		c.limited += c.nextWait
	} else {
		c.outages++
	}
}

// verdict is what the last answer tells the gate about the rate limit.
func (c *call) verdict() verdict {
	config := c.client.config
	if c.last.rateLimited() {
		return verdict{closing: func(refusals int) time.Duration {
			return backoff(c.asked, config.RetryWaitMin, config.RetryWaitMax, refusals)
		}}
	}
	if config.Quota == nil || c.last.err != nil || c.request.Route == "" {
		return verdict{}
	}
	left, reset, told := config.Quota(c.last.answer.Header)
	return verdict{told: told && left >= 0, left: left, reset: min(reset, maxRetryAfter)}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// attempt sends the request once and reads the whole answer.
func (c *call) attempt(req *http.Request) result {
	caller := req.Context()
	wire := &wire{}
	ctx, cancel := c.attemptContext(caller, wire)
	defer cancel()
	req = req.Clone(httptrace.WithClientTrace(ctx, wire.trace()))
	if c.request.Writes {
		// net/http sends a GET again by itself when a connection breaks, unless it has a body.
		req.Body, req.GetBody = emptyBody{}, nil
	}
	if err := c.authorize(req); err != nil {
		closeBody(req)
		return result{err: err, kind: Unauthorized, final: true}
	}
	response, err := c.client.transport.RoundTrip(req)
	if err != nil {
		return c.broken(caller, ctx, wire, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer := Response{Status: response.StatusCode, Header: response.Header}
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case len(answer.Body) > maxBody:
		answer.Body = nil
		err := fmt.Errorf("it is longer than %d MiB", maxBody>>20)
		return result{answer: answer, err: err, kind: Malformed, sent: true, final: true}
	case err != nil && isSuccess(answer.Status):
		return c.broken(caller, ctx, wire, fmt.Errorf("the answer broke off: %w", err))
	}
	// A refusal is one even when its words broke off.
	return result{answer: answer}
}

// emptyBody is a body of nothing, of which nothing goes on the wire.
type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

// authorize signs the attempt. net/http would refuse a header with a line break only later, as if
// the connection had failed; the likely reason is a secret pasted with its newline.
func (c *call) authorize(req *http.Request) error {
	if c.client.config.Authorize == nil {
		return nil
	}
	if err := c.client.config.Authorize(req); err != nil {
		return fmt.Errorf("the credentials cannot be used: %w", err)
	}
	if name := brokenHeader(req.Header); name != "" {
		return fmt.Errorf("the header %s would hold a line break or control character; check the credentials for one", name)
	}
	return nil
}

// brokenHeader is the name of a header that cannot be sent; "" when there is none.
func brokenHeader(header http.Header) string {
	for name, values := range header {
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return name
			}
		}
	}
	return ""
}

// attemptContext bounds one attempt by the timeout and, without Finish, by the caller's context.
// With Finish, cancellation ends the attempt at once only while it has no connection; after that
// it has FinishBudget left.
func (c *call) attemptContext(caller context.Context, wire *wire) (context.Context, context.CancelFunc) {
	config := c.client.config
	timeout := cmp.Or(c.request.Timeout, config.Timeout)
	cause := fmt.Errorf("%w within %s", ErrAttemptTimeout, timeout)
	if !c.request.Finish {
		return context.WithTimeoutCause(caller, timeout, cause)
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(caller), timeout, cause)
	stop := context.AfterFunc(caller, func() {
		if wire.mayHaveSent() {
			select {
			case <-time.After(config.FinishBudget):
			case <-ctx.Done():
			}
		}
		cancel()
	})
	return ctx, func() {
		stop()
		cancel()
	}
}

// broken is the result of an attempt whose answer did not come, or not whole.
func (c *call) broken(caller, attempt context.Context, wire *wire, err error) result {
	broken := result{err: err, kind: Unavailable, sent: wire.mayHaveSent()}
	var unreadable *unreadableError
	switch {
	case errors.As(err, &unreadable):
		// The server got less than it was promised, and cannot carry that out.
		return result{err: unreadable, kind: Invalid, final: true}
	case attempt.Err() != nil && caller.Err() != nil:
		broken.err = fmt.Errorf("stopped while waiting for the answer: %w", caller.Err())
		broken.final = true
	case attempt.Err() != nil:
		broken.err = context.Cause(attempt)
	case isHandshakeRefusal(err):
		broken.sent = false
		broken.final = true
		broken.err = fmt.Errorf("%w; check the API URL, and the certificate authorities that this machine trusts", err)
	case !broken.sent:
		broken.err = fmt.Errorf("%w; check the API URL and the network", err)
	}
	return broken
}

// isHandshakeRefusal reports TLS errors that waiting does not mend.
func isHandshakeRefusal(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &record) ||
		// net/http has no type for this one.
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// wire follows an attempt on its way out.
type wire struct{ state atomic.Int32 }

const (
	wireUnknown    int32 = iota // a transport without traces: it may have sent
	wireConnecting              // looking for a connection, dialling or shaking hands
	wireConnected               // the request is written from here on
)

// trace notes the way. net/http looks for another connection by itself only when it wrote nothing
// on the first, or when the method may be repeated.
func (w *wire) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { w.state.Store(wireConnecting) },
		GotConn: func(httptrace.GotConnInfo) { w.state.Store(wireConnected) },
	}
}

func (w *wire) mayHaveSent() bool { return w.state.Load() != wireConnecting }

// mayRepeat decides after an attempt whether there may be another (design §5).
func (c *call) mayRepeat(ctx context.Context) bool {
	if ctx.Err() != nil || c.last.final {
		return false
	}
	if c.last.rateLimited() {
		return c.limited <= c.client.config.RateLimitPatience
	}
	safe := c.request.Repeatable || !c.request.once()
	switch {
	case c.outages > c.client.config.MaxRetries:
		return false
	case c.last.err != nil:
		return safe || !c.last.sent
	default:
		return safe && unavailable(c.last.answer.Status)
	}
}

// leftInDoubt reports whether the last attempt may have been carried out although no good answer came.
func (c *call) leftInDoubt() bool {
	if c.last.err != nil {
		return c.last.sent
	}
	return unavailable(c.last.answer.Status) && c.request.writes()
}

// backoff is the time before repetition n, which counts from 0: what the server asked for, else twice
// as long each time. Chance spreads the calls that failed together.
func backoff(asked, shortest, longest time.Duration, n int) time.Duration {
	if asked > 0 {
		return min(asked+rand.N(shortest), maxRetryAfter)
	}
	wait := shortest
	for range n {
		if wait >= longest/2 {
			wait = longest
			break
		}
		wait *= 2
	}
	return wait/2 + rand.N(wait/2+1)
}

// askedWait is how long the last answer asked us to wait; 0 when it did not.
func (c *call) askedWait() time.Duration {
	if c.last.err != nil {
		return 0
	}
	if asked := retryAfter(c.last.answer.Header.Get("Retry-After"), time.Now()); asked > 0 {
		return asked
	}
	if c.client.config.RetryAfter == nil {
		return 0
	}
	return min(c.client.config.RetryAfter(c.last.answer.Header), maxRetryAfter)
}

// retryAfter reads a Retry-After header: seconds or an HTTP date (RFC 9110 §10.2.3), at most
// maxRetryAfter; 0 when it says nothing that can be used.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		switch {
		case seconds >= maxRetryAfter.Seconds():
			return maxRetryAfter
		case seconds > 0:
			return time.Duration(seconds * float64(time.Second))
		}
		return 0
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, min(date.Sub(now), maxRetryAfter))
}

// failure is the error of the last attempt.
func (c *call) failure(ctx context.Context) *Error {
	e := c.lastError()
	e.attempts = c.attempts
	e.Uncertain = c.uncertain || c.leftInDoubt()
	// Would there have been another attempt, only cancellation kept the call from it.
	if ctx.Err() == nil || errors.Is(e.Err, ctx.Err()) || !c.mayRepeat(context.WithoutCancel(ctx)) {
		return e
	}
	stopped := fmt.Errorf("stopped before it was sent again: %w", ctx.Err())
	if e.Err != nil {
		stopped = fmt.Errorf("%w; %w", e.Err, stopped)
	}
	e.Err = c.client.cause(stopped)
	return e
}

func (c *call) lastError() *Error {
	if c.last.err == nil {
		return c.client.refusal(c.request, c.last.answer)
	}
	e := c.client.newError(c.request)
	e.Kind = c.last.kind
	e.Status = c.last.answer.Status
	e.RequestID = requestID(c.last.answer.Header)
	e.Err = c.client.cause(c.last.err)
	return c.client.tidy(e)
}

// cause redacts the words of an error. The URL that net/http puts into its errors is taken off:
// its query may hold a secret, and the *Error names the path already.
func (c *Client) cause(err error) error {
	var located *url.Error
	if errors.As(err, &located) {
		err = located.Err
	}
	return &cause{text: c.Redact(err.Error()), err: err}
}

// loggedQuery are the query's keys whose values are no one's business but the list's.
var loggedQuery = []string{"limit", "offset", "order"}

// log writes one line for an attempt. Headers and bodies are never logged.
func (c *call) log(req *http.Request, took time.Duration) {
	fields := map[string]any{
		"system":      c.client.config.System,
		"method":      c.request.Method,
		"path":        c.client.Redact(c.request.Path),
		"status":      c.last.answer.Status,
		"duration_ms": took.Milliseconds(),
		"request_id":  c.client.line(requestID(c.last.answer.Header)),
		"attempt":     c.attempts,
	}
	for _, key := range loggedQuery {
		if value := c.request.Query.Get(key); value != "" {
			fields[key] = c.client.line(value)
		}
	}
	tflog.Debug(req.Context(), "API request", fields)
}

// shortestLoggedWait is the wait from which on somebody may ask what goes on.
const shortestLoggedWait = time.Second

// logWait tells what is waited for, and how long; calls is how many wait for it.
func (c *call) logWait(ctx context.Context, wait time.Duration, calls int) {
	if wait < shortestLoggedWait {
		return
	}
	fields := map[string]any{
		"system":       c.client.config.System,
		"method":       c.request.Method,
		"path":         c.client.Redact(c.request.Path),
		"wait_seconds": int64(wait.Round(time.Second).Seconds()),
		"calls":        calls,
	}
	if c.request.Route != "" {
		fields["route"] = c.request.Route
	}
	tflog.Info(ctx, "Waiting for the rate limit", fields)
}

// maskLogs is the second belt, should a secret ever slip into a line.
func (c *Client) maskLogs(ctx context.Context) context.Context {
	ctx = tflog.MaskAllFieldValuesStrings(ctx, c.redactor.forms...)
	return tflog.MaskMessageStrings(ctx, c.redactor.forms...)
}
