package ethora

import "slices"

// broadcastTargets exclude each other, and one is needed (§8.9).
var broadcastTargets = []string{"allRooms", "chatNames", "chatIds"}

func broadcast(c *call) answer {
	sender := object{{"name", false, text{empty: true}}, {"photoUrl", false, text{empty: true, uri: true}}}
	schema := object{
		{"text", true, text{}},
		{"allRooms", false, yes{}},
		{"chatNames", false, list{of: text{}, min: 1}},
		{"chatIds", false, list{of: text{}, min: 1}},
		{"metadata", false, anyObject{}},
		{"dryRun", false, flag{}},
		{"sender", false, sender},
	}
	given, wrong := schema.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	if wrong := oneTarget(given); wrong != nil {
		return invalid(wrong)
	}
	j := c.accept(&job{Kind: broadcastJob, Rooms: c.targets(given), DryRun: given.flag("dryRun")})
	return jobAccepted(j, c.statusURL(j))
}

// oneTarget speaks Joi's words for object.xor.
func oneTarget(given fields) *problem {
	count := 0
	for _, target := range broadcastTargets {
		if given.has(target) {
			count++
		}
	}
	switch count {
	case 0:
		return &problem{"value", "must contain at least one of [allRooms, chatNames, chatIds]"}
	case 1:
		return nil
	}
	return &problem{"value", "contains a conflict between exclusive peers [allRooms, chatNames, chatIds]"}
}

// targets returns the names of the rooms meant. Both lists take names and
// Mongo ids.
func (c *call) targets(given fields) []string {
	names := []string{}
	if given.flag("allRooms") {
		for _, r := range c.app.roomsInOrder() {
			names = append(names, r.Name)
		}
		return names
	}
	rooms := c.app.roomsInOrder()
	for _, id := range append(given.texts("chatNames"), given.texts("chatIds")...) {
		name := c.app.localpart(id)
		if i := slices.IndexFunc(rooms, func(r *room) bool { return r.ID == id }); i >= 0 {
			name = rooms[i].Name
		}
		names = append(names, name)
	}
	return names
}

// runBroadcast tells what became of each room. The mock has no messages.
func (p *platform) runBroadcast(a *app, j *job) []any {
	results := []any{}
	for _, name := range j.Rooms {
		status := "sent"
		switch {
		case a.Rooms[name] == nil:
			status = "not-found"
		case j.DryRun:
			status = "skipped"
		}
		results = append(results, map[string]any{"chatName": name, "status": status})
	}
	return results
}
