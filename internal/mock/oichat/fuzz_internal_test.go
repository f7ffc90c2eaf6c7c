package oichat

import (
	"strings"
	"testing"
)

// A data file is either refused or good enough for every call.
func FuzzDataFile(f *testing.F) {
	raw, err := New(Options{}).project.Export()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add(strings.Replace(string(raw), `"rooms": null`, `"rooms": [{"id":"r","participants":["a"]},{"id":"s"}]`, 1))
	f.Add(strings.Replace(string(raw), `"replies": {}`, `"replies": {"rooms.create k":{"status":201}}`, 1))
	f.Fuzz(func(t *testing.T, content string) {
		server := New(Options{})
		if server.project.Import([]byte(content)) != nil {
			return
		}
		for _, call := range []string{
			"GET /v1/rooms?user_id=a", "GET /v1/rooms/r", "POST /v1/rooms/r/leave", "DELETE /v1/rooms/r/participants/a", "DELETE /v1/rooms/s",
		} {
			method, path, _ := strings.Cut(call, " ")
			if status, answer, err := server.Edit(method, path, nil); err != nil || status >= 500 {
				t.Errorf("%s answered %d %s %v", call, status, answer, err)
			}
		}
		server.Snapshot()
	})
}
