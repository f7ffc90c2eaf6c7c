package rocketchat_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

func TestAdminCredentials(t *testing.T) {
	b := newBench(t)
	id, token := b.mock.AdminUserID(), b.mock.AdminToken()
	for name, header := range map[string]map[string]string{
		"nothing":             nil,
		"no user":             {"X-Auth-Token": token},
		"no token":            {"X-User-Id": id},
		"a wrong token":       {"X-Auth-Token": "x", "X-User-Id": id},
		"a wrong user":        {"X-Auth-Token": token, "X-User-Id": "x"},
		"the agent's token":   {"X-Auth-Token": b.mock.AgentToken(), "X-User-Id": id},
		"the admin's token":   {"X-Auth-Token": token, "X-User-Id": b.mock.AgentUserID()},
		"as a bearer":         {"Authorization": "Bearer " + token, "X-User-Id": id},
		"the visitor's token": {"X-Visitor-Token": token, "X-User-Id": id},
	} {
		t.Log(name)
		b.set(rocketchat.Settings{})
		b.call("GET /department", "", header).is(401).equals(map[string]any{"success": false, "error": "You must be logged in to do this."})
		b.set(rocketchat.Settings{Version: "older"})
		b.call("GET /department", "", header).is(401).equals(map[string]any{
			"success": false, "error": "You must be logged in to do this.", "status": "error", "message": "You must be logged in to do this.",
		})
	}
}

// An agent sees departments and custom fields, and changes nothing.
func TestPermissions(t *testing.T) {
	b := newBench(t)
	for call, may := range map[string]bool{
		"GET /department":                  true,
		"GET /departments/archived":        true,
		"GET /department/SALES":            true,
		"GET /department/SALES/agents":     true,
		"GET /custom-fields":               true,
		"GET /custom-fields/tier":          true,
		"GET /users/agent":                 true,
		"POST /room.closeByUser":           true,
		"POST /department":                 false,
		"PUT /department/SALES":            false,
		"DELETE /department/SALES":         false,
		"POST /department/SALES/archive":   false,
		"POST /department/SALES/unarchive": false,
		"POST /department/SALES/agents":    false,
		"POST /custom-fields.save":         false,
		"POST /custom-fields.delete":       false,
		"POST /rooms.delete":               false,
		"GET /visitor/ann/room":            false,
		"POST /users/agent":                false,
		"GET /users/agent/ALICE":           false,
		"DELETE /users/agent/ALICE":        false,
	} {
		b.send(call, "{}").is(401)
		got := b.agent(call, "{}")
		if may && (got.status == 401 || got.status == 403) {
			t.Errorf("an agent may not %s: %d %s", call, got.status, got.raw)
		}
		if !may {
			got.is(403).equals(map[string]any{"success": false, "error": "User does not have the permissions required for this action [error-forbidden]"})
		}
	}
	b.set(rocketchat.Settings{Version: "older"})
	b.agent("POST /department", "{}").is(403).has("User does not have the permissions required for this action [error-unauthorized]", "error")
}

func TestOwnCredentials(t *testing.T) {
	b := newBench(t)
	b.mock = rocketchat.New(rocketchat.Options{AdminUserID: "boss", AdminToken: "secret"})
	if b.mock.AdminUserID() != "boss" || b.mock.AdminToken() != "secret" || b.mock.AgentToken() != rocketchat.DefaultAgentToken {
		t.Error("the server has other credentials than it was given")
	}
	b.admin("GET /users/manager", "").is(200).lists("boss", "users", "_id")
}

func TestUnknownRoutes(t *testing.T) {
	b := newBench(t)
	for _, call := range []string{"PATCH /visitor/ann", "GET /visitor/", "GET /rooms/x", "GET /room/", "POST /room.transfer"} {
		b.send(call, "").is(404).equals(map[string]any{"success": false, "error": "Not Found"})
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/livechat/../livechat/config", nil)
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	if recorder.Code != 404 {
		t.Errorf("a path with dots was answered with %d", recorder.Code)
	}
}

// Tokens of visitors are secrets, wherever they travel.
func TestLogAndStateHaveNoSecrets(t *testing.T) {
	b := newBench(t)
	const token = "t0p/secret token"
	const escaped = "t0p%2Fsecret%20token"
	b.visitor(token)
	b.send("GET /visitor/"+escaped, "").is(200)
	b.names["CHAT"] = b.send("GET /room?agentId=&token=t0p%2Fsecret+token", "").is(200).text("room", "_id")
	b.send("GET /agent.info/CHAT/"+escaped, "").is(200)
	b.send("GET /agent.next/"+escaped, "").is(200)
	b.send("PUT /visitor/"+escaped, "").is(404)
	b.admin("GET /visitor/"+escaped+"/room", "").is(200)
	b.send("POST /message", `{"token":"`+token+`","rid":"CHAT","msg":"x"}`).is(200)
	b.upload("CHAT", token, part{"file", "a.txt", "text/plain", "a"}).is(200)
	b.send("POST /room.close", `{"token":"`+token+`","rid":"CHAT"}`).is(200)
	b.send("GET /messages.history/CHAT?%74oken=t0p%2Fsecret+token&limit=1", "").is(200)
	b.send("DELETE /visitor/"+escaped, "").is(200)
	b.visitor(token)
	b.send("POST /visitor/department.transfer", `{"token":"`+token+`","rid":"CHAT","department":"x"}`).is(400)

	log := fmt.Sprintf("%+v %+v", b.mock.Requests(), b.mock.State())
	for _, secret := range []string{token, escaped, "secret", b.mock.AdminToken()} {
		if strings.Contains(log, secret) {
			t.Errorf("the log or the state shows %q: %s", secret, log)
		}
	}
	var lines []string
	for _, request := range b.mock.Requests() {
		lines = append(lines, strings.TrimPrefix(request.Method+" "+request.Path+"?"+request.Query, rocketchat.Base))
	}
	want := strings.Join([]string{
		"POST /visitor?", "GET /visitor/:token?", "GET /room?agentId=&token=<hidden>", "GET /agent.info/CHAT/:token?", "GET /agent.next/:token?",
		"PUT /visitor/:token?", "GET /visitor/:token/room?", "POST /message?", "POST /upload/CHAT?", "POST /room.close?",
		"GET /messages.history/CHAT?%74oken=<hidden>&limit=1", "DELETE /visitor/:token?", "POST /visitor?",
		"POST /visitor/department.transfer?",
	}, "\n")
	if got := strings.ReplaceAll(strings.Join(lines, "\n"), rocketchat.Base, ""); got != b.fill(want) {
		t.Errorf("the log is\n%s\nwant\n%s", got, b.fill(want))
	}
	if header := b.mock.Requests()[8].Headers["X-Visitor-Token"]; header != "<hidden>" {
		t.Errorf("the header is logged as %q", header)
	}
}

// Without the wrapper the tokens would be logged, so nothing works.
func TestBareControlServerRefusesAll(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequestWithContext(t.Context(), "GET", rocketchat.Base+"/config", nil)
	recorder := httptest.NewRecorder()
	b.mock.Server.ServeHTTP(recorder, r)
	if recorder.Code != 500 || !strings.Contains(recorder.Body.String(), "without rocketchat.Server around it") {
		t.Errorf("the bare server answered %d %s", recorder.Code, recorder.Body)
	}
}
