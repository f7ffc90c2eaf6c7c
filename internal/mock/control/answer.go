package control

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// An answer is a response held back until it is known whether it will be sent.
type answer struct {
	header http.Header
	status int
	body   []byte
}

func newAnswer() *answer {
	return &answer{header: http.Header{}, status: http.StatusOK}
}

func jsonAnswer(status int, value any) *answer {
	result := newAnswer()
	result.status = status
	result.header.Set("Content-Type", "application/json; charset=utf-8")
	if err := encode(result, value); err != nil {
		result.status = http.StatusInternalServerError
		_ = encode(result, errorBody(err))
	}
	return result
}

// encode writes JSON that a reader of logs can read: "<", not "\u003c".
func encode(into io.Writer, value any) error {
	encoder := json.NewEncoder(into)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// Header is for the backend to fill: an answer is an http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sets the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write appends to the body. It never fails.
func (a *answer) Write(data []byte) (int, error) {
	a.body = append(a.body, data...)
	return len(data), nil
}

// send writes the answer out. A caller who left is not an error here.
func (a *answer) send(w http.ResponseWriter) {
	for key, values := range a.header {
		w.Header()[key] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// wait sleeps, and reports false when the caller left meanwhile.
func wait(r *http.Request, duration time.Duration) bool {
	if duration <= 0 {
		return true
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 connections cannot be taken over; this aborts the stream.
		panic(http.ErrAbortHandler)
	}
	_ = connection.Close()
}
