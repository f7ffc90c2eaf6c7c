package rocketchat_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// read reads a data source, which must succeed.
func read(t *testing.T, p *acctest.Protocol, typeName string, config acctest.Object) acctest.Object {
	t.Helper()
	data, problems := p.ReadDataSource(t.Context(), typeName, config)
	if problems != nil {
		t.Fatalf("%s: %q", typeName, problems)
	}
	return data
}

// wantData compares attributes of a data source.
func wantData(t *testing.T, data, want acctest.Object) {
	t.Helper()
	for name, value := range want {
		if !reflect.DeepEqual(data[name], value) {
			t.Errorf("%s is %v, not %v", name, data[name], value)
		}
	}
}

func TestConfigDataSource(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	p := e.VisitorProtocol(t)
	data := read(t, p, "chat_rocketchat_config", acctest.Object{})
	wantData(t, data, acctest.Object{
		"enabled": true, "online": true, "visitor_id": nil, "room_id": nil, "agent_id": nil,
		"survey_items": []any{"agentFriendliness", "agentKnowledge", "agentResposiveness", "satisfaction"}, // the harness sorts
	})
	if departments := data["departments"].([]any); len(departments) != 2 {
		t.Errorf("the departments are %v", departments)
	}
	var settings, theme map[string]any
	if json.Unmarshal([]byte(text(data, "settings")), &settings) != nil || settings["limitTextLength"] != false ||
		json.Unmarshal([]byte(text(data, "theme")), &theme) != nil || theme["title"] != "Rocket.Chat" || text(data, "triggers") != "[]" {
		t.Errorf("the settings are %v, the theme is %v, the triggers are %v", data["settings"], data["theme"], data["triggers"])
	}
	e.wantCalls(t, "GET /config")

	data = read(t, p, "chat_rocketchat_config", acctest.Object{"visitor_token": "ann-1", "department": mock.SalesID, "business_unit": "u1"})
	wantData(t, data, acctest.Object{"visitor_id": e.visitors()[0].ID, "room_id": room, "agent_id": e.Snapshot().Room(room).ServedBy})
	e.wantCalls(t, "GET /config?businessUnit=u1&department="+mock.SalesID+"&token=<hidden>")

	e.Settings(t, mock.Settings{OmnichannelOff: true})
	wantData(t, read(t, p, "chat_rocketchat_config", acctest.Object{"visitor_token": "ann-1"}),
		acctest.Object{"enabled": false, "online": false, "departments": []any{}, "survey_items": []any{}, "settings": "{}", "room_id": nil})
}

func TestAgentDataSources(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	e.addVisitor(t, "bob-1", nil)
	p := e.VisitorProtocol(t)
	of := acctest.Object{"room_id": room, "visitor_token": "ann-1"}
	data := read(t, p, "chat_rocketchat_agent", of)
	wantData(t, data, acctest.Object{"id": mock.AliceID, "username": "alice", "name": "Alice", "status": "online",
		"emails": []any{"alice@example.com"}, "max_number_simultaneous_chat": "5", "hidden_info": false})
	e.wantCalls(t, "GET /agent.info/"+room+"/:token")

	wantData(t, read(t, p, "chat_rocketchat_next_agent", acctest.Object{"visitor_token": "bob-1", "department_id": mock.SalesID}), acctest.Object{"id": mock.BobID})
	e.wantCalls(t, "GET /agent.next/:token?department="+mock.SalesID)
	wantData(t, read(t, p, "chat_rocketchat_next_agent", acctest.Object{"visitor_token": "ann-1"}), acctest.Object{"id": nil, "hidden_info": false})

	e.Settings(t, mock.Settings{HideAgent: true})
	for typeName, config := range map[string]acctest.Object{"chat_rocketchat_agent": of, "chat_rocketchat_next_agent": {"visitor_token": "bob-1"}} {
		wantData(t, read(t, p, typeName, config), acctest.Object{"id": nil, "username": nil, "emails": []any{}, "hidden_info": true})
	}
	e.Settings(t, mock.Settings{HideAgentEmail: true})
	wantData(t, read(t, p, "chat_rocketchat_agent", of), acctest.Object{"emails": []any{}, "username": "alice"})
	e.Settings(t, mock.Settings{AgentsOffline: true, AcceptWithoutAgents: true})
	wantData(t, read(t, p, "chat_rocketchat_next_agent", acctest.Object{"visitor_token": "bob-1"}), acctest.Object{"id": nil, "hidden_info": false})
	waiting := e.openRoom(t, "bob-1")
	wantData(t, read(t, p, "chat_rocketchat_agent", acctest.Object{"room_id": waiting, "visitor_token": "bob-1"}), acctest.Object{"id": nil, "hidden_info": false})

	for _, test := range []struct {
		config acctest.Object
		want   string
	}{
		{acctest.Object{"room_id": "nowhere", "visitor_token": "ann-1"}, "ERROR There is no such Rocket.Chat room of this visitor"},
		{acctest.Object{"room_id": room, "visitor_token": "bob-1"}, "ERROR There is no such Rocket.Chat room of this visitor"},
		{acctest.Object{"room_id": room, "visitor_token": "nobody"}, "ERROR There is no such Rocket.Chat visitor"},
	} {
		_, problems := p.ReadDataSource(t.Context(), "chat_rocketchat_agent", test.config)
		onlyProblem(t, problems, test.want)
	}
}

func TestVisitorDataSource(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	id := e.addVisitor(t, "ann-1", map[string]any{"name": "Ann", "email": "Ann@Example.com", "phone": "7", "department": "Support",
		"customFields": []any{map[string]any{"key": "tier", "value": "gold", "overwrite": true}}})
	e.addVisitor(t, "bob-1", nil)
	p := e.VisitorProtocol(t)
	data := read(t, p, "chat_rocketchat_visitor", acctest.Object{"token": "ann-1"})
	wantData(t, data, acctest.Object{"id": id, "username": "guest-1", "name": "Ann", "email": "ann@example.com", "phone": "7", "department_id": mock.SupportID,
		"status": "online", "custom_fields": acctest.Object{"tier": "gold"}})
	if text(data, "created_at") == "" {
		t.Errorf("got %v", data)
	}
	e.wantCalls(t, "GET /visitor/:token")
	wantData(t, read(t, p, "chat_rocketchat_visitor", acctest.Object{"token": "bob-1"}), acctest.Object{"name": nil, "email": nil, "phone": nil, "department_id": nil, "custom_fields": acctest.Object{}})
	_, problems := p.ReadDataSource(t.Context(), "chat_rocketchat_visitor", acctest.Object{"token": "secret-of-nobody"})
	onlyProblem(t, problems, "ERROR There is no such Rocket.Chat visitor")
	if mentions(problems, "secret-of-nobody") {
		t.Errorf("the token is repeated: %q", problems)
	}
}

func TestMessageHistoryDataSource(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	first := e.say(t, "ann-1", room, "one")
	for range 130 {
		e.say(t, "ann-1", room, "more")
	}
	p := e.VisitorProtocol(t)
	of := acctest.Object{"room_id": room, "visitor_token": "ann-1"}
	if all := read(t, p, "chat_rocketchat_message_history", of)["messages"].([]any); len(all) != 100 {
		t.Errorf("%d messages were read", len(all))
	}
	e.wantCalls(t, "GET /messages.history/"+room+"?limit=100&token=<hidden>")
	count := func(more acctest.Object) int {
		return len(read(t, p, "chat_rocketchat_message_history", with(of, more))["messages"].([]any))
	}
	for _, test := range []struct {
		more acctest.Object
		want int
	}{
		{acctest.Object{"limit": 7}, 7},
		{acctest.Object{"limit": 1000}, 131},
		{acctest.Object{"limit": 1000, "include_system_messages": true}, 133},
		{acctest.Object{"before": "2001-01-01T00:00:00Z"}, 0},
		{acctest.Object{"before": "2101-01-01T00:00:00Z", "limit": 2}, 2},
	} {
		if got := count(test.more); got != test.want {
			t.Errorf("%v: %d messages, want %d", test.more, got, test.want)
		}
	}
	e.closeRoom(t, "ann-1", room)
	found := false
	for _, message := range read(t, p, "chat_rocketchat_message_history", with(of, acctest.Object{"limit": 1000, "include_system_messages": true}))["messages"].([]any) {
		if row := message.(acctest.Object); row["id"] == first {
			found = true
			wantData(t, row, acctest.Object{"text": "one", "type": nil, "author_id": e.visitors()[0].ID, "edited_at": nil, "file_name": nil})
		}
	}
	if !found {
		t.Error("the history of a closed room lacks the first message")
	}
	_, problems := p.ReadDataSource(t.Context(), "chat_rocketchat_message_history", with(of, acctest.Object{"before": "yesterday"}))
	onlyProblem(t, problems, `ERROR Not a time: "yesterday" is not a time as RFC 3339 writes it`)
	_, problems = p.ReadDataSource(t.Context(), "chat_rocketchat_message_history", with(of, acctest.Object{"room_id": "nowhere"}))
	onlyProblem(t, problems, "ERROR There is no such Rocket.Chat room of this visitor")
}

func TestDepartmentsDataSource(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	made := p.Apply(t.Context(), departmentType, with(billing(), acctest.Object{"enabled": false}), nil)
	e.edit(t, "POST /department/"+mock.SalesID+"/archive", nil)
	names := func(config acctest.Object) []any {
		all := []any{}
		for _, department := range read(t, p, "chat_rocketchat_departments", config)["departments"].([]any) {
			all = append(all, department.(acctest.Object)["name"])
		}
		return all
	}
	for _, test := range []struct {
		config acctest.Object
		want   []any
	}{
		{acctest.Object{}, []any{"Billing", "Support"}},
		{acctest.Object{"enabled_only": true}, []any{"Support"}},
		{acctest.Object{"include_archived": true}, []any{"Billing", "Sales", "Support"}},
		{acctest.Object{"name_contains": "ILL"}, []any{"Billing"}},
		{acctest.Object{"name_contains": "nothing"}, []any{}},
	} {
		if got := names(test.config); len(got) != len(test.want) || len(got) > 0 && !sameSet(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.config, got, test.want)
		}
	}
	row := read(t, p, "chat_rocketchat_departments", acctest.Object{"name_contains": "Billing"})["departments"].([]any)[0].(acctest.Object)
	wantData(t, row, acctest.Object{"id": made.State["id"], "email": "billing@example.com", "description": "Invoices and payments", "enabled": false, "archived": false})
	_, problems := e.VisitorProtocol(t).ReadDataSource(t.Context(), "chat_rocketchat_departments", acctest.Object{})
	onlyProblem(t, problems, "ERROR chat_rocketchat_departments needs an administrator", "ROCKETCHAT_AUTH_TOKEN")
}

// sameSet compares lists whatever their order, which the harness changes.
func sameSet(a, b []any) bool {
	counts := map[any]int{}
	for _, one := range a {
		counts[one]++
	}
	for _, one := range b {
		counts[one]--
	}
	for _, count := range counts {
		if count != 0 {
			return false
		}
	}
	return true
}

// Whatever a server answers, a data source says what it can't read.
func TestDataSources_faults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e, room := startChat(t)
			p := e.Protocol(t)
			of := acctest.Object{"room_id": room, "visitor_token": "ann-1"}
			for typeName, config := range map[string]acctest.Object{
				"chat_rocketchat_config": {}, "chat_rocketchat_agent": of, "chat_rocketchat_next_agent": {"visitor_token": "ann-1"},
				"chat_rocketchat_visitor": {"token": "ann-1"}, "chat_rocketchat_message_history": of, "chat_rocketchat_departments": {},
			} {
				e.Faults(t, fault.on("GET", ""))
				_, problems := p.ReadDataSource(t.Context(), typeName, config)
				checkFault(t, fault, problems, "Can't ")
			}
		})
	}
}

// Real Terraform reads them too, in the order that the references give.
func TestDataSources_inTerraform(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: e.Provider() + annBlock() + supportBlock() + helloBlock() + `
data "chat_rocketchat_config" "all" {}

data "chat_rocketchat_departments" "all" {}

data "chat_rocketchat_visitor" "ann" {
  token = chat_rocketchat_visitor.ann.token
}

data "chat_rocketchat_agent" "of_support" {
  room_id       = chat_rocketchat_room.support.id
  visitor_token = chat_rocketchat_visitor.ann.token
}

data "chat_rocketchat_next_agent" "of_ann" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

data "chat_rocketchat_message_history" "support" {
  room_id       = chat_rocketchat_message.hello.room_id
  visitor_token = chat_rocketchat_visitor.ann.token
}
`,
		Check: resource.ComposeTestCheckFunc(
			resource.TestCheckResourceAttr("data.chat_rocketchat_config.all", "departments.#", "2"),
			resource.TestCheckResourceAttr("data.chat_rocketchat_departments.all", "departments.1.name", "Support"),
			resource.TestCheckResourceAttr("data.chat_rocketchat_visitor.ann", "custom_fields.tier", "gold"),
			resource.TestCheckResourceAttrSet("data.chat_rocketchat_agent.of_support", "id"),
			resource.TestCheckResourceAttr("data.chat_rocketchat_message_history.support", "messages.0.text", "Hello, is anybody there?"),
		),
	}}})
}
