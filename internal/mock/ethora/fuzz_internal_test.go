package ethora

import (
	"strings"
	"testing"
)

// A data file is either refused or good enough for every call.
func FuzzDataFile(f *testing.F) {
	raw, err := New(Options{}).platform.Export()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add(strings.Replace(string(raw), `"jobs": {}`, `"jobs": {"j": {"kind": "users", "appId": "`+DefaultAppID+`"}}`, 1))
	f.Add(strings.Replace(string(raw), `"rooms": {}`, `"rooms": {"r": {"members": ["nobody"]}}`, 1))
	f.Fuzz(func(t *testing.T, content string) {
		server := New(Options{})
		if server.platform.Import([]byte(content)) != nil {
			return
		}
		for _, call := range []string{
			"GET /v2/apps", "GET /v2/apps/APP/chats?includeMembers=true", "GET /v2/chats/users", "GET /v2/users/batch/j",
			"GET /v2/apps/APP/tokens", "POST /v2/apps/APP/provision", "DELETE /v2/apps/APP",
		} {
			method, path, _ := strings.Cut(strings.Replace(call, "APP", DefaultAppID, 1), " ")
			if status, answer, err := server.Edit(method, path, nil); err != nil || status >= 500 {
				t.Errorf("%s answered %d %s %v", call, status, answer, err)
			}
		}
		server.Snapshot()
	})
}
