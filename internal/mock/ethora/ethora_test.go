package ethora_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bench is a mock with a clock that only moves when told to.
type bench struct {
	*testing.T
	mock  *ethora.Server
	clock time.Time
	app   string // base app
	child string // an app below it
}

// newBench returns a mock with one child app.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, clock: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	b.mock = ethora.New(ethora.Options{Now: func() time.Time { return b.clock }})
	b.app = b.mock.AppID()
	b.child = b.send("POST", "/v2/apps", `{"displayName":"Child"}`).text("app", "_id")
	return b
}

// set replaces the settings.
func (b *bench) set(settings ethora.Settings) {
	b.Helper()
	if err := b.mock.SetSettings(settings); err != nil {
		b.Fatal(err)
	}
}

// serverToken signs a token as the base app. See auth_test.go for all others.
func (b *bench) serverToken() string {
	return sign(b.T, derive(b.mock.AppSecret(), "ethora:server:v1"), map[string]any{
		"data": map[string]any{"appId": b.app, "type": "server"},
	})
}

func sign(t testing.TB, key string, payload map[string]any) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(payload)).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// send makes a call with the base app's token. In path and body, APP and CHILD
// stand for the ids of the two apps.
func (b *bench) send(method, path, body string) result {
	b.Helper()
	return b.call(method, path, body, map[string]string{"X-Custom-Token": b.serverToken()})
}

func (b *bench) call(method, path, body string, header map[string]string) result {
	b.Helper()
	fill := strings.NewReplacer("APP", b.app, "CHILD", b.child).Replace
	r := httptest.NewRequestWithContext(b.Context(), method, fill(path), strings.NewReader(fill(body)))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for key, value := range header {
		r.Header.Set(key, value)
	}
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	raw, err := io.ReadAll(recorder.Body)
	if err != nil {
		b.Fatal(err)
	}
	return result{T: b.T, call: method + " " + path, status: recorder.Code, header: recorder.Header(), raw: string(raw), empty: b.shorten}
}

// shorten puts the placeholders back, so that expectations can be written down.
func (b *bench) shorten(text string) string {
	return strings.NewReplacer(b.app, "APP", b.child, "CHILD").Replace(text)
}

// A result is an answer.
type result struct {
	*testing.T
	call   string
	status int
	header http.Header
	raw    string
	empty  func(string) string
}

// is asserts the status.
func (r result) is(status int) result {
	r.Helper()
	if r.status != status {
		r.Fatalf("%s answered %d %s, want %d", r.call, r.status, r.raw, status)
	}
	return r
}

// fails asserts the status, the code and the text of an error.
func (r result) fails(status int, code, text string) {
	r.Helper()
	r.is(status)
	var body struct {
		Success   bool
		Error     string
		Code      string
		RequestID string `json:"requestId"`
	}
	if err := json.Unmarshal([]byte(r.raw), &body); err != nil {
		r.Fatalf("%s answered %s: %v", r.call, r.raw, err)
	}
	if r.empty(body.Error) != text || body.Code != code || body.Success {
		r.Errorf("%s failed with %q %q, want %q %q", r.call, body.Code, body.Error, code, text)
	}
	if body.RequestID == "" || body.RequestID != r.header.Get("X-Request-Id") {
		r.Errorf("%s has the request ids %q in the body and %q in the header", r.call, body.RequestID, r.header.Get("X-Request-Id"))
	}
}

// get walks into the JSON: strings are keys, numbers are indexes.
func (r result) get(path ...any) any {
	r.Helper()
	var value any
	if err := json.Unmarshal([]byte(r.raw), &value); err != nil {
		r.Fatalf("%s answered %d %s: %v", r.call, r.status, r.raw, err)
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

func (r result) text(path ...any) string {
	r.Helper()
	text, isText := r.get(path...).(string)
	if !isText {
		r.Fatalf("%s has no text at %v: %s", r.call, path, r.raw)
	}
	return text
}

// has asserts a value as fmt prints it.
func (r result) has(want string, path ...any) result {
	r.Helper()
	if got := r.empty(fmt.Sprint(r.get(path...))); got != want {
		r.Errorf("%s has %s at %v, want %s", r.call, got, path, want)
	}
	return r
}

// column collects one key of each row of a list.
func (r result) column(key string, path ...any) string {
	r.Helper()
	rows, _ := r.get(path...).([]any)
	var values []string
	for _, row := range rows {
		object, _ := row.(map[string]any)
		values = append(values, fmt.Sprint(object[key]))
	}
	return r.empty(strings.Join(values, " "))
}

// user creates users with the uuids in an app, and waits for the job.
func (b *bench) user(app string, uuids ...string) {
	b.Helper()
	var list []string
	for _, uuid := range uuids {
		list = append(list, fmt.Sprintf(`{"uuid":%q,"email":"%s@example.com","firstName":"First","lastName":"Last"}`, uuid, uuid))
	}
	body := `{"usersList":[` + strings.Join(list, ",") + `]}`
	job := b.send("POST", "/v2/apps/"+app+"/users/batch", body).is(202).text("jobId")
	for range 10 {
		if b.send("GET", "/v2/apps/"+app+"/users/batch/"+job, "").is(200).get("state") == "completed" {
			return
		}
	}
	b.Fatal("the job of the users does not end")
}

// room creates a room in an app.
func (b *bench) room(app, id string, members ...string) {
	b.Helper()
	list, err := json.Marshal(append([]string{}, members...))
	if err != nil {
		b.Fatal(err)
	}
	b.send("POST", "/v2/apps/"+app+"/chats", fmt.Sprintf(`{"uuid":%q,"title":%q,"members":%s}`, id, id, list)).is(200)
}
