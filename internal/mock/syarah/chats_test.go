package syarah_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// The GET creates, once for both orders of the users.
func TestGetChatHeader(t *testing.T) {
	b := newBench(t)
	const call = "GET /api/chat/getChatHeaderAsync?user1Id=%s&user2Id=%s"
	first := b.rest(fmt.Sprintf(call, "OWNER", "FRIEND"), "", nil).is(200)
	first.equals(`{"data":{"creationTime":"2026-11-21T12:00:00Z","id":101,"user1Id":"` + syarah.UserID + `","user2Id":"` + syarah.FriendID + `"},"message":null,"success":true}`)
	b.clock.Add(60)
	for _, again := range []string{fmt.Sprintf(call, "OWNER", "FRIEND"), fmt.Sprintf(call, "FRIEND", "OWNER"), fmt.Sprintf(call, "OWNER", strings.ToUpper(syarah.FriendID))} {
		b.rest(again, "", nil).is(200).equals(first.raw)
	}
	b.rest(fmt.Sprintf(call, "STRANGER", "OWNER"), "", nil).is(200).has("102", "data", "id")
	state := b.mock.Snapshot()
	if len(state.Chats) != 2 || state.Chat(syarah.FriendID, syarah.UserID).ID != 101 || state.Chat(syarah.FriendID, syarah.StrangerID) != nil {
		t.Errorf("the chats are %+v", state.Chats)
	}
	b.call(fmt.Sprintf(call, "OWNER", "FRIEND"), nil, "Authorization", "Bearer "+b.mock.AccessTokenOf(syarah.FriendID)).is(200).has("101", "data", "id")
}

func TestFriendships(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	b.friend()
	b.chat("CHAT", "FRIEND")
	c.ask("getMyFriendships", `{}`).equals(`[[` +
		`{"avatar":"https://files.example/jane.jpg","chatHeaderId":101,"isOnline":true,"name":"Jane Friend","userId":"` + syarah.FriendID + `"},` +
		`{"avatar":null,"chatHeaderId":null,"isOnline":false,"name":"Sami Friend","userId":"` + syarah.SecondFriendID + `"}]]`)
	c.ask("getMyFriendships", ``).has("Jane Friend", 0, 0, "name")
	b.connect(syarah.StrangerID, b.mock.AccessTokenOf(syarah.StrangerID)).ask("getMyFriendships", `{}`).equals(`[[]]`)
	accepted := syarah.Accepted
	if err := b.mock.SetFriendship(syarah.StrangerID, syarah.UserID, &accepted); err != nil {
		t.Fatal(err)
	}
	c.ask("getMyFriendships", `{}`).has("Stella Stranger", 0, 2, "name")
	if err := b.mock.SetFriendship(syarah.UserID, syarah.FriendID, nil); err != nil {
		t.Fatal(err)
	}
	c.ask("getMyFriendships", `{}`).has("Sami Friend", 0, 0, "name").has("<nil>", 0, 2)
}

// joinRoom gets or creates, lets the socket in, and tells the others there.
func TestJoinRoom(t *testing.T) {
	b := newBench(t)
	c, friend := b.owner(), b.friend()
	c.told()
	member := func(id, name, avatar string, viewing bool) string {
		return fmt.Sprintf(`{"avatar":%s,"isOnline":true,"isViewingChat":%t,"name":%q,"userId":%q}`, avatar, viewing, name, id)
	}
	owner := member(syarah.UserID, "Omar Owner", `"https://files.example/omar.jpg"`, true)
	jane := func(viewing bool) string {
		return member(syarah.FriendID, "Jane Friend", `"https://files.example/jane.jpg"`, viewing)
	}
	members := "[" + owner + "," + jane(false) + "]"
	c.ask("joinRoom", `{"otherUserId":"FRIEND"}`).equals(`[{"chatHeaderId":101,"currentMember":` + owner +
		`,"friendshipStatus":1,"joined":true,"members":` + members + `,"roomMembers":` + members + `}]`)
	if chats := b.mock.Snapshot().Chats; len(chats) != 1 {
		t.Errorf("the chats are %+v", chats)
	}
	friend.ask("joinRoom", `{"chatHeaderId":101,"socketId":"SOCKET","userId":"FRIEND"}`).has("101", 0, "chatHeaderId")
	friend.ask("joinRoom", `{"otherUserId":"OWNER"}`).has("101", 0, "chatHeaderId").has(syarah.FriendID, 0, "currentMember", "userId")
	c.hears(`42["onMemberJoin",` + jane(true) + `]`) // once, for the second join is none
	friend.hears()
	friend.ask("leaveRoom", `{"chatHeaderId":101}`).equals(`[{"success":true}]`)
	friend.ask("leaveRoom", `{"chatHeaderId":101}`).equals(`[{"success":true}]`)
	for _, socket := range b.mock.Snapshot().Sockets {
		if want := map[string]string{c.id: "[101]", friend.id: "[]"}[socket.ID]; fmt.Sprint(socket.Rooms) != want {
			t.Errorf("the socket %+v should be in %s", socket, want)
		}
	}
}

func TestFriendshipStatus(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	for other, want := range map[string]string{
		syarah.FriendID: "1", syarah.PendingID: "0", syarah.RejectedID: "2", syarah.BlockedID: "3", syarah.StrangerID: "<nil>",
	} {
		joined := c.ask("joinRoom", `{"otherUserId":"`+other+`"}`).has(want, 0, "friendshipStatus")
		if !strings.Contains(joined.raw, `"friendshipStatus":`) {
			t.Errorf("the answer has no friendshipStatus: %s", joined.raw)
		}
	}
	group, err := b.mock.AddGroup("Team", syarah.UserID, syarah.FriendID)
	if err != nil {
		t.Fatal(err)
	}
	if joined := c.ask("joinRoom", fmt.Sprintf(`{"chatHeaderId":%d}`, group)); strings.Contains(joined.raw, `"friendshipStatus"`) {
		t.Errorf("a group has a friendshipStatus: %s", joined.raw)
	}
}

// getMyChats: individual chats only, that with the newest message first, empty
// ones last.
func TestMyChats(t *testing.T) {
	b := newBench(t)
	b.chat("FIRST", "FRIEND")
	b.chat("SECOND", syarah.SecondFriendID)
	b.chat("EMPTY", "STRANGER")
	b.chat("NEWER", syarah.BlockedID)
	if _, err := b.mock.AddGroup("Team", syarah.UserID, syarah.FriendID); err != nil {
		t.Fatal(err)
	}
	c, friend := b.owner(), b.friend()
	say := func(who *client, token, chat, text string) {
		t.Helper()
		who.emit("createMessage", fmt.Sprintf(`{"message":%q,"chatHeaderId":%s,"messageType":0,"accessToken":%q}`, text, chat, token))
		who.settle()
	}
	say(c, b.mock.AccessToken(), "SECOND", "one")
	b.clock.Add(60)
	say(friend, b.mock.AccessTokenOf(syarah.FriendID), "FIRST", "two")
	say(friend, b.mock.AccessTokenOf(syarah.FriendID), "FIRST", "three")
	got := c.ask("getMyChats", `{}`)
	got.has("101", 0, 0, "chatHeaderId").has("2", 0, 0, "unreadCount").has("three", 0, 0, "lastMessage").
		has("102", 0, 1, "chatHeaderId").has("0", 0, 1, "unreadCount").has("false", 0, 1, "isOnline").
		has("104", 0, 2, "chatHeaderId").has("103", 0, 3, "chatHeaderId").has("<nil>", 0, 4)
	first := `{"chatHeaderId":101,"creationTime":"2026-11-21T12:00:00Z","friendshipStatus":1,"isOnline":true,"lastMessage":"three","lastMessageTime":"2026-11-21T12:01:00Z","unreadCount":2,` +
		`"userAvatar":"https://files.example/jane.jpg","userId":"` + syarah.FriendID + `","userName":"Jane Friend"}`
	last := `{"chatHeaderId":103,"creationTime":"2026-11-21T12:00:00Z","friendshipStatus":null,"isOnline":false,"lastMessage":null,"lastMessageTime":null,"unreadCount":0,` +
		`"userAvatar":null,"userId":"` + syarah.StrangerID + `","userName":"Stella Stranger"}`
	if !strings.HasPrefix(got.raw, "[["+first+",") || !strings.HasSuffix(got.raw, ","+last+"]]") {
		t.Errorf("the chats are %s", got.raw)
	}
	// Reading ends with what is there: the next message is unread again.
	c.emit("readMessage", `{"chatHeaderId":FIRST}`)
	c.ask("getMyChats", `{}`).has("0", 0, 0, "unreadCount")
	say(friend, b.mock.AccessTokenOf(syarah.FriendID), "FIRST", "four")
	c.ask("getMyChats", `{}`).has("1", 0, 0, "unreadCount").has("four", 0, 0, "lastMessage")
	friend.ask("getMyChats", `{}`).has("0", 0, 0, "unreadCount").has("Omar Owner", 0, 0, "userName").has("<nil>", 0, 1)

	b.set(syarah.Settings{HideEmptyChats: true})
	c.ask("getMyChats", `{}`).has("102", 0, 1, "chatHeaderId").has("<nil>", 0, 2)
	b.set(syarah.Settings{ChatsLimit: 3})
	c.ask("getMyChats", `{}`).has("104", 0, 2, "chatHeaderId").has("<nil>", 0, 3)
	if err := b.mock.DeleteChat(101); err != nil {
		t.Fatal(err)
	}
	c.ask("getMyChats", `{}`).has("102", 0, 0, "chatHeaderId")
	if messages := b.mock.Snapshot().Messages; len(messages) != 1 {
		t.Errorf("the messages left are %+v", messages)
	}
}

func TestFindAllChatHeaders(t *testing.T) {
	b := newBench(t)
	b.chat("FIRST", "FRIEND")
	b.chat("SECOND", "STRANGER")
	group, err := b.mock.AddGroup("Team", syarah.UserID, syarah.FriendID, syarah.BlockedID)
	if err != nil {
		t.Fatal(err)
	}
	c := b.owner()
	for _, text := range []string{"one", "two"} {
		c.emit("createMessage", `{"message":"`+text+`","chatHeaderId":FIRST,"messageType":0,"accessToken":"TOKEN"}`)
	}
	all := c.ask("findAllChatHeaders", `{"AccessToken":"TOKEN","UserId":"OWNER","userId":"OWNER","SkipCount":0,"MaxResultCount":20}`)
	all.has("101", 0, 0, "id").has("two", 0, 0, "lastMessage", "message").has("1", 0, 0, "friendshipStatus").has(syarah.FriendID, 0, 0, "members", 1, "userId").
		has(fmt.Sprint(group), 0, 1, "id").has("true", 0, 1, "isGroup").has("Team", 0, 1, "name").has("<nil>", 0, 1, "lastMessage").has(syarah.BlockedID, 0, 1, "members", 2, "userId").
		has("102", 0, 2, "id").has("<nil>", 0, 3)
	if strings.Contains(all.raw, "chatMessages") {
		t.Errorf("messages were told that nobody has asked for: %s", all.raw)
	}
	c.ask("findAllChatHeaders", `{"AccessToken":"TOKEN","SkipCount":1,"MaxResultCount":1}`).has(fmt.Sprint(group), 0, 0, "id").has("<nil>", 0, 1)
	c.ask("findAllChatHeaders", `{"AccessToken":"TOKEN","SkipCount":9}`).equals("[[]]")
	c.ask("findAllChatHeaders", `{"AccessToken":"TOKEN","RoomsWithLastMessageIds":[{"ChatHeaderId":FIRST,"LastMessageId":1001},{"ChatHeaderId":SECOND,"LastMessageId":0}]}`).
		has("two", 0, 0, "chatMessages", 0, "message").has("<nil>", 0, 0, "chatMessages", 1).has("<nil>", 0, 1, "chatMessages").has("[]", 0, 2, "chatMessages")
}
