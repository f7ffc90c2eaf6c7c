package acctest

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ReadDataSource validates and reads a data source. The object is nil when that
// failed.
func (p *Protocol) ReadDataSource(ctx context.Context, typeName string, config Object) (Object, []string) {
	p.t.Helper()
	valueType := p.schemas.DataSourceSchemas[typeName].ValueType()
	configured := p.dynamic(valueType, config)
	valid, err := p.Server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: configured})
	p.check(err)
	if failed(valid.Diagnostics) {
		return nil, texts(valid.Diagnostics)
	}
	resp, err := p.Server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: configured})
	p.check(err)
	problems := append(texts(valid.Diagnostics), texts(resp.Diagnostics)...)
	if failed(resp.Diagnostics) {
		return nil, problems
	}
	return p.object(valueType, resp.State), problems
}

// Validate returns what a resource says of a configuration before it is planned.
func (p *Protocol) Validate(ctx context.Context, typeName string, config Object) []string {
	p.t.Helper()
	valid, err := p.Server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: typeName, Config: p.dynamic(p.schemas.ResourceSchemas[typeName].ValueType(), config),
	})
	p.check(err)
	return texts(valid.Diagnostics)
}

// Opened is an ephemeral resource that is open.
type Opened struct {
	Result   Object // nil when opening failed
	RenewAt  time.Time
	Problems []string

	typeName string
	private  []byte
}

// Open validates and opens an ephemeral resource.
func (p *Protocol) Open(ctx context.Context, typeName string, config Object) Opened {
	p.t.Helper()
	valueType := p.schemas.EphemeralResourceSchemas[typeName].ValueType()
	configured := p.dynamic(valueType, config)
	valid, err := p.Server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: configured})
	p.check(err)
	if failed(valid.Diagnostics) {
		return Opened{Problems: texts(valid.Diagnostics)}
	}
	resp, err := p.Server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: configured})
	p.check(err)
	opened := Opened{RenewAt: resp.RenewAt, Problems: append(texts(valid.Diagnostics), texts(resp.Diagnostics)...), typeName: typeName, private: resp.Private}
	if !failed(resp.Diagnostics) {
		opened.Result = p.object(valueType, resp.Result)
	}
	return opened
}

// Renew renews an open ephemeral resource.
func (p *Protocol) Renew(ctx context.Context, opened Opened) Opened {
	p.t.Helper()
	resp, err := p.Server.RenewEphemeralResource(ctx, &tfprotov6.RenewEphemeralResourceRequest{TypeName: opened.typeName, Private: opened.private})
	p.check(err)
	opened.RenewAt, opened.Problems, opened.private = resp.RenewAt, texts(resp.Diagnostics), resp.Private
	return opened
}

// Close closes an open ephemeral resource and returns the diagnostics.
func (p *Protocol) Close(ctx context.Context, opened Opened) []string {
	p.t.Helper()
	resp, err := p.Server.CloseEphemeralResource(ctx, &tfprotov6.CloseEphemeralResourceRequest{TypeName: opened.typeName, Private: opened.private})
	p.check(err)
	return texts(resp.Diagnostics)
}

// Invoke validates, plans and runs an action, as Terraform 1.14 does, and
// returns the messages of its progress and the diagnostics. Nothing runs after
// an error.
func (p *Protocol) Invoke(ctx context.Context, typeName string, config Object) (progress, problems []string) {
	p.t.Helper()
	server, ok := p.Server.(tfprotov6.ProviderServerWithActions) //nolint:staticcheck // the interface is needed until plugin-go folds it into ProviderServer
	if !ok {
		p.t.Fatal("the provider server has no actions")
	}
	configured := p.dynamic(p.schemas.ActionSchemas[typeName].Schema.ValueType(), config)
	valid, err := server.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: typeName, Config: configured})
	p.check(err)
	if problems = texts(valid.Diagnostics); failed(valid.Diagnostics) {
		return nil, problems
	}
	plan, err := server.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: typeName, Config: configured})
	p.check(err)
	if problems = append(problems, texts(plan.Diagnostics)...); failed(plan.Diagnostics) {
		return nil, problems
	}
	stream, err := server.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: typeName, Config: configured})
	p.check(err)
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			problems = append(problems, texts(event.Diagnostics)...)
		}
	}
	return progress, problems
}

// Call calls a function. The problem is "" when it worked.
func (p *Protocol) Call(ctx context.Context, name string, arguments ...any) (result any, problem string) {
	p.t.Helper()
	signature := p.schemas.Functions[name]
	encoded := make([]*tfprotov6.DynamicValue, 0, len(arguments))
	for i, argument := range arguments {
		parameter := signature.VariadicParameter
		if i < len(signature.Parameters) {
			parameter = signature.Parameters[i]
		}
		value, err := tfprotov6.NewDynamicValue(parameter.Type, toValue(parameter.Type, argument))
		p.check(err)
		encoded = append(encoded, &value)
	}
	resp, err := p.Server.CallFunction(ctx, &tfprotov6.CallFunctionRequest{Name: name, Arguments: encoded})
	p.check(err)
	if resp.Error != nil {
		return nil, resp.Error.Text
	}
	return p.value(signature.Return.Type, resp.Result), ""
}

func (p *Protocol) value(valueType tftypes.Type, dynamic *tfprotov6.DynamicValue) any {
	p.t.Helper()
	value, err := dynamic.Unmarshal(valueType)
	p.check(err)
	return fromValue(value)
}
