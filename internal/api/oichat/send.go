package oichat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// answer is a good answer and what it was the answer to.
type answer struct {
	request  rest.Request
	response rest.Response
	root     any // the JSON of the body; nil when it holds none
	err      error
}

// send makes a call. Every POST carries an Idempotency-Key, one for all of its
// attempts, which makes it safe to repeat (oichat-api.md §1 [seed]); an empty
// key stands for a new one.
func (c *Client) send(ctx context.Context, request rest.Request, key string) (answer, error) {
	if request.Method == http.MethodPost {
		if key == "" {
			key = newKey()
		}
		if err := checkKey(key); err != nil {
			return answer{}, err
		}
		ctx = context.WithValue(ctx, keyOfCall{}, key)
		request.Repeatable = true
	}
	response, err := c.repeat(ctx, request)
	if err != nil {
		return answer{}, err
	}
	return c.open(request, response)
}

// repeat sends the request again after a 5xx that package rest does not take for
// an outage, such as 500: OiChat's SDK repeats after all of them, and never
// after a 4xx (oichat-api.md §1 [seed]). A 501 stays one. A call that meets both
// kinds of trouble may make more attempts than MaxRetries allows for each.
func (c *Client) repeat(ctx context.Context, request rest.Request) (rest.Response, error) {
	for repeated := 0; ; repeated++ {
		response, err := c.rest.Do(ctx, request)
		var failure *rest.Error
		if !errors.As(err, &failure) {
			return response, err
		}
		again := failure.Kind == rest.Unknown && failure.Status >= 500
		failure.Uncertain = failure.Uncertain || request.Method != http.MethodGet && (again || repeated > 0)
		if !again || repeated >= c.config.MaxRetries || c.pause(ctx, repeated) != nil {
			return response, err
		}
	}
}

// pause waits before repetition n, which counts from 0: twice as long each time,
// with jitter.
func (c *Client) pause(ctx context.Context, n int) error {
	wait := c.config.RetryWaitMin
	for range n {
		wait = min(2*wait, c.config.RetryWaitMax)
	}
	select {
	case <-time.After(wait/2 + mathrand.N(wait/2+1)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open reads a good answer. A web page is none: a website that answers
// everything would let each deletion pass.
func (c *Client) open(request rest.Request, response rest.Response) (answer, error) {
	opened := answer{request: request, response: response}
	opened.root, opened.err = parse(response.Body)
	if errors.Is(opened.err, errHTML) {
		return answer{}, c.malformed(opened, errHTML)
	}
	if root, ok := opened.root.(object); ok && root["success"] == false {
		_, words := describe(root)
		return answer{}, c.malformed(opened, fmt.Errorf("it says that the call failed: %s", words))
	}
	return opened, nil
}

func (c *Client) malformed(a answer, why error) error {
	return c.rest.Malformed(a.request, a.response, why.Error())
}

// find returns the object of an answer in which one of the keys holds an id.
func (c *Client) find(a answer, names []string, keys ...string) (object, error) {
	if a.err != nil {
		return nil, c.malformed(a, a.err)
	}
	found, ok := find(a.root, names, keys)
	if !ok {
		return nil, c.malformed(a, fmt.Errorf("it holds no %s", keys[0]))
	}
	return found, nil
}

// resolving returns a context for reading what was created. When ctx is
// cancelled it lasts a short time longer.
func (c *Client) resolving(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(c.config.FinishBudget):
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() {
		stop()
		cancel()
	}
}

// keyOfCall finds the idempotency key in a context. The context takes it to
// authorize, which sets the headers of every attempt.
type keyOfCall struct{}

func keyOf(ctx context.Context) string {
	key, _ := ctx.Value(keyOfCall{}).(string)
	return key
}

// newKey is a random UUID, version 4 (oichat-api.md §1 [assumed]).
func newKey() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails
	bits[6] = bits[6]&0x0f | 0x40
	bits[8] = bits[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", bits[:4], bits[4:6], bits[6:8], bits[8:10], bits[10:])
}

const maxKeyLength = 255

func checkKey(key string) error {
	if len(key) > maxKeyLength || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return refuse(rest.Invalid, "the idempotency key must be at most %d printable ASCII characters without spaces", maxKeyLength)
	}
	return nil
}

// needID refuses an empty id before it makes a path of something else.
func needID(what, id string) error {
	if id == "" {
		return refuse(rest.Invalid, "the %s is empty", what)
	}
	return nil
}

// refuse is an error that the client itself concludes.
func refuse(kind rest.Kind, format string, arguments ...any) error {
	return &rest.Error{Kind: kind, System: "OiChat", Message: fmt.Sprintf(format, arguments...)}
}
