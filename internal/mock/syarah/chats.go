package syarah

import (
	"cmp"
	"net/http"
	"slices"
)

// chatMissing is the answer about a chat that is not there, and about one of
// others: who is no member does not learn of it [assumed].
func chatMissing() *answer { return failure(http.StatusNotFound, "Chat header not found") }

// ownChat finds a chat of the user by the id in the payload.
func (c *call) ownChat() (*chat, *answer) {
	found := c.data.chat(c.given.number("chatHeaderId"))
	if found == nil || !found.has(c.user.ID) {
		return nil, chatMissing()
	}
	return found, nil
}

// getOrCreate returns the chat of two users, whatever their order (§3).
func (c *call) getOrCreate(one, other string) (*chat, *answer) {
	switch {
	case one == other:
		return nil, invalid("A chat is between two different users")
	case c.data.user(one) == nil || c.data.user(other) == nil:
		return nil, failure(http.StatusNotFound, "User not found")
	}
	found := c.data.chatOf(one, other)
	if found == nil {
		found = c.data.addChat(c.now(), one, other)
		c.changed()
	}
	return found, nil
}

// getChatHeader is getChatHeaderAsync: it gets or creates (§3) [seed]. That one
// of the two must be the token's user is [assumed].
func getChatHeader(c *call) *answer {
	payload := map[string]any{}
	for key, values := range c.request.URL.Query() {
		payload[key] = values[0]
	}
	given, refused := read(payload, false, []field{{"user1Id", guid, required}, {"user2Id", guid, required}})
	if refused != nil {
		return refused
	}
	one, other := given.text("user1Id"), given.text("user2Id")
	if c.user != nil && !c.settings.Strangers && one != c.user.ID && other != c.user.ID {
		return failure(http.StatusForbidden, "The chat would be between two others")
	}
	found, refused := c.getOrCreate(one, other)
	if refused != nil {
		return refused
	}
	return ok(map[string]any{
		"id":           found.ID,
		"user1Id":      found.Members[0],
		"user2Id":      found.Members[1],
		"creationTime": stamp(found.CreatedAt),
	})
}

// joinRoom gets or creates the chat, joins its room, and marks the user as
// viewing (§4) [seed]. The operator has no socket that could join.
func joinRoom(c *call) *answer {
	joined, refused := c.roomToJoin()
	if refused != nil {
		return refused
	}
	member := c.memberView(joined, c.user.ID)
	if c.socket != nil && c.sockets[c.socket.connection] == c.socket { // not gone meanwhile
		isNew := c.socket.rooms[joined.ID] == ""
		c.socket.rooms[joined.ID] = c.user.ID
		member = c.memberView(joined, c.user.ID)
		if isNew {
			c.broadcast(joined.ID, "onMemberJoin", member, false)
		}
	}
	members := c.membersView(joined)
	body := map[string]any{
		"chatHeaderId":  joined.ID,
		"joined":        true,
		"roomMembers":   members,
		"currentMember": member,
		"members":       members,
	}
	if !joined.Group {
		body["friendshipStatus"] = c.friendshipStatus(c.user.ID, joined.other(c.user.ID))
	}
	if c.settings.JoinAnswer == "chatHeader" {
		delete(body, "chatHeaderId")
		body["chatHeader"] = map[string]any{"id": joined.ID}
	}
	return ok(body)
}

// roomToJoin finds the chat of joinRoom. userId and socketId, where they are
// told, must be the caller's own [assumed].
func (c *call) roomToJoin() (*chat, *answer) {
	switch {
	case c.given.has("chatHeaderId") == c.given.has("otherUserId"):
		return nil, invalid("Either chatHeaderId or otherUserId is required")
	case c.given.has("userId") && c.given.text("userId") != c.user.ID:
		return nil, failure(http.StatusForbidden, "userId is not that of the access token")
	case c.given.has("socketId") && c.socket != nil && c.given.text("socketId") != c.socket.id:
		return nil, invalid("socketId is not that of this socket")
	case c.given.has("chatHeaderId"):
		return c.ownChat()
	}
	return c.getOrCreate(c.user.ID, c.given.text("otherUserId"))
}

// leaveRoom leaves the room, also when the socket has not joined it [assumed].
func leaveRoom(c *call) *answer {
	left, refused := c.ownChat()
	if refused != nil {
		return refused
	}
	if c.socket != nil {
		delete(c.socket.rooms, left.ID)
	}
	switch c.settings.LeaveAnswer {
	case "null":
		return ok(nil)
	case "empty":
		return nothing()
	}
	return ok(map[string]any{"success": true})
}

// memberView renders a member; the shape is [assumed].
func (c *call) memberView(in *chat, userID string) map[string]any {
	view := map[string]any{"userId": userID, "name": nil, "avatar": nil, "isOnline": c.online(userID), "isViewingChat": c.views(userID, in.ID)}
	if u := c.data.user(userID); u != nil {
		view["name"], view["avatar"] = u.Name, u.Avatar
	}
	return view
}

func (c *call) membersView(of *chat) []map[string]any {
	members := []map[string]any{}
	for _, member := range of.Members {
		members = append(members, c.memberView(of, member))
	}
	return members
}

// An overview is what lists of chats tell of the messages of one.
type overview struct {
	last   *message
	unread int
}

// overviews reads all messages once, for the eyes of the user.
func (c *call) overviews() map[int]overview {
	byChat := map[int]overview{}
	for _, m := range c.data.Messages {
		o := byChat[m.ChatID]
		o.last = m
		if m.UserID != c.user.ID && m.ID > c.data.chat(m.ChatID).Read[c.user.ID] {
			o.unread++
		}
		byChat[m.ChatID] = o
	}
	return byChat
}

// newest is the id of the last message, 0 without one.
func (o overview) newest() int {
	if o.last == nil {
		return 0
	}
	return o.last.ID
}

// myChats returns the chats of the user, that with the newest message first,
// those without messages last.
func (c *call) myChats(byChat map[int]overview) []*chat {
	var mine []*chat
	for _, one := range c.data.Chats {
		if one.has(c.user.ID) {
			mine = append(mine, one)
		}
	}
	slices.SortFunc(mine, func(a, b *chat) int {
		return cmp.Or(cmp.Compare(byChat[b.ID].newest(), byChat[a.ID].newest()), cmp.Compare(b.ID, a.ID))
	})
	return mine
}

// getMyChats tells the individual chats of the user (§4) [seed].
func getMyChats(c *call) *answer {
	byChat := c.overviews()
	rows := []map[string]any{}
	for _, one := range c.myChats(byChat) {
		o := byChat[one.ID]
		if one.Group || c.settings.HideEmptyChats && o.last == nil {
			continue
		}
		if c.settings.ChatsLimit > 0 && len(rows) == c.settings.ChatsLimit {
			break
		}
		other := c.data.user(one.other(c.user.ID))
		row := map[string]any{
			"chatHeaderId":     one.ID,
			"userId":           other.ID,
			"userName":         other.Name,
			"userAvatar":       other.Avatar,
			"lastMessage":      nil,
			"lastMessageTime":  nil,
			"creationTime":     stamp(one.CreatedAt),
			"isOnline":         c.online(other.ID),
			"unreadCount":      o.unread,
			"friendshipStatus": c.friendshipStatus(c.user.ID, other.ID),
		}
		if o.last != nil {
			row["lastMessage"], row["lastMessageTime"] = o.last.Text, stamp(o.last.CreatedAt)
		}
		rows = append(rows, row)
	}
	return ok(rows)
}

// findAllChatHeaders tells all chats of the user, groups included. The rows, and
// that those named in RoomsWithLastMessageIds bring their newer messages, are
// [assumed].
func findAllChatHeaders(c *call) *answer {
	for _, key := range []string{"UserId", "userId"} {
		if c.given.has(key) && c.given.text(key) != c.user.ID {
			return failure(http.StatusForbidden, key+" is not that of the access token")
		}
	}
	page, refused := c.page("SkipCount", "MaxResultCount")
	if refused != nil {
		return refused
	}
	known := map[int]int{}
	rooms, _ := c.given["RoomsWithLastMessageIds"].([]any)
	for _, room := range rooms {
		known[room.(cursor).ChatHeaderID] = room.(cursor).LastMessageID
	}
	byChat := c.overviews()
	rows := []map[string]any{}
	for _, one := range c.myChats(byChat) {
		row := map[string]any{
			"id":           one.ID,
			"isGroup":      one.Group,
			"name":         one.Name,
			"members":      c.membersView(one),
			"creationTime": stamp(one.CreatedAt),
			"lastMessage":  nil,
			"unreadCount":  byChat[one.ID].unread,
		}
		if last := byChat[one.ID].last; last != nil {
			row["lastMessage"] = c.messageView(last)
		}
		if !one.Group {
			row["friendshipStatus"] = c.friendshipStatus(c.user.ID, one.other(c.user.ID))
		}
		if after, named := known[one.ID]; named {
			row["chatMessages"] = c.messagesAfter(one.ID, after)
		}
		rows = append(rows, c.cased(row))
	}
	return c.list(page, rows)
}

func (c *call) messagesAfter(chatID, after int) []map[string]any {
	newer := []map[string]any{}
	for _, m := range c.data.Messages {
		if m.ChatID == chatID && m.ID > after {
			newer = append(newer, c.messageView(m))
		}
	}
	return newer
}
