package rocketchat

import "time"

// The ids of what is there from the beginning.
const (
	AliceID = "mockAgent00000001" // agent of Support, online
	BobID   = "mockAgent00000002" // agent of Sales, online
	CarolID = "mockUser000000001" // no agent

	SupportID = "64a000000000000000000001" // the department of visitors who choose none
	SalesID   = "64a000000000000000000002"
)

// The custom fields that are there from the beginning. None is required.
const (
	CompanyField = "company" // of visitors
	TierField    = "tier"    // of visitors: gold, silver or bronze
	HiddenField  = "origin"  // of visitors; hidden, so POST /visitor ignores it
	OrderField   = "order"   // of rooms: digits
)

// seed returns what a workspace holds that nobody has changed.
func seed(adminUserID string, now time.Time) *data {
	agent := func(id, username, name string) *user {
		return &user{ID: id, Username: username, Name: name, Email: username + "@example.com", Status: "online", Agent: true}
	}
	return &data{
		Version: dataVersion,
		Users: []*user{
			{ID: adminUserID, Username: "admin", Name: "Admin", Email: "admin@example.com", Status: "online", Admin: true, Manager: true},
			agent(AliceID, "alice", "Alice"),
			agent(BobID, "bob", "Bob"),
			{ID: CarolID, Username: "carol", Name: "Carol", Email: "carol@example.com", Status: "offline"},
		},
		Departments: []*department{
			seedDepartment(SupportID, "Support", true, AliceID, "alice", now),
			seedDepartment(SalesID, "Sales", false, BobID, "bob", now),
		},
		Definitions: []*definition{
			seedField(CompanyField, "Company", "visitor", "visible", "", now),
			seedField(TierField, "Tier", "visitor", "visible", "^(gold|silver|bronze)$", now),
			seedField(HiddenField, "Origin", "visitor", "hidden", "", now),
			seedField(OrderField, "Order number", "room", "visible", "^[0-9]+$", now),
		},
	}
}

func seedDepartment(id, name string, showOnRegistration bool, agentID, username string, now time.Time) *department {
	one := 1
	return &department{
		ID: id,
		Attributes: map[string]any{
			"name":               name,
			"email":              username + "@example.com",
			"description":        "",
			"enabled":            true,
			"showOnRegistration": showOnRegistration,
			"showOnOfflineForm":  true,
		},
		NumAgents: &one,
		Agents:    []*departmentAgent{{ID: "mock" + id[11:], AgentID: agentID, Username: username, UpdatedAt: now}},
		UpdatedAt: now,
	}
}

func seedField(id, label, scope, visibility, pattern string, now time.Time) *definition {
	return &definition{
		ID: id,
		Attributes: map[string]any{
			"label":        label,
			"scope":        scope,
			"visibility":   visibility,
			"type":         "input",
			"searchable":   true,
			"regexp":       pattern,
			"required":     false,
			"defaultValue": "",
			"options":      "",
			"public":       false,
		},
		UpdatedAt: now,
	}
}
