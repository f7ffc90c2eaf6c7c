package oichat

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims is the payload of a user's token. Its names are [assumed].
type claims struct {
	ProjectID string         `json:"project_id"`
	UserID    string         `json:"user_id"`
	UserName  string         `json:"user_name,omitempty"`
	UserInfo  map[string]any `json:"user_info,omitempty"`
	Channels  []string       `json:"channels,omitempty"`
	Role      string         `json:"role"`
	jwt.RegisteredClaims
}

var tokenRequest = schema{
	{"user_id", true, word},
	{"user_name", false, text},
	{"user_info", false, nested(schema{
		{"avatar_url", false, text},
		{"nickname", false, text},
		{"badge", false, text},
		{"custom", false, object},
	})},
	{"channels", false, list},
	{"role", false, oneOf("user", "agent")},
}

// createToken issues a token. The user need not be known: the API has no
// users.
func createToken(c *call) answer {
	given, refused := tokenRequest.read(c.body)
	if refused != nil {
		return *refused
	}
	payload := claims{
		ProjectID: c.id,
		UserID:    given.text("user_id"),
		UserName:  given.text("user_name"),
		UserInfo:  given.object("user_info"),
		Channels:  given.texts("channels"),
		Role:      given.text("role"),
	}
	setDefault(&payload.Role, "user")
	value, expires := c.issue(payload)
	return c.created(map[string]any{"token": value, "expires_at": c.settings.expiry(expires)})
}

// refreshToken replaces a token of this project, expired or not, by a new one
// for the same user (§3).
func refreshToken(c *call) answer {
	given, refused := schema{{"token", true, word}}.read(c.body)
	if refused != nil {
		return *refused
	}
	var payload claims
	_, err := jwt.ParseWithClaims(given.text("token"), &payload,
		func(*jwt.Token) (any, error) { return []byte(c.secretKey), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation())
	if err != nil || payload.ProjectID != c.id {
		return failure(c.settings.BadTokenStatus, "INVALID_TOKEN", "The token was not issued by this project")
	}
	value, expires := c.issue(payload)
	body := map[string]any{"token": value}
	if !c.settings.NoRefreshExpiry {
		body["expires_at"] = c.settings.expiry(expires)
	}
	return ok(body)
}

// issue signs a token for a user, and remembers all of it but the value.
func (c *call) issue(payload claims) (value string, expires time.Time) {
	id := c.data.newID("tok_")
	issued := c.now().Truncate(time.Second) // as JWTs count
	expires = issued.Add(time.Duration(c.settings.TokenSeconds) * time.Second)
	payload.RegisteredClaims = jwt.RegisteredClaims{
		ID:        id,
		Subject:   payload.UserID,
		IssuedAt:  jwt.NewNumericDate(issued),
		ExpiresAt: jwt.NewNumericDate(expires),
	}
	c.data.Tokens = append(c.data.Tokens, &token{
		ID: id, UserID: payload.UserID, UserName: payload.UserName, Role: payload.Role, IssuedAt: issued, ExpiresAt: expires,
	})
	// An HMAC over JSON values cannot fail.
	value, _ = jwt.NewWithClaims(jwt.SigningMethodHS256, payload).SignedString([]byte(c.secretKey))
	return value, expires
}

// expiry renders the end of a token: its type is unknown (§3).
func (s Settings) expiry(at time.Time) any {
	switch s.ExpiresAt {
	case "seconds":
		return at.Unix()
	case "milliseconds":
		return at.UnixMilli()
	}
	return stamp(at)
}
