package ethora_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// seed fills the mock's own app: Ann and Bob; Ann is in "support" and "lobby",
// Bob is in "lobby", nobody is in "attic".
func seed(t *testing.T, server *acctest.Ethora, appID string) {
	t.Helper()
	user := func(id, first string) object {
		return object{"uuid": id, "email": id + "@example.com", "firstName": first, "lastName": "Lee"}
	}
	server.Edit(t, "POST", "/v1/users/batch", object{"usersList": []object{user("bob", "Bob"), user("ann", "Ann")}})
	for _, room := range []string{"support", "lobby", "attic"} {
		server.Edit(t, "POST", "/v2/apps/"+appID+"/chats", object{"uuid": room, "title": strings.ToUpper(room), "type": "public"})
	}
	for room, members := range map[string][]string{"support": {"ann"}, "lobby": {"bob", "ann"}} {
		server.Edit(t, "POST", "/v2/apps/"+appID+"/chats/users-access", object{"chatName": room, "members": members})
	}
	server.ResetRequests()
}

// column picks one attribute of each row.
func column(rows any, attribute string) []any {
	var values []any
	list, _ := rows.([]any)
	for _, row := range list {
		values = append(values, row.(object)[attribute])
	}
	return values
}

func TestUserChats(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	p := connectTo(t, server)

	got, found := p.read("chat_ethora_user_chats", object{"user_id": "ann"})
	if found != nil {
		t.Fatal(found)
	}
	if got["app_id"] != app || got["user_id"] != "ann" {
		t.Errorf("it is about user %v of app %v", got["user_id"], got["app_id"])
	}
	if rooms := column(got["chats"], "room_id"); !reflect.DeepEqual(rooms, []any{"lobby", "support"}) {
		t.Errorf("Ann is in %v", rooms)
	}
	lobby := got["chats"].([]any)[0].(object)
	for attribute, want := range (object{
		"name": app + "_lobby", "jid": app + "_lobby@conference.xmpp.chat.ethora.com",
		"title": "LOBBY", "description": "", "type": "public", "picture_url": "", "members": nil, "member_count": nil,
	}) {
		if lobby[attribute] != want {
			t.Errorf("the lobby's %s is %v, want %v", attribute, lobby[attribute], want)
		}
	}
	if count := server.Count("GET", "/chats$"); count != 1 {
		t.Errorf("it took %d lists of rooms, want 1", count)
	}
}

func TestUserChatsWithMembers(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)

	got, found := connectTo(t, server).read("chat_ethora_user_chats", object{"app_id": app, "user_id": "bob", "include_members": true})
	if found != nil {
		t.Fatal(found)
	}
	lobby := got["chats"].([]any)[0].(object)
	members := lobby["members"]
	if ids := column(members, "user_id"); !reflect.DeepEqual(ids, []any{app, "ann", "bob"}) {
		t.Errorf("the members are %v", ids)
	}
	if accounts := column(members, "system"); !reflect.DeepEqual(accounts, []any{true, false, false}) {
		t.Errorf("system accounts are %v, want the first alone", accounts)
	}
	ann := object{"user_id": "ann", "xmpp_username": app + "_ann", "first_name": "Ann", "last_name": "Lee", "bot": false, "system": false}
	if !reflect.DeepEqual(members.([]any)[1], ann) {
		t.Errorf("Ann is %v, want %v", members.([]any)[1], ann)
	}
	if lobby["member_count"] != 3 {
		t.Errorf("the lobby has %v members, want 3", lobby["member_count"])
	}
}

// Some servers show 30 members at most and do not say how many there are.
func TestRoomsReadMembersThatAListCutsShort(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	users := []object{
		{"uuid": "stranger1", "email": "s1@example.com", "firstName": "No", "lastName": "Body"},
		{"uuid": "stranger2", "email": "s2@example.com", "firstName": "No", "lastName": "Body"},
	}
	var ids []string
	for i := range 35 {
		id := fmt.Sprintf("user%02d", i)
		ids = append(ids, id)
		users = append(users, object{"uuid": id, "email": id + "@example.com", "firstName": "Ann", "lastName": "Lee"})
	}
	server.Edit(t, "POST", "/v1/users/batch", object{"usersList": users})
	server.Edit(t, "POST", "/v2/apps/"+app+"/chats", object{"uuid": "hall", "title": "Hall", "members": ids})
	server.Settings(t, mock.Settings{MemberListLimit: 30})

	got, found := connectTo(t, server).read("chat_ethora_rooms", object{"include_members": true})
	if found != nil {
		t.Fatal(found)
	}
	members := column(got["rooms"].([]any)[0].(object)["members"], "user_id")
	if len(members) != 36 || members[35] != "user34" {
		t.Errorf("the hall's members are %v, want the system account and 35 users", members)
	}
}

func TestRooms(t *testing.T) {
	server := acctest.StartEthora(t)
	seed(t, server, server.AppID())
	got, found := connectTo(t, server).read("chat_ethora_rooms", object{})
	if found != nil {
		t.Fatal(found)
	}
	if rooms := column(got["rooms"], "room_id"); !reflect.DeepEqual(rooms, []any{"attic", "lobby", "support"}) {
		t.Errorf("the rooms are %v", rooms)
	}
}

func TestNoRooms(t *testing.T) {
	server := acctest.StartEthora(t)
	got, found := connectTo(t, server).read("chat_ethora_rooms", object{"include_members": true})
	if found != nil {
		t.Fatal(found)
	}
	if rooms, ok := got["rooms"].([]any); !ok || len(rooms) != 0 {
		t.Errorf("the rooms are %v, want an empty list", got["rooms"])
	}
	if len(server.Requests()) != 1 {
		t.Errorf("it took %d calls, want 1", len(server.Requests()))
	}
}

func TestRoom(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	got, found := connectTo(t, server).read("chat_ethora_room", object{"room_id": "support", "include_members": true})
	if found != nil {
		t.Fatal(found)
	}
	if got["id"] != app+"/support" || got["title"] != "SUPPORT" {
		t.Errorf("it read %v", got)
	}
	if members := column(got["members"], "user_id"); !reflect.DeepEqual(members, []any{app, "ann"}) {
		t.Errorf("the members are %v", members)
	}
	if id, _ := got["server_id"].(string); len(id) != 24 {
		t.Errorf("the server's id is %v", got["server_id"])
	}
}

func TestUser(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	got, found := connectTo(t, server).read("chat_ethora_user", object{"user_id": "ann"})
	if found != nil {
		t.Fatal(found)
	}
	for attribute, want := range (object{
		"id": app + "/ann", "app_id": app, "xmpp_username": app + "_ann", "email": "ann@example.com",
		"first_name": "Ann", "last_name": "Lee", "bot": false, "system": false,
	}) {
		if got[attribute] != want {
			t.Errorf("Ann's %s is %v, want %v", attribute, got[attribute], want)
		}
	}
}

func TestUsers(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	server.Edit(t, "POST", "/v1/users/batch", object{"usersList": []object{{"uuid": "gone", "email": "g@example.com", "firstName": "Go", "lastName": "Ne"}}})
	server.Edit(t, "DELETE", "/v1/users/batch", object{"usersIdList": []string{"gone"}})
	p := connectTo(t, server)
	for name, test := range map[string]struct {
		config object
		want   []any
	}{
		"all":            {object{}, []any{"ann", "bob"}},
		"of a room":      {object{"room_id": "support"}, []any{"ann"}},
		"of an empty id": {object{"user_ids": []string{}}, nil},
		"by id":          {object{"user_ids": []string{"bob", "ann"}}, []any{"ann", "bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := p.read("chat_ethora_users", test.config)
			if found != nil {
				t.Fatal(found)
			}
			var people []any
			for _, row := range got["users"].([]any) {
				if row.(object)["system"] == false {
					people = append(people, row.(object)["user_id"])
				}
			}
			if !reflect.DeepEqual(people, test.want) {
				t.Errorf("the users are %v, want %v", people, test.want)
			}
		})
	}
}

func TestApp(t *testing.T) {
	server := acctest.StartEthora(t)
	server.Settings(t, mock.Settings{AppSecret: "always"})
	created := server.Edit(t, "POST", "/v2/apps", object{"displayName": "Acme", "primaryColor": "#1F6FEB", "usersCanFree": true})
	id := created["app"].(object)["_id"].(string)
	server.Edit(t, "POST", "/v2/apps/"+id+"/chats", object{"uuid": "lobby", "title": "Lobby"})
	server.Edit(t, "PATCH", "/v2/apps/"+id, object{
		"signonOptions": []string{"google"}, "defaultRooms": []object{{"jid": id + "_lobby", "pinned": true}},
		"availableMenuItems": object{"chats": true, "profile": false, "settings": true}, "broadcastSender": object{"name": "News"},
	})
	got, found := connectTo(t, server).read("chat_ethora_app", object{"id": id})
	if found != nil {
		t.Fatal(found)
	}
	for attribute, want := range (object{
		"id": id, "display_name": "Acme", "primary_color": "#1F6FEB", "tagline": "", "users_can_free": true, "status": "active",
		"parent_app_id": server.AppID(), "bot": nil, "firebase_web_config": nil,
		"sign_on_options":      []any{"google"},
		"default_rooms":        []any{object{"room_id": "lobby", "pinned": true}},
		"available_menu_items": object{"chats": true, "profile": false, "settings": true},
		"broadcast_sender":     object{"name": "News", "photo_url": nil},
	}) {
		if !reflect.DeepEqual(got[attribute], want) {
			t.Errorf("%s is %v, want %v", attribute, got[attribute], want)
		}
	}
	for attribute := range got {
		if strings.Contains(attribute, "secret") || strings.Contains(attribute, "token") {
			t.Errorf("it has an attribute %s", attribute)
		}
	}
}

func TestAppIsTheProvidersOwnByDefault(t *testing.T) {
	server := acctest.StartEthora(t)
	got, found := connectTo(t, server).read("chat_ethora_app", object{})
	if found != nil {
		t.Fatal(found)
	}
	if got["id"] != server.AppID() {
		t.Errorf("it read app %v, want %s", got["id"], server.AppID())
	}
}

// An archived app is no error: its status says what it is, however little the
// server tells.
func TestArchivedApp(t *testing.T) {
	for _, status := range []int{200, 403} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			server := acctest.StartEthora(t)
			id := server.Edit(t, "POST", "/v2/apps", object{"displayName": "Acme"})["app"].(object)["_id"].(string)
			server.Edit(t, "DELETE", "/v2/apps/"+id, object{})
			server.Settings(t, mock.Settings{ArchivedApp: status})
			got, found := connectTo(t, server).read("chat_ethora_app", object{"id": id})
			if found != nil {
				t.Fatal(found)
			}
			want := map[int]any{200: "Acme"}[status]
			if got["status"] != "archived" || got["id"] != id || got["display_name"] != want {
				t.Errorf("it read %v", got)
			}
		})
	}
}

func TestApps(t *testing.T) {
	server := acctest.StartEthora(t)
	var archived string
	for _, name := range []string{"Zebra", "Acme", "Old"} {
		archived = server.Edit(t, "POST", "/v2/apps", object{"displayName": name})["app"].(object)["_id"].(string)
	}
	server.Edit(t, "DELETE", "/v2/apps/"+archived, object{})
	p := connectTo(t, server)
	own := server.AppID()
	for name, test := range map[string]struct {
		config object
		want   []any
	}{
		"active":    {object{}, []any{"Acme", "Zebra"}},
		"archived":  {object{"include_archived": true}, []any{"Acme", "Old", "Zebra"}},
		"by name":   {object{"display_name": "Zebra"}, []any{"Zebra"}},
		"no such":   {object{"display_name": "zebra"}, nil},
		"hidden":    {object{"display_name": "Old"}, nil},
		"all of it": {object{"display_name": "Old", "include_archived": true}, []any{"Old"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := p.read("chat_ethora_apps", test.config)
			if found != nil {
				t.Fatal(found)
			}
			var names []any
			for _, row := range got["apps"].([]any) {
				if row.(object)["id"] != own {
					names = append(names, row.(object)["display_name"])
				}
			}
			if !reflect.DeepEqual(names, test.want) {
				t.Errorf("the apps are %v, want %v", names, test.want)
			}
		})
	}
}

func TestWhatIsNotThere(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	server.Edit(t, "DELETE", "/v1/users/batch", object{"usersIdList": []string{"bob"}})
	archived := server.Edit(t, "POST", "/v2/apps", object{"displayName": "Old"})["app"].(object)["_id"].(string)
	server.Edit(t, "DELETE", "/v2/apps/"+archived, object{})
	const nowhere = "0123456789abcdef01234567"
	p := connectTo(t, server)

	for _, test := range []struct {
		typeName             string
		config               object
		attribute, says, why string
	}{
		{"chat_ethora_app", object{"id": nowhere}, "id", "There is no Ethora app " + nowhere, "does not know it"},
		{"chat_ethora_user", object{"user_id": "eve"}, "user_id", `There is no Ethora user "eve" of app ` + app, "does not know it"},
		{"chat_ethora_user", object{"user_id": "bob"}, "user_id", `There is no active Ethora user "bob" of app ` + app, "the user is archived"},
		{"chat_ethora_user", object{"user_id": "ann", "app_id": archived}, "app_id", `Can't read Ethora user "ann" of app ` + archived, "The app is archived"},
		{"chat_ethora_user", object{"user_id": "ann", "app_id": nowhere}, "app_id", `Can't read Ethora user "ann" of app ` + nowhere, "does not know the app"},
		{"chat_ethora_user_chats", object{"user_id": "eve"}, "user_id", `There is no Ethora user "eve" of app ` + app, "does not know it"},
		{"chat_ethora_users", object{"room_id": "cellar"}, "room_id", `There is no Ethora room "cellar" of app ` + app, "does not know it"},
		{"chat_ethora_users", object{"user_ids": []string{"ann", "eve"}}, "user_ids", `There is no Ethora user "eve" of app ` + app, "does not know it"},
		{"chat_ethora_users", object{"app_id": archived}, "app_id", "Can't read users of Ethora app " + archived, "The app is archived"},
		{"chat_ethora_room", object{"room_id": "cellar"}, "room_id", `There is no Ethora room "cellar" of app ` + app, "does not know it"},
		{"chat_ethora_rooms", object{"app_id": nowhere}, "app_id", "Can't read rooms of Ethora app " + nowhere, "does not know the app"},
		{"chat_ethora_room", object{"room_id": app + "_support"}, "room_id", "Not a plain id", `"ann"`},
		{"chat_ethora_user", object{"user_id": "a"}, "user_id", "Malformed id", "2 to 255"},
		{"chat_ethora_users", object{"room_id": "lobby", "user_ids": []string{"ann"}}, "room_id", "Invalid Attribute Combination", "user_ids"},
	} {
		t.Run(fmt.Sprint(test.typeName, test.config), func(t *testing.T) {
			_, found := p.read(test.typeName, test.config)
			if len(found) != 1 || !strings.Contains(found[0].attribute, `"`+test.attribute+`"`) ||
				found[0].summary != test.says || !strings.Contains(found[0].detail, test.why) {
				t.Errorf("it said %q", found)
			}
		})
	}
}

func TestDataSourceTellsWhatTheServerRefuses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"jwt malformed","code":"AUTH_FAILED"}`))
	}))
	defer server.Close()
	p := connect(t, object{"api_url": server.URL, "app_id": "0123456789abcdef01234567", "app_secret": "canary-secret"})
	_, found := p.read("chat_ethora_rooms", object{})
	if len(found) != 1 || found[0].summary != "Can't read rooms of Ethora app 0123456789abcdef01234567" ||
		!strings.Contains(found[0].detail, "ETHORA_CHAT_APP_SECRET") || strings.Contains(found[0].detail, "canary") {
		t.Errorf("it said %q", found)
	}
}
