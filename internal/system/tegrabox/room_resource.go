package tegrabox

import (
	"context"
	"fmt"

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
	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*roomResource)(nil)
	_ resource.ResourceWithIdentity    = (*roomResource)(nil)
	_ resource.ResourceWithImportState = (*roomResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomResource)(nil)
)

// What on_destroy says to do with a room that the server does not delete.
const (
	abandon    = "abandon"
	refuseToDo = "fail"
)

type roomResource struct {
	system.Resource[*tenant]
}

type roomModel struct {
	ID        types.String   `tfsdk:"id"`
	Name      types.String   `tfsdk:"name"`
	CreatedBy types.String   `tfsdk:"created_by"`
	OnDestroy types.String   `tfsdk:"on_destroy"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
}

// roomAttributePaths maps TegraBox's field names to attributes, for error marks.
var roomAttributePaths = map[string]path.Path{
	"name":       path.Root("name"),
	"created_by": path.Root("created_by"),
}

func newRoomResource() resource.Resource {
	return &roomResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_room"
}

func (r *roomResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A chat room of a TegraBox project.\n\n" +
			"TegraBox announces that rooms can be renamed and deleted, and answers today that it does not do so yet. The provider tries either. " +
			"When the server still refuses, a rename is an error and changes nothing, and a destroyed or replaced room leaves the state with a warning, but **stays on the server**, with its members and messages.",
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("room"),
			"name": schema.StringAttribute{
				MarkdownDescription: "Name people see, at least 1 character. Several rooms may have the same. Changed in place, if the server can; it never replaces the room.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}},
			},
			"created_by": schema.StringAttribute{
				MarkdownDescription: "Id of the user who creates the room, and so is its first member. " +
					"Changing it replaces the room: a new one is created, and the old one stays on the server unless the server can delete it.",
				Required:      true,
				Validators:    []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"on_destroy": schema.StringAttribute{
				MarkdownDescription: "What destroying or replacing does when the server cannot delete the room. " +
					"`abandon`: the room leaves the state, with a warning that names it, and stays on the server. `fail`: an error; the room stays in the state too. " +
					"It must be applied before the destroy or replacement that it is meant for. Changed in place, without a call. Default: `abandon`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(abandon, refuseToDo)},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

func (r *roomResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "TegraBox's id of the room."},
	}}
}

// ModifyPlan says before anything is applied what the server is known not to do
// (tegrabox-api.md §3 [seed]). These are warnings: the apply finds out whether
// it is still so.
func (r *roomResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	checkSettings(&r.Base, &resp.Diagnostics)
	if req.State.Raw.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	var state, plan roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if req.Plan.Raw.IsNull() {
		warnOfLeftover(&resp.Diagnostics, state, path.Empty(), "destroys")
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !plan.CreatedBy.Equal(state.CreatedBy) {
		warnOfLeftover(&resp.Diagnostics, state, path.Root("created_by"), "replaces")
	} else if changed(plan.Name, state.Name) {
		resp.Diagnostics.AddAttributeWarning(path.Root("name"), "TegraBox may not rename the room",
			fmt.Sprintf("%s is to have another name. TegraBox announces that rooms can be renamed, and answers today that it does not do so yet. "+
				"The apply will try. If the server refuses, that is an error, and the room keeps its name.", describeRoom(state.Name.ValueString(), state.ID.ValueString())))
	}
}

// warnOfLeftover says that a room may stay on the server. Who has chosen that
// knows it.
func warnOfLeftover(diagnostics *diag.Diagnostics, state roomModel, attribute path.Path, does string) {
	outcome := "the room leaves the state, and stays on the server with its members and messages. " +
		"Set on_destroy = \"fail\" and apply first, to make that an error, or on_destroy = \"abandon\", if this is what you want"
	switch state.OnDestroy.ValueString() {
	case abandon:
		return
	case refuseToDo:
		outcome = "that is an error, because of on_destroy = \"fail\""
	}
	diagnostics.AddAttributeWarning(attribute, "TegraBox may not delete the room",
		fmt.Sprintf("This plan %s %s. TegraBox announces that rooms can be deleted, and answers today that it does not do so yet. The apply will try. If the server refuses, %s.",
			does, describeRoom(state.Name.ValueString(), state.ID.ValueString()), outcome))
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

	object := fmt.Sprintf("TegraBox room %q", plan.Name.ValueString())
	created, err := client.CreateRoom(ctx, tegrabox.NewRoom{Name: plan.Name.ValueString(), CreatedBy: plan.CreatedBy.ValueString()})
	switch {
	case created.ID == "" && rest.IsKind(err, rest.NotFound):
		failLookup(&resp.Diagnostics, err, fmt.Sprintf("TegraBox user %s to create the room %q", plan.CreatedBy.ValueString(), plan.Name.ValueString()), "created_by")
		return
	case created.ID == "":
		failCreation(&resp.Diagnostics, err, object, "chat_tegrabox_room", roomAttributePaths)
		return
	}
	state := plan
	flattenRoom(created, &state)
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
	if err != nil {
		fail(&resp.Diagnostics, err, "finish creating", describeRoom(plan.Name.ValueString(), created.ID), roomAttributePaths)
		return
	}
	keepPlannedRoom(plan, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
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

	object := describeRoom(state.Name.ValueString(), state.ID.ValueString())
	room, err := client.GetRoom(ctx, state.ID.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound) && state.Name.IsNull(): // only an import does not know it
		system.FailImport(&resp.Diagnostics, object, "An import takes the id that TegraBox gave the room, such as 0198c3c2-5d6e-7000-8000-0000000000b2, "+
			"and not the name. The data source chat_tegrabox_rooms finds the id by that.")
		return
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, object, gone)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
		return
	}
	prior := state
	flattenRoom(room, &state)
	resp.Diagnostics.Append(system.SaveChanged(ctx, prior, state, &resp.State)...)
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

	state := plan
	if changed(plan.Name, prior.Name) {
		room, err := client.RenameRoom(ctx, prior.ID.ValueString(), plan.Name.ValueString())
		switch {
		case tegrabox.IsNotImplemented(err):
			failRename(&resp.Diagnostics, err, plan, prior)
			return
		case err != nil:
			fail(&resp.Diagnostics, err, "rename", describeRoom(prior.Name.ValueString(), prior.ID.ValueString()), roomAttributePaths)
			return
		}
		flattenRoom(room, &state)
		keepPlannedRoom(plan, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
}

// failRename reports that the server renames no rooms.
func failRename(diagnostics *diag.Diagnostics, err error, plan, prior roomModel) {
	old, id := prior.Name.ValueString(), prior.ID.ValueString()
	diagnostics.AddAttributeError(path.Root("name"), "TegraBox can't rename rooms yet",
		fmt.Sprintf("%s keeps its name, and nothing was changed: %s.\n\n"+
			"Write name = %q in the configuration. If you would rather have a new and empty room %q, run terraform apply -replace with this resource's address: "+
			"the old room then stays on the server, with its members and messages, outside Terraform.",
			describeRoom(old, id), err, old, plan.Name.ValueString()))
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

	object := describeRoom(state.Name.ValueString(), state.ID.ValueString())
	err := client.DeleteRoom(ctx, state.ID.ValueString())
	switch {
	case tegrabox.IsNotImplemented(err):
		r.leaveBehind(ctx, client, state, err, &resp.Diagnostics)
	case err != nil:
		fail(&resp.Diagnostics, err, "delete", object, nil)
	}
}

// leaveBehind says that a room stays on the server, or fails, as on_destroy
// wants it. The server refuses to delete whatever it is asked to, so that a look
// tells whether the room is there at all.
func (r *roomResource) leaveBehind(ctx context.Context, client *tenant, state roomModel, cause error, diagnostics *diag.Diagnostics) {
	object := describeRoom(state.Name.ValueString(), state.ID.ValueString())
	if _, err := client.GetRoom(ctx, state.ID.ValueString()); rest.IsKind(err, rest.NotFound) {
		return
	}
	if state.OnDestroy.ValueString() == refuseToDo {
		diagnostics.AddError("Can't delete "+object,
			fmt.Sprintf("TegraBox can't delete rooms yet: %s.\n\nBecause of on_destroy = \"fail\" the room stays in the state. "+
				"To leave it on the server and forget it, set on_destroy = \"abandon\" and apply before destroying it, or run terraform state rm. "+
				"If the plan calls the room a deposed object, which create_before_destroy leaves, only terraform state rm helps; it takes the new room out of the state as well, so import that one again.", cause))
		return
	}
	// The room is named in the summary, for Terraform may show warnings of the
	// same summary once.
	diagnostics.AddWarning(object+" stays on the server",
		fmt.Sprintf("TegraBox can't delete rooms yet: %s.\n\nThe room has left the state, and Terraform does not know it any more. It still exists, with its members and messages. "+
			"To manage it again:\n\n  %s", cause, importCommand(state.ID.ValueString())))
}

func (r *roomResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	system.ImportParts(ctx, req, resp, "id")
}

// flattenRoom writes what the server says into the model. What it must know of
// every room, and does not tell, has not changed.
func flattenRoom(room tegrabox.Room, model *roomModel) {
	model.ID = types.StringValue(room.ID)
	keepUntold(room.Name, room.Name == "", &model.Name)
	keepUntold(room.CreatedBy, room.CreatedBy == "", &model.CreatedBy)
}

// keepPlannedRoom puts back each planned value that the server answered
// differently, with a warning.
func keepPlannedRoom(plan roomModel, state *roomModel, diagnostics *diag.Diagnostics) {
	system.KeepPlanned(title, plan.Name, &state.Name, "name", diagnostics)
	system.KeepPlanned(title, plan.CreatedBy, &state.CreatedBy, "created_by", diagnostics)
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
