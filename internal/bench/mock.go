package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// batch is how many users one call of Ethora takes (ethora-api.md §5.1 [client]).
const batch = 100

// A mock is a running chatmock.
type mock struct {
	url, appID  string
	environment []string // what the provider needs to reach it
	stop        func()
}

// startMock starts chatmock on a free port. It ends with the pipe that this
// process holds, so it does not outlive a benchmark that is killed.
func startMock(ctx context.Context, binary string, latency time.Duration) (*mock, error) {
	server := exec.CommandContext(context.WithoutCancel(ctx), binary, "-port-base", "0", "-until-eof", "-latency", latency.String())
	server.Stderr = os.Stderr
	hold, err := server.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("starting the chat server: %w", err)
	}
	m := &mock{stop: func() {
		_ = hold.Close()
		_ = server.Wait()
	}}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if lines.Text() == "# ready" {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return m, nil
		}
		if variable, found := strings.CutPrefix(lines.Text(), "export "); found {
			m.take(variable)
		}
	}
	m.stop()
	return nil, errors.New("the chat server ended before it was ready")
}

// take reads one NAME=value of what chatmock prints.
func (m *mock) take(variable string) {
	name, value, _ := strings.Cut(variable, "=")
	value = strings.Trim(value, `'"`)
	m.environment = append(m.environment, name+"="+value)
	switch name {
	case "ETHORA_CHAT_API_URL":
		m.url = value
	case "ETHORA_CHAT_APP_ID":
		m.appID = value
	}
}

// reset empties the server. Its jobs are done at the first poll.
func (m *mock) reset(ctx context.Context) error {
	if err := m.control(ctx, http.MethodPost, "/_mock/reset", nil, nil); err != nil {
		return err
	}
	return m.control(ctx, http.MethodPut, "/_mock/settings", map[string]any{"jobPolls": 1}, nil)
}

// seedUsers creates users as the server's operator: user-00000 and on.
func (m *mock) seedUsers(ctx context.Context, count int) error {
	for start := 0; start < count; start += batch {
		var users []any
		for i := start; i < min(start+batch, count); i++ {
			users = append(users, map[string]any{
				"uuid":      fmt.Sprintf("user-%05d", i),
				"email":     fmt.Sprintf("user-%05d@example.com", i),
				"firstName": "User",
				"lastName":  fmt.Sprintf("Number %05d", i),
			})
		}
		call := map[string]any{"bypassEmailConfirmation": true, "usersList": users}
		if err := m.edit(ctx, http.MethodPost, "/v2/apps/"+m.appID+"/users/batch", call); err != nil {
			return err
		}
	}
	return nil
}

// seedRooms creates rooms as the server's operator: room-000 and on.
func (m *mock) seedRooms(ctx context.Context, count int) error {
	for i := range count {
		call := map[string]any{"uuid": fmt.Sprintf("room-%03d", i), "title": fmt.Sprintf("Room %03d", i)}
		if err := m.edit(ctx, http.MethodPost, "/v2/apps/"+m.appID+"/chats", call); err != nil {
			return err
		}
	}
	return nil
}

// edit runs a vendor call as the operator: without delay, and not in the log.
func (m *mock) edit(ctx context.Context, method, path string, body any) error {
	return m.control(ctx, http.MethodPost, "/_mock/edit", map[string]any{"method": method, "path": path, "body": body}, nil)
}

// A request is what the benchmark looks at in the server's log.
type request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query"`
}

// listing reports whether the request asked for a page of a list. A user asked
// for by name is a list of one.
func (r request) listing() bool {
	return r.Method == http.MethodGet && strings.Contains(r.Query, "limit=") && !strings.Contains(r.Query, "xmppUsername=")
}

// varying are the parts of a path that name one app, job or object.
var varying = regexp.MustCompile(`[0-9a-f]{24}(_[^/]*)?|(user|staff|room)-[0-9]+`)

// kind is the call without what it is about: all such calls are counted as one.
func (r request) kind() string {
	kind := r.Method + " " + varying.ReplaceAllString(r.Path, "*")
	if r.listing() {
		kind += " (page)"
	}
	return kind
}

// countKinds writes how many requests of each kind there are.
func countKinds(requests []request) string {
	counts := map[string]int{}
	for _, r := range requests {
		counts[r.kind()]++
	}
	var text strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&text, "%26d  %s\n", counts[kind], kind)
	}
	return text.String()
}

// takeRequests returns the requests since the last time.
func (m *mock) takeRequests(ctx context.Context) ([]request, error) {
	var requests []request
	if err := m.control(ctx, http.MethodGet, "/_mock/requests", nil, &requests); err != nil {
		return nil, err
	}
	return requests, m.control(ctx, http.MethodDelete, "/_mock/requests", nil, nil)
}

// control makes a call of the mock's control API.
func (m *mock) control(ctx context.Context, method, path string, body, answer any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if body == nil {
		sent = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, m.url+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 2000))
		return fmt.Errorf("the chat server answered %s %s with %s: %s", method, path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
