package tegrabox

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*roomDataSource)(nil)

type roomDataSource struct {
	system.DataSource[*tenant]
}

func newRoomDataSource() datasource.DataSource {
	return &roomDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *roomDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_room"
}

func (d *roomDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := roomRowAttributes()
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Id of the room, given by TegraBox. Names are not unique: find a room by its name with `chat_tegrabox_rooms`.",
		Required:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One room of a TegraBox project. A room that does not exist is an error. TegraBox does not tell who the members of a room are.",
		Attributes:          attributes,
	}
}

func (d *roomDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var wanted roomRow
	resp.Diagnostics.Append(req.Config.Get(ctx, &wanted)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	room, err := client.GetRoom(ctx, wanted.ID.ValueString())
	if err != nil {
		failLookup(&resp.Diagnostics, err, "TegraBox room "+wanted.ID.ValueString(), "id")
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, flattenRoomRow(room))...)
}
