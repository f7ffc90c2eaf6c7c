package rocketchat_test

import (
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
