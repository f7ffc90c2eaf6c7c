package tegrabox

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*usersDataSource)(nil)

type usersDataSource struct {
	system.DataSource[*tenant]
}

type usersDataModel struct {
	Users []userRow `tfsdk:"users"`
}

// userRow is a user as data sources show it.
type userRow struct {
	ID             types.String `tfsdk:"id"`
	Username       types.String `tfsdk:"username"`
	ExternalUserID types.String `tfsdk:"external_user_id"`
	DisplayName    types.String `tfsdk:"display_name"`
	Email          types.String `tfsdk:"email"`
	Status         types.String `tfsdk:"status"`
	CreatedAt      types.String `tfsdk:"created_at"`
}

func newUsersDataSource() datasource.DataSource {
	return &usersDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *usersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_users"
}

func (d *usersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All users of a TegraBox project. TegraBox lists them a page at a time; all pages are read.",
		Attributes: map[string]schema.Attribute{
			"users": schema.ListNestedAttribute{
				MarkdownDescription: "The users, sorted by `username`.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: userRowAttributes()},
			},
		},
	}
}

func userRowAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":               system.ComputedText("Id of the user, given by TegraBox."),
		"username":         system.ComputedText("Name the user goes by in the chat."),
		"external_user_id": system.ComputedText("The user's id in your own system."),
		"display_name":     system.ComputedText("Name people see. Null when the user has none."),
		"email":            system.ComputedText("E-mail address. Null when the user has none, or TegraBox does not tell it."),
		"status":           system.ComputedText("State of the user, such as `active`. Null when TegraBox does not tell it."),
		"created_at":       system.ComputedText("When the user was created, as RFC 3339. Null when TegraBox does not tell it."),
	}
}

func (d *usersDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := d.Client(&resp.Diagnostics)
	if !ok {
		return
	}

	users, err := client.AllUsers(ctx)
	if err != nil {
		fail(&resp.Diagnostics, err, "list", "TegraBox users", nil)
		return
	}
	model := usersDataModel{Users: []userRow{}}
	for _, user := range users {
		model.Users = append(model.Users, flattenUserRow(user))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenUserRow(user tegrabox.User) userRow {
	return userRow{
		ID:             types.StringValue(user.ID),
		Username:       types.StringValue(user.Username),
		ExternalUserID: types.StringValue(user.ExternalUserID),
		DisplayName:    toldText(user.DisplayName),
		Email:          toldText(user.Email),
		Status:         toldText(user.Status),
		CreatedAt:      toldTime(user.CreatedAt),
	}
}
