package linear_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/linear"
)

// Generated cases run through the framework alone and through linear; Terraform
// is told the same by both. A failing seed is a test of its own:
//
//	go test -run 'TestFidelity/strict/seed=17$' ./internal/linear
func TestFidelity(t *testing.T) {
	t.Parallel()
	for name, construct := range clubKinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair := newPair(t, construct)
			for seed := range uint64(200) {
				t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { pair.check(t, seed) })
			}
		})
	}
}

func FuzzFidelity(f *testing.F) {
	pairs := map[bool]*pair{}
	for name, construct := range clubKinds() {
		pairs[name == "strict"] = newPair(f, construct)
	}
	f.Add(uint64(1), true)
	f.Add(uint64(2), false)
	f.Fuzz(func(t *testing.T, seed uint64, strict bool) { pairs[strict].check(t, seed) })
}

func clubKinds() map[string]func() resource.Resource {
	calls := &atomic.Int64{}
	return map[string]func() resource.Resource{
		"plain":  func() resource.Resource { return &club{modifiers: calls} },
		"strict": func() resource.Resource { return &strictClub{club{modifiers: calls}} },
	}
}

// pair is one provider on both servers.
type pair struct {
	alone, carried tfprotov6.ProviderServer
	object         tftypes.Object
	user           tftypes.Object
}

func newPair(t testing.TB, construct func() resource.Resource) *pair {
	t.Helper()
	p := &pair{
		alone:   providerserver.NewProtocol6(clubs{construct})(),
		carried: linear.Server(clubs{linear.Carry(construct)})(),
	}
	p.object = objectOf(t, p.alone)
	p.user = p.object.AttributeTypes["users"].(tftypes.Map).ElementType.(tftypes.Object)
	return p
}

func objectOf(t testing.TB, server tfprotov6.ProviderServer) tftypes.Object {
	t.Helper()
	schemas, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range schemas.Diagnostics {
		t.Fatal(problem.Summary, problem.Detail)
	}
	return schemas.ResourceSchemas["test_club"].ValueType().(tftypes.Object)
}

// check runs one generated case through the life of a resource: validate, plan,
// apply, read, destroy.
func (p *pair) check(t *testing.T, seed uint64) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), pair: p}
	g.unknowns = seed%2 == 0
	prior := tftypes.NewValue(p.object, nil)
	if seed%4 > 0 {
		prior = g.club(false, tftypes.Value{})
	}
	config := g.club(true, prior)
	proposed := p.proposed(config, prior)
	if seed%5 == 4 {
		proposed = p.proposed(config, g.club(false, prior)) // what no Terraform would propose
	}
	if seed%7 == 6 && !prior.IsNull() {
		config = p.configOf(prior)
		proposed = prior // nothing changes
	}

	p.validate(t, config)
	plan, ok := p.plan(t, prior, config, proposed)
	if ok && config.IsFullyKnown() {
		state, ok := p.apply(t, prior, config, plan)
		if ok {
			p.read(t, state)
		}
	}
	p.plan(t, prior, tftypes.NewValue(p.object, nil), tftypes.NewValue(p.object, nil))
	if !prior.IsNull() {
		p.read(t, p.dynamic(t, prior))
		p.apply(t, prior, tftypes.NewValue(p.object, nil), p.dynamic(t, tftypes.NewValue(p.object, nil)))
	}
}

func (p *pair) validate(t *testing.T, config tftypes.Value) {
	t.Helper()
	req := &tfprotov6.ValidateResourceConfigRequest{
		TypeName: "test_club", Config: p.dynamic(t, config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	}
	if config.IsFullyKnown() {
		req.ClientCapabilities = nil // an old Terraform
	}
	want, err := p.alone.ValidateResourceConfig(t.Context(), req)
	must(t, err)
	got, err := p.carried.ValidateResourceConfig(t.Context(), req)
	must(t, err)
	sameProblems(t, "validate", aboutKnownUsers(config, want.Diagnostics), got.Diagnostics)
}

// aboutKnownUsers leaves out what the framework says about a user that is not
// known yet: that all required attributes are missing.
func aboutKnownUsers(config tftypes.Value, all []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	users := attributes(attributes(config)["users"])
	return slices.DeleteFunc(slices.Clone(all), func(problem *tfprotov6.Diagnostic) bool {
		steps := problem.Attribute.Steps()
		if len(steps) < 2 || steps[0] != tftypes.AttributeName("users") {
			return false
		}
		key, ok := steps[1].(tftypes.ElementKeyString)
		return ok && !users[string(key)].IsKnown()
	})
}

func (p *pair) plan(t *testing.T, prior, config, proposed tftypes.Value) (*tfprotov6.DynamicValue, bool) {
	t.Helper()
	req := &tfprotov6.PlanResourceChangeRequest{
		TypeName: "test_club", PriorState: p.dynamic(t, prior), Config: p.dynamic(t, config), ProposedNewState: p.dynamic(t, proposed),
		PriorPrivate: []byte(`{"kept":"eyJhIjoxfQ=="}`), PriorIdentity: identity(t, prior),
	}
	want, err := p.alone.PlanResourceChange(t.Context(), req)
	must(t, err)
	got, err := p.carried.PlanResourceChange(t.Context(), req)
	must(t, err)
	if hasError(want.Diagnostics) {
		// Terraform reads no plan then. The framework stops at the first element
		// with an error, in random order; linear tells of all.
		for _, problem := range problems(want.Diagnostics) {
			if !slices.Contains(problems(got.Diagnostics), problem) {
				t.Errorf("plan does not say\n%s", problem)
			}
		}
		return nil, false
	}
	sameProblems(t, "plan", want.Diagnostics, got.Diagnostics)
	p.same(t, "planned state", want.PlannedState, got.PlannedState)
	if w, g := paths(want.RequiresReplace), paths(got.RequiresReplace); !slices.Equal(w, g) {
		t.Errorf("replacement for\n%q, want\n%q", g, w)
	}
	if !bytes.Equal(want.PlannedPrivate, got.PlannedPrivate) {
		t.Errorf("private %s, want %s", got.PlannedPrivate, want.PlannedPrivate)
	}
	sameIdentity(t, want.PlannedIdentity, got.PlannedIdentity)
	return got.PlannedState, true
}

func (p *pair) apply(t *testing.T, prior, config tftypes.Value, planned *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, bool) {
	t.Helper()
	req := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "test_club", PriorState: p.dynamic(t, prior), Config: p.dynamic(t, config), PlannedState: planned,
		PlannedPrivate: []byte(`{"kept":"eyJhIjoxfQ=="}`), PlannedIdentity: identity(t, prior),
	}
	want, err := p.alone.ApplyResourceChange(t.Context(), req)
	must(t, err)
	got, err := p.carried.ApplyResourceChange(t.Context(), req)
	must(t, err)
	sameProblems(t, "apply", want.Diagnostics, got.Diagnostics)
	p.same(t, "new state", want.NewState, got.NewState)
	if !bytes.Equal(want.Private, got.Private) {
		t.Errorf("private %s, want %s", got.Private, want.Private)
	}
	sameIdentity(t, want.NewIdentity, got.NewIdentity)
	return got.NewState, !hasError(want.Diagnostics)
}

func (p *pair) read(t *testing.T, state *tfprotov6.DynamicValue) {
	t.Helper()
	req := &tfprotov6.ReadResourceRequest{TypeName: "test_club", CurrentState: state, Private: []byte(`{"kept":"eyJhIjoxfQ=="}`)}
	want, err := p.alone.ReadResource(t.Context(), req)
	must(t, err)
	got, err := p.carried.ReadResource(t.Context(), req)
	must(t, err)
	sameProblems(t, "read", want.Diagnostics, got.Diagnostics)
	p.same(t, "read state", want.NewState, got.NewState)
	if !bytes.Equal(want.Private, got.Private) {
		t.Errorf("private %s, want %s", got.Private, want.Private)
	}
	sameIdentity(t, want.NewIdentity, got.NewIdentity)
}

func (p *pair) dynamic(t testing.TB, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(p.object, value)
	must(t, err)
	return &encoded
}

func (p *pair) same(t *testing.T, what string, want, got *tfprotov6.DynamicValue) {
	t.Helper()
	if want == nil || got == nil {
		if want != got {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
		return
	}
	wanted, err := want.Unmarshal(p.object)
	must(t, err)
	told, err := got.Unmarshal(p.object)
	must(t, err)
	if !told.Equal(wanted) {
		differences, err := wanted.Diff(told)
		t.Errorf("%s differs: %v %v", what, differences, err)
	}
}

func sameProblems(t *testing.T, what string, want, got []*tfprotov6.Diagnostic) {
	t.Helper()
	if w, g := problems(want), problems(got); !slices.Equal(w, g) {
		t.Errorf("%s says\n%s\nwant\n%s", what, strings.Join(g, "\n"), strings.Join(w, "\n"))
	}
}

func sameIdentity(t *testing.T, want, got *tfprotov6.ResourceIdentityData) {
	t.Helper()
	if want == nil || got == nil {
		if want != got {
			t.Errorf("identity %v, want %v", got, want)
		}
		return
	}
	if !bytes.Equal(want.IdentityData.MsgPack, got.IdentityData.MsgPack) {
		t.Errorf("identity %s, want %s", got.IdentityData.MsgPack, want.IdentityData.MsgPack)
	}
}

func identity(t *testing.T, prior tftypes.Value) *tfprotov6.ResourceIdentityData {
	t.Helper()
	if prior.IsNull() {
		return nil
	}
	identityType := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	encoded, err := tfprotov6.NewDynamicValue(identityType, tftypes.NewValue(identityType, map[string]tftypes.Value{"id": attributes(prior)["id"]}))
	must(t, err)
	return &tfprotov6.ResourceIdentityData{IdentityData: &encoded}
}

func problems(all []*tfprotov6.Diagnostic) []string {
	var texts []string
	for _, one := range all {
		texts = append(texts, fmt.Sprintf("%s %s: %s at %s", one.Severity, one.Summary, one.Detail, one.Attribute))
	}
	slices.Sort(texts)
	return texts
}

func paths(all []*tftypes.AttributePath) []string {
	var texts []string
	for _, one := range all {
		texts = append(texts, one.String())
	}
	slices.Sort(texts)
	return texts
}

func hasError(all []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(all, func(one *tfprotov6.Diagnostic) bool { return one.Severity == tfprotov6.DiagnosticSeverityError })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// proposed is what Terraform proposes: the configuration, with prior values
// where a computed one is left out.
func (p *pair) proposed(config, prior tftypes.Value) tftypes.Value {
	values, before := maps.Clone(attributes(config)), attributes(prior)
	for _, name := range []string{"id", "revision", "rules"} {
		if values[name].IsNull() && before != nil {
			values[name] = before[name]
		}
	}
	users := maps.Clone(attributes(values["users"]))
	for key, user := range users {
		fields, old := maps.Clone(attributes(user)), attributes(attributes(before["users"])[key])
		if fields == nil {
			continue
		}
		for _, name := range []string{"id", "role", "age", "vip", "trusted", "level", "note", "seen"} {
			if fields[name].IsNull() && old != nil {
				fields[name] = old[name]
			}
		}
		users[key] = tftypes.NewValue(p.user, fields)
	}
	if users != nil {
		values["users"] = tftypes.NewValue(p.object.AttributeTypes["users"], users)
	}
	return tftypes.NewValue(p.object, values)
}

// configOf is a configuration that a state is the outcome of.
func (p *pair) configOf(state tftypes.Value) tftypes.Value {
	values := maps.Clone(attributes(state))
	for _, name := range []string{"id", "revision"} {
		values[name] = tftypes.NewValue(tftypes.String, nil)
	}
	users := maps.Clone(attributes(values["users"]))
	for key, user := range users {
		fields := maps.Clone(attributes(user))
		for _, name := range []string{"id", "note", "seen"} {
			fields[name] = tftypes.NewValue(tftypes.String, nil)
		}
		users[key] = tftypes.NewValue(p.user, fields)
	}
	if users != nil {
		values["users"] = tftypes.NewValue(p.object.AttributeTypes["users"], users)
	}
	return tftypes.NewValue(p.object, values)
}

func attributes(value tftypes.Value) map[string]tftypes.Value {
	var all map[string]tftypes.Value
	if value.IsNull() || !value.IsKnown() || value.As(&all) != nil {
		return nil
	}
	return all
}

// generator makes clubs.
type generator struct {
	*rand.Rand
	*pair
	unknowns bool // in configurations
}

// club makes a configuration, or else a state. What was before is mostly kept.
func (g *generator) club(config bool, before tftypes.Value) tftypes.Value {
	old := attributes(before)
	values := map[string]tftypes.Value{
		"id": g.computed(config, "club"), "revision": g.computed(config, "1"),
		"name":    g.text(config, old["name"], "red", "blue", "unplannable"),
		"rules":   g.text(config, old["rules"], "none", "few"),
		"users":   g.users(config, old["users"]),
		"members": g.members(config, old["members"]),
		"labels":  g.labels(config, old["labels"]),
	}
	if !config {
		values["rules"] = tftypes.NewValue(tftypes.String, "few")
	}
	return tftypes.NewValue(g.object, values)
}

// whole decides about a collection as a whole: to be null, unknown, or as it was.
func (g *generator) whole(config bool, valueType tftypes.Type, old tftypes.Value) (tftypes.Value, bool) {
	switch chance := g.IntN(12); {
	case chance == 0:
		return tftypes.NewValue(valueType, nil), true
	case chance == 1 && config && g.unknowns:
		return tftypes.NewValue(valueType, tftypes.UnknownValue), true
	case chance < 5 && old.Type() != nil:
		return old, true
	}
	return tftypes.Value{}, false
}

func (g *generator) users(config bool, old tftypes.Value) tftypes.Value {
	valueType := g.object.AttributeTypes["users"]
	if value, decided := g.whole(config, valueType, tftypes.Value{}); decided {
		return value
	}
	before := attributes(old)
	elements := map[string]tftypes.Value{}
	for _, key := range []string{"ann", "bob", "cyd", "dan", "eve"} {
		switch chance := g.IntN(20); {
		case chance < 8:
		case chance == 8 && config && g.unknowns:
			elements[key] = tftypes.NewValue(g.user, tftypes.UnknownValue)
		case chance == 9 && config && g.IntN(3) == 0:
			elements[key] = tftypes.NewValue(g.user, nil)
		default:
			elements[key] = g.oneUser(config, attributes(before[key]))
		}
	}
	if config && g.IntN(15) == 0 {
		for i := range 20 { // more than a chunk
			elements[fmt.Sprintf("more-%d", i)] = g.oneUser(config, nil)
		}
	}
	return tftypes.NewValue(valueType, elements)
}

func (g *generator) oneUser(config bool, old map[string]tftypes.Value) tftypes.Value {
	values := map[string]tftypes.Value{
		"id": g.computed(config, "id"), "seen": g.computed(config, "before"),
		"name":     g.text(config, old["name"], "Ann", "Bob", "doubtful"),
		"role":     g.text(config, old["role"], "guest", "owner"),
		"note":     g.text(config, old["note"], "a", "b"),
		"email":    g.text(config, old["email"], "a@b.c", "A@B.C", "x@y.z"),
		"password": tftypes.NewValue(tftypes.String, nil),
		"age":      g.pick(config, old["age"], tftypes.Number, 18, 30, -1),
		"level":    g.pick(config, old["level"], tftypes.Number, 1, 7),
		"vip":      g.pick(config, old["vip"], tftypes.Bool, true, false),
		"trusted":  g.pick(config, old["trusted"], tftypes.Bool, true, false),
	}
	if config {
		values["password"] = g.text(config, tftypes.Value{}, "secret")
		if values["name"].IsNull() && g.IntN(10) > 0 {
			values["name"] = tftypes.NewValue(tftypes.String, "Ann")
		}
		if g.IntN(40) == 0 {
			values["name"] = tftypes.NewValue(tftypes.String, "unplannable")
		}
		if g.IntN(40) == 0 {
			values["name"] = tftypes.NewValue(tftypes.String, "invalid")
		}
		if g.IntN(40) == 0 {
			values["id"] = tftypes.NewValue(tftypes.String, "not yours to set")
		}
	}
	return tftypes.NewValue(g.user, values)
}

func (g *generator) members(config bool, old tftypes.Value) tftypes.Value {
	valueType := g.object.AttributeTypes["members"]
	if value, decided := g.whole(config, valueType, old); decided {
		return value
	}
	elements := []tftypes.Value{}
	for _, name := range []string{"ann", "bob", "cyd", "dan"} {
		if g.IntN(2) == 0 {
			elements = append(elements, tftypes.NewValue(tftypes.String, name))
		}
	}
	if config && g.unknowns && g.IntN(4) == 0 {
		elements = append(elements, tftypes.NewValue(tftypes.String, tftypes.UnknownValue))
	}
	if config && g.IntN(20) == 0 {
		elements = append(elements, tftypes.NewValue(tftypes.String, "invalid"))
	}
	if config && g.IntN(20) == 0 {
		elements = append(elements, tftypes.NewValue(tftypes.String, nil))
	}
	g.Shuffle(len(elements), func(i, j int) { elements[i], elements[j] = elements[j], elements[i] })
	return tftypes.NewValue(valueType, elements)
}

func (g *generator) labels(config bool, old tftypes.Value) tftypes.Value {
	valueType := g.object.AttributeTypes["labels"]
	if value, decided := g.whole(config, valueType, old); decided {
		return value
	}
	elements := map[string]tftypes.Value{}
	for _, name := range []string{"color", "size", "invalid"} {
		if g.IntN(3) == 0 {
			elements[name] = g.text(config, attributes(old)[name], "small", "invalid")
			if elements[name].IsNull() {
				elements[name] = tftypes.NewValue(tftypes.String, "small")
			}
		}
	}
	return tftypes.NewValue(valueType, elements)
}

// computed is a value that only the server sets.
func (g *generator) computed(config bool, value string) tftypes.Value {
	if config {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return tftypes.NewValue(tftypes.String, value)
}

func (g *generator) text(config bool, old tftypes.Value, values ...string) tftypes.Value {
	return pickOf(g, config, old, tftypes.String, values)
}

func (g *generator) pick(config bool, old tftypes.Value, valueType tftypes.Type, values ...any) tftypes.Value {
	return pickOf(g, config, old, valueType, values)
}

func pickOf[T any](g *generator, config bool, old tftypes.Value, valueType tftypes.Type, values []T) tftypes.Value {
	switch chance := g.IntN(10); {
	case chance < 2:
		return tftypes.NewValue(valueType, nil)
	case chance == 2 && config && g.unknowns:
		return tftypes.NewValue(valueType, tftypes.UnknownValue)
	case chance < 7 && old.Type() != nil:
		return old
	}
	return tftypes.NewValue(valueType, values[g.IntN(len(values))])
}
