package syarah_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// Everything but sockets and pushes comes back after a restart.
func TestDataSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.json")
	b := newBench(t)
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	b.chat("CHAT", "FRIEND")
	b.upload("3", "a.txt", "x").is(200)
	b.control("POST /_mock/user", `{"name":"Nora New"}`).is(200)
	b.control("PUT /_mock/friendship", `{"user1Id":"OWNER","user2Id":"STRANGER","status":3}`).is(200)
	b.control("POST /_mock/group", `{"name":"Team","members":["OWNER","FRIEND"]}`).is(200)
	c := b.owner()
	c.emit("createMessage", sendHello)
	c.emit("createMessage", sendHello)
	c.emit("updateMessage", `{"id":1001,"message":"Hi","chatHeaderId":CHAT,"accessToken":"TOKEN","caption":"c"}`)
	c.emit("removeMessage", `{"id":1002,"chatHeaderId":CHAT,"accessToken":"TOKEN"}`)
	b.friend().ask("joinRoom", `{"otherUserId":"STRANGER"}`)
	friend := b.friend()
	friend.emit("readMessage", `{"chatHeaderId":CHAT}`)
	friend.settle()
	c.settle()
	before := strings.Split(b.control("GET /_mock/state", "").raw, `"pushes"`)[0]
	if raw, err := os.ReadFile(path); err != nil || strings.Contains(string(raw), b.mock.AccessToken()) {
		t.Errorf("the data file shows a token (%v)", err)
	}

	b.restart()
	if err := b.mock.Keep(path); err != nil {
		t.Fatal(err)
	}
	if after := strings.Split(b.control("GET /_mock/state", "").raw, `"pushes"`)[0]; after != before {
		t.Errorf("before the restart:\n%s\nafter:\n%s", before, after)
	}
	b.friend().ask("getMyChats", "{}").has("0", 0, 0, "unreadCount").has("Hi", 0, 0, "lastMessage")
	c = b.owner()
	c.emit("createMessage", sendHello)
	c.settle()
	if messages := b.mock.Snapshot().Messages; len(messages) != 2 || messages[1].ID != 1003 {
		t.Errorf("the messages are %+v", messages)
	}
	b.upload("3", "a.txt", "x").has(fmt.Sprintf("/uploads/chat-messages/files/%032x.txt", 2), "data")
	if id := b.mock.AddUser("Another", ""); id == b.mock.Snapshot().Users[7].ID {
		t.Errorf("the new user took the id %s of another", id)
	}
}

func TestDataFilesThatAreRefused(t *testing.T) {
	replace := func(old, replacement string) func(string) string {
		return func(raw string) string {
			if !strings.Contains(raw, old) {
				t.Fatalf("the data file has no %s: %s", old, raw)
			}
			return strings.Replace(raw, old, replacement, 1)
		}
	}
	chat := func(id int, rest string) string {
		return fmt.Sprintf(`{"id":%d,"members":["%s","%s"],"read":{}%s}`, id, syarah.UserID, syarah.FriendID, rest)
	}
	for want, change := range map[string]func(string) string{
		"it is not the JSON that the mock writes": func(raw string) string { return raw[:len(raw)/2] },
		"unknown field":                            replace(`"version"`, `"x": 1, "version"`),
		"it has version 9, but this mock reads":    replace(`"version": 1`, `"version": 9`),
		"something in one of its lists is null":    replace(`"uploads": null`, `"uploads": [null]`),
		"are not in the order of their ids":        replace(`"chats": null`, `"chats": [`+chat(2, "")+`,`+chat(1, "")+`]`),
		"has a chat with an id that was never":     replace(`"chats": null`, `"chats": [`+chat(101, "")+`]`),
		"has a message with an id that was never":  replace(`"messages": null`, `"messages": [{"id":1001}]`),
		"its user \"ann\" has no GUID":             replace(syarah.StrangerID, "ann"),
		"its chat 1 is not one of two users":       replace(`"chats": null`, `"chats": [{"id":1,"members":["x"],"read":{}}]`),
		"its chat 2 does not tell who has read it": replace(`"chats": null`, `"chats": [{"id":2,"group":true}]`),
		"its chat 3 has the unknown member \"x\"":  replace(`"chats": null`, `"chats": [{"id":3,"group":true,"members":["x"],"read":{}}]`),
		"its message 5 is in the unknown chat 6":   replace(`"messages": null`, `"messages": [{"id":5,"chatId":6}]`),
	} {
		path := filepath.Join(t.TempDir(), "data.json")
		if err := syarah.New(syarah.Options{}).Keep(path); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(change(string(raw))), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syarah.New(syarah.Options{}).Keep(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The operator acts as anybody, without a token and without a socket; whoever
// is in the room hears of it.
func TestOperator(t *testing.T) {
	b := newBench(t)
	owner, _ := room(b)
	for _, edit := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"EMIT", "/socket.io/createMessage?userId=" + syarah.FriendID, map[string]any{"message": "x", "chatHeaderId": 101, "messageType": 0}, 200},
		{"EMIT", "/socket.io/updateMessage?userId=" + syarah.FriendID, map[string]any{"id": 1001, "message": "y", "chatHeaderId": 101}, 200},
		{"EMIT", "/socket.io/updateMessage?userId=" + syarah.UserID, map[string]any{"id": 1001, "message": "y", "chatHeaderId": 101}, 403},
		{"EMIT", "/socket.io/updateMessage?userId=" + unknownUser, map[string]any{"id": 1001, "message": "y", "chatHeaderId": 101}, 404},
		{"EMIT", "/socket.io/removeMessage?userId=" + syarah.FriendID, map[string]any{"id": 1001, "chatHeaderId": 101, "colour": "red"}, 400},
		{"EMIT", "/socket.io/removeMessage?userId=" + syarah.FriendID, map[string]any{"id": 1001, "chatHeaderId": 101}, 200},
		{"EMIT", "/socket.io/joinRoom?userId=" + syarah.FriendID, map[string]any{"otherUserId": syarah.StrangerID}, 200},
		{"EMIT", "/socket.io/leaveRoom?userId=" + syarah.FriendID, map[string]any{"chatHeaderId": 101}, 200},
		{"EMIT", "/socket.io/getMyChats?userId=" + syarah.FriendID, nil, 200},
		{"EMIT", "/socket.io/sing?userId=" + syarah.FriendID, nil, 404},
		{"GET", "/api/chat/getChatHeaderAsync?user1Id=" + syarah.StrangerID + "&user2Id=" + syarah.PendingID, nil, 200},
		{"POST", "/api/chat/uploadFile", map[string]any{}, 415},
	} {
		status, answer, err := b.mock.Edit(edit.method, edit.path, edit.body)
		if err != nil || status != edit.want {
			t.Errorf("%s %s answered %d %s %v, want %d", edit.method, edit.path, status, answer, err, edit.want)
		}
	}
	told := strings.Split(owner.told(), "\n")
	if len(told) != 3 || !strings.HasPrefix(told[0], `42["message",`) || !strings.HasPrefix(told[1], `42["messageUpdated",`) || told[2] != `42["messageDeleted",1001]` {
		t.Errorf("the owner heard %q", told)
	}
	if state := b.mock.Snapshot(); len(state.Chats) != 3 || len(state.Messages) != 0 || fmt.Sprint(state.Sockets[0].Rooms, state.Sockets[1].Rooms) != "[101] [101]" {
		t.Errorf("the state is %+v", state)
	}
	if n := b.count("EMIT /socket.io/createMessage"); n != 0 {
		t.Errorf("the request log has %d of the operator's calls", n)
	}
}

func TestControlCalls(t *testing.T) {
	b := newBench(t)
	b.chat("CHAT", "FRIEND")
	owner := b.owner()
	owner.ask("joinRoom", `{"chatHeaderId":CHAT}`)
	added := b.control("POST /_mock/user", `{"name":"Nora New","avatar":"https://files.example/nora.jpg"}`).is(200)
	nora := added.text("id")
	if added.text("accessToken") != b.mock.AccessTokenOf(nora) {
		t.Error("the token of the new user is not its own")
	}
	b.words["NORA"] = nora
	for call, want := range map[string]string{
		`PUT /_mock/friendship {"user1Id":"NORA","user2Id":"OWNER","status":1}`: "",
		`PUT /_mock/friendship {"user1Id":"NORA","user2Id":"OWNER","status":4}`: "the status is 4, but must lie between 0 and 3, or be null",
		`PUT /_mock/friendship {"user1Id":"NORA","user2Id":"NORA","status":1}`:  "a friendship is between two different users",
		`PUT /_mock/friendship {"user1Id":"NORA","user2Id":"x"}`:                `there is no user "x"`,
		`POST /_mock/group {"name":"Team","members":["x"]}`:                     `there is no user "x"`,
		`POST /_mock/group {"name":"Team","members":["OWNER"]}`:                 "",
		`DELETE /_mock/chat {"id":9}`:                                           "there is no chat 9",
		`DELETE /_mock/chat {"id":101}`:                                         "",
		`DELETE /_mock/chat {"chat":101}`:                                       `the JSON of the control call is not as documented: json: unknown field "chat"`,
	} {
		parts := strings.SplitN(call, " ", 3)
		got := b.control(parts[0]+" "+parts[1], parts[2])
		if want == "" {
			got.is(200)
		} else {
			got.is(400).has(want, "error")
		}
	}
	b.connect(nora, b.mock.AccessTokenOf(nora)).ask("getMyFriendships", "{}").has("Omar Owner", 0, 0, "name")
	if rooms := b.mock.Snapshot().Sockets; len(rooms) != 2 || len(rooms[0].Rooms)+len(rooms[1].Rooms) != 0 {
		t.Errorf("somebody is still in the deleted chat: %+v", rooms)
	}
}
