package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

var _ function.Function = xmppUsernameFunction{}

type xmppUsernameFunction struct{}

func newXMPPUsernameFunction() function.Function { return xmppUsernameFunction{} }

func (xmppUsernameFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "ethora_xmpp_username"
}

func (xmppUsernameFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Name of an Ethora user in XMPP",
		MarkdownDescription: "Returns the name of a user in XMPP: `<app_id>_<user_id>`. No call is made, and the user need not exist.",
		Parameters: []function.Parameter{
			appIDParameter(),
			function.StringParameter{
				Name:                "user_id",
				MarkdownDescription: "Plain id of the user. The name with the app's prefix and the user's address are accepted too.",
			},
		},
		Return: function.StringReturn{},
	}
}

func (xmppUsernameFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var appID, userID string
	if resp.Error = req.Arguments.Get(ctx, &appID, &userID); resp.Error != nil {
		return
	}
	if userID, resp.Error = plainArgument(1, appID, userID, 2); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, ethora.XMPPUsername(appID, userID))
}
