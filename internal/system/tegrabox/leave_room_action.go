package tegrabox

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*leaveRoomAction)(nil)

type leaveRoomAction struct {
	system.Action[*tenant]
}

func newLeaveRoomAction() action.Action {
	return &leaveRoomAction{system.Action[*tenant]{Base: base}}
}

func (a *leaveRoomAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_leave_room"
}

func (a *leaveRoomAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lets a user leave a TegraBox room. One who is no member need not leave it, and that is no error.",
		Attributes:          membershipAttributes(),
	}
}

func (a *leaveRoomAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model membershipModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	token := model.token(ctx, client, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	roomID := model.RoomID.ValueString()
	err := client.LeaveRoom(ctx, roomID, token)
	if rest.IsKind(err, rest.NotFound) {
		// TegraBox does not find the room, or the member.
		if _, err = client.GetRoom(ctx, roomID); err != nil {
			failLookup(&resp.Diagnostics, err, "TegraBox room "+roomID, "room_id")
			return
		}
	}
	if err != nil {
		failAsUser(&resp.Diagnostics, err, "leave", "TegraBox room "+roomID)
		return
	}
	tell(resp, fmt.Sprintf("%s is no member of room %s.", model.who(), roomID))
}
