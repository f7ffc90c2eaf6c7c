package ethora

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// An attribute of an app that callers may write (§4.1).
type attribute struct {
	key      string
	rule     rule
	onCreate bool
	onUpdate bool
}

var colorPattern = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// attributes lists them in the order in which the validator looks at them.
func (s Settings) attributes() []attribute {
	anyText := text{empty: !s.RefuseEmptyStrings}
	link := text{empty: !s.RefuseEmptyStrings, uri: true}
	domain := text{empty: !s.RefuseEmptyStrings, alphanum: true}
	name := text{trim: true}
	color := text{empty: !s.RefuseEmptyStrings, pattern: colorPattern}
	signon := list{of: text{oneOf: []string{"email", "google", "apple", "facebook", "metamask"}}}
	menu := object{{"chats", false, flag{}}, {"profile", false, flag{}}, {"settings", false, flag{}}}
	rooms := list{of: object{{"jid", true, text{}}, {"pinned", false, flag{}}}}
	sender := object{{"name", false, text{empty: true}}, {"photoUrl", false, text{empty: true, uri: true}}}
	return []attribute{
		{"displayName", name, true, true},
		{"domainName", domain, true, true},
		{"appTagline", anyText, true, true},
		{"logoImage", link, true, true},
		{"sublogoImage", link, true, true},
		{"primaryColor", color, true, true},
		{"secondaryColor", anyText, true, true},
		{"coinSymbol", anyText, true, true},
		{"coinName", anyText, true, true},
		{"bundleId", anyText, true, true},
		{"defaultAccessProfileOpen", flag{}, true, true},
		{"defaultAccessAssetsOpen", flag{}, true, true},
		{"usersCanFree", flag{}, true, true},
		{"signonOptions", signon, false, true},
		{"afterLoginPage", anyText, false, true},
		{"availableMenuItems", menu, false, true},
		{"allowUsersToCreateRooms", flag{}, false, true},
		{"firebaseWebConfigString", anyText, false, true},
		{"googleServicesJson", anyText, false, true},
		{"googleServiceInfoPlist", anyText, false, true},
		{"defaultRooms", rooms, false, true},
		{"broadcastSender", sender, false, true},
		{"botStatus", text{oneOf: []string{"on", "off"}}, false, true},
		{"botPrompt", anyText, false, true},
		{"botGreetingMessage", anyText, false, true},
		{"botTrigger", text{oneOf: []string{"any_message", "/bot"}}, false, true},
		{"botChatId", anyText, false, true},
		{"botFirstName", anyText, false, true},
		{"botLastName", anyText, false, true},
		{"botIsRAG", flag{}, false, true},
		{"defaultBotInstanceId", anyText, false, true},
		{"createDefaultChat", flag{}, true, false},
	}
}

// appSchema is the body of a creation or of an update.
func (s Settings) appSchema(create bool) object {
	var schema object
	for _, a := range s.attributes() {
		if create && a.onCreate || !create && a.onUpdate {
			schema = append(schema, field{a.key, create && a.key == "displayName", a.rule})
		}
	}
	return schema
}

// botAliases are app attributes that are written into the bot (§4.1). They are
// not shown as attributes.
var botAliases = map[string]string{
	"botStatus":          "status",
	"botPrompt":          "prompt",
	"botGreetingMessage": "greetingMessage",
	"botTrigger":         "trigger",
	"botChatId":          "chatId",
	"botFirstName":       "botFirstName",
	"botLastName":        "botLastName",
	"botIsRAG":           "isRAG",
}

// appDefaults are the attributes of an app that nobody has set.
func appDefaults() fields {
	return fields{
		"defaultAccessProfileOpen": true,
		"defaultAccessAssetsOpen":  true,
		"usersCanFree":             true,
		"allowUsersToCreateRooms":  true,
		"signonOptions":            []any{"email"},
		"availableMenuItems":       map[string]any{"chats": true, "profile": true, "settings": true},
	}
}

// addApp completes a new app and puts it into the data.
func (p *platform) addApp(a *app) {
	now := p.now()
	if a.ID == "" {
		a.ID = p.data.newID()
	}
	if a.Secret == "" {
		a.Secret = deriveKey(p.baseSecret, "app secret of "+a.ID)
	}
	attributes := appDefaults()
	maps.Copy(attributes, a.Attributes)
	a.Attributes = attributes
	a.Status = active
	a.Users = map[string]*user{}
	a.Rooms = map[string]*room{}
	a.CreatedAt, a.UpdatedAt = now, now
	a.Token = p.mint(a, "app")
	p.data.Apps[a.ID] = a
	// Every app has an account of its own, which owns its rooms.
	p.addUser(a, &user{UUID: a.ID, FirstName: "System", LastName: "Account", System: true})
}

// appView renders an app. The secret is shown only where asked for.
func (p *platform) appView(a *app, withSecret bool) map[string]any {
	view := map[string]any{}
	for _, attribute := range p.settings.attributes() {
		if _, isText := attribute.rule.(text); !isText || botAliases[attribute.key] != "" {
			continue
		}
		switch p.settings.AbsentFields {
		case "null":
			view[attribute.key] = nil
		case "empty":
			view[attribute.key] = ""
		}
	}
	maps.Copy(view, a.Attributes)
	view["_id"] = a.ID
	view["appToken"] = a.Token
	view["parentAppId"] = nullable(a.Parent)
	view["isBaseApp"] = a.ID == p.baseID
	view["isAllowedNewAppCreate"] = a.ID == p.baseID
	view["isUserDataEncrypted"] = false
	view["status"] = a.Status
	view["defaultRooms"] = p.defaultRooms(a)
	view["systemChatAccount"] = map[string]any{"jid": a.systemAccount() + "@" + p.settings.XMPPHost}
	view["stats"] = map[string]any{"totalRegistered": len(a.Users), "totalChats": len(a.Rooms)}
	view["createdAt"] = stamp(a.CreatedAt)
	view["updatedAt"] = stamp(a.UpdatedAt)
	view["__v"] = 0
	if a.ArchivedAt != nil {
		view["archivedAt"] = stamp(*a.ArchivedAt)
		view["archiveReason"] = nullable(a.ArchiveReason)
	}
	if a.Bot != nil {
		view["aiBot"] = p.botView(a)
	}
	if withSecret && p.settings.AppSecret != "never" {
		view["appSecret"] = a.Secret
	}
	return view
}

func nullable(value string) any {
	if value == "" {
		return nil
	}
	return value
}

func (p *platform) defaultRooms(a *app) []any {
	rooms := []any{}
	for _, r := range a.roomsInOrder() {
		if r.Default {
			rooms = append(rooms, map[string]any{
				"_id":     r.ID,
				"chatId":  r.ID,
				"jid":     r.Name + "@conference." + p.settings.XMPPHost,
				"title":   r.Title,
				"pinned":  r.Pinned,
				"creator": a.systemAccount(),
			})
		}
	}
	return rooms
}

func createApp(c *call) answer {
	attributes, wrong := c.settings.appSchema(true).read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	withChat := attributes.flag("createDefaultChat")
	delete(attributes, "createDefaultChat")
	if c.domainTaken(attributes, nil) {
		return c.conflict("Domain name already exists")
	}
	a := &app{Parent: c.caller.ID, Attributes: attributes}
	c.addApp(a)
	if withChat {
		c.addRoom(a, &room{Title: "Main chat", Type: "public", Default: true, Pinned: true})
	}
	return answer{
		status: c.settings.CreateStatus,
		body:   c.settings.object(appKind, "named", c.appView(a, true)),
	}
}

// domainTaken looks on the whole platform. Archived apps keep their domain.
func (c *call) domainTaken(attributes fields, self *app) bool {
	wanted := attributes.text("domainName")
	if wanted == "" {
		return false
	}
	for _, a := range c.data.Apps {
		if a != self && strings.EqualFold(a.Attributes.text("domainName"), wanted) {
			return true
		}
	}
	return false
}

// conflict is the answer to something that exists already (§3.3).
func (c *call) conflict(text string) answer { return failure(c.settings.ConflictStatus, "", text) }

func getApp(c *call) answer {
	if c.app.Status == archived && !c.operator {
		switch c.settings.ArchivedApp {
		case http.StatusForbidden:
			return *appArchived()
		case http.StatusNotFound:
			return failure(http.StatusNotFound, "APP_NOT_FOUND", "App not found")
		}
	}
	view := c.appView(c.app, c.settings.AppSecret == "always")
	return ok(c.settings.object(appKind, "named", view))
}

func updateApp(c *call) answer {
	attributes, wrong := c.settings.appSchema(false).read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	if c.domainTaken(attributes, c.app) {
		return c.conflict("Domain name already exists")
	}
	if attributes.has("defaultRooms") {
		if !c.setDefaultRooms(attributes.objects("defaultRooms")) {
			return c.chatMissing()
		}
		delete(attributes, "defaultRooms")
	}
	for key, value := range attributes {
		if alias, isAlias := botAliases[key]; isAlias {
			if c.app.Bot != nil {
				c.app.Bot[alias] = value
			}
			continue
		}
		c.app.Attributes[key] = value
	}
	c.app.UpdatedAt = c.now()
	view := c.appView(c.app, c.settings.AppSecret == "always")
	return ok(c.settings.object(appKind, "result", view))
}

// setDefaultRooms replaces the default rooms. It changes nothing and returns
// false when one of them is unknown.
func (c *call) setDefaultRooms(given []fields) bool {
	pinned := map[string]bool{}
	for _, entry := range given {
		r := c.app.room(entry.text("jid"))
		if r == nil {
			return false
		}
		pinned[r.Name] = entry.flag("pinned")
	}
	for name, r := range c.app.Rooms {
		r.Pinned, r.Default = pinned[name], false
		if _, listed := pinned[name]; listed {
			r.Default = true
		}
	}
	return true
}

// deleteApp archives the app, or with ?mode=hard starts a job that removes it.
func deleteApp(c *call) answer {
	mode, wrong := c.oneOf("mode", "soft", "soft", "hard")
	if wrong != nil {
		return invalid(wrong)
	}
	if c.app.ID == c.baseID {
		return failure(http.StatusForbidden, "", "The base app cannot be deleted")
	}
	now := c.now()
	c.app.ArchivedAt = &now
	c.app.ArchiveReason = c.request.URL.Query().Get("reason")
	if mode == "hard" {
		c.app.Status = deleting
		j := c.accept(&job{Kind: purgeJob})
		return answer{status: http.StatusAccepted, body: map[string]any{"jobId": j.ID}}
	}
	c.app.Status = archived
	return ok(map[string]any{"status": archived})
}

func restoreApp(c *call) answer {
	if c.app.Status == deleting {
		return failure(http.StatusUnprocessableEntity, "", "App is being deleted")
	}
	c.app.Status = active
	c.app.ArchivedAt, c.app.ArchiveReason = nil, ""
	return ok(map[string]any{"status": active})
}

// listApps lists the token's app and its children.
func listApps(c *call) answer {
	limit, offset, wrong := c.pageWindow()
	if wrong != nil {
		return invalid(wrong)
	}
	order, wrong := c.oneOf("order", "asc", "asc", "desc")
	if wrong != nil {
		return invalid(wrong)
	}
	orderBy, wrong := c.oneOf("orderBy", "createdAt", "displayName", "createdAt")
	if wrong != nil {
		return invalid(wrong)
	}
	withArchived, wrong := c.boolean("includeArchived")
	if wrong != nil {
		return invalid(wrong)
	}
	status, wrong := c.oneOf("status", "", active, archived, deleting, "deleted")
	if wrong != nil {
		return invalid(wrong)
	}
	var apps []*app
	for _, a := range c.data.Apps {
		wanted := a.Status == active || withArchived
		if status != "" {
			wanted = a.Status == status
		}
		if wanted && (c.operator || c.reaches(a)) {
			apps = append(apps, a)
		}
	}
	slices.SortFunc(apps, func(x, y *app) int {
		byKey := x.CreatedAt.Compare(y.CreatedAt)
		if orderBy == "displayName" {
			byKey = cmp.Compare(x.Attributes.text("displayName"), y.Attributes.text("displayName"))
		}
		result := cmp.Or(byKey, cmp.Compare(x.ID, y.ID))
		if order == "desc" {
			return -result
		}
		return result
	})
	rows := cutPage(apps, limit, offset, func(a *app) any {
		return c.appView(a, c.settings.AppSecret == "always")
	})
	return ok(c.settings.list(appKind, "named", rows))
}

// getConfig is what anybody may know about an app, by its domain.
func getConfig(c *call) answer {
	domain := c.request.URL.Query().Get("domainName")
	if domain == "" {
		return invalid(&problem{"domainName", "is required"})
	}
	for _, a := range c.data.Apps {
		if a.Status != active || !strings.EqualFold(a.Attributes.text("domainName"), domain) {
			continue
		}
		view := c.appView(a, false)
		delete(view, "stats")
		view["xmppHost"] = c.settings.XMPPHost
		view["apnsKeyUploaded"] = false
		view["firebaseServiceAccountUploaded"] = false
		view["platformPushEnabled"] = false
		view["e2eeEnabled"] = false
		return ok(map[string]any{"result": view})
	}
	return failure(http.StatusNotFound, "APP_NOT_FOUND", "App not found")
}
