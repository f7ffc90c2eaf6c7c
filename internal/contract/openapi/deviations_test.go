package openapi

// Why the description is not followed.
const (
	serverTakesIt = "the server's source takes and keeps it (rocketchat-livechat-api.md §3 [server]); it is sent only when somebody configures it"
	numbers       = "the server's source wants a number, and its own answers have one; the description of POST says so too"
	newQuery      = "the server's source has it (rocketchat-livechat-api.md §2.3 [server]); it is sent only when somebody configures it"
	emptyAnswer   = "the server's source answers null for what is not there (rocketchat-livechat-api.md §3 [server])"
)

// deviations are where the client or the mock differ from the description, each
// with its reason. The test fails when one of them is gone or another comes up.
var deviations = map[string]string{
	"GET /agent.next/{token} request: query parameter department is not described": newQuery,
	"GET /custom-fields/{_id} answer 200: customField Value is not nullable":       emptyAnswer,
	"GET /department/{_id} answer 200: department Value is not nullable":           emptyAnswer,
	"POST /visitor request: visitor.id is not described": "the server's source takes it (rocketchat-livechat-api.md §2.2 [server]); " +
		"the provider never sends it, for who sends the id of another visitor takes that one over",

	"POST /department request: agents.*.count is not described":                              "the server's source takes it; the description has it for PUT",
	"POST /department request: department.abandonedRoomsCloseCustomMessage is not described": serverTakesIt,
	"POST /department request: department.allowReceiveForwardOffline is not described":       serverTakesIt,
	"POST /department request: department.chatClosingTags is not described":                  serverTakesIt,
	"POST /department request: department.departmentsAllowedToForward is not described":      serverTakesIt,
	"POST /department request: department.fallbackForwardDepartment is not described":        serverTakesIt,
	"POST /department request: department.offlineMessageChannelName is not described":        serverTakesIt,
	"POST /department request: department.requestTagBeforeClosingChat is not described":      serverTakesIt,
	"POST /department request: department.waitingQueueMessage is not described":              serverTakesIt,

	"PUT /department/{_id} request: agents.*.count value must be a string":                        numbers,
	"PUT /department/{_id} request: agents.*.order value must be a string":                        numbers,
	"PUT /department/{_id} request: department.abandonedRoomsCloseCustomMessage is not described": serverTakesIt,
	"PUT /department/{_id} request: department.allowReceiveForwardOffline is not described":       serverTakesIt,
	"PUT /department/{_id} request: department.chatClosingTags is not described":                  serverTakesIt,
	"PUT /department/{_id} request: department.departmentsAllowedToForward is not described":      serverTakesIt,
	"PUT /department/{_id} request: department.fallbackForwardDepartment is not described":        serverTakesIt,
	"PUT /department/{_id} request: department.offlineMessageChannelName is not described":        serverTakesIt,
	"PUT /department/{_id} request: department.requestTagBeforeClosingChat is not described":      serverTakesIt,
	"PUT /department/{_id} request: department.waitingQueueMessage is not described":              serverTakesIt,
}

const (
	onThePage   = "the page of the vendor's SDK makes it (rocketchat-livechat-api.md §2 [seed])"
	inTheSource = "read in the server's source (rocketchat-livechat-api.md §2, §3 [server])"
)

// beyond are the calls of the client that the description does not have, each
// with the source of the fact.
var beyond = map[string]string{
	"GET /config":           onThePage,
	"POST /room.survey":     onThePage,
	"GET /message/{id}":     onThePage,
	"PUT /message/{id}":     onThePage,
	"DELETE /message/{id}":  onThePage,
	"POST /offline.message": onThePage,

	"POST /custom.field":              inTheSource,
	"POST /custom.fields":             inTheSource,
	"GET /visitor/{id}/room":          inTheSource,
	"GET /rooms":                      inTheSource,
	"POST /room.closeByUser":          inTheSource,
	"POST /department/{id}/agents":    inTheSource,
	"POST /department/{id}/archive":   inTheSource + "; another version of the description has /department/archive/{id}",
	"POST /department/{id}/unarchive": inTheSource,
}
