package linear

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// collection is a large attribute.
type collection struct {
	name        string
	attribute   schema.Attribute
	valueType   tftypes.Type
	elementType tftypes.Type
	leaves      []leaf // the attributes of an element of a nested map, in order
}

// newCollection checks the attribute: see CheckLargeAttributes.
func newCollection(ctx context.Context, name string, attribute schema.Attribute) (*collection, error) {
	if reason := unfit(attribute); reason != "" {
		return nil, fmt.Errorf("the large attribute %q %s", name, reason)
	}
	one := &collection{name: name, attribute: attribute, valueType: attribute.GetType().TerraformType(ctx)}
	nested, ok := attribute.(schema.MapNestedAttribute)
	if !ok {
		return one, nil
	}
	one.elementType = nested.NestedObject.Type().TerraformType(ctx)
	for _, inner := range slices.Sorted(maps.Keys(nested.NestedObject.Attributes)) {
		leaf, err := newLeaf(ctx, inner, nested.NestedObject.Attributes[inner])
		if err != nil {
			return nil, fmt.Errorf("the large attribute %q %w", name, err)
		}
		one.leaves = append(one.leaves, leaf)
	}
	return one, nil
}

// unfit says why an attribute can't be carried; "": it can.
func unfit(attribute schema.Attribute) string {
	switch {
	case attribute == nil:
		return "is not in the schema"
	case attribute.IsComputed():
		return "is computed"
	case attribute.IsWriteOnly():
		return "is write-only"
	case attribute.GetDeprecationMessage() != "":
		return "is deprecated"
	}
	modifiers := 0
	switch typed := attribute.(type) {
	case schema.MapNestedAttribute:
		if typed.CustomType != nil || typed.NestedObject.CustomType != nil {
			return "has a custom type of its own"
		}
		modifiers = len(typed.PlanModifiers) + len(typed.NestedObject.PlanModifiers)
	case schema.MapAttribute:
		if !typed.GetType().Equal(basetypes.MapType{ElemType: basetypes.StringType{}}) {
			return "is a map of something else than plain strings"
		}
		modifiers = len(typed.PlanModifiers)
	case schema.SetAttribute:
		if (StringSetType{}) != typed.CustomType {
			return "is a set of another type than StringSetType"
		}
		modifiers = len(typed.PlanModifiers)
	default:
		return fmt.Sprintf("is a %T", attribute)
	}
	if modifiers > 0 {
		return "has plan modifiers of its own"
	}
	return ""
}

// planning is the plan of one collection on the way.
type planning struct {
	*collection
	value   tftypes.Value            // as it is planned, if it is not nested
	whole   map[string]tftypes.Value // elements that are null or unknown themselves
	planned map[string]map[string]tftypes.Value
	configs map[string]tftypes.Value
	priors  map[string]tftypes.Value
	differs bool // from the prior state, before computed values are marked
}

// begin does what the framework does before it compares the plan with the prior
// state: it sets defaults and takes out what is write-only.
func (c *collection) begin(ctx context.Context, config, prior, proposed tftypes.Value, diagnostics *diag.Diagnostics) *planning {
	p := &planning{collection: c, value: proposed}
	elements := fields(proposed)
	if c.leaves == nil || elements == nil {
		p.differs = !equal(proposed, prior)
		return p
	}
	p.configs, p.priors = fields(config), fields(prior)
	p.planned = make(map[string]map[string]tftypes.Value, len(elements))
	p.whole = map[string]tftypes.Value{}
	p.differs = prior.IsNull() || len(elements) != len(p.priors)
	for key, element := range elements {
		planned := maps.Clone(fields(element))
		if planned == nil {
			p.whole[key] = element
			p.differs = p.differs || !equal(element, p.priors[key])
			continue
		}
		c.setDefaults(ctx, key, fields(p.configs[key]), planned, diagnostics)
		p.planned[key] = planned
		p.differs = p.differs || !equalFields(planned, fields(p.priors[key]))
	}
	return p
}

// setDefaults makes one element what it will be if nothing is computed.
func (c *collection) setDefaults(ctx context.Context, key string, config, planned map[string]tftypes.Value, diagnostics *diag.Diagnostics) {
	for _, one := range c.leaves {
		if one.fallback != nil && config[one.name].IsNull() {
			value, problems := one.fallback(ctx, c.path(key, one.name))
			diagnostics.Append(problems...)
			if !problems.HasError() {
				planned[one.name] = value
			}
		}
		if one.writeOnly {
			planned[one.name] = tftypes.NewValue(one.valueType, nil)
		}
	}
}

// finish does the rest: where the resource differs from its prior state, what
// is computed and not configured becomes unknown, and then plan modifiers have
// their say.
func (p *planning) finish(ctx context.Context, differs bool, scope scope, result *plannedElements) tftypes.Value {
	if p.planned == nil {
		return p.value
	}
	elements := p.whole
	for _, key := range slices.Sorted(maps.Keys(p.planned)) {
		planned, config, prior := p.planned[key], fields(p.configs[key]), fields(p.priors[key])
		for _, one := range p.leaves {
			if differs && one.computed && one.fallback == nil && config[one.name].IsNull() {
				planned[one.name] = tftypes.NewValue(one.valueType, tftypes.UnknownValue)
			}
			if one.modify == nil {
				continue
			}
			at := p.path(key, one.name)
			value, replace, problems := one.modify(ctx, modification{
				scope: scope, path: at, config: config[one.name], prior: prior[one.name], planned: planned[one.name],
			})
			planned[one.name] = value
			result.diagnostics.Append(problems...)
			if replace {
				result.replace = append(result.replace, tftypes.NewAttributePath().
					WithAttributeName(p.name).WithElementKeyString(key).WithAttributeName(one.name))
			}
		}
		elements[key] = tftypes.NewValue(p.elementType, planned)
	}
	return tftypes.NewValue(p.valueType, elements)
}

// settle does what the framework does with a state that a resource has made:
// values that mean the same as before stay as they were, and what is write-only
// is left out.
func (c *collection) settle(ctx context.Context, state, prior tftypes.Value) (tftypes.Value, diag.Diagnostics) {
	var diagnostics diag.Diagnostics
	elements := maps.Clone(fields(state))
	if c.leaves == nil || elements == nil {
		return state, nil
	}
	priors := fields(prior)
	for key, element := range elements {
		values, before := maps.Clone(fields(element)), fields(priors[key])
		if values == nil {
			continue
		}
		changed := false
		for _, one := range c.leaves {
			value, problems := one.settle(ctx, values[one.name], before[one.name])
			diagnostics.Append(problems...)
			if !same(value, values[one.name]) {
				values[one.name], changed = value, true
			}
		}
		if changed {
			elements[key] = tftypes.NewValue(c.elementType, values)
		}
	}
	return tftypes.NewValue(c.valueType, elements), diagnostics
}

func (c *collection) path(key, name string) path.Path {
	return path.Root(c.name).AtMapKey(key).AtName(name)
}

// fields are the attributes of an object or the elements of a map, to be read
// only; nil when the value is null or unknown.
func fields(value tftypes.Value) map[string]tftypes.Value {
	if value.IsNull() || !value.IsKnown() {
		return nil
	}
	var all map[string]tftypes.Value
	if err := value.As(&all); err != nil {
		return nil
	}
	return all
}
