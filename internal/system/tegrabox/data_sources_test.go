package tegrabox_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// column picks one attribute of each row.
func column(rows any, attribute string) []any {
	values := []any{}
	for _, row := range rows.([]any) {
		values = append(values, row.(acctest.Object)[attribute])
	}
	return values
}

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

func TestDataUser(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.addUser(t, "bob")
	id := e.Edit(t, "POST", project+"/users", map[string]any{
		"username": "ann", "external_user_id": "crm-1", "display_name": "Ann Lee", "email": "ann@example.com"})["id"].(string)
	one, all := "GET "+project+"/users/"+id, "GET "+project+"/users?limit=100&page=1"
	for attribute, test := range map[string]struct{ value, call string }{
		"id": {id, one}, "external_user_id": {"crm-1", all}, "username": {"ann", all},
	} {
		e.ResetRequests()
		got := read(t, e.Protocol(t), "chat_tegrabox_user", acctest.Object{attribute: test.value})
		want := acctest.Object{
			"id": id, "username": "ann", "external_user_id": "crm-1", "display_name": "Ann Lee", "email": "ann@example.com", "status": "active",
			"created_at": got["created_at"],
		}
		if !reflect.DeepEqual(got, want) || len(text(got, "created_at")) != len("2026-11-21T07:00:00Z") {
			t.Errorf("by %s it read %v, want %v", attribute, got, want)
		}
		e.wantCalls(t, lookup, test.call)
	}
	if bob := read(t, e.Protocol(t), "chat_tegrabox_user", acctest.Object{"username": "bob"}); bob["email"] != nil || bob["display_name"] != nil {
		t.Errorf("bob is %v", bob)
	}
}

func TestDataUsersAndRooms(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	if got := read(t, p, "chat_tegrabox_users", nil); len(got["users"].([]any)) != 0 {
		t.Errorf("of nobody it read %v", got)
	}
	ids := map[string]string{}
	for _, username := range []string{"cara", "ann", "bob"} {
		ids[username] = e.addUser(t, username)
	}
	e.addRoom(t, "Sales", ids["bob"])
	e.addRoom(t, "General", ids["ann"])
	room := e.addRoom(t, "Sales", ids["ann"])

	p = e.Protocol(t)
	users := read(t, p, "chat_tegrabox_users", nil)["users"]
	if got := column(users, "username"); !reflect.DeepEqual(got, []any{"ann", "bob", "cara"}) {
		t.Errorf("the users are %v", got)
	}
	for name, test := range map[string]struct {
		config acctest.Object
		want   []any
	}{
		"all":        {nil, []any{"General", "Sales", "Sales"}},
		"by name":    {acctest.Object{"name": "Sales"}, []any{"Sales", "Sales"}},
		"by creator": {acctest.Object{"created_by": ids["ann"]}, []any{"General", "Sales"}},
		"by both":    {acctest.Object{"created_by": ids["ann"], "name": "Sales"}, []any{"Sales"}},
		"none":       {acctest.Object{"name": "sales"}, []any{}},
	} {
		if got := column(read(t, p, "chat_tegrabox_rooms", test.config)["rooms"], "name"); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: the rooms are %v", name, got)
		}
	}
	if lists := e.Count("GET", "/rooms$"); lists != 1 {
		t.Errorf("five data sources of one run made %d lists of rooms", lists)
	}
	got := read(t, p, "chat_tegrabox_room", acctest.Object{"id": room})
	if want := (acctest.Object{"id": room, "name": "Sales", "created_by": ids["ann"], "created_at": got["created_at"]}); !reflect.DeepEqual(got, want) {
		t.Errorf("the room is %v, want %v", got, want)
	}
}

// Long lists come in pages, and small ones are asked for where the server
// refuses large ones.
func TestDataSourcesReadAllPages(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]mock.Settings{
		"100": {}, "7": {PageLimit: 7}, "refused": {PageLimit: 50, RefuseLimit: true}, "echoed": {EchoLimit: true, OneEmptyPage: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			creator := ""
			for _, username := range numbered("user", 230) {
				creator = e.addUser(t, username)
				e.addRoom(t, "Room of "+username, creator)
			}
			for i := range 120 {
				e.addMessage(t, e.Snapshot().Rooms[229].ID, creator, fmt.Sprintf("%03d", i))
			}
			e.Settings(t, settings)
			p := e.Protocol(t)
			users := column(read(t, p, "chat_tegrabox_users", nil)["users"], "username")
			rooms := column(read(t, p, "chat_tegrabox_rooms", nil)["rooms"], "name")
			if len(users) != 230 || users[229] != "user-229" || len(rooms) != 230 || rooms[0] != "Room of user-000" {
				t.Errorf("it read %d users and %d rooms", len(users), len(rooms))
			}
			for limit, want := range map[any]int{nil: 100, 1: 1, 110: 110, 1000: 120} {
				got := read(t, p, "chat_tegrabox_messages", acctest.Object{"room_id": e.Snapshot().Rooms[229].ID, "limit": limit})
				if contents := column(got["messages"], "content"); len(contents) != want || contents[0] != "000" {
					t.Errorf("at most %v messages: %d", limit, len(contents))
				}
			}
		})
	}
}

func TestDataMessages(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := e.addUser(t, "ann")
	room := e.addRoom(t, "General", ann)
	p := e.Protocol(t)
	if got := read(t, p, "chat_tegrabox_messages", acctest.Object{"room_id": room}); len(got["messages"].([]any)) != 0 {
		t.Errorf("of an empty room it read %v", got)
	}
	id := e.addMessage(t, room, ann, "Hello")
	got := read(t, p, "chat_tegrabox_messages", acctest.Object{"room_id": room})["messages"].([]any)
	message := got[0].(acctest.Object)
	if want := (acctest.Object{"id": id, "user_id": ann, "username": "ann", "content": "Hello", "created_at": message["created_at"]}); !reflect.DeepEqual(message, want) {
		t.Errorf("the message is %v, want %v", message, want)
	}
}

func TestDataProject(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	for _, field := range []string{"id", "_id", "project_id", "projectId"} {
		e.Settings(t, mock.Settings{ProjectField: field})
		if got := read(t, e.Protocol(t), "chat_tegrabox_project", nil); got["id"] != e.ProjectID() || got["name"] != "chatmock" {
			t.Errorf("%s: the project is %v", field, got)
		}
	}
	e.ResetRequests()
	if got := read(t, e.ProtocolWith(t, acctest.Object{"project_id": "p7"}), "chat_tegrabox_project", nil); got["id"] != "p7" || got["name"] != nil {
		t.Errorf("the project is %v", got)
	}
	e.wantCalls(t)
}

func TestDataTokenInfo(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := e.addUser(t, "ann")
	token := e.token(t, ann)
	got := read(t, e.ProtocolWith(t, acctest.Object{"jwt_token": token}), "chat_tegrabox_token_info", nil)
	want := acctest.Object{"user_id": ann, "username": "ann", "external_user_id": nil, "project_id": e.ProjectID(), "expires_at": got["expires_at"]}
	if !reflect.DeepEqual(got, want) || got["expires_at"] == nil {
		t.Errorf("the token's bearer is %v, want %v", got, want)
	}
	e.wantCalls(t, "GET /api/auth/verify")

	e.Settings(t, mock.Settings{EndlessTokens: true})
	if got := read(t, e.ProtocolWith(t, acctest.Object{"jwt_token": e.token(t, ann)}), "chat_tegrabox_token_info", acctest.Object{}); got["expires_at"] != nil {
		t.Errorf("an endless token ends at %v", got["expires_at"])
	}

	for _, status := range []int{401, 403} {
		e.Settings(t, mock.Settings{BadKeyStatus: status})
		_, problems := e.ProtocolWith(t, acctest.Object{"jwt_token": "bad-canary"}).ReadDataSource(t.Context(), "chat_tegrabox_token_info", acctest.Object{})
		onlyProblem(t, problems, "ERROR Can't verify TegraBox token of the provider's jwt_token (TEGRABOX_JWT_TOKEN)")
		if mentions(problems, "canary") {
			t.Errorf("the token stands in %q", problems)
		}
	}
	e.ResetRequests()
	_, problems := e.Protocol(t).ReadDataSource(t.Context(), "chat_tegrabox_token_info", acctest.Object{})
	onlyProblem(t, problems, "ERROR The provider has no token of a TegraBox user", "TEGRABOX_JWT_TOKEN")
	e.wantCalls(t)
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{Unique: "none"})
	first, second := e.addUser(t, "twin"), e.addUser(t, "twin")
	p := e.Protocol(t)
	for _, test := range []struct {
		typeName string
		config   acctest.Object
		want     []string
	}{
		{"chat_tegrabox_user", acctest.Object{"id": "nobody"}, []string{"There is no TegraBox user nobody", "TegraBox does not know it. Check the value."}},
		{"chat_tegrabox_user", acctest.Object{"external_user_id": "crm-9"}, []string{`There is no TegraBox user with the external_user_id "crm-9"`}},
		{"chat_tegrabox_user", acctest.Object{"username": "eve"}, []string{`There is no TegraBox user with the username "eve"`}},
		{"chat_tegrabox_user", acctest.Object{"username": "twin"}, []string{`There is more than one TegraBox user with the username "twin"`, first, second}},
		{"chat_tegrabox_user", acctest.Object{}, []string{"Missing Attribute Configuration"}},
		{"chat_tegrabox_user", acctest.Object{"id": "a", "username": "b"}, []string{"Invalid Attribute Combination"}},
		{"chat_tegrabox_user", acctest.Object{"id": ""}, []string{"string length must be at least 1"}},
		{"chat_tegrabox_room", acctest.Object{"id": "nowhere"}, []string{"There is no TegraBox room nowhere"}},
		{"chat_tegrabox_messages", acctest.Object{"room_id": "nowhere"}, []string{"There is no TegraBox room nowhere"}},
		{"chat_tegrabox_messages", acctest.Object{"room_id": "r", "limit": 0}, []string{"limit value must be at least 1, got: 0"}},
	} {
		t.Run(fmt.Sprint(test.typeName, test.config), func(t *testing.T) {
			_, problems := p.ReadDataSource(t.Context(), test.typeName, test.config)
			onlyProblem(t, problems, append(test.want, "ERROR")...)
		})
	}
}

// Each fault of the table, on each data source: it is survived, or told in one
// error.
func TestDataSourceFaults(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	ann := e.addUser(t, "ann")
	room := e.addRoom(t, "General", ann)
	token := e.token(t, ann)
	for typeName, test := range map[string]struct {
		config acctest.Object
		path   string
	}{
		"chat_tegrabox_user":       {acctest.Object{"username": "ann"}, "/users$"},
		"chat_tegrabox_users":      {acctest.Object{}, "/users$"},
		"chat_tegrabox_room":       {acctest.Object{"id": room}, "/rooms/"},
		"chat_tegrabox_rooms":      {acctest.Object{}, "/rooms$"},
		"chat_tegrabox_messages":   {acctest.Object{"room_id": room}, "/messages$"},
		"chat_tegrabox_project":    {acctest.Object{}, "/projects/me$"},
		"chat_tegrabox_token_info": {acctest.Object{}, "/auth/verify$"},
	} {
		for _, fault := range faults {
			e.Faults(t, fault.on("GET", test.path), fault.on("GET", "/rooms$"))
			got, problems := e.ProtocolWith(t, acctest.Object{"jwt_token": token}).ReadDataSource(t.Context(), typeName, test.config)
			want := fault.want
			if typeName == "chat_tegrabox_token_info" {
				want = strings.ReplaceAll(want, "the provider's API key", "the user's token")
			}
			switch {
			case fault.survived != (problems == nil) || problems == nil && got == nil:
				t.Errorf("%s, %s: %v, %q", typeName, fault.name, got, problems)
			case problems != nil:
				onlyProblem(t, problems, "ERROR Can't ", want)
			}
		}
	}
}

// In one run a data source sees what the run has created.
func TestDataSourcesSeeWhatWasApplied(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := e.Provider() + annBlock() + generalBlock() + `
data "chat_tegrabox_user" "ann" {
  external_user_id = chat_tegrabox_user.ann.external_user_id
}
data "chat_tegrabox_rooms" "of_ann" {
  created_by = data.chat_tegrabox_user.ann.id
  depends_on = [chat_tegrabox_room.general]
}
data "chat_tegrabox_project" "own" {}
`
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: config,
		Check: resource.ComposeTestCheckFunc(
			resource.TestCheckResourceAttrPair("data.chat_tegrabox_user.ann", "id", "chat_tegrabox_user.ann", "id"),
			resource.TestCheckResourceAttr("data.chat_tegrabox_rooms.of_ann", "rooms.#", "1"),
			resource.TestCheckResourceAttrPair("data.chat_tegrabox_rooms.of_ann", "rooms.0.id", "chat_tegrabox_room.general", "id"),
			resource.TestCheckResourceAttr("data.chat_tegrabox_project.own", "id", mock.DefaultProjectID),
		),
	}}})
}

// A list that tells less of users than a single read does not make the rest look
// taken away.
func TestThinListOfUsers(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	var users []acctest.Change
	rows := []string{}
	for _, username := range numbered("user", 8) {
		user := p.Apply(t.Context(), userType, with(ann, acctest.Object{"username": username, "external_user_id": username}), nil)
		users = append(users, user)
		rows = append(rows, fmt.Sprintf(`{"id":%q,"username":%q,"external_user_id":%q}`, user.State["id"], username, username))
	}
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/users$", Status: 200, Body: `{"items":[` + strings.Join(rows, ",") + `],"page":1,"total":8,"totalPages":1}`})
	e.ResetRequests()
	p = e.Protocol(t)
	for _, user := range users {
		if read := p.Refresh(t.Context(), userType, user); !reflect.DeepEqual(read.State, user.State) || read.Problems != nil {
			t.Errorf("the refresh left %v, want %v, and said %q", read.State, user.State, read.Problems)
		}
	}
	if lists, singles := e.Count("GET", "/users$"), e.Count("GET", "/users/"); lists != 1 || singles != 8 {
		t.Errorf("it took %d lists and %d single reads, want 1 and one for each user", lists, singles)
	}
	if got := read(t, p, "chat_tegrabox_user", acctest.Object{"username": "user-003"}); got["email"] != "ann@example.com" {
		t.Errorf("the data source read %v", got)
	}
}
