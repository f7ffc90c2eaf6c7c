package rocketchat

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ action.ActionWithConfigure        = (*submitSurveyAction)(nil)
	_ action.ActionWithConfigValidators = (*submitSurveyAction)(nil)
)

type submitSurveyAction struct {
	system.Action[*tenant]
}

type submitSurveyModel struct {
	roomAction
	Satisfaction        types.Int64  `tfsdk:"satisfaction"`
	AgentKnowledge      types.Int64  `tfsdk:"agent_knowledge"`
	AgentResponsiveness types.Int64  `tfsdk:"agent_responsiveness"`
	AgentFriendliness   types.Int64  `tfsdk:"agent_friendliness"`
	AdditionalFeedback  types.String `tfsdk:"additional_feedback"`
}

func newSubmitSurveyAction() action.Action {
	return &submitSurveyAction{system.Action[*tenant]{Base: base}}
}

func (a *submitSurveyAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_submit_survey"
}

func (a *submitSurveyAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Answers the survey on a room of Rocket.Chat Livechat, as its visitor would. At least one answer is needed. Answers of before are replaced.",
		Attributes: roomAttributes("the visitor's, open or closed", map[string]schema.Attribute{
			"satisfaction":         surveyAnswer("How satisfied the visitor is"),
			"agent_knowledge":      surveyAnswer("How much the agent knew"),
			"agent_responsiveness": surveyAnswer("How quickly the agent answered"),
			"agent_friendliness":   surveyAnswer("How friendly the agent was"),
			"additional_feedback":  optionalText("What else the visitor has to say. Default: no answer."),
		}),
	}
}

func surveyAnswer(description string) schema.Int64Attribute {
	return schema.Int64Attribute{
		MarkdownDescription: description + ", from 1 (least) to 5. Default: no answer.",
		Optional:            true,
		Validators:          []validator.Int64{int64validator.Between(1, 5)},
	}
}

func (a *submitSurveyAction) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{actionvalidator.AtLeastOneOf(path.MatchRoot("satisfaction"), path.MatchRoot("agent_knowledge"),
		path.MatchRoot("agent_responsiveness"), path.MatchRoot("agent_friendliness"), path.MatchRoot("additional_feedback"))}
}

func (a *submitSurveyAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model submitSurveyModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	object := "the survey on " + describe("room", model.RoomID.ValueString())
	answers := model.answers()
	taken, err := client.SubmitSurvey(ctx, model.VisitorToken.ValueString(), model.RoomID.ValueString(), answers)
	if err != nil {
		failInRoom(&resp.Diagnostics, err, "submit", object)
		return
	}
	var dropped []string
	for _, answer := range answers {
		if _, kept := taken[answer.Name]; !kept {
			dropped = append(dropped, answer.Name)
		}
	}
	if len(dropped) > 0 {
		resp.Diagnostics.AddWarning("Rocket.Chat dropped answers of the survey",
			fmt.Sprintf("It did not take these: %s. Its survey may have other questions; chat_rocketchat_config tells them in survey_items.", strings.Join(dropped, ", ")))
	}
	tell(resp, fmt.Sprintf("Rocket.Chat took the answers %s.", strings.Join(slices.Sorted(maps.Keys(taken)), ", ")))
}

// answers are what there is to say, under Rocket.Chat's names. One of them is
// misspelt there.
func (m submitSurveyModel) answers() []rocketchat.SurveyAnswer {
	var answers []rocketchat.SurveyAnswer
	for _, one := range []struct {
		name  string
		value types.Int64
	}{
		{"satisfaction", m.Satisfaction}, {"agentKnowledge", m.AgentKnowledge},
		{"agentResposiveness", m.AgentResponsiveness}, {"agentFriendliness", m.AgentFriendliness},
	} {
		if !one.value.IsNull() {
			answers = append(answers, rocketchat.SurveyAnswer{Name: one.name, Value: strconv.FormatInt(one.value.ValueInt64(), 10)})
		}
	}
	if feedback := m.AdditionalFeedback.ValueString(); feedback != "" {
		answers = append(answers, rocketchat.SurveyAnswer{Name: "additionalFeedback", Value: feedback})
	}
	return answers
}
