package ethora_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// The mock serves benchmarks of 10,000 users and must cost them little: each
// operation of BenchmarkCrowd is the 100 calls that 10,000 objects take.
const (
	crowdSize = 10000
	batchSize = 100
)

// A crowd is a mock with many users in its base app.
type crowd struct {
	*testing.B
	mock   *ethora.Server
	header http.Header
}

func newCrowd(b *testing.B) *crowd {
	c := &crowd{B: b, mock: ethora.New(ethora.Options{})}
	if err := c.mock.SetSettings(ethora.Settings{JobPolls: 1}); err != nil {
		b.Fatal(err)
	}
	token := sign(b, derive(c.mock.AppSecret(), "ethora:server:v1"), map[string]any{
		"data": map[string]any{"appId": c.mock.AppID(), "type": "server"},
	})
	c.header = http.Header{"X-Custom-Token": {token}, "Content-Type": {"application/json"}}
	return c
}

// call makes a call below the app's path and returns the answer's body.
func (c *crowd) call(method, path, body string) []byte {
	c.Helper()
	r := httptest.NewRequestWithContext(c.Context(), method, "/v2/apps/"+c.mock.AppID()+path, strings.NewReader(body))
	r.Header = c.header
	recorder := httptest.NewRecorder()
	c.mock.ServeHTTP(recorder, r)
	if recorder.Code >= http.StatusMultipleChoices {
		c.Fatalf("%s %s answered %d %s", method, path, recorder.Code, recorder.Body)
	}
	return recorder.Body.Bytes()
}

// inBatches calls once for each 100 users; USERS in the body stands for the
// JSON list of one item each.
func (c *crowd) inBatches(method, path, body, item string) (answers [][]byte) {
	for start := 0; start < crowdSize; start += batchSize {
		items := make([]string, batchSize)
		for i := range items {
			items[i] = strings.ReplaceAll(item, "USER", fmt.Sprintf("user-%d", start+i))
		}
		list := "[" + strings.Join(items, ",") + "]"
		answers = append(answers, c.call(method, path, strings.Replace(body, "USERS", list, 1)))
	}
	return answers
}

// create creates the users and polls each job once, which ends it.
func (c *crowd) create() {
	for _, accepted := range c.inBatches("POST", "/users/batch", `{"usersList":USERS}`,
		`{"uuid":"USER","email":"USER@example.com","firstName":"First","lastName":"Last"}`) {
		var job struct {
			ID string `json:"jobId"`
		}
		if err := json.Unmarshal(accepted, &job); err != nil {
			c.Fatal(err)
		}
		c.call("GET", "/users/batch/"+job.ID, "")
	}
}

func (c *crowd) grant() {
	c.call("POST", "/chats", `{"uuid":"hall","title":"Hall"}`)
	c.inBatches("POST", "/chats/users-access", `{"chatName":"hall","members":USERS}`, `"USER"`)
}

func BenchmarkCrowd(b *testing.B) {
	steps := []struct {
		name       string
		before, do func(*crowd)
	}{
		{"create", nil, (*crowd).create},
		{"list", (*crowd).create, func(c *crowd) {
			for offset := 0; offset < crowdSize; offset += batchSize {
				c.call("GET", fmt.Sprintf("/chats/users?limit=%d&offset=%d", batchSize, offset), "")
			}
		}},
		{"update", (*crowd).create, func(c *crowd) {
			c.inBatches("PATCH", "/chats/users", `{"users":USERS}`, `{"uuid":"USER","lastName":"Next"}`)
		}},
		{"delete", (*crowd).create, func(c *crowd) {
			c.inBatches("DELETE", "/users/batch", `{"usersIdList":USERS}`, `"USER"`)
		}},
		{"purge from a room", func(c *crowd) { c.create(); c.grant() }, func(c *crowd) {
			c.inBatches("DELETE", "/users/batch?mode=hard", `{"usersIdList":USERS}`, `"USER"`)
		}},
		{"grant", (*crowd).create, (*crowd).grant},
		{"members", func(c *crowd) { c.create(); c.grant() }, func(c *crowd) {
			c.call("GET", "/chats?includeMembers=true", "")
			for offset := 0; offset < crowdSize; offset += batchSize {
				c.call("GET", fmt.Sprintf("/chats/users?chatName=hall&limit=%d&offset=%d", batchSize, offset), "")
			}
		}},
		{"revoke", func(c *crowd) { c.create(); c.grant() }, func(c *crowd) {
			c.inBatches("DELETE", "/chats/users-access", `{"chatName":"hall","members":USERS}`, `"USER"`)
		}},
	}
	for _, step := range steps {
		b.Run(step.name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				c := newCrowd(b)
				if step.before != nil {
					step.before(c)
				}
				b.StartTimer()
				step.do(c)
			}
		})
	}
}
