package ethora

import (
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestNewClientRefuses(t *testing.T) {
	good := Config{APIURL: "https://api.example.com", AppID: ownApp, AppSecret: secret}
	for want, change := range map[string]func(*Config){
		"app id is empty":      func(c *Config) { c.AppID = "" },
		"contains a slash":     func(c *Config) { c.AppID = "a/b" },
		"secret of Ethora app": func(c *Config) { c.AppSecret = "" },
		"API URL is empty":     func(c *Config) { c.APIURL = "/v1" },
		"must begin with http": func(c *Config) { c.APIURL = "ftp://x" },
	} {
		config := good
		change(&config)
		if _, err := NewClient(config); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestBaseURL(t *testing.T) {
	for _, input := range []string{"https://x", "https://x/", "https://x/v1", "https://x/v2/", " https://x/v1/v2// "} {
		if got := baseURL(input); got != "https://x" {
			t.Errorf("baseURL(%q) = %q", input, got)
		}
	}
	if got := baseURL("https://x/chat/v1"); got != "https://x/chat" {
		t.Errorf("a path before the version is lost: %q", got)
	}
}

func TestEveryRequestIsSignedBothWays(t *testing.T) {
	client, requests := start(t, routes{"GET /v2/apps/{app}": inTurn(ok(`{"app":{"_id":"` + childApp + `"}}`))})
	if _, err := client.GetApp(background(t), childApp); err != nil {
		t.Fatal(err)
	}
	header := requests.at(0).header
	token := header.Get("x-custom-token")
	if header.Get("Authorization") != "Bearer "+token {
		t.Error("the two headers differ")
	}
	claims := serverClaims{}
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return []byte(DeriveKey(secret, serverPurpose)), nil })
	if err != nil || claims.Data.AppID != ownApp || claims.Data.Type != "server" || claims.ExpiresAt == nil {
		t.Errorf("the token is %+v, %v", claims, err)
	}
}

func TestXMPPHost(t *testing.T) {
	for name, test := range map[string]struct {
		answer answer
		want   string
	}{
		"new envelope":    {ok(`{"result":{"_id":"x","xmppHost":"chat.example.com"}}`), "chat.example.com"},
		"old envelope":    {ok(`{"app":{"appToken":"t","xmppHost":"conference.chat.example.com"}}`), "chat.example.com"},
		"bare":            {ok(`{"xmppHost":"chat.example.com"}`), "chat.example.com"},
		"without a host":  {ok(`{"appToken":"t"}`), DefaultXMPPHost},
		"empty":           {ok(``), DefaultXMPPHost},
		"web page":        {ok(`<html>`), DefaultXMPPHost},
		"unknown domain":  {refused(404, `{"error":"App not found","code":"APP_NOT_FOUND"}`), DefaultXMPPHost},
		"refused":         {refused(422, `{"error":"\"domainName\" is not allowed"}`), DefaultXMPPHost},
		"no such route":   {refused(404, `Cannot GET`), DefaultXMPPHost},
		"no such address": {refused(410, ``), DefaultXMPPHost},
	} {
		client, requests := start(t, routes{"/": inTurn(test.answer)})
		for range 2 {
			if got, err := client.XMPPHost(background(t)); err != nil || got != test.want {
				t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
			}
		}
		requests.expect(t, "GET /v1/apps/get-config?domainName=app")
	}
}

func TestXMPPHostIsAskedAgainAfterAnOutage(t *testing.T) {
	client, requests := start(t, routes{"/": inTurn(refused(503, ``), ok(`{"result":{"xmppHost":"chat.example.com"}}`))})
	if _, err := client.XMPPHost(background(t)); !rest.IsKind(err, rest.Unavailable) {
		t.Errorf("an outage gave %v", err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, err := client.XMPPHost(background(t)); err != nil || got != "chat.example.com" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	group.Wait()
	if got := len(requests.lines()); got != 2 {
		t.Errorf("%d requests, want 2", got)
	}
}

func TestXMPPHostCanBeSet(t *testing.T) {
	client, requests := startWith(t, Config{XMPPHost: "own.example.com"}, routes{})
	if got, err := client.XMPPHost(background(t)); err != nil || got != "own.example.com" {
		t.Errorf("got %q, %v", got, err)
	}
	requests.expect(t)
}

func TestEmptyIDsReachNoServer(t *testing.T) {
	client, requests := start(t, routes{})
	ctx := background(t)
	for name, try := range map[string]func() error{
		"GetUser":      func() error { _, err := client.GetUser(ctx, "", ""); return err },
		"DeleteUsers":  func() error { return client.DeleteUsers(ctx, "", []string{"ann", ""}, DeleteOptions{}) },
		"UpdateUser":   func() error { return client.UpdateUser(ctx, "", UserUpdate{}) },
		"CreateUser":   func() error { _, err := client.CreateUser(ctx, "", NewUser{}, true); return err },
		"RestoreUser":  func() error { return client.RestoreUser(ctx, "", "") },
		"GetJob":       func() error { _, err := client.GetUsersBatchJob(ctx, "", ""); return err },
		"CreateChat":   func() error { _, err := client.CreateChat(ctx, "", NewChat{}); return err },
		"GetChat":      func() error { _, err := client.GetChat(ctx, "", ""); return err },
		"DeleteChat":   func() error { return client.DeleteChat(ctx, "", "") },
		"UpdateChat":   func() error { return client.UpdateChat(ctx, "", "", ChatFields{Title: pointer("x")}) },
		"GrantAccess":  func() error { return client.GrantAccess(ctx, "", "", []string{"ann"}) },
		"RemoveAccess": func() error { return client.RemoveAccess(ctx, "", "room", []string{""}) },
		"ListMembers":  func() error { _, err := client.ListMembers(ctx, "", ""); return err },
		"HasAccess":    func() error { _, err := client.HasAccess(ctx, "", "room", ""); return err },
		"UserChats":    func() error { _, err := client.ListUserChats(ctx, "", "", true); return err },
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), "id is empty") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	requests.expect(t)
}
