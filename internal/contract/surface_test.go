//go:build contract

package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// Every public method of the SDK works against the mock. A method that a new
// version of the SDK adds fails here until it is listed.
func TestSDKSurface(t *testing.T) {
	s := newStage(t)
	names := []string{}
	for _, name := range s.sdk.call(t, "surface").([]any) {
		names = append(names, name.(string))
	}
	for _, name := range names {
		check, listed := surface[name]
		if !listed {
			t.Errorf("the SDK has a method %s that no test calls: add it to the table, and to the mock", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			s.reset(t)
			check(t, s)
		})
	}
	for _, name := range slices.Sorted(maps.Keys(surface)) {
		if !slices.Contains(names, name) {
			t.Errorf("the table tests a method %s that the SDK does not have", name)
		}
	}
}

// surface tests the SDK's methods by name, each on a fresh tenant. Methods
// without "App" in their name act on the app of the credentials.
var surface = map[string]func(*testing.T, *stage){
	"createChatName": func(t *testing.T, s *stage) {
		if jid := s.sdk.call(t, "createChatName", "support"); jid != s.own+"_support@conference.xmpp.chat.ethora.com" {
			t.Errorf("the address of the room is %v", jid)
		}
		name := s.sdk.call(t, "createChatName", "support", false)
		if name != s.room(t, s.own, "support").Name {
			t.Errorf("the name of the room is %v", name)
		}
	},
	"createChatUserJwtToken": func(t *testing.T, s *stage) {
		token, _ := s.sdk.call(t, "createChatUserJwtToken", "ann").(string)
		want(t, s.sdk.call(t, "verifyJwtToken", token), "data.userId", "ann")
	},

	"listApps": func(t *testing.T, s *stage) {
		answer := s.sdk.call(t, "listApps", object{"limit": 1, "offset": 1, "order": "asc", "orderBy": "createdAt"})
		want(t, answer, "total", 2.0)
		want(t, answer, "apps.0._id", s.acme)
	},
	"getApp": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "getApp", s.acme), "app.displayName", "Acme")
		thrown := s.sdk.refuse(t, "getApp", unknownApp)
		wantRefusal(t, thrown, http.StatusNotFound, "APP_NOT_FOUND", "App not found")
	},
	"createApp": func(t *testing.T, s *stage) {
		created := s.sdk.call(t, "createApp", object{"displayName": "Shop", "domainName": "shop", "primaryColor": "#1F6FEB", "createDefaultChat": true})
		app := s.app(t, text(t, created, "app._id"))
		if app.Parent != s.own || app.Attributes["domainName"] != "shop" || len(app.Rooms) != 1 {
			t.Errorf("the new app is %+v", app)
		}
		text(t, created, "app.appToken")
		text(t, created, "app.appSecret")
		thrown := s.sdk.refuse(t, "createApp", object{"displayName": "Other", "domainName": "shop"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "", "already exists")
		thrown = s.sdk.refuse(t, "createApp", object{"displayName": "Other", "appDescription": "no such key"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "VALIDATION_ERROR", `"appDescription" is not allowed`)
	},
	"deleteApp": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "deleteApp", s.acme), "status", "archived")
		if status := s.app(t, s.acme).Status; status != "archived" {
			t.Errorf("the app is %s, want archived", status)
		}
		thrown := s.sdk.refuse(t, "listChatsInApp", s.acme)
		wantRefusal(t, thrown, http.StatusForbidden, "APP_ARCHIVED", "archived")
	},

	"listAppTokens": func(t *testing.T, s *stage) {
		tokenID := text(t, s.sdk.call(t, "createAppToken", s.acme, object{"label": "build"}), "tokenId")
		listed := s.sdk.call(t, "listAppTokens", s.acme)
		want(t, listed, "tokens.0.tokenId", tokenID)
		want(t, listed, "tokens.0.label", "build")
		want(t, listed, "tokens.0.status", "active")
		want(t, listed, "tokens.0.token", nil) // told once only
	},
	"createAppToken": func(t *testing.T, s *stage) {
		created := s.sdk.call(t, "createAppToken", s.acme, object{"label": "build"})
		if token := text(t, created, "token"); !strings.HasPrefix(token, "JWT ") {
			t.Errorf("the token begins with %.4q, want \"JWT \"", token)
		}
		s.wire.take()
		want(t, s.sdk.call(t, "createAppToken", s.acme), "label", "")
		if body, isObject := s.wire.one(t).body.(object); !isObject || len(body) != 0 {
			t.Errorf("without a label the SDK sends %v, want {}", body)
		}
	},
	"revokeAppToken": func(t *testing.T, s *stage) {
		tokenID := text(t, s.sdk.call(t, "createAppToken", s.acme), "tokenId")
		want(t, s.sdk.call(t, "revokeAppToken", s.acme, tokenID), "ok", true)
		want(t, s.sdk.call(t, "revokeAppToken", s.acme, tokenID), "ok", true)
		want(t, s.sdk.call(t, "listAppTokens", s.acme), "tokens.0.status", "revoked")
		thrown := s.sdk.refuse(t, "revokeAppToken", s.acme, "no-such-token")
		wantRefusal(t, thrown, http.StatusNotFound, "TOKEN_NOT_FOUND", "not found")
	},
	"rotateAppToken": func(t *testing.T, s *stage) {
		oldID := text(t, s.sdk.call(t, "createAppToken", s.acme, object{"label": "build"}), "tokenId")
		rotated := s.sdk.call(t, "rotateAppToken", s.acme, oldID)
		want(t, rotated, "label", "build") // inherited
		newID := text(t, rotated, "tokenId")
		tokens := s.app(t, s.acme).Tokens
		if len(tokens) != 2 || !tokens[0].Revoked || tokens[1].ID != newID || tokens[1].Revoked {
			t.Errorf("after the rotation the tokens are %+v", tokens)
		}
		wantRefusal(t, s.sdk.refuse(t, "rotateAppToken", s.acme, oldID), http.StatusNotFound, "TOKEN_NOT_FOUND", "not found")
	},
	"provisionApp": func(t *testing.T, s *stage) {
		rooms := []any{object{"title": "General", "pinned": true}, object{"title": "Random"}}
		provisioned := s.sdk.call(t, "provisionApp", s.acme, object{"rooms": rooms})
		want(t, provisioned, "rooms.0.title", "General")
		want(t, provisioned, "rooms.0.pinned", true)
		room := s.room(t, s.acme, text(t, provisioned, "rooms.1.name"))
		if room.Title != "Random" || room.Pinned || !room.Default {
			t.Errorf("the second room is %+v", room)
		}
		want(t, s.sdk.call(t, "provisionApp", s.acme), "rooms.0", nil)
	},
	"getAppBot": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "getAppBot", s.acme), "bot", nil)
		s.seedBot(t)
		want(t, s.sdk.call(t, "getAppBot", s.acme), "bot.status", "off")
	},
	"updateAppBot": func(t *testing.T, s *stage) {
		thrown := s.sdk.refuse(t, "updateAppBot", s.acme, object{"status": "on"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "BOT_NOT_INITIALIZED", "not initialized")
		s.seedBot(t)
		update := object{"status": "on", "trigger": "any_message", "prompt": "Be kind.", "greetingMessage": "Hello", "isRAG": false}
		want(t, s.sdk.call(t, "updateAppBot", s.acme, update), "bot.prompt", "Be kind.")
		if bot := s.app(t, s.acme).Bot; bot["status"] != "on" || bot["greetingMessage"] != "Hello" {
			t.Errorf("the bot is %v", bot)
		}
	},
	"broadcastToAppChats": func(t *testing.T, s *stage) {
		jobID := text(t, s.sdk.call(t, "broadcastToAppChats", s.acme, object{"text": "Hello", "allRooms": true}), "jobId")
		if !slices.ContainsFunc(s.mock.Snapshot().Jobs, func(job mock.JobState) bool { return job.ID == jobID }) {
			t.Errorf("the mock has no job %s", jobID)
		}
		thrown := s.sdk.refuse(t, "broadcastToAppChats", s.acme, object{"text": "Hello"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "VALIDATION_ERROR", "at least one of [allRooms, chatNames, chatIds]")
	},
	"getAppBroadcastJob": func(t *testing.T, s *stage) {
		names := []any{"support", "no-such-room"}
		jobID := text(t, s.sdk.call(t, "broadcastToAppChats", s.acme, object{"text": "Hello", "chatNames": names}), "jobId")
		want(t, s.sdk.call(t, "getAppBroadcastJob", s.acme, jobID), "state", "running")
		job := s.sdk.call(t, "getAppBroadcastJob", s.acme, jobID)
		want(t, job, "state", "completed")
		want(t, job, "result.results.0.status", "sent")
		want(t, job, "result.results.1.status", "not-found")
	},

	"createUser": func(t *testing.T, s *stage) {
		accepted := s.sdk.call(t, "createUser", "cleo", object{"displayName": "Cleo van Dam", "email": "cleo@example.com", "role": "admin"})
		body := s.wire.one(t).body
		want(t, body, "bypassEmailConfirmation", true)
		want(t, body, "usersList.0.role", nil) // the server would refuse it
		s.finishUsers(t, s.own, accepted)
		if cleo := s.user(t, s.own, "cleo"); cleo.FirstName != "Cleo" || cleo.LastName != "van Dam" || !cleo.PasswordSet {
			t.Errorf("the new user is %+v", cleo)
		}
		// With nothing but an id the SDK makes up the rest.
		s.finishUsers(t, s.own, s.sdk.call(t, "createUser", "dan"))
		if dan := s.user(t, s.own, "dan"); dan.FirstName != "User" || dan.LastName != "User" || !strings.HasSuffix(dan.Email, "@example.com") {
			t.Errorf("the user that the SDK completed is %+v", dan)
		}
		// A last name that the server would refuse is replaced as well.
		s.finishUsers(t, s.own, s.sdk.call(t, "createUser", "eve", object{"firstName": "Eve", "lastName": "L"}))
		if eve := s.user(t, s.own, "eve"); eve.FirstName != "Eve" || eve.LastName != "User" {
			t.Errorf("the user with a last name of one letter is %+v", eve)
		}
		// An id that is taken is the job's business, and changes nothing.
		results := s.finishUsers(t, s.own, s.sdk.call(t, "createUser", "ann", object{"firstName": "Anna"}))
		want(t, results, "0.status", "uuid_exists")
		if ann := s.user(t, s.own, "ann"); ann.FirstName != "Ann" {
			t.Errorf("the first name of ann is now %s", ann.FirstName)
		}
	},
	"deleteUsers": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "deleteUsers", []any{"ann", "bob"}), "ok", true)
		if ann := s.user(t, s.own, "ann"); ann.Status != "archived" {
			t.Errorf("ann is %s, want archived", ann.Status)
		}
		// The SDK swallows a "not found" only where the body is plain text.
		thrown := s.sdk.refuse(t, "deleteUsers", []any{"nobody"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "", "User not found")
		s.answerInText(t, "/v1/users/batch", "User not found")
		want(t, s.sdk.call(t, "deleteUsers", []any{"nobody"}), "ok", false)
	},
	"updateUsers": func(t *testing.T, s *stage) {
		answer := s.sdk.call(t, "updateUsers", []any{
			object{"xmppUsername": s.own + "_ann", "firstName": "Anna", "userId": "ann", "email": "new@example.com"},
			object{"xmppUsername": s.own + "_bob", "firstName": "Bob"},
			object{"xmppUsername": s.own + "_nobody", "firstName": "No"},
		})
		want(t, answer, "results.0.status", "updated")
		want(t, answer, "results.1.status", "skipped")
		want(t, answer, "results.2.status", "not-found")
		if ann := s.user(t, s.own, "ann"); ann.FirstName != "Anna" || ann.Email != "ann@example.com" {
			t.Errorf("ann is now %+v", ann)
		}
		s.wire.take()
		for count, words := range map[int]string{0: "At least 1 user", 101: "Maximum 100 users"} {
			thrown := s.sdk.refuse(t, "updateUsers", slices.Repeat([]any{object{"xmppUsername": s.own + "_ann"}}, count))
			wantRefusal(t, thrown, 0, "", words)
		}
		if seen := s.wire.take(); len(seen) != 0 {
			t.Errorf("0 and 101 users are refused by the SDK itself, but %d requests were sent", len(seen))
		}
	},
	"getUsers": func(t *testing.T, s *stage) {
		everybody := s.sdk.call(t, "getUsers")
		want(t, everybody, "total", 2.0)
		one := s.sdk.call(t, "getUsers", object{"xmppUsername": s.own + "_bob"})
		want(t, one, "total", 1.0)
		want(t, one, "users.0.uuid", "bob")
		want(t, s.sdk.call(t, "getUsers", object{"userId": at(one, "users.0._id")}), "users.0.uuid", "bob")
		members := s.sdk.call(t, "getUsers", object{"chatName": s.own + "_support"})
		want(t, members, "users.0.xmppUsername", s.own+"_"+s.own) // the app's own account
		want(t, members, "users.1.xmppUsername", s.own+"_ann")
		want(t, s.sdk.call(t, "getUsers", object{"limit": 1, "offset": 1}), "users.0.uuid", "bob")
	},
	"getAppUserByXmppUsername": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "getAppUserByXmppUsername", s.acme+"_ann"), "result.email", "ann@example.com")
		thrown := s.sdk.refuse(t, "getAppUserByXmppUsername", s.acme+"_nobody")
		wantRefusal(t, thrown, http.StatusNotFound, "USER_NOT_FOUND", "not found")
	},
	"createUsersInApp": func(t *testing.T, s *stage) {
		accepted := s.sdk.call(t, "createUsersInApp", s.acme, newUsers("cleo", "dan"))
		results := s.finishUsers(t, s.acme, accepted)
		want(t, results, "0.status", "created")
		want(t, results, "1.xmppUsername", s.acme+"_dan")
		if match, err := s.mock.CheckPassword(s.acme, "cleo", "pass-cleo"); err != nil || !match {
			t.Errorf("the password of cleo does not fit (error: %v)", err)
		}
		thrown := s.sdk.refuse(t, "createUsersInApp", s.acme, lastNamed("L"))
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "VALIDATION_ERROR", "length must be at least 2 characters long")
		s.sdk.call(t, "createUsersInApp", s.acme, lastNamed("Le"))
		thrown = s.sdk.refuse(t, "createUsersInApp", s.acme, object{"usersList": []any{}})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "VALIDATION_ERROR", "at least 1 items")
		thrown = s.sdk.refuse(t, "createUsersInApp", s.acme, newUsers(slices.Repeat([]string{"cleo"}, 101)...))
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "VALIDATION_ERROR", "less than or equal to 100 items")
	},
	"getUsersBatchJob": func(t *testing.T, s *stage) {
		jobID := text(t, s.sdk.call(t, "createUsersInApp", s.acme, newUsers("cleo")), "jobId")
		first := s.sdk.call(t, "getUsersBatchJob", s.acme, jobID)
		want(t, first, "state", "running")
		want(t, first, "result", nil)
		last := s.sdk.call(t, "getUsersBatchJob", s.acme, jobID)
		want(t, last, "state", "completed")
		want(t, last, "result.results.0.user.firstName", "First")
		thrown := s.sdk.refuse(t, "getUsersBatchJob", s.acme, "no-such-job")
		wantRefusal(t, thrown, http.StatusNotFound, "JOB_NOT_FOUND", "not found")
	},
	"deleteUsersInApp": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "deleteUsersInApp", s.acme, []any{"ann"}), "ok", true)
		if ann, bob := s.user(t, s.acme, "ann"), s.user(t, s.acme, "bob"); ann.Status != "archived" || bob.Status != "active" {
			t.Errorf("ann is %s and bob is %s", ann.Status, bob.Status)
		}
		thrown := s.sdk.refuse(t, "deleteUsersInApp", s.acme, []any{"nobody"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "", "User not found")
	},

	"createChatRoom": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "createChatRoom", "sales"), "result.name", s.own+"_sales")
		if room := s.room(t, s.own, "sales"); room.Title != "Chat Room sales" || room.Type != "group" {
			t.Errorf("the room that the SDK completed is %+v", room)
		}
		thrown := s.sdk.refuse(t, "createChatRoom", "sales", object{"title": "Sales"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "", "already exists")
	},
	"deleteChatRoom": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "deleteChatRoom", "support"), "ok", true)
		if room := s.app(t, s.own).Room("support"); room != nil {
			t.Errorf("the room is still there: %+v", room)
		}
		// As with deleteUsers, only a plain text is swallowed.
		thrown := s.sdk.refuse(t, "deleteChatRoom", "support")
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "", "Chat not found")
		s.answerInText(t, "/v1/chats", "Chat not found")
		answer := s.sdk.call(t, "deleteChatRoom", "support")
		want(t, answer, "ok", false)
		want(t, answer, "reason", "Chat room not found")
	},
	"updateChatRoom": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "updateChatRoom", "support", object{"title": "Help"}), "result.title", "Help")
		if other := s.room(t, s.acme, "support"); other.Title != "Support" {
			t.Errorf("the room of the other app is now called %s", other.Title)
		}
	},
	"grantUserAccessToChatRoom": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "grantUserAccessToChatRoom", "support", "bob"), "results.0.xmppUsername", s.own+"_bob")
		s.wantMembers(t, s.own, "ann", "bob")
		thrown := s.sdk.refuse(t, "grantUserAccessToChatRoom", "no-such-room", []any{"bob"})
		wantRefusal(t, thrown, http.StatusNotFound, "CHAT_NOT_FOUND", "not found")
	},
	"removeUserAccessFromChatRoom": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "removeUserAccessFromChatRoom", "support", []any{"ann", "bob"}), "ok", true)
		s.wantMembers(t, s.own)
	},
	"getUserChats": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "getUserChats", "ann"), "chats.0.name", s.own+"_support")
		want(t, s.sdk.call(t, "getUserChats", "bob"), "total", 0.0)
	},
	"createChatRoomInApp": func(t *testing.T, s *stage) {
		fields := object{"title": "Sales", "type": "public", "description": "Orders", "members": []any{"ann", s.acme + "_bob"}}
		created := s.sdk.call(t, "createChatRoomInApp", s.acme, "sales", fields)
		want(t, created, "result.description", "Orders")
		if members := s.room(t, s.acme, "sales").Members; len(members) != 3 {
			t.Errorf("the members are %v, want ann, bob and the app itself", members)
		}
		thrown := s.sdk.refuse(t, "createChatRoomInApp", s.acme, "sales")
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "", "already exists")
		thrown = s.sdk.refuse(t, "createChatRoomInApp", s.acme, "other", object{"members": []any{"nobody"}})
		wantRefusal(t, thrown, http.StatusNotFound, "USER_NOT_FOUND", "not found")
	},
	"updateChatRoomInApp": func(t *testing.T, s *stage) {
		// By its plain id, its name and its address.
		for i, id := range []string{"support", s.acme + "_support", s.acme + "_support@conference.xmpp.chat.ethora.com"} {
			title := strings.Repeat("Help", i+1)
			want(t, s.sdk.call(t, "updateChatRoomInApp", s.acme, id, object{"title": title, "description": ""}), "result.title", title)
		}
		thrown := s.sdk.refuse(t, "updateChatRoomInApp", s.acme, "support", object{"type": "group"})
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "VALIDATION_ERROR", `"type" is not allowed`)
	},
	"listChatsInApp": func(t *testing.T, s *stage) {
		answer := s.sdk.call(t, "listChatsInApp", s.acme, object{"limit": 10, "offset": 0, "includeMembers": true})
		want(t, answer, "total", 1.0)
		want(t, answer, "results.0.name", s.acme+"_support")
		want(t, answer, "results.0.members.1.xmppUsername", s.acme+"_ann")
		want(t, s.sdk.call(t, "listChatsInApp", s.acme), "results.0.members", nil)
	},
	"deleteChatRoomInApp": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "deleteChatRoomInApp", s.acme, "support"), "ok", true)
		if room := s.app(t, s.acme).Room("support"); room != nil {
			t.Errorf("the room is still there: %+v", room)
		}
		thrown := s.sdk.refuse(t, "deleteChatRoomInApp", s.acme, "support")
		wantRefusal(t, thrown, http.StatusUnprocessableEntity, "", "Chat not found")
	},
	"grantUserAccessToChatRoomInApp": func(t *testing.T, s *stage) {
		answer := s.sdk.call(t, "grantUserAccessToChatRoomInApp", s.acme, "support", []any{"bob", s.acme + "_ann"})
		want(t, answer, "results.0.xmppUsername", s.acme+"_bob")
		s.wantMembers(t, s.acme, "ann", "bob")
		thrown := s.sdk.refuse(t, "grantUserAccessToChatRoomInApp", s.acme, "support", "nobody")
		wantRefusal(t, thrown, http.StatusNotFound, "USER_NOT_FOUND", "not found")
	},
	"removeUserAccessFromChatRoomInApp": func(t *testing.T, s *stage) {
		want(t, s.sdk.call(t, "removeUserAccessFromChatRoomInApp", s.acme, "support", "ann"), "ok", true)
		s.wantMembers(t, s.acme)
		s.wantMembers(t, s.own, "ann")
	},
	"getUserChatsInApp": func(t *testing.T, s *stage) {
		answer := s.sdk.call(t, "getUserChatsInApp", s.acme, "ann", object{"limit": 10, "offset": 0, "includeMembers": true})
		want(t, answer, "chats.0.name", s.acme+"_support")
		want(t, answer, "chats.0.members.1.xmppUsername", s.acme+"_ann")
		thrown := s.sdk.refuse(t, "getUserChatsInApp", s.acme, "nobody")
		wantRefusal(t, thrown, http.StatusNotFound, "USER_NOT_FOUND", "not found")
	},
}

const unknownApp = "000000000000000000000000"

// newUsers is the body of a creation.
func newUsers(ids ...string) object {
	users := []any{}
	for _, id := range ids {
		users = append(users, object{
			"uuid": id, "email": id + "@example.com", "firstName": "First", "lastName": "Last", "password": "pass-" + id,
		})
	}
	return object{"bypassEmailConfirmation": true, "usersList": users}
}

// lastNamed is the body of a creation of one user with the last name.
func lastNamed(name string) object {
	return object{"usersList": []any{object{"email": "x@example.com", "firstName": "First", "lastName": name}}}
}

// wantRefusal checks what the SDK threw. With status 0 no server answered, and
// the words are the SDK's own.
func wantRefusal(t *testing.T, thrown *refusal, status int, code, words string) {
	t.Helper()
	gotCode, _ := at(thrown.Body, "code").(string)
	gotWords, _ := at(thrown.Body, "error").(string)
	if thrown.Status == 0 {
		gotWords = thrown.Message
	}
	if thrown.Status != status || gotCode != code || !strings.Contains(gotWords, words) {
		t.Errorf("the SDK threw %q with status %d and body %v, want status %d, code %q and %q", thrown.Message, thrown.Status, thrown.Body, status, code, words)
	}
}

// finishUsers polls a creation of users until it is done and returns the
// results.
func (s *stage) finishUsers(t *testing.T, appID string, accepted any) any {
	t.Helper()
	jobID := text(t, accepted, "jobId")
	for range 2 { // polls that a job of the mock takes
		job := s.sdk.call(t, "getUsersBatchJob", appID, jobID)
		if at(job, "state") == "completed" {
			return at(job, "result.results")
		}
	}
	t.Fatalf("job %s does not end", jobID)
	return nil
}

func (s *stage) seedBot(t *testing.T) {
	t.Helper()
	s.set(t, mock.Settings{SeedBot: &mock.SeedBot{AppID: s.acme}})
}

// answerInText makes the server answer a deletion as older ones do.
func (s *stage) answerInText(t *testing.T, path, words string) {
	t.Helper()
	plan := control.FaultPlan{Rules: []control.FaultRule{{
		Method:  http.MethodDelete,
		Path:    path,
		Status:  http.StatusUnprocessableEntity,
		Headers: map[string]string{"Content-Type": "text/plain"},
		Body:    words,
	}}}
	if err := s.mock.SetFaults(plan); err != nil {
		t.Fatal(err)
	}
}

// wantMembers checks who is in the room "support" besides the app itself.
func (s *stage) wantMembers(t *testing.T, appID string, ids ...string) {
	t.Helper()
	wanted := []string{appID + "_" + appID}
	for _, id := range ids {
		wanted = append(wanted, appID+"_"+id)
	}
	if members := s.room(t, appID, "support").Members; !slices.Equal(members, wanted) {
		t.Errorf("the members are %v, want %v", members, wanted)
	}
}
