package ethora

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*clientTokenEphemeral)(nil)

type clientTokenEphemeral struct {
	system.EphemeralResource[*tenant]
}

type clientTokenModel struct {
	UserID types.String `tfsdk:"user_id"`
	tokenModel
}

func newClientTokenEphemeral() ephemeral.EphemeralResource {
	return &clientTokenEphemeral{system.EphemeralResource[*tenant]{Base: base}}
}

func (e *clientTokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_client_token"
}

func (e *clientTokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	attributes := tokenAttributes()
	attributes["user_id"] = schema.StringAttribute{
		MarkdownDescription: "Plain id of the user, as given when the user was created. Whether the user exists is not checked.",
		Required:            true,
		Validators:          []validator.String{plainID{minimum: 2}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A token with which a user's chat client signs in to Ethora. Whoever has it is that user until it expires. " +
			"The token is signed on this machine without a call, and is never stored in a plan or state.",
		Attributes: attributes,
	}
}

func (e *clientTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model clientTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	userID := model.UserID.ValueString()
	sign := func(issued time.Time, ttl time.Duration) (string, error) {
		return ethora.ClientToken(model.AppID.ValueString(), model.AppSecret.ValueString(), userID, issued, ttl)
	}
	if model.AppSecret.IsNull() {
		client, ok := e.Client(&resp.Diagnostics)
		if !ok {
			return
		}
		model.AppID = types.StringValue(client.AppID())
		sign = func(issued time.Time, ttl time.Duration) (string, error) {
			return client.ClientToken(userID, issued, ttl)
		}
	}
	model.sign(sign, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
	}
}
