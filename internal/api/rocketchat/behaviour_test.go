package rocketchat

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// GET /room says the same of a closed room and of one that never was. The history
// tells them apart.
func TestRoomThatIsClosedAndRoomThatIsGone(t *testing.T) {
	for name, test := range map[string]struct {
		history reply
		exists  bool
	}{
		"closed":       {says(`{"messages":[{"_id":"m"}],"success":true}`), true},
		"gone":         {refuses(CodeInvalidRoom), false},
		"visitor gone": {refuses(CodeInvalidToken), false},
	} {
		client, server := serve(t, refuses(CodeInvalidRoom), test.history)
		_, err := client.GetRoom(background(t), token, "r1")
		wantKind(t, err, rest.NotFound)
		exists, err := client.RoomExists(background(t), token, "r1")
		if err != nil || exists != test.exists {
			t.Errorf("%s: got %v, %v", name, exists, err)
		}
		server.wantRequests(t, readLine, "GET /messages.history/r1?limit=1&token="+pathToken)
	}
}

// Reading never opens a room: without an id GET /room would.
func TestReadingOpensNoRoom(t *testing.T) {
	for _, op := range operations() {
		if op.name == "OpenRoom" {
			continue
		}
		client, server := serve(t, says(op.answer))
		_, _ = op.do(background(t), client)
		for _, request := range server.seen() {
			if strings.HasPrefix(request.line, "GET "+base+"/room?") && !strings.Contains(request.line, "rid=") {
				t.Errorf("%s opens a room: %s", op.name, request.line)
			}
		}
	}
}

func TestAnswerAboutAnotherObject(t *testing.T) {
	client, _ := serve(t, says(`{"room":{"_id":"r2","open":true},"success":true}`))
	_, err := client.GetRoom(background(t), token, "r1")
	wantKind(t, err, rest.Malformed)
	client, _ = serve(t, says(`{"department":{"_id":"d2"},"success":true}`))
	_, err = client.GetDepartment(background(t), "d1")
	wantKind(t, err, rest.Malformed)
}

// A room without the word is open where the server tells of open rooms alone, and
// closed in a list of all.
func TestOpenIsToldInSeveralWays(t *testing.T) {
	for row, want := range map[string][2]bool{`{}`: {true, false}, `{"open":true}`: {true, true}, `{"open":false}`: {false, false}} {
		root, err := parse([]byte(row))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{decodeOpenRoom(root).Open, decodeRoom(root).Open}; got != want {
			t.Errorf("%s: got %v, want %v", row, got, want)
		}
	}
}

// A room that somebody else closes at the same moment is told with a code of its
// own.
func TestCloseOfARoomThatIsBeingClosed(t *testing.T) {
	client, _ := serve(t, refuses("error-room-closed"))
	if err := client.CloseRoomByUser(background(t), "r1", "", nil); err != nil {
		t.Error(err)
	}
}

func TestCloseOpenRooms(t *testing.T) {
	open := func(id string) reply {
		return says(`{"config":{"enabled":true,"room":{"_id":"` + id + `","open":true}},"success":true}`)
	}
	client, server := serve(t, open("r1"), says(`{"success":true}`), open("r2"), refuses(CodeRoomClosed), says(noOpenRoom))
	closed, err := client.CloseOpenRooms(background(t), token)
	if err != nil || !slices.Equal(closed, []string{"r1", "r2"}) {
		t.Errorf("got %v, %v", closed, err)
	}
	server.wantRequests(t, lookLine, "POST /room.close", lookLine, "POST /room.close", lookLine)

	client, server = serve(t, open("r1"), refuses(CodeCloseNotAllowed))
	if _, err := client.CloseOpenRooms(background(t), token); !HasCode(err, CodeCloseNotAllowed) {
		t.Errorf("got %v", err)
	}
	server.wantRequests(t, lookLine, "POST /room.close")

	client, _ = serve(t, says(`{"config":{"enabled":true,"room":{"_id":"r1"}},"success":true}`))
	_, err = client.CloseOpenRooms(background(t), token)
	wantKind(t, err, rest.Conflict)
}

func TestFindOpenRoomWhileOmnichannelIsOff(t *testing.T) {
	client, _ := serve(t, says(`{"config":{"enabled":false},"success":true}`))
	_, err := client.FindOpenRoom(background(t), token)
	wantKind(t, err, rest.Forbidden)
	config, err := client.GetConfig(background(t), ConfigQuery{})
	if err != nil || !reflect.DeepEqual(config, LivechatConfig{SurveyItems: []string{}, SurveyValues: []string{}, Visitor: Visitor{CustomFields: map[string]string{}}}) {
		t.Errorf("got %+v, %v", config, err)
	}
}

// The vendor's page and the server differ in some shapes, and so do versions.
func TestShapesThatDiffer(t *testing.T) {
	client, _ := serve(t, says(`{"config":{"enabled":true,"theme":{"actionLinks":[{"icon":"x"}]},"settings":{"limitTextLength":false},"departments":null,"survey":[]},"success":true}`))
	config, err := client.GetConfig(background(t), ConfigQuery{})
	if err != nil || config.Settings["limitTextLength"] != false || len(config.Theme["actionLinks"].([]any)) != 1 {
		t.Errorf("got %+v, %v", config, err)
	}

	client, _ = serve(t, says(`{"rid":"r1","data":[{"name":"satisfaction","value":"5"}],"success":true}`))
	taken, err := client.SubmitSurvey(background(t), token, "r1", []SurveyAnswer{{"satisfaction", "5"}})
	if err != nil || taken["satisfaction"] != "5" || len(taken) != 1 {
		t.Errorf("got %v, %v", taken, err)
	}

	client, _ = serve(t, says(`{"agent":{"hiddenInfo":true},"success":true}`))
	agent, err := client.AgentOfRoom(background(t), token, "r1")
	if err != nil || !agent.Hidden || agent.ID != "" {
		t.Errorf("got %+v, %v", agent, err)
	}
	next, err := client.NextAgent(background(t), token, "")
	if err != nil || next == nil || !next.Hidden {
		t.Errorf("got %+v, %v", next, err)
	}

	client, server := serve(t, says(`{"success":true}`))
	next, err = client.NextAgent(background(t), token, "")
	if err != nil || next != nil {
		t.Errorf("an open room has no next agent; got %+v, %v", next, err)
	}
	server.wantRequests(t, "GET /agent.next/"+pathToken)

	client, _ = serve(t, says(`{"agent":[],"success":true}`))
	_, err = client.NextAgent(background(t), token, "")
	wantKind(t, err, rest.Malformed)
}

// A deleted department and a deleted custom field are a 200 with null.
func TestNullIsGone(t *testing.T) {
	for _, body := range []string{`{"department":null,"success":true}`, `{"success":true}`, `{"department":null,"agents":[],"success":true}`} {
		client, _ := serve(t, says(body))
		_, err := client.GetDepartment(background(t), "d1")
		wantKind(t, err, rest.NotFound)
	}
	for _, body := range []string{`{"customField":null,"success":true}`, `{"success":true}`} {
		client, _ := serve(t, says(body))
		_, err := client.GetCustomField(background(t), "address")
		wantKind(t, err, rest.NotFound)
	}
	for _, body := range []string{`{"department":[],"success":true}`, `{"department":{},"success":true}`} {
		client, _ := serve(t, says(body))
		_, err := client.GetDepartment(background(t), "d1")
		wantKind(t, err, rest.Malformed)
	}
}

func TestAgentsThatAreNotShown(t *testing.T) {
	client, _ := serve(t, says(`{"department":{"_id":"d1"},"success":true}`))
	department, err := client.GetDepartment(background(t), "d1")
	if err != nil || department.Agents != nil {
		t.Errorf("got %+v, %v", department, err)
	}
	client, _ = serve(t, says(`{"department":{"_id":"d1"},"agents":[],"success":true}`))
	department, err = client.GetDepartment(background(t), "d1")
	if err != nil || department.Agents == nil || len(department.Agents) != 0 {
		t.Errorf("got %+v, %v", department, err)
	}
}

// An update adds agents and never removes any, which takes a call of its own.
func TestAgentsOfADepartment(t *testing.T) {
	const put, post = "PUT /department/d1", "POST /department/d1/agents"
	two := `[{"agentId":"agent1","username":"john","count":0,"order":0},{"agentId":"agent2","username":"jane"}]`
	john := []DepartmentAgent{{AgentID: "agent1", Username: "john"}}
	for _, test := range []struct {
		name   string
		agents []DepartmentAgent
		lines  []string
		remove string // body of the second call
		want   []DepartmentAgent
	}{
		{"left alone", nil, []string{put}, "", append(slices.Clone(john), DepartmentAgent{AgentID: "agent2", Username: "jane"})},
		{"all wanted", []DepartmentAgent{{AgentID: "agent2"}, {AgentID: "agent1"}}, []string{put}, "", append(slices.Clone(john), DepartmentAgent{AgentID: "agent2", Username: "jane"})},
		{"one wanted", []DepartmentAgent{{AgentID: "agent1"}}, []string{put, post}, `{"upsert":[],"remove":[{"agentId":"agent2","username":"jane"}]}`, john},
		{"none wanted", []DepartmentAgent{}, []string{put, post},
			`{"upsert":[],"remove":[{"agentId":"agent1","username":"john"},{"agentId":"agent2","username":"jane"}]}`, []DepartmentAgent{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, oneDepartment("d1", two), says(`{"success":true}`))
			updated, err := client.UpdateDepartment(background(t), "d1", someDepartment, test.agents)
			if err != nil || !reflect.DeepEqual(updated.Agents, test.want) {
				t.Errorf("got %+v, %v", updated.Agents, err)
			}
			server.wantRequests(t, test.lines...)
			if test.remove != "" {
				sameJSON(t, server.seen()[1].body, test.remove)
			}
		})
	}

	// What is half done is told with the department as it is.
	client, server := serve(t, oneDepartment("d1", two), refuses("error-x"))
	updated, err := client.UpdateDepartment(background(t), "d1", someDepartment, john)
	if len(updated.Agents) != 2 || err == nil {
		t.Errorf("got %+v, %v", updated, err)
	}
	server.wantRequests(t, put, post)
	client, server = serve(t, oneDepartment("d1", two))
	updated, err = client.UpdateDepartment(background(t), "d1", someDepartment, []DepartmentAgent{{AgentID: "agent3"}})
	if len(updated.Agents) != 2 || err == nil || !strings.Contains(err.Error(), "did not make these agents of department d1: agent3") {
		t.Errorf("got %+v, %v", updated, err)
	}
	server.wantRequests(t, put)
}

func TestDeleteRoomThatIsOpen(t *testing.T) {
	client, _ := serve(t, reply{status: 400, body: `{"success":false}`})
	err := client.DeleteRoom(background(t), "r1")
	wantKind(t, err, rest.Conflict)
	if err == nil || !strings.Contains(err.Error(), "the room may be open, and has to be closed first") {
		t.Errorf("got %v", err)
	}
	client, _ = serve(t, reply{status: 404})
	if err := client.DeleteRoom(background(t), "r1"); err == nil || !strings.Contains(err.Error(), "it needs Rocket.Chat 7.12.0 or newer") {
		t.Errorf("got %v", err)
	}
}

func messagesPage(from, to int) reply {
	var rows []string
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf(`{"_id":"m%d"}`, i))
	}
	return says(`{"messages":[` + strings.Join(rows, ",") + `],"success":true}`)
}

func TestHistoryIsReadPageByPage(t *testing.T) {
	line := func(limit, offset int) string {
		line := fmt.Sprintf("GET /messages.history/r1?limit=%d", limit)
		if offset > 0 {
			line += fmt.Sprintf("&offset=%d", offset)
		}
		return line + "&token=" + pathToken
	}
	for _, test := range []struct {
		name    string
		most    int
		replies []reply
		lines   []string
		want    int
	}{
		{"empty", 0, []reply{messagesPage(0, 0)}, []string{line(100, 0)}, 0},
		{"one page", 0, []reply{messagesPage(0, 3)}, []string{line(100, 0)}, 3},
		{"full page", 0, []reply{messagesPage(0, 100), messagesPage(0, 0)}, []string{line(100, 0), line(100, 100)}, 100},
		{"two pages", 0, []reply{messagesPage(0, 100), messagesPage(100, 150)}, []string{line(100, 0), line(100, 100)}, 150},
		{"new messages meanwhile", 0, []reply{messagesPage(0, 100), messagesPage(97, 150)}, []string{line(100, 0), line(100, 100)}, 150},
		{"server without pages", 0, []reply{messagesPage(0, 100)}, []string{line(100, 0), line(100, 100)}, 100},
		{"few wanted", 3, []reply{messagesPage(0, 3)}, []string{line(3, 0)}, 3},
		{"more wanted than a page", 150, []reply{messagesPage(0, 100), messagesPage(100, 150)}, []string{line(100, 0), line(50, 100)}, 150},
		{"more wanted than there are", 150, []reply{messagesPage(0, 60)}, []string{line(100, 0)}, 60},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			messages, err := client.ListMessages(background(t), token, "r1", HistoryQuery{Most: test.most})
			if err != nil || len(messages) != test.want {
				t.Errorf("got %d messages, %v, want %d", len(messages), err, test.want)
			}
			for i, message := range messages {
				if message.ID != fmt.Sprintf("m%d", i) {
					t.Fatalf("message %d is %s", i, message.ID)
				}
			}
			server.wantRequests(t, test.lines...)
		})
	}
}

func fieldsPage(from, to, total int) reply {
	var rows []string
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf(`{"_id":"f%d"}`, i))
	}
	return says(fmt.Sprintf(`{"customFields":[%s],"count":%d,"offset":%d,"total":%d,"success":true}`, strings.Join(rows, ","), to-from, from, total))
}

func TestListsAreReadPageByPage(t *testing.T) {
	line := func(offset int) string { return fmt.Sprintf("GET /custom-fields?count=100&offset=%d", offset) }
	for _, test := range []struct {
		name    string
		replies []reply
		lines   []string
		want    int
		kind    rest.Kind // of the error; 0 for none
	}{
		{"empty", []reply{fieldsPage(0, 0, 0)}, []string{line(0)}, 0, 0},
		{"one page", []reply{fieldsPage(0, 7, 7)}, []string{line(0)}, 7, 0},
		{"full page", []reply{fieldsPage(0, 100, 100)}, []string{line(0)}, 100, 0},
		{"three pages", []reply{fieldsPage(0, 100, 210), fieldsPage(100, 200, 210), fieldsPage(200, 210, 210)}, []string{line(0), line(100), line(200)}, 210, 0},
		{"smaller pages than asked for", []reply{fieldsPage(0, 50, 60), fieldsPage(50, 60, 60)}, []string{line(0), line(50)}, 60, 0},
		{"one is created meanwhile", []reply{fieldsPage(0, 100, 101), fieldsPage(99, 102, 102)}, []string{line(0), line(100)}, 102, 0},
		{"without a total", []reply{says(`{"customFields":[{"_id":"f0"}],"success":true}`)}, []string{line(0), line(1)}, 1, 0},
		{"with a total that is none", []reply{says(`{"customFields":[{"_id":"f0"}],"total":"many","success":true}`)}, []string{line(0), line(1)}, 1, 0},
		{"the same page again", []reply{fieldsPage(0, 100, 210)}, []string{line(0), line(100)}, 0, rest.Malformed},
		{"counts what it does not show", []reply{fieldsPage(0, 10, 20), fieldsPage(0, 0, 20)}, []string{line(0), line(10)}, 0, rest.Malformed},
		{"no list", []reply{says(`{"customFields":{},"success":true}`)}, []string{line(0)}, 0, rest.Malformed},
		{"a row that is none", []reply{says(`{"customFields":[{"_id":"f0"},null],"success":true}`)}, []string{line(0)}, 0, rest.Malformed},
		{"a row without an id", []reply{says(`{"customFields":[{"label":"x"}],"success":true}`)}, []string{line(0)}, 0, rest.Malformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			fields, err := client.ListCustomFields(background(t))
			if len(fields) != test.want || (err == nil) != (test.kind == 0) || err != nil && !rest.IsKind(err, test.kind) {
				t.Errorf("got %d rows, %v, want %d", len(fields), err, test.want)
			}
			server.wantRequests(t, test.lines...)
		})
	}
}

func TestCreatedSince(t *testing.T) {
	sent := time.Now()
	header := func(shift time.Duration) map[string][]string {
		return map[string][]string{"Date": {sent.Add(shift).UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT"}}
	}
	for name, test := range map[string]struct {
		clock        time.Duration // how far the server's goes ahead
		created      time.Time
		since, known bool
	}{
		"after":               {0, sent.Add(time.Second), true, true},
		"before":              {0, sent.Add(-time.Minute), false, true},
		"after, clock ahead":  {time.Hour, sent.Add(time.Hour), true, true},
		"before, clock ahead": {time.Hour, sent.Add(59 * time.Minute), false, true},
		"after, clock behind": {-time.Hour, sent.Add(-time.Hour), true, true},
		"no time":             {0, time.Time{}, false, false},
	} {
		got := answer{received: sent.Add(3 * time.Second), response: rest.Response{Header: header(test.clock + 3*time.Second)}}
		if since, known := got.createdSince(sent, test.created); since != test.since || known != test.known {
			t.Errorf("%s: got %v, %v", name, since, known)
		}
	}
	if _, known := (answer{received: sent}).createdSince(sent, sent); known {
		t.Error("the time of a server that does not tell it is known")
	}
}
