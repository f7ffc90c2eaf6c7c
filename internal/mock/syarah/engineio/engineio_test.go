package engineio_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah/engineio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// An echo sends back what it receives, but obeys some words.
type echo struct {
	mutex  sync.Mutex
	opened int
	closed chan struct{} // one for each connection that is over
}

func (e *echo) Opened(*engineio.Conn) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.opened++
}

func (e *echo) Received(c *engineio.Conn, message string) {
	switch message {
	case "close":
		c.Send("bye")
		c.Close()
	case "cut":
		c.Cut()
	case "who":
		c.Send(c.Transport() + " " + c.Query().Get("userId"))
	case "later":
		c.Go(func() {
			<-c.Context().Done()
			e.closed <- struct{}{}
		})
	default:
		c.Send(message)
	}
}

func (e *echo) Closed(*engineio.Conn) { e.closed <- struct{}{} }

// A stage is a running server.
type stage struct {
	*testing.T
	echo   *echo
	engine *engineio.Server
	url    string
}

// start serves an echo. Without changes pings do not come during a test.
func start(t *testing.T, change ...func(*engineio.Settings)) *stage {
	t.Helper()
	settings := engineio.Settings{
		Transports:   []string{engineio.Polling, engineio.WebSocket},
		PingInterval: time.Hour,
		PingTimeout:  time.Hour,
		MaxPayload:   1000,
	}
	for _, c := range change {
		c(&settings)
	}
	s := &stage{T: t, echo: &echo{closed: make(chan struct{}, 100)}}
	s.engine = engineio.New(s.echo, func() engineio.Settings { return settings })
	server := httptest.NewServer(s.engine)
	t.Cleanup(server.Close)
	t.Cleanup(s.engine.Close)
	s.url = server.URL + "/socket.io/?EIO=4&userId=ann&transport="
	return s
}

// over waits for the end of one connection.
func (s *stage) over() {
	s.Helper()
	select {
	case <-s.echo.closed:
	case <-time.After(patience):
		s.Fatal("the connection does not end")
	}
}

// call makes one request and returns what is answered: "200 body".
func (s *stage) call(method, query, body string, header ...string) string {
	s.Helper()
	answer, err := s.try(method, query, body, header...)
	if err != nil {
		s.Fatal(err)
	}
	return answer
}

func (s *stage) try(method, query, body string, header ...string) (string, error) {
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.url+query, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return fmt.Sprint(response.StatusCode, " ", string(answer)), err
}

// get is a request without a body.
func (s *stage) get(query string) string {
	s.Helper()
	return s.call(http.MethodGet, query, "")
}

var sid = regexp.MustCompile(`"sid":"([^"]+)"`)

// poll opens a polling connection and returns the query of its requests.
func (s *stage) poll() string {
	s.Helper()
	match := sid.FindStringSubmatch(s.get("polling"))
	if match == nil {
		s.Fatal("the handshake has no sid")
	}
	return "polling&sid=" + match[1]
}

// A socket is a websocket of a test.
type socket struct {
	*testing.T
	*websocket.Conn
}

func (s *stage) dial(query string) socket {
	s.Helper()
	connection, _, err := websocket.Dial(s.Context(), s.url+query, nil) //nolint:bodyclose // Dial leaves no body to close
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = connection.CloseNow() })
	return socket{s.T, connection}
}

// open opens a websocket connection and reads its first packet.
func (s *stage) open() socket {
	s.Helper()
	connection := s.dial("websocket")
	if hello := connection.read(); !strings.HasPrefix(hello, "0{") {
		s.Fatalf("the first packet is %s", hello)
	}
	return connection
}

func (s socket) send(packets ...string) {
	s.Helper()
	for _, packet := range packets {
		if err := s.Write(s.Context(), websocket.MessageText, []byte(packet)); err != nil {
			s.Fatal(err)
		}
	}
}

func (s socket) read() string {
	s.Helper()
	packet, err := s.tryRead()
	if err != nil {
		s.Fatal(err)
	}
	return packet
}

func (s socket) tryRead() (string, error) {
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	_, packet, err := s.Read(ctx)
	return string(packet), err
}

// is asserts a packet.
func (s socket) is(want string) {
	s.Helper()
	if got := s.read(); got != want {
		s.Fatalf("got %q, want %q", got, want)
	}
}

// ends asserts that the websocket ends, and with which close code; -1 for none.
func (s socket) ends(code websocket.StatusCode) {
	s.Helper()
	packet, err := s.tryRead()
	if err == nil {
		s.Fatalf("got %q, want the end", packet)
	}
	if got := websocket.CloseStatus(err); got != code {
		s.Errorf("the websocket ended with code %d (%v), want %d", got, err, code)
	}
}

func TestHandshakes(t *testing.T) {
	s := start(t)
	const rest = `"maxPayload":1000,"pingInterval":3600000,"pingTimeout":3600000,"sid":"S","upgrades":%s}`
	if got, want := sid.ReplaceAllString(s.get("polling"), `"sid":"S"`), `200 0{`+fmt.Sprintf(rest, `["websocket"]`); got != want {
		t.Errorf("polling begins with %s, want %s", got, want)
	}
	if got, want := sid.ReplaceAllString(s.dial("websocket").read(), `"sid":"S"`), `0{`+fmt.Sprintf(rest, `[]`); got != want {
		t.Errorf("the websocket begins with %s, want %s", got, want)
	}
	alone := start(t, func(s *engineio.Settings) { s.Transports = []string{engineio.Polling} })
	if got := alone.get("polling"); !strings.Contains(got, `"upgrades":[]`) {
		t.Errorf("without websockets polling begins with %s", got)
	}
}

// What npm engine.io answers, word for word.
func TestRefusals(t *testing.T) {
	s := start(t)
	open := s.poll()
	onWebSocket := s.poll()
	s.move(onWebSocket)
	for _, test := range []struct{ method, query, want string }{
		{"GET", "", `{"code":0,"message":"Transport unknown"}`},
		{"GET", "webtransport", `{"code":0,"message":"Transport unknown"}`},
		{"GET", "polling&sid=x", `{"code":1,"message":"Session ID unknown"}`},
		{"POST", "polling", `{"code":2,"message":"Bad handshake method"}`},
		{"GET", "websocket", `{"code":3,"message":"Bad request"}`},
		{"GET", strings.Replace(open, "polling", "websocket", 1), `{"code":3,"message":"Bad request"}`},
		{"GET", onWebSocket, `{"code":3,"message":"Bad request"}`},
	} {
		if got := s.call(test.method, test.query, ""); got != "400 "+test.want {
			t.Errorf("%s %s was answered with %s, want %s", test.method, test.query, got, test.want)
		}
	}
	if got := s.call("GET", "polling", "", "Connection", "Upgrade", "Upgrade", "websocket"); got != `400 {"code":3,"message":"Bad request"}` {
		t.Errorf("an upgrade to polling was answered with %s", got)
	}
	if got := s.call("PUT", open, ""); !strings.HasPrefix(got, "405 ") {
		t.Errorf("PUT was answered with %s", got)
	}
	s.url = strings.Replace(s.url, "EIO=4", "EIO=3", 1)
	for query, want := range map[string]string{
		"polling": `{"code":5,"message":"Unsupported protocol version"}`,
		open:      `{"code":3,"message":"Bad request"}`,
	} {
		if got := s.get(query); got != "400 "+want {
			t.Errorf("with EIO=3 %s was answered with %s, want %s", query, got, want)
		}
	}
	if got := s.call("GET", "websocket", "", "Connection", "Upgrade", "Upgrade", "websocket"); got != `400 {"code":5,"message":"Unsupported protocol version"}` {
		t.Errorf("a websocket with EIO=3 was answered with %s", got)
	}
}

// A websocket handshake that is none is refused by the websocket library.
func TestBrokenWebSocketHandshake(t *testing.T) {
	s := start(t)
	got := s.call("GET", "websocket", "", "Connection", "Upgrade", "Upgrade", "websocket")
	if !strings.HasPrefix(got, "400 ") {
		t.Errorf("it was answered with %s", got)
	}
	if open := s.engine.Connections(); len(open) != 0 {
		t.Errorf("there are %d connections", len(open))
	}
}

func TestPollingFrames(t *testing.T) {
	s := start(t)
	query := s.poll()
	if got := s.call("POST", query, "4one\x1e4two\x1e6\x1e5\x1e0\x1e3\x1e4who"); got != "200 ok" {
		t.Fatalf("the POST was answered with %s", got)
	}
	if got, want := s.get(query), "200 4one\x1e4two\x1e4polling ann"; got != want {
		t.Errorf("the poll was answered with %q, want %q", got, want)
	}
	if got := s.call("POST", query, "1"); got != "200 ok" {
		t.Errorf("the close was answered with %s", got)
	}
	s.over()
	if got := s.get(query); got != `400 {"code":1,"message":"Session ID unknown"}` {
		t.Errorf("after the close a poll was answered with %s", got)
	}
}

// A watched context tells when somebody waits for its end.
type watched struct {
	context.Context
	once    sync.Once
	waiting chan struct{}
}

func (w *watched) Done() <-chan struct{} {
	w.once.Do(func() { close(w.waiting) })
	return w.Context.Done()
}

// waiting begins a poll and returns when it waits. Its answer is read later.
func (s *stage) waiting(query string) func() string {
	s.Helper()
	ctx := &watched{Context: s.Context(), waiting: make(chan struct{})}
	r := httptest.NewRequestWithContext(s.Context(), http.MethodGet, s.url+query, nil)
	answers := make(chan string, 1)
	go func() {
		defer func() {
			if reason := recover(); reason != nil {
				answers <- fmt.Sprint(reason)
			}
		}()
		recorder := httptest.NewRecorder()
		s.engine.ServeHTTP(recorder, r.WithContext(ctx))
		answers <- fmt.Sprint(recorder.Code, " ", recorder.Body)
	}()
	<-ctx.waiting
	return func() string { return <-answers }
}

// A poll waits; how it ends tells why.
func TestEndsOfPolls(t *testing.T) {
	cut := http.ErrAbortHandler.Error()
	for packet, want := range map[string]string{
		"4hello":     "200 4hello",
		"1":          "200 6",
		"4cut":       cut,
		"2":          "200 1", // pings come from the server
		"x":          "200 1",
		"":           "200 1",
		"bAAAA":      "200 1",
		"1\x1e4last": "200 6", // what follows a close is not heard
		"2\x1e4last": "200 1",
		"4cut\x1e1":  cut,
	} {
		s := start(t)
		query := s.poll()
		answer := s.waiting(query)
		if got, err := s.try("POST", query, packet); err != nil != (want == cut) || err == nil && got != "200 ok" {
			t.Errorf("the POST of %q was answered with %s %v", packet, got, err)
		}
		if got := answer(); got != want {
			t.Errorf("after %q the poll was answered with %q, want %q", packet, got, want)
		}
	}
}

func TestCloseReachesTheNextPoll(t *testing.T) {
	s := start(t)
	query := s.poll()
	s.call("POST", query, "4close\x1e4ignored")
	if got, want := s.get(query), "200 4bye"; got != want {
		t.Errorf("the poll was answered with %q, want %q", got, want)
	}
	if got, want := s.get(query), "200 1"; got != want {
		t.Errorf("the next poll was answered with %q, want %q", got, want)
	}
	s.over()
}

// A connection that is closed and not polled any more ends by itself.
func TestCloseOfASilentPoller(t *testing.T) {
	s := start(t, func(s *engineio.Settings) { s.PingTimeout = time.Millisecond })
	s.call("POST", s.poll(), "4close")
	s.over()
}

func TestPollingLimits(t *testing.T) {
	s := start(t)
	for _, test := range []struct{ body, contentType, want string }{
		{"4" + strings.Repeat("x", 999), "text/plain;charset=UTF-8", "200 ok"},
		{"4" + strings.Repeat("x", 1000), "text/plain;charset=UTF-8", "413 "},
		{"4x", "application/octet-stream", "400 "},
	} {
		query := s.poll()
		if got := s.call("POST", query, test.body, "Content-Type", test.contentType); got != test.want {
			t.Errorf("%d bytes of %s were answered with %s, want %s", len(test.body), test.contentType, got, test.want)
		}
		if test.want != "200 ok" {
			if got := s.get(query); got != "200 1" {
				t.Errorf("then the poll was answered with %q", got)
			}
			s.over()
		}
	}
}

// Two polls at once are an error, and end both.
func TestOverlap(t *testing.T) {
	s := start(t)
	query := s.poll()
	answer := s.waiting(query)
	if got := s.get(query); got != "400 " {
		t.Errorf("the second poll was answered with %q", got)
	}
	if got := answer(); got != "200 1" {
		t.Errorf("the first poll was answered with %q", got)
	}
	s.over()
}

func TestOverlappingPosts(t *testing.T) {
	s := start(t)
	query := s.poll()
	reader, writer := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+query, reader)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		if response, err := http.DefaultClient.Do(r); err == nil {
			response.Body.Close()
		}
	})
	if _, err := writer.Write([]byte("4")); err != nil {
		t.Fatal(err)
	}
	// The first POST may not be read yet; then the second one is early.
	for s.call("POST", query, "6") == "200 ok" {
		runtime.Gosched()
	}
	s.over()
	writer.Close()
	group.Wait()
	http.DefaultClient.CloseIdleConnections()
}

// A poller who hangs up is gone.
func TestPollerLeaves(t *testing.T) {
	s := start(t)
	query := s.poll()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, s.url+query, nil)
	s.engine.ServeHTTP(httptest.NewRecorder(), r)
	s.over()
}

func TestWebSocketFrames(t *testing.T) {
	s := start(t)
	connection := s.open()
	connection.send("4one", "6", "5", "0", "3", "4who")
	connection.is("4one")
	connection.is("4websocket ann")
	connection.send("4close", "4ignored")
	connection.is("4bye")
	connection.ends(websocket.StatusNormalClosure)
	s.over()
}

func TestEndsOfWebSockets(t *testing.T) {
	for packet, code := range map[string]websocket.StatusCode{
		"2":                              websocket.StatusNormalClosure, // pings come from the server
		"x":                              websocket.StatusNormalClosure,
		"":                               websocket.StatusNormalClosure,
		"1":                              -1,
		"4cut":                           -1,
		"4" + strings.Repeat("x", 2000):  websocket.StatusMessageTooBig,
		"4" + strings.Repeat("yy", 2000): websocket.StatusMessageTooBig,
	} {
		s := start(t)
		connection := s.open()
		connection.send(packet)
		connection.ends(code)
		s.over()
	}
	s := start(t)
	connection := s.open()
	if err := connection.Write(t.Context(), websocket.MessageBinary, []byte("4x")); err != nil {
		t.Fatal(err)
	}
	connection.ends(websocket.StatusNormalClosure)
	s.over()
	connection = s.open()
	_ = connection.CloseNow()
	s.over()
}

// move upgrades a polling connection to a websocket.
func (s *stage) move(query string) socket {
	s.Helper()
	connection := s.dial(strings.Replace(query, "polling", "websocket", 1))
	connection.send("2probe")
	connection.is("3probe")
	connection.send("5")
	connection.send("4who")
	connection.is("4websocket ann")
	return connection
}

func TestUpgrade(t *testing.T) {
	s := start(t)
	query := s.poll()
	waiting := s.waiting(query)
	connection := s.dial(strings.Replace(query, "polling", "websocket", 1))
	connection.send("2probe")
	connection.is("3probe")
	if got := waiting(); got != "200 6" {
		t.Errorf("the waiting poll was answered with %q, want a noop", got)
	}
	// Until the upgrade messages go by polling.
	s.call("POST", query, "4last")
	if got := s.get(query); got != "200 4last" {
		t.Errorf("the last poll was answered with %q", got)
	}
	s.call("POST", query, "4kept")
	connection.send("5")
	connection.is("4kept")
	connection.send("4who")
	connection.is("4websocket ann")
	if open := s.engine.Connections(); len(open) != 1 {
		t.Errorf("there are %d connections, want 1", len(open))
	}
	// Once is enough.
	s.dial(strings.Replace(query, "polling", "websocket", 1)).ends(-1)
	connection.send("4who")
	connection.is("4websocket ann")
}

// After an upgrade that has failed, polling goes on, and another may succeed.
func TestFailedUpgrades(t *testing.T) {
	s := start(t)
	query := s.poll()
	upgrade := strings.Replace(query, "polling", "websocket", 1)
	for _, packets := range [][]string{{"4who"}, {"2"}, {"2probe", "4who"}, {"2probe", "6"}} {
		connection := s.dial(upgrade)
		connection.send(packets[0])
		if len(packets) > 1 {
			connection.is("3probe")
			connection.send(packets[1])
		}
		connection.ends(-1)
		s.call("POST", query, "4who")
		if got := s.get(query); got != "200 4polling ann" {
			t.Errorf("after %q the poll was answered with %q", packets, got)
		}
	}
	connection := s.dial(upgrade)
	connection.send("2probe")
	connection.is("3probe")
	s.dial(upgrade).ends(-1) // one at a time
	connection.send("5", "4who")
	connection.is("4websocket ann")
}

func TestHeartbeats(t *testing.T) {
	s := start(t, func(s *engineio.Settings) { s.PingInterval = time.Millisecond })
	connection := s.open()
	for range 3 {
		connection.is("2")
		connection.send("3")
	}
	connection.is("2")
	packets := s.get("polling")
	if !strings.HasSuffix(packets, "\x1e2") { // the ping may have come with the handshake
		packets += "\x1e" + strings.TrimPrefix(s.get("polling&sid="+sid.FindStringSubmatch(packets)[1]), "200 ")
	}
	if !strings.HasSuffix(packets, "\x1e2") {
		t.Errorf("the polls were answered with %q, want a ping", packets)
	}
}

func TestUnansweredPings(t *testing.T) {
	s := start(t, func(s *engineio.Settings) { s.PingInterval, s.PingTimeout = time.Millisecond, 500*time.Millisecond })
	connection := s.open()
	connection.is("2")
	connection.ends(-1)
	s.over()
	query := s.poll()
	s.over()
	if got := s.get(query); got != `400 {"code":1,"message":"Session ID unknown"}` {
		t.Errorf("the poll was answered with %q", got)
	}
}

func TestNoPings(t *testing.T) {
	s := start(t, func(s *engineio.Settings) {
		s.PingInterval, s.PingTimeout, s.NoPings = time.Millisecond, time.Millisecond, true
	})
	connection := s.open()
	time.Sleep(20 * time.Millisecond)
	connection.send("4who")
	connection.is("4websocket ann")
}

// Close ends everything, whatever it is doing. goleak sees what is left.
func TestClose(t *testing.T) {
	s := start(t)
	connection := s.open()
	connection.send("4later", "4who")
	connection.is("4websocket ann")
	polling := s.poll()
	s.poll()
	half := s.dial(strings.Replace(s.poll(), "polling", "websocket", 1))
	half.send("2probe")
	half.is("3probe")
	answer := s.waiting(polling)
	s.engine.Close()
	for range 5 { // four connections and what one was doing
		s.over()
	}
	if got := answer(); got != "200 1" {
		t.Errorf("the poll was answered with %q", got)
	}
	connection.ends(-1)
	half.ends(-1)
	if got := s.get("polling"); !strings.HasPrefix(got, "503 ") {
		t.Errorf("a closed server answered %s", got)
	}
	if left := s.engine.Connections(); len(left) != 0 || s.echo.opened != 4 {
		t.Errorf("%d connections are left of %d", len(left), s.echo.opened)
	}
}

func TestConcurrentMessages(t *testing.T) {
	s := start(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			connection, _, err := websocket.Dial(t.Context(), s.url+"websocket", nil) //nolint:bodyclose // Dial leaves no body to close
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = connection.CloseNow() }()
			for i := range 50 {
				if err := connection.Write(t.Context(), websocket.MessageText, fmt.Append(nil, "4", i)); err != nil {
					t.Error(err)
					return
				}
			}
			for i := -1; i < 50; i++ {
				_, packet, err := connection.Read(t.Context())
				if err != nil || i >= 0 && string(packet) != fmt.Sprint("4", i) {
					t.Errorf("message %d is %s %v", i, packet, err)
					return
				}
			}
		})
	}
	group.Wait()
}

// Whatever a client posts, it is answered.
func FuzzPost(f *testing.F) {
	f.Add("4hello")
	f.Add("4a\x1e3\x1e1\x1e4b")
	f.Add("2probe")
	f.Add("b4AAA")
	f.Add("\x1e\x1e")
	f.Fuzz(func(t *testing.T, body string) {
		if strings.Contains(body, "4cut") || strings.Contains(body, "4later") {
			t.Skip("a word that the echo obeys")
		}
		echo := &echo{closed: make(chan struct{}, 100)}
		settings := engineio.Settings{Transports: []string{engineio.Polling}, PingInterval: time.Hour, PingTimeout: time.Hour, MaxPayload: 100}
		engine := engineio.New(echo, func() engineio.Settings { return settings })
		defer engine.Close()
		call := func(method, query, body string) (int, string) {
			recorder := httptest.NewRecorder()
			engine.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, "/socket.io/?EIO=4&transport=polling"+query, strings.NewReader(body)))
			return recorder.Code, recorder.Body.String()
		}
		_, hello := call("GET", "", "")
		query := "&sid=" + sid.FindStringSubmatch(hello)[1]
		if status, answer := call("POST", query, body); status != 200 && status != 400 && status != 413 {
			t.Errorf("%q was answered with %d %s", body, status, answer)
		}
		call("POST", query, "4last\x1e1")
		call("GET", query, "")
	})
}
