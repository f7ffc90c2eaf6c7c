package linear

import (
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// newBareServer is a second server of the framework, for one resource that is
// nothing but a schema. It answers questions about parts of a value:
//
//   - Does the resource differ from its prior state? A computed attribute of no
//     other use, probe, becomes unknown when the framework thinks so.
//   - Are these elements valid? The checks of the collection as a whole are left
//     out, for they would judge a part.
func newBareServer(kind *carried) tfprotov6.ProviderServer {
	bared := kind.schema
	bared.Attributes = maps.Clone(bared.Attributes)
	for _, one := range kind.collections {
		if nested, ok := one.attribute.(schema.MapNestedAttribute); ok {
			nested.Validators = nil
			bared.Attributes[one.name] = nested
		}
	}
	bared.Attributes[probe] = schema.BoolAttribute{Computed: true}
	return providerserver.NewProtocol6(bareProvider{bareResource{kind.resource, bared}})()
}

const (
	probe    = "linear_probe"
	bareType = "linear_bare"
)

type bareProvider struct{ resource bareResource }

func (bareProvider) Metadata(context.Context, provider.MetadataRequest, *provider.MetadataResponse) {
}
func (bareProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (bareProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (bareProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (p bareProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return p.resource }}
}

// bareResource has none of the optional methods of the resource.
type bareResource struct {
	resource.Resource
	schema schema.Schema
}

func (bareResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = bareType
}

func (r bareResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

// bareObject is the type of the bare resource.
func (k *carried) bareObject() tftypes.Object {
	types := maps.Clone(k.object.AttributeTypes)
	types[probe] = tftypes.Bool
	return tftypes.Object{AttributeTypes: types}
}

// bareValue is a value of the bare resource, with null for the probe.
func (k *carried) bareValue(value tftypes.Value) (*tfprotov6.DynamicValue, error) {
	object := k.bareObject()
	bare := tftypes.NewValue(object, nil)
	if attributes := maps.Clone(fields(value)); attributes != nil {
		attributes[probe] = tftypes.NewValue(tftypes.Bool, nil)
		bare = tftypes.NewValue(object, attributes)
	}
	encoded, err := tfprotov6.NewDynamicValue(object, bare)
	return &encoded, err
}

// restDiffers asks the framework whether it finds a difference in what is not
// large.
func (k *carried) restDiffers(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest, prior, config, proposed tftypes.Value) (bool, error) {
	var errs [3]error
	asked := &tfprotov6.PlanResourceChangeRequest{TypeName: bareType, PriorPrivate: req.PriorPrivate, ClientCapabilities: req.ClientCapabilities}
	asked.PriorState, errs[0] = k.bareValue(k.without(prior, null))
	asked.Config, errs[1] = k.bareValue(k.without(config, null))
	asked.ProposedNewState, errs[2] = k.bareValue(k.without(proposed, null))
	if err := errors.Join(errs[:]...); err != nil {
		return false, err
	}
	resp, err := k.bare.PlanResourceChange(ctx, asked)
	if err != nil || resp.PlannedState == nil {
		return false, err
	}
	planned, err := resp.PlannedState.Unmarshal(k.bareObject())
	if err != nil {
		return false, err
	}
	return !fields(planned)[probe].IsKnown(), nil
}
