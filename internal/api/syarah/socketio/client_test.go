package socketio

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// session plays a whole session without calls.
func session(p *peer) {
	p.begin()
	p.untilBye()
}

func TestClientConnectsWhenNeededAndShares(t *testing.T) {
	g := newGateway(t, session)
	client := newClient(t, g.config())
	if g.connections() != 0 {
		t.Errorf("%d connections before they are needed", g.connections())
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			conn, release := acquire(t, client)
			if conn.ID() != "session-1" {
				t.Errorf("the session is %q", conn.ID())
			}
			release()
			release() // twice is once
		})
	}
	group.Wait()
	if g.connections() != 1 {
		t.Errorf("%d connections, want one", g.connections())
	}
}

func TestClientClosesWhatNobodyUses(t *testing.T) {
	left := make(chan struct{}, 2)
	g := newGateway(t, func(p *peer) {
		session(p)
		left <- struct{}{}
	})
	config := g.config()
	config.IdleTimeout = 20 * time.Millisecond
	client := newClient(t, config)
	conn, release := acquire(t, client)
	other, releaseOther := acquire(t, client)
	if conn != other {
		t.Error("there are two connections")
	}
	release()
	time.Sleep(60 * time.Millisecond)
	if conn.Err() != nil {
		t.Errorf("it was closed in use: %v", conn.Err())
	}
	releaseOther()
	<-left
	<-conn.Done()
	if !errors.Is(conn.Err(), ErrClosed) {
		t.Errorf("it ended with %v", conn.Err())
	}
	acquire(t, client)
	if g.connections() != 2 {
		t.Errorf("%d connections, want another one", g.connections())
	}
}

func TestClientConnectsAgain(t *testing.T) {
	g := newGateway(t,
		func(p *peer) { p.begin(); p.hear(`42["go"]`); p.drop() },
		func(p *peer) { p.drop() },
		func(p *peer) { p.say(openText); p.hear("40"); p.drop() },
		session,
	)
	client := newClient(t, g.config())
	first, release := acquire(t, client)
	if err := first.Emit(t.Context(), "go"); err != nil {
		t.Error(err)
	}
	<-first.Done()
	second, releaseSecond := acquire(t, client)
	if second == first || g.connections() != 4 {
		t.Errorf("%d connections, want 4", g.connections())
	}
	release() // of the old one, which does the new one no harm
	if second.Err() != nil {
		t.Error(second.Err())
	}
	releaseSecond()
}

func TestClientGivesUp(t *testing.T) {
	g := newGateway(t, func(p *peer) { _ = p.socket.Close(websocket.StatusTryAgainLater, "busy") })
	client := newClient(t, g.config())
	if _, _, err := client.Acquire(t.Context()); !errors.Is(err, ErrDisconnected) {
		t.Errorf("got %v", err)
	}
	if g.connections() != 3 {
		t.Errorf("%d attempts, want the first and 2 more", g.connections())
	}

	config := g.config()
	config.MaxRetries = -1
	if _, _, err := newClient(t, config).Acquire(t.Context()); err == nil || g.connections() != 4 {
		t.Errorf("got %v after %d attempts", err, g.connections()-3)
	}
}

func TestClientDoesNotRepeatWhatIsRefused(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.say(openText)
		p.hear("40")
		p.say(`44{"message":"invalid token"}`)
		p.untilGone()
	})
	var refused *ConnectError
	if _, _, err := newClient(t, g.config()).Acquire(t.Context()); !errors.As(err, &refused) || g.connections() != 1 {
		t.Errorf("got %v after %d attempts", err, g.connections())
	}
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	var answered *HandshakeError
	if _, _, err := newClient(t, Config{URL: server.URL}).Acquire(t.Context()); !errors.As(err, &answered) || requests != 1 {
		t.Errorf("got %v after %d attempts", err, requests)
	}
}

// One who waits for the connection and leaves does not stop it for the others;
// the last one does.
func TestCancellationWhileConnecting(t *testing.T) {
	arrived, proceed := make(chan struct{}), make(chan struct{})
	g := newGateway(t,
		func(p *peer) {
			arrived <- struct{}{}
			<-proceed
			session(p)
		},
		func(p *peer) {
			arrived <- struct{}{}
			p.untilGone()
		},
		session,
	)
	client := newClient(t, g.config())
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, _, err := client.Acquire(ctx)
		failed <- err
	}()
	<-arrived
	got := make(chan *Conn)
	go func() {
		conn, _, _ := client.Acquire(t.Context())
		got <- conn
	}()
	waitFor(t, func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return client.opening != nil && client.opening.waiters == 2
	})
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(proceed)
	if conn := <-got; conn == nil || g.connections() != 1 {
		t.Errorf("got %v over %d connections", conn, g.connections())
	}
	if _, _, err := client.Acquire(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled caller got %v", err)
	}

	alone := newClient(t, g.config())
	ctx, cancel = context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, _, err := alone.Acquire(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	conn, release := acquire(t, alone)
	if conn.Err() != nil || g.connections() != 3 {
		t.Errorf("got %v over %d connections", conn.Err(), g.connections())
	}
	release()
}

func TestCancellationWhileWaitingToConnectAgain(t *testing.T) {
	g := newGateway(t, func(p *peer) { p.drop() })
	config := g.config()
	config.ReconnectMin = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := newClient(t, config).Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestCloseIsForGood(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.begin()
		p.hear(`420["ask"]`)
		p.untilBye()
	})
	client := newClient(t, g.config())
	conn, release := acquire(t, client)
	failed := make(chan error)
	go func() {
		_, err := conn.Call(t.Context(), "ask")
		failed <- err
	}()
	waitFor(t, func() bool {
		conn.mu.Lock()
		defer conn.mu.Unlock()
		return len(conn.waiting) == 1
	})
	time.Sleep(20 * time.Millisecond) // until it is written
	client.Close()
	err := <-failed
	wantFailure(t, err, ErrClosed, true)
	if IsDropped(err) {
		t.Error("a connection that we closed is taken for a loss")
	}
	release()
	if _, _, err := client.Acquire(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	client.Close()
}

func TestCloseWhileConnecting(t *testing.T) {
	arrived := make(chan struct{})
	g := newGateway(t, func(p *peer) {
		close(arrived)
		p.untilGone()
	})
	client := newClient(t, g.config())
	go func() {
		<-arrived
		client.Close()
	}()
	if _, _, err := client.Acquire(t.Context()); err == nil {
		t.Error("there is a connection after all")
	}
}

// Callers come and go while the server drops one connection after another.
func TestClientUnderStress(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.begin()
		for range 5 {
			_, text, err := p.socket.Read(p.ctx)
			if err != nil {
				return
			}
			if received, ok := decodePacket(text[1:]); ok && received.id != noID {
				p.say(string(encodeEmptyAck(received.id)))
			}
		}
	})
	config := g.config()
	config.IdleTimeout = time.Millisecond
	config.MaxRetries = 20
	client := newClient(t, config)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				if (i+worker)%4 == 0 {
					time.AfterFunc(time.Millisecond, cancel)
				}
				conn, release, err := client.Acquire(ctx)
				if err == nil {
					if _, err = conn.Call(ctx, "ask"); err != nil && !IsDropped(err) && !errors.Is(err, context.Canceled) {
						t.Errorf("got %v", err)
					}
					release()
				} else if !errors.Is(err, context.Canceled) {
					t.Errorf("no connection: %v", err)
				}
				cancel()
			}
		})
	}
	group.Wait()
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for range 2000 {
		if condition() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it did not come to that")
}
