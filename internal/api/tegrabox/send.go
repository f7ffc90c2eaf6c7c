package tegrabox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// call is one operation.
type call struct {
	route route
	ids   []string
	query url.Values
	body  any

	jwt        string // the credential; empty: the API key
	repeatable bool   // a POST that does no harm when it is made twice
	project    string // filled by send
}

// answer is a good answer and what it was the answer to.
type answer struct {
	request  rest.Request
	response rest.Response
	root     any // the JSON of the body; nil when it holds none
	err      error
}

// callOf finds the call in a context. The context takes it to authorize, which
// sets the headers of every attempt.
func callOf(ctx context.Context) call {
	found, _ := ctx.Value(callOfContext{}).(call)
	return found
}

type callOfContext struct{}

// send makes a call. GET, PATCH and DELETE are repeated after an outage, as
// package rest does it, for carrying them out twice ends as carrying them out
// once; a POST only when it is marked. A 501 is an Unsupported error and never
// repeated (tegrabox-api.md §2).
func (c *Client) send(ctx context.Context, call call) (answer, error) {
	if call.jwt == "" && c.config.APIKey == "" && call.route != getProjectRoute {
		return answer{}, refuse(rest.Unauthorized, "%s needs the TegraBox API key, which is not configured", call.route.operation)
	}
	if call.route.inProject() {
		project, err := c.Project(ctx)
		if err != nil {
			return answer{}, err
		}
		call.project = project.ID
	}
	request := c.request(call.route, call.project, call.ids...)
	request.Query = call.query
	request.Body = call.body
	request.Repeatable = call.repeatable
	request.Finish = call.route.method == http.MethodPost
	request.Secrets = []string{call.jwt}
	response, err := c.rest.Do(context.WithValue(ctx, callOfContext{}, call), request)
	if err != nil {
		return answer{request: request}, err
	}
	return c.open(request, response)
}

// open reads a good answer. A web page is none: a website that answers
// everything would let each deletion pass.
func (c *Client) open(request rest.Request, response rest.Response) (answer, error) {
	opened := answer{request: request, response: response}
	opened.root, opened.err = parse(response.Body)
	if errors.Is(opened.err, errHTML) {
		return opened, c.malformed(opened, errHTML)
	}
	if root, ok := opened.root.(object); ok && root["success"] == false {
		_, words := describe(root)
		return opened, c.malformed(opened, fmt.Errorf("it says that the call failed: %s", words))
	}
	return opened, nil
}

func (c *Client) malformed(a answer, why error) error {
	return c.rest.Malformed(a.request, a.response, why.Error())
}

// find returns the object of an answer in which one of the keys holds an id.
func (c *Client) find(a answer, name string, keys ...string) (object, error) {
	if a.err != nil {
		return nil, c.malformed(a, a.err)
	}
	found, ok := find(a.root, name, keys)
	if !ok {
		return nil, c.malformed(a, fmt.Errorf("it holds no %s", keys[0]))
	}
	return found, nil
}

// resolving returns a context for finding out what became of a creation. When
// ctx is cancelled it lasts a short time longer, so that the id of what was
// created is not lost.
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

// pause waits before repetition n, which counts from 0: twice as long each time,
// with jitter.
func (c *Client) pause(ctx context.Context, n int) error {
	wait := c.config.RetryWaitMin
	for range n {
		wait = min(2*wait, c.config.RetryWaitMax)
	}
	select {
	case <-time.After(wait/2 + rand.N(wait/2+1)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
	return &rest.Error{Kind: kind, System: "TegraBox", Message: fmt.Sprintf(format, arguments...)}
}
