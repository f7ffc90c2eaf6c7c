package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

const maxBody = 32 << 20

// call is one Do.
type call struct {
	client  *Client
	request Request
}

func (c *call) do(ctx context.Context, target string, body []byte) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, c.request.Method, target, bytes.NewReader(body))
	if err != nil {
		return Response{}, c.client.notSent(c.request, Invalid, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.client.config.UserAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.client.config.Authorize != nil {
		if err := c.client.config.Authorize(req); err != nil {
			return Response{}, c.client.notSent(c.request, Unauthorized, err)
		}
	}
	resp, err := c.client.transport.RoundTrip(req)
	if err != nil {
		e := c.client.newError(c.request)
		e.Kind = Unavailable
		e.Err = c.client.cause(err)
		return Response{}, e
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		e := c.client.newError(c.request)
		e.Kind = Unavailable
		e.Err = c.client.cause(err)
		return Response{}, e
	}
	answer := Response{Status: resp.StatusCode, Header: resp.Header, Body: content}
	if answer.Status/100 != 2 {
		return Response{}, c.client.refusal(c.request, answer)
	}
	return answer, nil
}

// writes reports whether the method changes something.
func writes(method string) bool { return method != http.MethodGet && method != http.MethodHead }

// cause redacts the words of an error. The URL that net/http puts into its errors is taken off:
// its query may hold a secret, and the *Error names the path already.
func (c *Client) cause(err error) error {
	var located *url.Error
	if errors.As(err, &located) {
		err = located.Err
	}
	return &cause{text: c.Redact(fmt.Sprint(err)), err: err}
}
