// Package linear answers Terraform in linear time for resources with large
// collections.
//
// The framework needs time that grows with the square of a collection: for each
// planned element it copies the whole maps of the configuration and the state,
// and it compares each element of a set with each other. And for each leaf it
// looks up the schema again, several times in each call, so that 10,000 small
// elements would take many seconds even without the squares. So the large attributes travel past the framework:
// it validates, plans, applies and reads the rest of the resource, and this
// package does with the elements what the framework would have done. Terraform
// is told the same; the tests hold one against the other.
package linear

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Resource is a resource with large collections. The provider wraps it with
// Carry.
//
// Such a resource sees its collections whole in Create, Read, Update, Delete,
// ModifyPlan and ValidateConfig, as ever. Three things see less than they would
// without Carry: plan modifiers inside a collection have no private state, and
// find the other attributes in the plan as Terraform proposed them; validators
// of other attributes find a large one unknown; plan modifiers of other
// attributes find it null or unknown.
type Resource interface {
	resource.Resource

	// LargeAttributes names the root attributes that may hold thousands of
	// elements. CheckLargeAttributes says what they may be.
	LargeAttributes() []string
}

// framework is all that the framework's server can do.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server answers for the resources that are carried, and leaves all else to the
// framework.
type server struct {
	framework
	carried map[string]*carried // by type name
}

// Server makes servers of a provider whose resources went through Carry.
func Server(p provider.Provider) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		inner := providerserver.NewProtocol6(p)()
		all, ok := inner.(framework)
		if !ok {
			return inner
		}
		return &server{framework: all, carried: carriedBy(context.Background(), p)}
	}
}

func carriedBy(ctx context.Context, p provider.Provider) map[string]*carried {
	var metadata provider.MetadataResponse
	p.Metadata(ctx, provider.MetadataRequest{}, &metadata)
	all := map[string]*carried{}
	for _, construct := range p.Resources(ctx) {
		carrier, ok := construct().(interface{ carries() *carried })
		if !ok {
			continue
		}
		kind := carrier.carries()
		if kind == nil {
			continue
		}
		var named resource.MetadataResponse
		kind.resource.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: metadata.TypeName}, &named)
		all[named.TypeName] = kind
	}
	return all
}

// ValidateResourceConfig implements tfprotov6.ResourceServer.
func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	kind := s.carried[req.TypeName]
	whole, ok := kind.open(req.Config)
	if !ok {
		return s.framework.ValidateResourceConfig(ctx, req)
	}
	config := whole[0]
	small := *req
	small.Config = kind.encode(kind.without(config, unknownIfSet))
	cargo := &cargo{kind: kind, config: config}
	resp, err := s.framework.ValidateResourceConfig(context.WithValue(ctx, cargoKey{}, cargo), &small)
	*cargo = unloaded
	if err != nil {
		return nil, err
	}
	problems, err := kind.validate(ctx, req, config)
	if err != nil {
		return nil, err
	}
	resp.Diagnostics = union(resp.Diagnostics, problems)
	return resp, nil
}

// PlanResourceChange implements tfprotov6.ResourceServer.
func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	kind := s.carried[req.TypeName]
	whole, ok := kind.open(req.PriorState, req.Config, req.ProposedNewState)
	if !ok {
		return s.framework.PlanResourceChange(ctx, req)
	}
	prior, config, proposed := whole[0], whole[1], whole[2]
	elements, err := kind.planElements(ctx, req, prior, config, proposed)
	if err != nil {
		return nil, err
	}

	leave := null
	if elements.differ {
		leave = unknown // so that the framework sees a difference where there is one
	}
	small := *req
	small.PriorState = kind.encode(kind.without(prior, null))
	small.Config = kind.encode(kind.without(config, leave))
	small.ProposedNewState = kind.encode(kind.without(proposed, leave))
	cargo := &cargo{kind: kind, config: config, prior: prior, plan: elements.plan, failed: elements.diagnostics.HasError()}
	resp, err := s.framework.PlanResourceChange(context.WithValue(ctx, cargoKey{}, cargo), &small)
	planned, deferred := cargo.plan, !cargo.reached
	*cargo = unloaded
	if err != nil {
		return nil, err
	}
	resp.Diagnostics = union(resp.Diagnostics, protocolDiagnostics(ctx, elements.diagnostics))
	resp.RequiresReplace = unionOfPaths(resp.RequiresReplace, elements.replace)
	if deferred && resp.Deferred != nil {
		resp.PlannedState = req.ProposedNewState // the provider does not plan yet
		return resp, nil
	}
	resp.PlannedState, err = kind.join(resp.PlannedState, planned)
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ResourceServer.
func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	kind := s.carried[req.TypeName]
	whole, ok := kind.open(req.PriorState, req.Config, req.PlannedState)
	if !ok {
		return s.framework.ApplyResourceChange(ctx, req)
	}
	prior, config, plan := whole[0], whole[1], whole[2]
	small := *req
	small.PriorState = kind.encode(kind.without(prior, null))
	small.Config = kind.encode(kind.without(config, null))
	small.PlannedState = kind.encode(kind.without(plan, null))
	cargo := &cargo{kind: kind, config: config, prior: prior, plan: plan, state: prior}
	resp, err := s.framework.ApplyResourceChange(context.WithValue(ctx, cargoKey{}, cargo), &small)
	state := cargo.state
	*cargo = unloaded
	if err != nil {
		return nil, err
	}
	resp.NewState, resp.Diagnostics, err = kind.settle(ctx, resp.NewState, resp.Diagnostics, state, plan)
	return resp, err
}

// ReadResource implements tfprotov6.ResourceServer.
func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	kind := s.carried[req.TypeName]
	whole, ok := kind.open(req.CurrentState)
	if !ok {
		return s.framework.ReadResource(ctx, req)
	}
	prior := whole[0]
	small := *req
	small.CurrentState = kind.encode(kind.without(prior, null))
	cargo := &cargo{kind: kind, prior: prior, state: prior}
	resp, err := s.framework.ReadResource(context.WithValue(ctx, cargoKey{}, cargo), &small)
	state := cargo.state
	*cargo = unloaded
	if err != nil {
		return nil, err
	}
	resp.NewState, resp.Diagnostics, err = kind.settle(ctx, resp.NewState, resp.Diagnostics, state, prior)
	return resp, err
}

// open decodes whole values of a resource. It is false where the framework
// should answer alone: for a resource that is not carried, and for a value that
// can't be decoded, about which the framework has the right words.
func (k *carried) open(values ...*tfprotov6.DynamicValue) ([]tftypes.Value, bool) {
	if k == nil {
		return nil, false
	}
	opened := make([]tftypes.Value, len(values))
	for i, value := range values {
		if value == nil {
			return nil, false
		}
		var err error
		if opened[i], err = value.Unmarshal(k.object); err != nil || !opened[i].IsKnown() {
			return nil, false
		}
	}
	return opened, true
}

// encode is the way back. A value that can't be encoded becomes one that the
// framework refuses.
func (k *carried) encode(value tftypes.Value) *tfprotov6.DynamicValue {
	encoded, err := tfprotov6.NewDynamicValue(k.object, value)
	if err != nil {
		return &tfprotov6.DynamicValue{}
	}
	return &encoded
}

// What is left of a large attribute for the framework.
func null(valueType tftypes.Type, _ tftypes.Value) tftypes.Value {
	return tftypes.NewValue(valueType, nil)
}

func unknown(valueType tftypes.Type, _ tftypes.Value) tftypes.Value {
	return tftypes.NewValue(valueType, tftypes.UnknownValue)
}

func unknownIfSet(valueType tftypes.Type, value tftypes.Value) tftypes.Value {
	if value.IsNull() {
		return value
	}
	return unknown(valueType, value)
}

// without is a whole value less its large attributes.
func (k *carried) without(whole tftypes.Value, leave func(tftypes.Type, tftypes.Value) tftypes.Value) tftypes.Value {
	attributes := maps.Clone(fields(whole))
	if attributes == nil {
		return whole
	}
	for _, one := range k.collections {
		attributes[one.name] = leave(one.valueType, attributes[one.name])
	}
	return tftypes.NewValue(k.object, attributes)
}

// with is a value with the large attributes of another. Null stays null.
func (k *carried) with(value, whole tftypes.Value) tftypes.Value {
	attributes, large := maps.Clone(fields(value)), fields(whole)
	if attributes == nil || large == nil {
		return value
	}
	for _, one := range k.collections {
		attributes[one.name] = large[one.name]
	}
	return tftypes.NewValue(k.object, attributes)
}

// join gives an answer of the framework its large attributes back.
func (k *carried) join(answer *tfprotov6.DynamicValue, whole tftypes.Value) (*tfprotov6.DynamicValue, error) {
	if answer == nil {
		return nil, nil
	}
	small, err := answer.Unmarshal(k.object)
	if err != nil {
		return nil, err
	}
	joined, err := tfprotov6.NewDynamicValue(k.object, k.with(small, whole))
	return &joined, err
}

// settle gives a new state its large attributes back, and does with them what
// the framework does with a state after a resource has made it.
func (k *carried) settle(ctx context.Context, answer *tfprotov6.DynamicValue, problems []*tfprotov6.Diagnostic, state, prior tftypes.Value) (*tfprotov6.DynamicValue, []*tfprotov6.Diagnostic, error) {
	if attributes := maps.Clone(fields(state)); attributes != nil && !failed(problems) {
		before := fields(prior)
		for _, one := range k.collections {
			value, diagnostics := one.settle(ctx, attributes[one.name], before[one.name])
			attributes[one.name] = value
			problems = union(problems, protocolDiagnostics(ctx, diagnostics))
		}
		state = tftypes.NewValue(k.object, attributes)
	}
	joined, err := k.join(answer, state)
	return joined, problems, err
}
