package ethora

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure      = (*roomMembersResource)(nil)
	_ resource.ResourceWithImportState    = (*roomMembersResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*roomMembersResource)(nil)
	_ resource.ResourceWithValidateConfig = (*roomMembersResource)(nil)
)

type roomMembersResource struct {
	system.Resource[*tenant]
}

type roomMembersModel struct {
	ID            types.String   `tfsdk:"id"`
	AppID         types.String   `tfsdk:"app_id"`
	RoomID        types.String   `tfsdk:"room_id"`
	UserIDs       types.Set      `tfsdk:"user_ids"`
	IgnoreUserIDs types.Set      `tfsdk:"ignore_user_ids"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func newRoomMembersResource() resource.Resource {
	return &roomMembersResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomMembersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_room_members"
}

func (r *roomMembersResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All members of one room of an Ethora app: these users and no others. Everybody else is removed from the room, " +
			"also when this resource is created; only the app's own system account, bots and `ignore_user_ids` stay. " +
			"Destroying removes the listed users from the room.\n\n" +
			"Do not use it together with `chat_ethora_room_access` on one room, and use it once per room.",
		Attributes: map[string]schema.Attribute{
			"id":     idAttribute("<app_id>/<room_id>"),
			"app_id": appIDAttribute("room"),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Plain id of the room, without the app's prefix. Changing it replaces the resource: the old room loses these members.",
				Required:            true,
				Validators:          []validator.String{plainID{minimum: 1}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"user_ids": schema.SetAttribute{
				MarkdownDescription: "Plain ids of the members, without the app's prefix. An empty set empties the room. " +
					"Bots may be listed, which lets them in; taking them out of the list leaves them in the room. Changed in place.",
				ElementType: types.StringType,
				Required:    true,
				Validators:  []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(plainID{minimum: 2})},
			},
			"ignore_user_ids": schema.SetAttribute{
				MarkdownDescription: "Plain ids of users that this resource neither adds nor removes, such as support staff who come and go. " +
					"The app's system account and bots are always ignored. Changed in place. Default: none.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(plainID{minimum: 2})},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

// ValidateConfig refuses a user who is both a member and ignored.
func (r *roomMembersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config roomMembersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ignored := knownTexts(config.IgnoreUserIDs)
	for _, userID := range knownTexts(config.UserIDs) {
		if slices.Contains(ignored, userID) {
			resp.Diagnostics.AddAttributeError(path.Root("ignore_user_ids"), "A member can't be ignored",
				fmt.Sprintf("%q is in user_ids and in ignore_user_ids. Keep it in one of them.", userID))
		}
	}
}

func (r *roomMembersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, _ := r.Known(&resp.Diagnostics)
	planAppID(ctx, client, req, resp)
}

func (r *roomMembersResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan roomMembersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	r.apply(ctx, client, plan, &resp.State, &resp.Diagnostics)
}

func (r *roomMembersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan roomMembersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	r.apply(ctx, client, plan, &resp.State, &resp.Diagnostics)
}

// apply makes the room's members those of the plan. On failure the state says
// who is in the room, so that the next apply goes on from there.
func (r *roomMembersResource) apply(ctx context.Context, client *tenant, plan roomMembersModel, state *tfsdk.State, diagnostics *diag.Diagnostics) {
	appID, roomID := plan.AppID.ValueString(), plan.RoomID.ValueString()
	object := "members of " + describeRoom(appID, roomID)
	plan.ID = types.StringValue(system.JoinID(appID, roomID))

	members, err := client.ListMembers(ctx, appID, roomID)
	if err != nil {
		fail(diagnostics, err, "set", object, nil)
		return
	}
	wanted := knownTexts(plan.UserIDs)
	present := managedMembers(members, knownTexts(plan.IgnoreUserIDs), wanted)
	grant, remove := without(wanted, present), without(present, wanted)

	if err = errors.Join(client.GrantMembers(ctx, appID, roomID, grant)...); err == nil {
		err = errors.Join(client.RemoveMembers(ctx, appID, roomID, remove)...)
	}
	if err != nil {
		failToSet(ctx, client, appID, wanted, err, object, diagnostics)
		r.recordMembers(ctx, client, plan, present, state, diagnostics)
		return
	}
	diagnostics.Append(state.Set(ctx, plan)...)
	awaitMembers(ctx, client, appID, roomID, grant, remove, diagnostics)
}

// failToSet reports that the members could not be set. Ethora refuses a whole
// group for one unknown user and does not say which, so the error finds out.
func failToSet(ctx context.Context, client *tenant, appID string, wanted []string, err error, object string, diagnostics *diag.Diagnostics) {
	if rest.IsKind(err, rest.NotFound) {
		users, listErr := client.ListUsers(ctx, appID, ethora.UserFilter{})
		known := []string{appID}
		for _, user := range users {
			known = append(known, user.UserID)
		}
		if unknown := without(wanted, known); listErr == nil && len(unknown) > 0 {
			diagnostics.AddAttributeError(path.Root("user_ids"), "Can't set "+object,
				fmt.Sprintf("App %s has no active user %s. Take the ids from the resources that create the users, so that Terraform creates them first, "+
					"or take them out of user_ids.", appID, strings.Join(unknown, ", ")))
			return
		}
	}
	fail(diagnostics, err, "set", object, map[string]path.Path{"members": path.Root("user_ids")})
}

// recordMembers saves who is in the room now, or else who was.
func (r *roomMembersResource) recordMembers(ctx context.Context, client *tenant, plan roomMembersModel, before []string, state *tfsdk.State, diagnostics *diag.Diagnostics) {
	// The state must be told even when the user pressed Ctrl-C.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordBudget)
	defer cancel()
	if members, err := client.ListMembers(ctx, plan.AppID.ValueString(), plan.RoomID.ValueString()); err == nil {
		now := managedMembers(members, knownTexts(plan.IgnoreUserIDs), knownTexts(plan.UserIDs))
		if state.Raw.IsNull() && slices.Equal(now, before) {
			return // a creation that did nothing owns nothing: its destroy must not empty the room
		}
		before = now
	}
	plan.UserIDs = textSet(ctx, before, diagnostics)
	diagnostics.Append(state.Set(ctx, plan)...)
}

// awaitMembers waits until Ethora's lists show a change of members.
func awaitMembers(ctx context.Context, client *tenant, appID, roomID string, present, absent []string, diagnostics *diag.Diagnostics) {
	object := "members of " + describeRoom(appID, roomID)
	missing, lingering, err := client.WaitAccess(ctx, appID, roomID, present, absent)
	if err != nil {
		fail(diagnostics, err, "confirm", object, nil)
		return
	}
	if len(missing) > 0 {
		diagnostics.AddWarning("Ethora does not show all members yet",
			fmt.Sprintf("Among the %s, its lists still lack %s. Until they catch up, a plan may propose to add them again, which does no harm.",
				object, strings.Join(missing, ", ")))
	}
	if len(lingering) > 0 {
		diagnostics.AddError("Can't remove all strangers from the "+object,
			fmt.Sprintf("Ethora accepted the removal, but still lists %s. Wait a minute and apply again.", strings.Join(lingering, ", ")))
	}
}

func (r *roomMembersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if r.Unknown() {
		return
	}
	var state roomMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID, roomID := state.AppID.ValueString(), state.RoomID.ValueString()
	object := "members of " + describeRoom(appID, roomID)
	members, err := client.ListMembers(ctx, appID, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, describeRoom(appID, roomID), goneReason(err))
		resp.State.RemoveResource(ctx)
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
	default:
		state.ID = types.StringValue(system.JoinID(appID, roomID))
		state.UserIDs = textSet(ctx, managedMembers(members, knownTexts(state.IgnoreUserIDs), knownTexts(state.UserIDs)), &resp.Diagnostics)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

func (r *roomMembersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	appID, roomID := state.AppID.ValueString(), state.RoomID.ValueString()
	remove := slices.DeleteFunc(knownTexts(state.UserIDs), func(userID string) bool { return alwaysStays(appID, userID) })
	if err := errors.Join(client.RemoveMembers(ctx, appID, roomID, remove)...); err != nil {
		fail(&resp.Diagnostics, err, "remove", "members of "+describeRoom(appID, roomID), nil)
		return
	}
	awaitMembers(ctx, client, appID, roomID, nil, remove, &resp.Diagnostics)
}

func (r *roomMembersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importParts(ctx, req, resp, "app_id", "room_id")
}

// managedMembers are the plain ids of a room's members that the resource may
// touch: all but the app's system account, bots and the ignored. A bot that is
// listed by name counts as a member like others.
func managedMembers(members []ethora.Member, ignored, listed []string) []string {
	ids := []string{}
	for _, member := range members {
		stays := (member.System || member.Bot) && !slices.Contains(listed, member.UserID)
		if !stays && !slices.Contains(ignored, member.UserID) {
			ids = append(ids, member.UserID)
		}
	}
	return ids
}

// alwaysStays is true for who is never removed from a room: the app's system
// account, and bots, whom Ethora names so (ethora-api.md §1.1 [doc]).
func alwaysStays(appID, userID string) bool {
	return userID == appID || strings.HasSuffix(userID, "-bot")
}
