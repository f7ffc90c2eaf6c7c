package ethora_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// everyResource is one object of each resource, in an order in which they can
// be made: its import id, and whether the server still has it.
func everyResource(e tenant, appID string) []struct {
	typeName, importID string
	exists             func() bool
} {
	inside := func() bool { return slices.Contains(e.people(appID, "support"), "ann") }
	return []struct {
		typeName, importID string
		exists             func() bool
	}{
		{"chat_ethora_app", appID, func() bool { return e.Snapshot().App(appID).Status == "active" }},
		{"chat_ethora_user", appID + "/ann", func() bool { return e.Snapshot().App(appID).User("ann").Status == "active" }},
		{"chat_ethora_room", appID + "/support", func() bool { return e.room(appID, "support") != nil }},
		{"chat_ethora_room_access", appID + "/support/ann", inside},
		{"chat_ethora_room_members", appID + "/support", inside},
	}
}

// startWithOneOfEach starts a tenant with one object of each resource, in the
// provider's own app or in a child, and imports them all.
func startWithOneOfEach(t *testing.T, own bool) (e tenant, appID string, imported []acctest.Change) {
	t.Helper()
	e = startTenant(t)
	appID = e.AppID()
	if !own {
		appID = e.addApp(t, "Acme")
	}
	e.addUsers(t, appID, "ann")
	e.addRoom(t, appID, "support")
	e.letIn(t, appID, "support", "ann")
	p := e.Protocol(t)
	for _, object := range everyResource(e, appID) {
		change := p.Import(t.Context(), object.typeName, object.importID, nil)
		if change.State == nil || change.Problems != nil {
			t.Fatalf("importing %s: %v", object.typeName, change.Problems)
		}
		imported = append(imported, change)
	}
	return e, appID, imported
}

// Gateways, clouds and databases in trouble say "not found" too. None of that
// is about the object: no refresh takes it out of the state, and no destroy
// claims that it is gone.
func TestForeignAnswersKeepTheState(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"Railway has no such deployment": {Status: 404, Body: `{"status":"error","code":404,"message":"Application not found","request_id":"x"}`},
		"Google has no such entity":      {Status: 404, Body: `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`},
		"Vercel has no such deployment":  {Status: 404, Body: `{"error":{"code":"DEPLOYMENT_NOT_FOUND","message":"The deployment could not be found on Vercel."}}`},
		"Azure has no such resource":     {Status: 404, Body: `{"code":"ResourceNotFound","message":"The resource you are looking for has been removed"}`},
		"a web server's words":           {Status: 404, Body: `{"message":"The requested URL was not found on this server"}`},
		"a gateway has no service":       {Status: 404, Body: `{"message":"no service found for host"}`},
		"a gateway has no upstream":      {Status: 400, Body: `upstream host not found`},
		"no licence":                     {Status: 403, Body: `{"error":"no licence","code":"LICENSE_NOT_FOUND"}`},
		"no rights":                      {Status: 422, Body: `{"success":false,"error":"Not found userAcl"}`},
	} {
		for app, own := range map[string]bool{"own app": true, "child app": false} {
			t.Run(name+", "+app, func(t *testing.T) {
				t.Parallel()
				e, appID, imported := startWithOneOfEach(t, own)
				e.Faults(t, fault)
				for i, object := range everyResource(e, appID) {
					p := e.Protocol(t) // each is a run of its own, which has learned nothing yet
					read := p.Refresh(t.Context(), object.typeName, imported[i])
					if !reflect.DeepEqual(read.State, imported[i].State) || len(read.Problems) != 1 || !strings.HasPrefix(read.Problems[0], "ERROR Can't read ") {
						t.Errorf("the refresh of %s left %v and said %q", object.typeName, read.State, read.Problems)
					}
					p = e.Protocol(t)
					destroyed := p.Apply(t.Context(), object.typeName, nil, &imported[i])
					if destroyed.State == nil || len(destroyed.Problems) != 1 || !strings.HasPrefix(destroyed.Problems[0], "ERROR Can't ") {
						t.Errorf("the destroy of %s left %v and said %q", object.typeName, destroyed.State, destroyed.Problems)
					}
					if !object.exists() {
						t.Errorf("the %s is gone", object.typeName)
					}
				}
			})
		}
	}
}

// Where only some calls are answered so, what the others tell may suffice. But
// the state never loses what exists, and a destroy that succeeds has destroyed.
func TestForeignAnswersOfSomeCalls(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"no rights to read users":   {Path: "^/v1/apps/users", Status: 422, Body: `{"success":false,"error":"Not found userAcl"}`},
		"the database timed out":    {Method: "GET", Path: "/chats$", Status: 200, Body: `{"success":false,"error":"database timeout","results":[],"total":0}`},
		"no list but an error":      {Method: "GET", Path: "/chats$", Status: 200, Body: `{"results":null,"error":"database timeout"}`},
		"five rooms, but none told": {Method: "GET", Path: "/chats$", Status: 200, Body: `{"results":[],"total":5}`},
	} {
		for app, own := range map[string]bool{"own app": true, "child app": false} {
			t.Run(name+", "+app, func(t *testing.T) {
				t.Parallel()
				e, appID, imported := startWithOneOfEach(t, own)
				e.Faults(t, fault)
				objects := everyResource(e, appID)
				for i, object := range objects {
					p := e.Protocol(t)
					if read := p.Refresh(t.Context(), object.typeName, imported[i]); !reflect.DeepEqual(read.State, imported[i].State) {
						t.Errorf("the refresh of %s left %v and said %q", object.typeName, read.State, read.Problems)
					}
				}
				for i, object := range slices.Backward(objects) {
					p := e.Protocol(t)
					destroyed := p.Apply(t.Context(), object.typeName, nil, &imported[i])
					if destroyed.State == nil && object.exists() {
						t.Errorf("the %s left the state and stayed on the server: %q", object.typeName, destroyed.Problems)
					}
					if destroyed.State != nil && destroyed.Problems == nil {
						t.Errorf("the %s stays in the state, and nobody says why", object.typeName)
					}
				}
			})
		}
	}
}

// When the app that the provider signs with is archived, every call is refused.
// That says nothing about the apps below it.
func TestOwnAppArchivedKeepsItsChildren(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]control.FaultRule{
		"refused":           {Status: 403, Body: `{"success":false,"error":"App is archived","code":"APP_ARCHIVED"}`},
		"not found":         {Status: 404, Body: `{"success":false,"error":"App not found","code":"APP_NOT_FOUND"}`},
		"shown as archived": {Status: 200, Body: `{"app":{"_id":"APP","displayName":"Base","status":"archived"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, appID, imported := startWithOneOfEach(t, false)
			everything := control.FaultRule{Status: 403, Body: `{"success":false,"error":"App is archived","code":"APP_ARCHIVED"}`}
			if told.Status == 404 {
				everything = told
			}
			told.Method, told.Path, told.Body = "GET", "^/v2/apps/"+e.AppID()+"$", strings.ReplaceAll(told.Body, `"APP"`, `"`+e.AppID()+`"`)
			e.Faults(t, told, everything)
			for i, object := range everyResource(e, appID) {
				p := e.Protocol(t)
				read := p.Refresh(t.Context(), object.typeName, imported[i])
				if !reflect.DeepEqual(read.State, imported[i].State) || len(read.Problems) != 1 || !strings.Contains(read.Problems[0], "app "+e.AppID()+", with which the provider signs") {
					t.Errorf("the refresh of %s left %v and said %q", object.typeName, read.State, read.Problems)
				}
				p = e.Protocol(t)
				if destroyed := p.Apply(t.Context(), object.typeName, nil, &imported[i]); destroyed.State == nil || len(destroyed.Problems) != 1 {
					t.Errorf("the destroy of %s left %v and said %q", object.typeName, destroyed.State, destroyed.Problems)
				}
			}
		})
	}
}
