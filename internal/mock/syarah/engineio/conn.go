package engineio

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"
)

// The packets of Engine.IO 4, by their first character.
const (
	packetOpen    = "0"
	packetClose   = "1"
	packetPing    = "2"
	packetPong    = "3"
	packetMessage = "4"
	packetUpgrade = "5"
	packetNoop    = "6"
)

// Why a connection has ended.
var (
	errCut          = errors.New("the connection was cut")
	errClientClosed = errors.New("the client has closed the connection")
	errServerClosed = errors.New("the server has closed the connection")
	errNoPong       = errors.New("the client has not answered a ping")
	errOverlap      = errors.New("the client has polled twice at once")
	errLeft         = errors.New("the client has left")
)

// A Conn is one connection, whatever transport it has at the moment.
type Conn struct {
	id       string
	query    url.Values
	server   *Server
	settings Settings

	ctx     context.Context
	cancel  context.CancelCauseFunc
	once    sync.Once
	closing chan struct{} // closed by Close
	wake    chan struct{} // there is something to send
	pong    chan struct{}

	mutex     sync.Mutex // guards what follows
	queue     []string   // packets to be sent
	transport string
	upgrading bool
	probed    chan struct{} // closed when polls must end for an upgrade
	polling   bool          // a GET is waiting
	posting   bool          // a POST is read
}

// Query is that of the handshake.
func (c *Conn) Query() url.Values { return c.query }

// Context ends with the connection.
func (c *Conn) Context() context.Context { return c.ctx }

// Transport is Polling or WebSocket.
func (c *Conn) Transport() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.transport
}

// Send sends a message. It does not wait.
func (c *Conn) Send(message string) { c.SendPacket(packetMessage + message) }

// SendPacket sends a packet of any type, well formed or not.
func (c *Conn) SendPacket(packet string) {
	c.mutex.Lock()
	c.queue = append(c.queue, packet)
	c.mutex.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Close sends what is waiting and ends the connection as the protocol wants.
// It does not wait. What the client sends meanwhile is ignored.
func (c *Conn) Close() { c.once.Do(func() { close(c.closing) }) }

// Cut ends the connection at once, as a broken network does.
func (c *Conn) Cut() { c.end(errCut) }

// Go runs something that Server.Close waits for. It must end with the
// connection. To be called by handlers only.
func (c *Conn) Go(run func()) { c.server.running.Go(run) }

func (c *Conn) end(cause error) { c.cancel(cause) }

func (c *Conn) isOver(cause error) bool { return errors.Is(context.Cause(c.ctx), cause) }

// take returns the packets to be sent.
func (c *Conn) take() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	packets := c.queue
	c.queue = nil
	return packets
}

// live sends pings, waits for pongs, and leaves when the connection is over.
func (c *Conn) live() {
	defer c.server.forget(c)
	for {
		if !c.pause(c.settings.PingInterval) {
			return
		}
		if c.settings.NoPings {
			continue
		}
		select { // a pong that nobody has asked for
		case <-c.pong:
		default:
		}
		c.SendPacket(packetPing)
		timeout := time.NewTimer(c.settings.PingTimeout)
		select {
		case <-c.pong:
		case <-timeout.C:
			c.end(errNoPong)
		case <-c.ctx.Done():
		}
		timeout.Stop()
	}
}

// pause waits, and reports false when the connection is over. A connection
// that closes has no longer than the time for a pong.
func (c *Conn) pause(duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return c.ctx.Err() == nil
	case <-c.ctx.Done():
		return false
	case <-c.closing:
	}
	timer.Reset(c.settings.PingTimeout)
	select {
	case <-timer.C:
		c.end(errServerClosed)
	case <-c.ctx.Done():
	}
	return false
}

// receive handles one packet of the client.
func (c *Conn) receive(packet string) {
	select {
	case <-c.closing:
		return
	case <-c.ctx.Done():
		return
	default:
	}
	if packet == "" {
		c.Close()
		return
	}
	switch packet[:1] {
	case packetMessage:
		c.server.handler.Received(c, packet[1:])
	case packetPong:
		select {
		case c.pong <- struct{}{}:
		default:
		}
	case packetClose:
		c.end(errClientClosed)
	case packetOpen, packetUpgrade, packetNoop:
	default:
		// Pings come from the server since version 4; binary messages are
		// not spoken; the rest is no packet.
		c.Close()
	}
}
