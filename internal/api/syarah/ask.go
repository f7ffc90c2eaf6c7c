package syarah

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

// payloadFor makes the payload of an event for a connection with this session id.
type payloadFor func(session string) any

func always(payload any) payloadFor { return func(string) any { return payload } }

// ask emits an event and returns what the server acknowledged; nil when that is
// nothing. It is for events that may be carried out twice: when the connection is
// lost they are sent again over another one.
func (c *Client) ask(ctx context.Context, event string, payload payloadFor) (json.RawMessage, error) {
	for retries := 0; ; retries++ {
		answer, err := c.askOnce(ctx, event, payload)
		if !socketio.IsDropped(err) || retries >= c.config.MaxRetries || ctx.Err() != nil {
			return answer, err
		}
	}
}

func (c *Client) askOnce(ctx context.Context, event string, payload payloadFor) (json.RawMessage, error) {
	conn, release, err := c.connect(ctx, event)
	if err != nil {
		return nil, err
	}
	defer release()
	return c.askOn(ctx, conn, event, payload(conn.ID()))
}

// connect returns the shared connection, on which the event is to be emitted.
func (c *Client) connect(ctx context.Context, event string) (conn *socketio.Conn, release func(), err error) {
	if c.sockets == nil {
		return nil, nil, refuse(rest.Unsupported, "%s needs the URL of Syarah's gateway, which is not configured", event)
	}
	conn, release, err = c.sockets.Acquire(ctx)
	if err != nil {
		return nil, nil, c.unconnected(event, err)
	}
	return conn, release, nil
}

// askOn asks once, on this connection.
func (c *Client) askOn(ctx context.Context, conn *socketio.Conn, event string, payload any) (json.RawMessage, error) {
	leave, err := c.pace.enter(ctx)
	if err != nil {
		return nil, c.failure(event, &socketio.CallError{Event: event, Err: err})
	}
	defer leave()
	complaints := c.listenForComplaints(conn, event)
	defer complaints.stop()
	began := time.Now()
	arguments, err := conn.Call(ctx, event, payload)
	c.log(ctx, event, began, err)
	switch {
	case errors.Is(err, socketio.ErrAckTimeout) && complaints.last() != "":
		e := c.refused(event, refusal{words: complaints.last()})
		e.Kind = kindOfComplaint(complaints.last())
		return nil, e
	case err != nil:
		return nil, c.failure(event, err)
	}
	return c.open(event, arguments)
}

// open takes the answer out of the arguments of an ack: the first that is not
// null, for some servers put an error before it.
func (c *Client) open(event string, arguments []json.RawMessage) (json.RawMessage, error) {
	i := slices.IndexFunc(arguments, func(argument json.RawMessage) bool { return string(argument) != "null" })
	if i < 0 {
		return nil, nil
	}
	answer := arguments[i]
	// An array is a success, whatever is in it (syarah-api.md §4).
	if answer[0] == '{' {
		root, err := parse(answer)
		if err != nil {
			return nil, c.malformed(event, answer, err)
		}
		if said, found := readRefusal(root); found {
			return nil, c.refused(event, said)
		}
	}
	return answer, nil
}

// askForList asks for rows.
func (c *Client) askForList(ctx context.Context, event string, payload any) ([]row, error) {
	answer, err := c.ask(ctx, event, always(payload))
	if err != nil {
		return nil, err
	}
	if answer == nil {
		return nil, c.malformed(event, nil, errEmpty)
	}
	found, err := rows(answer)
	if err != nil {
		return nil, c.malformed(event, answer, err)
	}
	return found, nil
}

func (c *Client) log(ctx context.Context, event string, began time.Time, err error) {
	if c.config.Log == nil {
		return
	}
	fields := map[string]any{"system": system, "event": event, "duration_ms": time.Since(began).Milliseconds()}
	if err != nil {
		fields["error"] = c.line(err.Error())
	}
	c.config.Log(ctx, "socket event", fields)
}

// complaints are what a server says of an event outside its ack. They name the
// event at best and never the call, so that they explain a silence and prove
// nothing.
type complaints struct {
	stop  func()
	mutex sync.Mutex
	words string
}

// listenForComplaints keeps the last complaint about an event until stopped.
func (c *Client) listenForComplaints(conn *socketio.Conn, event string) *complaints {
	kept := &complaints{}
	kept.stop = conn.Listen(func(said socketio.Event) {
		if words, about := readComplaintEvent(said); words != "" && (about == "" || about == event) {
			kept.mutex.Lock()
			defer kept.mutex.Unlock()
			kept.words = words
		}
	})
	return kept
}

// last is the last complaint; "" for none.
func (c *complaints) last() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.words
}

// readComplaintEvent reads NestJS's {"status","message","cause":{"pattern"}}
// [assumed], or a bare text; words are "" when the event is no complaint.
func readComplaintEvent(said socketio.Event) (words, about string) {
	if !slices.Contains(complaintEvents, said.Name) || len(said.Arguments) == 0 {
		return "", ""
	}
	root, err := parse(said.Arguments[0])
	if err != nil {
		return "", ""
	}
	if answer, ok := root.(object); ok {
		words, _ = describe(answer)
		return words, text(child(answer, "cause"), "pattern")
	}
	return scalar(root), ""
}
