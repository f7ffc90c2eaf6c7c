package rocketchat

// getConfig tells what the widget needs (§2.1).
func getConfig(c *call) *answer {
	query, refused := c.configQuery()
	if refused != nil {
		return refused
	}
	if c.settings.OmnichannelOff {
		return ok(map[string]any{"config": map[string]any{"enabled": false}})
	}
	config := c.widgetConfig()
	config["online"] = c.anyoneOnline(query.text("department"))
	if v := c.data.visitor(query.text("token")); v != nil {
		c.addGuest(config, v)
	}
	return ok(map[string]any{"config": config})
}

// configQuery reads the query, in which an older server takes anything.
func (c *call) configQuery() (fields, *answer) {
	if c.settings.older() {
		return c.givenQuery(), nil
	}
	return c.query(optional("token", text{}), optional("department", text{}), optional("businessUnit", text{}))
}

// addGuest adds a visitor, with the open room and its agent. All are told in
// part only.
func (c *call) addGuest(config map[string]any, v *visitor) {
	guest := visitorView(v)
	for _, key := range []string{"status", "ts", "_updatedAt", "phone", "livechatData"} {
		delete(guest, key)
	}
	config["guest"] = guest
	open := c.data.openRooms(v.Token)
	if len(open) == 0 {
		return
	}
	r := open[0]
	shown := map[string]any{"_id": r.ID, "open": true}
	config["room"] = shown
	if r.DepartmentID != "" {
		shown["departmentId"] = r.DepartmentID
	}
	if served := c.servedBy(r); served != nil {
		shown["servedBy"] = served
		config["agent"] = c.agentView(c.data.user(r.ServedBy))
	}
}

// widgetConfig is what does not depend on the visitor. Of the two shapes of
// theme.actionLinks it has that of the server's source.
func (c *call) widgetConfig() map[string]any {
	departments := []any{}
	for _, d := range c.data.Departments {
		if d.enabled() && len(d.Agents) > 0 {
			departments = append(departments, map[string]any{
				"_id":                d.ID,
				"name":               d.text("name"),
				"showOnRegistration": fields(d.Attributes).flag("showOnRegistration"),
				"showOnOfflineForm":  fields(d.Attributes).flag("showOnOfflineForm"),
			})
		}
	}
	var textLimit any = false
	if c.settings.MessageLimit > 0 {
		textLimit = c.settings.MessageLimit
	}
	return map[string]any{
		"enabled": true,
		"settings": map[string]any{
			"registrationForm":                 true,
			"allowSwitchingDepartments":        true,
			"nameFieldRegistrationForm":        true,
			"emailFieldRegistrationForm":       true,
			"displayOfflineForm":               true,
			"videoCall":                        false,
			"fileUpload":                       !c.settings.NoUploads,
			"language":                         "en",
			"transcript":                       true,
			"historyMonitorType":               "url",
			"forceAcceptDataProcessingConsent": false,
			"showConnecting":                   false,
			"agentHiddenInfo":                  c.settings.HideAgent,
			"clearLocalStorageWhenChatEnded":   false,
			"limitTextLength":                  textLimit,
			"visitorsCanCloseChat":             !c.settings.VisitorsMayNotClose,
		},
		"theme": map[string]any{
			"title":        "Rocket.Chat",
			"color":        "#C1272D",
			"offlineTitle": "Leave a message",
			"offlineColor": "#666666",
			"actionLinks":  map[string]any{"webrtc": []any{}, "jitsi": []any{map[string]any{"icon": "icon-videocam", "i18nLabel": "Accept"}}},
		},
		"messages": map[string]any{
			"offlineMessage":              "",
			"offlineSuccessMessage":       "",
			"offlineUnavailableMessage":   "",
			"conversationFinishedMessage": "",
			"transcriptMessage":           "",
		},
		"survey":      map[string]any{"items": surveyItems, "values": surveyValues},
		"triggers":    []any{},
		"departments": departments,
		"resources":   map[string]any{"sound": "", "emojis": []any{}},
	}
}
