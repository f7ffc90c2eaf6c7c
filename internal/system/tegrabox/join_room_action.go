package tegrabox

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*joinRoomAction)(nil)

type joinRoomAction struct {
	system.Action[*tenant]
}

func newJoinRoomAction() action.Action {
	return &joinRoomAction{system.Action[*tenant]{Base: base}}
}

func (a *joinRoomAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_join_room"
}

func (a *joinRoomAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lets a user join a TegraBox room. One who is a member already stays one. " +
			"TegraBox does not tell who the members of a room are, so no plan shows when a user has left.",
		Attributes: membershipAttributes(),
	}
}

func (a *joinRoomAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
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
	err := client.JoinRoom(ctx, roomID, token)
	switch {
	case rest.IsKind(err, rest.NotFound):
		failLookup(&resp.Diagnostics, err, "TegraBox room "+roomID, "room_id")
	case err != nil:
		failAsUser(&resp.Diagnostics, err, "join", "TegraBox room "+roomID)
	default:
		tell(resp, fmt.Sprintf("%s is a member of room %s.", model.who(), roomID))
	}
}
