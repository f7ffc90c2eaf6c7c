package rocketchat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// call is one operation.
type call struct {
	route route
	ids   []string
	query url.Values
	body  any

	token      string // the visitor's, which is a secret wherever it stands
	repeatable bool   // a POST that does no harm when it is made twice
	writes     bool   // a GET that changes something
	upload     *rest.Form
}

// answer is a good answer, and what it was the answer to.
type answer struct {
	request  rest.Request
	response rest.Response
	root     object
	sent     time.Time // of the first attempt
	received time.Time
}

// send makes a call. GET, PUT and DELETE are repeated after an outage, as package
// rest does it; what creates or sends something is not, unless it is marked, nor
// is the GET that creates a room. A 429 is repeated whatever it was for, for the
// server did nothing yet (rocketchat-livechat-api.md §1 [server]). Also after an
// error the answer tells when the call was sent.
func (c *Client) send(ctx context.Context, call call) (answer, error) {
	if call.route.who == byAdministrator && !c.IsAdministrator() {
		return answer{}, refuse(rest.Unauthorized,
			"%s is for administrators and livechat managers; give the auth token and the user id of one", call.route.name())
	}
	request := c.request(call)
	attempts := &attempts{}
	response, err := c.rest.Do(context.WithValue(ctx, attemptsOfCall{}, attempts), request)
	got := answer{request: request, response: response, sent: attempts.first, received: time.Now()}
	if err != nil {
		return got, explain(call.route, err)
	}
	got.root, err = parse(response.Body)
	if err == nil && got.root["success"] == false {
		_, words := describe(got.root)
		err = fmt.Errorf("it says that the call failed: %s", words)
	}
	if err != nil {
		return got, c.malformed(got, err)
	}
	return got, nil
}

func (c *Client) request(call call) rest.Request {
	request := call.route.request(call.ids...)
	request.Query = call.query
	request.Body = call.body
	request.Form = call.upload
	request.Repeatable = call.repeatable
	request.Writes = call.writes
	request.Finish = call.writes || call.route.method == http.MethodPost
	request.Header = http.Header{}
	if call.token != "" {
		request.Secrets = []string{call.token}
	}
	if call.route.who == byAdministrator {
		request.Header.Set(authTokenHeader, c.config.AuthToken)
		request.Header.Set(userIDHeader, c.config.UserID)
	}
	if call.upload != nil {
		request.Header.Set(visitorTokenHeader, call.token)
		request.Timeout = c.config.UploadTimeout
	}
	return request
}

// attempts notes when a call was first sent, which may be minutes after it was
// asked for.
type attempts struct{ first time.Time }

type attemptsOfCall struct{}

// beginAttempt is called before each attempt.
func beginAttempt(request *http.Request) error {
	if attempts, ok := request.Context().Value(attemptsOfCall{}).(*attempts); ok && attempts.first.IsZero() {
		attempts.first = time.Now()
	}
	return nil
}

// createdSince reports whether the server created something after a call was
// sent; known is false when it does not tell the time. The clocks of this machine
// and of the server may differ: Date is the server's.
func (a answer) createdSince(sent, created time.Time) (since, known bool) {
	now, told := dateOf(a.response.Header)
	if !told || created.IsZero() || sent.IsZero() {
		return false, false
	}
	return !created.Before(now.Add(-a.received.Sub(sent)).Add(-clockSlack)), true
}

// clockSlack is for a server of several machines.
const clockSlack = 2 * time.Second

func (c *Client) malformed(a answer, why error) error {
	return c.rest.Malformed(a.request, a.response, why.Error())
}

// find returns the object under a name, which must have an id.
func (c *Client) find(a answer, name string) (object, error) {
	found := child(a.root, name)
	if text(found["_id"]) == "" {
		return nil, c.malformed(a, fmt.Errorf("it holds no %s with an _id", name))
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
	case <-time.After(wait/2 + mathrand.N(wait/2+1)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// need refuses what is empty before it makes a request of something else. It
// takes names and values in turn.
func need(namesAndValues ...string) error {
	var missing []error
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		if strings.TrimSpace(namesAndValues[i+1]) == "" {
			missing = append(missing, refuse(rest.Invalid, "the %s is empty", namesAndValues[i]))
		}
	}
	return errors.Join(missing...)
}

// refuse is an error that the client itself concludes.
func refuse(kind rest.Kind, format string, arguments ...any) error {
	return &rest.Error{Kind: kind, System: "Rocket.Chat", Message: fmt.Sprintf(format, arguments...)}
}

// idAlphabet is what the server makes its ids of: no letter looks like another.
const idAlphabet = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"

// NewVisitorToken is a random token for a new visitor. Whoever knows it acts for
// the visitor.
func NewVisitorToken() string { return randomText(43) }

// NewMessageID is a random id for a new message, of the kind that the server makes.
func NewMessageID() string { return randomText(17) }

// NewVisitorID is a random id for a new visitor, of the kind that the server makes.
func NewVisitorID() string { return randomText(17) }

func randomText(length int) string {
	const fair = 256 / len(idAlphabet) * len(idAlphabet) // beyond it some letters would come more often
	chosen := make([]byte, 0, length)
	random := make([]byte, 64)
	for len(chosen) < length {
		_, _ = rand.Read(random) // never fails
		for _, b := range random {
			if int(b) < fair && len(chosen) < length {
				chosen = append(chosen, idAlphabet[int(b)%len(idAlphabet)])
			}
		}
	}
	return string(chosen)
}
