package syarah_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

const (
	sendMessage    = "chat_syarah_send_message"
	updateMessage  = "chat_syarah_update_message"
	deleteMessages = "chat_syarah_delete_messages"
	markRead       = "chat_syarah_mark_read"
)

// silent is a server that tells nothing of what it has done.
var silent = []control.FaultRule{
	{Path: "findAllMessages", Body: `[]`},
	{Path: "getMyChats", Body: `[]`},
}

// withSilence is a fault of one event, on a server that can't be asked either.
func withSilence(rule control.FaultRule) []control.FaultRule {
	return append([]control.FaultRule{rule}, silent...)
}

// message is what the server holds of a message; nil: nothing.
func (e tenant) message(id int) *mock.MessageState {
	for _, message := range e.Snapshot().Messages {
		if message.ID == id {
			return &message
		}
	}
	return nil
}

// Everything that is done to messages, over all the ways in which Syarah may
// answer.
func TestActions_inAllStyles(t *testing.T) {
	t.Parallel()
	for name, settings := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			chat := e.chatWith(t, mock.FriendID)
			p := e.Protocol(t)
			invoke := func(action string, config acctest.Object, want string) {
				t.Helper()
				progress, problems := p.Invoke(t.Context(), action, with(config, acctest.Object{"chat_header_id": chat}))
				if problems != nil || !slices.Equal(progress, []string{want}) {
					t.Errorf("%s: %q %q, want %q", action, progress, problems, want)
				}
			}
			invoke(sendMessage, acctest.Object{"message": "Welcome"}, "Syarah has taken the message to chat 101: its id is 1001.")
			if message := e.message(1001); message == nil || message.Message != "Welcome" || message.Type != 0 || message.UserID != mock.UserID || message.ChatID != chat {
				t.Errorf("the message is %+v", message)
			}

			file := p.Apply(t.Context(), fileType, acctest.Object{"source": writeFile(t, "logo.png", png), "message_type": "image"}, nil)
			invoke(sendMessage, acctest.Object{"message_type": "image", "message": text(file.State, "path"), "caption": "Logo"}, "Syarah has taken the message to chat 101: its id is 1002.")
			if message := e.message(1002); message == nil || message.Message != text(file.State, "path") || message.Type != 2 || *message.Caption != "Logo" {
				t.Errorf("the message is %+v", message)
			}

			invoke(updateMessage, acctest.Object{"message_id": 1001, "message": "Hello"}, "Syarah has changed message 1001 of chat 101.")
			invoke(updateMessage, acctest.Object{"message_id": 1002, "message": text(file.State, "path"), "caption": ""}, "Syarah has changed message 1002 of chat 101.")
			if first, second := e.message(1001), e.message(1002); first.Message != "Hello" || first.Caption != nil || *second.Caption != "" {
				t.Errorf("the messages are %+v and %+v", first, second)
			}

			e.say(t, chat, mock.FriendID, "Thanks")
			invoke(markRead, acctest.Object{}, "The messages of Syarah chat 101 are marked as read.")
			if unread := row(t, read(t, e.Protocol(t), chatsType, nil)["chats"], "chat_header_id", chat)["unread_count"]; unread != 0 {
				t.Errorf("%v messages are unread", unread)
			}

			invoke(deleteMessages, acctest.Object{"message_ids": []any{1001, 1002}}, "The messages that were to be deleted, 2 in number, are not in Syarah chat 101 any more.")
			if left := e.Snapshot().Messages; len(left) != 1 || left[0].ID != 1003 {
				t.Errorf("the messages are %+v", left)
			}
			if state := e.Snapshot(); len(state.Sockets) > 0 && len(state.Sockets[0].Rooms) > 0 {
				t.Errorf("the user seems to look at %v", state.Sockets[0].Rooms)
			}
			e.mustNotCreate(t, "actions")
		})
	}
}

// Nothing is sent twice, and the room is joined and left for each write.
func TestActions_calls(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	chat := e.chatWith(t, mock.FriendID)
	p := e.Protocol(t)
	p.Invoke(t.Context(), sendMessage, acctest.Object{"chat_header_id": chat, "message": "Hi"})
	p.Invoke(t.Context(), sendMessage, acctest.Object{"chat_header_id": chat, "message": "Hi"})
	e.wantCounts(t, "sending the same twice", map[string]int{
		handshake: 1, connecting: 1,
		"EMIT /socket.io/findAllMessages": 2, "EMIT /socket.io/joinRoom": 2, "EMIT /socket.io/createMessage": 2, "EMIT /socket.io/leaveRoom": 2,
	})
	if messages := e.Snapshot().Messages; len(messages) != 2 {
		t.Errorf("the messages are %+v", messages)
	}
	p.Invoke(t.Context(), updateMessage, acctest.Object{"chat_header_id": chat, "message_id": 1001, "message": "Ho"})
	e.wantCalls(t, "EMIT /socket.io/joinRoom", "EMIT /socket.io/updateMessage", "EMIT /socket.io/leaveRoom")
	p.Invoke(t.Context(), markRead, acctest.Object{"chat_header_id": chat})
	e.wantCalls(t, "EMIT /socket.io/joinRoom", "EMIT /socket.io/readMessage", "EMIT /socket.io/leaveRoom")
	p.Invoke(t.Context(), deleteMessages, acctest.Object{"chat_header_id": chat, "message_ids": []any{1002, 1001}})
	e.wantCalls(t, "EMIT /socket.io/joinRoom", "EMIT /socket.io/removeMessage", "EMIT /socket.io/leaveRoom")
}

// What is written is seen at once by what is read later in the same run.
func TestActions_areSeenByDataSources(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	chat := e.chatWith(t, mock.FriendID)
	p := e.Protocol(t)
	for _, message := range []string{"One", "Two"} {
		p.Invoke(t.Context(), sendMessage, acctest.Object{"chat_header_id": chat, "message": message})
		if got := row(t, read(t, p, chatsType, nil)["chats"], "chat_header_id", chat)["last_message"]; got != message {
			t.Errorf("after %s, the last message is %v", message, got)
		}
	}
}

func TestActions_problems(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	chat := e.chatWith(t, mock.FriendID)
	hers := e.say(t, chat, mock.FriendID, "Mine")
	for _, test := range []struct {
		action string
		config acctest.Object
		want   []string
	}{
		{sendMessage, acctest.Object{"chat_header_id": 7, "message": "Hi"}, []string{"ERROR There is no Syarah chat 7"}},
		{updateMessage, acctest.Object{"chat_header_id": 7, "message_id": 1, "message": "Hi"}, []string{"ERROR Can't change message 1 of Syarah chat 7", "Check the ids"}},
		{deleteMessages, acctest.Object{"chat_header_id": 7, "message_ids": []any{1}}, []string{"ERROR Can't delete messages of Syarah chat 7", "Check the ids"}},
		{markRead, acctest.Object{"chat_header_id": 7}, []string{"ERROR Can't mark messages of Syarah chat 7 as read", "Check the ids"}},
		{updateMessage, acctest.Object{"chat_header_id": chat, "message_id": 77, "message": "Hi"}, []string{"ERROR Can't change message 77 of Syarah chat 101", "Check the ids"}},
		{updateMessage, acctest.Object{"chat_header_id": chat, "message_id": hers, "message": "Hi"}, []string{
			"ERROR Can't change message 1001 of Syarah chat 101", "a second run makes the same change, and does no harm."}},
		{deleteMessages, acctest.Object{"chat_header_id": chat, "message_ids": []any{hers}}, []string{
			"ERROR Can't delete messages of Syarah chat 101", "Look at the chat with the data source chat_syarah_messages", "a second run deletes what is left of them, and does no harm."}},
		{sendMessage, acctest.Object{"chat_header_id": chat, "message_type": "image", "message": "/not/uploaded.webp"}, []string{
			"ERROR Can't send the message to Syarah chat 101", "a second run sends a second message."}},
	} {
		_, problems := e.Protocol(t).Invoke(t.Context(), test.action, test.config)
		onlyProblem(t, problems, test.want...)
	}
	if messages := e.Snapshot().Messages; len(messages) != 1 || messages[0].Message != "Mine" {
		t.Errorf("the messages are %+v", messages)
	}
	// Messages that are gone are what was wanted.
	if _, problems := e.Protocol(t).Invoke(t.Context(), deleteMessages, acctest.Object{"chat_header_id": chat, "message_ids": []any{77}}); problems != nil {
		t.Errorf("deleting what is gone: %q", problems)
	}
}

// A write is confirmed by looking it up where no broadcast comes; where nothing
// tells what became of it, that is said, and it is not done again.
func TestActions_faults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		action, event, again string
		config               acctest.Object
	}{
		{sendMessage, "createMessage", "a second run sends a second message.", acctest.Object{"message": "Hi"}},
		{updateMessage, "updateMessage", "a second run makes the same change, and does no harm.", acctest.Object{"message_id": 1001, "message": "Ho"}},
		{deleteMessages, "removeMessage", "a second run deletes what is left of them, and does no harm.", acctest.Object{"message_ids": []any{1001}}},
		{markRead, "readMessage", "a second run does no harm.", acctest.Object{}},
	} {
		for name, rule := range map[string]control.FaultRule{
			"cut after": {Drop: "after"}, "no answer": {Empty: true}, "cut before": {Drop: "before"}, "refused": {Status: 500, Body: `{"error":"boom"}`},
		} {
			done := name == "cut after" || name == "no answer"
			t.Run(test.action+" "+name, func(t *testing.T) {
				t.Parallel()
				e := startTenant(t)
				chat := e.chatWith(t, mock.FriendID)
				e.say(t, chat, mock.UserID, "Old")
				e.say(t, chat, mock.FriendID, "Unread")
				rule.Path, rule.Times = "/"+test.event+"$", 1
				e.Faults(t, rule)
				config := with(test.config, acctest.Object{"chat_header_id": chat})
				progress, problems := e.Protocol(t).Invoke(t.Context(), test.action, config)
				if done && (problems != nil || len(progress) != 1) {
					t.Errorf("%q %q", progress, problems)
				}
				if !done {
					onlyProblem(t, problems, "ERROR Can't ", "Syarah does not acknowledge this, and nothing confirmed it in time.", test.again)
				}
				if sent := e.Count("EMIT", "/"+test.event+"$"); sent != 1 {
					t.Errorf("it was sent %d times", sent)
				}
			})
		}
		t.Run(test.action+" told nowhere", func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			chat := e.chatWith(t, mock.FriendID)
			e.say(t, chat, mock.UserID, "Old")
			e.Faults(t, withSilence(control.FaultRule{Path: "/" + test.event + "$", Empty: true})...)
			_, problems := e.Protocol(t).Invoke(t.Context(), test.action, with(test.config, acctest.Object{"chat_header_id": chat}))
			switch test.action {
			case updateMessage:
				onlyProblem(t, problems, "ERROR Can't change message 1001 of Syarah chat 101", "There is no message 1001")
			case deleteMessages: // an empty list is what was wanted
				if problems != nil {
					t.Error(problems)
				}
			default:
				onlyProblem(t, problems, "ERROR Can't ", "Syarah does not acknowledge this", test.again)
			}
		})
		t.Run(test.action+" not joined", func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			chat := e.chatWith(t, mock.FriendID)
			e.say(t, chat, mock.UserID, "Old")
			e.Faults(t, control.FaultRule{Path: "/joinRoom$", Status: 403, Body: `{"error":"Forbidden"}`})
			_, problems := e.Protocol(t).Invoke(t.Context(), test.action, with(test.config, acctest.Object{"chat_header_id": chat}))
			onlyProblem(t, problems, "ERROR Can't ", "was not sent, as the room of chat 101 was not joined", "Syarah knows the user and does not allow this")
			if sent := e.Count("EMIT", "/"+test.event+"$"); sent != 0 {
				t.Errorf("it was sent %d times", sent)
			}
		})
	}
}

// What is asked of an action without a connection is told, like everywhere, and
// so is what it can't be asked.
func TestActions_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	unconfigured, backendOnly := acctest.NewProtocol(t), e.ProtocolWith(t, acctest.Object{"gateway_url": nil})
	unconfigured.Configure(acctest.Object{})
	for action, config := range map[string]acctest.Object{
		sendMessage:    {"chat_header_id": 101, "message": "Hi"},
		updateMessage:  {"chat_header_id": 101, "message_id": 1, "message": "Hi"},
		deleteMessages: {"chat_header_id": 101, "message_ids": []any{1}},
		markRead:       {"chat_header_id": 101},
	} {
		_, problems := unconfigured.Invoke(t.Context(), action, config)
		onlyProblem(t, problems, "ERROR Syarah is not configured", "SYARAH_ACCESS_TOKEN")
		_, problems = backendOnly.Invoke(t.Context(), action, config)
		onlyProblem(t, problems, "ERROR Syarah's gateway_url is missing", "The action needs Syarah's gateway. Set gateway_url in the provider's syarah block, or the environment variable SYARAH_GATEWAY_URL.")
		for attribute := range config {
			bad := map[string]any{"message": "", "message_ids": []any{}}[attribute]
			if bad == nil {
				bad = 0
			}
			_, problems = unconfigured.Invoke(t.Context(), action, with(config, acctest.Object{attribute: bad}))
			onlyProblem(t, problems, "Attribute "+attribute, "must ", "at least 1")
		}
	}
	for want, config := range map[string]acctest.Object{
		"ERROR A text has no caption": {"chat_header_id": 101, "message": "Hi", "caption": "Caption"},
		`value must be one of: ["text" "audio" "image" "file" "video"], got: "gif"`: {"chat_header_id": 101, "message": "Hi", "message_type": "gif"},
		"Attribute caption string length must be at least 1":                        {"chat_header_id": 101, "message": "/x", "message_type": "image", "caption": ""},
	} {
		_, problems := unconfigured.Invoke(t.Context(), sendMessage, config)
		onlyProblem(t, problems, want)
	}
	_, problems := unconfigured.Invoke(t.Context(), deleteMessages, acctest.Object{"chat_header_id": 101, "message_ids": []any{0}})
	onlyProblem(t, problems, "value must be at least 1, got: 0")
	e.wantCalls(t)
}

// Terraform 1.14 runs actions by itself.
func TestActions_inTerraform(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{{
			Config: e.Provider() + strings.Replace(janeBlock(), "}\n", `
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_syarah_send_message.welcome]
    }
  }
}
action "chat_syarah_send_message" "welcome" {
  config {
    chat_header_id = chat_syarah_chat.jane.chat_header_id
    message        = "Welcome"
  }
}
`, 1),
			Check: func(*terraform.State) error {
				var said []string
				for _, message := range e.Snapshot().Messages {
					said = append(said, message.Message)
				}
				if !reflect.DeepEqual(said, []string{"Welcome"}) {
					return fmt.Errorf("the messages are %q", said)
				}
				return nil
			},
		}},
	})
}
