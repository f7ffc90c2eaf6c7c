package syarah

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// numbered are rows with these ids as a JSON array.
func numbered(ids ...int) string {
	rows := make([]string, len(ids))
	for i, id := range ids {
		rows[i] = fmt.Sprintf(`{"id":%d}`, id)
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// upTo are the ids from 1.
func upTo(count int) []int {
	ids := make([]int, count)
	for i := range ids {
		ids[i] = i + 1
	}
	return ids
}

// paged answers as a server does that heeds both counts.
func paged(ids func() []int) handler {
	return func(_ *peer, payload string) string {
		var asked findAllChatHeadersPayload
		_ = json.Unmarshal([]byte(payload), &asked)
		all := ids()
		from := min(asked.SkipCount, len(all))
		return numbered(all[from:min(from+asked.MaxResultCount, len(all))]...)
	}
}

func TestPages(t *testing.T) {
	for name, test := range map[string]struct {
		answer   handler
		count    int
		requests int
	}{
		"empty":      {paged(func() []int { return nil }), 0, 1},
		"short page": {paged(func() []int { return upTo(19) }), 19, 1},
		"full page":  {paged(func() []int { return upTo(20) }), 20, 2},
		"many pages": {paged(func() []int { return upTo(95) }), 95, 5},
		// Each page after the first begins with the last row of the one before.
		"all at once":            {says(numbered(upTo(57)...)), 57, 1},
		"skip not heeded":        {firstPage(upTo(57)), 57, 3},
		"skip not heeded, exact": {firstPage(upTo(20)), 20, 3},
		"without ids":            {says(`[{"a":1},{"a":2},{"a":1}]`), 2, 1},
		"a page of the same row": {says(numbered(slices.Repeat([]int{1}, 20)...)), 1, 3},
	} {
		g := newGateway(t, map[string]handler{findAllChatHeadersEvent: test.answer})
		headers, err := g.client(t).ListChatHeaders(background(t), 0)
		if err != nil || len(headers) != test.count || len(g.names()) != test.requests {
			t.Errorf("%s: got %d rows after %d requests, %v", name, len(headers), len(g.names()), err)
		}
	}
}

// firstPage answers as a server does that heeds MaxResultCount alone.
func firstPage(ids []int) handler {
	return func(_ *peer, payload string) string {
		var asked findAllChatHeadersPayload
		_ = json.Unmarshal([]byte(payload), &asked)
		return numbered(ids[:min(asked.MaxResultCount, len(ids))]...)
	}
}

// Rows that are removed while the pages are read make others slip to the page
// that was read already.
func TestRowsThatSlip(t *testing.T) {
	ids, asked := upTo(50), 0
	g := newGateway(t, map[string]handler{findAllChatHeadersEvent: paged(func() []int {
		asked++
		if asked == 2 {
			ids = ids[5:] // the first five are gone
		}
		return ids
	})})
	headers, err := g.client(t).ListChatHeaders(background(t), 0)
	if err != nil || len(headers) != 50 {
		t.Errorf("got %d rows, %v", len(headers), err)
	}

	// New ones at the beginning only push rows to where they are read again.
	ids, asked = upTo(50), 0
	g = newGateway(t, map[string]handler{findAllChatHeadersEvent: paged(func() []int {
		asked++
		if asked == 2 {
			ids = append([]int{101, 102, 103}, ids...)
		}
		return ids
	})})
	headers, err = g.client(t).ListChatHeaders(background(t), 0)
	if err != nil || len(headers) != 50 {
		t.Errorf("got %d rows, %v", len(headers), err)
	}
}

func TestListsThatNeverEnd(t *testing.T) {
	next := 0
	g := newGateway(t, map[string]handler{findAllChatHeadersEvent: func(*peer, string) string {
		next += 20
		return numbered(upTo(next)[next-20:]...)
	}})
	_, err := g.client(t).ListChatHeaders(background(t), 0)
	if !rest.IsKind(err, rest.Malformed) || !strings.Contains(err.Error(), "changes each time") || len(g.names()) != 2*(maxRestarts+1) {
		t.Errorf("got %v after %d requests", err, len(g.names()))
	}
}

// A server that gives the same page whatever it is asked for is not believed to
// have no more.
func TestPagesThatAreAlwaysTheFirst(t *testing.T) {
	g := newGateway(t, map[string]handler{findAllChatHeadersEvent: func(_ *peer, payload string) string {
		var asked findAllChatHeadersPayload
		_ = json.Unmarshal([]byte(payload), &asked)
		return numbered(upTo(asked.MaxResultCount)...)
	}})
	client := g.client(t, func(c *Config) { c.AckTimeout = time.Minute })
	_, err := client.ListChatHeaders(background(t), 0)
	if !rest.IsKind(err, rest.Malformed) || !strings.Contains(err.Error(), "always the first page") || len(g.names()) != 10 {
		t.Errorf("got %v after %d requests", err, len(g.names()))
	}
}

// A reader that has enough asks for no more.
func TestMostBoundsTheRequests(t *testing.T) {
	g := newGateway(t, map[string]handler{findAllChatHeadersEvent: paged(func() []int { return upTo(95) })})
	headers, err := g.client(t).ListChatHeaders(background(t), 25)
	if err != nil || len(headers) != 25 || headers[24].ID != 25 || len(g.names()) != 2 {
		t.Errorf("got %d rows after %d requests, %v", len(headers), len(g.names()), err)
	}
}
