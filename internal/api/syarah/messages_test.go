package syarah

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// chat is chat 7 of a gateway: a few rules of the vendor's page.
type chat struct {
	mutex      sync.Mutex
	messages   []stored
	unread     int
	joined     map[*peer]bool
	oldestLast bool // how findAllMessages sorts
	mute       bool // the sender gets no broadcasts
}

type stored struct {
	ID           int    `json:"id"`
	ChatHeaderID int    `json:"chatHeaderId"`
	UserID       string `json:"userId"`
	Message      string `json:"message"`
	MessageType  int    `json:"messageType"`
	Caption      string `json:"caption,omitempty"`
}

// written is the payload of a write.
type written struct {
	ID, MessageType  int
	IDs              []int
	Message, Caption string
}

func newChat(t *testing.T, words ...string) (*chat, *gateway) {
	t.Helper()
	c := &chat{joined: map[*peer]bool{}, unread: 3, oldestLast: true}
	for _, word := range words {
		c.add(written{Message: word})
	}
	return c, newGateway(t, map[string]handler{
		joinRoomEvent:        c.join,
		leaveRoomEvent:       c.leave,
		createMessageEvent:   c.create,
		updateMessageEvent:   c.update,
		removeMessageEvent:   c.remove,
		readMessageEvent:     c.read,
		findAllMessagesEvent: c.find,
		getMyChatsEvent:      c.chats,
	})
}

func (c *chat) join(p *peer, _ string) string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.joined[p] = true
	return `{"chatHeaderId":7,"joined":true}`
}

func (c *chat) leave(p *peer, _ string) string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.joined, p)
	return `{}`
}

func (c *chat) add(w written) stored {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	id := 1
	if n := len(c.messages); n > 0 {
		id = c.messages[n-1].ID + 1
	}
	m := stored{id, 7, strings.ToUpper(userID), w.Message, w.MessageType, w.Caption}
	c.messages = append(c.messages, m)
	return m
}

// tell sends a broadcast to whoever has joined.
func (c *chat) tell(name string, what any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	arguments, _ := json.Marshal(what)
	for p := range c.joined {
		if !c.mute {
			p.emit(name, string(arguments))
		}
	}
}

func (c *chat) create(_ *peer, payload string) string {
	m := c.add(readWritten(payload))
	c.tell(messageEvent, map[string]any{"chatMessage": m})
	return silent
}

func readWritten(payload string) (w written) {
	_ = json.Unmarshal([]byte(payload), &w)
	return w
}

func (c *chat) update(_ *peer, payload string) string {
	w := readWritten(payload)
	c.mutex.Lock()
	var changed *stored
	for i, m := range c.messages {
		if m.ID == w.ID {
			m.Message, m.Caption = w.Message, w.Caption
			c.messages[i], changed = m, &m
		}
	}
	c.mutex.Unlock()
	if changed != nil {
		c.tell(messageUpdatedEvent, changed)
	}
	return silent
}

func (c *chat) remove(_ *peer, payload string) string {
	for _, id := range readWritten(payload).IDs {
		c.mutex.Lock()
		before := len(c.messages)
		c.messages = slices.DeleteFunc(c.messages, func(m stored) bool { return m.ID == id })
		after := len(c.messages)
		c.mutex.Unlock()
		if after < before {
			c.tell(messageDeletedEvent, id)
		}
	}
	return silent
}

func (c *chat) read(*peer, string) string {
	c.mutex.Lock()
	c.unread = 0
	c.mutex.Unlock()
	c.tell(messageHasBeenReadEvent, 7)
	return silent
}

func (c *chat) find(_ *peer, payload string) string {
	var asked findAllMessagesPayload
	_ = json.Unmarshal([]byte(payload), &asked)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	all := append([]stored{}, c.messages...)
	if c.oldestLast {
		slices.Reverse(all)
	}
	from := min(asked.SkipCount, len(all))
	answer, _ := json.Marshal(all[from:min(from+asked.MaxResultCount, len(all))])
	return string(answer)
}

func (c *chat) chats(*peer, string) string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return fmt.Sprintf(`[{"chatHeaderId":7,"userId":"u","unreadCount":%d}]`, c.unread)
}

// texts are the messages of the chat.
func (c *chat) texts() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	texts := []string{}
	for _, m := range c.messages {
		texts = append(texts, m.Message)
	}
	return texts
}

func (c *chat) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := c.texts(); !slices.Equal(got, want) {
		t.Errorf("the chat holds %q, want %q", got, want)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.joined) != 0 {
		t.Error("the room was not left")
	}
}

func hello() NewMessage { return NewMessage{ChatHeaderID: 7, Text: "hello"} }

// many are more messages than a page holds.
func many(word string) []string { return slices.Repeat([]string{word}, 2*messagesPage) }

func TestSendMessage(t *testing.T) {
	c, g := newChat(t, "hello")
	client := g.client(t)
	sent, err := client.SendMessage(background(t), hello())
	if err != nil || sent.ID != 2 || sent.Text != "hello" || sent.ChatHeaderID != 7 || sent.Type != Text || !strings.HasPrefix(string(sent.Raw), `{"chatMessage"`) {
		t.Errorf("got %+v, %v", sent, err)
	}
	c.expect(t, "hello", "hello")
	g.expect(t, "findAllMessages", "joinRoom", "createMessage", "leaveRoom")
	for name, want := range map[string]string{
		findAllMessagesEvent: `{"chatHeaderId":"7","accessToken":"` + token + `","skipCount":0,"maxResultCount":50}`,
		joinRoomEvent:        `{"chatHeaderId":7,"userId":"` + userID + `","socketId":"session","accessToken":"` + token + `"}`,
		createMessageEvent:   `{"message":"hello","chatHeaderId":7,"accessToken":"` + token + `","messageType":0}`,
		leaveRoomEvent:       `{"chatHeaderId":7,"accessToken":"` + token + `"}`,
	} {
		if got := g.last(name); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if _, err = client.SendMessage(background(t), NewMessage{ChatHeaderID: 7, Type: Image, Text: "/uploads/a.webp", Caption: "see"}); err != nil {
		t.Error(err)
	}
	if got, want := g.last(createMessageEvent), `{"message":"/uploads/a.webp","chatHeaderId":7,"accessToken":"`+token+`","messageType":2,"caption":"see"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Only the message that was sent confirms it.
func TestBroadcastsOfOthers(t *testing.T) {
	c, g := newChat(t)
	g.on(createMessageEvent, func(p *peer, _ string) string {
		p.emit("message", `{"chatMessage":{"id":1,"message":"other","userId":"`+userID+`"}}`)
		p.emit("message", `{"chatMessage":{"id":2,"message":"hello","userId":"somebody"}}`)
		p.emit("message", `{"chatMessage":{"id":3,"message":"hello","chatHeaderId":8}}`)
		p.emit("message", `{"chatMessage":{"id":4,"message":"hello","messageType":1}}`)
		p.emit("message", `{"chatMessage":{"id":5,"message":"hello","caption":"other"}}`)
		p.emit("messageUpdated", `{"id":6,"message":"hello"}`)
		p.emit("message", `null`)
		p.emit("message", `7`)
		p.emit("message", `{"chatHeaderId":7,"message":{"_id":9,"content":" hello ","sender":{"id":"`+userID+`"},"creationTime":"2024-01-10T08:00:00Z"}}`)
		return silent
	})
	sent, err := g.client(t).SendMessage(background(t), hello())
	if err != nil || sent.ID != 9 || sent.SenderID != userID || sent.ChatHeaderID != 7 || sent.CreationTime.IsZero() || sent.Type != unknownType {
		t.Errorf("got %+v, %v", sent, err)
	}
	c.expect(t)
}

// Without a broadcast the message is found among those that are new, in whatever
// order the server tells them.
func TestMessagesThatAreLookedUp(t *testing.T) {
	for _, before := range [][]string{nil, {"hello"}, many("hello")} {
		for _, newestFirst := range []bool{true, false} {
			c, g := newChat(t, before...)
			c.mute, c.oldestLast = true, newestFirst
			sent, err := g.client(t).SendMessage(background(t), hello())
			if err != nil || sent.ID != int64(len(before)+1) || sent.Text != "hello" {
				t.Errorf("%d before, newest first %v: got %+v, %v", len(before), newestFirst, sent, err)
			}
			c.expect(t, append(before, "hello")...)
			looks := 2
			if len(before) > messagesPage && !newestFirst {
				looks = 2 * 3
			}
			if got := g.names(); len(got) != looks+3 {
				t.Errorf("%d before, newest first %v: got %q", len(before), newestFirst, got)
			}
		}
	}
}

// A message that is late is found when the time is up.
func TestSlowServers(t *testing.T) {
	c, g := newChat(t, "hello")
	looks := 0
	g.on(createMessageEvent, says(silent))
	g.on(findAllMessagesEvent, func(p *peer, payload string) string {
		if looks++; looks == 3 {
			c.add(written{Message: "hello"})
		}
		return c.find(p, payload)
	})
	sent, err := g.client(t).SendMessage(background(t), hello())
	if err != nil || sent.ID != 2 {
		t.Errorf("got %+v, %v", sent, err)
	}
	g.expect(t, "findAllMessages", "joinRoom", "createMessage", "findAllMessages", "findAllMessages", "leaveRoom")
}

func TestMessagesThatNeverAppear(t *testing.T) {
	for name, test := range map[string]struct {
		create handler
		find   handler
		kind   rest.Kind
		words  string
		search bool
	}{
		"silence": {
			create: says(silent), kind: rest.Unavailable,
			words: "it is not known whether Syarah carried out createMessage for the message to chat 7: no confirmation came within 250ms; the server does not show it so far; look for it",
		},
		"complaint": {
			create: func(p *peer, _ string) string {
				p.emit("exception", `{"status":"error","message":"You are not a member, `+token+`"}`)
				return silent
			},
			kind:  rest.Unauthorized, // for it speaks of a token
			words: "within 250ms; the server said: You are not a member, ***; ",
		},
		"unknown before": {
			create: says(silent), find: says(`{"error":"Forbidden"}`), kind: rest.Unavailable, search: true,
			words: "it could not be looked up either (it could not be told from older messages)",
		},
		"no ids": {
			create: says(silent), find: says(`[{"message":"hello"}]`), kind: rest.Unavailable, search: true,
			words: "it could not be told from older messages",
		},
		"lost": {
			create: func(p *peer, _ string) string {
				p.drop()
				return silent
			},
			kind:  rest.Unavailable,
			words: "the connection was lost: the server ended the session without a goodbye; the server does not show it so far",
		},
	} {
		_, g := newChat(t, "hello")
		g.on(createMessageEvent, test.create)
		if test.find != nil {
			g.on(findAllMessagesEvent, test.find)
		}
		_, err := g.client(t).SendMessage(background(t), hello())
		var lost *LostError
		if !errors.As(err, &lost) || !rest.IsUncertain(err) || !rest.IsKind(err, test.kind) || (lost.Search != nil) != test.search ||
			!strings.Contains(err.Error(), test.words) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: got %v", name, err)
		}
		sent := slices.DeleteFunc(g.names(), func(name string) bool { return name != createMessageEvent })
		if len(sent) != 1 {
			t.Errorf("%s: it was sent %d times", name, len(sent))
		}
	}
}

// When the connection is lost after the message was sent, another one tells what
// became of it.
func TestConnectionLostAfterSending(t *testing.T) {
	c, g := newChat(t, "hello")
	g.on(createMessageEvent, func(p *peer, payload string) string {
		c.add(readWritten(payload))
		p.drop()
		return silent
	})
	sent, err := g.client(t).SendMessage(background(t), hello())
	if err != nil || sent.ID != 2 || g.connections() != 2 {
		t.Errorf("got %+v, %v over %d connections", sent, err, g.connections())
	}
	g.expect(t, "findAllMessages", "joinRoom", "createMessage", "findAllMessages")
}

// What surely did not leave is sent again.
func TestConnectionLostBeforeSending(t *testing.T) {
	c, g := newChat(t)
	g.on(joinRoomEvent, func(p *peer, payload string) string {
		if p.number < 3 {
			p.drop()
			return silent
		}
		return c.join(p, payload)
	})
	sent, err := g.client(t).SendMessage(background(t), hello())
	if err != nil || sent.ID != 1 || g.connections() != 3 {
		t.Errorf("got %+v, %v over %d connections", sent, err, g.connections())
	}
	c.expect(t, "hello")
}

func TestRoomsThatCannotBeJoined(t *testing.T) {
	c, g := newChat(t)
	g.on(joinRoomEvent, says(`{"error":"You are not a member"}`))
	_, err := g.client(t).SendMessage(background(t), hello())
	if !rest.IsKind(err, rest.Forbidden) || rest.IsUncertain(err) ||
		err.Error() != "the event createMessage was not sent, as the room of chat 7 was not joined: Syarah refused joinRoom: You are not a member" {
		t.Errorf("got %v", err)
	}
	c.expect(t)
	g.expect(t, "findAllMessages", "joinRoom")
}

// Those who send to the same chat do not take the room away from each other.
func TestManyAtTheSameTime(t *testing.T) {
	c, g := newChat(t)
	client := g.client(t, func(c *Config) { c.AckTimeout = 10 * time.Second })
	var group sync.WaitGroup
	var mutex sync.Mutex
	ids := map[int64]bool{}
	for range 10 {
		group.Go(func() {
			sent, err := client.SendMessage(background(t), hello())
			if err != nil {
				t.Error(err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			ids[sent.ID] = true
		})
	}
	group.Wait()
	if len(ids) != 10 {
		t.Errorf("got the ids %v", ids)
	}
	c.expect(t, slices.Repeat([]string{"hello"}, 10)...)
}

// A broadcast that does not name its chat confirms nothing while there is somebody
// at work in another room.
func TestBroadcastsThatDoNotNameTheirChat(t *testing.T) {
	for _, others := range []bool{false, true} {
		_, g := newChat(t)
		g.on(createMessageEvent, func(p *peer, _ string) string {
			p.emit("message", `{"chatMessage":{"id":1,"message":"hello"}}`)
			return silent
		})
		client := g.client(t)
		if others {
			leave, err := client.turns.enter(t.Context(), 8)
			if err != nil {
				t.Fatal(err)
			}
			defer leave()
		}
		sent, err := client.SendMessage(background(t), hello())
		var lost *LostError
		if others != errors.As(err, &lost) || others != (sent.ID == 0) {
			t.Errorf("others %v: got %+v, %v", others, sent, err)
		}
	}
}

func TestWaitingForTheRoomCanBeCancelled(t *testing.T) {
	_, g := newChat(t)
	client := g.client(t)
	leave, err := client.turns.enter(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	for _, err := range []error{
		second(client.SendMessage(ctx, hello())),
		second(client.JoinRoom(ctx, 7)),
		client.LeaveRoom(ctx, 7),
	} {
		if !errors.Is(err, context.DeadlineExceeded) || rest.IsUncertain(err) || !strings.Contains(err.Error(), "was not sent to Syarah") {
			t.Errorf("got %v", err)
		}
	}
	leave()
	if g.connections() != 0 {
		t.Errorf("%d connections", g.connections())
	}
}

// What is on the wire when the caller is cancelled is still confirmed, under a
// budget of its own.
func TestCancellationAfterSending(t *testing.T) {
	for name, mute := range map[string]bool{"broadcast": false, "look": true} {
		c, g := newChat(t, "hello")
		c.mute = mute
		ctx, cancel := context.WithCancel(background(t))
		g.on(createMessageEvent, func(p *peer, payload string) string {
			cancel()
			time.Sleep(20 * time.Millisecond)
			return c.create(p, payload)
		})
		sent, err := g.client(t).SendMessage(ctx, hello())
		if err != nil || sent.ID != 2 {
			t.Errorf("%s: got %+v, %v", name, sent, err)
		}
		c.expect(t, "hello", "hello")
	}

	_, g := newChat(t)
	ctx, cancel := context.WithCancel(background(t))
	g.on(createMessageEvent, func(*peer, string) string {
		cancel()
		return silent
	})
	client := g.client(t, func(c *Config) { c.AckTimeout, c.FinishBudget = time.Hour, 20*time.Millisecond })
	_, err := client.SendMessage(ctx, hello())
	if !errors.Is(err, context.Canceled) || !rest.IsUncertain(err) || !strings.Contains(err.Error(), "stopped while waiting for its confirmation") {
		t.Errorf("got %v", err)
	}
}

func TestCancellationBeforeSending(t *testing.T) {
	c, g := newChat(t)
	ctx, cancel := context.WithCancel(background(t))
	g.on(joinRoomEvent, func(p *peer, payload string) string {
		defer cancel()
		return c.join(p, payload)
	})
	_, err := g.client(t).SendMessage(ctx, hello())
	if !errors.Is(err, context.Canceled) || rest.IsUncertain(err) {
		t.Errorf("got %v", err)
	}
	if slices.Contains(g.names(), createMessageEvent) {
		t.Error("it was sent all the same")
	}
}

// A server that does not acknowledge leaveRoom costs little and spoils nothing.
func TestRoomsThatCannotBeLeft(t *testing.T) {
	_, g := newChat(t)
	g.on(leaveRoomEvent, says(silent))
	client := g.client(t)
	for want := range 2 {
		if sent, err := client.SendMessage(background(t), hello()); err != nil || sent.ID != int64(want+1) {
			t.Errorf("got %+v, %v", sent, err)
		}
	}
}

func TestUpdateMessage(t *testing.T) {
	c, g := newChat(t, "a", "b")
	client := g.client(t)
	changed, err := client.UpdateMessage(background(t), MessageChange{ID: 2, ChatHeaderID: 7, Text: "c"})
	if err != nil || changed.ID != 2 || changed.Text != "c" {
		t.Errorf("got %+v, %v", changed, err)
	}
	g.expect(t, "joinRoom", "updateMessage", "leaveRoom")
	if got, want := g.last(updateMessageEvent), `{"id":2,"message":"c","chatHeaderId":7,"accessToken":"`+token+`"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c.expect(t, "a", "c")

	c.mute = true
	caption := "see"
	changed, err = client.UpdateMessage(background(t), MessageChange{ID: 1, ChatHeaderID: 7, Text: "d", Caption: &caption})
	if err != nil || changed.Text != "d" || changed.Caption != "see" {
		t.Errorf("got %+v, %v", changed, err)
	}
	c.expect(t, "d", "c")

	_, err = client.UpdateMessage(background(t), MessageChange{ID: 3, ChatHeaderID: 7, Text: "x"})
	if !rest.IsKind(err, rest.NotFound) || !strings.Contains(err.Error(), "no message 3 in Syarah's chat 7") {
		t.Errorf("got %v", err)
	}

	// Another's change is none of ours.
	g.on(updateMessageEvent, func(p *peer, _ string) string {
		p.emit("messageUpdated", `{"id":2,"message":"other"}`)
		p.emit("messageUpdated", `{"id":1,"message":"e"}`)
		return silent
	})
	var lost *LostError
	if _, err = client.UpdateMessage(background(t), MessageChange{ID: 2, ChatHeaderID: 7, Text: "e"}); !errors.As(err, &lost) || lost.Search != nil {
		t.Errorf("got %v", err)
	}
	// Nor does it prove anything that the chat is refused, or a message without an
	// id is not ours.
	g.on(findAllMessagesEvent, says(`{"error":"Chat header not found"}`))
	if _, err = client.UpdateMessage(background(t), MessageChange{ID: 2, ChatHeaderID: 7, Text: "e"}); !errors.As(err, &lost) || !rest.IsKind(lost.Search, rest.NotFound) || rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
	g.on(findAllMessagesEvent, says(`[{"message":"x"}]`))
	if _, err = client.UpdateMessage(background(t), MessageChange{ID: 2, ChatHeaderID: 7, Text: "e"}); !errors.As(err, &lost) || !rest.IsKind(lost.Search, rest.Malformed) {
		t.Errorf("got %v", err)
	}
}

func TestRemoveMessages(t *testing.T) {
	c, g := newChat(t, "a", "b", "c", "d", "e")
	client := g.client(t)
	if err := client.RemoveMessages(background(t), 7, 2, 1, 2); err != nil {
		t.Error(err)
	}
	g.expect(t, "joinRoom", "removeMessage", "leaveRoom")
	if got, want := g.last(removeMessageEvent), `{"ids":[1,2],"chatHeaderId":7,"accessToken":"`+token+`"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c.expect(t, "c", "d", "e")
	if err := client.RemoveMessages(background(t), 7, 1, 3); err != nil { // one is gone already
		t.Error(err)
	}
	c.mute = true
	if err := client.RemoveMessages(background(t), 7, 4, 99); err != nil {
		t.Error(err)
	}
	c.expect(t, "e")
	g.on(removeMessageEvent, says(silent))
	var lost *LostError
	if err := client.RemoveMessages(background(t), 7, 5); !errors.As(err, &lost) || lost.Search != nil {
		t.Errorf("got %v", err)
	}
	// A mark is as good as a removal, but a message without an id is no proof.
	g.on(findAllMessagesEvent, says(`[{"id":5,"isDeleted":true},{"id":6}]`))
	if err := client.RemoveMessages(background(t), 7, 5); err != nil {
		t.Error(err)
	}
	g.on(findAllMessagesEvent, says(`[{"message":"x"}]`))
	if err := client.RemoveMessages(background(t), 7, 5); !errors.As(err, &lost) || lost.Search == nil {
		t.Errorf("got %v", err)
	}
}

// The broadcasts of deletions come one for each message, as bare numbers, or
// loosely as something else.
func TestBroadcastsOfDeletions(t *testing.T) {
	_, g := newChat(t, "a", "b", "c")
	g.on(removeMessageEvent, func(p *peer, _ string) string {
		for _, deleted := range []string{`9`, `null`, `1`, `"2"`, `1`, `{"messageId":3}`} {
			p.emit("messageDeleted", deleted)
		}
		return silent
	})
	if err := g.client(t).RemoveMessages(background(t), 7, 1, 2, 3); err != nil {
		t.Error(err)
	}
	g.expect(t, "joinRoom", "removeMessage", "leaveRoom")
}

func TestMarkRead(t *testing.T) {
	c, g := newChat(t)
	client := g.client(t)
	if err := client.MarkRead(background(t), 7); err != nil {
		t.Error(err)
	}
	g.expect(t, "joinRoom", "readMessage", "leaveRoom")
	if got := g.last(readMessageEvent); got != `{"chatHeaderId":7}` {
		t.Errorf("got %s", got)
	}
	c.mute = true
	if err := client.MarkRead(background(t), 7); err != nil {
		t.Error(err)
	}
	g.on(getMyChatsEvent, says(`[{"chatHeaderId":8,"unreadCount":0}]`))
	var lost *LostError
	if err := client.MarkRead(background(t), 7); !errors.As(err, &lost) || lost.Search != nil {
		t.Errorf("got %v", err)
	}
	g.on(getMyChatsEvent, says(`{"error":"Unauthorized"}`))
	if err := client.MarkRead(background(t), 7); !errors.As(err, &lost) || !rest.IsKind(lost.Search, rest.Unauthorized) {
		t.Errorf("got %v", err)
	}
}

func TestListMessages(t *testing.T) {
	_, g := newChat(t, many("x")...)
	client := g.client(t)
	all, err := client.ListMessages(background(t), 7, 0)
	if err != nil || len(all) != 2*messagesPage || all[0].ID != 2*messagesPage {
		t.Errorf("got %d messages, %v", len(all), err)
	}
	some, err := client.ListMessages(background(t), 7, 3)
	if err != nil || len(some) != 3 || len(g.names()) != 4 {
		t.Errorf("got %d messages after %d requests, %v", len(some), len(g.names()), err)
	}
	g.on(findAllMessagesEvent, says(`{"messages":[{"ID":1,"Message":"a","UserId":"u","MessageType":"2","IsDeleted":false},{"id":2,"isDeleted":true},{"odd":[1]}]}`))
	all, err = client.ListMessages(background(t), 7, 0)
	if err != nil || len(all) != 2 || all[0].ID != 1 || all[0].Text != "a" || all[0].SenderID != "u" || all[0].Type != Image || string(all[1].Raw) != `{"odd":[1]}` {
		t.Errorf("got %+v, %v", all, err)
	}
}
