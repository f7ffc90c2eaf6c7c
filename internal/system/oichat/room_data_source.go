package oichat

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*roomDataSource)(nil)

type roomDataSource struct {
	system.DataSource[*tenant]
}

// roomRow is a room as data sources show it.
type roomRow struct {
	RoomID       types.String         `tfsdk:"room_id"`
	Type         types.String         `tfsdk:"type"`
	Name         types.String         `tfsdk:"name"`
	Participants []types.String       `tfsdk:"participants"` // nil: OiChat does not tell
	Metadata     jsontypes.Normalized `tfsdk:"metadata"`
	Status       types.String         `tfsdk:"status"`
	CreatedAt    types.String         `tfsdk:"created_at"`
	UpdatedAt    types.String         `tfsdk:"updated_at"`
}

type roomDataModel struct {
	ID types.String `tfsdk:"id"`
	roomRow
}

func newRoomDataSource() datasource.DataSource {
	return &roomDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *roomDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_room"
}

func (d *roomDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := roomRowAttributes()
	attributes["id"] = system.ComputedText("Id in Terraform: `<room_id>`.")
	attributes["room_id"] = schema.StringAttribute{
		MarkdownDescription: "Id of the room, as OiChat chose it.",
		Required:            true,
		Validators:          idValidators(),
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One room of the OiChat project. A room that does not exist, or is deleted, is an error.",
		Attributes:          attributes,
	}
}

func roomRowAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"room_id": system.ComputedText("Id of the room."),
		"type":    system.ComputedText("`group`, or `direct` for a conversation of two. Null when OiChat does not tell it."),
		"name":    system.ComputedText("Name people see; `\"\"` for none."),
		"participants": schema.ListAttribute{
			MarkdownDescription: "User ids of the participants, sorted. Null when OiChat does not tell them.",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"metadata": schema.StringAttribute{
			MarkdownDescription: "The application's data about the room: a JSON object, which `jsondecode` reads; `{}` for none.",
			CustomType:          jsontypes.NormalizedType{},
			Computed:            true,
		},
		"status":     system.ComputedText("`open` or `resolved`. Null when OiChat does not tell it."),
		"created_at": system.ComputedText("When the room was created, as RFC 3339. Null when OiChat does not tell it."),
		"updated_at": system.ComputedText("When the room was changed last, as RFC 3339. Null when OiChat does not tell it."),
	}
}

func (d *roomDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model roomDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	roomID := model.RoomID.ValueString()
	room, err := client.GetRoom(ctx, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		resp.Diagnostics.AddAttributeError(path.Root("room_id"), "There is no "+describeRoom(roomID),
			"OiChat does not know it, or has deleted it. Check the id. If a resource of this configuration creates the room, take the id from that resource's attributes, "+
				"so that Terraform creates it first.")
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", describeRoom(roomID), nil)
		return
	}
	model.ID = types.StringValue(roomID)
	model.roomRow = flattenRoomRow(room)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenRoomRow(room oichat.Room) roomRow {
	row := roomRow{
		RoomID:    types.StringValue(room.ID),
		Type:      toldText(room.Type),
		Name:      types.StringValue(room.Name),
		Status:    toldText(room.Status),
		CreatedAt: toldTime(room.CreatedAt),
		UpdatedAt: toldTime(room.UpdatedAt),
	}
	storeJSON(room.Metadata, &row.Metadata)
	if room.HasParticipants {
		row.Participants = []types.String{}
	}
	for _, userID := range room.Participants {
		row.Participants = append(row.Participants, types.StringValue(userID))
	}
	return row
}
