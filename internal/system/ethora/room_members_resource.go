package ethora

import (
	"context"
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
	"github.com/chattenant/terraform-provider-chat/internal/linear"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// It has no identity: it is not an object of Ethora's, but a view of the members
// of a room.
var (
	_ linear.Resource                     = (*roomMembersResource)(nil)
	_ resource.ResourceWithConfigure      = (*roomMembersResource)(nil)
	_ resource.ResourceWithImportState    = (*roomMembersResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*roomMembersResource)(nil)
	_ resource.ResourceWithValidateConfig = (*roomMembersResource)(nil)
)

type roomMembersResource struct {
	system.Resource[*tenant]
}

type roomMembersModel struct {
	ID            types.String          `tfsdk:"id"`
	AppID         types.String          `tfsdk:"app_id"`
	RoomID        types.String          `tfsdk:"room_id"`
	UserIDs       linear.StringSetValue `tfsdk:"user_ids"`
	IgnoreUserIDs types.Set             `tfsdk:"ignore_user_ids"`
	Timeouts      timeouts.Value        `tfsdk:"timeouts"`
}

func newRoomMembersResource() resource.Resource {
	return &roomMembersResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomMembersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_room_members"
}

// LargeAttributes implements linear.Resource.
func (r *roomMembersResource) LargeAttributes() []string { return []string{"user_ids"} }

func (r *roomMembersResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All members of one room of an Ethora app: these users and no others. Everybody else is removed from the room, " +
			"also when this resource is created; only the app's own system account, bots and `ignore_user_ids` stay. " +
			"Destroying removes the listed users from the room.\n\n" +
			"Do not use it together with `chat_ethora_room_access` on one room, and use it once per room.",
		Attributes: map[string]schema.Attribute{
			"id":     system.IDAttribute("<app_id>/<room_id>"),
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
				CustomType: linear.StringSetType{},
				Required:   true,
				Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(plainID{minimum: 2})},
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
	ignored := setOf(system.KnownTexts(config.IgnoreUserIDs))
	for _, userID := range system.KnownTexts(config.UserIDs.SetValue) {
		if ignored[userID] {
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
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	r.apply(ctx, tenant, plan, &resp.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() && !resp.State.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Not all "+describeMembers(plan.AppID.ValueString(), plan.RoomID.ValueString())+" could be set",
			"The state says who is in the room. Terraform marks a resource whose creation failed as tainted: the next apply would take these users out of the room "+
				"and let them in again. To keep them there, take the mark away and apply again:\n\n"+
				"  terraform untaint <address of this resource>\n  terraform apply")
	}
}

func (r *roomMembersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan roomMembersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	r.apply(ctx, tenant, plan, &resp.State, &resp.Diagnostics)
}

// apply makes the room's members those of the plan. On failure the state says
// who is in the room, so that the next apply goes on from there.
func (r *roomMembersResource) apply(ctx context.Context, tenant *tenant, plan roomMembersModel, state *tfsdk.State, diagnostics *diag.Diagnostics) {
	appID, roomID := plan.AppID.ValueString(), plan.RoomID.ValueString()
	plan.ID = types.StringValue(system.JoinID(appID, roomID))
	wanted := system.KnownTexts(plan.UserIDs.SetValue)
	turns := tenant.turns(appID)
	var members []ethora.Member
	end, err := turns.Begin(ctx, accessKeys(roomID, wanted)...)
	if err == nil {
		defer end()
		members, err = tenant.ListMembers(ctx, appID, roomID)
	}
	if err != nil {
		fail(diagnostics, err, "set", describeMembers(appID, roomID), nil)
		return
	}
	present := managedMembers(members, system.KnownTexts(plan.IgnoreUserIDs), wanted)
	change := memberChange{tenant: tenant, appID: appID, roomID: roomID}
	change.grant(ctx, system.Without(wanted, present), diagnostics)
	// A creation that failed owns as little as can be: its destroy must not empty
	// a room that others filled. An update has to throw out who does not belong.
	if !diagnostics.HasError() || !state.Raw.IsNull() {
		change.remove(ctx, system.Without(present, wanted), diagnostics)
	}
	if diagnostics.HasError() {
		r.recordMembers(ctx, change, plan, present, state, diagnostics)
		if !state.Raw.IsNull() { // of what is not in the state, nobody is taken
			turns.Take(accessKeys(roomID, wanted)...)
		}
		return
	}
	turns.Take(accessKeys(roomID, wanted)...)
	diagnostics.Append(state.Set(ctx, plan)...)
	change.await(ctx, diagnostics)
}

// memberChange lets users into a room and takes others out. entered and left
// are those of whom Ethora said so.
type memberChange struct {
	tenant        *tenant
	appID, roomID string
	entered, left []string
}

func (c *memberChange) grant(ctx context.Context, userIDs []string, diagnostics *diag.Diagnostics) {
	failed := newMemberFailures("add", "to", c.appID, c.roomID)
	for i, err := range c.tenant.GrantMembers(ctx, c.appID, c.roomID, userIDs) {
		if err != nil {
			failed.add(userIDs[i], "", err)
			continue
		}
		c.entered = append(c.entered, userIDs[i])
	}
	failed.report(diagnostics)
}

func (c *memberChange) remove(ctx context.Context, userIDs []string, diagnostics *diag.Diagnostics) {
	failed := newMemberFailures("remove", "from", c.appID, c.roomID)
	for i, err := range c.tenant.RemoveMembers(ctx, c.appID, c.roomID, userIDs) {
		if err != nil {
			failed.add(userIDs[i], "", err)
			continue
		}
		c.left = append(c.left, userIDs[i])
	}
	failed.report(diagnostics)
}

// recordMembers saves who is in the room now, or else who was. What Ethora has
// confirmed counts even where its list does not show it yet.
func (r *roomMembersResource) recordMembers(ctx context.Context, change memberChange, plan roomMembersModel, before []string, state *tfsdk.State, diagnostics *diag.Diagnostics) {
	// The state must be told even when the user pressed Ctrl-C.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), system.RecordBudget)
	defer cancel()
	now := before
	if members, err := change.tenant.ListMembers(ctx, change.appID, change.roomID); err == nil {
		now = managedMembers(members, system.KnownTexts(plan.IgnoreUserIDs), system.KnownTexts(plan.UserIDs.SetValue))
	}
	now = append(system.Without(now, slices.Concat(change.entered, change.left)), change.entered...)
	slices.Sort(now)
	slices.Sort(before)
	if state.Raw.IsNull() && slices.Equal(now, before) {
		return // a creation that did nothing owns nothing
	}
	plan.UserIDs = linear.NewStringSetValue(now)
	diagnostics.Append(state.Set(ctx, plan)...)
}

// await waits until Ethora's lists show the change.
func (c *memberChange) await(ctx context.Context, diagnostics *diag.Diagnostics) {
	object := describeMembers(c.appID, c.roomID)
	missing, lingering, err := c.tenant.WaitAccess(ctx, c.appID, c.roomID, c.entered, c.left)
	if err != nil {
		fail(diagnostics, err, "confirm", object, nil)
		return
	}
	if len(missing) > 0 {
		diagnostics.AddWarning("Ethora does not show all members yet",
			fmt.Sprintf("Among the %s, its lists still lack %s. Until they catch up, a plan may propose to add them again, which does no harm.",
				object, someOf(missing)))
	}
	if len(lingering) > 0 {
		diagnostics.AddError("Can't remove all strangers from the "+object,
			fmt.Sprintf("Ethora accepted the removal, but still lists %s. Wait a minute and apply again.", someOf(lingering)))
	}
}

func (r *roomMembersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if r.Unknown() {
		return
	}
	var state roomMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID, roomID := state.AppID.ValueString(), state.RoomID.ValueString()
	members, err := tenant.ListMembers(ctx, appID, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, describeRoom(appID, roomID), goneReason(err))
		resp.State.RemoveResource(ctx)
	case err != nil:
		fail(&resp.Diagnostics, err, "read", describeMembers(appID, roomID), nil)
	default:
		state.ID = types.StringValue(system.JoinID(appID, roomID))
		state.UserIDs = linear.NewStringSetValue(managedMembers(members, system.KnownTexts(state.IgnoreUserIDs), system.KnownTexts(state.UserIDs.SetValue)))
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

func (r *roomMembersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomMembersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	appID, roomID := state.AppID.ValueString(), state.RoomID.ValueString()
	change := memberChange{tenant: tenant, appID: appID, roomID: roomID}
	leaving := slices.DeleteFunc(system.KnownTexts(state.UserIDs.SetValue), func(userID string) bool { return alwaysStays(appID, userID) })
	turns := tenant.turns(appID)
	end, err := turns.Begin(ctx, accessKeys(roomID, leaving)...)
	if err != nil {
		fail(&resp.Diagnostics, err, "remove", describeMembers(appID, roomID), nil)
		return
	}
	defer end()
	leaving = slices.DeleteFunc(leaving, func(userID string) bool { return turns.Taken(accessKey(roomID, userID)) })
	change.remove(ctx, leaving, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		state.UserIDs = linear.NewStringSetValue(system.Without(leaving, change.left))
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		return
	}
	change.await(ctx, &resp.Diagnostics)
}

func (r *roomMembersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importParts(ctx, req, resp, "app_id", "room_id")
}

// managedMembers are the plain ids of a room's members that the resource may
// touch: all but the app's system account, bots and the ignored. A bot that is
// listed by name counts as a member like others.
func managedMembers(members []ethora.Member, ignored, listed []string) []string {
	isIgnored, isListed := setOf(ignored), setOf(listed)
	ids := []string{}
	for _, member := range members {
		stays := (member.System || member.Bot) && !isListed[member.UserID]
		if !stays && !isIgnored[member.UserID] {
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

func describeMembers(appID, roomID string) string { return "members of " + describeRoom(appID, roomID) }

func setOf(texts []string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return set
}
