package rocketchat

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

type visitorModel struct {
	ID              types.String           `tfsdk:"id"`
	Token           types.String           `tfsdk:"token"`
	Username        types.String           `tfsdk:"username"`
	Name            types.String           `tfsdk:"name"`
	Email           system.CaseInsensitive `tfsdk:"email"`
	Phone           types.String           `tfsdk:"phone"`
	Department      types.String           `tfsdk:"department"`
	DepartmentID    types.String           `tfsdk:"department_id"`
	CustomFields    types.Map              `tfsdk:"custom_fields"`
	AdoptExisting   types.Bool             `tfsdk:"adopt_existing"`
	ForceCloseRooms types.Bool             `tfsdk:"force_close_rooms"`
	Timeouts        timeouts.Value         `tfsdk:"timeouts"`
}

// visitorAttributePaths maps Rocket.Chat's field names to attributes, for error
// marks.
var visitorAttributePaths = map[string]path.Path{
	"token":        path.Root("token"),
	"username":     path.Root("username"),
	"name":         path.Root("name"),
	"email":        path.Root("email"),
	"phone":        path.Root("phone"),
	"department":   path.Root("department"),
	"customFields": path.Root("custom_fields"),
}

// importedKey is true in the private state of a visitor that was imported and
// not changed since: what it has was not set by Terraform, and need not be taken
// away.
const importedKey = "imported"

// privateState is what all requests call Private.
type privateState interface {
	GetKey(context.Context, string) ([]byte, diag.Diagnostics)
}

func isImported(ctx context.Context, private privateState) bool {
	value, _ := private.GetKey(ctx, importedKey)
	return string(value) == "true"
}

const replaceText = "Removing it replaces the visitor."

func replaceWhenRemoved(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.IsNull() && !isImported(ctx, req.Private)
}

func replaceWhenKeyRemoved(ctx context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = len(removedKeys(req.PlanValue, req.StateValue)) > 0 && !isImported(ctx, req.Private)
}

// removedKeys are the keys that a map has lost.
func removedKeys(plan, prior types.Map) []string {
	removed := []string{}
	for _, key := range slices.Sorted(maps.Keys(prior.Elements())) {
		if _, kept := plan.Elements()[key]; !kept && !plan.IsUnknown() {
			removed = append(removed, key)
		}
	}
	return removed
}

// removedAttribute is one that a plan removes.
type removedAttribute struct {
	name string
	path path.Path
}

func removedAttributes(plan, prior visitorModel) []removedAttribute {
	var removed []removedAttribute
	for _, one := range []struct {
		attribute   string
		plan, prior attr.Value
	}{
		{"name", plan.Name, prior.Name}, {"email", plan.Email, prior.Email},
		{"phone", plan.Phone, prior.Phone}, {"department", plan.Department, prior.Department},
	} {
		if one.plan.IsNull() && !one.prior.IsNull() {
			removed = append(removed, removedAttribute{one.attribute, path.Root(one.attribute)})
		}
	}
	if keys := removedKeys(plan.CustomFields, prior.CustomFields); len(keys) > 0 {
		removed = append(removed, removedAttribute{"the custom field " + strings.Join(keys, ", "), path.Root("custom_fields")})
	}
	return removed
}

// withToken is the model of a visitor to create, with a token and without what
// only the server knows.
func (m visitorModel) withToken() visitorModel {
	if m.Token.IsUnknown() {
		m.Token = types.StringValue(rocketchat.NewVisitorToken())
	}
	m.ID, m.DepartmentID = types.StringNull(), types.StringNull()
	if m.Username.IsUnknown() {
		m.Username = types.StringNull()
	}
	return m
}

// addresses are what Rocket.Chat knows a visitor by, besides the token.
func (m visitorModel) addresses() []string {
	return []string{strings.ToLower(m.Email.ValueString()), m.Phone.ValueString()}
}

// names are all by which the visitor may be found when it is adopted.
func (m visitorModel) names() []string {
	return slices.DeleteFunc(append(m.addresses(), m.Token.ValueString()), func(name string) bool { return name == "" })
}

func describeVisitor(m visitorModel) string {
	object := describe("visitor", m.ID.ValueString())
	if name := m.Name.ValueString(); name != "" {
		object += fmt.Sprintf(" %q", name)
	}
	return object
}

func expandVisitor(m visitorModel) rocketchat.VisitorFields {
	return rocketchat.VisitorFields{
		Token:        m.Token.ValueString(),
		Username:     m.Username.ValueString(),
		Name:         m.Name.ValueString(),
		Email:        m.Email.ValueString(),
		Phone:        m.Phone.ValueString(),
		Department:   m.Department.ValueString(),
		CustomFields: textsOf(m.CustomFields),
	}
}

// textsOf are the elements of a map of texts.
func textsOf(m types.Map) map[string]string {
	texts := map[string]string{}
	for key, element := range m.Elements() {
		if text, ok := element.(types.String); ok {
			texts[key] = text.ValueString()
		}
	}
	return texts
}

// visitorChanged is true when a plan has a value that the server does not have.
func visitorChanged(plan, prior visitorModel) bool {
	for _, one := range [][2]attr.Value{
		{plan.Name, prior.Name}, {plan.Email, prior.Email}, {plan.Phone, prior.Phone}, {plan.Department, prior.Department},
	} {
		if !one[0].IsNull() && !one[0].Equal(one[1]) {
			return true
		}
	}
	had := textsOf(prior.CustomFields)
	for key, value := range textsOf(plan.CustomFields) {
		if old, has := had[key]; !has || old != value {
			return true
		}
	}
	return false
}

// flattenVisitor writes what the server says into the model. What the
// configuration does not set is left alone: visitors enter their own data.
func flattenVisitor(visitor rocketchat.Visitor, model *visitorModel) {
	model.ID = types.StringValue(visitor.ID)
	model.Username = types.StringValue(visitor.Username)
	flattenManaged(visitor.Name, &model.Name)
	flattenManaged(visitor.Phone, &model.Phone)
	if !model.Email.IsNull() {
		model.Email = toldEmail(visitor.Email)
	}
	if !model.Department.IsNull() && visitor.Department != model.DepartmentID.ValueString() {
		model.Department, model.DepartmentID = toldText(visitor.Department), toldText(visitor.Department)
	}
	if model.CustomFields.IsNull() {
		return
	}
	values := map[string]attr.Value{}
	for key := range model.CustomFields.Elements() {
		if value, has := visitor.CustomFields[key]; has {
			values[key] = types.StringValue(value)
		}
	}
	model.CustomFields = types.MapValueMust(types.StringType, values)
}

// flattenWritten is flattenVisitor after a write: the department that the server
// has then is the one that the configuration names.
func flattenWritten(visitor rocketchat.Visitor, model *visitorModel) {
	if !model.Department.IsNull() {
		model.DepartmentID = toldText(visitor.Department)
	}
	flattenVisitor(visitor, model)
}

func flattenManaged(told string, value *types.String) {
	if !value.IsNull() {
		*value = toldText(told)
	}
}

func toldEmail(email string) system.CaseInsensitive {
	if email == "" {
		return system.CaseInsensitive{StringValue: types.StringNull()}
	}
	return system.NewCaseInsensitive(email)
}

// takeAll writes all that the server says of a visitor, of whom nothing is known
// yet.
func takeAll(visitor rocketchat.Visitor, model *visitorModel) {
	model.Name, model.Phone, model.Email = toldText(visitor.Name), toldText(visitor.Phone), toldEmail(visitor.Email)
	model.Department, model.DepartmentID = toldText(visitor.Department), toldText(visitor.Department)
	model.CustomFields = types.MapNull(types.StringType)
	if len(visitor.CustomFields) > 0 {
		values := map[string]attr.Value{}
		for key, value := range visitor.CustomFields {
			values[key] = types.StringValue(value)
		}
		model.CustomFields = types.MapValueMust(types.StringType, values)
	}
}

// keepPlannedVisitor puts back each planned value that the server answered
// differently, with a warning; custom fields that it dropped are an error.
func keepPlannedVisitor(plan visitorModel, visitor rocketchat.Visitor, state *visitorModel, diagnostics *diag.Diagnostics) {
	if dropped := removedKeys(state.CustomFields, plan.CustomFields); len(dropped) > 0 {
		diagnostics.AddAttributeError(path.Root("custom_fields"), "Rocket.Chat dropped custom fields",
			fmt.Sprintf("%s was stored without %s. Rocket.Chat keeps only custom fields that are defined with the scope visitor and are visible, and drops others without a word. "+
				"Define them (chat_rocketchat_custom_field), and let custom_fields refer to the definitions, so that Terraform makes those first; or remove them here.",
				describeVisitor(*state), strings.Join(dropped, ", ")))
	} else {
		system.KeepPlanned(title, plan.CustomFields, &state.CustomFields, "custom_fields", diagnostics)
	}
	system.KeepPlanned(title, plan.Username, &state.Username, "username", diagnostics)
	system.KeepPlanned(title, plan.Name, &state.Name, "name", diagnostics)
	system.KeepPlanned(title, plan.Phone, &state.Phone, "phone", diagnostics)
	system.KeepPlanned(title, plan.Department, &state.Department, "department", diagnostics)
	if strings.EqualFold(visitor.Email, plan.Email.ValueString()) {
		state.Email = plan.Email
	}
	system.KeepPlanned(title, plan.Email, &state.Email, "email", diagnostics)
}

// identity is what tells the object from all others, by attribute.
func (m visitorModel) identity() map[string]types.String {
	return map[string]types.String{"id": types.StringValue(m.ID.ValueString())}
}

// saveVisitor writes state and identity.
func saveVisitor(ctx context.Context, model visitorModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
