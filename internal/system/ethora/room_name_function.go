package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

var _ function.Function = roomNameFunction{}

type roomNameFunction struct{}

func newRoomNameFunction() function.Function { return roomNameFunction{} }

func (roomNameFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "ethora_room_name"
}

func (roomNameFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Name of an Ethora room in XMPP",
		MarkdownDescription: "Returns the name of a room in XMPP: `<app_id>_<room_id>`. No call is made, and the room need not exist.",
		Parameters: []function.Parameter{
			appIDParameter(),
			roomIDParameter(),
		},
		Return: function.StringReturn{},
	}
}

func roomIDParameter() function.StringParameter {
	return function.StringParameter{
		Name:                "room_id",
		MarkdownDescription: "Plain id of the room. Its name with the app's prefix and its address are accepted too.",
	}
}

func (roomNameFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var appID, roomID string
	if resp.Error = req.Arguments.Get(ctx, &appID, &roomID); resp.Error != nil {
		return
	}
	if roomID, resp.Error = plainArgument(1, appID, roomID, 1); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, ethora.RoomName(appID, roomID))
}
