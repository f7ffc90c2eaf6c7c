package syarah

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*friendshipsDataSource)(nil)

type friendshipsDataSource struct {
	system.DataSource[*tenant]
}

type friendshipsDataModel struct {
	Friendships []friendshipRow `tfsdk:"friendships"`
}

// friendshipRow is a friendship as the data source shows it.
type friendshipRow struct {
	UserID       types.String `tfsdk:"user_id"`
	Name         types.String `tfsdk:"name"`
	AvatarURL    types.String `tfsdk:"avatar_url"`
	ChatHeaderID types.Int64  `tfsdk:"chat_header_id"`
	IsOnline     types.Bool   `tfsdk:"is_online"`
}

func newFriendshipsDataSource() datasource.DataSource {
	return &friendshipsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *friendshipsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_friendships"
}

func (d *friendshipsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The friends of the user of the provider: those with whom a friendship is accepted. Requests that wait, were rejected, or ended in a block are not among them; " +
			"`chat_syarah_chats` shows how matters stand with everybody whom the user has a chat with.",
		Attributes: map[string]schema.Attribute{
			"friendships": schema.ListNestedAttribute{
				MarkdownDescription: "The friendships, sorted by `user_id`.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"user_id":        system.ComputedText("Id of the friend."),
					"name":           system.ComputedText("Full name of the friend. Null when Syarah does not tell it."),
					"avatar_url":     system.ComputedText("Address of the friend's picture. Null for none."),
					"chat_header_id": computedNumber("Id of the chat with the friend. Null when there is none yet."),
					"is_online":      system.ComputedBool("Whether the friend is connected. It changes by itself: let nothing depend on it."),
				}},
			},
		},
	}
}

func (d *friendshipsDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || !hasGateway(client, "Reading friendships", &resp.Diagnostics) {
		return
	}
	friendships, err := client.ListFriendships(ctx)
	if err != nil {
		fail(&resp.Diagnostics, err, "list", "Syarah friendships", nil)
		return
	}
	slices.SortFunc(friendships, func(a, b syarah.Friendship) int { return cmp.Compare(a.UserID, b.UserID) })
	model := friendshipsDataModel{Friendships: []friendshipRow{}}
	for _, friendship := range friendships {
		model.Friendships = append(model.Friendships, friendshipRow{
			UserID:       types.StringValue(friendship.UserID),
			Name:         toldText(friendship.Name),
			AvatarURL:    toldText(friendship.Avatar),
			ChatHeaderID: toldID(friendship.ChatHeaderID),
			IsOnline:     types.BoolValue(friendship.IsOnline),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
