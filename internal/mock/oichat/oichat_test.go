package oichat_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bench is a mock with a clock that only moves when told to.
type bench struct {
	*testing.T
	mock  *oichat.Server
	clock time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, clock: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	b.restart()
	return b
}

// restart gives the bench a mock without data.
func (b *bench) restart() {
	b.mock = oichat.New(oichat.Options{Now: func() time.Time { return b.clock }})
}

// set replaces the settings.
func (b *bench) set(settings oichat.Settings) {
	b.Helper()
	if err := b.mock.SetSettings(settings); err != nil {
		b.Fatal(err)
	}
}

// credentials are the three headers of oichat-api.md §1.
func (b *bench) credentials() map[string]string {
	return map[string]string{
		"X-API-Key":    b.mock.APIKey(),
		"X-Secret-Key": b.mock.SecretKey(),
		"X-Project-Id": b.mock.ProjectID(),
	}
}

// send makes a call, written as "METHOD /path", with the right credentials.
func (b *bench) send(call, body string) result {
	b.Helper()
	return b.call(call, body, b.credentials())
}

// post is a call with an Idempotency-Key.
func (b *bench) post(key, call, body string) result {
	b.Helper()
	header := b.credentials()
	header["Idempotency-Key"] = key
	return b.call(call, body, header)
}

func (b *bench) call(call, body string, header map[string]string) result {
	b.Helper()
	method, path, _ := strings.Cut(call, " ")
	r := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for key, value := range header {
		r.Header.Set(key, value)
	}
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	return result{T: b.T, call: call + " " + body, status: recorder.Code, header: recorder.Header(), raw: strings.TrimSpace(recorder.Body.String())}
}

// room creates a group of the users and returns its id.
func (b *bench) room(users ...string) string {
	b.Helper()
	list, err := json.Marshal(users)
	if err != nil {
		b.Fatal(err)
	}
	return b.send("POST /v1/rooms", `{"type":"group","name":"Room","participants":`+string(list)+`}`).is(201).text("room_id")
}

// A result is an answer.
type result struct {
	*testing.T
	call   string
	status int
	header http.Header
	raw    string
}

// is asserts the status.
func (r result) is(status int) result {
	r.Helper()
	if r.status != status {
		r.Fatalf("%s answered %d %s, want %d", r.call, r.status, r.raw, status)
	}
	return r
}

// fails asserts the status, the code and the message of an error.
func (r result) fails(status int, code, message string) {
	r.Helper()
	r.is(status).has(code, "error", "code").has(message, "error", "message")
}

// get walks into the JSON: strings are keys, numbers are indexes.
func (r result) get(path ...any) any {
	r.Helper()
	var value any
	if err := json.Unmarshal([]byte(r.raw), &value); err != nil {
		r.Fatalf("%s answered %d %q: %v", r.call, r.status, r.raw, err)
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
	if got := fmt.Sprint(r.get(path...)); got != want {
		r.Errorf("%s has %s at %v, want %s", r.call, got, path, want)
	}
	return r
}

// keys asserts which keys an object has.
func (r result) keys(want string) result {
	r.Helper()
	object, _ := r.get().(map[string]any)
	for _, key := range strings.Fields(want) {
		if _, present := object[key]; !present {
			r.Errorf("%s has no %s: %s", r.call, key, r.raw)
		}
	}
	if len(object) != len(strings.Fields(want)) {
		r.Errorf("%s has %s, want the keys %s", r.call, r.raw, want)
	}
	return r
}
