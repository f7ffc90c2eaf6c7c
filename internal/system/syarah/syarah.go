// Package syarah is the Terraform side of Syarah, a chat API of two servers: a
// Socket.IO gateway, and a REST backend that creates chats and takes files.
package syarah

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// name is the system's key in the provider configuration and in type names.
const name = "syarah"

// title is its name in texts.
const title = "Syarah"

// ClientDefaults are the client's waits and limits; zero values are its own.
// Tests shorten them before they start.
var ClientDefaults syarah.Config

// System describes Syarah to the provider.
func System() system.System {
	return system.System{
		Name:          name,
		Configuration: block.Schema(),
		Configure:     configure,
		Resources: []func() resource.Resource{
			newChatResource,
			newFileResource,
		},
		DataSources: []func() datasource.DataSource{
			newChatsDataSource,
			newFriendshipsDataSource,
			newChatHeadersDataSource,
			newMessagesDataSource,
		},
		Actions: []func() action.Action{
			newSendMessageAction,
			newUpdateMessageAction,
			newDeleteMessagesAction,
			newMarkReadAction,
		},
		ListResources: []func() list.ListResource{
			newChatList,
		},
	}
}

// block is the provider's syarah block.
var block = system.Block{
	Name:  name,
	Title: title,
	Settings: append([]system.Setting{
		{
			Attribute: "gateway_url", Environment: "SYARAH_GATEWAY_URL", Required: true, Instead: "backend_url",
			Description: "Address of the Socket.IO server, such as `https://chat.example.com` (`http`, `ws` and `wss` will do too), without a path. " +
				"Everything is read through it, and all actions go through it. Without it, nothing can be read: chats and files can still be created, and no drift is seen.",
			Check: checkGatewayURL,
		},
		{
			Attribute: "backend_url", Environment: "SYARAH_BACKEND_URL",
			Description: "Address of the REST backend, such as `https://api.example.com`, without `/api/chat`. It creates chats and takes files. Without it, neither can be done.",
			Check:       checkBackendURL,
		},
		{
			Attribute: "user_id", Environment: "SYARAH_USER_ID", Required: true,
			Description: "Id of the user in whose name the provider works: a GUID, such as `550e8400-e29b-41d4-a716-446655440000`. It must be the user whom the access token belongs to.",
			Check:       checkUserID,
		},
		{
			Attribute: "access_token", Environment: "SYARAH_ACCESS_TOKEN", Required: true, Sensitive: true,
			Description: "Access token of that user, without the word `Bearer`. Syarah documents no call that issues tokens; sign in with your application. " +
				"It may be an ephemeral value. Prefer the environment variable to a value in a file.",
		},
		{
			Attribute: "socket_path", Environment: "SYARAH_SOCKET_PATH",
			Description: "Path of Socket.IO on the gateway. Assumed. Default: `/socket.io/`.",
			Check:       checkSocketPath,
		},
	}, system.RateSettings(title, "SYARAH")...),
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
	config.GatewayURL = values["gateway_url"]
	config.BackendURL = values["backend_url"]
	config.UserID = values["user_id"]
	config.AccessToken = values["access_token"]
	if socketPath := values["socket_path"]; socketPath != "" {
		config.SocketPath = strings.TrimRight(socketPath, "/") + "/" // as the vendor's client has it
	}
	config.RequestsPerSecond = values.RequestsPerSecond()
	config.MaxConcurrentRequests = values.MaxConcurrentRequests()
	config.UserAgent = userAgent
	config.Log = func(ctx context.Context, message string, fields map[string]any) { tflog.Debug(ctx, message, fields) }
	client, err := syarah.New(config)
	if err != nil {
		problems.AddAttributeError(path.Root(name), "The Syarah settings can't be used", err.Error())
		return system.Connection{Missing: problems}, problems
	}
	return system.Connection{Client: newTenant(client, config.UserID)}, nil
}

// guidPattern is what a user's id looks like (syarah-api.md §2 [seed]).
var guidPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// checkGatewayURL says what is wrong with the address. Like the other checks it
// does not repeat the value, which may be a secret in the wrong place.
func checkGatewayURL(value string) string {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || !slices.Contains([]string{"https", "http", "wss", "ws"}, parsed.Scheme) {
		return "is not an address. Write the whole address, such as https://chat.example.com. " +
			"It must begin with https:// or wss:// (or http:// or ws:// for a server on this machine)."
	}
	if strings.Trim(parsed.Path, "/") != "" {
		return "has a path. Write the address alone, and the path of Socket.IO, if it is not /socket.io/, into socket_path."
	}
	return ""
}

func checkBackendURL(value string) string {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return "is not an address. Write the whole address, such as https://api.example.com. " +
			"It must begin with https:// (or http:// for a server on this machine)."
	}
	return ""
}

func checkUserID(value string) string {
	if !guidPattern.MatchString(value) {
		return "is not the id of a user, which is a GUID, such as 550e8400-e29b-41d4-a716-446655440000."
	}
	return ""
}

func checkSocketPath(value string) string {
	if !strings.HasPrefix(value, "/") || strings.ContainsAny(value, " ?#") {
		return "is not a path: it must begin with /, and hold no spaces and none of ? and #, such as /socket.io/."
	}
	return ""
}
