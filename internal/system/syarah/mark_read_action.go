package syarah

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ action.ActionWithConfigure  = (*markReadAction)(nil)
	_ action.ActionWithModifyPlan = (*markReadAction)(nil)
)

type markReadAction struct{ gatewayAction }

type markReadModel struct {
	ChatHeaderID types.Int64 `tfsdk:"chat_header_id"`
}

func newMarkReadAction() action.Action {
	return &markReadAction{gatewayAction{system.Action[*tenant]{Base: base}}}
}

func (a *markReadAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_mark_read"
}

func (a *markReadAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Marks all messages of a Syarah chat as read by the user of the provider.\n\n" +
			"Syarah does not acknowledge this. The action waits until the server broadcasts it, or lists the chat without unread messages; when it does neither, the action fails and says so.",
		Attributes: map[string]schema.Attribute{
			"chat_header_id": chatHeaderIDAttribute(),
		},
	}
}

func (a *markReadAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model markReadModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.gateway(resp)
	if !ok {
		return
	}
	chatHeaderID := model.ChatHeaderID.ValueInt64()
	if err := client.MarkRead(ctx, chatHeaderID); err != nil {
		failWrite(&resp.Diagnostics, err, "mark", fmt.Sprintf("messages of Syarah chat %d as read", chatHeaderID), "a second run does no harm.")
		return
	}
	tell(resp, fmt.Sprintf("The messages of Syarah chat %d are marked as read.", chatHeaderID))
}
