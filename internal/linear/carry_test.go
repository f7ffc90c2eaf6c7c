package linear_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/linear"
)

// otherClub is a club whose large attribute is another.
type otherClub struct {
	club
	large schema.Attribute
}

func (c *otherClub) LargeAttributes() []string { return []string{"large"} }
func (c *otherClub) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = map[string]schema.Attribute{"small": schema.StringAttribute{Optional: true}}
	if c.large != nil {
		resp.Schema.Attributes["large"] = c.large
	}
}

func TestCheckLargeAttributes(t *testing.T) {
	t.Parallel()
	users := func(attribute schema.Attribute) schema.NestedAttributeObject {
		return schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{"name": attribute}}
	}
	tests := map[string]struct {
		large schema.Attribute
		want  string // "": it can be carried
	}{
		"nested map":          {schema.MapNestedAttribute{Required: true, NestedObject: users(schema.StringAttribute{Required: true})}, ""},
		"map of strings":      {schema.MapAttribute{Optional: true, ElementType: types.StringType}, ""},
		"set of strings":      {schema.SetAttribute{Optional: true, CustomType: linear.StringSetType{}}, ""},
		"missing":             {nil, "is not in the schema"},
		"computed":            {schema.MapAttribute{Computed: true, ElementType: types.StringType}, "is computed"},
		"write-only":          {schema.MapAttribute{Optional: true, WriteOnly: true, ElementType: types.StringType}, "is write-only"},
		"deprecated":          {schema.MapAttribute{Optional: true, DeprecationMessage: "old", ElementType: types.StringType}, "is deprecated"},
		"string":              {schema.StringAttribute{Optional: true}, "is a schema.StringAttribute"},
		"map of numbers":      {schema.MapAttribute{Optional: true, ElementType: types.Int64Type}, "something else than plain strings"},
		"the framework's set": {schema.SetAttribute{Optional: true, ElementType: types.StringType}, "another type than StringSetType"},
		"list in elements": {schema.MapNestedAttribute{Required: true, NestedObject: users(schema.ListAttribute{Optional: true, ElementType: types.StringType})},
			"schema.ListAttribute in its elements (name)"},
		"plan modifier": {schema.MapNestedAttribute{Required: true, NestedObject: users(schema.StringAttribute{Required: true}),
			PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplace()}}, "plan modifiers of its own"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := linear.CheckLargeAttributes(t.Context(), &otherClub{large: test.large})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// importedClub can be imported, and knows what it lacks.
type importedClub struct{ club }

func (c *importedClub) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughID(ctx, path.Root("id"), req, resp)
}

// What a resource can do and can't is as without Carry.
func TestImport(t *testing.T) {
	t.Parallel()
	calls := &atomic.Int64{}
	for name, construct := range map[string]func() resource.Resource{
		"not importable": func() resource.Resource { return &club{modifiers: calls} },
		"importable":     func() resource.Resource { return &importedClub{club{modifiers: calls}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, construct)
			req := &tfprotov6.ImportResourceStateRequest{TypeName: "test_club", ID: "club"}
			want, err := p.alone.ImportResourceState(t.Context(), req)
			must(t, err)
			got, err := p.carried.ImportResourceState(t.Context(), req)
			must(t, err)
			sameProblems(t, "import", want.Diagnostics, got.Diagnostics)
			if len(got.ImportedResources) != len(want.ImportedResources) {
				t.Fatalf("%d imported, want %d", len(got.ImportedResources), len(want.ImportedResources))
			}
			if len(want.ImportedResources) > 0 {
				p.same(t, "imported", want.ImportedResources[0].State, got.ImportedResources[0].State)
			}
		})
	}
}

// A resource that can't be carried is left to the framework.
func TestWhatCannotBeCarriedStillWorks(t *testing.T) {
	t.Parallel()
	server := linear.Server(clubs{linear.Carry(func() resource.Resource {
		return &otherClub{large: schema.SetAttribute{Optional: true, ElementType: types.StringType}}
	})})()
	object := objectOf(t, server)
	empty, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
	must(t, err)
	resp, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "test_club", PriorState: &empty, Config: &empty, ProposedNewState: &empty,
	})
	must(t, err)
	if len(resp.Diagnostics) > 0 {
		t.Error(resp.Diagnostics[0].Summary)
	}
}

// A value that is no value is refused in the framework's words.
func TestBrokenValues(t *testing.T) {
	t.Parallel()
	p := newPair(t, clubKinds()["plain"])
	broken := &tfprotov6.DynamicValue{MsgPack: []byte{0xc1}}
	plan := &tfprotov6.PlanResourceChangeRequest{TypeName: "test_club", PriorState: broken, Config: broken, ProposedNewState: broken}
	want, err := p.alone.PlanResourceChange(t.Context(), plan)
	must(t, err)
	got, err := p.carried.PlanResourceChange(t.Context(), plan)
	must(t, err)
	if !hasError(want.Diagnostics) {
		t.Fatal("the framework took it")
	}
	sameProblems(t, "plan", want.Diagnostics, got.Diagnostics)
}
