package oichat_test

import (
	"reflect"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// Gateways, clouds and web servers say "not found" too. None of that is about
// the room: no refresh takes it out of the state, and no destroy claims that it
// is gone.
func TestForeignAnswersKeepTheState(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.FaultRule{
		"Railway has no such deployment": {Status: 404, Body: `{"status":"error","code":404,"message":"Application not found","request_id":"x"}`},
		"Google has no such entity":      {Status: 404, Body: `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`},
		"Vercel has no such deployment":  {Status: 404, Body: `{"error":{"code":"DEPLOYMENT_NOT_FOUND","message":"The deployment could not be found on Vercel."}}`},
		"Azure has no such resource":     {Status: 404, Body: `{"code":"ResourceNotFound","message":"The resource you are looking for has been removed"}`},
		"a web server repeats the path":  {Status: 404, Body: `{"message":"The requested URL /v1/rooms/room-1 was not found on this server"}`},
		"a router has no route":          {Status: 404, Body: `{"message":"Cannot GET /v1/rooms/room","error":"Not Found","statusCode":404}`},
		"a gateway has no service":       {Status: 404, Body: `{"message":"no service found for host"}`},
		"Spring has no handler":          {Status: 404, Body: `{"timestamp":"2026-01-01","status":404,"error":"Not Found","path":"/v1/rooms/room-1"}`},
		"a gateway has no upstream":      {Status: 400, Body: `upstream host not found`},
		"the project is unknown":         {Status: 404, Body: `{"error":{"code":"PROJECT_NOT_FOUND","message":"Project not found"}}`},
		"no licence":                     {Status: 403, Body: `{"error":{"code":"LICENSE_NOT_FOUND","message":"no licence"}}`},
		"an error in disguise":           {Status: 200, Body: `{"success":false,"error":{"code":"ROOM_NOT_FOUND","message":"database timeout"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, room := startWithRoom(t)
			ann := p.Protocol(t).Import(t.Context(), participantType, roomIDOf(room)+"/ann", nil)
			p.Faults(t, fault)
			for typeName, prior := range map[string]change{roomType: room, participantType: ann} {
				read := p.refresh(t, typeName, prior)
				mustFail(t, read.Problems, "")
				if !reflect.DeepEqual(read.State, prior.State) {
					t.Errorf("the refresh of %s left %v", typeName, read.State)
				}
				destroyed := p.Protocol(t).Apply(t.Context(), typeName, nil, &prior)
				mustFail(t, destroyed.Problems, "")
				if destroyed.State == nil {
					t.Errorf("the destroy of %s took it out of the state", typeName)
				}
			}
		})
	}
}
