package rocketchat

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// requiredArgument is what a data source can't do without.
func requiredArgument(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Required: true, Validators: textValidators()}
}

// optionalArgument narrows what a data source reads.
func optionalArgument(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: textValidators()}
}

// tokenArgument is the token of a visitor.
func tokenArgument(description string, required bool) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description + " It is a credential and stands in the state.",
		Required:            required,
		Optional:            !required,
		Sensitive:           true,
		Validators:          tokenValidators(),
	}
}

// agentRow is an agent as data sources show it.
type agentRow struct {
	ID                        types.String   `tfsdk:"id"`
	Username                  types.String   `tfsdk:"username"`
	Name                      types.String   `tfsdk:"name"`
	Status                    types.String   `tfsdk:"status"`
	Emails                    []types.String `tfsdk:"emails"`
	MaxNumberSimultaneousChat types.String   `tfsdk:"max_number_simultaneous_chat"`
	HiddenInfo                types.Bool     `tfsdk:"hidden_info"`
}

// agentAttributes are those of an agentRow. nobody says when there is no agent.
func agentAttributes(nobody string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":       system.ComputedText("Id of the agent's user. Null " + nobody + ", and when the server hides who it is."),
		"username": system.ComputedText("Username of the agent. Null as `id` is."),
		"name":     system.ComputedText("Name of the agent. Null as `id` is."),
		"status":   system.ComputedText("Status of the agent, such as `online`. Null when Rocket.Chat does not tell it."),
		"emails": schema.ListAttribute{
			MarkdownDescription: "E-mail addresses of the agent. Empty unless the server's settings let visitors see them (`Livechat_show_agent_email`).",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"max_number_simultaneous_chat": system.ComputedText("How many conversations the agent takes at once, as text. Null for no limit, and when Rocket.Chat does not tell it."),
		"hidden_info":                  system.ComputedBool("Whether there is an agent, but the server's settings hide who it is (`Livechat_show_agent_info`)."),
	}
}

// flattenAgentRow is an agent; nil is nobody.
func flattenAgentRow(agent *rocketchat.Agent) agentRow {
	if agent == nil {
		agent = &rocketchat.Agent{}
	}
	emails := []types.String{}
	for _, email := range agent.Emails {
		emails = append(emails, types.StringValue(email))
	}
	return agentRow{
		ID:                        toldText(agent.ID),
		Username:                  toldText(agent.Username),
		Name:                      toldText(agent.Name),
		Status:                    toldText(agent.Status),
		Emails:                    emails,
		MaxNumberSimultaneousChat: toldText(agent.MaxSimultaneousChat),
		HiddenInfo:                types.BoolValue(agent.Hidden),
	}
}
