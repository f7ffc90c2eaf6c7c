package tegrabox

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Project is the project of the API key (tegrabox-api.md §1).
type Project struct {
	ID   string
	Name string // "": the server did not say
}

// Project returns the project, which the server tells by the credential and the
// client keeps (tegrabox-api.md §1 [seed]). Callers who ask at the same time
// share one call, which ends when the last of them has left. A failure is not
// kept.
func (c *Client) Project(ctx context.Context) (Project, error) {
	if c.config.ProjectID != "" {
		return Project{ID: c.config.ProjectID}, nil
	}
	project, err := c.project.get(ctx, c.fetchProject)
	if err != nil {
		return Project{}, fmt.Errorf("cannot learn the TegraBox project id, which can also be configured: %w", err)
	}
	return project, nil
}

func (c *Client) fetchProject(ctx context.Context) (Project, error) {
	lookup := call{route: getProjectRoute}
	if c.config.APIKey == "" {
		lookup.jwt = c.config.JWT
	}
	answer, err := c.send(ctx, lookup)
	if err != nil {
		var failure *rest.Error
		if errors.As(err, &failure) {
			failure.Uncertain = false // what the caller wanted to do has surely not begun
		}
		return Project{}, err
	}
	row, err := c.find(answer, "project", "id", "_id", "project_id", "projectId")
	if err != nil {
		return Project{}, err
	}
	return Project{ID: text(row, "id", "_id", "project_id", "projectId"), Name: text(row, "name")}, nil
}

// projectCache keeps the project once it is known.
type projectCache struct {
	mutex  sync.Mutex
	known  Project
	lookup *projectLookup // the call on its way; nil: none
}

// projectLookup is one call that several callers wait for.
type projectLookup struct {
	cancel  context.CancelFunc
	waiting int
	done    chan struct{} // closed when the next two are set
	project Project
	err     error
}

func (p *projectCache) get(ctx context.Context, fetch func(context.Context) (Project, error)) (Project, error) {
	p.mutex.Lock()
	if p.known.ID != "" {
		defer p.mutex.Unlock()
		return p.known, nil
	}
	if p.lookup == nil {
		p.lookup = p.begin(ctx, fetch)
	}
	lookup := p.lookup
	lookup.waiting++
	p.mutex.Unlock()
	select {
	case <-lookup.done:
		return lookup.project, lookup.err
	case <-ctx.Done():
		p.leave(lookup)
		return Project{}, ctx.Err()
	}
}

// begin makes the call, which the first caller's cancellation does not end.
func (p *projectCache) begin(ctx context.Context, fetch func(context.Context) (Project, error)) *projectLookup {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	lookup := &projectLookup{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		project, err := fetch(ctx)
		p.mutex.Lock()
		defer p.mutex.Unlock()
		lookup.project, lookup.err = project, err
		if err == nil {
			p.known = project
		}
		p.forget(lookup)
		close(lookup.done)
	}()
	return lookup
}

// leave cancels the call when nobody waits for it any more.
func (p *projectCache) leave(lookup *projectLookup) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	lookup.waiting--
	if lookup.waiting == 0 {
		lookup.cancel()
		p.forget(lookup)
	}
}

// forget lets the next caller begin anew.
func (p *projectCache) forget(lookup *projectLookup) {
	if p.lookup == lookup {
		p.lookup = nil
	}
}
