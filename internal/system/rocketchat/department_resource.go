package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure      = (*departmentResource)(nil)
	_ resource.ResourceWithIdentity       = (*departmentResource)(nil)
	_ resource.ResourceWithImportState    = (*departmentResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*departmentResource)(nil)
	_ resource.ResourceWithValidateConfig = (*departmentResource)(nil)
)

const departmentType = "chat_rocketchat_department"

// What on_destroy says to do with a department that the server does not delete.
const (
	archive    = "archive"
	refuseToDo = "fail"
)

type departmentResource struct {
	system.Resource[*tenant]
}

func newDepartmentResource() resource.Resource {
	return &departmentResource{system.Resource[*tenant]{Base: base}}
}

func (r *departmentResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_department"
}

func (r *departmentResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	const leftAlone = " Changed in place. Default: what the server has."
	const enterprise = " Only some editions of Rocket.Chat know it."
	resp.Schema = schema.Schema{
		MarkdownDescription: "A department of Rocket.Chat Livechat with its agents. It needs the credentials of an administrator (`auth_token` and `user_id` of the provider).\n\n" +
			"Without a licence, Rocket.Chat has one department, archived ones included, and refuses a second. " +
			"Destroying deletes the department. Most servers do not allow that (`Omnichannel_enable_department_removal`): `on_destroy` says what happens then.",
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("department"),
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the department, at least 1 character. Several departments may have the same. Changed in place.",
				Required:            true,
				Validators:          textValidators(),
			},
			"email": schema.StringAttribute{
				MarkdownDescription: "E-mail address of the department, to which offline messages go. Changed in place.",
				Required:            true,
				Validators:          []validator.String{system.Trimmed{}, stringvalidator.RegexMatches(emailPattern, emailRule)},
			},
			"enabled":              departmentSwitch("Whether the department takes visitors. An archived department is disabled; it is taken out of the archive when this is `true`. Changed in place.", true),
			"show_on_registration": departmentSwitch("Whether visitors may choose the department when they begin a conversation. Changed in place.", false),
			"show_on_offline_form": departmentSwitch("Whether visitors may choose the department when they leave an offline message. Changed in place.", false),
			"agents": schema.MapNestedAttribute{
				MarkdownDescription: "Agents of the department by the id of their user: these and no others. Changed in place. Default: the agents are left alone.",
				Optional:            true,
				Validators:          []validator.Map{mapvalidator.KeysAre(textValidators()...), mapvalidator.NoNullValues()},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"order": schema.Int64Attribute{
						MarkdownDescription: "Agents of a lower order get visitors first, among those who had as many. Default: `0`.",
						Optional:            true,
						Computed:            true,
						Default:             int64default.StaticInt64(0),
					},
				}},
			},
			"description":                          departmentText("What the department does. `\"\"` clears it." + leftAlone),
			"request_tag_before_closing_chat":      departmentOption("Whether agents must tag a conversation before they close it. It needs `chat_closing_tags`." + leftAlone),
			"chat_closing_tags":                    departmentTexts("Tags that agents may choose from when they close a conversation." + leftAlone),
			"offline_message_channel_name":         departmentText("Name of the channel in which offline messages are shown. `\"\"` clears it." + leftAlone),
			"abandoned_rooms_close_custom_message": departmentText("What a visitor reads whose abandoned room is closed. `\"\"` clears it." + enterprise + leftAlone),
			"waiting_queue_message":                departmentText("What a visitor reads who waits for an agent. `\"\"` clears it." + enterprise + leftAlone),
			"fallback_forward_department":          departmentText("Id of the department that visitors go to when no agent of this one is online. `\"\"` clears it." + enterprise + leftAlone),
			"departments_allowed_to_forward":       departmentTexts("Ids of the departments to which agents may pass conversations on." + enterprise + leftAlone),
			"allow_receive_forward_offline":        departmentOption("Whether conversations may be passed on to this department while no agent is online." + enterprise + leftAlone),
			"unit_id":                              departmentText("Id of the unit to which the department belongs." + enterprise + leftAlone),
			"on_destroy": schema.StringAttribute{
				MarkdownDescription: "What destroying does when the server does not let departments be deleted. `archive`: the department is archived, which disables it, and leaves the state with a warning that names it. " +
					"`fail`: an error; the department stays as it is. It must be applied before the destroy that it is meant for. Changed in place, without a call. Default: `archive`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(archive, refuseToDo)},
			},
			"timeouts": timeoutsAttribute(ctx),
		},
	}
}

// departmentSwitch is a yes-or-no that the server wants to be told each time.
func departmentSwitch(description string, standard bool) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: fmt.Sprintf("%s Default: `%t`.", description, standard),
		Optional:            true,
		Computed:            true,
		Default:             booldefault.StaticBool(standard),
	}
}

func departmentOption(description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
	}
}

func departmentText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{system.Trimmed{}},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

func departmentTexts(description string) schema.SetAttribute {
	return schema.SetAttribute{
		MarkdownDescription: description,
		ElementType:         types.StringType,
		Optional:            true,
		Computed:            true,
		Validators:          []validator.Set{setvalidator.ValueStringsAre(textValidators()...), setvalidator.NoNullValues()},
		PlanModifiers:       []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
	}
}

func (r *departmentResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Rocket.Chat's id of the department."},
	}}
}

// ValidateConfig refuses what the server would refuse.
func (r *departmentResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config departmentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	tags := config.ChatClosingTags
	if config.RequestTagBeforeClosingChat.ValueBool() && !tags.IsUnknown() && len(tags.Elements()) == 0 {
		resp.Diagnostics.AddAttributeError(path.Root("chat_closing_tags"), "Tags are missing",
			"With request_tag_before_closing_chat agents must choose a tag, so there must be at least one in chat_closing_tags.")
	}
}

// ModifyPlan tells what the provider is not configured with before anything is
// applied.
func (r *departmentResource) ModifyPlan(_ context.Context, _ resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	planAsAdministrator(&r.Base, departmentType, &resp.Diagnostics)
}

func (r *departmentResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan departmentModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := administrator(&r.Base, departmentType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	object := fmt.Sprintf("Rocket.Chat department %q", plan.Name.ValueString())
	created, err := client.CreateDepartment(ctx, expandDepartment(plan), plan.expandAgents(nil))
	if created.ID == "" {
		failDepartment(&resp.Diagnostics, err, object)
		return
	}
	state := plan
	flattenDepartment(created, &state)
	if err == nil {
		keepPlannedDepartment(plan, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(saveDepartment(ctx, state, &resp.State, resp.Identity)...)
	if err != nil {
		failWith(&resp.Diagnostics, err, "finish creating", describe("department", created.ID), fmt.Sprintf(
			"The department exists, and is in the state as tainted: the next apply would replace it. Correct the configuration, and run terraform untaint with the address of this resource, to keep %s.",
			describe("department", created.ID)))
	}
}

// failDepartment reports that a department was not created, or may have been.
func failDepartment(diagnostics *diag.Diagnostics, err error, object string) {
	if !rocketchat.HasCode(err, rocketchat.CodeDepartmentLimit) {
		failCreation(diagnostics, err, object, departmentType, departmentAttributePaths)
		return
	}
	failWith(diagnostics, err, "create", object, "Without a licence Rocket.Chat has one department, archived ones included. To manage the one that exists, import it:\n\n  "+
		importCommand(departmentType, "<id>")+"\n\nThe data source chat_rocketchat_departments with include_archived = true tells its id.")
}

func (r *departmentResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state departmentModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := administrator(&r.Base, departmentType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	object := describe("department", state.ID.ValueString())
	department, err := client.GetDepartment(ctx, state.ID.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, object, "Rocket.Chat does not know it any more")
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
		return
	case department.Archived && state.Enabled.ValueBool():
		resp.Diagnostics.AddWarning(object+" is archived",
			"It was archived outside Terraform, and is disabled with that. An apply with enabled = true takes it out of the archive and enables it.")
	}
	if state.Name.IsNull() { // imported
		state.Agents = flattenAgents(department.Agents)
	}
	flattenDepartment(department, &state)
	resp.Diagnostics.Append(saveDepartment(ctx, state, &resp.State, resp.Identity)...)
}

func (r *departmentResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior departmentModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := administrator(&r.Base, departmentType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	state := plan
	if departmentChanged(plan, prior) {
		object := describe("department", prior.ID.ValueString())
		updated, err := r.change(ctx, client, plan, prior)
		if updated.ID == "" {
			fail(&resp.Diagnostics, err, "update", object, departmentAttributePaths)
			return
		}
		flattenDepartment(updated, &state)
		if err != nil {
			fail(&resp.Diagnostics, err, "finish updating", object, departmentAttributePaths)
		} else {
			keepPlannedDepartment(plan, &state, &resp.Diagnostics)
		}
	}
	resp.Diagnostics.Append(saveDepartment(ctx, state, &resp.State, resp.Identity)...)
}

// change looks at the department first: it may be archived, and its agents have
// counters, which the server would set back to zero.
func (r *departmentResource) change(ctx context.Context, client *tenant, plan, prior departmentModel) (rocketchat.Department, error) {
	id := prior.ID.ValueString()
	current, err := client.GetDepartment(ctx, id)
	if err != nil {
		return rocketchat.Department{}, err
	}
	if current.Archived && plan.Enabled.ValueBool() {
		if err := client.UnarchiveDepartment(ctx, id); err != nil {
			return rocketchat.Department{}, err
		}
	}
	var agents []rocketchat.DepartmentAgent
	if !plan.Agents.Equal(prior.Agents) {
		agents = plan.expandAgents(current.Agents)
	}
	return client.UpdateDepartment(ctx, id, expandDepartment(plan), agents)
}

func (r *departmentResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state departmentModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := administrator(&r.Base, departmentType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	object := describe("department", state.ID.ValueString())
	err := client.DeleteDepartment(ctx, state.ID.ValueString())
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeDepartmentRemovalDisabled):
		r.putAway(ctx, client, state, err, &resp.Diagnostics)
	case err != nil:
		fail(&resp.Diagnostics, err, "delete", object, nil)
	}
}

// putAway archives a department that the server does not delete, or fails, as
// on_destroy wants it.
func (r *departmentResource) putAway(ctx context.Context, client *tenant, state departmentModel, cause error, diagnostics *diag.Diagnostics) {
	id := state.ID.ValueString()
	object := describe("department", id)
	if state.OnDestroy.ValueString() == refuseToDo {
		failWith(diagnostics, cause, "delete", object, "Because of on_destroy = \"fail\" the department stays as it is, and in the state. Turn that setting of the server, "+
			"or set on_destroy = \"archive\" and apply before destroying it.")
		return
	}
	err := client.ArchiveDepartment(ctx, id)
	switch {
	case rest.IsKind(err, rest.NotFound): // gone already
	case err != nil:
		fail(diagnostics, err, "archive", object, nil)
	default:
		diagnostics.AddWarning(object+" is archived, not deleted",
			fmt.Sprintf("%s.\n\nIt takes no visitors any more, and has left the state. It still exists, and counts where the number of departments is limited. To manage it again: %s.",
				cause, importCommand(departmentType, id)))
	}
}

func (r *departmentResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	system.ImportParts(ctx, req, resp, "id")
}
