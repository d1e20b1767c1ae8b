package middleware

import (
	"context"
	"sync"
	"time"

	"hubbub/hub"
)

// Rate is the middleware of a [Pace] of its own.
func Rate(perSecond int) hub.Middleware { return NewPace(perSecond).Middleware }

// Pace bounds how many events a second each scope's consumer is handed; as many
// may come at once after a pause. Requests are scopes of one event: over HTTP
// those of an account share a bound, and those of guests from one address (of IPv6,
// from one network, as for [Connects]). What
// is over is refused as [hub.RateLimited], but for MQTT, which has no word for
// it: there the client is not read until its time has come. It is safe for
// concurrent use.
type Pace struct {
	perSecond int // 0 is no limit
	requests  *buckets

	mu      sync.Mutex
	clients map[string]*bucket // of MQTT scopes, by id
}

// NewPace returns a bound of that many events a second; 0 or less is no limit.
func NewPace(perSecond int) *Pace {
	if perSecond <= 0 {
		return &Pace{}
	}
	return &Pace{perSecond: perSecond, requests: newBuckets(perSecond), clients: make(map[string]*bucket)}
}

// Middleware bounds what app's consumers are handed.
func (p *Pace) Middleware(app hub.Application) hub.Application {
	if p.perSecond == 0 {
		return app
	}
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		consumer, err := app(ctx, s, out)
		if err != nil {
			return nil, err
		}
		switch s.Type {
		case hub.ScopeHTTP:
			return &rated{Consumer: consumer, bucket: p.requests.of(sharedBy(s))}, nil
		case hub.ScopeMQTT:
			return p.paused(s, consumer), nil
		default:
			return &rated{Consumer: consumer, bucket: newBucket(p.perSecond)}, nil
		}
	}
}

// Wait counts an event of an MQTT scope that its consumer is not handed, such as a
// publish to an ordinary topic, and waits until its time has come. The error is
// that of ctx.
func (p *Pace) Wait(ctx context.Context, s *hub.Scope) error {
	p.mu.Lock()
	b := p.clients[s.ID]
	p.mu.Unlock()
	if b == nil {
		return nil
	}
	return b.wait(ctx)
}

// sharedBy returns the name of the bucket that the requests of s share.
func sharedBy(s *hub.Scope) string {
	if s.User.Kind == hub.Guest {
		return network(s.Remote.Addr())
	}
	return s.User.ID
}

// rated refuses what is over.
type rated struct {
	hub.Consumer
	*bucket
}

// Handle implements [hub.Consumer].
func (r *rated) Handle(ctx context.Context, e hub.Event) error {
	if r.take() > 0 {
		return hub.Errorf(hub.RateLimited, "More than %d events a second. Wait a little, and send this one again.", time.Second/r.gap)
	}
	return r.Consumer.Handle(ctx, e)
}

// paused waits with what is over.
type paused struct {
	hub.Consumer
	*bucket
	pace *Pace
	id   string // of the scope
}

func (p *Pace) paused(s *hub.Scope, consumer hub.Consumer) *paused {
	b := newBucket(p.perSecond)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients[s.ID] = b
	return &paused{consumer, b, p, s.ID}
}

// Handle implements [hub.Consumer].
func (c *paused) Handle(ctx context.Context, e hub.Event) error {
	if err := c.wait(ctx); err != nil {
		return err
	}
	return c.Consumer.Handle(ctx, e)
}

// Close implements [hub.Consumer].
func (c *paused) Close(ctx context.Context, cause error) {
	c.pace.mu.Lock()
	delete(c.pace.clients, c.id)
	c.pace.mu.Unlock()
	c.Consumer.Close(ctx, cause)
}
