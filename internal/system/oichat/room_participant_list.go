package oichat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*roomParticipantList)(nil)

type roomParticipantList struct {
	system.ListResource[*tenant]
}

type roomParticipantListModel struct {
	RoomID types.String `tfsdk:"room_id"`
}

func newRoomParticipantList() list.ListResource {
	return &roomParticipantList{system.ListResource[*tenant]{Base: base}}
}

func (l *roomParticipantList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_room_participant"
}

func (l *roomParticipantList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the participants of one room of the OiChat project.",
		Attributes: map[string]schema.Attribute{
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Id of the room, as OiChat chose it.",
				Required:            true,
				Validators:          idValidators(),
			},
		},
	}
}

func (l *roomParticipantList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config roomParticipantListModel
	var problems diag.Diagnostics
	problems.Append(system.ReadListConfig(ctx, req.Config, &config)...)
	client, ok := l.Client(&problems)
	if !ok || problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	roomID := config.RoomID.ValueString()
	object := "participants of " + describeRoom(roomID)
	room, err := client.GetRoom(ctx, roomID)
	switch {
	case err != nil:
		fail(&problems, err, "list", object, nil)
	case !room.HasParticipants:
		problems.AddError("Can't list "+object, "OiChat does not tell who is in the room.")
	}
	if problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, userID := range room.Participants {
			if !push(listedRoomParticipant(ctx, req, roomID, userID)) {
				return
			}
		}
	})
}

func listedRoomParticipant(ctx context.Context, req list.ListRequest, roomID, userID string) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s in %s", userID, roomID)
	model := roomParticipantModel{Timeouts: system.NoTimeouts("create", "delete")}
	flattenRoomParticipant(roomID, userID, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
