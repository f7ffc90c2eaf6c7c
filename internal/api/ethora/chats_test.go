package ethora

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func roomRow(title, created string) string {
	return fmt.Sprintf(`{"_id":"r1","name":"%s_support","title":%q,"type":"public","description":"","picture":null,"createdAt":%q}`, childApp, title, created)
}

func TestDecodeChat(t *testing.T) {
	root, _ := parse([]byte(`{"_id":"r1","name":"` + ownApp + `_` + ownApp + `_support@conference.x","title":7,"type":"group","createdBy":"u","usersCnt":"3",
		"members":["bob",{"xmppUsername":"` + ownApp + `_ann@x","firstName":"Ann","lastName":"Lee"},{"xmppUsername":"` + ownApp + `_help-bot"},{"uuid":"robot","isBot":true},{"xmppUsername":"` + ownApp + `_` + ownApp + `"},"bob"]}`))
	got := decodeChat(ownApp, root.(object))
	// The system account's name is the prefix once more, and no double prefix.
	want := Chat{
		ID: "r1", Name: ownApp + "_support", RoomID: "support", Title: "7", Type: "group", CreatedBy: "u", MemberCount: pointer(3), HasMembers: true,
		Members: []Member{
			{XMPPUsername: ownApp + "_" + ownApp, UserID: ownApp, System: true},
			{XMPPUsername: ownApp + "_ann", UserID: "ann", FirstName: "Ann", LastName: "Lee"},
			{XMPPUsername: ownApp + "_bob", UserID: "bob"},
			{XMPPUsername: ownApp + "_help-bot", UserID: "help-bot", Bot: true},
			{XMPPUsername: ownApp + "_robot", UserID: "robot", Bot: true},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	root, _ = parse([]byte(`{"name":"` + ownApp + `_x","members":["ann",{}]}`))
	if chat := decodeChat(ownApp, root.(object)); chat.HasMembers || chat.Members != nil {
		t.Errorf("a member without a name gives the set %+v", chat.Members)
	}
}

func TestCreateChat(t *testing.T) {
	room := NewChat{RoomID: childApp + "_support", Title: "Support", Type: "public"}
	list := func(rows string) answer { return ok(`{"results":[` + rows + `]}`) }
	taken := refused(422, `{"error":"Chat already exists"}`)
	for name, test := range map[string]struct {
		posts   []answer
		lists   []answer
		kind    rest.Kind // with failure
		failure string
		calls   int
	}{
		"created":                     {posts: []answer{{status: 201, body: `{"result":` + roomRow("Support", now()) + `}`}}, calls: 1},
		"answer without a name":       {posts: []answer{ok(`{"result":{"_id":"r1","title":"Support","type":"public"}}`)}, calls: 1},
		"answer with a JID":           {posts: []answer{ok(`{"result":{"jid":"` + childApp + `_support@conference.x","title":"Support","type":"public"}}`)}, calls: 1},
		"answer without a room":       {posts: []answer{ok(`{"ok":true}`)}, lists: []answer{list(roomRow("Support", now()))}, calls: 3},
		"empty 200, shown late":       {posts: []answer{ok(``)}, lists: []answer{list(``), list(roomRow("Support", now()))}, calls: 4},
		"web page, none is shown":     {posts: []answer{ok(`<html>`)}, lists: []answer{list(``)}, kind: rest.Malformed, failure: "web page", calls: 2 + verifyTries},
		"web page, another's room":    {posts: []answer{ok(`<html>`)}, lists: []answer{list(roomRow("Other", now()))}, kind: rest.Conflict, failure: "already exists", calls: 3},
		"taken":                       {posts: []answer{taken}, kind: rest.Conflict, failure: "already exists", calls: 1},
		"cut, carried out":            {posts: []answer{connectionCut, taken}, lists: []answer{list(roomRow("Support", now()))}, calls: 4},
		"cut, not carried out":        {posts: []answer{connectionCut, ok(`{"result":` + roomRow("Support", now()) + `}`)}, calls: 2},
		"cut, another's room":         {posts: []answer{connectionCut, taken}, lists: []answer{list(roomRow("Other", now()))}, kind: rest.Conflict, failure: `room "support" already exists in app ` + childApp, calls: 4},
		"cut, a room of long ago":     {posts: []answer{connectionCut, refused(409, `{}`)}, lists: []answer{list(roomRow("Support", longAgo()))}, kind: rest.Conflict, failure: "already exists", calls: 4},
		"cut every time, carried out": {posts: []answer{connectionCut}, lists: []answer{list(roomRow("Support", now()))}, calls: 5},
		"cut every time":              {posts: []answer{connectionCut}, lists: []answer{list(``)}, kind: rest.Unavailable, failure: "may have been carried out", calls: 4 + verifyTries},
		"status 500, carried out":     {posts: []answer{refused(500, `{"error":"oops"}`)}, lists: []answer{list(roomRow("Support", now()))}, calls: 3},
		"status 500, none is shown":   {posts: []answer{refused(500, `{"error":"oops"}`)}, lists: []answer{list(``)}, kind: rest.Unknown, failure: "oops", calls: 2 + verifyTries},
		"cut, then refused":           {posts: []answer{connectionCut, refused(403, `{"error":"no"}`)}, kind: rest.Forbidden, failure: "no", calls: 2},
		"the server says it did not":  {posts: []answer{ok(`{"ok":false,"error":"closed"}`)}, kind: rest.Invalid, failure: "closed", calls: 1},
	} {
		client, requests := start(t, routes{
			"POST /v2/apps/{app}/chats":       inTurn(test.posts...),
			"GET /v2/apps/{app}/chats":        inTurn(append(test.lists, last(test.lists))...),
			"GET /v2/apps/{app}/chats/{name}": inTurn(refused(404, `Cannot GET`)),
		})
		chat, err := client.CreateChat(background(t), childApp, room)
		if test.failure == "" && (err != nil || chat.Name != childApp+"_support" || chat.RoomID != "support" || chat.Title != "Support") {
			t.Errorf("%s: got %+v, %v", name, chat, err)
		}
		if test.failure != "" && (!rest.IsKind(err, test.kind) || !strings.Contains(err.Error(), test.failure)) {
			t.Errorf("%s: got %v, want %s: %s", name, err, test.kind, test.failure)
		}
		if got := len(requests.lines()); got != test.calls {
			t.Errorf("%s: %d requests, want %d: %q", name, got, test.calls, requests.lines())
		}
		want := map[string]any{"uuid": "support", "title": "Support", "type": "public"}
		if got := requests.at(0).body; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: body %v, want %v", name, got, want)
		}
	}
}

func TestCreateChatIsResolvedAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(background(t))
	client, _ := start(t, routes{
		"POST /v2/apps/{app}/chats": func(http.ResponseWriter, *http.Request) {
			cancel()
			panic(http.ErrAbortHandler)
		},
		"GET /v2/apps/{app}/chats": inTurn(ok(`{"results":[` + roomRow("Support", now()) + `]}`)),
	})
	chat, err := client.CreateChat(ctx, childApp, NewChat{RoomID: "support", Title: "Support"})
	if err != nil || chat.ID != "r1" {
		t.Errorf("got %+v, %v", chat, err)
	}
}

func TestGetChat(t *testing.T) {
	one := "GET /v2/apps/" + childApp + "/chats/" + childApp + "_support"
	all := "GET /v2/apps/" + childApp + "/chats?includeMembers=false&limit=100&offset=0"
	room := roomRow("Support", now())
	listed, empty := ok(`{"data":{"items":[`+room+`],"total":1}}`), ok(`{"results":[]}`)
	for name, test := range map[string]struct {
		one, list     answer
		kind          rest.Kind // Unknown: the room is found
		first, second []string
	}{
		"direct":                  {ok(`{"result":` + room + `}`), empty, rest.Unknown, []string{one}, []string{one}},
		"no route":                {refused(404, `Cannot GET`), listed, rest.Unknown, []string{one, all}, []string{all}},
		"no method":               {refused(405, ``), listed, rest.Unknown, []string{one, all}, []string{all}},
		"not for servers":         {refused(403, `{"error":"users only"}`), listed, rest.Unknown, []string{one, all}, []string{all}},
		"denied but listed":       {refused(404, `{"error":"Chat not found"}`), listed, rest.Unknown, []string{one, all}, []string{all}},
		"gone":                    {refused(404, `{"error":"Chat not found"}`), empty, rest.NotFound, []string{one, all}, []string{one, all}},
		"no route, gone":          {refused(404, `Cannot GET`), empty, rest.NotFound, []string{one, all}, []string{all}},
		"another room":            {ok(`{"result":{"name":"x"}}`), listed, rest.Unknown, []string{one, all}, []string{all}},
		"web pages":               {ok(`<html>`), ok(`<html>`), rest.Malformed, []string{one, all}, []string{all}},
		"the app is archived":     {refused(403, `{"code":"APP_ARCHIVED"}`), empty, rest.NotFound, []string{one, readOwn}, []string{one}},
		"an outage is no absence": {refused(503, ``), empty, rest.Unavailable, []string{one}, []string{one}},
	} {
		client, requests := start(t, routes{"GET /v2/apps/{app}/chats/{name}": inTurn(test.one), "GET /v2/apps/{app}/chats": inTurn(test.list), readOwn: shown})
		for range 2 {
			chat, err := client.GetChat(background(t), childApp, "support")
			if test.kind != rest.Unknown && !rest.IsKind(err, test.kind) || test.kind == rest.Unknown && (err != nil || chat.RoomID != "support") {
				t.Errorf("%s: got %+v, %v, want %s", name, chat, err, test.kind)
			}
		}
		if want := slices.Concat(test.first, test.second); !reflect.DeepEqual(requests.lines(), want) {
			t.Errorf("%s: requests\n got %q\nwant %q", name, requests.lines(), want)
		}
	}
}

func TestListChatsIsSorted(t *testing.T) {
	client, _ := start(t, routes{"GET /v2/apps/{app}/chats": inTurn(
		ok(`{"results":[{"_id":"2","name":"b"},{"_id":"1","name":"a"}],"total":3}`), ok(`{"results":[{"_id":"1","name":"a"},{"_id":"3","name":"c"}],"total":3}`))})
	chats, err := client.ListChats(background(t), "", false)
	names := []string{}
	for _, chat := range chats {
		names = append(names, chat.Name)
	}
	if err != nil || !reflect.DeepEqual(names, []string{"a", "b", "c"}) {
		t.Errorf("got %q, %v", names, err)
	}
}

func TestUpdateChat(t *testing.T) {
	client, requests := start(t, routes{"PATCH /v2/apps/{app}/chats/{name}": inTurn(ok(`{"ok":true}`), refused(404, `{"error":"Chat not found"}`), ok(`{"ok":false,"reason":"Chat room not found"}`))})
	for i, kind := range []rest.Kind{rest.Unknown, rest.NotFound, rest.NotFound} {
		err := client.UpdateChat(background(t), childApp, childApp+"_a b/c@conference.x", ChatFields{Title: pointer("New"), Description: pointer("")})
		if kind == rest.Unknown && err != nil || kind != rest.Unknown && !rest.IsKind(err, kind) {
			t.Errorf("call %d: got %v", i, err)
		}
	}
	if got, want := requests.lines()[0], "PATCH /v2/apps/"+childApp+"/chats/"+childApp+"_a%20b%2Fc"; got != want {
		t.Errorf("request %s, want %s", got, want)
	}
	if got := requests.at(0).body; !reflect.DeepEqual(got, map[string]any{"title": "New", "description": ""}) {
		t.Errorf("body %v", got)
	}
	if err := client.UpdateChat(background(t), childApp, "support", ChatFields{}); err != nil || len(requests.lines()) != 3 {
		t.Errorf("an empty change gave %v and a request", err)
	}
}

func TestDeleteChat(t *testing.T) {
	there := ok(`{"results":[` + roomRow("x", now()) + `]}`)
	for name, test := range map[string]struct {
		delete  answer
		lists   []answer
		failure string
		calls   int
	}{
		"deleted":           {delete: ok(`{"ok":true}`), lists: []answer{ok(`{"results":[]}`)}, calls: 3},
		"deleted, late":     {delete: ok(`{"ok":true}`), lists: []answer{there, refused(503, ``), ok(`{"results":[]}`)}, calls: 5},
		"not deleted":       {delete: ok(`{"ok":true}`), lists: []answer{there}, failure: "the room is still there", calls: 2 + verifyTries},
		"not to be read":    {delete: ok(`{"ok":true}`), lists: []answer{refused(401, `{"code":"AUTH_FAILED"}`)}, failure: "reading it to make sure failed", calls: 3},
		"gone, 422":         {delete: refused(422, `{"success":false,"error":"Chat not found"}`), calls: 1},
		"gone, 404":         {delete: refused(404, `{"error":"Chat not found"}`), calls: 1},
		"gone, plain text":  {delete: refused(422, `Chat room not found`), calls: 1},
		"gone with its app": {delete: refused(403, `{"code":"APP_ARCHIVED"}`), calls: 2},
		"unclear, gone":     {delete: refused(404, `{"error":"Not found"}`), lists: []answer{ok(`{"results":[]}`)}, calls: 3},
		"no such route":     {delete: refused(404, `Cannot DELETE`), lists: []answer{there}, failure: "Cannot DELETE", calls: 3},
		"refused":           {delete: refused(403, `{"error":"no rights"}`), failure: "no rights", calls: 1},
		"web page":          {delete: ok(`<html>`), failure: "web page", calls: 1},
	} {
		client, requests := start(t, routes{
			"DELETE /v2/apps/{app}/chats": inTurn(test.delete),
			"GET /v2/apps/{app}/chats":    inTurn(append(test.lists, last(test.lists))...),
			readOwn:                       shown,
		})
		err := client.DeleteChat(background(t), childApp, "support@conference.x")
		if (test.failure == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%s: got %v, want %q", name, err, test.failure)
		}
		if got := len(requests.lines()); got != test.calls {
			t.Errorf("%s: %d requests, want %d", name, got, test.calls)
		}
		if got := requests.at(0).body; !reflect.DeepEqual(got, map[string]any{"name": childApp + "_support"}) {
			t.Errorf("%s: body %v", name, got)
		}
	}
}
