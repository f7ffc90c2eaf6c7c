package rocketchat_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// A GET without rid opens a room where there is none, and only then.
func TestGetOrCreate(t *testing.T) {
	b := newBench(t)
	b.send("POST /visitor", `{"visitor":{"token":"ann","name":"Ann"}}`).is(200)
	const keys = "_id fname t v open ts lm _updatedAt usersCount cl waitingResponse default ro sysMes source msgs departmentId servedBy"
	created := b.send("GET /room?token=ann", "").is(200).keys("room newRoom success").keys(keys, "room").keys("_id username token status", "room", "v").
		has("true", "newRoom").has("Ann", "room", "fname").has("l", "room", "t").has("true", "room", "open").has("0", "room", "msgs").
		has(rocketchat.SupportID, "room", "departmentId").has(rocketchat.AliceID, "room", "servedBy", "_id").has("alice", "room", "servedBy", "username").
		has("api", "room", "source", "type").has("ann", "room", "v", "token").has("2", "room", "usersCount")
	id := created.text("room", "_id")
	b.names["CHAT"] = id
	b.send("GET /room?token=ann", "").is(200).has("false", "newRoom").has(id, "room", "_id")
	b.send("GET /room?token=ann&rid=CHAT", "").is(200).has("false", "newRoom").has(id, "room", "_id")
	b.send("GET /room?token=ann&rid=other", "").fails("invalid-room")
	b.send("GET /room?token=ann&rid=other&agentId=BOB", "").fails("invalid-room")
	b.visitor("bob")
	b.send("GET /room?token=bob&rid=CHAT", "").fails("invalid-room")
	if rooms := b.mock.Snapshot().Rooms; len(rooms) != 1 {
		t.Errorf("there are %d rooms", len(rooms))
	}

	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	b.send("GET /room?token=ann&rid=CHAT", "").fails("invalid-room")
	b.send("GET /messages.history/CHAT?token=ann&limit=1", "").is(200)
	if second := b.send("GET /room?token=ann", "").is(200).has("true", "newRoom").text("room", "_id"); second == id {
		t.Error("a closed room was opened again")
	}
	// An empty rid is no rid.
	b.send("GET /room?token=bob&rid=", "").is(200).has("true", "newRoom")
}

func TestRoomQueries(t *testing.T) {
	for _, version := range []string{"newer", "older"} {
		b := newBench(t, rocketchat.Settings{Version: version})
		b.send("GET /room", "").fails("Match error: Missing key 'token'")
		b.send("GET /room?token=x&color=red", "").fails("Match error: Unknown key in field color")
		b.send("GET /room?token=x&token=y", "").fails("Match error: Expected string, got object in field token")
		b.send("GET /room?token=", "").fails("invalid-token")
		b.send("GET /room?token=nobody", "").fails("invalid-token")
	}
}

func TestRoomsThatAreRefused(t *testing.T) {
	b := newBench(t, rocketchat.Settings{OmnichannelOff: true})
	b.visitor("ann")
	b.send("GET /room?token=ann", "").refuses("error-omnichannel-is-disabled", "[error-omnichannel-is-disabled]")
	b.set(rocketchat.Settings{ContactsBlocked: true})
	b.send("GET /room?token=ann", "").fails("error-contact-channel-blocked")
	b.set(rocketchat.Settings{AgentsOffline: true})
	b.send("GET /room?token=ann", "").refuses("no-agent-online", "Sorry, no online agents [no-agent-online]")
	b.send("POST /visitor", `{"visitor":{"token":"ann","department":"Sales"}}`).is(200)
	b.send("GET /room?token=ann", "").refuses("no-agent-online", "Sorry, no online agents [no-agent-online]")
	if rooms := b.mock.Snapshot().Rooms; len(rooms) != 0 {
		t.Errorf("there are rooms: %+v", rooms)
	}
	b.set(rocketchat.Settings{AgentsOffline: true, AcceptWithoutAgents: true})
	b.room("chat", "ann")
	b.send("GET /room?token=ann", "").is(200).has("<nil>", "room", "servedBy").has("1", "room", "usersCount").has(rocketchat.SalesID, "room", "departmentId")
	b.send("GET /agent.info/CHAT/ann", "").fails("invalid-agent")
	// Who is there already gets the open room all the same.
	b.set(rocketchat.Settings{OmnichannelOff: true})
	b.send("GET /room?token=ann", "").is(200).has("false", "newRoom")
}

func TestAgentsOfRooms(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct{ token, department, query, agent, room string }{
		{"none", "", "", rocketchat.AliceID, rocketchat.SupportID},
		{"sales", "Sales", "", rocketchat.BobID, rocketchat.SalesID},
		{"wanted", "", "&agentId=BOB", rocketchat.BobID, "<nil>"},
		{"wanted in support", "Support", "&agentId=BOB", rocketchat.BobID, rocketchat.SupportID},
		{"no agent", "Support", "&agentId=CAROL", rocketchat.AliceID, rocketchat.SupportID},
		{"unknown", "Sales", "&agentId=nobody", rocketchat.BobID, rocketchat.SalesID},
	} {
		token := fmt.Sprintf("%x", test.token)
		b.send("POST /visitor", fmt.Sprintf(`{"visitor":{"token":%q,"department":%q}}`, token, test.department)).is(200)
		b.send("GET /room?token="+token+test.query, "").is(200).has(test.agent, "room", "servedBy", "_id").has(test.room, "room", "departmentId")
	}

	// A department without anybody online leaves it to its fallback.
	support := `{"department":{"name":"Support","email":"s@x.example","enabled":true,"showOnRegistration":true,"showOnOfflineForm":true,"fallbackForwardDepartment":"SALES"}}`
	b.admin("PUT /department/SUPPORT", support).is(200)
	b.admin("DELETE /users/agent/ALICE", "").is(200)
	b.send("POST /visitor", `{"visitor":{"token":"fallback","department":"SUPPORT"}}`).is(200)
	b.send("GET /room?token=fallback", "").is(200).has(rocketchat.BobID, "room", "servedBy", "_id").has(rocketchat.SalesID, "room", "departmentId")
	// Two that refer to each other have nobody.
	b.admin("PUT /department/SALES", `{"department":{"name":"Sales","email":"s@x.example","enabled":true,"showOnRegistration":false,"showOnOfflineForm":true,"fallbackForwardDepartment":"SUPPORT"}}`).is(200)
	b.admin("DELETE /users/agent/BOB", "").is(200)
	b.send("POST /visitor", `{"visitor":{"token":"lost","department":"SUPPORT"}}`).is(200)
	b.send("GET /room?token=lost", "").is(400).has("no-agent-online", "errorType")
}

func TestRoomWithMessages(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.wait(time.Minute)
	b.message("Bye", "ann", "CHAT")
	b.send("GET /room?token=ann", "").is(200).has("2", "room", "msgs").has("Bye", "room", "lastMessage", "msg").
		has("2026-11-21T12:01:00.000Z", "room", "lm").has("2026-11-21T12:01:00.000Z", "room", "v", "lastMessageTs").
		has("2026-11-21T12:01:00.000Z", "room", "_updatedAt").has("2026-11-21T12:00:00.000Z", "room", "ts")
}

func TestClosing(t *testing.T) {
	b := newBench(t)
	b.chat()
	closing := func(token, rid string) result {
		return b.send("POST /room.close", fmt.Sprintf(`{"token":%q,"rid":%q}`, token, rid))
	}
	b.send("POST /room.close", `{"rid":"CHAT"}`).refuses("invalid-params", "must have required property 'token'")
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT","comment":"x"}`).refuses("invalid-params", "must NOT have additional properties")
	closing("nobody", "CHAT").fails("invalid-token")
	closing("ann", "x").fails("invalid-room")
	b.visitor("bob")
	closing("bob", "CHAT").fails("invalid-room")
	b.set(rocketchat.Settings{VisitorsMayNotClose: true})
	closing("nobody", "x").fails("error-not-allowed-to-close-conversation")
	b.set(rocketchat.Settings{ClosedByVisitor: "Vom Besucher beendet"})
	closing("ann", "CHAT").is(200).equals(map[string]any{"rid": b.names["CHAT"], "comment": "Vom Besucher beendet", "success": true})
	closing("ann", "CHAT").fails("room-closed")
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"x"}`).fails("room-closed")
	if room := b.mock.Snapshot().Room(b.names["CHAT"]); room.Open || room.Closer != "visitor" || room.Comment != "Vom Besucher beendet" {
		t.Errorf("the room is %+v", room)
	}
	b.set(rocketchat.Settings{Version: "older"})
	b.send("POST /room.close", `{"rid":"CHAT"}`).refuses("invalid-params", "must have required property 'token' [invalid-params]")
}

func TestClosingByUser(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.send("POST /room.closeByUser", `{"rid":"CHAT"}`).is(401)
	b.agent("POST /room.closeByUser", `{"rid":"x"}`).fails("error-invalid-room")
	b.agent("POST /room.closeByUser", `{"rid":"CHAT","tags":[1]}`).refuses("invalid-params", "must be string")
	b.agent("POST /room.closeByUser", `{"rid":"CHAT","comment":"Done","tags":["a"]}`).is(200).equals(map[string]any{"success": true})
	b.agent("POST /room.closeByUser", `{"rid":"CHAT"}`).fails("error-room-already-closed")
	if room := b.mock.Snapshot().Room(b.names["CHAT"]); room.Open || room.Closer != "user" || room.Comment != "Done" {
		t.Errorf("the room is %+v", room)
	}
}

// The list tells of all rooms, with the tokens of their visitors. Closed ones
// lack "open".
func TestListOfRooms(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.visitor("bob")
	b.names["SECOND"] = b.send("GET /room?token=bob", "").is(200).text("room", "_id")
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	b.admin("GET /rooms?count=10&offset=0", "").is(200).has("2", "total").
		has("ann", "rooms", 0, "v", "token").has("<nil>", "rooms", 0, "open").
		has("bob", "rooms", 1, "v", "token").has("true", "rooms", 1, "open")
	b.admin("GET /rooms?open=true", "").is(200).lists(b.names["SECOND"], "rooms", "_id")
	b.admin("GET /rooms?open=false", "").is(200).lists(b.names["CHAT"], "rooms", "_id")
	b.admin("GET /rooms?departmentId=x", "").is(200).lists("", "rooms", "_id")
	b.admin("GET /rooms?open=yes", "").is(400)
	b.send("GET /rooms", "").is(401)
	b.agent("GET /rooms", "").is(403).equals(map[string]any{"success": false, "error": "unauthorized"})
	b.agent("GET /rooms?agents="+rocketchat.AliceID, "").is(200)
}

func TestRemovalOfRooms(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.admin("POST /rooms.delete", `{"roomId":"x"}`).fails("Invalid room")
	b.admin("POST /rooms.delete", `{"roomId":"CHAT"}`).is(400).equals(map[string]any{"success": false})
	b.admin("POST /rooms.delete", `{}`).refuses("invalid-params", "must have required property 'roomId'")
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	b.admin("POST /rooms.delete", `{"roomId":"CHAT"}`).is(200).equals(map[string]any{"success": true})
	b.send("GET /messages.history/CHAT?token=ann", "").fails("invalid-room")
	if state := b.mock.Snapshot(); len(state.Rooms)+len(state.Messages) != 0 {
		t.Errorf("left over are %+v %+v", state.Rooms, state.Messages)
	}
	b.set(rocketchat.Settings{Version: "older"})
	b.admin("POST /rooms.delete", `{"roomId":"x"}`).is(404)
}

// The answer is an object, and only what is known is kept.
func TestSurvey(t *testing.T) {
	b := newBench(t)
	b.chat()
	survey := func(data string) result {
		return b.send("POST /room.survey", `{"token":"ann","rid":"CHAT","data":`+data+`}`)
	}
	kept := map[string]any{"satisfaction": "5", "agentResposiveness": "1", "additionalFeedback": "ok"}
	survey(`[{"name":"satisfaction","value":"5"},{"name":"agentResposiveness","value":"1"},{"name":"agentResponsiveness","value":"1"},
		{"name":"agentKnowledge","value":"6"},{"name":"additionalFeedback","value":"ok"}]`).is(200).
		equals(map[string]any{"rid": b.names["CHAT"], "data": kept, "success": true})
	survey(`[{"name":"friendliness","value":"4"},{"name":"speed","value":"5"}]`).fails("invalid-data")
	survey(`[]`).refuses("invalid-params", "must NOT have fewer than 1 items")
	survey(`[{"name":"satisfaction","value":5}]`).refuses("invalid-params", "must be string")
	survey(`{"satisfaction":"5"}`).refuses("invalid-params", "must be array")
	b.send("POST /room.survey", `{"token":"x","rid":"CHAT","data":[{"name":"satisfaction","value":"5"}]}`).fails("invalid-token")
	b.send("POST /room.survey", `{"token":"ann","rid":"x","data":[{"name":"satisfaction","value":"5"}]}`).fails("invalid-room")
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	survey(`[{"name":"satisfaction","value":"1"}]`).is(200)
	if room := b.mock.Snapshot().Room(b.names["CHAT"]); fmt.Sprint(room.Survey) != "map[satisfaction:1]" {
		t.Errorf("the survey is %v", room.Survey)
	}
}

func TestTransfer(t *testing.T) {
	b := newBench(t)
	b.chat()
	transfer := func(token, rid, department string) result {
		return b.send("POST /visitor/department.transfer", fmt.Sprintf(`{"token":%q,"rid":%q,"department":%q}`, token, rid, department))
	}
	transfer("x", "CHAT", "SALES").fails("invalid-token")
	transfer("ann", "x", "SALES").fails("error-invalid-room")
	transfer("ann", "CHAT", "x").fails("error-invalid-department")
	transfer("ann", "CHAT", "Sales").fails("error-invalid-department") // its name is not enough
	transfer("ann", "CHAT", "SUPPORT").fails("error-forwarding-chat-same-department")
	b.send("POST /visitor/department.transfer", `{"token":"ann","rid":"CHAT"}`).refuses("invalid-params", "must have required property 'department'")
	b.set(rocketchat.Settings{AgentsOffline: true})
	transfer("ann", "CHAT", "SALES").fails("error-no-agents-online-in-department")
	b.set(rocketchat.Settings{})
	transfer("ann", "CHAT", "SALES").is(200).equals(map[string]any{"success": true})
	b.send("GET /room?token=ann", "").is(200).has(rocketchat.SalesID, "room", "departmentId").has(rocketchat.BobID, "room", "servedBy", "_id")
	// A department whose only agent serves the room already cannot take it.
	b.admin("POST /department/SUPPORT/agents", `{"upsert":[{"agentId":"BOB","username":"bob"}],"remove":[{"agentId":"ALICE","username":"alice"}]}`).is(200)
	transfer("ann", "CHAT", "SUPPORT").fails("error-no-agents-online-in-department")
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	transfer("ann", "CHAT", "SUPPORT").fails("This_conversation_is_already_closed")
}

func TestTranscript(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.visitor("bob")
	b.send("POST /transcript", `{"token":"ann","rid":"CHAT","email":"a@x.example"}`).is(200).
		equals(map[string]any{"message": "Livechat transcript sent", "success": true})
	b.send("POST /transcript", `{"token":"x","rid":"CHAT","email":"a"}`).fails("error-invalid-token")
	b.send("POST /transcript", `{"token":"bob","rid":"CHAT","email":"a"}`).fails("error-invalid-room")
	b.send("POST /transcript", `{"token":"ann","rid":"CHAT"}`).refuses("invalid-params", "must have required property 'email'")
	b.set(rocketchat.Settings{MailFails: true})
	b.send("POST /transcript", `{"token":"ann","rid":"CHAT","email":"a"}`).is(400).
		equals(map[string]any{"message": "Error sending Omnichannel transcript", "success": false})
	mails := b.mock.Snapshot().Mails
	if len(mails) != 1 || mails[0] != (rocketchat.MailState{Kind: "transcript", RoomID: b.names["CHAT"], Email: "a@x.example", SentAt: b.clock}) {
		t.Errorf("the mails are %+v", mails)
	}
}

func TestAgentInfo(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.send("GET /agent.info/CHAT/ann", "").is(200).keys("agent success").keys("_id username name status livechat emails", "agent").
		has(rocketchat.AliceID, "agent", "_id").has("alice@example.com", "agent", "emails", 0, "address").
		has("5", "agent", "livechat", "maxNumberSimultaneousChat").has("online", "agent", "status")
	b.send("GET /agent.info/CHAT/x", "").fails("invalid-token")
	b.send("GET /agent.info/x/ann", "").fails("invalid-room")
	b.set(rocketchat.Settings{HideAgentEmail: true, AgentsOffline: true})
	b.send("GET /agent.info/CHAT/ann", "").is(200).keys("_id username name status livechat", "agent").has("offline", "agent", "status")
	b.set(rocketchat.Settings{HideAgent: true})
	b.send("GET /agent.info/CHAT/ann", "").is(200).equals(map[string]any{"agent": map[string]any{"hiddenInfo": true}, "success": true})
}

// The next agent changes from call to call, and is not told to who has an open
// room. Nobody asks whose the token is.
func TestNextAgent(t *testing.T) {
	b := newBench(t)
	b.admin("PUT /department/SUPPORT", `{"department":{"name":"Support","email":"s@x.example","enabled":true,"showOnRegistration":false,"showOnOfflineForm":true}}`).is(200)
	for _, want := range []string{"alice", "bob", "alice"} {
		b.send("GET /agent.next/nobody", "").is(200).has(want, "agent", "username")
	}
	b.send("GET /agent.next/nobody?department=SALES", "").is(200).has("bob", "agent", "username")
	b.send("GET /agent.next/nobody?department=Sales", "").fails("agent-not-found")
	b.send("GET /agent.next/nobody?agent=x", "").refuses("error-invalid-params", "must NOT have additional properties")
	b.visitor("ann")
	b.room("chat", "ann")
	b.send("GET /agent.next/ann", "").is(200).equals(map[string]any{"success": true})
	b.set(rocketchat.Settings{AgentsOffline: true})
	b.send("GET /agent.next/nobody", "").fails("agent-not-found")
	b.set(rocketchat.Settings{Version: "older"})
	b.send("GET /agent.next/nobody?agent=x", "").refuses("invalid-params", "must NOT have additional properties [invalid-params]")
	// Choosing an agent of a department raises the count that the admin sees.
	if sales := b.mock.Snapshot().Department(rocketchat.SalesID); sales.Agents[0].Count != 1 {
		t.Errorf("the agents of Sales are %+v", sales.Agents)
	}
}

func TestConfig(t *testing.T) {
	b := newBench(t)
	const keys = "enabled settings theme messages survey triggers departments resources online"
	b.send("GET /config", "").is(200).keys("config success").keys(keys, "config").has("true", "config", "enabled").has("true", "config", "online").
		has("false", "config", "settings", "limitTextLength").has("agentResposiveness", "config", "survey", "items", 2).
		has("Support", "config", "departments", 0, "name").has("Sales", "config", "departments", 1, "name").has("<nil>", "config", "departments", 2)
	b.send("GET /config?token=nobody", "").is(200).keys(keys, "config")
	b.visitor("ann")
	b.send("GET /config?token=ann", "").is(200).keys(keys+" guest", "config").keys("_id username token", "config", "guest")
	b.room("chat", "ann")
	b.send("GET /config?token=ann&department=SALES&businessUnit=x", "").is(200).keys(keys+" guest room agent", "config").
		keys("_id open departmentId servedBy", "config", "room").has("alice", "config", "agent", "username").has("true", "config", "online")
	b.send("GET /config?department=nowhere", "").is(200).has("false", "config", "online")
	b.send("GET /config?color=red", "").refuses("error-invalid-params", "must NOT have additional properties")
	b.set(rocketchat.Settings{Version: "older", MessageLimit: 9, NoUploads: true, AgentsOffline: true, VisitorsMayNotClose: true, HideAgent: true})
	b.send("GET /config?color=red", "").is(200).has("9", "config", "settings", "limitTextLength").has("false", "config", "settings", "fileUpload").
		has("false", "config", "online").has("false", "config", "settings", "visitorsCanCloseChat").has("true", "config", "settings", "agentHiddenInfo")
	b.set(rocketchat.Settings{OmnichannelOff: true})
	b.send("GET /config?token=ann", "").is(200).equals(map[string]any{"config": map[string]any{"enabled": false}, "success": true})
}
