package oichat

import (
	"context"
	"fmt"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/linear"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*roomList)(nil)

type roomList struct {
	system.ListResource[*tenant]
}

type roomListModel struct {
	UserID types.String `tfsdk:"user_id"`
}

func newRoomList() list.ListResource {
	return &roomList{system.ListResource[*tenant]{Base: base}}
}

func (l *roomList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_room"
}

func (l *roomList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the rooms of one user of the OiChat project. OiChat has no list of all rooms.",
		Attributes: map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Id of the user, as your application chose it.",
				Required:            true,
				Validators:          idValidators(),
			},
		},
	}
}

func (l *roomList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config roomListModel
	var problems diag.Diagnostics
	problems.Append(system.ReadListConfig(ctx, req.Config, &config)...)
	client, ok := l.Client(&problems)
	if !ok || problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	userID := config.UserID.ValueString()
	rooms, err := client.ListRooms(ctx, userID, int(min(req.Limit, math.MaxInt32)))
	if err != nil {
		fail(&problems, err, "list", describeRoomsOf(userID), nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, room := range rooms {
			if !push(listedRoom(ctx, client, req, room)) {
				return
			}
		}
	})
}

func listedRoom(ctx context.Context, client *tenant, req list.ListRequest, room oichat.Room) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = room.ID
	if room.Name != "" {
		result.DisplayName = fmt.Sprintf("%s (%s)", room.Name, room.ID)
	}
	model := roomModel{Timeouts: system.NoTimeouts("create", "update", "delete")}
	if req.IncludeResource {
		room = wholeRoom(ctx, client, room, &result.Diagnostics)
	}
	flattenRoom(room, &model)
	if n := len(room.Participants); n >= leastParticipants && n <= mostParticipants {
		model.Participants = linear.NewStringSetValue(room.Participants) // others can't be written into a configuration
	}
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}

// wholeRoom reads a room of which the list shows a part.
func wholeRoom(ctx context.Context, client *tenant, room oichat.Room, diagnostics *diag.Diagnostics) oichat.Room {
	if room.Type != "" && room.HasParticipants {
		return room
	}
	read, err := client.GetRoom(ctx, room.ID)
	if err != nil {
		fail(diagnostics, err, "read", describeRoom(room.ID), nil)
		return room
	}
	return read
}
