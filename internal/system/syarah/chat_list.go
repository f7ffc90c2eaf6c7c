package syarah

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*chatList)(nil)

type chatList struct {
	system.ListResource[*tenant]
}

func newChatList() list.ListResource {
	return &chatList{system.ListResource[*tenant]{Base: base}}
}

func (l *chatList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_chat"
}

func (l *chatList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the individual chats of the user of the provider, by their ids. It is not known whether Syarah lists chats without messages.",
		Attributes:          map[string]schema.Attribute{},
	}
}

func (l *chatList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var problems diag.Diagnostics
	client, ok := l.Client(&problems)
	if !ok || !hasGateway(client, "Listing chats", &problems) {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	chats, err := client.ListChats(ctx)
	if err != nil {
		fail(&problems, err, "list", "Syarah chats", nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, chat := range chats {
			if !push(listedChat(ctx, req, client, chat)) {
				return
			}
		}
	})
}

func listedChat(ctx context.Context, req list.ListRequest, client *tenant, chat syarah.Chat) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("Chat %d", chat.ChatHeaderID)
	if chat.UserName != "" {
		result.DisplayName = fmt.Sprintf("%s (%d)", chat.UserName, chat.ChatHeaderID)
	}
	model := chatModel{Timeouts: system.NoTimeouts("create")}
	flattenChat(client, chat, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
