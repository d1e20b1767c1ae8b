package middleware

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// scopeMetrics are the metrics of scopes of one type, looked up once: an event
// costs no look-up by labels.
type scopeMetrics struct {
	*metrics
	scope    string // the type
	open     prometheus.Gauge
	duration prometheus.Observer
	handled  sync.Map // prometheus.Counter by the event's label
}

// of returns the metrics of scopes of that type. Types are few, and the
// adapters' own.
func (m *metrics) of(scope string) *scopeMetrics {
	if there, ok := m.scopes.Load(scope); ok {
		return there.(*scopeMetrics)
	}
	of := &scopeMetrics{metrics: m, scope: scope, open: m.open.WithLabelValues(scope), duration: m.duration.WithLabelValues(scope)}
	there, _ := m.scopes.LoadOrStore(scope, of)
	return there.(*scopeMetrics)
}

// count counts an event that was handed to a consumer.
func (m *scopeMetrics) count(typ string) {
	label := m.eventLabel(typ)
	counter, ok := m.handled.Load(label)
	if !ok {
		counter, _ = m.handled.LoadOrStore(label, m.metrics.handled.WithLabelValues(m.scope, label))
	}
	counter.(prometheus.Counter).Inc()
}
