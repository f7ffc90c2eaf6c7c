package ethora_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

const ann = `{"uuid":"ann","email":"Ann@Example.com","firstName":"Ann","lastName":"Lee","password":"canary-1"}`

// startUsers posts a batch and returns where its job is polled.
func (b *bench) startUsers(app, list string) string {
	b.Helper()
	return b.send("POST", "/v2/apps/"+app+"/users/batch", `{"usersList":[`+list+`]}`).is(202).text("statusUrl")
}

func TestCreateUsersIsAJob(t *testing.T) {
	b := newBench(t)
	b.set(ethora.Settings{JobPolls: 3})
	url := b.startUsers(b.child, ann)
	b.send("GET", url, "").is(200).has("pending", "state").has("<nil>", "result")
	b.send("GET", url, "").is(200).has("running", "state")
	if u := b.mock.Snapshot().App(b.child).User("ann"); u != nil {
		t.Error("the user exists while the job is running")
	}
	for range 2 {
		b.send("GET", url, "").is(200).has("completed", "state").has("<nil>", "error").
			has("created", "result", "results", 0, "status").has("CHILD_ann", "result", "results", 0, "xmppUsername").
			has("ann", "result", "results", 0, "uuid").has("ann@example.com", "result", "results", 0, "user", "email")
	}
	if u := b.mock.Snapshot().App(b.child).User("ann"); u == nil || !u.PasswordSet || u.PasswordVersion != 1 {
		t.Errorf("the user is %+v, want one with its first password", u)
	}
	if got := b.mock.Snapshot().App(b.app).User("ann"); got != nil {
		t.Error("the user is in the parent app too")
	}
	b.send("GET", strings.Replace(url, b.child, b.app, 1), "").fails(404, "JOB_NOT_FOUND", "Job not found")
}

func TestJobShapes(t *testing.T) {
	b := newBench(t)
	b.set(ethora.Settings{JobPolls: 1, JobField: "status", JobResults: "results", BareJobItems: true})
	b.send("GET", b.startUsers(b.child, ann), "").is(200).has("completed", "status").has("<nil>", "state").
		has("created", "results", 0, "status").has("<nil>", "results", 0, "uuid").has("<nil>", "result")
}

func TestJobsThatGoWrong(t *testing.T) {
	b := newBench(t)
	b.set(ethora.Settings{JobPolls: 1, FailJobs: "queue is down"})
	b.send("GET", b.startUsers(b.child, ann), "").is(200).has("failed", "state").has("queue is down", "error").has("<nil>", "result")
	b.set(ethora.Settings{JobPolls: 2, EndlessJobs: true})
	url := b.startUsers(b.child, ann)
	b.clock = b.clock.Add(time.Hour)
	for range 5 {
		b.send("GET", url, "").is(200).has("running", "state")
	}
	b.set(ethora.Settings{JobPolls: 1, FailUsers: map[string]string{"ann": "no quota"}})
	url = b.startUsers(b.child, ann+`,{"uuid":"bob","email":"bob@example.com","firstName":"Bob","lastName":"Ray"}`)
	b.send("GET", url, "").is(200).has("completed", "state").
		has("error", "result", "results", 0, "status").has("no quota", "result", "results", 0, "error").has("ann", "result", "results", 0, "uuid").
		has("created", "result", "results", 1, "status")
	if app := b.mock.Snapshot().App(b.child); app.User("ann") != nil || app.User("bob") == nil {
		t.Errorf("the users are %+v, want bob alone", app.Users)
	}
}

// A job whose id was lost is done all the same, but not at once.
func TestAbandonedJobIsDone(t *testing.T) {
	b := newBench(t)
	b.startUsers(b.child, ann)
	const path = "/v2/apps/CHILD/chats/users"
	b.send("GET", path, "").is(200).has("0", "total")
	b.clock = b.clock.Add(time.Second)
	b.send("GET", path, "").is(200).has("1", "total")
}

func TestExistingUsersAreNotChanged(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann")
	b.set(ethora.Settings{JobPolls: 1})
	url := b.startUsers(b.child, `{"uuid":"ann","email":"new@example.com","firstName":"New","lastName":"Name"},`+
		`{"uuid":"other","email":"ann@example.com","firstName":"New","lastName":"Name"},`+
		`{"email":"nameless@example.com","firstName":"No","lastName":"Uuid"}`)
	got := b.send("GET", url, "").is(200).
		has("uuid_exists", "result", "results", 0, "status").has("First", "result", "results", 0, "user", "firstName").
		has("exists", "result", "results", 1, "status").has("CHILD_ann", "result", "results", 1, "xmppUsername").
		has("created", "result", "results", 2, "status").has("<nil>", "result", "results", 2, "user", "uuid")
	id := got.text("result", "results", 2, "user", "_id")
	got.has("CHILD_"+id, "result", "results", 2, "xmppUsername")
}

func TestUserValidation(t *testing.T) {
	b := newBench(t)
	many := strings.TrimSuffix(strings.Repeat(ann+",", 101), ",")
	tests := []struct{ list, text string }{
		{``, `"usersList" must contain at least 1 items`},
		{many, `"usersList" must contain less than or equal to 100 items`},
		{`{"email":"a@b.co","firstName":"Ann","lastName":"L"}`, `"usersList[0].lastName" length must be at least 2 characters long`},
		{ann + `,{"email":"a@b.co","firstName":"A","lastName":"Lee"}`, `"usersList[1].firstName" length must be at least 2 characters long`},
		{`{"firstName":"Ann","lastName":"Lee"}`, `"usersList[0].email" is required`},
		{`{"email":"ann","firstName":"Ann","lastName":"Lee"}`, `"usersList[0].email" must be a valid email`},
		{`{"email":"a@b.co","firstName":"Ann","lastName":"Lee","uuid":"a"}`, `"usersList[0].uuid" length must be at least 2 characters long`},
		{`{"email":"a@b.co","firstName":"Ann","lastName":"Lee","password":"abc"}`, `"usersList[0].password" length must be at least 4 characters long`},
		{`{"email":"a@b.co","firstName":"Ann","lastName":"Lee","displayName":"x"}`, `"usersList[0].displayName" is not allowed`},
		{`{"email":"a@b.co","firstName":"Ann","lastName":"Lee","profileImage":"x"}`, `"usersList[0].profileImage" must be a valid uri`},
	}
	for _, path := range []string{"/v2/apps/CHILD/users/batch", "/v2/users/batch", "/v1/users/batch"} {
		for _, test := range tests {
			b.send("POST", path, `{"usersList":[`+test.list+`]}`).fails(422, "VALIDATION_ERROR", test.text)
		}
		b.send("POST", path, `{}`).fails(422, "VALIDATION_ERROR", `"usersList" is required`)
		b.send("POST", path, `{"usersList":[`+ann+`],"role":"x"}`).fails(422, "VALIDATION_ERROR", `"role" is not allowed`)
	}
	b.set(ethora.Settings{FirstNameMin: 3})
	b.send("POST", "/v1/users/batch", `{"usersList":[{"email":"a@b.co","firstName":"Al","lastName":"Lee"}]}`).
		fails(422, "VALIDATION_ERROR", `"usersList[0].firstName" length must be at least 3 characters long`)
}

func TestTokenScopedAndSynchronousBatch(t *testing.T) {
	b := newBench(t)
	job := b.send("POST", "/v2/users/batch", `{"bypassEmailConfirmation":true,"usersList":[`+ann+`]}`).is(202).text("jobId")
	b.send("GET", "/v2/users/batch/"+job, "").is(200)
	b.send("GET", "/v2/users/batch/"+job, "").is(200).has("APP_ann", "result", "results", 0, "xmppUsername")
	const bob = `{"uuid":"bob","email":"bob@example.com","firstName":"Bob","lastName":"Ray"}`
	b.send("POST", "/v1/users/batch", `{"usersList":[`+bob+`]}`).is(200).has("true", "ok").has("APP_bob", "results", 0, "xmppUsername")
	b.send("POST", "/v1/users/batch", `{"usersList":[`+bob+`]}`).fails(422, "", "User already exists")
	const eve = `{"uuid":"eve","email":"eve@example.com","firstName":"Eve","lastName":"Ray"}`
	b.send("POST", "/v1/users/batch", `{"usersList":[`+eve+`,`+eve+`]}`).fails(422, "", "User already exists")
	if b.mock.Snapshot().App(b.app).User("eve") != nil {
		t.Error("a refused batch has left a user behind")
	}
}

// Deletion is soft: the user stays, archived, and a new creation does not
// bring it back.
func TestSoftDelete(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob")
	b.room(b.child, "support", "ann")
	b.send("DELETE", "/v2/apps/CHILD/users/batch", `{"usersIdList":["ann"]}`).is(200).has("true", "ok")
	b.send("GET", "/v1/apps/users/CHILD_ann", "").is(200).has("archived", "result", "status")
	if got := b.send("GET", "/v2/apps/CHILD/chats/users", "").is(200).column("uuid", "users"); got != "bob" {
		t.Errorf("the list has %s, want bob", got)
	}
	b.send("GET", "/v2/apps/CHILD/users/ann/chats", "").fails(404, "USER_NOT_FOUND", "User not found")
	b.send("GET", "/v2/apps/CHILD/chats?includeMembers=true", "").is(200).has("<nil>", "results", 0, "members", 1)
	b.set(ethora.Settings{JobPolls: 1})
	b.send("GET", b.startUsers(b.child, ann), "").is(200).has("uuid_exists", "result", "results", 0, "status").
		has("archived", "result", "results", 0, "user", "status")
	b.send("DELETE", "/v2/apps/CHILD/users/batch", `{"usersIdList":["ann"]}`).fails(422, "", "User not found")
	b.set(ethora.Settings{ArchivedUser: 404})
	b.send("GET", "/v1/apps/users/CHILD_ann", "").fails(404, "USER_NOT_FOUND", "User not found")
	b.set(ethora.Settings{})
	b.send("POST", "/v2/apps/CHILD/users/ann/restore", "").is(200).has("active", "result", "status")
	b.send("GET", "/v2/apps/CHILD/users/ann/chats", "").is(200).has("CHILD_support", "chats", 0, "name")
	b.send("POST", "/v2/apps/CHILD/users/gone/restore", "").fails(404, "USER_NOT_FOUND", "User not found")
}

func TestHardDelete(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob")
	b.room(b.child, "support", "ann", "bob")
	b.send("DELETE", "/v2/apps/CHILD/users/batch", `{"usersIdList":["ann"]}`).is(200)
	b.send("DELETE", "/v2/apps/CHILD/users/batch?mode=hard", `{"usersIdList":["ann","bob"]}`).is(200)
	if members := b.mock.Snapshot().App(b.child).Room("support").Members; len(members) != 1 {
		t.Errorf("the members are %v, want the system account alone", members)
	}
	b.send("GET", "/v1/apps/users/CHILD_ann", "").fails(404, "USER_NOT_FOUND", "User not found")
	b.user(b.child, "ann")
	b.send("GET", "/v1/apps/users/CHILD_ann", "").is(200).has("active", "result", "status")
}

func TestDeleteUsers(t *testing.T) {
	b := newBench(t)
	b.user(b.app, "ann", "bob")
	const path = "/v1/users/batch"
	ids := strings.TrimSuffix(strings.Repeat(`"x",`, 101), ",")
	b.send("DELETE", path, `{"usersIdList":[]}`).fails(422, "VALIDATION_ERROR", `"usersIdList" must contain at least 1 items`)
	b.send("DELETE", path, `{"usersIdList":[`+ids+`]}`).fails(422, "VALIDATION_ERROR", `"usersIdList" must contain less than or equal to 100 items`)
	b.send("DELETE", path, `{"usersIdList":["ann","gone"]}`).fails(422, "", "User not found")
	b.send("DELETE", path, `{"usersIdList":["APP"]}`).fails(422, "", "User not found")
	if state := b.mock.Snapshot().App(b.app).User("ann"); state.Status != "active" {
		t.Error("a refused deletion has archived a user")
	}
	b.set(ethora.Settings{MissingStatus: 404})
	b.send("DELETE", path, `{"usersIdList":["gone"]}`).fails(404, "", "User not found")
	b.set(ethora.Settings{PartialDelete: true})
	got := b.send("DELETE", path, `{"usersIdList":["gone","APP_ann"]}`).is(200)
	if statuses := got.column("status", "results"); statuses != "not-found deleted" {
		t.Errorf("the items are %s", statuses)
	}
}

func TestListUsers(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob", "eve")
	b.user(b.app, "top")
	b.room(b.child, "support", "bob", "ann")
	bob := b.mock.Snapshot().App(b.child).User("bob").ID
	for query, want := range map[string]string{
		"":                                "CHILD_ann CHILD_bob CHILD_eve",
		"?chatName=CHILD_support":         "CHILD_CHILD CHILD_bob CHILD_ann",
		"?chatName=support@conference.x":  "CHILD_CHILD CHILD_bob CHILD_ann",
		"?xmppUsername=CHILD_eve":         "CHILD_eve",
		"?xmppUsername=eve":               "",
		"?userId=" + bob:                  "CHILD_bob",
		"?chatName=support&userId=" + bob: "CHILD_bob",
	} {
		if got := b.send("GET", "/v2/apps/CHILD/chats/users"+query, "").is(200).column("xmppUsername", "users"); got != want {
			t.Errorf("%s lists %s, want %s", query, got, want)
		}
	}
	if got := b.send("GET", "/v2/chats/users", "").is(200).column("xmppUsername", "users"); got != "APP_top" {
		t.Errorf("the token's own app lists %s", got)
	}
	b.send("GET", "/v2/apps/CHILD/chats/users?chatName=gone", "").fails(404, "CHAT_NOT_FOUND", "Chat not found")
	b.set(ethora.Settings{IgnoreFilters: true})
	b.send("GET", "/v2/apps/CHILD/chats/users?chatName=gone&userId=x", "").is(200).has("3", "total")
	b.set(ethora.Settings{NoAppUserList: true})
	b.send("GET", "/v2/apps/CHILD/chats/users", "").is(404)
	b.send("GET", "/v2/chats/users", "").is(200)
}

func TestGetUser(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann")
	b.user(b.app, "top")
	b.send("GET", "/v1/apps/users/CHILD_ann", "").is(200).has("CHILD", "result", "appId")
	b.send("GET", "/v1/apps/users/APP_top", "").is(200)
	b.send("GET", "/v1/apps/users/CHILD_CHILD", "").fails(404, "USER_NOT_FOUND", "User not found")
	b.set(ethora.Settings{OwnUsersOnly: true})
	b.send("GET", "/v1/apps/users/CHILD_ann", "").fails(404, "USER_NOT_FOUND", "User not found")
	b.send("GET", "/v1/apps/users/APP_top", "").is(200)
}

func TestUpdateUsers(t *testing.T) {
	b := newBench(t)
	b.user(b.child, "ann", "bob", "old")
	b.user(b.app, "ann")
	b.send("DELETE", "/v2/apps/CHILD/users/batch", `{"usersIdList":["old"]}`).is(200)
	got := b.send("PATCH", "/v2/apps/CHILD/chats/users", `{"users":[
		{"xmppUsername":"CHILD_ann","lastName":"Ray","username":"annie"},
		{"uuid":"CHILD_bob","firstName":"First"},
		{"xmppUsername":"CHILD_old","firstName":"Back"},
		{"xmppUsername":"CHILD_gone","firstName":"New"}]}`).is(200)
	if statuses := got.column("status", "results"); statuses != "updated skipped not-found not-found" {
		t.Errorf("the items are %s", statuses)
	}
	got.has("Ray", "results", 0, "user", "lastName").has("First", "results", 0, "user", "firstName")
	if u := b.mock.Snapshot().App(b.app).User("ann"); u.LastName != "Last" {
		t.Error("the namesake in the parent app has changed too")
	}
	b.send("PATCH", "/v2/chats/users", `{"users":[{"xmppUsername":"APP_ann","firstName":"Anna"}]}`).is(200).has("updated", "results", 0, "status")
	tests := map[string]string{
		`{"users":[]}`: `"users" must contain at least 1 items`,
		fmt.Sprintf(`{"users":[%s{}]}`, strings.Repeat(`{},`, 100)): `"users" must contain less than or equal to 100 items`,
		`{"users":[{"xmppUsername":"x","email":"a@b.co"}]}`:         `"users[0].email" is not allowed`,
		`{"users":[{"xmppUsername":"x","description":"d"}]}`:        `"users[0].description" is not allowed`,
		`{"users":[{"xmppUsername":"x","lastName":"L"}]}`:           `"users[0].lastName" length must be at least 2 characters long`,
		`{"users":[{"xmppUsername":"x","firstName":""}]}`:           `"users[0].firstName" is not allowed to be empty`,
		`{}`: `"users" is required`,
	}
	for body, text := range tests {
		b.send("PATCH", "/v2/apps/CHILD/chats/users", body).fails(422, "VALIDATION_ERROR", text)
	}
}

func TestPasswordsAreCheckedButNeverShown(t *testing.T) {
	b := newBench(t)
	b.startUsers(b.child, ann)
	b.clock = b.clock.Add(time.Second)
	b.send("GET", "/v2/apps/CHILD/chats/users", "").is(200).has("1", "total")
	for question, want := range map[string]string{
		`{"appId":"CHILD","userId":"ann","password":"canary-1"}`: "true",
		`{"appId":"CHILD","userId":"ann","password":"canary-2"}`: "false",
		`{"appId":"CHILD","userId":"ann","password":""}`:         "false",
	} {
		b.call("POST", "/_mock/check-password", question, nil).is(200).has(want, "match")
	}
	b.call("POST", "/_mock/check-password", `{"appId":"CHILD","userId":"bob"}`, nil).is(400).has("the mock has no user bob", "error")
	if match, err := b.mock.CheckPassword(b.child, "ann", "canary-1"); !match || err != nil {
		t.Errorf("the password gives %t %v", match, err)
	}
	for _, path := range []string{"/_mock/state", "/_mock/requests", "/v2/apps/CHILD/chats/users"} {
		if got := b.send("GET", path, "").is(200); strings.Contains(got.raw, "canary-1") || strings.Contains(got.raw, b.mock.AppSecret()) {
			t.Errorf("%s shows a secret: %s", path, got.raw)
		}
	}
}

// An id may look like an address or like a prefixed name.
func TestOddUserIDs(t *testing.T) {
	b := newBench(t)
	for _, id := range []string{"ann@example.com", b.child + "_twice", "ann lee"} {
		b.set(ethora.Settings{JobPolls: 1})
		url := b.startUsers(b.child, fmt.Sprintf(`{"uuid":%q,"email":"e%d@example.com","firstName":"Ann","lastName":"Lee"}`, id, len(id)))
		b.send("GET", url, "").is(200).has("created", "result", "results", 0, "status")
		b.send("DELETE", "/v2/apps/CHILD/users/batch?mode=hard", fmt.Sprintf(`{"usersIdList":[%q]}`, id)).is(200)
	}
}
