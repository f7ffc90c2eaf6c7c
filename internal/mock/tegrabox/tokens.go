package tegrabox

import (
	"crypto/sha256"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// signingKey signs the tokens of the project.
func (p *project) signingKey() []byte {
	sum := sha256.Sum256([]byte("tokens of " + p.apiKey))
	return sum[:]
}

// generateToken issues a token for the user in the path. Its claims beyond the
// user are [assumed].
func generateToken(c *call) *answer {
	if _, refused := c.read(); refused != nil {
		return refused
	}
	u := c.data.liveUser(c.path["id"])
	if u == nil {
		return userMissing()
	}
	issued := &token{ID: c.data.newID(), UserID: u.ID, IssuedAt: c.now().Truncate(time.Second)} // as JWTs count
	expires := issued.IssuedAt.Add(time.Duration(c.settings.TokenSeconds) * time.Second)
	payload := jwt.MapClaims{
		"jti":       issued.ID,
		"iat":       issued.IssuedAt.Unix(),
		"projectId": c.id,
		"username":  u.Username,
	}
	if c.settings.UserClaim == "user" {
		payload["user"] = map[string]any{"userId": u.ID}
	} else {
		payload[c.settings.UserClaim] = u.ID
	}
	if !c.settings.EndlessTokens {
		payload["exp"] = expires.Unix()
		issued.ExpiresAt = &expires
	}
	c.data.Tokens = append(c.data.Tokens, issued)
	// An HMAC over strings and numbers cannot fail.
	value, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, payload).SignedString(c.signingKey())
	body := map[string]any{"token": value}
	switch field := c.settings.ExpiryField; {
	case field == "" || issued.ExpiresAt == nil:
	case field == "expires_in":
		body[field] = c.settings.TokenSeconds
	default:
		body[field] = stamp(expires)
	}
	return c.created(body)
}

// revokeTokens ends all tokens of the user [seed: plural].
func revokeTokens(c *call) *answer {
	u := c.data.liveUser(c.path["id"])
	if u == nil {
		return userMissing()
	}
	c.data.revokeTokens(u.ID)
	return c.nothing()
}

// verifyToken tells a token its user: user.userId is [seed].
func verifyToken(c *call) *answer {
	return ok(map[string]any{"user": map[string]any{
		"userId":    c.user.ID,
		"username":  c.user.Username,
		"projectId": c.id,
	}})
}
