package rocketchat

import (
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// operation is one call of the client: what it sends, and what it makes of the
// answer.
type operation struct {
	name    string
	do      func(context.Context, *Client) (any, error)
	line    string // method and path with query
	body    string // JSON; empty for none
	admin   bool
	answer  string
	want    any
	gone    string // code at which the operation succeeds all the same; empty for none
	refusal string // a code of the operation's own, and what it is
	kind    rest.Kind
}

func none(err error) (any, error) { return nil, err }

const visitorJSON = `{"_id":"642fc15452492a08c3a756de","username":"guest-19","status":"online","ts":"2023-04-07T07:08:04.375Z",
	"_updatedAt":"2023-11-03T08:23:23.449Z","name":"Livechat Visitor","phone":[{"phoneNumber":"55 51 5555-5555"}],"token":"` + token + `",
	"visitorEmails":[{"address":"visitor@rocket.chat"}],"department":"64181a0728384134ed600dcc",
	"livechatData":{"address":"Rocket.Chat street","size":7,"vip":true,"odd":null,"deep":{}},"externalIds":[{"appId":"a"}]}`

var wantVisitor = Visitor{
	ID: "642fc15452492a08c3a756de", Token: token, Username: "guest-19", Name: "Livechat Visitor", Email: "visitor@rocket.chat",
	Phone: "55 51 5555-5555", Department: "64181a0728384134ed600dcc", Status: "online",
	CustomFields: map[string]string{"address": "Rocket.Chat street", "size": "7", "vip": "true"},
	CreatedAt:    at("2023-04-07T07:08:04.375Z"), UpdatedAt: at("2023-11-03T08:23:23.449Z"),
}

const roomJSON = `{"_id":"kCJDd5peKiZnGJLPq","fname":"Mary","t":"l","v":{"_id":"47Dajwh9DjpnTAugW","username":"guest-165",
	"token":"` + token + `","status":"offline","lastMessageTs":"2021-07-09T20:20:58.755Z"},"departmentId":"CAJioQNAvLnYWTy8i",
	"default":false,"ro":false,"sysMes":true,"open":true,"msgs":7,"ts":"2021-07-09T20:12:19.795Z","_updatedAt":"2021-07-09T20:21:07.334Z",
	"lm":"2021-07-09T20:20:58.755Z","customFields":{"x":"y"},"usersCount":2,"cl":false,"lastMessage":{"_id":"m","msg":"d"},
	"metrics":{"v":{"lq":"2021-07-09T20:20:58.755Z"}},"source":{"type":"api"},
	"servedBy":{"_id":"XycfA5CetCPuEjqxw","username":"jane.doe","ts":"2021-07-09T20:19:29.422Z"},"waitingResponse":true}`

var wantRoom = Room{
	ID: "kCJDd5peKiZnGJLPq", Name: "Mary", Open: true, VisitorID: "47Dajwh9DjpnTAugW", VisitorUsername: "guest-165", VisitorToken: token,
	DepartmentID: "CAJioQNAvLnYWTy8i", ServedBy: Agent{ID: "XycfA5CetCPuEjqxw", Username: "jane.doe"}, Source: "api", Messages: 7,
	WaitingResponse: true, CreatedAt: at("2021-07-09T20:12:19.795Z"), LastMessageAt: at("2021-07-09T20:20:58.755Z"),
	UpdatedAt: at("2021-07-09T20:21:07.334Z"),
}

const messageJSON = `{"_id":"m1","rid":"r1","msg":"Hello World!","token":"` + token + `","alias":"Baek","ts":"2023-10-31T13:14:29.804Z",
	"u":{"_id":"6523dc0ba2f73c7460e18d4d","username":"guest-35","name":"Baek"},"_updatedAt":"2023-10-31T13:14:29.960Z",
	"editedAt":"2023-10-31T14:00:00.000Z","editedBy":{"_id":"x"},"urls":[],"mentions":[],"channels":[],"md":[{"type":"PARAGRAPH"}]}`

var wantMessage = Message{
	ID: "m1", RoomID: "r1", Text: "Hello World!", Alias: "Baek", AuthorID: "6523dc0ba2f73c7460e18d4d", AuthorUsername: "guest-35",
	SentAt: at("2023-10-31T13:14:29.804Z"), EditedAt: at("2023-10-31T14:00:00Z"), UpdatedAt: at("2023-10-31T13:14:29.960Z"),
}

const departmentJSON = `{"_id":"d1","enabled":true,"name":"Support","description":"all","numAgents":2,"showOnRegistration":true,
	"showOnOfflineForm":true,"email":"s@example.com","archived":true,"parentId":"unit1","requestTagBeforeClosingChat":true,
	"chatClosingTags":["done"],"offlineMessageChannelName":"c","abandonedRoomsCloseCustomMessage":"a","waitingQueueMessage":"w",
	"fallbackForwardDepartment":"d2","departmentsAllowedToForward":["d3"],"allowReceiveForwardOffline":true,"type":"d",
	"_updatedAt":"2016-12-13T17:22:19.109Z"}`

const agentsJSON = `[{"_id":"a","agentId":"agent1","departmentId":"d1","username":"john","count":1,"order":2}]`

func wantDepartment() Department {
	return Department{
		ID: "d1", Name: "Support", Description: "all", Email: "s@example.com", Enabled: true, ShowOnRegistration: true, ShowOnOfflineForm: true,
		Archived: true, UnitID: "unit1", RequestTagBeforeClosingChat: true, ChatClosingTags: []string{"done"}, OfflineMessageChannelName: "c",
		AbandonedRoomsCloseCustomMessage: "a", WaitingQueueMessage: "w", FallbackForwardDepartment: "d2",
		DepartmentsAllowedToForward: []string{"d3"}, AllowReceiveForwardOffline: true, UpdatedAt: at("2016-12-13T17:22:19.109Z"),
	}
}

func withAgents(department Department) Department {
	department.Agents = []DepartmentAgent{{AgentID: "agent1", Username: "john", Count: 1, Order: 2}}
	return department
}

var someDepartment = DepartmentFields{
	Name: "Support", Email: "s@example.com", Enabled: true, ShowOnRegistration: true, Description: pointer(""), UnitID: "unit1",
}

const customFieldJSON = `{"_id":"address","label":"Address","scope":"visitor","visibility":"visible","regexp":"[a-z]","searchable":true,
	"type":"select","required":true,"defaultValue":"d","options":"a, b","public":true,"_updatedAt":"2023-10-30T13:43:09.408Z","id":"address"}`

var someField = CustomField{
	Field: "address", Label: "Address", Scope: "visitor", Visibility: "visible", Type: "select", Searchable: true, Required: true,
	Public: true, Regexp: "[a-z]", DefaultValue: "d", Options: "a, b",
}

func wantField() CustomField {
	field := someField
	field.UpdatedAt = at("2023-10-30T13:43:09.408Z")
	return field
}

const fieldDataJSON = `{"field":"address","label":"Address","scope":"visitor","visibility":"visible","type":"select","searchable":true,
	"required":true,"public":true,"regexp":"[a-z]","defaultValue":"d","options":"a, b"}`

// operations are all calls of the client that are one request.
func operations() []operation {
	return append(visitorOperations(), administratorOperations()...)
}

func visitorOperations() []operation {
	return []operation{{
		name: "GetConfig", line: "GET /config?businessUnit=b&department=sales&token=" + pathToken,
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.GetConfig(ctx, ConfigQuery{Token: token, Department: "sales", BusinessUnit: "b"})
		},
		answer: `{"config":{"enabled":true,"online":true,"settings":{"limitTextLength":250},"theme":{"actionLinks":{"jitsi":[]}},
			"messages":{"offlineMessage":"off"},"survey":{"items":["satisfaction"],"values":["1","2"]},"triggers":[{"_id":"t"}],
			"departments":[{"_id":"d1","name":"Support","showOnRegistration":true,"showOnOfflineForm":false}],"resources":{"sound":"s"},
			"guest":` + visitorJSON + `,"room":{"_id":"r1","open":true,"servedBy":{"_id":"a1","username":"ann"}},
			"agent":{"_id":"a1","username":"ann","name":"Ann","emails":[{"address":"ann@example.com","verified":true}]}},"success":true}`,
		want: LivechatConfig{
			Enabled: true, Online: true, Departments: []ConfigDepartment{{ID: "d1", Name: "Support", ShowOnRegistration: true}},
			SurveyItems: []string{"satisfaction"}, SurveyValues: []string{"1", "2"},
			Settings: object{"limitTextLength": json.Number("250")}, Theme: object{"actionLinks": object{"jitsi": []any{}}},
			Messages: object{"offlineMessage": "off"}, Resources: object{"sound": "s"}, Triggers: []any{object{"_id": "t"}},
			Visitor: wantVisitor, Room: Room{ID: "r1", Open: true, ServedBy: Agent{ID: "a1", Username: "ann"}},
			Agent: Agent{ID: "a1", Username: "ann", Name: "Ann", Emails: []string{"ann@example.com"}},
		},
		refusal: "error-invalid-params", kind: rest.Invalid,
	}, {
		name: "FindOpenRoom", line: "GET /config?token=" + pathToken,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.FindOpenRoom(ctx, token) },
		answer: `{"config":{"enabled":true,"guest":{"_id":"v"},"room":{"_id":"r1"}},"success":true}`, want: "r1",
		refusal: "error-invalid-params", kind: rest.Invalid,
	}, {
		name: "UpdateVisitor", line: "POST /visitor",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateVisitor(ctx, wantVisitor.ID, VisitorFields{
				Token: token, Name: "Jane", Email: "J@example.com", Phone: "1", Department: "sales", Username: "jane", ID: "mine",
				CustomFields: map[string]string{"b": "2", "a": ""},
			})
		},
		body: `{"visitor":{"token":"` + token + `","name":"Jane","email":"J@example.com","phone":"1","department":"sales","username":"jane","id":"mine",
			"customFields":[{"key":"a","value":"","overwrite":true},{"key":"b","value":"2","overwrite":true}]}}`,
		answer: `{"visitor":` + visitorJSON + `,"success":true}`, want: wantVisitor,
		refusal: "error-invalid-department", kind: rest.Invalid,
	}, {
		name: "GetVisitor", line: "GET /visitor/" + pathToken,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.GetVisitor(ctx, token) },
		answer: `{"visitor":` + visitorJSON + `,"success":true}`, want: wantVisitor,
		refusal: CodeInvalidToken, kind: rest.NotFound,
	}, {
		name: "DeleteVisitor", line: "DELETE /visitor/" + pathToken,
		do:     func(ctx context.Context, c *Client) (any, error) { return none(c.DeleteVisitor(ctx, token)) },
		answer: `{"visitor":{"_id":"v","ts":"2021-07-18T13:28:38.962Z"},"success":true}`,
		gone:   CodeInvalidToken, refusal: CodeOpenRooms, kind: rest.Conflict,
	}, {
		name: "SetCustomField", line: "POST /custom.field",
		do:      func(ctx context.Context, c *Client) (any, error) { return none(c.SetCustomField(ctx, token, "k", "v")) },
		body:    `{"token":"` + token + `","key":"k","value":"v","overwrite":true}`,
		answer:  `{"field":{"key":"k","value":"v","overwrite":true},"success":true}`,
		refusal: "invalid-custom-field", kind: rest.Invalid,
	}, {
		name: "SetCustomFields", line: "POST /custom.fields",
		do: func(ctx context.Context, c *Client) (any, error) {
			return none(c.SetCustomFields(ctx, token, map[string]string{"l": "w", "k": "v"}))
		},
		body:    `{"token":"` + token + `","customFields":[{"key":"k","value":"v","overwrite":true},{"key":"l","value":"w","overwrite":true}]}`,
		answer:  `{"fields":[{"Key":"k","value":"v","overwrite":true}],"success":true}`,
		refusal: CodeInvalidToken, kind: rest.NotFound,
	}, {
		name: "AgentOfRoom", line: "GET /agent.info/r%2F1/" + pathToken,
		do: func(ctx context.Context, c *Client) (any, error) { return c.AgentOfRoom(ctx, token, "r/1") },
		answer: `{"agent":{"_id":"a1","emails":[{"address":"a@example.com"}],"status":"online","name":"testAgent","username":"test.agent",
			"livechat":{"maxNumberSimultaneousChat":"5"}},"success":true}`,
		want:    Agent{ID: "a1", Username: "test.agent", Name: "testAgent", Status: "online", Emails: []string{"a@example.com"}, MaxSimultaneousChat: "5"},
		refusal: CodeInvalidAgent, kind: rest.NotFound,
	}, {
		name: "NextAgent", line: "GET /agent.next/" + pathToken + "?department=sales",
		do:     func(ctx context.Context, c *Client) (any, error) { return c.NextAgent(ctx, token, "sales") },
		answer: `{"agent":{"_id":"a1","username":"ann"},"success":true}`, want: &Agent{ID: "a1", Username: "ann"},
		refusal: CodeAgentNotFound, kind: rest.NotFound,
	}, {
		name: "OpenRoom", line: "GET /room?agentId=a1&token=" + pathToken,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.OpenRoom(ctx, token, "a1") },
		answer: `{"room":` + roomJSON + `,"newRoom":true,"success":true}`, want: OpenedRoom{Room: wantRoom, New: true},
		refusal: CodeNoAgentOnline, kind: rest.Invalid,
	}, {
		name: "GetRoom", line: "GET /room?rid=kCJDd5peKiZnGJLPq&token=" + pathToken,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.GetRoom(ctx, token, wantRoom.ID) },
		answer: `{"room":` + roomJSON + `,"newRoom":false,"success":true}`, want: wantRoom,
		refusal: CodeInvalidRoom, kind: rest.NotFound,
	}, {
		name: "RoomExists", line: "GET /messages.history/r1?limit=1&token=" + pathToken,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.RoomExists(ctx, token, "r1") },
		answer: `{"messages":[],"success":true}`, want: true,
		refusal: "invalid-params", kind: rest.Invalid,
	}, {
		name: "CloseRoom", line: "POST /room.close",
		do:     func(ctx context.Context, c *Client) (any, error) { return none(c.CloseRoom(ctx, token, "r1")) },
		body:   `{"rid":"r1","token":"` + token + `"}`,
		answer: `{"rid":"r1","comment":"Vom Besucher geschlossen","success":true}`,
		gone:   CodeRoomClosed, refusal: CodeCloseNotAllowed, kind: rest.Forbidden,
	}, {
		name: "SubmitSurvey", line: "POST /room.survey",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.SubmitSurvey(ctx, token, "r1", []SurveyAnswer{{"satisfaction", "5"}, {"speed", "4"}})
		},
		body:   `{"rid":"r1","token":"` + token + `","data":[{"name":"satisfaction","value":"5"},{"name":"speed","value":"4"}]}`,
		answer: `{"rid":"r1","data":{"satisfaction":"5"},"success":true}`, want: map[string]string{"satisfaction": "5"},
		refusal: "invalid-data", kind: rest.Invalid,
	}, {
		name: "TransferRoom", line: "POST /visitor/department.transfer",
		do:      func(ctx context.Context, c *Client) (any, error) { return none(c.TransferRoom(ctx, token, "r1", "d1")) },
		body:    `{"token":"` + token + `","rid":"r1","department":"d1"}`,
		answer:  `{"success":true}`,
		refusal: "This_conversation_is_already_closed", kind: rest.Conflict,
	}, {
		name: "SendTranscript", line: "POST /transcript",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.SendTranscript(ctx, token, "r1", "a@example.com")
		},
		body:   `{"rid":"r1","token":"` + token + `","email":"a@example.com"}`,
		answer: `{"message":"Livechat transcript sent","success":true}`, want: "Livechat transcript sent",
		refusal: CodeInvalidRoom, kind: rest.NotFound,
	}, {
		name: "SendMessage", line: "POST /message",
		do: func(ctx context.Context, c *Client) (any, error) {
			sent, err := c.SendMessage(ctx, token, "r1", NewMessage{ID: "m1", Text: "<hi> & ü", AgentID: "a1", AgentUsername: "ann"})
			sent.SentAt = time.Time{}
			return sent, err
		},
		body:    `{"token":"` + token + `","rid":"r1","msg":"<hi> & ü","_id":"m1","agent":{"agentId":"a1","username":"ann"}}`,
		answer:  `{"message":{"_id":"m1","rid":"r1","msg":"<hi> & ü","ts":"` + now(time.Hour) + `"},"success":true}`,
		want:    Message{ID: "m1", RoomID: "r1", Text: "<hi> & ü"},
		refusal: CodeRoomClosed, kind: rest.Conflict,
	}, {
		name: "GetMessage", line: "GET /message/m1?rid=r1&token=" + pathToken,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.GetMessage(ctx, token, "r1", "m1") },
		answer: `{"message":` + messageJSON + `,"success":true}`, want: wantMessage,
		refusal: CodeInvalidMessage, kind: rest.NotFound,
	}, {
		name: "EditMessage", line: "PUT /message/m1",
		do:     func(ctx context.Context, c *Client) (any, error) { return c.EditMessage(ctx, token, "r1", "m1", "new") },
		body:   `{"token":"` + token + `","rid":"r1","msg":"new"}`,
		answer: `{"message":` + messageJSON + `,"success":true}`, want: wantMessage,
		refusal: CodeActionNotAllowed, kind: rest.Forbidden,
	}, {
		name: "DeleteMessage", line: "DELETE /message/m1",
		do: func(ctx context.Context, c *Client) (any, error) {
			return none(c.DeleteMessage(ctx, token, "r1", "m1"))
		},
		body:   `{"token":"` + token + `","rid":"r1"}`,
		answer: `{"message":{"_id":"m1","ls":"2018-09-14T13:31:33.279Z"},"success":true}`,
		gone:   CodeInvalidMessage, refusal: CodeActionNotAllowed, kind: rest.Forbidden,
	}, {
		name: "ListMessages", line: "GET /messages.history/r1?end=2025-04-01T08%3A00%3A00.123Z&limit=2&token=" + pathToken,
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ListMessages(ctx, token, "r1", HistoryQuery{Before: at("2025-04-01T10:00:00.1234+02:00"), Most: 2})
		},
		answer:  `{"messages":[` + messageJSON + `,{"_id":"m0","t":"livechat-started"}],"success":true}`,
		want:    []Message{wantMessage, {ID: "m0", Type: "livechat-started"}},
		refusal: CodeInvalidRoom, kind: rest.NotFound,
	}, {
		name: "SendOfflineMessage", line: "POST /offline.message",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.SendOfflineMessage(ctx, OfflineMessage{Name: "Jane", Email: "j@example.com", Text: "help", Department: "d", Host: "h"})
		},
		body:   `{"name":"Jane","email":"j@example.com","message":"help","department":"d","host":"h"}`,
		answer: `{"message":"Livechat offline message sent","success":true}`, want: "Livechat offline message sent",
		refusal: "error-offline-form-disabled", kind: rest.Forbidden,
	}}
}

func administratorOperations() []operation {
	return []operation{{
		name: "ListVisitorRooms", line: "GET /visitor/" + pathToken + "/room", admin: true,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.ListVisitorRooms(ctx, token) },
		answer: `{"rooms":[{"_id":"r1","t":"l"}],"success":true}`, want: []Room{{ID: "r1", Open: true}},
		refusal: "error-x", kind: rest.Invalid,
	}, {
		name: "ListRooms", line: "GET /rooms?count=100&departmentId=d1&offset=0&open=true", admin: true,
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ListRooms(ctx, RoomsQuery{Open: pointer(true), DepartmentID: "d1"})
		},
		answer:  `{"rooms":[` + roomJSON + `,{"_id":"r2","closedAt":"2023-01-01T00:00:00Z"}],"count":2,"offset":0,"total":2,"success":true}`,
		want:    []Room{wantRoom, {ID: "r2", ClosedAt: at("2023-01-01T00:00:00Z")}},
		refusal: "error-x", kind: rest.Invalid,
	}, {
		name: "CloseRoomByUser", line: "POST /room.closeByUser", admin: true,
		do: func(ctx context.Context, c *Client) (any, error) {
			return none(c.CloseRoomByUser(ctx, "r1", "bye", []string{"done"}))
		},
		body: `{"rid":"r1","comment":"bye","tags":["done"]}`, answer: `{"success":true}`,
		gone: "error-room-already-closed", refusal: "error-invalid-room", kind: rest.NotFound,
	}, {
		name: "DeleteRoom", line: "POST /rooms.delete", admin: true,
		do:   func(ctx context.Context, c *Client) (any, error) { return none(c.DeleteRoom(ctx, "r1")) },
		body: `{"roomId":"r1"}`, answer: `{"success":true}`,
		gone: "Invalid room", refusal: "error-removing-room", kind: rest.Invalid,
	}, {
		name: "ListDepartments", line: "GET /department?count=100&enabled=true&offset=0&showArchived=true&text=Sup", admin: true,
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ListDepartments(ctx, DepartmentsQuery{Text: "Sup", EnabledOnly: true, ShowArchived: true})
		},
		answer: `{"departments":[` + departmentJSON + `],"count":1,"offset":0,"total":1,"success":true}`, want: []Department{wantDepartment()},
		refusal: "error-x", kind: rest.Invalid,
	}, {
		name: "GetDepartment", line: "GET /department/d1?includeAgents=true", admin: true,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.GetDepartment(ctx, "d1") },
		answer: `{"department":` + departmentJSON + `,"agents":` + agentsJSON + `,"success":true}`, want: withAgents(wantDepartment()),
		refusal: "error-x", kind: rest.Invalid,
	}, {
		name: "CreateDepartment", line: "POST /department", admin: true,
		do: func(ctx context.Context, c *Client) (any, error) {
			fields := someDepartment
			fields.UnitID = ""
			fields.RequestTagBeforeClosingChat, fields.ChatClosingTags = pointer(true), pointer([]string{"done"})
			return c.CreateDepartment(ctx, fields, nil)
		},
		body: `{"department":{"name":"Support","email":"s@example.com","enabled":true,"showOnRegistration":true,"showOnOfflineForm":false,
			"description":"","requestTagBeforeClosingChat":true,"chatClosingTags":["done"]}}`,
		answer:  `{"department":` + departmentJSON + `,"agents":[],"success":true}`,
		want:    func() Department { d := wantDepartment(); d.Agents = []DepartmentAgent{}; return d }(),
		refusal: "error-max-departments-number-reached", kind: rest.Invalid,
	}, {
		name: "UpdateDepartment", line: "PUT /department/d1", admin: true,
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateDepartment(ctx, "d1", someDepartment, []DepartmentAgent{{AgentID: "agent1", Username: "not sent", Count: 1, Order: 2}})
		},
		body: `{"department":{"name":"Support","email":"s@example.com","enabled":true,"showOnRegistration":true,"showOnOfflineForm":false,"description":""},
			"agents":[{"agentId":"agent1","count":1,"order":2}],"departmentUnit":{"_id":"unit1"}}`,
		answer: `{"department":` + departmentJSON + `,"agents":` + agentsJSON + `,"success":true}`, want: withAgents(wantDepartment()),
		refusal: "error-department-not-found", kind: rest.NotFound,
	}, {
		name: "DeleteDepartment", line: "DELETE /department/d1", admin: true,
		do:     func(ctx context.Context, c *Client) (any, error) { return none(c.DeleteDepartment(ctx, "d1")) },
		answer: `{"success":true}`,
		gone:   "error-department-not-found", refusal: CodeDepartmentRemovalDisabled, kind: rest.Forbidden,
	}, {
		name: "ArchiveDepartment", line: "POST /department/d1/archive", admin: true,
		do:      func(ctx context.Context, c *Client) (any, error) { return none(c.ArchiveDepartment(ctx, "d1")) },
		answer:  `{"success":true}`,
		refusal: "department-not-found", kind: rest.NotFound,
	}, {
		name: "UnarchiveDepartment", line: "POST /department/d1/unarchive", admin: true,
		do:      func(ctx context.Context, c *Client) (any, error) { return none(c.UnarchiveDepartment(ctx, "d1")) },
		answer:  `{"success":true}`,
		refusal: "department-not-found", kind: rest.NotFound,
	}, {
		name: "ListCustomFields", line: "GET /custom-fields?count=100&offset=0", admin: true,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.ListCustomFields(ctx) },
		answer: `{"customFields":[` + customFieldJSON + `],"count":1,"offset":0,"total":1,"success":true}`, want: []CustomField{wantField()},
		refusal: "error-x", kind: rest.Invalid,
	}, {
		name: "GetCustomField", line: "GET /custom-fields/address", admin: true,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.GetCustomField(ctx, "address") },
		answer: `{"customField":` + customFieldJSON + `,"success":true}`, want: wantField(),
		refusal: "error-x", kind: rest.Invalid,
	}, {
		name: "CreateCustomField", line: "POST /custom-fields.save", admin: true,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.CreateCustomField(ctx, someField) },
		body:   `{"customFieldData":` + fieldDataJSON + `}`,
		answer: `{"customField":` + strings.Replace(customFieldJSON, `"_id":"address",`, "", 1) + `,"success":true}`, want: wantField(),
		refusal: "Invalid custom field name. Use only letters, numbers, hyphens and underscores.", kind: rest.Invalid,
	}, {
		name: "UpdateCustomField", line: "POST /custom-fields.save", admin: true,
		do:     func(ctx context.Context, c *Client) (any, error) { return c.UpdateCustomField(ctx, someField) },
		body:   `{"customFieldId":"address","customFieldData":` + fieldDataJSON + `}`,
		answer: `{"customField":` + customFieldJSON + `,"success":true}`, want: wantField(),
		refusal: "Custom Field Not found", kind: rest.NotFound,
	}, {
		name: "DeleteCustomField", line: "POST /custom-fields.delete", admin: true,
		do:   func(ctx context.Context, c *Client) (any, error) { return none(c.DeleteCustomField(ctx, "address")) },
		body: `{"customFieldId":"address"}`, answer: `{"success":true}`,
		gone: "Custom field not found", refusal: "error-x", kind: rest.Invalid,
	}}
}

func TestOperations(t *testing.T) {
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			client, server := serve(t, says(op.answer))
			got, err := op.do(background(t), client)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, op.want) {
				t.Errorf("got  %+v\nwant %+v", got, op.want)
			}
			server.wantRequests(t, op.line)
			request := server.seen()[0]
			sameJSON(t, request.body, op.body)
			wantType := ""
			if op.body != "" {
				wantType = "application/json"
			}
			if got := request.header.Get("Content-Type"); got != wantType {
				t.Errorf("the content type is %q, want %q", got, wantType)
			}
			wantCredentials := [2]string{}
			if op.admin {
				wantCredentials = [2]string{authToken, userID}
			}
			if got := [2]string{request.header.Get(authTokenHeader), request.header.Get(userIDHeader)}; got != wantCredentials {
				t.Errorf("the credentials are %q, want %q", got, wantCredentials)
			}
			if request.header.Get(visitorTokenHeader) != "" {
				t.Error("the visitor's token stands in a header")
			}
		})
	}
}

// Every operation says what it was refused for, and none is repeated for it.
func TestRefusals(t *testing.T) {
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			client, server := serve(t, refuses(op.refusal))
			_, err := op.do(background(t), client)
			wantKind(t, err, op.kind)
			server.wantRequests(t, op.line)

			client, server = serve(t, reply{status: 401, body: `{"success":false,"error":"You must be logged in to do this."}`})
			_, err = op.do(background(t), client)
			wantKind(t, err, rest.Unauthorized)
			server.wantRequests(t, op.line)

			client, server = serve(t, reply{status: 403, body: `{"success":false,"error":"User does not have the permissions required for this action [error-forbidden]"}`})
			_, err = op.do(background(t), client)
			wantKind(t, err, rest.Forbidden)
			server.wantRequests(t, op.line)
		})
	}
}

func TestWhatIsGoneIsDeleted(t *testing.T) {
	tried := 0
	for _, op := range operations() {
		if op.gone == "" {
			continue
		}
		tried++
		client, server := serve(t, refuses(op.gone))
		if _, err := op.do(background(t), client); err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		server.wantRequests(t, op.line)
	}
	if tried != 7 {
		t.Errorf("%d operations were tried", tried)
	}
}

// A server of another kind, or a proxy before this one, answers something else.
func TestAnswersThatNobodyPromised(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `"x"`, `7`, `{`, `{} {}`, `<html>login</html>`, `{"success":false,"error":"later"}`,
	} {
		for _, op := range operations() {
			client, _ := serve(t, says(body))
			_, err := op.do(background(t), client)
			if err == nil || rest.IsKind(err, rest.NotFound) {
				t.Errorf("%s takes %q for an answer, or for absence: %v", op.name, body, err)
			}
		}
	}
}

// What has to be there for an answer to be one.
func TestAnswersThatLackTheirObject(t *testing.T) {
	silent := map[string]bool{ // operations that need no word but success
		"DeleteVisitor": true, "SetCustomField": true, "SetCustomFields": true, "CloseRoom": true, "TransferRoom": true, "SendTranscript": true,
		"DeleteMessage": true, "SendOfflineMessage": true, "CloseRoomByUser": true, "DeleteRoom": true, "DeleteDepartment": true,
		"ArchiveDepartment": true, "UnarchiveDepartment": true, "DeleteCustomField": true, "SubmitSurvey": true, "NextAgent": true,
	}
	for _, op := range operations() {
		client, _ := serve(t, says(`{"success":true}`))
		_, err := op.do(background(t), client)
		if silent[op.name] != (err == nil) {
			t.Errorf("%s: got %v", op.name, err)
		}
	}
}

func TestAdministratorsAreNotAskedForWithoutCredentials(t *testing.T) {
	config := impatient()
	config.AuthToken, config.UserID = "", ""
	for _, op := range administratorOperations() {
		client, server := serveWith(t, config, says(op.answer))
		_, err := op.do(background(t), client)
		wantKind(t, err, rest.Unauthorized)
		if err == nil || !strings.Contains(err.Error(), "is for administrators and livechat managers; give the auth token and the user id of one") {
			t.Errorf("%s: got %v", op.name, err)
		}
		server.wantRequests(t)
		if client.IsAdministrator() {
			t.Error("the client thinks that it is an administrator")
		}
	}
	client, _ := serveWith(t, config, says(`{"visitor":`+visitorJSON+`}`))
	if _, err := client.GetVisitor(background(t), token); err != nil {
		t.Errorf("a visitor's call needs no administrator: %v", err)
	}
}

func TestEmptyValuesReachNoServer(t *testing.T) {
	client, server := serve(t, says(`{}`))
	ctx := background(t)
	for name, try := range map[string]func() error{
		"RegisterVisitor":      func() error { return second(client.RegisterVisitor(ctx, VisitorFields{Token: " "})) },
		"UpdateVisitor":        func() error { return second(client.UpdateVisitor(ctx, "", VisitorFields{Token: token})) },
		"UpdateVisitor, token": func() error { return second(client.UpdateVisitor(ctx, "v", VisitorFields{})) },
		"GetVisitor":           func() error { return second(client.GetVisitor(ctx, "")) },
		"DeleteVisitor":        func() error { return client.DeleteVisitor(ctx, "") },
		"SetCustomField":       func() error { return client.SetCustomField(ctx, token, "", "v") },
		"SetCustomFields":      func() error { return client.SetCustomFields(ctx, "", map[string]string{"k": "v"}) },
		"AgentOfRoom":          func() error { return second(client.AgentOfRoom(ctx, token, "")) },
		"NextAgent":            func() error { return second(client.NextAgent(ctx, "", "")) },
		"OpenRoom":             func() error { return second(client.OpenRoom(ctx, "", "")) },
		"FindOpenRoom":         func() error { return second(client.FindOpenRoom(ctx, "")) },
		"GetRoom":              func() error { return second(client.GetRoom(ctx, token, "")) },
		"GetRoom, token":       func() error { return second(client.GetRoom(ctx, "", "r")) },
		"RoomExists":           func() error { return second(client.RoomExists(ctx, token, "")) },
		"CloseRoom":            func() error { return client.CloseRoom(ctx, token, "") },
		"CloseOpenRooms":       func() error { return second(client.CloseOpenRooms(ctx, "")) },
		"SubmitSurvey":         func() error { return second(client.SubmitSurvey(ctx, token, "", []SurveyAnswer{{}})) },
		"SubmitSurvey, data":   func() error { return second(client.SubmitSurvey(ctx, token, "r", nil)) },
		"TransferRoom":         func() error { return client.TransferRoom(ctx, token, "r", "") },
		"SendTranscript":       func() error { return second(client.SendTranscript(ctx, token, "r", "")) },
		"ListVisitorRooms":     func() error { return second(client.ListVisitorRooms(ctx, "")) },
		"CloseRoomByUser":      func() error { return client.CloseRoomByUser(ctx, "", "", nil) },
		"DeleteRoom":           func() error { return client.DeleteRoom(ctx, "") },
		"UploadFile":           func() error { return second(client.UploadFile(ctx, token, "r", Upload{})) },
		"UploadFile, content":  func() error { return second(client.UploadFile(ctx, token, "r", Upload{Name: "n"})) },
		"SendMessage":          func() error { return second(client.SendMessage(ctx, token, "", NewMessage{})) },
		"SendMessage, agent":   func() error { return second(client.SendMessage(ctx, token, "r", NewMessage{AgentID: "a"})) },
		"GetMessage":           func() error { return second(client.GetMessage(ctx, token, "r", "")) },
		"EditMessage":          func() error { return second(client.EditMessage(ctx, token, "", "m", "x")) },
		"DeleteMessage":        func() error { return client.DeleteMessage(ctx, token, "r", "") },
		"ListMessages":         func() error { return second(client.ListMessages(ctx, token, "", HistoryQuery{})) },
		"SendOfflineMessage":   func() error { return second(client.SendOfflineMessage(ctx, OfflineMessage{Name: "n", Email: "e"})) },
		"GetDepartment":        func() error { return second(client.GetDepartment(ctx, "")) },
		"CreateDepartment":     func() error { return second(client.CreateDepartment(ctx, DepartmentFields{Name: "n"}, nil)) },
		"CreateDepartment, agent": func() error {
			return second(client.CreateDepartment(ctx, someDepartment, []DepartmentAgent{{}}))
		},
		"UpdateDepartment":    func() error { return second(client.UpdateDepartment(ctx, "", someDepartment, nil)) },
		"DeleteDepartment":    func() error { return client.DeleteDepartment(ctx, "") },
		"ArchiveDepartment":   func() error { return client.ArchiveDepartment(ctx, "") },
		"UnarchiveDepartment": func() error { return client.UnarchiveDepartment(ctx, "") },
		"GetCustomField":      func() error { return second(client.GetCustomField(ctx, "")) },
		"CreateCustomField":   func() error { return second(client.CreateCustomField(ctx, CustomField{Field: "f"})) },
		"UpdateCustomField":   func() error { return second(client.UpdateCustomField(ctx, CustomField{})) },
		"DeleteCustomField":   func() error { return client.DeleteCustomField(ctx, "") },
		"no id but a path":    func() error { return second(client.GetDepartment(ctx, "..")) },
	} {
		if err := try(); !rest.IsKind(err, rest.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	server.wantRequests(t)
	if err := client.SetCustomFields(ctx, token, nil); err != nil {
		t.Errorf("nothing to set: %v", err)
	}
	server.wantRequests(t)
}

// parts are the parts of a form: name, file, type and content.
func parts(t *testing.T, request request) []string {
	t.Helper()
	_, boundary, _ := strings.Cut(request.header.Get("Content-Type"), "boundary=")
	reader := multipart.NewReader(strings.NewReader(request.body), boundary)
	var parts []string
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(part)
		parts = append(parts, strings.Join([]string{part.FormName(), part.FileName(), part.Header.Get("Content-Type"), string(content)}, "|"))
	}
}

const uploadedJSON = `{"_id":"CeswhhAKTQMsnEbc8","rid":"r1","msg":"","token":"` + token + `","file":{"_id":"f1","name":"globe.png","type":"image/png"},
	"attachments":[{"title":"globe.png","title_link":"/file-upload/f1/globe.png","image_url":"/file-upload/f1/globe.png","description":"Here"}],
	"alias":"James","ts":"2023-03-21T16:21:39.131Z","u":{"_id":"u1","username":"guest-3"},"newRoom":false,"showConnecting":false,"success":true}`

func someFile() Upload {
	const content = "not really a picture"
	return Upload{Name: "/home/me/globe.png", Size: int64(len(content)), Description: "Here", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

func TestUploadFile(t *testing.T) {
	client, server := serve(t, says(uploadedJSON))
	got, err := client.UploadFile(background(t), "plain-token", "r/1", someFile())
	if err != nil {
		t.Fatal(err)
	}
	want := Message{
		ID: "CeswhhAKTQMsnEbc8", RoomID: "r1", Alias: "James", AuthorID: "u1", AuthorUsername: "guest-3", SentAt: at("2023-03-21T16:21:39.131Z"),
		File: File{ID: "f1", Name: "globe.png", Type: "image/png"},
		Attachments: []Attachment{{
			Title: "globe.png", Description: "Here", Link: "/file-upload/f1/globe.png", ImageURL: "/file-upload/f1/globe.png",
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	server.wantRequests(t, "POST /upload/r%2F1")
	request := server.seen()[0]
	if request.header.Get("x-visitor-token") != "plain-token" || request.header.Get(authTokenHeader) != "" {
		t.Errorf("got headers %v", request.header)
	}
	if got := parts(t, request); !reflect.DeepEqual(got, []string{"description|||Here", "file|globe.png|image/png|not really a picture"}) {
		t.Errorf("got parts %q", got)
	}
}

func TestUploadFileWithoutDescription(t *testing.T) {
	client, server := serve(t, says(uploadedJSON))
	file := someFile()
	file.Description, file.Name, file.ContentType = "", "notes.unknown-ending", "text/x-notes"
	if _, err := client.UploadFile(background(t), "plain-token", "r1", file); err != nil {
		t.Fatal(err)
	}
	file.ContentType = ""
	if _, err := client.UploadFile(background(t), "plain-token", "r1", file); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"file|notes.unknown-ending|text/x-notes|", "file|notes.unknown-ending|application/octet-stream|"} {
		if got := parts(t, server.seen()[i]); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("got parts %q, want %q", got, want)
		}
	}
}

func TestUploadsAreRefused(t *testing.T) {
	for _, test := range []struct {
		reply    reply
		kind     rest.Kind
		code     string
		words    string
		requests int
	}{
		{reply{status: 403, body: `{"success":false,"error":"unauthorized"}`}, rest.Forbidden, "", "the room is closed, or not the visitor's, or there is no visitor with this token", 1},
		{reply{status: 403, body: `{"success":false,"error":"forbidden"}`}, rest.Forbidden, "", "the room is closed", 1},
		{reply{status: 401, body: `{"success":false,"error":"unauthorized"}`}, rest.Forbidden, "", "the room is closed", 1},
		{reply{status: 400, body: `{"success":false,"reason":"error-file-upload-disabled"}`}, rest.Forbidden, "error-file-upload-disabled", "Livechat_fileupload_enabled", 1},
		{reply{status: 400, body: `{"success":false,"reason":"error-no-file-uploaded"}`}, rest.Invalid, "error-no-file-uploaded", "found no file", 1},
		{reply{status: 400, body: `{"success":false,"reason":"error-type-not-allowed"}`}, rest.Invalid, "error-type-not-allowed", "FileUpload_MediaTypeWhiteList", 1},
		{reply{status: 400, body: `{"success":false,"reason":"error-size-not-allowed","sizeAllowed":"1 MB"}`}, rest.Invalid, "error-size-not-allowed", "FileUpload_MaxFileSize", 1},
		{reply{status: 400, body: `{"success":false,"error":"Invalid file"}`}, rest.Invalid, "", "Invalid file", 1},
		{reply{status: 413, body: `<html>`}, rest.Invalid, "", "HTML page", 1},
		{down, rest.Unavailable, "", "may have been carried out", 1},
		{cut, rest.Unavailable, "", "may have been carried out", 1},
		{says(`{"success":true}`), rest.Malformed, "", "no message with an _id", 1},
	} {
		client, server := serve(t, test.reply)
		_, err := client.UploadFile(background(t), "plain-token", "r1", someFile())
		wantKind(t, err, test.kind)
		if test.code != "" && !HasCode(err, test.code) || err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%d %s: got %v", test.reply.status, test.reply.body, err)
		}
		if got := len(server.seen()); got != test.requests {
			t.Errorf("%d %s: %d requests", test.reply.status, test.reply.body, got)
		}
	}
}

func TestUploadOfAFileThatCannotBeRead(t *testing.T) {
	client, server := serve(t, says(uploadedJSON))
	file := someFile()
	file.Open = func() (io.ReadCloser, error) { return nil, io.ErrUnexpectedEOF }
	_, err := client.UploadFile(background(t), "plain-token", "r1", file)
	wantKind(t, err, rest.Invalid)
	server.wantRequests(t)
}

func TestVisitorTokenThatNoHeaderTakes(t *testing.T) {
	client, server := serve(t, says(uploadedJSON))
	_, err := client.UploadFile(background(t), "to\nken", "r1", someFile())
	wantKind(t, err, rest.Invalid)
	server.wantRequests(t)
}
