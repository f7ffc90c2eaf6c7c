package ethora

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// advice is what to do next about an Ethora error of a kind.
var advice = map[rest.Kind]string{
	rest.Unauthorized: "Ethora does not accept the provider's token. Check that app_secret (ETHORA_CHAT_APP_SECRET) is the secret of " +
		"app_id (ETHORA_CHAT_APP_ID), that both belong to the server at api_url (ETHORA_CHAT_API_URL), and that this machine's clock is right.",
	rest.Forbidden: "The provider's app may manage itself and the apps below it, and nothing else. " +
		"Check that app_id names such an app, or configure a provider alias with that app's own credentials.",
	rest.NotFound: "Check the ids: the app, user or room named here is unknown to Ethora or archived. " +
		"If it was deleted outside Terraform, run terraform plan to see the difference.",
	rest.Invalid: "Ethora refused a value. Correct it in the configuration and apply again.",
}

// fail reports a failed call. attributes maps Ethora's field names to the
// attributes that carry them; nil when no single attribute can be at fault.
func fail(diagnostics *diag.Diagnostics, err error, action, object string, attributes map[string]path.Path) {
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Attributes: attributes, Advice: advice})
}

// conflict reports that an object is in the way, with the command that takes it
// over. Nothing tells somebody else's from another resource's, or from one whose
// apply was killed before it could save.
func conflict(diagnostics *diag.Diagnostics, err error, object, importID string, attributes map[string]path.Path) {
	next := fmt.Sprintf(system.InTheWay+"terraform import <address of this resource> '%s'\n\nOr choose another id.", importID)
	system.AddError(diagnostics, err, system.Failure{
		Action: "create", Object: object, Attributes: attributes,
		Advice: map[rest.Kind]string{rest.Conflict: next},
	})
}

// refusedField is true when the error is about one field, by Ethora's name for it.
func refusedField(err error, field string) bool {
	var answer *rest.Error
	return errors.As(err, &answer) && answer.Fields[field] != ""
}

// emailTaken reports that another user has the e-mail address. There is no
// user of this id that could be imported.
func emailTaken(diagnostics *diag.Diagnostics, err error, object string) {
	system.AddError(diagnostics, err, system.Failure{
		Action: "create", Object: object, Attributes: userAttributePaths,
		Advice: map[rest.Kind]string{rest.Conflict: "An e-mail address belongs to one user of an app. " +
			"Choose another address, or manage the user that has it: set user_id to that user's and import it."},
	})
}

// domainTaken reports that another app has the domain name, which may be an
// archived one that nobody sees.
func domainTaken(diagnostics *diag.Diagnostics, err error, action, object string) {
	system.AddError(diagnostics, err, system.Failure{
		Action: action, Object: object, Attributes: appAttributePaths(),
		Advice: map[rest.Kind]string{rest.Conflict: "A domain name is unique on the whole platform, and an archived app keeps its own. " +
			"Choose another one, purge the app that has it (hard_delete = true, applied before its destroy), " +
			"or manage that app from here: terraform import <address of this resource> '<app_id>'."},
	})
}

func describeApp(appID string) string { return fmt.Sprintf("Ethora app %s", appID) }

func describeUser(appID, userID string) string {
	return fmt.Sprintf("Ethora user %q of app %s", userID, appID)
}

func describeRoom(appID, roomID string) string {
	return fmt.Sprintf("Ethora room %q of app %s", roomID, appID)
}

func describeAccess(appID, roomID, userID string) string {
	return fmt.Sprintf("access of Ethora user %q to room %q of app %s", userID, roomID, appID)
}
