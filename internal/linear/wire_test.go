package linear_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Bytes that are no value of the resource, or one that no schema allows: linear
// fails where the framework alone fails, with an answer and without a panic.
// They are JSON, because plugin-go believes any length that MessagePack claims,
// and makes room for it.
func FuzzWire(f *testing.F) {
	pair := newPair(f, clubKinds()["plain"])
	users := `{"id":"club","users":{"ann":{"name":"Ann","age":30,"email":"a@b.c","password":"secret","vip":true},"bob":{}},"members":["ann","bob"]}`
	f.Add([]byte(users), []byte(users))
	users = `{"id":"club","users":{"ann":%s},"members":["a"],"labels":{"size":null}}`
	for _, ann := range []string{`null`, `{}`, `{"name":1}`, `{"age":"old"}`, `{"age":1.5}`, `{"other":true}`, `[]`, `"ann"`} {
		f.Add([]byte(fmt.Sprintf(users, ann)), []byte(fmt.Sprintf(users, ann)))
	}
	for _, whole := range []string{``, `null`, `[]`, `{`, `{"users":[]}`, `{"users":null}`, `{"members":{}}`, `{"unknown":1}`, `{"members":["a","a",null]}`} {
		f.Add([]byte(whole), []byte(whole))
	}
	f.Fuzz(func(t *testing.T, state, config []byte) {
		prior, wanted := &tfprotov6.DynamicValue{JSON: state}, &tfprotov6.DynamicValue{JSON: config}
		for i, call := range wireCalls(prior, wanted) {
			want, panicked := outcome(call, pair.alone)
			if panicked {
				continue // nothing to be held to
			}
			got, panicked := outcome(call, pair.carried)
			if panicked || got != want {
				t.Errorf("call %d with %q and %q: failed is %t, panicked is %t; the framework alone: %t", i, state, config, got, panicked, want)
			}
			if i == 0 && got {
				return // Terraform goes no further
			}
		}
	})
}

type wireCall func(server tfprotov6.ProviderServer) ([]*tfprotov6.Diagnostic, error)

func wireCalls(prior, wanted *tfprotov6.DynamicValue) []wireCall {
	ctx := context.Background()
	return []wireCall{
		func(server tfprotov6.ProviderServer) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: "test_club", Config: wanted})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		},
		func(server tfprotov6.ProviderServer) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
				TypeName: "test_club", PriorState: prior, Config: wanted, ProposedNewState: wanted,
			})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		},
		func(server tfprotov6.ProviderServer) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
				TypeName: "test_club", PriorState: prior, Config: wanted, PlannedState: wanted,
			})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		},
		func(server tfprotov6.ProviderServer) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "test_club", CurrentState: prior})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		},
	}
}

// outcome is whether a call fails, in either way.
func outcome(call wireCall, server tfprotov6.ProviderServer) (fails, panicked bool) {
	defer func() {
		if recover() != nil {
			panicked = true
		}
	}()
	problems, err := call(server)
	return err != nil || hasError(problems), false
}
