package oichat_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

// claims verifies a token as its receivers do.
func (b *bench) claims(value string) (jwt.MapClaims, error) {
	payload := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(value, payload,
		func(*jwt.Token) (any, error) { return []byte(b.mock.SecretKey()), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(func() time.Time { return b.clock }))
	return payload, err
}

func TestTokens(t *testing.T) {
	b := newBench(t)
	got := b.send("POST /v1/auth/token", `{"user_id":"ann","user_name":"Ann","role":"agent","channels":["c1"],"user_info":{"nickname":"A","badge":"VIP","avatar_url":"https://a","custom":{"tier":"gold"}}}`)
	got.is(201).keys("token expires_at").has("2026-11-22T12:00:00.000Z", "expires_at")
	payload, err := b.claims(got.text("token"))
	if err != nil {
		t.Fatal(err)
	}
	for claim, want := range map[string]string{
		"sub":        "ann",
		"user_id":    "ann",
		"user_name":  "Ann",
		"role":       "agent",
		"channels":   "[c1]",
		"user_info":  "map[avatar_url:https://a badge:VIP custom:map[tier:gold] nickname:A]",
		"project_id": oichat.DefaultProjectID,
		"exp":        fmt.Sprint(float64(b.clock.Add(24 * time.Hour).Unix())),
	} {
		if got := fmt.Sprint(payload[claim]); got != want {
			t.Errorf("the claim %s is %s, want %s", claim, got, want)
		}
	}

	// An expired token is good for nothing but its renewal.
	b.clock = b.clock.Add(25 * time.Hour)
	if _, err := b.claims(got.text("token")); err == nil {
		t.Error("the token is still good after 25 hours")
	}
	renewed := b.send("POST /v1/auth/token/refresh", `{"token":"`+got.text("token")+`"}`).is(200).
		keys("token expires_at").has("2026-11-23T13:00:00.000Z", "expires_at")
	payload, err = b.claims(renewed.text("token"))
	if err != nil || payload["user_id"] != "ann" || payload["role"] != "agent" || renewed.text("token") == got.text("token") {
		t.Errorf("the renewed token has %v (%v)", payload, err)
	}
	tokens := b.mock.Snapshot().Tokens
	if len(tokens) != 2 || tokens[1].UserID != "ann" || tokens[1].Role != "agent" || tokens[1].ExpiresAt.Sub(b.clock) != 24*time.Hour {
		t.Errorf("the state has the tokens %+v", tokens)
	}
}

func TestTokensThatCannotBeRefreshed(t *testing.T) {
	b := newBench(t)
	sign := func(method jwt.SigningMethod, key any, project string) string {
		value, err := jwt.NewWithClaims(method, jwt.MapClaims{"project_id": project, "user_id": "ann"}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	secret := []byte(b.mock.SecretKey())
	for name, value := range map[string]string{
		"no JWT":             "expired-jwt",
		"another key":        sign(jwt.SigningMethodHS256, []byte("other"), b.mock.ProjectID()),
		"another algorithm":  sign(jwt.SigningMethodHS512, secret, b.mock.ProjectID()),
		"no signature":       sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, b.mock.ProjectID()),
		"a token of another": sign(jwt.SigningMethodHS256, secret, "proj_2"),
	} {
		t.Log(name)
		b.set(oichat.Settings{})
		b.send("POST /v1/auth/token/refresh", `{"token":"`+value+`"}`).fails(401, "INVALID_TOKEN", "The token was not issued by this project")
		b.set(oichat.Settings{BadTokenStatus: 400})
		b.send("POST /v1/auth/token/refresh", `{"token":"`+value+`"}`).is(400)
	}
	own := sign(jwt.SigningMethodHS256, secret, b.mock.ProjectID())
	b.send("POST /v1/auth/token/refresh", `{"token":"`+own+`"}`).is(200)
}

func TestFormsOfExpiry(t *testing.T) {
	b := newBench(t)
	b.clock = b.clock.Add(123 * time.Millisecond)
	for form, want := range map[string]string{"": "2026-11-21T12:01:00.000Z", "seconds": "1.79526246e+09", "milliseconds": "1.79526246e+12"} {
		b.set(oichat.Settings{ExpiresAt: form, TokenSeconds: 60})
		value := b.send("POST /v1/auth/token", `{"user_id":"ann"}`).is(201).has(want, "expires_at").text("token")
		b.send("POST /v1/auth/token/refresh", `{"token":"`+value+`"}`).is(200).has(want, "expires_at")
		b.set(oichat.Settings{NoRefreshExpiry: true})
		b.send("POST /v1/auth/token/refresh", `{"token":"`+value+`"}`).is(200).keys("token")
	}
}
