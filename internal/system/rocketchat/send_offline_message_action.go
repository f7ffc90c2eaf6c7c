package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*sendOfflineMessageAction)(nil)

type sendOfflineMessageAction struct {
	system.Action[*tenant]
}

type sendOfflineMessageModel struct {
	Name       types.String `tfsdk:"name"`
	Email      types.String `tfsdk:"email"`
	Message    types.String `tfsdk:"message"`
	Department types.String `tfsdk:"department"`
	Host       types.String `tfsdk:"host"`
}

func newSendOfflineMessageAction() action.Action {
	return &sendOfflineMessageAction{system.Action[*tenant]{Base: base}}
}

func (a *sendOfflineMessageAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_send_offline_message"
}

func (a *sendOfflineMessageAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Leaves a message for the agents of Rocket.Chat Livechat while none is there, as the form of the widget does. The server sends it by e-mail. Each run sends another one.\n\n" +
			"When the answer is lost it is not known whether the message was sent. It is not sent again; the action fails and says so.",
		Attributes: map[string]schema.Attribute{
			"name":       requiredText("Name of the sender."),
			"email":      emailArgument("E-mail address of the sender, to which agents answer."),
			"message":    requiredText("Text of the message."),
			"department": optionalText("Id or name of the department to write to. Default: the server's own address."),
			"host":       optionalText("Web site on which the message was written, such as `https://example.com`. Rocket.Chat's own SDK always sends one. Default: none."),
		},
	}
}

func emailArgument(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Required:            true,
		Validators:          []validator.String{system.Trimmed{}, stringvalidator.RegexMatches(emailPattern, emailRule)},
	}
}

func (a *sendOfflineMessageAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model sendOfflineMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	told, err := client.SendOfflineMessage(ctx, rocketchat.OfflineMessage{
		Name: model.Name.ValueString(), Email: model.Email.ValueString(), Text: model.Message.ValueString(),
		Department: model.Department.ValueString(), Host: model.Host.ValueString(),
	})
	if err != nil {
		failOnce(&resp.Diagnostics, err, "send", "an offline message to Rocket.Chat")
		return
	}
	tell(resp, fmt.Sprintf("Rocket.Chat says: %s.", told))
}
