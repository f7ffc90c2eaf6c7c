package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*closeRoomAction)(nil)

type closeRoomAction struct {
	system.Action[*tenant]
}

type closeRoomModel struct {
	roomAction
	Comment types.String   `tfsdk:"comment"`
	Tags    []types.String `tfsdk:"tags"`
}

func newCloseRoomAction() action.Action {
	return &closeRoomAction{system.Action[*tenant]{Base: base}}
}

func (a *closeRoomAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_close_room"
}

func (a *closeRoomAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	const byAdministrator = " It needs the credentials of an administrator, as whom the room is closed then. Default: none."
	resp.Schema = schema.Schema{
		MarkdownDescription: "Closes a room of Rocket.Chat Livechat, as its visitor would. A room that is closed already is no error; a closed room can't be opened again.\n\n" +
			"A room that `chat_rocketchat_room` manages leaves the state with the next plan, which proposes to open another.",
		Attributes: roomAttributes("known to the server", map[string]schema.Attribute{
			"comment": optionalText("What stands in the room's history as the reason." + byAdministrator),
			"tags": schema.ListAttribute{
				MarkdownDescription: "Tags of the conversation, which some departments want." + byAdministrator,
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.List{listvalidator.ValueStringsAre(textValidators()...)},
			},
		}),
	}
}

func (a *closeRoomAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model closeRoomModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	object := describe("room", model.RoomID.ValueString())
	if err := model.close(ctx, client); err != nil {
		switch {
		case rest.IsKind(err, rest.Unauthorized) && !client.IsAdministrator():
			needAdministrator(client, "Closing a room with a comment or tags", &resp.Diagnostics)
		case rest.IsKind(err, rest.NotFound):
			failInRoom(&resp.Diagnostics, err, "close", object)
		default:
			failClosing(&resp.Diagnostics, err, object)
		}
		return
	}
	tell(resp, fmt.Sprintf("%s is closed.", object))
}

// close closes the room as its visitor, or as an administrator when there is
// something to say that only they can.
func (m closeRoomModel) close(ctx context.Context, client *tenant) error {
	if m.Comment.IsNull() && m.Tags == nil {
		return client.CloseRoom(ctx, m.VisitorToken.ValueString(), m.RoomID.ValueString())
	}
	tags := []string{}
	for _, tag := range m.Tags {
		tags = append(tags, tag.ValueString())
	}
	return client.CloseRoomByUser(ctx, m.RoomID.ValueString(), m.Comment.ValueString(), tags)
}
