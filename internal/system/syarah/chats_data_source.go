package syarah

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*chatsDataSource)(nil)

type chatsDataSource struct {
	system.DataSource[*tenant]
}

type chatsDataModel struct {
	Chats []chatRow `tfsdk:"chats"`
}

// chatRow is a chat as the data source shows it.
type chatRow struct {
	ChatHeaderID     types.Int64  `tfsdk:"chat_header_id"`
	UserID           types.String `tfsdk:"user_id"`
	UserName         types.String `tfsdk:"user_name"`
	UserAvatarURL    types.String `tfsdk:"user_avatar_url"`
	FriendshipStatus types.String `tfsdk:"friendship_status"`
	CreatedAt        types.String `tfsdk:"created_at"`
	LastMessage      types.String `tfsdk:"last_message"`
	LastMessageAt    types.String `tfsdk:"last_message_at"`
	UnreadCount      types.Int64  `tfsdk:"unread_count"`
	IsOnline         types.Bool   `tfsdk:"is_online"`
}

func newChatsDataSource() datasource.DataSource {
	return &chatsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *chatsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_chats"
}

func (d *chatsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The individual chats of the user of the provider, each with the other user. It is not known whether Syarah lists chats without messages. " +
			"The last messages are stored in the state, for everybody to read who can read the state.",
		Attributes: map[string]schema.Attribute{
			"chats": schema.ListNestedAttribute{
				MarkdownDescription: "The chats, sorted by `chat_header_id`.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"chat_header_id":  computedNumber("Id of the chat, given by Syarah."),
					"user_id":         system.ComputedText("Id of the other user."),
					"user_name":       system.ComputedText("Full name of the other user. Null when Syarah does not tell it."),
					"user_avatar_url": system.ComputedText("Address of the other user's picture. Null for none."),
					"friendship_status": system.ComputedText("How the two stand to each other: `pending` (a request waits for its answer), `accepted`, `rejected` (a request was), `blocked`, " +
						"or `none`. A status of which Syarah's page does not tell is shown as its number."),
					"created_at":      system.ComputedText("When the chat was created, as RFC 3339. Null when Syarah does not tell it."),
					"last_message":    system.ComputedText("Text of the last message; for a file, its path. Null for none."),
					"last_message_at": system.ComputedText("When that was sent, as RFC 3339. Null for none."),
					"unread_count":    computedNumber("How many messages the user of the provider has not read. It changes by itself: let nothing depend on it."),
					"is_online":       system.ComputedBool("Whether the other user is connected. It changes by itself: let nothing depend on it."),
				}},
			},
		},
	}
}

// computedNumber is a whole number that only the server sets.
func computedNumber(description string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
}

func (d *chatsDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || !hasGateway(client, "Reading chats", &resp.Diagnostics) {
		return
	}
	chats, err := client.ListChats(ctx)
	if err != nil {
		fail(&resp.Diagnostics, err, "list", "Syarah chats", nil)
		return
	}
	model := chatsDataModel{Chats: []chatRow{}}
	for _, chat := range chats {
		model.Chats = append(model.Chats, flattenChatRow(chat))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenChatRow(chat syarah.Chat) chatRow {
	return chatRow{
		ChatHeaderID:     types.Int64Value(chat.ChatHeaderID),
		UserID:           toldText(chat.UserID),
		UserName:         toldText(chat.UserName),
		UserAvatarURL:    toldText(chat.UserAvatar),
		FriendshipStatus: types.StringValue(chat.FriendshipStatus.String()),
		CreatedAt:        toldTime(chat.CreationTime),
		LastMessage:      toldText(chat.LastMessage),
		LastMessageAt:    toldTime(chat.LastMessageTime),
		UnreadCount:      types.Int64Value(chat.UnreadCount),
		IsOnline:         types.BoolValue(chat.IsOnline),
	}
}
