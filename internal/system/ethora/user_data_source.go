package ethora

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*userDataSource)(nil)

type userDataSource struct {
	system.DataSource[*tenant]
}

type userDataModel struct {
	ID    types.String `tfsdk:"id"`
	AppID types.String `tfsdk:"app_id"`
	userRow
}

func newUserDataSource() datasource.DataSource {
	return &userDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *userDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_user"
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := userRowAttributes()
	attributes["id"] = system.ComputedText("Id in Terraform: `<app_id>/<user_id>`.")
	attributes["app_id"] = lookupAppID()
	attributes["user_id"] = userIDLookup()
	resp.Schema = schema.Schema{
		MarkdownDescription: "One user of an Ethora app. A user that does not exist or is archived is an error.",
		Attributes:          attributes,
	}
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model userDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID, userID := configuredApp(client, model.AppID), model.UserID.ValueString()
	user, err := client.GetUser(ctx, appID, userID)
	switch {
	case err != nil:
		failLookup(&resp.Diagnostics, err, describeUser(appID, userID), "user_id")
		return
	case user.Gone():
		noSuch(&resp.Diagnostics, "active "+describeUser(appID, userID), "user_id", fmt.Sprintf("Ethora says the user is %s.", user.Status))
		return
	}
	model.ID = types.StringValue(system.JoinID(appID, userID))
	model.AppID = types.StringValue(appID)
	model.userRow = flattenUserRow(appID, user)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
