package tegrabox

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Token is an issued token.
type Token struct {
	Value     string    // secret
	ExpiresAt time.Time // zero: neither the server nor the token says
}

// GenerateToken issues a token for a user. It may be repeated: a token more does
// no harm.
func (c *Client) GenerateToken(ctx context.Context, userID string) (Token, error) {
	if err := needID("user id", userID); err != nil {
		return Token{}, err
	}
	answer, err := c.send(ctx, call{route: generateTokenRoute, ids: []string{userID}, repeatable: true})
	if err != nil {
		return Token{}, withoutToken(err, "")
	}
	row, err := c.find(answer, "token", "token")
	if err != nil {
		return Token{}, withoutToken(err, "")
	}
	return c.decodeToken(row), nil
}

// decodeToken reads a token and when it ends, for which the server has no known
// field (tegrabox-api.md §3).
func (c *Client) decodeToken(row object) Token {
	token := Token{Value: text(row, "token")}
	for _, key := range []string{"expires_at", "expiresAt"} {
		if token.ExpiresAt.IsZero() {
			token.ExpiresAt = moment(row[key])
		}
	}
	if seconds := count(row, "expires_in", "expiresIn"); token.ExpiresAt.IsZero() && seconds > 0 && seconds < maxLifetime {
		token.ExpiresAt = c.config.Now().Add(time.Duration(seconds) * time.Second).UTC()
	}
	if token.ExpiresAt.IsZero() {
		token.ExpiresAt = expiry(token.Value)
	}
	return token
}

// maxLifetime in seconds is longer than any token lives, and short enough to be
// a duration.
const maxLifetime = 1 << 32

// expiry is when a JWT says that it ends; zero when it does not.
func expiry(token string) time.Time {
	claims := jwt.RegisteredClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || claims.ExpiresAt == nil {
		return time.Time{}
	}
	return claims.ExpiresAt.UTC()
}

// RevokeTokens revokes all tokens of a user (tegrabox-api.md §3 [seed]).
func (c *Client) RevokeTokens(ctx context.Context, userID string) error {
	if err := needID("user id", userID); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: revokeTokenRoute, ids: []string{userID}})
	return err
}

// Identity is whom the server takes the bearer of a JWT for.
type Identity struct {
	UserID         string
	Username       string    // "": the server did not say
	ExternalUserID string    // "": the server did not say
	ProjectID      string    // "": the server did not say
	ExpiresAt      time.Time // of the JWT; zero: it does not end
}

// Verify asks the server about a JWT; an empty one stands for the configured one.
// One that is not valid is an Unauthorized error.
func (c *Client) Verify(ctx context.Context, jwt string) (Identity, error) {
	jwt, err := c.userJWT(verifyRoute, jwt)
	if err != nil {
		return Identity{}, err
	}
	answer, err := c.send(ctx, call{route: verifyRoute, jwt: jwt})
	if err != nil {
		return Identity{}, withoutToken(err, jwt)
	}
	// user.userId is [seed], the rest [assumed] (tegrabox-api.md §3).
	row, err := c.find(answer, "user", "userId", "user_id", "id")
	if err != nil {
		return Identity{}, withoutToken(err, jwt)
	}
	return Identity{
		UserID:         text(row, "userId", "user_id", "id"),
		Username:       text(row, "username"),
		ExternalUserID: text(row, "externalUserId", "external_user_id"),
		ProjectID:      text(row, "projectId", "project_id"),
		ExpiresAt:      expiry(jwt),
	}, nil
}

// userJWT is the given JWT, or the configured one.
func (c *Client) userJWT(route route, given string) (string, error) {
	if given == "" {
		given = c.config.JWT
	}
	if given == "" {
		return "", refuse(rest.Unauthorized, "%s needs the JWT of a user; give one, or configure it", route.operation)
	}
	return given, nil
}

// withoutToken takes a token out of an error, and the body, which may hold
// another. Package rest knows the tokens that look like one; those of TegraBox
// may look otherwise.
func withoutToken(err error, token string) error {
	var failure *rest.Error
	if !errors.As(err, &failure) {
		return err
	}
	failure.Body = ""
	for _, field := range []*string{&failure.Message, &failure.Code, &failure.RequestID} {
		*field = hide(*field, token)
	}
	hidden := map[string]string{}
	for name, reason := range failure.Fields {
		hidden[hide(name, token)] = hide(reason, token)
	}
	failure.Fields = hidden
	return err
}

// shortestHidden is how much of a token is enough to be hidden: a text that was
// cut may end in the beginning of one.
const shortestHidden = 6

// hide replaces a secret, and every beginning of it, by stars.
func hide(text, secret string) string {
	if secret == "" {
		return text
	}
	beginning := secret[:min(len(secret), shortestHidden)]
	var clean strings.Builder
	for {
		at := strings.Index(text, beginning)
		if at < 0 {
			clean.WriteString(text)
			return clean.String()
		}
		clean.WriteString(text[:at] + "***")
		length := len(beginning)
		for length < len(secret) && at+length < len(text) && text[at+length] == secret[length] {
			length++
		}
		text = text[at+length:]
	}
}
