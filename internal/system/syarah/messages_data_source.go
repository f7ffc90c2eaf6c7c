package syarah

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*messagesDataSource)(nil)

// defaultMessages is how many messages are read unless the configuration says
// otherwise: they all go into the state, and a chat may hold very many.
const defaultMessages = 100

type messagesDataSource struct {
	system.DataSource[*tenant]
}

type messagesDataModel struct {
	ChatHeaderID types.Int64  `tfsdk:"chat_header_id"`
	Limit        types.Int64  `tfsdk:"limit"`
	Messages     []messageRow `tfsdk:"messages"`
}

// messageRow is a message as the data source shows it.
type messageRow struct {
	MessageID   types.Int64  `tfsdk:"message_id"`
	UserID      types.String `tfsdk:"user_id"`
	MessageType types.String `tfsdk:"message_type"`
	Message     types.String `tfsdk:"message"`
	Caption     types.String `tfsdk:"caption"`
	CreatedAt   types.String `tfsdk:"created_at"`
}

func newMessagesDataSource() datasource.DataSource {
	return &messagesDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *messagesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_messages"
}

func (d *messagesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Messages of a Syarah chat. They are stored in the state, for everybody to read who can read the state, and each plan reads them again. " +
			"A chat that does not exist, or is not one of the provider's user, is an error. Syarah has not published how it writes messages, so that parts which were not recognised are null.",
		Attributes: map[string]schema.Attribute{
			"chat_header_id": schema.Int64Attribute{
				MarkdownDescription: "Id of the chat: the `chat_header_id` of a `chat_syarah_chat`.",
				Required:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"limit": schema.Int64Attribute{
				MarkdownDescription: "How many messages to read at most, 1 or more, from the beginning of Syarah's list. Default: `100`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"messages": schema.ListNestedAttribute{
				MarkdownDescription: "The messages, in Syarah's own order, which it has not published. Deleted ones are left out.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"message_id":   computedNumber("Id of the message, given by Syarah: what `chat_syarah_update_message` and `chat_syarah_delete_messages` take."),
					"user_id":      system.ComputedText("Id of the user who sent it."),
					"message_type": system.ComputedText("`text`, `audio`, `image`, `file` or `video`. A type of which Syarah's page does not tell is shown as its number."),
					"message":      system.ComputedText("What was written; for every type but `text`, the path of the file."),
					"caption":      system.ComputedText("Caption of a file. Null for none."),
					"created_at":   system.ComputedText("When it was sent, as RFC 3339."),
				}},
			},
		},
	}
}

func (d *messagesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model messagesDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() || !hasGateway(client, "Reading messages", &resp.Diagnostics) {
		return
	}

	limit := defaultMessages
	if !model.Limit.IsNull() {
		limit = int(model.Limit.ValueInt64())
	}
	chatHeaderID := model.ChatHeaderID.ValueInt64()
	messages, err := client.ListMessages(ctx, chatHeaderID, limit)
	switch {
	case rest.IsKind(err, rest.NotFound):
		noSuchChat(&resp.Diagnostics, chatHeaderID, "chat_header_id")
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", fmt.Sprintf("messages of Syarah chat %d", chatHeaderID), nil)
		return
	}
	model.Messages = []messageRow{}
	for _, message := range messages {
		model.Messages = append(model.Messages, flattenMessageRow(message))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenMessageRow(message syarah.Message) messageRow {
	row := messageRow{
		MessageID: toldID(message.ID),
		UserID:    toldText(message.SenderID),
		Message:   toldText(message.Text),
		Caption:   toldText(message.Caption),
		CreatedAt: toldTime(message.CreationTime),
	}
	if message.Type >= syarah.Text {
		row.MessageType = types.StringValue(message.Type.String())
	}
	return row
}
