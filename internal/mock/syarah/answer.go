package syarah

import (
	"encoding/json"
	"net/http"
)

// An answer is what a call returns. A failure has a message, a success a body.
type answer struct {
	status  int
	message string
	body    any
}

// undefined is the body of an answer without anything to tell, and of an ack
// without arguments. It is written as in JavaScript, which is no JSON.
type undefined struct{}

const noArguments = "undefined"

func ok(body any) *answer { return &answer{status: http.StatusOK, body: body} }

func nothing() *answer { return ok(undefined{}) }

func failure(status int, message string) *answer { return &answer{status: status, message: message} }

// invalid is the answer to a call that breaks a rule.
func invalid(message string) *answer { return failure(http.StatusBadRequest, message) }

// writeREST sends the answer of a REST call in the shapes that the settings ask
// for (§3).
func (s Settings) writeREST(w http.ResponseWriter, a *answer) {
	body := map[string]any{"success": a.message == "", "data": a.body, "message": nil}
	status := a.status
	switch {
	case a.message == "":
	case s.RestErrors == "abp":
		body = map[string]any{"error": map[string]any{"code": nil, "message": a.message, "details": nil}}
	default:
		body["message"] = a.message
		if s.RestErrors == "200" {
			status = http.StatusOK
		}
	}
	writeJSON(w, status, body)
}

// writeEvent sends the answer of an event to the reply that waits for it.
func writeEvent(w http.ResponseWriter, a *answer) {
	switch {
	case a.message != "":
		writeJSON(w, a.status, map[string]any{"error": a.message})
	case a.body == undefined{}:
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(noArguments))
	default:
		writeJSON(w, a.status, a.body)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
