package rocketchat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestResetOf(t *testing.T) {
	date := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	milliseconds := func(shift time.Duration) string { return strconv.FormatInt(date.Add(shift).UnixMilli(), 10) }
	for reset, want := range map[string]time.Duration{
		milliseconds(41 * time.Second):        41 * time.Second,
		milliseconds(1500 * time.Millisecond): 1500 * time.Millisecond,
		milliseconds(-time.Second):            0,
		milliseconds(0):                       0,
		"":                                    0,
		"soon":                                0,
		"-5":                                  0,
		"0":                                   0,
		"60":                                  0, // seconds, as other servers have it, would be long ago
		"99999999999999999999":                0,
	} {
		header := http.Header{}
		header.Set("X-RateLimit-Reset", reset)
		header.Set("Date", date.Format(http.TimeFormat))
		if got := resetOf(header); got != want {
			t.Errorf("%q: got %v, want %v", reset, got, want)
		}
	}
	// Without the server's own time, this machine's has to do.
	header := http.Header{}
	header.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
	if got := resetOf(header); got < 50*time.Second || got > time.Minute {
		t.Errorf("got %v", got)
	}
}

func TestQuotaOf(t *testing.T) {
	for remaining, want := range map[string]struct {
		left int
		ok   bool
	}{"4": {4, true}, "0": {0, true}, "": {0, false}, "Infinity": {0, false}, "4.5": {0, false}} {
		header := http.Header{}
		header.Set("X-RateLimit-Remaining", remaining)
		if left, _, ok := quotaOf(header); left != want.left || ok != want.ok {
			t.Errorf("%q: got %d, %v", remaining, left, ok)
		}
	}
}

// limitedServer counts the calls of each method and path in windows of a minute, as
// Rocket.Chat does, and its clock is wrong. It needs no network, so that a test can
// run on a fake clock.
type limitedServer struct {
	limit int
	clock time.Duration // how far it goes ahead
	quiet bool          // tells what is left only when nothing is

	mutex   sync.Mutex
	began   time.Time
	window  time.Time
	used    map[string]int
	at      []time.Duration
	refused int
}

func (s *limitedServer) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(100 * time.Millisecond)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if time.Since(s.window) >= time.Minute {
		s.window, s.used = time.Now(), map[string]int{}
	}
	route := r.Method + " " + r.URL.Path
	s.used[route]++
	s.at = append(s.at, time.Since(s.began).Round(100*time.Millisecond))
	header := http.Header{}
	header.Set("Date", time.Now().Add(s.clock).UTC().Format(http.TimeFormat))
	if left := max(s.limit-s.used[route], 0); !s.quiet {
		header.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
		header.Set("X-RateLimit-Remaining", strconv.Itoa(left))
		header.Set("X-RateLimit-Reset", strconv.FormatInt(s.window.Add(time.Minute).Add(s.clock).UnixMilli(), 10))
	}
	status, body := 200, `{"room":{"_id":"`+r.URL.Query().Get("rid")+`","open":true},"success":true}`
	if s.used[route] > s.limit {
		s.refused++
		header.Set("X-RateLimit-Reset", strconv.FormatInt(s.window.Add(time.Minute).Add(s.clock).UnixMilli(), 10))
		status, body = 429, `{"success":false,"error":"Error, too many requests. [error-too-many-requests]"}`
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// A refresh of twelve rooms takes three minutes, fails for none of them, and asks
// for none in vain, whatever time the server believes it is.
func TestRoomsOfARefreshWaitForTheServer(t *testing.T) {
	for name, clock := range map[string]time.Duration{"right": 0, "a day ahead": 24 * time.Hour, "a day behind": -24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var output bytes.Buffer
				ctx := tflogtest.RootLogger(t.Context(), &output)
				server := &limitedServer{limit: 5, clock: clock, began: time.Now()}
				client := limitedClient(t, server)
				var calls sync.WaitGroup
				for i := range 12 {
					calls.Go(func() {
						if _, err := client.GetRoom(ctx, token, "r"+strconv.Itoa(i)); err != nil {
							t.Error(err)
						}
					})
				}
				calls.Wait()
				if server.refused != 0 || len(server.at) != 12 {
					t.Errorf("%d requests, %d of them refused", len(server.at), server.refused)
				}
				if last := server.at[11]; last < 2*time.Minute || last > 125*time.Second {
					t.Errorf("the last request came after %v: %v", last, server.at)
				}
				text := output.String()
				if strings.Count(text, "Waiting for the rate limit") != 2 || !strings.Contains(text, `"route":"GET /room"`) {
					t.Errorf("the log tells not what is waited for:\n%s", text)
				}
				if strings.Contains(text, "v1s1t0r") {
					t.Error("the visitor's token stands in the log")
				}
			})
		})
	}
}

// A server that tells nothing before it refuses is waited for as long as it says.
func TestRefusedCallsWaitForTheReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limitedServer{limit: 1, clock: time.Hour, quiet: true, began: time.Now()}
		client := limitedClient(t, server)
		for range 3 {
			if _, err := client.GetRoom(t.Context(), token, "r"); err != nil {
				t.Fatal(err)
			}
		}
		if server.refused != 2 || len(server.at) != 5 {
			t.Errorf("%d requests, %d of them refused", len(server.at), server.refused)
		}
	})
}

// What creates waits for the server as well, and other calls do not wait for it.
func TestOpeningsWaitAndOthersDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limitedServer{limit: 5, began: time.Now()}
		client := limitedClient(t, server)
		for range 5 {
			if _, err := client.GetRoom(t.Context(), token, "r"); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		_, err := client.GetVisitor(t.Context(), "")
		wantKind(t, err, rest.Invalid)
		if _, err := client.GetVisitor(t.Context(), token); err == nil || time.Since(began) > time.Second {
			t.Errorf("after %v: %v", time.Since(began), err) // the server tells of rooms alone
		}
		_, err = client.OpenRoom(t.Context(), token, "")
		if waited := time.Since(began); waited < 55*time.Second || err == nil {
			t.Errorf("after %v: %v", waited, err)
		}
	})
}

func limitedClient(t *testing.T, transport http.RoundTripper) *Client {
	t.Helper()
	config := impatient()
	config.ServerURL, config.Transport = "http://chat.invalid", transport
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Who has no network is told so, and nothing is in doubt.
func TestServerThatIsNotThere(t *testing.T) {
	client := limitedClient(t, &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }})
	_, err := client.OpenRoom(background(t), token, "")
	wantKind(t, err, rest.Unavailable)
	if rest.IsUncertain(err) {
		t.Errorf("got %v", err)
	}
}
