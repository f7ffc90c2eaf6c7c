package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*customFieldList)(nil)

type customFieldList struct {
	system.ListResource[*tenant]
}

func newCustomFieldList() list.ListResource {
	return &customFieldList{system.ListResource[*tenant]{Base: base}}
}

func (l *customFieldList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_custom_field"
}

func (l *customFieldList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the definitions of custom fields of Rocket.Chat Livechat, sorted by name. It needs the credentials of an administrator (`auth_token` and `user_id` of the provider).",
		Attributes:          map[string]schema.Attribute{},
	}
}

func (l *customFieldList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var problems diag.Diagnostics
	client, ok := administrator(&l.Base, "A list of custom fields", &problems)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	fields, err := client.AllCustomFields(ctx)
	if err != nil {
		fail(&problems, err, "list", "Rocket.Chat custom fields", nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, field := range fields {
			if !push(listedCustomField(ctx, req, field)) {
				return
			}
		}
	})
}

func listedCustomField(ctx context.Context, req list.ListRequest, field rocketchat.CustomField) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", field.Label, field.Field)
	model := customFieldModel{Timeouts: noTimeouts()}
	flattenCustomField(field, &model)
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
