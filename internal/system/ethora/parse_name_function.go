package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

var _ function.Function = parseNameFunction{}

type parseNameFunction struct{}

// parsedName is the result of ethora_parse_name.
type parsedName struct {
	AppID types.String `tfsdk:"app_id"`
	ID    types.String `tfsdk:"id"`
	Host  types.String `tfsdk:"host"`
	Room  types.Bool   `tfsdk:"room"`
}

func newParseNameFunction() function.Function { return parseNameFunction{} }

func (parseNameFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "ethora_parse_name"
}

func (parseNameFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Parts of an Ethora name or address",
		MarkdownDescription: "Takes apart the name or address (JID) of an Ethora room or user, and returns an object with\n\n" +
			"- `app_id`: id of the app;\n" +
			"- `id`: plain id of the room or user;\n" +
			"- `host`: host of the chat server, without `conference.`; null when the name has no host;\n" +
			"- `room`: whether it is a room; null when the name has no host, for it can't be known then.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "name",
				MarkdownDescription: "A name, `<app_id>_<id>`, or an address: `<app_id>_<room_id>@conference.<host>` of a room, `<app_id>_<user_id>@<host>` of a user.",
			},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"app_id": types.StringType, "id": types.StringType, "host": types.StringType, "room": types.BoolType,
		}},
	}
}

func (parseNameFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var name string
	if resp.Error = req.Arguments.Get(ctx, &name); resp.Error != nil {
		return
	}
	parsed, err := ethora.ParseName(name)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	result := parsedName{AppID: types.StringValue(parsed.AppID), ID: types.StringValue(parsed.ID)}
	if parsed.Host != "" {
		result.Host, result.Room = types.StringValue(parsed.Host), types.BoolValue(parsed.Room)
	}
	resp.Error = resp.Result.Set(ctx, result)
}
