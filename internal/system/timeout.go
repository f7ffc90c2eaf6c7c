package system

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// DefaultTimeout bounds an operation when the configuration sets no timeout.
const DefaultTimeout = 10 * time.Minute

// Within bounds an operation by the resource's timeouts attribute. setting is
// the method of timeouts.Value that reads it, such as plan.Timeouts.Create.
func Within(
	ctx context.Context,
	setting func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	diagnostics *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	limit, problems := setting(ctx, DefaultTimeout)
	diagnostics.Append(problems...)
	return context.WithTimeout(ctx, limit)
}
