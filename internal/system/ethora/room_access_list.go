package ethora

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*roomAccessList)(nil)

type roomAccessList struct {
	system.ListResource[*tenant]
}

type roomAccessListModel struct {
	AppID  types.String `tfsdk:"app_id"`
	RoomID types.String `tfsdk:"room_id"`
	UserID types.String `tfsdk:"user_id"`
}

// access is one user's access to one room.
type access struct{ appID, roomID, userID string }

func newRoomAccessList() list.ListResource {
	return &roomAccessList{system.ListResource[*tenant]{Base: base}}
}

func (l *roomAccessList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_room_access"
}

func (l *roomAccessList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists who may enter which room of an Ethora app: in all rooms, in one room, or for one user. " +
			"Bots, the app's system account and one-to-one rooms are left out.",
		Attributes: map[string]schema.Attribute{
			"app_id": listAppID(),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Plain id of a room: only access to it is listed. Not together with `user_id`. Default: all rooms.",
				Optional:            true,
				Validators: []validator.String{
					plainID{minimum: 1},
					stringvalidator.ConflictsWith(path.MatchRoot("user_id")),
				},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Plain id of a user: only this user's access is listed. Not together with `room_id`. Default: all users.",
				Optional:            true,
				Validators:          []validator.String{plainID{minimum: 2}},
			},
		},
	}
}

func (l *roomAccessList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config roomAccessListModel
	var problems diag.Diagnostics
	problems.Append(system.ReadListConfig(ctx, req.Config, &config)...)
	client, ok := l.Client(&problems)
	if !ok || problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	appID := configuredApp(client, config.AppID)
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for found, err := range findAccess(ctx, client, appID, config) {
			if err != nil {
				var problems diag.Diagnostics
				fail(&problems, err, "list", "access to rooms of "+describeApp(appID), nil)
				push(list.ListResult{Diagnostics: problems})
				return
			}
			if !push(listedAccess(ctx, req, found)) {
				return
			}
		}
	})
}

// findAccess finds access as it is asked for, so that a short list costs few
// calls. An error is the last thing it yields.
func findAccess(ctx context.Context, client *tenant, appID string, config roomAccessListModel) iter.Seq2[access, error] {
	if !config.UserID.IsNull() {
		return accessOfUser(ctx, client, appID, config.UserID.ValueString())
	}
	return func(yield func(access, error) bool) {
		if !config.RoomID.IsNull() {
			roomID := config.RoomID.ValueString()
			members, err := client.ListMembers(ctx, appID, roomID)
			yieldAccess(appID, roomID, members, err, yield)
			return
		}
		rooms, err := client.AllMembers(ctx, appID)
		if err != nil {
			yield(access{}, err)
			return
		}
		for _, room := range rooms {
			if room.Chat.Type == privateRoom {
				continue
			}
			members, err := client.membersOf(ctx, appID, room)
			if !yieldAccess(appID, room.Chat.RoomID, members, err, yield) {
				return
			}
		}
	}
}

// yieldAccess yields the access to one room, or why it could not be read. It is
// false when nothing more is wanted.
func yieldAccess(appID, roomID string, members []ethora.Member, err error, yield func(access, error) bool) bool {
	if err != nil {
		yield(access{}, err)
		return false
	}
	for _, userID := range managedMembers(members, nil, nil) {
		if !yield(access{appID, roomID, userID}, nil) {
			return false
		}
	}
	return true
}

// accessOfUser finds the rooms that a user may enter. Bots and the system
// account have none that a resource could manage.
func accessOfUser(ctx context.Context, client *tenant, appID, userID string) iter.Seq2[access, error] {
	return func(yield func(access, error) bool) {
		if alwaysStays(appID, userID) {
			return
		}
		chats, err := client.ListUserChats(ctx, appID, userID, false)
		if err != nil {
			yield(access{}, err)
			return
		}
		for _, chat := range withoutPrivate(chats) {
			if !yield(access{appID, chat.RoomID, userID}, nil) {
				return
			}
		}
	}
}

func listedAccess(ctx context.Context, req list.ListRequest, found access) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s in %s", found.userID, found.roomID)
	model := roomAccessModel{Timeouts: system.NoTimeouts("create", "delete")}
	flattenRoomAccess(found.appID, found.roomID, found.userID, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, map[string]types.String{
		"app_id": model.AppID, "room_id": model.RoomID, "user_id": model.UserID,
	})...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
