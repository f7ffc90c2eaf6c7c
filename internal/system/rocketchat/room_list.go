package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*roomList)(nil)

type roomList struct {
	system.ListResource[*tenant]
}

func newRoomList() list.ListResource {
	return &roomList{system.ListResource[*tenant]{Base: base}}
}

func (l *roomList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_room"
}

func (l *roomList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the open rooms of Rocket.Chat Livechat, sorted by the names of their visitors. It needs the credentials of an administrator (`auth_token` and `user_id` of the provider).",
		Attributes:          map[string]schema.Attribute{},
	}
}

func (l *roomList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var problems diag.Diagnostics
	client, ok := administrator(&l.Base, "A list of rooms", &problems)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	rooms, err := client.OpenRooms(ctx)
	if err != nil {
		fail(&problems, err, "list", "Rocket.Chat rooms", nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, room := range rooms {
			if !push(listedRoom(ctx, req, room)) {
				return
			}
		}
	})
}

func listedRoom(ctx context.Context, req list.ListRequest, room rocketchat.Room) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", room.Name, room.ID)
	model := roomModel{VisitorToken: types.StringValue(room.VisitorToken), Timeouts: noTimeouts()}
	flattenRoom(room, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
