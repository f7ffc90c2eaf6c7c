package rocketchat

import "net/http"

// userView renders somebody for the admin.
func (c *call) userView(u *user) map[string]any {
	view := map[string]any{
		"_id":      u.ID,
		"username": u.Username,
		"name":     u.Name,
		"emails":   emails(u),
		"status":   c.shownStatus(u),
		"livechat": map[string]any{"maxNumberSimultaneousChat": "5"},
	}
	if u.Agent {
		view["statusLivechat"] = "available"
	}
	return view
}

// hasRole reports whether somebody is an "agent" or a "manager".
func (u *user) hasRole(role string) bool {
	return role == "agent" && u.Agent || role == "manager" && u.Manager
}

func (u *user) setRole(role string, has bool) {
	if role == "agent" {
		u.Agent = has
	} else {
		u.Manager = has
	}
}

// invalidType refuses a role that is neither of both.
func (c *call) invalidType() *answer {
	if role := c.path["type"]; role != "agent" && role != "manager" {
		return failure("Invalid type")
	}
	return nil
}

// listUsers lists agents, each with its departments, or managers, whom agents
// may not see.
func listUsers(c *call) *answer {
	query, refused := c.query(paging(optional("text", text{}), optional("onlyAvailable", yesOrNo), optional("excludeId", text{}),
		optional("showIdleAgents", yesOrNo), optional("fields", text{}))...)
	if refused != nil {
		return refused
	}
	if refused := c.invalidType(); refused != nil {
		return refused
	}
	role := c.path["type"]
	if role == "manager" && !c.user.Admin {
		return failure("unauthorized").with(http.StatusForbidden)
	}
	rows := []map[string]any{}
	for _, u := range c.data.Users {
		found := contains(u.Username, query.text("text")) || contains(u.Name, query.text("text")) || contains(u.Email, query.text("text"))
		idle := query.text("showIdleAgents") == "false" && c.shownStatus(u) == "offline"
		if !u.hasRole(role) || !found || idle || u.ID == query.text("excludeId") {
			continue
		}
		view := c.userView(u)
		if role == "agent" {
			view["departments"] = c.data.departmentsOf(u.ID)
		}
		rows = append(rows, view)
	}
	return c.page("users", rows, "name", query)
}

// departmentsOf returns the ids of an agent's departments.
func (d *data) departmentsOf(agentID string) []string {
	ids := []string{}
	for _, one := range d.Departments {
		if find(one.Agents, func(a *departmentAgent) bool { return a.AgentID == agentID }) != nil {
			ids = append(ids, one.ID)
		}
	}
	return ids
}

func addUser(c *call) *answer {
	given, refused := c.read(required("username", text{}))
	if refused != nil {
		return refused
	}
	if refused := c.invalidType(); refused != nil {
		return refused
	}
	u := find(c.data.Users, func(u *user) bool { return u.Username == given.text("username") })
	if u == nil {
		return refusal("error-invalid-user", "Invalid user")
	}
	u.setRole(c.path["type"], true)
	return ok(map[string]any{"user": map[string]any{"_id": u.ID, "username": u.Username}})
}

// getUser answers 200 with null when there is none.
func getUser(c *call) *answer {
	if refused := c.invalidType(); refused != nil {
		return refused
	}
	u := c.data.user(c.path["_id"])
	if u == nil || !u.hasRole(c.path["type"]) {
		return ok(map[string]any{"user": nil})
	}
	return ok(map[string]any{"user": c.userView(u)})
}

// removeUser takes the role away. Who was an agent leaves all departments.
func removeUser(c *call) *answer {
	if refused := c.invalidType(); refused != nil {
		return refused
	}
	u := c.data.user(c.path["_id"])
	if u == nil {
		return refusal("error-invalid-user", "Invalid user")
	}
	u.setRole(c.path["type"], false)
	if c.path["type"] == "agent" {
		for _, d := range c.data.Departments {
			if find(d.Agents, func(a *departmentAgent) bool { return a.AgentID == u.ID }) != nil {
				d.removeAgents(u.ID)
			}
		}
	}
	return ok(nil)
}
