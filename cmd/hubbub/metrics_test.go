package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hubbub/adapters/mqtt"
	"hubbub/hub"
	"hubbub/hub/middleware"
)

func TestMetricsAreForThisMachine(t *testing.T) {
	reg := newRegistry()
	app := middleware.Metrics(reg)(closed(nil))
	if _, err := app(t.Context(), &hub.Scope{Type: hub.ScopeMQTT, User: hub.User{Kind: hub.Device}}, nil); err == nil {
		t.Fatal("not refused")
	}
	countRefusals(reg, func() mqtt.Stats { return mqtt.Stats{Refused: 3, RefusedSubscribes: 4} })
	for _, test := range []struct {
		from, header string
		status       int
	}{
		{"127.0.0.1:1", "", http.StatusOK},
		{"[::1]:1", "", http.StatusOK},
		{"[::ffff:127.0.0.1]:1", "", http.StatusOK},
		{"192.0.2.1:1", "", http.StatusForbidden},
		{"@", "", http.StatusForbidden},
		{"127.0.0.1:1", "X-Forwarded-For", http.StatusForbidden},
		{"127.0.0.1:1", "Via", http.StatusForbidden},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
		r.RemoteAddr = test.from
		if test.header != "" {
			r.Header.Set(test.header, "127.0.0.1")
		}
		w := httptest.NewRecorder()
		metricsOf(reg).ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("from %s, %s: %d, want %d", test.from, test.header, w.Code, test.status)
		}
		served := strings.Contains(w.Body.String(), `hubbub_scopes_refused_total{code="unauthorized",scope="mqtt"} 1`) &&
			strings.Contains(w.Body.String(), `hubbub_mqtt_refused_total{packet="publish"} 3`) &&
			strings.Contains(w.Body.String(), `hubbub_mqtt_refused_total{packet="subscribe"} 4`) &&
			strings.Contains(w.Body.String(), "go_goroutines")
		if served != (test.status == http.StatusOK) {
			t.Errorf("from %s, %s: served %s", test.from, test.header, w.Body)
		}
	}
}
