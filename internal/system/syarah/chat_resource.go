package syarah

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure      = (*chatResource)(nil)
	_ resource.ResourceWithIdentity       = (*chatResource)(nil)
	_ resource.ResourceWithImportState    = (*chatResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*chatResource)(nil)
	_ resource.ResourceWithValidateConfig = (*chatResource)(nil)
)

type chatResource struct {
	system.Resource[*tenant]
}

type chatModel struct {
	ID           types.String   `tfsdk:"id"`
	ChatHeaderID types.Int64    `tfsdk:"chat_header_id"`
	User1ID      types.String   `tfsdk:"user1_id"`
	User2ID      types.String   `tfsdk:"user2_id"`
	StrictRead   types.Bool     `tfsdk:"strict_read"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// chatAttributePaths maps Syarah's field names to attributes, for error marks.
var chatAttributePaths = map[string]path.Path{
	"user1Id": path.Root("user1_id"),
	"user2Id": path.Root("user2_id"),
}

func newChatResource() resource.Resource {
	return &chatResource{system.Resource[*tenant]{Base: base}}
}

func (r *chatResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_chat"
}

func (r *chatResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The chat of two users: what Syarah calls an individual chat header. Two users have one chat at most. Creating it takes over a chat that the two have already, with its messages.\n\n" +
			"Syarah has no call that deletes a chat. Destroying or replacing this resource takes the chat out of the state, with a warning that names it: **it stays on the server**, with its messages.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "Id of the chat, given by Syarah, as text.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"chat_header_id": schema.Int64Attribute{
				MarkdownDescription: "Id of the chat, given by Syarah: the number that actions and data sources take.",
				Computed:            true,
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"user1_id": schema.StringAttribute{
				MarkdownDescription: "Id of one of the two users: a GUID, such as `550e8400-e29b-41d4-a716-446655440000`. One of the two should be the user of the provider: Syarah lists chats only to those who take part. " +
					"Exchanging the two, or their letter case, changes nothing; any other change replaces the chat. Default: the user of the provider (`user_id`).",
				Optional:      true,
				Computed:      true,
				Validators:    userIDValidators(),
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"user2_id": schema.StringAttribute{
				MarkdownDescription: "Id of the other user: a GUID, not that of `user1_id`. Changed like `user1_id`.",
				Required:            true,
				Validators:          userIDValidators(),
			},
			"strict_read": schema.BoolAttribute{
				MarkdownDescription: "What a plan makes of a chat that Syarah lists nowhere. It is not known whether Syarah hides chats without messages. " +
					"`true`: such a chat is gone; it leaves the state, with a warning, and the plan proposes to create it. `false`: it stays in the state. " +
					"Changed in place, without a call; a plan goes by what the last apply stored. Default: it stays in the state, and each plan warns of it.",
				Optional: true,
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true}),
		},
	}
}

func (r *chatResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Syarah's id of the chat: a number, written as text."},
	}}
}

// ValidateConfig refuses a chat with oneself.
func (r *chatResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config chatModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	refuseOneself(config, &resp.Diagnostics)
}

func refuseOneself(model chatModel, diagnostics *diag.Diagnostics) {
	user1, user2 := model.User1ID.ValueString(), model.User2ID.ValueString()
	if user1 != "" && sameUser(user1, user2) {
		diagnostics.AddAttributeError(path.Root("user2_id"), "The two users are the same",
			fmt.Sprintf("A chat is between two different users, and %s is both of them. If user1_id is left out, it is the user of the provider.", user2))
	}
}

// ModifyPlan keeps the two users in the order in which they were written first,
// replaces the chat when they are others, and tells what can't be created before
// anything is applied.
func (r *chatResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroying makes no call
	}
	client, known := r.Known(&resp.Diagnostics)
	var config, plan, state chatModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	exists := !req.State.Raw.IsNull()
	if exists {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case exists && (plan.isOf(state) || config.User1ID.IsNull() && state.has(plan.User2ID)):
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("user1_id"), state.User1ID)...)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("user2_id"), state.User2ID)...)
	case exists:
		resp.RequiresReplace.Append(path.Root("user1_id"), path.Root("user2_id"))
	case known:
		if config.User1ID.IsNull() {
			plan.User1ID = types.StringValue(client.userID)
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("user1_id"), plan.User1ID)...)
		}
		checkNewChat(client, plan, &resp.Diagnostics)
	}
}

// checkNewChat tells what is known to fail, or to be strange, before a chat is
// created.
func checkNewChat(client *tenant, plan chatModel, diagnostics *diag.Diagnostics) {
	refuseOneself(plan, diagnostics)
	if !hasBackend(client, "Creating a chat", diagnostics) || plan.User1ID.IsUnknown() || plan.User2ID.IsUnknown() {
		return
	}
	if !client.isMe(plan.User1ID.ValueString()) && !client.isMe(plan.User2ID.ValueString()) {
		diagnostics.AddAttributeWarning(path.Root("user1_id"), "The chat is one of two others",
			fmt.Sprintf("Neither of the two is the user of the provider, %s (user_id, SYARAH_USER_ID). Syarah may refuse to create such a chat, and does not list it, so that no plan finds out what becomes of it.", client.userID))
	}
}

func (r *chatResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan chatModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() || !hasBackend(client, "Creating a chat", &resp.Diagnostics) {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	if plan.User1ID.IsUnknown() { // the provider's settings were, while it was planned
		plan.User1ID = types.StringValue(client.userID)
	}
	header, err := client.GetOrCreateChat(ctx, plan.User1ID.ValueString(), plan.User2ID.ValueString())
	if err != nil {
		fail(&resp.Diagnostics, err, "create", describePair("Syarah chat", plan), chatAttributePaths)
		return
	}
	state := plan
	flattenChatHeader(header.ID, &state)
	resp.Diagnostics.Append(saveChat(ctx, state, &resp.State, resp.Identity)...)
}

// Read looks into the list of chats: the only call that reads a single chat is
// the one that creates it.
func (r *chatResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state chatModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if !client.HasGateway() && state.isComplete() {
		return // nothing can be read, which is what was asked for
	}
	if !hasGateway(client, "Importing a chat", &resp.Diagnostics) {
		return
	}

	chats, err := client.AllChats(ctx)
	if err != nil {
		fail(&resp.Diagnostics, err, "read", describeChat(state), nil)
		return
	}
	chat, found := findChat(client, chats, state)
	switch {
	case !found && !state.isComplete():
		failImport(client, state, &resp.Diagnostics)
	case !found:
		readUnlisted(ctx, client, state, resp)
	case state.isComplete() && chat.ChatHeaderID != state.ChatHeaderID.ValueInt64():
		system.WarnGone(&resp.Diagnostics, describeChat(state), fmt.Sprintf("Syarah lists another chat of the two users, %d", chat.ChatHeaderID))
		resp.State.RemoveResource(ctx)
	default:
		flattenChat(client, chat, &state)
		resp.Diagnostics.Append(saveChat(ctx, state, &resp.State, resp.Identity)...)
	}
}

// findChat finds the chat of a state by its id, else by its users.
func findChat(client *tenant, chats map[int64]syarah.Chat, state chatModel) (syarah.Chat, bool) {
	if chat, found := chats[state.number()]; found {
		return chat, true
	}
	user1, user2 := state.User1ID.ValueString(), state.User2ID.ValueString()
	for _, chat := range chats {
		if chat.UserID != "" && (client.isMe(user1) && sameUser(user2, chat.UserID) || client.isMe(user2) && sameUser(user1, chat.UserID)) {
			return chat, true
		}
	}
	return syarah.Chat{}, false
}

// readUnlisted decides about a chat that the list of individual chats lacks. That
// list may leave out chats without messages, so that the list of all
// conversations is asked too (syarah-api.md §8 [assumed]).
func readUnlisted(ctx context.Context, client *tenant, state chatModel, resp *resource.ReadResponse) {
	if !client.isMe(state.User1ID.ValueString()) && !client.isMe(state.User2ID.ValueString()) {
		return // it is listed to others
	}
	listed, err := client.HasHeader(ctx, state.ChatHeaderID.ValueInt64())
	object, isStrict := describeChat(state), state.StrictRead.ValueBool()
	switch {
	case listed:
	case err != nil && isStrict:
		fail(&resp.Diagnostics, err, "read", object, nil)
	case isStrict:
		system.WarnGone(&resp.Diagnostics, object, "Syarah lists it nowhere, and strict_read is true")
		resp.State.RemoveResource(ctx)
	case state.StrictRead.IsNull():
		second := "So does the list of all conversations."
		if err != nil {
			second = "The list of all conversations could not be read: " + strings.TrimSuffix(err.Error(), ".") + "."
		}
		resp.Diagnostics.AddWarning(object+" is not listed",
			"The list of chats lacks it. "+second+" It stays in the state, for Syarah may hide chats without messages. "+
				"Write strict_read = false to leave it at that without this warning, or strict_read = true to create the chat again when it is not listed. "+
				"Either counts from the plan after the apply that stores it.")
	}
}

// failImport reports that a chat can't be imported, as no list shows it.
func failImport(client *tenant, state chatModel, diagnostics *diag.Diagnostics) {
	diagnostics.AddError("Can't import "+describeChat(state),
		fmt.Sprintf("Syarah's list of the chats of user %s (user_id, SYARAH_USER_ID) lacks it. It may not exist, be a group or the chat of two others, or be hidden because it has no messages. "+
			"There is another way: apply the resource without importing it. Syarah creates no second chat for two users; it hands out the one that is there.", client.userID))
}

// Update changes what Syarah does not know of.
func (r *chatResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan chatModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(saveChat(ctx, plan, &resp.State, resp.Identity)...)
}

// Delete leaves the chat behind and says so. The chat is named in the summary,
// for Terraform may show warnings of the same summary once.
func (r *chatResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state chatModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.AddWarning(describeChat(state)+" stays on the server",
		"Syarah has no call that deletes chats. The chat has left the state, and Terraform does not know it any more. It still exists, with its messages. "+
			fmt.Sprintf("To manage it again, apply a chat_syarah_chat of the same two users, or run: terraform import <address of this resource> '%s'.", state.ID.ValueString()))
}

// ImportState takes the id of the chat, or the ids of its users.
func (r *chatResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if strings.Contains(req.ID, "/") {
		importPair(ctx, req, resp)
		return
	}
	system.ImportParts(ctx, req, resp, "id")
	var id types.String
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if !resp.Diagnostics.HasError() && (chatModel{ID: id}).number() == 0 {
		resp.Diagnostics.AddError("Malformed import id",
			fmt.Sprintf("%q is not the id of a Syarah chat. It must be the chat's number, such as 101, or the ids of its two users: <user1_id>/<user2_id>.", id.ValueString()))
	}
}

func importPair(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	users, err := system.SplitID(req.ID, "user1_id", "user2_id")
	if err != nil || !guidPattern.MatchString(users[0]) || !guidPattern.MatchString(users[1]) || sameUser(users[0], users[1]) {
		resp.Diagnostics.AddError("Malformed import id",
			fmt.Sprintf("%q does not name a Syarah chat. It must be the ids of two different users, <user1_id>/<user2_id>, which are GUIDs, or the chat's number, such as 101.", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("user1_id"), users[0])...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("user2_id"), users[1])...)
}

// flattenChat writes what the list tells of a chat into the model. The two users
// keep their order, and whoever has not changed keeps the letter case.
func flattenChat(client *tenant, chat syarah.Chat, model *chatModel) {
	flattenChatHeader(chat.ChatHeaderID, model)
	if model.User2ID.IsNull() || chat.UserID != "" && !model.has(types.StringValue(chat.UserID)) {
		model.User1ID, model.User2ID = types.StringValue(client.userID), toldText(chat.UserID)
	}
}

func flattenChatHeader(id int64, model *chatModel) {
	model.ID = types.StringValue(strconv.FormatInt(id, 10))
	model.ChatHeaderID = types.Int64Value(id)
}

// isOf reports whether two models are of the same two users, in whatever order.
func (m chatModel) isOf(other chatModel) bool {
	user1, user2 := m.User1ID.ValueString(), m.User2ID.ValueString()
	other1, other2 := other.User1ID.ValueString(), other.User2ID.ValueString()
	return sameUser(user1, other1) && sameUser(user2, other2) || sameUser(user1, other2) && sameUser(user2, other1)
}

// has reports whether a user is one of the two.
func (m chatModel) has(userID types.String) bool {
	return sameUser(userID.ValueString(), m.User1ID.ValueString()) || sameUser(userID.ValueString(), m.User2ID.ValueString())
}

// isComplete is false while a chat is being imported.
func (m chatModel) isComplete() bool { return !m.ID.IsNull() && !m.User2ID.IsNull() }

// number is the id as the API has it; 0 when there is none. It has one spelling.
func (m chatModel) number() int64 {
	number, err := strconv.ParseInt(m.ID.ValueString(), 10, 64)
	if err != nil || number < 1 || strconv.FormatInt(number, 10) != m.ID.ValueString() {
		return 0
	}
	return number
}

// identity is what tells the object from all others, by attribute.
func (m chatModel) identity() map[string]types.String {
	return map[string]types.String{"id": m.ID}
}

// saveChat writes state and identity.
func saveChat(ctx context.Context, model chatModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}

// describeChat names a chat by what is known of it.
func describeChat(model chatModel) string {
	switch {
	case model.User2ID.IsNull():
		return "Syarah chat " + model.ID.ValueString()
	case model.ID.IsNull():
		return describePair("Syarah chat", model)
	}
	return describePair("Syarah chat "+model.ID.ValueString(), model)
}

func describePair(what string, model chatModel) string {
	return fmt.Sprintf("%s of users %s and %s", what, model.User1ID.ValueString(), model.User2ID.ValueString())
}
