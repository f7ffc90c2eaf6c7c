package socketio

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Why a connection ended, or a call got no answer.
var (
	ErrClosed       = errors.New("the connection was closed")                 // by Close or after a time without use
	ErrDisconnected = errors.New("the server ended the session")              // it said goodbye
	ErrSilent       = errors.New("the server sent no sign of life")           // for pingInterval + pingTimeout
	ErrTooLong      = errors.New("the message is longer than it may be")      // in either direction
	ErrAckTimeout   = errors.New("the server did not acknowledge it")         // within Config.AckTimeout
	ErrBadAck       = errors.New("the acknowledgement is not a JSON array")   // or it is binary
	errNoSocketIO   = errors.New("no Socket.IO session began")                // within Config.ConnectTimeout
	errWriteTimeout = errors.New("the server did not take a message in time") // within Config.WriteTimeout
)

// CallError is the failure of an event that was emitted.
type CallError struct {
	Event   string
	Sent    bool  // it may have reached the server; false: it surely did not
	Dropped bool  // the connection was lost; another one may serve better
	Err     error // why: an Err value of this package, a context's or a network error
}

// Error names the event and the cause.
func (e *CallError) Error() string {
	if e.Sent {
		return fmt.Sprintf("no answer to %s: %v", e.Event, e.Err)
	}
	return fmt.Sprintf("%s was not sent: %v", e.Event, e.Err)
}

// Unwrap returns the cause.
func (e *CallError) Unwrap() error { return e.Err }

// ConnectError is the server's refusal of the session, which a JavaScript client
// sees as connect_error. Waiting does not mend it.
type ConnectError struct {
	Message string
	Data    json.RawMessage // what the server added; empty for nothing
}

// Error repeats the server's words.
func (e *ConnectError) Error() string {
	return "the server refused the connection: " + strings.TrimSpace(e.Message)
}

// HandshakeError is an HTTP answer where a websocket was asked for.
type HandshakeError struct {
	Status   int
	Body     string // its beginning, at most 1024 bytes
	Location string // where a redirect points to, without its query and user; "" for no redirect
}

// Error names the status, and where it redirects to or the beginning of the body.
func (e *HandshakeError) Error() string {
	if e.Location != "" {
		return fmt.Sprintf("the server answered %d instead of opening a websocket: it points to %s; redirects are not followed", e.Status, e.Location)
	}
	return strings.TrimSuffix(fmt.Sprintf("the server answered %d instead of opening a websocket: %s", e.Status, strings.TrimSpace(e.Body)), ": ")
}

// final reports failures to connect that waiting does not mend.
func final(err error) bool {
	var answered *HandshakeError
	if errors.As(err, &answered) {
		return answered.final()
	}
	var refused *ConnectError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &refused) || errors.As(err, &certificate) || errors.As(err, &record) ||
		// net/http has no type for this one.
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func (e *HandshakeError) final() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented:
		return true
	}
	return e.Status < 500
}
