package acctest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// Mock is what tests do with the mock of any system. It listens on loopback.
type Mock struct {
	URL    string
	server server
}

// server is the mock of a system.
type server interface {
	http.Handler
	Requests() []control.Request
	SetFaults(control.FaultPlan) error
}

// listen serves a mock for the duration of the test.
func listen(t *testing.T, server server) Mock {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return Mock{URL: listener.URL, server: server}
}

// Faults replaces the mock's fault plan.
func (m *Mock) Faults(t *testing.T, rules ...control.FaultRule) {
	t.Helper()
	if err := m.server.SetFaults(control.FaultPlan{Rules: rules}); err != nil {
		t.Fatal(err)
	}
}

// Count is how often a call was made: method, and path as a regular expression.
func (m *Mock) Count(method, path string) int {
	pattern := regexp.MustCompile(path)
	count := 0
	for _, request := range m.server.Requests() {
		if request.Method == method && pattern.MatchString(request.Path) {
			count++
		}
	}
	return count
}

// Edit changes the tenant behind Terraform's back, as another operator would,
// and returns the answer.
func (m *Mock) Edit(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	call, err := json.Marshal(map[string]any{"method": method, "path": path, "body": body})
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), "POST", "/_mock/edit", bytes.NewReader(call))
	m.server.ServeHTTP(recorder, request)
	if recorder.Code >= 300 {
		t.Fatalf("%s %s behind Terraform's back: %d %s", method, path, recorder.Code, recorder.Body)
	}
	var answer map[string]any
	_ = json.Unmarshal(recorder.Body.Bytes(), &answer) // not every answer is an object
	return answer
}
