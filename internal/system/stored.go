package system

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// KeepPlanned puts a planned value back where the server answered another one
// after a write, and says so. Terraform would otherwise call it a bug of the
// provider; the next plan shows the difference. title is the system in texts.
func KeepPlanned[T attr.Value](title string, planned T, stored *T, attribute string, diagnostics *diag.Diagnostics) {
	if planned.IsUnknown() || planned.Equal(*stored) {
		return
	}
	diagnostics.AddAttributeWarning(path.Root(attribute), title+" stored another value",
		fmt.Sprintf("For %s it answered another value than it was asked to store. The next plan will show the difference.", attribute))
	*stored = planned
}

// SaveIdentity writes the identity attributes, which are named as the
// attributes they repeat. A Read does so first of all: the framework wants the
// identity of an object that turns out to be gone, too.
func SaveIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, values map[string]types.String) diag.Diagnostics {
	var problems diag.Diagnostics
	if identity == nil {
		return problems
	}
	for attribute, value := range values {
		problems.Append(identity.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	return problems
}
