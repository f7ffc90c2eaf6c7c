package ethora

import (
	"slices"
	"sync"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// atOnce is how many requests of one operation run at the same time.
const atOnce = 8

// bisect calls do with all items, and where do says that they must be divided,
// with each half of them in turn, down to single items. One bad item among n
// costs about 2·log2(n) calls more, and the others are done all the same.
func bisect[T any](items []T, do func([]T) (divide bool)) {
	if len(items) == 0 || !do(items) || len(items) == 1 {
		return
	}
	middle := len(items) / 2
	bisect(items[:middle], do)
	bisect(items[middle:], do)
}

// divisible reports whether a request was refused for what some of its items
// are, so that the others may pass without them. Wrong credentials, a missing
// app or route, limits and outages concern every item alike.
func divisible(err error) bool {
	return rest.IsKind(err, rest.Invalid, rest.Conflict, rest.NotFound) && !hasCode(err, codeAppNotFound, codeAppArchived)
}

// concurrently calls do for every item, for at most limit of them at once, and
// returns when all calls have.
func concurrently[T any](items []T, limit int, do func(T)) {
	turns := make(chan struct{}, limit)
	var calls sync.WaitGroup
	for _, item := range items {
		turns <- struct{}{}
		calls.Go(func() {
			defer func() { <-turns }()
			do(item)
		})
	}
	calls.Wait()
}

// apart splits items into rounds, in each of which no two items share a name;
// names lists those of one item. Within one request the server's answer could
// not be told apart by them. Items keep their order, and most often there is
// one round.
func apart[T any](items []T, names func(T) []string) [][]T {
	var rounds [][]T
	uses := map[string]int{}
	for _, item := range items {
		round := 0
		for _, name := range names(item) {
			round = max(round, uses[name])
		}
		for _, name := range names(item) {
			uses[name] = round + 1
		}
		if round == len(rounds) {
			rounds = append(rounds, nil)
		}
		rounds[round] = append(rounds[round], item)
	}
	return rounds
}

// numbers are the indices of a slice of that length.
func numbers(length int) []int {
	all := make([]int, length)
	for i := range all {
		all[i] = i
	}
	return all
}

// firstError is the first of the errors that is one.
func firstError(errs []error) error {
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}
