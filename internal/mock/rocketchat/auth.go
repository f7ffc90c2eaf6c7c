package rocketchat

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// HiddenToken stands in the paths of the request log where the token of a
// visitor was.
const HiddenToken = ":token"

// sentKey is the context key of the request as it was sent.
type sentKey struct{}

// withoutSecrets returns the request as the request log and the fault plan may
// see it. The token of a visitor is a credential that travels in the path, the
// query or a header (§1); the log itself knows those in the body.
func withoutSecrets(r *http.Request) *http.Request {
	hidden := r.WithContext(context.WithValue(r.Context(), sentKey{}, r))
	hidden.Header = r.Header.Clone()
	if hidden.Header.Get("X-Visitor-Token") != "" {
		hidden.Header.Set("X-Visitor-Token", control.Hidden)
	}
	shown := *r.URL
	shown.RawQuery = withoutToken(r.URL.RawQuery)
	hidePath(&shown)
	hidden.URL = &shown
	return hidden
}

// hidePath replaces the token in the path of a call, whatever its method. Where
// a token could stand, another route may have a word of its own.
func hidePath(shown *url.URL) {
	path, token := shown.EscapedPath(), ""
	for i := range routes {
		_, pattern, _ := strings.Cut(routes[i].path, " ")
		switch {
		case match(Base+pattern, path) == nil:
		case strings.Contains(pattern, "{token}"):
			token = Base + pattern
		default:
			return
		}
	}
	if token == "" {
		return
	}
	parts, segments := strings.Split(token, "/"), strings.Split(path, "/")
	for at, part := range parts {
		if part == "{token}" {
			segments[at] = HiddenToken
		}
	}
	shown.RawPath = strings.Join(segments, "/")
	shown.Path, _ = url.PathUnescape(shown.RawPath) // match has unescaped all of it
}

// withoutToken replaces the token in a query and leaves the rest as it was
// sent.
func withoutToken(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(key); err == nil && name == "token" {
			pairs[i] = key + "=" + control.Hidden
		}
	}
	return strings.Join(pairs, "&")
}

// authenticate finds the user of the two headers, on routes that want one.
func (c *call) authenticate() *answer {
	if c.route.access == byVisitor {
		return nil
	}
	if c.operator {
		c.user = c.data.user(c.adminUserID)
		return nil
	}
	for id, token := range map[string]string{c.adminUserID: c.adminToken, AliceID: c.agentToken} {
		if c.request.Header.Get("X-User-Id") == id && same(c.request.Header.Get("X-Auth-Token"), token) {
			c.user = c.data.user(id)
		}
	}
	if c.user != nil {
		return nil
	}
	const text = "You must be logged in to do this."
	refused := failure(text).with(http.StatusUnauthorized)
	if c.settings.older() {
		refused.body["status"], refused.body["message"] = "error", text
	}
	return refused
}

func same(given, want string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}

// permit checks the permission that the route wants.
func (c *call) permit() *answer {
	if c.route.access == byVisitor || c.user.Admin || c.route.access == byAgent && c.user.Agent {
		return nil
	}
	code := "error-forbidden"
	if c.settings.older() {
		code = "error-unauthorized"
	}
	return failure("User does not have the permissions required for this action [" + code + "]").with(http.StatusForbidden)
}
