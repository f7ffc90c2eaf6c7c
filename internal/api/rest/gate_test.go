package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wireServer is a server without a network, so that a test can run on a fake clock. It notes when
// each attempt arrives, counted from its own beginning, and how many there are at the same time.
type wireServer struct {
	began   time.Time
	latency time.Duration
	// answer is asked for attempt n, which counts from 0.
	answer func(n int) reply

	mu       sync.Mutex
	arrivals []time.Duration
	inside   int
	most     int
}

func newWireServer(latency time.Duration, answer func(n int) reply) *wireServer {
	return &wireServer{began: time.Now(), latency: latency, answer: answer}
}

func (s *wireServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	n := len(s.arrivals)
	s.arrivals = append(s.arrivals, time.Since(s.began))
	s.inside++
	s.most = max(s.most, s.inside)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inside--
		s.mu.Unlock()
	}()
	reply := s.answer(n)
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if reply.status == 0 {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	}
	return &http.Response{StatusCode: reply.status, Header: reply.header, Body: http.NoBody}, nil
}

func (s *wireServer) arrived() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrivals)
}

// reply is an answer; the zero value cuts the connection.
type reply struct {
	status int
	header http.Header
}

// says is a reply with a status and, when it is not "", a Retry-After.
func says(status int, retryAfter string) reply {
	header := http.Header{}
	if retryAfter != "" {
		header.Set("Retry-After", retryAfter)
	}
	return reply{status, header}
}

func fine(int) reply { return says(200, "") }

// wireClient is a client of the server that waits to the second, without chance.
func wireClient(t *testing.T, s *wireServer, change ...func(*Config)) *Client {
	t.Helper()
	exact := func(c *Config) {
		c.Transport = s
		c.RetryWaitMin = 1
		c.RateLimitPatience = 5 * time.Minute
	}
	return newClient(t, "http://ethora.invalid", append([]func(*Config){exact}, change...)...)
}

// all sends n calls at once and waits for them.
func all(t *testing.T, n int, do func() error) {
	t.Helper()
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			if err := do(); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}

func get(ctx context.Context, client *Client) error {
	_, err := client.Do(ctx, Request{Method: http.MethodGet, Path: "/x"})
	return err
}

func TestNewRefusesLimitsThatCannotBeKept(t *testing.T) {
	for want, change := range map[string]Config{
		"Ethora: -1 requests per second cannot be kept; give a number above 0, or 0 for no limit": {RequestsPerSecond: -1},
		"Ethora: -2 concurrent requests cannot be kept; give 1 or more, or 0 for no limit":        {MaxConcurrentRequests: -2},
	} {
		change.System, change.BaseURL = "Ethora", "https://api.example.com"
		if _, err := New(change); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Attempts are spaced evenly from the first on, and repetitions are attempts too.
func TestRateIsKeptFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(time.Second, func(n int) reply {
			if n == 3 || n == 7 {
				return says(503, "")
			}
			return says(200, "")
		})
		client := wireClient(t, s, func(c *Config) { c.RequestsPerSecond = 12.5 })
		all(t, 30, func() error { return get(t.Context(), client) })
		arrivals := s.arrived()
		if len(arrivals) != 32 || arrivals[0] != 0 {
			t.Fatalf("%d attempts arrived, the first at %v", len(arrivals), arrivals[0])
		}
		for i := 1; i < len(arrivals); i++ {
			if gap := arrivals[i] - arrivals[i-1]; gap.Round(time.Microsecond) != 80*time.Millisecond {
				t.Errorf("attempt %d came %v after the one before, want 80ms", i, gap)
			}
		}
	})
}

// What is saved while the client has nothing to do is not spent afterwards.
func TestRateIsKeptAfterSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(0, fine)
		client := wireClient(t, s, func(c *Config) { c.RequestsPerSecond = 1 })
		time.Sleep(time.Hour)
		all(t, 3, func() error { return get(t.Context(), client) })
		if got, want := s.arrived(), []time.Duration{time.Hour, time.Hour + time.Second, time.Hour + 2*time.Second}; !slices.Equal(got, want) {
			t.Errorf("attempts arrived at %v, want %v", got, want)
		}
	})
}

// The wait for the rate is neither part of an attempt, which has a timeout, nor an outage.
func TestWaitForTheRateIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(time.Second, fine)
		client := wireClient(t, s, func(c *Config) {
			c.RequestsPerSecond, c.Timeout, c.MaxRetries, c.RateLimitPatience = 0.01, 2*time.Second, -1, -1
		})
		all(t, 3, func() error { return get(t.Context(), client) })
		if got, want := s.arrived(), []time.Duration{0, 100 * time.Second, 200 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("attempts arrived at %v, want %v", got, want)
		}
	})
}

func TestNoMoreThanMaxConcurrentRequestsAreOnTheWire(t *testing.T) {
	for _, limit := range []int{1, 4, 0} {
		synctest.Test(t, func(t *testing.T) {
			s := newWireServer(time.Second, fine)
			client := wireClient(t, s, func(c *Config) { c.MaxConcurrentRequests = limit })
			all(t, 20, func() error { return get(t.Context(), client) })
			want := limit
			if limit == 0 {
				want = 20
			}
			if s.most != want || len(s.arrived()) != 20 {
				t.Errorf("limit %d: %d of %d attempts were on the wire at once, want %d", limit, s.most, len(s.arrived()), want)
			}
		})
	}
}

func TestCallThatWaitsToRepeatIsNotOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(0, func(n int) reply {
			if n == 0 {
				return says(503, "60")
			}
			return says(200, "")
		})
		client := wireClient(t, s, func(c *Config) { c.MaxConcurrentRequests = 1 })
		go func() {
			time.Sleep(time.Second)
			if err := get(t.Context(), client); err != nil {
				t.Error(err)
			}
		}()
		if err := get(t.Context(), client); err != nil {
			t.Error(err)
		}
		if got, want := s.arrived(), []time.Duration{0, time.Second, time.Minute}; !slices.Equal(got, want) {
			t.Errorf("attempts arrived at %v, want %v", got, want)
		}
	})
}

// One call is refused, and all wait until the server's time has come. Then one goes first, and
// their number doubles with each round trip.
func TestRefusalHoldsBackAllCalls(t *testing.T) {
	for name, refusal := range map[string]reply{
		"Retry-After":       says(429, "10"),
		"the vendor's word": {429, http.Header{"X-Reset": {"10s"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const roundTrip = 100 * time.Millisecond
				s := newWireServer(roundTrip, func(n int) reply {
					if n == 4 {
						return refusal
					}
					return says(200, "")
				})
				client := wireClient(t, s, func(c *Config) {
					c.RetryAfter = func(h http.Header) time.Duration {
						reset, _ := time.ParseDuration(h.Get("X-Reset"))
						return reset
					}
				})
				var calls sync.WaitGroup
				calls.Go(func() { all(t, 10, func() error { return get(t.Context(), client) }) })
				time.Sleep(time.Second)
				calls.Go(func() { all(t, 20, func() error { return get(t.Context(), client) }) })
				time.Sleep(9 * time.Second)
				synctest.Wait()
				if got := len(s.arrived()); got != 10 {
					t.Errorf("%d attempts arrived before the server's time, want the first 10", got)
				}
				calls.Wait()

				opens := roundTrip + 10*time.Second
				var want []time.Duration
				for round, n := range []int{1, 2, 4, 8, 6} { // 20 calls and one repetition
					want = append(want, slices.Repeat([]time.Duration{opens + time.Duration(round)*roundTrip}, n)...)
				}
				if got := s.arrived()[10:]; !slices.Equal(got, want) {
					t.Errorf("after the refusal attempts arrived at\n%v, want\n%v", got, want)
				}
			})
		})
	}
}

// A server that does not say how long is asked again after twice as long each time, whichever call it refused.
func TestRefusalsInARowHoldBackLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(0, func(n int) reply {
			if n < 4 {
				return says(429, "")
			}
			return says(200, "")
		})
		client := wireClient(t, s, func(c *Config) { c.RetryWaitMin, c.RetryWaitMax = 8*time.Second, time.Hour })
		all(t, 1, func() error { return get(t.Context(), client) })
		arrivals := s.arrived()
		if len(arrivals) != 5 {
			t.Fatalf("attempts arrived at %v, want 5", arrivals)
		}
		for i, longest := range []time.Duration{8 * time.Second, 16 * time.Second, 32 * time.Second, 64 * time.Second} {
			if gap := arrivals[i+1] - arrivals[i]; gap < longest/2 || gap > longest {
				t.Errorf("refusal %d held the calls back for %v, want %v to %v", i+1, gap, longest/2, longest)
			}
		}
	})
}

// An answer to what left before the refusal tells nothing of the time after it.
func TestGoodAnswerDoesNotLiftTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(0, func(n int) reply {
			switch n {
			case 0:
				time.Sleep(5 * time.Second)
			case 1:
				time.Sleep(time.Second)
				return says(429, "10")
			}
			return says(200, "")
		})
		client := wireClient(t, s)
		go func() {
			time.Sleep(6 * time.Second)
			if err := get(t.Context(), client); err != nil {
				t.Error(err)
			}
		}()
		all(t, 2, func() error { return get(t.Context(), client) })
		synctest.Wait()
		if got, want := s.arrived(), []time.Duration{0, 0, 11 * time.Second, 11 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("attempts arrived at %v, want %v", got, want)
		}
	})
}

// A call pays for its own refusals alone: one that was held back by another's does not give up.
func TestAnothersRefusalCostsNoPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(0, func(n int) reply {
			switch n {
			case 0:
				return says(429, "60") // more than the patience
			case 1:
				return says(429, "9")
			}
			return says(200, "")
		})
		client := wireClient(t, s, func(c *Config) { c.RateLimitPatience = 10 * time.Second })
		const want = "Ethora refused GET /x: too many requests (429)"
		if err := get(t.Context(), client); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		all(t, 5, func() error { return get(t.Context(), client) })
		if got := s.arrived(); len(got) != 7 || got[1] != time.Minute || got[2] != 69*time.Second {
			t.Errorf("attempts arrived at %v", got)
		}
	})
}

// The one that goes first may be cut off or cancelled; the others follow all the same.
func TestFirstAfterARefusalMayFail(t *testing.T) {
	for name, test := range map[string]struct {
		failure func(cancel context.CancelFunc) reply
		want    string
	}{
		"cut off":   {func(context.CancelFunc) reply { return reply{} }, "connection reset by peer"},
		"cancelled": {func(cancel context.CancelFunc) reply { cancel(); return says(200, "") }, "context canceled"},
		"down":      {func(context.CancelFunc) reply { return says(503, "") }, "service unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := newWireServer(time.Second, func(n int) reply {
					switch n {
					case 0:
						return says(429, "10")
					case 1:
						return test.failure(cancel)
					}
					return says(200, "")
				})
				client := wireClient(t, s, func(c *Config) { c.MaxRetries, c.RateLimitPatience = -1, 10*time.Second })
				if _, err := client.Do(ctx, Request{Method: http.MethodGet, Path: "/x"}); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				all(t, 10, func() error { return get(t.Context(), client) })
				if got := len(s.arrived()); got != 12 {
					t.Errorf("%d attempts arrived, want 12", got)
				}
			})
		})
	}
}

// Whatever a call waits for, cancellation ends the wait at once, and nothing is sent.
func TestCancellationEndsTheWaitForTheGate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		first  reply // to the call before
	}{
		"for the rate":                       {func(c *Config) { c.RequestsPerSecond = 0.001 }, says(200, "")},
		"for a call to end":                  {func(c *Config) { c.MaxConcurrentRequests = 1 }, says(200, "")},
		"for the server after 429":           {func(*Config) {}, says(429, "100")},
		"for the turn of another that waits": {func(c *Config) { c.RequestsPerSecond = 0.001 }, says(200, "")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newWireServer(50*time.Second, func(n int) reply {
					if n == 0 {
						return test.first
					}
					return says(200, "")
				})
				client := wireClient(t, s, test.change, func(c *Config) { c.Timeout = time.Hour })
				var others sync.WaitGroup
				other := func() { _ = get(t.Context(), client) }
				others.Go(other)
				synctest.Wait()
				if strings.Contains(name, "turn") {
					others.Go(other)
					synctest.Wait()
				}
				if strings.Contains(name, "429") {
					time.Sleep(51 * time.Second)
				}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				before := time.Now()
				_, err := client.Do(ctx, Request{Method: http.MethodPost, Path: "/x", Finish: true})
				const want = "Ethora did not answer POST /x: stopped before it was sent: context canceled"
				if err == nil || err.Error() != want || IsUncertain(err) || !IsKind(err, Unavailable) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				if waited := time.Since(before); waited != time.Second {
					t.Errorf("the wait ended after %v, want 1s", waited)
				}
				if got := len(s.arrived()); got != 1 {
					t.Errorf("%d attempts arrived, want 1", got)
				}
				others.Wait() // nothing that the cancelled call held is lost
			})
		})
	}
}

// A call whose own wait is over, and which another's refusal holds back, still tells of its own when it is cancelled.
func TestCancellationAtTheGateKeepsTheRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWireServer(0, func(n int) reply {
			if n == 0 {
				time.Sleep(time.Second)
				return says(429, "5")
			}
			time.Sleep(2 * time.Second)
			return says(429, "100")
		})
		client := wireClient(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Second, cancel)
		const want = "Ethora refused GET /x: too many requests; stopped before it was sent again: context canceled (429)"
		all(t, 2, func() error {
			if err := get(ctx, client); !errors.Is(err, context.Canceled) || err.Error() != want {
				return fmt.Errorf("got %w, want %s", err, want)
			}
			return nil
		})
		if got := len(s.arrived()); got != 2 {
			t.Errorf("%d attempts arrived, want 2", got)
		}
	})
}

// A server that takes so many calls in each second serves them all, and refuses few.
func TestManyCallsToAServerThatLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const calls, perSecond = 400, 25
		refused := 0
		window, inWindow := time.Time{}, 0
		s := newWireServer(50*time.Millisecond, nil)
		s.answer = func(int) reply {
			s.mu.Lock()
			defer s.mu.Unlock()
			if now := time.Now().Truncate(time.Second); now != window {
				window, inWindow = now, 0
			}
			inWindow++
			if inWindow <= perSecond {
				return says(200, "")
			}
			refused++
			return says(429, "1")
		}
		client := wireClient(t, s)
		began := time.Now()
		var left atomic.Int64
		left.Store(calls)
		all(t, 100, func() error { // as Terraform does with -parallelism=100
			for left.Add(-1) >= 0 {
				if err := get(t.Context(), client); err != nil {
					return err
				}
			}
			return nil
		})
		t.Logf("%d calls, %d refusals, %v", calls, refused, time.Since(began))
		if got := len(s.arrived()); got != calls+refused || refused > calls {
			t.Errorf("%d attempts for %d calls, %d of them refused", got, calls, refused)
		}
	})
}

// A connection is kept for each of the calls that go on at once, so that few are made.
func TestConnectionsAreReused(t *testing.T) {
	const waves, calls = 100, 20
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(answer(200, "{}"))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	client := newClient(t, s.URL)
	for range waves {
		all(t, calls, func() error { return get(t.Context(), client) })
	}
	t.Logf("%d connections", opened.Load())
	if got := opened.Load(); got > 2*calls {
		t.Errorf("%d calls opened %d connections, want about %d", waves*calls, got, calls)
	}
}
