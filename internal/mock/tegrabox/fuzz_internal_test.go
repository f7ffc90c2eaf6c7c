package tegrabox

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
	f.Add(strings.Replace(string(raw), `"users": null`, `"users": [{"id":"a"},{"id":"b","username":"b"}]`, 1))
	f.Add(strings.Replace(string(raw), `"rooms": null`, `"rooms": [{"id":"r","members":["ghost"]}]`, 1))
	f.Fuzz(func(t *testing.T, content string) {
		server := New(Options{})
		if server.project.Import([]byte(content)) != nil {
			return
		}
		for _, call := range []string{
			"GET P/users", "GET P/users/a", "POST P/users/a/token", "GET P/rooms", "POST P/rooms/r/join?user_id=a",
			"GET P/rooms/r/messages", "DELETE P/users/a", "DELETE P/rooms/r",
		} {
			method, path, _ := strings.Cut(strings.Replace(call, "P/", "/api/projects/"+DefaultProjectID+"/", 1), " ")
			if status, answer, err := server.Edit(method, path, nil); err != nil || status >= 500 {
				t.Errorf("%s answered %d %s %v", call, status, answer, err)
			}
		}
		server.Snapshot()
	})
}
