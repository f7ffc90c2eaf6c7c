package oichat

import (
	"net/url"
	"strings"
)

// A route is one vendor call.
type route struct {
	operation string // name in the SDK
	path      string // method and path, prefix left out; {name} stands for any one segment
	serve     func(*call) answer
}

// routes are all vendor calls (oichat-api.md §3). The operations and the names
// of the parameters are [seed]; all methods and all paths are [assumed], which
// is why Settings.Paths can replace each of them.
var routes = []route{
	{"auth.createToken", "POST /auth/token", createToken},
	{"auth.refreshToken", "POST /auth/token/refresh", refreshToken},
	{"rooms.create", "POST /rooms", createRoom},
	{"rooms.list", "GET /rooms", listRooms},
	{"rooms.get", "GET /rooms/{room_id}", getRoom},
	{"rooms.update", "PATCH /rooms/{room_id}", updateRoom}, // PUT is possible: §3
	{"rooms.delete", "DELETE /rooms/{room_id}", deleteRoom},
	{"rooms.addParticipant", "POST /rooms/{room_id}/participants", addParticipant},
	{"rooms.removeParticipant", "DELETE /rooms/{room_id}/participants/{user_id}", removeParticipant},
	{"rooms.leave", "POST /rooms/{room_id}/leave", leaveRoom},
	{"messages.send", "POST /messages", sendMessage}, // below a room is possible: §3
}

// route finds the route of the call and fills in the path parameters.
func (c *call) route() *route {
	path := c.request.Method + " " + c.request.URL.EscapedPath()
	for i := range routes {
		if parameters := match(c.settings.pattern(routes[i]), path); parameters != nil {
			c.path = parameters
			return &routes[i]
		}
	}
	return nil
}

// pattern is the path of a route as the settings have it, prefix included.
func (s Settings) pattern(r route) string {
	pattern := r.path
	if replaced, found := s.Paths[r.operation]; found {
		pattern = replaced
	}
	method, path, _ := strings.Cut(pattern, " ")
	return method + " " + strings.TrimSuffix(s.Prefix, "/") + path
}

// match compares a pattern with an escaped path. It returns the values of the
// {parameters}, or nil when they do not match.
func match(pattern, path string) map[string]string {
	parts, segments := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(parts) != len(segments) {
		return nil
	}
	parameters := map[string]string{}
	for i, part := range parts {
		segment, _ := url.PathUnescape(segments[i]) // what EscapedPath returns is well formed
		switch {
		case strings.HasPrefix(part, "{") && segment != "":
			parameters[strings.Trim(part, "{}")] = segment
		case part != segment:
			return nil
		}
	}
	return parameters
}
