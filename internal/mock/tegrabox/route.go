package tegrabox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Who may call a route.
type access int

const (
	byKey   access = iota // the project's API key
	byToken               // the JWT of a user
)

// A route is one vendor call.
type route struct {
	operation string // name in the SDK
	path      string // method and path, prefix left out; P is the project, {name} any one segment
	access    access
	missing   bool // answers 501 until it is implemented
	serve     func(*call) *answer
}

// routes are all vendor calls (tegrabox-api.md §3). The operations, the key for
// users, rooms and messages, the JWT for auth.verify, and the three calls that
// are missing are [seed]; all methods and paths, the JWT for join and leave,
// and the lookup of the project under this name are [assumed]. Settings.Paths
// can replace each method and path.
var routes = []route{
	{"projects.me", "GET /projects/me", byKey, false, getProject},
	{"auth.verify", "GET /auth/verify", byToken, false, verifyToken},

	{"users.create", "POST P/users", byKey, false, createUser},
	{"users.list", "GET P/users", byKey, false, listUsers},
	{"users.get", "GET P/users/{id}", byKey, false, getUser},
	{"users.update", "PATCH P/users/{id}", byKey, false, updateUser}, // PUT is possible: §3
	{"users.delete", "DELETE P/users/{id}", byKey, false, deleteUser},
	{"users.generateToken", "POST P/users/{id}/token", byKey, false, generateToken},
	{"users.revokeToken", "DELETE P/users/{id}/token", byKey, false, revokeTokens}, // POST .../revoke is possible: §3

	{"rooms.create", "POST P/rooms", byKey, false, createRoom},
	{"rooms.list", "GET P/rooms", byKey, false, listRooms},
	{"rooms.get", "GET P/rooms/{id}", byKey, false, getRoom},
	{"rooms.update", "PATCH P/rooms/{id}", byKey, true, updateRoom},
	{"rooms.delete", "DELETE P/rooms/{id}", byKey, true, deleteRoom},
	{"rooms.join", "POST P/rooms/{id}/join", byToken, false, joinRoom},
	{"rooms.leave", "POST P/rooms/{id}/leave", byToken, false, leaveRoom},

	{"messages.create", "POST P/rooms/{id}/messages", byKey, false, createMessage},
	{"messages.list", "GET P/rooms/{id}/messages", byKey, false, listMessages}, // by key only presumably: §3
	{"messages.delete", "DELETE P/rooms/{id}/messages/{message_id}", byKey, true, deleteMessage},
}

func findOperation(name string) *route {
	if i := slices.IndexFunc(routes, func(r route) bool { return r.operation == name }); i >= 0 {
		return &routes[i]
	}
	return nil
}

// findRoute finds the route of the call and its path parameters. Routes with
// fixed words stand before those with parameters.
func (c *call) findRoute() {
	path := strings.Split(c.request.Method+" "+c.request.URL.EscapedPath(), "/")
	for i := range routes {
		if parameters := match(c.settings.pattern(routes[i]), path); parameters != nil {
			c.route, c.path = &routes[i], parameters
			return
		}
	}
}

// pattern is the path of a route as the settings have it, cut at its slashes.
func (s Settings) pattern(r route) []string {
	path := r.path
	if replaced, found := s.Paths[r.operation]; found {
		path = replaced
	}
	method, path, _ := strings.Cut(path, " ")
	if rest, scoped := strings.CutPrefix(path, "P/"); scoped {
		path = "/" + rest
		if s.ProjectIn == "path" {
			path = "/projects/{project_id}" + path
		}
	}
	return strings.Split(method+" "+strings.TrimSuffix(s.Prefix, "/")+path, "/")
}

// match returns the values of the {parameters} of a pattern in an escaped path,
// or nil when they do not match.
func match(pattern, path []string) map[string]string {
	if len(pattern) != len(path) {
		return nil
	}
	parameters := map[string]string{}
	for i, part := range pattern {
		if !strings.HasPrefix(part, "{") {
			if part != path[i] {
				return nil
			}
			continue
		}
		value, _ := url.PathUnescape(path[i]) // what EscapedPath returns is well formed
		if value == "" {
			return nil
		}
		parameters[strings.Trim(part, "{}")] = value
	}
	return parameters
}

// unimplemented is the 501 of a call that is missing, if it comes at this
// moment (§3).
func (c *call) unimplemented(moment string) *answer {
	if !c.route.missing || c.operator || c.settings.UnimplementedAt != moment || slices.Contains(c.settings.Implemented, c.route.operation) {
		return nil
	}
	return failure(http.StatusNotImplemented, "Not implemented: "+c.route.operation+" is coming soon")
}
