//go:build contract

package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	api "github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// object is a JSON object.
type object = map[string]any

// A stage is a mock tenant with the vendor's SDK and our client in front of it.
// Both see the same tenant: the base app and its child "Acme", each with the
// users ann and bob and the room "support", where ann is.
type stage struct {
	mock   *mock.Server
	wire   *wire
	url    string
	sdk    *sdk
	client *api.Client
	own    string // id of the base app, whose credentials both sides use
	acme   string // id of the child
}

func newStage(t *testing.T) *stage {
	t.Helper()
	server := mock.New(mock.Options{})
	wire := &wire{next: server}
	web := httptest.NewServer(wire)
	t.Cleanup(web.Close)
	s := &stage{mock: server, wire: wire, url: web.URL, own: server.AppID()}
	s.sdk = startSDK(t, "ethora.cjs",
		"ETHORA_CHAT_API_URL="+web.URL,
		"ETHORA_CHAT_APP_ID="+server.AppID(),
		"ETHORA_CHAT_APP_SECRET="+server.AppSecret(),
	)
	s.reset(t)
	return s
}

// reset makes the tenant as new, the same ids included, and gives it a client
// that remembers nothing.
func (s *stage) reset(t *testing.T) {
	t.Helper()
	s.mock.Reset()
	s.set(t, mock.Settings{})
	created := s.edit(t, http.MethodPost, "/v2/apps", object{"displayName": "Acme"})
	s.acme = text(t, created, "app._id")
	for _, appID := range []string{s.own, s.acme} {
		path := "/v2/apps/" + appID
		s.edit(t, http.MethodPost, path+"/users/batch", object{"usersList": []any{
			object{"uuid": "ann", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"},
			object{"uuid": "bob", "email": "bob@example.com", "firstName": "Bob", "lastName": "Ray"},
		}})
		s.edit(t, http.MethodPost, path+"/chats", object{
			"uuid": "support", "title": "Support", "type": "public", "members": []any{"ann"},
		})
	}
	s.wire.take()

	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	client, err := api.NewClient(api.Config{
		APIURL:     s.url,
		AppID:      s.own,
		AppSecret:  s.mock.AppSecret(),
		UserAgent:  "terraform-provider-chat/test",
		MaxRetries: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	s.client = client
}

// set changes the mock's settings. Jobs move on when they are polled and not by
// time, so that a slow machine sees the same.
func (s *stage) set(t *testing.T, settings mock.Settings) {
	t.Helper()
	settings.AbandonedJobMS = int(time.Hour / time.Millisecond)
	if err := s.mock.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

// edit changes the tenant as its operator.
func (s *stage) edit(t *testing.T, method, path string, body object) any {
	t.Helper()
	status, raw, err := s.mock.Edit(method, path, body)
	if err != nil || status >= 300 {
		t.Fatalf("%s %s: status %d, error %v, body %s", method, path, status, err, raw)
	}
	var answer any
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// app, room and user are what the mock holds now.
func (s *stage) app(t *testing.T, appID string) *mock.AppState {
	t.Helper()
	app := s.mock.Snapshot().App(appID)
	if app == nil {
		t.Fatalf("the mock has no app %s", appID)
	}
	return app
}

func (s *stage) room(t *testing.T, appID, id string) *mock.RoomState {
	t.Helper()
	room := s.app(t, appID).Room(id)
	if room == nil {
		t.Fatalf("app %s has no room %s", appID, id)
	}
	return room
}

func (s *stage) user(t *testing.T, appID, id string) *mock.UserState {
	t.Helper()
	user := s.app(t, appID).User(id)
	if user == nil {
		t.Fatalf("app %s has no user %s", appID, id)
	}
	return user
}

// A wire stands in front of a server and remembers the requests as they came,
// tokens included.
type wire struct {
	next  http.Handler
	mutex sync.Mutex
	seen  []sent
}

// A sent is one request.
type sent struct {
	method string
	path   string // decoded
	query  url.Values
	header http.Header
	body   any // parsed JSON, nil without a body
}

func (s sent) line() string { return s.method + " " + s.path }

func (w *wire) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(answer, "the request broke off: "+err.Error(), http.StatusBadRequest)
		return
	}
	request := sent{method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header.Clone()}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &request.body); err != nil {
			request.body = fmt.Sprintf("not JSON: %v", err)
		}
	}
	w.mutex.Lock()
	w.seen = append(w.seen, request)
	w.mutex.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(raw))
	w.next.ServeHTTP(answer, r)
}

// take returns the requests since it was last called.
func (w *wire) take() []sent {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

// one returns the only request since take was last called.
func (w *wire) one(t *testing.T) sent {
	t.Helper()
	seen := w.take()
	if len(seen) != 1 {
		lines := []string{}
		for _, request := range seen {
			lines = append(lines, request.line())
		}
		t.Fatalf("%d requests were sent, want 1: %s", len(seen), strings.Join(lines, ", "))
	}
	return seen[0]
}

// at follows a path like "app._id" or "results.0.status" into a JSON value. A
// path that leads nowhere gives nil.
func at(value any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch inner := value.(type) {
		case object:
			value = inner[step]
		case []any:
			var index int
			if _, err := fmt.Sscanf(step, "%d", &index); err != nil || index >= len(inner) {
				return nil
			}
			value = inner[index]
		default:
			return nil
		}
	}
	return value
}

// want checks the value at a path.
func want(t *testing.T, value any, path string, wanted any) {
	t.Helper()
	if got := at(value, path); got != wanted {
		t.Errorf("%s is %v, want %v, in %v", path, got, wanted, value)
	}
}

// text returns the string at a path, which must be there.
func text(t *testing.T, value any, path string) string {
	t.Helper()
	words, _ := at(value, path).(string)
	if words == "" {
		t.Fatalf("there is no text at %s in %v", path, value)
	}
	return words
}
