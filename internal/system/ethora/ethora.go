// Package ethora is the Terraform side of Ethora, a hosted or self-hosted chat
// backend with tenant administration.
package ethora

import (
	"context"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// name is the system's key in the provider configuration and in type names.
const name = "ethora"

// title is its name in texts.
const title = "Ethora"

// ClientDefaults are the client's waits and limits; zero values are its own.
// Tests shorten them before they start.
var ClientDefaults ethora.Config

// System describes Ethora to the provider.
func System() system.System {
	return system.System{
		Name:          name,
		Configuration: block.Schema(),
		Configure:     configure,
		Resources: []func() resource.Resource{
			newAppResource,
			newUserResource,
			newUsersResource,
			newRoomResource,
			newRoomAccessResource,
			newRoomMembersResource,
		},
		DataSources: []func() datasource.DataSource{
			newAppDataSource,
			newAppsDataSource,
			newUserDataSource,
			newUsersDataSource,
			newUserChatsDataSource,
			newRoomDataSource,
			newRoomsDataSource,
		},
		EphemeralResources: []func() ephemeral.EphemeralResource{
			newServerTokenEphemeral,
			newClientTokenEphemeral,
		},
		Functions: []func() function.Function{
			newRoomNameFunction,
			newRoomJIDFunction,
			newXMPPUsernameFunction,
			newParseNameFunction,
		},
		ListResources: []func() list.ListResource{
			newAppList,
			newUserList,
			newRoomList,
			newRoomAccessList,
		},
	}
}

// block is the provider's ethora block.
var block = system.Block{
	Name:  name,
	Title: title,
	Settings: append([]system.Setting{
		{
			Attribute: "api_url", Environment: "ETHORA_CHAT_API_URL", Required: true,
			Description: "Address of the Ethora API, without a version: `https://api.chat.ethora.com` for Ethora's own cloud, " +
				"`https://api.<your-domain>` for a self-hosted server. A trailing `/`, `/v1` or `/v2` is ignored.",
			Check: checkAPIURL,
		},
		{
			Attribute: "app_id", Environment: "ETHORA_CHAT_APP_ID", Required: true,
			Description: "Id of the app the provider signs in as (24 hexadecimal digits). " +
				"It may manage itself and every app below it, and is the default `app_id` of all resources and data sources.",
			Check: checkAppID,
		},
		{
			Attribute: "app_secret", Environment: "ETHORA_CHAT_APP_SECRET", Required: true, Sensitive: true,
			Description: "Secret of that app. It signs the provider's tokens on this machine and is never sent. " +
				"Prefer the environment variable to a value in a file.",
		},
		{
			Attribute: "xmpp_host", Environment: "ETHORA_CHAT_XMPP_HOST",
			Description: "XMPP host that room addresses (JIDs) are made with. " +
				"Default: what the server's public configuration says, or `" + ethora.DefaultXMPPHost + "` when it says nothing.",
		},
	}, system.RateSettings(title, "ETHORA_CHAT")...),
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
	config.APIURL = values["api_url"]
	config.AppID = values["app_id"]
	config.AppSecret = values["app_secret"]
	config.XMPPHost = values["xmpp_host"]
	config.RequestsPerSecond = values.RequestsPerSecond()
	config.MaxConcurrentRequests = values.MaxConcurrentRequests()
	config.UserAgent = userAgent
	client, err := ethora.NewClient(config)
	if err != nil {
		problems.AddAttributeError(path.Root(name), "The Ethora settings can't be used", err.Error())
		return system.Connection{Missing: problems}, problems
	}
	return system.Connection{Client: newTenant(client)}, nil
}

// checkAPIURL says what is wrong with the address of the API. Like checkAppID it
// does not repeat the value.
func checkAPIURL(value string) string {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return "is not an address. Write the whole address, such as https://api.chat.ethora.com. " +
			"It must begin with https:// (or http:// for a server on this machine)."
	}
	return ""
}

// checkAppID says what is wrong with the id of an app. It does not repeat the
// value, which may be the secret in the wrong place.
func checkAppID(value string) string {
	if !appIDPattern.MatchString(value) {
		return "is not an Ethora app id: it must have 24 characters, each 0-9 or a-f."
	}
	return ""
}
