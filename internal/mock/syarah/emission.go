package syarah

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah/engineio"
)

// The methods under which what happens on sockets is logged.
const (
	methodConnect = "CONNECT"
	methodEmit    = "EMIT"
	methodAck     = "ACK"
)

// carriedKey is the context key of an *admission or an *emission: what a
// request stands for.
type carriedKey struct{}

// An admission is a handshake that waits for leave: it is logged and may be a
// victim of faults. When the backend has granted it, nothing is answered here,
// for the engine takes over.
type admission struct {
	http.ResponseWriter
	granted bool
}

// admit reports whether the engine may serve a handshake. If not, it is
// answered.
func (b *backend) admit(w http.ResponseWriter, r *http.Request) bool {
	a := &admission{ResponseWriter: w}
	b.control.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), carriedKey{}, a)))
	return a.granted
}

// WriteHeader and Write answer a handshake that the engine does not get.
func (a *admission) WriteHeader(status int) {
	if !a.granted {
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write is as WriteHeader.
func (a *admission) Write(body []byte) (int, error) {
	if a.granted {
		return len(body), nil
	}
	return a.ResponseWriter.Write(body)
}

// Hijack is for faults that drop the connection.
func (a *admission) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.granted = false
	return http.NewResponseController(a.ResponseWriter).Hijack()
}

// verify grants a handshake that the engine will accept.
func (b *backend) verify(a *admission, w http.ResponseWriter, r *http.Request) {
	if refusal := b.engine.Verify(r); refusal != nil {
		refusal.Write(w)
		return
	}
	a.granted = true
	if r.URL.Query().Get("transport") == engineio.WebSocket {
		w.WriteHeader(http.StatusSwitchingProtocols)
	}
}

// An emission is something that a client has sent over its connection, on its
// way through the log and the faults. It is the http.ResponseWriter of a request
// of its own, and holds the answer back until it may be sent.
type emission struct {
	connection *engineio.Conn
	request    *http.Request
	serve      func(http.ResponseWriter, *http.Request) // runs unless a fault is in the way
	finish     func()                                   // runs unless the connection was cut
	delayed    chan struct{}                            // closed when it will take a while
	own        []string                                 // packets to the sender, to be sent before the answer

	header http.Header
	status int
	body   bytes.Buffer
	cut    bool
}

func newEmission(connection *engineio.Conn, method, path string, body []byte) *emission {
	e := &emission{connection: connection, delayed: make(chan struct{}), header: http.Header{}, status: http.StatusOK}
	ctx := context.WithValue(connection.Context(), carriedKey{}, e)
	e.request = (&http.Request{
		Method: method,
		URL:    &url.URL{Path: engineio.Path + path},
		Header: http.Header{},
		Body:   io.NopCloser(bytes.NewReader(body)),
	}).WithContext(ctx)
	return e
}

// process runs an emission and returns when it is done or takes its time: then
// the next one may overtake it.
func (b *backend) process(e *emission) {
	done := make(chan struct{})
	e.connection.Go(func() {
		defer close(done)
		b.control.ServeHTTP(e, e.request)
		if !e.cut {
			e.finish()
		}
	})
	select {
	case <-done:
	case <-e.delayed:
	}
}

// Header, WriteHeader and Write keep the answer.
func (e *emission) Header() http.Header { return e.header }

// WriteHeader is as Header.
func (e *emission) WriteHeader(status int) { e.status = status }

// Write is as Header.
func (e *emission) Write(body []byte) (int, error) { return e.body.Write(body) }

// NotifyDelay lets the next emission of the connection pass.
func (e *emission) NotifyDelay() { close(e.delayed) }

// Hijack is for faults that drop the connection.
func (e *emission) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	e.cut = true
	return cutter{connection: e.connection}, nil, nil
}

// A cutter is the part of a net.Conn that a fault uses.
type cutter struct {
	net.Conn
	connection *engineio.Conn
}

// Close cuts the connection of the socket.
func (c cutter) Close() error {
	c.connection.Cut()
	return nil
}

// failed reports whether the answer is an error, and returns what it says: the
// body when that is JSON, else {key: text}.
func (e *emission) failed(key string) (any, bool) {
	if e.status < http.StatusBadRequest {
		return nil, false
	}
	if json.Valid(e.body.Bytes()) {
		return json.RawMessage(e.body.Bytes()), true
	}
	message := strings.TrimSpace(e.body.String())
	if message == "" {
		message = http.StatusText(e.status)
	}
	return map[string]any{key: message}, true
}

// arguments are those of the ack, false when there is no answer at all.
func (e *emission) arguments() ([]any, bool) {
	body := e.body.Bytes()
	switch {
	case len(body) == 0:
		return nil, false
	case string(body) == noArguments:
		return nil, true
	case json.Valid(body):
		return []any{json.RawMessage(body)}, true
	}
	return []any{e.body.String()}, true
}

// eventName is the last part of an event's path.
func eventName(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, engineio.Path) }

// readBody reads a body that is in memory.
func readBody(r *http.Request) []byte {
	raw, _ := io.ReadAll(r.Body)
	return raw
}
