package rest

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

func TestLogHasOneLinePerAttemptAndNoSecret(t *testing.T) {
	s := newServer(t, answer(503, testSecret, "X-Request-Id", "r1"), answer(200, `{"token":"canary"}`, "X-Request-Id", "r2"+testSecret))
	client := newClient(t, s.URL, func(c *Config) {
		c.Authorize = func(r *http.Request) error { r.Header.Set("X-Custom-Token", testSecret); return nil }
	})
	var output bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &output)
	_, err := client.Do(ctx, Request{
		Method: http.MethodPut, Path: "/x/" + url.PathEscape(testSecret),
		Query: url.Values{"limit": {"5"}, "xmppUsername": {"canary"}, "order": {testSecret}},
		Body:  map[string]string{"name": "canary", "password": testSecret},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := output.String()
	wantNoSecret(t, text)
	if strings.Contains(text, "canary") {
		t.Errorf("the log holds a body or a query: %s", text)
	}
	lines, err := tflogtest.MultilineJSONDecode(&output)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2:\n%s", len(lines), text)
	}
	for i, want := range []map[string]any{
		{"status": 503.0, "attempt": 1.0, "request_id": "r1"},
		{"status": 200.0, "attempt": 2.0, "request_id": "r2***"},
	} {
		want["@message"], want["@level"], want["@module"] = "API request", "debug", "provider"
		want["system"], want["method"], want["path"], want["limit"], want["order"] = "Ethora", "PUT", "/x/***", "5", "***"
		if _, ok := lines[i]["duration_ms"].(float64); !ok {
			t.Errorf("line %d: no duration in %v", i, lines[i])
		}
		delete(lines[i], "duration_ms")
		for key, value := range want {
			if lines[i][key] != value {
				t.Errorf("line %d: %s is %v, want %v", i, key, lines[i][key], value)
			}
		}
		if len(lines[i]) != len(want) {
			t.Errorf("line %d has other fields: %v", i, lines[i])
		}
	}
}

func TestLogIsMaskedOnceMore(t *testing.T) {
	client := newClient(t, "http://ethora.invalid")
	var output bytes.Buffer
	ctx := client.maskLogs(tflogtest.RootLogger(t.Context(), &output))
	tflog.Debug(ctx, "slipped "+testSecret, map[string]any{"field": url.QueryEscape(testSecret)})
	wantNoSecret(t, output.String())
	if !strings.Contains(output.String(), "slipped ***") {
		t.Errorf("got %s", output.String())
	}
}
