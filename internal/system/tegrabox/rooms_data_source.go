package tegrabox

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*roomsDataSource)(nil)

type roomsDataSource struct {
	system.DataSource[*tenant]
}

type roomsDataModel struct {
	Name      types.String `tfsdk:"name"`
	CreatedBy types.String `tfsdk:"created_by"`
	Rooms     []roomRow    `tfsdk:"rooms"`
}

// roomRow is a room as data sources show it.
type roomRow struct {
	ID        types.String `tfsdk:"id"`
	Name      types.String `tfsdk:"name"`
	CreatedBy types.String `tfsdk:"created_by"`
	CreatedAt types.String `tfsdk:"created_at"`
}

func newRoomsDataSource() datasource.DataSource {
	return &roomsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *roomsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_rooms"
}

func (d *roomsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The rooms of a TegraBox project: all of them, or those with a name or a creator. " +
			"TegraBox lists them a page at a time; all pages are read. It does not tell who the members of a room are.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Only rooms of exactly this name, of which there may be several. Default: rooms of all names.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"created_by": schema.StringAttribute{
				MarkdownDescription: "Only rooms that the user with this id has created. Default: rooms of all creators.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"rooms": schema.ListNestedAttribute{
				MarkdownDescription: "The rooms, sorted by `name`.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: roomRowAttributes()},
			},
		},
	}
}

func roomRowAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":         system.ComputedText("Id of the room, given by TegraBox."),
		"name":       system.ComputedText("Name people see. Several rooms may have the same."),
		"created_by": system.ComputedText("Id of the user who created the room."),
		"created_at": system.ComputedText("When the room was created, as RFC 3339. Null when TegraBox does not tell it."),
	}
}

func (d *roomsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model roomsDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	rooms, err := client.AllRooms(ctx)
	if err != nil {
		fail(&resp.Diagnostics, err, "list", "TegraBox rooms", nil)
		return
	}
	model.Rooms = []roomRow{}
	for _, room := range rooms {
		row := flattenRoomRow(room)
		if (model.Name.IsNull() || model.Name.Equal(row.Name)) && (model.CreatedBy.IsNull() || model.CreatedBy.Equal(row.CreatedBy)) {
			model.Rooms = append(model.Rooms, row)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenRoomRow(room tegrabox.Room) roomRow {
	return roomRow{
		ID:        types.StringValue(room.ID),
		Name:      types.StringValue(room.Name),
		CreatedBy: types.StringValue(room.CreatedBy),
		CreatedAt: toldTime(room.CreatedAt),
	}
}
