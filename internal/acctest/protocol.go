package acctest

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

// Protocol speaks to the provider as Terraform does, without Terraform. Objects
// go in and come out as maps; absent keys are null.
type Protocol struct {
	Server     tfprotov6.ProviderServer
	t          *testing.T
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

// Object is a value of Terraform as a map.
type Object = map[string]any

// Unknown stands for a value that is known after apply.
const Unknown = unknown("unknown")

type unknown string

// NewProtocol starts a provider that is not configured yet.
func NewProtocol(t *testing.T) *Protocol {
	t.Helper()
	server := provider.NewServer("test")()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &Protocol{Server: server, t: t, schemas: schemas, identities: identities.IdentitySchemas}
}

// configured starts a provider with this configuration.
func configured(t *testing.T, config Object) *Protocol {
	t.Helper()
	p := NewProtocol(t)
	if problems := p.Configure(config); len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

// Configure configures the provider and returns its diagnostics.
func (p *Protocol) Configure(config Object) []string {
	p.t.Helper()
	resp, err := p.Server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.99.0",
		Config:           p.dynamic(p.schemas.Provider.ValueType(), config),
	})
	p.check(err)
	return texts(resp.Diagnostics)
}

// Change is the outcome of an apply.
type Change struct {
	State    Object // nil: nothing is in the state
	Identity Object
	Problems []string // errors and warnings, "ERROR summary: detail"

	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// Apply plans and applies a configuration on top of a prior change (nil: none),
// as Terraform does for one resource. A nil configuration destroys.
func (p *Protocol) Apply(ctx context.Context, typeName string, config Object, prior *Change) Change {
	p.t.Helper()
	if config == nil && (prior == nil || prior.State == nil) {
		return Change{} // Terraform asks nothing of the provider then
	}
	before, configured, plan := p.plan(ctx, typeName, config, prior)
	if failed(plan.Diagnostics) {
		return Change{State: p.object(p.schemas.ResourceSchemas[typeName].ValueType(), before), state: before, Problems: texts(plan.Diagnostics)}
	}
	resp, err := p.Server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: before, PlannedState: plan.PlannedState, Config: configured,
		PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	p.check(err)
	return p.change(typeName, resp.NewState, resp.Private, resp.NewIdentity, resp.Diagnostics)
}

// Planned is the outcome of a plan.
type Planned struct {
	State    Object   // nil: nothing will be in the state
	Replaces []string // attributes that replace the object
	Problems []string // errors and warnings, "ERROR summary: detail"
}

// Plan plans a configuration on top of a prior change (nil: none).
func (p *Protocol) Plan(ctx context.Context, typeName string, config Object, prior *Change) Planned {
	p.t.Helper()
	_, _, plan := p.plan(ctx, typeName, config, prior)
	planned := Planned{Problems: texts(plan.Diagnostics)}
	for _, attribute := range plan.RequiresReplace {
		planned.Replaces = append(planned.Replaces, attribute.String())
	}
	if plan.PlannedState != nil {
		planned.State = p.object(p.schemas.ResourceSchemas[typeName].ValueType(), plan.PlannedState)
	}
	return planned
}

func (p *Protocol) plan(ctx context.Context, typeName string, config Object, prior *Change) (before, configured *tfprotov6.DynamicValue, plan *tfprotov6.PlanResourceChangeResponse) {
	p.t.Helper()
	valueType := p.schemas.ResourceSchemas[typeName].ValueType()
	before, configured = p.dynamic(valueType, nil), p.dynamic(valueType, config)
	if prior != nil && prior.state != nil {
		before = prior.state
	} else {
		prior = &Change{}
	}
	plan, err := p.Server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: before, ProposedNewState: p.proposed(typeName, config, prior.State),
		Config: configured, PriorPrivate: prior.private, PriorIdentity: prior.identity,
	})
	p.check(err)
	return before, configured, plan
}

// Refresh reads a resource again.
func (p *Protocol) Refresh(ctx context.Context, typeName string, prior Change) Change {
	p.t.Helper()
	resp, err := p.Server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: typeName, CurrentState: prior.state, Private: prior.private, CurrentIdentity: prior.identity,
	})
	p.check(err)
	return p.change(typeName, resp.NewState, resp.Private, resp.NewIdentity, resp.Diagnostics)
}

// Import imports by id, or by identity when id is empty, and reads the object.
func (p *Protocol) Import(ctx context.Context, typeName, id string, identity Object) Change {
	p.t.Helper()
	req := &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id}
	if id == "" {
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: p.dynamic(p.identities[typeName].ValueType(), identity)}
	}
	resp, err := p.Server.ImportResourceState(ctx, req)
	p.check(err)
	if len(resp.ImportedResources) == 0 {
		return Change{Problems: texts(resp.Diagnostics)}
	}
	imported := resp.ImportedResources[0]
	return p.Refresh(ctx, typeName, Change{state: imported.State, private: imported.Private, identity: imported.Identity})
}

// Listed is one result of a list resource.
type Listed struct {
	DisplayName string
	Identity    Object
	Resource    Object
	Problems    []string
}

// List runs a list resource.
func (p *Protocol) List(ctx context.Context, typeName string, config Object, limit int64, includeResource bool) []Listed {
	p.t.Helper()
	server, ok := p.Server.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // the interface is needed until plugin-go folds it into ProviderServer
	if !ok {
		p.t.Fatal("the provider server has no list resources")
	}
	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: typeName, Limit: limit, IncludeResource: includeResource,
		Config: p.dynamic(p.schemas.ListResourceSchemas[typeName].ValueType(), config),
	})
	p.check(err)
	var all []Listed
	for result := range stream.Results {
		listed := Listed{DisplayName: result.DisplayName, Problems: texts(result.Diagnostics)}
		if result.Identity != nil {
			listed.Identity = p.object(p.identities[typeName].ValueType(), result.Identity.IdentityData)
		}
		if result.Resource != nil {
			listed.Resource = p.object(p.schemas.ResourceSchemas[typeName].ValueType(), result.Resource)
		}
		all = append(all, listed)
	}
	return all
}

// proposed does what Terraform does before planning: computed values that the
// configuration leaves out keep their prior value.
func (p *Protocol) proposed(typeName string, config, prior Object) *tfprotov6.DynamicValue {
	schema := p.schemas.ResourceSchemas[typeName]
	if config == nil {
		return p.dynamic(schema.ValueType(), nil)
	}
	proposed := maps.Clone(config)
	for _, attribute := range schema.Block.Attributes {
		if _, configured := config[attribute.Name]; !configured && attribute.Computed {
			proposed[attribute.Name] = prior[attribute.Name]
		}
		if attribute.WriteOnly {
			delete(proposed, attribute.Name)
		}
	}
	return p.dynamic(schema.ValueType(), proposed)
}

func (p *Protocol) change(typeName string, state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData, problems []*tfprotov6.Diagnostic) Change {
	change := Change{state: state, private: private, identity: identity, Problems: texts(problems)}
	change.State = p.object(p.schemas.ResourceSchemas[typeName].ValueType(), state)
	if identity != nil {
		change.Identity = p.object(p.identities[typeName].ValueType(), identity.IdentityData)
	}
	return change
}

func (p *Protocol) dynamic(valueType tftypes.Type, value Object) *tfprotov6.DynamicValue {
	p.t.Helper()
	var in any
	if value != nil {
		in = value
	}
	dynamic, err := tfprotov6.NewDynamicValue(valueType, toValue(valueType, in))
	p.check(err)
	return &dynamic
}

func (p *Protocol) object(valueType tftypes.Type, dynamic *tfprotov6.DynamicValue) Object {
	p.t.Helper()
	value, err := dynamic.Unmarshal(valueType)
	p.check(err)
	object, _ := fromValue(value).(Object)
	return object
}

func (p *Protocol) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// toValue turns plain Go into a value of Terraform.
func toValue(valueType tftypes.Type, in any) tftypes.Value {
	if in == nil {
		return tftypes.NewValue(valueType, nil)
	}
	if in == Unknown {
		return tftypes.NewValue(valueType, tftypes.UnknownValue)
	}
	switch typed := valueType.(type) {
	case tftypes.Object:
		values := map[string]tftypes.Value{}
		for name, attributeType := range typed.AttributeTypes {
			values[name] = toValue(attributeType, in.(Object)[name]) //nolint:forcetypeassert // a wrong test value should panic
		}
		return tftypes.NewValue(valueType, values)
	case tftypes.Map:
		values := map[string]tftypes.Value{}
		for name, element := range in.(Object) { //nolint:forcetypeassert // a wrong test value should panic
			values[name] = toValue(typed.ElementType, element)
		}
		return tftypes.NewValue(valueType, values)
	case tftypes.Set:
		return tftypes.NewValue(valueType, toValues(typed.ElementType, in))
	case tftypes.List:
		return tftypes.NewValue(valueType, toValues(typed.ElementType, in))
	}
	if number, ok := in.(int); ok {
		in = big.NewFloat(float64(number))
	}
	return tftypes.NewValue(valueType, in)
}

func toValues(elementType tftypes.Type, in any) []tftypes.Value {
	values := []tftypes.Value{}
	switch elements := in.(type) {
	case []string:
		for _, element := range elements {
			values = append(values, toValue(elementType, element))
		}
	case []Object:
		for _, element := range elements {
			values = append(values, toValue(elementType, element))
		}
	case []any: // from a prior state
		for _, element := range elements {
			values = append(values, toValue(elementType, element))
		}
	default:
		panic(fmt.Sprintf("a test gave %T for a collection", in))
	}
	return values
}

// fromValue is the inverse of toValue. Collections become []any, sorted when
// they hold texts only.
func fromValue(value tftypes.Value) any {
	if value.IsNull() {
		return nil
	}
	if !value.IsKnown() {
		return Unknown
	}
	var (
		text    string
		yes     bool
		number  big.Float
		object  map[string]tftypes.Value
		several []tftypes.Value
	)
	switch {
	case value.As(&text) == nil:
		return text
	case value.As(&yes) == nil:
		return yes
	case value.As(&number) == nil:
		whole, _ := number.Int64()
		return int(whole)
	case value.As(&object) == nil:
		out := Object{}
		for name, element := range object {
			out[name] = fromValue(element)
		}
		return out
	case value.As(&several) == nil:
		out := []any{}
		for _, element := range several {
			out = append(out, fromValue(element))
		}
		slices.SortStableFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return out
	}
	return nil
}

func texts(problems []*tfprotov6.Diagnostic) []string {
	var all []string
	for _, problem := range problems {
		all = append(all, fmt.Sprintf("%s %s: %s", problem.Severity, problem.Summary, problem.Detail))
	}
	return all
}

func failed(problems []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(problems, func(problem *tfprotov6.Diagnostic) bool {
		return problem.Severity == tfprotov6.DiagnosticSeverityError
	})
}
