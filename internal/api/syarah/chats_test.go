package syarah

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestListChats(t *testing.T) {
	// As on the vendor's page, and with everything that may be null.
	g := newGateway(t, map[string]handler{getMyChatsEvent: says(`[
		{"chatHeaderId":123,"userId":"u1","userName":"Jane Smith","userAvatar":"https://example.com/a.jpg","lastMessage":"Hello","lastMessageTime":"2024-01-15T10:30:00Z",
		 "creationTime":"2024-01-10T08:00:00","isOnline":true,"unreadCount":3,"friendshipStatus":1},
		{"chatHeaderId":"124","userId":"u2","userName":"Bob","userAvatar":null,"lastMessage":null,"lastMessageTime":null,
		 "creationTime":"soon","isOnline":"yes","unreadCount":null,"friendshipStatus":null,"new":[1]}]`)})
	chats, err := g.client(t).ListChats(background(t))
	if err != nil || len(chats) != 2 || !strings.HasPrefix(string(chats[0].Raw), `{"chatHeaderId":123,`) {
		t.Fatalf("got %+v, %v", chats, err)
	}
	want := []Chat{
		{
			ChatHeaderID: 123, UserID: "u1", UserName: "Jane Smith", UserAvatar: "https://example.com/a.jpg", LastMessage: "Hello",
			LastMessageTime: time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC), CreationTime: time.Date(2024, 1, 10, 8, 0, 0, 0, time.UTC),
			IsOnline: true, UnreadCount: 3, FriendshipStatus: FriendshipAccepted,
		},
		{ChatHeaderID: 124, UserID: "u2", UserName: "Bob", FriendshipStatus: NoFriendship},
	}
	for i := range want {
		want[i].Raw = chats[i].Raw
	}
	if !reflect.DeepEqual(chats, want) {
		t.Errorf("got %+v\nwant %+v", chats, want)
	}
}

func TestListFriendships(t *testing.T) {
	g := newGateway(t, map[string]handler{getMyFriendshipsEvent: says(`[
		{"userId":"u1","name":"John Doe","avatar":"https://example.com/a.jpg","isOnline":true,"chatHeaderId":123},
		{"userId":"u2","name":"Ann","avatar":null,"isOnline":false,"chatHeaderId":null}]`)})
	friendships, err := g.client(t).ListFriendships(background(t))
	if err != nil || len(friendships) != 2 {
		t.Fatalf("got %+v, %v", friendships, err)
	}
	want := []Friendship{
		{UserID: "u1", Name: "John Doe", Avatar: "https://example.com/a.jpg", IsOnline: true, ChatHeaderID: 123, Raw: friendships[0].Raw},
		{UserID: "u2", Name: "Ann", Raw: friendships[1].Raw},
	}
	if !reflect.DeepEqual(friendships, want) {
		t.Errorf("got %+v\nwant %+v", friendships, want)
	}
}

// Lists come bare or in an envelope; what is not a whole list is an error.
func TestListsInEnvelopes(t *testing.T) {
	for ack, want := range map[string]struct {
		count int
		kind  rest.Kind
		words string
	}{
		`[]`:                   {count: 0},
		`[{"chatHeaderId":1}]`: {count: 1},
		`{"success":true,"data":[{"chatHeaderId":1}],"message":null,"error":null}`: {count: 1},
		`{"result":{"totalCount":1,"items":[{"chatHeaderId":1}]}}`:                 {count: 1},
		`{"data":null}`:                         {count: 0},
		`null,[{"chatHeaderId":1}]`:             {count: 1},
		``:                                      {kind: rest.Malformed, words: "the answer is empty"},
		`null`:                                  {kind: rest.Malformed, words: "the answer is empty"},
		`{}`:                                    {kind: rest.Malformed, words: "it holds no list"},
		`"` + token + `"`:                       {kind: rest.Malformed, words: "it holds no list"},
		`7`:                                     {kind: rest.Malformed, words: "it holds no list"},
		`{"data":{"data":{"data":[]}}}`:         {kind: rest.Malformed, words: "it holds no list"},
		`[1]`:                                   {kind: rest.Malformed, words: "a row that is no object"},
		`[null]`:                                {kind: rest.Malformed, words: "a row that is no object"},
		`[{"chatHeaderId":0}]`:                  {kind: rest.Malformed, words: "without a chatHeaderId"},
		`[{"chatHeaderId":1e30}]`:               {kind: rest.Malformed, words: "without a chatHeaderId"},
		`{"error":"Unauthorized"}`:              {kind: rest.Unauthorized, words: "Syarah refused getMyChats: Unauthorized"},
		`{"error":"Bad token ` + token + `"}`:   {kind: rest.Unauthorized, words: "Bad token ***"},
		`{"error":{"message":"no","code":"X"}}`: {kind: rest.Unknown, words: "refused getMyChats: no (code X)"},
		`{"error":true}`:                        {kind: rest.Unknown, words: "it does not say why"},
		`{"success":false,"message":null}`:      {kind: rest.Unknown, words: "it does not say why"},
		`{"status":"error","message":["a must be x","b"]}`: {kind: rest.Invalid, words: "a must be x; b"},
	} {
		g := newGateway(t, map[string]handler{getMyChatsEvent: says(ack)})
		chats, err := g.client(t).ListChats(background(t))
		if want.words == "" && (err != nil || len(chats) != want.count) || want.words != "" &&
			(!rest.IsKind(err, want.kind) || !strings.Contains(err.Error(), want.words) || strings.Contains(err.Error(), token)) {
			t.Errorf("%s: got %v, %v", ack, chats, err)
		}
	}
	g := newGateway(t, map[string]handler{getMyFriendshipsEvent: says(`[{"name":"x"}]`)})
	if _, err := g.client(t).ListFriendships(background(t)); !rest.IsKind(err, rest.Malformed) {
		t.Errorf("got %v", err)
	}
}

func TestListChatHeaders(t *testing.T) {
	g := newGateway(t, map[string]handler{findAllChatHeadersEvent: says(`{"items":[{"Id":1,"name":"x"},{"chatHeaderId":2}]}`)})
	client := g.client(t)
	headers, err := client.ListChatHeaders(background(t), 0)
	if err != nil || len(headers) != 2 || headers[0].ID != 1 || headers[1].ID != 2 || string(headers[0].Raw) != `{"Id":1,"name":"x"}` {
		t.Errorf("got %+v, %v", headers, err)
	}
	want := `{"AccessToken":"` + token + `","UserId":"` + userID + `","SkipCount":0,"MaxResultCount":20}`
	if got := g.last(findAllChatHeadersEvent); got != want {
		t.Errorf("the payload is %s, want %s", got, want)
	}
	if headers, err = client.ListChatHeaders(background(t), 1); err != nil || len(headers) != 1 {
		t.Errorf("got %+v, %v", headers, err)
	}
}

func TestGetOrCreateChat(t *testing.T) {
	for body, want := range map[string]int64{
		`{"success":true,"data":{"id":7,"x":[1]},"message":null}`: 7,
		`{"success":true,"data":{"Id":"7"}}`:                      7,
		`{"success":true,"data":7}`:                               7,
		"\xef\xbb\xbf{\"result\":{\"id\":7},\"__abp\":true}":      7,
	} {
		b := newBackend(t, scripted{200, body})
		header, err := b.client(t).GetOrCreateChat(background(t), "a/b", "c&d")
		if err != nil || header.ID != want || !json.Valid(header.Raw) {
			t.Errorf("%s: got %+v, %v", body, header, err)
		}
		b.expect(t, "GET /api/chat/getChatHeaderAsync?user1Id=a%2Fb&user2Id=c%26d")
		if got := b.headers[0].Get("Authorization"); got != "Bearer "+token {
			t.Errorf("the header is %q", got)
		}
	}
	b := newBackend(t, scripted{503, ""}, scripted{0, ""}, scripted{200, `{"data":{"id":7}}`})
	if header, err := b.client(t).GetOrCreateChat(background(t), "a", "b"); err != nil || header.ID != 7 || b.count() != 3 {
		t.Errorf("got %+v, %v after %d requests", header, err, b.count())
	}
	client := b.client(t)
	for _, err := range []error{second(client.GetOrCreateChat(background(t), "", "b")), second(client.GetOrCreateChat(background(t), "a", ""))} {
		if !rest.IsKind(err, rest.Invalid) || b.count() != 3 {
			t.Errorf("got %v", err)
		}
	}
}
