package acctest_test

import (
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// startSyarah starts a mock with what examples name: a chat with a friend, and
// messages in it.
func startSyarah(t *testing.T) *acctest.Syarah {
	t.Helper()
	server := acctest.StartSyarah(t)
	server.Edit(t, "GET", "/api/chat/getChatHeaderAsync?user1Id="+mock.UserID+"&user2Id="+mock.FriendID, nil)
	for _, message := range []struct{ user, text string }{{mock.UserID, "We answer from 9 to 17 o'clock."}, {mock.UserID, "Closed today."}, {mock.FriendID, "Thanks"}} {
		server.Edit(t, "EMIT", "/socket.io/createMessage?userId="+message.user, map[string]any{"chatHeaderId": 101, "message": message.text, "messageType": 0})
	}
	return server
}

// onSyarah is a stage on a mock that has started. Syarah deletes neither chats
// nor files, so that a destroy has nothing to leave behind that it should not.
func onSyarah(server *acctest.Syarah) stage {
	messages := func(want ...string) func(*testing.T, stage) {
		return func(t *testing.T, _ stage) {
			var got []string
			for _, message := range server.Snapshot().Messages {
				got = append(got, message.Message)
			}
			if len(got) != len(want) {
				t.Fatalf("the messages are %q, want %q", got, want)
			}
			for i := range want {
				if want[i] != "" && got[i] != want[i] {
					t.Errorf("message %d is %q, want %q", i, got[i], want[i])
				}
			}
		}
	}
	return stage{
		system:      "syarah",
		environment: server.Environment(),
		placeholders: []string{
			"550e8400-e29b-41d4-a716-446655440000", mock.UserID, "6fa459ea-ee8a-4ca4-894e-db77e160355e", mock.FriendID,
		},
		holds: func() []string { return nil },
		spellings: func(string) []string {
			return []string{mock.UserID + "/" + mock.FriendID, mock.FriendID + "/" + mock.UserID}
		},
		protocol: server.Protocol,
		requests: server.Requests,
		wantOutputs: map[string]map[string]any{
			"syarah": {
				"chats_by_user_name": map[string]any{"Jane Friend": 101.0, "Sami Friend": 102.0},
				"rules_path":         "/uploads/chat-messages/files/00000000000000000000000000000001.txt",
			},
			"resources/chat_syarah_file":           {"rules_path": "/uploads/chat-messages/files/00000000000000000000000000000001.txt"},
			"data-sources/chat_syarah_chats":       {"friends_with_a_chat": []any{"Jane Friend"}},
			"data-sources/chat_syarah_friendships": {"friends_without_a_chat": []any{"Sami Friend"}},
			"data-sources/chat_syarah_chat_headers": {
				"conversations": []any{101.0}, "groups": []any{},
			},
			"data-sources/chat_syarah_messages": {"texts": []any{"Thanks", "Closed today.", "We answer from 9 to 17 o'clock."}},
		},
		wantListed: map[string]int{"chat_syarah_chat": 1},
		actionChecks: map[string]func(*testing.T, stage){
			"actions/chat_syarah_send_message":    messages("", "", "", "Welcome", "/uploads/chat-messages/files/00000000000000000000000000000001.txt"),
			"actions/chat_syarah_update_message":  messages("We answer from 8 to 18 o'clock.", "Closed today.", "Thanks"),
			"actions/chat_syarah_delete_messages": messages("Thanks"),
			"actions/chat_syarah_mark_read": func(t *testing.T, _ stage) {
				if calls := server.Count("EMIT", "/readMessage$"); calls != 1 {
					t.Errorf("it was marked %d times", calls)
				}
			},
		},
	}
}
