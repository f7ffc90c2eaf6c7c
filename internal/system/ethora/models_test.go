package ethora

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

// models are the models that schemas are read into. appDataSource has none.
var models = map[string]any{
	"resource chat_ethora_app":           &appModel{},
	"resource chat_ethora_user":          &userModel{},
	"resource chat_ethora_users":         &usersModel{},
	"resource chat_ethora_room":          &roomModel{},
	"resource chat_ethora_room_access":   &roomAccessModel{},
	"resource chat_ethora_room_members":  &roomMembersModel{},
	"data chat_ethora_apps":              &appsDataModel{},
	"data chat_ethora_user":              &userDataModel{},
	"data chat_ethora_users":             &usersDataModel{},
	"data chat_ethora_user_chats":        &userChatsDataModel{},
	"data chat_ethora_room":              &roomDataModel{},
	"data chat_ethora_rooms":             &roomsDataModel{},
	"ephemeral chat_ethora_server_token": &tokenModel{},
	"ephemeral chat_ethora_client_token": &clientTokenModel{},
	"list chat_ethora_app":               &struct{}{},
	"list chat_ethora_user":              &userListModel{},
	"list chat_ethora_room":              &roomListModel{},
	"list chat_ethora_room_access":       &roomAccessListModel{},
}

func TestEachSchemaFitsItsModel(t *testing.T) {
	configs := nullConfigs(t)
	delete(configs, "data chat_ethora_app")
	for name, config := range configs {
		model, ok := models[name]
		if !ok {
			t.Errorf("%s: this test knows no model", name)
			continue
		}
		if problems := config.Get(t.Context(), model); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	for name := range models {
		if _, ok := configs[name]; !ok {
			t.Errorf("%s: there is no such type", name)
		}
	}
}

func TestAppDataSourceFillsItsSchema(t *testing.T) {
	var resp datasource.SchemaResponse
	newAppDataSource().Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	var problems diag.Diagnostics
	filled := slices.Sorted(maps.Keys(appDataValues(t.Context(), ethora.App{AppFields: ethora.AppFields{DisplayName: new("Acme")}}, &problems)))
	if wanted := slices.Sorted(maps.Keys(resp.Schema.Attributes)); !slices.Equal(filled, wanted) || len(problems) > 0 {
		t.Errorf("it fills %v %v, the schema has %v", filled, problems, wanted)
	}
}

// nullConfigs are configurations that set nothing, of every type of the system.
// The implementation of each schema is checked on the way.
func nullConfigs(t *testing.T) map[string]tfsdk.Config {
	t.Helper()
	ctx, system, configs := t.Context(), System(), map[string]tfsdk.Config{}
	check := func(name string, problems ...diag.Diagnostics) {
		for _, found := range problems {
			if len(found) > 0 {
				t.Errorf("%s: %v", name, found)
			}
		}
	}
	for _, construct := range system.Resources {
		var meta resource.MetadataResponse
		var resp resource.SchemaResponse
		made := construct()
		made.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "chat"}, &meta)
		made.Schema(ctx, resource.SchemaRequest{}, &resp)
		check(meta.TypeName, resp.Diagnostics, resp.Schema.ValidateImplementation(ctx))
		configs["resource "+meta.TypeName] = tfsdk.Config{Schema: resp.Schema, Raw: nulls(ctx, resp.Schema.Type())}
		if identified, ok := made.(resource.ResourceWithIdentity); ok {
			var identity resource.IdentitySchemaResponse
			identified.IdentitySchema(ctx, resource.IdentitySchemaRequest{}, &identity)
			check(meta.TypeName+" identity", identity.Diagnostics, identity.IdentitySchema.ValidateImplementation(ctx))
		}
	}
	for _, construct := range system.DataSources {
		var meta datasource.MetadataResponse
		var resp datasource.SchemaResponse
		made := construct()
		made.Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: "chat"}, &meta)
		made.Schema(ctx, datasource.SchemaRequest{}, &resp)
		check(meta.TypeName, resp.Diagnostics, resp.Schema.ValidateImplementation(ctx))
		configs["data "+meta.TypeName] = tfsdk.Config{Schema: resp.Schema, Raw: nulls(ctx, resp.Schema.Type())}
	}
	for _, construct := range system.EphemeralResources {
		var meta ephemeral.MetadataResponse
		var resp ephemeral.SchemaResponse
		made := construct()
		made.Metadata(ctx, ephemeral.MetadataRequest{ProviderTypeName: "chat"}, &meta)
		made.Schema(ctx, ephemeral.SchemaRequest{}, &resp)
		check(meta.TypeName, resp.Diagnostics, resp.Schema.ValidateImplementation(ctx))
		configs["ephemeral "+meta.TypeName] = tfsdk.Config{Schema: resp.Schema, Raw: nulls(ctx, resp.Schema.Type())}
	}
	for _, construct := range system.ListResources {
		var meta resource.MetadataResponse
		var resp list.ListResourceSchemaResponse
		made := construct()
		made.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "chat"}, &meta)
		made.ListResourceConfigSchema(ctx, list.ListResourceSchemaRequest{}, &resp)
		check(meta.TypeName, resp.Diagnostics, resp.Schema.ValidateImplementation(ctx))
		configs["list "+meta.TypeName] = tfsdk.Config{Schema: resp.Schema, Raw: nulls(ctx, resp.Schema.Type())}
	}
	return configs
}

// nulls is an object whose attributes are all null.
func nulls(ctx context.Context, schemaType attr.Type) tftypes.Value {
	objectType := schemaType.TerraformType(ctx).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attributeType := range objectType.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
	}
	return tftypes.NewValue(objectType, values)
}
