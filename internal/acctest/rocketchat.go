package acctest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system/rocketchat"
)

// hurryRocketChat shortens the waits of clients of Rocket.Chat.
func hurryRocketChat() {
	rocketchat.ClientDefaults.RetryWaitMin = time.Millisecond
	rocketchat.ClientDefaults.RetryWaitMax = 20 * time.Millisecond
	rocketchat.ClientDefaults.RateLimitPatience = 200 * time.Millisecond
	rocketchat.ClientDefaults.FinishBudget = 2 * time.Second
}

// RocketChat is a mock of Rocket.Chat that listens on loopback.
type RocketChat struct {
	*mock.Server
	Mock
}

// StartRocketChat starts a mock for the duration of the test.
func StartRocketChat(t *testing.T) *RocketChat {
	t.Helper()
	return StartRocketChatWith(t, mock.Options{})
}

// StartRocketChatWith is StartRocketChat with options, such as another clock.
func StartRocketChatWith(t *testing.T, options mock.Options) *RocketChat {
	t.Helper()
	server := mock.New(options)
	return &RocketChat{Server: server, Mock: listen(t, server)}
}

// Provider is the provider block that points to the mock, with an administrator.
func (r *RocketChat) Provider() string {
	return fmt.Sprintf(`
provider "chat" {
  rocketchat = {
    server_url = %q
    auth_token = %q
    user_id    = %q
  }
}
`, r.URL, r.AdminToken(), r.AdminUserID())
}

// Environment is what provider "chat" { rocketchat = {} } needs, as NAME=value.
func (r *RocketChat) Environment() []string {
	return append(r.VisitorEnvironment(), "ROCKETCHAT_AUTH_TOKEN="+r.AdminToken(), "ROCKETCHAT_USER_ID="+r.AdminUserID())
}

// VisitorEnvironment is Environment without an administrator.
func (r *RocketChat) VisitorEnvironment() []string {
	return []string{"ROCKETCHAT_URL=" + r.URL}
}

// Settings replaces the mock's settings.
func (r *RocketChat) Settings(t *testing.T, settings mock.Settings) {
	t.Helper()
	if err := r.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

// Protocol starts a provider that is configured for the mock, with an
// administrator.
func (r *RocketChat) Protocol(t *testing.T) *Protocol {
	t.Helper()
	return r.ProtocolWith(t, nil)
}

// ProtocolWith is Protocol with more settings, or other ones.
func (r *RocketChat) ProtocolWith(t *testing.T, more Object) *Protocol {
	t.Helper()
	settings := Object{"server_url": r.URL, "auth_token": r.AdminToken(), "user_id": r.AdminUserID()}
	maps.Copy(settings, more)
	return configured(t, Object{"rocketchat": settings})
}

// VisitorProtocol is Protocol without an administrator.
func (r *RocketChat) VisitorProtocol(t *testing.T) *Protocol {
	t.Helper()
	return r.ProtocolWith(t, Object{"auth_token": nil, "user_id": nil})
}
