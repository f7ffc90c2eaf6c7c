package rocketchat_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system/rocketchat"
)

// crowd is seven visitors, each with a room and a message.
const crowd = `
resource "chat_rocketchat_visitor" "crowd" {
  count = 7
  email = "visitor-${count.index}@example.com"
}

resource "chat_rocketchat_room" "crowd" {
  count         = 7
  visitor_token = chat_rocketchat_visitor.crowd[count.index].token
}

resource "chat_rocketchat_message" "crowd" {
  count         = 7
  room_id       = chat_rocketchat_room.crowd[count.index].id
  visitor_token = chat_rocketchat_visitor.crowd[count.index].token
  text          = "Hello"
}
`

// served are how many calls of each kind were answered otherwise than that there
// were too many, and how many of all were refused so. It forgets them.
func (e tenant) served() (calls map[string]int, refused int) {
	calls = map[string]int{}
	for _, request := range e.Requests() {
		kind := request.Method + " " + strings.Split(strings.TrimPrefix(request.Path, base+"/"), "/")[0]
		switch {
		case request.Status == http.StatusTooManyRequests:
			refused++
			continue
		case kind == "GET room" && !strings.Contains(request.Query, "rid="):
			kind = "GET room, opening"
		}
		calls[kind]++
	}
	e.ResetRequests()
	return calls, refused
}

// Five visitors and five rooms in each window of the server: all is done without
// a failure, with not a call more than is needed, and the log tells of the wait.
// A process does not know what the one before it has used up, and so may be
// refused once for each kind of call.
func TestLimits_wholeRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment func(tenant) []string
		reading     map[string]int
		limitAdmin  bool
	}{
		"visitor": {func(e tenant) []string { return e.VisitorEnvironment() },
			map[string]int{"GET visitor": 7, "GET room": 7, "GET message": 7}, false},
		"administrator": {func(e tenant) []string { return e.Environment() },
			map[string]int{"GET visitor": 7, "GET room": 1, "GET rooms": 1, "GET message": 7}, false},
		"administrator with limits": {func(e tenant) []string { return e.Environment() },
			map[string]int{"GET visitor": 7, "GET room": 1, "GET rooms": 1, "GET message": 7}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, mock.Settings{RateLimits: true, RateWindowMS: 1800, RateCalls: 5, LimitAdmin: test.limitAdmin})
			logPath := filepath.Join(t.TempDir(), "info.log")
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.RequiredProviders + "provider \"chat\" {\n  rocketchat = {}\n}\n" + crowd},
				append(test.environment(e), "TF_LOG=INFO", "TF_LOG_PATH="+logPath)...)
			step := func(name string, want map[string]int) {
				t.Helper()
				got, refused := e.served()
				if fmt.Sprint(got) != fmt.Sprint(want) || refused > len(want) {
					t.Errorf("%s: %d calls were refused, and served were\n     %v\nwant %v", name, refused, got, want)
				}
				t.Logf("%s: %v, %d refused", name, got, refused)
			}
			apply(w, 10)
			step("apply", map[string]int{"POST visitor": 7, "GET room, opening": 7, "POST message": 7})
			w.MustPlanEmpty("-parallelism=10")
			step("plan", test.reading)
			apply(w, 10, "-refresh-only")
			step("refresh", test.reading)
			destroy(w)
			removal := map[string]int{"DELETE message": 7, "POST room.close": 7, "DELETE visitor": 7}
			for kind, count := range test.reading {
				removal[kind] += count
			}
			step("destroy", removal)
			if left := e.visitors(); len(left) > 0 {
				t.Errorf("visitors are left: %v", left)
			}
			if log := readFile(t, logPath); !strings.Contains(log, "Waiting for the rate limit") || !strings.Contains(log, `route="POST /visitor"`) {
				t.Error("the log does not tell of the wait")
			}
		})
	}
}

// Fifty visitors at once wait for their turn. Not parallel: it changes how
// patient all clients are.
func TestLimits_manyAtOnce(t *testing.T) {
	patience := rocketchat.ClientDefaults.RateLimitPatience
	rocketchat.ClientDefaults.RateLimitPatience = time.Minute
	t.Cleanup(func() { rocketchat.ClientDefaults.RateLimitPatience = patience })
	e := startTenant(t)
	e.Settings(t, mock.Settings{RateLimits: true, RateWindowMS: 200})
	p := e.VisitorProtocol(t)
	var group sync.WaitGroup
	for n := range 50 {
		group.Go(func() {
			if made := p.Apply(t.Context(), visitorType, acctest.Object{"email": fmt.Sprintf("v%d@example.com", n)}, nil); made.Problems != nil {
				t.Errorf("visitor %d: %q", n, made.Problems)
			}
		})
	}
	group.Wait()
	calls, refused := e.served()
	if calls["POST visitor"] != 50 || len(calls) != 1 || refused > 0 || len(e.visitors()) != 50 {
		t.Errorf("served were %v, %d refused, and there are %d visitors", calls, refused, len(e.visitors()))
	}
}

// A timeout that is shorter than the wait ends it, and says what to do. Nothing
// was sent then, and nothing is in the state.
func TestLimits_timeout(t *testing.T) {
	patience := rocketchat.ClientDefaults.RateLimitPatience
	rocketchat.ClientDefaults.RateLimitPatience = time.Minute
	t.Cleanup(func() { rocketchat.ClientDefaults.RateLimitPatience = patience })
	e := startTenant(t)
	e.Settings(t, mock.Settings{RateLimits: true})
	p := e.VisitorProtocol(t)
	for n := range 5 {
		p.Apply(t.Context(), visitorType, acctest.Object{"name": fmt.Sprint(n)}, nil)
	}
	late := p.Apply(t.Context(), visitorType, acctest.Object{"timeouts": acctest.Object{"create": "100ms"}}, nil)
	onlyProblem(t, late.Problems, "ERROR Can't create Rocket.Chat visitor", "The time allowed for this operation ran out", "raise the value in the resource's timeouts")
	if late.State != nil || len(e.visitors()) != 5 {
		t.Errorf("the state is %v, and there are %d visitors", late.State, len(e.visitors()))
	}
}
