package oichat

import (
	"errors"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// advice is what to do next about an OiChat error of a kind.
var advice = map[rest.Kind]string{
	rest.Unauthorized: "OiChat does not accept the credentials. Check that api_key (OICHAT_API_KEY), secret_key (OICHAT_SECRET_KEY) and " +
		"project_id (OICHAT_PROJECT_ID) belong together. How requests carry them is assumed: when they are right, " +
		"try authentication = \"bearer\" or other header names in the provider's oichat block.",
	rest.Forbidden: "Check that the keys belong to the project of project_id (OICHAT_PROJECT_ID), and that the user may do this in the room.",
	rest.NotFound: "Check the ids: OiChat does not know the room or the user in it, or has deleted the room. " +
		"If that happened outside Terraform, run terraform plan to see the difference.",
	rest.Invalid: "OiChat refused a value. Correct it in the configuration and apply again.",
	rest.Unsupported: "OiChat does not publish the paths of its API, and the provider's are assumed. Check base_url (OICHAT_BASE_URL) " +
		"and path_prefix (OICHAT_PATH_PREFIX) in the provider's oichat block.",
}

// fail reports a failed call. attributes maps OiChat's field names to the
// attributes that carry them; nil when no single attribute can be at fault.
func fail(diagnostics *diag.Diagnostics, err error, action, object string, attributes map[string]path.Path) {
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Attributes: attributes, Advice: advice})
}

// failManaged reports that a call about something in the state failed. A 404
// whose words say nothing may be about it all the same.
func failManaged(diagnostics *diag.Diagnostics, err error, action, object string) {
	next := maps.Clone(advice)
	next[rest.Unsupported] += " When other rooms can be read, the path is right and this one is gone: terraform state rm takes it out of the state."
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Advice: next})
}

// failCreation reports that a room was not created, or that nobody knows.
// hasKey is true when the configuration has a key for it.
func failCreation(diagnostics *diag.Diagnostics, err error, object string, hasKey bool) {
	failure := system.Failure{Action: "create", Object: object, Attributes: roomAttributePaths, Advice: advice}
	var lost *oichat.LostError
	switch {
	case errors.As(err, &lost) && hasKey:
		failure.Next = "Apply again within 24 hours: with the same idempotency_key OiChat returns the room, if there is one, instead of making a second one."
	case errors.As(err, &lost):
		failure.Next = fmt.Sprintf("If the room is there, import it. Or let OiChat tell: for 24 hours, a creation with the same key returns the same room "+
			"instead of making a second one. Write this into the resource and apply again:\n\n  idempotency_key = %q", lost.Key)
	case rest.IsKind(err, rest.Conflict):
		failure.Next = "A room with the same idempotency_key, but with other values, was created in the last 24 hours. " +
			"Choose another key, or leave idempotency_key out."
	}
	system.AddError(diagnostics, err, failure)
}

func describeNewRoom(name string) string {
	if name == "" {
		return "an OiChat room"
	}
	return fmt.Sprintf("OiChat room %q", name)
}

func describeRoom(roomID string) string { return "OiChat room " + roomID }

func describeParticipant(roomID, userID string) string {
	return fmt.Sprintf("participant %q of OiChat room %s", userID, roomID)
}

func describeRoomsOf(userID string) string { return fmt.Sprintf("OiChat rooms of user %q", userID) }
