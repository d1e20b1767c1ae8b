package middleware

import (
	"context"
	"sync"
	"time"
)

// bucket holds one second's events. Instead of tokens it knows when it will be
// full again: an event puts that off by a gap.
type bucket struct {
	gap time.Duration

	mu   sync.Mutex
	full time.Time
}

func newBucket(perSecond int) *bucket {
	return &bucket{gap: time.Second / time.Duration(perSecond)}
}

// take takes a place, or returns how long it is until there is one.
func (b *bucket) take() (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.full.Before(now) {
		b.full = now
	}
	if wait = b.full.Add(b.gap).Sub(now) - time.Second; wait <= 0 {
		b.full = b.full.Add(b.gap)
	}
	return wait
}

// wait takes a place as soon as there is one, or returns ctx's error.
func (b *bucket) wait(ctx context.Context) error {
	for {
		wait := b.take()
		if wait <= 0 {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *bucket) isFull(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.full.After(now)
}

// buckets are shared by what comes from one user or address. A bucket that is
// full is as good as none: so they are as many as names within a second, and at
// most as many again, or 1,024, that wait to be forgotten.
type buckets struct {
	perSecond int

	mu     sync.Mutex
	byName map[string]*bucket
	sweep  int // size at which the full ones are forgotten
}

func newBuckets(perSecond int) *buckets {
	return &buckets{perSecond: perSecond, byName: make(map[string]*bucket)}
}

// of returns the bucket of that name, which is full where there was none.
func (b *buckets) of(name string) *bucket {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.byName[name]; old != nil {
		return old
	}
	if len(b.byName) >= b.sweep {
		now := time.Now()
		for name, old := range b.byName {
			if old.isFull(now) {
				delete(b.byName, name)
			}
		}
		b.sweep = max(1024, 2*len(b.byName))
	}
	fresh := newBucket(b.perSecond)
	b.byName[name] = fresh
	return fresh
}
