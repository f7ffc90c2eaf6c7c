package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const testSecret = `s3cr3t/"value"+&<canary>`

// server answers with one handler per request, the last one for all that follow, and keeps what it got.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []received
}

type received struct {
	method, uri, body string
	header            http.Header
}

func newServer(t *testing.T, handlers ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		n := len(s.requests)
		s.requests = append(s.requests, received{r.Method, r.URL.RequestURI(), string(body), r.Header.Clone()})
		s.mu.Unlock()
		handlers[min(n, len(handlers)-1)](w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *server) wantRequests(t *testing.T, want int) {
	t.Helper()
	if got := len(s.received()); got != want {
		t.Errorf("the server got %d requests, want %d", got, want)
	}
}

func answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// cut closes the connection instead of answering.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cutInside sends half of the promised body.
func cutInside(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"error":"half`)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func newClient(t *testing.T, baseURL string, change ...func(*Config)) *Client {
	t.Helper()
	config := Config{
		System:       "Ethora",
		BaseURL:      baseURL,
		UserAgent:    "terraform-provider-chat/test",
		Secrets:      []string{testSecret},
		MaxRetries:   2,
		RetryWaitMin: time.Millisecond,
		RetryWaitMax: 2 * time.Millisecond,
		Timeout:      10 * time.Second,
	}
	for _, c := range change {
		c(&config)
	}
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// asError is the *Error of a call that had to fail.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

func TestNewRefusesBadURLs(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "is empty",
		"///":                           "is empty",
		"api.example.com":               "must begin with https://",
		"ftp://api.example.com":         "must begin with https://",
		"https://":                      "has no host",
		"https://:8080":                 "has no host",
		"https://a:pass9@example.com":   "must not hold a user or password",
		"https://example.com?key=x":     "must not hold a query",
		"https://example.com/?":         "must not hold a query",
		"https://example.com/#x":        "must not hold a query or a fragment",
		"https://exa mple.com":          "cannot be parsed",
		"http://pass9@[::1":             "cannot be parsed",
		"https://example.com:pass9word": "cannot be parsed",
	} {
		_, err := New(Config{System: "Ethora", BaseURL: text})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "Ethora: the API URL ") {
			t.Errorf("New(%q): got %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pass9") {
			t.Errorf("New(%q) repeats the password: %v", text, err)
		}
	}
}

func TestRequestOnTheWire(t *testing.T) {
	s := newServer(t, answer(200, `{"ok":true}`, "X-Kind", "test"))
	client := newClient(t, s.URL+"/api//", func(c *Config) {
		c.Authorize = func(r *http.Request) error { r.Header.Set("X-Custom-Token", "signed"); return nil }
	})
	response, err := client.Do(t.Context(), Request{
		Method: http.MethodDelete, Path: "/v1/chats/a%2Fb%40c", Query: url.Values{"limit": {"5"}},
		Body: map[string]string{"name": "<R&D>"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if response.Status != 200 || string(response.Body) != `{"ok":true}` || response.Header.Get("X-Kind") != "test" {
		t.Errorf("got response %+v", response)
	}
	s.wantRequests(t, 1)
	got := s.received()[0]
	if got.method != "DELETE" || got.uri != "/api/v1/chats/a%2Fb%40c?limit=5" || got.body != `{"name":"<R&D>"}` {
		t.Errorf("got request %+v", got)
	}
	for name, want := range map[string]string{
		"Accept": "application/json", "Content-Type": "application/json",
		"User-Agent": "terraform-provider-chat/test", "X-Custom-Token": "signed",
	} {
		if got.header.Get(name) != want {
			t.Errorf("header %s: got %q, want %q", name, got.header.Get(name), want)
		}
	}
}

func TestRequestWithoutBodySaysNothingOfOne(t *testing.T) {
	s := newServer(t, answer(204, ""))
	if _, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodPost, Path: "/x"}); err != nil {
		t.Fatal(err)
	}
	got := s.received()[0]
	if got.body != "" || got.header.Get("Content-Type") != "" || got.header.Get("Content-Length") != "0" {
		t.Errorf("got %+v", got)
	}
}

func TestPathsThatLostAnIDAreNotSent(t *testing.T) {
	s := newServer(t, answer(200, "{}"))
	client := newClient(t, s.URL)
	for path, sent := range map[string]bool{
		"/v1/apps/users/":       true,
		"/v1/apps/a.b":          true,
		"/v1/apps//chats":       false,
		"/v1/apps/../users":     false,
		"/v1/apps/%2e%2E/users": false,
		"/v1/apps/.":            false,
		"/v1/apps?all=true":     false,
		"/v1/apps#x":            false,
		"/v1/apps/%zz":          false,
		"v1/apps":               false,
		"":                      false,
	} {
		_, err := client.Do(t.Context(), Request{Method: http.MethodDelete, Path: path})
		if sent != (err == nil) {
			t.Errorf("path %q: got %v, want sent %v", path, err, sent)
		}
		if err != nil && (!IsKind(err, Invalid) || IsUncertain(err)) {
			t.Errorf("path %q: got kind %v, uncertain %v", path, asError(t, err).Kind, IsUncertain(err))
		}
	}
	s.wantRequests(t, 2)
}

func TestBodyThatIsNoJSONIsNotSent(t *testing.T) {
	s := newServer(t, answer(200, "{}"))
	_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Body: make(chan int)})
	if !IsKind(err, Invalid) || !strings.HasPrefix(err.Error(), "Ethora was not asked POST /x: the body cannot be written as JSON") {
		t.Errorf("got %v", err)
	}
	s.wantRequests(t, 0)
}

func TestAuthorizeSignsEveryAttempt(t *testing.T) {
	s := newServer(t, answer(503, ""), answer(200, "{}"))
	n := 0
	client := newClient(t, s.URL, func(c *Config) {
		c.Authorize = func(r *http.Request) error { n++; r.Header.Set("Authorization", fmt.Sprint("Bearer ", n)); return nil }
	})
	if _, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"}); err != nil {
		t.Fatal(err)
	}
	s.wantRequests(t, 2)
	for i, got := range s.received() {
		if want := fmt.Sprint("Bearer ", i+1); got.header.Get("Authorization") != want {
			t.Errorf("attempt %d was signed %q, want %q", i+1, got.header.Get("Authorization"), want)
		}
	}
}

func TestBadCredentialsAreNotSent(t *testing.T) {
	s := newServer(t, answer(200, "{}"))
	for name, authorize := range map[string]func(*http.Request) error{
		"refused by the signer": func(*http.Request) error { return errors.New("no key in " + testSecret) },
		"with a line break":     func(r *http.Request) error { r.Header.Set("X-Token", testSecret+"\n"); return nil },
	} {
		client := newClient(t, s.URL, func(c *Config) { c.Authorize = authorize })
		_, err := client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Body: 1})
		if !IsKind(err, Unauthorized) || IsUncertain(err) || !strings.Contains(err.Error(), "Ethora was not asked POST /x") {
			t.Errorf("%s: got %v", name, err)
		}
		wantNoSecret(t, fmt.Sprintf("%v %+v", err, asError(t, err)))
	}
	s.wantRequests(t, 0)
}

// The table of design §5: what is sent again, what is not, and what stays in doubt.
func TestRepetition(t *testing.T) {
	const get, post, put, patch, del = "GET", "POST", "PUT", "PATCH", "DELETE"
	for _, test := range []struct {
		name       string
		method     string
		repeatable bool
		first      http.HandlerFunc // the answer that a good one would follow
		requests   int              // 2: it was sent again and succeeded
		kind       Kind             // of the error when it was not
		uncertain  bool
	}{
		{"GET 502", get, false, answer(502, ""), 2, 0, false},
		{"PUT 503", put, false, answer(503, ""), 2, 0, false},
		{"PATCH 504", patch, false, answer(504, ""), 2, 0, false},
		{"DELETE 429", del, false, answer(429, ""), 2, 0, false},
		{"GET 522", get, false, answer(522, ""), 2, 0, false},
		{"GET cut", get, false, cut, 2, 0, false},
		{"PUT cut", put, false, cut, 2, 0, false},
		{"PATCH cut inside the answer", patch, false, cutInside(200), 2, 0, false},
		{"DELETE cut", del, false, cut, 2, 0, false},
		{"GET 500", get, false, answer(500, ""), 1, Unknown, false},
		{"GET 501", get, false, answer(501, ""), 1, Unsupported, false},
		{"GET 408", get, false, answer(408, ""), 1, Unavailable, false},
		{"GET 404", get, false, answer(404, ""), 1, NotFound, false},
		{"GET cut inside a refusal", get, false, cutInside(422), 1, Invalid, false},

		{"POST 429", post, false, answer(429, ""), 2, 0, false},
		{"POST 502", post, false, answer(502, ""), 1, Unavailable, true},
		{"POST 503", post, false, answer(503, ""), 1, Unavailable, true},
		{"POST 504", post, false, answer(504, ""), 1, Unavailable, true},
		{"POST 524", post, false, answer(524, ""), 1, Unavailable, true},
		{"POST cut", post, false, cut, 1, Unavailable, true},
		{"POST cut inside the answer", post, false, cutInside(201), 1, Unavailable, true},
		{"POST cut inside a refusal", post, false, cutInside(422), 1, Invalid, false},
		{"POST 500", post, false, answer(500, ""), 1, Unknown, false},
		{"POST 422", post, false, answer(422, ""), 1, Invalid, false},

		{"repeatable POST 503", post, true, answer(503, ""), 2, 0, false},
		{"repeatable POST cut", post, true, cut, 2, 0, false},
		{"repeatable POST 500", post, true, answer(500, ""), 1, Unknown, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.first, answer(200, `{"ok":true}`))
			_, err := newClient(t, s.URL).Do(t.Context(), Request{
				Method: test.method, Path: "/x", Repeatable: test.repeatable, Body: map[string]int{"n": 1},
			})
			s.wantRequests(t, test.requests)
			for _, got := range s.received() {
				if got.body != `{"n":1}` {
					t.Errorf("got body %q", got.body)
				}
			}
			if test.requests == 2 {
				if err != nil {
					t.Errorf("got %v, want success", err)
				}
				return
			}
			e := asError(t, err)
			if e.Kind != test.kind || e.Uncertain != test.uncertain {
				t.Errorf("got kind %v, uncertain %v (%v)", e.Kind, e.Uncertain, err)
			}
		})
	}
}

// A rate limit is waited for far longer than an outage, and each is counted by itself.
func TestRateLimit(t *testing.T) {
	limited, down, good := answer(429, ""), answer(503, ""), answer(200, "{}")
	const patience, wait = 10 * time.Millisecond, time.Millisecond
	for _, test := range []struct {
		name       string
		method     string
		answers    []http.HandlerFunc // the last one for ever
		maxRetries int
		patience   time.Duration
		requests   int
		want       string // "" for success
	}{
		{"longer than an outage", "GET", append(slices.Repeat([]http.HandlerFunc{limited}, 10), good), 2, patience, 11, ""},
		{"POST", "POST", append(slices.Repeat([]http.HandlerFunc{limited}, 10), good), 2, patience, 11, ""},
		{"endless", "POST", []http.HandlerFunc{limited}, 2, patience, 11, "Ethora refused POST /x: too many requests (429, 11 attempts)"},
		{"without repetitions", "GET", []http.HandlerFunc{limited, limited, good}, -1, patience, 3, ""},
		{"without patience", "GET", []http.HandlerFunc{limited, good}, 2, -1, 1, "Ethora refused GET /x: too many requests (429)"},
		{"asked to wait too long", "GET", []http.HandlerFunc{answer(429, "", "Retry-After", "60"), good}, 2, patience, 1,
			"Ethora refused GET /x: too many requests (429)"},
		{"outages between", "GET", []http.HandlerFunc{limited, down, limited, down, limited, good}, 2, patience, 6, ""},
		{"too many outages between", "GET", []http.HandlerFunc{limited, down, limited, down, limited, down, good}, 2, patience, 6,
			"Ethora failed to serve GET /x: service unavailable (503, 6 attempts)"},
		{"the waits after outages do not count", "GET", []http.HandlerFunc{down, down, limited, good}, 2, wait, 4, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.answers...)
			client := newClient(t, s.URL, func(c *Config) {
				c.MaxRetries, c.RateLimitPatience = test.maxRetries, test.patience
				c.RetryAfter = func(http.Header) time.Duration { return wait }
				c.RetryWaitMin = 1 // no jitter, so that the waits can be counted
			})
			_, err := client.Do(t.Context(), Request{Method: test.method, Path: "/x"})
			s.wantRequests(t, test.requests)
			if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestExhaustedRetriesTellTheLastAnswer(t *testing.T) {
	s := newServer(t, answer(502, ""), answer(429, ""), answer(503, `{"error":"down for repairs"}`, "X-Request-Id", "r9"))
	_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodPut, Path: "/x"})
	s.wantRequests(t, 4) // the 429 is no outage
	const want = "Ethora failed to serve PUT /x: down for repairs (503, request id r9, 4 attempts); " +
		"the request may have been carried out all the same"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestNegativeMaxRetriesMeansNone(t *testing.T) {
	s := newServer(t, answer(503, ""))
	client := newClient(t, s.URL, func(c *Config) { c.MaxRetries = -1 })
	if _, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"}); !IsKind(err, Unavailable) {
		t.Errorf("got %v", err)
	}
	s.wantRequests(t, 1)
}

func TestDoubtOfAnEarlierAttemptStays(t *testing.T) {
	s := newServer(t, cut, answer(422, `{"error":"already exists"}`))
	_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Repeatable: true})
	s.wantRequests(t, 2)
	if !IsKind(err, Invalid) || !IsUncertain(err) {
		t.Errorf("the object that exists may be our own; got %v", err)
	}
}

func TestRefusedConnectionIsRepeatedAlsoForPOST(t *testing.T) {
	var dials int
	var mu sync.Mutex
	dialer := func(context.Context, string, string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		dials++
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	client := newClient(t, "http://ethora.invalid", func(c *Config) { c.Transport = &http.Transport{DialContext: dialer} })
	_, err := client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Body: 1})
	if dials != 3 {
		t.Errorf("got %d dials, want 3", dials)
	}
	const want = "Ethora did not answer POST /x: dial tcp: connection refused; check the API URL and the network (3 attempts)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if !IsKind(err, Unavailable) || IsUncertain(err) || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %+v", asError(t, err))
	}
}

func TestUntrustedCertificateIsNotRepeated(t *testing.T) {
	var handshakes atomic.Int32
	s := httptest.NewUnstartedServer(answer(200, "{}"))
	s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { handshakes.Add(1); return nil, nil }}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it would report the handshake
	s.StartTLS()
	defer s.Close()
	_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"})
	var untrusted *tls.CertificateVerificationError
	if !errors.As(err, &untrusted) || !IsKind(err, Unavailable) || IsUncertain(err) {
		t.Errorf("got %v", err)
	}
	s.Close() // waits for the handshakes
	if got := handshakes.Load(); got != 1 {
		t.Errorf("got %d handshakes, want 1", got)
	}
}

func TestHTTPServerBehindHTTPSURLIsNotRepeated(t *testing.T) {
	s := newServer(t, answer(200, "{}"))
	_, err := newClient(t, strings.Replace(s.URL, "http://", "https://", 1)).Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"})
	if e := asError(t, err); e.Kind != Unavailable || e.attempts != 1 || !strings.Contains(err.Error(), "check the API URL") {
		t.Errorf("got %v", err)
	}
}

func TestTransportWithoutTracesCountsAsSent(t *testing.T) {
	sent := 0
	client := newClient(t, "http://ethora.invalid", func(c *Config) {
		c.Transport = roundTripper(func(*http.Request) (*http.Response, error) { sent++; return nil, errors.New("lost") })
	})
	_, err := client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/x"})
	if sent != 1 || !IsUncertain(err) {
		t.Errorf("sent %d times, got %v", sent, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTimeoutOfAnAttempt(t *testing.T) {
	released := make(chan struct{})
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-released:
		}
	}
	t.Cleanup(func() { close(released) }) // before the server closes, which waits for its handlers
	for _, test := range []struct {
		method   string
		requests int
	}{{"GET", 2}, {"POST", 1}} {
		s := newServer(t, hang)
		client := newClient(t, s.URL, func(c *Config) { c.Timeout, c.MaxRetries = 300*time.Millisecond, 1 })
		_, err := client.Do(t.Context(), Request{Method: test.method, Path: "/x"})
		s.wantRequests(t, test.requests)
		if !IsKind(err, Unavailable) || !IsUncertain(err) || !strings.Contains(err.Error(), "no answer within 300ms") {
			t.Errorf("%s: got %v", test.method, err)
		}
		if !errors.Is(err, ErrAttemptTimeout) {
			t.Errorf("%s: the timeout of an attempt is not told apart: %v", test.method, err)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the timeout of an attempt passes for the caller's own", test.method)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newServer(t, answer(200, "{}"))
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{elsewhere.URL + "/other?token=" + url.QueryEscape(testSecret), "/same", "http://%zz"} {
			s := newServer(t, answer(status, "", "Location", location))
			_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Body: 1})
			e := asError(t, err)
			where, _, _ := strings.Cut(location, "?")
			if e.Status != status || !strings.Contains(err.Error(), "redirected POST /x: it points to "+where+"; redirects are not followed, check the API URL") {
				t.Errorf("%d to %s: got %v", status, location, err)
			}
			wantNoSecret(t, err.Error())
			s.wantRequests(t, 1)
		}
	}
	elsewhere.wantRequests(t, 0)
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"3":                             3 * time.Second,
		"1.5":                           1500 * time.Millisecond,
		"-4":                            0,
		"NaN":                           0,
		"Inf":                           2 * time.Minute,
		"-Inf":                          0,
		"99999999999999999999":          2 * time.Minute,
		"soon":                          0,
		"Sat, 21 Nov 2026 12:00:07 GMT": 7 * time.Second,
		"Sat, 21 Nov 2026 11:00:00 GMT": 0,
		"Sat, 21 Nov 2036 12:00:00 GMT": 2 * time.Minute,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("retryAfter(%q): got %v, want %v", value, got, want)
		}
	}
}

func TestWaits(t *testing.T) {
	const shortest, longest = 100 * time.Millisecond, time.Second
	vendor := func(h http.Header) time.Duration {
		wait, _ := time.ParseDuration(h.Get("X-Ratelimit-Reset"))
		return wait
	}
	for _, test := range []struct {
		name     string
		header   http.Header
		n        int
		from, to time.Duration
	}{
		{"first", nil, 0, 50 * time.Millisecond, 100 * time.Millisecond},
		{"doubled", nil, 2, 200 * time.Millisecond, 400 * time.Millisecond},
		{"bounded", nil, 4, 500 * time.Millisecond, time.Second},
		{"no overflow", nil, 10_000, 500 * time.Millisecond, time.Second},
		{"Retry-After", http.Header{"Retry-After": {"3"}}, 0, 3 * time.Second, 3100 * time.Millisecond},
		{"Retry-After bounded", http.Header{"Retry-After": {"3000"}}, 0, 2 * time.Minute, 2 * time.Minute},
		{"vendor's header", http.Header{"X-Ratelimit-Reset": {"5s"}}, 0, 5 * time.Second, 5100 * time.Millisecond},
		{"vendor's header bounded", http.Header{"X-Ratelimit-Reset": {"5h"}}, 0, 2 * time.Minute, 2 * time.Minute},
		{"vendor's header in the past", http.Header{"X-Ratelimit-Reset": {"-5s"}}, 0, 50 * time.Millisecond, 100 * time.Millisecond},
		{"Retry-After before the vendor's", http.Header{"Retry-After": {"3"}, "X-Ratelimit-Reset": {"5s"}}, 0, 3 * time.Second, 3100 * time.Millisecond},
	} {
		c := &call{client: newClient(t, "http://ethora.invalid", func(c *Config) { c.RetryAfter = vendor })}
		c.last.answer = Response{Status: 429, Header: test.header}
		for range 100 {
			if got := backoff(c.askedWait(), shortest, longest, test.n); got < test.from || got > test.to {
				t.Fatalf("%s: got %v, want %v to %v", test.name, got, test.from, test.to)
			}
		}
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	s := newServer(t, answer(503, ""), answer(200, "{}"))
	client := newClient(t, s.URL)
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			if _, err := client.Do(t.Context(), Request{Method: http.MethodPut, Path: "/x", Body: 1}); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	s.wantRequests(t, 51)
}

func TestAnswerTooLong(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for range 33 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"})
	if !IsKind(err, Malformed) || !strings.Contains(err.Error(), "it is longer than 32 MiB (200)") {
		t.Errorf("got %v", err)
	}
	s.wantRequests(t, 1)
}
