package rest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// cancelledOnTheWire sends a POST, cancels the caller when the handler has the request, and only
// then lets the handler go on.
func cancelledOnTheWire(t *testing.T, finish, repeatable bool, handler http.HandlerFunc, change ...func(*Config)) (Response, *server, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		handler(w, r)
	})
	response, err := newClient(t, s.URL, change...).Do(ctx, Request{
		Method: http.MethodPost, Path: "/x", Body: 1, Finish: finish, Repeatable: repeatable,
	})
	return response, s, err
}

// untilGone waits for the client to hang up.
func untilGone(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestFinishBringsTheAnswerHomeAfterCancellation(t *testing.T) {
	response, s, err := cancelledOnTheWire(t, true, false, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond) // so that the client has seen the cancellation
		answer(201, `{"_id":"a1"}`)(w, r)
	})
	if err != nil || response.Status != 201 || string(response.Body) != `{"_id":"a1"}` {
		t.Errorf("got %+v, %v", response, err)
	}
	s.wantRequests(t, 1)
}

func TestFinishReadsTheBodyAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"_id":`))
		w.(http.Flusher).Flush()
		cancel()
		time.Sleep(20 * time.Millisecond)
		_, _ = w.Write([]byte(`"a1"}`))
	})
	response, err := newClient(t, s.URL).Do(ctx, Request{Method: http.MethodPost, Path: "/x", Finish: true})
	if err != nil || string(response.Body) != `{"_id":"a1"}` {
		t.Errorf("got %q, %v", response.Body, err)
	}
}

func TestFinishOverHTTP2(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	protocol := 0
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol = r.ProtoMajor
		cancel()
		time.Sleep(20 * time.Millisecond)
		answer(201, `{"_id":"a1"}`)(w, r)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	client := newClient(t, s.URL, func(c *Config) { c.Transport = s.Client().Transport })
	response, err := client.Do(ctx, Request{Method: http.MethodPost, Path: "/x", Finish: true})
	if err != nil || string(response.Body) != `{"_id":"a1"}` || protocol != 2 {
		t.Errorf("got %q, %v over HTTP/%d", response.Body, err, protocol)
	}
}

func TestFinishOutlivesTheCallersDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		<-ctx.Done()
		answer(201, "{}")(w, r)
	})
	if _, err := newClient(t, s.URL).Do(ctx, Request{Method: http.MethodPost, Path: "/x", Finish: true}); err != nil {
		t.Errorf("got %v", err)
	}
	s.wantRequests(t, 1)
}

func TestFinishEndsWithItsBudget(t *testing.T) {
	_, s, err := cancelledOnTheWire(t, true, false, untilGone, func(c *Config) { c.FinishBudget = 20 * time.Millisecond })
	if !errors.Is(err, context.Canceled) || !IsKind(err, Unavailable) || !IsUncertain(err) {
		t.Errorf("got %v", err)
	}
	s.wantRequests(t, 1)
}

func TestFinishTellsARefusalAfterCancellation(t *testing.T) {
	_, s, err := cancelledOnTheWire(t, true, false, answer(422, `{"error":"already exists"}`))
	if !IsKind(err, Invalid) || IsUncertain(err) || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.wantRequests(t, 1)
}

func TestFinishDoesNotRepeatAfterCancellation(t *testing.T) {
	_, s, err := cancelledOnTheWire(t, true, true, answer(503, "", "Retry-After", "100"))
	e := asError(t, err)
	if !errors.Is(err, context.Canceled) || e.Status != 503 || !e.Uncertain || !strings.Contains(err.Error(), "stopped before it was sent again") {
		t.Errorf("got %v", err)
	}
	s.wantRequests(t, 1)
}

func TestWithoutFinishCancellationHangsUp(t *testing.T) {
	_, s, err := cancelledOnTheWire(t, false, false, untilGone)
	const want = "Ethora did not answer POST /x: stopped while waiting for the answer: context canceled; " +
		"the request may have been carried out all the same"
	if !errors.Is(err, context.Canceled) || !IsUncertain(err) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	s.wantRequests(t, 1)
}

func TestCancelledBeforeIsNotSent(t *testing.T) {
	s := newServer(t, answer(200, "{}"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, finish := range []bool{false, true} {
		_, err := newClient(t, s.URL).Do(ctx, Request{Method: http.MethodPost, Path: "/x", Finish: finish})
		if !errors.Is(err, context.Canceled) || !IsKind(err, Unavailable) || IsUncertain(err) {
			t.Errorf("finish %v: got %v", finish, err)
		}
	}
	s.wantRequests(t, 0)
}

func TestCancelledWhileDiallingIsNotSent(t *testing.T) {
	for _, finish := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		dials := 0
		client := newClient(t, "http://ethora.invalid", func(c *Config) {
			c.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				dials++
				cancel()
				<-ctx.Done()
				return nil, ctx.Err()
			}}
		})
		_, err := client.Do(ctx, Request{Method: http.MethodPost, Path: "/x", Finish: finish})
		if !errors.Is(err, context.Canceled) || IsUncertain(err) || dials != 1 {
			t.Errorf("finish %v: got %v after %d dials", finish, err, dials)
		}
	}
}

func TestCancelledWhileQueuedForAConnectionIsNotSent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	arrived, release := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
		answer(200, "{}")(w, r)
	})
	client := newClient(t, s.URL, func(c *Config) { c.Transport = &http.Transport{MaxConnsPerHost: 1} })
	first := make(chan error)
	go func() {
		_, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/first"})
		first <- err
	}()
	<-arrived
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := client.Do(ctx, Request{Method: http.MethodPost, Path: "/second", Finish: true})
	if !errors.Is(err, context.Canceled) || IsUncertain(err) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the first call: got %v", err)
	}
	s.wantRequests(t, 1)
}

func TestCancellationEndsTheWaitAtOnce(t *testing.T) {
	for _, finish := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan struct{})
		s := newServer(t, answer(429, "", "X-Reset", "1"))
		client := newClient(t, s.URL, func(c *Config) {
			c.RetryAfter = func(http.Header) time.Duration { close(waiting); return time.Minute }
		})
		go func() {
			<-waiting
			time.Sleep(20 * time.Millisecond) // the wait is chosen, and now it has begun
			cancel()
		}()
		_, err := client.Do(ctx, Request{Method: http.MethodGet, Path: "/x", Finish: finish})
		const want = "Ethora refused GET /x: too many requests; stopped before it was sent again: context canceled (429)"
		if !errors.Is(err, context.Canceled) || !IsKind(err, RateLimited) || err.Error() != want {
			t.Errorf("finish %v:\ngot  %v\nwant %s", finish, err, want)
		}
		s.wantRequests(t, 1)
	}
}

func TestCancellationKeepsTheNetworkErrorBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newClient(t, "http://ethora.invalid", func(c *Config) {
		c.RetryWaitMin = time.Minute
		c.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			time.AfterFunc(20*time.Millisecond, cancel)
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route")}
		}}
	})
	_, err := client.Do(ctx, Request{Method: http.MethodGet, Path: "/x"})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "no route") {
		t.Errorf("got %v", err)
	}
}
