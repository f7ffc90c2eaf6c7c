package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// What the local Terraform prints is the measure for all that it knows.
func TestPrintsWhatTerraformPrints(t *testing.T) {
	workspace := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders})
	printed, err := workspace.Command(t.Context(), "providers", "schema", "-json").Output()
	if err != nil {
		t.Fatalf("terraform providers schema: %v\n%s", err, printed)
	}
	want := onlyProvider(t, printed)

	server := providerserver.NewProtocol6(provider.New("test")())()
	got := onlyProvider(t, schemaOf(t, server))

	newer := []string{"resource_identity_schemas", "list_resource_schemas", "action_schemas"}
	for _, part := range slices.Sorted(maps.Keys(got)) {
		if want[part] == nil && slices.Contains(newer, part) {
			t.Logf("this Terraform does not know %s", part)
			continue
		}
		mustEqual(t, part, got[part], want[part])
	}
	for part := range want {
		if got[part] == nil {
			t.Errorf("Terraform prints %s, and we do not", part)
		}
	}
	if len(got) == 0 {
		t.Error("no part was compared")
	}
}

func TestPrintsEveryPart(t *testing.T) {
	got := schemaOf(t, fakeServer{
		schemas: &tfprotov6.GetProviderSchemaResponse{
			ResourceSchemas: map[string]*tfprotov6.Schema{"fake_room": {
				Version: 2,
				Block: &tfprotov6.SchemaBlock{
					Description:     "A *room*.",
					DescriptionKind: tfprotov6.StringKindMarkdown,
					Attributes: []*tfprotov6.SchemaAttribute{
						{Name: "id", Type: tftypes.String, Computed: true},
						{Name: "key_wo", Type: tftypes.String, Optional: true, Sensitive: true, WriteOnly: true, Deprecated: true},
						{Name: "members", Required: true, NestedType: &tfprotov6.SchemaObject{
							Nesting:    tfprotov6.SchemaObjectNestingModeSet,
							Attributes: []*tfprotov6.SchemaAttribute{{Name: "tags", Type: tftypes.List{ElementType: tftypes.String}, Optional: true}},
						}},
					},
					BlockTypes: []*tfprotov6.SchemaNestedBlock{{
						TypeName: "timeouts",
						Nesting:  tfprotov6.SchemaNestedBlockNestingModeList,
						MaxItems: 1,
						Block:    &tfprotov6.SchemaBlock{Deprecated: true},
					}},
				},
			}},
			DataSourceSchemas:        map[string]*tfprotov6.Schema{"fake_data": {}},
			EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"fake_token": {}},
			ListResourceSchemas:      map[string]*tfprotov6.Schema{"fake_room": {}},
			ActionSchemas:            map[string]*tfprotov6.ActionSchema{"fake_send": {Schema: &tfprotov6.Schema{}}},
			Functions: map[string]*tfprotov6.Function{"name": {
				Summary:            "Names",
				Description:        "Makes a name.",
				DeprecationMessage: "Use another.",
				Parameters:         []*tfprotov6.FunctionParameter{{Name: "id", Type: tftypes.String, Description: "The id.", AllowNullValue: true}},
				VariadicParameter:  &tfprotov6.FunctionParameter{Name: "more", Type: tftypes.Number},
				Return:             &tfprotov6.FunctionReturn{Type: tftypes.Map{ElementType: tftypes.Bool}},
			}},
		},
		identities: &tfprotov6.GetResourceIdentitySchemasResponse{
			IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"fake_room": {
				Version: 1,
				IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
					{Name: "id", Type: tftypes.String, RequiredForImport: true, Description: "The id."},
					{Name: "app", Type: tftypes.String, OptionalForImport: true},
				},
			}},
		},
	})

	const empty = `{"version": 0, "block": {"description_kind": "plain"}}`
	mustEqual(t, "the document", decode(t, got), decode(t, []byte(`{
		"format_version": "1.0",
		"provider_schemas": {"fake": {
			"provider": `+empty+`,
			"resource_schemas": {"fake_room": {
				"version": 2,
				"block": {
					"description": "A *room*.",
					"description_kind": "markdown",
					"attributes": {
						"id": {"type": "string", "description_kind": "plain", "computed": true},
						"key_wo": {"type": "string", "description_kind": "plain", "optional": true, "sensitive": true, "write_only": true, "deprecated": true},
						"members": {
							"nested_type": {
								"nesting_mode": "set",
								"attributes": {"tags": {"type": ["list", "string"], "description_kind": "plain", "optional": true}}
							},
							"description_kind": "plain",
							"required": true
						}
					},
					"block_types": {"timeouts": {
						"nesting_mode": "list",
						"max_items": 1,
						"block": {"description_kind": "plain", "deprecated": true}
					}}
				}
			}},
			"data_source_schemas": {"fake_data": `+empty+`},
			"ephemeral_resource_schemas": {"fake_token": `+empty+`},
			"list_resource_schemas": {"fake_room": `+empty+`},
			"action_schemas": {"fake_send": {"block": {"description_kind": "plain"}}},
			"functions": {"name": {
				"summary": "Names",
				"description": "Makes a name.",
				"deprecation_message": "Use another.",
				"parameters": [{"name": "id", "type": "string", "description": "The id.", "is_nullable": true}],
				"variadic_parameter": {"name": "more", "type": "number"},
				"return_type": ["map", "bool"]
			}},
			"resource_identity_schemas": {"fake_room": {
				"version": 1,
				"attributes": {
					"id": {"type": "string", "description": "The id.", "required_for_import": true},
					"app": {"type": "string", "optional_for_import": true}
				}
			}}
		}}
	}`)))
}

func TestSaysWhatIsWrongWithTheSchema(t *testing.T) {
	broken := []*tfprotov6.Diagnostic{{
		Severity: tfprotov6.DiagnosticSeverityError,
		Summary:  "Invalid schema",
		Detail:   "the attribute has no type",
	}}
	tests := map[string]struct {
		server fakeServer
		want   string
	}{
		"an error diagnostic": {
			fakeServer{schemas: &tfprotov6.GetProviderSchemaResponse{Diagnostics: broken}},
			"the provider's schema is invalid: Invalid schema: the attribute has no type",
		},
		"an error diagnostic of the identities": {
			fakeServer{identities: &tfprotov6.GetResourceIdentitySchemasResponse{Diagnostics: broken}},
			"the provider's schema is invalid: Invalid schema: the attribute has no type",
		},
		"an error": {
			fakeServer{err: errors.New("it is broken")},
			"the provider did not tell its schemas: it is broken",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var output bytes.Buffer
			err := run(t.Context(), &output, test.server, "fake")
			if err == nil || err.Error() != test.want {
				t.Errorf("got the error %v, want %s", err, test.want)
			}
			if output.Len() != 0 {
				t.Errorf("printed although it failed: %s", output.String())
			}
		})
	}
}

// fakeServer answers the two calls that tell schemas.
type fakeServer struct {
	tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities *tfprotov6.GetResourceIdentitySchemasResponse
	err        error
}

func (s fakeServer) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	if s.schemas == nil {
		return &tfprotov6.GetProviderSchemaResponse{}, s.err
	}
	return s.schemas, s.err
}

func (s fakeServer) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	if s.identities == nil {
		return &tfprotov6.GetResourceIdentitySchemasResponse{}, s.err
	}
	return s.identities, s.err
}

func schemaOf(t *testing.T, server tfprotov6.ProviderServer) []byte {
	t.Helper()
	var output bytes.Buffer
	if err := run(t.Context(), &output, server, "fake"); err != nil {
		t.Fatal(err)
	}
	return output.Bytes()
}

// onlyProvider returns the parts of the one provider in the document.
func onlyProvider(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var read struct {
		ProviderSchemas map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, text)
	}
	if len(read.ProviderSchemas) != 1 {
		t.Fatalf("%d providers, want 1:\n%s", len(read.ProviderSchemas), text)
	}
	for _, parts := range read.ProviderSchemas {
		return parts
	}
	return nil
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, text)
	}
	return value
}

func mustEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s differs\ngot  %s\nwant %s", what, encode(t, got), encode(t, want))
	}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
