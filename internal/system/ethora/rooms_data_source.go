package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*roomsDataSource)(nil)

type roomsDataSource struct {
	system.DataSource[*tenant]
}

type roomsDataModel struct {
	AppID          types.String `tfsdk:"app_id"`
	IncludeMembers types.Bool   `tfsdk:"include_members"`
	Rooms          []roomRow    `tfsdk:"rooms"`
}

// roomRow is a room as data sources show it.
type roomRow struct {
	RoomID      types.String `tfsdk:"room_id"`
	ServerID    types.String `tfsdk:"server_id"`
	Name        types.String `tfsdk:"name"`
	JID         types.String `tfsdk:"jid"`
	Title       types.String `tfsdk:"title"`
	Description types.String `tfsdk:"description"`
	Type        types.String `tfsdk:"type"`
	PictureURL  types.String `tfsdk:"picture_url"`
	CreatedAt   types.String `tfsdk:"created_at"`
	MemberCount types.Int64  `tfsdk:"member_count"`
	Members     []memberRow  `tfsdk:"members"` // nil: not asked for
}

type memberRow struct {
	UserID       types.String `tfsdk:"user_id"`
	XMPPUsername types.String `tfsdk:"xmpp_username"`
	FirstName    types.String `tfsdk:"first_name"`
	LastName     types.String `tfsdk:"last_name"`
	Bot          types.Bool   `tfsdk:"bot"`
	System       types.Bool   `tfsdk:"system"`
}

func newRoomsDataSource() datasource.DataSource {
	return &roomsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *roomsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_rooms"
}

func (d *roomsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All rooms of an Ethora app, one-to-one rooms included.",
		Attributes: map[string]schema.Attribute{
			"app_id":          lookupAppID(),
			"include_members": includeMembersAttribute(),
			"rooms": schema.ListNestedAttribute{
				MarkdownDescription: "The rooms, sorted by `name`.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: roomRowAttributes()},
			},
		},
	}
}

func includeMembersAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Whether to read the members too. It costs more calls, because Ethora may show long lists of members cut short. Default: `false`.",
		Optional:            true,
	}
}

func roomRowAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"room_id":     system.ComputedText("Plain id of the room, without the app's prefix."),
		"server_id":   system.ComputedText("Ethora's own id of the room (24 hexadecimal digits): what the `bot.chat_id` of an app takes. Null when Ethora does not tell it."),
		"name":        system.ComputedText("The room's name in XMPP: `<app_id>_<room_id>`."),
		"jid":         system.ComputedText("The room's address in XMPP: `<name>@conference.<xmpp_host>`."),
		"title":       system.ComputedText("Name people see."),
		"description": system.ComputedText("Text below the title."),
		"type":        system.ComputedText("`group`: members only. `public`: every user of the app may enter. `private`: a one-to-one room."),
		"picture_url": system.ComputedText("Address of the room's picture."),
		"created_at":  system.ComputedText("When the room was created, as RFC 3339. Null when Ethora does not tell it."),
		"member_count": schema.Int64Attribute{
			MarkdownDescription: "How many members the room has. Null when Ethora does not tell it and the members were not asked for.",
			Computed:            true,
		},
		"members": schema.ListNestedAttribute{
			MarkdownDescription: "The members, sorted by `xmpp_username`: bots and the app's system account too. Null unless `include_members` is true.",
			Computed:            true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"user_id":       system.ComputedText("Plain id of the user, without the app's prefix."),
				"xmpp_username": system.ComputedText("The user's name in XMPP: `<app_id>_<user_id>`."),
				"first_name":    system.ComputedText("First name."),
				"last_name":     system.ComputedText("Last name."),
				"bot":           system.ComputedBool("Whether the member is a bot."),
				"system":        system.ComputedBool("Whether the member is the app's system account."),
			}},
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

	appID, withMembers := configuredApp(client, model.AppID), model.IncludeMembers.ValueBool()
	rooms, err := listRooms(ctx, client, appID, withMembers)
	if err == nil {
		model.Rooms, err = roomRows(ctx, client, appID, rooms, withMembers)
	}
	if err != nil {
		failLookup(&resp.Diagnostics, err, "rooms of "+describeApp(appID), "app_id")
		return
	}
	model.AppID = types.StringValue(appID)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// listRooms lists the rooms of an app, their members only if asked for.
func listRooms(ctx context.Context, client *tenant, appID string, withMembers bool) ([]ethora.RoomMembers, error) {
	if withMembers {
		return client.AllMembers(ctx, appID)
	}
	chats, err := client.AllChats(ctx, appID)
	return ethora.WithMembers(chats), err
}

// roomRows turns listed rooms into rows. Members are asked for again where the
// list may show a part of them.
func roomRows(ctx context.Context, client *tenant, appID string, rooms []ethora.RoomMembers, withMembers bool) ([]roomRow, error) {
	rows := []roomRow{}
	if len(rooms) == 0 {
		return rows, nil
	}
	host, err := client.XMPPHost(ctx)
	if err != nil {
		return nil, err
	}
	for _, room := range rooms {
		row := flattenRoomRow(appID, host, room.Chat)
		if withMembers {
			members, err := client.membersOf(ctx, appID, room)
			if err != nil {
				return nil, err
			}
			row.setMembers(members)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func flattenRoomRow(appID, xmppHost string, chat ethora.Chat) roomRow {
	row := roomRow{
		RoomID:      types.StringValue(chat.RoomID),
		ServerID:    toldText(chat.ID),
		Name:        types.StringValue(ethora.RoomName(appID, chat.RoomID)),
		JID:         types.StringValue(ethora.RoomJID(appID, chat.RoomID, xmppHost)),
		Title:       types.StringValue(chat.Title),
		Description: types.StringValue(chat.Description),
		Type:        types.StringValue(chat.Type),
		PictureURL:  types.StringValue(chat.Picture),
		CreatedAt:   toldText(chat.CreatedAt),
	}
	if chat.MemberCount != nil {
		row.MemberCount = types.Int64Value(int64(*chat.MemberCount))
	}
	return row
}

func (r *roomRow) setMembers(members []ethora.Member) {
	r.MemberCount = types.Int64Value(int64(len(members)))
	r.Members = []memberRow{}
	for _, member := range members {
		r.Members = append(r.Members, memberRow{
			UserID:       types.StringValue(member.UserID),
			XMPPUsername: types.StringValue(member.XMPPUsername),
			FirstName:    types.StringValue(member.FirstName),
			LastName:     types.StringValue(member.LastName),
			Bot:          types.BoolValue(member.Bot),
			System:       types.BoolValue(member.System),
		})
	}
}
