package rocketchat

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*roomResource)(nil)
	_ resource.ResourceWithIdentity    = (*roomResource)(nil)
	_ resource.ResourceWithImportState = (*roomResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomResource)(nil)
)

const roomType = "chat_rocketchat_room"

type roomResource struct {
	system.Resource[*tenant]
}

type roomModel struct {
	ID            types.String   `tfsdk:"id"`
	VisitorToken  types.String   `tfsdk:"visitor_token"`
	VisitorID     types.String   `tfsdk:"visitor_id"`
	AgentID       types.String   `tfsdk:"agent_id"`
	AdoptExisting types.Bool     `tfsdk:"adopt_existing"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func newRoomResource() resource.Resource {
	return &roomResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_room"
}

func (r *roomResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An open room of a visitor: a conversation with the agents. A visitor has one open room at a time.\n\n" +
			"Destroying closes the room. A closed room stays on the server with its messages, and can't be opened again. When somebody closes the room outside Terraform, " +
			"it leaves the state with a warning, and the next apply opens **another** room, into which the `chat_rocketchat_message`s of the configuration move: they are deleted in the closed one. Which agent serves the room, and in which department, is up to the agents, and no plan shows it.",
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("room"),
			"visitor_token": visitorTokenAttribute("Token of the visitor, as `chat_rocketchat_visitor` has it. It is a credential and stands in the state. " +
				"Changing it replaces the room: the old one is closed."),
			"visitor_id": idAttribute("visitor"),
			"agent_id": schema.StringAttribute{
				MarkdownDescription: "Id of the agent who is to serve the new room. Rocket.Chat chooses another one when that agent is not online. Changing it replaces the room; adding it to a room that has none, or removing it, changes nothing. " +
					"Default: Rocket.Chat chooses.",
				Optional:   true,
				Validators: textValidators(),
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(replaceWhenExchanged,
					"Changing it replaces the room.", "Changing it replaces the room.")},
			},
			"adopt_existing": schema.BoolAttribute{
				MarkdownDescription: "Whether a room is taken over that the visitor has open already, instead of an error. It is then closed with this resource, and not with one that had it before and is destroyed in the same apply. " +
					"Changing it changes nothing in a room that exists. Default: `false`.",
				Optional: true,
			},
			"timeouts": timeoutsAttribute(ctx),
		},
	}
}

// replaceWhenExchanged replaces when one value follows another. What is not
// known after an import is no other value.
func replaceWhenExchanged(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = !req.StateValue.IsNull() && !req.PlanValue.IsNull()
}

func (r *roomResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Rocket.Chat's id of the room."},
	}}
}

// ModifyPlan tells what the provider is not configured with before anything is
// applied.
func (r *roomResource) ModifyPlan(_ context.Context, _ resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Known(&resp.Diagnostics)
}

// Create is the only place where the GET is made that opens a room
// (rocketchat-livechat-api.md §2.5).
func (r *roomResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	end, err := client.turns.Begin(ctx, plan.VisitorToken.ValueString())
	var opened rocketchat.OpenedRoom
	if err == nil {
		defer end()
		opened, err = client.OpenRoom(ctx, plan.VisitorToken.ValueString(), plan.AgentID.ValueString())
	}
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeInvalidToken):
		noSuch(&resp.Diagnostics, "Rocket.Chat visitor", "visitor_token")
	case rocketchat.HasCode(err, rocketchat.CodeNoAgentOnline):
		failWith(&resp.Diagnostics, err, "open", "a Rocket.Chat room", "Rocket.Chat opens no room while no agent is online, in the visitor's department if it has one. Apply again when one is there, "+
			"or let the server accept rooms without agents (Livechat_accept_chats_with_no_agents).")
	case err != nil:
		failCreation(&resp.Diagnostics, err, "a Rocket.Chat room", roomType, nil)
	case !opened.New && !plan.AdoptExisting.ValueBool():
		failOpenAlready(&resp.Diagnostics, client, opened.ID)
	case !client.takeRoom(opened.ID):
		resp.Diagnostics.AddAttributeError(path.Root("visitor_token"), "Two rooms of one visitor",
			fmt.Sprintf("Another resource of this configuration has just opened %s. Rocket.Chat has one open room for each visitor: use one resource for it.", describe("room", opened.ID)))
	default:
		if plan.AdoptExisting.ValueBool() {
			client.turns.Take(opened.ID)
		}
		state := plan
		flattenRoom(opened.Room, &state)
		resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
	}
}

// failOpenAlready reports that the visitor has an open room, which is not
// adopted unless that was asked for.
func failOpenAlready(diagnostics *diag.Diagnostics, client *tenant, roomID string) {
	id := roomID + "/<visitor token>"
	if client.IsAdministrator() {
		id = roomID
	}
	diagnostics.AddError("The visitor has an open room already",
		fmt.Sprintf("It is %s, which was not opened by this resource, so it is left alone. A visitor has one open room at a time. To manage it from here, import it:\n\n  %s\n\n"+
			"or set adopt_existing = true and apply again. Otherwise close it first.", describe("room", roomID), importCommand(roomType, id)))
}

func (r *roomResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	roomID := state.ID.ValueString()
	room, err := client.GetRoom(ctx, state.VisitorToken.ValueString(), roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		r.readMissing(ctx, client, state, err, resp)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", describe("room", roomID), nil)
		return
	}
	flattenRoom(room, &state)
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
}

// readMissing removes a room from the state that is not open any more, and says
// why: the server has one answer for a room that is closed and for one that is
// gone (rocketchat-livechat-api.md §2.5).
func (r *roomResource) readMissing(ctx context.Context, client *tenant, state roomModel, cause error, resp *resource.ReadResponse) {
	object := describe("room", state.ID.ValueString())
	if rocketchat.HasCode(cause, rocketchat.CodeInvalidToken) {
		resp.Diagnostics.AddWarning(object+" can't be reached any more",
			"Rocket.Chat does not know its visitor's token any more: the visitor was deleted, and all its rooms with it, or has another token now, and the room may stay open until an agent closes it. "+
				"It is removed from the state. If the resource is still in the configuration, the plan proposes to open a new room; if that is not wanted, take it out of the configuration.")
		resp.State.RemoveResource(ctx)
		return
	}
	closed, err := client.RoomExists(ctx, state.VisitorToken.ValueString(), state.ID.ValueString())
	switch {
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
		return
	case closed:
		resp.Diagnostics.AddWarning(object+" is closed",
			"It was closed outside Terraform, and a closed room can't be opened again. It is removed from the state, and stays on the server with its messages. "+
				"If the resource is still in the configuration, the plan proposes to open a NEW room; if that is not wanted, take it out of the configuration. "+
				"Either way, a chat_rocketchat_message of the closed room is deleted there when the plan says that it is replaced or destroyed; "+
				"to keep it, take it out of the state first (terraform state rm, or a removed block with destroy = false).")
	default:
		system.WarnGone(&resp.Diagnostics, object, "Rocket.Chat does not know it any more")
	}
	resp.State.RemoveResource(ctx)
}

// Update changes nothing on the server: a room has nothing to change.
func (r *roomResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(saveRoom(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *roomResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	object := describe("room", state.ID.ValueString())
	end, err := client.turns.Begin(ctx, state.VisitorToken.ValueString())
	if err != nil {
		failClosing(&resp.Diagnostics, err, object)
		return
	}
	defer end()
	if client.turns.Taken(state.ID.ValueString()) {
		warnAdopted(&resp.Diagnostics, object, "closed")
		return
	}
	err = client.CloseRoom(ctx, state.VisitorToken.ValueString(), state.ID.ValueString())
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeInvalidToken):
		// With an administrator, who closes rooms by their id, it does not come to this.
		resp.Diagnostics.AddWarning(object+" may still be open",
			"Rocket.Chat does not know the visitor's token any more. If the visitor was deleted, the room is gone with it. "+
				"If the visitor has got another token, the room is open until an agent closes it. The room has left the state.")
	case rest.IsKind(err, rest.NotFound): // gone already
	case err != nil:
		failClosing(&resp.Diagnostics, err, object)
	}
}

// failClosing reports that a room can't be closed. What only agents can give, an
// administrator gives.
func failClosing(diagnostics *diag.Diagnostics, err error, object string) {
	next := ""
	if rocketchat.HasCode(err, rocketchat.CodeCloseNotAllowed, "error-comment-is-required", "error-tags-must-be-assigned-before-closing-chat") {
		next = "Turn that setting of the server, let an agent close the room, or give the provider the credentials of an administrator, with which it closes rooms all the same: " +
			"auth_token (ROCKETCHAT_AUTH_TOKEN) and user_id (ROCKETCHAT_USER_ID)."
	}
	failWith(diagnostics, err, "close", object, next)
}

// ImportState takes the room's id and the visitor's token. With an administrator
// the id is enough.
func (r *roomResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, ok := r.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	id, token, _ := strings.Cut(req.ID, "/")
	if req.ID == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	}
	if id == "" {
		failImport(&resp.Diagnostics, "<room_id> or <room_id>/<visitor token>")
		return
	}
	if token == "" {
		token = findToken(ctx, client, "room", id, func(room rocketchat.Room) bool { return room.ID == id }, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("visitor_token"), token)...)
}

func flattenRoom(room rocketchat.Room, model *roomModel) {
	model.ID = types.StringValue(room.ID)
	model.VisitorID = types.StringValue(room.VisitorID)
}

// identity is what tells the object from all others, by attribute.
func (m roomModel) identity() map[string]types.String {
	return map[string]types.String{"id": m.ID}
}

// saveRoom writes state and identity.
func saveRoom(ctx context.Context, model roomModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
