package ethora_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestUnknownRoutesAnswerLikeExpress(t *testing.T) {
	b := newBench(t)
	for call, line := range map[string]string{
		"GET /x":                "Cannot GET /x",
		"POST /v1/apps":         "Cannot POST /v1/apps",
		"PUT /v2/apps/" + b.app: "Cannot PUT /v2/apps/" + b.app,
		"GET /v2/apps/" + b.app + "/chats/support": "Cannot GET /v2/apps/" + b.app + "/chats/support",
		"GET /v2//apps": "Cannot GET /v2//apps",
		"GET /%3Cb%3E":  "Cannot GET /%3Cb%3E",
	} {
		method, path, _ := strings.Cut(call, " ")
		got := b.call(method, path, "", nil).is(404)
		if !strings.Contains(got.raw, "<pre>"+line+"</pre>") {
			t.Errorf("%s answered %s", call, got.raw)
		}
		if kind := got.header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("%s answered as %s", call, kind)
		}
	}
}

func TestBodies(t *testing.T) {
	b := newBench(t)
	b.set(ethora.Settings{BodyLimit: 100})
	b.send("POST", "/v2/apps", `{"displayName":`).fails(400, "", "Malformed JSON: unexpected end of JSON input")
	b.send("POST", "/v2/apps", `"text"`).fails(400, "", "Malformed JSON: the body is neither an object nor an array")
	b.send("POST", "/v2/apps", `null`).fails(400, "", "Malformed JSON: the body is neither an object nor an array")
	b.send("POST", "/v2/apps", `[]`).fails(422, "VALIDATION_ERROR", `"value" must be of type object`)
	b.send("POST", "/v2/apps", `{"displayName":"`+strings.Repeat("a", 100)+`"}`).fails(413, "", "request entity too large")
	// Without a JSON content type the body is not looked at.
	header := map[string]string{"X-Custom-Token": b.serverToken(), "Content-Type": "text/plain"}
	b.call("POST", "/v2/apps", `{"displayName":"A"}`, header).fails(422, "VALIDATION_ERROR", `"displayName" is required`)
	header["Content-Type"] = "application/json; charset=utf-8"
	b.call("POST", "/v2/apps", `{"displayName":"A"}`, header).is(200)
}

func TestTrailingSlash(t *testing.T) {
	b := newBench(t)
	b.send("GET", "/v2/apps/", "").is(200)
	b.send("GET", "/v1/apps/users/", "").is(200)
}

func TestPing(t *testing.T) {
	newBench(t).call("GET", "/v1/ping", "", nil).is(200)
}

func TestRateLimit(t *testing.T) {
	b := newBench(t)
	b.set(ethora.Settings{RateLimit: 2})
	b.send("GET", "/v2/apps", "").is(200)
	b.send("GET", "/v2/apps", "").is(200)
	limited := b.send("GET", "/v2/apps", "")
	limited.fails(429, "", "Too many requests, please try again later.")
	if after := limited.header.Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After is %q, want 1", after)
	}
	if status, _, err := b.mock.Edit("GET", "/v2/apps", nil); status != 200 || err != nil {
		t.Errorf("the operator got %d %v", status, err)
	}
	b.clock = b.clock.Add(1e9)
	b.send("GET", "/v2/apps", "").is(200)
}

func TestWrongSettings(t *testing.T) {
	b := newBench(t)
	for settings, want := range map[string]string{
		`{"listEnvelope":"rows"}`:        `the setting listEnvelope is "rows", but must be one of ["" "items" "results" "named" "data.items" "array"]`,
		`{"createStatus":204}`:           `the setting createStatus is 204, but must be one of [200 201]`,
		`{"jobPolls":-1}`:                `a setting is negative; counts, limits and milliseconds cannot be`,
		`{"jobPoll":1}`:                  `the JSON of the control call is not as documented: json: unknown field "jobPoll"`,
		`{"seedBot":{"appId":"gone"}}`:   `seeding the bot: the mock has no app gone`,
		`{"seedBot":{"rooms":["gone"]}}`: `seeding the bot: the mock has no room gone`,
	} {
		b.call("PUT", "/_mock/settings", settings, nil).is(400).has(want, "error")
	}
	b.call("PUT", "/_mock/settings", `{"createStatus":201}`, nil).is(200)
	b.send("POST", "/v2/apps", `{"displayName":"A"}`).is(201)
	// The settings are replaced, not merged.
	b.call("PUT", "/_mock/settings", `{}`, nil).is(200)
	b.send("POST", "/v2/apps", `{"displayName":"A"}`).is(200)
}

// Each envelope around one app and around the list of apps.
func TestEnvelopes(t *testing.T) {
	objects := map[string][]any{
		"":             {"app"},
		"named":        {"app"},
		"result":       {"result"},
		"result.named": {"result", "app"},
		"data":         {"data"},
		"data.named":   {"data", "app"},
		"list":         {"apps", 0},
		"root":         {},
	}
	for style, path := range objects {
		b := newBench(t)
		b.set(ethora.Settings{ObjectEnvelope: style})
		b.send("GET", "/v2/apps/CHILD", "").is(200).has("CHILD", append(path, "_id")...)
		b.send("POST", "/v2/apps", `{"displayName":"New"}`).is(200).has("New", append(path, "displayName")...)
	}
	lists := map[string][]any{
		"":           {"apps"},
		"named":      {"apps"},
		"items":      {"items"},
		"results":    {"results"},
		"data.items": {"data", "items"},
		"array":      {},
	}
	for style, path := range lists {
		b := newBench(t)
		b.set(ethora.Settings{ListEnvelope: style})
		got := b.send("GET", "/v2/apps", "").is(200)
		if ids := got.column("_id", path...); ids != "APP CHILD" {
			t.Errorf("in the envelope %q the apps are %q", style, ids)
		}
	}
}

// The canonical envelope of each call (§11).
func TestCanonicalEnvelopes(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann")
	b.room(b.child, "support", "ann")
	b.send("POST", "/v2/apps/CHILD/tokens", "{}").is(200)
	for call, key := range map[string]string{
		"GET /v2/apps":                                  "apps total limit offset",
		"GET /v2/apps/CHILD":                            "app",
		"PATCH /v2/apps/CHILD":                          "result",
		"GET /v2/apps/CHILD/chats":                      "results total limit offset",
		"PATCH /v2/apps/CHILD/chats/support":            "result",
		"GET /v2/apps/CHILD/chats/users":                "users total limit offset",
		"GET /v1/apps/users/CHILD_ann":                  "result",
		"GET /v1/apps/users":                            "items total limit offset",
		"GET /v2/apps/CHILD/users/ann/chats":            "chats total limit offset",
		"GET /v2/apps/CHILD/tokens":                     "tokens",
		"GET /v2/apps/CHILD/bot":                        "bot",
		"POST /v2/apps/CHILD/users/ann/restore":         "result",
		"GET /v1/apps/get-config?domainName=app":        "result",
		"POST /v2/apps/CHILD/provision":                 "ok rooms",
		"GET /v2/apps/CHILD/chats?includeMembers=true":  "results",
		"GET /v2/apps/CHILD/chats/users?userId=unknown": "users",
	} {
		method, path, _ := strings.Cut(call, " ")
		body := ""
		if method != "GET" {
			body = "{}"
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(b.send(method, path, body).is(200).raw), &got); err != nil {
			t.Fatal(err)
		}
		for _, key := range strings.Fields(key) {
			if _, present := got[key]; !present {
				t.Errorf("%s has no %q: %v", call, key, got)
			}
		}
	}
}

func TestPages(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "a1", "a2", "a3", "a4", "a5")
	path := "/v2/apps/CHILD/chats/users"
	b.send("GET", path+"?limit=2&offset=1", "").is(200).has("5", "total").has("2", "limit").has("1", "offset").
		has("a2", "users", 0, "uuid").has("a3", "users", 1, "uuid").has("<nil>", "users", 2)
	b.send("GET", path+"?offset=9", "").is(200).has("[]", "users")
	for query, text := range map[string]string{
		"limit=0":   `"limit" must be greater than or equal to 1`,
		"limit=501": `"limit" must be less than or equal to 500`,
		"limit=x":   `"limit" must be a number`,
		"offset=-1": `"offset" must be greater than or equal to 0`,
	} {
		b.send("GET", path+"?"+query, "").fails(422, "VALIDATION_ERROR", text)
	}
	b.set(ethora.Settings{PageLimit: 3})
	for _, query := range []string{"", "?limit=100", "?limit=500"} {
		got := b.send("GET", path+query, "").is(200).has("3", "limit")
		if ids := got.column("uuid", "users"); ids != "a1 a2 a3" {
			t.Errorf("the page of %q is %s", query, ids)
		}
	}
}
