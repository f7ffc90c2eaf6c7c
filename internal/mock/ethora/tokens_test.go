package ethora_test

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestTokens(t *testing.T) {
	b := newBench(t)
	const path = "/v2/apps/CHILD/tokens"
	created := b.send("POST", path, `{"label":"ci"}`).is(200).has("ci", "label")
	id, value := created.text("tokenId"), created.text("token")
	if !strings.HasPrefix(value, "JWT ") {
		t.Errorf("the token is %q", value)
	}
	if list := b.send("GET", path, "").is(200).has(id, "tokens", 0, "tokenId").has("active", "tokens", 0, "status"); strings.Contains(list.raw, value) {
		t.Error("the list shows the token")
	}
	rotated := b.send("POST", path+"/"+id+"/rotate", `{}`).is(200).has("ci", "label")
	if rotated.text("tokenId") == id || rotated.text("token") == value {
		t.Error("the rotation has changed nothing")
	}
	b.send("POST", path+"/"+id+"/rotate", `{}`).fails(404, "TOKEN_NOT_FOUND", "Token not found")
	b.send("POST", path+"/"+rotated.text("tokenId")+"/rotate", `{"label":"new"}`).is(200).has("new", "label")
	if statuses := b.send("GET", path, "").column("status", "tokens"); statuses != "revoked revoked active" {
		t.Errorf("the tokens are %s", statuses)
	}
	for range 2 {
		b.send("DELETE", path+"/"+id, "").is(200).has("true", "ok")
	}
	b.send("DELETE", path+"/gone", "").fails(404, "TOKEN_NOT_FOUND", "Token not found")
	b.send("POST", path, `{"ttl":1}`).fails(422, "VALIDATION_ERROR", `"ttl" is not allowed`)
	b.send("POST", path, `{"label":1}`).fails(422, "VALIDATION_ERROR", `"label" must be a string`)
	b.send("POST", path, `{}`).is(200).has("", "label")
	// An app token is no server token.
	app := map[string]string{"Authorization": value}
	b.call("GET", path, "", app).fails(401, "AUTH_FAILED", "Unauthorized")
}

func TestBot(t *testing.T) {
	b := newBench(t)
	b.room(b.child, "support")
	const path = "/v2/apps/CHILD/bot"
	b.send("GET", path, "").is(200).has("<nil>", "bot")
	b.send("PUT", path, `{"status":"on"}`).fails(422, "BOT_NOT_INITIALIZED", "Bot is not initialized for this app")
	b.send("PUT", path, `{"name":"x"}`).fails(422, "VALIDATION_ERROR", `"name" is not allowed`)
	b.send("PUT", path, `{"status":"maybe"}`).fails(422, "VALIDATION_ERROR", `"status" must be one of [on, off]`)
	for range 2 {
		b.set(ethora.Settings{SeedBot: &ethora.SeedBot{AppID: b.child, Rooms: []string{"support"}}})
	}
	b.send("GET", path, "").is(200).has("off", "bot", "status").has("true", "bot", "user", "isBot")
	b.send("PUT", path, `{"status":"on","prompt":"Be kind","ragTags":["a"]}`).is(200).has("on", "bot", "status")
	b.send("PATCH", "/v2/apps/CHILD", `{"botStatus":"off","botGreetingMessage":"Hi"}`).is(200)
	b.send("GET", path, "").is(200).has("off", "bot", "status").has("Be kind", "bot", "prompt").has("Hi", "bot", "greetingMessage")
	b.send("GET", "/v2/apps/CHILD", "").is(200).has("Be kind", "app", "aiBot", "prompt")
	got := b.send("GET", "/v2/apps/CHILD/chats/users?chatName=support", "").is(200)
	if members := got.column("xmppUsername", "users"); members != "CHILD_CHILD CHILD_x-bot" {
		t.Errorf("the members are %s", members)
	}
	got.has("true", "users", 1, "isBot")
}

func TestBroadcast(t *testing.T) {
	b := newBench(t)
	b.room(b.child, "one")
	b.room(b.child, "two")
	const path = "/v2/apps/CHILD/chats/broadcast"
	id := b.mock.Snapshot().App(b.child).Room("two").ID
	for body, want := range map[string]string{
		`{"text":"Hi","allRooms":true}`:                           "CHILD_one sent CHILD_two sent",
		`{"text":"Hi","chatNames":["CHILD_one","gone"]}`:          "CHILD_one sent CHILD_gone not-found",
		`{"text":"Hi","chatIds":["` + id + `"],"metadata":{}}`:    "CHILD_two sent",
		`{"text":"Hi","allRooms":true,"dryRun":true}`:             "CHILD_one skipped CHILD_two skipped",
		`{"text":"Hi","chatNames":["two"],"sender":{"name":"N"}}`: "CHILD_two sent",
	} {
		job := b.send("POST", path, body).is(202).text("jobId")
		b.send("GET", path+"/"+job, "").is(200).has("running", "state")
		got := b.send("GET", path+"/"+job, "").is(200).has("completed", "state")
		names := strings.Fields(got.column("chatName", "result", "results"))
		var pairs []string
		for i, status := range strings.Fields(got.column("status", "result", "results")) {
			pairs = append(pairs, names[i]+" "+status)
		}
		if result := strings.Join(pairs, " "); result != want {
			t.Errorf("%s gave %s, want %s", body, result, want)
		}
	}
	for body, text := range map[string]string{
		`{"allRooms":true}`: `"text" is required`,
		`{"text":"Hi"}`:     `"value" must contain at least one of [allRooms, chatNames, chatIds]`,
		`{"text":"Hi","allRooms":true,"chatNames":["one"]}`: `"value" contains a conflict between exclusive peers [allRooms, chatNames, chatIds]`,
		`{"text":"Hi","allRooms":false}`:                    `"allRooms" must be [true]`,
		`{"text":"Hi","chatNames":[]}`:                      `"chatNames" must contain at least 1 items`,
		`{"text":"Hi","allRooms":true,"to":"x"}`:            `"to" is not allowed`,
	} {
		b.send("POST", path, body).fails(422, "VALIDATION_ERROR", text)
	}
	b.send("GET", path+"/gone", "").fails(404, "JOB_NOT_FOUND", "Job not found")
}
