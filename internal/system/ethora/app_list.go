package ethora

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*appList)(nil)

type appList struct {
	system.ListResource[*tenant]
}

func newAppList() list.ListResource {
	return &appList{system.ListResource[*tenant]{Base: base}}
}

func (l *appList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_app"
}

func (l *appList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the Ethora apps that the provider's app may manage, without archived ones. " +
			"The tokens and secrets of the apps are left out; an import reads them.",
		Attributes: map[string]schema.Attribute{},
	}
}

func (l *appList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var problems diag.Diagnostics
	client, ok := l.Client(&problems)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	apps, err := client.ListApps(ctx, ethora.ListAppsOptions{})
	if err != nil {
		fail(&problems, err, "list", "Ethora apps", nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, app := range apps {
			if !push(listedApp(ctx, req, app)) {
				return
			}
		}
	})
}

func listedApp(ctx context.Context, req list.ListRequest, app ethora.App) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", text(app.DisplayName), app.ID)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, map[string]types.String{"id": types.StringValue(app.ID)})...)
	if req.IncludeResource {
		model := appModel{Timeouts: system.NoTimeouts("create", "update", "delete")}
		flattenApp(ctx, app, &model, &result.Diagnostics)
		// What a query finds is printed and logged.
		model.AppToken, model.AppSecret = types.StringNull(), types.StringNull()
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
