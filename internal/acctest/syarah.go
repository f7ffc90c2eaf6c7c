package acctest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system/syarah"
)

// hurrySyarah shortens the waits of clients of Syarah. A connection that is not
// used any more is closed soon, so that no test leaves one.
func hurrySyarah() {
	syarah.ClientDefaults.RetryWaitMin = time.Millisecond
	syarah.ClientDefaults.RetryWaitMax = 20 * time.Millisecond
	syarah.ClientDefaults.RateLimitPatience = 200 * time.Millisecond
	syarah.ClientDefaults.FinishBudget = 2 * time.Second
	syarah.ClientDefaults.AckTimeout = 2 * time.Second
	syarah.ClientDefaults.IdleTimeout = 500 * time.Millisecond
}

// Syarah is a mock of Syarah that listens on loopback, the gateway and the
// backend on one URL.
type Syarah struct {
	*mock.Server
	Mock
}

// StartSyarah starts a mock for the duration of the test.
func StartSyarah(t *testing.T) *Syarah {
	t.Helper()
	server := mock.New(mock.Options{})
	listening := listen(t, server)
	t.Cleanup(server.Close) // before the listener, which does not know its websockets
	return &Syarah{Server: server, Mock: listening}
}

// Provider is the provider block that points to the mock.
func (s *Syarah) Provider() string {
	return fmt.Sprintf(`
provider "chat" {
  syarah = {
    gateway_url  = %q
    backend_url  = %q
    user_id      = %q
    access_token = %q
  }
}
`, s.URL, s.URL, s.UserID(), s.AccessToken())
}

// Environment is what provider "chat" { syarah = {} } needs, as NAME=value.
func (s *Syarah) Environment() []string {
	return []string{
		"SYARAH_GATEWAY_URL=" + s.URL,
		"SYARAH_BACKEND_URL=" + s.URL,
		"SYARAH_USER_ID=" + s.UserID(),
		"SYARAH_ACCESS_TOKEN=" + s.AccessToken(),
	}
}

// Settings replaces the mock's settings.
func (s *Syarah) Settings(t *testing.T, settings mock.Settings) {
	t.Helper()
	if err := s.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
}

// Protocol starts a provider that is configured for the mock.
func (s *Syarah) Protocol(t *testing.T) *Protocol {
	t.Helper()
	return s.ProtocolWith(t, nil)
}

// ProtocolWith is Protocol with more settings in the provider's block; nil takes
// one away.
func (s *Syarah) ProtocolWith(t *testing.T, more Object) *Protocol {
	t.Helper()
	settings := Object{"gateway_url": s.URL, "backend_url": s.URL, "user_id": s.UserID(), "access_token": s.AccessToken()}
	maps.Copy(settings, more)
	return configured(t, Object{"syarah": settings})
}
