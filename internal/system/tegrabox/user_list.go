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

var _ list.ListResourceWithConfigure = (*userList)(nil)

type userList struct {
	system.ListResource[*tenant]
}

func newUserList() list.ListResource {
	return &userList{system.ListResource[*tenant]{Base: base}}
}

func (l *userList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_user"
}

func (l *userList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: "Lists the users of a TegraBox project, sorted by username.", Attributes: map[string]schema.Attribute{}}
}

func (l *userList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var problems diag.Diagnostics
	client, ok := l.Client(&problems)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	users, err := client.AllUsers(ctx)
	if err != nil {
		fail(&problems, err, "list", "TegraBox users", nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, user := range users {
			if !push(listedUser(ctx, req, user)) {
				return
			}
		}
	})
}

func listedUser(ctx context.Context, req list.ListRequest, user tegrabox.User) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = user.Username
	if user.DisplayName != "" {
		result.DisplayName = fmt.Sprintf("%s (%s)", user.DisplayName, user.Username)
	}
	model := userModel{Timeouts: system.NoTimeouts("create", "update", "delete")}
	flattenUser(user, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
