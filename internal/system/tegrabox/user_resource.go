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
	_ resource.ResourceWithConfigure   = (*userResource)(nil)
	_ resource.ResourceWithIdentity    = (*userResource)(nil)
	_ resource.ResourceWithImportState = (*userResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*userResource)(nil)
)

type userResource struct {
	system.Resource[*tenant]
}

type userModel struct {
	ID             types.String   `tfsdk:"id"`
	Username       types.String   `tfsdk:"username"`
	ExternalUserID types.String   `tfsdk:"external_user_id"`
	DisplayName    types.String   `tfsdk:"display_name"`
	Email          types.String   `tfsdk:"email"`
	Status         types.String   `tfsdk:"status"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
}

// userAttributePaths maps TegraBox's field names to attributes, for error marks.
var userAttributePaths = map[string]path.Path{
	"username":         path.Root("username"),
	"external_user_id": path.Root("external_user_id"),
	"display_name":     path.Root("display_name"),
	"email":            path.Root("email"),
	"status":           path.Root("status"),
}

func newUserResource() resource.Resource {
	return &userResource{system.Resource[*tenant]{Base: base}}
}

func (r *userResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_user"
}

func (r *userResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A user of a TegraBox project. TegraBox changes the display name and the status of a user, and nothing else: any other change replaces the user. " +
			"Destroying deletes the user and ends its tokens and memberships; its messages and rooms stay.",
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("user"),
			"username": schema.StringAttribute{
				MarkdownDescription: "Name the user goes by in the chat, at least 1 character, unique in the project. Changing it replaces the user.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"external_user_id": schema.StringAttribute{
				MarkdownDescription: "The user's id in your own system, chosen by you: at least 1 character, unique in the project. Changing it replaces the user.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"display_name": schema.StringAttribute{
				MarkdownDescription: "Name people see. Changed in place; set it to `\"\"` to clear it. Default: what the server has, at first nothing.",
				Optional:            true,
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"email": schema.StringAttribute{
				MarkdownDescription: "E-mail address. TegraBox takes it at creation only, so changing it replaces the user. Default: what the server has, at first none.",
				Optional:            true,
				Computed:            true,
				Validators: []validator.String{stringvalidator.RegexMatches(emailPattern,
					"must be an e-mail address such as ann@example.com, without spaces")},
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()},
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "State of the user, such as `active`; TegraBox has not published which others there are, and `deleted` is none: destroy the user instead. " +
					"Changed in place. Default: what the server has, at first `active`.",
				Optional: true,
				Computed: true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1), system.Trimmed{}, stringvalidator.NoneOf("deleted"),
				},
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

func (r *userResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "TegraBox's id of the user."},
	}}
}

// ModifyPlan looks at the provider's settings.
func (r *userResource) ModifyPlan(_ context.Context, _ resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	checkSettings(&r.Base, &resp.Diagnostics)
}

func (r *userResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	object := fmt.Sprintf("TegraBox user %q", plan.Username.ValueString())
	created, err := client.CreateUser(ctx, expandNewUser(plan))
	if created.ID == "" {
		failCreation(&resp.Diagnostics, err, object, "chat_tegrabox_user", userAttributePaths)
		return
	}
	state := plan
	flattenUser(created, &state)
	resp.Diagnostics.Append(saveUser(ctx, state, &resp.State, resp.Identity)...)
	if err == nil {
		state, err = r.settle(ctx, client, plan, state)
	}
	if err != nil {
		fail(&resp.Diagnostics, err, "finish creating", describeUser(plan.Username.ValueString(), created.ID), userAttributePaths)
		return
	}
	keepPlannedUser(plan, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveUser(ctx, state, &resp.State, resp.Identity)...)
}

// settle sends what TegraBox takes only after the creation: the status.
func (r *userResource) settle(ctx context.Context, client *tenant, plan, created userModel) (userModel, error) {
	fields := expandUserUpdate(plan, created)
	if fields == (tegrabox.UserFields{}) {
		return created, nil
	}
	ctx, cancel := system.Outliving(ctx)
	defer cancel()
	user, err := client.UpdateUser(ctx, created.ID.ValueString(), fields)
	if err == nil {
		flattenUser(user, &created)
	}
	return created, err
}

func (r *userResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state userModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	object := describeUser(state.Username.ValueString(), state.ID.ValueString())
	user, err := client.GetUser(ctx, state.ID.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound) && state.Username.IsNull(): // only an import does not know it
		system.FailImport(&resp.Diagnostics, object, "An import takes the id that TegraBox gave the user, such as 0198c3c2-5d6e-7000-8000-0000000000a1, "+
			"and not the username or the external id. The data source chat_tegrabox_user finds the id by either.")
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
	flattenUser(user, &state)
	resp.Diagnostics.Append(system.SaveChanged(ctx, prior, state, &resp.State)...)
}

func (r *userResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior userModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	state := plan
	if fields := expandUserUpdate(plan, prior); fields != (tegrabox.UserFields{}) {
		user, err := client.UpdateUser(ctx, prior.ID.ValueString(), fields)
		if err != nil {
			fail(&resp.Diagnostics, err, "update", describeUser(prior.Username.ValueString(), prior.ID.ValueString()), userAttributePaths)
			return
		}
		flattenUser(user, &state)
		keepPlannedUser(plan, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(saveUser(ctx, state, &resp.State, resp.Identity)...)
}

func (r *userResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	if err := client.DeleteUser(ctx, state.ID.ValueString()); err != nil {
		fail(&resp.Diagnostics, err, "delete", describeUser(state.Username.ValueString(), state.ID.ValueString()), nil)
	}
}

func (r *userResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	system.ImportParts(ctx, req, resp, "id")
}

func expandNewUser(plan userModel) tegrabox.NewUser {
	return tegrabox.NewUser{
		Username:       plan.Username.ValueString(),
		ExternalUserID: plan.ExternalUserID.ValueString(),
		DisplayName:    plan.DisplayName.ValueString(),
		Email:          plan.Email.ValueString(),
	}
}

// expandUserUpdate lists what differs between the plan and what is there.
func expandUserUpdate(plan, prior userModel) tegrabox.UserFields {
	var fields tegrabox.UserFields
	if changed(plan.DisplayName, prior.DisplayName) {
		fields.DisplayName = plan.DisplayName.ValueStringPointer()
	}
	if changed(plan.Status, prior.Status) {
		fields.Status = plan.Status.ValueStringPointer()
	}
	return fields
}

// flattenUser writes what the server says into the model. What it must know of
// every user, and does not tell, has not changed.
func flattenUser(user tegrabox.User, model *userModel) {
	model.ID = types.StringValue(user.ID)
	keepUntold(user.Username, user.Username == "", &model.Username)
	keepUntold(user.ExternalUserID, user.ExternalUserID == "", &model.ExternalUserID)
	keepUntold(user.DisplayName, user.Untold.DisplayName, &model.DisplayName)
	keepUntold(user.Email, user.Untold.Email, &model.Email)
	keepUntold(user.Status, user.Untold.Status, &model.Status)
}

// keepUntold writes what the server told. Silence must not replace the object.
func keepUntold(told string, untold bool, value *types.String) {
	if !untold || value.IsNull() || value.IsUnknown() {
		*value = types.StringValue(told)
	}
}

// keepPlannedUser puts back each planned value that the server answered
// differently, with a warning.
func keepPlannedUser(plan userModel, state *userModel, diagnostics *diag.Diagnostics) {
	system.KeepPlanned(title, plan.Username, &state.Username, "username", diagnostics)
	system.KeepPlanned(title, plan.ExternalUserID, &state.ExternalUserID, "external_user_id", diagnostics)
	system.KeepPlanned(title, plan.DisplayName, &state.DisplayName, "display_name", diagnostics)
	system.KeepPlanned(title, plan.Email, &state.Email, "email", diagnostics)
	system.KeepPlanned(title, plan.Status, &state.Status, "status", diagnostics)
}

// identity is what tells the object from all others, by attribute.
func (m userModel) identity() map[string]types.String {
	return map[string]types.String{"id": m.ID}
}

// saveUser writes state and identity.
func saveUser(ctx context.Context, model userModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
