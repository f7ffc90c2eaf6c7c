package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*roomDataSource)(nil)

type roomDataSource struct {
	system.DataSource[*tenant]
}

type roomDataModel struct {
	ID             types.String `tfsdk:"id"`
	AppID          types.String `tfsdk:"app_id"`
	IncludeMembers types.Bool   `tfsdk:"include_members"`
	roomRow
}

func newRoomDataSource() datasource.DataSource {
	return &roomDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *roomDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_room"
}

func (d *roomDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := roomRowAttributes()
	attributes["id"] = system.ComputedText("Id in Terraform: `<app_id>/<room_id>`.")
	attributes["app_id"] = lookupAppID()
	attributes["include_members"] = includeMembersAttribute()
	attributes["room_id"] = schema.StringAttribute{
		MarkdownDescription: "Plain id of the room, without the app's prefix.",
		Required:            true,
		Validators:          []validator.String{plainID{minimum: 1}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One room of an Ethora app. A room that does not exist is an error.",
		Attributes:          attributes,
	}
}

func (d *roomDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model roomDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID, roomID := configuredApp(client, model.AppID), model.RoomID.ValueString()
	row, err := readRoomRow(ctx, client, appID, roomID, model.IncludeMembers.ValueBool())
	if err != nil {
		failLookup(&resp.Diagnostics, err, describeRoom(appID, roomID), "room_id")
		return
	}
	model.ID = types.StringValue(system.JoinID(appID, roomID))
	model.AppID = types.StringValue(appID)
	model.roomRow = row
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func readRoomRow(ctx context.Context, client *tenant, appID, roomID string, withMembers bool) (roomRow, error) {
	chat, err := client.GetChat(ctx, appID, roomID)
	if err != nil {
		return roomRow{}, err
	}
	host, err := client.XMPPHost(ctx)
	if err != nil {
		return roomRow{}, err
	}
	row := flattenRoomRow(appID, host, chat)
	if withMembers {
		members, err := client.ListMembers(ctx, appID, roomID)
		if err != nil {
			return roomRow{}, err
		}
		row.setMembers(members)
	}
	return row, nil
}
