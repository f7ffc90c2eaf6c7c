package oichat

import (
	"encoding/json"
	"net/http"
)

// An answer is what a vendor call returns. A failure has a code and a message,
// a success a body or nothing.
type answer struct {
	status        int
	body          any // JSON; nil: none
	code, message string
	header        map[string]string
	replay        []byte // the rendered body of an earlier answer, instead of all this
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// failure is an error: 4xx has a machine code and a message [seed], their
// places are [assumed].
func failure(status int, code, message string) answer {
	return answer{status: status, code: code, message: message}
}

// invalid is the answer to a request that breaks a rule (§5).
func invalid(message string) *answer {
	refused := failure(http.StatusBadRequest, "INVALID_REQUEST", message)
	return &refused
}

// created is the answer of a creation.
func (c *call) created(body any) answer { return answer{status: c.settings.CreateStatus, body: body} }

// nothing is the answer of a call that has nothing to tell.
func (c *call) nothing() answer {
	switch c.settings.EmptyAnswer {
	case "200":
		return answer{status: http.StatusOK, replay: []byte(`{"success":true}` + "\n")}
	case "200 empty":
		return answer{status: http.StatusOK}
	}
	return answer{status: http.StatusNoContent}
}

// write sends the answer in the shapes that the settings ask for.
func (a answer) write(w http.ResponseWriter, settings Settings) {
	for key, value := range a.header {
		w.Header().Set(key, value)
	}
	body := a.render(settings)
	switch {
	case a.code != "" && settings.ErrorShape == "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	case len(body) > 0:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

// render returns the body as it goes over the wire.
func (a answer) render(settings Settings) []byte {
	switch {
	case a.replay != nil:
		return a.replay
	case a.code != "" && settings.ErrorShape == "text":
		return []byte(a.message)
	case a.code != "" && settings.ErrorShape == "":
		return encode(map[string]any{"error": map[string]string{"code": a.code, "message": a.message}})
	case a.code != "":
		return encode(map[string]string{settings.ErrorShape: a.code, "message": a.message})
	case a.body == nil:
		return nil
	case settings.Envelope == "success":
		return encode(map[string]any{"success": true, "data": a.body})
	}
	return encode(a.body)
}

// encode renders what came from JSON or consists of strings, which cannot fail.
func encode(value any) []byte {
	raw, _ := json.Marshal(value)
	return append(raw, '\n')
}
