package rocketchat_test

import (
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// No call makes the mock fail: it answers with a status below 500.
func FuzzCalls(f *testing.F) {
	for _, call := range []string{
		"POST /visitor", "GET /visitor/ann", "DELETE /visitor/%2F", "GET /room?token=ann&rid=CHAT", "POST /message", "PUT /message/HELLO", "DELETE /message/HELLO",
		"GET /messages.history/CHAT?token=ann&limit=-1&offset=-9&end=x", "POST /custom.field", "POST /custom.fields", "POST /room.survey", "POST /upload/CHAT",
		"POST /department", "PUT /department/SALES", "POST /department/SALES/agents", "POST /custom-fields.save", "GET /department?count=-1&offset=-1&sort={",
		"GET /custom-fields?sort=[1]&sort=2", "POST /users/agent", "POST /rooms.delete", "POST /room.closeByUser",
	} {
		f.Add(call, `{"visitor":{"token":"ann","customFields":[null]},"token":"ann","rid":"CHAT","msg":null,"data":[{}],"department":{},"customFieldData":{"field":""},"agents":[[]]}`)
		f.Add(call, `[[]`)
		f.Add(call, `null`)
	}
	f.Fuzz(func(t *testing.T, call, body string) {
		for _, version := range []string{"newer", "older"} {
			b := newBench(t, rocketchat.Settings{Version: version, DepartmentRemoval: true, FlatVisitors: true})
			b.chat()
			method, path, _ := strings.Cut(b.fill(call), " ")
			if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \r\n\x00#") || method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
				t.Skip("no request line")
			}
			if strings.HasPrefix(path, "/_mock/") {
				t.Skip("no vendor call")
			}
			if _, _, err := b.mock.Edit(method, rocketchat.Base+path, nil); err != nil {
				t.Skip("no URL")
			}
			if got := b.admin(call, body); got.status >= 500 {
				t.Errorf("%s with %s answered %d %s", call, body, got.status, got.raw)
			}
			b.mock.Snapshot()
		}
	})
}

// No multipart body makes the mock fail.
func FuzzUploads(f *testing.F) {
	f.Add("x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--x--\r\n")
	f.Add("x", "--x\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nA file\r\n--x")
	f.Add("", "--\r\n")
	f.Fuzz(func(t *testing.T, boundary, body string) {
		b := newBench(t)
		b.visitor("ann")
		room := b.room("chat", "ann")
		b.names = nil
		header := map[string]string{"Content-Type": "multipart/form-data; boundary=" + boundary, "X-Visitor-Token": "ann"}
		if got := b.call("POST /upload/"+room, body, header); got.status >= 500 {
			t.Errorf("%q answered %d %s", body, got.status, got.raw)
		}
		b.send("GET /messages.history/"+room+"?token=ann", "").is(200)
		b.mock.Snapshot()
	})
}
