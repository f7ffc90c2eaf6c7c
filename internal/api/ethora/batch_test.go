package ethora

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

func TestBisectLeavesBadItemsAlone(t *testing.T) {
	for name, test := range map[string]struct {
		count int
		bad   []int
		calls int
	}{
		"nothing":           {0, nil, 0},
		"one, good":         {1, nil, 1},
		"one, bad":          {1, []int{0}, 1},
		"none is bad":       {100, nil, 1},
		"the first is bad":  {100, []int{0}, 13},
		"the last is bad":   {100, []int{99}, 15},
		"two neighbours":    {100, []int{40, 41}, 15},
		"two far apart":     {100, []int{3, 77}, 25},
		"all but one":       {4, []int{0, 1, 3}, 7},
		"every one":         {100, numbers(100), 199},
		"odd counts divide": {7, []int{2}, 7},
	} {
		calls, alone, passed := 0, []int{}, 0
		bisect(numbers(test.count), func(part []int) (divide bool) {
			calls++
			isBad := slices.ContainsFunc(part, func(item int) bool { return slices.Contains(test.bad, item) })
			if !isBad {
				passed += len(part)
			}
			if isBad && len(part) == 1 {
				alone = append(alone, part[0])
			}
			return isBad
		})
		if !slices.Equal(alone, test.bad) || passed != test.count-len(test.bad) || calls != test.calls {
			t.Errorf("%s: %v stood alone, %d passed, %d calls, want %v, %d, %d", name, alone, passed, calls, test.bad, test.count-len(test.bad), test.calls)
		}
	}
}

func TestApart(t *testing.T) {
	for _, test := range []struct {
		items string
		want  string
	}{
		{"", "[]"},
		{"a b c", "[[a b c]]"},
		{"a b a c", "[[a b c] [a]]"},
		{"a a a", "[[a] [a] [a]]"},
		{"a+x b+x c b", "[[a+x c] [b+x] [b]]"},
	} {
		rounds := apart(strings.Fields(test.items), func(item string) []string { return strings.Split(item, "+") })
		if got := fmt.Sprint(rounds); got != test.want {
			t.Errorf("%q: got %s, want %s", test.items, got, test.want)
		}
	}
}

func TestConcurrentlyKeepsToTheLimit(t *testing.T) {
	var mutex sync.Mutex
	running, most, calls := 0, 0, 0
	concurrently(numbers(50), 8, func(int) {
		mutex.Lock()
		running++
		calls++
		most = max(most, running)
		mutex.Unlock()
		time.Sleep(time.Millisecond)
		mutex.Lock()
		running--
		mutex.Unlock()
	})
	if calls != 50 || most > 8 || running != 0 {
		t.Errorf("%d calls, %d at once, %d left", calls, most, running)
	}
}

// tenant is the mock with the client in front of it.
type tenant struct {
	*mock.Server
	front  *front
	client *Client
}

// startMock runs the mock. Its jobs are done at the first poll, unless the
// settings say otherwise, and never by time.
func startMock(t *testing.T, settings mock.Settings) tenant {
	t.Helper()
	server := mock.New(mock.Options{AppID: ownApp, AppSecret: secret})
	if settings.JobPolls == 0 {
		settings.JobPolls = 1
	}
	settings.AbandonedJobMS = int(time.Hour / time.Millisecond)
	if err := server.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	m := tenant{Server: server, front: &front{next: server}}
	web := httptest.NewServer(m.front)
	client, err := NewClient(Config{
		APIURL:            web.URL,
		AppID:             ownApp,
		AppSecret:         secret,
		MaxRetries:        -1,
		RateLimitPatience: -1,
		PollWaitMin:       time.Millisecond,
		PollWaitMax:       2 * time.Millisecond,
		AccessWait:        50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		web.Close()
	})
	m.client = client
	return m
}

// front is what the client speaks to: the mock, or for a while something else.
type front struct {
	mutex   sync.Mutex
	next    http.Handler
	instead http.HandlerFunc // answers instead of next, if it is set
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mutex.Lock()
	instead := f.instead
	f.mutex.Unlock()
	if instead == nil {
		f.next.ServeHTTP(w, r)
		return
	}
	instead(w, r)
}

func (f *front) set(instead http.HandlerFunc) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.instead = instead
}

func (m tenant) fail(t *testing.T, rules ...control.FaultRule) {
	t.Helper()
	if err := m.SetFaults(control.FaultPlan{Rules: rules}); err != nil {
		t.Fatal(err)
	}
}

// counts are the requests so far by method and the end of the path.
func (m tenant) counts() map[string]int {
	counts := map[string]int{}
	for _, request := range m.Requests() {
		counts[what(request.Method, request.Path)]++
	}
	return counts
}

// what names a request shortly.
func what(method, path string) string {
	switch {
	case strings.Contains(path, "/users/batch/"):
		return "poll"
	case strings.HasPrefix(path, "/v1/apps/users/"):
		return method + " user"
	case path == "/v2/apps/"+ownApp:
		return method + " app"
	}
	return method + strings.TrimPrefix(path, "/v2/apps/"+ownApp)
}

func (m tenant) expect(t *testing.T, name string, want map[string]int) {
	t.Helper()
	if got := m.counts(); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: requests %v, want %v", name, got, want)
	}
}

// make creates users user-0 and so on as the operator, without the client.
func (m tenant) make(t *testing.T, count int) []string {
	t.Helper()
	ids := []string{}
	for chunk := range slices.Chunk(numbers(count), 100) {
		list := []any{}
		for _, i := range chunk {
			id := fmt.Sprintf("user-%d", i)
			ids = append(ids, id)
			list = append(list, map[string]any{"uuid": id, "email": id + "@example.com", "firstName": "First", "lastName": "Last"})
		}
		m.edit(t, http.MethodPost, "/users/batch", map[string]any{"usersList": list})
	}
	return ids
}

func (m tenant) edit(t *testing.T, method, path string, body any) {
	t.Helper()
	status, answer, err := m.Edit(method, "/v2/apps/"+ownApp+path, body)
	if err != nil || status >= 300 {
		t.Fatalf("%s %s: %d %s, %v", method, path, status, answer, err)
	}
}

// users are what the mock holds, by id; the status is "active" or "archived".
func (m tenant) users() map[string]string {
	statuses := map[string]string{}
	for _, user := range m.Snapshot().App(ownApp).Users {
		statuses[PlainID(ownApp, user.XMPPUsername)] = user.Status
	}
	return statuses
}
