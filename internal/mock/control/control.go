// Package control is what the mocks of all chat systems share: the request
// log, the fault plan, latency, persistence, and the control API under
// /_mock/. A system brings its business rules as a Backend.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// prefix separates the control API from the vendor's paths.
const prefix = "/_mock/"

// maxControlBody bounds what a control call may send, in bytes.
const maxControlBody = 8 << 20

// A Backend is the in-memory server of one chat system. Its methods are
// called from many goroutines at once.
type Backend interface {
	// ServeHTTP answers a vendor call, authentication included.
	http.Handler
	// Operate answers a vendor call without authentication, as the vendor's
	// own operator would.
	Operate(http.ResponseWriter, *http.Request)
	// Reset goes back to the seeded data and to the default settings.
	Reset()
	// State is everything held, without secrets, ready for json.Marshal.
	State() any
	// ApplySettings replaces the settings. Unknown keys are an error.
	ApplySettings(json.RawMessage) error
	// Calls are the backend's own control calls, by "METHOD /_mock/path".
	Calls() map[string]Call
	// Revision grows with each change of the data.
	Revision() uint64
	// Export renders the data for Import.
	Export() ([]byte, error)
	// Import replaces the data. On an error nothing has changed.
	Import([]byte) error
}

// A Call is one control call: it gets the request body and returns what is
// answered as JSON. An error is answered with status 400.
type Call func(body json.RawMessage) (any, error)

// A Server wraps a Backend with the request log, the faults and the control
// API. Create one with New.
type Server struct {
	backend Backend
	now     func() time.Time
	calls   map[string]Call
	log     requestLog
	edits   requestLog
	faults  faults
	store   store

	mutex   sync.Mutex
	latency time.Duration
}

// A DelayNotifier is a ResponseWriter that is told when the call is about to be
// delayed. A socket whose calls are processed in their order lets the next one
// pass then.
type DelayNotifier interface{ NotifyDelay() }

// New returns a server around the backend. The clock fills the "at" of the
// request log.
func New(backend Backend, now func() time.Time) *Server {
	s := &Server{backend: backend, now: now}
	s.calls = map[string]Call{
		"GET /_mock/requests":    func(json.RawMessage) (any, error) { return s.Requests(), nil },
		"DELETE /_mock/requests": s.command(s.ResetRequests),
		"GET /_mock/edits":       func(json.RawMessage) (any, error) { return s.Edits(), nil },
		"POST /_mock/reset":      s.command(s.Reset),
		"GET /_mock/state":       func(json.RawMessage) (any, error) { return backend.State(), nil },
		"PUT /_mock/faults":      s.putFaults,
		"PUT /_mock/settings":    s.putSettings,
	}
	for pattern, call := range backend.Calls() {
		s.calls[pattern] = call
	}
	return s
}

// Requests returns the request log, oldest first.
func (s *Server) Requests() []Request { return s.log.list() }

// ResetRequests empties the request log.
func (s *Server) ResetRequests() { s.log.clear() }

// Edits returns the calls made through POST /_mock/edit, oldest first.
func (s *Server) Edits() []Request { return s.edits.list() }

// SetFaults replaces the fault plan. The zero plan has no faults.
func (s *Server) SetFaults(plan FaultPlan) error { return s.faults.replace(plan) }

// SetLatency delays every vendor call, in addition to the fault plan.
func (s *Server) SetLatency(latency time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.latency = latency
}

// State returns everything the backend holds, without secrets.
func (s *Server) State() any { return s.backend.State() }

// Reset makes the server as new: seeded data, default settings, no faults, an
// empty request log.
func (s *Server) Reset() {
	s.backend.Reset()
	s.faults.clear()
	s.log.clear()
	s.edits.clear()
}

// Keep loads the data from the file, if it exists, and from now on writes the
// file after each change, before the change is answered. A file that cannot be
// read or understood is an error, and is left as it is.
func (s *Server) Keep(path string) error {
	return s.store.open(path, s.backend)
}

// ServeHTTP answers control calls under /_mock/ and gives everything else to
// the backend.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, prefix) {
		s.serveControl(w, r)
		return
	}
	s.serveVendor(w, r)
}

// serveVendor runs one vendor call through the log, the faults and the store.
func (s *Server) serveVendor(w http.ResponseWriter, r *http.Request) {
	entry := s.log.begin(r, s.now())
	fault := s.faults.next(r)
	delay := s.baseLatency() + fault.latency
	if notifier, wants := w.(DelayNotifier); wants && delay > 0 {
		notifier.NotifyDelay()
	}
	if !wait(r, delay) {
		s.log.finish(entry, 0, "the caller left before the answer")
		return
	}
	if fault.dropBefore() {
		s.log.finish(entry, 0, "dropped before the call was processed")
		cut(w)
		return
	}
	answer := fault.invented()
	if answer == nil {
		answer = s.commit(r)
		fault.alter(answer)
	}
	if fault.dropAfter() {
		s.log.finish(entry, 0, "dropped after the call was processed")
		cut(w)
		return
	}
	s.log.finish(entry, answer.status, "")
	answer.send(w)
}

// commit runs the backend and keeps its data before anyone hears of it, so
// that an answered change is never lost.
func (s *Server) commit(r *http.Request) *answer {
	result := newAnswer()
	s.backend.ServeHTTP(result, r)
	if err := s.store.save(s.backend); err != nil {
		return jsonAnswer(http.StatusInternalServerError, errorBody(err))
	}
	return result
}

func (s *Server) baseLatency() time.Duration {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.latency
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBody))
	if err != nil {
		jsonAnswer(http.StatusBadRequest, errorBody(fmt.Errorf("reading the control call: %w", err))).send(w)
		return
	}
	if r.Method == http.MethodPost && r.URL.Path == prefix+"edit" {
		s.edit(r, body).send(w)
		return
	}
	call, status := s.find(r)
	if call == nil {
		err := fmt.Errorf("the mock has no control call %s %s", r.Method, r.URL.Path)
		jsonAnswer(status, errorBody(err)).send(w)
		return
	}
	result, err := call(body)
	if err != nil {
		jsonAnswer(http.StatusBadRequest, errorBody(err)).send(w)
		return
	}
	if err := s.store.save(s.backend); err != nil {
		jsonAnswer(http.StatusInternalServerError, errorBody(err)).send(w)
		return
	}
	jsonAnswer(http.StatusOK, result).send(w)
}

// find returns the control call, or the status that says why there is none.
func (s *Server) find(r *http.Request) (Call, int) {
	if call, ok := s.calls[r.Method+" "+r.URL.Path]; ok {
		return call, 0
	}
	for pattern := range s.calls {
		if _, path, _ := strings.Cut(pattern, " "); path == r.URL.Path {
			return nil, http.StatusMethodNotAllowed
		}
	}
	return nil, http.StatusNotFound
}

// An editCall is the body of POST /_mock/edit.
type editCall struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"`
}

// edit answers what the vendor would answer its operator.
func (s *Server) edit(r *http.Request, body []byte) *answer {
	var call editCall
	if err := Decode(body, &call); err != nil {
		return jsonAnswer(http.StatusBadRequest, errorBody(err))
	}
	result, err := s.operate(r.Context(), call)
	if err != nil {
		return jsonAnswer(http.StatusBadRequest, errorBody(err))
	}
	return result
}

// Edit runs a vendor call as the operator: without a token, a fault, or an
// entry in the request log. It returns the status and the body of the answer.
// A nil body sends none.
func (s *Server) Edit(method, path string, body any) (int, []byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil, fmt.Errorf("the body of the edit cannot be JSON: %w", err)
	}
	result, err := s.operate(context.Background(), editCall{Method: method, Path: path, Body: raw})
	if err != nil {
		return 0, nil, err
	}
	return result.status, result.body, nil
}

func (s *Server) operate(ctx context.Context, call editCall) (*answer, error) {
	if string(call.Body) == "null" {
		call.Body = nil
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, call.Path, bytes.NewReader(call.Body))
	if err != nil || call.Method == "" || !strings.HasPrefix(call.Path, "/") {
		return nil, fmt.Errorf("the edit needs a method and a path that starts with a slash, got %q %q", call.Method, call.Path)
	}
	if len(call.Body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	entry := s.edits.begin(r, s.now())
	result := newAnswer()
	s.backend.Operate(result, r)
	if err := s.store.save(s.backend); err != nil {
		result = jsonAnswer(http.StatusInternalServerError, errorBody(err))
	}
	s.edits.finish(entry, result.status, "")
	return result, nil
}

func (s *Server) putFaults(body json.RawMessage) (any, error) {
	var plan FaultPlan
	if err := Decode(body, &plan); err != nil {
		return nil, err
	}
	return done, s.SetFaults(plan)
}

func (s *Server) putSettings(body json.RawMessage) (any, error) {
	return done, s.backend.ApplySettings(body)
}

// done is the answer of control calls that have nothing to tell.
var done = map[string]bool{"ok": true}

func (s *Server) command(run func()) Call {
	return func(json.RawMessage) (any, error) {
		run()
		return done, nil
	}
}

// Decode reads one JSON value strictly: no unknown keys, nothing behind it.
func Decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("the JSON of the control call is not as documented: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the JSON of the control call is followed by something else")
	}
	return nil
}

func errorBody(err error) map[string]string { return map[string]string{"error": err.Error()} }
