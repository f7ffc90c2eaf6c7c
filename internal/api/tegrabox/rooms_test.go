package tegrabox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestRoomLifecycle(t *testing.T) {
	works := []string{"rooms.update", "rooms.delete", "messages.delete"}
	for name, settings := range map[string]mock.Settings{
		"bare": {Implemented: works}, "data": {Implemented: works, Envelope: "data"}, "none": {Implemented: works, ErrorShape: "none"},
	} {
		client, _ := startMock(t, settings)
		ctx := background(t)
		user := mustUser(t, client, ann())
		created := mustRoom(t, client, NewRoom{Name: "General", CreatedBy: user.ID})
		if created.ID == "" || created.Name != "General" || created.CreatedBy != user.ID || created.CreatedAt.IsZero() {
			t.Errorf("%s: created %+v", name, created)
		}
		if read, err := client.GetRoom(ctx, created.ID); err != nil || read != created {
			t.Errorf("%s: read %+v, %v", name, read, err)
		}
		if renamed, err := client.RenameRoom(ctx, created.ID, "Sales"); err != nil || renamed.Name != "Sales" {
			t.Errorf("%s: renamed %+v, %v", name, renamed, err)
		}
		if rooms, err := client.ListRooms(ctx); err != nil || len(rooms) != 1 || rooms[0].Name != "Sales" {
			t.Errorf("%s: listed %+v, %v", name, rooms, err)
		}
		for range 2 {
			if err := client.DeleteRoom(ctx, created.ID); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := client.GetRoom(ctx, created.ID); !rest.IsKind(err, rest.NotFound) {
			t.Errorf("%s: after deleting: %v", name, err)
		}
	}
}

func TestWhatTheServerDoesNotDoYetIsTriedOnce(t *testing.T) {
	for _, at := range []string{"first", "after auth", "last"} {
		client, server := startMock(t, mock.Settings{UnimplementedAt: at})
		user := mustUser(t, client, ann())
		room := mustRoom(t, client, NewRoom{Name: "n", CreatedBy: user.ID})
		message, err := client.SendMessage(background(t), room.ID, NewMessage{Content: "x", UserID: user.ID})
		if err != nil {
			t.Fatal(err)
		}
		server.ResetRequests()
		for _, err := range []error{
			second(client.RenameRoom(background(t), room.ID, "m")),
			client.DeleteRoom(background(t), room.ID),
			client.DeleteMessage(background(t), room.ID, message.ID),
		} {
			if !IsNotImplemented(err) || unclear(err) {
				t.Errorf("%s: %v", at, err)
			}
		}
		path := base + "/rooms/" + room.ID
		expect(t, server, "PATCH "+path, "DELETE "+path, "DELETE "+path+"/messages/"+message.ID)
	}
}

func TestRoomsOfUnknownUsersAreRefused(t *testing.T) {
	for status, kind := range map[int]rest.Kind{400: rest.Invalid, 404: rest.NotFound} {
		client, _ := startMock(t, mock.Settings{UnknownUserStatus: status})
		if _, err := client.CreateRoom(background(t), NewRoom{Name: "n", CreatedBy: "nobody"}); !rest.IsKind(err, kind) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestALostRoomIsFound(t *testing.T) {
	for name, rule := range map[string]control.FaultRule{
		"cut after": {Drop: "after"}, "web page": {Body: "<html>"}, "half a body": {Body: `{"id":"`}, "empty": {Empty: true},
	} {
		client, server := startMock(t, mock.Settings{})
		user := mustUser(t, client, ann())
		other := mustRoom(t, client, NewRoom{Name: "n", CreatedBy: user.ID}) // ours too, and known
		mustRoom(t, client, NewRoom{Name: "m", CreatedBy: user.ID})
		server.ResetRequests()
		client.CloseIdleConnections()
		rule.Method, rule.Path, rule.Times = "POST", "/rooms$", 1
		fault(t, server, rule)
		room, err := client.CreateRoom(background(t), NewRoom{Name: "n", CreatedBy: user.ID})
		if err != nil || room.Name != "n" || room.ID == "" || room.ID == other.ID || len(server.Snapshot().Rooms) != 3 {
			t.Errorf("%s: %+v, %v", name, room, err)
		}
		expect(t, server, "POST "+base+"/rooms", "GET "+base+"/rooms?limit=100&page=1")
	}
}

func TestALostRoomThatCannotBeTold(t *testing.T) {
	now := time.Now().UTC().Format(time.RFC3339)
	row := func(id, created string) string {
		return `{"id":"` + id + `","name":"n","created_by":"u","created_at":` + created + `}`
	}
	for name, test := range map[string]struct {
		list scripted
		want string
	}{
		"two":             {scripted{200, `[` + row("a", `"`+now+`"`) + `,` + row("b", `"`+now+`"`) + `]`}, "each of these may be the one: a, b; import"},
		"without a time":  {scripted{200, `[` + row("a", `null`) + `]`}, "may be the one: a;"},
		"old":             {scripted{200, `[` + row("a", `"2020-01-01T00:00:00Z"`) + `]`}, "not in the list so far"},
		"another name":    {scripted{200, `[{"id":"a","name":"m","created_by":"u","created_at":"` + now + `"}]`}, "not in the list so far"},
		"another creator": {scripted{200, `[{"id":"a","name":"n","created_by":"v","created_at":"` + now + `"}]`}, "not in the list so far"},
		"no list":         {scripted{403, `{"message":"no lists"}`}, "the list cannot be read"},
	} {
		server := inTurn(scripted{503, ``}, test.list)
		config := impatient()
		config.ProjectID, config.MaxRetries = "p", 3
		room, err := serve(t, config, server).CreateRoom(background(t), NewRoom{Name: "n", CreatedBy: "u"})
		var lost *LostError
		if room.ID != "" || !errors.As(err, &lost) || !rest.IsKind(err, rest.Unavailable) || !strings.Contains(err.Error(), test.want) ||
			!strings.Contains(err.Error(), `the room "n" of user u`) {
			t.Errorf("%s: %+v, %v", name, room, err)
		}
		posts := strings.Count(fmt.Sprint(server.seen), "POST")
		if posts != 1 {
			t.Errorf("%s: %d posts", name, posts)
		}
	}
}

func TestACreatedRoomIsReadBackWhenTheAnswerIsShort(t *testing.T) {
	const full = `{"id":"r","name":"n","created_by":"u"}`
	for name, test := range map[string]struct {
		server *script
		fails  string
	}{
		"the id only": {inTurn(scripted{201, `{"room":{"id":"r"}}`}, scripted{200, full}), ""},
		"and refused": {inTurn(scripted{201, `{"id":"r"}`}, scripted{401, `{}`}), "TegraBox created room r, but it cannot be read"},
	} {
		room, err := scriptedClient(t, test.server).CreateRoom(background(t), NewRoom{Name: "n", CreatedBy: "u"})
		if room.ID != "r" || (err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) {
			t.Errorf("%s: %+v, %v", name, room, err)
		}
	}
}

func TestReadingBackEndsAfterCancellation(t *testing.T) {
	config := impatient()
	config.ProjectID, config.FinishBudget = "p", 20*time.Millisecond
	ctx, cancel := context.WithCancel(background(t))
	client := serve(t, config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			cancel()
			<-r.Context().Done() // never answers
			return
		}
		_, _ = io.WriteString(w, `{"id":"r"}`)
	}))
	if room, err := client.CreateRoom(ctx, NewRoom{Name: "n", CreatedBy: "u"}); room.ID != "r" || err == nil {
		t.Errorf("got %+v, %v", room, err)
	}
}

func TestCreationsOfTheSameRoomTakeTurns(t *testing.T) {
	server := blocked{make(chan *http.Request, 10), make(chan struct{})}
	config := impatient()
	config.ProjectID = "p"
	client := serve(t, config, server)
	first := make(chan error, 1)
	go func() { first <- second(client.CreateRoom(background(t), NewRoom{Name: "n", CreatedBy: "u"})) }()
	<-server.seen
	stopped, stop := context.WithCancel(background(t))
	stop()
	if _, err := client.CreateRoom(stopped, NewRoom{Name: "n", CreatedBy: "u"}); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another creation") {
		t.Errorf("got %v", err)
	}
	close(server.free)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestJoinAndLeave(t *testing.T) {
	for _, settings := range []mock.Settings{{}, {JoinAgain: 409}, {EmptyAnswer: "200"}} {
		client, server := startMock(t, settings)
		ctx := background(t)
		creator, bob := mustUser(t, client, ann()), mustUser(t, client, number(1))
		room := mustRoom(t, client, NewRoom{Name: "n", CreatedBy: creator.ID})
		token, err := client.GenerateToken(ctx, bob.ID)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := client.JoinRoom(ctx, room.ID, token.Value); err != nil {
				t.Error(err)
			}
		}
		if got := len(server.Snapshot().Rooms[0].Members); got != 2 {
			t.Errorf("%d members", got)
		}
		fault(t, server, control.FaultRule{Method: "POST", Drop: "after", Times: 1})
		if err := client.LeaveRoom(ctx, room.ID, token.Value); err != nil {
			t.Errorf("leaving, whose answer was lost: %v", err)
		}
		if err := client.LeaveRoom(ctx, room.ID, token.Value); !rest.IsKind(err, rest.NotFound) {
			t.Errorf("leaving again: %v", err)
		}
		if err := client.JoinRoom(ctx, room.ID, "not a token"); !rest.IsKind(err, rest.Unauthorized) {
			t.Errorf("joining as nobody: %v", err)
		}
	}
}

func TestMessages(t *testing.T) {
	client, server := startMock(t, mock.Settings{PageLimit: 5, Implemented: []string{"messages.delete"}})
	ctx := background(t)
	user := mustUser(t, client, ann())
	room := mustRoom(t, client, NewRoom{Name: "n", CreatedBy: user.ID})
	sent := Message{}
	for n := range 23 {
		var err error
		if sent, err = client.SendMessage(ctx, room.ID, NewMessage{Content: fmt.Sprint(n), UserID: user.ID}); err != nil || sent.ID == "" || sent.UserID != user.ID || sent.RoomID != room.ID {
			t.Fatalf("sent %+v, %v", sent, err)
		}
	}
	for most, want := range map[int][2]int{0: {23, 5}, 1: {1, 1}, 5: {5, 1}, 12: {12, 3}, 100: {23, 5}} {
		server.ResetRequests()
		messages, err := client.ListMessages(ctx, room.ID, most)
		if got := [2]int{len(messages), len(server.Requests())}; err != nil || got != want {
			t.Errorf("at most %d: %d, %v, want %d", most, got, err, want)
		}
	}
	for range 2 {
		if err := client.DeleteMessage(ctx, room.ID, sent.ID); err != nil {
			t.Error(err)
		}
	}
	if _, err := client.ListMessages(ctx, "none", 0); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
	server.ResetRequests()
	fault(t, server, control.FaultRule{Method: "POST", Drop: "after"})
	client.CloseIdleConnections()
	if _, err := client.SendMessage(ctx, room.ID, NewMessage{Content: "x", UserID: user.ID}); !rest.IsUncertain(err) || len(server.Requests()) != 1 {
		t.Errorf("a lost message: %v, %q", err, lines(server))
	}
	if _, err := scriptedClient(t, says(`{}`)).SendMessage(ctx, "r", NewMessage{Content: "x", UserID: "u"}); !rest.IsKind(err, rest.Malformed) {
		t.Errorf("without an id: %v", err)
	}
}
