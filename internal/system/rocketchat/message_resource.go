package rocketchat

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*messageResource)(nil)
	_ resource.ResourceWithIdentity    = (*messageResource)(nil)
	_ resource.ResourceWithImportState = (*messageResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*messageResource)(nil)
)

const messageType = "chat_rocketchat_message"

// messageIDPattern keeps message ids out of trouble in paths and import ids.
var messageIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

type messageResource struct {
	system.Resource[*tenant]
}

type messageModel struct {
	ID           types.String   `tfsdk:"id"`
	RoomID       types.String   `tfsdk:"room_id"`
	VisitorToken types.String   `tfsdk:"visitor_token"`
	MessageID    types.String   `tfsdk:"message_id"`
	Text         types.String   `tfsdk:"text"`
	StoredText   types.String   `tfsdk:"stored_text"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// messageAttributePaths maps Rocket.Chat's field names to attributes, for error
// marks.
var messageAttributePaths = map[string]path.Path{"msg": path.Root("text"), "_id": path.Root("message_id")}

func newMessageResource() resource.Resource {
	return &messageResource{system.Resource[*tenant]{Base: base}}
}

func (r *messageResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_message"
}

func (r *messageResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A message that a visitor has written into a room, such as a first question for agents who are being trained.\n\n" +
			"Destroying deletes the message. Where the server's settings do not let messages be deleted (`Message_AllowDeleting`), it leaves the state with a warning that names it, and stays in the room.",
		Attributes: map[string]schema.Attribute{
			"id": system.IDAttribute("<room_id>/<message_id>"),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room, which must be open when the message is sent. Changing it replaces the message.",
				Required:            true,
				Validators:          textValidators(),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"visitor_token": visitorTokenAttribute("Token of the visitor who writes it and whose room it is. It is a credential and stands in the state. Changing it replaces the message."),
			"message_id": schema.StringAttribute{
				MarkdownDescription: "Id of the message, chosen by you: letters, digits, `-` and `_`, unique on the server. Changing it replaces the message. Default: a random one.",
				Optional:            true,
				Computed:            true,
				Validators: []validator.String{stringvalidator.RegexMatches(messageIDPattern,
					"must consist of letters, digits, dashes and underscores")},
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()},
			},
			"text": schema.StringAttribute{
				MarkdownDescription: "Text of the message, at least 1 character; the server may set a limit (`Livechat_message_character_limit`). Changed in place, if the server's settings let messages be edited (`Message_AllowEditing`).",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"stored_text": schema.StringAttribute{
				MarkdownDescription: "What the server made of the text: a content filter may have changed it. When that differs from what the server said after the last apply, the message was edited outside Terraform.",
				Computed:            true,
			},
			"timeouts": timeoutsAttribute(ctx),
		},
	}
}

func (r *messageResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"room_id":    identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the room."},
		"message_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the message."},
	}}
}

// ModifyPlan keeps what the server made of a text that does not change.
func (r *messageResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Known(&resp.Diagnostics)
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	var plan, prior messageModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	if plan.Text.Equal(prior.Text) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("stored_text"), prior.StoredText)...)
	}
}

func (r *messageResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan messageModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	state := plan
	if plan.MessageID.IsUnknown() {
		state.MessageID = types.StringValue(rocketchat.NewMessageID())
	}
	state.setID(plan.RoomID.ValueString())
	roomID, id := plan.RoomID.ValueString(), state.MessageID.ValueString()
	sent, err := client.SendMessage(ctx, plan.VisitorToken.ValueString(), roomID, rocketchat.NewMessage{ID: id, Text: plan.Text.ValueString()})
	switch {
	case err == nil:
		flattenSent(sent, &state)
		warnOfFilter(state, &resp.Diagnostics)
	case sent.RoomID != "": // in another room; the state says where
		state.setID(sent.RoomID)
		state.StoredText = types.StringValue(sent.Text)
		failWith(&resp.Diagnostics, err, "send", describeMessage(id, roomID), "It is in the state, and tainted: the next apply deletes it. Run terraform plan to see what has become of the room.")
	case isLost(err):
		state.StoredText = state.Text
		failWith(&resp.Diagnostics, err, "send", describeMessage(id, roomID), "Its id is kept in the state, and the resource is tainted: the next plan looks for the message, and the next apply deletes it, if it is there, before it sends it again.")
	default:
		failSending(&resp.Diagnostics, err, id, roomID)
		return
	}
	resp.Diagnostics.Append(saveMessage(ctx, state, &resp.State, resp.Identity)...)
}

// failSending reports that a message was not sent.
func failSending(diagnostics *diag.Diagnostics, err error, id, roomID string) {
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeInvalidToken, rocketchat.CodeInvalidRoom):
		failInRoom(diagnostics, err, "send", describeMessage(id, roomID))
	case rocketchat.HasCode(err, rocketchat.CodeRoomClosed):
		failWith(diagnostics, err, "send", describeMessage(id, roomID), "Nobody can write into a closed room. Run terraform plan: if the room is a resource of this configuration, it proposes a new one.")
	default:
		failCreation(diagnostics, err, describeMessage(id, roomID), messageType, messageAttributePaths)
	}
}

func (r *messageResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state messageModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	message, err := client.GetMessage(ctx, state.VisitorToken.ValueString(), state.RoomID.ValueString(), state.MessageID.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, describeMessage(state.MessageID.ValueString(), state.RoomID.ValueString()), goneReason(err))
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", describeMessage(state.MessageID.ValueString(), state.RoomID.ValueString()), nil)
		return
	}
	flattenMessage(message, &state)
	resp.Diagnostics.Append(saveMessage(ctx, state, &resp.State, resp.Identity)...)
}

// goneReason says which of three things is gone.
func goneReason(err error) string {
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeInvalidToken):
		return "Rocket.Chat does not know the visitor's token any more"
	case rocketchat.HasCode(err, rocketchat.CodeInvalidRoom):
		return "Rocket.Chat does not know the room any more, or the visitor has another token now"
	}
	return "Rocket.Chat does not know it any more"
}

func (r *messageResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior messageModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	state := plan
	if !plan.Text.Equal(prior.Text) {
		edited, err := client.EditMessage(ctx, prior.VisitorToken.ValueString(), prior.RoomID.ValueString(), prior.MessageID.ValueString(), plan.Text.ValueString())
		if err != nil {
			fail(&resp.Diagnostics, err, "edit", describeMessage(prior.MessageID.ValueString(), prior.RoomID.ValueString()), messageAttributePaths)
			return
		}
		flattenSent(edited, &state)
		warnOfFilter(state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(saveMessage(ctx, state, &resp.State, resp.Identity)...)
}

// warnOfFilter says that others read something else than was written.
func warnOfFilter(state messageModel, diagnostics *diag.Diagnostics) {
	if !state.StoredText.Equal(state.Text) {
		diagnostics.AddAttributeWarning(path.Root("text"), "Rocket.Chat changed the text",
			fmt.Sprintf("A content filter of the server changed the text of %s; stored_text is what people read. The next plan does not propose to change it back.",
				describeMessage(state.MessageID.ValueString(), state.RoomID.ValueString())))
	}
}

func (r *messageResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state messageModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	object := describeMessage(state.MessageID.ValueString(), state.RoomID.ValueString())
	err := client.DeleteMessage(ctx, state.VisitorToken.ValueString(), state.RoomID.ValueString(), state.MessageID.ValueString())
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeActionNotAllowed):
		resp.Diagnostics.AddWarning(object+" stays in the room",
			fmt.Sprintf("%s.\n\nThe message has left the state, and Terraform does not know it any more. It goes when its visitor is deleted, or when an agent deletes it.", err))
	case err != nil:
		fail(&resp.Diagnostics, err, "delete", object, nil)
	}
}

// ImportState takes the ids of room and message, and the visitor's token. With an
// administrator the ids are enough.
func (r *messageResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, ok := r.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	parts := append(strings.SplitN(req.ID, "/", 3), "", "", "")
	roomID, id, token := parts[0], parts[1], parts[2]
	if req.ID == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("room_id"), &roomID)...)
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("message_id"), &id)...)
	}
	if roomID == "" || id == "" {
		failImport(&resp.Diagnostics, "<room_id>/<message_id> or <room_id>/<message_id>/<visitor token>")
		return
	}
	if token == "" {
		token = findToken(ctx, client, "message", id, func(room rocketchat.Room) bool { return room.ID == roomID }, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for attribute, value := range map[string]string{"id": system.JoinID(roomID, id), "room_id": roomID, "message_id": id, "visitor_token": token} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
}

func describeMessage(id, roomID string) string {
	return fmt.Sprintf("Rocket.Chat message %s in room %s", id, roomID)
}

func (m *messageModel) setID(roomID string) {
	m.RoomID = types.StringValue(roomID)
	m.ID = types.StringValue(system.JoinID(roomID, m.MessageID.ValueString()))
}

// flattenSent notes what the server made of a text that was just sent.
func flattenSent(message rocketchat.Message, model *messageModel) {
	model.StoredText = types.StringValue(message.Text)
}

// flattenMessage writes what the server says into the model. A text that is what
// the server made of ours is ours.
func flattenMessage(message rocketchat.Message, model *messageModel) {
	if message.Text != model.StoredText.ValueString() || model.Text.IsNull() {
		model.Text = types.StringValue(message.Text)
	}
	model.StoredText = types.StringValue(message.Text)
}

// identity is what tells the object from all others, by attribute.
func (m messageModel) identity() map[string]types.String {
	return map[string]types.String{"room_id": m.RoomID, "message_id": m.MessageID}
}

// saveMessage writes state and identity.
func saveMessage(ctx context.Context, model messageModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
