package rocketchat

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*visitorList)(nil)

type visitorList struct {
	system.ListResource[*tenant]
}

func newVisitorList() list.ListResource {
	return &visitorList{system.ListResource[*tenant]{Base: base}}
}

func (l *visitorList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_visitor"
}

func (l *visitorList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the visitors of Rocket.Chat Livechat who have an open room, sorted by name. It needs the credentials of an administrator (`auth_token` and `user_id` of the provider).\n\n" +
			"Rocket.Chat tells the tokens of visitors, without which none can be imported, only in the list of rooms. With `include_resource` each visitor is read alone, and the server takes ten such calls a minute.",
		Attributes: map[string]schema.Attribute{},
	}
}

func (l *visitorList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var problems diag.Diagnostics
	client, ok := administrator(&l.Base, "A list of visitors", &problems)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	rooms, err := client.OpenRooms(ctx)
	if err != nil {
		fail(&problems, err, "list", "Rocket.Chat visitors", nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	seen := map[string]bool{}
	rooms = slices.DeleteFunc(rooms, func(room rocketchat.Room) bool {
		known := seen[room.VisitorID]
		seen[room.VisitorID] = true
		return known || room.VisitorID == "" || room.VisitorToken == ""
	})
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, room := range rooms {
			if result, found := listedVisitor(ctx, client, req, room); found && !push(result) {
				return
			}
		}
	})
}

// listedVisitor is the visitor of a room. One whose token has changed since is
// left out.
func listedVisitor(ctx context.Context, client *tenant, req list.ListRequest, room rocketchat.Room) (result list.ListResult, found bool) {
	result = req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", cmp.Or(room.Name, room.VisitorUsername), room.VisitorID)
	model := visitorModel{ID: types.StringValue(room.VisitorID), Token: types.StringValue(room.VisitorToken), Timeouts: noTimeouts()}
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if !req.IncludeResource {
		return result, true
	}
	visitor, err := client.GetVisitor(ctx, room.VisitorToken)
	switch {
	case rest.IsKind(err, rest.NotFound):
		return result, false
	case err != nil:
		fail(&result.Diagnostics, err, "read", describe("visitor", room.VisitorID), nil)
		return result, true
	}
	takeAll(visitor, &model)
	flattenVisitor(visitor, &model)
	result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	return result, true
}
