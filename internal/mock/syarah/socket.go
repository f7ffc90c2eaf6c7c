package syarah

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah/engineio"
)

// clientType is what clientStatus tells of every client; its values are not
// documented (§5).
const clientType = "web"

// A socket is a connection that has connected on the Socket.IO level.
type socket struct {
	id         string // not the session id of the connection (§6)
	connection *engineio.Conn
	userID     string         // of the query: it says who is online
	token      string         // of auth, "" without
	rooms      map[int]string // by chat that was joined: the user who views it
}

// Opened waits for the CONNECT of a connection, and closes one that sends none.
func (b *backend) Opened(connection *engineio.Conn) {
	b.mutex.Lock()
	patience := milliseconds(b.settings.ConnectTimeoutMS)
	b.mutex.Unlock()
	connection.Go(func() {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-connection.Context().Done():
			return
		case <-timer.C:
		}
		if b.socket(connection) == nil {
			connection.Close()
		}
	})
}

// Received handles one Socket.IO packet. Like npm socket.io, it closes the
// connection on what it does not understand.
func (b *backend) Received(connection *engineio.Conn, message string) {
	p, err := decode(message)
	if err != nil {
		connection.Close()
		return
	}
	s := b.socket(connection)
	switch {
	case p.kind == packetConnect && p.namespace != rootNamespace:
		connection.Send(connectErrorPacket(p.namespace, map[string]any{"message": "Invalid namespace"}))
	case p.kind == packetConnect && s == nil:
		b.connect(connection, p)
	case p.kind == packetConnect, p.namespace != rootNamespace, s == nil:
		connection.Close()
	case p.kind == packetEvent:
		b.emit(s, p)
	case p.kind == packetAck:
		b.acknowledged(s, p)
	case p.kind == packetDisconnect:
		b.leave(connection)
	}
}

// Closed forgets the socket of a connection.
func (b *backend) Closed(connection *engineio.Conn) { b.leave(connection) }

// socket returns the socket of a connection, or nil.
func (b *backend) socket(connection *engineio.Conn) *socket {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.sockets[connection]
}

// connect answers a CONNECT: with the id of the new socket, or with a
// connect_error.
func (b *backend) connect(connection *engineio.Conn, p packet) {
	s := &socket{id: rand.Text()[:20], connection: connection, rooms: map[int]string{}}
	e := newEmission(connection, methodConnect, "", p.auth)
	e.serve = func(w http.ResponseWriter, r *http.Request) {
		if refused := b.checkConnect(s, readBody(r)); refused != nil {
			writeJSON(w, refused.status, map[string]any{"message": refused.message, "data": map[string]any{"status": refused.status}})
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"sid": s.id})
	}
	e.finish = func() {
		if reason, failed := e.failed("message"); failed {
			connection.Send(connectErrorPacket(rootNamespace, reason))
		} else if e.body.Len() > 0 {
			b.enter(s, strings.TrimSpace(e.body.String()))
		}
	}
	b.process(e)
}

// checkConnect checks the query and auth of a new socket (§2).
func (b *backend) checkConnect(s *socket, auth []byte) *answer {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	s.userID = strings.ToLower(s.connection.Query().Get("userId"))
	switch {
	case s.userID == "":
		return invalid("userId is required")
	case !guidPattern.MatchString(s.userID):
		return invalid("userId must be a GUID")
	}
	payload, _ := readPayload(auth) // decode has seen that it is an object
	given, refused := read(payload, false, []field{{b.settings.AuthKey, text, optional}})
	if refused != nil {
		return refused
	}
	if s.token = given.text(b.settings.AuthKey); s.token == "" || b.settings.AuthOff || b.settings.LateAuth {
		return nil
	}
	u, refused := b.userOf(s.token)
	if refused == nil && b.settings.CheckUserID && u.ID != s.userID {
		refused = failure(http.StatusForbidden, "The userId is not that of the access token")
	}
	return refused
}

// enter lets a socket in, and tells the others who is online.
func (b *backend) enter(s *socket, hello string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if s.connection.Context().Err() != nil || b.sockets[s.connection] != nil {
		return
	}
	if !b.online(s.userID) {
		b.tellStatus(s.userID, true)
	}
	b.sockets[s.connection] = s
	s.connection.Send(string(packetConnect) + hello)
}

// leave forgets a socket with all that it viewed, and tells the others who is
// no longer online.
func (b *backend) leave(connection *engineio.Conn) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	s := b.sockets[connection]
	if s == nil {
		return
	}
	delete(b.sockets, connection)
	if !b.online(s.userID) {
		b.tellStatus(s.userID, false)
	}
}

// tellStatus broadcasts clientStatus to all sockets (§5).
func (b *backend) tellStatus(userID string, active bool) {
	status := eventPacket("clientStatus", map[string]any{"userId": userID, "clientType": clientType, "activeNow": active})
	for _, s := range b.sockets {
		s.connection.Send(status)
	}
}

// online reports whether the user has a socket (§4).
func (b *backend) online(userID string) bool {
	for _, s := range b.sockets {
		if s.userID == userID {
			return true
		}
	}
	return false
}

// views reports whether a socket of the user has joined the room of a chat.
func (b *backend) views(userID string, chatID int) bool {
	for _, s := range b.sockets {
		if s.rooms[chatID] == userID {
			return true
		}
	}
	return false
}

// emit answers an event.
func (b *backend) emit(s *socket, p packet) {
	e := newEmission(s.connection, methodEmit, p.event, payload(p.args))
	e.serve = func(w http.ResponseWriter, r *http.Request) {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		c := &call{backend: b, request: r, socket: s, emission: e}
		writeEvent(w, c.serveEvent(p.event, readBody(r)))
	}
	e.finish = func() { b.acknowledge(e, p) }
	b.process(e)
}

// payload is the body under which an event is logged: its argument, or all of
// them when there are more than the one that events take.
func payload(args []json.RawMessage) []byte {
	switch len(args) {
	case 0:
		return nil
	case 1:
		return args[0]
	}
	return []byte(marshal(args))
}

// acknowledge sends what the sender of an event hears: its own broadcasts, then
// the ack.
func (b *backend) acknowledge(e *emission, p packet) {
	known, found := events[p.event]
	if !found {
		return // as on npm socket.io
	}
	b.mutex.Lock()
	settings := b.settings
	b.mutex.Unlock()
	acked := p.id != nil && !settings.NoAcks && (known.acked || settings.AckWrites)
	if reason, failed := e.failed("error"); failed {
		switch {
		case settings.SocketErrors == "exception":
			e.connection.Send(eventPacket("exception", map[string]any{"status": "error", "message": messageOf(reason)}))
		case settings.SocketErrors == "" && acked:
			e.connection.Send(ackPacket(*p.id, reason))
		}
		return
	}
	args, answered := e.arguments()
	if !answered {
		return
	}
	for _, broadcast := range e.own {
		e.connection.Send(broadcast)
	}
	if acked {
		e.connection.Send(ackPacket(*p.id, args...))
	}
}

// messageOf takes the message out of an {error}.
func messageOf(reason any) any {
	var failure struct{ Error any }
	if json.Unmarshal([]byte(marshal(reason)), &failure) == nil && failure.Error != nil {
		return failure.Error
	}
	return reason
}

// acknowledged logs an ack of the client.
func (b *backend) acknowledged(s *socket, p packet) {
	path := ""
	if p.id != nil {
		path = strconv.FormatUint(*p.id, 10)
	}
	e := newEmission(s.connection, methodAck, path, payload(p.args))
	e.serve = func(http.ResponseWriter, *http.Request) {}
	e.finish = func() {}
	b.process(e)
}

// broadcast sends an event to the sockets that have joined the chat's room. To
// the sender it goes before the ack, if at all.
func (c *call) broadcast(chatID int, event string, argument any, toSender bool) {
	text := eventPacket(event, argument)
	for _, s := range c.sockets {
		switch {
		case s.rooms[chatID] == "":
		case s != c.socket:
			s.connection.Send(text)
		case toSender && !c.settings.SkipSender:
			c.emission.own = append(c.emission.own, text)
		}
	}
}
