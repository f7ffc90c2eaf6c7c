package ethora_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Everything a user can write or read is documented.
func TestEverySchemaIsDescribed(t *testing.T) {
	p := connect(t, nil)
	for _, diagnostic := range p.schemas.Diagnostics {
		t.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail)
	}
	describe(t, "provider", p.schemas.Provider)
	for kind, schemas := range map[string]map[string]*tfprotov6.Schema{
		"resource": p.schemas.ResourceSchemas, "data": p.schemas.DataSourceSchemas,
		"ephemeral": p.schemas.EphemeralResourceSchemas, "list": p.schemas.ListResourceSchemas,
	} {
		for name, schema := range schemas {
			if strings.HasPrefix(name, "chat_ethora_") {
				describe(t, kind+" "+name, schema)
			}
		}
	}
	identities, err := p.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	p.check(err)
	for name, schema := range identities.IdentitySchemas {
		for _, attribute := range schema.IdentityAttributes {
			described(t, "identity "+name+"."+attribute.Name, attribute.Description)
		}
	}
	for name, function := range p.schemas.Functions {
		described(t, name, function.Summary)
		described(t, name, function.Description)
		parameters := function.Parameters
		if function.VariadicParameter != nil {
			parameters = append(parameters, function.VariadicParameter)
		}
		for _, parameter := range parameters {
			described(t, name+"."+parameter.Name, parameter.Description)
		}
	}
}

func describe(t *testing.T, name string, schema *tfprotov6.Schema) {
	t.Helper()
	described(t, name, schema.Block.Description)
	describeAttributes(t, name, schema.Block.Attributes)
	for _, block := range schema.Block.BlockTypes {
		t.Errorf("%s.%s is a block: use a nested attribute", name, block.TypeName)
	}
}

func describeAttributes(t *testing.T, name string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, attribute := range attributes {
		described(t, name+"."+attribute.Name, attribute.Description)
		if attribute.NestedType != nil {
			describeAttributes(t, name+"."+attribute.Name, attribute.NestedType.Attributes)
		}
	}
}

func described(t *testing.T, name, description string) {
	t.Helper()
	if strings.TrimSpace(description) == "" {
		t.Errorf("%s has no description", name)
	}
}
