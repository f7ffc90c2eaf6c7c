package rocketchat

import (
	"net/http"
	"net/url"
	"strings"
)

// Who may call a route.
type access int

const (
	byVisitor access = iota // nobody is asked who they are; the visitor's token is the credential
	byAgent                 // who may see rooms: agents and the admin
	byAdmin                 // the admin
)

// A route is one vendor call.
type route struct {
	path   string // method and path, Base left out; {name} stands for any one segment
	access access
	serve  func(*call) *answer
	newer  bool // an older server has no such route
}

// routes are all vendor calls (§2, §3). Agents see departments and custom
// fields, and change none.
var routes = []route{
	{"GET /config", byVisitor, getConfig, false},

	{"POST /visitor", byVisitor, registerVisitor, false},
	{"GET /visitor/{token}", byVisitor, getVisitor, false},
	{"DELETE /visitor/{token}", byVisitor, deleteVisitor, false},
	{"GET /visitor/{token}/room", byAdmin, listOpenRooms, false},
	{"POST /visitor.status", byVisitor, setVisitorStatus, false},
	{"POST /visitor/department.transfer", byVisitor, transferRoom, false},
	{"POST /custom.field", byVisitor, setCustomField, false},
	{"POST /custom.fields", byVisitor, setCustomFields, false},

	{"GET /agent.info/{rid}/{token}", byVisitor, getAgent, false},
	{"GET /agent.next/{token}", byVisitor, getNextAgent, false},

	{"GET /room", byVisitor, getRoom, false},
	{"POST /room.close", byVisitor, closeRoom, false},
	{"POST /room.closeByUser", byAgent, closeRoomByUser, false},
	{"POST /room.survey", byVisitor, submitSurvey, false},
	{"GET /rooms", byAgent, listRooms, false},
	{"POST /rooms.delete", byAdmin, deleteRoom, true},
	{"POST /transcript", byVisitor, sendTranscript, false},
	{"POST /upload/{rid}", byVisitor, uploadFile, false},

	{"POST /message", byVisitor, sendMessage, false},
	{"GET /message/{_id}", byVisitor, getMessage, false},
	{"PUT /message/{_id}", byVisitor, updateMessage, false},
	{"DELETE /message/{_id}", byVisitor, deleteMessage, false},
	{"GET /messages.history/{rid}", byVisitor, listMessages, false},
	{"POST /offline.message", byVisitor, sendOfflineMessage, false},

	{"GET /department", byAgent, listDepartments, false},
	{"POST /department", byAdmin, createDepartment, false},
	{"GET /departments/archived", byAgent, listArchivedDepartments, false},
	{"GET /department/{_id}", byAgent, getDepartment, false},
	{"PUT /department/{_id}", byAdmin, updateDepartment, false},
	{"DELETE /department/{_id}", byAdmin, deleteDepartment, false},
	{"POST /department/{_id}/archive", byAdmin, archiveDepartment, false},
	{"POST /department/{_id}/unarchive", byAdmin, unarchiveDepartment, false},
	{"GET /department/{_id}/agents", byAgent, listDepartmentAgents, false},
	{"POST /department/{_id}/agents", byAdmin, changeDepartmentAgents, false},

	{"GET /custom-fields", byAgent, listDefinitions, false},
	{"GET /custom-fields/{_id}", byAgent, getDefinition, false},
	{"POST /custom-fields.save", byAdmin, saveDefinition, true},
	{"POST /custom-fields.delete", byAdmin, deleteDefinition, true},

	{"GET /users/{type}", byAgent, listUsers, false},
	{"POST /users/{type}", byAdmin, addUser, false},
	{"GET /users/{type}/{_id}", byAdmin, getUser, false},
	{"DELETE /users/{type}/{_id}", byAdmin, removeUser, false},
}

// findRoute finds the route of the call and its path parameters.
func (c *call) findRoute() {
	path := c.request.Method + " " + c.request.URL.EscapedPath()
	for i := range routes {
		if routes[i].newer && c.settings.older() {
			continue
		}
		method, pattern, _ := strings.Cut(routes[i].path, " ")
		if parameters := match(method+" "+Base+pattern, path); parameters != nil {
			c.route, c.path = &routes[i], parameters
			return
		}
	}
}

// match returns the values of the {parameters} of a pattern in an escaped path,
// or nil when they do not match.
func match(pattern, path string) map[string]string {
	parts, segments := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(parts) != len(segments) {
		return nil
	}
	parameters := map[string]string{}
	for i, part := range parts {
		name, isParameter := strings.CutPrefix(part, "{")
		value, err := url.PathUnescape(segments[i])
		switch {
		case err != nil || value == "" && isParameter || value != part && !isParameter:
			return nil
		case isParameter:
			parameters[strings.TrimSuffix(name, "}")] = value
		}
	}
	return parameters
}

// noRoute answers a path that the server does not have. Both bodies are
// [assumed].
func (c *call) noRoute() *answer {
	if c.settings.older() {
		return (&answer{body: map[string]any{"status": "error", "message": "API endpoint does not exist."}}).with(http.StatusNotFound)
	}
	return failure("Not Found").with(http.StatusNotFound)
}
