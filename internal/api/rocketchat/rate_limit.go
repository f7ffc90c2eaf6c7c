package rocketchat

import (
	"net/http"
	"strconv"
	"time"
)

// resetOf is how long it is until the server takes the full number of calls
// again; 0 when the answer does not say. X-RateLimit-Reset is a time in
// milliseconds since 1970 by the server's clock (rocketchat-livechat-api.md §1
// [server]), and so is compared with the server's own time, which Date tells to
// the second. There is no Retry-After.
func resetOf(header http.Header) time.Duration {
	milliseconds, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || milliseconds <= 0 {
		return 0
	}
	now, told := dateOf(header)
	if !told {
		now = time.Now()
	}
	return max(time.UnixMilli(milliseconds).Sub(now), 0)
}

// quotaOf is how many more calls of the same path and method the server takes.
func quotaOf(header http.Header) (left int, reset time.Duration, ok bool) {
	left, err := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	return left, resetOf(header), err == nil
}

// dateOf is the server's time; told is false when the answer does not say.
func dateOf(header http.Header) (date time.Time, told bool) {
	date, err := http.ParseTime(header.Get("Date"))
	return date, err == nil
}
