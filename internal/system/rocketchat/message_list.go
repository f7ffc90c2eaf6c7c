package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*messageList)(nil)

type messageList struct {
	system.ListResource[*tenant]
}

type messageListModel struct {
	RoomID types.String `tfsdk:"room_id"`
}

func newMessageList() list.ListResource {
	return &messageList{system.ListResource[*tenant]{Base: base}}
}

func (l *messageList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_message"
}

func (l *messageList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists what the visitor of a room of Rocket.Chat Livechat has written there, the newest first; files, and what agents have written, are left out. " +
			"It needs the credentials of an administrator (`auth_token` and `user_id` of the provider), with which the visitor's token is found.",
		Attributes: map[string]schema.Attribute{
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room, open or closed.",
				Required:            true,
				Validators:          textValidators(),
			},
		},
	}
}

func (l *messageList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config messageListModel
	problems := system.ReadListConfig(ctx, req.Config, &config)
	client, ok := administrator(&l.Base, "A list of messages", &problems)
	if !ok || problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	roomID := config.RoomID.ValueString()
	room, messages := l.read(ctx, client, roomID, &problems)
	if problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, message := range messages {
			own := message.AuthorID == room.VisitorID && message.Type == "" && message.File.ID == "" && message.Text != ""
			if own && !push(listedMessage(ctx, req, room, message)) {
				return
			}
		}
	})
}

func (l *messageList) read(ctx context.Context, client *tenant, roomID string, problems *diag.Diagnostics) (rocketchat.Room, []rocketchat.Message) {
	room, found, err := client.findRoom(ctx, func(room rocketchat.Room) bool { return room.ID == roomID })
	switch {
	case err != nil:
		fail(problems, err, "read", describe("room", roomID), nil)
		return room, nil
	case !found:
		noSuch(problems, "Rocket.Chat room", "room_id")
		return room, nil
	}
	messages, err := client.ListMessages(ctx, room.VisitorToken, roomID, rocketchat.HistoryQuery{})
	if err != nil {
		fail(problems, err, "list", "the messages of "+describe("room", roomID), nil)
	}
	return room, messages
}

func listedMessage(ctx context.Context, req list.ListRequest, room rocketchat.Room, message rocketchat.Message) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", shortened(message.Text), message.ID)
	model := messageModel{VisitorToken: types.StringValue(room.VisitorToken), MessageID: types.StringValue(message.ID), Timeouts: noTimeouts()}
	model.setID(room.ID)
	flattenMessage(message, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}

// shortened is the beginning of a text, for a line of a list.
func shortened(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
