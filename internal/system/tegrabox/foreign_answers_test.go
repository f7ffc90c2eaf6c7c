package tegrabox_test

import (
	"reflect"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// Gateways, clouds and databases in trouble say "not found" too. None of that is
// about the object: no refresh takes it out of the state, and no destroy claims
// that it is gone.
func TestForeignAnswersKeepTheState(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"Render has no such service":     {Status: 404, Body: "Not Found\n", Headers: map[string]string{"x-render-routing": "no-server"}},
		"Railway has no such deployment": {Status: 404, Body: `{"status":"error","code":404,"message":"Application not found","request_id":"x"}`},
		"Google has no such entity":      {Status: 404, Body: `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`},
		"Vercel has no such deployment":  {Status: 404, Body: `{"error":{"code":"DEPLOYMENT_NOT_FOUND","message":"The deployment could not be found on Vercel."}}`},
		"Azure has no such resource":     {Status: 404, Body: `{"code":"ResourceNotFound","message":"The resource you are looking for has been removed"}`},
		"a web server's words":           {Status: 404, Body: `{"message":"The requested URL was not found on this server"}`},
		"a router's words":               {Status: 404, Body: `{"message":"Cannot GET /api/projects/x/users/user"}`},
		"a gateway has no service":       {Status: 404, Body: `{"message":"no service found for host"}`},
		"no such project":                {Status: 404, Body: `{"message":"Project not found"}`},
		"a retired host":                 {Status: 410, Body: `{"message":"User not found"}`},
		"no licence":                     {Status: 403, Body: `{"error":"no licence","code":"LICENSE_NOT_FOUND"}`},
		"refused":                        {Status: 200, Body: `{"success":false,"error":"database timeout"}`},
		"somebody else's object":         {Status: 200, Body: `{"id":"x9","username":"eve","external_user_id":"crm-9","name":"Lair","created_by":"x9"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
			room := e.Protocol(t).Apply(t.Context(), roomType, general(text(user.State, "id")), nil)
			e.Faults(t, fault)
			for typeName, change := range map[string]acctest.Change{userType: user, roomType: room} {
				for _, settings := range []acctest.Object{nil, {"project_id": e.ProjectID()}} { // the lookup of the project is not the only guard
					read := e.ProtocolWith(t, settings).Refresh(t.Context(), typeName, change)
					onlyProblem(t, read.Problems, "ERROR Can't read TegraBox")
					if !reflect.DeepEqual(read.State, change.State) {
						t.Errorf("the refresh of %s left %v", typeName, read.State)
					}
					destroyed := e.ProtocolWith(t, settings).Apply(t.Context(), typeName, nil, &change)
					onlyProblem(t, destroyed.Problems, "ERROR Can't delete TegraBox")
					if destroyed.State == nil {
						t.Errorf("the destroy of %s took it out of the state", typeName)
					}
				}
			}
			if e.user("ann") == nil || len(e.rooms("General")) != 1 {
				t.Error("something is gone")
			}
		})
	}
}

// Where only the single reads are answered so, the list tells what is there.
func TestForeignAnswersOfSingleReads(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	user := e.Protocol(t).Apply(t.Context(), userType, ann, nil)
	room := e.Protocol(t).Apply(t.Context(), roomType, general(text(user.State, "id")), nil)
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/(users|rooms)/", Status: 404, Body: `{"message":"Cannot GET"}`})
	for typeName, change := range map[string]acctest.Change{userType: user, roomType: room} {
		if read := e.Protocol(t).Refresh(t.Context(), typeName, change); !reflect.DeepEqual(read.State, change.State) || read.Problems != nil {
			t.Errorf("%s: the refresh left %v and said %q", typeName, read.State, read.Problems)
		}
	}
	e.Edit(t, "DELETE", project+"/users/"+text(user.State, "id"), nil)
	gone := e.Protocol(t).Refresh(t.Context(), userType, user)
	onlyWarning(t, gone.Problems, "no longer exists")
}

// A list that lags, or lacks what exists, takes nothing out of the state: each
// object that it lacks is asked for alone.
func TestListsThatLackObjects(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	var users []acctest.Change
	for _, username := range numbered("user", 8) {
		users = append(users, p.Apply(t.Context(), userType, acctest.Object{"username": username, "external_user_id": username}, nil))
	}
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/users$", Status: 200, Body: `{"items":[],"page":1,"total":0,"totalPages":0}`})
	p = e.Protocol(t)
	for _, user := range users {
		if read := p.Refresh(t.Context(), userType, user); !reflect.DeepEqual(read.State, user.State) || read.Problems != nil {
			t.Errorf("the refresh left %v and said %q", read.State, read.Problems)
		}
	}
}
