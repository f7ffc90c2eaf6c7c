// Package ethora is the Terraform side of Ethora, a hosted or self-hosted chat
// backend with tenant administration.
package ethora

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// name is the system's key in the provider configuration and in type names.
const name = "ethora"

// ClientDefaults are the client's waits and limits; zero values are its own.
// Tests shorten them before they start.
var ClientDefaults ethora.Config

// System describes Ethora to the provider.
func System() system.System {
	return system.System{
		Name:          name,
		Configuration: configurationSchema(),
		Configure:     configure,
		Resources: []func() resource.Resource{
			newAppResource,
			newUserResource,
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

// setting is one value of the provider's ethora block.
type setting struct {
	attribute   string
	environment string
	required    bool
	sensitive   bool
	description string
	check       func(value string) string // what is wrong with a value; "" for nothing
}

// settings is the one table of the block: its schema, its environment
// variables and its error texts all come from here.
var settings = []setting{
	{
		attribute: "api_url", environment: "ETHORA_CHAT_API_URL", required: true,
		description: "Address of the Ethora API, without a version: `https://api.chat.ethora.com` for Ethora's own cloud, " +
			"`https://api.<your-domain>` for a self-hosted server. A trailing `/`, `/v1` or `/v2` is ignored.",
		check: checkAPIURL,
	},
	{
		attribute: "app_id", environment: "ETHORA_CHAT_APP_ID", required: true,
		description: "Id of the app the provider signs in as (24 hexadecimal digits). " +
			"It may manage itself and every app below it, and is the default `app_id` of all resources and data sources.",
		check: checkAppID,
	},
	{
		attribute: "app_secret", environment: "ETHORA_CHAT_APP_SECRET", required: true, sensitive: true,
		description: "Secret of that app. It signs the provider's tokens on this machine and is never sent. " +
			"Prefer the environment variable to a value in a file.",
	},
	{
		attribute: "xmpp_host", environment: "ETHORA_CHAT_XMPP_HOST",
		description: "XMPP host that room addresses (JIDs) are made with. " +
			"Default: what the server's public configuration says, or `" + ethora.DefaultXMPPHost + "` when it says nothing.",
	},
}

func configurationSchema() schema.SingleNestedAttribute {
	attributes := map[string]schema.Attribute{}
	for _, s := range settings {
		attributes[s.attribute] = schema.StringAttribute{
			MarkdownDescription: s.description + " Environment variable: `" + s.environment + "`.",
			Optional:            true,
			Sensitive:           s.sensitive,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Connection to Ethora. Write `ethora = {}` to take everything from the environment. " +
			"It may be left out altogether when the environment is complete.",
		Optional:   true,
		Attributes: attributes,
	}
}

// configure makes the client from the block and the environment.
func configure(_ context.Context, in system.Settings) (system.Connection, diag.Diagnostics) {
	if in.Block.IsUnknown() {
		return system.Connection{Unknown: true}, nil
	}

	var problems diag.Diagnostics
	values, missing := map[string]string{}, []setting{}
	for _, s := range settings {
		value, source := os.Getenv(s.environment), "The environment variable "+s.environment
		if configured, ok := in.Block.Attributes()[s.attribute].(basetypes.StringValue); ok && !configured.IsNull() {
			if configured.IsUnknown() {
				return system.Connection{Unknown: true}, nil
			}
			value, source = configured.ValueString(), s.attribute+" in the provider's ethora block"
		}
		value = strings.TrimSpace(value) // a secret from a file ends in a line feed
		if value == "" && s.required {
			missing = append(missing, s)
		}
		if value != "" && s.check != nil {
			if problem := s.check(value); problem != "" {
				problems.AddAttributeError(path.Root(name).AtName(s.attribute), "Ethora's "+s.attribute+" is malformed", source+" "+problem)
			}
		}
		values[s.attribute] = value
	}
	if problems.HasError() && in.Block.IsNull() {
		return system.Connection{Missing: problems}, nil // told when something of Ethora is used
	}
	if problems.HasError() {
		return system.Connection{Missing: problems}, problems
	}
	if len(missing) > 0 {
		return missingSettings(in.Block, missing)
	}
	return connect(values, in.UserAgent)
}

// missingSettings reports at once when the user wrote the block, and otherwise
// only when something of Ethora is used.
func missingSettings(block types.Object, missing []setting) (system.Connection, diag.Diagnostics) {
	var problems diag.Diagnostics
	if block.IsNull() {
		var lines []string
		for _, s := range missing {
			lines = append(lines, fmt.Sprintf("  - %s: environment variable %s, or ethora = { %s = ... }", s.attribute, s.environment, s.attribute))
		}
		problems.AddError("Ethora is not configured",
			"This configuration uses Ethora, but the provider \"chat\" lacks these settings:\n\n"+strings.Join(lines, "\n"))
		return system.Connection{Missing: problems}, nil
	}
	for _, s := range missing {
		problems.AddAttributeError(path.Root(name).AtName(s.attribute),
			fmt.Sprintf("Ethora's %s is missing", s.attribute),
			fmt.Sprintf("Set %s in the provider's ethora block, or the environment variable %s.", s.attribute, s.environment))
	}
	return system.Connection{Missing: problems}, problems
}

func connect(values map[string]string, userAgent string) (system.Connection, diag.Diagnostics) {
	var problems diag.Diagnostics
	config := ClientDefaults
	config.APIURL = values["api_url"]
	config.AppID = values["app_id"]
	config.AppSecret = values["app_secret"]
	config.XMPPHost = values["xmpp_host"]
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
