package rocketchat

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*visitorDataSource)(nil)

type visitorDataSource struct {
	system.DataSource[*tenant]
}

type visitorDataModel struct {
	Token        types.String            `tfsdk:"token"`
	ID           types.String            `tfsdk:"id"`
	Username     types.String            `tfsdk:"username"`
	Name         types.String            `tfsdk:"name"`
	Email        types.String            `tfsdk:"email"`
	Phone        types.String            `tfsdk:"phone"`
	DepartmentID types.String            `tfsdk:"department_id"`
	Status       types.String            `tfsdk:"status"`
	CustomFields map[string]types.String `tfsdk:"custom_fields"`
	CreatedAt    types.String            `tfsdk:"created_at"`
}

func newVisitorDataSource() datasource.DataSource {
	return &visitorDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *visitorDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_visitor"
}

func (d *visitorDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A visitor of Rocket.Chat Livechat, found by its token. One who does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"token":         tokenArgument("Token of the visitor.", true),
			"id":            system.ComputedText("Id of the visitor, given by Rocket.Chat."),
			"username":      system.ComputedText("Name that the server knows the visitor by, such as `guest-7`."),
			"name":          system.ComputedText("Name that agents see. Null for none."),
			"email":         system.ComputedText("E-mail address, in lower case. Null for none."),
			"phone":         system.ComputedText("Phone number. Null for none."),
			"department_id": system.ComputedText("Id of the department to which the visitor writes. Null for none."),
			"status":        system.ComputedText("Whether the visitor is there, such as `online`. It changes by itself."),
			"custom_fields": schema.MapAttribute{
				MarkdownDescription: "Values of all custom fields, by the name of the field.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"created_at": system.ComputedText("When the visitor registered, as RFC 3339. Null when Rocket.Chat does not tell it."),
		},
	}
}

func (d *visitorDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model visitorDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	visitor, err := client.GetVisitor(ctx, model.Token.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound):
		noSuch(&resp.Diagnostics, "Rocket.Chat visitor", "token")
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", "the Rocket.Chat visitor", nil)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, flattenVisitorData(visitor, model.Token))...)
}

func flattenVisitorData(visitor rocketchat.Visitor, token types.String) visitorDataModel {
	fields := map[string]types.String{}
	for key, value := range visitor.CustomFields {
		fields[key] = types.StringValue(value)
	}
	return visitorDataModel{
		Token:        token,
		ID:           types.StringValue(visitor.ID),
		Username:     toldText(visitor.Username),
		Name:         toldText(visitor.Name),
		Email:        toldText(visitor.Email),
		Phone:        toldText(visitor.Phone),
		DepartmentID: toldText(visitor.Department),
		Status:       toldText(visitor.Status),
		CustomFields: fields,
		CreatedAt:    toldTime(visitor.CreatedAt),
	}
}
