package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

// series returns what reg holds, by name and labels: a histogram's count and sum.
func series(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			switch {
			case m.GetHistogram() != nil:
				all[name+" count"] = float64(m.GetHistogram().GetSampleCount())
				all[name+" sum"] = m.GetHistogram().GetSampleSum()
			case m.GetGauge() != nil:
				all[name] = m.GetGauge().GetValue()
			default:
				all[name] = m.GetCounter().GetValue()
			}
		}
	}
	return all
}

// slowly takes a second for each event, and fails as it is told.
type slowly struct{ fail error }

func (s slowly) Handle(context.Context, hub.Event) error {
	time.Sleep(time.Second) //nolint:forbidigo // synctest
	return s.fail
}
func (slowly) Close(context.Context, error) {}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		open := func(typ string, refuse, fail error) hub.Consumer {
			// A chain of its own for each: they share the counters.
			app := middleware.Metrics(reg, "mine")(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
				return slowly{fail}, refuse
			})
			c, err := app(t.Context(), &hub.Scope{Type: typ}, nil)
			if !errors.Is(err, refuse) {
				t.Error(err)
			}
			return c
		}
		fine := open(hub.ScopeWebSocket, nil, nil)
		for _, typ := range []string{hub.TypeSendMessage, hub.TypeSendMessage, "mine", "unknown 1", "unknown 2"} {
			if err := fine.Handle(t.Context(), hub.Event{Type: typ}); err != nil {
				t.Error(err)
			}
		}
		for i := range 1000 {
			open(hub.ScopeMQTT, &hub.Error{Code: hub.Code(fmt.Sprint(i))}, nil)
		}
		open(hub.ScopeMQTT, hub.Errorf(hub.Forbidden, "No."), nil)
		failing := open(hub.ScopeMQTT, nil, errors.New("a defect"))
		if err := failing.Handle(t.Context(), hub.Event{}); err == nil {
			t.Error("the error is lost")
		}
		failing.Close(t.Context(), nil)
		open(hub.ScopeMQTT, nil, nil).Close(t.Context(), fmt.Errorf("cut off: %w", hub.ErrSlow))
		want := map[string]float64{
			"hubbub_scopes_open websocket":                    1,
			"hubbub_scopes_open mqtt":                         0,
			"hubbub_scopes_opened_total websocket":            1,
			"hubbub_scopes_opened_total mqtt":                 2,
			"hubbub_scopes_slow_total mqtt":                   1,
			"hubbub_scopes_refused_total other mqtt":          1000,
			"hubbub_scopes_refused_total forbidden mqtt":      1,
			"hubbub_events_total chat.send_message websocket": 2,
			"hubbub_events_total mine websocket":              1,
			"hubbub_events_total other websocket":             2,
			"hubbub_events_total other mqtt":                  1,
			"hubbub_event_errors_total internal mqtt":         1,
			"hubbub_event_duration_seconds websocket count":   5,
			"hubbub_event_duration_seconds websocket sum":     5,
			"hubbub_event_duration_seconds mqtt count":        1,
			"hubbub_event_duration_seconds mqtt sum":          1,
		}
		got := series(t, reg)
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s is %v, want %v", name, got[name], value)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d series: %v", len(got), got)
		}
	})
	defer func() {
		if recover() == nil {
			t.Error("a name that is taken is taken over")
		}
	}()
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "hubbub_scopes_open"}))
	middleware.Metrics(reg)
}
