package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Hidden stands in the request log where a secret was.
const Hidden = "<hidden>"

// A Request is one entry of the request log.
type Request struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`  // as sent, percent-encoding included
	Query   string            `json:"query"` // as sent, without the question mark
	Status  int               `json:"status"`
	Body    any               `json:"body"`    // parsed JSON, nil without a body; passwords and secrets are Hidden
	Headers map[string]string `json:"headers"` // credentials are Hidden, their scheme is kept
	At      time.Time         `json:"at"`
	Outcome string            `json:"outcome,omitempty"` // why there was no answer; then Status is 0
}

// requestLog holds requests in the order of their arrival.
type requestLog struct {
	mutex   sync.Mutex
	entries []*Request
}

// begin logs a request on its arrival. Status is 0 until finish.
func (l *requestLog) begin(r *http.Request, at time.Time) *Request {
	body, err := io.ReadAll(r.Body)
	r.Body = &replay{Reader: bytes.NewReader(body), err: err}
	entry := &Request{
		Method:  r.Method,
		Path:    r.URL.EscapedPath(),
		Query:   r.URL.RawQuery,
		Body:    loggedBody(body),
		Headers: loggedHeaders(r.Header),
		At:      at,
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.entries = append(l.entries, entry)
	return entry
}

// A replay gives a body that was read once to its second reader, and the
// error that ended the first reading.
type replay struct {
	*bytes.Reader
	err error
}

// Read gives the body, then the error.
func (p *replay) Read(into []byte) (int, error) {
	n, err := p.Reader.Read(into)
	if err == io.EOF && p.err != nil {
		return n, p.err
	}
	return n, err
}

// Close does nothing: the body was read to its end.
func (p *replay) Close() error { return nil }

func (l *requestLog) finish(entry *Request, status int, outcome string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	entry.Status, entry.Outcome = status, outcome
}

func (l *requestLog) list() []Request {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	copies := make([]Request, len(l.entries))
	for i, entry := range l.entries {
		copies[i] = *entry
	}
	return copies
}

func (l *requestLog) clear() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.entries = nil
}

func loggedBody(body []byte) any {
	if len(body) == 0 {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		// What cannot be parsed cannot be searched for passwords either.
		return fmt.Sprintf("<%d bytes that are not JSON>", len(body))
	}
	return hideSecrets(value)
}

// hideSecrets replaces the values of secret keys, at any depth.
func hideSecrets(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if isSecret(key) {
				value[key] = Hidden
				continue
			}
			value[key] = hideSecrets(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = hideSecrets(inner)
		}
	}
	return value
}

func isSecret(key string) bool {
	key = strings.ToLower(key)
	return strings.Contains(key, "password") || strings.Contains(key, "secret") || strings.HasSuffix(key, "token")
}

// credentialHeaders are never logged with their value.
var credentialHeaders = []string{"Authorization", "Proxy-Authorization", "X-Custom-Token", "Cookie", "X-Auth-Token"}

func loggedHeaders(header http.Header) map[string]string {
	logged := make(map[string]string, len(header))
	for key, values := range header {
		value := strings.Join(values, ", ")
		if slices.Contains(credentialHeaders, key) {
			value = hideCredential(value)
		}
		logged[key] = value
	}
	return logged
}

// hideCredential keeps the scheme: "Bearer abc" becomes "Bearer <hidden>".
func hideCredential(value string) string {
	for _, scheme := range []string{"Bearer", "JWT", "Basic"} {
		if strings.HasPrefix(value, scheme+" ") {
			return scheme + " " + Hidden
		}
	}
	return Hidden
}
