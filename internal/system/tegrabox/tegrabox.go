// Package tegrabox is the Terraform side of TegraBox, a hosted chat API with
// users, rooms and messages.
package tegrabox

import (
	"context"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// name is the system's key in the provider configuration and in type names.
const name = "tegrabox"

// title is its name in texts.
const title = "TegraBox"

// ClientDefaults are the client's waits and limits; zero values are its own.
// Tests shorten them before they start.
var ClientDefaults tegrabox.Config

// System describes TegraBox to the provider.
func System() system.System {
	return system.System{
		Name:          name,
		Configuration: block.Schema(),
		Configure:     configure,
		Resources: []func() resource.Resource{
			newUserResource,
			newRoomResource,
		},
		DataSources: []func() datasource.DataSource{
			newUserDataSource,
			newUsersDataSource,
			newRoomDataSource,
			newRoomsDataSource,
			newMessagesDataSource,
			newProjectDataSource,
			newTokenInfoDataSource,
		},
		EphemeralResources: []func() ephemeral.EphemeralResource{
			newTokenEphemeral,
		},
		Actions: []func() action.Action{
			newSendMessageAction,
			newDeleteMessageAction,
			newRevokeTokensAction,
			newJoinRoomAction,
			newLeaveRoomAction,
		},
		ListResources: []func() list.ListResource{
			newUserList,
			newRoomList,
		},
	}
}

// block is the provider's tegrabox block. The vendor's page reads CHAT_API_KEY
// and CHAT_BASE_URL; names so general may hold some other chat's key, which
// would then be sent to TegraBox.
var block = system.Block{
	Name:  name,
	Title: title,
	Settings: append([]system.Setting{
		{
			Attribute: "base_url", Environment: "TEGRABOX_BASE_URL",
			Description: "Address of the TegraBox server, without the path prefix. A trailing `/` or prefix is ignored. Default: `" + tegrabox.DefaultBaseURL + "`, the vendor's own server.",
			Check:       checkBaseURL,
		},
		{
			Attribute: "api_key", Environment: "TEGRABOX_API_KEY", Required: true, Instead: "jwt_token", Sensitive: true,
			Description: "API key of the project, with which everything is done but what users do for themselves. Without it `jwt_token` must be set, and nothing can be managed. " +
				"The variables of the vendor's examples, `CHAT_API_KEY` and `CHAT_BASE_URL`, are deliberately not read: under names so general, the key of another chat could be sent to TegraBox. " +
				"Prefer the environment variable to a value in a file.",
		},
		{
			Attribute: "jwt_token", Environment: "TEGRABOX_JWT_TOKEN", Sensitive: true,
			Description: "Token of one user, as the ephemeral resource `chat_tegrabox_token` issues it. " +
				"Needed by the data source `chat_tegrabox_token_info`, and by the actions `chat_tegrabox_join_room` and `chat_tegrabox_leave_room` where they name no `user_id`. It may be an ephemeral value. Default: none.",
		},
		{
			Attribute: "project_id", Environment: "TEGRABOX_PROJECT_ID",
			Description: "Id of the API key's project. Default: the server is asked once in each run.",
		},
		{
			Attribute: "path_prefix", Environment: "TEGRABOX_PATH_PREFIX",
			Description: "What every path begins with; `/` for nothing. No path of TegraBox is public, and this one is assumed. Default: `/api`.",
		},
		{
			Attribute: "project_in", Environment: "TEGRABOX_PROJECT_IN",
			Description: "Where requests name the project: `path` (`/projects/<project_id>/users`) or `header` (`/users`, with the id in `project_header`). Assumed. Default: `path`.",
			Check:       checkProjectIn,
		},
		{
			Attribute: "project_header", Environment: "TEGRABOX_PROJECT_HEADER",
			Description: "Name of the header that carries the project's id. Used when `project_in` is `header`. Assumed. Default: `X-Project-Id`.",
		},
		{
			Attribute: "api_key_header", Environment: "TEGRABOX_API_KEY_HEADER",
			Description: "Name of the header that carries the API key. Assumed. Default: `X-API-Key`.",
		},
		{
			Attribute: "api_key_scheme", Environment: "TEGRABOX_API_KEY_SCHEME",
			Description: "Word before the API key in its header, such as `Bearer` or `ApiKey`. Assumed. Default: none.",
		},
		{
			Attribute: "jwt_header", Environment: "TEGRABOX_JWT_HEADER",
			Description: "Name of the header that carries the user's token, after the word `Bearer`. Assumed. Default: `Authorization`.",
		},
	}, system.RateSettings(title, "TEGRABOX")...),
}

// configure makes the client from the block and the environment.
func configure(_ context.Context, in system.Settings) (system.Connection, diag.Diagnostics) {
	return block.Connect(in, func(values system.Values) (system.Connection, diag.Diagnostics) {
		return connect(values, in.UserAgent)
	})
}

func connect(values system.Values, userAgent string) (system.Connection, diag.Diagnostics) {
	var problems diag.Diagnostics
	config := ClientDefaults
	config.BaseURL = values["base_url"]
	config.APIKey = values["api_key"]
	config.JWT = values["jwt_token"]
	config.ProjectID = values["project_id"]
	config.Prefix = values["path_prefix"]
	config.ProjectIn = values["project_in"]
	config.Headers = tegrabox.Headers{APIKey: values["api_key_header"], JWT: values["jwt_header"], Project: values["project_header"]}
	config.APIKeyScheme = values["api_key_scheme"]
	config.RequestsPerSecond = values.RequestsPerSecond()
	config.MaxConcurrentRequests = values.MaxConcurrentRequests()
	config.UserAgent = userAgent
	client, err := tegrabox.New(config)
	if err != nil {
		problems.AddAttributeError(path.Root(name), "The TegraBox settings can't be used", err.Error())
		return system.Connection{Missing: problems}, problems
	}
	return system.Connection{Client: newTenant(client)}, nil
}

// checkBaseURL says what is wrong with the address, without repeating it.
func checkBaseURL(value string) string {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return "is not an address. Write the whole address, such as " + tegrabox.DefaultBaseURL + ". " +
			"It must begin with https:// (or http:// for a server on this machine)."
	}
	return ""
}

func checkProjectIn(value string) string {
	if value != tegrabox.InPath && value != tegrabox.InHeader {
		return "must be path or header. Leave it out for path."
	}
	return ""
}
