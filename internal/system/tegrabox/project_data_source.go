package tegrabox

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*projectDataSource)(nil)

type projectDataSource struct {
	system.DataSource[*tenant]
}

type projectDataModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

func newProjectDataSource() datasource.DataSource {
	return &projectDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *projectDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_project"
}

func (d *projectDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The TegraBox project that the provider's API key belongs to, and in which everything is managed. It takes no arguments.",
		Attributes: map[string]schema.Attribute{
			"id":   system.ComputedText("Id of the project. Where the provider's `project_id` is set, it is that, and the server is not asked."),
			"name": system.ComputedText("Name of the project. Null when TegraBox does not tell it, or was not asked."),
		},
	}
}

func (d *projectDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := d.Client(&resp.Diagnostics)
	if !ok {
		return
	}

	project, err := client.Project(ctx)
	if err != nil {
		fail(&resp.Diagnostics, err, "read", "TegraBox project", nil)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, projectDataModel{ID: types.StringValue(project.ID), Name: toldText(project.Name)})...)
}
