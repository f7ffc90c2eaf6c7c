package syarah_test

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

const (
	chatType = "chat_syarah_chat"
	janeName = "chat_syarah_chat.jane"
)

// jane is the chat of the provider's user and a friend.
var jane = acctest.Object{"user1_id": mock.UserID, "user2_id": mock.FriendID}

// janeBlock is that chat in HCL, with some of it replaced.
func janeBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_syarah_chat" "jane" {
  user1_id = "` + mock.UserID + `"
  user2_id = "` + mock.FriendID + `"
}
`)
}

// expect is a plan in which a resource has this action.
func expect(name string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(name, action)}}
}

func TestChat_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := e.Provider() + janeBlock()
	swapped := e.Provider() + janeBlock(mock.UserID, mock.FriendID, mock.FriendID, mock.UserID)
	capitals := e.Provider() + janeBlock("00a", "00A")
	other := e.Provider() + janeBlock(mock.FriendID, mock.SecondFriendID)
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(janeName, tfjsonpath.New("id"), knownvalue.StringExact("101")),
					statecheck.ExpectKnownValue(janeName, tfjsonpath.New("chat_header_id"), knownvalue.Int64Exact(101)),
					statecheck.ExpectKnownValue(janeName, tfjsonpath.New("user1_id"), knownvalue.StringExact(mock.UserID)),
					statecheck.ExpectKnownValue(janeName, tfjsonpath.New("user2_id"), knownvalue.StringExact(mock.FriendID)),
					statecheck.ExpectKnownValue(janeName, tfjsonpath.New("strict_read"), knownvalue.Null()),
				},
				Check: func(*terraform.State) error {
					if chat := e.Snapshot().Chat(mock.UserID, mock.FriendID); chat == nil || chat.ID != 101 {
						return fmt.Errorf("the chat is %+v", chat)
					}
					return nil
				},
			},
			{ResourceName: janeName, ImportState: true, ImportStateVerify: true},
			{ResourceName: janeName, ImportState: true, ImportStateVerify: true, ImportStateId: mock.UserID + "/" + mock.FriendID},
			{ResourceName: janeName, ImportState: true, ImportStateId: "999", ExpectError: says("Can't import Syarah chat 999")},
			{ResourceName: janeName, ImportState: true, ImportStateId: "jane", ExpectError: says(`"jane" is not the id of a Syarah chat`)},
			// The order of the two, and their letter case, mean nothing.
			{Config: swapped, ConfigPlanChecks: expect(janeName, plancheck.ResourceActionNoop)},
			{Config: capitals, ConfigPlanChecks: expect(janeName, plancheck.ResourceActionNoop)},
			{Config: e.Provider() + janeBlock("user1_id", "# user1_id"), ConfigPlanChecks: expect(janeName, plancheck.ResourceActionNoop)},
			{Config: e.Provider() + janeBlock("}", "  strict_read = false\n}"), ConfigPlanChecks: expect(janeName, plancheck.ResourceActionUpdate)},
			{Config: config, ConfigPlanChecks: expect(janeName, plancheck.ResourceActionUpdate)},
			{
				Config: other,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(janeName, plancheck.ResourceActionReplace),
					plancheck.ExpectUnknownValue(janeName, tfjsonpath.New("id")),
				}},
				Check: resource.TestCheckResourceAttr(janeName, "chat_header_id", "102"),
			},
			// The first one is still there, and taken over.
			{Config: swapped, ConfigPlanChecks: expect(janeName, plancheck.ResourceActionReplace), Check: resource.TestCheckResourceAttr(janeName, "chat_header_id", "101")},
		},
		CheckDestroy: func(*terraform.State) error {
			if chats := e.Snapshot().Chats; len(chats) != 2 {
				return fmt.Errorf("the chats are %+v: Syarah deletes none", chats)
			}
			return nil
		},
	})
	if creations := e.Count("GET", "getChatHeaderAsync"); creations != 3 {
		t.Errorf("3 creations made %d calls of getChatHeaderAsync", creations)
	}
}

// A chat that Syarah lists nowhere is created again only if that is wanted.
func TestChat_disappears(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	remove := func() {
		if err := e.DeleteChat(e.Snapshot().Chat(mock.UserID, mock.FriendID).ID); err != nil {
			t.Error(err)
		}
	}
	strict := e.Provider() + janeBlock("}", "  strict_read = true\n}")
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: strict},
		{PreConfig: remove, Config: strict, ConfigPlanChecks: expect(janeName, plancheck.ResourceActionCreate), Check: resource.TestCheckResourceAttr(janeName, "id", "102")},
		{Config: e.Provider() + janeBlock()},
		{PreConfig: remove, Config: e.Provider() + janeBlock(), ConfigPlanChecks: expect(janeName, plancheck.ResourceActionNoop)},
	}})
}

// A plan goes by the strict_read of the last apply, as the warning says.
func TestChat_strictReadCountsAfterItsApply(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	chat := p.Apply(t.Context(), chatType, jane, nil)
	if err := e.DeleteChat(101); err != nil {
		t.Fatal(err)
	}
	read := p.Refresh(t.Context(), chatType, chat)
	onlyProblem(t, read.Problems, "or strict_read = true to create the chat again when it is not listed. Either counts from the plan after the apply that stores it.")
	strict := p.Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": true}), &read)
	if strict.State["strict_read"] != true {
		t.Fatalf("the apply left %v %q", strict.State, strict.Problems)
	}
	if after := p.Refresh(t.Context(), chatType, strict); after.State != nil {
		t.Errorf("the next plan keeps %v", after.State)
	}
}

func TestChat_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + janeBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(janeName, tfjsonpath.New("id")),
				},
			},
			{ResourceName: janeName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// Each operation is one call at most, and only the creation is the GET that
// creates. The whole life goes over all the ways in which Syarah may answer.
func TestChat_callsInAllStyles(t *testing.T) {
	t.Parallel()
	for name, settings := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			p := e.Protocol(t)
			chat := p.Apply(t.Context(), chatType, jane, nil)
			want := acctest.Object{"id": "101", "chat_header_id": 101, "user1_id": mock.UserID, "user2_id": mock.FriendID, "strict_read": nil, "timeouts": nil}
			if chat.Problems != nil || !reflect.DeepEqual(chat.State, want) || !reflect.DeepEqual(chat.Identity, acctest.Object{"id": "101"}) {
				t.Fatalf("created %v %v %q", chat.State, chat.Identity, chat.Problems)
			}
			e.wantCalls(t, creation)

			lists := []string{listing}
			if settings.HideEmptyChats {
				lists = append(lists, headers) // a second look
			}
			read := p.Refresh(t.Context(), chatType, chat)
			if read.Problems != nil || !reflect.DeepEqual(read.State, want) {
				t.Errorf("read %v %q", read.State, read.Problems)
			}
			e.wantCalls(t, lists...)

			// What was read a moment ago need not be read again.
			e.say(t, 101, mock.FriendID, "Hello")
			p = e.Protocol(t)
			for _, spelling := range []string{"101", "", mock.UserID + "/" + mock.FriendID} {
				imported := p.Import(t.Context(), chatType, spelling, acctest.Object{"id": "101"})
				if imported.Problems != nil || !reflect.DeepEqual(imported.State, want) || !reflect.DeepEqual(imported.Identity, acctest.Object{"id": "101"}) {
					t.Errorf("the import of %q gave %v %v %q", spelling, imported.State, imported.Identity, imported.Problems)
				}
			}
			e.wantCalls(t, listing)

			changed := p.Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": true}), &read)
			if changed.Problems != nil || changed.State["strict_read"] != true {
				t.Errorf("changed to %v %q", changed.State, changed.Problems)
			}
			destroyed := p.Apply(t.Context(), chatType, nil, &changed)
			onlyWarning(t, destroyed.Problems, "Syarah chat 101 of users "+mock.UserID+" and "+mock.FriendID+" stays on the server", "terraform import <address of this resource> '101'")
			e.wantCalls(t)
			if destroyed.State != nil || len(e.Snapshot().Chats) != 1 {
				t.Errorf("the destroy left %v, and on the server %v", destroyed.State, e.Snapshot().Chats)
			}

			again := p.Apply(t.Context(), chatType, with(jane, acctest.Object{"user1_id": mock.FriendID, "user2_id": mock.UserID}), nil)
			if again.Problems != nil || number(again.State, "chat_header_id") != 101 || len(e.Snapshot().Chats) != 1 {
				t.Errorf("created again: %v %q, %v", again.State, again.Problems, e.Snapshot().Chats)
			}
		})
	}
}

// An import writes the users in one order, and the configuration perhaps in the
// other: nothing is to be done then.
func TestChat_importedInTheOtherOrder(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.chatWith(t, mock.FriendID)
	for _, pair := range []string{mock.UserID + "/" + mock.FriendID, mock.FriendID + "/" + mock.UserID} {
		w := e.workspace(t, `
import {
  to = chat_syarah_chat.jane
  id = "`+pair+`"
}
`+janeBlock())
		output := apply(w, 1)
		if !strings.Contains(output, "1 imported, 0 added, 0 changed, 0 destroyed") {
			t.Errorf("the import of %s did:\n%s", pair, output)
		}
		w.MustPlanEmpty()
		for _, block := range []string{
			janeBlock(mock.UserID, mock.FriendID, mock.FriendID, mock.UserID),
			janeBlock("user1_id", "# user1_id"),
		} {
			w.Write("main.tf", acctest.RequiredProviders+e.Provider()+block)
			w.MustPlanEmpty()
		}
	}
	e.mustNotCreate(t, "imports and plans")
}

// The user of the provider is one of the two unless others are named.
func TestChat_defaultUser(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	chat := p.Apply(t.Context(), chatType, acctest.Object{"user2_id": mock.FriendID}, nil)
	if chat.Problems != nil || text(chat.State, "user1_id") != mock.UserID {
		t.Errorf("%v %q", chat.State, chat.Problems)
	}
	alone := p.Apply(t.Context(), chatType, acctest.Object{"user2_id": strings.ToUpper(mock.UserID)}, nil)
	onlyProblem(t, alone.Problems, "ERROR The two users are the same", "If user1_id is left out, it is the user of the provider.")
	both := p.Validate(t.Context(), chatType, acctest.Object{"user1_id": mock.FriendID, "user2_id": strings.ToUpper(mock.FriendID)})
	onlyProblem(t, both, "ERROR The two users are the same")
}

// The chat of two others is nowhere to be seen: the plan says so, the server may
// refuse, and what was created stays in the state.
func TestChat_ofTwoOthers(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	others := acctest.Object{"user1_id": mock.FriendID, "user2_id": mock.StrangerID}
	refused := p.Apply(t.Context(), chatType, others, nil)
	if refused.State != nil || !mentions(refused.Problems, "Can't create Syarah chat of users "+mock.FriendID+" and "+mock.StrangerID) ||
		!mentions(refused.Problems, "Check that user_id (SYARAH_USER_ID) is the user whom access_token (SYARAH_ACCESS_TOKEN) belongs to.") {
		t.Errorf("%v %q", refused.State, refused.Problems)
	}
	e.Settings(t, mock.Settings{Strangers: true})
	for _, strict := range []any{nil, true} {
		chat := p.Apply(t.Context(), chatType, with(others, acctest.Object{"strict_read": strict}), nil)
		read := p.Refresh(t.Context(), chatType, chat)
		if read.Problems != nil || number(read.State, "chat_header_id") != 101 {
			t.Errorf("strict_read %v: %v %q", strict, read.State, read.Problems)
		}
	}
	w := e.workspace(t, janeBlock(mock.UserID, mock.StrangerID))
	if output := apply(w, 1); !says("Neither of the two is the user of the provider, " + mock.UserID).MatchString(output) {
		t.Errorf("the plan does not warn:\n%s", output)
	}
	w.MustPlanEmpty()
}

// A chat that is in neither list: by default it is kept, with a warning.
func TestChat_listedNowhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		strict any
		gone   bool
		want   string // "": nothing is said
	}{
		"default": {nil, false, "WARNING Syarah chat 101 of users " + mock.UserID + " and " + mock.FriendID + " is not listed: The list of chats lacks it. So does the list of all conversations."},
		"false":   {false, false, ""},
		"true":    {true, true, "WARNING Syarah chat 101 of users " + mock.UserID + " and " + mock.FriendID + " no longer exists: Syarah lists it nowhere, and strict_read is true."},
	} {
		e := startTenant(t)
		p := e.Protocol(t)
		chat := p.Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": test.strict}), nil)
		if err := e.DeleteChat(101); err != nil {
			t.Fatal(err)
		}
		e.ResetRequests()
		read := p.Refresh(t.Context(), chatType, chat)
		if (read.State == nil) != test.gone {
			t.Errorf("%s: the state is %v", name, read.State)
		}
		if test.want == "" && read.Problems != nil {
			t.Errorf("%s: %q", name, read.Problems)
		} else if test.want != "" {
			onlyProblem(t, read.Problems, test.want)
		}
		e.wantCalls(t, listing, headers)
	}
}

// A server that tells only so many chats, or hides empty ones, loses none.
func TestChat_shortList(t *testing.T) {
	t.Parallel()
	for _, settings := range []mock.Settings{{ChatsLimit: 1}, {HideEmptyChats: true}} {
		e := startTenant(t)
		e.Settings(t, settings)
		p := e.Protocol(t)
		chat := p.Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": true}), nil)
		p.Apply(t.Context(), chatType, with(jane, acctest.Object{"user2_id": mock.SecondFriendID}), nil)
		if read := p.Refresh(t.Context(), chatType, chat); read.Problems != nil || read.State == nil {
			t.Errorf("%+v: %v %q", settings, read.State, read.Problems)
		}
	}
}

// Where the second look fails, the chat is kept; unless it matters.
func TestChat_secondLookFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		strict any
		want   string
	}{
		{nil, "WARNING Syarah chat 101 of users " + mock.UserID + " and " + mock.FriendID + " is not listed: The list of chats lacks it. The list of all conversations could not be read: "},
		{false, ""},
		{true, "ERROR Can't read Syarah chat 101"},
	} {
		for _, rule := range []control.FaultRule{{Body: `{"id":1}`}, {Body: `[{"name":"x"}]`}, {Status: 500, Body: `{"error":"boom"}`}} {
			e := startTenant(t)
			e.Settings(t, mock.Settings{HideEmptyChats: true})
			p := e.Protocol(t)
			chat := p.Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": test.strict}), nil)
			rule.Path = "findAllChatHeaders"
			e.Faults(t, rule)
			read := p.Refresh(t.Context(), chatType, chat)
			if read.State == nil || test.want == "" && read.Problems != nil {
				t.Errorf("strict_read %v, %+v: %v %q", test.strict, rule, read.State, read.Problems)
			}
			if test.want != "" {
				onlyProblem(t, read.Problems, test.want)
			}
		}
	}
}

// Somebody has deleted the chat and made another one: the state lets go of the
// first, and the next apply takes the second.
func TestChat_anotherOfTheSameUsers(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	chat := p.Apply(t.Context(), chatType, jane, nil)
	if err := e.DeleteChat(101); err != nil {
		t.Fatal(err)
	}
	e.chatWith(t, mock.FriendID)
	read := p.Refresh(t.Context(), chatType, chat)
	onlyWarning(t, read.Problems, "Syarah chat 101", "no longer exists", "Syarah lists another chat of the two users, 102")
	if read.State != nil {
		t.Errorf("the state is %v", read.State)
	}
	if taken := p.Apply(t.Context(), chatType, jane, nil); taken.Problems != nil || text(taken.State, "id") != "102" {
		t.Errorf("%v %q", taken.State, taken.Problems)
	}
}

// Under the id of the state is a chat with another user: that is drift.
func TestChat_otherUserDrift(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	chat := p.Apply(t.Context(), chatType, jane, nil)
	e.Faults(t, control.FaultRule{Path: "getMyChats", Body: `[{"chatHeaderId":101,"userId":"` + mock.SecondFriendID + `"}]`})
	read := e.Protocol(t).Refresh(t.Context(), chatType, chat)
	if read.Problems != nil || text(read.State, "user1_id") != mock.UserID || text(read.State, "user2_id") != mock.SecondFriendID {
		t.Errorf("%v %q", read.State, read.Problems)
	}
	// A list that does not tell the other user says nothing about it.
	e.Faults(t, control.FaultRule{Path: "getMyChats", Body: `[{"chatHeaderId":101}]`})
	read = e.Protocol(t).Refresh(t.Context(), chatType, chat)
	if read.Problems != nil || !reflect.DeepEqual(read.State, chat.State) {
		t.Errorf("%v %q", read.State, read.Problems)
	}
}

func TestChat_importsThatFail(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{HideEmptyChats: true})
	e.chatWith(t, mock.FriendID)
	p := e.Protocol(t)
	for id, want := range map[string]string{
		"":                                   `ERROR Malformed import id: "" is not the id of a Syarah chat. It must be the chat's number, such as 101, or the ids of its two users: <user1_id>/<user2_id>.`,
		"0":                                  `"0" is not the id of a Syarah chat`,
		"0101":                               `"0101" is not the id of a Syarah chat`,
		"-1":                                 `"-1" is not the id of a Syarah chat`,
		mock.UserID:                          `is not the id of a Syarah chat`,
		mock.UserID + "/":                    `does not name a Syarah chat. It must be the ids of two different users, <user1_id>/<user2_id>, which are GUIDs`,
		"ann/bob":                            `"ann/bob" does not name a Syarah chat`,
		mock.UserID + "/" + mock.UserID:      `does not name a Syarah chat`,
		"7":                                  "ERROR Can't import Syarah chat 7: Syarah's list of the chats of user " + mock.UserID + " (user_id, SYARAH_USER_ID) lacks it.",
		mock.UserID + "/" + mock.FriendID:    "There is another way: apply the resource without importing it.",
		mock.FriendID + "/" + mock.BlockedID: "It may not exist, be a group or the chat of two others, or be hidden",
	} {
		imported := p.Import(t.Context(), chatType, id, acctest.Object{"id": id})
		onlyProblem(t, imported.Problems, want)
		if imported.State["user2_id"] != nil && imported.State["id"] != nil {
			t.Errorf("the import of %q gave %v", id, imported.State)
		}
	}
	e.mustNotCreate(t, "imports")
	if chats := len(e.Snapshot().Chats); chats != 1 {
		t.Errorf("there are %d chats", chats)
	}
}

func TestChat_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{mock.UserID, "", "Attribute user1_id must be the id of a user: a GUID, such as 550e8400-e29b-41d4-a716-446655440000, got: "},
		{mock.FriendID, "ann", "Attribute user2_id must be the id of a user: a GUID, such as 550e8400-e29b-41d4-a716-446655440000, got: ann"},
		{mock.FriendID, mock.FriendID + " ", "Attribute user2_id must be the id of a user"},
		{mock.FriendID, mock.UserID, "A chat is between two different users, and " + mock.UserID + " is both of them."},
		{`user2_id = "` + mock.FriendID + `"`, "", `The argument "user2_id" is required`},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + janeBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// Each fault of the creation is survived or told, and no chat is made twice or
// lost.
func TestChat_faultsOfCreate(t *testing.T) {
	t.Parallel()
	for _, fault := range restFaults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Faults(t, fault.on("GET", "getChatHeaderAsync"))
			p := e.Protocol(t)
			chat := p.Apply(t.Context(), chatType, jane, nil)
			checkFault(t, fault, chat.Problems, "Can't create Syarah chat of users "+mock.UserID+" and "+mock.FriendID)
			if (chat.State != nil) != fault.survived {
				t.Errorf("the state is %v", chat.State)
			}
			again := p.Apply(t.Context(), chatType, jane, nil)
			if again.Problems != nil || text(again.State, "id") != "101" || len(e.Snapshot().Chats) != 1 {
				t.Errorf("the next apply gave %v %q, and the server has %v", again.State, again.Problems, e.Snapshot().Chats)
			}
		})
	}
}

// Each fault of the reading is survived or told, and takes nothing out of the
// state.
func TestChat_faultsOfRead(t *testing.T) {
	t.Parallel()
	check := func(fault fault, rule control.FaultRule) {
		t.Run(fault.name+" "+rule.Method, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			chat := e.Protocol(t).Apply(t.Context(), chatType, with(jane, acctest.Object{"strict_read": true}), nil)
			e.ResetRequests()
			e.Faults(t, rule)
			read := e.Protocol(t).Refresh(t.Context(), chatType, chat)
			checkFault(t, fault, read.Problems, "Can't read Syarah chat 101")
			if !reflect.DeepEqual(read.State, chat.State) {
				t.Errorf("the state is %v", read.State)
			}
			e.mustNotCreate(t, "the refresh")
		})
	}
	for _, fault := range eventFaults {
		check(fault, fault.on("EMIT", "getMyChats"))
	}
	for method, faults := range connectFaults {
		for _, fault := range faults {
			check(fault, fault.on(method, "/socket.io/$"))
		}
	}
}

// A server that never answers is waited for as long as it is wanted.
func TestChat_cancelled(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Path: "getChatHeaderAsync", LatencyMS: 500})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for e.Count("GET", "getChatHeaderAsync") == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	// What is on the wire is finished, so that the state has it.
	chat := e.Protocol(t).Apply(ctx, chatType, jane, nil)
	if chat.Problems != nil || text(chat.State, "id") != strconv.Itoa(101) {
		t.Errorf("%v %q", chat.State, chat.Problems)
	}
	e.Faults(t, control.FaultRule{Path: "getMyChats", Empty: true})
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	read := e.Protocol(t).Refresh(ctx, chatType, chat)
	onlyProblem(t, read.Problems, "ERROR Can't read Syarah chat 101", "The operation was cancelled. Run the same command again")
	if !reflect.DeepEqual(read.State, chat.State) {
		t.Errorf("the state is %v", read.State)
	}
}

func TestChat_timeout(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Path: "getChatHeaderAsync", Status: 503})
	chat := e.Protocol(t).Apply(t.Context(), chatType, with(jane, acctest.Object{"timeouts": acctest.Object{"create": "1ms"}}), nil)
	onlyProblem(t, chat.Problems, "ERROR Can't create Syarah chat", "The time allowed for this operation ran out. Try again, or raise the value in the resource's timeouts.")
}

// A user who does not exist is told of, and no address is blamed.
func TestChat_unknownUser(t *testing.T) {
	t.Parallel()
	for _, style := range []string{"", "200", "abp"} {
		e := startTenant(t)
		e.Settings(t, mock.Settings{RestErrors: style})
		chat := e.Protocol(t).Apply(t.Context(), chatType, with(jane, acctest.Object{"user2_id": "00000000-0000-4000-8000-ffffffffffff"}), nil)
		onlyProblem(t, chat.Problems, "ERROR Can't create Syarah chat", "User not found")
		if mentions(chat.Problems, "backend URL") || mentions(chat.Problems, "backend_url") {
			t.Errorf("%q: %q", style, chat.Problems)
		}
	}
}
