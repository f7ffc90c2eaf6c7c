package linear_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/linear"
)

var setType = tftypes.Set{ElementType: tftypes.String}

func set(elements ...any) tftypes.Value {
	values := []tftypes.Value{}
	for _, element := range elements {
		values = append(values, tftypes.NewValue(tftypes.String, element))
	}
	return tftypes.NewValue(setType, values)
}

// Every pair of these is equal or not as the framework's own sets are, and each
// is as valid.
func TestStringSetIsTheFrameworksSet(t *testing.T) {
	t.Parallel()
	values := []tftypes.Value{
		tftypes.NewValue(setType, nil), tftypes.NewValue(setType, tftypes.UnknownValue), set(),
		set("a"), set("b"), set("a", "b"), set("b", "a"), set("a", "b", "c"), set("a", "a"), set("a", "a", "b", "b"),
		set(nil), set(nil, nil), set("a", nil), set(tftypes.UnknownValue), set(tftypes.UnknownValue, tftypes.UnknownValue), set("", nil),
	}
	framework := basetypes.SetType{ElemType: types.StringType}
	for _, one := range values {
		mine, theirs := stringSet(t, one), fromTerraform(t, framework, one)

		var resp xattr.ValidateAttributeResponse
		mine.ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("members")}, &resp)
		if want := framework.Validate(t.Context(), one, path.Root("members")); fmt.Sprint(resp.Diagnostics) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", one, resp.Diagnostics, want)
		}
		back, err := mine.ToTerraformValue(t.Context())
		if err != nil || fmt.Sprint(back) != fmt.Sprint(one) {
			t.Errorf("%s became %s: %v", one, back, err)
		}
		for _, other := range values {
			if got, want := mine.Equal(stringSet(t, other)), theirs.Equal(fromTerraform(t, framework, other)); got != want {
				t.Errorf("%s equals %s: %t, want %t", one, other, got, want)
			}
		}
	}
}

func stringSet(t *testing.T, value tftypes.Value) linear.StringSetValue {
	t.Helper()
	return fromTerraform(t, linear.StringSetType{}, value).(linear.StringSetValue)
}

func fromTerraform(t *testing.T, valueType attr.Type, value tftypes.Value) attr.Value {
	t.Helper()
	made, err := valueType.ValueFromTerraform(t.Context(), value)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestNewStringSetValue(t *testing.T) {
	t.Parallel()
	if made := linear.NewStringSetValue([]string{"ann", "bob"}); !made.Equal(stringSet(t, set("bob", "ann"))) {
		t.Errorf("got %s", made)
	}
	if made := linear.NewStringSetValue(nil); made.IsNull() || !made.Equal(stringSet(t, set())) {
		t.Errorf("no elements: %s", made)
	}
	var zero linear.StringSetValue
	if !zero.Equal(linear.NewStringSetNull()) {
		t.Errorf("the zero value is %s", zero)
	}
	if value, err := zero.ToTerraformValue(t.Context()); err != nil || !value.IsNull() || !value.Type().Is(setType) {
		t.Errorf("the zero value becomes %s: %v", value, err)
	}
}

func TestStringSetTypeRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	if made, err := (linear.StringSetType{}).ValueFromTerraform(t.Context(), tftypes.NewValue(tftypes.Bool, true)); err == nil {
		t.Errorf("a boolean became %s", made)
	}
	if (linear.StringSetType{}).Equal(types.SetType{ElemType: types.StringType}) {
		t.Error("it equals the framework's set")
	}
}
