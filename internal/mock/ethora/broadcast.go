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
	clean, wrong := schema.check("", c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	given := clean.(map[string]any)
	if wrong := oneTarget(given); wrong != nil {
		return invalid(wrong)
	}
	j := c.accept(&job{Kind: broadcastJob, Rooms: c.targets(given), DryRun: given["dryRun"] == true})
	return jobAccepted(j, c.statusURL(j))
}

// oneTarget speaks Joi's words for object.xor.
func oneTarget(given map[string]any) *problem {
	count := 0
	for _, target := range broadcastTargets {
		if _, present := given[target]; present {
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
func (c *call) targets(given map[string]any) []string {
	names := []string{}
	if given["allRooms"] == true {
		for _, r := range c.app.roomsInOrder() {
			names = append(names, r.Name)
		}
		return names
	}
	ids, _ := given["chatNames"].([]any)
	if ids == nil {
		ids, _ = given["chatIds"].([]any)
	}
	for _, id := range ids {
		name := c.app.localpart(id.(string))
		byID := slices.IndexFunc(c.app.roomsInOrder(), func(r *room) bool { return r.ID == id })
		if byID >= 0 {
			name = c.app.roomsInOrder()[byID].Name
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
