package rocketchat

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ list.ListResourceWithConfigure = (*departmentList)(nil)

type departmentList struct {
	system.ListResource[*tenant]
}

type departmentListModel struct {
	IncludeArchived types.Bool `tfsdk:"include_archived"`
}

func newDepartmentList() list.ListResource {
	return &departmentList{system.ListResource[*tenant]{Base: base}}
}

func (l *departmentList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_department"
}

func (l *departmentList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the departments of Rocket.Chat Livechat, sorted by name. It needs the credentials of an administrator (`auth_token` and `user_id` of the provider). " +
			"With `include_resource` each department is read alone, for the list does not tell the agents.",
		Attributes: map[string]schema.Attribute{
			"include_archived": schema.BoolAttribute{
				MarkdownDescription: "Whether archived departments are listed too. Default: `false`.",
				Optional:            true,
			},
		},
	}
}

func (l *departmentList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config departmentListModel
	problems := system.ReadListConfig(ctx, req.Config, &config)
	client, ok := administrator(&l.Base, "A list of departments", &problems)
	if !ok || problems.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	departments, err := client.ListDepartments(ctx, rocketchat.DepartmentsQuery{ShowArchived: config.IncludeArchived.ValueBool()})
	if err != nil {
		fail(&problems, err, "list", "Rocket.Chat departments", nil)
		stream.Results = list.ListResultsStreamDiagnostics(problems)
		return
	}
	stream.Results = system.AtMost(req.Limit, func(push func(list.ListResult) bool) {
		for _, department := range sortedDepartments(departments) {
			if !push(listedDepartment(ctx, client, req, department)) {
				return
			}
		}
	})
}

func listedDepartment(ctx context.Context, client *tenant, req list.ListRequest, department rocketchat.Department) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fmt.Sprintf("%s (%s)", department.Name, department.ID)
	model := departmentModel{ID: types.StringValue(department.ID), Timeouts: noTimeouts()}
	result.Diagnostics.Append(system.SaveIdentity(ctx, result.Identity, model.identity())...)
	if !req.IncludeResource {
		return result
	}
	whole, err := client.GetDepartment(ctx, department.ID)
	if err != nil {
		var problems diag.Diagnostics
		fail(&problems, err, "read", describe("department", department.ID), nil)
		result.Diagnostics.Append(problems...)
		return result
	}
	flattenDepartment(whole, &model)
	model.Agents = flattenAgents(whole.Agents)
	result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	return result
}
