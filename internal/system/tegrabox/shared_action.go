package tegrabox

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// requiredText is an argument that an action can't do without.
func requiredText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Required:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// tell shows what was done, while Terraform runs.
func tell(resp *action.InvokeResponse, message string) {
	resp.SendProgress(action.InvokeProgressEvent{Message: message})
}

// membershipModel is what joining and leaving a room take.
type membershipModel struct {
	RoomID types.String `tfsdk:"room_id"`
	UserID types.String `tfsdk:"user_id"`
}

// membershipAttributes have no token: what an action is given is stored in the
// plan.
func membershipAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"room_id": requiredText("Id of the room. One that does not exist is an error."),
		"user_id": schema.StringAttribute{
			MarkdownDescription: "Id of the user. TegraBox lets users act for themselves only, so the provider has a token issued for the user, uses it for this one call, and forgets it. " +
				"Default: the user of the provider's `jwt_token` (`TEGRABOX_JWT_TOKEN`).",
			Optional:   true,
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
	}
}

// who is the user, in texts.
func (m membershipModel) who() string {
	if m.UserID.IsNull() {
		return "The user of the provider's jwt_token"
	}
	return "TegraBox user " + m.UserID.ValueString()
}

// token is the user's; "" stands for the provider's own.
func (m membershipModel) token(ctx context.Context, client *tenant, diagnostics *diag.Diagnostics) string {
	if m.UserID.IsNull() {
		if !client.HasJWT() {
			noToken(diagnostics, " Or name the user by user_id.")
		}
		return ""
	}
	token, err := client.GenerateToken(ctx, m.UserID.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound):
		noSuch(diagnostics, m.who(), "user_id")
	case err != nil:
		fail(diagnostics, err, "issue", "token of "+m.who(), nil)
	}
	return token.Value
}
