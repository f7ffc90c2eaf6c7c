package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*userChatsDataSource)(nil)

type userChatsDataSource struct {
	system.DataSource[*tenant]
}

type userChatsDataModel struct {
	AppID          types.String `tfsdk:"app_id"`
	UserID         types.String `tfsdk:"user_id"`
	IncludeMembers types.Bool   `tfsdk:"include_members"`
	Chats          []roomRow    `tfsdk:"chats"`
}

func newUserChatsDataSource() datasource.DataSource {
	return &userChatsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *userChatsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_user_chats"
}

func (d *userChatsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The rooms that one user of an Ethora app is in, one-to-one rooms included. A user that does not exist is an error.\n\n" +
			"Where this configuration also lets the user into rooms, add a `depends_on` with those `chat_ethora_room_access` or " +
			"`chat_ethora_room_members` resources, so that the rooms are read afterwards.",
		Attributes: map[string]schema.Attribute{
			"app_id":          lookupAppID(),
			"user_id":         userIDLookup(),
			"include_members": includeMembersAttribute(),
			"chats": schema.ListNestedAttribute{
				MarkdownDescription: "The rooms, sorted by `name`.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: roomRowAttributes()},
			},
		},
	}
}

// userIDLookup is the user_id of a data source.
func userIDLookup() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Plain id of the user, without the app's prefix.",
		Required:            true,
		Validators:          []validator.String{plainID{minimum: 2}},
	}
}

func (d *userChatsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model userChatsDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID, userID := configuredApp(client, model.AppID), model.UserID.ValueString()
	chats, err := client.ListUserChats(ctx, appID, userID, model.IncludeMembers.ValueBool())
	if err != nil {
		failLookup(&resp.Diagnostics, err, describeUser(appID, userID), "user_id")
		return
	}
	model.Chats, err = roomRows(ctx, client, appID, ethora.WithMembers(chats), model.IncludeMembers.ValueBool())
	if err != nil {
		fail(&resp.Diagnostics, err, "read", "rooms of "+describeUser(appID, userID), nil)
		return
	}
	model.AppID = types.StringValue(appID)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
