package acctest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// firstRocketChatRoom is the id of the room that the mock opens after it has
// registered one visitor. The example of a list of messages writes another.
const firstRocketChatRoom = "mock0000000000002"

// onRocketChat is a stage on a mock that has started.
func onRocketChat(server *acctest.RocketChat) stage {
	check := func(fits func(mock.State) bool) func(*testing.T, stage) {
		return func(t *testing.T, _ stage) {
			if state := server.Snapshot(); !fits(state) {
				t.Errorf("the server holds %+v", state)
			}
		}
	}
	return stage{
		system:       "rocketchat",
		environment:  server.Environment(),
		placeholders: []string{"XycfA5CetCPuEjqxw", mock.AliceID, "Gm3PoFCJWTCJ68XRa", mock.BobID, "zRAeTszXor8CCPceB", firstRocketChatRoom},
		holds:        func() []string { return rocketChatHolds(server) },
		spellings:    func(string) []string { return nil },
		protocol:     server.Protocol,
		requests:     server.Requests,
		wantOutputs: map[string]map[string]any{
			"data-sources/chat_rocketchat_config":          {"departments": []any{"Sales", "Support"}, "visitors_may_close": true},
			"data-sources/chat_rocketchat_agent":           {"served_by": "Alice"},
			"data-sources/chat_rocketchat_next_agent":      {"somebody_is_there": true},
			"data-sources/chat_rocketchat_visitor":         {"ann": "Ann Lee is guest-1"},
			"data-sources/chat_rocketchat_message_history": {"messages": []any{"How do I add a user?"}},
			"data-sources/chat_rocketchat_departments":     {"department_emails": map[string]any{"Sales": "bob@example.com", "Support": "alice@example.com"}},
		},
		outputChecks: map[string]func(*testing.T, map[string]any){
			"rocketchat": func(t *testing.T, got map[string]any) {
				rooms, _ := got["rooms"].(map[string]any)
				if departments := fmt.Sprint(got["departments"]); departments != "[Sales Support]" || len(rooms) != 3 {
					t.Errorf("the outputs are %v", got)
				}
			},
		},
		wantListed: map[string]int{
			"chat_rocketchat_visitor": 1, "chat_rocketchat_room": 1, "chat_rocketchat_message": 1,
			"chat_rocketchat_department": 3, "chat_rocketchat_custom_field": 5,
		},
		actionChecks: map[string]func(*testing.T, stage){
			"actions/chat_rocketchat_close_room": check(func(s mock.State) bool {
				return len(s.Rooms) == 1 && !s.Rooms[0].Open && s.Rooms[0].Comment == "Answered by e-mail"
			}),
			"actions/chat_rocketchat_submit_survey": check(func(s mock.State) bool {
				return s.Rooms[0].Survey["satisfaction"] == "5" && s.Rooms[0].Survey["additionalFeedback"] == "Thank you!"
			}),
			"actions/chat_rocketchat_upload_file": check(func(s mock.State) bool {
				return slices.ContainsFunc(s.Messages, func(m mock.MessageState) bool { return m.File != nil && m.File.Name == "action.tf" })
			}),
			"actions/chat_rocketchat_send_offline_message": check(func(s mock.State) bool {
				return len(s.Mails) == 1 && s.Mails[0].Text == "Please call me back."
			}),
			"actions/chat_rocketchat_transfer_room": check(func(s mock.State) bool { return s.Rooms[0].DepartmentID == mock.SalesID }),
			"actions/chat_rocketchat_send_transcript": check(func(s mock.State) bool {
				return len(s.Mails) == 1 && s.Mails[0].Email == "archive@example.com"
			}),
		},
	}
}

// rocketChatHolds lists what a mock holds and is in use. Archived departments
// stay, as those of most servers do.
func rocketChatHolds(server *acctest.RocketChat) []string {
	var all []string
	state := server.Snapshot()
	for _, visitor := range state.Visitors {
		if !visitor.Disabled {
			all = append(all, "visitor "+visitor.ID)
		}
	}
	for _, room := range state.Rooms {
		all = append(all, fmt.Sprintf("room %s, open: %t", room.ID, room.Open))
	}
	for _, department := range state.Departments {
		if !department.Archived {
			all = append(all, "department "+department.Name)
		}
	}
	for _, field := range state.CustomFields {
		all = append(all, "custom field "+field.ID)
	}
	return all
}

// The quick start on a server that takes five visitors and five rooms at a time:
// it is applied without a failure, and no plan, refresh, import or destroy makes
// the GET that opens a room.
func TestRocketChatExampleWithinTheLimits(t *testing.T) {
	t.Parallel()
	server := acctest.StartRocketChat(t)
	server.Settings(t, mock.Settings{RateLimits: true, RateWindowMS: 1500, LimitAdmin: true})
	on := onRocketChat(server)
	before := on.holds()
	workspace := readExample(t, "rocketchat").workspace(t, on, nil)
	opened := func() int {
		count := 0
		for _, request := range server.Requests() {
			if request.Method == http.MethodGet && strings.HasSuffix(request.Path, "/room") && !strings.Contains(request.Query, "rid=") {
				count++
			}
		}
		server.ResetRequests()
		return count
	}
	apply(t, workspace)
	if count := opened(); count != 3 {
		t.Errorf("the apply opened %d rooms, not 3", count)
	}
	workspace.MustPlanEmpty()
	apply(t, workspace, "-refresh-only")
	for _, address := range []string{"chat_rocketchat_room.trainees", "chat_rocketchat_visitor.trainees"} {
		id := attribute(t, workspace, address+`["ann"]`, "id")
		workspace.Must("state", "rm", "-no-color", address+`["ann"]`)
		workspace.Must("import", "-no-color", "-input=false", address+`["ann"]`, id)
	}
	apply(t, workspace) // the import of the visitor tells the department's id
	workspace.MustPlanEmpty()
	destroy(t, workspace)
	on.mustHold(t, before)
	if count := opened(); count > 0 {
		t.Errorf("plans, refreshes, imports and the destroy opened %d rooms", count)
	}
}
