package syarah

import (
	"strings"
	"testing"
)

// A data file is either refused or good enough for every call.
func FuzzDataFile(f *testing.F) {
	raw, err := New(Options{}).backend.Export()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	chat := `{"id":101,"members":["` + UserID + `","` + FriendID + `"],"read":{}}`
	group := `{"id":102,"group":true,"members":["` + UserID + `"],"read":{"x":1}}`
	withChats := strings.NewReplacer(`"lastChat": 100`, `"lastChat": 102`, `"chats": null`, `"chats": [`+chat+`,`+group+`]`).Replace(string(raw))
	f.Add(withChats)
	f.Add(strings.NewReplacer(`"lastMessage": 1000`, `"lastMessage": 1001`, `"messages": null`, `"messages": [{"id":1001,"chatId":101,"userId":"ghost"}]`).Replace(withChats))
	f.Add(strings.Replace(string(raw), `"friendships": [`, `"friendships": [{"users":["","`+UserID+`"],"status":1},`, 1))
	f.Fuzz(func(t *testing.T, content string) {
		server := New(Options{})
		if server.backend.Import([]byte(content)) != nil {
			return
		}
		for _, call := range []struct{ event, payload string }{
			{"getMyChats", ``}, {"getMyFriendships", ``}, {"findAllChatHeaders", `{"RoomsWithLastMessageIds":[{"ChatHeaderId":101,"LastMessageId":0}]}`},
			{"findAllMessages", `{"chatHeaderId":"101"}`}, {"joinRoom", `{"chatHeaderId":101}`}, {"joinRoom", `{"chatHeaderId":102}`},
			{"joinRoom", `{"otherUserId":"` + FriendID + `"}`}, {"readMessage", `{"chatHeaderId":101}`},
			{"createMessage", `{"chatHeaderId":101,"message":"x","messageType":0}`}, {"createMessage", `{"chatHeaderId":102,"message":"x","messageType":3}`},
			{"updateMessage", `{"chatHeaderId":101,"id":1001,"message":"x"}`}, {"removeMessage", `{"chatHeaderId":101,"id":1001}`},
		} {
			var body any
			if call.payload != "" {
				body = rawJSON(call.payload)
			}
			if status, answer, err := server.Edit(methodEmit, "/socket.io/"+call.event+"?userId="+UserID, body); err != nil || status >= 500 {
				t.Errorf("%s answered %d %s %v", call.event, status, answer, err)
			}
		}
		server.Snapshot()
	})
}

// rawJSON is written as it is.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }
