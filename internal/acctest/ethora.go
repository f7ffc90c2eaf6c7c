package acctest

import (
	"fmt"
	"testing"
	"time"

	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system/ethora"
)

// hurryEthora shortens the waits of clients of Ethora.
func hurryEthora() {
	ethora.ClientDefaults.RetryWaitMin = time.Millisecond
	ethora.ClientDefaults.RetryWaitMax = 20 * time.Millisecond
	ethora.ClientDefaults.RateLimitPatience = 200 * time.Millisecond
	ethora.ClientDefaults.PollWaitMin = time.Millisecond
	ethora.ClientDefaults.PollWaitMax = 20 * time.Millisecond
	ethora.ClientDefaults.AccessWait = 2 * time.Second
	ethora.ClientDefaults.FinishBudget = 2 * time.Second
}

// Ethora is a mock of Ethora that listens on loopback.
type Ethora struct {
	*mock.Server
	Mock
}

// StartEthora starts a mock for the duration of the test.
func StartEthora(t *testing.T) *Ethora {
	t.Helper()
	server := mock.New(mock.Options{})
	return &Ethora{Server: server, Mock: listen(t, server)}
}

// Provider is the provider block that points to the mock.
func (e *Ethora) Provider() string {
	return fmt.Sprintf(`
provider "chat" {
  ethora = {
    api_url    = %q
    app_id     = %q
    app_secret = %q
  }
}
`, e.URL, e.AppID(), e.AppSecret())
}

// Environment is what provider "chat" { ethora = {} } needs, as NAME=value.
func (e *Ethora) Environment() []string {
	return []string{
		"ETHORA_CHAT_API_URL=" + e.URL,
		"ETHORA_CHAT_APP_ID=" + e.AppID(),
		"ETHORA_CHAT_APP_SECRET=" + e.AppSecret(),
	}
}

// Settings replaces the mock's settings.
func (e *Ethora) Settings(t *testing.T, settings mock.Settings) {
	t.Helper()
	if err := e.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

// Protocol starts a provider that is configured for the mock.
func (e *Ethora) Protocol(t *testing.T) *Protocol {
	t.Helper()
	return configured(t, Object{"ethora": Object{"api_url": e.URL, "app_id": e.AppID(), "app_secret": e.AppSecret()}})
}
