package ethora

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// job is an asynchronous operation of the server (ethora-api.md §4.2, §5.2
// [client]).
type job struct {
	id     string
	state  string // pending, running, completed, failed; others mean that it goes on
	failed string // why it failed, in the server's words; "" when it does not say
	body   []byte
}

func (j job) done() bool { return j.state == "completed" || j.state == "failed" }

// conclude returns an error about an object, which the client draws from what
// the server answered. No request was refused, and so it names none.
func (c *Client) conclude(kind rest.Kind, format string, arguments ...any) *rest.Error {
	return &rest.Error{Kind: kind, System: "Ethora", Message: c.rest.Redact(fmt.Sprintf(format, arguments...))}
}

// failedJob is the error of a job that failed as a whole; asked is what it was
// to do. It is of no known kind: what was asked for need not be at fault.
func (c *Client) failedJob(asked, jobID, reason string) *rest.Error {
	return c.conclude(rest.Unknown,
		"Ethora accepted the request to %s as job %s, but the job failed: %s; try again, and if it fails again ask whoever runs the server about this job",
		asked, jobID, first(strings.TrimRight(reason, " ."), "the server does not say why"))
}

// jobIDOf is the id of the job that an answer announces, or "". An answer may
// give the address of the job alone (ethora-api.md §5.1 [client]).
func jobIDOf(body []byte) string {
	root, err := parse(body)
	if err != nil {
		return ""
	}
	for _, candidate := range candidates(root) {
		if id := text(candidate, "jobId"); id != "" {
			return id
		}
		if address := strings.TrimRight(text(candidate, "statusUrl"), "/"); address != "" {
			return address[strings.LastIndex(address, "/")+1:]
		}
	}
	return ""
}

// readJob reads the state of a job; older answers call it status
// (ethora-api.md §13 row 5).
func (c *Client) readJob(request rest.Request, response rest.Response, jobID string) (job, error) {
	root, err := parse(response.Body)
	if err != nil {
		return job{}, c.rest.Malformed(request, response, err.Error())
	}
	for _, key := range []string{"state", "status"} {
		for _, candidate := range candidates(root, "job") {
			state, isText := candidate[key].(string)
			if !isText || state == "" {
				continue
			}
			return job{
				id:     jobID,
				state:  strings.ToLower(state),
				failed: c.rest.Redact(flatten(candidate["error"])),
				body:   response.Body,
			}, nil
		}
	}
	return job{}, c.rest.Malformed(request, response, "the answer does not tell the state of job "+jobID)
}

// waitJob polls until the job has ended or ctx ends. A poll that fails for a
// reason that may pass is survived, and so is one answer that the job is
// unknown, which a server may give before it has stored the job.
func (c *Client) waitJob(ctx context.Context, appID string, request rest.Request, jobID string) (job, error) {
	wait := c.newBackoff()
	unknown := 0
	state := "not known"
	for {
		current, err := c.pollJob(ctx, appID, request, jobID)
		switch {
		case err == nil && current.done():
			return current, nil
		case err == nil:
			unknown = 0
			state = current.state
		case ctx.Err() != nil:
			return job{}, fmt.Errorf("waiting for job %s ended while its state was %s: %w", jobID, state, ctx.Err())
		case rest.IsKind(err, rest.NotFound, rest.Unsupported):
			unknown++
			if unknown == 2 {
				return job{}, err
			}
		case !transient(err):
			return job{}, err
		}
		if pauseErr := wait.pause(ctx); pauseErr != nil {
			if err != nil {
				return job{}, fmt.Errorf("waiting for job %s ended while its state was %s (last answer: %w): %w", jobID, state, err, pauseErr)
			}
			return job{}, fmt.Errorf("waiting for job %s ended while its state was %s: %w", jobID, state, pauseErr)
		}
	}
}

func (c *Client) pollJob(ctx context.Context, appID string, request rest.Request, jobID string) (job, error) {
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return job{}, err
	}
	return c.readJob(request, response, jobID)
}

// checkDone refuses a 2xx answer that says itself that nothing was done, and a
// web page in place of an answer. Any other body is good, for these answers
// carry nothing that is needed (ethora-api.md §8.6).
func (c *Client) checkDone(request rest.Request, response rest.Response) error {
	root, err := parse(response.Body)
	if errors.Is(err, errHTML) {
		return c.rest.Malformed(request, response, err.Error())
	}
	answer, isObject := root.(object)
	if !isObject {
		return nil
	}
	for _, key := range []string{"ok", "success"} {
		if succeeded, isFlag := answer[key].(bool); isFlag && !succeeded {
			return c.declined(request, response, answer)
		}
	}
	return nil
}

// declined is the error of a 2xx answer that reports a failure.
func (c *Client) declined(request rest.Request, response rest.Response, answer object) error {
	reason := flatten(answer)
	kind := rest.Invalid
	if strings.Contains(strings.ToLower(reason), "not found") {
		kind = rest.NotFound
	}
	declined := c.refuse(kind, request, response.Status, "%s", reason)
	declined.Code = text(answer, "code")
	declined.RequestID = text(answer, "requestId")
	return declined
}
