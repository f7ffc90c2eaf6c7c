package rocketchat

import (
	"context"
	"errors"
	"net/url"
)

// LivechatConfig is how the server sets up the widget of a visitor
// (rocketchat-livechat-api.md §2.1 [seed][server]). While Omnichannel is switched
// off all but Enabled is empty.
type LivechatConfig struct {
	Enabled      bool
	Online       bool // an agent is there
	Departments  []ConfigDepartment
	SurveyItems  []string
	SurveyValues []string
	// The rest is as the server tells it, which differs by version: theme.actionLinks
	// is a list or an object, settings.limitTextLength false or a number. Numbers are
	// json.Number.
	Settings  map[string]any
	Theme     map[string]any
	Messages  map[string]any
	Resources map[string]any
	Triggers  []any

	// Without an id: no such visitor, no open room, nobody serves it.
	Visitor Visitor
	Room    Room // a few fields only
	Agent   Agent
}

// ConfigDepartment is a department that the widget offers.
type ConfigDepartment struct {
	ID                 string
	Name               string
	ShowOnRegistration bool
	ShowOnOfflineForm  bool
}

// ConfigQuery says whose widget is asked about; all may be empty.
type ConfigQuery struct {
	Token        string // of a visitor
	Department   string
	BusinessUnit string
}

// GetConfig returns how the widget is set up. A token that is no visitor's is no
// error.
func (c *Client) GetConfig(ctx context.Context, asked ConfigQuery) (LivechatConfig, error) {
	query := url.Values{}
	for key, value := range map[string]string{
		"token": asked.Token, "department": asked.Department, "businessUnit": asked.BusinessUnit,
	} {
		if value != "" {
			query.Set(key, value)
		}
	}
	got, err := c.send(ctx, call{route: configRoute, query: query, token: asked.Token})
	if err != nil {
		return LivechatConfig{}, err
	}
	config := child(got.root, "config")
	if _, told := config["enabled"]; !told {
		return LivechatConfig{}, c.malformed(got, errors.New("it does not tell whether Omnichannel is enabled"))
	}
	return decodeConfig(config), nil
}

func decodeConfig(config object) LivechatConfig {
	survey := child(config, "survey")
	triggers, _ := config["triggers"].([]any)
	decoded := LivechatConfig{
		Enabled:      yes(config["enabled"]),
		Online:       yes(config["online"]),
		SurveyItems:  texts(survey["items"]),
		SurveyValues: texts(survey["values"]),
		Settings:     child(config, "settings"),
		Theme:        child(config, "theme"),
		Messages:     child(config, "messages"),
		Resources:    child(config, "resources"),
		Triggers:     triggers,
		Visitor:      decodeVisitor(child(config, "guest")),
		Room:         decodeRoom(child(config, "room")),
		Agent:        decodeAgent(child(config, "agent")),
	}
	for _, row := range rows(config["departments"]) {
		decoded.Departments = append(decoded.Departments, ConfigDepartment{
			ID:                 text(row["_id"]),
			Name:               text(row["name"]),
			ShowOnRegistration: yes(row["showOnRegistration"]),
			ShowOnOfflineForm:  yes(row["showOnOfflineForm"]),
		})
	}
	return decoded
}
