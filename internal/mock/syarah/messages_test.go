package syarah_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// A room is a chat that the owner and the friend have joined.
func room(b *bench) (owner, friend *client) {
	b.Helper()
	b.chat("CHAT", "FRIEND")
	owner, friend = b.owner(), b.friend()
	owner.ask("joinRoom", `{"chatHeaderId":CHAT}`)
	friend.ask("joinRoom", `{"chatHeaderId":CHAT}`)
	owner.told()
	return owner, friend
}

const sendHello = `{"message":"Hello","chatHeaderId":CHAT,"messageType":0,"accessToken":"TOKEN"}`

// view is what messages look like.
func view(id int, text, caption, modified string) string {
	return fmt.Sprintf(`{"caption":%s,"chatHeaderId":101,"creationTime":"2026-11-21T12:00:00Z","id":%d,"lastModificationTime":%s,"message":%q,"messageType":0,"userId":%q}`,
		caption, id, modified, text, syarah.UserID)
}

// Whatever happens to messages is told to the sockets in the room, the sender
// included, and to nobody else.
func TestBroadcasts(t *testing.T) {
	b := newBench(t)
	owner, friend := room(b)
	outside := b.friend()
	hear := func(want ...string) {
		t.Helper()
		owner.hears(want...)
		friend.hears(want...)
	}
	owner.emit("createMessage", sendHello)
	hear(`42["message",{"chatMessage":` + view(1001, "Hello", "null", "null") + `}]`)
	owner.emit("createMessage", `{"message":"<b> & \u2028 😀","chatHeaderId":CHAT,"messageType":0,"accessToken":"TOKEN","caption":""}`)
	if told := owner.told(); !strings.Contains(told, `"id":1002`) || !strings.Contains(told, "😀") || !strings.Contains(told, `"caption":""`) {
		t.Errorf("the owner heard %s", told)
	}
	friend.told()
	b.clock.Add(60)
	owner.emit("updateMessage", `{"id":1001,"message":"Hi","chatHeaderId":CHAT,"accessToken":"TOKEN","caption":"c"}`)
	hear(`42["messageUpdated",` + view(1001, "Hi", `"c"`, `"2026-11-21T12:01:00Z"`) + `]`)
	owner.emit("updateMessage", `{"id":1001,"message":"Ho","chatHeaderId":CHAT,"accessToken":"TOKEN"}`)
	hear(`42["messageUpdated",` + view(1001, "Ho", `"c"`, `"2026-11-21T12:01:00Z"`) + `]`)
	friend.emit("readMessage", `{"chatHeaderId":CHAT}`)
	friend.settle()
	hear(`42["messageHasBeenRead",101]`)
	owner.emit("roomTyping", `{"isTyping":true,"name":"Omar","chatHeaderId":CHAT}`)
	owner.hears() // of one's own typing one knows
	friend.hears(`42["typing",{"chatHeaderId":101,"isTyping":true,"name":"Omar"}]`)
	owner.emit("removeMessage", `{"id":7,"ids":[1002,1001,1002],"chatHeaderId":CHAT,"accessToken":"TOKEN"}`)
	hear(`42["messageDeleted",1002]`, `42["messageDeleted",1001]`)
	owner.emit("createMessage", sendHello)
	owner.told()
	owner.emit("removeMessage", `{"id":1003,"chatHeaderId":CHAT,"accessToken":"TOKEN"}`)
	owner.hears(`42["messageDeleted",1003]`)
	friend.told()
	friend.ask("leaveRoom", `{"chatHeaderId":CHAT}`)
	owner.emit("createMessage", sendHello)
	owner.told()
	friend.hears()
	outside.hears()
}

// The page shows no ack for writes, so none comes, even if one is wanted.
func TestWritesHaveNoAck(t *testing.T) {
	b := newBench(t)
	owner, _ := room(b)
	owner.send(owner.fill(`4277["createMessage",` + sendHello + `]`))
	owner.send(`4278["createMessage",{}]`)
	owner.hears(`42["message",{"chatMessage":` + view(1001, "Hello", "null", "null") + `}]`)
	b.set(syarah.Settings{AckWrites: true})
	owner.ask("createMessage", sendHello).equals("[]")
	owner.ask("createMessage", `{}`).equals(`[{"error":"chatHeaderId is required"}]`)
	// First the broadcast, then the ack.
	if told := owner.told(); !strings.HasPrefix(told, `42["message",`) {
		t.Errorf("the owner heard %s", told)
	}
}

func TestFindAllMessages(t *testing.T) {
	b := newBench(t)
	b.chat("CHAT", "FRIEND")
	b.chat("OTHER", "STRANGER")
	c := b.owner()
	for i := range 12 {
		c.emit("createMessage", fmt.Sprintf(`{"message":"m%d","chatHeaderId":CHAT,"messageType":0,"accessToken":"TOKEN"}`, i+1))
		c.emit("createMessage", `{"message":"elsewhere","chatHeaderId":OTHER,"messageType":0,"accessToken":"TOKEN"}`)
	}
	find := func(rest string) string {
		t.Helper()
		got := c.ask("findAllMessages", `{"chatHeaderId":"CHAT","accessToken":"TOKEN"`+rest+`}`)
		var texts []string
		for i := 0; got.get(0, i) != nil; i++ {
			texts = append(texts, got.text(0, i, "message"))
		}
		return strings.Join(texts, " ")
	}
	check := func(wants map[string]string) {
		t.Helper()
		for rest, want := range wants {
			if got := find(rest); got != want {
				t.Errorf("with %q the messages are %s, want %s", rest, got, want)
			}
		}
	}
	check(map[string]string{ // m1 has the id 1001, m2 has 1003, ...
		``:                                  "m12 m11 m10 m9 m8 m7 m6 m5 m4 m3",
		`,"maxResultCount":50`:              "m12 m11 m10 m9 m8 m7 m6 m5 m4 m3 m2 m1",
		`,"skipCount":9,"maxResultCount":2`: "m3 m2",
		`,"skipCount":11`:                   "m1",
		`,"skipCount":99`:                   "",
		`,"lastMessageId":1005`:             "m2 m1",
		`,"LastMessageId":1005`:             "m2 m1",
		`,"lastMessageId":1005,"LastMessageId":1003`:             "m2 m1",
		`,"lastMessageId":1006,"maxResultCount":1`:               "m3",
		`,"lastMessageId":0,"skipCount":11`:                      "m1",
		`,"lastMessageId":1001`:                                  "",
		`,"lastMessageId":1005,"skipCount":1,"maxResultCount":1`: "m1",
	})
	b.set(syarah.Settings{OldestFirst: true, PageLimit: 3, MaxResults: 4})
	check(map[string]string{
		``:                      "m1 m2 m3",
		`,"maxResultCount":50`:  "m1 m2 m3 m4",
		`,"lastMessageId":1019`: "m11 m12",
		`,"lastMessageId":1018`: "m10 m11 m12",
		`,"lastMessageId":1023`: "",
		`,"skipCount":11`:       "m12",
	})
}

// Who views a chat gets no push notification; who has left, or whose socket is
// gone, does.
func TestPushes(t *testing.T) {
	b := newBench(t)
	owner, friend := room(b)
	pushes := func(want ...int) {
		t.Helper()
		owner.emit("createMessage", sendHello)
		owner.settle()
		var got []int
		for _, push := range b.mock.Snapshot().Pushes {
			if push.UserID != syarah.FriendID {
				t.Errorf("a push went to %s", push.UserID)
			}
			got = append(got, push.MessageID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the pushes were %v, want %v", got, want)
		}
	}
	pushes()
	friend.ask("leaveRoom", `{"chatHeaderId":CHAT}`)
	pushes(1002)
	friend.ask("joinRoom", `{"chatHeaderId":CHAT}`)
	pushes(1002)
	friend.send("41")
	friend.settle()
	pushes(1002, 1004)
}
