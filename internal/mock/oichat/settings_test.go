package oichat_test

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

func TestWrongSettings(t *testing.T) {
	b := newBench(t)
	for settings, want := range map[string]string{
		`{"errorShape":"xml"}`:                   `the setting errorShape is "xml", but must be one of ["" "code" "error_code" "errorCode" "error" "text"]`,
		`{"createStatus":202}`:                   `the setting createStatus is 202, but must be 201 or 200`,
		`{"prefix":"v1"}`:                        `the setting prefix is "v1", but must start with a slash`,
		`{"rateLimit":-1}`:                       `a setting is negative; counts, limits and seconds cannot be`,
		`{"envelop":"x"}`:                        `the JSON of the control call is not as documented: json: unknown field "envelop"`,
		`{"paths":{"rooms.rename":1}}`:           `the JSON of the control call is not as documented: json: cannot unmarshal number into Go struct field Settings.paths of type string`,
		`{"paths":{"rooms.rename":"GET /x"}}`:    `the setting paths names "rooms.rename", which is no operation`,
		`{"paths":{"rooms.get":"/rooms"}}`:       `the path of rooms.get is "/rooms", but must look like "GET /rooms/{room_id}"`,
		`{"paths":{"rooms.get":"GET /room"}}`:    `the path of rooms.get is "GET /room", but must contain {room_id}`,
		`{"paths":{"rooms.create":"POST room"}}`: `the path of rooms.create is "POST room", but must look like "POST /rooms"`,
	} {
		b.call("PUT /_mock/settings", settings, nil).is(400).has(want, "error")
	}
	// The settings are replaced, not merged.
	b.call("PUT /_mock/settings", `{"createStatus":200}`, nil).is(200)
	b.send("POST /v1/rooms", pair).is(200)
	b.call("PUT /_mock/settings", `{}`, nil).is(200)
	b.send("POST /v1/rooms", pair).is(201)
}

func TestErrorShapes(t *testing.T) {
	const text = "There is no room x"
	for shape, want := range map[string]string{
		"":           `{"error":{"code":"ROOM_NOT_FOUND","message":"` + text + `"}}`,
		"code":       `{"code":"ROOM_NOT_FOUND","message":"` + text + `"}`,
		"error_code": `{"error_code":"ROOM_NOT_FOUND","message":"` + text + `"}`,
		"errorCode":  `{"errorCode":"ROOM_NOT_FOUND","message":"` + text + `"}`,
		"error":      `{"error":"ROOM_NOT_FOUND","message":"` + text + `"}`,
		"text":       text,
	} {
		b := newBench(t)
		b.set(oichat.Settings{ErrorShape: shape})
		got := b.send("GET /v1/rooms/x", "").is(404)
		if got.raw != want {
			t.Errorf("in the shape %q the error is %s, want %s", shape, got.raw, want)
		}
		isJSON := got.header.Get("Content-Type") == "application/json; charset=utf-8"
		if isJSON == (shape == "text") {
			t.Errorf("in the shape %q the content type is %s", shape, got.header.Get("Content-Type"))
		}
	}
}

func TestEnvelope(t *testing.T) {
	b := newBench(t)
	b.set(oichat.Settings{Envelope: "success"})
	id := b.send("POST /v1/rooms", pair).is(201).keys("success data").has("true", "success").text("data", "room_id")
	b.send("GET /v1/rooms?user_id=ann", "").is(200).has(id, "data", "data", 0, "room_id").has("false", "data", "has_more")
	b.send("POST /v1/rooms/"+id+"/leave", `{"user_id":"ann"}`).is(200).has("false", "data", "destroyed")
	b.send("GET /v1/rooms/x", "").fails(404, "ROOM_NOT_FOUND", "There is no room x")
}

// Calls that have nothing to tell, in each of their forms.
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
		b := newBench(t)
		b.set(oichat.Settings{EmptyAnswer: form, EmptyAdd: true, EmptyUpdate: true})
		id := b.room("ann", "bob")
		for _, call := range []string{
			"PATCH /v1/rooms/" + id + ` {"name":"New"}`,
			"POST /v1/rooms/" + id + `/participants {"user_id":"cy"}`,
			"DELETE /v1/rooms/" + id + "/participants/cy ",
			"DELETE /v1/rooms/" + id + " ",
		} {
			i := strings.LastIndex(call, " ")
			if got := b.send(call[:i], call[i+1:]).is(want.status); got.raw != want.body {
				t.Errorf("with %q %s was answered with %q", form, call, got.raw)
			}
		}
		if room := b.mock.Snapshot().Room(id); *room.Name != "New" || !room.Deleted {
			t.Errorf("with %q the room is %+v", form, room)
		}
	}
}

func TestMetadata(t *testing.T) {
	for mode, want := range map[string]string{"replace": "map[b:3]", "merge": "map[a:1 b:3]"} {
		b := newBench(t)
		b.set(oichat.Settings{Metadata: mode})
		id := b.send("POST /v1/rooms", `{"type":"group","participants":["ann","bob"],"metadata":{"a":1,"b":2}}`).text("room_id")
		b.send("PATCH /v1/rooms/"+id, `{"metadata":{"b":3}}`).is(200).has(want, "metadata")
	}
	for form, want := range map[string]string{"": `"metadata":{},`, "null": `"metadata":null,`, "absent": ``} {
		b := newBench(t)
		b.set(oichat.Settings{EmptyMetadata: form})
		got := b.send("POST /v1/rooms", pair).is(201)
		if !strings.Contains(got.raw, want) || want == "" && strings.Contains(got.raw, "metadata") {
			t.Errorf("without metadata the form %q is %s", form, got.raw)
		}
	}
}

func TestNullName(t *testing.T) {
	for mode, want := range map[string]string{"": "<nil>", "ignore": "Room"} {
		b := newBench(t)
		b.set(oichat.Settings{NullName: mode})
		id := b.room("ann", "bob")
		b.send("PATCH /v1/rooms/"+id, `{"name":null}`).is(200).has(want, "name")
	}
	b := newBench(t)
	b.set(oichat.Settings{NullName: "refuse"})
	b.send("PATCH /v1/rooms/"+b.room("ann", "bob"), `{"name":null}`).fails(400, "INVALID_REQUEST", "name must be a string")
}

func TestHiddenParticipants(t *testing.T) {
	for where, want := range map[string]string{"": "get list create", "get": "list create", "list": "get create", "always": ""} {
		b := newBench(t)
		b.set(oichat.Settings{HideParticipants: where})
		var shown []string
		room := b.send("POST /v1/rooms", pair).is(201)
		if b.send("GET /v1/rooms/"+room.text("room_id"), "").is(200).get("participants") != nil {
			shown = append(shown, "get")
		}
		if b.send("GET /v1/rooms?user_id=ann", "").is(200).get("data", 0, "participants") != nil {
			shown = append(shown, "list")
		}
		if room.get("participants") != nil {
			shown = append(shown, "create")
		}
		if got := strings.Join(shown, " "); got != want {
			t.Errorf("hidden %q, participants are shown in %q, want %q", where, got, want)
		}
	}
}

func TestDeletedRooms(t *testing.T) {
	b := newBench(t)
	id := b.room("ann", "bob")
	b.send("DELETE /v1/rooms/"+id, "").is(204)
	b.set(oichat.Settings{DeletedRoom: "deleted_at", ListDeleted: true, DeleteAgain: true})
	b.send("GET /v1/rooms/"+id, "").is(200).has("2026-11-21T12:00:00.000Z", "deleted_at").has("open", "status")
	b.send("GET /v1/rooms?user_id=ann", "").is(200).has("2026-11-21T12:00:00.000Z", "data", 0, "deleted_at")
	b.send("DELETE /v1/rooms/"+id, "").is(204)
	b.send("DELETE /v1/rooms/x", "").is(404)
	b.set(oichat.Settings{DeletedRoom: "status"})
	b.send("GET /v1/rooms/"+id, "").is(200).has("deleted", "status").has("<nil>", "deleted_at")
	b.send("GET /v1/rooms?user_id=ann", "").is(200).has("[]", "data")
	b.send("GET /v1/rooms/x", "").is(404)
	b.send("PATCH /v1/rooms/"+id, `{"name":"x"}`).is(404)
}

func TestDirectRooms(t *testing.T) {
	const ab, ba = `{"type":"direct","participants":["ann","bob"]}`, `{"type":"direct","participants":["bob","ann"]}`
	b := newBench(t)
	b.set(oichat.Settings{ReuseDirect: true})
	id := b.send("POST /v1/rooms", ab).is(201).text("room_id")
	b.send("POST /v1/rooms", ba).is(200).has(id, "room_id")
	b.send("POST /v1/rooms", `{"type":"group","participants":["ann","bob"]}`).is(201)
	b.send("POST /v1/rooms", `{"type":"direct","participants":["ann","cy"]}`).is(201)
	b.send("DELETE /v1/rooms/"+id, "").is(204)
	b.send("POST /v1/rooms", ba).is(201)

	b.set(oichat.Settings{LooseDirect: true, ParticipantLimit: 3})
	b.send("POST /v1/rooms", ab).is(201)
	b.send("POST /v1/rooms", `{"type":"direct","participants":`+users(3)+`}`).is(201)
	b.send("POST /v1/rooms", `{"type":"direct","participants":`+users(4)+`}`).is(400)
}

func TestLooserRules(t *testing.T) {
	b := newBench(t)
	b.set(oichat.Settings{DuplicateParticipant: 200, RemoveDestroys: true, AnySender: true, ContentTypeRequired: true})
	id := b.room("ann", "bob")
	b.send("POST /v1/rooms/"+id+"/participants", `{"user_id":"ann"}`).is(200).has("[ann bob]", "participants")
	b.send("POST /v1/messages", `{"room_id":"`+id+`","sender_id":"cy","content":"x","content_type":"custom"}`).is(201)
	b.send("POST /v1/messages", `{"room_id":"`+id+`","sender_id":"cy","content":"x"}`).fails(400, "INVALID_REQUEST", "content_type is required")
	b.send("DELETE /v1/rooms/"+id+"/participants/ann", "").is(204)
	b.send("GET /v1/rooms/"+id, "").is(200)
	b.send("DELETE /v1/rooms/"+id+"/participants/bob", "").is(204)
	b.send("GET /v1/rooms/"+id, "").is(404)
}

func TestLastPage(t *testing.T) {
	for form, want := range map[string]string{
		"":       `"has_more":false,"next_cursor":null}`,
		"empty":  `"has_more":false,"next_cursor":""}`,
		"absent": `"has_more":false}`,
		"repeat": `"has_more":true,"next_cursor":"cm9vbV8wMDAwMDAwMDAwMDEgYW5u"}`,
	} {
		b := newBench(t)
		b.room("ann", "bob")
		b.set(oichat.Settings{LastPage: form})
		got := b.send("GET /v1/rooms?user_id=ann", "").is(200)
		if !strings.HasSuffix(got.raw, want) {
			t.Errorf("the last page in the form %q is %s", form, got.raw)
		}
		if form != "repeat" {
			continue
		}
		// Such a server never ends.
		cursor := got.text("next_cursor")
		b.send("GET /v1/rooms?user_id=ann&cursor="+cursor, "").is(200).has("[]", "data").has("true", "has_more").has(cursor, "next_cursor")
	}
}

func TestPaths(t *testing.T) {
	b := newBench(t)
	b.set(oichat.Settings{Prefix: "/api/v2", Paths: map[string]string{
		"rooms.update":  "PUT /rooms/{room_id}",
		"messages.send": "POST /rooms/{room_id}/messages",
	}})
	id := b.send("POST /api/v2/rooms", pair).is(201).text("room_id")
	b.send("GET /v1/rooms/"+id, "").is(404)
	b.send("PATCH /api/v2/rooms/"+id, `{"name":"A"}`).is(404)
	b.send("PUT /api/v2/rooms/"+id, `{"name":"A"}`).is(200).has("A", "name")
	b.send("POST /api/v2/rooms/"+id+"/messages", `{"sender_id":"ann","content":"x"}`).is(201).has(id, "room_id")
	b.set(oichat.Settings{Prefix: "/"})
	b.send("GET /rooms/"+id, "").is(200)
}

func TestRateLimit(t *testing.T) {
	b := newBench(t)
	b.set(oichat.Settings{RateLimit: 2})
	b.send("GET /v1/rooms?user_id=ann", "").is(200)
	b.send("GET /v1/rooms?user_id=ann", "").is(200)
	limited := b.send("GET /v1/rooms?user_id=ann", "")
	limited.fails(429, "RATE_LIMITED", "Too many requests")
	if after := limited.header.Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After is %q, want 1", after)
	}
	if status, _, err := b.mock.Edit("GET", "/v1/rooms?user_id=ann", nil); status != 200 || err != nil {
		t.Errorf("the operator got %d %v", status, err)
	}
	b.clock = b.clock.Add(1e9)
	b.send("GET /v1/rooms?user_id=ann", "").is(200)
}
