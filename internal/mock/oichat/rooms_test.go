package oichat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

// users is a JSON list of so many different users.
func users(count int) string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf(`"u%03d"`, i)
	}
	return "[" + strings.Join(names, ",") + "]"
}

// Every rule of oichat-api.md §3 and §5, with its status, code and message. ROOM
// is a group of ann and bob, GONE a deleted room.
func TestRules(t *testing.T) {
	const invalid = "INVALID_REQUEST"
	for _, test := range []struct {
		call, body    string
		status        int
		code, message string
	}{
		{"POST /v1/rooms", `{}`, 400, invalid, "type is required"},
		{"POST /v1/rooms", ``, 400, invalid, "type is required"},
		{"POST /v1/rooms", `{"type":"channel"}`, 400, invalid, "type must be one of direct, group"},
		{"POST /v1/rooms", `{"type":1}`, 400, invalid, "type must be one of direct, group"},
		{"POST /v1/rooms", `{"type":"group"}`, 400, invalid, "participants is required"},
		{"POST /v1/rooms", `{"type":"group","participants":"ann"}`, 400, invalid, "participants must be an array"},
		{"POST /v1/rooms", `{"type":"group","participants":["ann",2]}`, 400, invalid, "participants 1 must be a string"},
		{"POST /v1/rooms", `{"type":"group","participants":["ann",""]}`, 400, invalid, "participants 1 must not be empty"},
		{"POST /v1/rooms", `{"type":"group","participants":["ann"]}`, 400, invalid, "participants has 1 different users, but a group room needs 2 to 500"},
		{"POST /v1/rooms", `{"type":"group","participants":["ann","ann"]}`, 400, invalid, "participants has 1 different users, but a group room needs 2 to 500"},
		{"POST /v1/rooms", `{"type":"group","participants":` + users(501) + `}`, 400, invalid, "participants has 501 different users, but a group room needs 2 to 500"},
		{"POST /v1/rooms", `{"type":"direct","participants":` + users(3) + `}`, 400, invalid, "participants has 3 different users, but a direct room needs 2 to 2"},
		{"POST /v1/rooms", `{"type":"group","participants":["a","b"],"metadata":[]}`, 400, invalid, "metadata must be an object"},
		{"POST /v1/rooms", `{"type":"group","participants":["a","b"],"name":null}`, 400, invalid, "name must be a string"},
		{"POST /v1/rooms", `{"type":"group","participants":["a","b"],"status":"open"}`, 400, invalid, "status is not a known key"},
		{"POST /v1/rooms", `{"type":"group","participants":["a","b"],"z":1,"colour":1}`, 400, invalid, "colour is not a known key"},
		{"POST /v1/rooms", `{"Type":"group","type":"group","participants":["a","b"]}`, 400, invalid, "Type is not a known key"},
		{"POST /v1/rooms", `[]`, 400, invalid, "The body must be a JSON object"},
		{"POST /v1/rooms", `null`, 400, invalid, "The body must be a JSON object"},
		{"POST /v1/rooms", `{"type"`, 400, invalid, "The body must be a JSON object"},
		{"POST /v1/rooms", `{} {}`, 400, invalid, "The JSON object is followed by something else"},

		{"GET /v1/rooms", "", 400, invalid, "user_id is required"},
		{"GET /v1/rooms?user_id=ann&limit=0", "", 400, invalid, "limit must be a number from 1 to 100"},
		{"GET /v1/rooms?user_id=ann&limit=101", "", 400, invalid, "limit must be a number from 1 to 100"},
		{"GET /v1/rooms?user_id=ann&limit=x", "", 400, invalid, "limit must be a number from 1 to 100"},
		{"GET /v1/rooms?user_id=ann&cursor=x", "", 400, invalid, "cursor was not issued for this list"},
		{"GET /v1/rooms?user_id=ann&cursor=%25", "", 400, invalid, "cursor was not issued for this list"},

		{"GET /v1/rooms/room_9", "", 404, "ROOM_NOT_FOUND", "There is no room room_9"},
		{"GET /v1/rooms/GONE", "", 404, "ROOM_NOT_FOUND", "There is no room GONE"},
		{"PATCH /v1/rooms/room_9", `{}`, 404, "ROOM_NOT_FOUND", "There is no room room_9"},
		{"PATCH /v1/rooms/GONE", `{"name":"x"}`, 404, "ROOM_NOT_FOUND", "There is no room GONE"},
		{"PATCH /v1/rooms/ROOM", `{"status":"closed"}`, 400, invalid, "status must be one of open, resolved"},
		{"PATCH /v1/rooms/ROOM", `{"name":1}`, 400, invalid, "name must be a string"},
		{"PATCH /v1/rooms/ROOM", `{"metadata":null}`, 400, invalid, "metadata must be an object"},
		{"PATCH /v1/rooms/ROOM", `{"type":"direct"}`, 400, invalid, "type is not a known key"},
		{"PATCH /v1/rooms/ROOM", `{"participants":[]}`, 400, invalid, "participants is not a known key"},
		{"DELETE /v1/rooms/room_9", "", 404, "ROOM_NOT_FOUND", "There is no room room_9"},
		{"DELETE /v1/rooms/GONE", "", 404, "ROOM_NOT_FOUND", "There is no room GONE"},

		{"POST /v1/rooms/ROOM/participants", `{}`, 400, invalid, "user_id is required"},
		{"POST /v1/rooms/ROOM/participants", `{"user_id":""}`, 400, invalid, "user_id must not be empty"},
		{"POST /v1/rooms/ROOM/participants", `{"user_id":"cy","role":"agent"}`, 400, invalid, "role is not a known key"},
		{"POST /v1/rooms/ROOM/participants", `{"user_id":"ann"}`, 409, "PARTICIPANT_EXISTS", "ann is a participant already"},
		{"POST /v1/rooms/GONE/participants", `{"user_id":"cy"}`, 404, "ROOM_NOT_FOUND", "There is no room GONE"},
		{"DELETE /v1/rooms/ROOM/participants/cy", "", 404, "PARTICIPANT_NOT_FOUND", "cy is no participant of the room"},
		{"DELETE /v1/rooms/GONE/participants/ann", "", 404, "ROOM_NOT_FOUND", "There is no room GONE"},
		{"POST /v1/rooms/ROOM/leave", `{}`, 400, invalid, "user_id is required"},
		{"POST /v1/rooms/ROOM/leave", `{"user_id":"cy"}`, 404, "PARTICIPANT_NOT_FOUND", "cy is no participant of the room"},
		{"POST /v1/rooms/GONE/leave", `{"user_id":"ann"}`, 404, "ROOM_NOT_FOUND", "There is no room GONE"},

		{"POST /v1/messages", `{}`, 400, invalid, "room_id is required"},
		{"POST /v1/messages", `{"room_id":"ROOM"}`, 400, invalid, "sender_id is required"},
		{"POST /v1/messages", `{"room_id":"ROOM","sender_id":"ann"}`, 400, invalid, "content is required"},
		{"POST /v1/messages", `{"room_id":"ROOM","sender_id":"ann","content":""}`, 400, invalid, "content must not be empty"},
		{"POST /v1/messages", `{"room_id":"ROOM","sender_id":"ann","content":"x","content_type":"video"}`, 400, invalid, "content_type must be one of text, image, file, system, custom"},
		{"POST /v1/messages", `{"room_id":"ROOM","sender_id":"cy","content":"x"}`, 403, "NOT_A_PARTICIPANT", "cy is no participant of the room"},
		{"POST /v1/messages", `{"room_id":"GONE","sender_id":"system","content":"x"}`, 404, "ROOM_NOT_FOUND", "There is no room GONE"},

		{"POST /v1/auth/token", `{}`, 400, invalid, "user_id is required"},
		{"POST /v1/auth/token", `{"user_id":"ann","role":"admin"}`, 400, invalid, "role must be one of user, agent"},
		{"POST /v1/auth/token", `{"user_id":"ann","channels":[1]}`, 400, invalid, "channels 0 must be a string"},
		{"POST /v1/auth/token", `{"user_id":"ann","user_info":"x"}`, 400, invalid, "user_info must be an object"},
		{"POST /v1/auth/token", `{"user_id":"ann","user_info":{"age":3}}`, 400, invalid, "user_info is wrong: age is not a known key"},
		{"POST /v1/auth/token", `{"user_id":"ann","user_info":{"custom":3}}`, 400, invalid, "user_info is wrong: custom must be an object"},
		{"POST /v1/auth/token/refresh", `{}`, 400, invalid, "token is required"},

		{"PUT /v1/rooms/ROOM", `{}`, 404, "ROUTE_NOT_FOUND", "There is no PUT /v1/rooms/ROOM"},
		{"GET /v1/rooms/", "", 404, "ROUTE_NOT_FOUND", "There is no GET /v1/rooms/"},
		{"GET /rooms", "", 404, "ROUTE_NOT_FOUND", "There is no GET /rooms"},
	} {
		t.Run(test.call+" "+test.body[:min(60, len(test.body))], func(t *testing.T) {
			b := newBench(t)
			gone, here := b.room("ann", "bob"), b.room("ann", "bob")
			b.send("DELETE /v1/rooms/"+gone, "").is(204)
			fill := strings.NewReplacer("GONE", gone, "ROOM", here).Replace
			before := fmt.Sprintf("%+v", b.mock.Snapshot())
			b.send(fill(test.call), fill(test.body)).fails(test.status, test.code, fill(test.message))
			if after := fmt.Sprintf("%+v", b.mock.Snapshot()); after != before {
				t.Errorf("a refused call has changed\n%s\nto\n%s", before, after)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	b := newBench(t)
	b.set(oichat.Settings{BodyLimit: 100})
	b.send("POST /v1/rooms", `{"name":"`+strings.Repeat("a", 100)+`"}`).fails(413, "BODY_TOO_LARGE", "The body is too large")
	header := b.credentials()
	header["Content-Type"] = "text/plain"
	b.call("POST /v1/rooms", `{}`, header).fails(400, "INVALID_REQUEST", "The content type must be application/json")
	header["Content-Type"] = "application/json; charset=utf-8"
	b.call("POST /v1/rooms", `{}`, header).fails(400, "INVALID_REQUEST", "type is required")
}

func TestRoom(t *testing.T) {
	b := newBench(t)
	const keys = "room_id type name participants metadata status created_at updated_at"
	got := b.send("POST /v1/rooms", `{"type":"group","name":"Order <1>","participants":["ann","bob","ann"],"metadata":{"order":12345678901234567890,"deep":{"a":[1]}}}`)
	got.is(201).keys(keys).has("room_000000000001", "room_id").has("group", "type").has("Order <1>", "name").has("[ann bob]", "participants").
		has("open", "status").has("2026-11-21T12:00:00.000Z", "created_at").has("2026-11-21T12:00:00.000Z", "updated_at")
	if !strings.Contains(got.raw, `12345678901234567890`) {
		t.Errorf("a large number in the metadata was changed: %s", got.raw)
	}
	id := got.text("room_id")
	b.clock = b.clock.Add(time.Second)
	b.send("PATCH /v1/rooms/"+id, `{"name":"New","metadata":{"a":1},"status":"resolved"}`).is(200).keys(keys).
		has("New", "name").has("map[a:1]", "metadata").has("resolved", "status").has("2026-11-21T12:00:01.000Z", "updated_at")
	b.send("PATCH /v1/rooms/"+id, `{"status":"open"}`).is(200).has("New", "name").has("map[a:1]", "metadata")
	b.send("PATCH /v1/rooms/"+id, `{"name":null,"metadata":{}}`).is(200).has("<nil>", "name").has("map[]", "metadata")
	b.send("PATCH /v1/rooms/"+id, ``).is(200)
	b.send("GET /v1/rooms/"+id, "").is(200).keys(keys).has("open", "status")

	if raw := b.send("DELETE /v1/rooms/"+id, "").is(204).raw; raw != "" {
		t.Errorf("a 204 has the body %s", raw)
	}
	b.send("GET /v1/rooms?user_id=ann", "").is(200).has("[]", "data")
	state := b.mock.Snapshot().Room(id)
	if state == nil || !state.Deleted || len(state.Participants) != 2 {
		t.Errorf("the deleted room is kept as %+v", state)
	}
	if b.mock.Snapshot().Room("room_9") != nil {
		t.Error("the state has a room that nobody created")
	}
}

// Rooms may have 2 to 500 participants when they are created, and later fewer.
func TestParticipants(t *testing.T) {
	b := newBench(t)
	id := b.send("POST /v1/rooms", `{"type":"group","participants":`+users(499)+`}`).is(201).text("room_id")
	b.send("POST /v1/rooms/"+id+"/participants", `{"user_id":"a/b c"}`).is(200).has("a/b c", "participants", 499)
	b.send("POST /v1/rooms/"+id+"/participants", `{"user_id":"more"}`).fails(400, "INVALID_REQUEST", "a group room has at most 500 participants")
	b.send("DELETE /v1/rooms/"+id+"/participants/a%2Fb%20c", "").is(204)
	b.send("DELETE /v1/rooms/"+id+"/participants/a%2Fb%20c", "").is(404)
	b.send("POST /v1/rooms/"+id+"/participants", `{"user_id":"more"}`).is(200)

	pair := b.send("POST /v1/rooms", `{"type":"direct","participants":["ann","bob"]}`).is(201).has("<nil>", "name").text("room_id")
	b.send("POST /v1/rooms/"+pair+"/participants", `{"user_id":"cy"}`).fails(400, "INVALID_REQUEST", "a direct room has at most 2 participants")
	b.send("DELETE /v1/rooms/"+pair+"/participants/ann", "").is(204)
	b.send("DELETE /v1/rooms/"+pair+"/participants/bob", "").is(204)
	b.send("GET /v1/rooms/"+pair, "").is(200).has("[]", "participants")
}

// The last one to leave destroys the room.
func TestLeave(t *testing.T) {
	b := newBench(t)
	id := b.room("ann", "bob")
	b.send("POST /v1/rooms/"+id+"/leave", `{"user_id":"ann"}`).is(200).has("false", "destroyed")
	b.send("GET /v1/rooms/"+id, "").is(200).has("[bob]", "participants")
	b.send("POST /v1/rooms/"+id+"/leave", `{"user_id":"bob"}`).is(200).has("true", "destroyed").has(id, "room_id").has("bob", "user_id")
	b.send("GET /v1/rooms/"+id, "").is(404)
}

func TestMessages(t *testing.T) {
	b := newBench(t)
	id := b.room("ann", "bob")
	b.send("POST /v1/messages", `{"room_id":"`+id+`","sender_id":"ann","content":"Hello"}`).is(201).
		keys("message_id room_id sender_id content content_type metadata created_at").
		has(id, "room_id").has("ann", "sender_id").has("Hello", "content").has("text", "content_type").has("map[]", "metadata")
	b.send("POST /v1/messages", `{"room_id":"`+id+`","sender_id":"system","content":"Done","content_type":"system","metadata":{"order":"1"}}`).is(201).
		has("system", "content_type").has("1", "metadata", "order")
	if sent := b.mock.Snapshot().Messages; len(sent) != 2 || sent[1].Content != "Done" || sent[1].RoomID != id {
		t.Errorf("the messages are %+v", sent)
	}
}

func TestPages(t *testing.T) {
	b := newBench(t)
	var mine []string
	for range 25 {
		mine = append(mine, b.room("ann", "bob"))
		b.room("cy", "bob")
	}
	b.send("GET /v1/rooms?user_id=nobody", "").is(200).keys("data next_cursor has_more").has("[]", "data").has("<nil>", "next_cursor").has("false", "has_more")
	read := func(query string) (ids []string, sizes string) {
		cursor := ""
		for {
			page := b.send("GET /v1/rooms?user_id=ann"+query+"&cursor="+cursor, "").is(200)
			rows, _ := page.get("data").([]any)
			for i := range rows {
				ids = append(ids, page.text("data", i, "room_id"))
			}
			sizes += fmt.Sprint(len(rows), " ")
			if page.get("has_more") == false {
				return ids, strings.TrimSpace(sizes)
			}
			cursor = page.text("next_cursor")
		}
	}
	for query, want := range map[string]string{"": "20 5", "&limit=10": "10 10 5", "&limit=100": "25", "&limit=25": "25", "&limit=5": "5 5 5 5 5"} {
		ids, sizes := read(query)
		if fmt.Sprint(ids) != fmt.Sprint(mine) || sizes != want {
			t.Errorf("with %q the pages are %s, want %s: %v", query, sizes, want, ids)
		}
	}
	b.set(oichat.Settings{PageLimit: 9})
	if ids, sizes := read("&limit=100"); sizes != "9 9 7" || len(ids) != 25 {
		t.Errorf("the cut pages are %s: %v", sizes, ids)
	}

	// A cursor is good for one user, and survives the deletion of its room.
	page := b.send("GET /v1/rooms?user_id=ann&limit=2", "").is(200)
	b.send("GET /v1/rooms?user_id=bob&cursor="+page.text("next_cursor"), "").fails(400, "INVALID_REQUEST", "cursor was not issued for this list")
	b.send("DELETE /v1/rooms/"+mine[1], "").is(204)
	b.send("GET /v1/rooms?user_id=ann&cursor="+page.text("next_cursor"), "").is(200).has(mine[2], "data", 0, "room_id")
}
