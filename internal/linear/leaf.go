package linear

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// leaf is an attribute of the elements of a nested map.
type leaf struct {
	name      string
	attrType  attr.Type
	valueType tftypes.Type
	computed  bool
	writeOnly bool

	// fallback is the default; nil: none.
	fallback func(context.Context, path.Path) (tftypes.Value, diag.Diagnostics)

	// modify asks the plan modifiers for a value and whether it needs a
	// replacement; nil: there are none.
	modify func(context.Context, modification) (tftypes.Value, bool, diag.Diagnostics)
}

// scope is what plan modifiers see of the whole resource.
type scope struct {
	config tfsdk.Config
	plan   tfsdk.Plan
	state  tfsdk.State
}

// modification is one value to be planned.
type modification struct {
	scope
	path                   path.Path
	config, prior, planned tftypes.Value
}

func newLeaf(ctx context.Context, name string, attribute schema.Attribute) (leaf, error) {
	one := leaf{
		name: name, attrType: attribute.GetType(), valueType: attribute.GetType().TerraformType(ctx),
		computed: attribute.IsComputed(), writeOnly: attribute.IsWriteOnly(),
	}
	switch typed := attribute.(type) {
	case schema.StringAttribute:
		one.setString(typed)
	case schema.Int64Attribute:
		one.setInt64(typed)
	case schema.BoolAttribute:
		one.setBool(typed)
	default:
		return leaf{}, fmt.Errorf("has a %T in its elements (%s)", attribute, name)
	}
	return one, nil
}

func (l *leaf) setString(attribute schema.StringAttribute) {
	if attribute.Default != nil {
		l.fallback = func(ctx context.Context, at path.Path) (tftypes.Value, diag.Diagnostics) {
			var resp defaults.StringResponse
			attribute.Default.DefaultString(ctx, defaults.StringRequest{Path: at}, &resp)
			return terraformValue(ctx, resp.PlanValue, at, resp.Diagnostics)
		}
	}
	if len(attribute.PlanModifiers) == 0 {
		return
	}
	l.modify = func(ctx context.Context, m modification) (tftypes.Value, bool, diag.Diagnostics) {
		req := planmodifier.StringRequest{
			Path: m.path, PathExpression: m.path.Expression(), Config: m.scope.config, Plan: m.plan, State: m.state,
			ConfigValue: stringValue(m.config), PlanValue: stringValue(m.planned), StateValue: stringValue(m.prior),
		}
		var problems diag.Diagnostics
		replace := false
		for _, modifier := range attribute.PlanModifiers {
			resp := planmodifier.StringResponse{PlanValue: req.PlanValue}
			modifier.PlanModifyString(ctx, req, &resp)
			problems.Append(resp.Diagnostics...)
			replace = replace || resp.RequiresReplace
			if resp.Diagnostics.HasError() {
				break
			}
			req.PlanValue = resp.PlanValue
		}
		value, problems := terraformValue(ctx, req.PlanValue, m.path, problems)
		return value, replace, problems
	}
}

func (l *leaf) setInt64(attribute schema.Int64Attribute) {
	if attribute.Default != nil {
		l.fallback = func(ctx context.Context, at path.Path) (tftypes.Value, diag.Diagnostics) {
			var resp defaults.Int64Response
			attribute.Default.DefaultInt64(ctx, defaults.Int64Request{Path: at}, &resp)
			return terraformValue(ctx, resp.PlanValue, at, resp.Diagnostics)
		}
	}
	if len(attribute.PlanModifiers) == 0 {
		return
	}
	l.modify = func(ctx context.Context, m modification) (tftypes.Value, bool, diag.Diagnostics) {
		req := planmodifier.Int64Request{
			Path: m.path, PathExpression: m.path.Expression(), Config: m.scope.config, Plan: m.plan, State: m.state,
			ConfigValue: int64Value(m.config), PlanValue: int64Value(m.planned), StateValue: int64Value(m.prior),
		}
		var problems diag.Diagnostics
		replace := false
		for _, modifier := range attribute.PlanModifiers {
			resp := planmodifier.Int64Response{PlanValue: req.PlanValue}
			modifier.PlanModifyInt64(ctx, req, &resp)
			problems.Append(resp.Diagnostics...)
			replace = replace || resp.RequiresReplace
			if resp.Diagnostics.HasError() {
				break
			}
			req.PlanValue = resp.PlanValue
		}
		value, problems := terraformValue(ctx, req.PlanValue, m.path, problems)
		return value, replace, problems
	}
}

func (l *leaf) setBool(attribute schema.BoolAttribute) {
	if attribute.Default != nil {
		l.fallback = func(ctx context.Context, at path.Path) (tftypes.Value, diag.Diagnostics) {
			var resp defaults.BoolResponse
			attribute.Default.DefaultBool(ctx, defaults.BoolRequest{Path: at}, &resp)
			return terraformValue(ctx, resp.PlanValue, at, resp.Diagnostics)
		}
	}
	if len(attribute.PlanModifiers) == 0 {
		return
	}
	l.modify = func(ctx context.Context, m modification) (tftypes.Value, bool, diag.Diagnostics) {
		req := planmodifier.BoolRequest{
			Path: m.path, PathExpression: m.path.Expression(), Config: m.scope.config, Plan: m.plan, State: m.state,
			ConfigValue: boolValue(m.config), PlanValue: boolValue(m.planned), StateValue: boolValue(m.prior),
		}
		var problems diag.Diagnostics
		replace := false
		for _, modifier := range attribute.PlanModifiers {
			resp := planmodifier.BoolResponse{PlanValue: req.PlanValue}
			modifier.PlanModifyBool(ctx, req, &resp)
			problems.Append(resp.Diagnostics...)
			replace = replace || resp.RequiresReplace
			if resp.Diagnostics.HasError() {
				break
			}
			req.PlanValue = resp.PlanValue
		}
		value, problems := terraformValue(ctx, req.PlanValue, m.path, problems)
		return value, replace, problems
	}
}

// settle says what is kept of a new value: nothing of a write-only one, the
// prior one where both mean the same.
func (l *leaf) settle(ctx context.Context, value, prior tftypes.Value) (tftypes.Value, diag.Diagnostics) {
	if l.writeOnly {
		return tftypes.NewValue(l.valueType, nil), nil
	}
	if value.IsNull() || !value.IsKnown() || prior.IsNull() || !prior.IsKnown() || same(value, prior) {
		return value, nil
	}
	now, err := l.attrType.ValueFromTerraform(ctx, value)
	if err != nil {
		return value, nil // which the framework says when it reads the state
	}
	before, err := l.attrType.ValueFromTerraform(ctx, prior)
	if err != nil {
		return value, nil
	}
	equal, problems := meanTheSame(ctx, now, before)
	if equal {
		return prior, problems
	}
	return value, problems
}

func meanTheSame(ctx context.Context, now, before attr.Value) (bool, diag.Diagnostics) {
	switch typed := now.(type) {
	case basetypes.StringValuableWithSemanticEquals:
		if other, ok := before.(basetypes.StringValuableWithSemanticEquals); ok {
			return typed.StringSemanticEquals(ctx, other)
		}
	case basetypes.Int64ValuableWithSemanticEquals:
		if other, ok := before.(basetypes.Int64ValuableWithSemanticEquals); ok {
			return typed.Int64SemanticEquals(ctx, other)
		}
	case basetypes.BoolValuableWithSemanticEquals:
		if other, ok := before.(basetypes.BoolValuableWithSemanticEquals); ok {
			return typed.BoolSemanticEquals(ctx, other)
		}
	}
	return false, nil
}

// terraformValue turns what a default or a plan modifier said into a value.
func terraformValue(ctx context.Context, value attr.Value, at path.Path, problems diag.Diagnostics) (tftypes.Value, diag.Diagnostics) {
	turned, err := value.ToTerraformValue(ctx)
	if err != nil {
		problems.AddAttributeError(at, "A planned value can't be told to Terraform", err.Error())
	}
	return turned, problems
}

func stringValue(value tftypes.Value) basetypes.StringValue {
	var known string
	switch {
	case !value.IsKnown():
		return basetypes.NewStringUnknown()
	case value.IsNull() || value.As(&known) != nil:
		return basetypes.NewStringNull()
	}
	return basetypes.NewStringValue(known)
}

func int64Value(value tftypes.Value) basetypes.Int64Value {
	var known big.Float
	switch {
	case !value.IsKnown():
		return basetypes.NewInt64Unknown()
	case value.IsNull() || value.As(&known) != nil:
		return basetypes.NewInt64Null()
	}
	whole, _ := known.Int64()
	return basetypes.NewInt64Value(whole)
}

func boolValue(value tftypes.Value) basetypes.BoolValue {
	var known bool
	switch {
	case !value.IsKnown():
		return basetypes.NewBoolUnknown()
	case value.IsNull() || value.As(&known) != nil:
		return basetypes.NewBoolNull()
	}
	return basetypes.NewBoolValue(known)
}
