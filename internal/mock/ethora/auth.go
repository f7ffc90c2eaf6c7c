package ethora

import (
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Purposes of the derived signing keys (§2.2).
const (
	serverPurpose = "ethora:server:v1"
	clientPurpose = "ethora:client:v1"
)

// claims is the payload of server and client tokens.
type claims struct {
	Data struct {
		AppID  string `json:"appId"`
		Type   string `json:"type"`
		UserID string `json:"userId"`
	} `json:"data"`
	jwt.RegisteredClaims
}

// admit authenticates the call and finds its app. It returns nil when the call
// may go on.
func (c *call) admit(scope scope) *answer {
	if scope == public {
		return nil
	}
	if refused := c.authenticate(scope); refused != nil {
		return refused
	}
	c.app = c.caller
	if scope == pathApp || scope == anyPathApp {
		if refused := c.findPathApp(); refused != nil {
			return refused
		}
	}
	if scope != anyPathApp && (c.caller.Status != active || c.app.Status != active) {
		return appArchived()
	}
	return nil
}

func appArchived() *answer {
	result := failure(http.StatusForbidden, "APP_ARCHIVED", "App is archived")
	return &result
}

// findPathApp takes the app of the path, which must be the caller's own or a
// child of it.
func (c *call) findPathApp() *answer {
	c.app = c.data.Apps[c.path["appId"]]
	if c.app == nil {
		result := failure(http.StatusNotFound, "APP_NOT_FOUND", "App not found")
		return &result
	}
	if !c.operator && !c.reaches(c.app) {
		result := failure(http.StatusForbidden, "", "Forbidden: the app does not belong to the app of the token")
		return &result
	}
	return nil
}

// reaches reports whether the caller may act on the app.
func (c *call) reaches(a *app) bool { return a == c.caller || a.Parent == c.caller.ID }

// authenticate verifies the token and sets the caller.
func (c *call) authenticate(scope scope) *answer {
	if c.operator {
		c.caller = c.data.Apps[c.baseID]
		return nil
	}
	token, purpose, tokenType := c.serverToken(), serverPurpose, "server"
	if scope == clientToken {
		token, purpose, tokenType = c.request.Header.Get("X-Custom-Token"), clientPurpose, "client"
	}
	if token == "" {
		result := failure(http.StatusUnauthorized, "TOKEN_MISSING", "Unauthorized")
		return &result
	}
	var unverified claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &unverified); err != nil {
		return badToken()
	}
	c.caller = c.data.Apps[unverified.Data.AppID]
	if c.caller == nil {
		return c.unknownCaller()
	}
	payload := c.verify(token, purpose)
	if payload == nil || payload.Data.Type != tokenType {
		return badToken()
	}
	c.client = payload.Data.UserID
	return nil
}

// serverToken prefers x-custom-token over Authorization, whose scheme is
// dropped (§11.1).
func (c *call) serverToken() string {
	if token := c.request.Header.Get("X-Custom-Token"); token != "" {
		return token
	}
	token := c.request.Header.Get("Authorization")
	for _, scheme := range []string{"Bearer ", "JWT "} {
		if rest, found := strings.CutPrefix(token, scheme); found {
			return strings.TrimSpace(rest)
		}
	}
	return token
}

// verify tries the derived key, then the raw secret, which the vendor still
// accepts. It returns nil when neither fits or the token has expired.
func (c *call) verify(token, purpose string) *claims {
	for _, key := range []string{deriveKey(c.caller.Secret, purpose), c.caller.Secret} {
		var payload claims
		_, err := jwt.ParseWithClaims(token, &payload,
			func(*jwt.Token) (any, error) { return []byte(key), nil },
			jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(c.now))
		if err == nil {
			return &payload
		}
	}
	return nil
}

func badToken() *answer {
	result := failure(http.StatusUnauthorized, "AUTH_FAILED", "Unauthorized")
	return &result
}

// unknownCaller is 400 on the old routes and 404 on the new ones (§3.2).
func (c *call) unknownCaller() *answer {
	status := http.StatusNotFound
	if strings.HasPrefix(c.request.URL.Path, "/v1/") {
		status = http.StatusBadRequest
	}
	result := failure(status, "APP_NOT_FOUND", "App not found")
	return &result
}

// exchangeClient gives a known user a session for a client token. It never
// creates the user (§2.3).
func exchangeClient(c *call) answer {
	u := c.app.liveUser(c.client)
	if u == nil {
		return failure(http.StatusUnauthorized, "USER_NOT_FOUND", "User not found")
	}
	return ok(map[string]any{
		"success":      true,
		"user":         c.userView(c.app, u),
		"token":        c.mint(c.app, "user"),
		"refreshToken": c.mint(c.app, "refresh"),
	})
}

// mint signs a token of another kind than server and client. It is good for
// nothing in the mock, but looks like the vendor's.
func (p *platform) mint(a *app, tokenType string) string {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"data": map[string]any{"appId": a.ID, "type": tokenType},
		"jti":  p.data.newID(),
	})
	signed, _ := token.SignedString([]byte(a.Secret)) // an HMAC over bytes cannot fail
	return "JWT " + signed
}
