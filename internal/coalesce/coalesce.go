// Package coalesce makes few calls of many. Terraform asks a provider for one
// object at a time, thousands of times; a server is asked best for many at
// once. Nothing here knows of HTTP or of Terraform.
//
//   - A Snapshot answers single reads of one collection, from one listing where
//     that is cheaper.
//   - A Batcher sends writes together that are in flight together.
//   - Pages reads a paged listing with its pages in parallel.
//
// Nothing is kept outside of these values, and nothing needs to be closed: what
// runs in the background ends with the calls it runs for.
package coalesce

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// PanicError is a panic in a function of the caller's that ran in the
// background, where nobody could have recovered from it.
type PanicError struct {
	Value any    // what the function panicked with
	Stack []byte // where
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("this is a bug in the provider, please report it: panic: %v", e.Value)
}

// errNoReturn is the end of a function that called runtime.Goexit.
var errNoReturn = errors.New("this is a bug in the provider, please report it: a call ended without an answer")

// attempt calls f and hands what it returns to done, which is called however f
// ends: nobody may be left waiting.
func attempt[T any](f func() (T, error), done func(T, error)) {
	var value T
	err := errNoReturn
	defer func() {
		if panicked := recover(); panicked != nil {
			err = &PanicError{Value: panicked, Stack: debug.Stack()}
		}
		done(value, err)
	}()
	value, err = f()
}

// setDefault replaces what is not set.
func setDefault[T int | time.Duration](value *T, standard T) {
	if *value <= 0 {
		*value = standard
	}
}
