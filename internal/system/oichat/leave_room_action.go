package oichat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ action.ActionWithConfigure  = (*leaveRoomAction)(nil)
	_ action.ActionWithModifyPlan = (*leaveRoomAction)(nil)
)

type leaveRoomAction struct {
	system.Action[*tenant]
}

type leaveRoomModel struct {
	RoomID types.String `tfsdk:"room_id"`
	UserID types.String `tfsdk:"user_id"`
}

func newLeaveRoomAction() action.Action {
	return &leaveRoomAction{system.Action[*tenant]{Base: base}}
}

func (a *leaveRoomAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_leave_room"
}

func (a *leaveRoomAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lets a user leave a room of the OiChat project, as the user could do alone. " +
			"When the last participant leaves, OiChat destroys the room; the action says whether it did. " +
			"A `chat_oichat_room` that was destroyed leaves the state at the next plan, which proposes to create it again.",
		Attributes: map[string]schema.Attribute{
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room, as OiChat chose it.",
				Required:            true,
				Validators:          idValidators(),
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Id of the user who leaves: a participant of the room.",
				Required:            true,
				Validators:          idValidators(),
			},
		},
	}
}

// ModifyPlan refuses to plan what can't be applied: missing settings.
func (a *leaveRoomAction) ModifyPlan(_ context.Context, _ action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.Known(&resp.Diagnostics)
}

func (a *leaveRoomAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model leaveRoomModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	roomID, userID := model.RoomID.ValueString(), model.UserID.ValueString()
	destroyed, err := client.Leave(ctx, roomID, userID, "")
	if err != nil {
		fail(&resp.Diagnostics, err, "let the user leave:", describeParticipant(roomID, userID), map[string]path.Path{"user_id": path.Root("user_id")})
		return
	}
	words := fmt.Sprintf("%s has left %s. The room was not destroyed", userID, describeRoom(roomID))
	if destroyed {
		words = fmt.Sprintf("%s has left %s. Nobody was left in it, so OiChat destroyed the room", userID, describeRoom(roomID))
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: words})
}
