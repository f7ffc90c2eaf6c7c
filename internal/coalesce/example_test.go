package coalesce_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// directory stands for the client of a chat system.
type directory struct {
	mu    sync.Mutex
	users []string
	calls []string
}

func (d *directory) createUsers(_ context.Context, names []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, fmt.Sprintf("create %d users", len(names)))
	d.users = append(d.users, names...)
	return nil
}

func (d *directory) listUsers(_ context.Context, offset, limit int) (coalesce.Page[string], error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	end := min(offset+limit, len(d.users))
	d.calls = append(d.calls, fmt.Sprintf("list users %d to %d", offset+1, end))
	return coalesce.Page[string]{Items: d.users[offset:end], Total: len(d.users)}, nil
}

func (d *directory) getUser(_ context.Context, name string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, "read "+name)
	return name, nil
}

// One Snapshot for each collection and tenant, one Batcher for each kind of
// write. The Batcher's Send makes known to the Snapshot which objects it writes
// to, because it goes on when those that asked for it have left. Whoever waits
// for a write to show polls.
func Example() {
	server := &directory{}
	users := coalesce.NewSnapshot(coalesce.SnapshotConfig[string, string]{
		List: func(ctx context.Context) (map[string]string, error) {
			name := func(user string) string { return user }
			rows, err := coalesce.Pages(ctx, coalesce.PagesConfig[string, string]{
				Fetch: server.listUsers, Key: name, Limit: 100,
			})
			byName := make(map[string]string, len(rows))
			for _, user := range rows {
				byName[name(user)] = user
			}
			return byName, err
		},
		Get: server.getUser,
	})
	create := coalesce.NewBatcher(coalesce.BatcherConfig[string, struct{}]{
		Limit: 100,
		Wait:  time.Minute, // for the example: the batch is full long before
		Send: func(ctx context.Context, names []string) []coalesce.Result[struct{}] {
			defer users.Writing(names...)()
			results := make([]coalesce.Result[struct{}], len(names))
			err := server.createUsers(ctx, names)
			for k := range results {
				results[k].Err = err
			}
			return results
		},
	})

	ctx := context.Background()
	var terraform sync.WaitGroup
	for n := range 100 {
		terraform.Go(func() { _, _ = create.Do(ctx, fmt.Sprintf("user-%d", n)) })
	}
	terraform.Wait()
	for n := range 100 {
		_, _ = users.Get(ctx, fmt.Sprintf("user-%d", n))
	}
	_, found, _ := users.Poll(ctx, "user-99")
	fmt.Println("user-99 is listed:", found)
	for _, call := range server.calls {
		fmt.Println(call)
	}
	// Output:
	// user-99 is listed: true
	// create 100 users
	// read user-0
	// read user-1
	// read user-2
	// list users 1 to 100
	// list users 1 to 100
}
