package rocketchat

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// bodies are seeds of the fuzz tests.
var bodies = []string{
	``, `null`, `7`, `"x"`, `[]`, `{}`, `<html>`, "\xef\xbb\xbf{}", `{"success":false}`, `{"success":true}`, `{"success":"maybe"}`,
	`{"visitor":{"_id":1e999,"phone":{"phoneNumber":1},"visitorEmails":[null,{"address":["x"]}],"livechatData":[1]}}`,
	`{"room":{"_id":"r","v":[],"servedBy":"x","msgs":1.5,"ts":{"$date":1699999999999},"open":null},"newRoom":"yes"}`,
	`{"config":{"enabled":"x","survey":{"items":[1,null,{}]},"departments":{"a":1},"triggers":{}}}`,
	`{"departments":[{"_id":"d","agents":[[]]}],"total":-1,"count":"x"}`, `{"customFields":[{"_id":"a"},{"_id":"a"}],"total":9}`,
	`{"success":false,"error":{"message":"x"},"errorType":7}`, `{"success":false,"error":"[]"}`, `{"success":false,"error":"a [b"}`,
	`{"success":false,"error":"Match error: Missing key '' in field x [x-y]","errorType":"invalid-token"}`,
}

// always answers every request with the same.
type always struct {
	status int
	body   string
}

func (a always) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

// Whatever a server answers, no operation panics, goes on for ever, or takes
// nothing for something.
func FuzzAnswers(f *testing.F) {
	operations := operations()
	for which, op := range operations {
		for _, body := range append(bodies, op.answer) {
			f.Add(uint8(which), 200, body)
		}
		f.Add(uint8(which), 400, `{"success":false,"error":"`+op.refusal+`"}`)
	}
	f.Fuzz(func(t *testing.T, which uint8, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		config := impatient()
		config.ServerURL, config.Transport = "http://chat.invalid", always{status, body}
		config.MaxRetries, config.RateLimitPatience = -1, -1
		client, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		op := operations[int(which)%len(operations)]
		got, err := op.do(t.Context(), client)
		if err == nil && lacksID(got) {
			t.Errorf("%s: %+v without an id", op.name, got)
		}
		if err != nil && holdsToken(body) == "" && holdsToken(shown(err)) != "" {
			t.Errorf("%s: a token is shown in %v", op.name, err)
		}
	})
}

func lacksID(got any) bool {
	switch got := got.(type) {
	case Visitor:
		return got.ID == ""
	case Room:
		return got.ID == ""
	case OpenedRoom:
		return got.ID == ""
	case Message:
		return got.ID == ""
	case Department:
		return got.ID == ""
	case CustomField:
		return got.Field == ""
	case Agent:
		return got.ID == "" && !got.Hidden
	}
	return false
}

func FuzzClassify(f *testing.F) {
	for _, body := range bodies {
		f.Add(400, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := rest.Error{Kind: rest.Forbidden}
		classify(status, http.Header{}, body, &e)
		if e.Kind == rest.NotFound && status != http.StatusBadRequest {
			t.Errorf("status %d is read as not found", status)
		}
		if e.Kind == rest.NotFound && meaningOf(e.Code, "").kind != rest.NotFound && meaningOf("", e.Message).kind != rest.NotFound {
			t.Errorf("%q is read as not found", body)
		}
	})
}

func FuzzRateLimit(f *testing.F) {
	f.Add("4", "1795244400000", "Sat, 21 Nov 2026 12:00:00 GMT")
	f.Add("Infinity", "soon", "")
	f.Add("-1", "9223372036854775807", "x")
	f.Fuzz(func(t *testing.T, remaining, reset, date string) {
		header := http.Header{"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}, "Date": {date}}
		if _, wait, _ := quotaOf(header); wait < 0 {
			t.Errorf("a wait of %v", wait)
		}
	})
}
