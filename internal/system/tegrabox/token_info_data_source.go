package tegrabox

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*tokenInfoDataSource)(nil)

type tokenInfoDataSource struct {
	system.DataSource[*tenant]
}

type tokenInfoDataModel struct {
	UserID         types.String `tfsdk:"user_id"`
	Username       types.String `tfsdk:"username"`
	ExternalUserID types.String `tfsdk:"external_user_id"`
	ProjectID      types.String `tfsdk:"project_id"`
	ExpiresAt      types.String `tfsdk:"expires_at"`
}

func newTokenInfoDataSource() datasource.DataSource {
	return &tokenInfoDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *tokenInfoDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_token_info"
}

func (d *tokenInfoDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Whom TegraBox takes the bearer of the provider's `jwt_token` (`TEGRABOX_JWT_TOKEN`) for. A token that is not valid is an error.\n\n" +
			"It takes no arguments: what a data source is given is stored in the state, and a token must not be. The provider's setting is stored nowhere, and may be an ephemeral value.",
		Attributes: map[string]schema.Attribute{
			"user_id":          system.ComputedText("Id of the user."),
			"username":         system.ComputedText("Name the user goes by in the chat. Null when TegraBox does not tell it."),
			"external_user_id": system.ComputedText("The user's id in your own system. Null when TegraBox does not tell it."),
			"project_id":       system.ComputedText("Id of the project that the token is good for. Null when TegraBox does not tell it."),
			"expires_at":       system.ComputedText("When the token ends, as RFC 3339, read from the token itself. Null when it does not say."),
		},
	}
}

func (d *tokenInfoDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := d.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	if !client.HasJWT() {
		noToken(&resp.Diagnostics, "")
		return
	}

	identity, err := client.Verify(ctx, "")
	if err != nil {
		failAsUser(&resp.Diagnostics, err, "verify", "TegraBox token of the provider's jwt_token (TEGRABOX_JWT_TOKEN)")
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, tokenInfoDataModel{
		UserID:         types.StringValue(identity.UserID),
		Username:       toldText(identity.Username),
		ExternalUserID: toldText(identity.ExternalUserID),
		ProjectID:      toldText(identity.ProjectID),
		ExpiresAt:      toldTime(identity.ExpiresAt),
	})...)
}
