package rocketchat

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Tags say how sure a fact is; the head of rocketchat-livechat-api.md explains
// them. None of the paths was tried on a live server.
const (
	seed    = "seed"    // the vendor's page, and his SDK
	openAPI = "openapi" // the vendor's description of his API
	server  = "server"  // the server's source
)

// who is what a route wants to know of its caller.
type who int

const (
	byVisitor       who = iota // nothing but the visitor's token, which stands in the request
	byAdministrator            // X-Auth-Token and X-User-Id
)

// route is one call of the vendor's API. The parts of the path in braces are
// filled in order by request.
type route struct {
	method string
	path   string // after base
	who    who
	tag    string
	since  string // version of Rocket.Chat that brought it; empty: long ago, or not known
}

// base stands before every path (rocketchat-livechat-api.md §1 [sdk]).
const base = "/api/v1/livechat"

// Every route that the client uses, in one table (rocketchat-livechat-api.md §2
// and §3).
var (
	configRoute         = route{http.MethodGet, "/config", byVisitor, seed, ""}
	registerRoute       = route{http.MethodPost, "/visitor", byVisitor, openAPI, ""}
	getVisitorRoute     = route{http.MethodGet, "/visitor/{token}", byVisitor, seed, ""}
	deleteVisitorRoute  = route{http.MethodDelete, "/visitor/{token}", byVisitor, seed, ""}
	setFieldRoute       = route{http.MethodPost, "/custom.field", byVisitor, server, ""}
	setFieldsRoute      = route{http.MethodPost, "/custom.fields", byVisitor, server, ""}
	agentOfRoomRoute    = route{http.MethodGet, "/agent.info/{rid}/{token}", byVisitor, seed, ""}
	nextAgentRoute      = route{http.MethodGet, "/agent.next/{token}", byVisitor, seed, ""}
	roomRoute           = route{http.MethodGet, "/room", byVisitor, seed, ""} // without rid it creates
	closeRoomRoute      = route{http.MethodPost, "/room.close", byVisitor, seed, ""}
	surveyRoute         = route{http.MethodPost, "/room.survey", byVisitor, seed, ""}
	transferRoute       = route{http.MethodPost, "/visitor/department.transfer", byVisitor, openAPI, ""}
	transcriptRoute     = route{http.MethodPost, "/transcript", byVisitor, openAPI, ""}
	uploadRoute         = route{http.MethodPost, "/upload/{rid}", byVisitor, seed, ""}
	sendMessageRoute    = route{http.MethodPost, "/message", byVisitor, seed, ""}
	getMessageRoute     = route{http.MethodGet, "/message/{message}", byVisitor, seed, ""}
	editMessageRoute    = route{http.MethodPut, "/message/{message}", byVisitor, seed, ""}
	deleteMessageRoute  = route{http.MethodDelete, "/message/{message}", byVisitor, seed, ""}
	historyRoute        = route{http.MethodGet, "/messages.history/{rid}", byVisitor, seed, ""}
	offlineMessageRoute = route{http.MethodPost, "/offline.message", byVisitor, seed, ""}

	visitorRoomsRoute     = route{http.MethodGet, "/visitor/{token}/room", byAdministrator, server, ""}
	listRoomsRoute        = route{http.MethodGet, "/rooms", byAdministrator, server, ""}
	closeByUserRoute      = route{http.MethodPost, "/room.closeByUser", byAdministrator, openAPI, ""}
	deleteRoomRoute       = route{http.MethodPost, "/rooms.delete", byAdministrator, openAPI, "7.12.0"}
	listDepartmentsRoute  = route{http.MethodGet, "/department", byAdministrator, openAPI, ""}
	createDepartmentRoute = route{http.MethodPost, "/department", byAdministrator, openAPI, ""}
	getDepartmentRoute    = route{http.MethodGet, "/department/{department}", byAdministrator, openAPI, ""}
	updateDepartmentRoute = route{http.MethodPut, "/department/{department}", byAdministrator, openAPI, ""}
	deleteDepartmentRoute = route{http.MethodDelete, "/department/{department}", byAdministrator, openAPI, ""}
	// The OpenAPI description puts the id last; the server does not.
	archiveDepartmentRoute   = route{http.MethodPost, "/department/{department}/archive", byAdministrator, server, ""}
	unarchiveDepartmentRoute = route{http.MethodPost, "/department/{department}/unarchive", byAdministrator, server, ""}
	departmentAgentsRoute    = route{http.MethodPost, "/department/{department}/agents", byAdministrator, server, ""}
	listCustomFieldsRoute    = route{http.MethodGet, "/custom-fields", byAdministrator, openAPI, ""}
	getCustomFieldRoute      = route{http.MethodGet, "/custom-fields/{field}", byAdministrator, openAPI, ""}
	saveCustomFieldRoute     = route{http.MethodPost, "/custom-fields.save", byAdministrator, openAPI, "7.11.0"}
	deleteCustomFieldRoute   = route{http.MethodPost, "/custom-fields.delete", byAdministrator, openAPI, "7.11.0"}
)

// The names of the headers (rocketchat-livechat-api.md §1 [openapi]).
const (
	authTokenHeader    = "X-Auth-Token"
	userIDHeader       = "X-User-Id"
	visitorTokenHeader = "X-Visitor-Token" // of an upload alone
)

// request fills the braces of the route with the escaped ids, in order. The
// server counts the calls of a method and a path together, whatever the ids are
// (rocketchat-livechat-api.md §1 [server]).
func (r route) request(ids ...string) rest.Request {
	segments := strings.Split(r.path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = url.PathEscape(ids[0])
			ids = ids[1:]
		}
	}
	return rest.Request{Method: r.method, Path: base + strings.Join(segments, "/"), Route: r.name()}
}

func (r route) name() string { return r.method + " " + r.path }
