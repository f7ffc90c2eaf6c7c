package syarah

import (
	"context"
	"fmt"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

// write is an event that changes something and that the server does not
// acknowledge (syarah-api.md §4). It is confirmed by the broadcast that tells
// everybody in the room, else by looking it up, and never sent twice.
type write struct {
	event   string
	payload any
	room    int64
	object  string // for errors, for example: the message to chat 7
	// prepare is called before anything is sent; nil for nothing.
	prepare func(context.Context) error
	// hear reports whether an event of the server confirms the write.
	hear func(socketio.Event) (Message, bool)
	// look finds out without a broadcast. Once it is decided, the message or the
	// error is what the write ended with; until then an error says why nothing was
	// found out.
	look func(context.Context) (message Message, decided bool, err error)
}

// carryOut sends a write and waits until it is confirmed. It is sent again only
// when it surely did not leave. Once it is on the wire, cancellation leaves it
// FinishBudget to be confirmed. The error is a LostError when nobody knows.
func (c *Client) carryOut(ctx context.Context, w write) (Message, error) {
	leave, err := c.enter(ctx, w.event, w.room)
	if err != nil {
		return Message{}, err
	}
	defer leave()
	if w.prepare != nil {
		if err := w.prepare(ctx); err != nil {
			return Message{}, err
		}
	}
	for retries := 0; ; retries++ {
		done, err := c.write(ctx, w)
		if !socketio.IsDropped(err) || rest.IsUncertain(err) || retries >= c.config.MaxRetries || ctx.Err() != nil {
			return done, err
		}
	}
}

// write joins the room, writes once, and leaves the room. An error that is not
// uncertain says that nothing was written.
func (c *Client) write(ctx context.Context, w write) (Message, error) {
	conn, release, err := c.connect(ctx, w.event)
	if err != nil {
		return Message{}, err
	}
	defer release()
	answer, err := c.askOn(ctx, conn, joinRoomEvent, c.joinRoom(conn.ID(), w.room, ""))
	if _, err := c.joined(answer, w.room, err); err != nil {
		return Message{}, fmt.Errorf("the event %s was not sent, as the room of chat %d was not joined: %w", w.event, w.room, err)
	}
	defer c.leaveQuietly(ctx, conn, w.room)
	hearing := c.listen(conn, w)
	defer hearing.stop()
	longer, cancel := c.finishing(ctx)
	defer cancel()
	if err := c.emit(ctx, longer, conn, w); err != nil && !socketio.MayHaveArrived(err) {
		return Message{}, err
	}
	return c.confirm(longer, conn, w, hearing)
}

// emit sends the event, unless the caller was cancelled before.
func (c *Client) emit(ctx, longer context.Context, conn *socketio.Conn, w write) error {
	leave, err := c.pace.enter(ctx)
	if err == nil {
		defer leave()
		err = ctx.Err()
	}
	if err != nil {
		return c.failure(w.event, &socketio.CallError{Event: w.event, Err: err})
	}
	began := time.Now()
	err = conn.Emit(longer, w.event, w.payload)
	c.log(ctx, w.event, began, err)
	if err != nil {
		return c.failure(w.event, err)
	}
	return nil
}

// hearing is what is heard of a write.
type hearing struct {
	confirmed  chan Message
	complaints *complaints
	stop       func()
}

func (c *Client) listen(conn *socketio.Conn, w write) hearing {
	heard := hearing{confirmed: make(chan Message, 1), complaints: c.listenForComplaints(conn, w.event)}
	stop := conn.Listen(func(event socketio.Event) {
		if message, confirms := w.hear(event); confirms {
			select {
			case heard.confirmed <- message:
			default: // it was confirmed already
			}
		}
	})
	heard.stop = func() {
		stop()
		heard.complaints.stop()
	}
	return heard
}

// confirm waits for the broadcast, and looks twice for what it would tell: soon,
// as some servers do not tell the sender, and when the time is up.
func (c *Client) confirm(ctx context.Context, conn *socketio.Conn, w write, heard hearing) (Message, error) {
	soon := c.config.AckTimeout / 5
	ended := conn.Done()
	var search error
	for _, wait := range []time.Duration{soon, c.config.AckTimeout - soon} {
		select {
		case message := <-heard.confirmed:
			return message, nil
		case <-ended:
			ended = nil // there will be no broadcast
		case <-ctx.Done():
		case <-time.After(wait):
		}
		message, decided, err := w.look(ctx)
		if decided {
			return message, err
		}
		search = err
		if ctx.Err() != nil {
			break
		}
	}
	select {
	case message := <-heard.confirmed:
		return message, nil
	default:
		return Message{}, c.lost(ctx, conn, w, heard.complaints.last(), search)
	}
}

// lost is the error of a write that was waited for in vain.
func (c *Client) lost(ctx context.Context, conn *socketio.Conn, w write, said string, search error) error {
	reason := &rest.Error{Kind: rest.Unavailable, System: system, Uncertain: true}
	e := &LostError{Event: w.event, Object: w.object, Err: reason, Search: search}
	switch {
	case ctx.Err() != nil:
		e.Reason = "stopped while waiting for its confirmation"
		reason.Err = ctx.Err()
	case conn.Err() != nil:
		e.Reason = "the connection was lost: " + c.line(conn.Err().Error())
		reason.Err = &cause{e.Reason, conn.Err()}
	case said != "":
		e.Reason = fmt.Sprintf("no confirmation came within %s; the server said: %s", c.config.AckTimeout, c.line(said))
		reason.Kind, reason.Message = kindOfComplaint(said), e.Reason
	default:
		e.Reason = fmt.Sprintf("no confirmation came within %s", c.config.AckTimeout)
		reason.Message = e.Reason
	}
	return e
}

// finishing returns a context for what is on the wire. When ctx is cancelled it
// lasts FinishBudget longer.
func (c *Client) finishing(ctx context.Context) (context.Context, context.CancelFunc) {
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

// broadcast is the first argument of an event with this name; found is false for
// every other event.
func broadcast(event socketio.Event, name string) (root any, found bool) {
	if event.Name != name || len(event.Arguments) == 0 {
		return nil, false
	}
	root, err := parse(event.Arguments[0])
	return root, err == nil
}

// mentioned is the id that a broadcast is or, loosely, holds; 0 for none.
func mentioned(root any, keys []string) int64 {
	if fields, ok := root.(object); ok {
		return identifier(fields, keys...)
	}
	id, _ := integer(root)
	return id
}
