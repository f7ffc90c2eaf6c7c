package tegrabox

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Tags say how sure a fact is; the head of tegrabox-api.md explains them. No path
// of TegraBox is [seed].
const assumed = "assumed"

// route is one call of the vendor's API. A leading P stands for the project, and
// the parts of the path in braces are filled in order by request. The names of
// the operations are the SDK's [seed].
type route struct {
	operation string
	method    string
	path      string // after the prefix
	tag       string
}

const defaultPrefix = "/api" // [assumed]

// Every route that the client uses, in one table (tegrabox-api.md §1, §3).
var (
	getProjectRoute    = route{"project", http.MethodGet, "/projects/me", assumed} // the SDK does not name it
	verifyRoute        = route{"auth.verify", http.MethodGet, "/auth/verify", assumed}
	createUserRoute    = route{"users.create", http.MethodPost, "P/users", assumed}
	listUsersRoute     = route{"users.list", http.MethodGet, "P/users", assumed}
	getUserRoute       = route{"users.get", http.MethodGet, "P/users/{user}", assumed}
	updateUserRoute    = route{"users.update", http.MethodPatch, "P/users/{user}", assumed}
	deleteUserRoute    = route{"users.delete", http.MethodDelete, "P/users/{user}", assumed}
	generateTokenRoute = route{"users.generateToken", http.MethodPost, "P/users/{user}/token", assumed}
	revokeTokenRoute   = route{"users.revokeToken", http.MethodDelete, "P/users/{user}/token", assumed}
	createRoomRoute    = route{"rooms.create", http.MethodPost, "P/rooms", assumed}
	listRoomsRoute     = route{"rooms.list", http.MethodGet, "P/rooms", assumed}
	getRoomRoute       = route{"rooms.get", http.MethodGet, "P/rooms/{room}", assumed}
	joinRoomRoute      = route{"rooms.join", http.MethodPost, "P/rooms/{room}/join", assumed}
	leaveRoomRoute     = route{"rooms.leave", http.MethodPost, "P/rooms/{room}/leave", assumed}
	updateRoomRoute    = route{"rooms.update", http.MethodPatch, "P/rooms/{room}", assumed}  // 501 [seed]
	deleteRoomRoute    = route{"rooms.delete", http.MethodDelete, "P/rooms/{room}", assumed} // 501 [seed]
	createMessageRoute = route{"messages.create", http.MethodPost, "P/rooms/{room}/messages", assumed}
	listMessagesRoute  = route{"messages.list", http.MethodGet, "P/rooms/{room}/messages", assumed}
	deleteMessageRoute = route{"messages.delete", http.MethodDelete, "P/rooms/{room}/messages/{message}", assumed} // 501 [seed]
)

// The names of the headers [assumed]; all can be configured.
const (
	apiKeyHeader  = "X-API-Key"
	jwtHeader     = "Authorization"
	projectHeader = "X-Project-Id"
)

// inProject reports whether the route needs the id of the project.
func (r route) inProject() bool { return strings.HasPrefix(r.path, "P/") }

// request fills the project and the braces of the route with the escaped ids, in
// order.
func (c *Client) request(r route, project string, ids ...string) rest.Request {
	segments := strings.Split(strings.TrimPrefix(r.path, "P"), "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = url.PathEscape(ids[0])
			ids = ids[1:]
		}
	}
	path := strings.Join(segments, "/")
	if r.inProject() && c.config.ProjectIn == InPath {
		path = "/projects/" + url.PathEscape(project) + path
	}
	return rest.Request{Method: r.method, Path: c.config.Prefix + path}
}
