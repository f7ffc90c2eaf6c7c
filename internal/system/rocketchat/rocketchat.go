// Package rocketchat is the Terraform side of Rocket.Chat Livechat: visitors,
// their rooms and messages, departments and custom fields.
package rocketchat

import (
	"context"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// name is the system's key in the provider configuration and in type names.
const name = "rocketchat"

// title is its name in texts.
const title = "Rocket.Chat"

// ClientDefaults are the client's waits and limits; zero values are its own.
// Tests shorten them before they start.
var ClientDefaults rocketchat.Config

// System describes Rocket.Chat to the provider.
func System() system.System {
	return system.System{
		Name:          name,
		Configuration: block.Schema(),
		Configure:     configure,
		Resources: []func() resource.Resource{
			newVisitorResource,
			newRoomResource,
			newMessageResource,
			newDepartmentResource,
			newCustomFieldResource,
		},
		DataSources: []func() datasource.DataSource{
			newConfigDataSource,
			newAgentDataSource,
			newNextAgentDataSource,
			newVisitorDataSource,
			newMessageHistoryDataSource,
			newDepartmentsDataSource,
		},
		Actions: []func() action.Action{
			newCloseRoomAction,
			newSubmitSurveyAction,
			newUploadFileAction,
			newSendOfflineMessageAction,
			newTransferRoomAction,
			newSendTranscriptAction,
		},
		ListResources: []func() list.ListResource{
			newVisitorList,
			newRoomList,
			newMessageList,
			newDepartmentList,
			newCustomFieldList,
		},
	}
}

// block is the provider's rocketchat block.
var block = system.Block{
	Name:  name,
	Title: title,
	Settings: append([]system.Setting{
		{
			Attribute: "server_url", Environment: "ROCKETCHAT_URL", Required: true,
			Description: "Address of the Rocket.Chat server, such as `https://chat.example.com`. A trailing `/` or `/api/v1` is ignored.",
			Check:       checkServerURL,
		},
		{
			Attribute: "auth_token", Environment: "ROCKETCHAT_AUTH_TOKEN", Sensitive: true,
			Description: "Personal access token of an administrator or livechat manager, for what visitors may not do: departments, custom fields, lists, imports by id. " +
				"Only together with `user_id`. Prefer the environment variable to a value in a file. Default: none; what visitors may do works without.",
		},
		{
			Attribute: "user_id", Environment: "ROCKETCHAT_USER_ID",
			Description: "Id of the user to whom the token belongs; Rocket.Chat shows both when it makes the token. Only together with `auth_token`. Default: none.",
		},
	}, system.RateSettings(title, "ROCKETCHAT")...),
}

// configure makes the client from the block and the environment.
// What is wrong with the environment alone is told when something is used.
func configure(_ context.Context, in system.Settings) (system.Connection, diag.Diagnostics) {
	connection, problems := block.Connect(in, func(values system.Values) (system.Connection, diag.Diagnostics) {
		return connect(values, in.UserAgent)
	})
	if in.Block.IsNull() {
		problems = nil
	}
	return connection, problems
}

func connect(values system.Values, userAgent string) (system.Connection, diag.Diagnostics) {
	problems := checkAdministrator(values)
	if problems.HasError() {
		return system.Connection{Missing: problems}, problems
	}
	config := ClientDefaults
	config.ServerURL = values["server_url"]
	config.AuthToken = values["auth_token"]
	config.UserID = values["user_id"]
	config.RequestsPerSecond = values.RequestsPerSecond()
	config.MaxConcurrentRequests = values.MaxConcurrentRequests()
	config.UserAgent = userAgent
	client, err := rocketchat.New(config)
	if err != nil {
		problems.AddAttributeError(path.Root(name), "The Rocket.Chat settings can't be used", err.Error())
		return system.Connection{Missing: problems}, problems
	}
	return system.Connection{Client: newTenant(client)}, nil
}

// checkAdministrator wants both halves of an administrator's credentials, or
// neither.
func checkAdministrator(values system.Values) diag.Diagnostics {
	var problems diag.Diagnostics
	for missing, given := range map[string]string{"auth_token": "user_id", "user_id": "auth_token"} {
		if values[missing] == "" && values[given] != "" {
			problems.AddAttributeError(path.Root(name).AtName(missing), "Rocket.Chat's "+missing+" is missing",
				"The provider has "+given+" ("+environmentOf(given)+"), which is of no use alone. "+
					"Set "+missing+" in the provider's rocketchat block, or the environment variable "+environmentOf(missing)+
					"; or leave out both, to do without what administrators may.")
		}
	}
	return problems
}

func environmentOf(attribute string) string {
	for _, setting := range block.Settings {
		if setting.Attribute == attribute {
			return setting.Environment
		}
	}
	return ""
}

// checkServerURL says what is wrong with the address, without repeating it.
func checkServerURL(value string) string {
	parsed, err := url.Parse(value)
	switch {
	case err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http"):
		return "is not an address. Write the whole address, such as https://chat.example.com. " +
			"It must begin with https:// (or http:// for a server on this machine)."
	case parsed.User != nil || parsed.RawQuery != "" || strings.Contains(value, "#"):
		return "must hold no password, query or fragment. Write the address alone, such as https://chat.example.com."
	}
	return ""
}
