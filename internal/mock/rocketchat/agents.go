package rocketchat

import (
	"cmp"
	"strings"
)

// online reports whether somebody can serve visitors.
func (c *call) online(u *user) bool {
	return u != nil && u.Agent && u.Status == "online" && !c.settings.AgentsOffline
}

// anyoneOnline reports whether an agent of the department, or of all with "",
// is online.
func (c *call) anyoneOnline(departmentID string) bool {
	if departmentID != "" {
		return c.nextInDepartment(c.data.department(departmentID)) != nil
	}
	return find(c.data.Users, c.online) != nil
}

// nextAgent chooses an agent of the department, or of all with "", and counts
// the choice: the next call may get another one (§5). Nil for nobody online.
func (c *call) nextAgent(departmentID string) *user {
	if departmentID != "" {
		next := c.nextInDepartment(c.data.department(departmentID))
		if next == nil {
			return nil
		}
		next.Count++
		c.touch()
		return c.data.user(next.AgentID)
	}
	var next *user
	for _, u := range c.data.Users {
		if c.online(u) && (next == nil || cmp.Or(cmp.Compare(u.Chats, next.Chats), strings.Compare(u.Username, next.Username)) < 0) {
			next = u
		}
	}
	if next != nil {
		next.Chats++
		c.touch()
	}
	return next
}

// agentView renders an agent for visitors (§2.3).
func (c *call) agentView(u *user) map[string]any {
	if c.settings.HideAgent {
		return map[string]any{"hiddenInfo": true}
	}
	view := map[string]any{
		"_id":      u.ID,
		"username": u.Username,
		"name":     u.Name,
		"status":   c.shownStatus(u),
		"livechat": map[string]any{"maxNumberSimultaneousChat": "5"},
	}
	if !c.settings.HideAgentEmail {
		view["emails"] = emails(u)
	}
	return view
}

func emails(u *user) []any { return []any{map[string]any{"address": u.Email, "verified": true}} }

func (c *call) shownStatus(u *user) string {
	if u.Agent && c.settings.AgentsOffline {
		return "offline"
	}
	return u.Status
}

// getAgent tells who serves a room, open or closed.
func getAgent(c *call) *answer {
	r, refused := c.roomOf(c.path["token"], c.path["rid"])
	if refused != nil {
		return refused
	}
	u := c.data.user(r.ServedBy)
	if u == nil {
		return failure("invalid-agent")
	}
	return ok(map[string]any{"agent": c.agentView(u)})
}

// getNextAgent tells nobody to a visitor who has an open room, and does not ask
// whether the token is somebody's (§2.3).
func getNextAgent(c *call) *answer {
	query, refused := c.query(optional("department", text{}))
	if refused != nil {
		return refused
	}
	if len(c.data.openRooms(c.path["token"])) > 0 {
		return ok(nil)
	}
	departmentID := query.text("department")
	if departmentID == "" {
		departmentID = c.registrationDepartment()
	}
	u := c.nextAgent(departmentID)
	if u == nil {
		return failure("agent-not-found")
	}
	return ok(map[string]any{"agent": c.agentView(u)})
}

// registrationDepartment is where visitors go who have no department: the first
// that is shown on registration and has an agent online [server source].
func (c *call) registrationDepartment() string {
	d := find(c.data.Departments, func(d *department) bool {
		return fields(d.Attributes).flag("showOnRegistration") && c.nextInDepartment(d) != nil
	})
	if d == nil {
		return ""
	}
	return d.ID
}
