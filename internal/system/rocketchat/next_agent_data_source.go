package rocketchat

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*nextAgentDataSource)(nil)

type nextAgentDataSource struct {
	system.DataSource[*tenant]
}

type nextAgentDataModel struct {
	VisitorToken types.String `tfsdk:"visitor_token"`
	DepartmentID types.String `tfsdk:"department_id"`
	agentRow
}

func newNextAgentDataSource() datasource.DataSource {
	return &nextAgentDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *nextAgentDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_next_agent"
}

func (d *nextAgentDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := agentAttributes("when the visitor has an open room, for which Rocket.Chat names nobody, and when no agent is online")
	attributes["visitor_token"] = tokenArgument("Token of the visitor. Rocket.Chat does not look whether it is one's.", true)
	attributes["department_id"] = optionalArgument("Id of the department. Default: where Rocket.Chat sends visitors who choose none.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "The agent who would serve the next room of a visitor of Rocket.Chat Livechat.\n\n" +
			"**Each read takes the agent's turn**: Rocket.Chat counts it as if a room had been opened, so that the next visitor goes to another agent. Every plan reads the data source again. " +
			"Do not let an argument depend on it that replaces something.",
		Attributes: attributes,
	}
}

func (d *nextAgentDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model nextAgentDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	agent, err := client.NextAgent(ctx, model.VisitorToken.ValueString(), model.DepartmentID.ValueString())
	if err != nil && !rocketchat.HasCode(err, rocketchat.CodeAgentNotFound) {
		fail(&resp.Diagnostics, err, "read", "the next agent of Rocket.Chat", nil)
		return
	}
	model.agentRow = flattenAgentRow(agent)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
