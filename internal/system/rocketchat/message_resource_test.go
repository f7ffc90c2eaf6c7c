package rocketchat_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

const (
	messageType = "chat_rocketchat_message"
	messageName = "chat_rocketchat_message.hello"
)

// helloBlock is a message of ann's in HCL, with some of it replaced.
func helloBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_rocketchat_message" "hello" {
  room_id       = chat_rocketchat_room.support.id
  visitor_token = chat_rocketchat_visitor.ann.token
  text          = "Hello, is anybody there?"
}
`)
}

// hello is a message of the visitor ann-1.
func hello(roomID string) acctest.Object {
	return acctest.Object{"room_id": roomID, "visitor_token": "ann-1", "message_id": "hello", "text": "Hello"}
}

// chat is a tenant where ann-1 has an open room.
func startChat(t *testing.T) (e tenant, roomID string) {
	t.Helper()
	e = startTenant(t)
	e.addVisitor(t, "ann-1", map[string]any{"name": "Ann"})
	return e, e.openRoom(t, "ann-1")
}

func TestMessage_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	room := e.Provider() + annBlock("name ", "token = \"ann-1\"\nname ") + supportBlock()
	config := room + helloBlock()
	chosen := room + helloBlock("text ", "message_id = \"hello-1\"\n  text ")
	written := func() []mock.MessageState {
		var all []mock.MessageState
		for _, message := range e.Snapshot().Messages {
			if message.Type == "" {
				all = append(all, message)
			}
		}
		return all
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectSensitiveValue(messageName, tfjsonpath.New("visitor_token")),
					statecheck.ExpectKnownValue(messageName, tfjsonpath.New("stored_text"), knownvalue.StringExact("Hello, is anybody there?")),
				},
				Check: func(state *terraform.State) error {
					all := written()
					if len(all) != 1 || all[0].RoomID+"/"+all[0].ID != state.RootModule().Resources[messageName].Primary.ID {
						return fmt.Errorf("the messages are %+v", all)
					}
					return nil
				},
			},
			{Config: config, PlanOnly: true},
			{ResourceName: messageName, ImportState: true, ImportStateVerify: true},
			{ResourceName: messageName, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: func(*terraform.State) (string, error) {
				return written()[0].RoomID + "/" + written()[0].ID + "/ann-1", nil
			}},
			{Config: room + helloBlock("Hello", "Good morning"), ConfigPlanChecks: expect(messageName, plancheck.ResourceActionUpdate), Check: func(*terraform.State) error {
				if all := written(); len(all) != 1 || !all[0].Edited || !strings.HasPrefix(all[0].Text, "Good morning") {
					return fmt.Errorf("the messages are %+v", all)
				}
				return nil
			}},
			{Config: config, ConfigPlanChecks: expect(messageName, plancheck.ResourceActionUpdate)},
			{
				PreConfig: func() {
					e.edit(t, "PUT /message/"+written()[0].ID, map[string]any{"token": "ann-1", "rid": e.openRooms()[0], "msg": "Edited by hand"})
				},
				Config: config, ConfigPlanChecks: expect(messageName, plancheck.ResourceActionUpdate),
			},
			{Config: chosen, ConfigPlanChecks: expect(messageName, plancheck.ResourceActionReplace)},
			{
				PreConfig: func() {
					e.edit(t, "DELETE /message/hello-1", map[string]any{"token": "ann-1", "rid": e.openRooms()[0]})
				},
				Config: chosen, ConfigPlanChecks: expect(messageName, plancheck.ResourceActionCreate),
			},
			{ // A new room: the message goes there.
				PreConfig: func() { e.closeRoom(t, "ann-1", e.openRooms()[0]) },
				Config:    chosen, ConfigPlanChecks: expect(messageName, plancheck.ResourceActionReplace),
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if all := written(); len(all) > 0 {
				return fmt.Errorf("messages are left: %+v", all)
			}
			return nil
		},
	})
}

func TestMessage_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + annBlock() + supportBlock() + helloBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(messageName, tfjsonpath.New("room_id")),
					statecheck.ExpectIdentityValueMatchesState(messageName, tfjsonpath.New("message_id")),
				},
			},
			{ResourceName: messageName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// Each operation is one request.
func TestMessage_callsAndIdentity(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	p := e.VisitorProtocol(t)
	message := p.Apply(t.Context(), messageType, hello(room), nil)
	identity := acctest.Object{"room_id": room, "message_id": "hello"}
	if message.Problems != nil || text(message.State, "id") != room+"/hello" || !reflect.DeepEqual(message.Identity, identity) {
		t.Fatalf("%v %v %q", message.State, message.Identity, message.Problems)
	}
	e.wantCalls(t, "POST /message")

	read := p.Refresh(t.Context(), messageType, message)
	if !reflect.DeepEqual(read.State, message.State) {
		t.Errorf("the refresh changed the state from %v to %v", message.State, read.State)
	}
	e.wantCalls(t, "GET /message/hello?rid="+room+"&token=<hidden>")

	edited := p.Apply(t.Context(), messageType, with(hello(room), acctest.Object{"text": "Hi"}), &read)
	if edited.Problems != nil || e.Snapshot().Message("hello").Text != "Hi" || text(edited.State, "stored_text") != "Hi" {
		t.Errorf("%v %q", edited.State, edited.Problems)
	}
	e.wantCalls(t, "PUT /message/hello")

	for spelling, p := range map[string]*acctest.Protocol{room + "/hello": e.Protocol(t), "": e.Protocol(t), room + "/hello/ann-1": p} {
		imported := p.Import(t.Context(), messageType, spelling, identity)
		if imported.Problems != nil || !reflect.DeepEqual(imported.State, edited.State) || !reflect.DeepEqual(imported.Identity, identity) {
			t.Errorf("the import of %q gave %v %v %q", spelling, imported.State, imported.Identity, imported.Problems)
		}
	}
	onlyProblem(t, p.Import(t.Context(), messageType, "hello", nil).Problems, "ERROR Malformed import id", "<room_id>/<message_id>")
	e.ResetRequests()

	if gone := p.Apply(t.Context(), messageType, nil, &edited); gone.Problems != nil || e.Snapshot().Message("hello") != nil {
		t.Errorf("%q", gone.Problems)
	}
	e.wantCalls(t, "DELETE /message/hello")
	if again := p.Apply(t.Context(), messageType, nil, &edited); again.Problems != nil {
		t.Errorf("the destroy of what is gone says %q", again.Problems)
	}
}

// A content filter changes what people read, and not what is planned.
func TestMessage_contentFilter(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	e.Settings(t, mock.Settings{MaskedWords: []string{"darn"}})
	p := e.Protocol(t)
	message := p.Apply(t.Context(), messageType, with(hello(room), acctest.Object{"text": "darn it"}), nil)
	onlyWarning(t, message.Problems, "Rocket.Chat changed the text", "stored_text is what people read")
	if text(message.State, "text") != "darn it" || text(message.State, "stored_text") != "**** it" {
		t.Errorf("the state is %v", message.State)
	}
	if read := p.Refresh(t.Context(), messageType, message); !reflect.DeepEqual(read.State, message.State) {
		t.Errorf("the refresh left %v", read.State)
	}
	e.edit(t, "PUT /message/hello", map[string]any{"token": "ann-1", "rid": room, "msg": "by hand"})
	drifted := e.Protocol(t).Refresh(t.Context(), messageType, message)
	if text(drifted.State, "text") != "by hand" {
		t.Errorf("the drift is not seen: %v", drifted.State)
	}
	edited := p.Apply(t.Context(), messageType, with(hello(room), acctest.Object{"text": "oh darn"}), &drifted)
	onlyWarning(t, edited.Problems, "Rocket.Chat changed the text")
	if text(edited.State, "stored_text") != "oh ****" {
		t.Errorf("the state is %v", edited.State)
	}

	w := e.workspace(t, annBlock()+supportBlock()+helloBlock("Hello", "darn"))
	apply(w, 1)
	w.MustPlanEmpty()
}

// What the server's settings do not allow.
func TestMessage_notAllowed(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	message := e.Protocol(t).Apply(t.Context(), messageType, hello(room), nil)
	e.Settings(t, mock.Settings{NoEditing: true, NoDeleting: true})
	edited := e.Protocol(t).Apply(t.Context(), messageType, with(hello(room), acctest.Object{"text": "Hi"}), &message)
	onlyProblem(t, edited.Problems, "ERROR Can't edit Rocket.Chat message hello in room "+room, "Message_AllowEditing")
	if !reflect.DeepEqual(edited.State, message.State) {
		t.Errorf("the state is %v", edited.State)
	}
	deleted := e.Protocol(t).Apply(t.Context(), messageType, nil, &message)
	onlyWarning(t, deleted.Problems, "Rocket.Chat message hello in room "+room+" stays in the room", "Message_AllowDeleting", "has left the state")
	if deleted.State != nil || e.Snapshot().Message("hello") == nil {
		t.Errorf("the state is %v", deleted.State)
	}

	e.Settings(t, mock.Settings{MessageLimit: 3})
	long := e.Protocol(t).Apply(t.Context(), messageType, with(hello(room), acctest.Object{"message_id": "long"}), nil)
	onlyProblem(t, long.Problems, "ERROR Can't create Rocket.Chat message long", "Livechat_message_character_limit")
}

// Nobody can write into a room that is closed, or is not the visitor's, and a
// message of the same id is somebody's.
func TestMessage_cannotBeSent(t *testing.T) {
	t.Parallel()
	e, catchUp := startOldTenant(t)
	e.addVisitor(t, "ann-1", nil)
	e.addVisitor(t, "bob-1", nil)
	room := e.openRoom(t, "ann-1")
	e.edit(t, "POST /message", map[string]any{"token": "ann-1", "rid": room, "msg": "x", "_id": "taken"})
	catchUp()
	p := e.Protocol(t)
	onlyProblem(t, p.Apply(t.Context(), messageType, with(hello(room), acctest.Object{"message_id": "taken"}), nil).Problems,
		"ERROR Can't create Rocket.Chat message taken", `A message with the id "taken" exists already`)
	onlyProblem(t, p.Apply(t.Context(), messageType, with(hello(room), acctest.Object{"visitor_token": "nobody"}), nil).Problems, "ERROR There is no such Rocket.Chat visitor")
	onlyProblem(t, p.Apply(t.Context(), messageType, with(hello(room), acctest.Object{"visitor_token": "bob-1"}), nil).Problems, "ERROR There is no such Rocket.Chat room of this visitor")
	onlyProblem(t, p.Apply(t.Context(), messageType, hello("nowhere"), nil).Problems, "ERROR There is no such Rocket.Chat room of this visitor")
	e.closeRoom(t, "ann-1", room)
	onlyProblem(t, p.Apply(t.Context(), messageType, hello(room), nil).Problems, "ERROR Can't send Rocket.Chat message", "Nobody can write into a closed room")
}

// A message in a closed room stays; a message whose room or visitor is gone does
// not.
func TestMessage_disappears(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	message := e.Protocol(t).Apply(t.Context(), messageType, hello(room), nil)
	e.closeRoom(t, "ann-1", room)
	if read := e.Protocol(t).Refresh(t.Context(), messageType, message); !reflect.DeepEqual(read.State, message.State) || read.Problems != nil {
		t.Errorf("in a closed room: %v %q", read.State, read.Problems)
	}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { e.edit(t, "DELETE /message/hello", map[string]any{"token": "ann-1", "rid": room}) }, "Rocket.Chat does not know it any more"},
		{func() { e.edit(t, "POST /rooms.delete", map[string]any{"roomId": room}) }, "Rocket.Chat does not know the room any more"},
		{func() { e.edit(t, "DELETE /visitor/ann-1", nil) }, "Rocket.Chat does not know the visitor's token any more"},
	} {
		step.do()
		gone := e.Protocol(t).Refresh(t.Context(), messageType, message)
		onlyWarning(t, gone.Problems, "Rocket.Chat message hello in room "+room+" no longer exists", step.want)
		if gone.State != nil {
			t.Errorf("it stays in the state: %v", gone.State)
		}
	}
}

func TestMessage_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{"Hello, is anybody there?", "", "Attribute text string length must be at least 1, got: 0"},
		{"text ", "message_id = \"a/b\"\n  text ", "Attribute message_id must consist of letters, digits, dashes and underscores"},
		{"chat_rocketchat_room.support.id", `""`, "Attribute room_id string length must be at least 1, got: 0"},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + annBlock() + supportBlock() + helloBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// The id is chosen here, and tells what became of a message: it is there once.
func TestMessage_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e, room := startChat(t)
			p := e.Protocol(t)
			e.Faults(t, fault.on("POST", "/message$"))
			message := p.Apply(t.Context(), messageType, hello(room), nil)
			if sent := e.Snapshot().Message("hello") != nil; sent != (message.State != nil) || sent != (message.Problems == nil) {
				t.Errorf("it was sent: %t, and the state says %v, %q", sent, message.State, message.Problems)
			}
			if message.State == nil {
				onlyProblem(t, message.Problems, "ERROR Can't create Rocket.Chat message", fault.want)
				message = p.Apply(t.Context(), messageType, hello(room), nil)
			}
			if message.Problems != nil || e.Snapshot().Message("hello") == nil {
				t.Errorf("then %v, %q", message.State, message.Problems)
			}
		})
	}
}

// A message of which nobody knows whether it was sent is in the state with its
// id, so that the next apply finds it.
func TestMessage_outcomeUnknown(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/message$", Drop: "after"}, control.FaultRule{Method: "GET", Path: "/message/", Status: 503})
	config := hello(room)
	delete(config, "message_id")
	lost := e.Protocol(t).Apply(t.Context(), messageType, config, nil)
	onlyProblem(t, lost.Problems, "ERROR Can't send Rocket.Chat message", "It is not known whether", "Its id is kept in the state")
	e.Faults(t)
	p := e.Protocol(t)
	if found := p.Refresh(t.Context(), messageType, lost); found.Problems != nil || e.Snapshot().Message(text(found.State, "message_id")) == nil {
		t.Errorf("the refresh gave %v %q", found.State, found.Problems)
	}
	if gone := p.Apply(t.Context(), messageType, nil, &lost); gone.Problems != nil || e.Snapshot().Message(text(lost.State, "message_id")) != nil {
		t.Errorf("%q", gone.Problems)
	}
}

func TestMessage_readEditAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e, room := startChat(t)
			message := e.Protocol(t).Apply(t.Context(), messageType, hello(room), nil)

			e.Faults(t, fault.on("GET", "/message/"))
			read := e.Protocol(t).Refresh(t.Context(), messageType, message)
			checkFault(t, fault, read.Problems, "Can't read Rocket.Chat message")
			if !reflect.DeepEqual(read.State, message.State) {
				t.Errorf("the refresh left %v", read.State)
			}

			p := e.Protocol(t)
			e.Faults(t, fault.on("PUT", "/message/"))
			config := with(hello(room), acctest.Object{"text": "Hi"})
			edited := p.Apply(t.Context(), messageType, config, &message)
			checkFault(t, fault, edited.Problems, "Can't edit Rocket.Chat message")
			e.Faults(t)
			refreshed := p.Refresh(t.Context(), messageType, edited)
			if healed := p.Apply(t.Context(), messageType, config, &refreshed); healed.Problems != nil || e.Snapshot().Message("hello").Text != "Hi" {
				t.Errorf("the next apply says %q", healed.Problems)
			}

			e.Faults(t, fault.on("DELETE", "/message/"))
			deleted := p.Apply(t.Context(), messageType, nil, &message)
			if left := e.Snapshot().Message("hello") != nil; left && deleted.State == nil {
				t.Errorf("the destroy claims to be done, and the message is left: %q", deleted.Problems)
			} else if left && deleted.Problems == nil {
				t.Error("the message is left, and nobody says why")
			}
			if again := p.Apply(t.Context(), messageType, nil, &message); again.Problems != nil || e.Snapshot().Message("hello") != nil {
				t.Errorf("the next destroy says %q", again.Problems)
			}
		})
	}
}

// Many messages of a room are read from its history, a page for a hundred.
func TestMessage_readsOfMany(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, annBlock()+supportBlock()+helloBlock("{\n", "{\n  count = 30\n"))
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty("-parallelism=10")
	if alone, pages := e.Count("GET", "/message/"), e.Count("GET", "/messages.history/"); alone > 3 || pages != 1 {
		t.Errorf("%d messages were read alone, and %d pages of the history", alone, pages)
	}
	w.Write("main.tf", acctest.RequiredProviders+e.Provider()+annBlock()+supportBlock())
	apply(w, 10)
	if left := len(e.Snapshot().Messages); left != 2 { // that the room was opened, and taken
		t.Errorf("%d messages are left", left)
	}
}
