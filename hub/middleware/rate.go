package middleware

import (
	"context"
	"time"

	"hubbub/hub"
)

// Rate bounds how many events a second each scope's consumer is handed; as many
// may come at once after a pause. What is over is refused as
// [hub.RateLimited], but for MQTT, which has no word for it: there the client
// is not read until its time has come. 0 or less is no limit.
func Rate(perSecond int) hub.Middleware {
	if perSecond <= 0 {
		return func(app hub.Application) hub.Application { return app }
	}
	return func(app hub.Application) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			consumer, err := app(ctx, s, out)
			if err != nil {
				return nil, err
			}
			return &rated{
				Consumer: consumer,
				pauses:   s.Type == hub.ScopeMQTT,
				gap:      time.Second / time.Duration(perSecond),
			}, nil
		}
	}
}

// rated is a bucket of one second's events. Instead of tokens it knows when it
// will be full again: an event puts that off by a gap.
type rated struct {
	hub.Consumer
	pauses bool
	gap    time.Duration
	full   time.Time
}

// Handle implements [hub.Consumer].
func (r *rated) Handle(ctx context.Context, e hub.Event) error {
	now := time.Now()
	if r.full.Before(now) {
		r.full = now
	}
	if over := r.full.Add(r.gap).Sub(now) - time.Second; over > 0 {
		if !r.pauses {
			return hub.Errorf(hub.RateLimited, "More than %d events a second. Wait a little, and send this one again.", time.Second/r.gap)
		}
		select {
		case <-time.After(over):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.full = r.full.Add(r.gap)
	return r.Consumer.Handle(ctx, e)
}
