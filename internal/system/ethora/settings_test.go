package ethora_test

import (
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// A malformed setting is told before any call, with the place it came from. An
// app id is not repeated: people put the secret there.
func TestProvider_malformedSettings(t *testing.T) {
	const secret = "canary-secret-in-the-wrong-place"
	good := acctest.Object{"api_url": "http://127.0.0.1:1", "app_id": "6650aa00000000000000ba5e", "app_secret": "x"}
	for name, test := range map[string]struct {
		block acctest.Object
		want  string
	}{
		"address": {with(good, acctest.Object{"api_url": "notaurl"}), "api_url in the provider's ethora block is not an address. Write the whole address"},
		"app id":  {with(good, acctest.Object{"app_id": secret}), "app_id in the provider's ethora block is not an Ethora app id: it must have 24 characters"},
		"capital": {with(good, acctest.Object{"app_id": "6650AA00000000000000BA5E"}), "each 0-9 or a-f"},
	} {
		problems := acctest.NewProtocol(t).Configure(acctest.Object{"ethora": test.block})
		if len(problems) != 1 || !mentions(problems, test.want) || mentions(problems, secret) {
			t.Errorf("%s: got %q, want %q", name, problems, test.want)
		}
	}

	t.Setenv("ETHORA_CHAT_API_URL", "notaurl")
	delete(good, "api_url")
	if problems := acctest.NewProtocol(t).Configure(acctest.Object{"ethora": good}); !mentions(problems, "The environment variable ETHORA_CHAT_API_URL is") {
		t.Errorf("got %q, want the name of the variable", problems)
	}
	if problems := acctest.NewProtocol(t).Configure(acctest.Object{}); len(problems) > 0 {
		t.Errorf("a provider that nothing uses complains: %q", problems)
	}
}

// A secret that was read from a file ends in a line feed.
func TestProvider_trimsSettings(t *testing.T) {
	e := startTenant(t)
	p := acctest.NewProtocol(t)
	problems := p.Configure(acctest.Object{"ethora": acctest.Object{
		"api_url": e.URL + "\n", "app_id": e.AppID() + "\n", "app_secret": e.AppSecret() + "\n",
	}})
	room := p.Apply(t.Context(), "chat_ethora_room", acctest.Object{"room_id": "support", "title": "Support"}, nil)
	if len(problems)+len(room.Problems) > 0 {
		t.Errorf("got %q, %q", problems, room.Problems)
	}
}
