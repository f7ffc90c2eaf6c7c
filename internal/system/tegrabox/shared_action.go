package tegrabox

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// requiredText is an argument that an action can't do without.
func requiredText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Required:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// userToken says which user acts.
func userToken() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Token of the user who acts, as the ephemeral resource `chat_tegrabox_token` issues it. It is write-only: it is stored in no plan, and may be an ephemeral value. " +
			"Default: the provider's `jwt_token` (`TEGRABOX_JWT_TOKEN`).",
		Optional:   true,
		WriteOnly:  true,
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// tell shows what was done, while Terraform runs.
func tell(resp *action.InvokeResponse, message string) {
	resp.SendProgress(action.InvokeProgressEvent{Message: message})
}
