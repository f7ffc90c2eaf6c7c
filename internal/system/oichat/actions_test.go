package oichat_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

const (
	sendMessage = "chat_oichat_send_message"
	leaveRoom   = "chat_oichat_leave_room"
)

func TestSendMessage(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	run := p.Protocol(t)
	for _, config := range []acctest.Object{
		{"room_id": roomID, "content": "Hello"},
		{"room_id": roomID, "content": "Your order has been confirmed.", "content_type": "system", "metadata": `{"order_id":"1234"}`},
		{"room_id": roomID, "sender_id": "ann", "content": "https://example.com/cat.png", "content_type": "image"},
	} {
		progress, problems := run.Invoke(t.Context(), sendMessage, config)
		if problems != nil || len(progress) != 1 {
			t.Errorf("%v: %q, %q", config, progress, problems)
		}
	}
	messages := p.Snapshot().Messages
	want := []mock.MessageState{
		{RoomID: roomID, SenderID: "system", Content: "Hello", ContentType: "text"},
		{RoomID: roomID, SenderID: "system", Content: "Your order has been confirmed.", ContentType: "system", Metadata: map[string]any{"order_id": "1234"}},
		{RoomID: roomID, SenderID: "ann", Content: "https://example.com/cat.png", ContentType: "image"},
	}
	for i := range messages {
		want[i].ID = messages[i].ID
	}
	if !reflect.DeepEqual(messages, want) {
		t.Errorf("the messages are %+v", messages)
	}
}

func TestSendMessage_progress(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	progress, _ := p.Protocol(t).Invoke(t.Context(), sendMessage, acctest.Object{"room_id": roomID, "sender_id": "bob", "content": "Hello"})
	if want := "bob has written into OiChat room " + roomID + ": message " + p.Snapshot().Messages[0].ID; !slices.Equal(progress, []string{want}) {
		t.Errorf("it told %q, want %q", progress, want)
	}
	p.Faults(t, control.FaultRule{Body: `{"success":true}`}) // an answer that tells nothing
	progress, problems := p.Protocol(t).Invoke(t.Context(), sendMessage, acctest.Object{"room_id": roomID, "content": "Hello"})
	if want := "system has written into OiChat room " + roomID; problems != nil || !slices.Equal(progress, []string{want}) {
		t.Errorf("it told %q, %q, want %q", progress, problems, want)
	}
}

// The action sends once for each run, unless it has a key of its own.
func TestSendMessage_again(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	invoke := func(config acctest.Object) []string {
		_, problems := p.Protocol(t).Invoke(t.Context(), sendMessage, config)
		return problems
	}
	for range 2 {
		mustSay(t, "without a key", invoke(acctest.Object{"room_id": roomID, "content": "Hello"}), "")
	}
	if messages := p.Snapshot().Messages; len(messages) != 2 {
		t.Errorf("there are %d messages, want 2", len(messages))
	}
	keyed := acctest.Object{"room_id": roomID, "content": "Hello", "idempotency_key": "order-1234"}
	for range 2 {
		mustSay(t, "with a key", invoke(keyed), "")
	}
	if messages := p.Snapshot().Messages; len(messages) != 3 {
		t.Errorf("there are %d messages, want 3", len(messages))
	}
	mustSay(t, "another message with the key", invoke(with(keyed, acctest.Object{"content": "Bye"})), "code IDEMPOTENCY_KEY_REUSED")
}

func TestSendMessage_failures(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	run := p.Protocol(t)
	message := acctest.Object{"room_id": roomID, "content": "Hello"}
	for want, more := range map[string]acctest.Object{
		"Attribute content string length must be at least 1, got: 0":                    {"content": ""},
		`value must be one of: ["text" "image" "file" "system" "custom"], got: "video"`: {"content_type": "video"},
		"it must be a JSON object": {"metadata": `"x"`},
		"Attribute idempotency_key must be 1 to 255 visible ASCII characters":           {"idempotency_key": "zwei Wörter"},
		"Check that the keys belong to the project of project_id":                       {"sender_id": "eve"},
		"ERROR Can't send a message into OiChat room room-unknown: OiChat refused POST": {"room_id": "room-unknown"},
	} {
		progress, problems := run.Invoke(t.Context(), sendMessage, with(message, more))
		mustSay(t, want, problems, want)
		if progress != nil {
			t.Errorf("%s: it told %q", want, progress)
		}
	}
	if messages := p.Snapshot().Messages; len(messages) > 0 {
		t.Errorf("it sent %+v", messages)
	}
}

func TestLeaveRoom(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob")
	run := p.Protocol(t)
	for _, test := range [][2]string{
		{"ann", "ann has left OiChat room " + roomID + ". The room was not destroyed"},
		{"bob", "bob has left OiChat room " + roomID + ". Nobody was left in it, so OiChat destroyed the room"},
	} {
		progress, problems := run.Invoke(t.Context(), leaveRoom, edge(roomID, test[0]))
		if problems != nil || !slices.Equal(progress, []string{test[1]}) {
			t.Errorf("it told %q, %q, want %q", progress, problems, test[1])
		}
	}
	if rooms := p.open(); len(rooms) > 0 {
		t.Errorf("there is still %+v", rooms)
	}
	_, problems := run.Invoke(t.Context(), leaveRoom, edge(roomID, "bob"))
	mustSay(t, "once more", problems, `ERROR Can't let the user leave: participant "bob" of OiChat room `+roomID)
	_, problems = run.Invoke(t.Context(), leaveRoom, edge(roomID, ""))
	mustSay(t, "nobody", problems, "Attribute user_id string length must be at least 1, got: 0")
}

// A read after the action sees what it did.
func TestLeaveRoom_isSeen(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "ann", "bob", "cara")
	run := p.Protocol(t)
	bob := run.Import(t.Context(), participantType, roomID+"/bob", nil)
	if _, problems := run.Invoke(t.Context(), leaveRoom, edge(roomID, "bob")); problems != nil {
		t.Fatal(problems)
	}
	mustSay(t, "the refresh", run.Refresh(t.Context(), participantType, bob).Problems, "The user is not in the room any more")
}

// Missing settings are told when the action is planned.
func TestActions_withoutSettings(t *testing.T) {
	t.Parallel()
	unset := acctest.NewProtocol(t)
	unset.Configure(acctest.Object{})
	for typeName, config := range map[string]acctest.Object{
		sendMessage: {"room_id": "room-1", "content": "Hello"}, leaveRoom: edge("room-1", "ann"),
	} {
		_, problems := unset.Invoke(t.Context(), typeName, config)
		mustSay(t, typeName, problems, "ERROR OiChat is not configured")
	}
}

func TestActions_inTerraform(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{{
			Config: p.Provider() + `
resource "chat_oichat_room" "support" {
  type                 = "group"
  initial_participants = ["ann", "bob"]

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_oichat_send_message.welcome, action.chat_oichat_leave_room.bob]
    }
  }
}

action "chat_oichat_send_message" "welcome" {
  config {
    room_id = chat_oichat_room.support.room_id
    content = "Hello"
  }
}

action "chat_oichat_leave_room" "bob" {
  config {
    room_id = chat_oichat_room.support.room_id
    user_id = "bob"
  }
}
`,
			Check: resource.ComposeTestCheckFunc(p.holds(t, "ann"), func(*terraform.State) error {
				if messages := p.Snapshot().Messages; len(messages) != 1 {
					t.Errorf("the messages are %+v", messages)
				}
				return nil
			}),
		}},
	})
}
