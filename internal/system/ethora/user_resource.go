package ethora

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
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
	_ resource.ResourceWithConfigure   = (*userResource)(nil)
	_ resource.ResourceWithIdentity    = (*userResource)(nil)
	_ resource.ResourceWithImportState = (*userResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*userResource)(nil)
)

type userResource struct {
	system.Resource[*tenant]
}

type userModel struct {
	ID                      types.String           `tfsdk:"id"`
	AppID                   types.String           `tfsdk:"app_id"`
	UserID                  types.String           `tfsdk:"user_id"`
	Email                   system.CaseInsensitive `tfsdk:"email"`
	FirstName               types.String           `tfsdk:"first_name"`
	LastName                types.String           `tfsdk:"last_name"`
	Username                types.String           `tfsdk:"username"`
	ProfileImageURL         types.String           `tfsdk:"profile_image_url"`
	PasswordWO              types.String           `tfsdk:"password_wo"`
	PasswordWOVersion       types.Int64            `tfsdk:"password_wo_version"`
	BypassEmailConfirmation types.Bool             `tfsdk:"bypass_email_confirmation"`
	HardDelete              types.Bool             `tfsdk:"hard_delete"`
	XMPPUsername            types.String           `tfsdk:"xmpp_username"`
	Timeouts                timeouts.Value         `tfsdk:"timeouts"`
}

// userAttributePaths maps Ethora's field names to attributes, for error marks.
var userAttributePaths = map[string]path.Path{
	"uuid":         path.Root("user_id"),
	"email":        path.Root("email"),
	"firstName":    path.Root("first_name"),
	"lastName":     path.Root("last_name"),
	"username":     path.Root("username"),
	"password":     path.Root("password_wo"),
	"profileImage": path.Root("profile_image_url"),
}

func newUserResource() resource.Resource {
	return &userResource{system.Resource[*tenant]{Base: base}}
}

func (r *userResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_user"
}

func (r *userResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A user of an Ethora app.\n\n" +
			"Ethora takes the e-mail address and the password at creation only, so changing them replaces the user. " +
			"Destroying archives the user, and an archived user keeps its id: such a replacement therefore needs `hard_delete = true`, applied first. " +
			"Creating a user whose id and e-mail belong to an archived user revives that user, with its old password.",
		Attributes: map[string]schema.Attribute{
			"id":     system.IDAttribute("<app_id>/<user_id>"),
			"app_id": appIDAttribute("user"),
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The user's own id, chosen by you: 2 to 255 characters, no spaces and none of `\" & ' / : < > @`, without the app's prefix. " +
					"It is what your client tokens name. Changing it replaces the user.",
				Required:      true,
				Validators:    []validator.String{plainID{minimum: 2}},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"email": schema.StringAttribute{
				MarkdownDescription: "E-mail address, unique in the app. Letter case does not matter. Changing it replaces the user.",
				CustomType:          system.CaseInsensitiveType{},
				Required:            true,
				Validators: []validator.String{stringvalidator.RegexMatches(emailPattern,
					"must be an e-mail address such as ann@example.com, without spaces")},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(replaceUnlessSameLetters,
					"Replaces the user unless only the letter case changes.", "Replaces the user unless only the letter case changes.")},
			},
			"first_name": schema.StringAttribute{
				MarkdownDescription: "First name, at least 2 characters. Changed in place.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.UTF8LengthAtLeast(2), system.Trimmed{}},
			},
			"last_name": schema.StringAttribute{
				MarkdownDescription: "Last name, at least 2 characters. Changed in place.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.UTF8LengthAtLeast(2), system.Trimmed{}},
			},
			"username": schema.StringAttribute{
				MarkdownDescription: "Name shown beside the user's messages. It can be changed in place but not cleared. Default: the server's.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"profile_image_url": schema.StringAttribute{
				MarkdownDescription: "Address of the user's picture. It can be changed in place but not cleared. Default: none.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"password_wo": schema.StringAttribute{
				MarkdownDescription: "Password, at least 4 characters. Write-only: it is sent at creation and never stored. " +
					"Needs `password_wo_version`. Default: none is set.",
				Optional:  true,
				WriteOnly: true,
				Sensitive: true,
				Validators: []validator.String{
					stringvalidator.UTF8LengthAtLeast(4),
					stringvalidator.AlsoRequires(path.MatchRoot("password_wo_version")),
				},
			},
			"password_wo_version": schema.Int64Attribute{
				MarkdownDescription: "Version of the password. Terraform can't see that `password_wo` changed: raise this number together with it. " +
					"Changing it replaces the user, because Ethora takes a password at creation only. Setting it for the first time, as after an import, changes nothing.",
				Optional: true,
				Validators: []validator.Int64{
					int64validator.AtLeast(0),
				},
				PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplaceIf(replaceWhenBothVersionsSet,
					"Replaces the user when changed from one number to another.", "Replaces the user when changed from one number to another.")},
			},
			"bypass_email_confirmation": schema.BoolAttribute{
				MarkdownDescription: "Whether the user may sign in without confirming the e-mail address. `false` makes Ethora send the user a mail. " +
					"Used at creation only; changing it later does nothing. Default: `true`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
			},
			"hard_delete": schema.BoolAttribute{
				MarkdownDescription: "What destroying does. `false`: the user is archived and its id stays taken. `true`: the user is purged for good. " +
					"It must be applied before the destroy or replacement that it is meant for. Default: `false`.",
				Optional: true,
			},
			"xmpp_username": schema.StringAttribute{
				MarkdownDescription: "The user's name in XMPP: `<app_id>_<user_id>`.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

func (r *userResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"app_id":  identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the user's app."},
		"user_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Plain id of the user."},
	}}
}

// ModifyPlan fills in the app and refuses a replacement that would get stuck
// half-way: the old user archived, its id taken, the new one not created.
func (r *userResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, _ := r.Known(&resp.Diagnostics)
	planAppID(ctx, client, req, resp)
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	var plan, state userModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || state.HardDelete.ValueBool() ||
		!plan.AppID.Equal(state.AppID) || !plan.UserID.Equal(state.UserID) {
		return
	}
	const next = "Ethora takes it at creation only, so the user must be replaced. But destroying a user archives it, and an archived user keeps its id, " +
		"so the new one could not be created. Set hard_delete = true and apply, then make this change; or choose another user_id."
	if !plan.Email.IsUnknown() && !strings.EqualFold(plan.Email.ValueString(), state.Email.ValueString()) {
		resp.Diagnostics.AddAttributeError(path.Root("email"),
			fmt.Sprintf("The e-mail address of Ethora user %q can't be changed from %q", state.UserID.ValueString(), state.Email.ValueString()), next)
	}
	if !state.PasswordWOVersion.IsNull() && !plan.PasswordWOVersion.IsNull() && !plan.PasswordWOVersion.IsUnknown() && !plan.PasswordWOVersion.Equal(state.PasswordWOVersion) {
		resp.Diagnostics.AddAttributeError(path.Root("password_wo_version"),
			fmt.Sprintf("The password of Ethora user %q can't be changed", state.UserID.ValueString()), next)
	}
}

func (r *userResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userModel
	var password types.String
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("password_wo"), &password)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	appID, userID := plan.AppID.ValueString(), plan.UserID.ValueString()
	object := describeUser(appID, userID)
	created, err := client.CreateUser(ctx, appID, expandNewUser(plan, password), plan.BypassEmailConfirmation.ValueBool())
	var pending *ethora.PendingError
	switch {
	case errors.As(err, &pending):
		// The server took the order: the user exists or will. Losing it would leave an orphan.
		created.User = ethora.User{UserID: userID, Email: plan.Email.ValueString(), FirstName: plan.FirstName.ValueString(), LastName: plan.LastName.ValueString()}
		flattenUser(appID, created.User, &plan)
		resp.Diagnostics.Append(saveUser(ctx, plan, &resp.State, resp.Identity)...)
		resp.Diagnostics.Append(remember(ctx, resp.Private, pendingJobKey, pending.JobID)...)
		fail(&resp.Diagnostics, err, "finish creating", object, nil)
		return
	case rest.IsKind(err, rest.Conflict) && refusedField(err, "email"):
		emailTaken(&resp.Diagnostics, err, object)
		return
	case rest.IsKind(err, rest.Conflict):
		conflict(&resp.Diagnostics, err, object, system.JoinID(appID, userID), userAttributePaths)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "create", object, userAttributePaths)
		return
	}
	r.settleCreated(ctx, client, plan, created, !password.IsNull(), resp)
}

// settleCreated records the user, then sends what Ethora takes only afterwards.
func (r *userResource) settleCreated(ctx context.Context, client *tenant, plan userModel,
	created ethora.CreateUserOutcome, hasPassword bool, resp *resource.CreateResponse,
) {
	appID := plan.AppID.ValueString()
	state := plan
	flattenUser(appID, created.User, &state)
	resp.Diagnostics.Append(saveUser(ctx, state, &resp.State, resp.Identity)...)

	if created.Restored && hasPassword {
		resp.Diagnostics.AddAttributeWarning(path.Root("password_wo"), "The user was revived with its old password",
			fmt.Sprintf("%s had been archived. Ethora revived it and takes no new password, so the old one still holds.",
				describeUser(appID, created.User.UserID)))
	}
	if update := expandUserUpdate(plan, state); update != (ethora.UserUpdate{UserID: update.UserID}) {
		ctx, cancel := system.Outliving(ctx)
		defer cancel()
		if _, err := client.UpdateUser(ctx, appID, update); err != nil {
			fail(&resp.Diagnostics, err, "finish creating", describeUser(appID, update.UserID), userAttributePaths)
			return
		}
	}
	saved := state
	r.keepPlanned(plan, &state, &resp.Diagnostics, false)
	resp.Diagnostics.Append(system.SaveChanged(ctx, saved, state, &resp.State)...)
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

	appID, userID := state.AppID.ValueString(), state.UserID.ValueString()
	object := describeUser(appID, userID)
	jobID, problems := remembered(ctx, req.Private, pendingJobKey)
	resp.Diagnostics.Append(problems...)
	ctx, cancel := system.Within(ctx, state.Timeouts.Create, &resp.Diagnostics) // the rest of a creation counts as one
	defer cancel()
	user, err := readCreatedUser(ctx, client, appID, userID, jobID, state.known())
	var pending *ethora.PendingError
	switch {
	case errors.As(err, &pending):
		resp.Diagnostics.AddWarning(fmt.Sprintf("%s is still being created", object),
			fmt.Sprintf("The server has taken the order and has not finished it: %s. The state is kept as it is. Run the same command again later.", pending.Err))
		return
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, object, goneReason(err))
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
		return
	case user.Gone():
		system.WarnGone(&resp.Diagnostics, object, fmt.Sprintf("Ethora says the user is %s", user.Status))
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(remember(ctx, resp.Private, pendingJobKey, "")...)
	prior := state
	flattenUser(appID, user, &state)
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

	appID, userID := prior.AppID.ValueString(), prior.UserID.ValueString()
	if !prior.PasswordWOVersion.IsNull() && !plan.PasswordWOVersion.IsNull() && !plan.PasswordWOVersion.Equal(prior.PasswordWOVersion) {
		resp.Diagnostics.AddAttributeError(path.Root("password_wo_version"),
			fmt.Sprintf("The password of Ethora user %q can't be changed in place", userID),
			"The version was not known when this was planned, and it turns out to have changed. Plan again: the version is known now.")
		return
	}
	state := plan
	if update := expandUserUpdate(plan, prior); update != (ethora.UserUpdate{UserID: userID}) {
		user, err := client.updatedUser(ctx, appID, update)
		if err != nil {
			fail(&resp.Diagnostics, err, "update", describeUser(appID, userID), userAttributePaths)
			return
		}
		flattenUser(appID, user, &state)
		r.keepPlanned(plan, &state, &resp.Diagnostics, true)
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

	appID, userID := state.AppID.ValueString(), state.UserID.ValueString()
	if err := client.DeleteUser(ctx, appID, userID, ethora.DeleteOptions{Hard: state.HardDelete.ValueBool()}); err != nil {
		fail(&resp.Diagnostics, err, "delete", describeUser(appID, userID), nil)
	}
}

func (r *userResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importParts(ctx, req, resp, "app_id", "user_id")
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("bypass_email_confirmation"), true)...)
}

func expandNewUser(plan userModel, password types.String) ethora.NewUser {
	return ethora.NewUser{
		UserID:       plan.UserID.ValueString(),
		Email:        plan.Email.ValueString(),
		FirstName:    plan.FirstName.ValueString(),
		LastName:     plan.LastName.ValueString(),
		Password:     password.ValueString(),
		ProfileImage: plan.ProfileImageURL.ValueString(),
	}
}

// expandUserUpdate lists what differs between the plan and what is there.
func expandUserUpdate(plan, prior userModel) ethora.UserUpdate {
	update := ethora.UserUpdate{UserID: plan.UserID.ValueString()}
	for _, part := range []struct {
		planned, prior types.String
		field          **string
	}{
		{plan.FirstName, prior.FirstName, &update.FirstName},
		{plan.LastName, prior.LastName, &update.LastName},
		{plan.Username, prior.Username, &update.Username},
		{plan.ProfileImageURL, prior.ProfileImageURL, &update.ProfileImage},
	} {
		if changed(part.planned, part.prior) {
			*part.field = part.planned.ValueStringPointer()
		}
	}
	return update
}

// flattenUser writes what the server says into the model.
func flattenUser(appID string, user ethora.User, model *userModel) {
	model.ID = types.StringValue(system.JoinID(appID, user.UserID))
	model.AppID = types.StringValue(appID)
	model.UserID = types.StringValue(user.UserID)
	model.XMPPUsername = types.StringValue(ethora.XMPPUsername(appID, user.UserID))
	if user.Email != "" || model.Email.IsNull() || model.Email.IsUnknown() {
		model.Email = system.NewCaseInsensitive(user.Email)
	}
	model.FirstName = types.StringValue(user.FirstName)
	model.LastName = types.StringValue(user.LastName)
	model.Username = types.StringValue(user.Username)
	model.ProfileImageURL = types.StringValue(user.ProfileImage)
}

// keepPlanned puts back each planned value that the server answered
// differently. answered is false where the answer is older than the last write.
func (r *userResource) keepPlanned(plan userModel, state *userModel, diagnostics *diag.Diagnostics, answered bool) {
	var silent diag.Diagnostics
	if !answered {
		diagnostics = &silent
	}
	system.KeepPlanned(title, plan.FirstName, &state.FirstName, "first_name", diagnostics)
	system.KeepPlanned(title, plan.LastName, &state.LastName, "last_name", diagnostics)
	system.KeepPlanned(title, plan.Username, &state.Username, "username", diagnostics)
	system.KeepPlanned(title, plan.ProfileImageURL, &state.ProfileImageURL, "profile_image_url", diagnostics)
	if !strings.EqualFold(plan.Email.ValueString(), state.Email.ValueString()) {
		system.KeepPlanned(title, plan.Email, &state.Email, "email", diagnostics)
	}
}

// known is what the model tells of the user.
func (m userModel) known() ethora.User {
	return ethora.User{
		Email:        m.Email.ValueString(),
		FirstName:    m.FirstName.ValueString(),
		LastName:     m.LastName.ValueString(),
		Username:     m.Username.ValueString(),
		ProfileImage: m.ProfileImageURL.ValueString(),
	}
}

// identity is what tells the object from all others, by attribute.
func (m userModel) identity() map[string]types.String {
	return map[string]types.String{"app_id": m.AppID, "user_id": m.UserID}
}

// saveUser writes state and identity.
func saveUser(ctx context.Context, model userModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
