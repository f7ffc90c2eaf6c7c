package rest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

const (
	quotaWindow    = time.Minute
	quotaRoundTrip = 100 * time.Millisecond
)

// quotaServer takes so many calls of each path in a window of a minute, and tells so in every answer.
type quotaServer struct {
	limit int
	// change may replace an answer that was counted. n counts the calls of the path from 0.
	change func(n int, answer reply) reply

	mu       sync.Mutex
	began    time.Time
	windows  map[string]*window
	arrivals map[string][]time.Duration
	refused  int
}

type window struct {
	began time.Time
	used  int
}

func newQuotaServer(limit int) *quotaServer {
	return &quotaServer{limit: limit, began: time.Now(), windows: map[string]*window{}, arrivals: map[string][]time.Duration{}}
}

func (s *quotaServer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := s.arrive(r.URL.Path)
	select {
	case <-time.After(quotaRoundTrip):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if answer.status == 0 {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	}
	return &http.Response{StatusCode: answer.status, Header: answer.header, Body: http.NoBody}, nil
}

func (s *quotaServer) arrive(path string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.arrivals[path])
	s.arrivals[path] = append(s.arrivals[path], time.Since(s.began))
	answer := s.count(path)
	if answer.status == 429 {
		s.refused++
	}
	if s.change != nil {
		answer = s.change(n, answer)
	}
	return answer
}

// count counts one call, whosever it is.
func (s *quotaServer) count(path string) reply {
	current := s.windows[path]
	if current == nil || time.Since(current.began) >= quotaWindow {
		current = &window{began: time.Now()}
		s.windows[path] = current
	}
	current.used++
	header := http.Header{}
	header.Set("X-Left", strconv.Itoa(max(s.limit-current.used, 0)))
	header.Set("X-Reset", time.Until(current.began.Add(quotaWindow)).String())
	if current.used > s.limit {
		return reply{429, header}
	}
	return reply{200, header}
}

func (s *quotaServer) arrived(path string) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrivals[path])
}

func quotaClient(t *testing.T, s http.RoundTripper, change ...func(*Config)) *Client {
	t.Helper()
	reset := func(header http.Header) time.Duration {
		reset, _ := time.ParseDuration(header.Get("X-Reset"))
		return reset
	}
	counted := func(c *Config) {
		c.Transport, c.RetryWaitMin, c.RateLimitPatience = s, 1, 5*time.Minute
		c.RetryAfter = reset
		c.Quota = func(header http.Header) (int, time.Duration, bool) {
			left, err := strconv.Atoi(header.Get("X-Left"))
			return left, reset(header), err == nil
		}
	}
	return newClient(t, "http://ethora.invalid", append([]func(*Config){counted}, change...)...)
}

// getRoute calls a path that is a route of its own.
func getRoute(ctx context.Context, client *Client, path string) error {
	_, err := client.Do(ctx, Request{Method: http.MethodGet, Path: path, Route: "GET " + path})
	return err
}

// wave is n calls at the same time.
type wave struct {
	at time.Duration
	n  int
}

func wantWaves(t *testing.T, got []time.Duration, waves ...wave) {
	t.Helper()
	var want []time.Duration
	for _, w := range waves {
		want = append(want, slices.Repeat([]time.Duration{w.at}, w.n)...)
	}
	for i := range got {
		got[i] = got[i].Round(time.Millisecond) // the jitter of a nanosecond
	}
	if !slices.Equal(got, want) {
		t.Errorf("attempts arrived at\n%v, want\n%v", got, want)
	}
}

const second, roundTrip = time.Second, quotaRoundTrip

// The first call of a window learns how many may follow, and they follow at once. Nothing is refused.
func TestQuotaIsUsedUpAndNotExceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQuotaServer(5)
		client := quotaClient(t, s)
		all(t, 12, func() error { return getRoute(t.Context(), client, "/room") })
		wantWaves(t, s.arrived("/room"),
			wave{0, 1}, wave{roundTrip, 4},
			wave{60*second + roundTrip, 1}, wave{60*second + 2*roundTrip, 4},
			wave{120*second + 2*roundTrip, 1}, wave{120*second + 3*roundTrip, 1})
		if s.refused != 0 {
			t.Errorf("%d attempts were refused", s.refused)
		}
	})
}

func TestQuotaOfOneCallAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQuotaServer(3)
		client := quotaClient(t, s)
		for range 7 {
			if err := getRoute(t.Context(), client, "/room"); err != nil {
				t.Fatal(err)
			}
		}
		wantWaves(t, s.arrived("/room"),
			wave{0, 1}, wave{roundTrip, 1}, wave{2 * roundTrip, 1},
			wave{60*second + roundTrip, 1}, wave{60*second + 2*roundTrip, 1}, wave{60*second + 3*roundTrip, 1},
			wave{120*second + 2*roundTrip, 1})
		if s.refused != 0 {
			t.Errorf("%d attempts were refused", s.refused)
		}
	})
}

// A route that is used up or refused holds back neither another one nor what has no route.
func TestRoutesDoNotHoldEachOtherBack(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"with a quota":   func(*Config) {},
		"with 429s only": func(c *Config) { c.Quota = nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newQuotaServer(2)
				client := quotaClient(t, s, change)
				var others sync.WaitGroup
				others.Go(func() { all(t, 3, func() error { return getRoute(t.Context(), client, "/room") }) })
				time.Sleep(time.Second)
				for range 2 {
					if err := getRoute(t.Context(), client, "/visitor"); err != nil {
						t.Error(err)
					}
					if err := get(t.Context(), client); err != nil {
						t.Error(err)
					}
				}
				others.Wait()
				wantWaves(t, s.arrived("/visitor"), wave{second, 1}, wave{second + 2*roundTrip, 1})
				wantWaves(t, s.arrived("/x"), wave{second + roundTrip, 1}, wave{second + 3*roundTrip, 1})
				if got := s.arrived("/room"); got[len(got)-1] < time.Minute {
					t.Errorf("attempts arrived at %v, the last too early", got)
				}
			})
		})
	}
}

// What others take from the same quota is found out with one refusal, not with one for each call.
func TestQuotaThatOthersUseToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQuotaServer(5)
		client := quotaClient(t, s)
		for range 5 {
			s.count("/room")
		}
		time.Sleep(20 * time.Second)
		all(t, 10, func() error { return getRoute(t.Context(), client, "/room") })
		// The refusal is answered after a round trip, and names the 40 seconds that were left before it.
		wantWaves(t, s.arrived("/room"),
			wave{20 * second, 1}, wave{60*second + roundTrip, 1}, wave{60*second + 2*roundTrip, 4},
			wave{120*second + 2*roundTrip, 1}, wave{120*second + 3*roundTrip, 4})
		if s.refused != 1 {
			t.Errorf("%d attempts were refused", s.refused)
		}
	})
}

// A server that does not tell is asked by twice as many each time, as after a 429.
func TestServerWithoutAQuota(t *testing.T) {
	for name, header := range map[string]http.Header{
		"silent":   {},
		"unlikely": {"X-Left": {"-3"}, "X-Reset": {"soon"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newQuotaServer(100)
				s.change = func(int, reply) reply { return reply{200, header} }
				client := quotaClient(t, s)
				all(t, 20, func() error { return getRoute(t.Context(), client, "/room") })
				wantWaves(t, s.arrived("/room"),
					wave{0, 1}, wave{roundTrip, 2}, wave{2 * roundTrip, 4}, wave{3 * roundTrip, 8}, wave{4 * roundTrip, 5})
			})
		})
	}
}

// Lost answers, outages and late resets neither stop the route nor let it run wild.
func TestQuotaWithFailures(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(n int, answer reply) reply
		longest time.Duration // until the last of 12 calls arrives
		refused int           // at most
	}{
		"first cut":         {func(n int, answer reply) reply { return unless(n == 0, answer, reply{}) }, 130 * second, 1},
		"last of a window":  {func(n int, answer reply) reply { return unless(n == 4, answer, reply{}) }, 190 * second, 1},
		"all of a window":   {func(n int, answer reply) reply { return unless(n < 5, answer, reply{}) }, 190 * second, 6},
		"down":              {func(n int, answer reply) reply { return unless(n == 2, answer, says(503, "")) }, 130 * second, 1},
		"never resets":      {func(n int, answer reply) reply { return unless(n == 4, answer, leftNone("9999h")) }, 5 * time.Minute, 0},
		"has reset already": {func(n int, answer reply) reply { return unless(n == 4, answer, leftNone("-1h")) }, 190 * second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newQuotaServer(5)
				s.change = test.change
				client := quotaClient(t, s, func(c *Config) { c.MaxRetries = 5 })
				all(t, 12, func() error { return getRoute(t.Context(), client, "/room") })
				got := s.arrived("/room")
				if last := got[len(got)-1]; last > test.longest || s.refused > test.refused {
					t.Errorf("%d attempts were refused, and they arrived at %v", s.refused, got)
				}
			})
		})
	}
}

func unless(otherwise bool, answer, other reply) reply {
	if otherwise {
		return other
	}
	return answer
}

func leftNone(reset string) reply {
	return reply{200, http.Header{"X-Left": {"0"}, "X-Reset": {reset}}}
}

// A call that is cancelled before it leaves gives its place back, wherever it waits.
func TestCancelledCallsOfARoute(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"at the route's gate":  func(*Config) {},
		"at the client's gate": func(c *Config) { c.RequestsPerSecond = 0.1 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newQuotaServer(2)
				client := quotaClient(t, s, change)
				ctx, cancel := context.WithCancel(t.Context())
				var calls sync.WaitGroup
				for range 5 {
					calls.Go(func() { _ = getRoute(ctx, client, "/room") })
				}
				time.Sleep(5 * time.Second)
				cancel()
				calls.Wait()
				before := len(s.arrived("/room"))
				if before > 2 {
					t.Errorf("%d attempts arrived", before)
				}
				all(t, 2, func() error { return getRoute(t.Context(), client, "/room") })
				if got := len(s.arrived("/room")); got != before+2 || s.refused != 0 {
					t.Errorf("%d attempts arrived afterwards, want 2; %d were refused", got-before, s.refused)
				}
			})
		})
	}
}

// Who wonders why nothing goes on finds it in the log: once for each wait, not once for each call.
func TestWaitsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var output bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &output)
		s := newQuotaServer(5)
		client := quotaClient(t, s, func(c *Config) { c.Secrets = []string{"s3cr3t"} })
		all(t, 12, func() error { return getRoute(ctx, client, "/room/s3cr3t") })
		lines, err := tflogtest.MultilineJSONDecode(&output)
		if err != nil {
			t.Fatal(err)
		}
		var waits []map[string]any
		for _, line := range lines {
			if line["@message"] == "Waiting for the rate limit" {
				waits = append(waits, line)
			}
		}
		if len(waits) != 2 {
			t.Fatalf("got %d lines, want one for each window:\n%v", len(waits), waits)
		}
		for i, wait := range waits {
			if wait["@level"] != "info" || wait["method"] != "GET" || wait["path"] != "/room/***" || wait["wait_seconds"] != 60.0 ||
				wait["calls"] != float64(7-5*i) || wait["system"] != "Ethora" {
				t.Errorf("got %v", wait)
			}
			if strings.Contains(output.String(), "s3cr3t") {
				t.Error("a secret stands in the log")
			}
		}
	})
}

func TestWaitAfterARefusalIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var output bytes.Buffer
		s := newWireServer(0, func(n int) reply {
			if n == 0 {
				return says(429, "30")
			}
			return says(200, "")
		})
		if err := get(tflogtest.RootLogger(t.Context(), &output), wireClient(t, s)); err != nil {
			t.Fatal(err)
		}
		if text := output.String(); strings.Count(text, "Waiting for the rate limit") != 1 || !strings.Contains(text, `"wait_seconds":30`) {
			t.Errorf("got %s", text)
		}
	})
}
