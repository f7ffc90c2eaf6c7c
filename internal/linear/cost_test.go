package linear_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/linear"
)

// Twice the elements cost twice the memory, in each call: a copied map for each
// leaf would show as four times. And each element's plan modifiers are asked
// once.
func TestCostIsLinear(t *testing.T) {
	const few = 400
	for _, kind := range []string{"users", "members"} {
		small, large := newLargeClub(t, kind, few), newLargeClub(t, kind, 2*few)
		for _, call := range small.calls() {
			t.Run(kind+"/"+call, func(t *testing.T) {
				one, two := small.allocated(t, call), large.allocated(t, call)
				if ratio := float64(two) / float64(one); ratio > 2.4 {
					t.Errorf("%d elements cost %d bytes, %d cost %d: %.1f times", few, one, 2*few, two, ratio)
				}
			})
		}
	}
	club := newLargeClub(t, "users", few)
	club.modifiers.Store(0)
	club.run(t, "plan update")
	if asked := club.modifiers.Load(); asked != few+1 {
		t.Errorf("the plan modifier of an id was asked %d times for %d users and a club", asked, few)
	}
}

func BenchmarkPlan(b *testing.B) {
	for _, kind := range []string{"users", "members"} {
		club := newLargeClub(b, kind, 10000)
		for _, call := range club.calls() {
			b.Run(fmt.Sprintf("%s/%s/10000", kind, call), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					club.run(b, call)
				}
			})
		}
	}
}

// largeClub is a server of a club with many users or members, and the requests
// of its life.
type largeClub struct {
	server    tfprotov6.ProviderServer
	modifiers *atomic.Int64
	validate  *tfprotov6.ValidateResourceConfigRequest
	plans     map[string]*tfprotov6.PlanResourceChangeRequest
	create    *tfprotov6.ApplyResourceChangeRequest
	read      *tfprotov6.ReadResourceRequest
}

func newLargeClub(t testing.TB, kind string, size int) *largeClub {
	t.Helper()
	c := &largeClub{modifiers: &atomic.Int64{}}
	c.server = linear.Server(clubs{linear.Carry(func() resource.Resource { return &club{modifiers: c.modifiers} })})()
	object := objectOf(t, c.server)
	encode := func(value tftypes.Value) *tfprotov6.DynamicValue {
		encoded, err := tfprotov6.NewDynamicValue(object, value)
		must(t, err)
		return &encoded
	}
	none := encode(tftypes.NewValue(object, nil))
	config, changed := encode(largeConfig(object, kind, size, "Ann")), encode(largeConfig(object, kind, size, "Bob"))

	c.validate = &tfprotov6.ValidateResourceConfigRequest{
		TypeName: "test_club", Config: config,
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	}
	c.plans = map[string]*tfprotov6.PlanResourceChangeRequest{
		"plan create": {TypeName: "test_club", PriorState: none, Config: config, ProposedNewState: config},
	}
	planned, err := c.server.PlanResourceChange(t.Context(), c.plans["plan create"])
	must(t, err)
	c.create = &tfprotov6.ApplyResourceChangeRequest{TypeName: "test_club", PriorState: none, Config: config, PlannedState: planned.PlannedState}
	created, err := c.server.ApplyResourceChange(t.Context(), c.create)
	must(t, err)
	for _, problem := range created.Diagnostics {
		t.Fatal(problem.Summary, problem.Detail)
	}
	state, id := created.NewState, created.NewIdentity
	c.read = &tfprotov6.ReadResourceRequest{TypeName: "test_club", CurrentState: state, CurrentIdentity: id}
	c.plans["plan no change"] = &tfprotov6.PlanResourceChangeRequest{TypeName: "test_club", PriorState: state, Config: config, ProposedNewState: state, PriorIdentity: id}
	c.plans["plan update"] = &tfprotov6.PlanResourceChangeRequest{TypeName: "test_club", PriorState: state, Config: changed, ProposedNewState: changed, PriorIdentity: id}
	return c
}

func largeConfig(object tftypes.Object, kind string, size int, name string) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, valueType := range object.AttributeTypes {
		values[name] = tftypes.NewValue(valueType, nil)
	}
	userType := object.AttributeTypes["users"].(tftypes.Map).ElementType.(tftypes.Object)
	users, members := map[string]tftypes.Value{}, []tftypes.Value{tftypes.NewValue(tftypes.String, name)}
	for i := range size {
		user := map[string]tftypes.Value{}
		for name, valueType := range userType.AttributeTypes {
			user[name] = tftypes.NewValue(valueType, nil)
		}
		user["name"] = tftypes.NewValue(tftypes.String, "Cyd")
		if i == 0 {
			user["name"] = tftypes.NewValue(tftypes.String, name)
		}
		user["password"] = tftypes.NewValue(tftypes.String, "secret")
		user["email"] = tftypes.NewValue(tftypes.String, fmt.Sprintf("U%d@Example.com", i))
		users[fmt.Sprintf("user-%d", i)] = tftypes.NewValue(userType, user)
		members = append(members, tftypes.NewValue(tftypes.String, fmt.Sprintf("user-%d", i)))
	}
	values["users"] = tftypes.NewValue(object.AttributeTypes["users"], users)
	if kind == "members" {
		values["users"] = tftypes.NewValue(object.AttributeTypes["users"], nil)
		values["members"] = tftypes.NewValue(object.AttributeTypes["members"], members)
	}
	return tftypes.NewValue(object, values)
}

func (*largeClub) calls() []string {
	return []string{"validate", "plan create", "create", "read", "plan no change", "plan update"}
}

func (c *largeClub) run(t testing.TB, call string) {
	t.Helper()
	var problems []*tfprotov6.Diagnostic
	switch call {
	case "validate":
		resp, err := c.server.ValidateResourceConfig(t.Context(), c.validate)
		must(t, err)
		problems = resp.Diagnostics
	case "create":
		resp, err := c.server.ApplyResourceChange(t.Context(), c.create)
		must(t, err)
		problems = resp.Diagnostics
	case "read":
		resp, err := c.server.ReadResource(t.Context(), c.read)
		must(t, err)
		problems = resp.Diagnostics
	default:
		resp, err := c.server.PlanResourceChange(t.Context(), c.plans[call])
		must(t, err)
		problems = resp.Diagnostics
	}
	for _, problem := range problems {
		t.Fatal(problem.Summary, problem.Detail)
	}
}

// allocated is how many bytes a call asks of the memory.
func (c *largeClub) allocated(t *testing.T, call string) uint64 {
	t.Helper()
	c.run(t, call) // what is made once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.run(t, call)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
