package rocketchat

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// roomAction is what every action in a room of a visitor takes.
type roomAction struct {
	RoomID       types.String `tfsdk:"room_id"`
	VisitorToken types.String `tfsdk:"visitor_token"`
}

// roomAttributes are those of a roomAction, and more. state says in which state
// the room must be.
func roomAttributes(state string, more map[string]schema.Attribute) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"room_id": requiredText("Id of the room, which must be " + state + "."),
		"visitor_token": schema.StringAttribute{
			MarkdownDescription: "Token of the visitor whose room it is. It is a credential: take it from the resource `chat_rocketchat_visitor` or from a sensitive variable, for Terraform stores in a saved plan what an action is given.",
			Required:            true,
			Validators:          tokenValidators(),
		},
	}
	for name, attribute := range more {
		attributes[name] = attribute
	}
	return attributes
}

// requiredText is an argument that an action can't do without.
func requiredText(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Required: true, Validators: textValidators()}
}

// optionalText is an argument that may be left out.
func optionalText(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: textValidators()}
}

// tell shows what was done, while Terraform runs.
func tell(resp *action.InvokeResponse, message string) {
	resp.SendProgress(action.InvokeProgressEvent{Message: message})
}

// failOnce reports that something was not done which is never repeated, because
// it would be done twice. When the answer was lost, nobody knows.
func failOnce(diagnostics *diag.Diagnostics, err error, action, object string) {
	next := ""
	if rest.IsUncertain(err) {
		next = "It is not known whether that was done. It is not tried again, for then it might be done twice: look on the server, and run the action again if it was not."
	}
	system.AddError(diagnostics, err, system.Failure{Action: action, Object: object, Advice: advice, Next: next})
}
