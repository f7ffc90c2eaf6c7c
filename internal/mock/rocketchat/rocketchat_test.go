package rocketchat_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bench is a mock with a clock that only moves when told to.
type bench struct {
	*testing.T
	mock  *rocketchat.Server
	clock time.Time
	names map[string]string // ids by the words that stand for them in calls
}

func newBench(t *testing.T, settings ...rocketchat.Settings) *bench {
	t.Helper()
	b := &bench{T: t, clock: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), names: map[string]string{
		"SUPPORT": rocketchat.SupportID, "SALES": rocketchat.SalesID,
		"ALICE": rocketchat.AliceID, "BOB": rocketchat.BobID, "CAROL": rocketchat.CarolID,
	}}
	b.restart()
	for _, s := range settings {
		b.set(s)
	}
	return b
}

// restart gives the bench a mock with the seeded data.
func (b *bench) restart() {
	b.mock = rocketchat.New(rocketchat.Options{Now: func() time.Time { return b.clock }})
}

// set replaces the settings.
func (b *bench) set(settings rocketchat.Settings) {
	b.Helper()
	if err := b.mock.SetSettings(settings); err != nil {
		b.Fatal(err)
	}
}

// wait moves the clock.
func (b *bench) wait(duration time.Duration) { b.clock = b.clock.Add(duration) }

// visitor registers a visitor with the token.
func (b *bench) visitor(token string) string {
	b.Helper()
	return b.send("POST /visitor", fmt.Sprintf(`{"visitor":{"token":%q}}`, token)).is(200).text("visitor", "_id")
}

// room opens a room, and lets its name in capitals stand for its id.
func (b *bench) room(name, token string) string {
	b.Helper()
	id := b.send("GET /room?token="+token, "").is(200).has("true", "newRoom").text("room", "_id")
	b.names[strings.ToUpper(name)] = id
	return id
}

// message sends a message to the room, and lets its name in capitals stand for
// its id. The name is the text too.
func (b *bench) message(name, token, room string) string {
	b.Helper()
	id := b.send("POST /message", fmt.Sprintf(`{"token":%q,"rid":%q,"msg":%q}`, token, room, name)).is(200).text("message", "_id")
	b.names[strings.ToUpper(name)] = id
	return id
}

// chat has the visitor ann with her open room CHAT and her message HELLO.
func (b *bench) chat() {
	b.Helper()
	b.visitor("ann")
	b.room("chat", "ann")
	b.message("Hello", "ann", "CHAT")
}

// send makes a call of a visitor. Base and the names in capitals are filled in.
func (b *bench) send(call, body string) result {
	b.Helper()
	return b.call(call, body, nil)
}

// admin makes a call of the admin.
func (b *bench) admin(call, body string) result {
	b.Helper()
	return b.call(call, body, map[string]string{"X-Auth-Token": b.mock.AdminToken(), "X-User-Id": b.mock.AdminUserID()})
}

// agent makes a call of an agent.
func (b *bench) agent(call, body string) result {
	b.Helper()
	return b.call(call, body, map[string]string{"X-Auth-Token": b.mock.AgentToken(), "X-User-Id": b.mock.AgentUserID()})
}

func (b *bench) call(call, body string, header map[string]string) result {
	b.Helper()
	call, body = b.fill(call), b.fill(body)
	method, path, _ := strings.Cut(call, " ")
	if !strings.HasPrefix(path, "/_mock/") {
		path = rocketchat.Base + path
	}
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

func (b *bench) fill(text string) string {
	var words []string
	for name, id := range b.names {
		words = append(words, name, id)
	}
	return strings.NewReplacer(words...).Replace(text)
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

// fails asserts a failure without a code.
func (r result) fails(text string) {
	r.Helper()
	r.is(400).equals(map[string]any{"success": false, "error": text})
}

// refuses asserts a failure with a code.
func (r result) refuses(code, text string) {
	r.Helper()
	r.is(400).equals(map[string]any{"success": false, "error": text, "errorType": code})
}

// equals asserts the whole body.
func (r result) equals(want any) {
	r.Helper()
	wanted, err := json.Marshal(want)
	if err != nil {
		r.Fatal(err)
	}
	got, err := json.Marshal(r.get())
	if err != nil {
		r.Fatal(err)
	}
	if string(got) != string(wanted) {
		r.Errorf("%s answered %s, want %s", r.call, got, wanted)
	}
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

// keys asserts which keys the object at the path has.
func (r result) keys(want string, path ...any) result {
	r.Helper()
	object, _ := r.get(path...).(map[string]any)
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

// column returns one key of all rows of a list.
func (r result) column(list, key string) string {
	r.Helper()
	rows, _ := r.get(list).([]any)
	var values []string
	for i := range rows {
		values = append(values, fmt.Sprint(r.get(list, i, key)))
	}
	return strings.Join(values, " ")
}

// lists asserts one key of all rows of a list.
func (r result) lists(want, list, key string) result {
	r.Helper()
	if got := r.column(list, key); got != want {
		r.Errorf("%s lists %q, want %q", r.call, got, want)
	}
	return r
}
