package oichat

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

func TestTokens(t *testing.T) {
	for name, settings := range map[string]mock.Settings{
		"bare":         {},
		"wrapped":      {Envelope: "success"},
		"seconds":      {ExpiresAt: "seconds"},
		"milliseconds": {ExpiresAt: "milliseconds"},
		"not told":     {NoRefreshExpiry: true},
	} {
		client, server := startMock(t, settings)
		began := time.Now()
		token, err := client.CreateToken(background(t), NewToken{
			UserID: "ann", UserName: "Ann", Channels: []string{"news"}, Role: "agent",
			UserInfo: &UserInfo{AvatarURL: "https://x/a.png", Nickname: "A", Badge: "VIP", Custom: []byte(`{"tier":"gold"}`)},
		})
		if err != nil {
			t.Fatal(err)
		}
		refreshed, err := client.RefreshToken(background(t), token.Value)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []Token{token, refreshed} {
			if lives := token.ExpiresAt.Sub(began); token.Value == "" || lives < 24*time.Hour-2*time.Second || lives > 25*time.Hour {
				t.Errorf("%s: the token lives for %s", name, lives)
			}
		}
		expect(t, server, "POST /v1/auth/token", "POST /v1/auth/token/refresh")
	}
}

func TestATokenThatCannotBeRefreshed(t *testing.T) {
	client, server := startMock(t, mock.Settings{BadTokenStatus: 400})
	if _, err := client.RefreshToken(background(t), "nonsense"); !rest.IsKind(err, rest.Invalid) {
		t.Errorf("got %v", err)
	}
	expect(t, server, "POST /v1/auth/token/refresh")
}

func TestExpiryOfATokenIsReadFromIt(t *testing.T) {
	end := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(end)}).SignedString([]byte("k"))
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]time.Time{
		`{"token":"` + signed + `"}`:                                           end,
		`{"token":"` + signed + `","expires_at":"2031-01-01T00:00:00Z"}`:       time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC),
		`{"token":"opaque"}`:                                                   {},
		`{"token":"eyJhbGciOiJub25lIn0.e30."}`:                                 {},
		`{"success":true,"data":{"token":"opaque","expires_at":"1893553445"}}`: end,
	} {
		token, err := serve(t, impatient(), says(body)).CreateToken(background(t), NewToken{UserID: "ann"})
		if err != nil || !token.ExpiresAt.Equal(want) {
			t.Errorf("%s: %+v, %v", body, token, err)
		}
	}
}

func TestTokensStayOutOfErrors(t *testing.T) {
	const opaque = "opaque~token~canary"
	for _, answer := range []scripted{
		{200, `{"jwt":"` + opaque + `"}`},
		{200, opaque},
		{200, `<html>` + opaque},
		{400, `{"error":{"code":"` + opaque + `","message":"bad ` + opaque + `","details":{"token":"` + opaque + `"}}}`},
		{400, opaque},
		{400, `{"message":"` + strings.Repeat("x", 285) + opaque + `"}`},
		{500, `{"message":"` + opaque + `","request_id":"` + opaque + `"}`},
	} {
		client := serve(t, impatient(), inTurn(answer))
		_, err := client.RefreshToken(background(t), opaque)
		var failure *rest.Error
		if !errors.As(err, &failure) || strings.Contains(fmt.Sprintf("%+v %v", *failure, err), "opaque") {
			t.Errorf("%s: %+v", answer.body, failure)
		}
	}
	issuing := serve(t, impatient(), says(`{"access":"`+opaque+`"}`))
	if _, err := issuing.CreateToken(background(t), NewToken{UserID: "ann"}); !rest.IsKind(err, rest.Malformed) || strings.Contains(err.Error(), "opaque") {
		t.Errorf("got %v", err)
	}
	if err := withoutToken(errors.New("another"), opaque); err.Error() != "another" {
		t.Errorf("got %v", err)
	}
}

func TestSendMessage(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	room := mustCreate(t, client, group("x"))
	for _, message := range []NewMessage{
		{RoomID: room.ID, SenderID: "system", Content: "hello", ContentType: "system", Metadata: []byte(`{"order":1}`)},
		{RoomID: room.ID, SenderID: "ann", Content: "hello", IdempotencyKey: "mine"},
		{RoomID: room.ID, SenderID: "ann", Content: "hello", IdempotencyKey: "mine"},
	} {
		sent, err := client.SendMessage(background(t), message)
		if err != nil || sent.ID == "" || sent.CreatedAt.IsZero() {
			t.Errorf("%+v: %+v, %v", message, sent, err)
		}
	}
	if got := len(server.Snapshot().Messages); got != 2 {
		t.Errorf("%d messages, want 2", got)
	}
	for name, test := range map[string]struct {
		message NewMessage
		kind    rest.Kind
	}{
		"stranger": {NewMessage{RoomID: room.ID, SenderID: "eve", Content: "x"}, rest.Forbidden},
		"type":     {NewMessage{RoomID: room.ID, SenderID: "ann", Content: "x", ContentType: "y"}, rest.Invalid},
		"room":     {NewMessage{RoomID: "none", SenderID: "ann", Content: "x"}, rest.NotFound},
	} {
		if _, err := client.SendMessage(background(t), test.message); !rest.IsKind(err, test.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	silent := serve(t, impatient(), &script{answers: []scripted{{http.StatusNoContent, ""}}})
	if sent, err := silent.SendMessage(background(t), NewMessage{RoomID: "r", SenderID: "ann", Content: "x"}); err != nil || sent.ID != "" {
		t.Errorf("without an answer: %+v, %v", sent, err)
	}
}
