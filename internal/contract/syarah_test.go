//go:build contract

package contract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	api "github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// The users of the gateway in syarah.cjs.
const (
	janeID    = "550e8400-e29b-41d4-a716-446655440000"
	johnID    = "550e8400-e29b-41d4-a716-446655440001"
	janeToken = "token-of-jane"
)

// jane is a client of the gateway in syarah.cjs.
func jane(t *testing.T, url string, change ...func(*api.Config)) *api.Client {
	t.Helper()
	return syarahClient(t, api.Config{GatewayURL: url, UserID: janeID, AccessToken: janeToken}, change...)
}

func syarahClient(t *testing.T, config api.Config, change ...func(*api.Config)) *api.Client {
	t.Helper()
	config.UserAgent = "terraform-provider-chat/test"
	config.RetryWaitMin, config.RetryWaitMax = 100*time.Millisecond, 200*time.Millisecond
	for _, change := range change {
		change(&config)
	}
	client, err := api.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// listen starts a gateway of npm's socket.io.
func listen(t *testing.T, options object) (gateway *sdk, url string) {
	t.Helper()
	gateway = startSDK(t, "syarah.cjs")
	url, _ = gateway.call(t, "listen", options).(string)
	return gateway, url
}

func syarahMock(t *testing.T, settings mock.Settings) (server *mock.Server, url string) {
	t.Helper()
	server = mock.New(mock.Options{})
	if err := server.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	t.Cleanup(server.Close)
	return server, web.URL
}

// carryOutAll makes every call of our client that goes over the socket. Two
// servers that share nothing must understand all of them alike.
func carryOutAll(t *testing.T, client *api.Client, otherID string) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	room, err := client.JoinRoomOrCreateChat(ctx, otherID)
	must(err)
	id := room.ChatHeaderID
	again, err := client.JoinRoom(ctx, id)
	must(err)
	if again.ChatHeaderID != id || again.FriendshipStatus != api.FriendshipAccepted {
		t.Errorf("joined %+v, then %+v", room, again)
	}
	must(client.LeaveRoom(ctx, id))

	var sent []api.Message
	for _, text := range []string{"first", "twice", "twice"} {
		message, err := client.SendMessage(ctx, api.NewMessage{ChatHeaderID: id, Text: text})
		must(err)
		if message.ID == 0 || message.Text != text || message.ChatHeaderID != id || message.Type != api.Text || message.SenderID == "" {
			t.Errorf("sent %+v", message)
		}
		sent = append(sent, message)
	}
	changed, err := client.UpdateMessage(ctx, api.MessageChange{ID: sent[0].ID, ChatHeaderID: id, Text: "changed"})
	must(err)
	if changed.ID != sent[0].ID || changed.Text != "changed" {
		t.Errorf("changed %+v", changed)
	}
	must(client.RemoveMessages(ctx, id, sent[1].ID, sent[2].ID))
	must(client.MarkRead(ctx, id))

	messages, err := client.ListMessages(ctx, id, 0)
	must(err)
	if len(messages) != 1 || messages[0].ID != sent[0].ID || messages[0].Text != "changed" {
		t.Errorf("the chat holds %+v", messages)
	}
	checkLists(t, client, id, otherID)
}

func checkLists(t *testing.T, client *api.Client, id int64, otherID string) {
	t.Helper()
	chats, err := client.ListChats(t.Context())
	if err != nil || len(chats) != 1 || chats[0].ChatHeaderID != id || chats[0].UserID != otherID || chats[0].LastMessage != "changed" ||
		chats[0].UnreadCount != 0 || chats[0].UserName == "" || chats[0].CreationTime.IsZero() || chats[0].LastMessageTime.IsZero() {
		t.Errorf("the chats are %+v, %v", chats, err)
	}
	headers, err := client.ListChatHeaders(t.Context(), 0)
	if err != nil || len(headers) != 1 || headers[0].ID != id {
		t.Errorf("the headers are %+v, %v", headers, err)
	}
	friendships, err := client.ListFriendships(t.Context())
	other := slices.IndexFunc(friendships, func(f api.Friendship) bool { return f.UserID == otherID })
	if err != nil || other < 0 || friendships[other].ChatHeaderID != id || friendships[other].Name == "" {
		t.Errorf("the friendships are %+v, %v", friendships, err)
	}
}

func TestSyarahClientOnNPMServer(t *testing.T) {
	gateway, url := listen(t, object{})
	client := jane(t, url)
	carryOutAll(t, client, johnID)
	if rooms := gateway.call(t, "rooms"); fmt.Sprint(rooms) != "[]" {
		t.Errorf("rooms that were not left: %v", rooms)
	}
	names := map[string]int{}
	for _, event := range gateway.call(t, "seen").([]any) {
		names[event.([]any)[0].(string)]++
	}
	want := map[string]int{
		"joinRoom": 2 + 6, "leaveRoom": 1 + 6, "createMessage": 3, "updateMessage": 1, "removeMessage": 1, "readMessage": 1,
		"findAllMessages": 3 + 1, "getMyChats": 1, "findAllChatHeaders": 1, "getMyFriendships": 1,
	}
	if fmt.Sprint(names) != fmt.Sprint(want) {
		t.Errorf("the gateway got %v, want %v", names, want)
	}
	client.Close()
	if left := gateway.call(t, "left"); fmt.Sprint(left) != "[client namespace disconnect]" {
		t.Errorf("the client left by %v", left)
	}
}

func TestSyarahClientIsRefusedByNPMServer(t *testing.T) {
	_, url := listen(t, object{})
	_, err := jane(t, url, func(c *api.Config) { c.AccessToken = "wrong-canary" }).ListChats(t.Context())
	var refused *socketio.ConnectError
	if !errors.As(err, &refused) || refused.Message != "Invalid token" || string(refused.Data) != `{"code":401}` ||
		!rest.IsKind(err, rest.Unauthorized) || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
	_, err = jane(t, url, func(c *api.Config) { c.SocketPath, c.MaxRetries = "/elsewhere/", -1 }).ListChats(t.Context())
	if !rest.IsKind(err, rest.Unsupported, rest.Unavailable) {
		t.Errorf("got %v", err)
	}
	client := jane(t, url)
	if _, err = client.JoinRoom(t.Context(), 99); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
	_, err = client.SendMessage(t.Context(), api.NewMessage{ChatHeaderID: 99, Text: "x"})
	if !rest.IsKind(err, rest.NotFound) || rest.IsUncertain(err) {
		t.Errorf("got %v", err)
	}
	// npm's server says how much it takes, and would hang up on more.
	room, err := client.JoinRoomOrCreateChat(t.Context(), johnID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.SendMessage(t.Context(), api.NewMessage{ChatHeaderID: room.ChatHeaderID, Text: strings.Repeat("x", 1_000_000)})
	if !rest.IsKind(err, rest.Invalid) || rest.IsUncertain(err) {
		t.Errorf("got %v", err)
	}
}

func TestSyarahClientFindsNPMServerAgain(t *testing.T) {
	gateway, url := listen(t, object{})
	port := port(t, url)
	client := jane(t, url, func(c *api.Config) { c.IdleTimeout, c.MaxRetries = time.Minute, 20 })
	if _, err := client.JoinRoomOrCreateChat(t.Context(), johnID); err != nil {
		t.Fatal(err)
	}
	gateway.call(t, "kill")
	gateway.call(t, "listen", object{"port": port})
	if chats, err := client.ListChats(t.Context()); err != nil || len(chats) != 1 {
		t.Errorf("after a kill: %v, %v", chats, err)
	}

	// Killed while it is at work.
	gateway.call(t, "hang", "getMyChats")
	gateway.call(t, "seen")
	answered := make(chan error)
	go func() {
		_, err := client.ListChats(context.WithoutCancel(t.Context()))
		answered <- err
	}()
	for fmt.Sprint(gateway.call(t, "seen")) == "[]" {
		time.Sleep(10 * time.Millisecond)
	}
	gateway.call(t, "kill")
	gateway.call(t, "listen", object{"port": port})
	if err := <-answered; err != nil {
		t.Errorf("killed at work: %v", err)
	}
}

func port(t *testing.T, url string) int {
	t.Helper()
	var port int
	if _, err := fmt.Sscanf(url, "http://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	return port
}

func TestSyarahClientHeartbeats(t *testing.T) {
	gateway, url := listen(t, object{"pingInterval": 200, "pingTimeout": 2000})
	client := jane(t, url, func(c *api.Config) { c.IdleTimeout, c.AckTimeout, c.MaxRetries = time.Minute, time.Minute, 20 })
	if _, err := client.ListChats(t.Context()); err != nil {
		t.Fatal(err)
	}
	session := gateway.call(t, "sessions")
	time.Sleep(3 * time.Second) // longer than the server waits for an answer to its pings
	if now := gateway.call(t, "sessions"); fmt.Sprint(now) != fmt.Sprint(session) {
		t.Errorf("the session %v is now %v", session, now)
	}

	// A server that hangs is left, and a read is made again when it is back.
	gateway.call(t, "freeze", 4000)
	time.Sleep(500 * time.Millisecond)
	if _, err := client.ListChats(t.Context()); err != nil {
		t.Error(err)
	}
	if now := gateway.call(t, "sessions"); strings.Contains(fmt.Sprint(now), fmt.Sprint(session)) {
		t.Errorf("the session is still %v", now)
	}
}

// What npm's server can send besides does no harm, and its own acks come home.
func TestSyarahClientSurvivesNPMServer(t *testing.T) {
	gateway, url := listen(t, object{"perMessageDeflate": true})
	client := jane(t, url, func(c *api.Config) { c.IdleTimeout = time.Minute })
	if _, err := client.ListChats(t.Context()); err != nil {
		t.Fatal(err)
	}
	gateway.call(t, "pester")
	if acks := gateway.call(t, "tell", "clientStatus", object{"activeNow": true}); fmt.Sprint(acks) != "[<nil>]" {
		t.Errorf("the acks are %v", acks)
	}
	if _, err := client.ListChats(t.Context()); err != nil {
		t.Error(err)
	}
	if left := gateway.call(t, "left"); fmt.Sprint(left) != "[]" {
		t.Errorf("the client left by %v", left)
	}
}

func TestSyarahClientLeavesNPMServerWhenIdle(t *testing.T) {
	gateway, url := listen(t, object{})
	client := jane(t, url, func(c *api.Config) { c.IdleTimeout = 10 * time.Millisecond })
	for range 2 {
		if _, err := client.ListChats(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left []any
		for len(left) == 0 {
			left = gateway.call(t, "left").([]any)
			time.Sleep(10 * time.Millisecond)
		}
		if fmt.Sprint(left) != "[client namespace disconnect]" {
			t.Errorf("the client left by %v", left)
		}
	}
}

// The mock knows the ways in which the real server may work; our client gets
// along with all of them.
func TestSyarahClientOnMock(t *testing.T) {
	for name, settings := range map[string]mock.Settings{
		"defaults":      {},
		"leave null":    {LeaveAnswer: "null"},
		"leave empty":   {LeaveAnswer: "empty"},
		"join header":   {JoinAnswer: "chatHeader"},
		"items":         {ListEnvelope: "items"},
		"data":          {ListEnvelope: "data"},
		"capitals":      {PascalCase: true},
		"both":          {PascalCase: true, ListEnvelope: "data"},
		"oldest first":  {OldestFirst: true},
		"hidden chats":  {HideEmptyChats: true},
		"silent sender": {SkipSender: true},
		"acked writes":  {AckWrites: true},
		"late auth":     {LateAuth: true},
		"checked user":  {CheckUserID: true},
		"socket only":   {Transports: []string{"websocket"}},
	} {
		t.Run(name, func(t *testing.T) {
			server, url := syarahMock(t, settings)
			client := syarahClient(t, api.Config{GatewayURL: url, UserID: server.UserID(), AccessToken: server.AccessToken()}, func(c *api.Config) {
				c.AckTimeout = 3 * time.Second
			})
			carryOutAll(t, client, mock.FriendID)
			for _, socket := range server.Snapshot().Sockets {
				if len(socket.Rooms) != 0 {
					t.Errorf("rooms that were not left: %v", socket.Rooms)
				}
			}
		})
	}
}

func TestSyarahClientIsRefusedByMock(t *testing.T) {
	for how, want := range map[string][]rest.Kind{"": {rest.NotFound}, "exception": {rest.Unknown}, "none": {rest.Unavailable}} {
		server, url := syarahMock(t, mock.Settings{SocketErrors: how})
		client := syarahClient(t, api.Config{GatewayURL: url, UserID: server.UserID(), AccessToken: server.AccessToken()}, func(c *api.Config) {
			c.AckTimeout = time.Second
		})
		if _, err := client.JoinRoom(t.Context(), 99); !rest.IsKind(err, want...) {
			t.Errorf("%q: %v", how, err)
		}
	}
	server, url := syarahMock(t, mock.Settings{})
	client := syarahClient(t, api.Config{GatewayURL: url, BackendURL: url + "/", UserID: server.UserID(), AccessToken: "wrong"})
	if _, err := client.ListChats(t.Context()); !rest.IsKind(err, rest.Unauthorized) {
		t.Errorf("got %v", err)
	}
	if _, err := client.GetOrCreateChat(t.Context(), server.UserID(), mock.FriendID); !rest.IsKind(err, rest.Unauthorized) {
		t.Errorf("got %v", err)
	}
}

func TestSyarahClientOnTheMocksBackend(t *testing.T) {
	server, url := syarahMock(t, mock.Settings{})
	client := syarahClient(t, api.Config{GatewayURL: url, BackendURL: url + "/", UserID: server.UserID(), AccessToken: server.AccessToken()})
	chat, err := client.GetOrCreateChat(t.Context(), server.UserID(), mock.FriendID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := client.GetOrCreateChat(t.Context(), mock.FriendID, server.UserID())
	if err != nil || again.ID != chat.ID {
		t.Errorf("got %+v, then %+v, %v", chat, again, err)
	}
	content := "\x89PNG\r\n\x1a\n and so on"
	path, err := client.UploadFile(t.Context(), api.Upload{
		Type: api.Image, Name: "logo.png", Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	sent, err := client.SendMessage(t.Context(), api.NewMessage{ChatHeaderID: chat.ID, Type: api.Image, Text: path, Caption: "see"})
	if err != nil || sent.Text != path || sent.Type != api.Image || sent.Caption != "see" {
		t.Errorf("got %+v, %v", sent, err)
	}
	for how, want := range map[string]string{"": "Syarah refused", "200": "Syarah refused", "abp": "Syarah refused"} {
		if err := server.SetSettings(mock.Settings{RestErrors: how}); err != nil {
			t.Fatal(err)
		}
		_, err := client.GetOrCreateChat(t.Context(), server.UserID(), "00000000-0000-4000-8000-00000000dead")
		var failure *rest.Error
		if !errors.As(err, &failure) || failure.Message == "" || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", how, err)
		}
	}
}

// npm's client on the mock, by each transport: a handshake over polling first,
// polling alone, and websockets alone.
func TestNPMClientOnSyarahMock(t *testing.T) {
	for last, transports := range map[string][]string{
		"websocket":                {"websocket"},
		"polling":                  {"polling"},
		"websocket after polling":  {"polling", "websocket"},
		"websocket as on the page": {"websocket", "polling"},
	} {
		t.Run(last, func(t *testing.T) {
			server, url := syarahMock(t, mock.Settings{})
			options := object{"query": object{"userId": server.UserID()}, "transports": transports, "auth": object{"accessToken": server.AccessToken()}}
			client := startSDK(t, "syarah.cjs")
			id := client.call(t, "connect", url, options)
			wanted, _, _ := strings.Cut(last, " ")
			if got := client.call(t, "transport", wanted); got != wanted {
				t.Errorf("the transport is %v", got)
			}
			talk(t, client, id, server)
			client.call(t, "disconnect")
			for len(server.Snapshot().Sockets) != 0 {
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}

// talk makes every call of the vendor's page with npm's client.
func talk(t *testing.T, client *sdk, id any, server *mock.Server) {
	t.Helper()
	token := server.AccessToken()
	joined := client.call(t, "ask", "joinRoom", object{"otherUserId": mock.FriendID, "userId": server.UserID(), "socketId": id, "accessToken": token})
	chat, ok := at(joined, "chatHeaderId").(float64)
	if !ok {
		t.Fatalf("joinRoom: %v", joined)
	}
	want(t, joined, "joined", true)
	client.call(t, "emit", "createMessage", object{"message": "hello", "chatHeaderId": chat, "accessToken": token, "messageType": 0, "caption": ""})
	message := first(t, client, "message")
	want(t, message, "chatMessage.message", "hello")
	number := at(message, "chatMessage.id")
	client.call(t, "emit", "updateMessage", object{"id": number, "message": "changed", "chatHeaderId": chat, "accessToken": token})
	first(t, client, "messageUpdated")
	messages := client.call(t, "ask", "findAllMessages", object{"chatHeaderId": fmt.Sprint(chat), "accessToken": token, "skipCount": 0, "maxResultCount": 50})
	want(t, messages, "0.id", number)
	want(t, messages, "0.message", "changed")
	client.call(t, "emit", "readMessage", object{"chatHeaderId": chat})
	if read := first(t, client, "messageHasBeenRead"); read != chat {
		t.Errorf("read was %v", read)
	}
	client.call(t, "emit", "removeMessage", object{"ids": []any{number}, "chatHeaderId": chat, "accessToken": token})
	if removed := first(t, client, "messageDeleted"); removed != number {
		t.Errorf("removed was %v", removed)
	}
	want(t, client.call(t, "ask", "getMyChats", object{}), "0.chatHeaderId", chat)
	if friends, _ := client.call(t, "ask", "getMyFriendships", object{}).([]any); len(friends) != 2 {
		t.Errorf("the friends are %v", friends)
	}
	headers := client.call(t, "ask", "findAllChatHeaders", object{"AccessToken": token, "UserId": server.UserID(), "SkipCount": 0, "MaxResultCount": 20})
	want(t, headers, "0.id", chat)
	if refused := client.call(t, "ask", "leaveRoom", object{"chatHeaderId": 99}); at(refused, "error") == nil {
		t.Errorf("leaveRoom of a chat that is not there: %v", refused)
	}
	client.call(t, "ask", "leaveRoom", object{"chatHeaderId": chat, "accessToken": token})
}

// first is the first argument of the next event with this name.
func first(t *testing.T, client *sdk, name string) any {
	t.Helper()
	arguments, _ := client.call(t, "next", name).([]any)
	if len(arguments) == 0 {
		t.Fatalf("there was no %s", name)
	}
	return arguments[0]
}

func TestNPMClientIsRefusedByMock(t *testing.T) {
	server, url := syarahMock(t, mock.Settings{})
	for name, options := range map[string]object{
		"no user":     {"auth": object{"accessToken": server.AccessToken()}},
		"wrong token": {"query": object{"userId": server.UserID()}, "auth": object{"accessToken": "wrong"}},
	} {
		for _, transport := range []string{"websocket", "polling"} {
			options["transports"] = []string{transport}
			thrown := startSDK(t, "syarah.cjs").refuse(t, "connect", url, options)
			if thrown.Message == "" || strings.Contains(thrown.Message, "timeout") {
				t.Errorf("%s by %s: %+v", name, transport, thrown)
			}
		}
	}
}

// The mock's pings keep npm's client, and npm's client leaves a mock that sends
// none.
func TestNPMClientHeartbeatsOnMock(t *testing.T) {
	for _, transport := range []string{"websocket", "polling"} {
		server, url := syarahMock(t, mock.Settings{PingIntervalMS: 200, PingTimeoutMS: 1500})
		client := startSDK(t, "syarah.cjs")
		options := object{"query": object{"userId": server.UserID()}, "transports": []string{transport}}
		client.call(t, "connect", url, options)
		time.Sleep(2500 * time.Millisecond)
		if client.call(t, "connected") != true {
			t.Errorf("%s: the client has left", transport)
		}
		client.call(t, "disconnect")

		if err := server.SetSettings(mock.Settings{PingIntervalMS: 100, PingTimeoutMS: 100, NoPings: true}); err != nil {
			t.Fatal(err)
		}
		client.call(t, "connect", url, options)
		for client.call(t, "connected") == true {
			time.Sleep(50 * time.Millisecond)
		}
	}
}
