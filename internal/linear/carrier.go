package linear

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// carrier is the resource that the framework sees: it gives the real one its
// values whole, and the framework what is left without the large attributes.
//
// It has the optional methods of a resource whether the real one has them or
// not: where that makes a difference to the framework, it does what the
// framework does for a resource without the method.
type carrier struct{ Resource }

var (
	_ resource.ResourceWithConfigure        = carrier{}
	_ resource.ResourceWithConfigValidators = carrier{}
	_ resource.ResourceWithImportState      = carrier{}
	_ resource.ResourceWithModifyPlan       = carrier{}
	_ resource.ResourceWithMoveState        = carrier{}
	_ resource.ResourceWithUpgradeState     = carrier{}
	_ resource.ResourceWithValidateConfig   = carrier{}
	_ resource.ResourceWithIdentity         = carrierWithIdentity{}
	_ resource.ResourceWithUpgradeIdentity  = carrierWithIdentity{}
)

// carries is what a server has to know; nil when the resource can't be carried.
func (c carrier) carries() *carried {
	kind, err := newCarried(context.Background(), c.Resource)
	if err != nil {
		return nil
	}
	return kind
}

func (c carrier) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if aboard := cargoOf(ctx); aboard != nil {
		req.Config.Raw, req.Plan.Raw = aboard.config, aboard.plan
		defer aboard.takeState(&resp.State.Raw)
	}
	c.Resource.Create(ctx, req, resp)
}

func (c carrier) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if aboard := cargoOf(ctx); aboard != nil {
		req.State.Raw, resp.State.Raw = aboard.prior, aboard.prior
		defer aboard.takeState(&resp.State.Raw)
	}
	c.Resource.Read(ctx, req, resp)
}

func (c carrier) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if aboard := cargoOf(ctx); aboard != nil {
		req.Config.Raw, req.Plan.Raw, req.State.Raw = aboard.config, aboard.plan, aboard.prior
		resp.State.Raw = aboard.prior
		defer aboard.takeState(&resp.State.Raw)
	}
	c.Resource.Update(ctx, req, resp)
}

func (c carrier) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if aboard := cargoOf(ctx); aboard != nil {
		req.State.Raw, resp.State.Raw = aboard.prior, aboard.prior
		defer aboard.takeState(&resp.State.Raw)
	}
	c.Resource.Delete(ctx, req, resp)
}

// takeState keeps the state that the resource has made.
func (c *cargo) takeState(raw *tftypes.Value) {
	c.state = *raw
	*raw = c.kind.without(*raw, null)
}

func (c carrier) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	modifier, modifies := c.Resource.(resource.ResourceWithModifyPlan)
	aboard := cargoOf(ctx)
	if aboard != nil {
		aboard.reached = true
		modifies = modifies && !aboard.failed
	}
	if !modifies {
		return
	}
	if aboard != nil {
		req.Config.Raw, req.State.Raw = aboard.config, aboard.prior
		req.Plan.Raw = aboard.kind.with(req.Plan.Raw, aboard.plan)
		resp.Plan.Raw = req.Plan.Raw
		defer aboard.takePlan(&resp.Plan.Raw)
	}
	modifier.ModifyPlan(ctx, req, resp)
}

// takePlan keeps the plan that the resource has made.
func (c *cargo) takePlan(raw *tftypes.Value) {
	c.plan = *raw
	*raw = c.kind.without(*raw, null)
}

func (c carrier) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if aboard := cargoOf(ctx); aboard != nil {
		req.Config.Raw = aboard.config
	}
	if validator, ok := c.Resource.(resource.ResourceWithValidateConfig); ok {
		validator.ValidateConfig(ctx, req, resp)
	}
}

func (c carrier) ConfigValidators(ctx context.Context) []resource.ConfigValidator {
	validated, ok := c.Resource.(resource.ResourceWithConfigValidators)
	if !ok {
		return nil
	}
	var all []resource.ConfigValidator
	for _, one := range validated.ConfigValidators(ctx) {
		all = append(all, wholeConfigValidator{one})
	}
	return all
}

// wholeConfigValidator shows a validator the whole configuration.
type wholeConfigValidator struct{ resource.ConfigValidator }

func (v wholeConfigValidator) ValidateResource(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if aboard := cargoOf(ctx); aboard != nil {
		req.Config.Raw = aboard.config
	}
	v.ConfigValidator.ValidateResource(ctx, req, resp)
}

func (c carrier) Configure(ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if configured, ok := c.Resource.(resource.ResourceWithConfigure); ok {
		configured.Configure(ctx, req, resp)
	}
}

func (c carrier) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importer, ok := c.Resource.(resource.ResourceWithImportState)
	if !ok {
		resp.Diagnostics.AddError("Resource Import Not Implemented",
			"This resource does not support import. Please contact the provider developer for additional information.")
		return
	}
	importer.ImportState(ctx, req, resp)
}

func (c carrier) MoveState(ctx context.Context) []resource.StateMover {
	if moved, ok := c.Resource.(resource.ResourceWithMoveState); ok {
		return moved.MoveState(ctx)
	}
	return nil
}

func (c carrier) UpgradeState(ctx context.Context) map[int64]resource.StateUpgrader {
	if upgraded, ok := c.Resource.(resource.ResourceWithUpgradeState); ok {
		return upgraded.UpgradeState(ctx)
	}
	return nil
}

// carrierWithIdentity is the carrier of a resource with an identity.
type carrierWithIdentity struct{ carrier }

func (c carrierWithIdentity) IdentitySchema(ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	if identified, ok := c.Resource.(resource.ResourceWithIdentity); ok {
		identified.IdentitySchema(ctx, req, resp)
	}
}

func (c carrierWithIdentity) UpgradeIdentity(ctx context.Context) map[int64]resource.IdentityUpgrader {
	if upgraded, ok := c.Resource.(resource.ResourceWithUpgradeIdentity); ok {
		return upgraded.UpgradeIdentity(ctx)
	}
	return nil
}
