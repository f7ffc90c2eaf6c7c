package syarah

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ action.ActionWithConfigure  = (*deleteMessagesAction)(nil)
	_ action.ActionWithModifyPlan = (*deleteMessagesAction)(nil)
)

type deleteMessagesAction struct{ gatewayAction }

type deleteMessagesModel struct {
	ChatHeaderID types.Int64 `tfsdk:"chat_header_id"`
	MessageIDs   types.List  `tfsdk:"message_ids"`
}

func newDeleteMessagesAction() action.Action {
	return &deleteMessagesAction{gatewayAction{system.Action[*tenant]{Base: base}}}
}

func (a *deleteMessagesAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_delete_messages"
}

func (a *deleteMessagesAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Deletes messages of a Syarah chat. They must be messages of the user of the provider (assumed). Messages that are gone already are no error.\n\n" +
			"Syarah does not acknowledge deletions. The action waits until the server has broadcast all of them or lists none of the messages any more; when it does neither, the action fails and says so.",
		Attributes: map[string]schema.Attribute{
			"chat_header_id": chatHeaderIDAttribute(),
			"message_ids": schema.ListAttribute{
				MarkdownDescription: "Ids of the messages, as `chat_syarah_messages` shows them, at least 1.",
				ElementType:         types.Int64Type,
				Required:            true,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueInt64sAre(int64validator.AtLeast(1))},
			},
		},
	}
}

func (a *deleteMessagesAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model deleteMessagesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.gateway(resp)
	if !ok {
		return
	}
	var ids []int64
	resp.Diagnostics.Append(model.MessageIDs.ElementsAs(ctx, &ids, false)...)
	if resp.Diagnostics.HasError() {
		return
	}
	chatHeaderID := model.ChatHeaderID.ValueInt64()
	if err := client.RemoveMessages(ctx, chatHeaderID, ids...); err != nil {
		failWrite(&resp.Diagnostics, err, "delete", fmt.Sprintf("messages of Syarah chat %d", chatHeaderID), "a second run deletes what is left of them, and does no harm.")
		return
	}
	tell(resp, fmt.Sprintf("The messages that were to be deleted, %d in number, are not in Syarah chat %d any more.", len(ids), chatHeaderID))
}
