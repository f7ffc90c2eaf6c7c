package oichat_test

import (
	"strings"
	"testing"
)

// No call makes the mock fail: it answers with a status below 500.
func FuzzCalls(f *testing.F) {
	for _, call := range []string{
		"POST /v1/rooms", "GET /v1/rooms?user_id=a&cursor=eA", "PATCH /v1/rooms/ROOM", "POST /v1/rooms/ROOM/participants",
		"DELETE /v1/rooms/ROOM/participants/%2F", "POST /v1/rooms/ROOM/leave", "POST /v1/messages", "POST /v1/auth/token", "POST /v1/auth/token/refresh",
	} {
		f.Add(call, `{"type":"direct","participants":["a",null],"user_info":{"custom":{}},"metadata":{"a":[{}]},"token":"a.b.c"}`)
		f.Add(call, `[[]`)
	}
	f.Fuzz(func(t *testing.T, call, body string) {
		method, path, _ := strings.Cut(call, " ")
		if !strings.HasPrefix(path, "/v") || strings.ContainsAny(path, " \r\n\x00#") || method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Skip("no request line")
		}
		b := newBench(t)
		path = strings.ReplaceAll(path, "ROOM", b.room("ann", "bob"))
		if _, _, err := b.mock.Edit(method, path, nil); err != nil {
			t.Skip("no URL")
		}
		if got := b.post("k", method+" "+path, body); got.status >= 500 {
			t.Errorf("%s with %s answered %d %s", call, body, got.status, got.raw)
		}
		b.mock.Snapshot()
	})
}
