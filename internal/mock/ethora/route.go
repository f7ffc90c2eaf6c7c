package ethora

import (
	"net/http"
	"net/url"
	"strings"
)

// A scope says who may call a route and which app the call is about.
type scope int

const (
	public      scope = iota // no token
	ownApp                   // the app of the server token
	pathApp                  // the app in the path: the token's own or a child
	anyPathApp               // pathApp, and the app may be archived
	clientToken              // a client token in x-custom-token
)

// A route is one vendor call. The first route that matches is taken.
type route struct {
	method  string
	pattern string // {name} stands for any one segment
	scope   scope
	serve   func(*call) answer
	when    func(Settings) bool // nil: always there
}

// routes are all vendor calls.
var routes = []route{
	{"GET", "/v1/ping", public, ping, nil},
	{"GET", "/v1/apps/get-config", public, getConfig, nil},
	{"POST", "/v1/users/client", clientToken, exchangeClient, nil},

	{"GET", "/v2/apps", ownApp, listApps, nil},
	{"POST", "/v2/apps", ownApp, createApp, nil},
	{"GET", "/v2/apps/purge-jobs/{jobId}", ownApp, getPurgeJob, nil},
	{"GET", "/v2/apps/{appId}", anyPathApp, getApp, nil},
	{"PATCH", "/v2/apps/{appId}", pathApp, updateApp, func(s Settings) bool { return s.Patch == "" }},
	{"PATCH", "/v2/apps/{appId}", public, methodNotAllowed, func(s Settings) bool { return s.Patch == "405" }},
	{"PUT", "/v2/apps/{appId}", pathApp, updateApp, func(s Settings) bool { return s.Patch != "" && !s.NoPutV2 }},
	{"PUT", "/v1/apps/{appId}", pathApp, updateApp, func(s Settings) bool { return s.Patch != "" }},
	{"DELETE", "/v2/apps/{appId}", pathApp, deleteApp, nil},
	{"POST", "/v2/apps/{appId}/restore", anyPathApp, restoreApp, nil},
	{"POST", "/v1/apps/{appId}/restore", anyPathApp, restoreApp, nil},

	{"POST", "/v2/users/batch", ownApp, createUsers, nil},
	{"GET", "/v2/users/batch/{jobId}", ownApp, getUsersJob, nil},
	{"POST", "/v2/apps/{appId}/users/batch", pathApp, createUsers, nil},
	{"GET", "/v2/apps/{appId}/users/batch/{jobId}", pathApp, getUsersJob, nil},
	{"DELETE", "/v2/apps/{appId}/users/batch", pathApp, deleteUsers, nil},
	{"POST", "/v2/apps/{appId}/users/{userId}/restore", pathApp, restoreUser, nil},
	{"POST", "/v1/users/batch", ownApp, createUsersNow, nil},
	{"DELETE", "/v1/users/batch", ownApp, deleteUsers, nil},
	{"GET", "/v1/apps/users", ownApp, listUsersV1, nil},
	{"GET", "/v1/apps/users/{xmppUsername}", ownApp, getUserV1, nil},
	{"GET", "/v2/chats/users", ownApp, listUsers, nil},
	{"PATCH", "/v2/chats/users", ownApp, updateUsers, nil},
	{"GET", "/v2/apps/{appId}/chats/users", pathApp, listUsers, func(s Settings) bool { return !s.NoAppUserList }},
	{"PATCH", "/v2/apps/{appId}/chats/users", pathApp, updateUsers, nil},
	{"GET", "/v2/apps/{appId}/users/{userId}/chats", pathApp, listUserChats, nil},

	{"POST", "/v2/chats/users-access", ownApp, grantAccess, nil},
	{"DELETE", "/v2/chats/users-access", ownApp, revokeAccess, nil},
	{"POST", "/v2/apps/{appId}/chats/users-access", pathApp, grantAccess, nil},
	{"DELETE", "/v2/apps/{appId}/chats/users-access", pathApp, revokeAccess, nil},
	{"POST", "/v2/chats/broadcast", ownApp, broadcast, nil},
	{"POST", "/v2/apps/{appId}/chats/broadcast", pathApp, broadcast, nil},
	{"GET", "/v2/apps/{appId}/chats/broadcast/{jobId}", pathApp, getBroadcastJob, nil},
	{"POST", "/v2/apps/{appId}/chats/private", pathApp, createPrivateChat, nil},
	{"GET", "/v2/apps/{appId}/chats", pathApp, listChats, nil},
	{"POST", "/v2/apps/{appId}/chats", pathApp, createChat, nil},
	{"DELETE", "/v2/apps/{appId}/chats", pathApp, deleteChat, nil},
	{"GET", "/v2/apps/{appId}/chats/{chatName}", pathApp, getChat, func(s Settings) bool { return s.GetChat }},
	{"PATCH", "/v2/apps/{appId}/chats/{chatName}", pathApp, updateChat, nil},
	{"POST", "/v2/chats", ownApp, createChat, nil},
	{"PATCH", "/v2/chats/{chatName}", ownApp, updateChat, nil},
	{"DELETE", "/v1/chats", ownApp, deleteChat, nil},

	{"GET", "/v2/apps/{appId}/tokens", pathApp, listTokens, nil},
	{"POST", "/v2/apps/{appId}/tokens", pathApp, createToken, nil},
	{"POST", "/v2/apps/{appId}/tokens/{tokenId}/rotate", pathApp, rotateToken, nil},
	{"DELETE", "/v2/apps/{appId}/tokens/{tokenId}", pathApp, revokeToken, nil},
	{"GET", "/v2/apps/{appId}/bot", pathApp, getBot, nil},
	{"PUT", "/v2/apps/{appId}/bot", pathApp, updateBot, nil},
	{"POST", "/v2/apps/{appId}/provision", pathApp, provision, nil},
}

func ping(*call) answer { return ok(map[string]any{"ok": true}) }

func methodNotAllowed(*call) answer {
	return failure(http.StatusMethodNotAllowed, "", "Method not allowed")
}

// route finds the route of the call and fills in the path parameters.
func (c *call) route() *route {
	path := strings.TrimSuffix(c.request.URL.EscapedPath(), "/")
	for i := range routes {
		r := &routes[i]
		if r.method != c.request.Method || r.when != nil && !r.when(c.settings) {
			continue
		}
		if parameters, matches := match(r.pattern, path); matches {
			c.path = parameters
			return r
		}
	}
	return nil
}

// match compares a pattern with an escaped path, and returns the values of the
// {parameters}.
func match(pattern, path string) (map[string]string, bool) {
	parts, segments := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(parts) != len(segments) {
		return nil, false
	}
	parameters := map[string]string{}
	for i, part := range parts {
		segment, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		name, isParameter := strings.CutPrefix(part, "{")
		switch {
		case isParameter && segment != "":
			parameters[strings.TrimSuffix(name, "}")] = segment
		case part != segment:
			return nil, false
		}
	}
	return parameters, true
}
