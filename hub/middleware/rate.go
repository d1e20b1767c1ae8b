package middleware

import (
	"context"
	"sync"
	"time"

	"hubbub/hub"
)

// Rate bounds how many events a second each scope's consumer is handed; as many
// may come at once after a pause. Requests are scopes of one event: over HTTP
// those of an account share a bound, and those of guests from one address. What
// is over is refused as [hub.RateLimited], but for MQTT, which has no word for
// it: there the client is not read until its time has come. 0 or less is no
// limit.
func Rate(perSecond int) hub.Middleware {
	if perSecond <= 0 {
		return func(app hub.Application) hub.Application { return app }
	}
	return func(app hub.Application) hub.Application {
		requests := &buckets{byName: make(map[string]*bucket)}
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			consumer, err := app(ctx, s, out)
			if err != nil {
				return nil, err
			}
			b := &bucket{gap: time.Second / time.Duration(perSecond)}
			if s.Type == hub.ScopeHTTP {
				b = requests.of(s, b)
			}
			return &rated{Consumer: consumer, bucket: b, pauses: s.Type == hub.ScopeMQTT}, nil
		}
	}
}

// bucket holds one second's events. Instead of tokens it knows when it will be
// full again: an event puts that off by a gap.
type bucket struct {
	gap time.Duration

	mu   sync.Mutex
	full time.Time
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

func (b *bucket) isFull(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.full.After(now)
}

// buckets are shared by the requests of one user or address.
type buckets struct {
	mu     sync.Mutex
	byName map[string]*bucket
	sweep  int // size at which the full ones are forgotten
}

// of returns the bucket that the scope shares, which is fresh where there is none.
func (b *buckets) of(s *hub.Scope, fresh *bucket) *bucket {
	name := s.User.ID
	if s.User.Kind == hub.Guest {
		name = s.Remote.Addr().String()
	}
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
	b.byName[name] = fresh
	return fresh
}

type rated struct {
	hub.Consumer
	*bucket
	pauses bool
}

// Handle implements [hub.Consumer].
func (r *rated) Handle(ctx context.Context, e hub.Event) error {
	for {
		wait := r.take()
		switch {
		case wait <= 0:
			return r.Consumer.Handle(ctx, e)
		case !r.pauses:
			return hub.Errorf(hub.RateLimited, "More than %d events a second. Wait a little, and send this one again.", time.Second/r.gap)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
