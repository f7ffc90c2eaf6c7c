package rocketchat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// The request nests and names things otherwise than the answer.
func TestVisitor(t *testing.T) {
	b := newBench(t)
	body := `{"visitor":{"token":"t/1","name":"Ann","email":" Ann@Example.COM ","phone":"55 51","department":"Sales",
		"customFields":[{"key":"company","value":"ACME","overwrite":true},{"key":"unknown","value":"x"},{"key":"origin","value":"hidden"},{"key":"order","value":"7"}]}}`
	const keys = "_id username status ts _updatedAt name phone token visitorEmails department livechatData"
	got := b.send("POST /visitor", body).is(200).keys("visitor success").keys(keys, "visitor").
		has("true", "success").has("guest-1", "visitor", "username").has("online", "visitor", "status").has("Ann", "visitor", "name").
		has("55 51", "visitor", "phone", 0, "phoneNumber").has("ann@example.com", "visitor", "visitorEmails", 0, "address").
		has("t/1", "visitor", "token").has(rocketchat.SalesID, "visitor", "department").
		has("map[company:ACME]", "visitor", "livechatData").has("2026-11-21T12:00:00.000Z", "visitor", "ts")
	again := b.send("GET /visitor/t%2F1", "").is(200).keys(keys, "visitor")
	if again.raw != got.raw {
		t.Errorf("the visitor was %s and is read as %s", got.raw, again.raw)
	}
	if id := b.mock.VisitorID("t/1"); id != got.text("visitor", "_id") {
		t.Errorf("the id of the visitor is %q", id)
	}
	b.visitor("bare")
	b.send("GET /visitor/bare", "").is(200).keys("_id username status ts _updatedAt token", "visitor").has("guest-2", "visitor", "username")
	b.send("POST /visitor", `{"visitor":{"token":"own","id":"my-id","username":"me"}}`).is(200).has("my-id", "visitor", "_id").has("me", "visitor", "username")
	for _, header := range []struct{ key, want string }{{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"Pragma", "no-cache"}} {
		if value := again.header.Get(header.key); value != header.want {
			t.Errorf("%s is %q, want %q", header.key, value, header.want)
		}
	}
}

// What is empty or null changes nothing, so nothing can be cleared.
func TestPartialUpdates(t *testing.T) {
	b := newBench(t)
	b.send("POST /visitor", `{"visitor":{"token":"ann","name":"Ann","email":"a@x.example","phone":"1","department":"SALES","username":"annie"}}`).is(200)
	before := b.send("GET /visitor/ann", "").is(200)
	for _, body := range []string{
		`{"visitor":{"token":"ann"}}`,
		`{"visitor":{"token":"ann","name":"","email":"","phone":"","department":"","username":""}}`,
		`{"visitor":{"token":"ann","name":null,"email":null,"phone":null,"department":null,"customFields":null}}`,
		`{"visitor":{"token":"ann","username":"other","id":"other"}}`,
		`{"visitor":{"token":"ann","customFields":[]}}`,
	} {
		if after := b.send("POST /visitor", body).is(200); after.raw != before.raw {
			t.Errorf("%s has changed %s to %s", body, before.raw, after.raw)
		}
	}
	b.wait(time.Second)
	b.send("POST /visitor", `{"visitor":{"token":"ann","name":"Anna","department":"Support"}}`).is(200).
		has("Anna", "visitor", "name").has("1", "visitor", "phone", 0, "phoneNumber").has(rocketchat.SupportID, "visitor", "department").
		has("2026-11-21T12:00:00.000Z", "visitor", "ts").has("2026-11-21T12:00:01.000Z", "visitor", "_updatedAt")
}

// The order is token, phone, address. A match by phone keeps the old token, one
// by address loses it.
func TestMerges(t *testing.T) {
	b := newBench(t)
	id := b.send("POST /visitor", `{"visitor":{"token":"old","phone":"1","email":"a@x.example"}}`).is(200).text("visitor", "_id")
	b.room("chat", "old")
	b.send("POST /visitor", `{"visitor":{"token":"new","phone":"1","name":"By phone"}}`).is(200).
		has(id, "visitor", "_id").has("old", "visitor", "token").has("By phone", "visitor", "name")
	b.send("GET /visitor/new", "").refuses("invalid-token", "Invalid token [invalid-token]")

	b.send("POST /visitor", `{"visitor":{"token":"new","email":"A@X.example","name":"By address"}}`).is(200).
		has(id, "visitor", "_id").has("new", "visitor", "token").has("By address", "visitor", "name")
	b.send("GET /visitor/old", "").refuses("invalid-token", "Invalid token [invalid-token]")
	// The room still belongs to the lost token: nobody gets in any more.
	b.send("GET /room?token=old&rid=CHAT", "").fails("invalid-token")
	b.send("GET /room?token=new&rid=CHAT", "").fails("invalid-room")
	if room := b.mock.Snapshot().Room(b.names["CHAT"]); room == nil || !room.Open || room.VisitorID != id {
		t.Errorf("the room is %+v", room)
	}

	// A token that is known wins over phone and address of somebody else.
	other := b.send("POST /visitor", `{"visitor":{"token":"other","phone":"2"}}`).is(200).text("visitor", "_id")
	b.send("POST /visitor", `{"visitor":{"token":"other","phone":"1","email":"a@x.example"}}`).is(200).has(other, "visitor", "_id")
	// The address with blanks around it matches nobody.
	b.send("POST /visitor", `{"visitor":{"token":"blank","email":" a@x.example"}}`).is(200).has("blank", "visitor", "token")
	// Who names the id of a visitor takes it over.
	b.send("POST /visitor", `{"visitor":{"token":"taken","id":"`+other+`"}}`).is(200).has(other, "visitor", "_id").has("taken", "visitor", "token")
	b.send("GET /visitor/other", "").refuses("invalid-token", "Invalid token [invalid-token]")
	if visitors := b.mock.Snapshot().Visitors; len(visitors) != 3 {
		t.Errorf("there are %d visitors: %+v", len(visitors), visitors)
	}
}

func TestVisitorBodies(t *testing.T) {
	type form struct{ newer, older string }
	for body, want := range map[string]form{
		``:                                      {"must have required property 'visitor'", "Match error: Missing key 'visitor'"},
		`{"token":"t","name":"flat"}`:           {"must have required property 'visitor'", "Match error: Missing key 'visitor'"},
		`null`:                                  {"must be object", "Match error: Expected object, got null"},
		`[]`:                                    {"must be object", "Match error: Expected object, got object"},
		`{"visitor":"t"}`:                       {"must be object", "Match error: Expected object, got string in field visitor"},
		`{"visitor":{}}`:                        {"must have required property 'token'", "Match error: Missing key 'token' in field visitor"},
		`{"visitor":{"token":5}}`:               {"must be string", "Match error: Expected string, got number in field visitor.token"},
		`{"visitor":{"token":null}}`:            {"must be string", "Match error: Expected string, got null in field visitor.token"},
		`{"visitor":{"token":"t"},"x":1}`:       {"must NOT have additional properties", "Match error: Unknown key in field x"},
		`{"visitor":{"token":"t","name":true}}`: {"must be string", "Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field visitor.name"},
		`{"visitor":{"token":"t","customFields":{}}}`:    {"must be array", "Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field visitor.customFields"},
		`{"visitor":{"token":"t","customFields":[{}]}}`:  {"must have required property 'key'", "Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field visitor.customFields"},
		`{"visitor":{"token":"t","customFields":[[1]]}}`: {"must be object", "Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field visitor.customFields"},
	} {
		b := newBench(t)
		b.send("POST /visitor", body).refuses("invalid-params", want.newer)
		b.set(rocketchat.Settings{Version: "older"})
		b.send("POST /visitor", body).fails(want.older)
		if visitors := b.mock.Snapshot().Visitors; len(visitors) != 0 {
			t.Errorf("%s has created %+v", body, visitors)
		}
	}
	b := newBench(t)
	b.send("POST /visitor", `{"visitor":{"token":"t","colour":"red"}}`).refuses("invalid-params", "must NOT have additional properties")
	b.send("POST /visitor", `{"visitor":`).fails("Invalid JSON in the request body")
	text := map[string]string{"Content-Type": "text/plain"}
	b.call("POST /visitor", `{"visitor":{"token":"t"}}`, text).refuses("invalid-params", "must have required property 'visitor'")
	b.set(rocketchat.Settings{Version: "older"})
	b.send("POST /visitor", `{"visitor":{"token":"t","colour":"red"}}`).is(200)
	b.send("POST /visitor", `{"visitor":{"token":"t","customFields":[{"key":"company","value":"x"}]}}`).
		fails("Match error: Match.OneOf, Match.Maybe, or Match.Optional failed validation in field visitor.customFields")

	b.set(rocketchat.Settings{FlatVisitors: true})
	b.call("POST /visitor", `{"token":"flat","name":"Flat"}`, text).is(200).has("Flat", "visitor", "name")
	b.send("POST /visitor", `{"visitor":{"token":"nested"}}`).is(200).has("nested", "visitor", "token")
}

func TestVisitorRules(t *testing.T) {
	b := newBench(t)
	b.send("POST /visitor", `{"visitor":{"token":"  "}}`).refuses("error-invalid-token", "Token cannot be empty [error-invalid-token]")
	b.send("POST /visitor", `{"visitor":{"token":"t","email":"nobody"}}`).refuses("error-invalid-email", "Invalid email nobody [error-invalid-email]")
	b.send("POST /visitor", `{"visitor":{"token":"t","email":"  "}}`).refuses("error-invalid-email", "Invalid email  [error-invalid-email]")
	b.send("POST /visitor", `{"visitor":{"token":"t","department":"Nowhere"}}`).fails("error-invalid-department")
	b.send("GET /visitor/t", "").refuses("invalid-token", "Invalid token [invalid-token]")
	b.send("DELETE /visitor/t", "").refuses("invalid-token", "Invalid token [invalid-token]")
	b.set(rocketchat.Settings{Version: "older"})
	b.send("POST /visitor", `{"visitor":{"token":"t","department":"Nowhere"}}`).refuses("error-invalid-department", "The provided department is invalid [error-invalid-department]")
	b.send("GET /visitor/t", "").refuses("invalid-token", "[invalid-token]")
	b.send("DELETE /visitor/t", "").refuses("invalid-token", "[invalid-token]")
	if len(b.mock.Snapshot().Visitors) != 0 {
		t.Error("a refused call has created a visitor")
	}
}

// Open rooms hinder the deletion, which takes everything but the id.
func TestDeletion(t *testing.T) {
	b := newBench(t)
	b.chat()
	id := b.mock.VisitorID("ann")
	b.send("DELETE /visitor/ann", "").refuses("visitor-has-open-rooms", "Cannot remove visitors with opened rooms [visitor-has-open-rooms]")
	b.admin("GET /visitor/ann/room", "").is(200).lists(b.names["CHAT"], "rooms", "_id").keys("_id t cl servedBy", "rooms", 0)
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	b.admin("GET /visitor/ann/room", "").is(200).equals(map[string]any{"rooms": []any{}, "success": true})
	b.send("DELETE /visitor/ann", "").is(200).keys("visitor success").keys("_id ts", "visitor").has(id, "visitor", "_id")
	b.send("GET /visitor/ann", "").refuses("invalid-token", "Invalid token [invalid-token]")
	b.send("DELETE /visitor/ann", "").refuses("invalid-token", "Invalid token [invalid-token]")
	b.send("GET /messages.history/CHAT?token=ann", "").fails("invalid-token")
	state := b.mock.Snapshot()
	if len(state.Rooms) != 0 || len(state.Messages) != 0 || fmt.Sprint(*state.Visitor(id)) != fmt.Sprint(rocketchat.VisitorState{ID: id, Disabled: true}) {
		t.Errorf("left over are %+v", state)
	}
	// The same token is somebody else's now.
	if again := b.visitor("ann"); again == id {
		t.Error("the deleted visitor is back")
	}

	b.room("second", "ann")
	b.set(rocketchat.Settings{DeleteWithOpenRooms: true})
	b.send("DELETE /visitor/ann", "").is(200)
	if rooms := b.mock.Snapshot().Rooms; len(rooms) != 0 {
		t.Errorf("the rooms %+v are left", rooms)
	}
}

func TestVisitorStatus(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.send("POST /visitor.status", `{"token":"ann","status":"away"}`).is(200).equals(map[string]any{"token": "ann", "status": "away", "success": true})
	b.send("GET /room?token=ann", "").is(200).has("away", "room", "v", "status")
	b.send("GET /visitor/ann", "").is(200).has("online", "visitor", "status")
	b.send("POST /visitor.status", `{"token":"bob","status":"away"}`).refuses("invalid-token", "Invalid token [invalid-token]")
	b.send("POST /visitor.status", `{"token":"bob"}`).refuses("invalid-params", "must have required property 'status'")
}

// The name of a visitor is the name of the open rooms.
func TestNamesOfRooms(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.send("GET /room?token=ann", "").is(200).has("guest-1", "room", "fname")
	b.send("POST /visitor", `{"visitor":{"token":"ann","name":"Ann"}}`).is(200)
	b.send("GET /room?token=ann", "").is(200).has("Ann", "room", "fname")
}

func TestVisitorsCustomFields(t *testing.T) {
	post := func(fields string) string { return `{"visitor":{"token":"ann","customFields":[` + fields + `]}}` }
	b := newBench(t)
	b.send("POST /visitor", post(`{"key":"company","value":"A"}`)).is(200).has("map[company:A]", "visitor", "livechatData")
	b.send("POST /visitor", post(`{"key":"company","value":"B"}`)).is(200).has("map[company:A]", "visitor", "livechatData")
	b.send("POST /visitor", post(`{"key":"company","value":"C","overwrite":true},{"key":"tier","value":"no pattern here"}`)).is(200).
		has("map[company:C tier:no pattern here]", "visitor", "livechatData")
	b.send("POST /visitor", post(`{"key":"nothing","value":"x"}`)).is(200).has("map[company:C tier:no pattern here]", "visitor", "livechatData")

	// What is required is asked for only beside other fields, and too late.
	b = newBench(t, rocketchat.Settings{RequiredFields: []string{"tier", "company", "order", "origin"}})
	b.send("POST /visitor", post(`{"key":"x","value":"1"}`)).fails("Missing required custom fields: company, tier")
	b.send("GET /visitor/ann", "").is(200).has("guest-1", "visitor", "username")
	b.send("POST /visitor", post(``)).is(200)
	b.send("POST /visitor", post(`{"key":"company","value":"1"}`)).fails("Missing required custom fields: tier")
	b.send("POST /visitor", post(`{"key":"company","value":"1"},{"key":"tier","value":"gold"}`)).is(200)
	b.set(rocketchat.Settings{Version: "older", RequiredFields: []string{"tier"}})
	b.send("POST /visitor", post(`{"key":"company","value":"2","overwrite":true}`)).is(200)
}

func TestSetCustomField(t *testing.T) {
	b := newBench(t)
	b.chat()
	set := func(key, value, overwrite string) result {
		return b.send("POST /custom.field", fmt.Sprintf(`{"token":"ann","key":%q,"value":%q,"overwrite":%s}`, key, value, overwrite))
	}
	set("company", "A", "false").is(200).equals(map[string]any{"field": map[string]any{"key": "company", "value": "A", "overwrite": false}, "success": true})
	set("company", "B", "false").is(200)
	b.send("GET /visitor/ann", "").is(200).has("map[company:A]", "visitor", "livechatData")
	set("company", "B", "true").is(200)
	set("origin", "hidden ones too", "true").is(200)
	set("order", "77", "true").is(200)
	b.send("GET /visitor/ann", "").is(200).has("map[company:B origin:hidden ones too]", "visitor", "livechatData")
	b.send("GET /room?token=ann", "").is(200).has("map[order:77]", "room", "livechatData")
	set("nothing", "x", "true").fails("invalid-custom-field")
	set("tier", "iron", "true").fails("Invalid value for tier field")
	set("tier", "gold", `"true"`).refuses("invalid-params", "must be boolean")
	b.send("POST /custom.field", `{"token":"ann","key":"company","value":"x"}`).refuses("invalid-params", "must have required property 'overwrite'")
	b.send("POST /custom.field", `{"token":"bob","key":"company","value":"x","overwrite":true}`).fails("invalid-token")
	b.admin("POST /custom-fields.save", `{"customFieldId":"tier","customFieldData":{"field":"tier","label":"Tier","scope":"visitor","visibility":"visible","regexp":"("}}`).is(200)
	set("tier", "gold", "true").fails("Invalid regular expression: /(/")
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	set("order", "78", "true").is(200)
	if room := b.mock.Snapshot().Room(b.names["CHAT"]); room.CustomFields["order"] != "77" {
		t.Errorf("a closed room has got %v", room.CustomFields)
	}
}

func TestSetCustomFields(t *testing.T) {
	b := newBench(t)
	b.chat()
	set := func(fields ...string) result {
		return b.send("POST /custom.fields", `{"token":"ann","customFields":[`+strings.Join(fields, ",")+`]}`)
	}
	const company, order = `{"key":"company","value":"A","overwrite":true}`, `{"key":"order","value":"7","overwrite":false}`
	set(company, order).is(200).equals(map[string]any{"success": true, "fields": []any{
		map[string]any{"Key": "order", "value": "7", "overwrite": false},
		map[string]any{"Key": "company", "value": "A", "overwrite": true},
	}})
	set(`{"key":"company","value":"B","overwrite":true}`, `{"key":"nothing","value":"x","overwrite":true}`).fails("invalid-custom-field")
	set(`{"key":"company","value":"B","overwrite":true}`, `{"key":"order","value":"x","overwrite":true}`).fails("Invalid value for order field")
	set().fails("invalid-custom-field")
	b.send("GET /visitor/ann", "").is(200).has("map[company:A]", "visitor", "livechatData")
	b.send("POST /custom.fields", `{"token":"bob","customFields":[]}`).fails("invalid-token")
	b.send("POST /custom.fields", `{"token":"ann"}`).refuses("invalid-params", "must have required property 'customFields'")
	b.send("POST /custom.fields", `{"token":"ann","customFields":[{"key":"company","value":"A","overwrite":true,"x":1}]}`).refuses("invalid-params", "must NOT have additional properties")
}
