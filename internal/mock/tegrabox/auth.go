package tegrabox

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// credentialsKey is the context key of the headers as they were sent.
type credentialsKey struct{}

// withoutCredentials returns the request as the request log may see it: key and
// token are hidden, and the real headers wait in the context.
func (p *project) withoutCredentials(r *http.Request) *http.Request {
	p.mutex.Lock()
	// The default name too: who sends the key there by mistake still sends it.
	names := []string{"X-API-Key", p.settings.APIKeyHeader, p.settings.TokenHeader}
	p.mutex.Unlock()
	logged := r.Header.Clone()
	for _, name := range names {
		// The log knows Authorization, and keeps its scheme.
		if logged.Get(name) != "" && !strings.EqualFold(name, "Authorization") {
			logged.Set(name, control.Hidden)
		}
	}
	hidden := r.WithContext(context.WithValue(r.Context(), credentialsKey{}, r.Header))
	hidden.Header = logged
	return hidden
}

// authenticate checks what the route wants: the key of the project or the
// token of a user.
func (c *call) authenticate() *answer {
	sent, _ := c.request.Context().Value(credentialsKey{}).(http.Header)
	switch {
	case c.operator && c.route.access == byToken:
		c.user = c.data.user(c.request.URL.Query().Get("user_id"))
		if c.user == nil {
			return failure(http.StatusNotFound, "User not found")
		}
		return nil
	case c.operator:
		return nil
	case c.route.access == byToken:
		return c.checkToken(bearer(sent.Get(c.settings.TokenHeader), "Bearer"))
	}
	return c.checkKey(bearer(sent.Get(c.settings.APIKeyHeader), c.settings.APIKeyScheme))
}

// bearer returns the credential behind the scheme, "" when the scheme is
// another.
func bearer(value, scheme string) string {
	if scheme == "" {
		return value
	}
	credential, found := strings.CutPrefix(value, scheme+" ")
	if !found {
		return ""
	}
	return credential
}

func (c *call) checkKey(key string) *answer {
	if key == "" {
		return failure(http.StatusUnauthorized, "API key is required")
	}
	if subtle.ConstantTimeCompare([]byte(key), []byte(c.apiKey)) != 1 {
		return failure(c.settings.BadKeyStatus, "Invalid API key")
	}
	return nil
}

// checkToken verifies a token and finds its user, who must still be there.
func (c *call) checkToken(value string) *answer {
	if value == "" {
		return failure(http.StatusUnauthorized, "Authentication token is required")
	}
	var payload jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(value, &payload,
		func(*jwt.Token) (any, error) { return c.signingKey(), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(c.now))
	if err == nil {
		if issued := c.data.token(payload.ID); issued != nil && (!issued.Revoked || c.settings.RevokedTokensWork) {
			c.user = c.data.liveUser(issued.UserID)
		}
	}
	if c.user == nil {
		return failure(c.settings.BadKeyStatus, "Invalid or expired token")
	}
	return nil
}

// checkProject compares the project that the call names with that of its key
// or token.
func (c *call) checkProject() *answer {
	named, inPath := c.path["project_id"]
	if !inPath && c.settings.ProjectIn == "header" && !c.operator && c.route.scoped(c.settings) {
		if named = c.request.Header.Get(c.settings.ProjectHeader); named == "" {
			return invalid("The header " + c.settings.ProjectHeader + " is required")
		}
	}
	if named != "" && named != c.id {
		return failure(http.StatusForbidden, "The project belongs to another key")
	}
	return nil
}

// scoped reports whether calls of the route name the project.
func (r *route) scoped(s Settings) bool {
	path := r.path
	if replaced, found := s.Paths[r.operation]; found {
		path = replaced
	}
	return strings.Contains(path, " P/")
}

// getProject tells a key its project; the name of the call is [assumed].
func getProject(c *call) *answer {
	return ok(map[string]any{c.settings.ProjectField: c.id, "name": "chatmock"})
}
