package ethora

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const (
	ownApp   = "aaaaaaaaaaaaaaaaaaaaaaaa"
	childApp = "bbbbbbbbbbbbbbbbbbbbbbbb"
	secret   = "canary-app-secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call is a request that the server saw.
type call struct {
	line   string // method and path with query
	body   map[string]any
	header http.Header
}

// server answers by route patterns of net/http and remembers what it was asked.
type server struct {
	*http.ServeMux
	mutex sync.Mutex
	calls []call
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	seen := call{line: r.Method + " " + r.URL.RequestURI(), header: r.Header}
	_ = json.Unmarshal(raw, &seen.body)
	s.mutex.Lock()
	s.calls = append(s.calls, seen)
	s.mutex.Unlock()
	s.ServeMux.ServeHTTP(w, r)
}

// lines are the requests in their order.
func (s *server) lines() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	lines := []string{}
	for _, seen := range s.calls {
		lines = append(lines, seen.line)
	}
	return lines
}

func (s *server) at(i int) call {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.calls[i]
}

func (s *server) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := s.lines(); !slices.Equal(got, want) {
		t.Errorf("requests:\n got %q\nwant %q", got, want)
	}
}

// answer is one answer; cut closes the connection without one.
type answer struct {
	status int
	body   string
	cut    bool
}

func ok(body string) answer                  { return answer{status: 200, body: body} }
func refused(status int, body string) answer { return answer{status: status, body: body} }

var connectionCut = answer{cut: true}

// readOwn is how the own app is read before a "not found" is believed; shown
// answers it like a server that knows the tenant.
const readOwn = "GET /v2/apps/" + ownApp

var shown = inTurn(ok(`{"app":{"_id":"` + ownApp + `"}}`))

// inTurn gives the answers one after the other and then the last for ever.
func inTurn(answers ...answer) http.HandlerFunc {
	var mutex sync.Mutex
	next := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		mutex.Lock()
		current := answers[min(next, len(answers)-1)]
		next++
		mutex.Unlock()
		if current.cut {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(current.status)
		_, _ = io.WriteString(w, current.body)
	}
}

type routes map[string]http.HandlerFunc

// start runs a server and a client for it that waits hardly at all.
func start(t *testing.T, handlers routes) (*Client, *server) {
	t.Helper()
	return startWith(t, Config{}, handlers)
}

func startWith(t *testing.T, config Config, handlers routes) (*Client, *server) {
	t.Helper()
	recorder := &server{ServeMux: http.NewServeMux()}
	for pattern, handler := range handlers {
		recorder.HandleFunc(pattern, handler)
	}
	web := httptest.NewServer(recorder)
	config.APIURL = web.URL + "/v1/"
	config.AppID = ownApp
	config.AppSecret = secret
	config.MaxRetries = -1
	config.RateLimitPatience = -1
	config.PollWaitMin = time.Millisecond
	config.PollWaitMax = 2 * time.Millisecond
	if config.AccessWait == 0 {
		config.AccessWait = 50 * time.Millisecond
	}
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	client.own.answers(time.Now()) // as after other calls; TestStrangersInVendorsWords begins without
	t.Cleanup(func() {
		client.CloseIdleConnections()
		web.Close()
	})
	return client, recorder
}

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// now is the server's clock in its own format.
func now() string { return time.Now().UTC().Format(time.RFC3339) }

func longAgo() string { return "2020-01-01T00:00:00.000Z" }

func pointer[T any](value T) *T { return &value }
