package redis

import (
	"sync"
	"sync/atomic"
	"time"
)

// every has do done at each interval and whenever there is a token, and again after
// a second where it reports that it could not.
func (l *Layer) every(interval time.Duration, now <-chan struct{}, do func() bool) {
	ticker := time.NewTicker(max(interval, time.Millisecond))
	defer ticker.Stop()
	again := time.NewTimer(time.Second)
	again.Stop()
	defer again.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-ticker.C:
		case <-now:
		case <-again.C:
		}
		if !do() {
			again.Reset(time.Second)
		}
	}
}

// after has do done a delay after there is a token. So nothing is done in a layer
// that nobody uses.
func (l *Layer) after(delay time.Duration, tokens <-chan struct{}, do func()) {
	timer := time.NewTimer(delay)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tokens:
			timer.Reset(max(delay, time.Millisecond))
		}
		select {
		case <-l.ctx.Done():
			return
		case <-timer.C:
			do()
		}
	}
}

// token puts a token where there is none.
func token(tokens chan<- struct{}) {
	select {
	case tokens <- struct{}{}:
	default:
	}
}

// allTogether has do done for all items, some at a time, until it reports that it
// could not, and reports whether it could.
func allTogether[T any](items []T, do func(T) bool) bool {
	var failed atomic.Bool
	together(items, func(item T) {
		if !failed.Load() && !do(item) {
			failed.Store(true)
		}
	})
	return !failed.Load()
}

// together has do done for all items, some at a time.
func together[T any](items []T, do func(T)) {
	const atOnce = 16
	var all sync.WaitGroup
	next := make(chan T)
	for range min(atOnce, len(items)) {
		all.Go(func() {
			for item := range next {
				do(item)
			}
		})
	}
	for _, item := range items {
		next <- item
	}
	close(next)
	all.Wait()
}
