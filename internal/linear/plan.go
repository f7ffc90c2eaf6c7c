package linear

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// plannedElements is the plan of a resource's large attributes.
type plannedElements struct {
	plan        tftypes.Value // whole, but only the large attributes count
	differ      bool          // from the prior state, before computed values are marked
	replace     []*tftypes.AttributePath
	diagnostics diag.Diagnostics
}

// planElements plans the large attributes in the framework's steps: defaults,
// comparison of the whole resource with its prior state, marking of what is
// computed, plan modifiers.
func (k *carried) planElements(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest, prior, config, proposed tftypes.Value) (*plannedElements, error) {
	result := &plannedElements{plan: proposed}
	planned := maps.Clone(fields(proposed))
	if planned == nil {
		return result, nil // a destruction
	}
	configs, priors := fields(config), fields(prior)
	result.differ = prior.IsNull()
	begun := make([]*planning, len(k.collections))
	for i, one := range k.collections {
		begun[i] = one.begin(ctx, configs[one.name], priors[one.name], planned[one.name], &result.diagnostics)
		result.differ = result.differ || begun[i].differs
	}
	if result.diagnostics.HasError() {
		return result, nil
	}
	differs := result.differ
	if !differs {
		var err error
		if differs, err = k.restDiffers(ctx, req, prior, config, proposed); err != nil {
			return nil, err
		}
	}
	for i, one := range k.collections {
		planned[one.name] = begun[i].value
	}
	scope := scope{
		config: tfsdk.Config{Raw: config, Schema: k.schema},
		plan:   tfsdk.Plan{Raw: proposed, Schema: k.schema},
		state:  tfsdk.State{Raw: prior, Schema: k.schema},
	}
	for i, one := range k.collections {
		planned[one.name] = begun[i].finish(ctx, differs, scope, result)
	}
	result.plan = tftypes.NewValue(k.object, planned)
	return result, nil
}
