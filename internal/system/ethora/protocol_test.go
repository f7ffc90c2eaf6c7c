package ethora_test

import (
	"maps"
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

// object is a value of Terraform as a map; absent keys are null.
type object = map[string]any

// unknown is a value that is known after apply.
type unknown struct{}

// problem is a diagnostic.
type problem struct{ attribute, summary, detail string }

// protocol speaks to the provider as Terraform does. Lists keep their order.
type protocol struct {
	t       *testing.T
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// connect starts a provider with the given ethora block; nil: without one.
func connect(t *testing.T, settings object) *protocol {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test")())()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p := &protocol{t: t, server: server, schemas: schemas}
	config := object{}
	if settings != nil {
		config["ethora"] = settings
	}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: p.encode(schemas.Provider.ValueType(), config),
	})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, problems(resp.Diagnostics))
	}
	return p
}

// connectTo starts a provider that is configured for the mock.
func connectTo(t *testing.T, server *acctest.Ethora) *protocol {
	t.Helper()
	return connect(t, object{"api_url": server.URL, "app_id": server.AppID(), "app_secret": server.AppSecret()})
}

// read validates and reads a data source.
func (p *protocol) read(typeName string, config object) (object, []problem) {
	p.t.Helper()
	valueType := p.schemas.DataSourceSchemas[typeName].ValueType()
	encoded := p.encode(valueType, config)
	valid, err := p.server.ValidateDataResourceConfig(p.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: encoded})
	p.check(err)
	if len(valid.Diagnostics) > 0 {
		return nil, problems(valid.Diagnostics)
	}
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: encoded})
	p.check(err)
	return p.decode(valueType, resp.State), problems(resp.Diagnostics)
}

// replacements plans a configuration on top of a prior state, and returns the
// attributes that would replace the object.
func (p *protocol) replacements(typeName string, config, prior object) ([]string, []problem) {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[typeName]
	proposed := maps.Clone(config)
	for _, attribute := range schema.Block.Attributes {
		if _, configured := config[attribute.Name]; !configured && attribute.Computed {
			proposed[attribute.Name] = prior[attribute.Name]
		}
	}
	resp, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, Config: p.encode(schema.ValueType(), config),
		PriorState: p.encode(schema.ValueType(), prior), ProposedNewState: p.encode(schema.ValueType(), proposed),
	})
	p.check(err)
	var replaced []string
	for _, attribute := range resp.RequiresReplace {
		replaced = append(replaced, attribute.String())
	}
	return replaced, problems(resp.Diagnostics)
}

func (p *protocol) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *protocol) encode(valueType tftypes.Type, value any) *tfprotov6.DynamicValue {
	p.t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(valueType, toTerraform(valueType, value))
	p.check(err)
	return &encoded
}

func (p *protocol) decode(valueType tftypes.Type, encoded *tfprotov6.DynamicValue) object {
	p.t.Helper()
	if encoded == nil {
		return nil
	}
	value, err := encoded.Unmarshal(valueType)
	p.check(err)
	decoded, _ := fromTerraform(value).(object)
	return decoded
}

func toTerraform(valueType tftypes.Type, value any) tftypes.Value {
	switch value := value.(type) {
	case unknown:
		return tftypes.NewValue(valueType, tftypes.UnknownValue)
	case object:
		if value == nil {
			return tftypes.NewValue(valueType, nil)
		}
		attributes := map[string]tftypes.Value{}
		for name, attributeType := range valueType.(tftypes.Object).AttributeTypes {
			attributes[name] = toTerraform(attributeType, value[name])
		}
		return tftypes.NewValue(valueType, attributes)
	case []string:
		elements := []tftypes.Value{}
		for _, element := range value {
			elements = append(elements, tftypes.NewValue(tftypes.String, element))
		}
		return tftypes.NewValue(valueType, elements)
	}
	return tftypes.NewValue(valueType, value)
}

func fromTerraform(value tftypes.Value) any {
	var (
		text     string
		yes      bool
		number   big.Float
		object   map[string]tftypes.Value
		elements []tftypes.Value
	)
	switch {
	case value.IsNull():
		return nil
	case !value.IsKnown():
		return "(unknown)"
	case value.As(&text) == nil:
		return text
	case value.As(&yes) == nil:
		return yes
	case value.As(&number) == nil:
		whole, _ := number.Int64()
		return int(whole)
	case value.As(&object) == nil:
		decoded := map[string]any{}
		for name, attribute := range object {
			decoded[name] = fromTerraform(attribute)
		}
		return decoded
	}
	_ = value.As(&elements)
	decoded := []any{}
	for _, element := range elements {
		decoded = append(decoded, fromTerraform(element))
	}
	return decoded
}

func problems(diagnostics []*tfprotov6.Diagnostic) []problem {
	var all []problem
	for _, diagnostic := range diagnostics {
		attribute := ""
		if diagnostic.Attribute != nil {
			attribute = diagnostic.Attribute.String()
		}
		all = append(all, problem{attribute, diagnostic.Summary, diagnostic.Detail})
	}
	return all
}

// open validates and opens an ephemeral resource.
func (p *protocol) open(typeName string, config object) (object, []problem) {
	p.t.Helper()
	valueType := p.schemas.EphemeralResourceSchemas[typeName].ValueType()
	encoded := p.encode(valueType, config)
	valid, err := p.server.ValidateEphemeralResourceConfig(p.t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: encoded})
	p.check(err)
	if len(valid.Diagnostics) > 0 {
		return nil, problems(valid.Diagnostics)
	}
	resp, err := p.server.OpenEphemeralResource(p.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: encoded})
	p.check(err)
	return p.decode(valueType, resp.Result), problems(resp.Diagnostics)
}

// generate makes a configuration of a listed resource, as Terraform does, and
// validates it.
func (p *protocol) generate(typeName string, result listed) (object, []problem) {
	p.t.Helper()
	valueType := p.schemas.ResourceSchemas[typeName].ValueType()
	resp, err := p.server.GenerateResourceConfig(p.t.Context(), &tfprotov6.GenerateResourceConfigRequest{
		TypeName: typeName, State: result.encoded,
	})
	p.check(err)
	if len(resp.Diagnostics) > 0 {
		return nil, problems(resp.Diagnostics)
	}
	valid, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: typeName, Config: resp.Config})
	p.check(err)
	return p.decode(valueType, resp.Config), problems(valid.Diagnostics)
}

// call calls a function with texts. argument is the position an error is
// about, -1 when it is about none.
func (p *protocol) call(name string, arguments ...string) (result any, fault string, argument int64) {
	p.t.Helper()
	req := &tfprotov6.CallFunctionRequest{Name: name}
	for _, text := range arguments {
		req.Arguments = append(req.Arguments, p.encode(tftypes.String, text))
	}
	resp, err := p.server.CallFunction(p.t.Context(), req)
	p.check(err)
	if resp.Error != nil {
		argument = -1
		if resp.Error.FunctionArgument != nil {
			argument = *resp.Error.FunctionArgument
		}
		return nil, resp.Error.Text, argument
	}
	value, err := resp.Result.Unmarshal(p.schemas.Functions[name].Return.Type)
	p.check(err)
	return fromTerraform(value), "", -1
}

// listed is one result of a list resource.
type listed struct {
	name               string
	identity, resource object
	encoded            *tfprotov6.DynamicValue // the resource as it came
	problems           []problem
}

// list validates and runs a list resource, and takes at most take results
// (0: all).
func (p *protocol) list(typeName string, config object, limit int64, includeResource bool, take int) []listed {
	p.t.Helper()
	server := p.server.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // needed until ProviderServer has the method
	identities, err := p.server.GetResourceIdentitySchemas(p.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	p.check(err)
	valueType := p.schemas.ListResourceSchemas[typeName].ValueType()
	encoded := p.encode(valueType, config)
	valid, err := server.ValidateListResourceConfig(p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: typeName, Config: encoded})
	p.check(err)
	if len(valid.Diagnostics) > 0 {
		return []listed{{problems: problems(valid.Diagnostics)}}
	}
	stream, err := server.ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: encoded, Limit: limit, IncludeResource: includeResource,
	})
	p.check(err)
	var all []listed
	for result := range stream.Results {
		one := listed{name: result.DisplayName, encoded: result.Resource, problems: problems(result.Diagnostics)}
		if result.Identity != nil {
			one.identity = p.decode(identities.IdentitySchemas[typeName].ValueType(), result.Identity.IdentityData)
		}
		one.resource = p.decode(p.schemas.ResourceSchemas[typeName].ValueType(), result.Resource)
		all = append(all, one)
		if len(all) == take {
			break
		}
	}
	return all
}
