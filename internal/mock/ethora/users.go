package ethora

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// userSchema is the body of users/batch (§5.1).
func (s Settings) userSchema() object {
	one := object{
		{"uuid", false, text{trim: true, min: 2}},
		{"email", true, text{trim: true, lower: true, email: true}},
		{"firstName", true, text{min: s.FirstNameMin}},
		{"lastName", true, text{min: 2}},
		{"password", false, text{min: 4}},
		{"profileImage", false, text{uri: true}},
	}
	return object{
		{"bypassEmailConfirmation", false, flag{}},
		{"usersList", true, list{of: one, min: 1, max: 100}},
	}
}

// addUser completes a new user and puts it into the app. A user without a
// uuid is named after its Mongo id (§1.1).
func (p *platform) addUser(a *app, u *user) {
	now := p.now()
	u.ID = p.data.newID()
	u.Status = active
	u.CreatedAt, u.UpdatedAt = now, now
	u.Name = a.xmppUsername(cmp.Or(u.UUID, u.ID))
	a.put(u)
}

// newUsers reads the body of users/batch. Passwords are hashed here, so that
// not even a waiting job holds one.
func (c *call) newUsers() ([]*user, *problem) {
	given, wrong := c.settings.userSchema().read(c.body)
	if wrong != nil {
		return nil, wrong
	}
	var users []*user
	for _, entry := range given.objects("usersList") {
		u := &user{
			UUID:         entry.text("uuid"),
			Email:        entry.text("email"),
			FirstName:    entry.text("firstName"),
			LastName:     entry.text("lastName"),
			ProfileImage: entry.text("profileImage"),
		}
		u.setPassword(entry.text("password"))
		users = append(users, u)
	}
	return users, nil
}

func createUsers(c *call) answer {
	users, wrong := c.newUsers()
	if wrong != nil {
		return invalid(wrong)
	}
	j := c.accept(&job{Kind: usersJob, NewUsers: users})
	return jobAccepted(j, c.statusURL(j))
}

// runUsers creates the users of a job, each on its own.
func (p *platform) runUsers(a *app, users []*user) []any {
	results := make([]any, 0, len(users))
	for _, u := range users {
		results = append(results, p.runUser(a, u))
	}
	return results
}

// runUser creates one user and returns its item. An existing user is not
// changed, and an archived one is not revived (§5.2, §5.5).
func (p *platform) runUser(a *app, u *user) map[string]any {
	item := map[string]any{}
	if !p.settings.BareJobItems {
		item["uuid"], item["email"] = nullable(u.UUID), u.Email
	}
	if reason, fails := p.settings.FailUsers[u.UUID]; fails && u.UUID != "" {
		item["status"], item["error"] = "error", reason
		return item
	}
	existing, status := a.sameUser(u)
	if existing == nil {
		p.addUser(a, u)
		p.joinPinnedRooms(a, u)
		existing, status = u, "created"
	}
	item["status"] = status
	item["xmppUsername"] = existing.Name
	item["user"] = p.userView(a, existing)
	return item
}

// sameUser finds a user with the same uuid or e-mail, and the name that the
// vendor has for that.
func (a *app) sameUser(u *user) (*user, string) {
	if u.UUID != "" {
		if existing := a.Users[a.xmppUsername(u.UUID)]; existing != nil {
			return existing, "uuid_exists"
		}
	}
	if existing := a.indexed().byEmail[u.Email]; existing != nil {
		return existing, "exists"
	}
	return nil, ""
}

// joinPinnedRooms: new users enter the pinned rooms by themselves (§6.3).
func (p *platform) joinPinnedRooms(a *app, u *user) {
	for _, r := range a.Rooms {
		if r.Pinned {
			p.addMember(a, r, u.Name)
		}
	}
}

// createUsersNow is the old synchronous call: all or nothing (§5.3).
func createUsersNow(c *call) answer {
	users, wrong := c.newUsers()
	if wrong != nil {
		return invalid(wrong)
	}
	for i, u := range users {
		existing, _ := c.app.sameUser(u)
		twin := slices.ContainsFunc(users[:i], func(earlier *user) bool {
			return earlier.Email == u.Email || u.UUID != "" && earlier.UUID == u.UUID
		})
		if existing != nil || twin {
			return c.conflict("User already exists")
		}
	}
	results := []any{}
	for _, u := range users {
		c.addUser(c.app, u)
		c.joinPinnedRooms(c.app, u)
		results = append(results, c.userView(c.app, u))
	}
	return ok(map[string]any{"ok": true, "results": results})
}

// userView renders a user (§5.4).
func (p *platform) userView(a *app, u *user) map[string]any {
	view := map[string]any{
		"_id":            u.ID,
		"appId":          a.ID,
		"xmppUsername":   u.Name,
		"email":          u.Email,
		"emails":         []any{map[string]any{"loginType": "email", "email": u.Email, "verified": true}},
		"firstName":      u.FirstName,
		"lastName":       u.LastName,
		"username":       u.Username,
		"profileImage":   u.ProfileImage,
		"tags":           []any{},
		"roles":          []any{},
		"isProfileOpen":  true,
		"isAssetsOpen":   true,
		"isBot":          u.Bot,
		"status":         u.Status,
		"lastSeen":       stamp(u.UpdatedAt),
		"createdAt":      stamp(u.CreatedAt),
		"updatedAt":      stamp(u.UpdatedAt),
		"homeScreen":     "",
		"description":    "",
		"authMethod":     "email",
		"profilePicture": u.ProfileImage,
	}
	if u.UUID != "" {
		view["uuid"] = u.UUID
	}
	if u.ArchivedAt != nil {
		view["archivedAt"] = stamp(*u.ArchivedAt)
	}
	return view
}

// missing is the answer about an unknown chat or user.
func (c *call) missing(canonical int, code, text string) answer {
	return failure(cmp.Or(c.settings.MissingStatus, canonical), code, text)
}

// deleteUsers archives users, or removes them with ?mode=hard.
func deleteUsers(c *call) answer {
	mode, wrong := c.oneOf("mode", "soft", "soft", "hard")
	if wrong != nil {
		return invalid(wrong)
	}
	schema := object{{"usersIdList", true, list{of: text{}, min: 1, max: 100}}}
	given, wrong := schema.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	hard := mode == "hard"
	results := []any{}
	var found []*user
	for _, id := range given.texts("usersIdList") {
		u := c.deletable(id, hard)
		if u == nil && !c.settings.PartialDelete {
			return c.missing(http.StatusUnprocessableEntity, "", "User not found")
		}
		status := "not-found"
		if u != nil {
			found = append(found, u)
			status = "deleted"
		}
		results = append(results, map[string]any{"uuid": id, "status": status})
	}
	if hard {
		c.purgeUsers(found)
	} else {
		c.archiveUsers(found)
	}
	if c.settings.PartialDelete {
		return ok(map[string]any{"ok": true, "results": results})
	}
	return ok(map[string]any{"ok": true})
}

// deletable finds a user that can be deleted. Archived ones can only be
// removed for good.
func (c *call) deletable(id string, hard bool) *user {
	u := c.app.user(id)
	if u == nil || u.System || u.Status == archived && !hard {
		return nil
	}
	return u
}

func (c *call) purgeUsers(users []*user) {
	for _, u := range users {
		c.app.drop(u)
	}
	for _, r := range c.app.Rooms {
		c.removeMembers(c.app, r, users)
	}
}

func (c *call) archiveUsers(users []*user) {
	now := c.now()
	for _, u := range users {
		u.Status, u.ArchivedAt = archived, &now
	}
}

func restoreUser(c *call) answer {
	u := c.app.user(c.path["userId"])
	if u == nil || u.System {
		return c.missing(http.StatusNotFound, "USER_NOT_FOUND", "User not found")
	}
	u.Status, u.ArchivedAt = active, nil
	return ok(c.settings.object(userKind, "result", c.userView(c.app, u)))
}

// getUserV1 finds a user of the token's app or of a child by its full name.
func getUserV1(c *call) answer {
	name := c.path["xmppUsername"]
	for _, a := range c.data.Apps {
		visible := a == c.caller || c.operator || c.reaches(a) && !c.settings.OwnUsersOnly
		u := a.Users[name]
		if !visible || a.Status != active || u == nil || u.System {
			continue
		}
		if u.Status == archived && c.settings.ArchivedUser == http.StatusNotFound {
			break
		}
		return ok(c.settings.object(userKind, "result", c.userView(a, u)))
	}
	return c.missing(http.StatusNotFound, "USER_NOT_FOUND", "User not found")
}

func listUsersV1(c *call) answer {
	limit, offset, wrong := c.pageWindow()
	if wrong != nil {
		return invalid(wrong)
	}
	return ok(c.settings.list(userKind, "items", c.userPage(c.allUsers(), limit, offset)))
}

// allUsers are the live users of the call's app.
func (c *call) allUsers() []*user {
	return slices.DeleteFunc(slices.Clone(c.app.usersInOrder()), func(u *user) bool { return !u.live() })
}

func (c *call) userPage(users []*user, limit, offset int) page {
	return cutPage(users, limit, offset, func(u *user) any {
		row := c.userView(c.app, u)
		if c.settings.ThinUserList {
			for _, key := range []string{"username", "profileImage", "profilePicture"} {
				delete(row, key)
			}
		}
		return row
	})
}

// listUsers lists the users of the app, or of one room, or one user (§5.6).
func listUsers(c *call) answer {
	limit, offset, wrong := c.pageWindow()
	if wrong != nil {
		return invalid(wrong)
	}
	users := c.allUsers()
	query := c.request.URL.Query()
	if c.settings.IgnoreFilters {
		query = nil
	}
	if query.Has("chatName") {
		r := c.app.room(query.Get("chatName"))
		if r == nil {
			return c.chatMissing()
		}
		view := "chats/users " + r.Name
		users = c.membersOf(r, view)
		c.lag.wasRead(view)
	}
	if query.Has("xmppUsername") {
		users = slices.DeleteFunc(users, func(u *user) bool { return u.Name != query.Get("xmppUsername") })
	}
	if query.Has("userId") {
		users = slices.DeleteFunc(users, func(u *user) bool { return u.ID != query.Get("userId") })
	}
	return ok(c.settings.list(userKind, "named", c.userPage(users, limit, offset)))
}

// updateUsers changes names and pictures of up to 100 users (§5.7).
func updateUsers(c *call) answer {
	one := object{
		{"xmppUsername", false, text{}},
		{"uuid", false, text{}},
		{"firstName", false, text{min: c.settings.FirstNameMin}},
		{"lastName", false, text{min: 2}},
		{"username", false, text{}},
		{"profileImage", false, text{uri: true}},
	}
	schema := object{{"users", true, list{of: one, min: 1, max: 100}}}
	given, wrong := schema.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	results := []any{}
	for _, entry := range given.objects("users") {
		results = append(results, c.updateUser(entry))
	}
	return ok(map[string]any{"results": results})
}

func (c *call) updateUser(given fields) map[string]any {
	id := cmp.Or(given.text("xmppUsername"), given.text("uuid"))
	u := c.app.liveUser(id)
	if id == "" || u == nil {
		return map[string]any{"status": "not-found", "xmppUsername": id}
	}
	before := *u
	u.FirstName = cmp.Or(given.text("firstName"), u.FirstName)
	u.LastName = cmp.Or(given.text("lastName"), u.LastName)
	u.Username = cmp.Or(given.text("username"), u.Username)
	u.ProfileImage = cmp.Or(given.text("profileImage"), u.ProfileImage)
	status := "skipped"
	if *u != before {
		u.UpdatedAt = c.now()
		status = "updated"
	}
	return map[string]any{"status": status, "xmppUsername": u.Name, "user": c.userView(c.app, u)}
}

// listUserChats lists the rooms of one user (§8.7).
func listUserChats(c *call) answer {
	limit, offset, wrong := c.pageWindow()
	if wrong != nil {
		return invalid(wrong)
	}
	withMembers, wrong := c.boolean("includeMembers")
	if wrong != nil {
		return invalid(wrong)
	}
	u := c.app.liveUser(c.path["userId"])
	if u == nil {
		return c.missing(http.StatusNotFound, "USER_NOT_FOUND", "User not found")
	}
	view := "user's chats " + u.Name
	rooms := slices.DeleteFunc(c.app.roomsInOrder(), func(r *room) bool {
		return !slices.Contains(c.lag.members(c.platform, c.app, r, view), u.Name)
	})
	rows := cutPage(rooms, limit, offset, func(r *room) any { return c.chatView(r, withMembers, view) })
	c.lag.wasRead(view)
	return ok(c.settings.list(chatKind, "named", rows))
}

// checkPassword reports whether a user's password is the given one.
func (p *platform) checkPassword(appID, userID, password string) (bool, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	a := p.data.Apps[cmp.Or(appID, p.baseID)]
	if a == nil {
		return false, unknownError{"app", appID}
	}
	u := a.user(strings.TrimSpace(userID))
	if u == nil {
		return false, unknownError{"user", userID}
	}
	return u.passwordIs(password), nil
}

// An unknownError tells a control call that the thing it names is not there.
type unknownError struct{ what, id string }

func (e unknownError) Error() string { return "the mock has no " + e.what + " " + e.id }
