package oichat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

func TestRoomLifecycle(t *testing.T) {
	for name, settings := range map[string]mock.Settings{
		"bare":                {},
		"wrapped":             {Envelope: "success"},
		"200 and no body":     {CreateStatus: 200, EmptyAnswer: "200 empty"},
		"success":             {EmptyAnswer: "200"},
		"empty update":        {EmptyUpdate: true, EmptyAdd: true},
		"flat errors":         {ErrorShape: "errorCode"},
		"errors in error":     {ErrorShape: "error"},
		"text errors":         {ErrorShape: "text"},
		"deleted_at":          {DeletedRoom: "deleted_at"},
		"deleted status":      {DeletedRoom: "status"},
		"other headers":       {Prefix: "/", Authentication: "bearer"},
		"null metadata":       {EmptyMetadata: "null"},
		"duplicates answered": {DuplicateParticipant: 200, DeleteAgain: true, RequireKeys: true},
	} {
		t.Run(name, func(t *testing.T) {
			config := impatient()
			if settings.Authentication != "" {
				config.Authentication, config.Prefix = ByBearer, "/"
			}
			client, _ := startMockWith(t, config, settings)
			ctx := background(t)
			room := group("Support")
			room.Metadata = json.RawMessage(`{"order":1234}`)
			created := mustCreate(t, client, room)
			if created.ID == "" || created.Type != "group" || created.Name != "Support" || created.Status != "open" ||
				!slices.Equal(created.Participants, []string{"ann", "bob"}) || string(created.Metadata) != `{"order":1234}` || created.CreatedAt.IsZero() {
				t.Errorf("created %+v", created)
			}
			read, err := client.GetRoom(ctx, created.ID)
			if err != nil || !reflect.DeepEqual(read, created) {
				t.Errorf("read %+v, %v, want %+v", read, err, created)
			}
			updated, err := client.UpdateRoom(ctx, created.ID, RoomFields{Name: pointer("Sales"), Status: pointer("resolved"), Metadata: json.RawMessage(`{}`)})
			if err != nil || updated.Name != "Sales" || updated.Status != "resolved" || len(updated.Metadata) > 2 {
				t.Errorf("updated %+v, %v", updated, err)
			}
			if cleared, err := client.UpdateRoom(ctx, created.ID, RoomFields{ClearName: true}); err != nil || cleared.Name != "" {
				t.Errorf("cleared %+v, %v", cleared, err)
			}
			for range 2 { // the second time it is there, or gone, already
				if err := client.AddParticipant(ctx, created.ID, "eve"); err != nil {
					t.Error(err)
				}
			}
			if read, err := client.UpdateRoom(ctx, created.ID, RoomFields{}); err != nil || !slices.Equal(read.Participants, []string{"ann", "bob", "eve"}) {
				t.Errorf("after adding: %+v, %v", read, err)
			}
			for range 2 {
				if err := client.RemoveParticipant(ctx, created.ID, "eve"); err != nil {
					t.Error(err)
				}
			}
			for range 2 {
				if err := client.DeleteRoom(ctx, created.ID); err != nil {
					t.Error(err)
				}
			}
			if room, err := client.GetRoom(ctx, created.ID); !rest.IsKind(err, rest.NotFound) {
				t.Errorf("after deleting: %+v, %v", room, err)
			}
			if err := client.RemoveParticipant(ctx, created.ID, "ann"); err != nil {
				t.Errorf("removing from a room that is gone: %v", err)
			}
		})
	}
}

func TestLeaveTellsOfDestruction(t *testing.T) {
	for name, settings := range map[string]mock.Settings{"bare": {}, "wrapped": {Envelope: "success"}} {
		client, _ := startMock(t, settings)
		room := mustCreate(t, client, group(name))
		for i, user := range []string{"ann", "bob"} {
			destroyed, err := client.Leave(background(t), room.ID, user, "")
			if err != nil || destroyed != (i == 1) {
				t.Errorf("%s: %s left: %v, %v", name, user, destroyed, err)
			}
		}
		if _, err := client.Leave(background(t), room.ID, "ann", ""); !rest.IsKind(err, rest.NotFound) {
			t.Errorf("%s: leaving a destroyed room: %v", name, err)
		}
	}
}

func TestAConflictIsLookedInto(t *testing.T) {
	const add, get = "POST /v1/rooms/r/participants", "GET /v1/rooms/r"
	conflict := scripted{409, `{"error":{"code":"ROOM_CLOSED","message":"no more"}}`}
	for room, succeeds := range map[string]bool{
		`{"room_id":"r","participants":["ann"]}`: true,
		`{"room_id":"r","participants":["bob"]}`: false,
		`{"room_id":"r"}`:                        true, // the room does not tell, and so the conflict is believed
		`{"room_id":"r","deleted_at":"2026"}`:    false,
	} {
		server := inTurn(conflict, scripted{200, room})
		err := serve(t, impatient(), server).AddParticipant(background(t), "r", "ann")
		if succeeds != (err == nil) || err != nil && !rest.IsKind(err, rest.Conflict) {
			t.Errorf("%s: %v", room, err)
		}
		server.expect(t, add, get)
	}
}

// A proxy may answer a deletion with nothing, too.
func TestARemovalWithoutWordsIsLookedAt(t *testing.T) {
	const there = `{"room_id":"r","participants":["ann","bob"]}`
	missing := scripted{404, `{"error":{"code":"ROOM_NOT_FOUND","message":"no room"}}`}
	forbidden := scripted{403, `{}`}
	const unread, undone = "does not tell whether it was done, and the room cannot be read", "everything is as before"
	for name, test := range map[string]struct {
		answers    []scripted
		room, user string // of the errors of either; "": none
		calls      int
	}{
		"said so":        {[]scripted{{200, `{"success":true}`}}, "", "", 1},
		"no content":     {[]scripted{{204, ``}}, "", "", 1},
		"what it was":    {[]scripted{{200, `{"room_id":"r","participants":["bob"]}`}}, "", "", 1},
		"another":        {[]scripted{{200, `{"room_id":"x"}`}, {200, there}}, undone, undone, 2},
		"gone":           {[]scripted{{200, ``}, missing}, "", "", 2},
		"still there":    {[]scripted{{200, ``}, {200, there}}, undone, undone, 2},
		"cut off":        {[]scripted{{200, `{"room_id":`}, {200, there}}, undone, undone, 2},
		"other words":    {[]scripted{{200, `{"ok":true}`}, {200, there}}, undone, undone, 2},
		"not to be read": {[]scripted{{200, ``}, forbidden}, unread, unread, 2},
		"nobody told":    {[]scripted{{200, ``}, {200, `{"room_id":"r"}`}}, undone, "", 2},
	} {
		for want, remove := range map[*string]func(*Client) error{
			&test.room: func(c *Client) error { return c.DeleteRoom(background(t), "r") },
			&test.user: func(c *Client) error { return c.RemoveParticipant(background(t), "r", "ann") },
		} {
			server := inTurn(test.answers...)
			err := remove(serve(t, impatient(), server))
			if (err != nil) != (*want != "") || err != nil && !strings.Contains(err.Error(), *want) || len(server.seen) != test.calls {
				t.Errorf("%s: %v, %q", name, err, server.seen)
			}
		}
	}
	server := inTurn(scripted{200, there}, scripted{200, there})
	if err := serve(t, impatient(), server).RemoveParticipant(background(t), "r", "ann"); err == nil || !strings.Contains(err.Error(), undone) || rest.IsUncertain(err) {
		t.Errorf("a room that still shows the user: %v", err)
	}
}

func TestAnUnclear404IsHeldAgainstTheRoom(t *testing.T) {
	for room, succeeds := range map[string]bool{
		`{"room_id":"r","participants":["bob"]}`: true,
		`{"room_id":"r","participants":["ann"]}`: false,
		`{"room_id":"r"}`:                        false,
	} {
		server := inTurn(scripted{404, ``}, scripted{200, room})
		err := serve(t, impatient(), server).RemoveParticipant(background(t), "r", "ann")
		if succeeds != (err == nil) || err != nil && !rest.IsKind(err, rest.Unsupported) {
			t.Errorf("%s: %v", room, err)
		}
		server.expect(t, "DELETE /v1/rooms/r/participants/ann", "GET /v1/rooms/r")
	}
}

func TestACreatedRoomIsReadBackWhenTheAnswerIsShort(t *testing.T) {
	for name, test := range map[string]struct {
		server *script
		want   Room
		fails  bool
		calls  int
	}{
		"all told": {
			server: says(`{"room_id":"r","type":"group","status":"open","participants":["ann"]}`),
			want:   Room{ID: "r", Type: "group", Status: "open", Participants: []string{"ann"}, HasParticipants: true},
			calls:  1,
		},
		"the id only": {
			server: inTurn(scripted{201, `{"room_id":"r"}`}, scripted{200, `{"room_id":"r","type":"direct","status":"open","participants":null}`}),
			want:   Room{ID: "r", Type: "direct", Status: "open"},
			calls:  2,
		},
		"and then refused": {
			server: inTurn(scripted{201, `{"room":{"room_id":"r"}}`}, scripted{403, `{}`}),
			want:   Room{ID: "r"},
			fails:  true,
			calls:  2,
		},
	} {
		got, err := serve(t, impatient(), test.server).CreateRoom(background(t), group("x"))
		if !reflect.DeepEqual(got, test.want) || (err != nil) != test.fails || len(test.server.seen) != test.calls {
			t.Errorf("%s: %+v, %v, %q", name, got, err, test.server.seen)
		}
	}
}

func TestACreationIsFinishedAfterCancellation(t *testing.T) {
	server := mock.New(mock.Options{ProjectID: projectID, APIKey: apiKey, SecretKey: secretKey})
	if err := server.SetSettings(mock.Settings{HideParticipants: "always"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(background(t))
	client := serve(t, impatient(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel() // as Ctrl-C does while the creation is on the wire
		server.ServeHTTP(w, r)
	}))
	room, err := client.CreateRoom(ctx, group("x"))
	if err != nil || room.ID == "" || len(server.Snapshot().Rooms) != 1 {
		t.Errorf("got %+v, %v", room, err)
	}
	expect(t, server, "POST /v1/rooms", "GET /v1/rooms/"+room.ID)
}

func TestReadingBackEndsAfterCancellation(t *testing.T) {
	config := impatient()
	config.FinishBudget = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(background(t))
	client := serve(t, config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			cancel()
			<-r.Context().Done() // never answers
			return
		}
		_, _ = io.WriteString(w, `{"room_id":"r"}`)
	}))
	room, err := client.CreateRoom(ctx, group("x"))
	if room.ID != "r" || err == nil || !strings.Contains(err.Error(), "OiChat created room r, but it cannot be read") {
		t.Errorf("got %+v, %v", room, err)
	}
}

func TestLostAnswersMakeNoSecondRoom(t *testing.T) {
	post := func(rule control.FaultRule) control.FaultRule {
		rule.Method, rule.Path, rule.Times = "POST", "/rooms$", 1
		return rule
	}
	for name, rule := range map[string]control.FaultRule{
		"cut before":  post(control.FaultRule{Drop: "before"}),
		"cut after":   post(control.FaultRule{Drop: "after"}),
		"500":         post(control.FaultRule{Status: 500}),
		"503":         post(control.FaultRule{Status: 503}),
		"429":         post(control.FaultRule{Status: 429, Headers: map[string]string{"Retry-After": "0"}}),
		"web page":    post(control.FaultRule{Body: "<html>hello</html>"}),
		"empty":       post(control.FaultRule{Empty: true}),
		"half a body": post(control.FaultRule{Body: `{"room_id":`}),
	} {
		client, server := startMock(t, mock.Settings{})
		fault(t, server, rule)
		room, err := client.CreateRoom(background(t), group(name))
		if err != nil || room.ID == "" || len(server.Snapshot().Rooms) != 1 {
			t.Errorf("%s: %+v, %v, %d rooms", name, room, err, len(server.Snapshot().Rooms))
		}
		expect(t, server, "POST /v1/rooms", "POST /v1/rooms")
		keys := map[string]bool{}
		for _, request := range server.Requests() {
			keys[request.Headers["Idempotency-Key"]] = true
		}
		if len(keys) != 1 || keys[""] {
			t.Errorf("%s: keys %v", name, keys)
		}
	}
}

func TestACreationThatIsNeverAnsweredIsLost(t *testing.T) {
	for name, test := range map[string]struct {
		rule control.FaultRule
		sent int
	}{
		"cut":      {control.FaultRule{Method: "POST", Drop: "after"}, 3},
		"500":      {control.FaultRule{Method: "POST", Status: 500, Body: secretKey}, 3},
		"503":      {control.FaultRule{Method: "POST", Status: 503}, 3},
		"web page": {control.FaultRule{Method: "POST", Body: "<html>"}, 2},
	} {
		client, server := startMock(t, mock.Settings{})
		fault(t, server, test.rule)
		room := group("Support")
		room.IdempotencyKey = "mine"
		_, err := client.CreateRoom(background(t), room)
		var lost *LostError
		if !errors.As(err, &lost) || lost.Key != "mine" || !rest.IsUncertain(err) ||
			!strings.Contains(err.Error(), `the room "Support"`) || strings.Contains(err.Error(), secretKey) {
			t.Errorf("%s: %v", name, err)
		}
		if got := len(server.Requests()); got != test.sent {
			t.Errorf("%s: %d requests, want %d", name, got, test.sent)
		}
		// Whoever kept the key loses nothing.
		fault(t, server)
		if _, err := client.CreateRoom(background(t), room); err != nil || len(server.Snapshot().Rooms) != 1 {
			t.Errorf("%s: with the same key: %v, %d rooms", name, err, len(server.Snapshot().Rooms))
		}
	}
}

func TestAKeyThatCameBackWithAnotherRoomIsAConflict(t *testing.T) {
	for _, status := range []int{409, 422} {
		client, _ := startMock(t, mock.Settings{ReusedKeyStatus: status})
		room := group("a")
		room.IdempotencyKey = "mine"
		mustCreate(t, client, room)
		room.Name = "b"
		if _, err := client.CreateRoom(background(t), room); !rest.IsKind(err, rest.Conflict) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestListRooms(t *testing.T) {
	for name, settings := range map[string]mock.Settings{
		"bare":             {},
		"wrapped":          {Envelope: "success"},
		"short pages":      {PageLimit: 7},
		"deleted as well":  {ListDeleted: true},
		"empty cursor":     {LastPage: "empty"},
		"no cursor":        {LastPage: "absent"},
		"a cursor again":   {LastPage: "repeat"},
		"no participants":  {HideParticipants: "list"},
		"absent metadata":  {EmptyMetadata: "absent"},
		"deleted statuses": {ListDeleted: true, DeletedRoom: "status"},
	} {
		client, _ := startMock(t, settings)
		want := []string{}
		for i := range 23 {
			want = append(want, mustCreate(t, client, group(fmt.Sprint(i))).ID)
		}
		if err := client.DeleteRoom(background(t), want[0]); err != nil {
			t.Fatal(err)
		}
		want = want[1:]
		rooms, err := client.ListRooms(background(t), "ann", 0)
		got := []string{}
		for _, room := range rooms {
			got = append(got, room.ID)
		}
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
		if few, err := client.ListRooms(background(t), "ann", 10); err != nil || len(few) != 10 {
			t.Errorf("%s: %d rooms, %v, want 10", name, len(few), err)
		}
		if none, err := client.ListRooms(background(t), "nobody", 0); err != nil || none == nil || len(none) != 0 {
			t.Errorf("%s: %v, %v, want none", name, none, err)
		}
	}
}

func TestListRoomsAsksPageByPage(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	for i := range 250 {
		mustCreate(t, client, group(fmt.Sprint(i)))
	}
	server.ResetRequests()
	if rooms, err := client.ListRooms(background(t), "ann", 0); err != nil || len(rooms) != 250 {
		t.Errorf("%d rooms, %v", len(rooms), err)
	}
	if got := len(server.Requests()); got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
	server.ResetRequests()
	if rooms, err := client.ListRooms(background(t), "ann", 120); err != nil || len(rooms) != 120 {
		t.Errorf("%d rooms, %v", len(rooms), err)
	}
	if got := lines(server); len(got) != 2 || !strings.Contains(got[1], "limit=20&") {
		t.Errorf("requests %q", got)
	}
}

func TestListRoomsEnds(t *testing.T) {
	page := func(cursor, room string) scripted {
		return scripted{200, `{"data":[{"room_id":"` + room + `"}],"next_cursor":"` + cursor + `","has_more":true}`}
	}
	for name, test := range map[string]struct {
		server *script
		rooms  int
		calls  int
		fails  string
	}{
		"no cursor though more":   {says(`{"data":[{"room_id":"a"}],"next_cursor":null,"has_more":true}`), 1, 1, ""},
		"a cursor though no more": {says(`{"data":[{"room_id":"a"}],"next_cursor":"x","has_more":false}`), 1, 1, ""},
		"cursors in a circle":     {inTurn(page("x", "a"), page("y", "b"), page("x", "c")), 3, 3, ""},
		"the same page":           {inTurn(page("1", "a"), page("2", "a"), page("3", "a"), page("4", "a"), page("5", "a"), page("6", "a")), 0, 5, "repeats itself after 1 rooms"},
		"cursor is a number":      {inTurn(scripted{200, `{"data":[{"room_id":"a"}],"next_cursor":7}`}, scripted{200, `{"data":[{"room_id":"b"}]}`}), 2, 2, ""},
		"null list":               {says(`{"data":null}`), 0, 1, ""},
		"bare list":               {says(`[{"room_id":"a"}]`), 1, 1, ""},
		"wrapped null list":       {says(`{"success":true,"data":{"data":null}}`), 0, 1, ""},
		"no list":                 {says(`{"ok":true}`), 0, 1, "holds no list"},
		"too deep":                {says(`{"data":{"data":{"data":{"data":[]}}}}`), 0, 1, "holds no list"},
		"a number":                {says(`7`), 0, 1, "holds no list"},
		"a room without id":       {says(`{"data":[{"name":"x"}]}`), 0, 1, "without an id"},
		"a room that is null":     {says(`{"data":[null]}`), 0, 1, "without an id"},
		"a bad participant":       {says(`{"data":[{"room_id":"a","participants":[null]}]}`), 0, 1, "participant without an id"},
		"web page":                {says(`<html>`), 0, 1, "web page"},
		"text":                    {says(`OK`), 0, 1, "not valid JSON"},
		"nothing":                 {says(``), 0, 1, "empty"},
		"a failure in disguise":   {says(`{"success":false,"error":{"message":"try later"}}`), 0, 1, "try later"},
		"refused":                 {inTurn(scripted{403, `{}`}), 0, 1, "refused"},
	} {
		rooms, err := serve(t, impatient(), test.server).ListRooms(background(t), "ann", 0)
		if len(rooms) != test.rooms || len(test.server.seen) != test.calls ||
			(err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) {
			t.Errorf("%s: %+v, %v, %q", name, rooms, err, test.server.seen)
		}
	}
}

func TestUpdateRoomReadsBack(t *testing.T) {
	const patch, get = "PATCH /v1/rooms/r", "GET /v1/rooms/r"
	full := `{"room_id":"r","type":"group","name":"n","status":"open","participants":[]}`
	for answered, calls := range map[string][]string{
		full:                         {patch},
		`{"room":` + full + `}`:      {patch},
		``:                           {patch, get},
		`OK`:                         {patch, get},
		`{"room_id":"r","name":"n"}`: {patch, get},
		`{"success":true}`:           {patch, get},
		strings.Replace(full, `"r"`, `"other"`, 1): {patch, get},
	} {
		server := inTurn(scripted{200, answered}, scripted{200, full})
		room, err := serve(t, impatient(), server).UpdateRoom(background(t), "r", RoomFields{Name: pointer("n")})
		if err != nil || room.Name != "n" || room.Type != "group" {
			t.Errorf("%s: %+v, %v", answered, room, err)
		}
		server.expect(t, calls...)
		if server.bodies[0] != `{"name":"n"}` {
			t.Errorf("sent %s", server.bodies[0])
		}
	}
	server := inTurn(scripted{400, `{"error":{"code":"INVALID_REQUEST","message":"no"}}`})
	if _, err := serve(t, impatient(), server).UpdateRoom(background(t), "r", RoomFields{Status: pointer("x")}); !rest.IsKind(err, rest.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestGetRoomBelievesOnlyItsRoom(t *testing.T) {
	for body, want := range map[string]string{
		`{"room_id":"other"}`: "it is about room other",
		`{"name":"x"}`:        "holds no room_id",
		`[]`:                  "holds no room_id",
		`{"room_id":"r","participants":[{"x":1}]}`: "participant without an id",
		`{"room_id":"r"`:                 "not valid JSON",
		`{"room_id":"r"}{"room_id":"r"}`: "not valid JSON",
	} {
		_, err := serve(t, impatient(), says(body)).GetRoom(background(t), "r")
		if !rest.IsKind(err, rest.Malformed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestMetadataThatIsNoJSONIsNotSent(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	room := group("x")
	room.Metadata = json.RawMessage(`{`)
	if _, err := client.CreateRoom(background(t), room); !rest.IsKind(err, rest.Invalid) {
		t.Errorf("got %v", err)
	}
	expect(t, server)
}
