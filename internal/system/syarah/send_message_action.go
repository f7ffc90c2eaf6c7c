package syarah

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ action.ActionWithConfigure      = (*sendMessageAction)(nil)
	_ action.ActionWithModifyPlan     = (*sendMessageAction)(nil)
	_ action.ActionWithValidateConfig = (*sendMessageAction)(nil)
)

type sendMessageAction struct{ gatewayAction }

type sendMessageModel struct {
	ChatHeaderID types.Int64  `tfsdk:"chat_header_id"`
	MessageType  types.String `tfsdk:"message_type"`
	Message      types.String `tfsdk:"message"`
	Caption      types.String `tfsdk:"caption"`
}

func newSendMessageAction() action.Action {
	return &sendMessageAction{gatewayAction{system.Action[*tenant]{Base: base}}}
}

func (a *sendMessageAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_send_message"
}

func (a *sendMessageAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends a message to a Syarah chat, in the name of the user of the provider. Each run sends one more. Those who do not look at the chat get a push notification.\n\n" +
			"Syarah does not acknowledge messages. The action waits until the server broadcasts the message or lists it; when it does neither, the action fails and says so, and does not send it again.",
		Attributes: map[string]schema.Attribute{
			"chat_header_id": chatHeaderIDAttribute(),
			"message_type": schema.StringAttribute{
				MarkdownDescription: "What the message is: `text`, `audio`, `image`, `file` or `video`. Default: `text`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(syarah.MessageTypeNames()...)},
			},
			"message": requiredText("What the message says, at least 1 character. For every type but `text`, the path of an upload of the same type: the `path` of a `chat_syarah_file`."),
			"caption": schema.StringAttribute{
				MarkdownDescription: "Caption of the file, at least 1 character; not for `text`. Default: none.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

// ValidateConfig refuses the caption of a text.
func (a *sendMessageAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config sendMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	isText := config.MessageType.IsNull() || config.MessageType.ValueString() == syarah.Text.String()
	if isText && !config.Caption.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("caption"), "A text has no caption",
			"Captions are for files. Write it into message, or say by message_type what kind of file this is.")
	}
}

func (a *sendMessageAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model sendMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.gateway(resp)
	if !ok {
		return
	}
	message := expandNewMessage(model)
	sent, err := client.SendMessage(ctx, message)
	if err != nil {
		failSend(&resp.Diagnostics, err, message)
		return
	}
	words := fmt.Sprintf("Syarah has taken the message to chat %d", message.ChatHeaderID)
	if sent.ID != 0 {
		words += fmt.Sprintf(": its id is %d", sent.ID)
	}
	tell(resp, words+".")
}

func failSend(diagnostics *diag.Diagnostics, err error, message syarah.NewMessage) {
	if rest.IsKind(err, rest.NotFound) {
		noSuchChat(diagnostics, message.ChatHeaderID, "chat_header_id")
		return
	}
	failWrite(diagnostics, err, "send", fmt.Sprintf("the message to Syarah chat %d", message.ChatHeaderID), "a second run sends a second message.")
}

func expandNewMessage(model sendMessageModel) syarah.NewMessage {
	kind, _ := syarah.ParseMessageType(model.MessageType.ValueString())
	if model.MessageType.IsNull() {
		kind = syarah.Text
	}
	return syarah.NewMessage{
		ChatHeaderID: model.ChatHeaderID.ValueInt64(),
		Type:         kind,
		Text:         model.Message.ValueString(),
		Caption:      model.Caption.ValueString(),
	}
}
