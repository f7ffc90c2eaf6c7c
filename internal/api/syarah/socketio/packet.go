package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// The first byte of a frame is its Engine.IO type (syarah-api.md §6 [tested]).
const (
	engineOpen    = '0'
	engineClose   = '1'
	enginePing    = '2'
	enginePong    = '3'
	engineMessage = '4' // holds a Socket.IO packet
)

// The first byte of a Socket.IO packet is its type (syarah-api.md §6 [tested]).
const (
	packetConnect      = '0'
	packetDisconnect   = '1'
	packetEvent        = '2'
	packetAck          = '3'
	packetConnectError = '4'
	packetBinaryEvent  = '5'
	packetBinaryAck    = '6'
)

const (
	defaultNamespace = "/"
	noID             = -1
	// An ack id of ours never has more digits, and 18 fit into an int64.
	maxIDDigits = 18
)

// packet is a Socket.IO packet: <type>[<attachments>-][<namespace>,][<id>][JSON].
type packet struct {
	kind      byte
	namespace string
	id        int64  // of an ack, or of an event that asks for one; noID otherwise
	payload   []byte // JSON that nobody has checked; empty for none
}

var errPayload = errors.New("the payload is not what the packet promises")

// decodePacket takes a packet apart, if it is one. It does not look into the
// payload, so that an ack with a broken one still finds the call that waits for it.
func decodePacket(text []byte) (p packet, ok bool) {
	if len(text) == 0 || text[0] < packetConnect || text[0] > packetBinaryAck {
		return packet{}, false
	}
	p = packet{kind: text[0], namespace: defaultNamespace, id: noID}
	text = text[1:]
	if p.kind == packetBinaryEvent || p.kind == packetBinaryAck {
		attachments, rest, found := bytes.Cut(text, []byte("-"))
		if !found || digits(attachments) != len(attachments) {
			return packet{}, false
		}
		text = rest
	}
	if bytes.HasPrefix(text, []byte("/")) {
		namespace, rest, _ := bytes.Cut(text, []byte(","))
		p.namespace, text = string(namespace), rest
	}
	if n := digits(text); n > 0 {
		id, err := strconv.ParseInt(string(text[:n]), 10, 64)
		if err != nil || n > maxIDDigits {
			return packet{}, false
		}
		p.id, text = id, text[n:]
	}
	p.payload = text
	return p, true
}

// digits is how many digits a text begins with.
func digits(text []byte) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// arguments reads the payload of an ack: a JSON array, which may be empty.
func (p packet) arguments() ([]json.RawMessage, error) {
	var arguments []json.RawMessage
	if err := json.Unmarshal(p.payload, &arguments); err != nil || arguments == nil {
		return nil, errPayload
	}
	return arguments, nil
}

// event reads the payload of an event: a JSON array that begins with its name.
func (p packet) event() (Event, error) {
	arguments, err := p.arguments()
	if err != nil || len(arguments) == 0 {
		return Event{}, errPayload
	}
	var name *string
	if json.Unmarshal(arguments[0], &name) != nil || name == nil {
		return Event{}, errPayload
	}
	return Event{Name: *name, Arguments: arguments[1:]}, nil
}

// encodeConnect writes the packet that asks for the default namespace.
func encodeConnect(auth any) ([]byte, error) {
	text := []byte{engineMessage, packetConnect}
	if auth == nil {
		return text, nil
	}
	payload, err := json.Marshal(auth)
	if err != nil {
		return nil, fmt.Errorf("the credentials cannot be written as JSON: %w", err)
	}
	return append(text, payload...), nil
}

// encodeEvent writes an event; id is noID when no ack is wanted.
func encodeEvent(id int64, name string, arguments []any) ([]byte, error) {
	payload, err := json.Marshal(append([]any{name}, arguments...))
	if err != nil {
		return nil, fmt.Errorf("the arguments cannot be written as JSON: %w", err)
	}
	text := []byte{engineMessage, packetEvent}
	if id != noID {
		text = strconv.AppendInt(text, id, 10)
	}
	return append(text, payload...), nil
}

// encodeEmptyAck writes an ack without arguments.
func encodeEmptyAck(id int64) []byte {
	return append(strconv.AppendInt([]byte{engineMessage, packetAck}, id, 10), "[]"...)
}

func encodeDisconnect() []byte { return []byte{engineMessage, packetDisconnect} }
