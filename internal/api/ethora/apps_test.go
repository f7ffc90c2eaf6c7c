package ethora

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

const fullApp = `{"_id":"` + childApp + `","displayName":"Acme","domainName":"acme","primaryColor":"#1F6FEB","coinName":true,
	"usersCanFree":"true","allowUsersToCreateRooms":false,"defaultAccessAssetsOpen":{},"signonOptions":["email","google"],
	"availableMenuItems":{"chats":true},"defaultRooms":[{"_id":"r","jid":"a_r@conference.x","pinned":true},{"pinned":false},"odd"],
	"broadcastSender":{"name":"News","photoUrl":null},"aiBot":{"status":"on","isRAG":true,"user":{"firstName":"Bo","lastName":"Tt"}},
	"appToken":"JWT t","appSecret":"s","parentAppId":"` + ownApp + `","creatorId":null,"systemChatAccount":{"jid":"sys@x"},
	"createdAt":"2026-01-01T00:00:00Z","stats":{"x":1},"__v":0}`

func TestGetApp(t *testing.T) {
	for _, envelope := range []string{`{"app":%s}`, `{"result":%s}`, `{"data":{"app":%s}}`, `{"apps":[%s],"total":1}`, `%s`} {
		client, _ := start(t, routes{"GET /v2/apps/{app}": inTurn(ok(fmt.Sprintf(envelope, fullApp)))})
		got, err := client.GetApp(background(t), childApp)
		want := App{
			ID: childApp,
			AppFields: AppFields{
				DisplayName: pointer("Acme"), DomainName: pointer("acme"), PrimaryColor: pointer("#1F6FEB"), CoinName: pointer("true"),
				UsersCanFree: pointer(true), AllowUsersToCreateRooms: pointer(false),
				SignonOptions:      pointer([]string{"email", "google"}),
				AvailableMenuItems: &MenuItems{Chats: pointer(true)},
				DefaultRooms:       pointer([]DefaultRoom{{JID: "a_r@conference.x", Pinned: true}}),
				BroadcastSender:    &BroadcastSender{Name: pointer("News")},
				BotStatus:          pointer("on"), BotIsRAG: pointer(true), BotFirstName: pointer("Bo"), BotLastName: pointer("Tt"),
			},
			AppToken: "JWT t", AppSecret: "s", ParentAppID: ownApp, SystemChatJID: "sys@x", CreatedAt: "2026-01-01T00:00:00Z", HasBot: true,
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", envelope, got, err, want)
		}
	}
}

func TestGetAppThatIsNotThere(t *testing.T) {
	missing := refused(404, `{"error":"There is no such app"}`)
	bare := refused(404, `{"error":"Not found"}`)
	for name, test := range map[string]struct {
		one, list answer
		kind      rest.Kind
		status    string
		requests  int
	}{
		"unknown":                         {one: missing, kind: rest.NotFound, requests: 2},
		"archived, readable":              {one: ok(`{"app":{"_id":"` + childApp + `","status":"archived"}}`), status: "archived", requests: 1},
		"archived, refused":               {one: refused(403, `{"code":"APP_ARCHIVED"}`), status: "archived", requests: 2},
		"unclear 404, not listed":         {one: bare, list: ok(`{"apps":[],"total":0}`), kind: rest.NotFound, requests: 2},
		"unclear 404, listed":             {one: bare, list: ok(`{"apps":[{"_id":"` + childApp + `","status":"archived"}]}`), status: "archived", requests: 2},
		"a website":                       {one: refused(404, `<html>`), list: refused(404, `<html>`), kind: rest.Unsupported, requests: 2},
		"web page with 200":               {one: ok(`<html>`), kind: rest.Malformed, requests: 1},
		"broken JSON":                     {one: ok(`{"app":{"_id"`), kind: rest.Malformed, requests: 1},
		"empty 200":                       {one: ok(``), kind: rest.Malformed, requests: 1},
		"the answer is about another app": {one: ok(`{"app":{"_id":"` + ownApp + `"}}`), kind: rest.Malformed, requests: 1},
	} {
		client, requests := start(t, routes{"GET /v2/apps/{app}": inTurn(test.one), "GET /v2/apps": inTurn(test.list), readOwn: shown})
		app, err := client.GetApp(background(t), childApp)
		if test.status != "" && (err != nil || app.ID != childApp || !app.Gone()) {
			t.Errorf("%s: got %+v, %v", name, app, err)
		}
		if test.status == "" && !rest.IsKind(err, test.kind) {
			t.Errorf("%s: got %v, want %s", name, err, test.kind)
		}
		if got := len(requests.lines()); got != test.requests {
			t.Errorf("%s: %d requests, want %d", name, got, test.requests)
		}
	}
}

// pages serves a listing of count apps the way a server does that caps pages at
// most rows.
func pages(count, most int, total bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var offset, limit int
		_, _ = fmt.Sscan(r.URL.Query().Get("offset"), &offset)
		_, _ = fmt.Sscan(r.URL.Query().Get("limit"), &limit)
		rows := []map[string]any{}
		for i := offset; i < min(offset+min(limit, most), count); i++ {
			rows = append(rows, map[string]any{"_id": fmt.Sprintf("app-%03d", i), "displayName": fmt.Sprintf("App %03d", count-i)})
		}
		page := map[string]any{"items": rows, "limit": min(limit, most), "offset": offset}
		if total {
			page["total"] = count
		}
		_ = json.NewEncoder(w).Encode(page)
	}
}

func TestListAppsFollowsAllPages(t *testing.T) {
	for name, test := range map[string]struct {
		handler        http.HandlerFunc
		apps, requests int
	}{
		"none":                     {pages(0, 100, true), 0, 1},
		"one page":                 {pages(7, 100, true), 7, 1},
		"a full page with total":   {pages(100, 100, true), 100, 1},
		"a full page, no total":    {pages(100, 100, false), 100, 2},
		"three pages":              {pages(250, 100, true), 250, 3},
		"three pages, no total":    {pages(250, 100, false), 250, 3},
		"the server caps pages":    {pages(45, 20, true), 45, 3},
		"capped, no total":         {pages(45, 20, false), 45, 3},
		"paging is ignored":        {inTurn(ok(`[` + rowsOf(150) + `]`)), 150, 1},
		"total counts hidden rows": {inTurn(ok(`{"apps":[{"_id":"x"}],"total":2}`), ok(`{"apps":[],"total":2}`)), 1, 2},
	} {
		client, requests := start(t, routes{"GET /v2/apps": test.handler})
		apps, err := client.ListApps(background(t), ListAppsOptions{})
		if err != nil || len(apps) != test.apps || len(requests.lines()) != test.requests {
			t.Errorf("%s: %d apps, %d requests, %v", name, len(apps), len(requests.lines()), err)
		}
		for i := 1; i < len(apps); i++ {
			if value(apps[i-1].DisplayName) > value(apps[i].DisplayName) {
				t.Errorf("%s: the apps are not sorted", name)
			}
		}
	}
}

func TestListAppsThatSayNothingWrong(t *testing.T) {
	for _, body := range []string{
		`{"apps":null}`, `{"apps":[],"total":0}`, `{"success":true,"error":null,"apps":[]}`, `{"error":false,"results":[]}`, `{"error":"","results":null,"total":0}`, `[]`,
	} {
		client, requests := start(t, routes{"GET /v2/apps": inTurn(ok(body))})
		if apps, err := client.ListApps(background(t), ListAppsOptions{}); err != nil || len(apps) != 0 || len(requests.lines()) != 1 {
			t.Errorf("%s: got %d apps, %v", body, len(apps), err)
		}
	}
}

// shrinking serves a list whose first row is deleted after each of the first
// pages that are read, so that all others move up.
func shrinking(count, deletions int, firstTotalOnly bool) http.HandlerFunc {
	var mutex sync.Mutex
	first := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		var offset int
		_, _ = fmt.Sscan(r.URL.Query().Get("offset"), &offset)
		rows := []map[string]any{}
		for i := first + offset; i < min(first+offset+pageSize, count); i++ {
			rows = append(rows, map[string]any{"_id": fmt.Sprintf("app-%03d", i)})
		}
		page := map[string]any{"apps": rows}
		if offset == 0 || !firstTotalOnly {
			page["total"] = count - first
		}
		_ = json.NewEncoder(w).Encode(page)
		if first < deletions {
			first++
		}
	}
}

// A row must not be missed because another one was deleted between two pages.
func TestListAppsReadsAShrinkingListAgain(t *testing.T) {
	for name, test := range map[string]struct {
		handler        http.HandlerFunc
		apps, requests int
		failure        string
	}{
		"nothing is deleted":         {handler: shrinking(250, 0, false), apps: 250, requests: 3},
		"one is deleted":             {handler: shrinking(150, 1, false), apps: 149, requests: 4},
		"three are deleted":          {handler: shrinking(150, 3, false), apps: 147, requests: 6},
		"the total is told but once": {handler: shrinking(150, 0, true), apps: 150, requests: 2},
		"it never comes to rest":     {handler: shrinking(400, 200, false), failure: "shorter each time", requests: 2 + 2*(maxRestarts+1)}, // at first, two more pages are read ahead
	} {
		client, requests := start(t, routes{"GET /v2/apps": test.handler})
		apps, err := client.ListApps(background(t), ListAppsOptions{})
		if test.failure == "" && (err != nil || len(apps) != test.apps) || test.failure != "" && (!rest.IsKind(err, rest.Malformed) || !strings.Contains(err.Error(), test.failure)) {
			t.Errorf("%s: got %d apps, %v", name, len(apps), err)
		}
		if got := len(requests.lines()); got != test.requests {
			t.Errorf("%s: %d requests, want %d", name, got, test.requests)
		}
	}
}

func rowsOf(count int) string {
	rows := []string{}
	for i := range count {
		rows = append(rows, fmt.Sprintf(`{"_id":"app-%03d"}`, i))
	}
	return strings.Join(rows, ",")
}

func TestListAppsNeverReturnsAPart(t *testing.T) {
	for name, body := range map[string]string{
		"the offset is ignored": `{"apps":[` + rowsOf(100) + `],"total":250}`,
		"a row has no id":       `{"apps":[{"_id":"x"},{"displayName":"y"}]}`,
		"no list":               `{"ok":true}`,
		"web page":              `<html>`,
		"success is false":      `{"success":false,"error":"database timeout","apps":[],"total":0}`,
		"ok is false":           `{"ok":false,"apps":[{"_id":"x"}]}`,
		"null and an error":     `{"results":null,"error":"database timeout"}`,
		"rows and an error":     `{"results":[{"_id":"x"}],"error":{"message":"shard 2 is down"}}`,
		"no row of five":        `{"apps":[],"total":5}`,
		"null of five":          `{"data":{"items":null,"total":5}}`,
	} {
		client, _ := start(t, routes{"GET /v2/apps": inTurn(ok(body))})
		if apps, err := client.ListApps(background(t), ListAppsOptions{}); !rest.IsKind(err, rest.Malformed) || apps != nil {
			t.Errorf("%s: got %d apps, %v", name, len(apps), err)
		}
	}
}

func TestListAppsLeavesOutArchived(t *testing.T) {
	client, requests := start(t, routes{"GET /v2/apps": inTurn(ok(`{"apps":[{"_id":"a","status":"archived"},{"_id":"b","status":"active"}]}`))})
	live, err := client.ListApps(background(t), ListAppsOptions{})
	if err != nil || len(live) != 1 || live[0].ID != "b" {
		t.Errorf("got %+v, %v", live, err)
	}
	all, err := client.ListApps(background(t), ListAppsOptions{IncludeArchived: true})
	if err != nil || len(all) != 2 {
		t.Errorf("got %+v, %v", all, err)
	}
	requests.expect(t,
		"GET /v2/apps?limit=100&offset=0&order=asc&orderBy=createdAt",
		"GET /v2/apps?includeArchived=true&limit=100&offset=0&order=asc&orderBy=createdAt")
}

func TestCreateApp(t *testing.T) {
	client, requests := start(t, routes{
		"POST /v2/apps": inTurn(answer{status: 201, body: `{"app":{"_id":"` + childApp + `","displayName":"Acme","appToken":"JWT t"}}`}),
	})
	app, err := client.CreateApp(background(t), AppFields{DisplayName: pointer("Acme"), UsersCanFree: pointer(false)}, pointer(true))
	if err != nil || app.ID != childApp || app.AppToken != "JWT t" {
		t.Errorf("got %+v, %v", app, err)
	}
	requests.expect(t, "POST /v2/apps")
	want := map[string]any{"displayName": "Acme", "usersCanFree": false, "createDefaultChat": true}
	if got := requests.at(0).body; !reflect.DeepEqual(got, want) {
		t.Errorf("body %v, want %v", got, want)
	}
}

func TestCreateAppReadsBackAShortAnswer(t *testing.T) {
	client, requests := start(t, routes{
		"POST /v2/apps":      inTurn(ok(`{"result":{"app":{"_id":"` + childApp + `","appSecret":"only once"}}}`)),
		"GET /v2/apps/{app}": inTurn(ok(`{"app":{"_id":"` + childApp + `","displayName":"Acme","appToken":"JWT t"}}`)),
	})
	app, err := client.CreateApp(background(t), AppFields{DisplayName: pointer("Acme")}, nil)
	if err != nil || app.AppToken != "JWT t" || app.AppSecret != "only once" {
		t.Errorf("got %+v, %v", app, err)
	}
	requests.expect(t, "POST /v2/apps", "GET /v2/apps/"+childApp)
}

func TestCreateAppWhoseAnswerIsLost(t *testing.T) {
	row := func(id, created string) string {
		return fmt.Sprintf(`{"_id":%q,"displayName":"Acme","domainName":"acme","appToken":"JWT t","createdAt":%q}`, id, created)
	}
	list := func(rows ...string) answer { return ok(`{"apps":[` + strings.Join(rows, ",") + `]}`) }
	created := ok(`{"app":` + row("new", now()) + `}`)
	for name, test := range map[string]struct {
		posts []answer
		lists []answer
		want  string // id of the app, or a part of the error
		calls [2]int // posts and lists
	}{
		"it was carried out":               {[]answer{connectionCut}, []answer{list(row("new", now()))}, "new", [2]int{1, 1}},
		"it shows late":                    {[]answer{connectionCut}, []answer{list(), list(row("new", now()))}, "new", [2]int{1, 2}},
		"it was not carried out":           {[]answer{connectionCut, created}, []answer{list(row("old", longAgo()))}, "new", [2]int{2, 2}},
		"a gateway's error, and it shows":  {[]answer{refused(502, ``)}, []answer{list(), list(row("new", now()))}, "new", [2]int{1, 2}},
		"a gateway's 502":                  {[]answer{refused(502, ``), created}, []answer{list()}, "may have been carried out", [2]int{1, 2}},
		"a gateway's 504":                  {[]answer{refused(504, `gateway timeout`), created}, []answer{list()}, "may have been carried out", [2]int{1, 2}},
		"a proxy's 524":                    {[]answer{refused(524, ``), created}, []answer{list()}, "may have been carried out", [2]int{1, 2}},
		"made by another run before":       {[]answer{refused(500, `{"error":"oops"}`)}, []answer{list(row("cc", before(2*time.Minute)))}, "app cc of that name is a little older", [2]int{1, 2}},
		"cut, made by another run before":  {[]answer{connectionCut}, []answer{list(row("cc", before(45*time.Second)))}, "app cc of that name is a little older", [2]int{1, 2}},
		"another's shows before ours":      {[]answer{connectionCut}, []answer{list(row("cc", before(time.Minute))), list(row("cc", before(time.Minute)), row("new", now()))}, "cc, new", [2]int{1, 2}},
		"made by a slow clock":             {[]answer{connectionCut}, []answer{list(row("new", before(15*time.Second)))}, "new", [2]int{1, 1}},
		"the domain is taken by our own":   {[]answer{connectionCut, refused(422, `{"error":"domainName already exists"}`)}, []answer{list(), list(), list(row("new", now()))}, "new", [2]int{2, 3}},
		"several of that name":             {[]answer{connectionCut}, []answer{list(row("x", now()), row("y", now()))}, "x, y", [2]int{1, 1}},
		"no time of creation":              {[]answer{connectionCut}, []answer{list(`{"_id":"z","displayName":"Acme","domainName":"acme"}`)}, "may have been carried out", [2]int{3, 6}},
		"another domain":                   {[]answer{connectionCut, created}, []answer{list(strings.Replace(row("z", now()), "acme", "other", 1))}, "new", [2]int{2, 2}},
		"web page, and it was made":        {[]answer{ok(`<html>`)}, []answer{list(row("new", now()))}, "new", [2]int{1, 1}},
		"web page, and nothing is shown":   {[]answer{ok(`<html>`)}, []answer{list()}, "web page", [2]int{1, 2}},
		"the list cannot be read":          {[]answer{connectionCut}, []answer{refused(500, ``)}, "not known whether it exists", [2]int{1, 1}},
		"the server says it did not":       {[]answer{ok(`{"success":false,"error":"no"}`)}, []answer{list()}, "no", [2]int{1, 0}},
		"the server refuses it":            {[]answer{refused(422, `{"error":"\"primaryColor\" is invalid"}`)}, []answer{list()}, "primaryColor", [2]int{1, 0}},
		"the domain is taken by another":   {[]answer{refused(422, `{"error":"taken: already exists"}`)}, []answer{list()}, "already exists", [2]int{1, 0}},
		"the plan's limit is reached":      {[]answer{refused(402, `{"error":"limit"}`)}, []answer{list()}, "limit", [2]int{1, 0}},
		"status 500, and it was made":      {[]answer{refused(500, `{"error":"oops"}`)}, []answer{list(row("new", now()))}, "new", [2]int{1, 1}},
		"status 500, and nothing is shown": {[]answer{refused(500, `{"error":"oops"}`)}, []answer{list()}, "oops", [2]int{1, 2}},
	} {
		client, requests := start(t, routes{"POST /v2/apps": inTurn(test.posts...), "GET /v2/apps": inTurn(test.lists...)})
		app, err := client.CreateApp(background(t), AppFields{DisplayName: pointer("Acme"), DomainName: pointer("acme")}, nil)
		if app.ID != test.want && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %+v, %v, want %q", name, app, err, test.want)
		}
		var calls [2]int
		for _, line := range requests.lines() {
			if strings.HasPrefix(line, "POST") {
				calls[0]++
			} else {
				calls[1]++
			}
		}
		if calls != test.calls {
			t.Errorf("%s: %d posts and %d lists, want %v", name, calls[0], calls[1], test.calls)
		}
	}
}

// before is a time of the server's clock that has passed.
func before(age time.Duration) string { return time.Now().Add(-age).UTC().Format(time.RFC3339) }

// A gateway gives up on a creation that the server carries out later: a second
// request would make a second app, whichever the state then held.
func TestCreateAppIsNotRepeatedWhileTheServerMayBeAtWork(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, test := range map[string]struct {
		config Config
		post   http.HandlerFunc
	}{
		"a gateway's timeout":     {Config{}, inTurn(refused(504, `gateway timeout`))},
		"our own timeout":         {Config{RequestTimeout: 500 * time.Millisecond}, hang},
		"the transport's timeout": {Config{Transport: &http.Transport{ResponseHeaderTimeout: 500 * time.Millisecond}}, hang},
	} {
		client, requests := startWith(t, test.config, routes{
			"POST /v2/apps": test.post,
			"GET /v2/apps":  inTurn(ok(`{"apps":[],"total":0}`)),
		})
		_, err := client.CreateApp(background(t), AppFields{DisplayName: pointer("Acme")}, nil)
		if !rest.IsKind(err, rest.Unavailable) || !rest.IsUncertain(err) {
			t.Errorf("%s: got %v", name, err)
		}
		list := "GET /v2/apps?limit=100&offset=0&order=asc&orderBy=createdAt"
		if got, want := requests.lines(), []string{"POST /v2/apps", list, list}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: requests %q, want %q", name, got, want)
		}
	}
}

func TestCreateAppPointsAtTheDomain(t *testing.T) {
	client, _ := start(t, routes{"POST /v2/apps": inTurn(refused(422, `{"error":"Domain already exists"}`))})
	_, err := client.CreateApp(background(t), AppFields{DisplayName: pointer("Acme"), DomainName: pointer("acme")}, nil)
	var answer *rest.Error
	if !errors.As(err, &answer) || answer.Kind != rest.Conflict || answer.Fields["domainName"] == "" {
		t.Errorf("got %#v", err)
	}
}

// Two apps of one display name are created at once and both answers are lost:
// each create finds its own.
func TestCreateAppsOfOneName(t *testing.T) {
	var mutex sync.Mutex
	rows := []string{}
	client, _ := start(t, routes{
		"POST /v2/apps": func(http.ResponseWriter, *http.Request) {
			mutex.Lock()
			rows = append(rows, fmt.Sprintf(`{"_id":"app-%d","displayName":"Acme","appToken":"t","createdAt":%q}`, len(rows), now()))
			mutex.Unlock()
			panic(http.ErrAbortHandler)
		},
		"GET /v2/apps": func(w http.ResponseWriter, _ *http.Request) {
			mutex.Lock()
			defer mutex.Unlock()
			_, _ = fmt.Fprintf(w, `{"apps":[%s]}`, strings.Join(rows, ","))
		},
	})
	var group sync.WaitGroup
	ids := make([]string, 4)
	for i := range ids {
		group.Go(func() {
			app, err := client.CreateApp(background(t), AppFields{DisplayName: pointer("Acme")}, nil)
			if err != nil {
				t.Error(err)
			}
			ids[i] = app.ID
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if len(seen) != len(ids) || len(rows) != len(ids) {
		t.Errorf("%d creates gave %q and made %d apps", len(ids), ids, len(rows))
	}
}

// The context ends while the creation is on the wire and its answer is lost:
// the app is still found, so that its id is not lost.
func TestCreateAppIsResolvedAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(background(t))
	client, requests := start(t, routes{
		"POST /v2/apps": func(http.ResponseWriter, *http.Request) {
			cancel()
			panic(http.ErrAbortHandler)
		},
		"GET /v2/apps": inTurn(ok(`{"apps":[{"_id":"new","displayName":"Acme","appToken":"t","createdAt":"` + now() + `"}]}`)),
	})
	app, err := client.CreateApp(ctx, AppFields{DisplayName: pointer("Acme")}, nil)
	if err != nil || app.ID != "new" || len(requests.lines()) != 2 {
		t.Errorf("got %+v, %v after %q", app, err, requests.lines())
	}
}

// The cancellation may also come while the app is looked for.
func TestCreateAppIsResolvedThoughCancelledMeanwhile(t *testing.T) {
	ctx, cancel := context.WithCancel(background(t))
	client, requests := start(t, routes{
		"POST /v2/apps": inTurn(connectionCut),
		"GET /v2/apps": func(w http.ResponseWriter, r *http.Request) {
			cancel()
			inTurn(ok(`{"apps":[{"_id":"new","displayName":"Acme","createdAt":"`+now()+`"}]}`))(w, r)
		},
		"GET /v2/apps/{app}": inTurn(ok(`{"app":{"_id":"new","displayName":"Acme","appToken":"t"}}`)),
	})
	app, err := client.CreateApp(ctx, AppFields{DisplayName: pointer("Acme")}, nil)
	if err != nil || app.ID != "new" || app.AppToken != "t" || len(requests.lines()) != 3 {
		t.Errorf("got %+v, %v after %q", app, err, requests.lines())
	}
}

func TestUpdateAppFindsTheVerb(t *testing.T) {
	path := " /v2/apps/" + childApp
	done := inTurn(ok(`{"result":{"_id":"` + childApp + `"}}`))
	absent := inTurn(refused(404, `{"error":"Not found"}`))
	for name, test := range map[string]struct {
		handlers routes
		first    []string
		second   []string
	}{
		"PATCH v2": {routes{"PATCH" + path: done}, []string{"PATCH" + path, "GET" + path}, []string{"PATCH" + path, "GET" + path}},
		"PUT v2": {routes{"PATCH" + path: absent, "PUT" + path: done},
			[]string{"PATCH" + path, "PUT" + path, "GET" + path}, []string{"PUT" + path, "GET" + path}},
		"PUT v1": {routes{"PUT /v1/apps/" + childApp: done},
			[]string{"PATCH" + path, "PUT" + path, "PUT /v1/apps/" + childApp, "GET" + path}, []string{"PUT /v1/apps/" + childApp, "GET" + path}},
	} {
		test.handlers["GET"+path] = inTurn(ok(`{"app":{"_id":"` + childApp + `","appTagline":"new"}}`))
		client, requests := start(t, test.handlers)
		for range 2 {
			app, err := client.UpdateApp(background(t), childApp, AppFields{AppTagline: pointer("new")})
			if err != nil || value(app.AppTagline) != "new" {
				t.Errorf("%s: got %+v, %v", name, app, err)
			}
		}
		requests.expect(t, append(test.first, test.second...)...)
		if got := requests.at(0).body; !reflect.DeepEqual(got, map[string]any{"appTagline": "new"}) {
			t.Errorf("%s: body %v", name, got)
		}
	}
}

func TestUpdateAppThatIsNotThere(t *testing.T) {
	client, requests := start(t, routes{
		"PATCH /v2/apps/{app}": inTurn(refused(404, `{"error":"App not found","code":"APP_NOT_FOUND"}`)),
		readOwn:                shown,
	})
	if _, err := client.UpdateApp(background(t), childApp, AppFields{AppTagline: pointer("new")}); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
	requests.expect(t, "PATCH /v2/apps/"+childApp, readOwn)
}

func TestUpdateAppWithoutFieldsOnlyReads(t *testing.T) {
	client, requests := start(t, routes{"GET /v2/apps/{app}": inTurn(ok(`{"_id":"` + ownApp + `"}`))})
	if _, err := client.UpdateApp(background(t), "", AppFields{}); err != nil {
		t.Error(err)
	}
	requests.expect(t, "GET /v2/apps/"+ownApp)
}

func TestDeleteApp(t *testing.T) {
	active := ok(`{"app":{"_id":"` + childApp + `"}}`)
	archived := ok(`{"app":{"_id":"` + childApp + `","status":"archived"}}`)
	gone := refused(404, `{"error":"There is no such app"}`)
	done := ok(`{"status":"archived"}`)
	job := answer{status: 202, body: `{"jobId":"p1"}`}
	for name, test := range map[string]struct {
		options DeleteOptions
		delete  answer
		jobs    []answer
		gets    []answer
		failure string
		calls   int
	}{
		"archived":                   {delete: done, gets: []answer{archived}, calls: 2},
		"archived, then unreadable":  {delete: done, gets: []answer{refused(403, `{"code":"APP_ARCHIVED"}`)}, calls: 3},
		"removed":                    {delete: done, gets: []answer{gone}, calls: 3},
		"shown late":                 {delete: done, gets: []answer{active, refused(502, ``), archived}, calls: 4},
		"gone already":               {delete: gone, gets: []answer{gone}, calls: 3},
		"archived already":           {delete: refused(403, `{"code":"APP_ARCHIVED"}`), gets: []answer{archived}, calls: 3},
		"not deleted":                {delete: done, gets: []answer{active}, failure: "still active", calls: 1 + verifyTries},
		"denied though it is there":  {delete: gone, gets: []answer{active}, failure: "still active", calls: 2 + verifyTries},
		"refused":                    {delete: refused(403, `{"error":"no rights"}`), failure: "no rights", calls: 1},
		"purged":                     {options: DeleteOptions{Hard: true}, delete: job, jobs: []answer{ok(`{"state":"running"}`), refused(500, ``), ok(`{"state":"completed","result":{"summary":{}}}`)}, gets: []answer{gone}, calls: 6},
		"the purge fails":            {options: DeleteOptions{Hard: true}, delete: job, jobs: []answer{ok(`{"state":"failed","error":"disk full"}`)}, failure: "Ethora accepted the request to purge app " + childApp + " as job p1, but the job failed: disk full; try again", calls: 2},
		"the job is unknown":         {options: DeleteOptions{Hard: true}, delete: job, jobs: []answer{refused(404, `{"error":"Job not found"}`)}, gets: []answer{gone}, calls: 5},
		"only archived":              {options: DeleteOptions{Hard: true}, delete: done, gets: []answer{archived}, failure: "only archived", calls: 1 + verifyTries},
		"archived one is not purged": {options: DeleteOptions{Hard: true}, delete: refused(403, `{"code":"APP_ARCHIVED"}`), gets: []answer{archived}, failure: "only archived", calls: 2 + verifyTries},
		"a website":                  {delete: ok(`<html>`), failure: "web page", calls: 1},
		"the server says it did not": {delete: ok(`{"ok":false,"reason":"busy"}`), failure: "busy", calls: 1},
	} {
		client, requests := start(t, routes{
			"DELETE /v2/apps/{app}":      inTurn(test.delete),
			"GET /v2/apps/purge-jobs/p1": inTurn(append(test.jobs, last(test.jobs))...),
			"GET /v2/apps/" + childApp:   inTurn(append(test.gets, last(test.gets))...),
			readOwn:                      shown,
		})
		err := client.DeleteApp(background(t), childApp, test.options)
		if (test.failure == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%s: got %v, want %q", name, err, test.failure)
		}
		if err != nil && rest.IsKind(err, rest.NotFound) {
			t.Errorf("%s: the failure passes for a success: %v", name, err)
		}
		if got := len(requests.lines()); got != test.calls {
			t.Errorf("%s: %d requests, want %d", name, got, test.calls)
		}
	}
}

func last(answers []answer) answer {
	if len(answers) == 0 {
		return answer{status: 500}
	}
	return answers[len(answers)-1]
}

func TestDeleteAppSendsItsOptions(t *testing.T) {
	client, requests := start(t, routes{
		"DELETE /v2/apps/{app}": inTurn(ok(``)),
		"GET /v2/apps/{app}":    inTurn(refused(401, `{"code":"AUTH_FAILED"}`)),
	})
	// With its own app the credentials end, and a 401 is what is left.
	if err := client.DeleteApp(background(t), "", DeleteOptions{Hard: true, Reason: "end of contract"}); err != nil {
		t.Error(err)
	}
	requests.expect(t, "DELETE /v2/apps/"+ownApp+"?mode=hard&reason=end+of+contract", "GET /v2/apps/"+ownApp)
}

func TestDeleteAppStopsWaitingWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	client, _ := start(t, routes{
		"DELETE /v2/apps/{app}":      inTurn(answer{status: 202, body: `{"jobId":"p1"}`}),
		"GET /v2/apps/purge-jobs/p1": inTurn(ok(`{"state":"running"}`)),
	})
	err := client.DeleteApp(ctx, childApp, DeleteOptions{Hard: true})
	if err == nil || !strings.Contains(err.Error(), "is being purged") || !strings.Contains(err.Error(), "running") {
		t.Errorf("got %v", err)
	}
}
