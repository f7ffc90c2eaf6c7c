package system

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

// ReadListConfig reads the configuration of a list. A list block without a
// config block has none, and target stays as it is.
func ReadListConfig(ctx context.Context, config tfsdk.Config, target any) diag.Diagnostics {
	if config.Raw.IsNull() {
		return nil
	}
	return config.Get(ctx, target)
}

// AtMost ends a list after limit results, and asks for no more than those.
// Zero is no limit.
func AtMost(limit int64, results iter.Seq[list.ListResult]) iter.Seq[list.ListResult] {
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
