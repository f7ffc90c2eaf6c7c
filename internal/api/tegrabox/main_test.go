package tegrabox

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

const (
	apiKey = "tgb_canary-api-key"
	lookup = "GET /api/projects/me"
	base   = "/api/projects/" + mock.DefaultProjectID
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// impatient is a configuration whose client waits hardly at all.
func impatient() Config {
	return Config{
		APIKey: apiKey, MaxRetries: 2,
		RetryWaitMin: time.Millisecond, RetryWaitMax: 2 * time.Millisecond,
	}
}

// startMock runs the mock, and a client for it.
func startMock(t *testing.T, settings mock.Settings) (*Client, *mock.Server) {
	t.Helper()
	return startMockWith(t, impatient(), settings)
}

func startMockWith(t *testing.T, config Config, settings mock.Settings) (*Client, *mock.Server) {
	t.Helper()
	server := mock.New(mock.Options{APIKey: apiKey})
	if err := server.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	return serve(t, config, server), server
}

// serve runs a handler, and a client for it.
func serve(t *testing.T, config Config, handler http.Handler) *Client {
	t.Helper()
	web := httptest.NewServer(handler)
	config.BaseURL = web.URL
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		web.Close()
	})
	return client
}

// lines are the requests that the mock saw, and how it answered.
func lines(server *mock.Server) []string {
	lines := []string{}
	for _, request := range server.Requests() {
		line := request.Method + " " + request.Path
		if request.Query != "" {
			line += "?" + request.Query
		}
		lines = append(lines, line)
	}
	return lines
}

func expect(t *testing.T, server *mock.Server, want ...string) {
	t.Helper()
	if got := lines(server); !slices.Equal(got, want) {
		t.Errorf("requests:\n got %q\nwant %q", got, want)
	}
}

func fault(t *testing.T, server *mock.Server, rules ...control.FaultRule) {
	t.Helper()
	if err := server.SetFaults(control.FaultPlan{Rules: rules}); err != nil {
		t.Fatal(err)
	}
}

// script answers with bodies in turn, and then with the last for ever.
type script struct {
	mutex   sync.Mutex
	answers []scripted
	seen    []string // method and path with query
	headers []http.Header
	bodies  []string
}

type scripted struct {
	status int
	body   string
}

func says(body string) *script { return &script{answers: []scripted{{200, body}}} }

func inTurn(answers ...scripted) *script { return &script{answers: answers} }

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mutex.Lock()
	current := s.answers[min(len(s.seen), len(s.answers)-1)]
	s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI())
	s.headers = append(s.headers, r.Header)
	s.bodies = append(s.bodies, string(body))
	s.mutex.Unlock()
	w.WriteHeader(current.status)
	_, _ = io.WriteString(w, current.body)
}

func (s *script) expect(t *testing.T, want ...string) {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !slices.Equal(s.seen, want) {
		t.Errorf("requests:\n got %q\nwant %q", s.seen, want)
	}
}

// counter counts attempts. The request log of the mock lacks those that end
// before it has looked at them.
type counter struct {
	*http.Transport
	attempts atomic.Int32
}

func newCounter() *counter { return &counter{Transport: &http.Transport{}} }

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.attempts.Add(1)
	return c.Transport.RoundTrip(r)
}

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// ann is a user to create.
func ann() NewUser {
	return NewUser{Username: "ann", ExternalUserID: "ext-ann", DisplayName: "Ann", Email: "ann@example.com"}
}

// number is another user, one for each number.
func number(n int) NewUser {
	return NewUser{Username: fmt.Sprintf("user%d", n), ExternalUserID: fmt.Sprintf("ext%d", n)}
}

func mustUser(t *testing.T, client *Client, user NewUser) User {
	t.Helper()
	created, err := client.CreateUser(background(t), user)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

func mustRoom(t *testing.T, client *Client, room NewRoom) Room {
	t.Helper()
	created, err := client.CreateRoom(background(t), room)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// scriptedClient is a client of a project "p" for a script.
func scriptedClient(t *testing.T, server *script) *Client {
	t.Helper()
	config := impatient()
	config.ProjectID, config.MaxRetries, config.RateLimitPatience = "p", -1, -1
	return serve(t, config, server)
}

func second[T any](_ T, err error) error { return err }

func pointer[T any](value T) *T { return &value }
