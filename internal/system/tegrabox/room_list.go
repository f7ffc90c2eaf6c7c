package tegrabox

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
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
	resp.TypeName = req.ProviderTypeName + "_tegrabox_room"
}

func (l *roomList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: "Lists the rooms of a TegraBox project, sorted by name.", Attributes: map[string]schema.Attribute{}}
}

func (l *roomList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var problems diag.Diagnostics
	client, ok := l.Client(&problems)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	rooms, err := client.AllRooms(ctx)
	if err != nil {
		fail(&problems, err, "list", "TegraBox rooms", nil)
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

func listedRoom(ctx context.Context, req list.ListRequest, room tegrabox.Room) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", room.Name, room.ID)
	model := roomModel{Timeouts: system.NoTimeouts("create", "update", "delete")}
	flattenRoom(room, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
