package linear

import (
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// equal is tftypes.Value.Equal in linear time, also for sets of strings. Both
// values are of the type of one attribute.
func equal(a, b tftypes.Value) bool {
	if a.IsNull() || b.IsNull() || !a.IsKnown() || !b.IsKnown() {
		return a.IsNull() == b.IsNull() && a.IsKnown() == b.IsKnown()
	}
	switch a.Type().(type) {
	case tftypes.Map, tftypes.Object:
		return equalFields(fields(a), fields(b))
	case tftypes.Set:
		return equalSets(a, b)
	}
	return same(a, b)
}

func equalFields(a, b map[string]tftypes.Value) bool {
	if len(a) != len(b) || (a == nil) != (b == nil) {
		return false
	}
	for name, value := range a {
		other, ok := b[name]
		if !ok || !equal(value, other) {
			return false
		}
	}
	return true
}

// equalSets compares sets of strings.
func equalSets(a, b tftypes.Value) bool {
	var elements, others []tftypes.Value
	if a.As(&elements) != nil || b.As(&others) != nil || len(elements) != len(others) {
		return false
	}
	known := make(map[string]bool, len(others))
	for _, element := range others {
		known[text(element)] = true
	}
	for _, element := range elements {
		if !known[text(element)] {
			return false
		}
	}
	return true
}

// text tells the elements of a set of strings apart.
func text(value tftypes.Value) string {
	switch {
	case !value.IsKnown():
		return "unknown"
	case value.IsNull():
		return "null"
	}
	var known string
	if err := value.As(&known); err != nil {
		return "error " + err.Error()
	}
	return "=" + known
}

// same compares values of a primitive type.
func same(a, b tftypes.Value) bool {
	if a.IsNull() || b.IsNull() || !a.IsKnown() || !b.IsKnown() {
		return a.IsNull() == b.IsNull() && a.IsKnown() == b.IsKnown()
	}
	var texts [2]string
	if a.As(&texts[0]) == nil && b.As(&texts[1]) == nil {
		return texts[0] == texts[1]
	}
	var numbers [2]big.Float
	if a.As(&numbers[0]) == nil && b.As(&numbers[1]) == nil {
		return numbers[0].Cmp(&numbers[1]) == 0
	}
	var truths [2]bool
	return a.As(&truths[0]) == nil && b.As(&truths[1]) == nil && truths[0] == truths[1]
}
