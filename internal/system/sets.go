package system

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// KnownTexts are the known elements of a set of texts, sorted.
func KnownTexts(set types.Set) []string {
	texts := []string{}
	for _, element := range set.Elements() {
		if value, ok := element.(types.String); ok && !value.IsUnknown() && !value.IsNull() {
			texts = append(texts, value.ValueString())
		}
	}
	slices.Sort(texts)
	return texts
}

// Without lists the elements of one list that another lacks.
func Without(list, other []string) []string {
	known := make(map[string]bool, len(other))
	for _, element := range other {
		known[element] = true
	}
	rest := []string{}
	for _, element := range list {
		if !known[element] {
			rest = append(rest, element)
		}
	}
	return rest
}
