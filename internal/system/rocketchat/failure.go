package rocketchat

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// advice is what to do next about a Rocket.Chat error of a kind.
var advice = map[rest.Kind]string{
	rest.Unauthorized: "Rocket.Chat does not accept the provider's administrator. Check that auth_token (ROCKETCHAT_AUTH_TOKEN) is a personal access token of this server, " +
		"that user_id (ROCKETCHAT_USER_ID) is the id of its owner and not the username, and that the token has not expired or been revoked.",
	rest.Forbidden: "Rocket.Chat does not allow this. If the reason names a setting of the server, turn it in the server's administration; " +
		"otherwise the user of user_id (ROCKETCHAT_USER_ID) lacks a permission, which the role livechat-manager or admin has.",
	rest.NotFound:    "Check the values: Rocket.Chat does not know what is named here. If it was deleted outside Terraform, run terraform plan to see the difference.",
	rest.Invalid:     "Rocket.Chat refused a value. Correct it in the configuration and apply again.",
	rest.Conflict:    "Something else is in the way. Run terraform plan to see what is there now.",
	rest.Unsupported: "The server does not know this call. Check that server_url (ROCKETCHAT_URL) is the address of Rocket.Chat itself, and the version of the server.",
}

// fail reports a failed call. attributes maps the vendor's field names to the
// attributes that carry them; nil when no single attribute can be at fault.
func fail(diagnostics *diag.Diagnostics, err error, action, object string, attributes map[string]path.Path) {
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Attributes: attributes, Advice: advice})
}

// failWith is fail with words on what to do next.
func failWith(diagnostics *diag.Diagnostics, err error, action, object, next string) {
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Advice: advice, Next: next})
}

// failCreation reports that an object was not created, or may have been. An id
// that the server told is shown in the command that imports it.
func failCreation(diagnostics *diag.Diagnostics, err error, object, resourceType string, attributes map[string]path.Path) {
	failure := system.Failure{Action: "create", Object: object, Attributes: attributes, Advice: advice}
	var exists *rocketchat.ExistsError
	var lost *rocketchat.LostError
	switch {
	case errors.As(err, &exists):
		failure.Next = system.InTheWay + importCommand(resourceType, exists.ID)
	case errors.As(err, &lost) && len(lost.Found) > 0:
		failure.Next = "If it is this one, import it, so that it is not created twice:\n"
		for _, id := range lost.Found {
			failure.Next += "\n  " + importCommand(resourceType, id)
		}
	}
	system.AddError(diagnostics, err, failure)
}

func importCommand(resourceType, id string) string {
	return fmt.Sprintf("terraform import %s.<name> '%s'", resourceType, strings.ReplaceAll(id, "'", `'\''`))
}

// warnAdopted tells that an object stays which a resource was to remove, because
// another resource has adopted it in the same run.
func warnAdopted(diagnostics *diag.Diagnostics, object, removed string) {
	diagnostics.AddWarning(object+" stays",
		fmt.Sprintf("It was to be %s, but a resource with adopt_existing = true has taken it over in the same run, and manages it now. "+
			"If there should be a new one instead, set adopt_existing = false, and let the old one be destroyed first: without create_before_destroy.", removed))
}

// isLost reports whether it is not known what became of a creation.
func isLost(err error) bool {
	var lost *rocketchat.LostError
	return errors.As(err, &lost)
}

// needAdministrator reports that a thing needs an administrator, when the
// provider has none.
func needAdministrator(client *tenant, thing string, diagnostics *diag.Diagnostics) bool {
	if client.IsAdministrator() {
		return true
	}
	diagnostics.AddError(thing+" needs an administrator",
		"Rocket.Chat lets only administrators and livechat managers do this, and the provider has no credentials of one. "+
			"Set auth_token and user_id in the provider's rocketchat block, or the environment variables ROCKETCHAT_AUTH_TOKEN and ROCKETCHAT_USER_ID.")
	return false
}

// administrator is the client, or a report of why there is none that may do
// this.
func administrator(b *system.Base[*tenant], thing string, diagnostics *diag.Diagnostics) (*tenant, bool) {
	client, ok := b.Client(diagnostics)
	return client, ok && needAdministrator(client, thing, diagnostics)
}

// planAsAdministrator tells before anything is applied what the provider is not
// configured with.
func planAsAdministrator(b *system.Base[*tenant], thing string, diagnostics *diag.Diagnostics) {
	if client, known := b.Known(diagnostics); known {
		needAdministrator(client, thing, diagnostics)
	}
}

// noSuch reports that what an attribute names is not there.
func noSuch(diagnostics *diag.Diagnostics, object, attribute string) {
	diagnostics.AddAttributeError(path.Root(attribute), "There is no such "+object,
		"Rocket.Chat does not know it. Check the value. If a resource of this configuration creates it, take the value from that resource's attributes, "+
			"so that Terraform creates it first.")
}

// failInRoom reports a failed call about something in a visitor's room. Who is
// not known is marked where it is named.
func failInRoom(diagnostics *diag.Diagnostics, err error, action, object string) {
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeInvalidToken):
		noSuch(diagnostics, "Rocket.Chat visitor", "visitor_token")
	case rocketchat.HasCode(err, rocketchat.CodeInvalidRoom, "error-invalid-room"):
		noSuch(diagnostics, "Rocket.Chat room of this visitor", "room_id")
	default:
		fail(diagnostics, err, action, object, nil)
	}
}

// describe names an object by its id.
func describe(kind, id string) string {
	if id == "" {
		return "Rocket.Chat " + kind
	}
	return "Rocket.Chat " + kind + " " + id
}
