package tegrabox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// Every rule of tegrabox-api.md §3, with its status and message. ANN and BOB are
// users, LOBBY is a room of ANN.
func TestRules(t *testing.T) {
	for _, test := range []struct {
		call, body string
		status     int
		message    string
	}{
		{"POST P/users", ``, 400, "username is required"},
		{"POST P/users", `null`, 400, "username is required"},
		{"POST P/users", `{"username":""}`, 400, "username must not be empty"},
		{"POST P/users", `{"username":1}`, 400, "username must be a string"},
		{"POST P/users", `{"username":"cy"}`, 400, "external_user_id is required"},
		{"POST P/users", `{"username":"cy","external_user_id":""}`, 400, "external_user_id must not be empty"},
		{"POST P/users", `{"username":"cy","external_user_id":"e","email":"x"}`, 400, "email must be an email address"},
		{"POST P/users", `{"username":"cy","external_user_id":"e","email":null}`, 400, "email must be a string"},
		{"POST P/users", `{"username":"cy","external_user_id":"e","status":"active"}`, 400, "status is not allowed"},
		{"POST P/users", `{"username":"cy","external_user_id":"e","z":1,"role":1}`, 400, "role is not allowed"},
		{"POST P/users", `{"Username":"cy","username":"cy","external_user_id":"e"}`, 400, "Username is not allowed"},
		{"POST P/users", `{"username":"ann","external_user_id":"new"}`, 409, "A user with this username already exists"},
		{"POST P/users", `{"username":"new","external_user_id":"ext-ann"}`, 409, "A user with this external_user_id already exists"},
		{"POST P/users", `[]`, 400, "The body must be a JSON object"},
		{"POST P/users", `{`, 400, "The body must be a JSON object"},
		{"POST P/users", `{}{}`, 400, "The body must be a JSON object"},
		{"GET P/users?page=0", ``, 400, "page must be a number from 1"},
		{"GET P/users?page=x", ``, 400, "page must be a number from 1"},
		{"GET P/users?limit=0", ``, 400, "limit must be a number from 1"},
		{"GET P/users/x", ``, 404, "User not found"},
		{"PATCH P/users/x", `{}`, 404, "User not found"},
		{"PATCH P/users/ANN", `{"username":"x"}`, 400, "username is not allowed"},
		{"PATCH P/users/ANN", `{"email":"x@example.com"}`, 400, "email is not allowed"},
		{"PATCH P/users/ANN", `{"status":""}`, 400, "status must not be empty"},
		{"PATCH P/users/ANN", `{"display_name":null}`, 400, "display_name must be a string"},
		{"DELETE P/users/x", ``, 404, "User not found"},
		{"POST P/users/x/token", ``, 404, "User not found"},
		{"POST P/users/ANN/token", `{"ttl":1}`, 400, "ttl is not allowed"},
		{"DELETE P/users/x/token", ``, 404, "User not found"},

		{"POST P/rooms", `{}`, 400, "name is required"},
		{"POST P/rooms", `{"name":""}`, 400, "name must not be empty"},
		{"POST P/rooms", `{"name":"x"}`, 400, "created_by is required"},
		{"POST P/rooms", `{"name":"x","created_by":"ghost"}`, 404, "User not found"},
		{"POST P/rooms", `{"name":"x","created_by":"ANN","topic":"y"}`, 400, "topic is not allowed"},
		{"GET P/rooms/x", ``, 404, "Room not found"},
		{"GET P/rooms?limit=-1", ``, 400, "limit must be a number from 1"},
		{"POST P/rooms/LOBBY/join", ``, 401, "Authentication token is required"},
		{"POST P/rooms/LOBBY/leave", ``, 401, "Authentication token is required"},

		{"POST P/rooms/LOBBY/messages", `{}`, 400, "content is required"},
		{"POST P/rooms/LOBBY/messages", `{"content":"x"}`, 400, "user_id is required"},
		{"POST P/rooms/LOBBY/messages", `{"content":"","user_id":"ANN"}`, 400, "content must not be empty"},
		{"POST P/rooms/LOBBY/messages", `{"content":"x","user_id":"ghost"}`, 404, "User not found"},
		{"POST P/rooms/LOBBY/messages", `{"content":"x","user_id":"BOB"}`, 403, "The user is not a member of the room"},
		{"POST P/rooms/x/messages", `{"content":"x","user_id":"ANN"}`, 404, "Room not found"},
		{"GET P/rooms/x/messages", ``, 404, "Room not found"},
		{"GET P/rooms/LOBBY/messages?page=-1", ``, 400, "page must be a number from 1"},

		{"PATCH P/rooms/LOBBY", `{"name":"x"}`, 501, "Not implemented: rooms.update is coming soon"},
		{"PATCH P/rooms/x", `{`, 501, "Not implemented: rooms.update is coming soon"},
		{"DELETE P/rooms/LOBBY", ``, 501, "Not implemented: rooms.delete is coming soon"},
		{"DELETE P/rooms/x", ``, 501, "Not implemented: rooms.delete is coming soon"},
		{"DELETE P/rooms/LOBBY/messages/x", ``, 501, "Not implemented: messages.delete is coming soon"},

		{"PUT P/users/ANN", `{}`, 404, "Cannot PUT " + P + "/users/ANN"},
		{"GET P/users/", ``, 404, "Cannot GET " + P + "/users/"},
		{"GET /v1/users", ``, 404, "Cannot GET /v1/users"},
	} {
		t.Run(test.call+" "+test.body, func(t *testing.T) {
			b := newBench(t)
			b.user("bob")
			message := strings.Replace(test.message, "ANN", b.user("ann"), 1)
			b.room("lobby", b.names["ANN"])
			before := fmt.Sprintf("%+v", b.mock.Snapshot())
			b.send(test.call, test.body).fails(test.status, message)
			if after := fmt.Sprintf("%+v", b.mock.Snapshot()); after != before {
				t.Errorf("a refused call has changed\n%s\nto\n%s", before, after)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	b := newBench(t, tegrabox.Settings{BodyLimit: 50})
	b.send("POST P/users", `{"username":"`+strings.Repeat("a", 50)+`"}`).fails(413, "request entity too large")
	header := map[string]string{"X-API-Key": b.mock.APIKey(), "Content-Type": "text/plain"}
	b.call("POST P/users", `{}`, header).fails(400, "The content type must be application/json")
	header["Content-Type"] = "application/json; charset=utf-8"
	b.call("POST P/users", `{}`, header).fails(400, "username is required")
}

func TestUser(t *testing.T) {
	b := newBench(t)
	const keys = "id project_id username external_user_id display_name email status created_at updated_at"
	got := b.send("POST P/users", `{"username":"ann","external_user_id":"e1","display_name":"Ann","email":"ann@example.com"}`).is(201).keys(keys).
		has("00000000-0000-4000-8000-000000000001", "id").has(b.mock.ProjectID(), "project_id").has("ann", "username").has("e1", "external_user_id").
		has("Ann", "display_name").has("ann@example.com", "email").has("active", "status").has("2026-11-21T12:00:00.000Z", "created_at")
	b.names["ANN"] = got.text("id")
	b.clock = b.clock.Add(time.Second)
	b.send("PATCH P/users/ANN", `{"display_name":"","status":"away"}`).is(200).keys(keys).has("", "display_name").has("away", "status").has("2026-11-21T12:00:01.000Z", "updated_at")
	b.send("PATCH P/users/ANN", `{"status":"active"}`).is(200).has("", "display_name").has("active", "status")
	b.send("GET P/users/ANN", "").is(200).keys(keys).has("active", "status")
	b.user("bob")
	b.send("GET P/users/BOB", "").is(200).has("<nil>", "display_name").has("<nil>", "email")
	b.send("DELETE P/users/ANN", "").is(204)
	b.send("GET P/users/ANN", "").fails(404, "User not found")
	b.send("DELETE P/users/ANN", "").fails(404, "User not found")
	b.send("GET P/users", "").is(200).has("1", "total").has("bob", "items", 0, "username")
	// The name is free again, the id is not.
	b.send("POST P/users", `{"username":"ann","external_user_id":"e1"}`).is(201).has("00000000-0000-4000-8000-000000000003", "id")
}

func TestRoomsAndMembers(t *testing.T) {
	b := newBench(t)
	ann, bob := b.user("ann"), b.user("bob")
	room := b.send("POST P/rooms", `{"name":"Lobby","created_by":"ANN"}`).is(201).keys("id project_id name created_by created_at updated_at").
		has("Lobby", "name").has(ann, "created_by").text("id")
	b.names["LOBBY"] = room
	members := func(want ...string) {
		t.Helper()
		if got := b.mock.Snapshot().Room(room).Members; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the members are %v, want %v", got, want)
		}
	}
	members(ann)
	token := b.token("BOB")
	b.as(token, "POST P/rooms/LOBBY/join").is(204)
	b.as(token, "POST P/rooms/LOBBY/join").is(204)
	members(ann, bob)
	b.send("POST P/rooms/LOBBY/messages", `{"content":"Hi","user_id":"BOB"}`).is(201)
	b.as(token, "POST P/rooms/LOBBY/leave").is(204)
	b.as(token, "POST P/rooms/LOBBY/leave").fails(404, "The user is not a member of the room")
	members(ann)
	b.as(token, "POST P/rooms/x/join").fails(404, "Room not found")
	b.as(token, "POST P/rooms/x/leave").fails(404, "Room not found")
	b.as(token, "POST /api/projects/other/rooms/LOBBY/join").fails(403, "The project belongs to another key")
	b.set(tegrabox.Settings{JoinAgain: 409, LeaveAnyway: true})
	b.as(token, "POST P/rooms/LOBBY/join").is(204)
	b.as(token, "POST P/rooms/LOBBY/join").fails(409, "The user is already a member of the room")
	b.as(token, "POST P/rooms/LOBBY/leave").is(204)
	b.as(token, "POST P/rooms/LOBBY/leave").is(204)
	b.send("GET P/rooms/LOBBY", "").is(200).has("Lobby", "name")
	b.send("GET P/rooms", "").is(200).has("1", "total").has(room, "items", 0, "id")

	// A deleted user is a member no more, but stays the creator.
	b.send("DELETE P/users/ANN", "").is(204)
	members()
	b.send("GET P/rooms/LOBBY", "").is(200).has(ann, "created_by")
}

func TestMessages(t *testing.T) {
	b := newBench(t)
	ann := b.user("ann")
	room := b.room("lobby", ann)
	b.room("other", ann)
	b.send("POST P/rooms/LOBBY/messages", `{"content":"Hello","user_id":"ANN"}`).is(201).
		keys("id room_id user_id username content created_at").has(room, "room_id").has(ann, "user_id").has("ann", "username").has("Hello", "content")
	b.send("POST P/rooms/OTHER/messages", `{"content":"Elsewhere","user_id":"ANN"}`).is(201)
	b.send("POST P/rooms/LOBBY/messages", `{"content":"Again","user_id":"ANN"}`).is(201)
	b.send("GET P/rooms/LOBBY/messages", "").is(200).keys("items page total totalPages").
		has("2", "total").has("Hello", "items", 0, "content").has("Again", "items", 1, "content")
	if sent := b.mock.Snapshot().Messages; len(sent) != 3 || sent[1].Content != "Elsewhere" {
		t.Errorf("the messages are %+v", sent)
	}
}

func TestPages(t *testing.T) {
	b := newBench(t)
	b.send("GET P/users", "").is(200).keys("items page total totalPages").has("[]", "items").has("1", "page").has("0", "total").has("0", "totalPages")
	var all []string
	for i := range 45 {
		all = append(all, b.user(fmt.Sprintf("u%02d", i)))
	}
	read := func(call string) (ids []string, sizes string) {
		for page := 1; ; page++ {
			got := b.send(fmt.Sprintf("%s&page=%d", call, page), "").is(200).has(fmt.Sprint(page), "page").has("45", "total")
			rows, _ := got.get("items").([]any)
			for i := range rows {
				ids = append(ids, got.text("items", i, "id"))
			}
			sizes += fmt.Sprint(len(rows), " ")
			if float64(page) >= got.get("totalPages").(float64) {
				return ids, strings.TrimSpace(sizes)
			}
		}
	}
	for query, want := range map[string]string{"": "20 20 5", "limit=15": "15 15 15", "limit=100": "45", "limit=101": "45", "limit=45": "45"} {
		ids, sizes := read("GET P/users?" + query)
		if fmt.Sprint(ids) != fmt.Sprint(all) || sizes != want {
			t.Errorf("with %q the pages are %s, want %s: %v", query, sizes, want, ids)
		}
	}
	b.send("GET P/users?page=9", "").is(200).has("[]", "items").has("9", "page").has("3", "totalPages")
	b.send("GET P/users?page=9223372036854775807", "").is(200).has("[]", "items")
	b.set(tegrabox.Settings{DefaultLimit: 40, PageLimit: 30, EchoLimit: true})
	b.send("GET P/users", "").is(200).keys("items page total totalPages limit").has("30", "limit").has("2", "totalPages")
	b.set(tegrabox.Settings{PageLimit: 30, RefuseLimit: true, OneEmptyPage: true})
	b.send("GET P/users?limit=31", "").fails(400, "limit must be at most 30")
	b.send("GET P/rooms", "").is(200).has("1", "totalPages").has("0", "total")
	b.room("lobby", all[0])
	for range 60 {
		b.send("POST P/rooms/LOBBY/messages", `{"content":"x","user_id":"`+all[0]+`"}`).is(201)
	}
	b.set(tegrabox.Settings{})
	b.send("GET P/rooms/LOBBY/messages", "").is(200).has("2", "totalPages").has("<nil>", "items", 50)
}
