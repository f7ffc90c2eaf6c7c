package engineio

import (
	"context"
	"net/http"

	"github.com/coder/websocket"
)

// serveWebSocket serves a websocket until it ends: that of a new connection,
// or one that a polling connection wants to move to.
func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request, c *Conn) {
	socket := accept(w, r)
	if socket == nil {
		return
	}
	defer func() { _ = socket.CloseNow() }()
	if c == nil {
		c = s.open(WebSocket, r.URL.Query())
	} else if !c.upgrade(socket) {
		return
	}
	s.running.Go(func() { c.write(socket) })
	c.read(socket)
}

// upgrade moves a polling connection to the websocket: the client probes it,
// the waiting poll ends, the client says so. It reports false when that fails;
// then the connection goes on polling.
func (c *Conn) upgrade(socket *websocket.Conn) bool {
	c.mutex.Lock()
	allowed := !c.upgrading && c.transport == Polling
	c.upgrading = c.upgrading || allowed
	c.mutex.Unlock()
	if !allowed {
		return false
	}
	done := c.probe(socket)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.upgrading = false
	if done {
		c.transport = WebSocket
	} else {
		c.probed = make(chan struct{})
	}
	return done
}

func (c *Conn) probe(socket *websocket.Conn) bool {
	const probe = "probe"
	ctx, cancel := context.WithTimeout(c.ctx, upgradeTime)
	defer cancel()
	if _, packet, err := socket.Read(ctx); err != nil || string(packet) != packetPing+probe {
		return false
	}
	if err := socket.Write(ctx, websocket.MessageText, []byte(packetPong+probe)); err != nil {
		return false
	}
	close(c.probed) // only upgrade replaces it, which does not run twice
	_, packet, err := socket.Read(ctx)
	return err == nil && string(packet) == packetUpgrade
}

// read hands on what the client sends until the websocket ends.
func (c *Conn) read(socket *websocket.Conn) {
	socket.SetReadLimit(c.settings.MaxPayload)
	for {
		kind, packet, err := socket.Read(c.ctx)
		if err != nil {
			c.end(errLeft)
			return
		}
		if kind != websocket.MessageText {
			c.Close() // binary messages are not spoken
			continue
		}
		c.receive(string(packet))
	}
}

// write sends what there is to send until the websocket ends.
func (c *Conn) write(socket *websocket.Conn) {
	for {
		for _, packet := range c.take() {
			if err := socket.Write(c.ctx, websocket.MessageText, []byte(packet)); err != nil {
				c.end(errLeft)
				return
			}
		}
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			return
		case <-c.closing:
			for _, packet := range c.take() {
				_ = socket.Write(c.ctx, websocket.MessageText, []byte(packet))
			}
			_ = socket.Close(websocket.StatusNormalClosure, "")
			c.end(errServerClosed)
			return
		}
	}
}
