package tegrabox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

const (
	sendMessage   = "chat_tegrabox_send_message"
	deleteMessage = "chat_tegrabox_delete_message"
	revokeTokens  = "chat_tegrabox_revoke_tokens"
	joinRoom      = "chat_tegrabox_join_room"
	leaveRoom     = "chat_tegrabox_leave_room"
)

// startGeneral starts a tenant with Ann, who made the room, and Bob, who is not
// in it.
func startGeneral(t *testing.T) (e tenant, ann, bob, room string) {
	t.Helper()
	e = startTenant(t)
	ann, bob = e.addUser(t, "ann"), e.addUser(t, "bob")
	return e, ann, bob, e.addRoom(t, "General", ann)
}

// ran fails unless an action went well and told so.
func ran(t *testing.T, progress, problems []string, want string) {
	t.Helper()
	if problems != nil || len(progress) != 1 || progress[0] != want {
		t.Errorf("it told %q, want %q, and said %q", progress, want, problems)
	}
}

func TestSendMessage(t *testing.T) {
	t.Parallel()
	e, ann, bob, room := startGeneral(t)
	p := e.Protocol(t)
	progress, problems := p.Invoke(t.Context(), sendMessage, acctest.Object{"room_id": room, "user_id": ann, "content": "Deployed"})
	messages := e.Snapshot().Messages
	if len(messages) != 1 || messages[0].Content != "Deployed" || messages[0].UserID != ann {
		t.Fatalf("the messages are %+v", messages)
	}
	ran(t, progress, problems, "TegraBox has taken message "+messages[0].ID+" for room "+room+".")
	e.wantCalls(t, lookup, "POST "+project+"/rooms/"+room+"/messages")

	for _, test := range []struct{ room, user, content, want string }{
		{room, bob, "Hi", "The user is not a member of the room"},
		{room, "nobody", "Hi", "User not found"},
		{"nowhere", ann, "Hi", "Room not found"},
		{room, ann, "", "Attribute content string length must be at least 1, got: 0"},
	} {
		_, problems := p.Invoke(t.Context(), sendMessage, acctest.Object{"room_id": test.room, "user_id": test.user, "content": test.content})
		onlyProblem(t, problems, "ERROR", test.want)
	}
}

// A message is never sent twice: when the answer is lost the action says so.
func TestSendMessage_faults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		e, ann, _, room := startGeneral(t)
		e.Faults(t, fault.on("POST", "/messages$"))
		_, problems := e.Protocol(t).Invoke(t.Context(), sendMessage, acctest.Object{"room_id": room, "user_id": ann, "content": "Hi"})
		sent := len(e.Snapshot().Messages)
		if sent > 1 || problems == nil && sent == 0 {
			t.Errorf("%s: %d messages were sent, %q", fault.name, sent, problems)
		}
		if lost := sent == 1 && problems != nil; lost && !mentions(problems, "a second run sends a second message") {
			t.Errorf("%s: %q", fault.name, problems)
		}
		if problems != nil {
			onlyProblem(t, problems, "ERROR Can't send message of TegraBox user "+ann+" into room "+room, fault.want)
		}
	}
}

func TestDeleteMessage(t *testing.T) {
	t.Parallel()
	e, ann, _, room := startGeneral(t)
	config := acctest.Object{"room_id": room, "message_id": e.addMessage(t, room, ann, "Hi")}
	p := e.Protocol(t)
	_, problems := p.Invoke(t.Context(), deleteMessage, config)
	onlyProblem(t, problems, "ERROR Can't delete message "+text(config, "message_id")+" of TegraBox room "+room, "TegraBox can't delete messages yet", "(501)", "The message is still there.")
	e.wantCalls(t, lookup, "DELETE "+project+"/rooms/"+room+"/messages/"+text(config, "message_id"))

	e.Settings(t, capable)
	for range 2 { // one that is gone is no error
		progress, problems := p.Invoke(t.Context(), deleteMessage, config)
		ran(t, progress, problems, "TegraBox has deleted message "+text(config, "message_id")+" of room "+room+".")
	}
	if messages := e.Snapshot().Messages; len(messages) > 0 {
		t.Errorf("messages are left: %+v", messages)
	}
}

func TestRevokeTokens(t *testing.T) {
	t.Parallel()
	e, ann, bob, _ := startGeneral(t)
	tokens := []string{e.token(t, ann), e.token(t, ann), e.token(t, bob)}
	p := e.Protocol(t)
	progress, problems := p.Invoke(t.Context(), revokeTokens, acctest.Object{"user_id": ann})
	ran(t, progress, problems, "TegraBox has revoked all tokens of user "+ann+".")
	e.wantCalls(t, lookup, "DELETE "+project+"/users/"+ann+"/token")
	for i, want := range []int{401, 401, 200} {
		if got := e.verify(t, tokens[i]); got != want {
			t.Errorf("token %d gets %d, want %d", i, got, want)
		}
	}
	_, problems = p.Invoke(t.Context(), revokeTokens, acctest.Object{"user_id": "nobody"})
	onlyProblem(t, problems, "ERROR There is no TegraBox user nobody")
}

// Who joins and leaves is told by a token: one that is issued for the user, or
// the provider's.
func TestJoinAndLeaveRoom(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]mock.Settings{"default": {}, "409": {JoinAgain: 409}, "anyway": {LeaveAnyway: true}, "in header": {ProjectIn: "header"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, ann, bob, room := startGeneral(t)
			token := e.token(t, bob)
			e.Settings(t, settings)
			common := acctest.Object{}
			if settings.ProjectIn != "" {
				common["project_in"] = settings.ProjectIn
			}
			for who, run := range map[string]struct{ settings, config acctest.Object }{
				"TegraBox user " + bob:                 {common, acctest.Object{"room_id": room, "user_id": bob}},
				"The user of the provider's jwt_token": {with(common, acctest.Object{"jwt_token": token}), acctest.Object{"room_id": room}},
			} {
				p := e.ProtocolWith(t, run.settings)
				for range 2 { // joining and leaving twice is joining and leaving once
					progress, problems := p.Invoke(t.Context(), joinRoom, run.config)
					ran(t, progress, problems, who+" is a member of room "+room+".")
					if members := e.Snapshot().Room(room).Members; !slices.Equal(members, []string{ann, bob}) {
						t.Errorf("the members are %q", members)
					}
				}
				for range 2 {
					progress, problems := p.Invoke(t.Context(), leaveRoom, run.config)
					ran(t, progress, problems, who+" is no member of room "+room+".")
					if members := e.Snapshot().Room(room).Members; !slices.Equal(members, []string{ann}) {
						t.Errorf("the members are %q", members)
					}
				}
			}
		})
	}
}

func TestJoinRoom_calls(t *testing.T) {
	t.Parallel()
	e, _, bob, room := startGeneral(t)
	p := e.Protocol(t)
	p.Invoke(t.Context(), joinRoom, acctest.Object{"room_id": room, "user_id": bob})
	e.wantCalls(t, lookup, "POST "+project+"/users/"+bob+"/token", "POST "+project+"/rooms/"+room+"/join")
	p.Invoke(t.Context(), leaveRoom, acctest.Object{"room_id": room, "user_id": bob})
	e.wantCalls(t, "POST "+project+"/users/"+bob+"/token", "POST "+project+"/rooms/"+room+"/leave")
}

func TestJoinAndLeaveRoom_problems(t *testing.T) {
	t.Parallel()
	e, _, bob, room := startGeneral(t)
	token := e.token(t, bob)
	for action, verb := range map[string]string{joinRoom: "join", leaveRoom: "leave"} {
		p := e.Protocol(t)
		_, problems := p.Invoke(t.Context(), action, acctest.Object{"room_id": "nowhere", "user_id": bob})
		onlyProblem(t, problems, "ERROR There is no TegraBox room nowhere")
		_, problems = p.Invoke(t.Context(), action, acctest.Object{"room_id": room, "user_id": "nobody"})
		onlyProblem(t, problems, "ERROR There is no TegraBox user nobody")
		_, problems = p.Invoke(t.Context(), action, acctest.Object{"room_id": room})
		onlyProblem(t, problems, "ERROR The provider has no token of a TegraBox user", "TEGRABOX_JWT_TOKEN", "Or name the user by user_id.")
		_, problems = e.ProtocolWith(t, acctest.Object{"jwt_token": "canary-token"}).Invoke(t.Context(), action, acctest.Object{"room_id": room})
		onlyProblem(t, problems, "ERROR Can't "+verb+" TegraBox room "+room, "TegraBox does not accept the user's token")
		if mentions(problems, "canary") {
			t.Errorf("the token stands in %q", problems)
		}
		for _, fault := range faults {
			e.Faults(t, fault.on("POST", "/token$"))
			_, problems = e.Protocol(t).Invoke(t.Context(), action, acctest.Object{"room_id": room, "user_id": bob})
			checkFault(t, fault, problems, "Can't issue token of TegraBox user "+bob)

			e.Edit(t, "POST", project+"/rooms/"+room+"/join?user_id="+bob, nil)
			e.Faults(t, fault.on("POST", "/"+verb+"$"))
			_, problems = e.ProtocolWith(t, acctest.Object{"jwt_token": token}).Invoke(t.Context(), action, acctest.Object{"room_id": room})
			fault.want = strings.ReplaceAll(fault.want, "the provider's API key", "the user's token")
			switch fault.name {
			case "empty 200", "broken JSON", "broken JSON after commit", "empty answer after commit":
				// Nobody knows what TegraBox answers: any 2xx but a web page will do.
				fault.survived = true
			}
			switch {
			case fault.survived != (problems == nil):
				t.Errorf("%s, %s: %q", verb, fault.name, problems)
			case problems != nil:
				onlyProblem(t, problems, "ERROR Can't "+verb+" TegraBox room "+room, fault.want)
			}
			e.Faults(t)
		}
	}
}

// Terraform 1.14 runs actions by itself.
func TestActions_inTerraform(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{{
			Config: e.Provider() + annBlock() + generalBlock("}\n", `
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_tegrabox_send_message.welcome]
    }
  }
}
action "chat_tegrabox_send_message" "welcome" {
  config {
    room_id = chat_tegrabox_room.general.id
    user_id = chat_tegrabox_user.ann.id
    content = "Welcome"
  }
}
`),
			Check: func(*terraform.State) error {
				if messages := e.Snapshot().Messages; len(messages) != 1 || messages[0].Content != "Welcome" {
					return fmt.Errorf("the messages are %+v", messages)
				}
				return nil
			},
		}},
	})
}

// What is asked of an action without a connection is told, like everywhere.
func TestActions_unconfigured(t *testing.T) {
	t.Parallel()
	p := acctest.NewProtocol(t)
	p.Configure(acctest.Object{})
	for action, config := range map[string]acctest.Object{
		sendMessage:   {"room_id": "r", "user_id": "u", "content": "c"},
		deleteMessage: {"room_id": "r", "message_id": "m"},
		revokeTokens:  {"user_id": "u"},
		joinRoom:      {"room_id": "r", "user_id": "u"},
		leaveRoom:     {"room_id": "r", "user_id": "u"},
	} {
		_, problems := p.Invoke(t.Context(), action, config)
		onlyProblem(t, problems, "ERROR TegraBox is not configured", "TEGRABOX_API_KEY")
		for attribute := range config {
			_, problems = p.Invoke(t.Context(), action, with(config, acctest.Object{attribute: ""}))
			onlyProblem(t, problems, "Attribute "+attribute+" string length must be at least 1")
		}
	}
}

// Revoking and deleting: each fault is survived or told.
func TestActions_faultsOfTheOthers(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		e, ann, _, room := startGeneral(t)
		e.Settings(t, capable)
		message := e.addMessage(t, room, ann, "Hi")
		for action, config := range map[string]acctest.Object{revokeTokens: {"user_id": ann}, deleteMessage: {"room_id": room, "message_id": message}} {
			e.Faults(t, fault.on("DELETE", ""))
			_, problems := e.Protocol(t).Invoke(t.Context(), action, config)
			checkFault(t, fault, problems, "Can't ")
		}
	}
}
