package tegrabox

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestTokens(t *testing.T) {
	for name, test := range map[string]struct {
		settings mock.Settings
		endless  bool
	}{
		"in the JWT": {mock.Settings{}, false},
		"data":       {mock.Settings{Envelope: "data"}, false},
		"expires_at": {mock.Settings{ExpiryField: "expires_at"}, false},
		"expiresAt":  {mock.Settings{ExpiryField: "expiresAt", EndlessTokens: false}, false},
		"expires_in": {mock.Settings{ExpiryField: "expires_in"}, false},
		"endless":    {mock.Settings{EndlessTokens: true}, true},
	} {
		client, server := startMock(t, test.settings)
		ctx := background(t)
		user := mustUser(t, client, ann())
		server.ResetRequests()
		token, err := client.GenerateToken(ctx, user.ID)
		lives := time.Until(token.ExpiresAt)
		if err != nil || token.Value == "" || test.endless != token.ExpiresAt.IsZero() || !test.endless && (lives < 23*time.Hour || lives > 25*time.Hour) {
			t.Errorf("%s: %v, %v", name, token.ExpiresAt, err)
		}
		identity, err := client.Verify(ctx, token.Value)
		if err != nil || identity.UserID != user.ID || test.endless != identity.ExpiresAt.IsZero() {
			t.Errorf("%s: %+v, %v", name, identity, err)
		}
		if err := client.RevokeTokens(ctx, user.ID); err != nil {
			t.Error(err)
		}
		if _, err := client.Verify(ctx, token.Value); !rest.IsKind(err, rest.Unauthorized) {
			t.Errorf("%s: after the revocation: %v", name, err)
		}
		path := base + "/users/" + user.ID + "/token"
		expect(t, server, "POST "+path, "GET /api/auth/verify", "DELETE "+path, "GET /api/auth/verify")
	}
}

func TestTokensOfUnknownUsers(t *testing.T) {
	client, _ := startMock(t, mock.Settings{})
	if _, err := client.GenerateToken(background(t), "nobody"); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
	if err := client.RevokeTokens(background(t), "nobody"); !rest.IsKind(err, rest.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestExpiryOfATokenIsReadFromIt(t *testing.T) {
	end := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(end)}).SignedString([]byte("k"))
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]time.Time{
		`{"token":"` + signed + `"}`:                                 end,
		`{"data":{"token":"` + signed + `","expires_at":null}}`:      end,
		`{"token":"opaque","expiresAt":1893553445000}`:               end,
		`{"token":"opaque","expires_in":60}`:                         time.Date(2026, 1, 1, 0, 1, 0, 0, time.UTC),
		`{"token":"opaque","expires_in":99999999999999}`:             {},
		`{"token":"opaque","expires_in":-1}`:                         {},
		`{"token":"opaque"}`:                                         {},
		`{"token":{"token":"opaque","expires_at":"1893553445"}}`:     end,
		`{"token":"eyJhbGciOiJub25lIn0.eyJleHAiOiJzb29uIn0.","x":1}`: {},
	} {
		config := impatient()
		config.ProjectID = "p"
		config.Now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
		token, err := serve(t, config, says(body)).GenerateToken(background(t), "u")
		if err != nil || !token.ExpiresAt.Equal(want) {
			t.Errorf("%s: %v, %v", body, token.ExpiresAt, err)
		}
	}
}

func TestVerifyReadsEachShape(t *testing.T) {
	want := Identity{UserID: "u", Username: "ann", ExternalUserID: "e", ProjectID: "p"}
	for _, body := range []string{
		`{"user":{"userId":"u","username":"ann","externalUserId":"e","projectId":"p"}}`,
		`{"data":{"user":{"user_id":"u","username":"ann","external_user_id":"e","project_id":"p"}}}`,
		`{"userId":"u","username":"ann","external_user_id":"e","projectId":"p"}`,
	} {
		config := impatient()
		config.JWT = "opaque"
		if got, err := serve(t, config, says(body)).Verify(background(t), ""); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestTokensStayOutOfErrors(t *testing.T) {
	const opaque = "opaque~token~canary"
	for _, answer := range []scripted{
		{200, `{"jwt":"` + opaque + `"}`},
		{200, opaque},
		{200, `<html>` + opaque},
		{400, `{"code":"` + opaque + `","message":"bad ` + opaque + `","details":{"token":"` + opaque + `"}}`},
		{401, opaque},
		{400, `{"message":"` + strings.Repeat("x", 285) + opaque + `"}`},
		{500, `{"message":"` + opaque + `","request_id":"` + opaque + `"}`},
	} {
		client := scriptedClient(t, inTurn(answer))
		for _, err := range []error{second(client.Verify(background(t), opaque)), client.LeaveRoom(background(t), "r", opaque)} {
			var failure *rest.Error
			if err != nil && (!errors.As(err, &failure) || strings.Contains(fmt.Sprintf("%+v %v", *failure, err), "opaque")) {
				t.Errorf("%s: %+v", answer.body, failure)
			}
		}
	}
	for _, answer := range []scripted{{200, `{"access":"` + opaque + `"}`}, {403, `{"access":"` + opaque + `"}`}} {
		if _, err := scriptedClient(t, inTurn(answer)).GenerateToken(background(t), "u"); err == nil || strings.Contains(fmt.Sprintf("%+v", err), "opaque") {
			t.Errorf("got %v", err)
		}
	}
	if err := withoutToken(errors.New("another"), opaque); err.Error() != "another" {
		t.Errorf("got %v", err)
	}
}
