package ethora_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestCreateChat(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob")
	b.send("POST", "/v2/apps/CHILD/chats", `{"uuid":"support","title":"Support","type":"public","description":"Help","picture":"https://example.com/p.png","members":["CHILD_ann","bob"]}`).is(200).
		has("CHILD_support", "result", "name").has("Support", "result", "title").has("public", "result", "type").
		has("Help", "result", "description").has("https://example.com/p.png", "result", "picture").has("CHILD", "result", "appId")
	if got := b.shorten(fmt.Sprint(b.mock.Snapshot().App(b.child).Room("support").Members)); got != "[CHILD_CHILD CHILD_ann CHILD_bob]" {
		t.Errorf("the members are %s", got)
	}
	named := b.send("POST", "/v2/apps/CHILD/chats", `{"title":"No uuid"}`).is(200).has("group", "result", "type")
	if name, want := named.text("result", "name"), b.child+"_"+named.text("result", "_id"); name != want {
		t.Errorf("without a uuid the name is %s, want %s", name, want)
	}
	b.send("POST", "/v2/chats", `{"uuid":"support","title":"Support"}`).is(200).has("APP_support", "result", "name")
	b.set(ethora.Settings{CreateStatus: 201})
	b.send("POST", "/v2/chats", `{"uuid":"CHATS","title":"T"}`).is(201)
}

func TestCreateChatErrors(t *testing.T) {
	b := newBench(t)
	b.room(b.child, "support")
	b.user(b.child, "old")
	b.send("DELETE", "/v2/apps/CHILD/users/batch", `{"usersIdList":["old"]}`).is(200)
	tests := []struct {
		body       string
		status     int
		code, text string
	}{
		{`{}`, 422, "VALIDATION_ERROR", `"title" is required`},
		{`{"title":""}`, 422, "VALIDATION_ERROR", `"title" is not allowed to be empty`},
		{`{"title":"T","type":"private"}`, 422, "VALIDATION_ERROR", `"type" must be one of [group, public]`},
		{`{"title":"T","members":"ann"}`, 422, "VALIDATION_ERROR", `"members" must be an array`},
		{`{"title":"T","pinned":true}`, 422, "VALIDATION_ERROR", `"pinned" is not allowed`},
		{`{"title":"T","uuid":"support"}`, 422, "", "Chat already exists"},
		{`{"title":"T","uuid":"CHILD_support"}`, 422, "", "Chat already exists"},
		{`{"title":"T","uuid":"new","members":["gone"]}`, 404, "USER_NOT_FOUND", "User not found"},
		{`{"title":"T","uuid":"new","members":["old"]}`, 404, "USER_NOT_FOUND", "User not found"},
	}
	for _, test := range tests {
		b.send("POST", "/v2/apps/CHILD/chats", test.body).fails(test.status, test.code, test.text)
	}
	if rooms := b.mock.Snapshot().App(b.child).Rooms; len(rooms) != 1 {
		t.Errorf("the refused creations have left %d rooms, want 1", len(rooms))
	}
}

func TestListChats(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann")
	b.room(b.child, "one", "ann")
	b.room(b.child, "two")
	got := b.send("GET", "/v2/apps/CHILD/chats", "").is(200).has("2", "total").has("<nil>", "results", 0, "members")
	if names := got.column("name", "results"); names != "CHILD_one CHILD_two" {
		t.Errorf("the rooms are %s", names)
	}
	got = b.send("GET", "/v2/apps/CHILD/chats?includeMembers=true&limit=1", "").is(200).has("2", "total").has("<nil>", "results", 1)
	if members := got.column("xmppUsername", "results", 0, "members"); members != "CHILD_CHILD CHILD_ann" {
		t.Errorf("the members are %s", members)
	}
	b.send("GET", "/v2/apps/CHILD/chats?includeMembers=false", "").is(200).has("<nil>", "results", 0, "members")
	b.send("GET", "/v2/apps/CHILD/chats?includeMembers=1", "").fails(422, "VALIDATION_ERROR", `"includeMembers" must be a boolean`)
	b.set(ethora.Settings{HideSystemAccount: true})
	if got := b.send("GET", "/v2/apps/CHILD/chats?includeMembers=true", "").column("xmppUsername", "results", 0, "members"); got != "CHILD_ann" {
		t.Errorf("without the system account the members are %s", got)
	}
}

func TestMemberListLimit(t *testing.T) {
	b := newBench(t)
	var uuids []string
	for i := range 40 {
		uuids = append(uuids, fmt.Sprintf("user%02d", i))
	}
	b.user(b.child, uuids...)
	b.room(b.child, "big", uuids...)
	b.set(ethora.Settings{MemberListLimit: 30})
	rows, _ := b.send("GET", "/v2/apps/CHILD/chats?includeMembers=true", "").get("results", 0, "members").([]any)
	if len(rows) != 30 {
		t.Errorf("the room lists %d members, want 30", len(rows))
	}
	// The user list is complete.
	b.send("GET", "/v2/apps/CHILD/chats/users?chatName=CHILD_big", "").is(200).has("41", "total")
}

func TestGetChatOnlyWhereItExists(t *testing.T) {
	b := newBench(t)
	b.room(b.child, "support")
	b.send("GET", "/v2/apps/CHILD/chats/CHILD_support", "").is(404)
	b.set(ethora.Settings{GetChat: true})
	b.send("GET", "/v2/apps/CHILD/chats/CHILD_support", "").is(200).has("CHILD_support", "result", "name")
	b.send("GET", "/v2/apps/CHILD/chats/gone", "").fails(404, "CHAT_NOT_FOUND", "Chat not found")
}

func TestUpdateChat(t *testing.T) {
	b := newBench(t)
	b.room(b.child, "support")
	b.room(b.app, "lobby")
	for i, id := range []string{"support", "CHILD_support", "CHILD_support@conference.xmpp.chat.ethora.com", "CHILD_support%40conference.x"} {
		title := fmt.Sprintf("Title %d", i)
		b.send("PATCH", "/v2/apps/CHILD/chats/"+id, fmt.Sprintf(`{"title":%q}`, title)).is(200).has(title, "result", "title")
	}
	b.send("PATCH", "/v2/apps/CHILD/chats/support", `{"description":"D"}`).is(200).has("Title 3", "result", "title").has("D", "result", "description")
	b.send("PATCH", "/v2/apps/CHILD/chats/support", `{"description":""}`).is(200).has("", "result", "description")
	b.send("PATCH", "/v2/chats/APP_lobby", `{"title":"Lobby"}`).is(200).has("APP_lobby", "result", "name")
	b.send("PATCH", "/v2/apps/CHILD/chats/support", `{"title":""}`).fails(422, "VALIDATION_ERROR", `"title" is not allowed to be empty`)
	b.send("PATCH", "/v2/apps/CHILD/chats/support", `{"type":"public"}`).fails(422, "VALIDATION_ERROR", `"type" is not allowed`)
	b.send("PATCH", "/v2/apps/CHILD/chats/gone", `{"title":"T"}`).fails(404, "CHAT_NOT_FOUND", "Chat not found")
	b.set(ethora.Settings{MissingStatus: 422})
	b.send("PATCH", "/v2/apps/CHILD/chats/gone", `{"title":"T"}`).fails(422, "CHAT_NOT_FOUND", "Chat not found")
}

func TestDeleteChat(t *testing.T) {
	b := newBench(t)
	b.room(b.child, "support")
	b.room(b.app, "lobby")
	b.send("DELETE", "/v2/apps/CHILD/chats", `{"name":"CHILD_support@conference.x"}`).fails(422, "", "Chat not found")
	b.send("DELETE", "/v2/apps/CHILD/chats", `{"name":"CHILD_support"}`).is(200).has("true", "ok")
	b.send("DELETE", "/v2/apps/CHILD/chats", `{"name":"CHILD_support"}`).fails(422, "", "Chat not found")
	b.send("DELETE", "/v2/apps/CHILD/chats", `{"chatName":"x"}`).fails(422, "VALIDATION_ERROR", `"name" is required`)
	b.send("DELETE", "/v1/chats", `{"name":"APP_lobby"}`).is(200)
	b.send("DELETE", "/v1/chats", `{"name":"APP_lobby"}`).fails(422, "", "Chat not found")
	b.room(b.child, "support")
}

func TestAccess(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob", "old")
	b.room(b.child, "support")
	b.send("POST", "/v2/apps/CHILD/chats/users-access", `{"chatName":"support","members":["old"]}`).is(200)
	b.send("DELETE", "/v2/apps/CHILD/users/batch", `{"usersIdList":["old"]}`).is(200)
	const path = "/v2/apps/CHILD/chats/users-access"
	members := func(want string) {
		t.Helper()
		got := b.shorten(strings.Join(b.mock.Snapshot().App(b.child).Room("support").Members, " "))
		if got != want {
			t.Errorf("the members are %s, want %s", got, want)
		}
	}
	both := `{"chatName":"CHILD_support","members":["CHILD_ann","bob"]}`
	for range 2 {
		got := b.send("POST", path, both).is(200)
		if names := got.column("xmppUsername", "results"); names != "CHILD_ann CHILD_bob" {
			t.Errorf("the answer names %s", names)
		}
		members("CHILD_CHILD CHILD_old CHILD_ann CHILD_bob")
	}
	for range 2 {
		b.send("DELETE", path, `{"chatName":"CHILD_support","members":["CHILD_ann","old"]}`).is(200).has("true", "ok")
		members("CHILD_CHILD CHILD_bob")
	}
	tests := []struct {
		body       string
		status     int
		code, text string
	}{
		{`{"members":["ann"]}`, 422, "VALIDATION_ERROR", `"chatName" is required`},
		{`{"chatName":"support"}`, 422, "VALIDATION_ERROR", `"members" is required`},
		{`{"chatName":"support","members":[]}`, 422, "VALIDATION_ERROR", `"members" must contain at least 1 items`},
		{`{"chatName":"support","members":["ann"],"role":"x"}`, 422, "VALIDATION_ERROR", `"role" is not allowed`},
		{`{"chatName":"gone","members":["ann"]}`, 404, "CHAT_NOT_FOUND", "Chat not found"},
		{`{"chatName":"support","members":["ann","gone"]}`, 404, "USER_NOT_FOUND", "User not found"},
	}
	for _, test := range tests {
		b.send("POST", path, test.body).fails(test.status, test.code, test.text)
		b.send("DELETE", path, test.body).fails(test.status, test.code, test.text)
	}
	b.send("POST", path, `{"chatName":"support","members":["old"]}`).fails(404, "USER_NOT_FOUND", "User not found")
	members("CHILD_CHILD CHILD_bob")
	// The system account can be thrown out. Who does so has a bug.
	b.send("DELETE", path, `{"chatName":"support","members":["CHILD"]}`).is(200)
	members("CHILD_bob")
}

func TestTokenScopedAccess(t *testing.T) {
	b := newBench(t)
	b.user(b.app, "ann")
	b.room(b.app, "lobby")
	b.send("POST", "/v2/chats/users-access", `{"chatName":"APP_lobby","members":["APP_ann"]}`).is(200)
	b.send("GET", "/v2/apps/APP/users/ann/chats", "").is(200).has("1", "total")
	b.send("DELETE", "/v2/chats/users-access", `{"chatName":"APP_lobby","members":["APP_ann"]}`).is(200)
	b.send("GET", "/v2/apps/APP/users/ann/chats", "").is(200).has("0", "total")
}

func TestUserChats(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob")
	b.room(b.child, "one", "ann", "bob")
	b.room(b.child, "two", "bob")
	b.room(b.child, "three", "ann")
	const path = "/v2/apps/CHILD/users/ann/chats"
	if got := b.send("GET", path, "").is(200).has("<nil>", "chats", 0, "members").column("name", "chats"); got != "CHILD_one CHILD_three" {
		t.Errorf("the chats are %s", got)
	}
	got := b.send("GET", path+"?includeMembers=true&limit=1&offset=1", "").is(200)
	if members := got.column("xmppUsername", "chats", 0, "members"); members != "CHILD_CHILD CHILD_ann" {
		t.Errorf("the members are %s", members)
	}
	b.send("GET", "/v2/apps/CHILD/users/gone/chats", "").fails(404, "USER_NOT_FOUND", "User not found")
	b.send("GET", path+"?includeMembers=x", "").fails(422, "VALIDATION_ERROR", `"includeMembers" must be a boolean`)
	b.send("GET", path+"?limit=0", "").fails(422, "VALIDATION_ERROR", `"limit" must be greater than or equal to 1`)
}

// Each view shows a change after it was read twice, whatever the others show.
func TestMembershipLagByReads(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob")
	b.room(b.child, "support", "bob")
	b.set(ethora.Settings{MembershipLagReads: 2})
	b.send("POST", "/v2/apps/CHILD/chats/users-access", `{"chatName":"support","members":["ann"]}`).is(200)
	b.send("DELETE", "/v2/apps/CHILD/chats/users-access", `{"chatName":"support","members":["bob"]}`).is(200)
	for _, path := range []string{"/v2/apps/CHILD/chats?includeMembers=true", "/v2/apps/CHILD/chats/users?chatName=support"} {
		read := func() string {
			got := b.send("GET", path, "").is(200)
			return got.column("xmppUsername", "results", 0, "members") + got.column("xmppUsername", "users")
		}
		for i, want := range []string{"CHILD_CHILD CHILD_bob", "CHILD_CHILD CHILD_bob", "CHILD_CHILD CHILD_ann"} {
			if got := read(); got != want {
				t.Errorf("reading %d of %s shows %s, want %s", i+1, path, got, want)
			}
		}
	}
	for user, totals := range map[string][]string{"ann": {"0", "0", "1"}, "bob": {"1", "1", "0"}} {
		for _, total := range totals {
			b.send("GET", "/v2/apps/CHILD/users/"+user+"/chats", "").is(200).has(total, "total")
		}
	}
	if got := b.shorten(fmt.Sprint(b.mock.Snapshot().App(b.child).Room("support").Members)); got != "[CHILD_CHILD CHILD_ann]" {
		t.Errorf("the state lags too: %s", got)
	}
}

func TestMembershipLagByTime(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann")
	b.room(b.child, "support")
	b.set(ethora.Settings{MembershipLagMS: 500})
	b.send("POST", "/v2/apps/CHILD/chats/users-access", `{"chatName":"support","members":["ann"]}`).is(200)
	for _, total := range []string{"0", "0"} {
		b.send("GET", "/v2/apps/CHILD/users/ann/chats", "").is(200).has(total, "total")
	}
	b.clock = b.clock.Add(5e8)
	b.send("GET", "/v2/apps/CHILD/users/ann/chats", "").is(200).has("1", "total")
}

func TestPrivateChat(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann")
	const path = "/v2/apps/CHILD/chats/private"
	first := b.send("POST", path, `{"username":"CHILD_ann"}`).is(200).has("private", "result", "type").text("result", "_id")
	if again := b.send("POST", path, `{"username":"ann"}`).is(200).text("result", "_id"); again != first {
		t.Error("the second call has opened another room")
	}
	b.send("POST", path, `{"username":"ann","e2ee":true}`).is(200)
	if rooms := b.mock.Snapshot().App(b.child).Rooms; len(rooms) != 2 {
		t.Errorf("there are %d rooms, want 2", len(rooms))
	}
	b.send("POST", path, `{"username":"gone"}`).fails(404, "USER_NOT_FOUND", "User not found")
	b.send("POST", path, `{}`).fails(422, "VALIDATION_ERROR", `"username" is required`)
}

func TestProvision(t *testing.T) {
	b := newBench(t)
	b.send("POST", "/v2/apps/CHILD/provision", `{}`).is(200).has("[]", "rooms")
	b.send("POST", "/v2/apps/CHILD/provision", `{"rooms":[{"title":"General","pinned":true},{"title":"Other"}]}`).is(200).
		has("General", "rooms", 0, "title").has("true", "rooms", 0, "pinned")
	b.user(b.child, "ann")
	if got := b.send("GET", "/v2/apps/CHILD/users/ann/chats", "").column("title", "chats"); got != "General" {
		t.Errorf("the new user is in %q, want the pinned room alone", got)
	}
	rooms := strings.TrimSuffix(strings.Repeat(`{"title":"T"},`, 21), ",")
	b.send("POST", "/v2/apps/CHILD/provision", `{"rooms":[`+rooms+`]}`).fails(422, "VALIDATION_ERROR", `"rooms" must contain less than or equal to 20 items`)
	b.send("POST", "/v2/apps/CHILD/provision", `{"rooms":[{}]}`).fails(422, "VALIDATION_ERROR", `"rooms[0].title" is required`)
}
