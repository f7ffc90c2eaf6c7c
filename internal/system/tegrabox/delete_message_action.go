package tegrabox

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*deleteMessageAction)(nil)

type deleteMessageAction struct {
	system.Action[*tenant]
}

type deleteMessageModel struct {
	RoomID    types.String `tfsdk:"room_id"`
	MessageID types.String `tfsdk:"message_id"`
}

func newDeleteMessageAction() action.Action {
	return &deleteMessageAction{system.Action[*tenant]{Base: base}}
}

func (a *deleteMessageAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_delete_message"
}

func (a *deleteMessageAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Deletes a message from a TegraBox room. A message that is gone already is no error.\n\n" +
			"TegraBox announces this call, and answers today that it does not delete messages yet. The action tries it, and fails with that answer.",
		Attributes: map[string]schema.Attribute{
			"room_id":    requiredText("Id of the room."),
			"message_id": requiredText("Id of the message, as `chat_tegrabox_messages` shows it."),
		},
	}
}

func (a *deleteMessageAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model deleteMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	roomID, messageID := model.RoomID.ValueString(), model.MessageID.ValueString()
	object := fmt.Sprintf("message %s of TegraBox room %s", messageID, roomID)
	err := client.DeleteMessage(ctx, roomID, messageID)
	switch {
	case tegrabox.IsNotImplemented(err):
		resp.Diagnostics.AddError("Can't delete "+object,
			fmt.Sprintf("TegraBox can't delete messages yet: %s.\n\nThe message is still there. There is nothing to correct here: take the action out until TegraBox can.", err))
	case err != nil:
		fail(&resp.Diagnostics, err, "delete", object, nil)
	default:
		tell(resp, fmt.Sprintf("TegraBox has deleted message %s of room %s.", messageID, roomID))
	}
}
