package system

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// DefaultTimeout bounds an operation when the configuration sets no timeout.
const DefaultTimeout = 10 * time.Minute

// TimeoutsAttribute is the timeouts attribute of a resource, with words on what
// it is.
func TimeoutsAttribute(ctx context.Context, operations timeouts.Opts) schema.Attribute {
	return TimeoutsAttributeOf(ctx, DefaultTimeout, operations)
}

// TimeoutsAttributeOf is TimeoutsAttribute for a system with a default of its
// own, of whole minutes.
func TimeoutsAttributeOf(ctx context.Context, standard time.Duration, operations timeouts.Opts) schema.Attribute {
	form := fmt.Sprintf(" Write a duration such as `30s`, `5m` or `1h30m`. Default: `%.0fm`.", standard.Minutes())
	operations.CreateDescription = "How long creating may take, waiting included." + form
	operations.UpdateDescription = "How long an update may take, waiting included." + form
	operations.DeleteDescription = "How long destroying may take, waiting included." + form + " It must be applied before the destroy that it is meant for."
	attribute := timeouts.Attributes(ctx, operations)
	if nested, ok := attribute.(schema.SingleNestedAttribute); ok {
		nested.MarkdownDescription = "How long each operation may take before it is given up. Changed in place."
		return nested
	}
	return attribute
}

// Within bounds an operation by the resource's timeouts attribute. setting is
// the method of timeouts.Value that reads it, such as plan.Timeouts.Create.
func Within(
	ctx context.Context,
	setting func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	diagnostics *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	return WithinOf(ctx, DefaultTimeout, setting, diagnostics)
}

// WithinOf is Within for a system with a default of its own.
func WithinOf(
	ctx context.Context,
	standard time.Duration,
	setting func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	diagnostics *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	limit, problems := setting(ctx, standard)
	diagnostics.Append(problems...)
	return context.WithTimeout(ctx, limit)
}

// NoTimeouts is the timeouts attribute of a resource that sets none.
func NoTimeouts(operations ...string) timeouts.Value {
	attributes := map[string]attr.Type{}
	for _, operation := range operations {
		attributes[operation] = types.StringType
	}
	return timeouts.Value{Object: types.ObjectNull(attributes)}
}
