package ethora

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestAccessBatches(t *testing.T) {
	const grant, remove = "POST/chats/users-access", "DELETE/chats/users-access"
	one := func(place int, words string) map[int]string { return map[int]string{place: words} }
	span := func(from, to int, words string) map[int]string {
		failed := map[int]string{}
		for i := from; i < to; i++ {
			failed[i] = words
		}
		return failed
	}
	for name, test := range map[string]struct {
		count  int
		room   string
		change func([]string)
		fault  control.FaultRule

		grantFailed map[int]string
		inside      int // after the grant, without the app's own account
		grants      int

		removeFailed map[int]string
		left         int // after the removal
		removals     int
	}{
		"nobody":            {room: "support"},
		"one":               {count: 1, room: "support", inside: 1, grants: 1, removals: 1},
		"three chunks":      {count: 250, room: "support", inside: 250, grants: 3, removals: 3},
		"one is unknown":    {count: 130, room: "support", change: func(ids []string) { ids[7] = "nobody" }, grantFailed: one(7, `user "nobody" of app `+ownApp+`, for room "support"`), inside: 129, grants: 1 + 15, removals: 1 + 15},
		"no id":             {count: 3, room: "support", change: func(ids []string) { ids[1] = "" }, grantFailed: one(1, "the user id is empty"), removeFailed: one(1, "the user id is empty"), inside: 2, grants: 1, removals: 1},
		"no such room":      {count: 150, room: "nowhere", grantFailed: span(0, 150, "Chat not found"), grants: 2, removals: 2},
		"one chunk is down": {count: 200, room: "support", fault: control.FaultRule{Path: "users-access", Status: 503, Times: 1}, inside: 100, grants: 2, removals: 2},
		"no rights":         {count: 2, room: "support", fault: control.FaultRule{Path: "users-access", Status: 403}, grantFailed: span(0, 2, "403"), removeFailed: span(0, 2, "403"), grants: 1, removals: 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := startMock(t, mock.Settings{})
			ids := m.make(t, test.count)
			m.edit(t, http.MethodPost, "/chats", map[string]any{"uuid": "support", "title": "Support"})
			if test.change != nil {
				test.change(ids)
			}
			m.fail(t, test.fault)
			inside := func() int { return len(m.Snapshot().App(ownApp).Room(ownApp+"_support").Members) - 1 }
			check := func(errs []error, failed map[int]string) {
				t.Helper()
				for i, err := range errs {
					words, fails := failed[i]
					if fails != (err != nil) || err != nil && !strings.Contains(err.Error(), words) {
						t.Errorf("user %d: got %v, want %q", i, err, words)
					}
				}
			}
			errs := m.client.GrantAccessBatch(background(t), "", test.room, ids)
			if test.fault.Times == 0 {
				check(errs, test.grantFailed)
			} else {
				down := slices.DeleteFunc(errs, func(err error) bool { return !rest.IsKind(err, rest.Unavailable) })
				if len(down) != 100 {
					t.Errorf("%d users failed with their chunk, want 100", len(down))
				}
			}
			if got := inside(); got != test.inside {
				t.Errorf("%d users are in the room, want %d", got, test.inside)
			}
			check(m.client.RemoveAccessBatch(background(t), "", test.room, ids), test.removeFailed)
			if got := inside(); got != test.left {
				t.Errorf("%d users are left in the room, want %d", got, test.left)
			}
			if counts := m.counts(); counts[grant] != test.grants || counts[remove] != test.removals {
				t.Errorf("requests %v, want %d grants and %d removals", counts, test.grants, test.removals)
			}
		})
	}
}

func TestRemoveChatDoesNotReadBack(t *testing.T) {
	m := startMock(t, mock.Settings{})
	m.edit(t, http.MethodPost, "/chats", map[string]any{"uuid": "support", "title": "Support"})
	for range 2 {
		if err := m.client.RemoveChat(background(t), "", "support"); err != nil {
			t.Error(err)
		}
	}
	m.expect(t, "removed twice", map[string]int{"DELETE/chats": 2})
}

func TestListRoomMembers(t *testing.T) {
	rooms := []string{
		`{"name":"%[1]s_counted","members":` + people(31) + `,"usersCnt":31}`,
		`{"name":"%[1]s_cut","members":` + people(30) + `,"usersCnt":45}`,
		`{"name":"%[1]s_empty","members":[]}`,
		`{"name":"%[1]s_fullest","members":` + people(32) + `}`,
		`{"name":"%[1]s_less","members":` + people(31) + `}`,
		`{"name":"%[1]s_untold","usersCnt":0}`,
	}
	body := fmt.Sprintf(`{"results":[`+strings.Join(rooms, ",")+`],"total":6}`, childApp)
	client, requests := start(t, routes{"GET /v2/apps/{app}/chats": inTurn(ok(body))})
	listed, err := client.ListRoomMembers(background(t), childApp)
	if err != nil {
		t.Fatal(err)
	}
	whole := []string{}
	for _, room := range listed {
		if room.Whole {
			whole = append(whole, room.Chat.RoomID)
		}
	}
	if want := []string{"counted", "empty", "less"}; len(listed) != 6 || !slices.Equal(whole, want) {
		t.Errorf("%d rooms, of which %q are whole, want %q", len(listed), whole, want)
	}
	requests.expect(t, "GET /v2/apps/"+childApp+"/chats?includeMembers=true&limit=100&offset=0")
}

func TestListUsersOfARoomAsksForThemOnce(t *testing.T) {
	for name, test := range map[string]struct {
		chats answer
		users http.HandlerFunc
		want  int
		calls []string
	}{
		"the room's list is whole": {room(people(3), `,"usersCnt":3`), usersOf(3, 60), 3, []string{"/chats", "/chats/users"}},
		"the room's list is cut":   {room(people(30), `,"usersCnt":45`), usersOf(45, 60), 45, []string{"/chats", "/chats/users", "/chats/users"}}, // the last one asks for a room that is not there
		"the filter is ignored":    {room(people(3), `,"usersCnt":3`), usersOf(60, 60), 3, []string{"/chats", "/chats/users"}},
		"perhaps cut, confirmed":   {room(people(3), ``), usersOf(3, 60), 3, []string{"/chats", "/chats/users"}},
	} {
		client, requests := start(t, routes{"GET /v2/apps/{app}/chats": inTurn(test.chats), "GET /v2/apps/{app}/chats/users": test.users})
		users, err := client.ListUsers(background(t), childApp, UserFilter{RoomID: "support"})
		if err != nil || len(users) != test.want {
			t.Errorf("%s: got %d users, %v, want %d", name, len(users), err, test.want)
		}
		got := []string{}
		for _, line := range requests.lines() {
			path, _, _ := strings.Cut(strings.TrimPrefix(line, "GET /v2/apps/"+childApp), "?")
			got = append(got, path)
		}
		if !slices.Equal(got, test.calls) {
			t.Errorf("%s: requests %q, want %q", name, got, test.calls)
		}
	}
}
