package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Conn is one session in the default namespace. It is safe for concurrent use,
// and ends by itself when the server leaves or falls silent.
type Conn struct {
	config     Config
	socket     *websocket.Conn
	id         string
	silence    time.Duration // without any message it ends the session
	maxPayload int64         // bytes that the server takes; 0: it did not say

	wire       io.Closer // what lies below the websocket; closing it ends every read and write
	outgoing   chan outgoing
	ended      chan struct{}
	goroutines sync.WaitGroup

	mu        sync.Mutex
	err       error // why it ended
	nextID    int64
	waiting   map[int64]chan acknowledgement
	listeners map[*listener]bool
}

// listener hears events; its address tells it from others.
type listener struct{ hear func(Event) }

// outgoing is a message for the goroutine that writes. Who hands it over may
// leave; a message that is being written is not torn for that, which would cost
// all others the connection.
type outgoing struct {
	text    []byte
	written chan error
}

// Dial opens a websocket and begins a session. The context ends with that; the
// session lasts until Close. The error is a *ConnectError, a *HandshakeError, a
// network error or the context's.
func Dial(ctx context.Context, config Config) (*Conn, error) {
	config = withDefaults(config)
	target, err := config.target()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, config.ConnectTimeout, fmt.Errorf("%w within %s", errNoSocketIO, config.ConnectTimeout))
	defer cancel()
	socket, wire, err := dialSocket(ctx, config, target)
	if err != nil {
		return nil, err
	}
	c := &Conn{
		config:    config,
		socket:    socket,
		wire:      wire,
		outgoing:  make(chan outgoing),
		ended:     make(chan struct{}),
		waiting:   map[int64]chan acknowledgement{},
		listeners: map[*listener]bool{},
	}
	if err := c.handshake(ctx); err != nil {
		_ = socket.CloseNow()
		return nil, err
	}
	c.goroutines.Add(2)
	go c.readAll()
	go c.writeAll()
	return c, nil
}

func dialSocket(ctx context.Context, config Config, target string) (*websocket.Conn, io.Closer, error) {
	transport := &upgrade{next: config.Transport}
	socket, response, err := websocket.Dial(ctx, target, &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader: config.Header,
	})
	if err == nil {
		socket.SetReadLimit(config.MaxMessage)
		return socket, transport.wire, nil
	}
	if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(response.Body) // in memory already
		_ = response.Body.Close()
		return nil, nil, &HandshakeError{Status: response.StatusCode, Body: string(body), Location: redirection(response)}
	}
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	// net/http puts the URL into its errors, with its query.
	var located *url.Error
	if errors.As(err, &located) {
		err = located.Err
	}
	return nil, nil, err
}

// redirection is where a redirect points to, without what may hold a secret.
func redirection(response *http.Response) string {
	if response.StatusCode < 300 || response.StatusCode >= 400 {
		return ""
	}
	target, err := url.Parse(response.Header.Get("Location"))
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: target.Scheme, Host: target.Host, Path: target.Path}).String()
}

// upgrade remembers the connection that becomes a websocket, whose own Close may
// wait for the server for seconds.
type upgrade struct {
	next http.RoundTripper
	wire io.Closer
}

func (u *upgrade) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := u.next.RoundTrip(r)
	if err == nil {
		u.wire = response.Body
	}
	return response, err
}

// handshake waits for Engine.IO's open packet, asks for the default namespace and
// waits for the answer. Whatever else arrives meanwhile is passed over.
func (c *Conn) handshake(ctx context.Context) error {
	if err := c.readUntil(ctx, func(text []byte) (bool, error) { return c.opens(text), nil }); err != nil {
		return err
	}
	connect, err := encodeConnect(c.config.Auth)
	if err != nil {
		return err
	}
	if err := c.socket.Write(ctx, websocket.MessageText, connect); err != nil {
		return c.broken(ctx, err)
	}
	return c.readUntil(ctx, c.begins)
}

// readUntil shows the messages to a step of the handshake until that is done.
func (c *Conn) readUntil(ctx context.Context, step func(text []byte) (done bool, err error)) error {
	for {
		kind, text, err := c.socket.Read(ctx)
		switch {
		case err != nil:
			return c.broken(ctx, err)
		case kind != websocket.MessageText || len(text) == 0:
			continue
		case text[0] == enginePing:
			if err := c.socket.Write(ctx, websocket.MessageText, pong(text)); err != nil {
				return c.broken(ctx, err)
			}
		case text[0] == engineClose:
			return ErrDisconnected
		}
		if done, err := step(text); done || err != nil {
			return err
		}
	}
}

const (
	// What npm's server says unless it is told otherwise.
	defaultPingInterval = 25 * time.Second
	defaultPingTimeout  = 20 * time.Second
	maxPing             = 10 * time.Minute
)

// opens reads the open packet: 0{"sid","upgrades","pingInterval","pingTimeout","maxPayload"},
// times in milliseconds. Values that make no sense are passed over.
func (c *Conn) opens(text []byte) bool {
	var open map[string]json.RawMessage
	if text[0] != engineOpen || json.Unmarshal(text[1:], &open) != nil {
		return false
	}
	c.silence = milliseconds(open["pingInterval"], defaultPingInterval) + milliseconds(open["pingTimeout"], defaultPingTimeout)
	c.maxPayload = max(0, wholeNumber(open["maxPayload"]))
	return true
}

func milliseconds(value json.RawMessage, fallback time.Duration) time.Duration {
	number := wholeNumber(value)
	if number <= 0 {
		return fallback
	}
	return time.Duration(min(number, maxPing.Milliseconds())) * time.Millisecond
}

// wholeNumber is 0 for whatever is none.
func wholeNumber(value json.RawMessage) int64 {
	var number int64
	if json.Unmarshal(value, &number) != nil {
		return 0
	}
	return number
}

// begins reads the answer to the connect packet: 40{"sid"} or 44{"message","data"}.
func (c *Conn) begins(text []byte) (bool, error) {
	if text[0] != engineMessage {
		return false, nil
	}
	p, ok := decodePacket(text[1:])
	switch {
	case !ok || p.namespace != defaultNamespace:
	case p.kind == packetConnect:
		var session struct {
			ID string `json:"sid"`
		}
		_ = json.Unmarshal(p.payload, &session) // without an id the session is as good
		c.id = session.ID
		return true, nil
	case p.kind == packetConnectError:
		return false, connectError(p.payload)
	case p.kind == packetDisconnect:
		return false, ErrDisconnected
	}
	return false, nil
}

func connectError(payload []byte) error {
	var object struct {
		Message json.RawMessage `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	refused := &ConnectError{Message: string(payload)}
	if json.Unmarshal(payload, &object) == nil && len(object.Message) > 0 {
		refused.Message, refused.Data = string(object.Message), object.Data
		var words string
		if json.Unmarshal(object.Message, &words) == nil {
			refused.Message = words
		}
	}
	return refused
}

// pong answers a ping, with what it carried.
func pong(ping []byte) []byte { return append([]byte{enginePong}, ping[1:]...) }

// ID is the id of the session, which changes with every connection.
func (c *Conn) ID() string { return c.id }

// Done is closed when the session has ended.
func (c *Conn) Done() <-chan struct{} { return c.ended }

// Err is why the session ended; nil while it lasts.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close says goodbye, and returns when no goroutine of the connection is left.
// Calls that wait fail with ErrClosed.
func (c *Conn) Close() {
	if c.end(ErrClosed) {
		late := time.AfterFunc(closeTimeout, func() { _ = c.wire.Close() })
		defer late.Stop()
		_ = c.socket.Write(context.Background(), websocket.MessageText, encodeDisconnect())
		_ = c.socket.Close(websocket.StatusNormalClosure, "")
	}
	c.goroutines.Wait()
}

// end notes why the session ended, the first time.
func (c *Conn) end(err error) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	c.err = err
	close(c.ended)
	return true
}

// fail ends the session without a goodbye.
func (c *Conn) fail(err error) {
	if c.end(err) {
		_ = c.wire.Close()
	}
}

// readAll receives until the connection is gone. It must never wait for anything
// but the network: acks and pings come this way too.
func (c *Conn) readAll() {
	defer c.goroutines.Done()
	defer func() { _ = c.socket.CloseNow() }()
	silent := time.AfterFunc(c.silence, func() { c.fail(fmt.Errorf("%w for %s", ErrSilent, c.silence)) })
	defer silent.Stop()
	for {
		kind, text, err := c.socket.Read(context.Background())
		if err != nil {
			c.fail(c.broken(context.Background(), err))
			return
		}
		silent.Reset(c.silence)
		if kind == websocket.MessageText && len(text) > 0 {
			c.receive(text)
		}
	}
}

// broken is why a message could not be read or written.
func (c *Conn) broken(ctx context.Context, err error) error {
	var closed websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.StatusMessageTooBig:
		return fmt.Errorf("%w: the server closed the connection: %d %s", ErrTooLong, closed.Code, closed.Reason)
	case errors.As(err, &closed):
		return fmt.Errorf("%w: %d %s", ErrDisconnected, closed.Code, closed.Reason)
	case errors.Is(err, websocket.ErrMessageTooBig):
		return fmt.Errorf("%w: the server sent more than %d bytes at once", ErrTooLong, c.config.MaxMessage)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w without a goodbye", ErrDisconnected)
	}
	return fmt.Errorf("the connection broke: %w", root(err))
}

// root is what an error began with; the layers of the websocket say nothing to a
// user.
func root(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

func (c *Conn) receive(text []byte) {
	switch text[0] {
	case enginePing:
		c.post(pong(text))
	case engineClose:
		c.fail(ErrDisconnected)
	case engineMessage:
		p, ok := decodePacket(text[1:])
		if ok && p.namespace == defaultNamespace {
			c.receivePacket(p)
		}
	}
}

func (c *Conn) receivePacket(p packet) {
	switch p.kind {
	case packetDisconnect:
		c.fail(ErrDisconnected)
	case packetEvent:
		if event, err := p.event(); err == nil {
			c.dispatch(event)
		}
		// The server is not left waiting, whatever it sent.
		if p.id != noID {
			c.post(encodeEmptyAck(p.id))
		}
	case packetAck:
		arguments, err := p.arguments()
		if err != nil {
			err = ErrBadAck
		}
		c.settle(p.id, acknowledgement{arguments, err})
	case packetBinaryAck:
		c.settle(p.id, acknowledgement{nil, ErrBadAck})
	}
}

// writeAll writes what the calls hand over, one after another.
func (c *Conn) writeAll() {
	defer c.goroutines.Done()
	for {
		select {
		case message := <-c.outgoing:
			err := c.write(message.text)
			if err != nil {
				c.fail(err) // first, so that whoever waits finds out why
			}
			message.written <- err
		case <-c.ended:
			return
		}
	}
}

func (c *Conn) write(text []byte) error {
	late := time.AfterFunc(c.config.WriteTimeout, func() {
		c.fail(fmt.Errorf("%w: %s", errWriteTimeout, c.config.WriteTimeout))
	})
	defer late.Stop()
	if err := c.socket.Write(context.Background(), websocket.MessageText, text); err != nil {
		return c.broken(context.Background(), err)
	}
	return nil
}

// post hands a message over and does not wait until it is written.
func (c *Conn) post(text []byte) {
	select {
	case c.outgoing <- outgoing{text, make(chan error, 1)}:
	case <-c.ended:
	}
}
