package coalesce

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

const (
	defaultConcurrentPages = 8
	maxPages               = 10000
)

// ErrIncomplete is in the chain of the error of a listing whose end cannot be
// reached.
var ErrIncomplete = errors.New("the list cannot be read to its end")

// Page is one page of a listing.
type Page[T any] struct {
	Items []T
	Total int // items of the whole listing; negative when the server does not say
	Limit int // the page size that the server kept to; 0 when it does not say
}

// PagesConfig says how a listing is read page by page.
type PagesConfig[K comparable, T any] struct {
	// Fetch reads at most limit items from offset on.
	Fetch func(ctx context.Context, offset, limit int) (Page[T], error)
	// Key tells items apart.
	Key func(T) K
	// Limit is the page size to ask for. Servers may answer with less.
	Limit int
	// Concurrent is how many pages may be asked for at once; default 8.
	Concurrent int
}

// Pages returns all items of a listing, each once. After the first page the
// others are read in parallel, as far as the server says how many items there
// are; otherwise one after the other until a page is not full. Items that come
// twice, because others create and delete meanwhile, are dropped; those that
// come late are at the end.
//
// The first error ends the listing. A server that answers with the same items
// again and again makes an ErrIncomplete. What no listing by offsets can rule
// out: when others delete while it runs, items move up, and one may slip from a
// page that is not read yet to one that was. Ask for an item that is missing
// before you believe it, as a Snapshot does.
func Pages[K comparable, T any](ctx context.Context, config PagesConfig[K, T]) ([]T, error) {
	setDefault(&config.Concurrent, defaultConcurrentPages)
	first, err := config.Fetch(ctx, 0, config.Limit)
	if err != nil {
		return nil, err
	}
	w := &walk[K, T]{config: config, seen: map[K]bool{}, rows: []T{}}
	w.take(first.Items)
	if first.Total < 0 {
		err = w.untilShort(ctx, first)
	} else {
		err = w.untilTotal(ctx, first)
	}
	if err != nil {
		return nil, err
	}
	return w.rows, nil
}

// walk collects the items of a listing.
type walk[K comparable, T any] struct {
	config PagesConfig[K, T]
	seen   map[K]bool
	rows   []T
}

// take adds the items that were not seen before and returns how many they are.
func (w *walk[K, T]) take(items []T) int {
	before := len(w.rows)
	for _, item := range items {
		key := w.config.Key(item)
		if !w.seen[key] {
			w.seen[key] = true
			w.rows = append(w.rows, item)
		}
	}
	return len(w.rows) - before
}

// untilShort reads page by page until one is not full.
func (w *walk[K, T]) untilShort(ctx context.Context, page Page[T]) error {
	offset := 0
	for range maxPages {
		size := w.config.Limit
		if page.Limit > 0 {
			size = min(size, page.Limit)
		}
		// With more than was asked for, the server does not page.
		if len(page.Items) != size {
			return nil
		}
		offset += len(page.Items)
		var err error
		if page, err = w.config.Fetch(ctx, offset, w.config.Limit); err != nil {
			return err
		}
		if w.take(page.Items) == 0 && len(page.Items) > 0 {
			return repeats(offset)
		}
	}
	return tooLong()
}

// untilTotal reads the pages after the first one in parallel.
func (w *walk[K, T]) untilTotal(ctx context.Context, first Page[T]) error {
	if len(first.Items) == 0 {
		return nil
	}
	// The server may keep to shorter pages than asked for.
	step, total := len(first.Items), first.Total
	if first.Limit > 0 {
		step = max(step, min(first.Limit, w.config.Limit))
	}
	if err := w.fillGaps(ctx, []Page[T]{first}, 0, total, step); err != nil {
		return err
	}
	repeated := 0
	for offset := step; offset < total; {
		pages, more, err := w.fetchAll(ctx, offset, total, step)
		if err != nil {
			return err
		}
		for n, page := range pages {
			w.take(page.Items)
			if len(page.Items) > 0 && w.config.Key(page.Items[0]) == w.config.Key(first.Items[0]) {
				repeated = offset + n*step
			}
		}
		if err := w.fillGaps(ctx, pages, offset, total, step); err != nil {
			return err
		}
		if !more {
			break
		}
		offset += len(pages) * step
		total = max(total, pages[len(pages)-1].Total) // some were created meanwhile
	}
	if repeated > 0 && len(w.rows) < total {
		return repeats(repeated)
	}
	return nil
}

// fetchAll reads the pages from begin to end, step apart, in parallel. It stops,
// and returns false, after so many empty pages in a row that nothing can be
// expected to follow: some totals count what is not shown, which may fill a page.
func (w *walk[K, T]) fetchAll(ctx context.Context, begin, end, step int) ([]Page[T], bool, error) {
	if end/step > maxPages {
		return nil, false, tooLong()
	}
	count := (end - begin + step - 1) / step
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	var mu sync.Mutex
	pages, next, filled := make([]Page[T], count), 0, -1
	turn := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == count || next > filled+w.config.Concurrent || ctx.Err() != nil {
			return 0, false
		}
		next++
		return next - 1, true
	}
	set := func(n int, page Page[T], err error) {
		mu.Lock()
		defer mu.Unlock()
		pages[n] = page
		switch {
		case err != nil:
			stop(err)
		case len(page.Items) > 0:
			filled = max(filled, n)
		}
	}
	var workers sync.WaitGroup
	for range min(w.config.Concurrent, count) {
		workers.Go(func() {
			for n, ok := turn(); ok; n, ok = turn() {
				attempt(
					func() (Page[T], error) { return w.config.Fetch(ctx, begin+n*step, w.config.Limit) },
					func(page Page[T], err error) { set(n, page, err) },
				)
			}
		})
	}
	workers.Wait()
	return pages[:next], next == count, context.Cause(ctx)
}

// fillGaps reads what follows a page that was shorter than the first one: the
// server may cut pages by other measures than their number of items.
func (w *walk[K, T]) fillGaps(ctx context.Context, pages []Page[T], begin, total, step int) error {
	for n, page := range pages {
		if len(page.Items) == 0 {
			continue
		}
		offset := begin + n*step
		end := min(offset+step, total)
		for offset += len(page.Items); offset < end && len(w.rows) < total; offset += len(page.Items) {
			var err error
			if page, err = w.config.Fetch(ctx, offset, w.config.Limit); err != nil {
				return err
			}
			if len(page.Items) == 0 {
				break
			}
			w.take(page.Items)
		}
	}
	return nil
}

func repeats(offset int) error {
	return fmt.Errorf("%w: it repeats itself from item %d on", ErrIncomplete, offset)
}

func tooLong() error {
	return fmt.Errorf("%w: it has more than %d pages", ErrIncomplete, maxPages)
}
