package ethora

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*serverTokenEphemeral)(nil)

type serverTokenEphemeral struct {
	system.EphemeralResource[*tenant]
}

func newServerTokenEphemeral() ephemeral.EphemeralResource {
	return &serverTokenEphemeral{system.EphemeralResource[*tenant]{Base: base}}
}

func (e *serverTokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_server_token"
}

func (e *serverTokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A token with which a backend calls Ethora's API as an app. It may do everything the app's secret may: keep it as secret. " +
			"The token is signed on this machine without a call, and is never stored in a plan or state.",
		Attributes: tokenAttributes(),
	}
}

func (e *serverTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model tokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	sign := func(issued time.Time, ttl time.Duration) (string, error) {
		return ethora.ServerToken(model.AppID.ValueString(), model.AppSecret.ValueString(), issued, ttl)
	}
	if model.AppSecret.IsNull() {
		client, ok := e.Client(&resp.Diagnostics)
		if !ok {
			return
		}
		model.AppID, sign = types.StringValue(client.AppID()), client.ServerToken
	}
	model.sign(sign, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
	}
}
