package rest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A GET that writes is treated as the POST that it should have been.
func TestWritingGETIsNotRepeatedBlindly(t *testing.T) {
	for _, test := range []struct {
		name       string
		repeatable bool
		first      http.HandlerFunc // the answer that a good one would follow
		requests   int              // 2: it was sent again and succeeded
		kind       Kind             // of the error when it was not
		uncertain  bool
	}{
		{"429", false, answer(429, ""), 2, 0, false},
		{"502", false, answer(502, ""), 1, Unavailable, true},
		{"503", false, answer(503, ""), 1, Unavailable, true},
		{"524", false, answer(524, ""), 1, Unavailable, true},
		{"cut", false, cut, 1, Unavailable, true},
		{"cut inside the answer", false, cutInside(200), 1, Unavailable, true},
		{"cut inside a refusal", false, cutInside(400), 1, Invalid, false},
		{"500", false, answer(500, ""), 1, Unknown, false},
		{"400", false, answer(400, ""), 1, Invalid, false},
		{"repeatable, 503", true, answer(503, ""), 2, 0, false},
		{"repeatable, cut", true, cut, 2, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, test.first, answer(200, "{}"))
			_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodGet, Path: "/room", Writes: true, Repeatable: test.repeatable})
			s.wantRequests(t, test.requests)
			if test.requests == 2 {
				if err != nil {
					t.Errorf("got %v, want success", err)
				}
				return
			}
			e := asError(t, err)
			if e.Kind != test.kind || e.Uncertain != test.uncertain ||
				strings.HasSuffix(err.Error(), "; the request may have been carried out all the same") != test.uncertain {
				t.Errorf("got kind %v, uncertain %v (%v)", e.Kind, e.Uncertain, err)
			}
		})
	}
}

func TestWritingGETLooksLikeAnyGET(t *testing.T) {
	s := newServer(t, answer(200, "<html>"))
	client := newClient(t, s.URL)
	request := Request{Method: http.MethodGet, Path: "/room", Writes: true}
	response, err := client.Do(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	got := s.received()[0]
	if got.method != "GET" || got.uri != "/room" || got.body != "" || got.header.Get("Content-Length") != "" || got.header.Get("Transfer-Encoding") != "" {
		t.Errorf("got %+v", got)
	}
	if err := client.Malformed(request, response, "no room"); !err.Uncertain {
		t.Errorf("got %v, which the server may have carried out", err)
	}
}

func TestWritingGETOverHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 || r.ContentLength > 0 {
			t.Errorf("got HTTP/%d with %d bytes", r.ProtoMajor, r.ContentLength)
		}
		answer(200, "{}")(w, r)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	client := newClient(t, s.URL, func(c *Config) { c.Transport = s.Client().Transport })
	if _, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/room", Writes: true}); err != nil {
		t.Error(err)
	}
}

// net/http sends a GET again without asking when a connection that it had used before breaks.
func TestTransportDoesNotRepeatAWritingGET(t *testing.T) {
	for _, writes := range []bool{false, true} {
		s := newServer(t, answer(200, "{}"), cut, answer(200, "{}"))
		client := newClient(t, s.URL, func(c *Config) { c.MaxRetries = -1 })
		if err := get(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		_, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/room", Writes: writes})
		if writes != IsUncertain(err) {
			t.Errorf("writes %v: got %v", writes, err)
		}
		want := 3
		if writes {
			want = 2
		}
		s.wantRequests(t, want)
	}
}

func TestWritingGETIsRepeatedWhenItWasNotSent(t *testing.T) {
	var dials atomic.Int32
	s := newServer(t, answer(200, "{}"))
	client := newClient(t, s.URL, func(c *Config) {
		c.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) == 1 {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: net.ErrClosed}
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}}
	})
	if _, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/room", Writes: true}); err != nil {
		t.Error(err)
	}
	s.wantRequests(t, 1)
}
