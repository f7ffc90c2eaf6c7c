package oichat

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/linear"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*roomResource)(nil)
	_ resource.ResourceWithIdentity    = (*roomResource)(nil)
	_ resource.ResourceWithImportState = (*roomResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomResource)(nil)
)

type roomResource struct {
	system.Resource[*tenant]
}

type roomModel struct {
	ID                  types.String          `tfsdk:"id"`
	RoomID              types.String          `tfsdk:"room_id"`
	Type                types.String          `tfsdk:"type"`
	Name                types.String          `tfsdk:"name"`
	Participants        linear.StringSetValue `tfsdk:"participants"`
	InitialParticipants linear.StringSetValue `tfsdk:"initial_participants"`
	Metadata            jsontypes.Normalized  `tfsdk:"metadata"`
	Status              types.String          `tfsdk:"status"`
	IdempotencyKey      types.String          `tfsdk:"idempotency_key"`
	Timeouts            timeouts.Value        `tfsdk:"timeouts"`
}

// roomAttributePaths maps OiChat's field names to attributes, for error marks.
var roomAttributePaths = map[string]path.Path{
	"type":         path.Root("type"),
	"name":         path.Root("name"),
	"participants": path.Root("participants"),
	"metadata":     path.Root("metadata"),
	"status":       path.Root("status"),
}

func newRoomResource() resource.Resource {
	return &roomResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_room"
}

func (r *roomResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A chat room of the OiChat project. What you leave out stays as OiChat has it. " +
			"Destroying it deletes the room for everybody in it; OiChat keeps a deleted room, but offers no way back.\n\n" +
			"The participants are managed in one of two ways. `participants` lists all of them: everybody else is removed. " +
			"With `initial_participants` the room is created with these, and who comes and goes later is left to " +
			"`chat_oichat_room_participant` or to your application. Do not use `participants` and `chat_oichat_room_participant` for one room: " +
			"each would undo the other's work, and the provider refuses what it can see of that.",
		Attributes: map[string]schema.Attribute{
			"id": system.IDAttribute("<room_id>"),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room, which OiChat chooses.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"type": schema.StringAttribute{
				MarkdownDescription: "`group`, or `direct` for a conversation of two. Changing it replaces the room, and its messages are lost.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.OneOf("direct", "group")},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(replaceUnlessUntold,
					"Changing it replaces the room.", "Changing it replaces the room.")},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name people see. Changed in place. `\"\"` takes the name away, which OiChat may refuse: that it can be done is not documented. " +
					"Default: what the server has, at first none.",
				Optional:      true,
				Computed:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"participants": participantsAttribute("User ids of all participants, 2 to 500: these and no others. Changed in place: users are added and removed one by one. " +
				"Not together with `initial_participants`. Default: the participants are left alone."),
			"initial_participants": participantsAttribute("User ids of the participants that the room is created with, 2 to 500. Changing it changes nothing in a room that exists. " +
				"A new room needs this or `participants`."),
			"metadata": schema.StringAttribute{
				MarkdownDescription: "Data of your own about the room: a JSON object, best written with `jsonencode`. Changed in place, as a whole; `jsonencode({})` empties it. " +
					"Default: what the server has, at first `{}`.",
				CustomType:    jsontypes.NormalizedType{},
				Optional:      true,
				Computed:      true,
				Validators:    []validator.String{jsonObject{}},
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), sameSpelling{}},
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "`open` or `resolved`. Changed in place. Agents resolve rooms, so leave it out unless Terraform is to decide. " +
					"Default: what the server has, at first `open`.",
				Optional:      true,
				Computed:      true,
				Validators:    []validator.String{stringvalidator.OneOf("open", "resolved")},
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"idempotency_key": schema.StringAttribute{
				MarkdownDescription: "Key of the creation, up to 255 visible ASCII characters, unique for each room. For 24 hours, creating again with the same key and the same values returns the same room: " +
					"an apply that was cut off before it could save the room finds it again. Changing it changes nothing in a room that exists. " +
					"Change it when the room is to be created anew. Default: a new key for each creation.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.RegexMatches(keyForm, keyRule)},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

func participantsAttribute(description string) schema.SetAttribute {
	return schema.SetAttribute{
		MarkdownDescription: description,
		CustomType:          linear.StringSetType{},
		Optional:            true,
		Validators: []validator.Set{
			setvalidator.SizeBetween(leastParticipants, mostParticipants),
			setvalidator.NoNullValues(),
			setvalidator.ValueStringsAre(idValidators()...),
			setvalidator.ConflictsWith(path.MatchRoot("participants"), path.MatchRoot("initial_participants")),
		},
	}
}

// replaceUnlessUntold replaces, unless the type is not known after an import.
func replaceUnlessUntold(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = !req.StateValue.IsNull()
}

func (r *roomResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"room_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the room."},
	}}
}

// ModifyPlan refuses what only the whole plan tells: a creation without
// participants, and participants that are managed twice.
func (r *roomResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, known := r.Known(&resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if req.State.Raw.IsNull() {
		if plan.Participants.IsNull() && plan.InitialParticipants.IsNull() {
			resp.Diagnostics.AddAttributeError(path.Root("participants"), "A new room needs participants",
				"OiChat creates no room with fewer than two participants. Set participants to those that Terraform is to keep in the room, "+
					"or initial_participants to those that it begins with.")
		}
		return
	}
	var prior roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	warnWithoutEffect(plan, prior, &resp.Diagnostics)
	if known && !plan.RoomID.IsUnknown() {
		client.shared(plan.RoomID.ValueString()).claimWhole(plan.RoomID.ValueString(), !plan.Participants.IsNull(), &resp.Diagnostics)
	}
}

func (r *roomResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	room, err := client.CreateRoom(ctx, expandNewRoom(plan))
	if room.ID == "" {
		failCreation(&resp.Diagnostics, err, describeNewRoom(plan.Name.ValueString()), !plan.IdempotencyKey.IsNull())
		return
	}
	state := plan
	flattenRoom(room, &state)
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
	if err != nil {
		// An error would taint a room that is there, and the next apply would make another.
		resp.Diagnostics.AddWarning("The room was created, but not seen", err.Error()+". The next plan compares it with the configuration.")
	}
	client.shared(room.ID).claimWhole(room.ID, !plan.Participants.IsNull(), &resp.Diagnostics)
	r.finish(ctx, client, plan, &state, &resp.Diagnostics)
	keepPlannedRoom(plan, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
}

// finish resolves a new room that is to be resolved: OiChat creates open ones.
func (r *roomResource) finish(ctx context.Context, client *tenant, plan roomModel, state *roomModel, diagnostics *diag.Diagnostics) {
	if plan.Status.IsUnknown() || plan.Status.Equal(state.Status) {
		return
	}
	ctx, cancel := system.Outliving(ctx)
	defer cancel()
	room, err := client.UpdateRoom(ctx, state.RoomID.ValueString(), oichat.RoomFields{Status: plan.Status.ValueStringPointer()})
	if err != nil {
		fail(diagnostics, err, "set the status of", describeRoom(state.RoomID.ValueString()), roomAttributePaths)
		diagnostics.AddWarning(describeRoom(state.RoomID.ValueString())+" is created, but not finished",
			"Terraform marks a resource whose creation failed as tainted: the next apply would replace the room. To keep it, take the mark away and apply again:\n\n"+
				"  terraform untaint <address of this resource>\n  terraform apply")
		return
	}
	flattenRoom(room, state)
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

	roomID := state.RoomID.ValueString()
	imported := state.Status.IsNull() // every other state has one
	room, err := client.GetRoom(ctx, roomID)
	switch {
	case rest.IsKind(err, rest.NotFound) && imported:
		system.FailImport(&resp.Diagnostics, describeRoom(roomID), "An import takes the id that OiChat gave the room, such as room-abc, "+
			"and not the name; a room that was deleted can't be imported. The data source chat_oichat_rooms lists the rooms of a user with their ids.")
		return
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, describeRoom(roomID), goneReason)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		failManaged(&resp.Diagnostics, err, "read", describeRoom(roomID))
		return
	}
	flattenRoom(room, &state)
	flattenParticipants(room, imported, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
}

func (r *roomResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	reached := prior
	r.changeRoom(ctx, client, plan, &reached, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		r.changeParticipants(ctx, client, plan, &reached, &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		reached = plan
	}
	resp.Diagnostics.Append(saveRoom(ctx, reached, &resp.State, resp.Identity)...)
}

// changeRoom changes everything but the participants. reached becomes what the
// room is then.
func (r *roomResource) changeRoom(ctx context.Context, client *tenant, plan roomModel, reached *roomModel, diagnostics *diag.Diagnostics) {
	fields, differs := expandRoomUpdate(plan, *reached)
	if !differs {
		return
	}
	roomID := reached.RoomID.ValueString()
	room, err := client.UpdateRoom(ctx, roomID, fields)
	switch {
	case err != nil && fields.ClearName && rest.IsKind(err, rest.Invalid):
		failClearing(diagnostics, err, roomID)
	case err != nil:
		fail(diagnostics, err, "update", describeRoom(roomID), roomAttributePaths)
	default:
		flattenRoom(room, reached)
		mustBeStored(plan, *reached, fields, diagnostics)
	}
}

// changeParticipants adds and removes users until the room has those of the
// plan. reached becomes who is there then.
func (r *roomResource) changeParticipants(ctx context.Context, client *tenant, plan roomModel, reached *roomModel, diagnostics *diag.Diagnostics) {
	if plan.Participants.IsNull() || plan.Participants.Equal(reached.Participants) {
		return
	}
	roomID, wanted := reached.RoomID.ValueString(), system.KnownTexts(plan.Participants.SetValue)
	shared := client.shared(roomID)
	end, err := shared.turns.Begin(ctx, wanted...)
	if err != nil {
		fail(diagnostics, err, "change the participants of", describeRoom(roomID), nil)
		return
	}
	defer end()
	present := system.KnownTexts(reached.Participants.SetValue)
	if reached.Participants.IsNull() { // they were left alone until now
		room, err := client.GetRoom(ctx, roomID)
		if err != nil {
			fail(diagnostics, err, "read the participants of", describeRoom(roomID), nil)
			return
		}
		present = room.Participants
	}
	change := participantChange{client: client, roomID: roomID, present: present, most: mostIn(plan.Type.ValueString())}
	change.apply(ctx, wanted, diagnostics)
	shared.turns.Take(change.present...)
	reached.Participants = linear.NewStringSetValue(change.present)
}

func (r *roomResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	roomID := state.RoomID.ValueString()
	shared := client.shared(roomID)
	end, err := shared.turns.Begin(ctx, theRoom)
	if err == nil {
		defer end()
		if shared.created.Load() {
			warnSameRoom(roomID, &resp.Diagnostics)
			return
		}
		err = client.DeleteRoom(ctx, roomID)
	}
	if err != nil {
		failManaged(&resp.Diagnostics, err, "delete", describeRoom(roomID))
	}
}

func (r *roomResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	system.ImportParts(ctx, req, resp, "room_id")
}
