package tegrabox

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*sendMessageAction)(nil)

type sendMessageAction struct {
	system.Action[*tenant]
}

type sendMessageModel struct {
	RoomID  types.String `tfsdk:"room_id"`
	UserID  types.String `tfsdk:"user_id"`
	Content types.String `tfsdk:"content"`
}

// messageAttributePaths maps TegraBox's field names to attributes, for error marks.
var messageAttributePaths = map[string]path.Path{
	"user_id": path.Root("user_id"),
	"content": path.Root("content"),
}

func newSendMessageAction() action.Action {
	return &sendMessageAction{system.Action[*tenant]{Base: base}}
}

func (a *sendMessageAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_send_message"
}

func (a *sendMessageAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends a message into a TegraBox room, in the name of a user. Each run sends another message.\n\n" +
			"When the answer is lost it is not known whether the message was sent. It is not sent again; the action fails and says so.",
		Attributes: map[string]schema.Attribute{
			"room_id": requiredText("Id of the room."),
			"user_id": requiredText("Id of the user in whose name it is sent. The user should be a member of the room."),
			"content": requiredText("Text of the message, at least 1 character."),
		},
	}
}

func (a *sendMessageAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model sendMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	roomID, userID := model.RoomID.ValueString(), model.UserID.ValueString()
	message, err := client.SendMessage(ctx, roomID, tegrabox.NewMessage{Content: model.Content.ValueString(), UserID: userID})
	if err != nil {
		failure := system.Failure{
			Action: "send", Object: fmt.Sprintf("message of TegraBox user %s into room %s", userID, roomID),
			Attributes: messageAttributePaths, Advice: advice,
		}
		if rest.IsUncertain(err) {
			failure.Next = "The message may have been sent all the same. Look into the room before you run the action again: a second run sends a second message."
		}
		system.AddError(&resp.Diagnostics, err, failure)
		return
	}
	tell(resp, fmt.Sprintf("TegraBox has taken message %s for room %s.", message.ID, roomID))
}
