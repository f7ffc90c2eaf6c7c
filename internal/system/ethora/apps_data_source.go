package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*appsDataSource)(nil)

type appsDataSource struct {
	system.DataSource[*tenant]
}

type appsDataModel struct {
	DisplayName     types.String `tfsdk:"display_name"`
	IncludeArchived types.Bool   `tfsdk:"include_archived"`
	Apps            []appRow     `tfsdk:"apps"`
}

// appRow is an app in a list: what tells it from others.
type appRow struct {
	ID          types.String `tfsdk:"id"`
	DisplayName types.String `tfsdk:"display_name"`
	DomainName  types.String `tfsdk:"domain_name"`
	Status      types.String `tfsdk:"status"`
	ParentAppID types.String `tfsdk:"parent_app_id"`
	CreatedAt   types.String `tfsdk:"created_at"`
}

func newAppsDataSource() datasource.DataSource {
	return &appsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *appsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_apps"
}

func (d *appsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The Ethora apps that the provider's app may manage. For all attributes of one of them, use `chat_ethora_app`.",
		Attributes: map[string]schema.Attribute{
			"display_name": schema.StringAttribute{
				MarkdownDescription: "Only apps with exactly this display name. Several apps may have it, or none. Default: all names.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"include_archived": schema.BoolAttribute{
				MarkdownDescription: "Whether archived apps are listed too. Default: `false`.",
				Optional:            true,
			},
			"apps": schema.ListNestedAttribute{
				MarkdownDescription: "The apps, sorted by `display_name`, then by `id`.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":            system.ComputedText("Id of the app: 24 hexadecimal digits."),
					"display_name":  system.ComputedText("Name people see."),
					"domain_name":   system.ComputedText("First label of the app's web address. Null when Ethora does not tell it."),
					"status":        system.ComputedText("`active`, `archived`, `deleting` or `deleted`."),
					"parent_app_id": system.ComputedText("Id of the app this app was created below. Null when Ethora does not tell it."),
					"created_at":    system.ComputedText("When the app was created, as RFC 3339. Null when Ethora does not tell it."),
				}},
			},
		},
	}
}

func (d *appsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model appsDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	apps, err := client.ListApps(ctx, ethora.ListAppsOptions{IncludeArchived: model.IncludeArchived.ValueBool()})
	if err != nil {
		fail(&resp.Diagnostics, err, "list", "Ethora apps", nil)
		return
	}
	model.Apps = []appRow{}
	for _, app := range apps {
		if model.DisplayName.IsNull() || model.DisplayName.ValueString() == text(app.DisplayName) {
			model.Apps = append(model.Apps, flattenAppRow(app))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

func flattenAppRow(app ethora.App) appRow {
	return appRow{
		ID:          types.StringValue(app.ID),
		DisplayName: types.StringValue(text(app.DisplayName)),
		DomainName:  optionalText(app.DomainName),
		Status:      types.StringValue(appStatus(app)),
		ParentAppID: toldText(app.ParentAppID),
		CreatedAt:   toldText(app.CreatedAt),
	}
}
