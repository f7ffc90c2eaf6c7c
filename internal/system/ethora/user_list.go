package ethora

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*userList)(nil)

type userList struct {
	system.ListResource[*tenant]
}

type userListModel struct {
	AppID types.String `tfsdk:"app_id"`
}

func newUserList() list.ListResource {
	return &userList{system.ListResource[*tenant]{Base: base}}
}

func (l *userList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_user"
}

func (l *userList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the users of an Ethora app. Bots, the app's system account and archived users are left out: `chat_ethora_user` can't manage them.",
		Attributes:          map[string]schema.Attribute{"app_id": listAppID()},
	}
}

func (l *userList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config userListModel
	var problems diag.Diagnostics
	problems.Append(system.ReadListConfig(ctx, req.Config, &config)...)
	client, ok := l.Client(&problems)
	if !ok || problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	appID := configuredApp(client, config.AppID)
	users, err := client.AllUsers(ctx, appID)
	if err != nil {
		fail(&problems, err, "list", "users of "+describeApp(appID), nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, user := range users {
			if isBot(user) || user.UserID == appID {
				continue
			}
			if !push(listedUser(ctx, req, appID, user)) {
				return
			}
		}
	})
}

func listedUser(ctx context.Context, req list.ListRequest, appID string, user ethora.User) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = strings.TrimSpace(fmt.Sprintf("%s %s (%s)", user.FirstName, user.LastName, user.UserID))
	model := userModel{Timeouts: system.NoTimeouts("create", "update", "delete")}
	flattenUser(appID, user, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, map[string]types.String{"app_id": model.AppID, "user_id": model.UserID})...)
	if req.IncludeResource {
		model.BypassEmailConfirmation = types.BoolValue(true) // as an import sets it
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
