package syarah

import (
	"fmt"
	"testing"
)

func TestDecode(t *testing.T) {
	for text, want := range map[string]string{
		`0`:                      `0 / -  "" []`,
		`0{"a":1}`:               `0 / - {"a":1} "" []`,
		`0/admin,{"a":1}`:        `0 /admin - {"a":1} "" []`,
		`0/admin,`:               `0 /admin -  "" []`,
		`0/admin`:                `0 /admin -  "" []`,
		`1`:                      `1 / -  "" []`,
		`1/admin,`:               `1 /admin -  "" []`,
		`2["x"]`:                 `2 / -  "x" []`,
		`20["x",{"a":[1]}]`:      `2 / 0  "x" [{"a":[1]}]`,
		`2/admin,12["x",1,null]`: `2 /admin 12  "x" [1 null]`,
		`2[7,"x"]`:               `2 / -  "7" ["x"]`,
		`37[]`:                   `3 / 7  "" []`,
		`3[1,"x"]`:               `3 / -  "" [1 "x"]`,
	} {
		p, err := decode(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		id := "-"
		if p.id != nil {
			id = fmt.Sprint(*p.id)
		}
		if got := fmt.Sprintf("%c %s %s %s %q %s", p.kind, p.namespace, id, p.auth, p.event, p.args); got != want {
			t.Errorf("%s is read as %s, want %s", text, got, want)
		}
	}
}

func TestEncode(t *testing.T) {
	for got, want := range map[string]string{
		eventPacket("x", map[string]any{"a": 1}): `2["x",{"a":1}]`,
		eventPacket("x", 7):                      `2["x",7]`,
		ackPacket(12):                            `312[]`,
		ackPacket(0, nil, "a"):                   `30[null,"a"]`,
		connectErrorPacket("/", "no"):            `4"no"`,
		connectErrorPacket("/admin", "no"):       `4/admin,"no"`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever comes is understood or refused, and what is understood as an event
// is the same when it is written and read again.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`0{"accessToken":"x"}`, `421["x",{}]`, `2/n,1["x"]`, `3[1]`, `1`, `2[1.5e3]`, `299999999999999999999[]`, `51-["x",{"_placeholder":true}]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := decode(text)
		if err != nil || p.kind != packetEvent || len(p.args) != 1 {
			return
		}
		again, err := decode(eventPacket(p.event, p.args[0]))
		if err != nil || again.event != p.event || marshal(again.args) != marshal(p.args) {
			t.Errorf("%q is read as %+v, and again as %+v (%v)", text, p, again, err)
		}
	})
}
