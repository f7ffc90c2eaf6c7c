package openapi

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A stage is a mock with the client in front of it, and a recorder between them.
type stage struct {
	*recorder
	server *mock.Server
	client *rocketchat.Client
	room   string // of the visitor ann-1
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{recorder: &recorder{}, server: mock.New(mock.Options{})}
	web := httptest.NewServer(s.server)
	client, err := rocketchat.New(rocketchat.Config{
		ServerURL: web.URL, AuthToken: s.server.AdminToken(), UserID: s.server.AdminUserID(), UserAgent: "test", MaxRetries: -1, Transport: s.recorder,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		web.Close()
	})
	s.client = client
	s.reset(t)
	return s
}

// reset makes the workspace as new: Ann has an open room, where she has said
// something.
func (s *stage) reset(t *testing.T) {
	t.Helper()
	s.server.Reset()
	if err := s.server.SetSettings(mock.Settings{DepartmentRemoval: true}); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, err := s.client.RegisterVisitor(ctx, rocketchat.VisitorFields{Token: "ann-1", Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := s.client.OpenRoom(ctx, "ann-1", "")
	if err != nil {
		t.Fatal(err)
	}
	s.room = opened.ID
	if _, err := s.client.SendMessage(ctx, "ann-1", s.room, rocketchat.NewMessage{ID: "hello", Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	s.take()
}

// wholeDepartment has every field that the client knows.
func wholeDepartment() rocketchat.DepartmentFields {
	words, yes, list := "x", true, []string{"a"}
	sales := mock.SalesID
	return rocketchat.DepartmentFields{
		Name: "Billing", Email: "billing@example.com", Enabled: true, Description: &words, RequestTagBeforeClosingChat: &yes, ChatClosingTags: &list,
		OfflineMessageChannelName: &words, AbandonedRoomsCloseCustomMessage: &words, WaitingQueueMessage: &words, FallbackForwardDepartment: &sales,
		DepartmentsAllowedToForward: &list, AllowReceiveForwardOffline: &yes, UnitID: "u1",
	}
}

// plan is a custom field with everything that the client knows.
var plan = rocketchat.CustomField{
	Field: "plan", Label: "Plan", Scope: "visitor", Visibility: "visible", Type: "select", Searchable: true, Required: true, Public: true,
	Regexp: "^[a-z]+$", DefaultValue: "free", Options: "free,business",
}

// calls are all calls of the client, each as fully as it can be made, and those
// that are refused.
var calls = map[string]func(context.Context, *stage) error{
	"config": func(ctx context.Context, s *stage) error {
		return second(s.client.GetConfig(ctx, rocketchat.ConfigQuery{Token: "ann-1", Department: mock.SalesID, BusinessUnit: "u1"}))
	},
	"registration": func(ctx context.Context, s *stage) error {
		return second(s.client.RegisterVisitor(ctx, rocketchat.VisitorFields{
			Token: "bob-1", ID: "bob", Username: "bob", Name: "Bob", Email: "bob@example.com", Phone: "7", Department: "Support",
			CustomFields: map[string]string{"company": "Acme", "tier": "gold"},
		}))
	},
	"registration, refused": func(ctx context.Context, s *stage) error {
		return second(s.client.RegisterVisitor(ctx, rocketchat.VisitorFields{Token: "bob-1", Department: "Nowhere"}))
	},
	"visitor": func(ctx context.Context, s *stage) error { return second(s.client.GetVisitor(ctx, "ann-1")) },
	"deletion of a visitor": func(ctx context.Context, s *stage) error {
		return firstOf(s.client.CloseRoom(ctx, "ann-1", s.room), s.client.DeleteVisitor(ctx, "ann-1"))
	},
	"custom field of a visitor": func(ctx context.Context, s *stage) error {
		return s.client.SetCustomField(ctx, "ann-1", "tier", "gold")
	},
	"custom fields of a visitor": func(ctx context.Context, s *stage) error {
		return s.client.SetCustomFields(ctx, "ann-1", map[string]string{"tier": "gold"})
	},
	"agent of a room": func(ctx context.Context, s *stage) error { return second(s.client.AgentOfRoom(ctx, "ann-1", s.room)) },
	"next agent": func(ctx context.Context, s *stage) error {
		return second(s.client.NextAgent(ctx, "somebody", mock.SalesID))
	},
	"next agent, of nobody": func(ctx context.Context, s *stage) error { return second(s.client.NextAgent(ctx, "ann-1", "")) },
	"new room": func(ctx context.Context, s *stage) error {
		if err := s.client.CloseRoom(ctx, "ann-1", s.room); err != nil {
			return err
		}
		return second(s.client.OpenRoom(ctx, "ann-1", mock.BobID))
	},
	"room":                   func(ctx context.Context, s *stage) error { return second(s.client.GetRoom(ctx, "ann-1", s.room)) },
	"room, refused":          func(ctx context.Context, s *stage) error { return second(s.client.GetRoom(ctx, "ann-1", "nowhere")) },
	"end of a room":          func(ctx context.Context, s *stage) error { return s.client.CloseRoom(ctx, "ann-1", s.room) },
	"end of a room, refused": func(ctx context.Context, s *stage) error { return s.client.CloseRoom(ctx, "ann-1", "nowhere") },
	"survey": func(ctx context.Context, s *stage) error {
		return second(s.client.SubmitSurvey(ctx, "ann-1", s.room, []rocketchat.SurveyAnswer{{Name: "satisfaction", Value: "5"}}))
	},
	"transfer": func(ctx context.Context, s *stage) error {
		return s.client.TransferRoom(ctx, "ann-1", s.room, mock.SalesID)
	},
	"transfer, refused": func(ctx context.Context, s *stage) error {
		return s.client.TransferRoom(ctx, "ann-1", "nowhere", mock.SalesID)
	},
	"transcript": func(ctx context.Context, s *stage) error {
		return second(s.client.SendTranscript(ctx, "ann-1", s.room, "boss@example.com"))
	},
	"transcript, refused": func(ctx context.Context, s *stage) error {
		return second(s.client.SendTranscript(ctx, "ann-1", "nowhere", "boss@example.com"))
	},
	"upload": func(ctx context.Context, s *stage) error {
		return second(s.client.UploadFile(ctx, "ann-1", s.room, someFile()))
	},
	"upload, refused": func(ctx context.Context, s *stage) error {
		return second(s.client.UploadFile(ctx, "nobody", s.room, someFile()))
	},
	"message": func(ctx context.Context, s *stage) error {
		return second(s.client.SendMessage(ctx, "ann-1", s.room, rocketchat.NewMessage{ID: "m1", Text: "Hi", AgentID: mock.BobID, AgentUsername: "bob"}))
	},
	"message, refused": func(ctx context.Context, s *stage) error {
		return second(s.client.SendMessage(ctx, "ann-1", "nowhere", rocketchat.NewMessage{ID: "m1", Text: "Hi"}))
	},
	"one message": func(ctx context.Context, s *stage) error {
		return second(s.client.GetMessage(ctx, "ann-1", s.room, "hello"))
	},
	"edit of a message": func(ctx context.Context, s *stage) error {
		return second(s.client.EditMessage(ctx, "ann-1", s.room, "hello", "Hi"))
	},
	"deletion of a message": func(ctx context.Context, s *stage) error {
		return s.client.DeleteMessage(ctx, "ann-1", s.room, "hello")
	},
	"history": func(ctx context.Context, s *stage) error {
		return second(s.client.ListMessages(ctx, "ann-1", s.room, rocketchat.HistoryQuery{Most: 1}))
	},
	"history, refused": func(ctx context.Context, s *stage) error {
		return second(s.client.ListMessages(ctx, "ann-1", "nowhere", rocketchat.HistoryQuery{}))
	},
	"offline message": func(ctx context.Context, s *stage) error {
		return second(s.client.SendOfflineMessage(ctx, rocketchat.OfflineMessage{Name: "Ann", Email: "ann@example.com", Text: "Hi", Department: "Support", Host: "https://x"}))
	},

	"rooms of a visitor": func(ctx context.Context, s *stage) error { return second(s.client.ListVisitorRooms(ctx, "ann-1")) },
	"rooms": func(ctx context.Context, s *stage) error {
		open := true
		return second(s.client.ListRooms(ctx, rocketchat.RoomsQuery{Open: &open, DepartmentID: mock.SupportID}))
	},
	"end of a room by the administrator": func(ctx context.Context, s *stage) error {
		return s.client.CloseRoomByUser(ctx, s.room, "Done", []string{"a"})
	},
	"deletion of a room": func(ctx context.Context, s *stage) error {
		return firstOf(s.client.CloseRoom(ctx, "ann-1", s.room), s.client.DeleteRoom(ctx, s.room))
	},
	"deletion of a room, refused": func(ctx context.Context, s *stage) error { return s.client.DeleteRoom(ctx, s.room) },
	"departments": func(ctx context.Context, s *stage) error {
		return second(s.client.ListDepartments(ctx, rocketchat.DepartmentsQuery{Text: "S", EnabledOnly: true, ShowArchived: true}))
	},
	"new department": func(ctx context.Context, s *stage) error {
		return second(s.client.CreateDepartment(ctx, wholeDepartment(), []rocketchat.DepartmentAgent{{AgentID: mock.AliceID, Count: 1, Order: 2}}))
	},
	"department":            func(ctx context.Context, s *stage) error { return second(s.client.GetDepartment(ctx, mock.SalesID)) },
	"department, not there": func(ctx context.Context, s *stage) error { return second(s.client.GetDepartment(ctx, "nowhere")) },
	"update of a department": func(ctx context.Context, s *stage) error {
		return second(s.client.UpdateDepartment(ctx, mock.SupportID, wholeDepartment(), []rocketchat.DepartmentAgent{{AgentID: mock.BobID, Count: 1, Order: 2}}))
	},
	"deletion of a department": func(ctx context.Context, s *stage) error { return s.client.DeleteDepartment(ctx, mock.SalesID) },
	"archive": func(ctx context.Context, s *stage) error {
		return firstOf(s.client.ArchiveDepartment(ctx, mock.SalesID), s.client.UnarchiveDepartment(ctx, mock.SalesID))
	},
	"definitions":           func(ctx context.Context, s *stage) error { return second(s.client.ListCustomFields(ctx)) },
	"definition":            func(ctx context.Context, s *stage) error { return second(s.client.GetCustomField(ctx, "tier")) },
	"definition, not there": func(ctx context.Context, s *stage) error { return second(s.client.GetCustomField(ctx, "nothing")) },
	"new definition":        func(ctx context.Context, s *stage) error { return second(s.client.CreateCustomField(ctx, plan)) },
	"update of a definition": func(ctx context.Context, s *stage) error {
		changed := plan
		changed.Field = "tier"
		return second(s.client.UpdateCustomField(ctx, changed))
	},
	"deletion of a definition":          func(ctx context.Context, s *stage) error { return s.client.DeleteCustomField(ctx, "tier") },
	"deletion of a definition, refused": func(ctx context.Context, s *stage) error { return s.client.DeleteCustomField(ctx, "nothing") },
}

func someFile() rocketchat.Upload {
	return rocketchat.Upload{Name: "a.txt", Size: 1, Description: "A", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("a")), nil }}
}

func second[T any](_ T, err error) error { return err }

func firstOf(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestRocketChat compares all that the client and the mock say to each other with
// the vendor's description. What differs must stand in the tables, and what
// stands there must differ.
func TestRocketChat(t *testing.T) {
	described := read(t)
	s := newStage(t)
	found, uncovered := map[string]bool{}, map[string]bool{}
	good := map[string]bool{} // operations that were described, and answered with 200
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		s.reset(t)
		err := calls[name](t.Context(), s)
		seen := s.take()
		if len(seen) == 0 {
			t.Fatalf("%s made no call: %v", name, err)
		}
		refused := strings.Contains(name, "refused") || strings.Contains(name, "not there")
		if (err != nil) != refused && name != "deletion of a definition, refused" {
			t.Errorf("%s: %v", name, err)
		}
		for _, one := range seen {
			operation, differences := described.findings(t, one)
			if operation == "" {
				uncovered[pattern(one.request)] = true
				continue
			}
			good[operation] = good[operation] || one.status == http.StatusOK
			for _, difference := range differences {
				found[operation+" "+difference] = true
			}
		}
	}
	compare(t, "difference", found, deviations)
	compare(t, "call that is not described", uncovered, beyond)
	for _, operation := range described.operations() {
		if !good[operation] {
			t.Errorf("%s is described, and no call of the client shows it", operation)
		}
	}
}

// compare fails for what is found and not listed, and for what is listed and not
// found.
func compare(t *testing.T, what string, found map[string]bool, listed map[string]string) {
	t.Helper()
	for _, one := range slices.Sorted(maps.Keys(found)) {
		if listed[one] == "" {
			t.Errorf("a %s that is not in the table: %q", what, one)
		}
	}
	for _, one := range slices.Sorted(maps.Keys(listed)) {
		if !found[one] {
			t.Errorf("a %s of the table is not there any more: %q", what, one)
		}
	}
}

// pattern is a request with the ids of the stage taken out of its path.
func pattern(request *http.Request) string {
	segments := strings.Split(strings.TrimPrefix(request.URL.Path, base), "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "mock") || segment == "hello" || segment == "ann-1" || segment == mock.SalesID || segment == mock.SupportID {
			segments[i] = "{id}"
		}
	}
	return request.Method + " " + strings.Join(segments, "/")
}

// TestFindings shows that the comparison finds what is wrong: in a path, a query,
// a request and an answer.
func TestFindings(t *testing.T) {
	described := read(t)
	for _, test := range []struct {
		line, sent string
		status     int
		received   string
		want       []string
	}{
		{"POST " + base + "/visitor", `{"token":"ann-1"}`, 200, `{"visitor":{"_id":"v"},"success":true}`, // as the SDK sends it
			[]string{"token is not described"}},
		{"POST " + base + "/visitor", `{"visitor":{"token":7}}`, 200, `{"visitor":{"_id":7},"success":true}`,
			[]string{"request: visitor.token value must be a string", "answer 200: visitor._id value must be a string"}},
		{"GET " + base + "/room?token=ann-1&create=no", ``, 200, `{"room":{"_id":"r","open":"yes"},"newRoom":false,"success":true}`,
			[]string{"request: query parameter create is not described", "answer 200: room.open value must be a boolean"}},
		{"GET " + base + "/room", ``, 200, `{"room":{"_id":"r"},"newRoom":false,"success":true}`, []string{"query parameter token"}},
		{"GET " + base + "/room?token=ann-1", ``, 418, `{}`, []string{"answer 418: status is not supported"}},
		{"POST " + base + "/room.close", `{"rid":"r","token":"t"}`, 200, `not JSON`, []string{"answer 200: "}},
	} {
		method, target, _ := strings.Cut(test.line, " ")
		request, err := http.NewRequestWithContext(t.Context(), method, "http://example.com"+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Content-Type": {"application/json"}}
		request.Header = header
		operation, found := described.findings(t, exchange{request, []byte(test.sent), test.status, header, []byte(test.received)})
		if operation == "" {
			t.Errorf("%s is not known", test.line)
		}
		for _, want := range test.want {
			if !strings.Contains(strings.Join(found, "\n"), want) {
				t.Errorf("%s: found %q, want %q", test.line, found, want)
			}
		}
	}
}
