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

// displayNames are the display names of a list; a problem stands for itself.
func displayNames(results []listed) []string {
	all := []string{}
	for _, result := range results {
		if result.problems != nil {
			all = append(all, fmt.Sprint(result.problems))
			continue
		}
		all = append(all, result.name)
	}
	return all
}

func TestListUsers(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	server.Settings(t, mock.Settings{SeedBot: &mock.SeedBot{Rooms: []string{"lobby"}}})
	results := connectTo(t, server).list("chat_ethora_user", nil, 100, true, 0)
	if got := displayNames(results); !reflect.DeepEqual(got, []string{"Ann Lee (ann)", "Bob Lee (bob)"}) {
		t.Fatalf("it listed %v", got)
	}
	if want := (object{"app_id": app, "user_id": "ann"}); !reflect.DeepEqual(results[0].identity, want) {
		t.Errorf("Ann's identity is %v", results[0].identity)
	}
	if want := (object{
		"id": app + "/ann", "app_id": app, "user_id": "ann", "email": "ann@example.com", "first_name": "Ann", "last_name": "Lee",
		"username": results[0].resource["username"], "profile_image_url": results[0].resource["profile_image_url"],
		"password_wo": nil, "password_wo_version": nil, "bypass_email_confirmation": true, "hard_delete": nil,
		"xmpp_username": app + "_ann", "timeouts": nil,
	}); !reflect.DeepEqual(results[0].resource, want) {
		t.Errorf("Ann is %v, want %v", results[0].resource, want)
	}
}

func TestListRooms(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	server.Edit(t, "POST", "/v2/apps/"+app+"/chats/private", object{"username": app + "_ann"})
	results := connectTo(t, server).list("chat_ethora_room", object{"app_id": app}, 100, true, 0)
	if got := displayNames(results); !reflect.DeepEqual(got, []string{"ATTIC (attic)", "LOBBY (lobby)", "SUPPORT (support)"}) {
		t.Fatalf("it listed %v", got)
	}
	if want := (object{"app_id": app, "room_id": "attic"}); !reflect.DeepEqual(results[0].identity, want) {
		t.Errorf("the attic's identity is %v", results[0].identity)
	}
	if want := (object{
		"id": app + "/attic", "app_id": app, "room_id": "attic", "title": "ATTIC", "description": "", "type": "public", "picture_url": "",
		"name": app + "_attic", "jid": app + "_attic@conference.xmpp.chat.ethora.com", "timeouts": nil,
	}); !reflect.DeepEqual(results[0].resource, want) {
		t.Errorf("the attic is %v, want %v", results[0].resource, want)
	}
}

func TestListApps(t *testing.T) {
	server := acctest.StartEthora(t)
	server.Settings(t, mock.Settings{AppSecret: "always"})
	id := server.Edit(t, "POST", "/v2/apps", object{"displayName": "Acme"})["app"].(object)["_id"].(string)
	old := server.Edit(t, "POST", "/v2/apps", object{"displayName": "Old"})["app"].(object)["_id"].(string)
	server.Edit(t, "DELETE", "/v2/apps/"+old, object{})
	var acme *listed
	for _, result := range connectTo(t, server).list("chat_ethora_app", object{}, 100, true, 0) {
		switch result.identity["id"] {
		case id:
			acme = &result
		case old:
			t.Error("it lists an archived app")
		}
	}
	if acme == nil {
		t.Fatal("it does not list the app")
	}
	if acme.name != "Acme ("+id+")" || acme.resource["display_name"] != "Acme" || acme.resource["parent_app_id"] != server.AppID() {
		t.Errorf("it lists %v", acme)
	}
	for _, secret := range []string{"app_token", "app_secret", "timeouts"} {
		if acme.resource[secret] != nil {
			t.Errorf("it tells %s", secret)
		}
	}
}

func TestListRoomAccess(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	server.Settings(t, mock.Settings{SeedBot: &mock.SeedBot{Rooms: []string{"lobby"}}})
	server.Edit(t, "POST", "/v2/apps/"+app+"/chats/private", object{"username": app + "_ann"})
	p := connectTo(t, server)
	for name, test := range map[string]struct {
		config object
		want   []string
	}{
		"all rooms":          {object{}, []string{"ann in lobby", "bob in lobby", "ann in support"}},
		"one room":           {object{"room_id": "lobby"}, []string{"ann in lobby", "bob in lobby"}},
		"one user":           {object{"user_id": "ann"}, []string{"ann in lobby", "ann in support"}},
		"the system account": {object{"user_id": app}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := displayNames(p.list("chat_ethora_room_access", test.config, 100, true, 0)); !reflect.DeepEqual(got, test.want) {
				t.Errorf("it listed %v, want %v", got, test.want)
			}
		})
	}
	result := p.list("chat_ethora_room_access", object{"user_id": "bob"}, 100, true, 0)[0]
	if want := (object{"app_id": app, "room_id": "lobby", "user_id": "bob"}); !reflect.DeepEqual(result.identity, want) {
		t.Errorf("the identity is %v", result.identity)
	}
	if want := (object{"id": app + "/lobby/bob", "app_id": app, "room_id": "lobby", "user_id": "bob", "timeouts": nil}); !reflect.DeepEqual(result.resource, want) {
		t.Errorf("the resource is %v", result.resource)
	}
}

// terraform query writes configurations of what it finds: they must be valid.
func TestWhatIsListedMakesAConfiguration(t *testing.T) {
	server := acctest.StartEthora(t)
	seed(t, server, server.AppID())
	server.Edit(t, "POST", "/v2/apps", object{"displayName": "Acme", "primaryColor": "#1F6FEB"})
	p := connectTo(t, server)
	for _, typeName := range []string{"chat_ethora_app", "chat_ethora_user", "chat_ethora_room", "chat_ethora_room_access"} {
		for _, result := range p.list(typeName, object{}, 100, true, 0) {
			config, found := p.generate(typeName, result)
			if config == nil || found != nil {
				t.Errorf("%s %s makes %v: %q", typeName, result.name, config, found)
			}
		}
	}
}

func TestListsHonourTheLimit(t *testing.T) {
	server := acctest.StartEthora(t)
	app := server.AppID()
	seed(t, server, app)
	server.Edit(t, "POST", "/v2/apps", object{"displayName": "Acme"})
	p := connectTo(t, server)
	for _, typeName := range []string{"chat_ethora_app", "chat_ethora_user", "chat_ethora_room", "chat_ethora_room_access"} {
		all := p.list(typeName, object{}, 0, false, 0)
		if len(all) < 2 {
			t.Errorf("%s: it listed %v without a limit", typeName, displayNames(all))
		}
		if got := p.list(typeName, object{}, 1, false, 0); len(got) != 1 || got[0].name != all[0].name {
			t.Errorf("%s: it listed %v, want the first of %v", typeName, displayNames(got), displayNames(all))
		}
		if all[0].resource != nil || len(all[0].identity) == 0 {
			t.Errorf("%s: it listed %v, want the identity alone", typeName, all[0])
		}
		if got := p.list(typeName, object{}, 100, false, 1); len(got) != 1 {
			t.Errorf("%s: it went on after Terraform had enough", typeName)
		}
	}
}

// Members that the list cuts short are asked for room by room, and only as far
// as results are wanted.
func TestListRoomAccessAsksOnlyForWhatIsWanted(t *testing.T) {
	calls := 0
	rooms := map[string]bool{appA + "_attic": true, appA + "_lobby": true}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		row := func(room string) string {
			return fmt.Sprintf(`{"_id":%[2]q,"name":"%[1]s_%[2]s","title":"Room","usersCnt":2,"members":[{"xmppUsername":"%[1]s_ann"}]}`, appA, room)
		}
		switch {
		case !strings.HasSuffix(r.URL.Path, "/chats/users"):
			_, _ = fmt.Fprintf(w, `{"results":[%s,%s],"total":2}`, row("attic"), row("lobby"))
		case rooms[r.URL.Query().Get("chatName")]:
			_, _ = fmt.Fprintf(w, `{"users":[{"xmppUsername":"%[1]s_ann"},{"xmppUsername":"%[1]s_bob"}],"total":2}`, appA)
		default:
			_, _ = w.Write([]byte(`{"users":[],"total":0}`))
		}
	}))
	defer server.Close()
	p := connect(t, object{"api_url": server.URL, "app_id": appA, "app_secret": "secret123"})

	if got := displayNames(p.list("chat_ethora_room_access", object{}, 1, false, 0)); !reflect.DeepEqual(got, []string{"ann in attic"}) {
		t.Errorf("it listed %v", got)
	}
	one := calls
	if got := displayNames(p.list("chat_ethora_room_access", object{}, 100, false, 0)); !reflect.DeepEqual(got, []string{"ann in attic", "bob in attic", "ann in lobby", "bob in lobby"}) {
		t.Errorf("it listed %v", got)
	}
	// The list of rooms, one room's users, and whether the server filters by room
	// at all; then the list is still fresh, and only the two rooms are asked for.
	if one != 3 || calls-one != 2 {
		t.Errorf("one result took %d calls and all of them %d, want 3 and 2", one, calls-one)
	}
}

func TestListsTellWhatIsWrong(t *testing.T) {
	server := acctest.StartEthora(t)
	seed(t, server, server.AppID())
	p := connectTo(t, server)
	for _, test := range []struct {
		typeName string
		config   object
		says     string
	}{
		{"chat_ethora_user", object{"app_id": appA}, "Can't list users of Ethora app " + appA},
		{"chat_ethora_room", object{"app_id": appA}, "Can't list rooms of Ethora app " + appA},
		{"chat_ethora_room_access", object{"app_id": appA}, "Can't list access to rooms of Ethora app " + appA},
		{"chat_ethora_room_access", object{"room_id": "cellar"}, `there is no room "cellar"`},
		{"chat_ethora_room_access", object{"user_id": "eve"}, "Can't list access to rooms"},
		{"chat_ethora_room_access", object{"user_id": "ann", "room_id": "lobby"}, "Invalid Attribute Combination"},
		{"chat_ethora_user", object{"app_id": "acme"}, "24 characters"},
	} {
		results := p.list(test.typeName, test.config, 100, true, 0)
		if len(results) != 1 || len(results[0].problems) != 1 ||
			!strings.Contains(strings.ToLower(fmt.Sprint(results[0].problems)), strings.ToLower(test.says)) {
			t.Errorf("%s %v: it said %v, want %q", test.typeName, test.config, results, test.says)
		}
	}
	for _, typeName := range []string{"chat_ethora_app", "chat_ethora_user", "chat_ethora_room", "chat_ethora_room_access"} {
		results := connect(t, nil).list(typeName, nil, 100, true, 0)
		if len(results) != 1 || len(results[0].problems) != 1 || results[0].problems[0].summary != "Ethora is not configured" {
			t.Errorf("%s without settings: it said %v", typeName, results)
		}
	}
}
