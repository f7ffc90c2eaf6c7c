package tegrabox_test

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// No call makes the mock fail: it answers with a status below 500.
func FuzzCalls(f *testing.F) {
	for _, call := range []string{
		"POST P/users", "GET P/users?page=9&limit=7", "PATCH P/users/ANN", "POST P/users/ANN/token", "DELETE P/users/%2F", "POST P/rooms",
		"PATCH P/rooms/LOBBY", "DELETE P/rooms/LOBBY", "POST P/rooms/LOBBY/messages", "GET P/rooms/LOBBY/messages", "GET /api/auth/verify",
	} {
		f.Add(call, `{"username":"a","external_user_id":null,"content":"x","user_id":"ANN","name":{}}`)
		f.Add(call, `[[]`)
	}
	f.Fuzz(func(t *testing.T, call, body string) {
		b := newBench(t, tegrabox.Settings{Implemented: []string{"rooms.update", "rooms.delete", "messages.delete"}})
		b.room("lobby", b.user("ann"))
		call = strings.Replace(call, " P/", " "+P+"/", 1)
		method, path, _ := strings.Cut(call, " ")
		if !strings.HasPrefix(path, "/api") || strings.ContainsAny(path, " \r\n\x00#") || method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Skip("no request line")
		}
		if _, _, err := b.mock.Edit(method, path, nil); err != nil {
			t.Skip("no URL")
		}
		if got := b.send(call, body); got.status >= 500 {
			t.Errorf("%s with %s answered %d %s", call, body, got.status, got.raw)
		}
		b.mock.Snapshot()
	})
}
