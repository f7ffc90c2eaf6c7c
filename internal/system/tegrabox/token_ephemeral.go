package tegrabox

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*tokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*tokenEphemeral)(nil)
)

// revokedUser is the key under which Close finds whose tokens to revoke.
const revokedUser = "revoked_user"

type tokenEphemeral struct {
	system.EphemeralResource[*tenant]
}

type tokenModel struct {
	UserID        types.String `tfsdk:"user_id"`
	RevokeOnClose types.Bool   `tfsdk:"revoke_on_close"`
	Token         types.String `tfsdk:"token"`
	ExpiresAt     types.String `tfsdk:"expires_at"`
}

func newTokenEphemeral() ephemeral.EphemeralResource {
	return &tokenEphemeral{system.EphemeralResource[*tenant]{Base: base}}
}

func (e *tokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_token"
}

func (e *tokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A token with which a user's chat client signs in to TegraBox. Whoever has it is that user until it expires or is revoked. " +
			"It is issued anew in each plan and each apply, and is never stored in a plan or state.",
		Attributes: map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Id of the user, given by TegraBox.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"revoke_on_close": schema.BoolAttribute{
				MarkdownDescription: "Whether to revoke the token when Terraform has done with it. " +
					"TegraBox can't revoke one token: **it revokes all tokens of the user**, those of the user's own chat clients too. Default: `false`, the token lives until it expires.",
				Optional: true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "The token.",
				Computed:            true,
				Sensitive:           true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the token ends, as RFC 3339 in UTC: what TegraBox tells of it, or else the token itself. Null when neither does.",
				Computed:            true,
			},
		},
	}
}

func (e *tokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model tokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := e.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	userID := model.UserID.ValueString()
	token, err := client.GenerateToken(ctx, userID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		failLookup(&resp.Diagnostics, err, "TegraBox user "+userID, "user_id")
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "issue", "token of TegraBox user "+userID, nil)
		return
	}
	model.Token = types.StringValue(token.Value)
	model.ExpiresAt = toldTime(token.ExpiresAt)
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
	if model.RevokeOnClose.ValueBool() {
		encoded, _ := json.Marshal(userID) // a text always can be
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, revokedUser, encoded)...)
	}
}

// Close revokes the token, if that is wanted. A user who is gone has none.
func (e *tokenEphemeral) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	encoded, problems := req.Private.GetKey(ctx, revokedUser)
	resp.Diagnostics.Append(problems...)
	if encoded == nil || resp.Diagnostics.HasError() {
		return
	}
	client, ok := e.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	var userID string
	_ = json.Unmarshal(encoded, &userID) // as Open wrote it
	if err := client.RevokeTokens(ctx, userID); err != nil && !rest.IsKind(err, rest.NotFound) {
		fail(&resp.Diagnostics, err, "revoke", "tokens of TegraBox user "+userID, nil)
	}
}
