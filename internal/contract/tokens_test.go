//go:build contract

package contract

import (
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	api "github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

// Given the moment that the SDK signed at, our token is the SDK's byte for
// byte; this includes the derived key.
func TestTokensAreTheSDKs(t *testing.T) {
	s := newStage(t)
	tests := []struct {
		call      string
		arguments []any
		ours      func(issued time.Time) (string, error)
	}{
		{"createChatUserJwtToken", []any{"ann"}, func(issued time.Time) (string, error) {
			return s.client.ClientToken("ann", issued, 0)
		}},
		{"createClientToken", []any{"ann"}, func(issued time.Time) (string, error) {
			return s.client.ClientToken("ann", issued, 0)
		}},
		{"createServerToken", nil, func(issued time.Time) (string, error) {
			return s.client.ServerToken(issued, 0)
		}},
	}
	for _, test := range tests {
		t.Run(test.call, func(t *testing.T) {
			theirs, _ := s.sdk.call(t, test.call, test.arguments...).(string)
			ours, err := test.ours(issuedAt(t, theirs))
			if err != nil {
				t.Fatal(err)
			}
			if ours != theirs {
				t.Errorf("the tokens differ:\n SDK %s\nours %s", theirs, ours)
			}
		})
	}
}

func issuedAt(t *testing.T, token string) time.Time {
	t.Helper()
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		t.Fatalf("%q is not a token: %v", token, err)
	}
	if claims.IssuedAt == nil {
		t.Fatal("the token does not say when it was issued")
	}
	return claims.IssuedAt.Time
}

func TestSDKVerifiesOurTokens(t *testing.T) {
	s := newStage(t)
	client, err := s.client.ClientToken("ann", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	payload := s.sdk.call(t, "verifyJwtToken", client)
	want(t, payload, "data.type", "client")
	want(t, payload, "data.userId", "ann")
	want(t, payload, "data.appId", s.own)

	server, err := s.client.ServerToken(time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	payload = s.sdk.call(t, "verifyJwtToken", server)
	want(t, payload, "data.type", "server")
	want(t, payload, "data.appId", s.own)

	expired, err := s.client.ServerToken(time.Now().Add(-2*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := api.ServerToken(s.own, "another-secret", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"expired": expired, "signed with another secret": foreign} {
		if thrown := s.sdk.refuse(t, "verifyJwtToken", token); thrown.Message != "Invalid JWT token" {
			t.Errorf("a token that is %s: the SDK says %q", name, thrown.Message)
		}
	}
}

// The server takes both for the same user.
func TestClientTokensOpenASession(t *testing.T) {
	s := newStage(t)
	theirs, _ := s.sdk.call(t, "createChatUserJwtToken", "ann").(string)
	ours, err := s.client.ClientToken("ann", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for side, token := range map[string]string{"the SDK": theirs, "us": ours} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/users/client", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("x-custom-token", token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("a client token by %s: status %d, want 200", side, answer.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
