package rocketchat

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

type departmentModel struct {
	ID                               types.String   `tfsdk:"id"`
	Name                             types.String   `tfsdk:"name"`
	Email                            types.String   `tfsdk:"email"`
	Enabled                          types.Bool     `tfsdk:"enabled"`
	ShowOnRegistration               types.Bool     `tfsdk:"show_on_registration"`
	ShowOnOfflineForm                types.Bool     `tfsdk:"show_on_offline_form"`
	Agents                           types.Map      `tfsdk:"agents"`
	Description                      types.String   `tfsdk:"description"`
	RequestTagBeforeClosingChat      types.Bool     `tfsdk:"request_tag_before_closing_chat"`
	ChatClosingTags                  types.Set      `tfsdk:"chat_closing_tags"`
	OfflineMessageChannelName        types.String   `tfsdk:"offline_message_channel_name"`
	AbandonedRoomsCloseCustomMessage types.String   `tfsdk:"abandoned_rooms_close_custom_message"`
	WaitingQueueMessage              types.String   `tfsdk:"waiting_queue_message"`
	FallbackForwardDepartment        types.String   `tfsdk:"fallback_forward_department"`
	DepartmentsAllowedToForward      types.Set      `tfsdk:"departments_allowed_to_forward"`
	AllowReceiveForwardOffline       types.Bool     `tfsdk:"allow_receive_forward_offline"`
	UnitID                           types.String   `tfsdk:"unit_id"`
	OnDestroy                        types.String   `tfsdk:"on_destroy"`
	Timeouts                         timeouts.Value `tfsdk:"timeouts"`
}

// departmentAttributePaths maps Rocket.Chat's field names to attributes, for
// error marks.
var departmentAttributePaths = map[string]path.Path{
	"name":   path.Root("name"),
	"email":  path.Root("email"),
	"agents": path.Root("agents"),
}

// agentType is an element of agents.
var agentType = types.ObjectType{AttrTypes: map[string]attr.Type{"order": types.Int64Type}}

// expandAgents are the agents of the configuration, nil when they are left
// alone. Those who are there already keep their count.
func (m departmentModel) expandAgents(current []rocketchat.DepartmentAgent) []rocketchat.DepartmentAgent {
	if m.Agents.IsNull() || m.Agents.IsUnknown() {
		return nil
	}
	counts := map[string]int{}
	for _, agent := range current {
		counts[agent.AgentID] = agent.Count
	}
	agents := []rocketchat.DepartmentAgent{}
	for _, id := range slices.Sorted(maps.Keys(m.Agents.Elements())) {
		agent := rocketchat.DepartmentAgent{AgentID: id, Count: counts[id]}
		if element, ok := m.Agents.Elements()[id].(types.Object); ok {
			if order, ok := element.Attributes()["order"].(types.Int64); ok {
				agent.Order = int(order.ValueInt64())
			}
		}
		agents = append(agents, agent)
	}
	return agents
}

// flattenAgents are the agents as the server tells them; null when it does not.
func flattenAgents(agents []rocketchat.DepartmentAgent) types.Map {
	if agents == nil {
		return types.MapNull(agentType)
	}
	elements := map[string]attr.Value{}
	for _, agent := range agents {
		elements[agent.AgentID] = types.ObjectValueMust(agentType.AttrTypes, map[string]attr.Value{"order": types.Int64Value(int64(agent.Order))})
	}
	return types.MapValueMust(agentType, elements)
}

func expandDepartment(m departmentModel) rocketchat.DepartmentFields {
	return rocketchat.DepartmentFields{
		Name:                             m.Name.ValueString(),
		Email:                            m.Email.ValueString(),
		Enabled:                          m.Enabled.ValueBool(),
		ShowOnRegistration:               m.ShowOnRegistration.ValueBool(),
		ShowOnOfflineForm:                m.ShowOnOfflineForm.ValueBool(),
		Description:                      textPointer(m.Description),
		RequestTagBeforeClosingChat:      boolPointer(m.RequestTagBeforeClosingChat),
		ChatClosingTags:                  textsPointer(m.ChatClosingTags),
		OfflineMessageChannelName:        textPointer(m.OfflineMessageChannelName),
		AbandonedRoomsCloseCustomMessage: textPointer(m.AbandonedRoomsCloseCustomMessage),
		WaitingQueueMessage:              textPointer(m.WaitingQueueMessage),
		FallbackForwardDepartment:        textPointer(m.FallbackForwardDepartment),
		DepartmentsAllowedToForward:      textsPointer(m.DepartmentsAllowedToForward),
		AllowReceiveForwardOffline:       boolPointer(m.AllowReceiveForwardOffline),
		UnitID:                           m.UnitID.ValueString(),
	}
}

// textPointer is nil for what the server is to leave alone.
func textPointer(value types.String) *string {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	return value.ValueStringPointer()
}

func boolPointer(value types.Bool) *bool {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	return value.ValueBoolPointer()
}

func textsPointer(set types.Set) *[]string {
	if set.IsNull() || set.IsUnknown() {
		return nil
	}
	texts := system.KnownTexts(set)
	return &texts
}

func textSet(texts []string) types.Set {
	elements := make([]attr.Value, 0, len(texts))
	for _, text := range texts {
		elements = append(elements, types.StringValue(text))
	}
	return types.SetValueMust(types.StringType, elements)
}

// flattenDepartment writes what the server says into the model. Agents that the
// configuration leaves alone are left out.
func flattenDepartment(department rocketchat.Department, model *departmentModel) {
	model.ID = types.StringValue(department.ID)
	model.Name = types.StringValue(department.Name)
	model.Email = types.StringValue(department.Email)
	model.Enabled = types.BoolValue(department.Enabled)
	model.ShowOnRegistration = types.BoolValue(department.ShowOnRegistration)
	model.ShowOnOfflineForm = types.BoolValue(department.ShowOnOfflineForm)
	if !model.Agents.IsNull() && department.Agents != nil {
		model.Agents = flattenAgents(department.Agents)
	}
	model.Description = types.StringValue(department.Description)
	model.RequestTagBeforeClosingChat = types.BoolValue(department.RequestTagBeforeClosingChat)
	model.ChatClosingTags = textSet(department.ChatClosingTags)
	model.OfflineMessageChannelName = types.StringValue(department.OfflineMessageChannelName)
	model.AbandonedRoomsCloseCustomMessage = types.StringValue(department.AbandonedRoomsCloseCustomMessage)
	model.WaitingQueueMessage = types.StringValue(department.WaitingQueueMessage)
	model.FallbackForwardDepartment = types.StringValue(department.FallbackForwardDepartment)
	model.DepartmentsAllowedToForward = textSet(department.DepartmentsAllowedToForward)
	model.AllowReceiveForwardOffline = types.BoolValue(department.AllowReceiveForwardOffline)
	model.UnitID = types.StringValue(department.UnitID)
}

// departmentChanged is true when a plan differs from what the server has.
func departmentChanged(plan, prior departmentModel) bool {
	for _, one := range [][2]attr.Value{
		{plan.Name, prior.Name}, {plan.Email, prior.Email}, {plan.Enabled, prior.Enabled},
		{plan.ShowOnRegistration, prior.ShowOnRegistration}, {plan.ShowOnOfflineForm, prior.ShowOnOfflineForm},
		{plan.Description, prior.Description}, {plan.RequestTagBeforeClosingChat, prior.RequestTagBeforeClosingChat},
		{plan.ChatClosingTags, prior.ChatClosingTags}, {plan.OfflineMessageChannelName, prior.OfflineMessageChannelName},
		{plan.AbandonedRoomsCloseCustomMessage, prior.AbandonedRoomsCloseCustomMessage}, {plan.WaitingQueueMessage, prior.WaitingQueueMessage},
		{plan.FallbackForwardDepartment, prior.FallbackForwardDepartment}, {plan.DepartmentsAllowedToForward, prior.DepartmentsAllowedToForward},
		{plan.AllowReceiveForwardOffline, prior.AllowReceiveForwardOffline}, {plan.UnitID, prior.UnitID},
	} {
		if !one[0].Equal(one[1]) {
			return true
		}
	}
	return !plan.Agents.IsNull() && !plan.Agents.Equal(prior.Agents)
}

// keepPlannedDepartment puts back each planned value that the server answered
// differently, with a warning.
func keepPlannedDepartment(plan departmentModel, state *departmentModel, diagnostics *diag.Diagnostics) {
	keepTexts(map[string][2]*types.String{
		"name":                                 {&plan.Name, &state.Name},
		"email":                                {&plan.Email, &state.Email},
		"description":                          {&plan.Description, &state.Description},
		"offline_message_channel_name":         {&plan.OfflineMessageChannelName, &state.OfflineMessageChannelName},
		"abandoned_rooms_close_custom_message": {&plan.AbandonedRoomsCloseCustomMessage, &state.AbandonedRoomsCloseCustomMessage},
		"waiting_queue_message":                {&plan.WaitingQueueMessage, &state.WaitingQueueMessage},
		"fallback_forward_department":          {&plan.FallbackForwardDepartment, &state.FallbackForwardDepartment},
		"unit_id":                              {&plan.UnitID, &state.UnitID},
	}, diagnostics)
	keepBools(map[string][2]*types.Bool{
		"enabled":                         {&plan.Enabled, &state.Enabled},
		"show_on_registration":            {&plan.ShowOnRegistration, &state.ShowOnRegistration},
		"show_on_offline_form":            {&plan.ShowOnOfflineForm, &state.ShowOnOfflineForm},
		"request_tag_before_closing_chat": {&plan.RequestTagBeforeClosingChat, &state.RequestTagBeforeClosingChat},
		"allow_receive_forward_offline":   {&plan.AllowReceiveForwardOffline, &state.AllowReceiveForwardOffline},
	}, diagnostics)
	system.KeepPlanned(title, plan.Agents, &state.Agents, "agents", diagnostics)
	system.KeepPlanned(title, plan.ChatClosingTags, &state.ChatClosingTags, "chat_closing_tags", diagnostics)
	system.KeepPlanned(title, plan.DepartmentsAllowedToForward, &state.DepartmentsAllowedToForward, "departments_allowed_to_forward", diagnostics)
}

// keepTexts and keepBools keep several planned values, by attribute.
func keepTexts(values map[string][2]*types.String, diagnostics *diag.Diagnostics) {
	for _, attribute := range slices.Sorted(maps.Keys(values)) {
		system.KeepPlanned(title, *values[attribute][0], values[attribute][1], attribute, diagnostics)
	}
}

func keepBools(values map[string][2]*types.Bool, diagnostics *diag.Diagnostics) {
	for _, attribute := range slices.Sorted(maps.Keys(values)) {
		system.KeepPlanned(title, *values[attribute][0], values[attribute][1], attribute, diagnostics)
	}
}

// identity is what tells the object from all others, by attribute.
func (m departmentModel) identity() map[string]types.String {
	return map[string]types.String{"id": m.ID}
}

// saveDepartment writes state and identity.
func saveDepartment(ctx context.Context, model departmentModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
