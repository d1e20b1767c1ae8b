package main

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

// newRegistry returns a registry that knows the process.
func newRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

// metricsOf serves what reg holds to programs on this machine, such as a
// Prometheus beside the hub.
func metricsOf(reg *prometheus.Registry) http.Handler {
	return local(promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
}

// local serves h to this machine alone: to nobody else, nor through a proxy on it.
func local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		forwarded := slices.ContainsFunc([]string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"}, func(name string) bool {
			return r.Header.Get(name) != ""
		})
		if err != nil || !from.Addr().Unmap().IsLoopback() || forwarded {
			httpapi.Refuse(w, hub.Errorf(hub.Forbidden, "This is for programs on the hub's own machine. Ask from there, by the hub's own address."))
			return
		}
		h.ServeHTTP(w, r)
	})
}
