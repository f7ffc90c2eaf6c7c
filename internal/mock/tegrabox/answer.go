package tegrabox

import (
	"encoding/json"
	"net/http"
)

// An answer is what a vendor call returns. A failure has a message, a success a
// body or nothing.
type answer struct {
	status  int
	body    any
	message string
	header  map[string]string
}

func ok(body any) *answer { return &answer{status: http.StatusOK, body: body} }

func failure(status int, message string) *answer { return &answer{status: status, message: message} }

// invalid is the answer to a request that breaks a rule: ValidationError (§2).
func invalid(message string) *answer { return failure(http.StatusBadRequest, message) }

func (c *call) created(body any) *answer {
	return &answer{status: c.settings.CreateStatus, body: body}
}

// nothing is the answer of a call that has nothing to tell.
func (c *call) nothing() *answer {
	if c.settings.EmptyAnswer == "204" {
		return &answer{status: http.StatusNoContent}
	}
	return &answer{status: http.StatusOK}
}

// write sends the answer in the shapes that the settings ask for.
func (s Settings) write(w http.ResponseWriter, a *answer) {
	for key, value := range a.header {
		w.Header().Set(key, value)
	}
	if a.message != "" && s.ErrorShape == "text" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.message))
		return
	}
	body := s.shape(a)
	if body != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(a.status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}

// shape returns what is sent as JSON, nil for nothing.
func (s Settings) shape(a *answer) any {
	switch {
	case a.message != "":
		return s.failureBody(a)
	case a.status == http.StatusNoContent, a.body == nil && s.EmptyAnswer == "200 empty":
		return nil
	case a.body == nil:
		return map[string]any{"success": true}
	case s.Envelope == "data":
		return map[string]any{"data": a.body}
	case s.Envelope == "success":
		return map[string]any{"success": true, "data": a.body}
	}
	return a.body
}

func (s Settings) failureBody(a *answer) any {
	switch s.ErrorShape {
	case "none":
		return nil
	case "message":
		return map[string]any{"message": a.message}
	case "error":
		return map[string]any{"error": a.message}
	case "nested":
		return map[string]any{"error": map[string]any{"message": a.message}}
	}
	return map[string]any{"error": http.StatusText(a.status), "message": a.message, "statusCode": a.status}
}
