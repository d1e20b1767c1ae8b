package http

import (
	"net/http"

	"hubbub/hub"
)

// Guard refuses requests that another site's page made a browser send: any page
// can reach a hub on loopback, by its address or by a name of its own that it
// points there (DNS rebinding).
//
// The Host must be one of the hub's. A request that changes something, or opens a
// socket, must come from a page of the same Host: see [hub.Hosts] and
// [hub.CheckOrigin].
func Guard(next http.Handler, hosts hub.Hosts) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := hosts.Check(r.Host); err != nil {
			newProblem(http.StatusMisdirectedRequest, hub.ProblemOf(err).Message).write(w)
			return
		}
		if changes(r) || isUpgrade(r) {
			if err := hub.CheckOrigin(r.Host, r.Header); err != nil {
				problemOf(err).write(w)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

func isUpgrade(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }
