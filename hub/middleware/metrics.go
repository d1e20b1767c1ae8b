package middleware

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hubbub/hub"
)

// other is the label of what is in no list: peers choose the types of their
// events, and must not make series.
const other = "other"

// eventTypes and errorCodes are what has a label of its own.
var (
	eventTypes = []string{
		hub.TypeRoomJoin, hub.TypeRoomLeave, hub.TypeRoomHistory, hub.TypeRoomMembers, hub.TypeRoomList, hub.TypeRoomCommands, hub.TypeRoomFollow,
		hub.TypeSendMessage, hub.TypeEditMessage, hub.TypeDeleteMessage, hub.TypeReact, hub.TypePressButton, hub.TypeTyping,
		hub.TypeMarkRead, hub.TypeReceivedMessage, hub.TypeChannelMessage,
	}
	errorCodes = []hub.Code{
		hub.Invalid, hub.Unauthorized, hub.Forbidden, hub.NotFound, hub.Conflict,
		hub.TooLarge, hub.RateLimited, hub.Slow, hub.Unavailable, hub.Internal,
	}
)

// Metrics counts scopes and the events that their consumers are handed, and
// registers on reg, where several chains share the counters:
//
//	hubbub_scopes_open{scope}                    scopes that are open
//	hubbub_scopes_opened_total{scope}            that were opened
//	hubbub_scopes_refused_total{scope,code}      that were refused
//	hubbub_scopes_slow_total{scope}              that were ended since their peer did not keep up
//	hubbub_events_total{scope,event}             events handed to consumers
//	hubbub_event_errors_total{scope,code}        that were answered with an error
//	hubbub_event_duration_seconds{scope}         how long Handle took
//
// scope is the type of the scope. Types of events have a label where they are
// chat's commands or among events; all others are "other". What Handle leaves to
// be done later, such as a commit, is not in its duration. Metrics panics where
// reg holds something else by one of the names.
func Metrics(reg prometheus.Registerer, events ...string) hub.Middleware {
	m := &metrics{events: slices.Concat(eventTypes, events)}
	m.open = register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "hubbub_scopes_open", Help: "Scopes that are open, by their type.",
	}, []string{"scope"}))
	m.opened = register(reg, counters("hubbub_scopes_opened_total", "Scopes that were opened.", "scope"))
	m.refused = register(reg, counters("hubbub_scopes_refused_total", "Scopes that were refused, by the code of the error.", "scope", "code"))
	m.slow = register(reg, counters("hubbub_scopes_slow_total", "Scopes that were ended since their peer did not keep up.", "scope"))
	m.handled = register(reg, counters("hubbub_events_total", "Events handed to consumers, by the scope's type and theirs.", "scope", "event"))
	m.failed = register(reg, counters("hubbub_event_errors_total", "Events that were answered with an error, by its code.", "scope", "code"))
	m.duration = register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "hubbub_event_duration_seconds", Help: "How long consumers took to handle an event.",
		Buckets: prometheus.ExponentialBuckets(100e-6, 4, 9), // 100 µs to 6.5 s
	}, []string{"scope"}))
	return func(app hub.Application) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			consumer, err := app(ctx, s, out)
			if err != nil {
				m.refused.WithLabelValues(s.Type, codeLabel(err)).Inc()
				return nil, err
			}
			m.opened.WithLabelValues(s.Type).Inc()
			of := m.of(s.Type)
			of.open.Inc()
			return &measured{consumer, of}, nil
		}
	}
}

type metrics struct {
	events                                 []string
	open                                   *prometheus.GaugeVec
	opened, refused, slow, handled, failed *prometheus.CounterVec
	duration                               *prometheus.HistogramVec
	scopes                                 sync.Map // *scopeMetrics by the scope's type
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// register returns c, or what is registered in its place already.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	err := reg.Register(c)
	if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if old, ok := there.ExistingCollector.(C); ok {
			return old
		}
	}
	if err != nil {
		panic(err)
	}
	return c
}

func (m *metrics) eventLabel(typ string) string {
	if slices.Contains(m.events, typ) {
		return typ
	}
	return other
}

func codeLabel(err error) string {
	if code := hub.CodeOf(err); slices.Contains(errorCodes, code) {
		return string(code)
	}
	return other
}

// measured is a consumer whose scope is counted as open until it is closed.
type measured struct {
	consumer hub.Consumer
	metrics  *scopeMetrics
}

// Handle implements [hub.Consumer].
func (c *measured) Handle(ctx context.Context, e hub.Event) error {
	began := time.Now()
	err := c.consumer.Handle(ctx, e)
	c.metrics.duration.Observe(time.Since(began).Seconds())
	c.metrics.count(e.Type)
	if err != nil {
		c.metrics.failed.WithLabelValues(c.metrics.scope, codeLabel(err)).Inc()
	}
	return err
}

// Close implements [hub.Consumer].
func (c *measured) Close(ctx context.Context, cause error) {
	defer c.metrics.open.Dec()
	if hub.CodeOf(cause) == hub.Slow {
		c.metrics.slow.WithLabelValues(c.metrics.scope).Inc()
	}
	c.consumer.Close(ctx, cause)
}
