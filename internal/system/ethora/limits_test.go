package ethora_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system/ethora"
)

// twentyRooms makes twenty rooms at once, as Terraform would with
// -parallelism=20, through a provider with more settings than the usual ones.
func twentyRooms(t *testing.T, e tenant, url string, settings acctest.Object) {
	t.Helper()
	p := acctest.NewProtocol(t)
	credentials := acctest.Object{"api_url": url, "app_id": e.AppID(), "app_secret": e.AppSecret()}
	if problems := p.Configure(acctest.Object{"ethora": with(credentials, settings)}); len(problems) > 0 {
		t.Fatal(problems)
	}
	var rooms sync.WaitGroup
	for n := range 20 {
		rooms.Go(func() {
			config := acctest.Object{"room_id": fmt.Sprintf("room-%d", n), "title": fmt.Sprintf("Room %d", n)}
			if room := p.Apply(t.Context(), "chat_ethora_room", config, nil); len(room.Problems) > 0 {
				t.Errorf("room %d: %q", n, room.Problems)
			}
		})
	}
	rooms.Wait()
	if n := e.Count("POST", "/chats$"); n < 20 {
		t.Errorf("there were %d creations, want 20 or more", n)
	}
}

// refused counts the calls that were answered 429.
func refused(e tenant) int {
	count := 0
	for _, request := range e.Requests() {
		if request.Status == http.StatusTooManyRequests {
			count++
		}
	}
	return count
}

// A rate below what the server allows: it refuses nothing. The tests' clients
// are too impatient for a single refusal.
func TestLimits_rateBelowTheServers(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{RateLimit: 20})
	twentyRooms(t, e, e.URL, acctest.Object{"requests_per_second": 12.5})
	if n := refused(e); n > 0 {
		t.Errorf("the server refused %d of %d calls", n, len(e.Requests()))
	}
}

// Without a rate the server refuses what is too much, all calls wait, and every
// room is made. Not parallel: it changes how patient all clients are.
func TestLimits_serverThatRefuses(t *testing.T) {
	patience := ethora.ClientDefaults.RateLimitPatience
	ethora.ClientDefaults.RateLimitPatience = time.Minute
	t.Cleanup(func() { ethora.ClientDefaults.RateLimitPatience = patience })
	e := startTenant(t)
	e.Settings(t, mock.Settings{RateLimit: 10})
	twentyRooms(t, e, e.URL, nil)
	n, calls := refused(e), len(e.Requests())
	t.Logf("%d of %d calls were refused", n, calls)
	if n == 0 {
		t.Errorf("the server refused none of %d calls", calls)
	}
}

// No more requests than allowed wait for their answer at the same time, and
// without the setting there are more.
func TestLimits_concurrentRequests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings acctest.Object
		want     func(most int) bool
	}{
		"two":      {acctest.Object{"max_concurrent_requests": 2}, func(most int) bool { return most == 2 }},
		"no limit": {nil, func(most int) bool { return most > 2 }},
	} {
		e := startTenant(t)
		var mutex sync.Mutex
		inside, most := 0, 0
		enter := func(n int) {
			mutex.Lock()
			defer mutex.Unlock()
			inside += n
			most = max(most, inside)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			enter(1)
			time.Sleep(10 * time.Millisecond) // so that requests meet
			e.ServeHTTP(w, r)
			enter(-1)
		}))
		t.Cleanup(server.Close)
		twentyRooms(t, e, server.URL, test.settings)
		if !test.want(most) {
			t.Errorf("%s: %d requests were under way at the same time", name, most)
		}
	}
}

func TestLimits_malformed(t *testing.T) {
	const (
		rate  = " is not a rate: it must be a number above 0, such as 10 or 0.5. Leave it out for no limit."
		count = " is not a number of requests: it must be a whole number from 1 to 2147483647. Leave it out for no limit."
	)
	good := acctest.Object{"api_url": "http://127.0.0.1:1", "app_id": "6650aa00000000000000ba5e", "app_secret": "x"}
	for _, test := range []struct {
		attribute string
		value     any
		want      string
	}{
		{"requests_per_second", 0, rate},
		{"requests_per_second", -0.5, rate},
		{"requests_per_second", 0.5, ""},
		{"requests_per_second", 100, ""},
		{"max_concurrent_requests", 0, count},
		{"max_concurrent_requests", -1, count},
		{"max_concurrent_requests", 1.5, count},
		{"max_concurrent_requests", 3e9, count},
		{"max_concurrent_requests", 1, ""},
		{"max_concurrent_requests", 1000000, ""},
	} {
		problems := acctest.NewProtocol(t).Configure(acctest.Object{"ethora": with(good, acctest.Object{test.attribute: test.value})})
		wantProblem(t, fmt.Sprintf("%s = %v", test.attribute, test.value), problems,
			test.attribute, test.attribute+" in the provider's ethora block", test.want)
	}

	for _, test := range []struct{ variable, attribute, value, want string }{
		{"ETHORA_CHAT_REQUESTS_PER_SECOND", "requests_per_second", "fast", rate},
		{"ETHORA_CHAT_REQUESTS_PER_SECOND", "requests_per_second", "NaN", rate},
		{"ETHORA_CHAT_REQUESTS_PER_SECOND", "requests_per_second", "Inf", rate},
		{"ETHORA_CHAT_REQUESTS_PER_SECOND", "requests_per_second", "1e999", rate},
		{"ETHORA_CHAT_REQUESTS_PER_SECOND", "requests_per_second", "0", rate},
		{"ETHORA_CHAT_REQUESTS_PER_SECOND", "requests_per_second", "2.5\n", ""},
		{"ETHORA_CHAT_REQUESTS_PER_SECOND", "requests_per_second", " ", ""},
		{"ETHORA_CHAT_MAX_CONCURRENT_REQUESTS", "max_concurrent_requests", "1.5", count},
		{"ETHORA_CHAT_MAX_CONCURRENT_REQUESTS", "max_concurrent_requests", "ten", count},
		{"ETHORA_CHAT_MAX_CONCURRENT_REQUESTS", "max_concurrent_requests", "4", ""},
	} {
		t.Run(test.variable+"="+test.value, func(t *testing.T) {
			t.Setenv(test.variable, test.value)
			wantProblem(t, test.value, acctest.NewProtocol(t).Configure(acctest.Object{"ethora": good}),
				test.attribute, "The environment variable "+test.variable, test.want)
			if problems := acctest.NewProtocol(t).Configure(acctest.Object{}); len(problems) > 0 {
				t.Errorf("a provider that nothing uses complains: %q", problems)
			}
		})
	}
}

// wantProblem checks that there is one problem with a setting, or none when want is "".
func wantProblem(t *testing.T, name string, problems []string, attribute, source, want string) {
	t.Helper()
	if want == "" {
		if len(problems) > 0 {
			t.Errorf("%s: got %q, want no problem", name, problems)
		}
		return
	}
	if text := "ERROR Ethora's " + attribute + " is malformed: " + source + want; len(problems) != 1 || problems[0] != text {
		t.Errorf("%s: got %q\nwant %q", name, problems, text)
	}
}

// The error points to the block, and what the block says goes before the environment.
func TestLimits_inConfiguration(t *testing.T) {
	e := startTenant(t)
	t.Setenv("ETHORA_CHAT_MAX_CONCURRENT_REQUESTS", "many")
	config := func(setting string) string {
		return fmt.Sprintf(`provider "chat" {
			ethora = { api_url = %q, app_id = %q, app_secret = %q, %s }
		}`, e.URL, e.AppID(), e.AppSecret(), setting) + oneApp
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config("max_concurrent_requests = 0"), PlanOnly: true, ExpectError: says(`in provider "chat":`)},
		{Config: config("requests_per_second = 5"), PlanOnly: true, ExpectError: says("The environment variable ETHORA_CHAT_MAX_CONCURRENT_REQUESTS is not a number of requests")},
		{Config: config(`requests_per_second = "fast"`), PlanOnly: true, ExpectError: says("a number is required")},
		{Config: config("max_concurrent_requests = 8"), PlanOnly: true, ExpectNonEmptyPlan: true},
	}})
}

// A limit may come from something that is not applied yet.
func TestLimits_unknownAtPlan(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"requests_per_second", "max_concurrent_requests"} {
		e := startTenant(t)
		p := acctest.NewProtocol(t)
		problems := p.Configure(acctest.Object{"ethora": acctest.Object{
			"api_url": e.URL, "app_id": e.AppID(), "app_secret": e.AppSecret(), attribute: acctest.Unknown,
		}})
		room := p.Apply(t.Context(), "chat_ethora_room", acctest.Object{"room_id": "support", "title": "Support"}, nil)
		if len(problems) > 0 || len(room.Problems) != 1 || !strings.Contains(room.Problems[0], "settings of the provider are not known yet") {
			t.Errorf("%s: got %q, %q", attribute, problems, room.Problems)
		}
		if n := len(e.Requests()); n > 0 {
			t.Errorf("%s: %d calls were made", attribute, n)
		}
	}
}
