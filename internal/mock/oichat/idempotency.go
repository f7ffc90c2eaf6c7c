package oichat

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// replyHours is how long the answer to a key is kept (§4) [assumed].
const replyHours = 24

// A reply is what a POST with an Idempotency-Key was answered.
type reply struct {
	Request   string    `json:"request"` // digest of path and body
	Status    int       `json:"status"`
	Body      string    `json:"body"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// once runs a POST, unless its key has run before: then the same request gets
// the same answer, and another request is refused (§4). Refused calls leave no
// reply, because they have done nothing.
func (c *call) once(route *route) answer {
	key := c.request.Header.Get("Idempotency-Key")
	if key == "" && c.settings.RequireKeys {
		return *invalid("The header Idempotency-Key is required")
	}
	if key == "" || c.settings.IgnoreKeys {
		return route.serve(c)
	}
	key = route.operation + " " + key
	digest := c.digest()
	if earlier := c.data.Replies[key]; earlier != nil && c.now().Before(earlier.ExpiresAt) {
		if earlier.Request != digest {
			return failure(c.settings.ReusedKeyStatus, "IDEMPOTENCY_KEY_REUSED", "The key belongs to another request")
		}
		return answer{status: earlier.Status, replay: []byte(earlier.Body)}
	}
	result := route.serve(c)
	if result.status < http.StatusBadRequest {
		c.data.Replies[key] = &reply{
			Request:   digest,
			Status:    result.status,
			Body:      string(result.render(c.settings)),
			ExpiresAt: c.now().Add(replyHours * time.Hour),
		}
	}
	return result
}

// digest tells requests apart.
func (c *call) digest() string {
	sum := sha256.Sum256(append([]byte(c.request.URL.EscapedPath()+"\n"), c.raw...))
	return hex.EncodeToString(sum[:])
}
