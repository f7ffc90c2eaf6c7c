package rocketchat

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ datasource.DataSourceWithConfigure      = (*messageHistoryDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*messageHistoryDataSource)(nil)
)

// defaultMessages is how many messages are read unless the configuration says
// otherwise: they all go into the state, and a hundred are one call.
const defaultMessages = 100

type messageHistoryDataSource struct {
	system.DataSource[*tenant]
}

type messageHistoryModel struct {
	RoomID        types.String `tfsdk:"room_id"`
	VisitorToken  types.String `tfsdk:"visitor_token"`
	Before        types.String `tfsdk:"before"`
	Limit         types.Int64  `tfsdk:"limit"`
	IncludeSystem types.Bool   `tfsdk:"include_system_messages"`
	Messages      []messageRow `tfsdk:"messages"`
}

// messageRow is a message as the data source shows it.
type messageRow struct {
	ID             types.String `tfsdk:"id"`
	Text           types.String `tfsdk:"text"`
	Type           types.String `tfsdk:"type"`
	AuthorID       types.String `tfsdk:"author_id"`
	AuthorUsername types.String `tfsdk:"author_username"`
	SentAt         types.String `tfsdk:"sent_at"`
	EditedAt       types.String `tfsdk:"edited_at"`
	FileName       types.String `tfsdk:"file_name"`
	FileType       types.String `tfsdk:"file_type"`
}

func newMessageHistoryDataSource() datasource.DataSource {
	return &messageHistoryDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *messageHistoryDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_message_history"
}

func (d *messageHistoryDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The messages of a room of Rocket.Chat Livechat, open or closed. They are stored in the state, for everybody to read who can read the state, and each plan reads them again.",
		Attributes: map[string]schema.Attribute{
			"room_id":       requiredArgument("Id of the room. One that is not the visitor's is an error."),
			"visitor_token": tokenArgument("Token of the visitor whose room it is.", true),
			"before":        optionalArgument("Only messages sent before this time, as RFC 3339, such as `2026-01-31T12:00:00Z`. Default: up to now."),
			"limit": schema.Int64Attribute{
				MarkdownDescription: "How many of the newest messages to read, 1 or more, system messages included even where they are not shown. A call reads a hundred. Default: `100`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"include_system_messages": schema.BoolAttribute{
				MarkdownDescription: "Whether messages are shown that nobody wrote, such as that the room was opened or closed. Default: `false`.",
				Optional:            true,
			},
			"messages": schema.ListNestedAttribute{
				MarkdownDescription: "The messages, the newest first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":              system.ComputedText("Id of the message."),
					"text":            system.ComputedText("Text of the message; empty for a file without words."),
					"type":            system.ComputedText("Kind of a system message, such as `livechat-close`. Null for what somebody wrote."),
					"author_id":       system.ComputedText("Id of the visitor or agent who wrote it."),
					"author_username": system.ComputedText("Username of the author."),
					"sent_at":         system.ComputedText("When it was sent, as RFC 3339."),
					"edited_at":       system.ComputedText("When it was edited, as RFC 3339. Null when it was not."),
					"file_name":       system.ComputedText("Name of the file. Null without one."),
					"file_type":       system.ComputedText("Media type of the file, such as `image/png`. Null without one."),
				}},
			},
		},
	}
}

// ValidateConfig refuses a time that is none.
func (d *messageHistoryDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config messageHistoryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if before := config.Before.ValueString(); before != "" {
		if _, err := time.Parse(time.RFC3339, before); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("before"), "Not a time", fmt.Sprintf("%q is not a time as RFC 3339 writes it, such as 2026-01-31T12:00:00Z.", before))
		}
	}
}

func (d *messageHistoryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model messageHistoryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	wanted := rocketchat.HistoryQuery{Most: defaultMessages}
	if !model.Limit.IsNull() {
		wanted.Most = int(model.Limit.ValueInt64())
	}
	wanted.Before, _ = time.Parse(time.RFC3339, model.Before.ValueString()) // the zero time is now
	listed, err := client.ListMessages(ctx, model.VisitorToken.ValueString(), model.RoomID.ValueString(), wanted)
	if err != nil {
		failInRoom(&resp.Diagnostics, err, "read", "the messages of "+describe("room", model.RoomID.ValueString()))
		return
	}
	model.Messages = []messageRow{}
	for _, message := range listed {
		if message.Type == "" || model.IncludeSystem.ValueBool() {
			model.Messages = append(model.Messages, flattenMessageRow(message))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenMessageRow(message rocketchat.Message) messageRow {
	return messageRow{
		ID:             types.StringValue(message.ID),
		Text:           types.StringValue(message.Text),
		Type:           toldText(message.Type),
		AuthorID:       toldText(message.AuthorID),
		AuthorUsername: toldText(message.AuthorUsername),
		SentAt:         toldTime(message.SentAt),
		EditedAt:       toldTime(message.EditedAt),
		FileName:       toldText(message.File.Name),
		FileType:       toldText(message.File.Type),
	}
}
