package rocketchat

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

func (d *department) text(key string) string { return fields(d.Attributes).text(key) }
func (d *department) enabled() bool          { return fields(d.Attributes).flag("enabled") }
func (d *department) archived() bool         { return d.Archived != nil && *d.Archived }

// departmentByIDOrName finds a department the way visitors name it.
func (d *data) departmentByIDOrName(named string) *department {
	return find(d.Departments, func(one *department) bool { return one.ID == named || one.text("name") == named })
}

// departmentView renders a department. numAgents is absent until agents were
// changed once [server source].
func departmentView(d *department) map[string]any {
	view := maps.Clone(d.Attributes)
	if view == nil {
		view = map[string]any{}
	}
	view["_id"], view["_updatedAt"] = d.ID, stamp(d.UpdatedAt)
	if d.Archived != nil {
		view["archived"] = *d.Archived
	}
	if d.NumAgents != nil {
		view["numAgents"] = *d.NumAgents
	}
	return view
}

// agentRows renders the agents of a department.
func agentRows(d *department) []map[string]any {
	rows := []map[string]any{}
	if d == nil {
		return rows
	}
	for _, a := range d.Agents {
		rows = append(rows, map[string]any{
			"_id":               a.ID,
			"agentId":           a.AgentID,
			"departmentId":      d.ID,
			"departmentEnabled": d.enabled(),
			"username":          a.Username,
			"count":             a.Count,
			"order":             a.Order,
			"_updatedAt":        stamp(a.UpdatedAt),
		})
	}
	return rows
}

// yesOrNo is a boolean in a query.
var yesOrNo = text{oneOf: []string{"true", "false"}}

// departmentFilters are the parameters of both listings.
func departmentFilters() []field {
	return paging(optional("text", text{}), optional("enabled", yesOrNo), optional("showArchived", yesOrNo),
		optional("onlyMyDepartments", yesOrNo), optional("excludeDepartmentId", text{}))
}

// listDepartments leaves archived departments out unless they are asked for.
// "enabled=false" filters nothing [server source].
func listDepartments(c *call) *answer {
	query, refused := c.query(departmentFilters()...)
	if refused != nil {
		return refused
	}
	return c.departmentPage(query, func(d *department) bool {
		return (!d.archived() || query.text("showArchived") == "true") && (d.enabled() || query.text("enabled") != "true")
	})
}

func listArchivedDepartments(c *call) *answer {
	query, refused := c.query(departmentFilters()...)
	if refused != nil {
		return refused
	}
	return c.departmentPage(query, (*department).archived)
}

// departmentPage lists what fits. Only an agent's own departments differ from
// all.
func (c *call) departmentPage(query fields, fits func(*department) bool) *answer {
	onlyMine := query.text("onlyMyDepartments") == "true" && !c.user.Admin
	rows := []map[string]any{}
	for _, d := range c.data.Departments {
		mine := slices.ContainsFunc(d.Agents, func(a *departmentAgent) bool { return a.AgentID == c.user.ID })
		if fits(d) && contains(d.text("name"), query.text("text")) && d.ID != query.text("excludeDepartmentId") && (mine || !onlyMine) {
			rows = append(rows, departmentView(d))
		}
	}
	return c.page("departments", rows, "name", query)
}

// getDepartment answers 200 even when there is none (§3).
func getDepartment(c *call) *answer {
	query, refused := c.query(optional("includeAgents", yesOrNo), optional("onlyMyDepartments", yesOrNo))
	if refused != nil {
		return refused
	}
	return c.tellDepartment(c.data.department(c.path["_id"]), query.text("includeAgents") != "false")
}

func (c *call) tellDepartment(d *department, withAgents bool) *answer {
	body := map[string]any{}
	if d != nil {
		body["department"] = departmentView(d)
	} else if c.settings.Missing == "null" {
		body["department"] = nil
	}
	if withAgents {
		body["agents"] = agentRows(d)
	}
	return ok(body)
}

// departmentBody is the schema of POST and PUT. The department may have more
// keys. An agent has a username in PUT only [server source].
func departmentBody(agent object) []field {
	return []field{
		required("department", object{open: true, fields: []field{
			required("name", text{}),
			required("email", text{}),
			required("enabled", flag{}),
			required("showOnRegistration", flag{}),
			required("showOnOfflineForm", flag{}),
			optional("description", text{}),
			optional("requestTagBeforeClosingChat", flag{}),
			optional("chatClosingTags", list{of: text{}}),
			optional("fallbackForwardDepartment", text{}),
			optional("departmentsAllowedToForward", list{of: text{}}),
			optional("allowReceiveForwardOffline", flag{}),
			optional("offlineMessageChannelName", text{}),
			optional("abandonedRoomsCloseCustomMessage", text{}),
			optional("waitingQueueMessage", text{}),
		}}),
		optional("agents", list{of: agent}),
		optional("departmentUnit", closed(optional("_id", text{}))),
	}
}

var newAgent = closed(required("agentId", text{}), optional("count", integer{}), optional("order", integer{}))

var agentOfUpdate = object{open: true, fields: append([]field{optional("username", text{})}, newAgent.fields...)}

// createDepartment answers with the department as it was before it got its
// agents, so without numAgents [server source].
func createDepartment(c *call) *answer {
	given, refused := c.read(departmentBody(newAgent)...)
	if refused != nil {
		return refused
	}
	if limit := c.settings.MaxDepartments; limit > 0 && len(c.data.Departments) >= limit {
		return refusal("error-max-departments-number-reached", "Maximum number of departments reached")
	}
	attributes := given.object("department")
	if refused := c.checkDepartment("", attributes); refused != nil {
		return refused
	}
	d := &department{ID: c.data.newHexID(), Attributes: attributes, UpdatedAt: c.now()}
	c.data.Departments = append(c.data.Departments, d)
	view := departmentView(d)
	c.upsertAgents(d, given.objects("agents"))
	return ok(map[string]any{"department": view, "agents": agentRows(d)})
}

// updateDepartment changes the attributes that are sent and leaves the others.
// It adds agents and changes them, but removes none [server source].
func updateDepartment(c *call) *answer {
	given, refused := c.read(departmentBody(agentOfUpdate)...)
	if refused != nil {
		return refused
	}
	d, attributes := c.data.department(c.path["_id"]), given.object("department")
	if d != nil && d.archived() && attributes.flag("enabled") {
		return refusal("error-archived-department-cant-be-enabled", "Archived departments cant be enabled")
	}
	if d == nil {
		return noDepartment()
	}
	if refused := c.checkDepartment(d.ID, attributes); refused != nil {
		return refused
	}
	if d.Attributes == nil {
		d.Attributes = map[string]any{}
	}
	maps.Copy(d.Attributes, attributes)
	d.UpdatedAt = c.now()
	c.upsertAgents(d, given.objects("agents"))
	return c.tellDepartment(d, true)
}

func noDepartment() *answer { return refusal("error-department-not-found", "Department not found") }

// checkDepartment are the rules beyond the schema [server source].
func (c *call) checkDepartment(id string, attributes fields) *answer {
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		if !scalarOrTexts(attributes[key]) {
			return failure("Match error: " + maybe + " in field " + key)
		}
	}
	tags, _ := attributes["chatClosingTags"].([]any)
	if attributes.flag("requestTagBeforeClosingChat") && len(tags) == 0 {
		return refusal("error-validating-department-chat-closing-tags",
			"At least one closing tag is required when the department requires tag(s) on closing conversations.")
	}
	fallback := attributes.text("fallbackForwardDepartment")
	switch {
	case fallback == "":
		return nil
	case fallback == id:
		return refusal("error-fallback-department-circular", "Cannot save department. Circular reference between fallback department and department")
	case c.data.department(fallback) == nil:
		return refusal("error-fallback-department-not-found", "Fallback department not found")
	}
	return nil
}

// scalarOrTexts reports whether a department may have the value: null is none.
// The lists were checked by the schema.
func scalarOrTexts(value any) bool {
	switch value := value.(type) {
	case string, bool, []any:
		return true
	case float64:
		return isInteger(value)
	}
	return false
}

// upsertAgents adds agents, or changes their count and order. Who is unknown is
// left out without a word.
func (c *call) upsertAgents(d *department, given []fields) {
	changed := false
	for _, one := range given {
		u := c.data.user(one.text("agentId"))
		if u == nil {
			continue
		}
		a := find(d.Agents, func(a *departmentAgent) bool { return a.AgentID == u.ID })
		if a == nil {
			a = &departmentAgent{ID: c.data.newID(), AgentID: u.ID, Username: u.Username}
			d.Agents = append(d.Agents, a)
		}
		a.Count, a.Order, a.UpdatedAt = one.integer("count"), one.integer("order"), c.now()
		changed = true
	}
	if changed {
		d.countAgents()
	}
}

func (d *department) countAgents() {
	count := len(d.Agents)
	d.NumAgents = &count
}

// removeAgents takes agents out who are there.
func (d *department) removeAgents(ids ...string) {
	d.Agents = slices.DeleteFunc(d.Agents, func(a *departmentAgent) bool { return slices.Contains(ids, a.AgentID) })
	d.countAgents()
}

// deleteDepartment works only where it is switched on (§3). Visitors keep the
// id of the department that is gone.
func deleteDepartment(c *call) *answer {
	d := c.data.department(c.path["_id"])
	switch {
	case !c.settings.DepartmentRemoval:
		return failure("error-department-removal-disabled")
	case d == nil:
		return failure("error-department-not-found")
	}
	c.data.Departments = slices.DeleteFunc(c.data.Departments, func(other *department) bool { return other == d })
	for _, r := range c.data.Rooms {
		if r.DepartmentID == d.ID {
			r.DepartmentID = ""
		}
	}
	return ok(nil)
}

func archiveDepartment(c *call) *answer {
	d := c.data.department(c.path["_id"])
	if d == nil {
		return failure("department-not-found")
	}
	d.setArchived(true)
	if d.Attributes != nil {
		d.Attributes["enabled"] = false
	}
	d.UpdatedAt = c.now()
	return ok(nil)
}

// unarchiveDepartment leaves the department disabled.
func unarchiveDepartment(c *call) *answer {
	d := c.data.department(c.path["_id"])
	if d == nil {
		return refusal("department-not-found", "")
	}
	d.setArchived(false)
	d.UpdatedAt = c.now()
	return ok(nil)
}

func (d *department) setArchived(archived bool) { d.Archived = &archived }

func listDepartmentAgents(c *call) *answer {
	query, refused := c.query(paging()...)
	if refused != nil {
		return refused
	}
	return c.page("agents", agentRows(c.data.department(c.path["_id"])), "username", query)
}

// changeDepartmentAgents is the only way to take agents out of a department
// [server source].
func changeDepartmentAgents(c *call) *answer {
	agent := closed(append([]field{required("username", text{}), optional("name", text{})}, newAgent.fields...)...)
	removed := closed(append([]field{optional("departmentEnabled", flag{}), optional("departmentId", text{}), optional("_id", text{}),
		optional("_updatedAt", text{})}, agent.fields...)...)
	given, refused := c.read(required("upsert", list{of: agent}), required("remove", list{of: removed}))
	if refused != nil {
		return refused
	}
	d := c.data.department(c.path["_id"])
	if d == nil {
		return noDepartment()
	}
	var ids []string
	for _, one := range given.objects("remove") {
		ids = append(ids, one.text("agentId"))
	}
	d.removeAgents(ids...)
	c.upsertAgents(d, given.objects("upsert"))
	return ok(nil)
}

// nextInDepartment returns the agent of a department who is online and has the
// lowest count, then order, then name; nil for none.
func (c *call) nextInDepartment(d *department) *departmentAgent {
	if d == nil || !d.enabled() {
		return nil
	}
	var next *departmentAgent
	for _, a := range d.Agents {
		if !c.online(c.data.user(a.AgentID)) {
			continue
		}
		if next == nil || cmp.Or(cmp.Compare(a.Count, next.Count), cmp.Compare(a.Order, next.Order), strings.Compare(a.Username, next.Username)) < 0 {
			next = a
		}
	}
	return next
}
