package oichat

import (
	"context"
	"fmt"
	"slices"
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
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*roomParticipantResource)(nil)
	_ resource.ResourceWithIdentity    = (*roomParticipantResource)(nil)
	_ resource.ResourceWithImportState = (*roomParticipantResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomParticipantResource)(nil)
)

type roomParticipantResource struct {
	system.Resource[*tenant]
}

type roomParticipantModel struct {
	ID       types.String   `tfsdk:"id"`
	RoomID   types.String   `tfsdk:"room_id"`
	UserID   types.String   `tfsdk:"user_id"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func newRoomParticipantResource() resource.Resource {
	return &roomParticipantResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomParticipantResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_room_participant"
}

func (r *roomParticipantResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One user in one room of the OiChat project. It leaves the room's other participants alone. " +
			"If the user is in the room already, the resource takes that over; destroying takes the user out. " +
			"Whom another resource takes over in the same apply stays, as where the indexes of `count` shift.\n\n" +
			"Do not use it for a room whose `chat_oichat_room` has `participants`: that removes everybody it does not list. " +
			"Give the room `initial_participants` instead.",
		Attributes: map[string]schema.Attribute{
			"id": system.IDAttribute("<room_id>/<user_id>"),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room. Changing it replaces the resource: the user leaves the old room and enters the new one.",
				Required:            true,
				Validators:          idValidators(),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Id of the user, as your application chose it: OiChat has no list of users, and does not check it. Changing it replaces the resource.",
				Required:            true,
				Validators:          idValidators(),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

func (r *roomParticipantResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"room_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the room."},
		"user_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the user."},
	}}
}

// ModifyPlan refuses a participant of a room that lists its participants.
func (r *roomParticipantResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, known := r.Known(&resp.Diagnostics)
	if !known || req.Plan.Raw.IsNull() {
		return
	}
	var plan roomParticipantModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if plan.RoomID.IsUnknown() || plan.UserID.IsUnknown() {
		return
	}
	client.shared(plan.RoomID.ValueString()).claimSingle(plan.RoomID.ValueString(), plan.UserID.ValueString(), &resp.Diagnostics)
}

func (r *roomParticipantResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan roomParticipantModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	roomID, userID := plan.RoomID.ValueString(), plan.UserID.ValueString()
	turns := &client.shared(roomID).turns
	end, err := turns.Begin(ctx, userID)
	if err == nil {
		defer end()
		err = client.AddParticipant(ctx, roomID, userID)
	}
	if err != nil {
		fail(&resp.Diagnostics, err, "add", describeParticipant(roomID, userID), map[string]path.Path{"user_id": path.Root("user_id")})
		return
	}
	turns.Take(userID)
	flattenRoomParticipant(roomID, userID, &plan)
	resp.Diagnostics.Append(saveRoomParticipant(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *roomParticipantResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roomParticipantModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	roomID, userID := state.RoomID.ValueString(), state.UserID.ValueString()
	object := describeParticipant(roomID, userID)
	room, err := client.GetRoom(ctx, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, object, "The room is gone. "+goneReason)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		failManaged(&resp.Diagnostics, err, "read", object)
		return
	case !room.HasParticipants:
		warnUntold(roomID, &resp.Diagnostics)
	case !slices.Contains(room.Participants, userID):
		system.WarnGone(&resp.Diagnostics, object, "The user is not in the room any more")
		resp.State.RemoveResource(ctx)
		return
	}
	flattenRoomParticipant(roomID, userID, &state)
	resp.Diagnostics.Append(saveRoomParticipant(ctx, state, &resp.State, resp.Identity)...)
}

// Update has nothing to send: only the timeouts can change in place.
func (r *roomParticipantResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan roomParticipantModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(saveRoomParticipant(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *roomParticipantResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomParticipantModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	roomID, userID := state.RoomID.ValueString(), state.UserID.ValueString()
	turns := &client.shared(roomID).turns
	end, err := turns.Begin(ctx, userID)
	if err != nil {
		failManaged(&resp.Diagnostics, err, "remove", describeParticipant(roomID, userID))
		return
	}
	defer end()
	if turns.Taken(userID) {
		tflog.Info(ctx, "Another resource has taken over the "+describeParticipant(roomID, userID)+" in this run, who stays")
		return
	}
	if err := client.RemoveParticipant(ctx, roomID, userID); err != nil {
		failManaged(&resp.Diagnostics, err, "remove", describeParticipant(roomID, userID))
		return
	}
	client.shared(roomID).dropSingle(userID)
}

// ImportState takes <room_id>/<user_id>. A user's id is the application's, and
// may hold slashes.
func (r *roomParticipantResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	roomID, userID, found := strings.Cut(req.ID, "/")
	if req.ID == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("room_id"), &roomID)...)
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("user_id"), &userID)...)
	} else if !found || roomID == "" || userID == "" {
		resp.Diagnostics.AddError("Malformed import id", fmt.Sprintf("The import id %q is not of the form %s.", req.ID, system.IDFormat("room_id", "user_id")))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("room_id"), roomID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("user_id"), userID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), system.JoinID(roomID, userID))...)
}

// flattenRoomParticipant writes one user in one room into the model.
func flattenRoomParticipant(roomID, userID string, model *roomParticipantModel) {
	model.ID = types.StringValue(system.JoinID(roomID, userID))
	model.RoomID = types.StringValue(roomID)
	model.UserID = types.StringValue(userID)
}

// identity is what tells the object from all others, by attribute.
func (m roomParticipantModel) identity() map[string]types.String {
	return map[string]types.String{"room_id": m.RoomID, "user_id": m.UserID}
}

// saveRoomParticipant writes state and identity.
func saveRoomParticipant(ctx context.Context, model roomParticipantModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
