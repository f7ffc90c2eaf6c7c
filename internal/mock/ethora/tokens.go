package ethora

import "net/http"

// createToken mints an app token. Its value is told only here (§6.1).
func createToken(c *call) answer {
	label, wrong := c.tokenLabel("")
	if wrong != nil {
		return invalid(wrong)
	}
	t := c.addToken(label)
	return answer{status: c.settings.CreateStatus, body: c.mintedToken(t)}
}

// tokenLabel reads the optional label.
func (c *call) tokenLabel(inherited string) (string, *problem) {
	given, wrong := object{{"label", false, text{empty: true}}}.read(c.body)
	if given.has("label") {
		return given.text("label"), nil
	}
	return inherited, wrong
}

func (c *call) addToken(label string) *appToken {
	t := &appToken{ID: c.data.newID(), Label: label, CreatedAt: c.now()}
	c.app.Tokens = append(c.app.Tokens, t)
	return t
}

func (c *call) mintedToken(t *appToken) map[string]any {
	return map[string]any{
		"tokenId":   t.ID,
		"token":     c.mint(c.app, "app"),
		"label":     t.Label,
		"createdAt": stamp(t.CreatedAt),
	}
}

// token finds the token in the path, revoked or not.
func (c *call) token() *appToken {
	for _, t := range c.app.Tokens {
		if t.ID == c.path["tokenId"] {
			return t
		}
	}
	return nil
}

func tokenMissing() answer {
	return failure(http.StatusNotFound, "TOKEN_NOT_FOUND", "Token not found")
}

// rotateToken replaces a token by a new one with a new id.
func rotateToken(c *call) answer {
	old := c.token()
	if old == nil || old.RevokedAt != nil {
		return tokenMissing()
	}
	label, wrong := c.tokenLabel(old.Label)
	if wrong != nil {
		return invalid(wrong)
	}
	now := c.now()
	old.RevokedAt, old.RotatedAt = &now, &now
	return ok(c.mintedToken(c.addToken(label)))
}

// revokeToken may be repeated.
func revokeToken(c *call) answer {
	t := c.token()
	if t == nil {
		return tokenMissing()
	}
	if t.RevokedAt == nil {
		now := c.now()
		t.RevokedAt = &now
	}
	return ok(map[string]any{"ok": true})
}

// listTokens tells everything but the values. Revoked tokens stay listed.
func listTokens(c *call) answer {
	rows := cutPage(c.app.Tokens, len(c.app.Tokens), 0, func(t *appToken) any { return tokenView(t) })
	return ok(c.settings.list(tokenKind, "named", rows))
}

func tokenView(t *appToken) map[string]any {
	view := map[string]any{
		"tokenId":   t.ID,
		"label":     t.Label,
		"createdAt": stamp(t.CreatedAt),
		"rotatedAt": nil,
		"status":    active,
	}
	if t.RotatedAt != nil {
		view["rotatedAt"] = stamp(*t.RotatedAt)
	}
	if t.RevokedAt != nil {
		view["status"], view["revokedAt"] = "revoked", stamp(*t.RevokedAt)
	}
	return view
}
