package acctest_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main()
	code := m.Run()
	acctest.Cleanup()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
