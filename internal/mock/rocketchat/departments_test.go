package rocketchat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// departmentBody is a body with what a department must have, with more in it
// and beside it.
func departmentBody(name, inside, beside string) string {
	return fmt.Sprintf(`{"department":{"name":%q,"email":"x@x.example","enabled":true,"showOnRegistration":false,"showOnOfflineForm":false%s}%s}`, name, inside, beside)
}

func TestDepartment(t *testing.T) {
	b := newBench(t)
	const keys = "_id _updatedAt name email enabled showOnRegistration showOnOfflineForm"
	created := b.admin("POST /department", departmentBody("Billing", `,"description":"Bills","maxChats":3`, `,"agents":[{"agentId":"ALICE","order":2},{"agentId":"nobody"}]`)).is(200).
		keys("department agents success").keys(keys+" description maxChats", "department").has("Billing", "department", "name").
		keys("_id agentId departmentId departmentEnabled username count order _updatedAt", "agents", 0).has("alice", "agents", 0, "username").
		has("2", "agents", 0, "order").has("0", "agents", 0, "count").has("<nil>", "agents", 1)
	b.names["BILLING"] = created.text("department", "_id")
	b.admin("GET /department/BILLING", "").is(200).keys("department agents success").keys(keys+" description maxChats numAgents", "department").has("1", "department", "numAgents")
	b.agent("GET /department/BILLING?includeAgents=false", "").is(200).keys("department success")

	// What is not sent stays, agents too; there is no way to remove them here.
	b.admin("PUT /department/BILLING", departmentBody("Bills", ``, `,"agents":[{"agentId":"BOB","username":"bob","extra":1},{"agentId":"ALICE","count":1}]`)).is(200).
		keys("department agents success").has("Bills", "department", "name").has("Bills", "department", "description").has("2", "department", "numAgents").
		has("alice", "agents", 0, "username").has("1", "agents", 0, "count").has("0", "agents", 0, "order").has("bob", "agents", 1, "username")
	b.admin("PUT /department/BILLING", departmentBody("Bills", `,"description":""`, `,"agents":[],"departmentUnit":{"_id":"u"}`)).is(200).
		has("", "department", "description").has("bob", "agents", 1, "username")
	b.admin("POST /department/BILLING/agents", `{"upsert":[],"remove":[{"agentId":"ALICE","username":"alice"}]}`).is(200).equals(map[string]any{"success": true})
	b.admin("GET /department/BILLING/agents", "").is(200).keys("agents count offset total success").lists("bob", "agents", "username").has("1", "total")
	b.admin("GET /department/BILLING", "").is(200).has("1", "department", "numAgents")

	bare := b.admin("POST /department", departmentBody("Bare", ``, ``)).is(200).has("[]", "agents").text("department", "_id")
	b.admin("GET /department/"+bare, "").is(200).keys(keys, "department")
}

func TestDepartmentsThatAreMissing(t *testing.T) {
	b := newBench(t)
	b.admin("GET /department/x", "").is(200).equals(map[string]any{"department": nil, "agents": []any{}, "success": true})
	b.admin("GET /custom-fields/x", "").is(200).equals(map[string]any{"customField": nil, "success": true})
	b.set(rocketchat.Settings{Missing: "absent"})
	b.admin("GET /department/x", "").is(200).equals(map[string]any{"agents": []any{}, "success": true})
	b.admin("GET /custom-fields/x", "").is(200).equals(map[string]any{"success": true})
	b.admin("GET /department/x/agents", "").is(200).has("0", "total")
	b.admin("PUT /department/x", departmentBody("X", ``, ``)).refuses("error-department-not-found", "Department not found [error-department-not-found]")
	b.admin("POST /department/x/agents", `{"upsert":[],"remove":[]}`).refuses("error-department-not-found", "Department not found [error-department-not-found]")
	b.admin("POST /department/x/archive", "").fails("department-not-found")
	b.admin("POST /department/x/unarchive", "").refuses("department-not-found", "[department-not-found]")
	b.set(rocketchat.Settings{DepartmentRemoval: true})
	b.admin("DELETE /department/x", "").fails("error-department-not-found")
}

func TestDepartmentRules(t *testing.T) {
	const params = "invalid-params"
	for _, test := range []struct{ call, body, code, text string }{
		{"POST /department", `{}`, params, "must have required property 'department'"},
		{"POST /department", `{"department":{"email":"x"}}`, params, "must have required property 'name'"},
		{"PUT /department/SALES", `{"department":{"name":"x"}}`, params, "must have required property 'email'"},
		{"POST /department", departmentBody("x", `,"description":1`, ``), params, "must be string"},
		{"POST /department", departmentBody("x", `,"chatClosingTags":[1]`, ``), params, "must be string"},
		{"POST /department", departmentBody("x", `,"description":null`, ``), "", "Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field description"},
		{"POST /department", departmentBody("x", `,"colour":{}`, ``), "", "Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field colour"},
		{"POST /department", departmentBody("x", `,"size":1.5`, ``), "", "Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field size"},
		{"POST /department", departmentBody("x", ``, `,"colour":1`), params, "must NOT have additional properties"},
		{"POST /department", departmentBody("x", ``, `,"agents":[{}]`), params, "must have required property 'agentId'"},
		{"POST /department", departmentBody("x", ``, `,"agents":[{"agentId":"ALICE","username":"alice"}]`), params, "must NOT have additional properties"},
		{"POST /department", departmentBody("x", ``, `,"agents":[{"agentId":"ALICE","count":"1"}]`), params, "must be number"},
		{"PUT /department/SALES", departmentBody("x", ``, `,"agents":[{"agentId":"ALICE","order":1.5}]`), params, "must be integer"},
		{"POST /department", departmentBody("x", ``, `,"departmentUnit":{"name":"u"}`), params, "must NOT have additional properties"},
		{"POST /department", departmentBody("x", `,"requestTagBeforeClosingChat":true`, ``), "error-validating-department-chat-closing-tags",
			"At least one closing tag is required when the department requires tag(s) on closing conversations. [error-validating-department-chat-closing-tags]"},
		{"POST /department", departmentBody("x", `,"fallbackForwardDepartment":"x"`, ``), "error-fallback-department-not-found", "Fallback department not found [error-fallback-department-not-found]"},
		{"PUT /department/SALES", departmentBody("x", `,"fallbackForwardDepartment":"SALES"`, ``), "error-fallback-department-circular",
			"Cannot save department. Circular reference between fallback department and department [error-fallback-department-circular]"},
		{"POST /department/SALES/agents", `{"upsert":[]}`, params, "must have required property 'remove'"},
		{"POST /department/SALES/agents", `{"upsert":[{"agentId":"ALICE"}],"remove":[]}`, params, "must have required property 'username'"},
		{"GET /department?color=red", ``, "error-invalid-params", "must NOT have additional properties"},
		{"GET /department?enabled=yes", ``, "error-invalid-params", "must be equal to one of the allowed values"},
		{"GET /department?count=many", ``, "error-invalid-params", "must be number"},
		{"GET /department/SALES?agents=no", ``, "error-invalid-params", "must NOT have additional properties"},
		{"GET /department/SALES/agents?text=x", ``, "error-invalid-params", "must NOT have additional properties"},
		{"GET /departments/archived?color=red", ``, "error-invalid-params", "must NOT have additional properties"},
		{"GET /department?sort=name", ``, "error-invalid-sort", `Invalid sort parameter provided: "name" [error-invalid-sort]`},
		{"GET /department?sort={%22name%22:2}", ``, "error-invalid-sort", `Invalid sort parameter provided: "{\"name\":2}" [error-invalid-sort]`},
		{"GET /department?sort={%22name%22:1}x", ``, "error-invalid-sort", `Invalid sort parameter provided: "{\"name\":1}x" [error-invalid-sort]`},
		{"DELETE /department/SALES", ``, "", "error-department-removal-disabled"},
	} {
		b := newBench(t)
		before := fmt.Sprintf("%+v", b.mock.Snapshot())
		got := b.admin(test.call, test.body)
		if test.code == "" {
			got.fails(test.text)
		} else {
			got.refuses(test.code, test.text)
		}
		if after := fmt.Sprintf("%+v", b.mock.Snapshot()); after != before {
			t.Errorf("the refused call %s has changed\n%s\nto\n%s", test.call, before, after)
		}
	}
	b := newBench(t, rocketchat.Settings{Version: "older", MaxDepartments: 3})
	b.admin("POST /department", `{}`).refuses(params, "must have required property 'department' [invalid-params]")
	b.admin("POST /department", departmentBody("x", `,"requestTagBeforeClosingChat":true,"chatClosingTags":["done"],"fallbackForwardDepartment":"SALES"`, ``)).is(200)
	b.admin("POST /department", departmentBody("y", ``, ``)).refuses("error-max-departments-number-reached", "Maximum number of departments reached [error-max-departments-number-reached]")
}

func TestArchive(t *testing.T) {
	b := newBench(t)
	b.admin("POST /department/SALES/archive", "").is(200).equals(map[string]any{"success": true})
	b.admin("GET /department/SALES", "").is(200).has("true", "department", "archived").has("false", "department", "enabled").has("false", "agents", 0, "departmentEnabled")
	b.admin("GET /department", "").is(200).lists("Support", "departments", "name")
	b.admin("GET /department?showArchived=true", "").is(200).lists("Sales Support", "departments", "name")
	b.admin("GET /departments/archived", "").is(200).lists("Sales", "departments", "name")
	b.admin("PUT /department/SALES", departmentBody("Sales", ``, ``)).
		refuses("error-archived-department-cant-be-enabled", "Archived departments cant be enabled [error-archived-department-cant-be-enabled]")
	b.send("GET /config", "").is(200).has("Support", "config", "departments", 0, "name").has("<nil>", "config", "departments", 1)
	b.admin("POST /department/SALES/unarchive", "").is(200)
	b.admin("GET /department/SALES", "").is(200).has("false", "department", "archived").has("false", "department", "enabled")
	if state := b.mock.Snapshot().Department(rocketchat.SalesID); state.Archived || state.Enabled {
		t.Errorf("the department is %+v", state)
	}
}

// Rooms lose a department that is removed, visitors do not.
func TestRemovalOfDepartments(t *testing.T) {
	b := newBench(t, rocketchat.Settings{DepartmentRemoval: true})
	b.send("POST /visitor", `{"visitor":{"token":"ann","department":"Sales"}}`).is(200)
	b.room("chat", "ann")
	b.admin("DELETE /department/SALES", "").is(200).equals(map[string]any{"success": true})
	b.admin("GET /department/SALES", "").is(200).has("<nil>", "department")
	b.send("GET /room?token=ann", "").is(200).has("<nil>", "room", "departmentId")
	b.send("GET /visitor/ann", "").is(200).has(rocketchat.SalesID, "visitor", "department")
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	b.send("GET /room?token=ann", "").refuses("no-agent-online", "Sorry, no online agents [no-agent-online]")
}

func TestDepartmentList(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"d4", "d2", "d3", "d1"} {
		b.admin("POST /department", departmentBody(name, ``, ``)).is(200)
	}
	for query, want := range map[string]string{
		"":                                   "Sales Support d1 d2 d3 d4",
		"text=SUP":                           "Support",
		"text=d":                             "d1 d2 d3 d4",
		"text=d&count=2":                     "d1 d2",
		"text=d&count=2&offset=2":            "d3 d4",
		"text=d&offset=9":                    "",
		"text=d&count=0":                     "d1 d2 d3 d4",
		"text=d&sort={%22name%22:-1}":        "d4 d3 d2 d1",
		"excludeDepartmentId=SALES":          "Support d1 d2 d3 d4",
		"onlyMyDepartments=true":             "Sales Support d1 d2 d3 d4",
		"enabled=false":                      "Sales Support d1 d2 d3 d4",
		"sort={%22email%22:1,%22name%22:-1}": "Support Sales d4 d3 d2 d1",
	} {
		got := b.admin("GET /department?"+query, "").is(200).keys("departments count offset total success").lists(want, "departments", "name")
		got.has(fmt.Sprint(len(strings.Fields(want))), "count")
	}
	b.agent("GET /department?onlyMyDepartments=true", "").is(200).lists("Support", "departments", "name")
	b.admin("GET /department?count=2&offset=4", "").is(200).has("4", "offset").has("6", "total")
	b.admin("PUT /department/SALES", strings.Replace(departmentBody("Sales", ``, ``), `"enabled":true`, `"enabled":false`, 1)).is(200)
	b.admin("GET /department?enabled=true&text=s", "").is(200).lists("Support", "departments", "name")
	b.set(rocketchat.Settings{PageLimit: 4})
	b.admin("GET /department", "").is(200).has("4", "count").has("6", "total")
	b.admin("GET /department?count=5", "").is(200).has("4", "count")
}

func TestDefinitions(t *testing.T) {
	b := newBench(t)
	const keys = "label scope visibility type searchable regexp required defaultValue options public _updatedAt"
	data := `"customFieldData":{"field":"color","label":"Colour","scope":"visitor","visibility":"visible","type":"select","searchable":false,
		"regexp":"","required":false,"defaultValue":"red","options":"red, green","public":true}`
	b.admin("POST /custom-fields.save", `{`+data+`}`).is(200).keys("customField success").keys(keys, "customField").has("Colour", "customField", "label")
	b.admin("POST /custom-fields.save", `{`+data+`}`).fails("Custom Field already exists")
	b.admin("POST /custom-fields.save", `{"customFieldId":"size",`+data+`}`).fails("Custom Field Not found")
	b.admin("GET /custom-fields/color", "").is(200).keys("customField success").keys("_id "+keys, "customField").has("color", "customField", "_id").has("red, green", "customField", "options")
	// The field keeps its name, and what is not sent.
	b.admin("POST /custom-fields.save", `{"customFieldId":"color","customFieldData":{"field":"size","label":"Size","scope":"room","visibility":"hidden"}}`).is(200).
		keys("label scope visibility _updatedAt", "customField")
	b.admin("GET /custom-fields/color", "").is(200).has("Size", "customField", "label").has("room", "customField", "scope").has("red", "customField", "defaultValue")
	b.admin("GET /custom-fields/size", "").is(200).has("<nil>", "customField")

	b.agent("GET /custom-fields", "").is(200).keys("customFields count offset total success").lists("company order origin color tier", "customFields", "_id").has("5", "total")
	b.agent("GET /custom-fields?text=OR&count=1&offset=1", "").is(200).lists("origin", "customFields", "_id").has("3", "total")
	b.admin("GET /custom-fields?scope=room", "").refuses("error-invalid-params", "must NOT have additional properties")
	if state := b.mock.Snapshot().CustomField("color"); state == nil || state.Attributes["label"] != "Size" {
		t.Errorf("the field is %+v", state)
	}

	b.admin("POST /custom-fields.delete", `{"customFieldId":"color"}`).is(200).equals(map[string]any{"success": true})
	b.admin("POST /custom-fields.delete", `{"customFieldId":"color"}`).fails("Custom field not found")
	b.admin("POST /custom-fields.delete", `{}`).refuses("invalid-params", "must have required property 'customFieldId'")
	for body, text := range map[string]string{
		`{}`:                                "must have required property 'customFieldData'",
		`{"customFieldData":{"field":"a"}}`: "must have required property 'label'",
		`{"customFieldData":{"field":"a","label":"A","scope":"agent","visibility":"visible"}}`:          "must be equal to one of the allowed values",
		`{"customFieldData":{"field":"a","label":"A","scope":"room","visibility":true}}`:                "must be string",
		`{"customFieldData":{"field":"a","label":"A","scope":"room","visibility":"hidden","public":1}}`: "must be boolean",
		`{"customFieldData":{"field":"a","label":"A","scope":"room","visibility":"hidden","x":1}}`:      "must NOT have additional properties",
	} {
		b.admin("POST /custom-fields.save", body).refuses("invalid-params", text)
	}
	// A server before 7.11 shows them only.
	b.set(rocketchat.Settings{Version: "older"})
	b.admin("POST /custom-fields.save", `{`+data+`}`).is(404).equals(map[string]any{"status": "error", "message": "API endpoint does not exist."})
	b.admin("POST /custom-fields.delete", `{"customFieldId":"tier"}`).is(404)
	b.admin("GET /custom-fields/tier", "").is(200).has("Tier", "customField", "label")
}

func TestUsers(t *testing.T) {
	b := newBench(t)
	b.agent("GET /users/agent", "").is(200).keys("users count offset total success").lists("alice bob", "users", "username").
		keys("_id username name emails status statusLivechat livechat departments", "users", 0).has("["+rocketchat.SupportID+"]", "users", 0, "departments")
	for query, want := range map[string]string{"text=Bo": "bob", "text=example.com": "alice bob", "excludeId=ALICE": "bob", "count=1&offset=1": "bob", "showIdleAgents=false": "alice bob"} {
		b.admin("GET /users/agent?"+query, "").is(200).lists(want, "users", "username")
	}
	b.admin("GET /users/manager", "").is(200).lists("admin", "users", "username")
	b.agent("GET /users/manager", "").is(403).equals(map[string]any{"success": false, "error": "unauthorized"})
	b.admin("GET /users/agent?role=x", "").refuses("error-invalid-params", "must NOT have additional properties")

	b.admin("POST /users/agent", `{"username":"carol"}`).is(200).equals(map[string]any{"user": map[string]any{"_id": rocketchat.CarolID, "username": "carol"}, "success": true})
	b.admin("POST /users/manager", `{"username":"alice"}`).is(200)
	b.admin("GET /users/manager", "").is(200).lists("admin alice", "users", "username")
	b.admin("GET /users/agent?showIdleAgents=false", "").is(200).lists("alice bob", "users", "username")
	b.admin("GET /users/agent/CAROL", "").is(200).has("carol", "user", "username").has("offline", "user", "status")
	b.admin("DELETE /users/manager/ALICE", "").is(200)
	b.admin("DELETE /users/agent/ALICE", "").is(200).equals(map[string]any{"success": true})
	b.admin("GET /users/agent/ALICE", "").is(200).equals(map[string]any{"user": nil, "success": true})
	b.admin("GET /department/SUPPORT", "").is(200).has("[]", "agents").has("0", "department", "numAgents")
	b.agent("GET /department", "").is(403)

	b.admin("POST /users/agent", `{"username":"nobody"}`).refuses("error-invalid-user", "Invalid user [error-invalid-user]")
	b.admin("POST /users/agent", `{}`).refuses("invalid-params", "must have required property 'username'")
	b.admin("DELETE /users/agent/nobody", "").refuses("error-invalid-user", "Invalid user [error-invalid-user]")
	for _, call := range []string{"GET /users/user", "GET /users/user/ALICE", "DELETE /users/user/ALICE"} {
		b.admin(call, "").fails("Invalid type")
	}
	b.admin("POST /users/user", `{"username":"alice"}`).fails("Invalid type")
}
