package rocketchat

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*visitorResource)(nil)
	_ resource.ResourceWithIdentity    = (*visitorResource)(nil)
	_ resource.ResourceWithImportState = (*visitorResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*visitorResource)(nil)
)

const visitorType = "chat_rocketchat_visitor"

type visitorResource struct {
	system.Resource[*tenant]
}

func newVisitorResource() resource.Resource {
	return &visitorResource{system.Resource[*tenant]{Base: base}}
}

func (r *visitorResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_visitor"
}

func (r *visitorResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	const cannotClear = " Changed in place. Rocket.Chat cannot clear it, so removing it replaces the visitor. Default: left alone, whatever the visitor or an agent enters."
	resp.Schema = schema.Schema{
		MarkdownDescription: "A visitor of Rocket.Chat Livechat: somebody who writes to your agents. Visitors sign in with a token, and whoever has it acts for the visitor.\n\n" +
			"**Destroying or replacing a visitor deletes all its rooms, open and closed, with their messages and files, for good.**\n\n" +
			"Rocket.Chat knows visitors by their token, then by their phone number, then by their e-mail address. A new visitor with the phone number or address of another one would change that one instead, " +
			"and take its token away in the case of an address. That is an error which names the visitor, unless `adopt_existing` is set.",
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("visitor"),
			"token": schema.StringAttribute{
				MarkdownDescription: "Token of the visitor: any text, unique on the server. It is a credential and stands in the state. Changing it replaces the visitor. Default: a long random text.",
				Optional:            true,
				Computed:            true,
				Sensitive:           true,
				Validators:          tokenValidators(),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()},
			},
			"username": schema.StringAttribute{
				MarkdownDescription: "Name that the server knows the visitor by, taken at creation only: changing it replaces the visitor. Default: `guest-` and a number.",
				Optional:            true,
				Computed:            true,
				Validators:          textValidators(),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()},
			},
			"name": visitorText("Name that agents see, at least 1 character." + cannotClear),
			"email": schema.StringAttribute{
				MarkdownDescription: "E-mail address. Rocket.Chat stores it in lower case; in the configuration the case does not matter." + cannotClear,
				CustomType:          system.CaseInsensitiveType{},
				Optional:            true,
				Validators:          []validator.String{system.Trimmed{}, stringvalidator.RegexMatches(emailPattern, emailRule)},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplaceIf(replaceWhenRemoved, replaceText, replaceText)},
			},
			"phone":      visitorText("Phone number, at least 1 character." + cannotClear),
			"department": visitorText("Id or name of the department to which the visitor writes. A name must be that of one department, archived ones included: prefer the id where departments come and go." + cannotClear),
			"department_id": schema.StringAttribute{
				MarkdownDescription: "Id of the department that `department` names. Null without it.",
				Computed:            true,
			},
			"custom_fields": schema.MapAttribute{
				MarkdownDescription: "Values of custom fields by the name of the field, at least 1 character each. The field must be defined for visitors and be visible (`chat_rocketchat_custom_field`): " +
					"Rocket.Chat drops others without a word, which is an error here. Values are changed in place. Rocket.Chat cannot remove one, so removing a key replaces the visitor. Other keys are left alone.",
				ElementType:   types.StringType,
				Optional:      true,
				Validators:    []validator.Map{mapvalidator.KeysAre(textValidators()...), mapvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)), mapvalidator.NoNullValues()},
				PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(replaceWhenKeyRemoved, replaceText, replaceText)},
			},
			"adopt_existing": schema.BoolAttribute{
				MarkdownDescription: "Whether a visitor who exists already with the same token, phone number or e-mail address is taken over, with its rooms, instead of an error. It is then destroyed with this resource, and not with one that had it before and is destroyed in the same apply. " +
					"One who has the same phone number keeps its own token, and can be taken over only where `token` is left out. Changing it changes nothing in a visitor who exists. Default: `false`.",
				Optional: true,
			},
			"force_close_rooms": schema.BoolAttribute{
				MarkdownDescription: "Whether destroying closes the open rooms of the visitor first. Without it Rocket.Chat refuses to delete a visitor with an open room, and the destroy fails. " +
					"It must be applied before the destroy that it is meant for. Changed in place, without a call. Default: `false`.",
				Optional: true,
			},
			"timeouts": timeoutsAttribute(ctx),
		},
	}
}

func visitorText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Validators:          textValidators(),
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplaceIf(replaceWhenRemoved, replaceText, replaceText)},
	}
}

func (r *visitorResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Rocket.Chat's id of the visitor."},
	}}
}

// ModifyPlan says why a visitor is replaced, and what it costs.
func (r *visitorResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Known(&resp.Diagnostics)
	if req.Plan.Raw.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	var plan, prior visitorModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
		if isImported(ctx, req.Private) {
			warnOfKept(plan, prior, &resp.Diagnostics)
		} else {
			warnOfReplacement(plan, prior, &resp.Diagnostics)
		}
	}
	departmentID := types.StringUnknown()
	switch {
	case plan.Department.IsNull():
		departmentID = types.StringNull()
	case plan.Department.Equal(prior.Department):
		departmentID = prior.DepartmentID
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("department_id"), departmentID)...)
}

// warnOfKept says that the first plan after an import shows more as removed than is.
func warnOfKept(plan, prior visitorModel, diagnostics *diag.Diagnostics) {
	for _, removed := range removedAttributes(plan, prior) {
		diagnostics.AddAttributeWarning(removed.path, "The visitor keeps "+removed.name,
			fmt.Sprintf("%s was imported with %s, which the configuration does not set. The plan shows it as removed, but it only leaves the state: Rocket.Chat keeps it. "+
				"To manage it from here, write it into the configuration.", describeVisitor(prior), removed.name))
	}
}

// warnOfReplacement says what is lost when an attribute is removed.
func warnOfReplacement(plan, prior visitorModel, diagnostics *diag.Diagnostics) {
	for _, removed := range removedAttributes(plan, prior) {
		diagnostics.AddAttributeWarning(removed.path, "The visitor is replaced, because Rocket.Chat can't clear "+removed.name,
			fmt.Sprintf("%s has %s, and is to have it no more. Rocket.Chat cannot clear it, so this plan deletes the visitor, with all its rooms, messages and files, and creates another. "+
				"To keep the visitor, and the value, write it back into the configuration, or add lifecycle { ignore_changes = [%s] }.",
				describeVisitor(prior), removed.name, removed.path))
	}
}

func (r *visitorResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan visitorModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	state := plan.withToken()
	if taken := client.claim(plan.addresses()...); taken != "" {
		failTaken(&resp.Diagnostics, plan, taken)
		return
	}
	var visitor rocketchat.Visitor
	end, err := client.turns.Begin(ctx, plan.names()...)
	if err == nil {
		defer end()
		visitor, err = r.register(ctx, client, plan, expandVisitor(state))
	}
	if visitor.ID == "" {
		client.release(plan.addresses()...)
		failVisitorCreation(&resp.Diagnostics, err, plan)
		if isLost(err) { // with the token, what may be there is not lost
			resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		}
		return
	}
	if plan.AdoptExisting.ValueBool() {
		client.turns.Take(visitor.ID)
	}
	state.Token = types.StringValue(cmp.Or(visitor.Token, state.Token.ValueString())) // of one who was taken over
	flattenWritten(visitor, &state)
	resp.Diagnostics.Append(saveVisitor(ctx, state, &resp.State, resp.Identity)...)
	if err != nil {
		fail(&resp.Diagnostics, err, "finish creating", describeVisitor(state), visitorAttributePaths)
		return
	}
	keepPlannedVisitor(plan, visitor, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveVisitor(ctx, state, &resp.State, resp.Identity)...)
}

// register creates a visitor. Only a token that somebody chose may be another
// visitor's, and so it is looked up before anything is changed.
func (r *visitorResource) register(ctx context.Context, client *tenant, plan visitorModel, fields rocketchat.VisitorFields) (rocketchat.Visitor, error) {
	adopt := plan.AdoptExisting.ValueBool()
	if !plan.Token.IsUnknown() {
		existing, err := client.GetVisitor(ctx, fields.Token)
		switch {
		case err == nil && adopt:
			return client.UpdateVisitor(ctx, existing.ID, fields)
		case err == nil:
			return rocketchat.Visitor{}, &rocketchat.ExistsError{Object: "a visitor with this token", ID: existing.ID}
		case !rest.IsKind(err, rest.NotFound):
			return rocketchat.Visitor{}, err
		}
	}
	fields.ID = rocketchat.NewVisitorID()
	registered, err := client.RegisterVisitor(ctx, fields)
	var other *rocketchat.OtherVisitorError
	if errors.As(err, &other) {
		client.noteToken(other.ID, other.Token())
	}
	if adopt && errors.As(err, &other) && (other.Token() == fields.Token || plan.Token.IsUnknown()) {
		return client.GetVisitor(ctx, other.Token())
	}
	return registered, err
}

func (r *visitorResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state visitorModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	justImported := isImported(ctx, req.Private) && state.Username.IsNull()
	visitor, err := client.GetVisitor(ctx, state.Token.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound) && justImported:
		resp.Diagnostics.AddError("No visitor has the token to import",
			"Rocket.Chat does not know it. If it is a visitor's id: an import by id needs an administrator, whose auth_token and user_id the provider's rocketchat block takes, "+
				"or the environment variables ROCKETCHAT_AUTH_TOKEN and ROCKETCHAT_USER_ID.")
		return
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, describeVisitor(state), "Rocket.Chat does not know its token any more. "+
			"Either the visitor was deleted, with all its rooms, or somebody registered with its e-mail address, and with that took its token away.")
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", describeVisitor(state), nil)
		return
	case state.ID.ValueString() != "" && visitor.ID != state.ID.ValueString():
		system.WarnGone(&resp.Diagnostics, describeVisitor(state), "Its token is that of visitor "+visitor.ID+" now")
		resp.State.RemoveResource(ctx)
		return
	}
	if justImported {
		takeAll(visitor, &state)
	}
	flattenVisitor(visitor, &state)
	resp.Diagnostics.Append(saveVisitor(ctx, state, &resp.State, resp.Identity)...)
}

func (r *visitorResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior visitorModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	state := plan
	if visitorChanged(plan, prior) {
		visitor, err := client.UpdateVisitor(ctx, prior.ID.ValueString(), expandVisitor(plan))
		if err != nil {
			fail(&resp.Diagnostics, err, "update", describeVisitor(prior), visitorAttributePaths)
			return
		}
		flattenWritten(visitor, &state)
		keepPlannedVisitor(plan, visitor, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("false"))...)
	resp.Diagnostics.Append(saveVisitor(ctx, state, &resp.State, resp.Identity)...)
}

func (r *visitorResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state visitorModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	end, err := client.turns.Begin(ctx, state.names()...)
	if err != nil {
		fail(&resp.Diagnostics, err, "delete", describeVisitor(state), nil)
		return
	}
	defer end()
	if client.turns.Taken(state.ID.ValueString()) {
		warnAdopted(&resp.Diagnostics, describeVisitor(state), "deleted")
		return
	}
	err = client.DeleteVisitor(ctx, client.tokenOf(state), state.ForceCloseRooms.ValueBool())
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeOpenRooms):
		failWith(&resp.Diagnostics, err, "delete", describeVisitor(state), "Nothing was deleted. Close the rooms, or set force_close_rooms = true, which closes them with the destroy. "+
			"It must be applied before: when the visitor is no longer in the configuration, write it back, apply, and destroy again.")
	case err != nil:
		fail(&resp.Diagnostics, err, "delete", describeVisitor(state), nil)
	default:
		client.release(state.addresses()...)
	}
}

// ImportState takes the token. With an administrator it takes the id as well,
// and so the identity: the server tells the tokens of visitors in the list of
// their rooms.
func (r *visitorResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, ok := r.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	token, id := req.ID, ""
	if token == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	} else if client.IsAdministrator() {
		if _, err := client.GetVisitor(ctx, token); rest.IsKind(err, rest.NotFound) {
			token, id = "", req.ID
		}
	}
	if id != "" {
		token = findToken(ctx, client, "visitor", id, func(room rocketchat.Room) bool { return room.VisitorID == id }, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("token"), token)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
}

// failTaken reports that two visitors of one run would become one.
func failTaken(diagnostics *diag.Diagnostics, plan visitorModel, taken string) {
	attribute := "email"
	if taken == plan.Phone.ValueString() {
		attribute = "phone"
	}
	diagnostics.AddAttributeError(path.Root(attribute), "Two visitors have the same "+attribute,
		fmt.Sprintf("%q is that of another visitor of this configuration, too. Rocket.Chat knows visitors by it, and would make one visitor of both. Choose another, or leave it out.", taken))
}

// failVisitorCreation reports that a visitor was not created, or may have been.
func failVisitorCreation(diagnostics *diag.Diagnostics, err error, plan visitorModel) {
	object := describeVisitor(plan)
	var other *rocketchat.OtherVisitorError
	var exists *rocketchat.ExistsError
	switch {
	case errors.As(err, &exists):
		failWith(diagnostics, err, "create", object, fmt.Sprintf("It is visitor %s, and was left alone. Choose another token. Or manage that visitor from here: set adopt_existing = true, or import it by its token: %s",
			exists.ID, importCommand(visitorType, "<token>")))
	case errors.As(err, &other):
		failWith(diagnostics, err, "create", object, nextAfterMerge(other, plan))
	case isLost(err):
		failWith(diagnostics, err, "create", object, "Its token is kept in the state, and the resource is tainted: the next plan looks for the visitor, and the next apply removes it, if it is there, before it creates one.")
	default:
		fail(diagnostics, err, "create", object, visitorAttributePaths)
	}
}

// nextAfterMerge is what to do when Rocket.Chat has changed another visitor.
func nextAfterMerge(other *rocketchat.OtherVisitorError, plan visitorModel) string {
	const begin = "Rocket.Chat has written the values of this resource into that visitor; look at it there. Nothing of it is in the state. "
	const phone = "Choose a phone number that no other visitor has, or leave it out. "
	const email = "Choose an e-mail address that no other visitor has, or leave it out. "
	const takeOver = "Or, if the visitor is yours, maybe from an apply that was interrupted, or the one that this resource was to replace, take it over with all its rooms: set adopt_existing = true"
	switch {
	case other.OldToken && !plan.Token.IsUnknown():
		return begin + phone + takeOver + ", remove token, which is another one than the visitor has, and apply again."
	case other.OldToken:
		return begin + phone + takeOver + " and apply again."
	case plan.Token.IsUnknown():
		return begin + "The new token is one that nobody knows; the visitor's next registration with the e-mail address gives it another. " + email + takeOver + " and apply again."
	}
	return begin + email + takeOver + " and apply again, or import it by the token."
}
