package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// wantNoSecret fails when a text holds the test secret in any form.
func wantNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, form := range formsOf(testSecret) {
		if strings.Contains(text, form) {
			t.Errorf("a secret survived as %q in %q", form, text)
		}
	}
}

const testJWT = "eyJhbGciOiJIUzI1NiJ9.eyJkYXRhIjp7ImEiOjF9fQ.t2V7WCdhWCPZ8ABJUiykBQEUEGBBky7fekSwPTQsWE8"

func TestRedact(t *testing.T) {
	parts := strings.Split(testJWT, ".")
	r := newRedactor([]string{testSecret, "", " ", "zwölf/12"})
	for _, test := range []struct{ name, text, want string }{
		{"nothing to hide", `{"error":"domain \"x\" already exists"}`, `{"error":"domain \"x\" already exists"}`},
		{"told secret", "key " + testSecret + "!", "key ***!"},
		{"twice", testSecret + testSecret, "***"},
		{"in a query", "?k=" + url.QueryEscape(testSecret) + "&l=1", "?k=***&l=1"},
		{"in a path", "/a/" + url.PathEscape(testSecret) + "/b", "/a/***/b"},
		{"in lower-case hex", strings.ToLower(url.QueryEscape("zwölf/12")), "***"},
		{"in JSON", `["` + jsonEscape(testSecret, false) + `"]`, `["***"]`},
		{"in JSON for HTML", `["` + jsonEscape(testSecret, true) + `"]`, `["***"]`},
		{"in ASCII JSON", `["zw\u00f6lf/12"]`, `["***"]`},
		{"in JSON with escaped slashes", `["zwölf\/12"]`, `["***"]`},
		{"in JSON within JSON", jsonEscape(jsonEscape(testSecret, false), false), "***"},
		{"with letters spelled out", `\u007aw` + "ölf/12", "***"},
		{"cut off", "and " + testSecret[:8], "and ***"},

		{"token", "use " + testJWT + ", please", "use ***, please"},
		{"token without signature", parts[0] + "." + parts[1], "***"},
		{"token cut off", parts[0] + "." + parts[1][:3], "***"},
		{"header of a token", parts[0], "***"},
		{"bearer", `Authorization was "Bearer abc-1", sorry`, `Authorization was "Bearer ***", sorry`},
		{"bearer in a query", "bearer%20abc-1", "bearer%20***"},
		{"basic", "Basic dXNlcjpwYXNzd29yZA== sent", "Basic *** sent"},
		{"header line", "authorization: JWT abc\nx-custom-token: def\nAccept: all", "authorization: ***\nx-custom-token: ***\nAccept: all"},
		{"form", "a=1&client_secret=abc&b=2", "a=1&client_secret=***&b=2"},

		{"key", `{"appSecret":"abc","ok":true}`, `{"appSecret":***,"ok":true}`},
		{"every telling key",
			`{"SECRET":"a","tokenId":"a","newPassword":"a","Authorization":"a","apikey":"a","api_key":"a","api-key":"a","monkey":"a"}`,
			`{"SECRET":***,"tokenId":***,"newPassword":***,"Authorization":***,"apikey":***,"api_key":***,"api-key":***,"monkey":"a"}`},
		{"nested", `{"a":[{"b":{"token" : "abc"}}]}`, `{"a":[{"b":{"token" : ***}}]}`},
		{"value with quotes", `{"password":"a\"b\\","c":1}`, `{"password":***,"c":1}`},
		{"number", `{"token":123,"c":1}`, `{"token":***,"c":1}`},
		{"null at the end", `{"token":null}`, `{"token":***}`},
		{"object", `{"secret":{"a":"}","b":["x"]},"c":1}`, `{"secret":***,"c":1}`},
		{"list", `{"tokens":["a","]"],"c":1}`, `{"tokens":***,"c":1}`},
		{"truncated text", `{"password":"abc`, `{"password":***`},
		{"truncated object", `{"secret":{"a":"b`, `{"secret":***`},
		{"truncated before the value", `{"password":`, `{"password":***`},
		{"truncated behind an escape", `{"password":"abc\`, `{"password":***`},
		{"no value", `{"password":}`, `{"password":***}`},
		{"odd quote before", `5" disk, {"password":"abc"}`, `5" disk, {"password":***}`},
		{"key spelled out", `{"pass\u0077ord":"abc"}`, `{"password":***}`},
		{"JSON within JSON", `{"m":"{\"password\":\"a\\\"b\",\"c\":1}"}`, `{"m":"{\"password\":***,\"c\":1}"}`},
		{"indented JSON within JSON", `"{\n \"password\":\n \"abc\"\n}"`, `"{\n \"password\":\n ***\n}"`},
		{"thrice", `"\"{\\\"token\\\":\\\"abc\\\",\\\"c\\\":1}\""`, `"\"{\\\"token\\\":***,\\\"c\\\":1}\""`},
		{"quoted the other way", `{'password': "it's", 'c': 1}`, `{'password': ***, 'c': 1}`},
		{"words about a token", "invalid token: it has expired", "invalid token: it has expired"},
	} {
		if got := r.redact(test.text); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestRedactNeverSpellsASecretWithItsMark(t *testing.T) {
	for _, test := range []struct{ secret, text string }{
		{"x*", "xx*"}, {"*", "*"}, {"***", "a***"}, {"a***b", "aa***bb"}, {"**", "no"},
	} {
		if got := newRedactor([]string{test.secret}).redact(test.text); strings.Contains(got, test.secret) {
			t.Errorf("secret %q survived in %q", test.secret, got)
		}
	}
}

// A server that echoes everything it was told must not bring a secret into an error.
func TestErrorsHoldNoSecret(t *testing.T) {
	echo := fmt.Sprintf(`{"error":%q,"code":%q,"requestId":%q,"password":"hunter2","jwt":%q,"pad":%q}`,
		"bad "+testSecret, testSecret, testSecret, testJWT, strings.Repeat("p", 400)+testSecret)
	s := newServer(t, answer(400, echo, "X-Request-Id", testSecret))
	client := newClient(t, s.URL)
	_, err := client.Do(t.Context(), Request{
		Method: http.MethodGet, Path: "/x/" + url.PathEscape(testSecret), Query: url.Values{"token": {testSecret}},
	})
	e := asError(t, err)
	all := fmt.Sprintf("%v %+v %v", err, *e, client.Redact(err.Error()))
	wantNoSecret(t, all)
	for _, secret := range []string{"hunter2", "eyJ", testSecret[:10]} {
		if strings.Contains(all, secret) {
			t.Errorf("%q survived in %s", secret, all)
		}
	}
}

func TestNetworkErrorsHoldNoSecret(t *testing.T) {
	client := newClient(t, "http://ethora.invalid", func(c *Config) {
		c.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: fmt.Errorf("malformed answer %q", testSecret)}
		})
	})
	_, err := client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Query: url.Values{"q": {"private-" + testSecret}}})
	wantNoSecret(t, err.Error())
	if !strings.Contains(err.Error(), "malformed answer") || strings.Contains(err.Error(), "private") {
		t.Errorf("got %v", err)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("s3cr3t", "before ", " after", uint8(0), 1000)
	f.Add(testSecret, `{"a":"`, `"}`, uint8(3), 20)
	f.Add("a***b", "a", "***b", uint8(1), 30)
	f.Add("eyJhbGci.eyJ", `{"token":"`, `"`, uint8(2), 12)
	f.Add(`\u0041\`, `\`, `"`, uint8(4), 40)
	f.Add("ü\xff\n", "\xc3", "\xbc", uint8(5), 9)
	f.Fuzz(func(t *testing.T, secret, before, after string, depth uint8, cut int) {
		r := newRedactor([]string{secret})
		told := strings.TrimSpace(secret) != ""

		// A told secret between any two texts, in each form.
		for _, form := range append(r.forms, secret) {
			if got := r.redact(before + form + after); told && r.holdsSecret(got) {
				t.Errorf("secret %q survived as %q", secret, got)
			}
		}

		// A value that only its key tells, in JSON nested as deep as you like, cut anywhere.
		if utf8.RuneCountInString(secret) < minBeginning || strings.Contains(secret, mark) {
			return
		}
		text := nest(t, secret, depth%4)
		text = text[:min(len(text), max(cut, 0))]
		got := newRedactor(nil).redact(text)
		if at := strings.Index(text, "XX"); at >= 0 && strings.Contains(got, "XX") {
			t.Errorf("the value of a telling key survived: %q became %q", text, got)
		}
	})
}

// nest is a JSON document with a telling key, written as a JSON string depth times.
func nest(t *testing.T, value string, depth uint8) string {
	t.Helper()
	value = "XX" + strings.ReplaceAll(value, "XX", "")
	var document any = map[string]any{"a": []any{map[string]any{"appSecret": []any{value, map[string]any{"b": value}}, "c": 1}}}
	for {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if depth == 0 {
			return string(text)
		}
		depth--
		document = string(text)
	}
}
