package oichat

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// NewToken says for whom a token is issued. Empty optional fields are not sent.
type NewToken struct {
	UserID   string    `json:"user_id"`
	UserName string    `json:"user_name,omitempty"`
	UserInfo *UserInfo `json:"user_info,omitempty"`
	Channels []string  `json:"channels,omitempty"` // further channels to subscribe to
	Role     string    `json:"role,omitempty"`     // user or agent
}

// UserInfo is what chat partners see of a user.
type UserInfo struct {
	AvatarURL string          `json:"avatar_url,omitempty"`
	Nickname  string          `json:"nickname,omitempty"`
	Badge     string          `json:"badge,omitempty"`
	Custom    json.RawMessage `json:"custom,omitempty"` // JSON object
}

// Token is an issued token. It lives for 24 hours (oichat-api.md §3 [seed]).
type Token struct {
	Value     string    // secret
	ExpiresAt time.Time // zero: neither the server nor the token says
}

// CreateToken issues a token for a user.
func (c *Client) CreateToken(ctx context.Context, token NewToken) (Token, error) {
	if err := needID("user id", token.UserID); err != nil {
		return Token{}, err
	}
	request := c.request(createTokenRoute)
	request.Body = token
	return c.issue(ctx, request, "")
}

// RefreshToken exchanges a token, which may have expired, for a new one.
func (c *Client) RefreshToken(ctx context.Context, token string) (Token, error) {
	if token == "" {
		return Token{}, refuse(rest.Invalid, "the token to refresh is empty")
	}
	request := c.request(refreshTokenRoute)
	request.Body = map[string]string{"token": token}
	return c.issue(ctx, request, token)
}

// issue makes a call that sends or returns tokens. Its errors show nothing of
// the body, and nothing of the token that was sent.
func (c *Client) issue(ctx context.Context, request rest.Request, sent string) (Token, error) {
	answer, err := c.send(ctx, request, "")
	if err != nil {
		return Token{}, withoutToken(err, sent)
	}
	row, err := c.find(answer, nil, "token")
	if err != nil {
		return Token{}, withoutToken(err, sent)
	}
	token := Token{Value: text(row, "token"), ExpiresAt: moment(row["expires_at"])}
	if token.ExpiresAt.IsZero() {
		token.ExpiresAt = expiry(token.Value)
	}
	return token, nil
}

// expiry is when a JWT says that it ends; zero when it does not.
func expiry(token string) time.Time {
	claims := jwt.RegisteredClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || claims.ExpiresAt == nil {
		return time.Time{}
	}
	return claims.ExpiresAt.UTC()
}

// withoutToken takes a token out of an error. Package rest knows the tokens that
// look like one; those of OiChat may look otherwise.
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
