package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// newRoom is a room that was created at a moment, and an answer with it.
func newRoom(created, isNew string) reply {
	return says(`{"room":{"_id":"r1","open":true,"ts":"` + created + `"},"newRoom":` + isNew + `,"success":true}`)
}

const (
	openLine   = "GET /room?token=" + pathToken
	readLine   = "GET /room?rid=r1&token=" + pathToken
	lookLine   = "GET /config?token=" + pathToken
	noOpenRoom = `{"config":{"enabled":true,"guest":{"_id":"v"}},"success":true}`
	openRoomR1 = `{"config":{"enabled":true,"room":{"_id":"r1","open":true}},"success":true}`
)

// What is known of a room after the answer to its opening was lost: whether it is
// there, without creating one, and by its age whose it is.
func TestOpenRoomWhoseAnswerIsLost(t *testing.T) {
	for _, test := range []struct {
		name    string
		replies []reply
		lines   []string
		isNew   bool
		want    string // of the error; empty for none
	}{
		{"created", []reply{cut, says(openRoomR1), newRoom(now(time.Minute), "false")}, []string{openLine, lookLine, readLine}, true, ""},
		{"created behind a gateway", []reply{{status: 504}, says(openRoomR1), newRoom(now(time.Minute), "false")}, []string{openLine, lookLine, readLine}, true, ""},
		{"created, answer unreadable", []reply{says(`{"success":true}`), says(openRoomR1), newRoom(now(time.Minute), "false")}, []string{openLine, lookLine, readLine}, true, ""},
		{"created, server in trouble", []reply{{status: 500}, says(openRoomR1), newRoom(now(time.Minute), "false")}, []string{openLine, lookLine, readLine}, true, ""},
		{"open before", []reply{cut, says(openRoomR1), newRoom(now(-time.Hour), "false")}, []string{openLine, lookLine, readLine}, false, ""},
		{"age unknown", []reply{cut, says(openRoomR1), newRoom("", "false")}, []string{openLine, lookLine, readLine}, false, ""},
		{"not created", []reply{cut, says(noOpenRoom), newRoom(now(time.Minute), "true")}, []string{openLine, lookLine, openLine}, true, ""},
		{"created late", []reply{cut, says(noOpenRoom), newRoom(now(time.Minute), "false")}, []string{openLine, lookLine, openLine}, true, ""},
		{"opened before, found late", []reply{cut, says(noOpenRoom), newRoom(now(-time.Hour), "false")}, []string{openLine, lookLine, openLine}, false, ""},
		{"lost three times", []reply{cut, says(noOpenRoom), cut, says(noOpenRoom), cut, says(noOpenRoom)},
			[]string{openLine, lookLine, openLine, lookLine, openLine, lookLine}, false, "it is not there so far; look for it before you apply again"},
		{"lost, then refused", []reply{cut, says(noOpenRoom), refuses(CodeNoAgentOnline)}, []string{openLine, lookLine, openLine}, false, "no agent is online"},
		{"cannot be looked for", []reply{cut, refuses("error-x")}, []string{openLine, lookLine}, false, "it cannot be looked for"},
		{"Omnichannel off", []reply{cut, says(`{"config":{"enabled":false},"success":true}`)}, []string{openLine, lookLine}, false, "Omnichannel is switched off"},
		{"there, but unreadable", []reply{cut, says(openRoomR1), refuses("error-x")}, []string{openLine, lookLine, readLine}, false, "this may be the one: r1; import the one that it is"},
		{"closed meanwhile", []reply{cut, says(openRoomR1), refuses(CodeInvalidRoom)}, []string{openLine, lookLine, readLine}, false, "this may be the one: r1"},
		{"refused", []reply{refuses("error-contact-channel-blocked")}, []string{openLine}, false, "the visitor is blocked"},
		{"rate limited", []reply{{status: 429}, newRoom(now(time.Minute), "true")}, []string{openLine, openLine}, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			opened, err := client.OpenRoom(background(t), token, "")
			server.wantRequests(t, test.lines...)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				return
			}
			if err != nil || opened.ID != "r1" || opened.New != test.isNew {
				t.Errorf("got %+v, %v, want a new room: %v", opened, err, test.isNew)
			}
		})
	}
}

// Terraform was stopped while the room was opened: it is looked for all the same,
// within the budget.
func TestOpenRoomIsResolvedAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(background(t))
	stopped := cut
	stopped.before = cancel
	client, server := serve(t, stopped, says(openRoomR1), newRoom(now(time.Minute), "false"))
	opened, err := client.OpenRoom(ctx, token, "")
	if err != nil || opened.ID != "r1" || !opened.New {
		t.Errorf("got %+v, %v", opened, err)
	}
	server.wantRequests(t, openLine, lookLine, readLine)
}

func TestOpenRoomIsNotRepeatedAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(background(t))
	looked := says(noOpenRoom)
	looked.before = cancel
	client, server := serve(t, cut, looked)
	_, err := client.OpenRoom(ctx, token, "")
	var lost *LostError
	if !errors.As(err, &lost) || lost.Search != nil {
		t.Errorf("got %v", err)
	}
	server.wantRequests(t, openLine, lookLine)
}

func message(id, room, sent string) reply {
	return says(fmt.Sprintf(`{"message":{"_id":%q,"rid":%q,"msg":"hi","ts":%q},"success":true}`, id, room, sent))
}

func TestSendMessageWhoseAnswerIsLost(t *testing.T) {
	const send, look = "POST /message", "GET /message/m1?rid=r1&token=" + pathToken
	bare := reply{status: 400, body: `{"success":false}`}
	for _, test := range []struct {
		name    string
		replies []reply
		lines   []string
		want    string // of the error; empty for none
		exists  bool
	}{
		{"sent", []reply{cut, message("m1", "r1", now(time.Minute))}, []string{send, look}, "", false},
		{"sent, server down", []reply{down, message("m1", "r1", now(time.Minute))}, []string{send, look}, "", false},
		{"sent, server in trouble", []reply{{status: 500}, message("m1", "r1", now(time.Minute))}, []string{send, look}, "", false},
		{"not sent", []reply{cut, refuses(CodeInvalidMessage), message("m1", "r1", now(time.Minute))}, []string{send, look, send}, "", false},
		{"sent late, newer server", []reply{cut, refuses(CodeInvalidMessage), message("m1", "r1", now(time.Minute))}, []string{send, look, send}, "", false},
		{"sent late, older server", []reply{cut, refuses(CodeInvalidMessage), bare, message("m1", "r1", now(time.Minute))}, []string{send, look, send, look}, "", false},
		{"never", []reply{cut, refuses(CodeInvalidMessage), cut, refuses(CodeInvalidMessage), cut, refuses(CodeInvalidMessage)},
			[]string{send, look, send, look, send, look}, "it is not there so far", false},
		{"cannot be looked for", []reply{cut, refuses(CodeInvalidToken)}, []string{send, look}, "it cannot be looked for", false},
		{"there before, newer server", []reply{message("m1", "r1", now(-time.Hour))}, []string{send}, "exists already", true},
		{"there before, older server", []reply{bare, message("m1", "r1", now(-time.Hour))}, []string{send, look}, "exists already", true},
		{"there before, answer lost", []reply{cut, message("m1", "r1", now(-time.Hour))}, []string{send, look}, "exists already", true},
		{"refused without a reason", []reply{bare, refuses(CodeInvalidMessage)}, []string{send, look}, "the server gives no reason", false},
		{"refused", []reply{refuses("message-length-exceeds-character-limit")}, []string{send}, "longer than the server's settings allow", false},
		{"rate limited", []reply{{status: 429}, {status: 429}, message("m1", "r1", now(time.Minute))}, []string{send, send, send}, "", false},
		{"into another room", []reply{message("m1", "r2", now(time.Minute))}, []string{send}, "put message m1 into room r2, for room r1 was closed", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			sent, err := client.SendMessage(background(t), token, "r1", NewMessage{ID: "m1", Text: "hi"})
			server.wantRequests(t, test.lines...)
			var exists *ExistsError
			if errors.As(err, &exists) != test.exists || test.exists && exists.ID != "m1" {
				t.Errorf("got %v", err)
			}
			if test.want == "" && (err != nil || sent.ID != "m1") || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %+v, %v, want %q", sent, err, test.want)
			}
		})
	}
}

func TestSendMessageChoosesAnID(t *testing.T) {
	client, server := serve(t, message("m1", "r1", now(time.Minute)))
	for range 2 {
		if _, err := client.SendMessage(background(t), token, "r1", NewMessage{Text: "hi"}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := server.seen()[0].body, server.seen()[1].body
	if first == second || !strings.Contains(first, `"_id":"`) {
		t.Errorf("got %s and %s", first, second)
	}
}

func registered(id, token, created string) reply {
	return says(fmt.Sprintf(`{"visitor":{"_id":%q,"token":%q,"ts":%q},"success":true}`, id, token, created))
}

func TestRegisterVisitor(t *testing.T) {
	const post, get = "POST /visitor", "GET /visitor/" + pathToken
	fields := VisitorFields{Token: token, Email: "j@example.com", CustomFields: map[string]string{"k": "v"}}
	missing := refuses("Missing required custom fields: a, b")
	ours, older := registered("v1", token, now(time.Minute)), registered("v1", token, now(-time.Hour))
	for _, test := range []struct {
		name    string
		replies []reply
		lines   []string
		created bool
		want    string // of the error; empty for none
		other   string // id of the visitor who was met instead
	}{
		{"new", []reply{ours}, []string{post}, true, "", ""},
		{"without a time", []reply{registered("v1", token, "")}, []string{post}, true, "", ""},
		{"repeated after outages", []reply{cut, down, ours}, []string{post, post, post}, true, "", ""},
		{"rate limited", []reply{{status: 429}, ours}, []string{post, post}, true, "", ""},
		{"lost for good, and there", []reply{down, down, down, ours}, []string{post, post, post, get}, true, "", ""},
		{"lost for good, and not there", []reply{down, down, down, refuses(CodeInvalidToken)}, []string{post, post, post, get}, false, "it is not there so far", ""},
		{"lost for good, and unreadable", []reply{down, down, down, refuses("error-x")}, []string{post, post, post, get}, false, "it cannot be looked for", ""},
		{"lost for good, and older", []reply{down, down, down, older}, []string{post, post, post, get}, false, "", "v1"},
		{"server in trouble", []reply{{status: 500}, ours}, []string{post, get}, true, "", ""},
		{"met by e-mail address", []reply{older}, []string{post}, false, "has the new token now", "v1"},
		{"met by phone number", []reply{registered("v2", "another", now(time.Minute))}, []string{post}, false, "kept a token of its own", "v2"},
		{"refused for its custom fields", []reply{missing, ours}, []string{post, get}, true, "Missing required custom fields: a, b", ""},
		{"refused before it was made", []reply{missing, refuses(CodeInvalidToken)}, []string{post, get}, false, "Missing required custom fields: a, b", ""},
		{"refused, and older", []reply{missing, older}, []string{post, get}, false, "Missing required custom fields: a, b", "v1"},
		{"refused for its token", []reply{{status: 400, body: `{"success":false,"error":"Token cannot be empty [error-invalid-token]","errorType":"error-invalid-token"}`}, refuses(CodeInvalidToken)},
			[]string{post, get}, false, "Token cannot be empty", ""},
		{"forbidden", []reply{{status: 403}}, []string{post}, false, "forbidden", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			visitor, err := client.RegisterVisitor(background(t), fields)
			server.wantRequests(t, test.lines...)
			if (visitor.ID != "") != test.created || (err == nil) != (test.want == "" && test.other == "") {
				t.Errorf("got %+v, %v", visitor, err)
			}
			if err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			var other *OtherVisitorError
			if errors.As(err, &other) != (test.other != "") || other != nil && other.ID != test.other {
				t.Errorf("got %v, want visitor %q", err, test.other)
			}
		})
	}
}

func TestRefusedRegistrationWithoutCustomFieldsIsNotLookedFor(t *testing.T) {
	client, server := serve(t, refuses("error-invalid-department"))
	_, err := client.RegisterVisitor(background(t), VisitorFields{Token: token, Department: "x"})
	var failure *rest.Error
	if !errors.As(err, &failure) || failure.Fields["department"] == "" {
		t.Errorf("got %v", err)
	}
	server.wantRequests(t, "POST /visitor")
}

// A server that gives a new visitor the id that is asked for tells by the id who was
// there before, however short a time ago. Until it has done so once, and on a server
// that never does, the age tells.
func TestVisitorsWithAnIDOfOurOwn(t *testing.T) {
	young := now(time.Minute)
	client, _ := serve(t, registered("theirs", "t0", young), registered("ours", "t1", young), registered("theirs", "t2", young))
	for _, test := range []struct{ token, other string }{{"t0", ""}, {"t1", ""}, {"t2", "theirs"}} {
		_, err := client.RegisterVisitor(background(t), VisitorFields{Token: test.token, ID: "ours"})
		var other *OtherVisitorError
		if errors.As(err, &other) != (test.other != "") || other != nil && other.ID != test.other {
			t.Errorf("%s: got %v, want visitor %q", test.token, err, test.other)
		}
	}

	// The id is surer than a clock.
	client, _ = serve(t, registered("ours", "t1", now(-time.Hour)))
	if visitor, err := client.RegisterVisitor(background(t), VisitorFields{Token: "t1", ID: "ours"}); err != nil || visitor.ID != "ours" {
		t.Errorf("got %+v, %v", visitor, err)
	}
}

// Two visitors of one configuration with the same e-mail address become one on the
// server, at the same time.
func TestVisitorsThatBecomeOne(t *testing.T) {
	client, _ := serve(t, registered("v1", "t1", now(time.Minute)), registered("v1", "t2", now(time.Minute)))
	if _, err := client.RegisterVisitor(background(t), VisitorFields{Token: "t1"}); err != nil {
		t.Fatal(err)
	}
	_, err := client.RegisterVisitor(background(t), VisitorFields{Token: "t2"})
	var other *OtherVisitorError
	if !errors.As(err, &other) || other.ID != "v1" || other.OldToken || other.Token() != "t2" {
		t.Errorf("got %v", err)
	}

	// Who is met by the phone number keeps the token, which no error shows.
	client, _ = serve(t, registered("v1", "t0", now(-time.Hour)))
	_, err = client.RegisterVisitor(background(t), VisitorFields{Token: "t1"})
	if !errors.As(err, &other) || !other.OldToken || other.Token() != "t0" {
		t.Errorf("got %v", err)
	}

	// The same when the first one was only read.
	client, _ = serve(t, registered("v1", "t1", ""), registered("v1", "t2", ""))
	if _, err := client.GetVisitor(background(t), "t1"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.RegisterVisitor(background(t), VisitorFields{Token: "t2"}); !errors.As(err, &other) {
		t.Errorf("got %v", err)
	}
}

func TestUpdateOfAVisitorWhoIsGone(t *testing.T) {
	client, server := serve(t, registered("v2", token, now(time.Minute)))
	_, err := client.UpdateVisitor(background(t), "v1", VisitorFields{Token: token, Name: "Jane"})
	var other *OtherVisitorError
	if !errors.As(err, &other) || other.ID != "v2" || other.Expected != "v1" || !strings.Contains(err.Error(), "visitor v2 instead of visitor v1, who is gone") {
		t.Errorf("got %v", err)
	}
	server.wantRequests(t, "POST /visitor")
}

func TestTransferWhoseAnswerIsLost(t *testing.T) {
	const post = "POST /visitor/department.transfer"
	room := func(department string) reply {
		return says(`{"room":{"_id":"r1","departmentId":"` + department + `"},"success":true}`)
	}
	for _, test := range []struct {
		name    string
		replies []reply
		lines   []string
		done    bool
	}{
		{"passed on", []reply{cut, room("d1")}, []string{post, readLine}, true},
		{"not passed on", []reply{cut, room("d0")}, []string{post, readLine}, false},
		{"not known", []reply{down, refuses(CodeInvalidRoom)}, []string{post, readLine}, false},
		{"refused", []reply{refuses("error-invalid-room")}, []string{post}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			err := client.TransferRoom(background(t), token, "r1", "d1")
			server.wantRequests(t, test.lines...)
			if (err == nil) != test.done || rest.IsUncertain(err) != (len(test.lines) == 2 && !test.done) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func departments(rows ...string) reply {
	return says(fmt.Sprintf(`{"departments":[%s],"count":%d,"offset":0,"total":%d,"success":true}`, strings.Join(rows, ","), len(rows), len(rows)))
}

func department(id, name, changed string) string {
	return fmt.Sprintf(`{"_id":%q,"name":%q,"email":"s@example.com","enabled":true,"_updatedAt":%q}`, id, name, changed)
}

func oneDepartment(id string, agents string) reply {
	return says(`{"department":` + department(id, "Support", now(time.Minute)) + `,"agents":` + agents + `,"success":true}`)
}

func TestCreateDepartment(t *testing.T) {
	const (
		post = "POST /department"
		list = "GET /department?count=100&showArchived=true&text=Support"
		get  = "GET /department/d1?includeAgents=true"
	)
	fields := DepartmentFields{Name: "Support", Email: "s@example.com", Enabled: true}
	agents := []DepartmentAgent{{AgentID: "agent1"}}
	created := oneDepartment("d1", agentsJSON)
	ours, another := department("d1", "Support", now(time.Minute)), department("d2", "Support", now(time.Minute))
	for _, test := range []struct {
		name    string
		replies []reply
		lines   []string
		created bool
		want    string // of the error; empty for none
	}{
		{"created", []reply{created}, []string{post}, true, ""},
		{"lost, and there", []reply{cut, departments(department("d0", "Support", now(-time.Hour)), ours, department("d3", "Support 2", now(time.Minute))), created}, []string{post, list, get}, true, ""},
		{"unreadable, and there", []reply{says(`{"success":true}`), departments(ours), created}, []string{post, list, get}, true, ""},
		{"lost, and not there", []reply{cut, departments()}, []string{post, list}, false, "it is not there so far"},
		{"lost, and two are there", []reply{cut, departments(ours, another)}, []string{post, list}, false, "this may be the one: d1, d2"},
		{"lost, and cannot be looked for", []reply{down, refuses("error-x")}, []string{post, list}, false, "it cannot be looked for"},
		{"lost, and no list", []reply{down, says(`{"success":true}`)}, []string{post, list}, false, "it cannot be looked for"},
		{"lost, and unreadable afterwards", []reply{cut, departments(ours), refuses("error-x")}, []string{post, list, get}, true, "created department d1, but it cannot be read"},
		{"refused", []reply{refuses("must have required property 'email' [invalid-params]"), departments()}, []string{post, list}, false, "must have required property 'email'"},
		{"refused for its agents", []reply{refuses("Match error: Expected integer in field upsert[0].count"), departments(ours), created}, []string{post, list, get}, true, "Match error"},
		{"refused by its number", []reply{refuses("Maximum number of departments reached [error-max-departments-number-reached]")}, []string{post}, false, "Maximum number"},
		{"refused for what is not known", []reply{refuses("error-x"), departments(ours)}, []string{post, list}, false, "refused, but maybe not all of it (Rocket.Chat refused POST /api/v1/livechat/department: error-x (400, code error-x)), and this may be the one: d1"},
		{"lost, and a stranger's is there", []reply{cut, departments(strings.Replace(ours, `"enabled"`, `"showOnRegistration":true,"enabled"`, 1))}, []string{post, list}, false, "it is not there so far"},
		{"agents passed over", []reply{oneDepartment("d1", `[]`)}, []string{post}, true, "did not make these agents of department d1: agent1"},
		{"forbidden", []reply{{status: 403}}, []string{post}, false, "forbidden"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			got, err := client.CreateDepartment(background(t), fields, agents)
			server.wantRequests(t, test.lines...)
			if (got.ID == "d1") != test.created || (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %+v, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestCreateCustomFieldWhoseAnswerIsLost(t *testing.T) {
	const save, get = "POST /custom-fields.save", "GET /custom-fields/address"
	exists := refuses("Custom Field already exists")
	field := func(changed string) reply {
		return says(`{"customField":{"_id":"address","label":"Address","_updatedAt":"` + changed + `"},"success":true}`)
	}
	none := says(`{"customField":null,"success":true}`)
	for _, test := range []struct {
		name    string
		replies []reply
		lines   []string
		want    string // of the error; empty for none
		exists  bool
	}{
		{"there before", []reply{exists}, []string{save}, "exists already in Rocket.Chat; import it", true},
		{"lost, and there", []reply{cut, field(now(time.Minute))}, []string{save, get}, "", false},
		{"lost, and not there", []reply{cut, none, field(now(time.Minute))}, []string{save, get, save}, "", false},
		{"lost, and there late", []reply{down, none, exists, field(now(time.Minute))}, []string{save, get, save, get}, "", false},
		{"lost, and somebody else's", []reply{cut, field(now(-time.Hour))}, []string{save, get}, "exists already", true},
		{"never", []reply{down, none, down, none, down, none}, []string{save, get, save, get, save, get}, "it is not there so far", false},
		{"cannot be looked for", []reply{down, refuses("error-x")}, []string{save, get}, "it cannot be looked for", false},
		{"too old a server", []reply{{status: 404, body: `{"success":false,"error":"API endpoint does not exist"}`}}, []string{save},
			"the server does not know this path; check the server URL and the version of Rocket.Chat; it needs Rocket.Chat 7.11.0 or newer", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serve(t, test.replies...)
			got, err := client.CreateCustomField(background(t), someField)
			server.wantRequests(t, test.lines...)
			var other *ExistsError
			if errors.As(err, &other) != test.exists {
				t.Errorf("got %v", err)
			}
			if test.want == "" && (err != nil || got.Field != "address") || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %+v, %v, want %q", got, err, test.want)
			}
		})
	}
}

// What may be made twice is repeated after an outage, and what may not is not.
func TestRepetitions(t *testing.T) {
	never := map[string]bool{"TransferRoom": true, "SendTranscript": true, "SendOfflineMessage": true}
	resolved := map[string]bool{"OpenRoom": true, "SendMessage": true, "CreateDepartment": true, "CreateCustomField": true} // tested above
	for _, op := range operations() {
		if resolved[op.name] {
			continue
		}
		client, server := serve(t, down, cut, says(op.answer))
		_, err := op.do(background(t), client)
		requests := len(server.seen())
		switch {
		case never[op.name] && op.name != "TransferRoom" && (!rest.IsUncertain(err) || requests != 1):
			t.Errorf("%s: %d requests, %v", op.name, requests, err)
		case !never[op.name] && (err != nil || requests != 3):
			t.Errorf("%s: %d requests, %v", op.name, requests, err)
		}
	}
}
