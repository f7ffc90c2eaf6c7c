package syarah_test

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
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

func TestListChats(t *testing.T) {
	t.Parallel()
	for name, settings := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			first, second := e.chatWith(t, mock.StrangerID), e.chatWith(t, mock.FriendID)
			e.say(t, first, mock.UserID, "Hi")
			e.say(t, second, mock.UserID, "Hi")
			p := e.Protocol(t)
			results := p.List(t.Context(), chatType, acctest.Object{}, 100, true)
			if got := names(t, results); !reflect.DeepEqual(got, []string{"Stella Stranger (101)", "Jane Friend (102)"}) {
				t.Fatalf("it listed %q", got)
			}
			want := acctest.Object{"id": "102", "chat_header_id": 102, "user1_id": mock.UserID, "user2_id": mock.FriendID, "strict_read": nil, "timeouts": nil}
			if !reflect.DeepEqual(results[1].Identity, acctest.Object{"id": "102"}) || !reflect.DeepEqual(results[1].Resource, want) {
				t.Errorf("the second is %v %v", results[1].Identity, results[1].Resource)
			}
			for _, result := range results {
				imported := p.Import(t.Context(), chatType, "", result.Identity)
				if imported.Problems != nil || !reflect.DeepEqual(imported.State, result.Resource) {
					t.Errorf("listed %v, imported %v %q", result.Resource, imported.State, imported.Problems)
				}
			}
			short := p.List(t.Context(), chatType, acctest.Object{}, 1, false)
			if got := names(t, short); !reflect.DeepEqual(got, []string{"Stella Stranger (101)"}) || short[0].Resource != nil {
				t.Errorf("at most one is %q with %v", got, short[0].Resource)
			}
			e.wantCalls(t, listing) // all of this is one call
		})
	}
}

// terraform query writes configurations of what it finds: they must be valid.
func TestWhatIsListedMakesAConfiguration(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.chatWith(t, mock.FriendID)
	p := e.Protocol(t)
	schemas, err := p.Server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	valueType := schemas.ResourceSchemas[chatType].ValueType().(tftypes.Object)
	for _, result := range p.List(t.Context(), chatType, acctest.Object{}, 100, true) {
		values := map[string]tftypes.Value{}
		for name, attributeType := range valueType.AttributeTypes {
			values[name] = tftypes.NewValue(attributeType, result.Resource[name])
		}
		state, err := tfprotov6.NewDynamicValue(valueType, tftypes.NewValue(valueType, values))
		if err != nil {
			t.Fatal(err)
		}
		generated, err := p.Server.GenerateResourceConfig(t.Context(), &tfprotov6.GenerateResourceConfigRequest{TypeName: chatType, State: &state})
		if err != nil || len(generated.Diagnostics) > 0 {
			t.Fatal(err, generated.Diagnostics)
		}
		valid, err := p.Server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: chatType, Config: generated.Config})
		if err != nil || len(valid.Diagnostics) > 0 {
			t.Errorf("%s makes no valid configuration: %v %v", result.DisplayName, err, valid.Diagnostics)
		}
	}
}

func TestListChats_tellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	for _, fault := range eventFaults {
		e.Faults(t, fault.on("EMIT", "getMyChats"))
		results := e.Protocol(t).List(t.Context(), chatType, acctest.Object{}, 100, true)
		if fault.survived {
			if len(results) != 0 {
				t.Errorf("%s: %+v", fault.name, results)
			}
			continue
		}
		if len(results) != 1 {
			t.Fatalf("%s: %+v", fault.name, results)
		}
		onlyProblem(t, results[0].Problems, "ERROR Can't list Syarah chats", fault.want)
	}
	p := acctest.NewProtocol(t)
	p.Configure(acctest.Object{})
	onlyProblem(t, p.List(t.Context(), chatType, acctest.Object{}, 100, true)[0].Problems, "Syarah is not configured")
}

// A chat whose other user the server does not tell is shown all the same.
func TestListChats_nameless(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Path: "getMyChats", Body: `[{"chatHeaderId":"101"}]`})
	results := e.Protocol(t).List(t.Context(), chatType, acctest.Object{}, 100, true)
	if got := names(t, results); !reflect.DeepEqual(got, []string{"Chat 101"}) || results[0].Resource["user2_id"] != nil {
		t.Errorf("it listed %q, %v", got, results[0].Resource)
	}
}
