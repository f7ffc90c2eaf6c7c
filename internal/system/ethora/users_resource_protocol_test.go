package ethora_test

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

const usersType = "chat_ethora_users"

// bulk speaks to the provider about chat_ethora_users as Terraform does.
type bulk struct {
	t         *testing.T
	server    tfprotov6.ProviderServer
	valueType tftypes.Type
}

// bulkState is what Terraform keeps of one chat_ethora_users.
type bulkState struct {
	value    tftypes.Value // null: nothing is in the state
	private  []byte
	problems []problem
}

// connectBulk starts a provider that is configured for the mock.
func connectBulk(t *testing.T, e *acctest.Ethora) bulk {
	t.Helper()
	return connectBulkWith(t, object{"api_url": e.URL, "app_id": e.AppID(), "app_secret": e.AppSecret()})
}

// connectBulkWith starts a provider with the given ethora block.
func connectBulkWith(t *testing.T, settings object) bulk {
	t.Helper()
	server := provider.NewServer("test")()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	b := bulk{t: t, server: server, valueType: schemas.ResourceSchemas[usersType].ValueType()}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: b.encode(b.build(schemas.Provider.ValueType(), object{"ethora": settings}))})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, problems(resp.Diagnostics))
	}
	return b
}

// apply plans and applies a configuration on top of a prior state (nil: none).
// A nil configuration destroys.
func (b bulk) apply(ctx context.Context, config object, prior *bulkState) bulkState {
	b.t.Helper()
	return b.applyLate(ctx, config, config, prior)
}

// applyLate plans one configuration and applies another, in which what was not
// known has become known.
func (b bulk) applyLate(ctx context.Context, planned, config object, prior *bulkState) bulkState {
	b.t.Helper()
	if prior == nil {
		prior = &bulkState{value: tftypes.NewValue(b.valueType, nil)}
	}
	if config == nil && prior.value.IsNull() {
		return *prior // Terraform asks nothing of the provider then
	}
	plan, err := b.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: usersType, PriorState: b.encode(prior.value), PriorPrivate: prior.private,
		Config: b.encode(b.build(b.valueType, orNil(planned))), ProposedNewState: b.encode(b.proposed(planned, prior.value)),
	})
	b.check(err)
	if planned != nil {
		plan.PlannedState = b.encode(b.settled(b.decode(plan.PlannedState), config))
	}
	if found := problems(plan.Diagnostics); len(found) > 0 {
		return bulkState{value: prior.value, private: prior.private, problems: found}
	}
	resp, err := b.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: usersType, PriorState: b.encode(prior.value), PlannedState: plan.PlannedState,
		Config: b.encode(b.build(b.valueType, orNil(config))), PlannedPrivate: plan.PlannedPrivate,
	})
	b.check(err)
	return bulkState{value: b.decode(resp.NewState), private: resp.Private, problems: problems(resp.Diagnostics)}
}

func (b bulk) refresh(ctx context.Context, prior bulkState) bulkState {
	b.t.Helper()
	resp, err := b.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: usersType, CurrentState: b.encode(prior.value), Private: prior.private,
	})
	b.check(err)
	return bulkState{value: b.decode(resp.NewState), private: resp.Private, problems: problems(resp.Diagnostics)}
}

// proposed does what Terraform does before planning: computed values that the
// configuration leaves out keep their prior value, and there are no passwords.
func (b bulk) proposed(config object, prior tftypes.Value) tftypes.Value {
	if config == nil {
		return tftypes.NewValue(b.valueType, nil)
	}
	before, _ := fromTerraform(prior).(map[string]any)
	filled := maps.Clone(config)
	delete(filled, "passwords_wo")
	for _, name := range []string{"id", "app_id", "bypass_email_confirmation"} {
		if _, configured := config[name]; !configured {
			filled[name] = before[name]
		}
	}
	known, _ := before["users"].(map[string]any)
	users := map[string]object{}
	for id, user := range config["users"].(map[string]object) {
		user = maps.Clone(user)
		earlier, _ := known[id].(map[string]any)
		for _, name := range []string{"username", "profile_image_url"} {
			if _, configured := user[name]; !configured {
				user[name] = earlier[name]
			}
		}
		users[id] = user
	}
	filled["users"] = users
	return b.build(b.valueType, filled)
}

// settled is a plan in which the e-mail addresses are those of a configuration.
func (b bulk) settled(planned tftypes.Value, config object) tftypes.Value {
	settled, err := tftypes.Transform(planned, func(at *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		steps := at.Steps()
		if len(steps) != 3 || steps[2] != tftypes.AttributeName("email") || value.IsKnown() {
			return value, nil
		}
		id := string(steps[1].(tftypes.ElementKeyString))
		return tftypes.NewValue(tftypes.String, config["users"].(map[string]object)[id]["email"]), nil
	})
	b.check(err)
	return settled
}

// users are the users in the state, by id.
func (s bulkState) users() map[string]any {
	state, _ := fromTerraform(s.value).(map[string]any)
	users, _ := state["users"].(map[string]any)
	return users
}

// ids are the ids of the users in the state, sorted.
func (s bulkState) ids() []string { return sortedKeys(s.users()) }

func orNil(config object) any {
	if config == nil {
		return nil
	}
	return config
}

// build turns plain Go into a value of Terraform.
func (b bulk) build(valueType tftypes.Type, in any) tftypes.Value {
	switch typed := valueType.(type) {
	case tftypes.Map:
		values := map[string]tftypes.Value{}
		switch elements := in.(type) {
		case nil:
			return tftypes.NewValue(valueType, nil)
		case map[string]string:
			for id, element := range elements {
				values[id] = b.build(typed.ElementType, element)
			}
		case map[string]object:
			for id, element := range elements {
				values[id] = b.build(typed.ElementType, element)
			}
		}
		return tftypes.NewValue(valueType, values)
	case tftypes.Object:
		given, ok := in.(object)
		if !ok {
			return tftypes.NewValue(valueType, in)
		}
		values := map[string]tftypes.Value{}
		for name, attributeType := range typed.AttributeTypes {
			values[name] = b.build(attributeType, given[name])
		}
		return tftypes.NewValue(valueType, values)
	}
	switch in := in.(type) {
	case unknown:
		return tftypes.NewValue(valueType, tftypes.UnknownValue)
	case int:
		return tftypes.NewValue(valueType, big.NewFloat(float64(in)))
	}
	return tftypes.NewValue(valueType, in)
}

func (b bulk) encode(value tftypes.Value) *tfprotov6.DynamicValue {
	b.t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	b.check(err)
	return &encoded
}

func (b bulk) decode(encoded *tfprotov6.DynamicValue) tftypes.Value {
	b.t.Helper()
	value, err := encoded.Unmarshal(b.valueType)
	b.check(err)
	return value
}

func (b bulk) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// person is a user of a map; the name tells who it is.
func person(id string) object {
	return object{"email": id + "@example.com", "first_name": "First", "last_name": "Last"}
}

// people are users of a map by their ids.
func people(ids ...string) map[string]object {
	users := map[string]object{}
	for _, id := range ids {
		users[id] = person(id)
	}
	return users
}

// usersHCL is a chat_ethora_users in HCL; more are attributes beside the users.
func usersHCL(users map[string]object, more string) string {
	text := "resource \"chat_ethora_users\" \"crowd\" {\n  users = {\n"
	for _, id := range sortedKeys(users) {
		text += fmt.Sprintf("    %q = {\n", id)
		for _, name := range sortedKeys(users[id]) {
			text += fmt.Sprintf("      %s = %#v\n", name, users[id][name])
		}
		text += "    }\n"
	}
	return text + "  }\n  " + more + "\n}\n"
}

func sortedKeys[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }
