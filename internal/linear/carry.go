package linear

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// carried is what a server knows of a resource whose large attributes it
// carries past the framework.
type carried struct {
	resource    Resource
	schema      schema.Schema
	object      tftypes.Object
	collections []*collection
	bare        tfprotov6.ProviderServer // see newBareServer
}

func newCarried(ctx context.Context, large Resource) (*carried, error) {
	var described resource.SchemaResponse
	large.Schema(ctx, resource.SchemaRequest{}, &described)
	object, ok := described.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok || len(described.Schema.Blocks) > 0 {
		return nil, fmt.Errorf("a resource with blocks can't have large attributes: use nested attributes")
	}
	kind := &carried{resource: large, schema: described.Schema, object: object}
	for _, name := range large.LargeAttributes() {
		one, err := newCollection(ctx, name, described.Schema.Attributes[name])
		if err != nil {
			return nil, err
		}
		kind.collections = append(kind.collections, one)
	}
	kind.bare = newBareServer(kind)
	return kind, nil
}

// CheckLargeAttributes says why a resource can't be carried, if so: each large
// attribute must be a root attribute that is neither computed nor write-only,
// and one of
//
//   - a schema.MapNestedAttribute of strings, booleans and 64-bit integers,
//   - a schema.MapAttribute of strings,
//   - a schema.SetAttribute of StringSetType,
//
// without defaults, plan modifiers and custom types of the map or its objects
// themselves; their attributes may have all of these. A resource that can't be
// carried works, but slowly; tests should call this for each.
func CheckLargeAttributes(ctx context.Context, large Resource) error {
	_, err := newCarried(ctx, large)
	return err
}

// Carry wraps the constructor of a resource: if it is a Resource, its large
// attributes go past the framework in the servers made by Server. In other
// servers, and for other resources, it changes nothing.
func Carry(construct func() resource.Resource) func() resource.Resource {
	return func() resource.Resource {
		one := construct()
		large, ok := one.(Resource)
		if !ok {
			return one
		}
		if _, ok := large.(resource.ResourceWithIdentity); ok {
			return carrierWithIdentity{carrier{large}}
		}
		return carrier{large}
	}
}

// cargo is what travels past the framework in one call, in its context.
// The values are whole.
type cargo struct {
	kind                       *carried
	config, prior, plan, state tftypes.Value
	failed                     bool // the elements can't be planned: the resource isn't asked
	reached                    bool // the framework got as far as the resource's ModifyPlan
}

type cargoKey struct{}

// The framework keeps the context of each call as long as it lives, and with
// it what is left in the cargo.
var unloaded = cargo{}

func cargoOf(ctx context.Context) *cargo {
	aboard, _ := ctx.Value(cargoKey{}).(*cargo)
	return aboard
}
