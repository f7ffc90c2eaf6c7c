package tegrabox

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// base is what everything of this system is built on.
var base = system.Base[*tenant]{System: name}

// gone is why an object leaves the state.
const gone = "TegraBox does not know it any more"

// emailPattern is as loose as e-mail addresses are; the server has the last word.
var emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)

// idAttribute is the id that TegraBox gives an object, by which Terraform and its
// users call it, too.
func idAttribute(kind string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		MarkdownDescription: "Id of the " + kind + ", given by TegraBox.",
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// checkSettings says before anything is applied what the provider lacks to manage
// something. Settings that are not known yet lack nothing.
func checkSettings(resource *system.Base[*tenant], diagnostics *diag.Diagnostics) {
	client, known := resource.Known(diagnostics)
	if known && !client.HasAPIKey() {
		diagnostics.AddError("TegraBox's api_key is missing",
			"The provider has the token of one user, with which nothing can be managed. "+setKey)
	}
}

const setKey = "Set api_key in the provider's tegrabox block, or the environment variable TEGRABOX_API_KEY."

// advice is what to do next about a TegraBox error of a kind.
var advice = map[rest.Kind]string{
	rest.Unauthorized: "TegraBox does not accept the provider's API key, or does not find its project. Check that api_key (TEGRABOX_API_KEY) is a key of the server at base_url (TEGRABOX_BASE_URL), " +
		"and that project_id (TEGRABOX_PROJECT_ID), if it is set, is that key's project. How the key is sent is assumed: api_key_header and api_key_scheme change it.",
	rest.Forbidden:   "TegraBox knows the caller and does not allow this. The API key may belong to another project (project_id), and a user may act only in rooms of which it is a member.",
	rest.NotFound:    "Check the ids: TegraBox does not know what is named here. If it was deleted outside Terraform, run terraform plan to see the difference.",
	rest.Invalid:     "TegraBox refused a value. Correct it in the configuration and apply again.",
	rest.Conflict:    "TegraBox has something in the way that it does not show. A deleted user may keep its username and external id: choose others.",
	rest.Unsupported: "The server does not know this call. Check base_url, and path_prefix and project_in of the provider's tegrabox block: TegraBox has not published its paths, and those that the provider uses are assumed.",
}

// userAdvice is advice about a call that is made with a user's token.
var userAdvice = map[rest.Kind]string{
	rest.Unauthorized: "TegraBox does not accept the user's token: it may have expired or been revoked, or its user is gone. " +
		"Get a new one from the ephemeral resource chat_tegrabox_token. Where the token is sent is assumed: jwt_header changes it.",
	rest.Forbidden:   advice[rest.Forbidden],
	rest.NotFound:    advice[rest.NotFound],
	rest.Invalid:     advice[rest.Invalid],
	rest.Unsupported: advice[rest.Unsupported],
}

// fail reports a failed call. attributes maps the vendor's field names to the
// attributes that carry them; nil when no single attribute can be at fault.
func fail(diagnostics *diag.Diagnostics, err error, action, object string, attributes map[string]path.Path) {
	failure := system.Failure{Action: action, Object: object, Attributes: attributes, Advice: advice}
	var refusal *rest.Error
	if errors.As(err, &refusal) && refusal.Kind == rest.Unauthorized && refusal.Status == 0 {
		failure.Next = setKey // nobody was asked
	}
	system.AddError(diagnostics, err, failure)
}

// failAsUser reports a failed call that was made with a user's token.
func failAsUser(diagnostics *diag.Diagnostics, err error, action, object string) {
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Advice: userAdvice})
}

// noToken reports that a user's token is needed and not configured. otherwise is
// what else could be done.
func noToken(diagnostics *diag.Diagnostics, otherwise string) {
	diagnostics.AddError("The provider has no token of a TegraBox user",
		"TegraBox tells by the token of a user who asks. Set jwt_token in the provider's tegrabox block, or the environment variable TEGRABOX_JWT_TOKEN. "+
			"The ephemeral resource chat_tegrabox_token issues such tokens."+otherwise)
}

// failCreation reports that an object was not created, or may have been.
func failCreation(diagnostics *diag.Diagnostics, err error, object, resourceType string, attributes map[string]path.Path) {
	failure := system.Failure{Action: "create", Object: object, Attributes: attributes, Advice: advice}
	var exists *tegrabox.ExistsError
	var lost *tegrabox.LostError
	switch {
	case errors.As(err, &exists):
		diagnostics.AddAttributeError(attributes[exists.Field], "Can't create "+object,
			fmt.Sprintf("TegraBox has %s already: its id is %s. "+system.InTheWay+"%s\n\nOr choose another %s.", exists.Object, exists.ID, importCommand(exists.ID), exists.Field))
		return
	case errors.As(err, &lost) && len(lost.Candidates) > 0:
		failure.Next = "Find out which it is, and import that one, so that it is not created twice:\n"
		for _, id := range lost.Candidates {
			failure.Next += "\n  " + importCommand(id)
		}
	case errors.As(err, &lost):
		failure.Next = fmt.Sprintf("Look at what is there with the data source %ss. If it is there, import it, so that it is not created twice:\n\n  %s\n\nOtherwise apply again.",
			resourceType, importCommand("<id>"))
	}
	system.AddError(diagnostics, err, failure)
}

func importCommand(id string) string {
	return fmt.Sprintf("terraform import <address of this resource> '%s'", strings.ReplaceAll(id, "'", `'\''`))
}

// failLookup reports that an object could not be read. attribute is the one that
// names it.
func failLookup(diagnostics *diag.Diagnostics, err error, object, attribute string) {
	if !rest.IsKind(err, rest.NotFound) {
		fail(diagnostics, err, "read", object, nil)
		return
	}
	noSuch(diagnostics, object, attribute)
}

// noSuch reports that what was looked for is not there.
func noSuch(diagnostics *diag.Diagnostics, object, attribute string) {
	diagnostics.AddAttributeError(path.Root(attribute), "There is no "+object,
		"TegraBox does not know it. Check the value. If a resource of this configuration creates it, take the value from that resource's attributes, "+
			"so that Terraform creates it first.")
}

// describeUser names a user in texts. While it is imported only its id is known.
func describeUser(username, id string) string { return describe("user", username, id) }

func describeRoom(name, id string) string { return describe("room", name, id) }

func describe(kind, name, id string) string {
	if name == "" {
		return fmt.Sprintf("TegraBox %s %s", kind, id)
	}
	return fmt.Sprintf("TegraBox %s %q (%s)", kind, name, id)
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

// changed is true when a known value is planned that differs from what is there.
func changed(planned, prior types.String) bool {
	return !planned.IsNull() && !planned.IsUnknown() && !planned.Equal(prior)
}
