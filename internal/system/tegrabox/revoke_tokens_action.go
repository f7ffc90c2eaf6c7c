package tegrabox

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*revokeTokensAction)(nil)

type revokeTokensAction struct {
	system.Action[*tenant]
}

type revokeTokensModel struct {
	UserID types.String `tfsdk:"user_id"`
}

func newRevokeTokensAction() action.Action {
	return &revokeTokensAction{system.Action[*tenant]{Base: base}}
}

func (a *revokeTokensAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_revoke_tokens"
}

func (a *revokeTokensAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes all tokens of a TegraBox user: every chat client of the user is signed out, and needs a new token. Nothing can bring a revoked token back.",
		Attributes: map[string]schema.Attribute{
			"user_id": requiredText("Id of the user, given by TegraBox. One who does not exist is an error."),
		},
	}
}

func (a *revokeTokensAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model revokeTokensModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	userID := model.UserID.ValueString()
	err := client.RevokeTokens(ctx, userID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		failLookup(&resp.Diagnostics, err, "TegraBox user "+userID, "user_id")
	case err != nil:
		fail(&resp.Diagnostics, err, "revoke", "tokens of TegraBox user "+userID, nil)
	default:
		tell(resp, fmt.Sprintf("TegraBox has revoked all tokens of user %s.", userID))
	}
}
