package syarah_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

func TestWrongSettings(t *testing.T) {
	b := newBench(t)
	for settings, want := range map[string]string{
		`{"restErrors":"400"}`:                 `the setting restErrors is "400", but must be one of ["" "200" "abp"]`,
		`{"socketErrors":"x"}`:                 `the setting socketErrors is "x", but must be one of ["" "exception" "none"]`,
		`{"leaveAnswer":"x"}`:                  `the setting leaveAnswer is "x", but must be one of ["" "null" "empty"]`,
		`{"joinAnswer":"x"}`:                   `the setting joinAnswer is "x", but must be one of ["" "chatHeader"]`,
		`{"listEnvelope":"x"}`:                 `the setting listEnvelope is "x", but must be one of ["" "items" "data"]`,
		`{"authKey":"x"}`:                      `the setting authKey is "x", but must be one of ["accessToken" "token"]`,
		`{"transports":["websocket","flash"]}`: `the setting transports has "flash", but knows "polling" and "websocket"`,
		`{"pageLimit":-1}`:                     `a setting is negative; counts, limits and times cannot be`,
		`{"maxPayload":-1}`:                    `a setting is negative; counts, limits and times cannot be`,
		`{"noAck":true}`:                       `the JSON of the control call is not as documented: json: unknown field "noAck"`,
	} {
		b.control("PUT /_mock/settings", settings).is(400).has(want, "error")
	}
	// The settings are replaced, not merged.
	c := b.owner()
	b.control("PUT /_mock/settings", `{"noAcks":true}`).is(200)
	c.send(`421["getMyChats",{}]`)
	c.hears()
	b.control("PUT /_mock/settings", `{}`).is(200)
	c.ask("getMyChats", "{}").equals("[[]]")
}

func TestErrorsOfREST(t *testing.T) {
	for style, want := range map[string]string{
		"":    `401 {"data":null,"message":"The access token is invalid","success":false}`,
		"200": `200 {"data":null,"message":"The access token is invalid","success":false}`,
		"abp": `401 {"error":{"code":null,"details":null,"message":"The access token is invalid"}}`,
	} {
		b := newBench(t, syarah.Settings{RestErrors: style})
		got := b.call("GET /api/chat/getChatHeaderAsync", nil, "Authorization", "Bearer x")
		if answer := fmt.Sprint(got.status, " ", got.raw); answer != want {
			t.Errorf("in the style %q the error is %s, want %s", style, answer, want)
		}
		b.rest("GET /api/chat/getChatHeaderAsync?user1Id=OWNER&user2Id=FRIEND", "", nil).is(200).has("true", "success").has("<nil>", "message")
	}
}

func TestErrorsOfEvents(t *testing.T) {
	for style, want := range map[string][]string{
		"":          {`431[{"error":"Chat header not found"}]`},
		"exception": {`42["exception",{"message":"Chat header not found","status":"error"}]`},
		"none":      nil,
	} {
		b := newBench(t, syarah.Settings{SocketErrors: style})
		c := b.owner()
		c.send(`421["leaveRoom",{"chatHeaderId":9}]`)
		c.hears(want...)
	}
}

func TestAnswersOfLeaveRoom(t *testing.T) {
	for style, want := range map[string]string{"": `[{"success":true}]`, "null": `[null]`, "empty": `[]`} {
		b := newBench(t, syarah.Settings{LeaveAnswer: style})
		b.chat("CHAT", "FRIEND")
		c := b.owner()
		c.ask("joinRoom", `{"chatHeaderId":CHAT}`)
		c.ask("leaveRoom", `{"chatHeaderId":CHAT}`).equals(want)
		if rooms := b.mock.Snapshot().Sockets[0].Rooms; len(rooms) != 0 {
			t.Errorf("the socket is still in %v", rooms)
		}
	}
}

func TestAnswerOfJoinRoom(t *testing.T) {
	b := newBench(t, syarah.Settings{JoinAnswer: "chatHeader"})
	b.owner().ask("joinRoom", `{"otherUserId":"FRIEND"}`).has("101", 0, "chatHeader", "id").has("<nil>", 0, "chatHeaderId").has("true", 0, "joined")
}

func TestListEnvelopes(t *testing.T) {
	b := newBench(t)
	b.chat("CHAT", "FRIEND")
	c := b.owner()
	c.emit("createMessage", sendHello)
	c.emit("createMessage", sendHello)
	for envelope, path := range map[string][]any{"": {0}, "items": {0, "items"}, "data": {0, "data"}} {
		b.set(syarah.Settings{ListEnvelope: envelope})
		messages := c.ask("findAllMessages", `{"chatHeaderId":"CHAT","accessToken":"TOKEN","maxResultCount":1}`)
		messages.has("1002", append(path, 0, "id")...).has("<nil>", append(path, 1)...)
		c.ask("findAllChatHeaders", `{"AccessToken":"TOKEN"}`).has("101", append(path, 0, "id")...)
		if envelope == "items" {
			messages.has("2", 0, "totalCount")
		}
		c.ask("getMyChats", `{}`).has("101", 0, 0, "chatHeaderId") // its shape is known
	}
}

func TestPascalCase(t *testing.T) {
	b := newBench(t, syarah.Settings{PascalCase: true})
	owner, _ := room(b)
	owner.emit("createMessage", sendHello)
	if told := owner.told(); !strings.Contains(told, `{"chatMessage":{"Caption":null,"ChatHeaderId":101,`) {
		t.Errorf("the owner heard %s", told)
	}
	owner.ask("findAllMessages", `{"chatHeaderId":"CHAT","accessToken":"TOKEN"}`).has("1001", 0, 0, "Id").has("<nil>", 0, 0, "id")
	owner.ask("findAllChatHeaders", `{"AccessToken":"TOKEN"}`).has("101", 0, 0, "Id").has("1001", 0, 0, "LastMessage", "Id")
}

// The sender does not hear its own broadcasts, the others do.
func TestSkipSender(t *testing.T) {
	b := newBench(t, syarah.Settings{SkipSender: true})
	owner, friend := room(b)
	owner.emit("createMessage", sendHello)
	owner.hears()
	if told := friend.told(); !strings.HasPrefix(told, `42["message",`) {
		t.Errorf("the friend heard %s", told)
	}
}

func TestLateAuth(t *testing.T) {
	b := newBench(t, syarah.Settings{LateAuth: true})
	c := b.connect(syarah.UserID, "wrong")
	c.ask("getMyChats", `{}`).equals(`[{"error":"The access token is invalid"}]`)
	c.ask("getMyChats", `{"accessToken":"TOKEN"}`).equals(`[[]]`)
}

func TestAuthOff(t *testing.T) {
	b := newBench(t, syarah.Settings{AuthOff: true, AckWrites: true})
	b.call("GET /api/chat/getChatHeaderAsync?user1Id=FRIEND&user2Id=STRANGER", nil).is(200)
	body, contentType := formOf(t, part{"file", "a", "x"}, part{"messageType", "", "3"})
	b.call("POST /api/chat/uploadFile", body, "Content-Type", contentType).is(200)
	c := b.connect(syarah.FriendID, "")
	c.ask("joinRoom", `{"otherUserId":"STRANGER"}`).has("101", 0, "chatHeaderId").has(syarah.FriendID, 0, "currentMember", "userId")
	c.ask("createMessage", `{"message":"x","chatHeaderId":101,"messageType":0}`).equals("[]")
	c.ask("createMessage", `{"message":"x","chatHeaderId":101,"messageType":0,"accessToken":"whatever"}`).equals("[]")
	for _, m := range b.mock.Snapshot().Messages {
		if m.UserID != syarah.FriendID {
			t.Errorf("the message is %+v", m)
		}
	}
	b.connect(unknownUser, "").ask("getMyChats", `{}`).equals(`[{"error":"The userId of the connection is not known"}]`)
}

func TestTokensExpire(t *testing.T) {
	b := newBench(t, syarah.Settings{TokenSeconds: 60})
	const header = "GET /api/chat/getChatHeaderAsync?user1Id=OWNER&user2Id=FRIEND"
	c := b.owner()
	b.clock.Add(60)
	b.rest(header, "", nil).is(200)
	c.ask("getMyFriendships", `{"accessToken":"TOKEN"}`).has("Jane Friend", 0, 0, "name")
	b.clock.Add(1)
	b.rest(header, "", nil).fails(401, "The access token has expired")
	c.ask("getMyFriendships", `{"accessToken":"TOKEN"}`).equals(`[{"error":"The access token has expired"}]`)
	c.ask("getMyFriendships", `{}`).equals(`[{"error":"The access token has expired"}]`)
	refused := b.dial("&userId=" + syarah.UserID)
	refused.send(refused.fill(`40{"accessToken":"TOKEN"}`))
	if got := refused.read(); got != `44{"data":{"status":401},"message":"The access token has expired"}` {
		t.Errorf("the connect was answered with %s", got)
	}
	b.control("POST /_mock/reset", "").is(200)
	b.set(syarah.Settings{TokenSeconds: 60}) // counted from the reset
	b.rest(header, "", nil).is(200)
}

func TestStrangers(t *testing.T) {
	b := newBench(t, syarah.Settings{Strangers: true})
	b.rest("GET /api/chat/getChatHeaderAsync?user1Id=FRIEND&user2Id=STRANGER", "", nil).is(200).has("101", "data", "id")
	b.owner().ask("getMyChats", `{}`).equals("[[]]")
}
