package ethora

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

var ann = NewUser{UserID: "ann", Email: "ann@example.com", FirstName: "Ann", LastName: "Lee", Password: "canary-password"}

// annRow is Ann as the server tells her; pairs of key and JSON value replace.
func annRow(app string, pairs ...string) string {
	row := fmt.Sprintf(`{"_id":"u-ann","appId":%q,"xmppUsername":"%s_ann","email":"Ann@example.com","firstName":"Ann","lastName":"Lee","xmppPassword":"canary-xmpp","createdAt":%q`, app, app, now())
	for i := 0; i < len(pairs); i += 2 {
		row += fmt.Sprintf(`,%q:%s`, pairs[i], pairs[i+1])
	}
	return row + "}"
}

func item(status string) answer {
	return ok(fmt.Sprintf(`{"jobId":"j1","state":"completed","result":{"results":[%s]}}`, status))
}

var (
	accepted    = answer{status: 202, body: `{"jobId":"j1","statusUrl":"/v2/apps/x/users/batch/j1"}`}
	userMissing = refused(404, `{"error":"User not found"}`)
)

func TestCreateUser(t *testing.T) {
	read := ok(`{"result":` + annRow(ownApp) + `}`)
	gone := ok(`{"result":` + annRow(ownApp, "status", `"archived"`) + `}`)
	stranger := ok(`{"result":` + annRow(ownApp, "email", `"other@example.com"`) + `}`)
	old := ok(`{"result":` + annRow(ownApp, "createdAt", `"2020-01-01T00:00:00Z"`) + `}`)
	for name, test := range map[string]struct {
		posts, jobs, reads []answer
		outcome            CreateUserOutcome // User.Status and flags are compared
		kind               rest.Kind
		failure            string
		calls              int
	}{
		"created":                       {posts: []answer{accepted}, jobs: []answer{item(`{"status":"created","xmppUsername":"` + ownApp + `_ann"}`)}, reads: []answer{read}, calls: 3},
		"created, told in full":         {posts: []answer{accepted}, jobs: []answer{item(`{"status":"created","user":` + annRow(ownApp) + `}`)}, calls: 2},
		"created, told of another":      {posts: []answer{accepted}, jobs: []answer{item(`{"status":"created","uuid":"ann","user":` + annRow(ownApp, "xmppUsername", `"x_y"`) + `}`)}, reads: []answer{read}, calls: 3},
		"created, told archived":        {posts: []answer{accepted}, jobs: []answer{item(`{"status":"created","user":` + annRow(ownApp, "status", `"archived"`) + `}`)}, reads: []answer{gone, gone, read}, outcome: CreateUserOutcome{Restored: true}, calls: 7},
		"the job fails after creating":  {posts: []answer{accepted}, jobs: []answer{ok(`{"state":"failed","error":"queue is full"}`)}, reads: []answer{read}, outcome: CreateUserOutcome{Adopted: true}, calls: 3},
		"created, slow job":             {posts: []answer{accepted}, jobs: []answer{ok(`{"state":"pending"}`), ok(`{"state":"waiting"}`), refused(503, ``), ok(`<html>`), item(`{"status":"created","uuid":"ann"}`)}, reads: []answer{read}, calls: 7},
		"created, shown late":           {posts: []answer{accepted}, jobs: []answer{item(`{"status":"created"}`)}, reads: []answer{userMissing, userMissing, read}, calls: 5},
		"created, never shown":          {posts: []answer{accepted}, jobs: []answer{item(`{"status":"created"}`)}, reads: []answer{userMissing}, calls: 2 + verifyTries},
		"created, answered at once":     {posts: []answer{ok(`{"ok":true,"results":[` + annRow(ownApp) + `]}`)}, reads: []answer{read}, calls: 1},
		"results at the top level":      {posts: []answer{accepted}, jobs: []answer{ok(`{"status":"completed","results":[{"status":"created"}]}`)}, reads: []answer{read}, calls: 3},
		"updated":                       {posts: []answer{accepted}, jobs: []answer{item(`{"status":"updated"}`)}, reads: []answer{read}, calls: 3},
		"updated, there for years":      {posts: []answer{accepted}, jobs: []answer{item(`{"status":"updated"}`)}, reads: []answer{old}, kind: rest.Conflict, failure: "already exists", calls: 3},
		"skipped":                       {posts: []answer{accepted}, jobs: []answer{item(`{"status":"skipped"}`)}, reads: []answer{read}, calls: 3},
		"skipped, there for years":      {posts: []answer{accepted}, jobs: []answer{item(`{"status":"skipped"}`)}, reads: []answer{old}, kind: rest.Conflict, failure: "already exists", calls: 3},
		"skipped for a stranger":        {posts: []answer{accepted}, jobs: []answer{item(`{"status":"skipped"}`)}, reads: []answer{stranger}, kind: rest.Conflict, failure: "already exists", calls: 3},
		"skipped, archived":             {posts: []answer{accepted}, jobs: []answer{item(`{"status":"skipped"}`)}, reads: []answer{gone, gone, read}, outcome: CreateUserOutcome{Restored: true}, calls: 7},
		"job unknown for a moment":      {posts: []answer{accepted}, jobs: []answer{refused(404, `{"error":"Job not found"}`), item(`{"status":"created"}`)}, reads: []answer{read}, calls: 4},
		"taken":                         {posts: []answer{accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{read}, kind: rest.Conflict, failure: `user "ann" already exists in app ` + ownApp, calls: 3},
		"taken by a stranger":           {posts: []answer{connectionCut}, reads: []answer{stranger}, kind: rest.Conflict, failure: "already exists", calls: 2},
		"taken late by a stranger":      {posts: []answer{connectionCut, accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{userMissing, stranger}, kind: rest.Conflict, failure: "already exists", calls: 5},
		"taken long ago":                {posts: []answer{connectionCut}, reads: []answer{old}, kind: rest.Conflict, failure: "already exists", calls: 2},
		"taken late by a lost attempt":  {posts: []answer{connectionCut, accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{userMissing, read}, outcome: CreateUserOutcome{Adopted: true}, calls: 5},
		"taken, refused as a whole":     {posts: []answer{connectionCut, refused(409, `{"error":"User already exists"}`)}, reads: []answer{userMissing, read}, outcome: CreateUserOutcome{Adopted: true}, calls: 4},
		"archived, then a lost answer":  {posts: []answer{connectionCut, accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{gone, gone, read}, outcome: CreateUserOutcome{Restored: true}, calls: 8},
		"taken by our own lost attempt": {posts: []answer{connectionCut}, reads: []answer{read}, outcome: CreateUserOutcome{Adopted: true}, calls: 2},
		"email of our own lost attempt": {posts: []answer{refused(502, ``), accepted}, jobs: []answer{item(`{"status":"exists","email":"ann@example.com"}`)}, reads: []answer{userMissing, read}, outcome: CreateUserOutcome{Adopted: true}, calls: 6},
		"cut on every attempt, created": {posts: []answer{connectionCut}, reads: []answer{userMissing, userMissing, read}, outcome: CreateUserOutcome{Adopted: true}, calls: 6},
		"cut on every attempt":          {posts: []answer{connectionCut}, reads: []answer{userMissing}, kind: rest.Unavailable, failure: "may have been carried out", calls: 5 + verifyTries},
		"taken, hidden":                 {posts: []answer{accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{userMissing}, kind: rest.Conflict, failure: "probably archived", calls: 2 + verifyTries},
		"archived, other email":         {posts: []answer{accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{ok(`{"result":` + annRow(ownApp, "status", `"archived"`, "email", `"x@example.com"`) + `}`)}, kind: rest.Conflict, failure: "archived user with another email", calls: 3},
		"archived, ours":                {posts: []answer{accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{gone, read}, outcome: CreateUserOutcome{Restored: true}, calls: 6},
		"email taken":                   {posts: []answer{accepted}, jobs: []answer{item(`{"status":"exists","uuid":"bob","email":"ann@example.com"}`)}, reads: []answer{userMissing}, kind: rest.Conflict, failure: `the email ann@example.com is in use by user "bob"`, calls: 3},
		"one item fails":                {posts: []answer{accepted}, jobs: []answer{item(`{"status":"error","error":"bad email"}`)}, kind: rest.Invalid, failure: `user "ann" was not created in app ` + ownApp + `: error: bad email`, calls: 2},
		"one item fails without words":  {posts: []answer{accepted}, jobs: []answer{item(`{"status":"weird","password":"canary-password"}`)}, kind: rest.Invalid, failure: "weird", calls: 2},
		"the job fails":                 {posts: []answer{accepted}, jobs: []answer{ok(`{"state":"failed","error":"queue is full"}`)}, kind: rest.Unknown, failure: `Ethora accepted the request to create user "ann" in app ` + ownApp + ` as job j1, but the job failed: queue is full; try again, and if it fails again ask`, calls: 3},
		"the job fails, no word on ann": {posts: []answer{accepted}, jobs: []answer{ok(`{"state":"failed","result":{"results":[{"status":"pending","uuid":"ann"}]}}`)}, kind: rest.Unknown, failure: "the job failed: the server does not say why; try again", calls: 3},
		"the job fails because of ann":  {posts: []answer{accepted}, jobs: []answer{ok(`{"state":"failed","error":"1 of 1 failed","result":{"results":[{"status":"error","uuid":"ann","error":"bad email"}]}}`)}, kind: rest.Invalid, failure: "error: bad email", calls: 2},
		"the job tells nothing":         {posts: []answer{accepted}, jobs: []answer{ok(`{"state":"completed"}`)}, reads: []answer{read}, calls: 3},
		"the job tells nothing, old":    {posts: []answer{accepted}, jobs: []answer{ok(`{"state":"completed"}`)}, reads: []answer{old}, kind: rest.Conflict, failure: "already exists", calls: 3},
		"refused":                       {posts: []answer{refused(422, `{"error":"\"usersList[0].lastName\" length must be at least 2 characters long","value":"canary-password"}`)}, kind: rest.Invalid, failure: "lastName", calls: 1},
		"empty 200, created":            {posts: []answer{ok(``)}, reads: []answer{read}, outcome: CreateUserOutcome{Adopted: true}, calls: 2},
		"empty 200, then a job":         {posts: []answer{ok(``), accepted}, jobs: []answer{item(`{"status":"uuid_exists"}`)}, reads: []answer{userMissing, read}, outcome: CreateUserOutcome{Adopted: true}, calls: 5},
		"email taken, holder named":     {posts: []answer{accepted}, jobs: []answer{item(`{"status":"exists","uuid":"ann","email":"ann@example.com","xmppUsername":"` + ownApp + `_bob"}`)}, reads: []answer{userMissing}, kind: rest.Conflict, failure: `in use by user "bob"`, calls: 3},
		"status 500, created":           {posts: []answer{refused(500, `{"error":"oops"}`)}, reads: []answer{read}, outcome: CreateUserOutcome{Adopted: true}, calls: 2},
		"status 500, taken long ago":    {posts: []answer{refused(500, `{"error":"oops"}`)}, reads: []answer{old}, kind: rest.Conflict, failure: "already exists", calls: 2},
		"status 500, not created":       {posts: []answer{refused(500, `{"error":"oops"}`)}, reads: []answer{userMissing}, kind: rest.Unknown, failure: "oops", calls: 1 + verifyTries},
		"status 500, archived":          {posts: []answer{refused(500, `{"error":"oops"}`)}, reads: []answer{gone}, kind: rest.Unknown, failure: "oops", calls: 2},
		"web page":                      {posts: []answer{ok(`<html>`)}, reads: []answer{userMissing}, kind: rest.Malformed, failure: "web page", calls: 5 + verifyTries},
		"the server says it did not":    {posts: []answer{ok(`{"success":false,"error":"closed"}`)}, kind: rest.Invalid, failure: "closed", calls: 1},
	} {
		client, requests := start(t, routes{
			"POST /v2/apps/{app}/users/batch":           inTurn(test.posts...),
			"GET /v2/apps/{app}/users/batch/j1":         inTurn(append(test.jobs, last(test.jobs))...),
			"GET /v1/apps/users/" + ownApp + "_ann":     inTurn(append(test.reads, last(test.reads))...),
			"POST /v2/apps/{app}/users/ann/restore":     inTurn(ok(`{"status":"active"}`)),
			"PATCH /v2/apps/" + ownApp + "/chats/users": inTurn(ok(`{"results":[{"status":"updated","xmppUsername":"` + ownApp + `_ann"}]}`)),
		})
		outcome, err := client.CreateUser(background(t), "", ann, true)
		if test.failure != "" {
			if err == nil || !strings.Contains(err.Error(), test.failure) || !rest.IsKind(err, test.kind) {
				t.Errorf("%s: got %v, want %s: %s", name, err, test.kind, test.failure)
			}
			if err != nil && len(test.jobs) > 0 && strings.Contains(err.Error(), "refused POST") {
				t.Errorf("%s: the job was to blame, and no request: %v", name, err)
			}
			if err != nil && strings.Contains(fmt.Sprintf("%v %#v", err, err), "canary") {
				t.Errorf("%s: the error holds a secret: %#v", name, err)
			}
		} else if err != nil || outcome.User.UserID != "ann" || outcome.User.XMPPUsername != ownApp+"_ann" || outcome.User.FirstName != "Ann" ||
			outcome.Adopted != test.outcome.Adopted || outcome.Restored != test.outcome.Restored {
			t.Errorf("%s: got %+v, %v", name, outcome, err)
		}
		if got := len(requests.lines()); got != test.calls {
			t.Errorf("%s: %d requests, want %d", name, got, test.calls)
		}
	}
}

func TestCreateUserSendsNothingElse(t *testing.T) {
	client, requests := start(t, routes{
		"POST /v2/apps/{app}/users/batch":   inTurn(accepted),
		"GET /v2/apps/{app}/users/batch/j1": inTurn(item(`{"status":"created"}`)),
		"GET /v1/apps/users/{name}":         inTurn(ok(`{"result":` + annRow(childApp) + `}`)),
	})
	user := ann
	user.UserID = childApp + "_ann"
	if _, err := client.CreateUser(background(t), childApp, user, false); err != nil {
		t.Fatal(err)
	}
	requests.expect(t, "POST /v2/apps/"+childApp+"/users/batch", "GET /v2/apps/"+childApp+"/users/batch/j1", "GET /v1/apps/users/"+childApp+"_ann")
	want := map[string]any{"bypassEmailConfirmation": false, "usersList": []any{
		map[string]any{"uuid": "ann", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee", "password": "canary-password"},
	}}
	if got := requests.at(0).body; !reflect.DeepEqual(got, want) {
		t.Errorf("body %v, want %v", got, want)
	}
}

func TestCreateUserOfUnknownOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		job     answer
		timeout time.Duration
	}{
		"the job never ends":       {ok(`{"state":"running"}`), 30 * time.Millisecond},
		"the job is unknown":       {refused(404, `{"error":"Job not found"}`), time.Minute},
		"the credentials end":      {refused(401, `{"code":"AUTH_FAILED"}`), time.Minute},
		"every poll gets an error": {refused(500, ``), 30 * time.Millisecond},
	} {
		client, _ := start(t, routes{"POST /v2/apps/{app}/users/batch": inTurn(accepted), "GET /v2/apps/{app}/users/batch/j1": inTurn(test.job)})
		ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
		_, err := client.CreateUser(ctx, "", ann, true)
		cancel()
		var pending *PendingError
		if !errors.As(err, &pending) || pending.JobID != "j1" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCreateUserArchivesAgainWhatItCannotChange(t *testing.T) {
	client, requests := start(t, routes{
		"POST /v2/apps/{app}/users/batch":         inTurn(accepted),
		"GET /v2/apps/{app}/users/batch/j1":       inTurn(item(`{"status":"uuid_exists"}`)),
		"GET /v1/apps/users/{name}":               inTurn(ok(annRow(ownApp, "status", `"archived"`))),
		"POST /v2/apps/{app}/users/ann/restore":   inTurn(userMissing),
		"POST /v2/apps/{app}/users/u-ann/restore": inTurn(ok(`{"status":"active"}`)),
		"PATCH /v2/apps/{app}/chats/users":        inTurn(refused(422, `{"error":"\"firstName\" is rude"}`)),
		"DELETE /v2/apps/{app}/users/batch":       inTurn(ok(`{"ok":true}`)),
	})
	_, err := client.CreateUser(background(t), "", ann, true)
	if !rest.IsKind(err, rest.Invalid) || !strings.Contains(err.Error(), "archived again") {
		t.Errorf("got %v", err)
	}
	if lines := requests.lines(); lines[len(lines)-1] != "DELETE /v2/apps/"+ownApp+"/users/batch" {
		t.Errorf("the user was not archived again: %q", lines)
	}
}

func TestCreateUsersLimit(t *testing.T) {
	client, requests := start(t, routes{})
	for _, count := range []int{0, 101} {
		_, err := client.CreateUsers(background(t), "", UsersBatch{Users: make([]NewUser, count)})
		if want := fmt.Sprintf("1 to 100 users, not %d", count); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d users gave %v", count, err)
		}
	}
	requests.expect(t)
}

func TestUsersBatchJob(t *testing.T) {
	client, _ := start(t, routes{
		"POST /v2/apps/{app}/users/batch":   inTurn(answer{status: 202, body: `{"data":{"statusUrl":"https://x/v2/apps/a/users/batch/j1/"}}`}),
		"GET /v2/apps/{app}/users/batch/j1": inTurn(ok(`{"jobId":"j1","state":"running"}`), ok(`{"data":{"jobId":"j1","state":"Completed","result":{"results":[{"status":"CREATED","user":`+annRow(ownApp)+`},{"status":"error","uuid":"bob","xmppPassword":"canary","error":{"message":"bad"}}]}}}`)),
	})
	job, err := client.CreateUsers(background(t), "", UsersBatch{Users: []NewUser{ann}})
	if err != nil || job.ID != "j1" || job.Done() {
		t.Fatalf("got %+v, %v", job, err)
	}
	job, err = client.GetUsersBatchJob(background(t), "", "j1")
	if err != nil || job.Done() || job.State != "running" {
		t.Fatalf("got %+v, %v", job, err)
	}
	job, err = client.WaitUsersBatchJob(background(t), "", "j1")
	if err != nil || !job.Done() || len(job.Results) != 2 {
		t.Fatalf("got %+v, %v", job, err)
	}
	first, second := job.Results[0], job.Results[1]
	if first.Status != "created" || first.UserID != "ann" || first.User == nil || first.User.ID != "u-ann" || first.XMPPUsername != ownApp+"_ann" {
		t.Errorf("got %+v", first)
	}
	if second.Status != "error" || second.UserID != "bob" || second.Error != "bad" {
		t.Errorf("got %+v", second)
	}
	if first.Raw != "" || second.Raw == "" || strings.Contains(second.Raw, "canary") {
		t.Errorf("want the raw item of the failure alone, without a password, got %q and %q", first.Raw, second.Raw)
	}
}

func TestGetUser(t *testing.T) {
	one := func(app string) answer { return ok(`{"result":` + annRow(app) + `}`) }
	rows := func(app string) answer {
		return ok(`{"users":[` + annRow(app) + `,{"xmppUsername":"` + app + `_bob"}],"total":2}`)
	}
	empty := ok(`{"users":[]}`)
	noRoute := refused(404, `Cannot GET`)
	direct := func(app string) string { return "GET /v1/apps/users/" + app + "_ann" }
	scoped := func(app string) string {
		return "GET /v2/apps/" + app + "/chats/users?limit=100&offset=0&xmppUsername=" + app + "_ann"
	}
	own := "GET /v2/chats/users?limit=100&offset=0&xmppUsername=" + ownApp + "_ann"
	rooms := "GET /v2/apps/" + childApp + "/users/ann/chats?includeMembers=false&limit=100&offset=0"
	for name, test := range map[string]struct {
		app                     string
		one, scoped, own, rooms answer
		kind                    rest.Kind // Unknown: the user is found
		first, second           []string
	}{
		"direct":                   {app: ownApp, one: one(ownApp), first: []string{direct(ownApp)}, second: []string{direct(ownApp)}},
		"gone":                     {app: ownApp, one: userMissing, kind: rest.NotFound, first: []string{direct(ownApp)}, second: []string{direct(ownApp)}},
		"child, direct":            {app: childApp, one: one(childApp), first: []string{direct(childApp)}, second: []string{direct(childApp)}},
		"child, denied but listed": {app: childApp, one: userMissing, scoped: rows(childApp), first: []string{direct(childApp), scoped(childApp)}, second: []string{direct(childApp), scoped(childApp)}},
		"child, gone":              {app: childApp, one: userMissing, scoped: empty, kind: rest.NotFound, first: []string{direct(childApp), scoped(childApp)}, second: []string{direct(childApp), scoped(childApp)}},
		"child, gone, no list":     {app: childApp, one: userMissing, scoped: noRoute, rooms: userMissing, kind: rest.NotFound, first: []string{direct(childApp), scoped(childApp), rooms}, second: []string{direct(childApp), scoped(childApp), rooms}},
		"child, hidden, no list":   {app: childApp, one: userMissing, scoped: noRoute, rooms: ok(`{"chats":[]}`), kind: rest.Unsupported, first: []string{direct(childApp), scoped(childApp), rooms}, second: []string{direct(childApp), scoped(childApp), rooms}},
		"child, no list, no rooms": {app: childApp, one: userMissing, scoped: noRoute, rooms: noRoute, kind: rest.Unsupported, first: []string{direct(childApp), scoped(childApp), rooms}, second: []string{direct(childApp), scoped(childApp), rooms}},
		"child, rooms are down":    {app: childApp, one: userMissing, scoped: noRoute, rooms: refused(503, ``), kind: rest.Unavailable, first: []string{direct(childApp), scoped(childApp), rooms}, second: []string{direct(childApp), scoped(childApp), rooms}},
		"other words, listed":      {app: ownApp, one: refused(422, `{"error":"Not found userAcl"}`), scoped: rows(ownApp), first: []string{direct(ownApp), readOwn, scoped(ownApp)}, second: []string{direct(ownApp), scoped(ownApp)}},
		"other words, gone":        {app: ownApp, one: refused(404, `{"error":"No user of that name"}`), scoped: empty, kind: rest.NotFound, first: []string{direct(ownApp), readOwn, scoped(ownApp)}, second: []string{direct(ownApp), scoped(ownApp)}},
		"child, forbidden":         {app: childApp, one: refused(403, `{"error":"no"}`), scoped: rows(childApp), first: []string{direct(childApp), scoped(childApp)}, second: []string{scoped(childApp)}},
		"child, of another app":    {app: childApp, one: one(ownApp), scoped: rows(childApp), first: []string{direct(childApp), scoped(childApp)}, second: []string{direct(childApp), scoped(childApp)}},
		"no direct route":          {app: ownApp, one: noRoute, scoped: rows(ownApp), first: []string{direct(ownApp), scoped(ownApp)}, second: []string{scoped(ownApp)}},
		"only the old list":        {app: ownApp, one: noRoute, scoped: noRoute, own: rows(ownApp), first: []string{direct(ownApp), scoped(ownApp), own}, second: []string{own}},
		"no route at all":          {app: childApp, one: noRoute, scoped: noRoute, own: rows(ownApp), kind: rest.Unsupported, first: []string{direct(childApp), scoped(childApp)}, second: []string{scoped(childApp)}},
		"web page":                 {app: ownApp, one: ok(`<html>`), kind: rest.Malformed, first: []string{direct(ownApp)}, second: []string{direct(ownApp)}},
		"archived app":             {app: childApp, one: refused(403, `{"code":"APP_ARCHIVED"}`), kind: rest.NotFound, first: []string{direct(childApp), readOwn}, second: []string{direct(childApp)}},
		"the list has no end":      {app: childApp, one: noRoute, scoped: ok(`{"users":[{"_id":"x"}],"total":9}`), kind: rest.Malformed, first: []string{direct(childApp), scoped(childApp), strings.Replace(scoped(childApp), "offset=0", "offset=1", 1)}, second: []string{scoped(childApp), strings.Replace(scoped(childApp), "offset=0", "offset=1", 1)}},
	} {
		client, requests := start(t, routes{
			"GET /v1/apps/users/{name}":      inTurn(test.one),
			"GET /v2/apps/{app}/chats/users": inTurn(test.scoped),
			"GET /v2/chats/users":            inTurn(test.own),

			"GET /v2/apps/{app}/users/ann/chats": inTurn(test.rooms),
			readOwn:                              shown,
		})
		for range 2 {
			user, err := client.GetUser(background(t), test.app, "ann")
			if test.kind != rest.Unknown && !rest.IsKind(err, test.kind) {
				t.Errorf("%s: got %v, want %s", name, err, test.kind)
			}
			if test.kind == rest.Unknown && (err != nil || user.UserID != "ann" || user.ID != "u-ann" || user.XMPPUsername != test.app+"_ann") {
				t.Errorf("%s: got %+v, %v", name, user, err)
			}
		}
		if want := slices.Concat(test.first, test.second); !reflect.DeepEqual(requests.lines(), want) {
			t.Errorf("%s: requests\n got %q\nwant %q", name, requests.lines(), want)
		}
	}
}

func TestListUsers(t *testing.T) {
	all := ok(`{"results":[{"_id":"2","xmppUsername":"` + childApp + `_bob"},` + annRow(childApp) + `,{"_id":"3","xmppUsername":"` + childApp + `_old","status":"archived"}],"total":3}`)
	// This server ignores every filter of its users.
	client, _ := start(t, routes{
		"GET /v2/apps/{app}/chats/users": inTurn(all),
		"GET /v2/apps/{app}/chats":       inTurn(ok(`{"results":[{"name":"` + childApp + `_support","members":[{"xmppUsername":"` + childApp + `_bob"}]}]}`)),
	})
	for name, test := range map[string]struct {
		filter UserFilter
		want   []string
	}{
		"all":          {UserFilter{}, []string{"ann", "bob"}},
		"user":         {UserFilter{UserID: childApp + "_ann"}, []string{"ann"}},
		"room":         {UserFilter{RoomID: "support"}, []string{"bob"}},
		"room, user":   {UserFilter{RoomID: "support", UserID: "bob"}, []string{"bob"}},
		"not in there": {UserFilter{RoomID: "support", UserID: "ann"}, []string{}},
		"archived":     {UserFilter{UserID: "old"}, []string{}},
	} {
		users, err := client.ListUsers(background(t), childApp, test.filter)
		got := []string{}
		for _, user := range users {
			got = append(got, user.UserID)
		}
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
		}
	}
	if _, err := client.ListUsers(background(t), childApp, UserFilter{RoomID: "nowhere"}); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("an unknown room gave %v", err)
	}
}

func TestUpdateUsers(t *testing.T) {
	client, requests := start(t, routes{"PATCH /v2/apps/{app}/chats/users": inTurn(
		ok(`{"results":[{"status":"not-found"},{"status":"updated","xmppUsername":"` + childApp + `_ann"},{"status":"skipped","xmppUsername":"` + childApp + `_` + childApp + `_cid"},{"status":"error","error":"rude"}]}`))})
	results, err := client.UpdateUsers(background(t), childApp, []UserUpdate{
		{UserID: "bob", LastName: pointer("")},
		{UserID: "ann", FirstName: pointer("Anna"), ProfileImage: pointer("https://x/a.png")},
		{UserID: "cid"}, {UserID: "dan"},
	})
	if err != nil || len(results) != 4 {
		t.Fatalf("got %+v, %v", results, err)
	}
	for i, want := range []UserResult{
		{UserID: "bob", Status: "not-found"}, {UserID: "ann", Status: "updated"}, {UserID: "cid", Status: "skipped"}, {UserID: "dan", Status: "error"},
	} {
		if results[i].UserID != want.UserID || results[i].Status != want.Status || results[i].XMPPUsername != childApp+"_"+want.UserID {
			t.Errorf("result %d is %+v, want %+v", i, results[i], want)
		}
	}
	want := map[string]any{"users": []any{
		map[string]any{"xmppUsername": childApp + "_bob", "lastName": ""},
		map[string]any{"xmppUsername": childApp + "_ann", "firstName": "Anna", "profileImage": "https://x/a.png"},
		map[string]any{"xmppUsername": childApp + "_cid"}, map[string]any{"xmppUsername": childApp + "_dan"},
	}}
	if got := requests.at(0).body; !reflect.DeepEqual(got, want) {
		t.Errorf("body %v, want %v", got, want)
	}
}

func TestUpdateUser(t *testing.T) {
	for name, test := range map[string]struct {
		answer answer
		kind   rest.Kind
		want   string
	}{
		"updated":    {answer: ok(`{"results":[{"status":"updated"}]}`)},
		"skipped":    {answer: ok(`{"data":{"results":[{"status":"skipped"}]}}`)},
		"not found":  {ok(`{"results":[{"status":"not-found"}]}`), rest.NotFound, "there is no user"},
		"underscore": {ok(`{"results":[{"status":"NOT_FOUND"}]}`), rest.NotFound, "there is no user"},
		"failed":     {ok(`{"results":[{"status":"error","error":"too long"}]}`), rest.Invalid, "too long"},
		"no result":  {ok(`{"results":[]}`), rest.Invalid, "does not name this user"},
		"no list":    {ok(`{"ok":true}`), rest.Malformed, "no list"},
	} {
		client, _ := start(t, routes{"PATCH /v2/apps/{app}/chats/users": inTurn(test.answer)})
		err := client.UpdateUser(background(t), childApp, UserUpdate{UserID: "ann", FirstName: pointer("Anna")})
		if test.want == "" && err != nil || test.want != "" && (!rest.IsKind(err, test.kind) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestUpdateUserFallsBackForTheOwnAppOnly(t *testing.T) {
	handlers := routes{"PATCH /v2/chats/users": inTurn(ok(`{"results":[{"status":"updated"}]}`))}
	client, requests := start(t, handlers)
	for range 2 {
		if err := client.UpdateUser(background(t), "", UserUpdate{UserID: "ann"}); err != nil {
			t.Error(err)
		}
	}
	requests.expect(t, "PATCH /v2/apps/"+ownApp+"/chats/users", "PATCH /v2/chats/users", "PATCH /v2/chats/users")
	client, requests = start(t, handlers)
	if err := client.UpdateUser(background(t), childApp, UserUpdate{UserID: "ann"}); !rest.IsKind(err, rest.Unsupported) {
		t.Errorf("got %v", err)
	}
	requests.expect(t, "PATCH /v2/apps/"+childApp+"/chats/users")
}

func TestDeleteUsersInChunks(t *testing.T) {
	client, requests := start(t, routes{"DELETE /v2/apps/{app}/users/batch": inTurn(ok(`{"ok":true}`))})
	ids := make([]string, 250)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s_u%d", ownApp, i)
	}
	if err := client.DeleteUsers(background(t), "", ids, DeleteOptions{}); err != nil {
		t.Error(err)
	}
	line := "DELETE /v2/apps/" + ownApp + "/users/batch"
	requests.expect(t, line, line, line)
	if sent := requests.at(2).body["usersIdList"].([]any); len(sent) != 50 || sent[0] != "u200" {
		t.Errorf("the last chunk is %v", sent)
	}
}

// One unknown user must not save the others from deletion.
func TestDeleteUsersOfWhomOneIsGone(t *testing.T) {
	deleted := []string{}
	client, requests := start(t, routes{})
	requests.HandleFunc("DELETE /v2/apps/{app}/users/batch", func(w http.ResponseWriter, _ *http.Request) {
		ids := requests.at(len(requests.lines()) - 1).body["usersIdList"].([]any)
		if len(ids) > 1 || ids[0] == "gone" {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(`{"error":"Users not found"}`))
			return
		}
		deleted = append(deleted, ids[0].(string))
	})
	if err := client.DeleteUsers(background(t), "", []string{"ann", "gone", "bob"}, DeleteOptions{}); err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(deleted, []string{"ann", "bob"}) || len(requests.lines()) != 5 {
		t.Errorf("deleted %q with %d requests", deleted, len(requests.lines()))
	}
}

func TestDeleteUser(t *testing.T) {
	active := ok(annRow(ownApp))
	archived := ok(annRow(ownApp, "status", `"archived"`))
	hard := DeleteOptions{Hard: true}
	for name, test := range map[string]struct {
		options DeleteOptions
		delete  answer
		job     answer
		reads   []answer
		failure string
		calls   int
	}{
		"archived":              {delete: ok(`{"ok":true}`), reads: []answer{archived}, calls: 2},
		"removed":               {delete: ok(``), reads: []answer{userMissing}, calls: 2},
		"gone already":          {delete: refused(422, `{"error":"User not found"}`), reads: []answer{userMissing}, calls: 2},
		"unclear 404":           {delete: refused(404, `{"error":"Not found"}`), reads: []answer{userMissing}, calls: 2},
		"no such route":         {delete: refused(404, `Cannot DELETE`), reads: []answer{active}, failure: "Cannot DELETE", calls: 1 + verifyTries},
		"shown late":            {delete: ok(``), reads: []answer{active, refused(500, ``), archived}, calls: 4},
		"not deleted":           {delete: ok(``), reads: []answer{active}, failure: "still active", calls: 1 + verifyTries},
		"refused":               {delete: refused(403, `{"error":"no rights"}`), failure: "no rights", calls: 1},
		"purged":                {options: hard, delete: accepted, job: ok(`{"state":"completed"}`), reads: []answer{userMissing}, calls: 3},
		"purged, status":        {options: hard, delete: ok(``), reads: []answer{ok(annRow(ownApp, "status", `"deleted"`))}, calls: 2},
		"purged, job elsewhere": {options: hard, delete: accepted, job: refused(404, `{"error":"Job not found"}`), reads: []answer{userMissing}, calls: 4},
		"the purge fails":       {options: hard, delete: accepted, job: ok(`{"state":"failed","error":{"message":"disk full"}}`), failure: "Ethora accepted the request to delete ann from the users of app " + ownApp + " as job j1, but the job failed: disk full; try again", calls: 2},
		"only archived":         {options: hard, delete: ok(``), reads: []answer{archived}, failure: "only archived", calls: 1 + verifyTries},
	} {
		client, requests := start(t, routes{
			"DELETE /v2/apps/{app}/users/batch": inTurn(test.delete),
			"GET /v2/apps/{app}/users/batch/j1": inTurn(test.job),
			"GET /v1/apps/users/{name}":         inTurn(append(test.reads, last(test.reads))...),
		})
		err := client.DeleteUser(background(t), "", "ann", test.options)
		if (test.failure == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%s: got %v, want %q", name, err, test.failure)
		}
		if got := len(requests.lines()); got != test.calls {
			t.Errorf("%s: %d requests, want %d", name, got, test.calls)
		}
		wantLine := "DELETE /v2/apps/" + ownApp + "/users/batch"
		if test.options.Hard {
			wantLine += "?mode=hard"
		}
		if requests.lines()[0] != wantLine {
			t.Errorf("%s: first request %s", name, requests.lines()[0])
		}
	}
}

func TestMemberName(t *testing.T) {
	for input, want := range map[string]string{
		"":                                 "",
		"ann":                              ownApp + "_ann",
		ownApp + "_ann":                    ownApp + "_ann",
		ownApp + "_" + ownApp + "_ann@x/y": ownApp + "_ann",
		childApp + "_ann":                  childApp + "_ann",
		"ann_lee":                          ownApp + "_ann_lee",
	} {
		if got := memberName(ownApp, input); got != want {
			t.Errorf("memberName(%q) = %q, want %q", input, got, want)
		}
	}
}
