package socketio

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// Client shares one connection among all that need it. It connects when first
// needed, connects again when the connection is lost and needed, and closes it
// after a time without use. It is safe for concurrent use.
type Client struct {
	config     Config
	goroutines sync.WaitGroup

	mu      sync.Mutex
	shared  *shared  // nil: there is no connection
	opening *opening // nil: none is being opened
	lost    bool     // the last connection was not closed by us
	closed  bool
}

// shared is a connection in use.
type shared struct {
	conn  *Conn
	users int
	idle  *time.Timer // runs while there are no users
}

// opening is an attempt to connect, with its repetitions, and those who wait for it.
type opening struct {
	cancel  context.CancelFunc
	waiters int
	done    chan struct{}
	shared  *shared
	err     error
}

// NewClient checks the configuration and returns a client. It makes no connection.
func NewClient(config Config) (*Client, error) {
	config = withDefaults(config)
	if _, err := config.target(); err != nil {
		return nil, err
	}
	return &Client{config: config}, nil
}

// Acquire returns the shared connection, and opens it if there is none. Whoever
// gets it calls release when done with it; the connection may be lost before. All
// who wait for a connection share the same attempts, which end when the last of
// them has left. The error is what Dial returned last, the context's or ErrClosed.
func (c *Client) Acquire(ctx context.Context) (conn *Conn, release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, nil, ErrClosed
	}
	if shared := c.alive(); shared != nil {
		shared.enter()
		c.mu.Unlock()
		return shared.conn, c.releaser(shared), nil
	}
	if c.opening == nil {
		c.opening = c.open()
	}
	opening := c.opening
	opening.waiters++
	c.mu.Unlock()
	return c.wait(ctx, opening)
}

// alive is the connection if there is one that was not lost. The caller holds mu.
func (c *Client) alive() *shared {
	if c.shared == nil {
		return nil
	}
	if dead := c.shared.conn; dead.Err() != nil {
		c.lost = true
		c.shared = nil
		c.goroutines.Go(dead.Close)
	}
	return c.shared
}

func (s *shared) enter() {
	s.users++
	s.idle.Stop()
}

func (c *Client) wait(ctx context.Context, opening *opening) (*Conn, func(), error) {
	select {
	case <-opening.done:
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		opening.waiters--
		switch {
		case opening.shared != nil: // it is open since a moment ago
			c.leave(opening.shared)
		case opening.waiters == 0:
			opening.cancel()
			if c.opening == opening {
				c.opening = nil
			}
		}
		return nil, nil, ctx.Err()
	}
	if opening.err != nil {
		return nil, nil, opening.err
	}
	return opening.shared.conn, c.releaser(opening.shared), nil
}

func (c *Client) releaser(shared *shared) func() {
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.leave(shared)
	})
}

// leave gives a connection back. The caller holds mu.
func (c *Client) leave(shared *shared) {
	shared.users--
	if shared.users == 0 && c.shared == shared {
		shared.idle.Reset(c.config.IdleTimeout)
	}
}

// open begins to connect. The caller holds mu.
func (c *Client) open() *opening {
	ctx, cancel := context.WithCancel(context.Background())
	opening := &opening{cancel: cancel, done: make(chan struct{})}
	again := c.lost
	c.lost = false
	c.goroutines.Go(func() {
		defer cancel()
		conn, err := c.dial(ctx, again)
		c.opened(opening, conn, err)
	})
	return opening
}

// dial connects, and tries again where that may help. After a loss it waits
// before the first attempt too: a server that fell has many clients.
func (c *Client) dial(ctx context.Context, again bool) (*Conn, error) {
	wait := 0
	if again {
		if err := c.pause(ctx, wait); err != nil {
			return nil, err
		}
		wait++
	}
	for retries := 0; ; retries++ {
		conn, err := Dial(ctx, c.config)
		if err == nil || retries >= c.config.MaxRetries || final(err) || ctx.Err() != nil {
			return conn, err
		}
		if err := c.pause(ctx, wait+retries); err != nil {
			return nil, err
		}
	}
}

// pause waits before repetition n, which counts from 0. Chance spreads the
// clients of a server that fell.
func (c *Client) pause(ctx context.Context, n int) error {
	wait := c.config.ReconnectMin
	for range n {
		wait = min(2*wait, c.config.ReconnectMax)
	}
	select {
	case <-time.After(wait/2 + rand.N(wait/2+1)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// opened hands a new connection, or the failure, to those who wait.
func (c *Client) opened(opening *opening, conn *Conn, err error) {
	c.mu.Lock()
	unwanted := c.opening != opening // closed, or everybody has left
	if !unwanted {
		c.opening = nil
	}
	if unwanted && err == nil {
		err = ErrClosed
	}
	opening.err = err
	if err == nil {
		opening.shared = &shared{conn: conn, users: opening.waiters}
		opening.shared.idle = time.AfterFunc(c.config.IdleTimeout, func() { c.retire(opening.shared) })
		opening.shared.idle.Stop()
		c.shared = opening.shared
	}
	close(opening.done)
	c.mu.Unlock()
	if unwanted && conn != nil {
		conn.Close()
	}
}

// retire closes a connection that nobody uses.
func (c *Client) retire(shared *shared) {
	c.mu.Lock()
	unused := shared.users == 0 && c.shared == shared
	if unused {
		c.shared = nil
		c.goroutines.Add(1)
		defer c.goroutines.Done()
	}
	c.mu.Unlock()
	if unused {
		shared.conn.Close()
	}
}

// Close closes the connection for good, and returns when no goroutine of the
// client is left. Calls that wait fail with ErrClosed.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	shared, opening := c.shared, c.opening
	c.shared, c.opening = nil, nil
	if opening != nil {
		opening.cancel()
	}
	c.mu.Unlock()
	if shared != nil {
		shared.idle.Stop()
		shared.conn.Close()
	}
	c.goroutines.Wait()
}

// IsDropped reports whether a call failed because the connection was lost, so
// that it may be made again on another one if it may be made twice.
func IsDropped(err error) bool {
	var call *CallError
	return errors.As(err, &call) && call.Dropped
}

// MayHaveArrived reports whether an event may have reached the server although
// the call failed. It is false only when the event surely did not leave.
func MayHaveArrived(err error) bool {
	var call *CallError
	return errors.As(err, &call) && call.Sent
}
