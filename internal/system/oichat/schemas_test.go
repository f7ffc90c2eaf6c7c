package oichat_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// Everything a user can write or read is documented.
func TestEverySchemaIsDescribed(t *testing.T) {
	t.Parallel()
	server := acctest.NewProtocol(t).Server
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	described := 0
	describe := func(kind, name string, schema *tfprotov6.Schema) {
		if !strings.HasPrefix(name, "chat_oichat_") {
			return
		}
		described++
		if strings.TrimSpace(schema.Block.Description) == "" || len(schema.Block.BlockTypes) > 0 {
			t.Errorf("%s %s has no description, or blocks", kind, name)
		}
		describeAttributes(t, kind+" "+name, schema.Block.Attributes)
	}
	for kind, all := range map[string]map[string]*tfprotov6.Schema{
		"resource": schemas.ResourceSchemas, "data source": schemas.DataSourceSchemas,
		"ephemeral resource": schemas.EphemeralResourceSchemas, "list resource": schemas.ListResourceSchemas,
	} {
		for name, schema := range all {
			describe(kind, name, schema)
		}
	}
	for name, schema := range schemas.ActionSchemas {
		describe("action", name, schema.Schema)
	}
	if described != 9 {
		t.Errorf("%d things are described, want 2 resources, 2 data sources, a token, 2 lists and 2 actions", described)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{roomType, participantType} {
		for _, attribute := range identities.IdentitySchemas[name].IdentityAttributes {
			if attribute.Description == "" {
				t.Errorf("identity %s.%s has no description", name, attribute.Name)
			}
		}
	}
}

func describeAttributes(t *testing.T, where string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, attribute := range attributes {
		if strings.TrimSpace(attribute.Description) == "" {
			t.Errorf("%s.%s has no description", where, attribute.Name)
		}
		if attribute.NestedType != nil {
			describeAttributes(t, where+"."+attribute.Name, attribute.NestedType.Attributes)
		}
	}
}
