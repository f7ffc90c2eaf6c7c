package system

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

// SaveIdentity writes the identity, whose attributes are named as those that
// they repeat: values has all of them. A Read does so first of all: the
// framework wants the identity of an object that turns out to be gone, too.
func SaveIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, values map[string]types.String) diag.Diagnostics {
	if identity == nil {
		return nil
	}
	// Set attribute by attribute, it would take longer than all else in a Read.
	object := map[string]tftypes.Value{}
	for attribute, value := range values {
		object[attribute] = tftypes.NewValue(tftypes.String, value.ValueStringPointer())
		if value.IsUnknown() {
			object[attribute] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		}
	}
	kind := identity.Schema.Type().TerraformType(ctx)
	if err := tftypes.ValidateValue(kind, object); err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Can't write the identity",
			fmt.Sprintf("This is a bug in the provider: please report it. %s", err))}
	}
	identity.Raw = tftypes.NewValue(kind, object)
	return nil
}

// SaveChanged writes a model into a state that holds prior. Where nothing has
// changed, as in most Reads, it spares the framework the work.
func SaveChanged[M any](ctx context.Context, prior, model M, state *tfsdk.State) diag.Diagnostics {
	if reflect.DeepEqual(prior, model) {
		return nil
	}
	return state.Set(ctx, model)
}
