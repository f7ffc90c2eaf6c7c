package tegrabox

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestFaultsAreRepeatedOrNot(t *testing.T) {
	calls := map[string]func(context.Context, *Client, string) error{
		"GET": func(ctx context.Context, c *Client, id string) error { return second(c.GetUser(ctx, id)) },
		"PATCH": func(ctx context.Context, c *Client, id string) error {
			return second(c.UpdateUser(ctx, id, UserFields{DisplayName: pointer("n")}))
		},
		"harmless POST": func(ctx context.Context, c *Client, id string) error { return second(c.GenerateToken(ctx, id)) },
		"DELETE":        func(ctx context.Context, c *Client, id string) error { return c.DeleteUser(ctx, id) },
	}
	for name, test := range map[string]struct {
		rule control.FaultRule
		want int // attempts
		kind rest.Kind
	}{
		"500":              {control.FaultRule{Status: 500}, 1, rest.Unknown},
		"501":              {control.FaultRule{Status: 501}, 1, rest.Unsupported},
		"502 twice":        {control.FaultRule{Status: 502, Times: 2}, 3, -1},
		"503 for ever":     {control.FaultRule{Status: 503}, 3, rest.Unavailable},
		"504 once":         {control.FaultRule{Status: 504, Times: 1}, 2, -1},
		"400":              {control.FaultRule{Status: 400}, 1, rest.Invalid},
		"401":              {control.FaultRule{Status: 401}, 1, rest.Unauthorized},
		"403":              {control.FaultRule{Status: 403}, 1, rest.Forbidden},
		"429 once":         {control.FaultRule{Status: 429, Times: 1}, 2, -1},
		"cut before once":  {control.FaultRule{Drop: "before", Times: 1}, 2, -1},
		"cut after once":   {control.FaultRule{Drop: "after", Times: 1}, 2, -1},
		"cut for ever":     {control.FaultRule{Drop: "before"}, 3, rest.Unavailable},
		"web page for 200": {control.FaultRule{Body: "<html>"}, 1, rest.Malformed},
		"slow":             {control.FaultRule{LatencyMS: 300}, 3, rest.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for method, call := range calls {
				attempts := newCounter()
				config := impatient()
				config.ProjectID = mock.DefaultProjectID
				config.Transport = attempts
				if test.rule.LatencyMS > 0 {
					config.RequestTimeout = 50 * time.Millisecond
				}
				client, server := startMockWith(t, config, mock.Settings{EmptyAnswer: "200"})
				user := mustUser(t, serve(t, Config{APIKey: apiKey}, server), ann())
				fault(t, server, test.rule)
				err := call(background(t), client, user.ID)
				if test.kind < 0 && err != nil || test.kind >= 0 && !rest.IsKind(err, test.kind) {
					t.Errorf("%s: %v", method, err)
				}
				if got := int(attempts.attempts.Load()); got != test.want {
					t.Errorf("%s: %d attempts, want %d", method, got, test.want)
				}
			}
		})
	}
}

func TestSecretsStayOut(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"message":"` + r.Header.Get("X-API-Key") + r.Header.Get("Authorization") + `"}`))
	})
	config := impatient()
	config.JWT = "opaque-canary"
	client := serve(t, config, echo)
	for _, err := range []error{second(client.Project(background(t))), second(client.Verify(background(t), ""))} {
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v", err)
		}
	}
}
