package rocketchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// holdsToken finds a visitor's or the administrator's token in a text, however it
// is written.
func holdsToken(text string) string {
	quoted, _ := json.Marshal(token)
	for _, form := range []string{token, pathToken, strings.ToLower(pathToken), url.QueryEscape(token), strings.Trim(string(quoted), `"`), "v1s1t0r", "t0k€n", authToken} {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// everything an error can show.
func shown(err error) string {
	text := fmt.Sprintf("%v\n%+v\n%#v", err, err, err)
	var failure *rest.Error
	if errors.As(err, &failure) {
		text += fmt.Sprintf("\n%+v %#v", *failure, *failure)
	}
	return text
}

// echo is a text of all tokens that a call was told, in the forms of JSON and URLs.
func echo(t *testing.T, tokens ...string) string {
	t.Helper()
	var forms []string
	for _, secret := range tokens {
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		forms = append(forms, strings.Trim(string(quoted), `"`), url.PathEscape(secret), url.QueryEscape(secret))
	}
	return strings.Join(forms, " ")
}

// A server that repeats what it was told, in every place that is shown, must bring
// no token into an error or into the log: neither the visitor's, which stands in the
// path, the query, the body or a header, nor the administrator's.
func TestNoTokenIsShown(t *testing.T) {
	operations := append(operations(), operation{name: "UploadFile", do: func(ctx context.Context, c *Client) (any, error) {
		return c.UploadFile(ctx, token, "r1", someFile())
	}}, operation{name: "RegisterVisitor", do: func(ctx context.Context, c *Client) (any, error) {
		return c.RegisterVisitor(ctx, VisitorFields{Token: token})
	}}, operation{name: "CloseOpenRooms", do: func(ctx context.Context, c *Client) (any, error) {
		return c.CloseOpenRooms(ctx, token)
	}})
	for _, op := range operations {
		words := echo(t, authToken)
		if op.line == "" || strings.Contains(op.line+op.body, token) || strings.Contains(op.line, pathToken) {
			words = echo(t, authToken, token) // the others are not told the visitor's
		}
		body := fmt.Sprintf(`{"success":false,"error":"no %s [%s]","errorType":"%s","reason":"%s","message":"%s","token":"%s"}`, words, words, words, words, words, token)
		header := map[string]string{"X-Request-Id": words}
		for name, answer := range map[string]reply{
			"refused":     {status: 400, body: body, header: header},
			"forbidden":   {status: 403, body: body, header: header},
			"broken":      {status: 500, body: words, header: header},
			"redirected":  {status: 302, header: map[string]string{"Location": "/login/" + strings.ReplaceAll(words, " ", "/") + "?token=" + pathToken}},
			"not read":    {status: 200, body: body, header: header},
			"nonsense":    {status: 200, body: `["` + words + `"]`, header: header},
			"web page":    {status: 200, body: "<html>" + words, header: header},
			"unreachable": cut,
		} {
			var output bytes.Buffer
			client, _ := serve(t, answer)
			_, err := op.do(tflogtest.RootLogger(background(t), &output), client)
			if err == nil {
				t.Errorf("%s, %s: no error", op.name, name)
				continue
			}
			if form := holdsToken(shown(err)); form != "" {
				t.Fatalf("%s, %s: %q is shown in %s", op.name, name, form, shown(err))
			}
			if form := holdsToken(output.String()); form != "" {
				t.Errorf("%s, %s: %q stands in the log: %s", op.name, name, form, output.String())
			}
			if !strings.Contains(output.String(), "API request") {
				t.Errorf("%s, %s: the log is empty", op.name, name)
			}
		}
	}
}

// The other visitor's token is no more to be shown than the own one.
func TestNoTokenOfAnotherVisitorIsShown(t *testing.T) {
	client, _ := serve(t, registered("v2", authToken, ""))
	_, err := client.RegisterVisitor(background(t), VisitorFields{Token: token})
	if form := holdsToken(shown(err)); err == nil || form != "" {
		t.Errorf("%q is shown in %v", form, err)
	}
}
