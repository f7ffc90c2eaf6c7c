package rocketchat

import (
	"net/http"
	"slices"
)

// openRooms are the open rooms that were opened with a token.
func (d *data) openRooms(token string) []*room {
	var open []*room
	for _, r := range d.Rooms {
		if r.Open && r.Token == token {
			open = append(open, r)
		}
	}
	return open
}

// removeRoom removes a room and its messages.
func (d *data) removeRoom(r *room) {
	d.Rooms = slices.DeleteFunc(d.Rooms, func(other *room) bool { return other == r })
	d.Messages = slices.DeleteFunc(d.Messages, func(m *message) bool { return m.RoomID == r.ID })
}

// roomOf finds a room, open or closed, by the token of its visitor.
func (c *call) roomOf(token, id string) (*room, *answer) {
	if c.data.visitor(token) == nil {
		return nil, invalidToken()
	}
	r := c.data.room(id)
	if r == nil || r.Token != token {
		return nil, invalidRoom()
	}
	return r, nil
}

// servedBy renders who serves a room, nil for nobody.
func (c *call) servedBy(r *room) map[string]any {
	u := c.data.user(r.ServedBy)
	if u == nil {
		return nil
	}
	return map[string]any{"_id": u.ID, "username": u.Username, "ts": stamp(r.ServedSince)}
}

// roomView renders a room for its visitor (§2.5).
func (c *call) roomView(r *room) map[string]any {
	v := map[string]any{"_id": r.VisitorID, "username": r.Username, "token": r.Token, "status": r.VisitorStatus}
	view := map[string]any{
		"_id":             r.ID,
		"fname":           r.Name,
		"t":               "l",
		"v":               v,
		"open":            r.Open,
		"ts":              stamp(r.CreatedAt),
		"lm":              stamp(r.CreatedAt),
		"_updatedAt":      stamp(r.UpdatedAt),
		"usersCount":      1,
		"cl":              false,
		"waitingResponse": true,
		"default":         false,
		"ro":              false,
		"sysMes":          true,
		"source":          map[string]any{"type": "api"},
	}
	if r.DepartmentID != "" {
		view["departmentId"] = r.DepartmentID
	}
	if len(r.CustomFields) > 0 {
		view["livechatData"] = r.CustomFields
	}
	if served := c.servedBy(r); served != nil {
		view["servedBy"], view["usersCount"] = served, 2
	}
	count := 0
	for _, m := range c.data.Messages {
		if m.RoomID == r.ID && m.Type == "" {
			count++
			view["lm"], v["lastMessageTs"] = stamp(m.CreatedAt), stamp(m.CreatedAt)
			view["lastMessage"] = messageView(m)
		}
	}
	view["msgs"] = count
	return view
}

// listRooms lists rooms for the admin, closed ones too; agents may see their own
// only, and say so [server source]. The order is not the server's.
func listRooms(c *call) *answer {
	query, refused := c.query(paging(optional("open", yesOrNo), optional("departmentId", text{}), optional("roomName", text{}), optional("agents", text{}))...)
	if refused != nil {
		return refused
	}
	if !c.user.Admin && query.text("agents") != c.user.ID {
		return failure("unauthorized").with(http.StatusForbidden)
	}
	rows := []map[string]any{}
	for _, r := range c.data.Rooms {
		wanted := query.text("open") == "" || r.Open == (query.text("open") == "true")
		for key, has := range map[string]string{"departmentId": r.DepartmentID, "roomName": r.Name, "agents": r.ServedBy} {
			wanted = wanted && (query.text(key) == "" || query.text(key) == has)
		}
		if !wanted {
			continue
		}
		row := c.roomView(r)
		if !r.Open {
			delete(row, "open") // as in the server's database
		}
		rows = append(rows, row)
	}
	return c.page("rooms", rows, "ts", query)
}

// getRoom gets the open room or opens one: the only GET that creates (§2.5).
func getRoom(c *call) *answer {
	given := c.givenQuery()
	if wrong := closed(required("token", text{}), optional("rid", text{}), optional("agentId", text{})).refuse(map[string]any(given)); wrong != nil {
		return failure(wrong.matchError())
	}
	token := given.text("token")
	v := c.data.visitor(token)
	if token == "" || v == nil {
		return invalidToken()
	}
	open := c.data.openRooms(token)
	if id := given.text("rid"); id != "" {
		open = slices.DeleteFunc(open, func(r *room) bool { return r.ID != id })
		if len(open) == 0 {
			return invalidRoom()
		}
	}
	if len(open) > 0 {
		return ok(map[string]any{"room": c.roomView(open[0]), "newRoom": false})
	}
	r, refused := c.openRoom(v, c.data.user(given.text("agentId")))
	if refused != nil {
		return refused
	}
	c.touch()
	return ok(map[string]any{"room": c.roomView(r), "newRoom": true})
}

// openRoom opens a room with the wanted agent, or with the next one when there
// is none or when the wanted one is offline.
func (c *call) openRoom(v *visitor, wanted *user) (*room, *answer) {
	if c.settings.OmnichannelOff {
		return nil, refusal("error-omnichannel-is-disabled", "")
	}
	if c.settings.ContactsBlocked {
		return nil, failure("error-contact-channel-blocked")
	}
	departmentID := v.DepartmentID
	if departmentID == "" && wanted == nil {
		departmentID = c.registrationDepartment()
	}
	departmentID = c.fallback(departmentID)
	if wanted == nil && !c.anyoneOnline(departmentID) && !c.settings.AcceptWithoutAgents {
		return nil, refusal("no-agent-online", "Sorry, no online agents")
	}
	r := &room{
		ID:            c.data.newID(),
		Name:          v.Name,
		VisitorID:     v.ID,
		Username:      v.Username,
		Token:         v.Token,
		VisitorStatus: v.Status,
		DepartmentID:  departmentID,
		Open:          true,
		CreatedAt:     c.now(),
		UpdatedAt:     c.now(),
	}
	setDefault(&r.Name, v.Username)
	c.data.Rooms = append(c.data.Rooms, r)
	c.addSystemMessage(r, "livechat-started", "", v.ID, v.Username)
	if !c.online(wanted) {
		wanted = c.nextAgent(departmentID)
	}
	if wanted != nil {
		c.assign(r, wanted)
	}
	return r, nil
}

// fallback follows the fallback departments of one whose agents are all
// offline, and returns the first that has one online; else the department
// itself.
func (c *call) fallback(departmentID string) string {
	seen := map[string]bool{}
	for at := departmentID; at != "" && !seen[at]; {
		if c.anyoneOnline(at) {
			return at
		}
		seen[at] = true
		d := c.data.department(at)
		if d == nil {
			break
		}
		at = d.text("fallbackForwardDepartment")
	}
	return departmentID
}

// assign lets an agent take a room.
func (c *call) assign(r *room, u *user) {
	r.ServedBy, r.ServedSince, r.UpdatedAt = u.ID, c.now(), c.now()
	c.addSystemMessage(r, "command", "connected", u.ID, u.Username)
}

// closeRoom closes a room for its visitor, once (§2.4).
func closeRoom(c *call) *answer {
	given, refused := c.read(required("token", text{}), required("rid", text{}))
	if refused != nil {
		return refused
	}
	if c.settings.VisitorsMayNotClose {
		return failure("error-not-allowed-to-close-conversation")
	}
	r, refused := c.roomOf(given.text("token"), given.text("rid"))
	if refused != nil {
		return refused
	}
	if !r.Open {
		return failure("room-closed")
	}
	c.close(r, "visitor", c.settings.ClosedByVisitor, r.VisitorID, r.Username)
	return ok(map[string]any{"rid": r.ID, "comment": r.Comment})
}

func (c *call) close(r *room, closer, comment, authorID, username string) {
	r.Open, r.Closer, r.Comment, r.VisitorStatus, r.UpdatedAt = false, closer, comment, "offline", c.now()
	c.addSystemMessage(r, "livechat-close", comment, authorID, username)
}

// closeRoomByUser closes a room for an agent or the admin (§3).
func closeRoomByUser(c *call) *answer {
	given, refused := c.read(required("rid", text{}), optional("comment", text{}), optional("tags", list{of: text{}}),
		optional("generateTranscriptPdf", flag{}), optional("transcriptEmail", object{open: true}), optional("forceClose", flag{}))
	if refused != nil {
		return refused
	}
	r := c.data.room(given.text("rid"))
	switch {
	case r == nil:
		return failure("error-invalid-room")
	case !r.Open:
		return failure("error-room-already-closed")
	}
	c.close(r, "user", given.text("comment"), c.user.ID, c.user.Username)
	return ok(nil)
}

// deleteRoom removes a closed room. Of an open one it tells no reason (§3).
func deleteRoom(c *call) *answer {
	given, refused := c.read(required("roomId", text{}))
	if refused != nil {
		return refused
	}
	r := c.data.room(given.text("roomId"))
	switch {
	case r == nil:
		return failure("Invalid room")
	case r.Open:
		return silent()
	}
	c.data.removeRoom(r)
	return ok(nil)
}

// The items of the survey, as they are spelled on the wire, and their values.
var (
	surveyItems  = []string{"satisfaction", "agentKnowledge", "agentResposiveness", "agentFriendliness"}
	surveyValues = []string{"1", "2", "3", "4", "5"}
)

// submitSurvey keeps what it knows and drops the rest without a word. It
// replaces what an earlier one left, and asks not whether the room is open (§2.4).
func submitSurvey(c *call) *answer {
	item := closed(required("name", text{}), required("value", text{}))
	given, refused := c.read(required("token", text{}), required("rid", text{}), required("data", list{of: item, min: 1}))
	if refused != nil {
		return refused
	}
	r, refused := c.roomOf(given.text("token"), given.text("rid"))
	if refused != nil {
		return refused
	}
	kept := map[string]string{}
	for _, one := range given.objects("data") {
		name, value := one.text("name"), one.text("value")
		if name == "additionalFeedback" || slices.Contains(surveyItems, name) && slices.Contains(surveyValues, value) {
			kept[name] = value
		}
	}
	if len(kept) == 0 {
		return failure("invalid-data")
	}
	r.Survey = kept
	return ok(map[string]any{"rid": r.ID, "data": kept})
}

// transferRoom moves an open room to a department, whose next agent must be
// another one than serves the room now [server source]. The room need not be
// the visitor's.
func transferRoom(c *call) *answer {
	given, refused := c.read(required("token", text{}), required("rid", text{}), required("department", text{}))
	if refused != nil {
		return refused
	}
	r, departmentID := c.data.room(given.text("rid")), given.text("department")
	switch {
	case c.data.visitor(given.text("token")) == nil:
		return invalidToken()
	case r == nil:
		return failure("error-invalid-room")
	case !r.Open:
		return failure("This_conversation_is_already_closed")
	case c.data.department(departmentID) == nil:
		return failure("error-invalid-department")
	case r.DepartmentID == departmentID:
		return failure("error-forwarding-chat-same-department")
	}
	next := c.nextInDepartment(c.data.department(departmentID))
	if next == nil || next.AgentID == r.ServedBy {
		return failure("error-no-agents-online-in-department")
	}
	next.Count++
	r.DepartmentID = departmentID
	c.addSystemMessage(r, "livechat_transfer_history", "", r.VisitorID, r.Username)
	c.assign(r, c.data.user(next.AgentID))
	return ok(nil)
}

// sendTranscript mails the messages of a room to anybody. Open rooms have
// transcripts too, whatever the OpenAPI file says [server source].
func sendTranscript(c *call) *answer {
	given, refused := c.read(required("rid", text{}), required("token", text{}), required("email", text{}))
	if refused != nil {
		return refused
	}
	r := c.data.room(given.text("rid"))
	switch {
	case c.data.visitor(given.text("token")) == nil:
		return failure("error-invalid-token")
	case r == nil || r.Token != given.text("token"):
		return failure("error-invalid-room")
	case c.settings.MailFails:
		refused := silent()
		refused.body["message"] = "Error sending Omnichannel transcript"
		return refused
	}
	c.data.Mails = append(c.data.Mails, &mail{Kind: "transcript", RoomID: r.ID, Email: given.text("email"), SentAt: c.now()})
	return ok(map[string]any{"message": "Livechat transcript sent"})
}
