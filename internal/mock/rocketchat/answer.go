package rocketchat

import (
	"encoding/json"
	"net/http"
)

// An answer is what a vendor call returns: a status and a JSON object.
type answer struct {
	status int
	body   map[string]any
}

// ok adds "success" to what a call has to tell. Every success has status 200 (§1).
func ok(body map[string]any) *answer {
	if body == nil {
		body = map[string]any{}
	}
	body["success"] = true
	return &answer{http.StatusOK, body}
}

// failure is what a handler answers that threw a plain error (§1).
func failure(text string) *answer {
	return &answer{http.StatusBadRequest, map[string]any{"success": false, "error": text}}
}

// refusal is what a handler answers that threw a code, with a reason or
// without (§1).
func refusal(code, reason string) *answer {
	text := "[" + code + "]"
	if reason != "" {
		text = reason + " " + text
	}
	refused := failure(text)
	refused.body["errorType"] = code
	return refused
}

// silent is a failure without any text (§1).
func silent() *answer {
	return &answer{http.StatusBadRequest, map[string]any{"success": false}}
}

// because is a failure whose argument was an object (§1, uploads).
func because(reason string) *answer {
	refused := silent()
	refused.body["reason"] = reason
	return refused
}

// with sets the status.
func (a *answer) with(status int) *answer {
	a.status = status
	return a
}

// The refusals that most handlers share.
func invalidToken() *answer { return failure("invalid-token") }
func invalidRoom() *answer  { return failure("invalid-room") }

// write sends the answer with the headers that the server sends with each (§1).
func (a *answer) write(w http.ResponseWriter, header http.Header) {
	for key, values := range header {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(a.status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(a.body)
}
