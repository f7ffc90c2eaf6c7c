package rocketchat_test

import (
	"reflect"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// versions are all ways in which servers answer.
var versions = map[string]mock.Settings{
	"newer":           {DepartmentRemoval: true},
	"older":           {DepartmentRemoval: true, Version: "older"},
	"absent for null": {DepartmentRemoval: true, Missing: "absent"},
}

// stage is one thing that a server holds, and how it goes.
type stage struct {
	typeName       string
	config, change acctest.Object
	importID       string
	remove         func()
}

// onStage are the resources that need no definition of custom fields, in an
// order in which they can be made.
func onStage(t *testing.T, e tenant) []stage {
	room := e.openRoom(t, "bob-1")
	return []stage{
		{visitorType, with(ann(), acctest.Object{"token": "ann-1"}), with(ann(), acctest.Object{"token": "ann-1", "name": "Anna"}), "ann-1",
			func() { e.edit(t, "DELETE /visitor/ann-1", nil) }},
		{roomType, roomOf("carl-1"), with(roomOf("carl-1"), acctest.Object{"adopt_existing": true}), "",
			func() { e.closeRoom(t, "carl-1", e.openRoom(t, "carl-1")) }},
		{messageType, with(hello(room), acctest.Object{"visitor_token": "bob-1"}), with(hello(room), acctest.Object{"visitor_token": "bob-1", "text": "Hi"}), room + "/hello/bob-1",
			func() { e.edit(t, "DELETE /message/hello", map[string]any{"token": "bob-1", "rid": room}) }},
		{departmentType, billing(), with(billing(), acctest.Object{"name": "Bills"}), "",
			func() { e.edit(t, "DELETE /department/"+e.department("Bills").ID, nil) }},
	}
}

// The whole life of each resource, on every kind of server.
func TestVersions(t *testing.T) {
	t.Parallel()
	for name, settings := range versions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			e.addVisitor(t, "bob-1", nil)
			e.addVisitor(t, "carl-1", nil)
			for _, one := range onStage(t, e) {
				p := e.Protocol(t)
				made := p.Apply(t.Context(), one.typeName, one.config, nil)
				read := p.Refresh(t.Context(), one.typeName, made)
				changed := p.Apply(t.Context(), one.typeName, one.change, &read)
				again := p.Refresh(t.Context(), one.typeName, changed)
				if made.Problems != nil || read.Problems != nil || changed.Problems != nil || !reflect.DeepEqual(read.State, made.State) || !reflect.DeepEqual(again.State, changed.State) {
					t.Errorf("%s: %q %q %q, %v %v %v %v", one.typeName, made.Problems, read.Problems, changed.Problems, made.State, read.State, changed.State, again.State)
				}
				if one.importID == "" {
					one.importID = text(made.State, "id")
				}
				if imported := p.Import(t.Context(), one.typeName, one.importID, nil); imported.Problems != nil || !reflect.DeepEqual(imported.Identity, made.Identity) {
					t.Errorf("%s: the import gave %v %q", one.typeName, imported.State, imported.Problems)
				}
				one.remove()
				if gone := e.Protocol(t).Refresh(t.Context(), one.typeName, changed); gone.State != nil || len(gone.Problems) != 1 {
					t.Errorf("%s: it stays in the state: %v %q", one.typeName, gone.State, gone.Problems)
				}
				if gone := p.Apply(t.Context(), one.typeName, nil, &changed); gone.Problems != nil {
					t.Errorf("%s: the destroy of what is gone says %q", one.typeName, gone.Problems)
				}
				made = p.Apply(t.Context(), one.typeName, one.config, nil)
				if gone := p.Apply(t.Context(), one.typeName, nil, &made); made.Problems != nil || gone.Problems != nil {
					t.Errorf("%s: %q %q", one.typeName, made.Problems, gone.Problems)
				}
			}
		})
	}
}
