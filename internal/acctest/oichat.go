package acctest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	mock "github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/system/oichat"
)

// hurryOiChat shortens the waits of clients of OiChat.
func hurryOiChat() {
	oichat.ClientDefaults.RetryWaitMin = time.Millisecond
	oichat.ClientDefaults.RetryWaitMax = 20 * time.Millisecond
	oichat.ClientDefaults.RateLimitPatience = 200 * time.Millisecond
	oichat.ClientDefaults.FinishBudget = 2 * time.Second
}

// OiChat is a mock of OiChat that listens on loopback.
type OiChat struct {
	*mock.Server
	Mock
}

// StartOiChat starts a mock for the duration of the test.
func StartOiChat(t *testing.T) *OiChat {
	t.Helper()
	server := mock.New(mock.Options{})
	return &OiChat{Server: server, Mock: listen(t, server)}
}

// Provider is the provider block that points to the mock.
func (o *OiChat) Provider() string {
	return fmt.Sprintf(`
provider "chat" {
  oichat = {
    base_url   = %q
    api_key    = %q
    secret_key = %q
    project_id = %q
  }
}
`, o.URL, o.APIKey(), o.SecretKey(), o.ProjectID())
}

// Environment is what provider "chat" { oichat = {} } needs, as NAME=value.
func (o *OiChat) Environment() []string {
	return []string{
		"OICHAT_BASE_URL=" + o.URL,
		"OICHAT_API_KEY=" + o.APIKey(),
		"OICHAT_SECRET_KEY=" + o.SecretKey(),
		"OICHAT_PROJECT_ID=" + o.ProjectID(),
	}
}

// Settings replaces the mock's settings.
func (o *OiChat) Settings(t *testing.T, settings mock.Settings) {
	t.Helper()
	if err := o.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

// Protocol starts a provider that is configured for the mock.
func (o *OiChat) Protocol(t *testing.T) *Protocol {
	t.Helper()
	return o.ProtocolWith(t, nil)
}

// ProtocolWith is Protocol with more settings in the provider's block.
func (o *OiChat) ProtocolWith(t *testing.T, more Object) *Protocol {
	t.Helper()
	settings := Object{"base_url": o.URL, "api_key": o.APIKey(), "secret_key": o.SecretKey(), "project_id": o.ProjectID()}
	maps.Copy(settings, more)
	return configured(t, Object{"oichat": settings})
}
