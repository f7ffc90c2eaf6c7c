package system

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// CaseInsensitiveType is a string type for values that a server may answer in
// another letter case than it was sent: e-mail addresses, hex colours.
type CaseInsensitiveType struct{ basetypes.StringType }

// CaseInsensitive is a value of CaseInsensitiveType.
type CaseInsensitive struct{ basetypes.StringValue }

var (
	_ basetypes.StringTypable                    = CaseInsensitiveType{}
	_ basetypes.StringValuableWithSemanticEquals = CaseInsensitive{}
)

// NewCaseInsensitive returns a known value.
func NewCaseInsensitive(value string) CaseInsensitive {
	return CaseInsensitive{basetypes.NewStringValue(value)}
}

// Equal implements attr.Type.
func (t CaseInsensitiveType) Equal(other attr.Type) bool {
	_, ok := other.(CaseInsensitiveType)
	return ok
}

// String implements attr.Type.
func (CaseInsensitiveType) String() string { return "system.CaseInsensitiveType" }

// ValueType implements attr.Type.
func (CaseInsensitiveType) ValueType(context.Context) attr.Value { return CaseInsensitive{} }

// ValueFromString implements basetypes.StringTypable.
func (CaseInsensitiveType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return CaseInsensitive{in}, nil
}

// ValueFromTerraform implements attr.Type.
func (t CaseInsensitiveType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	text, ok := value.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("expected a string value, got %T", value)
	}
	return CaseInsensitive{text}, nil
}

// Type implements attr.Value.
func (CaseInsensitive) Type(context.Context) attr.Type { return CaseInsensitiveType{} }

// Equal implements attr.Value: exact, as Terraform demands.
func (v CaseInsensitive) Equal(other attr.Value) bool {
	o, ok := other.(CaseInsensitive)
	return ok && v.StringValue.Equal(o.StringValue)
}

// StringSemanticEquals is true when two values differ in letter case alone.
func (v CaseInsensitive) StringSemanticEquals(_ context.Context, other basetypes.StringValuable) (bool, diag.Diagnostics) {
	o, ok := other.(CaseInsensitive)
	return ok && strings.EqualFold(v.ValueString(), o.ValueString()), nil
}
