package syarah_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// An invented status is an error ack, and the event is not processed.
func TestErrorAcks(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	for body, want := range map[string]string{
		``:                          `[{"error":"Service Unavailable"}]`,
		`<html>starting</html>`:     `[{"error":"\u003chtml\u003estarting\u003c/html\u003e"}]`,
		`{"error":"try again"}`:     `[{"error":"try again"}]`,
		`{"error":{"code":"busy"}}`: `[{"error":{"code":"busy"}}]`,
	} {
		b.faults(control.FaultRule{Method: "EMIT", Path: "/joinRoom$", Status: 503, Body: body})
		c.ask("joinRoom", `{"otherUserId":"FRIEND"}`).equals(want)
	}
	if log := b.lastLogged(); log.Status != 503 || len(b.mock.Snapshot().Chats) != 0 {
		t.Errorf("the event was logged with the status %d, and the chats are %+v", log.Status, b.mock.Snapshot().Chats)
	}
	c.ask("getMyChats", "{}").equals("[[]]")
	b.set(syarah.Settings{SocketErrors: "exception"})
	for body, want := range map[string]string{`busy`: `"busy"`, `{"message":"busy"}`: `{"message":"busy"}`} {
		b.faults(control.FaultRule{Method: "EMIT", Status: 503, Body: body})
		c.emit("createMessage", `{}`)
		c.hears(`42["exception",{"message":` + want + `,"status":"error"}]`)
	}
}

// A body without a status changes the ack of what was done.
func TestChangedAcks(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	for body, want := range map[string]string{`{"joined":false}`: `[{"joined":false}]`, `null`: `[null]`, `undefined`: `[]`, `no JSON`: `["no JSON"]`} {
		b.faults(control.FaultRule{Path: "joinRoom", Body: body})
		c.ask("joinRoom", `{"otherUserId":"FRIEND"}`).equals(want)
	}
	if chats := b.mock.Snapshot().Chats; len(chats) != 1 {
		t.Errorf("the chats are %+v", chats)
	}
}

// An empty answer is no ack, and no broadcast to the sender either.
func TestLostAnswers(t *testing.T) {
	b := newBench(t)
	owner, friend := room(b)
	b.faults(control.FaultRule{Method: "EMIT", Path: "createMessage|leaveRoom", Empty: true})
	owner.emit("createMessage", sendHello)
	owner.send(owner.fill(`429["leaveRoom",{"chatHeaderId":CHAT}]`))
	owner.hears()
	if told := friend.told(); !strings.HasPrefix(told, `42["message",`) {
		t.Errorf("the friend heard %s", told)
	}
	for _, socket := range b.mock.Snapshot().Sockets {
		if socket.ID == owner.id && len(socket.Rooms) != 0 {
			t.Errorf("the owner is still in %v", socket.Rooms)
		}
	}
}

// A drop cuts the socket; after it the message is there, and the others have
// heard of it.
func TestDrops(t *testing.T) {
	for drop, want := range map[string]int{"before": 0, "after": 1} {
		b := newBench(t)
		owner, friend := room(b)
		b.faults(control.FaultRule{Method: "EMIT", Path: "createMessage", Drop: drop, Times: 1})
		owner.emit("createMessage", sendHello)
		owner.ends()
		friend.until(`42["clientStatus"`)
		if messages := b.mock.Snapshot().Messages; len(messages) != want {
			t.Errorf("drop %s: there are %d messages, want %d", drop, len(messages), want)
		}
		if got := len(friend.heard); got != want {
			t.Errorf("drop %s: the friend heard %q", drop, friend.heard)
		}
		if outcome := b.lastLogged().Outcome; outcome != "dropped "+drop+" the call was processed" {
			t.Errorf("drop %s: the outcome is %q", drop, outcome)
		}
		b.owner().ask("getMyChats", "{}").has("101", 0, 0, "chatHeaderId")
	}
}

// Handshakes and connects have their faults, too.
func TestFaultsOfConnections(t *testing.T) {
	b := newBench(t)
	url := b.server.URL + "/socket.io/?EIO=4&transport=websocket&userId=" + syarah.UserID
	for _, rule := range []control.FaultRule{{Status: 503}, {Status: 200}, {Drop: "before"}, {Drop: "after"}} {
		rule.Method, rule.Path = "GET", "^/socket.io/$"
		b.faults(rule)
		_, _, err := websocket.Dial(t.Context(), url, nil) //nolint:bodyclose // Dial leaves no body to close
		if err == nil || rule.Status != 0 && !strings.Contains(err.Error(), fmt.Sprint("got ", rule.Status)) {
			t.Errorf("with %+v the handshake ended with %v", rule, err)
		}
	}
	b.faults(control.FaultRule{Method: "CONNECT", Times: 1, Status: 429, Body: "Too many connections"})
	c := b.dial("&userId=" + syarah.UserID)
	c.send("40")
	if got := c.read(); got != `44{"message":"Too many connections"}` {
		t.Errorf("the connect was answered with %s", got)
	}
	b.faults(control.FaultRule{Method: "CONNECT", Times: 1, Empty: true})
	c.send("40")
	c.hears()
	b.faults(control.FaultRule{Method: "CONNECT", Times: 1, Drop: "after"})
	c.send("40")
	c.ends()
	if sockets := b.mock.Snapshot().Sockets; len(sockets) != 0 {
		t.Errorf("the sockets are %+v", sockets)
	}
	b.owner()
}

// An event that takes long is overtaken; one that does not keeps its place.
func TestLatency(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	b.faults(control.FaultRule{Path: "getMyFriendships", LatencyMS: 3600_000})
	c.send(`421["getMyFriendships",{}]`)
	c.ask("getMyChats", "{}").equals("[[]]")
	_ = c.socket.CloseNow() // ends the waiting, of which goleak would hear
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if outcome := b.mock.Requests()[2].Outcome; outcome == "the caller left before the answer" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the event goes on waiting: %+v", b.mock.Requests()[2])
		}
	}
	b.faults()
	b.mock.SetLatency(time.Millisecond)
	b.owner().ask("getMyChats", "{}").equals("[[]]")
}

// A reset is a restart: the sockets are cut, and the data is new.
func TestReset(t *testing.T) {
	b := newBench(t)
	owner, _ := room(b)
	owner.emit("createMessage", sendHello)
	owner.settle()
	user := b.mock.AddUser("New", "")
	b.set(syarah.Settings{NoAcks: true})
	b.faults(control.FaultRule{Status: 500})
	b.control("POST /_mock/reset", "").is(200)
	for { // the friend may be gone before the owner
		if _, err := owner.tryRead(); err != nil {
			break
		}
	}
	b.owner().ask("joinRoom", `{"otherUserId":"STRANGER"}`).has("101", 0, "chatHeaderId")
	if state := b.mock.Snapshot(); len(state.Users) != 7 || len(state.Messages) != 0 || len(state.Pushes) != 0 {
		t.Errorf("the state is %+v", state)
	}
	if again := b.mock.AddUser("New", ""); again != user {
		t.Errorf("after a reset the first new user is %s, want %s", again, user)
	}
}

func TestClose(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	b.mock.Close()
	c.ends()
	if status, _ := b.get("/socket.io/?EIO=4&transport=polling"); status != 503 {
		t.Errorf("a closed mock answered a handshake with %d", status)
	}
	b.rest("GET /api/chat/getChatHeaderAsync?user1Id=OWNER&user2Id=FRIEND", "", nil).is(200)
	b.mock.Close()
}

// Many sockets at once lose nothing and get no id twice.
func TestConcurrentSockets(t *testing.T) {
	b := newBench(t)
	b.chat("CHAT", "FRIEND")
	const writers, each = 8, 10
	var clients []*client
	for range writers {
		clients = append(clients, b.owner())
	}
	var group sync.WaitGroup
	for _, c := range clients {
		group.Go(func() {
			c.ask("joinRoom", `{"chatHeaderId":CHAT}`)
			for range each {
				c.emit("createMessage", sendHello)
				c.ask("findAllMessages", `{"chatHeaderId":"CHAT","accessToken":"TOKEN"}`)
			}
			c.ask("leaveRoom", `{"chatHeaderId":CHAT}`)
			b.control("GET /_mock/state", "")
		})
	}
	group.Wait()
	seen := map[int]bool{}
	for _, m := range b.mock.Snapshot().Messages {
		seen[m.ID] = true
	}
	if len(seen) != writers*each || b.count("EMIT /socket.io/createMessage") != writers*each {
		t.Errorf("there are %d messages, want %d", len(seen), writers*each)
	}
	for _, c := range clients {
		own := 0
		for _, packet := range c.heard {
			if strings.HasPrefix(packet, `42["message",`) {
				own++
			}
		}
		if own < each {
			t.Errorf("a socket heard %d messages, but has sent %d", own, each)
		}
	}
}
