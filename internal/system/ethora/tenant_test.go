package ethora_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// tenant is a mock with a few short ways to set the stage, always as another
// operator would: behind Terraform's back and absent from the request log.
type tenant struct{ *acctest.Ethora }

func startTenant(t *testing.T) tenant {
	t.Helper()
	return tenant{acctest.StartEthora(t)}
}

// addApp makes a child of the provider's own app and returns its id.
func (e tenant) addApp(t *testing.T, displayName string) string {
	t.Helper()
	answer := e.Edit(t, "POST", "/v2/apps", map[string]any{"displayName": displayName})
	return answer["app"].(map[string]any)["_id"].(string)
}

func (e tenant) addUsers(t *testing.T, appID string, userIDs ...string) {
	t.Helper()
	for start := 0; start < len(userIDs); start += 100 {
		list := []any{}
		for _, id := range userIDs[start:min(start+100, len(userIDs))] {
			list = append(list, map[string]any{"uuid": id, "email": id + "@example.com", "firstName": "First", "lastName": "Last"})
		}
		e.Edit(t, "POST", "/v2/apps/"+appID+"/users/batch", map[string]any{"usersList": list})
	}
}

func (e tenant) addRoom(t *testing.T, appID, roomID string) {
	t.Helper()
	e.Edit(t, "POST", "/v2/apps/"+appID+"/chats", map[string]any{"uuid": roomID, "title": "Room " + roomID})
}

func (e tenant) deleteRoom(t *testing.T, appID, roomID string) {
	t.Helper()
	e.Edit(t, "DELETE", "/v2/apps/"+appID+"/chats", map[string]any{"name": appID + "_" + roomID})
}

// letIn and throwOut change who is in a room.
func (e tenant) letIn(t *testing.T, appID, roomID string, userIDs ...string) {
	t.Helper()
	e.Edit(t, "POST", "/v2/apps/"+appID+"/chats/users-access", map[string]any{"chatName": appID + "_" + roomID, "members": userIDs})
}

func (e tenant) throwOut(t *testing.T, appID, roomID string, userIDs ...string) {
	t.Helper()
	e.Edit(t, "DELETE", "/v2/apps/"+appID+"/chats/users-access", map[string]any{"chatName": appID + "_" + roomID, "members": userIDs})
}

// room is what the server holds of a room, without any lag; nil: nothing.
func (e tenant) room(appID, roomID string) *mock.RoomState {
	app := e.Snapshot().App(appID)
	if app == nil {
		return nil
	}
	return app.Room(roomID)
}

// people are the plain ids of the users in a room, without the app's system
// account, in the order of their arrival.
func (e tenant) people(appID, roomID string) []string {
	room := e.room(appID, roomID)
	if room == nil {
		return nil
	}
	ids := []string{}
	for _, name := range room.Members {
		if id := strings.TrimPrefix(name, appID+"_"); id != appID {
			ids = append(ids, id)
		}
	}
	return ids
}

// bodies are the bodies of all calls of a method and exact path, oldest first.
func (e tenant) bodies(method, path string) []any {
	var all []any
	for _, request := range e.Requests() {
		if request.Method == method && request.Path == path {
			all = append(all, request.Body)
		}
	}
	return all
}

// calls writes the request log as one line per call, "GET /path 200", for tests
// that assert every request of an operation.
func (e tenant) calls() string {
	var lines []string
	for _, request := range e.Requests() {
		lines = append(lines, fmt.Sprintf("%s %s %d", request.Method, request.Path, request.Status))
	}
	return strings.Join(lines, "\n")
}

// await returns once a call has arrived at the server.
func (e tenant) await(method, path string) {
	for e.Count(method, path) == 0 {
		time.Sleep(time.Millisecond)
	}
}

// numbered makes ids: numbered("user", 3) is user-000, user-001, user-002.
func numbered(prefix string, count int) []string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf("%s-%03d", prefix, i)
	}
	return all
}
