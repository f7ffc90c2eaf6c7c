package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/linear"
	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

func TestMain(m *testing.M) { acctest.Main(m) }

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	resp, err := acctest.NewProtocol(t).Server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// The framework checks every schema of the provider and finds nothing wrong.
func TestSchemasAreValid(t *testing.T) {
	t.Parallel()
	resp := schemas(t)
	for _, problem := range resp.Diagnostics {
		t.Errorf("%s: %s", problem.Summary, problem.Detail)
	}
	if len(resp.ResourceSchemas) == 0 || len(resp.DataSourceSchemas) == 0 {
		t.Error("the provider has no resources or no data sources")
	}
}

// Terraform finds a provider's types by the first word, and users find a
// system's by the second.
func TestNames(t *testing.T) {
	t.Parallel()
	resp := schemas(t)
	systems := map[string]bool{}
	for _, block := range resp.Provider.Block.Attributes {
		systems[block.Name] = true
	}
	check := func(kind, prefix, name string) {
		rest, ok := strings.CutPrefix(name, prefix)
		system, thing, _ := strings.Cut(rest, "_")
		if !ok || !systems[system] || thing == "" {
			t.Errorf("the %s %q is not named %s<system>_<thing>, with a system that the provider block has", kind, name, prefix)
		}
	}
	for name := range resp.ResourceSchemas {
		check("resource", "chat_", name)
	}
	for name := range resp.DataSourceSchemas {
		check("data source", "chat_", name)
	}
	for name := range resp.EphemeralResourceSchemas {
		check("ephemeral resource", "chat_", name)
	}
	for name := range resp.ListResourceSchemas {
		check("list resource", "chat_", name)
	}
	for name := range resp.ActionSchemas {
		check("action", "chat_", name)
	}
	for name := range resp.Functions {
		check("function", "", name)
	}
}

// Every resource has an identity and a list resource,
// or is named here with the reason.
func TestEveryResourceCanBeFound(t *testing.T) {
	t.Parallel()
	p := acctest.NewProtocol(t)
	resp := schemas(t)
	identities, err := p.Server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	unlisted := []string{
		"chat_ethora_room_members", // not an object but a claim on a room: every room would be listed
		"chat_ethora_users",        // what it is about are the keys of its map, which change; an identity never does
		"chat_syarah_file",         // Syarah tells of no upload, so that none can be listed, or found again by an identity
	}
	for _, name := range slices.Sorted(maps.Keys(resp.ResourceSchemas)) {
		wanted := !slices.Contains(unlisted, name)
		if _, has := identities.IdentitySchemas[name]; has != wanted {
			t.Errorf("%s: identity %t, want %t", name, has, wanted)
		}
		if _, has := resp.ListResourceSchemas[name]; has != wanted {
			t.Errorf("%s: list resource %t, want %t", name, has, wanted)
		}
	}
	for name := range resp.ListResourceSchemas {
		if resp.ResourceSchemas[name] == nil {
			t.Errorf("%s is listed, but is no resource", name)
		}
	}
}

// What an identity names is fixed: its attributes are required for an import,
// and the resource has them too.
func TestIdentities(t *testing.T) {
	t.Parallel()
	p := acctest.NewProtocol(t)
	identities, err := p.Server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	resp := schemas(t)
	for name, identity := range identities.IdentitySchemas {
		for _, attribute := range identity.IdentityAttributes {
			if !attribute.RequiredForImport {
				t.Errorf("%s: %s may be left out of an import", name, attribute.Name)
			}
			if !slices.ContainsFunc(resp.ResourceSchemas[name].Block.Attributes, func(one *tfprotov6.SchemaAttribute) bool { return one.Name == attribute.Name }) {
				t.Errorf("%s: the resource lacks %s", name, attribute.Name)
			}
		}
	}
}

// Nothing that is a secret is shown: whatever is named like one is Sensitive or
// write-only.
func TestSecretsAreMarked(t *testing.T) {
	t.Parallel()
	resp := schemas(t)
	check := func(where string, schema *tfprotov6.Schema) {
		for _, attribute := range attributesOf(schema.Block.Attributes) {
			isSecret := strings.HasSuffix(attribute.Name, "secret") || strings.HasSuffix(attribute.Name, "token") || strings.Contains(attribute.Name, "password")
			if isSecret && strings.HasSuffix(attribute.Name, "_version") {
				continue
			}
			if isSecret && !attribute.Sensitive && !attribute.WriteOnly {
				t.Errorf("%s: %s is neither sensitive nor write-only", where, attribute.Name)
			}
		}
	}
	check("provider", resp.Provider)
	for kind, all := range map[string]map[string]*tfprotov6.Schema{
		"resource": resp.ResourceSchemas, "data source": resp.DataSourceSchemas, "ephemeral resource": resp.EphemeralResourceSchemas,
	} {
		for name, schema := range all {
			check(kind+" "+name, schema)
		}
	}
}

// attributesOf are the attributes of a schema, nested ones included.
func attributesOf(attributes []*tfprotov6.SchemaAttribute) []*tfprotov6.SchemaAttribute {
	all := slices.Clone(attributes)
	for _, attribute := range attributes {
		if attribute.NestedType != nil {
			all = append(all, attributesOf(attribute.NestedType.Attributes)...)
		}
	}
	return all
}

// The operator of a server sees which provider and which Terraform call it.
func TestUserAgent(t *testing.T) {
	t.Parallel()
	e := acctest.StartEthora(t)
	p := e.Protocol(t)
	if room := p.Apply(t.Context(), "chat_ethora_room", acctest.Object{"room_id": "support", "title": "Support"}, nil); room.Problems != nil {
		t.Fatal(room.Problems)
	}
	if len(e.Requests()) == 0 {
		t.Fatal("nothing was asked")
	}
	for _, request := range e.Requests() {
		if agent := request.Headers["User-Agent"]; agent != "terraform-provider-chat/test Terraform/1.99.0" {
			t.Errorf("%s %s came from %q", request.Method, request.Path, agent)
		}
	}
}

// What a resource calls large can be carried past the framework, which would
// need time that grows with its square.
func TestLargeAttributes(t *testing.T) {
	t.Parallel()
	found := 0
	for _, system := range provider.Systems() {
		for _, construct := range system.Resources {
			large, ok := construct().(linear.Resource)
			if !ok {
				continue
			}
			found++
			if err := linear.CheckLargeAttributes(t.Context(), large); err != nil {
				t.Errorf("%T: %v", large, err)
			}
		}
	}
	if found == 0 {
		t.Error("no resource has large attributes")
	}
}
