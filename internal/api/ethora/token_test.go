package ethora

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The vectors are those of ethora-api.md §2.2.
func TestTokenVectors(t *testing.T) {
	issued := time.Unix(1700000000, 0)
	if got, want := DeriveKey("secret123", "ethora:server:v1"), "6fada8e7fbec51c006285f32991e91b55ba6da10e2ec415837be26a239c70016"; got != want {
		t.Errorf("server key %s, want %s", got, want)
	}
	if got, want := DeriveKey("secret123", "ethora:client:v1"), "4392dc228155c84c30d3beb4d4724e2f802b2f2520bc083ae488a15a0087f704"; got != want {
		t.Errorf("client key %s, want %s", got, want)
	}
	server, err := ServerToken("app123", "secret123", issued, 0)
	if want := "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJkYXRhIjp7ImFwcElkIjoiYXBwMTIzIiwidHlwZSI6InNlcnZlciJ9LCJpYXQiOjE3MDAwMDAwMDB9.Aton2zgbIC6C8vViqQFEXNICDPVOPX4zCCapvCZxYuo"; err != nil || server != want {
		t.Errorf("server token %s, %v, want %s", server, err, want)
	}
	client, err := ClientToken("app123", "secret123", "u1", issued, 0)
	if want := "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJkYXRhIjp7InR5cGUiOiJjbGllbnQiLCJ1c2VySWQiOiJ1MSIsImFwcElkIjoiYXBwMTIzIn0sImlhdCI6MTcwMDAwMDAwMH0.t2V7WCdhWCPZ8ABJUiykBQEUEGBBky7fekSwPTQsWE8"; err != nil || client != want {
		t.Errorf("client token %s, %v, want %s", client, err, want)
	}
}

func TestTokenExpires(t *testing.T) {
	issued := time.Unix(1700000000, 0)
	token, err := ServerToken("app123", "secret123", issued, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"data":{"appId":"app123","type":"server"},"exp":1700003600,"iat":1700000000}`; string(payload) != want {
		t.Errorf("payload %s, want %s", payload, want)
	}
}

func TestTokenArguments(t *testing.T) {
	for name, sign := range map[string]func() (string, error){
		"app id is empty":  func() (string, error) { return ServerToken("", "s", time.Now(), 0) },
		"secret is empty":  func() (string, error) { return ServerToken("a", "", time.Now(), 0) },
		"is negative":      func() (string, error) { return ClientToken("a", "s", "u", time.Now(), -time.Second) },
		"user id is empty": func() (string, error) { return ClientToken("a", "s", "", time.Now(), 0) },
	} {
		if token, err := sign(); err == nil || !strings.Contains(err.Error(), name) || token != "" {
			t.Errorf("%s: got %q, %v", name, token, err)
		}
	}
}

func TestSignerKeepsTokenForHalfItsLife(t *testing.T) {
	clock := time.Unix(1700000000, 0)
	s := &signer{appID: ownApp, appSecret: secret, now: func() time.Time { return clock }}
	tokenAt := func(after time.Duration) string {
		clock = time.Unix(1700000000, 0).Add(after)
		token, err := s.token()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	begin := tokenAt(0)
	if tokenAt(29*time.Minute) != begin {
		t.Error("the token was signed anew too early")
	}
	if tokenAt(30*time.Minute) == begin {
		t.Error("the token was not signed anew")
	}
	late := tokenAt(31 * time.Minute)
	if tokenAt(0) == late {
		t.Error("a clock that was set back keeps a token of the future")
	}
	parsed, err := jwt.Parse(late, func(*jwt.Token) (any, error) { return []byte(DeriveKey(secret, serverPurpose)), nil },
		jwt.WithTimeFunc(func() time.Time { return clock.Add(40 * time.Minute) }))
	if err != nil || !parsed.Valid {
		t.Errorf("the token is not valid: %v", err)
	}
}
