package tegrabox_test

import (
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestWrongSettings(t *testing.T) {
	b := newBench(t)
	for settings, want := range map[string]string{
		`{"unique":"email"}`:                    `the setting unique is "email", but must be one of ["both" "username" "external_user_id" "none"]`,
		`{"createStatus":202}`:                  `the setting createStatus is 202, but must be 201 or 200`,
		`{"prefix":"api"}`:                      `the setting prefix is "api", but must start with a slash`,
		`{"pageLimit":-1}`:                      `a setting is negative; counts, limits and seconds cannot be`,
		`{"envelop":"x"}`:                       `the JSON of the control call is not as documented: json: unknown field "envelop"`,
		`{"implemented":["rooms.create"]}`:      `the setting implemented names "rooms.create", which is no operation that answers 501`,
		`{"implemented":["rooms"]}`:             `the setting implemented names "rooms", which is no operation that answers 501`,
		`{"paths":{"rooms.rename":"GET /x"}}`:   `the setting paths names "rooms.rename", which is no operation`,
		`{"paths":{"rooms.get":"P/rooms"}}`:     `the path of rooms.get is "P/rooms", but must look like "GET P/rooms/{id}"`,
		`{"paths":{"rooms.get":"GET rooms/x"}}`: `the path of rooms.get is "GET rooms/x", but must look like "GET P/rooms/{id}"`,
		`{"paths":{"rooms.get":"GET P/room"}}`:  `the path of rooms.get is "GET P/room", but must contain {id}`,
	} {
		b.call("PUT /_mock/settings", settings, nil).is(400).has(want, "error")
	}
	// The settings are replaced, not merged.
	b.call("PUT /_mock/settings", `{"createStatus":200}`, nil).is(200)
	b.send("POST P/users", `{"username":"a","external_user_id":"a"}`).is(200)
	b.call("PUT /_mock/settings", `{}`, nil).is(200)
	b.send("POST P/users", `{"username":"b","external_user_id":"b"}`).is(201)
}

func TestErrorShapes(t *testing.T) {
	for shape, want := range map[string]string{
		"":        `{"error":"Not Found","message":"User not found","statusCode":404}`,
		"message": `{"message":"User not found"}`,
		"error":   `{"error":"User not found"}`,
		"nested":  `{"error":{"message":"User not found"}}`,
		"text":    `User not found`,
		"none":    ``,
	} {
		got := newBench(t, tegrabox.Settings{ErrorShape: shape}).send("GET P/users/x", "").is(404)
		if got.raw != want {
			t.Errorf("in the shape %q the error is %s, want %s", shape, got.raw, want)
		}
		kind := map[string]string{"text": "text/plain; charset=utf-8", "none": ""}
		wantKind, special := kind[shape]
		if !special {
			wantKind = "application/json; charset=utf-8"
		}
		if got.header.Get("Content-Type") != wantKind {
			t.Errorf("in the shape %q the content type is %s", shape, got.header.Get("Content-Type"))
		}
	}
}

func TestEnvelopes(t *testing.T) {
	for envelope, keys := range map[string]string{"data": "data", "success": "success data"} {
		b := newBench(t, tegrabox.Settings{Envelope: envelope})
		id := b.send("POST P/users", `{"username":"a","external_user_id":"a"}`).is(201).keys(keys).text("data", "id")
		b.send("GET P/users", "").is(200).keys(keys).has(id, "data", "items", 0, "id").has("1", "data", "totalPages")
		b.send("GET /api/projects/me", "").is(200).keys(keys).has(b.mock.ProjectID(), "data", "id")
		b.send("GET P/users/x", "").fails(404, "User not found")
	}
}

func TestEmptyAnswers(t *testing.T) {
	for form, want := range map[string]struct {
		status int
		body   string
	}{
		"":          {204, ""},
		"204":       {204, ""},
		"200":       {200, `{"success":true}`},
		"200 empty": {200, ""},
	} {
		b := newBench(t, tegrabox.Settings{EmptyAnswer: form, Envelope: "data", Implemented: []string{"rooms.delete"}})
		create := func(call, body string) string { return b.send(call, body).is(201).text("data", "id") }
		b.names["ANN"] = create("POST P/users", `{"username":"a","external_user_id":"a"}`)
		b.names["LOBBY"] = create("POST P/rooms", `{"name":"Lobby","created_by":"ANN"}`)
		for _, call := range []string{"DELETE P/rooms/LOBBY", "DELETE P/users/ANN/token", "DELETE P/users/ANN"} {
			if got := b.send(call, "").is(want.status); got.raw != want.body {
				t.Errorf("with %q %s was answered with %q", form, call, got.raw)
			}
		}
	}
}

// The three calls that answer 501 today, once they work.
func TestImplemented(t *testing.T) {
	b := newBench(t, tegrabox.Settings{Implemented: []string{"rooms.update", "rooms.delete", "messages.delete"}})
	ann := b.user("ann")
	b.room("lobby", ann)
	b.room("other", ann)
	b.send("PATCH P/rooms/LOBBY", `{"name":"New"}`).is(200).has("New", "name")
	b.send("PATCH P/rooms/LOBBY", `{}`).is(200).has("New", "name")
	b.send("PATCH P/rooms/LOBBY", `{"created_by":"x"}`).fails(400, "created_by is not allowed")
	b.send("PATCH P/rooms/x", `{"name":"New"}`).fails(404, "Room not found")
	b.names["HELLO"] = b.send("POST P/rooms/LOBBY/messages", `{"content":"Hello","user_id":"ANN"}`).is(201).text("id")
	b.send("POST P/rooms/LOBBY/messages", `{"content":"Bye","user_id":"ANN"}`).is(201)
	b.send("POST P/rooms/OTHER/messages", `{"content":"Stays","user_id":"ANN"}`).is(201)
	b.send("DELETE P/rooms/OTHER/messages/HELLO", "").fails(404, "Message not found")
	b.send("DELETE P/rooms/x/messages/HELLO", "").fails(404, "Room not found")
	b.send("DELETE P/rooms/LOBBY/messages/HELLO", "").is(204)
	b.send("DELETE P/rooms/LOBBY/messages/HELLO", "").fails(404, "Message not found")
	b.send("DELETE P/rooms/LOBBY", "").is(204)
	b.send("DELETE P/rooms/LOBBY", "").fails(404, "Room not found")
	if left := b.mock.Snapshot().Messages; len(left) != 1 || left[0].Content != "Stays" {
		t.Errorf("the messages left are %+v", left)
	}
	b.set(tegrabox.Settings{Implemented: []string{"rooms.update"}})
	b.send("PATCH P/rooms/OTHER", `{"name":"New"}`).is(200)
	b.send("DELETE P/rooms/OTHER", "").is(501)
}

// The 501 may come before the key is looked at, or after all other checks.
func TestOrderOfChecks(t *testing.T) {
	stranger := map[string]string{}
	for moment, want := range map[string]struct{ stranger, otherProject, badBody, unknown, good int }{
		"":           {401, 403, 501, 501, 501},
		"after auth": {401, 403, 501, 501, 501},
		"first":      {501, 501, 501, 501, 501},
		"last":       {401, 403, 400, 404, 501},
	} {
		b := newBench(t, tegrabox.Settings{UnimplementedAt: moment})
		ann := b.user("ann")
		b.room("lobby", ann)
		b.names["HELLO"] = b.send("POST P/rooms/LOBBY/messages", `{"content":"Hello","user_id":"ANN"}`).is(201).text("id")
		b.call("PATCH P/rooms/LOBBY", `{"name":"New"}`, stranger).is(want.stranger)
		b.send("PATCH /api/projects/other/rooms/LOBBY", `{"name":"New"}`).is(want.otherProject)
		b.send("PATCH P/rooms/LOBBY", `{"name":""}`).is(want.badBody)
		b.send("PATCH P/rooms/x", `{"name":"New"}`).is(want.unknown)
		b.send("DELETE P/rooms/x", "").is(want.unknown)
		b.send("DELETE P/rooms/LOBBY/messages/x", "").is(want.unknown)
		b.send("PATCH P/rooms/LOBBY", `{"name":"New"}`).is(want.good)
		b.send("DELETE P/rooms/LOBBY/messages/HELLO", "").is(want.good)
		b.send("DELETE P/rooms/LOBBY", "").is(want.good)
		b.send("GET P/rooms/LOBBY/messages", "").is(200).has("1", "total")
		b.send("GET P/rooms/LOBBY", "").is(200).has("lobby", "name")
	}
}

func TestUnique(t *testing.T) {
	for unique, want := range map[string][2]int{"": {409, 409}, "both": {409, 409}, "username": {409, 201}, "external_user_id": {201, 409}, "none": {201, 201}} {
		b := newBench(t, tegrabox.Settings{Unique: unique})
		b.send("POST P/users", `{"username":"a","external_user_id":"a"}`).is(201)
		b.send("POST P/users", `{"username":"a","external_user_id":"b"}`).is(want[0])
		b.send("POST P/users", `{"username":"c","external_user_id":"a"}`).is(want[1])
	}
}

func TestFormsOfUsers(t *testing.T) {
	b := newBench(t, tegrabox.Settings{DisplayName: "username", Statuses: []string{"active", "inactive"}, WideUpdate: true, UnknownUserStatus: 400, AnySender: true})
	ann, bob := b.user("ann"), b.user("bob")
	b.send("GET P/users/ANN", "").is(200).has("ann", "display_name")
	b.send("PATCH P/users/ANN", `{"status":"away"}`).fails(400, "status must be one of active, inactive")
	b.send("PATCH P/users/ANN", `{"username":"bob"}`).fails(409, "A user with this username already exists")
	b.send("PATCH P/users/ANN", `{"username":"anna","external_user_id":"e9","email":"a@example.com","display_name":"A","status":"inactive"}`).is(200).
		has("anna", "username").has("e9", "external_user_id").has("a@example.com", "email").has("A", "display_name").has("inactive", "status")
	b.send("PATCH P/users/BOB", `{"username":"rob"}`).is(200).has("rob", "username").has("bob", "display_name")
	b.send("POST P/rooms", `{"name":"x","created_by":"ghost"}`).fails(400, "User not found")
	b.room("lobby", ann)
	b.send("POST P/rooms/LOBBY/messages", `{"content":"x","user_id":"`+bob+`"}`).is(201)
	b.send("POST P/rooms/LOBBY/messages", `{"content":"x","user_id":"ghost"}`).fails(400, "User not found")
}

func TestSoftDelete(t *testing.T) {
	b := newBench(t, tegrabox.Settings{SoftDelete: true})
	ann := b.user("ann")
	token := b.token("ANN")
	b.send("DELETE P/users/ANN", "").is(204)
	b.send("GET P/users/ANN", "").is(200).has("deleted", "status")
	b.send("GET P/users", "").is(200).has("[]", "items").has("0", "total")
	b.send("PATCH P/users/ANN", `{}`).is(404)
	b.send("DELETE P/users/ANN", "").is(404)
	b.send("POST P/users", `{"username":"ann","external_user_id":"new"}`).is(409)
	b.as(token, "GET /api/auth/verify").is(401)
	b.set(tegrabox.Settings{SoftDelete: true, RevokedTokensWork: true})
	b.as(token, "GET /api/auth/verify").is(401)
	if user := b.mock.Snapshot().User(ann); user == nil || !user.Deleted || user.Status != "active" {
		t.Errorf("the deleted user is kept as %+v", user)
	}
}

func TestPrefix(t *testing.T) {
	b := newBench(t, tegrabox.Settings{Prefix: "/"})
	b.send("GET /projects/me", "").is(200)
	b.send("GET /projects/"+b.mock.ProjectID()+"/users", "").is(200)
	b.send("GET P/users", "").is(404)
	b.set(tegrabox.Settings{Prefix: "/chat/v2", Paths: map[string]string{"users.list": "GET /people"}})
	b.send("GET /chat/v2/people", "").is(200)
}

func TestRateLimit(t *testing.T) {
	b := newBench(t, tegrabox.Settings{RateLimit: 2})
	b.send("GET P/users", "").is(200)
	b.send("GET P/users", "").is(200)
	limited := b.send("GET P/users", "")
	limited.fails(429, "Too many requests")
	if after := limited.header.Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After is %q, want 1", after)
	}
	if status, _, err := b.mock.Edit("GET", P+"/users", nil); status != 200 || err != nil {
		t.Errorf("the operator got %d %v", status, err)
	}
	b.clock = b.clock.Add(1e9)
	b.send("GET P/users", "").is(200)
}
