package rocketchat

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*departmentsDataSource)(nil)

type departmentsDataSource struct {
	system.DataSource[*tenant]
}

type departmentsModel struct {
	NameContains    types.String    `tfsdk:"name_contains"`
	EnabledOnly     types.Bool      `tfsdk:"enabled_only"`
	IncludeArchived types.Bool      `tfsdk:"include_archived"`
	Departments     []departmentRow `tfsdk:"departments"`
}

// departmentRow is a department as data sources show it.
type departmentRow struct {
	ID                 types.String `tfsdk:"id"`
	Name               types.String `tfsdk:"name"`
	Email              types.String `tfsdk:"email"`
	Description        types.String `tfsdk:"description"`
	Enabled            types.Bool   `tfsdk:"enabled"`
	Archived           types.Bool   `tfsdk:"archived"`
	ShowOnRegistration types.Bool   `tfsdk:"show_on_registration"`
	ShowOnOfflineForm  types.Bool   `tfsdk:"show_on_offline_form"`
}

func newDepartmentsDataSource() datasource.DataSource {
	return &departmentsDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *departmentsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_departments"
}

func (d *departmentsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The departments of Rocket.Chat Livechat. It needs the credentials of an administrator (`auth_token` and `user_id` of the provider); " +
			"without, `chat_rocketchat_config` tells those that visitors see.",
		Attributes: map[string]schema.Attribute{
			"name_contains": optionalArgument("Only departments whose name holds this text, in any case. Default: all."),
			"enabled_only": schema.BoolAttribute{
				MarkdownDescription: "Whether disabled departments are left out. Default: `false`.",
				Optional:            true,
			},
			"include_archived": schema.BoolAttribute{
				MarkdownDescription: "Whether archived departments are listed too. Default: `false`.",
				Optional:            true,
			},
			"departments": schema.ListNestedAttribute{
				MarkdownDescription: "The departments, sorted by name. Several may have the same.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                   system.ComputedText("Id of the department, given by Rocket.Chat."),
					"name":                 system.ComputedText("Name of the department."),
					"email":                system.ComputedText("E-mail address of the department. Null when Rocket.Chat does not tell it."),
					"description":          system.ComputedText("What the department does. Null for nothing."),
					"enabled":              system.ComputedBool("Whether the department takes visitors."),
					"archived":             system.ComputedBool("Whether the department is archived."),
					"show_on_registration": system.ComputedBool("Whether visitors may choose it when they begin a conversation."),
					"show_on_offline_form": system.ComputedBool("Whether visitors may choose it when they leave an offline message."),
				}},
			},
		},
	}
}

func (d *departmentsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model departmentsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := administrator(&d.Base, "chat_rocketchat_departments", &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	listed, err := client.ListDepartments(ctx, rocketchat.DepartmentsQuery{
		Text: model.NameContains.ValueString(), EnabledOnly: model.EnabledOnly.ValueBool(), ShowArchived: model.IncludeArchived.ValueBool(),
	})
	if err != nil {
		fail(&resp.Diagnostics, err, "list", "Rocket.Chat departments", nil)
		return
	}
	model.Departments = []departmentRow{}
	for _, department := range sortedDepartments(listed) {
		model.Departments = append(model.Departments, flattenDepartmentRow(department))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// sortedDepartments are departments by name, and those of one name by id.
func sortedDepartments(departments []rocketchat.Department) []rocketchat.Department {
	slices.SortFunc(departments, func(a, b rocketchat.Department) int {
		if order := strings.Compare(a.Name, b.Name); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return departments
}

func flattenDepartmentRow(department rocketchat.Department) departmentRow {
	return departmentRow{
		ID:                 types.StringValue(department.ID),
		Name:               types.StringValue(department.Name),
		Email:              toldText(department.Email),
		Description:        toldText(department.Description),
		Enabled:            types.BoolValue(department.Enabled),
		Archived:           types.BoolValue(department.Archived),
		ShowOnRegistration: types.BoolValue(department.ShowOnRegistration),
		ShowOnOfflineForm:  types.BoolValue(department.ShowOnOfflineForm),
	}
}
