package rocketchat_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

func TestWrongSettings(t *testing.T) {
	b := newBench(t)
	for settings, want := range map[string]string{
		`{"version":"8"}`:       `the setting version is "8", but must be one of ["newer" "older"]`,
		`{"missing":"none"}`:    `the setting missing is "none", but must be one of ["null" "absent"]`,
		`{"pageLimit":-1}`:      `a setting is negative; counts, limits and milliseconds cannot be`,
		`{"rateWindowMs":-200}`: `a setting is negative; counts, limits and milliseconds cannot be`,
		`{"maxUpload":-2}`:      `the setting maxUpload is -2, but must be a size in bytes, or -1 for any size`,
		`{"ratelimit":true}`:    `the JSON of the control call is not as documented: json: unknown field "ratelimit"`,
	} {
		b.call("PUT /_mock/settings", settings, nil).is(400).has(want, "error")
	}
	// The settings are replaced, not merged.
	b.call("PUT /_mock/settings", `{"omnichannelOff":true}`, nil).is(200)
	b.send("GET /config", "").is(200).has("false", "config", "enabled")
	b.call("PUT /_mock/settings", `{}`, nil).is(200)
	b.send("GET /config", "").is(200).has("true", "config", "enabled")
}

// limit tells the three headers of an answer.
func (r result) limit() string {
	return fmt.Sprintf("%s %s %s", r.header.Get("X-RateLimit-Limit"), r.header.Get("X-RateLimit-Remaining"), r.header.Get("X-RateLimit-Reset"))
}

// Calls are counted by route, method and address. The header tells milliseconds.
func TestRateLimits(t *testing.T) {
	b := newBench(t, rocketchat.Settings{RateLimits: true})
	reset := fmt.Sprint(b.clock.Add(time.Minute).UnixMilli())
	b.visitor("ann")
	for left := 4; left >= 0; left-- {
		if got := b.send("GET /room?token=ann", "").is(200).limit(); got != fmt.Sprint("5 ", left, " ", reset) {
			t.Errorf("the headers are %s", got)
		}
		b.wait(time.Second)
	}
	refused := b.send("GET /room?token=ann&rid=x", "").is(429)
	refused.equals(map[string]any{"success": false, "error": "Error, too many requests. Please slow down. You must wait 55 seconds before trying this endpoint again. [error-too-many-requests]"})
	if got := refused.limit(); got != "5 0 "+reset || refused.header.Get("Retry-After") != "" {
		t.Errorf("the headers of the refusal are %s", got)
	}

	// Other routes, methods and addresses have their own windows.
	b.send("GET /visitor/ann", "").is(200)
	elsewhere := httptest.NewRequestWithContext(t.Context(), "GET", rocketchat.Base+"/room?token=ann", nil)
	elsewhere.RemoteAddr = "198.51.100.7:99"
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, elsewhere)
	if recorder.Code != 200 {
		t.Errorf("another address got %d", recorder.Code)
	}
	b.wait(55*time.Second - time.Millisecond)
	b.send("GET /room?token=ann", "").is(429).has("Error, too many requests. Please slow down. You must wait 1 seconds before trying this endpoint again. [error-too-many-requests]", "error")
	b.wait(time.Millisecond)
	b.send("GET /room?token=ann", "").is(200)
	if rooms := b.mock.Snapshot().Rooms; len(rooms) != 1 {
		t.Errorf("there are %d rooms", len(rooms))
	}
}

func TestAllowances(t *testing.T) {
	for _, test := range []struct {
		call, body   string
		newer, older int
	}{
		{"POST /visitor", "{}", 5, 5},
		{"GET /visitor/x", "", 10, 10},
		{"DELETE /visitor/x", "", 5, 10},
		{"GET /room", "", 5, 5},
		{"POST /room.close", "{}", 10, 10},
		{"POST /transcript", "{}", 5, 10},
		{"POST /offline.message", "{}", 1, 1},
		{"GET /config", "", 10, 10},
		{"GET /messages.history/x", "", 10, 10},
	} {
		for version, want := range map[string]int{"newer": test.newer, "older": test.older} {
			b := newBench(t, rocketchat.Settings{RateLimits: true, Version: version})
			answered := 0
			for b.send(test.call, test.body).status != 429 {
				answered++
			}
			if answered != want {
				t.Errorf("%s was answered %d times by the %s server, want %d", test.call, answered, version, want)
			}
		}
	}
	b := newBench(t, rocketchat.Settings{RateLimits: true, RateCalls: 2, RateWindowMS: 200})
	b.send("POST /offline.message", "{}").is(400)
	b.send("POST /offline.message", "{}").is(429).has("Error, too many requests. Please slow down. You must wait 1 seconds before trying this endpoint again. [error-too-many-requests]", "error")
	b.send("GET /config", "").is(200)
	b.send("GET /config?x=y", "").is(400) // refused calls count too
	b.send("GET /config", "").is(429)
	b.wait(200 * time.Millisecond)
	b.send("GET /config", "").is(200)
	b.send("POST /offline.message", "{}").is(400)
	b.set(rocketchat.Settings{})
	if got := b.send("GET /config", "").is(200).limit(); got != "  " {
		t.Errorf("without limits the headers are %q", got)
	}
}

// The admin has the permission to go on, agents and strangers have not.
func TestLimitsOfUsers(t *testing.T) {
	b := newBench(t, rocketchat.Settings{RateLimits: true, RateCalls: 1})
	b.admin("GET /department", "").is(200)
	b.admin("GET /department", "").is(200)
	b.agent("GET /department", "").is(200)
	b.agent("GET /department", "").is(429)
	b.send("GET /department", "").is(401) // who is nobody is not counted
	b.admin("GET /config", "").is(200)
	b.admin("GET /config", "").is(429) // nobody is asked who they are
	if status, _, err := b.mock.Edit("GET", rocketchat.Base+"/config", nil); status != 200 || err != nil {
		t.Errorf("the operator got %d %v", status, err)
	}
	b.set(rocketchat.Settings{RateLimits: true, RateCalls: 1, LimitAdmin: true})
	b.admin("GET /department", "").is(200)
	b.admin("GET /department", "").is(429)
}

// Both versions refuse all that the other refuses; they say so otherwise.
func TestVersions(t *testing.T) {
	for _, test := range []struct{ call, body, newer, older string }{
		{"GET /visitor/x", "", "Invalid token [invalid-token]", "[invalid-token]"},
		{"POST /message", "{}", "must have required property 'token'", "must have required property 'token' [invalid-params]"},
		{"GET /message/x?token=x", "", "must have required property 'rid'", "must have required property 'rid' [invalid-params]"},
		{"GET /room", "", "Match error: Missing key 'token'", "Match error: Missing key 'token'"},
	} {
		for version, want := range map[string]string{"newer": test.newer, "older": test.older} {
			newBench(t, rocketchat.Settings{Version: version}).send(test.call, test.body).is(400).has(want, "error")
		}
	}
	b := newBench(t)
	b.send("GET /message/x", "").is(400).has("error-invalid-params", "errorType")
	b.send("POST /message", "{}").is(400).has("invalid-params", "errorType")
	b.set(rocketchat.Settings{Version: "older"})
	b.send("GET /message/x", "").is(400).has("invalid-params", "errorType")
}

func TestTextsAreNotEscaped(t *testing.T) {
	b := newBench(t)
	if got := b.send("POST /visitor", `{"visitor":{"token":"t","name":"<Ann & Bob>"}}`).is(200); !strings.Contains(got.raw, "<Ann & Bob>") {
		t.Errorf("the name is told as %s", got.raw)
	}
}
