package ethora

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

var _ function.Function = roomJIDFunction{}

type roomJIDFunction struct{}

func newRoomJIDFunction() function.Function { return roomJIDFunction{} }

func (roomJIDFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "ethora_room_jid"
}

func (roomJIDFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Address of an Ethora room in XMPP",
		MarkdownDescription: "Returns the address (JID) of a room in XMPP: `<app_id>_<room_id>@conference.<xmpp_host>`. " +
			"No call is made, and the room need not exist.",
		Parameters: []function.Parameter{
			appIDParameter(),
			roomIDParameter(),
		},
		VariadicParameter: function.StringParameter{
			Name: "xmpp_host",
			MarkdownDescription: "Host of the chat server, at most one. A self-hosted server has its own. " +
				"Default: that of a `room_id` written as an address, else Ethora's cloud, `" + ethora.DefaultXMPPHost + "`.",
		},
		Return: function.StringReturn{},
	}
}

// hostPattern accepts a host name or address, with or without a port.
var hostPattern = regexp.MustCompile(`^[^\s"&'/<>@]+$`)

func (roomJIDFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var appID, roomID string
	var hosts []string
	if resp.Error = req.Arguments.Get(ctx, &appID, &roomID, &hosts); resp.Error != nil {
		return
	}
	host := ethora.DefaultXMPPHost
	if name, err := ethora.ParseName(roomID); err == nil && name.Host != "" {
		host = name.Host
	}
	switch {
	case len(hosts) > 1:
		resp.Error = function.NewArgumentFuncError(3, fmt.Sprintf("%q is one xmpp_host too many: give one or none", hosts[1]))
		return
	case len(hosts) == 1 && !hostPattern.MatchString(hosts[0]):
		resp.Error = function.NewArgumentFuncError(2, fmt.Sprintf("%q is not a host: write it like %s", hosts[0], ethora.DefaultXMPPHost))
		return
	case len(hosts) == 1:
		host = hosts[0]
	}
	if roomID, resp.Error = plainArgument(1, appID, roomID, 1); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, ethora.RoomJID(appID, roomID, host))
}
