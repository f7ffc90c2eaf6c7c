package ethora

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Tags say how sure a route is; ethora-api.md §0 explains them.
const (
	fromSDK     = "sdk"
	fromClients = "client"
	assumed     = "assumed"
)

// route is one call of the vendor's API. The parts of the path in braces are
// filled in order by request.
type route struct {
	method string
	path   string
	tag    string
}

// Every route that the client uses, in one table.
var (
	getConfigRoute = route{http.MethodGet, "/v1/apps/get-config", fromClients} // §2.3

	listAppsRoute       = route{http.MethodGet, "/v2/apps", fromSDK}                                 // §4.2
	createAppRoute      = route{http.MethodPost, "/v2/apps", fromSDK}                                // §4.2
	getAppRoute         = route{http.MethodGet, "/v2/apps/{app}", fromSDK}                           // §4.2
	patchAppRoute       = route{http.MethodPatch, "/v2/apps/{app}", fromClients}                     // §4.2
	putAppRoute         = route{http.MethodPut, "/v2/apps/{app}", assumed}                           // §4.2, seen nowhere
	putOldAppRoute      = route{http.MethodPut, "/v1/apps/{app}", fromClients}                       // §4.2, with a user's token
	deleteAppRoute      = route{http.MethodDelete, "/v2/apps/{app}", fromSDK}                        // §4.2; ?mode=hard is assumed
	getPurgeJobRoute    = route{http.MethodGet, "/v2/apps/purge-jobs/{job}", fromClients}            // §4.2
	createUsersRoute    = route{http.MethodPost, "/v2/apps/{app}/users/batch", fromSDK}              // §5.1
	getUsersJobRoute    = route{http.MethodGet, "/v2/apps/{app}/users/batch/{job}", fromSDK}         // §5.2
	deleteUsersRoute    = route{http.MethodDelete, "/v2/apps/{app}/users/batch", fromSDK}            // §5.5; ?mode=hard is assumed
	restoreUserRoute    = route{http.MethodPost, "/v2/apps/{app}/users/{user}/restore", fromClients} // §5.5
	getUserRoute        = route{http.MethodGet, "/v1/apps/users/{xmppUsername}", fromSDK}            // §5.6; for a child app assumed
	listUsersRoute      = route{http.MethodGet, "/v2/apps/{app}/chats/users", assumed}               // §5.6
	listOwnUsersRoute   = route{http.MethodGet, "/v2/chats/users", fromSDK}                          // §5.6
	updateUsersRoute    = route{http.MethodPatch, "/v2/apps/{app}/chats/users", fromClients}         // §5.7
	updateOwnUsersRoute = route{http.MethodPatch, "/v2/chats/users", fromSDK}                        // §5.7
	createChatRoute     = route{http.MethodPost, "/v2/apps/{app}/chats", fromSDK}                    // §8.2
	listChatsRoute      = route{http.MethodGet, "/v2/apps/{app}/chats", fromSDK}                     // §8.3
	getChatRoute        = route{http.MethodGet, "/v2/apps/{app}/chats/{name}", assumed}              // §8.3, assumed absent
	updateChatRoute     = route{http.MethodPatch, "/v2/apps/{app}/chats/{name}", fromSDK}            // §8.4
	deleteChatRoute     = route{http.MethodDelete, "/v2/apps/{app}/chats", fromSDK}                  // §8.5
	grantAccessRoute    = route{http.MethodPost, "/v2/apps/{app}/chats/users-access", fromSDK}       // §8.6
	removeAccessRoute   = route{http.MethodDelete, "/v2/apps/{app}/chats/users-access", fromSDK}     // §8.6
	listUserChatsRoute  = route{http.MethodGet, "/v2/apps/{app}/users/{user}/chats", fromSDK}        // §8.7
)

// request fills the braces of the path with the escaped ids, in order.
func (r route) request(ids ...string) rest.Request {
	segments := strings.Split(r.path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = url.PathEscape(ids[0])
			ids = ids[1:]
		}
	}
	return rest.Request{Method: r.method, Path: strings.Join(segments, "/")}
}
