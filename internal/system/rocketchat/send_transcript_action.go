package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*sendTranscriptAction)(nil)

type sendTranscriptAction struct {
	system.Action[*tenant]
}

type sendTranscriptModel struct {
	roomAction
	Email types.String `tfsdk:"email"`
}

func newSendTranscriptAction() action.Action {
	return &sendTranscriptAction{system.Action[*tenant]{Base: base}}
}

func (a *sendTranscriptAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_send_transcript"
}

func (a *sendTranscriptAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Has Rocket.Chat send the messages of a room by e-mail. Each run sends them once more.\n\n" +
			"When the answer is lost it is not known whether the mail was sent. It is not sent again; the action fails and says so.",
		Attributes: roomAttributes("the visitor's, open or closed", map[string]schema.Attribute{
			"email": emailArgument("E-mail address to which the messages go. It may be anybody's."),
		}),
	}
}

func (a *sendTranscriptAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model sendTranscriptModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	told, err := client.SendTranscript(ctx, model.VisitorToken.ValueString(), model.RoomID.ValueString(), model.Email.ValueString())
	if err != nil {
		failOnce(&resp.Diagnostics, err, "send", "the transcript of "+describe("room", model.RoomID.ValueString()))
		return
	}
	tell(resp, fmt.Sprintf("Rocket.Chat says: %s.", told))
}
