package ethora

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// crowd are users to create, of whom the mock's make makes the same.
func crowd(count int) []NewUser {
	users := []NewUser{}
	for i := range count {
		id := fmt.Sprintf("user-%d", i)
		users = append(users, NewUser{UserID: id, Email: id + "@example.com", FirstName: "First", LastName: "Last", Password: fmt.Sprintf("canary-%d", i)})
	}
	return users
}

// loseAfterCreating cuts one creation off after its first users were created.
func loseAfterCreating(count int) func(*testing.T, tenant) {
	return func(t *testing.T, m tenant) {
		m.front.set(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				m.front.next.ServeHTTP(w, r)
				return
			}
			m.front.set(nil)
			var sent usersBatchBody
			if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
				t.Error(err)
			}
			sent.UsersList = sent.UsersList[:count]
			m.edit(t, http.MethodPost, "/users/batch", sent)
			panic(http.ErrAbortHandler)
		})
	}
}

func TestCreateUserBatch(t *testing.T) {
	const create, list, read = "POST/users/batch", "GET/chats/users", "GET user"
	fault := func(rule control.FaultRule) func(*testing.T, tenant) {
		rule.Method, rule.Path = http.MethodPost, "/users/batch$"
		return func(t *testing.T, m tenant) { m.fail(t, rule) }
	}
	there := func(count int) func(*testing.T, tenant) {
		return func(t *testing.T, m tenant) { m.make(t, count) }
	}
	archived := func(count int) func(*testing.T, tenant) {
		return func(t *testing.T, m tenant) {
			m.edit(t, http.MethodDelete, "/users/batch", map[string]any{"usersIdList": m.make(t, count)})
		}
	}
	all := func(count int, kind rest.Kind) map[int]rest.Kind {
		kinds := map[int]rest.Kind{}
		for i := range count {
			kinds[i] = kind
		}
		return kinds
	}
	for name, test := range map[string]struct {
		settings mock.Settings
		prepare  func(*testing.T, tenant)
		count    int
		change   func([]NewUser)
		failed   map[int]rest.Kind // by place; the others are created
		words    string            // in each failure
		adopted  int
		restored int
		requests map[string]int
	}{
		"a hundred":              {count: 100, requests: map[string]int{create: 1, "poll": 1}},
		"items without uuid":     {settings: mock.Settings{BareJobItems: true}, count: 20, requests: map[string]int{create: 1, "poll": 1}},
		"a slow job":             {settings: mock.Settings{JobPolls: 4}, count: 5, requests: map[string]int{create: 1, "poll": 4}},
		"one item fails":         {settings: mock.Settings{FailUsers: map[string]string{"user-3": "rude"}}, count: 10, failed: map[int]rest.Kind{3: rest.Invalid}, words: "rude", requests: map[string]int{create: 1, "poll": 1}},
		"one name is refused":    {settings: mock.Settings{FirstNameMin: 3}, count: 10, change: func(users []NewUser) { users[5].FirstName = "Al" }, failed: map[int]rest.Kind{5: rest.Invalid}, words: "firstName", requests: map[string]int{create: 7, "poll": 3}},
		"every name is refused":  {settings: mock.Settings{FirstNameMin: 9}, count: 4, failed: all(4, rest.Invalid), words: "firstName", requests: map[string]int{create: 7}},
		"one is there":           {prepare: there(1), count: 10, failed: map[int]rest.Kind{0: rest.Conflict}, words: `user "user-0" already exists`, requests: map[string]int{create: 1, "poll": 1, read: 1}},
		"six are there":          {prepare: there(6), count: 10, failed: all(6, rest.Conflict), words: "already exists", requests: map[string]int{create: 1, "poll": 1, list: 1}},
		"one is archived":        {prepare: archived(1), count: 3, restored: 1, requests: map[string]int{create: 1, "poll": 1, read: 2, "POST/users/user-0/restore": 1, "PATCH/chats/users": 1}},
		"one email is taken":     {prepare: there(1), count: 3, change: func(users []NewUser) { users[0].UserID = "zed" }, failed: map[int]rest.Kind{0: rest.Conflict}, words: `in use by user "user-0"`, requests: map[string]int{create: 1, "poll": 1, read: 1}},
		"one user twice":         {count: 3, change: func(users []NewUser) { users[2].UserID = "user-0" }, failed: map[int]rest.Kind{2: rest.Conflict}, words: "already exists", requests: map[string]int{create: 2, "poll": 2, read: 1}},
		"one email twice":        {settings: mock.Settings{BareJobItems: true}, count: 3, change: func(users []NewUser) { users[2].Email = "USER-0@example.com" }, failed: map[int]rest.Kind{2: rest.Conflict}, words: `in use by user "user-0"`, requests: map[string]int{create: 2, "poll": 2, read: 1}},
		"cut before":             {prepare: fault(control.FaultRule{Drop: "before", Times: 1}), count: 10, requests: map[string]int{create: 2, "poll": 1, list: 1}},
		"cut before, a few":      {prepare: fault(control.FaultRule{Drop: "before", Times: 1}), count: 3, requests: map[string]int{create: 2, "poll": 1, read: 3, "GET app": 1}}, // nothing speaks for the server yet
		"cut after":              {prepare: fault(control.FaultRule{Drop: "after", Times: 1}), count: 10, requests: map[string]int{create: 2, "poll": 1, list: 1}},
		"cut, all created":       {prepare: loseAfterCreating(10), count: 10, adopted: 10, requests: map[string]int{list: 1}},
		"cut, four created":      {prepare: loseAfterCreating(4), count: 10, adopted: 4, requests: map[string]int{create: 1, "poll": 1, list: 1}},
		"an empty answer":        {prepare: fault(control.FaultRule{Empty: true, Times: 1}), count: 10, requests: map[string]int{create: 2, "poll": 1, list: 1}},
		"a gateway, once":        {prepare: fault(control.FaultRule{Status: 502, Times: 1}), count: 10, requests: map[string]int{create: 2, "poll": 1, list: 1}},
		"a gateway, for ever":    {prepare: fault(control.FaultRule{Status: 502}), count: 10, failed: all(10, rest.Unavailable), words: "502", requests: map[string]int{create: 3, list: 2 + verifyTries}},
		"the rate limit":         {prepare: fault(control.FaultRule{Status: 429}), count: 10, failed: all(10, rest.RateLimited), words: "429", requests: map[string]int{create: 1}},
		"wrong credentials":      {prepare: fault(control.FaultRule{Status: 401}), count: 10, failed: all(10, rest.Unauthorized), words: "401", requests: map[string]int{create: 1}},
		"status 500":             {prepare: fault(control.FaultRule{Status: 500, Body: `{"error":"oops"}`}), count: 10, failed: all(10, rest.Unknown), words: "oops", requests: map[string]int{create: 1, list: verifyTries}},
		"every job fails":        {settings: mock.Settings{FailJobs: "queue is full"}, count: 10, failed: all(10, rest.Unknown), words: "queue is full", requests: map[string]int{create: 7, "poll": 7, list: 2, read: 8}},
		"the server echoes":      {prepare: fault(control.FaultRule{Status: 422, Body: `{"error":"refused canary-0, canary-1 and canary-2"}`}), count: 3, failed: all(3, rest.Invalid), words: "(password)", requests: map[string]int{create: 5}},
		"another route's answer": {prepare: fault(control.FaultRule{Body: `{"results":[{"status":"created","uuid":"zed"}]}`}), count: 2, failed: all(2, rest.NotFound), words: "tells nothing about the user", requests: map[string]int{create: 1, read: 2 * verifyTries}},
	} {
		t.Run(name, func(t *testing.T) {
			m := startMock(t, test.settings)
			if test.prepare != nil {
				test.prepare(t, m)
			}
			users := crowd(test.count)
			if test.change != nil {
				test.change(users)
			}
			results := m.client.CreateUserBatch(background(t), "", users, true)
			adopted, restored := 0, 0
			for i, result := range results {
				kind, fails := test.failed[i]
				switch {
				case fails && (!rest.IsKind(result.Err, kind) || !strings.Contains(result.Err.Error(), test.words)):
					t.Errorf("user %d: got %v, want %s: %s", i, result.Err, kind, test.words)
				case !fails && (result.Err != nil || result.Outcome.User.UserID != users[i].UserID || result.Outcome.User.Email != users[i].Email || m.users()[users[i].UserID] != "active"):
					t.Errorf("user %d: got %+v", i, result)
				}
				if words := fmt.Sprintf("%v %#v", result.Err, result.Err); strings.Contains(words, "canary") {
					t.Errorf("user %d: the error holds a password: %s", i, words)
				}
				if result.Outcome.Adopted {
					adopted++
				}
				if result.Outcome.Restored {
					restored++
				}
			}
			if adopted != test.adopted || restored != test.restored {
				t.Errorf("%d adopted, %d restored, want %d, %d", adopted, restored, test.adopted, test.restored)
			}
			m.expect(t, name, test.requests)
		})
	}
}

func TestCreateUserBatchWhoseJobNeverEnds(t *testing.T) {
	m := startMock(t, mock.Settings{EndlessJobs: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for i, result := range m.client.CreateUserBatch(ctx, "", crowd(10), true) {
		var pending *PendingError
		if !errors.As(result.Err, &pending) || pending.JobID == "" {
			t.Errorf("user %d: got %v", i, result.Err)
		}
	}
	if got := m.counts()["POST/users/batch"]; got != 1 {
		t.Errorf("%d creations, want 1", got)
	}
}

func TestCreateUserBatchIsBounded(t *testing.T) {
	m := startMock(t, mock.Settings{})
	for i, result := range m.client.CreateUserBatch(background(t), "", crowd(101), true) {
		if !errors.Is(result.Err, errArgument) {
			t.Fatalf("user %d: got %v", i, result.Err)
		}
	}
	if got := m.client.CreateUserBatch(background(t), "", nil, true); len(got) != 0 {
		t.Errorf("nobody gave %v", got)
	}
	m.expect(t, "no request", map[string]int{})
}

// One user makes the whole job fail, and the server does not say who.
func TestCreateUserBatchWithOneWhoFailsTheJob(t *testing.T) {
	var mutex sync.Mutex
	jobs := [][]newUserBody{}
	handlers := routes{
		"POST /v2/apps/{app}/users/batch": func(w http.ResponseWriter, r *http.Request) {
			var sent usersBatchBody
			_ = json.NewDecoder(r.Body).Decode(&sent)
			mutex.Lock()
			defer mutex.Unlock()
			jobs = append(jobs, sent.UsersList)
			_, _ = fmt.Fprintf(w, `{"jobId":"%d"}`, len(jobs)-1)
		},
		"GET /v2/apps/{app}/users/batch/{job}": func(w http.ResponseWriter, r *http.Request) {
			var number int
			_, _ = fmt.Sscan(r.PathValue("job"), &number)
			mutex.Lock()
			users := jobs[number]
			mutex.Unlock()
			if slices.ContainsFunc(users, func(user newUserBody) bool { return user.UUID == "user-3" }) {
				_, _ = fmt.Fprint(w, `{"state":"failed","error":"Cast to string failed"}`)
				return
			}
			results := []any{}
			for _, user := range users {
				results = append(results, map[string]any{"status": "created", "user": map[string]any{
					"_id": "id-" + user.UUID, "xmppUsername": ownApp + "_" + user.UUID, "email": user.Email, "firstName": user.FirstName, "lastName": user.LastName,
				}})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"state": "completed", "results": results})
		},
		"GET /v2/apps/{app}/chats/users": inTurn(ok(`{"users":[]}`)),
		"GET /v1/apps/users/{name}":      inTurn(userMissing),
	}
	client, _ := start(t, handlers)
	results := client.CreateUserBatch(background(t), "", crowd(8), true)
	for i, result := range results {
		if (result.Err != nil) != (i == 3) {
			t.Errorf("user %d: got %v", i, result.Err)
		}
	}
	if err := results[3].Err; !strings.Contains(err.Error(), `create user "user-3" in app `+ownApp+" as job 5, but the job failed: Cast to string failed") {
		t.Errorf("got %v", err)
	}
	if len(jobs) != 7 {
		t.Errorf("%d jobs, want 7", len(jobs))
	}
}

func TestMatchCreated(t *testing.T) {
	result := func(text string) UserResult { // id/email
		id, email, _ := strings.Cut(text, "/")
		return UserResult{UserID: id, Email: email, Raw: text}
	}
	for name, test := range map[string]struct {
		results string
		want    string // Raw of the results of a, b and c; "-" for none
	}{
		"in order":                          {"a b c", "a b c"},
		"in another order":                  {"c a b", "a b c"},
		"by email":                          {"/c@x /A@X /b@x", "/A@X /b@x /c@x"},
		"fewer":                             {"c a", "a - c"},
		"more":                              {"zed a b c", "a b c"},
		"nameless":                          {"/ / /", "/ / /"},
		"nameless and fewer":                {"/ /", "- - -"},
		"one is nameless":                   {"a / c", "a / c"},
		"the place is another's":            {"b a /", "a b /"},
		"the holder of an email":            {"zed b c", "zed b c"},
		"somebody else's at a foreign spot": {"zed zed", "- - -"},
		"twice the same":                    {"a a c", "a - c"},
		"nothing":                           {"", "- - -"},
	} {
		users := []*userCreation{}
		for _, id := range []string{"a", "b", "c"} {
			users = append(users, &userCreation{user: NewUser{UserID: id, Email: id + "@x"}})
		}
		results := []UserResult{}
		for _, text := range strings.Fields(test.results) {
			results = append(results, result(text))
		}
		matched := matchCreated(users, results)
		got := []string{}
		for _, u := range users {
			words := "-"
			if result, found := matched[u]; found {
				words = result.Raw
			}
			got = append(got, words)
		}
		if words := strings.Join(got, " "); words != test.want {
			t.Errorf("%s: got %s, want %s", name, words, test.want)
		}
	}
}

func TestUpdateUserBatch(t *testing.T) {
	const update, list, read = "PATCH/chats/users", "GET/chats/users", "GET user"
	body := func(body string) func(*testing.T, tenant) {
		return func(t *testing.T, m tenant) {
			m.fail(t, control.FaultRule{Method: http.MethodPatch, Body: body})
		}
	}
	refused := func(status int) func(*testing.T, tenant) {
		return func(t *testing.T, m tenant) {
			m.fail(t, control.FaultRule{Method: http.MethodPatch, Status: status, Body: `{"error":"sorry"}`})
		}
	}
	for name, test := range map[string]struct {
		settings mock.Settings
		prepare  func(*testing.T, tenant)
		there    int
		count    int
		change   func([]UserUpdate)
		failed   map[int]rest.Kind
		silent   bool // no result tells the user
		requests map[string]int
	}{
		"a hundred":               {there: 100, count: 100, requests: map[string]int{update: 1}},
		"one is not there":        {there: 9, count: 10, failed: map[int]rest.Kind{9: rest.NotFound}, requests: map[string]int{update: 1}},
		"one name is refused":     {settings: mock.Settings{FirstNameMin: 3}, there: 8, count: 8, change: func(updates []UserUpdate) { updates[0].FirstName = pointer("Al") }, failed: map[int]rest.Kind{0: rest.Invalid}, requests: map[string]int{update: 7}},
		"one user twice":          {there: 3, count: 3, change: func(updates []UserUpdate) { updates[2] = updates[0] }, requests: map[string]int{update: 2}},
		"no id":                   {there: 3, count: 3, change: func(updates []UserUpdate) { updates[1].UserID = "" }, failed: map[int]rest.Kind{1: rest.Unknown}, requests: map[string]int{update: 1}},
		"nobody is named":         {prepare: body(`{"results":[]}`), there: 3, count: 3, requests: map[string]int{update: 1, read: 3}},
		"nobody of many is named": {prepare: body(`{"ok":true}`), there: 20, count: 20, requests: map[string]int{update: 1, list: 1}},
		"the answer is empty":     {prepare: func(t *testing.T, m tenant) { m.fail(t, control.FaultRule{Method: http.MethodPatch, Empty: true}) }, there: 2, count: 2, requests: map[string]int{update: 1, read: 2}},
		"nobody is told in full":  {prepare: body(`{"results":[{"status":"updated","xmppUsername":"` + ownApp + `_user-0"},{"status":"updated"}]}`), there: 2, count: 2, silent: true, requests: map[string]int{update: 1}},
		"told as before":          {prepare: body(`{"results":[{"status":"updated","user":` + annRow(ownApp, "xmppUsername", `"`+ownApp+`_user-0"`) + `}]}`), there: 1, count: 1, silent: true, requests: map[string]int{update: 1}},
		"not done at all": {prepare: func(t *testing.T, m tenant) {
			m.fail(t, control.FaultRule{Method: http.MethodPatch, Status: 200, Body: `{"results":[]}`})
		}, there: 1, count: 1, failed: map[int]rest.Kind{0: rest.Invalid}, requests: map[string]int{update: 1, read: verifyTries}},
		"no rights": {prepare: refused(403), there: 2, count: 2, failed: map[int]rest.Kind{0: rest.Forbidden, 1: rest.Forbidden}, requests: map[string]int{update: 1}},
		"an outage": {prepare: refused(503), there: 2, count: 2, failed: map[int]rest.Kind{0: rest.Unavailable, 1: rest.Unavailable}, requests: map[string]int{update: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			m := startMock(t, test.settings)
			m.make(t, test.there)
			if test.prepare != nil {
				test.prepare(t, m)
			}
			updates := []UserUpdate{}
			for i := range test.count {
				updates = append(updates, UserUpdate{UserID: fmt.Sprintf("user-%d", i), FirstName: pointer(fmt.Sprint("New ", i))})
			}
			if test.change != nil {
				test.change(updates)
			}
			for i, result := range m.client.UpdateUserBatch(background(t), "", updates) {
				kind, fails := test.failed[i]
				switch {
				case fails && (result.Err == nil || kind != rest.Unknown && !rest.IsKind(result.Err, kind)):
					t.Errorf("update %d: got %v, want %s", i, result.Err, kind)
				case !fails && (result.Err != nil || test.silent != (result.User == nil)):
					t.Errorf("update %d: got %+v", i, result)
				case !fails && result.User != nil && (result.User.UserID != updates[i].UserID || result.User.FirstName != *updates[i].FirstName):
					t.Errorf("update %d: the user is %+v", i, result.User)
				}
			}
			m.expect(t, name, test.requests)
		})
	}
}

func TestMatchUpdated(t *testing.T) {
	users := []userUpdateBody{{XMPPUsername: ownApp + "_a"}, {XMPPUsername: ownApp + "_b"}}
	for name, test := range map[string]struct {
		results []UserResult
		want    string
	}{
		"by name":                {[]UserResult{{XMPPUsername: ownApp + "_b", Status: "skipped"}, {XMPPUsername: "a", Status: "updated"}}, "updated skipped"},
		"nameless":               {[]UserResult{{Status: "not-found"}, {Status: "updated"}}, "not-found updated"},
		"nameless in order":      {[]UserResult{{Status: "not-found"}, {XMPPUsername: ownApp + "_b", Status: "updated"}}, "not-found updated"},
		"nameless out of order":  {[]UserResult{{XMPPUsername: ownApp + "_b", Status: "updated"}, {Status: "not-found"}}, "? updated"},
		"nameless and too few":   {[]UserResult{{Status: "not-found"}}, "? ?"},
		"more than were sent":    {[]UserResult{{XMPPUsername: ownApp + "_z", Status: "updated"}, {Status: "not-found"}, {XMPPUsername: ownApp + "_a", Status: "updated"}}, "updated ?"},
		"nobody of whom we sent": {[]UserResult{{XMPPUsername: ownApp + "_y", Status: "updated"}, {XMPPUsername: ownApp + "_z", Status: "updated"}}, "? ?"},
	} {
		words := []string{}
		for _, result := range matchUpdated(ownApp, users, test.results) {
			status := result.Status
			if result.unnamed {
				status = "?"
			}
			words = append(words, status)
		}
		if got := strings.Join(words, " "); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestDeleteUserBatch(t *testing.T) {
	const remove, list, read = "DELETE/users/batch", "GET/chats/users", "GET user"
	hard := DeleteOptions{Hard: true}
	for name, test := range map[string]struct {
		settings mock.Settings
		fault    control.FaultRule
		options  DeleteOptions
		batches  [][2]int // of which users, one batch after the other
		failed   map[int]string
		alive    int // of thirty
		requests map[string]int
	}{
		"one":                     {batches: [][2]int{{0, 1}}, alive: 29, requests: map[string]int{remove: 1, read: 1}},
		"one after the other":     {batches: [][2]int{{0, 1}, {1, 2}}, alive: 28, requests: map[string]int{remove: 2, read: 2}},
		"only the first is read":  {batches: [][2]int{{0, 10}, {10, 20}, {20, 29}}, alive: 1, requests: map[string]int{remove: 3, read: 10}},
		"many are listed":         {batches: [][2]int{{0, 20}, {20, 30}}, requests: map[string]int{remove: 2, list: 1}},
		"purged ones are read":    {options: hard, batches: [][2]int{{0, 20}, {20, 30}}, requests: map[string]int{remove: 2, read: 20}},
		"one is gone":             {batches: [][2]int{{3, 4}, {0, 8}}, alive: 22, requests: map[string]int{remove: 1 + 7, read: 1 + 8}},
		"one is gone, partial":    {settings: mock.Settings{PartialDelete: true}, batches: [][2]int{{3, 4}, {0, 8}}, alive: 22, requests: map[string]int{remove: 2, read: 1 + 8}},
		"all are gone":            {batches: [][2]int{{0, 2}, {0, 2}}, alive: 28, requests: map[string]int{remove: 1 + 3, read: 2}},
		"nothing is done":         {fault: control.FaultRule{Status: 200, Body: `{"ok":true}`, Times: 1}, batches: [][2]int{{0, 2}, {2, 4}}, failed: map[int]string{0: "still active", 1: "still active"}, alive: 28, requests: map[string]int{remove: 2, read: 2*verifyTries + 2}},
		"one item fails":          {fault: control.FaultRule{Status: 200, Body: `{"results":[{"uuid":"user-0","status":"error","error":"owner of a room"},{"uuid":"user-1","status":"deleted"}]}`, Skip: 1}, batches: [][2]int{{2, 4}, {0, 2}}, failed: map[int]string{0: "the server said: error: owner of a room"}, alive: 28, requests: map[string]int{remove: 2, read: 2 + verifyTries}},
		"one is not named":        {fault: control.FaultRule{Body: `{"results":[{"uuid":"user-1","status":"deleted"}]}`, Skip: 1}, batches: [][2]int{{2, 4}, {0, 2}}, alive: 26, requests: map[string]int{remove: 2, read: 2 + 1}},
		"no rights":               {fault: control.FaultRule{Status: 403, Body: `{"error":"no rights"}`}, batches: [][2]int{{0, 2}}, failed: map[int]string{0: "no rights", 1: "no rights"}, alive: 30, requests: map[string]int{remove: 1}},
		"an outage":               {fault: control.FaultRule{Status: 503}, batches: [][2]int{{0, 2}}, failed: map[int]string{0: "503", 1: "503"}, alive: 30, requests: map[string]int{remove: 1}},
		"no such route, all gone": {fault: control.FaultRule{Status: 404, Body: "Cannot DELETE", Skip: 1}, batches: [][2]int{{0, 2}, {0, 2}}, alive: 28, requests: map[string]int{remove: 2, read: 4}},
		"no such route":           {fault: control.FaultRule{Status: 404, Body: "Cannot DELETE"}, batches: [][2]int{{0, 2}}, failed: map[int]string{0: "Cannot DELETE", 1: "Cannot DELETE"}, alive: 30, requests: map[string]int{remove: 1, read: 2 * verifyTries}},
		"a declined answer":       {fault: control.FaultRule{Status: 200, Body: `{"ok":false,"error":"closed"}`}, batches: [][2]int{{0, 2}}, failed: map[int]string{0: "closed", 1: "closed"}, alive: 30, requests: map[string]int{remove: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			m := startMock(t, test.settings)
			ids := m.make(t, 30)
			if test.fault.Status != 0 || test.fault.Body != "" {
				test.fault.Method, test.fault.Path = http.MethodDelete, "/users/batch$"
				m.fail(t, test.fault)
			}
			for _, batch := range test.batches {
				for i, err := range m.client.DeleteUserBatch(background(t), "", ids[batch[0]:batch[1]], test.options) {
					words, fails := test.failed[batch[0]+i]
					if fails != (err != nil) || err != nil && !strings.Contains(err.Error(), words) {
						t.Errorf("user %d: got %v, want %q", batch[0]+i, err, words)
					}
					if err != nil && strings.Contains(err.Error(), "(200)") && words != "closed" {
						t.Errorf("user %d: the error calls a success refused: %v", batch[0]+i, err)
					}
				}
			}
			alive := -1 // the app's own account
			for status := range maps.Values(m.users()) {
				if status == "active" {
					alive++
				}
			}
			if alive != test.alive {
				t.Errorf("%d users are active, want %d", alive, test.alive)
			}
			m.expect(t, name, test.requests)
		})
	}
}

func TestDeletionsAreBelieved(t *testing.T) {
	trust := newDeletionTrust()
	for step, test := range []struct {
		users int
		hard  bool
		want  bool
	}{
		{100, false, false}, // the first
		{600, false, true},
		{100, true, false}, // the first in this mode
		{399, false, true},
		{1, false, true},
		{100, false, false}, // after a thousand
		{100, false, true},
		{100, true, true},
	} {
		got, tell := trust.believes(t.Context(), test.users, test.hard)
		if got != test.want {
			t.Errorf("step %d: got %t", step, got)
		}
		tell(true, false)
	}
	trust = newDeletionTrust()
	for step, test := range []struct{ gone, alive bool }{
		{false, false}, // it could not be read
		{false, true},  // the server was wrong once
		{true, false},
		{true, false},
	} {
		got, tell := trust.believes(t.Context(), 2, step%2 == 0)
		if got {
			t.Errorf("step %d: the server is believed", step)
		}
		tell(test.gone, test.alive)
	}
}

// A job that does not tell what became of its users: strangers' users of the same
// id do not get into a state, which would take them for half-created ones of ours
// and replace them. Users that are there are ours, the others may still come.
func TestCreateUserBatchOfUnknownOutcome(t *testing.T) {
	forget := func(_ *testing.T, m tenant) {
		m.front.set(func(w http.ResponseWriter, r *http.Request) {
			if what(r.Method, r.URL.Path) != "poll" {
				m.front.next.ServeHTTP(w, r)
				return
			}
			m.front.next.ServeHTTP(httptest.NewRecorder(), r) // which ends the job
			http.Error(w, `{"error":"Job not found","code":"JOB_NOT_FOUND"}`, http.StatusNotFound)
		})
	}
	for name, test := range map[string]struct {
		settings mock.Settings
		prepare  func(*testing.T, tenant)
		created  int
	}{
		"the job never ends":             {settings: mock.Settings{EndlessJobs: true}, prepare: func(*testing.T, tenant) {}},
		"the job is forgotten when done": {prepare: forget, created: 9},
	} {
		t.Run(name, func(t *testing.T) {
			m := startMock(t, test.settings)
			test.prepare(t, m)
			m.make(t, 1)
			users := crowd(10)
			users[0].Email = "other@example.com"
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			created := 0
			for i, result := range m.client.CreateUserBatch(ctx, "", users, true) {
				var pending *PendingError
				switch {
				case i == 0:
					if !rest.IsKind(result.Err, rest.Conflict) {
						t.Errorf("somebody else's user: got %v", result.Err)
					}
				case result.Err == nil && result.Outcome.User.UserID == users[i].UserID:
					created++
				case !errors.As(result.Err, &pending):
					t.Errorf("user %d: got %v", i, result.Err)
				}
			}
			if created != test.created {
				t.Errorf("%d users were created, want %d", created, test.created)
			}
		})
	}
}

// A server that takes deletions and does nothing is not believed by the second
// batch while the first is still read back.
func TestDeletionsAtTheSameTime(t *testing.T) {
	m := startMock(t, mock.Settings{})
	ids := m.make(t, 8)
	m.fail(t,
		control.FaultRule{Method: http.MethodDelete, Path: "/users/batch$", Status: 200, Body: `{"ok":true}`},
		control.FaultRule{Method: http.MethodGet, LatencyMS: 20})
	var batches sync.WaitGroup
	for batch := range slices.Chunk(ids, 2) {
		batches.Go(func() {
			for i, err := range m.client.DeleteUserBatch(background(t), "", batch, DeleteOptions{}) {
				if err == nil || !strings.Contains(err.Error(), "still active") {
					t.Errorf("user %q is alive: got %v", batch[i], err)
				}
			}
		})
	}
	batches.Wait()
}
