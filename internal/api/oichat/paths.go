package oichat

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Tags say how sure a fact is; the head of oichat-api.md explains them.
const (
	seed    = "seed"
	assumed = "assumed"
)

// route is one call of the vendor's API. The parts of the path in braces are
// filled in order by request. The names of the operations are the SDK's [seed].
type route struct {
	operation string
	method    string
	path      string // after the prefix
	tag       string
}

const defaultPrefix = "/v1" // [assumed]

// Every route that the client uses, in one table (oichat-api.md §3).
var (
	createTokenRoute       = route{"auth.createToken", http.MethodPost, "/auth/token", assumed}
	refreshTokenRoute      = route{"auth.refreshToken", http.MethodPost, "/auth/token/refresh", assumed}
	createRoomRoute        = route{"rooms.create", http.MethodPost, "/rooms", assumed}
	listRoomsRoute         = route{"rooms.list", http.MethodGet, "/rooms", assumed}
	getRoomRoute           = route{"rooms.get", http.MethodGet, "/rooms/{room}", assumed}
	updateRoomRoute        = route{"rooms.update", http.MethodPatch, "/rooms/{room}", assumed}
	deleteRoomRoute        = route{"rooms.delete", http.MethodDelete, "/rooms/{room}", assumed}
	addParticipantRoute    = route{"rooms.addParticipant", http.MethodPost, "/rooms/{room}/participants", assumed}
	removeParticipantRoute = route{"rooms.removeParticipant", http.MethodDelete, "/rooms/{room}/participants/{user}", assumed}
	leaveRoomRoute         = route{"rooms.leave", http.MethodPost, "/rooms/{room}/leave", assumed}
	sendMessageRoute       = route{"messages.send", http.MethodPost, "/messages", assumed}
)

// The names of the headers. Those of the credentials can be configured.
const (
	apiKeyHeader      = "X-API-Key"       // [assumed]
	secretKeyHeader   = "X-Secret-Key"    // [assumed]
	projectHeader     = "X-Project-Id"    // [assumed]
	idempotencyHeader = "Idempotency-Key" // [seed]
)

// request fills the braces of the route with the escaped ids, in order.
func (c *Client) request(r route, ids ...string) rest.Request {
	segments := strings.Split(r.path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = url.PathEscape(ids[0])
			ids = ids[1:]
		}
	}
	return rest.Request{Method: r.method, Path: c.config.Prefix + strings.Join(segments, "/")}
}
