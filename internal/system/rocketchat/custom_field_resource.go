package rocketchat

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure      = (*customFieldResource)(nil)
	_ resource.ResourceWithIdentity       = (*customFieldResource)(nil)
	_ resource.ResourceWithImportState    = (*customFieldResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*customFieldResource)(nil)
	_ resource.ResourceWithValidateConfig = (*customFieldResource)(nil)
)

const customFieldType = "chat_rocketchat_custom_field"

// fieldPattern is what Rocket.Chat takes for the name of a custom field.
var fieldPattern = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

type customFieldResource struct {
	system.Resource[*tenant]
}

type customFieldModel struct {
	ID           types.String   `tfsdk:"id"`
	Field        types.String   `tfsdk:"field"`
	Label        types.String   `tfsdk:"label"`
	Scope        types.String   `tfsdk:"scope"`
	Visibility   types.String   `tfsdk:"visibility"`
	Type         types.String   `tfsdk:"type"`
	Options      types.List     `tfsdk:"options"`
	DefaultValue types.String   `tfsdk:"default_value"`
	Regexp       types.String   `tfsdk:"regexp"`
	Required     types.Bool     `tfsdk:"required"`
	Searchable   types.Bool     `tfsdk:"searchable"`
	Public       types.Bool     `tfsdk:"public"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// customFieldAttributePaths maps Rocket.Chat's field names to attributes, for
// error marks.
var customFieldAttributePaths = map[string]path.Path{
	"field":      path.Root("field"),
	"label":      path.Root("label"),
	"scope":      path.Root("scope"),
	"visibility": path.Root("visibility"),
}

func newCustomFieldResource() resource.Resource {
	return &customFieldResource{system.Resource[*tenant]{Base: base}}
}

func (r *customFieldResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_custom_field"
}

func (r *customFieldResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The definition of a custom field that visitors or rooms of Rocket.Chat Livechat may have. It needs the credentials of an administrator (`auth_token` and `user_id` of the provider), " +
			"and Rocket.Chat 7.11 or later.\n\n" +
			"Destroying deletes the definition. The values stay with their visitors and rooms, where nobody sees them.",
		Attributes: map[string]schema.Attribute{
			"id": system.IDAttribute("<field>"),
			"field": schema.StringAttribute{
				MarkdownDescription: "Name of the field: letters, digits, `-` and `_`, unique on the server, fields of visitors and of rooms together. Changing it replaces the definition.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.RegexMatches(fieldPattern, "must consist of letters, digits, dashes and underscores")},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"label": schema.StringAttribute{
				MarkdownDescription: "Name that agents see, at least 1 character. Changed in place.",
				Required:            true,
				Validators:          textValidators(),
			},
			"scope": schema.StringAttribute{
				MarkdownDescription: "`visitor` or `room`: what has the field. Changing it replaces the definition.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.OneOf("visitor", "room")},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"visibility": schema.StringAttribute{
				MarkdownDescription: "`visible` or `hidden`. Rocket.Chat drops values of hidden fields when it registers a visitor, so a field that `chat_rocketchat_visitor` sets must be visible. Changed in place. Default: `visible`.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("visible"),
				Validators:          []validator.String{stringvalidator.OneOf("visible", "hidden")},
			},
			"type": schema.StringAttribute{
				MarkdownDescription: "`input` for a text, or `select` for one of `options`. Changed in place. Default: `input`.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("input"),
				Validators:          []validator.String{stringvalidator.OneOf("input", "select")},
			},
			"options": schema.ListAttribute{
				MarkdownDescription: "What to choose from, when the type is `select`: at least one text, without commas. Changed in place. Default: none.",
				ElementType:         types.StringType,
				Optional:            true,
				Computed:            true,
				Default:             listdefault.StaticValue(types.ListValueMust(types.StringType, []attr.Value{})),
				Validators: []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(append(textValidators(),
					stringvalidator.RegexMatches(regexp.MustCompile(`^[^,]*$`), "must hold no comma, which is what Rocket.Chat puts between options"))...)},
			},
			"default_value": customFieldText("Value of the field until another one is entered. Changed in place. Default: none."),
			"regexp":        customFieldText("Regular expression that values must match, as JavaScript knows them. Rocket.Chat does not look at it when it registers a visitor. Changed in place. Default: none."),
			"required":      customFieldSwitch("Whether a visitor with custom fields must have this one. Newer servers refuse to register visitors with other custom fields and without this one."),
			"searchable":    customFieldSwitch("Whether agents find visitors and rooms by the value."),
			"public":        customFieldSwitch("Whether the field is shown outside Rocket.Chat too, in the widget for example, and not to agents alone."),
			"timeouts":      timeoutsAttribute(ctx),
		},
	}
}

func customFieldText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		Default:             stringdefault.StaticString(""),
	}
}

func customFieldSwitch(description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: description + " Changed in place. Default: `false`.",
		Optional:            true,
		Computed:            true,
		Default:             booldefault.StaticBool(false),
	}
}

func (r *customFieldResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"field": identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the field."},
	}}
}

// ValidateConfig wants options where there is something to choose, and nowhere
// else.
func (r *customFieldResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config customFieldModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if config.Type.IsUnknown() || config.Options.IsUnknown() {
		return
	}
	isSelect, options := config.Type.ValueString() == "select", len(config.Options.Elements())
	switch {
	case isSelect && options == 0:
		resp.Diagnostics.AddAttributeError(path.Root("options"), "Options are missing", "A field of the type select needs at least one option to choose from.")
	case !isSelect && options > 0:
		resp.Diagnostics.AddAttributeError(path.Root("options"), "Options without a choice", "Only a field of the type select has options. Set type = \"select\", or leave options out.")
	}
}

// ModifyPlan tells what the provider is not configured with before anything is
// applied.
func (r *customFieldResource) ModifyPlan(_ context.Context, _ resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	planAsAdministrator(&r.Base, customFieldType, &resp.Diagnostics)
}

func (r *customFieldResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan customFieldModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := administrator(&r.Base, customFieldType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	created, err := client.CreateCustomField(ctx, expandCustomField(plan))
	if err != nil {
		failCreation(&resp.Diagnostics, err, describeCustomField(plan.Field.ValueString()), customFieldType, customFieldAttributePaths)
		return
	}
	state := plan
	flattenCustomField(created, &state)
	keepPlannedCustomField(plan, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveCustomField(ctx, state, &resp.State, resp.Identity)...)
}

func (r *customFieldResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state customFieldModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := administrator(&r.Base, customFieldType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	object := describeCustomField(state.Field.ValueString())
	field, err := client.GetCustomField(ctx, state.Field.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, object, "Rocket.Chat does not know it any more")
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
		return
	}
	flattenCustomField(field, &state)
	resp.Diagnostics.Append(saveCustomField(ctx, state, &resp.State, resp.Identity)...)
}

func (r *customFieldResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior customFieldModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := administrator(&r.Base, customFieldType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	state := plan
	if wanted := expandCustomField(plan); wanted != expandCustomField(prior) {
		updated, err := client.UpdateCustomField(ctx, wanted)
		if err != nil {
			fail(&resp.Diagnostics, err, "update", describeCustomField(plan.Field.ValueString()), customFieldAttributePaths)
			return
		}
		flattenCustomField(updated, &state)
		keepPlannedCustomField(plan, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(saveCustomField(ctx, state, &resp.State, resp.Identity)...)
}

func (r *customFieldResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state customFieldModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := administrator(&r.Base, customFieldType, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	if err := client.DeleteCustomField(ctx, state.Field.ValueString()); err != nil {
		fail(&resp.Diagnostics, err, "delete", describeCustomField(state.Field.ValueString()), nil)
	}
}

func (r *customFieldResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	system.ImportParts(ctx, req, resp, "field")
}

func describeCustomField(field string) string {
	return fmt.Sprintf("Rocket.Chat custom field %q", field)
}

func expandCustomField(m customFieldModel) rocketchat.CustomField {
	options := []string{}
	for _, element := range m.Options.Elements() {
		if text, ok := element.(types.String); ok {
			options = append(options, text.ValueString())
		}
	}
	return rocketchat.CustomField{
		Field:        m.Field.ValueString(),
		Label:        m.Label.ValueString(),
		Scope:        m.Scope.ValueString(),
		Visibility:   m.Visibility.ValueString(),
		Type:         m.Type.ValueString(),
		Options:      strings.Join(options, ","),
		DefaultValue: m.DefaultValue.ValueString(),
		Regexp:       m.Regexp.ValueString(),
		Required:     m.Required.ValueBool(),
		Searchable:   m.Searchable.ValueBool(),
		Public:       m.Public.ValueBool(),
	}
}

// flattenCustomField writes what the server says into the model. A field without
// a type is of the type that the server takes it for.
func flattenCustomField(field rocketchat.CustomField, model *customFieldModel) {
	options := []attr.Value{}
	for option := range strings.SplitSeq(field.Options, ",") {
		if option = strings.TrimSpace(option); option != "" {
			options = append(options, types.StringValue(option))
		}
	}
	if field.Type == "" {
		field.Type = "input"
	}
	model.ID = types.StringValue(field.Field)
	model.Field = types.StringValue(field.Field)
	model.Label = types.StringValue(field.Label)
	model.Scope = types.StringValue(field.Scope)
	model.Visibility = types.StringValue(field.Visibility)
	model.Type = types.StringValue(field.Type)
	model.Options = types.ListValueMust(types.StringType, options)
	model.DefaultValue = types.StringValue(field.DefaultValue)
	model.Regexp = types.StringValue(field.Regexp)
	model.Required = types.BoolValue(field.Required)
	model.Searchable = types.BoolValue(field.Searchable)
	model.Public = types.BoolValue(field.Public)
}

// keepPlannedCustomField puts back each planned value that the server answered
// differently, with a warning.
func keepPlannedCustomField(plan customFieldModel, state *customFieldModel, diagnostics *diag.Diagnostics) {
	keepTexts(map[string][2]*types.String{
		"field":         {&plan.Field, &state.Field},
		"label":         {&plan.Label, &state.Label},
		"scope":         {&plan.Scope, &state.Scope},
		"visibility":    {&plan.Visibility, &state.Visibility},
		"type":          {&plan.Type, &state.Type},
		"default_value": {&plan.DefaultValue, &state.DefaultValue},
		"regexp":        {&plan.Regexp, &state.Regexp},
	}, diagnostics)
	keepBools(map[string][2]*types.Bool{
		"required":   {&plan.Required, &state.Required},
		"searchable": {&plan.Searchable, &state.Searchable},
		"public":     {&plan.Public, &state.Public},
	}, diagnostics)
	system.KeepPlanned(title, plan.Options, &state.Options, "options", diagnostics)
}

// identity is what tells the object from all others, by attribute.
func (m customFieldModel) identity() map[string]types.String {
	return map[string]types.String{"field": m.Field}
}

// saveCustomField writes state and identity.
func saveCustomField(ctx context.Context, model customFieldModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
