package syarah

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// signingKey makes the tokens well-known: nobody but the mock trusts it.
const signingKey = "chatmock signs the access tokens of Syarah with this"

// accessToken returns the token of a user: the GUID and its signature.
func accessToken(userID string) string {
	mac := hmac.New(sha256.New, []byte(signingKey))
	mac.Write([]byte(userID))
	return userID + "." + hex.EncodeToString(mac.Sum(nil)[:16])
}

// userOf finds the user of a token. The backend is locked meanwhile.
func (b *backend) userOf(token string) (*user, *answer) {
	if token == "" {
		return nil, failure(http.StatusUnauthorized, "accessToken is required")
	}
	id, _, _ := strings.Cut(token, ".")
	u := b.data.user(id)
	if u == nil || !hmac.Equal([]byte(token), []byte(accessToken(id))) {
		return nil, failure(http.StatusUnauthorized, "The access token is invalid")
	}
	if b.settings.TokenSeconds > 0 && b.now().After(b.started.Add(time.Duration(b.settings.TokenSeconds)*time.Second)) {
		return nil, failure(http.StatusUnauthorized, "The access token has expired")
	}
	return u, nil
}

// authenticateREST finds the user of a REST call.
func (c *call) authenticateREST() *answer {
	if c.operator {
		return nil
	}
	token, found := strings.CutPrefix(c.request.Header.Get("Authorization"), "Bearer ")
	if !found && !c.settings.AuthOff {
		return failure(http.StatusUnauthorized, "The header Authorization must be Bearer and the access token")
	}
	var refused *answer
	if c.user, refused = c.userOf(token); refused != nil && !c.settings.AuthOff {
		return refused
	}
	return nil
}

// authenticateEvent finds the user of an event: by its own token, else by the
// connection's, where the event may do without one (§4). With AuthOff that is
// the userId of the query, too.
func (c *call) authenticateEvent() *answer {
	if c.operator {
		if c.user = c.data.user(c.request.URL.Query().Get("userId")); c.user == nil {
			return failure(http.StatusNotFound, "User not found")
		}
		return nil
	}
	token := c.given.text(c.event.token)
	var refused *answer
	switch {
	case token != "":
		c.user, refused = c.userOf(token)
	case c.event.token != "" && !c.event.tokenOptional && !c.settings.AuthOff:
		return failure(http.StatusUnauthorized, c.event.token+" is required")
	case c.socket.token != "":
		c.user, refused = c.userOf(c.socket.token)
	case c.event.token != "" && !c.settings.AuthOff:
		return failure(http.StatusUnauthorized, c.event.token+" is required: the connection has none")
	}
	if c.user != nil || refused != nil && !c.settings.AuthOff {
		return refused
	}
	// Typing and reading have no token: they believe the query.
	if c.user = c.data.user(c.socket.userID); c.user == nil {
		return failure(http.StatusUnauthorized, "The userId of the connection is not known")
	}
	return nil
}
