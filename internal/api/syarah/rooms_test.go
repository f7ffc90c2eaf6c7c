package syarah

import (
	"errors"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestJoinAndLeaveRoom(t *testing.T) {
	g := newGateway(t, map[string]handler{
		joinRoomEvent:  says(`{"chatHeaderId":123,"joined":true,"roomMembers":[],"currentMember":{},"members":[],"friendshipStatus":2}`),
		leaveRoomEvent: says(``),
	})
	client := g.client(t)
	room, err := client.JoinRoom(background(t), 123)
	if err != nil || room.ChatHeaderID != 123 || room.FriendshipStatus != FriendshipRejected || len(room.Raw) == 0 {
		t.Errorf("got %+v, %v", room, err)
	}
	want := `{"chatHeaderId":123,"userId":"` + userID + `","socketId":"session","accessToken":"` + token + `"}`
	if got := g.last(joinRoomEvent); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	room, err = client.JoinRoomOrCreateChat(background(t), "other")
	if err != nil || room.ChatHeaderID != 123 {
		t.Errorf("got %+v, %v", room, err)
	}
	want = `{"otherUserId":"other","userId":"` + userID + `","socketId":"session","accessToken":"` + token + `"}`
	if got := g.last(joinRoomEvent); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, ack := range []string{``, `null`, `true`, `{}`, `"left"`, `{"error":null}`} {
		g.on(leaveRoomEvent, says(ack))
		if err := client.LeaveRoom(background(t), 123); err != nil {
			t.Errorf("%s: %v", ack, err)
		}
	}
	if got := g.last(leaveRoomEvent); got != `{"chatHeaderId":123,"accessToken":"`+token+`"}` {
		t.Errorf("got %s", got)
	}
	g.on(leaveRoomEvent, says(`{"error":"Room not found"}`))
	if err := client.LeaveRoom(background(t), 123); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAnswersToJoinRoom(t *testing.T) {
	for ack, want := range map[string]struct {
		id      int64 // of JoinRoom(5)
		created int64 // of JoinRoomOrCreateChat
		words   string
	}{
		`{"chatHeaderId":5}`:                {id: 5, created: 5},
		`{"chatHeader":{"id":5}}`:           {id: 5, created: 5},
		`{"data":{"chatHeaderId":5}}`:       {id: 5, created: 5},
		`{"joined":true}`:                   {id: 5, words: "it holds no chatHeaderId"},
		`null`:                              {id: 5, words: "it holds no chatHeaderId"},
		``:                                  {id: 5, words: "it holds no chatHeaderId"},
		`{"chatHeaderId":6}`:                {created: 6, words: "it is about another room"},
		`{"chatHeaderId":5,"joined":false}`: {words: "did not let user"},
		`{"error":"You are not a member"}`:  {words: "Syarah refused joinRoom: You are not a member"},
	} {
		g := newGateway(t, map[string]handler{joinRoomEvent: says(ack)})
		client := g.client(t)
		room, err := client.JoinRoom(background(t), 5)
		if room.ChatHeaderID != want.id || want.id == 0 && !strings.Contains(err.Error(), want.words) {
			t.Errorf("%s: got %+v, %v", ack, room, err)
		}
		room, err = client.JoinRoomOrCreateChat(background(t), "other")
		if room.ChatHeaderID != want.created || want.created == 0 && !strings.Contains(err.Error(), want.words) {
			t.Errorf("%s: got %+v, %v", ack, room, err)
		}
	}
}

func TestRoomsAreNamed(t *testing.T) {
	g := newGateway(t, nil)
	client := g.client(t)
	for _, err := range []error{
		second(client.JoinRoom(background(t), 0)),
		second(client.JoinRoomOrCreateChat(background(t), "")),
		client.LeaveRoom(background(t), -1),
		client.MarkRead(background(t), 0),
		client.RemoveMessages(background(t), 0, 1),
		client.RemoveMessages(background(t), 1, 1, 0),
		second(client.ListMessages(background(t), 0, 0)),
		second(client.SendMessage(background(t), NewMessage{Text: "x"})),
		second(client.SendMessage(background(t), NewMessage{ChatHeaderID: 1, Text: " \n"})),
		second(client.SendMessage(background(t), NewMessage{ChatHeaderID: 1, Text: "x", Type: 5})),
		second(client.UpdateMessage(background(t), MessageChange{ChatHeaderID: 1, ID: 1, Text: " "})),
		second(client.UpdateMessage(background(t), MessageChange{ChatHeaderID: 1, Text: "x"})),
		second(client.UpdateMessage(background(t), MessageChange{ID: 1, Text: "x"})),
	} {
		if !rest.IsKind(err, rest.Invalid) {
			t.Errorf("got %v", err)
		}
	}
	if g.connections() != 0 || errors.Join(client.RemoveMessages(background(t), 1)) != nil {
		t.Error("the gateway was asked")
	}
}
