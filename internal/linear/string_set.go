package linear

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ basetypes.SetTypable                    = StringSetType{}
	_ basetypes.SetValuableWithSemanticEquals = StringSetValue{}
	_ xattr.ValidateableAttribute             = StringSetValue{}
)

// StringSetType is a set of strings, for schema.SetAttribute.CustomType. It is
// what the framework's set of strings is, in linear time: the framework's
// compares each element with each other.
type StringSetType struct{}

// TerraformType implements attr.Type.
func (StringSetType) TerraformType(context.Context) tftypes.Type {
	return tftypes.Set{ElementType: tftypes.String}
}

// ElementType implements attr.TypeWithElementType.
func (StringSetType) ElementType() attr.Type { return basetypes.StringType{} }

// WithElementType implements attr.TypeWithElementType. A set of something else
// is no StringSetType.
func (StringSetType) WithElementType(element attr.Type) attr.TypeWithElementType {
	return basetypes.SetType{ElemType: element}
}

// ValueType implements attr.Type.
func (StringSetType) ValueType(context.Context) attr.Value { return StringSetValue{} }

// Equal implements attr.Type.
func (StringSetType) Equal(other attr.Type) bool {
	_, ok := other.(StringSetType)
	return ok
}

// String implements attr.Type.
func (StringSetType) String() string { return "linear.StringSetType" }

// ApplyTerraform5AttributePathStep implements attr.Type.
func (StringSetType) ApplyTerraform5AttributePathStep(step tftypes.AttributePathStep) (any, error) {
	return setOfStrings.ApplyTerraform5AttributePathStep(step)
}

// ValueFromTerraform implements attr.Type.
func (StringSetType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := setOfStrings.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	set, ok := value.(basetypes.SetValue)
	if !ok {
		return nil, fmt.Errorf("a set of strings became a %T", value)
	}
	return StringSetValue{set}, nil
}

// ValueFromSet implements basetypes.SetTypable.
func (StringSetType) ValueFromSet(_ context.Context, set basetypes.SetValue) (basetypes.SetValuable, diag.Diagnostics) {
	return StringSetValue{set}, nil
}

var setOfStrings = basetypes.SetType{ElemType: basetypes.StringType{}}

// StringSetValue is a value of StringSetType, and a model's field for it. The
// zero value is null.
type StringSetValue struct{ basetypes.SetValue }

// NewStringSetValue makes a set of known strings.
func NewStringSetValue(elements []string) StringSetValue {
	values := make([]attr.Value, len(elements))
	for i, element := range elements {
		values[i] = basetypes.NewStringValue(element)
	}
	return StringSetValue{basetypes.NewSetValueMust(basetypes.StringType{}, values)}
}

// NewStringSetNull makes a set that is null.
func NewStringSetNull() StringSetValue {
	return StringSetValue{basetypes.NewSetNull(basetypes.StringType{})}
}

// Type implements attr.Value.
func (StringSetValue) Type(context.Context) attr.Type { return StringSetType{} }

// ElementType returns the type of strings.
func (StringSetValue) ElementType(context.Context) attr.Type { return basetypes.StringType{} }

// ToSetValue implements basetypes.SetValuable.
func (v StringSetValue) ToSetValue(context.Context) (basetypes.SetValue, diag.Diagnostics) {
	return v.set(), nil
}

// ToTerraformValue implements attr.Value.
func (v StringSetValue) ToTerraformValue(ctx context.Context) (tftypes.Value, error) {
	return v.set().ToTerraformValue(ctx)
}

// set is the framework's value. That of the zero value has no element type yet.
func (v StringSetValue) set() basetypes.SetValue {
	if v.IsNull() {
		return basetypes.NewSetNull(basetypes.StringType{})
	}
	return v.SetValue
}

// Equal implements attr.Value: as for the framework's sets, the order of the
// elements does not matter.
func (v StringSetValue) Equal(other attr.Value) bool {
	set, ok := other.(StringSetValue)
	if !ok || v.IsNull() != set.IsNull() || v.IsUnknown() != set.IsUnknown() {
		return false
	}
	elements, others := v.Elements(), set.Elements()
	if len(elements) != len(others) {
		return false
	}
	known := make(map[attr.Value]bool, len(others))
	for _, element := range others {
		known[element] = true
	}
	for _, element := range elements {
		if !known[element] {
			return false
		}
	}
	return true
}

// SetSemanticEquals implements basetypes.SetValuableWithSemanticEquals. It adds
// no meaning to Equal: it spares the framework its comparison of each element
// with each other.
func (v StringSetValue) SetSemanticEquals(_ context.Context, other basetypes.SetValuable) (bool, diag.Diagnostics) {
	return v.Equal(other), nil
}

// ValidateAttribute implements xattr.ValidateableAttribute: no element occurs
// twice.
func (v StringSetValue) ValidateAttribute(ctx context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	elements := v.Elements()
	seen := make(map[attr.Value]bool, len(elements))
	for _, element := range elements {
		if seen[element] && !element.IsUnknown() {
			// The framework's own words, which show a value of tftypes.
			shown, err := element.ToTerraformValue(ctx)
			if err != nil {
				resp.Diagnostics.AddAttributeError(req.Path, "Set Type Validation Error", err.Error())
				return
			}
			resp.Diagnostics.AddAttributeError(req.Path, "Duplicate Set Element",
				fmt.Sprintf("This attribute contains duplicate values of: %s", shown))
		}
		seen[element] = true
	}
}
