package ethora

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/linear"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// It has no identity: an identity never changes, and what this resource is
// about are the keys of its map, which do.
var (
	_ linear.Resource                     = (*usersResource)(nil)
	_ resource.ResourceWithConfigure      = (*usersResource)(nil)
	_ resource.ResourceWithImportState    = (*usersResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*usersResource)(nil)
	_ resource.ResourceWithMoveState      = (*usersResource)(nil)
	_ resource.ResourceWithValidateConfig = (*usersResource)(nil)
)

type usersResource struct {
	system.Resource[*tenant]
}

type usersModel struct {
	ID                      types.String   `tfsdk:"id"`
	AppID                   types.String   `tfsdk:"app_id"`
	Users                   types.Map      `tfsdk:"users"`
	PasswordsWO             types.Map      `tfsdk:"passwords_wo"`
	BypassEmailConfirmation types.Bool     `tfsdk:"bypass_email_confirmation"`
	HardDelete              types.Bool     `tfsdk:"hard_delete"`
	Timeouts                timeouts.Value `tfsdk:"timeouts"`
}

func newUsersResource() resource.Resource {
	return &usersResource{system.Resource[*tenant]{Base: base}}
}

func (r *usersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_users"
}

// LargeAttributes implements linear.Resource.
func (r *usersResource) LargeAttributes() []string { return []string{"users"} }

func (r *usersResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Many users of an Ethora app, in one resource: the users in its map and no others. " +
			"A hundred of them travel in one call, so that thousands take seconds. " +
			"Users of the app that are not in the map are left alone.\n\n" +
			"Ethora takes the e-mail address and the password at creation only, so changing one deletes the user and creates it again. " +
			"Deleting archives a user, and an archived user keeps its id: such a change therefore needs `hard_delete = true`, applied first. " +
			"Creating a user whose id and e-mail belong to an archived user revives that user, with its old password.",
		Attributes: map[string]schema.Attribute{
			"id":     system.IDAttribute("<app_id>"),
			"app_id": appIDAttribute("users"),
			"users": schema.MapNestedAttribute{
				MarkdownDescription: "The users by their own id, chosen by you: 2 to 255 characters, no spaces and none of `\" & ' / : < > @`, without the app's prefix. " +
					"It is what your client tokens name. Users are added, changed and removed in place; another id is another user.",
				Required:     true,
				NestedObject: schema.NestedAttributeObject{Attributes: usersElementAttributes()},
				Validators:   []validator.Map{mapvalidator.NoNullValues(), mapvalidator.KeysAre(plainID{minimum: 2})},
			},
			// Not in the users: Terraform needs time that grows with the square of the
			// write-only attributes in one resource, minutes for 10,000 users.
			"passwords_wo": schema.MapAttribute{
				MarkdownDescription: "Passwords by the id of the user, each at least 4 characters. Write-only: they are sent when a user is created and never stored. " +
					"Each needs the user's `password_wo_version`. Default: none is set.",
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
				WriteOnly:   true,
				Validators:  []validator.Map{mapvalidator.ValueStringsAre(stringvalidator.UTF8LengthAtLeast(4))},
			},
			"bypass_email_confirmation": schema.BoolAttribute{
				MarkdownDescription: "Whether the users may sign in without confirming the e-mail address. `false` makes Ethora send each user a mail. " +
					"Used at creation only; changing it later does nothing to users who are there. Default: `true`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
			},
			"hard_delete": schema.BoolAttribute{
				MarkdownDescription: "What destroying the resource does, and removing a user from the map. `false`: the user is archived and its id stays taken. " +
					"`true`: the user is purged for good. It must be applied before the removal that it is meant for. Default: `false`.",
				Optional: true,
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

// usersElementAttributes are the attributes of one user. It has no more
// computed ones than it must: each is a line for each user in every plan.
func usersElementAttributes() map[string]schema.Attribute {
	keep := []planmodifier.String{stringplanmodifier.UseNonNullStateForUnknown()}
	return map[string]schema.Attribute{
		"email": schema.StringAttribute{
			MarkdownDescription: "E-mail address, unique in the app. Letter case does not matter. Changing it deletes the user and creates it again.",
			CustomType:          system.CaseInsensitiveType{},
			Required:            true,
			Validators: []validator.String{stringvalidator.RegexMatches(emailPattern,
				"must be an e-mail address such as ann@example.com, without spaces")},
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
			PlanModifiers:       keep,
		},
		"profile_image_url": schema.StringAttribute{
			MarkdownDescription: "Address of the user's picture. It can be changed in place but not cleared. Default: none.",
			Optional:            true,
			Computed:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			PlanModifiers:       keep,
		},
		"password_wo_version": schema.Int64Attribute{
			MarkdownDescription: "Version of the user's password in `passwords_wo`. Terraform can't see that a password changed: raise this number together with it. " +
				"Changing it deletes the user and creates it again, because Ethora takes a password at creation only. " +
				"Setting it for the first time, as after an import, changes nothing.",
			Optional:   true,
			Validators: []validator.Int64{int64validator.AtLeast(0)},
		},
	}
}

// ValidateConfig refuses two users with one e-mail address, and passwords that
// could not be sent.
func (r *usersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var configured, passwords types.Map
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("users"), &configured)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("passwords_wo"), &passwords)...)
	users := usersIn(configured)
	checkPasswords(configured, users, passwords, &resp.Diagnostics)
	holders := make(map[string]string, len(users))
	for _, id := range sortedIDs(users) {
		email := users[id].Email
		if email.IsNull() || email.IsUnknown() {
			continue
		}
		address := strings.ToLower(email.ValueString())
		if holder, taken := holders[address]; taken {
			resp.Diagnostics.AddAttributeError(userPath(id).AtName("email"), "Two users have the same e-mail address",
				fmt.Sprintf("%s is the address of %q and of %q. An e-mail address belongs to one user of an app.", email.ValueString(), holder, id))
			continue
		}
		holders[address] = id
	}
}

// checkPasswords refuses passwords of nobody, and those without a version.
func checkPasswords(configured types.Map, users map[string]userModel, passwords types.Map, diagnostics *diag.Diagnostics) {
	if configured.IsUnknown() {
		return
	}
	for _, id := range sortedIDs(passwords.Elements()) {
		_, exists := configured.Elements()[id]
		user, known := users[id]
		switch password := passwords.Elements()[id]; {
		case !exists:
			diagnostics.AddAttributeError(path.Root("passwords_wo").AtMapKey(id), "A password of nobody",
				fmt.Sprintf("There is no %q in users. Add the user there, or take the password out.", id))
		case known && user.PasswordWOVersion.IsNull() && !password.IsNull() && !password.IsUnknown():
			diagnostics.AddAttributeError(userPath(id), "A password without a version",
				fmt.Sprintf("passwords_wo has a password for %q, so the user needs a password_wo_version: any number, to be raised together with the password.", id))
		}
	}
}

// ModifyPlan fills in the app and refuses changes that Ethora can't carry out,
// user by user.
func (r *usersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	tenant, _ := r.Known(&resp.Diagnostics)
	planAppID(ctx, tenant, req, resp)
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	var plan, state usersModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	purges := state.HardDelete.ValueBool() && (plan.HardDelete.ValueBool() || plan.HardDelete.IsUnknown())
	if resp.Diagnostics.HasError() || purges || !plan.AppID.Equal(state.AppID) {
		return
	}
	planned, prior := usersIn(plan.Users), usersIn(state.Users)
	refuseRecreation(sortedIDs(planned), planned, prior, "Set hard_delete = true and apply, then make this change; or choose another id.", &resp.Diagnostics)
	refuseInheritance(planned, prior, &resp.Diagnostics)
}

// refuseRecreation reports what of users can't be changed because they would
// have to be purged first.
func refuseRecreation(ids []string, planned, prior map[string]userModel, next string, diagnostics *diag.Diagnostics) {
	var emails, passwords []string
	for _, id := range ids {
		user, exists := prior[id]
		if exists && emailChanges(planned[id], user) {
			emails = append(emails, id)
		}
		if exists && passwordChanges(planned[id], user) {
			passwords = append(passwords, id)
		}
	}
	const reason = "Ethora takes it at creation only, so the user must be deleted and created again. But deleting a user archives it, and an archived user keeps its id, " +
		"so the new one could not be created. "
	refuse(emails, "email", reason+next, diagnostics,
		func(id string) string {
			return fmt.Sprintf("The e-mail address of Ethora user %q can't be changed from %q", id, prior[id].Email.ValueString())
		},
		fmt.Sprintf("The e-mail addresses of %d Ethora users can't be changed", len(emails)))
	refuse(passwords, "password_wo_version", reason+next, diagnostics,
		func(id string) string { return fmt.Sprintf("The password of Ethora user %q can't be changed", id) },
		fmt.Sprintf("The passwords of %d Ethora users can't be changed", len(passwords)))
}

// refuseInheritance reports new users with the e-mail address of a user who is
// about to be archived: once that is done, the way back is long.
func refuseInheritance(planned, prior map[string]userModel, diagnostics *diag.Diagnostics) {
	leaving := map[string]string{}
	for id, user := range prior {
		if _, stays := planned[id]; !stays {
			leaving[strings.ToLower(user.Email.ValueString())] = id
		}
	}
	var heirs []string
	for _, id := range sortedIDs(planned) {
		_, exists := prior[id]
		if planned[id].Email.IsUnknown() {
			continue
		}
		if _, inherits := leaving[strings.ToLower(planned[id].Email.ValueString())]; inherits && !exists {
			heirs = append(heirs, id)
		}
	}
	refuse(heirs, "email",
		"Taking a user out of the map archives it, and an archived user keeps its e-mail address, so a new one could not be created with it. "+
			"Set hard_delete = true and apply, then make this change; or choose another address.", diagnostics,
		func(id string) string {
			address := planned[id].Email.ValueString()
			return fmt.Sprintf("The e-mail address %q can't go from Ethora user %q to %q", address, leaving[strings.ToLower(address)], id)
		},
		fmt.Sprintf("The e-mail addresses of %d new Ethora users belong to users who leave", len(heirs)))
}

// refuse makes one error of what concerns some users: on the attribute of the
// only one, or on the map.
func refuse(ids []string, attribute, detail string, diagnostics *diag.Diagnostics, one func(id string) string, many string) {
	switch len(ids) {
	case 0:
	case 1:
		diagnostics.AddAttributeError(userPath(ids[0]).AtName(attribute), one(ids[0]), detail)
	default:
		diagnostics.AddAttributeError(path.Root("users"), many, fmt.Sprintf("They are %s. %s", someOf(ids), detail))
	}
}

func (r *usersResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan usersModel
	var passwords types.Map
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("passwords_wo"), &passwords)...)
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	work := newUsersWork(tenant, plan, passwords, nil)
	if !work.namesAreFree(ctx, &resp.Diagnostics) {
		return
	}
	work.create(ctx, sortedIDs(work.wanted), &resp.Diagnostics)
	if len(work.state) == 0 && len(work.wanted) > 0 {
		return // nothing was created, so there is nothing to be tainted
	}
	if resp.Diagnostics.HasError() {
		resp.Diagnostics.AddWarning(work.progress(), taintAdvice)
	}
	plan.ID = plan.AppID
	plan.Users = usersMap(work.state)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(rememberJobs(ctx, resp.Private, work.jobs)...)
}

// taintAdvice says how to go on after a creation that was done in part.
const taintAdvice = "They are in the state. Terraform marks a resource whose creation failed as tainted: the next apply would delete all of its users " +
	"and create them again. To keep them and create just the missing ones, take the mark away and apply again:\n\n" +
	"  terraform untaint <address of this resource>\n  terraform apply"

func (r *usersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if r.Unknown() {
		return
	}
	var state usersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	jobs, problems := rememberedJobs(ctx, req.Private)
	resp.Diagnostics.Append(problems...)
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Create, &resp.Diagnostics) // the rest of a creation counts as one
	defer cancel()

	appID := state.AppID.ValueString()
	users := usersIn(state.Users)
	found, err := readUsers(ctx, tenant, appID, users)
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, describeApp(appID), goneReason(err))
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", "users of "+describeApp(appID), nil)
		return
	}
	jobs = awaitJobs(ctx, tenant, appID, jobs, found, &resp.Diagnostics)
	settleRead(appID, users, found, jobs, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	state.ID = state.AppID
	state.Users = usersMap(users)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(rememberJobs(ctx, resp.Private, jobs)...)
}

// readUsers reads users by id. An app that is gone is a NotFound error; it is
// asked for when it shows none of the users, who may be gone without it.
func readUsers(ctx context.Context, tenant *tenant, appID string, users map[string]userModel) (map[string]ethora.User, error) {
	known := make(map[string]ethora.User, len(users))
	for id, user := range users {
		known[id] = user.known()
	}
	found, err := tenant.KnownUsers(ctx, appID, known)
	if err != nil || len(found) > 0 {
		return found, err
	}
	app, err := tenant.GetApp(ctx, appID)
	switch {
	case err == nil && app.Gone():
		return nil, &rest.Error{Kind: rest.NotFound, System: "Ethora", Message: fmt.Sprintf("app %s is %s", appID, app.Status)}
	case rest.IsKind(err, rest.NotFound):
		return nil, err
	}
	return map[string]ethora.User{}, nil
}

// settleRead writes what the server says into the users and takes out those
// who are gone. Users with a job are still being created and stay as they are.
func settleRead(appID string, users map[string]userModel, found map[string]ethora.User, jobs map[string]string, diagnostics *diag.Diagnostics) {
	var gone, absent []string
	for _, id := range sortedIDs(users) {
		user, exists := found[id]
		switch {
		case exists && !user.Gone():
			model := users[id]
			flattenBulkUser(appID, user, &model)
			users[id] = model
		case jobs[id] != "":
		case users[id].Email.IsNull(): // it was imported a moment ago
			absent = append(absent, id)
		default:
			gone = append(gone, id)
			delete(users, id)
		}
	}
	if len(absent) > 0 {
		diagnostics.AddError("Cannot import non-existent remote objects",
			fmt.Sprintf("App %s has no active user %s. Take the id out of the import; the configuration may keep the user, who is then created.", appID, someOf(absent)))
	}
	if len(gone) > 0 {
		diagnostics.AddWarning(fmt.Sprintf("Gone from Ethora app %s: %s", appID, countOf(len(gone), "user")),
			fmt.Sprintf("Ethora does not know %s any more, or has archived them. They are removed from the state. "+
				"Where they are still in the configuration, the plan proposes to create them again; if that is not wanted, take them out of it.", someOf(gone)))
	}
}

func (r *usersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior usersModel
	var passwords types.Map
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("passwords_wo"), &passwords)...)
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	work := newUsersWork(tenant, plan, passwords, usersIn(prior.Users))
	work.hard = prior.HardDelete.ValueBool() && plan.HardDelete.ValueBool()
	changes := compareUsers(work.wanted, work.state)
	if !work.hard {
		// A value that was not known when this was planned turns out to be another.
		refuseRecreation(changes.recreate, work.wanted, work.state, "Plan again: the value is known now, and the plan tells what to do.", &resp.Diagnostics)
		changes.recreate = nil
	}
	// First deletions: what a deleted user held may be meant for another one.
	work.remove(ctx, slices.Concat(changes.remove, changes.recreate), &resp.Diagnostics)
	work.update(ctx, changes, &resp.Diagnostics)
	changes.recreate = slices.DeleteFunc(changes.recreate, func(id string) bool { _, still := work.state[id]; return still })
	work.create(ctx, slices.Concat(changes.create, changes.recreate), &resp.Diagnostics)

	plan.ID = plan.AppID
	plan.Users = usersMap(work.state)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(rememberJobs(ctx, resp.Private, work.jobs)...)
}

func (r *usersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state usersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	tenant, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	work := newUsersWork(tenant, state, types.Map{}, usersIn(state.Users))
	work.hard = state.HardDelete.ValueBool()
	work.remove(ctx, sortedIDs(work.state), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		state.Users = usersMap(work.state)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

// ImportState takes over exactly the users whose ids follow the app's. Reading
// them comes next, and tells those who do not exist.
func (r *usersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	appID, userIDs, err := splitUsersID(req.ID)
	if err != nil {
		resp.Diagnostics.AddError("Malformed import id", err.Error())
		return
	}
	users := map[string]userModel{}
	for _, id := range userIDs {
		users[id] = userModel{}
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), appID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("app_id"), appID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("users"), usersMap(users))...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("bypass_email_confirmation"), true)...)
}

// splitUsersID reads an import id: the app's id, then those of users. It takes
// Ethora's own spellings of a user; the app may be left out before the first.
func splitUsersID(id string) (appID string, userIDs []string, err error) {
	const form = "<app_id>/<user_id>/<user_id>/... with at least one user"
	values := strings.Split(id, "/")
	if parsed, err := ethora.ParseName(values[0]); err == nil && appIDPattern.MatchString(parsed.AppID) {
		values = append([]string{parsed.AppID}, values...)
	}
	if !appIDPattern.MatchString(values[0]) {
		return "", nil, fmt.Errorf("the import id %q does not begin with an Ethora app id, which has 24 characters, each 0-9 or a-f; its form is %s", shorten(id), form)
	}
	if len(values) == 1 {
		return "", nil, fmt.Errorf("the import id %q names no users; its form is %s", shorten(id), form)
	}
	for _, value := range values[1:] {
		userID := ethora.PlainID(values[0], value)
		if len(userID) < 2 || !plainIDPattern.MatchString(userID) || prefixedPattern.MatchString(userID) {
			return "", nil, fmt.Errorf("%q in the import id can't be the id of a user of app %s; the form is %s", shorten(value), values[0], form)
		}
		userIDs = append(userIDs, userID)
	}
	return values[0], userIDs, nil
}

// shorten keeps an id of thousands of users out of an error.
func shorten(text string) string {
	if runes := []rune(text); len(runes) > 100 {
		return string(runes[:99]) + "…"
	}
	return text
}
