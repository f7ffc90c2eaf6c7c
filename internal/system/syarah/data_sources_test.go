package syarah_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

const (
	chatsType       = "chat_syarah_chats"
	friendshipsType = "chat_syarah_friendships"
	headersType     = "chat_syarah_chat_headers"
	messagesType    = "chat_syarah_messages"
)

// read reads a data source that must be there.
func read(t *testing.T, p *acctest.Protocol, typeName string, config acctest.Object) acctest.Object {
	t.Helper()
	if config == nil {
		config = acctest.Object{}
	}
	got, problems := p.ReadDataSource(t.Context(), typeName, config)
	if problems != nil {
		t.Fatal(problems)
	}
	return got
}

// row is the row with this value of an attribute: the harness of the protocol
// sorts lists.
func row(t *testing.T, rows any, attribute string, value any) acctest.Object {
	t.Helper()
	for _, one := range rows.([]any) {
		if object := one.(acctest.Object); object[attribute] == value {
			return object
		}
	}
	t.Fatalf("no row has the %s %v: %v", attribute, value, rows)
	return nil
}

// column picks one attribute of each row.
func column(rows any, attribute string) []any {
	values := []any{}
	for _, row := range rows.([]any) {
		values = append(values, row.(acctest.Object)[attribute])
	}
	return values
}

func TestDataChats(t *testing.T) {
	t.Parallel()
	for name, settings := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			p := e.Protocol(t)
			if got := read(t, p, chatsType, nil); len(got["chats"].([]any)) != 0 {
				t.Errorf("of nobody it read %v", got)
			}
			first := e.chatWith(t, mock.FriendID)
			e.chatWith(t, mock.StrangerID)
			e.say(t, e.chatWith(t, mock.BlockedID), mock.UserID, "Sorry")
			e.say(t, first, mock.FriendID, "Hello")
			if _, err := e.AddGroup("Everybody", mock.UserID, mock.FriendID); err != nil {
				t.Fatal(err)
			}

			chats := read(t, e.Protocol(t), chatsType, nil)["chats"].([]any)
			jane := row(t, chats, "chat_header_id", 101)
			want := acctest.Object{
				"chat_header_id": 101, "user_id": mock.FriendID, "user_name": "Jane Friend", "user_avatar_url": "https://files.example/jane.jpg",
				"friendship_status": "accepted", "last_message": "Hello", "unread_count": 1, "is_online": false,
				"created_at": jane["created_at"], "last_message_at": jane["last_message_at"],
			}
			if !reflect.DeepEqual(jane, want) || len(text(jane, "created_at")) != len("2026-11-21T07:00:00Z") || text(jane, "last_message_at") == "" {
				t.Errorf("the first chat is %v, want %v", jane, want)
			}
			ids, statuses := []any{101, 102, 103}, []any{"accepted", "none", "blocked"}
			if settings.HideEmptyChats {
				ids, statuses = []any{101, 103}, []any{"accepted", "blocked"}
			} else if empty := row(t, chats, "chat_header_id", 102); empty["last_message"] != nil || empty["last_message_at"] != nil || empty["user_avatar_url"] != nil {
				t.Errorf("an empty chat is %v", empty)
			}
			if got := column(chats, "chat_header_id"); !reflect.DeepEqual(got, ids) {
				t.Errorf("the chats are %v", got)
			}
			if got := column(chats, "friendship_status"); !reflect.DeepEqual(got, statuses) {
				t.Errorf("the statuses are %v", got)
			}
			e.mustNotCreate(t, "reading chats")
		})
	}
}

func TestDataFriendships(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.chatWith(t, mock.FriendID)
	got := read(t, e.Protocol(t), friendshipsType, nil)["friendships"]
	want := []any{
		acctest.Object{"user_id": mock.SecondFriendID, "name": "Sami Friend", "avatar_url": nil, "chat_header_id": nil, "is_online": false},
		acctest.Object{"user_id": mock.FriendID, "name": "Jane Friend", "avatar_url": "https://files.example/jane.jpg", "chat_header_id": 101, "is_online": false},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the friendships are %v, want %v", got, want)
	}
	e.wantCalls(t, "EMIT /socket.io/getMyFriendships")
}

// All conversations are read, a page at a time, each with all that the server
// tells of it.
func TestDataChatHeaders(t *testing.T) {
	t.Parallel()
	for name, settings := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			settings.MaxResults = 0
			e.Settings(t, settings)
			e.chatWith(t, mock.FriendID)
			for i := range 44 {
				if _, err := e.AddGroup(fmt.Sprintf("Group %d", i), mock.UserID); err != nil {
					t.Fatal(err)
				}
			}
			p := e.Protocol(t)
			headers := read(t, p, headersType, nil)["chat_headers"].([]any)
			seen := map[any]bool{}
			for _, id := range column(headers, "chat_header_id") {
				seen[id] = true
			}
			if len(headers) != 45 || len(seen) != 45 || !seen[101] {
				t.Errorf("%d conversations, of which %d are different", len(headers), len(seen))
			}
			var told map[string]any
			last := headers[44].(acctest.Object)
			if err := json.Unmarshal([]byte(text(last, "json")), &told); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"id", "Id"} {
				if id, found := told[key]; found && int(id.(float64)) != last["chat_header_id"] {
					t.Errorf("the conversation %v is %v", last["chat_header_id"], told)
				}
			}
			short := read(t, p, headersType, acctest.Object{"limit": 3})
			if len(short["chat_headers"].([]any)) != 3 || short["limit"] != 3 {
				t.Errorf("three conversations are %v", short)
			}
			e.mustNotCreate(t, "reading conversations")
		})
	}
}

func TestDataMessages(t *testing.T) {
	t.Parallel()
	for name, settings := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			settings.MaxResults = 0
			e.Settings(t, settings)
			chat := e.chatWith(t, mock.FriendID)
			for i := range 120 {
				e.say(t, chat, []string{mock.UserID, mock.FriendID}[i%2], fmt.Sprintf("Message %d", i))
			}
			p := e.Protocol(t)
			messages := read(t, p, messagesType, acctest.Object{"chat_header_id": chat})["messages"].([]any)
			first := 1021 // of 120, the newest 100
			if settings.OldestFirst {
				first = 1001
			}
			message := row(t, messages, "message_id", first)
			want := acctest.Object{
				"message_id": first, "user_id": mock.UserID, "message_type": "text", "message": fmt.Sprintf("Message %d", first-1001), "caption": nil,
				"created_at": message["created_at"],
			}
			if !reflect.DeepEqual(message, want) || text(message, "created_at") == "" {
				t.Errorf("a message is %v, want %v", message, want)
			}
			if row(t, messages, "message_id", first+99); len(messages) != 100 {
				t.Errorf("there are %d messages", len(messages))
			}
			all := read(t, p, messagesType, acctest.Object{"chat_header_id": chat, "limit": 1000})
			if len(all["messages"].([]any)) != 120 {
				t.Errorf("all messages are %d", len(all["messages"].([]any)))
			}
		})
	}
}

// Nobody knows how Syarah writes messages: what is not recognised is null.
func TestDataMessages_strange(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.chatWith(t, mock.FriendID)
	e.Faults(t, control.FaultRule{Path: "findAllMessages", Body: `{"result":{"items":[{"Content":"Hi","Sender":{"Id":"somebody"},"type":9},{"x":[1]}]}}`})
	got := read(t, e.Protocol(t), messagesType, acctest.Object{"chat_header_id": 101})["messages"]
	want := []any{
		acctest.Object{"message_id": nil, "user_id": nil, "message_type": nil, "message": nil, "caption": nil, "created_at": nil},
		acctest.Object{"message_id": nil, "user_id": "somebody", "message_type": "9", "message": "Hi", "caption": nil, "created_at": nil},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the messages are %v, want %v", got, want)
	}
}

func TestDataMessages_ofNoChat(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	_, problems := e.Protocol(t).ReadDataSource(t.Context(), messagesType, acctest.Object{"chat_header_id": 7})
	onlyProblem(t, problems, "ERROR There is no Syarah chat 7", "take the value from that resource's chat_header_id")

	// What is said beside the answer explains, and proves nothing.
	e.Settings(t, mock.Settings{SocketErrors: "exception"})
	_, problems = e.Protocol(t).ReadDataSource(t.Context(), messagesType, acctest.Object{"chat_header_id": 7})
	onlyProblem(t, problems, "ERROR Can't read messages of Syarah chat 7", "Chat header not found")
}

func TestDataSources_badInput(t *testing.T) {
	t.Parallel()
	p := startTenant(t).Protocol(t)
	for typeName, configs := range map[string]map[string]acctest.Object{
		messagesType: {
			"Attribute chat_header_id value must be at least 1, got: 0": {"chat_header_id": 0},
			"Attribute limit value must be at least 1, got: 0":          {"chat_header_id": 1, "limit": 0},
		},
		headersType: {"Attribute limit value must be at least 1, got: 0": {"limit": 0}},
	} {
		for want, config := range configs {
			_, problems := p.ReadDataSource(t.Context(), typeName, config)
			onlyProblem(t, problems, want)
		}
	}
}

// Each fault is survived or told.
func TestDataSources_faults(t *testing.T) {
	t.Parallel()
	for typeName, test := range map[string]struct {
		event, summary string
		config         acctest.Object
	}{
		chatsType:       {"getMyChats", "Can't list Syarah chats", acctest.Object{}},
		friendshipsType: {"getMyFriendships", "Can't list Syarah friendships", acctest.Object{}},
		headersType:     {"findAllChatHeaders", "Can't list Syarah conversations", acctest.Object{}},
		messagesType:    {"findAllMessages", "Can't read messages of Syarah chat 101", acctest.Object{"chat_header_id": 101}},
	} {
		for _, fault := range eventFaults {
			t.Run(typeName+" "+fault.name, func(t *testing.T) {
				t.Parallel()
				e := startTenant(t)
				e.chatWith(t, mock.FriendID)
				e.Faults(t, fault.on("EMIT", test.event))
				if fault.name == "list without ids" && (typeName == headersType || typeName == messagesType) {
					fault.survived = true // their shapes are not known
				}
				_, problems := e.Protocol(t).ReadDataSource(t.Context(), typeName, test.config)
				checkFault(t, fault, problems, test.summary)
			})
		}
	}
}

// In Terraform, over what the same run creates.
func TestDataSources_inTerraform(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.chatWith(t, mock.BlockedID)
	config := e.Provider() + janeBlock() + `
data "chat_syarah_friendships" "mine" {}
data "chat_syarah_chats" "mine" {
  depends_on = [chat_syarah_chat.jane]
}
data "chat_syarah_chat_headers" "mine" {
  limit      = 1
  depends_on = [chat_syarah_chat.jane]
}
data "chat_syarah_messages" "jane" {
  chat_header_id = chat_syarah_chat.jane.chat_header_id
}
`
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: config,
			Check: resource.ComposeTestCheckFunc(
				resource.TestCheckResourceAttr("data.chat_syarah_friendships.mine", "friendships.#", "2"),
				resource.TestCheckResourceAttr("data.chat_syarah_friendships.mine", "friendships.0.name", "Jane Friend"),
				resource.TestCheckResourceAttr("data.chat_syarah_chats.mine", "chats.0.user_name", "Bilal Blocked"), // by their ids
				resource.TestCheckResourceAttr("data.chat_syarah_chats.mine", "chats.1.user_name", "Jane Friend"),
				resource.TestCheckResourceAttr("data.chat_syarah_chat_headers.mine", "chat_headers.0.chat_header_id", "102"), // as Syarah lists them
				resource.TestCheckResourceAttr("data.chat_syarah_messages.jane", "messages.#", "0"),
			),
		},
		{Config: config, PlanOnly: true},
	}})
	if made := e.Count("GET", "getChatHeaderAsync"); made != 1 {
		t.Errorf("one chat took %d calls of getChatHeaderAsync", made)
	}
}
