package acctest

import (
	"fmt"
	"testing"
	"time"

	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system/tegrabox"
)

// hurryTegraBox shortens the waits of clients of TegraBox.
func hurryTegraBox() {
	tegrabox.ClientDefaults.RetryWaitMin = time.Millisecond
	tegrabox.ClientDefaults.RetryWaitMax = 20 * time.Millisecond
	tegrabox.ClientDefaults.RateLimitPatience = 200 * time.Millisecond
	tegrabox.ClientDefaults.FinishBudget = 2 * time.Second
}

// TegraBox is a mock of TegraBox that listens on loopback.
type TegraBox struct {
	*mock.Server
	Mock
}

// StartTegraBox starts a mock for the duration of the test.
func StartTegraBox(t *testing.T) *TegraBox {
	t.Helper()
	server := mock.New(mock.Options{})
	return &TegraBox{Server: server, Mock: listen(t, server)}
}

// Provider is the provider block that points to the mock.
func (b *TegraBox) Provider() string {
	return fmt.Sprintf(`
provider "chat" {
  tegrabox = {
    base_url = %q
    api_key  = %q
  }
}
`, b.URL, b.APIKey())
}

// Environment is what provider "chat" { tegrabox = {} } needs, as NAME=value.
func (b *TegraBox) Environment() []string {
	return []string{"TEGRABOX_BASE_URL=" + b.URL, "TEGRABOX_API_KEY=" + b.APIKey()}
}

// Settings replaces the mock's settings.
func (b *TegraBox) Settings(t *testing.T, settings mock.Settings) {
	t.Helper()
	if err := b.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

// Protocol starts a provider that is configured for the mock.
func (b *TegraBox) Protocol(t *testing.T) *Protocol {
	t.Helper()
	return b.ProtocolWith(t, nil)
}

// ProtocolWith is Protocol with more settings.
func (b *TegraBox) ProtocolWith(t *testing.T, more Object) *Protocol {
	t.Helper()
	settings := Object{"base_url": b.URL, "api_key": b.APIKey()}
	for name, value := range more {
		settings[name] = value
	}
	return configured(t, Object{"tegrabox": settings})
}
