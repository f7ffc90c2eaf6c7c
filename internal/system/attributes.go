package system

import (
	"context"
	"fmt"
	"strings"

	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// IDAttribute is the id that Terraform and its users call the object by.
func IDAttribute(form string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		MarkdownDescription: "Id in Terraform: `" + form + "`.",
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// ComputedText is a text that only the server sets.
func ComputedText(description string) dataschema.StringAttribute {
	return dataschema.StringAttribute{MarkdownDescription: description, Computed: true}
}

// ComputedBool is a yes-or-no that only the server sets.
func ComputedBool(description string) dataschema.BoolAttribute {
	return dataschema.BoolAttribute{MarkdownDescription: description, Computed: true}
}

// Trimmed refuses leading and trailing spaces, which the server would cut off.
type Trimmed struct{}

// Description implements validator.Describer.
func (Trimmed) Description(context.Context) string { return "no spaces at the beginning or the end" }

// MarkdownDescription implements validator.Describer.
func (v Trimmed) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (v Trimmed) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if value := req.ConfigValue.ValueString(); value != strings.TrimSpace(value) {
		resp.Diagnostics.AddAttributeError(req.Path, "Spaces around the value",
			fmt.Sprintf("%q begins or ends with a space. Write it with %s.", value, v.Description(ctx)))
	}
}
