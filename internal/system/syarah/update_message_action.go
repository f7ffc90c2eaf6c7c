package syarah

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ action.ActionWithConfigure  = (*updateMessageAction)(nil)
	_ action.ActionWithModifyPlan = (*updateMessageAction)(nil)
)

type updateMessageAction struct{ gatewayAction }

type updateMessageModel struct {
	ChatHeaderID types.Int64  `tfsdk:"chat_header_id"`
	MessageID    types.Int64  `tfsdk:"message_id"`
	Message      types.String `tfsdk:"message"`
	Caption      types.String `tfsdk:"caption"`
}

func newUpdateMessageAction() action.Action {
	return &updateMessageAction{gatewayAction{system.Action[*tenant]{Base: base}}}
}

func (a *updateMessageAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_update_message"
}

func (a *updateMessageAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Changes what a message of a Syarah chat says. It must be a message of the user of the provider (assumed).\n\n" +
			"Syarah does not acknowledge changes. The action waits until the server broadcasts the changed message or lists it so; when it does neither, the action fails and says so.",
		Attributes: map[string]schema.Attribute{
			"chat_header_id": chatHeaderIDAttribute(),
			"message_id":     requiredID("Id of the message, as `chat_syarah_messages` shows it."),
			"message":        requiredText("What the message is to say, at least 1 character; for a file, its path."),
			"caption": schema.StringAttribute{
				MarkdownDescription: "What the caption of a file is to say; `\"\"` for nothing. Default: it stays as it is.",
				Optional:            true,
			},
		},
	}
}

func (a *updateMessageAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model updateMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.gateway(resp)
	if !ok {
		return
	}
	change := syarah.MessageChange{
		ID:           model.MessageID.ValueInt64(),
		ChatHeaderID: model.ChatHeaderID.ValueInt64(),
		Text:         model.Message.ValueString(),
		Caption:      model.Caption.ValueStringPointer(),
	}
	if _, err := client.UpdateMessage(ctx, change); err != nil {
		failWrite(&resp.Diagnostics, err, "change", fmt.Sprintf("message %d of Syarah chat %d", change.ID, change.ChatHeaderID), "a second run makes the same change, and does no harm.")
		return
	}
	tell(resp, fmt.Sprintf("Syarah has changed message %d of chat %d.", change.ID, change.ChatHeaderID))
}
