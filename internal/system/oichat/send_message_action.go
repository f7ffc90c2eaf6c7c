package oichat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ action.ActionWithConfigure  = (*sendMessageAction)(nil)
	_ action.ActionWithModifyPlan = (*sendMessageAction)(nil)
)

// systemSender may write into every room (oichat-api.md §3 [seed example]).
const systemSender = "system"

type sendMessageAction struct {
	system.Action[*tenant]
}

type sendMessageModel struct {
	RoomID         types.String         `tfsdk:"room_id"`
	SenderID       types.String         `tfsdk:"sender_id"`
	Content        types.String         `tfsdk:"content"`
	ContentType    types.String         `tfsdk:"content_type"`
	Metadata       jsontypes.Normalized `tfsdk:"metadata"`
	IdempotencyKey types.String         `tfsdk:"idempotency_key"`
}

// messageAttributePaths maps OiChat's field names to attributes, for error marks.
var messageAttributePaths = map[string]path.Path{
	"room_id":      path.Root("room_id"),
	"sender_id":    path.Root("sender_id"),
	"content":      path.Root("content"),
	"content_type": path.Root("content_type"),
	"metadata":     path.Root("metadata"),
}

func newSendMessageAction() action.Action {
	return &sendMessageAction{system.Action[*tenant]{Base: base}}
}

func (a *sendMessageAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_send_message"
}

func (a *sendMessageAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends a message into a room of the OiChat project. A message can't be read, changed or taken back afterwards, and each run of the action sends one more.",
		Attributes: map[string]schema.Attribute{
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room, as OiChat chose it.",
				Required:            true,
				Validators:          idValidators(),
			},
			"sender_id": schema.StringAttribute{
				MarkdownDescription: "Id of the user who sends: a participant of the room, or `system`, who may write into every room. Default: `system`.",
				Optional:            true,
				Validators:          idValidators(),
			},
			"content": schema.StringAttribute{
				MarkdownDescription: "What the message says; for an image or a file, its address.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"content_type": schema.StringAttribute{
				MarkdownDescription: "`text`, `image`, `file`, `system` (a notice of the system, such as *Your order has been confirmed*) or `custom`. Default: `text`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("text", "image", "file", "system", "custom")},
			},
			"metadata": schema.StringAttribute{
				MarkdownDescription: "Data of your own about the message: a JSON object, best written with `jsonencode`. Default: none.",
				CustomType:          jsontypes.NormalizedType{},
				Optional:            true,
				Validators:          []validator.String{jsonObject{}},
			},
			"idempotency_key": schema.StringAttribute{
				MarkdownDescription: "Key of the message, up to 255 visible ASCII characters. For 24 hours, OiChat sends no second message with the same key and the same values, however often the action runs. " +
					"Default: a new key for each run, which only keeps the repetitions of a lost request from sending twice.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.RegexMatches(keyForm, keyRule)},
			},
		},
	}
}

// ModifyPlan refuses to plan what can't be applied: missing settings.
func (a *sendMessageAction) ModifyPlan(_ context.Context, _ action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.Known(&resp.Diagnostics)
}

func (a *sendMessageAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model sendMessageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	message := expandNewMessage(model)
	sent, err := client.SendMessage(ctx, message)
	if err != nil {
		fail(&resp.Diagnostics, err, "send a message into", describeRoom(message.RoomID), messageAttributePaths)
		return
	}
	words := fmt.Sprintf("%s has written into %s", message.SenderID, describeRoom(message.RoomID))
	if sent.ID != "" {
		words += ": message " + sent.ID
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: words})
}

func expandNewMessage(model sendMessageModel) oichat.NewMessage {
	message := oichat.NewMessage{
		RoomID:         model.RoomID.ValueString(),
		SenderID:       systemSender,
		Content:        model.Content.ValueString(),
		ContentType:    "text", // said, for it may be obligatory (oichat-api.md §3)
		Metadata:       rawJSON(model.Metadata),
		IdempotencyKey: model.IdempotencyKey.ValueString(),
	}
	if !model.SenderID.IsNull() {
		message.SenderID = model.SenderID.ValueString()
	}
	if !model.ContentType.IsNull() {
		message.ContentType = model.ContentType.ValueString()
	}
	return message
}
