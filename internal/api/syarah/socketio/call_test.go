package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCall(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.begin()
		p.hear(`420["joinRoom",{"chatHeaderId":1}]`)
		p.say(`430[{"joined":true},null]`)
		p.hear(`421["leaveRoom"]`)
		p.say(`431[]`)
		p.hear(`42["roomTyping",true]`)
		p.untilBye()
	})
	conn := dial(t, g.config())
	answer, err := conn.Call(t.Context(), "joinRoom", map[string]int{"chatHeaderId": 1})
	if err != nil || len(answer) != 2 || string(answer[0]) != `{"joined":true}` || string(answer[1]) != "null" {
		t.Errorf("got %s, %v", answer, err)
	}
	if answer, err = conn.Call(t.Context(), "leaveRoom"); err != nil || len(answer) != 0 {
		t.Errorf("got %s, %v", answer, err)
	}
	if err := conn.Emit(t.Context(), "roomTyping", true); err != nil {
		t.Error(err)
	}
	conn.Close()
}

// Each answer finds its call, in whatever order the server answers.
func TestCallsAtTheSameTime(t *testing.T) {
	const calls = 20
	g := newGateway(t, func(p *peer) {
		p.begin()
		var got []packet
		for range calls {
			_, text, err := p.socket.Read(p.ctx)
			if err != nil {
				p.t.Error(err)
				return
			}
			received, _ := decodePacket(text[1:])
			got = append(got, received)
		}
		for i := range got {
			last := got[len(got)-1-i]
			event, err := last.event()
			if err != nil {
				p.t.Error(err)
				return
			}
			p.say(fmt.Sprintf("43%d[%s]", last.id, event.Arguments[0]))
		}
		p.untilBye()
	})
	conn := dial(t, g.config())
	var group sync.WaitGroup
	for i := range calls {
		group.Go(func() {
			answer, err := conn.Call(t.Context(), "echo", i)
			if err != nil || string(answer[0]) != fmt.Sprint(i) {
				t.Errorf("call %d: %s, %v", i, answer, err)
			}
		})
	}
	group.Wait()
	conn.Close()
}

func TestSlowAndWrongAcknowledgements(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.begin()
		p.hear(`420["slow"]`)
		p.say(`431["for nobody"]`, `4310["for nobody"]`)
		p.hear(`421["next"]`)
		p.say(`430["too late"]`, `431["right"]`)
		p.untilBye()
	})
	config := g.config()
	config.AckTimeout = 50 * time.Millisecond
	conn := dial(t, config)
	_, err := conn.Call(t.Context(), "slow")
	wantFailure(t, err, ErrAckTimeout, true)
	if IsDropped(err) || conn.Err() != nil {
		t.Errorf("a slow answer is taken for a loss: %v, %v", err, conn.Err())
	}
	conn.config.AckTimeout = defaultAckTimeout
	answer, err := conn.Call(t.Context(), "next")
	if err != nil || string(answer[0]) != `"right"` {
		t.Errorf("got %s, %v", answer, err)
	}
	conn.Close()
}

func TestAcknowledgementsThatCannotBeRead(t *testing.T) {
	for _, acknowledgement := range []string{`430{"not":"an array"}`, `430`, `430null`, `430[`, `430[1]2`, `461-0[{"_placeholder":true,"num":0}]`} {
		g := newGateway(t, func(p *peer) {
			p.begin()
			p.hear(`420["ask"]`)
			p.say(acknowledgement)
			p.sayBinary("attachment")
			p.untilBye()
		})
		conn := dial(t, g.config())
		_, err := conn.Call(t.Context(), "ask")
		wantFailure(t, err, ErrBadAck, true)
		if IsDropped(err) {
			t.Errorf("%s is taken for a loss", acknowledgement)
		}
		conn.Close()
	}
}

// Who gives up gives up alone.
func TestCancellationOfOneCall(t *testing.T) {
	cancelled := make(chan struct{})
	g := newGateway(t, func(p *peer) {
		p.begin()
		p.hear(`420["first"]`)
		<-cancelled
		p.hear(`421["second"]`)
		p.say(`430["late"]`, `431["second"]`)
		p.untilBye()
	})
	conn := dial(t, g.config())
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := conn.Call(ctx, "first")
	wantFailure(t, err, context.Canceled, true)
	_, err = conn.Call(ctx, "never sent")
	wantFailure(t, err, context.Canceled, false)
	conn.nextID-- // as if that had not been tried
	close(cancelled)
	answer, err := conn.Call(t.Context(), "second")
	if err != nil || string(answer[0]) != `"second"` {
		t.Errorf("got %s, %v", answer, err)
	}
	conn.Close()
}

func TestMessagesThatTheServerWouldNotTake(t *testing.T) {
	g := newGateway(t, func(p *peer) {
		p.say(`0{"sid":"e","maxPayload":100}`)
		p.hear("40")
		p.say(beginText)
		p.untilBye()
	})
	conn := dial(t, g.config())
	wantFailure(t, conn.Emit(t.Context(), "large", strings.Repeat("x", 100)), ErrTooLong, false)
	err := conn.Emit(t.Context(), "odd", func() {})
	var unsupported *json.UnsupportedTypeError
	if !errors.As(err, &unsupported) || MayHaveArrived(err) || IsDropped(err) {
		t.Errorf("got %v", err)
	}
	conn.Close()
}

func TestListeners(t *testing.T) {
	heard := make(chan struct{})
	g := newGateway(t, func(p *peer) {
		p.begin()
		p.hear(`42["ready"]`)
		p.say(`42["message",{"id":1},2]`, `4217["message"]`, `4218[7]`)
		p.hear(`4317[]`, `4318[]`) // the server is never left waiting
		p.say(`42["end"]`)
		<-heard
		p.say(`42["message","nobody listens"]`)
		p.hear(`42["done"]`)
		p.untilBye()
	})
	conn := dial(t, g.config())
	events := make(chan Event, 10)
	stop := conn.Listen(func(e Event) { events <- e })
	stopOther := conn.Listen(func(e Event) { events <- e })
	if err := conn.Emit(t.Context(), "ready"); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"message 2", "message 2", "message 0", "message 0", "end 0", "end 0"} {
		if event := <-events; fmt.Sprint(event.Name, " ", len(event.Arguments)) != want {
			t.Errorf("got %+v, want %s", event, want)
		}
	}
	stop()
	stopOther()
	close(heard)
	if err := conn.Emit(t.Context(), "done"); err != nil {
		t.Error(err)
	}
	conn.Close()
	if len(events) != 0 {
		t.Errorf("%d events were heard after all", len(events))
	}
}
