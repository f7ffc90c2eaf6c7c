package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// opened counts how often a file was opened and closed.
type opened struct{ opens, closes atomic.Int32 }

type closing struct {
	io.Reader
	closes *atomic.Int32
}

func (c closing) Close() error { c.closes.Add(1); return nil }

// form is a form with a file of this content, said to be size bytes long.
func (o *opened) form(content string, size int) *Form {
	return &Form{
		Fields: map[string]string{"b": "two", "a": `"one" & ü`},
		File: File{Field: "file", Name: `a "b".txt`, ContentType: "text/plain", Size: int64(size), Open: func() (io.ReadCloser, error) {
			o.opens.Add(1)
			return closing{strings.NewReader(content), &o.closes}, nil
		}},
	}
}

// parts are the parts of a form that a server got: their names, files, types and contents.
func parts(t *testing.T, got received) []string {
	t.Helper()
	kind, boundary, found := strings.Cut(got.header.Get("Content-Type"), "; boundary=")
	if !found || kind != "multipart/form-data" {
		t.Fatalf("the content type is %q", got.header.Get("Content-Type"))
	}
	reader := multipart.NewReader(strings.NewReader(got.body), boundary)
	var parts []string
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, fmt.Sprintf("%s|%s|%s|%s", part.FormName(), part.FileName(), part.Header.Get("Content-Type"), content))
	}
}

const wantParts = `[a|||"one" & ü b|||two file|a "b".txt|text/plain|content]`

func TestFormOnTheWire(t *testing.T) {
	s := newServer(t, answer(200, "{}"))
	var file opened
	_, err := newClient(t, s.URL).Do(t.Context(), Request{
		Method: http.MethodPost, Path: "/upload", Form: file.form("content", 7), Header: http.Header{"x-visitor-token": {"v1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wantRequests(t, 1)
	got := s.received()[0]
	if text := fmt.Sprint(parts(t, got)); text != wantParts {
		t.Errorf("got  %s\nwant %s", text, wantParts)
	}
	if got.header.Get("X-Visitor-Token") != "v1" || got.header.Get("Content-Length") != fmt.Sprint(len(got.body)) || got.header.Get("Transfer-Encoding") != "" {
		t.Errorf("got headers %v for %d bytes", got.header, len(got.body))
	}
}

func TestFileWithoutATypeIsBytes(t *testing.T) {
	s := newServer(t, answer(200, "{}"))
	form := &Form{File: File{Field: "f", Name: "n", Open: func() (io.ReadCloser, error) { return http.NoBody, nil }}}
	if _, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodPost, Path: "/upload", Form: form}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(parts(t, s.received()[0])); got != "[f|n|application/octet-stream|]" {
		t.Errorf("got %s", got)
	}
}

// A form is repeated as any POST is: after a 429, not after an outage, and then whole.
func TestFormIsRepeatedWhole(t *testing.T) {
	for _, test := range []struct {
		name     string
		first    http.HandlerFunc
		requests int
		kind     Kind
	}{
		{"429", answer(429, ""), 2, Unknown},
		{"503", answer(503, ""), 1, Unavailable},
		{"cut", cut, 1, Unavailable},
		{"refused", answer(403, `{"error":"unauthorized"}`), 1, Forbidden},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, test.first, answer(200, "{}"))
			var file opened
			client := newClient(t, s.URL)
			_, err := client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/upload", Form: file.form("content", 7)})
			s.wantRequests(t, test.requests)
			for _, got := range s.received() {
				if text := fmt.Sprint(parts(t, got)); text != wantParts {
					t.Errorf("got  %s\nwant %s", text, wantParts)
				}
			}
			if test.requests == 1 && (!IsKind(err, test.kind) || IsUncertain(err) != (test.kind == Unavailable)) || test.requests == 2 && err != nil {
				t.Errorf("got %v", err)
			}
			client.CloseIdleConnections()
			s.Close() // the transport has let go of every file
			if file.opens.Load() != int32(test.requests)+1 || file.closes.Load() != file.opens.Load() {
				t.Errorf("opened %d times, closed %d times", file.opens.Load(), file.closes.Load())
			}
		})
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	gone := errors.New("no such file " + testSecret)
	long := strings.Repeat("x", 1<<20)
	for _, test := range []struct {
		name, content string
		size          int
		change        func(*File)
		want          string
	}{
		{"missing", "", 0, func(f *File) { f.Open = func() (io.ReadCloser, error) { return nil, gone } }, "no such file ***"},
		{"shorter than it was", long, len(long) + 1, func(*File) {}, "its length has changed"},
		{"longer than it was", long, len(long) - 1, func(*File) {}, "its length has changed"},
		{"broken in the middle", "", len(long), func(f *File) {
			f.Open = func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader(long[1:]), brokenReader{gone})), nil
			}
		}, "no such file ***"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, answer(200, "{}"))
			var file opened
			form := file.form(test.content, test.size)
			test.change(&form.File)
			_, err := newClient(t, s.URL).Do(t.Context(), Request{Method: http.MethodPost, Path: "/upload", Form: form, Repeatable: true})
			want := "Ethora was not asked POST /upload: the file cannot be read: " + test.want
			if !IsKind(err, Invalid) || IsUncertain(err) || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			s.Close()
			for _, got := range s.received() {
				if length := got.header.Get("Content-Length"); length == fmt.Sprint(len(got.body)) {
					t.Error("the server got a whole request")
				}
			}
		})
	}
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

func TestHeadersOfACall(t *testing.T) {
	s := newServer(t, answer(503, ""), answer(200, "{}"))
	client := newClient(t, s.URL, func(c *Config) {
		c.Authorize = func(r *http.Request) error { r.Header.Set("X-Signed", "by the client"); return nil }
	})
	header := http.Header{"x-one": {"1"}, "X-Signed": {"by the call"}, "Accept": {"text/plain"}}
	_, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x", Header: header})
	if err != nil {
		t.Fatal(err)
	}
	s.wantRequests(t, 2)
	for _, got := range s.received() {
		if got.header.Get("X-One") != "1" || got.header.Get("X-Signed") != "by the client" || got.header.Get("Accept") != "text/plain" {
			t.Errorf("got %v", got.header)
		}
	}
	if !maps.EqualFunc(header, http.Header{"x-one": {"1"}, "X-Signed": {"by the call"}, "Accept": {"text/plain"}}, func(a, b []string) bool { return a[0] == b[0] }) {
		t.Errorf("the caller's headers were changed: %v", header)
	}
	_, err = client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x", Header: http.Header{"X-Visitor-Token": {"v\n"}}, Secrets: []string{"v\n"}})
	const want = "Ethora was not asked GET /x: the header X-Visitor-Token would hold a line break or control character"
	if err == nil || err.Error() != want || !IsKind(err, Invalid) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	s.wantRequests(t, 2)
}

func TestTimeoutOfACall(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		answer(200, "{}")(w, r)
	})
	client := newClient(t, s.URL, func(c *Config) { c.Timeout, c.MaxRetries = time.Millisecond, -1 })
	if _, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x", Timeout: 10 * time.Second}); err != nil {
		t.Error(err)
	}
	_, err := client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"})
	if !errors.Is(err, ErrAttemptTimeout) {
		t.Errorf("got %v", err)
	}
}

// A credential that is the caller's and not the client's is no less a secret.
func TestSecretsOfACall(t *testing.T) {
	const token = "v1s1t0r/t0ken"
	var log bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	for _, status := range []int{200, 400} {
		s := newServer(t, answer(status, fmt.Sprintf(`{"error":"bad %s and %s","odd":%q}`, token, testSecret, token), "X-Request-Id", token))
		client := newClient(t, s.URL)
		request := Request{
			Method: http.MethodPost, Path: "/visitor/v1s1t0r%2Ft0ken", Body: map[string]string{"t": token}, Secrets: []string{token},
		}
		response, err := client.Do(ctx, request)
		if status == 200 {
			err = client.Malformed(request, response, "no visitor "+token)
		}
		e := asError(t, err)
		all := fmt.Sprintf("%v %+v", err, *e)
		wantNoSecret(t, all)
		if strings.Contains(all, "t0ken") || e.Path != "/visitor/***" {
			t.Errorf("a secret survived in %s", all)
		}
		// The next call knows nothing of it.
		if client.Redact(token) != token {
			t.Error("the client keeps the secrets of a call")
		}
	}
	if strings.Contains(log.String(), "t0ken") || !strings.Contains(log.String(), "/visitor/***") {
		t.Errorf("got log %s", log.String())
	}
}
