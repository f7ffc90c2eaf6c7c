package socketio

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestDecodePacket(t *testing.T) {
	for text, want := range map[string]packet{
		`0{"sid":"x"}`:                {packetConnect, "/", noID, []byte(`{"sid":"x"}`)},
		`0/admin,{"sid":"x"}`:         {packetConnect, "/admin", noID, []byte(`{"sid":"x"}`)},
		`1`:                           {packetDisconnect, "/", noID, nil},
		`1/admin,`:                    {packetDisconnect, "/admin", noID, nil},
		`1/admin`:                     {packetDisconnect, "/admin", noID, nil},
		`2["a",1]`:                    {packetEvent, "/", noID, []byte(`["a",1]`)},
		`212["a"]`:                    {packetEvent, "/", 12, []byte(`["a"]`)},
		`2/admin,12["a"]`:             {packetEvent, "/admin", 12, []byte(`["a"]`)},
		`30[]`:                        {packetAck, "/", 0, []byte(`[]`)},
		`3[]`:                         {packetAck, "/", noID, []byte(`[]`)},
		`4{"message":"no"}`:           {packetConnectError, "/", noID, []byte(`{"message":"no"}`)},
		`51-["a",{"num":0}]`:          {packetBinaryEvent, "/", noID, []byte(`["a",{"num":0}]`)},
		`62-/admin,7[{"num":0}]`:      {packetBinaryAck, "/admin", 7, []byte(`[{"num":0}]`)},
		`3123456789012345678[1]`:      {packetAck, "/", 123456789012345678, []byte(`[1]`)},
		`37{"not":"checked`:           {packetAck, "/", 7, []byte(`{"not":"checked`)},
		"2[\"a\",\"\u2028 \\ud800\"]": {packetEvent, "/", noID, []byte("[\"a\",\"\u2028 \\ud800\"]")},
	} {
		got, ok := decodePacket([]byte(text))
		if !ok || got.kind != want.kind || got.namespace != want.namespace || got.id != want.id || !bytes.Equal(got.payload, want.payload) {
			t.Errorf("%s: got %c %q %d %s, %v", text, got.kind, got.namespace, got.id, got.payload, ok)
		}
	}
	for _, text := range []string{``, `7`, `x`, ` 2["a"]`, `5["a"]`, `5-`, `6x-[]`, `31234567890123456789[]`} {
		got, ok := decodePacket([]byte(text))
		if ok != (text == `5-`) {
			t.Errorf("%q: got %+v, %v", text, got, ok)
		}
	}
}

func TestEventsHaveANameAndArguments(t *testing.T) {
	event, err := packet{payload: []byte(`["message",{"a":[1]},null]`)}.event()
	if err != nil || event.Name != "message" || len(event.Arguments) != 2 || string(event.Arguments[0]) != `{"a":[1]}` {
		t.Errorf("got %+v, %v", event, err)
	}
	for _, payload := range []string{``, `null`, `{}`, `"a"`, `[]`, `[1]`, `[null]`, `["a"`, `["a"]x`} {
		if event, err := (packet{payload: []byte(payload)}).event(); err == nil {
			t.Errorf("%s: got %+v", payload, event)
		}
	}
}

func TestEncode(t *testing.T) {
	for want, got := range map[string]func() ([]byte, error){
		`40`:                     func() ([]byte, error) { return encodeConnect(nil) },
		`40{"token":"x"}`:        func() ([]byte, error) { return encodeConnect(map[string]string{"token": "x"}) },
		`42["a"]`:                func() ([]byte, error) { return encodeEvent(noID, "a", nil) },
		`420["a",1,{"b":"\"c"}]`: func() ([]byte, error) { return encodeEvent(0, "a", []any{1, map[string]string{"b": `"c`}}) },
		`4312[]`:                 func() ([]byte, error) { return encodeEmptyAck(12), nil },
		`41`:                     func() ([]byte, error) { return encodeDisconnect(), nil },
		`3probe`:                 func() ([]byte, error) { return pong([]byte("2probe")), nil },
	} {
		if text, err := got(); err != nil || string(text) != want {
			t.Errorf("got %s, %v, want %s", text, err, want)
		}
	}
	if text, err := encodeEvent(0, "a", []any{func() {}}); err == nil {
		t.Errorf("got %s", text)
	}
	if text, err := encodeConnect(func() {}); err == nil {
		t.Errorf("got %s", text)
	}
}

// Whatever arrives is taken apart without a panic, and what we write is read as
// it was meant.
func FuzzDecodePacket(f *testing.F) {
	for _, text := range []string{
		``, `0{"sid":"x"}`, `1`, `2["a",1]`, `212["a"]`, `2/n,12["a"]`, `30[]`, `4{"message":"x"}`, `51-["a",{"_placeholder":true,"num":0}]`,
		`61-0[{"_placeholder":true}]`, `3-1[]`, `2[[[[`, `2["\ud800"]`, `39999999999999999999[]`, `44/x,{"message":1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, ok := decodePacket(text)
		if !ok {
			return
		}
		if p.namespace == "" || p.id < noID {
			t.Errorf("got %+v", p)
		}
		_ = connectError(p.payload).Error()
		event, err := p.event()
		if err != nil {
			return
		}
		arguments := make([]any, len(event.Arguments))
		for i, argument := range event.Arguments {
			if !json.Valid(argument) {
				t.Errorf("argument %d is %q", i, argument)
			}
			arguments[i] = argument
		}
		written, err := encodeEvent(7, event.Name, arguments)
		if err != nil {
			t.Fatal(err)
		}
		again, ok := decodePacket(written[1:])
		if !ok || again.id != 7 {
			t.Fatalf("%s: %+v", written, again)
		}
		if read, err := again.event(); err != nil || read.Name != event.Name || len(read.Arguments) != len(event.Arguments) {
			t.Errorf("%s: got %+v, %v", written, read, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	for _, text := range []string{openText, `0`, `0{}`, `0{"pingInterval":-1,"pingTimeout":1e300,"maxPayload":"x"}`, `0[]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 {
			return
		}
		var c Conn
		done := c.opens(text)
		if done != (c.silence > 0) || c.silence < 0 || c.silence > 2*maxPing || c.maxPayload < 0 {
			t.Errorf("got %v, silence %v, payload %d", done, c.silence, c.maxPayload)
		}
	})
}
