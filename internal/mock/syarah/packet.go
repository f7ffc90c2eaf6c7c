package syarah

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The packets of Socket.IO 5 that are spoken: those without binary parts (§6).
const (
	packetConnect      = '0'
	packetDisconnect   = '1'
	packetEvent        = '2'
	packetAck          = '3'
	packetConnectError = '4'
)

// rootNamespace is the only namespace.
const rootNamespace = "/"

// reservedEvents cannot be emitted.
var reservedEvents = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

// A packet is one Socket.IO packet. What it carries depends on its kind.
type packet struct {
	kind      byte
	namespace string
	id        *uint64           // of events that want an ack, and of acks
	auth      json.RawMessage   // CONNECT: an object, or nothing
	event     string            // EVENT
	args      []json.RawMessage // EVENT, without the name, and ACK
}

var errNoPacket = errors.New("it is no Socket.IO packet")

// decode reads a packet of a client.
func decode(text string) (packet, error) {
	if text == "" {
		return packet{}, errNoPacket
	}
	p := packet{kind: text[0], namespace: rootNamespace}
	rest := text[1:]
	if strings.HasPrefix(rest, "/") {
		p.namespace, rest, _ = strings.Cut(rest, ",")
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits > 0 {
		id, err := strconv.ParseUint(rest[:digits], 10, 64)
		if err != nil {
			return packet{}, fmt.Errorf("its id is too large: %w", err)
		}
		p.id, rest = &id, rest[digits:]
	}
	return p, p.decodePayload(rest)
}

// decodePayload reads what stands behind the head.
func (p *packet) decodePayload(rest string) error {
	switch p.kind {
	case packetConnect:
		if rest == "" {
			return nil
		}
		var auth map[string]any
		if err := json.Unmarshal([]byte(rest), &auth); err != nil {
			return err
		}
		if auth == nil { // null
			return errNoPacket
		}
		p.auth = json.RawMessage(rest)
		return nil
	case packetDisconnect:
		if rest != "" {
			return errNoPacket
		}
		return nil
	case packetEvent, packetAck:
		if err := json.Unmarshal([]byte(rest), &p.args); err != nil {
			return err
		}
		if p.args == nil { // null
			return errNoPacket
		}
		if p.kind == packetEvent {
			return p.takeName()
		}
		return nil
	}
	return errNoPacket
}

// takeName moves the name of an event out of its arguments. npm socket.io lets
// it be a number, too; nobody hears that one.
func (p *packet) takeName() error {
	if len(p.args) == 0 {
		return errNoPacket
	}
	var name any
	if err := json.Unmarshal(p.args[0], &name); err != nil {
		return err
	}
	switch name := name.(type) {
	case string:
		p.event = name
	case float64:
		p.event = string(p.args[0])
	default:
		return errNoPacket
	}
	if slices.Contains(reservedEvents, p.event) {
		return errNoPacket
	}
	p.args = p.args[1:]
	return nil
}

// eventPacket renders an event of the server.
func eventPacket(event string, argument any) string {
	return string(packetEvent) + marshal([]any{event, argument})
}

// ackPacket renders the ack of an event.
func ackPacket(id uint64, args ...any) string {
	if args == nil {
		args = []any{}
	}
	return string(packetAck) + strconv.FormatUint(id, 10) + marshal(args)
}

// connectErrorPacket refuses a CONNECT.
func connectErrorPacket(namespace string, reason any) string {
	if namespace == rootNamespace {
		return string(packetConnectError) + marshal(reason)
	}
	return string(packetConnectError) + namespace + "," + marshal(reason)
}

// marshal renders what the mock has built, which always can be JSON.
func marshal(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
