package rocketchat

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*configDataSource)(nil)

type configDataSource struct {
	system.DataSource[*tenant]
}

type configModel struct {
	VisitorToken types.String          `tfsdk:"visitor_token"`
	Department   types.String          `tfsdk:"department"`
	BusinessUnit types.String          `tfsdk:"business_unit"`
	Enabled      types.Bool            `tfsdk:"enabled"`
	Online       types.Bool            `tfsdk:"online"`
	Departments  []configDepartmentRow `tfsdk:"departments"`
	SurveyItems  []types.String        `tfsdk:"survey_items"`
	SurveyValues []types.String        `tfsdk:"survey_values"`
	VisitorID    types.String          `tfsdk:"visitor_id"`
	RoomID       types.String          `tfsdk:"room_id"`
	AgentID      types.String          `tfsdk:"agent_id"`
	Settings     jsontypes.Normalized  `tfsdk:"settings"`
	Theme        jsontypes.Normalized  `tfsdk:"theme"`
	Messages     jsontypes.Normalized  `tfsdk:"messages"`
	Resources    jsontypes.Normalized  `tfsdk:"resources"`
	Triggers     jsontypes.Normalized  `tfsdk:"triggers"`
}

// configDepartmentRow is a department that the widget offers.
type configDepartmentRow struct {
	ID                 types.String `tfsdk:"id"`
	Name               types.String `tfsdk:"name"`
	ShowOnRegistration types.Bool   `tfsdk:"show_on_registration"`
	ShowOnOfflineForm  types.Bool   `tfsdk:"show_on_offline_form"`
}

func newConfigDataSource() datasource.DataSource {
	return &configDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *configDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_config"
}

func (d *configDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "How the Livechat widget is set up, and what a visitor finds there.",
		Attributes: map[string]schema.Attribute{
			"visitor_token": tokenArgument("Token of a visitor, who is looked up too. A token that is no visitor's is no error. Default: nobody's.", false),
			"department":    optionalArgument("Id of a department; `online` is about its agents then. Default: all."),
			"business_unit": optionalArgument("Id of the business unit whose departments are told. Only some editions of Rocket.Chat know them. Default: all."),
			"enabled":       system.ComputedBool("Whether Omnichannel is switched on. When it is not, all that follows is empty."),
			"online":        system.ComputedBool("Whether an agent is online."),
			"departments": schema.ListNestedAttribute{
				MarkdownDescription: "The departments that visitors see.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                   system.ComputedText("Id of the department."),
					"name":                 system.ComputedText("Name of the department."),
					"show_on_registration": system.ComputedBool("Whether visitors may choose it when they begin a conversation."),
					"show_on_offline_form": system.ComputedBool("Whether visitors may choose it when they leave an offline message."),
				}},
			},
			"survey_items":  configTexts("Questions of the survey, as Rocket.Chat spells them."),
			"survey_values": configTexts("Answers to each of them."),
			"visitor_id":    system.ComputedText("Id of the visitor. Null when the token is nobody's."),
			"room_id":       system.ComputedText("Id of the visitor's open room. Null for none."),
			"agent_id":      system.ComputedText("Id of the agent who serves that room. Null for nobody, and when the server hides it."),
			"settings":      configJSON("Settings of the widget"),
			"theme":         configJSON("Looks of the widget"),
			"messages":      configJSON("Texts of the widget"),
			"resources":     configJSON("Sound and emojis of the widget"),
			"triggers":      configJSON("What makes the widget open by itself"),
		},
	}
}

func configTexts(description string) schema.ListAttribute {
	return schema.ListAttribute{MarkdownDescription: description, ElementType: types.StringType, Computed: true}
}

// configJSON is a part that differs by the server's version.
func configJSON(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description + ", as JSON: `jsondecode` makes a value of it. What is in it depends on the version of Rocket.Chat.",
		CustomType:          jsontypes.NormalizedType{},
		Computed:            true,
	}
}

func (d *configDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model configModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	config, err := client.GetConfig(ctx, rocketchat.ConfigQuery{
		Token: model.VisitorToken.ValueString(), Department: model.Department.ValueString(), BusinessUnit: model.BusinessUnit.ValueString(),
	})
	if err != nil {
		fail(&resp.Diagnostics, err, "read", "the configuration of Rocket.Chat Livechat", nil)
		return
	}
	flattenConfig(config, &model)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenConfig(config rocketchat.LivechatConfig, model *configModel) {
	model.Enabled = types.BoolValue(config.Enabled)
	model.Online = types.BoolValue(config.Online)
	model.Departments = []configDepartmentRow{}
	for _, department := range config.Departments {
		model.Departments = append(model.Departments, configDepartmentRow{
			ID:                 types.StringValue(department.ID),
			Name:               types.StringValue(department.Name),
			ShowOnRegistration: types.BoolValue(department.ShowOnRegistration),
			ShowOnOfflineForm:  types.BoolValue(department.ShowOnOfflineForm),
		})
	}
	model.SurveyItems, model.SurveyValues = textList(config.SurveyItems), textList(config.SurveyValues)
	model.VisitorID, model.RoomID, model.AgentID = toldText(config.Visitor.ID), toldText(config.Room.ID), toldText(config.Agent.ID)
	model.Settings = jsonOf(config.Settings, "{}")
	model.Theme = jsonOf(config.Theme, "{}")
	model.Messages = jsonOf(config.Messages, "{}")
	model.Resources = jsonOf(config.Resources, "{}")
	model.Triggers = jsonOf(config.Triggers, "[]")
}

func textList(texts []string) []types.String {
	list := []types.String{}
	for _, text := range texts {
		list = append(list, types.StringValue(text))
	}
	return list
}

// jsonOf writes what came as JSON, and so can be written as JSON. What was not
// told is empty.
func jsonOf(value any, empty string) jsontypes.Normalized {
	text, err := json.Marshal(value)
	if err != nil || string(text) == "null" {
		return jsontypes.NewNormalizedValue(empty)
	}
	return jsontypes.NewNormalizedValue(string(text))
}
