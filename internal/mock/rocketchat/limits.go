package rocketchat

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// An allowance is how many calls of a route one address may make in a window.
type allowance struct {
	calls  int
	window time.Duration
}

// special are the allowances of routes that have their own (§1; that of
// transcripts is in the server's source).
var special = map[string]allowance{
	"POST /visitor":           {5, time.Minute},
	"DELETE /visitor/{token}": {5, time.Minute},
	"GET /room":               {5, time.Minute},
	"POST /transcript":        {5, time.Minute},
	"POST /offline.message":   {1, 5 * time.Second},
}

// onlyNewer are the special allowances that an older server does not have.
var onlyNewer = map[string]bool{"DELETE /visitor/{token}": true, "POST /transcript": true}

// limits hold the window of each route that was called.
type limits map[*route]*window

// A window counts calls by the address of their client.
type window struct {
	end   time.Time
	calls map[string]int
}

func (r *route) allowance(s Settings) allowance {
	granted, found := special[r.path]
	if !found || s.older() && onlyNewer[r.path] {
		granted = allowance{s.RateCalls, time.Minute}
	}
	if s.RateWindowMS > 0 {
		granted.window = time.Duration(s.RateWindowMS) * time.Millisecond
	}
	return granted
}

// limit counts the call and refuses it when there were too many. The header
// tells the end of the window in milliseconds since 1970 (§1).
func (c *call) limit() *answer {
	bypass := c.user != nil && c.user.Admin && !c.settings.LimitAdmin
	if !c.settings.RateLimits || c.operator || bypass {
		return nil
	}
	granted := c.route.allowance(c.settings)
	// Windows begin and end at whole milliseconds, as the header tells them.
	now := c.now().Truncate(time.Millisecond)
	current := c.limits[c.route]
	if current == nil || !now.Before(current.end) {
		current = &window{end: now.Add(granted.window), calls: map[string]int{}}
		c.limits[c.route] = current
	}
	address := c.request.RemoteAddr
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	current.calls[address]++
	left := granted.calls - current.calls[address]
	c.header.Set("X-RateLimit-Limit", strconv.Itoa(granted.calls))
	c.header.Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	c.header.Set("X-RateLimit-Reset", strconv.FormatInt(current.end.UnixMilli(), 10))
	if left >= 0 {
		return nil
	}
	seconds := (current.end.Sub(now) + time.Second - 1) / time.Second
	return failure(fmt.Sprintf("Error, too many requests. Please slow down. You must wait %d seconds before trying this endpoint again. [error-too-many-requests]", seconds)).
		with(http.StatusTooManyRequests)
}
