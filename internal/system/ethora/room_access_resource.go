package ethora

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*roomAccessResource)(nil)
	_ resource.ResourceWithIdentity    = (*roomAccessResource)(nil)
	_ resource.ResourceWithImportState = (*roomAccessResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomAccessResource)(nil)
)

type roomAccessResource struct {
	system.Resource[*tenant]
}

type roomAccessModel struct {
	ID       types.String   `tfsdk:"id"`
	AppID    types.String   `tfsdk:"app_id"`
	RoomID   types.String   `tfsdk:"room_id"`
	UserID   types.String   `tfsdk:"user_id"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func newRoomAccessResource() resource.Resource {
	return &roomAccessResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomAccessResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_room_access"
}

func (r *roomAccessResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One user's access to one room of an Ethora app. It leaves the room's other members alone. " +
			"If the user already has access, the resource takes that over; destroying takes the access away. " +
			"What another resource takes over in the same apply stays, as where the indexes of `count` shift.\n\n" +
			"Do not use it together with `chat_ethora_room_members` on one room: that resource removes everybody it does not list.",
		Attributes: map[string]schema.Attribute{
			"id":     system.IDAttribute("<app_id>/<room_id>/<user_id>"),
			"app_id": appIDAttribute("room"),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Plain id of the room, without the app's prefix. Changing it replaces the access.",
				Required:            true,
				Validators:          []validator.String{plainID{minimum: 1}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Plain id of the user, without the app's prefix. Changing it replaces the access.",
				Required:            true,
				Validators:          []validator.String{plainID{minimum: 2}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

func (r *roomAccessResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"app_id":  identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the room's app."},
		"room_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Plain id of the room."},
		"user_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Plain id of the user."},
	}}
}

func (r *roomAccessResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, _ := r.Known(&resp.Diagnostics)
	planAppID(ctx, client, req, resp)
}

func (r *roomAccessResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan roomAccessModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	appID, roomID, userID := plan.AppID.ValueString(), plan.RoomID.ValueString(), plan.UserID.ValueString()
	object := describeAccess(appID, roomID, userID)
	turns, key := client.turns(appID), accessKey(roomID, userID)
	end, err := turns.Begin(ctx, key)
	if err == nil {
		defer end()
		err = client.GrantAccess(ctx, appID, roomID, userID)
	}
	if err != nil {
		fail(&resp.Diagnostics, err, "grant", object, nil)
		return
	}
	turns.Take(key)
	flattenRoomAccess(appID, roomID, userID, &plan)
	resp.Diagnostics.Append(saveRoomAccess(ctx, plan, &resp.State, resp.Identity)...)

	missing, _, err := client.WaitAccess(ctx, appID, roomID, []string{userID}, nil)
	switch {
	case err != nil && ctx.Err() != nil:
		// An error would taint what the server has granted, and the next apply would throw the user out first.
		resp.Diagnostics.AddWarning("The access was granted, but not confirmed",
			fmt.Sprintf("Ethora took the %s; there was no time left to see it in the lists. The next plan looks again.", object))
	case err != nil:
		fail(&resp.Diagnostics, err, "confirm", object, nil)
	case len(missing) > 0:
		resp.Diagnostics.AddWarning("Ethora does not show the access yet",
			fmt.Sprintf("The %s was granted, but Ethora's lists still lack it. Until they catch up, a plan may propose to grant it again, which does no harm.", object))
	}
}

func (r *roomAccessResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roomAccessModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID, roomID, userID := state.AppID.ValueString(), state.RoomID.ValueString(), state.UserID.ValueString()
	object := describeAccess(appID, roomID, userID)
	granted, err := client.HasAccess(ctx, appID, roomID, userID)
	switch {
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
	case !granted:
		system.WarnGone(&resp.Diagnostics, object, "The user is not a member of the room any more")
		resp.State.RemoveResource(ctx)
	default:
		prior := state
		flattenRoomAccess(appID, roomID, userID, &state)
		resp.Diagnostics.Append(system.SaveChanged(ctx, prior, state, &resp.State)...)
	}
}

// Update has nothing to send: only the timeouts can change in place.
func (r *roomAccessResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan roomAccessModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(saveRoomAccess(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *roomAccessResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomAccessModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	appID, roomID, userID := state.AppID.ValueString(), state.RoomID.ValueString(), state.UserID.ValueString()
	object := describeAccess(appID, roomID, userID)
	turns, key := client.turns(appID), accessKey(roomID, userID)
	end, err := turns.Begin(ctx, key)
	if err != nil {
		fail(&resp.Diagnostics, err, "remove", object, nil)
		return
	}
	defer end()
	if turns.Taken(key) {
		tflog.Info(ctx, "Another resource has taken over the "+object+" in this run, so it stays")
		return
	}
	err = client.RemoveAccess(ctx, appID, roomID, userID)
	var lingering []string
	if err == nil {
		_, lingering, err = client.WaitAccess(ctx, appID, roomID, nil, []string{userID})
	}
	if err != nil {
		fail(&resp.Diagnostics, err, "remove", object, nil)
		return
	}
	if len(lingering) > 0 {
		resp.Diagnostics.AddError("Can't remove "+object,
			"Ethora accepted the removal, but still lists the user as a member. Wait a minute and run the same command again.")
	}
}

func (r *roomAccessResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importParts(ctx, req, resp, "app_id", "room_id", "user_id")
}

// flattenRoomAccess writes an edge into the model.
func flattenRoomAccess(appID, roomID, userID string, model *roomAccessModel) {
	model.ID = types.StringValue(system.JoinID(appID, roomID, userID))
	model.AppID = types.StringValue(appID)
	model.RoomID = types.StringValue(roomID)
	model.UserID = types.StringValue(userID)
}

// identity is what tells the object from all others, by attribute.
func (m roomAccessModel) identity() map[string]types.String {
	return map[string]types.String{"app_id": m.AppID, "room_id": m.RoomID, "user_id": m.UserID}
}

// saveRoomAccess writes state and identity.
func saveRoomAccess(ctx context.Context, model roomAccessModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
