package acctest_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// startTegraBox starts a mock on which the example of deleting a message works
// as it will when TegraBox can.
func startTegraBox(t *testing.T) *acctest.TegraBox {
	t.Helper()
	server := acctest.StartTegraBox(t)
	server.Settings(t, mock.Settings{Implemented: []string{"messages.delete"}})
	return server
}

// onTegraBox is a stage on a mock that has started.
func onTegraBox(server *acctest.TegraBox) stage {
	check := func(fits func(mock.State) bool) func(*testing.T, stage) {
		return func(t *testing.T, _ stage) {
			if state := server.Snapshot(); !fits(state) {
				t.Errorf("the server holds %+v", state)
			}
		}
	}
	deleted := func(path string) func(*testing.T, stage) {
		return func(t *testing.T, _ stage) {
			if calls := server.Count("DELETE", path); calls != 1 {
				t.Errorf("there were %d deletions of %s", calls, path)
			}
		}
	}
	return stage{
		system:      "tegrabox",
		environment: server.Environment(),
		outputs:     []string{server.ProjectID(), "PROJECT"},
		holds:       func() []string { return tegraBoxHolds(server) },
		spellings:   func(string) []string { return nil },
		protocol:    server.Protocol,
		requests:    server.Requests,
		wantOutputs: map[string]map[string]any{
			"tegrabox":                              {"users": []any{"Ann Lee", "Ben Kim", "Cara Diaz", "Rooms"}},
			"data-sources/chat_tegrabox_user":       {"ann": "Ann Lee is ann in the chat"},
			"data-sources/chat_tegrabox_users":      {"active_users": []any{"ann"}},
			"data-sources/chat_tegrabox_room":       {"created_by_ann": true},
			"data-sources/chat_tegrabox_rooms":      {"rooms_of_ann": []any{"General"}},
			"data-sources/chat_tegrabox_messages":   {"messages": []any{}},
			"data-sources/chat_tegrabox_project":    {"project_id": "PROJECT"},
			"data-sources/chat_tegrabox_token_info": {"bearer": "ann"},
		},
		wantListed: map[string]int{"chat_tegrabox_user": 1, "chat_tegrabox_room": 1},
		actionChecks: map[string]func(*testing.T, stage){
			"actions/chat_tegrabox_send_message": check(func(s mock.State) bool {
				return len(s.Messages) == 1 && s.Messages[0].Content == "Ann answers here."
			}),
			"actions/chat_tegrabox_join_room": check(func(s mock.State) bool {
				return slices.Equal(s.Rooms[0].Members, []string{s.Users[0].ID, s.Users[1].ID}) || slices.Equal(s.Rooms[0].Members, []string{s.Users[1].ID, s.Users[0].ID})
			}),
			"actions/chat_tegrabox_leave_room":     check(func(s mock.State) bool { return len(s.Rooms[0].Members) == 0 }),
			"actions/chat_tegrabox_delete_message": deleted("/messages/"),
			"actions/chat_tegrabox_revoke_tokens":  deleted("/token$"),
		},
	}
}

// tegraBoxHolds lists the users of a mock. Its rooms stay, as TegraBox's do.
func tegraBoxHolds(server *acctest.TegraBox) []string {
	var all []string
	for _, user := range server.Snapshot().Users {
		all = append(all, "user "+user.Username)
	}
	return all
}

// runTegraBoxToken sees that the server takes the token for Ann's.
func runTegraBoxToken(t *testing.T, directory string) {
	server := startTegraBox(t)
	token, finish := runToken(t, onTegraBox(server), directory, "ann.token")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/auth/verify", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the server answers the token with %s", response.Status)
	}
	finish()
}
