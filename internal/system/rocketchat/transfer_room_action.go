package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*transferRoomAction)(nil)

type transferRoomAction struct {
	system.Action[*tenant]
}

type transferRoomModel struct {
	roomAction
	DepartmentID types.String `tfsdk:"department_id"`
}

func newTransferRoomAction() action.Action {
	return &transferRoomAction{system.Action[*tenant]{Base: base}}
}

func (a *transferRoomAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_transfer_room"
}

func (a *transferRoomAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Passes a room of Rocket.Chat Livechat on to another department, as its visitor would. An agent there must be online, and be another one than serves the room. " +
			"No plan shows where a room is: departments and agents pass rooms on as they like.",
		Attributes: roomAttributes("open", map[string]schema.Attribute{
			"department_id": requiredText("Id of the department, which must be another one than the room is in. A name does not do."),
		}),
	}
}

func (a *transferRoomAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model transferRoomModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	object := describe("room", model.RoomID.ValueString())
	err := client.TransferRoom(ctx, model.VisitorToken.ValueString(), model.RoomID.ValueString(), model.DepartmentID.ValueString())
	switch {
	case rocketchat.HasCode(err, "error-invalid-department"):
		noSuch(&resp.Diagnostics, "Rocket.Chat department", "department_id")
	case err != nil:
		failInRoom(&resp.Diagnostics, err, "transfer", object)
	default:
		tell(resp, fmt.Sprintf("%s is in department %s.", object, model.DepartmentID.ValueString()))
	}
}
