package system

import (
	"context"
	"time"
)

// RecordBudget is how long a cancelled operation may still take to find out
// what the state must say.
const RecordBudget = 10 * time.Second

// Outliving returns a context that lives on for RecordBudget when ctx ends. An
// object that is created but not finished is tainted, and the next apply would
// replace what a moment more completes.
func Outliving(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(RecordBudget, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}
