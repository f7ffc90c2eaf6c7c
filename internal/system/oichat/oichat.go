// Package oichat is the Terraform side of OiChat, a hosted chat API: rooms, who
// takes part in them, tokens and system messages.
package oichat

import (
	"context"
	"net/url"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// name is the system's key in the provider configuration and in type names.
const name = "oichat"

// title is its name in texts.
const title = "OiChat"

// ClientDefaults are the client's waits and limits; zero values are its own.
// Tests shorten them before they start.
var ClientDefaults oichat.Config

// base is what everything of this system is built on.
var base = system.Base[*tenant]{System: name}

// System describes OiChat to the provider.
func System() system.System {
	return system.System{
		Name:          name,
		Configuration: block.Schema(),
		Configure:     configure,
		Resources: []func() resource.Resource{
			newRoomResource,
			newRoomParticipantResource,
		},
		DataSources: []func() datasource.DataSource{
			newRoomDataSource,
			newRoomsDataSource,
		},
		EphemeralResources: []func() ephemeral.EphemeralResource{
			newTokenEphemeral,
		},
		Actions: []func() action.Action{
			newSendMessageAction,
			newLeaveRoomAction,
		},
		ListResources: []func() list.ListResource{
			newRoomList,
			newRoomParticipantList,
		},
	}
}

// block is the provider's oichat block. OiChat's SDK tells the first four; how
// they travel is assumed, and so the rest can be set otherwise.
var block = system.Block{
	Name:  name,
	Title: title,
	Settings: append([]system.Setting{
		{
			Attribute: "base_url", Environment: "OICHAT_BASE_URL",
			Description: "Address of the OiChat API. A trailing `/` or `path_prefix` is ignored. Default: `" + oichat.DefaultBaseURL + "`.",
			Check:       checkBaseURL,
		},
		{
			Attribute: "api_key", Environment: "OICHAT_API_KEY", Required: true, Sensitive: true,
			Description: "API key of the project, from the OiChat console. It begins with `ak_`.",
		},
		{
			Attribute: "secret_key", Environment: "OICHAT_SECRET_KEY", Required: true, Sensitive: true,
			Description: "Secret key of the project, from the OiChat console. It begins with `sk_` and lets its holder do everything in the project. " +
				"Prefer the environment variable to a value in a file.",
		},
		{
			Attribute: "project_id", Environment: "OICHAT_PROJECT_ID", Required: true,
			Description: "Id of the project that the provider works in. It begins with `proj_`.",
			Check:       checkProjectID,
		},
		{
			Attribute: "path_prefix", Environment: "OICHAT_PATH_PREFIX",
			Description: "What stands before every path of the API; `/` for nothing. OiChat does not publish its paths, so this is assumed. Default: `/v1`.",
			Check:       checkPathPrefix,
		},
		{
			Attribute: "authentication", Environment: "OICHAT_AUTHENTICATION",
			Description: "How requests carry the credentials. `headers`: in the three headers below. `bearer`: the secret key as bearer token in `Authorization`, " +
				"and the project's id in its header; the API key is not sent. Assumed. Default: `headers`.",
			Check: checkAuthentication,
		},
		headerSetting("api_key_header", "OICHAT_API_KEY_HEADER", "API key", "X-API-Key"),
		headerSetting("secret_key_header", "OICHAT_SECRET_KEY_HEADER", "secret key", "X-Secret-Key"),
		headerSetting("project_id_header", "OICHAT_PROJECT_ID_HEADER", "project's id", "X-Project-Id"),
	}, system.RateSettings(title, "OICHAT")...),
}

func headerSetting(attribute, environment, what, standard string) system.Setting {
	return system.Setting{
		Attribute: attribute, Environment: environment,
		Description: "Name of the HTTP header that carries the " + what + ". Assumed. Default: `" + standard + "`.",
		Check:       checkHeader,
	}
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
	config.SecretKey = values["secret_key"]
	config.ProjectID = values["project_id"]
	config.Prefix = values["path_prefix"]
	config.Authentication = values["authentication"]
	config.Headers = oichat.Headers{
		APIKey:    values["api_key_header"],
		SecretKey: values["secret_key_header"],
		Project:   values["project_id_header"],
	}
	config.RequestsPerSecond = values.RequestsPerSecond()
	config.MaxConcurrentRequests = values.MaxConcurrentRequests()
	config.UserAgent = userAgent
	client, err := oichat.New(config)
	if err != nil {
		problems.AddAttributeError(path.Root(name), "The OiChat settings can't be used", err.Error())
		return system.Connection{Missing: problems}, problems
	}
	return system.Connection{Client: newTenant(client)}, nil
}

// checkBaseURL says what is wrong with the address of the API. Like the other
// checks it does not repeat the value, which may be a secret in the wrong place.
func checkBaseURL(value string) string {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return "is not an address. Write the whole address, such as " + oichat.DefaultBaseURL + ". " +
			"It must begin with https:// (or http:// for a server on this machine)."
	}
	return ""
}

var (
	projectIDPattern  = regexp.MustCompile(`^[!-~]+$`)
	keyPattern        = regexp.MustCompile(`^(?:ak|sk)_`)
	pathPrefixPattern = regexp.MustCompile(`^/[!-~]*$`)
	headerPattern     = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // a token of RFC 9110 §5.6.2
)

func checkProjectID(value string) string {
	switch {
	case keyPattern.MatchString(value):
		return "is a key, not the id of a project, which begins with proj_."
	case !projectIDPattern.MatchString(value):
		return "is not the id of a project: it must not hold spaces or other than ASCII characters."
	}
	return ""
}

func checkPathPrefix(value string) string {
	if !pathPrefixPattern.MatchString(value) {
		return "is not a path: it must begin with / and hold no spaces, such as /v1. Write / for no prefix."
	}
	return ""
}

func checkAuthentication(value string) string {
	if value != oichat.ByHeaders && value != oichat.ByBearer {
		return "must be " + oichat.ByHeaders + " or " + oichat.ByBearer + "."
	}
	return ""
}

func checkHeader(value string) string {
	if !headerPattern.MatchString(value) {
		return "is not the name of a header: it must consist of letters, digits and dashes, such as X-API-Key."
	}
	return ""
}
