//go:build contract

package contract

// Names of rows that hold for more than one operation.
const (
	everyOperation   = "every operation"
	everyWithoutBody = "every operation without a body"
)

// A difference is one fact of a request in which our client and the SDK part.
// A side that lacks the fact has "". Facts are "method", "path", "query limit",
// "header Accept", "token exp", "body usersList 0 email" with its value in
// JSON, and so on. "request 2" is another request of ours, besides the one that
// carries the operation out; "result" is "done" or the status of a refusal.
type difference struct {
	operation string
	fact      string
	sdk       string
	ours      string
	reason    string
}

const (
	appScoped   = "app-scoped, so that it reaches child apps too; the SDK's route knows the app of the token only, and has no twin in the SDK"
	shortName   = "names and addresses are accepted for a room, and its name is sent: only that is sure to be taken everywhere (ethora-api.md §1.2)"
	plainUser   = "names and addresses are accepted for a user, and the id is sent in the form that is sure for the route (ethora-api.md §1.2)"
	goneIsGone  = "deleting what is gone already succeeds; the SDK means to do so as well, but knows a missing object only by a plain text (ethora-api.md §3.3)"
	firstDenial = "before the first good answer a server that denies an object is asked for the own app: one that denies everything must not empty a state"
	surelyGone  = "confirms that the room is gone, by its own route and by the list, for a room that stays behind would be lost from the state"
	plainRoom   = "a room is created under its plain id; a name would leave it to the server to prefix it once or twice"
	pages       = "lists are read page by page to their end, so that nothing depends on the server's defaults"
)

// differences is the whole list. The test fails when one of them is gone or
// another one comes up.
var differences = []difference{
	{everyOperation, "token exp", "", "iat + 1h0m0s",
		"a token that leaks should not last for ever; the server honours exp (ethora-api.md §2.2)"},
	{everyOperation, "header User-Agent", "axios/1.21.1", "terraform-provider-chat/test",
		"the vendor should see who calls"},
	{everyOperation, "header Accept", "application/json, text/plain, */*", "application/json",
		"nothing but JSON is understood"},
	{everyOperation, "header Accept-Encoding", "gzip, compress, deflate, br", "gzip",
		"what Go's transport unpacks by itself"},
	{everyOperation, "header Connection", "keep-alive", "",
		"the default of HTTP/1.1, which Node.js spells out"},
	{everyWithoutBody, "header Content-Type", "application/json", "",
		"there is no content; the SDK sets the header once for all requests"},

	{"getApp unknown", "request 2", "", "GET /v2/apps/{own}",
		"the server has one answer for an unknown app and for unknown credentials; asking for the own app tells which it is"},
	{"deleteApp", "request 2", "", "GET /v2/apps/{acme}",
		"confirms that the app is archived or gone"},

	{"deleteUsersInApp with an unknown user", "result", "422", "done", goneIsGone},
	{"deleteUsersInApp with an unknown user", "request 2", "", "GET /v2/apps/{own}", firstDenial},
	{"deleteUsersInApp with an unknown user", "request 3", "", "DELETE /v2/apps/{acme}/users/batch",
		"one unknown user makes the server refuse all; halves are sent then, down to single users"},
	{"deleteUsersInApp with an unknown user", "request 4", "", "DELETE /v2/apps/{acme}/users/batch",
		"one unknown user makes the server refuse all; halves are sent then, down to single users"},
	{"deleteUsersInApp by xmppUsername", "body usersIdList 0", `"{acme}_ann"`, `"ann"`, plainUser},

	{"getUsers", "path", "/v2/chats/users", "/v2/apps/{own}/chats/users", appScoped},
	{"getUsers by xmppUsername", "path", "/v2/chats/users", "/v2/apps/{own}/chats/users", appScoped},
	{"getUsers of a room", "path", "/v2/chats/users", "/v2/apps/{own}/chats/users", appScoped},
	{"getUsers of a room", "request 1", "", "GET /v2/apps/{own}/chats",
		"the members come from the list of rooms as well, because a server may ignore the filter (ethora-api.md §5.6)"},
	{"getUsers without the app's route", "request 1", "", "GET /v2/apps/{own}/chats/users",
		"tried first, and never again where it is missing; the SDK's route follows"},

	{"updateUsers", "path", "/v2/chats/users", "/v2/apps/{own}/chats/users", appScoped},
	{"updateUsers without the app's route", "request 1", "", "PATCH /v2/apps/{own}/chats/users",
		"tried first, and never again where it is missing; the SDK's route follows"},
	{"updateUsers to nothing", "path", "/v2/chats/users", "/v2/apps/{own}/chats/users", appScoped},
	{"updateUsers to nothing", "body users 0 username", "", `""`,
		"what was asked for is sent; the SDK drops empty texts and reports success"},
	{"updateUsers to nothing", "result", "done", "422",
		"the server says that a name cannot be emptied, instead of nothing"},

	{"createChatRoomInApp without a type", "body type", `"group"`, "",
		"the server's default is the same (ethora-api.md §8.2), and the provider always names a type"},
	{"createChatRoomInApp by name", "body uuid", `"{acme}_sales"`, `"sales"`, plainRoom},

	{"listChatsInApp without parameters", "query limit", "", "100", pages},
	{"listChatsInApp without parameters", "query offset", "", "0", pages},
	{"listChatsInApp without parameters", "query includeMembers", "", "false",
		"the default is not told (ethora-api.md §8.7)"},
	{"updateChatRoomInApp by address", "path",
		"/v2/apps/{acme}/chats/{acme}_support@conference.xmpp.chat.ethora.com", "/v2/apps/{acme}/chats/{acme}_support", shortName},
	{"deleteChatRoomInApp by address", "body name",
		`"{acme}_support@conference.xmpp.chat.ethora.com"`, `"{acme}_support"`, shortName},
	{"deleteChatRoomInApp by address", "result", "422", "done",
		"a deletion takes no address (ethora-api.md §8.5), which the SDK passes on"},
	{"deleteChatRoomInApp", "request 2", "", "GET /v2/apps/{acme}/chats/{acme}_support", surelyGone},
	{"deleteChatRoomInApp", "request 3", "", "GET /v2/apps/{acme}/chats", surelyGone},
	{"deleteChatRoomInApp by address", "request 2", "", "GET /v2/apps/{acme}/chats/{acme}_support", surelyGone},
	{"deleteChatRoomInApp by address", "request 3", "", "GET /v2/apps/{acme}/chats", surelyGone},
	{"deleteChatRoomInApp unknown", "result", "422", "done", goneIsGone},
	{"deleteChatRoomInApp unknown", "request 2", "", "GET /v2/apps/{own}", firstDenial},

	{"grantUserAccessToChatRoomInApp by addresses", "body chatName",
		`"{acme}_support@conference.xmpp.chat.ethora.com"`, `"{acme}_support"`, shortName},
	{"grantUserAccessToChatRoomInApp by addresses", "body members 0",
		`"{acme}_bob@xmpp.chat.ethora.com"`, `"{acme}_bob"`, plainUser},
	{"grantUserAccessToChatRoomInApp to another app's user", "body members 0", `"{acme}_{own}_bob"`, `"{own}_bob"`,
		"a name of another app is left whole, so that the server's refusal names the user who was meant"},
	{"grantUserAccessToChatRoomInApp to another app's user", "request 2", "", "GET /v2/apps/{own}", firstDenial},
	{"removeUserAccessFromChatRoomInApp of an unknown user", "result", "404", "done",
		"taking away what is gone already succeeds"},
	{"removeUserAccessFromChatRoomInApp of an unknown user", "request 2", "", "GET /v2/apps/{own}", firstDenial},
	{"getUserChatsInApp by xmppUsername", "path", "/v2/apps/{acme}/users/{acme}_ann/chats", "/v2/apps/{acme}/users/ann/chats", plainUser},
}

const (
	ownAppOnly = "acts on the app of the token by a route of its own; our client uses the app-scoped twin, which is compared, for every app"
	notCovered = "our client covers apps, users, rooms and access; the mock serves this call, and TestSDKSurface checks it"
	computed   = "makes no request; TestNamesAreTheSDKs and TestTokensAreTheSDKs compare the results"
)

// sdkAlone are the SDK's methods that are not compared, with the reason.
var sdkAlone = map[string]string{
	"createChatName":               computed,
	"createChatUserJwtToken":       computed,
	"createUser":                   ownAppOnly,
	"deleteUsers":                  ownAppOnly,
	"createChatRoom":               ownAppOnly,
	"deleteChatRoom":               ownAppOnly,
	"grantUserAccessToChatRoom":    ownAppOnly,
	"removeUserAccessFromChatRoom": ownAppOnly,
	"updateChatRoom":               "is updateChatRoomInApp for the app of the token",
	"getUserChats":                 "is getUserChatsInApp for the app of the token",
	"listAppTokens":                notCovered,
	"createAppToken":               notCovered,
	"revokeAppToken":               notCovered,
	"rotateAppToken":               notCovered,
	"provisionApp":                 notCovered,
	"getAppBot":                    notCovered,
	"updateAppBot":                 notCovered,
	"broadcastToAppChats":          notCovered,
	"getAppBroadcastJob":           notCovered,
}

const (
	compound = "is made of calls that are compared"
	shared   = "is made of calls that are compared, some of which its caller makes"
)

// oursAlone are our client's methods that are not compared, with the reason.
var oursAlone = map[string]string{
	"AppID":                "makes no request",
	"CloseIdleConnections": "makes no request",
	"ClientToken":          computed,
	"ServerToken":          computed,
	"UpdateApp":            "the SDK cannot update an app; the request follows other clients of the vendor (ethora-api.md §4.2)",
	"RestoreUser":          "the SDK cannot restore a user (ethora-api.md §5.5)",
	"GetChat":              "the SDK cannot get one room (ethora-api.md §8.3)",
	"XMPPHost":             "the SDK has the cloud's host as a constant",
	"CreateUser":           compound,
	"CreateUserBatch":      compound,
	"UpdateUser":           compound,
	"UpdateUserBatch":      compound,
	"DeleteUser":           compound,
	"DeleteUserBatch":      compound,
	"GrantAccessBatch":     compound,
	"RemoveAccessBatch":    compound,
	"RemoveChat":           compound,
	"WaitUsersBatchJob":    compound,
	"ListMembers":          compound,
	"ListRoomMembers":      compound,
	"CompleteMembers":      compound,
	"HasAccess":            compound,
	"WaitAccess":           compound,
	"LookForAccess":        compound,
	"GetChatBy":            shared,
	"HasAccessBy":          shared,
	"WaitAccessBy":         shared,
	"ConfirmChatRemoved":   shared,
}
