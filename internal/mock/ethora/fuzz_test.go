package ethora_test

import (
	"strings"
	"testing"
)

// No body and no path makes the mock fail: it answers with a status below 500.
func FuzzCalls(f *testing.F) {
	for _, call := range []string{
		"POST /v2/apps", "PATCH /v2/apps/CHILD", "POST /v2/users/batch", "DELETE /v1/users/batch", "PATCH /v2/chats/users",
		"POST /v2/apps/CHILD/chats", "PATCH /v2/apps/CHILD/chats/%40", "DELETE /v2/apps/CHILD/chats",
		"POST /v2/apps/CHILD/chats/users-access", "POST /v2/apps/CHILD/chats/broadcast", "POST /v2/apps/CHILD/provision",
		"PUT /v2/apps/CHILD/bot", "POST /v2/apps/CHILD/tokens", "GET /v2/apps?limit=-1", "GET /%2F/..//",
	} {
		f.Add(call, `{"displayName":"A","usersList":[null],"users":[{}],"members":[[]],"defaultRooms":[{"jid":"@"}],"rooms":[{"title":"T"}]}`)
		f.Add(call, `[[]`)
	}
	f.Fuzz(func(t *testing.T, call, body string) {
		method, path, _ := strings.Cut(call, " ")
		if !strings.HasPrefix(path, "/v") || strings.ContainsAny(call[len(method)+1:], " \r\n\x00#") || method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Skip("no request line")
		}
		b := newBench(t)
		status, answer, err := b.mock.Edit(method, strings.ReplaceAll(path, "CHILD", b.child), nil)
		if err == nil && status >= 500 {
			t.Errorf("%s answered %d %s", call, status, answer)
		}
		if err != nil {
			t.Skip("no URL")
		}
		if got := b.send(method, path, body); got.status >= 500 {
			t.Errorf("%s with %s answered %d %s", call, body, got.status, got.raw)
		}
	})
}
