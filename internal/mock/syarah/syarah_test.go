package syarah_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// A bench is a running mock with a clock that stands still.
type bench struct {
	*testing.T
	mock   *syarah.Server
	clock  atomic.Int64 // seconds
	server *httptest.Server
	words  map[string]string // that stand for ids in calls
}

func newBench(t *testing.T, settings ...syarah.Settings) *bench {
	t.Helper()
	b := &bench{T: t, words: map[string]string{"OWNER": syarah.UserID, "FRIEND": syarah.FriendID, "STRANGER": syarah.StrangerID}}
	b.clock.Store(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).Unix())
	b.restart()
	for _, s := range settings {
		b.set(s)
	}
	return b
}

// restart serves a mock without data.
func (b *bench) restart() {
	b.mock = syarah.New(syarah.Options{Now: func() time.Time { return time.Unix(b.clock.Load(), 0) }})
	b.server = httptest.NewServer(b.mock)
	b.Cleanup(b.server.Close)
	b.Cleanup(b.mock.Close)
}

// set replaces the settings.
func (b *bench) set(settings syarah.Settings) {
	b.Helper()
	if err := b.mock.SetSettings(settings); err != nil {
		b.Fatal(err)
	}
}

// faults replaces the fault plan.
func (b *bench) faults(rules ...control.FaultRule) {
	b.Helper()
	if err := b.mock.SetFaults(control.FaultPlan{Rules: rules}); err != nil {
		b.Fatal(err)
	}
}

// fill replaces the words by what they stand for.
func (b *bench) fill(text string) string {
	var pairs []string
	for word, id := range b.words {
		pairs = append(pairs, word, id)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// chat gets or creates the chat of the owner with another user, and lets the
// word stand for its id.
func (b *bench) chat(word, other string) string {
	b.Helper()
	id := fmt.Sprint(b.rest("GET /api/chat/getChatHeaderAsync?user1Id=OWNER&user2Id="+other, "", nil).is(200).get("data", "id"))
	b.words[word] = id
	return id
}

// rest makes a REST call with the owner's token.
func (b *bench) rest(call, contentType string, body []byte) result {
	b.Helper()
	return b.call(call, body, "Authorization", "Bearer "+b.mock.AccessToken(), "Content-Type", contentType)
}

// control makes a call of the control API.
func (b *bench) control(call, body string) result {
	b.Helper()
	return b.call(call, []byte(b.fill(body)))
}

func (b *bench) call(call string, body []byte, header ...string) result {
	b.Helper()
	call = b.fill(call)
	method, path, _ := strings.Cut(call, " ")
	r := httptest.NewRequestWithContext(b.Context(), method, path, bytes.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	return result{T: b.T, call: call, status: recorder.Code, raw: strings.TrimSpace(recorder.Body.String())}
}

// upload sends a file with the owner's token.
func (b *bench) upload(messageType, name, content string) result {
	b.Helper()
	body, contentType := formOf(b.T, part{"file", name, content}, part{"messageType", "", messageType})
	return b.rest("POST /api/chat/uploadFile", contentType, body)
}

// A part is one field of a multipart body, a file when it has a file name.
type part struct{ name, fileName, content string }

func formOf(t *testing.T, parts ...part) (body []byte, contentType string) {
	t.Helper()
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	for _, p := range parts {
		var into io.Writer
		var err error
		if p.fileName != "" {
			into, err = form.CreateFormFile(p.name, p.fileName)
		} else {
			into, err = form.CreateFormField(p.name)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(into, p.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes(), form.FormDataContentType()
}

// count returns how many calls with the method and path were logged.
func (b *bench) count(call string) int {
	n := 0
	for _, r := range b.mock.Requests() {
		if r.Method+" "+r.Path == call {
			n++
		}
	}
	return n
}

// lastLogged returns the newest entry of the request log.
func (b *bench) lastLogged() control.Request {
	b.Helper()
	all := b.mock.Requests()
	if len(all) == 0 {
		b.Fatal("the request log is empty")
	}
	return all[len(all)-1]
}

// A client is a Socket.IO client over a websocket.
type client struct {
	*bench
	socket *websocket.Conn
	id     string   // of the socket
	acks   int      // ids given out
	heard  []string // events that came while something else was waited for
}

// dial opens the connection, and stops before the Socket.IO connect.
func (b *bench) dial(query string) *client {
	b.Helper()
	socket, _, err := websocket.Dial(b.Context(), b.server.URL+"/socket.io/?EIO=4&transport=websocket"+query, nil) //nolint:bodyclose // Dial leaves no body to close
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = socket.CloseNow() })
	c := &client{bench: b, socket: socket}
	if hello := c.read(); !strings.HasPrefix(hello, "0{") {
		b.Fatalf("the first packet is %s", hello)
	}
	return c
}

// connect opens a socket as a user. An empty token is not sent.
func (b *bench) connect(userID, token string) *client {
	b.Helper()
	c := b.dial("&userId=" + userID)
	auth := ""
	if token != "" {
		auth = fmt.Sprintf(`{"accessToken":%q}`, token)
	}
	c.send("40" + auth)
	hello := c.read()
	if !strings.HasPrefix(hello, `40{"sid":`) {
		b.Fatalf("the connect was answered with %s", hello)
	}
	c.id = result{T: b.T, raw: hello[2:]}.text("sid")
	return c
}

// owner opens a socket of the owner, with a token.
func (b *bench) owner() *client {
	b.Helper()
	return b.connect(syarah.UserID, b.mock.AccessToken())
}

// friend opens a socket of the friend, with a token.
func (b *bench) friend() *client {
	b.Helper()
	return b.connect(syarah.FriendID, b.mock.AccessTokenOf(syarah.FriendID))
}

func (c *client) send(packet string) {
	c.Helper()
	if err := c.socket.Write(c.Context(), websocket.MessageText, []byte(packet)); err != nil {
		c.Fatal(err)
	}
}

// read returns the next packet, and answers pings.
func (c *client) read() string {
	c.Helper()
	packet, err := c.tryRead()
	if err != nil {
		c.Fatal(err)
	}
	return packet
}

func (c *client) tryRead() (string, error) {
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	_, packet, err := c.socket.Read(ctx)
	if err == nil && string(packet) == "2" {
		c.send("3")
		return c.tryRead()
	}
	return string(packet), err
}

// ends asserts that the connection ends with nothing to be heard before.
func (c *client) ends() {
	c.Helper()
	if packet, err := c.tryRead(); err == nil {
		c.Fatalf("got %s, want the end of the connection", packet)
	}
}

// fill adds the socket's own words: TOKEN and SOCKET.
func (c *client) fill(text string) string {
	text = c.bench.fill(text)
	return strings.NewReplacer("TOKEN", c.mock.AccessToken(), "SOCKET", c.id).Replace(text)
}

// emit sends an event without wanting an ack.
func (c *client) emit(event, payload string) {
	c.Helper()
	c.send(fmt.Sprintf("42[%q,%s]", event, c.fill(payload)))
}

// ask sends an event and returns its ack: the list of arguments. Without a
// payload the event has no argument.
func (c *client) ask(event, payload string) result {
	c.Helper()
	c.acks++
	arguments := ""
	if payload != "" {
		arguments = "," + c.fill(payload)
	}
	c.send(fmt.Sprintf("42%d[%q%s]", c.acks, event, arguments))
	head := fmt.Sprint("43", c.acks)
	return result{T: c.T, call: event + " " + payload, raw: strings.TrimPrefix(c.until(head), head)}
}

// until reads to a packet that begins so, and remembers what came before.
func (c *client) until(head string) string {
	c.Helper()
	for {
		packet := c.read()
		if strings.HasPrefix(packet, head) {
			return packet
		}
		c.heard = append(c.heard, packet)
	}
}

// settle waits until all that the client has sent is done and all that it was
// sent is here: the namespace is unknown, and refused in turn.
func (c *client) settle() {
	c.Helper()
	c.send("40/settle,")
	c.until("44/settle,")
}

// told returns the packets that came unasked, and forgets them.
func (c *client) told() string {
	c.Helper()
	c.settle()
	told := strings.Join(c.heard, "\n")
	c.heard = nil
	return told
}

// hears asserts what came unasked.
func (c *client) hears(want ...string) {
	c.Helper()
	if got := c.told(); got != strings.Join(want, "\n") {
		c.Errorf("the socket heard\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// A result is an answer or an ack.
type result struct {
	*testing.T
	call   string
	status int
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

// equals asserts the raw JSON.
func (r result) equals(want string) {
	r.Helper()
	if r.raw != want {
		r.Errorf("%s answered\n%s\nwant\n%s", r.call, r.raw, want)
	}
}

// get walks into the JSON: strings are keys, numbers are indexes.
func (r result) get(path ...any) any {
	r.Helper()
	var value any
	decoder := json.NewDecoder(strings.NewReader(r.raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
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
		r.Errorf("%s has %s at %v, want %s: %s", r.call, got, path, want, r.raw)
	}
	return r
}

// fails asserts the error of a REST call in its usual shape.
func (r result) fails(status int, message string) {
	r.Helper()
	r.is(status).has("false", "success").has("<nil>", "data").has(message, "message")
}

// get makes a request over the network.
func (b *bench) get(path string) (int, string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.server.URL+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	response, err := b.server.Client().Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return response.StatusCode, string(body)
}
