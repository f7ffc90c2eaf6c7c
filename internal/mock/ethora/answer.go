package ethora

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
)

// An answer is what a vendor call returns: JSON, or HTML from the router.
type answer struct {
	status int
	body   any
	page   string // HTML; then body is nil
	header map[string]string
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// failure is the error body of ethora-api.md §3.1. The requestId is added when
// the answer is written.
func failure(status int, code, text string) answer {
	body := map[string]any{"success": false, "error": text}
	if code != "" {
		body["code"] = code
	}
	return answer{status: status, body: body}
}

// invalid is the answer to a body that the validator refused.
func invalid(p *problem) answer {
	return answer{status: http.StatusUnprocessableEntity, body: map[string]any{
		"success": false,
		"error":   p.Error(),
		"code":    "VALIDATION_ERROR",
		"details": map[string]string{p.label: p.Error()},
	}}
}

// cannot is how Express answers a route it does not have.
func cannot(method, path string) answer {
	line := html.EscapeString(fmt.Sprintf("Cannot %s %s", method, path))
	page := "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n" +
		"<body>\n<pre>" + line + "</pre>\n</body>\n</html>\n"
	return answer{status: http.StatusNotFound, page: page}
}

// write sends the answer. The request id stands in the header, and in the body
// of errors.
func (a answer) write(w http.ResponseWriter, requestID string) {
	w.Header().Set("X-Request-Id", requestID)
	for key, value := range a.header {
		w.Header().Set(key, value)
	}
	if a.page != "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.page))
		return
	}
	if body, isMap := a.body.(map[string]any); isMap && a.status >= 400 {
		body["requestId"] = requestID
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(a.body)
}

// A kind names an object and its plural in envelopes.
type kind struct{ one, many string }

var (
	appKind   = kind{"app", "apps"}
	userKind  = kind{"user", "users"}
	chatKind  = kind{"chat", "chats"}
	tokenKind = kind{"token", "tokens"}
	botKind   = kind{"bot", "bots"}
)

// object puts one object into its envelope. The canonical envelope is used
// unless the settings ask for another.
func (s Settings) object(k kind, canonical string, value any) any {
	style := s.ObjectEnvelope
	if style == "" {
		style = canonical
	}
	switch style {
	case "result":
		return map[string]any{"result": value}
	case "result.named":
		return map[string]any{"result": map[string]any{k.one: value}}
	case "data":
		return map[string]any{"data": value}
	case "data.named":
		return map[string]any{"data": map[string]any{k.one: value}}
	case "list":
		return map[string]any{k.many: []any{value}, "total": 1, "limit": 1, "offset": 0}
	case "root":
		return value
	default:
		return map[string]any{k.one: value}
	}
}

// A page is a part of a list.
type page struct {
	rows                 []any
	total, limit, offset int
}

// list puts a page into its envelope, as object does.
func (s Settings) list(k kind, canonical string, p page) any {
	style := s.ListEnvelope
	if style == "" {
		style = canonical
	}
	key := k.many
	switch style {
	case "array":
		return p.rows
	case "items", "data.items":
		key = "items"
	case "results":
		key = "results"
	}
	body := map[string]any{key: p.rows, "total": p.total, "limit": p.limit, "offset": p.offset}
	if style == "data.items" {
		return map[string]any{"data": body}
	}
	return body
}
