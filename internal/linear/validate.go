package linear

import (
	"context"
	"maps"
	"runtime"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/sync/errgroup"
)

// chunkSize is how many elements the framework validates at once: few enough
// for validators that search the whole configuration, such as AlsoRequires.
const chunkSize = 16

// validate checks the large attributes: each as a whole, and the elements of
// nested maps in chunks.
func (k *carried) validate(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest, config tftypes.Value) ([]*tfprotov6.Diagnostic, error) {
	var problems []*tfprotov6.Diagnostic
	attributes := fields(config)
	for _, one := range k.collections {
		if value := attributes[one.name]; value.IsNull() || !value.IsKnown() {
			continue
		}
		diagnostics := one.validateWhole(ctx, tfsdk.Config{Raw: config, Schema: k.schema}, attributes[one.name])
		problems = union(problems, protocolDiagnostics(ctx, diagnostics))
		if one.leaves == nil || diagnostics.HasError() {
			continue // as the framework, which looks no deeper then
		}
		inElements, err := k.validateElements(ctx, req, config, one)
		if err != nil {
			return nil, err
		}
		problems = union(problems, inElements)
	}
	return problems, nil
}

// validateElements lets the framework check the elements of a nested map, chunk
// by chunk, on all processors. Elements that are not known yet are left out: the
// framework takes the attributes of an unknown object for null
// (hashicorp/terraform-plugin-framework#186), and would miss those that are
// required.
func (k *carried) validateElements(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest, config tftypes.Value, one *collection) ([]*tfprotov6.Diagnostic, error) {
	attributes := fields(k.without(config, unknownIfSet))
	elements := fields(fields(config)[one.name])
	known := slices.DeleteFunc(slices.Sorted(maps.Keys(elements)), func(key string) bool { return !elements[key].IsKnown() })
	chunks := slices.Collect(slices.Chunk(known, chunkSize))
	found := make([][]*tfprotov6.Diagnostic, len(chunks))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, keys := range chunks {
		group.Go(func() error {
			chunk := make(map[string]tftypes.Value, len(keys))
			for _, key := range keys {
				chunk[key] = elements[key]
			}
			part := maps.Clone(attributes)
			part[one.name] = tftypes.NewValue(one.valueType, chunk)
			value, err := k.bareValue(tftypes.NewValue(k.object, part))
			if err != nil {
				return err
			}
			resp, err := k.bare.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
				TypeName: bareType, Config: value, ClientCapabilities: req.ClientCapabilities,
			})
			if err == nil {
				found[i] = resp.Diagnostics
			}
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(found...), err
}

// validateWhole asks the attribute's own validators.
func (c *collection) validateWhole(ctx context.Context, config tfsdk.Config, value tftypes.Value) diag.Diagnostics {
	var diagnostics diag.Diagnostics
	at := path.Root(c.name)
	known, err := c.attribute.GetType().ValueFromTerraform(ctx, value)
	if err != nil {
		diagnostics.AddAttributeError(at, "Configuration Read Error", err.Error())
		return diagnostics
	}
	if checked, ok := known.(xattr.ValidateableAttribute); ok {
		var resp xattr.ValidateAttributeResponse
		checked.ValidateAttribute(ctx, xattr.ValidateAttributeRequest{Path: at}, &resp)
		diagnostics.Append(resp.Diagnostics...)
		if diagnostics.HasError() {
			return diagnostics
		}
	}
	switch typed := c.attribute.(type) {
	case schema.MapNestedAttribute:
		diagnostics.Append(validateMap(ctx, typed.Validators, at, config, known)...)
	case schema.MapAttribute:
		diagnostics.Append(validateMap(ctx, typed.Validators, at, config, known)...)
	case schema.SetAttribute:
		diagnostics.Append(validateSet(ctx, typed.Validators, at, config, known)...)
	}
	return diagnostics
}

func validateMap(ctx context.Context, validators []validator.Map, at path.Path, config tfsdk.Config, value any) diag.Diagnostics {
	var diagnostics diag.Diagnostics
	known, ok := value.(basetypes.MapValue)
	if !ok {
		return diagnostics
	}
	for _, one := range validators {
		var resp validator.MapResponse
		one.ValidateMap(ctx, validator.MapRequest{Path: at, PathExpression: at.Expression(), Config: config, ConfigValue: known}, &resp)
		diagnostics.Append(resp.Diagnostics...)
	}
	return diagnostics
}

func validateSet(ctx context.Context, validators []validator.Set, at path.Path, config tfsdk.Config, value any) diag.Diagnostics {
	var diagnostics diag.Diagnostics
	known, ok := value.(StringSetValue)
	if !ok {
		return diagnostics
	}
	for _, one := range validators {
		var resp validator.SetResponse
		one.ValidateSet(ctx, validator.SetRequest{Path: at, PathExpression: at.Expression(), Config: config, ConfigValue: known.set()}, &resp)
		diagnostics.Append(resp.Diagnostics...)
	}
	return diagnostics
}
