package rocketchat

import (
	"strings"
	"testing"
)

// A data file is either refused or good enough for every call.
func FuzzDataFile(f *testing.F) {
	raw, err := New(Options{}).workspace.Export()
	if err != nil {
		f.Fatal(err)
	}
	replace := func(old, replacement string) {
		f.Add(strings.Replace(string(raw), old, replacement, 1))
	}
	f.Add(string(raw))
	replace(`"visitors": null`, `"visitors": [{"id":"v","token":"ann","departmentId":"d"},{"id":"v","token":"ann"}]`)
	replace(`"rooms": null`, `"rooms": [{"id":"r","token":"ann","open":true,"servedBy":"x"}]`)
	replace(`"messages": null`, `"messages": [{"id":"m","roomId":"r","file":{}}]`)
	replace(`"departments": [`, `"departments": [{"id":"d","attributes":null,"agents":[{}]},`)
	replace(`"customFields": [`, `"customFields": [{"id":"f","attributes":{"scope":1}},`)
	f.Fuzz(func(t *testing.T, content string) {
		server := New(Options{})
		if server.workspace.Import([]byte(content)) != nil {
			return
		}
		type object = map[string]any
		body := object{"name": "x", "email": "x", "enabled": true, "showOnRegistration": true, "showOnOfflineForm": true}
		for _, call := range []struct {
			line string
			body any
		}{
			{"GET /config?token=ann", nil},
			{"GET /room?token=ann", nil},
			{"GET /agent.info/r/ann", nil},
			{"GET /agent.next/nobody", nil},
			{"GET /messages.history/r?token=ann", nil},
			{"PUT /message/m", object{"token": "ann", "rid": "r", "msg": "x"}},
			{"POST /visitor", object{"visitor": object{"token": "ann", "customFields": []any{object{"key": "f", "value": "x"}}}}},
			{"POST /custom.field", object{"token": "ann", "key": "f", "value": "x", "overwrite": true}},
			{"POST /visitor/department.transfer", object{"token": "ann", "rid": "r", "department": SalesID}},
			{"PUT /department/d", object{"department": body, "agents": []any{object{"agentId": AliceID}}}},
			{"POST /department/d/archive", nil},
			{"POST /custom-fields.save", object{"customFieldId": "f", "customFieldData": object{"field": "f", "label": "f", "scope": "room", "visibility": "hidden"}}},
			{"GET /department?showArchived=true", nil},
			{"GET /custom-fields", nil},
			{"GET /users/agent", nil},
			{"DELETE /users/agent/" + AliceID, nil},
			{"POST /room.close", object{"token": "ann", "rid": "r"}},
			{"DELETE /visitor/ann", nil},
		} {
			method, path, _ := strings.Cut(call.line, " ")
			if status, answer, err := server.Edit(method, Base+path, call.body); err != nil || status >= 500 {
				t.Errorf("%s answered %d %s %v", call.line, status, answer, err)
			}
		}
		server.Snapshot()
	})
}
