package tegrabox_test

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// names are the display names of a list.
func names(t *testing.T, results []acctest.Listed) []string {
	t.Helper()
	all := []string{}
	for _, result := range results {
		if result.Problems != nil {
			t.Error(result.Problems)
		}
		all = append(all, result.DisplayName)
	}
	return all
}

func TestListUsersAndRooms(t *testing.T) {
	t.Parallel()
	e, ann, bob, general := startGeneral(t)
	e.Edit(t, "PATCH", project+"/users/"+ann, map[string]any{"display_name": "Ann Lee"})
	attic := e.addRoom(t, "Attic", bob)
	p := e.Protocol(t)
	for typeName, want := range map[string]struct {
		names    []string
		identity acctest.Object
		resource acctest.Object
	}{
		userType: {[]string{"Ann Lee (ann)", "bob"}, acctest.Object{"id": ann}, acctest.Object{
			"id": ann, "username": "ann", "external_user_id": "ext-ann", "display_name": "Ann Lee", "email": "", "status": "active", "timeouts": nil}},
		roomType: {[]string{"Attic (" + attic + ")", "General (" + general + ")"}, acctest.Object{"id": attic}, acctest.Object{
			"id": attic, "name": "Attic", "created_by": bob, "on_destroy": nil, "timeouts": nil}},
	} {
		results := p.List(t.Context(), typeName, acctest.Object{}, 100, true)
		if got := names(t, results); !reflect.DeepEqual(got, want.names) {
			t.Fatalf("%s: it listed %q", typeName, got)
		}
		if !reflect.DeepEqual(results[0].Identity, want.identity) || !reflect.DeepEqual(results[0].Resource, want.resource) {
			t.Errorf("%s: the first is %v %v", typeName, results[0].Identity, results[0].Resource)
		}
		for _, result := range results {
			imported := p.Import(t.Context(), typeName, "", result.Identity)
			if imported.Problems != nil || !reflect.DeepEqual(imported.State, result.Resource) {
				t.Errorf("%s: listed %v, imported %v %q", typeName, result.Resource, imported.State, imported.Problems)
			}
		}
		short := p.List(t.Context(), typeName, acctest.Object{}, 1, false)
		if got := names(t, short); !reflect.DeepEqual(got, want.names[:1]) || short[0].Resource != nil {
			t.Errorf("%s: at most one is %q with %v", typeName, got, short[0].Resource)
		}
	}
	if lists := e.Count("GET", "/users$") + e.Count("GET", "/rooms$"); lists != 2 {
		t.Errorf("two lists of each kind in one run made %d lists, want one for each kind", lists)
	}
}

// terraform query writes configurations of what it finds: they must be valid.
func TestWhatIsListedMakesAConfiguration(t *testing.T) {
	t.Parallel()
	e, _, _, _ := startGeneral(t)
	p := e.Protocol(t)
	schemas, err := p.Server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, typeName := range []string{userType, roomType} {
		for _, result := range p.List(t.Context(), typeName, acctest.Object{}, 100, true) {
			valueType := schemas.ResourceSchemas[typeName].ValueType().(tftypes.Object)
			values := map[string]tftypes.Value{}
			for name, attributeType := range valueType.AttributeTypes {
				values[name] = tftypes.NewValue(attributeType, result.Resource[name])
			}
			state, err := tfprotov6.NewDynamicValue(valueType, tftypes.NewValue(valueType, values))
			if err != nil {
				t.Fatal(err)
			}
			generated, err := p.Server.GenerateResourceConfig(t.Context(), &tfprotov6.GenerateResourceConfigRequest{TypeName: typeName, State: &state})
			if err != nil || len(generated.Diagnostics) > 0 {
				t.Fatal(err, generated.Diagnostics)
			}
			valid, err := p.Server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: typeName, Config: generated.Config})
			if err != nil || len(valid.Diagnostics) > 0 {
				t.Errorf("%s %s makes no valid configuration: %v %v", typeName, result.DisplayName, err, valid.Diagnostics)
			}
		}
	}
}

func TestListsTellWhatIsWrong(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	for typeName, what := range map[string]string{userType: "users", roomType: "rooms"} {
		for _, fault := range faults {
			e.Faults(t, fault.on("GET", "/"+what+"$"))
			results := e.Protocol(t).List(t.Context(), typeName, acctest.Object{}, 100, true)
			if fault.survived {
				if len(results) != 0 {
					t.Errorf("%s, %s: %+v", typeName, fault.name, results)
				}
				continue
			}
			if len(results) != 1 {
				t.Fatalf("%s, %s: %+v", typeName, fault.name, results)
			}
			onlyProblem(t, results[0].Problems, "ERROR Can't list TegraBox "+what, fault.want)
		}
		p := acctest.NewProtocol(t)
		p.Configure(acctest.Object{})
		onlyProblem(t, p.List(t.Context(), typeName, acctest.Object{}, 100, true)[0].Problems, "TegraBox is not configured")
	}
	// Half of a list is an error, not a shorter list.
	for _, username := range numbered("user", 150) {
		e.addUser(t, username)
	}
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/users$", Skip: 1, Status: 500})
	results := e.Protocol(t).List(t.Context(), userType, acctest.Object{}, 1000, false)
	if len(results) != 1 {
		t.Fatalf("half of the list has %d results", len(results))
	}
	onlyProblem(t, results[0].Problems, "ERROR Can't list TegraBox users")
}
