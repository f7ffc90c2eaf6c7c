package tegrabox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// P is what stands before the calls of the project.
const P = "/api/projects/" + tegrabox.DefaultProjectID

// A bench is a mock with a clock that only moves when told to.
type bench struct {
	*testing.T
	mock  *tegrabox.Server
	clock time.Time
	names map[string]string // ids by the words that stand for them in calls
}

func newBench(t *testing.T, settings ...tegrabox.Settings) *bench {
	t.Helper()
	b := &bench{T: t, clock: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), names: map[string]string{}}
	b.restart()
	for _, s := range settings {
		b.set(s)
	}
	return b
}

// restart gives the bench a mock without data.
func (b *bench) restart() {
	b.mock = tegrabox.New(tegrabox.Options{Now: func() time.Time { return b.clock }})
}

// set replaces the settings.
func (b *bench) set(settings tegrabox.Settings) {
	b.Helper()
	if err := b.mock.SetSettings(settings); err != nil {
		b.Fatal(err)
	}
}

// user creates a user and lets its name in capitals stand for its id.
func (b *bench) user(name string) string {
	b.Helper()
	id := b.send("POST P/users", fmt.Sprintf(`{"username":%q,"external_user_id":"ext-%s"}`, name, name)).is(201).text("id")
	b.names[strings.ToUpper(name)] = id
	return id
}

// room creates a room, as user does.
func (b *bench) room(name, creator string) string {
	b.Helper()
	id := b.send("POST P/rooms", fmt.Sprintf(`{"name":%q,"created_by":%q}`, name, creator)).is(201).text("id")
	b.names[strings.ToUpper(name)] = id
	return id
}

// token issues a token for the user.
func (b *bench) token(user string) string {
	b.Helper()
	return b.send("POST P/users/"+user+"/token", "").is(201).text("token")
}

// send makes a call with the project's key. P and the names of users and rooms
// in capitals are filled in.
func (b *bench) send(call, body string) result {
	b.Helper()
	return b.call(call, body, map[string]string{"X-API-Key": b.mock.APIKey()})
}

// as makes a call with a token.
func (b *bench) as(token, call string) result {
	b.Helper()
	return b.call(call, "", map[string]string{"Authorization": "Bearer " + token})
}

func (b *bench) call(call, body string, header map[string]string) result {
	b.Helper()
	var words []string
	for name, id := range b.names {
		words = append(words, name, id)
	}
	fill := strings.NewReplacer(words...).Replace
	method, path, _ := strings.Cut(fill(strings.Replace(call, " P/", " "+P+"/", 1)), " ")
	body = fill(body)
	r := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for key, value := range header {
		r.Header.Set(key, value)
	}
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	return result{T: b.T, call: method + " " + path + " " + body, status: recorder.Code, header: recorder.Header(), raw: strings.TrimSpace(recorder.Body.String())}
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

// fails asserts the status and the message of an error in its usual shape.
func (r result) fails(status int, message string) {
	r.Helper()
	r.is(status).has(message, "message").has(http.StatusText(status), "error").has(fmt.Sprint(status), "statusCode")
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
