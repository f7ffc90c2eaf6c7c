package ethora

import (
	"net/http"
	"slices"
	"time"
)

// addMember lets a user into a room. A member stays one.
func (p *platform) addMember(a *app, r *room, name string) {
	if r.has(name) {
		return
	}
	r.Members = append(r.Members, name)
	r.present[name] = true
	p.lag.note(p, change{app: a.ID, room: r.Name, user: name, added: true, at: p.now()})
}

// removeMembers takes users out of a room. Who is no member stays none.
func (p *platform) removeMembers(a *app, r *room, users []*user) {
	for _, u := range users {
		if r.has(u.Name) {
			delete(r.present, u.Name)
			p.lag.note(p, change{app: a.ID, room: r.Name, user: u.Name, at: p.now()})
		}
	}
	r.Members = slices.DeleteFunc(slices.Clone(r.Members), func(member string) bool { return !r.has(member) })
}

// membersOf returns the members of a room as the view shows them.
func (c *call) membersOf(r *room, view string) []*user {
	var members []*user
	for _, name := range c.lag.members(c.platform, c.app, r, view) {
		u := c.app.Users[name]
		if u == nil || u.Status != active || u.System && c.settings.HideSystemAccount {
			continue
		}
		members = append(members, u)
	}
	return members
}

func grantAccess(c *call) answer {
	r, members, refused := c.access(c.app.liveMember)
	if refused != nil {
		return *refused
	}
	rows := []any{}
	for _, u := range members {
		c.addMember(c.app, r, u.Name)
		rows = append(rows, map[string]any{"_id": u.ID, "xmppUsername": u.Name})
	}
	return ok(map[string]any{"results": rows})
}

func revokeAccess(c *call) answer {
	r, members, refused := c.access(c.app.member)
	if refused != nil {
		return *refused
	}
	c.removeMembers(c.app, r, members)
	return ok(map[string]any{"ok": true})
}

// liveMember finds somebody who may enter a room: a live user, a bot, or the
// system account.
func (a *app) liveMember(id string) *user {
	if u := a.member(id); u != nil && u.Status == active {
		return u
	}
	return nil
}

// access reads the body of users-access (§8.6). When anything is unknown, the whole
// call is refused.
func (c *call) access(find func(string) *user) (*room, []*user, *answer) {
	given, wrong := object{{"chatName", true, text{}}, {"members", true, list{of: text{}, min: 1}}}.read(c.body)
	if wrong != nil {
		refused := invalid(wrong)
		return nil, nil, &refused
	}
	r := c.app.room(given.text("chatName"))
	if r == nil {
		refused := c.chatMissing()
		return nil, nil, &refused
	}
	members, found := findAll(given.texts("members"), find)
	if !found {
		refused := c.missing(http.StatusNotFound, "USER_NOT_FOUND", "User not found")
		return nil, nil, &refused
	}
	return r, members, nil
}

// findAll returns the users with the ids; false when one of them is unknown.
func findAll(ids []string, find func(string) *user) ([]*user, bool) {
	var users []*user
	for _, id := range ids {
		u := find(id)
		if u == nil {
			return nil, false
		}
		users = append(users, u)
	}
	return users, true
}

// A lag remembers changes of membership that not every view shows yet. It is
// not kept across restarts.
type lag struct {
	changes []*change
}

// A change is one user who entered or left one room.
type change struct {
	app, room, user string
	added           bool
	at              time.Time
	reads           map[string]int // by view
}

// note remembers a change if views lag behind at all.
func (l *lag) note(p *platform, c change) {
	if p.settings.MembershipLagReads == 0 && p.settings.MembershipLagMS == 0 {
		return
	}
	c.reads = map[string]int{}
	l.changes = append(l.changes, &c)
}

// members returns the members of a room as a view shows them: the changes
// that it does not show yet are undone, the newest first. The list is not the
// caller's.
func (l *lag) members(p *platform, a *app, r *room, view string) []string {
	if len(l.changes) == 0 {
		return r.Members
	}
	shown := slices.Clone(r.Members)
	for _, c := range slices.Backward(l.changes) {
		if c.app != a.ID || c.room != r.Name || c.visible(p, view) {
			continue
		}
		if c.added {
			shown = slices.DeleteFunc(shown, func(name string) bool { return name == c.user })
		} else if !slices.Contains(shown, c.user) {
			shown = append(shown, c.user)
		}
	}
	return shown
}

func (c *change) visible(p *platform, view string) bool {
	age := time.Duration(p.settings.MembershipLagMS) * time.Millisecond
	return c.reads[view] >= p.settings.MembershipLagReads && p.now().Sub(c.at) >= age
}

// wasRead counts one reading of a view.
func (l *lag) wasRead(view string) {
	for _, c := range l.changes {
		c.reads[view]++
	}
}
