package rocketchat_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// What is wrong with the settings is told before any call, at the setting, and
// without repeating a value that may be a secret.
func TestProvider_settings(t *testing.T) {
	const canary = "canary-in-the-wrong-place"
	for name, test := range map[string]struct {
		block acctest.Object
		want  string
	}{
		"no address":  {acctest.Object{}, "ERROR Rocket.Chat's server_url is missing: Set server_url in the provider's rocketchat block, or the environment variable ROCKETCHAT_URL."},
		"bad address": {acctest.Object{"server_url": canary}, "ERROR Rocket.Chat's server_url is malformed: server_url in the provider's rocketchat block is not an address."},
		"a password":  {acctest.Object{"server_url": "https://ann:" + canary + "@example.com"}, "must hold no password, query or fragment"},
		"a query":     {acctest.Object{"server_url": "https://example.com/?token=" + canary}, "must hold no password, query or fragment"},
		"half of an administrator": {acctest.Object{"server_url": "https://example.com", "auth_token": canary},
			"ERROR Rocket.Chat's user_id is missing: The provider has auth_token (ROCKETCHAT_AUTH_TOKEN), which is of no use alone. Set user_id in the provider's rocketchat block, or the environment variable ROCKETCHAT_USER_ID"},
		"the other half": {acctest.Object{"server_url": "https://example.com", "user_id": canary}, "ERROR Rocket.Chat's auth_token is missing"},
		"two lines":      {acctest.Object{"server_url": "https://example.com", "auth_token": canary + "\nx", "user_id": "x"}, "holds a line break or control character"},
		"rate":           {acctest.Object{"server_url": "https://example.com", "requests_per_second": 0}, "requests_per_second in the provider's rocketchat block is not a rate"},
	} {
		problems := acctest.NewProtocol(t).Configure(acctest.Object{"rocketchat": test.block})
		onlyProblem(t, problems, test.want)
		if mentions(problems, canary) {
			t.Errorf("%s: the value is repeated: %q", name, problems)
		}
	}
	if problems := acctest.NewProtocol(t).Configure(acctest.Object{}); len(problems) > 0 {
		t.Errorf("a provider that nothing uses complains: %q", problems)
	}
}

// What nobody set is told when something is used; the environment is as good as
// the block, and a slash or a path at the end of the address is no matter.
func TestProvider_environment(t *testing.T) {
	e := startTenant(t)
	p := acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{}); len(problems) > 0 {
		t.Fatal(problems)
	}
	onlyProblem(t, p.Apply(t.Context(), visitorType, ann(), nil).Problems, "ERROR Rocket.Chat is not configured", "environment variable ROCKETCHAT_URL, or rocketchat = { server_url = ... }")

	t.Setenv("ROCKETCHAT_URL", e.URL+"/api/v1/\n")
	t.Setenv("ROCKETCHAT_AUTH_TOKEN", e.AdminToken()+"\n")
	t.Setenv("ROCKETCHAT_USER_ID", e.AdminUserID())
	p = acctest.NewProtocol(t)
	problems := p.Configure(acctest.Object{"rocketchat": acctest.Object{}})
	visitor := p.Apply(t.Context(), visitorType, ann(), nil)
	department := p.Apply(t.Context(), departmentType, billing(), nil)
	if len(problems)+len(visitor.Problems)+len(department.Problems) > 0 {
		t.Errorf("%q %q %q", problems, visitor.Problems, department.Problems)
	}

	t.Setenv("ROCKETCHAT_USER_ID", "")
	p = acctest.NewProtocol(t)
	if problems := p.Configure(acctest.Object{}); len(problems) > 0 {
		t.Errorf("a provider that nothing uses complains: %q", problems)
	}
	onlyProblem(t, p.Apply(t.Context(), visitorType, ann(), nil).Problems, "ERROR Rocket.Chat's user_id is missing")
}

// Settings may come from something that is not applied yet: the plan goes on, a
// refresh keeps the state, and nothing is asked.
func TestProvider_unknownSettings(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	for _, unknown := range []string{"server_url", "auth_token", "user_id", "requests_per_second"} {
		known := e.Protocol(t)
		p := e.ProtocolWith(t, acctest.Object{unknown: acctest.Unknown})
		for typeName, config := range map[string]acctest.Object{
			visitorType: {"token": "t-" + unknown}, messageType: with(hello(room), acctest.Object{"message_id": unknown}),
			departmentType: with(billing(), acctest.Object{"name": unknown}), customFieldType: with(priority(), acctest.Object{"field": unknown}),
		} {
			made := known.Apply(t.Context(), typeName, config, nil)
			e.ResetRequests()
			if read := p.Refresh(t.Context(), typeName, made); !reflect.DeepEqual(read.State, made.State) || read.Problems != nil {
				t.Errorf("%s: the refresh of %s gave %v %q", unknown, typeName, read.State, read.Problems)
			}
			onlyProblem(t, p.Apply(t.Context(), typeName, config, nil).Problems, "ERROR The rocketchat settings of the provider are not known yet") // by the apply, not the plan
			e.wantCalls(t)
		}
		_, problems := p.ReadDataSource(t.Context(), "chat_rocketchat_config", acctest.Object{})
		onlyProblem(t, problems, "ERROR The rocketchat settings of the provider are not known yet", "depends_on")
	}

	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_4_0)},
		Steps: []resource.TestStep{{
			Config: `
resource "terraform_data" "server" {
  input = "` + e.URL + `"
}

provider "chat" {
  rocketchat = { server_url = terraform_data.server.output }
}
` + annBlock(),
		}},
	})
}

// Everything a user can write or read is documented.
func TestEverySchemaIsDescribed(t *testing.T) {
	t.Parallel()
	server := acctest.NewProtocol(t).Server
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	described := 0
	all := []map[string]*tfprotov6.Schema{schemas.ResourceSchemas, schemas.DataSourceSchemas, schemas.ListResourceSchemas, {}}
	for name, action := range schemas.ActionSchemas {
		all[3][name] = action.Schema
	}
	for _, kind := range all {
		for name, schema := range kind {
			if strings.HasPrefix(name, "chat_rocketchat_") {
				described++
				if schema.Block.Description == "" || len(schema.Block.BlockTypes) > 0 {
					t.Errorf("%s has no description, or has blocks", name)
				}
				describe(t, name, schema.Block.Attributes)
			}
		}
	}
	if described != 5+6+5+6 {
		t.Errorf("there are %d schemas", described)
	}
}

func describe(t *testing.T, name string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, attribute := range attributes {
		if strings.TrimSpace(attribute.Description) == "" {
			t.Errorf("%s.%s has no description", name, attribute.Name)
		}
		if attribute.NestedType != nil {
			describe(t, name+"."+attribute.Name, attribute.NestedType.Attributes)
		}
	}
}
