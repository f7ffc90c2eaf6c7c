package rocketchat

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*agentDataSource)(nil)

type agentDataSource struct {
	system.DataSource[*tenant]
}

type agentDataModel struct {
	RoomID       types.String `tfsdk:"room_id"`
	VisitorToken types.String `tfsdk:"visitor_token"`
	agentRow
}

func newAgentDataSource() datasource.DataSource {
	return &agentDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *agentDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_agent"
}

func (d *agentDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := agentAttributes("when nobody serves the room")
	attributes["room_id"] = requiredArgument("Id of the room, open or closed. One that is not the visitor's is an error.")
	attributes["visitor_token"] = tokenArgument("Token of the visitor whose room it is.", true)
	resp.Schema = schema.Schema{
		MarkdownDescription: "The agent who serves a room of Rocket.Chat Livechat. Agents pass rooms on, so each plan may see another one: do not let an argument depend on it that replaces something.",
		Attributes:          attributes,
	}
}

func (d *agentDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model agentDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	roomID := model.RoomID.ValueString()
	agent, err := client.AgentOfRoom(ctx, model.VisitorToken.ValueString(), roomID)
	switch {
	case rocketchat.HasCode(err, rocketchat.CodeInvalidAgent): // nobody does
		model.agentRow = flattenAgentRow(nil)
	case err != nil:
		failInRoom(&resp.Diagnostics, err, "read", "the agent of "+describe("room", roomID))
		return
	default:
		model.agentRow = flattenAgentRow(&agent)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
