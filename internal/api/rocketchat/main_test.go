package rocketchat

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	token     = "v1s1t0r/t0k€n" // of a visitor; it needs escapes
	pathToken = "v1s1t0r%2Ft0k%E2%82%ACn"
	authToken = "adm1n-t0ken-canary"
	userID    = "adminId"
)

// reply is one answer of a server.
type reply struct {
	status int // 0: the connection is cut
	body   string
	header map[string]string
	before func() // called when the request has come; nil for nothing
}

func says(body string) reply { return reply{status: 200, body: body} }

func refuses(code string) reply {
	return reply{status: 400, body: `{"success":false,"error":"` + code + `"}`}
}

var (
	cut  = reply{}
	down = reply{status: 503}
)

// script is a server that answers in turn, and then with the last for ever.
type script struct {
	replies []reply

	mutex    sync.Mutex
	requests []request
}

type request struct {
	line   string // method and path with query
	header http.Header
	body   string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mutex.Lock()
	current := s.replies[min(len(s.requests), len(s.replies)-1)]
	s.requests = append(s.requests, request{r.Method + " " + r.URL.RequestURI(), r.Header.Clone(), string(body)})
	s.mutex.Unlock()
	if current.before != nil {
		current.before()
	}
	if current.status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, value := range current.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(current.status)
	_, _ = io.WriteString(w, current.body)
}

func (s *script) seen() []request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.requests)
}

// wantRequests compares what the server was asked, without the path that all have
// in common.
func (s *script) wantRequests(t *testing.T, want ...string) {
	t.Helper()
	got := []string{}
	for _, request := range s.seen() {
		got = append(got, request.line)
	}
	for i := range want {
		method, path, _ := strings.Cut(want[i], " ")
		want[i] = method + " " + base + path
	}
	if !slices.Equal(got, want) {
		t.Errorf("requests:\n got %q\nwant %q", got, want)
	}
}

// impatient is a configuration whose client waits hardly at all.
func impatient() Config {
	return Config{
		AuthToken: authToken, UserID: userID, MaxRetries: 2,
		RetryWaitMin: time.Millisecond, RetryWaitMax: 2 * time.Millisecond,
	}
}

// serve runs a server, and a client for it.
func serve(t *testing.T, replies ...reply) (*Client, *script) {
	t.Helper()
	return serveWith(t, impatient(), replies...)
}

func serveWith(t *testing.T, config Config, replies ...reply) (*Client, *script) {
	t.Helper()
	server := &script{replies: replies}
	web := httptest.NewServer(server)
	config.ServerURL = web.URL
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		web.Close()
	})
	return client, server
}

func background(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// now is a moment as the server writes it; shift moves it.
func now(shift time.Duration) string {
	return time.Now().Add(shift).UTC().Format("2006-01-02T15:04:05.000Z")
}

func at(words string) time.Time {
	parsed, err := time.Parse(time.RFC3339, words)
	if err != nil {
		panic(err)
	}
	return parsed.UTC()
}

// sameJSON compares two documents whatever the order of their keys.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	var gotValue, wantValue any
	if err := json.Unmarshal([]byte(got), &gotValue); err != nil {
		t.Errorf("got %q, want %s", got, want)
		return
	}
	if err := json.Unmarshal([]byte(want), &wantValue); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(gotValue, wantValue) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func wantKind(t *testing.T, err error, kind rest.Kind) {
	t.Helper()
	if !rest.IsKind(err, kind) {
		t.Errorf("got %v, want an error of the kind %q", err, kind)
	}
}

func second[T any](_ T, err error) error { return err }

func pointer[T any](value T) *T { return &value }
