package ethora

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*roomList)(nil)

type roomList struct {
	system.ListResource[*tenant]
}

type roomListModel struct {
	AppID types.String `tfsdk:"app_id"`
}

func newRoomList() list.ListResource {
	return &roomList{system.ListResource[*tenant]{Base: base}}
}

func (l *roomList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_room"
}

func (l *roomList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the rooms of an Ethora app. One-to-one rooms are left out: `chat_ethora_room` can't manage them.",
		Attributes:          map[string]schema.Attribute{"app_id": listAppID()},
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
	appID := configuredApp(client, config.AppID)
	chats, err := client.AllChats(ctx, appID)
	var host string
	if err == nil {
		host, err = client.XMPPHost(ctx)
	}
	if err != nil {
		fail(&problems, err, "list", "rooms of "+describeApp(appID), nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, chat := range withoutPrivate(chats) {
			if !push(listedRoom(ctx, req, appID, host, chat)) {
				return
			}
		}
	})
}

// privateRoom is the type of one-to-one rooms (ethora-api.md §8.1 [client]).
const privateRoom = "private"

// withoutPrivate leaves one-to-one rooms out.
func withoutPrivate(chats []ethora.Chat) []ethora.Chat {
	return slices.DeleteFunc(slices.Clone(chats), func(chat ethora.Chat) bool { return chat.Type == privateRoom })
}

func listedRoom(ctx context.Context, req list.ListRequest, appID, xmppHost string, chat ethora.Chat) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", chat.Title, chat.RoomID)
	model := roomModel{Timeouts: system.NoTimeouts("create", "update", "delete")}
	flattenRoom(appID, xmppHost, chat, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, map[string]types.String{"app_id": model.AppID, "room_id": model.RoomID})...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
