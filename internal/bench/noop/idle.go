package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// An idleProvider is the real provider without its system: it connects to
// nothing, and its resources write down what was planned.
type idleProvider struct{ provider.Provider }

func (idleProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (idleProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p idleProvider) Resources(ctx context.Context) []func() resource.Resource {
	var idle []func() resource.Resource
	for _, create := range p.Provider.Resources(ctx) {
		idle = append(idle, func() resource.Resource {
			inner := create()
			if identified, ok := inner.(resource.ResourceWithIdentity); ok {
				return idleIdentified{idleResource{inner}, identified}
			}
			return idleResource{inner}
		})
	}
	return idle
}

// An idleResource has the schema of a real resource, its validators and plan
// modifiers included, and nothing else of it.
type idleResource struct{ inner resource.Resource }

func (r idleResource) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.inner.Metadata(ctx, req, resp)
}

func (r idleResource) Schema(ctx context.Context, req resource.SchemaRequest, resp *resource.SchemaResponse) {
	r.inner.Schema(ctx, req, resp)
}

func (r idleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.Append(settle(ctx, req.Plan, &resp.State, resp.Identity)...)
}

func (r idleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	resp.Diagnostics.Append(identify(ctx, req.State.Raw, resp.Identity)...)
}

func (r idleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.Append(settle(ctx, req.Plan, &resp.State, resp.Identity)...)
}

func (r idleResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// An idleIdentified is an idleResource whose inner one has an identity.
type idleIdentified struct {
	idleResource
	identified resource.ResourceWithIdentity
}

func (r idleIdentified) IdentitySchema(ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	r.identified.IdentitySchema(ctx, req, resp)
}

// settle makes the plan the state, with a value of the right type for each
// that is unknown.
func settle(ctx context.Context, plan tfsdk.Plan, state *tfsdk.State, identity *tfsdk.ResourceIdentity) (problems diag.Diagnostics) {
	settled, err := tftypes.Transform(plan.Raw, func(_ *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if value.IsKnown() {
			return value, nil
		}
		return anyValue(value.Type()), nil
	})
	if err != nil {
		problems.AddError("Can't make the plan the state", err.Error())
		return problems
	}
	state.Raw = settled
	return identify(ctx, settled, identity)
}

// identify fills the identity, if there is one, from the attributes of the
// same names.
func identify(ctx context.Context, object tftypes.Value, identity *tfsdk.ResourceIdentity) (problems diag.Diagnostics) {
	if identity == nil {
		return problems
	}
	var all map[string]tftypes.Value
	if err := object.As(&all); err != nil {
		problems.AddError("Can't take the identity from the object", err.Error())
		return problems
	}
	named := map[string]tftypes.Value{}
	for name := range identity.Schema.GetAttributes() {
		named[name] = all[name]
	}
	identity.Raw = tftypes.NewValue(identity.Schema.Type().TerraformType(ctx), named)
	return problems
}

// anyValue is a known value of a type.
func anyValue(of tftypes.Type) tftypes.Value {
	switch {
	case of.Is(tftypes.String):
		return tftypes.NewValue(of, "noop")
	case of.Is(tftypes.Number):
		return tftypes.NewValue(of, 0)
	case of.Is(tftypes.Bool):
		return tftypes.NewValue(of, false)
	default:
		return tftypes.NewValue(of, nil)
	}
}
