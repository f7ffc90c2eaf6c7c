package oichat

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// sentHeader is the context key of the headers as they were sent.
type sentHeader struct{}

// withoutCredentials returns the request as the request log may see it: the
// keys are hidden, and the real headers wait in the context.
func (p *project) withoutCredentials(r *http.Request) *http.Request {
	p.mutex.Lock()
	// The default names too: who sends the keys there by mistake still sends them.
	names := []string{"X-API-Key", "X-Secret-Key", p.settings.APIKeyHeader, p.settings.SecretKeyHeader}
	p.mutex.Unlock()
	hidden := r.WithContext(context.WithValue(r.Context(), sentHeader{}, r.Header))
	hidden.Header = r.Header.Clone()
	for _, name := range names {
		// The log knows Authorization, and keeps its scheme.
		if !strings.EqualFold(name, "Authorization") && hidden.Header.Get(name) != "" {
			hidden.Header.Set(name, control.Hidden)
		}
	}
	return hidden
}

// authenticate checks the credentials: 401 when one is missing or wrong, 403
// when they are good but the project is another (§5).
func (c *call) authenticate() *answer {
	sent, _ := c.request.Context().Value(sentHeader{}).(http.Header)
	given := [][2]string{{sent.Get(c.settings.APIKeyHeader), c.apiKey}, {sent.Get(c.settings.SecretKeyHeader), c.secretKey}}
	if c.settings.Authentication == "bearer" {
		token, _ := strings.CutPrefix(sent.Get("Authorization"), "Bearer ")
		given = [][2]string{{token, c.secretKey}}
	}
	projectID := sent.Get(c.settings.ProjectHeader)
	switch {
	case projectID == "" || slices.ContainsFunc(given, func(pair [2]string) bool { return pair[0] == "" }):
		refused := failure(http.StatusUnauthorized, "MISSING_CREDENTIALS", "Credentials are missing")
		return &refused
	case slices.ContainsFunc(given, func(pair [2]string) bool { return !same(pair) }):
		refused := failure(http.StatusUnauthorized, "INVALID_CREDENTIALS", "Credentials are wrong")
		return &refused
	case projectID != c.id:
		refused := failure(http.StatusForbidden, "PROJECT_FORBIDDEN", "The credentials belong to another project")
		return &refused
	}
	return nil
}

func same(pair [2]string) bool {
	return subtle.ConstantTimeCompare([]byte(pair[0]), []byte(pair[1])) == 1
}
