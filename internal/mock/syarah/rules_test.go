package syarah_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// Every rule of syarah-api.md §4, with its status in the log and its message in
// the ack. CHAT is the owner's chat with FRIEND, OTHERS one of two others, MINE
// and THEIRS are messages in CHAT.
func TestRulesOfEvents(t *testing.T) {
	b := newBench(t, syarah.Settings{AckWrites: true, Strangers: true, RefuseMaxResults: true})
	b.chat("CHAT", "FRIEND")
	b.words["OTHERS"] = fmt.Sprint(b.rest("GET /api/chat/getChatHeaderAsync?user1Id=FRIEND&user2Id=STRANGER", "", nil).is(200).get("data", "id"))
	c, friend := b.owner(), b.friend()
	c.ask("createMessage", `{"message":"mine","chatHeaderId":CHAT,"messageType":0,"accessToken":"TOKEN"}`).equals("[]")
	friend.ask("createMessage", `{"message":"theirs","chatHeaderId":CHAT,"messageType":0,"accessToken":"`+b.mock.AccessTokenOf(syarah.FriendID)+`"}`).equals("[]")
	messages := b.mock.Snapshot().Messages
	b.words["MINE"], b.words["THEIRS"] = fmt.Sprint(messages[0].ID), fmt.Sprint(messages[1].ID)

	for _, test := range []struct {
		event, payload string
		status         int
		message        string
	}{
		{"createMessage", ``, 400, "chatHeaderId is required"},
		{"createMessage", `null`, 400, "The event takes one object"},
		{"createMessage", `[]`, 400, "The event takes one object"},
		{"createMessage", `{},{}`, 400, "The event takes one object"},
		{"createMessage", `{}`, 400, "chatHeaderId is required"},
		{"createMessage", `{"chatHeaderId":"CHAT"}`, 400, "chatHeaderId must be a number from 1"},
		{"createMessage", `{"chatHeaderId":0}`, 400, "chatHeaderId must be a number from 1"},
		{"createMessage", `{"chatHeaderId":1.5}`, 400, "chatHeaderId must be a number from 1"},
		{"createMessage", `{"chatHeaderId":null}`, 400, "chatHeaderId must be a number from 1"},
		{"createMessage", `{"chatHeaderId":CHAT}`, 400, "message is required"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":""}`, 400, "message must not be empty"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":1}`, 400, "message must be a string"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x"}`, 400, "messageType is required"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":"0"}`, 400, "messageType must be a number from 0"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":-1}`, 400, "messageType must be a number from 0"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0,"caption":null}`, 400, "caption must be a string"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0}`, 401, "accessToken is required"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0,"accessToken":""}`, 401, "accessToken is required"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0,"accessToken":7}`, 400, "accessToken must be a string"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0,"accessToken":"x"}`, 401, "The access token is invalid"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0,"accessToken":"Bearer TOKEN"}`, 401, "The access token is invalid"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0,"AccessToken":"TOKEN"}`, 400, "AccessToken is not allowed"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":0,"accessToken":"TOKEN","userId":"OWNER"}`, 400, "userId is not allowed"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"x","messageType":5,"accessToken":"TOKEN"}`, 400, "messageType must be 0, 1, 2, 3 or 4"},
		{"createMessage", `{"chatHeaderId":9,"message":"x","messageType":0,"accessToken":"TOKEN"}`, 404, "Chat header not found"},
		{"createMessage", `{"chatHeaderId":OTHERS,"message":"x","messageType":0,"accessToken":"TOKEN"}`, 404, "Chat header not found"},
		{"createMessage", `{"chatHeaderId":CHAT,"message":"/uploads/x.webp","messageType":2,"accessToken":"TOKEN"}`, 400, "message must be the path of an uploaded file of this messageType"},

		{"findAllMessages", `{"accessToken":"TOKEN"}`, 400, "chatHeaderId is required"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":CHAT}`, 400, "chatHeaderId must be a string"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"x"}`, 400, "chatHeaderId must be the digits of an id"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"-1"}`, 400, "chatHeaderId must be the digits of an id"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"9"}`, 404, "Chat header not found"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"OTHERS"}`, 404, "Chat header not found"},
		{"findAllMessages", `{"chatHeaderId":"CHAT"}`, 401, "accessToken is required"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"CHAT","skipCount":-1}`, 400, "skipCount must be a number from 0"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"CHAT","maxResultCount":0}`, 400, "maxResultCount must be a number from 1"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"CHAT","maxResultCount":1001}`, 400, "maxResultCount must be at most 1000"},
		{"findAllMessages", `{"accessToken":"TOKEN","chatHeaderId":"CHAT","SkipCount":1}`, 400, "SkipCount is not allowed"},

		{"findAllChatHeaders", `{}`, 401, "AccessToken is required"},
		{"findAllChatHeaders", `{"accessToken":"TOKEN"}`, 400, "accessToken is not allowed"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","UserId":"ann"}`, 400, "UserId must be a GUID"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","UserId":"FRIEND"}`, 403, "UserId is not that of the access token"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","userId":"FRIEND"}`, 403, "userId is not that of the access token"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","skipCount":1}`, 400, "skipCount is not allowed"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","SkipCount":"1"}`, 400, "SkipCount must be a number from 0"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","MaxResultCount":1001}`, 400, "MaxResultCount must be at most 1000"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","RoomsWithLastMessageIds":[]}`, 400, "RoomsWithLastMessageIds must be a list that is not empty"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","RoomsWithLastMessageIds":[1]}`, 400, "RoomsWithLastMessageIds has an element 0 that must be an object"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","RoomsWithLastMessageIds":[{"ChatHeaderId":CHAT}]}`, 400, "RoomsWithLastMessageIds has an element 0 that is wrong: LastMessageId is required"},
		{"findAllChatHeaders", `{"AccessToken":"TOKEN","RoomsWithLastMessageIds":[{"ChatHeaderId":CHAT,"LastMessageId":0},{"chatHeaderId":1}]}`, 400, "RoomsWithLastMessageIds has an element 1 that is wrong: ChatHeaderId is required"},

		{"joinRoom", `{}`, 400, "Either chatHeaderId or otherUserId is required"},
		{"joinRoom", `{"chatHeaderId":CHAT,"otherUserId":"FRIEND"}`, 400, "Either chatHeaderId or otherUserId is required"},
		{"joinRoom", `{"chatHeaderId":"CHAT"}`, 400, "chatHeaderId must be a number from 1"},
		{"joinRoom", `{"chatHeaderId":9}`, 404, "Chat header not found"},
		{"joinRoom", `{"chatHeaderId":OTHERS}`, 404, "Chat header not found"},
		{"joinRoom", `{"otherUserId":"jane"}`, 400, "otherUserId must be a GUID"},
		{"joinRoom", `{"otherUserId":"` + unknownUser + `"}`, 404, "User not found"},
		{"joinRoom", `{"otherUserId":"OWNER"}`, 400, "A chat is between two different users"},
		{"joinRoom", `{"chatHeaderId":CHAT,"userId":"FRIEND"}`, 403, "userId is not that of the access token"},
		{"joinRoom", `{"chatHeaderId":CHAT,"socketId":"x"}`, 400, "socketId is not that of this socket"},
		{"joinRoom", `{"chatHeaderId":CHAT,"accessToken":"x"}`, 401, "The access token is invalid"},
		{"joinRoom", `{"chatHeaderId":CHAT,"name":"x"}`, 400, "name is not allowed"},

		{"leaveRoom", `{}`, 400, "chatHeaderId is required"},
		{"leaveRoom", `{"chatHeaderId":9}`, 404, "Chat header not found"},
		{"leaveRoom", `{"chatHeaderId":OTHERS}`, 404, "Chat header not found"},

		{"roomTyping", `{"chatHeaderId":CHAT}`, 400, "isTyping is required"},
		{"roomTyping", `{"chatHeaderId":CHAT,"isTyping":1}`, 400, "isTyping must be true or false"},
		{"roomTyping", `{"chatHeaderId":CHAT,"isTyping":true}`, 400, "name is required"},
		{"roomTyping", `{"chatHeaderId":OTHERS,"isTyping":true,"name":"x"}`, 404, "Chat header not found"},
		{"roomTyping", `{"chatHeaderId":CHAT,"isTyping":true,"name":"x","accessToken":"TOKEN"}`, 400, "accessToken is not allowed"},
		{"readMessage", `{}`, 400, "chatHeaderId is required"},
		{"readMessage", `{"chatHeaderId":OTHERS}`, 404, "Chat header not found"},
		{"readMessage", `{"chatHeaderId":CHAT,"accessToken":"TOKEN"}`, 400, "accessToken is not allowed"},

		{"updateMessage", `{}`, 400, "id is required"},
		{"updateMessage", `{"id":MINE,"message":"x"}`, 400, "chatHeaderId is required"},
		{"updateMessage", `{"id":MINE,"message":"x","chatHeaderId":CHAT}`, 401, "accessToken is required"},
		{"updateMessage", `{"id":9,"message":"x","chatHeaderId":CHAT,"accessToken":"TOKEN"}`, 404, "Message 9 not found"},
		{"updateMessage", `{"id":MINE,"message":"x","chatHeaderId":OTHERS,"accessToken":"TOKEN"}`, 404, "Chat header not found"},
		{"updateMessage", `{"id":THEIRS,"message":"x","chatHeaderId":CHAT,"accessToken":"TOKEN"}`, 403, "Message THEIRS is of another user"},
		{"updateMessage", `{"id":MINE,"message":"x","chatHeaderId":CHAT,"accessToken":"TOKEN","messageType":1}`, 400, "messageType is not allowed"},

		{"removeMessage", `{"chatHeaderId":CHAT,"accessToken":"TOKEN"}`, 400, "id or ids is required"},
		{"removeMessage", `{"chatHeaderId":CHAT,"accessToken":"TOKEN","ids":[]}`, 400, "ids must be a list that is not empty"},
		{"removeMessage", `{"chatHeaderId":CHAT,"accessToken":"TOKEN","ids":["MINE"]}`, 400, "ids has an element 0 that must be a number from 1"},
		{"removeMessage", `{"chatHeaderId":CHAT,"accessToken":"TOKEN","ids":[MINE,9]}`, 404, "Message 9 not found"},
		{"removeMessage", `{"chatHeaderId":CHAT,"accessToken":"TOKEN","ids":[MINE,THEIRS]}`, 403, "Message THEIRS is of another user"},
		{"removeMessage", `{"chatHeaderId":OTHERS,"accessToken":"TOKEN","id":MINE}`, 404, "Chat header not found"},
		{"removeMessage", `{"chatHeaderId":CHAT,"id":MINE}`, 401, "accessToken is required"},

		{"getMyFriendships", `{"AccessToken":"TOKEN"}`, 400, "AccessToken is not allowed"},
		{"getMyFriendships", `{"accessToken":"x"}`, 401, "The access token is invalid"},
		{"getMyChats", `{"skipCount":1}`, 400, "skipCount is not allowed"},
	} {
		message, _ := json.Marshal(b.fill(test.message))
		c.ask(test.event, test.payload).equals(`[{"error":` + string(message) + `}]`)
		if entry := b.lastLogged(); entry.Status != test.status || entry.Path != "/socket.io/"+test.event {
			t.Errorf("%s %s was logged as %s %d, want %d", test.event, test.payload, entry.Path, entry.Status, test.status)
		}
	}
	c.hears(`42["clientStatus",{"activeNow":true,"clientType":"web","userId":"` + syarah.FriendID + `"}]`)
	friend.hears()
	if left := len(b.mock.Snapshot().Messages); left != 2 || len(b.mock.Snapshot().Chats) != 2 {
		t.Errorf("what was refused has changed the data: %+v", b.mock.Snapshot())
	}
	if raw, err := json.Marshal(b.mock.Requests()); err != nil || strings.Contains(string(raw), b.mock.AccessToken()) {
		t.Errorf("the request log shows the token (%v)", err)
	}
}

// Which events need which token, on connections with one and without.
func TestTokens(t *testing.T) {
	payloads := map[string]string{
		"createMessage":      `"chatHeaderId":CHAT,"message":"x","messageType":0`,
		"findAllMessages":    `"chatHeaderId":"CHAT"`,
		"findAllChatHeaders": `"SkipCount":0`,
		"joinRoom":           `"chatHeaderId":CHAT,"userId":"OWNER","socketId":"SOCKET"`,
		"leaveRoom":          `"chatHeaderId":CHAT`,
		"roomTyping":         `"chatHeaderId":CHAT,"isTyping":false,"name":"x"`,
		"updateMessage":      `"chatHeaderId":CHAT,"id":1001,"message":"x"`,
		"removeMessage":      `"chatHeaderId":CHAT,"id":1001`,
		"readMessage":        `"chatHeaderId":CHAT`,
		"getMyFriendships":   ``,
		"getMyChats":         ``,
	}
	for event, payload := range payloads {
		key := map[string]string{"findAllChatHeaders": "AccessToken", "roomTyping": "", "readMessage": ""}
		name, special := key[event]
		if !special {
			name = "accessToken"
		}
		optional := slices.Contains([]string{"joinRoom", "leaveRoom", "getMyFriendships", "getMyChats"}, event)
		for _, connection := range []string{"with token", "without"} {
			for _, sent := range []bool{true, false} {
				if sent && name == "" {
					continue
				}
				b := newBench(t, syarah.Settings{AckWrites: true})
				b.chat("CHAT", "FRIEND")
				c := b.owner()
				c.ask("createMessage", `{"message":"mine","chatHeaderId":CHAT,"messageType":0,"accessToken":"TOKEN"}`).equals("[]")
				if connection == "without" {
					c = b.connect(syarah.UserID, "")
				}
				object := "{" + payload + "}"
				if sent {
					object = strings.TrimSuffix(fmt.Sprintf(`{"%s":"TOKEN",%s`, name, payload), ",") + "}"
				}
				c.ask(event, object)
				want := 401
				if sent || name == "" || optional && connection == "with token" {
					want = 200
				}
				if got := b.lastLogged().Status; got != want {
					t.Errorf("on a connection %s, %s %s got the status %d, want %d", connection, event, object, got, want)
				}
			}
		}
	}
}

// Without a token on the connection joinRoom needs all that the page lists.
func TestJoinWithoutToken(t *testing.T) {
	b := newBench(t)
	b.chat("CHAT", "FRIEND")
	c := b.connect(syarah.UserID, "")
	for payload, want := range map[string]string{
		`{"chatHeaderId":CHAT,"accessToken":"TOKEN"}`:                                       `[{"error":"userId is required"}]`,
		`{"chatHeaderId":CHAT,"accessToken":"TOKEN","userId":"OWNER"}`:                      `[{"error":"socketId is required"}]`,
		`{"chatHeaderId":CHAT,"userId":"OWNER","socketId":"SOCKET"}`:                        `[{"error":"accessToken is required: the connection has none"}]`,
		`{"chatHeaderId":CHAT,"accessToken":"TOKEN","userId":"OWNER","socketId":"SOCKET."}`: `[{"error":"socketId is not that of this socket"}]`,
	} {
		c.ask("joinRoom", payload).equals(want)
	}
	c.ask("joinRoom", `{"chatHeaderId":CHAT,"accessToken":"TOKEN","userId":"OWNER","socketId":"SOCKET"}`).has("true", 0, "joined")
}

// The token of an event counts more than that of the connection, and its user
// more than the userId of the query.
func TestWhoSends(t *testing.T) {
	b := newBench(t)
	b.chat("CHAT", "FRIEND")
	c := b.connect(syarah.StrangerID, b.mock.AccessToken())
	c.emit("createMessage", `{"message":"of the friend","chatHeaderId":CHAT,"messageType":0,"accessToken":"`+b.mock.AccessTokenOf(syarah.FriendID)+`"}`)
	c.emit("createMessage", `{"message":"of the owner","chatHeaderId":CHAT,"messageType":0,"accessToken":"TOKEN"}`)
	c.settle()
	if messages := b.mock.Snapshot().Messages; len(messages) != 2 || messages[0].UserID != syarah.FriendID || messages[1].UserID != syarah.UserID {
		t.Errorf("the messages are %+v", messages)
	}
	c.ask("joinRoom", `{"chatHeaderId":CHAT}`).has(syarah.UserID, 0, "currentMember", "userId")
	// Without any token, reading believes the query.
	c = b.connect(syarah.StrangerID, "")
	c.emit("readMessage", `{"chatHeaderId":CHAT}`)
	c.settle()
	if status := b.lastLogged().Status; status != 404 {
		t.Errorf("the stranger's reading got the status %d", status)
	}
	c = b.connect(unknownUser, "")
	c.emit("readMessage", `{"chatHeaderId":CHAT}`)
	c.settle()
	if status := b.lastLogged().Status; status != 401 {
		t.Errorf("the reading of somebody unknown got the status %d", status)
	}
}

func TestUnknownEvents(t *testing.T) {
	b := newBench(t, syarah.Settings{AckWrites: true, SocketErrors: "exception"})
	c := b.owner()
	c.send(`421["getmychats",{}]`)
	c.send(`422[7,{}]`)
	c.send(`423["a/b ?c#",{}]`)
	c.hears()
	log := b.mock.Requests()
	for i, want := range []string{"/socket.io/getmychats", "/socket.io/7", "/socket.io/a/b%20%3Fc%23"} {
		if entry := log[len(log)-3+i]; entry.Path != want || entry.Status != 404 {
			t.Errorf("the event was logged as %s %d, want %s", entry.Path, entry.Status, want)
		}
	}
}

func TestRulesOfREST(t *testing.T) {
	b := newBench(t)
	token := "Bearer " + b.mock.AccessToken()
	const header = "GET /api/chat/getChatHeaderAsync"
	for _, test := range []struct {
		call, authorization string
		status              int
		message             string
	}{
		{"GET /", token, 404, "There is no /"},
		{"GET /api/chat", "", 404, "There is no /api/chat"},
		{"POST /api/chat/getChatHeaderAsync", token, 405, "The method is not allowed"},
		{"GET /api/chat/uploadFile", token, 405, "The method is not allowed"},
		{header, "", 401, "The header Authorization must be Bearer and the access token"},
		{header, b.mock.AccessToken(), 401, "The header Authorization must be Bearer and the access token"},
		{header, "Bearer ", 401, "accessToken is required"},
		{header, "Bearer x", 401, "The access token is invalid"},
		{header, "Bearer " + unknownUser + ".x", 401, "The access token is invalid"},
		{header, token, 400, "user1Id is required"},
		{header + "?user1Id=OWNER", token, 400, "user2Id is required"},
		{header + "?user1Id=ann&user2Id=OWNER", token, 400, "user1Id must be a GUID"},
		{header + "?user1Id=OWNER&user2Id=FRIEND&x=1", token, 400, "x is not allowed"},
		{header + "?user1Id=OWNER&user2Id=" + unknownUser, token, 404, "User not found"},
		{header + "?user1Id=OWNER&user2Id=OWNER", token, 400, "A chat is between two different users"},
		{header + "?user1Id=FRIEND&user2Id=STRANGER", token, 403, "The chat would be between two others"},
		{"POST /api/chat/uploadFile", "", 401, "The header Authorization must be Bearer and the access token"},
		{"POST /api/chat/uploadFile?x=1", token, 400, "The call takes no query"},
		{"POST /api/chat/uploadFile", token, 415, "The content type must be multipart/form-data"},
	} {
		b.call(test.call, nil, "Authorization", test.authorization).fails(test.status, test.message)
	}
	if chats := b.mock.Snapshot().Chats; len(chats) != 0 {
		t.Errorf("what was refused has made chats: %+v", chats)
	}
}
