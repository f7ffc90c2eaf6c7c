package oichat_test

import (
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

const pair = `{"type":"group","participants":["ann","bob"]}`

func TestIdempotency(t *testing.T) {
	b := newBench(t)
	first := b.post("k1", "POST /v1/rooms", pair).is(201)
	again := b.post("k1", "POST /v1/rooms", pair).is(201)
	if again.raw != first.raw || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("the same key was answered with\n%s\nand then with\n%s", first.raw, again.raw)
	}
	b.post("k1", "POST /v1/rooms", `{"type":"group","participants":["ann","cy"]}`).
		fails(409, "IDEMPOTENCY_KEY_REUSED", "The key belongs to another request")
	b.set(oichat.Settings{ReusedKeyStatus: 422})
	b.post("k1", "POST /v1/rooms", `{}`).fails(422, "IDEMPOTENCY_KEY_REUSED", "The key belongs to another request")
	b.rooms(1)

	// Another key and another operation are other requests.
	b.post("k2", "POST /v1/rooms", pair).is(201)
	id := first.text("room_id")
	b.post("k1", "POST /v1/rooms/"+id+"/leave", `{"user_id":"ann"}`).is(200).has("false", "destroyed")
	b.post("k1", "POST /v1/rooms/"+id+"/leave", `{"user_id":"ann"}`).is(200).has("false", "destroyed")
	b.post("k1", "POST /v1/rooms/other/leave", `{"user_id":"ann"}`).is(422)
	b.rooms(2)

	// The same answer comes even when the world has changed since.
	b.send("DELETE /v1/rooms/"+id, "").is(204)
	b.post("k1", "POST /v1/rooms", pair).is(201).has(id, "room_id")
	b.clock = b.clock.Add(24 * time.Hour)
	b.post("k1", "POST /v1/rooms", pair).is(201).has("room_000000000003", "room_id")
}

// rooms asserts how many rooms there are, deleted ones included.
func (b *bench) rooms(want int) {
	b.Helper()
	if got := len(b.mock.Snapshot().Rooms); got != want {
		b.Errorf("there are %d rooms, want %d", got, want)
	}
}

// A refused call has done nothing, so its key is free.
func TestRefusedCallsKeepNoKey(t *testing.T) {
	b := newBench(t)
	b.post("k", "POST /v1/rooms", `{}`).is(400)
	b.post("k", "POST /v1/rooms", pair).is(201)
}

func TestEmptyAnswersAreRepeatedToo(t *testing.T) {
	b := newBench(t)
	id := b.room("ann", "bob")
	b.set(oichat.Settings{EmptyAdd: true})
	for range 2 {
		if raw := b.post("k", "POST /v1/rooms/"+id+"/participants", `{"user_id":"cy"}`).is(204).raw; raw != "" {
			t.Errorf("a 204 has the body %s", raw)
		}
	}
}

func TestServersWithoutIdempotency(t *testing.T) {
	b := newBench(t)
	b.set(oichat.Settings{IgnoreKeys: true})
	b.post("k", "POST /v1/rooms", pair).is(201)
	b.post("k", "POST /v1/rooms", pair).is(201)
	b.rooms(2)
	b.set(oichat.Settings{RequireKeys: true})
	b.send("POST /v1/rooms", pair).fails(400, "INVALID_REQUEST", "The header Idempotency-Key is required")
	b.send("PATCH /v1/rooms/room_000000000001", `{}`).is(200)
}
