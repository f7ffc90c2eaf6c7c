package system_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// orbit is a system that does not exist: what the block does is the same for all.
var orbit = system.Block{
	Name:  "orbit",
	Title: "Orbit",
	Settings: append([]system.Setting{
		{Attribute: "token", Environment: "ORBIT_TOKEN", Required: true, Sensitive: true, Description: "Token."},
	}, system.RateSettings("Orbit", "ORBIT")...),
}

// settings are the provider's orbit block; nil is no block.
func settings(t *testing.T, values map[string]attr.Value) system.Settings {
	t.Helper()
	kinds := map[string]attr.Type{"token": types.StringType, "requests_per_second": types.NumberType, "max_concurrent_requests": types.NumberType}
	if values == nil {
		return system.Settings{Block: types.ObjectNull(kinds)}
	}
	whole := map[string]attr.Value{"token": types.StringNull(), "requests_per_second": types.NumberNull(), "max_concurrent_requests": types.NumberNull()}
	for name, value := range values {
		whole[name] = value
	}
	return system.Settings{Block: types.ObjectValueMust(kinds, whole)}
}

// The block goes before the environment, value by value, and the secret loses
// the line feed of its file.
func TestBlock_readsConfigurationAndEnvironment(t *testing.T) {
	t.Setenv("ORBIT_TOKEN", "from the environment\n")
	t.Setenv("ORBIT_REQUESTS_PER_SECOND", "3")
	t.Setenv("ORBIT_MAX_CONCURRENT_REQUESTS", "7")
	in := settings(t, map[string]attr.Value{"requests_per_second": types.NumberValue(big.NewFloat(0.25))})
	connection, problems := orbit.Connect(in, func(values system.Values) (system.Connection, diag.Diagnostics) {
		if values["token"] != "from the environment" || values.RequestsPerSecond() != 0.25 || values.MaxConcurrentRequests() != 7 {
			t.Errorf("got %v", values)
		}
		return system.Connection{Client: "connected"}, nil
	})
	if connection.Client != "connected" || len(problems) > 0 {
		t.Errorf("got %+v, %v", connection, problems)
	}
}

func TestBlock_withoutLimits(t *testing.T) {
	in := settings(t, map[string]attr.Value{"token": types.StringValue("x")})
	_, problems := orbit.Connect(in, func(values system.Values) (system.Connection, diag.Diagnostics) {
		if values.RequestsPerSecond() != 0 || values.MaxConcurrentRequests() != 0 {
			t.Errorf("got %v, want no limits", values)
		}
		return system.Connection{}, nil
	})
	if len(problems) > 0 {
		t.Error(problems)
	}
}

// What is wrong is told when the user wrote the block, and otherwise kept until
// something of the system is used. Nothing connects meanwhile.
func TestBlock_tellsWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		values  map[string]attr.Value // nil: no block
		rate    string                // in the environment
		summary string
		detail  string
	}{
		"missing": {map[string]attr.Value{}, "",
			"Orbit's token is missing", "Set token in the provider's orbit block, or the environment variable ORBIT_TOKEN."},
		"missing altogether": {nil, "",
			"Orbit is not configured", "This configuration uses Orbit, but the provider \"chat\" lacks these settings:\n\n" +
				"  - token: environment variable ORBIT_TOKEN, or orbit = { token = ... }"},
		"malformed in the block": {map[string]attr.Value{"max_concurrent_requests": types.NumberValue(big.NewFloat(2.5))}, "",
			"Orbit's max_concurrent_requests is malformed", "max_concurrent_requests in the provider's orbit block is not a number of requests: " +
				"it must be a whole number from 1 to 2147483647. Leave it out for no limit."},
		"malformed in the environment": {nil, "often",
			"Orbit's requests_per_second is malformed", "The environment variable ORBIT_REQUESTS_PER_SECOND is not a rate: " +
				"it must be a number above 0, such as 10 or 0.5. Leave it out for no limit."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ORBIT_REQUESTS_PER_SECOND", test.rate)
			connection, problems := orbit.Connect(settings(t, test.values), func(system.Values) (system.Connection, diag.Diagnostics) {
				t.Error("it connected")
				return system.Connection{}, nil
			})
			if connection.Client != nil || len(connection.Missing) != 1 ||
				connection.Missing[0].Summary() != test.summary || connection.Missing[0].Detail() != test.detail {
				t.Errorf("got %+v", connection)
			}
			if told := len(problems) > 0; told != (test.values != nil) {
				t.Errorf("told at once: %v", problems)
			}
		})
	}
}

// Where one of two settings will do, what is wrong is told once, and names both.
func TestBlock_oneOfTwo(t *testing.T) {
	twofold := system.Block{Name: "orbit", Title: "Orbit", Settings: []system.Setting{
		{Attribute: "near_url", Environment: "ORBIT_NEAR_URL", Required: true, Instead: "far_url"},
		{Attribute: "far_url", Environment: "ORBIT_FAR_URL"},
	}}
	kinds := map[string]attr.Type{"near_url": types.StringType, "far_url": types.StringType}
	empty := types.ObjectValueMust(kinds, map[string]attr.Value{"near_url": types.StringNull(), "far_url": types.StringNull()})
	for want, block := range map[string]types.Object{
		"  - near_url: environment variable ORBIT_NEAR_URL, or orbit = { near_url = ... }; or give far_url (ORBIT_FAR_URL) instead":        types.ObjectNull(kinds),
		"Set near_url in the provider's orbit block, or the environment variable ORBIT_NEAR_URL. Or give far_url (ORBIT_FAR_URL) instead.": empty,
	} {
		connection, _ := twofold.Connect(system.Settings{Block: block}, func(system.Values) (system.Connection, diag.Diagnostics) {
			t.Error("it connected")
			return system.Connection{}, nil
		})
		if len(connection.Missing) != 1 || !strings.HasSuffix(connection.Missing[0].Detail(), want) {
			t.Errorf("got %+v", connection.Missing)
		}
	}
	for _, name := range []string{"ORBIT_NEAR_URL", "ORBIT_FAR_URL"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "there")
			connection, problems := twofold.Connect(system.Settings{Block: empty}, func(system.Values) (system.Connection, diag.Diagnostics) {
				return system.Connection{Client: "connected"}, nil
			})
			if connection.Client != "connected" || len(problems) > 0 {
				t.Errorf("got %+v, %v", connection, problems)
			}
		})
	}
}

func TestBlock_unknown(t *testing.T) {
	for name, value := range map[string]attr.Value{
		"token": types.StringUnknown(), "requests_per_second": types.NumberUnknown(), "max_concurrent_requests": types.NumberUnknown(),
	} {
		connection, problems := orbit.Connect(settings(t, map[string]attr.Value{name: value}), func(system.Values) (system.Connection, diag.Diagnostics) {
			t.Errorf("it connected without %s", name)
			return system.Connection{}, nil
		})
		if !connection.Unknown || len(problems) > 0 {
			t.Errorf("%s: got %+v, %v", name, connection, problems)
		}
	}
}
