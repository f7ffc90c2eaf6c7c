package main

import (
	"os"
	"testing"
)

func TestKeepQuiet(t *testing.T) {
	for name, test := range map[string]struct{ variable, value, sdk string }{
		"nobody asked for a log":         {"TF_LOG", "", "off"},
		"Terraform's and the provider's": {"TF_LOG", "TRACE", ""},
		"the provider's":                 {"TF_LOG_PROVIDER", "DEBUG", ""},
		"the framework's, by name":       {"TF_LOG_SDK", "WARN", "WARN"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK"} {
				t.Setenv(variable, "")
			}
			t.Setenv(test.variable, test.value)
			if err := keepQuiet(); err != nil {
				t.Fatal(err)
			}
			if got := os.Getenv("TF_LOG_SDK"); got != test.sdk {
				t.Errorf("TF_LOG_SDK is %q, want %q", got, test.sdk)
			}
		})
	}
}
