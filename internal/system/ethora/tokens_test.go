package ethora_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// The keys that ethora-api.md §2.2 derives from "secret123".
const (
	serverKey = "6fada8e7fbec51c006285f32991e91b55ba6da10e2ec415837be26a239c70016"
	clientKey = "4392dc228155c84c30d3beb4d4724e2f802b2f2520bc083ae488a15a0087f704"
)

// claims verifies a token and returns what it says.
func claims(t *testing.T, token any, key string) jwt.MapClaims {
	t.Helper()
	text, _ := token.(string)
	parsed, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return []byte(key), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Claims.(jwt.MapClaims)
}

func TestTokens(t *testing.T) {
	own := object{"api_url": "https://api.example.com", "app_id": appA, "app_secret": "secret123"}
	other := object{"api_url": "https://api.example.com", "app_id": appB, "app_secret": "other"}
	server := func(appID string) map[string]any { return map[string]any{"type": "server", "appId": appID} }
	client := func(appID string) map[string]any {
		return map[string]any{"type": "client", "userId": "u1", "appId": appID}
	}
	for name, test := range map[string]struct {
		provider object
		typeName string
		config   object
		key      string
		data     map[string]any
		appID    string
		ttl      time.Duration
	}{
		"server, own app":   {own, "chat_ethora_server_token", object{}, serverKey, server(appA), appA, time.Hour},
		"server, short":     {own, "chat_ethora_server_token", object{"ttl": "90s"}, serverKey, server(appA), appA, 90 * time.Second},
		"server, other app": {other, "chat_ethora_server_token", object{"app_id": appA, "app_secret": "secret123"}, serverKey, server(appA), appA, time.Hour},
		"server, no provider settings": {nil, "chat_ethora_server_token",
			object{"app_id": appA, "app_secret": "secret123"}, serverKey, server(appA), appA, time.Hour},
		"client, own app": {own, "chat_ethora_client_token", object{"user_id": "u1"}, clientKey, client(appA), appA, time.Hour},
		"client, other app": {other, "chat_ethora_client_token",
			object{"user_id": "u1", "app_id": appA, "app_secret": "secret123", "ttl": "720h"}, clientKey, client(appA), appA, 720 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now().Truncate(time.Second)
			got, found := connect(t, test.provider).open(test.typeName, test.config)
			if found != nil {
				t.Fatal(found)
			}
			said := claims(t, got["token"], test.key)
			if !reflect.DeepEqual(said["data"], any(test.data)) || len(said) != 3 {
				t.Errorf("the token says %v", said)
			}
			issued, expires := readTime(t, got["issued_at"]), readTime(t, got["expires_at"])
			if issued.Before(before) || issued.After(time.Now()) || expires.Sub(issued) != test.ttl {
				t.Errorf("it is good from %s to %s, want %s from now on", issued, expires, test.ttl)
			}
			if said["iat"] != float64(issued.Unix()) || said["exp"] != float64(expires.Unix()) {
				t.Errorf("the token says iat %v, exp %v, the results %d, %d", said["iat"], said["exp"], issued.Unix(), expires.Unix())
			}
			if got["app_id"] != test.appID {
				t.Errorf("app_id is %v, want %s", got["app_id"], test.appID)
			}
		})
	}
}

func readTime(t *testing.T, value any) time.Time {
	t.Helper()
	text, _ := value.(string)
	read, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// The server takes what is signed here, and nothing is asked of it meanwhile.
func TestTokensAreSignedWithoutACall(t *testing.T) {
	server := acctest.StartEthora(t)
	p := connectTo(t, server)
	for typeName, config := range map[string]object{
		"chat_ethora_server_token": {}, "chat_ethora_client_token": {"user_id": "nobody"},
	} {
		if _, found := p.open(typeName, config); found != nil {
			t.Errorf("%s: %v", typeName, found)
		}
	}
	if calls := server.Requests(); len(calls) != 0 {
		t.Errorf("%d calls were made", len(calls))
	}
}

func TestTokensRefuseBadInput(t *testing.T) {
	own := object{"api_url": "https://api.example.com", "app_id": appA, "app_secret": "secret123"}
	for name, test := range map[string]struct {
		provider        object
		config          object
		attribute, says string
	}{
		"app without secret":    {own, object{"user_id": "u1", "app_id": appB}, `AttributeName("app_id")`, "app_secret"},
		"secret without app":    {own, object{"user_id": "u1", "app_secret": "canary-secret"}, `AttributeName("app_secret")`, "app_id"},
		"empty secret":          {own, object{"user_id": "u1", "app_id": appB, "app_secret": ""}, `AttributeName("app_secret")`, "at least 1"},
		"malformed app":         {own, object{"user_id": "u1", "app_id": "acme", "app_secret": "canary-secret"}, `AttributeName("app_id")`, "24 characters"},
		"prefixed user":         {own, object{"user_id": appA + "_u1"}, `AttributeName("user_id")`, "plain id"},
		"no number":             {own, object{"user_id": "u1", "ttl": "forever"}, `AttributeName("ttl")`, "such as 15m"},
		"days":                  {own, object{"user_id": "u1", "ttl": "30d"}, `AttributeName("ttl")`, "s, m or h"},
		"no time":               {own, object{"user_id": "u1", "ttl": "0s"}, `AttributeName("ttl")`, "at least 1s"},
		"less than none":        {own, object{"user_id": "u1", "ttl": "-1h"}, `AttributeName("ttl")`, "at least 1s"},
		"less than a second":    {own, object{"user_id": "u1", "ttl": "900ms"}, `AttributeName("ttl")`, "at least 1s"},
		"provider without apps": {nil, object{"user_id": "u1"}, "", "ETHORA_CHAT_APP_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := connect(t, test.provider).open("chat_ethora_client_token", test.config)
			if len(found) != 1 || found[0].attribute != test.attribute || !strings.Contains(found[0].summary+found[0].detail, test.says) {
				t.Errorf("it said %q", found)
			}
			for _, one := range found {
				if strings.Contains(one.summary+one.detail, "canary") {
					t.Errorf("it shows the secret: %q", one)
				}
			}
		})
	}
}
