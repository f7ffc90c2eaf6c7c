package oichat

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*roomsDataSource)(nil)

type roomsDataSource struct {
	system.DataSource[*tenant]
}

type roomsDataModel struct {
	UserID types.String `tfsdk:"user_id"`
	Limit  types.Int64  `tfsdk:"limit"`
	Rooms  []roomRow    `tfsdk:"rooms"`
}

func newRoomsDataSource() datasource.DataSource {
	return &roomsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *roomsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_rooms"
}

func (d *roomsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The rooms of one user of the OiChat project, deleted ones left out. OiChat has no list of all rooms.",
		Attributes: map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Id of the user, as your application chose it. A user whom OiChat does not know has no rooms.",
				Required:            true,
				Validators:          idValidators(),
			},
			"limit": schema.Int64Attribute{
				MarkdownDescription: "How many rooms are read at most: the first ones in OiChat's order. Every hundred rooms take a call. Default: all.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"rooms": schema.ListNestedAttribute{
				MarkdownDescription: "The rooms, sorted by `room_id`.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: roomRowAttributes()},
			},
		},
	}
}

func (d *roomsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model roomsDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	userID := model.UserID.ValueString()
	rooms, err := client.ListRooms(ctx, userID, int(model.Limit.ValueInt64()))
	if err != nil {
		fail(&resp.Diagnostics, err, "list", describeRoomsOf(userID), nil)
		return
	}
	slices.SortFunc(rooms, func(a, b oichat.Room) int { return cmp.Compare(a.ID, b.ID) })
	model.Rooms = []roomRow{}
	for _, room := range rooms {
		model.Rooms = append(model.Rooms, flattenRoomRow(room))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
