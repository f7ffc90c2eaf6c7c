package ethora

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// addRoom completes a new room, puts it into the app and lets the app's system
// account in, which is a member of every room.
func (p *platform) addRoom(a *app, r *room) {
	now := p.now()
	r.ID = p.data.newID()
	if r.Name == "" {
		r.Name = a.localpart(r.ID)
	}
	r.CreatedAt, r.UpdatedAt = now, now
	r.Members = []string{a.systemAccount()}
	a.Rooms[r.Name] = r
}

// chatView renders a room (§8.1).
func (c *call) chatView(r *room, withMembers bool, view string) map[string]any {
	chat := map[string]any{
		"_id":         r.ID,
		"name":        r.Name,
		"title":       r.Title,
		"description": r.Description,
		"picture":     r.Picture,
		"type":        r.Type,
		"appId":       c.app.ID,
		"createdBy":   c.app.Users[c.app.systemAccount()].ID,
		"isAppChat":   r.Default,
		"reported":    false,
		"createdAt":   stamp(r.CreatedAt),
		"updatedAt":   stamp(r.UpdatedAt),
		"__v":         0,
	}
	if withMembers {
		chat["members"] = c.memberViews(r, view)
	}
	return chat
}

// memberViews renders the members of a room, at most as many as the settings
// show.
func (c *call) memberViews(r *room, view string) []any {
	members := c.membersOf(r, view)
	if most := c.settings.MemberListLimit; most > 0 && len(members) > most {
		members = members[:most]
	}
	rows := make([]any, 0, len(members))
	for _, u := range members {
		rows = append(rows, map[string]any{
			"_id":          u.ID,
			"xmppUsername": u.Name,
			"firstName":    u.FirstName,
			"lastName":     u.LastName,
			"profileImage": u.ProfileImage,
			"description":  "",
		})
	}
	return rows
}

func createChat(c *call) answer {
	schema := object{
		{"title", true, text{}},
		{"uuid", false, text{trim: true}},
		{"type", false, text{oneOf: []string{"group", "public"}}},
		{"description", false, text{empty: true}},
		{"picture", false, text{empty: true, uri: true}},
		{"members", false, list{of: text{}}},
	}
	given, wrong := schema.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	r := &room{
		Title:       given.text("title"),
		Description: given.text("description"),
		Picture:     given.text("picture"),
		Type:        cmp.Or(given.text("type"), "group"),
	}
	if id := given.text("uuid"); id != "" {
		r.Name = c.app.localpart(id)
	}
	if c.app.Rooms[r.Name] != nil {
		return c.conflict("Chat already exists")
	}
	members, found := findAll(given.texts("members"), c.app.liveMember)
	if !found {
		return c.missing(http.StatusNotFound, "USER_NOT_FOUND", "User not found")
	}
	c.addRoom(c.app, r)
	for _, u := range members {
		c.addMember(c.app, r, u.Name)
	}
	return answer{
		status: c.settings.CreateStatus,
		body:   c.settings.object(chatKind, "result", c.chatView(r, false, "")),
	}
}

func listChats(c *call) answer {
	limit, offset, wrong := c.pageWindow()
	if wrong != nil {
		return invalid(wrong)
	}
	withMembers, wrong := c.boolean("includeMembers")
	if wrong != nil {
		return invalid(wrong)
	}
	view := "chats " + c.app.ID
	rows := cutPage(c.app.roomsInOrder(), limit, offset, func(r *room) any {
		return c.chatView(r, withMembers, view)
	})
	if withMembers {
		c.lag.wasRead(view)
	}
	return ok(c.settings.list(chatKind, "results", rows))
}

func getChat(c *call) answer {
	r := c.app.room(c.path["chatName"])
	if r == nil {
		return c.chatMissing()
	}
	return ok(c.settings.object(chatKind, "result", c.chatView(r, false, "")))
}

func (c *call) chatMissing() answer {
	return c.missing(http.StatusNotFound, "CHAT_NOT_FOUND", "Chat not found")
}

func updateChat(c *call) answer {
	schema := object{{"title", false, text{}}, {"description", false, text{empty: true}}}
	given, wrong := schema.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	r := c.app.room(c.path["chatName"])
	if r == nil {
		return c.chatMissing()
	}
	r.Title = cmp.Or(given.text("title"), r.Title)
	if given.has("description") {
		r.Description = given.text("description")
	}
	r.UpdatedAt = c.now()
	return ok(c.settings.object(chatKind, "result", c.chatView(r, false, "")))
}

// deleteChat takes the name of the room, not its JID (§8.5).
func deleteChat(c *call) answer {
	given, wrong := object{{"name", true, text{}}}.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	name := given.text("name")
	r := c.app.room(name)
	if r == nil || strings.Contains(name, "@") {
		return c.missing(http.StatusUnprocessableEntity, "", "Chat not found")
	}
	delete(c.app.Rooms, r.Name)
	return ok(map[string]any{"ok": true})
}

// createPrivateChat opens the room of the app's own account and one user. It
// is idempotent (§8.8).
func createPrivateChat(c *call) answer {
	given, wrong := object{{"username", true, text{}}, {"e2ee", false, flag{}}}.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	peer := c.app.liveUser(given.text("username"))
	if peer == nil {
		return c.missing(http.StatusNotFound, "USER_NOT_FOUND", "User not found")
	}
	pair := []string{c.app.systemAccount(), peer.Name}
	slices.Sort(pair)
	name := strings.Join(pair, "-")
	if given.flag("e2ee") {
		name += "-e2ee"
	}
	r := c.app.Rooms[name]
	if r == nil {
		r = &room{Name: name, Title: peer.FirstName + " " + peer.LastName, Type: "private"}
		c.addRoom(c.app, r)
		c.addMember(c.app, r, peer.Name)
	}
	return ok(c.settings.object(chatKind, "result", c.chatView(r, false, "")))
}

// provision creates up to 20 default rooms, new ones on each call (§6.2).
func provision(c *call) answer {
	one := object{{"title", true, text{}}, {"pinned", false, flag{}}}
	schema := object{{"rooms", false, list{of: one, max: 20}}}
	given, wrong := schema.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	rows := []any{}
	for _, entry := range given.objects("rooms") {
		r := &room{Title: entry.text("title"), Type: "public", Default: true, Pinned: entry.flag("pinned")}
		c.addRoom(c.app, r)
		rows = append(rows, map[string]any{
			"_id":    r.ID,
			"name":   r.Name,
			"title":  r.Title,
			"jid":    r.Name + "@conference." + c.settings.XMPPHost,
			"pinned": r.Pinned,
		})
	}
	return ok(map[string]any{"ok": true, "rooms": rows})
}
