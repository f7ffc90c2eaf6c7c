package ethora_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// lookups are all data sources that read more than one object, with the lists
// they fill.
var lookups = []struct {
	typeName string
	config   object
	rows     string
}{
	{"chat_ethora_apps", object{}, "apps"},
	{"chat_ethora_users", object{}, "users"},
	{"chat_ethora_users", object{"room_id": "room-000"}, "users"},
	{"chat_ethora_users", object{"user_ids": []string{"user-003", "user-001"}}, "users"},
	{"chat_ethora_rooms", object{}, "rooms"},
	{"chat_ethora_rooms", object{"include_members": true}, "rooms"},
	{"chat_ethora_room", object{"room_id": "room-000", "include_members": true}, "members"},
	{"chat_ethora_user_chats", object{"user_id": "user-000"}, "chats"},
	{"chat_ethora_user_chats", object{"user_id": "user-000", "include_members": true}, "chats"},
}

var listedTypes = []string{"chat_ethora_app", "chat_ethora_user", "chat_ethora_room", "chat_ethora_room_access"}

// crowd is a tenant with so many apps, users and rooms; user-000 is in every
// room, and everybody is in room-000.
func crowd(t *testing.T, count int) tenant {
	t.Helper()
	e := startTenant(t)
	app := e.AppID()
	for _, name := range numbered("app", count) {
		e.addApp(t, name)
	}
	users, rooms := numbered("user", count), numbered("room", count)
	e.addUsers(t, app, users...)
	for _, room := range rooms {
		e.addRoom(t, app, room)
		e.letIn(t, app, room, "user-000")
	}
	e.letIn(t, app, "room-000", users...)
	e.ResetRequests()
	return e
}

// Every page is read, whatever the server's page size is.
func TestDataSourcesReadAllPages(t *testing.T) {
	t.Parallel()
	const count = 105
	e := crowd(t, count)
	for _, pageLimit := range []int{100, 30} {
		e.Settings(t, mock.Settings{PageLimit: pageLimit})
		p := connectTo(t, e.Ethora)
		for _, lookup := range lookups {
			if lookup.config["user_ids"] != nil {
				continue // asked for one by one
			}
			got, found := p.read(lookup.typeName, lookup.config)
			rows, _ := got[lookup.rows].([]any)
			people := slices.DeleteFunc(slices.Clone(rows), func(row any) bool {
				return row.(object)["system"] == true || row.(object)["id"] == e.AppID()
			})
			if found != nil || len(people) != count {
				t.Errorf("%s %v by %d: %d rows, want %d: %v", lookup.typeName, lookup.config, pageLimit, len(people), count, found)
			}
		}
	}
}

func TestListsReadAllPages(t *testing.T) {
	t.Parallel()
	const count = 105
	e := crowd(t, count)
	e.Settings(t, mock.Settings{PageLimit: 30})
	p := connectTo(t, e.Ethora)
	for typeName, want := range map[string]int{
		"chat_ethora_app": count + 1, "chat_ethora_user": count, "chat_ethora_room": count, "chat_ethora_room_access": 2*count - 1,
	} {
		results := p.list(typeName, object{}, 0, false, 0)
		if len(results) != want {
			t.Errorf("%s: %d results, want %d", typeName, len(results), want)
		}
		for _, result := range results {
			if result.problems != nil {
				t.Errorf("%s: %v", typeName, result.problems)
			}
		}
	}
}

// A later page that fails is told: half a list would pass for the whole.
func TestHalfAListIsAnError(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"500":         {Status: 500, Body: `{"success":false,"error":"boom"}`},
		"403":         {Status: 403, Body: `{"success":false,"error":"Forbidden"}`},
		"HTML":        {Status: 200, Body: "<html>Sign in</html>"},
		"broken JSON": {Status: 200, Body: `{"results":[{"name":`},
		"empty 200":   {Status: 200, Empty: true},
		"cut":         {Drop: "before"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := crowd(t, 12)
			e.Settings(t, mock.Settings{PageLimit: 5})
			p := connectTo(t, e.Ethora)
			fault.Method, fault.Skip = "GET", 1
			for _, lookup := range lookups {
				if lookup.config["user_ids"] != nil {
					continue
				}
				e.Faults(t, fault)
				if got, found := p.read(lookup.typeName, lookup.config); len(found) != 1 || got[lookup.rows] != nil {
					t.Errorf("data %s %v: it read %v and said %v", lookup.typeName, lookup.config, got, found)
				}
			}
			for _, typeName := range listedTypes {
				e.Faults(t, fault)
				results := p.list(typeName, object{}, 0, true, 0)
				if len(results) == 0 || results[len(results)-1].problems == nil {
					t.Errorf("list %s: it listed %v", typeName, displayNames(results))
				}
			}
		})
	}
}

// A server that answers in another order each time is read the same each time.
func TestReadingIsStable(t *testing.T) {
	t.Parallel()
	e := crowd(t, 8)
	shuffling := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, r)
		var body any
		if json.Unmarshal(recorder.Body.Bytes(), &body) == nil {
			shuffle(body)
		}
		w.WriteHeader(recorder.Code)
		_ = json.NewEncoder(w).Encode(body)
	}))
	defer shuffling.Close()
	p := connect(t, object{"api_url": shuffling.URL, "app_id": e.AppID(), "app_secret": e.AppSecret()})

	for _, lookup := range lookups {
		first, found := p.read(lookup.typeName, lookup.config)
		for range 2 {
			if again, _ := p.read(lookup.typeName, lookup.config); found != nil || !reflect.DeepEqual(first, again) {
				t.Errorf("data %s %v: it read\n%v\nand then\n%v %v", lookup.typeName, lookup.config, first, again, found)
				break
			}
		}
	}
	for _, typeName := range listedTypes {
		first := p.list(typeName, object{}, 0, true, 0)
		for range 2 {
			if again := p.list(typeName, object{}, 0, true, 0); !reflect.DeepEqual(first, again) {
				t.Errorf("list %s: it listed %v and then %v", typeName, displayNames(first), displayNames(again))
				break
			}
		}
	}
}

// shuffle mixes every list in a JSON value.
func shuffle(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, inner := range value {
			shuffle(inner)
		}
	case []any:
		rand.Shuffle(len(value), func(i, j int) { value[i], value[j] = value[j], value[i] })
		for _, inner := range value {
			shuffle(inner)
		}
	}
}

// Each list costs the calls it needs and no more.
func TestReadingCosts(t *testing.T) {
	t.Parallel()
	e := crowd(t, 3)
	e.Settings(t, mock.Settings{GetChat: true})
	app := e.AppID()
	prefix := "/v2/apps/" + app
	for _, test := range []struct {
		typeName string
		config   object
		calls    []string
	}{
		{"chat_ethora_app", object{}, []string{prefix}},
		{"chat_ethora_apps", object{}, []string{"/v2/apps"}},
		{"chat_ethora_user", object{"user_id": "user-001"}, []string{"/v1/apps/users/" + app + "_user-001"}},
		{"chat_ethora_users", object{}, []string{prefix + "/chats/users"}},
		{"chat_ethora_users", object{"user_ids": []string{"user-001", "user-002"}}, []string{"/v1/apps/users/" + app + "_user-001", "/v1/apps/users/" + app + "_user-002"}},
		{"chat_ethora_room", object{"room_id": "room-000"}, []string{prefix + "/chats/" + app + "_room-000", "/v1/apps/get-config"}},
		{"chat_ethora_rooms", object{}, []string{prefix + "/chats", "/v1/apps/get-config"}},
		{"chat_ethora_user_chats", object{"user_id": "user-001"}, []string{prefix + "/users/user-001/chats", "/v1/apps/get-config"}},
	} {
		e.ResetRequests()
		if _, found := connectTo(t, e.Ethora).read(test.typeName, test.config); found != nil {
			t.Errorf("%s: %v", test.typeName, found)
		}
		want := []string{}
		for _, call := range test.calls {
			want = append(want, fmt.Sprintf("GET %s 200", call))
		}
		if got := strings.Split(e.calls(), "\n"); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s %v made these calls: %q, want %q", test.typeName, test.config, got, want)
		}
	}
}
