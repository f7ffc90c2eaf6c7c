package tegrabox_test

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
	actions := map[string]*tfprotov6.Schema{}
	for name, action := range schemas.ActionSchemas {
		actions[name] = action.Schema
	}
	found := 0
	for kind, all := range map[string]map[string]*tfprotov6.Schema{
		"resource": schemas.ResourceSchemas, "data": schemas.DataSourceSchemas, "action": actions,
		"ephemeral": schemas.EphemeralResourceSchemas, "list": schemas.ListResourceSchemas,
	} {
		for name, schema := range all {
			if strings.HasPrefix(name, "chat_tegrabox_") {
				found++
				described(t, kind+" "+name, schema.Block.Description)
				describeAttributes(t, kind+" "+name, schema.Block.Attributes)
			}
		}
	}
	if found != 2+7+5+1+2 {
		t.Errorf("there are %d things of TegraBox", found)
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
	if !strings.HasSuffix(strings.TrimSpace(description), ".") {
		t.Errorf("%s has no description, or one that is no sentence: %q", name, description)
	}
}
