package ethora

import (
	"fmt"
	"net/http"
	"time"
)

// Kinds of jobs.
const (
	usersJob     = "users"
	purgeJob     = "purge"
	broadcastJob = "broadcast"
)

// States of jobs (§5.2).
const (
	pending   = "pending"
	running   = "running"
	completed = "completed"
	failed    = "failed"
)

// A job is work that was accepted with 202 and is done later. It moves on when
// it is polled; a job that nobody polls is done after a while, as its worker
// would not wait for a poll either.
type job struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	AppID      string    `json:"appId"`    // the app it works on
	CallerID   string    `json:"callerId"` // the app of the token that started it
	AcceptedAt time.Time `json:"acceptedAt"`
	Polls      int       `json:"polls"`
	State      string    `json:"state"`
	Error      string    `json:"error,omitempty"`
	Results    []any     `json:"results,omitempty"`

	NewUsers []*user  `json:"newUsers,omitempty"` // of a users job
	Rooms    []string `json:"rooms,omitempty"`    // of a broadcast: names, also unknown ones
	DryRun   bool     `json:"dryRun,omitempty"`
}

func (j *job) finished() bool { return j.State == completed || j.State == failed }

// accept takes a job on. The operator's jobs are done at once.
func (c *call) accept(j *job) *job {
	j.ID = c.data.newID()
	j.AppID, j.CallerID = c.app.ID, c.caller.ID
	j.AcceptedAt = c.now()
	j.State = pending
	c.data.Jobs[j.ID] = j
	if c.operator {
		c.run(j)
	}
	return j
}

// runAbandonedJobs does the jobs that nobody has polled for a while.
func (p *platform) runAbandonedJobs() {
	patience := time.Duration(p.settings.AbandonedJobMS) * time.Millisecond
	for _, j := range p.data.Jobs {
		if !j.finished() && j.Polls == 0 && !p.settings.EndlessJobs && p.now().Sub(j.AcceptedAt) >= patience {
			p.run(j)
		}
	}
}

// poll moves a job on by one step.
func (p *platform) poll(j *job) {
	if j.finished() {
		return
	}
	p.revision++
	j.Polls++
	switch {
	case j.Polls >= p.settings.JobPolls && !p.settings.EndlessJobs:
		p.run(j)
	case j.Polls >= p.settings.JobPolls-1:
		j.State = running
	}
}

// run does the work of a job.
func (p *platform) run(j *job) {
	p.revision++
	if p.settings.FailJobs != "" {
		j.State, j.Error = failed, p.settings.FailJobs
		j.NewUsers = nil
		return
	}
	a := p.data.Apps[j.AppID]
	switch j.Kind {
	case usersJob:
		j.Results = p.runUsers(a, j.NewUsers)
		j.NewUsers = nil
	case purgeJob:
		p.purge(j)
	case broadcastJob:
		j.Results = p.runBroadcast(a, j)
	}
	j.State = completed
}

// purge removes the app, and the jobs about it, but not the job itself: its
// state is still asked for.
func (p *platform) purge(purged *job) {
	delete(p.data.Apps, purged.AppID)
	for id, j := range p.data.Jobs {
		if j.AppID == purged.AppID && j != purged {
			delete(p.data.Jobs, id)
		}
	}
}

// jobAccepted is the 202 of users and broadcasts.
func jobAccepted(j *job, statusURL string) answer {
	return answer{status: http.StatusAccepted, body: map[string]any{"jobId": j.ID, "statusUrl": statusURL}}
}

// jobAnswer finds the polled job, moves it on and renders it.
func (c *call) jobAnswer(kind string) answer {
	j := c.data.Jobs[c.path["jobId"]]
	if j == nil || j.Kind != kind || !c.maySee(j) {
		return failure(http.StatusNotFound, "JOB_NOT_FOUND", "Job not found")
	}
	c.poll(j)
	body := map[string]any{"jobId": j.ID, c.settings.JobField: j.State, "error": nullable(j.Error)}
	if j.State != completed {
		return ok(body)
	}
	results := append([]any{}, j.Results...)
	switch {
	case kind == purgeJob:
		body["result"] = map[string]any{"summary": map[string]any{"appId": j.AppID}}
	case c.settings.JobResults == "results":
		body["results"] = results
	default:
		body["result"] = map[string]any{"results": results}
	}
	return ok(body)
}

func (c *call) maySee(j *job) bool {
	if j.Kind == purgeJob {
		return c.operator || j.CallerID == c.caller.ID
	}
	return j.AppID == c.app.ID
}

func getUsersJob(c *call) answer     { return c.jobAnswer(usersJob) }
func getPurgeJob(c *call) answer     { return c.jobAnswer(purgeJob) }
func getBroadcastJob(c *call) answer { return c.jobAnswer(broadcastJob) }

// statusURL is where a job of the call's app is polled.
func (c *call) statusURL(j *job) string {
	if j.Kind == broadcastJob {
		return fmt.Sprintf("/v2/apps/%s/chats/broadcast/%s", j.AppID, j.ID)
	}
	return fmt.Sprintf("/v2/apps/%s/users/batch/%s", j.AppID, j.ID)
}
