package middleware

import (
	"context"
	"time"

	"hubbub/hub"
)

// Rate bounds how many events a second each scope's consumer is handed; as many
// may come at once after a pause. Requests are scopes of one event: over HTTP
// those of an account share a bound, and those of guests from one address (of IPv6,
// from one network, as for [Connects]). What
// is over is refused as [hub.RateLimited], but for MQTT, which has no word for
// it: there the client is not read until its time has come. 0 or less is no
// limit.
func Rate(perSecond int) hub.Middleware {
	if perSecond <= 0 {
		return func(app hub.Application) hub.Application { return app }
	}
	return func(app hub.Application) hub.Application {
		requests := newBuckets(perSecond)
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			consumer, err := app(ctx, s, out)
			if err != nil {
				return nil, err
			}
			b := newBucket(perSecond)
			if s.Type == hub.ScopeHTTP {
				b = requests.of(sharedBy(s))
			}
			return &rated{Consumer: consumer, bucket: b, pauses: s.Type == hub.ScopeMQTT}, nil
		}
	}
}

// sharedBy returns the name of the bucket that the requests of s share.
func sharedBy(s *hub.Scope) string {
	if s.User.Kind == hub.Guest {
		return network(s.Remote.Addr())
	}
	return s.User.ID
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
