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

// people is a JSON list of users u1 to u<count> of the child app.
func people(count int) string {
	rows := []string{}
	for i := range count {
		rows = append(rows, fmt.Sprintf(`{"xmppUsername":"%s_u%d"}`, childApp, i+1))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// room is a page with one room; members and extra are JSON.
func room(members, extra string) answer {
	return ok(fmt.Sprintf(`{"results":[{"_id":"r0","name":"%[1]s_other","members":[]},{"_id":"r1","name":"%[1]s_support","members":%[2]s%[3]s}],"total":2}`, childApp, members, extra))
}

// usersOf serves the users of the room and nobody for another room. A server
// that shows as many for the room as for the app ignores the room.
func usersOf(inRoom, inApp int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		count := inApp
		if name := r.URL.Query().Get("chatName"); inRoom < inApp && name != "" {
			count = 0
			if name == childApp+"_support" {
				count = inRoom
			}
		}
		_, _ = fmt.Fprintf(w, `{"users":%s,"total":%d}`, people(count), count)
	}
}

func TestAccessIsSentInChunks(t *testing.T) {
	client, requests := start(t, routes{"/v2/apps/{app}/chats/users-access": inTurn(ok(`{"ok":true}`))})
	ids := []string{"ann", childApp + "_bob", childApp + "_cid@chat.x"}
	if err := client.GrantAccess(background(t), childApp, "support@conference.x", ids); err != nil {
		t.Error(err)
	}
	want := map[string]any{"chatName": childApp + "_support", "members": []any{childApp + "_ann", childApp + "_bob", childApp + "_cid"}}
	if got := requests.at(0).body; !reflect.DeepEqual(got, want) {
		t.Errorf("body %v, want %v", got, want)
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint("u", i)
	}
	if err := client.RemoveAccess(background(t), childApp, "support", many); err != nil {
		t.Error(err)
	}
	path := " /v2/apps/" + childApp + "/chats/users-access"
	requests.expect(t, "POST"+path, "DELETE"+path, "DELETE"+path)
	if err := client.GrantAccess(background(t), childApp, "support", nil); err != nil || len(requests.lines()) != 3 {
		t.Errorf("nobody gave %v and a request", err)
	}
}

func TestGrantAccessFails(t *testing.T) {
	for body, kind := range map[string]rest.Kind{
		`{"error":"User not found","code":"USER_NOT_FOUND"}`: rest.NotFound,
		`{"error":"Chat not found"}`:                         rest.NotFound,
		`{"error":"\"members\" is required"}`:                rest.Invalid,
	} {
		client, _ := start(t, routes{"/": inTurn(refused(422, body))})
		if err := client.GrantAccess(background(t), childApp, "support", []string{"ann"}); !rest.IsKind(err, kind) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestRemoveAccessOfWhomOneIsGone(t *testing.T) {
	client, requests := start(t, routes{"/": inTurn(
		refused(422, `{"error":"User not found"}`), ok(``), refused(404, `{"error":"User not found"}`), refused(404, `{"error":"User not found"}`), ok(``))})
	if err := client.RemoveAccess(background(t), childApp, "support", []string{"a", "gone", "b"}); err != nil {
		t.Error(err)
	}
	if got := len(requests.lines()); got != 5 {
		t.Errorf("%d requests, want 5", got)
	}
	client, _ = start(t, routes{"/": inTurn(refused(403, `{"error":"no rights"}`))})
	if err := client.RemoveAccess(background(t), childApp, "support", []string{"a"}); !rest.IsKind(err, rest.Forbidden) {
		t.Errorf("got %v", err)
	}
}

func TestListMembers(t *testing.T) {
	for name, test := range map[string]struct {
		chats   answer
		users   http.HandlerFunc // nil: no such route
		unknown bool             // the server answers 404 for an unknown room
		want    int
		failure string
		calls   int
	}{
		"empty":                               {chats: room(`[]`, ``), want: 0, calls: 1},
		"counted":                             {chats: room(people(31), `,"usersCnt":31`), want: 31, calls: 1},
		"thirty and no more":                  {chats: room(people(30), `,"usersCnt":30`), want: 30, calls: 1},
		"another room shows more":             {chats: ok(`{"results":[{"name":"` + childApp + `_support","members":` + people(3) + `},{"name":"x","members":` + people(4) + `}]}`), want: 3, calls: 1},
		"confirmed":                           {chats: room(people(3), ``), users: usersOf(3, 60), want: 3, calls: 2},
		"confirmed, a bot is listed only":     {chats: room(people(3), ``), users: usersOf(2, 60), want: 3, calls: 2},
		"no list of users":                    {chats: room(people(3), ``), want: 3, calls: 2},
		"the filter is ignored":               {chats: room(people(3), ``), users: usersOf(60, 60), want: 3, calls: 3},
		"cut at three":                        {chats: room(people(3), ``), users: usersOf(6, 60), want: 6, calls: 3},
		"cut at three, everybody is in":       {chats: room(people(3), ``), users: usersOf(60, 60), unknown: true, want: 60, calls: 3},
		"cut at thirty, counted":              {chats: room(people(30), `,"usersCnt":45`), users: usersOf(45, 60), want: 45, calls: 3},
		"cut at thirty, not counted":          {chats: room(people(30), ``), users: usersOf(45, 60), want: 45, calls: 3},
		"just thirty, not counted":            {chats: room(people(30), ``), users: usersOf(30, 60), want: 30, calls: 2},
		"cut, and the filter is ignored":      {chats: room(people(30), `,"usersCnt":45`), users: usersOf(60, 60), failure: "does not tell all members", calls: 3},
		"thirty, and the filter is ignored":   {chats: room(people(30), ``), users: usersOf(60, 60), failure: "does not tell all members", calls: 3},
		"cut, and no list of users":           {chats: room(people(30), `,"usersCnt":45`), failure: "has no list of the room's users", calls: 2},
		"no members are sent":                 {chats: room(`null`, `,"usersCnt":4`), users: usersOf(4, 60), want: 4, calls: 3},
		"no members are sent, not counted":    {chats: room(`null`, ``), users: usersOf(4, 60), want: 4, calls: 3},
		"no members are sent, filter ignored": {chats: room(`null`, ``), users: usersOf(60, 60), failure: "does not tell all members", calls: 3},
		"a member has no name":                {chats: room(`[{}]`, ``), failure: "has no list of the room's users", calls: 2},
		"no such room":                        {chats: ok(`{"results":[]}`), failure: `there is no room "support"`, calls: 1},
		"web page":                            {chats: ok(`<html>`), failure: "web page", calls: 1},
	} {
		handlers := routes{"GET /v2/apps/{app}/chats": inTurn(test.chats)}
		if test.users != nil {
			handlers["GET /v2/apps/{app}/chats/users"] = func(w http.ResponseWriter, r *http.Request) {
				if test.unknown && strings.Contains(r.URL.RawQuery, "no-such-room") {
					inTurn(refused(404, `{"error":"Chat not found"}`))(w, r)
					return
				}
				test.users(w, r)
			}
		}
		client, requests := start(t, handlers)
		members, err := client.ListMembers(background(t), childApp, "support")
		if test.failure == "" && (err != nil || len(members) != test.want) {
			t.Errorf("%s: got %d members, %v, want %d", name, len(members), err, test.want)
		}
		if test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure) || members != nil) {
			t.Errorf("%s: got %d members, %v, want %q", name, len(members), err, test.failure)
		}
		if !slices.IsSortedFunc(members, func(a, b Member) int { return strings.Compare(a.XMPPUsername, b.XMPPUsername) }) {
			t.Errorf("%s: the members are not sorted", name)
		}
		if got := len(requests.lines()); got != test.calls {
			t.Errorf("%s: %d requests, want %d: %q", name, got, test.calls, requests.lines())
		}
	}
}

func TestListMembersProbesTheFilterOnce(t *testing.T) {
	for name, test := range map[string]struct {
		users http.HandlerFunc
		want  int
		calls []int // after each look
	}{
		"it filters":  {usersOf(6, 60), 6, []int{3, 5}},
		"it does not": {usersOf(60, 60), 3, []int{3, 4}},
	} {
		client, requests := start(t, routes{"GET /v2/apps/{app}/chats": inTurn(room(people(3), ``)), "GET /v2/apps/{app}/chats/users": test.users})
		for _, calls := range test.calls {
			members, err := client.ListMembers(background(t), childApp, "support")
			if err != nil || len(members) != test.want || len(requests.lines()) != calls {
				t.Errorf("%s: %d members, %v, %d requests", name, len(members), err, len(requests.lines()))
			}
		}
	}
}

func TestHasAccess(t *testing.T) {
	in := ok(`{"chats":[{"name":"` + childApp + `_support"}]}`)
	out := ok(`{"chats":[]}`)
	for name, test := range map[string]struct {
		chats, rooms answer
		want         bool
		kind         rest.Kind // Unknown: no error
		calls        int
	}{
		"in":                          {chats: in, want: true, calls: 1},
		"out":                         {chats: out, rooms: room(people(2), ``), calls: 3},
		"shown by the room only":      {chats: out, rooms: room(`["ann"]`, ``), want: true, calls: 3},
		"the room is gone":            {chats: out, rooms: ok(`{"results":[]}`), calls: 2},
		"the user is gone":            {chats: refused(404, `{"error":"User not found"}`), calls: 1},
		"no list of the user's rooms": {chats: refused(404, `Cannot GET`), rooms: room(`["ann"]`, ``), want: true, calls: 3},
		"the room's list is cut":      {chats: out, rooms: room(people(30), `,"usersCnt":45`), calls: 3},
		"both lists are cut":          {chats: refused(404, `Cannot GET`), rooms: room(people(30), `,"usersCnt":45`), kind: rest.Invalid, calls: 3},
		"an outage is no absence":     {chats: refused(503, ``), kind: rest.Unavailable, calls: 1},
		"nor is a web page":           {chats: ok(`<html>`), kind: rest.Malformed, calls: 1},
	} {
		client, requests := start(t, routes{"GET /v2/apps/{app}/users/ann/chats": inTurn(test.chats), "GET /v2/apps/{app}/chats": inTurn(test.rooms)})
		got, err := client.HasAccess(background(t), childApp, "support", childApp+"_ann")
		if got != test.want || (err != nil) != (test.kind != rest.Unknown) {
			t.Errorf("%s: got %t, %v", name, got, err)
		}
		if test.kind != rest.Unknown && !rest.IsKind(err, test.kind) && !errors.Is(err, errCutMembers) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := len(requests.lines()); got != test.calls {
			t.Errorf("%s: %d requests, want %d", name, got, test.calls)
		}
	}
}

func TestListUserChats(t *testing.T) {
	client, requests := start(t, routes{"GET /v2/apps/{app}/users/{user}/chats": inTurn(ok(`{"chats":[{"name":"` + childApp + `_support","members":["ann"]}],"total":1}`))})
	chats, err := client.ListUserChats(background(t), childApp, childApp+"_ann", true)
	if err != nil || len(chats) != 1 || !chats[0].HasMembers || chats[0].Members[0].UserID != "ann" {
		t.Errorf("got %+v, %v", chats, err)
	}
	requests.expect(t, "GET /v2/apps/"+childApp+"/users/ann/chats?includeMembers=true&limit=100&offset=0")
}

func TestWaitAccess(t *testing.T) {
	none := room(`[]`, ``)
	both := room(`["ann","bob"]`, ``)
	for name, test := range map[string]struct {
		present, absent    []string
		rooms              []answer
		missing, lingering []string
		failure            string
		calls              int // 0: as many as fit
	}{
		"nobody":            {calls: 0},
		"at once":           {present: []string{"ann", childApp + "_bob"}, rooms: []answer{both}, calls: 2},
		"late":              {present: []string{"ann"}, absent: []string{"cid"}, rooms: []answer{none, refused(503, ``), both}, calls: 4},
		"gone late":         {absent: []string{"ann", "bob"}, rooms: []answer{both, none}, calls: 3},
		"never":             {present: []string{"ann", "cid"}, absent: []string{"bob"}, rooms: []answer{both}, missing: []string{"cid"}, lingering: []string{"bob"}},
		"the room is gone":  {present: []string{"ann", "bob"}, rooms: []answer{ok(`{"results":[]}`)}, missing: []string{"ann", "bob"}},
		"refused":           {present: []string{"ann", "bob"}, rooms: []answer{refused(403, `{"error":"no rights"}`)}, missing: []string{"ann", "bob"}, failure: "no rights", calls: 1},
		"an endless outage": {absent: []string{"ann", "bob"}, rooms: []answer{refused(503, ``)}, lingering: []string{"ann", "bob"}, failure: "503"},
	} {
		client, requests := start(t, routes{"GET /v2/apps/{app}/chats": inTurn(append(test.rooms, last(test.rooms))...)})
		missing, lingering, err := client.WaitAccess(background(t), childApp, "support", test.present, test.absent)
		if !slices.Equal(missing, test.missing) || !slices.Equal(lingering, test.lingering) {
			t.Errorf("%s: missing %q, lingering %q, want %q, %q", name, missing, lingering, test.missing, test.lingering)
		}
		if (test.failure == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%s: got %v, want %q", name, err, test.failure)
		}
		if got := len(requests.lines()); test.calls != 0 && got != test.calls {
			t.Errorf("%s: %d requests, want %d", name, got, test.calls)
		}
	}
}

func TestWaitAccessOfOneUserAsksForTheUser(t *testing.T) {
	client, requests := start(t, routes{"GET /v2/apps/{app}/users/ann/chats": inTurn(ok(`{"chats":[{"name":"` + childApp + `_support"}]}`))})
	missing, lingering, err := client.WaitAccess(background(t), childApp, "support", []string{"ann"}, nil)
	if err != nil || missing != nil || lingering != nil || len(requests.lines()) != 1 {
		t.Errorf("got %q, %q, %v", missing, lingering, err)
	}
}

func TestWaitAccessInACutRoomAsksForEachUser(t *testing.T) {
	client, _ := start(t, routes{
		"GET /v2/apps/{app}/chats":           inTurn(room(people(30), `,"usersCnt":45`)),
		"GET /v2/apps/{app}/users/ann/chats": inTurn(ok(`{"chats":[{"name":"` + childApp + `_support"}]}`)),
		"GET /v2/apps/{app}/users/bob/chats": inTurn(ok(`{"chats":[]}`)),
	})
	missing, lingering, err := client.WaitAccess(background(t), childApp, "support", []string{"ann"}, []string{"bob"})
	if err != nil || missing != nil || lingering != nil {
		t.Errorf("got %q, %q, %v", missing, lingering, err)
	}
}

func TestWaitAccessIsNotFooledByACutWithoutASign(t *testing.T) {
	client, _ := start(t, routes{
		"GET /v2/apps/{app}/chats":           inTurn(room(people(3), ``)),
		"GET /v2/apps/{app}/users/ann/chats": inTurn(ok(`{"chats":[{"name":"` + childApp + `_support"}]}`)),
		"GET /v2/apps/{app}/users/bob/chats": inTurn(ok(`{"chats":[]}`)),
	})
	missing, lingering, err := client.WaitAccess(background(t), childApp, "support", []string{"ann", "bob"}, nil)
	if err != nil || !slices.Equal(missing, []string{"bob"}) || lingering != nil {
		t.Errorf("got %q, %q, %v", missing, lingering, err)
	}
}

func TestWaitAccessEndsWithTheContext(t *testing.T) {
	client, _ := startWith(t, Config{AccessWait: time.Hour}, routes{"GET /v2/apps/{app}/chats": inTurn(room(`[]`, ``))})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := client.WaitAccess(ctx, childApp, "support", []string{"ann", "bob"}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
