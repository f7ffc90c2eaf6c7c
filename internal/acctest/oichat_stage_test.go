package acctest_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// firstOiChatRoom is the id of the first room that the mock creates. Examples
// of what has no resource of its own write room-abc for it.
const firstOiChatRoom = "room_000000000001"

// onOiChat is a stage on a mock that has started.
func onOiChat(mock *acctest.OiChat) stage {
	return stage{
		system:       "oichat",
		environment:  mock.Environment(),
		placeholders: []string{"room-abc", firstOiChatRoom},
		holds:        func() []string { return oiChatHolds(mock) },
		spellings:    func(string) []string { return nil },
		protocol:     mock.Protocol,
		requests:     mock.Requests,
		wantOutputs: map[string]map[string]any{
			"oichat":                         {"rooms_of_ann": []any{"On call", "Support"}},
			"data-sources/chat_oichat_room":  {"bob_is_in": true},
			"data-sources/chat_oichat_rooms": {"open_orders": []any{"1234"}},
		},
		wantListed: map[string]int{"chat_oichat_room": 1, "chat_oichat_room_participant": 3},
		actionChecks: map[string]func(*testing.T, stage){
			"actions/chat_oichat_send_message": func(t *testing.T, _ stage) {
				messages := mock.Snapshot().Messages
				if len(messages) != 1 || messages[0].Content != "Ann and Bob answer here." || messages[0].SenderID != "system" {
					t.Errorf("the messages are %+v", messages)
				}
			},
			"actions/chat_oichat_leave_room": func(t *testing.T, _ stage) {
				if room := mock.Snapshot().Room(firstOiChatRoom); !slices.Equal(room.Participants, []string{"ann"}) || room.Deleted {
					t.Errorf("the room is %+v", room)
				}
			},
		},
	}
}

// oiChatHolds lists the rooms of a mock that are not deleted, and who is in them.
func oiChatHolds(mock *acctest.OiChat) []string {
	var all []string
	for _, room := range mock.Snapshot().Rooms {
		if !room.Deleted {
			all = append(all, fmt.Sprintf("room %s with %s", room.ID, strings.Join(room.Participants, ", ")))
		}
	}
	return all
}

// runOiChatToken sees that the token is Ann's.
func runOiChatToken(t *testing.T, directory string) {
	mock := acctest.StartOiChat(t)
	token, finish := runToken(t, onOiChat(mock), directory, "ann.token")
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(mock.SecretKey()), nil }, jwt.WithExpirationRequired()); err != nil {
		t.Error(err)
	}
	if want := []any{"ann", "Ann Lee", "agent"}; !reflect.DeepEqual([]any{claims["user_id"], claims["user_name"], claims["role"]}, want) {
		t.Errorf("the token is about %v", claims)
	}
	finish()
}
