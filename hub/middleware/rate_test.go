package middleware_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

// counter counts the events that it is handed.
type counter struct{ handled int }

func (c *counter) Handle(context.Context, hub.Event) error { c.handled++; return nil }
func (c *counter) Close(context.Context, error)            {}

func open(t *testing.T, perSecond int, scopeType string) (*counter, hub.Consumer) {
	t.Helper()
	c := &counter{}
	app := middleware.Rate(perSecond)(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return c, nil })
	consumer, err := app(t.Context(), &hub.Scope{Type: scopeType}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, consumer
}

func TestRateRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, consumer := open(t, 10, hub.ScopeWebSocket)
		var refused int
		send := func(n int) {
			for range n {
				if err := consumer.Handle(t.Context(), hub.Event{}); hub.CodeOf(err) == hub.RateLimited {
					refused++
				} else if err != nil {
					t.Error(err)
				}
			}
		}
		send(25)
		if c.handled != 10 || refused != 15 {
			t.Errorf("at once: %d handled, %d refused", c.handled, refused)
		}
		time.Sleep(300 * time.Millisecond) //nolint:forbidigo // synctest
		if send(5); c.handled != 13 {
			t.Errorf("after 300 ms: %d handled", c.handled)
		}
		time.Sleep(time.Hour) //nolint:forbidigo // synctest
		if send(25); c.handled != 23 {
			t.Errorf("after an hour: %d handled", c.handled)
		}
	})
}

func TestRatePausesMQTT(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, consumer := open(t, 10, hub.ScopeMQTT)
		start := time.Now()
		for range 30 {
			if err := consumer.Handle(t.Context(), hub.Event{}); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); c.handled != 30 || took != 2*time.Second {
			t.Errorf("%d handled in %v", c.handled, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := consumer.Handle(ctx, hub.Event{}); err == nil {
			t.Error("a connection that ended is waited for")
		}
	})
}

func TestNoRate(t *testing.T) {
	c, consumer := open(t, 0, hub.ScopeWebSocket)
	for range 1000 {
		if err := consumer.Handle(t.Context(), hub.Event{}); err != nil {
			t.Fatal(err)
		}
	}
	if c.handled != 1000 {
		t.Errorf("%d handled", c.handled)
	}
}

func TestRateOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := middleware.Rate(10)(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return &counter{}, nil })
		refused := func(requests int, s hub.Scope) (n int) {
			s.Type = hub.ScopeHTTP
			for range requests {
				consumer, err := app(t.Context(), &s, nil)
				if err != nil {
					t.Fatal(err)
				}
				if hub.CodeOf(consumer.Handle(t.Context(), hub.Event{})) == hub.RateLimited {
					n++
				}
				s.User.ID += "x" // each guest a fresh one
			}
			return n
		}
		here, there := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:1")
		guest := hub.User{ID: "g", Kind: hub.Guest}
		if n := refused(25, hub.Scope{User: guest, Remote: here}); n != 15 {
			t.Errorf("%d of 25 from one address were refused", n)
		}
		if n := refused(10, hub.Scope{User: guest, Remote: there}); n != 0 {
			t.Errorf("%d from another address were refused", n)
		}
		time.Sleep(time.Second) //nolint:forbidigo // synctest
		if n := refused(10, hub.Scope{User: guest, Remote: here}); n != 0 {
			t.Errorf("a second later, %d were refused", n)
		}
	})
}

// What an MQTT client's consumer is not handed shares the bound.
func TestPaceWaitsWithTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := middleware.NewPace(10)
		app := pace.Middleware(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return &counter{}, nil })
		s := &hub.Scope{ID: "s", Type: hub.ScopeMQTT}
		consumer, err := app(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 10 {
			if err := consumer.Handle(t.Context(), hub.Event{}); err != nil {
				t.Error(err)
			}
			if err := pace.Wait(t.Context(), s); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("20 events, 10 a second, 10 at once: %v", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := pace.Wait(ctx, s); err == nil {
			t.Error("it did not wait")
		}
		consumer.Close(t.Context(), nil)
		if err := pace.Wait(ctx, s); err != nil {
			t.Errorf("a scope that has ended: %v", err)
		}
		if err := middleware.NewPace(0).Wait(ctx, s); err != nil {
			t.Errorf("without a limit: %v", err)
		}
	})
}

// Whoever has a network of IPv6 addresses has one bound, not one for each.
func TestRateOfANetwork(t *testing.T) {
	c := &counter{}
	app := middleware.Rate(10)(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return c, nil })
	for i := range 100 {
		addr := netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 15: byte(i)})
		s := &hub.Scope{Type: hub.ScopeHTTP, User: hub.User{ID: hub.NewID(), Kind: hub.Guest}, Remote: netip.AddrPortFrom(addr, 1)}
		consumer, err := app(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = consumer.Handle(t.Context(), hub.Event{}) // most are over
	}
	if c.handled > 20 {
		t.Errorf("%d of 100 events were handled", c.handled)
	}
}
