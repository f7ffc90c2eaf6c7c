package ethora

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
)

// seedBot gives an app the legacy bot that apps made through the API do not
// have (§7), and lets it into rooms. An app that has one keeps it.
func (p *platform) seedBot(seed SeedBot) error {
	a := p.data.Apps[cmp.Or(seed.AppID, p.baseID)]
	if a == nil {
		return fmt.Errorf("seeding the bot: %w", unknownError{"app", seed.AppID})
	}
	for _, id := range seed.Rooms {
		if a.room(id) == nil {
			return fmt.Errorf("seeding the bot: %w", unknownError{"room", id})
		}
	}
	name := a.xmppUsername("x-bot")
	if a.Bot == nil {
		a.Bot = map[string]any{"status": "off", "trigger": "/bot", "prompt": "", "greetingMessage": ""}
	}
	if a.Users[name] == nil {
		p.addUser(a, &user{UUID: "x-bot", Email: "x-bot@" + a.ID + ".example.com", FirstName: "Chat", LastName: "Bot", Bot: true})
	}
	for _, id := range seed.Rooms {
		p.addMember(a, a.room(id), name)
	}
	p.revision++
	return nil
}

// botView renders the app's bot, nil without one.
func (p *platform) botView(a *app) any {
	if a.Bot == nil {
		return nil
	}
	view := maps.Clone(a.Bot)
	if u := a.Users[a.xmppUsername("x-bot")]; u != nil {
		view["userId"] = u.ID
		view["user"] = map[string]any{"_id": u.ID, "firstName": u.FirstName, "lastName": u.LastName, "isBot": true}
	}
	return view
}

func getBot(c *call) answer {
	return ok(c.settings.object(botKind, "named", c.botView(c.app)))
}

func updateBot(c *call) answer {
	anyText := text{empty: true}
	schema := object{
		{"status", false, text{oneOf: []string{"on", "off"}}},
		{"trigger", false, text{oneOf: []string{"any_message", "/bot"}}},
		{"prompt", false, anyText},
		{"greetingMessage", false, anyText},
		{"chatId", false, anyText},
		{"isRAG", false, flag{}},
		{"botFirstName", false, anyText},
		{"botLastName", false, anyText},
		{"savedAgentId", false, anyText},
		{"botDisplayName", false, anyText},
		{"botAvatarUrl", false, anyText},
		{"ragTags", false, list{of: text{}}},
		{"llmProvider", false, anyText},
		{"llmModel", false, anyText},
		{"widgetPublicEnabled", false, flag{}},
		{"widgetPublicUrl", false, anyText},
	}
	given, wrong := schema.read(c.body)
	if wrong != nil {
		return invalid(wrong)
	}
	if c.app.Bot == nil {
		return failure(http.StatusUnprocessableEntity, "BOT_NOT_INITIALIZED", "Bot is not initialized for this app")
	}
	maps.Copy(c.app.Bot, given)
	return ok(c.settings.object(botKind, "named", c.botView(c.app)))
}
