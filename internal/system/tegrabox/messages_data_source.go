package tegrabox

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*messagesDataSource)(nil)

// defaultMessages is how many messages are read unless the configuration says
// otherwise: they all go into the state, and a room may hold very many.
const defaultMessages = 100

type messagesDataSource struct {
	system.DataSource[*tenant]
}

type messagesDataModel struct {
	RoomID   types.String `tfsdk:"room_id"`
	Limit    types.Int64  `tfsdk:"limit"`
	Messages []messageRow `tfsdk:"messages"`
}

// messageRow is a message as the data source shows it.
type messageRow struct {
	ID        types.String `tfsdk:"id"`
	UserID    types.String `tfsdk:"user_id"`
	Username  types.String `tfsdk:"username"`
	Content   types.String `tfsdk:"content"`
	CreatedAt types.String `tfsdk:"created_at"`
}

func newMessagesDataSource() datasource.DataSource {
	return &messagesDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *messagesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_messages"
}

func (d *messagesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Messages of a TegraBox room. They are stored in the state, for everybody to read who can read the state, and each plan reads them again. A room that does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"limit": schema.Int64Attribute{
				MarkdownDescription: "How many messages to read at most, 1 or more, from the beginning of TegraBox's list. Default: `100`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"messages": schema.ListNestedAttribute{
				MarkdownDescription: "The messages, in TegraBox's own order.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":         system.ComputedText("Id of the message, given by TegraBox."),
					"user_id":    system.ComputedText("Id of the user who sent it. Null when TegraBox does not tell it."),
					"username":   system.ComputedText("Name of that user. Null when TegraBox does not tell it."),
					"content":    system.ComputedText("Text of the message."),
					"created_at": system.ComputedText("When it was sent, as RFC 3339. Null when TegraBox does not tell it."),
				}},
			},
		},
	}
}

func (d *messagesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model messagesDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	limit := defaultMessages
	if !model.Limit.IsNull() {
		limit = int(model.Limit.ValueInt64())
	}
	messages, err := client.ListMessages(ctx, model.RoomID.ValueString(), limit)
	if err != nil {
		failLookup(&resp.Diagnostics, err, "TegraBox room "+model.RoomID.ValueString(), "room_id")
		return
	}
	model.Messages = []messageRow{}
	for _, message := range messages {
		model.Messages = append(model.Messages, flattenMessageRow(message))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenMessageRow(message tegrabox.Message) messageRow {
	return messageRow{
		ID:        types.StringValue(message.ID),
		UserID:    toldText(message.UserID),
		Username:  toldText(message.Username),
		Content:   types.StringValue(message.Content),
		CreatedAt: toldTime(message.CreatedAt),
	}
}
