package tegrabox

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestTheProjectIsAskedForOnce(t *testing.T) {
	for name, settings := range map[string]mock.Settings{
		"bare": {}, "data": {Envelope: "data"}, "success": {Envelope: "success"},
		"_id": {ProjectField: "_id"}, "project_id": {ProjectField: "project_id"}, "projectId": {ProjectField: "projectId"},
	} {
		client, server := startMock(t, settings)
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if project, err := client.Project(background(t)); err != nil || project != (Project{ID: mock.DefaultProjectID, Name: "chatmock"}) {
					t.Errorf("%s: %+v, %v", name, project, err)
				}
			})
		}
		group.Wait()
		expect(t, server, lookup)
	}
}

func TestAFailureToLearnTheProjectIsNotKept(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	fault(t, server, control.FaultRule{Status: 403, Times: 1})
	if _, err := client.ListUsers(background(t)); !rest.IsKind(err, rest.Forbidden) || !strings.Contains(err.Error(), "cannot learn the TegraBox project id") {
		t.Errorf("got %v", err)
	}
	if _, err := client.ListUsers(background(t)); err != nil {
		t.Error(err)
	}
	expect(t, server, lookup, lookup, "GET "+base+"/users?limit=100&page=1")
}

func TestACreationThatFailsBeforeItBeganIsNotInDoubt(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	fault(t, server, control.FaultRule{Drop: "before"})
	for _, err := range []error{second(client.CreateUser(background(t), ann())), second(client.CreateRoom(background(t), NewRoom{Name: "n", CreatedBy: "u"}))} {
		var lost *LostError
		if errors.As(err, &lost) || rest.IsUncertain(err) || !rest.IsKind(err, rest.Unavailable) {
			t.Errorf("got %v", err)
		}
	}
	for _, line := range lines(server) {
		if line != lookup {
			t.Errorf("request %s", line)
		}
	}
}

func TestAProjectWithoutAnID(t *testing.T) {
	for _, body := range []string{``, `{}`, `{"id":null}`, `<html>`, `[]`, `{"success":false,"message":"no"}`} {
		client := serve(t, impatient(), says(body))
		if _, err := client.Project(background(t)); !rest.IsKind(err, rest.Malformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestTheProjectIsAskedForWithTheJWTWhenThereIsNoKey(t *testing.T) {
	server := says(`{"project":{"id":7}}`)
	config := impatient()
	config.APIKey, config.JWT = "", "j"
	if project, err := serve(t, config, server).Project(background(t)); err != nil || project.ID != "7" {
		t.Errorf("%+v, %v", project, err)
	}
	if got := server.headers[0].Get("Authorization"); got != "Bearer j" {
		t.Errorf("asked with %q", got)
	}
}

// blocked is a handler that tells of each request and answers when it is let go.
type blocked struct {
	seen chan *http.Request
	free chan struct{}
}

func (b blocked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.seen <- r
	select {
	case <-b.free:
	case <-r.Context().Done():
	}
	_, _ = w.Write([]byte(`{"id":"p"}`))
}

func TestACallerThatLeavesDoesNotFailTheOthers(t *testing.T) {
	server := blocked{make(chan *http.Request, 10), make(chan struct{})}
	client := serve(t, impatient(), server)
	leaving, leave := context.WithCancel(background(t))
	first, others := make(chan error, 1), make(chan error, 5)
	go func() { first <- second(client.Project(leaving)) }()
	<-server.seen
	for range 5 {
		go func() { others <- second(client.Project(background(t))) }()
	}
	waitFor(client, 6)
	leave()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	close(server.free)
	for range 5 {
		if err := <-others; err != nil {
			t.Error(err)
		}
	}
	if len(server.seen) != 0 {
		t.Error("the server was asked again")
	}
}

func TestTheCallEndsWithItsLastWaiter(t *testing.T) {
	server := blocked{make(chan *http.Request, 10), make(chan struct{})}
	client := serve(t, impatient(), server)
	ctx, cancel := context.WithCancel(background(t))
	gone := make(chan error, 2)
	for range 2 {
		go func() { gone <- second(client.Project(ctx)) }()
	}
	request := <-server.seen
	waitFor(client, 2)
	cancel()
	for range 2 {
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	<-request.Context().Done() // the call itself was given up
	close(server.free)
	if _, err := client.Project(background(t)); err != nil {
		t.Errorf("the next caller got %v", err)
	}
}

// waitFor returns when so many callers wait for the project.
func waitFor(client *Client, waiting int) {
	for {
		client.project.mutex.Lock()
		lookup := client.project.lookup
		enough := lookup != nil && lookup.waiting == waiting
		client.project.mutex.Unlock()
		if enough {
			return
		}
		runtime.Gosched()
	}
}
