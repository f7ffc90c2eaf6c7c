package syarah

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// base is what everything of this system is built on.
var base = system.Base[*tenant]{System: name}

// advice is what to do next about a Syarah error of a kind.
var advice = map[rest.Kind]string{
	rest.Unauthorized: "Syarah does not accept the access token. It may have expired: get a new one, and check that access_token (SYARAH_ACCESS_TOKEN) " +
		"belongs to the user of user_id (SYARAH_USER_ID).",
	rest.Forbidden: "Syarah knows the user and does not allow this: one may only see and use chats of one's own, and only change messages of one's own. " +
		"Check that user_id (SYARAH_USER_ID) is the user whom access_token (SYARAH_ACCESS_TOKEN) belongs to.",
	rest.NotFound: "Check the ids: Syarah does not know what is named here, or does not show it to the user of user_id (SYARAH_USER_ID).",
	rest.Invalid:  "Syarah refused a value. Correct it in the configuration and apply again.",
	rest.Unsupported: "The server does not know this call. Check backend_url (SYARAH_BACKEND_URL), which creates chats and takes files, " +
		"and gateway_url (SYARAH_GATEWAY_URL) and socket_path (SYARAH_SOCKET_PATH), over which everything else goes.",
	rest.Unavailable: "The server could not be reached or did not answer in time. Check gateway_url (SYARAH_GATEWAY_URL) or backend_url (SYARAH_BACKEND_URL), " +
		"whichever this is about, and the network. Then run the same command again.",
}

// fail reports a failed call. attributes maps the vendor's field names to the
// attributes that carry them; nil when no single attribute can be at fault.
func fail(diagnostics *diag.Diagnostics, err error, action, object string, attributes map[string]path.Path) {
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Attributes: attributes, Advice: advice})
}

// hasGateway reports whether the gateway can be asked. what is needed of it, in
// the error otherwise: "Reading chats".
func hasGateway(client *tenant, what string, diagnostics *diag.Diagnostics) bool {
	if !client.HasGateway() {
		lacks(diagnostics, what, "Syarah's gateway", "gateway_url", "SYARAH_GATEWAY_URL")
	}
	return client.HasGateway()
}

// hasBackend is hasGateway for the backend.
func hasBackend(client *tenant, what string, diagnostics *diag.Diagnostics) bool {
	if !client.HasBackend() {
		lacks(diagnostics, what, "Syarah's backend", "backend_url", "SYARAH_BACKEND_URL")
	}
	return client.HasBackend()
}

func lacks(diagnostics *diag.Diagnostics, what, server, attribute, environment string) {
	diagnostics.AddError("Syarah's "+attribute+" is missing",
		fmt.Sprintf("%s needs %s. Set %s in the provider's syarah block, or the environment variable %s.", what, server, attribute, environment))
}

// noSuchChat reports that a chat that was named is not there.
func noSuchChat(diagnostics *diag.Diagnostics, chatHeaderID int64, attribute string) {
	diagnostics.AddAttributeError(path.Root(attribute), fmt.Sprintf("There is no Syarah chat %d", chatHeaderID),
		"Syarah does not know it, or does not show it to the user of the provider (user_id, SYARAH_USER_ID). Check the value. "+
			"If a chat_syarah_chat of this configuration creates it, take the value from that resource's chat_header_id, so that Terraform creates it first.")
}

// userIDValidators accept the id of a user.
func userIDValidators() []validator.String {
	return []validator.String{stringvalidator.RegexMatches(guidPattern, "must be the id of a user: a GUID, such as 550e8400-e29b-41d4-a716-446655440000")}
}

// toldText is null where the server says nothing.
func toldText(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// toldTime is null where the server says nothing.
func toldTime(moment time.Time) types.String {
	if moment.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(moment.UTC().Format(time.RFC3339))
}

// toldID is null where the server tells no id.
func toldID(id int64) types.Int64 {
	if id == 0 {
		return types.Int64Null()
	}
	return types.Int64Value(id)
}
