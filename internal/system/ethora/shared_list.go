package ethora

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// listAppID is the app_id of a list resource.
func listAppID() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the app to list (24 hexadecimal digits). Default: the provider's own app.",
		Optional:            true,
		Validators:          appIDValidators(),
	}
}

// readListConfig reads the configuration of a list. A list block without a
// config block has none, and target stays as it is.
func readListConfig(ctx context.Context, config tfsdk.Config, target any) diag.Diagnostics {
	if config.Raw.IsNull() {
		return nil
	}
	return config.Get(ctx, target)
}

// atMost ends a list after limit results, and asks for no more than those.
// Zero is no limit.
func atMost(limit int64, results iter.Seq[list.ListResult]) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		left := limit
		for result := range results {
			left--
			if !push(result) || left == 0 {
				return
			}
		}
	}
}

// noTimeouts is the timeouts attribute of a resource that sets none.
func noTimeouts(operations ...string) timeouts.Value {
	attributes := map[string]attr.Type{}
	for _, operation := range operations {
		attributes[operation] = types.StringType
	}
	return timeouts.Value{Object: types.ObjectNull(attributes)}
}
