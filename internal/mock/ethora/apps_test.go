package ethora_test

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestCreateApp(t *testing.T) {
	b := newBench(t)
	got := b.send("POST", "/v2/apps", `{"displayName":"Acme","domainName":"acme","primaryColor":"#1F6FEB","usersCanFree":false}`).is(200).
		has("Acme", "app", "displayName").has("acme", "app", "domainName").has("#1F6FEB", "app", "primaryColor").
		has("false", "app", "usersCanFree").has("true", "app", "defaultAccessProfileOpen").
		has("APP", "app", "parentAppId").has("active", "app", "status").has("[]", "app", "defaultRooms").
		has("<nil>", "app", "aiBot").has("<nil>", "app", "appTagline")
	if id := got.text("app", "_id"); len(id) != 24 {
		t.Errorf("the id is %q, want 24 hex digits", id)
	}
	if token := got.text("app", "appToken"); !strings.HasPrefix(token, "JWT ey") {
		t.Errorf("the app token is %q", token)
	}
	if state := b.mock.Snapshot().App(got.text("app", "_id")); len(state.Rooms) != 0 {
		t.Errorf("the app has the rooms %v, want none", state.Rooms)
	}
}

func TestCreateDefaultChat(t *testing.T) {
	b := newBench(t)
	app := b.send("POST", "/v2/apps", `{"displayName":"Acme","createDefaultChat":true}`).is(200).
		has("Main chat", "app", "defaultRooms", 0, "title").has("true", "app", "defaultRooms", 0, "pinned").
		has("<nil>", "app", "createDefaultChat").text("app", "_id")
	b.user(app, "ann")
	if members := b.mock.Snapshot().App(app).Rooms[0].Members; len(members) != 2 || members[1] != app+"_ann" {
		t.Errorf("the members of the pinned room are %v, want the system account and ann", members)
	}
}

func TestAppValidation(t *testing.T) {
	b := newBench(t)
	tests := []struct{ body, text string }{
		{`{}`, `"displayName" is required`},
		{`{"displayName":""}`, `"displayName" is not allowed to be empty`},
		{`{"displayName":7}`, `"displayName" must be a string`},
		{`{"displayName":"A","domainName":"a-b"}`, `"domainName" must only contain alpha-numeric characters`},
		{`{"displayName":"A","primaryColor":"#12345"}`, `"primaryColor" with value "#12345" fails to match the required pattern: /^#[0-9A-Fa-f]{6}$/`},
		{`{"displayName":"A","logoImage":"logo.png"}`, `"logoImage" must be a valid uri`},
		{`{"displayName":"A","usersCanFree":"true"}`, `"usersCanFree" must be a boolean`},
		{`{"displayName":"A","appDescription":"x"}`, `"appDescription" is not allowed`},
		{`{"displayName":"A","status":"active"}`, `"status" is not allowed`},
		{`{"displayName":"A","signonOptions":["email"]}`, `"signonOptions" is not allowed`},
	}
	for _, test := range tests {
		got := b.send("POST", "/v2/apps", test.body)
		got.fails(422, "VALIDATION_ERROR", test.text)
		label, _, _ := strings.Cut(strings.TrimPrefix(test.text, `"`), `"`)
		got.has(test.text, "details", label)
	}
	updates := []struct{ body, text string }{
		{`{"createDefaultChat":true}`, `"createDefaultChat" is not allowed`},
		{`{"displayName":""}`, `"displayName" is not allowed to be empty`},
		{`{"signonOptions":["email","github"]}`, `"signonOptions[1]" must be one of [email, google, apple, facebook, metamask]`},
		{`{"availableMenuItems":{"chats":1}}`, `"availableMenuItems.chats" must be a boolean`},
		{`{"defaultRooms":[{"pinned":true}]}`, `"defaultRooms[0].jid" is required`},
	}
	for _, test := range updates {
		b.send("PATCH", "/v2/apps/CHILD", test.body).fails(422, "VALIDATION_ERROR", test.text)
	}
	if apps := b.mock.Snapshot().Apps; len(apps) != 2 {
		t.Errorf("there are %d apps, want 2", len(apps))
	}
}

// A domain is unique on the whole platform. An archived app keeps its own, a
// purged one frees it.
func TestDomains(t *testing.T) {
	b := newBench(t)
	const body = `{"displayName":"A","domainName":"acme"}`
	first := b.send("POST", "/v2/apps", body).is(200).text("app", "_id")
	b.send("POST", "/v2/apps", body).fails(422, "", "Domain name already exists")
	b.send("POST", "/v2/apps", `{"displayName":"A","domainName":"ACME"}`).fails(422, "", "Domain name already exists")
	b.send("PATCH", "/v2/apps/CHILD", `{"domainName":"acme"}`).fails(422, "", "Domain name already exists")
	b.send("PATCH", "/v2/apps/"+first, `{"domainName":"acme"}`).is(200)
	b.send("DELETE", "/v2/apps/"+first, "").is(200)
	b.set(ethora.Settings{ConflictStatus: 409})
	b.send("POST", "/v2/apps", body).fails(409, "", "Domain name already exists")
	b.send("POST", "/v1/apps/"+first+"/restore", "").is(200)
	job := b.send("DELETE", "/v2/apps/"+first+"?mode=hard", "").is(202).text("jobId")
	b.send("GET", "/v2/apps/purge-jobs/"+job, "").is(200)
	b.send("GET", "/v2/apps/purge-jobs/"+job, "").is(200).has("completed", "state")
	b.send("POST", "/v2/apps", body).is(200)
}

func TestUpdateApp(t *testing.T) {
	b := newBench(t)
	b.room(b.child, "support")
	b.send("PATCH", "/v2/apps/CHILD", `{"appTagline":"Hello","signonOptions":["google"],"allowUsersToCreateRooms":false}`).is(200).
		has("Hello", "result", "appTagline").has("Child", "result", "displayName")
	b.send("PATCH", "/v2/apps/CHILD", `{"appTagline":""}`).is(200)
	b.send("PATCH", "/v2/apps/CHILD", `{"defaultRooms":[{"jid":"CHILD_support@conference.example.com","pinned":true}]}`).is(200)
	b.send("PATCH", "/v2/apps/CHILD", `{"defaultRooms":[{"jid":"gone"}]}`).fails(404, "CHAT_NOT_FOUND", "Chat not found")
	b.send("PATCH", "/v2/apps/CHILD", `{"botStatus":"on"}`).is(200)
	b.send("GET", "/v2/apps/CHILD", "").is(200).has("", "app", "appTagline").has("[google]", "app", "signonOptions").
		has("CHILD_support@conference.xmpp.chat.ethora.com", "app", "defaultRooms", 0, "jid").
		has("true", "app", "defaultRooms", 0, "pinned").has("<nil>", "app", "botStatus").has("<nil>", "app", "aiBot")
	b.set(ethora.Settings{RefuseEmptyStrings: true})
	b.send("PATCH", "/v2/apps/CHILD", `{"appTagline":""}`).fails(422, "VALIDATION_ERROR", `"appTagline" is not allowed to be empty`)
}

// The fallbacks of the update exist only where PATCH does not (§13.7).
func TestUpdateVerbs(t *testing.T) {
	tests := []struct {
		settings            ethora.Settings
		patch, putV2, putV1 int
	}{
		{ethora.Settings{}, 200, 404, 404},
		{ethora.Settings{Patch: "404"}, 404, 200, 200},
		{ethora.Settings{Patch: "405"}, 405, 200, 200},
		{ethora.Settings{Patch: "404", NoPutV2: true}, 404, 404, 200},
	}
	for _, test := range tests {
		b := newBench(t)
		b.set(test.settings)
		b.send("PATCH", "/v2/apps/CHILD", `{"appTagline":"1"}`).is(test.patch)
		b.send("PUT", "/v2/apps/CHILD", `{"appTagline":"2"}`).is(test.putV2)
		b.send("PUT", "/v1/apps/CHILD", `{"appTagline":"3"}`).is(test.putV1)
	}
}

func TestSecretsOfApps(t *testing.T) {
	tests := []struct {
		setting      string
		create, read bool
	}{{"", true, false}, {"always", true, true}, {"never", false, false}}
	for _, test := range tests {
		b := newBench(t)
		b.set(ethora.Settings{AppSecret: test.setting})
		created := b.send("POST", "/v2/apps", `{"displayName":"A"}`).is(200).get("app", "appSecret") != nil
		read := b.send("GET", "/v2/apps/CHILD", "").is(200).get("app", "appSecret") != nil
		listed := b.send("GET", "/v2/apps", "").is(200).get("apps", 0, "appSecret") != nil
		if created != test.create || read != test.read || listed != test.read {
			t.Errorf("with %q the secret is shown in create %t, get %t, list %t", test.setting, created, read, listed)
		}
	}
}

func TestAbsentFields(t *testing.T) {
	for setting, want := range map[string]string{"": "<nil>", "null": "<nil>", "empty": ""} {
		b := newBench(t)
		b.set(ethora.Settings{AbsentFields: setting})
		got := b.send("GET", "/v2/apps/CHILD", "").is(200).has(want, "app", "appTagline").has("Child", "app", "displayName")
		if present := strings.Contains(got.raw, `"appTagline"`); present != (setting != "") {
			t.Errorf("with %q the tagline is present: %t", setting, present)
		}
	}
}

func TestListApps(t *testing.T) {
	b := newBench(t)
	b.send("POST", "/v2/apps", `{"displayName":"Able"}`).is(200)
	gone := b.send("POST", "/v2/apps", `{"displayName":"Zed"}`).is(200).text("app", "_id")
	b.send("DELETE", "/v2/apps/"+gone, "").is(200)
	for query, want := range map[string]string{
		"":                                    "Base app,Child,Able",
		"order=desc":                          "Able,Child,Base app",
		"orderBy=displayName":                 "Able,Base app,Child",
		"orderBy=displayName&order=desc":      "Child,Base app,Able",
		"includeArchived=true":                "Base app,Child,Able,Zed",
		"status=archived":                     "Zed",
		"limit=1&offset=1":                    "Child",
		"includeArchived=true&order=desc":     "Zed,Able,Child,Base app",
		"includeArchived=false&order=asc":     "Base app,Child,Able",
		"status=active&orderBy=createdAt":     "Base app,Child,Able",
		"status=deleted&includeArchived=true": "",
	} {
		var names []string
		rows, _ := b.send("GET", "/v2/apps?"+query, "").is(200).get("apps").([]any)
		for _, row := range rows {
			names = append(names, row.(map[string]any)["displayName"].(string))
		}
		if got := strings.Join(names, ","); got != want {
			t.Errorf("?%s lists %s, want %s", query, got, want)
		}
	}
	for query, text := range map[string]string{
		"order=up":          `"order" must be one of [asc, desc]`,
		"orderBy=x":         `"orderBy" must be one of [displayName, createdAt]`,
		"includeArchived=x": `"includeArchived" must be a boolean`,
		"status=x":          `"status" must be one of [active, archived, deleting, deleted]`,
	} {
		b.send("GET", "/v2/apps?"+query, "").fails(422, "VALIDATION_ERROR", text)
	}
}

// Every call but get-one, restore and the list is refused for an archived app.
func TestArchivedApp(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann")
	b.send("DELETE", "/v2/apps/CHILD?reason=test", "").is(200).has("archived", "status")
	for _, call := range []string{
		"PATCH /v2/apps/CHILD", "DELETE /v2/apps/CHILD", "DELETE /v2/apps/CHILD?mode=hard",
		"POST /v2/apps/CHILD/users/batch", "DELETE /v2/apps/CHILD/users/batch", "GET /v2/apps/CHILD/users/batch/1",
		"GET /v2/apps/CHILD/chats/users", "PATCH /v2/apps/CHILD/chats/users", "GET /v2/apps/CHILD/users/ann/chats",
		"GET /v2/apps/CHILD/chats", "POST /v2/apps/CHILD/chats", "DELETE /v2/apps/CHILD/chats",
		"PATCH /v2/apps/CHILD/chats/x", "POST /v2/apps/CHILD/chats/users-access", "DELETE /v2/apps/CHILD/chats/users-access",
		"GET /v2/apps/CHILD/tokens", "POST /v2/apps/CHILD/tokens", "GET /v2/apps/CHILD/bot", "PUT /v2/apps/CHILD/bot",
		"POST /v2/apps/CHILD/provision", "POST /v2/apps/CHILD/chats/broadcast", "POST /v2/apps/CHILD/chats/private",
	} {
		method, path, _ := strings.Cut(call, " ")
		b.send(method, path, "").fails(403, "APP_ARCHIVED", "App is archived")
	}
	b.send("GET", "/v2/apps/CHILD", "").is(200).has("archived", "app", "status").has("test", "app", "archiveReason")
	b.send("GET", "/v1/apps/users/CHILD_ann", "").fails(404, "USER_NOT_FOUND", "User not found")
	b.set(ethora.Settings{ArchivedApp: 403})
	b.send("GET", "/v2/apps/CHILD", "").fails(403, "APP_ARCHIVED", "App is archived")
	b.set(ethora.Settings{ArchivedApp: 404})
	b.send("GET", "/v2/apps/CHILD", "").fails(404, "APP_NOT_FOUND", "App not found")
	b.set(ethora.Settings{})
	for _, version := range []string{"v1", "v2"} {
		b.send("POST", "/"+version+"/apps/CHILD/restore", "").is(200).has("active", "status")
		b.send("GET", "/v2/apps/CHILD/users/ann/chats", "").is(200)
		b.send("DELETE", "/v2/apps/CHILD", "").is(200)
	}
}

func TestPurgeApp(t *testing.T) {
	b := newBench(t)
	b.set(ethora.Settings{JobPolls: 3})
	job := b.send("DELETE", "/v2/apps/CHILD?mode=hard", "").is(202).text("jobId")
	b.send("GET", "/v2/apps/CHILD", "").is(200).has("deleting", "app", "status")
	b.send("GET", "/v2/apps/CHILD/chats", "").fails(403, "APP_ARCHIVED", "App is archived")
	b.send("POST", "/v1/apps/CHILD/restore", "").fails(422, "", "App is being deleted")
	for _, state := range []string{"pending", "running", "completed", "completed"} {
		b.send("GET", "/v2/apps/purge-jobs/"+job, "").is(200).has(state, "state")
	}
	b.send("GET", "/v2/apps/purge-jobs/"+job, "").is(200).has("CHILD", "result", "summary", "appId")
	b.send("GET", "/v2/apps/CHILD", "").fails(404, "APP_NOT_FOUND", "App not found")
	b.send("GET", "/v2/apps/purge-jobs/none", "").fails(404, "JOB_NOT_FOUND", "Job not found")
	b.send("DELETE", "/v2/apps/APP", "").fails(403, "", "The base app cannot be deleted")
	b.send("DELETE", "/v2/apps/APP?mode=soon", "").fails(422, "VALIDATION_ERROR", `"mode" must be one of [soft, hard]`)
}

func TestGetConfig(t *testing.T) {
	b := newBench(t)
	got := b.call("GET", "/v1/apps/get-config?domainName=app", "", nil).is(200).
		has("APP", "result", "_id").has("xmpp.chat.ethora.com", "result", "xmppHost").has("false", "result", "apnsKeyUploaded")
	if strings.Contains(got.raw, b.mock.AppSecret()) {
		t.Error("the public configuration shows the app secret")
	}
	b.set(ethora.Settings{XMPPHost: "xmpp.example.com"})
	b.call("GET", "/v1/apps/get-config?domainName=app", "", nil).is(200).has("xmpp.example.com", "result", "xmppHost")
	b.call("GET", "/v1/apps/get-config?domainName=gone", "", nil).fails(404, "APP_NOT_FOUND", "App not found")
	b.call("GET", "/v1/apps/get-config", "", nil).fails(422, "VALIDATION_ERROR", `"domainName" is required`)
}
