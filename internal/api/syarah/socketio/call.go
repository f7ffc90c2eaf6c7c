package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// acknowledgement is the answer to an event.
type acknowledgement struct {
	arguments []json.RawMessage
	err       error
}

// Call emits an event and waits for its acknowledgement, at most for
// Config.AckTimeout; it returns the arguments, of which there may be none. The
// error is a *CallError. Cancelling the context ends this call and no other.
func (c *Conn) Call(ctx context.Context, event string, arguments ...any) ([]json.RawMessage, error) {
	id, answers := c.expect()
	defer c.forget(id)
	if err := c.emit(ctx, id, event, arguments); err != nil {
		return nil, err
	}
	timeout := time.NewTimer(c.config.AckTimeout)
	defer timeout.Stop()
	var failure error
	select {
	case answer := <-answers:
		return answered(event, answer)
	case <-c.ended:
		failure = c.Err()
	case <-ctx.Done():
		failure = ctx.Err()
	case <-timeout.C:
		failure = fmt.Errorf("%w within %s", ErrAckTimeout, c.config.AckTimeout)
	}
	// It may have come at the same moment.
	select {
	case answer := <-answers:
		return answered(event, answer)
	default:
		return nil, c.failure(event, true, failure)
	}
}

// failure is the error of a call that got no answer.
func (c *Conn) failure(event string, sent bool, err error) error {
	dropped := errors.Is(err, c.Err()) && !errors.Is(err, ErrClosed)
	return &CallError{Event: event, Sent: sent, Dropped: dropped, Err: err}
}

func answered(event string, answer acknowledgement) ([]json.RawMessage, error) {
	if answer.err != nil {
		return nil, &CallError{Event: event, Sent: true, Err: answer.err}
	}
	return answer.arguments, nil
}

// Emit emits an event that the server does not acknowledge, and returns when it
// is written. That does not mean that the server has got it. The error is a
// *CallError.
func (c *Conn) Emit(ctx context.Context, event string, arguments ...any) error {
	return c.emit(ctx, noID, event, arguments)
}

func (c *Conn) emit(ctx context.Context, id int64, event string, arguments []any) error {
	text, err := encodeEvent(id, event, arguments)
	if err != nil {
		return &CallError{Event: event, Err: err}
	}
	if c.maxPayload > 0 && int64(len(text)) > c.maxPayload {
		return &CallError{Event: event, Err: fmt.Errorf("%w: it has %d bytes, and the server takes %d", ErrTooLong, len(text), c.maxPayload)}
	}
	if sent, err := c.send(ctx, text); err != nil {
		return c.failure(event, sent, err)
	}
	return nil
}

// send has a message written. sent reports whether it may have left.
func (c *Conn) send(ctx context.Context, text []byte) (sent bool, err error) {
	// Of several cases that are ready, select takes any.
	if err := ctx.Err(); err != nil {
		return false, err
	}
	message := outgoing{text, make(chan error, 1)}
	select {
	case c.outgoing <- message:
	case <-c.ended:
		return false, c.Err()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case err := <-message.written:
		if err != nil {
			err = c.Err()
		}
		return true, err
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

// expect makes room for the acknowledgement of an event.
func (c *Conn) expect() (id int64, answers <-chan acknowledgement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id = c.nextID
	c.nextID++
	waiting := make(chan acknowledgement, 1)
	c.waiting[id] = waiting
	return id, waiting
}

func (c *Conn) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// settle gives an acknowledgement to the call that waits for it. One that comes
// too late, twice or for nobody is passed over.
func (c *Conn) settle(id int64, answer acknowledgement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting, found := c.waiting[id]; found {
		waiting <- answer
		delete(c.waiting, id)
	}
}

// Listen shows every event of the server to a function until stop is called. The
// function runs where messages are received: it must not wait, and must not call
// the connection.
func (c *Conn) Listen(hear func(Event)) (stop func()) {
	added := &listener{hear}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listeners[added] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.listeners, added)
	}
}

func (c *Conn) dispatch(event Event) {
	c.mu.Lock()
	listeners := slices.Collect(maps.Keys(c.listeners))
	c.mu.Unlock()
	for _, listener := range listeners {
		listener.hear(event)
	}
}
