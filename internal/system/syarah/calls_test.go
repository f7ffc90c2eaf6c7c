package syarah_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

// manyChats is a chat with each of these users, in HCL.
func manyChats(users []string) string {
	return fmt.Sprintf(`
resource "chat_syarah_chat" "crowd" {
  for_each = toset(["%s"])
  user2_id = each.key
}
`, strings.Join(users, `", "`))
}

// crowd adds so many users.
func (e tenant) crowd(count int) []string {
	users := make([]string, count)
	for i := range users {
		users[i] = e.AddUser(fmt.Sprintf("User %d", i), "")
	}
	return users
}

// A plan of many chats takes one connection and one list, and so does a refresh,
// a destroy, and the plan before an apply. Only creations use the GET that
// creates, each once.
func TestCalls_manyChats(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	users := e.crowd(50)
	w := e.workspace(t, manyChats(users))
	apply(w, 10)
	e.wantCounts(t, "creating 50 chats", map[string]int{creation: 50})

	refresh := map[string]int{handshake: 1, connecting: 1, listing: 1}
	w.MustPlanEmpty("-parallelism=10")
	e.wantCounts(t, "a plan of 50 chats", refresh)
	apply(w, 10, "-refresh-only")
	e.wantCounts(t, "a refresh of 50 chats", refresh)
	w.MustPlanEmpty(`-target=chat_syarah_chat.crowd["` + users[7] + `"]`)
	e.wantCounts(t, "a plan of one chat of 50", refresh)

	// Chats that Syarah hides are looked for once more, all together: 50
	// conversations are three pages of 20.
	e.Settings(t, mock.Settings{HideEmptyChats: true})
	w.MustPlanEmpty("-parallelism=10")
	e.wantCounts(t, "a plan of 50 hidden chats", map[string]int{handshake: 1, connecting: 1, listing: 1, headers: 3})
	e.Settings(t, mock.Settings{})

	output := apply(w, 10, "-destroy")
	e.wantCounts(t, "destroying 50 chats", refresh)
	if !strings.Contains(output, "50 destroyed") || len(e.Snapshot().Chats) != 50 {
		t.Errorf("%d chats are left on the server:\n%s", len(e.Snapshot().Chats), output)
	}
}

// All that one run reads shares a connection, and a list where it is the same.
func TestCalls_oneConnection(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, janeBlock()+`
data "chat_syarah_chats" "mine" {}
data "chat_syarah_friendships" "mine" {}
data "chat_syarah_chat_headers" "mine" {}
data "chat_syarah_messages" "jane" {
  chat_header_id = chat_syarah_chat.jane.chat_header_id
}
`)
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty()
	e.wantCounts(t, "a plan of a chat and four data sources", map[string]int{
		handshake: 1, connecting: 1, listing: 1, headers: 1, "EMIT /socket.io/getMyFriendships": 1, "EMIT /socket.io/findAllMessages": 1,
	})
}

// The switch for benchmarks: each resource speaks to the server alone, though
// over one connection.
func TestCalls_withoutCoalescing(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, manyChats(e.crowd(12)), "CHAT_WITHOUT_COALESCING=1")
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty()
	e.wantCounts(t, "a plan of 12 chats", map[string]int{handshake: 1, connecting: 1, listing: 12})
}

// What was created in the same run is not taken from a list of before.
func TestCalls_listsOfBefore(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	for i, user := range e.crowd(3) {
		chat := p.Apply(t.Context(), chatType, map[string]any{"user2_id": user, "strict_read": true}, nil)
		if got := p.Refresh(t.Context(), chatType, chat); got.Problems != nil || number(got.State, "chat_header_id") != 101+i {
			t.Errorf("%v %q", got.State, got.Problems)
		}
		if rows := read(t, p, chatsType, nil)["chats"].([]any); len(rows) != i+1 {
			t.Errorf("after %d creations there are %d chats", i+1, len(rows))
		}
	}
	e.wantCounts(t, "three chats, each read twice", map[string]int{handshake: 1, connecting: 1, creation: 3, listing: 3})
}

// A connection that is lost in the middle of a plan is made again.
func TestCalls_connectionLost(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"cut", "close", "disconnect"} {
		e := startTenant(t)
		p := e.Protocol(t)
		chat := p.Apply(t.Context(), chatType, jane, nil)
		p.Refresh(t.Context(), chatType, chat)
		if err := e.Disconnect(how); err != nil {
			t.Fatal(err)
		}
		e.Edit(t, "GET", "/api/chat/getChatHeaderAsync?user1Id="+mock.UserID+"&user2Id="+mock.StrangerID, nil)
		if rows := read(t, e.Protocol(t), chatsType, nil)["chats"].([]any); len(rows) != 2 {
			t.Errorf("%s: the chats are %v", how, rows)
		}
		if got := read(t, p, friendshipsType, nil); len(got["friendships"].([]any)) != 2 {
			t.Errorf("%s: the friendships are %v", how, got)
		}
	}
}

// A backend that is asked too often is obeyed, and all ends well.
func TestCalls_rateLimit(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Path: "getChatHeaderAsync", Status: 429, Headers: map[string]string{"Retry-After": "0"}, Times: 5})
	w := e.workspace(t, manyChats(e.crowd(10)))
	apply(w, 10)
	if chats := len(e.Snapshot().Chats); chats != 10 {
		t.Errorf("there are %d chats", chats)
	}
	e.ResetRequests()

	// One's own limit counts events and calls.
	slow := e.workspace(t, manyChats(e.crowd(3)), "SYARAH_REQUESTS_PER_SECOND=50", "SYARAH_MAX_CONCURRENT_REQUESTS=1")
	apply(slow, 10)
	slow.MustPlanEmpty()
	e.wantCounts(t, "three chats, slowly", map[string]int{creation: 3, handshake: 1, connecting: 1, listing: 1})
}
