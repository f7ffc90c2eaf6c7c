package rest

import "strings"

const mark = "***"

type redactor struct{ secrets []string }

func newRedactor(secrets []string) *redactor { return &redactor{secrets: secrets} }

func (r *redactor) redact(text string) string {
	for _, secret := range r.secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, mark)
		}
	}
	return text
}
